from dataclasses import replace

import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork.scan.gather import gather_pages
from surveylib.fieldwork.scan.page import read_page
from surveylib.model.scanned import Decided, Reading, ScannedPage


@pytest.fixture(scope="module")
def pages(printed):
    """Both pages of two sheets, blank but for one item in doubt."""
    read = [
        read_page(picture, layouts=(printed.layout,), file=f"{at}.png")
        for at, picture in enumerate(printed.pages[:4])
    ]
    doubt = Reading(item="client_kind", codes=(1, 2), reason="double", picture=b"png")
    return [replace(read[0], readings=(doubt, *read[0].readings[1:])), *read[1:]]


def codes(findings):
    return sorted(finding.code for finding in findings)


def test_pages_of_a_sheet_are_joined_in_any_order(printed, pages):
    sheets, findings = gather_pages(pages[::-1], layouts=(printed.layout,))
    assert list(sheets.answers["serial"]) == sorted(printed.serials[:2])
    assert codes(findings) == ["S08"]
    assert list(sheets.doubts["item"]) == ["client_kind"]


def test_a_missing_page_is_said(printed, pages):
    _, findings = gather_pages(pages[:3], layouts=(printed.layout,))
    assert codes(findings) == ["S05", "S08"]


def test_a_page_scanned_twice_counts_once(printed, pages):
    sheets, findings = gather_pages([*pages, pages[1]], layouts=(printed.layout,))
    assert codes(findings) == ["S08", "S10"] and len(sheets.answers) == 2


def test_one_number_with_two_answers_is_an_error(printed, pages):
    other = replace(pages[1], readings=(Reading(item="got_it", codes=(1,)), *pages[1].readings[1:]))
    _, findings = gather_pages([*pages, other], layouts=(printed.layout,))
    assert codes(findings) == ["S06", "S08"]
    assert next(finding for finding in findings if finding.code == "S06").severity == "error"


def test_one_number_in_two_units_is_an_error(printed, pages):
    strange = replace(pages[1], code=replace(pages[1].code, unit="binh_my"))
    _, findings = gather_pages([pages[0], strange], layouts=(printed.layout,))
    assert "S09" in codes(findings) and "S05" in codes(findings)


def test_forms_without_number_are_joined_as_they_were_scanned(printed, pages):
    bare = [replace(page, file="pile.pdf", code=replace(page.code, serial="")) for page in pages]
    sheets, findings = gather_pages(bare, layouts=(printed.layout,))
    assert list(sheets.answers["serial"]) == ["pile_pdf-1", "pile_pdf-2"]
    assert "S07" in codes(findings) and "S05" not in codes(findings)


@pytest.mark.parametrize(
    ("problem", "code"),
    [("marks", "S02"), ("rings", "S02"), ("code", "S03"), ("unreadable: damaged", "S01")],
)
def test_a_page_that_was_not_read_is_said(printed, pages, problem, code):
    lost = ScannedPage(file="x.png", sheet=1, code=None, problem=problem)
    _, findings = gather_pages([*pages, lost], layouts=(printed.layout,))
    assert code in codes(findings)


def test_a_page_of_another_form_is_said(printed, pages):
    lost = replace(pages[0], file="y.png", problem="version", readings=())
    _, findings = gather_pages([*pages, lost], layouts=(printed.layout,))
    assert "S04" in codes(findings)


def decided(answer):
    return Decided(answer=answer, by="Lan", on="2014-11-30")


@pytest.mark.parametrize(("answer", "stands"), [("2", "2"), ("-", "")])
def test_a_decision_is_the_answer_and_a_line_of_the_log(printed, pages, answer, stands):
    serial = printed.serials[0]
    asked = {(serial, "client_kind"): decided(answer)}
    sheets, findings = gather_pages(pages, layouts=(printed.layout,), decisions=asked)
    row = sheets.answers.set_index("serial").loc[serial]
    assert row["client_kind"] == stands and row["_undecided"] == ""
    assert codes(findings) == []
    assert sheets.corrections.to_dict("records") == [
        {
            "respondent": serial,
            "wave": "t0",
            "column": "client_kind",
            "old": "1 2",
            "new": stands,
            "reason": "read by a person: several circles are marked",
            "by": "Lan",
            "on": "2014-11-30",
        }
    ]


def test_all_that_is_wrong_with_decisions_is_said_at_once(printed, pages):
    asked = {
        (printed.serials[0], "client_kind"): decided("7"),
        (printed.serials[1], "got_it"): decided("1"),
        ("NOSUCH", "client_kind"): decided("1"),
    }
    with pytest.raises(SurveyError) as said:
        gather_pages(pages, layouts=(printed.layout,), decisions=asked)
    assert said.value.got.count("no doubt of these scans") == 2
    assert f"sheet {printed.serials[0]}, item client_kind: '7'" in said.value.got


def test_without_decisions_nothing_is_logged(printed, pages):
    sheets, _ = gather_pages(pages, layouts=(printed.layout,))
    assert sheets.corrections.empty and list(sheets.doubts["answer"]) == [""]
