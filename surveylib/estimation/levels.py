"""Totals of several levels of a proportion together: the two best answers, all up to the median."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.columns import shown
from surveylib.model.totals import PsuTotals, Request, Statistic


class Pick(NamedTuple):
    """Levels of a variable that are counted together: a mask (L, D) over its L levels, in every domain."""

    variable: str
    level: str
    mask: np.ndarray


def add_share(totals: PsuTotals, *, variable: str, levels: Sequence[str]) -> PsuTotals:
    """Totals with one more estimate: the share of several levels together, such as the two best answers.

    It stands in the estimates as kind ``share``, its level the levels joined by ``/``.

    Parameters
    ----------
    totals : PsuTotals
        With the proportions of `variable` among its requests.
    levels : sequence of str
        As they stand in the column ``level`` of the proportions.

    Raises
    ------
    SurveyError
        Totals without these proportions; an unknown level, or none.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.estimation import declare, estimate
    >>> from surveylib.estimation import totals as sum_up
    >>> rows = pd.DataFrame({"c3": [1, 4, 5, 5, 2, 4, 4, 3]})
    >>> made = sum_up(rows, declare(rows), requests=[Request(kind="proportion", variable="c3")])
    >>> table = estimate(add_share(made, variable="c3", levels=["4", "5"])).table
    >>> table[["kind", "level", "estimate"]].to_dict("records")[-1]
    {'kind': 'share', 'level': '4/5', 'estimate': 0.625}
    """
    known = [one.level for one in proportions(totals, variable)]
    if not levels:
        raise SurveyError("a share of no level", where=f"column {variable!r}", expected=", ".join(known))
    for level in levels:
        if level not in known:
            raise unknown("level", level, known, where=f"column {variable!r}")
    inside = np.array([level in levels for level in known])
    mask = np.repeat(inside[:, None], len(totals.domains), axis=1)
    one = counted_together(totals, [Pick(variable, "/".join(dict.fromkeys(levels)), mask)])
    return _appended(totals, one)


def choose(totals: PsuTotals, *, requests: Sequence[Request]) -> PsuTotals:
    """The same totals with the statistics of some requests alone, in their order.

    Raises
    ------
    SurveyError
        A request that the totals do not hold, naming those they do.
    """
    kept: list[Statistic] = []
    for request in requests:
        found = [s for s in totals.statistics if (s.kind, s.variable) == (request.kind, shown(request))]
        if not found:
            raise SurveyError(
                "totals do not hold what is asked",
                expected=", ".join(dict.fromkeys(f"{s.kind} of {s.variable}" for s in totals.statistics)),
                got=f"{request.kind} of {shown(request)}",
                hint="make the totals anew and ask for it there",
            )
        kept += found
    return replace(totals, statistics=tuple(kept))


def proportions(totals: PsuTotals, variable: str) -> list[Statistic]:
    """The proportions of a variable, level by level."""
    found = [s for s in totals.statistics if (s.kind, s.variable) == ("proportion", variable)]
    if not found:
        known = {s.variable for s in totals.statistics if s.kind == "proportion"}
        raise unknown("proportion in the totals", variable, known)
    return found


def codes(totals: PsuTotals, variable: str) -> np.ndarray:
    """The levels of a variable as numbers (L,)."""
    try:
        return np.array([float(one.level) for one in proportions(totals, variable)])
    except ValueError:
        raise SurveyError(
            "levels are words: quantiles need codes",
            where=f"column {variable!r}",
            got=", ".join(repr(one.level) for one in proportions(totals, variable)[:6]),
        ) from None


def counted_together(totals: PsuTotals, picks: Sequence[Pick]) -> PsuTotals:
    """Totals of kind share, one a pick, and of nothing else. Levels exclude one another: squares add too."""
    made, statistics = [], []
    for k, pick in enumerate(picks):
        levels = proportions(totals, pick.variable)
        tops, ones, at = [one.top for one in levels], levels[0].ones, len(picks) + k
        made.append((tops, ones, pick.mask.astype(float)))
        statistics.append(
            Statistic(kind="share", variable=pick.variable, level=pick.level, top=k, bottom=at, ones=at)
        )
    weights = [ones for _, ones, _ in made]
    arrays = {
        "sums": np.stack([_together(totals, tops, ones, mask) for tops, ones, mask in made]),
        "squares": np.stack([(mask * totals.squares[tops]).sum(axis=0) for tops, _, mask in made]),
        "cross": np.stack([np.einsum("ld,lda->da", mask, totals.cross[tops]) for tops, _, mask in made]),
    }
    arrays = {name: np.concatenate([array, getattr(totals, name)[weights]]) for name, array in arrays.items()}
    arrays |= {name: getattr(totals, name)[weights * 2] for name in ("counts", "weight_squares")}
    names = [f"{pick.variable}={pick.level}" for pick in picks]
    columns = (*names, *(totals.columns[ones] for ones in weights))
    return replace(totals, columns=columns, statistics=tuple(statistics), **arrays)


def _together(totals: PsuTotals, tops: list[int], ones: int, mask: np.ndarray) -> np.ndarray:
    """The sums (P, D) of the levels; where they are all there is, those of the weights: no spread is left."""
    levels = totals.sums[tops]
    everyone = ~(levels * (1 - mask)[:, None]).any(axis=(0, 1))
    return np.where(everyone, totals.sums[ones], np.einsum("ld,lpd->pd", mask, levels))


def _appended(totals: PsuTotals, more: PsuTotals) -> PsuTotals:
    start = len(totals.columns)
    moved = [
        replace(s, top=s.top + start, bottom=s.bottom + start, ones=s.ones + start) for s in more.statistics
    ]
    names = ("sums", "squares", "counts", "weight_squares", "cross")
    return replace(
        totals,
        columns=(*totals.columns, *more.columns),
        statistics=(*totals.statistics, *moved),
        **{name: np.concatenate([getattr(totals, name), getattr(more, name)]) for name in names},
    )
