"""What goes with a reader through a page and from page to page: the header, the place where they were, the height of what is below."""

from conftest import SITE

PHONE = {"viewport": {"width": 390, "height": 844}}
CHAPTER = "chapters/networks.html"
LANDING = "chapters/index.html"
HEADER = "document.querySelector('.top').getBoundingClientRect().bottom > 40"


def header_is_there(page, whether):
    """Wait until the header, which takes its time, has come or gone."""
    page.wait_for_function(f"({HEADER}) === {str(whether).lower()}")


def scrolled(page, to):
    page.evaluate(f"scrollTo(0, {to})")
    page.wait_for_timeout(300)


def test_the_header_goes_with_the_text_and_comes_back_on_the_way_up(open_page):
    page = open_page(CHAPTER, **PHONE)
    for width in (360, 1440):
        page.set_viewport_size({"width": width, "height": 800})
        the_header_goes_and_comes(page)


def the_header_goes_and_comes(page):
    page.evaluate("document.activeElement.blur()")
    scrolled(page, 1500)
    scrolled(page, 3000)
    header_is_there(page, False)
    scrolled(page, 2800)
    header_is_there(page, True)
    scrolled(page, 2900)
    header_is_there(page, False)
    # Whoever comes with the keyboard sees where the focus is.
    page.locator(".tool.mode").focus()
    header_is_there(page, True)


def test_without_a_script_the_header_stays_at_the_top(open_page):
    page = open_page(CHAPTER, java_script_enabled=False, **PHONE)
    assert page.locator(".top").evaluate("it => getComputedStyle(it).position") == "static"


def test_the_header_moves_at_once_for_who_wants_less_motion(open_page):
    page = open_page(CHAPTER, reduced_motion="reduce", **PHONE)
    assert page.locator(".top").evaluate("it => getComputedStyle(it).transitionDuration") == "0s"


def test_the_two_lists_are_told_apart_by_their_names(open_page):
    page = open_page(CHAPTER, viewport={"width": 320, "height": 640})
    for name, opened in (("This page", "#page-toc"), ("Chapters", "#book")):
        button = page.get_by_role("button", name=name, exact=True)
        assert button.locator("span").is_visible()
        button.click()
        assert page.locator(opened).is_visible()
        page.keyboard.press("Escape")
    for width in (320, 360):
        page.set_viewport_size({"width": width, "height": 640})
        one, other = (page.get_by_role("button", name=name, exact=True).locator("span").bounding_box() for name in ("This page", "Chapters"))
        assert one["height"] < 18 and other["height"] < 18, "each name stays on one line, above the rule below the header"
        assert one["x"] + one["width"] <= other["x"] and other["x"] + other["width"] <= width


def read_to_the_end_of(page, section):
    """Scroll as a reader does: the heading first, then screen by screen to the section's end, where they rest."""
    page.evaluate("id => document.getElementById(id).scrollIntoView()", section)
    page.wait_for_timeout(300)
    for _ in range(30):
        if page.evaluate("id => document.getElementById(id).getBoundingClientRect().bottom <= innerHeight", section):
            break
        page.evaluate("scrollBy(0, innerHeight * 0.7)")
        page.wait_for_timeout(250)
    page.wait_for_timeout(1300)


def test_the_page_remembers_what_was_read_and_the_landing_page_goes_on_there(open_page):
    page = open_page(LANDING, **PHONE)
    assert page.locator(".go-on").count() == 0, "nothing was read yet"
    page.goto((SITE / CHAPTER).as_uri())
    first, second = page.locator(".page-toc li > p > a, .page-toc li > a").evaluate_all("all => all.slice(0, 2).map(it => it.hash.slice(1))")
    read_to_the_end_of(page, first)
    done = page.locator(".page-toc .done")
    assert done.evaluate_all("all => all.map(it => it.hash)") == [f"#{first}"]
    assert "read to its end" in done.first.text_content()
    page.reload()
    assert page.locator(".page-toc .done").count() == 1
    page.evaluate("id => document.getElementById(id).scrollIntoView()", second)
    page.wait_for_timeout(1300)
    heading = page.locator(f"#{second} h2").first.evaluate("it => it.firstChild.data")
    page.goto((SITE / LANDING).as_uri())
    link = page.locator(".go-on a")
    assert link.inner_text() == f"Go on: Chapter 10, {heading}"
    link.click()
    page.wait_for_load_state()
    assert page.url.split("#")[0] == (SITE / CHAPTER).as_uri()
    assert page.evaluate("document.querySelector(location.hash).closest('section')?.id") == second
    assert [said for said in page.troubles if not said.startswith("failed: ")] == []


def test_a_leap_to_the_end_reads_nothing(open_page):
    page = open_page(CHAPTER, **PHONE)
    page.keyboard.press("End")
    page.wait_for_timeout(1500)
    assert page.locator(".page-toc .done").count() <= 1, "the last section at most, which was in sight whole"


def test_one_click_forgets(open_page):
    page = open_page(CHAPTER, **PHONE)
    scrolled(page, 2000)
    page.wait_for_timeout(1300)
    page.goto((SITE / LANDING).as_uri())
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('read ')).length") == 1
    page.get_by_role("button", name="Forget").click()
    assert page.evaluate("Object.keys(localStorage).filter(key => key.startsWith('read ')).length") == 0
    assert page.locator(".go-on a").count() == 0
    page.reload()
    assert page.locator(".go-on").count() == 0


def test_a_browser_that_denies_a_memory_does_without(open_page):
    page = open_page(LANDING, **PHONE)
    page.context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied') } })")
    for name in (CHAPTER, LANDING):
        page.goto((SITE / name).as_uri())
        scrolled(page, 2000)
        page.wait_for_timeout(1300)
    # What was still on its way when the page was left does not count.
    assert [said for said in page.troubles if not said.startswith("failed: ")] == [] and page.locator(".go-on").count() == 0
