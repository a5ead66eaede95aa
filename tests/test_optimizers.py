"""The update rules: closed forms of a step, symmetries, bounds, what they leave alone, and the edge of the number range."""

import math
from dataclasses import FrozenInstanceError, fields, replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import (
    Adagrad,
    Adam,
    AdamState,
    GradientDescent,
    Momentum,
    Objective,
    RMSprop,
    SignDescent,
    descend,
)

lrs = st.floats(1e-4, 1e2)
decays = st.floats(0, 0.999)
numbers = st.floats(-1e6, 1e6).filter(lambda a: a == 0 or abs(a) > 1e-6)
sizes = st.floats(1e-6, 1e6)
signed = st.builds(lambda size, sign: sign * size, sizes, st.sampled_from([-1, 1]))
vectors = arrays(float, st.integers(1, 5), elements=numbers)
powers_of_two = st.integers(-60, 60).map(lambda k: 2.0**k)

# Each rule with and without its floors; the floors of a rule are 0 in `scale_free`.
RULES = [
    GradientDescent(lr=0.1),
    SignDescent(lr=0.1),
    Momentum(lr=0.1, beta=0.9),
    Adagrad(lr=0.1, eps=1e-3),
    Adagrad(lr=0.1, eps=0.0, eps_root=1e-3),
    RMSprop(lr=0.1, alpha=0.9, eps=1e-3),
    RMSprop(lr=0.1, alpha=0.75, eps=0.0, eps_root=1e-3),
    Adam(lr=0.1, beta1=0.9, beta2=0.99, eps=1e-3),
    Adam(lr=0.1, beta1=0.5, beta2=0.99, eps=0.0, eps_root=1e-3),
]
by_name = pytest.mark.parametrize("rule", RULES, ids=repr)
from rmsprop_lib.dialects import torch


def after(rule, x, gradients):
    """Position and state after a step for each of ``gradients``."""
    state = rule.init(x)
    for g in gradients:
        x, state = rule.step(x, state, g)
    return x, state


def parts(state):
    """The arrays that a state is made of."""
    return [part for part in (state if isinstance(state, tuple) else (state,)) if isinstance(part, np.ndarray)]


def like(state, parts):
    """A state like ``state`` with other arrays in it."""
    parts = iter(parts)
    if isinstance(state, AdamState):
        return AdamState(next(parts), next(parts), state.t)
    return state if isinstance(state, tuple) else next(parts)


@st.composite
def steps(draw, elements=numbers):
    """A rule, a position, a state that it could have, and a gradient: four of one length."""
    rule = draw(st.sampled_from(RULES))
    n = draw(st.integers(1, 5))
    x, g, earlier = (draw(arrays(float, n, elements=elements)) for _ in range(3))
    _, state = after(rule, x, [earlier])
    return rule, x, state, g


# One step, against the equations in exact fractions where no root is drawn, and in Python's own floats where one is.


def close(a, b, rel=1e-12):
    return all(math.isclose(p, q, rel_tol=rel, abs_tol=1e-300) for p, q in zip(np.ravel(a), np.ravel(b), strict=True))


@given(lrs, numbers, numbers)
def test_gradient_descent_step(lr, x, g):
    new, state = GradientDescent(lr).step(np.array([x]), (), np.array([g]))
    moved = Fraction(x) - Fraction(lr) * Fraction(g)
    assert abs(Fraction(float(new[0])) - moved) <= Fraction(1e-15) * (abs(Fraction(x)) + abs(Fraction(lr) * Fraction(g)))
    assert state == ()


@given(lrs, numbers, numbers)
def test_sign_descent_step(lr, x, g):
    new, state = SignDescent(lr).step(np.array([x]), (), np.array([g]))
    assert new[0] == (x - lr if g > 0 else x + lr if g < 0 else x)
    assert state == ()


@given(lrs, decays, numbers, numbers, numbers)
def test_momentum_step(lr, beta, x, b, g):
    new, buffer = Momentum(lr, beta).step(np.array([x]), np.array([b]), np.array([g]))
    exact = Fraction(beta) * Fraction(b) + Fraction(g)
    slack = Fraction(1e-15) * (abs(Fraction(b)) + abs(Fraction(g)))
    assert abs(Fraction(float(buffer[0])) - exact) <= slack
    assert abs(Fraction(float(new[0])) - (Fraction(x) - Fraction(lr) * exact)) <= 4 * Fraction(lr) * slack + Fraction(1e-15) * abs(
        Fraction(x)
    )


