"""The general form of RMSprop, and the frameworks as choices of its settings."""

import itertools
import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import Adam, GradientDescent, RMSprop, SignDescent, descend, dialects, quadratic
from rmsprop_lib.dialects import (
    FRAMEWORKS,
    Framework,
    GeneralRMSprop,
    GeneralState,
    chainer,
    graves,
    hinton,
    keras,
    mlx,
    optax,
    paddle,
    tf1,
    torch,
)

NAMED = {framework.name: framework for framework in FRAMEWORKS}
LEGACY = NAMED["tf_keras.optimizers.legacy"]

rates = st.floats(1e-4, 10)
decays = st.floats(0, 0.999)
floors = st.floats(0, 10) | st.just(0.0)
# Gradients whose square neither under- nor overflows; 0 has its own tests.
gradients = arrays(float, (12, 3), elements=st.floats(1e-3, 1e3) | st.floats(-1e3, -1e-3))


def run(rule, gs, x0=(1.0, -2.0, 3.0)):
    """The positions and the last state after feeding the gradients ``gs``; ``rule`` may be a function of t = 1, 2, …"""
    rule_at = rule if callable(rule) else lambda t: rule
    xs = [np.array(x0)]
    state = rule_at(1).init(xs[0])
    for t, g in enumerate(gs, 1):
        x, state = rule_at(t).step(xs[-1], state, np.asarray(g))
        xs.append(x)
    return np.array(xs), state


def close(ours, theirs, within=1e-14):
    return np.allclose(ours, theirs, rtol=within, atol=within * max(1, np.max(np.abs(theirs))))


# --- what it is when nothing is added ----------------------------------------------------------------------------------------


@given(rates, decays, floors, floors, gradients)
def test_with_its_defaults_it_is_the_teaching_class_bit_for_bit(lr, alpha, eps, eps_root, gs):
    ours, state = run(GeneralRMSprop(lr, alpha, eps, eps_root), gs)
    theirs, v = run(RMSprop(lr, alpha, eps, eps_root), gs)
    assert np.array_equal(ours, theirs) and np.array_equal(state.v, v)


def test_defaults_are_those_of_the_teaching_class():
    general, plain = GeneralRMSprop(0.1), RMSprop(0.1)
    assert all(getattr(general, name) == value for name, value in vars(plain).items())


@given(rates, decays, floors, gradients)
def test_presets_are_the_teaching_class_with_epsilon_in_its_place(lr, alpha, eps, gs):
    outside, v = run(RMSprop(lr, alpha, eps=eps), gs)
    for dialect in (torch, mlx, chainer):
        x, state = run(dialect(lr=lr, alpha=alpha, eps=eps), gs)
        assert close(x, outside) and np.array_equal(state.v, v)
    inside, _ = run(RMSprop(lr, alpha, eps=0.0, eps_root=eps), gs)
    for dialect in (keras, optax, paddle):
        assert close(run(dialect(lr=lr, alpha=alpha, eps=eps), gs)[0], inside)
    bare, _ = run(RMSprop(lr, alpha, eps=0.0), gs)
    assert close(run(hinton(lr=lr, alpha=alpha), gs)[0], bare)


@given(rates, decays, floors, gradients)
def test_tf1_is_the_teaching_class_started_at_one(lr, alpha, eps, gs):
    rule, x, v = RMSprop(lr, alpha, eps=0.0, eps_root=eps), np.array([1.0, -2.0, 3.0]), np.ones(3)
    xs = [x]
    for g in gs:
        x, v = rule.step(x, v, g)
        xs.append(x)
    ours, state = run(tf1(lr=lr, alpha=alpha, eps=eps), gs)
    assert close(ours, xs) and np.array_equal(state.v, v)


# --- closed forms of the first steps -----------------------------------------------------------------------------------------

G = np.array([4.0, -0.02, 1000.0])
X = np.array([1.0, -2.0, 3.0])


def first_step(**settings):
    x, _ = run(GeneralRMSprop(**{"lr": 0.1, "alpha": 0.75, "eps": 0.0} | settings), [G], X)
    return X - x[1]


@pytest.mark.parametrize(
    "settings, step",
    [
        ({}, 0.2 * np.sign(G)),
        ({"eps": 3.0}, 0.1 * G / (np.abs(G) / 2 + 3)),
        ({"eps_root": 3.0}, 0.1 * G / np.sqrt(G**2 / 4 + 3)),
        ({"eps": 2.0, "eps_root": 3.0}, 0.1 * G / (np.sqrt(G**2 / 4 + 3) + 2)),
        ({"v0": 4.0}, 0.1 * G / np.sqrt(3 + G**2 / 4)),
        ({"momentum": 0.9}, 0.2 * np.sign(G)),
        ({"momentum": 0.9, "lr_in_buffer": False}, 0.2 * np.sign(G)),
        ({"momentum": 0.9, "nesterov": True}, 1.9 * 0.2 * np.sign(G)),
        ({"momentum": 0.9, "nesterov": True, "lr_in_buffer": False}, 1.9 * 0.2 * np.sign(G)),
        ({"nesterov": True}, 0.2 * np.sign(G)),
        ({"centered": True}, 0.1 / np.sqrt(0.75 * 0.25) * np.sign(G)),
        ({"centered": True, "v0": 4.0}, 0.1 * G / np.sqrt(0.75 * (4 + 0.25 * G**2))),
        ({"bias_correction": True}, 0.1 * np.sign(G)),
        ({"bias_correction": True, "v0": 4.0}, 0.1 * G / np.sqrt((3 + G**2 / 4) / 0.25)),
        ({"bias_correction": True, "centered": True, "eps_root": 0.04}, 0.1 * G / 0.2),
        ({"bias_correction": True, "centered": True, "v0": 4.0}, 0.1 * G / np.sqrt(3 / 0.25)),
        ({"weight_decay": 0.5, "eps": 1.0}, 0.1 * (G + 0.5 * X) / (np.abs(G + 0.5 * X) / 2 + 1)),
        ({"weight_decay": 0.5, "decoupled": True}, 0.1 * 0.5 * X + 0.2 * np.sign(G)),
    ],
    ids=str,
)
def test_first_step(settings, step):
    assert first_step(**settings) == pytest.approx(step, rel=1e-14)


