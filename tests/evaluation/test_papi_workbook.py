"""A workbook of the published form, made here: sheets by year, two rows of headings, the highest last."""

import pandas as pd
import pytest
from openpyxl import Workbook

from surveylib.errors import SurveyError
from surveylib.evaluation.papi import papi_panel
from surveylib.evaluation.papi_workbook import workbook_panel

ENGLISH = ["tinhid", "tentinh_eng", "tentinh_vie", "Vertical Accountability", "Interactions", "Boards"]
ENGLISH += ["Public Administrative Procedures", "Certification", "Permits", "Un-weighted PAPI"]
VIETNAMESE = [*ENGLISH[:3], "Trách nhiệm giải trình với người dân", "Tương tác", "Ban"]
VIETNAMESE += ["Thủ tục hành chính công", "Chứng thực", "Giấy phép", "Chỉ số PAPI (không có trọng số)"]
PROVINCES = ((74, "Binh Duong", "Bình Dương", 0.1), (1, "Ha Noi", "Hà Nội", 0.2))


def workbook(folder, *, years=(2011, 2012), change=lambda sheet, year: None):
    book = Workbook()
    book.remove(book.active)
    for year in years:
        sheet = book.create_sheet(f"{year}_PAPI")
        for line in (ENGLISH, VIETNAMESE):
            sheet.append(line)
        for number, english, vietnamese, up in PROVINCES:
            a, b, c, d = 1.1 + up, 1.2 + up, 1.3, 1.4 + up + (year - 2011)
            sheet.append([number, english, vietnamese, a + b, a, b, c + d, c, d, a + b + c + d])
        sheet.append([999, "Highest", "Điểm cao nhất", 9, 9, 9, 9, 9, 9, 9])
        sheet.append([None] * 10)
        change(sheet, year)
    book.create_sheet("Notes").append(["2011", "words"])
    book.save(folder / "papi.xlsx")
    return folder / "papi.xlsx"


def test_dimensions_are_read_by_their_headings_and_the_highest_is_no_province(tmp_path):
    panel = workbook_panel(workbook(tmp_path))
    value = panel.set_index(["dimension", "province", "year"])["value"]
    assert sorted(set(panel["province"])) == ["1", "74"] and "Bình Dương" in set(panel["name"])
    assert value["3", "74", 2011] == pytest.approx(2.5)
    assert value["5", "74", 2012] == pytest.approx(3.8)
    assert len(panel) == 2 * 2 * 2


def test_a_sub_index_that_was_replaced_ends_its_dimension(tmp_path):
    """Another question in the same column is another series."""

    def replaced(sheet, year):
        if year == 2012:
            sheet["F1"] = "Responsive to citizens"

    panel = workbook_panel(workbook(tmp_path, change=replaced))
    assert set(panel.loc[panel["dimension"] == "3", "year"]) == {2011}
    assert set(panel.loc[panel["dimension"] == "5", "year"]) == {2011, 2012}


@pytest.mark.parametrize("row", [1, 2], ids=["English", "Vietnamese"])
def test_either_row_of_headings_will_do(tmp_path, row):
    path = workbook(tmp_path, change=lambda sheet, year: sheet.delete_rows(3 - row))
    assert len(workbook_panel(path)) == 8


def test_mistakes_say_where_and_what_was_expected(tmp_path):
    def moved(sheet, year):
        sheet["H3"] = 9.0

    with pytest.raises(SurveyError, match="do not add up") as error:
        workbook_panel(workbook(tmp_path, change=moved))
    assert "2011_PAPI" in str(error.value) and "tinhid 74" in str(error.value)
    with pytest.raises(SurveyError, match="not a number"):
        workbook_panel(workbook(tmp_path, change=lambda sheet, year: sheet.__setitem__("H3", "n/a")))
    with pytest.raises(SurveyError, match="no PAPI workbook") as error:
        workbook_panel(workbook(tmp_path, years=()))
    assert "tinhid" in str(error.value)


def test_the_published_workbook_agrees_with_the_panel_of_others(shared):
    """Two sources of the same scores; the third dimension ends in 2015, where a sub-index was replaced."""
    folder = shared / "data/papi_vietnam"
    book = workbook_panel(folder / "PAPI_2011-2016.xlsx")
    panel = papi_panel(pd.read_csv(folder / "papi_panel_2011_2024.csv", dtype=str))
    own = book[book["name"] == "Bình Dương"].set_index(["dimension", "year"])["value"]
    theirs = panel[panel["province"] == "P47"].set_index(["dimension", "year"])["value"]
    assert len(own) == 6 * 6 - 1 and ("3", 2016) not in own.index
    assert own.to_numpy() == pytest.approx(theirs.reindex(own.index).to_numpy(), abs=1e-6)
    assert book.groupby("year")["province"].nunique().loc[2011] == 63
