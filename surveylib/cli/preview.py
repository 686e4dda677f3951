"""surveylib preview: a questionnaire as a page to try out."""

from __future__ import annotations

from pathlib import Path

import click

from surveylib.cli.common_options import lang_option
from surveylib.errors import SurveyError
from surveylib.instrument import lint, load_questionnaire
from surveylib.instrument.preview_page import preview
from surveylib.model.text import Text
from surveylib.report.publish import write_text

_MADE = Text(vi="{items} câu, {found} phát hiện", en="{items} items, {found} findings")


@click.command(
    "preview", epilog="Example: surveylib preview questionnaires/c_clients.yaml --output c_clients.html"
)
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--output", type=click.Path(path_type=Path), required=True, help="HTML page to write.")
@lang_option("Language shown first; the page has a switch.")
def command(file: Path, output: Path, lang: str) -> None:
    """Write the questionnaire in FILE as one page that works without a network: skip rules, bounds, words by
    unit, both languages, and the findings of `surveylib lint` beside the items."""
    if output.suffix.lower() not in (".html", ".htm"):
        raise SurveyError("output has another suffix", expected=".html", got=repr(output.name))
    questionnaire = load_questionnaire(file)
    found = lint(questionnaire, source=file)
    write_text(output, preview(questionnaire, lang=lang, findings=found).page)
    said = _MADE.get(lang).format(items=len(questionnaire.items), found=len(found))
    click.echo(f"{output}: {said}")
