"""Notebooks that cannot be read or do not run to their end: the page, the cell, its line and what it raised.

myst-nb says of a notebook only that it failed. The build goes on with the others, so that all that fail are named at once.
"""

import json
import re
from pathlib import Path

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.util import logging

log = logging.getLogger(__name__)


def _read(app, docname, source):
    """Put an empty page in the place of a notebook that is none, such as one with the marks of a merge in it."""
    if Path(app.env.doc2path(docname)).suffix != ".ipynb":
        return
    try:
        read = json.loads(source[0])
        problem = None if isinstance(read, dict) and "cells" in read else "it has no cells"
    except ValueError as error:
        problem = error
    if problem:
        log.warning("This is not a notebook: %s.", problem, location=docname)
        title = {"cell_type": "markdown", "id": "title", "metadata": {}, "source": f"# {docname}"}
        source[0] = json.dumps({"cells": [title], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def _run(app, document):
    """Name the cell that stopped a notebook."""
    run = NbMetadataCollector.get_exec_data(app.env, app.env.docname)
    if run is None or run["succeeded"]:
        return
    trace = re.sub(r"\x1b\[[\d;]*m", "", run["traceback"])  # without its colours
    # nbclient quotes the cell between two lines of dashes, and then what Python says of it.
    source, said = re.search(r"cell(?: contents)?:\n-{9,}\n(.*?)\n-{9,}\n(.*)", trace, flags=re.S).groups()
    lines = source.split("\n")
    if waited := re.search(r"while it was being executed, after (\S+) seconds", trace):
        problem = f"was not done after {waited.group(1)} seconds"
    else:
        number = re.search(r"Cell In\[\d+\], line (\d+)", said)  # an unknown magic has none
        where = f" at its line {number.group(1)}, “{lines[int(number.group(1)) - 1].strip()}”" if number else ""
        raised = [line for line in said.strip().rpartition("\n\n")[2].split("\n") if not line.startswith((" ", "Cell In[", "-----"))]
        problem = f"stops{where}: {'; '.join(raised).rstrip(': .')}"
    log.warning("The cell that begins with “%s” %s.", lines[0], problem, location=app.env.docname)


def setup(app):
    app.connect("source-read", _read)
    app.connect("doctree-read", _run)
