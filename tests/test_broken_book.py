"""What an author can get wrong: the build fails, and a sentence names the page and the thing.

All mistakes stand in one small book with the course's own theme and settings. It is built once, by the command that `make book`
runs: each mistake must be named although there are others.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import NOT_COPIED, ROOT, build_book

FIRST = """%config InlineBackend.figure_formats = ["svg"]
import matplotlib.pyplot as plt
from rmsprop_lib.explore import explore
from rmsprop_lib.figures import canvas"""
LINE = {"mystnb": {"figure": {"name": "line", "caption": "A line."}, "image": {"alt": "A line that rises."}}}
NAMELESS = {"mystnb": {"figure": {"name": "nameless", "caption": "A line."}}}
BARE = {"mystnb": {"image": {"alt": "A line that rises."}}}

PREDICTION = """::::{{admonition}} Both {0}
:class: predict
Which?

:::{{admonition}} One
:class: dropdown {0}
It is.
:::
:::{{admonition}} Two
:class: dropdown {1}
It is not.
:::
::::

"""


def cell(kind, number, source, metadata=None):
    more = {"execution_count": None, "outputs": []} if kind == "code" else {}
    return {"cell_type": kind, "id": f"cell-{number}", "metadata": metadata or {}, "source": source, **more}


def notebook(*code, **metadata):
    """A notebook of a title and these cells, each its code or a pair of its code and its metadata."""
    pairs = [(c, None) if isinstance(c, str) else c for c in code]
    cells = [cell("markdown", 0, "# A page"), *(cell("code", k, *pair) for k, pair in enumerate(pairs, 1))]
    kernel = {"kernelspec": {"display_name": "Mine", "language": "python", "name": "a-kernel-of-mine"}}
    return json.dumps({"cells": cells, "metadata": kernel | metadata, "nbformat": 4, "nbformat_minor": 5})


# The page's file → its text and what the build must say of it; all of them stand in the table of contents.
PAGES = {
    "failing.ipynb": (
        notebook("assert True", "x = 1\nassert x == 2, 'x is one'"),
        "The cell that begins with “x = 1” stops at its line 2, “assert x == 2, 'x is one'”: AssertionError: x is one.",
    ),
    "syntax.ipynb": (notebook("x = = 1"), "The cell that begins with “x = = 1” stops at its line 1, “x = = 1”: SyntaxError: invalid syntax."),
    "magic.ipynb": (notebook("%nosuch"), "The cell that begins with “%nosuch” stops: UsageError: Line magic function `%nosuch` not found."),
    "endless.ipynb": (
        notebook("import time\nwhile True:\n    time.sleep(0.1)", execution={"timeout": 2}),
        "The cell that begins with “import time” was not done after 2 seconds.",
    ),
    "slider.ipynb": (
        notebook(FIRST, ("ax = canvas((0, 1), (0, 1))\nexplore(lambda k: ax.plot([0, 1 / (2 - k)]), k=[0, 1, 2])", LINE)),
        "ZeroDivisionError: division by zero; explore was drawing the position k=2.",
    ),
    "merged.ipynb": ('{"cells": [\n<<<<<<< HEAD\n]}', "This is not a notebook: Expecting value: line 2 column 1 (char 12)."),
    "emptied.ipynb": ("{}", "This is not a notebook: it has no cells."),
    # What needs no notebook of its own shares this one: each starts a kernel.
    "cells.ipynb": (
        notebook(
            FIRST,
            ("plt.plot([1, 2]);", NAMELESS),
            ("plt.plot([2, 3]);", BARE),
            "explore(lambda k: plt.figure(figsize=(2, 2)), k=[1, 2])",
            "print(object())",
            ('%config InlineBackend.figure_formats = ["png"]\nplt.plot([3, 4]);', LINE),
            ("x = 1", {"tags": ["check"]}),
            *[(f"x = {k}", {"slideshow": {"slide_type": "slide", "polls": ["nobody"][k:]}}) for k in range(3)],
        ),
        "Cell 3 (plt.plot([1, 2]);) shows a figure without alternative text: give it mystnb: {image: {alt: …}}",
        "Cell 4 (plt.plot([2, 3]);) shows a figure without a caption: give it mystnb: {figure: {name: …, caption: …}}.",
        "Cell 5 (explore(lambda k: plt.figure(figsize=(2, 2)), k=[1, 2])) shows a figure without alternative text",
        "Cell 5 (explore(lambda k: plt.figure(figsize=(2, 2)), k=[1, 2])) shows a figure without a caption",
        "A cell prints a memory address, which differs in every build: give it `_ = …`.",
        "shows a figure that is not SVG: put %config InlineBackend.figure_formats = ['svg'] into the first cell.",
        "A cell with the tag “check” asserts nothing: “x = 1”.",
        "A cell asks the room nobody, which is none of the questions with options on this chapter's core.",
    ),
    "links.md": (
        "# Links\n\n[a page](nowhere.md), [a place](#no-such-place), [a heading](links.md#no-such-heading)\n",
        "cross-reference target not found: 'nowhere.md'",
        "cross-reference target not found: 'no-such-place'",
        "local id not found in doc 'chapters/links': 'no-such-heading'",
    ),
    "labels.md": (
        "# Labels\n\n{ref}`a`, {numref}`b`, {eq}`c`, {prf:ref}`T99`, {doc}`d`\n",
        "undefined label: 'a'",
        "undefined label: 'b'",
        "equation not found: c",
        "reference target not found: T99",
        "unknown document: 'd'",
    ),
    "twice.md": ("# Twice\n\n(here)=\n## One\n\n(here)=\n## Two\n", 'Duplicate explicit target name: "here".'),
    "pictures.md": (
        "# Pictures\n\n![a line](missing.svg)\n\n![](plain.svg)\n",
        "image file not readable: chapters/missing.svg",
        "The picture chapters/plain.svg is without alternative text: ![what is to be seen](chapters/plain.svg).",
    ),
    "citation.md": ("# Citation\n\n{cite}`nobody2020`\n", 'could not find bibtex key "nobody2020"'),
    "words.md": (
        "# Words\n\n:::{notte}\nA box.\n:::\n\n{rolle}`a word`\n",
        "Unknown directive type: 'notte'",
        'Unknown interpreted text role "rolle".',
    ),
    "predictions.md": (
        "# Predictions\n\n" + PREDICTION.format("right", "right") + PREDICTION.format("wrong", "wrong"),
        "“Both right” has 2 answers, 2 of them right; a prediction has two to four, and one is right.",
        "“Both wrong” has 2 answers, 0 of them right; a prediction has two to four, and one is right.",
    ),
    "lecture.md": (
        "# A lecture\n\nOf what is there.\n\n:::{route} short\n:::\n\n:::{route} long\n:::\n",
        "The route short takes 10 minutes, and its parts add up to 9.",
        "The route short names the slide “No such heading” of cells, which is not there.",
        "The route short names the poll nobody, which is no question with options on cells.",
        "The route short takes slides from elsewhere, which is no chapter.",
        "There is no route long; routes.yml has short.",
    ),
    "formulas.md": (
        "# Formulas\n\n$\\nosuch{x}$\n\n$$\n\\frac{1}{2\n$$\n",
        "The formula “\\nosuch{x}” cannot be set: Undefined control sequence: \\nosuch at position 1: \\nosuch{x}.",
        "The formula “\\frac{1}{2” cannot be set: Unexpected end of input in a macro argument, expected '}'",
    ),
    "claims.md": (
        ":::{prf:theorem} T98 · A theorem\n:label: T98\nIt holds.\n:::\n\n:::{prf:proof}\nSo it is.\n:::\n\n# Claims\n\n```{claims} T\n```\n\n```{claims} X\n```\n",
        "T98 stands on the page chapters/claims, but no test is called test_T98_…",
        "claims is asked for 'X'; it knows T, R, B.",
    ),
}
ROUTES = """short:
  minutes: 10
  parts:
    - {minutes: 5, from: cells, slides: [No such heading, poll nobody]}
    - {minutes: 4, from: elsewhere, slides: [A page]}
