"""The theorems of the chapter “What a step of RMSprop is worth”."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import Adagrad, Objective, RMSprop, descend, quadratic, rotated

decays = st.floats(0, 0.9999)
some = settings(deadline=None, max_examples=40)
sizes = st.floats(-1e100, 1e100).filter(lambda g: g == 0 or abs(g) > 1e-100)  # squares neither underflow nor overflow
alphas = st.floats(0.02, 0.98)
lrs = st.floats(1e-3, 10)
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


def test_T7_printed_numbers():
    """Among them what the long start is worth in all, against steps of γ, counted until nothing is added any more."""
    steps = -walk(np.ones((30_000, 4)), np.array([0.75, 0.9, 0.99, 0.999]))[0]
    assert steps[0] == pytest.approx([2, 3.162, 10, 31.62], rel=2e-4)
    assert steps[1] == pytest.approx([1.512, 2.294, 7.089, 22.37], rel=2e-4)
    assert (steps - 1).sum(axis=0) == pytest.approx([2.57, 9.14, 123.9, 1340], rel=1e-3)
    assert (np.argmax(steps < 1.01, axis=0) + 1).tolist() == [14, 38, 391, 3925]


@some
@given(st.floats(0, 0.98), st.one_of(st.just(0.0), st.floats(1e-9, 1e9)), st.floats(1e-4, 1e4), st.sampled_from([-1, 1]), st.floats(1e-6, 10))
def test_T8_in_the_end_a_step_is_worth_gamma(alpha, v0, size, sign, lr):
    far = 1 + v0 / size**2
    long = 1 if alpha == 0 else int(np.ceil(np.log(1e9 * far) / -np.log(max(alpha, 1e-9)))) + 1  # αᵗ(1 + v₀/g²) below 1e-9
    steps, _ = walk([sign * size] * long, alpha, lr, v0)
    assert steps[-1] == pytest.approx(-sign * lr, rel=1e-8)


def test_T8_with_a_very_long_memory():
    """The library's own steps at α = 0.999; at 0.9999, after 200,000 steps, its last one."""
    assert walk([-0.5] * 20_000, 0.999, lr=0.1, v0=3.0)[0][-1] == pytest.approx(0.1, rel=1e-6)
    v = 3.0
    for _ in range(200_000):
        v = 0.9999 * v + (1 - 0.9999) * 0.25
    assert walk([-0.5], 0.9999, lr=0.1, v0=v)[0][-1] == pytest.approx(0.1, rel=1e-6)


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
    straight, tilted = walk([np.array([1.0, 2.0])], 0.9)[0][0], walk([turn @ [1.0, 2.0]], 0.9)[0][0]
    np.testing.assert_allclose(turn @ straight, [0, -np.sqrt(20)], atol=1e-12)
    np.testing.assert_allclose(tilted, [np.sqrt(10), -np.sqrt(10)])


@some
@given(arrays(float, 12, elements=sizes), decays, st.floats(0, 1e6), st.floats(0, 1.0), st.integers(0, 1000))
def test_T10_no_step_is_longer_than_gamma_over_the_root_of_one_minus_alpha(pool, alpha, v0, eps, seed):
    gradients = np.random.default_rng(seed).choice(pool, (40, 3))
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


def test_T11_with_bounded_gradients_the_limit_is_gamma():
    """At most γ, up to what the start is worth; and a constant gradient comes as near as the start lets it."""
    rng, n = np.random.default_rng(11), 5000
    t = np.arange(n)
    played = [rng.standard_cauchy(n).clip(-1e3, 1e3), rng.normal(size=n), 1.05 ** (t % 140), 30.0 ** (t % 3), np.geomspace(1, 1e3, n)]
    gradients = np.stack([*played, np.ones(n)], axis=-1)
    alpha = np.array([0.1, 0.5, 0.9, 0.99])[:, None]
    steps, v = walk(np.broadcast_to(gradients[:, None], (n, 4, 6)), alpha, v0=1.0)
    largest = np.maximum(1, np.max(gradients**2, axis=0))
    assert np.all((steps**2).mean(axis=0) <= (1 - alpha * (1 / largest) ** (1 / n)) / (1 - alpha) * (1 + 1e-9))
    assert np.all((steps[2000:] ** 2).mean(axis=0) < 1 + alpha / (1 - alpha) * np.log(v[-1] / v[2000]) / 3000 + 1e-12)
    assert np.sqrt((steps[..., -1] ** 2).mean(axis=0)) == pytest.approx(1, rel=1e-9)


