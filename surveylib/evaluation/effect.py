"""The effect: difference between pilots' and comparison units' changes, one number a unit.

Donald & Lang (2007), doi:10.1162/rest.89.2.221: with few units the units are the sample.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy import stats

from surveylib.errors import unknown
from surveylib.evaluation.refuse import lift_to_floor, refusal_error
from surveylib.model.evidence import EFFECT_EXTRA, EFFECT_KEYS
from surveylib.model.plan import AnalysisPlan
from surveylib.model.results import RESULT_COLUMNS
from surveylib.model.text import Text
from surveylib.numerics.randomisation import (
    Difference,
    assignments,
    randomisation_interval,
    randomisation_p,
    sign_flip_floor,
    sign_flip_p,
    smallest_p,
    varies,
    welch,
)
from surveylib.rng import stream

EFFECT_COLUMNS = (*EFFECT_KEYS, *RESULT_COLUMNS, *EFFECT_EXTRA)
MDE_ALPHA, MDE_POWER = 0.05, 0.80

_NO_COMPARISON = Text(vi="không có đủ hai đơn vị so sánh", en="fewer than two comparison units")
_ONE_PILOT = Text(vi="chỉ có một đơn vị thí điểm", en="only one pilot unit")
_NO_PILOT = Text(vi="không có đơn vị thí điểm nào có số liệu", en="no pilot unit with data")
_NO_SPREAD = Text(
    vi="mọi đơn vị thay đổi như nhau, không có gì để so chênh lệch với",
    en="all units changed alike: there is nothing to measure the difference against",
)
_NO_INTERVAL = Text(
    vi="số đơn vị quá ít để lập khoảng tin cậy ở mức này",
    en="too few units for an interval at this level",
)
_NO_ERROR = Text(
    vi="không kèm sai số: tính trên từng người trả lời (R1)",
    en="without an error: it rests on respondents (R1)",
)
_CHANGE_ONLY = Text(vi="mức thay đổi, không phải tác động", en="a change, not an effect")


def arms(changes: pd.DataFrame, *, outcome: str, scope: str = "all") -> pd.DataFrame:
    """The pilot and comparison units of `outcome` within `scope`, in the order of their names.

    A scope ``model:office`` compares the pilots of that model with comparison units of the same types.

    Raises
    ------
    SurveyError
        For an outcome or a scope that is not there.
    """
    known = sorted(set(changes["outcome"]))
    if outcome not in known:
        raise unknown("outcome", outcome, known, where="changes")
    rows = changes[(changes["outcome"] == outcome) & changes["arm"].isin(["pilot", "comparison"])]
    kind, _, value = scope.partition(":")
    if kind == "type":
        rows = rows[rows["type"] == value]
    elif kind == "model":
        own = (rows["arm"] == "pilot") & (rows["model"] == value)
        rows = rows[own | ((rows["arm"] == "comparison") & rows["type"].isin(rows.loc[own, "type"]))]
    elif scope != "all":
        raise unknown("scope", scope, ["all", "type:LG", "model:office"])
    return rows.sort_values("unit", ignore_index=True)


def effect(
    changes: pd.DataFrame,
    *,
    plan: AnalysisPlan,
    outcome: str,
    scope: str = "all",
    role: str = "primary",
    unit_of_analysis: str = "unit",
) -> pd.DataFrame:
    """The effect on one outcome by every estimator that applies: one row each, `EFFECT_COLUMNS`.

    Parameters
    ----------
    changes : DataFrame
        As `changes` gives them.
    unit_of_analysis : str
        ``unit``. Asking for ``respondent`` is refused (R1).

    Raises
    ------
    SurveyError
        R1; or an unknown outcome or scope.

    Examples
    --------
    >>> table = pd.DataFrame({"unit": list("abcdefgh"), "arm": ["pilot"] * 3 + ["comparison"] * 5})
    >>> table = table.assign(type="LG", model="", outcome="overall", n=300, n_eff=300, visitors=100)
    >>> table = table.assign(change=[0.4, 0.3, 0.5, 0.0, -0.1, 0.1, 0.0, 0.1], std_error=0.1)
    >>> table = table.assign(pre=3.5, post=3.5 + table["change"], n_pre=150, n_post=150)
    >>> made = effect(table, plan=AnalysisPlan(), outcome="overall").set_index("estimator")
    >>> made.loc[["unit_equal", "welch", "ri_t"], ["estimate", "p_value"]].round(3)
                estimate  p_value
    estimator
    unit_equal      0.38    0.018
    welch           0.38    0.018
    ri_t            0.38    0.018

    The three pilots lie above all five others: no p can be below one of the 56 ways to choose three.

    >>> round(1 / made.loc["ri_t", "p_floor"])
    56
    """
    if unit_of_analysis == "respondent":
        raise refusal_error("R1", where=f"effect on {outcome}")
    if unit_of_analysis != "unit":
        raise unknown("unit of analysis", unit_of_analysis, ["unit"])
    rows = arms(changes, outcome=outcome, scope=scope)
    d, treated = rows["change"].to_numpy(float), (rows["arm"] == "pilot").to_numpy()
    n1, n0 = int(treated.sum()), int((~treated).sum())
    keys = {"role": role, "outcome": outcome, "scope": scope, "n_pilot": n1, "n_comparison": n0}
    keys |= {"n": rows["n"].sum(), "n_eff": rows["n_eff"].sum()}
    lines = []
    why = _why_not(n1, n0, welch(d, treated))
    if why is not None:
        estimate = float(d[treated].mean() - d[~treated].mean()) if n1 and n0 else math.nan
        lines.append(_row("unit_equal", estimate=estimate, why=why) | keys)
    else:
        lines += [line | keys for line in _by_units(d, treated, plan)]
        lines += [line | keys for line in _weighted(rows, treated, plan.analysis.level)]
    if n1 >= 2:
        answers = {name: rows.loc[treated, name].sum() for name in ("n", "n_eff")}
        lines.append(_pilots_only(d[treated], plan) | keys | answers | {"n_comparison": 0})
    return pd.DataFrame(lines, columns=list(EFFECT_COLUMNS))


def _why_not(n1: int, n0: int, difference: Difference) -> Text | None:
    if n1 == 0:
        return _NO_PILOT
    if n1 == 1:
        return _ONE_PILOT
    if n0 < 2:
        return _NO_COMPARISON
    return _NO_SPREAD if not difference.std_error > 0 else None


def _row(
    estimator: str,
    *,
    estimate: float,
    std_error: float = math.nan,
    df: float = math.nan,
    interval: tuple[float, float] = (math.nan, math.nan),
    p: float = math.nan,
    floor: float = math.nan,
    why: Text | None = None,
) -> dict:
    return {
        "estimator": estimator,
        "estimate": estimate,
        "std_error": std_error,
        "df": df,
        "conf_low": interval[0],
        "conf_high": interval[1],
        "statistic": estimate / std_error if std_error > 0 else math.nan,
        "p_value": p,
        "p_floor": floor,
        "p_adjusted": math.nan,
        "adjusted_by": "",
        "mde": math.nan,
        "p_equivalence": math.nan,
        "p_noninferior": math.nan,
        "deff": math.nan,
        "reason_vi": why.vi if why else "",
        "reason_en": why.en if why else "",
    }


def t_interval(difference: Difference, *, level: float) -> tuple[float, float]:
    """The interval of a difference by its t distribution."""
    half = stats.t.ppf((1 + level) / 2, difference.df) * difference.std_error
    return difference.estimate - half, difference.estimate + half


def t_p(difference: Difference) -> float:
    """Two-sided p of a difference by its t distribution."""
    return float(2 * stats.t.sf(abs(difference.statistic), difference.df))


def mde(difference: Difference) -> float:
    """The effect that a two-sided 5 % test finds four times out of five, given this standard error.

    >>> round(mde(Difference(estimate=0.0, std_error=0.0966, df=13.0, statistic=0.0)), 2)
    0.29
    """
    quantiles = stats.t.ppf(1 - MDE_ALPHA / 2, difference.df) + stats.t.ppf(MDE_POWER, difference.df)
    return float(quantiles * difference.std_error)


def all_assignments(treated: np.ndarray, *, plan: AnalysisPlan) -> np.ndarray:
    """Every assignment of the units, or above the bound a sample of them from the plan's seed."""
    return assignments(treated, rng=stream(plan.analysis.seed, "randomisation"))


