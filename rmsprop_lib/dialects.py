"""RMSprop as the frameworks speak it: one general form, and each framework as a choice of its settings::

    # a GeneralRMSprop: ε inside the root,
    # γ inside the buffer
    rule = keras(lr=0.01, momentum=0.9)
    x, state = rule.step(x, state, g)

The frameworks with a name here are ``hinton``, ``graves``, ``torch``, ``keras``, ``tf1``, ``optax``, ``paddle``, ``mlx`` and
``chainer``. `FRAMEWORKS` holds these and the others, what is known of each, with version and date, and is what the course's table
shows: ``{framework.name: framework for framework in FRAMEWORKS}["MXNet"](lr=0.01)``.

Settings have the course's names everywhere, and a setting given by another name is answered with the name here:

================  ==================================================================================================
here              there
================  ==================================================================================================
``lr``            ``learning_rate``, ``step_size``. One that changes is a new rule at every step with the old state:
                  ``descend(lambda t: torch(lr=0.1 / t), f, x0, 100)``
``alpha``         ``rho``, ``decay``, ``gamma``, ``gamma1``, ``beta_2``
``eps``           ``epsilon``: the framework's one ε, put where that framework puts it. Where it can be moved
                  (``eps_in_sqrt``, ``eps_inside_sqrt``): ``dataclasses.replace(optax, place="outside")(lr=0.1)``
``v0``            ``initial_scale``
``weight_decay``  ``wd``; ``decoupled`` is ``decoupled_decay``
``lr_in_buffer``  ``lr_in_momentum``
(none)            ``maximize``: feed −g
================  ==================================================================================================
"""

from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

import numpy as np

from rmsprop_lib import _require

__all__ = [
    "FRAMEWORKS",
    "Framework",
    "GeneralRMSprop",
    "GeneralState",
    "chainer",
    "graves",
    "hinton",
    "keras",
    "mlx",
    "optax",
    "paddle",
    "tf1",
    "torch",
]


class GeneralState(NamedTuple):
    """What `GeneralRMSprop` remembers: ``v``, ``m`` and ``b``, each of the shape of x, and the number ``t`` of its steps."""

    v: np.ndarray
    """The accumulator, in units of g²: the average of g² or, when centred, of (g − m)²; not yet divided by the sum of the weights."""
    m: np.ndarray
    """The average of g, in units of g, when centred; otherwise 0."""
    b: np.ndarray
    """The momentum buffer, in units of x if γ is inside it and without a unit otherwise."""
    t: int | np.ndarray
    """How many steps have been taken."""


