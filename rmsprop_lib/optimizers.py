"""The update rules. One class is one set of equations; a rule is a frozen value and its state is passed in and out::

    x, state = rule.step(x, state, g)

reads: from the position x, what the rule remembers, and the gradient g at x, to the next position and memory.
Products, roots and divisions are element-wise. Hyper-parameters may be arrays: they broadcast against x, so that
``RMSprop(lr=lrs[:, None, None], alpha=alphas[None, :, None])`` is a whole grid of settings at once.
"""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from rmsprop_lib import _require

__all__ = ["Adagrad", "Adam", "AdamState", "GradientDescent", "Momentum", "RMSprop", "SignDescent"]


@dataclass(frozen=True)
class GradientDescent(_require.OnRealNumbers):
    """Plain gradient descent: x ← x − γ g. It remembers nothing; its state is the empty tuple.

    Parameters
    ----------
    lr : float or array
        The learning rate γ > 0, in units of x² per unit of f.

    Raises
    ------
    ValueError
        When a parameter is outside its range.

    References
    ----------
    A. Cauchy, *Méthode générale pour la résolution des systèmes d'équations simultanées*, C. R. Acad. Sci. 25
    (1847), 536–538.
    """

    lr: float | np.ndarray

    def __post_init__(self):
        _require.positive(lr=self.lr)

    def init(self, x):
        """Return the state before the first step: nothing to remember."""
        return ()

    def step(self, x, state, g):
        """Return the next ``(x, state)`` from position ``x`` and gradient ``g``, both of shape ``(..., n)``."""
        x = x - self.lr * g
        return x, state


@dataclass(frozen=True)
class SignDescent(_require.OnRealNumbers):
    """Sign descent: x ← x − γ sign(g), element-wise, with sign(0) = 0. Every parameter moves γ, or not at all.

    Parameters
    ----------
    lr : float or array
        The step length γ > 0, in units of x.

    Raises
    ------
    ValueError
        When a parameter is outside its range.

    References
    ----------
    The constant-step core of Rprop: M. Riedmiller and H. Braun, *A direct adaptive method for faster
    backpropagation learning: the RPROP algorithm*, IEEE ICNN (1993), doi:10.1109/ICNN.1993.298623.
    """

    lr: float | np.ndarray

    def __post_init__(self):
        _require.positive(lr=self.lr)

    def init(self, x):
        """Return the state before the first step: nothing to remember."""
        return ()

    def step(self, x, state, g):
        """Return the next ``(x, state)`` from position ``x`` and gradient ``g``, both of shape ``(..., n)``."""
        x = x - self.lr * np.sign(g)
        return x, state


@dataclass(frozen=True)
class Momentum(_require.OnRealNumbers):
    """Gradient descent with a heavy ball: b ← β b + g, x ← x − γ b.

    Parameters
    ----------
    lr : float or array
        The learning rate γ > 0, in units of x² per unit of f.
    beta : float or array
        How much of the last velocity is kept, 0 ≤ β < 1.

    Raises
    ------
    ValueError
        When a parameter is outside its range.

    References
    ----------
    B. T. Polyak, *Some methods of speeding up the convergence of iteration methods*, USSR Comput. Math. Math.
    Phys. 4 (1964), doi:10.1016/0041-5553(64)90137-5, in PyTorch's form (γ outside the buffer b).
    """

    lr: float | np.ndarray
    beta: float | np.ndarray = 0.9

    def __post_init__(self):
        _require.positive(lr=self.lr)
        _require.fraction(beta=self.beta)

    def init(self, x):
        """Return b₀ = 0, of the shape of ``x``."""
        return np.zeros_like(x)

    def step(self, x, b, g):
        """Return the next ``(x, b)`` from position ``x``, buffer ``b`` and gradient ``g``, all of shape ``(..., n)``."""
        b = self.beta * b + g
        x = x - self.lr * b
        return x, b


@dataclass(frozen=True)
class Adagrad(_require.OnRealNumbers):
    """Adagrad: v ← v + g², x ← x − γ g/(√v + ε). The accumulator v never forgets.

    Parameters
    ----------
    lr : float or array
        The learning rate γ > 0, in units of x: the length of the first step when the sum starts at 0.
    eps : float or array
        The floor ε ≥ 0 outside the root, in units of g.
    eps_root : float or array
        The floor ≥ 0 inside the root, √(v + ε) (Keras' and optax's place for it), in units of g².
    v0 : float or array
        What the sum starts with, ≥ 0, in units of g²: 0 in the paper and in PyTorch, 0.1 in TensorFlow, Keras and optax.

    Raises
    ------
    ValueError
        When a parameter is outside its range.

    References
    ----------
    J. Duchi, E. Hazan and Y. Singer, *Adaptive subgradient methods for online learning and stochastic
    optimization*, JMLR 12 (2011), 2121–2159; the diagonal form.
    """

    lr: float | np.ndarray
    eps: float | np.ndarray = 1e-10
    eps_root: float | np.ndarray = 0.0
    v0: float | np.ndarray = 0.0

    def __post_init__(self):
        _require.positive(lr=self.lr)
        _require.not_negative(eps=self.eps, eps_root=self.eps_root, v0=self.v0)

    def init(self, x):
        """Return v₀, of the shape of ``x``."""
        return np.zeros_like(x) + self.v0

    def step(self, x, v, g):
        """Return the next ``(x, v)`` from position ``x``, accumulator ``v`` and gradient ``g``, all of shape ``(..., n)``."""
        v = v + g**2
        x = x - self.lr * g / (np.sqrt(v + self.eps_root) + self.eps)
        return x, v


