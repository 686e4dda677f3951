"""What the commands that look at one stage of a study share: the options, and the run they look at."""

from __future__ import annotations

import warnings
from pathlib import Path

import click
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.report.estimates import write_csv
from surveylib.runner.case import Case, OutdatedPages, open_case
from surveylib.runner.place import REHEARSAL

study_argument = click.argument("study", type=click.Path(path_type=Path))
run_option = click.option(
    "--run",
    "run",
    metavar="NAME",
    default="field",
    show_default=True,
    help=f"Which run; {REHEARSAL} (or {REHEARSAL}-…) invents its data first.",
)
output_option = click.option(
    "--output", type=click.Path(path_type=Path), help="Write the whole table as CSV to this file."
)


def opened(study: Path, run: str) -> Case:
    """The run's case, its stages computed when they are missing or out of date; says so when the data are
    invented."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always", OutdatedPages)
        case = open_case(study, run=run)
    for warning in told:
        click.echo(str(warning.message), err=True)
    if case.mark:
        click.echo(click.style(case.mark, fg="red", bold=True), err=True)
    return case


def kept(frame: pd.DataFrame, output: Path | None) -> None:
    """Write the table where asked and say so."""
    if output is None:
        return
    if output.is_dir():
        raise SurveyError("a folder cannot be written as a file", where=str(output))
    write_csv(frame, output)
    click.echo(f"{len(frame)} rows written to {output}", err=True)
