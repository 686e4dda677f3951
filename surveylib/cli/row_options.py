"""Options for estimates that need the rows themselves: quantiles, variances, correlations, kappa."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import click
import pandas as pd

from surveylib.cli.rows import COLUMN
from surveylib.errors import SurveyError
from surveylib.estimation.kappa import kappa_piece
from surveylib.estimation.linearised import Field, Piece
from surveylib.estimation.moments import moment_piece
from surveylib.estimation.quantile import QUANTILE_INTERVALS, quantile_piece
from surveylib.numerics.quantiles import QUANTILE_RULES

_OPTIONS = (
    click.option(
        "--quantile", "quantiles", multiple=True, type=COLUMN, metavar="COLUMN", help="Quantiles of a column."
    ),
    click.option(
        "--q",
        "at",
        multiple=True,
        type=float,
        default=(0.5,),
        metavar="P",
        help="Where to take them, between 0 and 1; may be repeated.  [default: 0.5]",
    ),
    click.option(
        "--rule",
        type=click.Choice(QUANTILE_RULES),
        default="math",
        show_default=True,
        help="Which quantile: math and school are values that were given, hf4 to hf9 interpolate.",
    ),
    click.option(
        "--quantile-interval",
        type=click.Choice(QUANTILE_INTERVALS),
        default="mean",
        show_default=True,
        help="Interval of the share below a quantile, which is turned back into values.",
    ),
    click.option("--var", multiple=True, type=COLUMN, metavar="COLUMN", help="Variance of a column."),
    click.option("--cor", multiple=True, type=COLUMN, metavar="Y/X", help="Correlation of two columns."),
    click.option(
        "--kappa", multiple=True, type=COLUMN, metavar="Y/X", help="Agreement of two columns beyond chance."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRequests:
    """What was asked of the rows."""

    quantiles: tuple[str, ...]
    at: tuple[float, ...]
    rule: str
    quantile_interval: str
    variances: tuple[str, ...]
    correlations: tuple[tuple[str, str], ...]
    kappas: tuple[tuple[str, str], ...]

    @property
    def numeric(self) -> tuple[str, ...]:
        """Columns that must hold numbers."""
        return (*self.quantiles, *self.variances, *(name for pair in self.correlations for name in pair))

    def pieces(
        self, where: Field, rows: pd.DataFrame, *, confidence: float, full: bool | None
    ) -> list[Piece]:
        """The estimates asked for, in the order of the options."""
        level, made = {"confidence": confidence, "full": full}, []
        if self.quantiles:
            how = {"at": self.at, "rule": self.rule, "interval": self.quantile_interval}
            made.append(quantile_piece(where, rows, variables=self.quantiles, **how, **level))
        if self.variances or self.correlations:
            asked = {"variances": self.variances, "correlations": self.correlations}
            made.append(moment_piece(where, rows, **asked, **level))
        if self.kappas:
            made.append(kappa_piece(where, rows, pairs=self.kappas, **level))
        return made

    def __bool__(self) -> bool:
        return bool(self.numeric or self.kappas)


def row_options(command: Callable) -> Callable:
    """Add the options; the command gets them as one argument `of_rows`, a RowRequests."""

    @wraps(command)
    def gathered(quantiles, at, rule, quantile_interval, var, cor, kappa, **others):
        of_rows = RowRequests(
            quantiles=tuple(dict.fromkeys(quantiles)),
            at=tuple(dict.fromkeys(at)),
            rule=rule,
            quantile_interval=quantile_interval,
            variances=tuple(dict.fromkeys(var)),
            correlations=tuple(_pair(text, "--cor") for text in dict.fromkeys(cor)),
            kappas=tuple(_pair(text, "--kappa") for text in dict.fromkeys(kappa)),
        )
        return command(of_rows=of_rows, **others)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def _pair(text: str, option: str) -> tuple[str, str]:
    one, slash, other = (part.strip() for part in text.partition("/"))
    if not slash or not one or not other:
        raise SurveyError(
            f"two columns cannot be read from {option}",
            where=option,
            expected="Y/X, two columns",
            got=repr(text),
        )
    return one, other
