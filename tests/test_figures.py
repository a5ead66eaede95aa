"""The drawings: what is drawn where, in which look, and that no picture holds a word."""

import io
import math
import re
from types import SimpleNamespace

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

import rmsprop_lib
from rmsprop_lib import Objective, RMSprop, descend, quadratic, rosenbrock, rotated, saddle
from rmsprop_lib.figures import LOOK, PALETTE, STYLE, canvas, contours, curve, path, squares

BOWL = quadratic(0.2, 4.0)


@pytest.fixture(autouse=True)
def in_the_style_of_the_course():
    with plt.style.context([STYLE]):
        yield
    plt.close("all")


def svg(ax):
    out = io.StringIO()
    ax.figure.savefig(out, format="svg", metadata={"Date": None})
    return out.getvalue()


# The style and the looks.


def test_the_style_is_one_that_matplotlib_takes():
    plt.style.use(STYLE)
    assert mpl.rcParams["svg.fonttype"] == "none" and mpl.rcParams["svg.hashsalt"] == "rmsprop"
    cycle = mpl.rcParams["axes.prop_cycle"].by_key()
    assert cycle["color"] == [PALETTE[name] for name in ("blue", "orange", "green", "purple", "ink")]
    assert len(set(zip(cycle["color"], cycle["linestyle"], strict=True))) == 5
    assert not mpl.rcParams["axes.spines.top"] and not mpl.rcParams["axes.spines.right"]


def test_an_exponent_is_nearly_as_large_as_what_it_belongs_to():
    drawn = svg(canvas((0, 1), (1e-3, 1), yscale="log"))
    sizes = {float(size) for size in re.findall(r"font(?:-size)?: ([\d.]+)px", drawn)}
    assert len(sizes) == 2 and min(sizes) == pytest.approx(0.9 * max(sizes))


def test_every_rule_has_a_look_and_every_look_a_rule():
    assert set(LOOK) == {name for name in rmsprop_lib.__all__ if hasattr(getattr(rmsprop_lib, name), "step")}


def test_no_meaning_hangs_on_the_colour_alone():
    for what in ("color", "linestyle", "marker"):
        assert len({repr(look[what]) for look in LOOK.values()}) >= 5
    assert len({(repr(look["linestyle"]), look["marker"]) for look in LOOK.values()}) == len(LOOK)
    assert {look["color"] for look in LOOK.values()} <= set(PALETTE.values())


def luminance(colour):
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in mpl.colors.to_rgb(colour))
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("name", PALETTE)
def test_the_colours_are_hexadecimal_and_seen_on_white(name):
    """The pages find each colour by its six digits. 3 : 1 is what WCAG asks of a line; words get 4.5 : 1."""
    assert re.fullmatch("#[0-9a-f]{6}", PALETTE[name])
    contrast = 1.05 / (luminance(PALETTE[name]) + 0.05)
    assert contrast >= (4.5 if name == "ink" else 3)


# canvas and contours.


def test_a_canvas_has_the_limits_and_scales_it_was_given():
    ax = canvas((1, 100), (0.5, 8), "t", "√v", xscale="log")
    assert ax.get_xlim() == (1, 100) and ax.get_ylim() == (0.5, 8)
    assert (ax.get_xlabel(), ax.get_ylabel(), ax.get_xscale(), ax.get_yscale()) == ("t", "√v", "log", "linear")
    assert canvas((5, -5), (0, 1), yscale="linear").get_xlim() == (5, -5)
    assert canvas((0, 1), (1e-9, 1), yscale="log").get_yscale() == "log"
    assert ax.figure is not canvas((0, 1), (0, 1)).figure


@pytest.mark.parametrize("draw", [lambda ax: curve(ax, [-50, 500], [-50, 500], "Adam"), lambda ax: squares(ax, [(0, 0)], [1e4], "RMSprop")])
def test_what_is_drawn_moves_no_limits(draw):
    ax = canvas((0, 1), (0, 2))
    draw(ax)
    ax.figure.canvas.draw()
    assert ax.get_xlim() == (0, 1) and ax.get_ylim() == (0, 2)


@pytest.mark.parametrize("f", [BOWL, rosenbrock(), saddle(), rotated(BOWL, 0.6)], ids=lambda f: f.name)
def test_contours_show_the_window_the_levels_and_the_minimum(f):
    ax = contours(f)
    assert (ax.get_xlim(), ax.get_ylim()) == f.window and (ax.get_xlabel(), ax.get_ylabel()) == ("x₁", "x₂")
    filled, drawn = ax.collections
    assert filled.filled and np.array_equal(filled.levels, drawn.levels) and np.all(np.diff(filled.get_facecolor()[:, 3]) > 0)
    assert len(drawn.levels) == 8 and np.all(np.diff(drawn.levels) > 0)
    if f.minimizer is not None:
        assert np.allclose(drawn.levels / drawn.levels[-1], (np.arange(1, 9) / 8) ** 2)  # evenly growing, from f = 0
        (cross,) = ax.lines
        assert np.allclose(cross.get_xydata(), [f.minimizer]) and cross.get_marker() == "+"
    else:
        assert not ax.lines
    for level, line in zip(drawn.levels, drawn.get_paths(), strict=True):
        if len(line.vertices):
            assert np.allclose(f(line.vertices), level, rtol=0.1, atol=0.01 * np.abs(drawn.levels).max())


