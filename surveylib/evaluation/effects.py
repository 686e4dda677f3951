"""Every effect the plan asks for, with p adjusted for how many there are."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.errors import unknown
from surveylib.evaluation.effect import all_assignments, arms, effect
from surveylib.evaluation.equivalence import with_equivalence
from surveylib.evaluation.refuse import refuse
from surveylib.model.evidence import CRITERION, Refusal
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text
from surveylib.numerics.randomisation import holm, romano_wolf, welch


def scopes(changes: pd.DataFrame, *, plan: AnalysisPlan) -> tuple[tuple[str, ...], tuple[Refusal, ...]]:
    """The types and models of which something may be said, and a refusal (R6) for each of the others."""
    primary = changes[changes["outcome"] == plan.outcome.primary.index]
    pilots = primary[primary["arm"] == "pilot"]
    allowed, refused = [], []
    for kind in ("type", "model"):
        values = sorted(set(pilots[kind]) - {"", "none"})
        for value in values:
            scope = f"{kind}:{value}"
            rows = arms(primary, outcome=plan.outcome.primary.index, scope=scope)
            counts = rows["arm"].value_counts()
            n1, n0 = int(counts.get("pilot", 0)), int(counts.get("comparison", 0))
            if n1 >= plan.by_type.min_units and n0 >= 2:
                allowed.append(scope)
            else:
                refused.append(_too_few(scope, n1, n0))
    return tuple(allowed), tuple(refused)


def _too_few(scope: str, n1: int, n0: int) -> Refusal:
    detail = Text(
        vi=f"Ở đây có {n1} đơn vị thí điểm và {n0} đơn vị so sánh.",
        en=f"Pilot units here: {n1}; comparison units: {n0}.",
    )
    return refuse("R6", where=scope, detail=detail)


def effects(changes: pd.DataFrame, *, plan: AnalysisPlan) -> tuple[pd.DataFrame, tuple[Refusal, ...]]:
    """Every effect of the plan: primary index, groups and facts (also by type and model), criteria, the rest.

    The groups are adjusted by Holm within a scope; the criteria together by step-down max-t over the same
    assignments, and likewise whatever else was measured.

    Raises
    ------
    SurveyError
        If the primary outcome is not among the changes.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": list("abcdefgh"), "arm": ["pilot"] * 3 + ["comparison"] * 5})
    >>> table = table.assign(type="LG", model="", outcome="overall", n=300, n_eff=300, visitors=100)
    >>> table = table.assign(change=[0.4, 0.3, 0.5, 0.0, -0.1, 0.1, 0.0, 0.1], std_error=0.1)
    >>> table = table.assign(pre=3.5, post=3.5 + table["change"], n_pre=150, n_post=150)
    >>> made, refused = effects(table, plan=AnalysisPlan())
    >>> sorted(set(made["scope"])), refused
    (['all', 'type:LG'], ())
    """
    roles = outcome_roles(changes, plan=plan)
    allowed, refused = scopes(changes, plan=plan)
    tables = [effect(changes, plan=plan, outcome=name, role=role) for name, role in roles]
    tables += [
        effect(changes, plan=plan, outcome=name, role=role, scope=scope)
        for scope in allowed
        for name, role in roles
        if role in ("primary", "secondary", "fact")
    ]
    table = with_equivalence(pd.concat(tables, ignore_index=True), plan=plan)
    table, unadjusted = _adjust(table, changes, plan)
    warnings = [
        refuse("W4", where=name, detail=Text(vi=f"Tiêu chí: {name}.", en=f"Outcome: {name}."))
        for name in unadjusted
    ]
    return table, (*refused, *warnings)


def outcome_roles(changes: pd.DataFrame, *, plan: AnalysisPlan) -> tuple[tuple[str, str], ...]:
    """(outcome, role) for all that was measured; what the plan does not name is criterion or exploratory."""
    measured, groups, facts = (
        sorted(set(changes["outcome"])),
        plan.outcome.secondary.groups,
        plan.outcome.facts,
    )
    primary = plan.outcome.primary.index
    if primary not in measured:
        raise unknown(
            "primary outcome among the changes", primary, measured, where="plan, outcome.primary.index"
        )
    named = [
        (primary, "primary"),
        *((name, "secondary") for name in groups),
        *((name, "fact") for name in facts),
    ]
    known = [(name, role) for name, role in named if name in measured]
    others = [name for name in measured if name not in {name for name, _ in named}]
    if plan.outcome.exploratory.criteria == "none":
        others = []
    return (
        *known,
        *((name, "criterion" if name.startswith(CRITERION) else "exploratory") for name in others),
    )


def _adjust(
    table: pd.DataFrame, changes: pd.DataFrame, plan: AnalysisPlan
) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Holm over the groups of a scope; max-t over the criteria, and over the other exploratory outcomes."""
    own, left = table["estimator"] == "unit_equal", []
    for scope in table["scope"].unique():
        groups = own & (table["role"] == "secondary") & (table["scope"] == scope)
        table.loc[groups, "p_adjusted"] = holm(table.loc[groups, "p_value"].to_numpy(float))
        table.loc[groups, "adjusted_by"] = "holm"
    for role in ("criterion", "exploratory"):
        names = table.loc[own & (table["role"] == role) & table["estimate"].notna(), "outcome"].tolist()
        wide, treated = _family(changes, names)
        left += [name for name in names if name not in wide.columns]
        if wide.empty:
            continue
        assigned = all_assignments(treated, plan=plan)
        by_name = dict(zip(wide.columns, romano_wolf(wide.to_numpy(float), treated, assigned), strict=True))
        rows = own & table["outcome"].isin(by_name)
        # The plan's p may be Welch's, the larger of two: adjusting must not look kinder than not adjusting.
        joint = table.loc[rows, "outcome"].map(by_name).astype(float)
        table.loc[rows, "p_adjusted"] = np.fmax(joint, table.loc[rows, "p_value"])
        table.loc[rows, "adjusted_by"] = "romano_wolf"
    return table, tuple(left)


def _family(changes: pd.DataFrame, names: list[str]) -> tuple[pd.DataFrame, np.ndarray]:
    """Units × outcomes (NaN where a unit has none) for the outcomes with two units an arm and some spread."""
    rows = changes[changes["arm"].isin(["pilot", "comparison"])]
    arm = rows.drop_duplicates("unit").set_index("unit")["arm"].sort_index()
    treated = (arm == "pilot").to_numpy()
    wide = rows[rows["outcome"].isin(names)].pivot(index="unit", columns="outcome", values="change")
    wide = wide.reindex(arm.index)
    there = [welch(d[~np.isnan(d)], treated[~np.isnan(d)]).std_error > 0 for d in wide.to_numpy(float).T]
    return wide.loc[:, there], treated
