"""The exponential moving average and its lengths, each against a sum over its weights written out."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import bias_correction, effective_size, ema, half_life, mean_age, weights, window

decays = st.floats(0, 0.999)
numbers = st.floats(-1e6, 1e6).filter(lambda a: a == 0 or abs(a) > 1e-6)
series = arrays(float, st.integers(1, 12), elements=numbers)


@given(decays, series, numbers)
def test_the_average_is_the_weighted_sum_of_all_that_was(alpha, y, start):
    for t, v in enumerate(ema(y, alpha, start), 1):
        parts = [(1 - alpha) * alpha**k * y[t - 1 - k] for k in range(t)] + [alpha**t * start]
        assert math.isclose(v, math.fsum(parts), rel_tol=1e-9, abs_tol=1e-12 * math.fsum(map(abs, parts)))


@given(decays, series)
def test_the_average_is_a_convolution_with_the_weights(alpha, y):
    assert np.allclose(ema(y, alpha), np.convolve(y, weights(alpha, len(y)))[: len(y)], rtol=1e-9, atol=1e-9 * np.abs(y).max())


@given(decays, series, st.floats(-3, 3))
def test_the_average_is_linear_and_keeps_a_constant(alpha, y, c):
    assert np.allclose(ema(c * y, alpha), c * ema(y, alpha), rtol=1e-9, atol=1e-9 * np.abs(y).max())
    same = np.full(len(y), c)
    assert np.allclose(ema(same, alpha, start=c), c, rtol=1e-12)
    assert np.allclose(bias_correction(ema(same, alpha), alpha), c, rtol=1e-9)


@given(decays, series)
def test_the_average_stays_between_the_least_and_the_greatest(alpha, y):
    v, slack = ema(y, alpha, start=y[0]), 1e-9 * np.abs(y).max()
    assert np.all(v >= np.minimum.accumulate(y) - slack) and np.all(v <= np.maximum.accumulate(y) + slack)


@given(decays, series)
def test_the_correction_makes_weights_that_add_up_to_one(alpha, y):
    corrected = bias_correction(ema(y, alpha), alpha)
    assert math.isclose(corrected[0], y[0], rel_tol=1e-12, abs_tol=1e-300)
    for t in range(1, len(y) + 1):
        w = [alpha ** (t - s) for s in range(1, t + 1)]
        mean = math.fsum(a * b for a, b in zip(w, y, strict=False)) / math.fsum(w)
        assert math.isclose(corrected[t - 1], mean, rel_tol=1e-6, abs_tol=1e-9 * np.abs(y).max())


def test_by_hand():
    assert ema([4, 4, 4], 0.5).tolist() == [2, 3, 3.5]
    assert ema([8.0, 0.0], 0.75, start=4.0).tolist() == [5, 3.75]
    assert weights(0.5, 4).tolist() == [0.5, 0.25, 0.125, 0.0625] and weights(0.5, 0).shape == (0,)
    assert weights(0, 3).tolist() == [1, 0, 0]
    assert bias_correction([2, 3, 3.5], 0.5).tolist() == [4, 4, 4]
    assert ema([1, 2, 3], 0).tolist() == [1, 2, 3]
    assert (half_life(0.5), mean_age(0.5), window(0.5), effective_size(0.5)) == (1, 1, 2, 3)
    assert (mean_age(0), window(0), effective_size(0)) == (0, 1, 1)


@given(decays, st.integers(0, 60))
def test_weights(alpha, n):
    w = weights(alpha, n)
    assert w.shape == (n,) and w.dtype == float and np.all(w >= 0) and np.all(np.diff(w) <= 0)
    assert math.isclose(w.sum(), 1 - alpha**n, rel_tol=1e-9, abs_tol=1e-12)


@given(st.floats(0.01, 0.99))
def test_the_lengths_are_what_they_are_called(alpha):
    w = weights(alpha, 6000)  # 0.99^6000 is below 1e-26
    ages = np.arange(len(w))
    assert math.isclose(alpha ** half_life(alpha), 0.5, rel_tol=1e-9)
    assert math.isclose(mean_age(alpha), w @ ages, rel_tol=1e-9)
    assert math.isclose(window(alpha), 1 / w[0], rel_tol=1e-9)
    assert math.isclose(effective_size(alpha), 1 / (w @ w), rel_tol=1e-9)
    assert mean_age(alpha) < window(alpha) < effective_size(alpha) and window(alpha) == pytest.approx(mean_age(alpha) + 1)


@given(st.floats(1e-300, 0.999999), st.floats(1e-300, 0.999999))
def test_more_decay_is_more_memory(a, b):
    a, b = sorted((a, b))
    for length in (half_life, mean_age, window, effective_size):
        assert 0 < length(a) <= length(b) < math.inf


def test_the_ends_of_the_interval():
    nearest = math.nextafter(1, 0)
    for length in (half_life, mean_age, window, effective_size):
        assert math.isfinite(length(nearest)) and length(nearest) > 1e15
    assert half_life(5e-324) > 0
    assert ema([1.0, 1.0], nearest)[1] > 0


# Shapes, types, purity.


@given(decays)
def test_a_batch_of_series_is_a_loop_bit_for_bit(alpha):
    y = np.random.default_rng(0).normal(size=(5, 2, 3))
    together, corrected = ema(y, alpha), bias_correction(y, alpha)
    assert together.shape == corrected.shape == y.shape
    for i, j in np.ndindex(2, 3):
        assert np.array_equal(together[:, i, j], ema(y[:, i, j], alpha))
        assert np.array_equal(corrected[:, i, j], bias_correction(y[:, i, j], alpha))


def test_a_start_for_every_series():
    y, start = np.ones((3, 2)), np.array([1.0, 5.0])
    assert ema(y, 0.5, start).tolist() == [[1, 3], [1, 2], [1, 1.5]]
    assert ema(y, 0.5, start=3).tolist() == [[2, 2], [1.5, 1.5], [1.25, 1.25]]


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtype_is_preserved(dtype):
    y = np.array([1, 2, 4], dtype=dtype)
    for alpha in (0.5, np.float64(0.5)):
        assert ema(y, alpha).dtype == dtype and bias_correction(y, alpha).dtype == dtype
        assert ema(y, alpha, start=np.float64(1)).dtype == dtype
        assert ema(y, alpha).tolist() == [0.5, 1.25, 2.625]
    assert ema([1, 2], 0.5).dtype == float and bias_correction([1, 2], 0.5).dtype == float


@pytest.mark.parametrize("dtype", [np.float16, np.float32])
def test_a_series_of_low_precision_is_averaged_in_its_own(dtype):
    y = np.random.default_rng(2).normal(size=40).astype(dtype)
    v, last = [], dtype(1 / 3)
    for now in y:
        last = dtype(0.9) * last + dtype(1 - 0.9) * now
        v.append(last)
    assert np.array_equal(ema(y, 0.9, start=1 / 3), v)


@given(decays, series)
def test_averages_are_pure(alpha, y):
    y.setflags(write=False)
    start = np.array(0.5)
    start.setflags(write=False)
    before = y.copy()
    assert ema(y, alpha, start).tobytes() == ema(y, alpha, start).tobytes()
    assert bias_correction(y, alpha).tobytes() == bias_correction(y, alpha).tobytes()
    assert np.array_equal(y, before) and start == 0.5
    assert not np.shares_memory(ema(y, alpha), y) and not np.shares_memory(bias_correction(y, alpha), y)


def test_a_nan_and_an_infinity_are_never_forgotten():
    assert np.isnan(ema([1.0, math.nan, 1.0, 1.0], 0.5)[1:]).all()
    assert ema([1.0, math.inf, 1.0], 0.5).tolist() == [0.5, math.inf, math.inf]
    assert ema([5e-324, 0.0], 0.5).tolist() == [0, 0]


def test_nothing_has_an_average_of_no_length():
    assert ema([], 0.9).shape == (0,) and bias_correction([], 0.9).shape == (0,)


# Bad input.

NO_DECAY = [-1e-300, -1, 1, 1.5, math.inf, math.nan, None, "0.9", 1j, True, False, [0.9], np.array([0.5, 0.9])]
OF_ALPHA = {
    "ema": lambda alpha: ema([1.0], alpha),
    "weights": lambda alpha: weights(alpha, 3),
    "bias_correction": lambda alpha: bias_correction([1.0], alpha),
    "half_life": half_life,
    "mean_age": mean_age,
    "window": window,
    "effective_size": effective_size,
}


@pytest.mark.parametrize("function", OF_ALPHA)
@pytest.mark.parametrize("alpha", NO_DECAY, ids=repr)
def test_a_decay_outside_its_interval_is_refused(function, alpha):
    with pytest.raises(ValueError) as error:
        OF_ALPHA[function](alpha)
    allowed = "a half-life needs one number, 0 < alpha < 1." if function == "half_life" else "it must be one number in [0, 1), that"
    assert str(error.value).startswith(f"alpha is {alpha!r}; {allowed}") and str(error.value).endswith("alpha < 1.")


def test_without_memory_there_is_no_half_life():
    with pytest.raises(ValueError, match="alpha is 0; a half-life needs one number, 0 < alpha < 1."):
        half_life(0)


REFUSED = {
    "y a number": (lambda: ema(3.0, 0.9), "y is 3.0; it must be a series: an array whose first axis is time."),
    "y a word": (lambda: ema("abc", 0.9), "y is 'abc'; it must be an array of numbers."),
    "y ragged": (lambda: ema([[1], [1, 2]], 0.9), "y is [[1], [1, 2]]; it must be an array of numbers."),
    "y nothing": (lambda: ema(None, 0.9), "y is None; it must be an array of numbers."),
    "v a number": (lambda: bias_correction(3.0, 0.9), "v is 3.0; it must be a series: an array whose first axis is time."),
    "v a word": (lambda: bias_correction(["a"], 0.9), "v is ['a']; it must be an array of numbers."),
    "start too long": (
        lambda: ema(np.ones((3, 2)), 0.9, start=np.ones(3)),
        "start has the shape (3,); it must be one number, or have the shape (2,) of a y.",
    ),
    "start a list": (lambda: ema(np.ones(3), 0.9, [1.0]), "start has the shape (1,); it must be one number, or have the shape ()"),
    "y masked": (lambda: ema(np.ma.array([1.0, 1e9], mask=[False, True]), 0.9), "y is masked_array(data=[1.0, --]"),
    "v masked": (lambda: bias_correction(np.ma.array([1.0]), 0.9), "v is masked_array(data=[1.]"),
    "start a word": (lambda: ema(np.ones(3), 0.9, start="0"), "start is '0'; it must be an array of numbers."),
    "start nothing": (lambda: ema(np.ones(3), 0.9, start=None), "start is None; it must be an array of numbers."),
    **{
        f"n {bad!r}": (lambda bad=bad: weights(0.9, bad), f"n is {bad!r}; it must be a whole number, 0 or more.")
        for bad in (-1, 2.0, math.nan, None, "3", True, [3])
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_a_sentence(case):
    call, sentence = REFUSED[case]
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value).startswith(sentence)


def test_numbers_of_numpy_are_numbers():
    assert weights(np.float32(0.5), np.int64(2)).tolist() == [0.5, 0.25]
    assert half_life(np.float32(0.5)) == pytest.approx(1) and window(np.float64(0.5)) == 2
