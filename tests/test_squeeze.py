"""The scripts of the stages, as they go to the site: shorter, and errors in them have a place."""

import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "theme"))
from course.squeeze import squeezed  # noqa: E402


def test_a_script_loses_its_comments_spaces_and_long_names_and_no_more():
    made = squeezed("(() => {\n  // one\n  const first = Math.random(), said = `a ${first} // kept`;\n  window.result = { first, said };\n})();\n")
    assert made.startswith("(()=>{") and "\n" not in made and "one" not in made
    assert "} // kept`" in made and "window.result={first:" in made and ",said:" in made


def test_what_is_no_script_is_named_with_its_place():
    with pytest.raises(ValueError, match=r"Unexpected token.*, in line 2, column 10"):
        squeezed("let one;\nlet two = ;\n")


@pytest.mark.parametrize("path", sorted((ROOT / "theme" / "stage").glob("*.js")), ids=lambda path: path.name)
def test_the_stage_s_scripts_become_shorter(path):
    text = path.read_text(encoding="utf-8")
    assert len(squeezed(f"(() => {{{text}}})();")) < 0.8 * len(text)
