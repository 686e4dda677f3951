"""Estimates hold what is known of their covariance, and no more memory than that."""

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declare, estimate, totals
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.model.totals import Request
from surveylib.rng import stream


def table(k: int) -> pd.DataFrame:
    return pd.DataFrame([dict.fromkeys(RESULT_COLUMNS, 1.0)] * k)


@pytest.mark.parametrize("known", [np.ones(3), np.ones((2, 3)), np.ones((2, 2, 2))])
def test_what_does_not_fit_the_estimates_is_refused(known):
    with pytest.raises(SurveyError, match="does not fit"):
        Estimates(table=table(2), known=known, keys=())


def test_many_estimates_hold_their_variances_alone_and_still_answer_with_a_matrix():
    random, n = stream(1, "results"), 2_000
    rows = pd.DataFrame({"psu": np.arange(n) // 20, "d": np.arange(n) % 450, "y": random.normal(size=n)})
    asked = totals(rows, declare(rows, psu="psu"), requests=[Request(kind="mean", variable="y")], by=["d"])
    thin, full = estimate(asked), estimate(asked, full=True)
    assert thin.known.shape == (450,) and full.known.shape == (450, 450)
    pd.testing.assert_frame_equal(thin.table, full.table)
    matrix = thin.covariance
    np.testing.assert_allclose(np.diag(matrix), np.diag(full.covariance), rtol=1e-12)
    assert np.isnan(matrix[~np.eye(450, dtype=bool)]).all() and not matrix.flags.writeable
