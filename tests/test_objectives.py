"""The objectives: values by hand, gradients against central differences, rotation, shapes and types."""

import math
from dataclasses import FrozenInstanceError, replace

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import Objective, absolute, quadratic, rosenbrock, rotated, saddle, shifted

coordinates = st.floats(-3, 3)
points = arrays(float, 2, elements=coordinates)
angles = st.floats(-7, 7)
curvatures = st.lists(st.floats(0, 1e3), min_size=1, max_size=4)

PLANE = [
    lambda: quadratic(0.2, 4),
    lambda: quadratic(0, 1),
    lambda: rosenbrock(),
    lambda: rosenbrock(-0.5, 3),
    lambda: saddle(),
    lambda: rotated(quadratic(0.2, 4), 0.7),
    lambda: rotated(rosenbrock(), -2.0),
    lambda: rotated(saddle(), 1.0),
]
in_the_plane = pytest.mark.parametrize("f", PLANE, ids=lambda make: make().name, indirect=True)


@pytest.fixture
def f(request):
    """The function of a test `in_the_plane`, made for it."""
    return request.param()


def central_differences(f, x, h=1e-5):
    """The gradient of f at x, of shape (n,), from values alone."""
    return np.array([(f(x + h * e) - f(x - h * e)) / (2 * h) for e in np.eye(len(x))])


# Values, each computed here without the library.


@given(curvatures, st.data())
def test_quadratic_is_half_the_weighted_sum_of_squares(lam, data):
    x = data.draw(arrays(float, len(lam), elements=coordinates))
    f = quadratic(*lam)
    assert math.isclose(f(x), math.fsum(c * a * a / 2 for c, a in zip(lam, x, strict=True)), rel_tol=1e-12, abs_tol=1e-300)
    assert np.array_equal(f.gradient(x), [c * a for c, a in zip(lam, x, strict=True)])


def test_values_by_hand():
    assert quadratic(2)([3.0]) == 9 and quadratic(2).gradient([3.0]).tolist() == [6]
    assert quadratic(0.2, 4)([-5.0, -2.0]) == 0.1 * 25 + 2 * 4
    assert quadratic(0.2, 4).gradient([-5.0, -2.0]).tolist() == [-1, -8]
    assert rosenbrock()([-1.0, 2.0]) == 4 + 100 and rosenbrock()([1.0, 1.0]) == 0
    assert rosenbrock().gradient([-1.0, 2.0]).tolist() == [-4 + 400, 200]
    assert rosenbrock(2, 1)([0.0, 3.0]) == 4 + 9
    assert saddle()([3.0, 2.0]) == 2.5 and saddle().gradient([3.0, 2.0]).tolist() == [3, -2]
    assert absolute()([-3.0, 2.0]) == 5 and absolute().gradient([-3.0, 2.0]).tolist() == [-1, 1]


@given(points)
def test_the_sum_of_absolute_values_has_a_slope_of_one_and_a_kink_at_its_minimum(x):
    f = absolute()
    assert f(x) == abs(x[0]) + abs(x[1]) and f.minimizer.tolist() == [0, 0] and f.name == "∣x₁∣ + ∣x₂∣"
    assert np.array_equal(f.gradient(x), [int(z > 0) - int(z < 0) for z in x]) and f(f.minimizer) == 0 and not f.gradient([0.0, -0.0]).any()
    assert f.gradient(x.astype("f4")).dtype == np.float32 and f(np.zeros((4, 3, 2))).shape == (4, 3)
    with pytest.raises(ValueError, match="its last axis must hold the parameters, 2 of them"):
        f.gradient(np.zeros(3))


@given(st.floats(-2, 2), st.floats(0.1, 200), points)
def test_rosenbrock(a, b, x):
    f = rosenbrock(a, b)
    assert math.isclose(f(x), (a - x[0]) ** 2 + b * (x[1] - x[0] * x[0]) ** 2, rel_tol=1e-9, abs_tol=1e-9)
    assert f(f.minimizer) == 0 and np.allclose(f.minimizer, [a, a * a]) and not f.gradient(f.minimizer).any()


@in_the_plane
def test_gradient_against_central_differences(f):
    @given(points)
    def test(x):
        g = f.gradient(x)
        assert np.allclose(g, central_differences(f, x), rtol=1e-6, atol=1e-5 * (1 + abs(f(x)) ** 0.5))

    test()


@given(curvatures, st.data())
def test_gradient_of_bowls_of_any_dimension_against_central_differences(lam, data):
    x = data.draw(arrays(float, len(lam), elements=coordinates))
    f = quadratic(*lam)
    assert np.allclose(f.gradient(x), central_differences(f, x), rtol=1e-6, atol=1e-6 * (1 + max(lam)))