def test_contours_at_levels_of_ones_own_and_on_axes_that_are_there():
    _, (left, right) = plt.subplots(1, 2)
    right.set(xlim=(0, 1), ylim=(0, 1))
    assert contours(BOWL, right, [1, 4.0, 9]) is right
    assert right.collections[0].levels.tolist() == [1, 4, 9] and not left.collections
    assert (right.get_xlim(), right.get_ylim()) == BOWL.window


# path and curve.


@pytest.mark.parametrize("look", LOOK)
def test_a_path_is_the_run_in_the_look_of_its_rule(look):
    run = descend(RMSprop(0.4), BOWL, [-5.0, -2.0], 20)
    ax = contours(BOWL)
    (line,) = path(ax, run, look)
    assert isinstance(line, Line2D) and line in ax.lines and np.array_equal(line.get_xydata(), run.x)
    assert to_hex(line.get_color()) == LOOK[look]["color"] and line.get_marker() == LOOK[look]["marker"]
    assert line.get_markersize() == 4
    (dashed,) = curve(ax, [0, 1], [0, 1], look, linestyle="--", color="#123456", markersize=9)
    assert (dashed.get_linestyle(), to_hex(dashed.get_color()), dashed.get_markersize()) == ("--", "#123456", 9)


def test_many_points_get_no_markers_unless_they_are_asked_for():
    ax = canvas((0, 1), (0, 1))
    assert curve(ax, np.zeros(80), np.zeros(80), "RMSprop")[0].get_marker() == "o"
    assert curve(ax, np.zeros(81), np.zeros(81), "RMSprop")[0].get_marker() == ""
    assert curve(ax, np.zeros(81), np.zeros(81), "RMSprop", marker="s")[0].get_marker() == "s"


@pytest.mark.parametrize("far", [math.inf, -math.inf, math.nan, 1e6, -1e200])
def test_a_path_leaves_out_what_is_infinitely_far(far):
    run = descend(RMSprop(0.4), BOWL, [-5.0, -2.0], 4)
    x = run.x.copy()
    x[2, 1] = far
    run = type(run)(x, run.rule_at, run.objective)
    ax = contours(BOWL)
    (line,) = path(ax, run, "RMSprop")
    assert np.isnan(line.get_xydata()[2, 1]) and np.array_equal(line.get_xydata()[[0, 1, 3, 4]], x[[0, 1, 3, 4]])
    assert "nan" not in svg(ax) and "inf" not in svg(ax)
    assert run.x[2, 1] == far or math.isnan(far)  # the run itself is not touched


def test_a_run_that_diverges_is_drawn():
    from rmsprop_lib import GradientDescent

    run = descend(GradientDescent(1e3), BOWL, [-5.0, -2.0], 300)
    assert not np.isfinite(run.x).all()
    ax = contours(BOWL)
    path(ax, run, "GradientDescent")
    assert "<svg" in svg(ax)


# squares.


def test_the_area_of_a_square_is_v():
    areas, at = np.array([0.0, 0.25, 4, 1e-6, 169]), np.array([(0, 0), (1, 2), (-3, 0.5), (0, 1), (2, 2)])
    ax = canvas((-20, 20), (-20, 20))
    made = squares(ax, at, areas, "Adagrad")
    assert len(made) == 5 and all(isinstance(square, Rectangle) and square in ax.patches for square in made)
    for square, area, centre in zip(made, areas, at, strict=True):
        assert math.isclose(square.get_width() * square.get_height(), area, abs_tol=1e-300)
        assert square.get_width() == square.get_height() and np.allclose(square.get_center(), centre)
        assert to_hex(square.get_edgecolor()) == LOOK["Adagrad"]["color"] and square.get_alpha() == 0.35
    (dotted,) = squares(ax, [(0, 0)], [1.0], "RMSprop", alpha=1, linestyle=":")
    assert dotted.get_alpha() == 1 and dotted.get_linestyle() == ":"
    assert squares(ax, np.zeros((0, 2)), [], "RMSprop") == []


