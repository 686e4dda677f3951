"""More than two waves: which came first, a unit's mean in each, and the effect wave by wave."""

from __future__ import annotations

import datetime
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.evaluation.days import start_days, wave_ends
from surveylib.evaluation.effect import all_assignments, t_interval, t_p
from surveylib.evaluation.refuse import MIN_EFFECTIVE, lift_to_floor
from surveylib.model.evidence import EVENT_COLUMNS
from surveylib.model.plan import AnalysisPlan
from surveylib.model.study import Study
from surveylib.model.text import Text
from surveylib.numerics.randomisation import randomisation_p, smallest_p, welch

_ROLE_ORDER = {"pre": 0, "other": 1, "post": 2}
_REFERENCE = Text(vi="đợt làm mốc", en="the wave of reference")
_FEW = Text(
    vi="không đủ hai đơn vị mỗi nhóm có số liệu trong đợt này",
    en="fewer than two units an arm have data in this wave",
)
_NOT_BEGUN = Text(
    vi="chưa đủ hai đơn vị thí điểm đã bắt đầu khi đợt này kết thúc",
    en="fewer than two pilot units had begun when this wave ended",
)
_ALIKE = Text(vi="mọi đơn vị thay đổi như nhau", en="all units changed alike")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Panel:
    """One outcome of every unit in every wave, in the order of time.

    Attributes
    ----------
    means, n, n_eff : DataFrame
        Units × waves; NaN (0) where a unit has no usable cell.
    arms : Series
        Arm by unit.
    roles : Series
        pre, other or post by wave.
    ends : dict
        Last day of each wave, where known.
    starts : dict
        First day of each unit that starts, where known.
    """

    means: pd.DataFrame
    n: pd.DataFrame
    n_eff: pd.DataFrame
    arms: pd.Series
    roles: pd.Series
    ends: dict[str, datetime.date]
    starts: dict[str, datetime.date]

    @property
    def before(self) -> list[str]:
        return [wave for wave in self.means.columns if self.roles[wave] == "pre"]

    @property
    def after(self) -> list[str]:
        return [wave for wave in self.means.columns if self.roles[wave] == "post"]

    def waiting(self, wave: str) -> list[str]:
        """The pilots known not to have begun when the wave ended."""
        end = self.ends.get(wave, datetime.date.max)
        pilots = self.arms.index[self.arms == "pilot"]
        return [unit for unit in pilots if self.starts.get(unit, end) > end]


def panel(tidy: pd.DataFrame, *, outcome: str, study: Study | None = None) -> Panel:
    """The cells of one outcome as units × waves, waves in the order of time.

    The order is the study's days; without a study the days of a column ``date`` or of waves named by month
    or day (2014-10, 2014-10-31); else before, between, after, each by name. Cells with fewer than 30
    effective answers are left out.
    """
    rows = tidy[(tidy["outcome"] == outcome) & tidy["mean"].notna() & (tidy["n_eff"] >= MIN_EFFECTIVE)]
    roles = tidy.drop_duplicates("wave").set_index("wave")["role"]
    ends = wave_ends(tidy, study=study)
    waves = sorted(set(rows["wave"]), key=lambda wave: _place(wave, roles, ends))
    units = tidy.drop_duplicates("unit").set_index("unit").sort_index()

    def wide(value: str) -> pd.DataFrame:
        return rows.pivot(index="unit", columns="wave", values=value).reindex(
            index=units.index, columns=waves
        )

    return Panel(
        means=wide("mean"),
        n=wide("n").fillna(0.0),
        n_eff=wide("n_eff").fillna(0.0),
        arms=units["arm"],
        roles=roles,
        ends=ends,
        starts=start_days(tidy, study=study),
    )


def _place(wave: str, roles: pd.Series, ends: dict[str, datetime.date]) -> tuple:
    if set(roles.index) <= set(ends):
        return (ends[wave], wave)
    return (_ROLE_ORDER[roles[wave]], ends.get(wave, datetime.date.max), wave)


def event_study(
    tidy: pd.DataFrame, *, plan: AnalysisPlan, outcome: str, study: Study | None = None
) -> pd.DataFrame:
    """Pilots less comparison units in every wave, against the last wave before the pilot: `EVENT_COLUMNS`.

    `step` counts waves from that one. Before it the true difference is 0 if both arms moved alike; an interim
    or extension wave stands where it falls, without the pilots that had not begun when it ended. Each row is
    a Welch test on unit changes, its p the larger of Welch's and the randomisation's, unadjusted: the plan's
    verdict rests on the plan's waves alone.
    """
    made = panel(tidy, outcome=outcome, study=study)
    if not made.before:
        return pd.DataFrame(columns=list(EVENT_COLUMNS))
    waves = list(made.means.columns)
    reference = made.before[-1]
    lines = [_event(made, wave, reference, waves, plan) | {"outcome": outcome} for wave in waves]
    return pd.DataFrame(lines, columns=list(EVENT_COLUMNS))


def _event(made: Panel, wave: str, reference: str, waves: list[str], plan: AnalysisPlan) -> dict:
    line = dict.fromkeys(EVENT_COLUMNS, math.nan) | {"wave": wave, "role": made.roles[wave]}
    line |= {"step": waves.index(wave) - waves.index(reference), "reason_vi": "", "reason_en": ""}
    if wave == reference:
        return line | {"estimate": 0.0, "reason_vi": _REFERENCE.vi, "reason_en": _REFERENCE.en}
    waiting = made.waiting(wave) if line["step"] > 0 else []
    counted = made.arms.isin(["pilot", "comparison"]) & ~made.arms.index.isin(waiting)
    d = (made.means[wave] - made.means[reference])[counted].dropna()
    treated = (made.arms[d.index] == "pilot").to_numpy()
    sizes = {f"n_{arm}": int((made.arms[d.index] == arm).sum()) for arm in ("pilot", "comparison")}
    answers = {name: frame.loc[d.index, [wave, reference]].to_numpy().sum() for name, frame in _counts(made)}
    line |= sizes | answers
    if min(sizes.values()) < 2:
        why = _NOT_BEGUN if waiting and sizes["n_pilot"] < 2 else _FEW
        return line | {"reason_vi": why.vi, "reason_en": why.en}
    return line | _tested(d.to_numpy(float), treated, plan)


def _counts(made: Panel) -> tuple[tuple[str, pd.DataFrame], ...]:
    return (("n", made.n), ("n_eff", made.n_eff))


def _tested(d: np.ndarray, treated: np.ndarray, plan: AnalysisPlan) -> dict:
    seen = welch(d, treated)
    if not seen.std_error > 0:
        return {"estimate": seen.estimate, "reason_vi": _ALIKE.vi, "reason_en": _ALIKE.en}
    assigned = all_assignments(treated, plan=plan)
    floor = smallest_p(len(d), int(treated.sum()), number=len(assigned))
    low, high = t_interval(seen, level=plan.analysis.level)
    return {
        "estimate": seen.estimate,
        "std_error": seen.std_error,
        "df": seen.df,
        "conf_low": low,
        "conf_high": high,
        "statistic": seen.statistic,
        "p_value": max(lift_to_floor(t_p(seen), floor=floor), randomisation_p(d, treated, assigned)),
        "p_floor": floor,
    }
