"""Whether items meant the same before and after: the tests of a run, what the gate is told, and the tables
that are kept."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
import pandas as pd

from surveylib.evaluation.changes import dated_arms
from surveylib.model.invariance import Invariance
from surveylib.model.plan import AnalysisPlan
from surveylib.psychometrics.invariance import invariance
from surveylib.runner.place import StudyFiles
from surveylib.runner.planned import within_months


def meaning_tests(files: StudyFiles, rows: pd.DataFrame) -> tuple[Invariance, ...]:
    """The test over all units, and over the pilot units alone: what they were promised may have moved only
    their visitors' measure."""
    before, after = sides(files)
    rows = rows[counted_rows(rows, files.plan)]
    arms = arms_of(files, waves=set(rows["wave"]))
    of_pilots = rows["unit"].isin([unit for unit, arm in arms.items() if arm == "pilot"])
    scopes = {"all": rows, "pilot": rows[of_pilots]} if of_pilots.any() else {"all": rows}
    return tuple(
        invariance(
            own.reset_index(drop=True),
            questionnaire=files.instrument,
            before=before,
            after=after,
            scope=scope,
        )
        for scope, own in scopes.items()
    )


def counted_rows(rows: pd.DataFrame, plan: AnalysisPlan) -> np.ndarray:
    """Whether each answer was given outside the months that the plan excludes."""
    every = pd.DataFrame({"counted": 1.0}, index=rows.index)
    return within_months(rows, every, plan)["counted"].notna().to_numpy()


def sides(files: StudyFiles) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The waves before and those after: the plan's where it names them, else by their role."""
    named = files.plan.waves
    by_role = {
        role: tuple(wave.id for wave in files.study.waves if wave.role == role) for role in ("pre", "post")
    }
    return named.pre or by_role["pre"], named.post or by_role["post"]


def arms_of(files: StudyFiles, *, waves: Collection[str]) -> dict[str, str]:
    """The arm of every unit by its dated exposure in those `waves` of the two sides that have come in, and by
    the pilots the plan names; exposed: without a baseline."""
    before, after = (set(side) & set(waves) for side in sides(files))
    named = files.plan.arms.pilot
    arms = dated_arms(files.study, before=before, after=after)
    if named is None:
        return arms
    return {
        unit: "pilot" if unit in named and arm != "exposed" else "self_pilot" if arm == "pilot" else arm
        for unit, arm in arms.items()
    }


def moved_items(tests: Sequence[Invariance]) -> dict[str, frozenset[str]] | None:
    """By group tested, its items that moved in any of the tests; None where no group could be tested over
    all units."""
    if not tests or tests[0].items.empty:
        return None
    moved = {group: set(items) for group, items in tests[0].moved.items()}
    for test in tests[1:]:
        for group, items in test.moved.items():
            moved.setdefault(group, set()).update(items)
    return {group: frozenset(items) for group, items in moved.items()}


def meaning_tables(tests: Sequence[Invariance]) -> dict[str, pd.DataFrame]:
    """Steps, items, means and what was not tested, by scope."""
    made = {
        f"invariance_{name}": pd.concat(
            [getattr(test, name).assign(scope=test.scope, **_counts(test, name)) for test in tests]
        )
        for name in ("steps", "items", "means")
    }
    made["invariance_untested"] = pd.DataFrame(
        [(test.scope, one.group, one.reason.vi, one.reason.en) for test in tests for one in test.untested],
        columns=["scope", "group", "reason_vi", "reason_en"],
    )
    # A sum in another order, as with other threads, moves the tenth digit: kept are those that never move.
    return {name: table[["scope", *table.columns.drop("scope")]].round(6) for name, table in made.items()}


def _counts(test: Invariance, name: str) -> dict[str, int]:
    return {"n_before": test.n_before, "n_after": test.n_after} if name == "steps" else {}
