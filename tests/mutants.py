"""Change the library in some three thousand places, one at a time, and see whether its tests notice: `make mutants`.

mutmut does it, in the folder mutants/, with the tests that pyproject.toml names. Of what survives, equivalent_mutants.txt
explains what no test could tell from the library; the rest is printed as it would stand there.
"""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXPLAINED = Path(__file__).with_name("equivalent_mutants.txt")
ENOUGH = 0.95


def mutmut(*arguments, **how):
    return subprocess.run([Path(sys.executable).with_name("mutmut"), *arguments], cwd=ROOT, check=True, text=True, **how).stdout


def entry(mutant):
    """Where a mutant is and what it changes, as in equivalent_mutants.txt."""
    place = re.sub(r"\.x[_ǁ]", ".", re.sub(r"__mutmut_\d+$", "", mutant)).replace("ǁ", ".")
    diff = mutmut("show", mutant, stdout=subprocess.PIPE)
    return "\n".join([place, *(f"{sign} {line}" for sign, line in re.findall(r"^([-+])(?!--|\+\+) *(.*?) *$", diff, flags=re.M))])


def explained():
    """The entries of equivalent_mutants.txt, without the reasons above them."""
    text = re.sub(r"^#.*\n", "", EXPLAINED.read_text(encoding="utf-8"), flags=re.M)
    return {entry.strip() for entry in text.split("\n\n") if entry.strip()}


def main():
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    begun = time.monotonic()
    mutmut("run")
    found = dict(line.strip().split(": ") for line in mutmut("results", "--all", "true", stdout=subprocess.PIPE).splitlines())
    # A mutant that never comes to an end is noticed too.
    survivors = {entry(mutant) for mutant, status in found.items() if status not in ("killed", "timeout")}
    died = sum(status in ("killed", "timeout") for status in found.values())

    if news := survivors - explained():
        print(f"\n{len(news)} survivors need a test that kills them, or a reason in tests/{EXPLAINED.name} why none can:\n")
        print("\n\n".join(sorted(news)))
    if gone := explained() - survivors:
        print(f"\n{len(gone)} entries of tests/{EXPLAINED.name} do not survive any more; they can go:\n")
        print("\n\n".join(sorted(gone)))
    minutes = (time.monotonic() - begun) / 60
    print(f"\n{died} of {len(found)} mutants died, {died / len(found):.1%}, in {minutes:.0f} minutes.")
    if died < ENOUGH * len(found):
        sys.exit(f"That is too few: the tests of the library must kill {ENOUGH:.0%} of the mutants.")


if __name__ == "__main__":
    main()
