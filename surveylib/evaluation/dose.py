"""How long each unit had been exposed when it was surveyed, and the effect by that dose.

Units that pilot by themselves or start late are not simply treated or untreated: by the date they had part of
what the first pilots had. Taking the effect to grow with the time of exposure, all units count, none by hand.
"""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd

from surveylib.evaluation.days import start_days, wave_ends
from surveylib.evaluation.effect import t_interval
from surveylib.model.plan import AnalysisPlan
from surveylib.model.study import Study
from surveylib.numerics.slope import robust_slope

_SAME = 0.01  # doses nearer than this are one dose: a day or two more or less

Window = tuple[datetime.date, datetime.date]


def doses(tidy: pd.DataFrame, *, study: Study | None = None) -> pd.Series:
    """Each unit's exposure at the waves after less that at the waves before, the longest of a pilot being 1.

    Exposure at a wave is the mean, over the days of its fieldwork, of the time since the unit's start: a unit
    that starts in the midst of a wave has part of it. Without a study the days are those of the cells (a
    column ``start``; waves by their names or a column ``date``), and a wave is its last day.

    Empty where days are not known, or where all units that started had the same dose: then the arms tell all.

    Raises
    ------
    SurveyError
        For a day of start that cannot be read.
    """
    starts, windows = start_days(tidy, study=study), _windows(tidy, study)
    roles = tidy.drop_duplicates("wave").set_index("wave")["role"]
    sides = {role: [wave for wave in roles.index if roles[wave] == role] for role in ("pre", "post")}
    units = tidy.drop_duplicates("unit").set_index("unit")["arm"].sort_index()
    if not starts or not all(sides.values()) or not {*sides["pre"], *sides["post"]} <= set(windows):
        return pd.Series(dtype=float)
    raw = pd.Series({unit: _gained(starts.get(unit), sides, windows) for unit in units.index})
    longest = raw[units == "pilot"].max() if (units == "pilot").any() else math.nan
    if not longest > 0:
        return pd.Series(dtype=float)
    made = raw / longest
    started = made[made > 0]
    return made if started.max() - started.min() > _SAME else pd.Series(dtype=float)


def dose_effect(
    changes: pd.DataFrame, dose: pd.Series, *, plan: AnalysisPlan
) -> tuple[float, float, float] | None:
    """The primary change of a unit at full dose less that of one without: estimate, conf_low, conf_high.

    The slope of the units' changes on their doses, pilots, self-piloting and comparison units together
    (`numerics.slope.robust_slope`); None where it cannot be told.
    """
    own = changes[changes["outcome"] == plan.outcome.primary.index]
    x = own["unit"].map(dose).to_numpy(float)
    known = np.isfinite(x)
    if known.sum() < 4:
        return None
    seen = robust_slope(own["change"].to_numpy(float)[known], x[known])
    if not seen.std_error > 0:
        return None
    return (seen.estimate, *t_interval(seen, level=plan.analysis.level))


def _windows(tidy: pd.DataFrame, study: Study | None) -> dict[str, Window]:
    if study is not None:
        return {wave.id: (wave.start, wave.end) for wave in study.waves}
    return {wave: (end, end) for wave, end in wave_ends(tidy, study=None).items()}


def _gained(start: datetime.date | None, sides: dict[str, list[str]], windows: dict[str, Window]) -> float:
    if start is None:
        return 0.0
    before, after = (
        float(np.mean([_exposed(start, windows[wave]) for wave in sides[role]])) for role in ("pre", "post")
    )
    return after - before


def _exposed(start: datetime.date, window: Window) -> float:
    days = np.arange(window[0].toordinal(), window[1].toordinal() + 1)
    return float(np.maximum(days - start.toordinal(), 0).mean())
