"""surveylib estimate: design-based estimates of any CSV."""

from __future__ import annotations

from pathlib import Path

import click
import numpy as np
import pandas as pd

from surveylib.cli.output import format_option, plain, show
from surveylib.errors import SurveyError
from surveylib.estimation import declare, estimate, totals
from surveylib.fieldwork import read_table
from surveylib.model.totals import Request

_BLANK = ("", "NA", "NaN", "nan")


@click.command(
    "estimate",
    epilog="Example: surveylib estimate apiclus2.csv --weights pw --psu dnum --fpc fpc1 --psu2 snum --fpc2 "
    "fpc2 "
    "--mean api00 --ratio api.stu/enroll --by stype",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--mean", "means", multiple=True, metavar="COLUMN", help="Mean of a column; may be repeated.")
@click.option(
    "--total", multiple=True, metavar="COLUMN", help="Total; of a text column, the total of each level."
)
@click.option("--ratio", multiple=True, metavar="Y/X", help="Ratio of two totals.")
@click.option("--prop", multiple=True, metavar="COLUMN", help="Proportion of every level of a column.")
@click.option("--by", multiple=True, metavar="COLUMN", help="Domains; repeated columns are crossed.")
@click.option("--weights", metavar="COLUMN", help="Sampling weights.  [default: from --fpc, else 1]")
@click.option("--strata", metavar="COLUMN", help="First-stage strata.")
@click.option("--psu", metavar="COLUMN", help="First-stage clusters.  [default: every row]")
@click.option(
    "--fpc", metavar="COLUMN", help="Clusters in the stratum's population, or the sampled fraction."
)
@click.option("--psu2", metavar="COLUMN", help="Second-stage clusters, numbered within --psu.")
@click.option(
    "--fpc2", metavar="COLUMN", help="Second-stage clusters in the PSU's population, or the fraction."
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
    form,
) -> None:
    """Means, totals, ratios and proportions of FILE (CSV), with standard errors of the design.

    A blank or NA is missing: its row leaves that variable only, and n says how many were used.
    """
    rows = read_rows(file)
    design = declare(
        rows, weights=weights, strata=strata, psu=psu, fpc=fpc, psu2=psu2, fpc2=fpc2, nest=nest, lonely=lonely
    )
    requests = [
        *(Request(kind="mean", variable=name) for name in means),
        *(Request(kind="total", variable=name) for name in total),
        *(_ratio(text) for text in ratio),
        *(Request(kind="proportion", variable=name) for name in prop),
    ]
    made = estimate(
        totals(rows, design, requests=requests, by=by),
        confidence=confidence,
        interval=interval,
        full=True if covariance else None,
        replacement_deff=deff == "wr",
    )
    frames, extra = {"estimates": made.table}, {"confidence": confidence}
    if covariance:
        names = [_key(row, made.keys) for _, row in made.table.iterrows()]
        if form == "json":
            extra["covariance"] = {
                "names": names,
                "matrix": [[plain(v) for v in line] for line in made.covariance],
            }
        else:
            frames["covariance"] = (
                pd.DataFrame(made.covariance, columns=names).assign(**{"": names}).set_index("").reset_index()
            )
    show(frames, form=form, extra=extra)


def read_rows(file: Path) -> pd.DataFrame:
    """A CSV as a table: columns of nothing but numbers as floats, blanks and NA as missing."""
    rows = read_table(file).rows
    rows = rows.mask(rows.isin(_BLANK))
    for name in rows.columns:
        numeric = pd.to_numeric(rows[name], errors="coerce")
        if numeric.notna().eq(rows[name].notna()).all():
            rows[name] = numeric.astype(np.float64)
    return rows


def _ratio(text: str) -> Request:
    top, slash, bottom = text.partition("/")
    if not slash or not top or not bottom:
        raise SurveyError(
            "ratio cannot be read", where="--ratio", expected="Y/X, two columns", got=repr(text)
        )
    return Request(kind="ratio", variable=top.strip(), denominator=bottom.strip())


def _key(row: pd.Series, keys: tuple[str, ...]) -> str:
    return ":".join(str(row[key]) for key in keys if str(row[key]))
