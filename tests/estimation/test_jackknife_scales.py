"""What replicates of a stratified jackknife count for, told by their weights; and when they do not tell."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declare, jackknife, replicate_weights
from surveylib.estimation.jackknife_scales import jackknife_scales

ROWS = pd.DataFrame(
    {
        "h": list("aaaabbbbbb"),
        "psu": [1, 1, 2, 2, 3, 3, 4, 4, 5, 5],
        "w": [2.0, 1, 3, 3, 1, 4, 2, 2, 1, 0],
        "N": [5, 5, 5, 5, 9, 9, 9, 9, 9, 9],
        "share": [0.4] * 4 + [1 / 3] * 6,
    }
)
DESIGN = {"weights": "w", "strata": "h", "psu": "psu"}


@pytest.mark.parametrize(
    ("fpc", "want"),
    [(None, [1 / 2] * 2 + [2 / 3] * 3), ("N", [0.3] * 2 + [4 / 9] * 3), ("share", [0.3] * 2 + [4 / 9] * 3)],
)
def test_n_less_one_over_n_and_what_is_left_of_the_population(fpc, want):
    plain, design = declare(ROWS, **DESIGN), declare(ROWS, **DESIGN, fpc=fpc)
    weights = replicate_weights(plain, replicates=jackknife(plain))
    rows = pd.concat([ROWS, weights], axis=1)
    np.testing.assert_allclose(jackknife_scales(rows, design, columns=list(weights)), want)
    np.testing.assert_allclose(jackknife(design).rscales, want)


@pytest.mark.parametrize(
    ("weights", "got"),
    [
        ([1.0] * 10, "0 cluster"),
        ([0.0] * 10, "5 cluster"),
        ([0, 0, 0, 0, 1, 1, 1, 1, 1, 1], "2 cluster"),
        ([0, 0, 1, 1, 0, 0, 1, 1, 1, 1], "2 cluster"),
    ],
)
def test_weights_that_do_not_tell(weights, got):
    rows = ROWS.assign(rw1=weights)
    with pytest.raises(SurveyError, match=got) as caught:
        jackknife_scales(rows, declare(rows, **DESIGN), columns=["rw1"])
    assert "'rw1'" in caught.value.where and "rscales" in caught.value.hint
