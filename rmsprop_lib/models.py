"""Models small enough to read, with gradients by hand: a line, a classifier, a two-layer and a recurrent network.

All parameters of a model lie along the last axis of one array ``w``; any axes before it are a batch of models, such as
learning rates × seeds. The data X and y come with every call, so that each step of a rule can have a mini-batch of its own.
The axes before those of one data set broadcast against those of ``w``: data without any are the same for all models.
"""

import math
from dataclasses import dataclass

import numpy as np

from rmsprop_lib import _require
from rmsprop_lib.objectives import Objective

__all__ = ["Linear", "Logistic", "Model", "Recurrent", "TwoLayer"]

_BIASES = ("b", "c")


class Model:
    """What all models share. A new model defines ``shapes`` and ``value_and_gradient``, and the rest follows from them."""

    @property
    def size(self):
        """The number n of parameters."""
        return sum(_count(shape) for shape in self.shapes.values())

    @property
    def parts(self):
        """Where each part lies along the last axis of ``w``, a dict of slices."""
        parts, end = {}, 0
        for name, shape in self.shapes.items():
            parts[name] = slice(end, end := end + _count(shape))
        return parts

    def split(self, w):
        """Return the parts of ``w``, of shape ``(..., n)``, in their order: each of shape ``(..., *shape)``.

        Raises ValueError when ``w`` does not have n numbers along its last axis.
        """
        w = self._parameters("w", w)
        return [w[..., at].reshape(w.shape[:-1] + self.shapes[name]) for name, at in self.parts.items()]

    def start(self, z):
        """Return a start w₀ made of standard normal numbers ``z`` of shape ``(..., n)``.

        The weights of a part get the standard deviation 1/√(length of its last axis), so that what the part adds to a unit stays of
        size 1; biases are 0.
        Source: Y. LeCun, L. Bottou, G. Orr and K.-R. Müller, *Efficient BackProp* (1998), doi:10.1007/3-540-49430-8_2.
        Raises ValueError when ``z`` does not have n numbers along its last axis.
        """
        w = self._parameters("z", z).copy()
        for name, at in self.parts.items():
            w[..., at] *= 0 if name in _BIASES else w.dtype.type(self.shapes[name][-1] ** -0.5)
        return w

    def value(self, w, X, y):
        """Return the loss f of ``w`` on the data ``X``, ``y``, of shape ``(...)``: the first half of value_and_gradient."""
        return self.value_and_gradient(w, X, y)[0]

    def gradient(self, w, X, y):
        """Return ∂f/∂w on the data ``X``, ``y``, of shape ``(..., n)``: the second half of value_and_gradient."""
        return self.value_and_gradient(w, X, y)[1]

    def on(self, X, y):
        """Return the `Objective` that is this model's loss on the data ``X``, ``y``, as `descend` takes it.

        Raises ValueError when the data do not fit the model or a number in them is not finite.
        """
        X, y = self._data(_require.finite("X", X), _require.finite("y", y))
        name = f"{self!r} on {y.shape[-1]} examples"
        return Objective(name, lambda w: self.value(w, X, y), lambda w: self.gradient(w, X, y), None)

    def _parameters(self, name, given):
        w = _require.real(name, given)
        if w.shape[-1:] != (self.size,):
            raise ValueError(f"{name} has the shape {w.shape}; its last axis must hold the {self.size} parameters of {self!r}.")
        return w

    def _data(self, X, y, batch=()):
        X, y = _require.real("X", X), _require.real("y", y)
        one = 3 if "time" in self._axes else 2
        if X.ndim < one or X.shape[-1] != self.inputs or not X.size:
            raise ValueError(f"X has the shape {X.shape}; {self!r} takes ({self._axes}) with {self.inputs} inputs, and no axis of length 0.")
        if y.shape[-1:] != X.shape[-one : 1 - one] or not y.size:
            raise ValueError(f"y has the shape {y.shape}; its last axis must hold one target for each example of X, {X.shape}.")
        if self._classifies and not ((y == 0) | (y == 1)).all():
            raise ValueError(f"y holds {y[(y != 0) & (y != 1)].item(0)}; every target of {self!r} must be 0 or 1.")
        batches = {batch, X.shape[:-one], y.shape[:-1]} - {()}
        if len(batches) > 1:
            try:
                np.broadcast_shapes(*batches)
            except ValueError:
                raise ValueError(
                    f"the axes before those of one model and one data set are {batch} for w, {X.shape[:-one]} for X and "
                    f"{y.shape[:-1]} for y; where two of them differ, one must be 1."
                ) from None
        return X, y

    _axes = "..., examples, inputs"
    _classifies = False


