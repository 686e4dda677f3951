"""What a design means: stages, weights made from populations, nesting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import declare, estimate, totals
from surveylib.model.totals import Request


def test_several_strata_columns_are_crossed_and_named():
    rows = pd.DataFrame({"a": ["x", "y", "x", "y"], "b": [2, 10, 2, 2]})
    stage = declare(rows, strata=("a", "b")).stages[0]
    assert stage.strata.tolist() == [0, 2, 0, 1]
    assert stage.stratum_names == ("x / 2", "y / 2", "y / 10")


def test_fractions_give_the_same_design_as_sizes():
    rows = pd.DataFrame(
        {"h": list("aabbb"), "N": [8, 8, 12, 12, 12], "f": [0.25] * 5, "y": [1.0, 4, 2, 8, 5]}
    )
    made = [
        estimate(
            totals(rows, declare(rows, strata="h", fpc=fpc), requests=[Request(kind="total", variable="y")])
        )
        for fpc in ("N", "f")
    ]
    np.testing.assert_allclose(made[0].table["estimate"], made[1].table["estimate"], rtol=1e-14)
    np.testing.assert_allclose(made[0].covariance, made[1].covariance, rtol=1e-12)


def two_stages() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "school": [1, 1, 1, 2, 2],
            "room": [1, 2, 3, 1, 2],  # numbers start again in every school
            "N": [10] * 5,
            "M": [6, 6, 6, 4, 4],
            "y": [3.0, 5.0, 4.0, 8.0, 10.0],
        }
    )


def test_weights_of_two_stages():
    design = declare(two_stages(), psu="school", fpc="N", psu2="room", fpc2="M")
    np.testing.assert_allclose(design.weights, [10] * 3 + [10] * 2)
    assert len(set(design.stages[1].clusters)) == 5


def test_two_stages_by_hand():
    """Estimated totals of the schools 6·4 = 24 and 4·9 = 36; each stage's term as in Cochran (1977), eq.
    11.24."""
    rows = two_stages()
    design = declare(rows, psu="school", fpc="N", psu2="room", fpc2="M")
    result = estimate(totals(rows, design, requests=[Request(kind="total", variable="y")]))
    between = 10**2 * (1 - 2 / 10) / 2 * 72  # s² of 24 and 36
    within = 10 / 2 * (6**2 * (1 - 3 / 6) / 3 * 1 + 4**2 * (1 - 2 / 4) / 2 * 2)
    assert result.values[0] == pytest.approx(300)
    assert result.covariance[0, 0] == pytest.approx(between + within, rel=1e-12)
    assert result.table["df"][0] == 1


def test_a_first_stage_with_replacement_needs_no_second():
    rows = two_stages().assign(w=10.0)
    one = declare(rows, weights="w", psu="school")
    two = declare(rows, weights="w", psu="school", psu2="room", fpc2="M")
    asked = [Request(kind="mean", variable="y")]
    first, second = (estimate(totals(rows, design, requests=asked)) for design in (one, two))
    np.testing.assert_allclose(first.covariance, second.covariance, rtol=1e-14)
