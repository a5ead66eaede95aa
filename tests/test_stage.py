"""The stage: what its script computes is what the library computes, to the last digit; and what readers type is understood."""

import itertools
import json
import math
import re
import sys

import numpy as np
import pytest
from conftest import ROOT

from rmsprop_lib.check import check

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
    const made = run({ ...job, program: parse(job.text) }), list = (it) => it && [...it].join(" "); // a long list is slow on its way
    return { x: list(made.x), f: list(made.f), g: list(made.g), v: list(made.v), bad: made.bad };
}"""


def text_of(chosen):
    """The text that the page runs for a setting, as race.js chooses it."""
    if chosen["text"]:
        return chosen["text"]
    name, texts = chosen["inside"], stage.texts_of(chosen["inside"])
    wanted = "r" * (name in chosen["root"]) + "b" * (name in chosen["bias"])
    return next(texts[key] for key in (wanted, wanted.replace("b", ""), wanted.replace("r", ""), "") if key in texts)


def numbers(text):
    """The numbers of a list that came from the page as one text."""
    return np.array([float(z.replace("Infinity", "inf")) for z in text.split()])


def on_page(engine, chosen):
    """The run of the rule inside a setting, by the page's script: arrays x, f, g and v."""
    made = engine.evaluate(RUN, {**chosen, "params": chosen["params"][chosen["inside"]], "text": text_of(chosen)})
    return {key: made[key] and numbers(made[key]) for key in ("x", "f", "g", "v")}


def same(engine, chosen, tolerance=0.0):
    ours = on_page(engine, chosen)
    theirs = stage.run(chosen, chosen["inside"])
    with np.errstate(all="ignore"):
        np.testing.assert_allclose(ours["x"].reshape(-1, 2), theirs.x, rtol=tolerance, atol=0)
        np.testing.assert_allclose(ours["f"], theirs.f, rtol=tolerance, atol=0)


TEXTS = [
    "v = alpha*v + (1-alpha)*abs(g); x = x - lr*g/(sqrt(v)+eps)",
    "x = x - lr*g/(sqrt(v)+eps); v = alpha*v + (1-alpha)*g**2",
    "v = v + g**2; x -= lr*g/(v**0.5 + eps)",
    "v = alpha*v + (1-alpha)*g**2; w = maximum(w, v); x = x - lr*g/(sqrt(w)+eps)",
    "lr = 0.97*lr; v = alpha*v + (1-alpha)*g**2; x = x - lr*g/(sqrt(v)+eps)",
    "v += (1-alpha)*(g*g - v); x = x - lr/t*g/(sqrt(v)+eps)",
    "v = alpha*v + (1-alpha)*mean(g**2); x = x - lr*clip(g, -1, 1)/(sqrt(v)+eps)",
    "m = 0.9*m + 0.1*g; v = alpha*v + (1-alpha)*(g-m)**2; x = x - lr*m/(sqrt(v/(1-alpha**t))+eps) - 1e-3*x",
    "x = x - lr*sign(g)*minimum(abs(g), 1)*-1**2*-1",
    "x = x - lr*g/(norm(g)+eps)",
]


