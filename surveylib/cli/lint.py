"""surveylib lint: check questionnaires."""

from __future__ import annotations

from pathlib import Path

import click
import pandas as pd

from surveylib.cli.output import format_option, show
from surveylib.instrument import lint, load_questionnaire
from surveylib.model.finding import findings_frame


@click.command("lint", epilog="Example: surveylib lint questionnaires/c_clients.yaml --lang en")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("--lang", type=click.Choice(["vi", "en"]), default="vi", show_default=True, help="Language of the messages.")
@format_option
def command(files: tuple[Path, ...], lang: str, form: str) -> int:
    """Check questionnaire FILES against all rules; exit code 1 when there is an error among the findings."""
    found = [(str(file), lint(load_questionnaire(file), source=file)) for file in files]
    frame = pd.concat([findings_frame(part, lang=lang).assign(file=name) for name, part in found], ignore_index=True)
    if form == "table":
        for name, part in found:
            _print(name, part, lang)
    else:
        show({"findings": frame[["file", "code", "severity", "where", "message", "remedy"]]}, form=form)
    return int((frame["severity"] == "error").any())


def _print(name: str, findings, lang: str) -> None:
    colours = {"error": "red", "warning": "yellow", "note": "blue"}
    for finding in findings:
        click.echo(f"{click.style(finding.severity, fg=colours[finding.severity])} {finding.code} {finding.where}")
        click.echo(f"  {finding.message.get(lang)}\n  → {finding.remedy.get(lang)}")
    counts = [sum(f.severity == kind for f in findings) for kind in ("error", "warning", "note")]
    click.echo(f"{name}: {counts[0]} error(s), {counts[1]} warning(s), {counts[2]} note(s)")