def test_two_steps_with_momentum_tell_the_places_of_the_learning_rate_apart():
    g1, g2 = 4.0, 2.0  # v is 4 both times
    d1, d2 = 2.0, 1.0

    def moves(**settings):
        rules = [GeneralRMSprop(lr=lr, alpha=0.75, eps=0.0, momentum=0.5, **settings) for lr in (0.1, 0.01)]
        return -np.diff(run(lambda t: rules[t - 1], [[g1], [g2]], [0.0])[0][:, 0])

    b1, b2 = 0.1 * d1, 0.5 * 0.1 * d1 + 0.01 * d2
    assert moves(lr_in_buffer=True) == pytest.approx([b1, b2], rel=1e-14)
    assert moves(nesterov=True) == pytest.approx([0.5 * b1 + 0.1 * d1, 0.5 * b2 + 0.01 * d2], rel=1e-14)
    b1, b2 = d1, 0.5 * d1 + d2
    assert moves(lr_in_buffer=False) == pytest.approx([0.1 * b1, 0.01 * b2], rel=1e-14)
    assert moves(nesterov=True, lr_in_buffer=False) == pytest.approx([0.1 * (0.5 * b1 + d1), 0.01 * (0.5 * b2 + d2)], rel=1e-14)


@given(rates, decays, st.floats(0, 0.99), st.booleans(), gradients)
def test_with_a_constant_learning_rate_its_place_does_not_matter(lr, alpha, mu, nesterov, gs):
    inside = GeneralRMSprop(lr, alpha, momentum=mu, nesterov=nesterov)
    assert close(run(inside, gs)[0], run(replace(inside, lr_in_buffer=False), gs)[0], 1e-12)


@given(rates, st.floats(0.01, 0.99), st.integers(1, 60))
def test_centred_a_constant_gradient_meets_an_ever_smaller_root(lr, alpha, steps):
    x, _ = run(GeneralRMSprop(lr, alpha, eps=0.0, centered=True), np.full((steps, 1), -7.0), [0.0])
    t = np.arange(1, steps + 1)
    assert np.diff(x[:, 0]) == pytest.approx(lr / np.sqrt((1 - alpha**t) * alpha**t), rel=1e-9)


# --- limits ------------------------------------------------------------------------------------------------------------------


@given(rates, gradients)
def test_without_memory_it_is_sign_descent(lr, gs):
    signs = run(SignDescent(lr), gs)[0]
    for extra in ({}, {"bias_correction": True}, {"momentum": 0.0, "nesterov": True}):
        assert close(run(GeneralRMSprop(lr, 0.0, eps=0.0, **extra), gs)[0], signs)


@given(st.floats(0.1, 2), decays, gradients)
def test_under_a_great_floor_it_is_gradient_descent(lr, alpha, gs):
    assert close(run(torch(lr=lr * 1e12, alpha=alpha, eps=1e12), gs)[0], run(GradientDescent(lr), gs)[0], 1e-7)
    assert close(run(keras(lr=lr * 1e12, alpha=alpha, eps=1e24), gs)[0], run(GradientDescent(lr), gs)[0], 1e-7)


@given(rates, decays, floors, gradients)
def test_what_is_off_changes_nothing(lr, alpha, eps, gs):
    rule = GeneralRMSprop(lr, alpha, eps)
    for off in ({"decoupled": True}, {"v0": 0.0}, {"nesterov": True}, {"lr_in_buffer": True}):
        assert np.array_equal(run(replace(rule, **off), gs)[0], run(rule, gs)[0])


def test_what_is_off_does_not_wake_up_at_infinity():
    rule = GeneralRMSprop(0.1, eps=0.0)
    x, state = np.array([-np.inf]), rule.init(np.zeros(1))._replace(b=np.array([np.inf]))
    assert rule.step(x, state, np.ones(1))[0] == -np.inf  # 0 · ∞, from a momentum or a decay of 0, would be NaN
    assert replace(rule, decoupled=True).step(x, state, np.ones(1))[0] == -np.inf


@given(rates, st.floats(0.1, 0.999), gradients)
def test_bias_correction_is_adam_without_momentum(lr, alpha, gs):
    ours, state = run(GeneralRMSprop(lr, alpha, bias_correction=True), gs)
    theirs, adam = run(Adam(lr, beta1=0.0, beta2=alpha), gs)
    assert close(ours, theirs, 1e-15) and np.array_equal(state.v, adam.v) and state.t == adam.t
    inside, _ = run(optax(lr=lr, alpha=alpha, bias_correction=True), gs)
    assert close(inside, run(Adam(lr, beta1=0.0, beta2=alpha, eps=0.0, eps_root=1e-8), gs)[0], 1e-15)


# --- the centred form --------------------------------------------------------------------------------------------------------


@given(decays, st.floats(0, 4), st.booleans(), gradients)
def test_centred_is_the_mean_square_minus_the_square_of_the_mean(alpha, v0, corrected, gs):
    _, state = run(GeneralRMSprop(0.1, alpha, centered=True, v0=v0, bias_correction=corrected), gs)
    v, m = np.longdouble(v0), np.longdouble(0)
    for g in gs.astype(np.longdouble):
        v, m = alpha * v + (1 - alpha) * g**2, alpha * m + (1 - alpha) * g
    weights = 1 - np.longdouble(alpha) ** len(gs) if corrected else 1
    scale = np.max(gs**2, axis=0) + v0
    assert np.all(np.abs(state.m - m / weights) <= 1e-13 * np.sqrt(scale))
    assert np.all(np.abs(state.v / weights - (v / weights - (m / weights) ** 2)) <= 1e-13 * scale / (1 - alpha))


