"""The directive ``{stage}``: a landscape, some rules and the reader's hand; without a script, the same setting drawn.

What the page's script knows of the rules is taken from the library while building: their texts from the source of their ``step``,
the names of mistakes from the tables of `rmsprop_lib.check`. So nothing of them is written twice. ``theme/README.md`` lists the
options of the directive.
"""

import ast
import functools
import hashlib
import html
import inspect
import io
import json
import re
import textwrap
import zlib
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from urllib.parse import quote

import numpy as np
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.transforms import SphinxTransform
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from rmsprop_lib import objectives, optimizers
from rmsprop_lib.pictures import for_page, slimmed, written
from rmsprop_lib.trajectory import descend

from .kept import keep
from .squeeze import squeezed
from .words import words

log = logging.getLogger(__name__)

SOURCE = Path(__file__).parent.parent / "stage"
RULES = ["GradientDescent", "SignDescent", "Momentum", "Adagrad", "RMSprop", "Adam"]
RATES = {"GradientDescent": 0.4, "SignDescent": 0.4, "Momentum": 0.1, "Adagrad": 0.4, "RMSprop": 0.4, "Adam": 0.4}
LONGEST_RUN = 100_000
STARTS = {"valley": [-5.0, -2.0], "saddle": [1.0, 0.001], "rosenbrock": [-1.2, 1.0], "absolute": [-5.0, -2.0]}

# --- the rules as texts ---------------------------------------------------------------------------------------------------


def text_of(cls):
    """The assignments of a rule's ``step``, one a line, without ``self.`` and ``np.``; ``eps_root`` still in them."""
    source = textwrap.dedent(inspect.getsource(cls.step))
    function = ast.parse(source).body[0]
    given, lines = [arg.arg for arg in function.args.args], []
    for statement in function.body[1:]:
        if isinstance(statement, ast.Return):
            continue
        target, value = statement.targets[0], statement.value
        pairs = [(target, value)]
        if isinstance(target, ast.Tuple):
            if isinstance(value, ast.Name) and value.id in given:
                continue  # m, v, t = state
            pairs = zip(target.elts, value.elts, strict=True)
        for name, expression in pairs:
            text = " ".join(ast.get_source_segment(source, expression).split())
            lines.append(f"{name.id} = " + re.sub(r"\b(self|np)\.", "", text))
    return "\n".join(lines)


def texts_of(name):
    """The texts of a rule by its switches: ``r`` with ε inside the root, ``b`` with the other choice of bias correction."""
    text = text_of(getattr(optimizers, name))
    found = {"": re.sub(r"sqrt\((\w+) \+ eps_root\)", r"sqrt(\1)", text)}
    if "eps_root" in text:
        found["r"] = re.sub(r"\(sqrt\((\w+) \+ eps_root\) \+ eps\)", r"sqrt(\1 + eps)", text)
    for key in list(found):
        if name == "Adam":  # without the correction
            kept = [line for line in found[key].splitlines() if not re.match(r"t = |\w+_hat = ", line)]
            found[key + "b"] = "\n".join(kept).replace("_hat", "")
        elif name == "RMSprop":  # with it
            v, x = found[key].splitlines()
            found[key + "b"] = "\n".join(["t = t + 1", v, "v_hat = v / (1 - alpha**t)", x.replace("sqrt(v", "sqrt(v_hat")])
    return found


def parameters_of(name):
    """The names of a rule's knobs with the values that they have when nothing else is said."""
    known = {field.name: field.default for field in fields(getattr(optimizers, name)) if field.name not in ("eps_root", "v0")}
    return {**known, "lr": RATES[name]}


def rules():
    """What the page knows of the rules."""
    return {name: {"texts": texts_of(name), "params": parameters_of(name)} for name in RULES}


class _Spelled(ast.NodeTransformer):
    """``x -= y`` becomes ``x = x - y``, which writes into no array that somebody else holds."""

    def visit_AugAssign(self, node):
        value = ast.BinOp(ast.Name(node.target.id, ast.Load()), node.op, node.value)
        return ast.copy_location(ast.Assign([node.target], value), node)


