"""Scripts without comments and spaces do what they did."""

import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "theme"))
from course.squeeze import squeezed, tokens  # noqa: E402


@pytest.mark.parametrize(
    "text, short",
    [
        ("const a = 1; // one\nlet b = a + +a;\n", "const a=1;let b=a+ +a;"),
        ("/* no */ return x ? `a ${b + 1} // kept` : 'a  b';", "return x?`a ${b+1} // kept`:'a  b';"),
        ("const f = (t) => /[ /]+ x/.test(t) ? t / 2 / 3 : t - -t;", "const f=(t)=>/[ /]+ x/.test(t)?t/2/3:t- -t;"),
        ("`${`in ${deep}`}` + { a: `}` };", "`${`in ${deep}`}`+{a:`}`};"),
        ("x ?? y; x?.z; 1.5e-3 ** 2; a >>> b; ...c", "x??y;x?.z;1.5e-3**2;a>>>b;...c"),
    ],
)
def test_what_is_left_of_a_script(text, short):
    assert squeezed(text) == short


@pytest.mark.parametrize("path", sorted((ROOT / "theme" / "stage").glob("*.js")), ids=lambda path: path.name)
def test_the_stage_s_scripts_keep_their_tokens(path):
    text = path.read_text(encoding="utf-8")
    assert tokens(squeezed(text)) == tokens(text) and len(squeezed(text)) < 0.9 * len(text)
