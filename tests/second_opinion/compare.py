"""`make second-opinion`: docs/svy.md, what we, the package `svy` and R's `survey` say of the same rows.

Without `svy` or R nothing is written, and it says which is missing.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from tests.second_opinion import ours, theirs
from tests.second_opinion.notes import HEAD, NOTES, ONE_SIDED
from tests.second_opinion.ours import Answer
from tests.second_opinion.rows import survey

HERE = Path(__file__).resolve().parent
PAGE = HERE.parents[1] / "docs" / "svy.md"
SAME = 1e-6  # what is further apart needs a note
STEPS = (1e-12, 1e-9, SAME)
VERSION = 'cat(as.character(packageVersion("survey")))'


def missing() -> str:
    """What is needed and not there; '' when all is."""
    if not find_spec("svy"):
        return 'the package svy (pip install ".[bench]" in an environment of its own)'
    try:
        subprocess.run(["Rscript", "-e", VERSION], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        return "R with its package survey"
    return ""


def from_r(rows: pd.DataFrame, drawn: pd.DataFrame) -> dict[str, Answer]:
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        rows.to_csv(place / "rows.csv", index=False, lineterminator="\n")
        drawn.to_csv(place / "drawn.csv", index=False, lineterminator="\n")
        files = [str(place / name) for name in ("rows.csv", "drawn.csv", "answers.json")]
        subprocess.run(["Rscript", str(HERE / "survey.R"), *files], check=True)
        return json.loads((place / "answers.json").read_text("utf-8"))


def apart(one: Answer, other: Answer) -> dict[str, float]:
    """By quantity that both give: greatest difference, relative to the greatest value."""
    found = {}
    for name in one.keys() & other.keys():
        left, right = np.asarray(one[name], dtype=float), np.asarray(other[name], dtype=float)
        if left.shape != right.shape:
            raise AssertionError(f"{name}: {left.shape} and {right.shape}")
        found[name] = float(np.abs(left - right).max() / max(np.abs(left).max(), 1e-300))
    return found


def told(gap: dict[str, float] | None) -> str:
    """In a cell of the table: how near, or what differs by how much."""
    if not gap:
        return "–"
    worst = max(gap.values())
    for step in STEPS:
        if worst <= step:
            return f"{step:.0e}".replace("e-0", "e-")
    wide = sorted(name for name, size in gap.items() if size > SAME)
    name = "std_error" if "std_error" in wide else max(wide, key=gap.get)
    return f"**{name} {100 * gap[name]:.2g} %**"


def compared() -> dict[str, tuple[dict | None, dict | None, dict | None]]:
    """By question: ours and svy's, ours and R's, svy's and R's; None where one of them has no answer."""
    rows = survey()
    drawn = ours.drawn(rows)
    mine, other, third = ours.answers(rows), theirs.answers(rows, drawn), from_r(rows, drawn)
    strangers = (other.keys() | third.keys()) - mine.keys()
    if strangers:
        raise AssertionError(f"answers that nobody asked for: {sorted(strangers)}")
    return {
        name: tuple(
            apart(one[name], two[name]) if name in one and name in two else None
            for one, two in ((mine, other), (mine, third), (other, third))
        )
        for name in mine
    }


def page(found: dict) -> str:
    """The whole of docs/svy.md."""
    programs = subprocess.run(["Rscript", "-e", VERSION], check=True, capture_output=True, text=True).stdout
    agree = [name for name, gaps in found.items() if gaps[0] and max(gaps[0].values()) <= SAME]
    differ = [name for name, gaps in found.items() if gaps[0] and name not in agree]
    parts = [HEAD.format(svy=version("svy"), r=programs, agree=len(agree), asked=len(agree) + len(differ))]
    parts.append("\n## Where svy and we differ\n\n")
    for name in differ:
        cells = [told(gap) for gap in found[name]]
        parts.append(f"**{name}**: {NOTES[name]}\n\n")
        parts.append(f"*ours and svy {_bare(cells[0])}; ours and R {_bare(cells[1])}; ")
        parts.append(f"svy and R {_bare(cells[2])}.*\n\n")
    parts.append(ONE_SIDED)
    parts.append("\n## Everything asked\n\n| | ours and svy | ours and R | svy and R |\n|---|---|---|---|\n")
    for name, gaps in found.items():
        parts.append(f"| {name} | {' | '.join(told(gap) for gap in gaps)} |\n")
    return "".join(parts)


def _bare(cell: str) -> str:
    return cell.strip("*")


def main() -> None:
    if lacking := missing():
        print(f"second opinion: NOT WRITTEN, missing {lacking}", file=sys.stderr)
        return
    PAGE.write_text(page(compared()), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
