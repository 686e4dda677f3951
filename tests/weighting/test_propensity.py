import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting.approached import share_nonresponse
from surveylib.weighting.propensity import fit_propensity, propensity_weights


@pytest.fixture
def rows() -> pd.DataFrame:
    """Simulated: the old and the women answer more often; y grows with age."""
    random = np.random.default_rng(8)
    n = 4000
    rows = pd.DataFrame({"age": random.uniform(20, 80, n), "sex": random.choice(["f", "m"], n)})
    chance = 1 / (1 + np.exp(-(-2.5 + 0.05 * rows["age"] + 0.6 * (rows["sex"] == "f"))))
    rows["outcome"] = np.where(random.random(n) < chance, "complete", "refusal")
    rows.loc[:99, "outcome"] = "ineligible"
    rows["y"] = rows["age"] / 10 + random.normal(size=n)
    return rows


def test_one_factor_gives_the_rates_of_its_levels(rows):
    kept = rows[rows["outcome"] != "ineligible"]
    answered, weights = (kept["outcome"] == "complete").to_numpy(), np.arange(len(kept)) % 5 + 1.0
    model = fit_propensity(answered, kept, weights=weights, factors=["sex"])
    for sex in "fm":
        inside = (kept["sex"] == sex).to_numpy()
        assert model.fitted[inside] == pytest.approx(np.average(answered[inside], weights=weights[inside]))
    assert model.names == ("(Intercept)", "sex=m")


def test_the_score_equations_hold_and_scale_does_not_matter(rows):
    kept = rows[rows["outcome"] != "ineligible"]
    answered, weights = (kept["outcome"] == "complete").to_numpy(), np.random.default_rng(1).random(len(kept))
    model = fit_propensity(answered, kept, weights=weights, numbers=["age"], factors=["sex"])
    for x in (np.ones(len(kept)), kept["age"], kept["sex"] == "m"):
        assert abs(np.sum(weights * (answered - model.fitted) * x)) < 1e-6 * weights.sum()
    again = fit_propensity(answered, kept, weights=1e5 * weights, numbers=["age"], factors=["sex"])
    np.testing.assert_allclose(again.coefficients, model.coefficients, rtol=1e-9)
    np.testing.assert_allclose(1e5 * again.influence, model.influence, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("strata", [5, None])
def test_it_removes_the_bias_of_who_answers(rows, strata):
    weights = np.full(len(rows), 3.0)
    step, found, model = propensity_weights(weights, rows, numbers=["age"], factors=["sex"], strata=strata)
    eligible = rows["outcome"] != "ineligible"
    truth = rows.loc[eligible, "y"].mean()
    answered = (rows["outcome"] == "complete").to_numpy()
    assert rows.loc[answered, "y"].mean() - truth > 0.4
    assert abs(np.average(rows["y"], weights=step.values) - truth) < (0.1 if strata else 0.05)
    assert (step.values[~answered] == 0).all() and (step.values[answered] > 3).all()
    if strata:
        assert step.values.sum() == pytest.approx(3 * eligible.sum()) and not found
    assert 0 < dict(step.diagnostics)["least_propensity"] < 1 and len(model.fitted) == eligible.sum()
    assert dict(step.diagnostics)["response_rate"] == pytest.approx(answered.sum() / eligible.sum())


def test_two_levels_in_two_classes_are_classes(rows):
    by_class, _ = share_nonresponse(np.ones(len(rows)), rows, classes=["sex"])
    by_model, _, _ = propensity_weights(np.ones(len(rows)), rows, factors=["sex"], strata=2)
    np.testing.assert_allclose(by_model.values, by_class.values, rtol=1e-9)


@pytest.mark.parametrize(
    ("change", "columns", "words"),
    [
        ({"age": np.nan}, {"numbers": ["age"]}, ["lack", "column 'age'", "row 101"]),
        ({}, {"numbers": ["aeg"]}, ["did you mean 'age'"]),
        ({}, {}, ["needs a column"]),
        ({"twice": 5.0}, {"numbers": ["twice"]}, ["follow from one another", "twice"]),
        ({"outcome": "complete"}, {"numbers": ["age"]}, ["everyone answered"]),
    ],
)
def test_models_that_cannot_be_made_are_said(rows, change, columns, words):
    with pytest.raises(SurveyError) as error:
        propensity_weights(np.ones(len(rows)), rows.assign(**change), **columns)
    assert [word for word in words if word not in str(error.value)] == []


def test_where_all_answer_no_propensity_can_be_fitted(rows, recwarn):
    told = rows.assign(told=rows["outcome"].eq("complete").astype(float))
    with pytest.raises(SurveyError, match="cannot be fitted") as error:
        propensity_weights(np.ones(len(rows)), told, numbers=["told"])
    assert "all or nobody answers" in error.value.hint and not recwarn.list
