"""surveylib scan: filled paper forms into answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import click

from surveylib.cli.common_options import lang_option
from surveylib.cli.output import print_findings
from surveylib.errors import SurveyError
from surveylib.fieldwork.read import read_table
from surveylib.fieldwork.scan.decisions import read_decisions
from surveylib.fieldwork.scan.gather import gather_pages, picture_name, sheet_names
from surveylib.fieldwork.scan.layouts import read_layout
from surveylib.fieldwork.scan.page import scan_folder
from surveylib.fieldwork.scan.register import join_register
from surveylib.model.scanned import ScannedPage
from surveylib.report.estimates import write_csv
from surveylib.report.publish import write_bytes, write_text
from surveylib.report.scan_review import review_page


@click.command(
    "scan", epilog="Example: surveylib scan scans/ --layout phu_cuong_t0.layout.json --output answers.csv"
)
@click.argument("folder", type=click.Path(path_type=Path))
@click.option(
    "--layout",
    "layouts",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="Map of a printed form (NAME.layout.json); may be given several times.",
)
@click.option("--output", type=click.Path(path_type=Path), required=True, help="CSV of answers to write.")
@click.option(
    "--decisions", type=click.Path(path_type=Path), help="The list of doubts with its answers filled in."
)
@click.option(
    "--register",
    "registers",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Link register of `surveylib paper`, its dossiers filled in; may be given several times. Adds the "
    "column dossier, by which `surveylib ingest` links the sheets to the sample.",
)
@lang_option("Language of the messages.")
def command(
    folder: Path,
    layouts: tuple[Path, ...],
    output: Path,
    decisions: Path | None,
    registers: tuple[Path, ...],
    lang: str,
) -> int:
    """Read the scans (PNG, JPEG, TIFF, PDF) in FOLDER into one row a sheet, ready for `surveylib ingest`.

    What is unsure, and all handwriting, is never guessed: it stays blank and is listed with its picture in
    NAME.review/ (index.html, decisions.csv). Fill in answer, by and on in decisions.csv, keep it elsewhere,
    and give it back with --decisions; every decision becomes a line of NAME.corrections.csv. Exit code 1
    when a page could not be read or is missing.
    """
    if output.suffix.lower() != ".csv":
        raise SurveyError("output has another suffix", expected=".csv", got=repr(output.name))
    maps = tuple(read_layout(path) for path in layouts)
    decided = {} if decisions is None else read_decisions(read_table(decisions).rows)
    keys = tuple(read_table(path).rows for path in registers)
    review = output.with_suffix(".review")
    table = review / "decisions.csv"
    if decisions is None and table.exists() and read_decisions(read_table(table).rows):
        raise SurveyError(
            "answers were written into the list of doubts", where=str(table), hint="--decisions"
        )
    pages = list(_filed(scan_folder(folder, layouts=maps), review))
    sheets, findings = gather_pages(pages, layouts=maps, decisions=decided)
    if decisions is None or decisions.resolve() != table.resolve():
        write_csv(sheets.doubts, table)
    write_text(review / "index.html", review_page(sheets.doubts, layouts=maps, table=table.name))
    answers = sheets.answers
    if keys:
        answers, linked = join_register(answers, registers=keys)
        findings += linked
    write_csv(sheets.corrections, output.with_suffix(".corrections.csv"))
    write_csv(answers, output)
    print_findings(findings, about=f"{output}: {len(answers)} sheets", lang=lang)
    return int(any(finding.severity == "error" for finding in findings))


def _filed(pages: Iterable[ScannedPage], review: Path) -> Iterator[ScannedPage]:
    """The pages with their pictures put into files, so that a thousand forms need no memory for them."""
    count: dict[str, int] = {}
    for page in pages:
        for serial, placed in sheet_names((page,), count):
            for reading in placed.readings:
                if reading.picture:
                    write_bytes(review / picture_name(serial, reading.item), reading.picture)
        yield replace(page, readings=tuple(replace(one, picture=b"") for one in page.readings))
