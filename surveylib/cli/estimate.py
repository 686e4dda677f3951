"""surveylib estimate: design-based estimates of any CSV."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from surveylib.cli.output import format_option, plain, show
from surveylib.cli.rows import COLUMN, read_rows, refuse_commas, within
from surveylib.errors import SurveyError
from surveylib.estimation import declare, estimate, totals
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.model.totals import Request


@click.command(
    "estimate",
    epilog="Example: surveylib estimate apiclus2.csv --weights pw --psu dnum --fpc fpc1 --psu2 snum --fpc2 "
    "fpc2 "
    "--mean api00 --ratio api.stu/enroll --by stype --format json",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option(
    "--mean", "means", multiple=True, type=COLUMN, metavar="COLUMN", help="Mean of a column; may be repeated."
)
@click.option(
    "--total",
    multiple=True,
    type=COLUMN,
    metavar="COLUMN",
    help="Total; of a text column, the total of each level.",
)
@click.option("--ratio", multiple=True, type=COLUMN, metavar="Y/X", help="Ratio of two totals.")
@click.option(
    "--prop", multiple=True, type=COLUMN, metavar="COLUMN", help="Proportion of every level of a column."
)
@click.option(
    "--by", multiple=True, type=COLUMN, metavar="COLUMN", help="Domains; repeated columns are crossed."
)
@click.option(
    "--weights", type=COLUMN, metavar="COLUMN", help="Sampling weights.  [default: from --fpc, else 1]"
)
@click.option("--strata", type=COLUMN, metavar="COLUMN", help="First-stage strata.")
@click.option("--psu", type=COLUMN, metavar="COLUMN", help="First-stage clusters.  [default: every row]")
@click.option(
    "--fpc",
    type=COLUMN,
    metavar="COLUMN",
    help="Clusters in the stratum's population, or the sampled fraction.",
)
@click.option("--psu2", type=COLUMN, metavar="COLUMN", help="Second-stage clusters, numbered within --psu.")
@click.option(
    "--fpc2",
    type=COLUMN,
    metavar="COLUMN",
    help="Second-stage clusters in the PSU's population, or the fraction.",
)
@click.option("--nest", is_flag=True, help="PSU numbers start again in every stratum.")
@click.option(
    "--lonely",
    type=click.Choice(["error", "certainty", "adjust", "average", "collapse"]),
    default="error",
    show_default=True,
    help="What a stratum with a single cluster does.",
)
@click.option(
    "--interval",
    type=click.Choice(["mean", "logit", "wilson", "beta"]),
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
@click.option("--covariance", is_flag=True, help="Print the covariance matrix of the estimates too.")
@click.option(
    "--decimal-comma", is_flag=True, help="Numbers in FILE are written 3,5 (and thousands, if at all, 1.000)."
)
@format_option
def command(
    file,
    means,
    total,
    ratio,
    prop,
    by,
    weights,
    strata,
    psu,
    fpc,
    psu2,
    fpc2,
    nest,
    lonely,
    interval,
    confidence,
    deff,
    covariance,
    decimal_comma,
    form,
) -> None:
    """Means, totals, ratios and proportions of FILE (CSV), with standard errors of the design.

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
    and, with --covariance, one column "cov <name>" an estimate.
    """
    rows = read_rows(file, decimal_comma=decimal_comma)
    requests = _requests(means, total, ratio, prop)
    with within(file):
        _refuse_taken(by)
        refuse_commas(rows, [name for r in requests for name in (r.variable, r.denominator)])
        design = declare(
            rows,
            weights=weights,
            strata=strata,
            psu=psu,
            fpc=fpc,
            psu2=psu2,
            fpc2=fpc2,
            nest=nest,
            lonely=lonely,
        )
        made = estimate(
            totals(rows, design, requests=requests, by=tuple(dict.fromkeys(by))),
            confidence=confidence,
            interval=interval,
            full=True if covariance else None,
            replacement_deff=deff == "wr",
        )
    frames, extra = {"estimates": made.table}, {"confidence": confidence}
    if covariance:
        _add_covariance(frames, extra, made, form=form)
    show(frames, form=form, extra=extra)


def _requests(means, total, ratio, prop) -> list[Request]:
    return [
        *(Request(kind="mean", variable=name) for name in dict.fromkeys(means)),
        *(Request(kind="total", variable=name) for name in dict.fromkeys(total)),
        *(_ratio(text) for text in dict.fromkeys(ratio)),
        *(Request(kind="proportion", variable=name) for name in dict.fromkeys(prop)),
    ]


def _ratio(text: str) -> Request:
    top, slash, bottom = text.partition("/")
    if not slash or not top or not bottom:
        raise SurveyError(
            "ratio cannot be read", where="--ratio", expected="Y/X, two columns", got=repr(text)
        )
    return Request(kind="ratio", variable=top.strip(), denominator=bottom.strip())


def _refuse_taken(by: tuple[str, ...]) -> None:
    """A domain called as a column of the result would overwrite it, or be overwritten."""
    for name in by:
        if name in ("kind", "variable", "level", *RESULT_COLUMNS):
            raise SurveyError(
                "domain has the name of a result",
                where=f"--by {name}",
                hint=f"rename the column in the file, for example {name}_group",
            )


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
