"""Figures and tables where the room is small, and where it is large."""

import pytest
from conftest import SITE, all_open, pages, recorded

PHONE = {"viewport": {"width": 390, "height": 844}}


def with_(what):
    """The pages that have it, the shortest first."""
    texts = {name: (SITE / name).read_text(encoding="utf-8") for name in pages()}
    return sorted((name for name in texts if what in texts[name]), key=lambda name: len(texts[name]))


@pytest.fixture(scope="module")
def phone(chromium):
    page = chromium.new_page(**PHONE)
    yield page
    page.close()


def opened(page, name):
    page.goto((SITE / name).as_uri())
    return all_open(page)


@pytest.mark.parametrize("name", with_('class="cards')[:2])
def test_cards_are_a_table_to_a_screen_reader(phone, name):
    tree = opened(phone, name).locator("table.cards").first.aria_snapshot()
    assert "table" in tree and "columnheader" in tree and "cell" in tree and "row" in tree
    assert phone.locator("table.cards").first.evaluate("it => getComputedStyle(it).display") == "block"


def test_a_small_table_stays_a_table(phone):
    small = opened(phone, "chapters/notes.html").locator("table:not(.cards)")
    assert small.count() and small.first.evaluate("it => getComputedStyle(it).display") == "table"


@pytest.mark.parametrize("width", [1280, 1440, 1920, 2560])
@pytest.mark.parametrize("name", ["index", "stage", "rmsprop"])
def test_no_figure_lies_on_the_lists_beside_the_text(chromium, name, width):
    page = chromium.new_page(viewport={"width": width, "height": 1000})
    opened(page, f"chapters/{name}.html")
    sides = "it => { const { left, right } = it.getBoundingClientRect(); return [left, right]; }"
    left, right = page.locator("main").evaluate(sides)
    found = page.locator("main figure").evaluate_all(f"all => all.map({sides}).filter(([a, b]) => b > a)")
    page.close()
    assert found and all(left <= a and b <= right for a, b in found), (left, right, found)


def size_of(page, figure):
    return page.locator(f"{figure} .drawing").first.evaluate("it => it.getScreenCTM().a")


@pytest.fixture(scope="module")
def chapter(chromium):
    page = recorded(chromium.new_page())
    page.goto((SITE / "chapters" / "one-step-size.html").as_uri())
    yield page
    page.close()


SCROLLS = "getComputedStyle(document.documentElement).overflowY"


@pytest.mark.parametrize("width, height", [(1440, 900), (844, 390)])
def test_a_figure_opens_to_the_full_window_and_closes_to_where_it_was(chapter, width, height):
    page = chapter
    page.set_viewport_size({"width": width, "height": height})
    figure = page.locator("figure:has(.explore)").first
    name = "#" + figure.get_attribute("id")
    button = figure.locator(".to-full")
    button.scroll_into_view_if_needed()
    before, place, height = size_of(page, name), page.evaluate("scrollY"), page.evaluate("document.body.scrollHeight")
    button.focus()
    page.keyboard.press("Enter")
    assert page.locator("dialog.full").evaluate("it => it.matches(':modal')")
    assert page.evaluate(SCROLLS) == "hidden", "what is behind it stays where it is"
    assert page.evaluate("document.body.scrollHeight") == pytest.approx(height, abs=2), "the page behind it does not move"
    if width == 1440:
        assert size_of(page, name) > 1.3 * before, "its letters grow with it"
    slider = page.locator(f"dialog {name} input").first
    slider.focus()
    page.keyboard.press("End")
    last = slider.get_attribute("max")
    assert slider.input_value() == last
    box = page.locator(f"dialog {name} .drawing").first.bounding_box()
    assert 0 <= box["x"] and box["x"] + box["width"] <= width
    page.keyboard.press("Escape")
    assert page.locator("dialog.full").is_hidden() and page.evaluate(SCROLLS) != "hidden"
    assert button.evaluate("it => it === document.activeElement")
    assert page.evaluate("scrollY") == pytest.approx(place, abs=2)
    assert page.locator(f"main {name} input").first.input_value() == last
    assert page.troubles == []


APART = """() => {
    const parts = [...document.querySelectorAll("dialog.full :is(.drawing, .explore-sliders, figcaption, .full-close)")].map((it) => it.getBoundingClientRect());
    const apart = (a, b) => a.right <= b.left + 1 || b.right <= a.left + 1 || a.bottom <= b.top + 1 || b.bottom <= a.top + 1;
    return parts.length >= 3 && parts.every((a, i) => parts.slice(i + 1).every((b) => apart(a, b)));
}"""


def test_in_the_full_window_nothing_lies_over_the_picture_whichever_way_a_phone_is_held(open_page):
    page = open_page("chapters/tuning.html", viewport=PHONE["viewport"])
    # A page of nothing but its figures is laid out at once.
    page.evaluate("for (const it of document.querySelectorAll('article *')) if (!it.closest('figure') && !it.querySelector('figure')) it.remove()")
    assert page.locator(".to-full").count() >= 5
    for width, height in ((390, 844), (844, 390), (1440, 900), (900, 1440)):
        page.set_viewport_size({"width": width, "height": height})
        for button in page.locator(".to-full").all():
            button.evaluate("it => it.click()")
            assert page.evaluate(APART), (page.locator("dialog figure").get_attribute("id"), width)
            if width == 844:
                assert page.locator("dialog .drawing").bounding_box()["height"] > 0.85 * height
            page.keyboard.press("Escape")
            page.locator("dialog figure").wait_for(state="detached")


def test_on_a_wide_screen_figures_are_larger_and_stay_within_the_page(chapter):
    sizes = []
    for width in (1000, 1280, 1440, 1920):
        chapter.set_viewport_size({"width": width, "height": 900})
        sizes.append(size_of(chapter, "figure:has(.explore)"))
        assert chapter.evaluate("document.documentElement.scrollWidth") <= width
    assert sizes[0] < sizes[1] <= sizes[2] < sizes[3]
