"""Trajectories that the frameworks themselves produced, taken again by the library: data/oracles/README.md.

Every record is replayed with its own gradients. Who speaks it is said in CLAIMED, by the framework's name for it; what the
library does not speak is said in NOT_CLAIMED and NOT_CLAIMED_SETTINGS, with the reason; where a framework leaves the
mathematics, EXCEPTIONS says where, by how much and why. A record, or a setting of one, that none of them knows fails.

More files may be put beside the data, or folders of them: nothing here need change for that.
"""

import json
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest

from rmsprop_lib import Adagrad, Adam, GradientDescent, Momentum, dialects
from rmsprop_lib.dialects import FRAMEWORKS

DATA = Path(__file__).parent / "data" / "oracles"
FILES = {path: json.loads(path.read_text(encoding="utf-8")) for path in sorted(DATA.rglob("*.json"))}
# A list holds records, a dict defines problems for the records beside it; `folder` says which those are.
RECORDS = [record | {"folder": path.parent} for path, held in FILES.items() if isinstance(held, list) for record in held]
PROBLEMS = {(path.parent, name): problem for path, held in FILES.items() if isinstance(held, dict) for name, problem in held.items()}

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
CHAINER_ADAM = {"alpha": "lr", "weight_decay_rate": "weight_decay"}
SILENT = {
    "foreach", "fused", "capturable", "differentiable",  # PyTorch: how a step is computed, not which
    "max_lr_snapshot",  # timm's note to itself
    "ema_momentum", "ema_overwrite_frequency",  # Keras: for use_ema alone
}  # fmt: skip
SILENT_IN_CHAINER_ADAM = {"final_lr", "gamma"}  # for AdaBound alone
ROUNDS_LR = ("mlx.", "mxnet.", "tf_keras.optimizers.legacy.")  # to float32


def as_used(record):
    """The settings as the framework used them, after its own rounding, under the course's names; those it left off are not there."""
    api = record["api"]
    chainer_adam = api == "chainer.optimizers.Adam"
    used = {**record["all_hyperparameters"], **record.get("effective_hyperparameters", {})}
    words, silent = (WORDS | CHAINER_ADAM, SILENT | SILENT_IN_CHAINER_ADAM) if chainer_adam else (WORDS, SILENT)
    settings = {words.get(name, name): value for name, value in used.items() if name not in silent and value is not None}
    if "betas" in settings:
        settings["beta1"], settings["beta2"] = settings.pop("betas")
    if settings.get("weight_decay") and (api.startswith(("keras.", "tf_keras.", "optax.adamw")) or chainer_adam):
        settings["decoupled"] = True  # without a switch
    if api.startswith("tf_keras.") and "weight_decay" in settings:
        settings["weight_decay"] = float(np.float32(settings["weight_decay"]))
    if api.startswith("tf_keras.optimizers.legacy.") and not settings["eps"]:
        settings["eps"] = 1e-7  # it takes 0 for "not given"
    if not settings.get("momentum"):
        settings.pop("dampening", None)  # PyTorch damps what enters its buffer, and without momentum it has none
    return settings


def lr_at(record, t, lr):
    """γ of step t = 1, 2, … under the record's schedule, rounded to float32 where the framework rounds γ."""
    schedule = record.get("lr_schedule")
    if schedule is None or t - 1 < schedule["from_step_index"]:
        return lr
    return float(np.float32(schedule["lr"])) if record["api"].startswith(ROUNDS_LR) else schedule["lr"]


def gradient_at(record, t):
    """The gradient that led to x[t]."""
    g = record.get("g")
    if g is None:
        problem = PROBLEMS.get((record["folder"], record["problem"]))
        assert problem, f"{record['id']} has no gradients, and no file beside it defines the problem {record['problem']}"
        g = problem["g"]
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


def spoken(framework, settings):
    """The rule as a function of γ, from settings in the course's words."""
    place = settings.get("eps_inside")
    dialect = framework if place is None else replace(framework, place="inside" if place else "outside")
    offered = {"lr", "alpha", "eps", *framework.options}
    said = {
        name: value
        for name, value in settings.items()
        # What is off need not be offered, nor what cannot be otherwise.
        if name != "eps_inside" and (name in offered or (value and framework.fixed.get(name) != value))
    }
    return lambda lr: dialect(**said | {"lr": lr})