def chase(c, steps, alpha=0.9, lr=0.1):
    """A minimum that moves by c·γ a step: how far behind it RMSprop is, and the run; c and α may be arrays."""
    c, alpha = np.broadcast_arrays(c, alpha)
    minimum = np.multiply.outer(lr * np.arange(1, steps + 1), c)
    run = descend(RMSprop(lr=lr, alpha=alpha[..., None]), quadratic(1), [0.0], steps, noise=-minimum[..., None])
    return minimum - run.x[1:, ..., 0], run


@some
@given(arrays(float, st.integers(1, 200), elements=pushes), st.floats(0.1, 0.999), st.floats(1e-6, 1e6), st.floats(0, 1))
def test_T12_a_distance_costs_steps(g, alpha, v0, eps):
    """No parameter gets farther than γ(T + C) in T steps; the adversary here pushes in one direction only."""
    steps, _ = walk(g, alpha, lr=0.1, v0=v0, eps=eps)
    extra = alpha / (2 * (1 - alpha)) * np.log(max(v0, g.max() ** 2) / v0)
    assert -steps.sum() <= 0.1 * (len(g) + extra) * (1 + 1e-9)


def test_T12_the_head_start_is_used_up_by_gradients_that_grow_slowly():
    """No smaller C would do: from v₀ to `growth` times v₀ in many steps, the way is γ(T + C) but for what fades with 1/T."""
    T, alpha, growth = 20_000, np.array([0.1, 0.5, 0.9, 0.99])[:, None], np.array([2.0, 1e3, 1e6])
    rho = growth ** (1 / (2 * T))
    g = np.sqrt((rho**2 - alpha) / (1 - alpha)) * rho ** np.arange(T)[:, None, None]  # v₀ = 1 and every step of one length
    extra = alpha / (2 * (1 - alpha)) * np.log(np.maximum(1, g.max(axis=0) ** 2))
    gained = -walk(g, alpha, v0=1.0)[0].sum(axis=0) - T
    assert gained.shape == (4, 3) and np.all(gained <= extra * (1 + 1e-6))
    assert np.all(gained >= extra * 0.93)  # at α = 0.99 the fading part is largest


def test_T12_a_minimum_that_moves_faster_is_lost():
    lr, alpha, c = 0.1, np.array([0.1, 0.5, 0.9, 0.99])[:, None], np.array([1.01, 1.1, 2.0])
    lag, run = chase(c, 5000, alpha, lr)
    T, v1, bound = np.arange(1, 5000)[:, None, None], run.states[1, ..., 0], np.max(run.g[..., 0] ** 2, axis=0)
    extra = alpha / (2 * (1 - alpha)) * np.log(np.maximum(v1, bound) / v1)  # counted from v₁, for v₀ = 0
    assert lag.shape == (5000, 4, 3) and np.all(lag[1:] >= (c - 1) * lr * T - lr * extra - np.abs(lag[0]))
    assert np.all(np.diff(lag[3000:], axis=0) > 0)


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
    lag = chase([0.1, 0.5, 0.9, 0.98, 1.0, 1.02, 1.03, 1.1], 5000)[0]
    assert np.abs(lag[100:, :4]).max() < 0.2 and np.abs(lag[100:, 4]).max() < 0.02
    assert lag[-1, 5:] == pytest.approx([6.12, 10.64, 44.41], abs=0.01)
    assert lag[999, 5] == pytest.approx(0.4, abs=0.05)


def test_T11_printed_numbers():
    for gradients, speed in [(1.05 ** np.arange(1000), 1.36), (np.geomspace(1, 1000, 1000), 1.07)]:
        assert np.sqrt((walk(gradients, 0.9)[0] ** 2).mean()) == pytest.approx(speed, abs=0.005)
    most = (10 + 999 * (1 - 0.9 * (0.1 / 1e6) ** (1 / 999)) / 0.1) / 1000
    assert np.sqrt(most) == pytest.approx(1.074, abs=5e-4)


