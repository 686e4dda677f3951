"""surveylib check: quality of what came in."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import format_option, print_findings, show
from surveylib.cli.stage import opened, run_option, study_argument
from surveylib.model.finding import findings_frame


@click.command("check", epilog="Example: surveylib check data/binh_duong --run rehearsal --lang en")
@study_argument
@run_option
@lang_option("Language of the messages.")
@format_option
def command(study: Path, run: str, lang: str, form: str) -> int:
    """Print every finding about the answers of STUDY at once; exit code 1 when one of them is an error."""
    found = opened(study, run).findings("fieldwork")
    if form == "table":
        print_findings(found, about=f"{study}, {run}", lang=lang)
    else:
        show({"findings": findings_frame(found, lang=lang)}, form=form)
    return int(any(finding.severity == "error" for finding in found))
