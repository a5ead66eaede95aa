"""The theorems of the chapter “What a step of RMSprop is worth”."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import RMSprop, descend, quadratic, rotated

ALPHAS = [0.0, 0.3, 0.75, 0.9, 0.99, 0.999]
decays = st.floats(0, 0.9999)
some = settings(deadline=None, max_examples=40)
sizes = st.floats(-1e100, 1e100).filter(lambda g: g == 0 or abs(g) > 1e-100)  # squares neither underflow nor overflow


def walk(gradients, alpha, lr=1.0, v0=0.0, eps=0.0):
    """Steps and accumulators of one parameter (or several) under given gradients."""
    rule, v = RMSprop(lr=lr, alpha=alpha, eps=eps), np.full(np.shape(gradients[0]), v0, dtype=float)
    steps, vs = [], [v]
    for g in gradients:
        step, v = rule.step(np.zeros_like(v), v, g)
        steps.append(step)
        vs.append(v)
    return np.array(steps), np.array(vs)


@some
@given(st.floats(1e-100, 1e100), st.sampled_from([-1, 1]), decays, st.floats(1e-6, 10))
def test_T7_first_step_does_not_depend_on_the_gradient(size, sign, alpha, lr):
    steps, _ = walk([sign * size], alpha, lr)
    np.testing.assert_allclose(steps[0], -sign * lr / np.sqrt(1 - alpha), rtol=1e-12)


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("g", [-3.0, 1e-8, 1e8])
def test_T7_step_t_under_a_constant_gradient(alpha, g):
    steps, _ = walk([g] * 300, alpha, lr=0.01)
    t = np.arange(1, 301)
    np.testing.assert_allclose(steps, -np.sign(g) * 0.01 / np.sqrt(1 - alpha**t), rtol=1e-11)


@pytest.mark.parametrize(
    "alpha, first, second, extra, settled",
    [(0.75, 2, 1.512, 2.57, 14), (0.9, 3.162, 2.294, 9.14, 38), (0.99, 10, 7.089, 123.9, 391), (0.999, 31.62, 22.37, 1340, 3925)],
)
def test_T7_printed_numbers(alpha, first, second, extra, settled):
    steps = -walk([1.0] * 20_000, alpha)[0]
    assert steps[:2] == pytest.approx([first, second], rel=2e-4)
    assert (steps - 1).sum() == pytest.approx(extra, rel=1e-3)
    assert np.argmax(steps < 1.01) + 1 == settled


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("v0", [0.0, 1e-6, 1.0, 1e6])
def test_T8_in_the_end_a_step_is_worth_gamma(alpha, v0):
    steps, _ = walk([-0.5] * 40_000, alpha, lr=0.1, v0=v0)
    assert steps[-1] == pytest.approx(0.1, rel=1e-6)


@some
@given(st.floats(1e-3, 1e3), decays, st.integers(0, 1000))
def test_T9b_rescaling_the_parameter_rescales_the_step(s, alpha, seed):
    """With the same past, the run on y = x/s moves s times as far in x, whatever the gradients were."""
    gradients = np.random.default_rng(seed).normal(size=(20, 3))
    in_x, in_y = walk(gradients, alpha, lr=0.1)[0], walk(s * gradients, alpha, lr=0.1)[0]
    np.testing.assert_allclose(s * in_y, s * in_x, rtol=1e-10)


def test_T9b_the_end_depends_on_the_unit_of_the_parameter():
    start, rule = np.array([-5.0, -2.0]), RMSprop(lr=0.1, alpha=0.9, eps=0)
    ends = [s * descend(rule, quadratic(0.2 * s**2, 4 * s**2), start / s, 60).x[-1] for s in (0.1, 1, 10)]
    np.testing.assert_allclose(ends, [(-4.319, -1.336), (-0.160, 0), (0.031, -0.553)], atol=5e-4)


@pytest.mark.parametrize("degrees", [5, 30, 45])
def test_T9b_rotating_the_function_does_not_rotate_the_path(degrees):
    angle = np.radians(degrees)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    start, rule = np.array([-5.0, -2.0]), RMSprop(lr=0.1, alpha=0.9, eps=0)
    path = descend(rule, quadratic(0.2, 4), start, 20).x @ turn.T
    other = descend(rule, rotated(quadratic(0.2, 4), angle), turn @ start, 20).x
    np.testing.assert_allclose(other[0], path[0])
    assert np.abs(other - path).max() > 0.1
    np.testing.assert_allclose(np.abs(other[1] - other[0]), 0.1 / np.sqrt(0.1))  # along a diagonal all the same


@some
@given(arrays(float, (40, 3), elements=sizes), decays, st.floats(0, 1e6), st.floats(0, 1.0))
def test_T10_no_step_is_longer_than_the_first(gradients, alpha, v0, eps):
    with np.errstate(invalid="ignore", divide="ignore"):
        steps, _ = walk(gradients, alpha, v0=v0, eps=eps)
    assert np.nanmax(np.abs(steps), initial=0) <= 1 / np.sqrt(1 - alpha) * (1 + 1e-7)


@pytest.mark.parametrize("alpha", [0.5, 0.9, 0.99])
def test_T10_the_bound_is_attained(alpha):
    steps, _ = walk(np.random.default_rng(6).standard_cauchy(20_000), alpha)
    assert np.abs(steps).max() == pytest.approx(1 / np.sqrt(1 - alpha), rel=1e-4)


@some
@given(arrays(float, 60, elements=st.floats(-1e6, 1e6)), st.floats(0.01, 0.999), st.floats(1e-6, 1e6))
def test_T11_the_speed_limit(gradients, alpha, v0):
    steps, v = walk(gradients, alpha, v0=v0)
    limit = (np.log(1 / alpha) + np.log(v[-1] / v0) / 60) / (1 - alpha)
    assert (steps**2).mean() <= limit * (1 + 1e-9) + 1e-12


@pytest.mark.parametrize("alpha, limit", [(0.5, 1.1774), (0.9, 1.0265), (0.99, 1.0025)])
def test_T11_printed_limits(alpha, limit):
    assert np.sqrt(np.log(1 / alpha) / (1 - alpha)) == pytest.approx(limit, abs=5e-5)
    rng = np.random.default_rng(11)
    for gradients in (rng.standard_cauchy(20_000), rng.normal(size=20_000), np.ones(20_000)):
        steps, _ = walk(gradients, alpha, v0=1.0)
        assert np.sqrt((steps**2).mean()) < limit


def lag(c, steps, alpha=0.9, lr=0.1):
    target = c * lr * np.arange(1, steps + 1)[:, None]
    run = descend(RMSprop(lr=lr, alpha=alpha), quadratic(1), [0.0], steps, noise=-target)
    return (target - run.x[1:])[:, 0], run


@pytest.mark.parametrize("alpha", [0.5, 0.9, 0.99])
def test_T12_distance_costs_steps(alpha):
    """D ≤ γ(LT + √(KT)) on a chase, where v stays between two positive numbers."""
    limit = np.sqrt(np.log(1 / alpha) / (1 - alpha))
    for c in (0.5, 0.9, 1.0):
        _, run = lag(c, 3000, alpha)
        x, v = run.x[200:, 0], run.states[200:, 0]
        travelled, steps = np.abs(np.diff(x)).sum(), len(x) - 1
        spread = max(0.0, np.log(v[-1] / v[0])) / (1 - alpha)
        assert travelled <= 0.1 * (limit * steps + np.sqrt(spread * steps)) * (1 + 1e-6)


def test_T12_a_minimum_that_moves_faster_is_lost():
    for c in (0.5, 0.9, 1.0):
        assert np.abs(lag(c, 5000)[0][100:]).max() < 0.2
    for c, behind in [(1.02, 6.12), (1.03, 10.64), (1.1, 44.41)]:
        assert lag(c, 5000)[0][-1] == pytest.approx(behind, abs=0.01)
    distance = lag(1.1, 5000)[0]
    assert np.all(np.diff(distance[1000:]) > 0)