def steps_along(g, alpha, lr=1.0, v0=0.0):
    """The lengths of the library's own steps when it is fed the gradients g."""
    rule, x, v, steps = RMSprop(lr=lr, alpha=alpha, eps=0), 0.0, v0, []
    for now in g:
        new, v = rule.step(0.0, v, now)
        steps.append(abs(new - x))
    return np.array(steps)


def limit(rho, alpha):
    return np.sqrt((1 - alpha / rho**2) / (1 - alpha))


# T13


@given(alphas, st.floats(0.3, 3), lrs, st.floats(1e-3, 1e3), st.one_of(st.just(0.0), st.floats(1e-3, 1e3)))
def test_T13_every_step_in_closed_form(alpha, share, lr, g0, v0):
    """Below, at and above the border ρ = √α (share = 1), from every start."""
    rho = share * np.sqrt(alpha)
    t = np.arange(1, 1 + int(min(80, 200 / abs(np.log(rho) or 1))))
    r = alpha / rho**2
    summed = np.array([np.sum(r ** np.arange(n)) for n in t])
    expected = lr / np.sqrt((1 - alpha) * summed + v0 / g0**2 * r ** t.astype(float))
    assert np.allclose(steps_along(g0 * rho ** t.astype(float), alpha, lr, v0), expected, rtol=1e-8, atol=0)


@given(alphas, st.floats(1.1, 3), lrs, st.sampled_from([-1, 1]))
def test_T13_above_the_border_the_steps_tend_to_a_constant(alpha, share, lr, sign):
    rho = share * np.sqrt(alpha)
    n = int(np.ceil(np.log(1e9) / np.log(share**2)))               # then the rest, r^n, is below 1e-9
    steps = steps_along(sign * rho ** np.arange(1.0, n + 1), alpha, lr)
    assert np.isclose(steps[-1], lr * limit(rho, alpha), rtol=2e-9)


@given(alphas, st.floats(0.3, 0.95), st.one_of(st.just(0.0), st.floats(1e-3, 1e3)))
def test_T13_faster_than_the_root_of_alpha_the_steps_die_out(alpha, share, v0):
    """Like (ρ/√α)ᵗ: divided by that they tend to a number that is not 0."""
    rho = share * np.sqrt(alpha)
    n = int(min(600 / -np.log10(rho) / 4, np.log(1e-10) / np.log(share)))
    steps = steps_along(rho ** np.arange(1.0, n + 1), alpha, 1.0, v0)
    r = share**-2
    assert np.isclose(steps[-1] / share**n, 1 / np.sqrt((1 - alpha) / (r - 1) + v0), rtol=1e-9 + 2 * share ** (2 * n))


@given(alphas, st.one_of(st.just(0.0), st.floats(1e-3, 1e3)))
def test_T13_at_the_border_the_step_falls_like_one_over_the_root_of_t(alpha, v0):
    t = np.arange(1, 151)
    assert np.allclose(steps_along(np.sqrt(alpha) ** t, alpha, 1.0, v0), 1 / np.sqrt((1 - alpha) * t + v0), rtol=1e-9)


def test_T13_numbers_of_the_page():
    assert [round(limit(rho, 0.9), 4) for rho in (0.97, 0.99, 1, 1.05, 2)] == [0.6593, 0.904, 1, 1.3553, 2.7839]
    steps = steps_along(0.99 ** np.arange(1, 1001), 0.9)
    assert round(steps[200], 4) == round(steps[-1], 4) == 0.904


def test_T13_on_a_hill_without_a_bottom_the_speed_stays():
    hill = Objective("", lambda x: np.exp(-x)[..., 0], lambda x: -np.exp(-x), None)
    lr, alpha = np.array([[0.05], [0.2], [0.02]]), np.array([[0.9], [0.9], [0.7]])
    x = descend(RMSprop(lr=lr, alpha=alpha, eps=0), hill, [0.0], steps=2000).x
    speed = x[-1] - x[-2]
    assert speed.shape == (3, 1) and np.allclose(speed, lr * limit(np.exp(-speed), alpha), rtol=1e-6, atol=0)


