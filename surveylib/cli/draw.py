"""surveylib draw: the sample and its log."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.output import format_option, show
from surveylib.cli.stage import kept, output_option, study_argument
from surveylib.errors import SurveyError
from surveylib.runner.gather import read_frame, source_folder
from surveylib.runner.place import open_study
from surveylib.sampling import draw


@click.command("draw", epilog="Example: surveylib draw data/my_study --wave t0 --output sample_t0.csv")
@study_argument
@click.option("--wave", metavar="ID", help="One wave only.")
@click.option(
    "--registers",
    type=click.Path(path_type=Path),
    help="Folder the registers lie in.  [default: raw/ of the study]",
)
@output_option
@format_option
def command(study: Path, wave: str | None, registers: Path | None, output: Path | None, form: str) -> None:
    """Draw the dossiers of STUDY from its registers: stratified, systematic, with probabilities and reserves.
    Prints the log of the draw.

    The draw depends on the registers and the study's seed alone: drawing again gives the same dossiers.
    --output keeps the list to approach, in order.
    """
    files = open_study(study)
    if files.study.sampling is None:
        raise SurveyError("study plans no sample", where=str(study), hint="add `sampling:` to study.yaml")
    frame = read_frame(files, folder=registers or source_folder(files, rehearsal=None), wave=wave)
    if frame is None:
        raise SurveyError("study names no register", where=str(study), hint="add `register:` to its sources")
    sample = draw(frame, plan=files.study.sampling, seed=files.study.seed)
    kept(sample.rows, output)
    show({"draw": sample.log}, form=form)
