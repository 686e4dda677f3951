"""Workbooks that come in: ours without loss, others as far as they go, strange ones with a word about it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from openpyxl.worksheet.worksheet import Worksheet
from pyxform.xls2xform import convert

from surveylib.errors import SurveyError
from surveylib.instrument import load_questionnaire
from surveylib.instrument.workbook_read import LARGEST
from surveylib.instrument.write import questionnaire_yaml
from surveylib.instrument.xlsform import xlsform
from surveylib.instrument.xlsform_bounds import read_bounds
from surveylib.instrument.xlsform_read import read_xlsform
from surveylib.model.questionnaire import Questionnaire

ROOT = Path(__file__).resolve().parents[2]
INSTRUMENTS = sorted((ROOT / "questionnaires").glob("*_*.yaml"))
CLIENTS = ROOT / "questionnaires" / "c_clients.yaml"


def exported(path: Path, folder: Path) -> tuple[Questionnaire, Path]:
    questionnaire = load_questionnaire(path)
    book = folder / f"{path.stem}.xlsx"
    book.write_bytes(xlsform(questionnaire)[0])
    return questionnaire, book


def edited(folder: Path, edit: Callable[[Workbook], None], path: Path = CLIENTS) -> Path:
    """Our workbook of an instrument after somebody worked on it."""
    _, file = exported(path, folder)
    book = load_workbook(file)
    edit(book)
    book.save(file)
    return file


def cell(sheet: Worksheet, name: str, header: str):
    """The cell of the row with this name, under this header."""
    headers = [place.value for place in sheet[1]]
    row = next(row for row in sheet.iter_rows(min_row=2) if row[headers.index("name")].value == name)
    return row[headers.index(header)]


def made(folder: Path, rows: list[list[object]], choices: list[list[object]] | None = None) -> Path:
    """A workbook of somebody else."""
    book = Workbook()
    book.active.title = "survey"
    for row in rows:
        book.active.append(row)
    if choices:
        sheet = book.create_sheet("choices")
        for row in [["list_name", "name", "label"], *choices]:
            sheet.append(row)
    file = folder / "theirs.xlsx"
    book.save(file)
    return file


@pytest.mark.parametrize("path", INSTRUMENTS, ids=lambda path: path.stem)
def test_ours_come_back_without_loss(path: Path, tmp_path: Path) -> None:
    questionnaire, book = exported(path, tmp_path)
    returned, findings = read_xlsform(book)
    assert returned == questionnaire and findings == ()
    file = tmp_path / "returned.yaml"
    file.write_text(questionnaire_yaml(returned), encoding="utf-8")
    assert load_questionnaire(file) == questionnaire


def test_edits_are_read(tmp_path: Path) -> None:
    def edit(book: Workbook) -> None:
        survey = book["survey"]
        cell(survey, "a1_simple", "label::Tiếng Việt (vi)").value = "Giấy tờ có đơn giản không?"
        cell(survey, "d2_apology", "relevant").value = "${a2_ontime} = 3 or ${a2_ontime} = 4"
        cell(survey, "b2_reply", "relevant").value = None
        cell(survey, "a1_trips", "required").value = "yes"
        headers = [place.value for place in survey[1]]
        added = {"type": "integer", "name": "people", "constraint": ". >= 1 and . < 20"}
        added |= {"label::Tiếng Việt (vi)": "Mấy người đi cùng?", "label::English (en)": "How many came?"}
        place = cell(survey, "a1_trips", "name").row
        survey.insert_rows(place)
        for header, value in added.items():
            survey.cell(place, headers.index(header) + 1).value = value

    returned, findings = read_xlsform(edited(tmp_path, edit))
    assert findings == ()
    assert returned.item("a1_simple").text.vi == "Giấy tờ có đơn giản không?"
    assert returned.item("d2_apology").ask_if == "a2_ontime in [3, 4]"
    assert returned.item("b2_reply").ask_if is None and returned.item("a1_trips").required
    ids = [item.id for item in returned.items]
    assert ids[ids.index("people") + 1] == "a1_trips"
    scale = returned.scale_of("people")
    assert (scale.minimum, scale.maximum, scale.integer) == (1, 19, True)


def test_edits_that_cannot_be_read_are_said(tmp_path: Path) -> None:
    def edit(book: Workbook) -> None:
        cell(book["survey"], "a1_trips", "constraint").value = ". > 3"
        cell(book["survey"], "d2_apology", "relevant").value = "count(${a2_ontime}) > 1"
        cell(book["survey"], "sex", "type").value = "image"
        book["settings"]["B2"].value = "Tên khác"

    returned, findings = read_xlsform(edited(tmp_path, edit))
    assert sorted(finding.code for finding in findings) == ["X301", "X302", "X303", "X310", "X310"]
    assert returned.item("d2_apology").ask_if is None
    places = [finding.where for finding in findings if finding.code != "X301"]
    assert all("line" in place or "settings" in place for place in places)


def test_a_cell_that_cannot_be_names_its_line(tmp_path: Path) -> None:
    def edit(book: Workbook) -> None:
        book["scales"]["B2"].value = "ordnial"

    with pytest.raises(SurveyError, match="sheet scales, line 2"):
        read_xlsform(edited(tmp_path, edit))


@pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")
def test_agrees_with_pyxform_on_which_forms_are_valid(shared: Path) -> None:
    books = sorted((shared / "data" / "xlsforms").rglob("*.xls*"))
    valid = {}
    for book in books:
        try:
            convert(str(book))
            valid[book.name, book.parent.name] = True
        except Exception:
            valid[book.name, book.parent.name] = False
    ours = {}
    for book in books:
        try:
            questionnaire, findings = read_xlsform(book)
            ours[book.name, book.parent.name] = True
            assert questionnaire.items or "X309" in {finding.code for finding in findings}
        except SurveyError as error:
            ours[book.name, book.parent.name] = False
            assert error.where and error.what
    assert len(books) > 50 and ours == valid and set(valid.values()) == {True, False}


def test_a_form_of_others(tmp_path: Path) -> None:
    file = made(
        tmp_path,
        [
            [
                "type",
                "name",
                "label::English (en)",
                "label::Tiếng Việt (vi)",
                "relevant",
                "constraint",
                "required",
            ],
            ["begin_group", "About-You", "You", "Về Ông/Bà", "", "", ""],
            ["select_one sex", "Sex", "Sex?", "Giới tính?", "", "", "yes"],
            ["integer", "age", "Age?", "Tuổi?", "", ". >= 18 and . <= 110", ""],
            ["end_group", "", "", "", "", "", ""],
            [
                "select_multiple ways",
                "how",
                "How, ${age}?",
                "Cách nào?",
                "${Sex} = 'f' and ${age} > 20",
                "",
                "",
            ],
            ["geopoint", "where", "Where?", "Ở đâu?", "", "", ""],
            ["text", "other", "Other?", "Khác?", "selected(${how}, 'b')", "", ""],
        ],
        [["sex", "f", "Female"], ["sex", "m", "Male"], ["ways", "a", "A"], ["ways", "b", "B"]],
    )
    questionnaire, findings = read_xlsform(file, lang="en")
    assert sorted(finding.code for finding in findings) == ["X302", "X305", "X306", "X306", "X308"]
    assert [item.id for item in questionnaire.items] == ["sex", "age", "how", "other"]
    assert [section.id for section in questionnaire.sections] == ["about_you", "part"]
    assert questionnaire.item("sex").text.vi == "Giới tính?" and questionnaire.item("sex").required
    assert questionnaire.item("how").ask_if == "sex == 1 and age > 20"
    assert questionnaire.item("other").ask_if == "2 in how"
    assert (questionnaire.scale_of("age").minimum, questionnaire.scale_of("age").maximum) == (18, 110)
    assert questionnaire.scale_of("how").kind == "multiple"


def test_what_is_odd_about_a_workbook_is_said(tmp_path: Path) -> None:
    file = made(
        tmp_path,
        [
            ["type", "name", "label", "hint"],
            ["text", "a", "Tên\tgọi"],
            ["text", "b", "Số?", "=1+1"],
            ["select_one yn", "c", "Cảm ơn?"],
            ["note", "d", "Hết"],
        ],
        [["yn", True, "Có"], ["yn", False, "Không"]],
    )
    book = load_workbook(file)
    book["survey"].merge_cells("C5:D5")
    book["choices"].sheet_state = "hidden"
    book.save(file)
    questionnaire, findings = read_xlsform(file)
    places = {finding.code: finding.where for finding in findings}
    assert {"X201", "X202", "X203", "X204", "X205"} <= set(places)
    assert places["X202"].endswith("sheet survey") and places["X204"].endswith("sheet choices")
    assert [item.id for item in questionnaire.items] == ["a", "b", "c"]


def bomb(folder: Path) -> Path:
    file = folder / "bomb.xlsx"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 100_000_000)
    return file


def entities(folder: Path) -> Path:
    _, file = exported(CLIENTS, folder)
    old = zipfile.ZipFile(io.BytesIO(file.read_bytes()))
    with zipfile.ZipFile(file, "w") as archive:
        for name in old.namelist():
            head = b'<!DOCTYPE x [<!ENTITY a "aaaa">]>' if name == "xl/worksheets/sheet1.xml" else b""
            archive.writestr(name, head + old.read(name))
    return file


def written(name: str, content: bytes) -> Callable[[Path], Path]:
    def write(folder: Path) -> Path:
        (folder / name).write_bytes(content)
        return folder / name

    return write


def cut(folder: Path) -> Path:
    _, file = exported(CLIENTS, folder)
    file.write_bytes(file.read_bytes()[:-2000])
    return file


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (bomb, "unpacks to more"),
        (entities, "entities"),
        (cut, "not a workbook"),
        (written("large.xlsx", b"PK\x03\x04" + bytes(LARGEST)), "too large"),
        (written("x.xlsx", b"PK\x03\x04 and no more"), "not a workbook"),
        (written("x.xlsx", b"type,name,label"), "not a workbook"),
        (written("x.xls", b"\xd0\xcf\x11\xe0 and no more"), "not a valid form"),
        (lambda folder: folder / "absent.xlsx", "cannot be read"),
        (lambda folder: made(folder, [["type", "name", "name"], ["text", "a", "b"]]), "header stands twice"),
        (lambda folder: made(folder, [["type", "name", "label"], ["txt", "a", "b"]]), "not a valid form"),
        (
            lambda folder: made(folder, [["type", "name", "label"], ["text", "a", "=1"]]),
            "hint: .*C2 hold formulas",
        ),
        (
            lambda folder: made(folder, [["type", "name", "label"], *[["text", "", ""]] * 3]),
            "not a valid form",
        ),
    ],
)
def test_what_is_no_form_is_refused(make: Callable[[Path], Path], message: str, tmp_path: Path) -> None:
    with pytest.raises(SurveyError, match=message):
        read_xlsform(make(tmp_path))


def test_far_away_cells_do_not_matter(tmp_path: Path) -> None:
    def edit(book: Workbook) -> None:
        book["survey"]["A1048576"].value = "text"

    questionnaire, _ = read_xlsform(edited(tmp_path, edit))
    assert questionnaire == load_questionnaire(CLIENTS)


@pytest.mark.parametrize(
    ("text", "kind", "bounds"),
    [
        ("", "integer", {}),
        (".>=0", "decimal", {"minimum": 0.0}),
        ("(. > 0) and (. <= 7)", "integer", {"minimum": 1.0, "maximum": 7.0}),
        (". > 0", "decimal", None),
        (". >= 1 and . >= 2", "integer", None),
        (". >= date('2015-01-01')", "date", {"earliest": "2015-01-01"}),
        (". >= 1 or . = 99", "integer", None),
        ("regex(., 'x')", "text", None),
    ],
)
def test_bounds_of_a_constraint(text: str, kind: str, bounds: dict | None) -> None:
    assert read_bounds(text, kind) == bounds
