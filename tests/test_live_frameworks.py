"""PyTorch, optax and Keras themselves, where they are installed, against the library: the same gradients, step by step.

They are not needed for the course and not among its requirements: `pip install torch`, `pip install optax` or `pip install keras`
beside them. Drawn settings are run live into records like those of data/oracles/, and judged as those are.
"""

import importlib
import inspect
import os
import warnings
from dataclasses import replace

import numpy as np
import pytest
import test_oracles as oracles
from hypothesis import given, settings
from hypothesis import strategies as st

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


def installed(name, said):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return pytest.importorskip(name, reason=f"{said} is not installed", exc_type=ImportError)


@pytest.fixture(scope="module")
def torch():
    return installed("torch", "PyTorch")


@pytest.fixture(scope="module")
def jax():
    """JAX with float64, for as long as these tests run."""
    jax = installed("jax", "JAX")
    before = jax.config.jax_enable_x64
    jax.config.update("jax_enable_x64", True)
    yield jax
    jax.config.update("jax_enable_x64", before)


@pytest.fixture(scope="module")
def optax(jax):
    return installed("optax", "optax")


@pytest.fixture(scope="module")
def keras(request):
    """Keras in float64, on the backend that KERAS_BACKEND names, else on PyTorch or JAX, whichever is there."""
    backend = os.environ.get("KERAS_BACKEND") or next((name for name in ("torch", "jax") if importlib.util.find_spec(name)), None)
    if backend not in ("torch", "jax"):
        pytest.skip("Keras is run on PyTorch or on JAX, and there is neither")
    request.getfixturevalue(backend)
    os.environ["KERAS_BACKEND"] = backend
    keras = installed("keras", "Keras")
    keras.config.set_floatx("float64")
    return keras


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
def test_rmsprop_of_optax(jax, optax, momentum, nesterov, centered, bias_correction, inside, v0):
    shared = dict(eps=0.01, nesterov=nesterov, centered=centered, bias_correction=bias_correction)
    lr = optax.piecewise_constant_schedule(lr_at(1), {CHANGE: 0.1})
    rule = optax.rmsprop(lr, decay=0.9, momentum=momentum, eps_in_sqrt=inside, initial_scale=v0, **shared)
    x = jax.numpy.asarray(START)
    state, xs = rule.init(x), [START]
    for g in GRADIENTS:
        updates, state = rule.update(jax.numpy.asarray(g), state, x)
        x = optax.apply_updates(x, updates)
        xs.append(np.asarray(x))
    spoken = replace(dialects.optax, place="inside" if inside else "outside")
    mine = ours(lambda lr: spoken(lr=lr, alpha=0.9, momentum=momentum or 0.0, v0=v0, **shared))
    lost = centered and bias_correction and v0 == 0  # the variance after one step is 0, and optax has rounding noise there
    if lost and not inside:
        assert np.all(np.isfinite(mine))  # optax 0.2.8 divides by √noise + ε here: NaN where the noise is negative
    else:
        assert agree(mine, np.array(xs), 1e-9 if lost else 1e-12)


# --- drawn settings, on drawn problems ------------------------------------------------------------------------------------------

# What numbers a record allows for: how each framework rounds.
NUMERICS = {"torch": "with FMA contraction", "jax": "subnormals are flushed to zero"}
rates = st.sampled_from([1e-4, 0.01, 0.3, 5.0]) | st.floats(1e-6, 10)
decays = st.sampled_from([0.0, 0.5, 0.9, 0.99, 0.9999]) | st.floats(1e-6, 0.9999)
floors = st.sampled_from([0.0, 1e-16, 1e-8, 1e-3, 1.0, 100.0]) | st.floats(1e-12, 10)
shares = st.sampled_from([0.0, 0.5, 0.9, 0.99])
weight_decays = st.sampled_from([0.0, 0.0, 1e-4, 0.1])
switches = st.booleans()


@st.composite
def problems(draw):
    """A start and a gradient as a function of t = 1, 2, … and x."""
    n, kind = draw(st.integers(1, 9)), draw(st.sampled_from(["bowl", "noise", "sparse", "flips", "constant", "jumps", "edge"]))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    x0, scale = rng.normal(size=n), 10.0 ** rng.uniform(-6, 6, size=n)
    noise = rng.normal(size=(20, n)) * scale
    if kind == "bowl":
        return x0, lambda t, x: scale * (x - noise[0])
    rows = {
        "noise": noise,
        "sparse": noise * (rng.random((20, n)) < 0.1),
        "flips": noise[0] * (-1.0) ** np.arange(20)[:, None],
        "constant": np.broadcast_to(noise[0], (20, n)),
        "jumps": noise * np.repeat([1.0, 1e6, 1e-6, 1.0], 5)[:, None],
        "edge": rng.choice([0.0, 5e-324, 1e-170, 1e-155, 1.0, -1e150, 1e160, np.inf, np.nan], size=(20, n)),
    }[kind]
    return x0, lambda t, x: rows[t - 1]