def _by_units(d: np.ndarray, treated: np.ndarray, plan: AnalysisPlan) -> list[dict]:
    """Welch, randomisation, and the plan's own: the larger p of the two, the interval that holds both."""
    level, seen = plan.analysis.level, welch(d, treated)
    assigned = all_assignments(treated, plan=plan)
    floor = smallest_p(len(d), int(treated.sum()), number=len(assigned))
    p_t, p_ri = lift_to_floor(t_p(seen), floor=floor), randomisation_p(d, treated, assigned)
    by_t, by_ri = t_interval(seen, level=level), randomisation_interval(d, treated, assigned, level=level)
    # No effect at all is rejected when too few assignments exist: then there is no interval to print.
    bounded, nothing = math.isfinite(by_ri[0]) and math.isfinite(by_ri[1]), (math.nan, math.nan)
    why = None if bounded else _NO_INTERVAL
    ri, both = (by_ri, (min(by_t[0], by_ri[0]), max(by_t[1], by_ri[1]))) if bounded else (nothing, nothing)
    common = {"estimate": seen.estimate, "std_error": seen.std_error, "df": seen.df, "floor": floor}
    lines = [
        _row("unit_equal", **common, interval=both, p=max(p_t, p_ri), why=why),
        _row("welch", **common, interval=by_t, p=p_t),
        _row("ri_t", **common, interval=ri, p=p_ri, why=why),
    ]
    return [line | {"mde": mde(seen)} for line in lines]


