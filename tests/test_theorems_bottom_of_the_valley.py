"""T15–T20: jumps, the cycle at the bottom of the valley, landing, and decay (chapters/bottom-of-the-valley.ipynb)."""

import itertools
from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rmsprop_lib import GradientDescent, Objective, RMSprop, descend, ema, quadratic, rotated, shifted

alphas = st.floats(0.02, 0.98)
lrs = st.floats(1e-3, 10)
curvatures = st.floats(1e-3, 1e3)


def steps_along(g, alpha, lr=1.0, v0=0.0):
    """The lengths of the library's own steps when it is fed the gradients g."""
    rule, x, v, steps = RMSprop(lr=lr, alpha=alpha, eps=0), 0.0, v0, []
    for now in g:
        new, v = rule.step(0.0, v, now)
        steps.append(abs(new - x))
    return np.array(steps)


def bowl(H):
    return Objective("", lambda x: 0.5 * np.einsum("...i,...ij,...j", x, H, x), lambda x: x @ H, np.zeros(len(H)))


def random_bowl(seed, n):
    rng = np.random.default_rng(seed)
    turn, _ = np.linalg.qr(rng.normal(size=(n, n)))
    H = turn @ np.diag(10 ** rng.uniform(-1, 1, n)) @ turn.T
    return (H + H.T) / 2


def signs_of_cycles(H):
    """Every s of ±1, up to the common sign, that (Hs) agrees with."""
    for rest in itertools.product([1, -1], repeat=len(H) - 1):
        s = np.array([1, *rest])
        if np.all(s * (H @ s) > 0):
            yield s


def edge(H, v, lr):
    root = np.sqrt(lr / np.sqrt(v))
    return np.linalg.eigvalsh(root[:, None] * H * root[None, :])


def jacobian(H, s, alpha):
    """How one step of the library moves a small distance from the cycle, seen from the frame that alternates."""
    n, rule = len(H), RMSprop(lr=1, alpha=alpha, eps=0)

    def flipped(z):
        x, v = z[:n], z[n:]
        x, v = rule.step(x, v, H @ x)
        return np.concatenate([-x, v])

    z = np.concatenate([s / 2, (H @ s / 2) ** 2])
    scale = np.concatenate([np.full(n, 1e-6), 1e-6 * z[n:]])
    return np.array([(flipped(z + d) - flipped(z - d)) / (2 * d.sum()) for d in np.diag(scale)]).T


# T15


@given(alphas, st.floats(0.01, 100), st.floats(0.2, 5))
def test_T15_two_unequal_gradients_cannot_make_a_cycle(alpha, g, ratio):
    """Two gradients in turn, opposite in sign: the library's steps settle, and are equal only if the gradients are, and then γ."""
    assume(abs(ratio - 1) > 1e-3)
    rounds = int(np.ceil(np.log(1e-14) / np.log(alpha) / 2)) + 1
    unequal = steps_along([g, -ratio * g] * rounds, alpha)[-2:]
    assert abs(unequal[0] - unequal[1]) > 1e-6
    assert np.allclose(steps_along([g, -g] * rounds, alpha)[-2:], 1)


def settled(f, start, alpha, lr, steps):
    """The last two points, their accumulators and gradients; nothing when the run does not alternate between two points."""
    rule, x, seen = RMSprop(lr=lr, alpha=alpha, eps=0), start, []
    v = rule.init(x)
    for _ in range(steps):
        g = f.gradient(x)
        seen.append((x, v, g))
        x, v = rule.step(x, v, g)
    (x2, v2, g2), (x1, v1, g1) = seen[-2:]
    if np.abs(x - x2).max() > 1e-9 * lr or np.abs(v / v2 - 1).max() > 1e-9:
        return None
    return np.array([x2, x1]), np.array([v1, v]), np.array([g2, g1])


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 3), st.floats(0.1, 0.9), st.floats(0.05, 2))
def test_T15_on_any_function(seed, n, alpha, lr):
    """Where a run on a crooked function ends in two points, they are as the theorem says, and the minimum need not lie between."""
    rng = np.random.default_rng(seed)
    a, w = rng.uniform(0.3, 2, n + 1), rng.normal(size=(n + 1, n))
    f = Objective("", lambda x: np.exp(x @ w.T) @ a, lambda x: (a * np.exp(x @ w.T)) @ w + x, None)
    found = settled(f, rng.normal(size=n), alpha, lr, 1500)
    assume(found is not None)
    x, v, g = found
    assert np.allclose(np.abs(x[1] - x[0]), lr, rtol=1e-7)
    assert np.allclose(g[0], -g[1], rtol=1e-6) and np.allclose(v, g**2, rtol=1e-6)


@settings(deadline=None, max_examples=20)
@given(st.integers(0, 10_000), st.integers(1, 4), st.floats(0.05, 0.9), st.floats(0.01, 5))
def test_T15_on_a_bowl_the_minimum_lies_in_the_middle(seed, n, alpha, lr):
    H, rng = random_bowl(seed, n), np.random.default_rng(seed)
    centre = rng.normal(size=n)
    f = Objective("", lambda x: bowl(H)(x - centre), lambda x: (x - centre) @ H, centre)
    found = settled(f, centre + 3 * lr * rng.normal(size=n), alpha, lr, 2500)
    assume(found is not None)
    for x in found[0]:
        s = np.sign(x - centre)
        assert np.allclose(np.abs(x - centre), lr / 2, rtol=1e-6)
        assert np.all(s * (H @ s) > 0) and np.isclose(f(x), lr**2 / 8 * s @ H @ s)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 4), alphas, lrs)
