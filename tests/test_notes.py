"""The two notes, row by row: what each claims, and what the course puts beside it.

A row about a lost picture is held to the drawing that stands in its place.
"""

import json
import re

import numpy as np
import pytest
from conftest import ROOT

from rmsprop_lib import (
    Adagrad,
    Adam,
    GradientDescent,
    RMSprop,
    SignDescent,
    descend,
    effective_size,
    ema,
    half_life,
    mean_age,
    quadratic,
    rotated,
    saddle,
    shifted,
    weights,
)

VALLEY, START = quadratic(0.2, 4), [-5.0, -2.0]


def figures(chapter):
    """The names of the figures and sliders of a chapter."""
    cells = json.loads((ROOT / "chapters" / f"{chapter}.ipynb").read_text(encoding="utf-8"))["cells"]
    return {cell["metadata"].get("mystnb", {}).get("figure", {}).get("name") for cell in cells}


def test_the_page_counts_its_verdicts():
    cells = json.loads((ROOT / "chapters" / "notes.ipynb").read_text(encoding="utf-8"))["cells"]
    text = "\n".join("".join(cell["source"]) for cell in cells)
    right, repair, wrong = (len(re.findall(f":class: {verdict}\n:name: [RB]", text)) for verdict in ("right", "repair", "misconception"))
    assert f"of the {right + repair + wrong} statements that can be judged, {right} are right as they stand, {repair} need" in text
    assert f"and {wrong} are wrong" in text


def steps(rule, gradients):
    """The lengths of the steps of one parameter under given gradients."""
    state, moved = rule.init(np.zeros(1)), []
    for g in gradients:
        step, state = rule.step(np.zeros(1), state, np.array([g]))
        moved.append(abs(step[0]))
    return np.array(moved)


def test_R1_the_page_the_note_links_to_is_a_chapter_and_comes_first():
    order = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    assert 0 < order.find("chapters/adagrad\n") < order.find("chapters/rmsprop\n")
    assert "adagrad-wall" in figures("adagrad")


@pytest.mark.parametrize("seed", range(3))
def test_R2_v_of_adagrad_never_decreases(seed):
    noise = np.random.default_rng(seed).normal(size=(200, 2))
    assert np.all(np.diff(descend(Adagrad(lr=0.4), VALLEY, START, 200, noise).states, axis=0) >= 0)


def test_R3_v_of_adagrad_is_bounded_without_noise_and_grows_with_it():
    noise = np.random.default_rng(3).normal(size=(20_000, 2))
    v = descend(Adagrad(lr=0.4, eps=0), VALLEY, START, 20_000, np.stack([0 * noise, noise], axis=1)).states
    quiet, loud = v[:, 0], v[:, 1]
    assert quiet[-1] == pytest.approx([14.432, 232.42], abs=0.005)
    assert np.array_equal(quiet[-1], quiet[-1000])
    assert loud[-1] / 20_000 == pytest.approx([1, 1], abs=0.1)


def test_R4_the_step_is_never_zero_and_travels_any_distance():
    moved = steps(Adagrad(lr=0.4, eps=0), [1.0] * 40_000)
    assert moved.min() > 0
    assert moved[:10_000].sum() == pytest.approx(79.42, abs=0.005)
    assert moved.sum() == pytest.approx(2 * 79.42, rel=0.01)


def test_R4_in_float32_the_sum_gets_stuck_before_the_step_is_lost():
    rule, full, one = Adagrad(lr=np.float32(0.01), eps=np.float32(0)), np.array([2**24], np.float32), np.ones(1, np.float32)
    x, v = rule.step(0 * one, full, one)
    assert v == full and -x[0] == pytest.approx(0.01 / 4096)
    assert rule.step(0 * one, full - 2, one)[1] == full - 1
    assert one - np.float32(2.9e-8) == one and one - np.float32(3.0e-8) < one
    assert (0.01 / 3e-8) ** 2 == pytest.approx(1e11, rel=0.2)


def test_R5_what_v_held_fades_by_alpha_each_step():
    rule, v, once = RMSprop(lr=1, alpha=0.9), np.array([7.0]), np.zeros(1)
    for k in range(1, 20):
        square = np.array([3.0 if k == 1 else 0.0])
        _, v = rule.step(np.zeros(1), v, np.zeros(1))
        _, once = rule.step(np.zeros(1), once, square)
        assert np.allclose(v, 7 * 0.9**k) and np.allclose(once, 0.1 * 0.9 ** (k - 1) * 3.0**2)


