"""Quantiles, moments, kappa and reliability: mistakes, edges, and what is left missing."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declare, estimate, kappa, moments, quantile, reliability, totals
from surveylib.estimation.linearised import Piece, assemble, field, join
from surveylib.model.totals import Request


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "y": [1.0, 2, 3, 4, 5, 6, 7, 8],
            "const": 5.0,
            "gap": [1.0, None, 3, None, None, None, None, None],
            "wide": [1.0, np.inf, 3, 4, 5, 6, 7, 8],
            "none": [None] * 8,
            "word": list("abababab"),
            "other": list("ccddccdd"),
            "group": list("aaaaaaab"),
        }
    )


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        ({"variables": ["yy"]}, "did you mean 'y'"),
        ({"variables": ["word"]}, "not a number"),
        ({"variables": ["none"]}, "no row has a value"),
        ({"variables": ["wide"]}, "infinite value"),
        ({"variables": []}, "nothing to estimate"),
        ({"variables": ["y"], "at": [50]}, "a percentage\\? 0.5"),
        ({"variables": ["y"], "at": [0.0]}, "between 0 and 1"),
        ({"variables": ["y"], "at": []}, "no probability"),
        ({"variables": ["y"], "rule": "hf77"}, "did you mean 'hf7'"),
        ({"variables": ["y"], "interval": "logitt"}, "did you mean 'logit'"),
        ({"variables": ["y"], "confidence": 95}, "between 0 and 1"),
    ],
)
def test_mistakes_in_quantiles(rows, asked, message):
    with pytest.raises(SurveyError, match=message):
        quantile(rows, declare(rows), **asked)


def test_rows_of_another_length_are_refused(rows):
    with pytest.raises(SurveyError, match="differ in length"):
        quantile(rows[:5], declare(rows), variables=["y"])


def test_mistakes_in_moments_and_kappa(rows):
    design = declare(rows)
    with pytest.raises(SurveyError, match="infinite value"):
        moments(rows, design, variances=["wide"])
    with pytest.raises(SurveyError, match="no row has a value"):
        moments(rows, design, correlations=[("y", "none")])
    with pytest.raises(SurveyError, match="nothing to estimate"):
        moments(rows, design)
    with pytest.raises(SurveyError, match="no category in common"):
        kappa(rows, design, pairs=[("word", "other")])


def test_an_end_beyond_the_values_is_missing_not_invented(rows):
    design = declare(rows)
    plain = quantile(rows, design, variables=["y"], at=[0.9]).table.iloc[0]
    assert plain["estimate"] == 8 and plain["conf_low"] == 8  # every value lies below: no spread at all
    tail = quantile(rows, design, variables=["y"], at=[0.1]).table.iloc[0]
    assert np.isnan(tail["conf_low"]) and np.isnan(tail["std_error"]) and tail["estimate"] == 1
    beta = quantile(rows, design, variables=["y"], at=[0.1], interval="beta").table.iloc[0]
    assert beta["conf_low"] == 1 and beta["conf_high"] >= 4


def test_a_constant_has_a_quantile_without_error_and_no_correlation(rows):
    design = declare(rows)
    made = quantile(rows, design, variables=["const"]).table.iloc[0]
    assert made[["estimate", "std_error", "conf_low", "conf_high"]].tolist() == [5, 0, 5, 5]
    together = moments(rows, design, variances=["const", "y"], correlations=[("y", "const")])
    assert together.values[0] == 0
    assert np.isnan(together.table.loc[2, ["estimate", "std_error"]].astype(float)).all()
    assert together.table["std_error"][1] > 0  # what cannot be computed does not spoil its neighbours


def test_a_domain_of_one_answer_has_a_value_and_no_error(rows):
    made = quantile(rows, declare(rows), variables=["y"], by=["group"]).table.query("group == 'b'").iloc[0]
    assert made["estimate"] == 8 and made["n"] == 1 and made["df"] == 0
    assert np.isnan(made[["std_error", "conf_low", "conf_high"]].astype(float)).all()
    alone = moments(rows, declare(rows), variances=["y"], by=["group"]).table.query("group == 'b'").iloc[0]
    assert np.isnan(alone["estimate"]) and np.isnan(alone["std_error"])


def test_missing_answers_leave_their_variable_only(rows):
    made = quantile(rows, declare(rows), variables=["gap", "y"]).table
    assert made["n"].tolist() == [2, 8] and made["estimate"].tolist() == [1, 4]


def test_variables_and_probabilities_named_twice_count_once(rows):
    made = quantile(rows, declare(rows), variables=["y", "y"], at=[0.5, 0.5, 0.25])
    assert made.table["level"].tolist() == ["0.5", "0.25"]


def test_merged_ties_take_equal_answers_for_one():
    rows = pd.DataFrame({"y": [1.0, 2, 2, 2, 3, 4]})
    plain, merged = (
        quantile(rows, declare(rows), variables=["y"], rule="hf5", at=[0.25], merge_ties=merge).values[0]
        for merge in (False, True)
    )
    assert plain == 2.0
    # The points of 1 and 2 lie at 0.5/6 and 2.5/6.
    assert merged == pytest.approx(1 + (0.25 - 0.5 / 6) / (2 / 6))


def test_pieces_of_different_domains_do_not_join(rows):
    design = declare(rows)
    pieces = []
    for by in ((), ("group",)):
        made = quantile(rows, design, variables=["y"], by=by)
        pieces.append(Piece(made, None))
    with pytest.raises(SurveyError, match="cannot stand in one result"):
        join(pieces, field(rows, design).levels)


def test_nothing_asked(rows):
    with pytest.raises(SurveyError, match="nothing to estimate"):
        assemble(field(rows, declare(rows)), [])


# ---- reliability ---------------------------------------------------------------------------------


@pytest.fixture
def means(rows):
    asked = [Request(kind="mean", variable=name) for name in ("y", "gap", "const")]
    return estimate(totals(rows, declare(rows), requests=asked, by=["group"]))


def test_reliability_says_why_and_removes_nothing(means):
    found = reliability(means, most_cv=0.15, least_n=2)
    assert len(found) == len(means.table)
    assert found["why"].tolist() == [
        "cv > 0.15",
        "n < 2",
        "cv > 0.15",
        "n < 2; no standard error",
        "",
        "n < 2",
    ]
    assert found["suppress"].tolist() == [why != "" for why in found["why"]]
    first = means.table.iloc[0]
    assert found["cv"][0] == pytest.approx(first["std_error"] / first["estimate"])


def test_each_limit_alone(means):
    assert set(reliability(means, least_n=2)["why"]) == {"", "n < 2", "n < 2; no standard error"}
    assert set(reliability(means, most_cv=0.15)["why"]) == {"", "cv > 0.15", "no standard error"}


@pytest.mark.parametrize("limits", [{}, {"most_cv": 0.0}, {"least_n": -1}])
def test_limits_that_are_none(means, limits):
    with pytest.raises(SurveyError, match="limit of reliability"):
        reliability(means, **limits)
