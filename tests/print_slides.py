"""Print every deck of the built book as a tagged PDF, one slide to a page, and as a handout with four to a page; into _build/slides/."""

import sys
from pathlib import Path

import browser
from playwright.sync_api import sync_playwright

BUILD = Path(__file__).parent.parent / "_build"
KINDS = ("slides", "handout")  # the size of the paper is that of present.css, or A4


def decks():
    """The built pages that can be presented."""
    return [page for page in sorted((BUILD / "html").rglob("*.html")) if "deck-new" in page.read_text(encoding="utf-8")]


def print_deck(chromium, page, kind, target):
    """Print the deck of a page; return how many slides it has."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, color_scheme="light", offline=True)
    sheet = context.new_page()
    sheet.goto(f"{page.as_uri()}?present={kind}")
    sheet.wait_for_function("document.documentElement.dataset.printed")
    sheet.emulate_media(media="screen")  # the style of the slides, not that of a printed page
    sheet.pdf(path=target, tagged=True, outline=True, print_background=True, format="A4", prefer_css_page_size=True)
    count = int(sheet.evaluate("document.documentElement.dataset.printed"))
    context.close()
    return count


def main():
    path = browser.find()
    if not path:
        sys.exit("Printing needs Chromium. Install it, or name the one you have: CHROMIUM=/path/to/chromium make slides")
    target = BUILD / "slides"
    target.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        chromium = browser.launch(playwright, path)
        for page in decks():
            for kind in KINDS:
                count = print_deck(chromium, page, kind, target / f"{page.stem}-{kind}.pdf")
            print(f"{page.stem}: {count} slides", flush=True)
        chromium.close()
    print(f"The slides are in {target.relative_to(BUILD.parent)}/.")


if __name__ == "__main__":
    main()