@dataclass(frozen=True)
class Linear(Model):
    """A straight line through data, f = ½ mean (X w − y)². A column of ones in X makes an intercept.

    Parameters
    ----------
    inputs : int
        The number of features, 1 or more; n = inputs.

    Raises
    ------
    ValueError
        When ``inputs`` is anything else.
    """

    inputs: int

    def __post_init__(self):
        _at_least_one(inputs=self.inputs)

    @property
    def shapes(self):
        """The shape of the only part, the weights w, in units of y per unit of X."""
        return {"w": (self.inputs,)}

    def value_and_gradient(self, w, X, y):
        """Return the loss f, of shape ``(...)``, and its gradient, of shape ``(..., n)``.

        ``w`` has the shape ``(..., n)``, ``X`` ``(..., examples, inputs)`` and ``y`` ``(..., examples)``; f has the unit of y
        squared. Raises ValueError when they do not.
        """
        (w,), (X, y) = self.split(w), self._data(X, y, np.shape(w)[:-1])
        r = _times(X, w) - y
        return 0.5 * np.mean(r * r, axis=-1), _mean_of(r, X)


@dataclass(frozen=True)
class Logistic(Model):
    """A classifier: the probability of y = 1 is 1/(1 + exp(−s)) with the score s = X w, and f is the mean of −ln p(y).

    Source of the loss: D. R. Cox, *The regression analysis of binary sequences*, J. R. Stat. Soc. B 20 (1958), 215–242.

    Parameters
    ----------
    inputs : int
        The number of features, 1 or more; n = inputs.

    Raises
    ------
    ValueError
        When ``inputs`` is anything else.
    """

    inputs: int

    _classifies = True

    def __post_init__(self):
        _at_least_one(inputs=self.inputs)

    @property
    def shapes(self):
        """The shape of the only part, the weights w, in units of one per unit of X."""
        return {"w": (self.inputs,)}

    def value_and_gradient(self, w, X, y):
        """Return the loss f, of shape ``(...)``, and its gradient, of shape ``(..., n)``.

        ``w`` has the shape ``(..., n)``, ``X`` ``(..., examples, inputs)`` and ``y`` ``(..., examples)``, each 0 or 1; f has no
        unit. Raises ValueError when they do not.
        """
        (w,), (X, y) = self.split(w), self._data(X, y, np.shape(w)[:-1])
        losses, r = _cross_entropy(_times(X, w), y)
        return np.mean(losses, axis=-1), _mean_of(r, X)


@dataclass(frozen=True)
class TwoLayer(Model):
    """A network of two layers that classifies: the score is s = a·tanh(W x + b) + c, and f is the mean of −ln p(y).

    Its gradient is the chain rule from the back to the front (backpropagation). Source: D. E. Rumelhart, G. E. Hinton and
    R. J. Williams, *Learning representations by back-propagating errors*, Nature 323 (1986), doi:10.1038/323533a0.

    Parameters
    ----------
    inputs, hidden : int
        The numbers of inputs and of hidden units, 1 or more.

    Raises
    ------
    ValueError
        When one of them is anything else.
    """

    inputs: int
    hidden: int

    _classifies = True

    def __post_init__(self):
        _at_least_one(inputs=self.inputs, hidden=self.hidden)

    @property
    def shapes(self):
        """The shapes of the parts W, b, a and c."""
        return {"W": (self.hidden, self.inputs), "b": (self.hidden,), "a": (self.hidden,), "c": ()}

    def value_and_gradient(self, w, X, y):
        """Return the loss f, of shape ``(...)``, and its gradient, of shape ``(..., n)``.

        ``w`` has the shape ``(..., n)``, ``X`` ``(..., examples, inputs)`` and ``y`` ``(..., examples)``, each 0 or 1; f has no
        unit. Raises ValueError when they do not.
        """
        (W, b, a, c), (X, y) = self.split(w), self._data(X, y, np.shape(w)[:-1])
        h = np.tanh(X @ _turned(W) + b[..., None, :])
        losses, r = _cross_entropy(_times(h, a) + c[..., None], y)
        r = r / y.shape[-1]  # ∂f/∂s
        d = r[..., None] * a[..., None, :] * (1 - h * h)  # ∂f/∂(W x + b)
        return np.mean(losses, axis=-1), _joined(_turned(d) @ X, d.sum(axis=-2), _times(_turned(h), r), r.sum(axis=-1), of=self)


