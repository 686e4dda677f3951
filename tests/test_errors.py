"""SurveyError: what a reader sees, and that it survives the way back from another process."""

from __future__ import annotations

import copy
import pickle
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest

from surveylib.errors import SurveyError, did_you_mean, unknown

FULL = {
    "where": "study.yaml, dòng 9",
    "expected": "một trong a, b",
    "got": "'c'",
    "hint": "did you mean 'b'?",
    "code": "R2",
}


def test_every_field_is_shown_in_order():
    text = str(SurveyError("unknown unit", **FULL)).splitlines()
    assert text[0] == "R2: unknown unit"
    assert [line.split(":")[0].strip() for line in text[1:]] == ["where", "expected", "got", "hint"]


def test_empty_fields_are_not_shown():
    assert str(SurveyError("only this")) == "only this"


def test_it_is_a_value_error_with_the_exit_code_of_misuse():
    assert issubclass(SurveyError, ValueError) and SurveyError("x").exit_code == 2


@pytest.mark.parametrize("again", [lambda e: pickle.loads(pickle.dumps(e)), copy.copy, copy.deepcopy])
def test_copies_keep_the_fields(again):
    error = again(SurveyError("unknown unit", **FULL))
    assert error.what == "unknown unit" and {name: getattr(error, name) for name in FULL} == FULL
    assert str(error) == str(SurveyError("unknown unit", **FULL))


def _fail() -> None:
    raise SurveyError("unknown unit", **FULL)


def test_it_comes_back_whole_from_a_worker():
    # The worker is a fork: it need not find this file again by name.
    with ProcessPoolExecutor(1, mp_context=get_context("fork")) as pool, pytest.raises(SurveyError) as caught:
        pool.submit(_fail).result()
    assert caught.value.hint == FULL["hint"] and caught.value.code == "R2"


def test_the_nearest_word_or_none():
    assert did_you_mean("instrment", ["instrument", "units"]) == "did you mean 'instrument'?"
    assert did_you_mean("xyz", ["instrument", "units"]) is None
    assert did_you_mean("1", [1, 2]) == "did you mean '1'?"


def test_unknown_lists_a_few_of_many():
    error = unknown("column", "c7x", [f"c{i}" for i in range(40)])
    assert "(40 in all)" in error.expected and error.expected.count(",") == 12
    assert error.hint is not None and unknown("unit", "x", []).expected == "nothing: there are none"
