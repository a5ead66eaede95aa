"""What readers take away from the bank: an Anki deck, a file for Moodle and cards to vote with, made when the pages have been written.

They stand in the folder ``downloads`` of the site, and ``{takeaway}`` lists them on a page.
"""

import functools
import os
from pathlib import Path

from docutils import nodes
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from . import bank_pages, deck, moodle, poll_cards
from .bank import pages, question
from .words_of_bank import bank_words

FOLDER = "downloads"
FILES = {"deck": "rmsprop.apkg", "moodle": "rmsprop-moodle.xml", "poll_cards": "poll-cards.pdf"}


class takeaway(nodes.General, nodes.Element):
    """Stands where the files are listed."""


class Takeaway(SphinxDirective):
    """List the files here."""

    def run(self):
        return [takeaway()]


def _visit_takeaway(self, node):
    said = bank_words(self.config.language)
    here = self.builder.get_target_uri(self.builder.current_docname)
    items = ""
    for kind, file in FILES.items():
        name, more = said["files"][kind]
        address = relative_uri(here, f"{FOLDER}/{file}")
        items += f'<li><a href="{address}" download>{name}</a>{more}</li>'
    self.body.append(f'<ul class="takeaway">{items}</ul>\n')
    raise nodes.SkipNode


def _resolved(app, written):
    """Every question in the order of the book, its links resolved and counted from the root of the site."""
    for page, _ in pages(app.env):
        # A page that did not change is not written again.
        tree = written[page] if page in written else app.env.get_and_resolve_doctree(page, app.builder)
        yield from bank_pages.moved(tree, app.builder.get_target_uri(page), "index.html").findall(question)


def _titles(app):
    """The names of the chapters, with their numbers in two digits: programs sort them by letters."""
    numbers = app.env.toc_secnumbers
    return {chapter.rpartition("/")[2]: f"{numbers[chapter][''][0]:02d} {app.env.titles[chapter].astext()}" for _, chapter in pages(app.env)}


def write(written, app, problem):
    """Write the bank for the practice, and the files; ``written`` has the pages of questions as they were written, by name."""
    if problem is not None or app.builder.format != "html" or not pages(app.env):
        return
    every, titles, config = list(_resolved(app, written)), _titles(app), app.config
    said, time = bank_words(config.language), int(os.environ["SOURCE_DATE_EPOCH"])
    bank_pages.write_bank(app, every)
    folder = Path(app.outdir, FOLDER)
    folder.mkdir(exist_ok=True)
    deck.write(folder / FILES["deck"], every, titles, config.html_title, config.html_baseurl, said, time)
    moodle.write(folder / FILES["moodle"], every, titles, config.html_title, config.html_baseurl, said)
    poll_cards.write(folder / FILES["poll_cards"], config.html_title, config.author, config.language, said)


def setup(app):
    app.add_node(takeaway, html=(_visit_takeaway, None))
    app.add_directive("takeaway", Takeaway)
    written = {}

    def note(app, document, page):
        if page in app.env.course_questions:
            written[page] = document

    app.connect("doctree-resolved", note)
    app.connect("build-finished", functools.partial(write, written))
