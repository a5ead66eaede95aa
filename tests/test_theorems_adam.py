"""The theorems of the chapter “Adam = momentum + RMSprop (+ one correction)”."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import Adagrad, Adam, GradientDescent, Momentum, RMSprop, descend, quadratic, rotated, saddle, shifted
from rmsprop_lib.dialects import GeneralRMSprop

some = settings(deadline=None, max_examples=40)
decays = st.floats(0, 0.999)
sizes = st.floats(-1e6, 1e6).filter(lambda g: g == 0 or abs(g) > 1e-6)
series = arrays(float, 40, elements=sizes).filter(lambda g: g[0] != 0)


def walk(rule, gradients):
    """The steps of one parameter under given gradients; a function of t stands for a schedule."""
    rule_at = rule if not hasattr(rule, "step") else lambda t: rule
    state, steps = rule_at(1).init(np.zeros(1)), []
    for t, g in enumerate(gradients, 1):
        step, state = rule_at(t).step(np.zeros(1), state, np.full(1, g))
        steps.append(-step[0])
    return np.array(steps)


def uncorrected(lr, beta1, beta2):
    """Adam's averages as they are, by the two recurrences written out."""

    class Rule:
        def init(self, x):
            return np.zeros_like(x), np.zeros_like(x)

        def step(self, x, state, g):
            m, v = beta1 * state[0] + (1 - beta1) * g, beta2 * state[1] + (1 - beta2) * g**2
            return x - lr * m / np.sqrt(v), (m, v)

    return Rule()


# T25


@some
@given(series, st.floats(0.001, 0.999), st.floats(1e-4, 10))
def test_T25_adam_without_momentum_is_rmsprop_with_a_correction(gradients, alpha, lr):
    adam = walk(Adam(lr, beta1=0, beta2=alpha, eps=0), gradients)
    rmsprop = walk(RMSprop(lr, alpha, eps=0), gradients)
    t = np.arange(1, 41)
    np.testing.assert_allclose(adam, rmsprop * np.sqrt(1 - alpha**t), rtol=1e-12, atol=0)
    warmed_up = walk(lambda t: RMSprop(lr * np.sqrt(1 - alpha**t), alpha, eps=0), gradients)
    np.testing.assert_allclose(adam, warmed_up, rtol=1e-12, atol=0)


def test_T25_printed_ratios():
    g = np.random.default_rng(25).normal(size=100)
    ratio = walk(RMSprop(1.0, 0.9, eps=0), g) / walk(Adam(1.0, 0, 0.9, eps=0), g)
    np.testing.assert_allclose(ratio[[0, 9, 99]], [3.16228, 1.23909, 1.00001], atol=5e-6)


# T26

betas = st.tuples(st.floats(0, 0.98), st.floats(0.01, 0.999))


@some
@given(sizes.filter(bool), betas, st.floats(1e-4, 10))
def test_T26_first_step_and_constant_gradient(g, b, lr):
    steps = walk(Adam(lr, *b, eps=0), [g] * 60)
    np.testing.assert_allclose(steps, lr * np.sign(g), rtol=1e-9)
    t = np.arange(1, 61)
    bare = walk(uncorrected(lr, *b), [g] * 60)
    np.testing.assert_allclose(bare, lr * np.sign(g) * (1 - b[0] ** t) / np.sqrt(1 - b[1] ** t), rtol=1e-9)


@some
@given(sizes.filter(bool), sizes, betas)
def test_T26_the_first_step_needs_one_gradient_only(first, second, b):
    np.testing.assert_allclose(walk(Adam(0.1, *b, eps=0), [first, second])[0], 0.1 * np.sign(first), rtol=1e-12)


def limit(beta1, beta2):
    return (1 - beta1) / np.sqrt((1 - beta2) * (1 - beta1**2 / beta2))


@some
@given(series, betas.filter(lambda b: b[0] ** 2 < 0.999 * b[1]))
def test_T26_no_step_is_longer_than_the_limit(gradients, b):
    for rule in (Adam(1.0, *b, eps=0), uncorrected(1.0, *b)):
        assert np.abs(walk(rule, gradients)).max() <= limit(*b) * (1 + 1e-9)


