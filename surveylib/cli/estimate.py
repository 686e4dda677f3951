"""surveylib estimate: design-based estimates of any CSV."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import pandas as pd

from surveylib.cli.design_options import design_options
from surveylib.cli.output import format_option, plain, show
from surveylib.cli.replicate_options import REPLICATE_PARAMETERS, Replication, replicate_options
from surveylib.cli.request_options import named, refuse_taken, request_options
from surveylib.cli.row_options import row_options
from surveylib.cli.rows import read_rows, refuse_commas, within
from surveylib.cli.totals_file import open_totals
from surveylib.errors import SurveyError
from surveylib.estimation import declared, estimate, reliability, totals
from surveylib.estimation.estimate import MOST_FOR_COVARIANCE, influences
from surveylib.estimation.linearised import Piece, field, join
from surveylib.model.results import Estimates
from surveylib.numerics.intervals import PROPORTION_INTERVALS

# What --totals leaves open: how estimates are printed, not what was summed.
_OF_TOTALS = (
    *("totals_file", "interval", "confidence", "deff", "min_n", "max_cv", "covariance", "form"),
    *REPLICATE_PARAMETERS,
)


@click.command(
    "estimate",
    epilog="Example: surveylib estimate apiclus2.csv --weights pw --psu dnum --fpc fpc1 --psu2 snum --fpc2 "
    "fpc2 "
    "--mean api00 --ratio api.stu/enroll --by stype --format json",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--totals",
    "totals_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="In place of FILE: totals made by `surveylib totals` or `combine`.",
)
@request_options
@row_options
@design_options
@replicate_options
@click.option(
    "--interval",
    type=click.Choice(PROPORTION_INTERVALS),
    default="mean",
    show_default=True,
    help="Interval of a proportion; mean: estimate ± t·se.",
)
@click.option("--confidence", type=float, default=0.95, show_default=True, help="Level of the intervals.")
@click.option(
    "--deff",
    type=click.Choice(["wor", "wr"]),
    default="wor",
    show_default=True,
    help="Design effect against simple random sampling without or with replacement.",
)
@click.option(
    "--min-n", type=float, metavar="N", help="Flag estimates that rest on fewer answers (adds cv and flag)."
)
@click.option(
    "--max-cv", type=float, metavar="CV", help="Flag estimates with a greater se/|estimate|, for example 0.3."
)
@click.option("--covariance", is_flag=True, help="Print the covariance matrix of the estimates too.")
@click.option(
    "--decimal-comma", is_flag=True, help="Numbers in FILE are written 3,5 (and thousands, if at all, 1.000)."
)
@format_option
@click.pass_context
def command(
    context,
    file,
    totals_file,
    requests,
    by,
    of_rows,
    design,
    replication,
    interval,
    confidence,
    deff,
    min_n,
    max_cv,
    covariance,
    decimal_comma,
    form,
) -> None:
    """Means, totals, shares, quantiles and more of FILE (CSV), with standard errors of the design.

    A blank, NA or NaN is missing: its row leaves that variable only, and n says how many were used.

    \b
    --format json prints one object:
      {"estimates": [{kind, variable, level, one field a --by column,
                      estimate, std_error, df, conf_low, conf_high,
                      statistic, p_value, n, n_eff, deff}, ...],
       "confidence": 0.95,
       "covariance": {"names": [...], "matrix": [[...], ...]}}
    null is what cannot be computed; covariance only with --covariance, its
    names in the order of the estimates. --format csv has the same columns
    and, with --covariance, one column "cov <name>" an estimate. --min-n and
    --max-cv add cv and flag: flag says why not to publish a line.
    """
    how = {
        "interval": interval,
        "confidence": confidence,
        "full": True if covariance else None,
        "replacement_deff": deff == "wr",
    }
    if (file is None) == (totals_file is None):
        raise SurveyError("one file to estimate from", expected="FILE, or --totals FILE")
    summed = None if totals_file is None else open_totals(totals_file, context, kept=_OF_TOTALS)
    with within(file or totals_file):
        if summed is not None:
            made = estimate(summed, replicates=replication.made(summed), **how)
        else:
            rows = read_rows(file, decimal_comma=decimal_comma)
            refuse_taken(by)
            refuse_commas(rows, [*named(requests), *of_rows.numeric])
            design = declared(rows, design)
            _refuse_unreplicated(replication, of_rows)
            made = _estimates(
                rows, design, requests=requests, of_rows=of_rows, by=by, replication=replication, **how
            )
        if min_n is not None or max_cv is not None:
            made = _flagged(made, min_n, max_cv)
    frames, extra = {"estimates": made.table}, {"confidence": confidence}
    if covariance:
        _add_covariance(frames, extra, made, form=form)
    show(frames, form=form, extra=extra)


def _estimates(
    rows, design, *, requests, of_rows, by, replication, interval, confidence, full, replacement_deff
) -> Estimates:
    """Everything asked for in one result, with covariances between what totals and what rows gave."""
    if requests or not of_rows:
        summed = totals(rows, design, requests=requests, by=by)
        made = estimate(
            summed,
            confidence=confidence,
            interval=interval,
            full=full,
            replacement_deff=replacement_deff,
            replicates=replication.made(summed, rows=rows, design=design),
        )
        if not of_rows:
            return made
    where = field(rows, design, by=by)
    pieces = of_rows.pieces(where, rows, confidence=confidence, full=full)
    if requests:
        known = full or len(made.table) <= MOST_FOR_COVARIANCE
        pieces.insert(0, Piece(made, influences(summed) if known else None))
    return join(pieces, where.levels)


def _refuse_unreplicated(replication: Replication, of_rows) -> None:
    if replication and of_rows:
        raise SurveyError(
            "quantiles, variances, correlations and kappa have no replicates here",
            expected="means, totals, ratios and proportions with --replicates or --repweights",
            hint="estimate them in a call of their own, linearised; in Python: with_replicates",
        )


def _flagged(made: Estimates, min_n: float | None, max_cv: float | None) -> Estimates:
    found = reliability(made, most_cv=max_cv, least_n=min_n)
    return replace(made, table=made.table.assign(cv=found["cv"], flag=found["why"]))


def _add_covariance(frames: dict, extra: dict, made: Estimates, *, form: str) -> None:
    names = [_key(row, made.keys) for _, row in made.table.iterrows()]
    matrix = pd.DataFrame(made.covariance, columns=[f"cov {name}" for name in names])
    if form == "json":
        lines = [[plain(value) for value in line] for line in made.covariance]
        extra["covariance"] = {"names": names, "matrix": lines}
    elif form == "csv":
        frames["estimates"] = pd.concat([made.table, matrix], axis=1)
    else:
        frames["covariance"] = (
            matrix.set_axis(names, axis=1).assign(**{"": names}).set_index("").reset_index()
        )


def _key(row: pd.Series, keys: tuple[str, ...]) -> str:
    """What an estimate is called: ``mean:api00:E``, whole numbers without a decimal point."""
    values = [row[key] for key in keys]
    whole = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values]
    return ":".join(str(value) for value in whole if str(value))
