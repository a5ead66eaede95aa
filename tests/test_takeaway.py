"""What readers take away: the deck as Anki itself imports it, the file for Moodle against the published format, the cards to vote with."""

import re
import sqlite3
import xml.etree.ElementTree as ElementTree
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
from anki.collection import Collection, ImportAnkiPackageOptions, ImportAnkiPackageRequest
from conftest import ROOT, SITE
from pypdf import PdfReader
from small_bank import CHOICE, NUMBER, build

DOWNLOADS = SITE / "downloads"
SOURCES = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "chapters" / "questions").glob("*.md")))
NAMES = re.findall(r"^::::\{question\} (\S+)", SOURCES, flags=re.M)


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    """The site of a book with two questions."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        return build(tmp_path_factory.mktemp("small") / "book", NUMBER + CHOICE, monkeypatch)[1]


@pytest.fixture
def collection(tmp_path):
    made = Collection(str(tmp_path / "collection.anki2"))
    yield made
    made.close()


def imported(collection, deck):
    """Import a deck as Anki's own dialogue does it unless told otherwise; return how many notes were new, changed and known."""
    log = collection.import_anki_package(ImportAnkiPackageRequest(package_path=str(deck), options=ImportAnkiPackageOptions())).log
    assert not log.conflicting and not log.missing_notetype and not log.empty_first_field
    return len(log.new), len(log.updated), len(log.duplicate)


def test_the_deck_has_a_card_for_every_question_and_a_second_import_adds_none(collection):
    assert imported(collection, DOWNLOADS / "rmsprop.apkg") == (len(NAMES), 0, 0)
    assert collection.note_count() == collection.card_count() == len(NAMES)
    assert imported(collection, DOWNLOADS / "rmsprop.apkg") == (0, 0, len(NAMES))
    assert collection.card_count() == len(NAMES)

    notes = [collection.get_note(number) for number in collection.find_notes("")]
    assert sorted(note["Name"] for note in notes) == sorted(NAMES)
    for note in notes:
        both = note.cards()[0].question() + note.cards()[0].answer()
        assert note["Question"] and note["Answer"] + note["Reasons"], note["Name"]
        assert both.count(r"\(") == both.count(r"\)") and "$" not in re.sub(r"<code>.*?</code>", "", both, flags=re.S), note["Name"]
    pictures = set(re.findall(r'<img src="([^"]*)"', "".join(note["Question"] for note in notes)))
    assert len(pictures) >= 5 and all(collection.media.have(name) for name in pictures)
    drawn = [Path(collection.media.dir(), name).read_text(encoding="utf-8") for name in pictures]
    assert all(svg.count('class="frame') <= 1 for svg in drawn), "a slider's picture has one setting"
    assert not collection.media.check().missing


def test_a_corrected_card_arrives_and_keeps_its_schedule(small, tmp_path, monkeypatch, collection):
    assert imported(collection, small / "downloads" / "rmsprop.apkg") == (2, 0, 0)
    (card,) = (collection.get_card(number) for number in collection.find_cards("Name:pick"))
    collection.decks.select(card.did)
    card = collection.get_card(card.id)
    card.start_timer()
    collection.sched.answerCard(card, 4)
    before = collection.get_card(card.id)
    assert before.reps == 1 and before.ivl > 0

    _, second = build(tmp_path / "second", NUMBER + CHOICE.replace("Because.", "Because of the root."), monkeypatch, time=1767225660)
    assert imported(collection, second / "downloads" / "rmsprop.apkg")[:2] == (0, 2)
    after = collection.get_card(card.id)
    assert "Because of the root." in after.answer()
    assert (after.reps, after.ivl, after.due, after.queue) == (before.reps, before.ivl, before.due, before.queue)


