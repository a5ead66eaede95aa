"""The page as a deck: every slide of every chapter in a real browser, driven by keyboard, from the disk and with the network cut."""

import re

import pytest
from conftest import SITE, pages

DECKS = [name for name in pages() if "deck-new" in (SITE / name).read_text(encoding="utf-8")]
SCREENS = [(1280, 720), (1024, 768)]
CHAPTERS = re.findall(r"file: (chapters/[a-z-]+)$", (SITE.parents[1] / "_toc.yml").read_text(encoding="utf-8").partition("caption: Questions")[0], re.M)

# What is wrong with each slide, all its steps shown; a poll is looked at in each of its phases, a prediction with each answer open.
TROUBLE = r"""() => {
    const wrong = [];
    const small = (view) => {
        const found = [];
        const seek = document.createTreeWalker(view, NodeFilter.SHOW_TEXT);
        while (seek.nextNode()) {
            const it = seek.currentNode.parentElement, text = seek.currentNode.data.trim();
            if (!text || it.closest(".visually-hidden, .katex-mathml, tspan, sub, sup, .stage, title") || !it.checkVisibility({ visibilityProperty: true })) continue;
            const formula = it.closest(".katex");
            let size = parseFloat(getComputedStyle(formula || it).fontSize);
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
        const copy = view.cloneNode(true);
        for (const it of copy.querySelectorAll("svg, .katex, .visually-hidden, .deck-rest, figcaption, pre, .stage, .explore-sliders, h1, h2, h3, h4, details > :not(summary), .poll-reason, .fold-code, table")) it.remove();
        return (copy.textContent.match(/[^\W\d_]{2}[\w’'-]*/g) || []).length;
    };
    present.slides.forEach((slide, k) => {
        const say = (what) => wrong.push(`slide ${k + 1}, ${present.title(slide)}: ${what}`);
        for (const step of slide.quiz ? Array.from({ length: slide.steps + 1 }, (_, n) => n) : [slide.steps]) {
            present.show(k, step);
            const view = present.view;
            if (present.tooLarge(view)) say(`does not fit at step ${step}`);
            const letters = small(view);
            if (letters.length) say(`small letters: ${letters.slice(0, 5).join(", ")}`);
            for (const answer of view.querySelectorAll(".answer-to-tap")) {
                for (const other of view.querySelectorAll(".answer-to-tap")) other.open = other === answer;
                present.fit(view);
                if (present.tooLarge(view)) say(`does not fit with the answer “${answer.querySelector("summary").textContent.trim()}” open`);
                answer.open = false;
            }
        }
        const view = present.view;
        if (!view.querySelector("h1, h2, h3, h4")?.textContent.trim()) say("has no heading");
        if (!slide.quiz && !view.querySelector(".slide-text > *, .drawing, .stage")) say("is empty");
        if (words(view) > 60) say(`has ${words(view)} words`);
    });
    return wrong;
}"""


def opened(open_page, name, screen, **settings):
    page = open_page(f"{name}#present=1", viewport=dict(zip(("width", "height"), screen, strict=True)), **settings)
    page.wait_for_function("window.present?.view")
    return page


def test_every_chapter_is_a_deck_with_a_poll():
    for chapter in CHAPTERS:
        if chapter.endswith("/exam"):
            continue  # a page to revise with, not to lecture from
        assert f"{chapter}.html" in DECKS, chapter
        assert re.search(r'class="quiz" id="[^"]*" data-name="[^"]*" data-kind="(choice|plot|debug)"', (SITE / f"{chapter}.html").read_text(encoding="utf-8")), chapter


@pytest.mark.parametrize("name", DECKS)
def test_every_slide_fits_and_can_be_read_from_the_last_row(open_page, name):
    page = opened(open_page, name, SCREENS[0])
    for width, height in SCREENS:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate(TROUBLE) == [], (width, height)


@pytest.mark.parametrize("name", DECKS)
def test_the_keyboard_leads_from_the_first_slide_to_the_last_and_back_to_the_page(open_page, name):
    page = open_page(name, viewport={"width": 1280, "height": 720})
    page.wait_for_load_state("load")
    # What a stage draws changes with its size, and page.js adds buttons when it has time; everything else must be as it was.
    whole = """(() => {
        const copy = document.querySelector("article").cloneNode(true);
        for (const it of copy.querySelectorAll(".stage, .copy")) it.remove();
        for (const it of copy.querySelectorAll("[tabindex]")) it.removeAttribute("tabindex");
        return copy.innerHTML;
    })()"""
    before = page.evaluate(whole)
    page.keyboard.press("p")
    page.wait_for_function("window.present?.view")
    page.keyboard.press("Home")
    slides, presses = page.evaluate("[present.slides.length, present.slides.reduce((sum, slide) => sum + 1 + slide.steps, -1)]")
    said = set()
    for _ in range(presses):
        said.add(page.evaluate("document.querySelector('.deck > [aria-live]').textContent"))
        page.keyboard.press("PageDown")
    assert page.evaluate("location.hash") == f"#present={slides}"
    assert not page.evaluate("document.querySelector('.deck .deck-hidden')")
    said.add(page.evaluate("document.querySelector('.deck > [aria-live]').textContent"))
    assert len(said) == slides and all(re.match(r"Slide \d+ of \d+: \S", line) for line in said)
    page.keyboard.press("PageDown")
    assert page.evaluate("present.here") == slides - 1, "the last slide stays"
    for _ in range(presses):
        page.keyboard.press("ArrowLeft")
    assert page.evaluate("location.hash") == "#present=1"
    page.keyboard.press("Escape")
    assert page.evaluate(whole) == before, "every block is back in its place"
    assert page.evaluate("document.querySelector('.deck')") is None
    assert page.troubles == [] and [url for url in page.asked if not url.startswith("file:")] == []


