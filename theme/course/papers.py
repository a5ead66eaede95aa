"""What is printed: the sheet for the exam and the mock papers, as tagged PDFs beside the pages that they are made from.

The sheet is a page of the book. It says ``{sheet}`` where the link to its PDF shall stand, and its numbers are expressions of the
library: ``{let}`` computes what several of them share, ``{value}`` writes one into the text::

    ```{sheet} sheet
    ```

    ```{let}
    run = descend(RMSprop(0.5, 0.75, eps=0), quadratic(2), [2.0], 3)
    ```

A mock paper is a list of questions of the bank, each with its marks and, where it has variants, the number of one. A mark is a
minute, so the marks of a paper add up to its minutes::

    ```{paper} mock-paper-1
    :title: Mock paper 1
    :minutes: 60
    rms-one-step 5
    rms-first-v 5 2
    ```

Both PDFs go to ``_static/``. What does not add up, a question that is not in the bank, and a sheet that needs more than two sides stop
the build with a sentence.
"""

import re
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from rmsprop_lib import dialects

from . import bank
from .kept import keep
from .typesetting import markup, pdf, string
from .words_of_bank import bank_words
from .words_of_papers import paper_words

log = logging.getLogger(__name__)

SIDES = 2
# The sheet takes the largest letters, in points, with which it fits on its two sides; below the last nobody reads with ease.
SIZES = (10, 9.75, 9.5, 9.25, 9, 8.75, 8.5)


class printed(nodes.General, nodes.Element):
    """Stands where the link to a PDF will be, and says what is in it."""


class Let(SphinxDirective):
    """Lines ``name = expression``; the names are known to every ``{value}`` below on the page."""

    has_content = True

    def run(self):
        names = self.env.temp_data.setdefault("question_names", {"dialects": dialects})
        self.env.temp_data.setdefault("question_problems", [])  # where {value} leaves what it cannot compute
        for line in filter(None, map(str.strip, self.content)):
            made, _, expression = line.partition(" = ")
            try:
                names[made] = bank.evaluated(expression, names, made)
            except ValueError as error:
                log.warning("On the sheet %s.", str(error).rstrip("."), location=self.get_location())
        return []


class Sheet(SphinxDirective):
    """Put the link to the PDF of this page here."""

    required_arguments = 1

    def run(self):
        return [printed(name=self.arguments[0], kind="sheet")]


class Paper(SphinxDirective):
    """A mock paper, from the bank; see the module."""

    required_arguments = 1
    has_content = True
    option_spec = {"title": directives.unchanged_required, "minutes": directives.positive_int}

    def run(self):
        node = printed(name=self.arguments[0], kind="paper", title=self.options["title"], minutes=self.options["minutes"], asked=[])
        self.set_source_info(node)
        for line in filter(None, map(str.strip, self.content)):
            found = re.fullmatch(r"([a-z][a-z0-9-]*)\s+(\d+)(?:\s+(\d+))?", line)
            if not found:
                log.warning("The paper %s has the line “%s”; a line is a question, its marks and at most the number of a variant.", node["name"], line, location=node)
            else:
                node["asked"].append((found[1], int(found[2]), int(found[3] or 1)))
        return [node]


def collect(app, document):
    """Return the names of a page's PDFs, and complain of a value that could not be computed."""
    names = [node["name"] for node in document.findall(printed)]
    for error in app.env.temp_data.get("question_problems", ()) if names else ():
        log.warning("On the sheet %s.", str(error).rstrip("."), location=app.env.docname)
    return names or None


def _problems(paper, questions, asked):
    """What is wrong with a paper, in sentences that go on after its name; ``asked`` notes which paper asks what."""
    total = sum(marks for _, marks, _ in paper["asked"])
    if total != paper["minutes"]:
        yield f"has {total} marks for {paper['minutes']} minutes; a mark is a minute."
    for name, marks, variant in paper["asked"]:
        question = questions.get(name)
        if name in asked:
            yield f"asks {name}, which {asked[name]} asks already."
        asked.setdefault(name, paper["name"])
        if question is None:
            yield f"asks {name}, which is not in the bank."
            continue
        if variant > len(question.children):
            yield f"asks for variant {variant} of {name}, which has {len(question.children)}."
        given = bank.marks(question.children[0].astext())
        if question["kind"] == "derive" and given != marks:
            yield f"gives {marks} marks for {name}, whose own scheme gives {given}."


def write(app, env):
    """Write every PDF, and complain of those that cannot be. Before the pages, because these say how many sides it has."""
    language, env.course_sides = app.config.language, {}
    printing = {page: env.get_doctree(page) for page in sorted(env.course_printed)}
    pages = env.course_questions if printing else ()
    questions = {question["name"]: question for page in pages for question in bank.questions_of(env, page)}
    asked = {}
    for document in printing.values():
        for node in document.findall(printed):
            problems = list(_problems(node, questions, asked)) if node["kind"] == "paper" else []
            for problem in problems:
                log.warning("The paper %s %s", node["name"], problem, location=node)
            if problems:
                continue
            try:
                made, sides = _sheet(document, language) if node["kind"] == "sheet" else _paper(node, questions, language, app.config.html_title)
            except ValueError as error:
                log.warning("The PDF %s cannot be made: %s", node["name"], error, location=node)
                continue
            folder = Path(app.outdir, "_static")
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{node['name']}.pdf").write_bytes(made)
            env.course_sides[node["name"]] = sides


