import numpy as np
import pandas as pd
import pytest

from surveylib.model.rehearsal import MARK, MARK_COLUMN
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.report.estimates import (
    after_apostrophe,
    all_estimates,
    listed_numbers,
    printed_numbers,
    write_csv,
)
from surveylib.report.exhibits import kpi, text
from surveylib.report.printing import named_number


@pytest.fixture
def estimates():
    table = pd.DataFrame(
        {"unit": ["a", "=b"], "variable": ["q1", "q1"]} | {name: [-0.5, 2.0] for name in RESULT_COLUMNS}
    )
    return Estimates(table=table, known=np.eye(2), keys=("unit", "variable"))


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", "\t=1", "\r=1", "+", "-A1"]
)
def test_text_that_a_spreadsheet_would_run_is_made_harmless(cell):
    assert after_apostrophe(cell) == "'" + cell


@pytest.mark.parametrize("cell", ["+0,21", "-3.5%", "+1.250", "abc", "", -0.5, 3, None, "a=b"])
def test_numbers_and_plain_words_stay(cell):
    assert after_apostrophe(cell) == cell


def test_estimates_and_printed_numbers_share_one_table(estimates, tmp_path):
    page = [kpi("x", 0.2, lang="vi", form="signed:2", key="effect"), text("{n} của 9", {"n": 5}, lang="vi")]
    frame = all_estimates(
        {"means": estimates},
        [printed_numbers("p.html", page), listed_numbers("b.pdf", [named_number("d", 0.1, lang="vi")])],
    )
    assert list(frame["record"]) == ["estimate"] * 2 + ["printed"] * 2 + ["said", "printed"]
    assert list(frame["block"][:5]) == ["means", "means", "01.kpi.effect", "02.text", "02.text"]
    assert {"unit", "variable", *RESULT_COLUMNS} <= set(frame.columns)
    write_csv(frame, tmp_path / "e.csv")
    back = pd.read_csv(tmp_path / "e.csv")
    assert list(back["estimate"].dropna()) == [-0.5, 2.0]
    assert list(back["unit"].dropna()) == ["a", "'=b"]
    assert back.loc[2, "printed"] == "+0,20" and back.loc[2, "value"] == 0.2


def test_full_precision_survives(tmp_path):
    value = 0.1 + 0.2
    write_csv(pd.DataFrame({"x": [value]}), tmp_path / "e.csv")
    assert float((tmp_path / "e.csv").read_text().split()[1]) == value


def test_a_heading_that_is_a_formula_is_made_harmless(tmp_path):
    write_csv(pd.DataFrame({"=1": [1]}), tmp_path / "e.csv")
    assert (tmp_path / "e.csv").read_bytes() == b"'=1\n1\n"


def test_a_run_without_estimates_has_the_columns_all_the_same():
    assert {"record", "key", *RESULT_COLUMNS} <= set(all_estimates({}).columns)


def test_a_number_of_words_stands_beside_those_the_block_was_given():
    listed = printed_numbers("p.html", [text("{n} của 9 (40%)", {"n": 5}, lang="vi", key="k")])
    assert listed.to_dict("list") == {
        "record": ["printed", "said", "said"],
        "page": ["p.html"] * 3,
        "block": ["01.text.k"] * 3,
        "key": ["n", "text.1", "text.2"],
        "value": [5.0, 9.0, 0.4],
        "printed": ["5", "9", "40%"],
    }


def test_every_row_of_a_rehearsal_says_what_it_is(tmp_path):
    frame = pd.DataFrame({"x": [1, 2], MARK_COLUMN: "cũ"})
    write_csv(frame, tmp_path / "e.csv", mark=MARK)
    back = pd.read_csv(tmp_path / "e.csv")
    assert list(back.columns) == ["x", MARK_COLUMN]
    assert set(back[MARK_COLUMN]) == {MARK}
    write_csv(pd.DataFrame(), tmp_path / "none.csv", mark=MARK)
    assert (tmp_path / "none.csv").read_bytes() == b"\n"
