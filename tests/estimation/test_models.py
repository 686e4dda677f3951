"""Tests and regressions on rows: what must hold whatever the data, and mistakes that end in one sentence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declare, estimate, totals
from surveylib.estimation.chisquare import ASSOCIATION, association, goodness_of_fit
from surveylib.estimation.compare import (
    adjusted_p,
    compare_groups,
    joint_test,
    mean_test,
    paired_test,
    pairwise,
)
from surveylib.estimation.marginal import marginal_effects, predictions
from surveylib.estimation.ordinal import regress_ordinal
from surveylib.estimation.regression import regress
from surveylib.estimation.terms import likelihood_ratio, term_test
from surveylib.model.totals import Request
from surveylib.rng import stream

FAMILIES = {"gaussian": "score", "logit": "yes", "probit": "yes", "poisson": "visits"}


def people(n=240):
    random = stream(11, "models")
    psu = np.repeat(np.arange(n // 8), 8)
    push = random.normal(0, 0.4, n // 8)[psu] + random.normal(size=n)
    rows = pd.DataFrame({"psu": psu, "h": np.where(psu < n // 16, "a", "b"), "w": random.uniform(1, 4, n)})
    rows["x"] = random.normal(size=n)
    rows["z"] = random.uniform(0, 2, n)
    rows["nhóm"] = random.choice(["gia", "tre", "vua"], n)
    rows["score"] = 3 + push + 0.5 * rows["x"]
    rows["yes"] = (push + 0.8 * rows["x"] > 0).astype(int)
    rows["visits"] = random.poisson(np.exp(0.2 + 0.2 * push.clip(-2, 2)))
    rows["q"] = np.digitize(push + rows["x"], [-1.2, -0.2, 0.7, 1.6]) + 1
    return rows


ROWS = people()
DESIGN = declare(ROWS, weights="w", strata="h", psu="psu")


def fitted(family, model, rows=ROWS, design=DESIGN):
    if family == "ordinal":
        return regress_ordinal(rows, design, model=f"q ~ {model}")
    return regress(rows, design, model=f"{FAMILIES[family]} ~ {model}", family=family)


EVERY = [*FAMILIES, "ordinal"]


def same(one, other, rtol=1e-9):
    np.testing.assert_allclose(one.values, other.values, rtol=rtol, atol=1e-11)
    np.testing.assert_allclose(one.covariance, other.covariance, rtol=rtol, atol=1e-13)


# ---- what holds whatever the data ------------------------------------------------------------------------


@pytest.mark.parametrize("family", EVERY)
def test_scaling_weights_and_shuffling_rows_change_nothing(family):
    want = fitted(family, "x + nhóm").estimates
    more = ROWS.assign(w=1000 * ROWS["w"])
    same(fitted(family, "x + nhóm", more, declare(more, weights="w", strata="h", psu="psu")).estimates, want)
    other = ROWS.sample(frac=1, random_state=3)
    same(
        fitted(family, "x + nhóm", other, declare(other, weights="w", strata="h", psu="psu")).estimates, want
    )


@pytest.mark.parametrize("family", EVERY)
def test_rows_with_a_missing_value_are_left_out_and_counted(family):
    gaps = ROWS.assign(x=ROWS["x"].where(np.arange(len(ROWS)) % 7 != 0))
    made = fitted(family, "x", gaps)
    whole = ROWS.assign(w=np.where(gaps["x"].isna(), 0.0, ROWS["w"]))
    want = fitted(family, "x", whole, declare(whole, weights="w", strata="h", psu="psu"))
    same(made.estimates, want.estimates)
    assert (made.n, made.dropped) == (int(gaps["x"].notna().sum()), int(gaps["x"].isna().sum()))
    assert want.dropped == 0


@pytest.mark.parametrize("family", [f for f in EVERY if f != "ordinal"])
def test_a_model_of_groups_alone_gives_their_means_and_their_errors(family):
    """Standardised predictions of a saturated model are the means of domains, covariances and all."""
    made = predictions(fitted(family, "nhóm"), ROWS, DESIGN, at={"nhóm": ["gia", "tre", "vua"]})
    means = estimate(
        totals(ROWS, DESIGN, requests=[Request(kind="mean", variable=FAMILIES[family])], by=["nhóm"])
    )
    same(made, means)


def test_an_ordinal_model_without_slopes_gives_the_shares():
    made = predictions(fitted("ordinal", "1"), ROWS, DESIGN, at={})
    shares = estimate(totals(ROWS, DESIGN, requests=[Request(kind="proportion", variable="q")]))
    same(made, shares)
    assert made.table["level"].tolist() == shares.table["level"].tolist()


@pytest.mark.parametrize("family", EVERY)
def test_marginal_effects_are_what_moving_the_regressor_does(family):
    """Slopes against a difference of predictions; labels against predictions at both levels."""
    model = fitted(family, "x * z + nhóm")
    effects = marginal_effects(model, ROWS, DESIGN, variables=["x", "nhóm"]).table
    step = 1e-5
    up, down = (ROWS.assign(x=ROWS["x"] + sign * step) for sign in (1, -1))
    slope = (
        predictions(model, up, DESIGN, at={}).values - predictions(model, down, DESIGN, at={}).values
    ) / (2 * step)
    np.testing.assert_allclose(effects.query("variable == 'x'")["estimate"], slope, rtol=1e-6, atol=1e-9)
    at = predictions(model, ROWS, DESIGN, at={"nhóm": ["gia", "vua"]}).values.reshape(2, -1)
    moved = effects.query("level == 'vua − gia'")["estimate"]
    np.testing.assert_allclose(moved, at[1] - at[0], rtol=1e-9, atol=1e-12)
    if family == "ordinal":
        assert effects.query("variable == 'x'")["estimate"].sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("family", EVERY)
def test_the_errors_of_effects_and_predictions_are_near_the_jackknife(family):
    """The whole procedure again without each cluster: the covariance of both parts is in it."""

    def whole(rows, design):
        model = fitted(family, "x * z + nhóm", rows, design)
        effect = marginal_effects(model, rows, design, variables=["x"])
        return effect, predictions(model, rows, design, at={"nhóm": ["vua"]})

    linear = whole(ROWS, DESIGN)
    left = [
        [made.values for made in whole(rows, declare(rows, weights="w", strata="h", psu="psu"))]
        for psu in ROWS["psu"].unique()
        for rows in [ROWS[ROWS["psu"] != psu]]
    ]
    strata = ROWS.groupby("psu")["h"].first().to_numpy()
    for place, made in enumerate(linear):
        values, spread = np.array([one[place] for one in left]), 0.0
        for stratum in "ab":
            inside = values[strata == stratum]
            spread = spread + (len(inside) - 1) / len(inside) * ((inside - inside.mean(axis=0)) ** 2).sum(
                axis=0
            )
        np.testing.assert_allclose(made.table["std_error"], np.sqrt(spread), rtol=0.15)


def test_one_regressor_that_is_tested_alone_has_the_square_of_its_t():
    made = fitted("logit", "x + z")
    test, row = term_test(made, term="x"), made.estimates.table.iloc[1]
    assert test.statistic == pytest.approx(row["statistic"] ** 2)
    assert test.p_value == pytest.approx(row["p_value"])
    ratio = likelihood_ratio(fitted("logit", "z"), made)
    assert ratio.p_value == pytest.approx(test.p_value, abs=0.01)


def test_a_two_by_two_table_is_a_t_test_of_shares():
    """With two levels of each, Wald's test of the difference of two shares and Rao-Scott's tell alike."""
    rows = ROWS.assign(side=np.where(ROWS["z"] > 1, "phải", "trái"))
    counted = totals(rows, DESIGN, requests=[Request(kind="proportion", variable="yes")], by=["side"])
    difference = compare_groups(rows, DESIGN, outcome="yes", group="side").table["p_value"].iloc[0]
    for statistic in ASSOCIATION:
        test = association(counted, variable="yes", statistic=statistic)
        assert test.p_value == pytest.approx(difference, abs=0.02)
        assert len(test.eigenvalues) == (0 if "Wald" in test.method.en else 1)


def test_a_table_may_be_turned_and_its_levels_renamed():
    one = totals(ROWS, DESIGN, requests=[Request(kind="proportion", variable="q")], by=["nhóm"])
    renamed = ROWS.assign(q=6 - ROWS["q"])
    two = totals(renamed, DESIGN, requests=[Request(kind="proportion", variable="nhóm")], by=["q"])
    for statistic in ASSOCIATION:
        a = association(one, variable="q", statistic=statistic)
        b = association(two, variable="nhóm", statistic=statistic)
        assert (a.statistic, a.p_value) == pytest.approx((b.statistic, b.p_value), rel=1e-8)


def test_independent_rows_of_equal_weight_give_pearsons_test():
    rows = ROWS.assign(one=1.0)
    counted = totals(rows, declare(rows), requests=[Request(kind="proportion", variable="q")], by=["nhóm"])
    made = association(counted, variable="q")
    table = pd.crosstab(rows["nhóm"], rows["q"]).to_numpy()
    expected = np.outer(table.sum(axis=1), table.sum(axis=0)) / len(rows)
    assert made.unadjusted == pytest.approx(((table - expected) ** 2 / expected).sum(), rel=1e-12)
    assert np.mean(made.eigenvalues) == pytest.approx(1, abs=0.1)


def test_goodness_of_fit_is_0_where_all_is_as_expected():
    counted = totals(ROWS, DESIGN, requests=[Request(kind="proportion", variable="q")])
    shares = estimate(counted).table
    expected = dict(zip(shares["level"], shares["estimate"], strict=True))
    made = goodness_of_fit(counted, variable="q", expected=expected)
    assert made.unadjusted == pytest.approx(0, abs=1e-20) and made.p_value == pytest.approx(1)


def test_ranks_do_not_see_the_scale_of_the_outcome():
    for scores in ("wilcoxon", "vanderWaerden", "median"):
        one = compare_groups(ROWS, DESIGN, outcome="score", group="nhóm", scores=scores)
        bent = ROWS.assign(score=np.exp(ROWS["score"]))
        same(compare_groups(bent, DESIGN, outcome="score", group="nhóm", scores=scores), one)


@pytest.mark.parametrize("scores", ["wilcoxon", "vanderWaerden", "median"])
def test_ranks_of_equal_answers_do_not_know_the_order_of_rows(scores):
    turned = ROWS.iloc[::-1].reset_index(drop=True)
    again = declare(turned, weights="w", strata="h", psu="psu")
    one = compare_groups(ROWS, DESIGN, outcome="q", group="nhóm", scores=scores)
    same(compare_groups(turned, again, outcome="q", group="nhóm", scores=scores), one)


def test_pairs_hold_the_comparisons_with_the_reference():
    pairs = pairwise(ROWS, DESIGN, outcome="score", group="nhóm").table.set_index("level")
    first = compare_groups(ROWS, DESIGN, outcome="score", group="nhóm").table.set_index("level")
    columns = ["estimate", "std_error", "df", "p_value"]
    pd.testing.assert_frame_equal(pairs.loc[first.index, columns], first[columns])
    assert (pairs["p_adjusted"] >= pairs["p_value"]).all()
    turned = compare_groups(ROWS, DESIGN, outcome="score", group="nhóm", reference="vua").table
    assert turned["level"].tolist() == ["gia − vua", "tre − vua"]
    assert turned["estimate"].iloc[0] == pytest.approx(-first.loc["vua − gia", "estimate"])


def test_adjusted_p_values_by_hand():
    p = np.array([0.01, 0.02, 0.03, 0.9])
    assert adjusted_p(p, method="bonferroni").tolist() == pytest.approx([0.04, 0.08, 0.12, 1])
    assert adjusted_p(p, method="holm").tolist() == pytest.approx([0.04, 0.06, 0.06, 0.9])
    assert adjusted_p(p, method="fdr").tolist() == pytest.approx([0.04, 0.04, 0.04, 0.9])
    assert adjusted_p(p, method="none").tolist() == p.tolist()


def test_a_paired_test_is_a_test_of_the_difference():
    rows = ROWS.assign(before=ROWS["score"] - 1, gap=1.0 + 0 * ROWS["score"])
    assert paired_test(rows, DESIGN, outcome="score", before="before").values == pytest.approx([1])
    one = mean_test(ROWS, DESIGN, outcome="score", null=3).table.iloc[0]
    assert one["statistic"] == pytest.approx((one["estimate"] - 3) / one["std_error"])


# ---- mistakes --------------------------------------------------------------------------------------------

MISTAKES = {
    "unknown column": ("score ~ xx", "gaussian", "did you mean 'x'"),
    "unknown family": ("score ~ x", "gausian", "did you mean 'gaussian'"),
    "outcome below 0": ("score ~ x", "poisson", "at least 0"),
    "outcome beyond 1": ("q ~ x", "logit", "from 0 to 1"),
    "three labels": ("nhóm ~ x", "logit", "two levels"),
    "labels as numbers": ("nhóm ~ x", "gaussian", "not a number"),
    "one level": ("score ~ one", "gaussian", "single level"),
    "twice the same": ("score ~ x + twice", "gaussian", "'twice'"),
    "constant": ("score ~ x + C(nhóm) + k", "gaussian", "'k'"),
    "outcome on both sides": ("score ~ score + x", "gaussian", "own regressors"),
    "names of people": ("score ~ name", "gaussian", "as many coefficients as rows"),
    "separated": ("yes ~ sign", "logit", "no finite coefficients"),
    "nothing there": ("score ~ empty", "gaussian", "no row has a value"),
    "infinite": ("score ~ far", "gaussian", "infinite"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_mistakes_in_a_model_are_named(name):
    model, family, said = MISTAKES[name]
    rows = ROWS.assign(
        one="a",
        twice=2 * ROWS["x"],
        k=3.0,
        name=[f"ông {number}" for number in range(len(ROWS))],
        sign=np.where(ROWS["yes"] == 1, "có", "không"),
        empty=np.nan,
        far=ROWS["x"].where(ROWS.index != 5, np.inf),
    )
    with pytest.raises(SurveyError) as refused:
        regress(rows, DESIGN, model=model, family=family)
    assert said in str(refused.value)


def test_mistakes_in_ordinal_models_are_named():
    words = ROWS.assign(q=ROWS["q"].map({1: "kém", 2: "yếu", 3: "vừa", 4: "khá", 5: "tốt"}))
    scale = ["kém", "yếu", "vừa", "khá", "tốt"]
    with pytest.raises(SurveyError, match="no order"):
        regress_ordinal(words, DESIGN, model="q ~ x")
    with pytest.raises(SurveyError, match="unknown level"):
        regress_ordinal(words, DESIGN, model="q ~ x", order=scale[1:])
    with pytest.raises(SurveyError, match="three levels"):
        regress_ordinal(ROWS, DESIGN, model="yes ~ x")
    with pytest.raises(SurveyError, match="thresholds"):
        regress_ordinal(ROWS, DESIGN, model="q ~ x - 1")
    with pytest.raises(SurveyError, match="unknown link"):
        regress_ordinal(ROWS, DESIGN, model="q ~ x", link="cloglog")
    want = fitted("ordinal", "x").estimates
    same(regress_ordinal(words, DESIGN, model="q ~ x", order=scale).estimates, want)
    ordered = words.assign(q=pd.Categorical(words["q"], categories=scale, ordered=True))
    same(regress_ordinal(ordered, DESIGN, model="q ~ x").estimates, want)


def test_mistakes_in_tests_are_named():
    counted = totals(ROWS, DESIGN, requests=[Request(kind="proportion", variable="q")], by=["psu"])
    with pytest.raises(SurveyError, match="more cells than the clusters"):
        association(counted, variable="q", statistic="Wald")
    with pytest.raises(SurveyError, match="unknown statistic"):
        association(counted, variable="q", statistic="G")
    with pytest.raises(SurveyError, match="unknown proportion"):
        association(counted, variable="qq")
    whole = totals(ROWS, DESIGN, requests=[Request(kind="proportion", variable="q")])
    with pytest.raises(SurveyError, match="single row or column"):
        association(whole, variable="q")
    with pytest.raises(SurveyError, match="other levels"):
        goodness_of_fit(whole, variable="q", expected={1: 0.5, 2: 0.5})
    with pytest.raises(SurveyError, match="above 0"):
        goodness_of_fit(whole, variable="q", expected={1: 0, 2: 1, 3: 1, 4: 1, 5: 1})
    with pytest.raises(SurveyError, match="two groups"):
        compare_groups(ROWS.assign(g="a"), DESIGN, outcome="score", group="g")
    with pytest.raises(SurveyError, match="unknown group"):
        compare_groups(ROWS, DESIGN, outcome="score", group="nhóm", reference="trẻ")
    with pytest.raises(SurveyError, match="unknown adjustment"):
        pairwise(ROWS, DESIGN, outcome="score", group="nhóm", adjust="tukey")


def test_models_that_are_not_nested_are_not_compared():
    one, two = fitted("logit", "x"), fitted("logit", "z")
    with pytest.raises(SurveyError, match="not nested"):
        likelihood_ratio(one, two)
    gaps = ROWS.assign(z=ROWS["z"].where(ROWS.index % 5 != 0))
    with pytest.raises(SurveyError, match="different rows"):
        likelihood_ratio(one, fitted("logit", "x + z", gaps))
    with pytest.raises(SurveyError, match="unknown term"):
        term_test(one, term="z")


def test_predictions_elsewhere_are_refused():
    made = fitted("logit", "x + nhóm")
    with pytest.raises(SurveyError, match="unknown column of the model"):
        predictions(made, ROWS, DESIGN, at={"z": [1]})
    with pytest.raises(SurveyError, match="unknown level"):
        predictions(made, ROWS, DESIGN, at={"nhóm": ["trẻ"]})
    with pytest.raises(SurveyError, match="not a number"):
        predictions(made, ROWS, DESIGN, at={"x": ["nhiều"]})
    with pytest.raises(SurveyError, match="other rows"):
        predictions(made, ROWS[:10], DESIGN, at={})
    with pytest.raises(SurveyError, match="no column to vary"):
        marginal_effects(fitted("logit", "1"), ROWS, DESIGN)


def test_more_coefficients_than_clusters_leave_no_test():
    few = ROWS[ROWS["psu"].isin([0, 1, 28, 29])]
    made = fitted("gaussian", "x + z + nhóm", few, declare(few, weights="w", strata="h", psu="psu"))
    assert made.df == -2
    assert made.estimates.table[["conf_low", "p_value"]].isna().all(axis=None)
    assert made.estimates.table["std_error"].notna().all()
    with pytest.raises(SurveyError, match="degrees of freedom"):
        term_test(made, term="nhóm")


def test_groups_of_one_joint_test():
    made = joint_test(compare_groups(ROWS, DESIGN, outcome="score", group="nhóm"))
    want = term_test(fitted("gaussian", "nhóm"), term="nhóm")
    assert (made.statistic, made.df) == pytest.approx((want.statistic, want.df))
