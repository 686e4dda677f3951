"""The test of moment inequalities against a port of the authors' programs, and its size."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest

from surveylib.numerics.inequalities import Moments, allowed, allowed_interval
from surveylib.rng import stream

BOUNDS = json.loads((Path(__file__).parents[1] / "golden/effects/bounds.json").read_text("utf-8"))


def sets_of(beta, sigma, m_bar: float) -> list[Moments]:
    """The inequalities of relative magnitudes, one set for every largest drift and its sign."""
    before = len(beta) - 1
    steps = np.diff(
        np.insert(np.eye(before + 1), before, 0.0, axis=0), axis=0
    )  # of the coefficients, in time
    made = []
    for largest in range(before):
        for sign in (1.0, -1.0):
            most = sign * steps[largest]
            rows = [steps[-1] - m_bar * most, -steps[-1] - m_bar * most]
            rows += [way * steps[one] - most for one in range(before) for way in (1.0, -1.0)]
            kept = np.array([row for row in rows if np.abs(row).any()])
            slope = np.r_[1.0, -1.0, np.zeros(len(kept) - 2)]
            made.append(Moments(mean=kept @ beta, slope=slope, covariance=kept @ sigma @ kept.T, df=math.inf))
    return made


@pytest.mark.parametrize("number", range(len(BOUNDS["cases"])))
def test_the_authors_method_allows_the_same(number):
    """The conditional test alone to the step of the grid (far from the effect it may allow anything again).
    The hybrid of that package is a little wider: it does not cut the distribution off where the first stage
    would have rejected."""
    case, grid = BOUNDS["cases"][number], np.linspace(*BOUNDS["grid"])
    step = grid[1] - grid[0]
    sets = sets_of(np.array(case["beta"]), np.array(case["sigma"]), case["m_bar"])
    kept = np.logical_or.reduce([allowed(grid, one, level=0.90, first_stage=0.0) for one in sets])
    assert [grid[kept].min(), grid[kept].max()] == pytest.approx(case["ARP"], abs=1.01 * step)
    ends = np.array([allowed_interval(one, level=0.90) for one in sets])
    hull = np.array([np.nanmin(ends[:, 0]), np.nanmax(ends[:, 1])])
    outwards = (hull - case["LF"]) * (-1, 1)
    assert (outwards <= 1.01 * step).all() and (outwards >= -0.02).all()


def test_ends_lie_where_the_test_turns():
    case = BOUNDS["cases"][-2]
    one = sets_of(np.array(case["beta"]), np.array(case["sigma"]), case["m_bar"])[0]
    low, high = allowed_interval(one, level=0.90)
    assert allowed(
        np.array([low - 1e-6, low + 1e-6, high - 1e-6, high + 1e-6]), one, level=0.90
    ).tolist() == [
        False,
        True,
        True,
        False,
    ]


def test_few_degrees_of_freedom_widen():
    given = {"mean": np.array([0.5, -0.5]), "slope": np.array([1.0, -1.0])}
    covariance = 0.01 * np.array([[1.0, -1.0], [-1.0, 1.0]])
    widths = []
    for df in (3.0, 10.0, math.inf):
        low, high = allowed_interval(Moments(**given, covariance=covariance, df=df), level=0.90)
        assert low == pytest.approx(1.0 - high) and low < 0.5
        widths.append(high - low)
    assert widths[0] > widths[1] > widths[2]
    # both moments bind at once: nearly the two-sided normal interval
    assert widths[2] == pytest.approx(2 * 1.645 * 0.1, rel=0.02)


@pytest.mark.parametrize("binding", [1, 2, 4])
def test_a_true_value_is_rejected_as_often_as_promised(binding):
    """Known covariance, `binding` of four moments at 0, the others far below: a tenth, within its error."""
    covariance = 0.4 + 0.6 * np.eye(4)
    mean = np.where(np.arange(4) < binding, 0.0, -8.0)
    draws = stream(3, "moments", binding).multivariate_normal(mean, covariance, size=3000)
    at = np.zeros(1)
    kept = [
        allowed(at, Moments(mean=x, slope=np.ones(4), covariance=covariance, df=math.inf), level=0.90)[0]
        for x in draws
    ]
    assert abs(np.mean(kept) - 0.90) < 3.5 * math.sqrt(0.09 / len(draws))


def test_no_value_at_all_where_what_must_not_be_above_nought_is():
    one = Moments(
        mean=np.array([0.0, 0.0, 1.0]), slope=np.array([1.0, -1.0, 0.0]), covariance=0.01 * np.eye(3), df=12.0
    )
    assert all(math.isnan(end) for end in allowed_interval(one, level=0.90))
