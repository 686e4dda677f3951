"""What would overturn this: the breakdown value, and other defensible choices, each with its verdict."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from surveylib.evaluation.alternatives import (
    alternative_changes,
    alternative_sentence,
    pooled_effect,
    rests_on_enough,
)
from surveylib.evaluation.breakdown import Breakdown
from surveylib.evaluation.decide import VERDICTS
from surveylib.evaluation.dose import dose_effect
from surveylib.evaluation.effect import effect, t_interval
from surveylib.evaluation.gates import Facts
from surveylib.evaluation.otherwise import measured_otherwise
from surveylib.evaluation.overturn import overturn_sentence
from surveylib.evaluation.say import chance, points
from surveylib.evaluation.verdict_under import turning_point, verdict_given, verdict_under
from surveylib.model.alternative import Alternative
from surveylib.model.evidence import SENSITIVITY_COLUMNS
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text

_NOTHING = (math.nan, math.nan, math.nan)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    """One way in which the result might fall; `verdict` is blank where none can be told."""

    check: str
    label: Text
    sentence: Text
    row: tuple[float, float, float] = _NOTHING
    value: float = math.nan
    verdict: str = ""


def sensitivity(
    changes: pd.DataFrame,
    *,
    plan: AnalysisPlan,
    facts: Facts,
    effects: pd.DataFrame,
    probabilities: pd.DataFrame,
    paired: pd.DataFrame | None = None,
    other: pd.DataFrame | None = None,
    alternatives: Sequence[Alternative] = (),
    resurveyed: Sequence[str] = (),
    dose: pd.Series | None = None,
    m_bar: float = math.nan,
) -> pd.DataFrame:
    """One row a way in which the primary result might fall (`SENSITIVITY_COLUMNS`): what was changed, the
    effect and its interval, the verdict under it, and whether that is another verdict.

    The first row says the whole in one sentence. Empty where there is no effect.

    Parameters
    ----------
    facts : Facts
        What the gates looked at: every verdict is made from these anew, with the changed numbers.
    paired : DataFrame, optional
        Changes of the respondents asked both before and after (`paired_changes`).
    other : DataFrame, optional
        Changes of the units with the answers measured otherwise (`measured_otherwise`): in other units than
        points, so that no verdict can be told.
    alternatives : sequence of Alternative
        Other mixes of visitors, missing answers filled or at their worst, …
    resurveyed : sequence of str
        Units surveyed otherwise after than before (`gates.surveyed_otherwise`).
    dose : Series, optional
        By unit, how long it had been exposed (`dose.doses`); empty where the arms tell as much.
    m_bar : float
        The drift, as a multiple of the largest one before the start, at which the interval reaches 0
        (`trends.breakdown_m_bar`); NaN with fewer than two waves before.
    """
    primary = facts.primary
    if primary is None:
        return pd.DataFrame(columns=list(SENSITIVITY_COLUMNS))
    own = verdict_under(changes, facts=facts, plan=plan, primary=primary)
    turn, other_verdict = turning_point(changes, facts=facts, plan=plan, primary=primary)
    lines = [
        _breakdown_line(facts.breakdown),
        *([] if math.isnan(m_bar) else [_drift_line(m_bar)]),
        *([] if math.isnan(turn) else [_turning_line(turn, other_verdict)]),
        *_leave_one_out(changes, facts, plan),
        *_self_pilots(changes, facts, plan),
        *_by_dose(dose, changes, plan),
        *_same_setting(changes, facts, plan, resurveyed),
        *_weighted(effects),
        *_paired(paired, facts, plan),
        *_otherwise(other, changes, plan),
        *(_alternative(one, changes, facts, plan) for one in alternatives),
        *_given(probabilities, facts, plan),
    ]
    first = _Line(
        check="overturn",
        label=Text(vi="Tóm lại", en="In one sentence"),
        sentence=overturn_sentence(
            [(line.check, line.label, line.verdict) for line in lines], own=own, turn=turn
        ),
    )
    return pd.DataFrame([_row(line, own) for line in (first, *lines)], columns=list(SENSITIVITY_COLUMNS))


def _row(line: _Line, own: str) -> tuple:
    overturns = float(line.verdict != own) if line.verdict and own else math.nan
    numbers = (*line.row, line.value, line.verdict, overturns)
    return line.check, line.label.vi, line.label.en, *numbers, line.sentence.vi, line.sentence.en


def _breakdown_line(found: Breakdown) -> _Line:
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
    return _Line(check="breakdown", label=label, sentence=Text(vi=vi, en=en), value=found.value)


def _drift_line(m_bar: float) -> _Line:
    label = Text(vi="Giá trị phá vỡ theo xu hướng (M̄)", en="Breakdown value of trends (M̄)")
    if m_bar == 0:
        sentence = Text(
            vi="Khoảng tin cậy đã chứa 0 ngay cả khi xu hướng hai nhóm song song.",
            en="The interval holds 0 even with parallel trends.",
        )
    elif math.isinf(m_bar):
        sentence = Text(
            vi="Kết quả vẫn đứng vững dù xu hướng hai nhóm lệch nhau gấp 20 lần mức lệch lớn nhất trước thí "
            "điểm.",
            en="The result stands even if the arms drift apart by 20 times the largest drift before the "
            "pilot.",
        )
    else:
        sentence = Text(
            vi=f"Kết quả bị bác bỏ nếu từ khi thí điểm xu hướng hai nhóm lệch nhau gấp "
            f"{points(m_bar, 'vi')} lần mức lệch lớn nhất giữa hai đợt trước thí điểm.",
            en=f"The result dies if since the start the arms drifted apart by {points(m_bar, 'en')} times "
            "the largest drift between two waves before it.",
        )
    return _Line(check="breakdown_m_bar", label=label, sentence=sentence, value=m_bar)


def _turning_line(turn: float, verdict: str) -> _Line:
    into = VERDICTS[verdict]
    sentence = Text(
        vi=f"Kết luận đổi thành “{into.vi}” nếu đơn vị thí điểm vốn đã tăng thêm {points(turn, 'vi')} điểm.",
        en=f"The verdict becomes “{into.en}” if pilots would have risen {points(turn, 'en')} more anyway.",
    )
    label = Text(vi="Điểm đổi kết luận", en="Where the verdict turns")
    return _Line(check="turning_point", label=label, sentence=sentence, value=turn, verdict=verdict)


def _three(row: pd.Series) -> tuple[float, float, float]:
    return float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"])


def _again(
    check: str, label: Text, sentence: Text, changes: pd.DataFrame, facts: Facts, plan: AnalysisPlan
) -> _Line:
    """A line whose effect is that of other changes; `sentence` has the estimate as {value}."""
    row = effect(changes, plan=plan, outcome=plan.outcome.primary.index).iloc[0]
    said = {lang: points(row["estimate"], lang, sign=True) for lang in ("vi", "en")}
    words = Text(vi=sentence.vi.format(value=said["vi"]), en=sentence.en.format(value=said["en"]))
    verdict = verdict_under(changes, facts=facts, plan=plan, primary=row)
    return _Line(check=check, label=label, sentence=words, row=_three(row), verdict=verdict)


def _leave_one_out(changes: pd.DataFrame, facts: Facts, plan: AnalysisPlan) -> list[_Line]:
    rows = facts.guards[facts.guards["guard"] == "leave_one_out"]
    if rows.empty:
        return []
    unit = rows.loc[rows["estimate"].astype(float).idxmin(), "without"]
    label = Text(vi="Bỏ đơn vị bất lợi nhất", en="Worst unit left out")
    sentence = Text(
        vi=f"Nếu bỏ {unit}, tác động còn {{value}} điểm.",
        en=f"Without {unit} the effect is {{value}} points.",
    )
    return [_again("leave_one_out", label, sentence, changes[changes["unit"] != unit], facts, plan)]


def _self_pilots(changes: pd.DataFrame, facts: Facts, plan: AnalysisPlan) -> list[_Line]:
    """Self-piloting units back among the comparison, or among the pilots: how much their leaving matters."""
    count = int(((changes["outcome"] == plan.outcome.primary.index) & (changes["arm"] == "self_pilot")).sum())
    if count == 0:
        return []
    as_comparison, as_pilots = (
        changes.assign(arm=changes["arm"].replace("self_pilot", arm)) for arm in ("comparison", "pilot")
    )
    units = "self-piloting unit" if count == 1 else "self-piloting units"
    kept = Text(
        vi=f"Nếu {count} đơn vị tự thí điểm vẫn ở nhóm so sánh, tác động là {{value}} điểm.",
        en=f"With the {count} {units} kept as comparison the effect is {{value}} points.",
    )
    joined = Text(
        vi=f"Nếu tính {count} đơn vị tự thí điểm là thí điểm, tác động là {{value}} điểm.",
        en=f"With the {count} {units} counted as pilots the effect is {{value}} points.",
    )
    labels = (
        Text(vi="Tính cả đơn vị tự thí điểm là so sánh", en="Self-pilots counted as comparison"),
        Text(vi="Tính cả đơn vị tự thí điểm là thí điểm", en="Self-pilots counted as pilots"),
    )
    return [
        _again("self_pilots", labels[0], kept, as_comparison, facts, plan),
        _again("self_pilots_treated", labels[1], joined, as_pilots, facts, plan),
    ]


def _by_dose(dose: pd.Series | None, changes: pd.DataFrame, plan: AnalysisPlan) -> list[_Line]:
    """The effect growing with the time of exposure, where units had more than one dose of it."""
    row = None if dose is None or dose.empty else dose_effect(changes, dose, plan=plan)
    if row is None:
        return []
    other = dose[(dose > 0) & ((dose - 1).abs() > 0.005)]
    span = "–".join(dict.fromkeys(f"{100 * end:.0f}%" for end in (other.min(), other.max())))
    count = len(other)
    sentence = Text(
        vi=f"Nếu tác động tỷ lệ với thời gian đã áp dụng ({count} đơn vị áp dụng {span} thời gian của đơn vị "
        f"thí điểm lâu nhất), tác động sau thời gian ấy là {points(row[0], 'vi', sign=True)} điểm.",
        en=f"With an effect in proportion to the time of exposure ({count} "
        f"{'unit' if count == 1 else 'units'} had {span} of the longest pilot's) the effect after that time "
        f"is {points(row[0], 'en', sign=True)} points.",
    )
    label = Text(vi="Theo thời gian đã áp dụng", en="By time of exposure")
    return [_Line(check="dose", label=label, sentence=sentence, row=row)]


def _same_setting(
    changes: pd.DataFrame, facts: Facts, plan: AnalysisPlan, resurveyed: Sequence[str]
) -> list[_Line]:
    """Without the units surveyed otherwise after than before; nothing where that is every unit of an arm."""
    left = changes[~changes["unit"].isin(resurveyed)]
    arms_left = left.loc[left["outcome"] == plan.outcome.primary.index, "arm"].value_counts()
    if not resurveyed or arms_left.get("pilot", 0) < 2 or arms_left.get("comparison", 0) < 2:
        return []
    names = ", ".join(resurveyed)
    label = Text(vi="Bỏ đơn vị đã đổi cách khảo sát", en="Units surveyed otherwise left out")
    sentence = Text(
        vi=f"Nếu bỏ các đơn vị đổi phiếu hoặc cách khảo sát ({names}), tác động là {{value}} điểm.",
        en=f"Without the units whose form or mode changed ({names}) the effect is {{value}} points.",
    )
    return [_again("same_setting", label, sentence, left, replace(facts, setting="passed"), plan)]


def _weighted(effects: pd.DataFrame) -> list[_Line]:
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
    return [_Line(check="visitor_weighted", label=label, sentence=sentence, row=_three(row))]


def _paired(paired: pd.DataFrame | None, facts: Facts, plan: AnalysisPlan) -> list[_Line]:
    """The same people asked twice: what of the result is a change of who answered."""
    outcome = plan.outcome.primary.index
    if paired is None or outcome not in set(paired["outcome"]):
        return []
    label = Text(vi="Chỉ người được hỏi cả trước và sau", en="Respondents asked both times alone")
    row = effect(paired, plan=plan, outcome=outcome).iloc[0]
    if not math.isfinite(row["conf_low"]):
        why = Text(vi=f"Không ước lượng được: {row['reason_vi']}.", en=f"No estimate: {row['reason_en']}.")
        return [_Line(check="paired", label=label, sentence=why)]
    pairs = int(paired.loc[paired["outcome"] == outcome, "n_pre"].sum())
    sentence = Text(
        vi=f"Với {pairs} người được hỏi cả hai lần, tác động là {{value}} điểm.",
        en=f"Among the {pairs} people asked both times the effect is {{value}} points.",
    )
    return [_again("paired", label, sentence, paired, facts, plan)]


def _otherwise(other: pd.DataFrame | None, changes: pd.DataFrame, plan: AnalysisPlan) -> list[_Line]:
    """The answers measured by their order, or by the items that kept their meaning."""
    if other is None or other.empty:
        return []
    made = measured_otherwise(other, changes, plan=plan)
    return [_Line(check=name, label=label, sentence=sentence, row=row) for name, label, sentence, row in made]


def _alternative(one: Alternative, changes: pd.DataFrame, facts: Facts, plan: AnalysisPlan) -> _Line:
    """The plan's own interval of the changes; over several completions Rubin's of Welch's.

    A pilot that falls out is one more that lacks data; no verdict where fewer units are left than the plan
    asks for.
    """
    outcome = plan.outcome.primary.index
    made = alternative_changes(one, changes, plan=plan)
    seen = effect(made, plan=plan, outcome=outcome).iloc[0]
    row = _three(seen)
    if len(one.changes) > 1:
        pooled = pooled_effect(one, changes, plan=plan)
        row = (pooled.estimate, *t_interval(pooled, level=plan.analysis.level))
    kept = {arm: int((made["arm"] == arm).sum()) for arm in ("pilot", "comparison")}
    lost = facts.n_pilot - kept["pilot"], facts.n_comparison - kept["comparison"]
    doubted = replace(facts, dropped_pilots=facts.dropped_pilots + lost[0])
    verdict = verdict_under(made, facts=doubted, plan=plan, primary=seen)
    enough = rests_on_enough(kept, plan=plan) or not any(lost)
    return _Line(
        check=one.check,
        label=one.label,
        sentence=alternative_sentence(one, row[0], kept=kept if any(lost) else None, enough=enough),
        row=row,
        verdict=verdict if enough else "",
    )


def _given(probabilities: pd.DataFrame, facts: Facts, plan: AnalysisPlan) -> list[_Line]:
    """Other priors, and pilots chosen with an eye to what they would gain."""
    lines = []
    for name in dict.fromkeys(probabilities["prior"]):
        own = probabilities[probabilities["prior"] == name]
        value = float(own.loc[own["name"] == "P(theta_new > 0)", "probability"].iloc[0])
        if name == "plan":
            continue
        words = _chosen(name, value) if name.startswith("ρ") else _prior(name, value)
        verdict = verdict_given(own, facts=facts, plan=plan)
        check = f"chosen {name}" if name.startswith("ρ") else f"prior {name}"
        lines.append(_Line(check=check, label=words[0], sentence=words[1], value=value, verdict=verdict))
    return lines


def _prior(name: str, value: float) -> tuple[Text, Text]:
    vi = name.replace(".", ",")
    return Text(vi="Giả định tiên nghiệm khác", en="Other priors"), Text(
        vi=f"Với tiên nghiệm {vi}, xác suất một đơn vị mới có lợi là {chance(value, 'vi')}.",
        en=f"With priors {name} a new unit gains with probability {chance(value, 'en')}.",
    )


def _chosen(name: str, value: float) -> tuple[Text, Text]:
    rho = name.removeprefix("ρ=")
    vi = (
        f"Nếu đơn vị thí điểm được chọn vì dễ thành công hơn (ρ = {rho.replace('.', ',')}), xác suất một "
        f"đơn vị mới có lợi là {chance(value, 'vi')}."
    )
    en = (
        f"If pilots were chosen because they would gain more (ρ = {rho}) a new unit gains with "
        f"probability {chance(value, 'en')}."
    )
    return Text(vi="Chọn thí điểm có chủ đích", en="Pilots chosen for their gains"), Text(vi=vi, en=en)
