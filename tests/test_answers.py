"""Hide the answers: on the revision page a button covers what a table answers, a tap or a key shows it, and without a script all stands."""

import pytest

PAGE = "chapters/exam.html"
SEEN = """(cell) => {
    const text = cell.querySelector(":scope > div, :scope > .held") || cell;
    return getComputedStyle(text).visibility === "visible";
}"""


@pytest.mark.parametrize("width", [360, 1440])
def test_answers_are_covered_and_shown_by_hand_and_by_keyboard(open_page, width):
    page = open_page(PAGE, viewport={"width": width, "height": 900})
    buttons = page.get_by_role("button", name="Hide the answers")
    assert buttons.count() >= 6 and page.locator(".cover").count() == 0
    # The table of what follows: its third column is often empty, and its last says only where to read on.
    section = page.locator("#what-follows-from-the-two-lines")
    table, button = section.locator("table"), section.locator(".hide-answers")
    rows = table.locator("tbody tr").count()
    height = table.bounding_box()["height"]
    button.click()
    covers = table.locator(".cover")
    assert rows < covers.count() < 2 * rows and button.inner_text() == "Show the answers"
    assert abs(table.bounding_box()["height"] - height) < 2, "a covered cell keeps its size"
    first = table.locator("tbody tr").first
    assert [first.locator("td, th").nth(k).evaluate(SEEN) for k in range(4)] == [True, False, False, True]
    assert all(covers.nth(k).bounding_box()["height"] >= 24 for k in range(5))
    if width == 360:  # each row is a card there, and a cover leaves the column's label to be read
        label = first.locator("td, th").nth(1).evaluate("(cell) => cell.getBoundingClientRect().left")
        assert covers.first.bounding_box()["x"] > label + 60

    # A screen reader hears the row's question from the button and nothing of the answer.
    name = covers.first.get_attribute("aria-label")
    assert name.startswith("Show the answer: ★ the weight in"), name
    assert "0.081" not in first.aria_snapshot()

    # By keyboard: the answer takes the focus, and Tab goes on to the next cover.
    covers.first.focus()
    before = covers.count()
    page.keyboard.press("Enter")
    assert covers.count() == before - 1 and first.locator("td, th").nth(1).evaluate(SEEN)
    assert page.evaluate("document.activeElement.matches('td > *')")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "cover"
    page.keyboard.press("Space")
    assert "0.081" in first.aria_snapshot()
    covers.first.click()
    assert covers.count() == before - 3

    button.click()
    assert covers.count() == 0 and button.inner_text() == "Hide the answers"
    # When the last cover is taken away one by one, the button offers to cover again.
    short = page.locator("#by-hand")
    short.locator(".hide-answers").first.click()
    short.evaluate("(it) => { for (let cover; (cover = it.querySelector('.cover')); ) cover.click(); }")
    assert short.locator(".hide-answers").first.inner_text() == "Hide the answers"


def test_without_a_script_nothing_is_covered(open_page):
    page = open_page(PAGE, java_script_enabled=False)
    assert page.locator(".hide-answers, .cover").count() == 0
    assert page.locator("#what-follows-from-the-two-lines td").first.is_visible()


def test_other_pages_do_not_load_it(open_page):
    assert open_page("chapters/rmsprop.html").locator("script[src*='answers.js']").count() == 0
