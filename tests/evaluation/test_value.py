"""Value: by hand where a hand can, by plain simulation elsewhere, and refused where a part is missing."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation.effect import arms
from surveylib.evaluation.evaluate import evaluate
from surveylib.evaluation.information import prior_for, share_posterior
from surveylib.evaluation.record import value_from_json, value_to_json
from surveylib.evaluation.value import assess_value, expected_gain
from surveylib.model.cost import CostLine, Costs
from surveylib.model.plan import CostPlan
from surveylib.numerics.hierarchical import Mixture, moments, of_theta
from surveylib.numerics.preposterior import truths

from .conftest import OWN_RISES, PILOT_RISES, make_cells, make_study

COSTS = Costs(
    lines=(
        CostLine(unit="all", item="a", kind="one_off", amount=250_000_000),
        CostLine(unit="all", item="b", kind="monthly", amount=5_000_000),
        CostLine(unit="all", item="c", kind="per_wave", amount=20_000_000),
    )
)


def cells(scale=0.4, own=0.4) -> pd.DataFrame:
    """The index, and the share satisfied moving with it."""
    shares = make_cells(
        np.array(PILOT_RISES) * scale, np.array(OWN_RISES) * own, outcome="satisfied", se=0.035
    )
    return pd.concat([make_cells(), shares.assign(mean=shares["mean"] / 6)])


def value(plan, *, costs=COSTS, visitors=500.0, scale=0.4, own=0.4):
    evidence = evaluate(cells(scale, own), plan=plan, study=make_study())
    return evidence, assess_value(evidence, costs=costs, plan=plan, visitors=visitors)


def test_cost_per_additional_satisfied_visitor_by_hand(plan):
    evidence, made = value(plan)
    row = evidence.effects.query(
        "outcome == 'satisfied' and scope == 'all' and estimator == 'unit_equal'"
    ).iloc[0]
    assert made.unit_cost == (250e6 + 24 * 5e6) / 5 and made.survey_cost == 4e6 and made.visitors == 12_000
    assert made.ratio == pytest.approx(made.unit_cost / (12_000 * row["estimate"]))
    assert made.ratio_low == pytest.approx(made.unit_cost / (12_000 * row["conf_high"]))
    assert made.ratio_high == pytest.approx(made.unit_cost / (12_000 * row["conf_low"]))
    assert made.refusals == () and len(made.sentences) == 3


def test_an_interval_that_holds_nothing_has_no_upper_end(plan):
    _, made = value(plan, scale=0.05, own=0.8)
    assert made.ratio is not None and made.ratio_high is None and "không có cận trên" in made.sentences[0].vi


def test_the_priors_follow_the_scale_of_the_outcome(plan):
    evidence, _ = value(plan)
    prior = prior_for(evidence, outcome="satisfied", model=plan.model)
    assert prior.theta_sd == pytest.approx(plan.model.theta_sd * 0.035 / 0.07)
    assert prior_for(evidence, outcome="overall", model=plan.model) == plan.model


def test_the_curve_is_what_a_simulation_of_the_posterior_finds(plan):
    evidence, made = value(plan)
    rows = arms(evidence.changes, outcome="satisfied")
    post = share_posterior(rows, prior_for(evidence, outcome="satisfied", model=plan.model))
    theta = truths(post, draws=400_000, rng=np.random.default_rng(1))["theta"]
    for line in made.curve.iloc[[2, 4, 8, 12]].itertuples():
        net = line.willingness * made.visitors * theta - made.unit_cost
        error = 5 * net.std() / math.sqrt(len(net))
        assert line.net_benefit == pytest.approx(net.mean(), abs=error)
        assert line.probability == pytest.approx((net > 0).mean(), abs=0.005)
        perfect = np.maximum(net, 0).mean() - max(net.mean(), 0)
        assert line.evpi == pytest.approx(perfect, abs=2 * error)
        assert (line.conf_low, line.conf_high) == pytest.approx(
            np.quantile(net, [0.05, 0.95]), rel=0.02, abs=3e5
        )


def test_at_break_even_the_choice_is_most_open(plan):
    _, made = value(plan)
    net = made.curve["net_benefit"]
    assert net[4] == pytest.approx(0, abs=1) and (net[:4] < 0).all() and (net[5:] > 0).all()
    # what not knowing costs, as a share of what is at stake, is largest where the choice is open
    assert (made.curve["evpi"] / made.curve["willingness"]).idxmax() == 4


def test_knowing_more_is_worth_less_than_knowing_all_and_more_of_it_is_worth_more(plan):
    _, made = value(plan)
    rows = made.information[made.information["willingness"] == made.information["willingness"].min()]
    evsi = rows.set_index("option")["evsi"]
    assert (evsi > 0).all() and (evsi < made.curve["evpi"].max()).all()
    assert evsi["waves_1"] < evsi["waves_2"] and evsi["units_5"] < evsi["units_10"]
    # at break-even waiting loses nothing; at twice the worth it does
    assert rows["waiting"].abs().max() < 1e-3 and made.information["waiting"].max() > 1e6
    one = rows.set_index("option").loc["waves_1"]
    assert one["survey_cost"] == 15 * 4e6 and one["units_needed"] == math.ceil(15 * 4e6 / one["evsi"])


def test_the_same_evidence_gives_the_same_bytes_and_comes_back(plan):
    first, second = (value_to_json(value(plan)[1]) for _ in range(2))
    assert first == second and value_to_json(value_from_json(first)) == first


def test_expected_gain_of_one_normal_is_the_known_form():
    theta = Mixture(weights=np.ones(1), means=np.zeros(1), sds=np.ones(1))
    assert expected_gain(theta, slope=1.0, cost=0.0) == pytest.approx(1 / math.sqrt(2 * math.pi))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"costs": None}, "There are no costs yet"),
        ({"costs": Costs(lines=())}, "incomplete or has mistakes"),
        ({"visitors": None}, "How many visitors"),
        ({"scale": -0.4}, "no additional satisfied visitor"),
    ],
)
def test_a_missing_part_is_a_refusal_that_says_what_may_still_be_said(plan, options, said):
    _, made = value(plan, **options)
    (refusal,) = made.refusals
    assert refusal.code == "R9" and said in refusal.why.en and refusal.still.vi
    assert made.ratio is None and made.curve.empty and made.information.empty
    assert value_from_json(value_to_json(made)).refusals == (refusal,)


def test_an_outcome_that_was_not_measured(plan):
    evidence = evaluate(make_cells(), plan=plan, study=make_study())
    made = assess_value(evidence, costs=COSTS, plan=plan, visitors=500.0)
    assert [one.code for one in made.refusals] == ["R9"] and "satisfied" in made.refusals[0].why.en


def test_entries_of_the_plan_have_their_effect(plan):
    _, base = value(plan)
    longer = dataclasses.replace(plan, cost=CostPlan(horizon_months=12, wait_months=0, lambda_curve=False))
    _, made = value(longer)
    assert made.horizon == 12 and made.visitors == 6000 and made.unit_cost < base.unit_cost
    assert made.curve.empty and not made.information.empty and made.information["waiting"].max() == 0
    few = dataclasses.replace(plan, cost=CostPlan(target_units=1))
    assert "không đáng" in value(few)[1].sentences[-1].vi


def test_shrinking_is_towards_nothing(plan):
    evidence, made = value(plan)
    rows = arms(evidence.changes, outcome="satisfied")
    prior = prior_for(evidence, outcome="satisfied", model=plan.model)
    even = made.curve["willingness"].iloc[4]
    assert even == pytest.approx(
        made.unit_cost / made.visitors / moments(of_theta(share_posterior(rows, prior)))[0]
    )