def judge(api, said, problem, numerics, change, run):
    """Take a run live and judge it as a stored one. ``run(x0)`` returns ``step(g, lr)``, which returns x and the slots;
    ``change`` is the step from which on γ is a third, or 0."""
    x0, gradient = problem
    lr = next(value for name, value in said.items() if oracles.WORDS.get(name, name) == "lr")
    step, xs, gs, state = run(x0), [x0.tolist()], [], {}
    for t in range(1, 21):
        with np.errstate(all="ignore"):
            gs.append(np.asarray(gradient(t, np.array(xs[-1]))).tolist())
        x, slots = step(gs[-1], lr / 3 if 0 < change <= t else lr)
        xs.append(np.asarray(x).tolist())
        for name, values in slots.items():
            state.setdefault(name, {})[str(t)] = np.asarray(values).tolist()
    schedule = {"lr_schedule": {"from_step_index": change - 1, "lr": lr / 3}} if change else {}
    live = dict(id=f"{api}, live", api=api, all_hyperparameters=said, steps=20, x0=xs[0], x=xs, g=gs, state=state, numerics=numerics)
    oracles.judge(live | schedule)


changes = st.sampled_from([0, 0, 2, 9])

TORCH_SLOTS = {"square_avg": "v", "grad_avg": "m", "momentum_buffer": "buf", "sum": "v", "exp_avg": "m", "exp_avg_sq": "v"}
TORCH = {
    "RMSprop": dict(alpha=decays, eps=floors, momentum=shares, centered=switches, weight_decay=weight_decays, foreach=switches),
    "Adagrad": dict(lr_decay=shares, eps=floors, initial_accumulator_value=st.sampled_from([0.0, 0.1, 3.0]), weight_decay=weight_decays),
    "Adam": dict(betas=st.tuples(shares, decays), eps=floors, weight_decay=weight_decays, decoupled_weight_decay=switches),
    "AdamW": dict(betas=st.tuples(shares, decays), eps=floors, weight_decay=weight_decays),
    "SGD": dict(momentum=shares, dampening=shares, weight_decay=weight_decays),
}


@pytest.mark.parametrize("name", TORCH)
def test_drawn_settings_of_pytorch(torch, name):
    def run_with(drawn):
        def run(x0):
            x = torch.nn.Parameter(torch.tensor(x0.tolist(), dtype=torch.float64))
            optimizer = getattr(torch.optim, name)([x], **drawn)

            def step(g, lr):
                optimizer.param_groups[0]["lr"] = lr
                x.grad = torch.tensor(g, dtype=torch.float64)
                optimizer.step()
                held = optimizer.state[x]
                return x.tolist(), {ours: held[slot].tolist() for slot, ours in TORCH_SLOTS.items() if held.get(slot) is not None}

            return step

        return run

    @settings(max_examples=80)
    @given(st.fixed_dictionaries({"lr": rates, "maximize": switches, **TORCH[name]}), problems(), changes)
    def drawn(said, problem, change):
        defaults = getattr(torch.optim, name)([torch.nn.Parameter(torch.zeros(1))], **said).defaults
        judge(f"torch.optim.{name}", defaults | said, problem, NUMERICS["torch"], change, run_with(said))

    drawn()


OPTAX_SLOTS = {"nu": "v", "mu": "m", "trace": "buf", "sum_of_squares": "v"}
OPTAX = {
    "rmsprop": dict(
        decay=decays, eps=floors, initial_scale=st.sampled_from([0.0, 1e-4, 1.0]), eps_in_sqrt=switches, centered=switches,
        momentum=st.none() | shares, nesterov=switches, bias_correction=switches,
    ),
    "adagrad": dict(eps=floors, initial_accumulator_value=st.sampled_from([0.0, 0.1, 3.0])),
    "adam": dict(b1=shares, b2=decays, eps=floors, eps_root=st.sampled_from([0.0, 1e-6])),
    "adamw": dict(b1=shares, b2=decays, eps=floors, weight_decay=weight_decays),
    "sgd": dict(momentum=st.none() | shares, nesterov=switches),
}  # fmt: skip