@dataclass(frozen=True)
class RMSprop(_require.OnRealNumbers):
    """RMSprop: v ← α v + (1−α) g², x ← x − γ g/(√v + ε). Adagrad with memory loss.

    Parameters
    ----------
    lr : float or array
        The learning rate γ > 0, in units of x: about what each parameter moves in a step.
    alpha : float or array
        The decay α of the accumulator, 0 ≤ α < 1: how much of v is kept. At α = 1 nothing would ever enter v.
    eps : float or array
        The floor ε ≥ 0 outside the root (PyTorch's place for it), in units of g.
    eps_root : float or array
        The floor ≥ 0 inside the root, √(v + ε) (Keras', optax's and TensorFlow's place for it), in units of g².

    Raises
    ------
    ValueError
        When a parameter is outside its range.

    References
    ----------
    Tijmen Tieleman and Geoffrey Hinton, *Lecture 6.5: rmsprop*, Coursera: Neural Networks for Machine Learning (2012).
    """

    lr: float | np.ndarray
    alpha: float | np.ndarray = 0.9
    eps: float | np.ndarray = 1e-8
    eps_root: float | np.ndarray = 0.0

    def __post_init__(self):
        _require.positive(lr=self.lr)
        _require.fraction(alpha=self.alpha)
        _require.not_negative(eps=self.eps, eps_root=self.eps_root)

    def init(self, x):
        """Return v₀ = 0, of the shape of ``x``. That start is a choice; some libraries choose 1."""
        return np.zeros_like(x)

    def step(self, x, v, g):
        """Return the next ``(x, v)`` from position ``x``, accumulator ``v`` and gradient ``g``, all of shape ``(..., n)``."""
        v = self.alpha * v + (1 - self.alpha) * g**2
        x = x - self.lr * g / (np.sqrt(v + self.eps_root) + self.eps)
        return x, v


class AdamState(NamedTuple):
    """What Adam remembers: the averages ``m`` and ``v``, and the number ``t`` of its steps."""

    m: np.ndarray
    """The average of g, of the shape of x and in units of g; not yet corrected."""
    v: np.ndarray
    """The average of g², of the shape of x and in units of g²; not yet corrected."""
    t: int | np.ndarray
    """How many steps have been taken."""


@dataclass(frozen=True)
class Adam(_require.OnRealNumbers):
    """Adam: m ← β₁ m + (1−β₁) g, v ← β₂ v + (1−β₂) g², x ← x − γ m̂/(√v̂ + ε), with m̂ = m/(1−β₁ᵗ), v̂ = v/(1−β₂ᵗ).

    Parameters
    ----------
    lr : float or array
        The learning rate γ > 0, in units of x: the length of the first step.
    beta1, beta2 : float or array
        The decays of the averages of g and of g², each in [0, 1).
    eps : float or array
        The floor ε ≥ 0 outside the root, in units of g.
    eps_root : float or array
        The floor ≥ 0 inside the root, √(v̂ + ε) (optax offers it), in units of g².

    Raises
    ------
    ValueError
        When a parameter is outside its range.

    References
    ----------
    Diederik P. Kingma and Jimmy Ba, *Adam: a method for stochastic optimization*, ICLR (2015), arXiv:1412.6980, algorithm 1.
    """

    lr: float | np.ndarray
    beta1: float | np.ndarray = 0.9
    beta2: float | np.ndarray = 0.999
    eps: float | np.ndarray = 1e-8
    eps_root: float | np.ndarray = 0.0

    def __post_init__(self):
        _require.positive(lr=self.lr)
        _require.fraction(beta1=self.beta1, beta2=self.beta2)
        _require.not_negative(eps=self.eps, eps_root=self.eps_root)

    def init(self, x):
        """Return m₀ = 0 and v₀ = 0, of the shape of ``x``, and t = 0."""
        return AdamState(np.zeros_like(x), np.zeros_like(x), 0)

    def step(self, x, state, g):
        """Return the next ``(x, state)`` from position ``x``, an `AdamState` and gradient ``g`` of shape ``(..., n)``."""
        m, v, t = state
        t = t + 1
        m = self.beta1 * m + (1 - self.beta1) * g
        v = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat, v_hat = m / (1 - self.beta1**t), v / (1 - self.beta2**t)
        x = x - self.lr * m_hat / (np.sqrt(v_hat + self.eps_root) + self.eps)
        return x, AdamState(m, v, t)