def random_setting(rng):
    objective = str(rng.choice(["valley", "valley", "valley", "saddle", "rosenbrock", "absolute"]))
    name = str(rng.choice(stage.RULES))
    steep = objective == "rosenbrock" and name in ("GradientDescent", "Momentum")
    params = {"lr": float(10 ** rng.uniform(-4 if objective == "rosenbrock" else -2, -3 if steep else 0.5))}
    params |= {"alpha": float(rng.choice([0, 0.5, 0.9, 0.99, rng.uniform()]))} if name == "RMSprop" else {}
    params |= {"beta": float(rng.uniform(0, 0.99))} if name == "Momentum" else {}
    params |= {"beta1": float(rng.uniform(0, 0.95)), "beta2": float(rng.choice([0.9, 0.99, 0.999]))} if name == "Adam" else {}
    params |= {"eps": float(rng.choice([0, 10 ** rng.uniform(-10, 0), 1e-8]))} if name in ("Adagrad", "RMSprop", "Adam") else {}
    start = [float(z) for z in rng.choice([-5, -2, 0, 1e-3, rng.uniform(-6, 6)], 2)]
    text = str(rng.choice(TEXTS)).replace("; ", "\n") if name == "RMSprop" and rng.random() < 0.4 else None
    return stage.setting(
        start=start, text=text,
        objective=objective, lam=[float(10 ** rng.uniform(-2, 1)), float(10 ** rng.uniform(-2, 1))], angle=float(rng.choice([0, 0, 30, rng.uniform(-90, 90)])),
        minimum=[float(z) for z in rng.choice([0, 0, 2, 0.3], 2)], sigma=float(rng.choice([0, 0, 0.5])), seed=int(rng.integers(2**32)), rules=[name],
        params={name: params}, root=[name] * int(rng.random() < 0.3), bias=[name] * int(rng.random() < 0.3), float32=bool(rng.random() < 0.3) and "norm" not in (text or ""), steps=int(rng.integers(1, 300)),
    )  # fmt: skip


@pytest.mark.parametrize("block", range(10))
def test_the_page_computes_what_the_library_computes(engine, block):
    """Forty random settings a block: landscape, start, rule, typed rule, knobs, ε in both places, bias correction, noise, float32.

    The operations are the same and every one of them is rounded as IEEE 754 says, so the numbers are equal. What is left to the
    machine's mathematical library, sin and cos of the angle and powers of β, may differ in the last digit: then 1e-12. The length of
    a float32 vector is left out, because NumPy leaves it to a library that rounds as the processor likes.
    """
    rng = np.random.default_rng(block)
    for _ in range(40):
        chosen = random_setting(rng)
        same(engine, chosen, 1e-12 if chosen["angle"] or chosen["inside"] == "Adam" or chosen["bias"] or chosen["text"] else 0.0)


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


NEW, AVERAGE, STEP = "\n", "v = alpha * v + (1 - alpha) * g**2", "x = x - lr * g / (sqrt(v) + eps)"


def f_of(**given):
    return stage.run(stage.setting(**given), "RMSprop").f


def test_the_numbers_that_the_page_of_the_stage_prints():
    """In the order of the page. What it links to is compared with the page's own run in test_stage_pages.py."""
    f = f_of()
    assert f.argmin() == 37 and f"{f.min():.1e}" == "1.7e-22" and round(f[53], 2) == 1.36 and f"{f[-1]:.2g}" == "0.084"
    moved = f_of(minimum=[2.0, 2.0])
    assert moved[52] > 0 and not moved[53:].any() and np.spacing(2.0) == pytest.approx(4.4e-16, rel=0.02)
    assert f"{f_of(minimum=[2.0, 2.0], sigma=0.5)[-1]:.2g}" == "0.19"
    absolute = AVERAGE.replace("g**2", "abs(g)")
    assert f"{f_of(text=absolute + NEW + STEP)[-1]:.2g}" == "0.051"
    assert f"{f_of(text=absolute + NEW + STEP, lam=[20.0, 400.0]).min():.3g}" == "266"
    paths = [stage.run(stage.setting(lam=lam), "RMSprop").x for lam in ([0.2, 4.0], [20.0, 400.0])]
    assert np.allclose(paths[0][:20], paths[1][:20], atol=1e-6) and np.allclose(paths[0][-1], paths[1][-1], atol=1e-3)
    assert f"{f_of(text=absolute + NEW + STEP.replace('sqrt(v)', 'v'))[-1]:.2g}" == "0.084"
    swapped = stage.run(stage.setting(text=f"{STEP}\n{AVERAGE}"), "RMSprop").x
    assert f"{np.abs(swapped[1]).max():.1e}" == "3.2e+08"
    bare = f_of(text=f"{AVERAGE}\nx = x - lr * g / (v + eps)")
    assert bare.argmin() == 32 and f"{bare.min():.1e}" == "3.5e-13" and f"{bare[-1]:.1g}" == "0.2"
    assert f"{f_of(text='v = v + g**2' + NEW + STEP)[-1]:.1e}" == "2.2e-04"
    largest = stage.run(stage.setting(text=f"{AVERAGE}\nw = maximum(w, v)\n{STEP.replace('(v)', '(w)')}"), "RMSprop").f
    assert f"{largest[-1]:.1e}" == "1.2e-37"
    shrinking = f_of(text=f"lr = 0.97*lr\n{AVERAGE}\n{STEP}")
    assert shrinking.argmin() == 91 and f"{shrinking.min():.0e}" == "8e-53" and shrinking[91:].argmax() == 126 - 91 and f"{shrinking[126]:.1e}" == "6.6e-04"
    assert math.sqrt(0.9) < 0.95 < 0.97
    half, whole = (stage.run(stage.setting(params={"RMSprop": {"eps": eps}}, steps=1000), "RMSprop").x[-1] for eps in (0.5, 1.0))
    assert abs(half[0]) < 1e-20 and abs(half[1]) == pytest.approx(0.4 / 2 - 0.5 / 4) and np.abs(whole).max() < 1e-20


