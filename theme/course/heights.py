"""How tall the sections of a page will be, said before they are laid out.

A long page lays out only what is in sight (``.lazy`` in course.css). What is below gets the height that is computed here, so that the
scroll bar tells the truth from the beginning. The weights were fitted once to the heights that Chromium gave the sections of this
book; a test of the pages tells when they no longer do.
"""

import math
import re
from html.parser import HTMLParser

# A phone of 390 px and a laptop: letters in a line, the width of a figure at most and how much figures are enlarged.
SCREENS = {"narrow": (43, 383, 1), "wide": (88, 748, 1.25)}
KINDS = ("lines", "small lines", "blocks", "headings", "formulas", "figures", "sliders", "code", "codes", "folds", "rows", "boxes", "quizzes")
# Pixels for each of them, at 17 pixels a rem.
WEIGHTS = {
    "narrow": (19.1, 10.7, 0, 76.7, 96.8, 0.81, 69.4, 25.8, 58.7, 70.1, 0, 43.3, 120.6),
    "wide": (5.3, 19.5, 0, 181.8, 95.3, 1.07, 0, 30.8, 50, 89.4, 0, 93.8, 182.7),
}
HIDDEN = ("katex-html", "visually-hidden", "headerlink", "section-number")
VOID = ("br", "img", "hr", "input", "wbr", "meta", "link", "col", "rect", "path", "use", "source")


class _Section(HTMLParser):
    """Counts what a section shows, folds closed, on one of the two screens."""

    def __init__(self, screen):
        super().__init__()
        self.letters_in_line, self.width, self.zoom = SCREENS[screen]
        self.count = dict.fromkeys(KINDS, 0)
        self.open, self.letters, self.small = [], 0, False

    def _end_of_block(self):
        if self.letters:
            self.count["small lines" if self.small else "lines"] += math.ceil(self.letters / self.letters_in_line)
        self.letters = 0

    def handle_starttag(self, tag, attributes):
        given = dict(attributes)
        kinds = (given.get("class") or "").split()
        if tag in VOID:
            self.count["sliders"] += tag == "input" and given.get("type") == "range" and not self._hidden()
            return
        hidden = bool(set(kinds) & set(HIDDEN)) or tag in ("svg", "math") or "hidden" in given
        if not self._hidden():
            if tag == "svg" and "drawing" in kinds:
                width, height = float(given["width"]) * self.zoom, float(given["height"]) * self.zoom
                self.count["figures"] += height * min(1, self.width / width)
            self.letters += 2 * (tag == "math")
            self.count["formulas"] += "display" in kinds and "math" in kinds
            self.count["headings"] += tag in ("h2", "h3", "h4")
            self.count["folds"] += tag == "details"
            self.count["boxes"] += "admonition" in kinds and tag != "details"
            self.count["quizzes"] += "quiz" in kinds
            self.count["codes"] += tag == "pre"
            if tag in ("p", "li", "dt", "dd", "tr", "td", "th", "figcaption", "h2", "h3", "h4", "legend", "label"):
                self._end_of_block()
                self.small = tag in ("td", "th", "figcaption")
                self.count["rows"] += tag == "tr"
                self.count["blocks"] += tag in ("p", "dt", "figcaption")
        self.open.append((tag, hidden or (tag == "details" and "open" not in given)))

    def handle_endtag(self, tag):
        if tag in VOID or tag not in [name for name, _ in self.open]:
            return
        if tag in ("p", "li", "td", "th", "figcaption", "h2", "h3", "h4", "legend", "label"):
            self._end_of_block()
        while self.open and self.open.pop()[0] != tag:
            pass

    def handle_data(self, data):
        if self._hidden():
            return
        if any(tag == "pre" for tag, _ in self.open):
            self.count["code"] += data.count("\n")
        else:
            self.letters += len(" ".join(data.split())) + data[:1].isspace()

    def _hidden(self):
        return any(hidden for _, hidden in self.open)


def counted(section, screen):
    parser = _Section(screen)
    parser.feed(section)
    parser._end_of_block()
    return parser.count


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
        style = ""
        for screen, weights in WEIGHTS.items():
            count = counted(body[start.start() : end], screen)
            style += f"--{screen}:{round(sum(weight * count[kind] for weight, kind in zip(weights, KINDS, strict=True)) / 17)}rem;"
        body = body[: start.end() - 1] + f' style="{style}"' + body[start.end() - 1 :]
    return body
