"""Replicate weights that came with the data: what they give, and every mistake in them."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import (
    balanced,
    declare,
    estimate,
    given,
    jackknife,
    replicate_weights,
    successive,
    totals,
)
from surveylib.estimation.given import independent
from surveylib.model.totals import Request
from surveylib.rng import stream

MEAN = Request(kind="mean", variable="y")
CLUSTERS = {"weights": "w", "psu": "psu"}


def survey() -> pd.DataFrame:
    random = stream(5, "given")
    return pd.DataFrame(
        {
            "psu": np.repeat([4, 2, 9, 1], 5),
            "h": np.repeat(["a", "a", "b", "b"], 5),
            "w": random.uniform(1, 3, 20),
            "y": random.normal(50, 10, 20),
        }
    )


def with_weights(make=jackknife, **design):
    """Rows with the replicate weights that `make` gives, the design, and the estimate with the original."""
    rows = survey()
    declared = declare(rows, **(design or CLUSTERS))
    made = make(declared)
    table = replicate_weights(declared, replicates=made, prefix="rw")
    rows = pd.concat([rows, table], axis=1)
    result = estimate(totals(rows, declared, requests=[MEAN]), replicates=made)
    return rows, declared, list(table.columns), result


def same(rows, declared, replicates, want):
    got = estimate(totals(rows, declared, requests=[MEAN]), replicates=replicates)
    pd.testing.assert_frame_equal(got.table, want.table, rtol=1e-10)


def test_weights_written_out_and_read_again_give_the_same():
    rows, declared, columns, want = with_weights()
    same(rows, declared, given(rows, declared, columns=columns, method="JK1"), want)
    factors = rows.assign(**{name: rows[name] / rows["w"] for name in columns})
    same(factors, declared, given(factors, declared, columns=columns, method="JK1", combined=False), want)


@pytest.mark.parametrize(("method", "rho"), [("BRR", None), ("Fay", 0.4)])
def test_half_samples_have_their_own_scale(method, rho):
    pair = {"weights": "w", "psu": "psu", "strata": "h"}
    rows, declared, columns, want = with_weights(lambda d: balanced(d, rho=rho or 0.0), **pair)
    same(rows, declared, given(rows, declared, columns=columns, method=method, rho=rho), want)


def test_successive_differences_have_their_own_scale():
    rows, declared, columns, want = with_weights(successive)
    made = given(rows, declared, columns=columns, method="successive-difference", mse=True)
    same(rows, declared, made, want)


def test_bootstrap_weights_have_the_scale_of_r():
    """R's survey, svrepdesign(type = "bootstrap", combined.weights = TRUE): scale 1/(R − 1), SE 0.7637626."""
    rows = pd.DataFrame({"y": [1.0, 2, 4, 9], "a": [2.0, 0, 1, 1], "b": [1.0, 1, 0, 2], "c": [0.0, 2, 1, 1]})
    declared = declare(rows)
    made = given(rows, declared, columns=["a", "b", "c"], method="bootstrap", df=3)
    row = estimate(totals(rows, declared, requests=[MEAN]), replicates=made).table.iloc[0]
    assert row["std_error"] == pytest.approx(0.7637626, abs=1e-7)


def test_strata_come_by_rscales():
    rows, declared, columns, want = with_weights(strata="h", **CLUSTERS)
    same(rows, declared, given(rows, declared, columns=columns, method="JKn", rscales=[0.5] * 4), want)
    same(rows, declared, given(rows, declared, columns=columns, method="other", scale=0.5), want)


def test_what_is_rounding_tells_of_no_degree_of_freedom():
    assert independent(np.diag([1.0, 1e-4, 1e-7])) == 1
    rows = pd.DataFrame({"y": [1.0, 3, 2], "r1": 0.0, "r2": 0.0, "r3": 0.0})
    nothing = given(rows, declare(rows), columns=["r1", "r2", "r3"], method="JK1", combined=False)
    assert nothing.df == 1


def test_without_clusters_the_multipliers_tell_the_degrees_of_freedom():
    rows, _, columns, want = with_weights()
    alone = declare(rows, weights="w")
    same(rows, alone, given(rows, alone, columns=columns, method="JK1"), want)
    assert want.table["df"][0] == 3
    known = given(rows, alone, columns=columns, method="bootstrap", df=7)
    result = estimate(totals(rows, alone, requests=[MEAN], by=["h"]), replicates=known)
    assert result.table["df"].tolist() == [7, 7]
    with pytest.raises(SurveyError, match="do not tell the degrees of freedom"):
        given(rows, alone, columns=columns, method="bootstrap")


def test_independent_multipliers_are_counted():
    halves = np.array([[2.0, 0, 2, 0], [0, 2, 2, 0], [2, 0, 0, 2], [0, 2, 0, 2]])
    assert independent(halves) == 2 == np.linalg.matrix_rank(halves) - 1


def mistake(change=None, design=None, **arguments) -> SurveyError:
    rows, declared, columns, _ = with_weights()
    if change is not None:
        change(rows)
        declared = declare(rows, **(design or CLUSTERS))
    with pytest.raises(SurveyError) as caught:
        given(rows, declared, **{"columns": columns, "method": "JK1", **arguments})
    return caught.value


def test_a_column_that_is_not_there_is_named():
    error = mistake(columns=["rw1", "rx2"])
    assert error.what == "unknown column" and error.got == "'rx2'" and "rw2" in error.hint


def test_gaps_and_infinities_are_refused():
    for value in (np.nan, np.inf):
        error = mistake(
            lambda rows, value=value: rows.__setitem__("rw3", rows["rw3"].where(rows.index != 8, value))
        )
        assert "missing or infinite" in error.what and error.where == "column 'rw3', row 9"


def test_weights_that_move_apart_within_a_cluster_are_refused():
    error = mistake(lambda rows: rows.__setitem__("rw2", rows["rw2"] * np.where(rows.index == 3, 1.01, 1)))
    assert "move apart" in error.what and "row 4" in error.where and "4 clusters" in error.expected


def test_a_weight_of_nothing_cannot_grow():
    error = mistake(lambda rows: rows.__setitem__("w", rows["w"].where(rows.index > 0, 0.0)))
    assert "whose weight is 0" in error.what and "combined=False" in error.hint


@pytest.mark.parametrize(
    ("arguments", "what"),
    [
        ({"columns": ["rw1"]}, "at least two columns"),
        ({"method": "jk"}, "unknown kind"),
        ({"method": "Fay"}, "rho belongs to Fay"),
        ({"rho": 0.3}, "rho belongs to Fay"),
        ({"method": "Fay", "rho": 1.2}, "below 1"),
        ({"method": "BRR", "scale": 2.0}, "would be ignored"),
        ({"method": "JKn"}, "needs rscales"),
        ({"method": "other"}, "need a scale"),
        ({"rscales": [1.0, 1.0]}, "differ in number"),
        ({"rscales": [1.0, -1, 1, 1]}, "not negative"),
        ({"scale": -1.0}, "not negative"),
        ({"df": 0.0}, "at least 1"),
    ],
)
def test_scales_that_are_missing_or_ignored_are_refused(arguments, what):
    assert what in mistake(**arguments).what