@dataclass(frozen=True)
class GeneralRMSprop(_require.OnRealNumbers):
    """RMSprop with everything that a framework adds to it or moves in it.

    With its defaults it is `rmsprop_lib.RMSprop`. Every parameter but the yes-or-no ones may be an array that broadcasts
    against x, of shape ``(..., n)``.

    Parameters
    ----------
    lr : float or array
        The learning rate γ > 0, in units of x.
    alpha : float or array
        The decay α of the accumulator, 0 ≤ α < 1.
    eps, eps_root : float or array
        The floors ≥ 0 outside the root, in units of g, and inside it, in units of g².
    v0 : float or array
        The accumulator before the first step, ≥ 0, in units of g².
    momentum : float or array
        How much of the buffer b is kept, 0 ≤ β < 1.
    lr_in_buffer : bool
        Whether b adds up steps, b ← β b + γ g/√v and x ← x − b, or normalised gradients, b ← β b + g/√v and x ← x − γ b
        (PyTorch). They differ as soon as γ changes on the way.
    nesterov : bool
        Whether to move by β b + γ g/√v, with the new b, instead of by b.
    centered : bool
        Whether to divide by the standard deviation of the recent gradients instead of by their root mean square. The
        frameworks take the mean of g² minus the square of the mean, which rounding can make negative; the recursion here
        equals it and cannot be.
    bias_correction : bool
        Whether to divide the averages by the sum of their weights, 1 − αᵗ.
    weight_decay : float or array
        ω ≥ 0, in units of g per unit of x.
    decoupled : bool
        Whether weight decay shrinks x itself, x ← x − γ ω x before the step, or is added to the gradient, g + ω x.

    Raises
    ------
    ValueError
        When a parameter is outside its range.

    References
    ----------
    T. Tieleman and G. Hinton, *Lecture 6.5: rmsprop*, Coursera (2012). Centred and with momentum: A. Graves, *Generating
    sequences with recurrent neural networks*, arXiv:1308.0850 (2013), equations 38–45. The rest: the frameworks in
    `FRAMEWORKS`, each with its version.
    """

    lr: float | np.ndarray
    alpha: float | np.ndarray = 0.9
    eps: float | np.ndarray = 1e-8
    eps_root: float | np.ndarray = 0.0
    v0: float | np.ndarray = 0.0
    momentum: float | np.ndarray = 0.0
    lr_in_buffer: bool = True
    nesterov: bool = False
    centered: bool = False
    bias_correction: bool = False
    weight_decay: float | np.ndarray = 0.0
    decoupled: bool = False

    def __post_init__(self):
        _require.positive(lr=self.lr)
        _require.fraction(alpha=self.alpha, momentum=self.momentum)
        _require.not_negative(eps=self.eps, eps_root=self.eps_root, v0=self.v0, weight_decay=self.weight_decay)
        _require.yes_or_no(
            lr_in_buffer=self.lr_in_buffer,
            nesterov=self.nesterov,
            centered=self.centered,
            bias_correction=self.bias_correction,
            decoupled=self.decoupled,
        )

    def init(self, x):
        """Return the state before the first step: v₀ as given, m₀ = 0, b₀ = 0, of the shape of ``x``, and t = 0."""
        return GeneralState(np.zeros_like(x) + self.v0, np.zeros_like(x), np.zeros_like(x), 0)

    def step(self, x, state, g):
        """Return the next ``(x, state)`` from position ``x``, a `GeneralState` and gradient ``g`` of shape ``(..., n)``."""
        lr, alpha, mu = self.lr, self.alpha, self.momentum
        v, m, b, t = state
        t = t + 1

        if _is_on(self.weight_decay):
            if self.decoupled:
                x = x - lr * self.weight_decay * x
            else:
                g = g + self.weight_decay * x

        # What the weights (1 − α) αᵏ in the averages sum to, and of that the newest gradient's share in the mean.
        weights = 1 - alpha**t if self.bias_correction else 1
        if self.centered:
            newest = (1 - alpha) / weights
            v = alpha * v + (1 - alpha) * (1 - newest) * (g - m) ** 2
            m = m + newest * (g - m)
        else:
            v = alpha * v + (1 - alpha) * g**2

        inside, outside = (lr, 1) if self.lr_in_buffer else (1, lr)
        d = inside * g / (np.sqrt(v / weights + self.eps_root) + self.eps)
        b = mu * b + d if _is_on(mu) else d
        x = x - outside * (mu * b + d if self.nesterov else b)
        return x, GeneralState(v, m, b, t)


def _is_on(setting):
    """Whether a setting is above 0, or some entry of it is; a step asks twice, and np.any takes long over one number."""
    return setting.any() if isinstance(setting, np.ndarray) else setting > 0