@given(decays, st.floats(0, 4), st.booleans(), st.booleans(), arrays(float, (30, 3), elements=st.floats(-1e150, 1e150)))
def test_centred_never_goes_below_zero(alpha, v0, corrected, constant, gs):
    rule = GeneralRMSprop(0.1, alpha, centered=True, v0=v0, bias_correction=corrected)
    x, state = np.zeros(3), rule.init(np.zeros(3))
    with np.errstate(all="ignore"):
        for g in gs:
            x, state = rule.step(x, state, gs[0] if constant else g)
            assert np.all(state.v >= 0)


def naive_variance(g, alpha, steps):
    v = m = 0.0
    for _ in range(steps):
        v, m = alpha * v + (1 - alpha) * g * g, alpha * m + (1 - alpha) * g
        yield v - m * m


@pytest.mark.parametrize("g", [0.1, 1.0, 1e8])
@pytest.mark.parametrize("corrected", [False, True])
def test_a_constant_gradient_does_not_break_the_centred_form(g, corrected):
    """PyTorch gives NaN: test_live_frameworks.py runs it where it is installed."""
    rule = torch(centered=True, alpha=0.9)
    x, state = run(replace(rule, bias_correction=corrected), np.full((1000, 1), g), [0.0])
    assert np.all(np.isfinite(x)) and np.all(np.diff(x[:, 0]) < 0)
    assert 0 <= state.v[0] <= 1e-13 * g**2


def test_the_difference_of_moments_goes_negative_where_the_recursion_does_not():
    naive = np.array(list(naive_variance(1e8, 0.9, 1000)))
    assert np.argmax(naive < 0) + 1 == 330 and naive[329] == -4.0
    _, state = run(GeneralRMSprop(0.01, centered=True), np.full((1000, 1), 1e8), [0.0])
    assert 0 < state.v[0] < 1e-13


# --- the edge of floating point ------------------------------------------------------------------------------------------------


def test_after_an_overflow_the_coordinate_is_frozen_for_ever():
    with np.errstate(all="ignore"):
        for dialect in (torch, keras, tf1):
            x, state = run(dialect(lr=0.01), [[1e200, 1.0]] + 500 * [[1.0, 1.0]], [5.0, 5.0])
            assert np.all(x[:, 0] == 5.0) and state.v[0] == np.inf
            assert np.all(np.diff(x[:, 1]) < 0)


def move(rule, g):
    """How far the first step goes down."""
    with np.errstate(all="ignore"):
        return -run(rule, [[g]], [0.0])[0][1, 0]


def test_zero_over_zero_without_a_floor():
    for rule in (hinton(lr=0.01), torch(eps=0.0), keras(eps=0.0)):
        assert np.isnan(move(rule, 0.0))
        assert move(rule, 1e-200) == np.inf and move(rule, -1e-200) == -np.inf
    assert move(torch(), 0.0) == 0 and move(keras(), 0.0) == 0 and move(tf1(lr=0.01, eps=0.0), 0.0) == 0


def test_below_the_underflow_of_g_squared_the_floor_is_the_divisor():
    assert move(torch(alpha=0.9), 1e-162) == pytest.approx(1e-156, rel=1e-12)
    assert move(keras(lr=0.01, eps=1e-8), 1e-162) == pytest.approx(1e-160, rel=1e-12)
    assert move(torch(alpha=0.9, eps=1e-300), 1e-162) == pytest.approx(1e136, rel=1e-12)
    assert move(keras(lr=0.01, eps=1e-300), 1e-162) == pytest.approx(1e-14, rel=1e-12)


# --- what a rule promises --------------------------------------------------------------------------------------------------------

EVERYTHING = dict(momentum=0.9, nesterov=True, centered=True, bias_correction=True, weight_decay=0.1, v0=1.0)


@pytest.mark.parametrize("decoupled", [False, True])
def test_broadcasting_equals_looping(decoupled):
    rng = np.random.default_rng(8)
    gs = rng.normal(size=(30, 2))
    names = ("lr", "alpha", "eps", "eps_root", "v0", "momentum", "weight_decay")
    grid = {name: rng.uniform(0.1, 0.9, size=5) for name in names}
    switches = dict(centered=True, bias_correction=True, nesterov=True, decoupled=decoupled)
    together, _ = run(GeneralRMSprop(**{name: values[:, None] for name, values in grid.items()}, **switches), gs, np.ones((5, 2)))
    for k in range(5):
        alone, _ = run(GeneralRMSprop(**{name: values[k] for name, values in grid.items()}, **switches), gs, np.ones(2))
        assert np.array_equal(together[:, k], alone)


@pytest.mark.parametrize("settings", [{}, EVERYTHING, EVERYTHING | {"decoupled": True, "lr_in_buffer": False}], ids=str)
def test_float32_stays_float32_and_nothing_given_is_changed(settings):
    rule = GeneralRMSprop(0.1, **settings)
    x, g = np.ones(3, dtype=np.float32), np.full(3, 0.5, dtype=np.float32)
    state = rule.init(x)
    kept = [part.copy() for part in (x, g, state.v, state.m, state.b)]
    new, after = rule.step(x, state, g)
    assert {part.dtype for part in (new, after.v, after.m, after.b)} == {np.dtype(np.float32)}
    assert all(np.array_equal(now, then) for now, then in zip((x, g, state.v, state.m, state.b), kept, strict=True))
    assert state.t == 0 and after.t == 1
    again, _ = rule.step(x, state, g)
    assert np.array_equal(new, again)


def test_it_runs_under_descend_with_a_schedule_and_a_grid():
    bowl = quadratic(0.2, 4.0)
    path = descend(lambda t: torch(lr=np.array([[0.1], [0.2]]) / t, momentum=0.9), bowl, [-5.0, -2.0], 20)
    alone = descend(lambda t: torch(lr=0.2 / t, momentum=0.9), bowl, [-5.0, -2.0], 20)
    assert path.x.shape == (21, 2, 2) and np.array_equal(path.x[:, 1], alone.x)
    assert path.states.b.shape == (21, 2, 2) and list(path.states.t) == list(range(21))
    assert np.array_equal(path.states.v[:, 1], alone.states.v)


