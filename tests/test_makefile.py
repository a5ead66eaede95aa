"""What `make` says on a machine that lacks something: a sentence, and a non-zero exit."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed on this machine")


# The outer make must not hand its own settings to this one.
OUTSIDE = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON")}


def make(tmp_path, verb, scripts, **settings):
    """Run make in a folder of its own, with the given shell scripts before everything else on the path."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    for name, body in scripts.items():
        script = tmp_path / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(["make", *verb], cwd=tmp_path, env={**OUTSIDE, "PATH": path, **settings}, capture_output=True, text=True)


def stopped_at_once(done, complaint):
    """It said the one thing, set nothing up and went no further."""
    lines = [line for line in done.stdout.splitlines() if line]
    return done.returncode != 0 and complaint in lines[0] and len(lines) <= 2 and "Setting up" not in done.stdout


def test_make_alone_lists_the_verbs():
    shown = subprocess.run(["make", "-s"], cwd=ROOT, capture_output=True, text=True)
    assert shown.returncode == 0
    for verb in ("book", "test", "lab", "mutants"):
        assert f"\n  {verb} - " in shown.stdout


@pytest.mark.parametrize("verb", ["book", "test", "lab", "mutants"])
def test_an_older_python_is_named_with_what_to_do(tmp_path, verb):
    done = make(tmp_path, [verb, "PYTHON=old-python"], {"old-python": "exit 1"})
    assert stopped_at_once(done, "needs Python 3.11 or newer, and old-python is not that")
    assert "make PYTHON=/path/to/python3.12" in done.stdout


def test_no_python_at_all(tmp_path):
    none = {p: "exit 1" for p in ("python3", "python3.11", "python3.12", "python3.13", "python3.14")}
    done = make(tmp_path, ["book"], none)
    assert stopped_at_once(done, "needs Python 3.11 or newer, and there is none here")


def test_a_missing_venv_module(tmp_path):
    done = make(tmp_path, ["book", "PYTHON=bare"], {"bare": 'case "$2" in *ensurepip*) exit 1;; *) exit 0;; esac'})
    assert stopped_at_once(done, "apt install python3-venv")


def test_a_full_disk(tmp_path):
    full = "echo 'Filesystem 1024-blocks Used Available Capacity Mounted'; echo '/dev/x 100 90 10240 99% /'"
    done = make(tmp_path, ["book", "PYTHON=fine"], {"fine": "exit 0", "df": full})
    assert stopped_at_once(done, "There are 10 MB free on this disk")


@pytest.mark.parametrize("silly", ["1", "no such python", "/bin/false", "python3; echo harm"])
def test_a_python_that_is_none_is_named(tmp_path, silly):
    done = make(tmp_path, ["book"], {}, PYTHON=silly)
    assert stopped_at_once(done, f"needs Python 3.11 or newer, and {silly} is not that")


def test_a_folder_that_cannot_be_written_to(tmp_path):
    """Root may write everywhere, so that the folder is said to be locked by a shell that knows it."""
    done = make(tmp_path, ["book", "PYTHON=fine", "SHELL=locked"], {"fine": "exit 0", "locked": LOCKED})
    assert stopped_at_once(done, f"The folder {tmp_path} cannot be written to; copy the course to one that can.")


LOCKED = """case "$2" in *'[ ! -w . ]'*) command=$(printf '%s' "$2" | sed 's/! -w [.]/1 = 1/');; *) command=$2;; esac
exec /bin/sh -c "$command" """


# A Python that makes virtual environments: it writes down how it was called, and what it makes is a Python of the same kind. The
# packages of a file called `broken` cannot be installed.
PRETENDED = r"""echo "python $*" >> "$(dirname "$0")/../calls"
case "$*" in
*'-m venv'*) for last; do :; done; rm -rf "$last"; mkdir -p "$last/bin"; cp "$0" "$last/bin/python"
    echo "prompt = 'rmsprop'" > "$last/pyvenv.cfg"; [ ! -e killed ];;
*'-m pip'*) env >> "$(dirname "$0")/../environment"; [ ! -e broken ] || { echo 'ERROR: No matching distribution found' >&2; exit 1; };;
esac"""
VENV_MADE = "python -m venv --clear --prompt rmsprop .venv"


