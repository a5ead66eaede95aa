"""The built pages from a server, under a strict policy and a sub-path."""

import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import pytest
from conftest import SITE, pages

POLICY = "default-src 'self'; style-src-attr 'unsafe-inline'"  # theme/README.md says why the addition


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


@pytest.mark.parametrize("name", pages())
def test_page_works_under_a_strict_policy_and_a_sub_path(chromium, server, name):
    page = chromium.new_page()
    troubles = []
    page.on("console", lambda message: message.type in ("error", "warning") and troubles.append(message.text))
    page.on("response", lambda response: response.status >= 400 and troubles.append(f"{response.status} {response.url}"))
    page.on("request", lambda request: request.url.startswith(server) or troubles.append(f"asks {request.url}"))
    page.goto(server + name)
    page.wait_for_load_state("networkidle")
    box = page.locator(".explore").first
    if box.count():
        box.evaluate("box => { for (let e = box; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true }")
        box.locator("input").first.focus()
        page.keyboard.press("Home")
        before = box.locator("output").inner_text()
        page.keyboard.press("ArrowRight")
        assert box.locator("output").inner_text() != before
    page.close()
    assert troubles == []


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
