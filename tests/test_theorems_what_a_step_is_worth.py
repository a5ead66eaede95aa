"""The theorems of the chapter “What a step of RMSprop is worth”."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import RMSprop, descend, quadratic, rotated

decays = st.floats(0, 0.9999)
some = settings(deadline=None, max_examples=40)
sizes = st.floats(-1e100, 1e100).filter(lambda g: g == 0 or abs(g) > 1e-100)  # squares neither underflow nor overflow
pushes = st.one_of(st.just(0.0), st.floats(1e-6, 1e6))  # of one sign


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


@some
@given(st.floats(1e-100, 1e100), st.sampled_from([-1, 1]), decays, st.floats(1e-6, 10))
def test_T7_step_t_under_a_constant_gradient(size, sign, alpha, lr):
    steps, _ = walk([sign * size] * 100, alpha, lr)
    t = np.arange(1, 101)
    np.testing.assert_allclose(steps, -sign * lr / np.sqrt(1 - alpha**t), rtol=1e-10)


@pytest.mark.parametrize(
    "alpha, first, second, extra, settled",
    [(0.75, 2, 1.512, 2.57, 14), (0.9, 3.162, 2.294, 9.14, 38), (0.99, 10, 7.089, 123.9, 391), (0.999, 31.62, 22.37, 1340, 3925)],
)
def test_T7_printed_numbers(alpha, first, second, extra, settled):
    steps = -walk([1.0] * 20_000, alpha)[0]
    assert steps[:2] == pytest.approx([first, second], rel=2e-4)
    assert (steps - 1).sum() == pytest.approx(extra, rel=1e-3)
    assert np.argmax(steps < 1.01) + 1 == settled


@some
@given(st.floats(0, 0.98), st.one_of(st.just(0.0), st.floats(1e-9, 1e9)), st.floats(1e-4, 1e4), st.sampled_from([-1, 1]), st.floats(1e-6, 10))
def test_T8_in_the_end_a_step_is_worth_gamma(alpha, v0, size, sign, lr):
    far = 1 + v0 / size**2
    long = 1 if alpha == 0 else int(np.ceil(np.log(1e9 * far) / -np.log(max(alpha, 1e-9)))) + 1  # αᵗ(1 + v₀/g²) below 1e-9
    steps, _ = walk([sign * size] * long, alpha, lr, v0)
    assert steps[-1] == pytest.approx(-sign * lr, rel=1e-8)


@pytest.mark.parametrize("alpha", [0.999, 0.9999])
def test_T8_with_a_very_long_memory(alpha):
    assert walk([-0.5] * int(20 / (1 - alpha)), alpha, lr=0.1, v0=3.0)[0][-1] == pytest.approx(0.1, rel=1e-6)


@some
@given(arrays(float, 3, elements=st.floats(1e-3, 1e3)), decays, st.integers(0, 1000))
def test_T9b_a_rescaled_parameter_is_a_rescaled_rate(s, alpha, seed):
    """Read in x = s·y, the steps of y are those of RMSprop on x with the rate s·γ, parameter by parameter."""
    gradients = np.random.default_rng(seed).normal(size=(20, 3))
    in_y, in_x = walk(s * gradients, alpha, lr=0.1)[0], walk(gradients, alpha, lr=0.1 * s)[0]
    np.testing.assert_allclose(s * in_y, in_x, rtol=1e-10)


@pytest.mark.parametrize("s", [[0.125, 0.125], [4, 4], [0.5, 16]])
@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.9, 0.99])
def test_T9b_along_a_whole_path(s, alpha):
    """Powers of two, so that even the rounding is the same and 200 steps with all their jumps agree to the last bit."""
    s, start, curvature = np.array(s, dtype=float), np.array([-5.0, -2.0]), np.array([0.2, 4.0])
    in_y = descend(RMSprop(lr=0.1, alpha=alpha, eps=0), quadratic(*(curvature * s**2)), start / s, 200).x
    in_x = descend(RMSprop(lr=0.1 * s, alpha=alpha, eps=0), quadratic(*curvature), start, 200).x
    np.testing.assert_array_equal(s * in_y, in_x)
    same_rate = descend(RMSprop(lr=0.1, alpha=alpha, eps=0), quadratic(*curvature), start, 200).x
    assert np.abs(in_x - same_rate).max() > 0.1  # and not those with the rate γ


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


def test_T9b_the_two_first_steps_of_its_proof():
    turn = np.array([[1, -1], [1, 1]]) / np.sqrt(2)
    straight, askew = walk([np.array([1.0, 2.0])], 0.9)[0][0], walk([turn @ [1.0, 2.0]], 0.9)[0][0]
    np.testing.assert_allclose(turn @ straight, [0, -np.sqrt(20)], atol=1e-12)
    np.testing.assert_allclose(askew, [np.sqrt(10), -np.sqrt(10)])


@some
@given(arrays(float, (40, 3), elements=sizes), decays, st.floats(0, 1e6), st.floats(0, 1.0))
def test_T10_no_step_is_longer_than_the_first(gradients, alpha, v0, eps):
    with np.errstate(invalid="ignore", divide="ignore"):
        steps, _ = walk(gradients, alpha, v0=v0, eps=eps)
    stays = (gradients == 0) & np.isnan(steps)  # 0/0: where g = 0 the parameter stays
    assert np.all(np.abs(np.where(stays, 0, steps)) <= 1 / np.sqrt(1 - alpha) * (1 + 1e-12))


@some
@given(decays, st.floats(1e-8, 1e8), st.sampled_from([-1, 1]))
def test_T10_the_bound_is_attained_and_an_outlier_comes_as_near_as_you_like(alpha, size, sign):
    bound = 1 / np.sqrt(1 - alpha)
    assert abs(walk([sign * size], alpha)[0][0]) == pytest.approx(bound, rel=1e-12)
    assert abs(walk([size] * 5 + [sign * 1e9 * size], alpha)[0][-1]) == pytest.approx(bound, rel=1e-9)


@some
@given(arrays(float, st.integers(1, 60), elements=pushes), st.floats(0.01, 0.999), st.floats(1e-6, 1e6), st.floats(0, 1))
def test_T11_the_speed_limit(gradients, alpha, v0, eps):
    steps, v = walk(gradients, alpha, v0=v0, eps=eps)
    T = len(gradients)
    limit = (1 - alpha * (v0 / v[-1]) ** (1 / T)) / (1 - alpha)
    assert (steps**2).mean() <= limit * (1 + 1e-9) + 1e-12
    assert limit <= (np.log(1 / alpha) + np.log(v[-1] / v0) / T) / (1 - alpha) * (1 + 1e-9) + 1e-12


@some
@given(arrays(float, st.integers(2, 40), elements=st.floats(1e-6, 1e6)), st.integers(0, 5), st.floats(0.01, 0.999))
def test_T11_from_an_empty_start_it_counts_after_the_first_gradient(gradients, silent, alpha):
    with np.errstate(invalid="ignore"):
        steps, v = walk([0.0] * silent + [*gradients], alpha)
    steps, v = steps[silent + 1 :], v[silent + 1 :]
    limit = (1 - alpha * (v[0] / v[-1]) ** (1 / len(steps))) / (1 - alpha)
    assert (steps**2).mean() <= limit * (1 + 1e-9) + 1e-12


@some
@given(st.floats(0.01, 0.99), st.floats(1.01, 3), st.integers(1, 100))
def test_T11_is_attained_by_gradients_that_change_by_a_factor(alpha, share, T):
    rho = share * np.sqrt(alpha)  # above √α: with v₀ as here every step is of one length
    steps, v = walk(rho ** np.arange(T), alpha, v0=(1 - alpha) / (rho**2 - alpha))
    limit = (1 - alpha * (v[0] / v[-1]) ** (1 / T)) / (1 - alpha)
    assert (steps**2).mean() == pytest.approx(limit, rel=1e-9)
    assert (steps**2).mean() == pytest.approx((1 - alpha / rho**2) / (1 - alpha), rel=1e-9)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9, 0.99])
def test_T11_with_bounded_gradients_the_limit_is_gamma(alpha):
    """At most γ, up to what the start is worth; and a constant gradient comes as near as the start lets it."""
    rng, n = np.random.default_rng(11), 5000
    t = np.arange(n)
    played = [rng.standard_cauchy(n).clip(-1e3, 1e3), rng.normal(size=n), 1.05 ** (t % 140), 30.0 ** (t % 3), np.geomspace(1, 1e3, n)]
    for gradients in played:
        steps, v = walk(gradients, alpha, v0=1.0)
        assert (steps**2).mean() <= (1 - alpha * (1 / max(1, np.max(gradients**2))) ** (1 / n)) / (1 - alpha) * (1 + 1e-9)
        assert (steps[2000:] ** 2).mean() < 1 + alpha / (1 - alpha) * np.log(v[-1] / v[2000]) / 3000 + 1e-12
    assert np.sqrt((walk(np.ones(n), alpha, v0=1.0)[0] ** 2).mean()) == pytest.approx(1, rel=1e-9)


def chase(c, steps, alpha=0.9, lr=0.1):
    """A minimum that moves by c·γ a step: how far behind it RMSprop is, and the run."""
    minimum = c * lr * np.arange(1, steps + 1)
    run = descend(RMSprop(lr=lr, alpha=alpha), quadratic(1), [0.0], steps, noise=-minimum[:, None])
    return minimum - run.x[1:, 0], run


@some
@given(arrays(float, st.integers(1, 200), elements=pushes), st.floats(0.1, 0.999), st.floats(1e-6, 1e6), st.floats(0, 1))
def test_T12_a_distance_costs_steps(g, alpha, v0, eps):
    """No parameter gets farther than γ(T + C) in T steps; the enemy here pushes in one direction only."""
    steps, _ = walk(g, alpha, lr=0.1, v0=v0, eps=eps)
    extra = alpha / (2 * (1 - alpha)) * np.log(max(v0, g.max() ** 2) / v0)
    assert -steps.sum() <= 0.1 * (len(g) + extra) * (1 + 1e-9)


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("growth", [2.0, 1e3, 1e6])
def test_T12_the_head_start_is_used_up_by_gradients_that_grow_slowly(alpha, growth):
    """No smaller C would do: from v₀ to `growth` times v₀ in many steps, the way is γ(T + C) but for what fades with 1/T."""
    T = 20_000
    rho = growth ** (1 / (2 * T))
    g = np.sqrt((rho**2 - alpha) / (1 - alpha)) * rho ** np.arange(T)  # v₀ = 1 and every step of one length
    extra = alpha / (2 * (1 - alpha)) * np.log(max(1, g.max() ** 2))
    gained = -walk(g, alpha, v0=1.0)[0].sum() - T
    assert gained <= extra * (1 + 1e-6)
    assert gained >= extra * 0.93  # at α = 0.99 the fading part is largest


@pytest.mark.parametrize("alpha", [0.1, 0.5, 0.9, 0.99])
@pytest.mark.parametrize("c", [1.01, 1.1, 2.0])
def test_T12_a_minimum_that_moves_faster_is_lost(c, alpha, lr=0.1):
    lag, run = chase(c, 5000, alpha, lr)
    T, v1, bound = np.arange(1, 5000), run.states[1, 0], np.max(run.g**2)
    extra = alpha / (2 * (1 - alpha)) * np.log(max(v1, bound) / v1)  # counted from v₁, for v₀ = 0
    assert np.all(lag[1:] >= (c - 1) * lr * T - lr * extra - abs(lag[0]))
    assert np.all(np.diff(lag[3000:]) > 0)


@some
@given(st.floats(1.01, 3), st.floats(0.1, 0.98), st.floats(1e-3, 2), st.floats(1e-6, 1e3), st.floats(-5, 5), st.floats(0.2, 5))
def test_T12_is_lost_where_the_gradients_are_bounded(c, alpha, lr, v0, start, G):
    """f = G √(1 + (x − minimum)²), whose gradient never exceeds G."""
    rule, x, v, T = RMSprop(lr=lr, alpha=alpha, eps=0), start, v0, 400
    extra = alpha / (2 * (1 - alpha)) * np.log(max(v0, G**2) / v0)
    for t in range(1, T + 1):
        x, v = rule.step(x, v, G * (x - c * lr * t) / np.sqrt(1 + (x - c * lr * t) ** 2))
        assert c * lr * t - x >= (c - 1) * lr * t - lr * extra - abs(start) - 1e-9


def test_T12_printed_numbers():
    for c in (0.1, 0.5, 0.9, 0.98):
        assert np.abs(chase(c, 5000)[0][100:]).max() < 0.2
    assert np.abs(chase(1.0, 5000)[0][100:]).max() < 0.02
    for c, behind in [(1.02, 6.12), (1.03, 10.64), (1.1, 44.41)]:
        assert chase(c, 5000)[0][-1] == pytest.approx(behind, abs=0.01)
    assert chase(1.02, 1000)[0][-1] == pytest.approx(0.4, abs=0.05)


def test_T11_printed_numbers():
    for gradients, speed in [(1.05 ** np.arange(1000), 1.36), (np.geomspace(1, 1000, 1000), 1.07)]:
        assert np.sqrt((walk(gradients, 0.9)[0] ** 2).mean()) == pytest.approx(speed, abs=0.005)
    most = (10 + 999 * (1 - 0.9 * (0.1 / 1e6) ** (1 / 999)) / 0.1) / 1000
    assert np.sqrt(most) == pytest.approx(1.074, abs=5e-4)
