"""surveylib coverage: which questionnaire is evidence for which criterion."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import format_option, print_findings, show
from surveylib.instrument import check_set, coverage_of_set, coverage_set_table, load_set
from surveylib.instrument.coverage_set import SIGN_TEXTS
from surveylib.model.finding import findings_frame


@click.command("coverage", epilog="Example: surveylib coverage questionnaires --lang en")
@click.argument("folder", type=click.Path(path_type=Path))
@lang_option("Language of the table.")
@format_option
def command(folder: Path, lang: str, form: str) -> int:
    """The matrix criterion by type of unit over all questionnaires in FOLDER: which of them is primary
    evidence, supports, or is not asked there; exit code 1 when a criterion lacks evidence or an id means two
    things."""
    questionnaires = load_set(folder)
    found = check_set(questionnaires)
    if form == "table":
        table = coverage_set_table(questionnaires, lang=lang)
        show({"coverage": table}, form=form)
        for asked in questionnaires:
            click.echo(f"{asked.instrument}  {asked.title.get(lang)} ({asked.id} {asked.version})")
        click.echo("   ".join(f"{sign} {text.get(lang)}" for sign, text in SIGN_TEXTS.items()))
        print_findings(found, about=str(folder), lang=lang)
    else:
        frames = {"coverage": coverage_of_set(questionnaires), "findings": findings_frame(found, lang=lang)}
        show(frames, form=form)
    return int(any(finding.severity == "error" for finding in found))
