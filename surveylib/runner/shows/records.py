"""Notebook 80, on the extract of records (form A): what the offices say of themselves; no evidence."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from surveylib.model.questionnaire import Questionnaire
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.context_plots import month_lines
from surveylib.report.drawing import figure
from surveylib.report.exhibits import finding_list, table, text, together
from surveylib.report.printing import number
from surveylib.runner.case import Case
from surveylib.runner.context import RECORDS
from surveylib.runner.shows.names import placed, unit_names

_CAUTION = Text(
    vi="Số liệu hành chính, do chính các cơ quan tự trích từ sổ của mình, chưa ai kiểm tra độc lập. Đơn vị "
    "thí điểm biết mình được theo dõi nên có thể ghi chép khác trước: số đẹp lên không chứng tỏ việc tốt "
    "lên. Không số nào ở đây được đưa vào chỉ số chính, tác động hay kết luận.",
    en="Administrative figures, self-reported by the offices from their own registers and checked by nobody "
    "else. Pilot units know that they are watched and may record otherwise than before: a better figure is "
    "no proof of better work. None of these enters the primary index, an effect or the verdict.",
)
_NONE = Text(
    vi="Chưa có biểu trích hồ sơ (biểu A) nào.", en="No extract of records (form A) has come in yet."
)
_NO_MONTHS = Text(
    vi="Các biểu không ghi kỳ trích nên không có hình theo tháng.",
    en="The forms do not say their period, so there is no picture by month.",
)
_NOT_ASKED = Text(vi="Biểu của nghiên cứu này không có {name}.", en="The form of this study has no {name}.")
_MOVES = {
    "outcome": Text(vi="Tỷ lệ", en="Share"),
    "units": Text(vi="Số đơn vị (thí điểm + so sánh)", en="Units (pilots + comparisons)"),
    "pilot_before": Text(vi="Thí điểm, trước", en="Pilots before"),
    "pilot_after": Text(vi="Thí điểm, sau", en="Pilots after"),
    "comparison_before": Text(vi="So sánh, trước", en="Comparisons before"),
    "comparison_after": Text(vi="So sánh, sau", en="Comparisons after"),
    "estimate": Text(vi="Chênh lệch thay đổi (điểm %)", en="Difference of changes (points)"),
    "spread": Text(vi="Từng đơn vị so sánh (điểm %)", en="Single comparison units (points)"),
}
_SPAN = Text(vi="{low} đến\u00a0{high}", en="{low} to\u00a0{high}")
_READING = Text(
    vi="Trung bình các đơn vị, mỗi đơn vị tính như nhau. Chênh lệch là thay đổi của đơn vị thí điểm trừ thay "
    "đổi của đơn vị so sánh, khoảng tin cậy tính trên đơn vị; cột cuối là thay đổi ít nhất và nhiều nhất của "
    "một đơn vị so sánh. Không kiểm định.",
    en="Means over units, each counting alike. The difference is the pilots' change less the comparison "
    "units', with an interval over units; the last column is the least and the largest change of a "
    "comparison unit. Nothing is tested.",
)
_MONTHS = Text(
    vi="{name}, trung bình các đơn vị theo tháng (số cơ quan tự trích)",
    en="{name}, mean of the units by month (self-reported)",
)
_MONTHS_ALT = Text(
    vi="Hai đường theo tháng: đơn vị thí điểm và đơn vị so sánh; vạch đứt là lúc bắt đầu thí điểm.",
    en="Two lines by month: pilot and comparison units; the dashed line is the start of the pilot.",
)


def move_table(case: Case, *, lang: Lang) -> Block:
    """Every share of the form before and after, pilots beside comparison units; the caution comes first."""
    if not case.has("record_moves"):
        return text(_NONE, lang=lang, tone="note", key="no_records")
    names, rows = _names(case, lang), case.table("record_moves")
    few = Text(vi="biểu không có số này, hoặc thiếu một đợt", en="not on the forms, or a wave is lacking")
    sides = [f"{arm}_{side}" for arm in ("pilot", "comparison") for side in ("before", "after")]
    made = rows.assign(
        outcome=rows["outcome"].map(names),
        units=[
            f"{one}\u00a0+\u00a0{other}"
            for one, other in zip(rows["n_pilot"], rows["n_comparison"], strict=True)
        ],
        spread=[
            _span(*ends, lang) for ends in zip(rows["comparison_least"], rows["comparison_most"], strict=True)
        ],
    )
    shown = table(
        made,
        caption=Text(vi="Tỷ lệ theo sổ của cơ quan, trước và sau", en="Shares by the offices' own registers"),
        lang=lang,
        columns=["outcome", "units", *sides, "estimate", "conf_low", "conf_high", "spread"],
        labels=_MOVES,
        headers=["outcome"],
        formats=dict.fromkeys(sides, "percent:0")
        | dict.fromkeys(("estimate", "conf_low", "conf_high"), "points:1"),
        missing=few,
        notes=(_READING,),
        key="record_moves",
    )
    return together([text(_CAUTION, lang=lang, tone="warning"), shown], lang=lang, key="records")


def _span(low: float, high: float, lang: Lang) -> str | None:
    if pd.isna(low):
        return None
    ends = (number(100 * end, lang=lang, decimals=1, signed=True) for end in (low, high))
    return _SPAN.get(lang).format(**dict(zip(("low", "high"), ends, strict=True)))


def month_figure(case: Case, *, outcome: str, lang: Lang) -> Block:
    """One share by month, pilots beside comparison units."""
    names = _names(case, lang)
    if not case.has("record_months"):
        return text(_NONE, lang=lang, tone="note", key="no_records")
    rows = case.table("record_months")
    rows = rows[rows["outcome"] == outcome] if len(rows) else rows
    if rows.empty:
        return text(_NO_MONTHS, lang=lang, tone="note", key="no_months")
    days = (unit.exposure.start for unit in case.study.units if unit.exposure.kind == "pilot")
    starts = sorted({f"{day:%Y-%m}" for day in days})
    caption = Text(vi=_MONTHS.vi.format(name=names[outcome]), en=_MONTHS.en.format(name=names[outcome]))
    chart = month_lines(rows, starts=starts, axis=names[outcome], lang=lang)
    return figure(chart, alt=_MONTHS_ALT, caption=caption, lang=lang, mark=case.mark, key="record_months")


def unit_table(case: Case, *, outcome: str, lang: Lang) -> Block:
    """One share in every unit and wave, with the count it is a share of."""
    asked = _form(case)
    made = next((one for one in asked.outcomes if one.id == outcome), None) if asked else None
    if made is None or not case.has("record_cells"):
        return _absent(case, outcome, lang)
    rows = case.table("record_cells")
    rows = rows[rows["outcome"] == outcome]
    formats = {"denominator": "count", "share": "percent:0"}
    caption = Text(
        vi=f"{made.text.vi} theo đơn vị và đợt (số cơ quan tự trích)",
        en=f"{made.text.en} by unit and wave (self-reported)",
    )
    words = {"denominator": Text(vi="số hồ sơ", en="cases"), "share": Text(vi="tỷ lệ", en="share")}
    note = f"{words['denominator'].get(lang)}: {asked.item(made.of).text.get(lang)}"
    return _by_wave(case, rows, words, formats, caption, lang, notes=(note,), key=outcome)


def count_table(case: Case, *, items: Sequence[str], lang: Lang) -> Block:
    """Counts of the form in every unit and wave, such as letters."""
    asked = _form(case)
    known = {item.id for item in asked.items} if asked else set()
    wanted = [name for name in items if name in known]
    if not wanted or not case.has("record_counts"):
        return _absent(case, ", ".join(items), lang)
    rows = case.table("record_counts")
    wide = rows[rows["item"].isin(wanted)].pivot(index=["unit", "wave"], columns="item", values="count")
    wide = wide.reindex(columns=wanted).reset_index()
    words = {name: Text(vi=f"({place})", en=f"({place})") for place, name in enumerate(wanted, 1)}
    notes = tuple(f"({place}) {asked.item(name).text.get(lang)}" for place, name in enumerate(wanted, 1))
    caption = Text(
        vi="Số thư theo đơn vị và đợt (số cơ quan tự trích)", en="Letters by unit and wave (self-reported)"
    )
    formats = dict.fromkeys(wanted, "count")
    return _by_wave(case, wide, words, formats, caption, lang, notes=notes, key="record_counts")


def findings(case: Case, *, lang: Lang) -> Block:
    """What the checks found on the forms."""
    caption = Text(vi="Kiểm tra biểu trích hồ sơ", en="Checks of the extracts")
    return finding_list(
        placed(case.findings("context"), case, lang=lang), caption=caption, lang=lang, key="found"
    )


def _by_wave(
    case: Case,
    rows: pd.DataFrame,
    words: dict[str, Text],
    formats: dict[str, str],
    caption: Text,
    lang: Lang,
    *,
    notes: tuple[str, ...],
    key: str,
) -> Block:
    """One row a unit, one column a wave and value, in the study's order."""
    waves = [wave for wave in case.study.waves if wave.id in set(rows["wave"])]
    names = unit_names(case, lang=lang)
    wide, labels, kinds = pd.DataFrame({"unit": list(names)}), {}, {}
    for wave in waves:
        own = rows[rows["wave"] == wave.id].set_index("unit")
        for name, word in words.items():
            column = f"{wave.id}_{name}"
            wide[column] = own[name].astype(float).reindex(list(names)).to_numpy()
            labels[column] = f"{wave.name.get(lang)}: {word.get(lang)}"
            kinds[column] = formats[name]
    return table(
        wide.assign(unit=list(names.values())),
        caption=caption,
        lang=lang,
        labels=labels,
        headers=["unit"],
        formats=kinds,
        missing=Text(vi="biểu không có số này", en="not on the forms"),
        notes=notes,
        key=key,
    )


def _absent(case: Case, name: str, lang: Lang) -> Block:
    words = _NOT_ASKED if case.has("record_cells") else _NONE
    return text(words, {"name": name}, lang=lang, tone="note", key="no_records")


def _form(case: Case) -> Questionnaire | None:
    return next((asked for asked in case.instruments if asked.instrument == RECORDS), None)


def _names(case: Case, lang: Lang) -> dict[str, str]:
    asked = _form(case)
    return {made.id: made.text.get(lang) for made in asked.outcomes} if asked else {}
