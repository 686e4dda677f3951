"""Weighted generalised linear models: the score is 0 at the answer, whatever the scale of the regressors."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import optimize, special

from surveylib.errors import SurveyError
from surveylib.numerics.irls import FAMILIES, MANY, fit
from surveylib.rng import stream


def sample(family, n=400):
    random = stream(7, "irls", family)
    x = np.vstack([np.ones(n), random.normal(size=n), random.uniform(0, 3, n)])
    eta = 0.4 - 0.7 * x[1] + 0.3 * x[2]
    y = {
        "gaussian": lambda: eta + random.normal(size=n),
        "logit": lambda: (random.random(n) < special.expit(eta)).astype(float),
        "probit": lambda: (random.random(n) < special.ndtr(eta)).astype(float),
        "poisson": lambda: random.poisson(np.exp(eta)).astype(float),
    }[family]()
    return x, y, random.uniform(0.5, 4, n)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_weighted_score_is_zero(family):
    x, y, w = sample(family)
    beta = fit(x.copy(), y, w, family=FAMILIES[family]).coefficients
    score, weight, _ = FAMILIES[family].pieces(y, beta @ x)
    assert np.abs(x @ (w * score)).max() < 1e-10 * np.abs(x * w * weight).sum()


@pytest.mark.parametrize("family", FAMILIES)
def test_the_deviance_has_its_minimum_there(family):
    """A slow twin: a general minimiser of the same deviance."""
    x, y, w = sample(family)
    share = w / w.mean()

    def deviance(beta):
        return share @ (FAMILIES[family].pieces(y, beta @ x)[2] + FAMILIES[family].saturated(y))

    slow = optimize.minimize(deviance, np.zeros(3), method="BFGS", tol=1e-9)
    made = fit(x.copy(), y, w, family=FAMILIES[family])
    np.testing.assert_allclose(made.coefficients, slow.x, atol=1e-4)
    assert made.deviance == pytest.approx(deviance(made.coefficients), rel=1e-12)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_influence_is_the_change_when_a_weight_grows(family):
    x, y, w = sample(family)
    made = fit(x.copy(), y, w, family=FAMILIES[family])
    step = 1e-4
    for row in (0, 17):
        more, less = w.copy(), w.copy()
        more[row] += step
        less[row] -= step
        slope = fit(x.copy(), y, more, family=FAMILIES[family]).coefficients
        slope = (slope - fit(x.copy(), y, less, family=FAMILIES[family]).coefficients) / (2 * step)
        # The expected information is not the observed one for a probit: there only about.
        tolerance = 0.2 if family == "probit" else 1e-5
        np.testing.assert_allclose(made.influence[:, row], slope, rtol=tolerance, atol=1e-7)


@pytest.mark.parametrize("family", FAMILIES)
def test_the_slopes_are_the_derivatives_of_the_mean(family):
    eta, step = np.linspace(-3, 3, 13), 1e-5
    law = FAMILIES[family]
    slope, bend = law.slopes(eta)
    up, down = law.mean(eta + step), law.mean(eta - step)
    np.testing.assert_allclose(slope, (up - down) / (2 * step), rtol=1e-6)
    np.testing.assert_allclose(bend, (up - 2 * law.mean(eta) + down) / step**2, atol=2e-4)


def test_a_poorly_scaled_regressor_loses_no_digits():
    """Years: their square is 10⁷ times their spread."""
    x, y, w = sample("gaussian")
    year = x.copy()
    year[1] = 2014 + 0.1 * x[1]
    slope = fit(year, y, w, family=FAMILIES["gaussian"])
    plain = fit(x.copy(), y, w, family=FAMILIES["gaussian"])
    assert slope.coefficients[1] == pytest.approx(10 * plain.coefficients[1], rel=1e-10)
    wanted = 100 * plain.information_inverse[1, 1]
    assert slope.information_inverse[1, 1] == pytest.approx(wanted, rel=1e-9)


def test_rows_without_weight_and_the_number_of_blocks_do_not_matter():
    x, y, w = sample("logit")
    copies = MANY // len(y) + 1
    want = fit(x.copy(), y, w, family=FAMILIES["logit"])
    many = fit(np.tile(x, copies), np.tile(y, copies), np.tile(w, copies), family=FAMILIES["logit"])
    np.testing.assert_allclose(many.coefficients, want.coefficients, rtol=1e-11)
    none = fit(np.hstack([x, 9 * x]), np.r_[y, 1 - y], np.r_[w, 0 * w], family=FAMILIES["logit"])
    np.testing.assert_allclose(none.coefficients, want.coefficients, rtol=1e-11)
    np.testing.assert_allclose(none.information_inverse, want.information_inverse, rtol=1e-10)


def test_a_dependent_column_is_named_by_its_number():
    x, y, w = sample("gaussian")
    with pytest.raises(SurveyError, match="linear combination") as refused:
        fit(np.vstack([x, x[1] - 2 * x[2]]), y, w, family=FAMILIES["gaussian"])
    assert refused.value.got == "regressor 4"
    with pytest.raises(SurveyError) as refused:
        fit(np.vstack([x[:2], 0 * x[:1]]), y, w, family=FAMILIES["gaussian"])
    assert refused.value.got == "regressor 3"


@pytest.mark.parametrize("family", ["logit", "probit"])
def test_an_outcome_that_is_predicted_perfectly_is_refused(family):
    x, _, w = sample(family)
    with pytest.raises(SurveyError, match="no finite coefficients"):
        fit(x.copy(), (x[1] > 0.2).astype(float), w, family=FAMILIES[family])
    # One group only: the others overlap.
    group = (np.arange(len(w)) % 4 == 0).astype(float)
    y = np.where(group == 1, 1.0, np.arange(len(w)) % 3 == 0)
    with pytest.raises(SurveyError, match="no finite coefficients"):
        fit(np.vstack([np.ones(len(w)), group]), y, w, family=FAMILIES[family])


def test_large_counts_converge():
    random = stream(7, "large counts")
    x = np.vstack([np.ones(200), random.uniform(0, 10, 200)])
    y = random.poisson(np.exp(1 + 0.9 * x[1])).astype(float)
    made = fit(x.copy(), y, np.ones(200), family=FAMILIES["poisson"])
    np.testing.assert_allclose(made.coefficients, [1, 0.9], atol=0.02)


@pytest.mark.parametrize("family", ["gaussian", "logit", "probit"])
def test_a_balanced_outcome_has_coefficients_of_zero(family):
    x = np.array([[1.0, 1, 1, 1], [0, 0, 1, 1]])
    y = np.array([-1.0, 1, -1, 1]) if family == "gaussian" else np.array([0.0, 1, 0, 1])
    made = fit(x, y, np.ones(4), family=FAMILIES[family])
    np.testing.assert_allclose(made.coefficients, 0, atol=1e-14)
    assert made.iterations <= 3


def test_an_outcome_that_never_varies():
    x = np.array([[1.0, 1, 1, 1], [0, 0, 1, 1]])
    made = fit(x.copy(), np.zeros(4), np.ones(4), family=FAMILIES["gaussian"])
    assert made.coefficients.tolist() == [0, 0] and made.deviance == 0
    with pytest.raises(SurveyError, match="no finite coefficients"):
        fit(x, np.zeros(4), np.ones(4), family=FAMILIES["logit"])


def test_a_fit_without_rest():
    x = np.array([[1.0, 1, 1, 1], [0, 1, 2, 3]])
    made = fit(x.copy(), 3 + 2 * x[1], np.ones(4), family=FAMILIES["gaussian"])
    np.testing.assert_allclose(made.coefficients, [3, 2], rtol=1e-14)
    assert made.deviance < 1e-25
