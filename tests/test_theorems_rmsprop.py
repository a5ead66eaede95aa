"""The theorem of the chapter “RMSprop, line by line” and the facts that it says never change."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rmsprop_lib import Adagrad, RMSprop, descend, quadratic

decays = st.floats(0, 0.999)


@st.composite
def gradients(draw):
    """Thirty gradients of four parameters, of many sizes and with zeros among them."""
    rng, silent = np.random.default_rng(draw(st.integers(0, 2**32 - 1))), draw(st.floats(0, 0.9))
    gs = rng.standard_cauchy((30, 4)) * 10 ** rng.uniform(-6, 6, (30, 4))
    return np.where(rng.random((30, 4)) < silent, 0, gs)


@settings(deadline=None, max_examples=40)
@given(gradients(), st.floats(1e-3, 10))
def test_T23_adagrad_is_rmsprop_that_forgets_nothing(gs, lr):
    """α_t = 1 − 1/t and γ_t = γ/√t make RMSprop take Adagrad's steps, whatever the gradients."""
    s = v = np.zeros(4)
    for t, g in enumerate(gs, 1):
        with np.errstate(invalid="ignore"):  # gradients that have all been 0: 0/0 is NaN in both
            one, s = Adagrad(lr=lr, eps=0).step(np.zeros(4), s, g)
            two, v = RMSprop(lr=lr / np.sqrt(t), alpha=1 - 1 / t, eps=0).step(np.zeros(4), v, g)
        np.testing.assert_allclose(v, s / t, rtol=1e-12)
        np.testing.assert_allclose(two, one, rtol=1e-12)
        assert np.array_equal(np.isnan(one), np.all(gs[:t] == 0, axis=0))


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("lr", [0.01, 0.4])
def test_T23_on_a_bowl_of_any_curvature(lr, seed):
    rng = np.random.default_rng(seed)
    bowl, start = quadratic(*10 ** rng.uniform(-2, 2, size=3)), rng.normal(size=3) + 3
    one = descend(lambda t: RMSprop(lr=lr / np.sqrt(t), alpha=1 - 1 / t, eps=0), bowl, start, 2000)
    two = descend(Adagrad(lr=lr, eps=0), bowl, start, 2000)
    np.testing.assert_allclose(one.x, two.x, rtol=0, atol=1e-11)


def test_the_hand_example_is_exact():
    run = descend(RMSprop(lr=0.5, alpha=0.75, eps=0), quadratic(2), [2.0], 2)
    assert run.x[:, 0].tolist() == [2, 1, 0.5]
    assert run.states[:, 0].tolist() == [0, 4, 4]
    assert run.g[:, 0].tolist() == [4, 2]
    assert descend(Adagrad(lr=0.5, eps=0), quadratic(2), [2.0], 2).x[:, 0].tolist() == [2, 1.5, 1.2]


@settings(deadline=None, max_examples=40)
@given(gradients(), decays)
def test_v_is_never_negative_and_each_parameter_moves_against_its_gradient(gs, alpha):
    rule, x = RMSprop(lr=1.0, alpha=alpha), np.zeros(4)
    v = rule.init(x)
    for g in gs:
        step, v = rule.step(x, v, g)
        assert np.all(v >= 0)
        assert np.array_equal(np.sign(step), -np.sign(g))


@settings(deadline=None, max_examples=40)
@given(gradients(), decays, st.permutations(range(4)))
def test_parameters_do_not_mix_and_mirror_images_stay_mirror_images(gs, alpha, order):
    rule, order, flip = RMSprop(lr=0.1, alpha=alpha), list(order), np.array([1, -1, 1, -1])

    def walk(gs):
        x, v = np.zeros(4), np.zeros(4)
        for g in gs:
            x, v = rule.step(x, v, g)
        return x

    assert np.array_equal(walk(gs[:, order]), walk(gs)[order])
    assert np.array_equal(walk(gs * flip), walk(gs) * flip)