def test_R5b_each_component_is_normalised_by_itself():
    g = np.array([1.0, 10.0])
    step, _ = RMSprop(lr=1.0, alpha=0.0, eps=0).step(np.zeros(2), np.zeros(2), g)
    assert np.allclose(step, [-1, -1])
    assert not np.allclose(step / np.linalg.norm(step), -g / np.linalg.norm(g))
    for c in (np.array([5.0, 5.0]), np.array([5.0, 0.2])):  # every component's own scale goes, not a common one alone
        assert np.allclose(RMSprop(lr=1.0, alpha=0.0, eps=0).step(np.zeros(2), np.zeros(2), c * g)[0], step)


@pytest.mark.parametrize("rho, limit", [(0.99, 0.9040), (0.97, 0.6593), (1.0, 1.0), (1.05, 1.3553), (0.94, 0.0)])
def test_R6_a_shrinking_gradient_does_not_mean_shrinking_steps(rho, limit):
    assert steps(RMSprop(lr=1.0, alpha=0.9, eps=0), rho ** np.arange(2000.0))[-1] == pytest.approx(limit, abs=5e-4)


def test_R6_the_border_is_513_per_cent_and_a_sudden_drop_really_slows_down():
    rule = RMSprop(lr=1.0, alpha=0.9, eps=0)
    slower, faster = (steps(rule, (1 - fall) ** np.arange(3000.0)) for fall in (0.0505, 0.0521))
    assert round(100 * (1 - np.sqrt(0.9)), 2) == 5.13
    assert slower[-1] == pytest.approx(slower[-500], rel=0.01) and slower[-1] > 0.1
    assert faster[-1] < 0.9 * faster[-500]
    after = steps(rule, [1.0] * 300 + [0.01] * 100)[300:]
    assert after[0] < 0.02 and np.argmax(after > np.sqrt(0.5)) + 1 == 88


def test_R7_the_gradient_is_ordered():
    assert quadratic(1, 8).gradient(np.array([1.0, 1.0])).tolist() == [1, 8]


@pytest.mark.parametrize("alpha, first", [(0.9, 3.162), (0.99, 10)])
def test_R8_starting_at_zero_makes_the_first_step_long(alpha, first):
    for g in (1e-6, 1.0, 1e6):
        assert steps(RMSprop(lr=1.0, alpha=alpha, eps=0), [g])[0] == pytest.approx(first, abs=5e-4)
    assert steps(RMSprop(lr=1.0, alpha=alpha), [0.0])[0] == 0  # unless the gradient is 0
    assert steps(RMSprop(lr=1.0, alpha=alpha), [1e-8])[0] < 0.91  # or as small as ε


def test_R9_zero_can_be_a_point_that_is_never_left():
    for f in (VALLEY, saddle()):
        assert np.all(descend(RMSprop(lr=0.1), f, [0.0, 0.0], 50).x == 0)


def test_R10_alpha_one_is_refused_and_the_bare_formula_shows_why():
    with pytest.raises(ValueError, match="alpha is 1"):
        RMSprop(lr=0.1, alpha=1)
    x, v, seen = 2.0, 0.0, []
    for _ in range(4):
        seen.append(round(x))
        v = 1 * v + (1 - 1) * (2 * x) ** 2
        x = x - 0.001 * 2 * x / np.sqrt(v + 1e-8)
    assert seen == [2, -38, 722, -13718]


def test_R11_steps_and_parameters_are_counted_apart():
    assert descend(RMSprop(lr=0.1), quadratic(1, 2, 3), [1.0, 1.0, 1.0], 7).x.shape == (7 + 1, 3)


def test_R12_the_gradient_is_of_the_function_at_the_point():
    x, h = np.array([-5.0, -2.0]), 1e-6
    for i in range(2):
        e = np.eye(2)[i] * h
        assert VALLEY.gradient(x)[i] == pytest.approx((VALLEY(x + e) - VALLEY(x - e)) / (2 * h), rel=1e-6)


def test_R13_the_square_is_element_wise():
    _, v = RMSprop(lr=0.1, alpha=0.9).step(np.zeros(2), np.zeros(2), np.array([1.0, 10.0]))
    assert np.allclose(v, [0.1, 10.0])