class Typed:
    """A rule given as a text of assignments, as the page takes it: a name that it assigns is remembered and begins at 0, or, when it
    is a knob's, at what the knob says; ``t`` counts the steps unless the text does so itself."""

    KNOWN = {name: getattr(np, name) for name in ("sqrt", "abs", "sign", "exp", "log", "maximum", "minimum", "sum", "mean", "clip")}
    KNOWN |= {"norm": np.linalg.norm, "max": np.maximum, "min": np.minimum}

    def __init__(self, text, **params):
        tree = ast.fix_missing_locations(_Spelled().visit(ast.parse(text)))
        self.code, self.params = compile(tree, "rule", "exec"), params
        names = [node for node in ast.walk(tree) if isinstance(node, ast.Name)]
        self.assigned = {node.id for node in names if isinstance(node.ctx, ast.Store)} - {"x", "g"}

    def init(self, x):
        begin = {name: self.params.get(name, 0 if name == "t" else np.zeros_like(x)) for name in self.assigned}
        return {"t": 0} | begin

    def step(self, x, state, g):
        counted = {} if "t" in self.assigned else {"t": state["t"] + 1}
        names = {**self.KNOWN, **self.params, **state, **counted, "x": x, "g": g}
        exec(self.code, {"__builtins__": {}}, names)
        return names["x"], {name: names[name] for name in state}


# --- the mistakes by name -------------------------------------------------------------------------------------------------


class _Written:
    """Stands for a name in a formula of `rmsprop_lib.check` and writes down what is done with it."""

    def __init__(self, text):
        self.text = text

    def __array_ufunc__(self, ufunc, method, *inputs, **ignored):
        signs = {"add": "+", "subtract": "-", "multiply": "*", "true_divide": "/", "divide": "/", "power": "**"}
        texts = [_written(it) for it in inputs]
        if ufunc.__name__ in signs:
            return _Written(f"({texts[0]} {signs[ufunc.__name__]} {texts[1]})")
        if ufunc.__name__ == "negative":
            return _Written(f"(-{texts[0]})")
        return _Written(f"{ufunc.__name__.replace('absolute', 'abs')}({', '.join(texts)})")

    def __array_function__(self, function, types, args, kwargs):
        return _Written(f"{function.__name__}({', '.join(map(_written, args))})")

    def _with(sign, turned=False):
        def operate(self, other):
            left, right = (_written(other), self.text) if turned else (self.text, _written(other))
            return _Written(f"({left} {sign} {right})")

        return operate

    __add__, __radd__ = _with("+"), _with("+", True)
    __sub__, __rsub__ = _with("-"), _with("-", True)
    __mul__, __rmul__ = _with("*"), _with("*", True)
    __truediv__, __rtruediv__ = _with("/"), _with("/", True)
    __pow__, __rpow__ = _with("**"), _with("**", True)

    def __neg__(self):
        return _Written(f"(-{self.text})")

    def __lt__(self, other):
        return _Below(self.text, other)


class _Below(_Written):
    """``it < 0`` in writing; the page's language has no comparisons, and ``where(it < 0, -1, 1)`` is its sign with 1 at 0."""

    def __init__(self, text, bound):
        self.text, self.bound = text, bound

    def __array_function__(self, function, types, args, kwargs):
        if (function, self.bound, args[1:]) != (np.where, 0, (-1, 1)):
            raise ValueError(f"the page has no words for {function.__name__}({self.text} < {self.bound}, …)")
        return _Written(f"sign(sign({self.text}) + 0.5)")


def _written(it):
    return it.text if isinstance(it, _Written) else repr(float(it)) if isinstance(it, np.floating | float) else repr(it)