@dataclass(frozen=True)
class Recurrent(Model):
    """A network that reads: hₜ = tanh(W hₜ₋₁ + U xₜ + b) from h₀ = 0, then s = a·h_T + c, and f = ½ mean (s − y)².

    Its gradient goes back through all steps of time. Sources: J. L. Elman, *Finding structure in time*, Cognitive Science 14
    (1990), doi:10.1207/s15516709cog1402_1; P. J. Werbos, *Backpropagation through time: what it does and how to do it*,
    Proc. IEEE 78 (1990), doi:10.1109/5.58337.

    Parameters
    ----------
    inputs, hidden : int
        The numbers of inputs at each time and of hidden units, 1 or more.

    Raises
    ------
    ValueError
        When one of them is anything else.
    """

    inputs: int
    hidden: int

    _axes = "..., examples, time, inputs"

    def __post_init__(self):
        _at_least_one(inputs=self.inputs, hidden=self.hidden)

    @property
    def shapes(self):
        """The shapes of the parts W, U, b, a and c."""
        n, m = self.hidden, self.inputs
        return {"W": (n, n), "U": (n, m), "b": (n,), "a": (n,), "c": ()}

    def value_and_gradient(self, w, X, y):
        """Return the loss f, of shape ``(...)``, and its gradient, of shape ``(..., n)``.

        ``w`` has the shape ``(..., n)``, ``X`` ``(..., examples, time, inputs)`` and ``y`` ``(..., examples)``; f has the unit
        of y squared. Raises ValueError when they do not.
        """
        f, *way = self._there(w, X, y)
        return f, self._back(*way)

    def value(self, w, X, y):
        """Return the loss f of ``w`` on the data ``X``, ``y``, of shape ``(...)``, without the backward pass, which takes longer."""
        return self._there(w, X, y)[0]

    def signals(self, w, X, y):
        """Return ∂f/∂hₜ, what the backward pass brings to each time: of shape ``(..., examples, time, hidden)``.

        ``w``, ``X``, ``y`` and the errors as for ``value_and_gradient``; f is a mean, so a single example's share of it is
        divided by their number.
        """
        _, *way = self._there(w, X, y)
        arrived = []
        self._back(*way, arrived)
        return np.stack(arrived[::-1], axis=-2)

    def _there(self, w, X, y):
        """The loss f, and what the backward pass needs: the parts of w, what each time has seen, the states h and ∂f/∂s."""
        (W, U, b, a, c), (X, y) = self.split(w), self._data(X, y, np.shape(w)[:-1])
        X = np.swapaxes(X, -2, -3)  # time before the examples
        *batch, times, examples, _ = np.broadcast_shapes(W.shape[:-2] + (1, 1, 1), X.shape)
        cell = np.concatenate([W, U, b[..., None]], axis=-1)  # h_t = tanh(cell · (h_{t−1}, x_t, 1))
        seen = np.empty((*batch, times, examples, cell.shape[-1]), dtype=cell.dtype)
        seen[..., self.hidden : -1], seen[..., -1] = X, 1
        h = [np.zeros((examples, self.hidden))]
        for t in range(times):
            seen[..., t, :, : self.hidden] = h[t]
            h.append(np.tanh(seen[..., t, :, :] @ _turned(cell)))
        r = _times(h[-1], a) + c[..., None] - y
        return 0.5 * np.mean(r * r, axis=-1), W, a, seen, h, r / examples

    def _back(self, W, a, seen, h, r, arrived=None):
        """The gradient; ``arrived``, a list, gets ∂f/∂h_t of each time, the last one first."""
        into = np.empty((*r.shape[:-1], len(h) - 1, r.shape[-1], self.hidden), dtype=r.dtype)  # ∂f/∂(cell · …) at each time
        d = r[..., None] * a[..., None, :]  # ∂f/∂h_T
        for t in reversed(range(len(h) - 1)):
            if arrived is not None:
                arrived.append(d)
            into[..., t, :, :] = d = d * (1 - h[t + 1] ** 2)
            d = d @ W
        to_cell = _turned(_rows(into)) @ _rows(seen)
        to_W, to_U, to_b = np.split(to_cell, [self.hidden, seen.shape[-1] - 1], axis=-1)
        return _joined(to_W, to_U, to_b, _times(_turned(h[-1]), r), r.sum(axis=-1), of=self)


def _cross_entropy(s, y):
    """−ln p(y) at the score s, and its derivative by s. Neither overflows, however large s is."""
    e = np.exp(-np.abs(s))
    p = np.where(s >= 0, 1, e) / (1 + e)
    return np.maximum(s, 0) + np.log1p(e) - s * y, p - y


def _times(A, u):
    """The matrices A times the vectors u."""
    return (A @ u[..., None])[..., 0]


def _turned(A):
    """The matrices A transposed."""
    return np.swapaxes(A, -1, -2)


def _rows(A):
    """Time and examples as one axis."""
    return A.reshape(*A.shape[:-3], -1, A.shape[-1])


def _mean_of(r, X):
    """The mean over the examples of r times the row of X."""
    return _times(_turned(X), r) / r.shape[-1]


def _joined(*parts, of):
    """The parts of a gradient, in their order, as one array of shape (..., n)."""
    batch, shapes = parts[-1].shape, of.shapes.values()
    flat = [part.reshape(*batch, _count(shape)) for part, shape in zip(parts, shapes, strict=True)]
    return np.concatenate(flat, axis=-1)


def _count(shape):
    return math.prod(shape)


def _at_least_one(**parameters):
    _require.whole_number(**parameters)
    _require.positive(**parameters)
