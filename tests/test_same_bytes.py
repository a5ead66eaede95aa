"""Same input, same bytes: a second copy of the book, built elsewhere and under other circumstances, is the same site.

That every notebook gives the same outputs again is what nbval tests; here they are taken as they are.
"""

import os
import shutil

from conftest import NOT_COPIED, ROOT, SITE, build_book


def test_two_builds_give_the_same_bytes(tmp_path):
    """Another folder with a blank and a letter of another alphabet in its name, another home, time zone, language and order of
    sets."""
    copy, home = tmp_path / "another place, другое", tmp_path / "home"
    shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
    shutil.copytree(ROOT / "_build" / ".jupyter_cache", copy / "_build" / ".jupyter_cache")
    home.mkdir()
    circumstances = {
        "HOME": str(home),
        "LC_ALL": "C.UTF-8",
        "PYTHONPATH": str(copy),  # its own library, not the one that is installed
    }
    done = build_book(copy, "-W", "-n", "--keep-going", env=os.environ | circumstances)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    first, second = files(SITE), files(copy / "_build" / "html")
    assert first.keys() == second.keys()
    differing = sorted(name for name in first if first[name] != second[name])
    assert differing == [], "was the site made with another BOOK_ADDRESS or BOOK_REPOSITORY than this test?"


def files(site):
    return {str(path.relative_to(site)): path.read_bytes() for path in site.rglob("*") if path.is_file()}
