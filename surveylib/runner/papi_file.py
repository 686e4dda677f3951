"""PAPI from a file: the published workbook as it is, or a panel as delimited text."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation.papi import papi_panel
from surveylib.evaluation.papi_workbook import workbook_panel
from surveylib.fieldwork import read_table
from surveylib.instrument.workbook_read import NEW, check_workbook
from surveylib.model.rehearsal import MARK_COLUMN

_WORKBOOKS = (".xlsx", ".xlsm", ".xls")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PapiFile:
    """A panel (`model.papi.PANEL_COLUMNS`), and whether its file bears the mark of a rehearsal."""

    panel: pd.DataFrame
    simulated: bool


def read_papi(path: Path) -> PapiFile:
    """The panel in the file at `path`: ``.xlsx`` as PAPI publishes it, else delimited text.

    Raises
    ------
    SurveyError
        If the file is neither, or too large to be opened safely.
    """
    path = Path(path)
    if path.suffix.lower() in _WORKBOOKS:
        if check_workbook(path) != NEW:
            raise SurveyError(
                "this is an old .xls workbook", where=str(path), hint="save it as .xlsx and name that file"
            )
        return PapiFile(panel=workbook_panel(path), simulated=False)
    rows = read_table(path).rows
    panel = papi_panel(rows.mask(rows == ""), source=str(path))
    return PapiFile(panel=panel, simulated=MARK_COLUMN in rows.columns)
