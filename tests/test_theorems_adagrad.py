"""T2 and T3, the theorems of the chapter on Adagrad, beyond the examples that the page prints."""

import numpy as np
import pytest

from rmsprop_lib import Adagrad, Objective, descend, quadratic, rotated

GAMMAS = [0.003, 0.1, 0.4, 2.0]


def walk(g, lr):
    """Adagrad's steps and accumulators for a given series of gradients of one parameter."""
    rule = Adagrad(lr=lr, eps=0)
    x, v = np.zeros(1), rule.init(np.zeros(1))
    xs, vs = [x], []
    for gradient in g:
        x, v = rule.step(x, v, np.array([gradient]))
        xs.append(x)
        vs.append(v)
    return np.diff(np.concatenate(xs)), np.concatenate(vs)


@pytest.mark.parametrize("lr", GAMMAS)
@pytest.mark.parametrize("g", [1.0, -7.0, 1e-6, 3e5])
def test_T2_adagrad_on_a_constant_gradient(lr, g):
    t = np.arange(1, 2001)
    steps, v = walk(np.full(2000, g), lr)
    assert np.allclose(steps, -np.sign(g) * lr / np.sqrt(t), rtol=1e-9)
    assert np.allclose(lr / np.sqrt(v), lr / (abs(g) * np.sqrt(t)), rtol=1e-9)
    travel = np.cumsum(np.abs(steps))
    assert np.all(2 * lr * (np.sqrt(t + 1) - 1) < travel * (1 + 1e-9))
    assert np.all(travel * (1 - 1e-9) < lr * (2 * np.sqrt(t) - 1))


def test_T2_the_printed_numbers():
    steps, _ = walk(np.ones(10_000), 0.4)
    assert np.allclose(-steps[[0, 3, 99, 9999]], [0.4, 0.2, 0.04, 0.004])
    assert round(float(-steps.sum()), 2) == 79.42


@pytest.mark.parametrize("power", [0.0, 0.3, 0.5, 0.6, 1.0, 2.0])
def test_T3_the_rate_dies_exactly_when_the_squares_add_up_to_infinity(power):
    """Gradients t^−p: the squares add up to a finite number exactly when 2p > 1."""
    t = np.arange(1, 20_001)
    _, v = walk(t**-power, 0.4)
    rate = 0.4 / np.sqrt(v)
    finite = 2 * power > 1
    if finite:
        assert rate[-1] >= 0.4 / np.sqrt(1 + 1 / (2 * power - 1))       # Σ t^−2p ≤ 1 + ∫₁^∞
    else:
        below = np.log(t + 1) if power == 0.5 else ((t + 1) ** (1 - 2 * power) - 1) / (1 - 2 * power)
        assert np.all(rate <= 0.4 / np.sqrt(below) * (1 + 1e-12))       # Σ t^−2p ≥ ∫₁^{t+1} → ∞
    assert np.all(np.diff(v) >= 0)


@pytest.mark.parametrize("lam", [0.01, 0.2, 4.0, 300.0])
@pytest.mark.parametrize("lr", GAMMAS)
def test_T3_on_a_bowl_the_divisor_is_bounded_and_the_rate_settles(lam, lr):
    far = np.linspace(1, 12, 45)[:, None] * lr
    near = np.linspace(0.001, 0.999, 45)[:, None] * lr
    for start in (far, -far):
        run = descend(Adagrad(lr=lr, eps=0), quadratic(lam), start, steps=3000)
        assert np.all(np.sqrt(run.states[..., 0]) <= 2 * run.f[0] / lr * (1 + 1e-12))
        falls, paid = np.diff(np.sqrt(run.states[..., 0]), axis=0), 2 / lr * -np.diff(run.f, axis=0)
        assert np.all(falls <= paid + 1e-12 * lam * lr + 1e-12 * run.f[0] / lr)       # the line the proof rests on
    for start in (near, -near):
        run = descend(Adagrad(lr=lr, eps=0), quadratic(lam), start, steps=3000)
        assert np.all(np.sqrt(run.states) <= 2 * lam * lr)
        assert np.all(np.abs(run.x) < lr)
        assert np.all(np.sqrt(run.states[1]) > 2 * run.f[0][:, None] / lr)            # the other bound is false here
    for start in (far, near):
        run = descend(Adagrad(lr=lr, eps=0), quadratic(lam), start, steps=3000)
        rate = lr / np.sqrt(run.states[-1])
        assert np.all((rate > 0) & (rate < 2 / lam))
        assert np.all(np.abs(run.x[-1]) < 1e-9 * lr)


def smooth_but_not_convex():
    """Σ ln(1 + xᵢ²): lowest value 0, L = 2, concave wherever |xᵢ| > 1."""
    return Objective(
        "ln(1 + x₁²) + ln(1 + x₂²)", lambda x: np.sum(np.log1p(x**2), axis=-1), lambda x: 2 * x / (1 + x**2), np.zeros(2)
    )


def test_T3_any_smooth_function_bounded_below():
    cases = [(rotated(quadratic(0.2, 4), angle), 4.0) for angle in (0.1, 0.5, np.pi / 4, 1.2)] + [(smooth_but_not_convex(), 2.0)]
    rng = np.random.default_rng(7)
    for f, smoothness in cases:
        start = rng.uniform(-6, 6, size=(1200, 2))
        lr = np.min(np.abs(f.gradient(start)), axis=-1, keepdims=True) / smoothness   # the largest the theorem allows
        keep = lr[:, 0] > 0.02
        start, lr = start[keep], lr[keep]
        assert len(start) > 50
        run = descend(Adagrad(lr=lr, eps=0), f, start, steps=300)
        total = np.sqrt(run.states[-1]).sum(axis=-1)
        assert np.all(total <= 2 * run.f[0] / lr[:, 0] * (1 + 1e-12))
        assert np.all(np.diff(run.f, axis=0) <= 1e-12 * run.f[0])


def test_T3_the_printed_numbers():
    valley, start = quadratic(0.2, 4), [-5.0, -2.0]
    for lr, end in [(0.4, [3.799, 15.245]), (0.1, [13.204, 45.482])]:
        v = descend(Adagrad(lr=lr, eps=0), valley, start, steps=6_000).states[-1]
        assert np.round(np.sqrt(v), 3).tolist() == end


def test_T3_with_noise_the_accumulator_grows_like_the_noise():
    noise = np.random.default_rng(0).normal(size=(20_000, 8, 2))
    v = descend(Adagrad(lr=0.4, eps=0), quadratic(0.2, 4), np.tile([-5.0, -2.0], (8, 1)), 20_000, noise=noise).states[-1]
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
