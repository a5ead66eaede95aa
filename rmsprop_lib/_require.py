"""What the library requires of what it is given: each check names the parameter, its value and what is allowed."""

import numpy as np


def positive(**parameters):
    """Raise ValueError unless every number given, by its parameter's name, is finite and above 0."""
    _require(parameters, lambda a: (a > 0) & np.isfinite(a), "a finite number above 0")


def not_negative(**parameters):
    """Raise ValueError unless every number given is finite and 0 or more."""
    _require(parameters, lambda a: (a >= 0) & np.isfinite(a), "a finite number, 0 or more")


def fraction(**parameters):
    """Raise ValueError unless every number given is in [0, 1)."""
    _require(parameters, lambda a: (a >= 0) & (a < 1), "in [0, 1), that is 0 ≤ {name} < 1")


def one_number(**parameters):
    """Raise ValueError unless everything given is one finite number, and not an array of them."""
    for name, given in parameters.items():
        if not is_number(given) or not np.isfinite(given):
            raise ValueError(f"{name} is {given!r}; it must be one finite number.")


def whole_number(**parameters):
    """Raise ValueError unless everything given is a whole number, 0 or more."""
    for name, given in parameters.items():
        if isinstance(given, bool) or not isinstance(given, int | np.integer) or given < 0:
            raise ValueError(f"{name} is {given!r}; it must be a whole number, 0 or more.")


def is_number(given):
    """Whether what is given is one real number; True and False are not."""
    return isinstance(given, float | int | np.floating | np.integer) and not isinstance(given, bool)


def numbers(name, given):
    """Return what is given as an array, or raise ValueError if it does not make an array of real numbers."""
    try:
        values = np.asarray(given)
    except ValueError:  # a list of lists of different lengths
        values = np.array(None)
    if values.dtype.kind not in "fiu":
        raise ValueError(f"{name} is {given!r}; it must be an array of numbers.")
    return values


def yes_or_no(**parameters):
    """Raise ValueError unless everything given is True or False."""
    for name, given in parameters.items():
        if not isinstance(given, bool | np.bool_):
            raise ValueError(f"{name} is {given!r}; it must be True or False.")


def _require(parameters, allowed, wording):
    for name, given in parameters.items():
        if not is_number(given) and not (isinstance(given, np.ndarray) and given.dtype.kind in "fiu"):
            raise ValueError(f"{name} is {given!r}; it must be {wording.format(name=name)}, or a NumPy array of such numbers.")
        good = np.asarray(allowed(given))
        if not np.all(good):
            shown = repr(given) if np.ndim(given) == 0 else f"{given[~good].item(0)!r} at one place of its array"
            raise ValueError(f"{name} is {shown}; it must be {wording.format(name=name)}.")