def set_up(tmp_path, **settings):
    """Run the part of make that sets up the virtual environment, and return what it said and how Python was called."""
    done = make(tmp_path, [".venv/.ready", f"PYTHON={tmp_path / 'bin' / 'pretended'}"], {"pretended": PRETENDED}, **settings)
    calls = tmp_path / "calls"
    made = calls.read_text(encoding="utf-8").splitlines() if calls.exists() else []
    calls.unlink(missing_ok=True)
    return done, [call for call in made if "-m venv" in call]


def test_what_is_set_up_stays(tmp_path):
    for expected in ([VENV_MADE], []):
        done, made = set_up(tmp_path)
        assert done.returncode == 0 and made == expected, done.stdout + done.stderr
    os.utime(tmp_path / "requirements.txt", (2e9, 2e9))  # other versions are put over these
    done, made = set_up(tmp_path)
    assert done.returncode == 0 and made == [] and "Setting up" in done.stdout


def interrupted(folder):
    (folder / ".venv" / ".ready").unlink()


def python_gone(folder):
    (folder / ".venv" / "bin" / "python").unlink()


def from_elsewhere(folder):
    (folder / ".venv" / ".ready").write_text("/another/place\n", encoding="utf-8")


@pytest.mark.parametrize("happens", [interrupted, python_gone, from_elsewhere])
def test_a_virtual_environment_that_does_not_work_is_made_anew(tmp_path, happens):
    set_up(tmp_path)
    happens(tmp_path)
    done, made = set_up(tmp_path)
    assert done.returncode == 0 and made == [VENV_MADE], done.stdout + done.stderr


def test_the_first_set_up_may_be_killed(tmp_path):
    (tmp_path / "killed").touch()
    done, _ = set_up(tmp_path)
    assert done.returncode != 0 and not (tmp_path / ".venv" / ".ready").exists()
    (tmp_path / "killed").unlink()
    done, made = set_up(tmp_path)
    assert done.returncode == 0 and made == [VENV_MADE], done.stdout + done.stderr


def test_without_network_the_reason_and_the_way_on_are_said(tmp_path):
    (tmp_path / "broken").touch()
    done, _ = set_up(tmp_path)
    assert done.returncode != 0 and "No matching distribution found" in done.stderr
    assert done.stdout.splitlines()[-1].startswith("The packages could not be installed; pip says why above. Is there a network?")
    (tmp_path / "broken").unlink()
    done, _ = set_up(tmp_path)
    assert done.returncode == 0


def test_a_virtual_environment_of_the_users_own_is_left_alone(tmp_path):
    (tmp_path / ".venv").mkdir()
    (tmp_path / ".venv" / "pyvenv.cfg").write_text("prompt = 'mine'\n", encoding="utf-8")
    done, made = set_up(tmp_path)
    assert made == [] and stopped_at_once(done, "There is a .venv here that the course did not make and will not overwrite.")


def test_a_folder_with_a_blank_and_another_alphabet(tmp_path):
    folder = tmp_path / "my course, ж"
    folder.mkdir()
    for expected in ([VENV_MADE], []):
        done, made = set_up(folder)
        assert done.returncode == 0 and made == expected, done.stdout + done.stderr