def sums(b, t):
    """S_t(β₂), S_t(q) and S_t(β₁) of the proof."""
    return [(1 - r**t) / (1 - r) for r in (b[1], b[0] ** 2 / b[1], b[0])]


@some
@given(st.floats(0.05, 0.95), st.floats(0.01, 0.97), st.sampled_from([-1, 1]))
def test_T26_the_limit_is_approached(beta1, share, sign):
    """Gradients that change by the factor β₂/β₁ take the steps γ B_t of the proof, and B_t comes as near to B as you like."""
    b = beta1, beta1**2 + share * (1 - beta1**2)
    ratio = b[1] / b[0]
    long = np.log(1e-7) / np.log(max(b[1], beta1**2 / b[1]))
    T = int(max(2, min(long + 2, 240 / abs(np.log10(ratio) or 1), 3000)))   # as far as squares of such gradients can be written
    gradients = sign * ratio ** (np.arange(T) - T / 2)
    s = [np.array(part) for part in sums(b, np.arange(1, T + 1))]
    corrected, bare = walk(Adam(1.0, *b, eps=0), gradients), walk(uncorrected(1.0, *b), gradients)
    np.testing.assert_allclose(sign * corrected, np.sqrt(s[0] * s[1]) / s[2], rtol=1e-8)
    np.testing.assert_allclose(sign * bare, (1 - b[0]) * np.sqrt(s[1] / (1 - b[1])), rtol=1e-8)
    if T > long:
        assert abs(corrected[-1]) > 0.999999 * limit(*b) and abs(bare[-1]) > 0.999999 * limit(*b)


@some
@given(st.floats(0.01, 0.98))
def test_T26_the_limit_is_approached_without_momentum(beta2):
    gradients = [1e-9, *[0.0] * int(np.ceil(np.log(1e-9) / np.log(beta2))), 1.0]
    for rule in (Adam(1.0, 0, beta2, eps=0), uncorrected(1.0, 0, beta2)):
        assert walk(rule, gradients)[-1] == pytest.approx(limit(0, beta2), rel=1e-8)


@some
@given(betas.filter(lambda b: b[0] ** 2 < 0.999 * b[1]))
def test_T26_the_corrected_limit_rises_with_t(b):
    """The step of the proof that uses the convexity of u coth u."""
    s = sums(b, np.arange(1, 300))
    b_t = np.sqrt(s[0] * s[1]) / s[2]
    assert np.all(np.diff(b_t) >= -1e-11 * b_t[-1]) and b_t[0] == pytest.approx(1) and b_t[-1] <= limit(*b) * (1 + 1e-9)


def test_T26_printed_numbers():
    steps = walk(uncorrected(1.0, 0.9, 0.999), [1.0] * 5000)
    assert steps[0] == pytest.approx(3.162, abs=1e-3)
    assert steps.max() == pytest.approx(6.57, abs=5e-3) and steps.argmax() + 1 == 12
    assert np.flatnonzero(steps > 1.01)[-1] + 2 == 3925
    silence = [1e-150] + [0.0] * 4999
    for gradients, longest in [([1.0], 3.15), ([1.0] * 40, 6.55), (1.11 ** np.arange(60), 7.25)]:
        assert walk(Adam(1.0, eps=0), [*silence, *gradients]).max() == pytest.approx(longest, abs=5e-3)
    assert limit(0.9, 0.999) == pytest.approx(7.27, abs=1e-3) and limit(0.9, 0.99) == pytest.approx(2.345, abs=1e-3)


