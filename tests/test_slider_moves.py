"""Sliders tell the truth wherever they are moved to, by keyboard and by pointer, and play when they are asked to."""

import json
import re

import pytest
from conftest import SITE, pages

# A lecture is made of the chapters' slides: one of its sliders stands for all.
SLIDERS = [
    (name, k)
    for name in pages()
    for k in range(len(re.findall(r'<div class="explore"', (SITE / name).read_text(encoding="utf-8"))))
    if k == 0 or "lecture-" not in name
]


# Where a slider's knobs stand, which of its frames are painted, and what is said of that.
STATE = """box => ({
    at: [...box.querySelectorAll("input[type=range]")].map((input) => +input.value),
    spoken: [...box.querySelectorAll("input[type=range]")].map((input) => input.getAttribute("aria-valuetext")),
    shown: [...box.querySelectorAll(".frame")].flatMap((frame, k) => getComputedStyle(frame).display === "none" ? [] : [k]),
    told: box.querySelector("output").innerText,
})"""


@pytest.fixture(scope="module")
def reader(chromium):
    """One window for all sliders: where the last one was left is as good a beginning for the next as any."""
    page = chromium.new_context(offline=True, viewport={"width": 1280, "height": 900}).new_page()
    page.troubles = []
    page.on("console", lambda message: message.type in ("error", "warning") and page.troubles.append(message.text))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    yield page
    page.context.close()


@pytest.mark.parametrize("name, k", SLIDERS)
def test_slider_moves_by_keyboard_and_by_pointer_and_tells_the_truth(reader, name, k):
    page, address = reader, (SITE / name).as_uri()
    if page.url.partition("#")[0] != address:
        page.goto(address)
    box = page.locator(".explore").nth(k)
    box.evaluate("box => { for (let e = box; e; e = e.parentElement) if (e.tagName === 'DETAILS') e.open = true }")
    says = json.loads(box.get_attribute("data-says"))
    pictures, knobs = box.evaluate(
        """box => [[...box.querySelectorAll(".frame")].map((frame) => frame.innerHTML), [...box.querySelectorAll("input[type=range]")].map(
            (input) => [+input.max + 1, JSON.parse(input.dataset.values), box.querySelector(`label[for="${input.id}"]`).innerText.trim()])]"""
    )
    assert len(pictures) == len(says)
    assert len(set(pictures)) > 1 and len(set(says)) == len(says)

    def told():
        state = box.evaluate(STATE)
        at = 0
        for (size, values, symbol), position in zip(knobs, state["at"], strict=True):
            at = at * size + position
            assert f"{symbol} = {values[position]}" in state["told"]
        assert state["shown"] == [at]
        assert state["told"] == says[at]
        assert set(state["spoken"]) == {says[at]}
        return at, state["at"]

    seen = {told()[0]}
    for i, (size, _, _) in enumerate(knobs):
        slider = box.locator("input[type=range]").nth(i)
        slider.focus()
        place = slider.bounding_box()

        def click(share, place=place):
            page.mouse.click(place["x"] + share * place["width"], place["y"] + place["height"] / 2)

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
            assert positions[i] == position, with_what
            seen.add(at)
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
