"""What several tests share: the built site and a browser to read it in."""

import importlib
import os
import pkgutil
import shutil
import subprocess
import sys
import tempfile
import weakref
from pathlib import Path

import nbval.kernel
import pytest
from hypothesis import HealthCheck, Phase, settings

import rmsprop_lib

# Hypothesis draws among others the numbers that stand in the modules loaded so far. Loading all of them first lets a test see the
# same examples alone, among others and in every order.
for found in pkgutil.iter_modules(rmsprop_lib.__path__):
    importlib.import_module(f"rmsprop_lib.{found.name}")

# The same examples on every run and on every machine, however slow it is or however many examples a test passes over.
unhurried = [HealthCheck.too_slow, HealthCheck.filter_too_much]
settings.register_profile("course", derandomize=True, deadline=None, suppress_health_check=unhurried)
# `make mutants` asks only whether there is a counterexample, and not for the smallest one.
settings.register_profile("mutants", parent=settings.get_profile("course"), phases=[Phase.explicit, Phase.generate])
settings.load_profile("course")

# The time the book is made with; and for every program that a test starts, the kernels of notebooks among them, another order of sets
# and another time zone than the book was made with.
os.environ.setdefault("SOURCE_DATE_EPOCH", "1767225600")
os.environ.update(PYTHONHASHSEED="1", TZ="Pacific/Kiritimati")

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build" / "html"

# Done when a page has done what it leaves for when it is idle: page.js waits in the same way. A browser that draws nothing calls
# nobody before the second is over, and after a frame at once.
IDLE = "new Promise((done) => requestAnimationFrame(() => requestIdleCallback(done, { timeout: 1000 })))"

# What belongs to one folder or one machine, and not to the course.
NOT_COPIED = shutil.ignore_patterns(".*", "_build", "mutants", "__pycache__", "*.egg-info")


class TalkedToOverFiles(nbval.kernel.KernelManager):
    """The kernel of a notebook under nbval. A port that was free when it was chosen may be another program's when the kernel starts,
    and among three workers and their browsers that happens; Windows has no other way."""

    def __init__(self, **how):
        folder = tempfile.mkdtemp(prefix="kernel-")
        super().__init__(transport="ipc", connection_file=os.path.join(folder, "kernel.json"), **how)
        weakref.finalize(self, shutil.rmtree, folder, ignore_errors=True)


if os.name == "posix":
    nbval.kernel.KernelManager = TalkedToOverFiles


def pytest_xdist_auto_num_workers():
    """One more than there are processors, for browsers and kernels have to be waited for; as many as xdist's own variable says."""
    if number := os.environ.get("PYTEST_XDIST_AUTO_NUM_WORKERS"):
        return int(number)
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(allowed, 8) + 1


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    """The longest files come first, so that no worker is still at one of them when the others have nothing left to do."""
    items.sort(key=lambda item: item.path.name not in ("test_pages_in_a_browser.py", "test_same_bytes.py", "test_present.py", "networks.ipynb"))


def build_book(folder, *options, **how):
    """Run Jupyter Book in a folder, as `make book` does, and return how it ended and what it said."""
    command = [shutil.which("jupyter-book", path=Path(sys.executable).parent), "build", *options, "."]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", **how)


def pages():
    """The built pages, as paths below the site; the one at its root only leads to the first."""
    found = {path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")}
    return sorted(found - {"index.html"})


def with_sliders():
    """The built pages that have sliders, by name, and their texts."""
    texts = {name: (SITE / name).read_text(encoding="utf-8") for name in pages()}
    return {name: text for name, text in texts.items() if '<div class="explore"' in text}


def first_figure(page):
    """Where the first figure of a chapter begins, in screens from the top of the page just opened; 0 on a page that is no chapter."""
    return page.evaluate(
        """() => document.querySelector("section.deeper")
            ? document.querySelector("article :is(figure, .explore)").getBoundingClientRect().top / innerHeight : 0"""
    )


@pytest.fixture(scope="session")
def chromium():
    """A browser with its network cut, for pages opened from the disk."""
    import browser
    from playwright.sync_api import sync_playwright

    path = browser.find()
    assert path, "No Chromium was found. Run `make test`, which installs one, or set CHROMIUM to the path of yours."
    with sync_playwright() as playwright:
        chromium = browser.launch(playwright, path)
        yield chromium
        chromium.close()


def recorded(page):
    """The same page, keeping a list of what goes wrong on it and one of what it asks for."""
    page.troubles, page.asked = [], []
    page.on("console", lambda message: message.type in ("error", "warning") and page.troubles.append(message.text))
    page.on("pageerror", lambda error: page.troubles.append(str(error)))
    page.on("requestfailed", lambda request: page.troubles.append(f"failed: {request.url}"))
    page.on("response", lambda response: response.status >= 400 and page.troubles.append(f"{response.status} {response.url}"))
    page.on("request", lambda request: page.asked.append(request.url))
    return page


def one_tab(chromium, **settings):
    """For a fixture: one page of the browser, in a context of its own, that its tests share."""
    context = chromium.new_context(**settings)
    yield recorded(context.new_page())
    context.close()


def anew(page, url):
    """The page of the browser at another address, loaded even if it was there, and nothing recorded of where it was before."""
    page.goto("about:blank")
    page.troubles.clear()
    page.asked.clear()
    page.goto(url)
    return page


def all_open(page):
    """The page with every fold open."""
    page.evaluate("document.querySelectorAll('details').forEach((details) => (details.open = true))")
    return page


@pytest.fixture
def open_page(chromium):
    """Return a function that opens a built page offline and records what went wrong on it."""
    contexts = []

    def open_page(name, **settings):
        settings = {"viewport": {"width": 1280, "height": 900}, **settings}
        context = chromium.new_context(offline=True, **settings)
        contexts.append(context)
        page = recorded(context.new_page())
        page.goto((SITE / name.partition("#")[0]).as_uri() + "".join(name.partition("#")[1:]))
        return page

    yield open_page
    for context in contexts:
        context.close()
