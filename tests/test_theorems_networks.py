"""What the chapter “On networks” says of theorems, on networks: other seeds, other α, both precisions."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmsprop_lib import Adagrad, RMSprop, descend
from rmsprop_lib.models import Linear, Logistic, Recurrent, TwoLayer

some = settings(deadline=None, max_examples=20)
MEMORY = Recurrent(inputs=2, hidden=10)


def sequences(rng, dtype, seeds=4, examples=16, T=15):
    """Inputs and targets of the adding problem."""
    numbers, marks = rng.uniform(-1, 1, (seeds, examples, T)), np.zeros((seeds, examples, T))
    for first, last in [(0, T // 2), (T // 2, T)]:
        np.put_along_axis(marks, rng.integers(first, last, (seeds, examples, 1)), 1, axis=-1)
    return np.stack([numbers, marks], axis=-1).astype(dtype), (numbers * marks).sum(axis=-1).astype(dtype)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.9, 0.99])
def test_T10_bounds_every_step_of_a_recurrent_network(alpha, dtype):
    rng, alpha = np.random.default_rng(10), np.dtype(dtype).type(alpha)
    w = MEMORY.start(rng.normal(size=(4, MEMORY.size))).astype(dtype)
    rule = RMSprop(np.dtype(dtype).type(0.003), alpha)
    state, longest = rule.init(w), 0.0
    for _ in range(60):
        g = MEMORY.gradient(w, *sequences(rng, dtype))
        w, state = rule.step(w, state, g)
        longest = max(longest, float((np.abs(g) / np.sqrt(state)).max()))
    assert w.dtype == dtype
    assert 0.9 / np.sqrt(1 - float(alpha)) < longest <= (1 + 1e-3) / np.sqrt(1 - float(alpha))


@pytest.mark.parametrize("alpha, lr", [(0.9, 0.003), (0.99, 0.1), (0.999, 0.001)])
def test_T7_every_weight_with_a_gradient_moves_by_the_same_length(alpha, lr):
    rng, rule = np.random.default_rng(7), RMSprop(lr, alpha)
    net = TwoLayer(inputs=2, hidden=10)
    X, y = rng.normal(size=(10, 2)), rng.integers(0, 2, 10).astype(float)
    w = net.start(rng.normal(size=net.size))
    g = net.gradient(w, X, y)
    moved = rule.step(w, rule.init(w), g)[0] - w
    assert np.all(np.abs(g) > 1e-5)
    np.testing.assert_allclose(moved, -np.sign(g) * lr / np.sqrt(1 - alpha), rtol=1e-3)


@some
@given(st.integers(0, 10**6), st.floats(-3, 3), st.floats(0.3, 0.99))
def test_T9b_a_rate_for_every_weight_does_what_rescaled_features_do(seed, exponent, alpha):
    rng, size = np.random.default_rng(seed), 10.0 ** np.array([exponent, 0, -exponent])
    X, y = rng.normal(size=(30, 3)), rng.normal(size=30)
    even = descend(RMSprop(0.01, alpha, eps=0), Linear(3).on(X, y), np.zeros(3), 25)
    raw = descend(RMSprop(0.01 / size, alpha, eps=0), Linear(3).on(X * size, y), np.zeros(3), 25)
    np.testing.assert_allclose(raw.x * size, even.x, rtol=0, atol=1e-6)


@pytest.mark.parametrize("seed", [1, 3, 5])
def test_a_long_memory_is_near_adagrad_on_rare_words_and_a_short_one_is_not(seed):
    often, truth = np.minimum(0.5, 1.5 / np.arange(1, 201)), 2 * np.random.default_rng(3).normal(size=200)

    def texts(rng, *shape):
        X = (rng.random((*shape, 200)) < often).astype(float)
        return X, (rng.random(shape) < 1 / (1 + np.exp(-X @ truth))).astype(float)

    model, losses = Logistic(200), []
    new = texts(np.random.default_rng(99), 1000)
    for rule in (Adagrad(1.0), RMSprop(0.06, 0.9), RMSprop(0.03, 0.999)):
        rng, w = np.random.default_rng([10, seed]), np.zeros((15, 200))
        state = rule.init(w)
        for _ in range(600):
            w, state = rule.step(w, state, model.gradient(w, *texts(rng, 15, 4)))
        losses.append(np.median(model.value(w, *new)))
    assert abs(losses[0] - losses[2]) < 0.01 and losses[1] > max(losses[0], losses[2]) + 0.01
