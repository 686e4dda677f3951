"""Rows that stand there twice are named; where rows lie in a database: test_duckdb_rows."""

import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation.identifiers import refuse_repeated


def refused(rows: pd.DataFrame, *names: str) -> SurveyError:
    with pytest.raises(SurveyError) as caught:
        refuse_repeated(rows, names=names)
    return caught.value


def test_the_first_are_named_with_their_counts():
    error = refused(pd.DataFrame({"id": list("hhaabbbcdeeffgg")}), "id")
    assert error.what == "6 identifier(s) stand in several rows" and error.where == "column 'id'"
    assert error.got == "'a' 2 times, 'b' 3 times, 'e' 2 times, 'f' 2 times, 'g' 2 times, and 1 more"


def test_two_columns_together():
    rows = pd.DataFrame({"id": [7.0, 7.0, 8.0], "wave": ["t0", "t1", "t0"]})
    refuse_repeated(rows, names=["id", "wave"])
    assert refused(rows, "id").got == "'7' 2 times"
    error = refused(pd.concat([rows, rows[:1]]), "id", "wave")
    assert error.got == "'7 / t0' 2 times" and error.where == "columns 'id', 'wave'"


def test_a_blank_cannot_be_told_from_another():
    assert refused(pd.DataFrame({"id": ["a", None, None]}), "id").what == "2 row(s) without an identifier"
    assert refused(pd.DataFrame({"id": ["a"]}), "di").what == "unknown column"
