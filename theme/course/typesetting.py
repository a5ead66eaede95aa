"""What is read becomes Typst's markup, and that a tagged PDF: for paper, where a browser's print is not enough.

Text travels as strings of Typst's code, so that no sign in it can be mistaken for markup. A formula is read from the MathML that KaTeX
makes of it for the pages: what stands on a page can stand on paper, and what KaTeX does not understand is named in the same words.
Every formula has a line of plain text beside it, ``v_t = α v_(t−1)``, which PDF/UA asks for and a screen reader reads.
"""

import os
import re
from pathlib import Path
from xml.etree import ElementTree

from docutils import nodes
from sphinx import addnodes

from .maths import to_html

LOOK = Path(__file__).parent.parent / "paper" / "look.typ"
APPLICATION = "\u2061"  # MathML's unseen sign between a function and its argument
ACCENTS = {"^": "hat", "~": "tilde", "ˉ": "macron", "¯": "macron", "˙": "dot", "‾": "overline", "→": "arrow"}
SPACES = {"0.2222em": "med", "0.2778em": "thick", "1em": "quad", "2em": "wide"}
# Signs that mean something in Typst's formulas.
ESCAPED = re.compile(r"[\\#$&\"'()\[\]{}/,;:.!^_|~`@*<>=-]")
SMALL = 24  # letters: a column of at most these is as wide as its text


