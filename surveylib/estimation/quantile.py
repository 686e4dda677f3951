"""Quantiles of a variable, with intervals that invert the interval of the share below."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import numbers
from surveylib.estimation.estimate import estimate
from surveylib.estimation.linearised import Field, Part, Piece, assemble, field
from surveylib.estimation.totals import totals
from surveylib.estimation.woodruff import Shares, asks_of, refuse_unusable, with_intervals
from surveylib.model.design import SurveyDesign
from surveylib.model.replicates import Replicates
from surveylib.model.results import Estimates
from surveylib.model.totals import Request
from surveylib.model.unequal import UnequalDraw
from surveylib.numerics.quantiles import Ordered, ordered


def quantile(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    variables: Sequence[str],
    at: Sequence[float] = (0.5,),
    by: Sequence[str] = (),
    rule: str = "math",
    interval: str = "mean",
    merge_ties: bool = False,
    confidence: float = 0.95,
    full: bool | None = None,
    replicates: Replicates | None = None,
    unequal: UnequalDraw | None = None,
) -> Estimates:
    """Quantiles with standard errors, intervals and covariance.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`; a missing value drops its row from that variable only.
    at : sequence of float
        Probabilities, above 0 and below 1; they stand in the column ``level``.
    rule : str
        One of `numerics.quantiles.QUANTILE_RULES`. From totals alone: `code_quantile`.
    interval : str
        An interval of proportions ('mean', 'beta', 'xlogit', …) for the share F(q) of values up to the
        quantile q, whose ends are turned back into values by the same rule; 'woodruff': p ± t·se(F(q)) turned
        back; 'score': the values at which the share below would not differ from p.
    merge_ties : bool
        Take equal values for one with their common weight. Without it the continuous rules (hf4 … hf9) follow
        R and numpy: equal values of unequal weight count in the order of the rows.
    full : bool, optional
        Whether to compute covariances; by default up to 400 estimates.
    replicates, unequal : optional
        Where the standard error of the share F(q) comes from, as in `estimate`.

    Returns
    -------
    Estimates
        The standard error is the interval's width over 2t; ``deff`` is left empty. An end of the interval
        that lies below all values or above them is missing, and with it the standard error: 'beta', 'xlogit'
        and 'score' reach further into the tails.

    Raises
    ------
    SurveyError
        Unknown column, rule or interval; text where numbers are needed; a probability outside 0 to 1.

    References
    ----------
    Woodruff (1952), doi:10.2307/2280781; Francisco & Fuller (1991), doi:10.1214/aos/1176347993 ('score').

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"wait": [5.0, 10, 10, 15, 20, 25, 30, 40, 60, 90]})
    >>> made = quantile(rows, declare(rows), variables=["wait"], at=[0.5], rule="school")
    >>> made.table[["level", "estimate", "conf_low", "conf_high"]].to_dict("records")
    [{'level': '0.5', 'estimate': 22.5, 'conf_low': 10.0, 'conf_high': 60.0}]
    """
    return quantile_piece(
        field(rows, design, by=by),
        rows,
        variables=variables,
        at=at,
        rule=rule,
        interval=interval,
        merge_ties=merge_ties,
        confidence=confidence,
        full=full,
        replicates=replicates,
        unequal=unequal,
    ).estimates


def quantile_piece(
    where: Field,
    rows: pd.DataFrame,
    *,
    variables: Sequence[str],
    at: Sequence[float] = (0.5,),
    rule: str = "math",
    interval: str = "mean",
    merge_ties: bool = False,
    confidence: float = 0.95,
    full: bool | None = None,
    replicates: Replicates | None = None,
    unequal: UnequalDraw | None = None,
) -> Piece:
    """As `quantile`, with the influence behind it (None for variances of replicates or an unequal draw)."""
    refuse_unusable(at, rule, interval)
    asks, values = [], []
    for name in dict.fromkeys(variables):
        y = numbers(rows, name)
        asks += asks_of(name, _sorted(where, y, name, merge_ties), at=at, rule=rule)
        values += [y] * (len(asks) - len(values))
    if replicates is None and unequal is None:
        shares = _linear(where, values, confidence)
    else:
        shares = _summed(where, values, confidence, replicates, unequal)
    return with_intervals(asks, shares, rule=rule, interval=interval, full=full)


def _sorted(where: Field, y: np.ndarray, name: str, merge: bool) -> tuple[Ordered, ...]:
    """The values of every domain."""
    if np.isinf(y).any():
        raise SurveyError(
            "an infinite value", where=f"column {name!r}, row {int(np.argmax(np.isinf(y))) + 1}"
        )
    if np.isnan(y).all():
        raise SurveyError("no row has a value", where=f"column {name!r}", got=f"{len(y)} rows, all missing")
    there = np.flatnonzero(where.counted(~np.isnan(y)))
    there = there[np.argsort(where.domain[there], kind="stable")]
    ends = np.searchsorted(where.domain[there], np.arange(where.count + 1))
    groups = [there[first:last] for first, last in pairwise(ends)]
    return tuple(ordered(y[group], where.design.weights[group], merge=merge) for group in groups)


def _linear(where: Field, values: Sequence[np.ndarray], confidence: float) -> Shares:
    """Shares of rows, their variance by the linear kernel."""

    def shares(thresholds: Sequence[np.ndarray], *, full: bool | None) -> Piece:
        parts = [_share(where, y, theta) for y, theta in zip(values, thresholds, strict=True)]
        return assemble(where, parts, confidence=confidence, full=full)

    return shares


def _share(where: Field, y: np.ndarray, threshold: np.ndarray) -> Part:
    """The share of each domain's values up to its threshold (D,)."""
    valid = ~np.isnan(y)
    counted = where.counted(valid)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = where.added(where.design.weights, counted)
        below = counted & (y <= threshold[where.domain])
        share = where.added(where.design.weights, below) / size
        influence = np.where(counted, (below - share[where.domain]) / size[where.domain], 0.0)
    return Part("quantile", "", "", share, influence, valid)


def _summed(where: Field, values: Sequence[np.ndarray], confidence: float, replicates, unequal) -> Shares:
    """Shares of rows by way of totals, from which replicates and unequal draws take their variances."""
    domains = {name: where.domains[name].to_numpy()[where.domain] for name in map(str, where.domains.columns)}

    def shares(thresholds: Sequence[np.ndarray], *, full: bool | None) -> Piece:
        below = {
            f"below {k}": np.where(np.isnan(y), np.nan, y <= theta[where.domain])
            for k, (y, theta) in enumerate(zip(values, thresholds, strict=True))
        }
        rows = pd.DataFrame(below | domains)
        rows.loc[where.domain < 0, list(domains)] = None
        asked = [Request(kind="mean", variable=name) for name in below]
        summed = totals(rows, where.design, requests=asked, by=tuple(domains))
        how = {"replicates": replicates, "unequal": unequal}
        return Piece(estimate(summed, confidence=confidence, full=full, **how), None)

    return shares
