"""Notebook 20: whether questions were left unanswered otherwise in the pilots than in comparison units."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.model.text import Lang, Text
from surveylib.numerics.randomisation import error_rate
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text, together
from surveylib.runner.blanks import WHOLE
from surveylib.runner.case import Case

_NO_SIDES = Text(
    vi="Chưa so sánh được câu bỏ trống giữa hai nhóm: chưa đủ đợt trước và sau, hoặc chỉ tiêu chính không "
    "phải là chỉ số.",
    en="Blanks are not compared between the arms: a wave before or after has not come in, or the primary "
    "outcome is no index.",
)
_ALL_ITEMS = Text(vi="Tất cả các câu của chỉ số", en="All items of the index")
_NOT_ADJUSTED = Text(vi="không hiệu chỉnh", en="not adjusted")
_NO_SPREAD = Text(vi="mọi đơn vị thay đổi như nhau", en="all units changed alike")
_BLANKS = Text(
    vi="Không trả lời: bỏ trống, hoặc chọn “không biết”, “không áp dụng”. Mỗi đơn vị một thay đổi, kiểm "
    "định như tác động; p từng câu hiệu chỉnh Holm.",
    en="Not answered: blank, or “don't know”, “does not apply”. One change a unit, tested like the effect; "
    "p of single items adjusted by Holm.",
)
_NOT_MOVED = Text(
    vi="Tỷ lệ không trả lời không thay đổi khác nhau rõ rệt giữa hai nhóm: {difference} điểm phần trăm "
    "(khoảng tin cậy {low} đến {high}). Riêng chênh lệch trong khoảng ấy có thể làm lệch tác động nhiều "
    "nhất khoảng {most} điểm.",
    en="The share not answered did not clearly change otherwise in the pilots: {difference} percentage "
    "points (interval {low} to {high}). A difference within it could by itself move the effect by about "
    "{most} points at most.",
)
_MOVED = Text(
    vi="Tỷ lệ không trả lời đã thay đổi khác nhau giữa hai nhóm: {difference} điểm phần trăm (khoảng tin cậy "
    "{low} đến {high}); một phần tác động có thể chỉ do ai trả lời. Riêng chênh lệch trong khoảng ấy có "
    "thể làm lệch tác động nhiều nhất khoảng {most} điểm; xem các dòng về câu bỏ trống trong bảng “Điều gì "
    "sẽ làm đảo ngược kết quả”.",
    en="The share not answered changed otherwise in the pilots: {difference} percentage points (interval "
    "{low} to {high}); part of the effect may be who answered. A difference within it could by itself move "
    "the effect by about {most} points at most; see the lines on missing answers in “What would overturn "
    "the result”.",
)


_FEW = Text(
    vi="Tỷ lệ không trả lời thay đổi ở đơn vị thí điểm hơn đơn vị so sánh {difference} điểm phần trăm; quá "
    "ít đơn vị để lập khoảng tin cậy.",
    en="The share not answered changed by {difference} percentage points more in the pilots; there are too "
    "few units for an interval.",
)


def blank_table(case: Case, *, lang: Lang) -> Block:
    """The share not answered before and after, by arm, and whether its change differs between them."""
    rows = case.table("blanks") if case.has("blanks") else pd.DataFrame()
    if rows.empty:
        return text(_NO_SIDES, lang=lang, tone="note", key="no_sides")
    whole = rows["item"] == WHOLE
    words = [
        _ALL_ITEMS.get(lang) if all_ else case.labels[name].get(lang)
        for name, all_ in zip(rows["item"], whole, strict=True)
    ]
    labels = {
        "words": Text(vi="Câu hỏi", en="Wording"),
        "pilot_pre": Text(vi="Thí điểm, trước", en="Pilots, before"),
        "pilot_post": Text(vi="Thí điểm, sau", en="Pilots, after"),
        "comparison_pre": Text(vi="So sánh, trước", en="Comparisons, before"),
        "comparison_post": Text(vi="So sánh, sau", en="Comparisons, after"),
        "estimate": Text(
            vi="Chênh lệch thay đổi (điểm phần trăm)", en="Difference of changes (percentage points)"
        ),
    }
    shares = ("pilot_pre", "pilot_post", "comparison_pre", "comparison_post")
    columns = ["words", *shares, "estimate", "conf_low", "conf_high", "p_floor", "p_value", "p_adjusted"]
    made = table(
        rows.assign(words=words),
        caption=Text(
            vi="Câu của chỉ số chính không được trả lời, trước và sau, theo nhóm",
            en="Items of the primary index not answered, before and after, by arm",
        ),
        lang=lang,
        columns=columns,
        labels=labels,
        headers=["words"],
        row_key=["item"],
        formats=dict.fromkeys(shares, "percent:1")
        | dict.fromkeys(("estimate", "conf_low", "conf_high"), "points:1")
        | {"p_floor": "p"},
        missing={"p_adjusted": _NOT_ADJUSTED} | dict.fromkeys(columns[5:10], _NO_SPREAD),
        notes=(_BLANKS,),
        key="blanks",
    )
    return together([_blank_sentence(case, rows, lang), made], lang=lang, key="blanks")


def _blank_sentence(case: Case, rows: pd.DataFrame, lang: Lang) -> Block:
    """Whether blanks moved otherwise in the pilots, and by how much that alone could move the effect."""
    own = rows[rows["item"] == WHOLE].iloc[0]
    if not np.isfinite(own["conf_low"]):
        values = {"difference": float(own["estimate"])}
        return text(_FEW, values, lang=lang, formats={"difference": "points:1"}, key="blank_changes")
    error = error_rate(case.plan.analysis.level)
    single = rows[rows["item"] != WHOLE]
    moved = bool((single["p_adjusted"] <= error).any() or own["p_value"] <= error)
    index = next(one for one in case.questionnaire.indices if one.id == case.primary)
    codes = [code for name in index.items for code in case.questionnaire.scale_of(name).codes]
    ends = {"low": float(own["conf_low"]), "high": float(own["conf_high"])}
    most = max(abs(end) for end in ends.values()) * (max(codes) - min(codes))
    return text(
        _MOVED if moved else _NOT_MOVED,
        {"difference": float(own["estimate"]), "most": most} | ends,
        lang=lang,
        formats=dict.fromkeys(("difference", "low", "high"), "points:1") | {"most": "number:2"},
        tone="warning" if moved else "normal",
        key="blank_changes",
    )
