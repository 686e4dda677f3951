"""Starts at different times: labellings counted, effects by hand, clean comparisons."""

from __future__ import annotations

import math

import numpy as np
import pytest

from surveylib.numerics.randomisation import welch
from surveylib.numerics.staggered import (
    average,
    comparison,
    count_labellings,
    labellings,
    smallest_p,
    statistics,
)
from surveylib.rng import stream

LABELS = np.array([1, 1, 2, 3, 4, 4, 4])  # four waves: two units start in wave 1, one each in 2 and 3


@pytest.fixture
def y() -> np.ndarray:
    return stream(5, "staggered").normal(size=(7, 4)).round(3)


def test_nobody_already_started_is_compared_with():
    assert comparison(LABELS, 1, 1).tolist() == [False, False, True, True, True, True, True]
    assert comparison(LABELS, 1, 3).tolist() == [False, False, False, False, True, True, True]
    assert comparison(LABELS, 2, 2).tolist() == [False, False, False, True, True, True, True]
    # Before the start: not yet treated then, nor just before the cohort's start.
    assert comparison(LABELS, 3, 1).tolist() == [False, False, False, False, True, True, True]


def test_one_cell_is_the_two_by_two_difference_with_welchs_error(y):
    estimate, error = average(y, LABELS[None, :], ((1, 2, 1.0),))
    own, others = LABELS == 1, LABELS > 2
    d = y[:, 2] - y[:, 0]
    want = welch(d[own | others], own[own | others])
    assert (estimate[0], error[0]) == pytest.approx((want.estimate, want.std_error), rel=1e-12)


def test_a_cohort_of_one_is_lent_the_spread_of_its_comparisons(y):
    estimate, error = average(y, LABELS[None, :], ((3, 3, 1.0),))
    d = y[:, 3] - y[:, 2]
    never = d[4:]
    assert estimate[0] == pytest.approx(d[3] - never.mean())
    assert error[0] == pytest.approx(never.std(ddof=1) * math.sqrt(1 + 1 / 3), rel=1e-12)


def test_every_labelling_once_and_the_observed_among_them():
    made = labellings(LABELS)
    assert len(made) == count_labellings(LABELS) == math.factorial(7) // (2 * 6)
    assert len(np.unique(made, axis=0)) == len(made) and (made == LABELS).all(axis=1).sum() == 1
    assert (np.sort(made, axis=1) == np.sort(LABELS)).all()


def test_too_many_labellings_are_drawn_with_the_observed_first():
    made = labellings(LABELS, rng=stream(1, "starts"), most=100, draws=49)
    assert len(made) == 50 and (made[0] == LABELS).all()
    with pytest.raises(ValueError, match="generator"):
        labellings(LABELS, most=100)


@pytest.mark.parametrize(
    ("labels", "cells", "same"),
    [
        ([1, 1, 2, 2], ((1, 1, 1.0),), 2),  # either side may be the first to start
        ([1, 1, 1, 2, 2], ((1, 1, 1.0),), 1),
        ([1, 1, 2, 3, 3], ((1, 1, 0.5), (2, 2, 0.5)), 1),
        ([1, 2, 2, 3, 3], ((2, 2, 1.0),), 2),  # who began earlier is in no cell
        ([1, 2, 3, 3, 4, 4], ((3, 3, 1.0),), 4),  # nor who began when of those
    ],
)
def test_the_floor_counts_whatever_makes_the_same_comparison(labels, cells, same):
    labels = np.array(labels)
    under = labellings(labels)
    assert smallest_p(labels, under, cells, rng=stream(1, "floor")) == pytest.approx(same / len(under))
    # The p of values that lie as far apart as can be is just that.
    y = np.outer(-labels, np.arange(5.0)) * 10 + stream(2, "apart").normal(size=(len(labels), 5)) * 0.01
    t = np.abs(statistics(y, under, cells))
    own = abs(statistics(y, labels[None, :], cells)[0])
    assert (t >= own * (1 - 1e-9)).mean() >= same / len(under) - 1e-12


def test_all_labellings_at_once_equal_one_at_a_time(y):
    cells = ((1, 1, 0.4), (1, 2, 0.4), (2, 2, 0.2))
    made = labellings(LABELS)[::37]
    at_once = average(y, made, cells)
    one = [average(y, row[None, :], cells) for row in made]
    assert at_once[0] == pytest.approx([part[0][0] for part in one])
    assert at_once[1] == pytest.approx([part[1][0] for part in one])


def test_a_shift_common_to_all_units_changes_nothing(y):
    cells = ((1, 1, 0.5), (2, 3, 0.5))
    shifted = average(y + np.array([0.0, 0.3, -0.2, 0.9]), LABELS[None, :], cells)
    made = average(y, LABELS[None, :], cells)
    assert (shifted[0][0], shifted[1][0]) == pytest.approx((made[0][0], made[1][0]), rel=1e-9)
