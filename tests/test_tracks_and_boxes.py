"""A chapter in its form: two tracks with their minutes, predictions that take a tap, statements with a verdict."""

import pytest
from small_book import build, code, notebook, text

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


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    core = f"# A long chapter\n{BOXES}\n## The idea\n\n{WORDS} {WORDS}\n\n$$y = 2$$\n\n{WORDS} {WORDS}"
    long = notebook(text(core), code(SLIDER, "draw", **FIGURE), text(EXERCISES), text(DEEPER))
    pages = {"index.md": "# The book\n\n## Chapters\n\n```{path}\n```\n", "long.ipynb": long, "short.md": f"# A short page\n\n## One\n\n### Below\n\n{WORDS}\n"}
    return build(tmp_path_factory.mktemp("book"), pages)


def said(locator):
    """The text of an element in one line, with what only a screen reader says."""
    return " ".join(locator.text_content().split())


@pytest.fixture
def page(built, chromium):
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.goto((built / "long.html").as_uri())
    yield page
    page.close()


def test_minutes_stand_under_the_title(page, built):
    """400 words and a few make 2 minutes, the formula 8 seconds, the slider 60, the prediction 20; an exercise 3 minutes, the questions 2½."""
    assert said(page.locator("h1 + .minutes")) == "Core 4 min · exercises 6 min · deeper 3 min"
    page.goto((built / "short.html").as_uri())
    assert said(page.locator("h1 + .minutes")) == "Reading 1 min"


def test_cards_lead_to_the_chapters_and_say_their_answer_and_minutes(page, built):
    page.goto((built / "index.html").as_uri())
    first, second = page.locator(".path > li").all()
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
    page = chromium.new_page(java_script_enabled=scripts, viewport={"width": 390, "height": 844})
    page.goto((built / "long.html").as_uri())
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