@dataclass(frozen=True)
class Framework:
    """A framework's RMSprop: what is known of it, and, called with settings, the rule it runs.

    Calling it, ``keras(lr=0.01, momentum=0.9)``, returns a `GeneralRMSprop` with the framework's own defaults for whatever is
    not given. Its settings are ``lr``, ``alpha``, ``eps`` (the framework's one ε, put where it puts it) and its ``options``.
    Where a framework lets ε be moved, ``dataclasses.replace(optax, place="outside")`` does.

    Attributes
    ----------
    name, version : str
        The framework, and the release or commit that was run or read.
    date : str
        The day of the release; for a commit, the month in which it was read.
    known : str
        How this is known: "run", its trajectories are reproduced in the course's tests; "source", its code was read;
        "second-hand", told by programs that cite it.
    source : str
        Where it stands.
    lr, alpha, eps : float or None
        The defaults; None where there is none.
    place : str or None
        Where its ε sits: "outside" or "inside" the root, "both", or "inside with momentum" and outside without; None when it
        has no ε.
    options : dict
        What else can be set, with its default, under the names of `GeneralRMSprop`.
    fixed : dict
        What differs from `GeneralRMSprop`'s defaults and cannot be set; the word "eps" stands for the ε in use.
    note : str
        What else it does.

    Raises
    ------
    ValueError
        When ``place``, ``options`` or ``fixed`` is something else; and when it is called with a setting that this preset does
        not take or that is outside its range, or without one that has no default.
    """

    name: str
    version: str
    date: str
    known: str
    source: str
    lr: float | None
    alpha: float | None
    eps: float | None
    place: str | None
    options: dict[str, Any] = field(default_factory=dict)
    fixed: dict[str, Any] = field(default_factory=dict)
    note: str = ""

    def __post_init__(self):
        places = (None, "outside", "inside", "both", "inside with momentum")
        if not isinstance(self.place, str | None) or self.place not in places:
            raise ValueError(f"place is {self.place!r}; it must be one of {', '.join(map(repr, places))}.")
        for name in ("options", "fixed"):
            settings = getattr(self, name)
            if not isinstance(settings, dict) or not settings.keys() <= {setting.name for setting in fields(GeneralRMSprop)}:
                raise ValueError(f"{name} is {settings!r}; it must be a dict of settings of GeneralRMSprop.")

    def __call__(self, **settings) -> GeneralRMSprop:
        """Return the rule with these settings; see the class."""
        chosen = {"lr": self.lr, "alpha": self.alpha, "eps": self.eps, **self.options}
        if self.place is None:
            del chosen["eps"]
        for name, value in settings.items():
            if name not in chosen:
                raise ValueError(f"{name} is {value!r}; {self._why_not(name, value, chosen)}")
        chosen |= settings
        for name, value in chosen.items():
            if value is None:
                raise ValueError(f"{name} is not given; {self.name} has no default for it, so you must give it.")

        eps = chosen.pop("eps", 0.0)
        inside = self.place in ("inside", "both") or (self.place == "inside with momentum" and np.any(chosen["momentum"]))
        outside = self.place == "both" or not inside
        fixed = {name: eps if value == "eps" else value for name, value in self.fixed.items()}
        return GeneralRMSprop(eps=eps if outside else 0.0, eps_root=eps if inside else 0.0, **chosen, **fixed)

    def _why_not(self, name, value, taken):
        """What to write instead of a setting that this preset does not take."""
        takes = f"It takes {', '.join(taken)}."
        if name in _TWO_MEANINGS:
            return f"{_TWO_MEANINGS[name]} {takes}"
        here = _NAMES_ELSEWHERE.get(name, name)
        called = "" if here == name else f"{name} is called {here} here"
        if here in taken:
            return f"{called}: write {here}={value!r}."
        if name in ("eps_in_sqrt", "eps_inside_sqrt"):
            place = "inside" if value else "outside"
            return f"a preset has ε in one place; to have it {place} the root, write dataclasses.replace(preset, place={place!r})(…)."
        if name == "maximize":
            return f"a rule goes downhill; to go up, feed it −g. {takes}"
        called = called and called + ", and "
        if here in self.fixed:
            start = "ε" if self.fixed[here] == "eps" else self.fixed[here]
            why = f"{called}it is always {start} in this preset of {self.name}"
        else:
            why = f"{called}this preset of {self.name} does not model it"
        if here in {setting.name for setting in fields(GeneralRMSprop)}:
            why += f"; to have it all the same, write dataclasses.replace(rule, {here}={value!r}) with the rule that the preset makes"
        return f"{why}. {takes}"

    @property
    def v0(self) -> float | str:
        """The accumulator before the first step, unless it is an option; "eps" when it starts at ε."""
        return self.fixed.get("v0", 0.0)

    @property
    def lr_place(self) -> str | None:
        """Where γ stands when there is momentum, "inside" or "outside" the buffer; None without momentum."""
        settings = {**self.options, **self.fixed}
        if "momentum" not in settings:
            return None
        return "inside" if settings.get("lr_in_buffer", True) else "outside"