SIGNS, TOPS = ["-", "+"], ["lr*g", "g", "0.01*g", "lr*abs(g)", "lr*2*g"]
DIVISORS = ["(sqrt(v)+eps)", "sqrt(v+eps)", "(v+eps)", "sqrt(v)", "(sqrt(v+eps)+eps)", "(sqrt(v)+1e-8)", "maximum(sqrt(v), eps)", "norm(sqrt(v)+eps)"]
VS = ["alpha*v + (1-alpha)*g**2", "v + g**2", "alpha*v + g**2", "(1-alpha)*v + alpha*g**2", "alpha*v + (1-alpha)*g", "alpha*v + (1-alpha)*abs(g)", "0.9*v + 0.1*g**2"]
BY_HAND = [
    "x = x - lr*g/(sqrt(v)+eps)\nv = alpha*v + (1-alpha)*g**2",
    "v = lr*v + (1-lr)*g**2\nx = x - alpha*g/(sqrt(v)+eps)",
    "v = alpha*v + (1-alpha)*g**2\nx = x - lr*g/(sqrt(v)+eps)*sqrt(v)",
    "v = alpha*v + (1-alpha)*g**2",
    "x = x - lr*g",
    "v = alpha*v + (1-alpha)*minimum(g**2, 100)\nx = x - lr*tan_of/(sqrt(v)+eps)".replace("tan_of", "exp(g)"),
]


def typed_rules():
    """Texts with no mistake, one, two or three; the tables of the checker again, each line of theirs as a text."""
    yield from BY_HAND
    steps = [("-", top, below) for top in TOPS for below in DIVISORS[::2]] + [("+", "lr*g", below) for below in DIVISORS] + [("+", top, DIVISORS[0]) for top in TOPS]
    yield from (f"v = {VS[0]}\nx = x {sign} {top}/{below}" for sign, top, below in [*steps, ("+", "g", "(v+eps)")])
    yield from (f"v = {v}\nx = x {sign} lr*g/{below}" for v, sign, below in itertools.product(VS[1:], SIGNS, DIVISORS[:3:2]))
    table, average, step = stage.mistakes(), VS[0], "x - lr*g/(sqrt(v)+eps)"
    yield from (f"v = {re.sub(r'[vw]', lambda it: 'v' if it[0] == 'v' else f'({average})', text)}\nx = {step}" for _, texts in table["v"] for text in texts if " t)" not in text)
    yield from (f"w = {average}\nx = {text}\nv = w" for _, texts in table["x"] for text in texts if " t)" not in text)