def test_R14_epsilon_under_the_root():
    x, _ = RMSprop(lr=1.0, alpha=0.0, eps=0, eps_root=1e-8).step(np.zeros(3), np.zeros(3), np.array([1, 1e-4, 1e-8]))
    assert np.round(-x, 4).tolist() == [1, 0.7071, 0.0001]


def test_R15_the_lost_picture_is_drawn_anew():
    assert "one-step-drawn" in figures("rmsprop")


def test_R16_the_lost_picture_is_drawn_anew():
    assert "valley-map" in figures("one-step-size")


def test_R17_partial_derivatives_can_differ_and_need_not():
    bowl = quadratic(2, 200)
    assert bowl.gradient(np.array([2.0, 2.0])).tolist() == [4, 400]
    assert bowl.gradient(np.array([2.0, 0.02])).tolist() == [4, 4]
    for x in np.random.default_rng(17).normal(size=(5, 2)):  # the curvature is the same everywhere
        assert bowl.gradient(x + 1) - bowl.gradient(x) == pytest.approx([2, 200])


@pytest.mark.parametrize("kappa", [2, 20, 1000])
def test_R18_what_is_safe_for_one_parameter_is_a_crawl_for_another(kappa):
    bowl = quadratic(1, kappa)
    assert abs(descend(GradientDescent(lr=2.01 / kappa), bowl, [1.0, 1.0], 400).x[-1, 1]) > 1
    safe = descend(GradientDescent(lr=1.99 / kappa), bowl, [1.0, 1.0], 400).x
    assert abs(safe[-1, 1]) < 1
    assert np.all(safe[1:30, 0] / safe[:29, 0] > 1 - 2 / kappa)


def test_R19_individual_rates_and_one_gamma_for_all():
    run = descend(RMSprop(lr=0.1, eps=0), quadratic(2, 200), [2.0, 2.0], 5)
    rates = 0.1 / np.sqrt(run.states[5])
    assert rates[0] == pytest.approx(100 * rates[1])
    assert np.allclose(run.x[:, 0], run.x[:, 1])


def test_R20_noise_shortens_the_drift_and_is_not_averaged_away():
    rng = np.random.default_rng(20)
    g, rule, v = 0.1 + rng.normal(size=(1500, 1000)), RMSprop(lr=1.0, alpha=0.99, eps=0), np.zeros(1000)
    moved = []
    for now in g:
        step, v = rule.step(np.zeros(1000), v, now)
        moved.append(-step)
    moved = np.array(moved[500:])
    assert moved.mean() == pytest.approx(0.1 / np.sqrt(1.01), abs=0.005)
    assert moved.std() > 0.98  # none of the noise is filtered out
    assert np.corrcoef(moved.ravel(), g[500:].ravel())[0, 1] > 0.98
    assert steps(rule, [1.0] * 500 + [1e6])[-1] == pytest.approx(10)  # but no outlier moves it farther than γ/√(1−α)


def test_R21_the_lost_card_is_a_table_and_two_equations():
    text = (ROOT / "chapters" / "rmsprop.ipynb").read_text(encoding="utf-8")
    assert "(rmsprop-v)" in text and "(rmsprop-x)" in text


def test_R22_the_average_in_place_of_the_sum_and_the_calendar():
    """With the average alone the steps are √t times Adagrad's; the factor 1/√t is the second difference."""
    g = np.random.default_rng(22).normal(size=50)
    v = np.zeros(1)
    for t, (now, adagrad) in enumerate(zip(g, steps(Adagrad(lr=0.4, eps=0), g), strict=True), 1):
        step, v = RMSprop(lr=0.4, alpha=1 - 1 / t, eps=0).step(np.zeros(1), v, np.array([now]))
        assert v[0] == pytest.approx((g[:t] ** 2).mean())
        assert abs(step[0]) == pytest.approx(np.sqrt(t) * adagrad)


def test_R23_all_history_counts_the_last_ten_most():
    assert weights(0.9, 10).sum() == pytest.approx(0.651, abs=5e-4)
    assert 1 - weights(0.9, 100).sum() == pytest.approx(3e-5, rel=0.15)
    assert np.all(weights(0.9, 500) > 0)


