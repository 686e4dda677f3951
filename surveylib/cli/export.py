"""surveylib export: a questionnaire in the formats of others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import click

from surveylib import documents
from surveylib.cli.common_options import lang_option
from surveylib.cli.output import print_findings
from surveylib.errors import SurveyError
from surveylib.fieldwork.read import read_table
from surveylib.instrument import load_questionnaire
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from surveylib.report.publish import write_bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """One thing a questionnaire can be exported to.

    `make` names a function ``module:name`` of (questionnaire, *, setting) that returns the bytes of the file
    and findings: what the format could not carry. It is imported only when asked for. `beside` names one that
    returns the bytes of a second file, which takes the first one's name with another suffix. One that
    `takes_rows` is also called with ``rows``, the answers of --data or None, and ``lang``, of its labels.
    """

    make: str
    suffix: str
    about: str
    beside: tuple[str, str] | None = None
    takes_rows: bool = False


# One line a format: this is all that a new one needs here.
FORMATS = {
    "xlsform": Format(
        make="surveylib.instrument.xlsform:xlsform", suffix=".xlsx", about="form for ODK, Kobo"
    ),
    "paper": Format(
        make="surveylib.report.paper_sheets:paper_pdf",
        suffix=".pdf",
        about="A4 form, with the map that `scan` reads it by",
        beside=(".layout.json", "surveylib.report.paper_sheets:paper_layout"),
    ),
    "codebook": Format(
        make="surveylib.instrument.codebook:codebook",
        suffix=".html",
        about="every variable and code, with a CSV beside it",
        beside=(".csv", "surveylib.instrument.codebook:codebook_csv"),
    ),
    "ddi": Format(
        make="surveylib.instrument.ddi:ddi", suffix=".xml", about="DDI Lifecycle 3.3, for archives"
    ),
    "spss": Format(
        make="surveylib.instrument.labelled:spss", suffix=".sav", about="labelled data", takes_rows=True
    ),
    "stata": Format(
        make="surveylib.instrument.labelled:stata", suffix=".dta", about="labelled data", takes_rows=True
    ),
    "limesurvey": Format(
        make="surveylib.instrument.limesurvey:limesurvey",
        suffix=".txt",
        about="survey for LimeSurvey's import",
    ),
    "jsonschema": Format(
        make="surveylib.instrument.response_schema:response_schema",
        suffix=".json",
        about="schema of one response, with that of the table of answers",
        beside=(".table.json", "surveylib.instrument.response_schema:table_schema_file"),
    ),
}
_ABOUT = "; ".join(f"{name}: {form.about} ({form.suffix})" for name, form in FORMATS.items())


@click.command(
    "export",
    epilog="Example: surveylib export questionnaires/c_clients.yaml --to xlsform --output c_clients.xlsx",
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--to", "form", type=click.Choice(list(FORMATS)), required=True, help=_ABOUT)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="File to write.")
@click.option(
    "--study",
    type=click.Path(path_type=Path),
    help="Study (folder or study.yaml) whose units and waves the form offers.",
)
@click.option("--unit", help="The one unit of the study that the form is for.")
@click.option("--wave", help="The one wave of the study that the form is for.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    help="Answers (CSV, as `surveylib ingest --output` writes them) to put into labelled data.",
)
@lang_option("Language of the messages, and of the labels in spss and stata (other formats hold both).")
def command(
    file: Path,
    form: str,
    output: Path,
    study: Path | None,
    unit: str | None,
    wave: str | None,
    data: Path | None,
    lang: str,
) -> int:
    """Write the questionnaire in FILE in another format; `spss` and `stata` hold the answers in --data, or
    none. What the format cannot carry is said as findings;
    exit code 1 when there is an error among them."""
    setting = Setting(study=None if study is None else _study(study), unit=unit, wave=wave)
    wanted = FORMATS[form]
    if output.suffix.lower() != wanted.suffix:
        raise SurveyError("output has another suffix", expected=wanted.suffix, got=repr(output.name))
    questionnaire = load_questionnaire(file)
    if data is not None and not wanted.takes_rows:
        raise SurveyError("this format holds no answers", where=f"--to {form}", hint="leave --data out")
    if wanted.takes_rows:
        rows = None if data is None else read_table(data).rows
        content, findings = _named(wanted.make)(questionnaire, setting=setting, rows=rows, lang=lang)
    else:
        content, findings = _named(wanted.make)(questionnaire, setting=setting)
    if wanted.beside is not None:
        suffix, make = wanted.beside
        write_bytes(output.with_suffix(suffix), _named(make)(questionnaire, setting=setting))
    write_bytes(output, content)
    print_findings(findings, about=str(output), lang=lang)
    return int(any(finding.severity == "error" for finding in findings))


def _named(name: str) -> Callable:
    module, function = name.split(":")
    return getattr(import_module(module), function)


def _study(path: Path) -> Study:
    return documents.read(path / "study.yaml" if path.is_dir() else path, Study)
