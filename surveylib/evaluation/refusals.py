"""Which refusals and warnings this evaluation has earned."""

from __future__ import annotations

import pandas as pd

from surveylib.evaluation.breakdown import primary_row
from surveylib.evaluation.effect import t_p
from surveylib.evaluation.gates import Facts
from surveylib.evaluation.refuse import MIN_COMPARISON, refuse
from surveylib.evaluation.say import points
from surveylib.model.evidence import Refusal
from surveylib.model.frozen import Deviation
from surveylib.model.plan import AnalysisPlan
from surveylib.model.text import Text
from surveylib.numerics.randomisation import Difference

CEILING, UNEVEN = 0.5, 3.0


def refusals(
    facts: Facts,
    cells: pd.DataFrame,
    changes: pd.DataFrame,
    effects: pd.DataFrame,
    *,
    plan: AnalysisPlan,
    late: bool,
    broken: tuple[Deviation, ...] = (),
) -> tuple[Refusal, ...]:
    """R2, R3, R5–R8 and W1–W3, W5–W7 as the data give cause; R1 and R4 are met where they are asked for."""
    row = primary_row(effects)
    primary = cells[(cells["outcome"] == plan.outcome.primary.index) & cells["role"].isin(["pre", "post"])]
    found = [
        _comparison(facts, plan),
        _floor(row),
        _one_pilot(facts),
        refuse("R5", where="trend") if facts.n_pre_waves < 2 else None,
        refuse("R7", where="baseline") if plan.waves.selection_wave in facts.pre_waves else None,
        refuse("R8", where="setting", detail=facts.setting_reason) if facts.setting == "failed" else None,
        *_sample_warnings(primary, plan),
        _invariance(facts, plan),
        _power(row, plan),
        _exploratory(plan, late, broken),
    ]
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.code))


def rollout_refused(facts: Facts, *, plan: AnalysisPlan) -> bool:
    """Whether there are too few comparison units for a roll-out, and no lot stands in for them (R2)."""
    least = 2 if plan.arms.assignment == "random" else MIN_COMPARISON
    return facts.n_comparison < least


def _comparison(facts: Facts, plan: AnalysisPlan) -> Refusal | None:
    if not rollout_refused(facts, plan=plan):
        return None
    left = facts.n_self_pilot
    detail = Text(
        vi=f"Ở đây có {facts.n_comparison} đơn vị so sánh"
        + (f"; {left} đơn vị khác đã tự thí điểm nên không còn dùng để so sánh được." if left else "."),
        en=f"Comparison units here: {facts.n_comparison}"
        + (f"; others that pilot by themselves and compare no longer: {left}." if left else "."),
    )
    return refuse("R2", where="comparison", detail=detail)


def _floor(row: pd.Series) -> Refusal | None:
    """No spread at all, or a t test that claims less than the assignments allow."""
    if row["std_error"] == 0 or "alike" in row["reason_en"]:
        detail = Text(
            vi="Mọi đơn vị trong mỗi nhóm thay đổi giống hệt nhau; nên xem lại số liệu gốc.",
            en="Within each arm all units changed exactly alike; look at the raw data again.",
        )
        return refuse("R3", where=row["outcome"], detail=detail)
    if not row["std_error"] > 0:
        return None
    seen = Difference(
        estimate=row["estimate"], std_error=row["std_error"], df=row["df"], statistic=row["statistic"]
    )
    if t_p(seen) >= row["p_floor"]:
        return None
    count = round(1 / row["p_floor"])
    detail = Text(vi=f"Mức nhỏ nhất ở đây là 1/{count}.", en=f"The floor here is 1/{count}.")
    return refuse("R3", where=row["outcome"], detail=detail)


def _one_pilot(facts: Facts) -> Refusal | None:
    if facts.n_pilot != 1:
        return None
    detail = Text(
        vi=f"Cả thí điểm chỉ có một đơn vị; xếp hạng của nó trong {facts.n_comparison + 1} đơn vị là tất "
        f"cả những gì "
        "có thể nói.",
        en=f"The whole pilot is one unit; its rank among {facts.n_comparison + 1} units is all that can "
        f"be said.",
    )
    return refuse("R6", where="pilot", detail=detail)


def _sample_warnings(primary: pd.DataFrame, plan: AnalysisPlan) -> list[Refusal | None]:
    sizes = primary.loc[primary["n"] > 0, "n"]
    uneven = bool(len(sizes)) and sizes.max() > UNEVEN * sizes.min()
    thin = primary["n_eff"] < plan.mix.min_ess_share * primary["n"]
    top = primary["top_share"] if "top_share" in primary else pd.Series(dtype=float)
    return [
        refuse("W1", where=str(primary["outcome"].iloc[0])) if (top > CEILING).any() else None,
        _thin(primary, thin, plan) if thin.any() else None,
        refuse("W6", where=_extremes(primary)) if uneven else None,
    ]


def _thin(primary: pd.DataFrame, thin: pd.Series, plan: AnalysisPlan) -> Refusal:
    share = plan.mix.min_ess_share
    detail = Text(
        vi=f"Kế hoạch đòi hỏi ít nhất {share:.0%} số phiếu.", en=f"The plan asks for at least {share:.0%}."
    )
    cells = primary.loc[thin, ["unit", "wave"]].astype(str).agg(" ".join, axis=1)
    return refuse("W3", where=", ".join(sorted(set(cells))), detail=detail)


def _extremes(rows: pd.DataFrame) -> str:
    rows = rows[rows["n"] > 0]
    least, most = rows.loc[rows["n"].idxmin()], rows.loc[rows["n"].idxmax()]
    return f"{least['unit']} {least['wave']}: {least['n']:.0f}; {most['unit']} {most['wave']}: "
    f"{most['n']:.0f}"


def _invariance(facts: Facts, plan: AnalysisPlan) -> Refusal | None:
    if facts.invariance is None:
        return None
    most = plan.gates.invariance.max_free_items_per_group
    over = sorted(name for name, count in facts.invariance.items() if count > most)
    return refuse("W2", where=", ".join(over)) if over else None


def _power(row: pd.Series, plan: AnalysisPlan) -> Refusal | None:
    sesoi = plan.thresholds.sesoi
    if not row["mde"] > sesoi:
        return None
    detail = Text(
        vi=f"Ở đây: {points(row['mde'], 'vi')} so với {points(sesoi, 'vi')} điểm.",
        en=f"Here: {points(row['mde'], 'en')} against {points(sesoi, 'en')} points.",
    )
    return refuse("W5", where=row["outcome"], detail=detail)


def _exploratory(plan: AnalysisPlan, late: bool, broken: tuple[Deviation, ...]) -> Refusal | None:
    if plan.registered is None:
        return refuse("W7", where="plan", detail=_NOT_FROZEN)
    if late:
        at = plan.registered.at
        detail = Text(
            vi=f"Kế hoạch này đăng ký ngày {at:%d/%m/%Y}, khi đợt khảo sát sau thí điểm đã bắt đầu.",
            en=f"This plan was registered on {at:%d/%m/%Y}, when the wave after the pilot had begun.",
        )
        return refuse("W7", where="plan", detail=detail)
    if broken:
        fields = ", ".join(one.field for one in broken)
        detail = Text(
            vi=f"Kế hoạch đã bị sửa sau khi chốt: {fields}.",
            en=f"The plan was edited after it had been frozen: {fields}.",
        )
        return refuse("W7", where="plan", detail=detail)
    return None


_NOT_FROZEN = Text(
    vi="Ở đây không có bản kế hoạch nào được chốt (surveylib plan freeze).",
    en="Here no plan was frozen (surveylib plan freeze).",
)