def _weighted(rows: pd.DataFrame, treated: np.ndarray, level: float) -> list[dict]:
    """What other weightings would have said: visitors served, and (without an error) answers received."""
    lines = []
    weights = rows["visitors"].to_numpy(float)
    if np.isfinite(weights).all() and (weights > 0).all():
        d = rows["change"].to_numpy(float)
        lines.append(_visitor_row(d, treated, weights, level))
    answers = [(_pooled(rows[side], "post") - _pooled(rows[side], "pre")) for side in (treated, ~treated)]
    lines.append(_row("respondent_weighted", estimate=answers[0] - answers[1], why=_NO_ERROR))
    return lines


def _pooled(rows: pd.DataFrame, side: str) -> float:
    return float(np.average(rows[side], weights=rows[f"n_{side}"]))


def _visitor_row(d: np.ndarray, treated: np.ndarray, weights: np.ndarray, level: float) -> dict:
    """Linearised variance of a weighted mean of units, arm by arm; df by Welch's formula on the two parts."""
    means, parts, sizes = [], [], []
    for side in (treated, ~treated):
        share = weights[side] / weights[side].sum()
        mean, n = float(share @ d[side]), int(side.sum())
        means.append(mean)
        parts.append(float(((share * (d[side] - mean)) ** 2).sum()) * n / (n - 1))
        sizes.append(n)
    variance = sum(parts)
    if not variance > 0:
        return _row("visitor_weighted", estimate=means[0] - means[1], why=_NO_SPREAD)
    df = variance**2 / sum(part**2 / (n - 1) for part, n in zip(parts, sizes, strict=True))
    error = math.sqrt(variance)
    estimate = means[0] - means[1]
    made = Difference(estimate=estimate, std_error=error, df=df, statistic=estimate / error)
    floor = smallest_p(sum(sizes), sizes[0])
    p = lift_to_floor(t_p(made), floor=floor)
    interval = t_interval(made, level=level)
    return _row(
        "visitor_weighted", estimate=estimate, std_error=error, df=df, interval=interval, p=p, floor=floor
    )


def _pilots_only(d: np.ndarray, plan: AnalysisPlan) -> dict:
    """The pilots' mean change with its exact sign-flip p: what may be said without any comparison."""
    variance, df = float(d.var(ddof=1) / len(d)), len(d) - 1
    error = math.sqrt(variance) if varies(d, variance) else 0.0
    p = sign_flip_p(d, rng=stream(plan.analysis.seed, "sign_flip"))
    floor = sign_flip_floor(len(d))
    half = float(stats.t.ppf((1 + plan.analysis.level) / 2, df)) * error
    mean = float(d.mean())
    interval = (mean - half, mean + half) if error > 0 else (math.nan, math.nan)
    return _row(
        *("pilots_only",),
        estimate=mean,
        std_error=error,
        df=df,
        interval=interval,
        p=p,
        floor=floor,
        why=_CHANGE_ONLY,
    )
