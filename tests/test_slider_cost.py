"""What a move of a slider costs the browser, and what is left of a slider without a script."""

import json

import pytest
from conftest import SITE, pages

# The sliders of a lecture are those of the chapters.
WITH_SLIDERS = [name for name in pages() if '<div class="explore"' in (SITE / name).read_text(encoding="utf-8") and "lecture-" not in name]



def page_sliders(name):
    return (SITE / name).read_text(encoding="utf-8").count('<div class="explore"')


@pytest.mark.parametrize("name", WITH_SLIDERS)
def test_a_move_lays_out_the_slider_and_not_the_page(chromium, name, tmp_path):
    # A stage that plays lays itself out; where motion is unwanted it stands still.
    page = chromium.new_page(viewport={"width": 360, "height": 800}, reduced_motion="reduce")
    page.goto((SITE / name).as_uri())
    move = """async () => {
        for (const box of document.querySelectorAll(".explore")) {
            for (let it = box; it; it = it.parentElement) if (it.tagName === "DETAILS") it.open = true;
            box.scrollIntoView();
            for (const input of box.querySelectorAll("input")) {
                for (const value of [input.min, input.max, input.min]) {
                    input.value = value;
                    input.dispatchEvent(new Event("input", { bubbles: true }));
                    // The first frame begins with what was changed, and the second after it was laid out.
                    for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
                }
            }
        }
    }"""
    page.evaluate(move)  # the first time, folds are opened
    chromium.start_tracing(page=page, path=tmp_path / "trace.json", categories=["devtools.timeline"])
    page.evaluate(move)
    chromium.stop_tracing()
    page.close()
    events = json.loads((tmp_path / "trace.json").read_text(encoding="utf-8"))["traceEvents"]
    layouts = [event["args"]["beginData"]["partialLayout"] for event in events if event["name"] == "Layout" and "beginData" in event["args"]]
    assert len(layouts) >= 2 * page_sliders(name) and all(layouts), layouts


@pytest.mark.parametrize("name", WITH_SLIDERS)
def test_without_scripts_a_slider_is_a_figure(open_page, name):
    page = open_page(name, java_script_enabled=False)
    for box in page.locator(".explore").all():
        assert box.locator(".frame.shown").count() == 1
        assert not box.locator("input").first.is_visible()
