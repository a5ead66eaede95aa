"""What the theme promises, on one small book with the course's own theme and settings, which is built once with an address and once without."""

import os
import re
import struct
import sys
import xml.etree.ElementTree as ET

import pytest
from conftest import ROOT
from small_book import build, code, notebook, text
from test_pages_in_a_browser import CUT

sys.path.insert(0, str(ROOT / "theme"))
from course import maths  # noqa: E402

ADDRESS, REPOSITORY = "https://example.org/some/course", "https://example.org/we/course"

# Two pages for what a page says of itself.
INDEX = "# The book\n\nWhat it is about, in a sentence that is a description by itself.\n\n## Chapters\n\n```{path}\n```\n"
SECOND = "# One < two & more\n\nIts first sentence.\n"

# A chapter in its form.
WORDS = " ".join(["word"] * 100)
BOXES = """
:::{admonition} The question
:class: question
How long?
:::

:::{admonition} The answer
:class: answer
No. It takes **6.58 steps** at α = 0.9. After that it is less.
:::

::::{admonition} Before you look
:class: predict
How many?

:::{admonition} Five
:class: dropdown
Half of ten would be five.
:::
:::{admonition} Between 6 and 7
:class: dropdown right
Right: it is 6.58.
:::
::::

:::{admonition} It remembers
:class: right
So it does.
:::

:::{admonition} It remembers ten
:class: repair
Mostly.
:::

:::{admonition} It forgets all
:class: misconception
It never does.
:::
"""
EXERCISES = """
## Exercises

:::{exercise} By hand
:label: ex-one
Find it.
:::

:::{solution} ex-one
:class: dropdown
Here it is.
:::

(questions-long)=
## Test yourself
"""
DEEPER = f"""
(deeper-long)=
## Going deeper

{WORDS} {WORDS} {WORDS}

### One part

$$x = 1$$

### Another part

#### Its corner
"""
FIGURE = {"mystnb": {"figure": {"name": "turn", "caption": "A line."}, "image": {"alt": "A line that rises from 0 to its end."}}}
SLIDER = """
%config InlineBackend.figure_formats = ["svg"]
from rmsprop_lib.explore import explore
from rmsprop_lib.figures import canvas

ax = canvas((0, 1), (0, 2), "x", "y")
explore(lambda a=1: ax.plot([0, 1], [0, a]), a=[1, 2])
"""
LONG = f"# A long chapter\n{BOXES}\n## The idea\n\n{WORDS} {WORDS}\n\n$$y = 2$$\n\n{WORDS} {WORDS}"
SHORT = f"# A short page\n\n## One\n\n### Below\n\n{WORDS}\n"

# Code of every kind.
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
LINE = {"mystnb": {"figure": {"name": "line", "caption": "A line."}, "image": {"alt": "A line that rises from 0 to 1."}}}
CODE = [
    text("# A chapter"),
    code(SETUP, "setup"),
    *(cell for source in COUNTED for cell in (code(source, "check"), text("A number is checked."))),
    code("def twice(x):\n    return 2 * x", "check"),
    text("Here is what it is for."),
    code("assert twice(2) == 4", "check"),
    code("assert twice(3) == 6", "check"),
    code("ends = [0, 1]", "draw"),
    text("Here is a line."),
    code("plt.plot(ends);", "draw", **LINE),
    code("y = 2 * 3\ny"),
    code("z = 1  # 42 letters fit on a small phone -"),
    text("## Without a figure"),
    code("lost = 1", "draw"),
]

