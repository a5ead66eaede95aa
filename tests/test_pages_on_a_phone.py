"""Every built page on a phone, dark, from the disk, with the network cut. Each is opened once and asked everything."""

import pytest
from axe import violations
from conftest import SITE, first_figure, pages, recorded

PHONE = {"width": 390, "height": 844}


@pytest.fixture(scope="module", params=pages())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def page(chromium, name):
    """The page, just opened. The tests below run in this order: the later ones leave less of it as it was."""
    context = chromium.new_context(offline=True, viewport=PHONE, color_scheme="dark")
    page = recorded(context.new_page())
    page.goto((SITE / name).as_uri())
    yield page
    context.close()


def all_open(page):
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    return page


def test_page_opens_without_trouble_and_asks_no_other_host(page):
    page.wait_for_load_state("networkidle")
    assert page.troubles == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []


def test_a_figure_begins_within_the_first_two_screens(page):
    assert first_figure(page) < 2


def test_the_scroll_bar_tells_the_truth_before_the_first_touch(page):
    if not page.evaluate("'long' in document.documentElement.dataset"):
        return
    true = page.evaluate("document.documentElement.scrollHeight")
    page.evaluate("document.documentElement.classList.add('lazy')")  # as it is when the page comes from a server
    said = page.evaluate("document.documentElement.scrollHeight")
    page.evaluate("document.documentElement.classList.remove('lazy')")
    assert said == pytest.approx(true, rel=0.15)


def test_page_does_not_scroll_sideways_on_a_small_phone(page):
    page.set_viewport_size({"width": 320, "height": 640})
    wide = page.evaluate("document.documentElement.scrollWidth")
    page.set_viewport_size(PHONE)
    assert wide <= 320


# Formulas that do not fit, and whether an edge shows it: a line that only a \\\\ may break scrolls, and nothing with a number does.
CUT = """() => [...document.querySelectorAll(".math-scroll")].flatMap((it) => {
    if (it.scrollWidth <= it.clientWidth + 1) return [];
    const edge = getComputedStyle(it).backgroundImage.split("linear-gradient").length - 1;
    const numbered = it.parentElement.querySelector(".eqno")?.textContent || "";
    const whole = it.closest(".math.display").getBoundingClientRect().right <= innerWidth;
    return [[it.querySelector("math").textContent, numbered, edge === 4 && whole]];
})"""


def test_no_numbered_formula_is_cut_and_what_scrolls_shows_its_edge(page):
    """What is cut off at the edge reads as another formula."""
    assert [formula for formula, number, edge in all_open(page).evaluate(CUT) if number or not edge] == []
    assert page.locator(".eqno").filter(has_text="()").count() == 0


def test_what_a_fold_says_is_one_run_of_text(page):
    """A summary lays out its parts side by side: a formula among its words would stand in a column of its own."""
    apart = "[...document.querySelectorAll('details.admonition > summary')].filter((it) => it.childNodes.length > 1).map((it) => it.textContent)"
    assert page.evaluate(apart) == []


def test_no_table_scrolls_sideways_and_its_links_are_in_sight(page):
    found = all_open(page).evaluate(
        """() => [...document.querySelectorAll(".table-scroll")].flatMap((it) => {
            const out = [...it.querySelectorAll("td, th, a")].filter((part) => part.getBoundingClientRect().right > innerWidth && !part.closest("thead"));
            return it.scrollWidth > it.clientWidth + 1 || out.length ? [it.innerText.slice(0, 100)] : [];
        })"""
    )
    assert found == []


CARDS = """() => [...document.querySelectorAll("table.cards")].flatMap((table) => {
    const heads = table.querySelectorAll("thead :is(th, td)").length, troubles = [];
    for (const cell of table.querySelectorAll("tbody :is(th, td)"))
        if (cell.childElementCount && cell.cellIndex && !cell.dataset.label && !cell.querySelector(":scope > .label")) troubles.push(cell.innerText);
    for (const row of table.querySelectorAll("tbody tr")) {
        const tops = [...row.children].filter((it) => it.childElementCount).map((it) => it.getBoundingClientRect().top);
        if (tops.length < 2 || tops.length > heads || tops.some((top, i) => i && top <= tops[i - 1])) troubles.push(["not one below the other", tops]);
    }
    return troubles;
})"""


def test_a_wide_table_becomes_cards_whose_cells_say_their_column(page):
    assert all_open(page).evaluate(CARDS) == []


# The letters of figures in pixels of the screen, exponents and indices too.
LETTERS = """() => [...document.querySelectorAll(".drawing")].flatMap((svg) => {
    const scale = svg.getScreenCTM()?.a || 0, found = {};
    for (const text of scale ? svg.querySelectorAll("text, tspan") : []) {
        const own = [...text.childNodes].filter((it) => it.nodeType === 3).map((it) => it.data).join("").trim();
        const size = parseFloat(getComputedStyle(text).fontSize) * scale;
        if (own && size < 11 - 0.05) found[size.toFixed(1)] = own;
    }
    return Object.keys(found).length ? [[svg.closest("figure")?.id, found]] : [];
})"""


def test_no_letter_of_a_figure_is_too_small_on_a_phone_of_360_pixels(page):
    page.set_viewport_size({"width": 360, "height": 780})
    found = all_open(page).evaluate(LETTERS)
    page.set_viewport_size(PHONE)
    assert found == []


LEFT = """() => {
    const style = document.createElement("style");
    style.textContent = ".explore .frame { display: inline !important; }";  // every setting of every slider at once
    document.head.append(style);
    const found = [...document.querySelectorAll(".drawing")].flatMap((svg) => {
        const box = svg.getBoundingClientRect();
        const out = (it) => it.width && (it.left < box.left - 2 || it.right > box.right + 2 || it.top < box.top - 2 || it.bottom > box.bottom + 2);
        return [...svg.querySelectorAll("text")].filter((text) => out(text.getBoundingClientRect())).map((text) => [svg.closest("figure")?.id, text.textContent]);
    });
    style.remove();
    return found;
}"""


def test_no_word_of_a_figure_is_cut_off_at_any_setting_of_its_slider(page):
    assert all_open(page).evaluate(LEFT) == []


def test_nothing_is_too_pale_in_the_dark_or_too_small_for_a_finger(page):
    """What axe says of names and roles is the same as on a laptop."""
    page.set_viewport_size({"width": 360, "height": 900})
    assert violations(page, "target-size", "scrollable-region-focusable") == []
