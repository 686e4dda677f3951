"""surveylib lint: check questionnaires."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from surveylib import documents
from surveylib.cli.output import format_option, print_findings, show
from surveylib.errors import SurveyError
from surveylib.instrument import check_quotes, lint, load_questionnaire, plan_criteria, quote_hash
from surveylib.model.finding import Finding, findings_frame


@click.command("lint", epilog="Example: surveylib lint questionnaires/c_clients.yaml --lang en")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    help="Text of the plan (UTF-8): also hold each criterion against its sentence there.",
)
@click.option("--hashes", is_flag=True, help="Only print the quote_hash of every criterion of --plan.")
@click.option(
    "--lang",
    type=click.Choice(["vi", "en"]),
    default="vi",
    show_default=True,
    help="Language of the messages.",
)
@format_option
def command(files: tuple[Path, ...], plan: Path | None, hashes: bool, lang: str, form: str) -> int:
    """Check questionnaire FILES against all rules; exit code 1 when there is an error among the findings."""
    text = None if plan is None else documents.read_text(plan)
    if hashes:
        if text is None:
            raise SurveyError(
                "no plan to take the hashes from", expected="--plan FILE together with --hashes"
            )
        rows = [(name, quote_hash(words), words) for name, words in plan_criteria(text).items()]
        show({"criteria": pd.DataFrame(rows, columns=["criterion", "quote_hash", "sentence"])}, form=form)
        return 0
    found = [(str(file), _findings(file, text)) for file in files]
    frames = [findings_frame(part, lang=lang).assign(file=name) for name, part in found]
    frame = pd.concat(frames, ignore_index=True)
    if form == "table":
        for name, part in found:
            print_findings(part, about=name, lang=lang)
    else:
        show({"findings": frame[["file", "code", "severity", "where", "message", "remedy"]]}, form=form)
    return int((frame["severity"] == "error").any())


def _findings(file: Path, plan: str | None) -> tuple[Finding, ...]:
    questionnaire = load_questionnaire(file)
    found = lint(questionnaire, source=file)
    return found if plan is None else (*found, *check_quotes(questionnaire, plan_text=plan))