# Formulas.
FORMULAS = r"""# Formulas

$$
v_t = \alpha v_{t-1} + (1-\alpha) g_t^2, \qquad x_t = x_{t-1} - \frac{\gamma}{\sqrt{v_t} + \varepsilon} g_t
$$ (both)

$$
8 = \tfrac14 \cdot 20 + \tfrac14 \cdot \tfrac34 \cdot 4 + \tfrac14 \cdot \tfrac34 \cdot \tfrac34 \cdot 16 = 5 + \tfrac34 + \tfrac94
$$ (long)

$$
\left(a \qquad b\right) = {c, \quad d}
$$

$$
\begin{aligned} x &= aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \\ &= b \end{aligned}
$$

See {eq}`both` and {eq}`long`.

""" + "At γ = 0.4 and for 0 < α < 1 a step is 3.16 γ long, 5 % more than with ε = 1e-8; γ/√v is in [Chapter 7](short.md), $(1+\\alpha)/(1-\\alpha)$ is not. " * 9 + "\n"

PAGES = {
    "index.md": INDEX,
    "long.ipynb": notebook(text(LONG), code(SLIDER, "draw", **FIGURE), text(EXERCISES), text(DEEPER)),
    "short.md": SHORT,
    "code.ipynb": notebook(*CODE),
    "formulas.md": FORMULAS,
    "second.md": SECOND,
}
UNKNOWN = {key: value for key, value in os.environ.items() if not key.startswith("BOOK_")}


@pytest.fixture(scope="module")
def known(tmp_path_factory):
    """The site of the book, whose address and source are known."""
    # With and without the stroke at its end an address is the same.
    return build(tmp_path_factory.mktemp("book"), PAGES, UNKNOWN | {"BOOK_ADDRESS": ADDRESS + "/", "BOOK_REPOSITORY": REPOSITORY + "/"})


@pytest.fixture(scope="module")
def built(known):
    return known / "chapters"


def opened(chromium, path, **settings):
    page = chromium.new_page(**settings)
    page.goto(path.as_uri())
    return page


def on_a_phone(name):
    """A fixture: a page of the book, opened once."""

    @pytest.fixture(scope="module")
    def page(built, chromium):
        page = opened(chromium, built / name, viewport={"width": 390, "height": 844})
        yield page
        page.close()

    return page


cells, formulas = on_a_phone("code.html"), on_a_phone("formulas.html")


# A notebook's code: what asserts is one line, what draws is folded below its figure, what is to be read stands open.


def test_a_check_is_one_line_that_says_how_much_it_checks(cells):
    assert cells.locator(".cell-check summary").all_inner_texts() == [*COUNTED.values(), "✓ checked: 2 numbers"]
    first = cells.locator(".cell-check").first
    assert first.bounding_box()["height"] < 40
    first.locator("summary").click()
    assert first.locator("pre").inner_text().strip() == next(iter(COUNTED))
    first.locator("summary").click()


def test_checks_without_a_word_between_them_are_one_and_what_prepares_them_is_in_it(cells):
    sources = cells.locator(".cell-check").last.locator("pre").evaluate_all("all => all.map(code => code.textContent.trim())")
    assert sources == ["def twice(x):\n    return 2 * x", "assert twice(2) == 4", "assert twice(3) == 6"]


def test_the_code_of_a_drawing_is_folded_below_its_figure(cells):
    drawing, fold = cells.locator("figure#line").bounding_box(), cells.locator("section section, section").first.locator(".draw").first
    assert fold.bounding_box()["y"] >= drawing["y"] + drawing["height"]
    assert fold.locator("summary").inner_text() == "Show the drawing code"
    assert fold.evaluate("it => [...it.querySelectorAll('pre')].map(code => code.textContent.trim())") == ["ends = [0, 1]", "plt.plot(ends);"]


def test_a_drawing_without_a_figure_does_not_leave_its_section(cells):
    assert cells.locator("#without-a-figure .draw pre").count() == 1


def test_what_is_to_be_read_is_open_and_the_set_up_is_not(cells):
    assert [code.strip() for code in cells.locator("pre:visible").all_inner_texts()] == ["y = 2 * 3\ny", "6", "z = 1  # 42 letters fit on a small phone -"]
    assert cells.locator(".setup summary").inner_text() == "Set-up"


