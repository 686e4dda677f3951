"""Everyone approached, those who answered or not: unknown eligibility and non-response as weights.

The steps here run over all rows approached, one after another: each hands the weight of some rows on to
others of their class and leaves 0 behind, so that the total of every class stays.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.model.finding import Finding
from surveylib.model.weights import WeightStep
from surveylib.weighting.cells import collapse, joint, level_order, merged_text
from surveylib.weighting.diagnostics import diagnose
from surveylib.weighting.notes import note

OUTCOMES = ("complete", "refusal", "noncontact", "ineligible", "unknown")
FEWEST = 5


def share_unknown(
    values: np.ndarray,
    rows: pd.DataFrame,
    *,
    outcome: str = "outcome",
    classes: Sequence[str] = (),
    fewest: int = FEWEST,
) -> tuple[WeightStep, tuple[Finding, ...]]:
    """Unknown eligibility: its weight goes to the rows of the class whose eligibility is known.

    Of those of unknown eligibility the same share is taken to be eligible as of the known (the CASRO
    rule; AAPOR, Standard Definitions, response rate 3): the ineligible take their part and leave with it.

    Parameters
    ----------
    values : float array (n,)
        Base weights of everyone approached.
    rows : DataFrame (n rows)
        With `outcome` (complete, refusal, noncontact, ineligible or unknown) and the class columns.
    classes : sequence of str
        Columns, crossed; a class with fewer than `fewest` known rows is joined to a neighbour, and that is
        noted.

    Raises
    ------
    SurveyError
        An unknown outcome or column, a blank class, no row of known eligibility.

    Examples
    --------
    >>> rows = pd.DataFrame({"outcome": ["complete", "ineligible", "unknown", "unknown"]})
    >>> share_unknown(np.full(4, 10.0), rows)[0].values
    array([20., 20.,  0.,  0.])
    """
    told = outcomes(rows, outcome)
    values, found = _hand_on(
        values, rows, classes, fewest, givers=told == "unknown", takers=told != "unknown", kind="eligibility"
    )
    alive = values > 0
    shared = (("unknown", float((told == "unknown").sum())),)
    return WeightStep(
        name="eligibility", values=values, diagnostics=diagnose(values[alive], extra=shared)
    ), found


def share_nonresponse(
    values: np.ndarray,
    rows: pd.DataFrame,
    *,
    outcome: str = "outcome",
    classes: Sequence[str] = (),
    fewest: int = FEWEST,
    base: np.ndarray | None = None,
) -> tuple[WeightStep, tuple[Finding, ...]]:
    """Non-response by classes: the weight of who did not answer goes to who did, within the class.

    Rows that are ineligible leave with their weight. After `share_unknown`, where eligibility is not known
    of all; give the weights before that step as `base`, so that the response rate among the diagnostics
    counts those of unknown eligibility too (AAPOR's third).

    Examples
    --------
    >>> rows = pd.DataFrame({"outcome": ["complete", "refusal", "ineligible"]})
    >>> share_nonresponse(np.full(3, 10.0), rows)[0].values
    array([20.,  0.,  0.])
    """
    told = outcomes(rows, outcome)
    start = eligible_weights(values, told)
    made, found = _hand_on(
        start,
        rows,
        classes,
        fewest,
        givers=np.isin(told, ("refusal", "noncontact")),
        takers=told == "complete",
        kind="nonresponse",
    )
    answered = told == "complete"
    rate = response_rate(start, answered, base)
    diagnostics = diagnose(made[answered], extra=(("response_rate", rate),))
    return WeightStep(name="nonresponse", values=made, diagnostics=diagnostics), found


def response_rate(eligible: np.ndarray, answered: np.ndarray, base: np.ndarray | None) -> float:
    """Weight of the answers, as approached, over the weight of all that are or may be taken as eligible."""
    came = eligible if base is None else np.asarray(base, dtype=float)
    return float(came[answered].sum() / eligible.sum())


def outcomes(rows: pd.DataFrame, column: str) -> np.ndarray:
    """The outcome of every row, each one of OUTCOMES."""
    if column not in rows.columns:
        raise unknown("column", column, rows.columns, where="outcome")
    told = rows[column].astype(object).to_numpy()
    wrong = ~np.isin(told.astype(str), OUTCOMES)
    if wrong.any():
        row = int(np.argmax(wrong))
        where = f"column {column!r}, row {row + 1}"
        if pd.isna(told[row]):
            raise SurveyError("a row approached has no outcome", where=where, expected=", ".join(OUTCOMES))
        raise unknown("outcome", told[row], OUTCOMES, where=where)
    return told.astype(str)


def eligible_weights(values: np.ndarray, told: np.ndarray) -> np.ndarray:
    """The weights with 0 for the ineligible; refuses rows of unknown eligibility that still have weight."""
    values = np.asarray(values, dtype=float)
    open_cases = (told == "unknown") & (values > 0)
    if open_cases.any():
        raise SurveyError(
            f"{int(open_cases.sum())} row(s) of unknown eligibility",
            where=f"row {int(np.argmax(open_cases)) + 1}",
            hint="share their weight out first (share_unknown)",
        )
    eligible = np.where(told == "ineligible", 0.0, values)
    if not eligible[told == "complete"].sum() > 0:
        raise SurveyError("nobody answered", expected="rows with the outcome complete")
    return eligible


def _hand_on(values, rows, classes, fewest, *, givers, takers, kind):
    """Move the weight of `givers` to `takers` in proportion, within classes joined where takers are few."""
    values = np.asarray(values, dtype=float)
    code, levels = _classes(rows, classes)
    number = np.bincount(code[takers & (values > 0)], minlength=len(levels))
    if not number.any():
        raise SurveyError("no row to hand the weight on to", where=kind)
    group = collapse(number, levels=levels, fewest=fewest)
    found = ()
    if text := merged_text(levels, group):
        found = (note("WT02", where=kind, values={"fewest": fewest, "merged": text}),)
    mine = group[code]
    given = np.bincount(mine, np.where(givers, values, 0.0), minlength=len(levels))
    taken = np.bincount(mine, np.where(takers, values, 0.0), minlength=len(levels))
    factor = 1 + np.divide(given, taken, out=np.zeros_like(given), where=taken > 0)
    return np.where(givers, 0.0, np.where(takers, values * factor[mine], values)), found


def _classes(rows: pd.DataFrame, classes: Sequence[str]) -> tuple[np.ndarray, tuple[str, ...]]:
    if not classes:
        return np.zeros(len(rows), dtype=np.int64), ("*",)
    for name in classes:
        if name not in rows.columns:
            raise unknown("column", name, rows.columns, where="non-response classes")
    values = joint(rows, columns=classes)
    blank = values.isna().to_numpy()
    if blank.any():
        raise SurveyError(
            f"{int(blank.sum())} row(s) approached have no class",
            where=f"columns {', '.join(classes)}, row {int(np.argmax(blank)) + 1}",
            hint="classes must be known of those who did not answer too",
        )
    levels = level_order(values)
    return pd.Index(levels, dtype=object).get_indexer(pd.Index(values, dtype=object)), levels
