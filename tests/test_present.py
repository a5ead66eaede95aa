"""The page as a deck: every slide of every chapter in a real browser, driven by keyboard, from the disk and with the network cut.

Each deck is opened once and asked everything; what one chapter is enough for is asked of one page that stays open."""

import re
import sys
from itertools import accumulate

import pytest
from conftest import ROOT, SITE, anew, one_tab, pages, recorded
from docutils import nodes
from docutils.core import publish_doctree
from myst_parser.docutils_ import Parser

sys.path.insert(0, str(ROOT / "theme"))
from course import slides  # noqa: E402

DECKS = [name for name in pages() if "deck-new" in (SITE / name).read_text(encoding="utf-8")]
SCREENS = [{"width": 1280, "height": 720}, {"width": 1024, "height": 768}]
CHAPTERS = re.findall(r"file: (chapters/[a-z-]+)$", (SITE.parents[1] / "_toc.yml").read_text(encoding="utf-8").partition("caption: Questions")[0], re.M)

# Presses a key that often in the deck. Returns what is wrong with each slide, all its steps shown (a poll is looked at in each of its
# phases, a prediction with each answer open), and what a screen reader is told after each key.
WALK = r"""([key, presses]) => {
    const wrong = [], said = [], unread = "svg, .katex, .visually-hidden, .deck-rest, figcaption, pre, .stage, .explore-sliders, h1, h2, h3, h4, details > :not(summary), .poll-reason, .fold-code, table";
    const texts = function* (view) {
        const seek = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
        while (seek.nextNode()) if (seek.currentNode.data.trim()) yield [seek.currentNode.data.trim(), seek.currentNode.parentElement];
    };
    const small = (view) => {
        const found = [];
        for (const [text, it] of texts(view)) {
            if (!it.checkVisibility({ visibilityProperty: true }) || it.closest(".visually-hidden, .katex-mathml, tspan, sub, sup, .stage, title")) continue;
            let size = parseFloat(getComputedStyle(it.closest(".katex") || it).fontSize);
            const drawing = it.closest("svg");
            if (drawing) {
                const [, , wide, high] = drawing.getAttribute("viewBox").split(" ").map(Number), box = drawing.getBoundingClientRect();
                size *= Math.min(box.width / wide, box.height / high);
            }
            if (size < 23.95) found.push(`${text.slice(0, 20)}: ${size.toFixed(1)}`);
        }
        return found;
    };
    const words = (view) => {
        const read = [...texts(view)].filter(([, it]) => !view.contains(it.closest(unread))).map(([text]) => text);
        return (read.join(" ").match(/[^\W\d_]{2}[\w’'-]*/g) || []).length;
    };
    for (let turned = 0; turned <= presses; turned++) {
        if (turned) document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
        const { view, here } = present, slide = present.slides[here];
        said.push(document.querySelector(".deck > [aria-live]").textContent);
        const say = (what) => wrong.push(`${said.at(-1)}: ${what}`);
        const whole = !view.querySelector(".deck-hidden");
        if (present.tooLarge(view)) say("does not fit");
        if (slide.quiz || whole) {
            const letters = small(view);
            if (letters.length) say(`small letters: ${letters.slice(0, 5).join(", ")}`);
        }
        if (!whole || said.at(-2) === said.at(-1)) continue;
        for (const answer of view.querySelectorAll(".answer-to-tap")) {
            for (const other of view.querySelectorAll(".answer-to-tap")) other.open = other === answer;
            present.fit(view);
            if (present.tooLarge(view)) say(`does not fit with the answer “${answer.querySelector("summary").textContent.trim()}” open`);
            answer.open = false;
        }
        if (!view.querySelector("h1, h2, h3, h4")?.textContent.trim()) say("has no heading");
        if (!slide.quiz && !view.querySelector(".slide-text > *, .stage")) say("has no sentence");
        if (slide.quiz && !present.slides[here + 1]?.blocks.some((it) => it.querySelector(".drawing, .stage"))) say("leads to no figure");
        if (words(view) > 60) say(`has ${words(view)} words`);
    }
    return { wrong, said };
}"""