def test_the_same_questions_give_the_same_bytes(small, tmp_path, monkeypatch):
    one, other = small / "downloads", build(tmp_path / "other", NUMBER + CHOICE, monkeypatch)[1] / "downloads"
    names = sorted(path.name for path in one.iterdir())
    assert names == ["poll-cards.pdf", "rmsprop-moodle.xml", "rmsprop.apkg"]
    assert [name for name in names if (one / name).read_bytes() != (other / name).read_bytes()] == []
    with zipfile.ZipFile(one / "rmsprop.apkg") as archive:
        assert {entry.date_time for entry in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        (tmp_path / "deck").write_bytes(archive.read("collection.anki2"))
    with closing(sqlite3.connect(tmp_path / "deck")) as deck:
        assert deck.execute("SELECT DISTINCT mod FROM notes").fetchall() == [(1767225600,)]


# Moodle's format: https://docs.moodle.org/en/Moodle_XML_format, and for what each type reads question/format/xml/format.php. A type's
# elements, how often each may stand (? at most once, + once or more) and in which order Moodle's own export writes them.
HEAD = "name questiontext generalfeedback defaultgrade penalty hidden idnumber"
SINGLE = f"{HEAD} single shuffleanswers answernumbering correctfeedback partiallycorrectfeedback incorrectfeedback answer+ tags"
FORMAT = {
    "category": "category info",
    "multichoice": SINGLE,
    "numerical": f"{HEAD} answer+ unitgradingtype unitpenalty showunits unitsleft tags",
    "matching": f"{HEAD} shuffleanswers subquestion+ tags",
    "essay": f"{HEAD} responseformat responserequired responsefieldlines attachments attachmentsrequired graderinfo responsetemplate tags",
}
INSIDE = {
    "questiontext": "text file*",
    "answer": "text feedback tolerance?",
    "subquestion": "text answer",
    "tags": "tag+",
    **dict.fromkeys("name generalfeedback category info tag feedback correctfeedback partiallycorrectfeedback incorrectfeedback graderinfo responsetemplate".split(), "text"),
}


def fits(element, model):
    """Whether the children of an element are those of a model such as "text feedback tolerance?"."""
    pattern = "".join(f"(?:{part.rstrip('?+*')} ){part[-1] if part[-1] in '?+*' else ''}" for part in model.split())
    return re.fullmatch(pattern, "".join(f"{child.tag} " for child in element))


def test_the_file_for_moodle_follows_the_published_format():
    questions = ElementTree.parse(DOWNLOADS / "rmsprop-moodle.xml").getroot()
    assert questions.tag == "quiz" and {question.tag for question in questions} == {"question"}
    names = []
    for question in questions:
        kind, where = question.get("type"), question.findtext("idnumber") or question.findtext("category/text")
        assert fits(question, FORMAT[kind]), where
        for part in question.iter():
            if part is not question and not (kind == "matching" and part.tag == "answer"):
                assert fits(part, INSIDE.get(part.tag, "")) if part.tag in INSIDE else len(part) == 0, f"{where}: {part.tag}"
            if part.tag in ("questiontext", "generalfeedback", "feedback", "graderinfo", "info"):
                assert part.get("format") == "html", where
        if kind == "category":
            assert re.fullmatch(r"\$course\$/top(/[^/]+){2,3}", where)
            continue
        names.append(where)
        assert question.findtext("questiontext/text").startswith("<p>")
        pictures = re.findall(r"@@PLUGINFILE@@/([^\"]*)", question.findtext("questiontext/text"))
        assert pictures == [file.get("name") for file in question.iter("file")]
        fractions = [float(answer.get("fraction")) for answer in question.findall("answer")]
        if kind in ("multichoice", "numerical"):
            assert fractions.count(100) == 1 and set(fractions) <= {0, 100} and all(answer.findtext("feedback/text") for answer in question.findall("answer")), where
        if kind == "numerical":
            right = float(question.find("answer[@fraction='100']").findtext("text"))
            for answer in question.findall("answer[@fraction='0']"):
                assert abs(float(answer.findtext("text")) - right) > float(question.find("answer[@fraction='100']").findtext("tolerance")), where
        if kind == "essay":
            assert question.findtext("graderinfo/text"), where
    assert len(names) == len(set(names))
    assert {re.sub(r"-\d+$", "", name) if name not in NAMES else name for name in names} == set(NAMES)


def test_the_cards_to_vote_with_are_four_tagged_sides_of_a4():
    cards = PdfReader(DOWNLOADS / "poll-cards.pdf")
    assert [page.extract_text().split("\n")[0] for page in cards.pages] == ["A", "B", "C", "D"]
    assert {(round(page.mediabox.width), round(page.mediabox.height)) for page in cards.pages} == {(842, 595)}
    assert cards.trailer["/Root"]["/MarkInfo"]["/Marked"] and cards.metadata.title


def test_the_files_are_linked_where_readers_look_for_them(open_page):
    page = open_page("chapters/bank.html")
    links = page.evaluate("[...document.querySelectorAll('.takeaway a')].map((link) => link.href)")
    assert sorted(link.rpartition("/downloads/")[2] for link in links) == sorted(path.name for path in DOWNLOADS.iterdir() if path.name in {"rmsprop.apkg", "rmsprop-moodle.xml", "poll-cards.pdf"})
    assert len(links) == 3 and page.troubles == []
