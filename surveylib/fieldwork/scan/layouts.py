"""Maps of printed forms, as `surveylib paper` writes them."""

from __future__ import annotations

import json
from pathlib import Path

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.fieldwork.scan.printed import decode_print
from surveylib.model.paper_layout import PaperLayout


def read_layout(path: Path) -> PaperLayout:
    """The layout in the JSON file at `path`.

    Raises
    ------
    SurveyError
        If it is no JSON, not the map of a form, or its pictures of the print are damaged.
    """
    try:
        document = json.loads(documents.read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise SurveyError("not the map of a form", where=str(path), got=str(error)) from error
    layout = documents.build(document, PaperLayout, where=str(path))
    for page in range(1, layout.pages + 1):
        decode_print(layout, page)
    return layout