@given(lrs, st.floats(0, 1), st.floats(0, 1), numbers, sizes, signed)
def test_adagrad_step(lr, eps, eps_root, x, v, g):
    new, sum_of_squares = Adagrad(lr, eps, eps_root).step(np.array([x]), np.array([v]), np.array([g]))
    assert close(sum_of_squares, [math.fsum([v, g * g])])
    assert math.isclose(x - new[0], lr * g / (eps + math.sqrt(v + g * g + eps_root)), rel_tol=1e-9, abs_tol=1e-9 * abs(x) + 1e-300)


@given(lrs, decays, st.floats(0, 1), st.floats(0, 1), numbers, sizes, signed)
def test_rmsprop_step(lr, alpha, eps, eps_root, x, v, g):
    new, average = RMSprop(lr, alpha, eps, eps_root).step(np.array([x]), np.array([v]), np.array([g]))
    exact = Fraction(v) + (1 - Fraction(alpha)) * (Fraction(g) ** 2 - Fraction(v))
    assert close(average, [float(exact)])
    divisor = eps + math.sqrt(float(exact) + eps_root)
    assert math.isclose(x - new[0], lr * g / divisor, rel_tol=1e-9, abs_tol=1e-9 * abs(x) + 1e-300)


@given(lrs, decays, decays, st.floats(0, 1), st.floats(0, 1), numbers, st.lists(signed, min_size=1, max_size=4))
def test_adam_steps(lr, beta1, beta2, eps, eps_root, x, gradients):
    rule = Adam(lr, beta1, beta2, eps, eps_root)
    new, state = after(rule, np.array([x]), [np.array([g]) for g in gradients])
    t = len(gradients)
    assert state.t == t
    travelled = 0.0
    for s in range(1, t + 1):  # the weighted means, from the whole history and not by the recursion
        ages = range(s - 1, -1, -1)
        m_hat = math.fsum(beta1**k * g for k, g in zip(ages, gradients, strict=False)) / math.fsum(beta1**k for k in range(s))
        v_hat = math.fsum(beta2**k * g * g for k, g in zip(ages, gradients, strict=False)) / math.fsum(beta2**k for k in range(s))
        travelled += lr * m_hat / (eps + math.sqrt(v_hat + eps_root))
    assert math.isclose(x - new[0], travelled, rel_tol=1e-7, abs_tol=1e-9 * (abs(x) + t * lr) + 1e-300)


def test_the_hand_example_is_exact():
    x, v = np.array([2.0]), np.array([0.0])
    rule = RMSprop(lr=0.5, alpha=0.75, eps=0)
    seen = []
    for _ in range(2):
        x, v = rule.step(x, v, 2 * x)
        seen.append((x[0], v[0]))
    assert seen == [(1, 4), (0.5, 4)]
    x, v = Adagrad(lr=0.5, eps=0).step(np.array([2.0]), np.array([0.0]), np.array([4.0]))
    x, v = Adagrad(lr=0.5, eps=0).step(x, v, 2 * x)
    assert (x[0], v[0]) == (1.2, 25)  # 16 + 9: 3, 4, 5


# The same gradient at every step has closed forms.


@given(lrs, decays, signed, st.integers(1, 40))
def test_a_constant_gradient(lr, decay, g, t):
    start, gradient = np.zeros(1), np.array([g])

    def last_step(rule):
        before, state = after(rule, start, [gradient] * (t - 1))
        return (before - rule.step(before, state, gradient)[0])[0]

    slack = 1e-9 * t * 40
    sign = math.copysign(1, g)
    assert math.isclose(last_step(GradientDescent(lr)), lr * g, rel_tol=slack)
    assert math.isclose(last_step(SignDescent(lr)), lr * sign, rel_tol=slack)
    buffer = sum(decay**k for k in range(t))
    assert math.isclose(last_step(Momentum(lr, decay)), lr * g * buffer, rel_tol=slack)
    assert math.isclose(last_step(Adagrad(lr, eps=0)), lr * sign / math.sqrt(t), rel_tol=slack)
    assert math.isclose(last_step(RMSprop(lr, decay, eps=0)), lr * sign / math.sqrt(1 - decay**t), rel_tol=slack)
    assert math.isclose(last_step(Adam(lr, decay, decay, eps=0)), lr * sign, rel_tol=slack)


