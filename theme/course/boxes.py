"""Boxes that say at a glance what they are: predictions that take a tap, and statements with a verdict.

An admonition of class ``predict`` holds admonitions of class ``dropdown``, one for each answer; exactly one of them is also of class
``right``. They become <details> of one name, so that the browser closes one when another is opened, and show ✓ or ✗ when open.
An admonition of class ``right``, ``repair`` or ``misconception`` is a statement that is right, right with a repair, or wrong: its
title begins with ✓, ~ or ≠, which a screen reader says in words.
"""

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from .words import words

log = logging.getLogger(__name__)

VERDICTS = {"right": "✓", "repair": "~", "misconception": "≠"}


class sign(nodes.Inline, nodes.Element):
    """A sign that is said in words where it is not seen."""


class SignBoxes(SphinxPostTransform):
    """Runs before the dropdowns are folded."""

    default_priority = 390
    formats = ("html",)

    def run(self, **kwargs):
        self.words = words(self.config.language)
        boxes = [box for box in self.document.findall(nodes.Admonition) if isinstance(box, nodes.Element)]
        predictions = [box for box in boxes if "predict" in box["classes"]]
        answers = []
        for number, box in enumerate(predictions, 1):
            answers += self._prediction(box, f"prediction-{number}")
        for box in boxes:
            verdict = next((name for name in VERDICTS if name in box["classes"]), None)
            if verdict and box not in answers and isinstance(box[0], nodes.title):
                box["classes"].append("verdict")
                box[0].insert(0, sign(sign=VERDICTS[verdict], said=self.words[verdict]))

    def _prediction(self, box, name):
        answers = [child for child in box.children if isinstance(child, nodes.Admonition) and "dropdown" in child["classes"]]
        if not answers:
            return []
        right = sum("right" in answer["classes"] for answer in answers)
        if right != 1 or not 2 <= len(answers) <= 4:
            problem = "“%s” has %s answers, %s of them right; a prediction has two to four, and one is right."
            log.warning(problem, box[0].astext(), len(answers), right, location=box)
        for answer in answers:
            kind = "right" if "right" in answer["classes"] else "wrong"
            answer["name"] = name
            answer["classes"] += ["answer-to-tap", *({kind} - set(answer["classes"]))]
            first = next((part for part in answer.children if isinstance(part, nodes.paragraph)), None)
            if first is not None:
                said = "" if first.astext().startswith(self.words[kind]) else self.words[kind]
                first.insert(0, sign(sign="✓" if kind == "right" else "✗", said=said))
        return answers


def _visit(self, node):
    said = f'<span class="visually-hidden">{self.encode(node["said"])}: </span>' if node["said"] else ""
    self.body.append(f'<span class="sign" aria-hidden="true">{node["sign"]}</span> {said}')
    raise nodes.SkipNode


def setup(app):
    app.add_node(sign, html=(_visit, None))
    app.add_post_transform(SignBoxes)
