"""What is printed: the sheet and the mock papers are tagged PDFs of the built site, add up, and say what the library computes."""

import io
import re
import sys
from collections import Counter

import pytest
from conftest import ROOT, SITE
from pypdf import PdfReader
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

PAPERS = ["mock-paper-1", "mock-paper-2", "mock-paper-3"]


def read(name):
    return PdfReader(SITE / "_static" / f"{name}.pdf")


def text(page):
    return " ".join(page.extract_text().split())


def structure(node):
    """Every element of a PDF's structure tree."""
    for child in node if isinstance(node, list) else [node]:
        child = child.get_object() if hasattr(child, "get_object") else child
        if isinstance(child, dict):
            yield child
            yield from structure(child.get("/K", []))


@pytest.mark.parametrize("name", ["rmsprop-sheet", *PAPERS])
def test_a_pdf_is_tagged_for_a_screen_reader(name):
    """PDF/UA-1: a title that is shown, a language, a tree of tags with headings, and plain words for every formula."""
    made = read(name)
    root = made.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en" and root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert "pdfuaid:part" in root["/Metadata"].get_object().get_data().decode()
    assert made.metadata.title.startswith("RMSprop" if name == "rmsprop-sheet" else "Mock paper")
    tags = list(structure(root["/StructTreeRoot"]))
    kinds = Counter(str(tag.get("/S")) for tag in tags)
    assert kinds["/H1"] >= 1 and kinds["/Formula"] > 10, kinds
    alone = [tag for tag in tags if tag.get("/S") == "/Formula" and not str(tag.get("/Alt", "")).strip()]
    assert alone == []
    assert all(round(float(page.mediabox.width)) == 595 and round(float(page.mediabox.height)) == 842 for page in made.pages)


def test_the_sheet_has_two_sides_in_letters_that_can_be_read():
    made = read("rmsprop-sheet")
    assert len(made.pages) == 2
    sizes = Counter()
    for page in made.pages:
        page.extract_text(visitor_text=lambda said, _, matrix, font, size: sizes.update({round(size * abs(matrix[3]), 2): len(said.strip())}))
    body, _ = sizes.most_common(1)[0]
    assert body >= 8.5, sizes


# What a student looks for on it; the numbers were computed by hand from the formulas.
ON_THE_SHEET = ["divides", "0.2226", "1.803", "3 + 0.25 = 3.25", "1.5, 1.2, 0.9836", "0.07024", "6.58 steps", "3.162 γ", "0.904 γ", "88 at", "7.27 γ",
                "T13", "T31", "10⁻⁸ outside", "square_avg", "Tieleman and Hinton", "Checkpoint", "Weight decay", "Derivations in a line"]  # fmt: skip


def test_the_sheet_says_what_an_exam_asks_for():
    said = " ".join(text(page) for page in read("rmsprop-sheet").pages)
    assert [phrase for phrase in ON_THE_SHEET if phrase not in said] == []
    spoken = [str(tag["/Alt"]) for tag in structure(read("rmsprop-sheet").trailer["/Root"]["/StructTreeRoot"]) if tag.get("/S") == "/Formula"]
    assert "γ g_t/(√v_t + ε)" in spoken and "γ/√(1 − α)" in spoken, spoken


@pytest.mark.parametrize("name", PAPERS)
def test_a_mock_paper_is_an_hour_and_its_scheme_begins_on_a_new_side(name):
    sides = [text(page) for page in read(name).pages]
    first = next(k for k, side in enumerate(sides) if side.startswith("Marking scheme"))
    asked, scheme = (" ".join(part) for part in (sides[:first], sides[first:]))
    for part in (asked, scheme):
        marks = [int(number) for number in re.findall(r"\[(\d+) marks?\]", part)]
        assert sum(marks) == 60 and len(marks) >= 10, (name, marks)
    assert not re.search(r"\b[A-D] is right:", asked) and "Known mistakes" not in asked and "Known mistakes" in scheme


def test_the_right_option_has_no_letter_of_its_own():
    scheme = " ".join(text(page) for name in PAPERS for page in read(name).pages)
    letters = re.findall(r"\b([A-D]) is right", scheme)
    assert len(letters) > 5 and len(set(letters)) > 1, letters


