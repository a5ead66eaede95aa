"""T4, T5 and T6, the theorems of the chapter on the moving average, beyond the examples that the page prints."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import bias_correction, effective_size, ema, half_life, mean_age, weights, window

decays = st.floats(0, 0.999)
long = st.floats(0.01, 0.999)  # the decays of a memory that has no end
values = st.floats(-1e3, 1e3, allow_subnormal=False)
series = st.integers(1, 40).flatmap(lambda t: arrays(float, t, elements=values))


def long_run(alpha):
    """The weights, of all ages that matter."""
    return weights(alpha, 10 + int(np.ceil(np.log(1e-18) / np.log(alpha))))


@given(y=series, alpha=decays, start=values)
def test_T4_weights_of_a_moving_average(y, alpha, start):
    t = len(y)
    newest_first = (1 - alpha) * alpha ** np.arange(t)
    expected = alpha**t * start + newest_first @ y[::-1]
    assert np.isclose(ema(y, alpha, start)[-1], expected, rtol=1e-12, atol=1e-9)
    assert np.allclose(weights(alpha, t), newest_first, rtol=1e-14, atol=0)
    assert np.isclose(weights(alpha, t).sum(), 1 - alpha**t, rtol=1e-11, atol=0)


@given(alpha=decays, rows=st.integers(1, 4), columns=st.integers(1, 4))
def test_T4_holds_for_every_entry_of_an_array(alpha, rows, columns):
    y = np.random.default_rng(rows * 10 + columns).normal(size=(12, rows, columns))
    together = ema(y, alpha)
    for i in range(rows):
        for j in range(columns):
            assert np.allclose(together[:, i, j], ema(y[:, i, j], alpha), rtol=0, atol=1e-14)


def test_T4_the_printed_sums():
    assert [round(float(weights(0.9, t).sum()), 5) for t in (1, 2, 5, 10)] == [0.1, 0.19, 0.40951, 0.65132]
    assert ema([16, 4, 20], 0.75).tolist() == [4, 4, 8]


@given(alpha=st.floats(0.001, 0.999))
def test_T4b_response_to_a_step_and_to_a_ramp(alpha):
    t = np.arange(1, 301)
    arrived = 1 - alpha**t
    assert np.allclose(ema(np.ones(300), alpha), arrived, rtol=1e-11, atol=0)
    assert np.allclose(ema(t, alpha), t - alpha / (1 - alpha) * arrived, rtol=1e-9, atol=0)


@pytest.mark.parametrize("alpha", [0.01, 0.5, 0.9, 0.99])
def test_T4b_the_lag_of_a_ramp_tends_to_the_mean_age(alpha):
    assert np.isclose(4000 - ema(np.arange(1, 4001), alpha)[-1], alpha / (1 - alpha), rtol=1e-9)


@given(alpha=long, n=st.integers(1, 300))
def test_T5_share_of_the_newest(alpha, n):
    w = long_run(alpha)
    assert np.isclose(w.sum(), 1, rtol=1e-12)
    assert np.isclose(w[:n].sum(), 1 - alpha**n, rtol=1e-11)


@given(alpha=long)
def test_T5_half_life(alpha):
    h = half_life(alpha)
    assert np.isclose(alpha**h, 0.5, rtol=1e-12)
    assert np.allclose(alpha ** (np.arange(9) + h), alpha ** np.arange(9.0) / 2, rtol=1e-12, atol=0)  # from every age on
    whole = int(np.ceil(h - 1e-9))                              # the half-life lies between two whole numbers of steps
    assert weights(alpha, whole).sum() >= 0.5 * (1 - 1e-9)
    assert whole == 1 or weights(alpha, whole - 1).sum() < 0.5


@given(h=st.floats(0.1, 1e4))
def test_T5_decay_for_a_half_life(h):
    assert np.isclose(half_life(2 ** (-1 / h)), h, rtol=1e-12)


@given(alpha=long)
def test_T5_mean_age(alpha):
    w = long_run(alpha)
    assert np.isclose(np.arange(len(w)) @ w, mean_age(alpha), rtol=1e-9)
    assert np.isclose(mean_age(alpha), alpha / (1 - alpha), rtol=1e-12)


def test_T5_share_of_the_window_falls_to_1_minus_1_over_e():
    alphas = 1 - np.geomspace(0.95, 1e-6, 60)
    shares = np.array([1 - a ** window(a) for a in alphas])
    assert np.all(shares > 1 - 1 / np.e)
    assert np.all(np.diff(shares) < 0)
    assert abs(shares[-1] - (1 - 1 / np.e)) < 1e-6
    for n in (2, 4, 10, 100):                                   # where the window is a whole number, count
        assert np.isclose(weights(1 - 1 / n, n).sum(), 1 - (1 - 1 / n) ** n, rtol=1e-12)
        assert np.isclose(window(1 - 1 / n), n, rtol=1e-12)


@given(alpha=long)
def test_T5_variance_factor(alpha):
    """Independent values: the variance of a weighted sum is σ² times the sum of the squared weights."""
    factor = np.sum(long_run(alpha) ** 2)
    seen = ema(np.eye(40), alpha)[-1]                           # how much of each of 40 values is in the average
    assert np.isclose(np.sum(seen**2), factor * (1 - alpha**80), rtol=1e-9)
    assert np.isclose(factor, (1 - alpha) / (1 + alpha), rtol=1e-10)
    assert np.isclose(factor, 1 / effective_size(alpha), rtol=1e-10)
    assert np.isclose(effective_size(alpha), 1 + 2 * mean_age(alpha), rtol=1e-12)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("kind", ["normal", "uniform", "exponential"])
def test_T5_variance_is_measured(kind, seed):
    rng = np.random.default_rng(seed)
    noise = getattr(rng, kind)(size=(120, 20_000))
    noise[::2] = noise.mean() + noise.std() * rng.choice([-1, 1], (60, 20_000))  # not alike: only mean and variance agree
    variance = np.var(noise)
    for alpha in (0.5, 0.75, 0.9):
        measured = np.var(ema(noise, alpha, start=5.0)[-1]) / variance
        assert abs(measured * (1 + alpha) / (1 - alpha) - 1) < 0.06


@pytest.mark.parametrize("alpha", [0.5, 0.75, 0.9, 0.95])
def test_T5_the_box_that_matches(alpha):
    n = round(effective_size(alpha))
    assert np.isclose(n, effective_size(alpha))
    box = np.full(n, 1 / n)
    w = long_run(alpha)
    assert np.isclose(np.arange(n) @ box, np.arange(len(w)) @ w)
    assert np.isclose(box @ box, w @ w)


def test_T5_the_printed_numbers():
    table = {
        0.75: (2.41, 3, 4, 0.684, 7),
        0.9: (6.58, 9, 10, 0.651, 19),
        0.99: (68.97, 99, 100, 0.634, 199),
        0.999: (692.8, 999, 1000, 0.632, 1999),
    }
    for alpha, (half, age, wide, share, size) in table.items():
        assert round(half_life(alpha), 2) == half
        assert np.allclose([mean_age(alpha), window(alpha), effective_size(alpha)], [age, wide, size])
        assert round(1 - alpha ** window(alpha), 3) == share
    assert round(2 ** (-1 / 20), 4) == 0.9659


@given(y=series, alpha=st.floats(0.001, 0.999))
def test_T6_bias_correction_is_the_weighted_mean_and_the_best_constant(y, alpha):
    t = len(y)
    counts = alpha ** np.arange(t - 1, -1, -1.0)
    corrected = bias_correction(ema(y, alpha), alpha)[-1]
    size = np.abs(y).max() + 1e-9
    assert np.isclose(corrected, counts @ y / counts.sum(), rtol=1e-9, atol=1e-9 * size)
    assert y.min() - 1e-9 * size <= corrected <= y.max() + 1e-9 * size

    def error(c):
        return counts @ (y - c) ** 2

    for away in (0.5, -0.5, 1e-2, -1e-2):
        assert error(corrected + away * size) > error(corrected)


@given(alpha=decays, level=values, t=st.integers(1, 60))
def test_T6_a_constant_comes_out_as_it_is(alpha, level, t):
    assert np.allclose(bias_correction(ema(np.full(t, level), alpha), alpha), level, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("alpha", [0.5, 0.9, 0.99])
def test_T6_without_correction_the_average_is_too_low_by_the_weight_of_the_start(alpha):
    y = np.random.default_rng(0).random((50, 7)) + 1
    v = ema(y, alpha)
    t = np.arange(1, 51)[:, None]
    assert np.allclose(bias_correction(v, alpha) * (1 - alpha**t), v, rtol=1e-12)
    assert np.all(bias_correction(v, alpha) > v)


@pytest.mark.parametrize("alpha", [0.5, 0.9, 0.99, 0.999])
@pytest.mark.parametrize("level", [1.0, -300.0])
def test_T6_in_float32_the_corrected_average_stays_within_its_values(alpha, level):
    """Noise of size 1 around a level anywhere: the recurrence in single precision is the weighted mean to six digits."""
    y = (level + np.random.default_rng(2).normal(size=2000)).astype(np.float32)
    hat = bias_correction(ema(y, np.float32(alpha)), float(np.float32(alpha)))
    assert hat.dtype == np.float32
    exact = bias_correction(ema(y.astype(float), float(np.float32(alpha))), float(np.float32(alpha)))
    assert np.allclose(hat, exact, rtol=2e-4 if alpha == 0.999 else 2e-5, atol=2e-5)


@given(alpha=st.floats(0.001, 0.998))
def test_a_longer_memory_is_steadier_and_lags_more(alpha):
    """At every α, not at a slider's stops: the half-life, the lag and N all rise with α, and N = 1 + 2 · (mean age)."""
    longer = alpha + 0.001
    for measure in (half_life, mean_age, window, effective_size):
        assert measure(longer) > measure(alpha)
    assert np.isclose(effective_size(alpha), 1 + 2 * mean_age(alpha))
    assert half_life(alpha) < window(alpha)
    assert half_life(alpha) < mean_age(alpha) or alpha < 0.501  # equal at ½