# Limits: where one rule becomes another.


@given(lrs, st.lists(st.tuples(signed, signed), min_size=1, max_size=6))
def test_limits(lr, gradients):
    x = np.array([1.0, -2.0])
    gradients = [np.array(g) for g in gradients]

    def agree(a, b):
        return np.allclose(after(a, x, gradients)[0], after(b, x, gradients)[0], rtol=1e-9, atol=1e-9 * lr)

    assert agree(RMSprop(lr, alpha=0, eps=0), SignDescent(lr))
    assert np.array_equal(after(Momentum(lr, beta=0), x, gradients)[0], after(GradientDescent(lr), x, gradients)[0])
    assert agree(Adam(lr, beta1=0, beta2=0, eps=0), SignDescent(lr))
    assert agree(Adam(lr, 0.5, 0.5, eps=1e20), Adam(lr, 0.5, 0.5, eps=1e30))  # nothing moves any more
    # A huge floor swallows √v: gradient descent at the rate γ/ε, or γ/√ε with the floor inside.
    for make in (
        lambda lr, **floor: RMSprop(lr, 0.9, **floor),
        lambda lr, **floor: Adagrad(lr, **floor),
        lambda lr, **floor: Adam(lr, 0.0, 0.9, **floor),
    ):
        big = 2.0**60
        plain, slack = after(GradientDescent(lr), x, gradients)[0], 1e-9 * lr * 1e6
        assert np.allclose(after(make(lr * big, eps=big), x, gradients)[0], plain, rtol=1e-9, atol=slack)
        assert np.allclose(after(make(lr * big, eps=0.0, eps_root=big**2), x, gradients)[0], plain, rtol=1e-9, atol=slack)


@given(lrs, st.lists(signed, min_size=1, max_size=30))
def test_adagrad_is_rmsprop_on_a_schedule(lr, gradients):
    x, v = np.array([1.0]), np.zeros(1)
    y, w = np.array([1.0]), np.zeros(1)
    for t, g in enumerate(gradients, 1):
        x, v = Adagrad(lr, eps=0).step(x, v, np.array([g]))
        y, w = RMSprop(lr / math.sqrt(t), alpha=1 - 1 / t, eps=0).step(y, w, np.array([g]))
        assert np.allclose(w * t, v, rtol=1e-12)
    assert np.allclose(x, y, rtol=1e-9, atol=1e-11 * lr * t)


@given(lrs, decays, st.floats(1e-8, 1), sizes, signed)
def test_the_two_floors_are_a_factor_of_root_two_apart_at_most(lr, alpha, eps, v, g):
    x = np.zeros(1)
    outside = -RMSprop(lr, alpha, eps).step(x, np.array([v]), np.array([g]))[0] * np.sign(g)
    inside = -RMSprop(lr, alpha, 0.0, eps**2).step(x, np.array([v]), np.array([g]))[0] * np.sign(g)
    assert outside <= inside * (1 + 1e-12) and inside <= math.sqrt(2) * outside * (1 + 1e-12)


@given(lrs, decays, signed, st.sampled_from([Adagrad(1.0), RMSprop(1.0), Adam(1.0)]))
def test_a_floor_shortens_the_step_and_leaves_the_state_alone(lr, decay, g, rule):
    rule = replace(rule, lr=lr, **{f.name: decay for f in fields(rule) if f.name in ("alpha", "beta2")}, eps=0.0)
    x, g = np.zeros(1), np.array([g])
    free, state = after(rule, x, [g])
    for floor in ({"eps": g[0] ** 2}, {"eps_root": g[0] ** 2}, {"eps": abs(g[0]), "eps_root": g[0] ** 2}):
        held, same = after(replace(rule, **floor), x, [g])
        assert abs(held[0]) < abs(free[0])
        assert all(np.array_equal(p, q) for p, q in zip(parts(same), parts(state), strict=True))


