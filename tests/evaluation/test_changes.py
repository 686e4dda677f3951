"""One change a unit: arithmetic, dates that decide the arm, and units that drop out by name."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.evaluation.changes import changes
from surveylib.evaluation.evaluate import evaluate
from surveylib.model.evidence import CHANGE_COLUMNS
from surveylib.model.plan import AnalysisPlan, Arms, PlanWaves, default_plan

from .conftest import make_cells, make_study


def test_change_and_its_error(cells):
    table, findings = changes(cells, plan=default_plan())
    assert tuple(table.columns) == CHANGE_COLUMNS and len(table) == 15 and not findings
    row = table.set_index("unit").loc["p02"]
    assert row["change"] == pytest.approx(0.55) and row["std_error"] == pytest.approx(0.07 * 2**0.5)
    assert (row["n"], row["n_pre"], row["n_post"]) == (300, 150, 150)


def test_two_baselines_are_averaged(cells):
    early = cells[cells["wave"] == "pre"].assign(
        wave="earlier", role="pre", mean=lambda rows: rows["mean"] - 0.1
    )
    both = pd.concat([cells.assign(role=cells["wave"]), early])
    row = changes(both, plan=default_plan())[0].set_index("unit").loc["p02"]
    assert row["change"] == pytest.approx(0.55 + 0.05)
    assert row["std_error"] == pytest.approx(0.07 * (1 + 1 / 2) ** 0.5)
    assert (row["n_pre_waves"], row["n_post_waves"]) == (2, 1)


def test_a_unit_without_a_wave_is_dropped_and_named(cells):
    lacking = cells[~((cells["unit"] == "p03") & (cells["wave"] == "post"))]
    table, findings = changes(lacking, plan=default_plan())
    assert "p03" not in set(table["unit"]) and len(table) == 14
    assert [(one.code, "p03" in one.message.vi, "p03" in one.message.en) for one in findings] == [
        ("E01", True, True)
    ]


def test_a_blank_mean_is_a_missing_wave(cells):
    blank = cells.assign(mean=cells["mean"].where(cells["unit"] != "c04"))
    table, findings = changes(blank, plan=default_plan())
    assert "c04" not in set(table["unit"]) and "c04" in findings[0].message.en


def test_a_unit_without_any_cell_of_an_outcome_is_named(cells):
    facts = make_cells(outcome="trips")
    table, findings = changes(pd.concat([cells, facts[facts["unit"] != "c09"]]), plan=default_plan())
    assert len(table) == 29 and "trips" in findings[0].where and "c09" in findings[0].message.en


def test_fewer_than_thirty_effective_answers_say_nothing(cells):
    thin = cells.assign(n_eff=np.where(cells["unit"] == "c01", 29.0, 140.0))
    table, findings = changes(thin, plan=default_plan())
    assert "c01" not in set(table["unit"]) and findings[0].code == "E02" and "c01" in findings[0].message.vi


@pytest.mark.parametrize("wave", ["pre", "post"])
def test_thirty_effective_answers_are_asked_of_every_unit_wave_and_outcome(cells, wave):
    """The refusal bites on the one cell: the unit keeps its other outcomes, the others keep this one."""
    both = pd.concat([cells, make_cells(outcome="trips")], ignore_index=True)
    cell = (both["unit"] == "c01") & (both["outcome"] == "overall") & (both["wave"] == wave)
    for n_eff, kept in ((29.99, 29), (30.0, 30)):
        table, findings = changes(both.assign(n_eff=np.where(cell, n_eff, 150.0)), plan=default_plan())
        assert len(table) == kept and ("trips", "c01") in set(
            zip(table["outcome"], table["unit"], strict=True)
        )
        assert [(one.code, one.where) for one in findings] == [("E02", "outcome overall")] * (30 - kept)


def test_an_outcome_measured_only_afterwards_has_no_change(cells):
    extra = make_cells(outcome="apology")
    table, findings = changes(pd.concat([cells, extra[extra["wave"] == "post"]]), plan=default_plan())
    assert set(table["outcome"]) == {"overall"} and "apology" in findings[0].where


def test_the_date_decides_who_compares(cells, plan):
    during, after = datetime.date(2015, 3, 1), datetime.date(2016, 1, 1)
    study = make_study(own={"c00": during, "c01": after})
    table, findings = changes(cells, plan=plan, study=study)
    arm = table.set_index("unit")["arm"]
    assert arm["c00"] == "self_pilot" and arm["c01"] == "comparison" and arm["p00"] == "pilot"
    assert [one.where for one in findings if one.code == "E03"] == ["unit c00"]


def test_a_unit_exposed_at_the_baseline_has_none(cells, plan):
    table, findings = changes(cells, plan=plan, study=make_study(own={"c05": datetime.date(2014, 10, 15)}))
    assert "c05" not in set(table["unit"]) and [one.code for one in findings] == ["E04"]


def test_a_unit_of_the_study_without_data_is_named(cells, plan):
    findings = changes(cells[cells["unit"] != "p01"], plan=plan, study=make_study())[1]
    assert [(one.code, "p01" in one.message.en) for one in findings] == [("E05", True)]


def test_a_pilot_of_the_plan_without_a_baseline_or_data_is_named_and_left_out(cells, plan):
    named = dataclasses.replace(plan, arms=Arms(pilot=("p00", "p01", "p02", "p03", "c05")))
    study = make_study(own={"c05": datetime.date(2014, 10, 15)})
    table, findings = changes(cells[cells["unit"] != "p03"], plan=named, study=study)
    assert {one.code: one.message.en.count("c05") + one.message.en.count("p03") for one in findings} == {
        "E04": 1,
        "E05": 1,
    }
    assert set(table.loc[table["arm"] == "pilot", "unit"]) == {"p00", "p01", "p02"}
    evidence = evaluate(cells[cells["unit"] != "p03"], plan=named, study=study)
    assert "2 pilot units lack data." in [reason.en for reason in evidence.grade_reasons]


def test_a_pilot_of_the_plan_that_is_none_by_its_date_is_named(cells, plan):
    named = dataclasses.replace(plan, arms=Arms(pilot=("p00", "p01", "c00", "c01")))
    table, findings = changes(cells, plan=named, study=make_study(own={"c00": datetime.date(2015, 3, 1)}))
    said = {one.where: one.message.en for one in findings if one.code == "E07"}
    assert set(said) == {"unit c00", "unit c01"}
    assert "self_pilot" in said["unit c00"] and "comparison" in said["unit c01"]
    assert set(table.loc[table["arm"] == "pilot", "unit"]) == {"p00", "p01", "c00", "c01"}


def test_a_pilot_that_begins_between_two_waves_after_is_named(cells, plan):
    later = cells[cells["wave"] == "post"].assign(wave="later")
    two = dataclasses.replace(plan, waves=PlanWaves(pre=("pre",), post=("post", "later")))
    dates = {"pre": "2014-10-31", "post": "2015-11-30", "later": "2016-05-31"}
    rows = pd.concat([cells, later]).assign(date=lambda c: c["wave"].map(dates))
    start = rows["unit"].map({"p00": "2014-11-01", "p01": "2015-12-05", "c00": "2015-12-05"})
    findings = changes(rows.assign(start=start), plan=two)[1]
    assert [(one.code, one.where) for one in findings] == [("E08", "unit p01")]
    assert "wave post ended" in findings[0].message.en


def test_the_plan_may_name_the_pilots(cells):
    plan = AnalysisPlan(arms=Arms(pilot=("p00", "p01", "c00")))
    arm = changes(cells, plan=plan)[0].set_index("unit")["arm"]
    assert arm["c00"] == "pilot" and arm["p04"] == "self_pilot" and (arm == "pilot").sum() == 3


@pytest.mark.parametrize(
    ("break_it", "said"),
    [
        (lambda c: c.drop(columns="se"), "no se"),
        (lambda c: c.assign(arm=c["arm"].replace("pilot", "pilots")), "did you mean 'pilot'"),
        (lambda c: pd.concat([c, c.head(1)]), "stands twice"),
        (lambda c: c.assign(arm=["pilot", *c["arm"].iloc[1:-1], "pilot"]), "two arms"),
        (lambda c: c.assign(mean=c["mean"].astype(str).replace("3.4", "ba")), "not a number"),
        (lambda c: c.assign(se=-c["se"]), "not below 0"),
        (lambda c: c[c["wave"] == "pre"], "wave after"),
        (lambda c: c.assign(unit=[None, *c["unit"].iloc[1:]]), "unit is blank"),
    ],
)
def test_cells_that_cannot_be_used(cells, break_it, said):
    with pytest.raises(SurveyError) as caught:
        changes(break_it(cells), plan=default_plan())
    assert said in str(caught.value)


def test_unknown_names_are_guessed(cells, plan):
    with pytest.raises(SurveyError, match="did you mean 'pre'"):
        changes(
            cells.replace({"wave": {"post": "pre1"}}).assign(role=cells["wave"]), plan=_waves("pree", "pre1")
        )
    with pytest.raises(SurveyError, match="did you mean 'p04'"):
        changes(cells.replace({"unit": {"p04": "p44"}}), plan=plan, study=make_study())
    with pytest.raises(SurveyError, match="pilot unit of the plan"):
        changes(cells, plan=AnalysisPlan(arms=Arms(pilot=("p99",))))


def _waves(pre: str, post: str) -> AnalysisPlan:
    return AnalysisPlan(waves=PlanWaves(pre=(pre,), post=(post,)))


def test_days_tell_before_and_after_where_units_have_a_day_of_start(cells):
    dated = cells.assign(wave=cells["wave"].map({"pre": "2014-10", "post": "2015-11-30"}))
    dated = dated.assign(start=dated["arm"].map({"pilot": "2014-11-01"}))
    table, _ = changes(dated, plan=default_plan())
    want, _ = changes(cells, plan=default_plan())
    assert table["change"].to_list() == want["change"].to_list()
    between = dated.assign(start=dated["start"].where(dated["unit"] != "p00", "2015-12-01"))
    with pytest.raises(SurveyError, match="wave after"):  # one pilot starts after the last wave
        changes(between, plan=default_plan())