def rmsprop(framework, **slots):
    slots = {"v": ("v", 1), "m": ("m", 1), "buf": ("b", 1)} | slots

    def speak(lr, settings, x0):
        rule = spoken(framework, settings)
        settings.clear()

        def step(t, x, state, g):
            return rule(lr(t)).step(x, state, g)

        def slots(state):
            made, (v, m, b, t) = rule(lr(1)), state
            weights = 1 - made.alpha**t if made.bias_correction else 1
            return {"v": v + weights * m**2, "m": weights * m, "b": b}

        return rule(lr(1)).init(x0), step, slots

    return Claim(speak, slots, framework)


def adagrad(place, waits=False, **slots):
    """``waits``: where nothing was summed yet it stands still, even without a floor."""

    def speak(lr, settings, x0):
        settings.pop("lr")
        eps = settings.pop("eps", 0.0)
        floors = {"eps": eps} if place == "outside" else {"eps": 0.0, "eps_root": eps}
        lr_decay, decay = settings.pop("lr_decay", 0.0), weight_decay(settings)
        v0 = np.full_like(x0, settings.pop("v0", 0.0))

        def step(t, x, v, g):
            x, g = decay(x, g, lr(t))
            moved, v = Adagrad(lr=lr(t) / (1 + (t - 1) * lr_decay), **floors).step(x, v, g)
            return (np.where(v > 0, moved, x) if waits else moved), v

        return v0, step, lambda v: {"v": v}

    return Claim(speak, {"v": ("v", 1)} | slots)


def adam(form, **slots):
    def speak(lr, settings, x0):
        settings.pop("lr")
        eta = settings.pop("eta", None)  # Chainer's factor of γ and of the decay
        beta1, beta2 = settings.pop("beta1", 0.9), settings.pop("beta2", 0.999)
        eps, eps_root = settings.pop("eps", 1e-8), settings.pop("eps_root", 0.0)
        decay, corrected = weight_decay(settings), settings.pop("bias_correction", True)

        def step(t, x, state, g):
            x, g = decay(x, g, lr(t) if eta is None else eta)
            sum1, sum2 = 1 - beta1**t, 1 - beta2**t
            scale, floor = (1, eps) if form == "paper" else (1, eps / np.sqrt(sum2))
            if not corrected:
                scale, floor = sum1 / np.sqrt(sum2), eps / np.sqrt(sum2)
            return Adam(lr(t) * (eta or 1) * scale, beta1, beta2, floor, eps_root).step(x, state, g)

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
    """jax.example_libraries: an average of Adagrad's steps, 0 where nothing was summed yet."""

    def speak(lr, settings, x0):
        settings.pop("lr")
        mu = settings.pop("momentum")

        def step(t, x, state, g):
            v, b = state
            d, v = Adagrad(lr=1.0, eps=0.0).step(0.0, v, -g)
            x, b = Momentum(lr(t), mu).step(x, b, (1 - mu) * np.where(v > 0, d, 0.0))
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
    "optax.adagrad": adagrad("inside", waits=True),
    "tensorflow.compat.v1.train.AdagradOptimizer": adagrad("inside"),
    "jax.example_libraries.optimizers.adagrad": adagrad_then_average(slot0=("v", 1), slot1=("b", 1)),
    "torch.optim.Adam": adam("paper"),
    "torch.optim.AdamW": adam("paper"),
    "optax.adam": adam("paper"),
    "optax.adamw": adam("paper"),
    "autograd.misc.optimizers.adam": adam("paper"),
    "jax.example_libraries.optimizers.adam": adam("paper", slot0=("m", 1), slot1=("v", 1)),
    "mlx.optimizers.Adam": adam("paper"),
    "keras.optimizers.Adam": adam("hat", buf=("m", 1)),
    "keras.optimizers.AdamW": adam("hat", buf=("m", 1)),
    "tensorflow.compat.v1.train.AdamOptimizer": adam("hat"),
    "chainer.optimizers.Adam": adam("hat"),
    "torch.optim.SGD": momentum(),
    "optax.sgd": momentum(),
    "tensorflow.compat.v1.train.MomentumOptimizer": momentum(),
    "jax.example_libraries.optimizers.sgd": momentum(),
    "jax.example_libraries.optimizers.momentum": momentum(slot0=("b", 1)),
    "jax.example_libraries.optimizers.nesterov": momentum(nesterov=True, slot0=("b", 1)),
    "keras.optimizers.SGD": momentum(lr_in_buffer=True, buf=("b", -1)),
    "chainer.optimizers.MomentumSGD": momentum(lr_in_buffer=True, v=("b", -1)),
    "autograd.misc.optimizers.sgd": momentum(average=True),
}


