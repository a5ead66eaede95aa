"""The bank of questions: one source in MyST, from which the pages, the cards, the sheets and the polls are made.

This module reads and judges the questions; ``bank_pages`` shows them on pages, and ``takeaway`` makes files of them.

A question is a directive in ``chapters/questions/<chapter>.md``::

    ::::{question} ema-half-life
    :kind: number
    :claims: T5
    :vary: alpha=[0.75, 0.9, 0.96]
    :answer: half_life(alpha)
    :see: [Chapter 4](../moving-average.ipynb)
    After how many steps is half of a weight gone, at α = {value}`alpha`?

    :::{wrong} mean_age(alpha)
    That is the mean age of what is remembered.
    :::
    :::{answer}
    The half-life solves $\\alpha^k = \\tfrac12$: $\\ln\\tfrac12/\\ln\\alpha$ = {value}`half_life(alpha)`.
    :::
    ::::

Numbers are expressions of the library, evaluated for every variant while building: ``{value}`` writes one into the text. What cannot
be asked fairly stops the build with the question's name: no right option or two, a missing reason, a wrong road that ends at the right
answer, an expression that raises, a claim that is none.

``:objectives: 1 3`` says which items of the chapter's list "After this chapter you can" a question asks for, by their numbers in that
list. A theorem or an objective without a question stops the build too, once all pages are read. ``:figure: name`` shows a figure of the
chapter below the question, and ``:stage: lr=0.4&alpha=0.9`` gives the answer a link to that setting of the stage.
"""

import functools
import itertools
import math
import re
import zlib

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

import rmsprop_lib
from rmsprop_lib.pictures import written

from . import tracks
from .claims import LABEL
from .kept import keep
from .words_of_bank import bank_words

log = logging.getLogger(__name__)

CHOICES = ("choice", "plot", "debug")  # kinds that are answered by picking an option
LETTERS = "ABCDEFGH"  # of options, and of lines on paper
KINDS = (*CHOICES, "verdict", "number", "order", "derive", "recall")
VERDICTS = ("right", "repair", "wrong")
MOST_VARIANTS = 12
TOLERANCE = 0.005  # of the right answer: three digits are enough

# What an expression may use: the library, NumPy, and what `math` has of the same meaning.
NAMES = {name: getattr(rmsprop_lib, name) for name in rmsprop_lib.__all__}
NAMES |= {name: getattr(np, name) for name in ("sqrt", "log", "exp", "abs", "sign", "pi", "array", "cumsum")} | {"np": np}


class question(nodes.General, nodes.Element):
    """A question; its children are its `variant`s."""


class variant(nodes.General, nodes.Element):
    """A question with its numbers: the stem, then `choice`s or `step`s or `wrong` roads, then the `answer`."""


class choice(nodes.General, nodes.Element):
    """One of the options: its text as a paragraph, and the reason why it is right or not."""


class step(nodes.General, nodes.Element):
    """A line that is to be put in order."""


class wrong(nodes.General, nodes.Element):
    """A wrong road: the number at its end, and what it is."""


class answer(nodes.General, nodes.Element):
    """The answer, with its reason or its worked steps."""


class picture(nodes.General, nodes.Element):
    """A figure of the chapter: its ``name``, and once the pages are read its ``svg`` and ``alt``."""


def parts(variant, kind):
    """The parts of a variant that are of one kind, such as `choice`."""
    return [part for part in variant.children if isinstance(part, kind)]


def stem(variant):
    """What a variant asks: everything before the options, the steps and the answer."""
    return [part for part in variant.children if not isinstance(part, (choice, step, wrong, answer)) and not part.get("classes")]


def notes(variant):
    """Where to read on: the links to the section and to the stage, and the source."""
    return [part for part in variant.children if isinstance(part, nodes.paragraph) and part["classes"]]


def marks(scheme):
    """The marks that the text of a marking scheme gives, each in brackets."""
    return sum(map(int, re.findall(r"\[(\d+)\]", scheme)))


def shown(number):
    """A number as a page writes it: four significant digits, and from a million on or below a ten-thousandth a power of ten."""
    if isinstance(number, str):
        return number
    text = f"{float(number):.4g}"
    return written(f"{float(text):.0f}" if 1e4 <= abs(float(text)) < 1e6 else text)


