"""The gates a verdict must pass, each with the reason it passed or did not in plain words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_args

import pandas as pd

from surveylib.evaluation.breakdown import Breakdown
from surveylib.evaluation.say import points
from surveylib.model.evidence import GateResult, GateStatus
from surveylib.model.plan import AnalysisPlan, GateRule, Grade
from surveylib.model.study import SETTING, Study
from surveylib.model.text import Text

GRADES: tuple[str, ...] = get_args(Grade)

LABELS = {
    "comparison_units": Text(vi="Đủ đơn vị so sánh", en="Enough comparison units"),
    "selection_not_on_baseline": Text(
        vi="Không chọn đơn vị theo chính đợt làm mốc", en="Pilots not chosen on the baseline"
    ),
    "mode_instrument_constant": Text(
        vi="Phiếu và cách khảo sát không chỉ đổi ở đơn vị thí điểm",
        en="Form and mode did not change in pilots alone",
    ),
    "invariance": Text(vi="Phiếu giữ nguyên ý nghĩa", en="The form kept its meaning"),
    "breakdown_exceeds_comparison_spread": Text(
        vi="Kết quả lớn hơn biến động tự nhiên", en="The result exceeds what units do by themselves"
    ),
    "leave_one_unit_out_sign": Text(vi="Không tùy thuộc một đơn vị", en="No single unit makes the result"),
    "evidence_grade": Text(vi="Mức độ tin cậy của bằng chứng", en="Grade of the evidence"),
}
GRADE_NAMES = {
    "very_low": Text(vi="rất thấp", en="very low"),
    "low": Text(vi="thấp", en="low"),
    "moderate": Text(vi="trung bình", en="moderate"),
    "high": Text(vi="cao", en="high"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What the gates look at, gathered once; `late`: the plan was registered when answers after the pilot
    were already coming in."""

    n_pilot: int
    n_comparison: int
    n_self_pilot: int
    n_pre_waves: int
    dropped_pilots: int
    primary: pd.Series | None
    guards: pd.DataFrame
    breakdown: Breakdown | None
    setting: GateStatus
    setting_reason: Text
    invariance: Mapping[str, int] | None
    pre_waves: tuple[str, ...]
    late: bool = False


def setting(cells: pd.DataFrame, *, study: Study | None) -> tuple[GateStatus, Text]:
    """Whether mode, form, place and interviewers changed between the waves, and if so in whom.

    What the cells say of themselves (a column ``mode``, ``instrument_version`` …) goes before what the study
    declares of its waves.
    """
    known = _settings(cells, study)
    keys = [name for name in SETTING if name in known]
    if not keys:
        return "not_assessable", Text(
            vi="Không có thông tin về phiếu, hình thức và nơi phỏng vấn của từng đợt.",
            en="Nothing is known of form, mode and place of interview in each wave.",
        )
    moved = {name: {arm for arm, _ in _moved(known, name)} for name in keys}
    alone = [name for name, arms in moved.items() if arms == {"pilot"}]
    if alone:
        names = ", ".join(alone)
        return "failed", Text(
            vi=f"Chỉ đổi ở đơn vị thí điểm: {names}.", en=f"Changed in the pilots alone: {names}."
        )
    return "passed", _unchanged([name for name, arms in moved.items() if arms])


def surveyed_otherwise(cells: pd.DataFrame, *, study: Study | None) -> tuple[str, ...]:
    """The units that were surveyed otherwise after than before, in any way that is known."""
    known = _settings(cells, study)
    return tuple(sorted({unit for name in SETTING if name in known for _, unit in _moved(known, name)}))