def test_T15_a_coordinate_may_rest(seed, n, alpha, lr):
    """The last coordinate rests where (Hs) is 0, on f and on the move; 0/0 read as 0."""
    H, s = random_bowl(seed, n), np.append(np.random.default_rng(seed).choice([-1.0, 1.0], n - 1), 0)
    across = H[-1] - (H[-1] @ s) / (s @ s) * s                     # makes (Hs) of the last coordinate 0
    H[-1, :-1] = H[:-1, -1] = across[:-1]
    assume(np.linalg.eigvalsh(H)[0] > 1e-3 and np.all((s * (H @ s))[:-1] > 1e-6))
    H[-1, :-1] -= s[:-1] * (H[-1] @ s) / (n - 1)                   # the last bit, for an exact 0 where it can be
    x = lr / 2 * s
    g = H @ x
    g[-1] = 0 if abs(g[-1]) < 1e-12 * np.abs(g).max() else g[-1]
    with np.errstate(invalid="ignore"):
        there, v = RMSprop(lr=lr, alpha=alpha, eps=0).step(x, g**2, g)
    assert np.allclose(np.where(g == 0, x, there), -x, rtol=1e-9, atol=0) and np.allclose(v, g**2) and g[-1] == 0
    assert np.isclose(bowl(H)(x), lr**2 / 8 * s @ H @ s)


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), alphas, lrs)
def test_T15_every_bowl_has_a_full_cycle_with_the_height_of_the_theorem(seed, n, alpha, lr):
    H = random_bowl(seed, n)
    found = list(signs_of_cycles(H))
    best = max(itertools.product([1, -1], repeat=n), key=lambda s: np.array(s) @ H @ np.array(s))
    assert any(np.array_equal(s, best) or np.array_equal(-s, best) for s in found)
    for s in found:
        x = lr / 2 * s
        v, rule, f = (H @ x) ** 2, RMSprop(lr=lr, alpha=alpha, eps=0), bowl(H)
        there, v_there = rule.step(x, v, f.gradient(x))
        back, _ = rule.step(there, v_there, f.gradient(there))
        assert np.allclose(there, -x) and np.allclose(v_there, v) and np.allclose(back, x)
        assert np.isclose(f(x), lr**2 / 8 * s @ H @ s)


def test_T15_the_tail_is_half_a_learning_rate_on_either_side():
    alpha = np.array([0.05, 0.5, 0.9, 0.99])[:, None]
    x = descend(RMSprop(lr=0.1, alpha=alpha, eps=0), quadratic(0.2, 1, 400), [1.0, 1.0, 1.0], steps=6000).x
    assert x.shape == (6001, 4, 3) and np.allclose(np.sort(x[-2:], axis=0), np.reshape([-0.05, 0.05], (2, 1, 1)))


def test_T15_floors_of_the_page():
    for angle, f in [(0, 0.084), (np.pi / 4, 0.16)]:
        assert np.isclose(descend(RMSprop(lr=0.4, eps=0), rotated(quadratic(0.2, 4), angle), [-5.0, -2.0], 1500).f[-1], f)
    for angle, f in [(0, 0.0013125), (np.pi / 4, 0.0025)]:
        assert np.isclose(descend(RMSprop(lr=0.05, eps=0), rotated(quadratic(0.2, 4), angle), [-1.0, -0.5], 3000).f[-1], f)


def test_T15_holds_in_part_for_any_function():
    f = Objective("", lambda x: (np.exp(x) - x)[..., 0], lambda x: np.exp(x) - 1, np.zeros(1))
    run = descend(RMSprop(lr=0.4, alpha=0.9, eps=0), f, [1.0], steps=1000)
    a, b = np.sort(run.x[-2:, 0])
    assert np.isclose(b - a, 0.4) and np.isclose(np.exp(a) - 1, 1 - np.exp(b)) and not np.isclose(a, -b)
    assert np.allclose(run.states[-1], run.g[-1] ** 2)


# T16


@settings(deadline=None)
@given(alphas, lrs, curvatures, st.integers(0, 100))
def test_T16_the_library_moves_beside_the_cycle_as_the_matrix_says(alpha, lr, lam, seed):
    u = 1e-6 * np.random.default_rng(seed).normal(size=2)
    x, v = lr / 2 * (1 + u[0]), (lr * lam / 2) ** 2 * (1 + u[1])
    x, v = RMSprop(lr=lr, alpha=alpha, eps=0).step(x, v, lam * x)
    after = np.array([-x / (lr / 2) - 1, v / (lr * lam / 2) ** 2 - 1])
    assert np.allclose(after, np.array([[2 * alpha - 1, -alpha], [2 * (1 - alpha), alpha]]) @ u, atol=1e-10)


