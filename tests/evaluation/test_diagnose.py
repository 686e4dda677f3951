"""Operating characteristics: the simulation runs the real estimators, rule and gates, and errs as it may."""

from __future__ import annotations

import dataclasses
import datetime
import sys

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.evaluation import decide, evaluate
from surveylib.evaluation.diagnose import VERDICT_ORDER, diagnose
from surveylib.evaluation.effect import mde
from surveylib.evaluation.simulate import cells_of, simulate
from surveylib.evaluation.simulated_gates import _patterns, capped
from surveylib.model.plan import AnalysisPlan, Registration, default_plan
from surveylib.model.rule import Rule
from surveylib.model.scenario import Scenario
from surveylib.numerics.many_studies import welch_many
from surveylib.numerics.randomisation import assignments
from surveylib.rng import stream

USUAL = Scenario(pilots=(150,) * 5, comparisons=(150,) * 10)
SIGNED = dataclasses.replace(
    default_plan(), registered=Registration(at=datetime.date(2015, 9, 30), by="Sở Nội vụ")
)


def with_lost(cells, scenario: Scenario):
    """The cells, and of each pilot that was lost a wave before."""
    lost = [
        cells.iloc[[0]].assign(unit=f"lost{n}", wave=cells["wave"][0]) for n in range(scenario.dropped_pilots)
    ]
    return pd.concat([cells, *lost], ignore_index=True)


def share(table, kind: str, quantity: str, *, effect: float = 0.0) -> tuple[float, float]:
    """Estimate and Monte-Carlo error."""
    row = table[(table["kind"] == kind) & (table["quantity"] == quantity) & (table["effect"] == effect)]
    assert len(row) == 1
    return float(row["estimate"].iloc[0]), float(row["std_error"].iloc[0])


@pytest.mark.parametrize(
    ("scenario", "effect", "plan"),
    [
        (USUAL, 0.35, SIGNED),
        # Unequal cells, two waves before: another Maryland level, other grades.
        (Scenario(pilots=(60,) * 4, comparisons=(60, 200, 90, 100, 50, 60), pre=("a", "b")), 0.4, SIGNED),
        # 15 assignments: no p below 0.067. Fewer than five comparison units: R2.
        (Scenario(pilots=(150,) * 2, comparisons=(150,) * 4), 0.6, SIGNED),
        # Ten assignments and 95 %: no interval at all.
        (
            Scenario(pilots=(150,) * 2, comparisons=(150,) * 3),
            0.6,
            dataclasses.replace(SIGNED, analysis=dataclasses.replace(SIGNED.analysis, level=0.95)),
        ),
        # A scale that ends, units at different levels, own answers in every unit and wave, a pilot lost.
        (
            Scenario(
                pilots=(150, 60, 90, 120),
                comparisons=(100,) * 8,
                effective=((140.0, 90.0), (60.0, 45.0), *[(90.0, 110.0)] * 10),
                levels=(4.4, 3.2, 4.1, 3.8, *[3.6, 4.3] * 4),
                common=0.1,
                dropped_pilots=1,
            ),
            0.5,
            SIGNED,
        ),
        # Chosen on the baseline: that gate stays shut whatever the data say.
        (
            USUAL,
            0.5,
            dataclasses.replace(SIGNED, waves=dataclasses.replace(SIGNED.waves, selection_wave="pre")),
        ),
    ],
)
def test_every_simulated_study_is_judged_as_evaluate_and_decide_would(scenario, effect, plan):
    sims, seed = 4, 3
    table = diagnose(scenario, plan=plan, effects=[effect], sims=sims, seed=seed)
    made = simulate(scenario, sims=sims, rng=stream(seed, "diagnose"))
    verdicts, rules, rejected, held, estimates, mdes = [], [], [], [], [], []
    for number in range(sims):
        cells = cells_of(made, number=number, effect=effect).assign(mode="paper")
        evidence = evaluate(with_lost(cells, scenario), plan=plan, invariance={})
        decision, row = decide(evidence, plan=plan), evidence.effects.iloc[0]
        verdicts.append(decision.verdict)
        rules.append(decision.by_rule)
        rejected.append(row["p_value"] <= 0.05)
        held.append(row["conf_low"] <= made.scale.average(effect) <= row["conf_high"])
        estimates.append(row["estimate"])
        mdes.append(row["mde"])
    for kind, seen in (("decision", verdicts), ("rule", rules)):
        for verdict in VERDICT_ORDER:
            assert share(table, kind, verdict, effect=effect)[0] == seen.count(verdict) / sims
    assert share(table, "test", "power", effect=effect)[0] == np.mean(rejected)
    assert share(table, "estimate", "bias", effect=effect)[0] == pytest.approx(
        np.mean(estimates) - made.scale.average(effect)
    )
    # What a gate alone did is what taking it out of the plan would have changed.
    for gate in ("breakdown_exceeds_comparison_spread", "evidence_grade"):
        alone = share(table, "gate_without", gate, effect=effect)[0]
        assert alone >= share(table, "decision", "roll_out", effect=effect)[0]
    assert share(table, "estimate", "mde", effect=effect)[0] == pytest.approx(np.mean(mdes))
    if np.isfinite(row["conf_low"]):
        assert share(table, "estimate", "coverage", effect=effect)[0] == np.mean(held)


