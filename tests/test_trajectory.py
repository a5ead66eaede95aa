"""`descend` against the same steps taken by hand, bit for bit: batches, noise, schedules, types, divergence, bad input."""

import itertools
import math
from dataclasses import FrozenInstanceError, dataclass, replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from rmsprop_lib import (
    Adagrad,
    Adam,
    AdamState,
    GradientDescent,
    Momentum,
    Objective,
    RMSprop,
    SignDescent,
    Trajectory,
    descend,
    quadratic,
    rosenbrock,
    rotated,
    saddle,
    trajectory,
)

BOWL = quadratic(0.2, 4.0)
START = [-5.0, -2.0]
RULES = [
    GradientDescent(0.3),
    SignDescent(0.3),
    Momentum(0.05, 0.8),
    Adagrad(0.4),
    RMSprop(0.4, 0.9),
    RMSprop(0.4, 0.9, 0.0, 1e-6),
    Adam(0.4),
]
by_rule = pytest.mark.parametrize("rule", RULES, ids=repr)
points = arrays(float, 2, elements=st.floats(-3, 3))


def equal(a, b):
    return np.array_equal(a, b, equal_nan=True)


@np.errstate(all="ignore")
def by_hand(rule_at, f, x, steps, noise=None):
    """The plain loop: positions, values, gradients and states, as lists."""
    x = np.asarray(x)
    state = rule_at(1).init(x)
    xs, gs, states = [x], [], [state]
    for t in range(1, steps + 1):
        g = f.gradient(x)
        if noise is not None:
            g = g + noise[t - 1]
        x, state = rule_at(t).step(x, state, g.astype(x.dtype))
        xs.append(x)
        gs.append(g.astype(x.dtype))
        states.append(state)
    return xs, [f(x) for x in xs], gs, states


def same(run, hand):
    """Whether a run holds, bit for bit, what was found by hand."""
    xs, fs, gs, states = hand
    assert equal(run.x, xs) and equal(run.f, fs)
    assert run.g.shape == (len(xs) - 1, *run.x.shape[1:]) and (not gs or equal(run.g, gs))
    if isinstance(states[0], AdamState):
        assert isinstance(run.states, AdamState)
        assert equal(run.states.m, [s.m for s in states]) and equal(run.states.v, [s.v for s in states])
        assert run.states.t.tolist() == [s.t for s in states]
    elif isinstance(states[0], tuple):
        assert run.states == ()
    else:
        assert equal(run.states, states)


@by_rule
@pytest.mark.parametrize("f", [BOWL, rosenbrock(), saddle(), rotated(BOWL, 0.5)], ids=lambda f: f.name)
def test_a_run_is_the_loop_by_hand(rule, f):
    x = np.array([-0.5, 0.4])
    same(descend(rule, f, x, 25), by_hand(lambda t: rule, f, x, 25))


@given(st.sampled_from(RULES), points, st.sampled_from([np.float64, np.float32]), st.integers(0, 8), st.data())
def test_a_run_with_noise_is_the_loop_by_hand(rule, x, dtype, steps, data):
    """In float32 too, though the noise is float64: the gradient is rounded before the rule sees it."""
    x, noise = x.astype(dtype), data.draw(arrays(float, (steps, 2), elements=st.floats(-3, 3)))
    same(descend(rule, BOWL, x, steps, noise), by_hand(lambda t: rule, BOWL, x, steps, noise))


def test_the_hand_example():
    run = descend(RMSprop(lr=0.5, alpha=0.75, eps=0), quadratic(2), [2.0], 2)
    assert run.x.tolist() == [[2], [1], [0.5]] and run.f.tolist() == [4, 1, 0.25]
    assert run.g.tolist() == [[4], [2]] and run.states.tolist() == [[0], [4], [4]]


@given(st.floats(0.01, 0.45), st.integers(0, 40), points)
def test_gradient_descent_on_a_bowl_in_closed_form(lr, steps, x):
    run = descend(GradientDescent(lr), BOWL, x, steps)
    for t in range(steps + 1):
        assert np.allclose(run.x[t], [(1 - lr * 0.2) ** t * x[0], (1 - lr * 4) ** t * x[1]], rtol=1e-9, atol=1e-12)


