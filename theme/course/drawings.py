"""Figures and sliders become inline SVG: they take the page's font and colours, so that they are dark in the dark mode.

How a picture changes for the page is in ``rmsprop_lib/pictures.py``. A figure says what is to be seen in its alternative text, and the build
complains when there is none: the cell's metadata gives it as ``mystnb: {image: {alt: …}, figure: {name: …, caption: …}}``.
"""

import hashlib
import html
import json
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms import SphinxTransform
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from rmsprop_lib.pictures import for_page, slimmed

log = logging.getLogger(__name__)


def _boxed(sliders, box):
    """Put every slider and the read-out into boxes whose size does not change, so that a move lays out nothing but these.

    The longest read-out stands beside the shown one, unseen: nothing below moves when the read-out gets longer.
    """
    says = json.loads(html.unescape(re.search(r'data-says="([^"]*)"', box).group(1)))
    longest = html.escape(max(says, key=len))
    sliders = re.sub(r"<input[^>]*>", r'<div class="explore-track">\g<0></div>', sliders)
    sliders = sliders.replace("<output", f'<div class="explore-says" data-longest="{longest}"><output aria-live="off"')
    return sliders.replace("</output>", "</output></div>")


def _like_a_path(text):
    return not text.strip() or bool(re.search(r"\.(svg|png|jpe?g|gif)\b|^\S*[/\\]\S*$", text.strip()))


def _options(cell):
    return cell.get("cell_metadata", cell.get("metadata", {})).get("mystnb", {}) or {}


def _cells(document):
    return [n for n in document.findall(nodes.container) if n.get("nb_element") == "cell_code"]


def _complain(page, node, problem):
    """Warn about a figure, naming the cell by its number, because notebooks have no lines."""
    cell = node
    while cell.get("nb_element") != "cell_code":
        cell = cell.parent
    log.warning("%s shows a figure %s.", f"Cell {cell['cell_index'] + 1} ({_first_line(cell)})", problem, location=page)


def _first_line(cell):
    code = next(iter(cell.findall(nodes.literal_block)), None)
    return code.astext().strip().split("\n")[0][:60] if code is not None else "hidden"


def _is_slider(node):
    return isinstance(node, nodes.raw) and 'class="explore"' in node.astext()


class DescribeSliders(SphinxTransform):
    """Puts the alternative text of a slider into its figure as a paragraph, which InlineDrawings takes out again.

    This runs before the translation of a page, so that the text is translated like every other.
    """

    default_priority = 15

    def apply(self, **kwargs):
        for cell in _cells(self.document):
            alt = str(_options(cell).get("image", {}).get("alt", ""))
            for raw in [n for n in cell.findall(nodes.raw) if _is_slider(n)]:
                if _like_a_path(alt):
                    _complain(self.env.docname, raw, "without alternative text: give it mystnb: {image: {alt: …}}")
                    continue
                bundle = raw.parent.parent
                text = nodes.paragraph(alt, alt, classes=["description"])
                text.source, text.line = bundle.source, bundle.line
                bundle.parent.insert(bundle.parent.index(bundle), text)


class InlineDrawings(SphinxPostTransform):
    """Runs after myst-nb has chosen the outputs of a page, before the images are collected for copying."""

    default_priority = 8
    formats = ("html",)

    def run(self, **kwargs):
        count = 0
        for cell in _cells(self.document):
            for block in cell.findall(nodes.literal_block):
                if "output" in block["classes"] and re.search(r" at 0x[0-9a-f]+", block.astext()):
                    log.warning("A cell prints a memory address, which differs in every build: give it `_ = …`.", location=self.env.docname)
            for node in list(cell.findall(lambda n: isinstance(n, nodes.image) or _is_slider(n))):
                count += 1
                if isinstance(node, nodes.image):
                    self._image(node, count)
                else:
                    self._slider(node)
        for node in self.document.findall(nodes.image):
            if not node.get("alt", "").strip():
                log.warning("The picture %s is without alternative text: ![what is to be seen](%s).", node["uri"], node["uri"], location=node)

    def _image(self, node, count):
        alt = node.get("alt", "")
        if _like_a_path(alt):
            _complain(self.env.docname, node, "without alternative text: give it mystnb: {image: {alt: …}}, or close the figure")
        self._wants_caption(node)
        path = Path(self.env.srcdir, node["uri"])
        if path.suffix != ".svg":
            _complain(self.env.docname, node, "that is not SVG: put %config InlineBackend.figure_formats = ['svg'] into the first cell")
            return
        svg = path.read_text("utf-8")
        prefix = f"d{hashlib.sha256(svg.encode()).hexdigest()[:6]}{count}-"
        svg = for_page(slimmed(svg, prefix), alt)
        node.replace_self(nodes.raw("", svg, format="html"))

    def _slider(self, node):
        self._wants_caption(node)
        text = node.astext()
        description = next((n for n in _enclosing(node).findall(nodes.paragraph) if "description" in n["classes"]), None)
        alt = ""
        if description is not None:
            alt = description.astext()
            description.parent.remove(description)
        start, end = text.index("<svg"), text.index("</svg>") + len("</svg>")
        svg = for_page(text[start:end], alt)
        node.replace_self(nodes.raw("", text[:start] + svg + _boxed(text[end:], text[:start]), format="html"))

    def _wants_caption(self, node):
        figure = _enclosing(node)
        if not isinstance(figure, nodes.figure) or not any(isinstance(n, nodes.caption) for n in figure.children):
            _complain(self.env.docname, node, "without a caption: give it mystnb: {figure: {name: …, caption: …}}")


def _enclosing(node):
    """The figure around a node, or else its cell."""
    while not isinstance(node, nodes.figure) and node.get("nb_element") != "cell_code":
        node = node.parent
    return node


def setup(app):
    app.add_transform(DescribeSliders)
    app.add_post_transform(InlineDrawings)