def replay(record):
    """Ours and theirs: a dict of x and of each slot, as pairs of arrays of the same shape, and the steps that their rows are."""
    claim, settings = CLAIMED[record["api"]], as_used(record)
    sign = -1 if settings.pop("maximize", False) else 1
    assert "lr" in settings, f"{record['id']} does not say its learning rate"
    lr = settings["lr"]
    # λx in the gradient reads x. Read at our own, a difference in its last digit would come back through g/√v and grow, as
    # RMSprop bounces; so then every step is taken from where the framework stood.
    theirs, coupled = numbers(record["x"]), is_coupled(settings, claim)
    state, step, slots = claim.speak(lambda t: lr_at(record, t, lr), settings, theirs[0])
    unspoken = {name: value for name, value in settings.items() if value}
    assert not unspoken, f"{record['id']} has settings that nobody speaks: {unspoken}"
    xs, kept = [theirs[0]], {}
    with np.errstate(all="ignore"):
        for t in range(1, record["steps"] + 1):
            x, state = step(t, theirs[t - 1] if coupled else xs[-1], state, sign * gradient_at(record, t))
            xs.append(x)
            kept[t] = slots(state)
    pairs = {"x": (np.array(xs), theirs, list(range(len(xs))))}
    for name, values in record.get("state", {}).items():
        ours, turned = claim.slots[name]
        at = [int(t) for t in values]
        pairs[name] = np.array([turned * kept[t][ours] for t in at]), np.array([numbers(value) for value in values.values()]), at
    return pairs


def is_coupled(settings, claim):
    fixed = claim.framework.fixed if claim.framework else {}
    return bool(settings.get("weight_decay")) and not {**settings, **fixed}.get("decoupled")


def difference(ours, theirs):
    """How far each number is off, in units of the largest finite one of its coordinate; ∞ where one is finite and one is not."""
    with np.errstate(all="ignore"):
        same = (ours == theirs) | (np.isnan(ours) & np.isnan(theirs))
        scale = np.max(np.where(np.isfinite(theirs), np.abs(theirs), 0), axis=0)
        apart = np.where(same, 0, np.abs(ours - theirs) / scale)
    return np.where(np.isnan(apart), np.inf, apart)


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
CLIPPED = "clipping changes the gradient before any rule sees it"
NOT_CLAIMED_SETTINGS = {
    "amsgrad": "AMSGrad divides by the largest v so far; the library has no such rule",
    "adabound": "AdaBound clips its step sizes; the library has no such rule",
    "caution": "the cautious form leaves out what does not agree with the gradient; the library has no such rule",
    "corrected_weight_decay": "timm then scales the decay by the learning rate's share of its largest",
    "use_ema": "Keras then puts an average of the positions in the place of the positions",
    "loss_scale_factor": "the gradient is divided by it before any rule sees it",
    "gradient_accumulation_steps": "the rule then sees means of several gradients",
    "clipnorm": CLIPPED,
    "global_clipnorm": CLIPPED,
    "clipvalue": CLIPPED,
}


def why_not(record):
    """Why the library does not claim to speak this record; None when it does."""
    said = record["all_hyperparameters"]
    if "adam" in record["api"].lower() and said.get("nesterov"):
        return "Nadam looks ahead in the average of g; the library has no such rule"
    return NOT_CLAIMED.get(record["api"]) or next((why for name, why in NOT_CLAIMED_SETTINGS.items() if said.get(name)), None)