class _Names:
    """The names of a formula of `rmsprop_lib.check`, in writing."""

    def __init__(self, inside):
        self.inside = inside
        for name in ("x", "v", "g", "lr", "alpha", "eps", "w", "t"):
            setattr(self, name, _Written(name))

    def root(self, v, eps=None):
        eps = self.eps if eps is None else eps
        return np.sqrt(v + eps) if self.inside else np.sqrt(v) + eps


def mistakes():
    """The inputs and the formulas of `rmsprop_lib.check`, as the page's interpreter reads them."""
    table = import_module("rmsprop_lib.check")

    def texts(formulas):
        return list(dict.fromkeys(_written(formula(_Names(inside))) for formula in formulas for inside in (False, True)))

    def as_lists(inputs):
        return [*inputs, table._rmsprop(*inputs)[1].tolist()]

    return {
        "inputs": [as_lists(inputs) for inputs in table.INPUTS],
        "right": [[sentence, texts(formulas)] for sentence, *formulas in table.RIGHT_X],
        "x": [[sentence, texts(formulas)] for sentence, *formulas in table.WRONG_X],
        "v": [[sentence, texts(formulas)] for sentence, *formulas in table.WRONG_V],
        "undone": [[sentence, [_written(undo(_Names(False), _Written("made")))]] for sentence, undo in table.UNDONE],
        "unrooted": [next(sentence for sentence, *_ in table.WRONG_V if "absolute values" in sentence), ["(x - ((lr * g) / (w + eps)))"]],
    }


# --- settings -------------------------------------------------------------------------------------------------------------


def setting(**given):
    """A whole setting: what is given, and the rest as it is when nothing is said. The page's script has the same defaults."""
    made = {
        "objective": "valley", "lam": [0.2, 4.0], "angle": 0.0, "minimum": [0.0, 0.0], "sigma": 0.0, "seed": 1,
        "rules": ["RMSprop"], "inside": None, "params": {}, "root": [], "bias": [], "float32": False, "steps": 200, "text": None,
        **given,
    }  # fmt: skip
    made["start"] = given.get("start", STARTS[made["objective"]])
    made["inside"] = made["inside"] or ("RMSprop" if "RMSprop" in made["rules"] else made["rules"][-1])
    made["params"] = {name: {**parameters_of(name), **made["params"].get(name, {})} for name in RULES}
    return made


def landscape(chosen):
    """The library's objective of a setting."""
    plain = {"valley": lambda: objectives.quadratic(*chosen["lam"]), "saddle": objectives.saddle, "rosenbrock": objectives.rosenbrock,
             "absolute": objectives.absolute}[chosen["objective"]]()  # fmt: skip
    if chosen["angle"]:
        plain = objectives.rotated(plain, np.radians(chosen["angle"]))
    return objectives.shifted(plain, chosen["minimum"]) if any(chosen["minimum"]) else plain


def rule_of(chosen, name):
    """The library's rule of a setting; where the library has none, its text."""
    params = dict(chosen["params"][name])
    if chosen["text"] and name == chosen["inside"]:
        return Typed(chosen["text"], **params)
    switched, rooted = name in chosen["bias"], name in chosen["root"]
    if rooted and "eps" in params:
        params["eps_root"], params["eps"] = params["eps"], 0.0
    if switched and name == "RMSprop":
        return optimizers.Adam(lr=params["lr"], beta1=0.0, beta2=params["alpha"], eps=params["eps"], eps_root=params.get("eps_root", 0.0))
    if switched and name == "Adam":
        return Typed(texts_of("Adam")["rb" if rooted else "b"], **chosen["params"][name])
    return getattr(optimizers, name)(**params)


def noise(seed, steps, n=2):
    """Numbers of mean 0 and spread 1, of shape (steps, n), to the last digit those of the page: ``stage/engine.js``."""
    state, mask, values = int(seed) & 0xFFFFFFFF, 0xFFFFFFFF, []
    for _ in range(steps * n):
        total = 0
        for _ in range(12):
            state = (state + 0x6D2B79F5) & mask
            z = ((state ^ (state >> 15)) * (state | 1)) & mask
            z ^= (z + (((z ^ (z >> 7)) * (z | 61)) & mask)) & mask
            total += z ^ (z >> 14)
        values.append(total / 2**32 - 6)
    return np.array(values).reshape(steps, n)


