"""What stands in the head of a page, and which files it loads."""

from sphinx.util.fileutil import copy_asset

from .maths import KATEX


def _copy(app, problem):
    if problem is None and app.builder.format == "html":
        for name in ("katex.min.css", "fonts"):
            copy_asset(str(KATEX / name), str(app.outdir / "_static" / "katex" / ("fonts" if name == "fonts" else "")))


def setup(app):
    app.add_config_value("comments_config", {}, "")  # Jupyter Book sets it for an extension that is not here
    app.add_css_file("katex/katex.min.css")
    app.connect("build-finished", _copy)
