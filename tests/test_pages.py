"""The built pages in a real browser, from the disk, with the network cut."""

import re
from xml.etree import ElementTree

import pytest
from conftest import SITE, pages

SLIDERS = [
    (name, k)
    for name in pages()
    for k in range(len(re.findall(r'<div class="explore"', (SITE / name).read_text(encoding="utf-8"))))
]


def test_the_book_is_built():
    assert len(pages()) >= 6, "The site is missing: run `make book` first."


@pytest.mark.parametrize("name", pages())
def test_page_opens_without_trouble_and_asks_no_other_host(open_page, name):
    page = open_page(name)
    page.wait_for_load_state("networkidle")
    assert page.troubles == []
    assert [url for url in page.asked if not url.startswith(("file:", "data:", "blob:"))] == []


@pytest.mark.parametrize("name", pages())
def test_formulas_are_sound_for_screen_readers(name):
    """Firefox reports an error for every <msub> that has not two children, and so on; Chromium is silent."""
    wanted = {"msub": 2, "msup": 2, "munder": 2, "mover": 2, "mfrac": 2, "mroot": 2, "msubsup": 3, "munderover": 3}
    for formula in set(re.findall(r"<math.*?</math>", (SITE / name).read_text(encoding="utf-8"), flags=re.S)):
        for node in ElementTree.fromstring(formula.replace("&nbsp;", "\xa0")).iter():
            tag = node.tag.rpartition("}")[2]
            assert len(node) == wanted.get(tag, len(node)), formula


@pytest.mark.parametrize("name", pages())
def test_page_does_not_scroll_sideways_on_a_small_phone(open_page, name):
    page = open_page(name, viewport={"width": 320, "height": 640})
    assert page.evaluate("document.documentElement.scrollWidth") <= 320


def test_search_finds_a_chapter_offline(open_page):
    page = open_page("search.html")
    page.goto(page.url + "?q=half-life")
    page.wait_for_selector("#search-results a")
    assert any("moving-average" in (link.get_attribute("href") or "") for link in page.locator("#search-results a").all())


@pytest.mark.parametrize("name", pages())
def test_page_is_light(name):
    """Its own HTML, gzipped, as any static host sends it: the questions, and the claims in words, have added to the first edition's 85 kB."""
    import gzip

    assert len(gzip.compress((SITE / name).read_bytes(), 9)) <= 120_000


@pytest.mark.parametrize("name", pages())
def test_picture_says_to_a_screen_reader_what_is_to_be_seen_and_no_more(name):
    pictures = re.findall(r'<svg [^>]*class="drawing"([^>]*)>(<[^>]*>)', (SITE / name).read_text(encoding="utf-8"))
    assert len(pictures) >= sum(name == other for other, _ in SLIDERS)
    for attributes, inside in pictures:
        assert re.search(r'aria-label="[^"]{20,}"', attributes), attributes
        assert inside == '<g aria-hidden="true">', "or every tick's number is read"
