"""One unit against all comparison units: its wide error, its rank, and its posterior."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import integrate, stats

from surveylib.evaluation.by_unit import unit_effects
from surveylib.evaluation.changes import changes
from surveylib.model.plan import AnalysisPlan, PriorModel, default_plan

from .conftest import OWN_RISES, PILOT_RISES, make_cells


def of(cells, plan=None):
    plan = plan or default_plan()
    return unit_effects(changes(cells, plan=plan)[0], plan=plan, outcome="overall").set_index("unit")


def test_a_unit_is_measured_against_how_far_comparison_units_move(cells):
    row, own = of(cells).loc["p02"], np.array(OWN_RISES)
    error = own.std(ddof=1) * math.sqrt(1.1)
    assert row["estimate"] == pytest.approx(0.55 - own.mean()) and row["df"] == 9
    assert row["std_error"] == pytest.approx(error, rel=1e-9)
    assert row["conf_low"] == pytest.approx(row["estimate"] - stats.t.ppf(0.95, 9) * error, rel=1e-9)


def test_no_p_says_more_than_the_rank_among_eleven(cells):
    made = of(cells)
    assert made["p_floor"].to_list() == pytest.approx([1 / 11] * 5) and (made["p_value"] >= 1 / 11).all()
    assert made.loc["p02", "p_value"] == pytest.approx(1 / 11)
    assert made.loc["p02", "p_adjusted"] == pytest.approx(5 / 11)


def test_a_unit_in_the_middle_ranks_in_the_middle():
    made = of(make_cells(pilot=(0.05, 0.4)))
    far = sum(abs(rise - np.mean([0.05, *OWN_RISES])) >= 0.05 - 0.009 - 1e-9 for rise in OWN_RISES)
    assert made.loc["p00", "p_value"] >= (far + 1) / 11 - 1e-9


def test_units_are_drawn_to_the_mean_and_their_order_stays(cells):
    made = of(cells).loc[[f"p{i:02d}" for i in range(5)]]
    assert made["shrunk"].std() < made["estimate"].std()
    assert (made["shrunk"].rank() == made["estimate"].rank()).all()
    assert made["p_gain"].between(0.5, 1).all() and (made["p_sesoi"] < made["p_gain"]).all()


def test_the_posterior_of_a_unit_by_brute_integration():
    """With σ and τ almost surely 0 a unit's effect is the average effect."""
    plan = AnalysisPlan(model=PriorModel(theta_sd=0.5, tau_hn=1e-6, sigma_hn=1e-6, sensitivity=(2.0,)))
    made = of(make_cells(), plan)
    v = 2 * 0.07**2
    difference = np.mean(PILOT_RISES) - np.mean(OWN_RISES)
    spread = math.sqrt(v / 5 + v / 10)

    def density(theta):
        return stats.norm.pdf(theta, 0, 0.5) * stats.norm.pdf(difference, theta, spread)

    whole = integrate.quad(density, -2, 2, points=[difference])[0]
    mean = integrate.quad(lambda theta: theta * density(theta), -2, 2, points=[difference])[0] / whole
    above = integrate.quad(density, 0.2, 2, points=[difference])[0] / whole
    assert made.loc["p00", "shrunk"] == pytest.approx(mean, rel=1e-4)
    assert made["p_sesoi"].to_numpy() == pytest.approx([above] * 5, rel=1e-3)


def test_a_self_piloting_unit_has_an_effect_of_its_own_but_no_posterior(cells):
    own = cells.assign(arm=cells["arm"].mask(cells["unit"] == "c02", "self_pilot"))
    row = of(own).loc["c02"]
    assert row["arm"] == "self_pilot" and row["df"] == 8 and math.isnan(row["shrunk"])
    assert math.isnan(row["p_adjusted"]) and row["p_value"] >= 1 / 10


def test_without_comparison_units_there_is_a_reason():
    row = of(make_cells(comparison=(0.1,))).loc["p00"]
    assert math.isnan(row["std_error"]) and row["reason_vi"] and "comparison" in row["reason_en"]


def test_two_comparison_units_are_enough_and_one_is_not():
    two = of(make_cells(PILOT_RISES[:2], OWN_RISES[:2])).loc["p00"]
    assert two["df"] == 1 and two["std_error"] == pytest.approx(0.09 / math.sqrt(2) * math.sqrt(1.5))
    assert two["p_value"] == two["p_floor"] == pytest.approx(1 / 3) and two["reason_en"] == ""
    one = of(make_cells(PILOT_RISES[:2], OWN_RISES[:1])).loc["p00"]
    assert math.isnan(one["std_error"]) and "fewer than two" in one["reason_en"]
    assert one["estimate"] == pytest.approx(PILOT_RISES[0] - OWN_RISES[0])