@pytest.mark.parametrize("width", [360, 390, 430, 540])
def test_42_letters_of_code_fit_on_a_phone(cells, width):
    cells.set_viewport_size({"width": width, "height": 800})
    last = cells.locator("pre:visible").last
    assert last.evaluate("it => it.scrollWidth - it.clientWidth") <= 0
    assert last.evaluate("it => parseFloat(getComputedStyle(it).fontSize)") >= 11
    cells.set_viewport_size({"width": 390, "height": 844})


def test_paper_has_text_and_figures_and_no_folded_code(cells):
    cells.emulate_media(media="print")
    assert cells.locator("figure#line").is_visible() and cells.locator("pre:visible").count() == 3
    assert cells.locator(".fold-code:visible").count() == 0
    cells.emulate_media(media="screen")


# Formulas on a phone: what is cut off at the edge reads as another formula.


def test_two_definitions_stand_in_two_lines_where_they_do_not_fit_in_one(formulas):
    both = formulas.locator(".math-scroll").first.locator(".katex-display")
    first, second = (part.bounding_box() for part in both.all())
    assert second["y"] >= first["y"] + first["height"] - 1
    formulas.set_viewport_size({"width": 1280, "height": 900})
    first, second = (part.bounding_box() for part in both.all())
    assert second["x"] > first["x"] + first["width"], "and in one where they do"
    formulas.set_viewport_size({"width": 390, "height": 844})


def test_a_long_formula_breaks_into_lines_with_its_number_below(formulas):
    long = formulas.locator(".math.display").nth(1)
    tops = long.locator(".katex-base").evaluate_all("all => all.map(it => Math.round(it.getBoundingClientRect().bottom))")
    assert max(tops) - min(tops) > 20
    formula, number = long.locator(".math-scroll").bounding_box(), long.locator(".eqno").bounding_box()
    assert number["y"] >= formula["y"] + formula["height"] - 1


@pytest.mark.parametrize(
    "tex, kept",
    [
        (r"v + (1-\alpha)(g^2 - v)", r"v + ({1-\alpha})({g^2 - v})"),
        (r"\gamma/\sqrt{(1-\alpha)\,\frac{1}{2}}", r"\gamma/\sqrt{({1-\alpha})\,\frac{1}{2}}"),
        (r"f(x_0) \cdot (a)", r"f(x_0) \cdot (a)"),
        (r"(1+u)\bigl(2/\sqrt{1+w'}-1\bigr)", r"({1+u})\bigl(2/\sqrt{1+w'}-1\bigr)"),
        (r"\left(1 - x\right)", r"\left(1 - x\right)"),
        (r"(a + b + c + d + e + f + g + h)", r"(a + b + c + d + e + f + g + h)"),
        (r"\frac{(1}{2-x)}", r"\frac{(1}{2-x)}"),
    ],
)
def test_no_line_breaks_within_short_brackets(tex, kept):
    assert maths.together(tex) == kept


def test_a_wide_space_within_brackets_parts_nothing(formulas):
    assert formulas.locator(".math-scroll").nth(2).locator(".katex-display").count() == 1


def test_what_cannot_break_scrolls_with_an_edge(formulas):
    ((formula, number, edge),) = formulas.evaluate(CUT)
    assert re.search("a{60}", formula) and not number and edge


KEPT = """() => {
  const paragraph = [...document.querySelectorAll("article p, .text p")].pop(), range = document.createRange(), found = [];
  const walk = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode()); ) for (const it of node.data.matchAll(/γ\\s=\\s0.4|0\\s<\\sα\\s<\\s1|3.16\\sγ|5\\s%|1e-8|γ\\/√v|Chapter\\s7/g)) {
    range.setStart(node, it.index);
    range.setEnd(node, it.index + it[0].length);
    found.push([it[0].replace(/\\s/g, " "), new Set([...range.getClientRects()].map((box) => Math.round(box.top))).size]);
  }
  return found;
}"""


