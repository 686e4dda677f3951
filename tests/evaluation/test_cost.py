"""The cost form: read as the finance department fills it, every mistake named at once."""

from __future__ import annotations

import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.evaluation.cost import amount, cost_template, read_cost_lines
from surveylib.evaluation.value import unit_costs
from surveylib.model.cost import CostLine

from .conftest import make_study

PILOTS = ["p00", "p01"]


@pytest.fixture
def study():
    return make_study(pilots=tuple(PILOTS))


def form(*rows) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["Đơn vị", "Khoản mục", "Loại chi", "Số tiền (đồng)"])


def test_vietnamese_headers_kinds_and_amounts_are_understood(study):
    made = read_cost_lines(
        form(
            ("p00", "Bàn ghế", "Một lần", "150.000.000"),
            ("P01", "Bàn ghế", "mot lan", "50 000 000 đ"),
            ("Tất cả", "Tập huấn", "hằng năm", "12,000,000"),
            ("p00", "Khảo sát", "mỗi đợt khảo sát", "6000000"),
            ("", "", "", ""),
        ),
        study=study,
    )
    assert made.findings == () and made.complete
    assert [(one.unit, one.kind, one.amount) for one in made.lines] == [
        ("p00", "one_off", 150_000_000),
        ("p01", "one_off", 50_000_000),
        ("all", "yearly", 12_000_000),
        ("p00", "per_wave", 6_000_000),
    ]


def test_costs_of_a_unit_over_the_horizon(study):
    made = read_cost_lines(
        form(
            ("p00", "a", "một lần", "30"),
            ("p01", "a", "một lần", "10"),
            ("p00", "b", "hằng tháng", "2"),
            ("all", "c", "hằng năm", "24"),
            ("p00", "d", "mỗi đợt", "6"),
            ("p01", "d", "mỗi đợt", "8"),
        ),
        study=study,
    )
    # (30 + 10 + 2 × 18 + 24 × 1.5) / 2 units; surveys (6 + 8) / 2
    assert unit_costs(made, pilots=PILOTS, horizon=18) == (pytest.approx(56.0), pytest.approx(7.0))
    assert unit_costs(None, pilots=PILOTS, horizon=18) == (None, None)


MISTAKES = {
    "C02": ("p07", "a", "một lần", "5"),
    "C03": ("p00", "a", "đôi khi", "5"),
    "C04": ("p00", "a", "một lần", " "),
    "C05": ("p00", "a", "một lần", "1,5 triệu"),
}


def test_every_mistake_is_named_at_once_with_its_row(study):
    made = read_cost_lines(form(*MISTAKES.values(), ("p01", "a", "một lần", "5")), study=study)
    by_code = {one.code: one for one in made.findings}
    assert set(by_code) == {*MISTAKES, "C07"} and not made.complete
    assert [by_code[code].where for code in MISTAKES] == [f"costs, row {n}" for n in (2, 3, 4, 5)]
    assert by_code["C07"].where == "costs, p00"
    for one in made.findings:
        assert one.message.vi != one.message.en and "{" not in one.message.vi + one.remedy.vi


def test_a_repeated_line_is_a_warning_only(study):
    made = read_cost_lines(form(("all", "a", "một lần", "5"), ("all", "A ", "1 lần", "5")), study=study)
    assert [(one.code, one.severity) for one in made.findings] == [("C06", "warning")] and made.complete


def test_missing_columns_are_named(study):
    made = read_cost_lines(pd.DataFrame({"Đơn vị": ["p00"], "Nội dung": ["a"]}), study=study)
    assert [one.code for one in made.findings] == ["C01"] and "Số tiền (đồng)" in made.findings[0].message.vi


def test_the_blank_form_asks_to_be_filled_in(study):
    made = read_cost_lines(cost_template(study), study=study)
    assert {one.code for one in made.findings} == {"C04", "C07"} and made.lines == ()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("150.000.000", 150_000_000),
        ("0", 0),
        ("1500", 1500),
        ("1.500 đồng", 1500),
        ("1.50", None),
        ("-5", None),
        ("1.000,000", None),
        ("=1+1", None),
        ("", None),
    ],
)
def test_amounts(text, value):
    assert amount(text) == value


def test_no_cost_lies_below_nothing():
    with pytest.raises(SurveyError, match="below 0"):
        CostLine(unit="p00", item="a", kind="one_off", amount=-1)