# What a setting is called in the frameworks, books and papers, and here.
_NAMES_ELSEWHERE = {
    there: here
    for here, others in {
        "lr": "learning_rate step_size stepsize stepSize eta η learningRate",
        "alpha": "rho ρ α gamma1 beta2 beta_2 β₂ decay_rate decayRate rms_decay rmsDecay squared_gradient_momentum smoothing_constant",
        "eps": "epsilon ε ϵ delta δ jitter min_squared_gradient",
        "v0": "initial_scale initial_accumulator_value",
        "weight_decay": "wd weightDecay l2",
        "decoupled": "decoupled_decay decoupled_weight_decay",
        "lr_in_buffer": "lr_in_momentum",
        "centered": "centred",
        "momentum": "mu μ gamma2",
    }.items()
    for there in others.split()
}

# Names that mean one thing in one place and another in the next.
_TWO_MEANINGS = {
    "decay": "decay has two meanings. In TensorFlow 1 and optax it is the share of v that is kept, called alpha here: write "
    "alpha=…. In old versions of Keras it makes the learning rate fall as lr/(1 + decay·t): give descend a function of t, "
    "lambda t: keras(lr=0.001 / (1 + 0.01 * (t - 1))).",
    "gamma": "gamma has two meanings. In JAX, autograd and Dive into Deep Learning it is the share of v that is kept, called alpha "
    "here; in this course's formulas γ is the learning rate, called lr.",
    "beta": "beta has two meanings. In Andrew Ng's course it is the share of v that is kept, called alpha here; elsewhere it is the "
    "share of the momentum buffer that is kept, called momentum.",
    "gradient_momentum": "in the table of the DQN paper this is the decay of the mean gradient that the centred form takes away, the "
    "same number as the decay of v; both are called alpha here. There is no momentum in it.",
}

_MOMENTUM, _CENTERED, _DECAY = {"momentum": 0.0}, {"centered": False}, {"weight_decay": 0.0}

