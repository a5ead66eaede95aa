"""From matplotlib's SVG to a page's: merged, rounded, slimmed, in the colours of the page and with its numbers.

`rmsprop_lib.explore` takes the pictures of its positions apart here, and ``theme/course/drawings.py`` puts figures into pages.
The colours are those of `rmsprop_lib.figures.PALETTE`; each becomes a CSS variable of the same name, which
``theme/assets/course.css`` defines for the light and the dark mode.
"""

import hashlib
import html
import io
import re

import matplotlib as mpl
from matplotlib.backends.backend_svg import RendererSVG

from rmsprop_lib.figures import PALETTE

__all__ = ["Picture", "drawn_together", "for_page", "in_colours_of_page", "of_artists", "of_figure", "rounded", "slimmed", "written"]

COLOURS = {value.lower(): f"var(--{name},{value})" for name, value in PALETTE.items()}
COLOURS |= {"#000000": COLOURS[PALETTE["ink"]], "#ffffff": "var(--paper,#fff)"}
PT = 4 / 3  # CSS pixels in a point, matplotlib's unit


class Picture:
    """The SVG of all positions of a slider: definitions and background once, then what is different in each position.

    Made by `Picture.of`; ``size`` is in points, ``defs`` and ``background`` are SVG, and ``frames`` is SVG for each position.
    """

    def __init__(self, size, defs, background, frames):
        self.size, self.defs, self.background, self.frames = size, defs, background, frames

    @classmethod
    def of(cls, parts, background):
        """Sort the ``parts`` of all positions, and of the ``background`` unless it is None, into those that all share and the rest."""
        size = (background or parts[0])[0]
        shared = background[1] if background else [p for p in parts[0][1] if all(p in other for _, other, _ in parts[1:])]
        frames = ["".join(p for p in items if background or p not in shared) for _, items, _ in parts]
        defs = dict.fromkeys(d for _, _, own in [*([background] if background else []), *parts] for d in own)
        together = [drawn_together(inner) for inner in ["".join(shared), *frames]]
        defs |= dict.fromkeys(marker for _, markers in together for marker in markers)
        background, *frames = (inner for inner, _ in together)
        return cls(size, "".join(defs), background, frames)

    def _svg(self, inner):
        width, height = self.size
        return (
            f'<svg viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}" role="img">'
            f"<defs>{self.defs}</defs><g>{self.background}</g>{inner}</svg>"
        )

    def all(self, shown):
        """The SVG that holds every position; only the position ``shown`` is visible."""
        return self._svg(
            "".join(f'<g class="frame{" shown" if k == shown else ""}">{frame}</g>' for k, frame in enumerate(self.frames))
        )

    def one(self, at):
        """The SVG of the position ``at`` alone."""
        return self._svg(f"<g>{self.frames[at]}</g>").replace("#ID-", "#")


def of_figure(figure):
    """Return the parts of ``figure``, a matplotlib Figure: its size in points, its elements and the definitions they refer to.

    Elements and definitions are lists of SVG strings, numbers rounded; what refers to an id does so with the prefix ``ID-``.
    """
    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "rmsprop"}):
        figure.savefig(out, format="svg", transparent=True)
    svg = out.getvalue()
    width, height = (float(n) for n in re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg).groups())
    return ((width, height), *_split(svg))


def of_artists(figure, artists):
    """Return the parts, as `of_figure` does, of some ``artists`` of ``figure`` alone, the lowest ``zorder`` first."""
    width, height = figure.get_size_inches() * 72
    out = io.StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "rmsprop"}):
        dpi, figure.dpi = figure.dpi, 72
        renderer = RendererSVG(width, height, out)
        for artist in sorted(artists, key=lambda artist: artist.get_zorder()):
            artist.draw(renderer)
        renderer.finalize()
        figure.dpi = dpi
    return ((width, height), *_split(out.getvalue()))