def test_drawing_changes_nothing_and_is_the_same_again():
    run = descend(RMSprop(0.4), BOWL, [-5.0, -2.0], 9)
    before = run.x.copy(), repr(LOOK), repr(STYLE)

    def picture():
        ax = contours(BOWL)
        path(ax, run, "RMSprop", label="RMSprop")
        squares(ax, [(0, 0), (1, 1)], [0.5, 0.1], "Adagrad")
        ax.legend()
        return svg(ax)

    assert picture() == picture()
    assert np.array_equal(run.x, before[0]) and (repr(LOOK), repr(STYLE)) == before[1:]


def test_no_drawing_holds_a_word():
    run = descend(RMSprop(0.4), BOWL, [-5.0, -2.0], 9)
    for f in (BOWL, rosenbrock(), saddle()):
        ax = contours(f)
        path(ax, run, "RMSprop", label="RMSprop")
        squares(ax, [(0, 0)], [0.5], "Adagrad", label="Adagrad")
        curve(ax, [0, 1], [1, 1e-3], "Adam", label="Adam")
        ax.legend()
        texts = re.findall(r"<text[^>]*>(.*?)</text>", svg(ax), flags=re.S)
        assert len(texts) > 6
        words = {word for text in texts for word in re.findall("[A-Za-z]{3,}", text)}
        assert words == {"RMSprop", "Adagrad", "Adam"}
    texts = re.findall(r"<text[^>]*>(.*?)</text>", svg(canvas((1e-9, 1), (0, 1), "t", "√v", xscale="log")), flags=re.S)
    assert not re.search("[A-Za-z]{3,}", " ".join(re.sub("<[^>]*>", "", text) for text in texts))


# Bad input.


def ax():
    return canvas((0, 1), (0, 1))


RUN = descend(RMSprop(0.4), BOWL, [-5.0, -2.0], 3)
TWO = "it must be two different finite numbers"
REFUSED = {
    **{
        f"{name} {bad!r}": (lambda name=name, bad=bad: canvas(**{"xlim": (0, 1), "ylim": (0, 1), name: bad}), f"{name} is {bad!r}; {said}")
        for name in ("xlim", "ylim")
        for bad, said in [
            ((0, math.nan), TWO),
            ((0, math.inf), TWO),
            ((1, 1), TWO),
            ((0, 1, 2), TWO),
            (3, TWO),
            (None, "it must be an array of numbers"),
            (("a", "b"), "it must be an array of numbers"),
        ]
    },
    "xlim log": (lambda: canvas((0, 1), (0, 1), xscale="log"), f"xlim is (0, 1); {TWO}, above 0 on a logarithmic axis."),
    "ylim log": (lambda: canvas((0, 1), (-1, 1), yscale="log"), f"ylim is (-1, 1); {TWO}, above 0 on a logarithmic axis."),
    "xscale": (lambda: canvas((0, 1), (0, 1), xscale="logarithmic"), "xscale is 'logarithmic'; it must be one of asinh"),
    "yscale": (lambda: canvas((0, 1), (0, 1), yscale=None), "yscale is None; it must be one of asinh"),
    "xscale, an array": (lambda: canvas((0, 1), (0, 1), xscale=np.zeros(2)), "xscale is array([0., 0.]); it must be one of asinh"),
    "contours of nothing": (
        lambda: contours(Objective("x⁴", lambda x: None, BOWL.gradient, None)),
        "the value of x⁴ at an x of the shape (121, 121, 2) is None; it must be a NumPy array of numbers, of the shape (121, 121).",
    ),
    "contours of one point": (
        lambda: contours(Objective("x⁴", lambda x: x[0] ** 4 + x[1] ** 4, BOWL.gradient, None)),
        "the value of x⁴ at an x of the shape (121, 121, 2) has the shape (121, 2); it must be a NumPy array of numbers",
    ),
    **{
        f"contours of {bad} alone": (
            lambda bad=bad: contours(Objective("c", lambda x: np.full(x.shape[:-1], bad), BOWL.gradient, None)),
            "c does not have two different finite values in its window, ((-6.0, 3.0), (-3.0, 3.0)); it must",
        )
        for bad in (0.0, math.nan, math.inf)
    },
    "contours f": (lambda: contours(3), "f is 3; it must be an Objective of two parameters."),
    "contours f of three": (lambda: contours(quadratic(1, 2, 3)), "f is '½(1 x₁² + 2 x₂² + 3 x₃²)'; it must be an Objective of two"),
    "contours f of one": (lambda: contours(quadratic(1)), "f is '½(1 x₁²)'; it must be an Objective of two parameters."),
    "contours ax": (lambda: contours(BOWL, 3), "ax is 3; it must be matplotlib Axes, such as canvas((0, 1), (0, 1)) makes."),
    **{
        f"levels {bad!r}": (lambda bad=bad: contours(BOWL, ax(), bad), f"levels is {bad!r}; it must be an array of ")
        for bad in ([2, 1], [1, 1], [math.nan], [1, math.inf], [-math.inf, 1], 3.0, "ab", [[1, 2]], ["a"])
    },
    "levels of nothing": (lambda: contours(BOWL, ax(), {}), "levels is {}; it must be an array of "),
    "path ax": (lambda: path(None, RUN, "RMSprop"), "ax is None; it must be matplotlib Axes"),
    "path run": (lambda: path(ax(), 3, "RMSprop"), "run is 3; it must be a Trajectory whose x has the shape (steps + 1, 2)."),
    "path run of three": (
        lambda: path(ax(), descend(RMSprop(0.1), quadratic(1, 1, 1), np.ones(3), 3), "RMSprop"),
        "run has an x of shape (4, 3); it must be a Trajectory whose x has the shape (steps + 1, 2).",
    ),
    "path run of many": (lambda: path(ax(), descend(RMSprop(0.1), BOWL, np.ones((5, 2)), 3), "RMSprop"), "run has an x of shape (4, 5, 2); it"),
    "path look": (lambda: path(ax(), RUN, "rmsprop"), "look is 'rmsprop'; it must be one of GradientDescent, SignDescent, Momentum"),
    "curve ax": (lambda: curve(plt, [0], [0], "RMSprop"), "ax is <module 'matplotlib.pyplot'"),
    "curve look, an array": (lambda: curve(ax(), [0], [0], np.zeros(2)), "look is array([0., 0.]); it must be one of GradientDescent"),
    "curve look": (lambda: curve(ax(), [0], [0], ["RMSprop"]), "look is ['RMSprop']; it must be one of GradientDescent"),
    "curve lengths": (lambda: curve(ax(), [0, 1], [0], "Adam"), "x has the shape (2,) and y has (1,); both must have the same shape (n,)."),
    "curve numbers": (lambda: curve(ax(), 0, 1, "Adam"), "x has the shape () and y has (); both must have the same shape (n,)."),
    "curve x": (lambda: curve(ax(), "ab", [0, 1], "Adam"), "x is 'ab'; it must be an array of numbers."),
    "curve y": (lambda: curve(ax(), [0, 1], None, "Adam"), "y is None; it must be an array of numbers."),
    "squares ax": (lambda: squares(None, [(0, 0)], [1.0], "Adam"), "ax is None; it must be matplotlib Axes"),
    "squares look": (lambda: squares(ax(), [(0, 0)], [1.0], None), "look is None; it must be one of GradientDescent"),
    **{
        f"areas {bad!r}": (lambda bad=bad: squares(ax(), [(0, 0)], bad, "Adam"), "areas is ")
        for bad in ([-1.0], [math.nan], [math.inf], 1.0, [[1.0]], "a", None)
    },
    **{
        f"at {bad!r}": (lambda bad=bad: squares(ax(), bad, [1.0, 2.0], "Adam"), "at is ")
        for bad in ([(0, 0)], [0, 0], [(0, 0, 0), (1, 1, 1)], [(0, 0), (0, math.nan)], "ab", None)
    },
}


