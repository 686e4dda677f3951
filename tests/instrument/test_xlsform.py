"""The workbook we export: valid for others, the same bytes, nothing that a spreadsheet computes."""

from __future__ import annotations

import datetime
import io
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from openpyxl import load_workbook
from pyxform.validators import odk_validate
from pyxform.xls2xform import convert

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument import load_questionnaire
from surveylib.instrument.xlsform import LANGUAGES, xlsform
from surveylib.instrument.xlsform_answers import constraint, constraint_message
from surveylib.model.questionnaire import Choice, Item, Questionnaire, Scale
from surveylib.model.setting import Setting
from surveylib.model.study import Study
from surveylib.model.text import Text

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENTS = sorted((ROOT / "questionnaires").glob("*_*.yaml"))
XF = {"x": "http://www.w3.org/2002/xforms", "h": "http://www.w3.org/1999/xhtml"}
OURS = "{urn:surveylib:questionnaire}"


@pytest.fixture(scope="module")
def study() -> Study:
    return documents.read(ROOT / "data" / "binh_duong" / "study.yaml", Study)


def settings(study: Study) -> list[Setting]:
    return [
        Setting(),
        Setting(study=study),
        Setting(study=study, unit=study.units[0].id, wave=study.waves[0].id),
    ]


def tiny(**changes: object) -> Questionnaire:
    """Two questions, the second asked after a yes."""
    yes, no = (Choice(code=c, text=Text(vi=v, en=e)) for c, v, e in ((1, "Có", "Yes"), (0, "Không", "No")))
    made = Questionnaire(
        id="tiny",
        instrument="C",
        version="1.0.0",
        title=Text(vi="Phiếu", en="Form"),
        notice=Text(vi="Thử", en="Trial"),
        scales=(Scale(id="YN", kind="binary", choices=(yes, no), positive=(1,)),),
        items=(
            Item(id="met", text=Text(vi="Đã gặp?", en="Met?"), scale="YN"),
            Item(id="glad", text=Text(vi="Có vui?", en="Glad?"), scale="YN", ask_if="met == 1"),
        ),
    )
    return replace(made, **changes)


def form_of(questionnaire: Questionnaire, setting: Setting) -> tuple[str, list[str]]:
    converted = convert(xlsform(questionnaire, setting=setting)[0], file_type=".xlsx", form_name="data")
    return converted.xform, converted.warnings


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_pyxform_takes_it_without_a_warning(path: Path, study: Study) -> None:
    for setting in settings(study):
        assert form_of(load_questionnaire(path), setting)[1] == []


@pytest.mark.needs_java
def test_odk_validate_takes_every_form_and_no_broken_one(study: Study, tmp_path: Path) -> None:
    forms = []
    for path in INSTRUMENTS:
        for number, setting in enumerate(settings(study)):
            forms.append(tmp_path / f"{path.stem}_{number}.xml")
            forms[-1].write_text(form_of(load_questionnaire(path), setting)[0], encoding="utf-8")
    broken = tmp_path / "broken.xml"
    broken.write_text(form_of(tiny(), Setting())[0].replace(' relevant="', ' relevant="('), encoding="utf-8")
    assert validated(forms) == (0, len(INSTRUMENTS) * 3)
    assert validated([broken])[0] != 0