def test_T26_at_the_settings_of_language_models():
    """β₂ = 0.95: there is hardly a hump without the correction, and the longest step is 1.16 γ."""
    for beta2, longest in [(0.95, 1.165), (0.98, 1.698), (0.99, 2.345)]:
        assert limit(0.9, beta2) == pytest.approx(longest, abs=1e-3)
        worst = (beta2 / 0.9) ** np.arange(-700.0, 700)
        assert walk(Adam(1.0, 0.9, beta2, eps=0), worst)[-1] == pytest.approx(longest, abs=1e-3)
    bare = walk(uncorrected(1.0, 0.9, 0.95), [1.0] * 3000)
    assert bare[0] == pytest.approx(0.447, abs=1e-3)
    assert bare.max() == pytest.approx(1.097, abs=1e-3) and bare.argmax() + 1 == 20


# T27


def two_ways(gradients, alpha, beta, v0):
    """Divide first (the library's RMSprop with momentum, at the rate 1 − β), and average first; and the accumulators."""
    rule = GeneralRMSprop(1 - beta, alpha, eps=0, v0=v0, momentum=beta)
    first, v, m, second, vs = walk(rule, gradients), v0, 0.0, [], [v0]
    for g in gradients:
        v, m = alpha * v + (1 - alpha) * g**2, beta * m + (1 - beta) * g
        second.append(m / np.sqrt(v))
        vs.append(v)
    return first, np.array(second), np.array(vs)


@some
@given(arrays(float, 60, elements=st.floats(-5, 5)), st.floats(0.3, 0.9999), st.floats(0, 0.99), st.floats(0.1, 25))
def test_T27_the_two_ways_differ_by_at_most(gradients, alpha, beta, v0):
    first, second, vs = two_ways(gradients, alpha, beta, v0)
    largest, smallest = max(np.abs(gradients).max(), np.sqrt(v0)), np.sqrt(vs.min())
    bound = 0.5 * (largest / smallest) ** 3 * beta * (1 - alpha) / (1 - alpha * beta)
    assert np.abs(first - second).max() <= bound * (1 + 1e-9) + 1e-12


@some
@given(st.floats(0.05, 0.95), st.floats(0.05, 0.9), st.floats(0.5, 20), st.sampled_from([-1, 1]))
def test_T27_no_smaller_bound_would_do(beta, share, largest, sign):
    """Long small gradients, then large ones: as α → 1 the difference comes as near to the bound as you like."""
    smallest, alpha = share * largest, 1 - 1e-8
    first, second, _ = two_ways([sign * largest] * int(np.ceil(30 / (1 - beta))), alpha, beta, smallest**2)
    bound = 0.5 * (largest / smallest) ** 3 * beta * (1 - alpha) / (1 - alpha * beta)
    assert np.abs(first - second).max() > 0.99 * (1 - share**2) * bound


def test_T27_printed_differences_go_to_zero():
    g = np.random.default_rng(0).normal(size=1000)
    for alpha, seen in [(0.9, 0.116), (0.99, 0.0151), (0.999, 0.00174), (0.9999, 0.000174)]:
        first, second, _ = two_ways(g, alpha, 0.9, 1.0)
        assert np.abs(first - second).max() == pytest.approx(seen, rel=5e-3)


def test_T27_they_answer_an_outlier_in_opposite_ways():
    first, second, _ = two_ways([1.0] * 200 + [100.0], 0.9, 0.9, 1.0)
    assert (first[-1], second[-1]) == (pytest.approx(1.216, abs=1e-3), pytest.approx(0.345, abs=1e-3))


# T30


def away(rule, y0, steps):
    return np.abs(descend(rule, saddle(), [0.5, y0], steps).x[:, 1])


@some
@given(st.floats(-14, -0.1), st.sampled_from([-1, 1]), st.floats(0.005, 0.5))
def test_T30_gradient_descent_needs_the_logarithm(exponent, sign, lr):
    y0 = 10.0**exponent
    exact = np.log(1 / y0) / np.log(1 + lr)
    y = away(GradientDescent(lr), sign * y0, int(exact) + 2)
    assert y[int(np.ceil(exact + 1e-6))] > 1 - 1e-9 and y[int(np.floor(exact - 1e-6))] <= 1 + 1e-9


