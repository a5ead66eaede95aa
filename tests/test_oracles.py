"""Trajectories that the frameworks themselves produced, taken again by the library: data/oracles/README.md.

Every record is replayed with its own gradients. Who speaks it is said in CLAIMED, by the framework's name for it; what the
library does not speak is said in NOT_CLAIMED, with the reason; where a framework leaves the mathematics, EXCEPTIONS says
where, by how much and why. A record that none of them knows fails.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from rmsprop_lib import Adagrad, Adam, GradientDescent, Momentum, dialects
from rmsprop_lib.dialects import FRAMEWORKS

DATA = Path(__file__).parent / "data" / "oracles"
PROBLEMS = json.loads((DATA / "problems.json").read_text(encoding="utf-8"))
RECORDS = [
    record
    for path in sorted(DATA.glob("*.json"))
    if path.name != "problems.json"
    for record in json.loads(path.read_text(encoding="utf-8"))
]

# --- a record in the course's words ---------------------------------------------------------------------------------------

WORDS = {
    "learning_rate": "lr",
    "step_size": "lr",
    "rho": "alpha",
    "decay": "alpha",
    "gamma": "alpha",
    "gamma1": "alpha",
    "gamma2": "momentum",
    "mass": "momentum",
    "epsilon": "eps",
    "initial_scale": "v0",
    "initial_accumulator_value": "v0",
    "b1": "beta1",
    "b2": "beta2",
    "beta_1": "beta1",
    "beta_2": "beta2",
    "wd": "weight_decay",
    "decoupled_decay": "decoupled",
    "decoupled_weight_decay": "decoupled",
    "lr_in_momentum": "lr_in_buffer",
    "use_nesterov": "nesterov",
    "eps_in_sqrt": "eps_inside",
    "eps_inside_sqrt": "eps_inside",
}
CHAINER_ADAM = {"alpha": "lr", "eta": None, "final_lr": None, "gamma": None}  # η = 1; the others serve AdaBound, which is off
SILENT = {"max_lr_snapshot"}  # timm's note to itself


def as_used(record):
    """The settings as the framework used them, after its own rounding, under the course's names; those it left off are not there."""
    passed = record["all_hyperparameters"]
    used = {**passed, **record.get("effective_hyperparameters", {})}
    words = WORDS | (CHAINER_ADAM if record["api"] == "chainer.optimizers.Adam" else {})
    settings = {words.get(name, name): value for name, value in used.items() if name not in SILENT and value is not None}
    settings.pop(None, None)
    if "betas" in settings:
        settings["beta1"], settings["beta2"] = settings.pop("betas")
    if record["api"].startswith("tf_keras.") and "weight_decay" in settings:
        settings["weight_decay"] = float(np.float32(settings["weight_decay"]))
    return settings


def lr_at(record, t, lr):
    """γ of step t = 1, 2, … under the record's schedule, rounded to float32 where the framework rounds γ."""
    schedule = record.get("lr_schedule")
    if schedule is None or t - 1 < schedule["from_step_index"]:
        return lr
    passed = [value for name, value in record["all_hyperparameters"].items() if WORDS.get(name, name) == "lr"]
    return schedule["lr"] if passed == [lr] else float(np.float32(schedule["lr"]))


def gradient_at(record, t):
    """The gradient that led to x[t]."""
    g = record["g"] if "g" in record else PROBLEMS[record["problem"]]["g"]
    return numbers(g[(t - 1) % len(g)])


def numbers(values):
    return np.array(values, dtype=float)  # float reads "nan", "inf" and "-inf" too


# --- who speaks it: a function from settings to (first state, step, slots) ----------------------------------------------------


@dataclass
class Claim:
    """``speak(lr, settings, x0)`` returns the state before step 1, ``step(t, x, state, g)``, and ``slots(state)`` by name.

    ``lr`` is γ as a function of t; ``settings`` is emptied of what was spoken. ``slots`` holds, by the framework's own name of
    a slot, ours and its sign there. ``framework`` is the one whose RMSprop it is.
    """

    speak: object
    slots: dict
    framework: object = None


