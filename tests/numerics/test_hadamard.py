"""Hadamard matrices of every order that half-samples ask for."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.errors import SurveyError
from surveylib.numerics.hadamard import hadamard


@pytest.mark.parametrize("least", range(1, 101))
def test_rows_are_orthogonal_and_all_but_the_first_sum_to_nothing(least):
    signs = hadamard(least)
    order = len(signs)
    assert order >= least and set(np.unique(signs)) <= {-1.0, 1.0}
    np.testing.assert_array_equal(signs @ signs.T, order * np.eye(order))
    assert (signs[0] == 1).all() and (signs[:, 0] == 1).all() and not signs[:, 1:].sum(axis=0).any()


def test_orders_are_the_smallest_that_the_constructions_reach():
    # 92 and 100 are known orders that need other constructions.
    assert [len(hadamard(least)) for least in (1, 2, 3, 5, 9, 21, 25, 33, 49, 51)] == [
        *(1, 2, 4, 8, 12, 24, 28, 36, 56, 56)
    ]


def test_an_order_below_one_is_refused():
    with pytest.raises(SurveyError, match="at least 1"):
        hadamard(0)
