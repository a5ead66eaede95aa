"""The list of claims: every theorem and every row of the notes, where it stands and the test of the same label.

A claim on a page is a theorem or an admonition whose label is T4, R6, B13 and so on. Its test is a function in ``tests/`` whose
name begins with ``test_T4_``. The page that says ``{claims}`` lists them all, with the tests' code folded open on demand; a claim
without a test, or a test without a claim, is a warning there, and so an error of the build.
"""

import ast
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

TESTS = Path(__file__).resolve().parents[2] / "tests"
LABEL = re.compile(r"[TRB]\d+b?")
KINDS = {"T": "Theorems", "R": "The Russian note", "B": "The Bengali note"}

logger = logging.getLogger(__name__)


class claims_list(nodes.General, nodes.Element):
    """Stands where the list will be, until all pages are read."""


class Claims(SphinxDirective):
    """Put the list of the claims of one kind here: ``T``, ``R`` or ``B``."""

    required_arguments = 1

    def run(self):
        kind = self.arguments[0]
        if kind not in KINDS:
            raise self.error(f"claims is asked for {kind!r}; it knows {', '.join(KINDS)}.")
        return [claims_list(kind=kind, location=(self.env.docname, self.lineno))]


def tests():
    """The tests of the claims: label → file name → source of its tests there."""
    found = {}
    for path in sorted(TESTS.glob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            match = isinstance(node, ast.FunctionDef) and re.match(rf"test_({LABEL.pattern})_", node.name)
            if match:
                first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
                code = "\n".join(source.splitlines()[first - 1 : node.end_lineno])
                files = found.setdefault(match.group(1), {})
                files[path.name] = f"{files[path.name]}\n\n\n{code}" if path.name in files else code
    return found


def collect(app, doctree):
    """Note the claims of a page when it has been read."""
    found = {}
    for node in doctree.findall(nodes.Element):
        for name in [*node.get("names", []), node.get("label", "")]:
            label = name[:1].upper() + name[1:]  # docutils makes names lower-case
            if LABEL.fullmatch(label) and node.children and isinstance(node[0], nodes.title):
                found[label] = node[0].astext().strip(), node["ids"][0]
    app.env.course_claims = getattr(app.env, "course_claims", {})
    app.env.course_claims[app.env.docname] = found


def purge(app, env, docname):
    getattr(env, "course_claims", {}).pop(docname, None)


def merge(app, env, docnames, other):
    env.course_claims = {**getattr(env, "course_claims", {}), **getattr(other, "course_claims", {})}


def again(app, env):
    """The page with the lists is written again whenever any page changes."""
    return [docname for docname in env.found_docs if docname.endswith("claims")]


class FillLists(SphinxPostTransform):
    """Puts the lists in their places, before folding gives the tests their <details>."""

    default_priority = 300

    def run(self, **kwargs):
        for node in list(self.document.findall(claims_list)):
            node.replace_self(self._list(node["kind"], node["location"]))

    def _list(self, kind, location):
        placed = {
            label: (page, *where)
            for page, claims in self.env.course_claims.items()
            for label, where in claims.items()
            if label.startswith(kind)
        }
        tested = {label: found for label, found in tests().items() if label.startswith(kind)}
        for label in sorted(placed.keys() - tested.keys(), key=_order):
            logger.warning(f"{label} stands on the page {placed[label][0]}, but no test is called test_{label}_…", location=location)
        for label in sorted(tested.keys() - placed.keys(), key=_order):
            logger.warning(f"{', '.join(tested[label])} tests {label}, which stands on no page", location=location)
        items = nodes.bullet_list()
        for label in sorted(placed, key=_order):
            page, title, target = placed[label]
            link = make_refnode(self.app.builder, self.env.docname, page, target, nodes.inline("", title))
            item = nodes.list_item("", nodes.paragraph("", "", link))
            for file, code in tested.get(label, {}).items():
                heading = nodes.title("", "", nodes.literal("", file))
                item += nodes.container("", heading, nodes.literal_block(code, code, language="python"), classes=["dropdown"])
            items += item
        return items


def _order(label):
    return int(re.search(r"\d+", label).group()), label


def setup(app):
    app.add_node(claims_list)
    app.add_directive("claims", Claims)
    app.connect("doctree-read", collect)
    app.connect("env-purge-doc", purge)
    app.connect("env-merge-info", merge)
    app.connect("env-updated", again)
    app.add_post_transform(FillLists)
