"""The theorems of the chapter “RMSprop, line by line” and the facts that it says never change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmsprop_lib import Adagrad, RMSprop, descend, quadratic, shifted

decays = st.floats(0, 0.999)


@st.composite
def gradients(draw):
    """Thirty gradients of four parameters, of many sizes and with zeros among them."""
    rng, silent = np.random.default_rng(draw(st.integers(0, 2**32 - 1))), draw(st.floats(0, 0.9))
    gs = rng.standard_cauchy((30, 4)) * 10 ** rng.uniform(-6, 6, (30, 4))
    return np.where(rng.random((30, 4)) < silent, 0, gs)


@settings(deadline=None, max_examples=40)
@given(gradients(), st.floats(1e-3, 10))
def test_T23_adagrad_is_rmsprop_that_forgets_nothing(gs, lr):
    """α_t = 1 − 1/t and γ_t = γ/√t make RMSprop take Adagrad's steps, whatever the gradients."""
    s = v = np.zeros(4)
    for t, g in enumerate(gs, 1):
        with np.errstate(invalid="ignore"):  # gradients that have all been 0: 0/0 is NaN in both
            one, s = Adagrad(lr=lr, eps=0).step(np.zeros(4), s, g)
            two, v = RMSprop(lr=lr / np.sqrt(t), alpha=1 - 1 / t, eps=0).step(np.zeros(4), v, g)
        np.testing.assert_allclose(v, s / t, rtol=1e-12)
        np.testing.assert_allclose(two, one, rtol=1e-12)
        assert np.array_equal(np.isnan(one), np.all(gs[:t] == 0, axis=0))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lr", [0.01, 0.4])
def test_T23_on_a_bowl_of_any_curvature(lr, seed):
    rng = np.random.default_rng(seed)
    bowl, start = quadratic(*10 ** rng.uniform(-2, 2, size=3)), rng.normal(size=3) + 3
    one = descend(lambda t: RMSprop(lr=lr / np.sqrt(t), alpha=1 - 1 / t, eps=0), bowl, start, 2000)
    two = descend(Adagrad(lr=lr, eps=0), bowl, start, 2000)
    np.testing.assert_allclose(one.x, two.x, rtol=0, atol=1e-11)


@settings(deadline=None, max_examples=40)
@given(gradients(), st.floats(1e-3, 10), st.floats(0.01, 0.99999))
def test_T23b_a_long_memory_takes_adagrads_steps(gs, lr, alpha):
    """Each step is at least Adagrad's, and at most α^(−(t−1)/2) times as long, t counted from the first gradient that is not 0."""
    s = v = np.zeros(4)
    seen = np.zeros(4)
    for g in gs:
        seen += (seen > 0) | (g != 0)
        with np.errstate(invalid="ignore"):
            one, s = Adagrad(lr=lr, eps=0).step(np.zeros(4), s, g)
            two, v = RMSprop(lr=lr * np.sqrt(1 - alpha), alpha=alpha, eps=0).step(np.zeros(4), v, g)
        for k in np.flatnonzero(seen):
            assert abs(one[k]) * (1 - 1e-12) <= abs(two[k]) <= abs(one[k]) * alpha ** (-(seen[k] - 1) / 2) * (1 + 1e-12)
            assert np.sign(one[k]) == np.sign(two[k])


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("spread", [0, 1])
def test_T23b_the_gap_shrinks_like_one_minus_alpha(seed, spread):
    """On the valley, anywhere in the plane, from other starts, with and without noise, at other rates."""
    rng = np.random.default_rng(seed)
    by, lr = rng.uniform(-20, 20, 2), 10 ** rng.uniform(-2, 0.3)
    valley, start = shifted(quadratic(0.2, 4), by), by + rng.uniform(1, 6, 2) * rng.choice([-1, 1], 2)
    noise = rng.normal(size=(200, 2)) * spread
    two = descend(Adagrad(lr=lr, eps=0), valley, start, 200, noise=noise).x
    gaps = []
    for alpha in (0.999, 0.9999, 0.99999):
        one = descend(RMSprop(lr=lr * np.sqrt(1 - alpha), alpha=alpha, eps=0), valley, start, 200, noise=noise).x
        gaps.append(np.abs(one - two).max())
    assert gaps[0] < 0.5
    np.testing.assert_allclose([gaps[0] / gaps[1], gaps[1] / gaps[2]], 10, rtol=0.15)


def test_T23b_with_noise_the_gap_is_at_most_three_times_as_large():
    rng, valley = np.random.default_rng(11), quadratic(0.2, 4)
    begins, noise = rng.uniform(-6, 6, (200, 2)), rng.normal(size=(200, 200, 2))
    two = descend(Adagrad(lr=0.4, eps=0), valley, begins, 200, noise=noise).x
    for alpha, quiet in [(0.999, 0.0178), (0.9999, 0.00179), (0.99999, 0.000179)]:
        one = descend(RMSprop(lr=0.4 * np.sqrt(1 - alpha), alpha=alpha, eps=0), valley, begins, 200, noise=noise).x
        assert 2.5 * quiet < np.abs(one - two).max() < 3.5 * quiet


