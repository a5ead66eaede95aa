"""Everything of class ``dropdown`` becomes a native <details>: it folds without a script and its summary is a real control."""

from docutils import nodes
from myst_nb.sphinx_ import HideCodeCellNode
from sphinx.locale import admonitionlabels
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx_proof.nodes import depart_unenumerable_node, unenumerable_node

PROOF = {"en": "Proof", "ru": "Доказательство", "bn": "প্রমাণ"}
FIXED_IDS = {"proof-content", "solution-content", "exercise-content", "proof"}  # the same on every theorem of a page


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
        if node.children and isinstance(node[0], nodes.title):
            summary.extend(node.pop(0).children)
        elif "proof" in node["classes"]:
            summary += nodes.Text(PROOF.get(self.config.language[:2], PROOF["en"]))
            _drop_prefix(node, "Proof. ")
        else:
            summary += nodes.Text(admonitionlabels.get(node.tagname, node.tagname.title()))
        if not isinstance(node, nodes.admonition):
            node["classes"].append(node.tagname.removesuffix("_node"))
        classes = [name for name in dict.fromkeys(node["classes"]) if name != "dropdown"]
        node.replace_self(fold("", summary, *node.children, ids=node["ids"], classes=classes))


def _drop_prefix(node, prefix):
    """Take away the word that sphinx-proof writes before the text of a proof: the summary says it."""
    first = next(node.findall(nodes.Text), None)
    if first is not None and first.startswith(prefix):
        first.parent.replace(first, nodes.Text(first[len(prefix) :]))


def _visit_fold(self, node):
    self.body.append(self.starttag(node, "details", CLASS="fold admonition"))


def _visit_summary(self, node):
    self.body.append("<summary>")


def _visit_code(self, node):
    self.body.append(f'<details class="fold fold-code"><summary>{self.encode(node["prompt_show"])}</summary>\n')


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
    app.add_node(HideCodeCellNode, override=True, html=(_visit_code, _depart("details")))
    app.add_node(unenumerable_node, override=True, html=(_visit_theorem, _depart_theorem))
    app.add_post_transform(FoldDropdowns)
    app.connect("doctree-read", _note_labels)