@given(st.floats(1e-4, 0.9999))
def test_T16_determinant_discriminant_and_factor(alpha):
    M = np.array([[2 * alpha - 1, -alpha], [2 * (1 - alpha), alpha]])
    assert np.isclose(np.linalg.det(M), alpha) and np.isclose(np.trace(M) ** 2 - 4 * alpha, (9 * alpha - 1) * (alpha - 1))
    factor = np.abs(np.linalg.eigvals(M)).max()
    real = (1 - 3 * alpha + np.sqrt(max(0, (1 - 9 * alpha) * (1 - alpha)))) / 2
    assert np.isclose(factor, np.sqrt(alpha) if alpha > 1 / 9 else real, rtol=1e-6) and factor < 1
    assert factor >= 1 / 3 - 1e-6


@pytest.mark.parametrize("alpha", [0.05, 0.2, 0.5, 0.9])
def test_T16_measured_contraction(alpha):
    x, v, rule, far = 0.5 + 1e-5, 0.25, RMSprop(lr=1, alpha=alpha, eps=0), []
    for _ in range(400):
        x, v = rule.step(x, v, x)
        far.append(np.hypot(2 * abs(x) - 1, 4 * v - 1))
    n = int(np.argmax(np.array(far) < 1e-11))
    expected = np.sqrt(alpha) if alpha > 1 / 9 else (1 - 3 * alpha + np.sqrt((1 - 9 * alpha) * (1 - alpha))) / 2
    slope = np.polyfit(np.arange(n // 4, n), np.log(far[n // 4 : n]), 1)[0]
    assert abs(np.exp(slope) / expected - 1) < 0.04


@given(st.floats(0.1, 20), lrs)
def test_T16_without_memory_every_start_keeps_its_own_cycle(steps_away, lr):
    x = descend(RMSprop(lr=lr, alpha=0, eps=0), quadratic(1), [lr * steps_away], steps=60).x[-2:, 0] / lr
    assume(0.01 < steps_away % 1 < 0.99)
    assert np.allclose(np.sort(x), [steps_away % 1 - 1, steps_away % 1], atol=1e-9)


def test_T16_seen_every_random_start_ended_in_the_cycle():
    rng = np.random.default_rng(7)
    alpha, far = rng.uniform(0.01, 0.98, (2000, 1)), 10 ** rng.uniform(-2, 1, (2000, 1))
    ends = descend(RMSprop(lr=1, alpha=alpha, eps=0), quadratic(1), far, steps=3000).x[-1]
    assert np.allclose(np.abs(ends), 0.5, atol=1e-5)


# T17


@settings(deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 4), lrs)
def test_T17_two_is_an_eigenvalue_on_every_full_cycle(seed, n, lr):
    H = random_bowl(seed, n)
    for s in signs_of_cycles(H):
        v = (lr / 2 * H @ s) ** 2
        assert np.min(np.abs(edge(H, v, lr) - 2)) < 1e-8
        if n == 2 and s[0] * s[1] * H[0, 1] >= 0:
            assert np.isclose(edge(H, v, lr)[-1], 2)
    if n == 2:
        assert any(s[0] * s[1] * H[0, 1] >= 0 for s in signs_of_cycles(H))


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(2, 4), st.floats(0.05, 0.97))
def test_T17_the_edge_decides_whether_a_cycle_attracts(seed, n, alpha):
    H = random_bowl(seed, n)
    for s in signs_of_cycles(H):
        size, top = np.abs(np.linalg.eigvals(jacobian(H, s, alpha))).max(), edge(H, (H @ s / 2) ** 2, 1)[-1]
        assume(abs(top - 1 - 1 / alpha) > 1e-3)
        assert (size < 1) == (top < 1 + 1 / alpha)


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 10_000), st.integers(3, 4))
def test_T17_the_edge_is_one_plus_one_over_alpha(seed, n):
    """One per cent to either side of the α at which λ_max = 1 + 1/α the cycle attracts, or repels."""
    H = random_bowl(seed, n)
    for s in signs_of_cycles(H):
        top = edge(H, (H @ s / 2) ** 2, 1)[-1]
        if top > 2.02:
            for share in (0.99, 1.01):
                size = np.abs(np.linalg.eigvals(jacobian(H, s, share / (top - 1)))).max()
                assert (size < 1) == (share < 1)


def test_T17_cycles_of_both_kinds_were_met():
    tops = [edge(H, (H @ s / 2) ** 2, 1)[-1] for H in (random_bowl(seed, 3) for seed in range(200)) for s in signs_of_cycles(H)]
    assert min(tops) > 2 - 1e-9 and np.sum(np.array(tops) > 1 + 1 / 0.9) > 20 and np.sum(np.array(tops) < 1 + 1 / 0.9) > 20


@settings(deadline=None, max_examples=40)
@given(st.lists(curvatures, min_size=1, max_size=4), lrs)
def test_T17_along_the_axes_it_learns_every_curvature(lam, lr):
    lam = np.array(lam)
    assert np.allclose(edge(np.diag(lam), (lam * lr / 2) ** 2, lr), 2)
    v = descend(RMSprop(lr=lr, alpha=0.7, eps=0), quadratic(*lam), np.full(len(lam), 2.2 * lr), steps=400).states[-1]
    assert np.allclose(lr / np.sqrt(v), 2 / lam, rtol=1e-6)