def _sheet(document, language):
    """The PDF of what a page says below the link to it, in the largest letters with which it fits on two sides."""
    link = document.next_node(printed)
    title = document.next_node(nodes.title).astext()
    body = "".join(markup(node) for node in link.parent.children[link.parent.index(link) + 1 :])
    for size in SIZES:
        made, sides = pdf(body, title, language, size=size, columns=2, margin=9)
        if sides <= SIDES:
            break
    if sides != SIDES:
        raise ValueError(f"it has {sides} side{'s' * (sides != 1)} at {size} pt; it must have {SIDES}, so {'shorten' if sides > SIDES else 'lengthen'} its text.")
    return made, sides


def _paper(node, questions, language, book):
    """The PDF of a mock paper: the questions, and from a new side on the marking scheme."""
    said = paper_words(language)
    asked = [(questions[name], questions[name].children[number - 1], marks) for name, marks, number in node["asked"]]
    body = f"#emph[#{string(said['rules'])}]\n\n"
    body += "".join(f"#question({k}, {string(_marks(said, marks))})[{_asked(question, made, said)}]\n\n" for k, (question, made, marks) in enumerate(asked, 1))
    body += f"#pagebreak()\n#heading(level: 1)[#{string(said['scheme'])}]\n\n"
    body += "".join(f"#question({k}, {string(_marks(said, marks))})[{_scheme(question, made, marks, said, language)}]\n\n" for k, (question, made, marks) in enumerate(asked, 1))
    head = said["head"].format(minutes=node["minutes"])
    return pdf(body, node["title"], language, size=10.5, margin=18, subtitle=string(head), foot=string(book))


def _marks(said, marks):
    return said["mark"][marks != 1].format(marks)


def _all(node, first=0):
    return "".join(map(markup, node.children[first:])).strip()


def _asked(question, made, said):
    """A question as the paper asks it."""
    kind = question["kind"]
    text = "".join(map(markup, bank.stem(made)))
    if kind in bank.CHOICES:
        options = "".join(f"#option({string(letter)})[{_all(part[0])}]\n" for letter, part in zip(bank.LETTERS, bank.parts(made, bank.choice)))
        return f"{text}{options}\n#emph[#{string(said['options'])}]"
    if kind == "order":
        lines = bank.parts(made, bank.step)
        shown = "".join(f"#option({string(letter)})[{_all(lines[k])}]\n" for letter, k in zip(bank.LETTERS, bank.disorder(len(lines))))
        return f"{text}{shown}\n#emph[#{string(said['lines'])}]"
    more = {"verdict": said["either"], "number": said["number"]}.get(kind)
    return text + (f"#emph[#{string(more)}]" if more else "")


def _scheme(question, made, marks, said, language):
    """What gives marks: the answer, its reasons, and what the known mistakes lead to."""
    kind, how = question["kind"], said["scheme_of"]
    keys = "".join(_all(part) + "\n\n" for part in bank.parts(made, bank.answer))
    if kind in bank.CHOICES:
        options = list(zip(bank.LETTERS, bank.parts(made, bank.choice)))
        letter, right = next((letter, part) for letter, part in options if part["right"])
        first = how["choice"].format(letter=letter, rest=marks - 1)
        others = "".join(f"#option({string(letter)})[{_all(part, 1)}]\n" for letter, part in options if not part["right"])
        return f"#strong[#{string(first)}] {_all(right, 1)}\n\n#{string(said['others'])}\n{others}{keys}"
    if kind == "verdict":
        verdict = bank_words(language)["verdicts"][question["verdict"]].capitalize()
        return f"#strong[#{string(how['verdict'].format(verdict=verdict, rest=marks - 1))}] {keys}"
    if kind == "number":
        first = how["number"].format(value=bank.shown(made["value"]), rest=marks - 1)
        roads = "".join(f"#option({string(bank.shown(part['value']))})[{_all(part)}]\n" for part in bank.parts(made, bank.wrong))
        return f"#strong[#{string(first)}] {keys}" + (f"#{string(said['roads'])}\n{roads}" if roads else "")
    if kind == "order":
        order = bank.disorder(len(bank.parts(made, bank.step)))
        letters = " ".join(bank.LETTERS[order.index(k)] for k in range(len(order)))
        return f"#strong[#{string(how['order'].format(letters=letters))}] {keys}"
    return (f"#strong[#{string(how['recall'])}] " if kind == "recall" else "") + keys


def _visit_printed(self, node):
    said, name = paper_words(self.config.language), node["name"]
    sides = getattr(self.builder.env, "course_sides", {}).get(name)
    if sides is None:  # its complaint has been made
        raise nodes.SkipNode
    title = node.get("title") or node.document.next_node(nodes.title).astext()
    href = relative_uri(self.builder.get_target_uri(self.builder.current_docname), f"_static/{name}.pdf")
    self.body.append(f'<p class="pdf"><a href="{href}">{self.encode(said["pdf"].format(title=title, pages=sides))}</a></p>')
    if node["kind"] == "paper":
        self.body.append(f'<details class="dropdown"><summary>{said["questions"]}</summary><ol>')
        for k, (question, marks, _) in enumerate(node["asked"], 1):
            page = next(page for page, names in self.builder.env.course_questions.items() if question in names)
            href = self.builder.get_relative_uri(self.builder.current_docname, page)
            chapter = self.encode(self.builder.env.titles[page].astext())
            # Several questions come from one chapter: read out as a list of links, they differ by their numbers.
            link = f'<a href="{href}#q-{question}" aria-label="{k}. {chapter}">{chapter}</a>'
            self.body.append(f"<li>{link} {self.encode(_marks(said, marks))}</li>")
        self.body.append("</ol></details>")
    raise nodes.SkipNode


def setup(app):
    app.add_node(printed, html=(_visit_printed, None))
    for name, directive in {"let": Let, "sheet": Sheet, "paper": Paper}.items():
        app.add_directive(name, directive)
    keep(app, "course_printed", collect)
    app.connect("env-check-consistency", write)