@in_the_plane
def test_the_minimizer_is_where_f_is_smallest(f):
    if f.minimizer is None:
        return
    best = f(f.minimizer)
    assert abs(best) < 1e-12 and np.allclose(f.gradient(f.minimizer), 0, atol=1e-9)
    rng = np.random.default_rng(0)
    assert np.all(f(rng.uniform(-5, 5, (1000, 2))) >= best)
    assert f.minimizer.dtype == float and f.minimizer.shape == (2,)


def test_the_saddle_has_no_smallest_value():
    assert saddle().minimizer is None and rotated(saddle(), 1.0).minimizer is None
    assert saddle()([0.0, 1e6]) < -1e11 and not saddle().gradient([0.0, 0.0]).any()


# Rotation.


@given(angles, points)
def test_a_turned_function_has_the_old_values_at_turned_points(angle, x):
    for f in (quadratic(0.2, 4), rosenbrock(), saddle()):
        turned = np.array([math.cos(angle) * x[0] - math.sin(angle) * x[1], math.sin(angle) * x[0] + math.cos(angle) * x[1]])
        assert math.isclose(rotated(f, angle)(turned), f(x), rel_tol=1e-6, abs_tol=1e-8)
        g, turned_g = f.gradient(x), rotated(f, angle).gradient(turned)
        assert math.isclose(math.hypot(*turned_g), math.hypot(*g), rel_tol=1e-6, abs_tol=1e-6)  # the slope is as steep


def test_a_quarter_turn_is_counter_clockwise():
    f = rotated(quadratic(0, 2), math.pi / 2)  # x₂² becomes x₁²
    assert np.isclose(f([3.0, 0.5]), 9) and np.allclose(f.gradient([3.0, 0.5]), [6, 0])
    g = rotated(rosenbrock(1, 100), math.pi / 2)
    assert np.allclose(g.minimizer, [-1, 1])


@given(angles, st.floats(0.01, 10), st.floats(0.01, 10))
def test_a_rotation_keeps_the_eigenvalues_of_the_hessian(angle, a, b):
    f = rotated(quadratic(a, b), angle)
    hessian = np.array([f.gradient(e) for e in np.eye(2)])  # of a bowl, whose gradient is linear
    assert np.allclose(hessian, hessian.T, atol=1e-9)
    assert np.allclose(np.linalg.eigvalsh(hessian), sorted([a, b]), rtol=1e-9, atol=1e-9)


@given(points)
def test_turning_by_nothing_and_back_again(x):
    f = quadratic(0.2, 4)
    assert np.array_equal(rotated(f, 0.0).gradient(x), f.gradient(x)) and rotated(f, 0.0)(x) == f(x)
    assert np.allclose(rotated(rotated(f, 0.7), -0.7).gradient(x), f.gradient(x), atol=1e-12)


# Batches, types, purity.


@in_the_plane
def test_a_batch_is_a_loop_bit_for_bit(f):
    x = np.random.default_rng(1).normal(size=(3, 4, 2))
    values, gradients = f(x), f.gradient(x)
    assert values.shape == (3, 4) and gradients.shape == (3, 4, 2)
    for i, j in np.ndindex(3, 4):
        assert f(x[i, j]) == values[i, j] == f.value(x[i, j])
        assert np.array_equal(f.gradient(x[i, j]), gradients[i, j])


@in_the_plane
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtype_is_preserved(f, dtype):
    x = np.array([[0.5, -1], [2, 1]], dtype=dtype)
    assert f(x).dtype == dtype and f.gradient(x).dtype == dtype


@in_the_plane
def test_whole_numbers_and_lists_are_points_too(f):
    assert np.allclose(f([1, -2]), f(np.array([1.0, -2.0])))
    assert np.allclose(f.gradient([1, -2]), f.gradient(np.array([1.0, -2.0])))


@in_the_plane
def test_objectives_are_pure(f):
    x = np.array([0.3, -1.7])
    x.setflags(write=False)
    g = f.gradient(x)
    assert f(x) == f(x) and g.tobytes() == f.gradient(x).tobytes() and not np.shares_memory(g, x)
    with pytest.raises(FrozenInstanceError):
        f.name = "g"


def test_what_is_far_away_overflows_to_infinity():
    with np.errstate(all="ignore"):
        assert quadratic(2)([1e200]) == math.inf and quadratic(2).gradient([1e200]) == [2e200]
        assert np.isnan(quadratic(1, 1)([math.nan, 1.0])) and quadratic(1, 1)([-math.inf, 1.0]) == math.inf
        assert rosenbrock()([1e100, 0.0]) == math.inf
    assert quadratic(2)([5e-324]) == 0 and quadratic(2).gradient([5e-324]) == [1e-323]