hinton = Framework(
    "Hinton's lecture", "lecture 6.5", "2012", "second-hand", "Coursera, Neural Networks for Machine Learning",
    lr=None, alpha=0.9, eps=None, place=None,
    note="divides by the bare root; says nothing of the start",
)
graves = Framework(
    "Graves", "arXiv:1308.0850", "2013", "second-hand", "equations 38–45, as Chainer's RMSpropGraves runs them",
    lr=1e-4, alpha=0.95, eps=1e-4, place="inside", options={"momentum": 0.9}, fixed={"centered": True},
    note="always centred",
)
torch = Framework(
    "PyTorch", "2.13.0", "2026-07-08", "run", "torch/optim/rmsprop.py",
    lr=1e-2, alpha=0.99, eps=1e-8, place="outside",
    options=_MOMENTUM | _CENTERED | _DECAY, fixed={"lr_in_buffer": False},
)
keras = Framework(
    "Keras", "3.15.1", "2026-07-29", "run", "keras/src/optimizers/rmsprop.py",
    lr=1e-3, alpha=0.9, eps=1e-7, place="inside",
    options=_MOMENTUM | _CENTERED | _DECAY, fixed={"decoupled": True},
)
tf1 = Framework(
    "TensorFlow 1 (tf.compat.v1)", "2.21.0", "2026-03-06", "run", "tensorflow/python/training/rmsprop.py",
    lr=None, alpha=0.9, eps=1e-10, place="inside", options=_MOMENTUM | _CENTERED, fixed={"v0": 1.0},
)
optax = Framework(
    "optax", "0.2.8", "2026-03-20", "run", "optax/_src/alias.py, transform.py",
    lr=None, alpha=0.9, eps=1e-8, place="inside",
    options=_MOMENTUM | _CENTERED | {"nesterov": False, "bias_correction": False, "v0": 0.0},
    note="eps_in_sqrt=False puts ε outside",
)
paddle = Framework(
    "PaddlePaddle", "3.3.1", "2026-03-24", "run", "paddle/optimizer/rmsprop.py",
    lr=None, alpha=0.95, eps=1e-6, place="inside", options=_MOMENTUM | _CENTERED | _DECAY,
    note="rounds α, ε and β to float32",
)
mlx = Framework(
    "MLX", "0.32.4", "2026-10-14", "run", "mlx/optimizers/optimizers.py",
    lr=None, alpha=0.99, eps=1e-8, place="outside",
    note="rounds γ to float32; refuses ε ≤ 0",
)
chainer = Framework(
    "Chainer", "7.8.1", "2022-01-05", "run", "chainer/optimizers/rmsprop.py",
    lr=1e-2, alpha=0.99, eps=1e-8, place="outside",
    note="eps_inside_sqrt=True puts ε inside",
)

