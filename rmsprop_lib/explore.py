"""A figure with sliders, from one line: live in a notebook, and in plain HTML on a page.

`explore` draws every position once, when the cell runs. A notebook then shows the pictures with ipywidgets; a page shows the
same pictures as inline SVG under a native range input, moved by ``theme/assets/slider.js``. Neither calls ``draw`` again. How a
picture of matplotlib's becomes one for a page is the subject of `rmsprop_lib.pictures`.
"""

import gzip
import hashlib
import html
import inspect
import itertools
import json
import math
from collections.abc import Iterable, Mapping, Set
from numbers import Integral, Real

import matplotlib.pyplot as plt
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from rmsprop_lib.pictures import Picture, of_artists, of_figure, written

__all__ = ["Explorer", "explore"]

MOST_POSITIONS = 400
IN_A_RANGE = 21  # positions that a page shows of a range, unless several of them share it
MOST_BYTES = 60_000  # gzipped: a page with one slider of this weight still opens quickly on a phone

SYMBOLS = {
    "alpha": "α",
    "angle": "θ",
    "beta": "β",
    "beta1": "β₁",
    "beta2": "β₂",
    "eps": "ε",
    "kappa": "κ",
    "lam": "λ",
    "lr": "γ",
    "rho": "ρ",
    "sigma": "σ",
    "snr": "μ/σ",
    "y0": "y₀",
}
UNITS = {"angle": "°"}


def explore(draw, *unnamed, **choices) -> "Explorer":
    """Return a figure with a slider for each of ``choices``.

    Parameters
    ----------
    draw : callable
        ``draw(name=value, …)`` draws one position. It returns either a matplotlib Figure, or the artists that it added to a
        figure drawn before, which then is the background of all positions and is drawn only once: faster, and lighter on the
        page. A draw that makes its figure itself, as ``plt.plot`` does, may return what it likes or nothing. With a string after
        it, ``return artists, f"f = {f:.2g}"``, the slider also says that string, its numbers written as people write them:
        1.7·10⁻²². A default value in its signature, ``def draw(alpha=0.9)``, is the position shown first, or the one nearest to
        it; without a default it is the middle one.
    *unnamed
        Leave this empty: each slider is given by name, that of a parameter of ``draw``.
    **choices : sequence, or pair of float
        The positions of each slider in their order, by the name of draw's parameter. A slider named ``t`` is time and gets
        buttons to play it. Two sliders make a grid, and every point of the grid is drawn. A tuple of two numbers,
        ``alpha=(0.5, 0.999)``, is a range: a page shows 21 positions in it, or fewer where several ranges make a grid, and a live
        notebook draws anew as the slider is moved. Between two whole numbers, ``k=(1, 10)``, lie whole numbers only.

    Returns
    -------
    Explorer
        Displays itself; leave it in the last line of a cell.

    Raises
    ------
    ValueError
        When ``draw`` is no function or does not take the sliders' names, there is no slider or one without a name, a slider has
        no position or the same position twice, a range does not go up or has a third number, the default of ``draw`` is neither
        among the positions nor a number that could be near one, ``draw`` changes more of its axes than the artists it returns,
        or the positions are too many or weigh too much for a page.
    TypeError
        When ``draw`` returns neither a Figure nor artists, or not the same of them at every position. Whatever ``draw`` itself
        raises comes through, with a note that says at which position.
    """
    if not callable(draw):
        raise ValueError(f"draw is {draw!r}; it must be a function that draws one position, given without calling it.")
    if unnamed:
        raise ValueError(
            f"explore was given {unnamed[0]!r} without a name; a slider has the name of draw's parameter, such as "
            "explore(draw, alpha=[0.5, 0.9, 0.99])."
        )
    if not choices:
        raise ValueError("explore has no slider; name at least one, such as explore(draw, alpha=[0.5, 0.9, 0.99]).")
    ranges = {name: ends for name, ends in choices.items() if _is_range(ends)}
    choices = {name: values if name in ranges else _positions(name, values) for name, values in choices.items()}
    others = math.prod(len(values) for name, values in choices.items() if name not in ranges)
    # An odd number of positions has one in the middle.
    fit = next((n for n in range(IN_A_RANGE, 1, -2) if others * n ** len(ranges) <= MOST_POSITIONS), 3)
    choices |= {name: _within(name, ends, fit) for name, ends in ranges.items()}
    count = math.prod(len(values) for values in choices.values())
    if count > MOST_POSITIONS:
        sizes = " × ".join(str(len(values)) for values in choices.values())
        raise ValueError(f"the grid has {sizes} = {count} positions; at most {MOST_POSITIONS} fit on a page.")
    first = _first_shown(draw, choices)

    drawing = _Drawing(draw)
    drawn = [drawing.at(dict(zip(choices, point, strict=True))) for point in itertools.product(*choices.values())]
    picture = Picture.of([parts for parts, _ in drawn], drawing.background)
    explorer = Explorer(picture, choices, [readout for _, readout in drawn], first, ranges, drawing)
    weight = len(gzip.compress(explorer.html().encode(), mtime=0))
    if weight > MOST_BYTES:
        raise ValueError(
            f"the {count} positions weigh {weight // 1000} kB compressed; at most {MOST_BYTES // 1000} kB fit on a page. "
            "Draw fewer positions or fewer points, or let draw return only the artists that change."
        )
    return explorer


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool)