def evaluated(expression, names, what):
    """The value of an expression of the library, or ValueError that names it."""
    try:
        value = eval(expression, {"__builtins__": {"round": round, "min": min, "max": max, "sum": sum, "float": float}}, {**NAMES, **names})  # noqa: S307 - our own source
    except Exception as error:
        raise ValueError(f"{what}, “{expression}”, raises {type(error).__name__}: {error}") from error
    return value


def _inside(env, expression, what):
    """The value of an expression inside a question. What it raises is kept for the question: thrown from here, it would leave MyST in the
    middle of a nested text, and the questions below would be lost."""
    try:
        return evaluated(expression, env.temp_data["question_names"], what)
    except ValueError as error:
        env.temp_data["question_problems"].append(error)
        return math.nan


class Value(SphinxRole):
    """``{value}`expression``` writes the number into the text."""

    def run(self):
        if "question_names" not in self.env.temp_data:
            log.warning("{value}`%s` stands outside a question.", self.text, location=self.get_location())
            return [nodes.Text(self.text)], []
        return [nodes.Text(shown(_inside(self.env, self.text, "the value")))], []


def _join(node):
    """Make one text of a number and the words around it, so that what keeps γ = 0.4 on one line finds it there."""
    for parent in list(node.findall(nodes.TextElement)):
        for k in range(len(parent) - 1, 0, -1):
            if isinstance(parent[k - 1], nodes.Text) and isinstance(parent[k], nodes.Text):
                parent[k - 1 : k + 1] = [nodes.Text(parent[k - 1] + parent[k])]


class _Part(SphinxDirective):
    has_content = True

    def parsed(self, node):
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]


class Choice(_Part):
    required_arguments = 1
    final_argument_whitespace = True
    option_spec = {"right": directives.flag}

    def run(self):
        text, messages = self.state.inline_text(self.arguments[0], self.lineno)
        paragraph = nodes.paragraph(self.arguments[0], "", *text, *messages)
        self.set_source_info(paragraph)
        return self.parsed(choice("", paragraph, right="right" in self.options))


class Step(_Part):
    def run(self):
        return self.parsed(step())


class Answer(_Part):
    def run(self):
        return self.parsed(answer())


class Wrong(_Part):
    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        return self.parsed(wrong(value=float(_inside(self.env, self.arguments[0], "the wrong road"))))


