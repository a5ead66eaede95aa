"""Functions to walk down: value, exact gradient, where the minimum is and which window shows it.

The last axis of a point holds its parameters; any axes before it are a batch of points.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from rmsprop_lib import _require

__all__ = ["Objective", "absolute", "quadratic", "rosenbrock", "rotated", "saddle", "shifted"]


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
        A point where f is smallest; ``None`` when there is none or it is not known.
    window : pair of pairs
        ``((x1_low, x1_high), (x2_low, x2_high))``: the part of the plane that a drawing shows.

    Raises
    ------
    ValueError
        When one of them is anything else.
    """

    name: str
    value: Callable[[np.ndarray], np.ndarray]
    gradient: Callable[[np.ndarray], np.ndarray]
    minimizer: np.ndarray | None
    window: tuple[tuple[float, float], tuple[float, float]] = ((-6.0, 3.0), (-3.0, 3.0))

    def __post_init__(self):
        if not isinstance(self.name, str):
            raise ValueError(f"name is {self.name!r}; it must be a string, the formula.")
        for name in ("value", "gradient"):
            if not callable(getattr(self, name)):
                raise ValueError(f"{name} is {getattr(self, name)!r}; it must be a function of x.")
        if self.minimizer is not None:
            minimizer = _require.numbers("minimizer", self.minimizer)
            if minimizer.ndim != 1 or not minimizer.size or not np.all(np.isfinite(minimizer)):
                raise ValueError(f"minimizer is {self.minimizer!r}; it must be None or an array of shape (n,) of finite numbers.")
        window = _require.numbers("window", self.window)
        if window.shape != (2, 2) or not np.all(np.isfinite(window)) or not np.all(window[:, 0] < window[:, 1]):
            raise ValueError(f"window is {self.window!r}; it must be ((x1_low, x1_high), (x2_low, x2_high)), all finite.")

    def __call__(self, x):
        """Return f(x): the same as ``value(x)``."""
        return self.value(x)


def absolute() -> Objective:
    """Return f(x) = Σ ∣xᵢ∣, of two parameters: a valley with a sharp bottom, whose gradient sign(x) never gets small.

    At 0 the function has a kink and no derivative; the gradient there is taken as 0, one of the subgradients.

    Returns
    -------
    Objective
        With its minimum, 0, at the origin.
    """

    def value(x):
        x = _point(x, 2)
        return np.abs(x[..., 0]) + np.abs(x[..., 1])

    return Objective("∣x₁∣ + ∣x₂∣", value, lambda x: np.sign(_point(x, 2)), np.zeros(2))


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
    if not curvatures or not all(_require.is_number(c) and 0 <= c < np.inf for c in curvatures):
        raise ValueError(f"curvatures is {curvatures}; it must be one or more finite numbers, each ≥ 0.")
    lam = np.array(curvatures, dtype=float)

    def value(x):
        x = _point(x, lam.size)
        return 0.5 * sum(float(c) * x[..., i] ** 2 for i, c in enumerate(lam))

    def gradient(x):
        x = _point(x, lam.size)
        return lam.astype(x.dtype) * x

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
    if not isinstance(f, Objective):
        raise ValueError(f"f is {f!r}; it must be an Objective.")
    _require.one_number(angle=angle)
    if f.minimizer is not None and np.shape(f.minimizer) != (2,):
        raise ValueError(f"f has {np.size(f.minimizer)} parameters; a rotation by one angle needs exactly 2.")
    c, s = float(np.cos(angle)), float(np.sin(angle))

    def turn(x, s):
        x = _point(x, 2)
        return np.stack([c * x[..., 0] - s * x[..., 1], s * x[..., 0] + c * x[..., 1]], axis=-1)

    return Objective(
        f"{f.name} turned by {np.degrees(angle):g}°",
        lambda x: f.value(turn(x, -s)),
        lambda x: turn(f.gradient(turn(x, -s)), s),
        None if f.minimizer is None else turn(f.minimizer, s),
        f.window,
    )


def shifted(f: Objective, by) -> Objective:
    """Return f moved so that what was at the origin is at ``by``: x ↦ f(x − by).

    Moving a function changes neither its curvatures nor its values. In floating point it changes one thing: numbers are dense
    around 0 alone, so that near any other point a run can land on the minimum exactly.

    Parameters
    ----------
    f : Objective
    by : float or array of shape (n,)
        How far, in units of x; one number moves every parameter that far. Finite.

    Raises
    ------
    ValueError
        When ``f`` is no Objective, or ``by`` is not finite or does not have one number for each parameter of ``f``.
    """
    if not isinstance(f, Objective):
        raise ValueError(f"f is {f!r}; it must be an Objective.")
    by = _require.finite("by", by)
    if by.ndim > 1 or (by.ndim and f.minimizer is not None and by.shape != np.shape(f.minimizer)):
        wanted = "of shape (n,)" if f.minimizer is None else f"of shape {np.shape(f.minimizer)}"
        raise ValueError(f"by has the shape {by.shape}; it must be one number or an array {wanted}.")

    def back(x):
        x = _require.real("x", x)
        return x - by.astype(x.dtype)

    across, up = np.broadcast_to(by, 2).tolist() if by.size in (1, 2) else (0.0, 0.0)
    (left, right), (bottom, top) = f.window
    return Objective(
        f"{f.name} moved by {by.tolist()}",
        lambda x: f.value(back(x)),
        lambda x: f.gradient(back(x)),
        None if f.minimizer is None else f.minimizer + by,
        ((left + across, right + across), (bottom + up, top + up)),
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
    _require.one_number(a=a, b=b)
    _require.positive(b=b)
    a, b = float(a), float(b)

    def value(x):
        x = _point(x, 2)
        return (a - x[..., 0]) ** 2 + b * (x[..., 1] - x[..., 0] ** 2) ** 2

    def gradient(x):
        x = _point(x, 2)
        r = x[..., 1] - x[..., 0] ** 2
        return np.stack([-2 * (a - x[..., 0]) - 4 * b * x[..., 0] * r, 2 * b * r], axis=-1)

    return Objective(f"({a:g} − x₁)² + {b:g} (x₂ − x₁²)²", value, gradient, np.array([a, a * a]), ((-2.0, 2.0), (-1.0, 3.0)))


def saddle() -> Objective:
    """Return the saddle f(x) = ½(x₁² − x₂²): flat at the origin, falling away along x₂, with no smallest value."""

    def value(x):
        x = _point(x, 2)
        return 0.5 * (x[..., 0] ** 2 - x[..., 1] ** 2)

    def gradient(x):
        return np.array([1, -1], dtype=np.int8) * _point(x, 2)

    return Objective("½(x₁² − x₂²)", value, gradient, None, ((-1.5, 1.5), (-1.5, 1.5)))


def _point(x, n):
    """x as an array whose last axis holds ``n`` parameters."""
    x = _require.real("x", x)
    if x.shape[-1:] != (n,):
        raise ValueError(f"x has the shape {x.shape}; its last axis must hold the parameters, {n} of them.")
    return x


def _subscript(i: int) -> str:
    return str(i).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
