"""Sphinx's search, fed with sections instead of whole pages, and with the readers' words that the glossary names.

Every section becomes an entry of Sphinx's index by the name ``page#section``, without its code and pictures, so that a result leads to
the section also where no page can be fetched, as from the disk. A glossary entry is an entry too; the words in its line "Also found
under: …" and its own terms become index entries of the section that the glossary names, or, where it names a whole chapter, of that
chapter's section which says these words most and does not itself ask the reader something. ``assets/search.js`` ranks what is found.
"""

import functools
import html
import re

from docutils import nodes
from sphinx import addnodes
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.search import IndexBuilder
from sphinx_exercise.nodes import exercise_enumerable_node, exercise_node

from .bank import question
from .kept import keep

NOT_TEXT = (nodes.raw, nodes.literal_block, nodes.math, nodes.math_block, nodes.image)


class Builder(StandaloneHTMLBuilder):
    """Sphinx's builder of pages with an index of sections."""

    def prepare_writing(self, docnames):
        super().prepare_writing(docnames)
        language = self.config.html_search_language or self.config.language
        self.indexer = SectionIndex(self.env, language, self.config.html_search_options, self.config.html_search_scorer)


class SectionIndex(IndexBuilder):
    def __init__(self, *given):
        super().__init__(*given)
        self.lang.stem = functools.cache(self.lang.stem)  # a book says the same words in every section

    def feed(self, docname, filename, title, doctree):
        parts = list(_parts(doctree))
        for (place, heading, part), named in zip(parts, _named(self.env, docname, parts, self.lang.stem), strict=True):
            part += [addnodes.index(entries=[("single", word, place, "main", None)]) for word in named]
            shown = f'{html.escape(heading)} <span class="where">{title}</span>' if place else title
            super().feed(f"{docname}#{place}" if place else docname, filename, shown, part)

    def prune(self, docnames):
        super().prune([name for name in self._titles if name.partition("#")[0] in docnames])


def _parts(doctree):
    """The page without its sections, its sections without those in them, the glossary's entries: place, heading and text of each."""
    text = _text(doctree)
    inner = [part for part in text.findall(nodes.section) if part["ids"] and isinstance(part[0], nodes.title)][1:]
    inner += [item for entries in text.findall(addnodes.glossary) for item in entries.findall(nodes.definition_list_item)]
    for part in inner:
        part.parent.remove(part)
    yield "", next(text.findall(nodes.title)).astext(), text
    for part in inner:
        heading, place = part[0], (part if isinstance(part, nodes.section) else part[0])["ids"][0]
        if isinstance(heading, nodes.term):
            part[0] = nodes.title("", heading.rawsource or heading.astext(), *heading.findall(addnodes.index))
            part["ids"] = []
        yield place, heading.astext().strip(), part


def _text(node):
    """A copy without code and pictures."""
    if isinstance(node, nodes.Text):
        return node.copy()
    copy = node.copy()
    copy += [_text(child) for child in node.children if not isinstance(child, NOT_TEXT) and not (isinstance(child, nodes.Element) and "fold-code" in child.get("classes", []))]
    return copy


def note(app, document):
    """Return the glossary of a page that has been read: the words of each entry, and where its first link leads."""
    found = []
    for item in [item for g in document.findall(addnodes.glossary) for item in g.findall(nodes.definition_list_item)]:
        terms = [name.strip() for term in item.findall(nodes.term) for name in term.astext().split(",")]
        also = re.search(r"Also found under:(.*)", item.astext())
        more = [name.strip(" .") for name in also.group(1).split(",")] if also else []
        link = next(item.findall(addnodes.pending_xref), None)
        if link is not None:
            found.append((terms, more, link["reftarget"], link.get("reftargetid")))
    return found


def _named(env, docname, parts, stem):
    """For each part of a page the words under which the glossary sends a reader to it."""
    claimed = dict(env.get_domain("std").anonlabels)
    claimed |= {label: (page, place) for page, (claims, _) in env.course_claims.items() for label, _, place in claims}
    said = [_Said(heading, part, stem) for _, heading, part in parts]
    named = [[] for _ in parts]
    for entries in env.course_glossary.values():
        for terms, more, target, anchor in entries:
            page, anchor = claimed.get(target, (target, anchor if isinstance(anchor, str) and anchor != "True" else None))
            if page != docname:
                continue
            at = next((k for k, (place, _, part) in enumerate(parts) if anchor and _stands(anchor, place, part)), None)
            if at is not None:
                named[at] += [*terms, *more]
                continue
            stems = {word: _stems(word, stem) for word in [*terms, *more]}
            whole = [sum(part.times(stems[word]) for word in [*terms, *terms, *more]) for part in said]
            for word in [*terms, *more]:
                fits = [part.fit(stems[word]) + total / (1 + max(whole)) if part.tells else -1 for part, total in zip(said, whole, strict=True)]
                named[fits.index(max(fits))].append(word)
    return named


def _stands(anchor, place, part):
    return place == anchor or any(anchor in node.get("ids", []) for node in part.findall(nodes.Element))


def _stems(words, stem):
    """The stems of some words, a blank around each."""
    return " " + " ".join(stem(word).lower() for word in re.findall(r"\w+", words.lower())) + " "


class _Said:
    """What a part of a page says, by the stems of its words, and whether it tells the reader something or asks."""

    def __init__(self, heading, part, stem):
        self.heading, self.text = _stems(heading, stem), _stems(part.astext(), stem)
        self.tells = not any(isinstance(node, (question, exercise_node, exercise_enumerable_node)) for node in part.findall())

    def times(self, stems):
        """How often it says the words with these stems, one after the other."""
        return self.text.count(stems)

    def fit(self, stems):
        """How well the words with these stems fit: by its heading above all, then by the phrase, then by the single words."""
        single = [f" {word} " for word in stems.split()] or ["?"]
        share = sum(word in self.text for word in single) / len(single)
        return 4 * (sum(word in self.heading for word in single) / len(single)) ** 2 + min(self.times(stems), 3) + 2 * share


def setup(app):
    app.add_builder(Builder, override=True)
    keep(app, "course_glossary", note)