# Symmetries.


@given(steps(), powers_of_two)
def test_scale_invariance(step, c):
    """Without a floor the gradient's scale is cancelled, bit for bit when it is a power of two; v scales by its square."""
    rule, x, state, g = step
    if isinstance(rule, GradientDescent | Momentum):
        return
    rule = replace(rule, **{f.name: 0.0 for f in fields(rule) if f.name.startswith("eps")})
    scaled = state
    if isinstance(state, AdamState):
        scaled = AdamState(c * state.m, c * c * state.v, state.t)
    elif parts(state):
        scaled = c * c * state
    with np.errstate(all="ignore"):  # 0/0 where nothing was ever seen
        x1, s1 = rule.step(x, state, g)
        x2, s2 = rule.step(x, scaled, c * g)
    assert np.array_equal(x1, x2, equal_nan=True)
    if parts(s1):
        assert np.array_equal(parts(s2)[-1], c * c * parts(s1)[-1])


@given(steps(), powers_of_two)
def test_plain_rules_are_linear_in_the_gradient(step, c):
    rule, x, state, g = step
    if not isinstance(rule, GradientDescent | Momentum):
        return
    moved, b = rule.step(np.zeros_like(x), state, g)
    scaled, cb = rule.step(np.zeros_like(x), like(state, [c * part for part in parts(state)]), c * g)
    assert np.array_equal(scaled, c * moved)
    assert all(np.array_equal(q, c * p) for p, q in zip(parts(b), parts(cb), strict=True))


@given(steps())
def test_sign_symmetry(step):
    """In a mirror everything happens in the mirror: −x, −g gives −x; v is the same, and averages of g are turned round."""
    rule, x, state, g = step
    turned = state
    if isinstance(state, AdamState):
        turned = AdamState(-state.m, state.v, state.t)
    elif isinstance(rule, Momentum):
        turned = -state
    x1, s1 = rule.step(x, state, g)
    x2, s2 = rule.step(-x, turned, -g)
    assert np.array_equal(x2, -x1)
    if isinstance(s1, AdamState):
        assert np.array_equal(s2.m, -s1.m) and np.array_equal(s2.v, s1.v)
    elif parts(s1):
        assert np.array_equal(s2, -s1 if isinstance(rule, Momentum) else s1)


@given(steps(), st.randoms(use_true_random=False))
def test_permutation_equivariance(step, random):
    """Coordinates do not see each other: renumbered before is renumbered after, and each alone gives the same."""
    rule, x, state, g = step
    order = list(range(len(x)))
    random.shuffle(order)
    x1, s1 = rule.step(x, state, g)
    x2, s2 = rule.step(x[order], like(state, [part[order] for part in parts(state)]), g[order])
    assert np.array_equal(x2, x1[order])
    assert all(np.array_equal(q, p[order]) for p, q in zip(parts(s1), parts(s2), strict=True))
    for i in range(len(x)):
        alone, _ = rule.step(x[i : i + 1], like(state, [part[i : i + 1] for part in parts(state)]), g[i : i + 1])
        assert np.array_equal(alone, x1[i : i + 1])


@given(steps(), numbers)
def test_a_step_does_not_depend_on_where_it_is_taken(step, shift):
    rule, x, state, g = step
    s = rule.step(x, state, g)[1]
    elsewhere = rule.step(x + shift, state, g)[1]
    assert all(np.array_equal(p, q) for p, q in zip(parts(s), parts(elsewhere), strict=True))


# Bounds.


