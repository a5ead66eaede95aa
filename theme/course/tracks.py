"""The two tracks of a chapter, and the minutes that each takes.

A section with the label ``deeper-<chapter>`` and all that stands in it is the deeper track; everything before it is the core. The
minutes are counted on the page as it has been read, its outputs included: see SECONDS and theme/README.md. ``{path}`` lists the
chapters as cards, with what each says and how long it takes.
"""

import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from .cells import KINDS
from .kept import keep
from .words import words

# What one of each takes, in seconds. Words are read at 200 a minute in the core and at 130 in the deeper track and in proofs.
WORD = {"core": 60 / 200, "deeper": 60 / 130}
FORMULA = {"core": 8, "deeper": 15}
SECONDS = {"slider": 60, "figure": 20, "line of code": 3, "small formula": 1, "prediction": 20, "exercise": 180, "questions": 150}


class chapter_path(nodes.General, nodes.Element):
    """Stands where the cards will be, until all pages are read."""


class Path(SphinxDirective):
    """Put the chapters here as cards."""

    def run(self):
        return [chapter_path()]


class _Minutes:
    """Adds up the seconds of a page, for the core, the exercises and the deeper track."""

    def __init__(self, document, deeper):
        self.seconds = {"core": 0, "exercises": 0, "deeper": 0}
        self._read(document, "core", deeper)

    def _read(self, node, track, deeper):
        """Count a node and what it holds; proofs are of the deeper track, wherever they stand."""
        classes = node.get("classes", []) if isinstance(node, nodes.Element) else []
        name = type(node).__name__
        pace = "deeper" if track == "deeper" else "core"
        if isinstance(node, nodes.Text):
            self.seconds[track] += len(re.findall(r"\w[\w’'-]*", node.astext())) * WORD[pace]
        elif isinstance(node, (nodes.math_block, nodes.math)):
            self.seconds[track] += FORMULA[pace] if isinstance(node, nodes.math_block) else SECONDS["small formula"]
        elif isinstance(node, nodes.raw):
            self.seconds[track] += SECONDS["slider"] * node.astext().count('<div class="explore"')
        elif node.get("nb_element") == "cell_code_source":
            tags = node.parent.get("cell_metadata", {}).get("tags", [])
            if not set(tags) & set(KINDS):
                self.seconds[track] += SECONDS["line of code"] * len(node.astext().splitlines())
        elif "exercise" in name or "exercise" in classes:
            self.seconds["exercises"] += SECONDS["exercise"]
        elif "solution" in name or isinstance(node, (nodes.literal_block, nodes.comment, nodes.substitution_definition)):
            return
        elif "proof" in classes and "realtype" not in node:
            self._all(node, "deeper", deeper)
        elif "answer-to-tap" in classes or ("dropdown" in classes and "predict" in node.parent.get("classes", [])):
            if "right" in classes:
                self.seconds[track] += SECONDS["prediction"]
                self._all(node, track, deeper)
        else:
            if isinstance(node, nodes.image):
                self.seconds[track] += SECONDS["figure"]
            if isinstance(node, nodes.section) and node is deeper:
                track = "deeper"
            if isinstance(node, nodes.section) and any(name.startswith("questions-") for name in node["ids"]):
                self.seconds["exercises"] += SECONDS["questions"]
            self._all(node, track, deeper)

    def _all(self, node, track, deeper):
        for child in node.children:
            self._read(child, track, deeper)

    def rounded(self):
        return {track: max(1, round(seconds / 60)) for track, seconds in self.seconds.items() if seconds}


def note(app, document):
    """Mark the deeper section of a page when it has been read, and return what the cards and the contents need."""
    page = app.env.docname
    label = f"deeper-{page.rpartition('/')[2]}"
    deeper = next((part for part in document.findall(nodes.section) if label in part["ids"]), None)
    if deeper is not None:
        deeper["classes"].append("deeper")
    return {
        "minutes": _Minutes(document, deeper).rounded(),
        "deeper": deeper["ids"] if deeper is not None else [],
        "promise": _promise(document),
        "cards": any(True for _ in document.findall(chapter_path)),
    }


def _promise(document):
    """The first sentence of the chapter's answer, or of its question where there is no answer."""
    for kind in ("answer", "question"):
        for box in document.findall(nodes.admonition):
            if kind in box["classes"]:
                return _first_sentence(next(box.findall(nodes.paragraph)))
    return []


def _first_sentence(paragraph):
    """A copy of the first sentence, and of the second if the first is a mere "No."."""
    taken, length = [], 0
    for child in paragraph.children:
        text = child.astext()
        if isinstance(child, nodes.Text):
            ends = [end.end() for end in re.finditer(r"[.!?…][”’)]?(?=\s|$)", text) if length + end.end() > 20]
            taken.append(nodes.Text(text[: ends[0]] if ends else text))
            if ends:
                break
        elif isinstance(child, (nodes.math, nodes.emphasis, nodes.strong, nodes.literal)):
            taken.append(child.deepcopy())
        else:
            taken.append(nodes.Text(text))
        length += len(text)
    return taken


def again(app, env):
    """The page with the cards is written again whenever any page changes."""
    return [page for page, facts in env.course_tracks.items() if facts["cards"]]


def chapters(env):
    """The numbered pages of the book in their order: number and name."""
    numbered = [(numbers[""], page) for page, numbers in env.toc_secnumbers.items() if "" in numbers]
    return sorted(numbered)


def said(minutes, language):
    """"Core 14 min · exercises 18 min · deeper 35 min"; of a page without a deeper part, "Reading 14 min"."""
    spoken = words(language)
    names = {**spoken["tracks"], **({} if "deeper" in minutes else {"core": spoken["reading"]})}
    parts = [spoken["minutes"].format(names[track], minutes[track]) for track in ("core", "exercises", "deeper") if track in minutes]
    return " · ".join(part.replace(" ", "\xa0") for part in parts)


class SayMinutes(SphinxPostTransform):
    """Puts the minutes under the title of every chapter, and the cards into their place."""

    default_priority = 300
    formats = ("html",)

    def run(self, **kwargs):
        tracks, page, language = self.env.course_tracks, self.env.docname, self.config.language
        if any(page == chapter for _, chapter in chapters(self.env)):
            title = next(self.document.findall(nodes.title))
            time = said(tracks[page]["minutes"], language)
            title.parent.insert(title.parent.index(title) + 1, nodes.paragraph("", time, classes=["minutes"]))
        for node in list(self.document.findall(chapter_path)):
            cards = nodes.enumerated_list(classes=["path"])
            cards += [self._card(number[0], chapter) for number, chapter in chapters(self.env)]
            node.replace_self(cards)

    def _card(self, number, page):
        facts, name = self.env.course_tracks[page], self.env.titles[page].astext()
        heading = [nodes.inline("", f"{number} ", classes=["section-number"]), nodes.inline("", name)]
        link = make_refnode(self.app.builder, self.env.docname, page, "", heading)
        card = nodes.list_item("", nodes.paragraph("", "", link, classes=["path-title"]))
        if facts["promise"]:
            card += nodes.paragraph("", "", *(part.deepcopy() for part in facts["promise"]))
        card += nodes.paragraph("", said(facts["minutes"], self.config.language), classes=["minutes"])
        return card


def setup(app):
    app.add_node(chapter_path)
    app.add_directive("path", Path)
    keep(app, "course_tracks", note)
    app.connect("env-updated", again)
    app.add_post_transform(SayMinutes)