# Names and windows, which the drawings and messages use.


def test_names():
    assert quadratic(2).name == "½(2 x₁²)" and quadratic(0.2, 4.0).name == "½(0.2 x₁² + 4 x₂²)"
    assert quadratic(*range(1, 12)).name.endswith("10 x₁₀² + 11 x₁₁²)")
    assert rosenbrock().name == "(1 − x₁)² + 100 (x₂ − x₁²)²" and saddle().name == "½(x₁² − x₂²)"
    assert rotated(saddle(), math.pi / 4).name == "½(x₁² − x₂²) turned by 45°"


def test_windows():
    """The windows that the chapters' pictures have, and their alternative texts speak of."""
    assert quadratic(0.2, 4).window == ((-6, 3), (-3, 3)) and saddle().window == ((-1.5, 1.5), (-1.5, 1.5))
    assert rosenbrock().window == rosenbrock(-0.5, 3).window == ((-2, 2), (-1, 3))


def test_windows_show_the_minimum():
    for make in PLANE:
        (left, right), (bottom, top) = make().window
        assert left < right and bottom < top
    for f in (quadratic(1, 1), rosenbrock()):
        (left, right), (bottom, top) = f.window
        assert left < f.minimizer[0] < right and bottom < f.minimizer[1] < top
    assert rotated(rosenbrock(), 1.0).window == rosenbrock().window
    (left, right), (bottom, top) = quadratic(0.2, 4).window
    assert left < -5 < right and bottom < -2 < top  # the start of the course's example


# Bad input.

BOWL = quadratic(1, 2)
WHOLE = {"name": "f", "value": BOWL.value, "gradient": BOWL.gradient, "minimizer": None}