def test_T17_two_at_every_angle_of_the_page():
    rates = {}
    for degrees in (0, 5, 15, 30, 45, 90):
        f = rotated(quadratic(0.2, 4), np.radians(degrees))
        run = descend(RMSprop(lr=0.4, alpha=0.9, eps=0), f, [-5.0, -2.0], steps=1500)
        H = f.gradient(np.eye(2))
        assert np.isclose(edge(H, run.states[-1], 0.4)[-1], 2)
        rates[degrees] = np.round(0.4 / np.sqrt(run.states[-1]), 3).tolist()
    assert rates == {0: [10, 0.5], 5: [3.579, 0.465], 15: [1.424, 0.426], 30: [0.715, 0.426], 45: [0.5, 0.5], 90: [0.5, 10]}


# T18


@given(st.lists(curvatures, min_size=1, max_size=5), alphas, lrs, st.integers(0, 100))
def test_T18_along_the_axes_the_path_does_not_see_the_curvatures(lam, alpha, lr, seed):
    n = len(lam)
    start = np.random.default_rng(seed).normal(size=n) * 5 * lr
    powers = 2.0 ** np.round(np.log2(lam))                        # scaling by powers of two is exact in floating point
    rule = RMSprop(lr=lr, alpha=alpha, eps=0)
    assert np.array_equal(descend(rule, quadratic(*powers), start, 40).x, descend(rule, quadratic(*[1] * n), start, 40).x)


@settings(deadline=None)
@given(st.floats(0.05, 0.95))
def test_T18_turned_by_45_degrees_the_valley_is_as_long_as_kappa(alpha):
    """The library's own step: what it shrinks least is along the valley, by 1 − 4α/(1+α)/κ up to a multiple of 1/κ²."""
    rest = []
    for kappa in (200.0, 400.0, 800.0):
        H = rotated(quadratic(1, kappa), np.pi / 4).gradient(np.eye(2))
        s = next(s for s in signs_of_cycles(H) if s[0] * s[1] * H[0, 1] > 0)
        size, ways = np.linalg.eig(jacobian(H, s, alpha))
        slow = np.argmin(np.abs(size + 1))                        # −1 here is 1 in the frame that does not alternate
        along = ways[:2, slow].real
        assert abs(along @ s) < 1e-3 * np.linalg.norm(along)      # s is across the valley
        rest.append((-size[slow].real - (1 - 4 * alpha / (1 + alpha) / kappa)) * kappa**2)
        if kappa * (1 - np.sqrt(alpha)) > 4:
            assert np.abs(size).argmax() == slow
    assert np.ptp(rest) < 0.1 * np.abs(rest).max() + 0.05         # it is a multiple of 1/κ², the same for all three


def test_T18_seen_steps_to_come_near():
    around = np.arange(40) * np.pi / 20 + 0.03
    circle, c = np.sqrt(2) * np.stack([np.cos(around), np.sin(around)], axis=-1), np.sqrt(0.5)
    back = np.array([[c, -c], [c, c]])

    def steps(rule, f, most, back):
        return np.median(np.argmax(np.abs(descend(rule, f, circle, most).x @ back).max(axis=-1) < 0.01, axis=0))

    rule = RMSprop(lr=0.01, alpha=0.9, eps=0)
    assert np.isclose(steps(rule, quadratic(1, 100), 300, np.eye(2)), 155, rtol=0.03)
    assert np.isclose(steps(rule, rotated(quadratic(1, 100), np.pi / 4), 600, back), 310, rtol=0.03)
    assert np.isclose(steps(GradientDescent(lr=2 / 101), quadratic(1, 100), 300, np.eye(2)), 240, rtol=0.03)


# T19


@settings(deadline=None, max_examples=40)
@given(st.floats(0.05, 0.97), lrs, curvatures, st.floats(-9, 1.3), st.sampled_from([-1, 1]))
def test_T19_clock_floor_and_ceiling(alpha, lr, lam, far, sign):
    """From a billionth of γ away, where the first step crosses and all but attains the ceiling, to twenty γ."""
    run = descend(RMSprop(lr=lr, alpha=alpha, eps=0), quadratic(lam), [sign * lr * 10**far], steps=1500)
    d, v = np.abs(run.x[:, 0]), run.states[:, 0]
    assume(d.min() > 0)
    grew = d[1:] > d[:-1] * (1 + 1e-12)
    assert np.all(lr * lam / np.sqrt(v[1:][grew]) > 2 * (1 - 1e-9))
    wait = np.log(4 * v[1:] / (lr * lam) ** 2) / np.log(1 / alpha)
    before = np.append(0, np.cumsum(grew))                        # how often it grew so far
    t = np.arange(1, 1400, 7)
    until = np.minimum(len(grew), t + np.maximum(0, np.ceil(wait[t - 1] - 1e-9) - 1)).astype(int)
    assert np.array_equal(before[until], before[t])
    crossed = np.argmax(np.sign(run.x[:, 0]) != np.sign(run.x[0, 0]))
    assert crossed > 0 and d[crossed:].max() < lr / np.sqrt(1 - alpha)
    assert d[-500:].max() > 0.499 * lr
    if far < -8:
        assert d[1] > 0.999999 * lr / np.sqrt(1 - alpha)


def test_T19_the_hand_example():
    run = descend(RMSprop(lr=0.5, alpha=0.75, eps=0), quadratic(2), [2.0], steps=400)
    d = np.abs(run.x[:, 0])
    assert np.argmin(d) == 11 and f"{d[11]:.1e}" == "1.2e-06" and round(d[23], 3) == 0.683
    assert np.argmax(d[1:] > d[:-1]) + 1 == 12 and np.allclose(d[-10:], 0.25)


