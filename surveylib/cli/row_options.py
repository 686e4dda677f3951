"""Options for estimates that are no ratios of totals: quantiles, variances, correlations, kappa."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import click
import pandas as pd

from surveylib.cli.rows import COLUMN
from surveylib.errors import SurveyError
from surveylib.estimation.code_quantile import code_quantile_piece
from surveylib.estimation.kappa import kappa_piece
from surveylib.estimation.linearised import Field, Piece
from surveylib.estimation.moments import moment_piece
from surveylib.estimation.quantile import quantile_piece
from surveylib.estimation.woodruff import QUANTILE_INTERVALS
from surveylib.model.replicates import Replicates
from surveylib.model.totals import PsuTotals
from surveylib.model.unequal import UnequalDraw
from surveylib.numerics.quantiles import CONTINUOUS_RULES, QUANTILE_RULES

_OPTIONS = (
    click.option(
        "--quantile", "quantiles", multiple=True, type=COLUMN, metavar="COLUMN", help="Quantiles of a column."
    ),
    click.option(
        "--q",
        "at",
        multiple=True,
        type=float,
        metavar="P",
        help="Where to take them, between 0 and 1; may be repeated.  [default: 0.5]",
    ),
    click.option(
        "--rule",
        type=click.Choice(QUANTILE_RULES),
        help="Which quantile: math and school are values that were given, hf4 to hf9 interpolate.  "
        "[default: math]",
    ),
    click.option(
        "--quantile-interval",
        type=click.Choice(QUANTILE_INTERVALS),
        help="Interval of the share below a quantile, which is turned back into values.  [default: mean]",
    ),
    click.option(
        "--merge-ties",
        is_flag=True,
        help="Equal answers are one value with their common weight: matters to hf4 to hf9 alone.",
    ),
    click.option("--var", multiple=True, type=COLUMN, metavar="COLUMN", help="Variance of a column."),
    click.option("--cor", multiple=True, type=COLUMN, metavar="Y/X", help="Correlation of two columns."),
    click.option(
        "--kappa", multiple=True, type=COLUMN, metavar="Y/X", help="Agreement of two columns beyond chance."
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRequests:
    """What was asked for."""

    quantiles: tuple[str, ...]
    at: tuple[float, ...]
    rule: str | None
    quantile_interval: str | None
    merge_ties: bool
    variances: tuple[str, ...]
    correlations: tuple[tuple[str, str], ...]
    kappas: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        for option, value in (
            ("--q", self.at),
            ("--rule", self.rule),
            ("--quantile-interval", self.quantile_interval),
            ("--merge-ties", self.merge_ties),
        ):
            if value and not self.quantiles:
                raise SurveyError(f"{option} would be ignored", expected="--quantile with it")

    @property
    def numeric(self) -> tuple[str, ...]:
        """Columns that must hold numbers."""
        return (*self.quantiles, *self.variances, *(name for pair in self.correlations for name in pair))

    @property
    def not_of_shares(self) -> bool:
        """Whether something is asked for that neither totals nor shares of answers give."""
        return bool(self.variances or self.correlations or self.kappas)

    @property
    def _how(self) -> dict:
        return {
            "at": self.at or (0.5,),
            "rule": self.rule or "math",
            "interval": self.quantile_interval or "mean",
        }

    def pieces(
        self,
        where: Field,
        rows: pd.DataFrame,
        *,
        confidence: float,
        full: bool | None,
        replicates: Replicates | None,
        unequal: UnequalDraw | None,
    ) -> list[Piece]:
        """The estimates asked for, from rows, in the order of the options."""
        level, made = {"confidence": confidence, "full": full}, []
        if self.quantiles:
            how = self._how | {"replicates": replicates, "unequal": unequal, "merge_ties": self.merge_ties}
            made.append(quantile_piece(where, rows, variables=self.quantiles, **how, **level))
        if self.variances or self.correlations:
            asked = {"variances": self.variances, "correlations": self.correlations}
            made.append(moment_piece(where, rows, **asked, **level, replicates=replicates))
        if self.kappas:
            made.append(kappa_piece(where, rows, pairs=self.kappas, **level, replicates=replicates))
        return made

    def of_codes(
        self, totals: PsuTotals, *, confidence: float, full: bool | None, replicates: Replicates | None
    ) -> list[Piece]:
        """The quantiles asked for, from totals alone."""
        if self.not_of_shares:
            raise SurveyError(
                "variances, correlations and kappa need the rows",
                where="--totals",
                hint="totals give means, totals, shares, ratios, alpha, and quantiles of codes",
            )
        if not self.quantiles:
            return []
        if self.rule in (*CONTINUOUS_RULES, "shahvaish") and not self.merge_ties:
            raise SurveyError(
                f"{self.rule} counts equal answers one by one, which totals cannot",
                where="--totals",
                hint="--merge-ties: equal answers are one value, from rows as from totals",
            )
        how = self._how | {"confidence": confidence, "full": full, "replicates": replicates}
        return [code_quantile_piece(totals, variables=self.quantiles, **how)]

    def __bool__(self) -> bool:
        return bool(self.numeric or self.kappas)


def row_options(command: Callable) -> Callable:
    """Add the options; the command gets them as one argument `of_rows`, a RowRequests."""

    @wraps(command)
    def gathered(quantiles, at, rule, quantile_interval, merge_ties, var, cor, kappa, **others):
        of_rows = RowRequests(
            quantiles=tuple(dict.fromkeys(quantiles)),
            at=tuple(dict.fromkeys(at)),
            rule=rule,
            quantile_interval=quantile_interval,
            merge_ties=merge_ties,
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