REFUSED = {
    "no curvature": (lambda: quadratic(), "curvatures is (); it must be one or more finite numbers, each ≥ 0."),
    **{
        f"curvature {bad!r}": (lambda bad=bad: quadratic(1, bad), f"curvatures is (1, {bad!r}); it must be one or more finite")
        for bad in (-1, -1e-300, math.inf, math.nan, None, "2", 1j, True, [1, 2], np.ones(2))
    },
    **{
        f"angle {bad!r}": (lambda bad=bad: rotated(BOWL, bad), f"angle is {bad!r}; it must be one finite number.")
        for bad in (math.inf, math.nan, None, "1", 1j, True, [1.0], np.array([1.0, 2.0]))
    },
    "f no objective": (lambda: rotated(3, 1.0), "f is 3; it must be an Objective."),
    "f of three": (lambda: rotated(quadratic(1, 2, 3), 1.0), "f has 3 parameters; a rotation by one angle needs exactly 2."),
    "f of one": (lambda: rotated(quadratic(1), 1.0), "f has 1 parameters; a rotation by one angle needs exactly 2."),
    **{
        f"a {bad!r}": (lambda bad=bad: rosenbrock(bad, 1.0), f"a is {bad!r}; it must be one finite number.")
        for bad in (math.inf, math.nan, None, "1", 1j, [1.0])
    },
    **{
        f"b {bad!r}": (lambda bad=bad: rosenbrock(1.0, bad), f"b is {bad!r}; it must be one finite number.")
        for bad in (math.inf, math.nan, None, "1", 1j, np.ones(2))
    },
    **{
        f"b {bad!r}": (lambda bad=bad: rosenbrock(1.0, bad), f"b is {bad!r}; it must be a finite number above 0.")
        for bad in (0, -1.0)
    },
    "value": (lambda: Objective(**{**WHOLE, "value": 3}), "value is 3; it must be a function of x."),
    "gradient": (lambda: Objective(**{**WHOLE, "gradient": None}), "gradient is None; it must be a function of x."),
    "minimizer": (lambda: Objective(**{**WHOLE, "minimizer": 0.0}), "minimizer is 0.0; it must be None or an array of shape (n,) of"),
    "minimizer, nothing": (lambda: Objective(**{**WHOLE, "minimizer": []}), "minimizer is []; it must be None or an array of shape (n,) of finite"),
    "minimizer, nan": (lambda: Objective(**{**WHOLE, "minimizer": [0.0, math.nan]}), "minimizer is [0.0, nan]; it must be None or an array"),
    "name": (lambda: Objective(**{**WHOLE, "name": None}), "name is None; it must be a string, the formula."),
    "curvature, huge": (lambda: quadratic(10**400), "curvatures is (1000"),
    "angle, huge": (lambda: rotated(quadratic(1, 2), 10**400), "angle is 1000"),
    "minimizer, a word": (lambda: Objective(**{**WHOLE, "minimizer": "0"}), "minimizer is '0'; it must be an array of numbers."),
    **{
        f"window {bad!r}": (
            lambda bad=bad: Objective(**WHOLE, window=bad),
            f"window is {bad!r}; it must be ((x1_low, x1_high), (x2_low, x2_high)), all finite.",
        )
        for bad in ((1, 2), ((1, 2),), ((2, 1), (0, 1)), ((0, 1), (1, 1)), ((0, math.inf), (0, 1)), ((0, math.nan), (0, 1)))
    },
    "window, words": (lambda: Objective(**WHOLE, window="abcd"), "window is 'abcd'; it must be an array of numbers."),
    "window, ragged": (lambda: Objective(**WHOLE, window=((1,), (1, 2))), "window is ((1,), (1, 2)); it must be an array of"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_a_sentence(case):
    call, sentence = REFUSED[case]
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value).startswith(sentence) and str(error.value).endswith(".")


@in_the_plane
@pytest.mark.parametrize("x", [3.0, [1.0], [1.0, 2.0, 3.0], [[1.0, 2.0, 3.0]]])
def test_a_point_has_as_many_parameters_as_its_function(f, x):
    for call in (f, f.value, f.gradient):
        with pytest.raises(ValueError) as error:
            call(x)
        assert str(error.value) == f"x has the shape {np.shape(x)}; its last axis must hold the parameters, 2 of them."


@in_the_plane
@pytest.mark.parametrize("x", [None, "ab", ["a", "b"], [1j, 0], [True, False], [1.0, None], [[1.0], [1.0, 2.0]], np.ma.array([1.0, 2.0])], ids=repr)
def test_a_point_is_made_of_numbers(f, x):
    for call in (f, f.value, f.gradient):
        with pytest.raises(ValueError) as error:
            call(x)
        assert str(error.value) == f"x is {x!r}; it must be an array of numbers."


@given(st.integers(1, 4), st.integers(0, 5))
def test_a_bowl_takes_points_of_its_own_dimension_only(n, m):
    assume(n != m)
    with pytest.raises(ValueError, match=f"{n} of them"):
        quadratic(*[1] * n)(np.ones((3, m)))


def test_an_objective_of_ones_own():
    f = Objective("x⁴", lambda x: x[..., 0] ** 4, lambda x: 4 * x**3, [0.0], ((-1, 1), (0, 2)))
    assert f(np.array([2.0])) == 16 and replace(f, minimizer=None).minimizer is None
    assert Objective(**WHOLE).window == ((-6.0, 3.0), (-3.0, 3.0))


@pytest.mark.parametrize("f", [BOWL, rosenbrock(), saddle(), rotated(BOWL, 0.6)], ids=lambda f: f.name)
@pytest.mark.parametrize("by", [2.0, [0.5, -3.0]])
def test_a_shifted_function_is_the_same_elsewhere(f, by):
    moved, x = shifted(f, by), np.random.default_rng(3).normal(size=(5, 2))
    assert np.allclose(moved(x + by), f(x), rtol=1e-9, atol=1e-9)
    assert np.allclose(moved.gradient(x + by), f.gradient(x), rtol=1e-9, atol=1e-9)
    assert moved.minimizer is None if f.minimizer is None else np.array_equal(moved.minimizer, f.minimizer + by)
    assert np.allclose(moved.window, np.array(f.window) + np.broadcast_to(by, 2)[:, None])
    assert moved.gradient(np.float32([1, 2])).dtype == np.float32


@pytest.mark.parametrize("f, by, said", [(3, 1.0, "f is 3"), (BOWL, [1.0, 2.0, 3.0], r"of shape \(2,\)"), (BOWL, np.inf, "by holds inf")])
def test_a_shift_that_is_none_is_refused(f, by, said):
    with pytest.raises(ValueError, match=said):
        shifted(f, by)


@pytest.mark.parametrize("whole", [[5_000_000_000, 3], np.array([100, -100], np.int8), np.array([60_000, 3], np.uint16)], ids=repr)
@pytest.mark.parametrize("f", [BOWL, rosenbrock(), saddle(), rotated(BOWL, 0.6), shifted(BOWL, 1.0)], ids=lambda f: f.name)
def test_whole_numbers_do_not_overflow(f, whole):
    assert f(whole) == f(np.asarray(whole, float)) and np.array_equal(f.gradient(whole), f.gradient(np.asarray(whole, float)))
