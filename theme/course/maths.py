"""Formulas become HTML and MathML while the book is built, by KaTeX inside mini-racer: the reader's browser runs no script.

KaTeX stands in ``theme/vendor/katex``; of it only the stylesheet and the fonts go to the site.
"""

import functools
import re

from docutils import nodes
from sphinx.locale import _
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

from .javascript import VENDOR, call

KATEX = VENDOR / "katex"

log = logging.getLogger(__name__)


RENDER = """// KaTeX gives <msub> three children for λ_max, the last one an unseen sign: Firefox reports an error for it on every visit
// and shows a screen reader no index. In a row the name and its sign are one.
const inRows = (node) => (node.children || []).forEach((child, i) => {
  inRows(child);
  if (/^m(sub|sup|under|over|frac|root)/.test(node.type) && !child.type) node.children[i] = new node.constructor("mrow", child.children);
});
const render = (tex, displayMode) => {
  try {
    const made = katex.__renderToDomTree(tex, {displayMode, output: "htmlAndMathml", strict: "ignore"});
    inRows(made);
    return [made.toMarkup(), ""];
  } catch (error) { return ["", error.message]; }
}"""


@functools.lru_cache(maxsize=4096)
def to_html(tex, display):
    """Return ``tex`` as HTML with its MathML; a ValueError says what KaTeX does not understand."""
    made, problem = call("katex/katex.min.js", RENDER, "render", tex, display)
    if problem:
        # The place in the formula is marked by a line under each of its letters, which a terminal shows as rubbish.
        raise ValueError(problem.removeprefix("KaTeX parse error: ").replace("\u0332", ""))
    # The TeX source inside the MathML would only be weight: nothing on the page reads it. Nor do ten-thousandths of a letter's width.
    made = re.sub(r'</?semantics>|<annotation encoding="application/x-tex">.*?</annotation>| xmlns="[^"]*/MathML"', "", made, flags=re.S)
    return re.sub(r"(?<=:)-?[\d.]+(?=em;)", lambda size: f"{float(size.group()):.2f}".rstrip("0").rstrip("."), made)


def _rendered(translator, node, tex, display):
    try:
        return to_html(tex, display)
    except ValueError as problem:
        log.warning("The formula “%s” cannot be set: %s.", tex, problem, location=node)
        return translator.encode(tex)


def _one_formula(node):
    """The text of a display node as one formula, with several lines aligned as Sphinx does it for other renderers."""
    tex = node.astext().strip()
    if node["nowrap"]:
        return re.sub(r"\\(begin|end)\{(align|alignat|equation|gather)\}", r"\\\1{\2*}", tex)
    parts = [part for part in tex.split("\n\n") if part.strip()]
    parts = [rf"\begin{{aligned}}{p}\end{{aligned}}" if r"\\" in p else p for p in parts]
    return parts[0] if len(parts) == 1 else r"\begin{gathered}" + r"\\".join(parts) + r"\end{gathered}"


def side_by_side(tex):
    """The formulas of a display that stand beside one another with a wide space between, and so may stand in lines of their own."""
    if r"\\" in tex:
        return [tex]
    parts, depth, start = [], 0, 0
    for token in re.finditer(r"\\(?:left|begin|right|end|qquad|quad)(?![a-zA-Z])|\\.|[{}]", tex):
        sign = token.group()
        if sign in ("{", r"\left", r"\begin"):
            depth += 1
        elif sign in ("}", r"\right", r"\end"):
            depth -= 1
        elif not depth and (sign == r"\qquad" or sign == r"\quad" and re.search(r"[,;]\s*$", tex[start : token.start()])):
            parts.append(tex[start : token.start()])
            start = token.end()
    parts = [part.strip() for part in [*parts, tex[start:]]]
    return [part for part in parts if part]


def _replace(text, parts):
    """Put others in the place of a text: parent.replace(text, …) takes the first text that reads the same."""
    at = next(i for i, child in enumerate(text.parent.children) if child is text)
    text.parent[at : at + 1] = parts


class GluePunctuation(SphinxPostTransform):
    """Keeps a comma or a full stop on the line of the formula before it: browsers would break there."""

    default_priority = 500
    formats = ("html",)

    def run(self, **kwargs):
        for formula in list(self.document.findall(nodes.math)):
            after = formula.next_node(descend=False, siblings=True)
            sign = re.match(r"[,.;:!?)’”…–-]+", after.astext()) if isinstance(after, nodes.Text) else None
            if sign:
                formula["glued"] = sign.group()
                _replace(after, [nodes.Text(after.astext()[sign.end() :])])


