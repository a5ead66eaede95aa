"""Every built page on a laptop, light, from a server, under a strict policy and a sub-path. Each is opened once and asked everything."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from axe import violations
from conftest import SITE, first_figure, pages, recorded

POLICY = "default-src 'self'; style-src-attr 'unsafe-inline'"  # theme/README.md says why the addition
LAPTOP = {"width": 1280, "height": 900}


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
def page(chromium, server, name):
    """The page, just opened. The tests below run in this order: the later ones leave less of it as it was."""
    page = recorded(chromium.new_page(viewport=LAPTOP))
    page.goto(server + name)
    page.wait_for_load_state("networkidle")
    yield page
    page.close()


def test_a_figure_begins_within_the_first_two_screens(page):
    assert first_figure(page) < 2


def test_page_works_under_a_strict_policy_and_a_sub_path(page, server):
    box = page.locator(".explore").first
    if box.count():
        box.evaluate("box => { for (let e = box; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true }")
        box.locator("input").first.focus()
        page.keyboard.press("Home")
        before = box.locator("output").inner_text()
        page.keyboard.press("ArrowRight")
        assert box.locator("output").inner_text() != before
    assert page.troubles == []
    assert [url for url in page.asked if not url.startswith((server, "data:", "blob:"))] == []


def test_every_figure_can_be_opened_and_none_on_paper(page):
    page.set_viewport_size(LAPTOP)
    figures = "figure:has(> figcaption):has(.drawing):not(:has(.stage))"
    assert page.locator(f"{figures} .to-full").count() == page.locator(figures).count()
    page.emulate_media(media="print")
    shown = page.locator(".to-full:visible").count()
    page.emulate_media(media="screen")
    assert shown == 0


def test_paper_has_no_code_that_only_checks_and_nothing_to_press(page):
    page.emulate_media(media="print")
    code, press = page.locator("ul.claims pre:visible, .fold-code:visible").count(), page.locator("main button:visible").count()
    page.emulate_media(media="screen")
    assert code == press == 0


def test_page_has_no_accessibility_violation(page):
    assert violations(page) == []


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


def test_what_the_browser_searched_stays_in_sight(fresh_page):
    assert fresh_page.evaluate("find('must remember', false, true)")  # backwards: from the end
    fresh_page.wait_for_timeout(500)
    assert 0 < fresh_page.evaluate("getSelection().getRangeAt(0).getBoundingClientRect().top") < 900
