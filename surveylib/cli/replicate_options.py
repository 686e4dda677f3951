"""Options for variances from replicates: made from the design, or given as columns of weights."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps

import click
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation import balanced, bootstrap, given, jackknife, successive
from surveylib.estimation.given import KINDS
from surveylib.estimation.jackknife_scales import jackknife_scales
from surveylib.estimation.replicates import BOOTSTRAPS
from surveylib.model.design import SurveyDesign
from surveylib.model.replicates import Replicates
from surveylib.model.totals import PsuTotals
from surveylib.rng import stream

REPLICATE_PARAMETERS = ("replicates", "number", "seed", "fay_rho", "mse")

_OPTIONS = (
    click.option(
        "--replicates",
        type=click.Choice(["jackknife", "brr", "fay", *BOOTSTRAPS, "successive-difference"]),
        help="Variances from replicates made of the design.  [default: linearised]",
    ),
    click.option("--number", type=int, metavar="R", help="Replicates of a bootstrap.  [default: 1000]"),
    click.option("--seed", type=int, metavar="N", help="Seed of a bootstrap.  [default: 1]"),
    click.option("--fay-rho", type=float, metavar="RHO", help="Fay's rho, at least 0 and below 1."),
    click.option("--mse", is_flag=True, help="Deviations from the estimate, not from the replicates' mean."),
    click.option(
        "--repweights",
        metavar="PREFIX",
        help="Variances from columns of replicate weights: PREFIX1, PREFIX2 …",
    ),
    click.option("--reptype", type=click.Choice(KINDS), help="How the replicate weights were made."),
    click.option("--repscale", type=float, metavar="X", help="Their scale, in place of that of --reptype."),
    click.option(
        "--rscales",
        metavar="X,X,…",
        help="Scale of every replicate.  [default for JKn: (n-1)/n of the stratum a cluster is left out of]",
    ),
    click.option("--repdf", type=float, metavar="DF", help="Their degrees of freedom, where known."),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replication:
    """What was asked for; false where variances are linearised."""

    replicates: str | None
    number: int | None
    seed: int | None
    fay_rho: float | None
    mse: bool
    repweights: str | None
    reptype: str | None
    repscale: float | None
    rscales: tuple[float, ...] | None
    repdf: float | None

    def __post_init__(self) -> None:
        weights, made = self.repweights is not None, self.replicates is not None
        if weights and made:
            raise SurveyError("replicates are given or made", expected="--repweights or --replicates")
        if weights != (self.reptype is not None):
            raise SurveyError(
                "--repweights and --reptype belong together", expected=f"one of {', '.join(KINDS)}"
            )
        drawn = self.replicates in BOOTSTRAPS
        fay = self.replicates == "fay" or self.reptype == "Fay"
        for option, value, used in (
            ("--number", self.number, drawn),
            ("--seed", self.seed, drawn),
            ("--fay-rho", self.fay_rho, fay),
            ("--mse", self.mse or None, weights or made),
            ("--repscale", self.repscale, weights),
            ("--repdf", self.repdf, weights),
            ("--rscales", self.rscales, self.reptype in ("JK1", "JKn", "bootstrap", "other")),
        ):
            if value is not None and not used:
                raise SurveyError(f"{option} would be ignored", hint="it belongs to other replicates")
        if fay and self.fay_rho is None:
            raise SurveyError("Fay's method needs --fay-rho", expected="at least 0 and below 1")

    def __bool__(self) -> bool:
        return self.replicates is not None or self.repweights is not None

    def made(
        self, totals: PsuTotals, *, rows: pd.DataFrame | None = None, design: SurveyDesign | None = None
    ) -> Replicates | None:
        """The replicates for `totals`; given ones need the rows and their design."""
        if self.repweights is not None:
            columns, rscales = _columns(rows, self.repweights), self.rscales
            if self.reptype == "JKn" and rscales is None:
                rscales = jackknife_scales(rows, design, columns=columns)
            return given(
                rows,
                design,
                columns=columns,
                method=self.reptype,
                scale=self.repscale,
                rscales=rscales,
                rho=self.fay_rho,
                mse=self.mse,
                df=self.repdf,
            )
        if self.replicates in BOOTSTRAPS:
            generator = stream(1 if self.seed is None else self.seed, "estimate", self.replicates)
            number = 1000 if self.number is None else self.number
            return bootstrap(
                totals, replicates=number, generator=generator, method=self.replicates, mse=self.mse
            )
        match self.replicates:
            case "jackknife":
                return jackknife(totals, mse=self.mse)
            case "brr" | "fay":
                return balanced(totals, rho=self.fay_rho or 0.0, mse=self.mse)
            case "successive-difference":
                return successive(totals)
        return None


def replicate_options(command: Callable) -> Callable:
    """Add the options; the command gets them as one argument `replication`, a Replication."""

    @wraps(command)
    def gathered(
        replicates, number, seed, fay_rho, mse, repweights, reptype, repscale, rscales, repdf, **others
    ):
        asked = Replication(
            replicates=replicates,
            number=number,
            seed=seed,
            fay_rho=fay_rho,
            mse=mse,
            repweights=repweights,
            reptype=reptype,
            repscale=repscale,
            rscales=None if rscales is None else _numbers(rscales),
            repdf=repdf,
        )
        return command(replication=asked, **others)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def _numbers(text: str) -> tuple[float, ...]:
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise SurveyError(
            "scales cannot be read",
            where="--rscales",
            expected="numbers such as 0.5,0.5,0.75",
            got=repr(text),
        ) from None


def _columns(rows: pd.DataFrame, prefix: str) -> list[str]:
    """The columns called PREFIX and a number, by that number."""
    found = [name for name in rows.columns if re.fullmatch(re.escape(prefix) + r"\d+", name)]
    if not found:
        raise SurveyError(
            "no replicate weights", where="--repweights", expected=f"columns {prefix}1, {prefix}2 …"
        )
    return sorted(found, key=lambda name: int(name[len(prefix) :]))