def _settings(cells: pd.DataFrame, study: Study | None) -> pd.DataFrame:
    """``arm, unit, role`` of every unit and wave, and of its setting what is known."""
    rows = cells[cells["arm"].isin(["pilot", "comparison"]) & cells["role"].isin(["pre", "post"])]
    rows = rows.drop_duplicates(["unit", "wave"])
    waves = {} if study is None else {wave.id: wave for wave in study.waves}
    declared = [waves[wave].setting(unit) if wave in waves else {} for unit, wave in _pairs(rows)]
    told = {name: rows[name] for name in SETTING if name in rows and rows[name].notna().all()}
    known = pd.DataFrame(declared, index=rows.index).assign(**told)
    keys = [name for name in SETTING if name in known and known[name].notna().any()]
    return pd.concat([rows[["arm", "unit", "role"]], known[keys].astype(str)], axis=1)


def _pairs(rows: pd.DataFrame) -> list[tuple[str, str]]:
    return list(zip(rows["unit"].astype(str), rows["wave"].astype(str), strict=True))


def _moved(known: pd.DataFrame, name: str) -> set[tuple[str, str]]:
    """(arm, unit) of those for which `name` was another after than before."""
    seen: dict[tuple[str, str], dict[str, set[str]]] = {}
    for arm, unit, role, value in zip(*(known[c] for c in ("arm", "unit", "role", name)), strict=True):
        seen.setdefault((arm, unit), {"pre": set(), "post": set()})[role].add(value)
    return {who for who, own in seen.items() if own["pre"] and own["post"] and own["pre"] != own["post"]}


def _unchanged(changed: list[str]) -> Text:
    if not changed:
        return Text(vi="Giống nhau ở mọi đợt và mọi đơn vị.", en="The same in every wave and unit.")
    names = ", ".join(changed)
    return Text(
        vi=f"Có thay đổi ({names}), nhưng không riêng ở đơn vị thí điểm.",
        en=f"Changed ({names}), but not in the pilots alone.",
    )


def gates(facts: Facts, *, plan: AnalysisPlan, grade: str) -> tuple[GateResult, ...]:
    """Every gate of the plan: passed, failed or not assessable, with the reason."""
    checks = {
        "comparison_units": _comparison_units(facts, plan),
        "selection_not_on_baseline": selection(facts, plan),
        "mode_instrument_constant": (facts.setting, facts.setting_reason),
        "invariance": invariance(facts, plan),
        "breakdown_exceeds_comparison_spread": beyond_spread(facts),
        "leave_one_unit_out_sign": _leave_one_out(facts),
        "evidence_grade": _grade(grade, plan),
    }
    return tuple(_result(name, *check, getattr(plan.gates, name)) for name, check in checks.items())


def _result(name: str, status: GateStatus, reason: Text, rule: GateRule) -> GateResult:
    return GateResult(name=name, status=status, cap=rule.cap, label=LABELS[name], reason=reason)


def _comparison_units(facts: Facts, plan: AnalysisPlan) -> tuple[GateStatus, Text]:
    # The plan may ask for more than the arms section does, never for less.
    wanted = max(plan.gates.comparison_units.min, plan.arms.comparison.min)
    reason = Text(
        vi=f"{facts.n_comparison} đơn vị so sánh chưa áp dụng mô hình; cần ít nhất {wanted}.",
        en=f"{facts.n_comparison} clean comparison units; at least {wanted} are needed.",
    )
    return ("passed" if facts.n_comparison >= wanted else "failed"), reason


def selection(facts: Facts, plan: AnalysisPlan) -> tuple[GateStatus, Text]:
    wave = plan.waves.selection_wave
    if wave is not None and wave in facts.pre_waves:
        return "failed", Text(
            vi=f"Đơn vị thí điểm được chọn theo đợt {wave}, cũng là đợt làm mốc.",
            en=f"Pilots were chosen by wave {wave}, which is also the baseline.",
        )
    if plan.registered is None:
        return "not_assessable", Text(
            vi="Không có kế hoạch đã đăng ký nói rõ cách chọn đơn vị.",
            en="No registered plan says how the pilots were chosen.",
        )
    if facts.late:
        return "not_assessable", Text(
            vi="Kế hoạch chỉ được đăng ký khi đã có phiếu sau thí điểm: điều nói lúc ấy về cách chọn đơn vị "
            "không còn là nói trước.",
            en="The plan was registered when answers after the pilot were coming in: what it says of how "
            "pilots were chosen was not said beforehand.",
        )
    return "passed", Text(
        vi="Theo kế hoạch, đơn vị không được chọn theo điểm của đợt làm mốc.",
        en="By the plan, pilots were not chosen by their baseline scores.",
    )


