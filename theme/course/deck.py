"""The bank as an Anki deck, one note a question.

A question with numbers is one note, with its first variant on the front and the others folded on the back: the schedule belongs to the
method, and ten near-identical cards would come up on the same day and be learnt by their digits. The page has fresh numbers.

A note's id comes from the question's name alone, so that a question whose text changes arrives as an update and keeps its schedule.
Anki takes an update only if it is newer: the time written into the deck is SOURCE_DATE_EPOCH, which whoever publishes sets to the time
of the source. Everything else in the file is fixed, and the same questions at the same time give the same bytes.
"""

import hashlib
import io
import tempfile
import zipfile
from pathlib import Path

import genanki

from .bank import CHOICES, LETTERS, answer, choice, disorder, notes, parts, shown, stem, step, wrong
from .bank_pages import in_short
from .plain import Plain

FIELDS = ("Name", "Kind", "Question", "Options", "Answer", "Reasons", "More")
MODEL_ID = 1_482_630_917  # drawn once; another one would make every reader's cards new
FRONT = '<p class="kind">{{Kind}}</p>{{Question}}{{Options}}'
BACK = '{{FrontSide}}<hr id="answer">{{Answer}}{{Reasons}}{{More}}'
STYLE = """
.card { font: 1.1em/1.5 Georgia, serif; max-width: 38em; margin: 0 auto; padding: 0 .6em; text-align: start; }
.kind { font-size: .8em; opacity: .75; }
.options { list-style: upper-alpha; }
.right { font-weight: bold; }
pre { overflow-x: auto; text-align: start; }
img { max-width: 100%; }
.nightMode img { background: #fff; }
"""


def identity(*names):
    """A number for a deck that depends on these names alone, in the range that Anki gives to decks."""
    return (1 << 30) + int.from_bytes(hashlib.sha256("/".join(names).encode()).digest()[:4], "big") % (1 << 30)


def write(path, every, titles, book, site, said, time):
    """Write the deck of these resolved questions; ``titles`` has the name of each chapter's part of it by its file name."""
    model = genanki.Model(
        MODEL_ID, f"{book} (question)", fields=[{"name": name} for name in FIELDS], templates=[{"name": "Card", "qfmt": FRONT, "afmt": BACK}], css=STYLE
    )
    decks, plain = {}, Plain(site, "rmsprop-")
    for node in every:
        chapter = node["chapter"]
        if chapter not in decks:
            decks[chapter] = genanki.Deck(identity(said["language"], chapter), f"{book.replace('::', ':')}::{titles[chapter]}")
        tags = [chapter, node["kind"], node["track"], f"level-{node['level']}", *node["claims"]]
        decks[chapter].add_note(genanki.Note(model, _fields(node, plain, said), tags=sorted(tags), guid=genanki.guid_for(node["name"])))
    with tempfile.TemporaryDirectory() as folder:
        media = []
        for name, svg in sorted(plain.pictures.items()):
            media.append(Path(folder, f"rmsprop-{name}"))
            media[-1].write_text(svg, encoding="utf-8")
        made = io.BytesIO()
        genanki.Package(list(decks.values()), media_files=[str(file) for file in media]).write_to_file(made, timestamp=time)
    path.write_bytes(_without_dates(made))


def _fields(node, plain, said):
    made, kind = node[0], node["kind"]
    options, lines = parts(made, choice), parts(made, step)
    front = answer_to = ""
    if options:
        front = f'<ol class="options">{"".join(f"<li>{plain(*part[0].children)}</li>" for part in options)}</ol>'
    elif kind == "verdict":
        front = f"<p>{' · '.join(said['verdicts'].values())}</p>"
    elif kind == "order":
        front = f"<ul>{''.join(f'<li>{plain(*lines[k].children)}</li>' for k in disorder(len(lines)))}</ul>"
        answer_to = f"<ol>{''.join(f'<li>{plain(*line.children)}</li>' for line in lines)}</ol>"
    if short := in_short(made, kind, node["verdict"], said):
        answer_to += f'<p class="right">{short}</p>'
    answer_to += "".join(plain(*part.children) for part in parts(made, answer))
    more = _other_numbers(node, plain, said) + plain(*notes(made))
    return [node["name"], said["kinds"][kind], plain(*stem(made)), front, answer_to, _reasons(made, kind, plain, said), more]


def _reasons(made, kind, plain, said):
    """Why each option is right or not, and for a number what leads to the usual wrong ones."""
    if kind in CHOICES:
        return "".join(
            f"<div><b>{letter} {'✓' if part['right'] else '✗'}</b> {plain(*part.children[1:])}</div>"
            for letter, part in zip(LETTERS, parts(made, choice), strict=False)
        )
    return "".join(f"<div><b>{said['not'].format(shown(road['value']))}</b> {plain(*road.children)}</div>" for road in parts(made, wrong))


def _other_numbers(node, plain, said):
    rows = "".join(f"<li>{plain(*stem(made))}<p><b>{shown(made['value'])}</b></p></li>" for made in node.children[1:] if "value" in made)
    return f"<details><summary>{said['practice']['other']}</summary><ol>{rows}</ol></details>" if rows else ""


def _without_dates(made):
    """The same archive with its files in a fixed order and of a fixed day, as bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(made) as old, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist()):
            new.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), old.read(name), zipfile.ZIP_DEFLATED)
    return written.getvalue()
