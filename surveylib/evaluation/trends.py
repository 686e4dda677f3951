"""Relative-magnitude bounds: what is left of the effect if trends were not parallel after the start either.

Rambachan & Roth (2023), doi:10.1093/restud/rdad018: from wave to wave after the start the arms drift apart by
at most M̄ times the largest such drift between two waves before it. Which drift was the largest, and its sign,
is unknown: for each the effect is held between two bounds, and the other drifts below it, by inequalities of
contrasts of the units' own waves. Each such set is tested by the paper's conditional least-favourable hybrid
(`numerics.inequalities`, with t in place of the normal); the interval holds every effect that one of them
allows. Unobserved effects in other waves, nuisance parameters of the paper, are eliminated beforehand: the
average over the waves after can be off by at most M̄ times the drift times the mean number of waves since.
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
from surveylib.numerics.inequalities import Moments, allowed_interval
from surveylib.numerics.randomisation import welch

M_BARS = (0.0, 0.5, 1.0, 2.0)
# Where 0 is looked for in turn: with M̄ the interval need not widen evenly, least of all near no drift.
_LADDER = (0.02, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1, 1.25, 1.5, 2, 2.5, 3, 4, 6, 8, 11, 15, 20)


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
        interval = drift_interval(effect, drifts, treated, m_bar * reach, plan.analysis.level)
        lines.append((outcome, m_bar, estimate, estimate - half, estimate + half, *interval))
    return pd.DataFrame(lines, columns=list(TREND_COLUMNS))


def breakdown_m_bar(
    tidy: pd.DataFrame, *, plan: AnalysisPlan, outcome: str, study: Study | None = None
) -> float:
    """The M̄ at which the interval first holds 0: 0 if it does already, inf beyond 20, NaN without bounds.

    The interval may hold 0, leave it and hold it again with a larger M̄: the first time is what counts, for
    then a value above the true M̄ is no likelier than an interval that misses.
    """
    found = _drifts(panel(tidy, outcome=outcome, study=study))
    if found is None:
        return math.nan
    effect, drifts, reach, treated = found

    def nearest(m_bar: float) -> float:
        """Above 0 while the interval lies on one side of 0: the distance of its nearer end."""
        low, high = drift_interval(effect, drifts, treated, m_bar * reach, plan.analysis.level)
        return max(low, -high)

    if not nearest(0.0) > 0:
        return 0.0
    for below, here in itertools.pairwise((0.0, *_LADDER)):
        if not nearest(here) > 0:
            return float(brentq(nearest, below, here, xtol=1e-6))
    return math.inf


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


def drift_interval(
    effect: np.ndarray, drifts: list[np.ndarray], treated: np.ndarray, scale: float, level: float
) -> tuple[float, float]:
    """The effects allowed by any choice of the largest drift and its sign; Welch's interval without drift."""
    if not scale > 0:
        seen = welch(effect, treated)
        return t_interval(seen, level=level) if seen.std_error > 0 else (seen.estimate, seen.estimate)
    sets = moments_of(effect, drifts, treated, scale)
    ends = np.array([allowed_interval(moments, level=level) for moments in sets])
    ends = ends[~np.isnan(ends[:, 0])]
    return (float(ends[:, 0].min()), float(ends[:, 1].max())) if len(ends) else (math.nan, math.nan)


def moments_of(
    effect: np.ndarray, drifts: list[np.ndarray], treated: np.ndarray, scale: float
) -> tuple[Moments, ...]:
    """What holds if `scale` times the largest drift before is the most the arms drifted apart after: one set
    of inequalities for every drift that may have been the largest, and its sign."""
    values = np.column_stack([effect, *drifts])
    return tuple(
        _moments(values, treated, _inequalities(len(drifts), largest, sign, scale))
        for largest in range(len(drifts))
        for sign in (1.0, -1.0)
    )


def _inequalities(count: int, largest: int, sign: float, scale: float) -> np.ndarray:
    """Rows that must not be above 0, less the effect in the first and plus it in the second: coefficients of
    the effect and of each drift."""
    most = np.zeros(count + 1)
    most[1 + largest] = sign
    own = np.eye(count + 1)
    rows = [own[0] - scale * most, -own[0] - scale * most]
    rows += [way * own[1 + one] - most for one in range(count) for way in (1.0, -1.0)]
    return np.array([row for row in rows if row.any()])


def _moments(values: np.ndarray, treated: np.ndarray, rows: np.ndarray) -> Moments:
    """The rows' differences between the arms, their covariance, and the fewest of Welch's degrees of
    freedom."""
    made = values @ rows.T
    one, none = made[treated], made[~treated]
    parts = [np.atleast_2d(np.cov(arm.T)) / len(arm) for arm in (one, none)]
    slope = np.zeros(len(rows))
    slope[:2] = 1.0, -1.0
    variance = [np.diag(part) for part in parts]
    total = variance[0] + variance[1]
    spent = variance[0] ** 2 / (len(one) - 1) + variance[1] ** 2 / (len(none) - 1)
    df = np.divide(total**2, spent, out=np.full(len(total), np.inf), where=spent > 0)
    return Moments(
        mean=one.mean(axis=0) - none.mean(axis=0),
        slope=slope,
        covariance=parts[0] + parts[1],
        df=float(df.min()),
    )
