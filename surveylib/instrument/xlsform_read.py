"""An XLSForm workbook as a questionnaire: ours without loss, other people's as far as it goes."""

from __future__ import annotations

import warnings
from pathlib import Path

from surveylib.errors import SurveyError
from surveylib.instrument.workbook_read import OLD, check_workbook, read_sheets
from surveylib.instrument.xlsform_findings import finding
from surveylib.instrument.xlsform_foreign import Form, foreign_questionnaire, understood
from surveylib.instrument.xlsform_own import own_questionnaire
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.text import Lang


def read_xlsform(path: Path, *, lang: Lang = "vi") -> tuple[Questionnaire, tuple[Finding, ...]]:
    """The questionnaire in the workbook at `path` (.xlsx or .xls), and what of it could not be carried over.

    pyxform says whether the workbook is a valid form. A workbook that `instrument.xlsform` wrote is read cell
    by cell, with the sheets that forms pass over; of any other, what pyxform understood is taken over.

    Parameters
    ----------
    lang : 'vi' or 'en'
        The language of columns that name none.

    Raises
    ------
    SurveyError
        If the file is no workbook, too large, damaged, or no valid form.
    """
    path = Path(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # openpyxl on extensions of spreadsheets that no form needs
        sheets, findings = ({}, ()) if check_workbook(path) == OLD else read_sheets(path)
        form, said = _understood(path, findings)
    findings += tuple(finding("X301", where=path.name, fields={"text": warning}) for warning in said)
    if "questionnaire" in sheets and "scales" in sheets:
        questionnaire, found = own_questionnaire(sheets, where=path.name)
    else:
        questionnaire, found = foreign_questionnaire(form, where=path.name, lang=lang)
    if not questionnaire.items:
        findings += (finding("X309", where=path.name),)
    return questionnaire, findings + found


def _understood(path: Path, findings: tuple[Finding, ...]) -> tuple[Form, tuple[str, ...]]:
    """What pyxform makes of it; its refusal together with what is odd about the workbook, a likely cause."""
    try:
        return understood(path)
    except SurveyError as error:
        odd = "; ".join(f"{known.where}: {known.message.en}" for known in findings)
        raise SurveyError(error.what, where=error.where, got=error.got, hint=odd or None) from error