def test_weight_decay_coupled_is_scaled_by_the_root_and_decoupled_is_not():
    gs, x0 = np.full((1, 1), 1e6), [1.0]
    coupled, decoupled = (run(GeneralRMSprop(0.01, weight_decay=0.1, decoupled=d), gs, x0)[0][1, 0] for d in (False, True))
    plain = run(GeneralRMSprop(0.01), gs, x0)[0][1, 0]
    assert abs(coupled - plain) < 1e-8 and decoupled - plain == pytest.approx(-0.001, rel=1e-9)


# What holds of the teaching classes (test_optimizers.py) holds of every framework with any of its settings, and of the general
# form with all of them.

powers_of_two = st.integers(-60, 60).map(lambda k: 2.0**k)
everyday = st.floats(1e-6, 1e6) | st.floats(-1e6, -1e-6) | st.just(0.0)
EDGE = [0.0, -0.0, 5e-324, -1e-310, 1e-160, 1.0, -3.0, 1e150, -1e200, np.inf, -np.inf, np.nan]

def off_or(least, most):
    """0, or a number whose products stay far from underflow: there a change of units is no longer exact."""
    return st.just(0.0) | st.floats(least, most)


DRAWN = {
    "momentum": off_or(1e-3, 0.99),
    "v0": off_or(1e-6, 4),
    "weight_decay": off_or(1e-3, 1),
    **{name: st.booleans() for name in ("centered", "nesterov", "bias_correction", "lr_in_buffer", "decoupled")},
}


@st.composite
def rules(draw):
    """Any framework's rule, or the general one."""
    framework = draw(st.sampled_from([*FRAMEWORKS, None]))
    options = DRAWN if framework is None else {name: DRAWN[name] for name in framework.options}
    said = {name: draw(strategy) for name, strategy in options.items()}
    said |= {"lr": draw(rates), "alpha": draw(off_or(1e-3, 0.999))}
    if framework is None:
        return GeneralRMSprop(**said, eps=draw(off_or(1e-9, 10)), eps_root=draw(off_or(1e-9, 10)))
    return framework(**said) if framework.place is None else framework(**said, eps=draw(off_or(1e-9, 10)))


@st.composite
def situations(draw, elements=everyday):
    """A rule, a position, a state that it could have, and a gradient: four of one length."""
    rule, n = draw(rules()), draw(st.integers(1, 5))
    x, g, *earlier = (draw(arrays(float, n, elements=elements)) for _ in range(4))
    state = rule.init(x)
    with np.errstate(all="ignore"):
        for past in earlier:
            x, state = rule.step(x, state, past)
    return rule, x, state, g


@np.errstate(all="ignore")
def step(rule, x, state, g):
    """Where a step leads, as one flat list of arrays: x, v, m, b."""
    x, (v, m, b, _) = rule.step(x, state, g)
    return [x, v, m, b]


def same(ours, theirs):
    return all(np.array_equal(p, q, equal_nan=True) for p, q in zip(ours, theirs, strict=True))


@given(situations(), powers_of_two)
def test_in_other_units_of_the_gradient_the_steps_are_the_same(situation, c):
    """Scale invariance: whole without floors, start and decay; with them, each is changed to the unit its docstring gives it."""
    rule, x, (v, m, b, t), g = situation
    decay = rule.weight_decay if rule.decoupled else c * rule.weight_decay
    other = replace(rule, eps=c * rule.eps, eps_root=c * c * rule.eps_root, v0=c * c * rule.v0, weight_decay=decay)
    x1, v1, m1, b1 = step(rule, x, GeneralState(v, m, b, t), g)
    assert same([x1, c * c * v1, c * m1, b1], step(other, x, GeneralState(c * c * v, c * m, b, t), c * g))
    assert same([c * c * rule.init(x).v], [other.init(x).v])


@given(situations(), powers_of_two)
def test_in_other_units_of_x_the_steps_are_longer_by_as_much(situation, c):
    rule, x, (v, m, b, t), g = situation
    other = replace(rule, lr=c * rule.lr, weight_decay=rule.weight_decay / c)
    of_b = c if rule.lr_in_buffer else 1.0
    x1, v1, m1, b1 = step(rule, x, GeneralState(v, m, b, t), g)
    assert same([c * x1, v1, m1, of_b * b1], step(other, c * x, GeneralState(v, m, of_b * b, t), g))


@given(situations(st.sampled_from(EDGE) | everyday))
def test_sign_symmetry(situation):
    rule, x, (v, m, b, t), g = situation
    x1, v1, m1, b1 = step(rule, x, GeneralState(v, m, b, t), g)
    assert same([-x1, v1, -m1, -b1], step(rule, -x, GeneralState(v, -m, -b, t), -g))


@given(situations(st.sampled_from(EDGE) | everyday), st.randoms(use_true_random=False))
def test_coordinates_do_not_see_each_other(situation, random):
    """Renumbered before is renumbered after, and each alone gives the same: whatever the others are, ∞ and NaN included."""
    rule, x, (v, m, b, t), g = situation
    together = step(rule, x, GeneralState(v, m, b, t), g)
    order = random.sample(range(len(x)), len(x))
    for rows in (order, *([i] for i in range(len(x)))):
        assert same([part[rows] for part in together], step(rule, x[rows], GeneralState(v[rows], m[rows], b[rows], t), g[rows]))


@given(rules(), arrays(float, (12, 3), elements=everyday))
def test_bounds(rule, gs):
    """The accumulator lies between what was and what comes, never forgets faster than α, and bounds every step."""
    rule = replace(rule, weight_decay=0.0)
    x, state, slack = np.zeros(3), rule.init(np.zeros(3)), 1 + 1e-9
    alpha, mu = rule.alpha, rule.momentum
    for t, g in enumerate(gs, 1):
        with np.errstate(all="ignore"):
            new, after = rule.step(x, state, g)
        assert np.all(after.v >= alpha * state.v / slack) and np.all(after.v <= np.maximum(state.v, (g - state.m) ** 2) * slack)
        if not rule.centered:
            assert np.all(after.v >= np.minimum(state.v, g**2) / slack)
            weights = 1 - alpha**t if rule.bias_correction else 1
            longest = rule.lr * np.sqrt(weights / (1 - alpha))  # of one step g/√v
            moved = np.abs(new - x)[np.isfinite(new - x)]
            # With momentum it is a sum of such steps, and with bias correction the later ones may be the longer.
            assert np.all(moved <= longest * slack / (1 - mu) + 1e-9 * np.max(np.abs(x), initial=0))
        x, state = np.where(np.isfinite(new), new, 0.0), after._replace(b=np.nan_to_num(after.b))


