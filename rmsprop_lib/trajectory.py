"""Run a rule on an objective and keep everything that happened."""

import math
from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from rmsprop_lib import _require

__all__ = ["Trajectory", "descend"]

_BLOCK = 10_000  # numbers per array: 80 kB in float64


@dataclass(frozen=True, eq=False)
class Trajectory:
    """What happened on the way down. Index 0 of ``x``, ``f`` and ``states`` is the start.

    Only the positions are kept; the rest follows from them and is computed when it is first asked for, so that a sweep over
    ten thousand settings does not pay for what nobody looks at.

    Attributes
    ----------
    x : array of shape (steps + 1, ..., n)
        The positions x₀, x₁, …
    rule_at : callable
        ``rule_at(t)`` is the rule that took the step from ``x[t - 1]`` to ``x[t]``.
    objective : Objective
        The function that was descended.
    noise : array or None
        What was added to the gradients, as `descend` was given it.
    """

    x: np.ndarray
    rule_at: Callable[[int], Any]
    objective: Any
    noise: np.ndarray | None = None

    @cached_property
    def f(self):
        """The values f(x₀), f(x₁), …, an array of shape (steps + 1, ...)."""
        with np.errstate(all="ignore"):
            return _require.returned("value", self.objective, self.x, self.objective.value(self.x), self.x.shape[:-1])

    @cached_property
    def g(self):
        """The gradients, noise included, of shape (steps, ..., n), of which ``g[t]``, taken at ``x[t]``, led to ``x[t + 1]``."""
        with np.errstate(all="ignore"):
            g = _gradient(self.objective, self.x[:-1])
            return (g if self.noise is None else g + _like(self.noise, g)).astype(self.x.dtype, copy=False)

    @cached_property
    def states(self):
        """What the rule remembered, which is v for `Adagrad` and `RMSprop`, b for `Momentum`, of shape (steps + 1, ..., n); an
        `AdamState` of such arrays for `Adam`; ``()`` for a rule that remembers nothing."""
        steps = len(self.x) - 1
        state = self.rule_at(1).init(self.x[0])
        states = _history(state, steps + 1)
        _record(states, 0, state)
        with np.errstate(all="ignore"):
            for t in range(steps):
                _, state = self.rule_at(t + 1).step(self.x[t], state, self.g[t])
                _record(states, t + 1, state)
        return states


def descend(rule, f, x0, steps, noise=None) -> Trajectory:
    """Take ``steps`` steps of ``rule`` down ``f`` from ``x0``.

    A run that diverges goes on to ±∞ or NaN without a warning: it is there to be looked at.

    Parameters
    ----------
    rule : rule, or callable
        An update rule such as ``RMSprop(lr=0.1)``; or, for a schedule, a function of t = 1, 2, … that returns the rule of
        step t. Hyper-parameters that are arrays must broadcast against ``x0``; each setting then gets a run of its own.
    f : Objective
        Its ``value`` and ``gradient`` are called with arrays of shape ``(..., n)``.
    x0 : array of shape (n,) or (..., n)
        The start, finite. A float32 start makes a float32 run, except that hyper-parameters which are NumPy numbers or arrays
        keep their own precision: give those in float32 too.
    steps : int
        How many steps, 0 or more.
    noise : array that broadcasts to (steps, ..., n), optional
        Added to the gradient: ``noise[t]`` at ``x[t]``. Finite. Draw it from a seeded generator to be able to run it again.

    Returns
    -------
    Trajectory

    Raises
    ------
    ValueError
        When ``rule`` or ``f`` is something else, ``x0`` or ``noise`` is not finite, ``steps`` is not a whole number ≥ 0, or
        the shapes do not meet.
    """
    rule_at = _schedule(rule)
    if not all(hasattr(f, name) for name in ("name", "value", "gradient", "minimizer")):
        how = ' To make one of your own, write Objective("my f", value, gradient, minimizer=None), with two functions of x.'
        raise ValueError(f"f is {f!r}; it must be an Objective, such as quadratic(0.2, 4).{how if callable(f) else ''}")
    x = _require.finite("x0", x0)
    if x.ndim == 0:
        raise ValueError(f"x0 is {x0!r}; it must be an array whose last axis holds the parameters, such as [{x0!r}].")
    _require.whole_number(steps=steps)
    if f.minimizer is not None and len(f.minimizer) != x.shape[-1]:
        raise ValueError(f"x0 has {x.shape[-1]} parameters along its last axis; {f.name} takes {len(f.minimizer)}.")
    if not x.size:
        raise ValueError(f"x0 has the shape {x.shape}, which holds no number; it must hold at least one start.")
    if noise is not None:
        noise = _require.finite("noise", noise)
        if noise.shape[:1] != (steps,):
            raise ValueError(f"noise has the shape {noise.shape}; its first axis must be the steps, {steps} of them.")

    with np.errstate(all="ignore"):
        shape = _shape_of_run(rule_at(1), f, x, noise)
        xs = _history(np.broadcast_to(x, shape), steps + 1)
        xs[0] = x
        blocks = _blocks(shape) if hasattr(rule, "step") and is_dataclass(rule) else [...]
        if len(blocks) > 1 and np.shape(f.gradient(_read_only(x.reshape(-1, x.shape[-1])[0]))) != x.shape[-1:]:
            blocks = [...]  # f is a batch of functions, and a block of rows would not meet it
        for rows in blocks:
            part = rule_at if rows is ... else _rows_of(rule, rows, shape)
            _walk(part, f, xs[:, rows], noise if rows is ... or noise is None else _like(noise, xs[1:])[:, rows])
    return Trajectory(_read_only(xs), rule_at, f, noise)


