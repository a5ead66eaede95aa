"""Measure how fast the library, the sliders and the pages are: `make bench`.

Everything is a ratio within one run: the contestants take turns, round after round, and the medians are compared. PyTorch, optax
and Keras take part where they are installed; nothing here is asserted, and the tests of the library measure no time at all.
"""

import gzip
import importlib.util
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import numpy as np

from rmsprop_lib import RMSprop, descend, quadratic, step_in_blocks

ROOT = Path(__file__).parent.parent
SITE = ROOT / "_build" / "html"
ROUNDS = 7


def there(name):
    return importlib.util.find_spec(name) is not None


def medians(contestants, rounds=ROUNDS):
    """Seconds per call of each contestant: the median over rounds in which they take turns."""
    times = {name: [] for name in contestants}
    for run in contestants.values():
        run()
    for _ in range(rounds):
        for name, run in contestants.items():
            begun, calls = time.perf_counter(), 0
            while calls < 3 or time.perf_counter() - begun < 0.02:
                run()
                calls += 1
            times[name].append((time.perf_counter() - begun) / calls)
    return {name: statistics.median(found) for name, found in times.items()}


def one_step(n):
    """One step of RMSprop on n parameters, in float64, one thread."""
    rng = np.random.default_rng(0)
    x, g, v = rng.normal(size=n), rng.normal(size=n), np.ones(n)
    rule = RMSprop(lr=1e-3, alpha=0.9)
    contestants = {"rmsprop_lib": lambda: step_in_blocks(rule, x, v, g)}
    if there("torch"):
        import torch

        torch.set_num_threads(1)
        p = torch.nn.Parameter(torch.tensor(x))
        p.grad = torch.tensor(g)
        contestants["torch.optim"] = torch.optim.RMSprop([p], lr=1e-3, alpha=0.9).step
    if there("optax"):
        import jax
        import optax

        jax.config.update("jax_enable_x64", True)
        optimizer = optax.rmsprop(1e-3, decay=0.9, eps=1e-8, eps_in_sqrt=False)
        params, grads = jax.numpy.asarray(x), jax.numpy.asarray(g)
        state = optimizer.init(params)

        @jax.jit
        def jitted(params, grads, state):
            updates, state = optimizer.update(grads, state)
            return optax.apply_updates(params, updates), state

        contestants["optax, jitted"] = lambda: jax.block_until_ready(jitted(params, grads, state))
    if there("keras") and there("torch"):
        import keras

        variable = keras.Variable(x, dtype="float64")
        keras_rule = keras.optimizers.RMSprop(learning_rate=1e-3, rho=0.9)
        keras_rule.build([variable])
        grads_k = keras.ops.convert_to_tensor(g)
        contestants["keras"] = lambda: keras_rule.apply_gradients([(grads_k, variable)])
    return medians(contestants)


def sweep():
    """10,000 settings of (γ, α), 500 steps each, in two dimensions."""
    bowl, start = quadratic(0.2, 4), [-5.0, -2.0]
    lrs, alphas = np.linspace(0.01, 0.5, 100), np.linspace(0.01, 0.99, 100)
    grid = RMSprop(lr=lrs[:, None, None], alpha=alphas[None, :, None])
    contestants = {"rmsprop_lib": lambda: descend(grid, bowl, start, 500)}
    if there("optax"):
        import jax
        import optax

        curvatures = jax.numpy.array([0.2, 4.0])

        def run(lr, alpha, keep):
            optimizer = optax.rmsprop(lr, decay=alpha, eps=1e-8, eps_in_sqrt=False)
            x = jax.numpy.array(start)

            def body(carry, _):
                x, state = carry
                updates, state = optimizer.update(curvatures * x, state)
                x = optax.apply_updates(x, updates)
                return (x, state), x if keep else None

            (x, _), path = jax.lax.scan(body, (x, optimizer.init(x)), None, length=500)
            return path if keep else x

        def batched(keep):
            one = lambda lr, alpha: run(lr, alpha, keep)  # noqa: E731
            both = jax.jit(jax.vmap(jax.vmap(one, (None, 0)), (0, None)))
            return lambda: both(lrs, alphas).block_until_ready()

        contestants["optax vmap, jitted, whole paths"] = batched(True)
        contestants["optax vmap, jitted, last point only"] = batched(False)
    found = medians(contestants)
    if there("torch"):
        import torch

        def a_few(count=5):
            for k in range(count):
                p = torch.nn.Parameter(torch.tensor(start, dtype=torch.float64))
                optimizer = torch.optim.RMSprop([p], lr=lrs[k], alpha=alphas[k])
                lam = torch.tensor([0.2, 4.0], dtype=torch.float64)
                for _ in range(500):
                    p.grad = lam * p.detach()
                    optimizer.step()

        begun = time.perf_counter()
        a_few()
        found["torch.optim in a loop (extrapolated from 5 settings)"] = (time.perf_counter() - begun) / 5 * 10_000
    return found


