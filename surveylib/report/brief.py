"""From evidence and decision to the one page that leaders read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveylib.evaluation import dong, verdict_name
from surveylib.model.cost import Value
from surveylib.model.evidence import Decision, Evidence
from surveylib.model.plan import AnalysisPlan
from surveylib.model.study import Study
from surveylib.model.text import Lang, Text
from surveylib.numerics.randomisation import error_rate
from surveylib.report.pdf import Bar, Brief, Fact
from surveylib.report.printing import Number, date, named_number, number, percent
from surveylib.report.strip import brief_strip
from surveylib.report.words import GRADES, with_names

_WORDS = {
    "title": Text(vi="Tóm tắt quyết định", en="Decision brief"),
    "strip_alt": Text(
        vi="Mỗi chấm là thay đổi của một đơn vị giữa hai đợt; hàng trên là đơn vị thí điểm, hàng dưới là"
        " đơn vị so sánh.",
        en="Each dot is one unit's change between the waves; pilots above, comparison units below.",
    ),
    "strip_caption": Text(
        vi="Thay đổi của từng đơn vị, điểm trên thang 1–5, cùng một cơ cấu người đến giao dịch.",
        en="Every unit's change, in points of the 1–5 scale, at one mix of visitors.",
    ),
    "effect": Text(vi="Tác động (điểm thang 1–5)", en="Effect (points of the 1–5 scale)"),
    "satisfied": Text(vi="Người hài lòng (điểm phần trăm)", en="Satisfied (percentage points)"),
    "mde": Text(vi="Tác động nhỏ nhất phát hiện được", en="Smallest detectable effect"),
    "p": Text(vi="Giá trị p", en="p-value"),
    "floor": Text(vi="thấp nhất có thể: {floor}", en="lowest attainable: {floor}"),
    "interval": Text(vi="khoảng {level}%: {low} đến {high}", en="{level}% interval: {low} to {high}"),
    "power": Text(vi="công suất 80%", en="power 80%"),
    "order": Text(
        vi="Kéo dài theo thứ tự rút ngẫu nhiên. {units}.",
        en="Extend in this random order. {units}.",
    ),
    "staged_power": Text(
        vi=" Phát hiện được tác động {effect} điểm với xác suất {power}.",
        en=" It finds an effect of {effect} points with probability {power}.",
    ),
    "cost": Text(
        vi="{ratio} cho mỗi lượt người hài lòng thêm, tính trong {months} tháng (khoảng {level}%: {low} đến "
        "{high}).",
        en="{ratio} for each additional satisfied visitor, over {months} months ({level}% interval: {low} to "
        "{high}).",
    ),
    "unbounded": Text(vi="không có cận trên", en="no upper end"),
    "break_even": Text(vi="Hòa vốn khi một lượt đáng giá {even}.", en="It pays where one is worth {even}."),
    "batch": Text(vi="Lượt {number}: {units}", en="Batch {number}: {units}"),
    "who": Text(
        vi="Sở Nội vụ trình Ủy ban nhân dân tỉnh; Sở Tài chính lập dự toán.",
        en="The Department of Home Affairs submits; the Department of Finance estimates the cost.",
    ),
    "no_group": Text(
        vi="Chưa ước lượng được: {groups} (phiếu này có quá ít người được hỏi; cần hồ sơ và kiểm tra tại"
        " chỗ).",
        en="Not estimable: {groups} (too few are asked on this form; records and inspection are needed).",
    ),
    "exploratory": Text(
        vi="Kết quả chỉ mang tính thăm dò: kế hoạch phân tích chưa được chốt trước, hoặc đã bị sửa.",
        en="The result is exploratory: the analysis plan was not frozen beforehand, or was edited since.",
    ),
}


def brief_of(
    evidence: Evidence,
    decision: Decision,
    *,
    study: Study,
    plan: AnalysisPlan,
    labels: Mapping[str, Text],
    units: Mapping[str, str],
    lang: Lang,
    mark: str = "",
    footer: Sequence[str] = (),
    value: Value | None = None,
) -> Brief:
    """The brief, every sentence and number from the evidence; what could not be estimated stays empty and the
    page says so.

    `labels` name indices and outcomes; `units` say, in brackets, what an outcome is counted in.
    """
    numbers: list[Number] = []
    changes = _primary_changes(evidence, study, lang)
    facts = _effect_facts(evidence, lang, numbers)
    return Brief(
        lang=lang,
        title=f"{_say('title', lang)}: {study.title.get(lang)}",
        subtitle=_subtitle(study, lang),
        verdict=verdict_name(decision.verdict, exploratory=decision.exploratory).get(lang),
        decided_by=decision.headline.get(lang),
        strip_svg=brief_strip(changes, lang=lang, sesoi=evidence.sesoi, label="name"),
        strip_alt=_say("strip_alt", lang),
        strip_caption=_say("strip_caption", lang),
        mark=mark,
        # The evidence's last sentence is the one about the next ten units.
        next_units=evidence.sentences[-1].get(lang) if evidence.estimable and evidence.sentences else "",
        effect=facts,
        groups=_groups(evidence, labels, lang),
        groups_note=_groups_note(evidence, plan, labels, lang),
        sesoi=evidence.sesoi,
        facts=_facts(evidence, labels, units, lang, numbers),
        grade=GRADES[evidence.grade].get(lang) if evidence.grade in GRADES else "",
        reasons=tuple(reason.get(lang) for reason in evidence.grade_reasons[:3]),
        overturn=_overturn(evidence, study, lang),
        cost=_cost(value, evidence.level, lang),
        next_steps=_next_steps(decision, study, lang),
        footer=(*footer, *((_say("exploratory", lang),) if evidence.exploratory else ())),
        numbers=tuple(numbers),
    )


def _say(name: str, lang: Lang) -> str:
    return _WORDS[name].get(lang)


def _subtitle(study: Study, lang: Lang) -> str:
    done = [wave for wave in study.waves if not wave.planned]
    return " – ".join(date(day, lang=lang) for day in (min(w.start for w in done), max(w.end for w in done)))


def _primary_changes(evidence: Evidence, study: Study, lang: Lang) -> pd.DataFrame:
    changes = evidence.changes[evidence.changes["outcome"] == evidence.primary]
    return changes.assign(name=[study.unit(unit).name.get(lang) for unit in changes["unit"]])


def _row(evidence: Evidence, outcome: str) -> pd.Series | None:
    effects = evidence.effects
    rows = effects[
        (effects["outcome"] == outcome) & (effects["scope"] == "all") & (effects["estimator"] == "unit_equal")
    ]
    return None if rows.empty or not np.isfinite(rows["estimate"].iloc[0]) else rows.iloc[0]


def _printed(
    numbers: list[Number], key: str, value: float, lang: Lang, form: str, floor: float | None = None
) -> str:
    made = named_number(key, value, lang=lang, form=form, floor=floor)
    numbers.append(made)
    return made.printed


def _interval(row: pd.Series, key: str, level: float, lang: Lang, form: str, numbers: list[Number]) -> str:
    return _say("interval", lang).format(
        level=round(100 * level),
        low=_printed(numbers, f"{key}.conf_low", row["conf_low"], lang, form),
        high=_printed(numbers, f"{key}.conf_high", row["conf_high"], lang, form),
    )


def _effect_facts(evidence: Evidence, lang: Lang, numbers: list[Number]) -> tuple[Fact, ...]:
    made = []
    for name, outcome, form in (
        ("effect", evidence.primary, "signed:2"),
        ("satisfied", "satisfied", "points:1"),
    ):
        row = _row(evidence, outcome)
        if row is not None:
            value = _printed(numbers, name, row["estimate"], lang, form)
            detail = _interval(row, name, evidence.level, lang, form, numbers)
            made.append(Fact(label=_say(name, lang), value=value, detail=detail))
    row = _row(evidence, evidence.primary)
    if row is not None:
        value = _printed(numbers, "mde", row["mde"], lang, "number:2")
        made.append(Fact(label=_say("mde", lang), value=value, detail=_say("power", lang)))
        floor = float(row["p_floor"])
        below = _say("floor", lang).format(floor=_printed(numbers, "p_floor", floor, lang, "p", floor))
        made.append(
            Fact(
                label=_say("p", lang),
                value=_printed(numbers, "p", row["p_value"], lang, "p", floor),
                detail=below,
            )
        )
    return tuple(made)


def _groups(evidence: Evidence, labels: Mapping[str, Text], lang: Lang) -> tuple[Bar, ...]:
    effects = evidence.effects
    rows = effects[
        (effects["role"] == "secondary")
        & (effects["scope"] == "all")
        & (effects["estimator"] == "unit_equal")
    ]
    return tuple(
        Bar(
            label=_label(row["outcome"], labels, lang),
            estimate=float(row["estimate"]),
            conf_low=float(row["conf_low"]),
            conf_high=float(row["conf_high"]),
            significant=None
            if not np.isfinite(row["p_adjusted"])
            else bool(row["p_adjusted"] <= error_rate(evidence.level)),
        )
        for _, row in rows.iterrows()
        if np.isfinite(row["estimate"])
    )


def _facts(
    evidence: Evidence,
    labels: Mapping[str, Text],
    units: Mapping[str, str],
    lang: Lang,
    numbers: list[Number],
) -> tuple[Fact, ...]:
    effects = evidence.effects
    rows = effects[
        (effects["role"] == "fact") & (effects["scope"] == "all") & (effects["estimator"] == "unit_equal")
    ]
    made = []
    for _, row in rows.iterrows():
        if np.isfinite(row["estimate"]):
            name = row["outcome"]
            form = "points:1" if _is_share(evidence, name) else "signed:2"
            value = _printed(numbers, name, row["estimate"], lang, form)
            detail = _interval(row, name, evidence.level, lang, form, numbers)
            made.append(
                Fact(
                    label=f"{_label(name, labels, lang)} {units.get(name, '')}".strip(),
                    value=value,
                    detail=detail,
                )
            )
    return tuple(made)


def _is_share(evidence: Evidence, outcome: str) -> bool:
    levels = evidence.changes.loc[evidence.changes["outcome"] == outcome, ["pre", "post"]].to_numpy(
        dtype=float
    )
    return bool(np.nanmin(levels) >= 0 and np.nanmax(levels) <= 1)


def _label(name: str, labels: Mapping[str, Text], lang: Lang) -> str:
    return labels[name].get(lang) if name in labels else name


def _groups_note(evidence: Evidence, plan: AnalysisPlan, labels: Mapping[str, Text], lang: Lang) -> str:
    missing = [name for name in plan.outcome.secondary.groups if _row(evidence, name) is None]
    if not missing:
        return ""
    return _say("no_group", lang).format(groups="; ".join(_label(name, labels, lang) for name in missing))


# What the brief says could overturn the verdict; all the rest is in the report.
_OVERTURN = ("turning_point", "breakdown", "leave_one_out", "chosen ρ=0.3")


def _overturn(evidence: Evidence, study: Study, lang: Lang) -> tuple[str, ...]:
    names = {unit.id: unit.name.get(lang) for unit in study.units}
    table = evidence.sensitivity
    rows = table[table["check"].isin(_OVERTURN)].set_index("check")
    # The sentence over all choices names each of them: on one page the three that weigh most must do.
    return tuple(
        with_names(rows.at[check, f"sentence_{lang}"], names) for check in _OVERTURN if check in rows.index
    )


def _cost(value: Value | None, level: float, lang: Lang) -> tuple[str, ...]:
    """Cost and break-even in a line each; where there is none, why, and what may be said."""
    if value is None:
        return ()
    if value.refusals:
        return tuple(f"{one.why.get(lang)} {one.still.get(lang)}" for one in value.refusals)
    low, high = (
        _say("unbounded", lang) if end is None else dong(end, lang)
        for end in (value.ratio_low, value.ratio_high)
    )
    words = {"level": round(100 * level), "low": low, "high": high, "months": value.horizon}
    said = [_say("cost", lang).format(ratio=dong(value.ratio, lang), **words)]
    if value.break_even is not None:
        said.append(_say("break_even", lang).format(even=dong(value.break_even, lang)))
    return tuple(said)


def _next_steps(decision: Decision, study: Study, lang: Lang) -> tuple[str, ...]:
    """Who enters in which order, with what chance to show the effect; and who submits."""
    staged = decision.staged
    if staged is None:
        return (_say("who", lang),)
    batches = [
        _say("batch", lang).format(
            number=place, units="; ".join(study.unit(unit).name.get(lang) for unit in batch)
        )
        for place, batch in enumerate(staged.batches, 1)
    ]
    step = _say("order", lang).format(units=". ".join(batches))
    if staged.power is not None:
        words = {
            "effect": number(staged.effect, lang=lang, decimals=1),
            "power": percent(staged.power, lang=lang),
        }
        step += _say("staged_power", lang).format(**words)
    return (step, _say("who", lang))