def test_R24_the_rate_does_not_die_but_may_fall():
    def rates(rule, g):
        return steps(rule, g) / g

    rmsprop, adagrad = RMSprop(lr=0.1, alpha=0.9, eps=0), Adagrad(lr=0.1, eps=0)
    assert rates(rmsprop, np.full(2500, 2.0))[-1] == pytest.approx(0.1 / 2)
    assert rates(adagrad, np.full(2500, 2.0))[-1] == pytest.approx(0.1 / 2 / 50)
    assert np.all(np.diff(rates(rmsprop, 1.1 ** np.arange(200.0))) < 0)


def test_R25_the_newest_weight_is_the_largest_and_only_a_tenth():
    w = weights(0.9, 50)
    assert w.argmax() == 0 and w[0] == pytest.approx(0.1)
    assert weights(0.99, 50)[0] == pytest.approx(0.01)


def test_R26_the_lost_pictures_are_drawn_anew():
    assert {"window-and-half-life", "steady-or-quick"} <= figures("moving-average")


def test_R27_G_is_the_average_of_squares_from_zero():
    g = np.array([3.0, -1.0, 2.0])
    v, rule = np.zeros(1), RMSprop(lr=0.1, alpha=0.75)
    for now in g:
        _, v = rule.step(np.zeros(1), v, np.array([now]))
    assert v[0] == pytest.approx(ema(g**2, 0.75)[-1])


def test_R28_epsilon_sets_the_scale_below_which_it_is_gradient_descent():
    small = np.array([1e-12, 1e-11, 1e-10])
    outside, _ = RMSprop(lr=0.1, eps=1e-3).step(np.zeros(3), np.zeros(3), small)
    inside, _ = RMSprop(lr=0.1, eps=0, eps_root=1e-6).step(np.zeros(3), np.zeros(3), small)
    assert np.allclose(outside, -0.1 / 1e-3 * small, rtol=1e-6, atol=0)
    assert np.allclose(inside, -0.1 / 1e-3 * small, rtol=1e-6, atol=0)


def test_R29_the_other_explanation_has_its_picture():
    assert "stretch-the-axis" in figures("own-ruler")


def test_B1_the_graphs_are_our_own():
    assert "divide-by-a-power" in figures("own-ruler")
    assert {"one-step-drawn", "two-steps", "turn-alpha"} <= figures("rmsprop")


def test_B2_signs_of_mini_batches_do_not_cancel_and_averaged_sizes_nearly_do():
    votes = np.tile([0.1] * 9 + [-0.9], 200)
    drift = {}
    for rule in (SignDescent(lr=1.0), RMSprop(lr=1.0, alpha=0.99, eps=0)):
        drift[type(rule)] = (steps(rule, votes) * -np.sign(votes)).reshape(-1, 10).sum(axis=1)
    assert abs(votes[:10].sum()) < 1e-12
    assert np.all(drift[SignDescent] == -8)
    assert drift[RMSprop][-1] == pytest.approx(-0.067, abs=0.001)


def test_B3_the_effective_rate_of_adagrad_never_rises():
    noise = np.random.default_rng(3).normal(size=(300, 2))
    v = descend(Adagrad(lr=0.4), VALLEY, START, 300, noise).states[1:]
    assert np.all(np.diff(0.4 / np.sqrt(v), axis=0) <= 0)


def test_B4_squares_are_averaged_not_gradients():
    g = np.tile([1.0, -1.0], 100)
    bouncing = descend(RMSprop(lr=0.1, alpha=0.9), quadratic(0), [0.0], 200, noise=g[:, None])
    assert bouncing.states[-1, 0] == pytest.approx(1)
    assert ema(g, 0.9)[-1] ** 2 < 0.01
    assert np.allclose(np.abs(np.diff(bouncing.x[-10:, 0])), 0.1)  # nothing of g itself is averaged: it goes on bouncing


def test_B5_the_rate_never_dies():
    assert steps(RMSprop(lr=0.1, alpha=0.9, eps=0), [3.0] * 500)[-1] == pytest.approx(0.1)
    assert steps(Adagrad(lr=0.1, eps=0), [3.0] * 400)[-1] == pytest.approx(0.1 / 20)


