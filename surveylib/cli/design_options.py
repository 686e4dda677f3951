"""The options that name a design's columns: the same on every command that has a design."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

import click

from surveylib.cli.rows import COLUMN
from surveylib.model.design import DesignColumns

_OPTIONS = (
    click.option(
        "--weights", type=COLUMN, metavar="COLUMN", help="Sampling weights.  [default: from --fpc, else 1]"
    ),
    click.option(
        "--strata",
        multiple=True,
        type=COLUMN,
        metavar="COLUMN",
        help="First-stage strata; repeated columns are crossed.",
    ),
    click.option("--psu", type=COLUMN, metavar="COLUMN", help="First-stage clusters.  [default: every row]"),
    click.option(
        "--fpc",
        type=COLUMN,
        metavar="COLUMN",
        help="Clusters in the stratum's population, or the sampled fraction.",
    ),
    click.option(
        "--psu2", type=COLUMN, metavar="COLUMN", help="Second-stage clusters, numbered within --psu."
    ),
    click.option(
        "--fpc2",
        type=COLUMN,
        metavar="COLUMN",
        help="Second-stage clusters in the PSU's population, or the fraction.",
    ),
    click.option("--nest", is_flag=True, help="PSU numbers start again in every stratum."),
    click.option(
        "--lonely",
        type=click.Choice(["error", "certainty", "adjust", "average", "collapse"]),
        default="error",
        show_default=True,
        help="What a stratum with a single cluster does.",
    ),
)


def design_options(command: Callable) -> Callable:
    """Add the options of a design; the command gets them as one argument `design`, a DesignColumns."""

    @wraps(command)
    def gathered(weights, strata, psu, fpc, psu2, fpc2, nest, lonely, **others):
        design = DesignColumns(
            weights=weights,
            strata=tuple(dict.fromkeys(strata)),
            psu=psu,
            fpc=fpc,
            psu2=psu2,
            fpc2=fpc2,
            nest=nest,
            lonely=lonely,
        )
        return command(design=design, **others)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered
