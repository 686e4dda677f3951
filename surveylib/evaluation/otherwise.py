"""The primary effect, answers measured otherwise than by mean points: lines of the sensitivity table."""

from __future__ import annotations

import math

import pandas as pd

from surveylib.evaluation.effect import effect
from surveylib.evaluation.say import points
from surveylib.model.evidence import CHANGE_COLUMNS
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text

# In the order in which they are told: label, sentence, and by how much the figure is multiplied to be said.
_WAYS = {
    "probit": (
        Text(vi="Mô hình probit thứ bậc", en="Ordered probit"),
        Text(
            vi="Không coi các mức là cách đều nhau: tác động là {value} độ lệch chuẩn của câu trả lời.",
            en="Without taking the levels to be equally far apart the effect is {value} standard deviations "
            "of the answers.",
        ),
        1,
    ),
    "kept": (
        Text(vi="Chỉ các câu giữ nguyên ý nghĩa", en="Items that kept their meaning alone"),
        Text(
            vi="Chỉ tính các câu giữ nguyên ý nghĩa (bất biến một phần): tác động là {value} độ lệch chuẩn "
            "của câu trả lời.",
            en="By the items that kept their meaning (partial invariance) the effect is {value} standard "
            "deviations of the answers.",
        ),
        1,
    ),
    "superiority": (
        Text(vi="Xác suất người sau đánh giá cao hơn", en="Probability of superiority"),
        Text(
            vi="Xác suất một người được hỏi sau đánh giá cao hơn một người được hỏi trước: đơn vị thí điểm "
            "hơn đơn vị so sánh {value} điểm phần trăm.",
            en="The chance that somebody asked after rates higher than somebody asked before: {value} "
            "percentage points in pilot against comparison units.",
        ),
        100,
    ),
    "top_two": (
        Text(vi="Tỷ lệ chọn hai mức cao nhất", en="Share at the top two levels"),
        Text(
            vi="Tỷ lệ câu trả lời ở hai mức cao nhất: thay đổi ở đơn vị thí điểm hơn đơn vị so sánh {value} "
            "điểm phần trăm.",
            en="The share of answers at the top two levels: {value} percentage points more of a change in "
            "pilot than in comparison units.",
        ),
        100,
    ),
}


def measured_otherwise(
    other: pd.DataFrame, changes: pd.DataFrame, *, plan: AnalysisPlan
) -> list[tuple[str, Text, Text, tuple[float, float, float]]]:
    """One line a way of measuring: its name, label, sentence, and (estimate, conf_low, conf_high).

    Parameters
    ----------
    other : DataFrame
        One row a unit and way of measuring, the way in ``outcome``: ``unit, outcome, pre, post, change,
        std_error, n, n_eff, n_pre, n_post`` (`psychometrics.ordinal_changes`).
    changes : DataFrame
        The plan's own (`CHANGE_COLUMNS`): which units count, and in which arm, is read off the primary
        outcome's.
    """
    names = ["unit", "arm", "type", "model", "visitors", "n_pre_waves", "n_post_waves"]
    known = changes.loc[changes["outcome"] == plan.outcome.primary.index, names]
    table = other.merge(known, how="inner", on="unit")[list(CHANGE_COLUMNS)]
    lines = []
    for name, (label, sentence, times) in _WAYS.items():
        if name not in set(table["outcome"]):
            continue
        row = effect(table, plan=plan, outcome=name).iloc[0]
        if not math.isfinite(row["conf_low"]):
            continue
        said = {
            lang: points(times * row["estimate"], lang, sign=True, digits=2 if times == 1 else 1)
            for lang in ("vi", "en")
        }
        words = Text(vi=sentence.vi.format(value=said["vi"]), en=sentence.en.format(value=said["en"]))
        three = (float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]))
        lines.append((name, label, words, three))
    return lines
