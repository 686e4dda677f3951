"""Notebooks 40 and 60: how much of a unit's change is its visitors' mix."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text
from surveylib.runner.case import Case
from surveylib.runner.shows.names import named, scale_words

_SPLIT = Text(
    vi="Điểm thô thay đổi {change} điểm: {rate_change} là người đến đánh giá khác đi, {mix_change} là cơ "
    "cấu người đến khác đi (tách theo Kitagawa; {once} người đến thuộc nhóm chỉ gặp ở một đợt, tính hết "
    "vào cơ cấu).",
    en="The raw score changed by {change} points: {rate_change} is visitors answering otherwise, "
    "{mix_change} is other visitors coming (Kitagawa's split; {once} of visitors are of groups seen one "
    "time only, which count as mix).",
)
_NO_SPLIT = Text(
    vi="Không tách được thay đổi do cơ cấu khách: không có sổ hồ sơ, hoặc chưa đủ đợt trước và sau.",
    en="The change is not split by mix: there are no registers, or a wave before or after has not come in.",
)
_KITAGAWA = Text(
    vi="Kitagawa (1955): thực chất là thay đổi ở cơ cấu khách trung bình của hai lần, phần còn lại do cơ "
    "cấu đổi. Tác động tính ở cơ cấu cố định của sổ hồ sơ nên có thể khác đôi chút với cột “Thực chất”.",
    en="Kitagawa (1955): of the answers is the change at the mean of the two mixes, the rest is the mix's. "
    "The effect rests on the fixed mix of the registers and may differ a little from that column.",
)


def mix_table(case: Case, *, unit: str, lang: Lang) -> Block:
    """Kitagawa's split of this unit's raw change: what its visitors answered, and who came."""
    rows = _splits(case)
    rows = rows[rows["unit"] == unit] if len(rows) else rows
    if rows.empty or not np.isfinite(rows["change"].iloc[0]):
        return text(_NO_SPLIT, lang=lang, tone="note", key="no_split")
    row = rows.iloc[0]
    values = {name: float(row[name]) for name in ("change", "rate_change", "mix_change")}
    values["once"] = float(row["one_wave_share"])
    return text(
        _SPLIT,
        values,
        lang=lang,
        formats=dict.fromkeys(("change", "rate_change", "mix_change"), "signed:2") | {"once": "percent:0"},
        key="mix",
    )


def mix_tables(case: Case, *, lang: Lang) -> Block:
    """Kitagawa's split of every unit's change, pilots first; a sentence where there is none."""
    rows = _splits(case)
    if rows.empty:
        return text(_NO_SPLIT, lang=lang, tone="note", key="no_split")
    arms = {unit.id: unit.arm for unit in case.study.units}
    scale = scale_words(case)
    labels = {
        "change": Text(vi="Thay đổi thô", en="Raw change"),
        "rate_change": Text(vi="Thực chất", en="Of the answers"),
        "mix_change": Text(vi="Do cơ cấu khách", en="Of the mix"),
        "one_wave_share": Text(vi="Nhóm khách chỉ có ở một đợt", en="Visitors seen one time only"),
    }
    return table(
        named(rows.assign(arm=rows["unit"].map(arms)), case, lang=lang),
        caption=Text(
            vi=f"Thay đổi thô của từng đơn vị tách làm hai phần (điểm {scale.vi})",
            en=f"Every unit's raw change in two parts (points of the {scale.en})",
        ),
        lang=lang,
        columns=["unit", "arm", *labels],
        labels=labels,
        headers=["unit"],
        formats=dict.fromkeys(("change", "rate_change", "mix_change"), "signed:2")
        | {"one_wave_share": "percent:0"},
        notes=(_KITAGAWA,),
        key="mix",
    )


def _splits(case: Case) -> pd.DataFrame:
    return case.table("mix_split") if case.has("mix_split") else pd.DataFrame()
