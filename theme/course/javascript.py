"""JavaScript libraries that run while the book is built, inside mini-racer; they stand in ``theme/vendor``."""

import functools
import os
from pathlib import Path

VENDOR = Path(__file__).parent.parent / "vendor"


@functools.cache
def _engine(process, library, script):
    from py_mini_racer import MiniRacer

    engine = MiniRacer()
    engine.eval((VENDOR / library).read_text("utf-8"))
    engine.eval(f"{script}; 0")
    return engine


def call(library, script, function, *given):
    """Return what a function of ``script`` returns, which uses a library; a path below ``theme/vendor``.

    Both are loaded at the first call, in each process anew, because an engine does not survive a fork.
    """
    return _engine(os.getpid(), library, script).call(function, *given)
