"""Non-response: those who answered speak for those who did not, within classes of the register."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.weights import WeightStep
from surveylib.weighting.cells import blocks, codes, collapse, counts, joint, level_order, merged_text
from surveylib.weighting.diagnostics import diagnose
from surveylib.weighting.notes import note

FEWEST = 5


def nonresponse(
    values: np.ndarray,
    rows: pd.DataFrame,
    *,
    released: pd.DataFrame,
    classes: Sequence[str],
    fewest: int = FEWEST,
    base: np.ndarray | None = None,
) -> tuple[WeightStep, tuple[Finding, ...]]:
    """Non-response weights: times (base weight of the eligible released) / (base weight of the answers), by
    class.

    Classes are the combinations of `classes` within unit and wave; one with fewer than `fewest` answers is
    joined to a neighbour, and that is noted. Without `classes` a unit and wave is one class. Answers whose
    class the register does not know are left as they are times the factor of their unit and wave.

    Parameters
    ----------
    values : float array (n,)
        Base weights of the answers.
    rows : DataFrame (n rows)
        Answers with ``unit, wave`` and the class variables as the register has them (`with_register`).
    released : DataFrame
        From `released_sample`: everyone approached, with ``probability`` (or ``weight``, where unknown
        eligibility was shared out), ``outcome`` and the class variables. Outcome ``ineligible`` leaves the
        population; any other, or none, is eligible.
    classes : sequence of str
    base : float array (n,), optional
        Weights before unknown eligibility was shared out, for the response rate (`approached.response_rate`).

    Examples
    --------
    Of four approached with probability ½ two answered: each speaks for four.

    >>> rows = pd.DataFrame({"unit": "a", "wave": "t0"}, index=range(2))
    >>> released = pd.DataFrame({"unit": "a", "wave": "t0", "probability": 0.5}, index=range(4))
    >>> released["outcome"] = ["complete", "complete", "refusal", "noncontact"]
    >>> step, findings = nonresponse(np.array([2.0, 2.0]), rows, released=released, classes=(), fewest=1)
    >>> step.values.tolist()
    [4.0, 4.0]
    """
    eligible = released[released["outcome"].astype(object) != "ineligible"].reset_index(drop=True)
    cell = blocks(rows, within=("unit", "wave"))
    there = pd.Index(cell.names).get_indexer(
        eligible["unit"].astype(str) + ", " + eligible["wave"].astype(str)
    )
    design = eligible["weight"] if "weight" in eligible else 1 / eligible["probability"]
    asked_class, answer_class = joint_or_one(eligible, classes), joint_or_one(rows, classes)
    levels = level_order(asked_class)
    shape = (len(cell), len(levels))
    level = codes(answer_class, levels=levels)
    asked = counts(there, codes(asked_class, levels=levels), shape=shape, weights=design.to_numpy(float))
    level = np.where((level >= 0) & (asked[cell.codes, level] > 0), level, -1)
    answered = counts(cell.codes, level, shape=shape, weights=values)
    number = counts(cell.codes, level, shape=shape)
    factor, found = np.ones(shape), []
    for b, name in enumerate(cell.names):
        kept = np.flatnonzero(asked[b] > 0)
        if not len(kept):
            raise SurveyError(
                "answers from a unit and wave for which nothing was drawn",
                where=name,
                hint="check unit and wave codes",
            )
        group = collapse(number[b, kept], levels=[levels[k] for k in kept], fewest=fewest)
        top, bottom = np.bincount(group, asked[b, kept]), np.bincount(group, answered[b, kept])
        factor[b, kept] = np.divide(top, bottom, out=np.ones_like(top), where=bottom > 0)[group]
        if text := merged_text([levels[k] for k in kept], group):
            found.append(note("WT02", where=name, values={"fewest": fewest, "merged": text}))
    whole = asked.sum(axis=1) / np.bincount(cell.codes, values, minlength=len(cell))
    new = values * np.where(level >= 0, factor[cell.codes, level], whole[cell.codes])
    came = values if base is None else base
    extra = (("response_rate", float(came.sum() / asked.sum())),)
    return WeightStep(name="nonresponse", values=new, diagnostics=diagnose(new, extra=extra)), tuple(found)


def joint_or_one(rows: pd.DataFrame, classes: Sequence[str]) -> pd.Series:
    """The crossed class of each row; one class for all when no variable is given."""
    if classes:
        return joint(rows, columns=classes)
    return pd.Series(["*"] * len(rows), index=rows.index, dtype=object)
