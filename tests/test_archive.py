"""The site as one file beside it."""

import io
import os
import re
import subprocess
import sys
import zipfile
from types import SimpleNamespace

import pytest
from conftest import ROOT, SITE

sys.path.insert(0, str(ROOT / "theme"))
from course import archive  # noqa: E402


def test_the_same_site_gives_the_same_bytes(tmp_path):
    """Whatever the date, the permissions and the order in which the files were written; and packing again does not pack the pack."""
    seen = []
    for folder, names in [("one", ["a.html", "b/c.css"]), ("two", ["b/c.css", "a.html"])]:
        site = tmp_path / folder
        for k, name in enumerate(names):
            path = site / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'{name}<ul>\n<li><a href="x" download>all of it, {archive.SIZE}</a></li></ul>', encoding="utf-8")
            os.utime(path, (1e9 + k, 1e9 + k))
            path.chmod(0o600 if folder == "one" else 0o644)
        for _ in range(2):
            archive._pack(SimpleNamespace(outdir=str(site), builder=SimpleNamespace(format="html")), None)
            seen.append((site / archive.NAME).read_bytes())
            page = site / "a.html"
            assert "all of it, 0.0 MB" in page.read_text(encoding="utf-8")
            page.write_text(page.read_text(encoding="utf-8").replace("0.0 MB", archive.SIZE), encoding="utf-8")
    assert len(set(seen)) == 1
    with zipfile.ZipFile(io.BytesIO(seen[0])) as packed:
        assert [name for name in packed.namelist() if "/rmsprop_lib/" not in name] == ["rmsprop-course/a.html", "rmsprop-course/b/c.css"]
        assert packed.read("rmsprop-course/a.html") == b"a.html<ul></ul>"


@pytest.fixture(scope="module")
def packed():
    with zipfile.ZipFile(SITE / archive.NAME) as packed:
        yield packed


def test_the_built_site_is_in_it_and_it_is_not(packed):
    assert packed.testzip() is None
    names = {name.removeprefix("rmsprop-course/") for name in packed.namelist()}
    site = {path.relative_to(SITE).as_posix() for path in SITE.rglob("*") if path.is_file()}
    assert {"index.html", "chapters/index.html", "_static/course.css"} <= names
    library = {name for name in names if name.startswith("rmsprop_lib/")}
    assert names - library == {name for name in site if not name.startswith(".")} - {archive.NAME}
    assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_python_started_in_it_finds_the_library(packed, tmp_path):
    packed.extractall(tmp_path)
    mine = """def my_step(x, v, g, lr, alpha, eps):
    v = alpha * v + (1 - alpha) * g**2
    return x - lr * g / (v**0.5 + eps), v
"""
    code = f"import rmsprop_lib\nfrom rmsprop_lib.check import check\n{mine}\ncheck(my_step)\nprint(rmsprop_lib.__file__)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path / archive.FOLDER, capture_output=True, text=True, encoding="utf-8")
    assert done.returncode == 0 and str(tmp_path) in done.stdout, done.stderr


def test_the_footer_names_its_size_and_a_page_in_it_does_not_lead_to_it(packed):
    page = (SITE / "chapters" / "rmsprop.html").read_text(encoding="utf-8")
    link, said = re.search(rf'<a href="([^"]*{archive.NAME})" download>[^<]*\(zip, ([\d.]+) MB\)</a>', page).groups()
    file = (SITE / "chapters" / link).resolve()
    assert file == (SITE / archive.NAME).resolve() and abs(file.stat().st_size / 1e6 - float(said)) <= 0.05
    for name in packed.namelist():
        if name.endswith(".html"):
            text = packed.read(name).decode()
            assert archive.NAME not in text and archive.SIZE not in text