@given(situations(), st.floats(1, 10))
def test_a_larger_gradient_makes_a_larger_accumulator_and_no_shorter_step(situation, factor):
    rule, x, state, g = situation
    if rule.centered or np.any(rule.weight_decay):
        return
    state = state._replace(b=np.zeros_like(x))
    x1, v1, _, _ = step(rule, np.zeros_like(x), state, g)
    x2, v2, _, _ = step(rule, np.zeros_like(x), state, factor * g)
    assert np.all(v2 >= v1)
    some = np.isfinite(x1) & np.isfinite(x2)
    assert np.all(np.abs(x2[some]) >= np.abs(x1[some]) * (1 - 1e-9)) and np.all(x1[some] * g[some] <= 0)


@given(situations(st.sampled_from(EDGE) | everyday))
def test_a_step_is_pure_and_the_same_again(situation):
    rule, x, state, g = situation
    given_to = [x, *state[:3], g]
    before = repr(rule), [part.tobytes() for part in given_to]
    for part in given_to:
        part.setflags(write=False)
    one, two = step(rule, x, state, g), step(rule, x, state, g)
    assert (repr(rule), [part.tobytes() for part in given_to]) == before
    assert [part.tobytes() for part in one] == [part.tobytes() for part in two]
    assert not any(np.shares_memory(made, part) for made in (one[0], one[1], one[3]) for part in given_to)
    start = rule.init(x)
    assert not any(np.shares_memory(p, q) for p, q in itertools.combinations([x, *start[:3]], 2))
    assert start.t == 0 and np.all(start.v == rule.v0) and not np.any(start.m) and not np.any(start.b)


@given(rules(), st.sampled_from([np.float16, np.float32, np.float64, np.longdouble]), st.integers(0, 2**32 - 1))
def test_dtype_is_preserved(rule, dtype, seed):
    rng = np.random.default_rng(seed)
    x = rng.normal(size=3).astype(dtype)
    state = rule.init(x)
    assert {part.dtype for part in state[:3]} == {np.dtype(dtype)}
    for _ in range(3):
        with np.errstate(all="ignore"):
            x, state = rule.step(x, state, rng.normal(size=3).astype(dtype))
        assert {part.dtype for part in (x, *state[:3])} == {np.dtype(dtype)}


@given(rules(), st.integers(0, 2**32 - 1))
def test_a_grid_of_settings_or_of_starts_under_descend_is_a_loop(rule, seed):
    rng, bowl = np.random.default_rng(seed), quadratic(0.2, 4.0)
    lrs, starts = rule.lr * np.array([0.5, 1.0, 2.0]), rng.normal(size=(2, 1, 2))
    grid = descend(replace(rule, lr=lrs[:, None]), bowl, starts, 8)
    assert grid.x.shape == (9, 2, 3, 2)
    for i, j in np.ndindex(2, 3):
        alone = descend(replace(rule, lr=lrs[j].item()), bowl, starts[i, 0], 8)
        for p, q in [(grid.x, alone.x), *zip(grid.states[:3], alone.states[:3], strict=True)]:
            assert np.array_equal(p[:, i, j], q, equal_nan=True)


@pytest.mark.parametrize("framework", FRAMEWORKS, ids=lambda framework: framework.name)
def test_every_framework_at_the_edge_of_the_number_range(framework):
    """One after another: gradients of 0, subnormal, so large that g² overflows, ∞ and NaN, each beside an everyday neighbour."""
    rule = framework(lr=0.01)
    floor = rule.eps + np.sqrt(rule.eps_root) + np.sqrt(rule.v0)
    plain = run(rule, [[1.0]] * 5, [1.0])[0][:, 0]

    def beside(g):
        with np.errstate(all="ignore"):
            x, state = run(rule, [[g, 1.0]] * 5, [1.0, 1.0])
        assert np.array_equal(x[:, 1], plain)
        return x[:, 0], state.v[0]

    x, v = beside(0.0)
    assert (np.all(x == 1) and v <= rule.v0) if floor else np.all(np.isnan(x[1:]))
    x, v = beside(1e-310)
    assert np.all(x == 1) if floor else x[1] == -np.inf
    x, v = beside(1e200)
    assert v == np.inf or rule.centered
    assert np.all(x == 1) or rule.centered  # centred, its variance is ∞ − ∞ from the second step on
    for g in (np.inf, np.nan):
        x, v = beside(g)
        assert np.all(np.isnan(x[1:]))


# --- the frameworks ----------------------------------------------------------------------------------------------------------------


def test_what_differs_at_the_same_nominal_settings():
    """x₁ after 100 steps on 0.01 x₁² + 2 x₂², γ = 0.01, α = 0.9, ε = 0.01, without and with momentum 0.9."""

    def end(dialect, **more):
        return round(float(descend(dialect(lr=0.01, alpha=0.9, eps=0.01, **more), quadratic(0.02, 4.0), [-5.0, -2.0], 100).x[-1, 0]), 4)

    timm = NAMED["timm (RMSpropTF)"]
    assert [end(dialect) for dialect in (torch, mlx, chainer, LEGACY)] == [-4.0440] * 4
    assert [end(dialect) for dialect in (optax, keras, paddle)] == [-4.3041] * 3
    assert [end(dialect) for dialect in (tf1, timm)] == [-4.4946] * 2
    assert end(torch, momentum=0.9) == 0.0553
    assert [end(dialect, momentum=0.9) for dialect in (optax, keras, LEGACY)] == [-0.7642] * 3
    assert end(optax, momentum=0.9, nesterov=True) == -0.7723 and end(tf1, momentum=0.9) == -1.5616


