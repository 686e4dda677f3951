"""Quantiles of a variable, with intervals that invert the interval of the share below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.declare import numbers
from surveylib.estimation.linearised import Field, Part, Piece, assemble, degrees_of, field, influence_sums
from surveylib.model.design import SurveyDesign
from surveylib.model.results import Estimates
from surveylib.numerics.intervals import PROPORTION_INTERVALS, proportion, quantile_t, symmetric
from surveylib.numerics.quantiles import QUANTILE_RULES, Ordered, ordered, weighted_quantile
from surveylib.numerics.variance import variance

QUANTILE_INTERVALS = (*PROPORTION_INTERVALS, "woodruff", "score")


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
) -> Estimates:
    """Quantiles with standard errors, intervals and covariance.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`; a missing value drops its row from that variable only.
    at : sequence of float
        Probabilities, above 0 and below 1; they stand in the column ``level``.
    rule : str
        One of `numerics.quantiles.QUANTILE_RULES`.
    interval : str
        An interval of proportions ('mean', 'beta', 'xlogit', …) for the share F(q) of values up to the
        quantile q, whose ends are turned back into values by the same rule; 'woodruff': p ± t·se(F(q)) turned
        back; 'score': the values at which the share below would not differ from p.
    merge_ties : bool
        Take equal values for one with their common weight. Without it the continuous rules (hf4 … hf9) follow
        R and numpy: equal values of unequal weight count in the order of the rows.
    full : bool, optional
        Whether to compute covariances; by default up to 400 estimates.

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
) -> Piece:
    """As `quantile`, with the influence behind it."""
    _check(at, rule, interval)
    asks = [
        ask
        for name in dict.fromkeys(variables)
        for ask in _asks(where, numbers(rows, name), name, tuple(dict.fromkeys(at)), rule, merge_ties)
    ]
    parts = [_share(where, ask, ask.value) for ask in asks]
    made = assemble(where, parts, confidence=confidence, full=full)
    shares = made.estimates
    if interval == "score":
        ends = [_score_ends(where, ask, confidence, rule) for ask in asks]
        low, high = (np.concatenate(side) for side in zip(*ends, strict=True))
    else:
        low, high = (_turned_back(asks, side, rule) for side in _share_ends(asks, shares, interval))
    return _of_values(made, np.concatenate([ask.value for ask in asks]), low, high)


class _Ask(NamedTuple):
    """One quantile in all D domains: the rows' values, the same sorted by domain, and the quantiles."""

    variable: str
    p: float
    y: np.ndarray
    data: tuple[Ordered, ...]
    value: np.ndarray


def _check(at: Sequence[float], rule: str, interval: str) -> None:
    if not at:
        raise SurveyError("no probability to take quantiles at", expected="numbers above 0 and below 1")
    for p in at:
        if not 0 < p < 1:
            raise SurveyError(
                "probability of a quantile must lie between 0 and 1",
                got=f"{p:g}",
                hint=f"a percentage? {p / 100:g}" if 1 <= p < 100 else None,
            )
    if rule not in QUANTILE_RULES:
        raise unknown("rule of quantiles", rule, QUANTILE_RULES)
    if interval not in QUANTILE_INTERVALS:
        raise unknown("interval of quantiles", interval, QUANTILE_INTERVALS)


def _asks(
    where: Field, y: np.ndarray, name: str, at: tuple[float, ...], rule: str, merge: bool
) -> list[_Ask]:
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
    data = tuple(ordered(y[group], where.design.weights[group], merge=merge) for group in groups)
    found = np.array([weighted_quantile(one, np.array(at), rule=rule) for one in data])
    return [_Ask(name, p, y, data, found[:, k]) for k, p in enumerate(at)]


def _share(where: Field, ask: _Ask, threshold: np.ndarray) -> Part:
    """The share of each domain's values up to its threshold (D,)."""
    valid = ~np.isnan(ask.y)
    counted = where.counted(valid)
    with np.errstate(invalid="ignore", divide="ignore"):
        size = where.added(where.design.weights, counted)
        below = counted & (ask.y <= threshold[where.domain])
        share = where.added(where.design.weights, below) / size
        influence = np.where(counted, (below - share[where.domain]) / size[where.domain], 0.0)
    return Part("quantile", ask.variable, f"{ask.p:g}", share, influence, valid)


def _share_ends(asks: list[_Ask], shares: Estimates, interval: str) -> tuple[np.ndarray, np.ndarray]:
    table, confidence = shares.table, shares.confidence
    se, df, n = (table[name].to_numpy(dtype=float) for name in ("std_error", "df", "n"))
    if interval == "woodruff":
        p = np.concatenate([np.full(len(ask.value), ask.p) for ask in asks])
        return symmetric(p, se, df, confidence=confidence)
    return proportion(shares.values, se, df, n, confidence=confidence, method=interval)


def _turned_back(asks: list[_Ask], ends: np.ndarray, rule: str) -> np.ndarray:
    samples = [one for ask in asks for one in ask.data]
    # Where no spread is left (all values up to the quantile) rounding must not carry the end past 0 or 1.
    ends = np.where(np.abs(ends - np.round(ends)) < 1e-12, np.round(ends), ends)
    return np.array(
        [
            weighted_quantile(data, np.array([end]), rule=rule)[0]
            for data, end in zip(samples, ends, strict=True)
        ]
    )


def _score_ends(where: Field, ask: _Ask, confidence: float, rule: str) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the values θ whose share F(θ) does not differ from p: |p − F(θ)| ≤ t·se(F(θ))."""
    degrees = degrees_of(where, where.counted(~np.isnan(ask.y)))
    t = quantile_t(confidence, degrees)

    def statistic(threshold: np.ndarray) -> np.ndarray:
        part = _share(where, ask, threshold)
        std_error = np.sqrt(variance(influence_sums(where, part), where.levels))
        with np.errstate(invalid="ignore", divide="ignore"):
            return (ask.p - part.value) / std_error

    low = _first(ask.data, lambda theta: ~(statistic(theta) > t))
    high = _first(ask.data, lambda theta: statistic(theta) < -t)
    ends = []
    for theta in (low, high):
        share = _share(where, ask, theta).value
        turned = _turned_back([ask], share, rule)
        ends.append(np.where(np.isnan(t), np.nan, turned))
    return ends[0], ends[1]


def _first(data: tuple[Ordered, ...], reached) -> np.ndarray:
    """In each domain the first of its sorted values that `reached` holds for, by bisection (the last, if
    none)."""
    low = np.zeros(len(data), dtype=np.int64)
    high = np.array([max(len(one.values) - 1, 0) for one in data])
    while (low < high).any():
        middle = (low + high) // 2
        theta = _picked(data, middle)
        there = reached(theta)
        low, high = np.where(there | (low == high), low, middle + 1), np.where(there, middle, high)
    return _picked(data, high)


def _picked(data: tuple[Ordered, ...], places: np.ndarray) -> np.ndarray:
    return np.array(
        [one.values[k] if len(one.values) else np.nan for one, k in zip(data, places, strict=True)]
    )


def _of_values(made: Piece, value: np.ndarray, low: np.ndarray, high: np.ndarray) -> Piece:
    """What was estimated of the shares carried over to the values: the slope of F is that of the interval."""
    shares = made.estimates
    df, of_share = (shares.table[name].to_numpy(dtype=float) for name in ("df", "std_error"))
    std_error = (high - low) / (2 * quantile_t(shares.confidence, df))
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(of_share > 0, std_error / of_share, np.where(std_error == 0, 0.0, np.nan))
    matrix = shares.covariance * np.outer(slope, slope)
    np.fill_diagonal(matrix, std_error**2)
    table = shares.table.assign(estimate=value, std_error=std_error, conf_low=low, conf_high=high)
    # More answers below a value means a lower quantile.
    influence = None if made.influence is None else -made.influence * slope
    return Piece(replace(shares, table=table, covariance=matrix), influence)
