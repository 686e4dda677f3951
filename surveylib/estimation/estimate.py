"""From PsuTotals to Estimates: statistics are ratios of totals, and every variance uses the one kernel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.alpha import alpha_ends, alpha_of, alpha_slopes, asked_together
from surveylib.estimation.pps import UnequalSums
from surveylib.estimation.replicated import ReplicateSums, spread_of
from surveylib.model.replicates import Replicates, Reweighted
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.model.totals import PsuTotals, Statistic
from surveylib.model.unequal import UnequalDraw
from surveylib.numerics.intervals import PROPORTION_INTERVALS, proportion, symmetric
from surveylib.numerics.variance import Level, StageCodes, covariance, prepare, variance

MOST_FOR_COVARIANCE = 400


class _Point(NamedTuple):
    """One estimate in all D domains, and the statistics it is made of: alpha of several, others of one."""

    members: tuple[Statistic, ...]
    value: np.ndarray
    influence: np.ndarray | None
    n: np.ndarray
    n_eff: np.ndarray
    srs: np.ndarray


def estimate(
    totals: PsuTotals,
    *,
    confidence: float = 0.95,
    interval: str = "mean",
    full: bool | None = None,
    replacement_deff: bool = False,
    replicates: Replicates | Reweighted | None = None,
    unequal: UnequalDraw | None = None,
) -> Estimates:
    """Estimates with standard errors, intervals and covariance, from totals alone.

    Parameters
    ----------
    totals : PsuTotals
    confidence : float
        Level of the intervals, which use t with the design's degrees of freedom: clusters minus strata that
        reach the domain.
    interval : {'mean', 'logit', 'wilson', 'beta', 'xlogit', 'likelihood', 'asin'}
        For proportions (`numerics.intervals.proportion`); 'mean' is the symmetric interval, as for means.
        That of alpha is symmetric in ln(1 − α).
    full : bool, optional
        Whether to compute covariances; by default up to 400 estimates (beyond, off-diagonal entries are NaN).
    replacement_deff : bool
        Compare with sampling with replacement. Without it the comparison is with simple random sampling from
        a population of Σw, or with replacement where Σw does not exceed n.
    replicates : Replicates or Reweighted, optional
        Take variances from the spread of these in place of the linear kernel.
    unequal : UnequalDraw, optional
        The clusters were drawn without replacement with unequal probabilities (`unequal`).

    Returns
    -------
    Estimates
        One row a statistic and domain; ``statistic`` and ``p_value`` are left empty: a mean is compared with
        nothing.

    References
    ----------
    Binder (1983), doi:10.2307/1402588; Särndal, Swensson & Wretman (1992), ch. 5; Korn & Graubard (1998).

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.totals import totals
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"y": [1.0, 3.0, 5.0, 7.0]})
    >>> result = estimate(totals(rows, declare(rows), requests=[Request(kind="mean", variable="y")]))
    >>> result.table[["variable", "estimate", "std_error", "df"]].round(4).to_dict("records")
    [{'variable': 'y', 'estimate': 4.0, 'std_error': 1.291, 'df': 3.0}]
    """
    if not 0 < confidence < 1:
        raise SurveyError("confidence must lie between 0 and 1", got=str(confidence))
    if interval not in PROPORTION_INTERVALS:
        raise SurveyError("unknown interval", expected=", ".join(PROPORTION_INTERVALS), got=repr(interval))
    spread = _spread(totals, replicates, unequal)
    reach = _DesignDf(totals)
    size = len(asked_together(totals.statistics)) * len(totals.domains)
    full = size <= MOST_FOR_COVARIANCE if full is None else full
    blocks, pieces = [], []
    for point in _points(totals, replacement_deff):
        piece, first = _piece(spread, point), point.members[0]
        # In one table at the end: the influence of 1,000 statistics need not be held at once.
        pieces.append(piece if full else spread.variance(piece))
        shown = replace(first, level="") if len(point.members) > 1 else first
        blocks.append((shown, point._replace(influence=None), spread.degrees(reach.degrees(first))))
    known = spread.covariance(np.concatenate(pieces, axis=1)) if full else np.concatenate(pieces)
    table = _table(totals, blocks, np.diag(known) if full else known, confidence, interval)
    keys = ("kind", "variable", "level", *(str(name) for name in totals.domains.columns))
    return Estimates(table=table, known=known, keys=keys, confidence=confidence)


def _spread(totals: PsuTotals, replicates: Replicates | Reweighted | None, unequal: UnequalDraw | None):
    if replicates is not None and unequal is not None:
        raise SurveyError("variance from replicates and from an unequal draw", expected="one of the two")
    if unequal is not None:
        return UnequalSums(totals, unequal)
    return _Linear(totals) if replicates is None else ReplicateSums(totals, replicates)


class _Linear:
    """Variances from influence totals, by the linear kernel."""

    def __init__(self, totals: PsuTotals) -> None:
        self._levels = levels_of(totals)

    def piece(self, statistic: Statistic, value: np.ndarray, influence: np.ndarray) -> np.ndarray:
        return influence

    def variance(self, piece: np.ndarray) -> np.ndarray:
        return variance(piece, self._levels)

    def covariance(self, pieces: np.ndarray) -> np.ndarray:
        return covariance(pieces, self._levels)

    def degrees(self, of_design: np.ndarray) -> np.ndarray:
        return of_design


def influences(totals: PsuTotals) -> np.ndarray:
    """Influence (P, k) of every estimate of `estimate`, in its order, by cluster."""
    return np.concatenate([point.influence for point in _points(totals, False)], axis=1)


def levels_of(totals: PsuTotals) -> tuple[Level, ...]:
    """The design of the totals, ready for the variance kernel."""
    return prepare(
        [StageCodes(s.strata, s.clusters, s.population, s.stratum_names) for s in totals.stages],
        lonely=totals.lonely,
    )


def _points(totals: PsuTotals, replacement_deff: bool) -> Iterator[_Point]:
    inverse, whole = pseudo_inverse(totals.gram), totals.sums.sum(axis=1)
    for members in asked_together(totals.statistics):
        points = [_point(totals, whole, one, inverse, replacement_deff) for one in members]
        yield points[0] if len(points) == 1 else _alpha_point(points)


def _alpha_point(moments: list[_Point]) -> _Point:
    """Alpha, a smooth function of the moments: its influence is theirs, times its slopes in them."""
    means = np.array([point.value for point in moments])
    value, slopes = alpha_of(means), alpha_slopes(means)
    influence = np.zeros_like(moments[0].influence)
    for slope, point in zip(slopes, moments, strict=True):
        with np.errstate(invalid="ignore"):  # a scale that does not vary has no slopes
            influence += slope * point.influence
    influence = np.where(np.isnan(value), np.nan, influence)
    members = tuple(point.members[0] for point in moments)
    return moments[0]._replace(
        members=members, value=value, influence=influence, srs=np.full(len(value), np.nan)
    )


def _piece(spread: _Linear | ReplicateSums | UnequalSums, point: _Point) -> np.ndarray:
    if len(point.members) > 1 and isinstance(spread, ReplicateSums):
        repeated = alpha_of(np.array([spread.values(one) for one in point.members]))
        return spread_of(spread.replicates, repeated, point.value)
    return spread.piece(point.members[0], point.value, point.influence)


def _point(
    totals: PsuTotals, whole: np.ndarray, statistic: Statistic, inverse: np.ndarray, replacement_deff: bool
) -> _Point:
    """The statistic in all domains; `whole` (C, D) are the sums over all clusters."""
    value, weight = whole[statistic.top], whole[statistic.ones]
    influence, cross = totals.sums[statistic.top], totals.cross[statistic.top]
    with np.errstate(invalid="ignore", divide="ignore"):
        if statistic.bottom is not None:
            size = whole[statistic.bottom]
            value = value / size
            # (top − value · bottom) / size, in the one array: fresh memory costs more than the arithmetic.
            predicted = totals.sums[statistic.bottom] * value
            influence = np.subtract(influence, predicted, out=predicted)
            influence /= size
            cross = (cross - value[:, None] * totals.cross[statistic.bottom]) / size[:, None]
        n, n_eff = totals.counts[statistic.ones], weight**2 / totals.weight_squares[statistic.ones]
    if totals.gram.size:
        # GREG residuals (Deville & Särndal 1992, doi:10.2307/2290268): what the calibration variables predict
        # does not vary.
        influence = influence - totals.auxiliary @ (inverse @ cross.T)
    srs = _simple_variance(totals, statistic, value, weight, n, replacement_deff)
    return _Point((statistic,), value, influence, n, n_eff, srs)


def pseudo_inverse(gram: np.ndarray) -> np.ndarray:
    """Pseudo-inverse (margins overlap), on columns scaled alike."""
    scale = np.sqrt(np.where(np.diag(gram) > 0, np.diag(gram), 1.0))
    return np.linalg.pinv(gram / np.outer(scale, scale), rcond=1e-12, hermitian=True) / np.outer(scale, scale)


def _simple_variance(
    totals: PsuTotals, statistic: Statistic, value, weight, n, replacement: bool
) -> np.ndarray:
    """Variance under simple random sampling of n, the denominator of deff (NaN for ratios and alpha)."""
    if statistic.kind == "ratio":
        return np.full(len(n), np.nan)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = value if statistic.kind != "total" else value / weight
        spread = n / (n - 1) * (totals.squares[statistic.top] / weight - mean**2)
        finite = np.where((weight > n * (1 + 1e-12)) & (not replacement), (weight - n) / weight, 1.0)
        return spread / n * finite * (weight**2 if statistic.kind == "total" else 1.0)


class _DesignDf:
    """Degrees of freedom by column: clusters minus strata in which the domain has a respondent."""

    def __init__(self, totals: PsuTotals) -> None:
        self._totals, self._known = totals, {}
        first = totals.stages[0]
        self._strata = first.strata
        self._starts = np.flatnonzero(np.r_[True, first.clusters[1:] != first.clusters[:-1]])
        cluster_strata = first.strata[self._starts]
        self._stratum_starts = np.flatnonzero(np.r_[True, cluster_strata[1:] != cluster_strata[:-1]])

    def degrees(self, statistic: Statistic) -> np.ndarray:
        column = statistic.ones
        if column not in self._known:
            present = self._totals.sums[column] != 0
            clusters = (
                present
                if len(self._starts) == len(present)
                else np.logical_or.reduceat(present, self._starts, axis=0)
            )
            strata = np.logical_or.reduceat(clusters, self._stratum_starts, axis=0)
            self._known[column] = clusters.sum(axis=0, dtype=float) - strata.sum(axis=0)
        return self._known[column]


def _table(
    totals: PsuTotals, blocks: list, variances: np.ndarray, confidence: float, interval: str
) -> pd.DataFrame:
    d = len(totals.domains)
    value, n, n_eff, srs = (
        np.concatenate([getattr(p, name) for _, p, _ in blocks]) for name in ("value", "n", "n_eff", "srs")
    )
    df = np.concatenate([degrees for _, _, degrees in blocks])
    with np.errstate(invalid="ignore", divide="ignore"):
        std_error, deff = np.sqrt(variances), variances / srs
    low, high = symmetric(value, std_error, df, confidence=confidence)
    share = np.repeat([statistic.kind in ("proportion", "share") for statistic, _, _ in blocks], d)
    scale = np.repeat([statistic.kind == "alpha" for statistic, _, _ in blocks], d)
    if share.any() and interval != "mean":
        made = proportion(
            value[share], std_error[share], df[share], n[share], confidence=confidence, method=interval
        )
        low[share], high[share] = made
    low[scale], high[scale] = alpha_ends(value[scale], std_error[scale], df[scale], confidence=confidence)
    keys = {
        name: np.repeat(np.array([getattr(statistic, name) for statistic, _, _ in blocks], dtype=object), d)
        for name in ("kind", "variable", "level")
    }
    by = {str(name): np.tile(totals.domains[name].to_numpy(), len(blocks)) for name in totals.domains.columns}
    results = dict(
        zip(
            RESULT_COLUMNS,
            (value, std_error, df, low, high, np.nan, np.nan, n, n_eff, deff),
            strict=True,
        )
    )
    return pd.DataFrame({**keys, **by, **results})