FRAMEWORKS = (
    hinton,
    graves,
    torch,
    keras,
    tf1,
    optax,
    paddle,
    mlx,
    chainer,
    Framework(
        "Keras for TensorFlow 2 (tf_keras)", "2.21.0", "2026-03-18", "run", "tf_keras/src/optimizers/rmsprop.py",
        lr=1e-3, alpha=0.9, eps=1e-7, place="inside",
        options=_MOMENTUM | _CENTERED | _DECAY, fixed={"decoupled": True},
    ),
    Framework(
        "tf_keras.optimizers.legacy", "2.21.0", "2026-03-18", "run", "tf_keras/src/optimizers/legacy/rmsprop.py",
        lr=1e-3, alpha=0.9, eps=1e-7, place="inside with momentum", options=_MOMENTUM | _CENTERED,
        note="ε moves when momentum is switched on; rounds γ, α and β to float32; takes ε = 0 for 1e-7",
    ),
    Framework(
        "jax.example_libraries", "0.10.2", "2026-06-17", "run", "jax/example_libraries/optimizers.py",
        lr=None, alpha=0.9, eps=1e-8, place="inside", options=_MOMENTUM,
        note="momentum is a function of its own, rmsprop_momentum, with β = 0.9",
    ),
    Framework(
        "timm (RMSpropTF)", "1.0.31", "2026-11-03", "run", "timm/optim/rmsprop_tf.py",
        lr=1e-2, alpha=0.9, eps=1e-10, place="inside",
        options=_MOMENTUM | _CENTERED | _DECAY | {"lr_in_buffer": True, "decoupled": False}, fixed={"v0": 1.0},
    ),
    Framework(
        "MXNet", "1.9.1", "2022-05-17", "run", "src/operator/optimizer_op-inl.h",
        lr=1e-3, alpha=0.9, eps=1e-8, place="inside", options=_DECAY,
        note="centred it is Graves's form, with momentum 0.9; the bare operator has α = 0.95; rounds every setting to float32",
    ),
    Framework(
        "autograd", "1.9.1", "2026-07-02", "run", "autograd/misc/optimizers.py",
        lr=0.1, alpha=0.9, eps=1e-8, place="outside", fixed={"v0": 1.0},
    ),
    Framework(
        "Torch 7 (optim)", "30f6bd3", "2026-11", "source", "torch/optim, rmsprop.lua",
        lr=1e-2, alpha=0.99, eps=1e-8, place="outside",
        note="for a while in 2016 v started at 1",
    ),
    Framework(
        "DeepMind's DQN", "54978fa", "2026-11", "source", "dqn/NeuralQLearner.lua",
        lr=1e-2, alpha=0.95, eps=1e-2, place="inside", options=_DECAY, fixed={"centered": True},
        note="always centred, α and ε written into the code; the published runs set γ = 0.00025",
    ),
    Framework(
        "Keras 2", "0202c8a", "2026-11", "source", "keras/optimizers.py",
        lr=1e-3, alpha=0.9, eps=1e-7, place="inside with momentum", options=_MOMENTUM,
        note="ε moves when momentum is switched on; centered=True without momentum is ignored",
    ),
    Framework(
        "Lasagne", "07ce3cc", "2026-11", "source", "lasagne/updates.py",
        lr=1.0, alpha=0.9, eps=1e-6, place="inside",
    ),
    Framework(
        "Caffe", "95a73da", "2026-11", "source", "src/caffe/solvers/rmsprop_solver.cpp",
        lr=None, alpha=0.99, eps=1e-8, place="outside", options=_DECAY,
    ),
    Framework(
        "Deeplearning4j", "1373917", "2026-11", "source", "RmsPropUpdater.java, updaterRmsProp.cpp",
        lr=0.1, alpha=0.95, eps=1e-8, place="outside", fixed={"v0": "eps"},
        note="v starts at ε",
    ),
    Framework(
        "MXNet 2", "29e946a", "2026-11", "source", "python/mxnet/optimizer/rmsprop.py",
        lr=1e-3, alpha=0.9, eps=1e-8, place="outside", options=_DECAY,
        note="centred, with momentum 0.9, its ε is inside",
    ),
    Framework(
        "Optimisers.jl", "007b972", "2026-11", "source", "src/rules.jl",
        lr=1e-3, alpha=0.9, eps=1e-8, place="outside", options=_CENTERED,
    ),
    Framework(
        "TensorFlow.js", "2e55c33", "2026-11", "source", "tfjs-core/src/optimizers/rmsprop_optimizer.ts",
        lr=None, alpha=0.9, eps=1e-7, place="inside", options=_MOMENTUM,
        note="centred it takes √(v − m² − ε), with the wrong sign; ε is 1e-4 where numbers are float16",
    ),
    Framework(
        "neon", "03259e8", "2026-11", "source", "neon/optimizers/optimizer.py",
        lr=2e-3, alpha=0.95, eps=1e-6, place="both",
    ),
    Framework(
        "Burn", "0212f8e", "2026-11", "source", "crates/burn-optim/src/optim/rmsprop.rs",
        lr=None, alpha=0.99, eps=1e-5, place="outside",
        options={"momentum": 0.9} | _CENTERED | _DECAY, fixed={"lr_in_buffer": False},
    ),
    Framework(
        "climin", "00eea60", "2026-11", "source", "climin/rmsprop.py",
        lr=None, alpha=0.9, eps=1e-8, place="inside", fixed={"v0": 1.0},
        note="momentum takes the gradient at the point it looks ahead to",
    ),
    Framework(
        "ensmallen", "0f67878", "2026-11", "source", "include/ensmallen_bits/rmsprop/rmsprop_update.hpp",
        lr=1e-2, alpha=0.99, eps=1e-8, place="outside",
    ),
    Framework(
        "Dive into Deep Learning", "23d7a5a", "2024-03", "source", "chapter_optimization/rmsprop.md",
        lr=0.4, alpha=0.9, eps=1e-6, place="inside",
    ),
    Framework(
        "gradient_descent_viz", "5f02a5e", "2026-11", "source", "src/gradient_descent.cpp",
        lr=1e-3, alpha=0.99, eps=1e-12, place="outside",
    ),
)