@pytest.mark.parametrize("case", REFUSED)
def test_bad_input_is_refused_in_a_sentence(case):
    call, sentence = REFUSED[case]
    with pytest.raises(ValueError) as error:
        call()
    message = str(error.value)
    assert message.startswith(sentence) and "; " in message and "must" in message and message.endswith(".")


def test_level_lines_end_where_a_function_does():
    f = Objective("√x₁", lambda x: np.sqrt(x[..., 0]), BOWL.gradient, None)
    made = contours(f).collections[0]
    assert np.isfinite(made.levels).all() and made.levels[-1] == math.sqrt(3)


def test_a_property_that_a_line_does_not_have_is_named():
    with pytest.raises(AttributeError, match="colour"):
        curve(ax(), [0], [0], "Adam", colour="red")


def test_every_rule_looks_like_itself():
    """Colours, lines and markers that two rules exchanged would pass every other test."""
    looks = {rule: (next(n for n, c in PALETTE.items() if c == look["color"]), look["marker"]) for rule, look in LOOK.items()}
    assert looks == {
        "GradientDescent": ("ink", "s"),
        "SignDescent": ("gold", "D"),
        "Momentum": ("green", "v"),
        "Adagrad": ("orange", "^"),
        "RMSprop": ("blue", "o"),
        "Adam": ("purple", "P"),
    }


def test_a_path_is_drawn_as_far_as_a_million():
    run = SimpleNamespace(x=np.array([[0.0, 0.0], [2e3, -9.9e5], [1.1e6, 0.0]]))
    (line,) = path(canvas((0, 1), (0, 1)), run, "RMSprop")
    assert np.array_equal(np.isnan(line.get_xdata()), [False, False, True]) and line.get_ydata()[1] == -9.9e5
