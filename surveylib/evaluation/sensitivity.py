"""What would overturn this: the breakdown value, and other defensible choices."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd

from surveylib.evaluation.effect import arms, effect
from surveylib.evaluation.say import chance, points
from surveylib.model.evidence import SENSITIVITY_COLUMNS
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Breakdown:
    """By how much pilots would have had to rise anyway to undo the result, and what comparison units did.

    `value` is the interval's lower end (0 when the interval holds 0); `spread` the plan's quantile of how
    far a comparison unit rose above the comparison mean; `count` of `total` comparison units rose by more
    than `value`.
    """

    value: float
    spread: float
    largest: float
    count: int
    total: int


def breakdown(changes: pd.DataFrame, *, primary: pd.Series, plan: AnalysisPlan) -> Breakdown:
    """The breakdown value of the primary effect, beside the comparison units' own rises.

    In the spirit of Rambachan & Roth (2023), doi:10.1093/restud/rdad018, where two waves allow no more.
    """
    rows = arms(changes, outcome=primary["outcome"])
    own = rows.loc[rows["arm"] == "comparison", "change"].to_numpy(float)
    rises = own - own.mean()
    low = primary["conf_low"]
    value = max(float(low), 0.0) if math.isfinite(low) else 0.0
    return Breakdown(
        value=value,
        spread=float(np.quantile(rises, plan.gates.breakdown_exceeds_comparison_spread.quantile)),
        largest=float(rises.max()),
        count=int((rises > value).sum()),
        total=len(own),
    )


def sensitivity(
    changes: pd.DataFrame,
    *,
    plan: AnalysisPlan,
    effects: pd.DataFrame,
    guards: pd.DataFrame,
    probabilities: pd.DataFrame,
    paired: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """One row a way in which the primary result might fall; empty where there is no effect.

    `paired` are the changes of the respondents asked both before and after (`paired_changes`), where there
    are any.
    """
    primary = primary_row(effects)
    lines: list[tuple] = []
    if primary is not None and primary["std_error"] > 0:
        lines.append(_breakdown_line(breakdown(changes, primary=primary, plan=plan)))
        lines += _leave_one_out(guards)
        lines += _self_pilots(changes, plan)
        lines += _weighted(effects)
        lines += _paired(paired, plan)
    lines += _priors(probabilities)
    return pd.DataFrame(lines, columns=list(SENSITIVITY_COLUMNS))


def primary_row(effects: pd.DataFrame) -> pd.Series | None:
    """The plan's own estimate of the primary effect over all units."""
    own = (
        (effects["role"] == "primary") & (effects["scope"] == "all") & (effects["estimator"] == "unit_equal")
    )
    return effects[own].iloc[0] if own.any() else None


def _breakdown_line(found: Breakdown) -> tuple:
    if found.value == 0:
        vi = "Khoảng tin cậy đã chứa 0: kết quả chưa đứng vững nên không có gì để bác bỏ."
        en = "The interval already holds 0: there is no result yet that could be undone."
    else:
        vi = (
            f"Kết quả bị bác bỏ nếu các đơn vị thí điểm vốn đã tăng thêm {points(found.value, 'vi')} điểm; "
            f"{found.count}/{found.total} đơn vị so sánh đã tăng như vậy."
        )
        en = (
            f"The result dies if pilots would have risen {points(found.value, 'en')} more anyway; "
            f"{found.count} of {found.total} comparison units did."
        )
    label = Text(vi="Giá trị phá vỡ", en="Breakdown value")
    return _line("breakdown", label, Text(vi=vi, en=en), value=found.value)


def _line(
    check: str,
    label: Text,
    sentence: Text,
    *,
    row: tuple[float, float, float] = (math.nan, math.nan, math.nan),
    value: float = math.nan,
) -> tuple:
    return check, label.vi, label.en, *row, value, sentence.vi, sentence.en


