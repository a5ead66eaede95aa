"""The theorems of the chapter "Give every parameter its own ruler": T9 and T22."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rmsprop_lib import Adagrad, RMSprop, SignDescent, descend, quadratic, shifted

RULES = ["SignDescent", "Adagrad", "RMSprop"]
seeds = st.integers(0, 2**32 - 1)
rates = st.floats(1e-3, 2)
decays = st.floats(0, 0.999)


def rule_of(name, lr, alpha):
    return {
        "SignDescent": SignDescent(lr=lr),
        "Adagrad": Adagrad(lr=lr, eps=0),
        "RMSprop": RMSprop(lr=lr, alpha=alpha, eps=0),
    }[name]


def landscape(rng, n):
    """A random smooth gradient in which the parameters do depend on one another."""
    a, b = rng.normal(size=(n, n)), rng.normal(size=n)
    return lambda x: a @ x + np.sin(3 * x) + b


def walk(step, gradient, start, steps):
    """The positions of ``step(history of gradients) -> displacement`` along ``gradient``."""
    x, seen = [np.asarray(start, dtype=float)], []
    for _ in range(steps):
        seen.append(gradient(x[-1]))
        x.append(x[-1] + step(np.array(seen)))
    return np.array(x)


def library_walk(rule, gradient, start, steps):
    x = [np.asarray(start, dtype=float)]
    state = rule.init(x[0])
    for _ in range(steps):
        new, state = rule.step(x[-1], state, gradient(x[-1]))
        x.append(new)
    return np.array(x)


def replay(rule, gradients):
    """The displacements that ``rule`` answers a given sequence of gradients with."""
    x = np.zeros(gradients.shape[1])
    state, steps = rule.init(x), []
    for g in gradients:
        new, state = rule.step(x, state, g)
        steps.append(new - x)
    return np.array(steps)


@pytest.mark.parametrize("name", RULES)
@settings(deadline=None)
@given(seed=seeds, n=st.integers(1, 5), lr=rates, alpha=decays, data=st.data())
def test_T9_powers_of_two_per_coordinate_change_nothing_at_all(name, seed, n, lr, alpha, data):
    powers = data.draw(st.lists(st.integers(-60, 60), min_size=n, max_size=n))
    rng = np.random.default_rng(seed)
    gradient, start, c = landscape(rng, n), rng.normal(size=n), 2.0 ** np.array(powers)
    rule = rule_of(name, lr, alpha)
    usual = library_walk(rule, gradient, start, 40)
    scaled = library_walk(rule, lambda x: c * gradient(x), start, 40)
    assert np.all(np.isfinite(usual)) and np.array_equal(usual, scaled)


@pytest.mark.parametrize("name", RULES)
@settings(deadline=None)
@given(seed=seeds, n=st.integers(1, 5), lr=rates, alpha=st.floats(1e-3, 0.999))
def test_T9_any_factor_per_coordinate_changes_nothing_but_rounding(name, seed, n, lr, alpha):
    # The gradients are replayed: in a closed loop a rule that bounces can blow one rounding error up.
    rng = np.random.default_rng(seed)
    gradients = rng.standard_cauchy(size=(60, n))
    gradients[1:][rng.random((59, n)) < 0.2] = 0  # there the parameter stays
    c = 10.0 ** rng.uniform(-40, 40, size=n)
    rule = rule_of(name, lr, alpha)
    first, second = replay(rule, gradients), replay(rule, c * gradients)
    assert np.array_equal(first != 0, gradients != 0) and np.allclose(first, second, rtol=1e-11, atol=1e-14)


def rprop_divisor(g):
    """|g_t| divided by a step size that grows by 1.2 while the sign stays and halves when it flips."""
    turns = np.sign(g[1:]) * np.sign(g[:-1])
    return np.abs(g[-1]) / np.prod(np.where(turns > 0, 1.2, np.where(turns < 0, 0.5, 1.0)), axis=0)


@pytest.mark.parametrize(
    "divisor",
    [lambda g: np.abs(g[-1]), lambda g: np.abs(g).max(axis=0), lambda g: np.abs(g).mean(axis=0), rprop_divisor],
    ids=["size", "largest", "mean size", "Rprop"],
)
@settings(deadline=None, max_examples=40)
@given(seed=seeds, n=st.integers(1, 4))
def test_T9_holds_for_every_divisor_that_scales(divisor, seed, n):
    rng = np.random.default_rng(seed)
    gradient, start, c = landscape(rng, n), rng.normal(size=n), 2.0 ** rng.integers(-40, 41, size=n)

    def step(g):
        return -0.05 * g[-1] / divisor(g)

    assert np.array_equal(walk(step, gradient, start, 25), walk(step, lambda x: c * gradient(x), start, 25))


def test_T9_needs_an_empty_start_no_floor_and_one_divisor_per_component():
    gradients = np.random.default_rng(0).normal(size=(10, 2))
    assert not np.allclose(replay(RMSprop(lr=1, eps=1e-2), gradients), replay(RMSprop(lr=1, eps=1e-2), 100 * gradients))

    class FromOne(RMSprop):
        def init(self, x):
            return np.ones_like(x)

    assert not np.allclose(replay(FromOne(lr=1, eps=0), gradients), replay(FromOne(lr=1, eps=0), 100 * gradients))
    c = np.array([1, 100.0])
    lengths = [np.linalg.norm(g, axis=1, keepdims=True) for g in (gradients, c * gradients)]
    assert not np.allclose(gradients / lengths[0], c * gradients / lengths[1])


def moved(rule, *c, steps=60):
    usual = descend(rule, quadratic(0.2, 4), [-5.0, -2.0], steps).x
    scaled = descend(rule, quadratic(0.2 * c[0], 4 * c[1]), [-5.0, -2.0], steps).x
    return np.abs(scaled - usual).max()


@pytest.mark.parametrize("name", RULES)
def test_T9_numbers_on_the_page(name):
    rule = rule_of(name, 0.4, 0.9)
    assert moved(rule, 2**20, 2**20) == 0
    for c in [(1e6, 1e6), (1e-6, 1e-6), (1, 1000), (1e-150, 1e-150)]:
        assert moved(rule, *c) < 4e-15
    if name == "SignDescent":
        assert moved(rule, 1e-165, 1e-165) == moved(rule, 1e155, 1e155) == 0
    else:
        assert 1e-5 < moved(rule, 1e-160, 1e-160) < 1e-2  # g² is subnormal: few digits left
        assert np.isnan(moved(rule, 1e-165, 1e-165))  # g² = 0
        assert descend(rule, quadratic(0.2e155, 4e155), [-5.0, -2.0], 60).x[-1].tolist() == [-5, -2]  # g² = ∞
    if name == "RMSprop":
        assert 0.001 < moved(rule, 1e-160, 1e-160) < 0.01


@settings(deadline=None)
@given(seed=seeds, n=st.integers(1, 5), power=st.integers(-10, 3))
def test_T22_without_memory_every_step_is_exactly_the_learning_rate(seed, n, power):
    rng = np.random.default_rng(seed)
    gradient, start, lr = landscape(rng, n), rng.normal(size=n), 2.0**power  # a power of two: γg/|g| is not rounded
    memory = library_walk(RMSprop(lr=lr, alpha=0, eps=0), gradient, start, 40)
    signs = library_walk(SignDescent(lr=lr), gradient, start, 40)
    assert np.array_equal(memory, signs)
    assert np.array_equal(replay(RMSprop(lr=lr, alpha=0, eps=0), np.full((3, n), -1e-9)), np.full((3, n), lr))


@settings(deadline=None)
@given(seed=seeds, n=st.integers(1, 5), lr=rates, alpha=decays, v0=st.floats(0, 100))
def test_T22_the_step_depends_on_memory_through_one_ratio(seed, n, lr, alpha, v0):
    gradients = np.random.default_rng(seed).standard_cauchy(size=(20, n))
    x, v, rule = np.zeros(n), np.full(n, v0), RMSprop(lr=lr, alpha=alpha, eps=0)
    for g in gradients:
        ratio = v / g**2
        new, v = rule.step(x, v, g)
        assert np.allclose(new - x, -lr * np.sign(g) / np.sqrt(1 + alpha * (ratio - 1)), rtol=1e-9, atol=1e-15)


@settings(deadline=None)
@given(seed=seeds, n=st.integers(1, 4), lr=st.floats(1e-3, 0.3), v0=st.floats(0, 4))
def test_T22_paths_tend_to_sign_descent_as_memory_shrinks(seed, n, lr, v0):
    rng = np.random.default_rng(seed)
    gradient, start = landscape(rng, n), rng.normal(size=n)
    signs = library_walk(SignDescent(lr=lr), gradient, start, 8)
    met = np.abs([gradient(x) for x in signs[:-1]])
    assume(met.min() > 1e-2)

    def apart(alpha):
        x, v, gap = start, np.full(n, v0), 0
        for there in signs[1:]:
            x, v = RMSprop(lr=lr, alpha=alpha, eps=0).step(x, v, gradient(x))
            gap = max(gap, np.abs(x - there).max())
        return gap

    # The first order in α: the gap is a tenth when α is a tenth.
    near, nearer = apart(1e-9), apart(1e-10)
    assert near < 1e-2 and nearer < 0.2 * near + 1e-12


def test_T22_numbers_on_the_page():
    valley, start = quadratic(0.2, 4), [-5.0, -2.0]

    def run(alpha, steps):
        return descend(RMSprop(lr=0.3, alpha=alpha, eps=0), valley, start, steps).x

    signs = descend(SignDescent(lr=0.3), valley, start, 5000).x
    assert np.allclose(run(0, 5000), signs, rtol=0, atol=1e-9)
    gaps = [np.abs(run(alpha, 20) - signs[:21]).max() for alpha in (0.1, 0.01, 0.001)]
    assert np.round(gaps, 4).tolist() == [0.3335, 0.0207, 0.0025]
    assert np.allclose(np.sort(signs[-2:], axis=0), [[-0.2, -0.2], [0.1, 0.1]])
    assert np.allclose(np.abs(run(0.001, 5000)[-2:]), 0.15)  # the long run is another matter


@pytest.mark.parametrize("name", RULES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@settings(deadline=None, max_examples=30)
@given(seed=seeds, n=st.integers(1, 4), lr=rates, alpha=decays)
def test_T9_holds_wherever_the_minimum_is_and_in_float32(name, dtype, seed, n, lr, alpha):
    rng = np.random.default_rng(seed)
    lam, centre, start = rng.uniform(0.1, 4, n), rng.uniform(-20, 20, n), rng.normal(size=n)
    c = (2.0 ** rng.integers(-10, 11, size=n)).astype(dtype)
    start, centre, lam = (start + centre).astype(dtype), centre.astype(dtype), lam.astype(dtype)
    alpha, lr = dtype(alpha), dtype(lr)

    def run(c):
        x, v, path = start.copy(), np.zeros(n, dtype), []
        for _ in range(40):
            g = c * (lam * (x - centre))
            v = {"SignDescent": g**2, "Adagrad": v + g**2, "RMSprop": alpha * v + (1 - alpha) * g**2}[name]
            x = x - lr * np.divide(g, np.sqrt(v), out=np.zeros_like(g), where=g != 0)
            path.append(x)
        assert x.dtype == dtype
        return np.array(path)

    assert np.array_equal(run(np.ones(n, dtype)), run(c))


@given(seed=seeds, shift=st.floats(-20, 20), power=st.integers(-6, -1))
def test_T22_without_memory_wherever_the_minimum_is(seed, shift, power):
    f, start = shifted(quadratic(0.2, 4), [shift, -shift]), np.random.default_rng(seed).normal(size=2)
    memory = descend(RMSprop(lr=2.0**power, alpha=0, eps=0), f, start, 200).x
    assert np.array_equal(memory, descend(SignDescent(lr=2.0**power), f, start, 200).x)
    steps = np.abs(np.diff(memory, axis=0))
    assert np.allclose(steps[steps != 0], 2.0**power)


def sum_of_votes(alpha, votes, rounds):
    """The steps that ``votes`` cause in the end, in units of γ, when they come round again and again; α may be an array."""
    v, steps = np.mean(np.square(votes)), [0.0] * len(votes)
    for _ in range(rounds):
        for k, g in enumerate(votes):
            v = alpha * v + (1 - alpha) * g**2
            steps[k] = -g / v**0.5
    return sum(steps)


@settings(deadline=None, max_examples=60)
@given(alpha=st.floats(0, 0.98), k=st.integers(2, 15), a=st.floats(1e-3, 1e3))
def test_the_vote_of_the_many_weighs_too_much_at_every_memory(alpha, k, a):
    """k gradients +a and one −ka: the sum is −(k − 1)γ without memory, and stays below 0, the nearer to it the longer the memory."""
    votes = np.array([a] * k + [-k * a])
    rounds = int(np.ceil(40 / (k + 1) / (1 - alpha)))
    total = sum_of_votes(alpha, votes, rounds)
    assert -(k - 1) - 1e-9 <= total < 0
    assert sum_of_votes(alpha * 0.9, votes, rounds) <= total + 1e-9
    assert sum_of_votes(0, votes, 1) == pytest.approx(-(k - 1))


def test_the_ten_votes_on_the_page_and_between_the_stops_of_its_slider():
    votes = np.array([0.1] * 9 + [-0.9])
    assert np.round([sum_of_votes(alpha, votes, 300) for alpha in (0, 0.5, 0.9, 0.99)], 3).tolist() == [-8, -4.274, -0.679, -0.067]
    fine = sum_of_votes(np.linspace(0, 0.98, 197), votes, 120)
    assert np.all(np.diff(fine) > 0) and fine[-1] < 0


@settings(deadline=None, max_examples=30)
@given(seed=seeds, power=st.floats(-1, 1.5), size=st.floats(0.01, 100))
def test_what_noise_leaves_of_the_condition_number(seed, power, size):
    """Gradients of spread ∝ λᵖ at the minimum: dividing by their root mean square leaves κ^∣1−p∣, whatever the spread's size."""
    rng = np.random.default_rng(seed)
    lam = np.array([1.0, rng.uniform(2, 100)])
    targets = rng.normal(size=(40_000, 2)) * size * lam ** (power - 1)
    gradients = lam * (0 - targets)  # of ½λ(x − y)² at x = 0, the minimum
    left = lam / np.sqrt((gradients**2).mean(axis=0))
    assert left.max() / left.min() == pytest.approx((lam[1] / lam[0]) ** abs(1 - power), rel=0.05)


