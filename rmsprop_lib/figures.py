"""Drawings of objectives and trajectories on matplotlib Axes, in one style and one palette.

Every function draws on the Axes it is given and returns the artists it added, which is what `rmsprop_lib.explore` asks of a
``draw`` function. No function writes words: the pictures hold symbols and numbers only, so that every language shares them.
Arguments that are something else than is said here raise a ValueError that names them.
"""

import numpy as np
from matplotlib import _mathtext

from rmsprop_lib import _require

__all__ = ["LOOK", "PALETTE", "STYLE", "canvas", "contours", "curve", "path", "squares"]

# The colours of the course, told apart also by readers who do not see all of them (after Okabe and Ito). The pages read this
# table too: there each colour has a second shade for the dark mode.
PALETTE = {
    "ink": "#24292f",
    "muted": "#8c959f",
    "blue": "#0072b2",
    "orange": "#d55e00",
    "green": "#00805e",
    "purple": "#a8478f",
    "gold": "#9a6700",
}

# How each rule looks in every drawing: colour, line style and marker, so that no meaning hangs on the colour alone.
LOOK = {
    "GradientDescent": {"color": PALETTE["ink"], "linestyle": ":", "marker": "s"},
    "SignDescent": {"color": PALETTE["gold"], "linestyle": "--", "marker": "D"},
    "Momentum": {"color": PALETTE["green"], "linestyle": "-.", "marker": "v"},
    "Adagrad": {"color": PALETTE["orange"], "linestyle": "--", "marker": "^"},
    "RMSprop": {"color": PALETTE["blue"], "linestyle": "-", "marker": "o"},
    "Adam": {"color": PALETTE["purple"], "linestyle": (0, (5, 1, 1, 1, 1, 1)), "marker": "P"},
}

# Pages are read on phones too, where an exponent of 0.7 times the letter beside it, matplotlib's, has 8 pixels. No setting of
# matplotlib's holds this number; a test of a drawn axis notices should it get another name.
_mathtext.SHRINK_FACTOR = 0.9

# For ``plt.style.use(STYLE)`` in the first cell of a chapter. A figure of this width has letters of 13 pixels on such a phone.
STYLE = {
    "axes.edgecolor": PALETTE["muted"],
    "axes.grid": False,
    "axes.labelcolor": PALETTE["ink"],
    "axes.prop_cycle": "cycler('color', %r) + cycler('linestyle', ['-', '--', '-.', ':', '-'])"
    % [PALETTE[name] for name in ("blue", "orange", "green", "purple", "ink")],
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "none",
    "figure.figsize": (4.6, 3.2),
    "axes.facecolor": "none",
    "font.size": 12.5,
    "legend.frameon": False,
    "lines.linewidth": 1.8,
    "lines.markersize": 4,
    "path.simplify_threshold": 0.3,
    "savefig.facecolor": "none",
    "svg.fonttype": "none",
    "svg.hashsalt": "rmsprop",
    "text.color": PALETTE["ink"],
    "xtick.color": PALETTE["ink"],
    "ytick.color": PALETTE["ink"],
}


def canvas(xlim, ylim, xlabel="", ylabel="", xscale="linear", yscale="linear"):
    """Return a new Axes with fixed limits, for curves that come and go.

    Parameters
    ----------
    xlim, ylim : pair of float
        The limits, in the units of what will be drawn.
    xlabel, ylabel : str
        Symbols such as ``"t"`` and ``"√v"``.
    xscale, yscale : str
        As for `matplotlib.axes.Axes.set_xscale`.
    """
    import matplotlib.pyplot as plt
    from matplotlib.scale import get_scale_names

    for axis, limits, scale in (("x", xlim, xscale), ("y", ylim, yscale)):
        if not isinstance(scale, str) or scale not in get_scale_names():
            raise ValueError(f"{axis}scale is {scale!r}; it must be one of {', '.join(get_scale_names())}.")
        ends = _require.numbers(f"{axis}lim", limits)
        if ends.shape != (2,) or not np.all(np.isfinite(ends)) or ends[0] == ends[1] or (scale == "log" and np.any(ends <= 0)):
            above = ", above 0 on a logarithmic axis" if scale == "log" else ""
            raise ValueError(f"{axis}lim is {limits!r}; it must be two different finite numbers{above}.")
    _, ax = plt.subplots()
    ax.set(xscale=xscale, yscale=yscale, xlabel=xlabel, ylabel=ylabel)
    ax.set(xlim=xlim, ylim=ylim)
    return ax


