"""A chapter in JupyterLab, in a real browser, started as `make lab` starts it: what a class sees on the projector."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest
from conftest import ROOT
from traitlets.config import PyFileConfigLoader

CHAPTER = "rmsprop.ipynb"
LAB = shutil.which("jupyter-lab", path=Path(sys.executable).parent)
LABEXTENSIONS = Path(sys.prefix) / "share" / "jupyter" / "labextensions"

needs_lab = pytest.mark.skipif(LAB is None, reason="JupyterLab is not installed")

# Runs every cell and waits until the last of them has its count, and until JupyterLab has drawn them all, which it does one by one
# whenever it is idle.
RUN = """async () => {
  const { content, context, sessionContext } = jupyterapp.shell.currentWidget;
  const late = (ms) => new Promise((done) => setTimeout(done, ms));
  await context.ready;
  await sessionContext.ready;
  while (!sessionContext.session?.kernel) await late(50);
  await sessionContext.session.kernel.info;
  const code = content.widgets.filter((cell) => cell.model.type === "code");
  jupyterapp.commands.execute("notebook:run-all-cells");
  for (let k = 0; code.some((cell) => cell.model.executionCount === null); k++) {
    if (k === 2400) throw new Error("The cells did not run to their end in two minutes.");
    await late(50);
  }
  const isDrawn = (cell) => !cell.isPlaceholder() && (cell.model.type !== "markdown" || cell.node.querySelector(".myst")?.childElementCount);
  for (let k = 0; !content.widgets.every(isDrawn); k++) {
    if (k === 1200) throw new Error("JupyterLab did not draw the notebook in a minute.");
    await late(50);
  }
}"""
SAVE = "async () => { await jupyterapp.commands.execute('docmanager:save'); }"


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@pytest.fixture(scope="module")
def chapters(tmp_path_factory):
    """The course's folder without what was built, so that nothing that is saved here reaches the work tree."""
    course = tmp_path_factory.mktemp("course")
    for name in ("chapters", "settings"):
        shutil.copytree(ROOT / name, course / name)
    shutil.copy(ROOT / "_toc.yml", course)
    return course / "chapters"


@pytest.fixture(scope="module")
def lab(chapters):
    """The address of a JupyterLab."""
    own = chapters.parent
    port = free_port()
    env = {
        **os.environ,
        "JUPYTER_CONFIG_PATH": str(own / "settings"),
        "JUPYTER_PATH": str(own / "settings"),
        "JUPYTER_CONFIG_DIR": str(own / "config"),
        "JUPYTER_DATA_DIR": str(own / "data"),
        "JUPYTERLAB_SETTINGS_DIR": str(own / "user-settings"),
        "JUPYTERLAB_WORKSPACES_DIR": str(own / "workspaces"),
        "PYTHONPATH": str(ROOT),
    }
    options = ["--allow-root", "--no-browser", f"--port={port}", "--IdentityProvider.token=", "--LabApp.expose_app_in_browser=True"]
    with open(own / "log", "w", encoding="utf-8") as log:
        server = subprocess.Popen([LAB, *options, f"--notebook-dir={chapters}"], env=env, stdout=log, stderr=log)
    address = f"http://localhost:{port}"
    try:
        for _ in range(600):
            assert server.poll() is None, (own / "log").read_text(encoding="utf-8")
            try:
                urllib.request.urlopen(f"{address}/api", timeout=5).close()
                break
            except OSError:
                time.sleep(0.1)
        yield address
    finally:
        server.terminate()
        server.wait()


@pytest.fixture(scope="module")
def notebook(lab, chromium):
    """The chapter, all of its cells run, on a projector of 1280 by 720."""
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.set_default_timeout(90_000)
    page.goto(f"{lab}/lab/tree/{CHAPTER}")
    page.wait_for_selector(".jp-Notebook .myst")
    page.evaluate(RUN)
    yield page
    page.close()


def cells():
    return json.loads((ROOT / "chapters" / CHAPTER).read_text(encoding="utf-8"))["cells"]


@needs_lab
def test_a_chapter_in_a_browser(notebook, chapters):
    """One page, opened once, and everything that a class sees of it."""
    # What is not on the screen is not laid out, so that it has a text content but no inner text.
    shown = "\n".join(notebook.locator(".myst").all_text_contents())
    assert len(shown) > 5000 and not re.search(r"Unknown Directive|:::|\{(cite|eq|ref)\}", shown)
    assert notebook.locator(".jp-RenderedText[data-mime-type*=error]").count() == 0
    assert notebook.locator(".Toastify__toast").count() == 0

    folded = [cell for cell in cells() if cell["metadata"].get("jupyter", {}).get("source_hidden")]
    assert notebook.locator(".jp-CodeCell .jp-Placeholder").count() == len(folded) > 10

    figures = [cell["metadata"]["mystnb"] for cell in cells() if "figure" in cell["metadata"].get("mystnb", {})]
    captions = notebook.locator(".course-caption")
    assert captions.count() == len(figures)
    for k, figure in enumerate(figures):
        plain = figure["figure"]["caption"].partition("$")[0]
        assert plain and plain in captions.nth(k).text_content()
    said = notebook.locator(".widget-html-content > svg").evaluate_all("all => all.map((it) => it.getAttribute('aria-label'))")
    assert said == [figure["image"]["alt"] for figure in figures]

    cited = notebook.locator(".course-cite").all_text_contents()
    assert "(Tieleman & Hinton, 2012)" in cited
    assert notebook.locator("[title='Citation Not Found']").count() == 0 == notebook.locator(".course-cite svg:visible").count()

    widths = notebook.locator(".jp-Notebook .myst p").evaluate_all("all => all.map((it) => it.offsetWidth)")
    assert 300 < max(widths) <= 46 * 16


