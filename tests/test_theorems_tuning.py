"""The theorems of the chapter “Choosing γ and α; noise; when it fails”."""

from functools import cache

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rmsprop_lib import Objective, RMSprop, descend, quadratic, shifted

some = settings(deadline=None, max_examples=60)
flat = Objective("0", lambda x: 0 * x[..., 0], lambda x: 0 * x, None)  # all of the gradient comes in as noise

XI = {  # random numbers with mean 0 and variance 1
    "normal": lambda rng, size: rng.normal(size=size),
    "uniform": lambda rng, size: rng.uniform(-np.sqrt(3), np.sqrt(3), size),
    "coin": lambda rng, size: rng.choice([-1.0, 1.0], size),
    "lopsided": lambda rng, size: rng.exponential(size=size) - 1,
    "rare": lambda rng, size: np.where(rng.random(size) < 0.1, 3.0, -1 / 3),
}


def steps_in_noise(snr, alpha, xi, steps, walkers=200, scale=1.0, seed=21):
    """Steps downhill, in units of γ, under gradients scale·(snr + ξ), once v has settled; ε only reads 0/0 as 0."""
    settle = int(np.ceil(25 / (1 - alpha)))
    noise = scale * (snr + XI[xi](np.random.default_rng(seed), (settle + steps, walkers, 1)))
    run = descend(RMSprop(lr=0.5, alpha=alpha, eps=1e-12 * scale), flat, [0.0], settle + steps, noise=noise)
    return -np.diff(run.x[settle:, :, 0], axis=0) / 0.5


@cache
def drawn(xi, steps, walkers, seed):
    return XI[xi](np.random.default_rng(seed), (steps, walkers))


def drift_in_noise(snr, alpha, xi, scale, steps=1500, walkers=200, seed=21):
    """The mean of g/√v under gradients scale·(snr + ξ), once v has settled.

    Only what is not known is left to chance: g/√m has the mean of the law, and g (v′ − m) has the mean 0, for v′, the v of the
    step before, knows nothing of g.
    """
    settle, m = int(np.ceil(25 / (1 - alpha))), scale**2 * (1 + snr**2)
    noise = scale * (snr + drawn(xi, 4000, walkers, seed)[: settle + steps])
    rule, v, rest = RMSprop(lr=1, alpha=alpha, eps=1e-12 * scale), np.zeros(walkers), 0.0
    for t, g in enumerate(noise):
        before = v
        step, v = rule.step(np.zeros(walkers), v, g)
        if t >= settle:
            rest += (-step - g / np.sqrt(m) * (1 - (before - m) / (2 * m))).mean()
    return rest / steps + snr / np.sqrt(1 + snr**2)


@pytest.mark.parametrize("xi", XI)
@pytest.mark.parametrize("snr, scale", [(0.1, 1.0), (0.5, 1.0), (1.0, 1e3), (-3.0, 1e-3)])
def test_T21_the_drift_tends_to_the_law(xi, snr, scale):
    """What it lacks at α is in proportion to 1 − α, so two values of α point at the limit."""
    law = snr / np.sqrt(1 + snr**2)
    far, near = (drift_in_noise(snr, alpha, xi, scale) for alpha in (0.98, 0.99))
    assert abs(near - law) < 0.02
    assert abs(2 * near - far - law) < 0.0015


@pytest.mark.parametrize("alpha", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("xi", XI)
def test_T21_the_mean_square_step_is_bounded(alpha, xi):
    """The step in the proof that makes the limit possible: E(g²/v) ≤ ln(1/α)/(1−α)."""
    steps = steps_in_noise(0.2, alpha, xi, 2000)
    assert (steps**2).mean() <= np.log(1 / alpha) / (1 - alpha) * 1.01


def test_T21_printed_numbers():
    half = np.random.default_rng(3).normal(size=(4000, 100, 1))
    mirrored = np.concatenate([half, -half], axis=1)
    for alpha, seen in [(0.99, (0.099, 0.446, 0.706, 0.949)), (0.9, (0.094, 0.43, 0.693, 0.946))]:
        for snr, drift in zip((0.1, 0.5, 1, 3), seen, strict=True):
            run = descend(RMSprop(lr=1, alpha=alpha, eps=0), flat, [0.0], 4000, noise=snr + mirrored)
            assert (run.x[1000] - run.x[-1]).mean() / 3000 == pytest.approx(drift, abs=0.0015)
    assert 1000 * np.sqrt(1 + 0.1**2) / 0.1 == pytest.approx(10_050, abs=0.5)


def accumulators(C, alpha):
    """The three settled accumulators, by the formula of the chapter."""
    a, b = alpha, alpha**2
    return np.array([C**2 + a + b, 1 + a * C**2 + b, 1 + a + b * C**2]) / (1 + a + b)


def drift(C, alpha):
    return np.sum(np.array([-C, 1, 1]) / np.sqrt(accumulators(C, alpha)))


def turning_point(C):
    low, high = 0.0, 1.0
    while high - low > 1e-12:
        middle = (low + high) / 2
        low, high = (middle, high) if drift(C, middle) > 0 else (low, middle)
    return low


def play(C, alpha, rounds, lr):
    """The game with steps cut off at the ends, for several α; the positions after each of the three steps of the last round."""
    x, v, seen = np.zeros(len(alpha)), np.zeros(len(alpha)), []
    for t in range(1, 3 * rounds + 1):
        x, v = RMSprop(lr=lr / t**0.5, alpha=alpha, eps=0).step(x, v, np.full(len(alpha), C if t % 3 == 1 else -1.0))
        x = np.clip(x, -1, 1)
        seen.append(x)
    return np.array(seen[-3:])


@some
@given(st.floats(2.001, 50), st.floats(0, 0.99))
def test_T24_the_accumulators_and_the_drift_of_a_round(C, alpha):
    rounds = int(np.ceil(12 / (1 - alpha))) + 2
    gradients = np.tile([C, -1.0, -1.0], rounds)[:, None]
    run = descend(RMSprop(lr=1, alpha=alpha, eps=0), flat, [0.0], len(gradients), noise=gradients)
    np.testing.assert_allclose(run.states[-3:, 0], accumulators(C, alpha), rtol=1e-9)
    assert run.x[-1, 0] - run.x[-4, 0] == pytest.approx(drift(C, alpha), abs=1e-8)


@some
@given(st.floats(2.001, 100), st.floats(0, 1))
def test_T24_one_turning_point(C, alpha):
    star = turning_point(C)
    assert 0 < star < 1
    assume(abs(alpha - star) > 1e-6)
    assert (drift(C, alpha) > 0) == (alpha < star)


@some
@given(st.floats(2.000001, 1e4))
def test_T24_reddis_own_decay_lies_below_it(C):
    assert drift(C, 1 / (1 + C**2)) > 0 and 1 / (1 + C**2) < turning_point(C)


def test_T24_the_limits_of_the_drift():
    for C in (2.1, 3, 10):
        assert drift(C, 0) == pytest.approx(1)
        assert drift(C, 1) == pytest.approx((2 - C) / np.sqrt((C**2 + 2) / 3))


@pytest.mark.parametrize("C, star", [(2.1, 0.8859), (2.5, 0.6292), (3, 0.4723), (4, 0.3170), (6, 0.1875), (10, 0.0983)])
def test_T24_printed_turning_points(C, star):
    assert round(turning_point(C), 4) == star


def test_T24_the_game_ends_at_the_worst_point_below_and_at_the_best_above():
    """Four hundred games at once: any C, any α that is not too near the border, any start."""
    rng = np.random.default_rng(24)
    C = rng.uniform(2.05, 12, 400)
    star = np.array([turning_point(c) for c in C])
    alpha = np.where(rng.random(400) < 0.5, star * rng.uniform(0, 0.9, 400), star + (0.98 - star) * rng.uniform(0.15, 1, 400))
    alpha[:50] = 1 / (1 + C[:50] ** 2)
    d = np.array([drift(c, a) for c, a in zip(C, alpha, strict=True)])
    x, v, lr = rng.uniform(-1, 1, 400), np.zeros(400), 0.2 / np.abs(d)   # in proportion to what a round is worth
    far = []
    for t in range(1, 9001):
        x, v = RMSprop(lr=lr / np.sqrt(t), alpha=alpha, eps=0).step(x, v, np.where(t % 3 == 1, C, -1.0))
        x = np.clip(x, -1, 1)
        if t > 8997:
            far.append(np.abs(x - np.sign(star - alpha)))
    assert np.array_equal(d > 0, alpha < star)
    assert np.max(far, axis=0)[np.abs(d) > 0.1].max() < 0.15


def test_T24_reddis_run():
    up, down = play(3, np.array([0.1, 0.9]), rounds=5000, lr=0.5).T
    assert up == pytest.approx(1, abs=0.01) and down == pytest.approx(-1, abs=0.01)


# --- What the chapter's pictures and recipe say -----------------------------------------------------------------------------

VALLEY, START = quadratic(0.2, 4), np.array([-5.0, -2.0])


def final_loss(f, start, lrs, alphas, sigma, steps=300, runs=2, seed=9):
    """The mean of f over the last hundred steps, for every γ and α; with noise, of several runs."""
    noise = sigma * np.random.default_rng(seed).normal(size=(steps, runs if sigma else 1, 1, 1, 2))
    grid = RMSprop(lr=lrs[:, None, None], alpha=alphas[:, None])
    return descend(grid, f, start, steps, noise=noise).f[-100:].mean(axis=(0, 1))


@pytest.mark.parametrize("c", [0.0, 2.0, 1.3])
def test_the_level_on_the_right_of_the_map_does_not_depend_on_where_the_minimum_is(c):
    """γ²(λ₁ + λ₂)/8, on a fine grid; a little noise keeps the run from landing on a number of the computer's."""
    lrs, alphas = np.geomspace(0.04, 3, 60), np.linspace(0.25, 0.9, 27)
    level = final_loss(shifted(VALLEY, c), START + c, lrs, alphas, sigma=1e-3)
    np.testing.assert_allclose(level, np.repeat(lrs[:, None] ** 2 * 4.2 / 8, 27, axis=1), rtol=0.02)


def test_without_noise_a_run_lands_on_a_minimum_that_is_not_zero():
    lrs, alphas = np.geomspace(1e-3, 3, 29), 1 - np.geomspace(1, 1e-3, 25)
    at_rest = [(final_loss(shifted(VALLEY, c), START + c, lrs, alphas, sigma=0) == 0).sum() for c in (0.0, 2.0)]
    assert at_rest == [5, 153]


@pytest.mark.parametrize("seed, c", [(1, 0.0), (2, 2.0)])
def test_in_noise_gamma_matters_more_than_alpha(seed, c):
    """On the mean of a hundred runs, because two runs at a time give anything from 2.6 to 5 and from 7 to 33."""
    lrs, alphas = np.geomspace(0.0223, 0.2, 13), np.array([0.7, 0.8, 0.9, 0.97])
    loss = final_loss(shifted(VALLEY, c), START + c, lrs, alphas, sigma=1, runs=100, seed=seed)
    best, at = loss.min(axis=0), loss[:, 2].argmin()
    assert 0.055 < lrs[at] < 0.085 and best.max() < 1.25 * best.min()
    a_third, triple = np.interp(np.log([lrs[at] / 3, lrs[at] * 3]), np.log(lrs), loss[:, 2] / best[2])
    assert 7.5 < a_third < 12 and 2.2 < triple < 3


@pytest.mark.parametrize("seed, c", [(0, 0.0), (1, 2.0)])
def test_with_a_schedule_gamma_is_less_delicate(seed, c):
    """Below the best constant γ from 0.03 to 0.1, on fine grids; and a tenfold range of γ costs little."""
    kicks = np.random.default_rng(seed).normal(size=(3000, 1, 20, 2))
    rates, constant = np.geomspace(0.03, 0.3, 9), np.geomspace(0.003, 0.3, 17)

    def share(t):
        return min(1, t / 10) * (1 + np.cos(np.pi * t / 3001)) / 2

    f, start = shifted(VALLEY, c), START + c
    fixed = descend(RMSprop(lr=constant[:, None, None]), f, start, 3000, noise=kicks).f[-300:].mean(axis=(0, 2))
    decayed = descend(lambda t: RMSprop(lr=share(t) * rates[:, None, None]), f, start, 3000, noise=kicks).f[-1].mean(axis=-1)
    assert decayed[rates < 0.101].max() < fixed.min()
    assert decayed.max() < 3 * decayed.min() and fixed[-1] > 8 * fixed[np.abs(constant - 0.03).argmin()]


def test_a_geometric_decay_above_the_root_of_alpha_can_stop_short_too():
    q, lr = np.array([0.99, 0.97, 0.95, 0.96]), np.array([0.01, 0.1, 0.01, 0.1])
    assert np.all(q > np.sqrt(0.9))
    x = descend(lambda t: RMSprop(lr=lr * q**t, alpha=0.9, eps=0), quadratic(1, 1, 1, 1), np.full(4, 5.0), 4000).x
    assert np.all(np.diff(x, axis=0) <= 0) and x[-1] == pytest.approx([3.93, 1.36, 4.742, 2.106], abs=0.005)


@pytest.mark.parametrize("place, power", [("eps", 0.5), ("eps_root", 1.0)])
def test_a_larger_batch_needs_another_floor(place, power):
    """Drift per example, where noise dominates: γ√k and α^k keep it only if ε outside falls like 1/√k, inside like 1/k."""
    half = np.random.default_rng(2).normal(size=(4000, 200, 1))

    def per_example(B, floor):
        noise = 0.01 + np.concatenate([half, -half], axis=1) / np.sqrt(B)
        rule = RMSprop(**{"lr": 0.01 * np.sqrt(B), "alpha": 0.999**B, "eps": 0.0, place: floor})
        x = descend(rule, flat, [0.0], 4000, noise=noise).x
        return (x[3000] - x[4000]).mean() / 1000 / B if B == 1 else (x[2000] - x[4000]).mean() / 2000 / B

    floor = 0.3 if place == "eps" else 0.09
    once = per_example(1, floor)
    for k in (4, 16, 64):
        assert per_example(k, floor / k**power) == pytest.approx(once, rel=0.06)
        assert per_example(k, floor) < 0.9 * once


def test_a_change_after_dividing_eps_by_ten_does_not_say_that_it_was_too_large():
    kicks = np.random.default_rng(5).normal(size=(3000, 1, 1, 30, 2))
    both = RMSprop(lr=np.array([0.03, 0.01])[:, None, None, None], eps=np.array([1, 0.1])[:, None, None])
    (better, worse), (high, low) = descend(both, VALLEY, START, 3000, noise=kicks).f[-500:].mean(axis=(0, -1)).reshape(2, 2)
    assert worse > 1.5 * better and low < high / 3


def test_a_warm_up_shortens_the_first_steps():
    for alpha, warm, longest in [(0.99, 100, 1.26), (0.9, 10, 1.24)]:
        moved = np.abs(np.diff(descend(lambda t, a=alpha, w=warm: RMSprop(lr=min(1, t / w), alpha=a, eps=0), flat, [0.0], 1000,
                                       noise=np.ones((1000, 1))).x[:, 0]))
        assert moved.max() == pytest.approx(longest, abs=0.005)