@pytest.mark.parametrize("width", [320, 345, 370, 390])
def test_a_short_formula_in_the_text_is_not_broken(formulas, width):
    formulas.set_viewport_size({"width": width, "height": 844})
    found = formulas.evaluate(KEPT)
    assert {words for words, _ in found} == {"γ = 0.4", "0 < α < 1", "3.16 γ", "5 %", "1e-8", "γ/√v", "Chapter 7"}
    assert {lines for _, lines in found} == {1}, [words for words, lines in found if lines > 1]
    short = formulas.locator("p:last-of-type .math").evaluate_all("all => all.map(it => it.getClientRects().length)")
    assert short and set(short) == {1}


# A chapter in its form: two tracks with their minutes, predictions that take a tap, statements with a verdict.


def said(locator):
    """The text of an element in one line, with what only a screen reader says."""
    return " ".join(locator.text_content().split())


@pytest.fixture
def page(built, chromium):
    page = opened(chromium, built / "long.html", viewport={"width": 1440, "height": 900})
    yield page
    page.close()


def test_minutes_stand_under_the_title(page, built):
    """400 words and a few make 2 minutes, the formula 8 seconds, the slider 60, the prediction 20; an exercise 3 minutes, the questions 2½."""
    assert said(page.locator("h1 + .minutes")) == "Core 4 min · exercises 6 min · deeper 3 min"
    page.goto((built / "short.html").as_uri())
    assert said(page.locator("h1 + .minutes")) == "Reading 1 min"


def test_cards_lead_to_the_chapters_and_say_their_answer_and_minutes(page, built):
    page.goto((built / "index.html").as_uri())
    first, second, *_ = page.locator(".path > li").all()
    parts = ["1 A long chapter", "No. It takes 6.58 steps at α = 0.9.", "Core 4 min · exercises 6 min · deeper 3 min"]
    assert [said(part) for part in first.locator("p").all()] == parts
    assert "Reading" in second.inner_text()
    place = first.bounding_box()
    page.mouse.click(place["x"] + place["width"] - 9, place["y"] + place["height"] - 9)
    page.wait_for_url("**/long.html")


def test_contents_tell_the_tracks_apart(page):
    deeper = page.locator(".page-toc li.deeper")
    assert deeper.locator("a").all_inner_texts() == ["Going deeper", "One part", "Another part"]
    assert page.locator(".page-toc > ul > li > a").count() == 4
    assert "long" not in page.locator(".page-toc").inner_text() and "4 + 3 min" in said(page.locator(".book"))


def test_the_deeper_part_is_told_apart_in_the_text(page):
    edge = "it => getComputedStyle(it).borderLeftWidth"
    assert page.locator("#going-deeper").evaluate(edge) == "4px" and page.locator("#the-idea").evaluate(edge) == "0px"
    band, plain = ("#going-deeper h2", "#the-idea h2")
    colour = "it => getComputedStyle(it).backgroundColor"
    assert page.locator(band).evaluate(colour) != page.locator(plain).evaluate(colour)


@pytest.mark.parametrize("scripts", [True, False])
def test_a_prediction_takes_a_tap_and_says_what_it_means(built, chromium, scripts):
    page = opened(chromium, built / "long.html", java_script_enabled=scripts, viewport={"width": 390, "height": 844})
    wrong, right = page.locator(".predict details").all()
    meant = wrong.locator("p"), right.locator("p")
    assert not meant[0].is_visible() and not meant[1].is_visible()
    wrong.locator("summary").click()
    assert meant[0].is_visible() and said(meant[0]).startswith("✗ Not so: Half of ten")
    right.locator("summary").click()
    assert meant[1].is_visible() and said(meant[1]).startswith("✓ Right: it is")
    assert not meant[0].is_visible(), "one answer at a time"
    assert wrong.locator("summary").bounding_box()["height"] >= 44
    page.close()


def test_paper_has_every_answer_of_a_prediction(page):
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator(".predict details > p:visible").count() == 2
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".predict details[name][open]").count() == 0 and page.locator(".predict details[name]").count() == 2


