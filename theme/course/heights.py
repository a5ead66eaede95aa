"""How tall the sections of a page will be, said before they are laid out.

A long page lays out only what is in sight (``.lazy`` in course.css). What is below gets the height that is computed here, so that the
scroll bar tells the truth from the beginning. The weights were fitted once to the heights that Chromium gave the sections of this
book; a test of the pages tells when they no longer do.
"""

import html
import math
import re

# A phone of 390 px and a laptop: letters in a line, the width of a figure at most and how much figures are enlarged.
SCREENS = {"narrow": (43, 383, 1), "wide": (88, 748, 1.25)}
KINDS = ("lines", "small lines", "blocks", "headings", "formulas", "figures", "sliders", "code", "codes", "folds", "rows", "boxes", "quizzes")
# Pixels for each of them, at 17 pixels a rem.
WEIGHTS = {
    "narrow": (19.1, 10.7, 0, 76.7, 96.8, 0.81, 69.4, 25.8, 58.7, 70.1, 0, 43.3, 120.6),
    "wide": (5.3, 19.5, 0, 181.8, 95.3, 1.07, 0, 30.8, 50, 89.4, 0, 93.8, 182.7),
}
HIDDEN = {"katex-html", "visually-hidden", "headerlink", "section-number"}
VOID = ("br", "img", "hr", "input", "wbr", "meta", "link", "col", "rect", "path", "use", "source")


# A tag with its sign of an end, its name and its attributes, or what stands between two tags.
PIECE = re.compile(r"""<!--.*?-->|<(/?)([a-zA-Z][^\s/>]*)((?:[^>"']++|"[^"]*"|'[^']*')*+)>|([^<]+)""", re.S)
ATTRIBUTE = re.compile(r"""([^\s=/"']+)(?:="([^"]*)")?""")
STARTS = ("p", "li", "dt", "dd", "tr", "td", "th", "figcaption", "h2", "h3", "h4", "legend", "label")
ENDS = ("p", "li", "td", "th", "figcaption", "h2", "h3", "h4", "legend", "label")


class _Section:
    """Counts what a section shows, folds closed; what depends on the screen is kept as letters of blocks and sizes of figures."""

    def __init__(self, section):
        self.count = dict.fromkeys(KINDS, 0)
        self.blocks = {"lines": [], "small lines": []}
        self.figures = []
        self.open, self.hidden, self.code = [], 0, 0
        self.letters, self.small = 0, False
        # Nothing inside is counted, and most of the tags are there.
        section = re.sub(r"(<(svg|math)\b[^>]*>).*?</\2>", r"\1</\2>", section, flags=re.S)
        for piece in PIECE.finditer(section):
            end, tag, attributes, data = piece.groups()
            if data:
                self._data(html.unescape(data))
            elif end:
                self._end(tag)
            elif tag:
                self._start(tag, dict(ATTRIBUTE.findall(attributes)) if attributes else {})
        self._end_of_block()

    def _end_of_block(self):
        if self.letters:
            self.blocks["small lines" if self.small else "lines"].append(self.letters)
        self.letters = 0

    def _start(self, tag, given):
        kinds = given.get("class", "").split()
        if tag in VOID:
            self.count["sliders"] += tag == "input" and given.get("type") == "range" and not self.hidden
            return
        if not self.hidden:
            if tag == "svg" and "drawing" in kinds:
                self.figures.append((float(given["width"]), float(given["height"])))
            self.letters += 2 * (tag == "math")
            self.count["formulas"] += "display" in kinds and "math" in kinds
            self.count["headings"] += tag in ("h2", "h3", "h4")
            self.count["folds"] += tag == "details"
            self.count["boxes"] += "admonition" in kinds and tag != "details"
            self.count["quizzes"] += "quiz" in kinds
            self.count["codes"] += tag == "pre"
            if tag in STARTS:
                self._end_of_block()
                self.small = tag in ("td", "th", "figcaption")
                self.count["rows"] += tag == "tr"
                self.count["blocks"] += tag in ("p", "dt", "figcaption")
        hidden = tag in ("svg", "math") or "hidden" in given or tag == "details" and "open" not in given or not HIDDEN.isdisjoint(kinds)
        self.open.append((tag, hidden))
        self.hidden += hidden
        self.code += tag == "pre"

    def _end(self, tag):
        if tag in VOID or all(name != tag for name, _ in reversed(self.open)):
            return
        if tag in ENDS:
            self._end_of_block()
        name = None
        while name != tag:
            name, hidden = self.open.pop()
            self.hidden -= hidden
            self.code -= name == "pre"

    def _data(self, data):
        if self.hidden:
            return
        if self.code:
            self.count["code"] += data.count("\n")
        else:
            self.letters += len(" ".join(data.split())) + data[:1].isspace()

    def on(self, screen):
        """How much of each kind there is on one of the two screens."""
        letters_in_line, width, zoom = SCREENS[screen]
        lines = {kind: sum(math.ceil(letters / letters_in_line) for letters in blocks) for kind, blocks in self.blocks.items()}
        figures = sum(tall * zoom * min(1, width / (wide * zoom)) for wide, tall in self.figures)
        return self.count | lines | {"figures": figures}


def sections(body):
    """Where the sections below the title begin and end."""
    depth, found = 0, []
    for tag in re.finditer(r"<(/?)section\b[^>]*>", body):
        depth -= bool(tag[1])
        if depth == 1:
            found.append(tag)
        depth += not tag[1]
    return [(start, end.end()) for start, end in zip(found[::2], found[1::2], strict=True)]


def with_heights(body):
    """Say on every section how tall it will be on a phone and on a larger screen."""
    for start, end in reversed(sections(body)):
        style, shown = "", _Section(body[start.start() : end])
        for screen, weights in WEIGHTS.items():
            count = shown.on(screen)
            style += f"--{screen}:{round(sum(weight * count[kind] for weight, kind in zip(weights, KINDS, strict=True)) / 17)}rem;"
        body = body[: start.end() - 1] + f' style="{style}"' + body[start.end() - 1 :]
    return body
