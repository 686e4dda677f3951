"""surveylib ingest: field exports into answers."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.output import format_option, show
from surveylib.cli.stage import kept, opened, output_option, run_option, study_argument


@click.command(
    "ingest", epilog="Example: surveylib ingest data/binh_duong --run rehearsal --output answers.csv"
)
@study_argument
@run_option
@output_option
@format_option
def command(study: Path, run: str, output: Path | None, form: str) -> None:
    """Read the exports of STUDY and print how many answers each wave gave and what was corrected on the way
    in.

    Raw files are never edited: every change is a line of the corrections log (stages/corrections.csv of the
    run). Text that could name a person is split off and not written. --output keeps the answers.
    """
    case = opened(study, run)
    rows, log = case.table("responses"), case.table("corrections")
    kept(rows, output)
    counts = rows.groupby(["wave", "unit"]).size().rename("answers").reset_index()
    changes = log.groupby(["wave", "reason"]).size().rename("corrections").reset_index() if len(log) else log
    show({"answers": counts, "corrections": changes}, form=form)
