"""surveylib estimate: design-based estimates of any CSV."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click
import pandas as pd

from surveylib.cli.common_options import decimal_comma_option, lang_option
from surveylib.cli.design_options import design_options
from surveylib.cli.draw_options import draw_options
from surveylib.cli.estimates_table import TITLES, print_estimates, print_titled
from surveylib.cli.level_options import SHARES, confidence_option, interval_option, with_level
from surveylib.cli.levels_option import levels_option, with_levels
from surveylib.cli.output import format_option, plain, show, text_table
from surveylib.cli.replicate_options import REPLICATE_PARAMETERS, Replication, replicate_options
from surveylib.cli.request_options import named, refuse_taken, request_options
from surveylib.cli.row_options import row_options
from surveylib.cli.rows import refuse_commas, within
from surveylib.cli.rows_of_file import rows_of
from surveylib.cli.share_option import asked_alone, read_shares, share_option, with_levels_of
from surveylib.cli.totals_file import open_totals
from surveylib.errors import SurveyError
from surveylib.estimation import estimate, reliability, totals
from surveylib.estimation.estimate import MOST_FOR_COVARIANCE, influences, levels_of
from surveylib.estimation.linearised import Piece, field, join
from surveylib.model.results import Estimates

# What --totals leaves open: what of it is printed and how, not what was summed.
_OF_TOTALS = (
    *("totals_file", "interval", "confidence", "deff", "min_n", "max_cv", "covariance", "form", "lang"),
    *("means", "total", "ratio", "prop", "alpha", "shares", "var", "cor", "kappa"),
    *("quantiles", "at", "rule", "quantile_interval", "merge_ties"),
    *REPLICATE_PARAMETERS,
)


@click.command(
    "estimate",
    epilog="Example: surveylib estimate apiclus2.csv --weights pw --psu dnum --fpc fpc1 --psu2 snum --fpc2 "
    "fpc2 "
    "--mean api00 --ratio api.stu/enroll --by stype --format json",
)
@click.argument("files", metavar="[FILE]", type=click.Path(path_type=Path), nargs=-1)
@click.option(
    "--totals",
    "totals_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="In place of FILE: totals made by `surveylib totals` or `combine`.  [default: print all they hold]",
)
@request_options
@levels_option
@share_option
@row_options
@design_options
@draw_options
@replicate_options
@interval_option
@confidence_option
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
@lang_option("Language of the headings.")
@decimal_comma_option
@format_option
@click.pass_context
def command(
    context, files, totals_file, requests, shares, by, levels, of_rows, design, draw, replication, interval,
    confidence, deff, min_n, max_cv, covariance, lang, decimal_comma, form,
) -> None:  # fmt: skip
    """Means, totals, shares, quantiles and more of FILE (CSV or Parquet), with standard errors of the design.

    A blank, NA or NaN is missing: its row leaves that variable only, and n says how many were used.

    \b
    --format json prints one object:
      {"estimates": [{kind, variable, level, one field a --by column,
                      estimate, std_error, df, conf_low, conf_high,
                      statistic, p_value, n, n_eff, deff}, ...],
       "confidence": 0.95, "interval": "mean",
       "covariance": {"names": [...], "matrix": [[...], ...]}}
    null is what cannot be computed; covariance only with --covariance, its
    names in the order of the estimates. --format csv has the same columns,
    confidence, interval and, with --covariance, one column "cov <name>" an estimate. --min-n and
    --max-cv add cv and flag, and so does a line with n = 0: flag says why
    not to publish a line.
    """
    how = {
        "interval": interval,
        "confidence": confidence,
        "full": True if covariance else None,
        "replacement_deff": deff == "wr",
    }
    file = _one(files, totals_file)
    asked = {"requests": requests, "shares": read_shares(shares), "of_rows": of_rows}
    summed = None if totals_file is None else open_totals(totals_file, context, kept=_OF_TOTALS)
    with within(file or totals_file):
        if summed is not None:
            made = _of_totals(summed, **asked, replication=replication, how=how)
        else:
            rows = rows_of(file, decimal_comma=decimal_comma, text=design.identity)
            refuse_taken(by)
            rows = with_levels(rows, levels=levels, by=by)
            refuse_commas(rows, [*named(requests), *of_rows.numeric])
            made = _of_rows(rows, design, draw, by=by, **asked, replication=replication, how=how)
        if interval != "mean" and not made.table["kind"].isin(SHARES).any():
            raise SurveyError(
                "--interval would be ignored", expected="a proportion: --prop or --share", got=interval
            )
        if min_n is None and (made.table["n"] == 0).any():
            min_n = 1
        if min_n is not None or max_cv is not None:
            made = _flagged(made, min_n, max_cv)
    if form == "table":
        _print(made, covariance=covariance, interval=interval, lang=lang)
        return
    frames, extra = {"estimates": made.table}, {"confidence": confidence, "interval": interval}
    if form == "csv":
        frames["estimates"] = with_level(made.table, confidence=confidence, interval=interval)
    if covariance:
        _add_covariance(frames, extra, made, form=form)
    show(frames, form=form, extra=extra)


def _one(files: tuple[Path, ...], totals_file: Path | None) -> Path | None:
    """The one FILE, or None where there are totals in its place."""
    if len(files) > 1:
        raise SurveyError(
            "rows of one file at a time",
            got=", ".join(map(str, files)),
            hint="`surveylib totals` sums several files into one, which `surveylib estimate --totals` prints",
        )
    if bool(files) == (totals_file is not None):
        raise SurveyError("one file to estimate from", expected="FILE, or --totals FILE")
    return files[0] if files else None


def _of_totals(summed, *, requests, shares, of_rows, replication: Replication, how: dict) -> Estimates:
    """What was asked for, or everything where nothing was, from totals alone."""
    replicates = replication.made(summed)
    level = {"confidence": how["confidence"], "full": how["full"], "replicates": replicates}
    pieces = of_rows.of_codes(summed, **level)
    if requests or shares or not pieces:
        chosen = asked_alone(summed, requests=requests, shares=shares) if requests or shares else summed
        pieces.insert(0, _piece(chosen, replicates=replicates, unequal=None, how=how))
    return join(pieces, levels_of(summed)) if len(pieces) > 1 else pieces[0].estimates


def _of_rows(
    rows, design, draw, *, requests, shares, of_rows, by, replication: Replication, how: dict
) -> Estimates:
    """Everything asked for in one result, with covariances between what totals and what rows gave."""
    if draw and of_rows.not_of_shares:
        raise SurveyError(
            "variances, correlations and kappa would ignore an unequal or two-phase draw",
            expected="means, totals, ratios, proportions, alpha and quantiles",
            hint="estimate them in a call of their own, from replicate weights (--repweights)",
        )
    rows, made_design, drawn = draw.applied(
        rows, design.declared(rows), weighted=design.columns.weights is not None
    )
    replicates = None
    pieces: list[Piece] = []
    if requests or shares or not of_rows:
        summed = totals(rows, made_design, requests=with_levels_of(requests, shares), by=by)
        replicates = replication.made(summed, rows=rows, design=made_design)
        chosen = asked_alone(summed, requests=requests, shares=shares)
        pieces.append(_piece(chosen, replicates=replicates, unequal=drawn, how=how))
    elif replication:
        replicates = replication.made(made_design, rows=rows, design=made_design)
    if not of_rows:
        return pieces[0].estimates
    where = field(rows, made_design, by=by)
    level = {"confidence": how["confidence"], "full": how["full"]}
    pieces += of_rows.pieces(where, rows, **level, replicates=replicates, unequal=drawn)
    return join(pieces, where.levels) if len(pieces) > 1 else pieces[0].estimates


def _piece(summed, *, replicates, unequal, how: dict) -> Piece:
    made = estimate(summed, replicates=replicates, unequal=unequal, **how)
    known = how["full"] or len(made.table) <= MOST_FOR_COVARIANCE
    known = known and replicates is None and unequal is None
    return Piece(made, influences(summed) if known else None)


def _print(made: Estimates, *, covariance: bool, interval: str, lang: str) -> None:
    by = tuple(name for name in made.keys if name not in ("kind", "variable", "level"))
    print_estimates(made.table, by=by, confidence=made.confidence, interval=interval, lang=lang)
    if covariance:
        frames: dict[str, pd.DataFrame] = {}
        _add_covariance(frames, {}, made, form="table")
        print_titled(TITLES["covariance"].get(lang))
        click.echo(text_table(frames["covariance"]))


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
        frames["estimates"] = pd.concat([frames["estimates"], matrix], axis=1)
    else:
        frames["covariance"] = (
            matrix.set_axis(names, axis=1).assign(**{"": names}).set_index("").reset_index()
        )


def _key(row: pd.Series, keys: tuple[str, ...]) -> str:
    """What an estimate is called: ``mean:api00:E``, whole numbers without a decimal point."""
    values = [row[key] for key in keys]
    whole = [int(v) if isinstance(v, float) and v.is_integer() else v for v in values]
    return ":".join(str(value) for value in whole if str(value))
