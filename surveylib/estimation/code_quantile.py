"""Quantiles of coded answers from totals alone: the codes are few, and their shares say where each lies."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveylib.errors import SurveyError
from surveylib.estimation.estimate import MOST_FOR_COVARIANCE, estimate, influences
from surveylib.estimation.levels import Pick, codes, counted_together, proportions
from surveylib.estimation.linearised import Piece
from surveylib.estimation.woodruff import Ask, Shares, asks_of, refuse_unusable, with_intervals
from surveylib.model.replicates import Replicates
from surveylib.model.results import Estimates
from surveylib.model.totals import PsuTotals
from surveylib.model.unequal import UnequalDraw
from surveylib.numerics.quantiles import Ordered, ordered


def code_quantile(
    totals: PsuTotals,
    *,
    variables: Sequence[str],
    at: Sequence[float] = (0.5,),
    rule: str = "math",
    interval: str = "mean",
    confidence: float = 0.95,
    full: bool | None = None,
    replicates: Replicates | None = None,
    unequal: UnequalDraw | None = None,
) -> Estimates:
    """Quantiles of answers given in codes, without the rows: the same numbers as `quantile` with merge_ties.

    Parameters
    ----------
    totals : PsuTotals
        With the proportions of `variables` among its requests.
    variables : sequence of str
        Whose levels are numbers: codes of a scale, counts, ages in years.
    at, rule, interval, confidence, full
        As in `quantile`. Equal answers are one value with their common weight, which matters to the
        continuous rules alone.
    replicates, unequal : optional
        Where the standard error of the shares comes from, as in `estimate`.

    Raises
    ------
    SurveyError
        Totals without these proportions; levels that are words; whatever `quantile` refuses.

    References
    ----------
    Woodruff (1952), doi:10.2307/2280781.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.estimation import declare
    >>> from surveylib.estimation import totals as sum_up
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"c3": [1, 4, 5, 5, 2, 4, 4, 3]})
    >>> made = sum_up(rows, declare(rows), requests=[Request(kind="proportion", variable="c3")])
    >>> code_quantile(made, variables=["c3"], at=[0.25, 0.5]).table["estimate"].tolist()
    [2.0, 4.0]
    """
    return code_quantile_piece(
        totals,
        variables=variables,
        at=at,
        rule=rule,
        interval=interval,
        confidence=confidence,
        full=full,
        replicates=replicates,
        unequal=unequal,
    ).estimates


def code_quantile_piece(
    totals: PsuTotals,
    *,
    variables: Sequence[str],
    at: Sequence[float] = (0.5,),
    rule: str = "math",
    interval: str = "mean",
    confidence: float = 0.95,
    full: bool | None = None,
    replicates: Replicates | None = None,
    unequal: UnequalDraw | None = None,
) -> Piece:
    """As `code_quantile`, with the influence behind it (None for replicates or an unequal draw)."""
    refuse_unusable(at, rule, interval)
    if not variables:
        raise SurveyError("nothing to estimate", hint="name the variables to take quantiles of")
    asks: list[Ask] = []
    for name in dict.fromkeys(variables):
        asks += asks_of(name, _sorted(totals, name), at=at, rule=rule)
    shares = _of_totals(totals, asks, confidence, replicates, unequal)
    return with_intervals(asks, shares, rule=rule, interval=interval, full=full)


def _sorted(totals: PsuTotals, variable: str) -> tuple[Ordered, ...]:
    """The codes with the weights of each, in every domain."""
    weights = totals.sums[[one.top for one in proportions(totals, variable)]].sum(axis=1)
    values = codes(totals, variable)
    return tuple(ordered(values, of_domain, merge=True) for of_domain in weights.T)


def _of_totals(totals: PsuTotals, asks: Sequence[Ask], confidence: float, replicates, unequal) -> Shares:
    """Shares of the codes up to a threshold: sums of columns that the totals have."""
    of_asks = [codes(totals, ask.variable)[:, None] for ask in asks]

    def shares(thresholds: Sequence[np.ndarray], *, full: bool | None) -> Piece:
        picks = [
            Pick(ask.variable, f"{k}", values <= theta)
            for k, (ask, values, theta) in enumerate(zip(asks, of_asks, thresholds, strict=True))
        ]
        below = counted_together(totals, picks)
        made = estimate(below, confidence=confidence, full=full, replicates=replicates, unequal=unequal)
        size = len(made.table)
        known = replicates is None and unequal is None
        known &= size <= MOST_FOR_COVARIANCE if full is None else full
        return Piece(made, influences(below) if known else None)

    return shares