def validated(forms: list[Path]) -> tuple[int, int]:
    """ODK Validate's exit code, and how many forms it called valid."""
    jar = Path(odk_validate.__file__).parent / "bin" / "ODK_Validate.jar"
    command = ["java", "-jar", str(jar), *map(str, forms)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    return run.returncode, (run.stdout + run.stderr).count("Xform is valid")


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_criteria_travel_inside_the_form(path: Path) -> None:
    questionnaire = load_questionnaire(path)
    root = ElementTree.fromstring(form_of(questionnaire, Setting())[0])
    told = {
        bind.get("nodeset").rsplit("/", 1)[1]: bind.get(f"{OURS}criterion")
        for bind in root.iterfind(".//x:bind", XF)
        if bind.get(f"{OURS}criterion")
    }
    assert told == {item.id: " ".join(item.criteria) for item in questionnaire.items if item.criteria}


def test_vietnamese_is_the_default_and_off_scale_codes_stand_last() -> None:
    root = ElementTree.fromstring(
        form_of(load_questionnaire(ROOT / "questionnaires/c_clients.yaml"), Setting())[0]
    )
    languages = {node.get("lang"): node.get("default") for node in root.iterfind(".//x:translation", XF)}
    assert languages == {LANGUAGES["vi"]: "true()", LANGUAGES["en"]: None}
    codes = [node.text for node in root.iterfind(".//x:instance[@id='L5']/x:root/x:item/x:name", XF)]
    assert codes == ["1", "2", "3", "4", "5", "8", "9"]
    assert {node.get("appearance") for node in root.iterfind(".//x:select1", XF)} == {None}


def test_same_questionnaire_same_bytes() -> None:
    questionnaire = load_questionnaire(INSTRUMENTS[0])
    assert xlsform(questionnaire)[0] == xlsform(load_questionnaire(INSTRUMENTS[0]))[0]


@pytest.mark.parametrize("words", ["=HYPERLINK(1)", "+1", "-2", "@SUM(1)", "\t=1"])
def test_no_cell_is_a_formula_and_the_words_survive(words: str) -> None:
    item = replace(tiny().items[0], text=Text(vi=words, en=words))
    content = xlsform(tiny(items=(item,)))[0]
    cells = [
        cell for sheet in load_workbook(io.BytesIO(content)) for row in sheet.iter_rows() for cell in row
    ]
    assert {cell.data_type for cell in cells if cell.value is not None} == {"s"}
    assert not any(str(cell.value).startswith(("=", "+", "-", "@", "\t")) for cell in cells)
    assert f"<value>{words.strip()}</value>" in form_of(tiny(items=(item,)), Setting())[0]


def test_a_form_for_one_unit_asks_for_no_unit(study: Study) -> None:
    questionnaire = load_questionnaire(ROOT / "questionnaires/r_residents.yaml")
    unit = next(unit for unit in study.units if unit.place == "commune")
    form, _ = form_of(questionnaire, Setting(study=study, unit=unit.id, wave="t0"))
    root = ElementTree.fromstring(form)
    asked = {node.get("ref").rsplit("/", 1)[-1] for node in root.find("h:body", XF).iter() if node.get("ref")}
    assert not {"unit", "wave", "unit_type", "unit_place"} & asked
    assert "ấp" in form and "Trưởng khu phố (Trưởng ấp)" not in form


def test_names_that_the_form_adds_are_refused() -> None:
    item = replace(tiny().items[0], id="unit_type")
    other = replace(tiny().items[1], applies_to=("LG",), ask_if=None)
    with pytest.raises(SurveyError, match="one name"):
        xlsform(tiny(items=(replace(item, id="notice"), other)))
    with pytest.raises(SurveyError, match="cannot name a list"):
        xlsform(
            tiny(scales=(replace(tiny().scales[0], id="Y N"),), items=(replace(item, id="a", scale="Y N"),))
        )


def test_control_characters_and_endless_texts_are_refused() -> None:
    for words, message in (("a\x01b", "control character"), ("x" * 33_000, "too long")):
        with pytest.raises(SurveyError, match=message):
            xlsform(tiny(notice=Text(vi=words, en="x")))


def test_bounds_and_what_is_said_when_they_are_broken() -> None:
    off = (Choice(code=99, text=Text(vi="Không nhớ", en="Forgotten")),)
    visits = Scale(id="V", kind="number", minimum=1, maximum=50, integer=True, off_scale=off)
    assert constraint(visits) == "(. >= 1 and . <= 50) or . = 99"
    assert constraint_message(visits).vi == "Ghi một số nguyên từ 1 đến 50, hoặc 99 (Không nhớ)."
    day = Scale(id="D", kind="date", earliest=datetime.date(2015, 2, 1))
    assert constraint(day) == ". >= date('2015-02-01')"
    assert constraint_message(day).vi == "Ghi một ngày từ 01/02/2015."
    assert constraint_message(day).en == "Give a date from 2015-02-01 on."
    assert constraint_message(Scale(id="N", kind="number")) is None


def test_random_order_is_said_not_to_travel() -> None:
    _, findings = xlsform(load_questionnaire(ROOT / "questionnaires/s_staff.yaml"))
    assert [finding.code for finding in findings] == ["X101"]


def test_a_count_is_not_above_the_one_it_is_part_of():
    asked = load_questionnaire(ROOT / "questionnaires" / "a_records.yaml")
    sheet = load_workbook(io.BytesIO(xlsform(asked)[0]))["survey"]
    head, *lines = sheet.iter_rows(values_only=True)
    row = next(dict(zip(head, line, strict=True)) for line in lines if line[1] == "a2_on_time")
    assert row["constraint"] == ". >= 0 and . <= 100000 and (${a2_due} = '' or . <= ${a2_due})"
    assert row["bind::surveylib:part_of"] == "a2_due"
    assert "Không lớn hơn con số ở câu “Số hồ sơ có hạn" in row[f"constraint_message::{LANGUAGES['vi']}"]
    assert (
        "Not more than the answer to “Number of dossiers due" in row[f"constraint_message::{LANGUAGES['en']}"]
    )