def test_what_is_set_for_another_python_does_not_matter(tmp_path):
    astray = {"PYTHONHOME": "/x", "PYTHONPATH": "/x", "PIP_USER": "1", "PIP_TARGET": "/x", "PIP_PREFIX": "/x", "PYTHONDONTWRITEBYTECODE": "1", "LC_ALL": "C"}
    done, _ = set_up(tmp_path, **astray)
    assert done.returncode == 0, done.stdout + done.stderr
    seen = dict(line.partition("=")[::2] for line in (tmp_path / ".venv" / "environment").read_text(encoding="utf-8").splitlines())
    assert seen.keys().isdisjoint({"PYTHONHOME", "PYTHONPATH", "PIP_USER", "PIP_TARGET", "PIP_PREFIX", "PYTHONDONTWRITEBYTECODE"})
    assert seen["PYTHONUTF8"] == "1"
    found = make(tmp_path, ["-n", "book"], {}, PYTHONHOME="/x")
    assert "there is none here" not in found.stdout


def test_the_book_is_made_again_when_its_address_is_another(tmp_path):
    set_up(tmp_path)
    for name in ("theme", "chapters"):
        (tmp_path / name).mkdir()
    for name in ("_config.yml", "_toc.yml"):
        (tmp_path / name).touch()
    builder = tmp_path / ".venv" / "bin" / "jupyter-book"
    builder.write_text("#!/bin/sh\necho x >> made\n")
    builder.chmod(0o755)
    python, address = f"PYTHON={tmp_path / 'bin' / 'pretended'}", {"BOOK_ADDRESS": "https://example.org/rmsprop/"}
    for times, settings in enumerate([{}, address, {}], 1):
        for _ in range(2):
            done = subprocess.run(["make", "book", python], cwd=tmp_path, env=OUTSIDE | settings, capture_output=True, text=True)
            assert done.returncode == 0, done.stdout + done.stderr
            assert (tmp_path / "made").read_text() == "x\n" * times


def test_make_works_from_another_folder(tmp_path):
    set_up(tmp_path)
    done = subprocess.run(["make", "-C", tmp_path, ".venv/.ready"], cwd="/", env=OUTSIDE, capture_output=True, text=True)
    assert done.returncode == 0 and "Setting up" not in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("user, options", [("0", ["--allow-root"]), ("1000", [])])
@pytest.mark.parametrize("theirs", ["", "/their/own"])
def test_lab_starts_as_root_too_and_without_announcements(tmp_path, user, options, theirs):
    """Jupyter asks for --allow-root of root, who is everybody in a container, and is not given it for anybody else."""
    folder = tmp_path / "my course"
    folder.mkdir()
    set_up(folder)
    jupyter = folder / ".venv" / "bin" / "jupyter"
    jupyter.write_text('#!/bin/sh\n(echo "$JUPYTER_CONFIG_PATH"; echo "$JUPYTER_PATH"; printf "%s\\n" "$@") > started\n')
    jupyter.chmod(0o755)
    done = make(folder, ["lab", f"PYTHON={folder / 'bin' / 'pretended'}"], {"id": f"echo {user}"}, JUPYTER_CONFIG_PATH=theirs, JUPYTER_PATH=theirs)
    assert done.returncode == 0, done.stderr
    settings, data, *said = (folder / "started").read_text(encoding="utf-8").splitlines()
    assert said == ["lab", *options, "--notebook-dir=chapters"]
    assert settings == data == f"{folder}/settings" + (f":{theirs}" if theirs else "")


def test_the_settings_of_lab_are_where_lab_reads_them():
    """JupyterLab takes defaults from labconfig/ in each folder of JUPYTER_CONFIG_PATH; a setting's name is the one in its schema."""
    named = json.loads((ROOT / "settings" / "labconfig" / "default_setting_overrides.json").read_text(encoding="utf-8"))
    schemas = Path(sys.prefix) / "share" / "jupyter" / "lab" / "schemas"
    if not schemas.exists():
        pytest.skip("JupyterLab is not installed")
    for plugin, settings in named.items():
        package, _, name = plugin.rpartition(":")
        schema = json.loads((schemas / package / f"{name}.json").read_text(encoding="utf-8"))
        assert settings.keys() <= schema["properties"].keys()
    assert named["@jupyterlab/apputils-extension:notification"] == {"fetchNews": "false", "checkForUpdates": False}