@some
@given(st.floats(-100, -0.01), st.sampled_from([-1, 1]), st.floats(0.01, 2), decays)
def test_T30_rmsprop_leaves_at_gamma_a_step_or_faster(exponent, sign, lr, alpha):
    y = away(RMSprop(lr, alpha, eps=0), sign * 10.0**exponent, int(np.ceil(1 / lr)))
    moves = np.diff(y)
    assert np.all(moves >= lr * (1 - 1e-9)) and np.all(moves <= lr / np.sqrt(1 - alpha) * (1 + 1e-9))
    assert y[-1] >= 1 - 1e-9
    assert np.argmax(y >= 1 - 1e-9) >= (1 - y[0]) * np.sqrt(1 - alpha) / lr - 1e-6


@some
@given(st.floats(-100, -0.01), st.sampled_from([-1, 1]), st.floats(0.02, 2))
def test_T30_adagrad_leaves_at_gamma_over_root_t(exponent, sign, lr):
    y = away(Adagrad(lr, eps=0), sign * 10.0**exponent, int((1 + 1 / (2 * lr)) ** 2))
    assert np.all(np.diff(y) >= lr / np.sqrt(np.arange(1, len(y))) * (1 - 1e-9)) and y[-1] >= 1 - 1e-9


@pytest.mark.parametrize("kind", [GradientDescent, Momentum, Adagrad, RMSprop, Adam])
@settings(max_examples=10)
@given(st.floats(1e-3, 1.5), st.floats(1e-12, 1), st.floats(-3, 3))
def test_T30_from_the_ridge_nobody_leaves(kind, lr, eps, x1):
    rule = kind(lr) if kind in (GradientDescent, Momentum) else kind(lr, eps=eps)
    assert np.all(descend(rule, saddle(), [x1, 0.0], 100).x[:, 1] == 0)


@pytest.mark.parametrize("y0, slow", [(1e-6, 1389), (1e-12, 2777)])
def test_T30_printed_counts(y0, slow):
    rules = GradientDescent(0.01), Adagrad(0.01, eps=0), RMSprop(0.01, 0.9, eps=0), RMSprop(0.01, 0.99, eps=0), Adam(0.01, eps=0)
    assert [np.argmax(away(rule, y0, 3000) > 1) for rule in rules] == [slow, 1263, 72, 17, 77]
    assert np.argmax(away(RMSprop(0.01, 0.9), 1e-15, 200) > 1) == 74


# T31


@some
@given(sizes.filter(bool), st.floats(0.05, 0.99), st.floats(1e-3, 10))
def test_T31_centred_rmsprop_under_a_constant_gradient(g, alpha, lr):
    t = np.arange(1, 1 + min(60, int(20 / -np.log(alpha)) + 1))
    steps = walk(GeneralRMSprop(lr, alpha, eps=0, centered=True), [g] * len(t))
    np.testing.assert_allclose(steps, np.sign(g) * lr / np.sqrt((1 - alpha**t) * alpha**t), rtol=1e-4)
    assert np.abs(steps).min() >= 2 * lr * (1 - 1e-9)


@some
@given(st.floats(0.05, 0.99))
def test_T31_it_dips_at_the_half_life_and_grows_without_bound(alpha):
    half_life = np.log(0.5) / np.log(alpha)
    steps = walk(GeneralRMSprop(1.0, alpha, eps=0, centered=True), [1.0] * int(np.ceil(20 * half_life)))
    assert abs(steps.argmin() + 1 - half_life) < 1 and steps[-1] > 700
    assert np.all(np.diff(steps[int(half_life) + 1 :]) > 0)


def test_T31_printed_numbers():
    steps = walk(GeneralRMSprop(1.0, 0.9, eps=0, centered=True), [1.0] * 100)
    assert steps[[0, 9, 49, 99]] == pytest.approx([3.33, 2.098, 13.97, 194.04], abs=5e-3)
    floored = walk(GeneralRMSprop(1.0, 0.9, eps=1e-8, centered=True), [1.0] * 600)
    assert floored[-1] == pytest.approx(1e8, rel=1e-3)


# What else the chapter says with a number, elsewhere than where its page draws it