@pytest.mark.parametrize(
    "dialect, settings, end",
    [
        (torch, {}, (-3.1327, -0.4501)),
        (paddle, {"lr": 0.01}, (-3.8262, -0.8984)),
        (optax, {"lr": 0.01}, (-3.9270, -0.9645)),
        (tf1, {"lr": 0.01}, (-4.0177, -0.9686)),
        (NAMED["timm (RMSpropTF)"], {}, (-4.0177, -0.9686)),
        (graves, {}, (-4.5979, -1.6129)),
        (keras, {}, (-4.8910, -1.8913)),
    ],
    ids=lambda value: value.name if isinstance(value, Framework) else "",
)
def test_a_hundred_steps_with_their_own_defaults(dialect, settings, end):
    x = descend(dialect(**settings), quadratic(0.2, 4.0), [-5.0, -2.0], 100).x[-1]
    assert tuple(np.round(x, 4)) == end


def test_epsilon_sits_where_the_table_says():
    for framework in FRAMEWORKS:
        given = {} if framework.place is None else {"eps": 0.25}
        rule = framework(lr=0.1, **given)
        expected = {"outside": (0.25, 0.0), "inside": (0.0, 0.25), "both": (0.25, 0.25), None: (0.0, 0.0)}
        expected["inside with momentum"] = expected["outside"]
        assert (rule.eps, rule.eps_root) == expected[framework.place], framework.name
    moved = LEGACY(eps=0.25, momentum=0.9)
    assert (moved.eps, moved.eps_root) == (0.0, 0.25)
    switched = replace(optax, place="outside")(lr=0.1)
    assert (switched.eps, switched.eps_root) == (1e-8, 0.0)


def test_how_often_epsilon_is_where():
    places = [framework.place for framework in FRAMEWORKS]
    assert {place: places.count(place) for place in set(places)} == {
        "outside": 12,
        "inside": 14,
        "both": 1,
        "inside with momentum": 2,
        None: 1,
    }


def test_the_start_of_v_is_the_table_s():
    starts = {framework.name: framework.v0 for framework in FRAMEWORKS if framework.v0 != 0}
    ones = ["TensorFlow 1 (tf.compat.v1)", "timm (RMSpropTF)", "autograd", "climin"]
    assert starts == dict.fromkeys(ones, 1.0) | {"Deeplearning4j": "eps"}
    for framework in FRAMEWORKS:
        expected = 1e-8 if framework.v0 == "eps" else framework.v0
        assert np.all(framework(lr=0.1).init(np.zeros(2)).v == expected)
    assert NAMED["Deeplearning4j"](eps=0.5).v0 == 0.5 and optax(lr=0.1, v0=1.0).v0 == 1.0


def test_the_place_of_the_learning_rate_is_the_table_s():
    assert [framework.name for framework in FRAMEWORKS if framework.lr_place == "outside"] == ["PyTorch", "Burn"]
    for framework in FRAMEWORKS:
        assert (framework.lr_place is None) == ("momentum" not in framework.options)
        assert framework(lr=0.1).lr_in_buffer == (framework.lr_place != "outside")


MOMENTUM, CENTERED, DECAY = {"momentum": 0.0}, {"centered": False}, {"weight_decay": 0.0}
# What was read, framework by framework: lr, alpha, eps, place, options, fixed. Those that were run are held to the defaults in
# their own records by test_oracles.py.
READ = {
    "Hinton's lecture": (None, 0.9, None, None, {}, {}),
    "Graves": (1e-4, 0.95, 1e-4, "inside", {"momentum": 0.9}, {"centered": True}),
    "Torch 7 (optim)": (1e-2, 0.99, 1e-8, "outside", {}, {}),
    "DeepMind's DQN": (1e-2, 0.95, 1e-2, "inside", DECAY, {"centered": True}),
    "Keras 2": (1e-3, 0.9, 1e-7, "inside with momentum", MOMENTUM, {}),
    "Lasagne": (1.0, 0.9, 1e-6, "inside", {}, {}),
    "Caffe": (None, 0.99, 1e-8, "outside", DECAY, {}),
    "Deeplearning4j": (0.1, 0.95, 1e-8, "outside", {}, {"v0": "eps"}),
    "MXNet 2": (1e-3, 0.9, 1e-8, "outside", DECAY, {}),
    "Optimisers.jl": (1e-3, 0.9, 1e-8, "outside", CENTERED, {}),
    "TensorFlow.js": (None, 0.9, 1e-7, "inside", MOMENTUM, {}),
    "neon": (2e-3, 0.95, 1e-6, "both", {}, {}),
    "Burn": (None, 0.99, 1e-5, "outside", {"momentum": 0.9} | CENTERED | DECAY, {"lr_in_buffer": False}),
    "climin": (None, 0.9, 1e-8, "inside", {}, {"v0": 1.0}),
    "ensmallen": (1e-2, 0.99, 1e-8, "outside", {}, {}),
    "Dive into Deep Learning": (0.4, 0.9, 1e-6, "inside", {}, {}),
    "gradient_descent_viz": (1e-3, 0.99, 1e-12, "outside", {}, {}),
}


def test_the_table_says_what_was_read():
    table = {f.name: (f.lr, f.alpha, f.eps, f.place, f.options, f.fixed) for f in FRAMEWORKS if f.known != "run"}
    assert table == READ and repr(table) == repr(READ)  # True is not 1 here
    assert [f.name for f in FRAMEWORKS if f.known == "second-hand"] == ["Hinton's lecture", "Graves"]