@by_rule
def test_no_steps(rule):
    run = descend(rule, BOWL, START, 0)
    assert run.x.tolist() == [START] and run.g.shape == (0, 2) and run.f.tolist() == [BOWL(START)]
    assert descend(rule, BOWL, START, 0, noise=np.zeros((0, 2))).x.tolist() == [START]
    same(run, by_hand(lambda t: rule, BOWL, START, 0))


@by_rule
def test_a_longer_run_begins_like_a_shorter_one(rule):
    assert np.array_equal(descend(rule, BOWL, START, 30).x[:11], descend(rule, BOWL, START, 10).x)


# Schedules.


def test_a_schedule_is_asked_for_the_rule_of_every_step():
    asked = []

    def rule_at(t):
        asked.append(t)
        return RMSprop(lr=0.4 / t, alpha=1 - 1 / (t + 1))

    run = descend(rule_at, BOWL, START, 6)
    assert set(asked) == {1, 2, 3, 4, 5, 6}
    same(run, by_hand(rule_at, BOWL, START, 6))
    assert run.rule_at(3) == RMSprop(lr=0.4 / 3, alpha=0.75)
    assert descend(RULES[0], BOWL, START, 6).rule_at(5) is RULES[0]


def test_a_rule_of_ones_own_needs_init_and_step_only():
    class Halving:
        def init(self, x):
            return ()

        def step(self, x, state, g):
            return x / 2, state

    assert descend(Halving(), BOWL, [8.0, 4.0], 2).x.tolist() == [[8, 4], [4, 2], [2, 1]]
    assert descend(lambda t: Halving(), BOWL, [8.0, 4.0], 2).x[-1].tolist() == [2, 1]


# Batches: every setting and every start has a run of its own.

LRS, ALPHAS = np.array([0.01, 0.4, 7.0]), np.array([0.0, 0.5, 0.9, 0.999])


@pytest.mark.parametrize("block", [10_000, 8, 1])
def test_a_grid_of_settings_is_a_loop_bit_for_bit(monkeypatch, block):
    monkeypatch.setattr(trajectory, "_BLOCK", block)  # the grid is walked in blocks: their size changes nothing
    noise = np.random.default_rng(0).normal(size=(12, 2))
    for n in (None, noise):
        grid = descend(RMSprop(LRS[:, None, None], ALPHAS[None, :, None]), BOWL, START, 12, n)
        assert grid.x.shape == (13, 3, 4, 2) and grid.f.shape == (13, 3, 4) and grid.g.shape == (12, 3, 4, 2)
        for i, j in np.ndindex(3, 4):
            alone = descend(RMSprop(LRS[i].item(), ALPHAS[j].item()), BOWL, START, 12, n)
            assert np.array_equal(grid.x[:, i, j], alone.x) and np.array_equal(grid.f[:, i, j], alone.f)
            assert np.array_equal(grid.g[:, i, j], alone.g) and np.array_equal(grid.states[:, i, j], alone.states)


@pytest.mark.parametrize("block", [10_000, 7, 1])
@by_rule
def test_a_batch_of_starts_is_a_loop_bit_for_bit(monkeypatch, block, rule):
    monkeypatch.setattr(trajectory, "_BLOCK", block)
    rng = np.random.default_rng(1)
    x, noise = rng.normal(size=(3, 2, 2)), rng.normal(size=(9, 3, 1, 2))
    batch = descend(rule, rosenbrock(1, 2), x, 9, noise)
    for i, j in np.ndindex(3, 2):
        alone = descend(rule, rosenbrock(1, 2), x[i, j], 9, noise[:, i, 0])
        assert equal(batch.x[:, i, j], alone.x) and equal(batch.g[:, i, j], alone.g)