def run(chosen, name):
    """The library's run of one rule of a setting."""
    start = np.array(chosen["start"], dtype=np.float32 if chosen["float32"] else float)
    added = chosen["sigma"] * noise(chosen["seed"], chosen["steps"]) if chosen["sigma"] else None
    return descend(rule_of(chosen, name), landscape(chosen), start, chosen["steps"], noise=added)


# --- the directive --------------------------------------------------------------------------------------------------------

PARTS = {"f", "rate", "inside", "time", "rules", "knobs", "text", "land", "shape", "band", "foot", "says"}
USUAL = ["f", "time", "knobs", "says", "foot"]
SMALL = ["says"]
VIEWS = ("race", "strip", "plane")


def _numbers(text, count=None):
    values = [float(word) for word in text.replace(",", " ").split()]
    if not values or (count and len(values) != count) or not np.all(np.isfinite(values)):
        raise ValueError(f"“{text}” must be {count or 'some'} finite number{'' if count == 1 else 's'}")
    return values


def _names(text):
    names = text.replace(",", " ").split()
    for name in names:
        if name not in RULES:
            raise ValueError(f"“{name}” is no rule; there are {', '.join(RULES)}")
    return names


def from_options(options):
    """The setting of the options of a directive: a dict with what differs from the usual."""
    made, params = {}, {}
    for key, text in options.items():
        if key == "objective":
            if text not in STARTS:
                raise ValueError(f"objective is “{text}”; it must be one of {', '.join(STARTS)}")
            made[key] = text
        elif key in ("curvatures", "minimum", "start"):
            made["lam" if key == "curvatures" else key] = _numbers(text, 2)
        elif key in ("angle", "noise"):
            (made["sigma" if key == "noise" else key],) = _numbers(text, 1)
        elif key in ("seed", "steps", "t"):
            if not text.isdecimal() or (key == "steps" and not 1 <= int(text) <= LONGEST_RUN):
                raise ValueError(f"{key} is “{text}”; it must be a whole number" + (f" from 1 to {LONGEST_RUN}" if key == "steps" else ""))
            made[key] = int(text)
        elif key in ("rules", "eps-inside", "bias"):
            names = _names(text)
            made[{"eps-inside": "root"}.get(key, key)] = [name for name in RULES if name in names]
        elif key == "inside":
            (made[key],) = _names(text)
        elif key == "float32":
            made[key] = True
        elif key == "text":
            made[key] = "\n".join(line.strip() for line in text.splitlines() if line.strip())
        elif key in ("lr", "alpha", "beta", "beta1", "beta2", "eps"):
            for word in text.replace(",", " ").split():
                name, _, value = word.rpartition("=")
                for rule in RULES:
                    if key in parameters_of(rule) and (not name or name == rule):
                        params.setdefault(rule, {})[key] = _in_range(key, float(value))
    return made | ({"params": params} if params else {})


def _in_range(key, value):
    ok = value > 0 if key == "lr" else value >= 0 if key == "eps" else 0 <= value < 1
    if not ok or not np.isfinite(value):
        raise ValueError(f"{key} is {value:g}; it must be {'above 0' if key == 'lr' else 'at least 0' if key == 'eps' else 'in [0, 1)'}")
    return value


def _choices(text):
    """``name: key=value key=value``, with ``|`` between one and the next; the keys are those of the page's address."""
    found = []
    for line in text.split("|"):
        if line.strip():
            name, _, address = line.strip().rpartition(":")
            if not name:
                raise ValueError(f"“{line.strip()}” must be “name: key=value …”")
            settings = [word.partition("=") for word in address.split()]
            found.append({"name": name.strip(), "address": "&".join(f"{key}={quote(value, safe=',')}" for key, _, value in settings)})
    return found


class stage(nodes.General, nodes.Element):
    """The place of a stage; ``given`` is what its script is told, ``chosen`` the setting of the drawn figure."""