def string(text):
    """Any text as a string of Typst's code."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", " ") + '"'


def compiled(source):
    """The bytes of a tagged PDF/UA of a program in Typst, the same bytes for the same program."""
    import typst

    try:
        return typst.compile(source.encode(), ignore_system_fonts=True, pdf_standards=["ua-1"], timestamp=int(os.environ["SOURCE_DATE_EPOCH"]))
    except typst.TypstError as error:
        raise ValueError(f"Typst says: {error.diagnostic}") from error


def pdf(body, title, language, **how):
    """The bytes of a tagged PDF/UA of some markup, the same bytes for the same markup, and how many pages it has.

    :param how: what the page's look (``theme/paper/look.typ``) takes, such as ``size`` in points or ``columns``.
    """
    options = ", ".join(f"{key}: {value}" for key, value in how.items())
    source = f"{LOOK.read_text('utf-8')}\n#show: paper.with(name: {string(title)}, language: {string(language)}, {options})\n{body}"
    made = compiled(source)
    return made, len(re.findall(rb"/Type\s*/Page\b", made))


def formula(tex, display=False):
    """A formula in TeX as a call of Typst; a ValueError says what is not understood."""
    math = ElementTree.fromstring(re.search(r"<math.*?</math>", to_html(tex, display), flags=re.S).group())
    markup, plain = _inside(math)
    plain = re.sub(r"(^|[(=,·<>≤≥] ?)− ", r"\1−", " ".join(plain.split())).replace("^′", "′")
    return f"#{'display' if display else 'formula'}({string(plain)}, $ {markup} $)"


def _length(node):
    """How wide some text is, in letters; of a formula, how many signs it has."""
    if isinstance(node, nodes.math):
        return len(re.sub(r"\\[a-z]+|[\\{}^_ ]", lambda sign: "x" if len(sign[0]) > 2 else "", node.astext()))
    return len(node.astext()) if isinstance(node, nodes.Text) else sum(map(_length, node.children))


def _inside(element):
    """The children of an element of MathML in a row: as markup, and as plain text."""
    made = [_math(child) for child in element]
    return " ".join(markup for markup, _ in made), "".join(plain for _, plain in made)


def _math(element):
    name = element.tag.rpartition("}")[2]
    text = (element.text or "").replace(APPLICATION, "").replace("\u00a0", " ")
    parts = [_math(child) for child in element]
    match name, parts:
        case "mn" | "mi" | "mo" | "mtext", _:
            return _sign(name, text, element)
        case "mspace", _:
            return SPACES.get(element.get("width"), "thin"), " "
        case "mfrac", [(over, said_over), (under, said_under)]:
            return f"frac({over}, {under})", f"{_grouped(said_over)}/{_grouped(said_under)}"
        case "msqrt", _:
            inner, said = _inside(element)
            return f"sqrt({inner})", f"√{_grouped(said)}"
        case "msub" | "munder", [(base, said), (below, said_below)]:
            return f"attach({base}, b: {below})", f"{said}_{_grouped(said_below)}"
        case "msup", [(base, said), (above, said_above)]:
            return f"attach({base}, t: {above})", f"{said}^{_grouped(said_above)}"
        case "msubsup" | "munderover", [(base, said), (below, said_below), (above, said_above)]:
            return f"attach({base}, b: {below}, t: {above})", f"{said}_{_grouped(said_below)}^{_grouped(said_above)}"
        case "mover", [(base, said), (_, accent)] if accent.strip() in ACCENTS:
            return f"{ACCENTS[accent.strip()]}({base})", f"{said} {ACCENTS[accent.strip()]}"
        case "mstyle", _ if element.get("displaystyle") in ("true", "false"):
            inner, said = _inside(element)
            return f"{'display' if element.get('displaystyle') == 'true' else 'inline'}({inner})".replace("display(", "math.display("), said
        case "mrow" | "semantics" | "mpadded" | "mstyle" | "math", _:
            inner, said = _inside(element)
            fences = len(parts) > 1 and element[0].get("fence") == element[-1].get("fence") == "true"
            return (f"lr({inner})" if fences else inner), said
        case "mtable", _:
            rows = [[_inside(cell) for cell in row] for row in element]
            return " \\ ".join(" & ".join(cell for cell, _ in row) for row in rows), "; ".join("".join(said for _, said in row) for row in rows)
    raise ValueError(f"<{name}> of MathML has no counterpart on paper")


def _sign(name, text, element):
    """A number, a letter, a name or an operator."""
    if text and not text.strip():  # KaTeX writes a thin space as text
        return "thin", " "
    text = text.strip() if name != "mtext" else text
    if not text:
        return "", ""
    if text == "∣":  # the bar of an absolute value, which Typst would space like “divides”
        return 'class("normal", \\|)', "|"
    spaced = f" {text} " if name == "mo" and text in "=<>≤≥≈+−·×→∼∝≪≫∈≠" else text
    if name == "mtext":
        return string(text), text
    if name == "mi" and len(text) > 1:
        return f"op({string(text)})", f"{text} "
    if name == "mi" and element.get("mathvariant") in ("normal", "bold") and text.isalpha():
        return f"{ {'normal': 'upright', 'bold': 'bold'}[element.get('mathvariant')] }({text})".replace(" ", ""), text
    if name == "mn":
        return string(text), text
    return ESCAPED.sub(r"\\\g<0>", text), spaced + (" " if text == "," else "")


def _grouped(said):
    """Plain text in brackets, where it is more than one sign or number."""
    said = said.strip()
    return said if re.fullmatch(r"\w+|[\d.]+|√\w|.", said) else f"({said})"


def markup(node):
    """A node of docutils, with what is in it, as Typst's markup; a ValueError names what cannot be set on paper."""
    if isinstance(node, nodes.Text):
        return f"#{string(node.astext())};"
    if isinstance(node, nodes.math):
        return formula(node.astext())
    if isinstance(node, nodes.math_block):
        return formula(node.astext().strip(), display=True) + "\n\n"
    if isinstance(node, nodes.literal):
        return f"#raw({string(node.astext())})"
    if isinstance(node, nodes.literal_block):
        code = node.astext().replace("\\", "\\\\").replace('"', '\\"')
        return f'#raw(block: true, "{code}")\n\n'
    if isinstance(node, nodes.table):
        return _table(node)
    if isinstance(node, nodes.section):
        title, *rest = node.children
        return f"#heading(level: {_depth(node)})[{_inner(title)}]\n\n" + "".join(map(markup, rest))
    if isinstance(node, (nodes.bullet_list, nodes.enumerated_list)):
        items = ", ".join(f"[{_inner(item)}]" for item in node.children)
        return f"#{'list' if isinstance(node, nodes.bullet_list) else 'enum'}({items})\n\n"
    if isinstance(node, nodes.emphasis):
        return f"#emph[{_inner(node)}]"
    if isinstance(node, nodes.strong):
        return f"#strong[{_inner(node)}]"
    if isinstance(node, nodes.block_quote):
        return f"#quote(block: true)[{_inner(node).strip()}]\n\n"
    if isinstance(node, nodes.paragraph):
        return f"{_inner(node)}\n\n"
    if isinstance(node, (nodes.reference, nodes.inline, nodes.container, addnodes.pending_xref)):
        return _inner(node)
    if isinstance(node, (nodes.target, nodes.comment)):
        return ""
    raise ValueError(f"a {type(node).__name__} cannot be set on paper.")


def _inner(node):
    return "".join(map(markup, node.children))


def _depth(section):
    """1 for a section of the page itself."""
    depth = 0
    while not isinstance(section.parent, nodes.document):
        section, depth = section.parent, depth + 1
    return depth


def _table(node):
    """A table whose short columns are as wide as their text; the others share the rest by the length of theirs."""
    head, body = node.next_node(nodes.thead), node.next_node(nodes.tbody)
    rows = [list(row.children) for row in body.children]
    heads = [list(row.children) for row in head.children] if head is not None else []
    longest = [max(map(_length, column)) for column in zip(*rows, *heads, strict=True)]
    widths = ", ".join("auto" if length <= SMALL else f"{length:.0f}fr" for length in longest)

    def cells(row):
        return ", ".join(f"[{_inner(cell).strip()}]" for cell in row)

    header = f"table.header({', '.join(cells(row) for row in heads)}), " if heads else ""
    return f"#table(columns: ({widths},), {header}{', '.join(cells(row) for row in rows)})\n\n"
