"""The picture that a shared link shows: the title of the page beside the path of RMSprop in the course's valley.

Pictures are drawn only when the site has an address, because a preview must name one.
"""

import textwrap
from pathlib import Path

PAPER = "#fdfdfb"


def draw(path, book, title):
    """Write a PNG of 1200 × 630 pixels, the size that the large previews of messengers and networks have."""
    from matplotlib.figure import Figure
    from matplotlib.patches import Rectangle
    from rmsprop_lib import Adagrad, RMSprop, descend, quadratic
    from rmsprop_lib.figures import PALETTE, contours, path as draw_path

    figure = Figure(figsize=(12, 6.3), dpi=100, facecolor=PAPER)
    valley, start = quadratic(0.2, 4), [-5.0, -2.0]
    ax = figure.add_axes((0.47, 0, 0.53, 1), facecolor=PAPER)
    contours(valley, ax)
    draw_path(ax, descend(Adagrad(lr=0.4), valley, start, 60), "Adagrad", linewidth=3, markersize=8)
    draw_path(ax, descend(RMSprop(lr=0.4), valley, start, 60), "RMSprop", linewidth=4, markersize=10)
    ax.set_axis_off()

    # The mark, as in theme/assets/mark.svg: squares that fade with their age.
    for corner, side, shade in [(2, 13, 0.25), (6, 17, 0.45), (11, 19, 1)]:
        left, top, size = 60 + 4 * corner, 60 + 4 * corner, 4 * side
        square = Rectangle((left, 630 - top - size), size, size, transform=None, color=PALETTE["blue"], alpha=shade, linewidth=0)
        figure.add_artist(square)
    lines = textwrap.wrap(title, 16) or [book]
    figure.text(0.05, 0.6, "\n".join(lines), fontsize=min(42, 150 / len(lines)), fontweight="bold", color=PALETTE["ink"], va="top", linespacing=1.25)
    if title != book:
        figure.text(0.05, 0.06, book, fontsize=19, color="#57606a")
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, metadata={"Software": None})
