"""What an additional satisfied visitor costs, and from which worth on roll-out pays.

No willingness to pay is invented: all is said as a curve over it. The effect on the share satisfied has the
posterior of `predict`, its priors brought from points of the index to shares by the ratio of respondents'
standard deviations. Net benefit of rolling out to one unit over the horizon, at λ đồng an additional
satisfied visitor: λ · visitors · θ − cost.

Claxton (1999), doi:10.1016/S0167-6296(98)00039-3; Wilson (2015), doi:10.1007/s40273-014-0219-x.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
from scipy.special import ndtr

from surveylib.evaluation.effect import arms
from surveylib.evaluation.information import (
    Basis,
    information_table,
    prior_for,
    seen_tomorrow,
    share_posterior,
)
from surveylib.evaluation.refuse import refuse
from surveylib.evaluation.say import points
from surveylib.evaluation.say_value import sentences
from surveylib.model.cost import CURVE_COLUMNS, INFORMATION_COLUMNS, SHARED, Costs, Value
from surveylib.model.evidence import Evidence, Refusal
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text
from surveylib.numerics.hierarchical import Mixture, above, moments, of_theta, quantile

_STEPS = np.linspace(0.0, 3.0, 13)


def assess_value(
    evidence: Evidence, *, costs: Costs | None, plan: AnalysisPlan, visitors: float | None = None
) -> Value:
    """Cost per additional satisfied visitor, break-even curve, EVPI and EVSI; R9 where a part is missing.

    Parameters
    ----------
    costs : Costs or None
        As `read_cost_lines` gives them; None where there are none.
    visitors : float, optional
        Visitors of a pilot unit in a month; the mean of the evidence's own when not given.
    """
    outcome, plain = plan.cost.outcome, evidence.changes
    if visitors is None:
        own = plain[(plain["outcome"] == outcome) & (plain["arm"] == "pilot")]["visitors"].astype(float)
        visitors = float(own.mean()) if own.notna().any() else None
    pilots = sorted(set(plain.loc[plain["arm"] == "pilot", "unit"].astype(str)))
    unit_cost, survey_cost = unit_costs(costs, pilots=pilots, horizon=plan.cost.horizon_months)
    row = _effect_row(evidence, outcome)
    made = Basis(
        plan=plan,
        outcome=outcome,
        unit_cost=unit_cost,
        survey_cost=survey_cost,
        visitors=None if visitors is None else visitors * plan.cost.horizon_months,
        findings=() if costs is None else costs.findings,
    )
    lacking = _lacking(costs, made, row)
    if lacking is not None:
        return _refused(made, refuse("R9", where="cost", detail=lacking))
    return _valued(evidence, made, row)


def unit_costs(costs: Costs | None, *, pilots: list[str], horizon: int) -> tuple[float | None, float | None]:
    """What the programme costs in one pilot unit over the horizon, and one survey wave in one unit; means.

    Shared costs are divided among the pilot units: a roll-out might share them more widely, so this is not
    too low.
    """
    if costs is None or not costs.complete or not pilots:
        return None, None
    times = {"one_off": 1.0, "monthly": float(horizon), "yearly": horizon / 12}
    lines = [one for one in costs.lines if one.unit == SHARED or one.unit in pilots]
    programme = sum(times[one.kind] * one.amount for one in lines if one.kind in times) / len(pilots)
    survey = [one.amount for one in lines if one.kind == "per_wave"]
    return programme, sum(survey) / len(pilots) if survey else None


def _effect_row(evidence: Evidence, outcome: str) -> pd.Series | None:
    rows = evidence.effects
    own = (rows["outcome"] == outcome) & (rows["scope"] == "all") & (rows["estimator"] == "unit_equal")
    return rows[own].iloc[0] if own.any() else None


def _lacking(costs: Costs | None, made: Basis, row: pd.Series | None) -> Text | None:
    """What stands in the way, the first thing of all."""
    if costs is None:
        return Text(vi="Chưa có số liệu chi phí.", en="There are no costs yet.")
    if made.unit_cost is None:
        return Text(
            vi="Biểu chi phí còn thiếu hoặc có lỗi; xem danh sách kiểm tra.",
            en="The cost form is incomplete or has mistakes; see the findings.",
        )
    if not made.visitors:
        return Text(
            vi="Không biết số lượt người đến giao dịch mỗi tháng.",
            en="How many visitors come in a month is not known.",
        )
    if row is None or not row["std_error"] > 0:
        return Text(
            vi=f"Không ước lượng được tác động lên “{made.outcome}”.",
            en=f"The effect on “{made.outcome}” cannot be estimated.",
        )
    if not row["estimate"] > 0:
        vi, en = (points(100 * row["estimate"], lang, digits=1, sign=True) for lang in ("vi", "en"))
        return Text(
            vi=f"Tác động ước lượng lên tỷ lệ này là {vi} điểm phần trăm: không có lượt người hài lòng nào "
            "tăng thêm để tính.",
            en=f"The estimated effect on that share is {en} percentage points: there is no additional "
            "satisfied visitor to count.",
        )
    return None


def _refused(made: Basis, refusal: Refusal) -> Value:
    said = Text(vi=f"{refusal.refused.vi} {refusal.why.vi}", en=f"{refusal.refused.en} {refusal.why.en}")
    return Value(
        outcome=made.outcome,
        horizon=made.plan.cost.horizon_months,
        unit_cost=made.unit_cost,
        survey_cost=made.survey_cost,
        visitors=made.visitors,
        ratio=None,
        ratio_low=None,
        ratio_high=None,
        break_even=None,
        curve=pd.DataFrame(columns=list(CURVE_COLUMNS)),
        information=pd.DataFrame(columns=list(INFORMATION_COLUMNS)),
        sentences=(said,),
        refusals=(refusal,),
        findings=made.findings,
    )


def _valued(evidence: Evidence, made: Basis, row: pd.Series) -> Value:
    per = made.unit_cost / made.visitors
    low, high = float(row["conf_low"]), float(row["conf_high"])
    ratio = per / float(row["estimate"])
    rows = arms(evidence.changes, outcome=made.outcome)
    prior = prior_for(evidence, outcome=made.outcome, model=made.plan.model)
    post = share_posterior(rows, prior)
    theta = of_theta(post)
    even = per / moments(theta)[0] if moments(theta)[0] > 0 else math.inf
    curve = _curve(theta, even, made) if math.isfinite(even) else pd.DataFrame(columns=list(CURVE_COLUMNS))
    information = pd.DataFrame(columns=list(INFORMATION_COLUMNS))
    if math.isfinite(even):
        seen = seen_tomorrow(rows, post, prior, seed=evidence.seed, mean=moments(theta)[0])
        information = information_table(seen, even, made, len(rows))
    return Value(
        outcome=made.outcome,
        horizon=made.plan.cost.horizon_months,
        unit_cost=made.unit_cost,
        survey_cost=made.survey_cost,
        visitors=made.visitors,
        ratio=ratio,
        ratio_low=per / high if high > 0 else None,
        ratio_high=per / low if low > 0 else None,
        break_even=even if math.isfinite(even) else None,
        curve=curve if made.plan.cost.lambda_curve else curve.iloc[:0],
        information=information,
        sentences=sentences(ratio, per, low, high, even, theta, information, made),
        refusals=(),
        findings=made.findings,
    )


def expected_gain(theta: Mixture, *, slope: float, cost: float) -> float:
    """E max(0, slope · θ − cost): what deciding with perfect knowledge brings."""
    z = (slope * theta.means - cost) / (slope * theta.sds)
    density = np.exp(-0.5 * z**2) / math.sqrt(2 * math.pi)
    pieces = (slope * theta.means - cost) * ndtr(z) + slope * theta.sds * density
    return float(theta.weights @ pieces)


def _curve(theta: Mixture, even: float, made: Basis) -> pd.DataFrame:
    """The break-even curve: from nothing to three times the worth at which roll-out just pays."""
    mean, level = moments(theta)[0], made.plan.analysis.level
    ends = [quantile(theta, q) for q in ((1 - level) / 2, (1 + level) / 2)]
    lines = []
    for step in _STEPS:
        worth = step * even
        slope, cost = worth * made.visitors, made.unit_cost
        net = slope * mean - cost
        low, high = (slope * end - cost for end in ends)
        chance = above(theta, cost / slope) if slope else float(cost <= 0)
        gain = expected_gain(theta, slope=slope, cost=cost) if slope else 0.0
        lines.append((worth, net, low, high, chance, max(gain - max(net, 0.0), 0.0)))
    return pd.DataFrame(lines, columns=list(CURVE_COLUMNS))
