"""axe-core, asked about an open page."""

from conftest import ROOT

AXE = (ROOT / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")  # axe-core 4, MPL-2.0

# What is painted of a formula or a drawing is hidden from a screen reader, makes up most of a page, and is taken out: of it axe could
# only say that its letters are too pale, and a formula's have the colour of the text around them.
PAINTED = """() => {
    document.querySelectorAll("details").forEach((it) => (it.open = true));
    const colour = (it) => getComputedStyle(it).color, odd = [];
    for (const formula of document.querySelectorAll(".katex-html")) {
        const around = colour(formula.closest(".katex-display, .katex").parentElement);
        if (formula.getAttribute("aria-hidden") !== "true" || [...formula.querySelectorAll("*")].some((it) => colour(it) !== around))
            odd.push(formula.textContent);
    }
    document.querySelectorAll(".katex-html, .drawing > g[aria-hidden=true]").forEach((it) => it.replaceChildren());
    return odd;
}"""


def violations(page, *rules):
    """What axe finds on the page, by all its rules or by some, with every fold open. The page loses its formulas and drawings."""
    odd = page.evaluate(PAINTED)
    page.evaluate(AXE)
    options = {"resultTypes": ["violations"]} | ({"runOnly": list(rules)} if rules else {})
    found = "options => axe.run(document, options).then((result) => result.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 200))]))"
    return odd + page.evaluate(found, options)
