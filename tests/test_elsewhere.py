"""The chapters where the course is not installed: in Binder, in Colab and in a JupyterLite, as far as a machine without network shows."""

import json
import os
import subprocess
import sys

import pytest
from conftest import ROOT, SITE

sys.path[:0] = [str(ROOT / "theme"), str(ROOT / "settings")]
import elsewhere  # noqa: E402
from course.pages import _live  # noqa: E402

NOTEBOOK = ROOT / "chapters" / "rmsprop.ipynb"


@pytest.mark.parametrize(
    "repository, binder",
    [
        ("https://github.com/we/course", "gh/we/course"),
        ("https://gitlab.com/we/our/course", "gl/we%2Four%2Fcourse"),
        ("https://example.org/we/course", "git/https%3A%2F%2Fexample.org%2Fwe%2Fcourse"),
    ],
)
def test_a_repository_gives_a_button_for_binder(repository, binder):
    address = f"https://mybinder.org/v2/{binder}/main?urlpath=lab/tree/chapters/rmsprop.ipynb"
    assert list(_live({}, repository, str(NOTEBOOK))) == [("binder", address)]


def test_without_a_setting_there_is_no_button():
    assert list(_live({}, "", str(NOTEBOOK))) == []


def test_without_a_repository_no_page_leads_to_that_of_jupyter_book():
    for path in SITE.rglob("*.html"):
        assert "executablebooks" not in path.read_text(encoding="utf-8"), path.name


def test_the_address_of_a_jupyterlite_gives_a_button():
    options = {"launch_buttons": {"jupyterlite_url": "../lite/"}}
    assert list(_live(options, "", str(NOTEBOOK))) == [("lite", "../lite/lab/index.html?path=chapters/rmsprop.ipynb")]


def test_colab_has_a_button_where_the_first_cell_installs_the_library(tmp_path):
    """`make colab` puts it there, once, and where the library is there the cell does nothing."""
    repository = "https://github.com/we/course"
    chapters = tmp_path / "chapters"
    chapters.mkdir()
    (chapters / "rmsprop.ipynb").write_bytes(NOTEBOOK.read_bytes())
    (tmp_path / "_config.yml").write_text("title: x\n", encoding="utf-8")
    with pytest.raises(SystemExit, match="names no repository"):
        elsewhere.colab(tmp_path)
    (tmp_path / "_config.yml").write_text(f"repository:\n  url: {repository}/\n", encoding="utf-8")
    elsewhere.colab(tmp_path)
    elsewhere.colab(tmp_path)
    before, after = (json.loads(path.read_text(encoding="utf-8"))["cells"] for path in (NOTEBOOK, chapters / "rmsprop.ipynb"))
    (first,) = [cell for cell in after if cell not in before]
    assert [cell for cell in after if cell["cell_type"] == "code"][0] == first and len(after) == len(before) + 1
    source = "".join(first["source"])
    assert f'"rmsprop-lib[figures] @ git+{repository}"' in source and "Installing the course's library" in source
    exec(source.replace("%pip", "raise SystemError #"), {})  # noqa: S102 - the library is here, so nothing is installed
    address = f"https://colab.research.google.com/github/we/course/blob/main/{tmp_path.name}".rpartition("/")[0]
    assert ("colab", f"{address}/chapters/rmsprop.ipynb") in list(_live({}, repository, str(chapters / "rmsprop.ipynb")))


def test_binder_starts_with_the_settings_of_make_lab():
    """repo2docker runs `start` with the command, and installs `requirements.txt` from the folder of the repository."""
    assert (ROOT / ".binder" / "requirements.txt").read_text(encoding="utf-8").splitlines()[-1] == "-r ../requirements.txt"
    env = {"PATH": os.environ["PATH"], "JUPYTER_PATH": "/theirs"}
    done = subprocess.run([ROOT / ".binder" / "start", "env"], env=env, capture_output=True, text=True, check=True)
    seen = dict(line.partition("=")[::2] for line in done.stdout.splitlines())
    assert seen["JUPYTER_PATH"] == f"{ROOT}/settings:/theirs" and seen["JUPYTER_CONFIG_PATH"] == f"{ROOT}/settings"
