"""T2 and T3, the theorems of the chapter on Adagrad, beyond the examples that the page prints."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmsprop_lib import Adagrad, Objective, RMSprop, descend, ema, quadratic, rotated, shifted

GAMMAS = [0.003, 0.1, 0.4, 2.0]


def walk(g, lr):
    """Adagrad's steps and accumulators for a given series of gradients, of one parameter or of several."""
    rule, series = Adagrad(lr=lr, eps=0), np.reshape(g, (len(g), -1))
    x = np.zeros(series.shape[1])
    v, xs, vs = rule.init(x), [x], []
    for gradient in series:
        x, v = rule.step(x, v, gradient)
        xs.append(x)
        vs.append(v)
    return np.diff(xs, axis=0).reshape(np.shape(g)), np.reshape(vs, np.shape(g))


@settings(max_examples=30)
@given(st.floats(1e-100, 1e100), st.sampled_from([-1, 1]), st.floats(1e-6, 100))
def test_T2_adagrad_on_a_constant_gradient(size, sign, lr):
    t, g = np.arange(1, 1001), sign * size
    steps, v = walk(np.full(1000, g), lr)
    assert np.allclose(steps, -np.sign(g) * lr / np.sqrt(t), rtol=1e-9)
    assert np.allclose(lr / np.sqrt(v), lr / (abs(g) * np.sqrt(t)), rtol=1e-9)
    travel = np.cumsum(np.abs(steps))
    assert np.all(2 * lr * (np.sqrt(t + 1) - 1) < travel)
    assert np.all(travel <= lr * (2 * np.sqrt(t) - 1) * (1 + 1e-12))  # at T = 1 both are γ


def test_T2_the_printed_numbers():
    steps, _ = walk(np.ones(10_000), 0.4)
    assert np.allclose(-steps[[0, 3, 99, 9999]], [0.4, 0.2, 0.04, 0.004])
    assert round(float(-steps.sum()), 2) == 79.42


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.floats(1e-3, 10), st.floats(0, 0.9))
def test_T3_the_effective_rate_is_gamma_over_the_root_of_the_sum(seed, lr, silent):
    """So it tends to 0 exactly when the sum of any squares has no bound."""
    rng = np.random.default_rng(seed)
    g = rng.standard_cauchy(200) * 10 ** rng.uniform(-20, 20, 200)
    g[1:][rng.random(199) < silent] = 0
    _, v = walk(g, lr)
    assert np.allclose(lr / np.sqrt(v), lr / np.sqrt(np.cumsum(g**2)), rtol=1e-12, atol=0)


def test_T3_the_rate_dies_exactly_when_the_squares_add_up_to_infinity():
    """Gradients t^−p: the squares add up to a finite number exactly when 2p > 1."""
    t, powers = np.arange(1, 20_001), np.array([0.0, 0.3, 0.5, 0.6, 1.0, 2.0])
    _, v = walk(t[:, None] ** -powers, 0.4)
    for power, rate in zip(powers, (0.4 / np.sqrt(v)).T, strict=True):
        if 2 * power > 1:
            assert rate[-1] >= 0.4 / np.sqrt(1 + 1 / (2 * power - 1))   # Σ t^−2p ≤ 1 + ∫₁^∞
        else:
            below = np.log(t + 1) if power == 0.5 else ((t + 1) ** (1 - 2 * power) - 1) / (1 - 2 * power)
            assert np.all(rate <= 0.4 / np.sqrt(below) * (1 + 1e-12))   # Σ t^−2p ≥ ∫₁^{t+1} → ∞
            assert rate[-1] < 0.4 / np.sqrt(8)                          # below every rate that the finite sums here end with
    assert np.all(np.diff(v, axis=0) >= 0)


