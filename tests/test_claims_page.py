"""The list of claims stops the build when a claim has no test, a test no claim, or a label is not what it seems."""

import io
import re
import sys

import pytest
from conftest import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

PROOF = "\n.. prf:proof::\n\n   Clear.\n"
LISTS = "\n".join(f".. claims:: {kind}\n" for kind in "TRB")
TEST = "def test_{}_holds():\n    assert 1 + 1 == 2\n"


def theorem(label, title=None, proof=PROOF):
    return f"\n.. prf:theorem:: {title or f'{label} · A theorem'}\n   :label: {label}\n   :nonumber:\n\n   It is so.\n{proof}"


def row(label, title=None):
    return f"\n.. admonition:: {title or f'{label} · a row'}\n   :name: {label}\n\n   Right.\n"


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Return a function that builds a book of a few pages and tests and returns what the build complained of."""
    monkeypatch.syspath_prepend(ROOT / "theme")
    from course import claims

    (tmp_path / "tests").mkdir()
    (tmp_path / "book").mkdir()
    monkeypatch.setattr(claims, "TESTS", tmp_path / "tests")

    def build(pages, tests, builder="dummy"):
        for name, text in {"index": "Start\n=====\n\n.. toctree::\n   :glob:\n\n   *\n", **pages}.items():
            (tmp_path / "book" / f"{name}.rst").write_text(text if name == "index" else f"{name}\n=====\n{text}", encoding="utf-8")
        for name, text in tests.items():
            (tmp_path / "tests" / f"test_{name}.py").write_text(text, encoding="utf-8")
        settings = {"extensions": ["sphinx_proof", "course.boxes", "course.claims"], "html_theme": "basic", "proof_title_format": " %t"}
        complaints = io.StringIO()
        with docutils_namespace():
            book = tmp_path / "book"
            app = Sphinx(book, None, tmp_path / "out", tmp_path / "trees", builder, settings, status=None, warning=complaints)
            app.build()
        return re.sub(r"\x1b\[[\d;]*m", "", complaints.getvalue())

    yield build
    for name in [name for name in sys.modules if name.partition(".")[0] == "course"]:
        del sys.modules[name]  # see conftest.py: no module of ours is loaded for a part of the tests


GOOD = {"one": theorem("T1") + row("R5b"), "two": theorem("T9b") + row("B2"), "list": LISTS}
TESTS = {"some": TEST.format("T1") + TEST.format("T9b") + TEST.format("R5b"), "more": TEST.format("B2") + TEST.format("T1_too")}


def test_every_claim_is_listed_with_its_place_and_all_its_tests(build, tmp_path):
    assert build(GOOD, TESTS, builder="pseudoxml") == ""
    page = (tmp_path / "out" / "list.pseudoxml").read_text(encoding="utf-8")
    order = ["one#T1", "test_T1_too_holds", "test_T1_holds", "two#T9b", "test_T9b_holds", "one#r5b", "test_R5b_holds", "two#b2", "test_B2_holds"]
    assert re.findall(r'(?<=refuri=")\w+#\w+|test_\w+_holds', page) == order


def test_of_many_tests_the_first_four_are_whole_and_the_others_say_what_they_are(build, tmp_path):
    many = "\n\n\n".join(f'def test_T1_{k}(n={k}):\n    """Says {k}."""\n    assert {k} + n == {2 * k}\n' for k in range(6))
    assert build({**GOOD, "one": theorem("T1") + row("R5b")}, {**TESTS, "many": many}, builder="pseudoxml") == ""
    page = (tmp_path / "out" / "list.pseudoxml").read_text(encoding="utf-8")
    assert re.findall(r"def test_T1_(\d)\(n=\1\):", page) == list("012345") and re.findall(r"Says (\d)\.", page) == list("012345")
    assert re.findall(r"assert (\d) \+ n", page) == list("0123") and page.count("...") == 2


def test_every_claim_is_said_in_words_with_its_verdict(build, tmp_path):
    note = row("R5b").replace(":name:", ":class: repair\n   :name:").replace("   Right.", '      "He says so."\n\n   *It is said.*\n\n   Right in part.\n\n   More.')
    assert build({**GOOD, "one": theorem("T1").replace("It is so.", "It is :math:`1`.\n\n   And so on.") + note}, TESTS, builder="pseudoxml") == ""
    page = (tmp_path / "out" / "list.pseudoxml").read_text(encoding="utf-8")
    assert "It is \n" in page and "And so on." in page and "Right in part." in page
    assert "He says so" not in page and "It is said" not in page and "More." not in page
    assert page.count('said="Right with a repair"') == 1


def test_a_claim_without_a_test_is_a_complaint(build):
    assert "T10 stands on the page one, but no test is called test_T10_…" in build({**GOOD, "one": GOOD["one"] + theorem("T10")}, TESTS)


@pytest.mark.parametrize(
    "pages, said",
    [
        ({"one": theorem("T1")}, "test_some.py tests R5b, which stands on no page"),
        ({"three": row("B2")}, "B2 stands 2 times, on three and two; a label stands once"),
        ({"one": GOOD["one"] + theorem("T1")}, "T1 stands 2 times, on one and one; a label stands once"),
        ({"three": theorem("T9c")}, "“T9c · A theorem” has the label T9c; a label is T, R or B and a number"),
        ({"three": theorem("t4")}, "“t4 · A theorem” has the label t4; a label is"),
        ({"three": theorem("saddle")}, "“saddle · A theorem” has the label saddle; a label is"),
        ({"three": row("R6c")}, "“R6c · a row” has the label R6c; a label is"),
        ({"three": row("B-6")}, "“B-6 · a row” has the label B-6; a label is"),
        ({"one": theorem("T1", "T2 · A theorem") + row("R5b")}, "T1 has the title “T2 · A theorem”; the title of a claim begins with its label"),
        ({"one": theorem("T1", proof="\nClear.\n") + row("R5b")}, "no proof stands below “T1 · A theorem”"),
        ({"list": ".. claims:: T\n\n.. claims:: B\n"}, "no page lists the claims of the kind R"),
    ],
)
def test_a_place_that_is_not_in_order_is_a_complaint(build, pages, said):
    assert said in build({**GOOD, **pages}, TESTS)


@pytest.mark.parametrize(
    "source, said",
    [
        (TEST.format("T7"), "test_three.py tests T7, which stands on no page"),
        (TEST.format("T9c"), "test_T9c_holds is the test of no label; its name is test_, a label and words"),
        (TEST.format("t1"), "test_t1_holds is the test of no label"),
        ("def test_T1():\n    assert True\n", "test_T1 is the test of no label"),
        (TEST.format("T1") * 2, "test_T1_holds is defined twice; only the last of the two is run"),
        ("def test_T1_holds():\n    print(1)\n", "test_T1_holds asserts nothing, so it cannot fail"),
        ("import pytest\n\n@pytest.mark.skip\n" + TEST.format("T1"), "test_T1_holds may be skipped; the test of a claim is always run"),
    ],
)
def test_a_test_that_is_not_in_order_is_a_complaint(build, source, said):
    assert said in build(GOOD, {**TESTS, "three": source})


def test_a_label_may_have_tests_in_several_files(build):
    assert build(GOOD, {**TESTS, "three": TEST.format("T1"), "four": "def helper():\n    pass\n"}) == ""


def test_an_unknown_kind_is_a_complaint(build):
    assert "claims is asked for 'X'; it knows T, R, B." in build({**GOOD, "three": ".. claims:: X\n"}, TESTS)


def test_no_claim_was_dropped_from_page_and_tests_together(monkeypatch):
    """The build compares pages with tests; what went from both at once it cannot miss."""
    monkeypatch.syspath_prepend(ROOT / "theme")
    from course import claims

    numbers = {"T": [*range(1, 32), "4b", "9b", "19b", "23b"], "R": [*range(1, 30), "5b"], "B": range(1, 23)}
    assert claims.tests().keys() == {f"{kind}{n}" for kind in numbers for n in numbers[kind]}
