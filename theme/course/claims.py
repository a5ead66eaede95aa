"""The list of claims: every theorem and every row of the notes, where it stands and the test of the same label.

A claim on a page is a theorem, a corollary or an admonition whose label is T4, R6, B13 and so on; its title begins with the label,
and a theorem is followed by its proof. Its test is a function in ``tests/`` whose name begins with ``test_T4_``. The page that says
``{claims}`` lists them all, in words and by chapter, each with its tests folded below it. A claim without a test, a test without a claim, a label
that stands twice and a label that is none are warnings here, and so errors of the build: what is mistyped must not drop out of
the list in silence.
"""

import ast
import functools
import re
from pathlib import Path

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective
from sphinx.util.nodes import make_refnode

from .boxes import VERDICTS, sign
from .folding import fold, fold_summary
from .kept import keep
from .words import words

TESTS = Path(__file__).resolve().parents[2] / "tests"
LABEL = re.compile(r"[TRB][1-9]\d*b?")
ALMOST = re.compile(r"[TRB][-_]?\d\w*", re.IGNORECASE)  # meant as a label, by the looks of it
FORM = "a label is T, R or B and a number, and at most a b after it"
PROVEN = {"theorem", "proposition", "lemma", "corollary"}
WHOLE = 4  # of the tests that a claim has in a file, so many are shown whole, and the others by their first line and what they say
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
    for path, node, lines in _functions():
        if label := _label_of(node):
            first = min([node.lineno, *(d.lineno for d in node.decorator_list)])
            code = "\n".join(lines[first - 1 : node.end_lineno])
            files = found.setdefault(label, {})
            files[path.name] = f"{files[path.name]}\n\n\n{code}" if path.name in files else code
    return found


def _functions():
    """Every function of the test files, with its file and the lines of that file."""
    for path in sorted(TESTS.glob("test_*.py")):
        lines, functions = _parsed(path.read_text(encoding="utf-8"))
        yield from ((path, node, lines) for node in functions)


@functools.cache
def _parsed(source):
    """The lines of a test file, and its functions."""
    return source.splitlines(), [node for node in ast.parse(source).body if isinstance(node, ast.FunctionDef)]


def _label_of(function):
    match = re.match(rf"test_({LABEL.pattern})_", function.name)
    return match and match.group(1)


def collect(app, doctree):
    """Return the claims and the lists of a page that has been read, and complain of labels that are mistyped."""
    found = []
    for node in doctree.findall(nodes.Element):
        if not node.children or not isinstance(node[0], nodes.title):
            continue
        title, theorem = node[0].astext().strip(), node.get("realtype") in PROVEN
        for label in _labels(node, theorem):
            if LABEL.fullmatch(label):
                found.append((label, title, node["ids"][0]))
                if not re.match(rf"{label}\b", title):
                    logger.warning(f"{label} has the title “{title}”; the title of a claim begins with its label", location=node)
            elif theorem or ALMOST.fullmatch(label):
                logger.warning(f"“{title}” has the label {label}; {FORM}", location=node)
        if theorem and not _is_proof(node.next_node(descend=False, siblings=True)):
            logger.warning(f"no proof stands below “{title}”", location=node)
    return found, {node["kind"] for node in doctree.findall(claims_list)}


def _labels(node, theorem):
    """The labels of a titled box: docutils makes names lower-case; sphinx-proof keeps its labels as they are."""
    return [node["label"]] if theorem else [name[:1].upper() + name[1:] for name in node["names"]]


def statements(app, doctree):
    """Return what each claim of a page says, by its label, and its verdict."""
    said = {}
    for node in doctree.findall(nodes.Element):
        if node.children and isinstance(node[0], nodes.title):
            theorem = node.get("realtype") in PROVEN
            for label in filter(LABEL.fullmatch, _labels(node, theorem)):
                said[label] = _in_words(node, theorem), next((name for name in VERDICTS if name in node["classes"]), None)
    return said


def _in_words(node, theorem):
    """What a claim says: all of a theorem; of a row of the notes the first paragraph after the quotation and its translation."""
    if theorem:
        parts = [part for child in node.children[1:] for part in (child.children if isinstance(child, nodes.section) else [child])]
    else:
        paragraphs = [part for part in node.children if isinstance(part, nodes.paragraph)]
        parts = [part for part in paragraphs if not (len(part) == 1 and isinstance(part[0], nodes.emphasis))][:1]
    return [part.deepcopy() for part in parts]


