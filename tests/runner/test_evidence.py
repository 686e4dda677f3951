"""What the evaluation is told of a run's answers: people asked twice, arms and registration by date."""

from __future__ import annotations

import dataclasses
import datetime

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation.freeze import freeze
from surveylib.model.plan import Arms
from surveylib.model.study import Exposure
from surveylib.runner.evidence import paired_of
from surveylib.runner.meaning import arms_of
from surveylib.runner.registration import as_registered, deviations_of, first_interview, record_of
from surveylib.runner.stages import Stages

WAVES = ("t0", "interim", "t1")


def started(stages: Stages, **days) -> Stages:
    """With other days of start: of a pilot unit the day its pilot began, of another its own."""
    units = [
        dataclasses.replace(
            unit,
            exposure=Exposure(
                kind="pilot" if unit.arm == "pilot" else "self_pilot", start=datetime.date(*days[unit.id])
            ),
        )
        if unit.id in days
        else unit
        for unit in stages.files.study.units
    ]
    study = dataclasses.replace(stages.files.study, units=tuple(units), panel=True)
    return dataclasses.replace(stages, files=dataclasses.replace(stages.files, study=study))


def followed(stages: Stages) -> pd.DataFrame:
    """The answers, numbered alike in every wave of a unit as if they were the same people's."""
    rows = stages.fieldwork.responses.rows
    place = rows.groupby(["unit", "wave"]).cumcount().astype(str)
    return rows.assign(respondent=rows["unit"] + "-" + place)


def paired(stages: Stages, rows: pd.DataFrame):
    return paired_of(stages.files, rows, stages.scores, weights=np.ones(len(rows)))


def test_a_study_that_follows_nobody_has_no_pairs(computed):
    assert paired(computed, followed(computed)) is None


def test_a_pair_is_the_person_before_and_after(computed):
    """Against the change worked out person by person; the interim wave is on neither side."""
    stages, rows = started(computed), followed(computed)
    table, findings = paired(stages, rows)
    assert findings == () and set(table["unit"]) == set(rows["unit"])
    wide = rows.assign(y=stages.scores["overall"]).pivot(
        index=["unit", "respondent"], columns="wave", values="y"
    )
    change = (wide["t1"] - wide["t0"]).dropna()
    made = table.set_index("unit")["change"]
    assert made.to_dict() == pytest.approx(change.groupby(level="unit").mean().to_dict())


def test_months_the_plan_leaves_out_count_in_no_pair(computed):
    stages = started(computed)
    waves = dataclasses.replace(stages.files.plan.waves, exclude_months=("2015-11",))
    plan = dataclasses.replace(stages.files.plan, waves=waves)
    table, findings = paired(
        dataclasses.replace(stages, files=dataclasses.replace(stages.files, plan=plan)), followed(stages)
    )
    assert table.empty and {one.code for one in findings} <= {"E02", "E06"} and findings


def test_arms_of_pairs_are_those_of_the_effect(computed):
    days = {"phu_hoa": (2015, 3, 1), "kbnn_dau_tieng": (2016, 1, 1), "phu_cuong": (2014, 9, 1)}
    stages = started(computed, **days)
    table, _ = paired(stages, followed(stages))
    assert table.set_index("unit")["arm"].to_dict() == {
        "phu_hoa": "self_pilot",
        "kbnn_dau_tieng": "comparison",  # had not begun
        "kbnn_phu_giao": "comparison",
    }
    assert arms_of(stages.files, waves=WAVES)["phu_cuong"] == "exposed"


def test_pilots_the_plan_names_are_the_pilots(computed):
    plan = dataclasses.replace(computed.files.plan, arms=Arms(pilot=("phu_cuong",)))
    arms = arms_of(dataclasses.replace(computed.files, plan=plan), waves=WAVES)
    assert (arms["phu_cuong"], arms["kbnn_dau_tieng"], arms["phu_hoa"]) == (
        "pilot",
        "self_pilot",
        "comparison",
    )


# ---- when the first answer was given ---------------------------------------------------------------------


def dated(stages: Stages, *days: str) -> pd.DataFrame:
    """The answers, the first of the last wave given on these days and the others a month later."""
    rows = stages.fieldwork.responses.rows.copy()
    last = rows.index[rows["wave"] == "t1"]
    rows.loc[last, "date"] = "2015-12-01"
    rows.loc[last[: len(days)], "date"] = list(days)
    return rows


@pytest.mark.parametrize(
    ("days", "first"),
    [(("2015-10-20",), "2015-10-20"), ((), "2015-12-01"), (("2012-01-01", ""), "2015-12-01")],
)
def test_the_first_interview_is_by_the_dates_on_the_forms(computed, days, first):
    assert first_interview(computed.files, dated(computed, *days)).isoformat() == first


def test_answers_without_dates_leave_the_day_of_the_wave(computed):
    rows = computed.fieldwork.responses.rows.assign(date="")
    assert first_interview(computed.files, rows) == datetime.date(2015, 11, 1)


def test_a_freezing_after_the_first_interview_settles_nothing(computed):
    """Frozen in September, and again, with a lower bar, when the interviewers had been out for five days."""
    files, record = computed.files, record_of(computed.files)
    lower = dataclasses.replace(files.plan, thresholds=dataclasses.replace(files.plan.thresholds, sesoi=0.1))
    frozen = None
    for plan, day in ((files.plan, (2015, 9, 30)), (lower, (2015, 10, 25))):
        at = datetime.datetime(*day, 12, tzinfo=datetime.UTC)
        frozen = freeze(plan, record=record, at=at, by="Sở Nội vụ", before=frozen)
    edited = dataclasses.replace(files, plan=lower, frozen=frozen)
    early = first_interview(files, dated(computed, "2015-10-20"))
    assert as_registered(edited, rehearsal=False, day=early).plan.registered.at == datetime.date(2015, 9, 30)
    assert [one.field for one in deviations_of(edited, day=early)] == ["thresholds.sesoi"]
    # by the declared day of the wave the second would have been in time
    assert as_registered(edited, rehearsal=False).plan.registered.at == datetime.date(2015, 10, 25)
    assert deviations_of(edited) == ()
