"""The slides of a page: where each begins, what is on it and what is said to it.

A notebook's cells carry ``slideshow: {slide_type: …}``, as Jupyter writes it: ``slide`` and ``subslide`` begin a slide, ``fragment`` is
shown one step later, ``-`` goes on, ``notes`` and ``skip`` are not on a slide. A slide holds one idea, so three things follow from what
a cell holds. The text of a slide ends with the sentence that fills it (WORDS), a long list keeps its bold lead-ins, and the rest is
said: it becomes the speaker's notes, as skipped text of the core does, with the table or the theorem that it leads to. A second
picture, box, table or block of code begins a slide of its own under the same heading. A picture without a word beside it shows the
first sentence of its caption. And folded code is never shown.

What belongs to a deck is marked by classes, which ``theme/assets/present.js`` reads: ``deck-new`` (a slide begins), ``deck-on``,
``deck-step`` (shown one step later), ``deck-say`` (a note), ``deck-rest`` (the part of a paragraph that is said), ``deck-caption`` and
``deck-t90`` (90 seconds are planned for the slide that begins here). ``deck-poll-<name>`` puts a question before the slide.

``slideshow: {slide_type: …, polls: [rms-unit]}`` on the cell of a figure asks the room that question right before the slide that has the
figure, so that a vote leads to what shows its answer.
"""

import json
import re
from dataclasses import dataclass, field
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from .bank import CHOICES, question
from .cells import KINDS

log = logging.getLogger(__name__)

WORDS = 40  # on a slide; the first sentence may have more
MOST_WORDS = 55
BESIDE = 25  # where there is a picture, a table or a box already
FEWEST = 3  # slides that make a deck
# What is planned for a slide, in seconds, and more for what is on it.
SECONDS = {"slide": 60, "formula": 20, "picture": 30, "slider": 60, "prediction": 90, "box": 30, "poll": 240}
# Begins a part of a chapter that the room does not need.
AFTER_THE_CORE = ("questions-", "deeper-")


@dataclass
class Slide:
    """One slide: its blocks in order, those that come a step later, and what is said to it."""

    name: str
    section: nodes.section
    blocks: list = field(default_factory=list)
    later: list = field(default_factory=list)
    notes: list = field(default_factory=list)
    polls: list = field(default_factory=list)
    words: int = 0
    major: bool = False

    @property
    def heading(self):
        return self.section.next_node(nodes.title)

    def seconds(self):
        seconds = SECONDS["slide"]
        for block in self.blocks:
            seconds += SECONDS["formula"] * isinstance(block, nodes.math_block)
            seconds += SECONDS["picture"] * _pictured(block) + SECONDS["slider"] * _moves(block)
            seconds += SECONDS["prediction"] * _of_class(block, "predict") + SECONDS["box"] * isinstance(block, nodes.Admonition)
        return seconds


def _cells(source):
    """The cells of a notebook, or none where ``source`` is no notebook: course.notebooks says what is wrong with it."""
    try:
        return json.loads(Path(source).read_text(encoding="utf-8"))["cells"]
    except (ValueError, KeyError, OSError):
        return []


def polls(source):
    """The questions that the cells of a notebook ask the room, in order."""
    return [name for cell in _cells(source) for name in cell.get("metadata", {}).get("slideshow", {}).get("polls", [])]


def slides(document, source):
    """The slides of a page that has been read; ``source`` is the notebook it was read from."""
    read = _cells(source)
    if not read:
        return []
    cells, names = [cell.get("metadata", {}) for cell in read], [cell.get("id", "") for cell in read]
    asks = {at: cell["slideshow"]["polls"] for at, cell in enumerate(cells) if "polls" in cell.get("slideshow", {})}
    made, begun, last, core, before = [], None, 0, True, None
    for block, section in _blocks(document):
        led, before = _leads(before), block
        at = _cell(block)
        at = last if at is None or not 0 <= at < len(cells) else at
        last = at
        show = cells[at].get("slideshow", {})
        kind = show.get("slide_type", "-")
        if isinstance(block, nodes.title) and section.parent.parent is not None:
            top = isinstance(section.parent.parent, nodes.document)
            core = core and not (top and (kind == "skip" or any(n.startswith(AFTER_THE_CORE) for n in section["ids"])))
            core = core or kind in ("slide", "subslide")
        if kind in ("skip", "notes") or not core:
            if made and core and (_spoken(block) or (led and _major(block) and not _folded(block) and not _pictured(block))):
                made[-1].notes.append(block)
            continue
        fresh = kind in ("slide", "subslide") and begun != at
        if fresh or not made or isinstance(block, nodes.title):
            begun = at
            made.append(Slide(_named(names[at], made), section))
        slide = made[-1]
        if not isinstance(block, nodes.title):
            slide = _placed(block, slide, made, names[at], section)
        if slide is None:
            continue
        slide.blocks.append(block)
        slide.polls += asks.pop(at, [])
        if kind == "fragment" and len(slide.blocks) > 1:
            slide.later.append(block)
    return list(_settled(made))