def test_a_row_of_the_table_says_when_which_and_where():
    for framework in FRAMEWORKS:
        assert re.fullmatch(r"\d{4}|\d{4}-\d\d(-\d\d)?", framework.date), framework.name
        release, commit = re.fullmatch(r"\d+(\.\d+)+", framework.version), re.fullmatch("[0-9a-f]{7}", framework.version)
        assert release or commit or framework.known == "second-hand", framework.name
        assert not commit or len(framework.date) == 7  # a commit has the month in which it was read
        assert framework.note == framework.note.strip(" .") and framework.source == framework.source.strip(" .")


def test_the_table_is_complete():
    presets = [value for name, value in vars(dialects).items() if name in dialects.__all__ and isinstance(value, Framework)]
    assert len(presets) == 9 and all(preset in FRAMEWORKS for preset in presets)
    assert len(NAMED) == len(FRAMEWORKS)
    for framework in FRAMEWORKS:
        assert framework.known in ("run", "source", "second-hand") and framework.version and framework.date and framework.source
        assert framework.place in ("outside", "inside", "both", "inside with momentum", None)
        assert isinstance(framework(lr=0.1), GeneralRMSprop)
        rule = framework(lr=0.3, alpha=0.5)
        assert (rule.lr, rule.alpha) == (0.3, 0.5)
        for name, value in framework.options.items():
            assert getattr(framework(lr=0.1), name) == value
        for name, value in framework.fixed.items():
            assert value == "eps" or getattr(framework(lr=0.1), name) == value


# --- bad input ---------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "settings, sentence",
    [
        ({"lr": 0}, "lr is 0; it must be a finite number above 0."),
        ({"lr": np.inf}, "lr is inf; it must be a finite number above 0."),
        ({"alpha": 1}, "alpha is 1; it must be in [0, 1), that is 0 ≤ alpha < 1."),
        ({"alpha": -0.1}, "alpha is -0.1; it must be in [0, 1), that is 0 ≤ alpha < 1."),
        ({"momentum": 1.0}, "momentum is 1.0; it must be in [0, 1), that is 0 ≤ momentum < 1."),
        ({"eps": -1e-8}, "eps is -1e-08; it must be a finite number, 0 or more."),
        ({"eps_root": -1e-8}, "eps_root is -1e-08; it must be a finite number, 0 or more."),
        ({"v0": -1}, "v0 is -1; it must be a finite number, 0 or more."),
        ({"v0": np.nan}, "v0 is nan; it must be a finite number, 0 or more."),
        ({"weight_decay": -0.1}, "weight_decay is -0.1; it must be a finite number, 0 or more."),
        ({"lr_in_buffer": 1}, "lr_in_buffer is 1; it must be True or False."),
        ({"nesterov": None}, "nesterov is None; it must be True or False."),
        ({"centered": "yes"}, "centered is 'yes'; it must be True or False."),
        ({"bias_correction": 0.9}, "bias_correction is 0.9; it must be True or False."),
        ({"decoupled": []}, "decoupled is []; it must be True or False."),
    ],
    ids=str,
)
def test_a_setting_outside_its_range(settings, sentence):
    with pytest.raises(ValueError) as error:
        GeneralRMSprop(**{"lr": 0.1} | settings)
    assert str(error.value) == sentence


@pytest.mark.parametrize(
    "ask, sentence",
    [
        (lambda: optax(), "lr is not given; optax has no default for it, so you must give it."),
        (lambda: torch(eps=None), "eps is not given; PyTorch has no default for it, so you must give it."),
        (lambda: mlx(lr=0.1, momentum=0.9), "momentum is 0.9; this preset of MLX does not model it; to have it all the same, write dataclasses.replace(rule, momentum=0.9) with the rule "
            "that the preset makes. It takes lr, alpha, eps."),
        (lambda: hinton(lr=0.1, eps=1e-8), "eps is 1e-08; this preset of Hinton's lecture does not model it; to have it all the same, write dataclasses.replace(rule, eps=1e-08) "
            "with the rule that the preset makes. It takes lr, alpha."),
        (
            lambda: torch(nesterov=True),
            "nesterov is True; this preset of PyTorch does not model it; to have it all the same, write dataclasses.replace(rule, nesterov=True) with "
            "the rule that the preset makes. It takes lr, alpha, eps, momentum, centered, weight_decay.",
        ),
        (lambda: keras(alpha=1), "alpha is 1; it must be in [0, 1), that is 0 ≤ alpha < 1."),
        *(
            (lambda bad=bad: replace(optax, place=bad), f"place is {bad!r}; it must be one of None, 'outside', 'inside', 'both', 'inside with momentum'.")
            for bad in ("outsid", "", 1, ["outside"])
        ),
        (lambda: replace(optax, options=None), "options is None; it must be a dict of settings of GeneralRMSprop."),
        (lambda: replace(optax, options={"beta": 0.9}), "options is {'beta': 0.9}; it must be a dict of settings of GeneralRMSprop."),
        (lambda: replace(optax, fixed=[("v0", 1)]), "fixed is [('v0', 1)]; it must be a dict of settings of GeneralRMSprop."),
    ],
)
def test_a_framework_is_asked_for_what_it_does_not_have(ask, sentence):
    with pytest.raises(ValueError) as error:
        ask()
    assert str(error.value) == sentence


