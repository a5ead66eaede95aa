"""The bank of questions: one source in MyST, from which the pages, the cards, the sheets and the polls are made.

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
"""

import itertools
import json
import math
import re
import zlib

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole
from sphinx.util.nodes import make_refnode

import rmsprop_lib

from .claims import LABEL
from .words_of_bank import bank_words

log = logging.getLogger(__name__)

CHOICES = ("choice", "plot", "debug")  # kinds that are answered by picking an option
KINDS = (*CHOICES, "verdict", "number", "order", "derive", "recall")
VERDICTS = ("right", "repair", "wrong")
MOST_VARIANTS = 12
ON_A_CHAPTER = 5  # questions that close a chapter
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


def shown(number):
    """A number as a page writes it: four significant digits, a true minus, and a power of ten where it is shorter."""
    if isinstance(number, str):
        return number
    number = float(number)
    text = f"{number:.4g}"
    mantissa, _, power = text.partition("e")
    if power:
        text = f"{mantissa}·10{str(int(power)).translate(str.maketrans('-0123456789', '⁻⁰¹²³⁴⁵⁶⁷⁸⁹'))}"
        text = text.removeprefix("1·") if mantissa == "1" else text
    return text.replace("-", "−")


def evaluated(expression, names, what):
    """The value of an expression of the library, or ValueError that names it."""
    try:
        value = eval(expression, {"__builtins__": {"round": round, "min": min, "max": max, "sum": sum, "float": float}}, {**NAMES, **names})  # noqa: S307 - our own source
    except Exception as error:
        raise ValueError(f"{what}, “{expression}”, raises {type(error).__name__}: {error}") from error
    return value


class Value(SphinxRole):
    """``{value}`expression``` writes the number into the text."""

    def run(self):
        names = self.env.temp_data.get("question_names")
        if names is None:
            raise ValueError(f"{{value}}`{self.text}` stands outside a question.")
        return [nodes.Text(shown(evaluated(self.text, names, "the value")))], []


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
        return self.parsed(choice("", nodes.paragraph("", "", *text, *messages), right="right" in self.options))


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
        value = evaluated(self.arguments[0], self.env.temp_data["question_names"], "the wrong road")
        return self.parsed(wrong(value=float(value)))