MOST = float(np.finfo(float).max)
LEAST = float(np.finfo(float).tiny)
SQUARE_OVERFLOWS = np.sqrt(MOST)
FORMS_1_MINUS_ALPHA_G = ("torch.", "chainer.", "paddle.")
FORMS_G2_MINUS_V = (  # and tf_keras.optimizers.legacy, once it has momentum
    "timm.",
    "tensorflow.compat.v1.train.RMSProp",
    "tensorflow.compat.v1.train.Adam",
    "keras.optimizers.Adam",
    "chainer.optimizers.Adam",
)



def increments(record):
    """Whether the framework forms v by increments."""
    api = record["api"]
    return api.startswith(FORMS_G2_MINUS_V) or (api.startswith("tf_keras.optimizers.legacy.") and bool(as_used(record)["momentum"]))


SQUARED_LAST = "forms ((1 − α) g) g, which is finite where (1 − α) (g²) is not"
INCREMENT = "forms v + (g² − v)(1 − α), which is NaN once v is ∞ and keeps no digit of a g² far below v"
SUBNORMAL = "rounds numbers below 2.2e-308 in its own way, to 0 or by a fused multiply-add"
CANCELLED = "forms v − m², which loses digits, and all of them in the end"
CORRECTED_IN_FLOAT32 = "corrects the bias in float32"
NOT_FINITE = "met an ∞ or a NaN, after which every order of operations has an answer of its own"
EXCEPTIONS = [SQUARED_LAST, INCREMENT, SUBNORMAL, CANCELLED, CORRECTED_IN_FLOAT32, NOT_FINITE]


def exceptions(record):
    """The exceptions that apply: the reason, whether it touches x or a slot by our name, and what it allows for each step and
    coordinate, 0 where nothing and ∞ where nothing can be compared. An error once made stays, so what is allowed never falls."""
    settings, claim, api = as_used(record), CLAIMED[record["api"]], record["api"]
    x, g = numbers(record["x"])[:-1], np.array([gradient_at(record, t) for t in range(1, record["steps"] + 1)])
    signed = -g if settings.pop("maximize", False) else g
    if is_coupled(settings, claim):
        with np.errstate(all="ignore"):
            signed = signed + settings["weight_decay"] * x
    g = np.abs(g)
    decay = settings.get("alpha", settings.get("beta2", 0.0))
    everything = {"x", "v", "m", "b"}

    def since(where, allowed=np.inf):
        """From the step on whose gradient is the first of ``where``."""
        rows = np.vstack([np.zeros(g.shape[1]), np.where(where, allowed, 0)])
        return np.maximum.accumulate(rows, axis=0)

    yield NOT_FINITE, everything, since(~np.isfinite(g) | ~np.isfinite(x))
    overflows = g > SQUARE_OVERFLOWS
    if api.startswith(FORMS_1_MINUS_ALPHA_G):
        yield SQUARED_LAST, everything, since(overflows & (g <= SQUARE_OVERFLOWS / np.sqrt(1 - decay)))
    if increments(record):
        yield INCREMENT, everything, since(overflows)
    rule = spoken(claim.framework, settings)(settings["lr"]) if claim.framework else None
    centered = rule is not None and rule.centered
    if "flushed" in record["numerics"] or api.startswith(FORMS_1_MINUS_ALPHA_G) or centered:
        small = np.minimum(g, 1)
        square = since(((small**2 > 0) & ((1 - decay) * small**2 < LEAST)) | ((g > 0) & (g < LEAST)))
        yield SUBNORMAL, everything if settings.get("eps", 0) < 1e-100 else {"v"}, square
        share = 1 - max(settings.get("beta1", 0.0), settings.get("alpha", 0.0))
        yield SUBNORMAL, {"m", "b"}, since((g > 0) & (share * settings["lr"] * g < LEAST))
    if increments(record) and rule or centered:
        off, lost = digits_lost(signed, rule, increments(record))
        if increments(record):
            yield INCREMENT, {"v"}, off
            yield INCREMENT, {"x", "b"}, lost
        if centered:
            yield CANCELLED, {"x", "b"}, np.where(lost > 1e-3, np.inf, lost)
            yield CANCELLED, everything, since(overflows)
    if api == "mlx.optimizers.Adam" and settings.get("bias_correction"):
        t = np.arange(1, record["steps"] + 1)[:, None]
        rounded = np.finfo(np.float32).eps * sum(1 / (1 - settings[beta] ** t) for beta in ("beta1", "beta2"))
        yield CORRECTED_IN_FLOAT32, everything, since(g >= 0, rounded)


