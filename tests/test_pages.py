"""The built pages in a real browser, from the disk, with the network cut."""

import json
import re
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from xml.etree import ElementTree

import pytest
from conftest import ROOT, SITE, pages

AXE = (ROOT / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")  # axe-core 4, MPL-2.0
POLICY = "default-src 'self'; style-src-attr 'unsafe-inline'"  # theme/README.md says why the addition

SLIDERS = [
    (name, k)
    for name in pages()
    for k in range(len(re.findall(r'<div class="explore"', (SITE / name).read_text(encoding="utf-8"))))
]


def test_the_book_is_built():
    assert len(pages()) >= 6, "The site is missing: run `make book` first."


@pytest.mark.parametrize("name", pages())
def test_page_opens_without_trouble_and_asks_no_other_host(open_page, name):
    page = open_page(name)
    page.wait_for_load_state("networkidle")
    assert page.troubles == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("name", pages())
def test_formulas_are_sound_for_screen_readers(name):
    """Firefox reports an error for every <msub> that has not two children, and so on; Chromium is silent."""
    wanted = {"msub": 2, "msup": 2, "munder": 2, "mover": 2, "mfrac": 2, "mroot": 2, "msubsup": 3, "munderover": 3}
    for formula in set(re.findall(r"<math.*?</math>", (SITE / name).read_text(encoding="utf-8"), flags=re.S)):
        for node in ElementTree.fromstring(formula.replace("&nbsp;", "\xa0")).iter():
            tag = node.tag.rpartition("}")[2]
            assert len(node) == wanted.get(tag, len(node)), formula


@pytest.mark.parametrize("name", pages())
def test_page_does_not_scroll_sideways_on_a_small_phone(open_page, name):
    page = open_page(name, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.parametrize("name", pages())
@pytest.mark.parametrize("scheme, width", [("light", 1280), ("dark", 360)])
def test_page_has_no_accessibility_violation(open_page, name, scheme, width):
    page = open_page(name, color_scheme=scheme, viewport={"width": width, "height": 900})
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then((result) => result.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 200))]))")
    assert found == []


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
        before = box.locator("output").inner_text()
        box.locator("input").first.focus()
        page.keyboard.press("End")
        page.keyboard.press("ArrowLeft")
        assert box.locator("output").inner_text() != before
    page.close()
    assert troubles == []


@pytest.fixture
def fresh_page(chromium, server):
    """A long chapter just opened from a server: below the first screen its heights are still guesses."""
    page = chromium.new_page(viewport={"width": 1440, "height": 900})
    page.goto(server + "chapters/networks.html")
    assert page.evaluate("document.documentElement.className") == "lazy"
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


def test_search_finds_a_chapter_offline(open_page):
    page = open_page("search.html")
    page.goto(page.url + "?q=half-life")
    page.wait_for_selector("#search-results a")
    assert any("moving-average" in (link.get_attribute("href") or "") for link in page.locator("#search-results a").all())


@pytest.mark.parametrize("name", pages())
def test_page_is_light(name):
    """Its own HTML, gzipped, as any static host sends it."""
    import gzip

    assert len(gzip.compress((SITE / name).read_bytes(), 9)) <= 90_000


@pytest.mark.parametrize("name", pages())
def test_picture_says_to_a_screen_reader_what_is_to_be_seen_and_no_more(name):
    pictures = re.findall(r'<svg [^>]*class="drawing"([^>]*)>(<[^>]*>)', (SITE / name).read_text(encoding="utf-8"))
    assert len(pictures) >= sum(name == other for other, _ in SLIDERS)
    for attributes, inside in pictures:
        assert re.search(r'aria-label="[^"]{20,}"', attributes), attributes
        assert inside == '<g aria-hidden="true">', "or every tick's number is read"


def frame_shown(box):
    """Which frames are painted: exactly one must be."""
    return box.evaluate("box => [...box.querySelectorAll('.frame')].flatMap((f, k) => getComputedStyle(f).display === 'none' ? [] : [k])")


@pytest.mark.parametrize("name, k", SLIDERS)
def test_slider_moves_by_keyboard_and_by_pointer_and_tells_the_truth(open_page, name, k):
    page = open_page(name)
    box = page.locator(".explore").nth(k)
    box.evaluate("box => { for (let e = box; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true }")
    says = json.loads(box.get_attribute("data-says"))
    inputs, output = box.locator("input[type=range]"), box.locator("output")
    sizes = [int(inputs.nth(i).get_attribute("max")) + 1 for i in range(inputs.count())]
    symbols = [label.strip() for label in box.locator("label").all_inner_texts()]
    pictures = box.evaluate("box => [...box.querySelectorAll('.frame')].map(f => f.innerHTML)")
    assert len(pictures) == len(says)
    assert len(set(pictures)) > 1 and len(set(says)) == len(says)

    def told():
        (shown,) = frame_shown(box)
        chosen = [int(inputs.nth(i).input_value()) for i in range(inputs.count())]
        at = 0
        for size, position in zip(sizes, chosen, strict=True):
            at = at * size + position
        assert shown == at
        assert output.inner_text() == says[at]
        for i, symbol in enumerate(symbols):
            value = json.loads(inputs.nth(i).get_attribute("data-values"))[chosen[i]]
            assert f"{symbol} = {value}" in says[at]
            assert inputs.nth(i).get_attribute("aria-valuetext") == says[at]
        return at

    seen = {told()}
    for i, size in enumerate(sizes):
        slider = inputs.nth(i)
        slider.focus()
        for key, position in [("Home", 0), ("ArrowRight", min(1, size - 1)), ("End", size - 1), ("ArrowLeft", max(0, size - 2))]:
            page.keyboard.press(key)
            assert int(slider.input_value()) == position
            seen.add(told())
        slider.scroll_into_view_if_needed()
        place = slider.bounding_box()
        for share, position in [(0.001, 0), (0.999, size - 1)]:
            page.mouse.click(place["x"] + share * place["width"], place["y"] + place["height"] / 2)
            assert int(slider.input_value()) == position
            seen.add(told())
    assert len(seen) >= 3
    assert page.troubles == []


