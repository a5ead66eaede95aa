"""Jupyter's server as `make lab` starts it: a chapter that was run is saved as it is committed, without outputs and counts.

The outputs stay on the screen until the notebook is closed. A notebook that is no chapter, such as a student's own, keeps them.
"""

import re
from pathlib import Path

TOC = Path(__file__).resolve().parent.parent / "_toc.yml"
CHAPTERS = {f"{name}.ipynb" for name in re.findall(r"chapters/(\S+)", TOC.read_text(encoding="utf-8"))}


def without_outputs(model, path="", **_):
    """Take out of a chapter that is about to be saved what running it has added."""
    if model["type"] != "notebook" or path.strip("/") not in CHAPTERS:
        return
    content = model["content"]
    # What the kernel says of itself differs from one machine to the next.
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    content["metadata"] = {"kernelspec": kernel, "language_info": {"name": "python"}}
    for cell in content["cells"]:
        for added in ("execution", "trusted"):
            cell["metadata"].pop(added, None)
        if cell["cell_type"] == "code":
            cell["outputs"], cell["execution_count"] = [], None


c.ContentsManager.pre_save_hook = without_outputs  # noqa: F821 - Jupyter gives its settings this name
