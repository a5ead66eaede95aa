"""What the pages need beyond the stock theme, as one Sphinx extension in small modules.

bank      questions, each with its answer and its reasons, from one source
bank_pages how the questions look on pages and on paper
boxes     predictions that take a tap, statements with a verdict
cells     what is checked, drawn and set up is folded, by the cell's tag
claims    the list of claims and their tests
maths     formulas become HTML and MathML while building
kept      what each page was found to hold, by page
folding   everything of class ``dropdown`` becomes a native <details>
notebooks those that do not run to their end are named with the cell and its line
drawings  figures and sliders become inline SVG in the colours of the page
heights   how tall a section will be, said before it is laid out
routes    lectures made of the chapters' slides by a list
slides    where a page is cut when it is presented
search    the index of sections, with the readers' words that the glossary names
stage     the directive for what readers can move: a landscape, rules, and the two lines as text
takeaway  the questions as an Anki deck and for Moodle, and cards to vote with
tracks    the core of a chapter and what goes deeper, with their minutes
papers    the sheet and the mock papers as tagged PDFs; typesetting makes Typst's markup of what is read
archive   the whole site as one file beside it
pages     titles, descriptions, addresses; which files a page loads
"""

import gc

from . import archive, bank, bank_pages, boxes, cells, claims, drawings, folding, maths, notebooks, pages, papers, routes, search, slides, stage, takeaway, tracks

READING = (claims, maths, folding, notebooks, drawings, cells, boxes, stage, tracks)
MAKING = (bank, bank_pages, slides, routes, takeaway, papers, search, pages, archive)  # the archive last, of what the others have written


def setup(app):
    # The pages of a book are millions of objects that live until it is made. Looking through all of them for what is of no more use,
    # as often as Python does it, took an eighth of the time.
    gc.set_threshold(100_000, 20, 100)
    for module in (*READING, *MAKING):
        module.setup(app)
    return {"version": "1", "env_version": 1, "parallel_read_safe": True, "parallel_write_safe": True}