BY_NAME = {preset.name: preset for preset in FRAMEWORKS}
NAMED_ELSEWHERE = {  # each with what must stand in the answer
    "keras rho": (keras, {"rho": 0.9}, "rho is called alpha here: write alpha=0.9."),
    "keras epsilon": (keras, {"epsilon": 1e-7}, "epsilon is called eps here: write eps=1e-07."),
    "keras learning_rate": (keras, {"learning_rate": 0.1}, "learning_rate is called lr here: write lr=0.1."),
    "optax initial_scale": (optax, {"initial_scale": 1.0}, "initial_scale is called v0 here: write v0=1.0."),
    "tf1 initial_scale": (tf1, {"initial_scale": 0.0}, "initial_scale is called v0 here, and it is always 1.0 in this preset"),
    "optax eps_in_sqrt": (optax, {"eps_in_sqrt": False}, "to have it outside the root, write dataclasses.replace(preset, place='outside')(…)."),
    "chainer eps_inside_sqrt": (chainer, {"eps_inside_sqrt": True}, "to have it inside the root, write dataclasses.replace(preset, place='inside')(…)."),
    "tf1 decay": (tf1, {"decay": 0.9}, "decay has two meanings. In TensorFlow 1 and optax it is the share of v that is kept, called alpha here"),
    "keras decay": (keras, {"decay": 0.01}, "In old versions of Keras it makes the learning rate fall as lr/(1 + decay·t)"),
    "d2l gamma": (BY_NAME["Dive into Deep Learning"], {"gamma": 0.9}, "gamma has two meanings"),
    "Ng's beta": (torch, {"beta": 0.9}, "beta has two meanings"),
    "DQN's momentum": (BY_NAME["DeepMind's DQN"], {"gradient_momentum": 0.95}, "There is no momentum in it."),
    "torch maximize": (torch, {"maximize": True}, "to go up, feed it −g"),
    "torch foreach": (torch, {"foreach": True}, "this preset of PyTorch does not model it. It takes lr, alpha, eps"),
    "keras clipnorm": (keras, {"clipnorm": 1.0}, "this preset of Keras does not model it."),
    "start at ε": (BY_NAME["Deeplearning4j"], {"v0": 0.0}, "it is always ε in this preset of Deeplearning4j"),
}


@pytest.mark.parametrize("case", NAMED_ELSEWHERE)
def test_another_name_is_answered_with_the_name_here(case):
    preset, settings, said = NAMED_ELSEWHERE[case]
    with pytest.raises(ValueError) as error:
        preset(**settings)
    assert said in str(error.value) and "does not have" not in str(error.value)


@pytest.mark.parametrize("preset", FRAMEWORKS, ids=lambda preset: preset.name)
def test_what_the_answer_tells_to_write_works(preset):
    given = {} if preset.lr else {"lr": 0.1}
    for there, here in dialects._NAMES_ELSEWHERE.items():
        value = {"lr": 0.5, "decoupled": True, "lr_in_buffer": False, "centered": True}.get(here, 0.25)
        with pytest.raises(ValueError, match=f"{there} is called {here} here") as error:
            preset(**{there: value})
        if f"write {here}={value!r}" in str(error.value):
            preset(**{**given, here: value})
        else:
            assert f"dataclasses.replace(rule, {here}={value!r})" in str(error.value)
            assert getattr(replace(preset(**given), **{here: value}), here) == value


# Entered a second time, from the sources: a note or a source that went to the neighbour's row would pass every other test.
READ_AND_NOTED = {
    "Hinton's lecture": ('Coursera, Neural Networks for Machine Learning', 'divides by the bare root; says nothing of the start'),
    'Graves': ("equations 38–45, as Chainer's RMSpropGraves runs them", 'always centred'),
    "PyTorch": ("torch/optim/rmsprop.py", ""),
    "Keras": ("keras/src/optimizers/rmsprop.py", ""),
    "TensorFlow 1 (tf.compat.v1)": ("tensorflow/python/training/rmsprop.py", ""),
    "optax": ("optax/_src/alias.py, transform.py", "eps_in_sqrt=False puts ε outside"),
    "PaddlePaddle": ("paddle/optimizer/rmsprop.py", "rounds α, ε and β to float32"),
    "MLX": ("mlx/optimizers/optimizers.py", "rounds γ to float32; refuses ε ≤ 0"),
    "Chainer": ("chainer/optimizers/rmsprop.py", "eps_inside_sqrt=True puts ε inside"),
    "Keras for TensorFlow 2 (tf_keras)": ("tf_keras/src/optimizers/rmsprop.py", ""),
    "tf_keras.optimizers.legacy": ("tf_keras/src/optimizers/legacy/rmsprop.py", "ε moves when momentum is switched on; rounds γ, α and β to float32; takes ε = 0 for 1e-7"),
    "jax.example_libraries": ("jax/example_libraries/optimizers.py", "momentum is a function of its own, rmsprop_momentum, with β = 0.9"),
    "timm (RMSpropTF)": ("timm/optim/rmsprop_tf.py", ""),
    'MXNet': ('src/operator/optimizer_op-inl.h', "centred it is Graves's form, with momentum 0.9; the bare operator has α = 0.95; rounds every setting to float32"),
    "autograd": ("autograd/misc/optimizers.py", ""),
    "Torch 7 (optim)": ("torch/optim, rmsprop.lua", "for a while in 2016 v started at 1"),
    "DeepMind's DQN": ('dqn/NeuralQLearner.lua', 'always centred, α and ε written into the code; the published runs set γ = 0.00025'),
    "Keras 2": ("keras/optimizers.py", "ε moves when momentum is switched on; centered=True without momentum is ignored"),
    "Lasagne": ("lasagne/updates.py", ""),
    "Caffe": ("src/caffe/solvers/rmsprop_solver.cpp", ""),
    "Deeplearning4j": ("RmsPropUpdater.java, updaterRmsProp.cpp", "v starts at ε"),
    "MXNet 2": ("python/mxnet/optimizer/rmsprop.py", "centred, with momentum 0.9, its ε is inside"),
    "Optimisers.jl": ("src/rules.jl", ""),
    "TensorFlow.js": ("tfjs-core/src/optimizers/rmsprop_optimizer.ts", "centred it takes √(v − m² − ε), with the wrong sign; ε is 1e-4 where numbers are float16"),
    "neon": ("neon/optimizers/optimizer.py", ""),
    "Burn": ("crates/burn-optim/src/optim/rmsprop.rs", ""),
    "climin": ("climin/rmsprop.py", "momentum takes the gradient at the point it looks ahead to"),
    "ensmallen": ("include/ensmallen_bits/rmsprop/rmsprop_update.hpp", ""),
    "Dive into Deep Learning": ("chapter_optimization/rmsprop.md", ""),
    "gradient_descent_viz": ("src/gradient_descent.cpp", ""),
}


def test_every_framework_has_its_own_source_and_note():
    assert {framework.name: (framework.source, framework.note) for framework in FRAMEWORKS} == READ_AND_NOTED
