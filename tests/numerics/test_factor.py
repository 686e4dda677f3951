"""Factor models: derivatives against differences, what cannot be fitted, whether tests keep their level."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from surveylib.errors import SurveyError
from surveylib.numerics.factor import Elements, fit_factors, implied
from surveylib.numerics.factor_tests import difference_test, scaled_test
from surveylib.numerics.invariance_steps import STEPS, patterns, starts
from surveylib.numerics.polychoric import moments

LOADS_ON = np.array([0, 0, 0, 1, 1, 1])
CUTS = np.array([-1.2, -0.4, 0.5, 1.3])


def answers(n, seed, *, mean=(0.0, 0.0), shift=None):
    random = np.random.default_rng(seed)
    factors = random.multivariate_normal(mean, [[1.0, 0.5], [0.5, 1.0]], size=n)
    y = factors[:, LOADS_ON] + random.standard_normal((n, 6)) + (0.0 if shift is None else np.array(shift))
    return moments(np.searchsorted(CUTS * 1.4, y))


def fit(groups, step, freed=None):
    made = patterns(groups=len(groups), loads_on=LOADS_ON, item=groups[0].item, step=step, freed=freed)
    return fit_factors(groups, made, start=starts(groups, made))


def test_derivatives_are_those_of_differences():
    random = np.random.default_rng(4)
    item = np.array([0, 0, 1, 2, 2, 2])
    pairs = np.array([(0, 1), (0, 2), (1, 2)])
    sizes = [6, 6, 3, 3, 2, 3]
    x = np.concatenate([random.uniform(0.3, 1.0, n) for n in sizes])
    x[-3:] = 1.1, 0.4, 0.9

    def made(x):
        parts = np.split(x, np.cumsum(sizes)[:-1])
        covariance = np.array([[parts[5][0], parts[5][1]], [parts[5][1], parts[5][2]]])
        matrices = Elements(parts[0].reshape(3, 2), parts[1], parts[2], parts[3], parts[4], covariance)
        return implied(matrices, item=item, pairs=pairs)

    slope = made(x)[1]
    for k in range(len(x)):
        step = np.zeros(len(x))
        step[k] = 1e-6
        wanted = (made(x + step)[0] - made(x - step)[0]) / 2e-6
        assert slope[:, k] == pytest.approx(wanted, abs=1e-8), k


def test_the_truth_is_found():
    groups = [answers(20_000, 1), answers(20_000, 2, mean=(0.4, -0.3))]
    made = fit(groups, "intercepts")
    at = made.patterns[1].free[-5:-3]
    assert made.estimates[at] == pytest.approx([0.4, -0.3], abs=0.04)
    error = np.sqrt(np.diag(made.covariance)[at])
    assert np.all(np.abs(made.estimates[at] - [0.4, -0.3]) < 4 * error)


def test_tests_keep_their_level_where_nothing_moved():
    """60 studies, at 5 %: 3 rejections are expected, 9 or more come once in 700 times."""
    rejected = np.zeros(4)
    for seed in range(60):
        groups = [answers(600, 2 * seed), answers(600, 2 * seed + 1, mean=(0.3, 0.3))]
        fits = [fit(groups, step) for step in STEPS]
        p = [scaled_test(fits[0], groups).p_value]
        p += [difference_test(a, b, groups).p_value for a, b in itertools.pairwise(fits)]
        rejected += np.array(p) < 0.05
    assert np.all(rejected <= 8), rejected


def test_a_freed_item_shares_nothing_from_its_step_on():
    groups = [answers(800, 1), answers(800, 2)]
    whole, free = (fit(groups, "intercepts", freed) for freed in (None, {1: "thresholds"}))
    # Four thresholds and a loading come, an intercept and a residual variance go.
    assert whole.df - free.df == 4
    loading, intercept = (fit(groups, "intercepts", {1: step}) for step in ("loadings", "intercepts"))
    assert (whole.df - loading.df, whole.df - intercept.df) == (2, 1)


def test_no_difference_between_models_that_are_not_nested_or_alike():
    groups = [answers(800, 1), answers(800, 2)]
    made = fit(groups, "loadings")
    with pytest.raises(SurveyError, match="not the narrower"):
        difference_test(made, made, groups)


def test_a_model_that_answers_cannot_identify_is_refused():
    groups = [answers(500, 1)]
    made = patterns(groups=1, loads_on=LOADS_ON, item=groups[0].item, step="configural")
    free = made[0].free.copy()
    free[-3] = free.max() + 1  # the variance of a factor beside all its loadings
    with pytest.raises(SurveyError, match="factor model"):
        fit_factors(groups, [made[0]._replace(free=free)], start=np.append(starts(groups, made), 1.0))