@given(lrs, decays, st.floats(0, 1), st.lists(numbers, min_size=1, max_size=20))
def test_bounds_of_steps_and_accumulators(lr, decay, eps, gradients):
    slack = 1 + 1e-9

    def run(rule):
        state = rule.init(np.zeros(1))
        for g in gradients:
            with np.errstate(invalid="ignore"):
                step, new = rule.step(np.zeros(1), state, np.array([g]))
            yield -step[0], parts(state), parts(new), g
            state = new

    largest = max(g * g for g in gradients)
    for step, (v,), (w,), g in run(Adagrad(lr, eps)):
        assert w[0] >= v[0] >= 0 and w[0] >= g * g  # it never forgets
        assert np.isnan(step) or abs(step) <= lr * slack
        assert np.isnan(step) or step * g >= 0
    for step, (v,), (w,), g in run(RMSprop(lr, decay, eps)):
        assert min(v[0], g * g) * (1 - 1e-12) <= w[0] <= max(v[0], g * g) * (1 + 1e-12) <= largest * (1 + 1e-9)
        assert w[0] >= decay * v[0]
        assert np.isnan(step) or abs(step) <= lr / math.sqrt(1 - decay) * slack
        assert np.isnan(step) or step * g >= 0
    for step, _, (m, v), _ in run(Adam(lr, decay, decay, eps)):
        assert m[0] ** 2 <= v[0] * (1 + 1e-6) + 1e-300  # the square of a mean is at most the mean of the squares
        assert np.isnan(step) or abs(step) <= lr * (1 + 1e-6)
    for step, _, _, g in run(SignDescent(lr)):
        assert abs(step) == (lr if g else 0)


# A rule is a value, and a step changes nothing that it was given.


@given(steps())
def test_a_step_is_pure(step):
    rule, x, state, g = step
    before = repr(rule), x.copy(), [part.copy() for part in parts(state)], g.copy()
    for array in (x, g, *parts(state)):
        array.setflags(write=False)
    x1, s1 = rule.step(x, state, g)
    x2, s2 = rule.step(x, state, g)
    assert repr(rule) == before[0] and np.array_equal(x, before[1]) and np.array_equal(g, before[3])
    assert all(np.array_equal(p, q) for p, q in zip(parts(state), before[2], strict=True))
    assert x1.tobytes() == x2.tobytes() and all(p.tobytes() == q.tobytes() for p, q in zip(parts(s1), parts(s2), strict=True))
    made, was_given = [x1, *parts(s1)], [x, g, *parts(state)]
    assert not any(np.shares_memory(a, b) for a in made for b in was_given)


@by_name
def test_init(rule):
    x = np.array([[1.0, 2.0, 3.0]])
    state = rule.init(x)
    if isinstance(rule, GradientDescent | SignDescent):
        assert state == ()
    for part in parts(state):
        assert part.shape == x.shape and not part.any() and not np.shares_memory(part, x)
    if isinstance(rule, Adam):
        assert isinstance(state, AdamState) and len(parts(state)) == 2 and state.t == 0
        assert not np.shares_memory(state.m, state.v)


@by_name
def test_a_rule_is_a_value(rule):
    assert eval(repr(rule)) == rule and hash(rule) == hash(replace(rule))
    assert replace(rule, lr=0.25).lr == 0.25 and rule.lr == 0.1 and replace(rule, lr=0.25) != rule
    with pytest.raises(FrozenInstanceError):
        rule.lr = 1.0
    with pytest.raises(ValueError, match="lr is -1"):
        replace(rule, lr=-1)


def test_defaults():
    """The defaults that the pages speak of."""
    assert repr(Momentum(1.0)) == "Momentum(lr=1.0, beta=0.9)"
    assert repr(Adagrad(1.0)) == "Adagrad(lr=1.0, eps=1e-10, eps_root=0.0, v0=0.0)"
    assert repr(RMSprop(1.0)) == "RMSprop(lr=1.0, alpha=0.9, eps=1e-08, eps_root=0.0)"
    assert repr(Adam(1.0)) == "Adam(lr=1.0, beta1=0.9, beta2=0.999, eps=1e-08, eps_root=0.0)"


# Hyper-parameters broadcast: a grid at once is, bit for bit, a loop over its settings.

GRID_LRS, GRID_DECAYS, GRID_FLOORS = np.array([1e-3, 0.05, 3.0]), np.array([0.0, 0.5, 0.9, 0.999]), np.array([0.0, 1e-3])