def test_B6_stops_means_early_huge_gradients():
    wall = np.array([100.0] * 10 + [1.0] * 4000)

    def needed(rule):
        return int(np.argmax(np.cumsum(steps(rule, wall)[10:]) >= 1)) + 1

    assert needed(Adagrad(lr=0.1, eps=0)) == 3188
    assert needed(RMSprop(lr=0.1, alpha=0.9, eps=0)) == 73
    assert f"{descend(Adagrad(lr=0.4, eps=0), VALLEY, START, 1000).f[-1]:.1e}" == "3.6e-19"  # and yet it does not stop early


def test_B7_forgetting_has_a_half_life():
    assert half_life(0.9) == pytest.approx(6.58, abs=0.005)
    assert [float(ema(np.zeros(k), 0.9, start=1.0)[-1]) > 0.5 for k in (6, 7)] == [True, False]


def test_B8_the_letters_are_a_dictionary():
    theta, s, rho, eta, epsilon = np.array([-5.0, -2.0]), np.zeros(2), 0.9, 0.001, 1e-8
    run = descend(RMSprop(lr=eta, alpha=rho, eps=epsilon), VALLEY, theta, 50)
    for t in range(50):
        g = VALLEY.gradient(theta)
        s = rho * s + (1 - rho) * g**2
        theta = theta - eta / (np.sqrt(s) + epsilon) * g
        assert np.allclose(theta, run.x[t + 1], rtol=1e-14)


def test_B9_epsilon_beside_the_root():
    x, _ = RMSprop(lr=1.0, alpha=0.0, eps=1e-8).step(np.zeros(3), np.zeros(3), np.array([1, 1e-4, 1e-8]))
    assert np.round(-x, 4).tolist() == [1, 0.9999, 0.5]


def test_B10_s_has_the_units_of_a_square():
    g = np.random.default_rng(10).normal(size=(100, 1))
    s, seven = (descend(RMSprop(lr=1, alpha=0.9), quadratic(0), [0.0], 100, noise=k * g).states for k in (1, 7))
    assert np.allclose(seven, 49 * s)
    level = descend(RMSprop(lr=1, alpha=0.9), quadratic(0), [0.0], 300, noise=np.full((300, 1), -5.0)).states[-1]
    assert level == pytest.approx([25]) and np.sqrt(level) == pytest.approx([5])


def test_B11_small_gradient_large_rate_same_step():
    for g in (1e-3, 1.0, 1e3):
        step = steps(RMSprop(lr=0.1, alpha=0.9, eps=0), np.full(300, g))[-1]
        assert step / g == pytest.approx(0.1 / g)
        assert step == pytest.approx(0.1)


def test_B12_every_parameter_keeps_moving():
    run = descend(RMSprop(lr=0.01, alpha=0.9, eps=0), VALLEY, START, 2000)
    assert np.abs(np.diff(run.x[-100:], axis=0)) == pytest.approx(np.full((99, 2), 0.01), rel=1e-6)


def test_B13_smooth_for_a_while_then_it_jumps_and_cycles():
    rule = RMSprop(lr=0.4, alpha=0.9, eps=0, eps_root=1e-6)
    f = descend(rule, VALLEY, START, 400).f
    assert np.all(np.diff(f[:30]) < 0)
    assert f"{f[37]:.1e}" == "1.7e-22" and round(f[53], 2) == 1.36 and round(f[400], 3) == 0.084
    assert round(descend(rule, rotated(VALLEY, np.pi / 4), START, 4000).f[-1], 2) == 0.16


def test_B13_a_minimum_elsewhere_can_be_landed_on_and_noise_undoes_it():
    rule, moved, start = RMSprop(lr=0.4, alpha=0.9), shifted(VALLEY, 1.0), np.array(START) + 1
    run = descend(rule, moved, start, 4000)
    assert round(run.f[38:100].max(), 2) == 1.37 and round(run.f[-1], 3) == 0.080
    assert np.all(run.x[100:, 0] == 1) and set(np.round(run.x[-100:, 1], 3)) == {0.8, 1.2}
    assert np.all(descend(rule, moved, start.astype(np.float32), 4000).f[100:] == 0)
    noise = 1e-4 * np.stack([np.random.default_rng(seed).normal(size=(4000, 2)) for seed in range(5)], axis=1)
    for f, x0 in ((VALLEY, START), (moved, start)):
        assert descend(rule, f, x0, 4000, noise=noise).f[-1000:].mean(axis=0) == pytest.approx(np.full(5, 0.084), abs=1e-4)