@pytest.mark.parametrize("lam", [0.01, 0.2, 4.0, 300.0])
@pytest.mark.parametrize("lr", GAMMAS)
def test_T3_on_a_bowl_the_divisor_is_bounded_and_the_rate_settles(lam, lr):
    far, near = np.linspace(1, 12, 45) * lr, np.linspace(0.001, 0.999, 45) * lr
    starts = np.concatenate([far, -far, near, -near])[:, None]
    run = descend(Adagrad(lr=lr, eps=0), quadratic(lam), starts, steps=3000)
    v, x, f, begins_far = run.states[..., 0], run.x[..., 0], run.f, np.arange(len(starts)) < 90

    v_far, f_far = v[:, begins_far], f[:, begins_far]
    assert np.all(np.sqrt(v_far) <= 2 * f_far[0] / lr * (1 + 1e-12))
    falls, paid = np.diff(np.sqrt(v_far), axis=0), 2 / lr * -np.diff(f_far, axis=0)
    assert np.all(falls <= paid + 1e-12 * lam * lr + 1e-12 * f_far[0] / lr)           # the line the proof rests on

    v_near, x_near, f_near = v[:, ~begins_far], x[:, ~begins_far], f[:, ~begins_far]
    assert np.all(np.sqrt(v_near) <= 2 * lam * lr)
    assert np.all(np.abs(x_near) < lr)
    assert np.all(np.sqrt(v_near[1]) > 2 * f_near[0] / lr)                            # the other bound is false here

    rate = lr / np.sqrt(v[-1])
    assert np.all((rate > 0) & (rate < 2 / lam))
    assert np.all(np.abs(x[-1]) < 1e-9 * lr)


def smooth_but_not_convex():
    """Σ ln(1 + xᵢ²): lowest value 0, L = 2, concave wherever |xᵢ| > 1."""
    return Objective(
        "ln(1 + x₁²) + ln(1 + x₂²)", lambda x: np.sum(np.log1p(x**2), axis=-1), lambda x: 2 * x / (1 + x**2), np.zeros(2)
    )


def wavy(seed, n):
    """A function of n parameters that is no bowl and not convex, with the values that the theorem asks for: L and f*.

    Σ aⱼ ln(1 + (wⱼ·x)²) + b Σ cos xᵢ: its second derivatives are at most Σ 2aⱼ|wⱼ|² + b in size, and f ≥ −bn.
    """
    rng = np.random.default_rng(seed)
    w, a, b = rng.normal(size=(n + 1, n)), rng.uniform(0.1, 2, n + 1), rng.uniform(0, 0.3)

    def gradient(x):
        along = x @ w.T
        return (a * 2 * along / (1 + along**2)) @ w - b * np.sin(x)

    def value(x):
        return np.log1p((x @ w.T) ** 2) @ a + b * np.cos(x).sum(axis=-1)

    return Objective("", value, gradient, None), float(2 * a @ (w**2).sum(axis=1) + b), -b * n


@settings(max_examples=40)
@given(st.integers(0, 2**32 - 1), st.integers(1, 5), st.floats(0.01, 1))
def test_T3_any_smooth_function_bounded_below(seed, n, share):
    """share = 1 is the largest γ that the theorem allows."""
    f, smoothness, lowest = wavy(seed, n)
    start = np.random.default_rng(seed + 1).uniform(-4, 4, size=(50, n))
    lr = share * np.min(np.abs(f.gradient(start)), axis=-1, keepdims=True) / smoothness
    run = descend(Adagrad(lr=lr, eps=0), f, start, steps=150)
    assert np.all(np.sqrt(run.states[-1]).sum(axis=-1) <= 2 * (run.f[0] - lowest) / lr[:, 0] * (1 + 1e-12))
    paid = 2 / lr[:, 0] * -np.diff(run.f, axis=0)                                      # the line the proof rests on
    assert np.all(np.diff(np.sqrt(run.states), axis=0).sum(axis=-1) <= paid + 1e-9 * (1 + 1 / lr[:, 0]))


@pytest.mark.parametrize("angle", [0.0, 0.1, np.pi / 4, 1.2])
def test_T3_in_bowls_that_are_turned(angle):
    f, start = rotated(quadratic(0.2, 4), angle), np.random.default_rng(7).uniform(-6, 6, size=(1200, 2))
    lr = np.min(np.abs(f.gradient(start)), axis=-1, keepdims=True) / 4
    run = descend(Adagrad(lr=lr, eps=0), f, start, steps=200)
    assert np.all(np.sqrt(run.states[-1]).sum(axis=-1) <= 2 * run.f[0] / lr[:, 0] * (1 + 1e-12))


