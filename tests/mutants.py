"""Change the library in some four thousand places, one at a time, and see whether its tests notice: `make mutants`.

mutmut does it, in the folder mutants/, with the tests that pyproject.toml names. Of what survives, equivalent_mutants.txt
explains what no test could tell from the library; the rest is printed as it would stand there.
"""

import re
import shutil
import subprocess
import sys
import time
from itertools import groupby
from pathlib import Path

ROOT = Path(__file__).parent.parent
EXPLAINED = Path(__file__).with_name("equivalent_mutants.txt")
ENOUGH = 0.95


def mutmut(*arguments, **how):
    return subprocess.run([Path(sys.executable).with_name("mutmut"), *arguments], cwd=ROOT, check=True, text=True, **how).stdout


def change(mutant):
    """The function that a mutant is in, the line before and the line after."""
    function = re.sub(r"\.x[_ǁ]", ".", re.sub(r"__mutmut_\d+$", "", mutant)).replace("ǁ", ".")
    diff = mutmut("show", mutant, stdout=subprocess.PIPE).splitlines()
    before, after = (" ".join(line[1:].strip() for line in diff if re.match(rf"[{sign}](?![{sign}]{{2}})", line)) for sign in "-+")
    return function, before, after


def explained():
    """The changes that equivalent_mutants.txt lists, without their reasons."""
    text = re.sub(r"^#.*\n", "", EXPLAINED.read_text(encoding="utf-8"), flags=re.M)
    for function, before, *afters in map(str.splitlines, re.findall(r"(?:.+\n)+", text)):
        yield from ((function, before[2:], after[2:]) for after in afters)


def report(title, changes):
    if changes:
        print(f"\n{title}")
    for (function, before), group in groupby(sorted(changes), key=lambda change: change[:2]):
        print(f"\n{function}\n- {before}", *(f"+ {after}" for _, _, after in group), sep="\n")


def main():
    shutil.rmtree(ROOT / "mutants", ignore_errors=True)
    begun = time.monotonic()
    try:
        mutmut("run")
    except subprocess.CalledProcessError:
        sys.exit("mutmut did not come to its end; what it says stands above. Before anything is changed the tests must pass: make test")
    found = dict(line.strip().split(": ") for line in mutmut("results", "--all", "true", stdout=subprocess.PIPE).splitlines())
    # A mutant that never comes to an end is noticed too.
    survivors = [change(mutant) for mutant, status in found.items() if status not in ("killed", "timeout")]
    known, died, minutes = set(explained()), len(found) - len(survivors), (time.monotonic() - begun) / 60

    report(f"These survive. Write a test that kills them, or say in tests/{EXPLAINED.name} why none can:", set(survivors) - known)
    report(f"These are explained in tests/{EXPLAINED.name} and survive no more; they can go:", known - set(survivors))
    print(f"\n{died} of {len(found)} mutants died, {died / len(found):.1%}, in {minutes:.0f} minutes.")
    print(f"Of the {len(survivors)} that survive {sum(survivor in known for survivor in survivors)} are explained.")
    if died < ENOUGH * len(found):
        sys.exit(f"That is too few: the tests of the library must kill {ENOUGH:.0%} of the mutants.")


if __name__ == "__main__":
    main()
