"""What the library requires of what it is given: each check names the parameter, its value and what is allowed."""

import math
import sys
from functools import wraps

import numpy as np


def positive(**parameters):
    """Raise ValueError unless every number given, by its parameter's name, is finite and above 0."""
    _require(parameters, lambda a: (a > 0) & (a < np.inf), "a finite number above 0")


def not_negative(**parameters):
    """Raise ValueError unless every number given is finite and 0 or more."""
    _require(parameters, lambda a: (a >= 0) & (a < np.inf), "a finite number, 0 or more")


def fraction(**parameters):
    """Raise ValueError unless every number given is in [0, 1)."""
    _require(parameters, lambda a: (a >= 0) & (a < 1), "in [0, 1), that is 0 ≤ {name} < 1")


def one_number(**parameters):
    """Raise ValueError unless everything given is one finite number, and not an array of them."""
    for name, given in parameters.items():
        if not is_number(given) or not math.isfinite(given):
            raise ValueError(f"{name} is {given!r}; it must be one finite number.")


def whole_number(**parameters):
    """Raise ValueError unless everything given is a whole number, 0 or more."""
    for name, given in parameters.items():
        if isinstance(given, bool) or not isinstance(given, int | np.integer) or given < 0:
            raise ValueError(f"{name} is {given!r}; it must be a whole number, 0 or more.")


def is_number(given):
    """Whether what is given is one real number; True and False are not, nor is a whole number that no float can hold."""
    if not isinstance(given, float | int | np.floating | np.integer) or isinstance(given, bool):
        return False
    return not isinstance(given, int) or abs(given) <= sys.float_info.max


def numbers(name, given):
    """Return what is given as an array, or raise ValueError if it does not make an array of real numbers.

    A masked array does not: np.asarray would bring back what its mask hides.
    """
    try:
        values = np.array(None) if isinstance(given, np.ndarray) and hasattr(given, "mask") else np.asarray(given)
    except ValueError:  # a list of lists of different lengths
        values = np.array(None)
    if values.dtype.kind not in "fiu":
        raise ValueError(f"{name} is {given!r}; it must be an array of numbers.")
    return values


def real(name, given):
    """Return what is given as an array of floats, or raise ValueError if it does not make one: whole numbers overflow silently."""
    if type(given) is np.ndarray and given.dtype.kind == "f":
        return given
    values = numbers(name, given)
    return values if values.dtype.kind == "f" else values.astype(float)


def finite(name, given):
    """Return what is given as an array of floats, or raise ValueError if a number in it is not finite."""
    values = real(name, given)
    if not np.all(np.isfinite(values)):
        raise ValueError(f"{name} holds {values[~np.isfinite(values)].flat[0]}; every number in it must be finite.")
    return values


class OnRealNumbers:
    """A rule whose ``step`` takes real numbers alone: whole ones become floats, whose squares do not overflow, and what is not
    real is refused in a sentence. It stands here so that the body of a ``step`` is the rule's equations and nothing else."""

    def __init_subclass__(cls):
        if "step" in vars(cls):
            cls.step = _on_real_numbers(cls.step)


def _on_real_numbers(step):
    @wraps(step)
    def checked(self, x, state, g):
        return step(self, real("x", x), _real_state(state), real("g", g))

    return checked


def _real_state(state):
    """A state with its numbers as floats; its field t, which counts steps, is left as it is."""
    if not isinstance(state, tuple):
        return real("state", state)
    if not state:
        return state
    return state._replace(**{name: real(name, part) for name, part in zip(state._fields, state, strict=True) if name != "t"})


def returned(part, f, x, given, shape):
    """Return what the value or gradient of an objective gave at x, or raise ValueError unless it is numbers of that shape."""
    array = type(given) is np.ndarray or isinstance(given, np.generic)  # no subclass, as below
    if not array or given.dtype.kind not in "fiu" or given.shape != shape:
        what = f"has the shape {given.shape}" if array and given.dtype.kind in "fiu" else f"is {given!r}"
        raise ValueError(
            f"the {part} of {f.name} at an x of the shape {x.shape} {what}; it must be a NumPy array of numbers, of the shape {shape}."
        )
    return given


def yes_or_no(**parameters):
    """Raise ValueError unless everything given is True or False."""
    for name, given in parameters.items():
        if not isinstance(given, bool | np.bool_):
            raise ValueError(f"{name} is {given!r}; it must be True or False.")


def _require(parameters, allowed, wording):
    for name, given in parameters.items():
        if type(given) is float and allowed(given):  # a schedule makes a rule a step, mostly of such numbers
            continue
        # No subclass: a masked array hides numbers, and the product of np.matrix is not element-wise.
        array = type(given) is np.ndarray and given.dtype.kind in "fiu" and given.size
        if not is_number(given) and not array:
            raise ValueError(f"{name} is {given!r}; it must be {wording.format(name=name)}, or a NumPy array of such numbers.")
        good = np.asarray(allowed(float(given) if isinstance(given, int) else given))
        if not np.all(good):
            shown = repr(given) if np.ndim(given) == 0 else f"{given[~good].item(0)!r} at one place of its array"
            raise ValueError(f"{name} is {shown}; it must be {wording.format(name=name)}.")
