"""The bank of questions: what cannot be asked fairly stops the build with the question's name, and the page judges as it should."""

import json
import re
import sys
from pathlib import Path

import numpy as np
import pytest
from conftest import IDLE, ROOT, SITE
from pypdf import PdfReader
from small_bank import CHAPTER, CHOICE, NUMBER, build

sys.path.insert(0, str(ROOT / "theme"))
from course.bank import shown  # noqa: E402


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


def test_numbers_are_written_as_the_notation_page_says():
    written = {-0.5: "−0.5", 2.409421: "2.409", 9999.4: "9999", 9999.6: "10\u202f000", 10_049.9: "10\u202f050", -123_456: "−123\u202f500"}
    written |= {999_960: "10⁶", 2.5e6: "2.5·10⁶", 1e-5: "10⁻⁵", 1.212e-6: "1.212·10⁻⁶", 1e5: "100\u202f000", np.float64(2e4): "20\u202f000"}
    assert [shown(number) for number in written] == list(written.values())


def test_no_number_ends_a_sentence_before_another_begins():
    """“x > 0. 6 steps lead on” reads as six tenths of a step."""
    met = re.compile(r"(?:[\d²³]|\d\$|\{value\}`[^`]*`)\. (?=[\dα-ω$]|\{value\})")
    found = [(path.name, line) for path in (ROOT / "chapters" / "questions").glob("*.md") for line in path.read_text(encoding="utf-8").splitlines() if met.search(line)]
    assert found == []


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


