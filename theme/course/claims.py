"""The list of claims: every theorem and every row of the notes, where it stands and the test of the same label.

A claim on a page is a theorem, a corollary or an admonition whose label is T4, R6, B13 and so on; its title begins with the label,
and a theorem is followed by its proof. Its test is a function in ``tests/`` whose name begins with ``test_T4_``. The page that says
``{claims}`` lists them all, with the tests' code folded open on demand. A claim without a test, a test without a claim, a label
that stands twice and a label that is none are warnings here, and so errors of the build: what is mistyped must not drop out of
the list in silence.
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
LABEL = re.compile(r"[TRB][1-9]\d*b?")
ALMOST = re.compile(r"[TRB][-_]?\d\w*", re.IGNORECASE)  # meant as a label, by the looks of it
FORM = "a label is T, R or B and a number, and at most a b after it"
PROVEN = {"theorem", "proposition", "lemma", "corollary"}
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
        return [claims_list(kind=kind)]


def tests():
    """The tests of the claims: label → file name → source of its tests there."""
    found = {}
    for path, node, source in _functions():
        if label := _label_of(node):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            code = "\n".join(source.splitlines()[first - 1 : node.end_lineno])
            files = found.setdefault(label, {})
            files[path.name] = f"{files[path.name]}\n\n\n{code}" if path.name in files else code
    return found


def _functions():
    """Every function of the test files, with its file and the text of that file."""
    for path in sorted(TESTS.glob("test_*.py")):
        source = path.read_text(encoding="utf-8")
        for node in ast.parse(source).body:
            if isinstance(node, ast.FunctionDef):
                yield path, node, source


def _label_of(function):
    match = re.match(rf"test_({LABEL.pattern})_", function.name)
    return match and match.group(1)


def collect(app, doctree):
    """Note the claims and the lists of a page when it has been read."""
    found = []
    for node in doctree.findall(nodes.Element):
        if not node.children or not isinstance(node[0], nodes.title):
            continue
        title, theorem = node[0].astext().strip(), node.get("realtype") in PROVEN
        # docutils makes names lower-case; sphinx-proof keeps its labels as they are.
        labels = [node["label"]] if theorem else [name[:1].upper() + name[1:] for name in node["names"]]
        for label in labels:
            if LABEL.fullmatch(label):
                found.append((label, title, node["ids"][0]))
                if not re.match(rf"{label}\b", title):
                    logger.warning(f"{label} has the title “{title}”; the title of a claim begins with its label", location=node)
            elif theorem or ALMOST.fullmatch(label):
                logger.warning(f"“{title}” has the label {label}; {FORM}", location=node)
        if theorem and not _is_proof(node.next_node(descend=False, siblings=True)):
            logger.warning(f"no proof stands below “{title}”", location=node)
    app.env.course_claims = getattr(app.env, "course_claims", {})
    app.env.course_claims[app.env.docname] = found, {node["kind"] for node in doctree.findall(claims_list)}


def _is_proof(node):
    return node is not None and any("proof" in box["classes"] and "realtype" not in box for box in node.findall(nodes.admonition))


def purge(app, env, docname):
    getattr(env, "course_claims", {}).pop(docname, None)


def merge(app, env, docnames, other):
    env.course_claims = {**getattr(env, "course_claims", {}), **getattr(other, "course_claims", {})}


def again(app, env):
    """The page with the lists is written again whenever any page changes."""
    return [docname for docname, (_, lists) in env.course_claims.items() if lists]


def check(app, env):
    """Complain, once all pages are read, of every label that does not stand once on a page and on a test."""
    placed, tested = {}, tests()
    for page, (claims, _) in env.course_claims.items():
        for label, _, _ in claims:
            placed.setdefault(label, []).append(page)
    for label in sorted(placed, key=_order):
        pages = placed[label]
        if len(pages) > 1:
            logger.warning(f"{label} stands {len(pages)} times, on {' and '.join(pages)}; a label stands once", location=pages[-1])
        if label not in tested:
            logger.warning(f"{label} stands on the page {pages[0]}, but no test is called test_{label}_…", location=pages[0])
    for label in sorted(tested.keys() - placed.keys(), key=_order):
        logger.warning(f"{', '.join(tested[label])} tests {label}, which stands on no page")
    listed = set().union(*(lists for _, lists in env.course_claims.values()))
    for kind in sorted({label[0] for label in placed} - listed):
        logger.warning(f"no page lists the claims of the kind {kind} (“{KINDS[kind]}”)")
    names = set()
    for path, node, _ in _functions():
        place = f"{path}:{node.lineno}"
        if _label_of(node):
            if (path, node.name) in names:
                logger.warning(f"{node.name} is defined twice; only the last of the two is run", location=place)
            names.add((path, node.name))
            if not _can_fail(node):
                logger.warning(f"{node.name} asserts nothing, so it cannot fail", location=place)
            if re.search(r"pytest\.(mark\.)?(skip|xfail|importorskip)", ast.unparse(node)):
                logger.warning(f"{node.name} may be skipped; the test of a claim is always run", location=place)
        elif re.match(rf"test_{ALMOST.pattern}", node.name, re.IGNORECASE):
            logger.warning(f"{node.name} is the test of no label; its name is test_, a label and words, and {FORM}", location=place)


def _can_fail(function):
    """Whether something is asserted in it: by ``assert``, by NumPy's assert_… or by pytest.raises."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assert):
            return True
        if isinstance(node, ast.Call) and re.search(r"(^|\.)(assert_\w+|raises)$", ast.unparse(node.func)):
            return True
    return False


class FillLists(SphinxPostTransform):
    """Puts the lists in their places, before folding gives the tests their <details>."""

    default_priority = 300

    def run(self, **kwargs):
        for node in list(self.document.findall(claims_list)):
            node.replace_self(self._list(node["kind"]))

    def _list(self, kind):
        placed = {
            label: (page, title, target)
            for page, (claims, _) in self.env.course_claims.items()
            for label, title, target in claims
            if label.startswith(kind)
        }
        tested = tests()
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
    app.connect("env-check-consistency", check)
    app.add_post_transform(FillLists)
