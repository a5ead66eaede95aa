"""The theorem of the chapter *One step size for everyone*."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmsprop_lib import GradientDescent, Objective, RMSprop, descend, quadratic, rotated, shifted

CURVATURES = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6)


def slowest(curvatures, lr):
    """r(γ): by how much a step shrinks the parameter that shrinks least."""
    return np.abs(1 - lr * np.asarray(curvatures)).max()


@settings(deadline=None)
@given(CURVATURES, st.floats(0.01, 1.2), st.integers(0, 2**32 - 1))
def test_T1_each_step_multiplies_by_one_minus_lr_times_curvature(curvatures, share, seed):
    lam, x0 = np.array(curvatures), np.random.default_rng(seed).normal(size=len(curvatures))
    lr = share * 2 / lam.max()
    x = descend(GradientDescent(lr=lr), quadratic(*lam), x0, steps=30).x
    np.testing.assert_allclose(x, (1 - lr * lam) ** np.arange(31)[:, None] * x0, rtol=1e-9, atol=1e-12)


@settings(deadline=None)
@given(CURVATURES, st.floats(0.001, 1.999), st.integers(0, 2**32 - 1))
def test_T1_converges_exactly_below_two_over_the_largest_curvature(curvatures, share, seed):
    lam = np.array(curvatures)
    x0 = np.random.default_rng(seed).choice([-1.0, 1.0], size=len(lam))
    lr = share / lam.max()
    r = slowest(lam, lr)
    assert r < 1
    x = descend(GradientDescent(lr=lr), quadratic(*lam), x0, steps=200).x
    assert np.all(np.abs(x[-1]) <= r**200 * (1 + 1e-9) + 1e-300)
    assert np.any(np.abs(x[1:]) < np.abs(x[:-1]))


@settings(deadline=None)
@given(CURVATURES, st.floats(2, 3))
def test_T1_does_not_converge_at_or_above_the_limit(curvatures, share):
    steepest = int(np.argmax(curvatures))
    x0 = np.ones(len(curvatures))
    x = descend(GradientDescent(lr=share / max(curvatures)), quadratic(*curvatures), x0, steps=200).x[:, steepest]
    np.testing.assert_array_less(1 - 1e-9, np.abs(x))
    if share > 2.01:
        assert np.all(np.diff(np.abs(x)) > 0)


@settings(deadline=None)
@given(CURVATURES, st.floats(1e-3, 3))
def test_T1_best_learning_rate_and_its_factor(curvatures, share):
    low, high = min(curvatures), max(curvatures)
    kappa, best = high / low, 2 / (low + high)
    assert slowest(curvatures, best) == pytest.approx((kappa - 1) / (kappa + 1), abs=1e-12)
    if abs(share - 1) > 1e-9:
        assert slowest(curvatures, share * best) > slowest(curvatures, best)  # there is one best, and no second
    x = descend(GradientDescent(lr=best), quadratic(*curvatures), np.ones(len(curvatures)), steps=20).x
    np.testing.assert_allclose(np.abs(x).max(axis=1), ((kappa - 1) / (kappa + 1)) ** np.arange(21), rtol=1e-9, atol=1e-12)


@given(st.floats(1.01, 1e4))
def test_T1_takes_half_the_condition_number_in_steps(kappa):
    steps = -1 / np.log((kappa - 1) / (kappa + 1))
    assert kappa / 2 - 1 / (2 * kappa) < steps < kappa / 2
    x = descend(GradientDescent(lr=2 / (1 + kappa)), quadratic(1, kappa), [1.0, -1.0], steps=60).x
    t = min(60, int(np.ceil(kappa / 2)))
    assert np.all(np.abs(x[t]) <= np.exp(-2 * t / kappa) * (1 + 1e-9))


@settings(deadline=None, max_examples=40)
@given(CURVATURES, st.floats(0.05, 1.02), st.integers(0, 2**32 - 1))
def test_T1_holds_for_bowls_that_are_shifted_and_turned(curvatures, share, seed):
    """Step by step the run is that of the straight bowl, seen from its own axes; a mirroring is among the turns."""
    rng, lam, n = np.random.default_rng(seed), np.array(curvatures), len(curvatures)
    turn, _ = np.linalg.qr(rng.normal(size=(n, n)))
    hessian, centre, x0 = turn @ np.diag(lam) @ turn.T, rng.normal(size=n), rng.normal(size=n)
    bowl = Objective(
        "½(x−c)ᵀH(x−c)",
        lambda x: 0.5 * np.einsum("...i,ij,...j", x - centre, hessian, x - centre),
        lambda x: (x - centre) @ hessian,
        centre,
    )
    lr = share * 2 / lam.max()
    x = descend(GradientDescent(lr=lr), bowl, x0, steps=60).x
    np.testing.assert_allclose((x - centre) @ turn, (1 - lr * lam) ** np.arange(61)[:, None] * ((x0 - centre) @ turn), atol=1e-8)


@pytest.mark.parametrize("angle", [0.0, 0.3, np.pi / 4, 2.0])
def test_T1_in_the_valley_of_the_course(angle):
    valley, start = rotated(quadratic(0.2, 4), angle), np.array([-5.0, -2.0])
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s], [s, c]])
    ends = [descend(GradientDescent(lr=lr), valley, turn @ start, steps=200).x[-1] @ turn for lr in (0.49, 0.5, 0.51)]
    assert [float(f"{abs(end[1]):.4g}") for end in ends] == [0.0005692, 2, 5101]
    x = descend(GradientDescent(lr=2 / 4.2), valley, turn @ start, steps=60).x @ turn
    np.testing.assert_allclose(np.abs(x[1:] / x[:-1]), 19 / 21, rtol=1e-8)


@settings(deadline=None, max_examples=40)
@given(CURVATURES, st.floats(0.05, 1.02), st.integers(0, 2**32 - 1))
def test_T1_holds_wherever_the_minimum_is(curvatures, share, seed):
    rng, lam = np.random.default_rng(seed), np.array(curvatures)
    x0, centre, lr = rng.normal(size=len(lam)), rng.uniform(-20, 20, size=len(lam)), share * 2 / lam.max()
    x = descend(GradientDescent(lr=lr), shifted(quadratic(*lam), centre), x0 + centre, steps=60).x - centre
    np.testing.assert_allclose(x, (1 - lr * lam) ** np.arange(61)[:, None] * x0, rtol=1e-9, atol=1e-9)


@pytest.mark.parametrize("dtype, close", [(np.float64, 1e-9), (np.float32, 1e-3)])
@pytest.mark.parametrize("centre", [(0.0, 0.0), (0.1, 0.1), (3.7, -2.2)])
def test_T1_limit_survives_rounding(dtype, close, centre):
    """Below, at and above the limit the steep parameter of the valley shrinks, oscillates and grows, also in float32."""
    centre, lam = np.array(centre, dtype), np.array([0.2, 4], dtype)
    for lr in np.array([0.1, 0.25, 0.4, 0.49, 0.5, 0.51], dtype):
        x = centre + np.array([-5, -2], dtype)
        for _ in range(200):
            x = x - lr * (lam * (x - centre))
        assert x.dtype == dtype
        expected = np.abs((1 - float(lr) * lam.astype(float)) ** 200 * [-5, -2])
        np.testing.assert_allclose(np.abs(x - centre), expected, rtol=close, atol=1e-5 if dtype == np.float32 else 1e-12)


@pytest.mark.parametrize("share", [0.05, 0.3, 0.5, 0.8, 0.95])
def test_T1_noise_leaves_the_limit_and_adds_a_spread(share):
    """With gradients λx + σξ the error settles at the spread γσ/√(1 − (1−γλ)²), for every γ below 2/λ."""
    lam, sigma, rng = 4.0, 0.7, np.random.default_rng(3)
    lr, x = share * 2 / lam, np.full(20_000, 5.0)
    for _ in range(400):
        x = x - lr * (lam * x + sigma * rng.normal(size=x.size))
    assert x.std() == pytest.approx(lr * sigma / np.sqrt(1 - (1 - lr * lam) ** 2), rel=0.03)
    assert abs(x.mean()) < 4 * x.std() / np.sqrt(x.size)


def test_T1_noise_has_no_bound_at_the_limit():
    rng, x = np.random.default_rng(3), np.zeros(20_000)
    seen = []
    for t in range(1, 901):
        x = x - 0.5 * (4 * x + rng.normal(size=x.size))
        if t in (100, 900):
            seen.append(x.std() / (0.5 * np.sqrt(t)))
    assert seen == pytest.approx([1, 1], rel=0.03)


def test_T1_on_the_page_between_the_stops_of_the_slider():
    """Every γ from 0.001 to 0.7: the flat parameter gains by a larger γ, the steep one turns at 0.25, the worse is best at 2/4.2."""
    lr = np.linspace(0.001, 0.7, 6991)
    flat, steep = np.abs(1 - 0.2 * lr), np.abs(1 - 4 * lr)
    run = [descend(GradientDescent(lr=lr[i]), quadratic(0.2, 4), [-5.0, -2.0], steps=1).x[1] for i in range(0, 6991, 70)]
    np.testing.assert_allclose(np.abs(run) / [5, 2], np.stack([flat, steep], axis=1)[::70], atol=1e-12)
    assert np.all(np.diff(flat) < 0) and np.all(np.diff(steep[lr < 0.25]) < 0) and np.all(np.diff(steep[lr > 0.25]) > 0)
    assert lr[np.maximum(flat, steep).argmin()] == pytest.approx(2 / 4.2, abs=1e-4)
    assert np.all((steep > 1) == (lr > 0.5 + 1e-9)) and np.all(flat > 0.85)


@given(st.floats(2, 1e6), st.floats(1e-6, 1 - 1e-6))
def test_T1_flattest_parameter_keeps_most_of_its_error(kappa, share):
    """The share kept at any γ below the limit is exactly 1 − γλ_min, more than 1 − 2/κ (κ ≥ 2)."""
    lr = share * 2 / kappa
    x = descend(GradientDescent(lr=lr), quadratic(1, kappa), [1.0, 1.0], steps=1).x[1]
    assert x[0] == pytest.approx(1 - lr, rel=1e-12) and x[0] > 1 - 2 / kappa


@settings(deadline=None)
@given(st.floats(1e-5, 0.2), st.floats(0.3, 3), st.floats(0.3, 3), st.sampled_from([-1, 1]), st.sampled_from([-1, 1]))
def test_the_rare_word_costs_gradient_descent_in_proportion_and_not_rmsprop(share, a, b, s1, s2):
    """RMSprop is within 0.01 of the best weights after 200 steps a unit of distance, however rare the word is."""
    hessian, best = np.array([[0.5, share / 2], [share / 2, share]]), np.array([s1 * a, s2 * b])
    f = Objective("mail", lambda w: 0.5 * np.einsum("...i,ij,...j", w - best, hessian, w - best), lambda w: (w - best) @ hessian, best)
    x = descend(RMSprop(lr=0.01, alpha=0.9, eps=0), f, [0.0, 0.0], steps=600).x
    arrived = int(200 * max(a, b, 1))
    assert np.all(np.abs(x[arrived:] - best) < 0.011)


def test_at_a_condition_number_of_ten_gradient_descent_beats_rmsprop_at_every_rate():
    """The rare word in one e-mail of twenty: 24 steps at the best γ; RMSprop needs 67 at γ = 0.02, more below, and above does not stay within 1 %.

    A little noise, because without it a run may land exactly on the minimum and rest there.
    """
    hessian, best = np.array([[0.5, 0.025], [0.025, 0.05]]), np.array([1.0, -1.0])
    f = Objective("mail", lambda w: 0.5 * np.einsum("...i,ij,...j", w - best, hessian, w - best), lambda w: (w - best) @ hessian, best)
    noise = 1e-7 * np.random.default_rng(0).normal(size=(1500, 1, 2))

    def steps(rule, shape, noise=None):
        far = np.any(np.abs(descend(rule, f, np.zeros(shape), steps=1500, noise=noise).x - best) > 0.01, axis=-1)
        return 1501 - np.argmax(far[::-1], axis=0)  # within 0.01 from here on; 1501 if never

    assert steps(GradientDescent(lr=2 / sum(np.linalg.eigvalsh(hessian))), 2) == 24
    lr = np.linspace(0.002, 0.05, 241)[:, None]
    rmsprop = steps(RMSprop(lr=lr, alpha=0.9), lr.shape[:1] + (2,), noise)
    assert np.all(rmsprop[lr[:, 0] < 0.0201] >= 67) and np.all(rmsprop[lr[:, 0] > 0.021] == 1501)
    assert steps(RMSprop(lr=0.02, alpha=0.9), 2) == 67


def test_on_the_valley_floor_minus_the_gradient_points_at_the_minimum_and_elsewhere_across():
    """The slowness of a long valley is that of the limit on γ, so the page blames the direction only off the floor."""
    floor = descend(GradientDescent(lr=2 / 4.2), quadratic(0.2, 4), [-5.0, 0.0], steps=1)
    assert floor.g[0].tolist() == [-1, 0] and floor.x[1].tolist() == pytest.approx([-5 * 19 / 21, 0])
    start = np.random.default_rng(0).uniform(-5, 5, size=(5000, 2))
    start = start[np.abs(start[:, 1]) > np.abs(start[:, 0]) / 20]
    g = np.abs(quadratic(0.2, 4).gradient(start))
    assert np.all(g[:, 1] > g[:, 0])
