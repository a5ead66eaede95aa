"""The models: gradients against central differences, values written out, broadcasting, purity, types, bad input."""

import math
from dataclasses import FrozenInstanceError

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rmsprop_lib import Adam, GradientDescent, Objective, RMSprop, descend
from rmsprop_lib.models import Linear, Logistic, Model, Recurrent, TwoLayer

MODELS = [Linear(1), Linear(3), Logistic(4), TwoLayer(2, 5), TwoLayer(1, 1), Recurrent(2, 4), Recurrent(1, 1), Recurrent(3, 2)]
every_model = pytest.mark.parametrize("model", MODELS, ids=repr)


def data_for(model, rng, *batch, examples=6, times=5):
    """Data of the model's shape; targets 0 and 1, which suit every loss."""
    time = (times,) if isinstance(model, Recurrent) else ()
    return rng.normal(size=(*batch, examples, *time, model.inputs)), rng.integers(0, 2, (*batch, examples)).astype(float)


def setting(model, seed=0, *batch, **sizes):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(*batch, model.size)), *data_for(model, rng, *batch, **sizes)


def central_differences(model, w, X, y, h=1e-5):
    apart = h * np.eye(model.size)
    return (model.value(w + apart, X, y) - model.value(w - apart, X, y)) / (2 * h)


# Gradients.


@every_model
@given(st.integers(0, 2**32 - 1), st.integers(1, 7), st.integers(1, 9))
def test_gradient_against_central_differences(model, seed, examples, times):
    w, X, y = setting(model, seed, examples=examples, times=times)
    f, g = model.value_and_gradient(w, X, y)
    scale = 1 + abs(f) + np.abs(g).max()
    assert np.allclose(g, central_differences(model, w, X, y), rtol=1e-6, atol=1e-7 * scale)


@every_model
def test_value_and_gradient_are_its_two_halves(model):
    w, X, y = setting(model)
    f, g = model.value_and_gradient(w, X, y)
    assert f.shape == () and g.shape == (model.size,)
    assert model.value(w, X, y) == f and np.array_equal(model.gradient(w, X, y), g)


@every_model
def test_the_loss_is_a_mean_over_the_examples(model):
    w, X, y = setting(model)
    one_by_one = [model.value_and_gradient(w, X[i : i + 1], y[i : i + 1]) for i in range(len(y))]
    f, g = model.value_and_gradient(w, X, y)
    assert np.isclose(f, np.mean([f for f, _ in one_by_one])) and np.allclose(g, np.mean([g for _, g in one_by_one], axis=0))


# Values, written out without the library.


def test_linear_by_hand():
    f, g = Linear(2).value_and_gradient([2.0, 1.0], [[1.0, 1.0], [3.0, -1.0]], [1.0, 9.0])
    assert f == (2**2 + 4**2) / 4 and g.tolist() == [(2 * 1 - 4 * 3) / 2, (2 * 1 + 4 * 1) / 2]


def test_logistic_by_hand():
    X, y = [[1.0], [2.0]], [1.0, 0.0]
    f, g = Logistic(1).value_and_gradient([0.7], X, y)
    p = [1 / (1 + math.exp(-0.7)), 1 / (1 + math.exp(-1.4))]
    assert math.isclose(f, -(math.log(p[0]) + math.log(1 - p[1])) / 2)
    assert math.isclose(g[0], ((p[0] - 1) * 1 + p[1] * 2) / 2)
    assert math.isclose(Logistic(1).value([0.0], X, y), math.log(2))


def two_layer_score(model, w, x):
    parts = {name: w[at].reshape(model.shapes[name]) for name, at in model.parts.items()}
    h = [math.tanh(sum(a * b for a, b in zip(row, x, strict=True)) + c) for row, c in zip(parts["W"], parts["b"], strict=True)]
    return sum(a * b for a, b in zip(parts["a"], h, strict=True)) + float(parts["c"])


