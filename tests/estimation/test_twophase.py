"""Two phases: what is refused, what they come to when a phase takes all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declare, estimate, totals, two_phase
from surveylib.model.totals import Request
from surveylib.rng import stream

ASKED = [Request(kind="mean", variable="y"), Request(kind="total", variable="y")]


@pytest.fixture
def rows() -> pd.DataFrame:
    random = stream(1, "two phases")
    return pd.DataFrame(
        {
            "h": list("aaaaaaaabbbbbbbb"),
            "psu": np.repeat([1, 2, 3, 4, 5, 6, 7, 8], 2),
            "N": np.repeat([20, 30], 8),
            "clusters": np.repeat([9, 11], 8),
            "kind": [1, 2] * 8,
            "y": random.normal(50, 10, 16),
            "all": True,
            "some": [1, 1, 1, 0, 0, 1, 0, 1] * 2,
            "odd": [1] * 7 + [2] * 9,
            "one": [1] + [0] * 15,
        }
    )


def made(rows, design, **how):
    phases = two_phase(rows, design, **how)
    return estimate(totals(phases.rows, phases.design, requests=ASKED), unequal=phases.draw)


@pytest.mark.parametrize(
    "design",
    [{"strata": "h", "fpc": "N"}, {"strata": "h"}, {"strata": "h", "psu": "psu", "fpc": "clusters"}],
    ids=["rows", "with replacement", "clusters"],
)
def test_a_second_phase_that_takes_all_is_no_second_phase(rows, design):
    first = declare(rows, **design)
    want = estimate(totals(rows, first, requests=ASKED))
    got = made(rows, first, second="all", strata="kind")
    np.testing.assert_allclose(got.values, want.values, rtol=1e-12)
    np.testing.assert_allclose(got.covariance, want.covariance, rtol=1e-9)


def test_a_first_phase_that_takes_all_leaves_the_second(rows):
    everyone = rows.assign(N=8)
    first = declare(everyone, strata="h", fpc="N")
    got = made(everyone, first, second="some", strata="kind")
    there = everyone[everyone["some"] == 1].assign(N2=8)
    want = estimate(totals(there, declare(there, strata="kind", fpc="N2"), requests=ASKED))
    np.testing.assert_allclose(got.values, want.values, rtol=1e-12)
    np.testing.assert_allclose(got.covariance, want.covariance, rtol=1e-9)


def test_row_order_does_not_matter(rows):
    turned = rows.sample(frac=1, random_state=3)
    one, other = (
        made(r, declare(r, strata="h", fpc="N"), second="some", strata="kind") for r in (rows, turned)
    )
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=1e-10)


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"second": "same"}, "did you mean 'some'"),
        ({"second": "y"}, "not a mark of the second phase"),
        ({"second": "one"}, "at least two"),
        ({"second": "one", "strata": "kind"}, "at least two"),
        ({"second": "some", "strata": "psu"}, "at least two"),
    ],
)
def test_mistakes(rows, how, message):
    with pytest.raises(SurveyError, match=message):
        two_phase(rows, declare(rows, strata="h", fpc="N"), **how)


def test_first_phases_that_do_not_fit(rows):
    with pytest.raises(SurveyError, match="several stages"):
        two_phase(rows, declare(rows, psu=("psu", "kind"), fpc=("clusters", "clusters")), second="some")
    with pytest.raises(SurveyError, match="smaller than the sample"):
        two_phase(rows, declare(rows.assign(N=5), strata="h", fpc="N"), second="some")
    with pytest.raises(SurveyError, match="differ in length"):
        two_phase(rows[:9], declare(rows), second="some")
    with pytest.raises(SurveyError, match="single sampled cluster"):
        two_phase(
            rows, declare(rows.assign(psu=rows["odd"]), strata="h", psu="odd", nest=True), second="some"
        )
    with pytest.raises(SurveyError, match="no row was taken"):
        two_phase(rows.assign(none=0), declare(rows), second="none")
    with pytest.raises(SurveyError, match="lonely clusters would be ignored"):
        two_phase(rows, declare(rows, strata="h", lonely="adjust"), second="asked")