class Question(SphinxDirective):
    """One question; see the module."""

    required_arguments = 1
    has_content = True
    option_spec = {
        "kind": directives.unchanged_required,
        "track": lambda text: directives.choice(text, ("core", "deeper")),
        "level": lambda text: int(directives.choice(text, ("1", "2", "3"))),
        "claims": directives.unchanged,
        "objectives": lambda text: [directives.positive_int(number) for number in text.split()],
        "figure": directives.unchanged_required,
        "see": directives.unchanged,
        "stage": directives.unchanged,
        "vary": directives.unchanged_required,
        "let": directives.unchanged_required,
        "answer": directives.unchanged_required,
        "tolerance": float,
        "verdict": directives.unchanged_required,
        "source": directives.unchanged,
    }

    def run(self):
        name = self.arguments[0]
        try:
            return [self._question(name)]
        except ValueError as error:
            log.warning("The question %s cannot be asked: %s", name, error, location=self.get_location())
            return []

    def _question(self, name):
        kind = self.options.get("kind", "choice")
        if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
            raise ValueError("its name must be small letters, digits and hyphens.")
        if kind not in KINDS:
            raise ValueError(f"its kind is {kind!r}; it must be one of {', '.join(KINDS)}.")
        claims = self.options.get("claims", "").split()
        for label in claims:
            if not LABEL.fullmatch(label):
                raise ValueError(f"it names the claim {label!r}; a label is T, R or B and a number.")
        node = question(
            name=name, kind=kind, claims=claims, track=self.options.get("track", "core"), level=self.options.get("level", 1),
            chapter=self.env.docname.rpartition("/")[2], ids=[f"q-{name}"], tolerance=self.options.get("tolerance", TOLERANCE),
            verdict=self.options.get("verdict"), objectives=self.options.get("objectives", []),
        )
        self.set_source_info(node)
        for names in self._variants():
            node += self._variant(node, names)
        _check(node)
        _mix(node)
        return node

    def _variants(self):
        """The names of each variant: those that vary, and what follows from them."""
        varied = evaluated(f"dict({self.options.get('vary', '')})", {"dict": dict}, "what varies")
        for name, values in varied.items():
            if not isinstance(values, list) or not values:
                raise ValueError(f"{name} varies over {values!r}; it must be a list such as [0.75, 0.9].")
        every = [dict(zip(varied, point, strict=True)) for point in itertools.product(*varied.values())]
        if len(every) > MOST_VARIANTS:
            raise ValueError(f"it has {len(every)} variants; at most {MOST_VARIANTS} fit.")
        for names in every:
            for line in filter(None, (part.strip() for part in self.options.get("let", "").split(";"))):
                made, _, expression = line.partition("=")
                names[made.strip()] = evaluated(expression.strip(), names, made.strip())
            yield names

    def _variant(self, parent, names):
        made = variant()
        problems = []
        self.env.temp_data |= {"question_names": names, "question_problems": problems}
        try:
            self.state.nested_parse(self.content, self.content_offset, made)
            if problems:
                raise problems[0]
            _join(made)
            if "answer" in self.options:
                value = float(evaluated(self.options["answer"], names, "the answer"))
                if not math.isfinite(value):
                    raise ValueError(f"its answer is {value}.")
                made["value"] = value
            if "figure" in self.options:
                made.insert(len(stem(made)), picture(name=self.options["figure"], question=parent["name"]))
            said = bank_words(self.config.language)
            stage = "{stage}`" + said["stage"] + " <" + self.options["stage"] + ">`" if "stage" in self.options else None
            source = said["source"] + self.options["source"] if "source" in self.options else None
            for role, text in (("see", self.options.get("see")), ("see", stage), ("source", source)):
                if text:
                    parsed, messages = self.state.inline_text(text, self.lineno)
                    made += nodes.paragraph("", "", *parsed, *messages, classes=[role])
        finally:
            del self.env.temp_data["question_names"], self.env.temp_data["question_problems"]
        return made


def _check(node):
    """Raise ValueError for what would be unfair to ask."""
    for number, made in enumerate(node.children, 1):
        where = f" (variant {number})" if len(node.children) > 1 else ""
        if not any(isinstance(part, nodes.paragraph) for part in stem(made)):
            raise ValueError("it asks nothing.")
        if node["kind"] in CHOICES:
            _check_options(parts(made, choice), where)
        elif [bool(part.children) for part in parts(made, answer)] != [True]:
            raise ValueError("it needs one {answer}.")
        if node["kind"] == "plot" and not parts(made, picture):
            raise ValueError("it reads a plot and shows none; name one with :figure:.")
        if node["kind"] == "verdict" and node["verdict"] not in VERDICTS:
            raise ValueError(f"its verdict is {node['verdict']!r}; it must be one of {', '.join(VERDICTS)}.")
        if node["kind"] == "order" and len(parts(made, step)) < 3:
            raise ValueError("it has fewer than three steps to put in order.")
        if node["kind"] == "number":
            _check_roads(made, parts(made, wrong), node["tolerance"], where)


def _check_options(options, where):
    right = sum(part["right"] for part in options)
    if len(options) < 2 or right != 1:
        raise ValueError(f"it has {len(options)} options, {right} of them right; there must be two or more, and one right{where}.")
    if len(options) > len(LETTERS):
        raise ValueError(f"it has {len(options)} options; there are letters for {len(LETTERS)}{where}.")
    texts = [part[0].astext() for part in options]
    if len(set(texts)) < len(texts):
        raise ValueError(f"two of its options say the same{where}.")
    for part in options:
        if len(part.children) < 2:
            raise ValueError(f"the option “{part[0].astext()}” has no reason.")


