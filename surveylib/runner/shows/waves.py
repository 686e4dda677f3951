"""Notebook 60: the effect wave by wave, what trends could hide, and units that start on other days."""

from __future__ import annotations

from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text, together
from surveylib.runner.case import Case
from surveylib.runner.shows.effects import NO_PILOT, reasons
from surveylib.runner.shows.names import named, unit_names

_UNADJUSTED = Text(
    vi="Không hiệu chỉnh nhiều lần kiểm định; kết luận của kế hoạch chỉ dựa trên các đợt kế hoạch đã nêu.",
    en="Not adjusted for the number of waves; the plan's verdict rests on the waves it names.",
)
_ALL_AT_ONCE = Text(
    vi="Các đơn vị cùng bắt đầu trước một đợt khảo sát: không cần so sánh theo ngày bắt đầu.",
    en="All units that started did so before the same wave: no comparison by day of start is needed.",
)
_BOUNDS = Text(
    vi="M̄ là mức lệch xu hướng sau khi bắt đầu so với mức lệch lớn nhất đã thấy giữa hai đợt trước đó.",
    en="M̄ is the drift after the start as a multiple of the largest one seen between two waves before it.",
)
_NO_PANEL = Text(
    vi="Mỗi đợt là một mẫu độc lập, không theo dõi cùng một người: không có thay đổi tính theo cặp trả lời.",
    en="Every wave is a sample of its own and nobody is followed: there are no changes from paired answers.",
)
KINDS = {
    "group_time": Text(vi="Nhóm bắt đầu × đợt", en="Cohort by wave"),
    "placebo": Text(vi="Trước khi bắt đầu (phải gần 0)", en="Before the start (should be near 0)"),
    "step": Text(vi="Trung bình theo số đợt từ khi bắt đầu", en="Average by waves since the start"),
    "overall": Text(vi="Trung bình chung", en="Overall"),
}


def over_time(case: Case, *, lang: Lang) -> Block:
    """Event study, bounds on trends (or why there are none), starts on different days."""
    evidence = case.evidence
    if evidence is None:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    shown = [event_table(case, lang=lang), trend_table(case, lang=lang), staggered_table(case, lang=lang)]
    if not case.study.panel:
        shown.append(text(_NO_PANEL, lang=lang, key="no_panel"))
    return together(shown, lang=lang, key="over_time")


def event_table(case: Case, *, lang: Lang) -> Block:
    """Pilots less comparison units in every wave, against the last wave before the pilot."""
    rows = case.evidence.events
    columns = ["wave", "step", "n_pilot", "n_comparison", "estimate", "conf_low", "conf_high", "p_floor"]
    formats = {"estimate": "signed:2", "step": "number:0", "n_pilot": "count", "n_comparison": "count"}
    blank = reasons(rows, lang)["estimate"]
    return table(
        named(rows.assign(step=rows["step"].astype(float)), case, lang=lang),
        caption=Text(
            vi="Chênh lệch thí điểm – so sánh qua các đợt, so với đợt cuối trước thí điểm",
            en="Pilots less comparison units wave by wave, against the last wave before the pilot",
        ),
        lang=lang,
        columns=[*columns, "p_value"],
        labels={
            "step": Text(vi="Số đợt từ mốc", en="Waves from it"),
            "n_pilot": Text(vi="Thí điểm", en="Pilots"),
            "n_comparison": Text(vi="So sánh", en="Comparisons"),
        },
        headers=["wave"],
        formats=formats | {"p_floor": "p"},
        missing=dict.fromkeys(
            ("n_pilot", "n_comparison", "conf_low", "conf_high", "p_floor", "p_value"), blank
        ),
        notes=(_UNADJUSTED,),
        key="events",
    )


def trend_table(case: Case, *, lang: Lang) -> Block:
    """Relative-magnitude bounds; with one wave before, the refusal and what may still be said."""
    evidence = case.evidence
    if evidence.trends.empty:
        refusal = evidence.refusal("R5")
        if refusal is None:
            few = Text(vi="Không đủ đơn vị có mọi đợt.", en="Too few units have all the waves.")
            return text(few, lang=lang, tone="note", key="no_bounds")
        words = " ".join(part.get(lang) for part in (refusal.refused, refusal.why, refusal.still))
        return text(words, lang=lang, tone="note", key="no_bounds")
    labels = {
        "m_bar": "M̄",
        "bound_low": Text(vi="Giới hạn dưới", en="Lower bound"),
        "bound_high": Text(vi="Giới hạn trên", en="Upper bound"),
    }
    return table(
        evidence.trends,
        caption=Text(
            vi="Tác động nếu xu hướng hai nhóm lệch nhau",
            en="The effect if the arms drift apart by themselves",
        ),
        lang=lang,
        columns=["m_bar", "bound_low", "bound_high", "conf_low", "conf_high"],
        labels=labels,
        headers=["m_bar"],
        formats={"m_bar": "number:1"},
        notes=(_BOUNDS,),
        key="trends",
    )


def staggered_table(case: Case, *, lang: Lang) -> Block:
    """By day of start, against units not yet started; a sentence where all began at once."""
    rows = case.evidence.staggered
    if rows.empty:
        return text(_ALL_AT_ONCE, lang=lang, key="all_at_once")
    names, waves = unit_names(case, lang=lang), {w.id: w.name.get(lang) for w in case.study.waves}
    shown = rows.assign(
        kind=[KINDS[kind].get(lang) for kind in rows["kind"]],
        cohort=rows["cohort"].map(lambda name: waves.get(name, name)),
        wave=rows["wave"].map(lambda name: waves.get(name, name)),
        units=[", ".join(names.get(unit, unit) for unit in units.split(", ")) for units in rows["units"]],
    )
    labels = {
        "kind": Text(vi="So sánh", en="Comparison"),
        "cohort": Text(vi="Bắt đầu trước đợt", en="Started before"),
        "units": Text(vi="Đơn vị", en="Units"),
        "n_comparison": Text(vi="Số đơn vị so sánh", en="Comparison units"),
    }
    columns = ["kind", "cohort", "wave", "units", "n_comparison", "estimate", "conf_low", "conf_high"]
    return table(
        shown,
        caption=Text(
            vi="Theo ngày bắt đầu, so với các đơn vị chưa bắt đầu",
            en="By day of start, against units not yet started",
        ),
        lang=lang,
        columns=[*columns, "p_floor", "p_value"],
        labels=labels,
        headers=["kind", "cohort", "wave"],
        formats={"estimate": "signed:2", "n_comparison": "count", "p_floor": "p"},
        missing=reasons(rows, lang),
        key="staggered",
    )
