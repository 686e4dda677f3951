"""surveylib combine: totals of several communes, months or machines make those of all."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.output import format_option, show
from surveylib.cli.totals_file import summary
from surveylib.estimation.combine import combine
from surveylib.estimation.store import read_totals, write_totals


@click.command(
    "combine",
    epilog="Example: surveylib combine thu_dau_mot.totals di_an.totals --output province.totals",
)
@click.argument("files", type=click.Path(path_type=Path), nargs=-1, required=True)
@click.option(
    "--output",
    "--out",
    "out",
    type=click.Path(path_type=Path),
    required=True,
    metavar="FILE",
    help="The file to write.",
)
@click.option(
    "--calibrated",
    type=click.Choice(["together", "apart"]),
    help="For calibrated weights: whether all parts were calibrated at once or each by itself.",
)
@format_option
def command(files, out, calibrated, form) -> None:
    """Add the totals in FILES, made by `surveylib totals` with the same options.

    Clusters and strata are matched by their names, so a cluster may be spread over several files. Files made
    with other questions or another design are refused, and so is a damaged one: nothing is written then.
    """
    made = combine([read_totals(file) for file in files], names=list(map(str, files)), calibrated=calibrated)
    write_totals(made, out)
    show({"totals": summary(made, file=out)}, form=form)
