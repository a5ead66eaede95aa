"""The bank of questions: what cannot be asked fairly stops the build with the question's name, and the page judges as it should."""

import io
import re
import sys

import pytest
from conftest import ROOT, SITE
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace

NUMBER = """
::::{question} life
:kind: number
:claims: T5
:vary: alpha=[0.75, 0.9]
:answer: half_life(alpha)
How long, at α = {value}`alpha`?

:::{wrong} mean_age(alpha)
The mean age.
:::
:::{answer}
It is {value}`half_life(alpha)`.
:::
::::
"""
CHOICE = """
::::{question} pick
Which?

:::{choice} this
:right:
Because.
:::
:::{choice} that
Because not.
:::
::::
"""
PAGE = "# Questions\n"


@pytest.fixture
def build(tmp_path, monkeypatch):
    """Return a function that builds a book of one page of questions and returns what the build complained of."""
    monkeypatch.syspath_prepend(ROOT / "theme")

    def build(text):
        folder = tmp_path / "book"
        folder.mkdir()
        (folder / "index.md").write_text(PAGE + text, encoding="utf-8")
        (folder / "conf.py").write_text(
            'extensions = ["myst_nb", "only_bank"]\nmyst_enable_extensions = ["colon_fence", "dollarmath"]\nhtml_theme = "basic"\n', encoding="utf-8"
        )
        (tmp_path / "only_bank.py").write_text(
            "from course import bank\n\n\ndef setup(app):\n    app.connect('env-updated', lambda app, env: setattr(env, 'course_claims', {'index': ([('T5', '', '')], set())}))\n"
            "    bank.setup(app)\n",
            encoding="utf-8",
        )
        monkeypatch.syspath_prepend(tmp_path)
        complaints = io.StringIO()
        with docutils_namespace():
            app = Sphinx(folder, folder, tmp_path / "out", tmp_path / "trees", "html", status=None, warning=complaints)
            app.build()
        return re.sub(r"\x1b\[[\d;]*m", "", complaints.getvalue()), (tmp_path / "out" / "index.html").read_text(encoding="utf-8")

    yield build
    for name in [name for name in sys.modules if name in ("only_bank",) or name == "course" or name.startswith("course.")]:
        del sys.modules[name]


def test_a_good_bank_is_not_complained_of(build):
    said, page = build(NUMBER + CHOICE)
    assert said == ""
    assert re.findall(r'class="variant" data-value="([\d.]+)"', page) == ["2.409420839653209", "6.578813478960585"]
    assert "at α = 0.75?" in page and "at α = 0.9?" in page and page.count("data-right") == 1


