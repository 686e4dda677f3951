"""Notebook 40: one unit: who answered, where it stands, what changed; and what that does not mean."""

from __future__ import annotations

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.evidence import CRITERION
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.drawing import figure
from surveylib.report.exhibits import finding_list, kpi, table, text, together
from surveylib.report.figures import interval_plot
from surveylib.report.printing import date
from surveylib.report.words import UNIT_TYPES
from surveylib.runner.case import Case
from surveylib.runner.shows.names import is_share, named, placed, scale_words, waves_in

_ABOUT = {
    "pilot": Text(vi="{name}: {type}, thí điểm từ {start}.", en="{name}: {type}, pilot since {start}."),
    "self_pilot": Text(
        vi="{name}: {type}, tự thí điểm từ {start}; từ ngày đó không còn là đơn vị so sánh.",
        en="{name}: {type}, piloting by itself since {start}; no comparison unit from that day.",
    ),
    "none": Text(vi="{name}: {type}, không thí điểm.", en="{name}: {type}, not piloted."),
}
_CAUTION = Text(
    vi="Các số dưới đây mô tả người trả lời của đơn vị này trong đợt khảo sát. Thay đổi của một đơn vị "
    "gồm cả biến động "
    "thường có giữa hai đợt, nên không phải là tác động của thí điểm: tác động chỉ được ước lượng từ "
    "tất cả các đơn vị (xem báo cáo toàn tỉnh).",
    en="The figures below describe this unit's respondents in the wave of the survey. The change of one "
    "unit contains what moves between "
    "any two waves, so it is not the effect of the pilot: that is estimated from all units together "
    "(see the province report).",
)
_SAMPLING_ONLY = Text(
    vi="Sai số chỉ gồm sai số chọn mẫu, chưa gồm biến động riêng của đơn vị giữa hai đợt.",
    en="The error is that of sampling alone, without the unit's own movement between the waves.",
)
_NO_CHANGE = Text(
    vi="Chưa tính được thay đổi đã chuẩn hóa cho đơn vị này.",
    en="No standardised change could be computed for this unit.",
)


def about_unit(case: Case, *, unit: str, lang: Lang) -> Block:
    """The unit, its exposure, and the caution that belongs to every unit report."""
    office = case.study.unit(unit)
    values = {"name": office.name.get(lang), "type": UNIT_TYPES[office.type].get(lang)}
    if office.exposure.start is not None:
        values["start"] = date(office.exposure.start, lang=lang)
    about = text(_ABOUT[office.exposure.kind], values, lang=lang, key="about")
    return together([about, text(_CAUTION, lang=lang, tone="note", key="caution")], lang=lang)


def unit_figures(case: Case, *, unit: str, lang: Lang) -> Block:
    """The primary outcome in the last wave, its change, and the number of answers."""
    cells = case.table("cells", unit=unit)
    order = [wave.id for wave in case.study.waves if wave.id in set(cells["wave"])]
    if not order:
        raise SurveyError("the unit has no answers in any wave", where=f"unit {unit}")
    rows = cells[(cells["outcome"] == case.primary) & (cells["wave"] == order[-1])]
    if rows.empty:
        return text(_NO_CHANGE, lang=lang, key="nothing")
    last = rows.iloc[0]
    interval = Text(vi="khoảng tin cậy {low} đến {high}", en="interval {low} to {high}")
    shown = [
        kpi(
            case.labels[case.primary].get(lang) if case.primary in case.labels else case.primary,
            float(last["estimate"]),
            lang=lang,
            below=interval,
            values={"low": float(last["conf_low"]), "high": float(last["conf_high"])},
            key="level",
        ),
        kpi(
            Text(vi="Số phiếu đợt cuối", en="Answers, last wave"),
            int(last["n"]),
            lang=lang,
            form="count",
            key="n",
        ),
    ]
    change = unit_change(case, unit)
    if change is not None:
        shown.append(
            kpi(
                Text(vi="Thay đổi trước – sau", en="Change, before to after"),
                float(change["change"]),
                lang=lang,
                form="signed:2",
                below=Text(vi="sai số chọn mẫu {se}", en="sampling error {se}"),
                values={"se": float(change["std_error"])},
                key="change",
            )
        )
    return together(shown, lang=lang, key="figures")


def unit_change(case: Case, unit: str) -> pd.Series | None:
    """The unit's standardised change of the primary outcome; None where it was left out."""
    if case.evidence is None:
        return None
    changes = case.evidence.changes
    rows = changes[(changes["unit"] == unit) & (changes["outcome"] == case.evidence.primary)]
    return None if rows.empty or pd.isna(rows["change"].iloc[0]) else rows.iloc[0]


