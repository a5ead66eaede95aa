"""Every built page in a browser, from a server, under a strict policy and a sub-path: on a laptop, on phones, in the dark and on paper.
Each is opened once and asked everything."""

import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe import prepared, violations
from conftest import IDLE, SITE, all_open, anew, first_figure, one_tab, pages, with_sliders

POLICY = "default-src 'self'; style-src-attr 'unsafe-inline'"  # theme/README.md says why the addition
PHONE, SMALL_PHONE, LAPTOP = {"width": 390, "height": 844}, {"width": 360, "height": 780}, {"width": 1280, "height": 900}
# The lectures are made of the chapters' slides and their sliders: one of them stands for all.
WITH_SLIDERS = [name for name in with_sliders() if not re.search("lecture-(?!45)", name)]


class Strict(SimpleHTTPRequestHandler):
    """Serves the site under a sub-path, with a policy that allows the site itself only."""

    def do_GET(self):
        self.path = self.path.removeprefix("/some/where")
        super().do_GET()

    def end_headers(self):
        self.send_header("Content-Security-Policy", POLICY)
        super().end_headers()

    def log_message(self, *args):
        pass


@pytest.fixture(scope="module")
def server():
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Strict, directory=str(SITE)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/some/where/"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module", params=pages())
def name(request):
    return request.param


@pytest.fixture(scope="module")
def tab(chromium):
    # A stage that plays lays itself out; where motion is unwanted it stands still.
    yield from one_tab(chromium, reduced_motion="reduce")


@pytest.fixture(scope="module")
def page(tab, server, name):
    """The page, just opened. The tests below run in this order: the later ones leave less of it as it was, and those that want
    one width follow each other, for a new width lays out the whole page anew."""
    tab.set_viewport_size(LAPTOP)
    tab.emulate_media(media="screen", color_scheme="light")
    return anew(tab, server + name)


def test_a_figure_begins_within_the_first_two_screens(page):
    on_a_laptop = first_figure(page)
    page.set_viewport_size(PHONE)
    assert max(on_a_laptop, first_figure(page)) < 2


def test_the_scroll_bar_tells_the_truth_before_the_first_touch(page):
    page.set_viewport_size(SMALL_PHONE)
    if not page.evaluate("'long' in document.documentElement.dataset"):
        return
    said = page.evaluate("document.documentElement.classList.contains('lazy') && document.documentElement.scrollHeight")
    page.evaluate("document.documentElement.classList.remove('lazy')")
    assert said == pytest.approx(page.evaluate("document.documentElement.scrollHeight"), rel=0.15)


def test_page_works_under_a_strict_policy_and_a_sub_path(page, server):
    box = page.locator(".explore").first
    if box.count():
        box.evaluate("box => { for (let e = box; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true }")
        box.locator("input").first.focus()
        page.keyboard.press("Home")
        before = box.locator("output").inner_text()
        page.keyboard.press("ArrowRight")
        assert box.locator("output").inner_text() != before
    page.evaluate(IDLE)
    assert page.troubles == []
    assert [url for url in page.asked if not url.startswith((server, "data:", "blob:"))] == []


def test_every_figure_can_be_opened(page):
    figures = "figure:has(> figcaption):has(.drawing):not(:has(.stage))"
    assert page.locator(f"{figures} .to-full").count() == page.locator(figures).count()


@pytest.fixture(scope="module")
def offline(chromium):
    yield from one_tab(chromium, offline=True, viewport=PHONE)


def test_page_opens_from_the_disk_without_a_network(offline, name):
    """The pages with a deck are opened so by test_present.py, those of questions by test_bank.py."""
    if "deck-new" in (SITE / name).read_text(encoding="utf-8") or name.startswith("chapters/questions/"):
        return
    anew(offline, (SITE / name).as_uri()).evaluate(IDLE)
    assert offline.troubles == []
    assert [url for url in offline.asked if not url.startswith(("file:", "data:", "blob:"))] == []


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
    page.set_viewport_size(SMALL_PHONE)
    assert [formula for formula, number, edge in all_open(page).evaluate(CUT) if number or not edge] == []
    assert page.locator(".eqno").filter(has_text="()").count() == 0


def test_what_a_fold_says_is_one_run_of_text(page):
    """A summary lays out its parts side by side: a formula among its words would stand in a column of its own."""
    apart = "[...document.querySelectorAll('details.admonition > summary')].filter((it) => it.childNodes.length > 1).map((it) => it.textContent)"
    assert page.evaluate(apart) == []