@needs_lab
def test_a_solution_is_folded_with_its_code(notebook):
    solution = next(cell["id"] for k, cell in enumerate(cells()) if "{solution-start}" in "".join(cells()[k - 1]["source"]))
    of_it = "id => jupyterapp.shell.currentWidget.content.widgets.find((cell) => cell.model.id === id).isVisible && \
        jupyterapp.shell.currentWidget.content.widgets.find((cell) => cell.model.id === id).node.offsetHeight > 0"
    assert not notebook.evaluate(of_it, solution)
    title = notebook.locator("details", has_text="Solution to").first.locator("summary")
    assert "Start of" not in title.inner_text()
    # Not at its middle, where the link to the exercise stands.
    title.click(position={"x": 400, "y": 20})
    notebook.wait_for_function(of_it, arg=solution)
    title.click(position={"x": 400, "y": 20})
    notebook.wait_for_function(f"id => !({of_it})(id)", arg=solution)


@needs_lab
def test_a_slider_says_its_value_and_moves_the_picture(notebook):
    handle = notebook.get_by_role("slider", name="α").first
    box = notebook.locator(".widget-vbox", has=handle).last
    handle.scroll_into_view_if_needed()
    before = handle.get_attribute("aria-valuetext")
    assert before.startswith("α\u00a0=\u00a0") and before == box.locator("> .widget-label").inner_text()
    picture = box.locator("svg").first.inner_html()
    handle.focus()
    notebook.keyboard.press("ArrowRight")
    notebook.wait_for_function("([it, before]) => it.getAttribute('aria-valuetext') !== before", arg=[handle.element_handle(), before])
    after = handle.get_attribute("aria-valuetext")
    assert after.startswith("α\u00a0=\u00a0") and after == box.locator("> .widget-label").inner_text()
    assert box.locator("svg").first.inner_html() != picture


@needs_lab
def test_a_link_to_a_chapter_opens_its_notebook(notebook):
    notebook.locator(".myst a", has_text="Chapter 3").first.click()
    notebook.wait_for_function("jupyterapp.shell.currentWidget?.context?.path === 'adagrad.ipynb'")


@needs_lab
def test_what_only_a_page_can_show_is_a_sentence_and_no_red_box(notebook):
    notebook.evaluate("async () => { await jupyterapp.commands.execute('docmanager:open', { path: 'index.ipynb' }); }")
    lines = notebook.locator(".course-elsewhere")
    lines.first.wait_for()
    assert lines.first.text_content() == "Here the built page has the chapters as cards."
    boxes = notebook.get_by_text("Unknown Directive")
    assert boxes.count() and not any(box.is_visible() for box in boxes.all())


@needs_lab
def test_a_chapter_that_was_run_is_saved_as_it_was(notebook, chapters):
    notebook.evaluate(f"async () => {{ await jupyterapp.commands.execute('docmanager:open', {{ path: '{CHAPTER}' }}); }}")
    notebook.wait_for_function(f"jupyterapp.shell.currentWidget?.context?.path === '{CHAPTER}'")
    before = (chapters / CHAPTER).stat().st_mtime_ns
    notebook.evaluate(SAVE)
    assert (chapters / CHAPTER).stat().st_mtime_ns > before
    assert (chapters / CHAPTER).read_bytes() == (ROOT / "chapters" / CHAPTER).read_bytes()


def saved(path):
    """What the server's own settings leave of a notebook that was run."""
    hook = PyFileConfigLoader("jupyter_server_config.py", str(ROOT / "settings")).load_config().ContentsManager.pre_save_hook
    cell = {"cell_type": "code", "execution_count": 3, "outputs": [{}], "source": "1", "metadata": {"execution": {}, "tags": ["check"]}}
    kernel = {"display_name": "Python 3 (ipykernel)", "language": "python", "name": "python3"}
    content = {"cells": [cell], "metadata": {"widgets": {}, "kernelspec": kernel, "language_info": {"name": "python", "version": "3"}}}
    hook(model={"type": "notebook", "content": content}, path=path, contents_manager=None)
    return content


def test_outputs_are_taken_from_chapters_and_not_from_a_students_own_notebook():
    chapter = saved("rmsprop.ipynb")
    assert chapter["metadata"] == json.loads((ROOT / "chapters" / CHAPTER).read_text(encoding="utf-8"))["metadata"]
    assert chapter["cells"] == [{"cell_type": "code", "execution_count": None, "outputs": [], "source": "1", "metadata": {"tags": ["check"]}}]
    mine = saved("my homework.ipynb")
    assert mine["cells"][0]["outputs"] == [{}] and mine["cells"][0]["execution_count"] == 3


@needs_lab
def test_the_one_extension_that_is_marked_incompatible_never_loads_what_it_is_marked_for():
    """jupyterlab-myst 2.7.0 names @jupyter/ydoc 3, which it uses for its types only, and JupyterLab 4.6 brings 4: nothing asks for it."""
    scripts = list((LABEXTENSIONS / "jupyterlab-myst" / "static").glob("*.js"))
    assert len(scripts) > 20
    for script in scripts:
        assert "@jupyter/ydoc" not in script.read_text(encoding="utf-8"), script.name
