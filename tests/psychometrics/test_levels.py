"""Levels that hardly anybody chose."""

from __future__ import annotations

import numpy as np

from surveylib.psychometrics.levels import joined_levels


def test_full_levels_stay_as_they_are():
    assert joined_levels(np.full((2, 5), 30)).tolist() == [0, 1, 2, 3, 4]


def test_a_level_rare_in_one_wave_is_joined_in_both():
    assert joined_levels(np.array([[50, 50, 50], [50, 50, 9]])).tolist() == [0, 1, 1]


def test_the_rarer_neighbour_takes_it():
    assert joined_levels(np.array([[90, 3, 12, 90]])).tolist() == [0, 1, 1, 2]


def test_joining_goes_on_until_no_level_is_rare():
    assert joined_levels(np.array([[1, 2, 3, 300, 300]])).tolist() == [0, 0, 0, 0, 1]
    assert joined_levels(np.array([[1, 1, 1]])).tolist() == [0, 0, 0]