def _check_roads(made, roads, tolerance, where):
    if "value" not in made:
        raise ValueError("it needs an answer: an expression.")
    for road in roads:
        if not road.children:
            raise ValueError(f"a wrong road has no reason{where}.")
        if close(road["value"], made["value"], tolerance):
            raise ValueError(f"a wrong road ends at the right answer, {shown(made['value'])}{where}.")
    for one, other in itertools.combinations(roads, 2):
        if close(one["value"], other["value"], tolerance):
            raise ValueError(f"two wrong roads end at {shown(one['value'])}{where}.")


def _mix(node):
    """Put the options in an order that is always the same and does not say which is right: authors write that one first."""
    for made in node.children:
        options = parts(made, choice)
        order = sorted(range(len(options)), key=lambda k: zlib.crc32(f"{node['name']} {k}".encode()))
        for part in options:
            made.remove(part)
        made.extend(options[k] for k in order)


def close(one, other, tolerance):
    """Whether two answers are the same, as ``theme/assets/questions.js`` judges it."""
    return abs(one - other) <= tolerance * abs(other) + 1e-12


def disorder(count):
    """The numbers below ``count`` in a disorder that is always the same: in it the lines of a question are shown."""
    order = sorted(range(count), key=lambda k: (k * 7 + 3) % (count * 2 + 1))
    return order[::-1] if order == sorted(order) else order


def collect(app, document):
    """Return what the questions of a page ask for, by their names, and complain of a name that was given before."""
    elsewhere = {name for page, names in app.env.course_questions.items() if page != app.env.docname for name in names}
    found = {}
    for node in document.findall(question):
        if node["name"] in elsewhere or node["name"] in found:
            log.warning("The question %s stands twice.", node["name"], location=node)
        found[node["name"]] = node["claims"], node["objectives"]
    return found or None


def objectives(app, document):
    """Return what one can do after a chapter: the items of the list below its answer."""
    for box in document.findall(nodes.admonition):
        if "answer" in box["classes"]:
            found = next((part for part in box.findall(descend=False, siblings=True) if isinstance(part, nodes.bullet_list)), [])
            return [" ".join(item.astext().split()) for item in found] or None
    return None


def pages(env):
    """The pages of questions with their chapters, in the order of the book: pairs of names."""
    found = ((f"{page.rpartition('/')[0]}/questions/{page.rpartition('/')[2]}", page) for _, page in tracks.chapters(env))
    return [(page, chapter) for page, chapter in found if page in env.course_questions]


@functools.cache
def questions_of(env, page):
    """The questions of a page as they were read, once all pages are; whoever changes one changes a copy."""
    return list(env.get_doctree(page).findall(question))


def check_coverage(app, env):
    """Complain of a claim or an objective that a question names and no page has, and of those that no question asks for."""
    placed = {label: page for page, (claims, _) in env.course_claims.items() for label, *_ in claims}
    asked = set()
    for page, names in env.course_questions.items():
        for name, (claims, _) in names.items():
            asked.update(claims)
            for label in claims:
                if label not in placed:
                    log.warning("The question %s names the claim %s, which stands on no page.", name, label, location=page)
    for label in sorted(placed, key=lambda label: (len(label), label)):
        if env.course_questions and label.startswith("T") and label not in asked:
            log.warning("No question asks about %s.", label, location=placed[label])
    for page, chapter in pages(env):
        _check_objectives(env, page, chapter)


def _check_objectives(env, page, chapter):
    every, asked = env.course_objectives.get(chapter, []), set()
    for name, (_, numbers) in env.course_questions[page].items():
        asked.update(numbers)
        for number in numbers:
            if number > len(every):
                log.warning("The question %s asks for the objective %s of %s, which lists %s.", name, number, chapter, len(every), location=page)
    for number, text in enumerate(every, 1):
        if number not in asked:
            log.warning("No question asks for the objective %s, “%s”.", number, text, location=chapter)


def setup(app):
    for name, directive in {"question": Question, "choice": Choice, "step": Step, "answer": Answer, "wrong": Wrong}.items():
        app.add_directive(name, directive)
    app.add_role("value", Value())
    keep(app, "course_questions", collect)
    keep(app, "course_objectives", objectives)
    app.connect("env-check-consistency", check_coverage)
