"""The three kinds of code cell, by tag: what is to be read stands open; a check, a drawing and the set-up are folded.

``check`` becomes one line under its paragraph, "✓ checked: 3 numbers", that opens to the code. ``draw`` is folded below the figure
it draws: a cell that only defines what the next one draws with goes into the same fold. So do checks that follow one another, and a
cell that only prepares the next check. ``setup`` is folded where it stands.
"""

import ast
import re

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from .folding import fold, fold_summary
from .words import counted, words

log = logging.getLogger(__name__)

KINDS = ("check", "draw", "setup")


class FoldCells(SphinxPostTransform):
    """Runs after the pictures are in place."""

    default_priority = 150
    formats = ("html",)

    def run(self, **kwargs):
        waiting = {kind: [] for kind in KINDS}
        for cell in [n for n in self.document.findall(nodes.container) if n.get("nb_element") == "cell_code"]:
            kind = _kind(cell)
            if kind is None or not _code(cell):
                continue
            cell["classes"].append(f"cell-{kind}")
            cells = waiting[kind]
            if cells and cells[0].parent is not cell.parent:
                self._fold(kind, cells)
                cells.clear()
            cells.append(cell)
            complete = {"check": _asserts, "draw": _shows, "setup": bool}[kind](cell)
            if complete and (kind == "draw" or _kind(_next(cell)) != kind):
                self._fold(kind, cells)
                cells.clear()
        for kind, cells in waiting.items():
            if cells:
                self._fold(kind, cells)

    def _fold(self, kind, cells):
        """Put the code of these cells into one fold, in the last of them; the others are gone then."""
        code = [part for cell in cells for part in _code(cell)]
        for part in code:
            part.parent.remove(part)
        last = cells[-1]
        place = len(last.children) if kind == "draw" else 0
        last.insert(place, fold("", fold_summary("", self._says(kind, code)), *code, classes=["fold-code", kind], plain=True))
        for cell in cells[:-1]:
            if cell.children:
                cell["classes"].remove(f"cell-{kind}")
            else:
                cell.parent.remove(cell)

    def _says(self, kind, code):
        if kind != "check":
            return words(self.config.language)[kind]
        source = "\n".join(part.astext() for part in code)
        if not re.search(r"\bassert", source):
            log.warning("A cell with the tag “check” asserts nothing: “%s”.", source.split("\n")[0], location=self.env.docname)
        return checked(source, self.config.language)


def _code(cell):
    return [part for part in cell.children if part.get("nb_element") == "cell_code_source"]


def _shows(cell):
    return len(cell.children) > len(_code(cell))


def _asserts(cell):
    return any(re.search(r"\bassert", part.astext()) for part in _code(cell))


def _next(cell):
    return cell.next_node(descend=False, siblings=True)


def _kind(cell):
    tags = cell.get("cell_metadata", {}).get("tags", []) if isinstance(cell, nodes.container) else []
    return next((kind for kind in KINDS if kind in tags), None)


def checked(source, language="en"):
    """Say how much a cell checks: "✓ checked: 3 numbers", or where it compares no number, "✓ checked: 1 statement"."""
    count = _Count()
    count.visit(ast.parse(re.sub(r"^%.*", "pass", source, flags=re.M)))
    return counted(language, "checked_numbers", count.numbers) if count.numbers else counted(language, "checked_statements", count.asserts)


class _Count(ast.NodeVisitor):
    """Counts the asserts of a cell and the numbers they compare with.

    A number counts where it is one side of a comparison, by itself or in a list; inside ``approx(…)`` or ``array(…)``; or where it is
    what ``allclose(…)``, ``isclose(…)`` and ``assert_allclose(…)`` compare with. It counts as often as a loop over a list that
    stands in the cell repeats it. Digits, indices, tolerances and arguments of functions do not count.
    """

    def __init__(self):
        self.numbers = self.asserts = self.asserting = 0
        self.times, self.lists = 1, {}

    def visit_Assign(self, node):
        if isinstance(node.targets[0], ast.Name):
            self.lists[node.targets[0].id] = node.value
        self.generic_visit(node)

    def visit_For(self, node):
        self._repeated([node.iter], node.body)

    def visit_GeneratorExp(self, node):
        self._repeated([part.iter for part in node.generators], [node.elt])

    visit_ListComp = visit_GeneratorExp

    def _repeated(self, over, inside):
        before = self.times
        for it in over:
            self.times *= self._length(it)
        for part in inside:
            self.visit(part)
        self.times = before

    def _length(self, over):
        if isinstance(over, ast.Call):
            over = over.func.value if isinstance(over.func, ast.Attribute) else (over.args or [over])[-1]
        over = self.lists.get(getattr(over, "id", None), over)
        return max(1, len(getattr(over, "elts", getattr(over, "keys", []))))

    def visit_Assert(self, node):
        self.asserts += self.times
        self.asserting += 1
        self.visit(node.test)
        self.asserting -= 1

    def visit_Compare(self, node):
        if self.asserting:
            self.numbers += self.times * sum(map(_numbers, [node.left, *node.comparators]))
        self.generic_visit(node)

    def visit_Call(self, node):
        name = ast.unparse(node.func).rpartition(".")[2]
        if name.startswith("assert_"):
            self.asserts += self.times
        if name.startswith("assert_") or self.asserting and name in ("allclose", "isclose"):
            self.numbers += self.times * sum(map(_numbers, node.args[:2]))
        self.generic_visit(node)

    def visit_Subscript(self, node):
        self.visit(node.value)


def _numbers(side):
    """How many numbers a side of a comparison is: 1 for 2 / 3, 2 for [0.5, 7], 0 for f(2)."""
    if isinstance(side, (ast.List, ast.Tuple, ast.Set)):
        return sum(map(_numbers, side.elts))
    if isinstance(side, ast.Dict):
        return sum(map(_numbers, side.values))
    if isinstance(side, ast.Call):
        wrapped = ast.unparse(side.func).rpartition(".")[2] in ("approx", "array", "float32", "float64", "Fraction")
        return _numbers(side.args[0]) if wrapped and side.args else 0
    parts = list(ast.walk(side))
    if any(isinstance(part, (ast.Name, ast.Call, ast.Subscript, ast.GeneratorExp, ast.ListComp)) for part in parts):
        return 0
    return int(any(isinstance(part, ast.Constant) and type(part.value) in (int, float, complex) for part in parts))


def setup(app):
    app.add_post_transform(FoldCells)
