"""surveylib lint: check questionnaires."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

import click
import pandas as pd

from surveylib import __version__, documents
from surveylib.cli.common_options import lang_option
from surveylib.cli.output import print_findings, show
from surveylib.errors import SurveyError
from surveylib.instrument import check_quotes, lint, load_questionnaire, plan_criteria, quote_hash
from surveylib.instrument.lint import RULES
from surveylib.instrument.lint.catalogue import rule_catalogue
from surveylib.instrument.lint.sarif import sarif
from surveylib.model.finding import Finding, PlacedFinding

_COLUMNS = ["file", "line", "item", "language", "code", "severity", "where", "message", "remedy"]


def _print_rules(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
    if wanted:
        click.echo(rule_catalogue(), nl=False)
        ctx.exit()


@click.command("lint", epilog="Example: surveylib lint questionnaires/c_clients.yaml --lang en")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option(
    "--plan",
    type=click.Path(path_type=Path),
    help="Text of the plan (UTF-8): also hold each criterion against its sentence there.",
)
@click.option("--hashes", is_flag=True, help="Only print the quote_hash of every criterion of --plan.")
@click.option(
    "--rules",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_print_rules,
    help="Only print the catalogue of rules (docs/lint_rules.md).",
)
@lang_option("Language of the messages.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "sarif"]),
    default="table",
    show_default=True,
    help="How to print the result; sarif (2.1.0) is for code hosts and editors.",
)
def command(files: tuple[Path, ...], plan: Path | None, hashes: bool, lang: str, form: str) -> int:
    """Check questionnaire FILES against all rules, all findings at once.

    Exit code 1 when there is an error among the findings, 2 when a file cannot be read as a questionnaire.
    """
    text = None if plan is None else documents.read_text(plan)
    if hashes:
        return _show_hashes(text, form)
    found = {file: _findings(file, text) for file in files}
    if form == "table":
        for name, part in found.items():
            print_findings(part, about=str(name), lang=lang)
    elif form == "sarif":
        log = sarif(found, rules=RULES, version=__version__, lang=lang)
        click.echo(json.dumps(log, ensure_ascii=False, indent=2))
    else:
        show({"findings": _frame(found.items(), lang)}, form=form)
    return int(any(hit.severity == "error" for part in found.values() for hit in part))


def _show_hashes(text: str | None, form: str) -> int:
    if text is None:
        raise SurveyError("no plan to take the hashes from", expected="--plan FILE together with --hashes")
    rows = [(name, quote_hash(words), words) for name, words in plan_criteria(text).items()]
    frame = pd.DataFrame(rows, columns=["criterion", "quote_hash", "sentence"])
    show({"criteria": frame}, form="json" if form == "sarif" else form)
    return 0


def _findings(file: Path, plan: str | None) -> tuple[Finding, ...]:
    questionnaire = load_questionnaire(file)
    found = lint(questionnaire, source=file)
    return found if plan is None else (*found, *check_quotes(questionnaire, plan_text=plan))


def _frame(found: Iterable[tuple[Path, Iterable[Finding]]], lang: str) -> pd.DataFrame:
    rows = [
        (
            str(file),
            *_place(hit),
            hit.code,
            hit.severity,
            hit.where,
            hit.message.get(lang),
            hit.remedy.get(lang),
        )
        for file, hits in found
        for hit in hits
    ]
    frame = pd.DataFrame(rows, columns=_COLUMNS)
    return frame.astype({"line": "Int64"}).astype({"line": object}).where(frame["line"].notna(), None)


def _place(hit: Finding) -> tuple[int | None, str, str | None]:
    return (hit.line, hit.part, hit.lang) if isinstance(hit, PlacedFinding) else (None, hit.where, None)
