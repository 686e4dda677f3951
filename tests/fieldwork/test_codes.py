"""What stands in a cell becomes a code, or a blank with its reason."""

import numpy as np
import pandas as pd
import pytest

from surveylib.fieldwork.codes import AMBIGUOUS, LABEL, OFF_SCALE, SEVERAL, SPACES, UNREAD, WORDS, to_codes
from surveylib.model.questionnaire import Scale

NAN = float("nan")


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ("4", 4, ""),
        ("4.0", 4, ""),
        (" 4\u00a0", 4, SPACES),
        ("Rất tốt", 5, LABEL),
        ("rất  TỐT", 5, LABEL),
        ("9", 9, ""),
        ("", NAN, ""),
        ("NA", NAN, ""),
        ("6", NAN, OFF_SCALE),
        ("4.5", NAN, OFF_SCALE),
        ("-1", NAN, OFF_SCALE),
        ("3 4", NAN, SEVERAL),
        ("3;4", NAN, SEVERAL),
        ("4 4", 4, SPACES),
        ("khá", NAN, UNREAD),
    ],
)
def test_cells_of_a_rating(form, cell, value, reason):
    coded = to_codes(pd.Series([cell, "1"]), scale=form.scale_of("q1"), recode={})
    np.testing.assert_equal(coded.values, [value, 1.0])
    assert coded.reasons.tolist() == [reason, ""]


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [
        ("15", 15, ""),
        ("12,5", 12.5, ""),
        ("15 phút", 15, WORDS),
        ("481", NAN, OFF_SCALE),
        ("1.125", 1.125, ""),  # 1125 minutes lie outside the scale
        ("khoảng 15", NAN, UNREAD),
        ("10-15", NAN, UNREAD),
    ],
)
def test_cells_of_a_number(form, cell, value, reason):
    coded = to_codes(pd.Series([cell]), scale=form.scale_of("wait"), recode={})
    np.testing.assert_equal(coded.values, [value])
    assert coded.reasons.tolist() == [reason]


@pytest.mark.parametrize(
    ("cell", "value", "reason"),
    [("1.500", NAN, AMBIGUOUS), ("1,500", NAN, AMBIGUOUS), ("1.500.000", NAN, OFF_SCALE), ("2.000", 2, "")],
)
def test_thousands_and_decimals_are_not_confused(cell, value, reason):
    scale = Scale(id="DONG", kind="number", minimum=0, maximum=100 if cell == "2.000" else 10_000)
    coded = to_codes(pd.Series([cell]), scale=scale, recode={})
    np.testing.assert_equal(coded.values, [value])
    assert coded.reasons.tolist() == [reason]


def test_recode_is_declared_and_no_correction(form):
    recode = {"10": 5.0, "98": None, "tốt lắm": 5.0, "7": 12.0}
    coded = to_codes(
        pd.Series(["10", "98", "98.0", "tốt lắm", "7"]), scale=form.scale_of("q1"), recode=recode
    )
    np.testing.assert_equal(coded.values, [5, NAN, NAN, 5, NAN])
    assert coded.reasons.tolist() == ["", "", "", "", OFF_SCALE]
