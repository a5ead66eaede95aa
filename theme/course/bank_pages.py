"""How the questions look on pages: with every answer below its question for a reader without a script, and on paper with a key at the end.

The questions that a chapter asks the room and the first others of the core close it; ``{practice}`` puts rounds from the whole bank on a page, which
``theme/assets/questions.js`` makes from ``_static/bank.js``.
"""

import functools
import hashlib
import json
import posixpath
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from rmsprop_lib.pictures import for_page, slimmed

from .bank import CHOICES, LETTERS, VERDICTS, answer, choice, disorder, notes, pages, parts, picture, question, questions_of, shown, stem, step, variant, wrong
from .slides import polls
from .words_of_bank import bank_words

log = logging.getLogger(__name__)

ON_A_CHAPTER = 5  # questions that close a chapter


def in_short(made, kind, verdict, said):
    """The answer of a variant in a word: "B is right.", "2.409", "right with a repair"; nothing for what takes sentences."""
    if kind in CHOICES:
        return said["right_is"].format(LETTERS[[part["right"] for part in parts(made, choice)].index(True)])
    if kind == "verdict":
        return said["verdicts"][verdict]
    return shown(made["value"]) if kind == "number" else ""


def moved(node, here, there):
    """Let the links in a node, resolved for one address, lead to the same places from another."""
    for link in node.findall(nodes.reference):
        if link.get("internal") and "refuri" in link:
            path, sign, fragment = link["refuri"].partition("#")
            target = posixpath.normpath(posixpath.join(posixpath.dirname(here), path)) if path else here
            link["refuri"] = posixpath.relpath(target, posixpath.dirname(there) or ".") + sign + fragment
    return node


class CloseChapters(SphinxPostTransform):
    """Puts questions of its bank at the end of a chapter's core. Runs before links are resolved."""

    default_priority = 3
    formats = ("html",)

    def run(self, **kwargs):
        page = self.env.docname
        source = next((source for source, chapter in pages(self.env) if chapter == page), None)
        label = f"questions-{page.rpartition('/')[2]}"
        place = next((part for part in self.document.findall(nodes.section) if label in part["ids"]), None)
        if place is None or source is None:
            return
        every = questions_of(self.env, source)
        here, there = (self.app.builder.get_target_uri(name) for name in (source, page))
        for node in self._closing([node for node in every if node["track"] == "core"]):
            copied = moved(node.deepcopy(), here, there)
            copied[:] = copied[:1]  # other numbers are on the page of questions
            for link in copied.findall(lambda n: isinstance(n, nodes.Element) and "refdoc" in n):
                link["refdoc"] = page
            place += copied
        language = bank_words(self.config.language)
        link = make_refnode(self.app.builder, page, source, "", nodes.Text(language["all"].format(len(every))))
        place += nodes.paragraph("", "", link, classes=["all-questions"])

    def _closing(self, core):
        """What the chapter asks the room, and the first of the others, in the order of the bank."""
        asked = polls(self.env.doc2path(self.env.docname))
        others = [node for node in core if node["name"] not in asked][: max(0, ON_A_CHAPTER - len(asked))]
        return [node for node in core if node["name"] in asked or node in others]


class answer_key(nodes.General, nodes.Element):
    """The key of a page of questions, on paper alone."""


