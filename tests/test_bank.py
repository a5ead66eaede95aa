"""The bank of questions: what cannot be asked fairly stops the build with the question's name, and the page judges as it should."""

import re

import pytest
from conftest import ROOT, SITE
from small_bank import CHAPTER, CHOICE, NUMBER, build


def page(out):
    return (out / "chapters" / "questions" / "one.html").read_text(encoding="utf-8")


def test_a_good_bank_is_not_complained_of(tmp_path, monkeypatch):
    said, out = build(tmp_path / "book", NUMBER + CHOICE, monkeypatch)
    assert said == ""
    assert re.findall(r'class="variant" data-value="([\d.]+)"', page(out)) == ["2.409420839653209", "6.578813478960585"]
    assert "at α = 0.75?" in page(out) and "at α = 0.9?" in page(out) and page(out).count("data-right") == 1
    key = page(out).partition('class="answer-key"')[2]
    assert "2.409" in key and re.search("[AB] is right.", key) and "Because." in key and "Because not." not in key
    chapter = (out / "chapters" / "one.html").read_text(encoding="utf-8")
    assert chapter.count('class="quiz"') == 2 and 'href="questions/one.html">All 2 questions' in chapter


def test_what_no_question_asks_for_is_named(tmp_path, monkeypatch):
    said, _ = build(tmp_path / "book", CHOICE, monkeypatch, CHAPTER.replace("- say how long;", "- say how long;\n- say why."), ("T5", "R1"))
    assert "No question asks about T5." in said and "R1" not in said
    assert "No question asks for the objective 1, “say how long;”." in said and "No question asks for the objective 2, “say why.”." in said


def test_addresses_lead_to_the_same_place_from_everywhere(tmp_path, monkeypatch):
    linked = NUMBER.replace(":claims:", ":see: [here](../one.md#test-yourself)\n:stage: lr=0.4\n:claims:")
    said, out = build(tmp_path / "book", linked, monkeypatch)
    assert 'href="../one.html#test-yourself"' in page(out) and 'href="../stage.html#stage=&amp;lr=0.4"' in page(out)
    chapter = (out / "chapters" / "one.html").read_text(encoding="utf-8")
    assert 'href="stage.html#stage=&amp;lr=0.4"' in chapter and "../one.html" not in chapter
    script = (out / "_static" / "bank.js").read_text(encoding="utf-8")
    assert 'href=\\"chapters/one.html#test-yourself\\"' in script and 'href=\\"chapters/stage.html#stage=&amp;lr=0.4\\"' in script


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
    "an objective": (NUMBER.replace(":objectives: 1", ":objectives: 1 7"), "The question life asks for the objective 7 of chapters/one, which lists 1"),
    "no expression": (re.sub(":answer:.*\n", "", NUMBER), "life cannot be asked: it needs an answer: an expression"),
    "a wrong road without a reason": (NUMBER.replace("The mean age.\n", ""), "life cannot be asked: a wrong road has no reason (variant 1)"),
    "a wrong road that raises": (NUMBER.replace("mean_age(alpha)", "1 / 0"), "life cannot be asked: the wrong road, “1 / 0”, raises ZeroDivisionError"),
    "what follows": (NUMBER.replace(":vary:", ":let: b=1 / 0\n:vary:"), "life cannot be asked: b, “1 / 0”, raises ZeroDivisionError"),
    "what varies": (NUMBER.replace("[0.75, 0.9]", "0.75"), "life cannot be asked: alpha varies over 0.75; it must be a list"),
    "no plot": (CHOICE.replace("} pick\n", "} pick\n:kind: plot\n"), "pick cannot be asked: it reads a plot and shows none"),
    "a figure": (CHOICE.replace("} pick\n", "} pick\n:kind: plot\n:figure: nowhere\n"), "The question pick shows the figure nowhere, which its chapter has not"),
    "a value outside": ("It is {value}`2`.\n", "{value}`2` stands outside a question"),
}


@pytest.fixture(scope="module")
def complaints(tmp_path_factory):
    """What one build says of all bad questions, whose names are numbered."""
    text = "\n".join(re.sub(r"(\{question\} (?:pick|life))\n", rf"\1-{k}\n", bad) for k, (bad, _) in enumerate(BAD.values()))
    with pytest.MonkeyPatch.context() as monkeypatch:
        return build(tmp_path_factory.mktemp("bad") / "book", text, monkeypatch)[0]


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_asked_fairly_is_named(complaints, case):
    assert re.sub(r"\b(pick|life)\b", rf"\1-{list(BAD).index(case)}", BAD[case][1]) in complaints


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