def test_T3_the_bound_for_many_parameters_is_attained():
    """In a round bowl from |xᵢ| = γ, |gᵢ| = Lγ: the first step lands on the minimum, and v is what the bound says."""
    run = descend(Adagrad(lr=0.25, eps=0), quadratic(4, 4, 4), [0.25, -0.25, 0.25], steps=5)
    assert np.sqrt(run.states[-1]).sum() == pytest.approx(2 * run.f[0] / 0.25, rel=1e-12)


def test_T3_the_printed_numbers():
    valley, start = quadratic(0.2, 4), [-5.0, -2.0]
    for lr, end in [(0.4, [3.799, 15.245]), (0.1, [13.204, 45.482])]:
        v = descend(Adagrad(lr=lr, eps=0), valley, start, steps=6_000).states[-1]
        assert np.round(np.sqrt(v), 3).tolist() == end


def test_T3_with_noise_the_accumulator_grows_like_the_noise():
    noise = np.random.default_rng(0).normal(size=(20_000, 8, 2))
    rule, f, x = Adagrad(lr=0.4, eps=0), quadratic(0.2, 4), np.tile([-5.0, -2.0], (8, 1))
    v = rule.init(x)
    for now in noise:
        x, v = rule.step(x, v, f.gradient(x) + now)
    assert np.all(np.abs(v / 20_000 - 1) < 0.05)


@pytest.mark.parametrize("power", [-1.0, 0.0, 0.5, 2.0])
def test_adagrads_speed_limit(power):
    """Σ (step/γ)² ≤ 1 + ln(v_T/v₁), the exercise of the chapter."""
    g = np.arange(1, 3001) ** power * np.random.default_rng(1).standard_cauchy(3000)
    steps, v = walk(g, 0.7)
    assert np.all(np.cumsum((steps / 0.7) ** 2) <= 1 + np.log(v / v[0]) + 1e-9)
    assert np.abs(steps).max() <= 0.7 * (1 + 1e-12)


def test_a_small_first_gradient_leaves_the_divisor_bounded():
    """The last exercise of the chapter: without |g₁| ≥ Lγ, the pushes uphill are still finite in all."""
    rng = np.random.default_rng(8)
    cases = [(rotated(quadratic(0.2, 4), angle), 4.0) for angle in (0.1, np.pi / 4)] + [(smooth_but_not_convex(), 2.0)]
    for f, smoothness in cases:
        for lr in (0.4, 2.0):
            run = descend(Adagrad(lr=lr, eps=0), f, rng.uniform(-6, 6, size=(400, 2)), steps=400)
            floor = smoothness * lr
            small = np.abs(run.g[0]) < floor
            assert small.any(axis=-1).sum() > 50
            pushes = np.where(small, floor * (1 + 2 * np.log(floor / np.abs(run.g[0]))), 0).sum(axis=-1)
            bound = floor + 2 * run.f[0] / lr + pushes
            assert np.all(np.sqrt(run.states[-1]).max(axis=-1) <= bound * (1 + 1e-12))


@pytest.mark.parametrize("kind, tolerance", [(np.float64, 1e-9), (np.float32, 1e-4)])
def test_T3_wherever_the_minimum_is(kind, tolerance):
    """The plateau does not depend on the place of the minimum, in either precision; how far f falls does in float32."""
    valley, start = quadratic(0.2, 4), np.array([-5.0, -2.0])
    rule = Adagrad(lr=kind(0.4), eps=kind(0))
    at = np.random.default_rng(5).uniform(-20, 20, size=(20, 2))          # twenty valleys are one function of forty parameters
    run = descend(rule, shifted(quadratic(*np.tile([0.2, 4], 20)), at.ravel()), (start + at).ravel().astype(kind), 1500)
    assert run.x.dtype == kind
    assert np.allclose(run.states[-1].reshape(20, 2), [14.432, 232.422], rtol=max(tolerance, 1e-5))
    assert np.all(valley(run.x[-1].reshape(20, 2) - at.astype(kind)) < (1e-20 if kind == np.float64 else 1e-8))