def _split(svg):
    """The leaves of an SVG, each a string, and the definitions they refer to, apart; both without superfluous weight."""
    defs = re.findall(r"<defs>(.*?)</defs>", svg, flags=re.S)
    body = re.sub(r"<defs>.*?</defs>", "", svg, flags=re.S)
    pieces = re.findall(r"<(?:path|text|use|image|rect)\b[^>]*?/>|<text\b.*?</text>|<g[^>]*>|</g>", body, flags=re.S)
    leaves, depth = [], []
    for piece in pieces:
        if piece == "</g>":
            depth.pop()
        elif piece.endswith("/>") and piece.startswith("<g"):
            continue  # what an artist with nothing to draw leaves behind
        elif piece.startswith("<g"):
            depth.append(re.sub(r' id="[^"]*"', "", piece))
        else:
            wrap = [g for g in depth if g != "<g>"]
            leaves.append("".join(wrap) + piece + "</g>" * len(wrap))
    used = set(re.findall(r"#([\w-]+)", "".join(leaves)))
    whole = r"<clipPath\b.*?</clipPath>|<pattern\b.*?</pattern>|<(?:path|rect)\b.*?/>"
    own = [d for text in defs for d in re.findall(whole, text, flags=re.S)]
    own = [_slim(d) for d in own if not used.isdisjoint(re.findall(r'id="([^"]*)"', d))]
    return [_slim(re.sub(r' id="[^"]*"', "", leaf)) for leaf in leaves], own


def drawn_together(svg: str) -> tuple[str, list[str]]:
    """Return the elements ``svg`` with every run of equal markers as one path, and the definitions of these markers.

    Matplotlib has an element for every point, and clips each line and point by itself; a browser takes a multiple of the time
    for these. What follows one another under one clip becomes a group.
    """
    markers = {}

    def one_group(run):
        return f'<g clip-path="{run.group(1)}">{re.sub("</?g[^>]*>| clip-path=.[^ ]*", "", run.group())}</g>'

    def one_path(run):
        drawing, style = run.groups()
        name = f"{drawing}-{hashlib.sha256(style.encode()).hexdigest()[:6]}"
        own = re.sub("^#(ID-)?", "", name)
        markers[name] = f'<marker id="{own}" overflow="visible"><use href="{drawing}" style="{style}"/></marker>'
        points = re.findall(r' x="([^"]*)" y="([^"]*)"', run.group())
        return rounded(f'<path d="M{" ".join(f"{x} {y}" for x, y in points)}" style="fill:none;marker:url({name})"/>')

    clipped = r'<path d="[^"]*" clip-path="\1" [^>]*/>|<g clip-path="\1"><use [^>]*/></g>'
    svg = re.sub(rf'(?=<[^>]* clip-path="([^"]*)")(?:{clipped}){{2,}}', one_group, svg)
    svg = re.sub(r'<use href="([^"]*)" x="[^"]*" y="[^"]*" style="([^"]*)"/>(?:<use href="\1" [^>]* style="\2"/>)+', one_path, svg)
    return svg, list(markers.values())


def rounded(tag: str) -> str:
    """Return ``tag``, of an SVG, with its numbers rounded to a hundredth of a point: finer than any screen, and half the weight.

    A line of many points is written as its steps from point to point, in tenths of a point: a third of the weight.
    """
    tag = re.sub(r'(?<= d=")M[MLz\d\s.-]{120,}(?=")', lambda line: _in_steps(line.group()), tag)
    tag = re.sub(r' transform="rotate\(-?0 [^"]*"', "", tag)
    return re.sub(r"-?\d+\.\d+", lambda n: f"{float(n.group()):.2f}".rstrip("0").rstrip("."), tag)


def _in_steps(line):
    """The data of a path of straight lines, each point relative to the one before; only the first of each piece is absolute.

    Places are rounded before their differences are taken, so that no error adds up along the line.
    """
    out = []
    for piece in re.findall(r"M[^M]*", line):
        places = [round(10 * float(number)) for number in re.findall(r"-?[\d.]+", piece)]
        points = list(zip(places[::2], places[1::2], strict=True))
        steps = [(x - x0, y - y0) for (x0, y0), (x, y) in zip(points, points[1:], strict=False)]
        numbers = [[f"{n / 10:g}" for point in part for n in point] for part in (points[:1], steps)]
        out.append("M" + " ".join(numbers[0]) + ("l" + " ".join(numbers[1]) if steps else "") + "z" * piece.rstrip().endswith("z"))
    return "".join(out).replace(" -", "-")


