import datetime

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.report.printing import MISSING, Format, named_number, number, p_value, parse_format, show


@pytest.mark.parametrize(
    ("value", "decimals", "vi", "en"),
    [
        (3.625, 2, "3,62", "3.62"),
        (-0.2149, 2, "−0,21", "−0.21"),
        (1234567.0, 0, "1.234.567", "1,234,567"),
        (-0.0, 1, "0,0", "0.0"),
        (-0.04, 1, "0,0", "0.0"),
        (float("inf"), 2, "∞", "∞"),
    ],
)
def test_numbers_have_the_marks_of_their_language(value, decimals, vi, en):
    assert number(value, lang="vi", decimals=decimals) == vi
    assert number(value, lang="en", decimals=decimals) == en


def test_a_sign_is_shown_when_asked_but_never_before_zero():
    assert number(0.2, lang="vi", signed=True) == "+0,20"
    assert number(0.001, lang="vi", signed=True) == "0,00"


@pytest.mark.parametrize("p", [0.0, 1e-9, 0.0003, 0.06])
@pytest.mark.parametrize("floor", [0.0625, 1 / 11, 1 / 3003])
def test_no_p_is_printed_below_its_floor(p, floor):
    printed = p_value(p, lang="en", floor=floor)
    digits = float(printed.split()[-1])
    if p < floor:
        assert printed.startswith("≥")
        assert digits == pytest.approx(floor, rel=0.05)
    else:
        assert not printed.startswith("≥")


def test_a_p_at_its_floor_is_not_rounded_below_it():
    assert p_value(0.0625, lang="en", floor=0.0625) == "0.0625"


def test_the_value_kept_of_a_p_below_its_floor_is_the_floor():
    kept = named_number("p", 1e-6, lang="vi", form="p", floor=0.0625)
    assert kept.value == 0.0625


@pytest.mark.parametrize("value", [None, np.nan, pd.NA, pd.NaT, float("nan")])
def test_what_is_not_there_is_a_dash(value):
    assert show(value, form=Format(kind="number", decimals=2), lang="vi") == MISSING


@pytest.mark.parametrize(
    ("form", "value", "printed"),
    [
        ("percent:1", 0.125, "12,5%"),
        ("points:1", -0.125, "−12,5"),
        ("count", 2250, "2.250"),
        ("signed:1", 0.25, "+0,2"),
        ("date", datetime.date(2015, 11, 1), "1/11/2015"),
        ("text", True, "Có"),
        ("text", np.bool_(False), "Không"),
    ],
)
def test_formats(form, value, printed):
    assert show(value, form=parse_format(form), lang="vi") == printed


def test_an_unknown_format_is_named_with_its_neighbour():
    with pytest.raises(SurveyError, match=r"did you mean 'percent'"):
        parse_format("precent:1")
