"""The option that counts several levels of a column together, such as the two best answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import click

from surveylib.cli.rows import COLUMN
from surveylib.errors import SurveyError
from surveylib.estimation.levels import add_share, choose
from surveylib.model.totals import PsuTotals, Request

share_option = click.option(
    "--share",
    "shares",
    multiple=True,
    type=COLUMN,
    metavar="COLUMN=L1/L2",
    help="Share of several levels together, for example c3=4/5.",
)


def read_shares(texts: Sequence[str]) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Columns and levels."""
    return tuple(_share(text) for text in dict.fromkeys(texts))


def with_levels_of(requests: Sequence[Request], shares) -> list[Request]:
    """The requests, and the proportions of which the shares are made."""
    more = [Request(kind="proportion", variable=variable) for variable, _ in shares]
    return list(dict.fromkeys([*requests, *more]))


def asked_alone(totals: PsuTotals, *, requests: Sequence[Request], shares) -> PsuTotals:
    """The totals with the statistics of the requests and of the shares, and no other."""
    kept = choose(totals, requests=requests).statistics
    for variable, levels in shares:
        totals = add_share(totals, variable=variable, levels=levels)
    made = [one for one in totals.statistics if one.kind == "share"]
    return replace(totals, statistics=(*kept, *made))


def _share(text: str) -> tuple[str, tuple[str, ...]]:
    name, equals, listed = (part.strip() for part in text.partition("="))
    levels = tuple(level.strip() for level in listed.split("/"))
    if not name or not equals or not all(levels):
        raise SurveyError(
            "levels cannot be read", where="--share", expected="COLUMN=L1/L2 such as c3=4/5", got=repr(text)
        )
    return name, levels
