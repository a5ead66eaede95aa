"""The guide for teachers: its routes add up and name sections that are there, and its assignment's numbers are computed."""

import json
import re

import numpy as np
import pytest
import yaml
from conftest import ROOT, SITE, pages

from rmsprop_lib import RMSprop, descend, quadratic
from rmsprop_lib.check import check

LECTURES = sorted(name for name in pages() if re.search(r"/lecture-\w+\.html$", name))
GUIDE = (ROOT / "chapters" / "teaching.md").read_text(encoding="utf-8")
ROUTES = yaml.safe_load((ROOT / "chapters" / "routes.yml").read_text(encoding="utf-8"))


def core(chapter):
    """The headings of a chapter before "Going deeper"."""
    cells = json.loads((ROOT / "chapters" / chapter).read_text(encoding="utf-8"))["cells"]
    text = "\n\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown")
    return re.findall(r"^## (.*)$", text.partition("\n## Going deeper")[0], re.M)


@pytest.mark.parametrize("name, total", [("lecture-45", 45), ("lecture-90", 90), *((f"lecture-{n}", 90) for n in (1, 2, 3, 4))])
def test_a_routes_minutes_add_up(name, total):
    assert sum(part["minutes"] for part in ROUTES[name]["parts"]) == ROUTES[name]["minutes"] == total


@pytest.mark.parametrize("name", LECTURES)
def test_what_a_lecture_says_leads_to_what_is_there(name):
    """After a sentence that ends in a colon comes its table, theorem or code, the next slide or a list in italics, and no other sentence."""
    assert re.findall(r"\S+ \S+:</p>\n<p[^>]*>(?!<em>)", (SITE / name).read_text(encoding="utf-8")) == []


def test_a_route_names_sections_of_the_core():
    for route in ROUTES.values():
        for part in route["parts"]:
            for section in part["slides"]:
                if not section.startswith("poll "):
                    assert section in core(f"{part['from']}.ipynb"), f"{part['from']} has no section “{section}” in its core"


def test_a_prediction_names_a_slider_that_is_there():
    """Under "What students say", each link that is not a claim leads to a figure of the chapter named in bold."""
    part = GUIDE.partition("## What students say")[2].partition("\n(teaching-discussion)=")[0]
    said = re.findall(r"^\*\*Chapter (\d+)(?:, going deeper)?: .*\n((?:(?!\*\*Chapter).*\n)*)", part, re.M)
    order = re.findall(r"file: chapters/(.*)", (ROOT / "_toc.yml").read_text(encoding="utf-8"))
    assert len(said) == part.count("**Chapter")
    for number, text in said:
        figures = [name for name in re.findall(r"\(#([\w-]+)\)", text) if not re.fullmatch(r"[A-Z]\d+\w?", name)]
        cells = json.loads((ROOT / "chapters" / f"{order[int(number) - 1]}.ipynb").read_text(encoding="utf-8"))["cells"]
        sliders = {c["metadata"].get("mystnb", {}).get("figure", {}).get("name") for c in cells if "explore(" in "".join(c["source"])}
        assert figures and set(figures) <= sliders, (number, figures)


def test_the_assignments_numbers():
    run = descend(RMSprop(lr=0.2, alpha=0.9), quadratic(0.2, 4), x0=[-5.0, -2.0], steps=1000)
    np.testing.assert_allclose(np.abs(run.x[1] - run.x[0]), 0.632, atol=5e-4)
    assert abs(run.f[-1] - 0.021) < 5e-6
    hand = descend(RMSprop(lr=0.5, alpha=0.75, eps=0), quadratic(2), x0=[2.0], steps=2)
    assert hand.x.ravel().tolist() == [2, 1, 0.5]


def test_what_the_guide_says_of_three_mistakes():
    g, lr, alpha, eps = np.array([8.0]), 0.4, 0.9, 1e-8
    full, short, rootless = np.zeros(1), np.zeros(1), np.zeros(1)
    for t in range(200):
        old = full
        full, short, rootless = alpha * full + (1 - alpha) * g**2, alpha * short + g**2, alpha * rootless + (1 - alpha) * g**2
        assert np.isclose(np.sqrt(full / short), np.sqrt(1 - alpha)) and round(float(np.sqrt(1 - alpha)), 2) == 0.32
        if t == 0:
            assert np.isclose(lr * g / (np.sqrt(old) + eps), 1e8 * lr * g)
    assert np.isclose(lr * g / rootless, lr / g)
    assert 1.1**72 < 1000 < 1.1**73 and np.isclose(np.sqrt((1 - 0.9 / 1.21) / 0.1), 1.60, atol=0.005)


def test_the_checker_says_what_the_guide_quotes():
    def rootless(x, v, g, lr, alpha, eps):
        v = alpha * v + (1 - alpha) * g**2
        return x - lr * g / (v + eps), v

    quoted = re.search(r"for example: \"(.*?)\"", GUIDE).group(1)
    assert check(rootless).message.startswith(quoted)


def test_the_rubric_adds_up():
    points = re.findall(r"^\|[^|]*\|[^|]*\|[^|]*\| (\d+) \|$", GUIDE.partition("| Full marks |")[2].partition(":::")[0], re.M)
    assert sum(map(int, points)) == 20 and "**20**" in GUIDE


def test_the_exam_takes_its_questions_from_the_bank_and_its_marks_add_up():
    part = GUIDE.partition("## An exam")[2].partition("\n(adopting)=")[0]
    asked = re.findall(r"^\| \[(\d+)\]\(questions/(.*)\.md\) \| `(.*)` \| .* \| (\d+) \|$", part, re.M)
    order = re.findall(r"file: chapters/([\w-]+)$", (ROOT / "_toc.yml").read_text(encoding="utf-8"), re.M)
    assert len(asked) == 13 and sum(int(marks) for *_, marks in asked) == 60 and "**60**" in part
    for number, chapter, name, _ in asked:
        assert order[int(number) - 1] == chapter
        assert f"{{question}} {name}\n" in (ROOT / "chapters" / "questions" / f"{chapter}.md").read_text(encoding="utf-8")