"""
# What the table of contents gets wrong: the file that the sentence names first, and the sentence.
CONTENTS = [
    ("index.md", "toctree contains reference to nonexisting document 'chapters/gone'"),
    ("forgotten.md", "The page chapters/forgotten.md is not in _toc.yml, so it is not in the book."),
]
SAID = [*((name, sentence) for name, (_, *sentences) in PAGES.items() for sentence in sentences), *CONTENTS]


def plain(text):
    """What a terminal shows, without its colours."""
    return re.sub(r"\x1b\[[\d;]*m", "", text)


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """The build of a book with all mistakes: its exit code and what it said, a line a warning."""
    book = tmp_path_factory.mktemp("book")
    chapters = book / "chapters"
    chapters.mkdir()
    shutil.copytree(ROOT / "theme", book / "theme", ignore=NOT_COPIED)
    shutil.copy(ROOT / "_config.yml", book)
    (book / "tests").mkdir()
    (book / "tests" / "test_claims.py").write_text("def test_T97_of_nothing():\n    assert True\n", encoding="utf-8")
    texts = {name: text for name, (text, *_) in PAGES.items()}
    texts |= {"index.md": "# The book\n", "forgotten.md": "# A page nobody sees\n", "references.bib": "", "routes.yml": ROUTES}
    texts |= {"plain.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"></svg>'}
    for name, text in texts.items():
        (chapters / name).write_text(text, encoding="utf-8")
    listed = "".join(f"  - file: chapters/{Path(name).stem}\n" for name in [*PAGES, "gone"])
    (book / "_toc.yml").write_text(f"format: jb-book\nroot: chapters/index\nchapters:\n{listed}", encoding="utf-8")
    done = build_book(book, "-W", "-n", "--keep-going")
    return done.returncode, plain(done.stderr)


def test_a_book_with_mistakes_fails_and_still_goes_through(build):
    status, said = build
    assert status not in (0, None)
    assert "Exception occurred" not in said and "jupyter_book/cli/main.py" not in said, said[-5000:]


@pytest.mark.parametrize("page, sentence", SAID, ids=str)
def test_the_mistake_is_named_with_its_page(build, page, sentence):
    _, said = build
    about = [line for line in said.splitlines() if re.search(rf"/chapters/{re.escape(page)}:\S* (WARNING|ERROR): ", line)]
    assert any(sentence in line for line in about), "\n".join(about) or said[-5000:]


def test_a_test_without_a_claim_is_named(build):
    assert "WARNING: test_claims.py tests T97, which stands on no page\n" in build[1]


def test_what_is_right_is_not_complained_about(build):
    """No page is named but for its own mistakes, and so none for what another did."""
    named = set(re.findall(r"/chapters/([^/:]+)\.\w+:\S* (?:WARNING|ERROR): ", build[1]))
    assert named == {Path(page).stem for page, _ in SAID}


def test_a_failing_assert_fails_the_tests_too(tmp_path):
    """And shows the line, not only the cell."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "chapters").mkdir()
    (tmp_path / "chapters" / "failing.ipynb").write_text(PAGES["failing.ipynb"][0], encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", "no:cacheprovider", "chapters"]
    alone = os.environ | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}  # the other plugins are slow to load, and not asked
    done = subprocess.run(command, cwd=tmp_path, env=alone, capture_output=True, text=True)
    assert done.returncode == 1, done.stdout + done.stderr
    said = plain(done.stdout)
    assert re.search(r"----> 2 assert x == 2, 'x is one'\s+AssertionError: x is one", said), said
    assert "failing.ipynb::Cell 1" in said and "1 failed, 1 passed" in said