class AddKey(SphinxPostTransform):
    """Puts the answers of a page of questions at its end once more, for paper. Runs before links are resolved."""

    default_priority = 2
    formats = ("html",)

    def run(self, **kwargs):
        every = list(self.document.findall(question)) if self.env.docname in self.env.course_questions else []
        if every:
            said = bank_words(self.config.language)
            key = answer_key("", nodes.rubric("", said["key"]))
            key += nodes.enumerated_list("", *(self._answer(node, said) for node in every), enumtype="arabic", prefix="", suffix=".")
            next(self.document.findall(nodes.section)).append(key)

    def _answer(self, node, said):
        made = node[0]
        item = nodes.list_item("", nodes.paragraph("", "", nodes.strong("", in_short(made, node["kind"], node["verdict"], said))))
        right = [part for part in parts(made, choice) if part["right"]]
        for part in [*(child for part in right for child in part.children[1:]), *self._lines(made), *(c for a in parts(made, answer) for c in a.children)]:
            item += part.deepcopy()
        return item

    def _lines(self, made):
        lines = [nodes.list_item("", *(child.deepcopy() for child in line.children)) for line in parts(made, step)]
        return [nodes.enumerated_list("", *lines, enumtype="arabic", prefix="", suffix=".")] if lines else []


class DrawPictures(SphinxPostTransform):
    """Gives the questions that read a plot the chapter's figure: of a slider, the picture at its first setting."""

    default_priority = 4
    formats = ("html",)

    def run(self, **kwargs):
        for node in self.document.findall(picture):
            figures = _figures(self.env, self.env.docname.replace("/questions/", "/"))
            if node["name"] in figures:
                node["svg"], node["alt"] = figures[node["name"]]
            else:
                log.warning("The question %s shows the figure %s, which its chapter has not.", node["question"], node["name"], location=self.env.docname)


@functools.cache
def _figures(env, chapter):
    """The figures of a chapter once all pages are read: by name, the picture and what is to be seen in it."""
    found = {}
    for cell in env.get_doctree(chapter).findall(lambda n: isinstance(n, nodes.container) and n.get("nb_element") == "cell_code"):
        options = cell.get("cell_metadata", {}).get("mystnb", {})
        name, alt = options.get("figure", {}).get("name"), options.get("image", {}).get("alt", "")
        for node in cell.findall(lambda n: isinstance(n, (nodes.image, nodes.raw))):
            text = node.astext()
            if isinstance(node, nodes.image) and node["uri"].endswith(".svg"):
                text = Path(env.srcdir, node["uri"]).read_text("utf-8")
            if name and "</svg>" in text:
                found[name] = _as_shown(text[text.index("<svg") : text.index("</svg>") + len("</svg>")]), str(alt)
    return found


def _as_shown(svg):
    """A slider's picture without the groups of the settings that are not shown."""
    while (start := svg.find('<g class="frame">')) >= 0:
        depth = 0
        for tag in re.finditer(r"<g\b[^>]*?(/?)>|</g>", svg[start:]):
            depth += -1 if tag.group() == "</g>" else not tag.group(1)
            if not depth:
                break
        svg = svg[:start] + svg[start + tag.end() :]
    return svg


def _visit_picture(self, node):
    if "svg" in node:
        prefix = f"d{hashlib.sha256(node['question'].encode()).hexdigest()[:8]}-"
        self.body.append(f'<figure class="question-figure">{for_page(slimmed(node["svg"], prefix), node["alt"])}</figure>')
    raise nodes.SkipNode


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
    number, asked = node.parent.index(node), node.parent
    said, name = bank_words(self.config.language), f"q-{asked['name']}-{number}"
    data = f' data-value="{node["value"]!r}"' if "value" in node else ""
    self.body.append(f'<form class="variant"{data}{" hidden" if number else ""}><fieldset><legend id="{name}">')
    first, *more = stem(node)
    _write(self, first.children)
    self.body.append("</legend>")
    _write(self, more)
    if asked["kind"] in CHOICES:
        _write_options(self, parts(node, choice), name, said)
    elif asked["kind"] == "verdict":
        _write_verdicts(self, asked["verdict"], name, said)
    elif asked["kind"] == "number":
        field = f'<input type="text" inputmode="text" autocomplete="off" autocapitalize="off" spellcheck="false" name="{name}" size="12">'
        self.body.append(f'<p class="field"><label>{said["your_answer"]} {field}</label></p>')
    elif asked["kind"] == "order":
        lines = parts(node, step)
        _write_lines(self, [(f'<li data-place="{k}">', lines[k]) for k in disorder(len(lines))], ' class="lines"')
    for road in parts(node, wrong):
        self.body.append(f'<div class="road" hidden data-value="{road["value"]!r}">')
        _write(self, road.children)
        self.body.append("</div>")
    _write_key(self, node, said)
    self.body.append("</fieldset></form>\n")
    raise nodes.SkipNode


