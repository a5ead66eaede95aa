"""The whole site as one file beside it, for a laptop without a network, and the library, which the code of the chapters imports.

The file holds the pages without the link to itself. Its bytes follow from those of the site and the library alone: names in
order, one date, one set of permissions.
"""

import re
import zipfile
from pathlib import Path

import rmsprop_lib

NAME = "rmsprop-course.zip"
FOLDER = "rmsprop-course"  # what unpacking it makes
SIZE = "SIZE-OF-THE-SITE"  # stands in the pages until the size is known

LIBRARY = Path(rmsprop_lib.__file__).parent

LINK = re.compile(rf"\n<li><a href=[^>]*>[^<]*{SIZE}[^<]*</a></li>")


def _pack(app, exception):
    if exception or app.builder.format != "html":
        return
    site = Path(app.outdir)
    pages = {path: path.read_text(encoding="utf-8") for path in site.rglob("*.html")}
    with zipfile.ZipFile(site / NAME, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        found = [(path.relative_to(site).as_posix(), path) for path in site.rglob("*") if path.is_file()]
        found += [(f"{LIBRARY.name}/{path.name}", path) for path in LIBRARY.glob("*.py")]
        for name, path in sorted(found):
            if name == NAME or name.startswith("."):
                continue
            entry = zipfile.ZipInfo(f"{FOLDER}/{name}", date_time=(1980, 1, 1, 0, 0, 0))
            entry.external_attr, entry.create_system = 0o644 << 16, 3
            content = LINK.sub("", pages[path]).encode() if path in pages else path.read_bytes()
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED, 9)
    size = f"{(site / NAME).stat().st_size / 1e6:.1f} MB"
    for path, text in pages.items():
        if SIZE in text:
            path.write_text(text.replace(SIZE, size), encoding="utf-8", newline="\n")


def setup(app):
    app.connect("build-finished", _pack, priority=900)  # when all other files are there