@pytest.mark.parametrize(
    "make",
    [
        lambda lr, decay, floor: GradientDescent(lr),
        lambda lr, decay, floor: SignDescent(lr),
        lambda lr, decay, floor: Momentum(lr, decay),
        lambda lr, decay, floor: Adagrad(lr, floor),
        lambda lr, decay, floor: Adagrad(lr, 0.0, floor),
        lambda lr, decay, floor: RMSprop(lr, decay, floor),
        lambda lr, decay, floor: RMSprop(lr, decay, 0.0, floor),
        lambda lr, decay, floor: Adam(lr, 0.5, decay, floor),
        lambda lr, decay, floor: Adam(lr, decay, 0.5, 0.0, floor),
    ],
)
def test_broadcasting_equals_a_loop_bit_for_bit(make):
    rng = np.random.default_rng(0)
    x, gradients = rng.normal(size=2), rng.normal(size=(7, 2)) * [1, 100]
    grid = make(GRID_LRS[:, None, None, None], GRID_DECAYS[:, None, None], GRID_FLOORS[:, None])
    together, states = after(grid, x, gradients)
    together = np.broadcast_to(together, (3, 4, 2, 2))
    for i, j, k in np.ndindex(3, 4, 2):
        alone, state = after(make(GRID_LRS[i].item(), GRID_DECAYS[j].item(), GRID_FLOORS[k].item()), x, gradients)
        if isinstance(grid, Adam):  # β^t by NumPy and by Python may differ in the last bit
            assert np.allclose(together[i, j, k], alone, rtol=1e-13, atol=0), (i, j, k)
        else:
            assert np.array_equal(together[i, j, k], alone), (i, j, k)
        for part, whole in zip(parts(state), parts(states), strict=True):
            assert np.array_equal(np.broadcast_to(whole, (3, 4, 2, 2))[i, j, k], part), (i, j, k)


# Types and the edge of the number range.


@by_name
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtype_is_preserved(rule, dtype):
    x, state = after(rule, np.array([1, -2], dtype=dtype), [np.array([0.5, 4], dtype=dtype)] * 3)
    assert x.dtype == dtype and all(part.dtype == dtype for part in parts(state))
    assert np.isfinite(x).all()


def pulled_by(g):
    """An objective of one parameter with the same gradient ``g`` everywhere."""
    return Objective("g x", lambda x: g * x[..., 0], lambda x: np.full_like(x, g), None)


SMALLEST = 5e-324
EDGE = [
    # rule, gradient, number of steps, how far it went (towards −g)
    (RMSprop(1.0, 0.75), 0.0, 3, 0.0),
    (RMSprop(1.0, 0.75, eps=0), 0.0, 1, math.nan),  # 0/0
    (RMSprop(1.0, 0.75, eps=0, eps_root=1e-8), 0.0, 3, 0.0),
    (RMSprop(1.0, 0.75), SMALLEST, 1, SMALLEST / 1e-8),  # g² underflows to 0: only the floor divides
    (RMSprop(1.0, 0.75, eps=0), SMALLEST, 1, math.inf),
    (RMSprop(1.0, 0.75, eps=0), 1e-150, 1, 2.0),  # still scale-free
    (RMSprop(1.0, 0.75, eps=0), 1e150, 1, 2.0),
    (RMSprop(1.0, 0.75), 1e200, 5, 0.0),  # g² overflows: v = ∞ and the coordinate stands still
    (RMSprop(1.0, 0.75), math.inf, 1, math.nan),
    (RMSprop(1.0, 0.75), math.nan, 1, math.nan),
    (Adagrad(1.0), 0.0, 3, 0.0),
    (Adagrad(1.0, eps=0), 0.0, 1, math.nan),
    (Adagrad(1.0), SMALLEST, 1, SMALLEST / 1e-10),
    (Adagrad(1.0), 1e200, 5, 0.0),
    (Adagrad(1.0), math.inf, 1, math.nan),
    (Adagrad(1.0), math.nan, 1, math.nan),
    (Adam(1.0), 0.0, 3, 0.0),
    (Adam(1.0, eps=0), 0.0, 1, math.nan),
    (Adam(1.0, 0.0, 0.0), SMALLEST, 1, SMALLEST / 1e-8),
    (Adam(1.0), 1e200, 5, 0.0),
    (Adam(1.0), math.inf, 1, math.nan),
    (Adam(1.0), math.nan, 1, math.nan),
    (SignDescent(1.0), 0.0, 3, 0.0),
    (SignDescent(1.0), SMALLEST, 3, 3.0),
    (SignDescent(1.0), math.inf, 3, 3.0),
    (SignDescent(1.0), math.nan, 1, math.nan),
    (GradientDescent(1.0), 0.0, 3, 0.0),
    (GradientDescent(1.0), SMALLEST, 1, SMALLEST),
    (GradientDescent(1.0), 1e308, 3, math.inf),
    (GradientDescent(1.0), math.nan, 1, math.nan),
    (Momentum(1.0, 0.5), 0.0, 3, 0.0),
    (Momentum(1.0, 0.5), 1e308, 1, 1e308),
    (Momentum(1.0, 0.5), 1.7e308, 3, math.inf),
    (Momentum(1.0, 0.5), math.inf, 2, math.inf),
    (Momentum(1.0, 0.5), math.nan, 1, math.nan),
]