def _is_proof(node):
    return node is not None and any("proof" in box["classes"] and "realtype" not in box for box in node.findall(nodes.admonition))


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
    """Puts the lists in their places, before the references in what is claimed are resolved and the tests folded."""

    default_priority = 5

    def run(self, **kwargs):
        for node in list(self.document.findall(claims_list)):
            node.replace_self(self._list(node["kind"]))

    def _list(self, kind):
        """The claims of a kind by the page they stand on, in the order of the book, with links to each page's when there are several."""
        groups = []
        for page in self._pages():
            claims = [claim for claim in self.env.course_claims[page][0] if claim[0].startswith(kind)]
            if claims:
                groups.append((page, sorted(claims, key=lambda claim: _order(claim[0]))))
        tested = tests()
        made = [nodes.section("", ids=[f"{kind}-{page.rpartition('/')[2]}"], classes=["claims"]) for page, _ in groups]
        for section, (page, claims) in zip(made, groups, strict=True):
            if len(groups) > 1:
                section += nodes.title("", " ".join(self._name(page)))
            section += nodes.bullet_list("", *(self._claim(page, *claim, tested) for claim in claims), classes=["claims"])
        return [self._choice(kind, groups), *made] if len(groups) > 1 else [part for section in made for part in section.children]

    def _pages(self):
        numbers = self.env.toc_secnumbers
        return sorted(self.env.course_claims, key=lambda page: (numbers.get(page, {}).get("", (999,)), page))

    def _name(self, page):
        return *map(str, self.env.toc_secnumbers.get(page, {}).get("", ())), self.env.titles[page].astext()

    def _choice(self, kind, groups):
        links = [nodes.reference("", words(self.config.language)["all"], refid=_heading_id(self.document, kind), internal=True)]
        for page, _ in groups:
            links.append(nodes.reference("", self._name(page)[0], refid=f"{kind}-{page.rpartition('/')[2]}", internal=True, reftitle=self._name(page)[-1]))
        return nodes.bullet_list("", *(nodes.list_item("", nodes.paragraph("", "", link)) for link in links), classes=["claims-choice"])

    def _claim(self, page, label, title, target, tested):
        statement, verdict = self.env.course_statements[page][label]
        link = make_refnode(self.app.builder, self.env.docname, page, target, nodes.inline("", title))
        heading = nodes.paragraph("", "", link, classes=["claim"])
        if verdict:
            heading["classes"].append(verdict)
            heading.insert(0, sign(sign=VERDICTS[verdict], said=words(self.config.language)[verdict]))
        item = nodes.list_item("", heading, *(self._copy(part) for part in statement))
        for file, code in tested.get(label, {}).items():
            says = fold_summary("", "", nodes.inline("", words(self.config.language)["tested"], classes=["tested"]), nodes.literal("", file))
            # Without colours, which would be an eighth of the page's weight, and all of this is folded.
            code = _shortened(code)
            item += fold("", says, nodes.literal_block(code, code, language="text"), plain=True)
        return item

    def _copy(self, part):
        """A copy without what stands once: ids, names, the numbers of formulas; its links are made anew from this page."""
        part = part.deepcopy()
        for node in part.findall(nodes.Element):
            node["ids"], node["names"] = [], []
            if isinstance(node, nodes.math_block):
                node["label"] = node["number"] = None
            if "refdoc" in node:
                node["refdoc"] = self.env.docname
        return part


def _shortened(code):
    """The source of a claim's tests in a file, of which the first few are whole and the others say what they are."""
    functions = code.split("\n\n\n")
    for k, source in enumerate(functions[WHOLE:], WHOLE):
        (node,) = ast.parse(source).body
        docstring = f'    """{ast.get_docstring(node)}"""\n' if ast.get_docstring(node) else ""
        functions[k] = f"def {node.name}({ast.unparse(node.args)}):\n{docstring}    ..."
    return "\n\n\n".join(functions)


def _heading_id(document, kind):
    """The id of the section that a list stands in."""
    node = next(node for node in document.findall(claims_list) if node["kind"] == kind)
    while not isinstance(node, nodes.section):
        node = node.parent
    return node["ids"][0]


def _order(label):
    return int(re.search(r"\d+", label).group()), label


def setup(app):
    app.add_node(claims_list)
    app.add_directive("claims", Claims)
    keep(app, "course_claims", collect)
    keep(app, "course_statements", statements)
    app.connect("env-updated", again)
    app.connect("env-check-consistency", check)
    app.add_post_transform(FillLists)
