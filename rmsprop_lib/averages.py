"""The exponential moving average: its values, its weights and how long it remembers.

α is the decay throughout, in [0, 1): vₜ = α vₜ₋₁ + (1−α) yₜ. Times are counted in steps.
"""

import numpy as np

from rmsprop_lib import _require

__all__ = ["bias_correction", "effective_size", "ema", "half_life", "mean_age", "weights", "window"]


def ema(y, alpha, start=0.0):
    """Return the exponential moving average of ``y`` along its first axis.

    Parameters
    ----------
    y : array of shape (T, ...)
        The series y₁, …, y_T.
    alpha : float
        The decay α in [0, 1).
    start : float or array of shape (...)
        v₀, what the average holds before the first value.

    Returns
    -------
    array of shape (T, ...)
        v₁, …, v_T, in the units of ``y``; a float32 series has a float32 average.

    Raises
    ------
    ValueError
        When α is outside [0, 1), ``y`` is no series of numbers, or ``start`` does not have the shape of one value of ``y``.
    """
    _check(alpha)
    y = _series("y", y)
    last = _require.numbers("start", start).astype(y.dtype)
    if last.ndim and last.shape != y.shape[1:]:
        raise ValueError(f"start has the shape {last.shape}; it must be one number, or have the shape {y.shape[1:]} of a y.")
    v = np.empty_like(y)
    for t, now in enumerate(y):
        last = v[t] = alpha * last + (1 - alpha) * now
    return v


def weights(alpha, n):
    """Return the weights (1−α)αᵏ of the values k = 0, …, n−1 steps old: an array of shape (n,) with sum 1 − αⁿ.

    Raises ValueError when α is outside [0, 1) or ``n`` is not a whole number ≥ 0.
    """
    _check(alpha)
    _require.whole_number(n=n)
    return (1 - alpha) * float(alpha) ** np.arange(n)


def bias_correction(v, alpha):
    """Divide v₁, v₂, … (along the first axis, started at v₀ = 0) by 1 − αᵗ, the sum of the weights so far.

    The result is the weighted mean with weights αᵗ⁻ˢ, in the units of ``v``. Source: D. P. Kingma and J. Ba,
    arXiv:1412.6980, section 3. Raises ValueError when α is outside [0, 1) or ``v`` is no series of numbers.
    """
    _check(alpha)
    v = _series("v", v)
    t = np.arange(1, len(v) + 1).reshape(-1, *[1] * (v.ndim - 1))
    return (v / (1 - float(alpha) ** t)).astype(v.dtype)


def half_life(alpha):
    """Return after how many steps half of the weight is gone, ln ½ / ln α. Raises ValueError when α is outside (0, 1)."""
    if not (_require.is_number(alpha) and 0 < alpha < 1):
        raise ValueError(f"alpha is {alpha!r}; a half-life needs one number, 0 < alpha < 1.")
    return np.log(0.5) / np.log(alpha)


def mean_age(alpha):
    """Return the mean age of what the average holds, α/(1−α) steps. Raises ValueError when α is outside [0, 1)."""
    _check(alpha)
    return alpha / (1 - alpha)


def window(alpha):
    """Return the nominal window 1/(1−α), in steps. Raises ValueError when α is outside [0, 1)."""
    _check(alpha)
    return 1 / (1 - alpha)


def effective_size(alpha):
    """Return (1+α)/(1−α): the average of that many independent values is as steady as this one.

    Raises ValueError when α is outside [0, 1).
    """
    _check(alpha)
    return (1 + alpha) / (1 - alpha)


def _check(alpha):
    if not (_require.is_number(alpha) and 0 <= alpha < 1):
        raise ValueError(f"alpha is {alpha!r}; it must be one number in [0, 1), that is 0 ≤ alpha < 1.")


def _series(name, given):
    values = _require.real(name, given)
    if values.ndim == 0:
        raise ValueError(f"{name} is {given!r}; it must be a series: an array whose first axis is time.")
    return values
