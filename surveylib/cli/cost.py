"""surveylib cost: the finance department's form, and what a run makes of it."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import format_option, print_findings, show
from surveylib.errors import SurveyError
from surveylib.evaluation import cost_template
from surveylib.report.estimates import csv_text
from surveylib.report.publish import write_text
from surveylib.runner.case import open_case
from surveylib.runner.gather import source_folder
from surveylib.runner.place import REHEARSAL, StudyFiles, open_study

_WRITTEN = {
    "vi": "Đã ghi biểu mẫu {path}: điền số tiền (đồng) vào cột cuối, rồi chạy lại.",
    "en": "The form was written to {path}: fill in the amounts (đồng), then run again.",
}


@click.command("cost", epilog="Example: surveylib cost data/binh_duong --template")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--template", is_flag=True, help="Write the blank form where the study looks for it.")
@click.option("--run", "run", default=REHEARSAL, show_default=True, metavar="NAME", help="Run to take.")
@click.option("--output", type=click.Path(path_type=Path), help="Folder of reports.")
@lang_option("Language of sentences.")
@format_option
def command(study: Path, template: bool, run: str, output: Path | None, lang: str, form: str) -> None:
    """What an additional satisfied visitor costs in STUDY, from which worth on roll-out pays, and what it is
    worth to know more first.

    The form is a CSV with a line an item: unit, item, kind (one-off, monthly, yearly, per wave), đồng. It
    lies where ``costs:`` of study.yaml says, beside the sources. --format csv prints the break-even curve.
    """
    if template:
        click.echo(_WRITTEN[lang].format(path=write_template(open_study(study))))
        return
    case = open_case(study, run=run, output=output)
    value = case.value
    if value is None:
        raise SurveyError("there is no effect to set costs against", where=f"run {run}")
    frames = {"curve": value.curve, "information": value.information}
    if form != "table":
        names = (
            "outcome",
            "horizon",
            "unit_cost",
            "survey_cost",
            "visitors",
            "ratio",
            "ratio_low",
            "ratio_high",
        )
        extra = {name: getattr(value, name) for name in names} | {"mark": case.mark}
        extra["refusals"] = [dataclasses.asdict(one) for one in value.refusals]
        show(frames, form=form, extra=extra)
        return
    if case.mark:
        click.echo(click.style(case.mark, fg="yellow", bold=True))
    for sentence in value.sentences:
        click.echo(sentence.get(lang))
    other = "en" if lang == "vi" else "vi"
    frames["information"] = value.information.drop(columns=f"label_{other}")
    filled = {name: frame for name, frame in frames.items() if not frame.empty}
    if filled:
        show(filled, form=form)
    for refusal in value.refusals:
        click.echo(f"{refusal.code}: {refusal.why.get(lang)}\n  → {refusal.still.get(lang)}")
    if value.findings:
        print_findings(value.findings, about="costs", lang=lang)


def write_template(files: StudyFiles) -> Path:
    """Write the blank form; one that is there already is left alone."""
    if files.study.costs is None:
        raise SurveyError("study names no cost form", where=str(files.folder), hint="add `costs: costs.csv`")
    folder = source_folder(files, rehearsal=None)
    if folder == files.folder and not any((folder / source.path).exists() for source in files.study.sources):
        folder = folder / "raw"  # nothing has come in yet: where sources will lie
    target = folder / files.study.costs
    if target.exists():
        raise SurveyError("there is a form already", where=str(target), hint="move it away to start anew")
    target.parent.mkdir(parents=True, exist_ok=True)
    text = csv_text(cost_template(files.study))
    write_text(target, "\N{BYTE ORDER MARK}" + text)  # without the mark Excel misreads Vietnamese
    return target