def test_the_same_seed_gives_the_same_table_and_another_seed_another():
    one, again, other = (
        diagnose(USUAL, plan=SIGNED, effects=[0.2], sims=30, seed=seed) for seed in (1, 1, 2)
    )
    assert one.equals(again) and not one.equals(other)


def test_the_number_of_studies_at_once_changes_nothing(monkeypatch):
    whole = diagnose(USUAL, plan=SIGNED, effects=[0.3], sims=30)
    monkeypatch.setattr(sys.modules["surveylib.evaluation.diagnose"], "_AT_ONCE", 7)
    parts = diagnose(USUAL, plan=SIGNED, effects=[0.3], sims=30)
    np.testing.assert_allclose(whole["estimate"], parts["estimate"], atol=1e-12)


def test_a_greater_effect_is_rolled_out_more_often_and_stopped_less():
    table = diagnose(USUAL, plan=SIGNED, effects=[0.0, 0.2, 0.4], sims=150)
    rolled = [share(table, "rule", "roll_out", effect=effect)[0] for effect in (0.0, 0.2, 0.4)]
    stopped = [share(table, "rule", "stop", effect=effect)[0] for effect in (0.0, 0.2, 0.4)]
    assert rolled[0] < rolled[1] < rolled[2] and stopped[0] > stopped[1] > stopped[2]


def test_gates_hold_roll_out_back_and_never_push_forward():
    table = diagnose(USUAL, plan=SIGNED, effects=[0.3], sims=150)
    by_rule, after = (share(table, kind, "roll_out", effect=0.3)[0] for kind in ("rule", "decision"))
    assert 0 < after < by_rule
    assert share(table, "rule", "stop", effect=0.3) == share(table, "decision", "stop", effect=0.3)


GATES = ("gate_held", "gate_alone", "gate_without", "gate_only")


def without(plan: AnalysisPlan, gate: str) -> AnalysisPlan:
    """The plan with a gate that holds nothing back."""
    rule = dataclasses.replace(getattr(plan.gates, gate), cap="roll_out")
    return dataclasses.replace(plan, gates=dataclasses.replace(plan.gates, **{gate: rule}))


# One pilot is lost: the grade holds back what is not larger than every comparison unit's rise.
FEW = Scenario(pilots=(150,) * 4, comparisons=(150,) * 10, dropped_pilots=1)


@pytest.mark.parametrize(
    ("gate", "scenario"), [("breakdown_exceeds_comparison_spread", USUAL), ("evidence_grade", FEW)]
)
def test_a_gate_taken_away_is_a_plan_without_it(gate, scenario):
    whole, less = (
        diagnose(scenario, plan=plan, effects=[0.3], sims=120) for plan in (SIGNED, without(SIGNED, gate))
    )
    rolled = share(less, "decision", "roll_out", effect=0.3)[0]
    assert share(whole, "gate_without", gate, effect=0.3)[0] == rolled
    assert share(less, "gate_held", gate, effect=0.3)[0] == 0
    alone = share(whole, "gate_alone", gate, effect=0.3)[0]
    assert alone == pytest.approx(rolled - share(whole, "decision", "roll_out", effect=0.3)[0])
    assert 0 < alone <= share(whole, "gate_held", gate, effect=0.3)[0]