def test_two_layers_by_loops():
    model = TwoLayer(2, 3)
    w, X, y = setting(model, 3)
    losses = [math.log(1 + math.exp((1 - 2 * t) * two_layer_score(model, w, x))) for x, t in zip(X, y, strict=True)]
    assert math.isclose(model.value(w, X, y), math.fsum(losses) / len(losses))


def test_recurrent_by_loops():
    model = Recurrent(2, 3)
    w, X, y = setting(model, 4)
    W, U, b, a, c = model.split(w)
    total = 0.0
    for sequence, target in zip(X, y, strict=True):
        h = np.zeros(3)
        for x in sequence:
            h = np.array([math.tanh(W[i] @ h + U[i] @ x + b[i]) for i in range(3)])
        total += (a @ h + c - target) ** 2
    assert math.isclose(model.value(w, X, y), total / 2 / len(y))


def test_a_score_that_is_huge_overflows_nothing():
    with np.errstate(all="raise", under="ignore"):
        f, g = Logistic(1).value_and_gradient([1e4], [[1.0], [-1.0], [1.0]], [1.0, 0.0, 0.0])
        assert f == 1e4 / 3 and np.isclose(g[0], 1 / 3)
        f, _ = TwoLayer(1, 1).value_and_gradient([1e9, 0.0, 1e4, 0.0], [[1.0]], [0.0])
        assert f == 1e4


# What flows back through time.


def test_signals_are_the_derivatives_by_the_states():
    model, h = Recurrent(2, 3), 1e-6
    w, X, y = setting(model, 5, times=4)
    W, U, b, a, c = model.split(w)

    def loss(nudge, at, example):
        s = np.zeros(len(y))
        for i, sequence in enumerate(X):
            state = np.zeros(3)
            for t, x in enumerate(sequence):
                state = np.tanh(W @ state + U @ x + b) + (nudge if (t, i) == (at, example) else 0)
            s[i] = a @ state + c
        return np.mean((s - y) ** 2) / 2

    signals = model.signals(w, X, y)
    assert signals.shape == (len(y), 4, 3)
    for t in range(4):
        for i in range(len(y)):
            seen = [(loss(h * e, t, i) - loss(-h * e, t, i)) / (2 * h) for e in np.eye(3)]
            assert np.allclose(signals[i, t], seen, atol=1e-8)


def test_a_contraction_shrinks_the_signal_step_by_step():
    model = Recurrent(1, 6)
    w, X, y = setting(model, 6, times=12)
    W = np.linalg.qr(w[model.parts["W"]].reshape(6, 6))[0] * 0.8  # stretches nothing by more than 0.8
    w[model.parts["W"]] = W.ravel()
    size = np.linalg.norm(model.signals(w, X, y), axis=-1)
    assert np.all(size[:, :-1] <= 0.8 * size[:, 1:] * (1 + 1e-12))


# Batches.


@every_model
def test_a_batch_of_models_is_as_many_models(model):
    w, X, y = setting(model, 7, 2, 3)
    f, g = model.value_and_gradient(w, X, y)
    assert f.shape == (2, 3) and g.shape == w.shape
    for i in np.ndindex(2, 3):
        alone = model.value_and_gradient(w[i], X[i], y[i])
        assert np.allclose(f[i], alone[0], rtol=1e-12) and np.allclose(g[i], alone[1], rtol=1e-10, atol=1e-14)


@every_model
@pytest.mark.parametrize(
    "of_w, of_data", [((), ()), ((4,), ()), ((), (3,)), ((4, 3), (3,)), ((4, 1), (3,)), ((1,), (2, 3)), ((2, 3), (2, 1))]
)
def test_the_axes_before_the_data_broadcast_against_those_of_w(model, of_w, of_data):
    rng = np.random.default_rng(8)
    w = rng.normal(size=(*of_w, model.size))
    X, y = data_for(model, rng, *of_data)
    f, g = model.value_and_gradient(w, X, y)
    full = np.broadcast_shapes(of_w, of_data)
    assert f.shape == full and g.shape == (*full, model.size)
    w_full = np.broadcast_to(w, (*full, model.size))
    X_full, y_full = np.broadcast_to(X, full + X.shape[len(of_data) :]), np.broadcast_to(y, (*full, y.shape[-1]))
    for i in np.ndindex(*full):
        alone = model.value_and_gradient(w_full[i], X_full[i], y_full[i])
        assert np.allclose(f[i], alone[0]) and np.allclose(g[i], alone[1])
    if isinstance(model, Recurrent):
        assert model.signals(w, X, y).shape == (*full, *X.shape[len(of_data) : -1], model.hidden)


