"""Sliders as figures without a script, as clocks, and in the address. test_pages_in_a_browser.py moves every one of them."""

import re

import pytest
from conftest import SITE, with_sliders

WITH_SLIDERS = with_sliders()


@pytest.mark.parametrize("name", WITH_SLIDERS)
def test_one_frame_of_a_slider_is_shown_before_any_script(name):
    boxes = WITH_SLIDERS[name].split('<div class="explore"')[1:]
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
    assert page.locator("#turn-alpha output").inner_text().startswith("α\u00a0=\u00a00.96")


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
