"""surveylib crosstab: a two-way table of any CSV, and whether its columns depend on each other."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.design_options import design_options
from surveylib.cli.output import format_option, show
from surveylib.cli.rows import COLUMN, read_rows, refuse_commas, within
from surveylib.errors import SurveyError
from surveylib.estimation import declared, estimate, totals
from surveylib.estimation.chisquare import ASSOCIATION, association
from surveylib.model.design import DesignColumns
from surveylib.model.results import RESULT_COLUMNS
from surveylib.model.totals import Request


@click.command(
    "crosstab",
    epilog="Example: surveylib crosstab answers.csv --rows district --cols c3 --weights w --strata stratum "
    "--psu office",
)
@click.argument("file", type=click.Path(path_type=Path))
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
@click.option("--confidence", type=float, default=0.95, show_default=True, help="Level of the intervals.")
@click.option(
    "--lang",
    type=click.Choice(["vi", "en"]),
    default="vi",
    show_default=True,
    help="Language of the test's name.",
)
@click.option(
    "--decimal-comma", is_flag=True, help="Numbers in FILE are written 3,5 (and thousands, if at all, 1.000)."
)
@format_option
def command(
    file: Path,
    across: str,
    down: str,
    share: str,
    statistic: str,
    design: DesignColumns,
    confidence: float,
    lang: str,
    decimal_comma: bool,
    form: str,
) -> None:
    """Shares of one column of FILE (CSV) within another, and a test of their independence.

    \b
    --format json prints {"shares": [...], "test": [{method, statistic,
    df_num, df, p_value, n, unadjusted}], "confidence": 0.95};
    --format csv prints the shares. `unadjusted` is Pearson's statistic
    before the design was allowed for; df null: infinite (a chi-square).
    """
    table = read_rows(file, decimal_comma=decimal_comma)
    with within(file):
        if across == down:
            raise SurveyError("a column is not crossed with itself", where="--rows, --cols", got=repr(across))
        refuse_commas(table, (across, down))
        by, variable = (across, down) if share == "row" else (down, across)
        if by in ("kind", "variable", "level", *RESULT_COLUMNS):
            raise SurveyError(
                "a column has the name of a result",
                got=repr(by),
                hint=f"rename it in the file, for example {by}_group",
            )
        asked = [Request(kind="proportion", variable=variable)]
        counted = totals(table, declared(table, design), requests=asked, by=(by,))
        made = estimate(counted, confidence=confidence)
        test = association(counted, variable=variable, statistic=statistic)
    frames = {"shares": made.table, "test": test.table(lang=lang)}
    show(frames, form=form, extra={"confidence": confidence})