def rmsprop(framework, **slots):
    slots = {"v": ("v", 1), "m": ("m", 1), "buf": ("b", 1)} | slots

    def speak(lr, settings, x0):
        inside = settings.pop("eps_inside", None)
        spoken = framework if inside is None else replace(framework, place="inside" if inside else "outside")
        offered = {"lr", "alpha", "eps", *framework.options}
        said = {name: value for name, value in settings.items() if value or name in offered}  # what is off need not be offered
        settings.clear()

        def rule_at(t):
            return spoken(**said | {"lr": lr(t)})

        def step(t, x, state, g):
            return rule_at(t).step(x, state, g)

        def slots(state):
            rule, (v, m, b, t) = rule_at(1), state
            weights = 1 - rule.alpha**t if rule.bias_correction else 1
            return {"v": v + weights * m**2, "m": weights * m, "b": b}

        return rule_at(1).init(x0), step, slots

    return Claim(speak, slots, framework)


def adagrad(place, **slots):
    def speak(lr, settings, x0):
        settings.pop("lr")
        eps = settings.pop("eps", 0.0)
        floors = {"eps": eps} if place == "outside" else {"eps": 0.0, "eps_root": eps}
        lr_decay, decay = settings.pop("lr_decay", 0.0), weight_decay(settings)
        v0 = np.full_like(x0, settings.pop("v0", 0.0))

        def step(t, x, v, g):
            x, g = decay(x, g, lr(t))
            return Adagrad(lr=lr(t) / (1 + (t - 1) * lr_decay), **floors).step(x, v, g)

        return v0, step, lambda v: {"v": v}

    return Claim(speak, {"v": ("v", 1)} | slots)


def adam(form, **slots):
    def speak(lr, settings, x0):
        settings.pop("lr")
        beta1, beta2 = settings.pop("beta1", 0.9), settings.pop("beta2", 0.999)
        eps, eps_root = settings.pop("eps", 1e-8), settings.pop("eps_root", 0.0)
        decay, corrected = weight_decay(settings), settings.pop("bias_correction", True)

        def step(t, x, state, g):
            x, g = decay(x, g, lr(t))
            sum1, sum2 = 1 - beta1**t, 1 - beta2**t
            scale, floor = (1, eps) if form == "paper" else (1, eps / np.sqrt(sum2))
            if not corrected:
                scale, floor = sum1 / np.sqrt(sum2), eps / np.sqrt(sum2)
            return Adam(lr(t) * scale, beta1, beta2, floor, eps_root).step(x, state, g)

        return Adam(1.0).init(x0), step, lambda state: {"m": state.m, "v": state.v}

    return Claim(speak, {"m": ("m", 1), "v": ("v", 1)} | slots)


def momentum(lr_in_buffer=False, nesterov=False, average=False, **slots):
    def speak(lr, settings, x0):
        settings.pop("lr")
        mu, damp = settings.pop("momentum", 0.0), settings.pop("dampening", 0.0)
        ahead, decay = settings.pop("nesterov", nesterov), weight_decay(settings)

        def step(t, x, b, g):
            x, g = decay(x, g, lr(t))
            inside, outside = (lr(t), 1.0) if lr_in_buffer else (1.0, lr(t))
            enters = inside * g * (1 - mu if average else 1 - damp if t > 1 else 1)
            moved, b = Momentum(outside, mu).step(x, b, enters)
            if ahead:
                moved, _ = GradientDescent(outside).step(x, (), inside * g + mu * b)
            return moved, b

        return np.zeros_like(x0), step, lambda b: {"b": b}

    return Claim(speak, {"buf": ("b", 1)} | slots)


