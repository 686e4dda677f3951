"""What must hold for every estimator, test and model, however it is called."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import declare
from tests.theorems.every_estimator import ESTIMATORS, numbers, survey

DESIGN = {"weights": "w", "strata": "h", "psu": "psu"}
every = pytest.mark.parametrize("name", ESTIMATORS)


def made(name, rows, **design):
    return numbers(ESTIMATORS[name](rows, declare(rows, **(design or DESIGN))))


def same(one, other, rtol=1e-7):
    for left, right in zip(one, other, strict=True):
        scale = np.abs(right[np.isfinite(right)]).max(initial=0.0)
        np.testing.assert_allclose(left, right, rtol=rtol, atol=1e-9 * scale)


@every
def test_row_order_does_not_matter(name):
    rows = survey()
    same(made(name, rows.sample(frac=1, random_state=2)), made(name, rows))


@every
def test_the_scale_of_weights_does_not_matter(name):
    rows = survey()
    same(made(name, rows.assign(w=3.7 * rows["w"])), made(name, rows))


@every
def test_constant_weights_are_no_weights(name):
    rows = survey().assign(w=7.0)
    same(made(name, rows), made(name, rows, strata="h", psu="psu"))


@every
def test_labels_of_strata_and_clusters_do_not_matter(name):
    """Only their order may: successive differences go by it."""
    rows = survey()
    other = rows.assign(h="vùng " + rows["h"], psu=1000 + 3 * rows["psu"])
    same(made(name, other), made(name, rows))


@every
def test_every_number_is_there(name):
    """Of an estimate: itself, its error, degrees of freedom and interval; of a test: the statistic, df of the
    numerator, p-value and n."""
    values, covariance = made(name, survey())
    assert np.isfinite(values[:, :5] if values.ndim == 2 else values[[0, 1, 3, 4]]).all()
    assert np.isfinite(covariance).all() and (np.diag(covariance) > 0).all()


@pytest.mark.parametrize("name", [name for name in ESTIMATORS if name != "estimate, two-phase"])
def test_rows_that_weigh_nothing_do_not_count(name):
    """Whatever they answer; but for the second of two phases, whose weights count its rows."""
    rows = survey()
    others = rows.sample(60, random_state=5).assign(w=0.0, y=1e6, visits=40, q=1, yes=1)
    both = pd.concat([rows, others], ignore_index=True)
    same(made(name, both), made(name, rows))
