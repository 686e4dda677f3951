"""surveylib diff: what changed between two versions of a questionnaire, and what still compares."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import click

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import print_findings, show
from surveylib.instrument.diff import diff
from surveylib.instrument.diff_findings import diff_findings
from surveylib.instrument.diff_page import diff_html, diff_table
from surveylib.instrument.revision import load_version
from surveylib.model.change import Diff
from surveylib.model.finding import Finding, findings_frame
from surveylib.report.publish import write_text

_EXAMPLE = "Example: surveylib diff HEAD~3:questionnaires/c_clients.yaml questionnaires/c_clients.yaml"


@click.command("diff", epilog=_EXAMPLE)
@click.argument("old")
@click.argument("new")
@lang_option("Language of the table.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["table", "json", "csv", "html"]),
    default="table",
    show_default=True,
    help="How to print the result; html is a page in both languages.",
)
@click.option("--output", type=click.Path(path_type=Path), help="Write json or html into this file.")
def command(old: str, new: str, lang: str, form: str, output: Path | None) -> int:
    """Compare two versions of a questionnaire. OLD and NEW are files, or git revisions as REV:path.

    Every change is comparable, comparable with a note, or not comparable; skip rules are compared by what
    they do, not by how they are written. Exit code 1 when an anchor was touched, an id stands for another
    question or the version was not raised; 2 when a version cannot be read; else 0, also where answers do
    not compare: that may be what was wanted.
    """
    if output is not None and form not in ("json", "html"):
        raise click.UsageError("--output goes with --format json or html")
    before, after = load_version(old), load_version(new)
    found = diff(before, after)
    hits = diff_findings(found, old=before, new=after)
    if form in ("json", "html"):
        text = diff_html(found, findings=hits) if form == "html" else _json(found, hits, lang)
        if output is None:
            click.echo(text, nl=False)
        else:
            write_text(output, text)
    else:
        show({"changes": diff_table(found, lang=lang)}, form=form)
        if form == "table":
            print_findings(hits, about=f"{found.new.id} {found.old.version} → {found.new.version}", lang=lang)
    return int(any(hit.severity == "error" for hit in hits))


def _json(found: Diff, hits: tuple[Finding, ...], lang: str) -> str:
    document = asdict(found) | {
        "not_comparable": list(found.broken),
        "findings": findings_frame(hits, lang=lang).to_dict("records"),
    }
    return json.dumps(document, ensure_ascii=False, indent=2) + "\n"
