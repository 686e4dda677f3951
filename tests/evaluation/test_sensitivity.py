"""What would overturn the result: every choice with its own verdict."""

import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation import decide, evaluate
from surveylib.evaluation.overturn import overturn_sentence
from surveylib.evaluation.predict import predict
from surveylib.model.alternative import Alternative
from surveylib.model.plan import Arms, GradeGate
from surveylib.model.text import Text
from tests.evaluation.conftest import OWN_RISES, make_cells, make_study

HIGH = (0.52, 0.47, 0.55, 0.44, 0.58)
INVARIANCE = {"group_a": 0}
NAME = Text(vi="Cách khác", en="Another choice")


def other(rises, check="another", **errors) -> Alternative:
    units = [f"p{i:02d}" for i in range(5)] + [f"c{i:02d}" for i in range(10)]
    table = pd.DataFrame({"unit": units, "change": [*rises, *OWN_RISES]}).assign(**errors)
    return Alternative(check=check, label=NAME, when=Text(vi="Nếu khác", en="Otherwise"), changes=(table,))


def evidence_of(plan, *, pilot=HIGH, study=None, cells=None, **options):
    cells = make_cells(pilot) if cells is None else cells
    return evaluate(cells, plan=plan, study=study or make_study(), invariance=INVARIANCE, **options)


def test_another_choice_gives_the_verdict_a_whole_evaluation_of_its_changes_gives(plan):
    rises = (0.12, 0.05, 0.22, -0.02, 0.10)
    whole = evidence_of(plan, pilot=rises)
    row = evidence_of(plan, alternatives=[other(rises)]).sensitivity.set_index("check").loc["another"]
    expected = whole.effects.iloc[0]
    assert (row["estimate"], row["conf_low"]) == pytest.approx((expected["estimate"], expected["conf_low"]))
    assert row["verdict"] == decide(whole, plan=plan).verdict
    assert row["overturns"] == 1
    assert "+0.09 points" in row["sentence_en"]


def test_the_same_changes_overturn_nothing(plan):
    evidence = evidence_of(plan, alternatives=[other(HIGH)])
    row = evidence.sensitivity.set_index("check").loc["another"]
    assert row["verdict"] == decide(evidence, plan=plan).verdict == "roll_out" and row["overturns"] == 0


def test_the_verdict_turns_where_the_table_says(plan):
    evidence = evidence_of(plan)
    turn = evidence.sensitivity.set_index("check").loc["turning_point"]
    for shift, same in ((turn["value"] - 0.006, True), (turn["value"], False)):
        lower = decide(evidence_of(plan, pilot=tuple(rise - shift for rise in HIGH)), plan=plan).verdict
        assert (lower == "roll_out") is same
    assert turn["verdict"] == lower


def test_completions_are_pooled_by_rubin(plan):
    first, second = (other(tuple(np.array(HIGH) + shift)) for shift in (0.0, 0.1))
    both = dataclasses.replace(first, changes=first.changes + second.changes)
    row = evidence_of(plan, alternatives=[both]).sensitivity.set_index("check").loc["another"]
    one = evidence_of(plan).effects.query("scope == 'all'").set_index("estimator").loc["welch"]
    assert row["estimate"] == pytest.approx(one["estimate"] + 0.05)
    # Between the completions lies 0.1: variance 0.005, times 1 + 1/2.
    assert (row["conf_high"] - row["conf_low"]) / 2 > 1.6 * np.sqrt(one["std_error"] ** 2 + 0.0075)


def test_units_that_fall_out_are_counted(plan):
    choice = other(HIGH)
    fewer = dataclasses.replace(choice, changes=(choice.changes[0].iloc[1:],))
    row = evidence_of(plan, alternatives=[fewer]).sensitivity.set_index("check").loc["another"]
    assert row["estimate"] == pytest.approx(np.mean(HIGH[1:]) - np.mean(OWN_RISES))
    assert "(only 4 pilot and 10 comparison units are left)" in row["sentence_en"]
    assert "(chỉ còn 4 đơn vị thí điểm, 10 đơn vị so sánh)" in row["sentence_vi"]


def test_a_pilot_that_falls_out_of_a_choice_is_one_that_lacks_data(plan):
    """A whole evaluation without it doubts the evidence, and so does the line of the table."""
    strict = dataclasses.replace(
        plan, gates=dataclasses.replace(plan.gates, evidence_grade=GradeGate(min="moderate"))
    )
    choice = other(HIGH)
    fewer = dataclasses.replace(choice, changes=(choice.changes[0].iloc[1:],))
    row = evidence_of(strict, alternatives=[fewer]).sensitivity.set_index("check").loc["another"]
    cells = make_cells(HIGH)
    without = evidence_of(strict, cells=cells[~((cells["unit"] == "p00") & (cells["wave"] == "post"))])
    assert row["verdict"] == decide(without, plan=strict).verdict == "extend"
    assert decide(evidence_of(strict), plan=strict).verdict == "roll_out"


