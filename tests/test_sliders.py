"""Sliders: what a move costs, the truth they tell wherever they are moved to, and what is left of them without a script."""

import json
import re

import pytest
from conftest import IDLE, SITE, anew, one_tab, pages

TEXTS = {name: (SITE / name).read_text(encoding="utf-8") for name in pages()}
# The lectures are made of the chapters' slides and their sliders: one of them stands for all.
WITH_SLIDERS = [name for name, text in TEXTS.items() if '<div class="explore"' in text and not re.search("lecture-(?!45)", name)]


@pytest.fixture(scope="module", params=WITH_SLIDERS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def tab(chromium):
    # A stage that plays lays itself out; where motion is unwanted it stands still.
    yield from one_tab(chromium, offline=True, reduced_motion="reduce")


@pytest.fixture(scope="module")
def page(tab, name):
    """A page with sliders, opened once: where one test leaves a slider is as good a beginning for the next as any."""
    tab.set_viewport_size({"width": 360, "height": 800})
    anew(tab, (SITE / name).as_uri())
    tab.evaluate("document.querySelectorAll('details:has(.explore)').forEach((it) => (it.open = true))")
    tab.evaluate(IDLE)
    return tab


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


def test_a_move_lays_out_the_slider_and_not_the_page(chromium, page, tmp_path):
    page.evaluate(MOVES)  # for the first time
    chromium.start_tracing(page=page, path=tmp_path / "trace.json", categories=["devtools.timeline"])
    page.evaluate(MOVES)
    chromium.stop_tracing()
    events = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    layouts = [event["args"]["beginData"]["partialLayout"] for event in events if event["name"] == "Layout" and "beginData" in event["args"]]
    assert len(layouts) >= 2 * page.locator(".explore").count() and all(layouts), layouts


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
    input.focus();
    const { x, y, width, height } = input.getBoundingClientRect();
    return [x, width, y + height / 2];
}"""


def test_sliders_move_by_keyboard_and_by_pointer_and_tell_the_truth(page):
    page.set_viewport_size({"width": 1280, "height": 900})
    for k, made in enumerate(page.evaluate(MADE)):
        one_slider_tells_the_truth(page, k, **made)
    assert page.troubles == []


def one_slider_tells_the_truth(page, k, says, frames, differ, knobs):
    assert frames == len(says) == len(set(says)) and differ

    def told():
        state = page.evaluate(STATE, k)
        at = 0
        for (size, values, symbol), position in zip(knobs, state["at"], strict=True):
            at = at * size + position
            assert f"{symbol} = {values[position]}" in state["told"]
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


@pytest.mark.parametrize("name", WITH_SLIDERS)
def test_one_frame_of_a_slider_is_shown_before_any_script(name):
    boxes = TEXTS[name].split('<div class="explore"')[1:]
    assert [len(re.findall(r'class="frame shown"', box)) for box in boxes] == [1] * len(boxes)


def test_without_scripts_a_slider_is_a_figure(open_page):
    page = open_page("chapters/rmsprop.html", java_script_enabled=False)
    boxes = page.locator(".explore:visible").all()
    assert len(boxes) >= 2
    for box in boxes:
        assert box.locator(".frame:visible").count() == 1
        assert not box.locator("input").first.is_visible()


def test_focus_is_seen_where_the_reader_s_own_colours_hold(chromium):
    page = chromium.new_page(forced_colors="active")
    page.goto((SITE / "chapters/rmsprop.html").as_uri())
    slider = page.locator("#two-steps input")
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert slider.evaluate("it => [getComputedStyle(it).outlineStyle, it.matches(':focus-visible')]") == ["solid", True]
    page.close()


def test_time_plays_when_asked_and_stops(open_page):
    page = open_page("chapters/rmsprop.html")
    box = page.locator("#two-steps .explore")
    slider = box.locator("input[name=t]")
    first = slider.input_value()
    page.wait_for_timeout(1000)
    assert slider.input_value() == first, "nothing plays by itself"
    back, play, on = (box.locator("button").nth(i) for i in range(3))
    on.click()
    assert int(slider.input_value()) == int(first) + 1
    back.click()
    assert slider.input_value() == first
    play.click()
    page.wait_for_function(f"document.querySelector('#two-steps input').value >= {int(first) + 2}")
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
    page.wait_for_function("location.hash.startsWith('#two-steps=')")
    assert page.evaluate("window.written") == 1
