"""The form that every chapter has: its order, its two tracks, three kinds of code, and how much of each a reader meets."""

import ast
import json
import re

import pytest
import yaml
from conftest import ROOT, SITE

PARTS = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["parts"]
CHAPTERS = [chapter["file"].partition("/")[2] for part in PARTS if part.get("numbered") for chapter in part["chapters"]]
IN_FORM = [chapter for chapter in CHAPTERS if chapter != "exam"]
FIRST_FIVE = CHAPTERS[:5]

# Chapter 12 is there to be looked things up in, and has neither exercises nor a deeper part.
ORDER = {
    "title": r"\A# ",
    "question": r"^:class: question$",
    "answer": r"^:class: answer$",
    "objectives": r"^After this chapter you can",
    "sections": r"^## (?!Exercises|Test yourself|Going deeper)",
    "exercises": r"^## Exercises$",
    "questions": r"^\(questions-{chapter}\)=\n## Test yourself$",
    "deeper": r"^\(deeper-{chapter}\)=\n## Going deeper$",
}


def cells(chapter):
    notebook = json.loads((ROOT / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8"))
    return [(cell, "".join(cell["source"])) for cell in notebook["cells"]]


def code_cells(chapter):
    """Pairs of the kind of a code cell, which is its tag or "read", and its code."""
    for cell, source in cells(chapter):
        if cell["cell_type"] == "code":
            tags = cell["metadata"].get("tags", [])
            yield (tags or ["read"]), source, cell["metadata"].get("jupyter", {}).get("source_hidden", False)


def asserts(source):
    tree = ast.parse("\n".join("pass" if line.startswith("%") else line for line in source.splitlines()))
    return any(isinstance(node, ast.Assert) or isinstance(node, ast.Attribute) and node.attr.startswith("assert_") for node in ast.walk(tree))


@pytest.mark.parametrize("chapter", IN_FORM)
def test_a_chapter_has_its_parts_in_their_order(chapter):
    text = "\n\n".join(source for cell, source in cells(chapter) if cell["cell_type"] == "markdown")
    places = [re.search(pattern.format(chapter=chapter), text, flags=re.M) for pattern in ORDER.values()]
    assert [name for name, place in zip(ORDER, places, strict=True) if not place] == []
    starts = [place.start() for place in places]
    assert starts == sorted(starts), list(ORDER)
    after = text[starts[-1] + len(f"(deeper-{chapter})=\n## ") :]
    assert re.findall(r"^## .*", after, flags=re.M) == [], "what goes deeper stands below its heading, as ###"
    assert "in one breath" not in text


@pytest.mark.parametrize("chapter", IN_FORM)
def test_every_code_cell_is_of_one_kind(chapter):
    for tags, source, hidden in code_cells(chapter):
        first = source.split("\n")[0]
        assert len(tags) == 1 and tags[0] in ("read", "check", "draw", "setup"), (tags, first)
        assert hidden == (tags != ["read"]), f"what is folded on the page is folded in JupyterLab, and nothing else: {first}"
        assert not asserts(source) or tags == ["check"], f"a cell that asserts has the tag check: {first}"


@pytest.mark.parametrize("chapter", IN_FORM)
def test_what_is_to_be_read_is_short_and_fits_a_phone(chapter):
    lines = [line for tags, source, _ in code_cells(chapter) if tags == ["read"] for line in source.splitlines()]
    assert [line for line in lines if len(line) > 42] == []
    assert len(lines) <= 40


# The core as a reader meets it: what stands open before the exercises, captions included, without code and formulas of their own. A
# formula in a line is a word.
CORE_WORDS = """html => {
    const text = new DOMParser().parseFromString(html, "text/html").querySelector("article");
    const dropped = `section.deeper, details > :not(summary), .fold-code, pre, .math.display, svg, .explore, .stage, .headerlink, .minutes,
        #exercises, #test-yourself, .quiz, .all-questions`;
    text.querySelectorAll(dropped).forEach((it) => it.remove());
    text.querySelectorAll(".math").forEach((it) => it.replaceWith(" x "));
    return text.textContent.split(/\\s+/).filter((word) => /[\\p{L}\\p{N}]/u.test(word)).length;
}"""


@pytest.fixture(scope="module")
def words(chromium):
    """How many words each chapter's core has."""
    page = chromium.new_page()
    found = {name: page.evaluate(CORE_WORDS, (SITE / "chapters" / f"{name}.html").read_text(encoding="utf-8")) for name in IN_FORM}
    page.close()
    return found


@pytest.mark.parametrize("chapter", IN_FORM)
def test_a_core_has_two_thousand_words_at_most(words, chapter):
    assert 500 < words[chapter] <= 2000


def test_the_first_five_cores_take_an_hour(words):
    assert sum(words[chapter] for chapter in FIRST_FIVE) <= 8000, words


def prose():
    """The text of every page and of the files beside them, without code and addresses, and with the file that it is from."""
    files = [*(ROOT / "chapters").glob("*.md"), *(ROOT / "chapters" / "questions").glob("*.md"), ROOT / "README.md", ROOT / "CHANGELOG.md"]
    texts = [(path.name, path.read_text(encoding="utf-8")) for path in files]
    for path in (ROOT / "chapters").glob("*.ipynb"):
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        texts += [(path.name, "".join(cell["source"])) for cell in cells if cell["cell_type"] == "markdown"]
        texts += [(path.name, cell["metadata"]["mystnb"]["figure"]["caption"]) for cell in cells if "figure" in cell["metadata"].get("mystnb", {})]
    for name, text in texts:
        yield name, re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)|<[^>]*>|^:.*?$", " ", text, flags=re.S | re.M)


def test_thousands_are_written_one_way():
    """From five digits on a narrow space that does not break stands between them (\\, in a formula), and nothing in four digits."""
    other = r"(?<![\w.,])\d{1,3}(?:[, ]\d{3}|\{,\}\d{3})+(?!\w)|(?<![\w.,])\d(?:\u202f|\\,)\d{3}(?![\w\u202f\\])|(?<![\w.,·⁻−])\d{5,}(?![\w.])"
    assert [(name, found.group()) for name, text in prose() for found in re.finditer(other, text)] == []