@every_model
def test_targets_alone_may_have_the_axes(model):
    w, X, _ = setting(model, 9)
    y = np.random.default_rng(9).integers(0, 2, (3, 6))
    f, g = model.value_and_gradient(w, X, y)
    assert f.shape == (3,) and np.allclose(g[1], model.gradient(w, X, y[1]))


@every_model
def test_a_model_on_data_is_an_objective(model):
    w, X, y = setting(model)
    f = model.on(X, y)
    assert isinstance(f, Objective) and f.minimizer is None and "6 examples" in f.name
    assert f(w) == model.value(w, X, y) and np.array_equal(f.gradient(w), model.gradient(w, X, y))
    rates = np.array([0.01, 0.1])
    sweep = descend(GradientDescent(lr=rates[:, None]), f, w, steps=3)
    alone = descend(GradientDescent(lr=0.1), f, w, steps=3)
    assert sweep.x.shape == (4, 2, model.size) and np.allclose(sweep.x[:, 1], alone.x)
    assert descend(Adam(lr=0.01), f, w, steps=20).f[-1] < f(w)


def test_mini_batches_are_a_loop():
    model, rule = TwoLayer(2, 3), RMSprop(lr=np.array([0.01, 0.1])[:, None, None])
    w, X, y = setting(model, 10, 4)
    state = rule.init(w)
    for _ in range(3):
        w, state = rule.step(w, state, model.gradient(w, X, y))
    assert w.shape == (2, 4, model.size)


# Parts and starts.


@every_model
def test_parts_lie_side_by_side_and_cover_w(model):
    assert list(model.parts) == list(model.shapes)
    ends = [(at.start, at.stop) for at in model.parts.values()]
    assert ends[0][0] == 0 and ends[-1][1] == model.size and all(a[1] == b[0] for a, b in zip(ends, ends[1:], strict=False))
    w = np.arange(2.0 * model.size).reshape(2, model.size)
    parts = model.split(w)
    assert [part.shape for part in parts] == [(2, *shape) for shape in model.shapes.values()]
    assert np.array_equal(np.concatenate([part.reshape(2, -1) for part in parts], axis=1), w)


def test_sizes():
    assert (Linear(3).size, Logistic(4).size, TwoLayer(2, 10).size, Recurrent(2, 10).size) == (3, 4, 41, 141)


@every_model
def test_a_start_has_sums_of_size_one(model):
    z = np.random.default_rng(11).normal(size=(20_000, model.size))
    w = model.start(z)
    for name, at in model.parts.items():
        if name in ("b", "c"):
            assert not w[:, at].any()
        else:
            assert np.allclose(w[:, at] * np.sqrt(model.shapes[name][-1]), z[:, at])
    assert np.array_equal(model.start(z), w)


# Purity, types, repetition.


@every_model
def test_nothing_that_is_given_is_changed(model):
    w, X, y = setting(model)
    copies = w.copy(), X.copy(), y.copy()
    model.start(w)
    model.value_and_gradient(w, X, y)
    assert all(np.array_equal(a, b) for a, b in zip((w, X, y), copies, strict=True))


@every_model
def test_the_same_input_gives_the_same_bytes(model):
    w, X, y = setting(model, 12, 3)
    first, again = model.value_and_gradient(w, X, y), model.value_and_gradient(w, X, y)
    assert first[0].tobytes() == again[0].tobytes() and first[1].tobytes() == again[1].tobytes()


@every_model
def test_single_precision_stays_single(model):
    w, X, y = (a.astype(np.float32) for a in setting(model))
    f, g = model.value_and_gradient(w, X, y)
    assert f.dtype == g.dtype == model.start(w).dtype == np.float32
    assert np.allclose(g, model.gradient(w.astype(float), X.astype(float), y.astype(float)), atol=1e-4)


