"""Functions to walk down: value, exact gradient, where the minimum is and which window shows it.

The last axis of a point holds its parameters; any axes before it are a batch of points.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

__all__ = ["Objective", "quadratic", "rosenbrock", "rotated", "saddle"]


@dataclass(frozen=True)
class Objective:
    """A function f: ℝⁿ → ℝ together with what the course needs to know about it.

    Parameters
    ----------
    name : str
        The formula, for legends and messages.
    value : callable
        ``value(x)`` takes an array of shape ``(..., n)`` and returns f, of shape ``(...)``.
    gradient : callable
        ``gradient(x)`` returns ∇f(x), of the shape of ``x``, in units of f per unit of x.
    minimizer : array of shape (n,) or None
        A point where f is smallest; ``None`` when f has no smallest value.
    window : pair of pairs
        ``((x1_low, x1_high), (x2_low, x2_high))``: the part of the plane that a drawing shows.
    """

    name: str
    value: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]
    minimizer: np.ndarray | None
    window: tuple[tuple[float, float], tuple[float, float]] = ((-6.0, 3.0), (-3.0, 3.0))

    def __call__(self, x):
        """Return f(x): the same as ``value(x)``."""
        return self.value(x)


def quadratic(*curvatures: float) -> Objective:
    """Return the bowl f(x) = ½ Σ λᵢ xᵢ², whose gradient is gᵢ = λᵢ xᵢ.

    Parameters
    ----------
    *curvatures : float
        The curvatures λ₁, …, λₙ, in units of f per unit of x squared; each finite and ≥ 0.

    Returns
    -------
    Objective
        With its minimum, 0, at the origin. ``quadratic(2)`` is x²; ``quadratic(0.2, 4)`` is 0.1 x₁² + 2 x₂².

    Raises
    ------
    ValueError
        When no curvature is given, or one is negative or not finite.
    """
    lam = np.asarray(curvatures, dtype=float)
    if lam.size == 0 or lam.ndim != 1 or not np.all(np.isfinite(lam) & (lam >= 0)):
        raise ValueError(f"curvatures is {curvatures}; it must be one or more finite numbers, each ≥ 0.")

    def value(x):
        x = np.asarray(x)
        return 0.5 * sum(float(c) * x[..., i] ** 2 for i, c in enumerate(lam))

    def gradient(x):
        x = np.asarray(x)
        return lam.astype(np.result_type(x, np.float16)) * x

    name = "½(" + " + ".join(f"{c:g} x{_subscript(i)}²" for i, c in enumerate(curvatures, 1)) + ")"
    return Objective(name, value, gradient, np.zeros(lam.size))


def rotated(f: Objective, angle: float) -> Objective:
    """Return f turned about the origin: x ↦ f(Rᵀx), with R the rotation by ``angle``.

    A rotation changes no curvature, only the axes along which they lie: with R orthogonal the Hessian becomes RHRᵀ,
    with the same eigenvalues.

    Parameters
    ----------
    f : Objective
        A function of two parameters.
    angle : float
        In radians, counter-clockwise; finite.

    Raises
    ------
    ValueError
        When ``angle`` is not a finite number or ``f`` is known to have another number of parameters than two.
    """
    if not np.isscalar(angle) or not np.isfinite(angle):
        raise ValueError(f"angle is {angle!r}; it must be one finite number, in radians.")
    if f.minimizer is not None and np.shape(f.minimizer) != (2,):
        raise ValueError(f"f has {np.size(f.minimizer)} parameters; a rotation by one angle needs exactly 2.")
    c, s = float(np.cos(angle)), float(np.sin(angle))

    def turn(x, s):
        x = np.asarray(x)
        return np.stack([c * x[..., 0] - s * x[..., 1], s * x[..., 0] + c * x[..., 1]], axis=-1)

    return Objective(
        f"{f.name} turned by {np.degrees(angle):g}°",
        lambda x: f.value(turn(x, -s)),
        lambda x: turn(f.gradient(turn(x, -s)), s),
        None if f.minimizer is None else turn(f.minimizer, s),
        f.window,
    )


def rosenbrock(a: float = 1.0, b: float = 100.0) -> Objective:
    """Return Rosenbrock's banana valley f(x) = (a − x₁)² + b (x₂ − x₁²)².

    Source: H. H. Rosenbrock, *An automatic method for finding the greatest or least value of a function*, The Computer
    Journal 3 (1960), doi:10.1093/comjnl/3.3.175.

    Parameters
    ----------
    a, b : float
        The minimum is at (a, a²); b > 0 says how steep the walls of the valley are. Both finite.

    Raises
    ------
    ValueError
        When ``a`` is not finite or ``b`` is not a finite number above 0.
    """
    if not np.isfinite(a):
        raise ValueError(f"a is {a!r}; it must be a finite number.")
    if not (np.isfinite(b) and b > 0):
        raise ValueError(f"b is {b!r}; it must be a finite number above 0.")

    def value(x):
        x = np.asarray(x)
        return (a - x[..., 0]) ** 2 + b * (x[..., 1] - x[..., 0] ** 2) ** 2

    def gradient(x):
        x = np.asarray(x)
        r = x[..., 1] - x[..., 0] ** 2
        return np.stack([-2 * (a - x[..., 0]) - 4 * b * x[..., 0] * r, 2 * b * r], axis=-1)

    return Objective(f"({a:g} − x₁)² + {b:g} (x₂ − x₁²)²", value, gradient, np.array([a, a**2]), ((-2.0, 2.0), (-1.0, 3.0)))


def saddle() -> Objective:
    """Return the saddle f(x) = ½(x₁² − x₂²): flat at the origin, falling away along x₂, with no smallest value."""

    def value(x):
        x = np.asarray(x)
        return 0.5 * (x[..., 0] ** 2 - x[..., 1] ** 2)

    return Objective("½(x₁² − x₂²)", value, lambda x: np.array([1, -1], dtype=np.int8) * x, None, ((-1.5, 1.5), (-1.5, 1.5)))


def _subscript(i: int) -> str:
    return str(i).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