# T14


@given(alphas, st.floats(1.0001, 1e4), lrs)
def test_T14_rise_and_drop(alpha, c, lr):
    k = np.arange(1, 60)
    rise = steps_along(np.full(59, c), alpha, lr, v0=1.0)
    drop = steps_along(np.full(59, 1 / c), alpha, lr, v0=1.0)
    assert np.allclose(rise, lr / np.sqrt(1 - (1 - c**-2.0) * alpha**k), rtol=1e-6)
    assert np.allclose(drop, lr / np.sqrt(1 + (c**2 - 1) * alpha**k), rtol=1e-6)
    assert np.all(rise <= lr / np.sqrt(1 - alpha) * (1 + 1e-12))
    assert np.all(rise[k > np.log(5.77) / np.log(1 / alpha)] < 1.1 * lr)


@given(alphas, st.floats(1.5, 1e4))
def test_T14_after_a_drop_the_step_is_back_when_the_theorem_says(alpha, c):
    k = np.log(c**2 - 1) / np.log(1 / alpha)
    assume(abs(k - round(k)) > 1e-6)
    steps = steps_along(np.full(int(k) + 3, 1 / c), alpha, v0=1.0)
    assert np.argmax(steps >= np.sqrt(0.5)) + 1 == int(np.ceil(k))
    assert np.log((1.01 * c) ** 2 - 1) / np.log(1 / alpha) > k


@pytest.mark.parametrize("k", [1, 2, 5, 50])
def test_T14_the_time_to_brake_is_not_wider_than_it_must_be(k):
    """After a great rise the step is still above 1.1 γ when k = ln 5.75 / ln(1/α)."""
    assert steps_along(np.full(k, 1e6), (1 / 5.75) ** (1 / k), v0=1.0)[-1] > 1.1
    assert steps_along(np.full(k, 1e6), (1 / 5.77) ** (1 / k), v0=1.0)[-1] < 1.1


@pytest.mark.parametrize(
    ("c", "alpha", "predicted", "seen"),
    [(10, 0.9, 43.6, 44), (100, 0.9, 87.4, 88), (10, 0.99, 457.2, 458), (100, 0.99, 916.4, 917)],
)
def test_T14_how_long_a_drop_lasts(c, alpha, predicted, seen):
    assert round(np.log(c**2 - 1) / np.log(1 / alpha), 1) == predicted
    steps = steps_along(np.full(1000, 1 / c), alpha, v0=1.0)
    assert np.argmax(steps >= np.sqrt(0.5)) + 1 == seen


# What survives when a reader tries another setting


def test_T13_on_a_fine_grid_about_the_border():
    """R(ρ) leaves 0 vertically: its slope at √α + h is at least that of a root, and the steps follow it."""
    edge = np.sqrt(0.9)
    for h in np.geomspace(2e-3, 0.1, 12):
        steps = steps_along((edge + h) ** np.arange(1.0, 6000 if h < 0.01 else 3000), 0.9)
        assert steps[-1] == pytest.approx(limit(edge + h, 0.9), rel=1e-3)
    h = np.geomspace(1e-12, 1e-4, 9)
    np.testing.assert_allclose(limit(edge + h, 0.9) / np.sqrt(h), np.sqrt(2 / edge / 0.1), rtol=1e-3)


def test_T13_with_noise_that_does_not_shrink_the_mean_step_fades():
    n = 100_000
    rng, v = np.random.default_rng(5), np.zeros(n)
    rule = RMSprop(lr=1.0, alpha=0.9, eps=0)
    for t in range(1, 401):
        step, v = rule.step(np.zeros(n), v, 0.99**t + 0.1 * rng.normal(size=n))
        if t in (200, 300, 400):
            assert -step.mean() == pytest.approx({200: 0.740, 300: 0.414, 400: 0.168}[t], abs=0.012)


@pytest.mark.parametrize("alpha, short", [(0.9, 43), (0.99, 459)])
def test_T14_after_a_drop_by_100_the_steps_stay_below_a_tenth(alpha, short):
    steps = steps_along(np.concatenate([np.ones(9000), np.full(1500, 0.01)]), alpha)[9000:]
    assert np.all(steps[:short] < 0.1) and np.all(steps[short:] > 0.1)