@pytest.mark.parametrize("block", [10_000, 5])
def test_whatever_is_larger_sets_the_shape_of_the_run(monkeypatch, block):
    monkeypatch.setattr(trajectory, "_BLOCK", block)
    noise = np.random.default_rng(2).normal(size=(4, 5, 1, 2))
    run = descend(GradientDescent(np.array([[0.1], [0.2], [0.3]])), BOWL, START, 4, noise)
    assert run.x.shape == (5, 5, 3, 2) and np.all(run.x[0] == START)
    for i, j in np.ndindex(5, 3):
        assert np.array_equal(run.x[:, i, j], descend(GradientDescent((0.1, 0.2, 0.3)[j]), BOWL, START, 4, noise[:, i, 0]).x)
    of_each_parameter = descend(GradientDescent(np.array([1.0, 0.1])), BOWL, START, 3)
    assert of_each_parameter.x.shape == (4, 2) and np.allclose(of_each_parameter.x[-1], [-5 * 0.8**3, -2 * 0.6**3])
    schedule = descend(lambda t: GradientDescent(np.array([[0.1], [0.2]]) / t), BOWL, np.ones((7, 1, 2)), 3)
    assert schedule.x.shape == (4, 7, 2, 2)


def test_noise_of_fewer_axes_is_shared_by_the_batch():
    noise = np.random.default_rng(3).normal(size=(5, 2))
    run = descend(RULES[4], BOWL, np.ones((3, 4, 2)), 5, noise)
    assert np.array_equal(run.x[:, 2, 3], descend(RULES[4], BOWL, [1.0, 1.0], 5, noise).x)
    assert np.allclose(run.g - BOWL.gradient(run.x[:-1]), noise[:, None, None])
    one_for_all = descend(RULES[4], BOWL, np.ones((3, 2)), 5, noise[:, :1])
    assert np.array_equal(one_for_all.x[:, 0], descend(RULES[4], BOWL, [1.0, 1.0], 5, np.repeat(noise[:, :1], 2, 1)).x)


# Purity and determinism.


@by_rule
def test_a_run_changes_nothing_and_is_the_same_again(rule):
    x, noise = np.array(START), np.random.default_rng(4).normal(size=(8, 2))
    x.setflags(write=False)
    noise.setflags(write=False)
    before = repr(rule)
    one, two = descend(rule, BOWL, x, 8, noise), descend(rule, BOWL, x, 8, noise)
    assert one.x.tobytes() == two.x.tobytes() and one.f.tobytes() == two.f.tobytes() and one.g.tobytes() == two.g.tobytes()
    assert repr(one.states) == repr(two.states) and repr(rule) == before and x.tolist() == START
    assert not np.shares_memory(one.x, x)
    assert one.f is one.f and one.g is one.g and one.states is one.states  # computed once
    with pytest.raises(FrozenInstanceError):
        one.x = two.x
    assert isinstance(one, Trajectory) and one.objective is BOWL and one != two


# Types.


@by_rule
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
def test_dtype_is_preserved(rule, dtype):
    noise = np.ones((6, 2))  # float64, as a generator draws it
    for r in (rule, replace(rule, lr=np.float64(0.1)), replace(rule, lr=np.array([[0.1], [0.2]]))):
        run = descend(r, BOWL, np.array([1, -1], dtype), 6, noise)
        states = run.states if isinstance(run.states, tuple) else (run.states,)
        assert run.x.dtype == run.f.dtype == run.g.dtype == dtype
        assert all(part.dtype in (dtype, np.int64) for part in states)


def test_whole_numbers_make_a_float64_run():
    run = descend(RULES[0], BOWL, [1, 2], 2, noise=np.ones((2, 2), int))
    assert run.x.dtype == float and run.x[1].tolist() == [1 - 0.3 * 1.2, 2 - 0.3 * 9]


# Divergence is shown, without a warning (warnings are errors here).