BANK = """# Questions

::::{question} life
:kind: number
:vary: alpha=[0.75, 0.9]
:answer: half_life(alpha)
How long, at α = {value}`alpha`?

:::{answer}
It is {value}`half_life(alpha)`.
:::
::::

::::{question} prove
:kind: derive
Prove it.

:::{answer}
- so [2]
- and so [1]
:::
::::
"""
BOOK = {
    "bank": BANK,
    "papers": """# Papers

```{paper} good
:title: A good one
:minutes: 10
life 7 2
prove 3
```

```{paper} bad
:title: A bad one
:minutes: 60
life 20 3
prove 5
nobody 30
what is this
```

```{paper} twice
:title: Asks again
:minutes: 3
prove 3
```
""",
    "sheet": "# A sheet\n\n```{sheet} one-side\n```\n\n```{let}\nx = descend(3)\n```\n\nToo short: {value}`half_life(7)`.\n",
    "long": "# A long sheet\n\n```{sheet} long\n```\n\n" + "It never ends. " * 4000,
    "figure": "# A sheet with a figure\n\n```{sheet} figure\n```\n\n:::{note}\nA box.\n:::\n",
    "index": "# Book\n\n```{toctree}\nbank\npapers\nsheet\nlong\nfigure\n```\n",
}
COMPLAINTS = [
    "The paper bad has the line “what is this”; a line is a question, its marks and at most the number of a variant.",
    "The paper bad has 55 marks for 60 minutes; a mark is a minute.",
    "The paper bad asks life, which good asks already.",
    "The paper bad asks for variant 3 of life, which has 2.",
    "The paper bad asks prove, which good asks already.",
    "The paper bad gives 5 marks for prove, whose own scheme gives 3.",
    "The paper bad asks nobody, which is not in the bank.",
    "The paper twice asks prove, which good asks already.",
    "The PDF one-side cannot be made: it has 1 side at 10 pt; it must have 2, so lengthen its text.",
    "sides at 8.5 pt; it must have 2, so shorten its text.",
    "The PDF figure cannot be made: a note cannot be set on paper.",
    "On the sheet x, “descend(3)”, raises TypeError",
    "On the sheet the value, “half_life(7)”, raises ValueError",
]


@pytest.fixture
def course(monkeypatch):
    monkeypatch.syspath_prepend(ROOT / "theme")
    yield
    for name in [name for name in sys.modules if name in ("only_papers", "course") or name.startswith("course.")]:
        del sys.modules[name]


def test_what_does_not_add_up_stops_the_build_with_a_sentence(tmp_path, monkeypatch, course):
    folder = tmp_path / "book"
    folder.mkdir()
    for name, source in BOOK.items():
        (folder / f"{name}.md").write_text(source, encoding="utf-8")
    (folder / "conf.py").write_text(
        'extensions = ["myst_nb", "only_papers"]\nmyst_enable_extensions = ["colon_fence", "dollarmath"]\nhtml_theme = "basic"\n', encoding="utf-8"
    )
    (tmp_path / "only_papers.py").write_text(
        "from course import bank, bank_pages, papers\n\n\ndef setup(app):\n    app.connect('env-updated', lambda app, env: setattr(env, 'course_claims', {}))\n"
        "    bank.setup(app)\n    bank_pages.setup(app)\n    papers.setup(app)\n",
        encoding="utf-8",
    )
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    complaints = io.StringIO()
    with docutils_namespace():
        Sphinx(folder, folder, tmp_path / "out", tmp_path / "trees", "html", status=None, warning=complaints).build()
    said = re.sub(r"\x1b\[[\d;]*m", "", complaints.getvalue())
    assert [sentence for sentence in COMPLAINTS if sentence not in said] == [], said
    assert len(said.strip().splitlines()) == len(COMPLAINTS), said
    made = PdfReader(tmp_path / "out" / "_static" / "good.pdf")
    assert "at α = 0.9?" in text(made.pages[0]) and "6.579" in text(made.pages[1])  # the second variant
    page = (tmp_path / "out" / "papers.html").read_text(encoding="utf-8")
    assert '<a href="_static/good.pdf">' in page


def test_formulas_are_set_and_said(course):
    from course.typesetting import formula

    assert formula(r"v_t = \alpha\,v_{t-1} + g_t^2").startswith('#formula("v_t = α v_(t − 1) + g_t^2", $ ')
    assert formula(r"\frac{1-\alpha}{2}").startswith('#formula("(1 − α)/2", $ frac("1" − α, "2") $)')
    assert formula(r"10^{-8}").startswith('#formula("10^(−8)"')
    with pytest.raises(ValueError, match="has no counterpart on paper"):
        formula(r"\boxed{x}")
    with pytest.raises(ValueError, match="Undefined control sequence"):
        formula(r"\nosuchthing x")


def test_the_same_text_makes_the_same_bytes(course, monkeypatch):
    from course.typesetting import pdf

    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1767225600")
    one, sides = pdf("#heading(level: 1)[One]\nText.", "Title", "en", size=9)
    assert sides == 1 and one == pdf("#heading(level: 1)[One]\nText.", "Title", "en", size=9)[0]
    assert PdfReader(io.BytesIO(one)).metadata["/CreationDate"] == "D:20260101000000Z"
    with pytest.raises(ValueError, match="unknown variable: nothing"):
        pdf("#nothing", "Title", "en", size=9)
