"""Ordered outcomes: against a general minimiser, a logit of two levels, and moved weights."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize

from surveylib.errors import SurveyError
from surveylib.numerics.irls import FAMILIES, fit
from surveylib.numerics.proportional_odds import LINKS, fit_ordinal
from surveylib.rng import stream


def sample(n=500):
    random = stream(7, "proportional odds")
    x = np.vstack([random.normal(size=n), 2014 + random.integers(0, 2, n)])
    y = np.digitize(0.8 * x[0] + random.logistic(size=n), [-1.5, 0.2, 1.4])
    return x, y, random.uniform(0.5, 3, n)


def made(x, y, w, link):
    return fit_ordinal(x.copy(), y, w, levels=int(y.max()) + 1, link=LINKS[link])


def likelihood(theta, x, y, w, link):
    k = len(x)
    cuts = np.r_[-1e3, theta[k:], 1e3]
    eta = theta[:k] @ x
    chance = LINKS[link].between(cuts[y] - eta, cuts[y + 1] - eta)
    return -(w / w.mean()) @ np.log(np.maximum(chance, 1e-300))


@pytest.mark.parametrize("link", LINKS)
def test_the_likelihood_has_its_maximum_there(link):
    x, y, w = sample()
    x = x[:1]
    answer = made(x, y, w, link)
    slow = optimize.minimize(
        likelihood, np.r_[0.0, -1.0, 0.0, 1.0], args=(x, y, w, link), method="BFGS", tol=1e-9
    )
    np.testing.assert_allclose(answer.coefficients, slow.x, atol=1e-4)
    assert answer.deviance == pytest.approx(2 * likelihood(answer.coefficients, x, y, w, link), rel=1e-12)


@pytest.mark.parametrize("link", LINKS)
def test_the_influence_is_the_change_when_a_weight_grows(link):
    x, y, w = sample()
    answer, step = made(x, y, w, link), 1e-4
    for row in (3, 44):
        more, less = w.copy(), w.copy()
        more[row] += step
        less[row] -= step
        slope = (made(x, y, more, link).coefficients - made(x, y, less, link).coefficients) / (2 * step)
        # Thresholds are about 2014 times a slope here: the difference loses digits.
        np.testing.assert_allclose(answer.influence[:, row], slope, rtol=1e-3, atol=1e-6)


@pytest.mark.parametrize("link", LINKS)
def test_two_levels_are_a_logit_or_probit(link):
    x, y, w = sample()
    two = (y >= 2).astype(np.int64)
    answer = fit_ordinal(x.copy(), two, w, levels=2, link=LINKS[link])
    plain = fit(np.vstack([np.ones(len(w)), x]), two.astype(float), w, family=FAMILIES[link])
    np.testing.assert_allclose(answer.coefficients[:2], plain.coefficients[1:], rtol=1e-9)
    assert answer.coefficients[2] == pytest.approx(-plain.coefficients[0], rel=1e-9)
    assert answer.deviance == pytest.approx(plain.deviance, rel=1e-12)


def test_turning_the_scale_round_turns_the_signs():
    x, y, w = sample()
    there, back = made(x, y, w, "logit"), made(x, y.max() - y, w, "logit")
    np.testing.assert_allclose(there.coefficients[:2], -back.coefficients[:2], rtol=1e-9)
    np.testing.assert_allclose(there.coefficients[2:], -back.coefficients[:1:-1], rtol=1e-9)


def test_a_constant_regressor_is_refused():
    x, y, w = sample()
    with pytest.raises(SurveyError, match="linear combination") as refused:
        made(np.vstack([x, np.full(len(w), 0.1)]), y, w, "logit")
    assert refused.value.got == "regressor 3"


def test_an_outcome_that_is_ordered_perfectly_is_refused():
    x, _, w = sample()
    with pytest.raises(SurveyError, match="no finite coefficients"):
        made(x[:1], np.digitize(x[0], [-0.5, 0.5]), w, "logit")
