"""The chapters where the course is not installed: as a JupyterLite (`make lite`), and in Colab (`make colab`).

A JupyterLite is a JupyterLab that runs in the reader's browser alone. Building it needs no network; the reader's browser does, at its
first start, because Python, NumPy and Matplotlib come from Pyodide's distribution. Colab opens a notebook from its repository and has
none of the other files, so there the first cell installs the library.
"""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parent.parent
LITE = ROOT / "_build" / "lite"
MADE = ROOT / "_build" / "lite-made"  # what goes into it
TOOLS = ROOT / ".venv" / "lite"  # an environment of its own, for what belongs to JupyterLite must not reach JupyterLab
WHEELS = TOOLS / "wheels"  # ipywidgets', fetched when the packages were installed

IN_LITE = """\
print("Installing the course's library in this browser; the first time takes a minute.")
%pip install -q rmsprop-lib matplotlib ipywidgets"""

IN_COLAB = """\
try:
    import rmsprop_lib
except ImportError:
    print("Installing the course's library; this takes a minute.")
    %pip install -q "rmsprop-lib[figures] @ git+{}" """.rstrip()


def with_installation(notebook, source):
    """A notebook that runs ``source`` before its first cell of code, in place of what was put there before."""
    cells = [cell for cell in notebook["cells"] if cell.get("id") != "installation"]
    first = next((k for k, cell in enumerate(cells) if cell["cell_type"] == "code"), None)
    if first is None:
        return notebook
    cell = {
        "cell_type": "code",
        "execution_count": None,
        "id": "installation",
        "metadata": {"jupyter": {"source_hidden": True}, "tags": ["setup"]},
        "outputs": [],
        "source": source.splitlines(keepends=True),
    }
    return {**notebook, "cells": [*cells[:first], cell, *cells[first:]]}


def write(path, notebook):
    path.write_text(json.dumps(notebook, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def colab(root=ROOT):
    """Put the cell that installs the library from the repository named in _config.yml into every notebook of the course."""
    named = (yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8")).get("repository") or {}).get("url")
    if not named:
        sys.exit("_config.yml names no repository. Add one, such as:\nrepository:\n  url: https://github.com/you/rmsprop")
    for path in sorted((root / "chapters").glob("*.ipynb")):
        write(path, with_installation(json.loads(path.read_text(encoding="utf-8")), IN_COLAB.format(named.rstrip("/"))))
    print(f"Each notebook now installs the library from {named} where it is missing. Commit them.")


def lite():
    shutil.rmtree(MADE, ignore_errors=True)
    shutil.rmtree(LITE, ignore_errors=True)
    contents = MADE / "contents" / "chapters"
    contents.mkdir(parents=True)
    for path in sorted((ROOT / "chapters").glob("*.ipynb")):
        write(contents / path.name, with_installation(json.loads(path.read_text(encoding="utf-8")), IN_LITE))
    shutil.copy(ROOT / "chapters" / "references.bib", contents)
    wheels = MADE / "wheels"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    # What setuptools keeps beside the source would stay there: the wheel is made of a copy.
    copy = MADE / "library"
    shutil.copytree(ROOT / "rmsprop_lib", copy / "rmsprop_lib", ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, copy)
    subprocess.run([*pip, "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation", "-w", wheels, copy], check=True)
    shutil.copy(ROOT / "settings" / "labconfig" / "default_setting_overrides.json", MADE / "overrides.json")
    found = [f"--piplite-wheels={wheel}" for folder in (wheels, WHEELS) for wheel in sorted(folder.glob("*.whl"))]
    installed = Path(sys.prefix) / "share" / "jupyter" / "labextensions"
    for name in ("jupyterlab-myst", "@jupyter-widgets/jupyterlab-manager"):
        shutil.copytree(installed / name, MADE / "labextensions" / name)
    shutil.copytree(ROOT / "settings" / "labextensions", MADE / "labextensions", dirs_exist_ok=True)
    extensions = f"--FederatedExtensionAddon.extra_labextensions_path={MADE / 'labextensions'}"
    options = [f"--contents={MADE / 'contents'}", f"--output-dir={LITE}", f"--settings-overrides={MADE / 'overrides.json'}", *found]
    lite = [TOOLS / "bin" / "jupyter-lite", "build", "--apps=lab", "--no-sourcemaps", extensions, *options]
    subprocess.run(lite, cwd=MADE, check=True)


if __name__ == "__main__":
    {"colab": colab, "lite": lite}[sys.argv[1]]()