SETTINGS = ["objective", "curvatures", "angle", "minimum", "noise", "seed", "start", "rules", "inside", "lr", "alpha", "beta", "beta1", "beta2",
            "eps", "eps-inside", "bias", "float32", "steps", "t", "text"]  # fmt: skip
LOOKS = ["view", "gate", "show", "knobs", "offer", "choices", "preset"]
FLAGS = ["float32", "wide", "tall", "small", "autoplay"]


def place_of(options):
    """The node of a stage with these options, names and texts; a ValueError says what is wrong with them."""
    if unknown := sorted(options.keys() - {*SETTINGS, *LOOKS, *FLAGS}):
        raise ValueError(f"there is no option {', '.join(unknown)}; there are {', '.join(sorted({*SETTINGS, *LOOKS, *FLAGS}))}")
    chosen = from_options({key: text for key, text in options.items() if key in SETTINGS})
    whole = setting(**chosen)
    view = options.get("view", "race")
    if view not in VIEWS:
        raise ValueError(f"view is “{view}”; it must be one of {', '.join(VIEWS)}")
    show = options.get("show", "").replace(",", " ").split() or (SMALL if "small" in options else USUAL)
    show = sorted(PARTS) if "all" in show else show
    if unknown := sorted(set(show) - PARTS):
        raise ValueError(f"show names {', '.join(unknown)}; there are all, {', '.join(sorted(PARTS))}")
    gate = int(options["gate"]) if "gate" in options else None
    if gate is not None and not 0 < gate < whole["steps"]:
        raise ValueError(f"gate is {gate}; it must lie inside the {whole['steps']} steps")
    given = {
        "view": view, "setting": chosen, "show": show, "gate": gate, "tall": "tall" in options, "autoplay": "autoplay" in options,
        "knobs": options.get("knobs", "").replace(",", " ").split() or None, "preset": options.get("preset", ""),
        "offer": _names(options["offer"]) if "offer" in options else RULES if "rules" in show else whole["rules"],
        "choices": _choices(options.get("choices", "")),
    }  # fmt: skip
    if "small" in options and {"wide", "tall", "autoplay", "gate"} & options.keys():
        raise ValueError("a small stage has no place for wide, tall, autoplay and gate")
    return stage(given=given, chosen=whole, size=next((size for size in ("wide", "small") if size in options), ""))


def _caption(children):
    caption = nodes.caption()
    for i, paragraph in enumerate(children):
        caption += ([nodes.Text(" ")] if i else []) + list(paragraph.children)
    return caption


class Stage(SphinxDirective):
    """A stage. Its content is the caption; ``theme/README.md`` explains the options."""

    has_content = True
    option_spec = dict.fromkeys(["name", *SETTINGS, *LOOKS], directives.unchanged) | dict.fromkeys(FLAGS, directives.flag)

    def run(self):
        try:
            place = place_of({key: text for key, text in self.options.items() if key != "name"})
        except ValueError as error:
            raise self.error(f"stage: {error}.") from None
        figure = nodes.figure("", place)
        self.set_source_info(figure)
        if self.content:
            text = nodes.Element()
            self.state.nested_parse(self.content, self.content_offset, text)
            figure += _caption(text.children)
        self.add_name(figure)
        return [figure]


class StageInABox(SphinxTransform):
    """An admonition of class ``stage`` is one too: its options are comments, ``% key: value``, its paragraphs the caption.

    JupyterLab shows it as a box with a title and the caption; it would call the directive unknown.
    """

    default_priority = 14

    def apply(self, **kwargs):
        for box in [n for n in self.document.findall(nodes.admonition) if "stage" in n["classes"]]:
            options = {}
            for comment in box.findall(nodes.comment):
                for line in comment.astext().splitlines():
                    key, _, text = line.strip().partition(":")
                    options[key.strip()] = text.strip()
            try:
                place = place_of(options)
            except ValueError as error:
                log.warning("stage: %s.", error, location=box)
                continue
            figure = nodes.figure("", place, _caption([n for n in box.children if isinstance(n, nodes.paragraph)]), ids=box["ids"], names=box["names"])
            figure.source, figure.line = box.source, box.line
            for name in box["ids"]:
                self.document.ids[name] = figure
            box.replace_self(figure)
            figure["classes"].remove("stage")


