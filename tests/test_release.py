"""One release number: the package, the citation and the changelog name the same, and the citation has what its format asks for."""

import datetime
import re
import tomllib

import yaml
from conftest import ROOT

VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
RELEASES = re.findall(r"^## (\d+\.\d+\.\d+)(?: \((.*)\))?$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.M)


def test_the_three_places_name_one_release():
    newest, day = RELEASES[0]
    assert newest == VERSION == CITATION["version"]
    assert datetime.date.fromisoformat(day) == CITATION["date-released"]


def test_the_newest_release_is_on_top():
    numbers = [tuple(map(int, number.split("."))) for number, _ in RELEASES]
    assert numbers == sorted(set(numbers), reverse=True)


def test_the_citation_has_what_its_format_asks_for():
    """The four keys that CFF 1.2.0 requires, no key that it does not know, and values of the kinds it takes."""
    assert {"cff-version", "message", "title", "authors"} <= CITATION.keys()
    assert CITATION.keys() <= {"cff-version", "message", "title", "authors", "type", "abstract", "version", "date-released", "keywords"}
    assert CITATION["cff-version"] == "1.2.0" and CITATION["type"] in ("software", "dataset")
    assert CITATION["authors"] == [{"name": "The authors of the course"}]
    assert all(isinstance(word, str) for word in CITATION["keywords"]) and len(set(CITATION["keywords"])) == len(CITATION["keywords"])
    first = re.search(r"^# (.*)$", (ROOT / "README.md").read_text(encoding="utf-8"), re.M)
    assert CITATION["title"] == first.group(1)