def adagrad_then_average(**slots):
    """jax.example_libraries: an average of Adagrad's steps, 0/√0 read as 0."""

    def speak(lr, settings, x0):
        settings.pop("lr")
        mu = settings.pop("momentum")

        def step(t, x, state, g):
            v, b = state
            d, v = Adagrad(lr=1.0, eps=1e-300).step(0.0, v, -g)
            x, b = Momentum(lr(t), mu).step(x, b, (1 - mu) * d)
            return x, (v, b)

        return (np.zeros_like(x0), np.zeros_like(x0)), step, lambda state: {"v": state[0], "b": state[1]}

    return Claim(speak, slots)


def weight_decay(settings):
    """Decay written out around a rule: λx into the gradient, or x shrunk before the step."""
    decay, decoupled = settings.pop("weight_decay", 0.0), settings.pop("decoupled", False)
    if decoupled:
        return lambda x, g, lr: (x - lr * decay * x, g)
    return lambda x, g, lr: (x, g + decay * x if decay else g)


NAMED = {framework.name: framework for framework in FRAMEWORKS}
MXNET = NAMED["MXNet"]
CLAIMED = {
    "torch.optim.RMSprop": rmsprop(dialects.torch),
    "keras.optimizers.RMSprop": rmsprop(dialects.keras),
    "tensorflow.compat.v1.train.RMSPropOptimizer": rmsprop(dialects.tf1),
    "optax.rmsprop": rmsprop(dialects.optax, buf=("b", -1)),
    "paddle.optimizer.RMSProp": rmsprop(dialects.paddle),
    "mlx.optimizers.RMSprop": rmsprop(dialects.mlx),
    "chainer.optimizers.RMSprop": rmsprop(dialects.chainer),
    "chainer.optimizers.RMSpropGraves": rmsprop(dialects.graves, buf=("b", -1)),
    "tf_keras.optimizers.RMSprop": rmsprop(NAMED["Keras for TensorFlow 2 (tf_keras)"]),
    "tf_keras.optimizers.legacy.RMSprop": rmsprop(NAMED["tf_keras.optimizers.legacy"]),
    "jax.example_libraries.optimizers.rmsprop": rmsprop(NAMED["jax.example_libraries"], slot0=("v", 1)),
    "jax.example_libraries.optimizers.rmsprop_momentum": rmsprop(
        replace(NAMED["jax.example_libraries"], options={"momentum": 0.9}), slot0=("v", 1), slot1=("b", 1)
    ),
    "timm.optim.RMSpropTF": rmsprop(NAMED["timm (RMSpropTF)"]),
    "mxnet.nd.rmsprop_update": rmsprop(MXNET),
    "mxnet.nd.rmspropalex_update": rmsprop(
        replace(MXNET, options={"momentum": 0.9, "weight_decay": 0.0}, fixed={"centered": True}), buf=("b", -1)
    ),
    "autograd.misc.optimizers.rmsprop": rmsprop(NAMED["autograd"]),
    "torch.optim.Adagrad": adagrad("outside"),
    "chainer.optimizers.AdaGrad": adagrad("outside"),
    "mlx.optimizers.Adagrad": adagrad("outside"),
    "paddle.optimizer.Adagrad": adagrad("outside"),
    "keras.optimizers.Adagrad": adagrad("inside"),
    "optax.adagrad": adagrad("inside"),
    "tensorflow.compat.v1.train.AdagradOptimizer": adagrad("inside"),
    "jax.example_libraries.optimizers.adagrad": adagrad_then_average(slot0=("v", 1), slot1=("b", 1)),
    "torch.optim.Adam": adam("paper"),
    "torch.optim.AdamW": adam("paper"),
    "optax.adam": adam("paper"),
    "autograd.misc.optimizers.adam": adam("paper"),
    "jax.example_libraries.optimizers.adam": adam("paper", slot0=("m", 1), slot1=("v", 1)),
    "mlx.optimizers.Adam": adam("paper"),
    "keras.optimizers.Adam": adam("hat", buf=("m", 1)),
    "tensorflow.compat.v1.train.AdamOptimizer": adam("hat"),
    "chainer.optimizers.Adam": adam("hat"),
    "torch.optim.SGD": momentum(),
    "optax.sgd": momentum(),
    "tensorflow.compat.v1.train.MomentumOptimizer": momentum(),
    "jax.example_libraries.optimizers.momentum": momentum(slot0=("b", 1)),
    "jax.example_libraries.optimizers.nesterov": momentum(nesterov=True, slot0=("b", 1)),
    "keras.optimizers.SGD": momentum(lr_in_buffer=True, buf=("b", -1)),
    "chainer.optimizers.MomentumSGD": momentum(lr_in_buffer=True, v=("b", -1)),
    "autograd.misc.optimizers.sgd": momentum(average=True),
}