@pytest.mark.parametrize(("rule", "g", "n", "far"), EDGE, ids=lambda value: repr(value))
def test_the_edge_of_the_number_range_is_walked_without_a_warning(rule, g, n, far):
    run = descend(rule, pulled_by(g), [0.0], n)
    run.f, run.g, run.states  # noqa: B018 (they too are computed without a warning)
    went = -run.x[-1, 0]
    assert math.isclose(went, far, rel_tol=1e-12) or (math.isnan(went) and math.isnan(far)), went


def test_a_nan_stays_in_its_own_coordinate():
    f = Objective("", lambda x: x.sum(-1), lambda x: np.stack([np.full_like(x[..., 0], np.nan), x[..., 1]], -1), None)
    for rule in RULES:
        run = descend(rule, f, [1.0, 1.0], 5)
        assert np.isnan(run.x[1:, 0]).all() and np.isfinite(run.x[:, 1]).all()


def test_float16_needs_its_floor():
    """1e-8 is 0 in float16: a zero gradient becomes 0/0, whatever the floor was meant to do."""
    run = descend(RMSprop(0.1), pulled_by(0.0), np.zeros(1, np.float16), 1)
    assert run.x.dtype == np.float16 and np.isnan(run.x[1, 0])
    assert descend(RMSprop(0.1, eps=1e-4), pulled_by(0.0), np.zeros(1, np.float16), 1).x[1, 0] == 0


# Bad input.

NOTHING, HIDDEN = np.zeros((0, 1)), np.ma.array([0.5, 0.5], mask=[False, True])
POSITIVE = [0, -1, -1e-300, math.inf, -math.inf, math.nan, None, "0.1", True, 1j, [0.1, 0.2], (0.1,), np.array([0.1, 0.0]), np.array(["a"])]
POSITIVE += [10**400, NOTHING, HIDDEN]
NOT_NEGATIVE = [-1e-300, -1, math.inf, math.nan, None, "0", False, 1j, [0.0], np.array([[0.0], [-2.0]]), np.array([True])]
NOT_NEGATIVE += [10**400, NOTHING, HIDDEN]
FRACTION = [-1e-300, 1, 1.0, 2, math.inf, math.nan, None, "0.9", False, 1j, [0.9], np.array([0.5, 1.0]), np.array([None])]
FRACTION += [-(10**400), NOTHING, HIDDEN]
ALLOWED = {
    "lr": (POSITIVE, "a finite number above 0"),
    "beta": (FRACTION, "in [0, 1), that is 0 ≤ beta < 1"),
    "alpha": (FRACTION, "in [0, 1), that is 0 ≤ alpha < 1"),
    "beta1": (FRACTION, "in [0, 1), that is 0 ≤ beta1 < 1"),
    "beta2": (FRACTION, "in [0, 1), that is 0 ≤ beta2 < 1"),
    "eps": (NOT_NEGATIVE, "a finite number, 0 or more"),
    "eps_root": (NOT_NEGATIVE, "a finite number, 0 or more"),
    "v0": (NOT_NEGATIVE, "a finite number, 0 or more"),
}


