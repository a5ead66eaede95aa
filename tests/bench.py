"""Measure how fast the library, the sliders and the pages are: `make bench`.

Everything is a ratio within one run: the contestants take turns, round after round, and the medians are compared. PyTorch, optax
and Keras take part where they are installed, the stock Jupyter Book where npm is. Nothing here is asserted, and the tests of the
library measure no time at all. The tables for the README are written to _build/bench.md.
"""

import gzip
import importlib.metadata
import importlib.util
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("KERAS_BACKEND", "torch")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1")

import bench_pages
import numpy as np
from conftest import NOT_COPIED, ROOT, build_book

from rmsprop_lib import RMSprop, descend, quadratic

SIZES = (2, 10**3, 10**5)
OURS = "rmsprop_lib"


def there(name):
    return importlib.util.find_spec(name) is not None


def medians(contestants, rounds=9):
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
    """One step of RMSprop on n parameters, in float64, on one thread."""
    rng = np.random.default_rng(0)
    x, g, v = rng.normal(size=n), rng.normal(size=n), np.ones(n)
    rule = RMSprop(lr=1e-3, alpha=0.9)
    contestants = {OURS: lambda: rule.step(x, v, g)}
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
        contestants["keras, on torch"] = lambda: keras_rule.apply_gradients([(grads_k, variable)])
    return medians(contestants)


def sweep():
    """10,000 settings of (γ, α), 500 steps each, in two dimensions."""
    bowl, start = quadratic(0.2, 4), [-5.0, -2.0]
    lrs, alphas = np.linspace(0.01, 0.5, 100), np.linspace(0.01, 0.99, 100)
    grid = RMSprop(lr=lrs[:, None, None], alpha=alphas[None, :, None])
    contestants = {OURS: lambda: descend(grid, bowl, start, 500)}
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

        contestants["optax vmap, jitted, whole paths as ours"] = batched(True)
        contestants["optax vmap, jitted, last points only"] = batched(False)
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
        found["torch.optim in a loop, reckoned from 5 settings"] = (time.perf_counter() - begun) / 5 * 10_000
    return found


def frames():
    """Frames per second that `explore` draws over a contour plot, and the gzipped bytes of 40 positions."""
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
    return len(alphas) / (time.perf_counter() - begun), len(gzip.compress(html.encode()))


def build():
    """Seconds to build the whole book with nothing kept from before, and to run all notebooks under the tests."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "book"
        shutil.copytree(ROOT, copy, ignore=NOT_COPIED)
        begun = time.perf_counter()
        build_book(copy, "-W", "-n", check=True)
        built = time.perf_counter() - begun
    begun = time.perf_counter()
    tests = [sys.executable, "-m", "pytest", "-q", "-n", "2", "--dist", "loadfile", "_build/jupyter_execute"]
    subprocess.run(tests, cwd=ROOT, capture_output=True, check=True)
    return built, time.perf_counter() - begun


def shown(seconds):
    """Seconds as a reader takes them in."""
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size:
            break
    return f"{seconds / size:.3g} {unit}"


def steps_table(steps):
    """One row a contestant, one column a size: how many times as long as the library takes."""
    names = dict.fromkeys(name for found in steps.values() for name in found)
    lines = ["| one step of RMSprop, float64, one thread | " + " | ".join(f"n = {n:,}" for n in steps) + " |", "|---|" + "---|" * len(steps)]
    for name in names:
        cells = [shown(found[name]) + ("" if name == OURS else f" ({found[name] / found[OURS]:.3g} ×)") for found in steps.values()]
        lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def sweep_table(found):
    lines = ["| 10,000 settings of (γ, α), 500 steps each | time | |", "|---|---|---|"]
    lines += [f"| {name} | {shown(spent)} | {spent / found[OURS]:.3g} × |" for name, spent in found.items()]
    return "\n".join(lines)


def main():
    steps = {n: one_step(n) for n in SIZES}
    speed, size = frames()
    built, ran = build()
    took = ", ".join(f"{name} {importlib.metadata.version(name)}" for name in ("numpy", "torch", "optax", "jax", "keras") if there(name))
    report = [
        steps_table(steps),
        sweep_table(sweep()),
        f"`explore` draws {speed:.0f} frames a second over a contour plot; 40 positions weigh {size / 1000:.0f} kB gzipped.",
        bench_pages.report(),
        f"The whole book, every notebook executed, takes {built:.0f} s to build; all notebooks under the tests run in {ran:.0f} s.",
        f"Measured with Python {platform.python_version()}, {took}, on {os.cpu_count()} cores.",
    ]
    out = ROOT / "_build"
    (out / "bench.md").write_text("\n\n".join(report) + "\n", encoding="utf-8")
    print("\n\n".join(report))


if __name__ == "__main__":
    main()