def test_focus_is_seen_where_the_reader_s_own_colours_hold(chromium):
    page = chromium.new_page(forced_colors="active")
    page.goto((SITE / "chapters/rmsprop.html").as_uri())
    slider = page.locator("#two-steps input")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.evaluate("it => [getComputedStyle(it).outlineStyle, it.matches(':focus-visible')]") == ["solid", True]
    page.close()


FITS = """() => [...document.querySelectorAll(".explore")].flatMap((box) => {
    for (let it = box; it; it = it.parentElement) if (it.tagName === "DETAILS") it.open = true;
    const output = box.querySelector("output");
    return JSON.parse(box.dataset.says).filter((said) => {
        output.firstChild.data = said;
        return output.scrollHeight > output.clientHeight + 1 || output.scrollWidth > output.clientWidth + 1;
    });
})"""


@pytest.mark.parametrize("name", [name for name, k in SLIDERS if k == 0])
def test_every_read_out_fits_where_the_longest_one_is_kept_room_for(open_page, name):
    page = open_page(name)
    for width in (296, 320, 360, 375, 390, 412, 430, 460, 768, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate(FITS) == [], width


@pytest.mark.parametrize("name", [name for name, k in SLIDERS if k == 0])
def test_a_move_lays_out_the_slider_and_not_the_page(chromium, name, tmp_path):
    page = chromium.new_page(viewport={"width": 360, "height": 800})
    page.goto((SITE / name).as_uri())
    move = """async () => {
        for (const box of document.querySelectorAll(".explore")) {
            for (let it = box; it; it = it.parentElement) if (it.tagName === "DETAILS") it.open = true;
            box.scrollIntoView();
            for (const input of box.querySelectorAll("input")) {
                for (const value of [input.min, input.max, input.min]) {
                    await new Promise((done) => setTimeout(done, 60));
                    input.value = value;
                    input.dispatchEvent(new Event("input", { bubbles: true }));
                }
            }
        }
        await new Promise(requestAnimationFrame);
    }"""
    page.evaluate(move)  # the first time, folds are opened
    chromium.start_tracing(page=page, path=tmp_path / "trace.json", categories=["devtools.timeline"])
    page.evaluate(move)
    chromium.stop_tracing()
    page.close()
    events = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    layouts = [event["args"]["beginData"]["partialLayout"] for event in events if event["name"] == "Layout" and "beginData" in event["args"]]
    assert len(layouts) >= 2 * sum(name == other for other, _ in SLIDERS) and all(layouts), layouts


def test_time_plays_when_asked_and_stops(open_page):
    page = open_page("chapters/rmsprop.html")
    box = page.locator("#two-steps .explore")
    slider = box.locator("input[name=t]")
    assert slider.input_value() == "0"
    page.wait_for_timeout(1000)
    assert slider.input_value() == "0", "nothing plays by itself"
    back, play, on = (box.locator("button").nth(i) for i in range(3))
    on.click()
    assert slider.input_value() == "1"
    back.click()
    assert slider.input_value() == "0"
    play.click()
    page.wait_for_function("document.querySelector('#two-steps input').value >= 2")
    play.click()
    stopped = slider.input_value()
    page.wait_for_timeout(1000)
    assert slider.input_value() == stopped


def test_link_opens_the_page_at_a_position(open_page):
    page = open_page("chapters/rmsprop.html#turn-alpha=0.96")
    assert page.locator("#turn-alpha output").inner_text().startswith("α = 0.96")


def test_a_key_held_down_writes_the_address_once(open_page):
    """Safari allows a hundred times in ten seconds and throws then."""
    page = open_page("chapters/rmsprop.html")
    page.evaluate(
        """() => {
          const write = history.replaceState.bind(history), input = document.querySelector("#two-steps input");
          window.written = 0;
          history.replaceState = (...it) => { window.written += 1; write(...it); };
          for (let t = 1; t <= 20; t++) {
            input.value = t;
            for (const kind of ["input", "change"]) input.dispatchEvent(new Event(kind, { bubbles: true }));
          }
        }"""
    )
    page.wait_for_function("location.hash === '#two-steps=20'")
    assert page.evaluate("window.written") == 1


@pytest.mark.parametrize("name", [name for name, k in SLIDERS if k == 0])
def test_without_scripts_a_slider_is_a_figure(open_page, name):
    page = open_page(name, java_script_enabled=False)
    for box in page.locator(".explore").all():
        assert box.locator(".frame.shown").count() == 1
        assert not box.locator("input").first.is_visible()
