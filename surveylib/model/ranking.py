"""Which pilot units gained more, as far as that can be told at all."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from surveylib.errors import SurveyError

RANK_COLUMNS = (
    *("unit", "type", "model", "visitors", "n", "change", "estimate", "conf_low", "conf_high"),
    *("p_sesoi", "p_top", "rank_low", "rank_high"),
)
PAIR_COLUMNS = ("unit", "other", "probability")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ranking:
    """Evidence for a commendation: never an order without how unsure it is.

    Attributes
    ----------
    units : DataFrame
        `RANK_COLUMNS`, one row a pilot unit *by its id, not by its rank*: the effect drawn to the mean with
        its interval, P(at least the SESOI), P(among the first `top`), and the interval of its rank.
    pairs : DataFrame
        `PAIR_COLUMNS`: P(the unit's effect is above the other's), every ordered pair.
    claims : DataFrame
        `PAIR_COLUMNS`: the pairs that may be told apart; all of them hold together with probability
        `together`.
    level, top : float, int
        Of the intervals and claims; how many first ranks `p_top` counts.
    """

    units: pd.DataFrame
    pairs: pd.DataFrame
    claims: pd.DataFrame
    together: float
    level: float
    top: int

    def __post_init__(self) -> None:
        for name, columns in (("units", RANK_COLUMNS), ("pairs", PAIR_COLUMNS), ("claims", PAIR_COLUMNS)):
            missing = [column for column in columns if column not in getattr(self, name).columns]
            if missing:
                raise SurveyError("ranking lacks a column", where=name, expected=", ".join(missing))