class Question(SphinxDirective):
    """One question; see the module."""

    required_arguments = 1
    has_content = True
    option_spec = {
        "kind": directives.unchanged_required,
        "track": lambda text: directives.choice(text, ("core", "deeper")),
        "level": lambda text: int(directives.choice(text, ("1", "2", "3"))),
        "claims": directives.unchanged,
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
            verdict=self.options.get("verdict"), stage=self.options.get("stage"),
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
        self.env.temp_data["question_names"] = names
        try:
            self.state.nested_parse(self.content, self.content_offset, made)
            if "answer" in self.options:
                value = float(evaluated(self.options["answer"], names, "the answer"))
                if not math.isfinite(value):
                    raise ValueError(f"its answer is {value}.")
                made["value"] = value
            for role, text in (("see", self.options.get("see")), ("source", self.options.get("source"))):
                if text:
                    parsed, messages = self.state.inline_text(text, self.lineno)
                    made += nodes.paragraph("", "", *parsed, *messages, classes=[role])
        finally:
            del self.env.temp_data["question_names"]
        return made


def _check(node):
    """Raise ValueError for what would be unfair to ask."""
    for number, made in enumerate(node.children, 1):
        where = f" (variant {number})" if len(node.children) > 1 else ""
        options = [part for part in made.children if isinstance(part, choice)]
        roads = [part for part in made.children if isinstance(part, wrong)]
        answers = [part for part in made.children if isinstance(part, answer)]
        if not any(isinstance(part, nodes.paragraph) and not part["classes"] for part in made.children):
            raise ValueError("it asks nothing.")
        if node["kind"] in CHOICES:
            right = sum(part["right"] for part in options)
            if len(options) < 2 or right != 1:
                raise ValueError(f"it has {len(options)} options, {right} of them right; there must be two or more, and one right{where}.")
            texts = [part[0].astext() for part in options]
            if len(set(texts)) < len(texts):
                raise ValueError(f"two of its options say the same{where}.")
            for part in options:
                if len(part.children) < 2:
                    raise ValueError(f"the option “{part[0].astext()}” has no reason.")
        elif len(answers) != 1 or not answers[0].children:
            raise ValueError("it needs one {answer}.")
        if node["kind"] == "verdict" and node["verdict"] not in VERDICTS:
            raise ValueError(f"its verdict is {node['verdict']!r}; it must be one of {', '.join(VERDICTS)}.")
        if node["kind"] == "order" and sum(isinstance(part, step) for part in made.children) < 3:
            raise ValueError("it has fewer than three steps to put in order.")
        if node["kind"] == "number":
            if "value" not in made:
                raise ValueError("it needs an answer: an expression.")
            for road in roads:
                if not road.children:
                    raise ValueError(f"a wrong road has no reason{where}.")
                if close(road["value"], made["value"], node["tolerance"]):
                    raise ValueError(f"a wrong road ends at the right answer, {shown(made['value'])}{where}.")
            for one, other in itertools.combinations(roads, 2):
                if close(one["value"], other["value"], node["tolerance"]):
                    raise ValueError(f"two wrong roads end at {shown(one['value'])}{where}.")


def _mix(node):
    """Put the options in an order that is always the same and does not say which is right: authors write that one first."""
    for made in node.children:
        options = [part for part in made.children if isinstance(part, choice)]
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
    """Note the questions of a page when it has been read, and complain of a name that was given twice."""
    found = list(document.findall(question))
    if not hasattr(app.env, "course_questions"):
        app.env.course_questions = {}
    elsewhere = {name: page for page, names in app.env.course_questions.items() if page != app.env.docname for name in names}
    seen = set()
    for node in found:
        if node["name"] in elsewhere or node["name"] in seen:
            log.warning("The question %s stands twice.", node["name"], location=node)
        seen.add(node["name"])
    if found:
        app.env.course_questions[app.env.docname] = {node["name"]: (node["claims"], node["chapter"]) for node in found}


def purge(app, env, page):
    getattr(env, "course_questions", {}).pop(page, None)


def merge(app, env, pages, other):
    env.course_questions = {**getattr(env, "course_questions", {}), **getattr(other, "course_questions", {})}


def check_claims(app, env):
    """Complain of a claim that a question names and no page has, and of theorems that no question asks about."""
    placed = {label for claims, _ in env.course_claims.values() for label, *_ in claims}
    bank = getattr(env, "course_questions", {})
    asked = {}
    for page, names in bank.items():
        for name, (claims, _) in names.items():
            for label in claims:
                asked.setdefault(label, name)
                if label not in placed:
                    log.warning("The question %s names the claim %s, which stands on no page.", name, label, location=page)
    left = sorted((label for label in placed if label.startswith("T") and label not in asked), key=lambda label: (len(label), label))
    if bank and left:
        log.info("No question asks about %s.", ", ".join(left))


class CloseChapters(SphinxPostTransform):
    """Puts the first questions of its bank at the end of a chapter's core. Runs before links are resolved."""

    default_priority = 3
    formats = ("html",)

    def run(self, **kwargs):
        page = self.env.docname
        chapter = page.rpartition("/")[2]
        source = f"{page.rpartition('/')[0]}/questions/{chapter}"
        place = next((part for part in self.document.findall(nodes.section) if f"questions-{chapter}" in part["ids"]), None)
        if place is None or source not in getattr(self.env, "course_questions", {}):
            return
        every = list(self.env.get_doctree(source).findall(question))
        core = [node for node in every if node["track"] == "core"][:ON_A_CHAPTER]
        for node in core:
            copied = node.deepcopy()
            copied[:] = copied[:1]  # other numbers are on the page of questions
            for link in copied.findall(lambda n: isinstance(n, nodes.Element) and "refdoc" in n):
                link["refdoc"] = page
            place += copied
        language = bank_words(self.config.language)
        link = make_refnode(self.app.builder, page, source, "", nodes.Text(language["all"].format(len(every))))
        place += nodes.paragraph("", "", link, classes=["all-questions"])


def _visit_question(self, node):
    said = bank_words(self.config.language)
    facts = {"name": node["name"], "kind": node["kind"], "chapter": node["chapter"], "track": node["track"], "level": node["level"]}
    facts |= {"claims": " ".join(node["claims"]), "tolerance": node["tolerance"]}
    data = "".join(f' data-{key}="{self.encode(str(value))}"' for key, value in facts.items())
    self.body.append(f'<section class="quiz" id="q-{node["name"]}"{data}>')
    kind, level = said["kinds"][node["kind"]], "●" * node["level"] + "○" * (3 - node["level"])
    self.body.append(
        f'<p class="question-kind">{kind} <span class="level" aria-hidden="true">{level}</span>'
        f'<span class="visually-hidden">{said["level"].format(node["level"])}</span></p>'
    )


def _depart_question(self, node):
    self.body.append("</section>\n")


def _visit_variant(self, node):
    number = node.parent.index(node)
    parent, said = node.parent, bank_words(self.config.language)
    data = f' data-value="{node["value"]!r}"' if "value" in node else ""
    self.body.append(f'<form class="variant"{data}{" hidden" if number else ""}><fieldset>')
    stem = [part for part in node.children if not isinstance(part, (choice, step, wrong, answer)) and not part.get("classes")]
    name = f"q-{parent['name']}-{number}"
    self.body.append(f'<legend id="{name}">')
    for part in stem[:1]:
        for child in part.children:
            child.walkabout(self)
    self.body.append("</legend>")
    for part in stem[1:]:
        part.walkabout(self)
    options = [part for part in node.children if isinstance(part, choice)]
    if options:
        for k, part in enumerate(options):
            self.body.append(f'<div class="option"{" data-right" if part["right"] else ""}><label><input type="radio" name="{name}" value="{k}"> ')
            for child in part[0].children:
                child.walkabout(self)
            right = said["right"] if part["right"] else said["not_right"]
            self.body.append(f'</label><details class="reason"><summary>{said["why"]}</summary><p class="said">{right}</p>')
            for child in part.children[1:]:
                child.walkabout(self)
            self.body.append("</details></div>")
    elif parent["kind"] == "verdict":
        for verdict in VERDICTS:
            right = " data-right" if verdict == parent["verdict"] else ""
            self.body.append(f'<div class="option"{right}><label><input type="radio" name="{name}" value="{verdict}"> {said["verdicts"][verdict]}</label></div>')
    elif parent["kind"] == "number":
        self.body.append(
            f'<p class="field"><label>{said["your_answer"]} <input type="text" inputmode="decimal" autocomplete="off" name="{name}" size="12"></label></p>'
        )
    elif parent["kind"] == "order":
        lines = [part for part in node.children if isinstance(part, step)]
        self.body.append('<ol class="lines">')
        for k in disorder(len(lines)):
            self.body.append(f'<li data-place="{k}">')
            for child in lines[k].children:
                child.walkabout(self)
            self.body.append("</li>")
        self.body.append("</ol>")
    for road in (part for part in node.children if isinstance(part, wrong)):
        self.body.append(f'<div class="road" hidden data-value="{road["value"]!r}">')
        for child in road.children:
            child.walkabout(self)
        self.body.append("</div>")
    keys = [part for part in node.children if isinstance(part, answer)]
    see = [part for part in node.children if isinstance(part, nodes.paragraph) and part["classes"]]
    self.body.append(f'<details class="key"><summary>{said["show"]}</summary>')
    if options:
        right = next(k for k, part in enumerate(options) if part["right"])
        self.body.append(f'<p class="said">{said["right_is"].format("ABCDEFGH"[right])}</p>')
    elif parent["kind"] == "verdict":
        self.body.append(f'<p class="said">{said["verdicts"][parent["verdict"]]}</p>')
    elif parent["kind"] == "number":
        self.body.append(f'<p class="said">{shown(node["value"])}</p>')
    elif parent["kind"] == "order":
        self.body.append("<ol>")
        for line in (part for part in node.children if isinstance(part, step)):
            self.body.append("<li>")
            for child in line.children:
                child.walkabout(self)
            self.body.append("</li>")
        self.body.append("</ol>")
    for part in (*keys, *see):
        for child in part.children if isinstance(part, answer) else [part]:
            child.walkabout(self)
    self.body.append("</details></fieldset></form>\n")
    raise nodes.SkipNode


def questions_of(env):
    """Every question of the bank in the order of the chapters, for the cards, the polls and the sheets."""
    order = {page: place for place, page in enumerate(sorted(env.found_docs))}
    for page in sorted(getattr(env, "course_questions", {}), key=order.get):
        yield from ((page, node) for node in env.get_doctree(page).findall(question))


class bank_data(nodes.General, nodes.Element):
    """Stands where the practice of the whole bank will be."""


class Practice(SphinxDirective):
    """Put the practice here: rounds from the whole bank, made by ``theme/assets/questions.js``."""

    def run(self):
        return [bank_data()]


def _visit_practice(self, node):
    said = bank_words(self.config.language)
    self.body.append(f'<div class="practice" hidden data-words="{self.encode(json.dumps(said["practice"], ensure_ascii=False))}"></div>')
    self.body.append(f'<p class="practice-needs-script">{said["practice_needs_script"]}</p>')
    raise nodes.SkipNode


def write_bank(app, problem):
    """Write every question, as it stands on its page, into one script, which the practice reads: a page from the disk may not fetch."""
    if problem is not None or app.builder.format != "html" or not getattr(app.env, "course_questions", {}):
        return
    from pathlib import Path

    questions = {}
    for page in app.env.course_questions:
        text = Path(app.builder.get_outfilename(page)).read_text(encoding="utf-8")
        for found in re.finditer(r'<section class="quiz" id="q-([\w-]+)".*?</section>', text, flags=re.S):
            # The practice stands one folder higher than the pages of questions.
            questions[found.group(1)] = re.sub(r'href="\.\./', 'href="', found.group())
    script = f"window.questionBank = {json.dumps(questions, ensure_ascii=False)};\n"
    Path(app.outdir, "_static", "bank.js").write_text(script.replace("</", "<\\/"), encoding="utf-8")


def setup(app):
    for node in (question, variant, choice, step, wrong, answer, bank_data):
        visit = {question: (_visit_question, _depart_question), variant: (_visit_variant, None), bank_data: (_visit_practice, None)}
        app.add_node(node, html=visit.get(node, (lambda self, node: None, lambda self, node: None)))
    for name, directive in {"question": Question, "choice": Choice, "step": Step, "answer": Answer, "wrong": Wrong, "practice": Practice}.items():
        app.add_directive(name, directive)
    app.add_role("value", Value())
    app.add_post_transform(CloseChapters)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-check-consistency", check_claims)
    app.connect("build-finished", write_bank)