class AtSetting(SphinxRole):
    """``{stage}`words <key=value&key=value>```: a link that opens the stage at a setting; ``<#name key=value>`` one of this page."""

    def run(self):
        words_, _, place = self.text.rpartition("<")
        if not words_ or not place.endswith(">") or "=" not in place:
            message = self.inliner.reporter.error(f"stage: “{self.text}” must be “words <key=value&key=value>”.", line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        own = re.match(r"#([\w-]+) ", place)
        settings = [part.partition("=") for part in place[own.end() if own else 0 : -1].split("&")]
        address = "&".join(f"{key.strip()}={quote(value.strip(), safe=',')}" for key, _, value in settings)
        stage = f"{self.config.root_doc.rpartition('/')[0]}/stage"
        page = "" if own or self.env.docname == stage else self.env.app.builder.get_relative_uri(self.env.docname, stage)
        return [nodes.reference(self.rawtext, words_.strip(), refuri=f"{page}#{own.group(1) if own else 'stage'}=&{address}", internal=True)], []


def summary(chosen, name, said):
    """What a screen reader is told of a run, in the words of the page."""
    made = run(chosen, name)
    with np.errstate(all="ignore"):
        f = made.f.astype(float)
    label = said["rules"][name]
    label = label[0].upper() + label[1:]
    if not np.all(np.isfinite(made.x)):
        return said["sum_nan"].format(name=label, t=int(np.argmax(~np.isfinite(made.x).all(axis=1))))
    return said["sum"].format(name=label, low=say(f.min()), t=int(f.argmin()), end=say(f[-1]), steps=len(f) - 1)


def say(value):
    """A number for readers, as the stage says it: two digits below 1, three above, powers of ten raised, a true minus sign."""
    size, digits = abs(value), 2 if abs(value) < 1 else 3
    if not size or 1e-3 <= size < 1e5:
        return f"{float(f'{value:.{digits}g}'):.12g}".replace("-", "−")
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return written(f"{float(mantissa):g}e{exponent}")


def still(chosen, said, small=False):
    """The setting as a drawn figure, an SVG for the page: the map with the paths, and, unless ``small``, f below it."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from rmsprop_lib.figures import LOOK, PALETTE, STYLE, contours, path

    f = landscape(chosen)
    with mpl.rc_context({key: value for key, value in STYLE.items() if key != "figure.figsize"}):
        figure = Figure(figsize=(4.6, 3.1 if small else 4.9), layout="constrained")
        land, falls = (figure.subplots(), None) if small else figure.subplots(2, 1, height_ratios=[1.5, 1])
        contours(f, land)
        for name in chosen["rules"]:
            made = run(chosen, name)
            x = np.clip(np.where(np.isfinite(made.x.astype(float)), made.x, np.nan), -1e5, 1e5)
            path(land, _Path(x), name, markersize=3, label=said["rules"][name])
            if small:
                continue
            with np.errstate(all="ignore"):
                values = made.f.astype(float)
            values[~(values > 0) | (values > 1e30)] = np.nan
            line = {key: value for key, value in LOOK[name].items() if key != "marker"}
            falls.plot(values, **line, label=said["rules"][name])
        land.plot(*chosen["start"], "o", color=PALETTE["ink"], markerfacecolor="none", markersize=9)
        if falls:
            falls.set(yscale="log", xlabel="t", ylabel="f")
        if len(chosen["rules"]) > 1:
            (falls or land).legend(fontsize=11)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True)
    alt = said["map_alt"].format(what=said["objectives"][chosen["objective"]]) + " " + " ".join(summary(chosen, name, said) for name in chosen["rules"])
    svg = out.getvalue()
    return for_page(slimmed(svg, f"s{hashlib.sha256(svg.encode()).hexdigest()[:6]}-"), alt)


def still_strip(chosen, said):
    """Sixty gradients with a wall among them; below, √v of the three rules, and their steps."""
    gradients = np.full(60, 0.2)
    gradients[15:18] = 4.0
    t, lines = np.arange(1, 61), {}
    for name in ("Adagrad", "RMSprop", "Adam"):
        params = {**chosen["params"][name], "lr": 1.0}
        rule = getattr(optimizers, name)(**params)
        state, found = rule.init(np.zeros(1)), []
        for k, g in enumerate(gradients):
            step, state = rule.step(np.zeros(1), state, np.array([g]))
            v = state.v / (1 - params["beta2"] ** (k + 1)) if name == "Adam" else state
            found.append((np.sqrt(v[0]), abs(step[0])))
        lines[name] = np.array(found).T

    def draw(axes, look):
        axes[0].bar(t, gradients, color=look["muted"])
        axes[0].set(ylabel="g")
        axes[1].plot(t, gradients, ":", color=look["muted"])
        return [(axes[1 + i], t, found[i], name) for name, found in lines.items() for i in (0, 1)], ("√v", "∣Δx∣ / γ")

    return _drawn(3, draw, f"{said['strip']}. {said['strip_v']}. {said['strip_step']}.", said)


def still_plane(chosen, said):
    """The distance ∣x∣ of three runs of RMSprop: one that rests, one that jumps, one that has not jumped yet."""
    eps = chosen["params"]["RMSprop"]["eps"]
    runs = [(0.005, 0.9), (0.8, 0.9), (0.8, 0.99)]
    alt = said["plane"].format(name=said["rules"]["RMSprop"]) + ". " + said["plane_x"] + ": " + "; ".join(f"γλ = {u}, α = {a}" for u, a in runs)

    def draw(axes, look):
        for (u, alpha), colour, line in zip(runs, ("green", "blue", "orange"), ("--", "-", "-."), strict=True):
            x = descend(optimizers.RMSprop(lr=0.4, alpha=alpha, eps=eps), objectives.quadratic(u / 0.4), [-5.0], 400).x[:, 0]
            axes[0].plot(np.maximum(np.abs(x), 1e-60), color=look[colour], linestyle=line, label=f"γλ = {u}, α = {alpha}")
        axes[0].set(yscale="log", ylabel="∣x∣", ylim=(1e-40, 1e2))
        axes[0].legend(fontsize=11)
        return [], ()

    return _drawn(1, draw, alt, said)


def _drawn(rows, draw, alt, said):
    """An SVG for the page: ``rows`` pictures, one above the other, against t."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    from rmsprop_lib.figures import LOOK, PALETTE, STYLE

    with mpl.rc_context({key: value for key, value in STYLE.items() if key != "figure.figsize"}):
        figure = Figure(figsize=(4.6, 1.3 + 1.7 * rows), layout="constrained")
        axes = np.atleast_1d(figure.subplots(rows, 1))
        curves, labels = draw(axes, PALETTE)
        for ax, t, values, name in curves:
            ax.plot(t, values, **{key: value for key, value in LOOK[name].items() if key != "marker"}, label=said["rules"][name])
        for ax, label in zip(axes[1:], labels, strict=True):
            ax.set(yscale="log", ylabel=label)
        if labels:
            axes[0].legend(*axes[1].get_legend_handles_labels(), fontsize=11, loc="upper right")  # beside the wall there is room
        axes[-1].set(xlabel="t")
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True)
    svg = out.getvalue()
    return for_page(slimmed(svg, f"s{hashlib.sha256(svg.encode()).hexdigest()[:6]}-"), alt)


