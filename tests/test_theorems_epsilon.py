"""The theorems of the chapter “Epsilon and the edge of floating point”."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmsprop_lib import GradientDescent, Objective, RMSprop, descend, quadratic, shifted

some = settings(deadline=None, max_examples=60)
floors = st.floats(1e-12, 10)
decays = st.floats(0, 0.99)
sizes = st.floats(1e-12, 1e6)
FORMATS = [np.float16, np.float32, np.float64]
PLACES = ["eps", "eps_root"]


def rule_with(place, floor, lr=1.0, alpha=0.9):
    return RMSprop(lr=lr, alpha=alpha, **{"eps": 0.0, "eps_root": 0.0, place: floor})


def walk(rule, gradients, kind=np.float64, x0=0.0):
    """Positions and accumulators of one parameter under given gradients, in one number format."""
    x, v = np.full(1, x0, kind), np.zeros(1, kind)
    xs, vs = [x], [v]
    with np.errstate(all="ignore"):
        for g in gradients:
            x, v = rule.step(x, v, np.array([g], kind))
            xs.append(x)
            vs.append(v)
    return np.array(xs)[:, 0], np.array(vs)[:, 0]


# --- T28 ---------------------------------------------------------------------------------------------------------------------


@some
@given(sizes, floors, decays, st.sampled_from([-1, 1]))
def test_T28_the_turn_under_a_constant_gradient(size, floor, alpha, sign):
    steps = int(np.ceil(35 / (1 - alpha)))
    for place, divisor in [("eps", size + floor), ("eps_root", np.sqrt(size**2 + floor))]:
        x, _ = walk(rule_with(place, floor, lr=0.1, alpha=alpha), steps * [sign * size])
        assert x[-1] - x[-2] == pytest.approx(-sign * 0.1 * size / divisor, rel=1e-6, abs=1e-15 * abs(x[-1]))


@some
@given(floors)
def test_T28_the_step_at_the_turn(floor):
    outside, _ = RMSprop(lr=1, alpha=0, eps=floor).step(np.zeros(1), np.zeros(1), np.array([floor]))
    inside, _ = RMSprop(lr=1, alpha=0, eps=0, eps_root=floor).step(np.zeros(1), np.zeros(1), np.array([np.sqrt(floor)]))
    assert outside[0] == pytest.approx(-1 / 2) and inside[0] == pytest.approx(-1 / np.sqrt(2))


@some
@given(st.integers(0, 1000), floors, decays, st.floats(-8, 4))
def test_T28_never_longer_than_gradient_descent_and_hardly_shorter_far_below(seed, floor, alpha, power):
    gradients = 10**power * np.random.default_rng(seed).standard_cauchy(50)
    for place, bottom in [("eps", floor), ("eps_root", np.sqrt(floor))]:
        x, v = walk(rule_with(place, floor, alpha=alpha), gradients)
        moved, limit = np.abs(np.diff(x)), np.abs(gradients) / bottom
        delta = np.sqrt(v[1:]) / bottom
        slack = 1e-14 * np.abs(x).max()
        assert np.all(moved <= limit * (1 + 1e-12) + slack)
        assert np.all(moved >= limit / (1 + delta) * (1 - 1e-12) - slack)


@some
@given(st.floats(0, 1e12), st.floats(1e-12, 1e6))
def test_T28_outside_does_the_work_of_the_square_inside(v, eps):
    """As the steps of the two rules show it, and as the inequality says it."""
    inside, outside = np.sqrt(v + eps**2), np.sqrt(v) + eps
    assert inside <= outside * (1 + 1e-15) and outside <= np.sqrt(2) * inside * (1 + 1e-15)
    g, alpha, zero = np.ones(1), 0.9, np.zeros(1)
    one, two = (rule_with(place, e, alpha=alpha).step(zero, np.array([v]), g)[0][0] for place, e in [("eps", eps), ("eps_root", eps**2)])
    assert one <= 0 and two <= one * (1 - 1e-15) + 1e-300 and -two <= -np.sqrt(2) * one * (1 + 1e-15)


def test_T28_the_exchange_is_sharp_where_root_v_is_eps():
    v, eps = np.geomspace(1e-30, 1e10, 4001), 1e-8
    g = np.sqrt(v)
    out, into = (rule_with(place, e, alpha=0).step(0 * g, 0 * g, g)[0] for place, e in [("eps", eps), ("eps_root", eps**2)])
    ratio = into / out
    assert ratio.max() == pytest.approx(np.sqrt(2), rel=1e-12) and v[ratio.argmax()] == pytest.approx(eps**2)
    assert ratio[0] == pytest.approx(1, abs=1e-6) and ratio[-1] == pytest.approx(1, abs=1e-6)


def test_T28_printed_numbers():
    """ε = 1e-8 and α = 0: the accumulator is g² at once."""
    seen = {place: [-walk(rule_with(place, 1e-8, alpha=0), [g])[0][-1] for g in (1e-4, 1e-8)] for place in PLACES}
    assert np.round(seen["eps"], 4).tolist() == [0.9999, 0.5]
    assert np.round(seen["eps_root"], 4).tolist() == [0.7071, 0.0001]


@pytest.mark.parametrize("place, floor", [("eps", 1e8), ("eps_root", 1e16)])
def test_T28_below_the_floor_the_run_is_gradient_descent(place, floor):
    valley, start = quadratic(0.2, 4), [-5.0, -2.0]
    plain = descend(GradientDescent(lr=0.4), valley, start, 100).x
    run = descend(rule_with(place, floor, lr=0.4e8), valley, start, 100).x
    np.testing.assert_allclose(run, plain, rtol=1e-5)
    above = descend(rule_with(place, 1e-20, lr=0.4), valley, start, 100).x
    assert np.abs(above - plain).max() > 1


# --- T29 ---------------------------------------------------------------------------------------------------------------------


def smallest(kind):
    return np.finfo(kind).smallest_subnormal


def neighbours(number, kind, few=3):
    """The numbers of a format nearest to a real number."""
    near = kind(number)
    below, above = [near], [near]
    for _ in range(few):
        below.append(np.nextafter(below[-1], kind(0)))
        above.append(np.nextafter(above[-1], kind(np.inf)))
    return [*below, *above[1:]]


@pytest.mark.parametrize("kind", FORMATS)
def test_T29_a_small_floor_rounds_to_nothing(kind):
    m = smallest(kind)
    assert m / kind(2) == 0 and m * kind(0.51) == m
    if kind is not np.float64:
        half = float(m) / 2
        assert kind(half) == 0 and kind(np.nextafter(half, 1)) == m
    assert np.float16(1e-8) == 0 and np.float16(1e-7) > 0 and np.float32(1e-8) > 0
    for place in PLACES:  # so a gradient of 0 is divided by 0
        x, _ = walk(rule_with(place, 1e-8), [0.0], kind)
        assert np.isnan(x[-1]) if kind is np.float16 else x[-1] == 0


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("alpha", [0.0, 0.5, 0.75, 0.9, 0.99])
def test_T29_where_the_square_and_v_are_lost(kind, alpha):
    m, c = smallest(kind), kind(1 - alpha)
    exact = np.longdouble  # holds the squares and the products that the format cannot
    root = np.sqrt(exact(m) / 2)
    for g in neighbours(float(root), kind):
        assert (g * g == 0) == (exact(g) <= root)
    lost, kept = False, False
    for factor in np.linspace(0.5, 4, 50):
        g = kind(factor * float(root) / np.sqrt(1 - alpha))
        v = walk(RMSprop(lr=1, alpha=alpha), [g], kind)[1][-1]
        assert (v == 0) == (exact(c) * exact(g * g) <= exact(m) / 2)
        lost, kept = lost or v == 0, kept or v > 0
    assert lost and kept


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("place", PLACES)
def test_T29_when_v_is_lost_only_the_floor_is_left(kind, place):
    g = kind(2) * smallest(kind)
    for gradient, length in [(g, np.inf), (-g, np.inf), (kind(0), np.nan)]:
        x, v = walk(rule_with(place, 0.0), [gradient], kind)
        assert v[-1] == 0
        assert np.isnan(x[-1]) if np.isnan(length) else x[-1] == -np.sign(gradient) * length
    x, _ = walk(rule_with(place, 0.0, lr=0.01), [g], kind)  # here γ g rounds to 0 too
    assert np.isnan(x[-1])
    floor = 0.25
    x, _ = walk(rule_with(place, floor), [g], kind)
    assert x[-1] == -g / (kind(floor) if place == "eps" else np.sqrt(kind(floor)))


@pytest.mark.parametrize("kind, edge", [(np.float16, 2.0**8), (np.float32, 2.0**64), (np.float64, 2.0**512)])
def test_T29_where_the_square_overflows(kind, edge):
    limits = np.finfo(kind)
    assert limits.maxexp % 2 == 0  # E + 1
    assert edge == 2.0 ** (limits.maxexp / 2)
    for g in neighbours(edge, kind):
        _, v = walk(RMSprop(lr=1, alpha=0.9), [g], kind)
        assert np.isinf(v[-1]) == (g >= edge)
        with np.errstate(over="ignore"):
            assert np.isinf(g * g) == (g >= edge)


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("place, floor", [("eps", 0.0), ("eps", 1e-3), ("eps_root", 1e-3)])
@pytest.mark.parametrize("alpha", [0.1, 0.9, 0.99])
def test_T29_an_infinite_v_freezes_the_parameter_for_ever(kind, place, floor, alpha):
    later = np.random.default_rng(1).normal(size=200)
    x, v = walk(rule_with(place, floor, lr=0.01, alpha=alpha), [np.finfo(kind).max, *later], kind, x0=5.0)
    assert np.all(np.isinf(v[1:])) and np.all(x == 5)


def test_T29_the_same_average_written_as_a_correction_becomes_nan():
    v = np.float64(np.inf)
    with np.errstate(invalid="ignore"):
        assert np.isnan(v + (1 - 0.9) * (1.0 - v))
    x, after = RMSprop(lr=1).step(np.ones(1), np.array([v]), np.ones(1))
    assert after[0] == np.inf and x[0] == 1


def test_T29_printed_numbers():
    """α = 0.9: the first gradient of each format that leaves a trace in g², and in v."""
    edges = {np.float16: ("0.000173", "0.000573"), np.float32: ("2.65e-23", "7.94e-23"), np.float64: ("1.57e-162", "5.21e-162")}
    for kind, printed in edges.items():
        as_int = f"u{np.dtype(kind).itemsize}"

        def first(test, kind=kind, as_int=as_int):
            low, high = 0, int(np.array(np.finfo(kind).max).view(as_int))
            while high - low > 1:
                middle = (low + high) // 2
                number = np.array(middle, as_int).view(kind)[()]
                low, high = (low, middle) if test(number) else (middle, high)
            return np.array(high, as_int).view(kind)[()]

        with np.errstate(all="ignore"):
            found = first(lambda g: g * g > 0), first(lambda g: walk(RMSprop(lr=1), [g], type(g))[1][-1] > 0)
        assert tuple(f"{g:.3g}" for g in found) == printed


def bfloat16(x):
    """A number with 8 binary digits and the range of float32, rounded to the nearest, on a tie to the even one."""
    bits = np.float32(x).view(np.uint32)
    return ((bits + np.uint32(0x7FFF) + (bits >> 16 & 1)) >> 16 << 16).view(np.float32)


@given(st.floats(1e-30, 1e30), st.sampled_from([-1, 1]))
def test_T29_bfloat16_is_rounded_to_eight_digits(size, sign):
    x = np.float32(sign * size)
    scale = 2.0 ** (np.floor(np.log2(abs(float(x)))) - 7)
    assert float(bfloat16(x)) == np.round(float(x) / scale) * scale  # np.round rounds a tie to the even one too


def test_T29_bfloat16_rounds_a_tie_to_the_even_number():
    ties = np.arange(128, 256) + 0.5
    assert np.array_equal(bfloat16(ties), np.round(ties)) and np.array_equal(bfloat16(-ties), -np.round(ties))


def test_T29_bfloat16_overflows_where_float32_does():
    p, E = 8, 127
    assert float(bfloat16((2 - 2.0 ** (1 - p)) * 2.0**E)) == (2 - 2.0 ** (1 - p)) * 2.0**E
    edge = np.float32(2.0 ** ((E + 1) / 2))
    below = np.float32(2.0**64 * (1 - 2.0**-p))
    with np.errstate(over="ignore"):
        assert bfloat16(edge * edge) == np.inf and bfloat16(below) == below and bfloat16(below * below) < np.inf


@pytest.mark.parametrize("alpha, stored, end", [(0.9, 0.8984375, 0.00989), (0.99, 0.98828125, 0.0130), (0.999, 1.0, 1.0)])
def test_T29_an_average_in_bfloat16_stops_forgetting(alpha, stored, end):
    """Range is no trouble there, precision is: v from 1 under g = 0.1 should fall to 0.01."""
    a, c, square, v = bfloat16(alpha), bfloat16(1 - alpha), bfloat16(bfloat16(0.1) ** 2), np.float32(1)
    for _ in range(5000):
        v = bfloat16(bfloat16(a * v) + bfloat16(c * square))
    assert a == stored and v == pytest.approx(end, rel=2e-3)


@pytest.mark.parametrize("c", [0.0, 2.0, 1.3])
def test_T28_the_floor_at_which_a_run_settles_does_not_depend_on_where_the_minimum_is(c):
    """The picture of the valley with ε raised: with a little noise, a minimum elsewhere changes nothing."""
    noise, eps = 1e-3 * np.random.default_rng(1).normal(size=(4000, 2)), np.array([1e-8, 0.02, 0.1, 0.4, 0.7, 0.9, 1])[:, None]
    run = descend(RMSprop(lr=0.4, alpha=0.9, eps=eps), shifted(quadratic(0.2, 4), c), c - np.array([5.0, 2.0]), 4000, noise=noise)
    swing = np.maximum(0.2 - eps / np.array([0.2, 4]), 0)
    assert run.f[-200:].mean(axis=0) == pytest.approx(quadratic(0.2, 4)(swing), rel=0.01, abs=2e-6)


@pytest.mark.parametrize("floor, end", [({}, 64.4), ({"eps": 1e-8}, 22.6), ({"eps_root": 1e-8}, 13.7)])
def test_T28_a_gradient_that_fades_reaches_the_floor_and_the_steps_fade_with_it(floor, end):
    hill = Objective("e⁻ˣ", lambda x: np.exp(-x)[..., 0], lambda x: -np.exp(-x), None)
    x = descend(RMSprop(**{"lr": 0.05, "alpha": 0.9, "eps": 0, **floor}), hill, [0.0], 4000).x[:, 0]
    assert x[2000] == pytest.approx(end, abs=0.05)
    ratio = (x[4000] - x[3999]) / (x[2000] - x[1999])
    assert ratio == pytest.approx(1) if not floor else 0.3 < ratio < 0.5