def test_T19_the_textbooks_example_twenty_times_further():
    f = descend(RMSprop(lr=0.4, alpha=0.9, eps=0), quadratic(0.2, 4), [-5.0, -2.0], steps=400).f
    assert f.argmin() == 37 and f"{f[37]:.1e}" == "1.7e-22"
    assert f[38:].argmax() + 38 == 53 and round(f[53], 2) == 1.36 and np.isclose(f[400], 0.084)


def test_T19_landing_exactly_is_the_only_way_out():
    assert descend(RMSprop(lr=0.5, alpha=0.75, eps=0), quadratic(2), [1.0], steps=1).x[1, 0] == 0


@settings(deadline=None, max_examples=30)
@given(st.floats(0.05, 0.97), lrs, curvatures, st.floats(-1, 1.3), st.sampled_from([-1, 1]), st.floats(-50, 50))
def test_T19_with_the_minimum_elsewhere_as_far_as_the_spacing_of_numbers_allows(alpha, lr, lam, far, sign, at):
    """Clock and ceiling hold wherever the minimum is; the floor holds unless the run has landed."""
    run = descend(RMSprop(lr=lr, alpha=alpha, eps=0), shifted(quadratic(lam), at), [at + sign * lr * 10**far], steps=1500)
    x, d = run.x[:, 0], np.abs(run.x[:, 0] - at)
    gap = np.spacing(max(1e-300, abs(at) + d.max()))
    grew = d[1:] > d[:-1] + gap
    assert np.all(lr * lam / np.sqrt(run.states[1:, 0][grew]) > 2 * (1 - 4 * gap / d[:-1][grew]))
    crossed = np.flatnonzero(np.sign(x - at) != np.sign(x[0] - at))
    assert len(crossed) and d[crossed[0] :].max() < lr / np.sqrt(1 - alpha) + gap
    if np.any(x == at):
        assert np.all(x[np.argmax(x == at) :] == at)
    else:
        assert d[-500:].max() > 0.499 * lr


def test_T19_and_T15_with_noise_the_floor_is_kept_everywhere():
    """Noise of a hundredth of the gradient on the cycle, four minima, three starts, both precisions: no run rests, and the mean
    distance over the last half is near γ/2."""
    rng = np.random.default_rng(5)
    for kind in (np.float64, np.float32):
        alpha = np.round(np.arange(0.3, 0.99, 0.03), 2).astype(kind)[:, None, None]
        at = np.array([0, 2, -7.3, 19], kind)
        noise = (5e-4 * rng.normal(size=(2000, 3, 4))).astype(kind)
        start = (at + np.array([[-2], [0.3], [9]])).astype(kind)
        x = descend(RMSprop(lr=0.1, alpha=alpha, eps=0), shifted(quadratic(1, 1, 1, 1), at), start, 2000, noise).x
        d = np.abs(x - at)[-1000:].mean(axis=0)
        assert x.dtype == kind and d.shape == (23, 3, 4) and np.all(np.abs(d - 0.05) < 0.005)


@pytest.mark.parametrize("by", [(1, 1), (2, 2), (0.3, 7), (17.3, -4)])
def test_T19_moved_the_flat_coordinate_of_the_textbook_example_lands_before_the_jump(by):
    run = descend(RMSprop(lr=0.4, alpha=0.9, eps=0), shifted(quadratic(0.2, 4), by), np.array([-5.0, -2.0]) + by, 400)
    landed, jump = np.argmax(run.x[:, 0] == by[0]), 38 + run.f[38:].argmax()
    assert 39 <= landed <= 42 and np.all(run.x[landed:, 0] == by[0]) and jump == 53
    assert np.all(np.abs(run.x[-20:, 1] - by[1]) > 0.19) and run.f[-1] == pytest.approx(0.08, abs=1e-6)


def test_T19_the_textbook_example_moved_and_with_noise():
    """What survives a move to (1, 1): the burst, and a floor, lower by the coordinate that has landed. What survives noise: a bounce
    and the floor. In float32 the moved run lands with both coordinates."""
    moved, start = shifted(quadratic(0.2, 4), [1, 1]), np.array([-4.0, -1.0])
    for eps in (0, 1e-8):
        run = descend(RMSprop(lr=0.4, alpha=0.9, eps=eps), moved, start, 400)
        assert run.f[38:].argmax() + 38 == 53 and round(run.f[53], 2) == 1.37 and round(run.f[-1], 3) == 0.08
        assert np.argmax(run.x[:, 0] == 1) == 42 and np.all(run.x[42:, 0] == 1) and not np.any(run.x[:, 1] == 1)
    assert np.all(descend(RMSprop(lr=0.4, alpha=0.9, eps=0), moved, start.astype(np.float32), 400).x[-1] == 1)
    for f, x0 in [(quadratic(0.2, 4), start - 1), (moved, start)]:
        for seed in range(20, 30):                                # other seeds than the page's
            noise = 0.01 * np.random.default_rng(seed).normal(size=(400, 2))
            f_t = descend(RMSprop(lr=0.4, alpha=0.9, eps=0), f, x0, 400, noise).f
            assert f_t.min() > 1e-7 and 0.25 < f_t[30:].max() < 0.6 and abs(f_t[-100:].mean() - 0.084) < 0.002