class _Path:
    def __init__(self, x):
        self.x = x


def _visit(self, node):
    given = html.escape(json.dumps(node["given"], ensure_ascii=False, sort_keys=True))
    classes = f"stage stage-{node['size']}" if node["size"] else "stage"
    view = node["given"]["view"]
    drawn = _still("small" if (node["size"], view) == ("small", "race") else view, self.config.language, json.dumps(node["chosen"]))
    self.body.append(f'<div class="{classes}" data-view="{view}" data-set="{given}"><div class="stage-still">{drawn}</div></div>\n')
    raise nodes.SkipNode


def _nothing(self, node):
    raise nodes.SkipNode


DRAWN = {"race": still, "small": functools.partial(still, small=True), "strip": still_strip, "plane": still_plane}


@functools.cache
def _still(view, language, chosen):
    """What is drawn for a setting, written as JSON; several pages may have the same."""
    return DRAWN[view](json.loads(chosen), words(language)["stage"])


# The race is what most stages are; a page that has another view takes the script with all three.
SCRIPTS = {"stage.js": ("race",), "stage-views.js": ("race", "strip", "plane")}
# A page whose stages are all small has this in their place, which asks for them when they are wanted.
LOADER = "stage-small.js"


def script(views):
    """The script of a page with stages that have these views: its sources in ``theme/stage``, squeezed."""
    sources = [(SOURCE / f"{part}.js").read_text(encoding="utf-8") for part in ("engine", "view", *views)]
    return squeezed(f"(() => {{{chr(10).join(sources)}begin({{{', '.join(views)}}});}})();") + "\n"


