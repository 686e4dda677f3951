"""Labels become codes the same way whatever they are made of."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation.encode import cross, encode

COLUMNS = {
    "close together": pd.Series([7, 5, 9, 5]),
    "from 0": pd.Series([0, 2, 1, 0]),
    "negative": pd.Series([-3, 4, -3, 0]),
    "far apart": pd.Series([10**12, -5, 10**12, 3]),
    "narrow type": pd.Series([-100, 100, 0, -100], dtype="int8"),
    "unsigned": pd.Series([2**63 + 5, 2**63, 2**63 + 5], dtype="uint64"),
    "fractions": pd.Series([0.5, np.nan, 0.25]),
    "words": pd.Series(["tốt", None, "khá", "tốt"]),
    "nullable": pd.Series([3, None, 1], dtype="Int64"),
    "categories": pd.Series(pd.Categorical(["b", "a", None], categories=["b", "a", "c"])),
    "truth": pd.Series([True, False, True]),
    "nothing": pd.Series([], dtype="int64"),
}


@pytest.mark.parametrize("name", COLUMNS)
def test_the_same_codes_as_the_general_way(name):
    codes, labels = encode(COLUMNS[name])
    want_codes, want_labels = pd.factorize(COLUMNS[name], sort=True)
    np.testing.assert_array_equal(codes, want_codes)
    assert list(labels) == list(want_labels)


@pytest.mark.parametrize("name", COLUMNS)
def test_labels_stand_behind_their_codes(name):
    codes, labels = encode(COLUMNS[name])
    back = [None if code < 0 else labels[code] for code in codes]
    assert back == [None if pd.isna(value) else value for value in COLUMNS[name]]


def test_crossed_columns_keep_only_what_occurs_in_order():
    rows = pd.DataFrame({"a": ["y", "x", "x", "y", None], "b": [2, 9, 1, 2, 1], "c": [0, 0, 0, 1, 1]})
    codes, first = cross(rows, ["a", "b", "c"])
    assert list(codes) == [2, 1, 0, 3, -1]
    assert list(first) == [2, 1, 0, 3]
    assert cross(rows, ["c"])[1].tolist() == [0, 3]  # the first row of each
    assert cross(rows, ["a"])[0].tolist() == [1, 0, 0, 1, -1]


def test_many_crossed_columns_do_not_run_out_of_numbers():
    rows = pd.DataFrame({f"c{i}": np.arange(200) * 7 % 101 for i in range(20)})
    codes, first = cross(rows, list(rows.columns))
    assert codes.max() == 100 and len(first) == 101