def in_order(slide):
    """The blocks of a slide and what is said to it, as they follow each other on the page."""
    place = {id(block): at for at, (block, _) in enumerate(_blocks(slide.section.document))}
    return sorted([*slide.blocks, *slide.notes], key=lambda block: place[id(block)])


def _settled(made):
    """The slides that show something; what only leads to what is not there is said."""
    before = None
    for slide in made:
        while len(slide.blocks) > 1 and isinstance(slide.blocks[-1], nodes.paragraph) and not re.search(r"[.?!…][”’)]?$", slide.blocks[-1].astext().strip()):
            slide.notes.insert(0, slide.blocks.pop())
        if all(isinstance(block, nodes.title) for block in slide.blocks):
            said = next((note for note in slide.notes if isinstance(note, nodes.paragraph) and not _of_class(note, "minutes")), None)
            if said is not None and (_count(said) <= MOST_WORDS or _cut(said, WORDS, MOST_WORDS)):
                slide.notes.remove(said)
                slide.blocks.append(said)
        if all(isinstance(block, nodes.title) for block in slide.blocks):
            if before is not None:
                before.notes += slide.notes
            continue
        before = slide
        yield slide


def _placed(block, slide, made, name, section):
    """The slide that takes this block: the present one, a new one under the same heading, or none when it is to be said."""
    if _of_class(block, "answer") or _of_class(block, "minutes"):
        slide.notes.append(block)
        return None
    if _folded(block):
        return None
    if _major(block):
        if isinstance(block, nodes.Admonition) and not _of_class(block, "predict") and _count(block) > MOST_WORDS:
            slide.notes.append(block)
            return None
        words = _count(block) if isinstance(block, nodes.Admonition) and not _of_class(block, "predict") else 0
        if slide.major or (slide.words and _of_class(block, "predict")) or (slide.words and slide.words + words > MOST_WORDS):
            leads = slide.blocks[-1] if _leads(slide.blocks[-1]) else None
            if leads is not None:
                slide.blocks.remove(leads)
            slide = Slide(_named(name, made), section, [leads] if leads is not None else [])
            made.append(slide)
        slide.major = True
        slide.words += words
        return slide
    words, most = _count(block), BESIDE if slide.major else WORDS
    if any(_of_class(other, "predict") for other in slide.blocks):
        slide.notes.append(block)  # what comes after a prediction would give its answer away
        return None
    if slide.words + words <= most or not words:
        slide.words += words
        return slide
    if isinstance(block, nodes.paragraph):
        kept = _cut(block, most - slide.words, MOST_WORDS if not slide.words and not slide.major else 0)
        if kept:
            slide.words += kept
            return slide
    elif slide.words + words <= MOST_WORDS and not slide.major:
        slide.words += words
        return slide
    elif isinstance(block, (nodes.enumerated_list, nodes.bullet_list)) and _lead_ins(block):
        slide.words += WORDS
        return slide
    slide.notes.append(block)
    return None


def _lead_ins(items):
    """Wrap what follows the bold lead-in of every item of a list; return whether all of them begin with one."""
    leads = [next((child for child in item[0].children if child.astext()), None) if item.children else None for item in items.children]
    if not all(isinstance(lead, nodes.strong) for lead in leads):  # the parser puts an empty text before it
        return False
    for item, lead in zip(items.children, leads, strict=True):
        after = item[0].index(lead) + 1
        item[0][after:] = [nodes.inline("", "", *item[0].children[after:], classes=["deck-rest"])]
        for more in item.children[1:]:
            more["classes"].append("deck-rest")
    return True


def _cut(paragraph, room, at_most):
    """Wrap what has no room on the slide, by sentences, which are lines of the source; return how many words stay."""
    kept, sentence = 0, 0
    for place, child in enumerate(list(paragraph.children)):
        if not isinstance(child, nodes.Text):
            sentence += _count(child)
            continue
        first, *more = child.astext().split("\n")
        sentence += _count(nodes.Text(first))
        for number, line in enumerate(more):
            if kept + sentence > (room if kept else max(room, at_most)):
                break
            kept += sentence
            ends = (place, "\n".join([first, *more[:number]]), "\n".join(more[number:]))
            sentence = _count(nodes.Text(line))
        else:
            continue
        break
    if not kept:
        return 0
    place, before, after = ends
    _end(paragraph, place, before + "\n", after)
    return kept


def _end(node, place, shown, said):
    """Let what a node shows end within the text at a place; what follows there and after it is said."""
    rest = nodes.inline("", "", nodes.Text(said), *node.children[place + 1 :], classes=["deck-rest"])
    node[:] = [*node.children[:place], nodes.Text(shown), rest]