# T19b


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 10_000), st.sampled_from([np.float64, np.float32]), st.floats(1e-3, 0.999))
def test_T19b_a_step_that_ends_within_half_a_gap_lands(seed, kind, share):
    """And one that ends farther than half a gap away does not; the exact end is computed in rational numbers."""
    rng = np.random.default_rng(seed)
    centre = kind(rng.uniform(1.1, 1.9) * 2.0 ** rng.integers(-20, 20))
    gap = np.spacing(centre)
    x = kind(centre + gap * int(rng.integers(-1000, 1000)))
    for miss, lands in [(share / 2, True), (-share / 2, True), (0.51 + share, False)]:
        step = kind(float(x) - float(centre) - miss * float(gap))
        end = Fraction(float(x)) - Fraction(float(step)) - Fraction(float(centre))   # what rounding a step leaves
        if abs(end) < Fraction(float(gap)) / 2:
            assert kind(x - step) == centre
        elif abs(end) > Fraction(float(gap)) / 2:
            assert kind(x - step) != centre
        assert lands == (kind(x - step) == centre) or abs(abs(float(end)) / float(gap) - 0.5) < 0.01


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.sampled_from([np.float64, np.float32]), st.integers(1, 15))
def test_T19b_near_lambda_p_of_1_every_step_halves_the_gaps(seed, kind, n):
    """The library's own steps with any √v that keeps λp between ½ and 3/2: after n of them a run from under 2ⁿ gaps has landed."""
    rng = np.random.default_rng(seed)
    centre = kind(rng.uniform(1.1, 1.9) * 2.0 ** rng.integers(-10, 10))
    gap, lam, lr = float(np.spacing(centre)), kind(4), kind(0.125)
    gaps = int(rng.integers(1, 2**n)) * int(rng.choice([-1, 1]))
    x = kind(float(centre) + gaps * gap)
    for _ in range(n):
        g = lam * (x - centre)
        rate = rng.uniform(0.51, 1.49)                            # λp of this step
        v = kind((float(lr) * 4 / rate) ** 2)
        wanted = v - kind(0.1) * g * g                            # so that v comes out as wanted, g being tiny
        x, _ = RMSprop(lr=lr, alpha=kind(0.9), eps=0).step(x, wanted / kind(0.9), g)
        left = (float(x) - float(centre)) / gap
        assert left == round(left) and abs(left) <= abs(gaps) // 2
        gaps = int(left)
    assert x == centre


@pytest.mark.parametrize("kind", [np.float64, np.float32])
@pytest.mark.parametrize("eps", [0, 1e-8])
def test_T19b_on_the_minimum_it_stays(kind, eps):
    at = np.random.default_rng(3).uniform(-9, 9, 50).astype(kind)
    f = shifted(quadratic(*np.geomspace(0.01, 100, 50)), at)
    for v in [1e-30, 1.0, *([0] if eps else [])]:
        x, state = RMSprop(lr=0.1, alpha=0.9, eps=eps).step(at, np.full(50, v, kind), f.gradient(at))
        assert np.array_equal(x, at) and np.all(np.isfinite(state))


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), alphas, lrs, st.floats(-8, 3), st.sampled_from([0.0, 1e-8, 0.1]), st.floats(0, 100))
def test_T19b_gradients_that_do_not_fade_keep_it_moving(seed, alpha, lr, size, eps, v0):
    """Any gradients: here signs and sizes at random below a G that is reached now and then, after a burst of large ones."""
    rng = np.random.default_rng(seed)
    G, n = 10**size, 600 + int(60 / (1 - alpha))
    g = G * rng.uniform(-1, 1, n) * rng.choice([1, 1e-3, 0], n)
    g[::50] = G * rng.choice([-1, 1], len(g[::50]))
    g[:10] *= 1e3
    rule, x, v, steps = RMSprop(lr=lr, alpha=alpha, eps=eps), 0.0, v0, []
    for now in g:
        new, v = rule.step(x, v, now)
        steps.append(abs(new - x))
        x = new
    late = np.array(steps[-200:])
    assume(v0 * alpha ** (n - 200) < 1e-6 * G**2 and 1e6 * alpha ** (n - 210) < 1e-6)
    assert late.max() > 0.999 * lr * G / (G + eps)


def test_T19b_growing_gradients_too():
    rule, x, v = RMSprop(lr=0.1, alpha=0.9, eps=1e-3), 0.0, 5.0
    for t in range(1, 400):
        new, v = rule.step(x, v, t * (-1) ** t)
        last, x = abs(new - x), new
    assert last > 0.0999


@pytest.mark.parametrize(
    ("kind", "landed"),
    [(np.float64, {0.5: 0, 0.75: 0, 0.86: 0, 0.89: 200, 0.9: 200, 0.95: 200, 0.99: 200}), (np.float32, {0.5: 0, 0.75: 200, 0.9: 200, 0.95: 200, 0.99: 200})],
)
def test_T19b_the_table_of_the_page(kind, landed):
    """Other minima than the page's, on a finer grid of α, with and without ε."""
    at = np.random.default_rng(11).uniform(0.5, 20, 200).astype(kind)
    alpha, eps = np.array([*landed], kind)[:, None, None], np.array([0, 1e-8], kind)[:, None]
    x = descend(RMSprop(lr=0.1, alpha=alpha, eps=eps), shifted(quadratic(*np.ones(200)), at), at - kind(2), 3000).x[-1]
    assert x.dtype == kind and np.array_equal(np.sum(x == at, axis=-1), [[count] * 2 for count in landed.values()])
    assert np.all((x == at) | np.isclose(np.abs(x - at), 0.05, atol=1e-5))