def test_each_verdict_has_its_sign_its_colour_and_its_word(page):
    titles = page.locator(".verdict > .admonition-title")
    assert [said(title) for title in titles.all()] == ["✓ Right: It remembers", "~ Right with a repair: It remembers ten", "≠ Wrong: It forgets all"]
    assert len({title.evaluate("it => getComputedStyle(it).color") for title in titles.all()}) == 3


def test_a_solution_does_not_repeat_the_title_of_its_exercise(page):
    assert page.locator(".solution summary").inner_text() == "Solution"


def test_boxes_differ_in_shape(page):
    """Not by a colour alone: where the border stands, how it is drawn, whether there is a panel."""
    shape = """it => {
        const s = getComputedStyle(it), sides = ["Top", "Right", "Bottom", "Left"];
        return JSON.stringify([sides.map(side => s[`border${side}Style`] + (s[`border${side}Width`] > "0px")), s.backgroundColor, s.fontStyle]);
    }"""
    boxes = [".question", ".answer", ".predict", ".admonition.exercise", ".verdict.right"]
    assert len({page.locator(box).first.evaluate(shape) for box in boxes}) == len(boxes)


# What a page says of its address and its source: everything when these are known, nothing when they are not.


def read(site, name):
    return (site / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["index", "second"])
def test_page_names_its_address_and_its_picture(known, name):
    page = read(known, f"chapters/{name}.html")
    assert f'<link rel="canonical" href="{ADDRESS}/chapters/{name}.html">' in page
    assert f'<meta property="og:url" content="{ADDRESS}/chapters/{name}.html">' in page
    picture = re.search(rf'<meta property="og:image" content="{ADDRESS}/([^"]*)">', page).group(1)
    head = (known / picture).read_bytes()[:24]
    assert head.startswith(b"\x89PNG") and struct.unpack(">II", head[16:]) == (1200, 630)


@pytest.mark.parametrize("name", ["index", "second"])
def test_page_leads_to_its_source_and_to_its_reader_s_complaint(known, name):
    page = read(known, f"chapters/{name}.html")
    assert f'href="{REPOSITORY}/edit/main/chapters/{name}.md"' in page
    assert f'href="{REPOSITORY}/issues/new?title=chapters/{name}.md"' in page


def test_sitemap_lists_the_pages_and_nothing_else(known):
    places = [place.text for place in ET.fromstring(read(known, "sitemap.xml")).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert places == [f"{ADDRESS}/chapters/{name}.html" for name in sorted(page.partition(".")[0] for page in PAGES)]


def test_the_page_for_a_lost_reader_leads_home_from_any_address(known):
    assert f'<a href="{ADDRESS}/chapters/index.html">' in read(known, "404.html")
    assert f'<link rel="canonical" href="{ADDRESS}/chapters/index.html">' in read(known, "index.html")


@pytest.mark.parametrize("name", ["404.html", "search.html"])
def test_what_nobody_should_find_is_not_offered(known, name):
    page = read(known, name)
    assert "canonical" not in page and "og:url" not in page and "noindex" in page


def test_nothing_dangles_without_an_address(tmp_path):
    site = build(tmp_path, {"index.md": INDEX, "second.md": SECOND}, UNKNOWN)
    assert not (site / "sitemap.xml").exists() and not (site / "_static" / "preview").exists()
    for path in site.rglob("*.html"):
        page = read(site, path.relative_to(site))
        assert not re.search(r"canonical|og:url|og:image|twitter:|/edit/|/issues/|https?:", page), path.name


@pytest.mark.parametrize("name", ["index", "second"])
def test_page_has_a_title_and_a_description(known, name):
    page = read(known, f"chapters/{name}.html")
    title, description = {
        "index": ("RMSprop: Adagrad with memory loss", "What it is about, in a sentence that is a description by itself."),
        "second": ("One &lt; two &amp; more · RMSprop: Adagrad with memory loss", "Its first sentence."),
    }[name]
    assert f"<title>{title}</title>" in page
    assert f'<meta name="description" content="{description}">' in page