def test_only_this_gate_is_the_rule_and_this_gate():
    gate, plan = "breakdown_exceeds_comparison_spread", SIGNED
    for other in ("evidence_grade", "leave_one_unit_out_sign", "comparison_units"):
        plan = without(plan, other)
    whole = diagnose(FEW, plan=SIGNED, effects=[0.3], sims=120)
    own = diagnose(FEW, plan=plan, effects=[0.3], sims=120)
    rolled = share(own, "decision", "roll_out", effect=0.3)
    assert share(whole, "gate_only", gate, effect=0.3) == rolled
    assert 0 < rolled[0] < share(whole, "rule", "roll_out", effect=0.3)[0]


def test_too_few_comparison_units_are_told_as_r2_and_as_a_gate():
    few = Scenario(pilots=(150,) * 4, comparisons=(150,) * 4, tau=0.0, sigma=0.02)
    table = diagnose(few, plan=SIGNED, effects=[0.8], sims=20)
    assert share(table, "rule", "roll_out", effect=0.8)[0] == 1.0
    for gate in ("R2", "comparison_units"):
        assert share(table, "gate_held", gate, effect=0.8)[0] == 1.0
        # Taking away one leaves the other.
        assert share(table, "gate_alone", gate, effect=0.8)[0] == 0.0
        assert share(table, "gate_without", gate, effect=0.8)[0] == 0.0
        assert share(table, "gate_only", gate, effect=0.8)[0] == 0.0


def test_near_the_top_of_the_scale_less_is_shown_and_less_is_found():
    high, middle = (dataclasses.replace(USUAL, levels=(level,) * 15) for level in (4.35, 3.0))
    tables = [diagnose(one, plan=SIGNED, effects=[0.3], sims=200) for one in (high, middle, USUAL)]
    shown = [share(table, "estimate", "shown", effect=0.3)[0] for table in tables]
    assert shown[0] < 0.21 and shown[1] == pytest.approx(0.3, abs=0.01) and shown[2] == 0.3
    power = [share(table, "test", "power", effect=0.3)[0] for table in tables]
    assert power[0] < power[1] - 0.1 and power[1] == pytest.approx(power[2], abs=0.05)
    for table in tables:
        bias, error = share(table, "estimate", "bias", effect=0.3)
        assert abs(bias) < 3.5 * error


def test_a_common_shock_moves_no_verdict_where_there_are_comparison_units():
    shaken = dataclasses.replace(USUAL, common=0.5)
    calm, storm = (diagnose(one, plan=SIGNED, effects=[0.2], sims=40) for one in (USUAL, shaken))
    np.testing.assert_allclose(calm["estimate"], storm["estimate"], atol=1e-9)


def test_more_assignments_than_are_enumerated_are_sampled():
    large = Scenario(pilots=(40,) * 6, comparisons=(40,) * 18)  # 134,596 assignments
    power = share(diagnose(large, plan=SIGNED, effects=[1.0], sims=10), "test", "power", effect=1.0)[0]
    assert power == 1.0


def test_progress_is_told_of_every_study():
    told = []
    diagnose(USUAL, plan=SIGNED, effects=[0.0, 0.1], sims=120, progress=told.append)
    assert sum(told) == 240


def test_a_share_of_none_has_an_error_all_the_same():
    estimate, error = share(diagnose(USUAL, plan=SIGNED, effects=[1.0], sims=20), "rule", "stop", effect=1.0)
    assert estimate == 0 and 0.02 < error < 0.1


def test_a_cap_at_stop_is_followed_too():
    plan = dataclasses.replace(
        SIGNED,
        gates=dataclasses.replace(
            SIGNED.gates,
            breakdown_exceeds_comparison_spread=dataclasses.replace(
                SIGNED.gates.breakdown_exceeds_comparison_spread, cap="stop"
            ),
        ),
        rules=(Rule(verdict="extend", when="else"),),
    )
    made = simulate(USUAL, sims=40, rng=stream(1, "cap"))
    d, treated = made.changes(0.2), made.treated
    verdicts = capped(
        np.full(40, "extend"),
        d,
        treated,
        seen=welch_many(d, treated),
        assigned=assignments(treated),
        scenario=USUAL,
        plan=plan,
    ).decision
    assert set(verdicts) == {"extend", "stop"}