def test_no_table_scrolls_sideways_and_its_links_are_in_sight(page):
    page.set_viewport_size(SMALL_PHONE)
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
        const least = row.matches(":last-child") ? 1 : 2; // a sum may stand alone
        if (tops.length < least || tops.length > heads || tops.some((top, i) => i && top <= tops[i - 1])) troubles.push(["not one below the other", tops]);
    }
    return troubles;
})"""


def test_a_wide_table_becomes_cards_whose_cells_say_their_column(page):
    page.set_viewport_size(SMALL_PHONE)
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
    page.set_viewport_size(SMALL_PHONE)
    assert all_open(page).evaluate(LETTERS) == []


LEFT = """() => {
    const every = new CSSStyleSheet();
    every.replaceSync(".explore .frame { display: inline !important; }");  // every setting of every slider at once
    document.adoptedStyleSheets = [every];
    const found = [...document.querySelectorAll(".drawing")].flatMap((svg) => {
        const box = svg.getBoundingClientRect();
        const out = (it) => it.width && (it.left < box.left - 2 || it.right > box.right + 2 || it.top < box.top - 2 || it.bottom > box.bottom + 2);
        return [...svg.querySelectorAll("text")].filter((text) => out(text.getBoundingClientRect())).map((text) => [svg.closest("figure")?.id, text.textContent]);
    });
    document.adoptedStyleSheets = [];
    return found;
}"""


def test_no_word_of_a_figure_is_cut_off_at_any_setting_of_its_slider(page):
    assert all_open(page).evaluate(LEFT) == []


# Moves every slider of the page to its end and back to its beginning.
MOVES = """async () => {
    for (const box of document.querySelectorAll(".explore")) {
        box.scrollIntoView();
        for (const input of box.querySelectorAll("input")) {
            for (const value of [input.max, input.min]) {
                input.value = value;
                input.dispatchEvent(new Event("input", { bubbles: true }));
                // The first frame begins with what was changed, and the second after it was laid out.
                for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
            }
        }
    }
}"""


def test_a_move_lays_out_the_slider_and_not_the_page(chromium, page, name, tmp_path):
    if name not in WITH_SLIDERS:
        return
    all_open(page).evaluate(MOVES)  # for the first time
    chromium.start_tracing(page=page, path=tmp_path / "trace.json", categories=["devtools.timeline"])
    page.evaluate(MOVES)
    chromium.stop_tracing()
    events = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    layouts = [event["args"]["beginData"]["partialLayout"] for event in events if event["name"] == "Layout" and "beginData" in event["args"]]
    assert len(layouts) >= 2 * page.locator(".explore").count() and all(layouts), layouts


def test_page_does_not_scroll_sideways_on_a_small_phone(page):
    page.set_viewport_size({"width": 320, "height": 640})
    assert all_open(page).evaluate("document.documentElement.scrollWidth") <= 320


# Where the knobs of the page's k-th slider stand, which of its frames are painted, and what is said of that.
STATE = """(k) => {
    const box = document.querySelectorAll(".explore")[k], knobs = [...box.querySelectorAll("input[type=range]")];
    return {
        at: knobs.map((input) => +input.value),
        spoken: knobs.map((input) => input.getAttribute("aria-valuetext")),
        shown: [...box.querySelectorAll(".frame")].flatMap((frame, k) => getComputedStyle(frame).display === "none" ? [] : [k]),
        told: box.querySelector("output").innerText,
    };
}"""
MADE = """() => [...document.querySelectorAll(".explore")].map((box) => ({
    says: JSON.parse(box.dataset.says),
    frames: box.querySelectorAll(".frame").length,
    differ: [...box.querySelectorAll(".frame")].some((it, k, all) => it.innerHTML !== all[0].innerHTML),
    knobs: [...box.querySelectorAll("input[type=range]")].map((input) =>
        [+input.max + 1, JSON.parse(input.dataset.values), box.querySelector(`label[for="${input.id}"]`).innerText.trim()]),
}))"""
FOCUS = """([k, i]) => {
    const input = document.querySelectorAll(".explore")[k].querySelectorAll("input[type=range]")[i];
    input.scrollIntoView({ block: "center" }); // what has the focus already is not scrolled to
    input.focus();
    const { x, y, width, height } = input.getBoundingClientRect();
    return [x, width, y + height / 2];
}"""


def test_sliders_move_by_keyboard_and_by_pointer_and_tell_the_truth(page, name):
    if name not in WITH_SLIDERS:
        return
    page.set_viewport_size(LAPTOP)
    for k, made in enumerate(all_open(page).evaluate(MADE)):
        one_slider_tells_the_truth(page, k, **made)
    assert page.troubles == []


def one_slider_tells_the_truth(page, k, says, frames, differ, knobs):
    assert frames == len(says) == len(set(says)) and differ

    def told():
        state = page.evaluate(STATE, k)
        at = 0
        for (size, values, symbol), position in zip(knobs, state["at"], strict=True):
            at = at * size + position
            assert f"{symbol}\u00a0=\u00a0{values[position]}" in state["told"]
        assert state["shown"] == [at]
        assert state["told"] == says[at]
        assert set(state["spoken"]) == {says[at]}
        return at, state["at"]

    seen = {told()[0]}
    for i, (size, _, symbol) in enumerate(knobs):
        left, width, y = page.evaluate(FOCUS, [k, i])

        def click(share, left=left, width=width, y=y):
            page.mouse.click(left + share * width, y)

        for do, with_what, position in [
            (page.keyboard.press, "Home", 0),
            (page.keyboard.press, "ArrowRight", min(1, size - 1)),
            (page.keyboard.press, "End", size - 1),
            (page.keyboard.press, "ArrowLeft", max(0, size - 2)),
            (click, 0.001, 0),
            (click, 0.999, size - 1),
        ]:
            do(with_what)
            at, positions = told()
            assert positions[i] == position, (symbol, with_what)
            seen.add(at)
    assert len(seen) >= 3


def test_page_has_no_accessibility_violation(page):
    """On a laptop in the light, then on a phone in the dark; what axe says of names and roles is the same on both."""
    page.set_viewport_size(LAPTOP)
    assert prepared(page) == []
    assert violations(page) == []
    page.set_viewport_size(SMALL_PHONE)
    page.emulate_media(color_scheme="dark")
    assert violations(page, "target-size", "scrollable-region-focusable") == []


def test_paper_has_no_code_that_only_checks_and_nothing_to_press(page):
    page.emulate_media(media="print")
    shown = "all => all.filter((it) => it.checkVisibility({ visibilityProperty: true })).map((it) => it.outerHTML.slice(0, 100))"
    seen = page.locator("ul.claims pre, .fold-code, main button").evaluate_all(shown)
    page.emulate_media(media="screen")
    assert seen == []


# A page of nothing but its sliders is laid out at once.
SLIDERS = """() => {
    for (const it of document.body.querySelectorAll("*")) if (!it.closest(".explore") && !it.querySelector(".explore")) it.remove();
    document.querySelectorAll("details").forEach((it) => (it.open = true));
}"""

FITS = """() => [...document.querySelectorAll(".explore")].flatMap((box) => {
    const output = box.querySelector("output"), before = output.firstChild.data;
    const wrong = JSON.parse(box.dataset.says).filter((said) => {
        output.firstChild.data = said;
        return output.scrollHeight > output.clientHeight + 1 || output.scrollWidth > output.clientWidth + 1;
    });
    output.firstChild.data = before;
    return wrong;
})"""


def test_every_read_out_fits_where_the_longest_one_is_kept_room_for(page):
    if not page.locator(".explore").count():
        return
    page.evaluate(SLIDERS)
    for width in (296, 320, 360, 375, 390, 412, 430, 460, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(FITS) == [], width


@pytest.fixture
def fresh_page(chromium, server):
    """A long chapter just opened from a server: below the first screen its heights are still guesses."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.goto(server + "chapters/networks.html")
    assert "lazy" in page.evaluate("document.documentElement.className").split()
    yield page
    page.close()


def test_a_link_of_the_list_leads_to_its_heading(fresh_page):
    link = fresh_page.locator(".page-toc a").nth(-3)
    link.click()
    fresh_page.wait_for_timeout(500)
    top = fresh_page.evaluate("id => document.querySelector(id).getBoundingClientRect().top", link.get_attribute("href"))
    assert 0 <= top < 100


def test_the_list_marks_what_is_read_after_a_leap_too(fresh_page):
    marked = "[...document.querySelectorAll('.page-toc a[aria-current]')].map((it) => it.textContent)"
    for leap, last in (("scrollTo(0, document.body.scrollHeight)", True), ("scrollTo(0, 0)", False)):
        fresh_page.evaluate(leap)
        fresh_page.wait_for_timeout(400)
        found, every = fresh_page.evaluate(marked), fresh_page.locator(".page-toc a").all_text_contents()
        assert (len(found) == 1 and found[0] in every[-3:]) if last else found == []


def test_what_the_browser_searched_stays_in_sight(fresh_page):
    assert fresh_page.evaluate("find('must remember', false, true)")  # backwards: from the end
    fresh_page.wait_for_timeout(500)
    assert 0 < fresh_page.evaluate("getSelection().getRangeAt(0).getBoundingClientRect().top") < 900