def test_the_page_names_the_mistakes_that_the_checker_names(engine):
    """What the course's checker says of the step that a text is, one mistake or two, the page says of the text, in the same words."""
    engine.evaluate("table => (window.table = table)", stage.mistakes())
    texts = list(dict.fromkeys(typed_rules()))
    said = engine.evaluate("texts => texts.map((text) => verdict(parse(text), table))", texts)
    names = set()
    for text, ours in zip(texts, said, strict=True):
        code = compile(text, "typed", "exec")

        def step(x, v, g, lr, alpha, eps, code=code):
            names = {**stage.Typed.KNOWN, "x": x, "v": v, "g": g, "lr": lr, "alpha": alpha, "eps": eps}
            exec(code, {"__builtins__": {}}, names)
            return names["x"], names["v"]

        theirs = check(step)
        named = re.sub(r"^There are \d mistakes\. ", "", theirs.message)
        if named.startswith(("At ", "The step takes its arguments")):  # a mistake without a name
            assert ours["sentences"] == [] and not ours["ok"], text
            assert bool(ours.get("order")) == named.startswith("The step takes"), text
        else:
            assert (" ".join(ours["sentences"]), ours["ok"]) == (named, theirs.ok), text
            names |= set(ours["sentences"])
    every = {sentence for key in ("v", "x", "right") for sentence, _ in stage.mistakes()[key]}
    assert len(every - names) <= 1, every - names  # the bias correction by the number of the call


def steps_on(gradients, name="RMSprop"):
    rule = getattr(stage.optimizers, name)(**{**stage.parameters_of(name), "lr": 1.0})
    state, found = rule.init(np.zeros(1)), []
    for g in gradients:
        x, state = rule.step(np.zeros(1), state, np.array([g]))
        found.append(abs(x[0]))
    return np.array(found)


def test_what_the_page_says_of_drawn_gradients():
    wall = np.where((np.arange(60) >= 15) & (np.arange(60) < 18), 4.0, 0.2)
    assert round(steps_on(wall)[15]) == 3 and steps_on(wall)[57] < 1 and steps_on(wall, "Adagrad")[18:].max() < 0.1
    slowly, fast = steps_on(4 * 0.97 ** np.arange(60)), steps_on(4 * 0.9 ** np.arange(60))
    assert abs(slowly[-1] / slowly[-10] - 1) < 0.02 and fast[-1] < 0.1 * fast[10]
    turns = 2.0 * (-1) ** np.arange(60)
    assert steps_on(turns, "Adam")[-1] < 0.1 and steps_on(turns)[-1] == pytest.approx(1, abs=0.01)
    assert np.array_equal(steps_on(turns), steps_on(abs(turns))) and np.array_equal(steps_on(turns, "Adagrad"), steps_on(abs(turns), "Adagrad"))


@pytest.mark.parametrize(
    "options, said",
    [
        ({"curvatures": "0.2"}, "2 finite numbers"),
        ({"rules": "Newton"}, "“Newton” is no rule"),
        ({"lr": "-1"}, "above 0"),
        ({"alpha": "1"}, "in \\[0, 1\\)"),
        ({"steps": "1000000"}, "whole number from 1 to 100000"),
        ({"gate": "300"}, "inside the 200 steps"),
        ({"show": "everything"}, "show names everything"),
        ({"objective": "moon"}, "must be one of valley"),
        ({"view": "3d"}, "must be one of race"),
        ({"colour": "red"}, "there is no option colour"),
        ({"choices": "lr=1"}, "name: key=value"),
        ({"small": "", "wide": ""}, "no place for wide"),
    ],
)
def test_a_wrong_option_of_the_directive_is_named(options, said):
    with pytest.raises(ValueError, match=said):
        stage.place_of(options)


def test_every_language_says_the_same_things():
    def shape(said):
        return {key: shape(value) if isinstance(value, dict) else sorted(re.findall(r"\{\w+\}", value)) for key, value in said.items()}

    english, *others = (stage.words(language)["stage"] for language in ("en", "ru", "bn"))
    for other in others:
        assert shape(other) == shape(english)
