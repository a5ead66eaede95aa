"""A small book of one chapter and its questions, for tests of the bank: Sphinx with nothing but the bank's own extensions."""

import io
import re
import sys

from conftest import ROOT
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

NUMBER = """
::::{question} life
:kind: number
:claims: T5
:objectives: 1
:vary: alpha=[0.75, 0.9]
:answer: half_life(alpha)
How long, at α = {value}`alpha`?

:::{wrong} mean_age(alpha)
The mean age.
:::
:::{answer}
It is {value}`half_life(alpha)`.
:::
::::
"""
CHOICE = """
::::{question} pick
Which?

:::{choice} this
:right:
Because.
:::
:::{choice} that
Because not.
:::
::::
"""
CHAPTER = """# The chapter

:::{admonition} The answer
:class: answer
Yes.
:::

After this chapter you can

- say how long;

(questions-one)=
## Test yourself
"""

CONFIG = """
extensions = ["myst_nb", "only_bank"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
html_theme = "basic"
root_doc = "chapters/index"
project = html_title = "Small"
author = "nobody"
"""
EXTENSION = """
from course import bank, bank_pages, kept, stage, takeaway


def claims(app, document):
    return ([(label, "", "") for label in {claims!r}], set()) if app.env.docname == "chapters/one" else None


def setup(app):
    kept.keep(app, "course_claims", claims)
    app.add_role("stage", stage.AtSetting())
    for module in (bank, bank_pages, takeaway):
        module.setup(app)
"""


def build(folder, questions, monkeypatch, chapter=CHAPTER, claims=("T5",), time=1767225600):
    """Build the book in a folder that is not there yet; return what was complained of and the folder of the site."""
    monkeypatch.setenv("SOURCE_DATE_EPOCH", str(time))
    monkeypatch.syspath_prepend(ROOT / "theme")
    monkeypatch.syspath_prepend(folder)
    index = "# The book\n" + "".join(f"```{{toctree}}\n{pages}\n```\n" for pages in (":numbered:\none", "questions/one"))
    files = {"chapters/index.md": index, "chapters/one.md": chapter, "chapters/questions/one.md": f"# Questions\n{questions}"}
    files |= {"conf.py": CONFIG, "only_bank.py": EXTENSION.format(claims=claims)}
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    complaints, before = io.StringIO(), set(sys.modules)
    try:
        with docutils_namespace():
            Sphinx(folder, folder, folder / "out", folder / "trees", "html", status=None, warning=complaints).build()
    finally:
        for name in set(sys.modules) - before:
            if name.partition(".")[0] in ("only_bank", "course"):
                del sys.modules[name]
    return re.sub(r"\x1b\[[\d;]*m", "", complaints.getvalue()), folder / "out"