BAD = {
    "two right": (CHOICE.replace("that\n", "that\n:right:\n"), "pick cannot be asked: it has 2 options, 2 of them right"),
    "none right": (CHOICE.replace(":right:\n", ""), "pick cannot be asked: it has 2 options, 0 of them right"),
    "no reason": (CHOICE.replace("Because not.\n", ""), "pick cannot be asked: the option “that” has no reason"),
    "the same twice": (CHOICE.replace("that\n", "this\n"), "pick cannot be asked: two of its options say the same"),
    "no stem": (CHOICE.replace("Which?\n", ""), "pick cannot be asked: it asks nothing"),
    "a name with a space": (CHOICE.replace("} pick", "} Pick_it"), "Pick_it cannot be asked: its name must be small letters"),
    "a kind": (CHOICE.replace("} pick\n", "} pick\n:kind: guess\n"), "pick cannot be asked: its kind is 'guess'"),
    "a claim": (NUMBER.replace("T5", "T99"), "life names the claim T99, which stands on no page"),
    "no label": (NUMBER.replace("T5", "Tx"), "life cannot be asked: it names the claim 'Tx'"),
    "an expression": (NUMBER.replace("half_life(alpha)\n", "half_live(alpha)\n", 1), "life cannot be asked: the answer, “half_live(alpha)”, raises NameError"),
    "an infinite answer": (NUMBER.replace("half_life(alpha)\n", "alpha * np.inf\n", 1), "life cannot be asked: its answer is inf"),
    "a value": (NUMBER.replace("{value}`alpha`", "{value}`beta`"), "life cannot be asked: the value, “beta”, raises NameError"),
    "a wrong road that is right": (NUMBER.replace("mean_age(alpha)", "half_life(alpha) * 1.001"), "life cannot be asked: a wrong road ends at the right answer"),
    "wrong roads that meet": (NUMBER.replace(":::{answer}", ":::{wrong} mean_age(alpha)\nAgain.\n:::\n:::{answer}"), "life cannot be asked: two wrong roads end at 3"),
    "no answer": (re.sub(r":::\{answer\}.*?:::\n", "", NUMBER, flags=re.S), "life cannot be asked: it needs one {answer}"),
    "too many variants": (NUMBER.replace("[0.75, 0.9]", "[k / 20 for k in np.arange(1, 14)]"), "life cannot be asked: it has 13 variants"),
    "twice": (CHOICE + CHOICE, "The question pick stands twice"),
    "verdict": (NUMBER.replace(":kind: number", ":kind: verdict"), "life cannot be asked: its verdict is None"),
    "order": (NUMBER.replace(":kind: number", ":kind: order"), "life cannot be asked: it has fewer than three steps"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_asked_fairly_is_named(build, case):
    text, said = BAD[case]
    assert said in build(text)[0]


# The pages as they are built.

PAGES = sorted(path.name for path in (SITE / "chapters" / "questions").glob("*.html"))


@pytest.mark.parametrize("name", PAGES)
def test_every_question_accepts_its_answer_and_no_other(open_page, name):
    """Every variant: the right answer is taken, each wrong road is told by its own reason, each option says whether it is right."""
    page = open_page(f"chapters/questions/{name}")
    troubles = page.evaluate("""() => {
      const troubles = [];
      const press = (box, text) => {
        const it = [...box.querySelectorAll(".question-buttons button")].find((b) => b.classList.contains("main") === (text === "check") && (text === "check" || b.textContent === text));
        it?.click();
        return it;
      };
      for (const box of document.querySelectorAll(".quiz")) {
        const said = box.querySelector(".verdict-said"), variants = [...box.querySelectorAll(".variant")];
        variants.forEach((now, k) => {
          const where = box.dataset.name + " " + k;
          if (now.hidden) return troubles.push(where + " is not shown");
          const field = now.querySelector("input[type=text]");
          if (field) {
            for (const text of [now.dataset.value, String(Number(now.dataset.value)).replace(".", ",")]) {
              field.value = text; press(box, "check");
              if (!said.classList.contains("is-right")) troubles.push(where + " does not take " + text);
            }
            for (const road of now.querySelectorAll(".road")) {
              field.value = road.dataset.value; press(box, "check");
              if (!said.classList.contains("is-wrong") || road.hidden) troubles.push(where + " takes " + road.dataset.value);
            }
          }
          for (const option of now.querySelectorAll(".option")) {
            option.querySelector("input").checked = true; press(box, "check");
            if (said.classList.contains("is-right") !== option.hasAttribute("data-right")) troubles.push(where + " misjudges " + option.textContent);
          }
          const lines = now.querySelector(".lines");
          if (lines) {
            press(box, "check");
            if (!said.classList.contains("is-wrong")) troubles.push(where + " is in order already");
            for (const line of [...lines.children].sort((a, b) => a.dataset.place - b.dataset.place)) lines.append(line);
            press(box, "check");
            if (!said.classList.contains("is-right")) troubles.push(where + " does not take the right order");
          }
          if (k + 1 < variants.length) box.querySelectorAll(".question-buttons button")[1].click();
        });
      }
      return troubles;
    }""")
    assert troubles == [] and page.troubles == []


FIELD = {
    "0.25": 0.25, "0,25": 0.25, ".25": 0.25, "1/4": 0.25, "¼": 0.25, "25 %": 0.25, "2.5e-1": 0.25, "1e-8": 1e-8, "10^-8": 1e-8, "10⁻⁸": 1e-8,
    "1·10⁻⁸": 1e-8, "1.7*10^-22": 1.7e-22, "−2": -2.0, "-2": -2.0, "x = 0.5": 0.5, " 3 ": 3.0, "1/3": 1 / 3,
    "": None, "abc": None, "1/2/3": None, "1..2": None, "√2": None, "2 3 4x": None, "NaN": None, "Infinity": None,
}  # fmt: skip


def test_the_field_reads_what_people_write(open_page):
    page = open_page("chapters/questions/moving-average.html")
    source = (ROOT / "theme" / "assets" / "questions.js").read_text(encoding="utf-8")
    read = source[source.index("  const SUPERSCRIPTS") : source.index("  const close")]
    got = page.evaluate("(texts) => { " + read + " return texts.map((text) => { const n = read(text); return Number.isNaN(n) ? null : n; }); }", list(FIELD))
    for (text, wanted), found in zip(FIELD.items(), got, strict=True):
        assert found is None if wanted is None else found == pytest.approx(wanted, rel=1e-12), text
