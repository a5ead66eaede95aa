"""What the pages say of their address and their source: everything when these are known, nothing when they are not."""

import os
import re
import shutil
import struct
import xml.etree.ElementTree as ET

import pytest
from conftest import NOT_COPIED, ROOT, build_book

ADDRESS, REPOSITORY = "https://example.org/some/course", "https://example.org/we/course"
PAGES = {"index": "# The book\n\nWhat it is about.\n", "second": "# One < two & more\n\nIts first sentence.\n"}


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Return a function that builds a book of two pages with the course's own settings, and returns its site."""

    def build(**environment):
        book = tmp_path_factory.mktemp("book")
        shutil.copytree(ROOT / "theme", book / "theme", ignore=NOT_COPIED)
        shutil.copy(ROOT / "_config.yml", book)
        (book / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\nchapters:\n  - file: chapters/second\n", encoding="utf-8")
        (book / "chapters").mkdir()
        (book / "chapters" / "references.bib").touch()
        for name, text in PAGES.items():
            (book / "chapters" / f"{name}.md").write_text(text, encoding="utf-8")
        known = {key: value for key, value in os.environ.items() if not key.startswith("BOOK_")}
        done = build_book(book, "-W", "-n", env=known | environment)
        assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
        return book / "_build" / "html"

    return build


@pytest.fixture(scope="module")
def known(build):
    # With and without the stroke at its end an address is the same.
    return build(BOOK_ADDRESS=ADDRESS + "/", BOOK_REPOSITORY=REPOSITORY + "/")


def read(site, name):
    return (site / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", PAGES)
def test_page_names_its_address_and_its_picture(known, name):
    page = read(known, f"chapters/{name}.html")
    assert f'<link rel="canonical" href="{ADDRESS}/chapters/{name}.html">' in page
    assert f'<meta property="og:url" content="{ADDRESS}/chapters/{name}.html">' in page
    picture = re.search(rf'<meta property="og:image" content="{ADDRESS}/([^"]*)">', page).group(1)
    head = (known / picture).read_bytes()[:24]
    assert head.startswith(b"\x89PNG") and struct.unpack(">II", head[16:]) == (1200, 630)


@pytest.mark.parametrize("name", PAGES)
def test_page_leads_to_its_source_and_to_its_reader_s_complaint(known, name):
    page = read(known, f"chapters/{name}.html")
    assert f'href="{REPOSITORY}/edit/main/chapters/{name}.md"' in page
    assert f'href="{REPOSITORY}/issues/new?title=chapters/{name}.md"' in page


def test_sitemap_lists_the_pages_and_nothing_else(known):
    places = [place.text for place in ET.fromstring(read(known, "sitemap.xml")).iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")]
    assert places == [f"{ADDRESS}/chapters/{name}.html" for name in PAGES]


def test_the_page_for_a_lost_reader_leads_home_from_any_address(known):
    assert f'<a href="{ADDRESS}/chapters/index.html">' in read(known, "404.html")
    assert f'<link rel="canonical" href="{ADDRESS}/chapters/index.html">' in read(known, "index.html")


@pytest.mark.parametrize("name", ["404.html", "search.html"])
def test_what_nobody_should_find_is_not_offered(known, name):
    page = read(known, name)
    assert "canonical" not in page and "og:url" not in page and "noindex" in page


def test_nothing_dangles_without_an_address(build):
    site = build()
    assert not (site / "sitemap.xml").exists() and not (site / "_static" / "preview").exists()
    for path in site.rglob("*.html"):
        page = read(site, path.relative_to(site))
        assert not re.search(r"canonical|og:url|og:image|twitter:|/edit/|/issues/|https?:", page), path.name


@pytest.mark.parametrize("name", PAGES)
def test_page_has_a_title_and_a_description(known, name):
    page = read(known, f"chapters/{name}.html")
    title, description = {
        "index": ("RMSprop: Adagrad with memory loss", "What it is about."),
        "second": ("One &lt; two &amp; more · RMSprop: Adagrad with memory loss", "Its first sentence."),
    }[name]
    assert f"<title>{title}</title>" in page
    assert f'<meta name="description" content="{description}">' in page
