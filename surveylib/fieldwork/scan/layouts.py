"""Maps of printed forms, as `surveylib paper` writes them."""

from __future__ import annotations

import json
from pathlib import Path

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.model.paper_layout import PaperLayout


def read_layout(path: Path) -> PaperLayout:
    """The layout in the JSON file at `path`.

    Raises
    ------
    SurveyError
        If it is no JSON, or not the map of a form.
    """
    try:
        document = json.loads(documents.read_text(path))
    except (json.JSONDecodeError, RecursionError) as error:
        raise SurveyError("not the map of a form", where=str(path), got=str(error)) from error
    return documents.build(document, PaperLayout, where=str(path))
