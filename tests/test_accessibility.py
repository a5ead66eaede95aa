"""No page has an accessibility violation that axe finds, light on a laptop and dark on a phone."""

import pytest
from conftest import ROOT, SITE, pages

AXE = (ROOT / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")  # axe-core 4, MPL-2.0


@pytest.fixture(scope="module", params=[("light", 1280), ("dark", 360)], ids=["light laptop", "dark phone"])
def page(chromium, request):
    scheme, width = request.param
    page = chromium.new_page(color_scheme=scheme, viewport={"width": width, "height": 900})
    yield page
    page.close()


@pytest.mark.parametrize("name", pages())
def test_page_has_no_accessibility_violation(page, name):
    page.goto((SITE / name).as_uri())
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    page.evaluate(AXE)
    found = page.evaluate("axe.run().then((result) => result.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 200))]))")
    assert found == []
