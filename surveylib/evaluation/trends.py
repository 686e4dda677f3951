"""Relative-magnitude bounds: what is left of the effect if trends were not parallel after the start either.

The identified set is that of Rambachan & Roth (2023), doi:10.1093/restud/rdad018: from wave to wave after the
start the arms drift apart by at most M̄ times the largest such drift between two waves before it. Their
intervals rest on many units; with a handful the set is inverted by t tests instead. For each drift before
(and its sign) the two ends of the set are contrasts of the unit's own waves, tested by Welch's t at half the
error each; the interval is the union over drifts, so it covers at its level however the drifts lie.
"""

from __future__ import annotations

import itertools
import math

import numpy as np
import pandas as pd
from scipy.optimize import brentq

from surveylib.evaluation.effect import t_interval
from surveylib.evaluation.waves import Panel, panel
from surveylib.model.evidence import TREND_COLUMNS
from surveylib.model.plan import AnalysisPlan
from surveylib.model.study import Study
from surveylib.numerics.randomisation import welch

M_BARS = (0.0, 0.5, 1.0, 2.0)
_MOST = 20.0


def trend_bounds(
    tidy: pd.DataFrame,
    *,
    plan: AnalysisPlan,
    outcome: str,
    study: Study | None = None,
    m_bars: tuple[float, ...] = M_BARS,
) -> pd.DataFrame:
    """The effect averaged over the waves after, under drifts up to M̄ times those before: `TREND_COLUMNS`.

    A row for every M̄: the set (`bound_low`, `bound_high`) and its interval at the plan's level. With M̄ = 0
    it is Welch's interval against the last wave before. No rows with fewer than two waves before the pilot
    (R5), or fewer than two units an arm that have all the waves.
    """
    found = _drifts(panel(tidy, outcome=outcome, study=study))
    if found is None:
        return pd.DataFrame(columns=list(TREND_COLUMNS))
    effect, drifts, reach, treated = found
    estimate = welch(effect, treated).estimate
    largest = max(abs(welch(drift, treated).estimate) for drift in drifts)
    lines = []
    for m_bar in m_bars:
        half = m_bar * reach * largest
        interval = _interval(effect, drifts, treated, m_bar * reach, plan.analysis.level)
        lines.append((outcome, m_bar, estimate, estimate - half, estimate + half, *interval))
    return pd.DataFrame(lines, columns=list(TREND_COLUMNS))


def breakdown_m_bar(
    tidy: pd.DataFrame, *, plan: AnalysisPlan, outcome: str, study: Study | None = None
) -> float:
    """The M̄ at which the interval first holds 0: 0 if it does already, inf beyond 20, NaN without bounds."""
    found = _drifts(panel(tidy, outcome=outcome, study=study))
    if found is None:
        return math.nan
    effect, drifts, reach, treated = found

    def nearest(m_bar: float) -> float:
        """Above 0 while the interval lies on one side of 0: the distance of its nearer end."""
        low, high = _interval(effect, drifts, treated, m_bar * reach, plan.analysis.level)
        return max(low, -high)

    if not nearest(0.0) > 0:
        return 0.0
    return math.inf if nearest(_MOST) > 0 else float(brentq(nearest, 0.0, _MOST, xtol=1e-6))


def _drifts(made: Panel) -> tuple[np.ndarray, list[np.ndarray], float, np.ndarray] | None:
    """Per unit: the change after, the changes between waves before; and how many waves lie between."""
    waves, before, after = list(made.means.columns), made.before, made.after
    if len(before) < 2 or not after:
        return None
    whole = made.means[made.arms.isin(["pilot", "comparison"])][[*before, *after]].dropna()
    treated = (made.arms[whole.index] == "pilot").to_numpy()
    if min(treated.sum(), (~treated).sum()) < 2:
        return None
    steps = [waves.index(wave) - waves.index(before[-1]) for wave in after]
    effect = (whole[after].mean(axis=1) - whole[before[-1]]).to_numpy(float)
    pairs = itertools.pairwise(before)
    drifts = [(whole[later] - whole[earlier]).to_numpy(float) for earlier, later in pairs]
    return effect, drifts, float(np.mean(steps)), treated


def _interval(
    effect: np.ndarray, drifts: list[np.ndarray], treated: np.ndarray, scale: float, level: float
) -> tuple[float, float]:
    lows, highs = [], []
    for drift in drifts:
        for sign in (1.0, -1.0):
            low = _end(effect - sign * scale * drift, treated, level)[0]
            high = _end(effect + sign * scale * drift, treated, level)[1]
            if low <= high:  # empty: no such drift is compatible with the data
                lows.append(low)
                highs.append(high)
    return (min(lows), max(highs)) if lows else (math.nan, math.nan)


def _end(values: np.ndarray, treated: np.ndarray, level: float) -> tuple[float, float]:
    seen = welch(values, treated)
    return t_interval(seen, level=level) if seen.std_error > 0 else (seen.estimate, seen.estimate)
