"""The grade of the evidence, with its reasons in plain words: first what counts against it, then what speaks
for it.

Sherman et al. (1998), Maryland Scientific Methods Scale; Guyatt et al. (2008), GRADE,
doi:10.1136/bmj.39489.470347.AD.
"""

from __future__ import annotations

import math

from surveylib.evaluation.gates import (
    GRADES,
    LABELS,
    Facts,
    beyond_spread,
    invariance,
    selection,
    sign_flips,
)
from surveylib.evaluation.refuse import MIN_COMPARISON
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text

LEAST_REASONS = 3


def maryland(facts: Facts, *, plan: AnalysisPlan) -> int:
    """Maryland level: 2 before-after, 3 with comparison units, 4 several of them and waves, 5 by lot."""
    if facts.n_comparison < 2:
        return 2
    if plan.arms.assignment == "random":
        return 5
    return 4 if facts.n_comparison >= MIN_COMPARISON and facts.n_pre_waves >= 2 else 3


def grade_evidence(facts: Facts, *, plan: AnalysisPlan) -> tuple[str, tuple[Text, ...]]:
    """The grade (very_low, low, moderate, high) and its reasons, the weightiest first.

    Starts from the design (by lot high; several waves before moderate; comparison units low; none very
    low), falls one step for each doubt, and rises one where no comparison unit moved as far as would undo
    the result. The reasons: what held the design back, the doubts, what raised the grade; where these are
    fewer than three, also what spoke for it without moving it.
    """
    level = maryland(facts, plan=plan)
    step = {2: 0, 3: 1, 4: 2, 5: 3}[level]
    doubts, design = _doubts(facts, plan), [_DESIGN[level]]
    reasons = [*doubts, *design] if level == 5 else [*design, *doubts]
    found = facts.breakdown
    large = found is not None and found.value > max(found.largest, 0.0) and level >= 3
    if large:
        step += 1
        reasons.append(_in_favour(_LARGE))
    lacking = max(LEAST_REASONS - len(reasons), 0)
    reasons += _merits(facts, plan, large=large)[:lacking]
    grade = GRADES[min(max(step - len(doubts), 0), len(GRADES) - 1)]
    return grade, tuple(reasons)


_DESIGN = {
    2: Text(
        vi="Chỉ so trước và sau: không có đủ hai đơn vị so sánh.",
        en="Before and after only: fewer than two comparison units.",
    ),
    3: Text(
        vi="So trước và sau với nhóm so sánh, nhưng đơn vị thí điểm không được bốc thăm.",
        en="Before and after with comparison units, but pilots were not drawn by lot.",
    ),
    4: Text(
        vi="Có nhiều đơn vị so sánh và nhiều đợt trước thí điểm, nhưng không bốc thăm.",
        en="Several comparison units and several waves before, but not by lot.",
    ),
    5: Text(vi="Đơn vị thí điểm được chọn bằng bốc thăm.", en="Pilots were drawn by lot."),
}
_LARGE = Text(
    vi="Không đơn vị so sánh nào tự thay đổi nhiều đến mức bác bỏ được kết quả.",
    en="No comparison unit moved by itself as far as would undo the result.",
)
_SELECTED = Text(vi="Đơn vị được chọn theo chính đợt làm mốc.", en="Pilots were chosen on the baseline.")
_RESURVEYED = Text(
    vi="Cách khảo sát đổi ở riêng đơn vị thí điểm.", en="The survey changed in the pilots alone."
)
_MEANING = Text(vi="Phiếu không giữ nguyên ý nghĩa.", en="The form did not keep its meaning.")
_IMPRECISE = Text(
    vi="Khoảng tin cậy vừa chứa 0 vừa chứa mức đáng kể: chưa đủ chính xác.",
    en="The interval holds both 0 and an effect worth having: imprecise.",
)
_ONE_UNIT = Text(vi="Kết quả tùy thuộc vào một đơn vị.", en="The result hangs on a single unit.")


def _doubts(facts: Facts, plan: AnalysisPlan) -> list[Text]:
    """What lowers the grade, a step each: first what biases the result, then what leaves it uncertain."""
    checks = [
        (selection(facts, plan)[0] == "failed", _SELECTED),
        (facts.setting == "failed", _RESURVEYED),
        (invariance(facts, plan)[0] == "failed", _MEANING),
        (facts.dropped_pilots > 0, _dropped(facts.dropped_pilots)),
        (_imprecise(facts, plan), _IMPRECISE),
        (bool(sign_flips(facts)), _ONE_UNIT),
    ]
    return [said for holds, said in checks if holds]


def _imprecise(facts: Facts, plan: AnalysisPlan) -> bool:
    row = facts.primary
    return row is not None and bool(row["conf_low"] <= 0 and row["conf_high"] >= plan.thresholds.sesoi)


def _dropped(count: int) -> Text:
    return Text(
        vi=f"{count} đơn vị thí điểm không đủ số liệu.",
        en=f"{count} pilot {'unit lacks' if count == 1 else 'units lack'} data.",
    )


def _merits(facts: Facts, plan: AnalysisPlan, *, large: bool) -> list[Text]:
    """What speaks for the evidence without raising its grade: mostly gates that it passed."""
    row, guards = facts.primary, facts.guards
    bounded = row is not None and math.isfinite(row["conf_low"]) and math.isfinite(row["conf_high"])
    alone = row is not None and not guards[guards["guard"] == "leave_one_out"].empty
    checks = [
        (bounded and row["conf_low"] > 0, _ABOVE_NOUGHT),
        (bounded and row["conf_low"] <= 0 and not _imprecise(facts, plan), _NARROW),
        (not large and beyond_spread(facts)[0] == "passed", _passed("breakdown_exceeds_comparison_spread")),
        (alone and not sign_flips(facts), _passed("leave_one_unit_out_sign")),
        (facts.n_comparison >= MIN_COMPARISON, _compared(facts.n_comparison)),
        (facts.setting == "passed", _passed("mode_instrument_constant")),
        (invariance(facts, plan)[0] == "passed", _passed("invariance")),
    ]
    return [_in_favour(said) for holds, said in checks if holds]


_ABOVE_NOUGHT = Text(vi="Cả khoảng tin cậy nằm trên 0.", en="The whole interval lies above 0.")
_NARROW = Text(
    vi="Khoảng tin cậy đủ hẹp để loại trừ một tác động đáng kể.",
    en="The interval is narrow enough to rule out an effect worth having.",
)


def _in_favour(said: Text) -> Text:
    """Beside the grade it must be plain which reasons pulled it down and which did not."""
    vi, en = (words[0].lower() + words[1:] for words in (said.vi, said.en))
    return Text(vi=f"Điểm cộng: {vi}", en=f"In its favour: {en}")


def _passed(gate: str) -> Text:
    label = LABELS[gate]
    return Text(vi=f"{label.vi}.", en=f"{label.en}.")


def _compared(count: int) -> Text:
    return Text(vi=f"Có {count} đơn vị so sánh.", en=f"There are {count} comparison units.")
