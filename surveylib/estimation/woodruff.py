"""Quantiles in every domain, their intervals those of the share below, turned back into values."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple, Protocol

import numpy as np

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.linearised import Piece
from surveylib.model.results import Estimates
from surveylib.numerics.intervals import PROPORTION_INTERVALS, proportion, quantile_t, symmetric
from surveylib.numerics.quantiles import QUANTILE_RULES, Ordered, weighted_quantile

QUANTILE_INTERVALS = (*PROPORTION_INTERVALS, "woodruff", "score")


class Ask(NamedTuple):
    """One quantile in all D domains: the values of each, sorted, and the quantiles (D,)."""

    variable: str
    p: float
    data: tuple[Ordered, ...]
    value: np.ndarray


class Shares(Protocol):
    """Where the answers lie: in rows, or in totals."""

    def __call__(self, thresholds: Sequence[np.ndarray], *, full: bool | None) -> Piece:
        """For every quantile asked for, the shares of values up to its thresholds (D,)."""


def refuse_unusable(at: Sequence[float], rule: str, interval: str) -> None:
    """SurveyError for probabilities outside 0 to 1, an unknown rule or interval."""
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


def asks_of(variable: str, data: tuple[Ordered, ...], *, at: Sequence[float], rule: str) -> list[Ask]:
    """The quantiles of a variable at every probability."""
    at = tuple(dict.fromkeys(at))
    found = np.array([weighted_quantile(one, np.array(at), rule=rule) for one in data])
    return [Ask(variable, p, data, found[:, k]) for k, p in enumerate(at)]


def with_intervals(
    asks: Sequence[Ask], shares: Shares, *, rule: str, interval: str, full: bool | None
) -> Piece:
    """The quantiles with standard errors, intervals and covariance (see `quantile`)."""
    made = shares([ask.value for ask in asks], full=full)
    if interval == "score":
        low, high = _score_ends(asks, shares, made.estimates, rule)
    else:
        ends = _share_ends(asks, made.estimates, interval)
        low, high = (_turned_back(asks, side, rule) for side in ends)
    return _of_values(asks, made, low, high)


def _share_ends(asks, shares: Estimates, interval: str) -> tuple[np.ndarray, np.ndarray]:
    table, confidence = shares.table, shares.confidence
    se, df, n = (table[name].to_numpy(dtype=float) for name in ("std_error", "df", "n"))
    if interval == "woodruff":
        p = np.concatenate([np.full(len(ask.value), ask.p) for ask in asks])
        return symmetric(p, se, df, confidence=confidence)
    return proportion(shares.values, se, df, n, confidence=confidence, method=interval)


def _turned_back(asks: Sequence[Ask], ends: np.ndarray, rule: str) -> np.ndarray:
    samples = [one for ask in asks for one in ask.data]
    # Where no spread is left (all values up to the quantile) rounding must not carry the end past 0 or 1.
    ends = np.where(np.abs(ends - np.round(ends)) < 1e-12, np.round(ends), ends)
    return np.array(
        [
            weighted_quantile(data, np.array([end]), rule=rule)[0]
            for data, end in zip(samples, ends, strict=True)
        ]
    )


def _score_ends(asks, shares: Shares, made: Estimates, rule: str) -> tuple[np.ndarray, np.ndarray]:
    """Ends of the values θ whose share F(θ) does not differ from p: |p − F(θ)| ≤ t·se(F(θ))."""
    t = quantile_t(made.confidence, made.table["df"].to_numpy(dtype=float))
    p = np.concatenate([np.full(len(ask.value), ask.p) for ask in asks])
    samples = [one for ask in asks for one in ask.data]

    def at(theta: np.ndarray) -> Estimates:
        return shares(np.split(theta, len(asks)), full=False).estimates

    def statistic(theta: np.ndarray) -> np.ndarray:
        found = at(theta)
        with np.errstate(invalid="ignore", divide="ignore"):
            return (p - found.values) / found.table["std_error"].to_numpy(dtype=float)

    ends = []
    for theta in (
        _first(samples, lambda theta: ~(statistic(theta) > t)),
        _first(samples, lambda theta: statistic(theta) < -t),
    ):
        turned = _turned_back(asks, at(theta).values, rule)
        ends.append(np.where(np.isnan(t), np.nan, turned))
    return ends[0], ends[1]


def _first(samples: Sequence[Ordered], reached) -> np.ndarray:
    """Of each sample the first of its sorted values that `reached` holds for, by bisection (the last, if
    none)."""
    low = np.zeros(len(samples), dtype=np.int64)
    high = np.array([max(len(one.values) - 1, 0) for one in samples])
    while (low < high).any():
        middle = (low + high) // 2
        there = reached(_picked(samples, middle))
        low, high = np.where(there | (low == high), low, middle + 1), np.where(there, middle, high)
    return _picked(samples, high)


def _picked(samples: Sequence[Ordered], places: np.ndarray) -> np.ndarray:
    return np.array(
        [one.values[k] if len(one.values) else np.nan for one, k in zip(samples, places, strict=True)]
    )


def _of_values(asks: Sequence[Ask], made: Piece, low: np.ndarray, high: np.ndarray) -> Piece:
    """What was estimated of the shares carried over to the values: the slope of F is that of the interval."""
    shares, d = made.estimates, len(asks[0].value)
    df, of_share = (shares.table[name].to_numpy(dtype=float) for name in ("df", "std_error"))
    std_error = (high - low) / (2 * quantile_t(shares.confidence, df))
    with np.errstate(invalid="ignore", divide="ignore"):
        slope = np.where(of_share > 0, std_error / of_share, np.where(std_error == 0, 0.0, np.nan))
    known = std_error**2
    if shares.known.ndim == 2:
        known = shares.covariance * np.outer(slope, slope)
        np.fill_diagonal(known, std_error**2)
    table = shares.table.assign(
        kind="quantile",
        variable=np.repeat(np.array([ask.variable for ask in asks], dtype=object), d),
        level=np.repeat(np.array([f"{ask.p:g}" for ask in asks], dtype=object), d),
        estimate=np.concatenate([ask.value for ask in asks]),
        std_error=std_error,
        conf_low=low,
        conf_high=high,
        deff=np.nan,
    )
    # More answers below a value means a lower quantile.
    influence = None if made.influence is None else -made.influence * slope
    return Piece(replace(shares, table=table, known=known), influence)