def digits_lost(gradients, rule, incremental):
    """How far v may be off in units of the largest, and by how much of itself a step, for each step and coordinate.

    v is off by some 1e-15 of itself; where it is formed by increments, by as much of what it fell from, which is forgotten as v
    is. Where the variance v − m² is less than that, its root may be anything, or NaN. Worked out in long double, apart from
    the library.
    """
    alpha, within, without = np.longdouble(rule.alpha), np.longdouble(rule.eps_root), np.longdouble(rule.eps)
    v, m, off = np.longdouble(rule.v0), np.longdouble(0), np.longdouble(0)
    vs, offs, losts = [], [np.zeros(gradients.shape[1])], [np.zeros(gradients.shape[1])]
    with np.errstate(all="ignore"):
        for t, g in enumerate(gradients.astype(np.longdouble), 1):
            before = v if incremental else 0
            v, m = alpha * v + (1 - alpha) * g**2, alpha * m + (1 - alpha) * g
            off = np.maximum(1e-15 * np.maximum(v, before), alpha * off)
            weights = 1 - alpha**t if rule.bias_correction else 1
            variance = np.maximum(v / weights - (m / weights) ** 2, 0) if rule.centered else v / weights
            under_root = variance + within
            unsure = (off + 2e-16 * v / weights) / weights  # 1 − αᵗ, too, is known to 1e-16 and not to its last digit
            spread = np.sqrt(under_root + unsure) - np.sqrt(np.maximum(under_root - unsure, 0))
            lost = np.divide(spread, np.sqrt(under_root) + without, out=np.zeros_like(v), where=spread > 0)
            vs.append(v)
            offs.append(off)
            losts.append(np.where(unsure > under_root, np.inf, lost))
        share = np.array(offs) / np.max(vs, axis=0)
        return [np.maximum.accumulate(np.nan_to_num(rows.astype(float), nan=np.inf, posinf=np.inf)) for rows in (share, np.array(losts))]


def allowed(record, name, excepted):
    """What may be between ours and theirs, for each step and coordinate, of x or of a slot by the framework's name of it."""
    ours = "x" if name == "x" else CLAIMED[record["api"]].slots[name][0]
    return np.max([np.full_like(numbers(record["x"]), 1e-12), *(most for _, touched, most in excepted if ours in touched)], axis=0)


# --- the tests ----------------------------------------------------------------------------------------------------------------


def claimed(record):
    return record["api"] in CLAIMED and why_not(record) is None


def test_every_record_is_claimed_or_named_as_not_claimed():
    assert {record["api"] for record in RECORDS if why_not(record) is None} - CLAIMED.keys() == set()
    assert CLAIMED.keys() & NOT_CLAIMED.keys() == set()


def test_nothing_is_claimed_that_no_record_shows():
    shown = [record for record in RECORDS if claimed(record)]
    assert {record["api"] for record in shown} == CLAIMED.keys()
    used = [(CLAIMED[record["api"]].framework, as_used(record)) for record in shown]
    for framework in (framework for framework in FRAMEWORKS if framework.known == "run"):
        of_it = [settings for spoken, settings in used if spoken and spoken.name == framework.name]
        for option, default in framework.options.items():
            assert any(settings.get(option, default) != default for settings in of_it), f"{framework.name}'s {option} is always {default}"


def test_why_a_record_is_not_claimed():
    """A rule of its own, a setting that no rule here has; and a setting that is off is none."""
    reasons = {record["id"]: why_not(record) for record in RECORDS if why_not(record)}
    assert set(reasons.values()) >= {ADADELTA, CLIPPED, NOT_CLAIMED_SETTINGS["amsgrad"], NOT_CLAIMED_SETTINGS["caution"]}
    adam = record_of("torch/Adam/quad2_ill/52")
    assert adam["all_hyperparameters"]["amsgrad"] is False and why_not(adam) is None
    with pytest.raises(AssertionError, match="torch/Adam/quad2_ill/52 has settings that nobody speaks: {'look': 3}"):
        replay(adam | {"all_hyperparameters": adam["all_hyperparameters"] | {"look": 3}})
    with pytest.raises(ValueError, match="nesterov is True; this preset of PyTorch does not model it"):
        rmsprop = record_of("torch/RMSprop/quad2_ill/0")
        replay(rmsprop | {"all_hyperparameters": rmsprop["all_hyperparameters"] | {"nesterov": True}})


