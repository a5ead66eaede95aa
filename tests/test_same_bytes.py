"""Same input, same bytes: a second copy of the book, built elsewhere and under other circumstances, is the same site."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from conftest import ROOT, SITE

LEFT_BEHIND = shutil.ignore_patterns(".*", "_build", "__pycache__", "*.egg-info")


def test_two_builds_give_the_same_bytes(tmp_path):
    """Another folder with a blank and a letter of another alphabet in its name, another home, time zone, language, order of
    sets, and no outputs kept from before."""
    copy, home = tmp_path / "another place, другое", tmp_path / "home"
    shutil.copytree(ROOT, copy, ignore=LEFT_BEHIND)
    home.mkdir()
    circumstances = {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONHASHSEED": "1",
        "PYTHONPATH": str(copy),  # its own library, not the one that is installed
        "TZ": "Pacific/Kiritimati",
    }
    build = [shutil.which("jupyter-book", path=Path(sys.executable).parent), "build", "-W", "-n", "--keep-going", "."]
    done = subprocess.run(build, cwd=copy, env=os.environ | circumstances, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    first, second = files(SITE), files(copy / "_build" / "html")
    assert first.keys() == second.keys()
    differing = sorted(name for name in first if first[name] != second[name])
    assert differing == [], "was the site made with another BOOK_ADDRESS or BOOK_REPOSITORY than this test?"


def files(site):
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}
