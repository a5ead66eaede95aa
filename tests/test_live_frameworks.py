"""PyTorch and optax themselves, where they are installed, against the library: the same gradients, step by step.

They are not needed for the course and not among its requirements: `pip install torch` or `pip install optax` beside them.
"""

import warnings
from dataclasses import replace

import numpy as np
import pytest

from rmsprop_lib import Adagrad, Adam, Momentum, RMSprop, dialects

STEPS, CHANGE = 60, 30  # the learning rate falls to a tenth on the way
GRADIENTS = np.random.default_rng(2013).normal(size=(STEPS, 6)) * 10.0 ** np.arange(-3, 3)
START = np.linspace(-2, 3, 6)


def lr_at(t):
    return 0.01 if t <= CHANGE else 0.01 * 0.1


def ours(rule_at, gradients=GRADIENTS):
    """The positions; ``rule_at`` is a function of γ."""
    xs, state = [START], rule_at(lr_at(1)).init(START)
    for t, g in enumerate(gradients, 1):
        x, state = rule_at(lr_at(t)).step(xs[-1], state, g)
        xs.append(x)
    return np.array(xs)


def agree(mine, theirs, within=1e-12):
    return np.all(np.abs(mine - theirs) <= within * np.max(np.abs(theirs), axis=0))


@pytest.fixture(scope="module")
def torch():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("torch", reason="PyTorch is not installed")


@pytest.fixture(scope="module")
def optax():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip("optax", reason="optax is not installed")


def run_torch(torch, name, gradients=GRADIENTS, start=START, **settings):
    x = torch.nn.Parameter(torch.tensor(start.tolist(), dtype=torch.float64))
    optimizer = getattr(torch.optim, name)([x], **settings)
    xs = [x.tolist()]
    for t, g in enumerate(gradients, 1):
        for group in optimizer.param_groups:
            group["lr"] = lr_at(t)
        x.grad = torch.tensor(g.tolist(), dtype=torch.float64)
        optimizer.step()
        xs.append(x.tolist())
    return np.array(xs)


@pytest.mark.parametrize("momentum", [0.0, 0.9])
@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("weight_decay", [0.0, 0.1])
@pytest.mark.parametrize("alpha, eps", [(0.99, 1e-8), (0.9, 0.01), (0.5, 1.0)])
def test_rmsprop_of_pytorch(torch, momentum, centered, weight_decay, alpha, eps):
    settings = dict(momentum=momentum, centered=centered, weight_decay=weight_decay, alpha=alpha, eps=eps)
    assert agree(ours(lambda lr: dialects.torch(lr=lr, **settings)), run_torch(torch, "RMSprop", **settings))


def test_defaults_of_pytorch(torch):
    defaults = torch.optim.RMSprop([torch.nn.Parameter(torch.zeros(1))]).defaults
    assert (defaults["lr"], defaults["alpha"], defaults["eps"]) == (dialects.torch.lr, dialects.torch.alpha, dialects.torch.eps)
    assert all(defaults[name] == value for name, value in dialects.torch.options.items())


def test_teaching_classes_against_pytorch(torch):
    assert agree(ours(lambda lr: RMSprop(lr, alpha=0.99)), run_torch(torch, "RMSprop"))
    assert agree(ours(lambda lr: Adagrad(lr)), run_torch(torch, "Adagrad"))
    assert agree(ours(lambda lr: Adam(lr)), run_torch(torch, "Adam"))
    assert agree(ours(lambda lr: Momentum(lr)), run_torch(torch, "SGD", momentum=0.9))


def test_bias_corrected_rmsprop_is_pytorch_s_adam_without_momentum(torch):
    mine = ours(lambda lr: replace(dialects.torch(lr=lr), bias_correction=True))
    assert agree(mine, run_torch(torch, "Adam", betas=(0.0, 0.99)), 1e-14)


def test_pytorch_s_centred_form_ends_in_nan_under_a_constant_gradient(torch):
    constant = np.broadcast_to([0.1, 0.2, 0.3, 0.5, 0.7, 1.1], (400, 6))
    theirs = run_torch(torch, "RMSprop", constant, alpha=0.9, centered=True)
    assert np.any(np.isnan(theirs))
    mine = ours(lambda lr: dialects.torch(lr=lr, alpha=0.9, centered=True), constant)
    assert np.all(np.isfinite(mine))


@pytest.mark.parametrize("momentum, nesterov", [(None, False), (0.9, False), (0.9, True)])
@pytest.mark.parametrize("centered", [False, True])
@pytest.mark.parametrize("bias_correction", [False, True])
@pytest.mark.parametrize("inside", [False, True])
@pytest.mark.parametrize("v0", [0.0, 1.0])
def test_rmsprop_of_optax(optax, momentum, nesterov, centered, bias_correction, inside, v0):
    import jax

    shared = dict(eps=0.01, nesterov=nesterov, centered=centered, bias_correction=bias_correction)
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    try:
        lr = optax.piecewise_constant_schedule(lr_at(1), {CHANGE: 0.1})
        rule = optax.rmsprop(lr, decay=0.9, momentum=momentum, eps_in_sqrt=inside, initial_scale=v0, **shared)
        x = jax.numpy.asarray(START)
        state, xs = rule.init(x), [START]
        for g in GRADIENTS:
            updates, state = rule.update(jax.numpy.asarray(g), state, x)
            x = optax.apply_updates(x, updates)
            xs.append(np.asarray(x))
    finally:
        jax.config.update("jax_enable_x64", before)
    spoken = replace(dialects.optax, place="inside" if inside else "outside")
    mine = ours(lambda lr: spoken(lr=lr, alpha=0.9, momentum=momentum or 0.0, v0=v0, **shared))
    lost = centered and bias_correction and v0 == 0  # the variance after one step is 0, and optax has rounding noise there
    if lost and not inside:
        assert np.all(np.isfinite(mine))  # optax 0.2.8 divides by √noise + ε here: NaN where the noise is negative
    else:
        assert agree(mine, np.array(xs), 1e-9 if lost else 1e-12)
