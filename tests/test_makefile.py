"""What `make` says on a machine that lacks something: a sentence, and a non-zero exit."""

import os
import shutil
import subprocess

import pytest
from conftest import ROOT

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed on this machine")


def make(tmp_path, verb, scripts):
    """Run make in a folder of its own, with the given shell scripts before everything else on the path."""
    for name in ("Makefile", "requirements.txt", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "bin").mkdir()
    for name, body in scripts.items():
        script = tmp_path / "bin" / name
        script.write_text(f"#!/bin/sh\n{body}\n")
        script.chmod(0o755)
    path = f"{tmp_path / 'bin'}{os.pathsep}{os.environ['PATH']}"
    # The outer make must not hand its own settings to this one.
    environment = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(["make", *verb], cwd=tmp_path, env={**environment, "PATH": path}, capture_output=True, text=True)


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
