"""Formulas on a phone: what is cut off at the edge reads as another formula."""

import re

import pytest
from small_book import build
from test_pages_on_a_phone import CUT

PAGE = r"""# Formulas

$$
v_t = \alpha v_{t-1} + (1-\alpha) g_t^2, \qquad x_t = x_{t-1} - \frac{\gamma}{\sqrt{v_t} + \varepsilon} g_t
$$ (both)

$$
8 = \tfrac14 \cdot 20 + \tfrac14 \cdot \tfrac34 \cdot 4 + \tfrac14 \cdot \tfrac34 \cdot \tfrac34 \cdot 16 = 5 + \tfrac34 + \tfrac94
$$ (long)

$$
\left(a \qquad b\right) = {c, \quad d}
$$

$$
\begin{aligned} x &= aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa \\ &= b \end{aligned}
$$

See {eq}`both` and {eq}`long`.
"""


@pytest.fixture(scope="module")
def page(tmp_path_factory, chromium):
    built = build(tmp_path_factory.mktemp("book"), {"formulas.md": PAGE})
    page = chromium.new_page(viewport={"width": 390, "height": 844})
    page.goto((built / "formulas.html").as_uri())
    yield page
    page.close()


def test_two_definitions_stand_in_two_lines_where_they_do_not_fit_in_one(page):
    both = page.locator(".math-scroll").first.locator(".katex-display")
    first, second = (part.bounding_box() for part in both.all())
    assert second["y"] >= first["y"] + first["height"] - 1
    page.set_viewport_size({"width": 1280, "height": 900})
    first, second = (part.bounding_box() for part in both.all())
    assert second["x"] > first["x"] + first["width"], "and in one where they do"
    page.set_viewport_size({"width": 390, "height": 844})


def test_a_long_formula_breaks_into_lines_with_its_number_below(page):
    long = page.locator(".math.display").nth(1)
    tops = long.locator(".katex-base").evaluate_all("all => all.map(it => Math.round(it.getBoundingClientRect().bottom))")
    assert max(tops) - min(tops) > 20
    formula, number = long.locator(".math-scroll").bounding_box(), long.locator(".eqno").bounding_box()
    assert number["y"] >= formula["y"] + formula["height"] - 1


def test_a_wide_space_within_brackets_parts_nothing(page):
    assert page.locator(".math-scroll").nth(2).locator(".katex-display").count() == 1


def test_what_cannot_break_scrolls_with_an_edge(page):
    ((formula, number, edge),) = page.evaluate(CUT)
    assert re.search("a{60}", formula) and not number and edge
