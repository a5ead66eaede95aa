"""axe-core, asked about an open page."""

from conftest import ROOT

AXE = (ROOT / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")  # axe-core 4, MPL-2.0

# Most of a page repeats itself, and axe is slow. What is painted of a formula or a drawing is hidden from a screen reader; axe could
# only say that its letters are too pale, and a formula's have the colour of the text around them. axe has no rule for the inside of
# MathML as long as nothing in it has a role, a name or a link of its own. All that is made sure of here, and then taken out.
PAINTED = """() => {
    document.querySelectorAll("details").forEach((it) => (it.open = true));
    const colour = (it) => getComputedStyle(it).color, odd = [];
    for (const formula of document.querySelectorAll(".katex-html")) {
        const around = colour(formula.closest(".katex-display, .katex").parentElement);
        if (formula.getAttribute("aria-hidden") !== "true" || [...formula.querySelectorAll("*")].some((it) => colour(it) !== around))
            odd.push(formula.textContent);
    }
    for (const it of document.querySelectorAll("math *"))
        if ([...it.attributes].some(({ name }) => /^(id|role|href|tabindex|title|on.*|aria-.*)$/.test(name))) odd.push(it.outerHTML);
    document.querySelectorAll("math").forEach((it) => it.replaceChildren(it.textContent));
    document.querySelectorAll(".katex-html, .drawing > g[aria-hidden=true]").forEach((it) => it.replaceChildren());
    return odd;
}"""

# One element for each look that letters have on the page: colour, size and weight, what tells a link from its sentence, and every
# ground under them down to a solid one. axe gives up before a gradient; what scrolls has one for the shadow at its edge.
LOOKS = """() => {
    document.querySelectorAll("pre, .table-scroll, .math-scroll").forEach((it) => (it.style.backgroundImage = "none"));
    const grounds = new Map([[document, ""]]), looks = new Set(), solid = /^rgb\\(/;
    const ground = (it) => {
        if (!grounds.has(it)) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(it), own = [backgroundColor, backgroundImage, opacity].join();
            grounds.set(it, solid.test(backgroundColor) && opacity === "1" ? own : own + ground(it.parentNode));
        }
        return grounds.get(it);
    };
    for (const it of document.body.querySelectorAll("*")) {
        if (![...it.childNodes].some((child) => child.nodeType === 3 && child.data.trim()) || !it.checkVisibility({ visibilityProperty: true })) continue;
        const { color, fontSize, fontWeight, textShadow } = getComputedStyle(it);
        const around = it.tagName === "A" ? getComputedStyle(it.parentNode).color + getComputedStyle(it).textDecorationLine : "";
        const look = [color, fontSize, fontWeight, textShadow, around, ground(it)].join();
        if (!looks.has(look)) it.dataset.look = "";
        looks.add(look);
    }
}"""

RUN = """([context, options]) => axe.run(context || document, { resultTypes: ["violations"], ...options })
    .then((result) => result.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 200))]))"""


COLOURS = ["color-contrast", "link-in-text-block"]


def violations(page, *rules):
    """What axe finds on the page, by all its rules or by some and those of colour, with every fold open.

    Colours, the slowest of the rules, are looked at once for each look that letters have. The page loses its formulas and drawings.
    """
    found = page.evaluate(PAINTED)
    page.evaluate(AXE)
    found += page.evaluate(RUN, [None, {"runOnly": list(rules)} if rules else {"rules": {rule: {"enabled": False} for rule in COLOURS}}])
    page.evaluate(LOOKS)
    return found + page.evaluate(RUN, [{"include": [["[data-look]"]]}, {"runOnly": COLOURS}])
