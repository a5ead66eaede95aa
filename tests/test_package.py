"""The package as a whole: what an import loads, what is public, that it is explained, and who imports whom."""

import ast
import importlib
import inspect
import itertools
import pkgutil
import re
import subprocess
import sys
from pathlib import Path

import pytest

import rmsprop_lib

FOLDER = Path(rmsprop_lib.__file__).parent
MODULES = sorted(found.name for found in pkgutil.iter_modules([str(FOLDER)]))
PUBLIC = [name for name in MODULES if not name.startswith("_")]
OF_NUMPY_ALONE = [name for name in PUBLIC if name not in ("figures", "explore", "pictures")]

# Who may import whom inside the package; nobody else does, apart from the checks that all share.
MAY_IMPORT = {name: {"_require"} for name in PUBLIC} | {"_require": set(), "explore": {"pictures"}, "pictures": {"figures"}}
MAY_IMPORT["models"] = {"_require", "objectives"}
EVERY_ONE = pytest.mark.parametrize("module", PUBLIC)


def load(module):
    return importlib.import_module(f"rmsprop_lib.{module}")


@pytest.mark.parametrize("module", ["", *OF_NUMPY_ALONE])
def test_an_import_loads_numpy_alone(module):
    """In an interpreter of its own, and with what was there before the import taken away."""
    name = f"rmsprop_lib.{module}".rstrip(".")
    code = f"import sys; before = set(sys.modules); import numpy, {name}; print(*(set(sys.modules) - before))"
    done = subprocess.run([sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=True)
    loaded = {loaded.partition(".")[0] for loaded in done.stdout.split()} - set(sys.stdlib_module_names)
    assert loaded == {"numpy", "rmsprop_lib"}


def imported(path):
    """The dotted names that a file imports, functions' own imports included."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports name the package"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("module", MODULES)
def test_imports_point_one_way(module):
    names = list(imported(FOLDER / f"{module}.py"))
    inside = {name.split(".")[1] for name in names if name.startswith("rmsprop_lib")}
    assert inside <= MAY_IMPORT[module]
    outside = {name.partition(".")[0] for name in names} - set(sys.stdlib_module_names) - {"rmsprop_lib"}
    assert outside <= {"figures": {"numpy", "matplotlib"}, "explore": {"matplotlib", "ipywidgets"}, "pictures": {"matplotlib"}}.get(module, {"numpy"})


def test_the_package_offers_what_its_modules_offer():
    assert rmsprop_lib.__all__ == sorted(rmsprop_lib.__all__)
    for name in rmsprop_lib.__all__:
        value = getattr(rmsprop_lib, name)
        module = inspect.getmodule(value)
        assert name in module.__all__ and module.__name__.startswith("rmsprop_lib.")
        assert name not in MODULES  # a name is a module or a thing, not both
    for module in ("averages", "objectives", "optimizers", "trajectory"):
        assert set(load(module).__all__) <= set(rmsprop_lib.__all__)
    assert not {"check", "explore"} & set(rmsprop_lib.__all__)


@EVERY_ONE
def test_the_list_of_public_names_is_true(module):
    module = load(module)
    assert module.__all__ == sorted(module.__all__) and len(set(module.__all__)) == len(module.__all__)
    for name in module.__all__:
        value = getattr(module, name)
        assert not name.startswith("_") and getattr(value, "__module__", module.__name__) in (module.__name__, "builtins")
    made_here = {
        name
        for name, value in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(value) or inspect.isclass(value))
        and value.__module__ == module.__name__
    }
    assert made_here <= set(module.__all__)


def public_things():
    for module in PUBLIC:
        yield module, load(module)
        for name in load(module).__all__:
            value = getattr(load(module), name)
            if not callable(value):
                continue
            yield f"{module}.{name}", value
            for method, function in vars(value).items() if inspect.isclass(value) else ():
                if not method.startswith("_") and (callable(function) or hasattr(function, "func")):
                    yield f"{module}.{name}.{method}", function


THINGS = dict(public_things())
# How a docstring may name a parameter.
SYMBOLS = {"alpha": "α", "beta": "β", "beta1": "β₁", "beta2": "β₂", "lr": "γ", "eps": "ε"}


@pytest.mark.parametrize("name", THINGS)
def test_every_public_name_has_a_docstring_that_names_its_parameters(name):
    thing = THINGS[name]
    text = inspect.getdoc(thing)
    assert text and text.partition("\n\n")[0].endswith((".", ":")), "the first paragraph is made of sentences"
    if name == "explore.Explorer" or not callable(thing):  # made by explore alone; a property
        return
    for parameter in inspect.signature(thing).parameters:
        if parameter != "self" and not name.endswith((".init", ".step")):
            assert re.search(rf"\b{parameter}\b", text) or SYMBOLS.get(parameter, "?") in text, parameter


@pytest.mark.parametrize("name", [name for name, thing in THINGS.items() if isinstance(thing, type) and issubclass(thing, tuple)])
def test_every_part_of_a_state_is_explained(name):
    """A field's text stands below it; without one, the library's page calls it an alias for a number."""
    (definition,) = ast.parse(inspect.getsource(THINGS[name])).body
    for field, text in itertools.pairwise([*definition.body, None]):
        if isinstance(field, ast.AnnAssign):
            assert isinstance(text, ast.Expr) and text.value.value.endswith("."), field.target.id


@pytest.mark.parametrize("module", MODULES)
def test_no_module_leaves_a_trace(module):
    """Nothing in the library prints, seeds, or reads the clock: the same input gives the same output."""
    names = set(imported(FOLDER / f"{module}.py"))
    assert not {name.partition(".")[0] for name in names} & {"random", "time", "datetime", "uuid", "secrets", "os"}
    code = (FOLDER / f"{module}.py").read_text(encoding="utf-8")
    calls = {ast.unparse(node.func) for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Call)}
    assert not {call for call in calls if call == "print" or call.startswith("np.random") or call.endswith("seed")}


def test_an_explained_mutant_is_of_a_line_that_is_there():
    """equivalent_mutants.txt does not outlive the code it speaks of; `make mutants` says whether it is true."""
    from mutants import explained

    for function, before, after in explained():
        package, module, *_ = function.split(".")
        text = " ".join(line.strip() for line in (FOLDER / f"{module}.py").read_text(encoding="utf-8").splitlines())
        assert package == "rmsprop_lib" and before in text and before != after, before