def _is_range(values):
    return isinstance(values, tuple) and len(values) == 2 and all(map(_is_number, values))


def _whole(ends):
    return all(isinstance(end, Integral) for end in ends)


def _counts(value):
    return isinstance(value, Integral) and 0 < value < MOST_POSITIONS


def _positions(name, values):
    """The positions of a slider as a list; those of a range are evenly spaced."""
    unordered = isinstance(values, str | bytes | Mapping | Set)
    if unordered or not isinstance(values, Iterable) or getattr(values, "shape", None) == ():
        such = "[False, True]" if isinstance(values, bool) else f"range({values + 1})" if _counts(values) else "[0.5, 0.9, 0.99]"
        raise ValueError(f"{name} is {values!r}; it must list the positions, such as {name}={such}.")
    if isinstance(values, tuple) and len(values) == 3 and all(map(_is_number, values)) and values[0] < values[1] > values[2] > 0:
        raise ValueError(f"{name} is {values!r}; a range is two numbers, {name}={values[:2]!r}, and positions are a list, {name}=[…].")
    # One more than fit are enough to see that they are too many: some lists never end.
    values = list(itertools.islice(values, MOST_POSITIONS + 1))
    if not values:
        raise ValueError(f"{name} has no positions; it must list at least one value.")
    if len(values) > MOST_POSITIONS:
        raise ValueError(f"{name} lists more than {MOST_POSITIONS} positions; at most {MOST_POSITIONS} fit on a page.")
    said = [_say(value) for value in values]
    for i, text in enumerate(said):
        if text in said[:i]:
            raise ValueError(f"{name} lists the position {text} twice; every position must be there once.")
    return values


def _within(name, ends, count):
    """So many evenly spaced positions of a range."""
    low, high = ends
    if not -math.inf < low < high < math.inf:
        raise ValueError(f"{name} is {ends!r}; a range must be two finite numbers, the smaller one first.")
    between = [low + (high - low) * k / (count - 1) for k in range(1, count - 1)]
    if _whole(ends):
        return list(dict.fromkeys([low, *map(round, between), high]))
    digits = 3 - math.floor(math.log10(high - low))  # of the width: near 1, say, four of the value would be too few
    return list(dict.fromkeys([low, *(round(value, digits) for value in between), high]))


class _Drawing:
    """Calls ``draw`` and takes apart what it draws. What it draws on is drawn once, as the background of all positions."""

    def __init__(self, draw):
        self.draw, self.background, self.figure = draw, None, None
        self.before, self.size = None, None

    def at(self, chosen):
        """The parts of the picture at a position, and its read-out."""
        where = ", ".join(f"{name}={_say(value)}" for name, value in chosen.items())
        what, result = _drawn(self.draw, chosen, where)
        if isinstance(what, Figure) and self.background is None:
            parts = of_figure(what)
            plt.close(what)
            self.size = self.size or parts[0]
            if parts[0] != self.size:
                raise ValueError(f"draw returned a Figure of another size at {where}; all positions must have one size.")
        else:
            artists = [] if isinstance(what, Figure) else _artists(what, where)
            if self.size is None:  # the first: now that its figure is known, draw it as all others will be
                self.figure = artists[0].get_figure(root=True)
                self.background = _parts_without(artists, self.figure)
                self.size = self.background[0]
                self.before = _frozen(self.figure)
                what, result = _drawn(self.draw, chosen, where)
                artists = _artists(what, where)
            if not artists or any(artist.get_figure(root=True) is not self.figure for artist in artists):
                raise TypeError(
                    f"draw returned {what!r} at {where}; it must return the same at every position, either a Figure of its own or "
                    "artists of one and the same Figure."
                )
            parts = of_artists(self.figure, artists)
            _take_back(artists, self.figure)
            plt.close(self.figure)
            if _frozen(self.figure) != self.before:
                raise ValueError(
                    f"draw changed its axes at {where}; it must change nothing but the artists it returns, for limits, titles and "
                    "what else stands there are drawn once, for all positions. Let it return a Figure of its own otherwise."
                )
        settings = [f"{_symbol(name)} = {_say(value)}{UNITS.get(name, '')}" for name, value in chosen.items()]
        says = " · ".join([*settings, *([result] if result else [])])
        return parts, written(says).replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")  # no line ends within α = 0.9