def contours(f, ax=None, levels=None):
    """Draw the level lines of ``f`` over its window, darker the higher, with a cross at its minimum, and return the Axes.

    Parameters
    ----------
    f : Objective
        Of two parameters.
    ax : Axes, optional
        Where to draw; a new figure without it.
    levels : array, optional
        The values of f, in its units, that get a line; without it, eight whose spacing grows evenly from the lowest value.
    """
    from matplotlib.colors import to_rgba

    if not hasattr(f, "window") or (f.minimizer is not None and np.size(f.minimizer) != 2):
        raise ValueError(f"f is {getattr(f, 'name', f)!r}; it must be an Objective of two parameters.")
    (left, right), (bottom, top) = f.window
    if ax is None:
        ax = canvas((left, right), (bottom, top), "x₁", "x₂")
    _check_axes(ax)
    x1, x2 = np.meshgrid(np.linspace(left, right, 121), np.linspace(bottom, top, 121))
    with np.errstate(all="ignore"):
        x = np.stack([x1, x2], axis=-1)
        values = _require.returned("value", f, x, f.value(x), x1.shape)
    if levels is None:
        finite = values[np.isfinite(values)]
        if not finite.size or finite.min() == finite.max():
            raise ValueError(f"{f.name} does not have two different finite values in its window, {f.window}; it must, to have level lines.")
        low = finite.min() if f.minimizer is None else float(f.value(np.asarray(f.minimizer)))
        levels = low + (finite.max() - low) * np.linspace(0, 1, 9)[1:] ** 2
    given = _require.numbers("levels", levels)
    if given.ndim != 1 or not np.all(np.isfinite(given)) or np.any(np.diff(given) <= 0):
        raise ValueError(f"levels is {levels!r}; it must be an array of finite numbers, each larger than the one before.")
    # See-through tints of one grey are quiet on light and on dark paper, and leave the paths their contrast.
    tints = [to_rgba(PALETTE["muted"], 0.3 * k / len(given)) for k in range(len(given) + 1)]
    filled = ax.contourf(x1, x2, np.ma.masked_invalid(values), levels=given, colors=tints, extend="both")
    ax.set(xlim=(left, right), ylim=(bottom, top))
    # Filled areas keep every point of the grid unless they are asked to drop those that nobody sees.
    there, back = ax.transData, ax.transData.inverted()
    filled.set_paths([back.transform_path(there.transform_path(path).cleaned(simplify=True)) for path in filled.get_paths()])
    ax.contour(x1, x2, values, levels=given, colors=PALETTE["muted"], linewidths=0.5, linestyles="solid")
    if f.minimizer is not None:
        ax.plot(*f.minimizer, marker="+", color=PALETTE["ink"], markersize=9, linestyle="none")
    return ax


def path(ax, run, look, **changes):
    """Draw the positions of a run of two parameters as a line with markers.

    Parameters
    ----------
    ax : Axes
    run : Trajectory
        With ``x`` of shape (steps + 1, 2). Positions that are not finite, or farther away than any drawing, are left out;
        a path that leaves the window is cut at its edge.
    look : str
        A key of `LOOK`: the name of the rule.
    **changes
        Line properties that differ from that look.

    Returns
    -------
    list of Artist
    """
    shape = np.shape(getattr(run, "x", None))
    if len(shape) != 2 or shape[1] != 2:
        what = f"run has an x of shape {shape}" if hasattr(run, "x") else f"run is {run!r}"
        raise ValueError(f"{what}; it must be a Trajectory whose x has the shape (steps + 1, 2).")
    x = np.where(np.abs(run.x) < 1e6, run.x, np.nan)
    return curve(ax, x[:, 0], x[:, 1], look, **changes)


def curve(ax, x, y, look, **changes):
    """Draw ``y`` against ``x`` in the look of a rule (a key of `LOOK`) and return the list of artists.

    Parameters
    ----------
    ax : Axes
    x, y : array of shape (n,)
    look : str
    **changes
        Line properties that differ from that look; more than 80 points get no markers unless these ask for them.
    """
    _check_axes(ax)
    x, y = _require.numbers("x", x), _require.numbers("y", y)
    if x.ndim != 1 or x.shape != y.shape:
        raise ValueError(f"x has the shape {x.shape} and y has {y.shape}; both must have the same shape (n,).")
    style = {"markersize": 4, **_look(look)}
    if len(x) > 80:
        style["marker"] = ""
    return ax.plot(x, y, **{**style, **changes})


def squares(ax, at, areas, look, **changes):
    """Draw squares whose areas are ``areas``, centred on the points ``at``, and return the list of artists.

    The axes must have equal units in both directions for the squares to look square: ``ax.set_aspect("equal")``.

    Parameters
    ----------
    ax : Axes
    at : array of shape (n, 2)
        The centres, in data units.
    areas : array of shape (n,)
        Each ≥ 0, in data units squared: a square of area v has the side √v.
    look : str
        A key of `LOOK`.
    **changes
        Patch properties that differ.
    """
    from matplotlib.patches import Rectangle

    _check_axes(ax)
    at, areas = _require.numbers("at", at), _require.numbers("areas", areas)
    if areas.ndim != 1 or not np.all((areas >= 0) & np.isfinite(areas)):
        raise ValueError(f"areas is {areas!r}; it must be an array of shape (n,) of finite numbers, each 0 or more.")
    if at.shape != (len(areas), 2) or not np.all(np.isfinite(at)):
        raise ValueError(f"at is {at!r}; it must be an array of shape ({len(areas)}, 2) of finite numbers, a centre an area.")
    colour = _look(look)["color"]
    made = []
    for (x, y), side in zip(at, np.sqrt(areas), strict=True):
        style = {"edgecolor": colour, "facecolor": colour, "alpha": 0.35, **changes}
        made.append(ax.add_patch(Rectangle((x - side / 2, y - side / 2), side, side, **style)))
    return made


def _look(look):
    if not isinstance(look, str) or look not in LOOK:
        raise ValueError(f"look is {look!r}; it must be one of {', '.join(LOOK)}.")
    return LOOK[look]


def _check_axes(ax):
    if not hasattr(ax, "add_patch"):
        raise ValueError(f"ax is {ax!r}; it must be matplotlib Axes, such as canvas((0, 1), (0, 1)) makes.")
