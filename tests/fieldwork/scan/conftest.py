"""Printed sheets of the client form, and the pictures of their pages."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from surveylib import documents
from surveylib.instrument import load_questionnaire
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from surveylib.report.paper import typeset_form
from surveylib.report.paper_sheets import draw_serials, print_sheets
from surveylib.rng import stream
from tests.fieldwork.scan.forms_filled_in import rendered

ROOT = Path(__file__).resolve().parents[3]
COUNT = 4


@pytest.fixture(scope="session")
def printed():
    """`COUNT` numbered sheets: their layout, serials, and pages (two a sheet) as grey pictures."""
    study = documents.read(ROOT / "data/binh_duong/study.yaml", Study)
    questionnaire = load_questionnaire(ROOT / "questionnaires/c_clients.yaml")
    form = typeset_form(questionnaire, setting=Setting(study=study, unit="phu_cuong", wave="t0"))
    serials = draw_serials(stream(1, "paper"), count=COUNT)
    pdf = print_sheets(form, serials=serials, wave="t0", unit="phu_cuong")
    pages = rendered(pdf)
    return SimpleNamespace(
        layout=form.layout, serials=serials, pages=pages, pdf=pdf, study=study, questionnaire=questionnaire
    )
