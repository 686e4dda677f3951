"""surveylib report: the pages of a run anew."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.progress import Progress
from surveylib.runner.make import make
from surveylib.runner.place import REHEARSAL


@click.command("report", epilog="Example: surveylib report data/binh_duong --run rehearsal")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--run",
    "run",
    metavar="NAME",
    default=REHEARSAL,
    show_default=True,
    help="The run whose stages are there.",
)
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder for reports.  [default: reports/ of the project]",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Notebooks executed at once."
)
@click.option("--quiet", is_flag=True, help="No progress, only the summary.")
def command(study: Path, run: str, output: Path | None, workers: int, quiet: bool) -> None:
    """Execute the notebooks of a run of STUDY again and publish its pages; the computed stages stay as they
    are."""
    with Progress(quiet=quiet) as progress:
        made = make(
            study,
            run=run,
            output=output,
            workers=workers,
            anew=False,
            step=progress.step,
            progress=progress.notebook,
            plan=progress.expect,
        )
    progress.summary(made)