def replay(record):
    """Ours and theirs: a dict of x and of each slot, as pairs of arrays of the same shape."""
    claim, settings = CLAIMED[record["api"]], as_used(record)
    sign = -1 if settings.pop("maximize", False) else 1
    lr = settings["lr"]
    state, step, slots = claim.speak(lambda t: lr_at(record, t, lr), settings, numbers(record["x0"]))
    assert not any(settings.values()), f"{record['id']} has settings that nobody spoke: {settings}"
    xs, kept = [numbers(record["x0"])], {}
    with np.errstate(all="ignore"):
        for t in range(1, record["steps"] + 1):
            x, state = step(t, xs[-1], state, sign * gradient_at(record, t))
            xs.append(x)
            kept[t] = slots(state)
    pairs = {"x": (np.array(xs), numbers(record["x"]))}
    for name, values in record.get("state", {}).items():
        ours, turned = claim.slots[name]
        pairs[name] = (
            np.array([turned * kept[int(t)][ours] for t in values]),
            np.array([numbers(value) for value in values.values()]),
        )
    return pairs


def difference(ours, theirs):
    """The largest difference in each coordinate, in units of its largest finite value; ∞ where one is finite and one is not."""
    with np.errstate(all="ignore"):
        same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        scale = np.max(np.where(np.isfinite(theirs), np.abs(theirs), 0), axis=0)
        apart = np.where(same, 0, np.abs(ours - theirs) / scale)
    return np.max(np.where(np.isnan(apart), np.inf, apart), axis=0)


# --- who does not, and where arithmetic differs from mathematics --------------------------------------------------------------

ADADELTA = "Adadelta measures x in its own steps; the library has no such rule"
NOT_CLAIMED = {
    "torch.optim.Adadelta": ADADELTA,
    "keras.optimizers.Adadelta": ADADELTA,
    "optax.adadelta": ADADELTA,
    "mlx.optimizers.AdaDelta": ADADELTA,
    "paddle.optimizer.Adadelta": ADADELTA,
    "chainer.optimizers.AdaDelta": ADADELTA,
    "tensorflow.compat.v1.train.AdadeltaOptimizer": ADADELTA,
    "chainer.optimizers.SMORMS3": "SMORMS3 is a rule of its own, with a memory as long as its gradients are noisy",
    "chainer.optimizers.NesterovAG": "puts the new velocity into the formula for the old one, so it is not Nesterov's momentum",
}

MOST = float(np.finfo(float).max)
LEAST = float(np.finfo(float).tiny)
SQUARE_OVERFLOWS = np.sqrt(MOST)

SQUARED_LAST = "forms ((1 − α) g) g, which is finite where (1 − α) (g²) is not"
NAN_AFTER_INF = "forms v + (g² − v)(1 − α), which is NaN once v is ∞"
SUBNORMAL = "rounds numbers below 2.2e-308 in its own way, to 0 or by a fused multiply-add"
CANCELLED = "forms v − m², which loses digits, and all of them in the end"
CORRECTED_IN_FLOAT32 = "corrects the bias in float32"
EXCEPTIONS = [SQUARED_LAST, NAN_AFTER_INF, SUBNORMAL, CANCELLED, CORRECTED_IN_FLOAT32]