def test_in_a_correct_regression_the_gradients_spread_as_the_root_of_the_curvature():
    rng, lam = np.random.default_rng(5), np.array([[0.2, 4.0], [1.0, 100.0]])           # two regressions
    v, rule = np.zeros((2, 2)), RMSprop(lr=1e-12, alpha=0.9998, eps=0)
    x, features = np.tile([0.3, -1.2], (2, 1)), rng.normal(size=(60_000, 1, 2)) * np.sqrt(lam)
    for row, miss in zip(features, 0.7 * rng.normal(size=60_000), strict=True):
        _, v = rule.step(x, v, row * miss)  # at the true weights, one example at a time
    assert np.sqrt(v) == pytest.approx(0.7 * np.sqrt(lam), rel=0.05)


@pytest.mark.parametrize("alpha, rounds", [(0.5, 2), (0.9, 10), (0.99, 150)])
def test_the_sum_of_the_ten_votes_is_that_of_the_long_run(alpha, rounds):
    """From v₀ = 0 the first round is far off, at α = 0.9 by a factor of nineteen, so the page says "in the long run"."""
    votes, v, sums = np.array([0.1] * 9 + [-0.9]), 0.0, []
    for _ in range(rounds):
        steps = []
        for g in votes:
            v = alpha * v + (1 - alpha) * g**2
            steps.append(-g / np.sqrt(v))
        sums.append(sum(steps))
    final = sum_of_votes(alpha, votes, 400)
    assert sums[0] < 1.5 * final and sums[-1] == pytest.approx(final, rel=0.02)
    if alpha == 0.9:
        assert np.round([sums[0], sums[1], sums[-1]], 2).tolist() == [-13.03, -1.21, -0.68]
