"""surveylib weight: weights with every step."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.output import format_option, show
from surveylib.cli.stage import kept, opened, output_option, run_option, study_argument


@click.command(
    "weight", epilog="Example: surveylib weight data/binh_duong --run rehearsal --output weights.csv"
)
@study_argument
@run_option
@output_option
@format_option
def command(study: Path, run: str, output: Path | None, form: str) -> None:
    """Weigh the answers of STUDY by its plan and print each step with its diagnostics and the margins before
    and after.

    --output keeps one row a respondent with the weights after every step.
    """
    case = opened(study, run)
    kept(case.table("weights"), output)
    show({"steps": case.table("weight_steps"), "margins": case.table("margins")}, form=form)
