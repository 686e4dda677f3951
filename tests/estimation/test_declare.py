"""What a design means: stages, weights made from populations, nesting."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
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
    two = declare(rows, weights="w", psu="school", psu2="room")
    asked = [Request(kind="mean", variable="y")]
    first, second = (estimate(totals(rows, design, requests=asked)) for design in (one, two))
    np.testing.assert_allclose(first.covariance, second.covariance, rtol=1e-14)


def test_sizes_below_a_stage_drawn_with_replacement_would_be_ignored():
    for fields in ({"psu2": "room", "fpc2": "M"}, {"fpc2": "M"}):
        with pytest.raises(SurveyError, match="ignored"):
            declare(two_stages().assign(w=10.0), weights="w", psu="school", **fields)


# ---- any number of stages ------------------------------------------------------------------------


def three_stages() -> pd.DataFrame:
    """2 of 10 districts, 2 of 5 communes in each, 2 of 4 or of 8 households in each; one answer each."""
    rows = pd.DataFrame(
        [(d, c, h) for d in range(2) for c in range(2) for h in range(2)],
        columns=["district", "commune", "house"],
    )
    return rows.assign(n1=10, n2=5, n3=np.where(rows["commune"] == 0, 4, 8), y=[1.0, 2, 4, 4, 7, 9, 6, 3])


def test_three_stages_by_hand():
    """The law of Särndal, Swensson & Wretman (1992), result 4.3.1, applied twice, in slow lines."""

    def spread(totals, population):
        totals = np.asarray(totals)
        n = len(totals)
        return population**2 * (1 - n / population) / n * totals.var(ddof=1)

    rows, district_totals, below = three_stages(), [], 0.0
    for _, district in rows.groupby("district"):
        parts = [(len(c) / c["n3"].iloc[0], c["y"]) for _, c in district.groupby("commune")]
        commune_totals = [y.sum() / fraction for fraction, y in parts]
        within = sum(spread(y, len(y) / fraction) for fraction, y in parts)
        district_totals.append(5 / 2 * sum(commune_totals))
        below += 10 / 2 * (spread(commune_totals, 5) + 5 / 2 * within)
    want = spread(district_totals, 10) + below

    asked = [Request(kind="total", variable="y")]
    for last in ({"psu": ("district", "commune", "house")}, {"psu": ("district", "commune")}):
        design = declare(rows, fpc=("n1", "n2", "n3"), **last)
        result = estimate(totals(rows, design, requests=asked))
        assert result.values[0] == pytest.approx(5 * sum(district_totals), rel=1e-12)
        assert result.covariance[0, 0] == pytest.approx(want, rel=1e-12)


def test_strata_inside_the_clusters_of_the_stage_above():
    """With one household drawn of each kind of commune the second stage has strata of a single cluster."""
    rows = three_stages().assign(kind=lambda r: np.where(r["commune"] == 0, "phường", "xã"))
    design = {"psu": ("district", "commune", "house"), "fpc": ("n1", "n2", "n3")}
    with pytest.raises(SurveyError, match="single sampled cluster"):
        asked = [Request(kind="mean", variable="y")]
        estimate(totals(rows, declare(rows, deeper_strata=("kind",), **design), requests=asked))
    assert declare(rows, deeper_strata=("kind",), **design).weights[0] == 10 / 2 * 5 / 1 * 4 / 2
    assert declare(rows, **design).weights[0] == 10 / 2 * 5 / 2 * 4 / 2


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"psu": "district", "fpc": ("n1", "n2", "n3")}, "more population sizes than stages"),
        ({"psu": ("district", "commune"), "deeper_strata": ("y", "y")}, "stage that is not there"),
        ({"psu": ("district", "commune"), "psu2": "house"}, "second stage needs a first"),
        ({"psu": "district", "psu2": "commune", "fpc": ("n1", "n2"), "fpc2": "n3"}, "would be ignored"),
    ],
)
def test_stages_that_do_not_fit_together(fields, message):
    with pytest.raises(SurveyError, match=message):
        declare(three_stages(), **fields)
