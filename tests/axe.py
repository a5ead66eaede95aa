"""axe-core, asked about an open page."""

from conftest import ROOT

AXE = (ROOT / "tests" / "data" / "axe" / "axe.min.js").read_text(encoding="utf-8")  # axe-core 4, MPL-2.0

# Most of a page repeats itself, and axe is slow. What is painted of a formula or a drawing is hidden from a screen reader; axe could
# only say that its letters are too pale, and a formula's have the colour of the text around them. axe has no rule for the inside of
# MathML as long as nothing in it has a role, a name or a link of its own. All that is made sure of here, and then taken out. Of
# the coloured words of code one of each kind is left.
REPEATED = """() => {
    scrollTo(0, 0); // where the header lies over nothing
    document.documentElement.classList.remove("lazy");
    document.querySelectorAll("details").forEach((it) => (it.open = true));
    const colour = (it) => getComputedStyle(it).color, odd = [];
    const whole = (formula) => formula.closest("span.math") || formula.closest(".katex-display, .katex");
    for (const formula of document.querySelectorAll(".katex-html")) {
        const around = colour(whole(formula).parentElement);
        if (formula.getAttribute("aria-hidden") !== "true" || [...formula.querySelectorAll("*")].some((it) => colour(it) !== around))
            odd.push(formula.textContent);
    }
    for (const it of document.querySelectorAll("math *"))
        if ([...it.attributes].some(({ name }) => /^(id|role|href|tabindex|title|on.*|aria-.*)$/.test(name))) odd.push(it.outerHTML);
    document.querySelectorAll(".katex").forEach((it) => whole(it).replaceWith(it.querySelector("math").textContent));
    const kinds = new Set(), kind = (it) => {
        const path = [colour(it)];
        for (let up = it; up.tagName !== "SECTION" && up !== document.body; up = up.parentElement) path.push(up.className);
        return path.join();
    };
    // All colours are read before the first word is taken out: each taking makes the browser reckon the styles anew.
    for (const [it, its] of [...document.querySelectorAll("pre span")].map((it) => [it, kind(it)])) {
        if (kinds.has(its)) it.replaceWith(...it.childNodes);
        kinds.add(its);
    }
    document.querySelectorAll(".drawing > g[aria-hidden=true]").forEach((it) => it.replaceChildren());
    return odd;
}"""

# Colours, the slowest of the rules, are looked at once for each look that letters have in the book: colour, whether they are large
# (a weaker contrast is enough), every ground under them down to a solid one; of a link also what tells it from its sentence. axe gives
# up before a gradient; what scrolls has one for the shadow at its edge.
LOOKED_AT = set()
LOOKS = """(lookedAt) => {
    document.querySelectorAll("pre, .table-scroll, .math-scroll").forEach((it) => (it.style.backgroundImage = "none"));
    document.querySelectorAll("[data-look]").forEach((it) => it.removeAttribute("data-look"));
    const grounds = new Map([[document, ""]]), looks = new Set(lookedAt), solid = /^rgb\\(/;
    const ground = (it) => {
        if (!grounds.has(it)) {
            const { backgroundColor, backgroundImage, opacity } = getComputedStyle(it), own = [backgroundColor, backgroundImage, opacity].join();
            grounds.set(it, solid.test(backgroundColor) && opacity === "1" ? own : own + ground(it.parentNode));
        }
        return grounds.get(it);
    };
    const mark = (it, look) => {
        if (!looks.has(look)) it.dataset.look = "";
        looks.add(look);
    };
    for (const it of document.body.querySelectorAll("*")) {
        const { color, fontSize, fontWeight, textShadow, textDecorationLine, borderBottom } = getComputedStyle(it);
        if (it.tagName === "A") mark(it, [color, textDecorationLine, fontWeight, borderBottom, getComputedStyle(it.parentNode).color, ground(it)].join());
        if (![...it.childNodes].some((child) => child.nodeType === 3 && child.data.trim()) || !it.checkVisibility({ visibilityProperty: true })) continue;
        const size = parseFloat(fontSize), large = size >= 24 || (size >= 18.66 && fontWeight >= 700);
        mark(it, [color, large, textShadow, ground(it)].join());
    }
    return [...looks];
}"""
COLOURS = """axe.configure({ rules: [
    { id: "color-contrast", selector: "[data-look]" },
    { id: "link-in-text-block", selector: "a[href][data-look]" },
] })"""

RUN = """(rules) => axe.run(document, { resultTypes: ["violations"], selectors: false, ...(rules.length && { runOnly: rules }) })
    .then((result) => result.violations.map((v) => [v.id, v.nodes.map((n) => n.html.slice(0, 200))]))"""


def prepared(page):
    """Open every fold of the page, take out what repeats itself and put axe in; return what is odd about what was taken out."""
    odd = page.evaluate(REPEATED)
    page.evaluate(AXE)
    page.evaluate(COLOURS)
    return odd


def violations(page, *rules):
    """What axe finds on a prepared page as it looks now, by all its rules, or by those of colour and some others."""
    LOOKED_AT.update(page.evaluate(LOOKS, [*LOOKED_AT]))
    return page.evaluate(RUN, [*rules, "color-contrast", "link-in-text-block"] if rules else [])