def wave_table(case: Case, *, unit: str, lang: Lang, wave: str = "", shares: bool = False) -> Block:
    """The unit's scores and amounts (or, with `shares`, its shares in percent) by wave, with interval and
    number of answers."""
    cells = case.table("cells", unit=unit, wave=wave or None)
    cells = cells[cells["outcome"].map(lambda name: is_share(case, name) == shares)]
    cells = cells[~cells["outcome"].str.startswith(CRITERION)]  # 0 to 100: not beside points of the scale
    shown = named(cells.sort_values("wave", kind="stable"), case, lang=lang)
    columns = ["outcome", "wave", "estimate", "conf_low", "conf_high", "n"]
    form = "percent:0" if shares else "number:2"
    formats = dict.fromkeys(["estimate", "conf_low", "conf_high"], form) | {"n": "count"}
    points = Text(vi="Điểm và số lượng theo đợt", en="Scores and amounts by wave")
    percent = Text(vi="Tỷ lệ theo đợt", en="Shares by wave")
    return table(
        shown,
        caption=percent if shares else points,
        lang=lang,
        columns=columns,
        formats=formats,
        headers=["outcome", "wave"],
        key="shares" if shares else "scores",
    )


def index_figure(case: Case, *, unit: str, lang: Lang) -> Block:
    """The indices of the unit by wave, with intervals."""
    wanted = [index.id for index in case.questionnaire.indices if not index.rare] or [case.primary]
    cells = case.table("cells", unit=unit)
    cells = cells[cells["outcome"].isin(wanted)]
    order = waves_in(cells, case, lang=lang)[-3:]
    shown = named(cells, case, lang=lang)
    chart = interval_plot(
        shown[shown["wave"].isin(order)], lang=lang, label="outcome", series="wave", names=order
    )
    alt = Text(
        vi="Điểm trung bình từng nhóm câu hỏi ở mỗi đợt, kèm khoảng tin cậy.",
        en="Mean of each index in each wave, with its interval.",
    )
    scale = scale_words(case)
    caption = Text(vi=f"Điểm trung bình qua các đợt ({scale.vi})", en=f"Means over the waves ({scale.en})")
    return figure(chart, alt=alt, caption=caption, lang=lang, mark=case.mark, key="indices")


def change_table(case: Case, *, unit: str, lang: Lang, shares: bool = False) -> Block:
    """The unit's standardised changes: scores and amounts, or shares in percentage points."""
    if case.evidence is None:
        return text(_NO_CHANGE, lang=lang, key="no_change")
    changes = case.evidence.changes
    kind = changes["outcome"].map(lambda name: is_share(case, name) == shares)
    rows = changes[(changes["unit"] == unit) & kind & ~changes["outcome"].str.startswith(CRITERION)]
    captions = (
        Text(
            vi="Thay đổi trước – sau, cùng một cơ cấu người trả lời",
            en="Change from before to after, at one mix of respondents",
        ),
        Text(vi="Thay đổi của các tỷ lệ (điểm phần trăm)", en="Change of the shares (percentage points)"),
    )
    columns = ["outcome", "pre", "post", "change", "std_error"]
    level, moved = ("percent:0", "points:1") if shares else ("number:2", "signed:2")
    formats = {
        "pre": level,
        "post": level,
        "change": moved,
        "std_error": "percent:1" if shares else "number:2",
    }
    return table(
        named(rows, case, lang=lang),
        caption=captions[shares],
        lang=lang,
        columns=columns,
        formats=formats,
        notes=(_SAMPLING_ONLY,),
        key="change_shares" if shares else "changes",
    )


def unit_findings(case: Case, *, unit: str, lang: Lang) -> Block:
    """What the data checks found about this unit."""
    found = [hit for hit in case.findings("fieldwork") if unit in hit.where]
    caption = Text(vi="Kiểm tra số liệu của đơn vị", en="Data checks of the unit")
    return finding_list(placed(found, case, lang=lang), caption=caption, lang=lang, key="quality")


def summary(case: Case, *, unit: str) -> pd.DataFrame:
    """A small rounded aggregate for the notebook's golden cell."""
    cells = case.table("cells", unit=unit)
    primary = cells[cells["outcome"] == case.primary].set_index("wave")
    return primary[["estimate", "std_error", "n"]].round(3)
