"""Sliders: every position is drawn once, the page and the notebook show the same pictures, and bad sliders are refused."""

import gzip
import html
import itertools
import json
import math
import re
from functools import cache
from html.parser import HTMLParser
from xml.etree import ElementTree

import ipywidgets
import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.lines import Line2D

from rmsprop_lib import explore as module
from rmsprop_lib import pictures
from rmsprop_lib.explore import Explorer, explore
from rmsprop_lib.figures import STYLE, canvas


@pytest.fixture(autouse=True)
def in_the_style_of_the_course():
    with plt.style.context([STYLE]):
        yield
    plt.close("all")


ALPHAS = [0.5, 0.75, 0.9]


def a_figure(alpha):
    ax = canvas((0, 1), (0, 1), "t", "v")
    ax.plot([0, 1], [0, alpha], color="#0072b2")
    ax.plot([0.5], [alpha], marker="o", color="#d55e00")
    return ax.figure


def some_artists():
    """A draw function that adds to a background drawn once."""
    ax = canvas((0, 1), (0, 1), "t", "v")

    def draw(alpha):
        line = ax.plot([0, 1], [0, alpha], color="#0072b2")
        return [*line, *ax.plot([0.5], [alpha], marker="o", color="#d55e00")], f"v = {alpha**2:.3g}"

    return draw


@cache
def made_of(kind):
    """The explorer that most tests look at, drawn once: from a draw that returns figures, or artists."""
    return explore(a_figure if kind == "figures" else some_artists(), alpha=ALPHAS)


of_either_kind = pytest.mark.parametrize("kind", ["figures", "artists"])


class Page(HTMLParser):
    """What a page holds: its tags with their attributes, and what is inside <output>."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.said, self._in_output = [], "", False
        self.feed(text)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self._in_output = tag == "output" or self._in_output

    def handle_endtag(self, tag):
        self._in_output = self._in_output and tag != "output"

    def handle_data(self, data):
        self.said += data if self._in_output else ""

    def __getitem__(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def bound(text):
    """The text as a read-out has it: no line ends beside the sign of equality."""
    return text.replace(" = ", "\u00a0=\u00a0")


def frames(explorer):
    """The frames of the page, as text."""
    svg = re.search("<svg.*</svg>", explorer.html(), flags=re.S).group()
    return re.findall(r'<g class="frame(?: shown)?">.*?(?=<g class="frame|</svg>)', svg, flags=re.S)


def shapes(svg):
    """What an SVG shows, without the order and the names of its definitions: the leaves with what they refer to."""
    root = ElementTree.fromstring(re.sub(r"^.*?<svg", "<svg", svg, flags=re.S))
    names = {element.get("id"): ElementTree.tostring(element) for element in root.iter() if element.get("id")}

    def leaves(element):
        if element.tag == "defs":
            return
        if not len(element) and element.tag != "g":
            target = names.get(element.get("href", "").removeprefix("#"), b"")
            target = re.sub(rb' id="[^"]*"', b"", target)
            yield element.tag, element.get("d"), element.get("x"), element.get("y"), element.get("style"), element.text, target
        for child in element:
            yield from leaves(child)

    return sorted(leaves(root), key=repr)


# The page.


@of_either_kind
def test_the_page_has_a_label_an_input_and_an_output_for_its_slider(kind):
    page = Page(made_of(kind).html())
    (slider,) = page["input"]
    assert slider["type"] == "range" and (slider["min"], slider["max"], slider["step"]) == ("0", "2", "1")
    assert slider["value"] == "1" and slider["name"] == "alpha" and slider["autocomplete"] == "off"
    assert page["label"] == [{"for": slider["id"]}]
    (svg,) = page["svg"]
    assert page["output"] == [{"id": svg["aria-labelledby"], "for": slider["id"]}]
    assert json.loads(slider["data-values"]) == ["0.5", "0.75", "0.9"]
    (box,) = [attributes for attributes in page["div"] if attributes["class"] == "explore"]
    says = json.loads(box["data-says"])
    assert page.said == slider["aria-valuetext"] == says[1] and len(says) == 3
    assert "α" in made_of(kind).html()
    assert not page["script"] and "http" not in made_of(kind).html()


def test_the_readout_says_the_value_and_the_result():
    explorer = made_of("artists")
    says = json.loads(Page(explorer.html())["div"][0]["data-says"])
    assert says == [bound(text) for text in ("α = 0.5 · v = 0.25", "α = 0.75 · v = 0.562", "α = 0.9 · v = 0.81")]
    assert json.loads(Page(made_of("figures").html())["div"][0]["data-says"]) == [bound(text) for text in ("α = 0.5", "α = 0.75", "α = 0.9")]


@of_either_kind
def test_every_position_has_a_frame_of_its_own_and_one_is_shown(kind):
    explorer = made_of(kind)
    drawn = frames(explorer)
    assert len(drawn) == len(set(drawn)) == 3
    assert [' shown"' in frame for frame in drawn] == [False, True, False]
    for frame in drawn:
        assert "d55e00" in frame and "0072b2" in frame and "<text" not in frame  # the axes are in the background
    ElementTree.fromstring(re.search("<svg.*</svg>", explorer.html(), flags=re.S).group())  # well-formed


def test_the_background_is_there_once():
    lonely = explore(some_artists(), alpha=[0.5]).html()
    many = explore(some_artists(), alpha=np.linspace(0.1, 0.9, 9)).html()
    assert lonely.count("<text") == many.count("<text") > 4
    assert made_of("figures").html().count("<text") == many.count("<text")


@pytest.mark.parametrize("k", range(3))
def test_a_figure_and_artists_show_the_same_picture(k):
    assert shapes(made_of("figures")._picture.one(k)) == shapes(made_of("artists")._picture.one(k))


def test_nothing_is_written_between_the_pictures_and_the_sliders():
    ax = canvas((0, 1), (0, 1), "$\\sqrt{v}$")
    ax.text(0.5, 0.5, "$v_t$", clip_on=True)  # a group in a group: a clipped text with a place of its own
    page = explore(lambda lr, alpha: ax.plot([0, lr], [0, alpha]), lr=[0.1, 0.2], alpha=[0.5, 0.9]).html()
    svg = re.search("<svg.*</svg>", page, flags=re.S).group()
    assert re.sub("<[^>]*>", "", page.replace(svg, "")) == bound("γαγ = 0.2 · α = 0.9")  # two labels and the output
    assert not re.sub(r"<text\b.*?</text>|<[^>]*>", "", svg, flags=re.S).strip()


@pytest.mark.parametrize("odd", range(3))
def test_what_two_positions_share_and_the_third_does_not_is_in_those_two(odd):
    def draw(k):
        ax = canvas((0, 3), (0, 1))
        ax.plot([0, 1], [0, 1], color="#111111" if k == odd else "#222222")
        return ax.figure

    drawn = frames(explore(draw, k=range(3)))
    assert [("111111" in frame, "222222" in frame) for frame in drawn] == [(k == odd, k != odd) for k in range(3)]


@of_either_kind
def test_one_position_is_enough(kind):
    page = Page(explore(a_figure if kind == "figures" else some_artists(), alpha=[0.5]).html())
    assert (page["input"][0]["max"], page["input"][0]["value"]) == ("0", "0")


@of_either_kind
def test_a_picture_is_transparent_and_has_the_size_of_its_figure(kind):
    """Whatever the reader's style is: the page behind it is light or dark."""
    with plt.style.context("default"):
        _, ax = plt.subplots(figsize=(4, 2.5), facecolor="#abcdef")
        ax.set_facecolor("#fedcba")

        def draw(k):
            line = ax.plot([0, k], [0, 1])
            return line if kind == "artists" else ax.figure

        text = explore(draw, k=[1, 2]).html()
    assert "abcdef" not in text and "fedcba" not in text and "#ffffff" not in text
    assert '<svg viewBox="0 0 288 180" width="288" height="180" role="img" aria-labelledby="' in text