def test_T19b_gradient_descent_does_not_oscillate_where_RMSprop_does():
    """γλ well below 1, wherever the minimum is: gradient descent comes from one side, RMSprop ends on both."""
    for at in (0.0, 3.0):
        f = shifted(quadratic(1), at)
        assert np.all(np.diff(descend(GradientDescent(lr=0.1), f, [at + 2.0], 300).x[:, 0]) <= 0)
        noise = 1e-6 * np.random.default_rng(0).normal(size=(6000, 1))
        lr = np.array([[0.1], [0.01], [0.001]])
        x = descend(RMSprop(lr=lr, alpha=0.9, eps=0), f, [at + 2.0], 6000, noise).x[-2:] - at
        assert np.allclose(np.sort(x, axis=0), [-lr / 2, lr / 2], rtol=0.02)


# T20


@settings(deadline=None, max_examples=40)
@given(alphas, lrs, curvatures, st.floats(0.01, 5), st.booleans(), st.integers(0, 100))
def test_T20_no_schedule_at_or_below_the_root_of_alpha_lets_the_rate_rise(alpha, lr, lam, far, even, seed):
    """The rate falls by the factor √α a step, or by uneven factors below it."""
    rng = np.random.default_rng(seed)
    falls = np.sqrt(alpha) * (1 if even else rng.uniform(0.7, 1, 60))
    rates = lr * np.cumprod(np.broadcast_to(falls, 60))
    v, last = 0.0, np.inf
    for rate, g in zip(rates, rng.standard_cauchy(60) * 10 ** rng.uniform(-3, 3, 60), strict=True):  # any gradients at all
        _, v = RMSprop(lr=rate, alpha=alpha, eps=0).step(0.0, v, g)
        assert rate / np.sqrt(v) <= last * (1 + 1e-12)
        last = rate / np.sqrt(v)
    d = np.abs(descend(lambda t: RMSprop(lr=rates[t - 1], alpha=alpha, eps=0), quadratic(lam), [far * lr], steps=60).x[:, 0])
    shrank = np.flatnonzero(d[1:] < d[:-1] * (1 - 1e-12))
    if len(shrank):
        assert np.all(d[shrank[0] + 1 :] <= d[shrank[0] : -1] * (1 + 1e-12))


def test_T20_a_hair_above_the_root_of_alpha_the_rate_can_rise():
    rates = 0.95 ** np.arange(1, 61)
    v = ema(np.append(1.0, np.zeros(59)), 0.9)
    assert np.all(np.diff(rates / np.sqrt(v)) > 0)


@settings(deadline=None, max_examples=15)
@given(st.floats(0.1, 0.9), st.floats(0.1, 1.0))
def test_T20_above_the_root_of_alpha_it_comes_back(alpha, share):
    q = np.sqrt(alpha) + share * (1 - np.sqrt(alpha))
    bound = np.sqrt((q**2 - alpha) / (1 - alpha)) / (1 + q)
    with localcontext() as context:
        context.prec = 20
        x, v, gamma, a, factor, far = Decimal("1.37"), Decimal(0), Decimal(1), Decimal(alpha), Decimal(float(q)), []
        for _ in range(1200):
            gamma *= factor
            v = a * v + (1 - a) * x * x
            x = x - gamma * x / v.sqrt()
            far.append(float(abs(x) / gamma))
    run = descend(lambda t: RMSprop(lr=float(q) ** t, alpha=alpha, eps=0), quadratic(1), [1.37], 15)
    assert np.allclose(np.abs(run.x[1:, 0]) / float(q) ** np.arange(1, 16), far[:15], rtol=1e-6, atol=1e-9)  # it is the library's rule
    assume(np.log(q**2 / alpha) * 1200 > 120)                     # time enough to come back
    assert max(far[-400:]) > 0.99 * bound


@settings(deadline=None, max_examples=12)
@given(st.floats(0.2, 1.0), st.floats(0.1, 0.95), curvatures, st.floats(0.1, 3), st.sampled_from([-1, 1]))
def test_T20_slow_schedules_cure(power, alpha, lam, far, sign):
    """γ_t = γ/tᵖ with p ≤ 1, whose sum is infinite: after each crossing at step s, d stays below γ_s/√(1−α), and that goes to 0."""
    lr, steps = 0.5, 3000
    x = descend(lambda t: RMSprop(lr=lr / t**power, alpha=alpha, eps=0), quadratic(lam), [sign * lr * far], steps).x[:, 0]
    assume(np.all(x != 0))
    gamma = lr / np.arange(1, steps + 1) ** power
    crossings = np.flatnonzero(np.sign(x[1:]) != np.sign(x[:-1]))             # the step s = index + 1 has the rate gamma[index]
    assert len(crossings) and crossings[-1] > steps - 300
    farthest = np.maximum.accumulate(np.abs(x[::-1]))[::-1]                   # from each step on
    assert np.all(farthest[crossings + 1] < gamma[crossings] / np.sqrt(1 - alpha))
    assert np.abs(x[-300:] / gamma[-300:]).max() > 0.49                       # part 3, with ½: no nearer than that


