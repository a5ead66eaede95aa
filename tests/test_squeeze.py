"""Scripts with short names and without comments and spaces do what they did."""

import sys

import pytest
from conftest import ROOT

sys.path.insert(0, str(ROOT / "theme"))
from course.squeeze import squeezed, tokens  # noqa: E402


@pytest.mark.parametrize(
    "text, short",
    [
        ("const one = 1; // one\nlet b = one + +one;\n", "let a=1;let b=a+ +a;"),
        ("/* no */ return x ? `a ${b + 1} // kept` : 'a  b';", "return x?`a ${b+1} // kept`:'a  b';"),
        ("run((text) => /[ /]+ x/.test(text) ? text / 2 / 3 : text - -text);", "run(a=>/[ /]+ x/.test(a)?a/2/3:a- -a);"),
        ("`${`in ${deep}`}` + { a: `}` };", "`${`in ${deep}`}`+{a:`}`};"),
        ("x ?? y; x?.z; 1.5e-3 ** 2; a >>> b; ...c", "x??y;x?.z;1.5e-3**2;a>>>b;...c"),
        ("if (x) { y = [0.5, true, ]; return 0.25; }", "if(x){y=[.5,!0];return .25}"),
    ],
)
def test_what_is_left_of_a_script(text, short):
    assert squeezed(text) == short


# Each script leaves a value in `result`.
SCRIPTS = {
    "a property keeps its name": "const length = { size: 3, of: { size: 4 } }; const size = length.of.size; result = size + length.size;",
    "a property and its value in one word": "const low = 1, high = 2, both = { low, high }; const { low: least, high: most = 5, far = low + 6 } = both; result = [least, most, far];",
    "parameters in patterns": "const sum = ([first, second], { more, extra = 3 }) => first + second + more + extra; result = sum([1, 2], { more: 4 });",
    "a name within hides the one around": "const value = 1; const inner = () => { const value = 2; return value; }; result = [inner(), value];",
    "what a block within uses is not hidden": "const outer = 5; const f = () => { const local = 1; { const deep = 2; return outer + local + deep; } }; result = f();",
    "getters, setters and methods": "let held = 1; const it = { get value() { return held; }, set value(to) { held = to; }, twice(held2) { return held2 * 2; } }; it.value = 4; result = [it.value, it.twice(3)];",
    "a class": 'class Slip extends Error { constructor(say, line) { super(say); this.line = line; } }\ntry { throw new Slip("no", 3); } catch (slip) { result = [slip.message, slip.line, slip instanceof Slip]; }',
    "loops": "let total = 0; for (const [key, value] of Object.entries({ a: 1, b: 2 })) { for (let k = 0; k < value; k++) total += k + key.length; } result = total;",
    "a choice is no property": "const yes = 1, no = 2, f = (ask) => ({ answer: ask ? yes : no }); result = [f(true), f(false)];",
    "names in a text": "const name = 3, words = `${name} of ${`${name + 1}`}`; result = words;",
    "defaults refer to what stands before": "const f = (size, half = size / 2, { third = size / 3 } = {}) => [size, half, third]; result = f(6);",
    "more names than letters": "".join(f"const name{k} = {k};" for k in range(80)) + "result = " + "+".join(f"name{k}" for k in range(80)) + ";",
    "assigned at once": "let left = 1, right = 2; [left, right] = [right, left]; result = [left, right];",
    "given as async": "const wait = async (time) => { return time; }; wait(1); result = typeof wait;",
    "a name of the browser stays": "const count = Math.max(1, [3, 2].length); const document2 = typeof document; result = [count, document2];",
}


@pytest.fixture(scope="module")
def blank(chromium):
    page = chromium.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("text", SCRIPTS.values(), ids=SCRIPTS.keys())
def test_short_names_change_nothing(blank, text):
    def result(script):
        return blank.evaluate(f"() => {{ let result; {script}; return result; }}")

    made = squeezed(f"let result; {text} globalThis.found = result;")
    blank.evaluate(f"() => {{ {made} }}")
    assert blank.evaluate("globalThis.found") == result(text)


@pytest.mark.parametrize("path", sorted((ROOT / "theme" / "stage").glob("*.js")), ids=lambda path: path.name)
def test_the_stage_s_scripts_become_shorter_and_no_shorter_again(path):
    text = path.read_text(encoding="utf-8")
    once = squeezed(text)
    assert len(once) < 0.75 * len(text) and len(tokens(squeezed(once))) == len(tokens(once))
