"""Boxes: everything of class ``dropdown`` becomes a native <details>, which folds without a script; notes may have a title."""

from docutils import nodes
from docutils.parsers.rst.directives import admonitions
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_exercise.nodes import solution_node
from sphinx_proof.nodes import depart_unenumerable_node, unenumerable_node

from .words import words

FIXED_IDS = {"proof-content", "solution-content", "exercise-content", "proof"}  # the same on every theorem of a page


class _Titled:
    """``:::{note} The question`` puts the words after its name into the title, as JupyterLab shows it."""

    optional_arguments = 1
    final_argument_whitespace = True

    def run(self):
        (box,) = super().run()
        if self.arguments and isinstance(box, nodes.Admonition):
            text, messages = self.state.inline_text(self.arguments[0], self.lineno)
            title = nodes.title(self.arguments[0], "", *text)
            title.source, title.line = self.state_machine.get_source_and_line(self.lineno)
            classes = [box.tagname, *box["classes"]]
            box = nodes.admonition(box.rawsource, title, *messages, *box.children, classes=classes, ids=box["ids"], names=box["names"])
        return [box]


class TitledNote(_Titled, admonitions.Note):
    pass


class TitledTip(_Titled, admonitions.Tip):
    pass


class TitledWarning(_Titled, admonitions.Warning):
    pass


class fold(nodes.General, nodes.Element):
    """A <details>; its first child is a `fold_summary`."""


class fold_summary(nodes.TextElement):
    """The <summary> of a `fold`."""


class FoldDropdowns(SphinxPostTransform):
    """Runs after the extensions have resolved the titles of exercises and solutions."""

    default_priority = 400
    formats = ("html",)

    def run(self, **kwargs):
        for node in self.document.findall(nodes.Element):
            if FIXED_IDS.intersection(node.get("ids", [])):
                node["ids"] = [name for name in node["ids"] if name not in FIXED_IDS]
        for node in list(self.document.findall(lambda n: isinstance(n, nodes.Element) and "dropdown" in n.get("classes", []))):
            self._fold(node)

    def _fold(self, node):
        summary = fold_summary()
        if isinstance(node, solution_node):  # it stands right below its exercise, which has the title
            node.remove(node[0])
            summary += nodes.Text(words(self.config.language)["solution"])
        elif node.children and isinstance(node[0], nodes.title):
            title = node.pop(0)
            # The summary lays out its children side by side, so a title of words and formulas has to be one of them.
            summary.extend([nodes.inline("", "", *title.children)] if len(title) > 1 else title.children)
            for link in list(summary.findall(nodes.reference)):  # a summary is a control itself and may not hold another
                link.parent.replace(link, link.children)
        elif "proof" in node["classes"]:
            summary += nodes.Text(words(self.config.language)["proof"])
            _drop_prefix(node, "Proof. ")
        else:
            summary += nodes.Text(admonitionlabels.get(node.tagname, node.tagname.title()))
        if not isinstance(node, nodes.admonition):
            node["classes"].append(node.tagname.removesuffix("_node"))
        classes = [name for name in dict.fromkeys(node["classes"]) if name != "dropdown"]
        node.replace_self(fold("", summary, *node.children, ids=node["ids"], classes=classes, name=node.get("name")))


def _drop_prefix(node, prefix):
    """Take away the word that sphinx-proof writes before the text of a proof: the summary says it."""
    first = next(node.findall(nodes.Text), None)
    if first is not None and first.startswith(prefix):
        first.parent.replace(first, nodes.Text(first[len(prefix) :]))


def _visit_fold(self, node):
    named = {"name": node["name"]} if node.get("name") else {}
    self.body.append(self.starttag(node, "details", CLASS="fold" if node.get("plain") else "fold admonition", **named))


def _visit_summary(self, node):
    self.body.append("<summary>")


def _depart(tag):
    def depart(self, node):
        self.body.append(f"</{tag}>\n")

    return depart


def _visit_theorem(self, node):
    self.body.append(self.starttag(node, "div", CLASS="admonition"))


def _depart_theorem(self, node):
    """As sphinx-proof does it, but without giving the title the same id again."""
    depart_unenumerable_node(self, node)
    title = f'<p class="admonition-title" id="{node["ids"][0]}">'
    at = len(self.body) - 1 - self.body[::-1].index(title)
    self.body[at] = '<p class="admonition-title">'


def _note_labels(app, document):
    """Let ``[T4](#T4)`` find the theorem T4 from every page, as it finds a heading or an exercise."""
    for node in document.findall(lambda n: isinstance(n, nodes.Admonition) and "realtype" in n):
        title = node["title"].strip() or node["label"]
        app.env.get_domain("std").note_hyperlink_target(node["label"].lower(), app.env.docname, node["label"], title)


def setup(app):
    app.add_node(fold, html=(_visit_fold, _depart("details")))
    app.add_node(fold_summary, html=(_visit_summary, _depart("summary")))
    app.add_node(unenumerable_node, override=True, html=(_visit_theorem, _depart_theorem))
    for name, directive in [("note", TitledNote), ("tip", TitledTip), ("warning", TitledWarning)]:
        app.add_directive(name, directive, override=True)
    app.add_post_transform(FoldDropdowns)
    app.connect("doctree-read", _note_labels)