def invariance(facts: Facts, plan: AnalysisPlan) -> tuple[GateStatus, Text]:
    if facts.invariance is None:
        return "not_assessable", Text(
            vi="Chưa kiểm tra người trả lời có hiểu câu hỏi như trước hay không.",
            en="Whether respondents understand the items as before was not examined.",
        )
    most = plan.gates.invariance.max_free_items_per_group
    over = sorted(name for name, count in facts.invariance.items() if count > most)
    if over:
        names = ", ".join(name.removeprefix("group_") for name in over)
        return "failed", Text(
            vi=f"Quá {most} câu đổi nghĩa ở nhóm: {names}.",
            en=f"More than {most} {'item' if most == 1 else 'items'} changed meaning in: {names}.",
        )
    tested = ", ".join(name.removeprefix("group_") for name in sorted(facts.invariance))
    return "passed", Text(
        vi=f"Trong các nhóm kiểm định được ({tested}), không nhóm nào có quá {most} câu đổi nghĩa.",
        en=f"Of the groups that could be tested ({tested}) none has more than {most} "
        f"{'item' if most == 1 else 'items'} that changed meaning.",
    )


def _no_effect() -> tuple[GateStatus, Text]:
    return "not_assessable", Text(vi="Không ước lượng được tác động.", en="The effect cannot be estimated.")


def beyond_spread(facts: Facts) -> tuple[GateStatus, Text]:
    found = facts.breakdown
    if found is None:
        return _no_effect()
    reason = Text(
        vi=f"Giá trị phá vỡ {points(found.value, 'vi')} điểm; biến động riêng của đơn vị so sánh "
        f"{points(found.spread, 'vi')} điểm.",
        en=f"Breakdown value {points(found.value, 'en')} points; comparison units by themselves "
        f"{points(found.spread, 'en')} points.",
    )
    return ("passed" if found.value > found.spread else "failed"), reason


def sign_flips(facts: Facts) -> list[str]:
    """The units without any one of which the effect's sign would turn."""
    if facts.primary is None:
        return []
    rows = facts.guards[facts.guards["guard"] == "leave_one_out"]
    return rows.loc[rows["estimate"].astype(float) * facts.primary["estimate"] <= 0, "without"].tolist()


def _leave_one_out(facts: Facts) -> tuple[GateStatus, Text]:
    rows = facts.guards[facts.guards["guard"] == "leave_one_out"]
    if facts.primary is None or rows.empty:
        return _no_effect()
    flips = sign_flips(facts)
    if flips:
        names = ", ".join(flips)
        return "failed", Text(
            vi=f"Bỏ {names} thì tác động đổi dấu.", en=f"Without {names} the effect changes sign."
        )
    return "passed", Text(
        vi="Bỏ bất kỳ đơn vị nào, tác động vẫn cùng dấu.", en="Whichever unit is left out, the sign stays."
    )


def _grade(grade: str, plan: AnalysisPlan) -> tuple[GateStatus, Text]:
    wanted = plan.gates.evidence_grade.min
    reason = Text(
        vi=f"Bằng chứng ở mức {GRADE_NAMES[grade].vi}; cần ít nhất mức {GRADE_NAMES[wanted].vi}.",
        en=f"The evidence is graded {GRADE_NAMES[grade].en}; at least {GRADE_NAMES[wanted].en} is needed.",
    )
    return ("passed" if GRADES.index(grade) >= GRADES.index(wanted) else "failed"), reason