def test_references_meet_their_definitions_and_ids_are_not_used_twice():
    for explorer in (made_of("figures"), made_of("artists")):
        for text in (explorer.html(), explorer._picture.one(0)):
            ids = re.findall(r' id="([^"]*)"', text)
            assert len(ids) == len(set(ids))
            used = set(re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', text))
            assert {a or b for a, b in used} <= set(ids) and used


def test_what_a_text_says_is_not_rounded():
    def draw(alpha=0.5):
        ax = canvas((0, 0.25), (0, 0.01))
        ax.set_xticks([0.125])
        ax.set_yticks([0.005])
        ax.text(0.1, 0.001, f"f = {alpha / 3:.5f}  <α> & x")
        return ax.figure

    page = explore(draw, alpha=[0.5, 0.7]).html()
    assert ">0.125<" in page and ">0.005<" in page
    assert ">f = 0.16667  &lt;α&gt; &amp; x<" in page and ">f = 0.23333  &lt;α&gt; &amp; x<" in page


def test_coordinates_are_short():
    for frame in frames(explore(some_artists(), alpha=[1 / 3, 2 / 3])):
        assert not re.search(r"\d\.\d{3}", frame)


def test_points_drawn_together_look_the_same_and_are_one_path(chromium, monkeypatch):
    def draw(alpha):
        ax = canvas((0, 1), (0, 1))
        for k, marker in enumerate("o^sD"):  # some of the points lie outside, or on one another
            ax.plot([-0.02, 0.3, 0.5, 0.5, 1], [0.2 * k, alpha, 0.7, 0.7, 1 - 0.2 * k], marker, markeredgecolor="#c0ffee")
        ax.plot([0.1, 0.6], [alpha, 0.1], "o-", alpha=0.5)
        ax.scatter([0.2, 0.8, 0.9], [alpha, 0.5, 0.4], c=["#ff0000", "#ff0000", "#00ff00"])
        return ax.figure

    def seen(text):
        page.set_content(f"<style>.frame:not(.shown) {{ display: none }}</style>{text}")
        return page.locator("svg").screenshot()

    page = chromium.new_page()
    together = explore(draw, alpha=[0.5, 0.7, 0.9]).html()
    monkeypatch.setattr("rmsprop_lib.pictures.drawn_together", lambda svg: (svg, []))
    apart = explore(draw, alpha=[0.5, 0.7, 0.9]).html()
    assert together.count("<marker") >= 4 and together.count("<use") < apart.count("<use") and "<marker" not in apart
    assert seen(together) == seen(apart)
    page.close()


def test_hatching_clipping_markers_scatter_and_images_are_kept():
    def draw(alpha=0.5):
        ax = canvas((0, 1), (0, 1))
        ax.bar([0.5], [alpha], hatch="//")
        ax.scatter([0.1, 0.2], [alpha, 0.3], marker="^")
        ax.imshow([[0, alpha], [1, 0]], extent=(0.6, 0.9, 0.6, 0.9), aspect="auto")
        ax.fill_between([0, 1], [0, alpha], alpha=0.2)
        ax.annotate("", (0.2, 0.2), (0.8, alpha), arrowprops={"arrowstyle": "->"})
        return ax.figure

    page = explore(draw, alpha=[0.5, 0.7]).html()
    assert "<pattern" in page and "<clipPath" in page and "<image" in page and "<use" in page
    ids = set(re.findall(r' id="([^"]*)"', page))
    assert {a or b for a, b in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', page)} <= ids


# Two sliders.


def test_an_artist_with_nothing_to_draw_leaves_no_open_group():
    ax = canvas((0, 1), (0, 1))

    def draw(alpha):
        return [*ax.plot([], [], "^"), *ax.plot([0, 1], [0, alpha])]

    svg = re.search(r"<svg.*</svg>", explore(draw, alpha=ALPHAS).html(), flags=re.S).group()
    frames = [g for g in ElementTree.fromstring(svg) if g.get("class", "").startswith("frame")]
    assert len(frames) == len(ALPHAS) and all(len(list(frame.iter("path"))) == 1 for frame in frames)


def test_two_sliders_are_a_grid_in_the_order_of_their_names():
    ax = canvas((0, 10), (0, 10))
    drawn = []

    def draw(lr, alpha=0.9):
        drawn.append((lr, alpha))
        return ax.plot([0, lr], [0, alpha]), f"{lr}/{alpha}"

    explorer = explore(draw, lr=[1, 2], alpha=[0.5, 0.7, 0.9])
    del drawn[0]
    assert drawn == [(1, 0.5), (1, 0.7), (1, 0.9), (2, 0.5), (2, 0.7), (2, 0.9)]  # the last slider moves fastest
    page = Page(explorer.html())
    says = json.loads(page["div"][0]["data-says"])
    assert says == [bound(f"γ = {lr} · α = {alpha} · {lr}/{alpha}") for lr, alpha in drawn]
    assert [(slider["name"], slider["max"], slider["value"]) for slider in page["input"]] == [("lr", "1", "1"), ("alpha", "2", "2")]
    assert page["output"][0]["for"].split() == [slider["id"] for slider in page["input"]]
    assert page.said == says[5] and len(set(frames(explorer))) == 6
    assert repr(explorer) == "explore(γ: 2 positions, α: 3 positions)"
    for k, (lr, alpha) in enumerate(drawn):
        widget = explorer.widget()
        widget.children[1].value, widget.children[2].value = [1, 2].index(lr), [0.5, 0.7, 0.9].index(alpha)
        assert widget.children[3].value == says[k] and widget.children[0].value == explorer._picture.one(k)


# The notebook.


@of_either_kind
def test_the_notebook_moves_the_same_pictures(kind):
    explorer = made_of(kind)
    box = explorer.widget()
    picture, slider, readout = box.children
    assert isinstance(slider, ipywidgets.SelectionSlider) and slider.description == "α"
    assert [label for label, _ in slider.options] == ["0.5", "0.75", "0.9"] and slider.value == 1
    says = json.loads(Page(explorer.html())["div"][0]["data-says"])
    seen = []
    for k in (2, 0, 1):
        slider.value = k
        assert readout.value == says[k]
        seen.append(picture.value)
        inside = frames(explorer)[k].partition(">")[2].rpartition("</g>")[0]
        bare = re.sub(r'(href="#|url\(#)x[0-9a-f]{8}-', r"\1", inside)
        assert bare in picture.value  # the frame of the page, without the page's prefix
        ElementTree.fromstring(picture.value)
    assert len(set(seen)) == 3


def test_the_notebook_does_not_draw_again():
    drawn = []
    draw = some_artists()
    explorer = explore(lambda alpha: drawn.append(alpha) or draw(alpha), alpha=ALPHAS)
    assert drawn == [ALPHAS[0], *ALPHAS]  # the first, to see which figure it is drawn on, and then every one
    slider = explorer.widget().children[1]
    for k in (0, 2, 1):
        slider.value = k
    explorer.html()
    assert len(drawn) == 4


def test_the_sliders_of_the_notebook_move_while_they_are_dragged_and_leave_the_read_out_to_the_line_below():
    slider = made_of("artists").widget().children[1]
    assert slider.continuous_update is True and slider.readout is False


def test_time_can_be_played(monkeypatch):
    linked = []
    monkeypatch.setattr(ipywidgets, "jslink", lambda one, other: linked.append((one, other)))
    ax = canvas((0, 9), (0, 9))
    _, row, other, readout = explore(lambda t, lr=2: ax.plot([0, t], [0, lr]), t=[1, 2, 3, 4], lr=[1, 2]).widget().children
    slider, play = row.children
    assert isinstance(row, ipywidgets.HBox) and isinstance(play, ipywidgets.Play)
    assert slider.description == "t" and other.description == "γ" and isinstance(other, ipywidgets.SelectionSlider)
    assert (play.min, play.max, play.value, play.interval, play.show_repeat) == (0, 3, 2, 700, False)  # from the position shown first
    assert linked == [((play, "value"), (slider, "index"))]
    slider.index = 3
    assert readout.value == bound("t = 4 · γ = 2")


def test_what_is_not_time_is_not_played():
    assert not any(isinstance(part, ipywidgets.HBox) for part in made_of("artists").widget().children)


def test_a_display_holds_the_page_and_the_widget():
    explorer = made_of("artists")
    bundle = explorer._repr_mimebundle_()
    assert bundle["text/html"] == explorer.html() and bundle["text/plain"] == repr(explorer) == "explore(α: 3 positions)"
    assert bundle["application/vnd.jupyter.widget-view+json"]["model_id"]
    assert isinstance(explorer, Explorer)


# Which position is shown first, and how values are said.


def first(draw, **choices):
    return [slider["value"] for slider in Page(explore(draw, **choices).html())["input"]]


def test_the_default_of_draw_is_shown_first():
    ax = canvas((0, 10), (0, 10))
    assert first(lambda alpha=0.9: ax.plot([0, alpha]), alpha=[0.9, 0.5, 0.7]) == ["0"]
    assert first(lambda alpha=0.3: ax.plot([0, alpha]), alpha=np.arange(1, 10) / 10) == ["2"]  # 0.30000000000000004
    assert first(lambda alpha: ax.plot([0, alpha]), alpha=[1, 2, 3, 4]) == ["2"]
    assert first(lambda **all: ax.plot([0, all["k"]]), k=[1, 2, 3]) == ["1"]
    assert first(lambda a, b=2: ax.plot([a, b]), a=[1], b=[1, 2]) == ["0", "1"]


def test_formulas_are_kept():
    ax = canvas((0, 1), (0, 1), "$\\sqrt{v}$")
    explorer = explore(lambda k: ax.text(0, 0, f"$m_{k}$"), k=[1, 2])
    assert explorer.html().count("√") == 1
    assert [re.sub(r"<[^>]*>|\s", "", frame) for frame in frames(explorer)] == ["m1", "m2"]


def test_markers_outside_of_the_window_leave_no_definition():
    ax = canvas((0, 1), (0, 1))
    page = explore(lambda k: ax.plot([5, k], [5, k], "^"), k=[3, 4]).html()
    ids = set(re.findall(r' id="([^"]*)"', re.search("<svg.*</svg>", page, flags=re.S).group()))
    assert ids and ids == {a or b for a, b in re.findall(r'href="#([^"]*)"|url\(#([^)]*)\)', page)}


def test_the_same_image_at_every_position_has_no_id_twice():
    ax = canvas((0, 1), (0, 1))
    page = explore(lambda k: [ax.imshow([[0, 1], [1, 0]], extent=(0, 1, 0, 1), aspect="auto"), *ax.plot([0, k])], k=[0.1, 0.2]).html()
    ids = re.findall(r' id="([^"]*)"', page)
    assert page.count("<image ") == 2 and len(ids) == len(set(ids))
    ElementTree.fromstring(re.search("<svg.*</svg>", page, flags=re.S).group())  # well-formed


def test_rounded():
    assert pictures.rounded('<path d="M 3.001 -0.126 L 12.300 100.0 z"/>') == '<path d="M 3 -0.13 L 12.3 100 z"/>'
    assert pictures.rounded('<rect width="10" height="0.5049" y=".5"/>') == '<rect width="10" height="0.5" y=".5"/>'


def test_a_long_line_is_written_in_steps_and_ends_where_it_did():
    """Read back, every point is within a twentieth of a point of where it was: no error adds up."""
    points = np.random.default_rng(3).uniform(-200, 400, (300, 2))
    line = "M " + " L ".join(f"{x:.6f} {y:.6f}" for x, y in points[:200]) + " z M " + " L ".join(f"{x:.6f} {y:.6f}" for x, y in points[200:])
    written = re.search('d="([^"]*)"', pictures.rounded(f'<path d="{line}" style="fill:none"/>')).group(1)
    assert len(written) < len(line) / 2 and re.sub(r"[\d .-]", "", written) == "MlzMl"
    read = []
    for piece in written.split("M")[1:]:
        numbers = np.array(re.findall(r"-?[\d.]+", piece), dtype=float).reshape(-1, 2)
        read.extend(numbers.cumsum(axis=0))
    np.testing.assert_allclose(read, points, rtol=0, atol=0.0501)
    assert pictures.rounded(f'<path d="M 1.04 2 {"z" * 120}"/>') == '<path d="M1 2z"/>'


def test_a_text_that_is_not_turned_says_nothing_of_turning():
    assert pictures.rounded('<text x="1" transform="rotate(-0 39.65 239.74)">') == '<text x="1">'
    assert pictures.rounded('<text x="1" transform="rotate(-90 3.123 2)">') == '<text x="1" transform="rotate(-90 3.12 2)">'


def test_values_and_symbols():
    ax = canvas((0, 10), (0, 10))
    explorer = explore(lambda rule, t: ax.plot([0, t]), rule=["RMSprop", "Adam"], t=[np.float32(0.1), 1 / 3])
    says = json.loads(Page(explorer.html())["div"][0]["data-says"])
    assert says[:2] == [bound("rule = RMSprop · t = 0.1"), bound("rule = RMSprop · t = 0.333333")]
    names = ["alpha", "angle", "beta", "beta1", "beta2", "eps", "kappa", "lam", "lr", "rho", "sigma", "t"]
    assert [module._symbol(name) for name in names] == list("αθβ") + ["β₁", "β₂"] + list("εκλγρσt")
    assert [module._say(value) for value in (1, 2.0, 1e-8, 1e20, "α", None, (1, 2))] == ["1", "2", "1e-08", "1e+20", "α", "None", "(1, 2)"]


def test_an_angle_has_its_degrees_and_a_long_number_its_spaces():
    ax = canvas((0, 10), (0, 10))
    told = "31648 steps, 12.34567 and 1234"
    explorer = explore(lambda angle: (ax.plot([0, angle]), told), angle=[0, 45])
    says = json.loads(Page(explorer.html())["div"][0]["data-says"])
    assert says[1] == bound("θ = 45° · 31\u202f648 steps, 12.34567 and 1234")


@pytest.mark.parametrize("ends", [(0.5, 0.99999), (0.999, 0.9991), (0.12345, 0.12349), (1e-8, 1e-2)])
def test_a_range_keeps_its_ends_and_stays_within_them(ends):
    positions = module._within("alpha", ends, 21)
    assert positions[0] == ends[0] and positions[-1] == ends[1]
    assert len(positions) == 21 and positions == sorted(set(positions))


def test_numbers_of_a_readout_are_written_as_people_write_them():
    ax = canvas((0, 10), (0, 10))
    explorer = explore(lambda eps: (ax.plot([0, 1]), f"f = {-1.7e-22:.2g}"), eps=[1e-8, -2.5e-300, 0.5])
    page = Page(explorer.html())
    assert json.loads(page["div"][0]["data-says"])[:2] == [bound(f"ε = {eps} · f = −1.7·10⁻²²") for eps in ("10⁻⁸", "−2.5·10⁻³⁰⁰")]
    assert json.loads(page["input"][0]["data-values"]) == ["10⁻⁸", "−2.5·10⁻³⁰⁰", "0.5"]
    assert explorer.widget().children[1].options == (("10⁻⁸", 0), ("−2.5·10⁻³⁰⁰", 1), ("0.5", 2))


def test_what_is_written_otherwise_stays():
    written = {"(-1, 2e+05), -.5": "(−1, 2·10⁵), −.5", "1.0e+00": "10⁰", "1→-2": "1→−2"}
    written |= {text: text for text in ("8-bit", "x-1", "2-3", "x₁-2", "1e", "v1.2e3", "0x1e5a", "e-8", "f(x)-1", "RMSprop-like", "3.0")}
    assert [pictures.written(text) for text in written] == list(written.values())


def test_what_is_said_is_escaped():
    ax = canvas((0, 10), (0, 10))
    says = "<b>\"x\" & 'y'</b><script>"
    explorer = explore(lambda t: (ax.plot([0, t]), says), t=[1, 2])
    text = explorer.html()
    assert says not in text and "<script" not in text and "<b>" not in text and html.escape(says) in text
    page = Page(text)
    assert page.said == page["input"][0]["aria-valuetext"] == bound(f"t = 2 · {says}")
    assert json.loads(page["div"][0]["data-says"]) == [bound(f"t = 1 · {says}"), bound(f"t = 2 · {says}")]
    values = Page(explore(lambda rule: ax.plot([0, 1]), rule=["<i>", '"']).html())["input"][0]["data-values"]
    assert json.loads(values) == ["<i>", '"']
    greek = explore(lambda alpha: ax.plot([0, 1]), alpha=["α₁", "α₂"]).html()  # as it is read, and short: not as \\u03b1
    assert "[&quot;α₁&quot;, &quot;α₂&quot;]" in greek and bound("[&quot;α = α₁&quot;, &quot;α = α₂&quot;]") in greek


# Same input, same bytes; nothing is left behind.


@of_either_kind
def test_the_same_input_gives_the_same_bytes(kind):
    def again():
        return explore(a_figure if kind == "figures" else some_artists(), alpha=ALPHAS).html()

    mpl.rcParams["svg.hashsalt"], mpl.rcParams["svg.fonttype"] = None, "path"  # whatever the reader's settings are
    assert again() == again() == made_of(kind).html()
    assert mpl.rcParams["svg.hashsalt"] is None and mpl.rcParams["svg.fonttype"] == "path"


def test_a_cell_run_twice_gives_the_same_bytes():
    draw = some_artists()  # the cell that drew the background is not run again
    assert explore(draw, alpha=ALPHAS).html() == explore(draw, alpha=ALPHAS).html()


def test_other_pictures_have_other_ids():
    def tag(explorer):
        return Page(explorer.html())["input"][0]["id"]

    assert tag(explore(a_figure, alpha=[0.5, 0.75])) != tag(explore(a_figure, alpha=[0.75, 0.9]))
    # Nor do two sliders on one page share ids when they differ in the position shown first alone, or in what they say.
    draw, other = some_artists(), lambda alpha: (draw(alpha)[0], "another result")
    first_shown_first = lambda alpha=0.5: draw(alpha)  # noqa: E731
    assert len({tag(explore(draw, alpha=ALPHAS)), tag(explore(first_shown_first, alpha=ALPHAS)), tag(explore(other, alpha=ALPHAS))}) == 3


def test_no_figure_stays_open_and_no_artist_stays_behind():
    explore(a_figure, alpha=ALPHAS)
    assert plt.get_fignums() == []
    ax = canvas((0, 1), (0, 1))
    (there,) = ax.plot([0, 1], [1, 0])
    dpi = ax.figure.dpi
    explore(lambda alpha: ax.plot([0, alpha]), alpha=ALPHAS)
    assert plt.get_fignums() == [] and ax.lines[:] == [there] and ax.figure.dpi == dpi


def test_a_figure_of_the_readers_stays_open():
    ax, mine = canvas((0, 1), (0, 1)), plt.figure()
    explore(lambda alpha: ax.plot([0, alpha]), alpha=ALPHAS)
    assert plt.get_fignums() == [mine.number]

    def draw(alpha):
        figure = a_figure(alpha)
        plt.figure(mine.number)  # makes it the current one
        return figure

    explore(draw, alpha=ALPHAS)
    assert plt.get_fignums() == [mine.number]


def test_an_artist_may_be_made_once_and_added_anew_at_every_position():
    ax = canvas((0, 1), (0, 1))
    line = Line2D([], [], color="#111111")

    def draw(k):
        line.set_data([0, 1], [0, k])
        return [ax.add_line(line)]

    drawn = frames(explore(draw, k=[0.1, 0.2, 0.3]))
    assert len(set(drawn)) == 3 and all("111111" in frame for frame in drawn) and line not in ax.lines


def test_artists_may_lie_on_figures_within_a_figure():
    figure = plt.figure()
    left, right = figure.subfigures(1, 2)
    axes = [left.subplots(), right.subplots()]
    explorer = explore(lambda k: [*axes[0].plot([0, k], color="#111111"), *axes[1].plot([k, 0], color="#222222")], k=[1, 2])
    assert all("111111" in frame and "222222" in frame for frame in frames(explorer)) and plt.get_fignums() == []


def test_the_limits_are_those_of_the_first_position():
    """Limits that nobody fixed beforehand: the frames share one pair of axes nevertheless."""
    for alpha in ([2, 1], [2, 2.04]):
        _, ax = plt.subplots()

        def draw(alpha, ax=ax):
            return ax.plot([0, alpha], [0, alpha], color="#111111", linestyle="-")

        explorer = explore(draw, alpha=alpha)
        assert explorer.html() == explore(draw, alpha=alpha).html()
        heights = [[float(y) for y in re.findall(r"[ML] [\d.]+ (-?[\d.]+)", frame)] for frame in frames(explorer)]
        (bottom, top), (same_bottom, other) = heights
        assert bottom == same_bottom and abs((bottom - other) - (bottom - top) / 2 * alpha[1]) < 0.1


def test_artists_are_drawn_in_their_order_and_may_come_in_many_kinds():
    ax = canvas((0, 1), (0, 1))

    def draw(k):
        over = ax.plot([0, 1], [0.5, 0.5], color="#111111", zorder=5)
        under = ax.plot([0, 1], [0.6, 0.6], color="#222222", zorder=1)
        return [*over, *under, *ax.bar([k / 10], [0.2], color="#333333", zorder=3), ax.text(0.1, 0.1, f"{k}", zorder=9)]

    for frame in frames(explore(draw, k=[1, 2])):
        order = [frame.index(what) for what in ("222222", "333333", "111111", "<text")]
        assert order == sorted(order)
    assert len(frames(explore(lambda k: ax.text(0, k, "α"), k=[0.1, 0.2]))) == 2  # one artist alone
    assert len(frames(explore(lambda k: iter(ax.plot([0, k])), k=[0.1, 0.2]))) == 2
    assert len(frames(explore(lambda k: tuple(ax.plot([0, k])), k=[0.1, 0.2]))) == 2


# Bad input.


def never(**chosen):
    raise AssertionError("draw must not be called")


REFUSED = {
    "no slider": (lambda: explore(never), "explore has no slider; name at least one, such as explore(draw, alpha=[0.5, 0.9, 0.99])."),
    "draw a number": (lambda: explore(3, alpha=ALPHAS), "draw is 3; it must be a function that draws one position"),
    "draw a figure": (lambda: explore(plt.figure(), alpha=ALPHAS), "draw is <Figure"),
    "no positions": (lambda: explore(never, alpha=[]), "alpha has no positions; it must list at least one value."),
    "no positions, array": (lambda: explore(never, alpha=[1], lr=np.array([])), "lr has no positions; it must list at least one value."),
    **{
        f"positions {bad!r}": (
            lambda bad=bad: explore(never, alpha=bad),
            f"alpha is {bad!r}; it must list the positions, such as alpha=[0.5, 0.9, 0.99].",
        )
        for bad in (0.9, None, "0.9", b"0.9", 1j, np.array(0.9), {0.5: 1, 0.9: 2}, {0.5}, 0, -1, 400)
    },
    "how many": (lambda: explore(never, t=10), "t is 10; it must list the positions, such as t=range(11)."),
    "a switch": (lambda: explore(never, on=True), "on is True; it must list the positions, such as on=[False, True]."),
    "a range and its step": (
        lambda: explore(never, alpha=(0.1, 0.9, 0.2)),
        "alpha is (0.1, 0.9, 0.2); a range is two numbers, alpha=(0.1, 0.9), and positions are a list, alpha=[…].",
    ),
    "without a name": (
        lambda: explore(never, [0.5, 0.9]),
        "explore was given [0.5, 0.9] without a name; a slider has the name of draw's parameter, such as explore(draw, alpha=[",
    ),
    "another name": (
        lambda: explore(lambda alpha: never(), beta=[1]),
        "draw(alpha) has the sliders beta, but missing a required argument: 'alpha'; it must take just these by name: a slider is named like",
    ),
    "one name too many": (lambda: explore(lambda lr=0.1: never(), lr=[0.1], beta=[1]), "draw(lr=0.1) has the sliders lr, beta, but got an unexpected"),
    "one name too few": (lambda: explore(lambda lr, beta: never(), lr=[0.1]), "draw(lr, beta) has the sliders lr, but missing a required argument"),
    "the same twice": (lambda: explore(never, alpha=[0.5, 0.9, 0.5]), "alpha lists the position 0.5 twice; every position must be there once."),
    "said the same": (lambda: explore(never, alpha=[0.12345678, 0.12345679]), "alpha lists the position 0.123457 twice"),
    "1 and 1.0": (lambda: explore(never, alpha=[1, 1.0]), "alpha lists the position 1 twice"),
    "arrays": (lambda: explore(never, alpha=[np.zeros(2), np.zeros(2)]), "alpha lists the position [0. 0.] twice"),
    "default": (lambda: explore(lambda alpha="x": never(), alpha=ALPHAS), "draw starts at alpha=x, which is not among the positions of alpha."),
    "a range downwards": (lambda: explore(never, alpha=(0.9, 0.5)), "alpha is (0.9, 0.5); a range must be two finite numbers, the smaller one first."),
    "an endless range": (lambda: explore(never, alpha=(0.9, math.inf)), "alpha is (0.9, inf); a range must be two finite numbers"),
    "a range of nothing": (lambda: explore(never, alpha=(0.9, 0.9)), "alpha is (0.9, 0.9); a range must be two finite numbers"),
    "default of the second": (lambda: explore(lambda a, b="x": never(), a=[1], b=["y"]), "draw starts at b=x, which is not among"),
    "too many": (lambda: explore(never, alpha=range(401)), "alpha lists more than 400 positions; at most 400 fit on a page."),
    "without end": (lambda: explore(never, alpha=itertools.count()), "alpha lists more than 400 positions; at most 400 fit on a page."),
    "a huge grid": (
        lambda: explore(never, **{name: range(400) for name in "abcdefgh"}),
        "the grid has 400 × 400 × 400 × 400 × 400 × 400 × 400 × 400 = 655360000000000000000 positions; at most 400 fit on a page.",
    ),
    "a large grid": (
        lambda: explore(never, a=range(21), b=range(20)),
        "the grid has 21 × 20 = 420 positions; at most 400 fit on a page.",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_a_bad_slider_is_refused_before_anything_is_drawn(case):
    call, sentence = REFUSED[case]
    with pytest.raises(ValueError) as error:
        call()
    assert str(error.value).startswith(sentence) and str(error.value).endswith(".")


def test_as_many_positions_as_fit(monkeypatch):
    monkeypatch.setattr(module, "MOST_POSITIONS", 6)
    ax = canvas((0, 400), (0, 1))
    assert len(frames(explore(lambda a, b: ax.plot([a, b]), a=range(3), b=range(2)))) == 6
    with pytest.raises(ValueError, match="the grid has 4 × 2 = 8 positions; at most 6 fit on a page."):
        explore(lambda a, b: ax.plot([a, b]), a=range(4), b=range(2))
    with pytest.raises(ValueError, match="a lists more than 6 positions; at most 6 fit on a page."):
        explore(lambda a: ax.plot([a]), a=range(7))


def test_pictures_that_weigh_too_much_are_refused(monkeypatch):
    rng = np.random.default_rng(0)
    ax = canvas((0, 1), (0, 1))
    points = rng.uniform(size=(3, 2, 6000))
    with pytest.raises(ValueError) as error:
        explore(lambda k: ax.plot(*points[k]), k=range(3))
    with monkeypatch.context() as patch:
        patch.setattr(module, "MOST_BYTES", math.inf)
        weight = len(gzip.compress(explore(lambda k: ax.plot(*points[k]), k=range(3)).html().encode(), mtime=0))
    assert str(error.value) == (
        f"the 3 positions weigh {weight // 1000} kB compressed; at most 60 kB fit on a page. "
        "Draw fewer positions or fewer points, or let draw return only the artists that change."
    )
    draw = some_artists()
    weight = len(gzip.compress(explore(draw, alpha=ALPHAS).html().encode(), mtime=0))
    assert weight < 4000
    monkeypatch.setattr(module, "MOST_BYTES", weight)
    explore(draw, alpha=ALPHAS)
    monkeypatch.setattr(module, "MOST_BYTES", weight - 1)
    with pytest.raises(ValueError, match="the 3 positions weigh"):
        explore(draw, alpha=ALPHAS)


def test_the_colour_cycle_begins_anew_at_every_position():
    """A line without a look of its own looks the same at every position, and when the cell is run again."""
    ax = canvas((0, 1), (0, 1))
    ax.plot([0, 1], [0.3, 0.3])  # takes the first look of the cycle
    one = explore(lambda k: ax.plot([0, k], [k, 0]) + ax.plot([0, k], [0, k]), k=[0.1, 0.2, 0.3])
    styles = [re.findall('style="([^"]*)"', frame) for frame in frames(one)]
    assert len(styles[0]) == 2 and styles[0][0] != styles[0][1] and styles[0] == styles[1] == styles[2]
    again = explore(lambda k: ax.plot([0, k], [k, 0]) + ax.plot([0, k], [0, k]), k=[0.1, 0.2, 0.3])
    assert again.html() == one.html()


def test_a_draw_that_raises_at_its_far_end_says_where():
    ax = canvas((0, 1), (0, 1))

    def draw(lr, alpha):
        if (lr, alpha) == (2, 1.0):
            raise ZeroDivisionError("alpha is 1")
        return ax.plot([lr, alpha])

    with pytest.raises(ZeroDivisionError, match="alpha is 1") as error:
        explore(draw, lr=[1, 2], alpha=[0.5, 1.0])
    assert error.value.__notes__ == ["explore was drawing the position lr=2, alpha=1."]


def test_a_draw_that_does_something_else_the_second_time_says_where():
    """The first position is drawn twice: once to see on which figure."""
    ax, calls = canvas((0, 1), (0, 1)), []

    def once(then):
        def draw(alpha):
            calls.append(alpha)
            return ax.plot([0, alpha]) if len(calls) == 1 else then()

        calls.clear()
        return draw

    with pytest.raises(ZeroDivisionError) as error:
        explore(once(lambda: 1 / 0), alpha=ALPHAS)
    assert error.value.__notes__ == ["explore was drawing the position alpha=0.5."]
    with pytest.raises(TypeError, match="^draw returned None at alpha=0.5; it must"):
        explore(once(lambda: None), alpha=ALPHAS)


def test_a_draw_whose_parameters_cannot_be_asked_for_says_where():
    with pytest.raises(TypeError, match="beta") as error:
        explore(int, beta=[0.5])
    assert error.value.__notes__ == ["explore was drawing the position beta=0.5."]


@pytest.mark.parametrize(
    "nonsense",
    [None, 3, "figure", [], [1], [[], []], (), (None, "f = 1"), {"a": 1}, np.array(1), Line2D([0], [0]), [Line2D([0], [0])], print],
    ids=lambda value: repr(value)[:30],
)
def test_a_draw_that_returns_neither_figure_nor_artists_says_where(nonsense):
    with pytest.raises(TypeError) as error:
        explore(lambda alpha: nonsense, alpha=[0.5, 0.9])
    what = nonsense[0] if isinstance(nonsense, tuple) and nonsense else nonsense
    assert str(error.value) == (
        f"draw returned {what!r} at alpha=0.5; it must return a matplotlib Figure or a list of the artists it added to one, "
        f"made anew at each position{'. Does draw end with return?' if what is None else '.'}"
    )


def test_a_draw_that_returns_nonsense_at_its_far_end_says_where():
    ax = canvas((0, 1), (0, 1))
    with pytest.raises(TypeError, match="at alpha=0.9"):
        explore(lambda alpha: ax.plot([0, alpha]) if alpha < 0.9 else None, alpha=ALPHAS)


def test_axes_are_not_taken_out_of_their_figure():
    ax = canvas((0, 1), (0, 1))
    with pytest.raises(TypeError, match="draw returned <Axes.* at alpha=0.5; it must return a matplotlib Figure or a list of the artists it"):
        explore(lambda alpha: ax, alpha=ALPHAS)
    assert ax.figure.axes == [ax]


def test_an_artist_moved_and_not_made_is_refused():
    ax = canvas((0, 1), (0, 1))
    (line,) = ax.plot([0, 1])

    def draw(alpha):
        line.set_data([0, 1], [0, alpha])
        return [line]

    with pytest.raises(TypeError, match="at alpha=0.5; .* made anew at each position"):
        explore(draw, alpha=ALPHAS)


def test_an_artist_named_twice_is_drawn_once():
    ax = canvas((0, 1), (0, 1))
    assert [frame.count("<path") for frame in frames(explore(lambda k: ax.plot([0, k]) * 2, k=[0.1, 0.2]))] == [1, 1]


def other_axes(at, one, other):
    return lambda alpha: other(alpha) if alpha == at else one(alpha)


MIXED = {
    "two figures at once": lambda a, b: (0.5, lambda alpha: a.plot([0, alpha]) + b.plot([0, alpha])),
    "another figure at the far end": lambda a, b: (0.9, other_axes(0.9, lambda alpha: a.plot([0, alpha]), lambda alpha: b.plot([0, alpha]))),
    "artists after a figure": lambda a, b: (0.9, other_axes(0.9, lambda alpha: plt.figure(), lambda alpha: b.plot([0, alpha]))),
    "a figure after artists": lambda a, b: (0.9, other_axes(0.9, lambda alpha: a.plot([0, alpha]), lambda alpha: plt.figure())),
}


@pytest.mark.parametrize("case", MIXED)
def test_every_position_is_drawn_in_one_way(case):
    at, draw = MIXED[case](canvas((0, 1), (0, 1)), canvas((0, 1), (0, 1)))
    with pytest.raises(TypeError, match=f"at alpha={at}; it must return the same at every position, either a Figure of its own or artists of"):
        explore(draw, alpha=[0.5, 0.9])


def test_figures_of_two_sizes_are_refused():
    with pytest.raises(ValueError, match="draw returned a Figure of another size at k=3; all positions must have one size."):
        explore(lambda k: plt.figure(figsize=(max(k, 2), 2)), k=[1, 2, 3])


CHANGES = {
    "an artist it does not return": lambda ax, k: ax.plot([0, 1]),
    "limits": lambda ax, k: ax.set_xlim(0, k),
    "title": lambda ax, k: ax.set_title(f"k = {k}"),
    "label": lambda ax, k: ax.set_ylabel(f"f at {k}"),
    "another axes": lambda ax, k: ax.twinx(),
    "everything": lambda ax, k: ax.clear(),
}


@pytest.mark.parametrize("case", CHANGES)
def test_a_draw_that_changes_what_is_drawn_once_says_where(case):
    """The page would show it as it was at the first position, whatever the slider says."""
    ax = canvas((0, 1), (0, 1))

    def draw(k):
        if k == 0.9:
            CHANGES[case](ax, k)
        return ax.plot([0, k])

    with pytest.raises(ValueError) as error:
        explore(draw, k=[0.5, 0.9])
    assert str(error.value).startswith("draw changed its axes at k=0.9; it must change nothing but the artists it returns")
    assert str(error.value).endswith(".")


def test_nested_groups_keep_their_order():
    """An outer clip moved inside an inner transform would cut something else."""
    svg = '<g clip-path="url(#a)"><g transform="scale(2)"><path d="M 0 0"/></g><path d="M 1 1"/></g>'
    inner, outer = pictures._split(svg)[0]
    assert inner == '<g clip-path="url(#ID-a)"><g transform="scale(2)"><path d="M 0 0"/></g></g>'
    assert outer == '<g clip-path="url(#ID-a)"><path d="M 1 1"/></g>'


@pytest.mark.parametrize("default, shown", [(0.9, 0.99), (0.7, 0.5), (-3, 0.5), (0.5, 0.5)])
def test_a_default_between_the_positions_shows_the_nearest(default, shown):
    ax = canvas((0, 1), (0, 1))

    def draw(alpha=default):
        return ax.plot([0, 1], [0, alpha])

    assert bound(f"α = {shown}") in explore(draw, alpha=[0.5, 0.99]).html().partition("<output")[2]


def ranged():
    ax = canvas((0, 1), (0, 1))

    def draw(alpha=0.6, k=2):
        return ax.plot([0, 1], [0, alpha * k]), f"top at {alpha * k:.3f}"

    return explore(draw, alpha=(0.5, 0.9), k=[1, 2])


def test_a_range_is_positions_on_the_page():
    page = ranged().html()
    values = json.loads(html.unescape(re.search(r'name="alpha".*?data-values="([^"]*)"', page).group(1)))
    assert values == [f"{v:.6g}" for v in np.linspace(0.5, 0.9, 21)] and page.count('<g class="frame') == 42
    assert bound("α = 0.6 · k = 2 · top at 1.200") in page.partition("<output")[2]


def test_a_range_is_drawn_anew_in_the_notebook():
    picture, alpha, k, readout = ranged().widget().children
    assert (alpha.min, alpha.max, alpha.value) == (0.5, 0.9, 0.6) and alpha.description == "α"
    before = picture.value
    alpha.value = 0.7345
    assert readout.value == bound("α = 0.7345 · k = 2 · top at 1.469") and picture.value != before
    k.value = 0
    assert readout.value == bound("α = 0.7345 · k = 1 · top at 0.735")
    alpha.value, k.value = 0.6, 1
    assert picture.value == before


def test_a_range_of_time_has_no_buttons():
    ax = canvas((0, 1), (0, 1))
    box = explore(lambda t=0.5: ax.plot([0, t]), t=(0.0, 1.0)).widget()
    assert not any(isinstance(part, ipywidgets.HBox) for part in box.children)


def test_ranges_in_a_grid_have_as_many_positions_as_fit():
    ax = canvas((0, 1), (0, 1))
    two = explore(lambda a, b: ax.plot([0, a], [0, b]), a=(0.5, 0.9), b=(0.1, 0.2))
    assert repr(two) == "explore(a: 19 positions, b: 19 positions)"
    three = explore(lambda a, k, b: ax.plot([0, a], [k, b]), a=(0.5, 0.9), k=[0, 1, 2], b=(0.1, 0.2))
    assert repr(three) == "explore(a: 11 positions, k: 3 positions, b: 11 positions)"


def test_a_range_between_whole_numbers_has_whole_numbers_only():
    ax, names = canvas((0, 9), (0, 1)), "abcdefghij"
    found = explore(lambda k=4: (ax.plot([0, k]), names[k]), k=(2, 9))
    values = json.loads(html.unescape(re.search(r'data-values="([^"]*)"', found.html()).group(1)))
    assert values == list("23456789") and bound("k = 4 · e") in found.html().partition("<output")[2]
    _, slider, readout = found.widget().children
    slider.value = 7
    assert isinstance(slider, ipywidgets.IntSlider) and readout.value == bound("k = 7 · h")


def plots_and_returns_the_lines(alpha):
    return plt.plot([0, alpha])


def plots_and_returns_nothing(alpha):
    plt.plot([0, alpha])


def makes_axes_and_returns_them(alpha):
    ax = plt.subplots()[1]
    ax.plot([0, alpha])
    return ax, f"up to {alpha}"


def shows_what_it_returns(alpha):
    figure, ax = plt.subplots()
    ax.plot([0, alpha])
    plt.show()
    return figure


@pytest.mark.parametrize(
    "draw", [plots_and_returns_the_lines, plots_and_returns_nothing, makes_axes_and_returns_them, shows_what_it_returns]
)
def test_a_draw_that_makes_its_figure_itself_is_what_most_people_write_first(draw):
    before = plt.get_fignums()
    page = explore(draw, alpha=ALPHAS).html()
    assert page.count('<g class="frame') == 3 and plt.get_fignums() == before


def test_a_read_out_that_is_a_number_is_named():
    ax = canvas((0, 1), (0, 1))
    with pytest.raises(TypeError) as error:
        explore(lambda alpha: (ax.plot([0, alpha]), alpha**2), alpha=ALPHAS)
    assert str(error.value) == (
        "draw returned the number 0.25 after what it drew, at alpha=0.5; what the slider says must be a string, such as "
        '"f = 0.25".'
    )