def test_T3_the_rule_of_thumb_for_the_plateau():
    """From γ to 30 γ away and for every curvature, on a grid finer than the page's: never too high, too low by 6 % at most."""
    far = np.linspace(1, 30, 2901)[:, None]
    for lam, lr in [(1.0, 1.0), (7.0, 0.01)]:
        rule, f, x = Adagrad(lr=lr, eps=0), quadratic(lam), far * lr
        v = rule.init(x)
        for _ in range(4000):
            x, v = rule.step(x, v, f.gradient(x))
        ratio = np.sqrt(v) / (lam * (far * lr + lr) ** 2 / (4 * lr))
        assert 1 - 1e-12 < ratio.min() and 1.05 < ratio.max() < 1.06


@pytest.mark.parametrize("size", np.geomspace(1e-6, 1e6, 13))
def test_the_first_step_from_an_accumulator_that_starts_above_zero(size):
    moved = -descend(Adagrad(lr=2.0, eps=0, v0=0.1), quadratic(1), [size], 1).x[1, 0] + size
    assert moved == pytest.approx(2 * size / np.sqrt(0.1 + size**2), rel=1e-6)
    plain = -descend(Adagrad(lr=2.0, eps=0), quadratic(1), [size], 1).x[1, 0] + size
    assert plain == pytest.approx(2, rel=1e-6)


@pytest.mark.parametrize("alpha, every", [(0.9, 25), (0.99, 25), (0.9, 3)])
def test_dense_and_sparse_updates_of_a_rare_word(alpha, every):
    """Adagrad takes the same steps in both; RMSprop's tend to γ√((1−αᵏ)/(1−α)) when v ages at every step, and to γ when not."""
    g = (np.arange(1, 8000 * every + 1) % every == 0) * 1.0
    dense = 1 / np.sqrt(ema(g, alpha)[g > 0])
    sparse = 1 / np.sqrt(ema(g[g > 0], alpha))
    assert dense[-1] == pytest.approx(np.sqrt((1 - alpha**every) / (1 - alpha)))
    assert sparse[-1] == pytest.approx(1)
    assert np.allclose(np.cumsum(g)[g > 0], np.cumsum(g[g > 0]))
    if (alpha, every) == (0.9, 25):
        assert [round(float(dense[39]), 3), round(float(sparse[39]), 3)] == [3.047, 1.007]


def steps_beyond_the_wall(v, lr=0.1):
    return int(np.argmax(np.cumsum(lr / np.sqrt(v)) >= 1)) + 1


def test_the_wall_on_a_fine_grid_of_heights():
    """Adagrad's count is 31.6 G + 25 within 1.1 for every height from 10 on; RMSprop's rises by 44 at most for ten times the wall."""
    heights = np.unique(np.geomspace(1, 1000, 400).round(2))
    forgets = {}
    for height in heights:
        after = ema(np.r_[np.full(10, height), np.ones(200)] ** 2, 0.9)[10:]
        forgets[height] = steps_beyond_the_wall(after)
        if height >= 10:
            assert abs(steps_beyond_the_wall(10 * height**2 + np.arange(1, 40_001)) - (31.6228 * height + 25)) < 1.1
        if height <= 100:
            higher = ema(np.r_[np.full(10, 10 * height), np.ones(200)] ** 2, 0.9)[10:]
            assert 0 < steps_beyond_the_wall(higher) - forgets[height] <= 44
    assert list(forgets.values()) == sorted(forgets.values())
    for height, count in [(10.0, 33), (100.0, 73), (1000.0, 116)]:
        assert steps_beyond_the_wall(ema(np.r_[np.full(10, height), np.ones(200)] ** 2, 0.9)[10:]) == count


@pytest.mark.parametrize("lr, horizon", [(0.1, 26), (1.0, 685), (2.0, 2579)])
def test_every_rate_has_its_horizon_behind_a_moving_minimum(lr, horizon):
    def behind(rule, steps):
        x, state = np.zeros(1), rule.init(np.zeros(1))
        for t in range(1, steps + 1):
            x, state = rule.step(x, state, x - 0.09 * t)
            yield float(0.09 * t - x[0])

    distance = np.array(list(behind(Adagrad(lr=lr, eps=0), 2 * horizon)))
    assert np.argmax(distance > 1) + 1 == horizon and np.all(distance[horizon:] > 1)
    assert -distance.min() == pytest.approx(lr - 0.09)                     # the first step is γ long, whatever it is good for
    assert np.abs(list(behind(RMSprop(lr=0.1, alpha=0.9, eps=0), 5000))).max() < 0.23