def test_T20_seen_it_settles_at_half_of_gamma():
    power = np.array([0.3, 0.5, 0.8])
    x = descend(lambda t: RMSprop(lr=0.5 / t**power, alpha=0.9, eps=0), quadratic(1, 1, 1), [2.0, 2.0, 2.0], 8000).x[-1]
    assert np.allclose(np.abs(x) / (0.5 / 8000**power), 0.5, rtol=1e-3)


def test_T20_seen_after_its_jump_the_distance_is_half_of_gamma():
    """For 0.5/√t at α = 0.9: within 3 % from step 400 on, and nowhere near at step 100, before or in the jump."""
    start = [0.3, 5.0, 2.0, 5.0]
    x = descend(lambda t: RMSprop(0.5 / t**0.5, 0.9, eps=0), quadratic(1, 1, 4, 0.2), start, 2500).x[1:]
    share = np.abs(x) * np.sqrt(np.arange(1, 2501))[:, None] / 0.25
    assert np.all(np.abs(share[399:] - 1) < 0.03) and np.all(np.abs(share[99] - 1) > 0.5)


def test_T20_a_cure_needs_rates_whose_sum_is_infinite():
    x = descend(lambda t: RMSprop(lr=0.5 / t**2, alpha=0.9, eps=0), quadratic(1), [9.0], 3000).x[:, 0]
    assert x[-1] > 5


@settings(deadline=None, max_examples=40)
@given(st.floats(0.1, 0.95), st.floats(0.2, 0.97), curvatures, st.floats(0.05, 20), st.sampled_from([-1, 1]))
def test_T20_the_price_of_a_fast_schedule(alpha, share, lam, far, sign):
    """The effective rates fall at least like (q/√α)ᵗ, so x comes to rest, and not at the minimum."""
    q = share * np.sqrt(alpha)
    steps = int(min(np.ceil(45 / -np.log(share)), 600 / -np.log(q)))
    run = descend(lambda t: RMSprop(lr=q**t, alpha=alpha, eps=0), quadratic(lam), [sign * far], steps)
    x, v = run.x[:, 0], run.states[1:, 0]
    assume(np.all(x != 0))
    p = q ** np.arange(1, steps + 1) / np.sqrt(v)
    assert np.all(lam * p[1:] <= lam * p[:-1] * share * (1 + 1e-9))
    assert x[-1] != 0 and np.isclose(x[-1], x[-2], rtol=1e-9 + 2 * lam * p[-1], atol=0) and lam * p[-1] < 1e-3


@settings(deadline=None, max_examples=25)
@given(alphas, curvatures, st.sampled_from([-1, 1]), st.floats(0.02, 0.999), st.integers(0, 10_000), st.floats(-5, 5))
def test_T20_the_allowance(alpha, lam, sign, share, seed, at):
    """Any schedule whose allowance A is below the distance: it never crosses, and stops at least d₀ − A short."""
    rng = np.random.default_rng(seed)
    rates = rng.uniform(0.01, 1, 300) * rng.uniform(0.9, 1.0) ** np.arange(300)
    A = np.sum(rates / np.sqrt(1 - alpha ** np.arange(1, 301)))
    d0 = A / share
    x = descend(lambda t: RMSprop(lr=rates[t - 1], alpha=alpha, eps=0), shifted(quadratic(lam), at), [at + sign * d0], 300).x[:, 0]
    d = sign * (x - at)
    assert np.all(d > 0) and np.all(np.diff(d) <= 1e-12) and d[-1] >= (d0 - A) * (1 - 1e-9)


def test_T20_the_allowance_is_nearly_used_up():
    """From far away the steps are as long as part 5 allows, so the bound is not idle."""
    rates, alpha = 0.01 * 0.95 ** np.arange(1, 400), 0.9
    A = np.sum(rates / np.sqrt(1 - alpha ** np.arange(1, 400)))
    x = descend(lambda t: RMSprop(lr=rates[t - 1], alpha=alpha, eps=0), quadratic(1), [1000.0], 399).x[-1, 0]
    assert 1 < (x - (1000 - A)) / A + 1 < 1.001


def test_T20_above_the_root_of_alpha_it_can_still_stop_short():
    gamma, q = np.array([0.01, 0.1, 0.1, 0.01, 0.04]), np.array([0.95, 0.96, 0.97, 0.99, 0.99])
    for at in (0.0, 3.0):
        f = shifted(quadratic(1, 1, 1, 1, 1), at)
        x = descend(lambda t: RMSprop(lr=gamma * q**t, alpha=0.9, eps=0), f, np.full(5, at + 5.0), 2000).x
        assert np.round(x[-1] - at, 3).tolist() == [4.742, 2.106, 1.361, 3.933, 0.904] and np.all(np.diff(x, axis=0) <= 0)


def test_T20_the_jump_under_a_schedule():
    f = descend(lambda t: RMSprop(lr=0.4 / np.sqrt(t), alpha=0.9, eps=0), quadratic(0.2, 4), [-5.0, -2.0], steps=400).f
    assert f[:120].argmin() == 93 and f"{f[93]:.1e}" == "3.7e-25"
    assert f[94:].argmax() + 94 == 105 and round(f[105], 4) == 0.0145