@every_model
def test_lists_and_whole_numbers_will_do(model):
    _, X, y = setting(model)
    X = np.round(X).astype(int)
    w = [1] * model.size
    assert model.value(w, X.tolist(), y.astype(int).tolist()) == model.value(np.ones(model.size), X.astype(float), y)


@every_model
def test_a_model_is_a_value(model):
    assert isinstance(model, Model) and model == eval(repr(model)) and hash(model) == hash(eval(repr(model)))
    with pytest.raises(FrozenInstanceError):
        model.inputs = 2


# Bad input.


@pytest.mark.parametrize("wrong", [0, -1, 2.0, True, "2", None, np.array([2])])
def test_numbers_of_units_are_whole_and_above_zero(wrong):
    for make in (Linear, Logistic, lambda n: TwoLayer(n, 2), lambda n: Recurrent(n, 2)):
        with pytest.raises(ValueError, match="^inputs is "):
            make(wrong)
    for make in (lambda n: TwoLayer(2, n), lambda n: Recurrent(2, n)):
        with pytest.raises(ValueError, match="^hidden is "):
            make(wrong)


@every_model
def test_bad_shapes_are_named(model):
    w, X, y = setting(model)
    wrong = [
        ("w", w[:-1], X, y),
        ("w", 1.0, X, y),
        ("w", "w", X, y),
        ("X", w, X[..., :0], y),
        ("X", w, np.concatenate([X, X], axis=-1), y),
        ("X", w, X[0, ..., 0], y),
        ("X", w, 1.0, y),
        ("X", w, [["a"]], y),
        ("y", w, X, y[:-1]),
        ("y", w, X, y[:1]),
        ("y", w, X, 1.0),
        ("y", w, X, [True] * 6),
        ("X", w, X[:0], y[:0]),
    ]
    for name, *given_ in wrong:
        with pytest.raises(ValueError, match=f"^{name} (is|has) "):
            model.value_and_gradient(*given_)
        if name != "w":
            with pytest.raises(ValueError, match=f"^{name} (is|has) "):
                model.on(*given_[1:])
    with pytest.raises(ValueError, match="^z has the shape"):
        model.start(w[:-1])
    with pytest.raises(ValueError, match="^w has the shape"):
        model.split(w[1:])


def test_batches_that_do_not_meet_are_refused():
    for model in MODELS:
        w, _, _ = setting(model, 0, 2)
        with pytest.raises(ValueError) as error:
            model.value(w, *data_for(model, np.random.default_rng(0), 3))
        assert str(error.value) == (
            "the axes before those of one model and one data set are (2,) for w, (3,) for X and (3,) for y; where two of them "
            "differ, one must be 1."
        )


@pytest.mark.parametrize("bad", [-1.0, 2.0, 0.5, math.nan, math.inf])
def test_a_class_is_0_or_1(bad):
    for model in (Logistic(2), TwoLayer(2, 3)):
        with pytest.raises(ValueError) as error:
            model.value(np.zeros(model.size), np.ones((3, 2)), [0.0, 1.0, bad])
        assert str(error.value) == f"y holds {bad}; every target of {model!r} must be 0 or 1."


@every_model
@pytest.mark.parametrize("bad", [math.nan, math.inf])
def test_a_loss_is_made_of_finite_data(model, bad):
    _, X, y = setting(model)
    for name, wrong in (("X", (X * bad, y)), ("y", (X, np.full_like(y, bad)))):
        with pytest.raises(ValueError, match=f"^{name} holds (nan|-?inf); every number in it must be finite.$"):
            model.on(*wrong)


def test_a_network_reads_at_least_one_time():
    model = Recurrent(1, 2)
    with pytest.raises(ValueError, match=r"^X has the shape \(4, 0, 1\); .* and no axis of length 0\.$"):
        model.value(np.zeros(model.size), np.ones((4, 0, 1)), np.ones(4))