def data(language):
    """What the script of the stages is told: the words of the page's language, and what the library says."""
    from rmsprop_lib.figures import LOOK, PALETTE

    colours = {value: name for name, value in PALETTE.items()}
    dashes = {"-": [], "--": [7, 3], ":": [2, 3], "-.": [8, 3, 2, 3]}
    told = {
        "rules": rules(),
        "table": mistakes(),
        "looks": {name: [colours[look["color"]], dashes.get(look["linestyle"], [8, 2, 2, 2, 2, 2])] for name, look in LOOK.items()},
        "starts": STARTS,
        "paper": {**PALETTE, "paper": "#fdfdfb", "tint": "#f3f4f1", "line": "#d5d9d4", "soft": "#57606a", "font": "system-ui, sans-serif"},
        "words": words(language)["stage"],
    }
    return f"const stageData = {json.dumps(told, ensure_ascii=False, separators=(',', ':'))};\n"


def files(language):
    """The scripts of the stages and their style, by name, as they stand beside the pages."""
    made = {"stage-data.js": data(language)} | {name: script(views) for name, views in SCRIPTS.items()}
    versions = {name: f"{name}?v={zlib.crc32(text.encode()):08x}" for name, text in made.items()}
    loader = f"((stageData, race, views) => {{{(SOURCE / 'small.js').read_text(encoding='utf-8')}}})(...{json.dumps(list(versions.values()))});"
    style = re.sub(r"/\*.*?\*/", "", (SOURCE / "stage.css").read_text(encoding="utf-8"), flags=re.S)
    style = re.sub(r"\s*([{};,])\s*", r"\1", re.sub(r"\s+", " ", style)).replace(": ", ":")
    return made | {LOADER: squeezed(loader) + "\n", "stage.css": style.strip() + "\n"}


def _write(app, env):
    if app.builder.format == "html" and env.course_stages:
        static = Path(app.outdir, "_static")
        static.mkdir(parents=True, exist_ok=True)
        for name, text in files(app.config.language).items():
            (static / name).write_text(text, encoding="utf-8")


def setup(app):
    app.add_node(stage, html=(_visit, None), text=(_nothing, None), latex=(_nothing, None))
    app.add_directive("stage", Stage)
    app.add_role("stage", AtSetting())
    app.add_transform(StageInABox)
    for name in ("stage-data.js", *SCRIPTS, LOADER):
        app.add_js_file(name, loading_method="defer")
    app.add_css_file("stage.css")
    keep(app, "course_stages", lambda app, document: next((True for _ in document.findall(stage)), None))
    app.connect("env-check-consistency", _write)
