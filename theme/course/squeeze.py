"""Scripts become smaller while the book is built, by Terser inside mini-racer; it stands in ``theme/vendor/terser`` and does not go to the site."""

import functools
import os
from pathlib import Path

TERSER = Path(__file__).parent.parent / "vendor" / "terser" / "terser.min.js"


@functools.cache
def _engine(process):
    """A JavaScript engine with Terser loaded; one for each process, because it does not survive a fork."""
    from py_mini_racer import MiniRacer

    engine = MiniRacer()
    engine.eval(TERSER.read_text("utf-8"))
    engine.eval(
        """const squeezed = (text) => {
          try { return [Terser.minify_sync(text, { ecma: 2020 }).code, ""]; }
          catch (error) { return ["", `${error.message}, in line ${error.line}, column ${error.col}`]; }
        }; 0"""
    )
    return engine


def squeezed(text):
    """Return the script ``text``, shorter; a ValueError says where it is no script."""
    made, problem = _engine(os.getpid()).call("squeezed", text)
    if problem:
        raise ValueError(problem)
    return made