def test_a_slider_that_has_the_focus_keeps_the_arrow_keys(open_page):
    page = opened(open_page, "chapters/rmsprop.html", SCREENS[0])
    page.evaluate("present.show(present.slides.findIndex((slide) => slide.blocks.some((it) => it.querySelector('.explore'))), 9)")
    here, slider = page.evaluate("present.here"), page.locator(".slide input[type=range]").first
    slider.focus()
    value = slider.input_value()
    page.keyboard.press("ArrowRight")
    assert slider.input_value() != value and page.evaluate("present.here") == here
    # Moved by the hand, it gives the keys back: a clicker turns slides again.
    slider.click()
    page.wait_for_function("document.activeElement.matches('.deck')")
    page.keyboard.press("PageDown")
    assert page.evaluate("present.here") == here + 1


def test_overview_black_screen_and_address(open_page):
    page = opened(open_page, "chapters/rmsprop.html", SCREENS[0])
    count = page.evaluate("present.slides.length")
    page.keyboard.press("o")
    assert page.locator(".deck-overview button").count() == count and not page.locator(".slide").is_visible()
    page.locator(".deck-overview button").nth(4).click()
    assert page.evaluate("location.hash") == "#present=5" and page.locator(".slide").is_visible()
    page.keyboard.press(".")
    assert not page.locator(".slide").is_visible()
    page.keyboard.press("ArrowRight")
    assert page.locator(".slide").is_visible() and page.evaluate("present.here") == 4, "the first key lights the screen and turns nothing"
    page.evaluate("location.hash = '#present=3'")
    page.wait_for_function("present.here === 2")


def test_the_page_is_where_it_was(open_page):
    page = open_page("chapters/rmsprop.html", viewport={"width": 1280, "height": 720})
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


def test_the_speaker_has_notes_a_clock_and_what_comes_next(open_page):
    page = opened(open_page, "chapters/rmsprop.html", SCREENS[0])
    with page.expect_popup() as popup:
        page.keyboard.press("s")
    speaker = popup.value
    speaker.wait_for_selector(".speaker-time")
    assert re.search(r"\d\d:\d\d.*0:0\d gone.*planned \d+ of \d+ min.*1 / \d+", speaker.locator(".speaker-time").inner_text(), re.S)
    assert "moving average" in speaker.locator(".speaker-notes").inner_text(), "the chapter's answer is said, not shown"
    speaker.locator(".speaker-turn button").last.click()
    page.wait_for_function("present.here === 1")
    speaker.keyboard.press("PageDown")
    page.wait_for_function("document.querySelectorAll('.slide [data-step]:not(.deck-hidden)').length === 1")
    assert page.evaluate("present.slides[2].heading.textContent").strip("# ")[:9] in speaker.locator(".speaker-next").inner_text()
    page.keyboard.press("Escape")
    assert speaker.is_closed() or not page.evaluate("document.querySelector('.deck')")


def test_a_poll_counts_hands_twice_and_then_says_why(open_page):
    page = opened(open_page, "chapters/rmsprop.html", SCREENS[0])
    page.evaluate("present.show(present.slides.findIndex((slide) => slide.quiz))")
    for key in "aaab":
        page.keyboard.press(key)
    page.keyboard.press("Shift+A")
    page.locator(".poll-count").nth(2).fill("12")
    page.keyboard.press("Escape")
    assert page.evaluate("present.slides[present.here].votes[0]")[:3] == [2, 1, 12]
    assert not page.locator(".poll-votes").first.is_visible(), "nobody sees how the others voted"
    page.keyboard.press("PageDown")
    assert page.locator(".poll-now").inner_text() == "Convince your neighbour."
    page.keyboard.press("PageDown")
    page.keyboard.press("a")
    page.keyboard.press("PageDown")
    assert page.locator(".poll-votes").all_inner_texts()[:3] == ["2 → 1", "1 → 0", "12 → 0"]
    assert page.locator(".poll-options > .is-right").count() == 1 and "✓" in page.locator(".poll-reason").inner_text()
    page.keyboard.press("PageDown")
    assert "✗" in page.locator(".poll-reason").inner_text()


def test_a_swipe_turns_the_slide(open_page):
    page = opened(open_page, "chapters/rmsprop.html", SCREENS[1], has_touch=True)
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