def test_fewer_units_than_the_plan_asks_for_give_no_verdict(plan):
    choice = other(HIGH)
    for last, verdict in ((10, "roll_out"), (9, "")):
        left = dataclasses.replace(choice, changes=(choice.changes[0].iloc[:last],))
        row = evidence_of(plan, alternatives=[left]).sensitivity.set_index("check").loc["another"]
        assert row["verdict"] == verdict and ("no verdict" in row["sentence_en"]) is (not verdict)
    assert "5 pilot and 4 comparison units" in row["sentence_en"] and np.isnan(row["overturns"])


def test_self_pilots_among_the_pilots_too(plan):
    study = make_study(own={"c08": datetime.date(2015, 5, 1)})
    table = evidence_of(plan, study=study).sensitivity.set_index("check")
    left = [rise for number, rise in enumerate(OWN_RISES) if number != 8]
    assert table.loc["self_pilots_treated", "estimate"] == pytest.approx(
        np.mean([*HIGH, OWN_RISES[8]]) - np.mean(left)
    )


def test_units_surveyed_otherwise_are_left_out_once(plan):
    cells = make_cells(HIGH).assign(mode="paper")
    cells.loc[(cells["unit"] == "p00") & (cells["wave"] == "post"), "mode"] = "tablet"
    table = evidence_of(plan, cells=cells).sensitivity.set_index("check")
    assert table.loc["same_setting", "estimate"] == pytest.approx(np.mean(HIGH[1:]) - np.mean(OWN_RISES))
    assert "same_setting" not in evidence_of(plan).sensitivity["check"].tolist()


def test_pilots_chosen_for_their_gains_by_the_formula_of_olsen(plan):
    evidence = evidence_of(plan, population=45)
    post = evidence.posterior.set_index(["prior", "quantity"])["estimate"]
    # Five of 45: the chance of being chosen is 1 or 0, and varies by √(45/5 − 1) = √8.
    for rho in (0.1, 0.3):
        shift = rho * np.sqrt(8) * post["plan", "tau"]
        assert post[f"ρ={rho}", "theta"] == pytest.approx(post["plan", "theta"] - shift, rel=1e-9)
    chances = evidence.probabilities.set_index(["prior", "name"])["probability"]
    told = [chances[prior, "P(theta_new > 0)"] for prior in ("plan", "ρ=0.1", "ρ=0.3")]
    assert told == sorted(told, reverse=True) and told[0] > told[2]


def test_pilots_drawn_by_lot_are_chosen_for_nothing(plan):
    random = dataclasses.replace(plan, arms=Arms(assignment="random"))
    assert not evidence_of(random).posterior["prior"].str.startswith("ρ").any()


def test_a_type_with_enough_units_has_its_own_prediction(plan):
    changes = evidence_of(plan).changes
    changes = changes.assign(
        type=["OD" if unit in ("p00", "c00", "c01") else "LG" for unit in changes["unit"]]
    )
    made = predict(changes, plan=plan, outcome="overall").posterior
    assert set(made.loc[made["prior"].str.startswith("type"), "prior"]) == {"type:LG"}
    own = predict(changes[changes["type"] == "LG"], plan=plan, outcome="overall").posterior
    row, expected = (
        table[(table["prior"] == prior) & (table["quantity"] == "theta_new")].iloc[0]
        for table, prior in ((made, "type:LG"), (own, "plan"))
    )
    assert row["conf_low"] == pytest.approx(expected["conf_low"])


def test_one_sentence_names_what_turns_the_verdict():
    label = Text(vi="Bỏ đơn vị bất lợi nhất", en="Worst unit left out")
    tried = [("a", label, "extend"), ("b", NAME, "roll_out"), ("c", NAME, "")]
    said = overturn_sentence(tried, own="roll_out", turn=0.09)
    assert "of 2 other choices tried, 1 lead elsewhere: worst unit left out (extend the pilot)." in said.en
    assert "0,09 điểm" in said.vi and "bỏ đơn vị bất lợi nhất (kéo dài thí điểm)" in said.vi
    assert "none changes it" in overturn_sentence(tried[1:], own="roll_out", turn=float("nan")).en


def test_one_comparison_unit_is_not_called_none(plan):
    evidence = evaluate(make_cells(HIGH, OWN_RISES[:1]), plan=plan)
    assert evidence.maryland == 2 and evidence.grade == "very_low"
    assert evidence.grade_reasons[0].en.endswith("fewer than two comparison units.")
    assert evidence.sensitivity.empty