def _named(name, made):
    """A slide is named after its cell; the second that begins in the same cell is name.2."""
    again = sum(slide.name.partition(".")[0] == name for slide in made)
    return f"{name}.{again + 1}" if again else name


def _blocks(document):
    """The blocks of a page in order, each with its section; what does not show is left out."""

    def below(parent, section):
        for child in parent.children:
            if isinstance(child, nodes.section):
                yield from below(child, child)
            elif isinstance(child, nodes.Element) and not isinstance(child, (nodes.Invisible, nodes.system_message, nodes.target)):
                yield child, section

    for part in document.children:
        if isinstance(part, nodes.section):
            yield from below(part, part)


def _cell(block):
    """The number of the cell that a block was read from: myst-nb counts ten thousand lines for each."""
    if "cell_index" in block:
        return block["cell_index"]
    for node in block.findall(nodes.Element):
        if node.line:
            return node.line // 10_000 - 1
    return None


def _of_class(block, name):
    return name in block.get("classes", [])


def _is_code(block):
    return block.get("nb_element") == "cell_code"


def _open(block):
    tags = block.get("cell_metadata", {}).get("tags", [])
    return not set(tags) & {*KINDS, "hide-input", "remove-input"}


def _folded(block):
    """Whether it is folded on the page: a solution, a proof, and code that only checks or draws nothing."""
    if _is_code(block):
        return not (_pictured(block) or _tabled(block) or _open(block))
    return _of_class(block, "dropdown") or type(block).__name__ == "proof_node"


def _leads(block):
    """Whether a sentence ends in a colon, so that it needs what comes next."""
    return isinstance(block, nodes.paragraph) and block.astext().rstrip().endswith(":")


def _pictured(block):
    shown = (nodes.image, nodes.raw, nodes.figure)
    return any(True for _ in block.findall(lambda n: isinstance(n, shown)))


def _tabled(block):
    return any(True for _ in block.findall(nodes.table))


def _moves(block):
    return any('class="explore"' in n.astext() for n in block.findall(nodes.raw)) or _staged(block)


def _staged(block):
    return any(True for _ in block.findall(lambda n: type(n).__name__ == "stage"))


def _major(block):
    return _is_code(block) or _pictured(block) or isinstance(block, (nodes.table, nodes.literal_block)) or (isinstance(block, nodes.Admonition) and not _of_class(block, "question"))


def _spoken(block):
    return isinstance(block, (nodes.paragraph, nodes.bullet_list, nodes.enumerated_list, nodes.math_block))


def _count(node):
    """The words that are to be read; a formula, a number and a symbol are looked at."""
    if isinstance(node, (nodes.math, nodes.math_block)):
        return 0
    if isinstance(node, nodes.Text):
        return len(re.findall(r"[^\W\d_]{2}[\w’'-]*", node.astext()))
    return sum(map(_count, node.children))


def _caption(slide):
    """Wrap what follows the first sentence of the caption of its picture; a stage says what it shows."""
    for caption in [found for block in slide.blocks for found in block.findall(nodes.caption) if not _staged(found.parent)]:
        caption["classes"].append("deck-caption")
        for place, child in enumerate(caption.children):
            ends = re.match(r"(.*?[.?!]\s)(.*)", child.astext(), re.S) if isinstance(child, nodes.Text) else None
            if ends:
                _end(caption, place, ends[1], ends[2])
                break


def mark(deck):
    """Write the slides of a page on its blocks."""
    for slide in deck:
        if not slide.words:
            _caption(slide)
        for number, block in enumerate(slide.blocks):
            block["classes"].append("deck-new" if not number else "deck-step" if block in slide.later else "deck-on")
        first = (slide.blocks or [None])[0]
        if first is not None:
            first["classes"] += [f"deck-t{slide.seconds()}", *(f"deck-poll-{name}" for name in slide.polls)]
        for block in slide.notes:
            block["classes"].append("deck-say")


class MarkSlides(SphinxPostTransform):
    """Runs after the bank's questions stand at the end of the chapter, and before the outputs of cells are chosen."""

    default_priority = 3.5
    formats = ("html",)

    def run(self, **kwargs):
        source = self.env.doc2path(self.env.docname)
        if not source.endswith(".ipynb"):
            return
        deck = slides(self.document, source)
        if len(deck) < FEWEST:
            return
        asked = {node["name"] for node in self.document.findall(question) if node["kind"] in CHOICES}
        shown = {name for slide in deck for name in slide.polls if any(_pictured(block) or _moves(block) for block in slide.blocks)}
        for name in polls(source):
            if name not in asked:
                self._complain("asks the room %s, which is none of the questions with options on this chapter's core.", name)
            elif name not in shown:
                self._complain("asks the room %s before a slide that has no figure to show the answer.", name)
        mark(deck)

    def _complain(self, sentence, name):
        log.warning("A cell " + sentence, name, location=self.env.docname)


def setup(app):
    app.add_post_transform(MarkSlides)