def test_B14_the_same_epsilon_means_two_sizes_of_gradient():
    for size, setting in [(1e-8, {"eps": 1e-8}), (1e-4, {"eps": 0, "eps_root": 1e-8})]:
        x, _ = RMSprop(lr=1.0, alpha=0.0, **setting).step(np.zeros(1), np.zeros(1), np.array([size]))
        assert 0.5 <= -x[0] <= 0.7072


def test_B14_the_defaults_of_the_table():
    from rmsprop_lib.dialects import FRAMEWORKS

    floors = [(row.eps, row.place) for row in FRAMEWORKS if row.eps is not None]
    usual = [place for eps, place in floors if eps == 1e-8]
    assert (len(floors), len(usual), usual.count("outside"), usual.count("inside")) == (29, 14, 10, 4)
    assert min(floors)[0] == 1e-12 and max(floors)[0] == 0.01
    assert max([eps for eps, _ in floors].count(eps) for eps, _ in floors) == 14


def test_B15_the_triple_of_the_note_is_the_default_of_some_and_not_of_the_best_known():
    from rmsprop_lib.dialects import FRAMEWORKS

    having = {row.name.split()[0] for row in FRAMEWORKS if (row.lr, row.alpha, row.eps) == (0.001, 0.9, 1e-8)}
    assert having == {"MXNet", "Optimisers.jl"}
    named = {row.name: (row.lr, row.alpha, row.eps) for row in FRAMEWORKS}
    assert (named["PyTorch"], named["Keras"]) == ((0.01, 0.99, 1e-8), (0.001, 0.9, 1e-7))


def test_B16_rmsprop_follows_a_moving_minimum_and_adagrad_falls_behind_in_the_end():
    """Each at rates of its own: a larger γ buys Adagrad time, and no γ saves it in the long run."""
    target = 0.1 * np.arange(1, 5001)[:, None, None]

    def behind(rule, kept, added):
        """After 5,000 steps by the library, and after 100,000 by the rule's equations written out, which agree up to there."""
        soon = 500 - descend(rule, quadratic(1), np.zeros((np.size(rule.lr), 1)), 5000, noise=-target).x[-1, :, 0]
        lr = np.ravel(rule.lr)
        x, v = np.zeros(len(lr)), np.zeros(len(lr))
        for t in range(1, 100_001):
            g = x - 0.1 * t
            v = kept * v + added * g * g
            x = x - lr * g / np.sqrt(v)
            if t == 5000:
                assert np.allclose(500 - x, soon, rtol=1e-6)
        return soon, 10_000 - x

    assert np.ravel(behind(RMSprop(lr=0.2, alpha=0.9), 0.9, 0.1)) == pytest.approx([0.0356, 0.0356], abs=1e-3)
    soon, late = behind(Adagrad(lr=np.array([[10], [1], [3], [5], [20]])), 1, 1)
    assert (soon[0], late[0]) == pytest.approx((0.0259, 14.15), abs=0.01)
    assert np.all(late > 5 * soon)


def best_first_hit(make, f, start, tolerance, rates, steps):
    """The fewest steps to f ≤ tolerance over the learning rates, from one batched run."""
    f_t = descend(make(rates[:, None]), f, start, steps).f
    hit = f_t <= tolerance
    return np.where(hit.any(axis=0), hit.argmax(axis=0), steps + 1).min()


def test_B17_slower_than_adam_depends_on_the_problem():
    rates = np.geomspace(1e-3, 10, 49)
    bowl = quadratic(1, 100)
    aligned = [best_first_hit(make, bowl, [1.0, 0.7], 1e-6, rates, 2000) for make in (RMSprop, Adam)]
    turned = [best_first_hit(make, rotated(bowl, np.pi / 4), [1.0, 0.7], 1e-6, rates, 2000) for make in (RMSprop, Adam)]
    assert aligned[0] < aligned[1]
    assert turned[0] > turned[1]


def test_B18_the_noise_comes_from_the_sampling():
    one, two = (descend(GradientDescent(lr=0.1), VALLEY, START, 50).x for _ in range(2))
    assert np.array_equal(one, two)
    assert np.all(np.diff(one[:, 0]) > 0)
    noise = np.random.default_rng(18).normal(size=(50, 2))
    assert not np.all(np.diff(descend(GradientDescent(lr=0.1), VALLEY, START, 50, noise).x[:, 0]) > 0)


