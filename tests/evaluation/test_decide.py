"""From cells to verdict: rules, gates and caps, refusals, and inputs that allow no verdict."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.evaluation.decide import VERDICTS, decide, judge, verdict_name
from surveylib.evaluation.evaluate import evaluate
from surveylib.evaluation.record import (
    decision_from_json,
    decision_to_json,
    evidence_from_json,
    evidence_to_json,
)
from surveylib.evaluation.refuse import CODES, refuse
from surveylib.evaluation.staged import staged_order
from surveylib.model.frozen import Deviation
from surveylib.model.plan import (
    AnalysisPlan,
    Arms,
    Gates,
    PlanWaves,
    Registration,
    Rule,
    UnitsGate,
    default_plan,
)

from .conftest import OWN_RISES, PILOT_RISES, make_cells, make_study

EXAMINED = {"group_a": 0, "group_b": 1}
HIGH = np.array(PILOT_RISES) + 0.1


def run(cells, plan, **more):
    evidence = evaluate(cells, plan=plan, **({"study": make_study(), "invariance": EXAMINED} | more))
    return evidence, decide(evidence, plan=plan)


def test_all_gates_passed_and_a_large_effect_rolls_out(plan):
    evidence, decision = run(make_cells(HIGH), plan)
    assert [gate.status for gate in decision.gates] == ["passed"] * 7
    assert (decision.verdict, decision.decided_by, decision.capped_from) == ("roll_out", "rule", None)
    assert decision.rule == plan.rules[1].when and not decision.exploratory and decision.order == ()
    assert (
        "Triển khai toàn tỉnh" in decision.headline.vi
        and decision.plan_digest == plan.digest == evidence.plan_digest
    )


@pytest.mark.parametrize(
    ("shift", "verdict"), [(-0.7, "stop"), (-0.38, "stop"), (-0.24, "extend"), (0.1, "roll_out")]
)
def test_the_first_matching_rule_wins(plan, shift, verdict):
    assert run(make_cells(np.array(PILOT_RISES) + shift), plan)[1].by_rule == verdict


def test_else_is_reached_when_nothing_else_matches(plan):
    rules = (*plan.rules[1:3], plan.rules[3])
    decision = run(make_cells(np.array(PILOT_RISES) - 0.6), dataclasses.replace(plan, rules=rules))[1]
    assert (decision.verdict, decision.rule) == ("revise", "else") and len(decision.sentences) >= 3


def test_a_verdict_needs_nothing_but_probabilities_gates_and_the_refusal(plan):
    """What operating characteristics are simulated with."""

    def asked(one):
        return {"P(theta > 0)": 0.99, "P(theta >= sesoi)": 0.8, "P(theta < harm)": 0.01}.get(one.text, 0.9)

    free = judge(plan, asked=asked, gates=(), refused=False)
    assert (free.verdict, free.rule.verdict, free.decided_by) == ("roll_out", "roll_out", "rule")
    assert judge(plan, asked=asked, gates=(), refused=True).decided_by == "R2"
    unseen = run(make_cells(HIGH), plan, invariance=None)[0].gates
    capped = judge(plan, asked=asked, gates=unseen, refused=False)
    assert (capped.verdict, capped.decided_by) == ("extend", "invariance")
    assert judge(plan, asked=lambda one: 0.0, gates=unseen, refused=True).verdict == "stop"


def gate_case(name, plan):
    """Cells, plan and options under which that one gate is not passed."""
    cells = make_cells(HIGH)
    if name == "comparison_units":
        return cells, dataclasses.replace(plan, gates=Gates(comparison_units=UnitsGate(min=11))), {}
    if name == "selection_not_on_baseline":
        return (
            cells,
            dataclasses.replace(plan, waves=dataclasses.replace(plan.waves, selection_wave="pre")),
            {},
        )
    if name == "mode_instrument_constant":
        alone = (cells["arm"] == "pilot") & (cells["wave"] == "post")
        return cells.assign(mode=np.where(alone, "tablet", "paper")), plan, {}
    if name == "invariance":
        return cells, plan, {"invariance": {"group_a": 2}}
    if name == "breakdown_exceeds_comparison_spread":
        return make_cells(HIGH - 0.05, np.array([0.42, 0.40, 0.38, *OWN_RISES[3:]])), plan, {}
    raise AssertionError(name)


@pytest.mark.parametrize(
    "name",
    [
        "comparison_units",
        "selection_not_on_baseline",
        "mode_instrument_constant",
        "invariance",
        "breakdown_exceeds_comparison_spread",
    ],
)
def test_a_failed_gate_caps_the_verdict_and_is_named(plan, name):
    cells, changed, options = gate_case(name, plan)
    decision = run(cells, changed, **options)[1]
    status = {gate.name: gate.status for gate in decision.gates}
    assert status[name] == "failed" and decision.by_rule == "roll_out"
    assert (decision.verdict, decision.capped_from) == ("extend", "roll_out")
    assert any(gate.label.vi in decision.headline.vi for gate in decision.gates if gate.status == "failed")


def test_what_was_not_examined_caps_too_and_says_so(plan):
    decision = run(make_cells(HIGH), plan, invariance=None)[1]
    assert (decision.verdict, decision.decided_by) == ("extend", "invariance")
    assert "chưa kiểm tra được" in decision.headline.vi and "could not be examined" in decision.headline.en


def test_a_gate_never_softens_a_stop(plan):
    decision = run(make_cells(np.array(PILOT_RISES) - 0.7), plan, invariance={"group_a": 9})[1]
    assert decision.verdict == "stop" and decision.capped_from is None


def test_one_unit_that_makes_the_result_fails_its_gate(plan):
    evidence, decision = run(make_cells((0.9, -0.05, 0.02, -0.03, 0.0)), plan)
    assert {gate.name: gate.status for gate in decision.gates}["leave_one_unit_out_sign"] == "failed"
    assert "p00" in " ".join(gate.reason.en for gate in evidence.gates)


def test_four_comparison_units_never_roll_out_however_the_gates_are_set(plan):
    lax = dataclasses.replace(
        plan,
        arms=dataclasses.replace(plan.arms, comparison=dataclasses.replace(plan.arms.comparison, min=2)),
        gates=Gates(comparison_units=UnitsGate(min=2)),
    )
    study = make_study(comparison=("c00", "c01", "c02", "c03"))
    evidence, decision = run(make_cells(HIGH, OWN_RISES[:4]), lax, study=study)
    assert decision.by_rule == "roll_out" and decision.decided_by == "R2" and decision.verdict == "extend"
    assert evidence.refusal("R2") is not None
    drawn = dataclasses.replace(lax, arms=dataclasses.replace(lax.arms, assignment="random"))
    assert run(make_cells(HIGH, OWN_RISES[:4]), drawn, study=study)[1].verdict == "roll_out"


def test_an_extension_reaches_every_comparison_unit_in_a_drawn_order(plan):
    evidence, decision = run(make_cells(HIGH), plan, invariance=None)
    assert sorted(decision.order) == sorted({f"c{i:02d}" for i in range(10)})
    own = [f"c{i:02d}" for i in range(10)]
    assert staged_order(own, seed=evidence.seed) == decision.order != tuple(own)

    assert staged_order(own, seed=7) != decision.order


@pytest.mark.parametrize(
    ("pilot", "comparison", "code"),
    [
        ((0.4,), OWN_RISES, "R6"),
        (PILOT_RISES, (), "R2"),
        (PILOT_RISES, (0.0,), "R2"),
        ((0.3,) * 5, (0.1,) * 10, "R3"),
    ],
)
def test_no_verdict_but_a_refusal_and_what_may_still_be_said(pilot, comparison, code):
    evidence = evaluate(make_cells(pilot, comparison))
    decision = decide(evidence, plan=default_plan())
    assert (decision.verdict, decision.by_rule, decision.decided_by) == ("undecided", "undecided", code)
    refusal = evidence.refusal(code)
    assert refusal.still.vi in decision.sentences[0].vi and refusal.still.en in decision.sentences[0].en
    assert evidence.probabilities.empty and evidence.posterior.empty


def test_when_all_comparison_units_pilot_by_themselves_only_change_is_left(plan):
    own = {f"c{i:02d}": datetime.date(2015, 2, 1) for i in range(10)}
    evidence, decision = run(make_cells(HIGH), plan, study=make_study(own=own))
    assert (
        decision.verdict == "undecided"
        and "others that pilot by themselves and compare no longer: 10." in evidence.refusal("R2").why.en
    )
    only = evidence.effects.set_index("estimator").loc["pilots_only"]
    assert (
        only["estimate"] == pytest.approx(HIGH.mean())
        and evidence.maryland == 2
        and evidence.grade == "very_low"
    )


def test_no_pilot_unit_at_all_is_said():
    evidence = evaluate(make_cells(()))
    assert "no pilot" in evidence.effects["reason_en"].iloc[0]
    assert decide(evidence, plan=default_plan()).verdict == "undecided"


def codes(evidence) -> set[str]:
    return {one.code for one in evidence.refusals}


WARNED = {
    "R5": lambda c, p: evaluate(c, plan=p),
    "R7": lambda c, p: evaluate(
        c, plan=dataclasses.replace(p, waves=dataclasses.replace(p.waves, selection_wave="pre"))
    ),
    "R8": lambda c, p: evaluate(
        c.assign(place=np.where((c["arm"] == "pilot") & (c["wave"] == "post"), "home", "exit")), plan=p
    ),
    "W1": lambda c, p: evaluate(c.assign(top_share=np.where(c["unit"] == "p01", 0.6, 0.3)), plan=p),
    "W2": lambda c, p: evaluate(c, plan=p, invariance={"group_c": 3}),
    "W3": lambda c, p: evaluate(c.assign(n_eff=np.where(c["unit"] == "c02", 60.0, 150.0)), plan=p),
    "W5": lambda c, p: evaluate(
        c.assign(mean=c["mean"] + 0.3 * c["unit"].isin(["c01", "p01"]) * (c["wave"] == "post")), plan=p
    ),
    "W6": lambda c, p: evaluate(c.assign(n=np.where(c["unit"] == "p04", 40.0, 150.0)), plan=p),
    "W7": lambda c, p: evaluate(c, plan=dataclasses.replace(p, registered=None)),
}


@pytest.mark.parametrize("code", WARNED)
def test_each_warning_has_its_cause(cells, plan, code):
    early = cells[cells["wave"] == "pre"].assign(wave="before")
    quiet = evaluate(
        pd.concat([cells.assign(mode="paper"), early.assign(mode="paper")]),
        plan=dataclasses.replace(plan, waves=PlanWaves(pre=("before", "pre"), post=("post",))),
    )
    assert code not in codes(quiet)
    assert code in codes(WARNED[code](cells, plan))


@pytest.mark.parametrize("code", CODES)
def test_every_refusal_speaks_both_languages(code):
    one = refuse(code, where="somewhere")
    for text in (one.refused, one.why, one.still):
        assert text.vi and text.en and text.vi != text.en
    assert one.warning == code.startswith("W")


def test_an_unknown_refusal_is_a_mistake():
    with pytest.raises(SurveyError, match="unknown refusal"):
        refuse("R99", where="x")


@pytest.mark.parametrize(
    ("day", "exploratory"), [((2015, 10, 31), False), ((2015, 11, 1), True), ((2015, 12, 9), True)]
)
def test_a_plan_signed_after_the_first_answers_is_exploratory(cells, plan, day, exploratory):
    late = dataclasses.replace(plan, registered=Registration(at=datetime.date(*day), by="Sở Nội vụ"))
    evidence, decision = run(cells, late)
    assert evidence.exploratory is decision.exploratory is exploratory
    assert ("W7" in codes(evidence)) is exploratory


def test_without_a_plan_the_default_one_is_used_and_marked(cells):
    evidence = evaluate(cells)
    assert evidence.exploratory and evidence.plan_digest == default_plan().digest
    assert decide(evidence, plan=default_plan()).verdict != "roll_out"


def test_evidence_of_another_plan_is_refused(cells, plan):
    evidence = evaluate(cells, plan=plan)
    with pytest.raises(SurveyError, match="another plan"):
        decide(evidence, plan=default_plan())


def test_a_rule_may_ask_for_thresholds_of_its_own(plan):
    rule = Rule(verdict="stop", when="P(theta > 0.9) <= 0.5 and not P(theta_new < -0.3) > 0.2")
    own = dataclasses.replace(plan, rules=(rule, plan.rules[-1]))
    assert run(make_cells(HIGH), own)[1].verdict == "stop"


def test_missing_pilots_lower_the_grade(plan):
    cells = make_cells(HIGH)
    whole, lacking = run(cells, plan)[0], run(cells[cells["unit"] != "p03"], plan)[0]
    assert (whole.maryland, lacking.maryland) == (3, 3)
    new = {one.en for one in lacking.grade_reasons} - {one.en for one in whole.grade_reasons}
    assert new == {"1 pilot unit lacks data."} and lacking.grade != whole.grade


def test_a_primary_outcome_that_is_not_there(cells, plan):
    with pytest.raises(SurveyError, match="primary outcome"):
        evaluate(cells.assign(outcome="trips"), plan=plan)
    with pytest.raises(SurveyError, match="no unit has a usable change"):
        evaluate(cells.assign(n_eff=5.0), plan=plan)


def test_the_record_comes_back_digit_for_digit(plan):
    evidence, decision = run(make_cells(HIGH), plan, invariance=None)
    again = evidence_from_json(evidence_to_json(evidence))
    assert evidence_to_json(again) == evidence_to_json(evidence)
    for name in ("changes", "effects", "guards", "posterior", "probabilities", "next_units", "sensitivity"):
        pd.testing.assert_frame_equal(
            getattr(again, name), getattr(evidence, name), check_dtype=False, check_exact=True
        )
    assert decide(again, plan=plan) == decision == decision_from_json(decision_to_json(decision))
    empty = evaluate(make_cells((0.4,)))
    assert evidence_to_json(evidence_from_json(evidence_to_json(empty))) == evidence_to_json(empty)
    for text in ("{}", "not json", '{"changes": 3}'):
        with pytest.raises(SurveyError, match="not a record"):
            evidence_from_json(text)


def test_the_same_cells_give_the_same_bytes(plan):
    cells = make_cells(HIGH)
    shuffled = cells.sample(frac=1, random_state=2)
    one, two = (evidence_to_json(evaluate(c, plan=plan, study=make_study())) for c in (cells, shuffled))
    assert one == two


def test_sensitivity_names_what_would_overturn_the_result(plan):
    own = {"c08": datetime.date(2015, 5, 1)}
    cells = make_cells(HIGH).assign(visitors=400.0)
    table = run(cells, plan, study=make_study(own=own))[0].sensitivity.set_index("check")
    assert set(table.index) >= {
        "breakdown",
        "leave_one_out",
        "self_pilots",
        "visitor_weighted",
        "prior ×0.5",
        "prior ×2",
    }
    whole = np.mean(HIGH) - np.mean(OWN_RISES)
    assert table.loc["self_pilots", "estimate"] == pytest.approx(whole)
    assert (
        0 < table.loc["breakdown", "value"] < whole
        and "of 9 comparison units" in table.loc["breakdown", "sentence_en"]
    )


def test_arms_named_by_the_plan_override_the_study(cells):
    plan = AnalysisPlan(arms=Arms(pilot=("p00", "p01", "c09")))
    row = evaluate(cells, plan=plan, study=make_study()).effects.iloc[0]
    assert (row["n_pilot"], row["n_comparison"]) == (3, 9)


def test_a_late_plan_says_nothing_of_how_pilots_were_chosen_and_cannot_roll_out(plan):
    """Signed when answers after the pilot were coming in, it is worth no more than no plan at all."""
    cells, day = make_cells(HIGH), plan.registered.at
    evidence, decision = run(cells, plan, first_answer=day)
    assert evidence.exploratory and evidence.refusal("W7") is not None
    gate = next(one for one in evidence.gates if one.name == "selection_not_on_baseline")
    assert gate.status == "not_assessable" and "not said beforehand" in gate.reason.en
    assert (decision.by_rule, decision.verdict) == ("roll_out", "extend")
    early, decision = run(cells, plan, first_answer=day + datetime.timedelta(1))
    assert not early.exploratory and decision.verdict == "roll_out"


def test_an_exploratory_verdict_bears_the_mark_in_its_own_line(plan):
    """Not in a footnote: whoever copies the line copies the mark."""
    cells = make_cells(HIGH)
    edited = Deviation(part="plan", field="thresholds.sesoi", old="0.3", new="0.2")
    evidence, decision = run(cells, plan, deviations=(edited,))
    assert evidence.exploratory and decision.verdict == "roll_out"
    assert decision.headline.vi.startswith("Triển khai toàn tỉnh (thăm dò)")
    assert decision.headline.en.startswith("Roll out to the whole province (exploratory)")
    clean = run(cells, plan)[1]
    assert "thăm dò" not in clean.headline.vi and "theta" not in clean.headline.vi
    for verdict, name in VERDICTS.items():
        marked = verdict_name(verdict, exploratory=True)
        assert verdict_name(verdict, exploratory=False) == name
        assert ("exploratory" in marked.en) == (verdict != "undecided")
