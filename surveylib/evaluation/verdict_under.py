"""The verdict under other changes of the units: the same plan, with every number that the rule and the gates
look at made anew."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd

from surveylib.evaluation.breakdown import breakdown, primary_row
from surveylib.evaluation.decide import judge
from surveylib.evaluation.effect import arms, effect
from surveylib.evaluation.gates import Facts, gates
from surveylib.evaluation.grade import grade_evidence
from surveylib.evaluation.predict import answer, fit, threshold_value
from surveylib.evaluation.refusals import rollout_refused
from surveylib.model.plan import AnalysisPlan
from surveylib.model.rule import Question
from surveylib.numerics.hierarchical import Posterior

_FINEST = 0.005  # in points: half of what is printed


def verdict_under(
    changes: pd.DataFrame, *, facts: Facts, plan: AnalysisPlan, primary: pd.Series | None = None
) -> str:
    """The verdict if the primary outcome's changes were these; "" where no rule could be asked.

    Parameters
    ----------
    changes : DataFrame
        `CHANGE_COLUMNS`.
    facts : Facts
        Of the study: what no change of the numbers touches (form, mode, meaning, choice of the pilots) stays.
    primary : Series, optional
        The effect of these changes, where it is known already.
    """
    rows = arms(changes, outcome=plan.outcome.primary.index)
    treated = (rows["arm"] == "pilot").to_numpy()
    if min(treated.sum(), (~treated).sum()) < 2:
        return ""
    row = (
        primary_row(effect(rows, plan=plan, outcome=plan.outcome.primary.index))
        if primary is None
        else primary
    )
    if not row["std_error"] > 0:
        return ""
    made = fit(rows, treated=treated, prior=plan.model)
    return _judged(made, _facts(rows, treated, row, facts, plan), plan)


def verdict_given(probabilities: pd.DataFrame, *, facts: Facts, plan: AnalysisPlan) -> str:
    """The verdict if these were the probabilities the rules ask for, the gates being what they are."""

    def asked(question: Question) -> float:
        same = (probabilities["variable"] == question.variable) & (
            probabilities["operator"] == question.operator
        )
        value = threshold_value(question, plan=plan)
        same &= np.isclose(probabilities["threshold"].astype(float), value, rtol=0, atol=1e-12)
        return float(probabilities.loc[same, "probability"].iloc[0])

    return _judge(asked, facts, plan)


def turning_point(
    changes: pd.DataFrame, *, facts: Facts, plan: AnalysisPlan, primary: pd.Series
) -> tuple[float, str]:
    """By how much pilots would have had to rise anyway for the verdict to be another, and which one.

    The smallest such rise to the half of a hundredth, found by halving, up to where nothing of the effect
    is left; (NaN, "") where the verdict stays even there.
    """
    outcome = plan.outcome.primary.index

    def under(rise: float) -> str:
        of_pilots = (changes["outcome"] == outcome) & (changes["arm"] == "pilot")
        lower = changes.assign(change=changes["change"].where(~of_pilots, changes["change"] - rise))
        ends = {name: primary[name] - rise for name in ("estimate", "conf_low", "conf_high")}
        ends["statistic"] = ends["estimate"] / primary["std_error"]
        return verdict_under(lower, facts=facts, plan=plan, primary=pd.Series({**primary, **ends}))

    low, high = 0.0, max(float(primary["conf_high"]), 0.0)
    own, other = under(low), under(high)
    if other == own:
        return math.nan, ""
    while high - low > _FINEST:
        middle = (low + high) / 2
        found = under(middle)
        low, high, other = (middle, high, other) if found == own else (low, middle, found)
    return high, other


def _facts(
    rows: pd.DataFrame, treated: np.ndarray, row: pd.Series, facts: Facts, plan: AnalysisPlan
) -> Facts:
    """What the gates look at, by these changes. A guard the plan does not have is not made here either."""
    known = (facts.guards["guard"] == "leave_one_out").any()
    return dataclasses.replace(
        facts,
        n_pilot=int(treated.sum()),
        n_comparison=int((~treated).sum()),
        primary=row,
        guards=_without_each(rows, treated) if known else facts.guards,
        breakdown=breakdown(rows, primary=row, plan=plan),
    )


def _without_each(rows: pd.DataFrame, treated: np.ndarray) -> pd.DataFrame:
    values, left = rows["change"].to_numpy(float), ~np.eye(len(rows), dtype=bool)
    estimates = [values[keep & treated].mean() - values[keep & ~treated].mean() for keep in left]
    return pd.DataFrame({"guard": "leave_one_out", "without": rows["unit"], "estimate": estimates})


def _judged(made: Posterior, facts: Facts, plan: AnalysisPlan) -> str:
    return _judge(lambda question: float(answer(question, made, "", plan)[-1]), facts, plan)


def _judge(asked, facts: Facts, plan: AnalysisPlan) -> str:
    grade, _ = grade_evidence(facts, plan=plan)
    checked = gates(facts, plan=plan, grade=grade)
    return judge(plan, asked=asked, gates=checked, refused=rollout_refused(facts, plan=plan)).verdict
