"""surveylib crosstab: a two-way table of any CSV, and whether its columns depend on each other."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.asked_design import AskedDesign
from surveylib.cli.common_options import decimal_comma_option, lang_option
from surveylib.cli.design_options import design_options
from surveylib.cli.estimates_table import TITLES, labelled, print_estimates, print_titled
from surveylib.cli.level_options import confidence_option, interval_option, with_level
from surveylib.cli.output import format_option, show, text_table
from surveylib.cli.rows import COLUMN, refuse_commas, within
from surveylib.cli.rows_of_file import rows_of
from surveylib.cli.totals_file import open_totals
from surveylib.errors import SurveyError
from surveylib.estimation import estimate, totals
from surveylib.estimation.chisquare import ASSOCIATION, association
from surveylib.estimation.levels import choose
from surveylib.model.results import RESULT_COLUMNS
from surveylib.model.totals import PsuTotals, Request

_OF_TOTALS = (
    *("totals_file", "across", "down", "share", "statistic"),
    *("interval", "confidence", "lang", "form"),
)


@click.command(
    "crosstab",
    epilog="Example: surveylib crosstab answers.csv --rows district --cols c3 --weights w --strata stratum "
    "--psu office",
)
@click.argument("file", type=click.Path(path_type=Path), required=False)
@click.option(
    "--totals",
    "totals_file",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="In place of FILE: totals of `surveylib totals --prop COLS --by ROWS`.",
)
@click.option("--rows", "across", type=COLUMN, required=True, metavar="COLUMN", help="The groups compared.")
@click.option("--cols", "down", type=COLUMN, required=True, metavar="COLUMN", help="The answers counted.")
@click.option(
    "--share",
    type=click.Choice(["row", "column"]),
    default="row",
    show_default=True,
    help="Shares of --cols within each of --rows, or the other way round.",
)
@click.option(
    "--statistic",
    type=click.Choice(ASSOCIATION, case_sensitive=False),
    default="F",
    show_default=True,
    help="F, Chisq: Rao-Scott of second and first order.",
)
@design_options
@interval_option
@confidence_option
@lang_option("Language of the headings.")
@decimal_comma_option
@format_option
@click.pass_context
def command(
    context: click.Context,
    file: Path | None,
    totals_file: Path | None,
    across: str,
    down: str,
    share: str,
    statistic: str,
    design: AskedDesign,
    interval: str,
    confidence: float,
    lang: str,
    decimal_comma: bool,
    form: str,
) -> None:
    """Shares of one column of FILE (CSV or Parquet) within another, and a test of their independence.

    \b
    --format json prints {"shares": [...], "test": [{method, statistic,
    df_num, df, p_value, n, unadjusted}], "confidence": 0.95,
    "interval": "mean"}; --format csv prints the shares, with confidence
    and interval as columns. `unadjusted` is Pearson's statistic before the
    design was allowed for; df null: infinite (a chi-square).
    """
    if (file is None) == (totals_file is None):
        raise SurveyError("one file to count", expected="FILE, or --totals FILE")
    summed = None if totals_file is None else open_totals(totals_file, context, kept=_OF_TOTALS)
    with within(file or totals_file):
        if across == down:
            raise SurveyError("a column is not crossed with itself", where="--rows, --cols", got=repr(across))
        by, variable = (across, down) if share == "row" else (down, across)
        asked = [Request(kind="proportion", variable=variable)]
        if summed is None:
            counted = _of_rows(file, design, asked, by=by, decimal_comma=decimal_comma)
        else:
            counted = _of_totals(summed, asked, by=by)
        made = estimate(counted, confidence=confidence, interval=interval)
        test = association(counted, variable=variable, statistic=statistic)
    frames = {"shares": made.table, "test": test.table(lang=lang)}
    if form != "table":
        if form == "csv":
            frames["shares"] = with_level(made.table, confidence=confidence, interval=interval)
        show(frames, form=form, extra={"confidence": confidence, "interval": interval})
        return
    by_domain = made.table.sort_values(by, kind="stable")
    print_estimates(by_domain, by=(by,), confidence=confidence, interval=interval, lang=lang)
    print_titled(TITLES["test"].get(lang))
    click.echo(text_table(labelled(frames["test"], lang=lang)))


def _of_rows(
    file: Path, design: AskedDesign, asked: list[Request], *, by: str, decimal_comma: bool
) -> PsuTotals:
    table = rows_of(file, decimal_comma=decimal_comma, text=design.identity)
    refuse_commas(table, (by, asked[0].variable))
    if by in ("kind", "variable", "level", *RESULT_COLUMNS):
        raise SurveyError(
            "a column has the name of a result",
            got=repr(by),
            hint=f"rename it in the file, for example {by}_group",
        )
    return totals(table, design.declared(table), requests=asked, by=(by,))


def _of_totals(summed: PsuTotals, asked: list[Request], *, by: str) -> PsuTotals:
    if list(map(str, summed.domains.columns)) != [by]:
        raise SurveyError(
            "totals are not by the other column of the table",
            expected=f"totals made with --by {by} alone",
            got=", ".join(map(str, summed.domains.columns)) or "totals without --by",
            hint="--share column turns the table round",
        )
    return choose(summed, requests=asked)
