"""What the rules require of their hyper-parameters: each check names the parameter, its value and what is allowed."""

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


def yes_or_no(**parameters):
    """Raise ValueError unless everything given is True or False."""
    for name, given in parameters.items():
        if not isinstance(given, bool | np.bool_):
            raise ValueError(f"{name} is {given!r}; it must be True or False.")


def _require(parameters, allowed, wording):
    for name, given in parameters.items():
        values = np.asarray(given)
        good = allowed(values) if values.dtype.kind in "fiu" else np.zeros(values.shape, dtype=bool)
        if not np.all(good):
            shown = repr(given) if values.ndim == 0 else f"{values[~good].flat[0]!r} at one place of its array"
            raise ValueError(f"{name} is {shown}; it must be {wording.format(name=name)}.")