@pytest.mark.parametrize("c", [1e-6, 1e6])
def test_B19_what_is_proven_of_its_uses_is_scale_and_pursuit(c):
    rule = RMSprop(lr=0.1, alpha=0.9, eps=0)
    scaled = descend(rule, quadratic(0.2 * c, 4 * c), START, 60).x
    assert np.allclose(scaled, descend(rule, VALLEY, START, 60).x, atol=1e-12)
    target = -0.05 * np.arange(1, 2001)[:, None]
    assert np.abs(descend(rule, quadratic(1), [0.0], 2000, noise=target).x[1:] + target).max() < 0.5
    assert np.abs(descend(rule, quadratic(1), [0.0], 2000, noise=2.2 * target).x[1:] + 2.2 * target)[-1] > 10  # above γ a step


def test_B20_memory_loss_is_the_only_loss():
    """α next to 1 forgets next to nothing, and what enters v is then Adagrad's, but for the factor 1 − α."""
    g = np.random.default_rng(20).normal(size=30)
    forgetful = steps(RMSprop(lr=0.1 * np.sqrt(1e-9), alpha=1 - 1e-9, eps=0), g)
    assert np.allclose(forgetful, steps(Adagrad(lr=0.1, eps=0), g), rtol=1e-6)
    assert not np.allclose(steps(RMSprop(lr=0.1 * np.sqrt(0.1), alpha=0.9, eps=0), g), steps(Adagrad(lr=0.1, eps=0), g), rtol=0.5)


def test_B21_without_the_division_it_is_not_rmsprop():
    run = descend(RMSprop(lr=0.1, alpha=0.9, eps=0), VALLEY, START, 20)
    assert np.allclose(np.diff(run.x, axis=0), -0.1 * run.g / np.sqrt(run.states[1:]))
    assert not np.allclose(np.diff(run.x, axis=0), -0.1 * run.g, rtol=0.1)


def test_B22_the_promised_example_is_worked():
    assert descend(RMSprop(lr=0.5, alpha=0.75, eps=0), quadratic(2), [2.0], 2).x[:, 0].tolist() == [2, 1, 0.5]
    assert {"race-at-every-rate", "family-of-four"} <= figures("adam")


# What the notation page says beside the notes' letters.


def test_pandas_letters():
    """Its com, span and halflife are our mean age, effective size and half-life; its alpha is the share of the new value."""
    for alpha in np.linspace(0.05, 0.99, 20).tolist():
        ours, com, span = alpha, mean_age(alpha), effective_size(alpha)
        assert np.isclose(1 - 1 / (1 + com), ours) and np.isclose(1 - 2 / (span + 1), ours)
        assert np.isclose(1 - (1 - np.exp(-np.log(2) / half_life(alpha))), ours)
    assert (round(mean_age(0.9)), round(effective_size(0.9)), round(half_life(0.9), 2)) == (9, 19, 6.58)


def test_adagrad_whose_sum_starts_at_a_tenth():
    assert steps(Adagrad(lr=1, eps=0, v0=0.1), [0.1]) == pytest.approx([0.3015], abs=5e-5)
    assert steps(Adagrad(lr=1, eps=0), [0.1]) == pytest.approx([1.0])


def test_keras_epsilon_in_adam_is_larger_at_the_start():
    g, eps, beta2 = 1e-7, 1e-7, 0.999
    v = (1 - beta2) * g**2
    keras = np.sqrt(1 - beta2) * g / (np.sqrt(v) + eps)  # the factor (1 − β₁)m̂ = g is 1 at the first step
    ours, _ = Adam(lr=1, beta2=beta2, eps=eps / np.sqrt(1 - beta2)).step(np.zeros(1), Adam(lr=1).init(np.zeros(1)), np.array([g]))
    assert -ours[0] == pytest.approx(keras) and round(1 / np.sqrt(1 - beta2), 1) == 31.6


def test_a_rare_word_gets_a_longer_step_where_its_zeros_count():
    dense = steps(RMSprop(lr=1, alpha=0.9, eps=1e-30), [1.0 * (t % 25 == 24) for t in range(1000)])[24::25]
    sparse = steps(RMSprop(lr=1, alpha=0.9, eps=0), [1.0] * 40)
    assert round(dense[-1], 3) == 3.047 and round(sparse[-1], 3) == 1.007 and np.all(np.diff(sparse) < 0)
