"""The notebooks as files: stripped, in the table of contents, and built on public names alone."""

import ast
import json

import nbformat
import pytest
import yaml
from conftest import ROOT

import rmsprop_lib

NOTEBOOKS = sorted((ROOT / "chapters").glob("*.ipynb"))


def cells(path, kind):
    return [cell for cell in json.loads(path.read_text(encoding="utf-8"))["cells"] if cell["cell_type"] == kind]


def code(cell):
    return "".join(line for line in cell["source"] if not line.startswith("%"))


def test_every_page_is_in_the_table_of_contents_once():
    toc = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    listed = [toc["root"], *(chapter["file"] for part in toc["parts"] for chapter in part["chapters"])]
    there = [path.relative_to(ROOT).with_suffix("").as_posix() for path in (ROOT / "chapters").rglob("*") if path.suffix in (".ipynb", ".md")]
    assert sorted(listed) == sorted(there)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_stripped(path):
    for cell in cells(path, "code"):
        assert cell["outputs"] == [] and cell["execution_count"] is None, f"{path.name} holds outputs: strip it."


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_is_as_jupyter_saves_it(path):
    """Or saving it unchanged would show a change."""
    text = path.read_text(encoding="utf-8")
    assert nbformat.writes(nbformat.reads(text, 4)) + "\n" == text


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_code_on_the_page_is_short(path):
    for cell in cells(path, "code"):
        assert len(cell["source"]) <= 15, f"{path.name} has a cell of {len(cell['source'])} lines; code that long belongs in the library."


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_imports_public_names_only(path):
    for cell in cells(path, "code"):
        for node in ast.walk(ast.parse(code(cell))):
            if isinstance(node, ast.ImportFrom) and node.module.startswith("rmsprop_lib"):
                module = __import__(node.module, fromlist=["*"])
                public = getattr(module, "__all__", None) or rmsprop_lib.__all__
                for name in node.names:
                    assert name.name in public, f"{path.name} imports {name.name}, which {node.module} does not offer."


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_notebook_has_cells_to_show(path):
    assert any("explore(" in code(cell) for cell in cells(path, "code")) or path.stem in {"sources", "exam", "notes"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_prose_can_be_translated(path):
    for cell in cells(path, "markdown"):
        text = "".join(cell["source"])
        assert "[^" not in text, f"{path.name} has a footnote."
        assert "<div" not in text and "<span" not in text, f"{path.name} has raw HTML."
