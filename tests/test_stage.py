"""The stage: what its script computes is what the library computes, to the last digit; and what readers type is understood."""

import json
import math
import sys

import numpy as np
import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "theme"))
from course import stage  # noqa: E402

ENGINE = (ROOT / "theme" / "stage" / "engine.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def engine(chromium):
    """A page that holds what a stage computes with, and nothing else."""
    page = chromium.new_page()
    page.add_script_tag(content=ENGINE)
    yield page
    page.close()


RUN = """(job) => {
    const made = run({ ...job, program: parse(job.text) }), list = (it) => it && [...it].map(String);
    return { x: list(made.x), f: list(made.f), g: list(made.g), v: list(made.v), bad: made.bad };
}"""


def text_of(chosen):
    """The text that the page runs for a setting, as race.js chooses it."""
    if chosen["text"]:
        return chosen["text"]
    name, texts = chosen["inside"], stage.texts_of(chosen["inside"])
    wanted = "r" * (name in chosen["root"]) + "b" * (name in chosen["bias"])
    return next(texts[key] for key in (wanted, wanted.replace("b", ""), wanted.replace("r", ""), "") if key in texts)


def on_page(engine, chosen):
    """The run of the rule inside a setting, by the page's script: arrays x, f, g and v."""
    made = engine.evaluate(RUN, {**chosen, "params": chosen["params"][chosen["inside"]], "text": text_of(chosen)})
    return {key: made[key] and np.array([float(z.replace("Infinity", "inf")) for z in made[key]]) for key in ("x", "f", "g", "v")}


def same(engine, chosen, tolerance=0.0):
    ours = on_page(engine, chosen)
    theirs = stage.run(chosen, chosen["inside"])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(ours["x"].reshape(-1, 2), theirs.x, rtol=tolerance, atol=0)
        np.testing.assert_allclose(ours["f"], theirs.f, rtol=tolerance, atol=0)


def random_setting(rng):
    objective = str(rng.choice(["valley", "valley", "valley", "saddle", "rosenbrock", "absolute"]))
    name = str(rng.choice(stage.RULES))
    steep = objective == "rosenbrock" and name in ("GradientDescent", "Momentum")
    params = {"lr": float(10 ** rng.uniform(-4 if objective == "rosenbrock" else -2, -3 if steep else 0.5))}
    params |= {"alpha": float(rng.choice([0, 0.5, 0.9, 0.99, rng.uniform()]))} if name == "RMSprop" else {}
    params |= {"beta": float(rng.uniform(0, 0.99))} if name == "Momentum" else {}
    params |= {"beta1": float(rng.uniform(0, 0.95)), "beta2": float(rng.choice([0.9, 0.99, 0.999]))} if name == "Adam" else {}
    params |= {"eps": float(10 ** rng.uniform(-10, 0))} if name in ("Adagrad", "RMSprop", "Adam") else {}
    return stage.setting(
        objective=objective, lam=[float(10 ** rng.uniform(-2, 1)), float(10 ** rng.uniform(-2, 1))], angle=float(rng.choice([0, 0, 30, rng.uniform(-90, 90)])),
        minimum=[float(z) for z in rng.choice([0, 0, 2, 0.3], 2)], sigma=float(rng.choice([0, 0, 0.5])), seed=int(rng.integers(2**32)), rules=[name],
        params={name: params}, root=[name] * int(rng.random() < 0.3), bias=[name] * int(rng.random() < 0.3), float32=bool(rng.random() < 0.3), steps=200,
    )  # fmt: skip


@pytest.mark.parametrize("block", range(10))
def test_the_page_computes_what_the_library_computes(engine, block):
    """Forty random settings a block: landscape, rule, knobs, ε in both places, bias correction, noise, float32.

    The operations are the same and every one of them is rounded as IEEE 754 says, so the numbers are equal. What is left to the
    machine's mathematical library, sin and cos of the angle and powers of β, may differ in the last digit: then 1e-12.
    """
    rng = np.random.default_rng(block)
    for _ in range(40):
        chosen = random_setting(rng)
        same(engine, chosen, 1e-12 if chosen["angle"] or chosen["inside"] == "Adam" or chosen["bias"] else 0.0)


PROBLEMS = json.loads((ROOT / "tests" / "data" / "oracles" / "problems.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", stage.RULES)
@pytest.mark.parametrize("problem", ["quad2_ill", "quad2_d2l", "rosenbrock"])
@pytest.mark.parametrize("float32", [False, True])
def test_the_problems_that_the_frameworks_ran(engine, problem, name, float32):
    given = PROBLEMS[problem]
    where = {"objective": "rosenbrock"} if problem == "rosenbrock" else {"lam": given["h"]}
    params = {name: {"lr": 0.001 if problem == "rosenbrock" else 0.01}}
    same(engine, stage.setting(**where, start=given["x0"], rules=[name], params=params, float32=float32, steps=300), 1e-12)


def test_the_textbook_s_run(engine):
    f = on_page(engine, stage.setting())["f"]
    assert f.argmin() == 37 and f"{f[37]:.1e}" == "1.7e-22" and round(f[53], 2) == 1.36 and f"{f[200]:.2g}" == "0.084"
    assert stage.summary(stage.setting(), "RMSprop", stage.words("en")["stage"]) == "RMSprop: lowest 1.7·10⁻²² at step 37, 0.084 after 200."


def test_noise_is_the_same_in_both_and_is_noise(engine):
    ours = np.array(engine.evaluate("[...noise(7, 4000)]"))
    assert np.array_equal(ours, stage.noise(7, 2000).ravel())
    assert abs(ours.mean()) < 4 / math.sqrt(4000) and abs(ours.std() - 1) < 0.04 and np.abs(ours).max() <= 6
    assert abs(np.corrcoef(ours[:-1], ours[1:])[0, 1]) < 0.05
    assert not np.array_equal(ours, stage.noise(8, 2000).ravel())
