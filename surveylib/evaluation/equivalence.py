""" "No evidence of an effect" and "evidence of no effect": which of the two the units allow to be said.

Two one-sided tests on unit changes with the smallest effect of interest as margin (Schuirmann 1987,
doi:10.1007/BF01068419); non-inferiority is the lower of the two with the plan's own margin.
"""

from __future__ import annotations

import math

import pandas as pd
from scipy import stats

from surveylib.evaluation.refuse import lift_to_floor
from surveylib.evaluation.say import points
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text
from surveylib.numerics.randomisation import error_rate, smallest_p

TOST_ALPHA = 0.05


def equivalence_p(row: pd.Series, *, margin: float) -> float:
    """p of two one-sided t tests that the effect lies within ±margin.

    Examples
    --------
    >>> row = pd.Series({"estimate": 0.0, "std_error": 0.05, "df": 13.0})
    >>> round(equivalence_p(row, margin=0.2), 4)
    0.0008
    """
    return max(noninferiority_p(row, margin=margin), _below_p(row, margin=margin))


def noninferiority_p(row: pd.Series, *, margin: float) -> float:
    """p of the one-sided t test that the effect is no worse than −margin."""
    return float(stats.t.sf((row["estimate"] + margin) / row["std_error"], row["df"]))


def _below_p(row: pd.Series, *, margin: float) -> float:
    return float(stats.t.sf((margin - row["estimate"]) / row["std_error"], row["df"]))


def with_equivalence(effects: pd.DataFrame, *, plan: AnalysisPlan) -> pd.DataFrame:
    """The effects with `p_equivalence` and `p_noninferior`, where the plan's margins are in their points.

    That is the primary index and the groups; a fact in minutes or a criterion in percent has no margin in the
    plan. Like every p they are not printed below the attainable floor, here a one-sided test's.
    """
    margins = {
        "p_equivalence": (equivalence_p, plan.thresholds.sesoi),
        "p_noninferior": (noninferiority_p, plan.thresholds.noninferior_margin),
    }
    usable = effects["role"].isin(["primary", "secondary"]) & effects["estimator"].isin(
        ["unit_equal", "welch"]
    )
    usable &= effects["std_error"] > 0
    out = effects.copy()
    for name, (test, margin) in margins.items():
        out[name] = math.nan
        for place in out.index[usable]:
            row = out.loc[place]
            n1, n0 = int(row["n_pilot"]), int(row["n_comparison"])
            floor = smallest_p(n1 + n0, n1, two_sided=False)
            out.loc[place, name] = lift_to_floor(test(row, margin=margin), floor=floor)
    return out


def group_sentence(row: pd.Series, *, plan: AnalysisPlan) -> Text:
    """What may be said of one group of criteria, its p adjusted for the others; the group's name goes before.

    `row` is a row of effects with `p_adjusted`, `p_equivalence` and `p_noninferior`.

    Examples
    --------
    >>> row = pd.Series({"estimate": 0.02, "std_error": 0.1, "conf_low": -0.15, "conf_high": 0.19,
    ...                  "p_adjusted": 0.8, "p_equivalence": 0.045, "p_noninferior": 0.12})
    >>> print(group_sentence(row, plan=AnalysisPlan()).en)
    evidence of no effect worth having: smaller than 0.20 points either way
    """
    if not row["std_error"] > 0:
        return Text(vi="không ước lượng được", en="cannot be estimated")
    sesoi, margin = plan.thresholds.sesoi, plan.thresholds.noninferior_margin
    if row["p_adjusted"] <= error_rate(plan.analysis.level):
        size = {lang: points(row["estimate"], lang, sign=True) for lang in ("vi", "en")}
        up = row["estimate"] > 0
        return Text(
            vi=f"có bằng chứng {'tăng' if up else 'giảm'}: {size['vi']} điểm (p đã hiệu chỉnh)",
            en=f"evidence of {'a gain' if up else 'a loss'}: {size['en']} points (p adjusted)",
        )
    if row["p_equivalence"] < TOST_ALPHA:
        return Text(
            vi="có bằng chứng là không có tác động đáng kể: nhỏ hơn "
            f"{points(sesoi, 'vi')} điểm về cả hai phía",
            en=f"evidence of no effect worth having: smaller than {points(sesoi, 'en')} points either way",
        )
    if row["p_noninferior"] < TOST_ALPHA:
        return Text(
            vi=f"chưa có bằng chứng về tác động; không kém đi quá {points(margin, 'vi')} điểm",
            en=f"no evidence of an effect; not worse by more than {points(margin, 'en')} points",
        )
    return Text(
        vi="chưa có bằng chứng về tác động, cũng chưa loại trừ được mức giảm quá "
        f"{points(margin, 'vi')} điểm",
        en="no evidence of an effect, and a loss of more than "
        f"{points(margin, 'en')} points is not ruled out",
    )