def test_the_race_each_rule_at_its_own_rate():
    """Other random numbers than the page's, in both precisions, and with the minimum elsewhere: the order stays."""
    rates = np.geomspace(1e-3, 3, 45)[:, None, None]
    for kind, at in [(np.float64, 0.0), (np.float32, 3.0)]:
        noise = np.random.default_rng(11).normal(size=(200, 1, 64, 2)).astype(kind)
        f, start = shifted(quadratic(0.2, 4), at), (np.array([-5.0, -2.0]) + at).astype(kind)

        def reached(rule, f=f, start=start, noise=noise):
            return np.median(descend(rule, f, start, 200, noise=noise).f[-10:].mean(axis=0), axis=-1).min()

        lr = rates.astype(kind)
        adagrad, short, long = (reached(rule) for rule in (Adagrad(lr), RMSprop(lr, 0.9), RMSprop(lr, 0.999)))
        assert adagrad < 0.7 * short and abs(long / adagrad - 1) < 0.1
        assert reached(lambda t, lr=lr: RMSprop(lr / np.sqrt(t), 0.99)) < 0.8 * adagrad


def test_noise_that_dies_with_the_loss_lets_the_divisor_settle():
    """A linear model that can fit all its examples, one example a step; with more examples than parameters the sum goes on."""
    ends = []
    for examples in (10, 40):
        rng = np.random.default_rng(3)
        features, targets = rng.normal(size=(examples, 30)), rng.normal(size=examples)
        rule, w = Adagrad(lr=0.4, eps=0), np.full(30, 2.0)
        v, seen = rule.init(w), []
        for one in rng.integers(examples, size=6000):
            w, v = rule.step(w, v, (features[one] @ w - targets[one]) * features[one])
            seen.append(v.sum())
        ends.append(seen[-1] / seen[2000])
    assert ends[0] == pytest.approx(1, abs=1e-9) and ends[1] > 1.1


def test_behind_a_wall_a_short_memory_wins_and_a_long_one_does_not():
    """Each rule at its best γ, other random numbers and another place of the minimum than the page's; without the wall Adagrad is ahead."""
    rates = np.geomspace(1e-2, 10, 31)[:, None, None]

    def ends(rule, high, seed):
        x, state, rng = np.full((31, 96, 2), -2.0), rule.init(np.zeros((31, 96, 2))), np.random.default_rng(seed)
        for t in range(1, 501):
            g = x - 3 + rng.normal(size=(1, 96, 2))
            g[..., 0] *= high if t <= 10 else 1
            x, state = rule.step(x, state, g)
        return np.median(np.sum((x - 3) ** 2, axis=-1), axis=-1).min() / 2

    for seed in (5, 6):
        adagrad, short, long = (ends(rule, 100, seed) for rule in (Adagrad(rates), RMSprop(rates, 0.9), RMSprop(rates, 0.99)))
        assert 1.7 * short < adagrad < 1.2 * long
        assert ends(Adagrad(rates), 1, seed) < 0.8 * ends(RMSprop(rates, 0.9), 1, seed)


def test_small_noise_lifts_each_divisor_off_its_plateau_when_it_has_added_as_much():
    """v doubles after some v∞/σ² steps: in the valley 1443 for x₁ at σ = 0.1, and 2324 for x₂ at σ² = 0.1 (so 23,240 at σ = 0.1)."""
    noise = np.random.default_rng(9).normal(size=(3000, 40, 2)) * [0.1, 0.1**0.5]
    v = descend(Adagrad(lr=0.4, eps=0), quadratic(0.2, 4), np.tile([-5.0, -2.0], (40, 1)), 3000, noise=noise).states
    doubled = np.median(np.argmax(v > 2 * np.array([14.432, 232.42]), axis=0), axis=0)
    assert doubled == pytest.approx([1443, 2324], rel=0.06)