NINE = "".join(f":::{{choice}} number {k}\nNo.\n:::\n" for k in range(7))  # with the two that are there
BAD = {
    "two right": (CHOICE.replace("that\n", "that\n:right:\n"), "pick cannot be asked: it has 2 options, 2 of them right"),
    "more options than letters": (CHOICE.replace(":::{choice} that", NINE + ":::{choice} that"), "pick cannot be asked: it has 9 options; there are letters for 8"),
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
        const told = [...box.querySelectorAll(".key .see a")].map((a) => a.getAttribute("href"));
        if (box.dataset.track === "deeper" && !told.some((href) => href.includes("#"))) troubles.push(box.dataset.name + " goes deeper than where it leads");
        for (const line of box.querySelector("pre")?.textContent.split("\\n") || []) if (line.length > 42) troubles.push(box.dataset.name + " has a line too long for a phone: " + line);
        const words = document.createTreeWalker(box, NodeFilter.SHOW_TEXT, (text) => text.parentElement.closest(".katex, code, pre, svg") ? NodeFilter.FILTER_REJECT : NodeFilter.FILTER_ACCEPT);
        while (words.nextNode()) if (/(^|[ (“])[a-zα-ω] = [\\d−½¼¾⅓]/.test(words.currentNode.data)) troubles.push(box.dataset.name + " parts a letter from its number: " + words.currentNode.data);
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
            const known = () => now.querySelector(".road:not([hidden])"); // a mistake with a reason of its own
            field.value = -now.dataset.value; press(box, "check");
            if (!known() && !said.textContent.includes("check the sign")) troubles.push(where + " says nothing of a sign");
            field.value = now.dataset.value * (1.002 + 1.2 * box.dataset.tolerance); press(box, "check");
            if (!known() && !said.textContent.includes("check your rounding")) troubles.push(where + " says nothing of rounding");
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
    page.evaluate(IDLE)
    assert troubles == [] and page.troubles == []
    assert [url for url in page.asked if not url.startswith("file:")] == []


FIELD = {
    "0.25": 0.25, "0,25": 0.25, ".25": 0.25, "1/4": 0.25, "¼": 0.25, "25 %": 0.25, "2.5e-1": 0.25, "1e-8": 1e-8, "10^-8": 1e-8, "10⁻⁸": 1e-8,
    "1·10⁻⁸": 1e-8, "1.7*10^-22": 1.7e-22, "−2": -2.0, "-2": -2.0, "x = 0.5": 0.5, " 3 ": 3.0, "1/3": 1 / 3,
    "": None, "1/0": None, "abc": None, "1/2/3": None, "1..2": None, "√2": None, "2 3 4x": None, "NaN": None, "Infinity": None,
}  # fmt: skip


def test_the_field_reads_what_people_write(open_page):
    page = open_page("chapters/questions/moving-average.html")
    source = (ROOT / "theme" / "assets" / "questions.js").read_text(encoding="utf-8")
    read = source[source.index("  const SUPERSCRIPTS") : source.index("  const close")]
    got = page.evaluate("(texts) => { " + read + " return texts.map((text) => { const n = read(text); return Number.isNaN(n) ? null : n; }); }", list(FIELD))
    for (text, wanted), found in zip(FIELD.items(), got, strict=True):
        assert found is None if wanted is None else found == pytest.approx(wanted, rel=1e-12), text


def press(page, name):
    """Reach a button of the practice by the keyboard alone and press it."""
    page.locator(".practice select").focus()
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.closest('.practice') && document.activeElement.textContent") == name:
            page.keyboard.press("Enter")
            return
    raise AssertionError(f"Tab does not lead to “{name}”.")


def answered(page, right):
    """Answer the question that is shown, rightly or wrongly, and return its name."""
    return page.evaluate(
        """(right) => {
          const box = document.querySelector('.practice-round .quiz'), now = box.querySelector('.variant:not([hidden])');
          const buttons = [...box.querySelectorAll('.question-buttons button')], lines = now.querySelector('.lines');
          const option = [...now.querySelectorAll('.option')].find((it) => it.hasAttribute('data-right') === right), field = now.querySelector('input[type=text]');
          if (option) option.querySelector('input').checked = true;
          else if (field) field.value = right ? now.dataset.value : '-12345';
          else if (lines && right) for (const line of [...lines.children].sort((a, b) => a.dataset.place - b.dataset.place)) lines.append(line);
          (option || field || lines ? buttons[0] : buttons[right ? 0 : 1]).click();
          return box.dataset.name;
        }""",
        right,
    )


def test_enter_answers_a_choice_and_what_nobody_judged_is_not_called_correct(open_page):
    page = open_page("chapters/questions/rmsprop.html")
    quiz = page.locator(".quiz[data-name=rms-unit]")
    quiz.locator("input").first.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Enter")
    assert quiz.locator(".verdict-said").inner_text() in ("✓ Correct.", "✗ Incorrect.")
    quiz = page.locator(".quiz[data-name=rms-recall-lines]")
    quiz.get_by_role("button", name="I knew it").click()
    assert quiz.locator(".verdict-said").inner_text() == "✓ It will come up again later." and not quiz.locator(".key").evaluate("(key) => key.open")
    quiz.get_by_role("button", name="I did not").click()
    assert quiz.locator(".verdict-said").inner_text() == "✗ It will come up again soon." and quiz.locator(".key").evaluate("(key) => key.open")


def test_a_round_is_practised_by_keyboard_on_a_phone(open_page, tmp_path):
    page = open_page("chapters/exam.html", viewport={"width": 360, "height": 740})
    chapters = page.locator(".practice option").all_inner_texts()
    assert len(chapters) == 12 and not any(re.search(r"\d min", chapter) for chapter in chapters)
    press(page, "A mixed round of ten")
    assert page.evaluate("document.activeElement.className") == "practice-head"
    assert page.locator(".practice-head").inner_text().strip() == "Question 1 of 10"
    missed = [answered(page, right=False)]
    assert page.locator(".practice-round .verdict-said").inner_text().startswith("✗")
    for _ in range(9):
        press(page, "Next question")
        answered(page, right=True)
        assert page.locator(".practice-round .verdict-said").inner_text().startswith("✓")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    links = page.evaluate("[...document.querySelectorAll('.practice-round .key a[href]')].map((link) => link.href.split('#')[0])")
    assert links and all((SITE / link.partition("/html/")[2]).is_file() for link in links)
    press(page, "Next question")
    assert page.locator(".practice-head").inner_text() == "9 of 10 right."
    assert page.locator(".practice-state").inner_text().startswith("Answered 10 of ")

    press(page, "What I got wrong")
    assert page.locator(".practice-head").inner_text().strip() == "Question 1 of 1" and answered(page, right=True) == missed[0]
    press(page, "What I got wrong")
    assert page.locator(".practice-round").inner_text() == "There are no questions here at the moment."

    with page.expect_download() as saving:
        press(page, "Save my progress to a file")
    saving.value.save_as(tmp_path / "progress.json")
    newest = page.evaluate("JSON.parse(localStorage.questions)")
    page.evaluate("localStorage.questions = JSON.stringify(Object.fromEntries(Object.entries(JSON.parse(localStorage.questions)).map(([name, [box, day, right]]) => [name, [4, day + 1, right]])))")
    page.locator(".practice input[type=file]").set_input_files(tmp_path / "progress.json")
    page.wait_for_function("document.querySelector('.practice input[type=file]').value === ''")
    assert {box for box, _, _ in page.evaluate("Object.values(JSON.parse(localStorage.questions))")} == {4}, "an older file takes nothing away"
    page.evaluate("before => (localStorage.questions = JSON.stringify(before))", newest)

    press(page, "Forget it")
    assert page.locator(".practice-state").inner_text().startswith("Forgotten.") and page.evaluate("localStorage.getItem('questions')") is None
    press(page, "Bring it back")
    assert page.locator(".practice-state").inner_text().startswith("Answered 10 of ")
    press(page, "Forget it")
    page.locator(".practice input[type=file]").set_input_files(tmp_path / "progress.json")
    page.wait_for_function("document.querySelector('.practice-state').textContent.startsWith('Answered 10 of')")
    for bad in ("nonsense", '{"x": 1}', '{"x": [9, 1, 1]}', "[]"):
        (tmp_path / "bad.json").write_text(bad)
        page.locator(".practice input[type=file]").set_input_files(tmp_path / "bad.json")
        page.wait_for_function("document.querySelector('.practice-state').textContent === 'This file does not contain saved progress.'")
        page.evaluate("document.querySelector('.practice-state').textContent = ''")

    page.locator(".practice select").select_option("adam")
    press(page, "A mixed round of ten")
    assert page.locator(".practice-round .quiz").get_attribute("data-chapter") == "adam"
    page.locator(".practice select").select_option("")
    press(page, "A timed mock of 60 minutes")
    assert page.locator(".practice-head").inner_text().endswith("60 min left")
    answered(page, right=True)
    press(page, "Next question")
    press(page, "End the round")
    assert page.locator(".practice-head").inner_text() == "1 of 1 right. 19 not answered.", "what was not answered was not got wrong"
    assert page.troubles == []


def test_a_timed_mock_asks_the_hardest_questions_too(open_page):
    page = open_page("chapters/exam.html")
    press(page, "A timed mock of 60 minutes")
    levels = []
    while page.locator(".practice-round .quiz").count():
        levels.append(page.locator(".practice-round .quiz").get_attribute("data-level"))
        press(page, "Next question")
    assert len(levels) == 20 and levels == sorted(levels) and set(levels) == {"1", "2", "3"}


def test_in_a_browser_that_stores_nothing_a_visit_can_still_be_saved(chromium, tmp_path):
    context = chromium.new_context(offline=True)
    context.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('denied'); } })")
    page = context.new_page()
    page.goto((SITE / "chapters/exam.html").as_uri())
    press(page, "A mixed round of ten")
    answered(page, right=False)
    assert page.evaluate("document.querySelector('.practice-round') !== null")
    press(page, "End the round")
    assert page.locator(".practice-state").inner_text().startswith("Answered 1 of ")
    with page.expect_download() as saving:
        press(page, "Save my progress to a file")
    assert len(json.loads(Path(saving.value.path()).read_text())) == 1
    press(page, "Forget it")
    press(page, "Bring it back")
    assert page.locator(".practice-state").inner_text().startswith("Answered 1 of ")
    context.close()