_NUMBER = r"[−-]?(?:\d[\d.,]*(?:·10[⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+)?|[½¼¾⅓])"
_LETTER = r"[A-Za-zα-ωΑ-Ω][₀-₉ₜᵢ]?"
_RELATION = re.compile(rf"(?<!\S)((?:[(“]?{_LETTER}|{_NUMBER})) ([=<>≤≥≈]) (?=[−-]?[\d½¼¾⅓√]|{_LETTER}(?!\w))")
_UNIT = re.compile(rf"({_NUMBER}) (?=(?:%|γ)(?!\w))")
_BREAKABLE = re.compile(r"(?<![\w.])\d[\d.]*e-\d+|[\w²·]+/√(?:\w+|\([^\s()]+\))")
_SIGN = re.compile(r"\\[A-Za-z]+|[^\\{}^_&\s]")
SHORT = 12  # signs, such as those of (1 + α)/(1 − α)
_PLACE = re.compile(r"([^\W\d_]+) (\d+)")  # what a link says, as a rule


class KeepShortFormulas(SphinxPostTransform):
    """Keeps γ = 0.4, 5 %, 3.16 γ, 1e-8, γ/√v and a link to Chapter 7, where they are text and not TeX, on one line each."""

    default_priority = 510
    formats = ("html",)

    def run(self, **kwargs):
        for text in list(self.document.findall(nodes.Text)):
            if isinstance(text.parent, (nodes.literal, nodes.literal_block, nodes.math, nodes.math_block, nodes.raw)):
                continue
            kept = _UNIT.sub("\\1\N{NO-BREAK SPACE}", _RELATION.sub("\\1\N{NO-BREAK SPACE}\\2\N{NO-BREAK SPACE}", text))
            if place := _PLACE.fullmatch(kept):
                kept = "\N{NO-BREAK SPACE}".join(place.groups())
            # No sign that forbids the break: what is copied from the page is to be a number still.
            parts, end = [], 0
            for number in _BREAKABLE.finditer(kept):
                parts += [nodes.Text(kept[end : number.start()]), nodes.inline("", number.group(), classes=["glue"])]
                end = number.end()
            if kept != text or parts:
                _replace(text, [part for part in [*parts, nodes.Text(kept[end:])] if part.astext()])


def _short(tex):
    """Whether a formula in the text is so short that a line has room for it: it is not broken."""
    return len(_SIGN.findall(tex)) <= SHORT


_BRACKETS = re.compile(r"\(([^()]*[-+][^()]*)(?<!\\right)(?<![bB]igr)\)")


def together(tex):
    """The formula with braces around what stands in short brackets: KaTeX breaks no line within braces, as after the sign of (1 − α)."""

    def braced(found):
        return f"({{{found[1]}}})" if _short(found[1]) and _balanced(found[1]) else found[0]

    return _BRACKETS.sub(braced, tex)


def _balanced(tex):
    while (less := re.sub(r"\{[^{}]*\}", "", tex)) != tex:
        tex = less
    return not re.search("[{}]", tex)


def _visit_inline(self, node):
    formula = _rendered(self, node, together(node.astext()), False)
    glued, short = node.get("glued", ""), _short(node.astext())
    if glued and not short:
        # Inside, a line may still break where KaTeX lets it.
        first, *rest = formula.split('<span class="katex-base">')
        formula = first + '<span class="katex-base">' + '<wbr><span class="katex-base">'.join(rest)
    self.body.append(self.starttag(node, "span", "", CLASS="math notranslate nohighlight" + (" glue" if glued or short else "")))
    self.body.append(formula + self.encode(glued) + "</span>")
    raise nodes.SkipNode


def _visit_display(self, node):
    self.body.append(self.starttag(node, "div", CLASS="math display notranslate nohighlight"))
    formulas = [_rendered(self, node, part, True) for part in side_by_side(_one_formula(node))]
    self.body.append('<div class="math-scroll">' + "".join(formulas) + "</div>")
    number = node["number"] and get_node_equation_number(self, node)  # a page that has no number, such as a lecture, numbers nothing
    if number:
        self.body.append(f'<span class="eqno">({number})')
        self.add_permalink_ref(node, _("Link to this equation"))
        self.body.append("</span>")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app):
    app.add_post_transform(GluePunctuation)
    app.add_post_transform(KeepShortFormulas)
    app.add_html_math_renderer("katex", (_visit_inline, None), (_visit_display, None))