@pytest.mark.parametrize("record", [r for r in RECORDS if claimed(r)], ids=lambda record: record["id"])
def test_replay(record):
    judge(record)


def judge(record):
    excepted = list(exceptions(record))
    for name, (ours, theirs, at) in replay(record).items():
        apart = difference(ours, theirs)
        off = apart > allowed(record, name, excepted)[at]
        assert not np.any(off), f"{name} is {np.max(apart[off])} apart at step {at[np.argmax(np.any(off, axis=1))]}"


def test_what_is_claimed_and_what_is_excepted(capsys):
    """The table for the reader of the tests, and its numbers for the set as it was published."""
    public = [record for record in RECORDS if record.get("set") == "public"]
    spoken = [record for record in public if claimed(record)]
    counts = {reason: 0 for reason in EXCEPTIONS}
    for record in spoken:
        excepted, pairs = list(exceptions(record)), replay(record)
        off = {name: (difference(ours, theirs) > 1e-12, at) for name, (ours, theirs, at) in pairs.items()}
        for reason in EXCEPTIONS:
            of_it = [exception for exception in excepted if exception[0] == reason]
            excused = {name: apart & (allowed(record, name, of_it)[at] > 1e-12) for name, (apart, at) in off.items()}
            counts[reason] += any(np.any(cells) for cells in excused.values())
            off = {name: (apart & ~excused[name], at) for name, (apart, at) in off.items()}  # each is counted where it began
    with capsys.disabled():
        print(f"\n{len(spoken)} of {len(public)} trajectories are replayed to 1e-12 of the largest |x| of each coordinate, but for")
        for reason, count in counts.items():
            print(f"  {count} whose framework {reason}")
        print("Not claimed:")
        for api in sorted({record["api"] for record in public if not claimed(record)}):
            of_api = [record for record in public if record["api"] == api and not claimed(record)]
            print(f"  {len(of_api)} of {api}: {why_not(of_api[0])}")
    assert (len(public), len(spoken)) == (231, 218)
    assert list(counts.values()) == [2, 1, 4, 1, 0, 0]


def record_of(identity):
    return next(record for record in RECORDS if record["id"] == identity)


def test_where_tf1_goes_to_nan_the_library_freezes():
    pairs = replay(record_of("tf1/RMSPropOptimizer/over3/5"))
    x, theirs, _ = pairs["x"]
    assert np.all(np.isnan(theirs[2:])) and np.all(x[1:] == x[1]) and np.all(np.isfinite(x))
    v, theirs, _ = pairs["v"]
    assert np.all(np.isnan(theirs[1:])) and np.all(v == np.inf)


@pytest.mark.parametrize("identity", ["torch/RMSprop/over3/8", "chainer/RMSprop/over3/3"])
def test_where_the_square_is_formed_last_it_overflows_later(identity):
    record = record_of(identity)
    v, theirs, _ = replay(record)["v"]
    g, alpha = gradient_at(record, 1)[0], record["all_hyperparameters"]["alpha"]
    assert v[0, 0] == np.inf and theirs[0, 0] == pytest.approx(((1 - alpha) * g) * g, rel=1e-15)


def test_where_v_minus_m_squared_cancels_the_library_is_the_exact_one():
    record = record_of("optax/rmsprop/const3/28")
    x, theirs, _ = replay(record)["x"]
    g, used = gradient_at(record, 1), as_used(record)
    t = np.arange(record["steps"] + 1)[:, None]
    exact = -t * used["lr"] * g / np.sqrt(used["eps"])  # a constant gradient has no variance at all
    assert np.all(difference(x, exact) < 1e-14)
    assert np.max(difference(theirs, exact)) > 1e-7


# --- the table of frameworks ---------------------------------------------------------------------------------------------------

RMSPROPS = [record for record in RECORDS if claimed(record) and CLAIMED[record["api"]].framework]


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