class Explorer:
    """What `explore` returns: a picture for every position, and two ways to show them."""

    def __init__(self, picture, choices, readouts, first, ranges, drawing):
        self._picture, self._choices, self._readouts, self._first = picture, choices, readouts, first
        self._ranges, self._drawing = ranges, drawing

    def __repr__(self):
        sizes = ", ".join(f"{_symbol(name)}: {len(values)} positions" for name, values in self._choices.items())
        return f"explore({sizes})"

    def html(self) -> str:
        """Return the plain HTML of a page: label, range input and output for each slider, and all pictures as one SVG."""
        at = self._index(self._first)
        tag = hashlib.sha256(("".join(self._readouts) + self._picture.all(at)).encode()).hexdigest()[:8]
        rows = []
        for (name, values), k in zip(self._choices.items(), self._first, strict=True):
            says = html.escape(self._readouts[at])
            rows.append(
                f'<div class="explore-slider"><label for="x{tag}-{name}">{html.escape(_symbol(name))}</label>'
                f'<input type="range" id="x{tag}-{name}" name="{name}" min="0" max="{len(values) - 1}" step="1" value="{k}" '
                f'autocomplete="off" aria-valuetext="{says}" '
                f'data-values="{html.escape(json.dumps([written(_say(v)) for v in values], ensure_ascii=False))}"></div>'
            )
        inputs = " ".join(f"x{tag}-{name}" for name in self._choices)
        svg = self._picture.all(at).replace('id="', f'id="x{tag}-').replace("#ID-", f"#x{tag}-")
        svg = svg.replace(' role="img"', f' role="img" aria-labelledby="x{tag}-says"', 1)
        return (
            f'<div class="explore" data-says="{html.escape(json.dumps(self._readouts, ensure_ascii=False))}">{svg}'
            f'<div class="explore-sliders">{"".join(rows)}'
            f'<output id="x{tag}-says" for="{inputs}">{html.escape(self._readouts[at])}</output></div></div>'
        )

    def widget(self):
        """Return the same pictures under ipywidgets sliders, for a live notebook; a range is drawn anew as its slider is moved."""
        import ipywidgets

        sliders = [self._slider(name, values, k) for (name, values), k in zip(self._choices.items(), self._first, strict=True)]
        picture, readout = ipywidgets.HTML(), ipywidgets.Label()

        def show(_=None):
            chosen = [slider.value for slider in sliders]
            if self._ranges:
                values = (
                    value if name in self._ranges else positions[value]
                    for (name, positions), value in zip(self._choices.items(), chosen, strict=True)
                )
                parts, readout.value = self._drawing.at(dict(zip(self._choices, values, strict=True)))
                picture.value = Picture.of([parts], self._drawing.background).one(0)
            else:
                at = self._index(chosen)
                picture.value, readout.value = self._picture.one(at), self._readouts[at]

        for slider in sliders:
            slider.observe(show, "value")
        show()
        played = {"t"} - self._ranges.keys()
        rows = [ipywidgets.HBox([slider, _play(slider)]) if slider.description in played else slider for slider in sliders]
        return ipywidgets.VBox([picture, *rows, readout])

    def _slider(self, name, values, k):
        import ipywidgets

        if name in self._ranges:
            low, high = self._ranges[name]
            look = {"min": low, "max": high, "readout": False, "description": _symbol(name)}
            if _whole(self._ranges[name]):
                return ipywidgets.IntSlider(value=values[k], **look)
            return ipywidgets.FloatSlider(value=values[k], step=(high - low) / 1000, **look)
        options = [(written(_say(value)), i) for i, value in enumerate(values)]
        return ipywidgets.SelectionSlider(options=options, value=k, description=_symbol(name), readout=False)

    def _index(self, chosen):
        at = 0
        for values, k in zip(self._choices.values(), chosen, strict=True):
            at = at * len(values) + k
        return at

    def _repr_mimebundle_(self, include=None, exclude=None):
        return {**self.widget()._repr_mimebundle_(), "text/plain": repr(self), "text/html": self.html()}


