"""Reliability and adequacy from a correlation matrix."""

from __future__ import annotations

import numpy as np
import pytest

from surveylib.errors import SurveyError
from surveylib.psychometrics.polychoric import kmo, one_factor, ordinal_alpha, ordinal_omega


def test_a_matrix_of_one_factor_gives_its_loadings_back():
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    r = np.outer(loadings, loadings)
    np.fill_diagonal(r, 1.0)
    assert one_factor(r) == pytest.approx(loadings, abs=1e-8)
    assert ordinal_omega(r) == pytest.approx(2.6**2 / (2.6**2 + 4 - np.sum(loadings**2)), abs=1e-8)
    assert ordinal_alpha(r) < ordinal_omega(r)


def test_two_items_have_no_one_factor():
    with pytest.raises(SurveyError, match="three items"):
        one_factor(np.eye(2))


def test_kmo_falls_where_pairs_share_what_the_others_do_not():
    together = np.full((4, 4), 0.5) + np.eye(4) / 2
    apart = np.eye(4)
    apart[0, 1] = apart[1, 0] = apart[2, 3] = apart[3, 2] = 0.5
    assert kmo(together)[0] > 0.75 > 0.51 > kmo(apart)[0]