@pytest.mark.parametrize("kind", [GradientDescent, SignDescent, Momentum, Adagrad, RMSprop, Adam])
def test_every_hyper_parameter_refuses_what_is_outside_its_range(kind):
    for field in fields(kind):
        refused, allowed = ALLOWED[field.name]
        for value in refused:
            with pytest.raises(ValueError) as error:
                kind(**{"lr": 0.1, field.name: value})
            message = str(error.value)
            assert message.startswith(f"{field.name} is ") and allowed in message and message.endswith("."), message
            if type(value) is np.ndarray and value.dtype.kind == "f" and value.size:
                assert f"is {value.flat[1]!r}".replace("np.float64(", "").replace(")", "") in message
                assert "at one place of its array" in message
            else:
                assert f"is {value!r};" in message


@pytest.mark.parametrize(
    "rule",
    [
        lambda: GradientDescent(lr=np.float32(0.1)),
        lambda: GradientDescent(lr=2),
        lambda: GradientDescent(lr=np.int64(2)),
        lambda: GradientDescent(lr=2**70),
        lambda: Momentum(lr=1e-300, beta=0),
        lambda: RMSprop(lr=np.array([0.1, 1]), alpha=np.array([0, 0.5]), eps=np.zeros(2), eps_root=0),
        lambda: RMSprop(lr=1, alpha=math.nextafter(1, 0)),
        lambda: Adam(lr=np.array(0.1), beta1=0, beta2=0, eps=0),
    ],
)
def test_what_is_inside_the_range_is_taken(rule):
    rule()


def test_adagrads_sum_may_start_above_0():
    """TensorFlow, Keras and optax start it at 0.1: a first gradient of 0.1 then moves 0.3015 γ instead of γ."""
    x, v = np.zeros(2), np.array([0.1, -0.1])
    moved, state = Adagrad(lr=1, eps=0, v0=0.1).step(x, Adagrad(lr=1, v0=0.1).init(x), v)
    assert np.round(moved, 4).tolist() == [-0.3015, 0.3015] and np.allclose(state, 0.11)
    assert Adagrad(lr=1, v0=0.1).init(np.float32([1, 2])).dtype == np.float32
    with pytest.raises(ValueError, match="v0 is -1"):
        Adagrad(lr=1, v0=-1)


RULES_OF_ALL_KINDS = [GradientDescent(0.1), SignDescent(0.1), Momentum(0.1), Adagrad(0.1), RMSprop(0.1), Adam(0.1), torch(lr=0.1)]


@pytest.mark.parametrize("rule", RULES_OF_ALL_KINDS, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("whole", [[5_000_000_000, 1], np.array([100, -128], np.int8), np.array([60_000, 3], np.uint16)], ids=repr)
def test_whole_numbers_do_not_overflow(rule, whole):
    """5,000,000,000² does not fit into 64 bits, nor 100² into 8: NumPy would go on with what is left of it."""
    x, state = np.array([1, 2], np.int8), rule.init(np.ones(2))
    for _ in range(2):
        made, wanted = rule.step(x, state, whole), rule.step(x.astype(float), state, np.asarray(whole, float))
        assert np.array_equal(made[0], wanted[0]) and repr(made[1]) == repr(wanted[1])
        x, state = made


@pytest.mark.parametrize("rule", RULES_OF_ALL_KINDS, ids=lambda rule: type(rule).__name__)
@pytest.mark.parametrize("bad", [1j, np.array([1j, 0]), None, "1", True, np.array([True, False]), [10**400, 1], np.ma.ones(2)], ids=repr)
def test_a_step_refuses_what_is_no_real_number(rule, bad):
    x = np.ones(2)
    for given in ({"x": bad, "g": x}, {"x": x, "g": bad}):
        name = next(name for name, value in given.items() if value is bad)
        with pytest.raises(ValueError, match=rf"(?s){name} is .*; it must be an array of numbers"):
            rule.step(given["x"], rule.init(x), given["g"])


def test_a_step_refuses_a_state_that_is_no_real_number():
    x = np.ones(2)
    with pytest.raises(ValueError, match="state is .*j"):
        RMSprop(0.1).step(x, 1j * x, x)
    with pytest.raises(ValueError, match="v is .*j"):
        Adam(0.1).step(x, Adam(0.1).init(x)._replace(v=1j * x), x)
