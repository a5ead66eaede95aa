"""The pages' share of `make bench`: sliders, bytes and time, side by side with the stock Jupyter Book.

The stock page is the landing page of this course, built by an untouched Jupyter Book; its slider is ipywidgets' own, linked to the
same pictures, the way that works there without a kernel. What it asks other hosts for is served from this machine, so that both
pages are fetched the same way: compressed, over a slow mobile network, by a processor slowed fourfold.
"""

import functools
import gzip
import json
import re
import shutil
import statistics
import subprocess
import tempfile
import threading
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import browser
from conftest import ROOT, SITE, build_book
from playwright.sync_api import sync_playwright

PAGE = "chapters/index.html"
PHONE = {"viewport": {"width": 360, "height": 800}}
SLOWER = 4
FRAME = 1000 / 60
MOBILE = {"offline": False, "latency": 150, "downloadThroughput": 1.6e6 / 8, "uploadThroughput": 750e3 / 8}
ROUNDS = 5

# What the stock page fetches from other hosts: the npm package and the file in it that stands for it here.
ELSEWHERE = {
    "require.min.js": ("requirejs@2.3.4", "requirejs/require.js"),
    "embed-amd.js": ("@jupyter-widgets/html-manager@1.0.6", "@jupyter-widgets/html-manager/dist/embed-amd.js"),
    "tex-mml-chtml.js": ("mathjax@3", "mathjax/es5/tex-mml-chtml.js"),
}

# The last line of the notebook's cell is `explore(…)`; this shows the same pictures under ipywidgets' own slider.
STOCK_SLIDER = """import ipywidgets
frames = ipywidgets.Stack([ipywidgets.HTML(shown._picture.one(k)) for k in range(len(shown._readouts))], selected_index=0)
slider = ipywidgets.IntSlider(max=len(shown._readouts) - 1)
ipywidgets.jslink((slider, "value"), (frames, "selected_index"))
ipywidgets.VBox([slider, frames])"""

MOVE = """async (k) => {
    const box = document.querySelectorAll(".explore")[k], input = box.querySelector("input");
    for (let it = box; it; it = it.parentElement) if (it.tagName === "DETAILS") it.open = true;
    box.scrollIntoView();
    await new Promise((done) => setTimeout(done, 500));
    const painted = [], handled = [];
    for (let move = 0; move < 20; move++) {
        await new Promise((done) => setTimeout(done, 40));
        const begun = performance.now();
        input.value = move % (Number(input.max) + 1);
        const called = performance.now();
        input.dispatchEvent(new Event("input", { bubbles: true }));
        handled.push(performance.now() - called);
        await new Promise((done) => requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = done;
            channel.port2.postMessage(0);
        }));
        painted.push(performance.now() - begun);
    }
    return [painted, handled];
}"""

# A slider is there once it is laid out and its script has run.
WATCH = """(() => {
    let ready = false;
    addEventListener("DOMContentLoaded", () => (ready = true));
    const look = () => {
        const it = document.querySelector(".explore input, .widget-slider .noUi-handle");
        if (ready && it && it.getBoundingClientRect().width) window.sliderAt = performance.now();
        else requestAnimationFrame(look);
    };
    look();
})()"""


def sliders(chromium):
    """Milliseconds from input to painted frame and in the handler alone: the medians of every slider of the book."""
    painted, handled = [], []
    for path in sorted(SITE.glob("chapters/*.html")):
        for k in range(path.read_text(encoding="utf-8").count('<div class="explore"')):
            tab = chromium.new_page(**PHONE)
            tab.goto(path.as_uri())
            tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            found = tab.evaluate(MOVE, k)
            painted.append(statistics.median(found[0]))
            handled.append(statistics.median(found[1]))
            tab.close()
    return painted, handled


RACE = """async () => {
    const { set, draw } = document.querySelector("#stage .stage").stage, frames = [], computed = [];
    const hand = (type) => document.querySelector("#stage .stage-map").dispatchEvent(new PointerEvent(type, { bubbles: true }));
    hand("pointerdown");
    for (let k = 0; k < 20; k++) {
        await new Promise((done) => setTimeout(done, 60));
        const begun = performance.now();
        set({ start: [-5 + 0.05 * k, -2] });
        await new Promise((done) => requestAnimationFrame(() => {
            const channel = new MessageChannel();
            channel.port1.onmessage = done;
            channel.port2.postMessage(0);
        }));
        frames.push(performance.now() - begun);
        const called = performance.now();
        set({});
        draw();
        computed.push(performance.now() - called);
    }
    hand("pointerup");
    return [frames, computed];
}"""


def stage(chromium):
    """Milliseconds from a move of the start to the painted frame, and to compute and draw the whole stage alone: five rules of 500 steps, medians."""
    tab = chromium.new_page(**PHONE)
    tab.goto((SITE / "chapters/stage.html").as_uri() + "#stage=&rules=GradientDescent,Momentum,Adagrad,RMSprop,Adam&steps=500")
    tab.wait_for_timeout(1000)
    tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    frames, computed = tab.evaluate(RACE)
    tab.close()
    return statistics.median(frames), statistics.median(computed)