def _three(row: pd.Series) -> tuple[float, float, float]:
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _leave_one_out(guards: pd.DataFrame) -> list[tuple]:
    rows = guards[guards["guard"] == "leave_one_out"]
    if rows.empty:
        return []
    worst = rows.loc[rows["estimate"].astype(float).idxmin()]
    unit, estimate = worst["without"], worst["estimate"]
    label = Text(vi="Bỏ đơn vị bất lợi nhất", en="Worst unit left out")
    sentence = Text(
        vi=f"Nếu bỏ {unit}, tác động còn {points(estimate, 'vi', sign=True)} điểm.",
        en=f"Without {unit} the effect is {points(estimate, 'en', sign=True)} points.",
    )
    return [_line("leave_one_out", label, sentence, row=_three(worst))]


def _self_pilots(changes: pd.DataFrame, plan: AnalysisPlan) -> list[tuple]:
    """Self-piloting units back among the comparison: how much their leaving matters."""
    outcome = plan.outcome.primary.index
    rows = changes[changes["outcome"] == outcome]
    count = int((rows["arm"] == "self_pilot").sum())
    if count == 0:
        return []
    again = effect(
        rows.assign(arm=rows["arm"].replace("self_pilot", "comparison")), plan=plan, outcome=outcome
    )
    row = again.iloc[0]
    label = Text(vi="Tính cả đơn vị tự thí điểm là so sánh", en="Self-pilots counted as comparison")
    sentence = Text(
        vi=f"Nếu {count} đơn vị tự thí điểm vẫn ở nhóm so sánh, tác động là "
        f"{points(row['estimate'], 'vi', sign=True)} điểm.",
        en=f"With the {count} self-piloting units kept as comparison the effect is "
        f"{points(row['estimate'], 'en', sign=True)} points.",
    )
    return [_line("self_pilots", label, sentence, row=_three(row))]


def _weighted(effects: pd.DataFrame) -> list[tuple]:
    own = (effects["role"] == "primary") & (effects["scope"] == "all")
    rows = effects[own & (effects["estimator"] == "visitor_weighted")]
    if rows.empty:
        return []
    row = rows.iloc[0]
    label = Text(vi="Tính theo số lượt khách", en="Weighted by visitors")
    sentence = Text(
        vi=f"Mỗi lượt khách tính ngang nhau: {points(row['estimate'], 'vi', sign=True)} điểm.",
        en=f"Every visitor counting alike: {points(row['estimate'], 'en', sign=True)} points.",
    )
    return [_line("visitor_weighted", label, sentence, row=_three(row))]


def _paired(paired: pd.DataFrame | None, plan: AnalysisPlan) -> list[tuple]:
    """The same people asked twice: what of the result is a change of who answered."""
    outcome = plan.outcome.primary.index
    if paired is None or outcome not in set(paired["outcome"]):
        return []
    row = effect(paired, plan=plan, outcome=outcome).iloc[0]
    label = Text(vi="Chỉ người được hỏi cả trước và sau", en="Respondents asked both times alone")
    if not math.isfinite(row["conf_low"]):
        why = Text(vi=f"Không ước lượng được: {row['reason_vi']}.", en=f"No estimate: {row['reason_en']}.")
        return [_line("paired", label, why)]
    pairs = int(paired.loc[paired["outcome"] == outcome, "n_pre"].sum())
    sentence = Text(
        vi=f"Với {pairs} người được hỏi cả hai lần, tác động là "
        f"{points(row['estimate'], 'vi', sign=True)} điểm.",
        en=f"Among the {pairs} people asked both times the effect is "
        f"{points(row['estimate'], 'en', sign=True)} points.",
    )
    return [_line("paired", label, sentence, row=_three(row))]


def _priors(probabilities: pd.DataFrame) -> list[tuple]:
    rows = probabilities[(probabilities["name"] == "P(theta_new > 0)") & (probabilities["prior"] != "plan")]
    label = Text(vi="Giả định tiên nghiệm khác", en="Other priors")
    return [
        _line(
            f"prior {row.prior}",
            label,
            Text(
                vi=f"Với tiên nghiệm {row.prior.replace('.', ',')}, xác suất một đơn vị mới có lợi là "
                f"{chance(row.probability, 'vi')}.",
                en=f"With priors {row.prior} a new unit gains with probability "
                f"{chance(row.probability, 'en')}.",
            ),
            value=row.probability,
        )
        for row in rows.itertuples()
    ]