def test_where_even_the_mirror_image_is_too_much_there_is_no_interval():
    """Three against three: no p below 2/20. At 95 % there is no interval, nor anything it could hold; at 90 %
    that p is just the error, and the interval of arms wholly apart leaves 0 out."""
    treated = np.arange(6) < 3
    near = stream(3, "few").normal(0.05, 0.1, size=(20, 6)) + 0.1 * treated
    level = dataclasses.replace(SIGNED, analysis=dataclasses.replace(SIGNED.analysis, level=0.95))

    def patterns(d, plan):
        return _patterns(d, treated, welch_many(d, treated), assigned=assignments(treated), plan=plan)

    assert not patterns(near, level)[:, [0, 1, 3]].any() and patterns(near, SIGNED)[:, 3].any()
    assert not patterns(near + 5 * treated, SIGNED)[:, 3].any()


@pytest.mark.parametrize(("effects", "sims"), [([], 10), ([0.1], 1), ([float("nan")], 10)])
def test_nothing_to_simulate_is_refused(effects, sims):
    with pytest.raises(SurveyError, match="nothing to simulate"):
        diagnose(USUAL, plan=AnalysisPlan(), effects=effects, sims=sims)


def close(found: tuple[float, float], printed: float, digits: float = 0.005) -> bool:
    """Within three Monte-Carlo errors of a figure printed to so many digits."""
    return abs(found[0] - printed) <= 3 * found[1] + digits


def test_the_minimal_detectable_effect_of_the_methods_note():
    """§1: 5 v 10, σ = 0.1, 150 a cell: 0.29 points; three short waves a side: 0.17, at the true variance."""
    for waves, answers, printed in ((1, 150, 0.29), (1, 400, 0.26), (3, 150, 0.17)):
        variance = 2 / waves * (0.1**2 + 0.91**2 / answers)
        error = float(np.sqrt(variance * (1 / 5 + 1 / 10)))
        seen = welch_many(np.zeros((1, 4)), np.arange(4) < 2)
        exact = dataclasses.replace(seen, std_error=error, df=13.0)
        assert mde(exact) == pytest.approx(printed, abs=0.006)


@pytest.mark.slow
def test_the_operating_characteristics_of_the_methods_note():
    """§4, σ = τ = 0.1, by the rule: nought is rolled out 1.5 %, 0.3 points 76 %, with 3 + 3 waves 90 %."""
    table = diagnose(USUAL, plan=SIGNED, effects=[0.0, 0.3], sims=4000)
    assert close(share(table, "rule", "roll_out"), 0.015)
    assert close(share(table, "rule", "roll_out", effect=0.3), 0.76)
    three = dataclasses.replace(USUAL, pre=("a", "b", "c"), post=("x", "y", "z"))
    table = diagnose(three, plan=SIGNED, effects=[0.3], sims=2000)
    assert close(share(table, "rule", "roll_out", effect=0.3), 0.90)


@pytest.mark.slow
@pytest.mark.parametrize("sigma", [0.1, 0.2])
@pytest.mark.parametrize("tau", [0.0, 0.1, 0.2])
def test_the_predictive_interval_covers_and_the_test_keeps_its_level(sigma, tau):
    """§2.8: coverage at nominal 90 % is 86–99 % (where no unit differs, 99.6 %: τ = 0 is the prior's edge).
    The primary test finds 3.5–7 % at no average effect."""
    table = diagnose(dataclasses.replace(USUAL, sigma=sigma, tau=tau), plan=SIGNED, effects=[0.0], sims=2000)
    covered, error = share(table, "new_unit", "coverage")
    assert 0.86 - 3 * error <= covered <= 0.993 + 3 * error
    found, error = share(table, "test", "power")
    assert 0.035 - 3 * error <= found <= 0.07 + 3 * error
    held, error = share(table, "estimate", "coverage")
    assert held >= 0.90 - 0.02 - 3 * error