@pytest.fixture(scope="module", params=DECKS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def tab(chromium):
    yield from one_tab(chromium, offline=True)


@pytest.fixture(scope="module")
def page(tab, name):
    """A page with a deck, just opened."""
    tab.set_viewport_size(SCREENS[0])
    return anew(tab, (SITE / name).as_uri())


@pytest.fixture(scope="module")
def chapter(chromium):
    """The chapter on RMSprop, presented; the tests below leave it so."""
    context = chromium.new_context(offline=True, viewport=SCREENS[0])
    page = recorded(context.new_page())
    page.goto((SITE / "chapters" / "rmsprop.html").as_uri() + "#present=1")
    page.wait_for_function("window.present?.view")
    yield page
    context.close()


@pytest.fixture
def deck(chapter):
    """The deck of that chapter at its first slide."""
    if not chapter.evaluate("document.querySelector('.deck')"):
        chapter.keyboard.press("p")
    chapter.evaluate("present.show(0)")
    return chapter


def test_every_chapter_is_a_deck_with_a_poll():
    for chapter in CHAPTERS:
        if chapter.endswith("/exam"):
            continue  # a page to revise with, not to lecture from
        assert f"{chapter}.html" in DECKS, chapter
        html = (SITE / f"{chapter}.html").read_text(encoding="utf-8")
        asked = re.findall(r"deck-poll-([a-z0-9-]+)", html)
        assert asked and all(re.search(rf'data-name="{name}" data-kind="(choice|plot|debug)"', html) for name in asked), (chapter, asked)


def test_a_table_that_a_cell_draws_is_on_its_slide():
    html = (SITE / "chapters" / "epsilon.html").read_text(encoding="utf-8")
    section = html[html.index('<section id="who-puts-it-where"') :].partition("</section>")[0]
    cell = re.search(r'<div class="(cell tag_draw[^"]*)">(?:(?!<div class="cell ).)*<table', section, re.S)
    assert cell and re.search(r"\bdeck-(new|on|step)\b", cell[1])


def test_a_list_too_long_for_a_slide_keeps_its_lead_ins():
    """The list as the parser gives it, which puts an empty text before bold words."""
    items = publish_doctree("1. **γ.** Try a grid.\n2. **A batch** of more, [with a link](https://example.org).", parser=Parser()).next_node(nodes.enumerated_list)
    assert slides._lead_ins(items)
    assert [[inner.astext() for inner in item.findall(nodes.inline)] for item in items] == [[" Try a grid."], [" of more, with a link."]]
    plain = publish_doctree("1. **γ.** Try a grid.\n2. No lead-in, *then* **bold**.", parser=Parser()).next_node(nodes.enumerated_list)
    assert not slides._lead_ins(plain) and not list(plain.findall(nodes.inline))


# What a stage draws changes with its size, and page.js adds buttons when it has time; everything else must be as it was.
WHOLE = """window.whole = () => {
    const copy = document.querySelector("article").cloneNode(true);
    for (const it of copy.querySelectorAll(".stage, .copy")) it.remove();
    for (const it of copy.querySelectorAll("[tabindex]")) it.removeAttribute("tabindex");
    return copy.innerHTML;
}, window.before = whole()"""
CHANGED = "(() => { const after = whole(); for (let k = 0; k < before.length; k++) if (before[k] !== after[k]) return after.slice(k, k + 200); return after.slice(before.length); })()"


def walked(page, key, presses):
    """Press a key that often in the deck, where every slide fits and can be read. Return what a screen reader is told after each key."""
    found = page.evaluate(WALK, [key, presses])
    assert found["wrong"] == [], page.viewport_size
    return found["said"]


def test_the_keyboard_leads_from_the_first_slide_to_the_last(page):
    page.wait_for_load_state("load")
    page.evaluate(WHOLE)
    page.keyboard.press("p")
    page.wait_for_function("window.present?.view")
    page.keyboard.press("Home")
    slides, presses = page.evaluate("[present.slides.length, present.slides.reduce((sum, slide) => sum + 1 + slide.steps, -1)]")
    said = walked(page, "PageDown", presses)
    assert page.evaluate("location.hash") == f"#present={slides}"
    assert not page.evaluate("document.querySelector('.deck .deck-hidden')")
    assert len(set(said)) == slides and all(re.match(r"Slide \d+ of \d+: \S", line) for line in said)
    page.keyboard.press("PageDown")
    assert page.evaluate("present.here") == slides - 1, "the last slide stays"


def test_the_keyboard_leads_back_to_the_page_on_an_older_projector(page):
    page.evaluate("() => { window.resized = new Promise((done) => addEventListener('resize', () => done(), { once: true })); }")
    page.set_viewport_size(SCREENS[1])
    page.evaluate("resized")  # the deck, which listens for longer, has fitted its slide
    presses = page.evaluate("present.slides.reduce((sum, slide) => sum + 1 + slide.steps, -1)")
    walked(page, "ArrowLeft", presses)
    assert page.evaluate("location.hash") == "#present=1"
    page.keyboard.press("Escape")
    assert page.evaluate(CHANGED) == "", "every block is back in its place"
    assert page.evaluate("document.querySelector('.deck')") is None
    assert page.troubles == [] and [url for url in page.asked if not url.startswith("file:")] == []


def test_a_slider_that_has_the_focus_keeps_the_arrow_keys(deck):
    deck.evaluate("present.show(present.slides.findIndex((slide) => slide.blocks.some((it) => it.querySelector('.explore'))), 9)")
    here, slider = deck.evaluate("present.here"), deck.locator(".slide input[type=range]").first
    slider.focus()
    value = slider.input_value()
    deck.keyboard.press("ArrowRight")
    assert slider.input_value() != value and deck.evaluate("present.here") == here
    # Moved by the hand, it gives the keys back: a clicker turns slides again.
    slider.click()
    deck.wait_for_function("document.activeElement.matches('.deck')")
    deck.keyboard.press("PageDown")
    assert deck.evaluate("present.here") == here + 1


def test_overview_black_screen_and_address(deck):
    count = deck.evaluate("present.slides.length")
    deck.keyboard.press("o")
    assert deck.locator(".deck-overview button").count() == count and not deck.locator(".slide").is_visible()
    deck.locator(".deck-overview button").nth(4).click()
    assert deck.evaluate("location.hash") == "#present=5" and deck.locator(".slide").is_visible()
    deck.keyboard.press(".")
    assert not deck.locator(".slide").is_visible()
    deck.keyboard.press("ArrowRight")
    assert deck.locator(".slide").is_visible() and deck.evaluate("present.here") == 4, "the first key lights the screen and turns nothing"
    deck.evaluate("location.hash = '#present=3'")
    deck.wait_for_function("present.here === 2")


@pytest.mark.parametrize(
    "name, box, knob, key",
    [
        ("rmsprop", ".explore", "input[type=range]", "ArrowRight"),
        ("rmsprop", ".explore-slider", "button:last-child", "Space"),
        ("index", ".stage", "input[type=range]", "ArrowLeft"),
    ],
)
def test_what_is_moved_on_a_slide_leaves_the_address_to_the_slide(open_page, name, box, knob, key):
    """Also after a while: on a page sliders and stages write theirs once the hand rests."""
    page = open_page(f"chapters/{name}.html#present=1", viewport=SCREENS[0], reduced_motion="reduce")
    page.wait_for_function("window.present?.view")
    here = page.evaluate("box => present.slides.findIndex((slide) => slide.blocks.some((it) => it.querySelector(box)))", box)
    page.evaluate("here => present.show(here, 9)", here)
    position = page.locator(f".slide {box} input[type=range]").first
    page.locator(f".slide {box} {knob}").first.focus()
    before = position.input_value()
    page.keyboard.press(key)
    page.wait_for_timeout(400)
    assert position.input_value() != before
    assert page.evaluate("location.hash") == f"#present={here + 1}"


def test_the_page_is_where_it_was(open_page):
    page = open_page("chapters/rmsprop.html", viewport=SCREENS[0])
    page.evaluate("document.querySelectorAll('h2')[1].scrollIntoView(); scrollBy(0, 130)")
    page.wait_for_timeout(100)
    before = page.evaluate("scrollY")
    page.keyboard.press("p")
    page.wait_for_function("window.present?.view")
    here = page.evaluate("present.here")
    assert here > 0, "the deck begins where the reader is"
    page.keyboard.press("Escape")
    assert abs(page.evaluate("scrollY") - before) < 2
    page.keyboard.press("p")
    page.keyboard.press("End")
    page.keyboard.press("Home")
    page.keyboard.press("Escape")
    assert page.evaluate("scrollY") < before, "or at the slide that was shown last"


def test_the_speaker_has_notes_a_clock_and_what_comes_next(deck):
    with deck.expect_popup() as popup:
        deck.keyboard.press("s")
    speaker = popup.value
    speaker.wait_for_selector(".speaker-time")
    there = deck.evaluate("present.here")
    for kind in ("slide => slide.quiz", "slide => slide.blocks.some((it) => it.querySelector('.answer-to-tap'))"):
        deck.evaluate(f"present.show(present.slides.findIndex({kind}))")
        choices = speaker.locator(".speaker-choice").all_inner_texts()
        assert len(choices) >= 2 and [text[:1] for text in choices] == list("ABCDEFGH"[: len(choices)])
        assert sum("✓" in text for text in choices) == 1 and all(len(text.split("\n")) >= 2 for text in choices), choices
    deck.evaluate(f"present.show({there})")
    first, *more = (int(seconds / 60 + 0.5) for seconds in accumulate(deck.evaluate("present.slides.map((slide) => slide.seconds)")))
    said = rf"\d\d:\d\d.*0:0\d gone.*planned {first} of {more[-1]} min.*1 / {1 + len(more)}\b"
    assert re.search(said, speaker.locator(".speaker-time").inner_text(), re.S)
    assert "moving average" in speaker.locator(".speaker-notes").inner_text(), "the chapter's answer is said, not shown"
    speaker.locator(".speaker-turn button").last.click()
    deck.wait_for_function("present.here === 1")
    speaker.keyboard.press("PageDown")
    deck.wait_for_function("document.querySelectorAll('.slide [data-step]:not(.deck-hidden)').length === 1")
    assert deck.evaluate("present.slides[2].heading.textContent").strip("# ")[:9] in speaker.locator(".speaker-next").inner_text()
    with speaker.expect_event("close"):
        deck.keyboard.press("Escape")
    assert not deck.evaluate("document.querySelector('.deck')")


def test_a_poll_counts_hands_twice_and_then_says_why(deck):
    deck.evaluate("present.show(present.slides.findIndex((slide) => slide.quiz))")
    for key in "aaab":
        deck.keyboard.press(key)
    deck.keyboard.press("Shift+A")
    deck.locator(".poll-count").nth(2).fill("12")
    deck.keyboard.press("Escape")
    assert deck.evaluate("present.slides[present.here].votes[0]")[:3] == [2, 1, 12]
    assert not deck.locator(".poll-votes").first.is_visible(), "nobody sees how the others voted"
    deck.keyboard.press("PageDown")
    assert deck.locator(".poll-now").inner_text() == "Convince your neighbour."
    deck.keyboard.press("PageDown")
    deck.keyboard.press("a")
    deck.keyboard.press("PageDown")
    assert deck.locator(".poll-votes").all_inner_texts()[:3] == ["2 → 1", "1 → 0", "12 → 0"]
    assert deck.locator(".poll-options > .is-right").count() == 1 and "✓" in deck.locator(".poll-reason").inner_text()
    deck.keyboard.press("PageDown")
    assert "✗" in deck.locator(".poll-reason").inner_text()


def test_a_swipe_turns_the_slide(open_page):
    page = open_page("chapters/rmsprop.html#present=1", viewport=SCREENS[1], has_touch=True)
    page.wait_for_function("window.present?.view")
    swipe = """([from, to]) => {
        const deck = document.querySelector(".deck"), at = (x) => new Touch({ identifier: 1, target: deck, clientX: x, clientY: 300 });
        deck.dispatchEvent(new TouchEvent("touchstart", { touches: [at(from)], changedTouches: [at(from)] }));
        deck.dispatchEvent(new TouchEvent("touchend", { touches: [], changedTouches: [at(to)] }));
    }"""
    page.evaluate(swipe, [700, 300])
    assert page.evaluate("present.here") == 1
    page.evaluate(swipe, [300, 700])
    assert page.evaluate("present.here") == 0


def test_without_a_script_the_page_is_the_page(open_page):
    page = open_page("chapters/rmsprop.html", java_script_enabled=False)
    assert not page.locator(".tool.present").is_visible()


def test_what_presents_is_fetched_when_it_is_asked_for(open_page):
    page = open_page("chapters/rmsprop.html")
    page.wait_for_load_state("load")
    assert not [url for url in page.asked if "_static/present" in url]
    assert sum((SITE / "_static" / f"present.{kind}").stat().st_size for kind in ("js", "css")) < 40_000


def test_a_deck_is_printed_tagged_slide_by_slide_and_as_a_handout(chromium, tmp_path):
    from print_slides import print_deck
    from pypdf import PdfReader

    page = SITE / "chapters" / "own-ruler.html"
    counts = {kind: print_deck(chromium, page, kind, tmp_path / f"{kind}.pdf") for kind in ("slides", "handout")}
    slides, handout = (PdfReader(tmp_path / f"{kind}.pdf") for kind in counts)
    assert counts["slides"] == counts["handout"] >= 10
    # A poll is printed twice, as it is asked and as it is answered; of a handout's sheets each has four.
    assert counts["slides"] <= len(slides.pages) <= counts["slides"] + 3
    assert len(handout.pages) == -(-len(slides.pages) // 4)
    for printed in (slides, handout):
        assert printed.trailer["/Root"]["/MarkInfo"]["/Marked"] and printed.outline
    width, height = slides.pages[0].mediabox[2:]
    assert float(width) / float(height) == pytest.approx(16 / 9, rel=0.01)
    assert "its own ruler" in slides.pages[0].extract_text().replace("\n", " ")