def exceptions(record):
    """The exceptions that apply: the reason, whether it touches x or a slot by this name, and a tolerance for each coordinate,
    ∞ where nothing can be compared."""
    settings = as_used(record)
    g = np.abs([gradient_at(record, t) for t in range(1, record["steps"] + 1)])
    decay = settings.get("alpha", settings.get("beta2", 0.0))
    overflows = np.any(g > SQUARE_OVERFLOWS, axis=0)
    everything = {"x", *record.get("state", {})}
    if record["api"].startswith(("torch.", "chainer.", "paddle.")):
        finite = ~np.any(g > SQUARE_OVERFLOWS / np.sqrt(1 - decay), axis=0)
        yield SQUARED_LAST, everything, np.where(overflows & finite, np.inf, 0)
    if "gives NaN" in record["numerics"]:
        yield NAN_AFTER_INF, everything, np.where(overflows, np.inf, 0)
    if "flushed" in record["numerics"] or "FMA" in record["numerics"]:
        small = np.minimum(g, 1)
        tiny = np.any((small**2 > 0) & ((1 - decay) * small**2 < LEAST), axis=0)
        yield SUBNORMAL, everything if settings.get("eps", 0) < 1e-100 else {"v"}, np.where(tiny, np.inf, 0)
    framework = CLAIMED[record["api"]].framework
    if framework and {**settings, **framework.fixed}.get("centered"):
        lost = digits_lost(record, settings, framework)
        touched = everything if settings.get("weight_decay") else everything - {"v", "m"}  # x comes back in g + λx
        yield CANCELLED, touched, np.where((lost > 1e-3) | overflows, np.inf, lost)
    if record["api"] == "mlx.optimizers.Adam" and settings.get("bias_correction"):
        yield CORRECTED_IN_FLOAT32, everything, np.full(g.shape[1], 1e-6)


def digits_lost(record, settings, framework):
    """How much of a step rounding may change when the variance is formed as v − m²: it is then off by 1e-15 v, and where that is
    more than the variance itself its root may be anything, or NaN. Worked out in long double, apart from the library."""
    alpha, eps = np.longdouble(settings["alpha"]), np.longdouble(settings["eps"])
    within, without = (eps, 0) if settings.get("eps_inside", framework.place != "outside") else (0, eps)
    if framework.place == "inside with momentum" and not settings["momentum"]:
        within, without = 0, eps
    v, m, worst = np.longdouble({**settings, **framework.fixed}.get("v0", 0.0)), np.longdouble(0), 0
    for t in range(1, record["steps"] + 1):
        g = gradient_at(record, t).astype(np.longdouble)
        v, m = alpha * v + (1 - alpha) * g**2, alpha * m + (1 - alpha) * g
        weights = 1 - alpha**t if settings.get("bias_correction") else 1
        under_root, off = np.maximum(v / weights - (m / weights) ** 2, 0) + within, 1e-15 * v / weights
        spread = np.sqrt(under_root + off) - np.sqrt(np.maximum(under_root - off, 0))
        lost = np.divide(spread, np.sqrt(under_root) + without, out=np.zeros_like(v), where=spread > 0)
        worst = np.maximum(worst, np.where(off > under_root, np.inf, lost))
    return np.asarray(worst, dtype=float)


# --- the tests ----------------------------------------------------------------------------------------------------------------


def test_every_record_is_claimed_or_named_as_not_claimed():
    assert {record["api"] for record in RECORDS} - CLAIMED.keys() - NOT_CLAIMED.keys() == set()
    assert CLAIMED.keys() & NOT_CLAIMED.keys() == set()


@pytest.mark.parametrize("record", [r for r in RECORDS if r["api"] in CLAIMED], ids=lambda record: record["id"])
def test_replay(record):
    excepted = list(exceptions(record))
    for name, pair in replay(record).items():
        apart = difference(*pair)
        allowed = np.max([np.full(len(apart), 1e-12), *(most for _, touched, most in excepted if name in touched)], axis=0)
        assert np.all(apart <= allowed), f"{name} is {apart} apart"


