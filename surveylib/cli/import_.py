"""surveylib import: a workbook into a questionnaire."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import print_findings
from surveylib.errors import SurveyError
from surveylib.instrument.write import questionnaire_yaml
from surveylib.instrument.xlsform_read import read_xlsform
from surveylib.report.publish import write_text


@click.command("import", epilog="Example: surveylib import c_clients.xlsx --output c_clients.yaml")
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), required=True, help="YAML file to write.")
@click.option("--force", is_flag=True, help="Write over a file that is there.")
@lang_option("Language of the messages, and of columns that name none.")
def command(file: Path, output: Path, force: bool, lang: str) -> int:
    """Read the XLSForm in FILE (.xlsx, .xls) into a questionnaire: one that `surveylib export` wrote without
    loss, another as far as it goes. What could not be carried over is said as findings; exit code 1 when
    there is an error among them."""
    if output.exists() and not force:
        raise SurveyError("output exists", where=str(output), hint="name another file, or add --force")
    questionnaire, findings = read_xlsform(file, lang=lang)
    write_text(output, questionnaire_yaml(questionnaire))
    print_findings(findings, about=str(output), lang=lang)
    return int(any(finding.severity == "error" for finding in findings))