def frames():
    """Frames per second that `explore` draws, over a contour plot."""
    import matplotlib as mpl

    mpl.use("agg")
    from rmsprop_lib.explore import explore
    from rmsprop_lib.figures import contours, path

    bowl = quadratic(0.2, 4)
    ax = contours(bowl)
    alphas = np.round(1 - 1 / np.geomspace(2, 200, 40), 4)

    def draw(alpha):
        return path(ax, descend(RMSprop(lr=0.4, alpha=alpha), bowl, [-5.0, -2.0], 60), "RMSprop")

    explore(draw, alpha=alphas)
    begun = time.perf_counter()
    html = explore(draw, alpha=alphas).html()
    return 40 / (time.perf_counter() - begun), len(gzip.compress(html.encode()))


def slider(page="chapters/rmsprop.html"):
    """Milliseconds from input to painted frame in Chromium slowed fourfold, and in the handler alone."""
    import browser
    from playwright.sync_api import sync_playwright

    path = browser.find()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        tab = chromium.new_page(viewport={"width": 360, "height": 800})
        tab.goto((SITE / page).as_uri())
        tab.context.new_cdp_session(tab).send("Emulation.setCPUThrottlingRate", {"rate": 4})
        painted, handled = tab.evaluate(
            """async () => {
                const box = document.querySelector(".explore"), input = box.querySelector("input");
                box.scrollIntoView();
                const painted = [], handled = [];
                for (let k = 0; k < 60; k++) {
                    await new Promise((done) => setTimeout(done, 40));
                    const begun = performance.now();
                    input.value = k % (Number(input.max) + 1);
                    input.dispatchEvent(new Event("input", { bubbles: true }));
                    handled.push(performance.now() - begun);
                    await new Promise((done) => requestAnimationFrame(() => {
                        const channel = new MessageChannel();
                        channel.port1.onmessage = done;
                        channel.port2.postMessage(0);
                    }));
                    painted.push(performance.now() - begun);
                }
                return [painted, handled];
            }"""
        )
        chromium.close()
    return statistics.median(painted), statistics.median(handled)


def weight(page="chapters/rmsprop.html"):
    """Bytes of a first visit, gzipped, everything counted, and of the page's own HTML."""
    import browser
    from playwright.sync_api import sync_playwright

    asked, path = set(), browser.find()
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"])
        tab = chromium.new_page(viewport={"width": 360, "height": 800})
        tab.on("request", lambda request: asked.add(request.url))
        tab.goto((SITE / page).as_uri())
        tab.wait_for_load_state("networkidle")
        chromium.close()

    def packed(path):
        data = path.read_bytes()
        return len(data) if path.suffix in (".woff2", ".png") else len(gzip.compress(data, 9))

    from urllib.parse import unquote, urlparse

    files = {Path(unquote(urlparse(url).path)) for url in asked if url.startswith("file:")}
    return sum(map(packed, files)), packed(SITE / page)


def table(title, seconds):
    """A Markdown table of one comparison, in ratios to rmsprop_lib."""
    ours = seconds["rmsprop_lib"]
    lines = [f"| {title} | time | against rmsprop_lib |", "|---|---|---|"]
    for name, spent in sorted(seconds.items(), key=lambda item: item[1]):
        shown = f"{spent * 1e6:.3g} µs" if spent < 1e-3 else f"{spent * 1e3:.3g} ms" if spent < 1 else f"{spent:.3g} s"
        lines.append(f"| {name} | {shown} | {spent / ours:.3g} × |")
    return "\n".join(lines)


def main():
    report, numbers = [], {}
    for n in (2, 10**3, 10**6, 10**7):
        numbers[f"step at n = {n:,}"] = one_step(n)
    numbers["sweep of 10,000 settings × 500 steps"] = sweep()
    for title, seconds in numbers.items():
        report.append(table(title, seconds))
    speed, size = frames()
    report.append(f"`explore` draws {speed:.0f} frames a second over a contour plot; 40 positions weigh {size / 1000:.0f} kB gzipped.")
    if SITE.exists():
        painted, handled = slider()
        whole, own = weight()
        report.append(
            f"In Chromium with the processor slowed fourfold, a slider takes {painted:.0f} ms from input to painted frame "
            f"({handled:.1f} ms of it in the handler). The chapter on RMSprop weighs {whole / 1000:.0f} kB on a first visit, gzipped, "
            f"everything counted; its own HTML {own / 1000:.0f} kB."
        )
    begun = time.perf_counter()
    subprocess.run([sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "chapters"], cwd=ROOT, capture_output=True)
    report.append(f"All notebooks together run in {time.perf_counter() - begun:.0f} s on {os.cpu_count()} cores.")
    print("\n\n".join(report))
    (ROOT / "_build").mkdir(exist_ok=True)
    (ROOT / "_build" / "bench.json").write_text(json.dumps(numbers, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