TURNED, START = rotated(quadratic(0.2, 4), np.pi / 4), np.array([-5.0, -2.0])


@pytest.mark.parametrize("by, dtype", [(0.0, "f8"), ([1.0, 1.0], "f8"), ([0.3, 7.1], "f8"), ([1.0, 1.0], "f4")])
def test_momentum_and_the_height_of_the_oscillation(by, dtype):
    """At β₁ = 0.2 it is higher than without momentum, from 0.6 on it is lower, wherever the minimum is and in 32 bits too."""
    beta1 = np.array([0.0, 0.2, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99], dtype)[:, None]
    start = np.tile(START + by, (8, 1)).astype(dtype)
    run = descend(Adam(np.array(0.2, dtype), beta1, np.array(0.9, dtype)), shifted(TURNED, by), start, 1000)
    height = run.f[900:].max(axis=0)
    assert height[0] == pytest.approx(0.04, rel=0.06) and height[1] > 1.5 * height[0]
    assert np.all(height[2:7] < height[0]) and height[5] == pytest.approx(0.0003, rel=0.1) and height[7] > 1


@some
@given(st.floats(0, 2 * np.pi), st.floats(0.05, 0.95), arrays(float, (8, 2), elements=st.floats(-5, 5)))
def test_a_full_matrix_turns_with_the_gradients(angle, alpha, gradients):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    gradients = gradients + np.array([0.5, 1.0]) * (1 + np.arange(8))[:, None] ** [[0, 1]]
    steps = []
    for seen in (gradients, gradients @ turn.T):
        V = np.eye(2)                                   # far from singular: the floor plays no part
        for g in seen:
            V = alpha * V + (1 - alpha) * np.outer(g, g)
            size, axes = np.linalg.eigh(V)
            steps.append(axes @ ((axes.T @ g) / np.sqrt(size)))
    np.testing.assert_allclose(np.array(steps[8:]), np.array(steps[:8]) @ turn.T, atol=1e-8)


@some
@given(arrays(float, (4, 4), elements=st.floats(-3, 3)))
def test_shampoo_without_memory_is_muon_without_momentum(G):
    G = G + 20 * np.eye(4)

    def root4(S):
        size, axes = np.linalg.eigh(S)
        return axes @ np.diag(size**-0.25) @ axes.T

    U, _, W = np.linalg.svd(G)
    np.testing.assert_allclose(root4(G @ G.T) @ G @ root4(G.T @ G), U @ W, atol=1e-9)


@some
@given(series, betas, st.floats(1e-8, 1.0))
def test_the_hat_form_is_the_papers_form_with_another_floor(gradients, b, eps):
    m, v = 0.0, 0.0
    for t, g in enumerate(gradients, 1):
        m, v = b[0] * m + (1 - b[0]) * g, b[1] * v + (1 - b[1]) * g**2
        fill = np.sqrt(1 - b[1] ** t)
        hat = fill / (1 - b[0] ** t) * m / (np.sqrt(v) + eps)
        rule = Adam(1.0, *b, eps=float(eps / fill))
        state = rule.init(np.zeros(1)) if t == 1 else state
        x, state = rule.step(np.zeros(1), state, np.full(1, g))
        np.testing.assert_allclose(-x[0], hat, rtol=1e-9, atol=1e-300)


@some
@given(st.floats(0.01, 100), st.floats(0.01, 100), st.floats(0.01, 100))
def test_no_scaling_of_the_coordinates_helps_at_45_degrees(low, high, d):
    """The chapter's formula for trace²/determinant, and the condition number that follows from it, at any two curvatures."""
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    H = turn @ np.diag([low, high]) @ turn.T
    a, b = H[0]
    scaled = H * np.outer([1, d], [1, d])
    kappa = np.linalg.cond(scaled)
    assert kappa + 2 + 1 / kappa == pytest.approx(a**2 / (a**2 - b**2) * (d + 1 / d) ** 2, rel=1e-6)
    assert kappa >= max(low / high, high / low) * (1 - 1e-6)