HILL = Objective("", lambda x: np.exp(-x)[..., 0], lambda x: -np.exp(-x), None)


def test_on_the_hill_every_eps_above_0_makes_it_fade_like_one_over_t():
    eps, eps_root = np.array([[0], [1e-8], [1e-7], [0], [0]]), np.array([[0], [0], [0], [1e-8], [1e-7]])
    x = descend(RMSprop(0.05, 0.9, eps=eps, eps_root=eps_root), HILL, [0.0], 8000).x[..., 0]
    assert x[2000] == pytest.approx([64.39, 22.64, 20.39, 13.67, 12.54], abs=0.005)
    assert x[2000] - x[1999] == pytest.approx([0.0319, 0.00073, 0.00069, 0.00058, 0.00057], rel=0.01)
    assert (x[8000] - x[7999]) / (x[4000] - x[3999]) == pytest.approx([1, 0.5, 0.5, 0.5, 0.5], abs=0.05)


def test_on_the_hill_the_speed_does_not_depend_on_the_start():
    lr = np.array([0.01, 0.05, 0.2])[:, None, None]
    x = descend(RMSprop(lr, 0.9, eps=0), HILL, [[-3.0], [0.0], [2.0]], 1500).x
    speed = x[-1] - x[-2]
    assert speed.shape == (3, 3, 1) and np.allclose(speed, lr * limit(np.exp(-speed), 0.9), rtol=1e-9, atol=0)


def test_the_size_of_the_loss_does_not_matter_on_a_fine_grid():
    """In both precisions, as long as nothing under- or overflows."""
    start = np.array([-5.0, -2.0])
    for dtype, powers, within in [(np.float64, np.arange(-60, 61, 2.5), 1e-13), (np.float32, np.arange(-12, 13, 0.5), 3e-5)]:
        ends = [
            descend(RMSprop(0.2, 0.9, eps=0), quadratic(0.2 * 10.0**k, 4 * 10.0**k), start.astype(dtype), 30).x[-1] for k in powers
        ]
        np.testing.assert_allclose(ends, np.broadcast_to(ends[len(ends) // 2], np.shape(ends)), rtol=0, atol=within)


def chased(rule, speed, steps):
    """How far behind a minimum that moves by `speed` a step a rule is, for each of several speeds or settings of the rule."""
    minimum = np.multiply.outer(np.arange(1, steps + 1), np.atleast_1d(speed))
    return minimum - descend(rule, quadratic(1), [[0.0]], steps, noise=-minimum[..., None]).x[1:, :, 0]


def test_at_the_limiting_speed_it_is_ahead_and_any_eps_makes_it_fall_behind():
    eps = np.array([0, 1e-8, 1e-6, 1e-3])
    at = chased(RMSprop(0.1, 0.9, eps=eps[:, None]), 0.1, 20_000)
    np.testing.assert_allclose(at[1000:, 0], -0.01655, atol=1e-5)
    assert (at[-1] - at[999])[1:3] / 19_000 == pytest.approx(0.1 * eps[1:3], rel=0.1)
    assert np.all(np.diff(at[1000:, 1:3], axis=0) > 0)
    assert at[4999, 3] == pytest.approx(0.4, abs=0.01)


def test_below_the_limit_it_keeps_up_on_a_grid_between_the_sliders_stops():
    c = np.arange(0.05, 0.99, 0.03).round(2)
    assert np.abs(chased(RMSprop(0.1, 0.9), 0.1 * c, 5000)[100:]).max() < 0.16


def test_adagrad_keeps_up_for_as_long_as_its_rate_is_large():
    lag = chased(Adagrad(np.array([[0.1], [1], [10]])), 0.09, 5000)[-1]
    assert lag == pytest.approx([425.3, 171.7, 0.0182], rel=5e-3)
    x = total = 0.0
    for t in range(1, 200_001):
        g = x - 0.09 * t
        total += g * g
        x -= 10 * g / total**0.5
        if t in (5000, 100_000, 200_000):
            assert 0.09 * t - x == pytest.approx({5000: 0.0182, 100_000: 4.95, 200_000: 221}[t], rel=0.01)