def test_a_run_that_diverges_goes_on():
    run = descend(GradientDescent(10.0), rosenbrock(), [3.0, 3.0], 30)
    assert np.isfinite(run.x[:3]).all() and not np.isfinite(run.x[-1]).all()
    assert not np.isfinite(run.f[-1]) and not np.isfinite(run.g[-1]).all()
    run = descend(RMSprop(1.0), rosenbrock(), np.array([300, 300], np.float16), 9)
    assert run.x.dtype == np.float16 and run.states.dtype == np.float16
    one = descend(GradientDescent(np.array([[0.1], [100.0]])), BOWL, START, 400)
    assert np.isfinite(one.x[:, 0]).all() and not np.isfinite(one.x[-1, 1]).any()  # and spares its neighbours


def test_a_start_at_the_bottom_stays_there():
    for rule in RULES:
        assert not descend(rule, BOWL, [0.0, 0.0], 5).x.any()


# Bad input.

RULE = RMSprop(0.1)


@dataclass(frozen=True)
class NoRule:
    lr: float = 0.1


REFUSED = {
    "the class": (lambda: descend(RMSprop, BOWL, START, 3), "rule is the class RMSprop; it must be a rule made of it, such as RMSprop("),
    **{
        f"rule {bad!r}": (lambda bad=bad: descend(bad, BOWL, START, 3), f"rule is {bad!r}; it must be a rule, such as RMSprop(lr=0.1)")
        for bad in (None, 0.1, "RMSprop", NoRule())
    },
    "a schedule of nothing": (lambda: descend(lambda t: None, BOWL, START, 3), "rule(1) is None; for every step t it must be a rule"),
    "a schedule that ends": (
        lambda: descend(lambda t: RULE if t < 3 else None, BOWL, START, 3),
        "rule(3) is None; for every step t it must be a rule, such as RMSprop(lr=0.1).",
    ),
    "a schedule of classes": (lambda: descend(lambda t: RMSprop, BOWL, START, 3), "rule(1) is <class"),
    "f": (lambda: descend(RULE, 3, START, 3), "f is 3; it must be an Objective, such as quadratic(0.2, 4)."),
    "f a function": (lambda: descend(RULE, lambda x: x @ x, START, 3), "f is <function <lambda>"),
    **{
        f"x0 {bad!r}": (lambda bad=bad: descend(RULE, BOWL, bad, 3), f"x0 is {bad!r}; it must be an array of numbers.")
        for bad in (None, "ab", ["a", "b"], [1j, 0], [True, False], [[1.0], [1.0, 2.0]], {1.0, 2.0})
    },
    "x0 a number": (lambda: descend(RULE, BOWL, 2.0, 3), "x0 is 2.0; it must be an array whose last axis holds the parameters, such as [2.0]."),
    "x0 nan": (lambda: descend(RULE, BOWL, [1.0, math.nan], 3), "x0 holds nan; every number in it must be finite."),
    "x0 infinite": (lambda: descend(RULE, BOWL, [-math.inf, 1.0], 3), "x0 holds -inf; every number in it must be finite."),
    "x0 of three": (lambda: descend(RULE, BOWL, [1.0, 2.0, 3.0], 3), f"x0 has 3 parameters along its last axis; {BOWL.name} takes 2."),
    "x0 of none": (lambda: descend(RULE, BOWL, [], 3), f"x0 has 0 parameters along its last axis; {BOWL.name} takes 2."),
    "x0 of three on a saddle": (lambda: descend(RULE, saddle(), [1.0, 2.0, 3.0], 3), "x has the shape (3,); its last axis must hold the parameters, 2"),
    "x0 of no start": (lambda: descend(RULE, BOWL, np.zeros((0, 2)), 3), "x0 has the shape (0, 2), which holds no number; it must hold at least"),
    "x0 masked": (lambda: descend(RULE, BOWL, np.ma.array(START, mask=[0, 1]), 3), "x0 is masked_array(data=[-5.0, --]"),
    "noise masked": (lambda: descend(RULE, BOWL, START, 1, np.ma.array([[1.0, 2.0]])), "noise is masked_array(data=[[1., 2.]]"),
    "rule with a step that is none": (lambda: descend(range(3), BOWL, START, 3), "rule is range(0, 3); it must be a rule"),
    "a schedule of ranges": (lambda: descend(range, BOWL, START, 3), "rule is the class range; it must be a rule"),
    "a schedule of two kinds": (
        lambda: descend(lambda t: RULE if t < 3 else Momentum(0.1), BOWL, START, 3),
        "rule(3) is Momentum(lr=0.1, beta=0.9); it must be of one kind for every step t, here RMSprop.",
    ),
    **{
        f"gradient {bad!r}": (
            lambda bad=bad: descend(RULE, Objective("x⁴", BOWL, lambda x: bad, None), START, 3),
            f"the gradient of x⁴ at an x of the shape (2,) {what}; it must be a NumPy array of numbers, of the shape (2,).",
        )
        for bad, what in [
            (None, "is None"),
            (1.0, "is 1.0"),
            ([1.0, 2.0], "is [1.0, 2.0]"),
            (np.float64(1), "has the shape ()"),
            (np.ones(1), "has the shape (1,)"),
            (np.ones(3), "has the shape (3,)"),
            (np.ones((2, 1)), "has the shape (2, 1)"),
            (np.ones(2) * 1j, "is array([0.+1.j, 0.+1.j])"),
            (np.array([1.0, None]), "is array([1.0, None], dtype=object)"),
            (np.array([True, False]), "is array([ True, False])"),
        ]
    },
    **{
        f"value {bad!r}": (
            lambda bad=bad: descend(RULE, Objective("x⁴", lambda x: bad, BOWL.gradient, None), START, 3).f,
            f"the value of x⁴ at an x of the shape (4, 2) {what}; it must be a NumPy array of numbers, of the shape (4,).",
        )
        for bad, what in [
            (None, "is None"),
            (1.0, "is 1.0"),
            (np.ones(2), "has the shape (2,)"),
            (np.ones((4, 1)), "has the shape (4, 1)"),
            (np.ones(4) * 1j, "is array([0.+1.j, 0.+1.j, 0.+1.j, 0.+1.j])"),
        ]
    },
    "value of one point": (
        lambda: descend(RULE, Objective("½x²", lambda x: x[0] ** 2 + x[1] ** 2, BOWL.gradient, None), START, 3).f,
        "the value of ½x² at an x of the shape (4, 2) has the shape (2,); it must be a NumPy array of numbers, of the shape (4,).",
    ),
    "gradient of one point": (
        lambda: descend(RULE, Objective("½x²", BOWL, lambda x: np.array([0.2 * x[0], 4 * x[1]]), None), START, 3).g,
        "the gradient of ½x² at an x of the shape (3, 2) has the shape (2, 2); it must be a NumPy array of numbers, of the shape (3, 2).",
    ),
    **{
        f"steps {bad!r}": (lambda bad=bad: descend(RULE, BOWL, START, bad), f"steps is {bad!r}; it must be a whole number, 0 or more.")
        for bad in (-1, 2.0, math.nan, None, "3", True, [3])
    },
    **{
        f"noise {bad!r}": (lambda bad=bad: descend(RULE, BOWL, START, 3, bad), f"noise is {bad!r}; it must be an array of numbers.")
        for bad in ("abc", [1j, 0, 0], [[1], [1, 2], [3]])
    },
    "noise infinite": (lambda: descend(RULE, BOWL, START, 1, [[0.0, math.inf]]), "noise holds inf; every number in it must be finite."),
    "noise a number": (lambda: descend(RULE, BOWL, START, 3, 0.5), "noise has the shape (); its first axis must be the steps, 3 of them."),
    "noise too short": (lambda: descend(RULE, BOWL, START, 3, np.zeros((2, 2))), "noise has the shape (2, 2); its first axis must be the steps, 3"),
    "noise of three": (lambda: descend(RULE, BOWL, START, 3, np.zeros((3, 3))), "the shapes of the rule, the noise and x0, (2,), do not meet"),
    "rates of three": (lambda: descend(RMSprop(np.ones(3)), BOWL, START, 3), "the shapes of the rule, the noise and x0, (2,), do not meet"),
    "rates along the parameters": (
        lambda: descend(RMSprop(np.ones(3)), quadratic(1), [1.0], 3),
        "an array among the hyper-parameters or the noise has 3 entries along its last axis, which is for the 1 parameters of x0; "
        "for one run a setting give it one more axis: a[:, None].",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_a_sentence(case):
    call, sentence = REFUSED[case]
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value).startswith(sentence)


def only_at_first(gradient):
    """A gradient function that answers twice, once when the shapes are tried and once for the first step, and then nothing."""
    calls = itertools.count()
    return lambda x: gradient(x) if next(calls) < 2 else None


def doubled_in_place(x):
    x *= 2
    return x


# Each has a function that makes its gradient, anew for every run of the test.
LATER = {
    "a gradient that ends": (BOWL, lambda: only_at_first(BOWL.gradient), ValueError, "is None; it must be a NumPy array", 2),
    "a gradient that raises": (BOWL, lambda: lambda x: 1 / 0 if x[0] > -4.9 else x, ZeroDivisionError, "division by zero", 2),
    "a gradient that writes into x": (BOWL, lambda: lambda x: doubled_in_place(x) if x[0] > -4.9 else x, ValueError, "read-only", 2),
}


@pytest.mark.parametrize("case", LATER)
def test_what_goes_wrong_on_the_way_says_at_which_step(case):
    value, make_gradient, kind, words, step = LATER[case]
    start = np.array(START)
    with pytest.raises(kind, match=words) as error:
        descend(RMSprop(0.1), Objective("x⁴", value, make_gradient(), None), start, 3)
    assert error.value.__notes__ == [f"descend was taking step {step} of 3."]
    assert start.tolist() == START


def test_a_run_cannot_be_written_over():
    """Neither by a gradient or a value that works in place nor afterwards."""
    start = np.array(START)
    with pytest.raises(ValueError, match="read-only"):
        descend(RULE, Objective("x⁴", BOWL, doubled_in_place, None), start, 3)
    run = descend(RULE, Objective("x⁴", lambda x: doubled_in_place(x)[..., 0], BOWL.gradient, None), start, 3)
    for write in (lambda: run.f, lambda: doubled_in_place(run.x)):
        with pytest.raises(ValueError, match="read-only"):
            write()
    assert start.tolist() == START


@pytest.mark.parametrize("block", [10_000, 8])
def test_a_batch_of_functions_is_descended_whole(monkeypatch, block):
    monkeypatch.setattr(trajectory, "_BLOCK", block)
    curvatures = np.arange(1.0, 8)[:, None]
    f = Objective("½λx²", lambda x: 0.5 * np.sum(curvatures * x**2, -1), lambda x: curvatures * x, None)
    for start in ([2.0, -1.0], np.tile([2.0, -1.0], (7, 1))):
        run = descend(RMSprop(0.1), f, start, 3)
        for k in range(7):
            assert np.array_equal(run.x[:, k], descend(RMSprop(0.1), quadratic(k + 1, k + 1), [2.0, -1.0], 3).x)


def test_an_objective_of_ones_own_is_descended_too():
    f = Objective("Σ", lambda x: np.sum(x**4, -1), lambda x: 4 * x**3, None)
    assert descend(GradientDescent(0.01), f, np.ones(7), 3).x.shape == (4, 7)
    assert np.array_equal(Adagrad(0.1).init(np.ones(2)), [0, 0])


def test_a_function_in_place_of_an_objective_is_told_how_to_become_one():
    with pytest.raises(ValueError, match=r'write Objective\("my f", value, gradient, minimizer=None\), with two functions of x'):
        descend(RULE, lambda x: x @ x, START, 3)
    assert descend(RULE, Objective("my f", lambda x: x[..., 0] ** 2, lambda x: 2 * x, minimizer=None), [1.0], 3).x.shape == (4, 1)
