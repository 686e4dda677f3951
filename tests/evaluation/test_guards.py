"""Guards beside the plan's own answer: who is shown, who is refused, and the warning that goes with CR1."""

from __future__ import annotations

import json

import numpy as np
import pytest

from surveylib.evaluation.changes import changes
from surveylib.evaluation.guards import guards
from surveylib.model.plan import Analysis, AnalysisPlan, default_plan

from .conftest import OWN_RISES, PILOT_RISES, make_cells


def table(cells, plan=None):
    plan = plan or default_plan()
    made, said = guards(changes(cells, plan=plan)[0], plan=plan, outcome="overall")
    return made, said


def test_the_simulated_pilot(golden_cells, shared):
    golden = json.loads((shared / "golden/evaluation/effects.json").read_text(encoding="utf-8"))["sim_pilot"]
    made = table(golden_cells)[0].set_index("guard")
    assert made.loc["cr1", "p_value"] == pytest.approx(golden["CR1_p_t14"], rel=1e-8)
    assert made.loc["pooled_t", "p_value"] == pytest.approx(golden["unit_level"]["p_pooled_t13"], rel=1e-8)
    wild = made.loc["wild_bootstrap"]
    assert wild["p_value"] == golden["WCR_rademacher_enumerated_2e15"]["p_weak"]
    assert np.isnan(wild["std_error"]) and np.isnan(wild["conf_low"]) and "32,768" in wild["note_en"]


def test_cr1_comes_with_its_warning_and_the_worth_of_the_clusters(cells):
    made = table(cells)[0].set_index("guard")
    assert "7–8%" in made.loc["cr1", "note_vi"] and "10.0 equal ones" in made.loc["cr1", "note_en"]
    assert (made.loc[["pooled_t", "cr2_bm", "ibragimov_mueller", "cr3"], "note_en"] == "").all()


def test_a_plan_without_guards_shows_the_usual_answers_all_the_same(cells):
    made = table(cells, AnalysisPlan(analysis=Analysis(guards=())))[0]
    assert list(made["guard"]) == ["pooled_t", "cr1", "cr3", "wild_bootstrap"]


@pytest.mark.parametrize(("pilots", "refused"), [(3, ["R4"]), (4, [])])
def test_whatever_clusters_respondents_is_refused_with_three_pilots(pilots, refused):
    made, said = table(make_cells(PILOT_RISES[:pilots]))
    clustered = {"cr1", "cr2_bm", "cr3", "wild_bootstrap"}
    assert [one.code for one in said] == refused
    assert clustered & set(made["guard"]) == (set() if refused else clustered)


def test_no_guard_prints_a_p_below_its_floor():
    made = table(make_cells(np.array(PILOT_RISES) + 5))[0]
    assert (made["p_value"] >= made["p_floor"]).all() and made["p_floor"].min() == pytest.approx(1 / 3003)


def test_guards_of_equal_arms_count_the_mirror_image():
    """Four against four: 2 of 70 ways; without one of them three against four, 1 of 35."""
    made = table(make_cells(np.array(PILOT_RISES[:4]) + 5, OWN_RISES[:4]))[0]
    without = made["guard"] == "leave_one_out"
    assert made.loc[~without, "p_floor"].to_list() == pytest.approx([2 / 70] * 6)
    assert made.loc[without, "p_floor"].to_list() == pytest.approx([1 / 35] * 8)
    assert made.set_index("guard").loc["pooled_t", "p_value"] == pytest.approx(2 / 70)