def _slim(svg):
    """Round coordinates to a hundredth of a point, fold white space and mark references for the prefix of the page.

    Only inside the tags: what a text says, such as the 0.125 beside a tick, is left alone.
    """

    def slim_tag(tag):
        tag = re.sub(r"\s+", " ", tag.group())
        return rounded(tag).replace("xlink:href=", "href=").replace('href="#', 'href="#ID-').replace("url(#", "url(#ID-")

    return re.sub(r"<[^>]*>", slim_tag, svg)


def slimmed(svg: str, prefix: str) -> str:
    """Return ``svg``, matplotlib's, without what only adds weight, its ids made unique on the page by ``prefix``."""
    svg = svg[svg.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style[^>]*>.*?</style>|<rdf:.*?>", "", svg, flags=re.S)
    used = set(re.findall(r"#([A-Za-z][\w-]*)", svg))
    svg = re.sub(r' id="([^"]*)"', lambda i: f' id="{prefix}{i.group(1)}"' if i.group(1) in used else "", svg)
    svg = re.sub(r'(xlink:)?href="#', f'href="#{prefix}', svg).replace("url(#", f"url(#{prefix}").replace("xlink:href", "href")
    svg = re.sub(r"<[^>]*>", lambda tag: rounded(tag.group()), svg)  # what a text says is left alone
    svg = re.sub(r">\s+<", "><", re.sub(r"\s+", " ", svg))
    while (fewer := re.sub(r"<g>((?:(?!</?g\b).)*)</g>|<g ?/>|<defs ?/>", r"\1", svg)) != svg:
        svg = fewer
    svg, markers = drawn_together(svg.strip())
    return svg.replace("</svg>", f"<defs>{''.join(markers)}</defs></svg>") if markers else svg


def in_colours_of_page(svg: str) -> str:
    """Return ``svg`` with variables for the palette's colours and the page's font for every text; both only inside ``style``."""

    def restyle(found):
        style = re.sub(r"#[0-9a-fA-F]{6}\b", lambda c: COLOURS.get(c.group().lower(), c.group()), found.group(1))
        style = re.sub(r"font: ([\d.]+px)[^;]*", r"font-size: \1", style)
        style = re.sub(r"font-family:[^;]*;?\s*", "", style)
        style = re.sub(r"([:;]) +", r"\1", style).strip("; ")
        return f'style="{style}"'

    return re.sub(r'style="([^"]*)"', restyle, svg)


def for_page(svg: str, alt: str) -> str:
    """Return ``svg`` in the colours of the page; its outer tag has its size in CSS pixels, its view box and ``alt``, no more.

    What is inside is hidden from screen readers: Firefox would have them read every tick's number after the picture's name.
    """
    head = re.match(r"<svg[^>]*>", svg).group()
    view = re.search(r'viewBox="([^"]*)"', head).group(1)
    width, height = (round(float(n) * PT) for n in view.split()[2:])
    inside = svg[len(head) :].removesuffix("</svg>")
    attributes = f'viewBox="{view}" width="{width}" height="{height}" class="drawing" role="img" aria-label="{html.escape(alt)}"'
    return f'<svg {attributes}><g aria-hidden="true">{in_colours_of_page(inside)}</g></svg>'


def written(text: str) -> str:
    """Return ``text`` with its numbers, which are as Python formats them, as people write them: −0.5, 1.7·10⁻²² and 10⁻⁸ for
    ``1.7e-22`` and ``1e-08``, and a narrow no-break space in whole numbers of five digits or more."""
    text = re.sub(r"(?<![\w.,)\]}])-(?=[\d.])", "\N{MINUS SIGN}", text)
    text = re.sub(r"(?<![\w.,])(\d+(?:\.\d+)?)e([+-]?\d+)(?!\w)", _power_of_ten, text)
    long = r"(?<![\w.,])[1-9]\d{4,}(?!\w|[.,]\d)"
    return re.sub(long, lambda found: f"{int(found.group()):,}".replace(",", "\N{NARROW NO-BREAK SPACE}"), text)


def _power_of_ten(found):
    power = "10" + str(int(found[2])).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
    return power if float(found[1]) == 1 else f"{found[1]}·{power}"
