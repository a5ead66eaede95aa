"""A notebook's code on its page: what asserts is one line, what draws is folded below its figure, what is to be read stands open."""

import pytest
from small_book import build, code, notebook, text

COUNTED = {
    "x = 6.58\nassert x == 6.58": "✓ checked: 1 number",
    "assert round(6.581, 2) == 6.58 and [2, -3] == [2, -3]": "✓ checked: 5 numbers",
    "assert abs(2.001 - 2) < 1e-2": "✓ checked: 1 number",
    "assert np.allclose([1, 2], [1, 2], atol=1e-9)": "✓ checked: 4 numbers",
    "np.testing.assert_allclose(np.ones(3), 1, rtol=1e-5)": "✓ checked: 1 number",
    "for x, root in [(4, 2), (9, 3)]:\n    assert x == root**2": "✓ checked: 2 statements",
    "table = {1: 1, 2: 4, 3: 9}\nassert all(y - x * x == 0 for x, y in table.items())": "✓ checked: 3 numbers",
    "x = np.arange(3)\nassert x[x > 1].size == x[2] - 1": "✓ checked: 1 statement",
    "%precision 4\ny = 1\nassert 1 / 2 == y / 2": "✓ checked: 1 number",
}
SETUP = '%config InlineBackend.figure_formats = ["svg"]\nimport matplotlib.pyplot as plt\nimport numpy as np'
FIGURE = {"mystnb": {"figure": {"name": "line", "caption": "A line."}, "image": {"alt": "A line that rises from 0 to 1."}}}


@pytest.fixture(scope="module")
def page(tmp_path_factory, chromium):
    cells = [
        text("# A chapter"),
        code(SETUP, "setup"),
        *(cell for source in COUNTED for cell in (code(source, "check"), text("A number is checked."))),
        code("def twice(x):\n    return 2 * x", "check"),
        text("Here is what it is for."),
        code("assert twice(2) == 4", "check"),
        code("assert twice(3) == 6", "check"),
        code("ends = [0, 1]", "draw"),
        text("Here is a line."),
        code("plt.plot(ends);", "draw", **FIGURE),
        code("y = 2 * 3\ny"),
        code("z = 1  # 42 letters fit on a small phone -"),
        text("## Without a figure"),
        code("lost = 1", "draw"),
    ]
    built = build(tmp_path_factory.mktemp("book"), {"code.ipynb": notebook(*cells)})
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.goto((built / "code.html").as_uri())
    yield page
    page.close()


def test_a_check_is_one_line_that_says_how_much_it_checks(page):
    assert page.locator(".cell-check summary").all_inner_texts() == [*COUNTED.values(), "✓ checked: 2 numbers"]
    first = page.locator(".cell-check").first
    assert first.bounding_box()["height"] < 40
    first.locator("summary").click()
    assert first.locator("pre").inner_text().strip() == next(iter(COUNTED))
    first.locator("summary").click()


def test_checks_without_a_word_between_them_are_one_and_what_prepares_them_is_in_it(page):
    sources = page.locator(".cell-check").last.locator("pre").evaluate_all("all => all.map(code => code.textContent.trim())")
    assert sources == ["def twice(x):\n    return 2 * x", "assert twice(2) == 4", "assert twice(3) == 6"]


def test_the_code_of_a_drawing_is_folded_below_its_figure(page):
    drawing, fold = page.locator("figure#line").bounding_box(), page.locator("section section, section").first.locator(".draw").first
    assert fold.bounding_box()["y"] >= drawing["y"] + drawing["height"]
    assert fold.locator("summary").inner_text() == "Show the drawing code"
    assert fold.evaluate("it => [...it.querySelectorAll('pre')].map(code => code.textContent.trim())") == ["ends = [0, 1]", "plt.plot(ends);"]


def test_a_drawing_without_a_figure_does_not_leave_its_section(page):
    assert page.locator("#without-a-figure .draw pre").count() == 1


def test_what_is_to_be_read_is_open_and_the_set_up_is_not(page):
    assert [code.strip() for code in page.locator("pre:visible").all_inner_texts()] == ["y = 2 * 3\ny", "6", "z = 1  # 42 letters fit on a small phone -"]
    assert page.locator(".setup summary").inner_text() == "Set-up"


@pytest.mark.parametrize("width", [360, 390, 430, 540])
def test_42_letters_of_code_fit_on_a_phone(page, width):
    page.set_viewport_size({"width": width, "height": 800})
    last = page.locator("pre:visible").last
    assert last.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    assert last.evaluate("it => parseFloat(getComputedStyle(it).fontSize)") >= 11
    page.set_viewport_size({"width": 390, "height": 844})


def test_paper_has_text_and_figures_and_no_folded_code(page):
    page.emulate_media(media="print")
    assert page.locator("figure#line").is_visible() and page.locator("pre:visible").count() == 3
    assert page.locator(".fold-code:visible").count() == 0
    page.emulate_media(media="screen")