@pytest.mark.parametrize("name", OPTAX)
def test_drawn_settings_of_optax(jax, optax, name):
    def run_with(drawn):
        def run(x0):
            x = jax.numpy.asarray(x0)
            state = getattr(optax, name)(**drawn).init(x)

            def step(g, lr):
                nonlocal x, state
                updates, state = getattr(optax, name)(**drawn | {"learning_rate": lr}).update(jax.numpy.asarray(g), state, x)
                x = optax.apply_updates(x, updates)
                parts = jax.tree.leaves(state, is_leaf=lambda part: not {"_fields"}.isdisjoint(dir(part)))
                return x, {ours: getattr(part, slot) for part in parts for slot, ours in OPTAX_SLOTS.items() if hasattr(part, slot)}

            return step

        return run

    @settings(max_examples=60 if name == "rmsprop" else 25)
    @given(st.fixed_dictionaries({"learning_rate": rates, **OPTAX[name]}), problems(), changes)
    def drawn(said, problem, change):
        judge(f"optax.{name}", said, problem, NUMERICS["jax"], change, run_with(said))

    drawn()


KERAS_SLOTS = {"_velocities": "v", "_accumulators": "v", "_average_gradients": "m", "_momentums": "buf", "momentums": "buf"}
KERAS = {
    "RMSprop": dict(rho=decays, epsilon=floors, momentum=shares, centered=switches, weight_decay=st.none() | weight_decays),
    "Adagrad": dict(epsilon=floors, initial_accumulator_value=st.sampled_from([0.1, 3.0]), weight_decay=st.none() | weight_decays),
    "Adam": dict(beta_1=shares, beta_2=decays, epsilon=floors, weight_decay=st.none() | weight_decays),
    "SGD": dict(momentum=shares, nesterov=switches, weight_decay=st.none() | weight_decays),
}


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of Keras, about NumPy
@pytest.mark.parametrize("name", KERAS)
def test_drawn_settings_of_keras(keras, name):
    def tensor(a):
        return keras.ops.convert_to_tensor(np.asarray(a), dtype="float64")

    def run_with(drawn):
        def run(x0):
            x = keras.Variable(x0, dtype="float64")
            optimizer = getattr(keras.optimizers, name)(**drawn)
            optimizer.build([x])

            def step(g, lr):
                optimizer.learning_rate = lr
                optimizer.apply([tensor(g)])
                held = {ours: getattr(optimizer, slot, None) for slot, ours in KERAS_SLOTS.items()}
                slots = {ours: keras.ops.convert_to_numpy(parts[0].value) for ours, parts in held.items() if parts}
                return keras.ops.convert_to_numpy(x.value), slots

            return step

        return run

    @settings(max_examples=25)
    @given(st.fixed_dictionaries({"learning_rate": rates, **KERAS[name]}), problems(), changes)
    def drawn(said, problem, change):
        numerics = NUMERICS["jax"] if keras.backend.backend() == "jax" else "plain float64"
        judge(f"keras.optimizers.{name}", said, problem, numerics, change, run_with(said))

    drawn()


# --- in float32 -------------------------------------------------------------------------------------------------------------------


@settings(max_examples=60)
@given(drawn=st.fixed_dictionaries(dict(lr=rates, alpha=decays, eps=st.floats(1e-6, 1), momentum=shares)), seed=st.integers(0, 2**32 - 1))
def test_float32_of_pytorch(torch, drawn, seed):
    """Rounded as coarsely, but the same steps, and never wider than they were given."""
    gs = np.random.default_rng(seed).normal(size=(20, 5)).astype(np.float32)
    x = np.zeros(5, dtype=np.float32)
    theirs = torch.nn.Parameter(torch.zeros(5))
    optimizer, rule = torch.optim.RMSprop([theirs], **drawn), dialects.torch(**drawn)
    state, far = rule.init(x), np.zeros(5)
    for g in gs:
        x, state = rule.step(x, state, g)
        theirs.grad = torch.tensor(g.tolist())
        optimizer.step()
        far = np.maximum(far, np.abs(x))
        assert x.dtype == state.v.dtype == state.b.dtype == np.float32
        assert np.all(np.abs(x - np.array(theirs.tolist())) <= 3e-5 * far)


# --- the table --------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("api", [api for api, claim in oracles.CLAIMED.items() if claim.framework])
def test_the_table_has_the_defaults_of_what_is_installed(request, api):
    if api.startswith("keras."):
        request.getfixturevalue("keras")
    module, _, name = api.rpartition(".")
    framework = oracles.CLAIMED[api].framework
    made = getattr(installed(module, module), name)
    table = {"lr": framework.lr, "alpha": framework.alpha, "eps": framework.eps, **framework.options}
    seen = 0
    for parameter in inspect.signature(made).parameters.values():
        ours = oracles.WORDS.get(parameter.name, parameter.name)
        if ours in table:
            default = None if parameter.default is inspect.Parameter.empty else parameter.default
            seen += 1
            assert (default or 0) == (table[ours] or 0), parameter.name
    if not seen:
        pytest.skip(f"the signature of {api} does not tell its defaults")
    assert seen >= 3
