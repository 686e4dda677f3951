"""Domains that were declared and have nobody."""

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import declare, estimate, quantile, totals
from surveylib.estimation.domains import domains
from surveylib.model.totals import Request


@pytest.fixture
def rows() -> pd.DataFrame:
    sex = pd.Categorical(["f", "m", None, "f"], categories=["m", "x", "f"])
    return pd.DataFrame({"sex": sex, "age": [2.0, 1.0, 1.0, 1.0], "y": [1.0, 2.0, 9.0, 5.0]})


def test_declared_categories_stand_in_their_order_and_rows_in_their_places(rows):
    codes, table = domains(rows, ["sex"])
    assert table["sex"].tolist() == ["m", "x", "f"] and codes.tolist() == [2, 0, -1, 2]
    codes, table = domains(rows, ["age", "sex"])
    assert table.to_numpy().tolist() == [[a, s] for a in (1.0, 2.0) for s in ("m", "x", "f")]
    assert codes.tolist() == [5, 0, -1, 2]


def test_nobody_has_no_estimate_and_takes_nothing_from_the_others(rows):
    plain = rows.assign(sex=rows["sex"].astype(object))
    asked = [Request(kind="mean", variable="y"), Request(kind="proportion", variable="age")]
    with_empty, without = (
        estimate(totals(one, declare(one), requests=asked, by=["sex"])).table.set_index(
            ["variable", "level", "sex"]
        )
        for one in (rows, plain)
    )
    empty = with_empty.xs("x", level="sex")
    assert (empty["n"] == 0).all() and empty[["estimate", "std_error"]].isna().all(axis=None)
    pd.testing.assert_frame_equal(
        with_empty.loc[without.index], without, check_dtype=False, check_index_type=False
    )
    made = quantile(rows, declare(rows), variables=["y"], by=["sex"]).table
    assert made["n"].tolist() == [1, 0, 2] and np.isnan(made["estimate"][1])
