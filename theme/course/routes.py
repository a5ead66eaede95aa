"""Lectures made of the chapters' slides by a list, ``chapters/routes.yml``: a deck of its own, and its table for the teacher.

``{route} lecture-45`` puts the slides of that list here: copies of the nodes that the chapters were built from, so that no text
stands twice in the sources. ``{route-table} lecture-45`` lists its minutes, chapters and sections. A list that names a slide that is
not there, or whose minutes do not add up, is a warning with a sentence, and the build takes warnings as errors.
"""

import functools
from pathlib import Path

import yaml
from docutils import nodes
from docutils.statemachine import StringList
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from . import slides
from .bank import CHOICES, questions_of
from .bank_pages import moved
from .words import words

log = logging.getLogger(__name__)

FILE = "routes.yml"
POLL = "poll "


def routes(env):
    """The lists, by name; the file stands beside the first page of the book."""
    return _parsed(file_of(env).read_text(encoding="utf-8"))


@functools.cache
def _parsed(text):
    return yaml.safe_load(text)


def file_of(env):
    return Path(env.srcdir, env.config.root_doc).parent / FILE


class route(nodes.General, nodes.Element):
    """Stands where the slides of a lecture will be, until all pages are read."""


class _Listed(SphinxDirective):
    required_arguments = 1

    def run(self):
        name, path = self.arguments[0], file_of(self.env)
        self.env.note_dependency(str(path))
        every = routes(self.env)
        if name not in every:
            raise self.error(f"There is no route {name}; {FILE} has {', '.join(every)}.")
        given = sum(part["minutes"] for part in every[name]["parts"])
        if given != every[name]["minutes"]:
            log.warning("The route %s takes %s minutes, and its parts add up to %s.", name, every[name]["minutes"], given, location=self.get_location())
        return self.listed(name, every[name])


class Route(_Listed):
    """Put the slides of a lecture here."""

    def listed(self, name, given):
        node = route(name=name)
        self.set_source_info(node)
        # On a phone the header has no room for the button.
        link = nodes.reference("", words(self.config.language)["route"]["present"], refuri="?present")
        return [nodes.paragraph("", "", link), node]


class RouteTable(_Listed):
    """Put the minutes, chapters and sections of a lecture here."""

    def listed(self, name, given):
        said = words(self.config.language)["route"]
        lines = [f"| {' | '.join(said['head'])} |", "|---:|---|---|"]
        for part in given["parts"]:
            shown = [said["poll"] if entry.startswith(POLL) else f"*{entry}*" for entry in part["slides"]]
            lines.append(f"| {part['minutes']} | [](/{self.folder()}/{part['from']}.ipynb) | {', '.join(dict.fromkeys(shown))} |")
        lines.append(f"| **{given['minutes']} {said['all']}** | | |")
        made = nodes.Element()
        self.state.nested_parse(StringList(lines), self.content_offset, made)
        return made.children

    def folder(self):
        return self.env.config.root_doc.rpartition("/")[0]


def chosen(deck, entry):
    """The slides of a deck that an entry names: those under a heading, or one by its cell."""
    plain = entry.replace("'", "’")
    return [slide for slide in deck if slide.name == entry or slide.heading.astext() == plain]


class FillRoutes(SphinxPostTransform):
    """Runs before links are resolved and before the outputs of cells are chosen."""

    default_priority = 3.5
    formats = ("html",)
    decks = {}  # of the chapters, by page, once a build

    def run(self, **kwargs):
        for place in list(self.document.findall(route)):
            name, made = place["name"], []
            for number, part in enumerate(routes(self.env)[name]["parts"], 1):
                made += self._part(name, number, part)
            place.replace_self(made)
            title, *text = next(self.document.findall(nodes.section)).children
            title["classes"].append("deck-new")
            for block in text:
                if isinstance(block, nodes.paragraph):
                    block["classes"].append("deck-on" if block is text[0] else "deck-say")

    def _deck(self, page):
        key = (self.app, page)
        if key not in self.decks:
            document = self.env.get_doctree(page)
            deck = slides.slides(document, self.env.doc2path(page))
            slides.mark(deck)
            self.decks[key] = deck
        return self.decks[key]

    def _part(self, name, number, part):
        page = f"{self.env.docname.rpartition('/')[0]}/{part['from']}"
        if page not in self.env.found_docs:
            self._complain("The route %s takes slides from %s, which is no chapter.", name, part["from"])
            return []
        made, listed = [], [(entry, chosen(self._deck(page), entry)) for entry in part["slides"]]
        polls = [entry.removeprefix(POLL) for entry in part["slides"] if entry.startswith(POLL)]
        placed = {poll for _, found in listed for slide in found for poll in slide.polls}
        for entry, found in listed:
            if entry.startswith(POLL):
                if entry.removeprefix(POLL) not in placed:
                    made += self._poll(name, part["from"], page, entry.removeprefix(POLL))
                continue
            if not found:
                self._complain("The route %s names the slide “%s” of %s, which is not there.", name, entry, part["from"])
            for slide in found:
                for poll in slide.polls:
                    made += self._poll(name, part["from"], page, poll) if poll in polls else []
                made.append(self._copied(slide))
        planned = sum(seconds for _, seconds in made) or 1
        sections = []
        for place, (blocks, seconds) in enumerate(made, 1):
            section = nodes.section("", *blocks, ids=[f"slide-{number}-{place}"])
            for block in blocks[:1]:
                share = round(60 * part["minutes"] * seconds / planned)
                block["classes"] = [*(c for c in block["classes"] if not c.startswith(("deck-t", "deck-poll-"))), f"deck-t{share}"]
            for link in section.findall(lambda n: isinstance(n, nodes.Element) and "refdoc" in n):
                link["refdoc"] = self.env.docname
            sections.append(section)
        return sections

    def _copied(self, slide):
        """The blocks of a slide and its notes, under its heading."""
        blocks = [block.deepcopy() for block in slides.in_order(slide)]
        if not isinstance(blocks[0], nodes.title):
            title = slide.heading.deepcopy()
            title["classes"] = ["deck-new"]
            for block in blocks:  # what is said may come before the block with which the slide began
                block["classes"] = ["deck-on" if c == "deck-new" else c for c in block["classes"]]
            blocks.insert(0, title)
        return blocks, slide.seconds()

    def _poll(self, name, chapter, page, wanted):
        source = f"{page.rpartition('/')[0]}/questions/{chapter}"
        bank = questions_of(self.env, source) if source in self.env.found_docs else []
        found = next((node for node in bank if node["name"] == wanted and node["kind"] in CHOICES), None)
        if found is None:
            self._complain("The route %s names the poll %s, which is no question with options on %s.", name, wanted, chapter)
            return []
        here, there = (self.app.builder.get_target_uri(name) for name in (source, self.env.docname))
        copied = moved(found.deepcopy(), here, there)
        copied[:] = copied[:1]
        return [([nodes.title("", words(self.config.language)["present"]["poll"]), copied], slides.SECONDS["poll"])]

    def _complain(self, sentence, *values):
        log.warning(sentence, *values, location=self.env.docname)


def _nothing(self, node):
    raise nodes.SkipNode


def setup(app):
    app.add_node(route, html=(_nothing, None), text=(_nothing, None), latex=(_nothing, None))
    app.add_directive("route", Route)
    app.add_directive("route-table", RouteTable)
    app.add_post_transform(FillRoutes)