def test_what_is_claimed_and_what_is_excepted(capsys):
    """The table for the reader of the tests, and its numbers for the set as it was published."""
    public = [record for record in RECORDS if record["set"] == "public"]
    claimed = [record for record in public if record["api"] in CLAIMED]
    counts = {reason: 0 for reason in EXCEPTIONS}
    for record in claimed:
        apart = {name: difference(*pair) for name, pair in replay(record).items()}
        for reason, touched, most in exceptions(record):
            counts[reason] += any(np.any((most > 1e-12) & (apart[name] > 1e-12)) for name in touched & apart.keys())
    with capsys.disabled():
        print(f"\n{len(claimed)} of {len(public)} trajectories are replayed to 1e-12 of the largest |x| of each coordinate, but for")
        for reason, count in counts.items():
            print(f"  {count} whose framework {reason}")
        print("Not claimed:")
        for api in sorted({record["api"] for record in public} & NOT_CLAIMED.keys()):
            print(f"  {sum(record['api'] == api for record in public)} of {api}: {NOT_CLAIMED[api]}")
    assert (len(public), len(claimed)) == (231, 218)
    assert list(counts.values()) == [2, 1, 4, 1, 0]


def record_of(identity):
    return next(record for record in RECORDS if record["id"] == identity)


def test_where_tf1_goes_to_nan_the_library_freezes():
    pairs = replay(record_of("tf1/RMSPropOptimizer/over3/5"))
    x, theirs = pairs["x"]
    assert np.all(np.isnan(theirs[2:])) and np.all(x[1:] == x[1]) and np.all(np.isfinite(x))
    v, theirs = pairs["v"]
    assert np.all(np.isnan(theirs[1:])) and np.all(v == np.inf)


@pytest.mark.parametrize("identity", ["torch/RMSprop/over3/8", "chainer/RMSprop/over3/3"])
def test_where_the_square_is_formed_last_it_overflows_later(identity):
    record = record_of(identity)
    v, theirs = replay(record)["v"]
    g, alpha = gradient_at(record, 1)[0], record["all_hyperparameters"]["alpha"]
    assert v[0, 0] == np.inf and theirs[0, 0] == pytest.approx(((1 - alpha) * g) * g, rel=1e-15)


def test_where_v_minus_m_squared_cancels_the_library_is_the_exact_one():
    record = record_of("optax/rmsprop/const3/28")
    x, theirs = replay(record)["x"]
    g, used = gradient_at(record, 1), as_used(record)
    t = np.arange(record["steps"] + 1)[:, None]
    exact = -t * used["lr"] * g / np.sqrt(used["eps"])  # a constant gradient has no variance at all
    assert np.all(difference(x, exact) < 1e-14)
    assert np.max(difference(theirs, exact)) > 1e-7


# --- the table of frameworks ---------------------------------------------------------------------------------------------------

RMSPROPS = [record for record in RECORDS if record["api"] in CLAIMED and CLAIMED[record["api"]].framework]


@pytest.mark.parametrize("record", RMSPROPS, ids=lambda record: record["id"])
def test_defaults_of_the_table_are_those_of_the_framework(record):
    framework = CLAIMED[record["api"]].framework
    table = {"lr": framework.lr, "alpha": framework.alpha, "eps": framework.eps, **framework.options}
    if framework.name == "MXNet":
        table["alpha"] = 0.95  # the default of the bare operator; its class RMSProp says 0.9
    for name, value in record["all_hyperparameters"].items():
        ours = WORDS.get(name, name)
        if name not in record["hyperparameters"] and ours in table:
            assert value in (table[ours], None if table[ours] == 0 else table[ours]), name


@pytest.mark.parametrize("record", RMSPROPS, ids=lambda record: record["id"])
def test_version_of_the_table_is_the_one_that_ran(record):
    framework = CLAIMED[record["api"]].framework
    assert framework.name == "Graves" or framework.version in record["version"]


def test_what_the_table_says_was_run_was_run():
    ran = {CLAIMED[record["api"]].framework.name for record in RMSPROPS} - {"Graves"}
    assert ran == {framework.name for framework in FRAMEWORKS if framework.known == "run"}
