"""surveylib province: the list of the province's units, and how like them the pilots are."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import format_option, print_findings, show
from surveylib.errors import SurveyError
from surveylib.evaluation.province import TYPES, province_template
from surveylib.evaluation.say_similarity import band, no_prediction
from surveylib.model.rehearsal import MARK
from surveylib.model.similarity import Similarity
from surveylib.report.estimates import csv_text
from surveylib.report.publish import write_text
from surveylib.runner.case import open_case
from surveylib.runner.gather import source_folder
from surveylib.runner.place import REHEARSAL, StudyFiles, is_rehearsal, open_study
from surveylib.runner.province import likeness

_WRITTEN = {
    "vi": "Đã ghi biểu mẫu {path}: thêm mỗi đơn vị của tỉnh một dòng, điền các đặc điểm đã biết.",
    "en": "The form was written to {path}: add a row for every unit of the province, fill in what is known.",
}
_SAID = {
    "vi": "Đơn vị thí điểm: B = {b:.2f} ({band}); bốc thăm cho {low:.2f} đến {high:.2f}.",
    "en": "Pilots: B = {b:.2f} ({band}); lots give {low:.2f} to {high:.2f}.",
}


@click.command("province", epilog="Example: surveylib province data/binh_duong --template")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--template", is_flag=True, help="Write the list to be filled where the study looks for it.")
@click.option("--run", "run", default=REHEARSAL, show_default=True, metavar="NAME", help="Run to take.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder of reports.")
@lang_option("Language of sentences.")
@format_option
def command(study: Path, template: bool, run: str, output: Path | None, lang: str, form: str) -> None:
    """How like the province's units the pilots of STUDY are, and how many units they stand for.

    The list is a CSV with a row a unit: unit, type (LG, OD, OV, PD or another), and any columns of what is
    known: population, dossiers a year, staff, urban or rural, a baseline score. It lies where
    ``province_units:`` of study.yaml says, beside the sources. --format csv prints the covariates.
    """
    files = open_study(study)
    if template:
        click.echo(_WRITTEN[lang].format(path=write_template(files)))
        return
    made = likeness(files, folder=_folder(files, study, run, output))
    if made.similar is None and not made.findings:
        raise SurveyError(
            "there is no list of the province's units",
            where=str(study),
            hint="name it in study.yaml (province_units:), write it with --template",
        )
    tables = made.tables
    frames = {name: tables[f"similarity_{name}"] for name in ("covariates", "index", "types") if made.similar}
    mark = MARK if made.simulated else ""
    if form == "table" and made.similar is not None:
        click.echo(click.style(mark, fg="yellow", bold=True)) if mark else None
        for sentence in _sentences(made.similar, lang):
            click.echo(sentence)
        other = "en" if lang == "vi" else "vi"
        frames["covariates"] = frames["covariates"].drop(columns=["covariate", f"label_{other}"])
    if frames:
        show(frames, form=form, extra={"mark": mark})
    if made.findings:
        print_findings(made.findings, about="province", lang=lang)


def _folder(files: StudyFiles, study: Path, run: str, output: Path | None) -> Path:
    """Where the list lies: in a rehearsal's folder, or beside the sources."""
    rehearsal = open_case(study, run=run, output=output).folder / "rehearsal" if is_rehearsal(run) else None
    return source_folder(files, rehearsal=rehearsal)


def _sentences(made: Similarity, lang: str) -> list[str]:
    own = made.index[made.index["arm"] == "pilot"]
    said = [
        _SAID[lang].format(
            b=row["b"], band=band(row["b"]).get(lang), low=row["chance_low"], high=row["chance_high"]
        )
        for row in own.to_dict("records")
    ]
    refused = no_prediction(made.unpiloted, words=TYPES)
    return said if refused is None else [*said, refused.get(lang)]


def write_template(files: StudyFiles) -> Path:
    """Write the list with the study's own units; one that is there already is left alone."""
    if files.study.province_units is None:
        raise SurveyError(
            "study names no list of units", where=str(files.folder), hint="add `province_units: province.csv`"
        )
    folder = source_folder(files, rehearsal=None)
    if folder == files.folder and not any((folder / source.path).exists() for source in files.study.sources):
        folder = folder / "raw"  # nothing has come in yet: where sources will lie
    target = folder / files.study.province_units
    if target.exists():
        raise SurveyError("there is a list already", where=str(target), hint="move it away to start anew")
    target.parent.mkdir(parents=True, exist_ok=True)
    text = csv_text(province_template(files.study))
    write_text(target, "\N{BYTE ORDER MARK}" + text)  # without the mark Excel misreads Vietnamese
    return target
