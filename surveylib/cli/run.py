"""surveylib run: everything, from the study to the pages."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.progress import Progress
from surveylib.errors import SurveyError
from surveylib.runner.make import make
from surveylib.runner.place import REHEARSAL, is_rehearsal


@click.command("run", epilog="Example: surveylib run data/binh_duong --rehearsal")
@click.argument("study", type=click.Path(path_type=Path))
@click.option(
    "--rehearsal",
    is_flag=True,
    help="Invent registers and answers from the study's declared truth; every page is marked.",
)
@click.option("--run", "run", metavar="NAME", help="Name of the run.  [default: rehearsal, or field]")
@click.option(
    "--output",
    type=click.Path(path_type=Path),
    help="Folder for reports.  [default: reports/ of the project]",
)
@click.option(
    "--workers", type=click.IntRange(1, 64), default=2, show_default=True, help="Notebooks executed at once."
)
@click.option(
    "--plain-kernels",
    is_flag=True,
    help="Ordinary Jupyter kernels instead of warm ones: slower, same results.",
)
@click.option("--quiet", is_flag=True, help="No progress, only the summary.")
def command(
    study: Path,
    rehearsal: bool,
    run: str | None,
    output: Path | None,
    workers: int,
    plain_kernels: bool,
    quiet: bool,
) -> None:
    """Run STUDY (a folder with study.yaml) from its sources to index.html, reports, brief, estimates.csv and
    manifest.json."""
    name = run_name(run, rehearsal=rehearsal)
    with Progress(quiet=quiet) as progress:
        made = make(
            study,
            run=name,
            output=output,
            workers=workers,
            warm=not plain_kernels,
            step=progress.step,
            progress=progress.notebook,
            plan=progress.expect,
        )
    progress.summary(made)


def run_name(run: str | None, *, rehearsal: bool) -> str:
    """The name of the run; a rehearsal's name says so, and no other's does."""
    if run is None:
        return REHEARSAL if rehearsal else "field"
    if is_rehearsal(run) and not rehearsal:
        raise SurveyError("a run of real data cannot be called a rehearsal", where="--run", got=repr(run))
    return run if is_rehearsal(run) or not rehearsal else f"{REHEARSAL}-{run}"