class Compressing(SimpleHTTPRequestHandler):
    """Serves files as any static host does: text compressed."""

    protocol_version = "HTTP/1.1"

    def do_GET(self):
        path = Path(self.translate_path(self.path))
        data = _packed(path) if path.is_file() else None
        self.send_response(200 if data is not None else 404)
        self.send_header("Content-Type", self.guess_type(path))
        if data is not None and path.suffix not in (".woff2", ".png"):
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(data or b"")))
        self.end_headers()
        self.wfile.write(data or b"")

    def log_message(self, *args):
        pass


@functools.cache
def _packed(path):
    data = path.read_bytes()
    return data if path.suffix in (".woff2", ".png") else gzip.compress(data, 9)


def first_visits(chromium, sites):
    """For each site: the bytes of a first visit to its landing page and the milliseconds until its slider is there."""
    found = {name: ([], []) for name in sites}
    servers = {name: ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Compressing, directory=str(site))) for name, site in sites.items()}
    for server in servers.values():
        threading.Thread(target=server.serve_forever, daemon=True).start()
    for _ in range(ROUNDS):
        for name, server in servers.items():
            context = chromium.new_context(**PHONE)
            tab, weighed = context.new_page(), []
            session = context.new_cdp_session(tab)
            session.on("Network.loadingFinished", lambda event: weighed.append(event["encodedDataLength"]))
            session.send("Network.enable")
            session.send("Network.emulateNetworkConditions", MOBILE)
            session.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
            tab.add_init_script(WATCH)
            tab.goto(f"http://127.0.0.1:{server.server_port}/{PAGE}")
            tab.wait_for_function("window.sliderAt", timeout=120_000)
            tab.wait_for_load_state("networkidle")
            found[name][0].append(sum(weighed))
            found[name][1].append(tab.evaluate("window.sliderAt"))
            context.close()
    for server in servers.values():
        server.shutdown()
        server.server_close()
    return {name: tuple(map(statistics.median, values)) for name, values in found.items()}


def stock_site(folder):
    """Build the landing page by an untouched Jupyter Book, with all it fetches elsewhere beside it; None without npm."""
    if not shutil.which("npm"):
        return None
    book = folder / "book"
    (book / "chapters").mkdir(parents=True)
    (book / "_config.yml").write_text("title: RMSprop\n", encoding="utf-8")
    (book / "_toc.yml").write_text("format: jb-book\nroot: chapters/index\n", encoding="utf-8")
    notebook = json.loads((ROOT / "chapters" / "index.ipynb").read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["metadata"].pop("mystnb", None)
        if cell["source"] and cell["source"][-1].startswith("explore("):
            cell["source"][-1] = f"shown = {cell['source'][-1]}\n{STOCK_SLIDER}"
    (book / "chapters" / "index.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    build_book(book, check=True)
    site = book / "_build" / "html"
    subprocess.run(["npm", "install", "--prefix", str(site), *(package for package, _ in ELSEWHERE.values())], capture_output=True, check=True)
    page = (site / PAGE).read_text(encoding="utf-8")
    for name, (_, file) in ELSEWHERE.items():
        page = re.sub(rf"https://[^\"']*/{name}", f"/node_modules/{file}", page)
    page = re.sub(r' integrity="[^"]*"', "", page)  # of the file as the other host has it
    (site / PAGE).write_text(page, encoding="utf-8")
    return site


def report():
    """What the pages take, as sentences and a table."""
    path = browser.find()
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        chromium = browser.launch(playwright, path)
        painted, handled = sliders(chromium)
        moved, computed = stage(chromium)
        stock = stock_site(Path(folder))
        visits = first_visits(chromium, {"this course": SITE} | ({"the stock Jupyter Book": stock} if stock else {}))
        chromium.close()
    ours = visits["this course"]
    lines = [
        f"In Chromium with the processor slowed fourfold, from input to painted frame takes {statistics.median(painted):.0f} ms, the median over the "
        f"{len(painted)} sliders of the book ({max(painted):.0f} ms the slowest; {statistics.median(handled):.1f} ms in the handler).",
        f"On the stage a move of the start, five rules of 500 steps, is painted after {moved:.0f} ms: {moved / statistics.median(painted):.1f} times a slider's "
        f"move, {moved / FRAME:.1f} frames of a screen with 60 a second. Computing and drawing all of the stage takes {computed:.0f} ms.",
        "",
        "| the landing page on a slow phone, first visit | bytes, gzipped | slider there after |",
        "|---|---|---|",
        *(
            f"| {name} | {weight / 1000:.0f} kB ({weight / ours[0]:.3g} ×) | {spent / 1000:.2f} s ({spent / ours[1]:.3g} ×) |"
            for name, (weight, spent) in visits.items()
        ),
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