def _write(self, children):
    for child in children:
        child.walkabout(self)


def _write_options(self, options, name, said):
    for letter, part in zip(LETTERS, options, strict=False):
        data = " data-right" if part["right"] else ""
        self.body.append(f'<div class="option"{data}><label><input type="radio" name="{name}" value="{letter}"> <b class="letter">{letter}</b> ')
        _write(self, part[0].children)
        right = said["right"] if part["right"] else said["not_right"]
        self.body.append(f'</label><details class="reason"><summary>{said["why"]}</summary><p class="said">{right}</p>')
        _write(self, part.children[1:])
        self.body.append("</details></div>")


def _write_verdicts(self, right, name, said):
    for verdict in VERDICTS:
        data = " data-right" if verdict == right else ""
        self.body.append(f'<div class="option"{data}><label><input type="radio" name="{name}" value="{verdict}"> {said["verdicts"][verdict]}</label></div>')


def _write_lines(self, lines, attributes=""):
    self.body.append(f"<ol{attributes}>")
    for tag, line in lines:
        self.body.append(tag)
        _write(self, line.children)
        self.body.append("</li>")
    self.body.append("</ol>")


def _write_key(self, node, said):
    asked = node.parent
    self.body.append(f'<details class="key"><summary>{said["show"]}</summary>')
    if short := in_short(node, asked["kind"], asked["verdict"], said):
        self.body.append(f'<p class="said">{short}</p>')
    if asked["kind"] == "order":
        _write_lines(self, [("<li>", line) for line in parts(node, step)])
    _write(self, [child for part in parts(node, answer) for child in part.children])
    _write(self, notes(node))
    self.body.append("</details>")


class practice(nodes.General, nodes.Element):
    """Stands where the practice of the whole bank will be."""


class Practice(SphinxDirective):
    """Put the practice here: rounds from the whole bank, made by ``theme/assets/questions.js``."""

    def run(self):
        return [practice()]


def _visit_practice(self, node):
    said = bank_words(self.config.language)
    self.body.append(f'<div class="practice" hidden data-words="{self.encode(json.dumps(said["practice"], ensure_ascii=False))}"></div>')
    self.body.append(f'<p class="practice-needs-script">{said["practice_needs_script"]}</p>')
    raise nodes.SkipNode


def write_bank(app, every):
    """Write every question, as it looks on its page, into one script, which the practice reads: a page from the disk may not fetch.

    The addresses in it are counted from the root of the site.
    """
    written = {node["name"]: app.builder.render_partial(node)["fragment"] for node in every}
    script = f"window.questionBank = {json.dumps(written, ensure_ascii=False)};\n"
    Path(app.outdir, "_static", "bank.js").write_text(script.replace("</", "<\\/"), encoding="utf-8")


def setup(app):
    def skip(self, node):
        raise nodes.SkipNode

    app.add_node(question, html=(_visit_question, _depart_question))
    app.add_node(variant, html=(_visit_variant, None))
    app.add_node(picture, html=(_visit_picture, None))
    app.add_node(practice, html=(_visit_practice, None))
    app.add_node(
        answer_key,
        html=(lambda self, node: self.body.append('<div class="answer-key">'), lambda self, node: self.body.append("</div>\n")),
    )
    for node in (choice, step, wrong, answer):  # a variant writes its parts itself
        app.add_node(node, html=(skip, None))
    app.add_directive("practice", Practice)
    for transform in (AddKey, CloseChapters, DrawPictures):
        app.add_post_transform(transform)