def test_without_a_script_every_answer_unfolds(chromium):
    context = chromium.new_context(java_script_enabled=False, offline=True, viewport={"width": 360, "height": 740})
    page = context.new_page()
    page.goto((SITE / "chapters/questions/moving-average.html").as_uri())
    first = page.locator(".quiz").first.locator(".variant:not([hidden])")
    first.locator(".key summary").focus()
    page.keyboard.press("Enter")
    assert first.locator(".key .said").inner_text() == "6.579" and page.locator(".answer-key").is_hidden()
    page.goto((SITE / "chapters/exam.html").as_uri())
    assert page.locator(".practice").is_hidden() and "need JavaScript" in page.locator(".practice-needs-script").inner_text()
    context.close()


def test_on_paper_the_key_begins_a_sheet_of_its_own(open_page, tmp_path):
    page = open_page("chapters/questions/rmsprop.html")
    page.pdf(path=tmp_path / "questions.pdf", format="A4")
    sheets = [sheet.extract_text() for sheet in PdfReader(tmp_path / "questions.pdf").pages]
    (first,) = (number for number, text in enumerate(sheets) if text.strip().startswith("Answers"))
    questions, key = "".join(sheets[:first]), "".join(sheets[first:])
    assert 0 < first
    count = page.locator(".quiz").count()
    assert f"{count}. " in questions and f"{count}." in key
    assert "Show the answer" not in questions and "is right." not in questions and "is right." in key
