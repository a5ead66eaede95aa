"""The bank as Moodle XML: a category for each chapter, and in it one for the variants of each question with numbers.

The format is the one that Moodle documents (https://docs.moodle.org/en/Moodle_XML_format) and reads in ``question/format/xml/format.php``.
Every type used here is in each Moodle since 3.5, so that no file is refused for a plugin that is not there: lines to be put in order are
a question of type ``matching``, each line with its place, because ``ordering`` became part of Moodle later. What takes sentences is an
``essay`` whose marking scheme only graders see.
"""

import base64
import html

from .bank import CHOICES, VERDICTS, answer, choice, marks, notes, parts, shown, stem, step, wrong
from .plain import Plain


def write(path, every, titles, book, site, said):
    """Write the resolved questions; ``titles`` has the name of each chapter's category by its file name."""
    out, category, top = ['<?xml version="1.0" encoding="UTF-8"?>', "<quiz>"], None, f"$course$/top/{_category(book)}"
    for node in every:
        chapter = f"{top}/{_category(titles[node['chapter']])}"
        place = f"{chapter}/{node['name']}" if len(node.children) > 1 else chapter
        if place != category:
            category = place
            out.append(f'<question type="category"><category>{_text(place)}</category><info format="html">{_text("")}</info></question>')
        for number, made in enumerate(node.children, 1):
            name = node["name"] if len(node.children) == 1 else f"{node['name']}-{number}"
            out.append(_question(node, made, name, Plain(site, "@@PLUGINFILE@@/"), said))
    path.write_text("\n".join([*out, "</quiz>", ""]), encoding="utf-8")


def _category(name):
    """A name as a part of a category's path, where a slash of its own is written twice."""
    return name.replace("/", "//")


def _text(content):
    return f"<text>{html.escape(content, quote=False)}</text>"


def _html(tag, content, files="", attributes=""):
    """An element of HTML; CDATA may not hold its own end."""
    inside = content.replace("]]>", "]]]]><![CDATA[>")
    return f'<{tag}{attributes} format="html"><text><![CDATA[{inside}]]></text>{files}</{tag}>'


def _question(node, made, name, plain, said):
    kind, asked = node["kind"], plain(*stem(made))
    files = "".join(f'<file name="{file}" path="/" encoding="base64">{base64.b64encode(svg.encode()).decode()}</file>' for file, svg in plain.pictures.items())
    worked = "".join(plain(*part.children) for part in parts(made, answer))
    more = plain(*notes(made))
    if kind in CHOICES:
        type_, body = "multichoice", _options(made, plain)
    elif kind == "verdict":
        type_, body = "multichoice", _verdicts(node["verdict"], worked, said)
    elif kind == "number":
        type_, body = "numerical", _number(made, node["tolerance"], plain, said)
    elif kind == "order":
        type_, body = "matching", _places(made, plain)
        asked += f"<p>{said['places']}</p>"
    else:
        type_, body, more = "essay", _essay(worked), ""
    head = (
        f"<name>{_text(name)}</name>{_html('questiontext', asked, files)}{_html('generalfeedback', (worked if kind in ('number', 'order') else '') + more)}"
        f"<defaultgrade>{(kind == 'derive' and marks(worked)) or 1}</defaultgrade><penalty>{0 if type_ == 'essay' else 0.3333333}</penalty>"
        f"<hidden>0</hidden><idnumber>{name}</idnumber>"
    )
    tags = [node["chapter"], kind, node["track"], f"level-{node['level']}", *node["claims"]]
    return f'<question type="{type_}">{head}{body}<tags>{"".join(f"<tag>{_text(tag)}</tag>" for tag in tags)}</tags></question>'


def _answer(fraction, content, reason, more=""):
    return f'<answer fraction="{fraction}" format="moodle_auto_format">{_text(content)}{_html("feedback", reason)}{more}</answer>'


def _single(answers, shuffle):
    feedback = "".join(_html(f"{kind}feedback", "") for kind in ("correct", "partiallycorrect", "incorrect"))
    return f"<single>true</single><shuffleanswers>{shuffle}</shuffleanswers><answernumbering>ABCD</answernumbering>{feedback}{answers}"


def _options(made, plain):
    answers = ""
    for part in parts(made, choice):
        text = f"<text><![CDATA[{plain(*part[0].children)}]]></text>"
        answers += f'<answer fraction="{100 if part["right"] else 0}" format="html">{text}{_html("feedback", plain(*part.children[1:]))}</answer>'
    return _single(answers, "true")


def _verdicts(right, worked, said):
    return _single("".join(_answer(100 if verdict == right else 0, said["verdicts"][verdict], worked) for verdict in VERDICTS), "false")


def _number(made, tolerance, plain, said):
    """The answer, then the wrong roads with what is wrong with them, each with its tolerance as a distance."""

    def one(fraction, value, reason):
        return _answer(fraction, repr(value), reason, f"<tolerance>{abs(value) * tolerance + 1e-12!r}</tolerance>")

    answers = one(100, made["value"], f"<p>{shown(made['value'])}</p>")
    answers += "".join(one(0, road["value"], plain(*road.children)) for road in parts(made, wrong))
    return f"{answers}<unitgradingtype>0</unitgradingtype><unitpenalty>0.1</unitpenalty><showunits>3</showunits><unitsleft>0</unitsleft>"


def _places(made, plain):
    lines = "".join(
        f'<subquestion format="html"><text><![CDATA[{plain(*line.children)}]]></text><answer>{_text(str(place))}</answer></subquestion>'
        for place, line in enumerate(parts(made, step), 1)
    )
    return f"<shuffleanswers>true</shuffleanswers>{lines}"


def _essay(worked):
    return (
        "<responseformat>editor</responseformat><responserequired>1</responserequired><responsefieldlines>15</responsefieldlines>"
        f"<attachments>0</attachments><attachmentsrequired>0</attachmentsrequired>{_html('graderinfo', worked)}{_html('responsetemplate', '')}"
    )