def _schedule(rule):
    """The function of t that gives the rule of step t."""
    if isinstance(rule, type):
        raise ValueError(f"rule is the class {rule.__name__}; it must be a rule made of it, such as {rule.__name__}(lr=0.1).")
    if _is_rule(rule):
        return lambda t: rule
    if not callable(rule):
        raise ValueError(f"rule is {rule!r}; it must be a rule, such as RMSprop(lr=0.1), or a function of t that returns one.")
    kinds = {}

    def rule_at(t):
        made = rule(t)
        if not _is_rule(made):
            raise ValueError(f"rule({t}) is {made!r}; for every step t it must be a rule, such as RMSprop(lr=0.1).")
        kind = kinds.setdefault("first", type(made))
        if type(made) is not kind:  # what the one remembers means something else to the other
            raise ValueError(f"rule({t}) is {made!r}; it must be of one kind for every step t, here {kind.__name__}.")
        return made

    return rule_at


def _is_rule(given):
    return not isinstance(given, type) and all(callable(getattr(given, name, None)) for name in ("init", "step"))


def _walk(rule_at, f, xs, noise):
    """Fill ``xs[1:]``, starting from ``xs[0]``."""
    seen = _read_only(xs)
    state = rule_at(1).init(seen[0])
    try:
        for t in range(len(xs) - 1):
            g = _gradient(f, seen[t]) if noise is None else _gradient(f, seen[t]) + noise[t]
            xs[t + 1], state = rule_at(t + 1).step(seen[t], state, g.astype(xs.dtype, copy=False))
    except Exception as error:
        error.add_note(f"descend was taking step {t + 1} of {len(xs) - 1}.")
        raise


def _gradient(f, x):
    return _require.returned("gradient", f, x, f.gradient(x), x.shape)


def _read_only(x):
    """What functions of the user's are given to look at: one that writes into it would change the start or the history."""
    view = x.view()
    view.flags.writeable = False
    return view


def _blocks(shape):
    """Slices along the first axis of a batch, small enough that what a step computes on the way stays in the cache."""
    rows = max(1, _BLOCK * shape[0] // max(1, math.prod(shape)))
    return [slice(i, i + rows) for i in range(0, shape[0], rows)] if len(shape) > 1 and rows < shape[0] else [...]


def _rows_of(rule, rows, shape):
    """The rule for some rows of the batch, as a schedule that never changes."""
    arrays = {field.name: value for field in fields(rule) if np.ndim(value := getattr(rule, field.name)) > 0}
    part = replace(rule, **{k: np.broadcast_to(a, (*shape[:-1], np.shape(a)[-1]))[rows].copy() for k, a in arrays.items()})
    return lambda t: part


def _like(noise, g):
    """The noise in the shape of a whole history of gradients."""
    return np.broadcast_to(noise.reshape(len(noise), *[1] * (g.ndim - noise.ndim), *noise.shape[1:]), g.shape)


def _shape_of_run(rule, f, x, noise):
    """The shape that x takes when hyper-parameters and noise broadcast against it, found by trying one step."""
    x = _read_only(x)
    g = f.gradient(x)
    batch = isinstance(g, np.ndarray) and g.ndim >= x.ndim and g.shape[-1] == x.shape[-1]  # of functions
    _require.returned("gradient", f, x, g, g.shape if batch else x.shape)
    try:
        tried, _ = rule.step(x, rule.init(x), g)
        shape = np.broadcast_shapes(np.shape(tried), x.shape if noise is None else noise.shape[1:])
    except ValueError as error:
        raise ValueError(f"the shapes of the rule, the noise and x0, {x.shape}, do not meet: {error}") from error
    if shape[-1] != x.shape[-1]:
        raise ValueError(
            f"an array among the hyper-parameters or the noise has {shape[-1]} entries along its last axis, which is for the "
            f"{x.shape[-1]} parameters of x0; for one run a setting give it one more axis: a[:, None]."
        )
    return shape


def _history(state, length):
    """Room for ``length`` copies of a state. The parameters lie outermost in memory, so that NumPy's inner loops run along
    a batch of settings and not along two parameters."""
    if isinstance(state, tuple):
        return state._make(_history(part, length) for part in state) if state else ()
    state = np.asarray(state)
    if state.ndim == 0:
        return np.empty(length, dtype=state.dtype)
    *batch, n = state.shape
    return np.moveaxis(np.empty((length, n, *batch), dtype=state.dtype), 1, -1)


def _record(history, t, state):
    if isinstance(history, tuple):
        for past, part in zip(history, state, strict=True):
            _record(past, t, part)
    else:
        history[t] = state
