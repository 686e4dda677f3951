"""Variances of unequal draws: unbiased over all samples of a tiny population; equal draws; two phases."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from surveylib.numerics.pps import (
    both,
    brewer,
    equal,
    from_joint,
    hartley_rao,
    horvitz_thompson,
    overton,
    yates_grundy,
)
from surveylib.numerics.variance import StageCodes, covariance, prepare
from surveylib.rng import stream

Y = np.array([[3.0, 1.0], [8.0, 2.0], [5.0, 0.5], [13.0, 4.0], [9.0, 2.5]])


def design():
    """All samples of 3 of 5, with unequal probabilities, and what follows: π_i and π_ij."""
    samples = [list(s) for s in combinations(range(5), 3)]
    chances = stream(1, "pps").uniform(0.2, 1.0, len(samples))
    chances /= chances.sum()
    joint = np.zeros((5, 5))
    for sample, chance in zip(samples, chances, strict=True):
        joint[np.ix_(sample, sample)] += chance
    return samples, chances, joint


@pytest.mark.parametrize("form", [horvitz_thompson, yates_grundy])
def test_unbiased_over_all_samples(form):
    samples, chances, joint = design()
    pi = np.diag(joint)
    estimates = np.array([(Y[s] / pi[s, None]).sum(axis=0) for s in samples])
    np.testing.assert_allclose(chances @ estimates, Y.sum(axis=0), rtol=1e-12)
    centred = estimates - Y.sum(axis=0)
    truth = (centred * chances[:, None]).T @ centred
    made = [form(Y[s] / pi[s, None], from_joint(joint[np.ix_(s, s)])) for s in samples]
    np.testing.assert_allclose(np.tensordot(chances, made, axes=1), truth, rtol=1e-11)


def test_yates_and_grundy_as_they_write_it():
    samples, _, joint = design()
    for s in samples:
        delta, z = from_joint(joint[np.ix_(s, s)]), Y[s, 0] / np.diag(joint)[s]
        slow = -sum(delta[i, j] * (z[i] - z[j]) ** 2 for i in range(3) for j in range(i))
        assert yates_grundy(z[:, None], delta)[0, 0] == pytest.approx(slow, rel=1e-11)


def test_equal_probabilities_are_simple_random_sampling_in_strata():
    strata, population = np.array([0, 0, 0, 0, 1, 1, 1]), np.array([10.0] * 4 + [6.0] * 3)
    size = np.array([4.0] * 4 + [3.0] * 3)
    pi, z = size / population, stream(2, "pps").normal(size=(7, 2))
    want = covariance(z, prepare([StageCodes(strata, np.arange(7), population)]))
    squares = {0: 10 * 0.4**2, 1: 6 * 0.5**2}
    exact = hartley_rao(pi, strata, squares=squares)
    np.testing.assert_allclose(horvitz_thompson(z, exact), yates_grundy(z, exact), rtol=1e-10)
    np.testing.assert_allclose(horvitz_thompson(z, exact), want, rtol=1e-10)
    np.testing.assert_allclose(brewer(z, pi, strata), want, rtol=1e-10)
    np.testing.assert_allclose(yates_grundy(z, overton(pi, strata)), want, rtol=1e-10)


def test_what_was_drawn_with_certainty_adds_nothing():
    strata, pi = np.array([0, 0, 0, 1]), np.array([0.3, 0.4, 0.5, 1.0])
    z = stream(3, "pps").normal(size=(4, 1))
    other = z + np.array([[0.0], [0], [0], [100]])
    for delta in (overton(pi, strata), hartley_rao(pi, strata)):
        for form in (horvitz_thompson, yates_grundy):
            assert form(other, delta)[0, 0] == pytest.approx(form(z, delta)[0, 0], rel=1e-9)
    assert brewer(other, pi, strata)[0, 0] == pytest.approx(brewer(z, pi, strata)[0, 0], rel=1e-12)
    assert brewer(z, pi, strata)[0, 0] > 0


def test_two_phases_are_unbiased_over_all_their_samples():
    """4 of 6 rows; of those 2 of either kind, or the one there is."""
    y, kind = np.array([3.0, 8, 5, 13, 9, 4]), np.array([0, 0, 0, 1, 1, 1])
    values, variances = [], []
    for first in combinations(range(6), 4):
        first = np.array(first)
        parts = [first[kind[first] == k] for k in (0, 1)]
        choices = [list(combinations(part, min(2, len(part)))) for part in parts]
        chance = 1 / (15 * len(choices[0]) * len(choices[1]))
        for one in choices[0]:
            for other in choices[1]:
                sample = np.array([*one, *other])
                taken = np.where(kind[sample] == 0, len(one), len(other)).astype(float)
                there = np.where(kind[sample] == 0, len(parts[0]), len(parts[1])).astype(float)
                weight = 6 / 4 * there / taken
                rows = np.arange(len(sample))
                delta = both(
                    equal(np.full(len(rows), 4.0), np.full(len(rows), 6.0), rows * 0, rows),
                    equal(taken, there, kind[sample], rows),
                )
                z = (weight * y[sample])[:, None]
                values.append((chance, z.sum()))
                variances.append(chance * horvitz_thompson(z, delta)[0, 0])
    chances, totals = np.array(values).T
    assert chances.sum() == pytest.approx(1) and chances @ totals == pytest.approx(y.sum(), rel=1e-12)
    assert sum(variances) == pytest.approx(chances @ (totals - y.sum()) ** 2, rel=1e-10)


def test_two_phases_of_a_stratified_first_phase_are_unbiased():
    """2 of 3 rows in one stratum and 3 of 4 in the other; of those five, 3 whatever their stratum."""
    y, stratum = np.array([3.0, 8, 5, 13, 9, 4, 7]), np.array([0, 0, 0, 1, 1, 1, 1])
    size, population = np.array([2.0, 3.0]), np.array([3.0, 4.0])
    values, variances = [], []
    for one in combinations(range(3), 2):
        for other in combinations(range(3, 7), 3):
            for sample in map(np.array, combinations((*one, *other), 3)):
                h, rows = stratum[sample], np.arange(3)
                delta = both(
                    equal(size[h], population[h], h, rows),
                    equal(np.full(3, 3.0), np.full(3, 5.0), rows * 0, rows),
                )
                z = (population[h] / size[h] * 5 / 3 * y[sample])[:, None]
                values.append(z.sum())
                variances.append(horvitz_thompson(z, delta)[0, 0])
    assert np.mean(values) == pytest.approx(y.sum(), rel=1e-12)
    assert np.mean(variances) == pytest.approx(np.var(values), rel=1e-10)


def test_rows_of_one_cluster_come_together():
    """The pairwise form over rows is the kernel over clusters."""
    clusters, population = np.array([0, 0, 1, 1, 1, 2]), np.full(6, 9.0)
    z = stream(4, "pps").normal(size=(6, 2))
    for sizes in (population, np.full(6, np.inf)):
        delta = equal(np.full(6, 3.0), sizes, clusters * 0, clusters)
        stage = StageCodes(clusters * 0, clusters, None if np.isinf(sizes).all() else sizes)
        np.testing.assert_allclose(horvitz_thompson(z, delta), covariance(z, prepare([stage])), rtol=1e-10)
