"""The options that say how the rows were sampled: the same on every command that has a design."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path

import click

from surveylib.cli.asked_design import AskedDesign
from surveylib.cli.rows import COLUMN, id_option
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
    click.option(
        "--psu",
        multiple=True,
        type=COLUMN,
        metavar="COLUMN",
        help="Clusters; repeated: those of the first stage, the second …  [default: every row]",
    ),
    click.option(
        "--fpc",
        multiple=True,
        type=COLUMN,
        metavar="COLUMN",
        help="Clusters in the stratum's population, or the sampled fraction; repeated: stage by stage.",
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
    click.option(
        "--deeper-strata",
        multiple=True,
        type=COLUMN,
        metavar="COLUMN",
        help="Strata inside the clusters of the stage above; repeated: of the second stage, the third …; "
        "- for none.",
    ),
    click.option("--nest", is_flag=True, help="PSU numbers start again in every stratum."),
    click.option(
        "--lonely",
        type=click.Choice(["error", "certainty", "adjust", "average", "collapse"]),
        default="error",
        show_default=True,
        help="What a stratum with a single cluster does.",
    ),
    click.option(
        "--margins",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help="What --weights were calibrated to, as for `surveylib weight`: errors then allow for it.",
    ),
    click.option("--population", type=float, metavar="N", help="Of --margins, as for `surveylib weight`."),
    click.option(
        "--base",
        type=COLUMN,
        metavar="COLUMN",
        help="Weights before they were calibrated to --margins.  [default: --weights]",
    ),
    click.option(
        "--missing",
        type=click.Choice(["error", "keep"]),
        help="Rows without a value in one of --margins, as for `surveylib weight`.  [default: error]",
    ),
    id_option,
)


def design_options(command: Callable) -> Callable:
    """Add the options of a design; the command gets them as one argument `design`, an AskedDesign."""

    @wraps(command)
    def gathered(
        weights, strata, psu, fpc, psu2, fpc2, deeper_strata, nest, lonely, margins, population, base,
        missing, identity, **others,
    ):  # fmt: skip
        columns = DesignColumns(
            weights=weights,
            strata=tuple(dict.fromkeys(strata)),
            psu=_by_stage(psu),
            fpc=_by_stage(fpc),
            psu2=psu2,
            fpc2=fpc2,
            deeper_strata=tuple(None if name == "-" else name for name in deeper_strata),
            nest=nest,
            lonely=lonely,
        )
        asked = AskedDesign(
            columns=columns,
            identity=tuple(dict.fromkeys(identity)),
            margins=margins,
            population=population,
            base=base,
            missing=missing,
        )
        return command(design=asked, **others)

    for option in reversed(_OPTIONS):
        gathered = option(gathered)
    return gathered


def _by_stage(names: tuple[str, ...]) -> str | tuple[str, ...] | None:
    return names if len(names) > 1 else next(iter(names), None)
