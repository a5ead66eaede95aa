"""The theorem of the chapter *One step size for everyone*."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmsprop_lib import GradientDescent, Objective, descend, quadratic, rotated

CURVATURES = st.lists(st.floats(1e-3, 1e3), min_size=1, max_size=6)


def slowest(curvatures, lr):
    """ρ(γ): by how much a step shrinks the parameter that shrinks least."""
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
    rho = slowest(lam, lr)
    assert rho < 1
    x = descend(GradientDescent(lr=lr), quadratic(*lam), x0, steps=200).x
    assert np.all(np.abs(x[-1]) <= rho**200 * (1 + 1e-9) + 1e-300)
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