def test_T23b_numbers_of_the_page():
    valley, start = quadratic(0.2, 4), [-5.0, -2.0]
    two = descend(Adagrad(lr=0.4, eps=0), valley, start, 200).x
    for alpha, gap in [(0.999, 0.0178), (0.9999, 0.00179), (0.99999, 0.000179)]:
        one = descend(RMSprop(lr=0.4 * np.sqrt(1 - alpha), alpha=alpha, eps=0), valley, start, 200).x
        assert np.abs(one - two).max() == pytest.approx(gap, rel=5e-3)


VALLEY, START = quadratic(0.2, 4), np.array([-5.0, -2.0])


def test_a_longer_memory_falls_deeper_and_jumps_later_on_the_whole():
    """On a grid of 0.001: not at every step, and at 0.618 not even at one of 0.07, but always at steps of 0.08."""
    grid = np.round(np.arange(0.5, 0.9601, 0.001), 3)
    f = descend(RMSprop(lr=0.4, alpha=grid[:, None]), VALLEY, START, steps=400).f
    low, deep = f.min(axis=0), f.argmin(axis=0)
    high = np.array([d + f[d:, k].argmax() for k, d in enumerate(deep)])
    assert not np.all(np.diff(low) < 0) and not np.all(np.diff(high) > 0)
    assert not np.all(low[70:] < low[:-70])
    assert np.all(low[80:] < low[:-80]) and np.all(high[80:] > high[:-80])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_dip_and_the_jump_at_0_9_in_both_precisions(dtype):
    run = descend(RMSprop(lr=0.4, alpha=0.9), VALLEY, START.astype(dtype), steps=400)
    assert run.x.dtype == dtype
    assert run.f.argmin() == 37 and run.f.min() < 1e-21
    assert run.f[38:].argmax() + 38 == 53 and run.f[53] == pytest.approx(1.36, abs=0.005)
    assert run.f[-1] == pytest.approx(0.084, abs=1e-3)


@pytest.mark.parametrize("by", [1, 2, (3, 7)])
def test_with_the_minimum_elsewhere_a_coordinate_may_land_on_it(by):
    valley = shifted(quadratic(0.2, 4), by)
    at = np.array(START) + by
    assert descend(RMSprop(lr=0.4, alpha=0.95), valley, at, 3000).f[-1] == 0
    run = descend(RMSprop(lr=0.4, alpha=0.9), valley, at, 3000)
    assert (run.x[-1] == by).tolist() == [True, False]
    assert run.f[38:].max() > 1.3 and run.f[-1] == pytest.approx(0.08, abs=1e-6)


@pytest.mark.parametrize("by", [0, 0.3, 1, 2, 17.3, -40])
def test_the_hand_example_swings_wherever_its_minimum_is(by):
    x = descend(RMSprop(lr=0.5, alpha=0.75, eps=0), shifted(quadratic(2), by), [2.0 + by], 400).x[:, 0] - by
    assert round(x[23], 2) == 0.68
    np.testing.assert_allclose(np.abs(x[-10:]), 0.25, atol=1e-9)


def test_noise_makes_the_dip_shallow_and_leaves_the_jump():
    rng = np.random.default_rng(7)
    f = np.array([descend(RMSprop(0.4, 0.9), VALLEY, START, 400, noise=0.1 * rng.normal(size=(400, 2))).f for _ in range(20)])
    assert 5e-5 < np.median(f.min(axis=1)) < 5e-4
    assert np.median(f[:, 30:].max(axis=1)) > 0.3


def test_the_hand_example_is_exact():
    run = descend(RMSprop(lr=0.5, alpha=0.75, eps=0), quadratic(2), [2.0], 2)
    assert run.x[:, 0].tolist() == [2, 1, 0.5]
    assert run.states[:, 0].tolist() == [0, 4, 4]
    assert run.g[:, 0].tolist() == [4, 2]
    assert descend(Adagrad(lr=0.5, eps=0), quadratic(2), [2.0], 2).x[:, 0].tolist() == [2, 1.5, 1.2]


@settings(deadline=None, max_examples=40)
@given(gradients(), decays)
def test_v_is_never_negative_and_each_parameter_moves_against_its_gradient(gs, alpha):
    rule, x = RMSprop(lr=1.0, alpha=alpha), np.zeros(4)
    v = rule.init(x)
    for g in gs:
        step, v = rule.step(x, v, g)
        assert np.all(v >= 0)
        assert np.array_equal(np.sign(step), -np.sign(g))


@settings(deadline=None, max_examples=40)
@given(gradients(), decays, st.permutations(range(4)))
def test_parameters_do_not_mix_and_mirror_images_stay_mirror_images(gs, alpha, order):
    rule, order, flip = RMSprop(lr=0.1, alpha=alpha), list(order), np.array([1, -1, 1, -1])

    def walk(gs):
        x, v = np.zeros(4), np.zeros(4)
        for g in gs:
            x, v = rule.step(x, v, g)
        return x

    assert np.array_equal(walk(gs[:, order]), walk(gs)[order])
    assert np.array_equal(walk(gs * flip), walk(gs) * flip)