def test_the_exchange_rate_is_that_of_a_family():
    """Of the mean age 9 and the steadiness 19 of α = 0.9, a triangle has the first with more steadiness, a fitted line the second and no lag."""
    triangle = np.arange(28.0, 0, -1) / 406
    assert triangle.sum() == pytest.approx(1) and triangle @ np.arange(28) == pytest.approx(9)
    assert 1 / (triangle @ triangle) == pytest.approx(21.37, abs=0.005) and effective_size(0.9) == pytest.approx(19)
    ages = np.arange(75.0)
    line = np.array([np.polyval(np.polyfit(-ages, one, 1), 0) for one in np.eye(75)])  # what each value adds to the fit's end
    assert 1 / (line @ line) == pytest.approx(19.13, abs=0.005)
    assert line @ (1000 - 2 * ages) == pytest.approx(1000)


def test_the_wall_is_forgotten_in_the_logarithm_of_its_height():
    """α = 0.9, ten gradients of G, then ones: the steps until v < 2, on a grid of heights, against the closed form."""
    for height in np.geomspace(3, 1e6, 200):
        v = ema(np.r_[np.full(10, height), np.ones(400)] ** 2, 0.9)[10:]
        excess = (1 - 0.9**10) * (height**2 - 1) - 0.9**10             # behind the wall v is 1 more than this
        expected = int(np.floor(np.log(excess) / np.log(1 / 0.9))) + 1
        assert int(np.argmax(v < 2)) + 1 == expected, height


@given(alpha=st.floats(0.01, 0.99))
def test_T4_a_longer_memory_weighs_new_values_less_and_old_ones_more(alpha):
    """The weights add up to one in both, so what the new values lose the old ones gain: they cross once, at the window or so."""
    n = 4000
    gain = weights(alpha + 0.005, n) - weights(alpha, n)
    turn = int(np.argmax(gain > 0))
    assert gain[0] < 0 and turn > 0 and np.all(gain[:turn] <= 0)
    assert turn <= window(alpha + 0.005) + 1
