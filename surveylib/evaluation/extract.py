"""The extract of records (form A): counts and shares by unit, wave and month, and how they moved.

These figures are the offices' own. They are context: nothing here enters an index, an effect or the verdict,
and no difference is tested.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from surveylib.evaluation.effect import t_interval
from surveylib.model.finding import Entry, Finding, find
from surveylib.model.plan import AnalysisPlan
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.study import Study
from surveylib.numerics.randomisation import welch

CELL_COLUMNS = ("unit", "wave", "outcome", "forms", "numerator", "denominator", "share")
COUNT_COLUMNS = ("unit", "wave", "item", "forms", "count")
MONTH_COLUMNS = ("arm", "month", "outcome", "units", "share")
MOVE_COLUMNS = (
    *("outcome", "n_pilot", "pilot_before", "pilot_after"),
    *("n_comparison", "comparison_before", "comparison_after", "comparison_least", "comparison_most"),
    *("estimate", "std_error", "df", "conf_low", "conf_high"),
)
CATALOGUE: dict[str, Entry] = {
    "A01": (
        "warning",
        "{count} biểu ghi số ở tử số lớn hơn số ở mẫu số ({item} > {of}); tỷ lệ bỏ qua các biểu đó: {rows}.",
        "{count} forms count more cases in the numerator than in the denominator ({item} > {of}); the share "
        "leaves them out: {rows}.",
        "Đối chiếu với sổ rồi sửa tại nguồn.",
        "Compare with the register and correct at the source.",
    ),
    "A02": (
        "note",
        "Đợt {wave}: chưa có biểu trích hồ sơ của {units}.",
        "Wave {wave}: no extract of records of {units} yet.",
        "Nhắc đơn vị gửi biểu; đơn vị thiếu đợt trước hoặc đợt sau không có mức thay đổi.",
        "Ask for it; a unit without the wave before or after has no change.",
    ),
}


def rates(questionnaire: Questionnaire) -> tuple[str, ...]:
    """The outcomes of the form that are shares of one count in another."""
    return tuple(made.id for made in questionnaire.outcomes if made.measure == "ratio")


def record_counts(rows: pd.DataFrame, *, questionnaire: Questionnaire) -> pd.DataFrame:
    """Every count of the form by unit and wave (`COUNT_COLUMNS`), its forms added; none where all are
    blank."""
    names = [
        i.id for i in questionnaire.items if questionnaire.scale_of(i.id).kind == "number" and i.id in rows
    ]
    names = [name for name in names if questionnaire.scale_of(name).integer]
    long = rows.melt(id_vars=["unit", "wave"], value_vars=names, var_name="item", value_name="count")
    groups = long.dropna(subset=["count"]).groupby(["unit", "wave", "item"], sort=True)["count"]
    return groups.agg(forms="size", count="sum").reset_index()[list(COUNT_COLUMNS)]


def record_cells(rows: pd.DataFrame, *, questionnaire: Questionnaire) -> pd.DataFrame:
    """Every share of the form by unit and wave (`CELL_COLUMNS`): the counts of its forms added, then divided.

    A form that lacks one of the two counts, or has more in the numerator, is left out; without any case in
    the denominator there is no share.
    """
    return _shares(rows, questionnaire, by=["unit", "wave"])[list(CELL_COLUMNS)]


def record_months(rows: pd.DataFrame, *, questionnaire: Questionnaire, study: Study) -> pd.DataFrame:
    """The mean of the units' shares by arm and month (`MONTH_COLUMNS`); the month is that of ``date``. No
    rows where the forms have no day."""
    dated = rows[rows["date"].astype(str) != ""]
    if dated.empty:
        return pd.DataFrame(columns=list(MONTH_COLUMNS))
    dated = dated.assign(month=dated["date"].astype(str).str.slice(0, 7))
    cells = _shares(dated, questionnaire, by=["unit", "month"]).dropna(subset=["share"])
    cells["arm"] = cells["unit"].map(_arms(study, study.waves))
    means = cells.dropna(subset=["arm"]).groupby(["arm", "month", "outcome"], sort=True)["share"]
    return means.agg(units="size", share="mean").reset_index()[list(MONTH_COLUMNS)]


def record_moves(
    cells: pd.DataFrame, *, questionnaire: Questionnaire, study: Study, plan: AnalysisPlan
) -> pd.DataFrame:
    """How each share moved from the waves before to those after (`MOVE_COLUMNS`): means over units, every
    unit counting alike, and pilots' change less comparison units' with its interval over units.

    The waves are the plan's, else those of the roles pre and post; a unit needs a share in both. Units that
    piloted by themselves before the last of them are left out. Nothing is tested: the figures are the
    offices' own.
    """
    before, after = _sides(study, plan)
    arms = _arms(study, tuple(study.wave(name) for name in (*before, *after)))
    lines = []
    for outcome in rates(questionnaire):
        own = cells[cells["outcome"] == outcome]
        wide = pd.DataFrame({"before": _pooled(own, before), "after": _pooled(own, after)}).dropna()
        wide = wide.assign(arm=wide.index.map(arms)).dropna(subset=["arm"])
        lines.append({"outcome": outcome} | _move(wide, plan.analysis.level))
    return pd.DataFrame(lines, columns=list(MOVE_COLUMNS))


def check_records(
    rows: pd.DataFrame, *, questionnaire: Questionnaire, study: Study, waves: Iterable[str]
) -> tuple[Finding, ...]:
    """What cannot be right in the forms, and which units sent none for the `waves` that have come in."""
    found = []
    for made in questionnaire.outcomes:
        if made.measure == "ratio" and made.item in rows and made.of in rows:
            wrong = rows[rows[made.item] > rows[made.of]]
            if len(wrong):
                fields = {"count": len(wrong), "item": made.item, "of": made.of}
                fields |= {"rows": ", ".join(wrong["respondent"].head(5))}
                found.append(find(CATALOGUE, "A01", where=f"item {made.item}", fields=fields))
    for wave in waves:
        lacking = [
            unit.id for unit in study.units if unit.id not in set(rows.loc[rows["wave"] == wave, "unit"])
        ]
        if lacking:
            fields = {"wave": wave, "units": ", ".join(lacking)}
            found.append(find(CATALOGUE, "A02", where=f"wave {wave}", fields=fields))
    return tuple(found)


def _shares(rows: pd.DataFrame, questionnaire: Questionnaire, *, by: list[str]) -> pd.DataFrame:
    parts = []
    for made in questionnaire.outcomes:
        if made.measure != "ratio" or made.item not in rows or made.of not in rows:
            continue
        part = rows[[*by, made.item, made.of]].set_axis([*by, "numerator", "denominator"], axis=1).dropna()
        part = part[part["numerator"] <= part["denominator"]]
        sums = part.groupby(by, sort=True).agg(
            forms=("numerator", "size"), numerator=("numerator", "sum"), denominator=("denominator", "sum")
        )
        share = sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)
        parts.append(sums.assign(outcome=made.id, share=share).reset_index())
    columns = [*by, "outcome", "forms", "numerator", "denominator", "share"]
    return pd.concat(parts, ignore_index=True)[columns] if parts else pd.DataFrame(columns=columns)


def _pooled(cells: pd.DataFrame, waves: tuple[str, ...]) -> pd.Series:
    sums = cells[cells["wave"].isin(waves)].groupby("unit")[["numerator", "denominator"]].sum()
    return sums["numerator"] / sums["denominator"].where(sums["denominator"] > 0)


def _move(wide: pd.DataFrame, level: float) -> dict[str, float]:
    line: dict[str, float] = {}
    change, treated = (wide["after"] - wide["before"]).to_numpy(float), (wide["arm"] == "pilot").to_numpy()
    for arm in ("pilot", "comparison"):
        own = wide[wide["arm"] == arm]
        line |= {f"n_{arm}": len(own)}
        line |= {f"{arm}_{side}": own[side].mean() if len(own) else np.nan for side in ("before", "after")}
    if (~treated).any():
        line |= {"comparison_least": change[~treated].min(), "comparison_most": change[~treated].max()}
    found = welch(change, treated)
    line |= {"estimate": found.estimate, "std_error": found.std_error, "df": found.df}
    if np.isfinite(found.df):
        line["conf_low"], line["conf_high"] = t_interval(found, level=level)
    return line


def _sides(study: Study, plan: AnalysisPlan) -> tuple[tuple[str, ...], tuple[str, ...]]:
    of = {role: tuple(wave.id for wave in study.waves if wave.role == role) for role in ("pre", "post")}
    return tuple(plan.waves.pre) or of["pre"], tuple(plan.waves.post) or of["post"]


def _arms(study: Study, waves: tuple) -> dict[str, str]:
    """Pilot and comparison units; a unit that piloted by itself by the end of one of `waves` is neither."""
    arms = {}
    for unit in study.units:
        if unit.exposure.kind == "pilot":
            arms[unit.id] = "pilot"
        elif not any(unit.exposure.on(wave.end) != "none" for wave in waves if not wave.planned):
            arms[unit.id] = "comparison"
    return arms
