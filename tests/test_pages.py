"""The built pages as files: how heavy they are, and whether formulas and pictures are sound for a screen reader.

What a browser makes of each of them is in test_pages_in_a_browser.py.
"""

import gzip
import re
from xml.etree import ElementTree

import pytest
from conftest import SITE, pages


def source(name):
    return (SITE / name).read_text(encoding="utf-8")


def test_the_book_is_built():
    assert len(pages()) >= 6, "The site is missing: run `make book` first."


@pytest.mark.parametrize("name", pages())
def test_formulas_are_sound_for_screen_readers(name):
    """Firefox reports an error for every <msub> that has not two children, and so on; Chromium is silent."""
    wanted = {"msub": 2, "msup": 2, "munder": 2, "mover": 2, "mfrac": 2, "mroot": 2, "msubsup": 3, "munderover": 3}
    for formula in set(re.findall(r"<math.*?</math>", source(name), flags=re.S)):
        for node in ElementTree.fromstring(formula.replace("&nbsp;", "\xa0")).iter():
            tag = node.tag.rpartition("}")[2]
            assert len(node) == wanted.get(tag, len(node)), formula


@pytest.mark.parametrize("name", pages())
def test_page_is_light(name):
    """Its own HTML, gzipped, as any static host sends it. The lecture of 90 minutes has the sliders of several chapters."""
    most = 115_000 if name.endswith("/lecture-90.html") else 92_000
    assert len(gzip.compress((SITE / name).read_bytes(), 9)) <= most


@pytest.mark.parametrize("name", pages())
def test_picture_says_to_a_screen_reader_what_is_to_be_seen_and_no_more(name):
    pictures = re.findall(r'<svg [^>]*class="drawing"([^>]*)>(<[^>]*>)', source(name))
    assert len(pictures) >= source(name).count('<div class="explore"')
    for attributes, inside in pictures:
        assert re.search(r'aria-label="[^"]{20,}"', attributes), attributes
        assert inside == '<g aria-hidden="true">', "or every tick's number is read"
