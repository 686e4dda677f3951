"""Weights cannot be changed behind the back of the noun that holds them."""

import numpy as np

from surveylib.model.weights import WeightStep, frozen


def test_what_others_may_write_to_is_copied():
    mine = np.ones(3)
    step = WeightStep(name="base", values=mine)
    mine[0] = 7.0
    assert step.values.tolist() == [1.0, 1.0, 1.0] and not step.values.flags.writeable


def test_a_read_only_view_is_copied():
    mine = np.ones(4)
    view = mine[:3]
    view.setflags(write=False)
    kept = frozen(view)
    mine[0] = 7.0
    assert kept.tolist() == [1.0, 1.0, 1.0]


def test_what_nobody_can_write_to_is_taken_as_it_is():
    mine = np.ones(3)
    mine.setflags(write=False)
    assert frozen(mine) is mine
    assert frozen(mine, np.int64) is not mine and frozen(mine, np.int64).dtype == np.int64
