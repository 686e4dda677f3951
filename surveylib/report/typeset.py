"""Words into a PDF by typst, tagged for readers that speak it (PDF/UA-1), the same bytes each time.

Words reach typst as data, never as markup; nothing a person typed can change the page.
"""

from __future__ import annotations

import datetime
import json
from pathlib import Path

import typst

from surveylib.errors import SurveyError


def typeset(template: Path, *, name: str, title: str, data: dict, made: datetime.date) -> tuple[bytes, int]:
    """The PDF that `template` makes of `data`, which it finds under `name`, and its number of pages.

    `made` is the day written into the file, so that the bytes do not depend on the clock. A template says
    its number of pages by metadata labelled ``<last-page>``; `title` names the paper in errors.

    Raises
    ------
    SurveyError
        If typst refuses the page or warns of anything.
    """
    compiler = typst.Compiler(
        input=str(template),
        root=str(template.parent),
        ignore_system_fonts=True,
        sys_inputs={name: json.dumps(data, ensure_ascii=False, allow_nan=False)},
    )
    stamp = datetime.datetime(made.year, made.month, made.day, tzinfo=datetime.UTC)
    try:
        content, warnings = compiler.compile_with_warnings(
            format="pdf", pdf_standards=["ua-1"], timestamp=stamp
        )
        pages = compiler.query("<last-page>", field="value", one=True)
    except typst.TypstError as error:
        raise SurveyError(f"typst refuses the {name}", where=title, got=str(error)) from error
    if warnings:
        found = "; ".join(map(str, warnings))
        raise SurveyError(f"typst warns about the {name}", where=title, got=found)
    return content, json.loads(pages)
