"""A small book with the course's own theme and settings, for tests of what the theme promises."""

import json
import shutil
import textwrap

from conftest import NOT_COPIED, ROOT, build_book


def text(source):
    return {"cell_type": "markdown", "metadata": {}, "source": textwrap.dedent(source).strip()}


def code(source, *tags, **metadata):
    metadata |= {"tags": list(tags), "jupyter": {"source_hidden": bool(tags)}}
    return {"cell_type": "code", "metadata": metadata, "execution_count": None, "outputs": [], "source": textwrap.dedent(source).strip()}


def notebook(*cells):
    cells = [{"id": f"cell-{number}", **cell} for number, cell in enumerate(cells)]
    kernel = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    return json.dumps({"cells": cells, "metadata": kernel, "nbformat": 4, "nbformat_minor": 5})


def build(book, pages, environment):
    """Build a book of these pages, a file name to its text, in a folder; return its site."""
    (book / "chapters").mkdir()
    (book / "tests").mkdir()
    shutil.copytree(ROOT / "theme", book / "theme", ignore=NOT_COPIED)
    shutil.copy(ROOT / "_config.yml", book)
    for name, source in {"index.md": "# The book\n", "references.bib": "", **pages}.items():
        (book / "chapters" / name).write_text(source, encoding="utf-8")
    names = [name.partition(".")[0] for name in pages if name.endswith((".md", ".ipynb")) and name != "index.md"]
    contents = {"format": "jb-book", "root": "chapters/index", "parts": [{"caption": "The course", "numbered": 1}]}
    contents["parts"][0]["chapters"] = [{"file": f"chapters/{name}"} for name in names]
    (book / "_toc.yml").write_text(json.dumps(contents), encoding="utf-8")
    done = build_book(book, "-W", "-n", "--keep-going", env=environment)
    assert done.returncode == 0, done.stderr[-5000:]
    return book / "_build" / "html"
