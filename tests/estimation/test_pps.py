"""Unequal draws: what is refused, and what does not matter."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declare, estimate, jackknife, totals, unequal
from surveylib.model.totals import Request

ASKED = [Request(kind="mean", variable="y"), Request(kind="total", variable="y")]


@pytest.fixture
def rows() -> pd.DataFrame:
    p = np.array([0.2, 0.5, 0.4, 0.4, 0.3, 0.6])
    return pd.DataFrame(
        {
            "h": list("aaabbb"),
            "psu": [1, 2, 3, 4, 5, 6],
            "p": p,
            "w": 1 / p,
            "y": [2.0, 5, 4, 7, 3, 8],
            "N": 10,
            "wrong": [0.2, 0.5, 0.4, 0.4, 1.3, 0.6],
            "half": [1, 1, 2, 3, 3, 3],
        }
    )


def strata(rows):
    return declare(rows, weights="w", strata="h", psu="psu")


@pytest.mark.parametrize("how", [{}, {"pairs": "overton"}, {"pairs": "hartley-rao", "form": "yates-grundy"}])
def test_row_order_does_not_matter(rows, how):
    turned = rows.sample(frac=1, random_state=1)
    one, other = (
        estimate(totals(r, strata(r), requests=ASKED), unequal=unequal(r, strata(r), probability="p", **how))
        for r in (rows, turned)
    )
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-12)


def test_less_error_than_with_replacement_and_the_diagonal_alone(rows):
    design = strata(rows)
    summed = totals(rows, design, requests=ASKED)
    draw = unequal(rows, design, probability="p")
    full, thin = (estimate(summed, unequal=draw, full=full) for full in (True, False))
    assert (full.table["std_error"] < estimate(summed).table["std_error"]).all()
    np.testing.assert_allclose(full.table["std_error"], thin.table["std_error"], rtol=1e-12)


def test_a_negative_variance_is_missing_not_zero():
    p = np.array([0.9, 0.1])
    rows = pd.DataFrame({"p": p, "w": 1 / p, "y": [90.0, 10.0]})
    design = declare(rows, weights="w")
    joint = np.array([[0.9, 0.02], [0.02, 0.1]])
    for form, missing in (("horvitz-thompson", True), ("yates-grundy", False)):
        draw = unequal(rows, design, probability="p", pairs="joint", joint=joint, form=form)
        made = estimate(totals(rows, design, requests=ASKED[1:]), unequal=draw)
        assert bool(np.isnan(made.table["std_error"][0])) is missing


PAIR = np.full((6, 6), 0.05) + np.diag([0.15, 0.45, 0.35, 0.35, 0.25, 0.55])


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"probability": "pp"}, "did you mean 'p'"),
        ({"probability": "wrong"}, "cannot be used"),
        ({"probability": "p", "pairs": "breuer"}, "unknown pairs"),
        ({"probability": "p", "form": "yg"}, "unknown form"),
        ({"probability": "p", "pairs": "joint"}, "does not fit the pairs"),
        ({"probability": "p", "squares": {"a": 1.0}}, "does not fit the pairs"),
        ({"probability": "p", "pairs": "hartley-rao", "squares": {"a": 1.0}}, "stratum 'b'"),
        ({"probability": "p", "pairs": "joint", "joint": PAIR[:5, :5]}, "do not fit the clusters"),
        ({"probability": "p", "pairs": "joint", "joint": np.triu(PAIR)}, "not symmetric"),
        ({"probability": "p", "pairs": "joint", "joint": PAIR + np.eye(6) * 0.1}, "diagonal"),
        ({"probability": "p", "pairs": "joint", "joint": np.diag(np.diag(PAIR))}, "probability 0"),
        ({"probability": "p", "pairs": "joint", "joint": PAIR + 0.2 * (1 - np.eye(6))}, "likelier"),
    ],
)
def test_mistakes(rows, how, message):
    with pytest.raises(SurveyError, match=message):
        unequal(rows, strata(rows), **how)


def test_designs_that_do_not_fit(rows):
    with pytest.raises(SurveyError, match="would be ignored"):
        unequal(rows, declare(rows, weights="w", strata="h", psu="psu", fpc="N"), probability="p")
    for later in ({"psu2": "y"}, {"lonely": "adjust"}):
        with pytest.raises(SurveyError, match="would be ignored by an unequal draw"):
            unequal(rows, declare(rows, weights="w", strata="h", psu="psu", **later), probability="p")
    with pytest.raises(SurveyError, match="differs within a cluster"):
        unequal(rows, declare(rows, weights="w", psu="half"), probability="p")
    with pytest.raises(SurveyError, match="single sampled cluster"):
        unequal(rows[:4], declare(rows[:4], weights="w", strata="h", psu="psu"), probability="p")


def test_the_draw_of_another_design_is_refused(rows):
    draw = unequal(rows, strata(rows), probability="p")
    other = declare(rows, weights="w", psu="psu")
    with pytest.raises(SurveyError, match="not of the same design"):
        estimate(totals(rows, other, requests=ASKED), unequal=draw)
    design = strata(rows)
    summed = totals(rows, design, requests=ASKED)
    with pytest.raises(SurveyError, match="one of the two"):
        estimate(summed, unequal=draw, replicates=jackknife(summed))