def _play(slider):
    """Buttons that play a slider of time."""
    import ipywidgets

    play = ipywidgets.Play(value=slider.index, max=len(slider.options) - 1, interval=700, show_repeat=False)
    ipywidgets.jslink((play, "value"), (slider, "index"))
    return play


def _first_shown(draw, choices):
    """The index of the first-shown position of each slider."""
    try:
        signature = inspect.signature(draw)
    except ValueError:  # some functions that are written in C have none
        signature = inspect.Signature()
    else:
        try:
            signature.bind(**choices)
        except TypeError as error:
            sliders = ", ".join(choices)
            raise ValueError(
                f"draw{signature} has the sliders {sliders}, but {error}; it must take just these by name: a slider is named "
                "like the parameter it moves."
            ) from None
    parameters = signature.parameters
    first = []
    for name, values in choices.items():
        default = parameters[name].default if name in parameters else inspect.Parameter.empty
        said = [_say(value) for value in values]
        if default is inspect.Parameter.empty:
            first.append(len(values) // 2)
        elif _say(default) in said:
            first.append(said.index(_say(default)))
        elif all(isinstance(value, Real) for value in (default, *values)):
            first.append(min(range(len(values)), key=lambda k, name=name, default=default: abs(choices[name][k] - default)))
        else:
            raise ValueError(f"draw starts at {name}={_say(default)}, which is not among the positions of {name}.")
    return first


def _drawn(draw, chosen, where):
    """What draw returns for a position, and the string after it."""
    open_before = set(plt.get_fignums())
    try:
        made = draw(**chosen)
    except Exception as error:
        error.add_note(f"explore was drawing the position {where}.")
        raise
    if isinstance(made, tuple) and len(made) == 2 and _is_number(made[1]):
        raise TypeError(
            f"draw returned the number {made[1]!r} after what it drew, at {where}; what the slider says must be a string, such as "
            f'"f = {_say(made[1])}".'
        )
    what, said = made if isinstance(made, tuple) and len(made) == 2 and isinstance(made[1], str) else (made, "")
    own = set(plt.get_fignums()) - open_before
    # `plt.plot` makes a figure where there is none: then each position has one of its own, whatever draw returns of it.
    return (plt.figure(own.pop()) if len(own) == 1 and not isinstance(what, Figure) else what), said


def _take_back(artists, figure):
    """Remove the artists, and let every position begin with the first colour and line style of the axes' cycle."""
    for artist in artists:
        artist.remove()
    for axes in figure.axes:
        axes.set_prop_cycle(None)


def _artists(what, where):
    several = isinstance(what, Iterable) and getattr(what, "shape", None) != ()
    artists = [what] if isinstance(what, Artist) else list(what) if several else []
    # Axes are artists too, but to take them back would empty the figure; an artist without a figure was taken back before.
    if not artists or not all(
        isinstance(artist, Artist) and not isinstance(artist, Figure | Axes) and artist.get_figure() for artist in artists
    ):
        raise TypeError(
            f"draw returned {what!r} at {where}; it must return a matplotlib Figure or a list of the artists it added to one, "
            f"made anew at each position{'. Does draw end with return?' if what is None else '.'}"
        )
    return list(dict.fromkeys(artists))


def _frozen(figure):
    """What of a figure is drawn once, for all positions: how many artists its axes have, their limits and words."""
    return [
        (len(axes.get_children()), axes.get_xlim(), axes.get_ylim(), axes.get_title(), axes.get_xlabel(), axes.get_ylabel())
        for axes in figure.axes
    ]


def _parts_without(artists, figure):
    """The figure with the artists taken back; from now on its axes keep the limits they have."""
    for axes in figure.axes:
        axes.set(xlim=axes.get_xlim(), ylim=axes.get_ylim())
    _take_back(artists, figure)
    return of_figure(figure)


def _say(value):
    return f"{value:.6g}" if isinstance(value, Real) else str(value)


def _symbol(name):
    return SYMBOLS.get(name, name)
