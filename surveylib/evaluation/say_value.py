"""Amounts in words: what an additional satisfied visitor costs, when roll-out pays, whether to wait."""

from __future__ import annotations

import math

import pandas as pd

from surveylib.evaluation.information import Basis
from surveylib.model.text import Text
from surveylib.numerics.hierarchical import Mixture, above


def dong(value: float, lang: str) -> str:
    """Đồng in words, to three digits: ``1.250.000 đồng``.

    >>> dong(1249876.0, "vi"), dong(48123.0, "en")
    ('1.250.000 đồng', '48,100 đồng')
    """
    digits = max(0, math.floor(math.log10(abs(value))) - 2) if value else 0
    text = f"{round(value / 10**digits) * 10**digits:,}"
    return (text.replace(",", ".") if lang == "vi" else text) + " đồng"


def sentences(ratio, per, low, high, even, theta: Mixture, information, made: Basis) -> tuple[Text, ...]:
    """What is said of value: the cost of a satisfied visitor, from which worth it pays, what knowing more is
    worth."""
    level, months = made.plan.analysis.level, made.plan.cost.horizon_months
    ends = [per / high if high > 0 else math.nan, per / low if low > 0 else math.inf]
    vi, en = (_interval(ends, level, lang) for lang in ("vi", "en"))
    said = [
        Text(
            vi=f"Mỗi lượt người hài lòng thêm tốn khoảng {dong(ratio, 'vi')} ({vi}), tính trong "
            f"{months} tháng.",
            en=f"Each additional satisfied visitor costs about {dong(ratio, 'en')} ({en}), over "
            f"{months} months.",
        )
    ]
    if math.isfinite(even):
        twice = above(theta, per / (2 * even))
        said.append(
            Text(
                vi="Tính cả độ bất định, triển khai hòa vốn khi một lượt người hài lòng thêm đáng giá "
                f"{dong(even, 'vi')}; "
                f"nếu đáng giá gấp đôi, xác suất có lợi là {twice:.0%}.",
                en="Uncertainty counted, roll-out breaks even where an additional satisfied visitor is worth "
                f"{dong(even, 'en')}; at twice that worth it pays with probability {twice:.0%}.",
            )
        )
    return (*said, *_best(information, made))


def _interval(ends: list[float], level: float, lang: str) -> str:
    low = dong(ends[0], lang) if math.isfinite(ends[0]) else "–"
    if math.isfinite(ends[1]):
        high = dong(ends[1], lang)
        return (
            f"khoảng {level:.0%}: {low} đến {high}"
            if lang == "vi"
            else f"{level:.0%} interval: {low} to {high}"
        )
    if lang == "vi":
        return f"khoảng {level:.0%}: từ {low}, không có cận trên"
    return f"{level:.0%} interval: from {low}, without an upper end"


def _best(information: pd.DataFrame, made: Basis) -> list[Text]:
    """At the worth where the choice is most open: what knowing more is worth, and for how many units."""
    rows = information[information["pays"] == "from"] if len(information) else information
    if rows.empty:
        return []
    rows = rows[rows["willingness"] == rows["willingness"].min()]
    best = rows.loc[rows["units_needed"].idxmin()]
    count = int(best["units_needed"])
    target = made.plan.cost.target_units
    pays = "" if target is None else _against(target, count)
    vi, en = pays.split("|") if pays else ("", "")
    units = "unit" if count == 1 else "units"
    return [
        Text(
            vi=f"{best['label_vi']} đáng giá {dong(best['evsi'], 'vi')} cho mỗi đơn vị sẽ triển khai, "
            f"trong khi khảo sát tốn {dong(best['survey_cost'], 'vi')}: đáng làm nếu còn từ "
            f"{count} đơn vị{vi}.",
            en=f"{best['label_en']}: worth {dong(best['evsi'], 'en')} for each unit to come, while the "
            f"survey costs {dong(best['survey_cost'], 'en')}: it pays from {count} {units} on{en}.",
        )
    ]


def _against(target: int, count: int) -> str:
    if target >= count:
        return f" (kế hoạch: {target} đơn vị)| (planned: {target} units)"
    return f" (kế hoạch chỉ có {target} đơn vị: không đáng)| (only {target} are planned: it does not)"
