"""Exact unbiasedness: every sample of a tiny population is drawn once, and the averages are the truth."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import declare, estimate, totals
from surveylib.model.totals import Request

TOTAL = [Request(kind="total", variable="y")]
Y = [3.0, 7.0, 1.0, 12.0, 5.0, 5.5, 20.0, 2.0, 9.0, 4.0, 8.0, 6.0]


def simple():
    """3 of 6."""
    population = pd.DataFrame({"y": Y[:6], "N": 6})
    design = {"fpc": "N"}
    return population, [(1.0, list(rows)) for rows in combinations(range(6), 3)], design


def stratified():
    """2 of 4 and 3 of 5."""
    population = pd.DataFrame({"y": Y[:9], "h": list("aaaabbbbb"), "N": [4] * 4 + [5] * 5})
    draws = product(combinations(range(4), 2), combinations(range(4, 9), 3))
    return population, [(1.0, [*a, *b]) for a, b in draws], {"strata": "h", "fpc": "N"}


def clusters():
    """2 of 5 whole clusters of unequal size."""
    population = pd.DataFrame({"y": Y, "psu": [0, 0, 1, 1, 1, 1, 2, 3, 3, 4, 4, 4], "N": 5})
    members = {psu: list(rows.index) for psu, rows in population.groupby("psu")}
    draws = [(1.0, [*members[a], *members[b]]) for a, b in combinations(range(5), 2)]
    return population, draws, {"psu": "psu", "fpc": "N"}


def two_stage():
    """2 of 4 clusters, then 2 of each one's 2 to 4 members: one cluster is taken whole."""
    psu = [0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 3, 3]
    population = pd.DataFrame({"y": Y, "psu": psu, "member": range(12), "N": 4})
    population["M"] = population.groupby("psu")["y"].transform("size")
    members = {key: list(rows.index) for key, rows in population.groupby("psu")}
    draws = []
    for a, b in combinations(range(4), 2):
        below = list(product(combinations(members[a], 2), combinations(members[b], 2)))
        draws += [(1 / len(below), [*first, *second]) for first, second in below]
    return population, draws, {"psu": "psu", "fpc": "N", "psu2": "member", "fpc2": "M"}


@pytest.mark.parametrize(
    "method", [simple, stratified, clusters, two_stage], ids=lambda method: method.__name__
)
def test_totals_and_their_variances_are_unbiased(method):
    population, draws, design = method()
    values, variances, chances = [], [], []
    for chance, rows in draws:
        sample = population.loc[rows]
        result = estimate(totals(sample, declare(sample, **design), requests=TOTAL))
        values.append(result.values[0])
        variances.append(result.covariance[0, 0])
        chances.append(chance)
    truth = population["y"].sum()
    assert np.average(values, weights=chances) == pytest.approx(truth, rel=1e-12)
    true_variance = np.average((np.array(values) - truth) ** 2, weights=chances)
    assert np.average(variances, weights=chances) == pytest.approx(true_variance, rel=1e-12)
