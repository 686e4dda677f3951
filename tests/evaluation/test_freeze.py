"""A frozen plan: what is kept, what shows as a deviation, what cannot be changed behind anybody's back."""

from __future__ import annotations

import dataclasses
import datetime

import pytest

from surveylib.documents import build
from surveylib.errors import SurveyError
from surveylib.evaluation.decide import decide
from surveylib.evaluation.evaluate import evaluate
from surveylib.evaluation.freeze import deviations, first_answer, freeze, registered, study_record
from surveylib.evaluation.record import evidence_from_json, evidence_to_json
from surveylib.model.frozen import FrozenPlan, canonical
from surveylib.model.plan import Thresholds

from .conftest import make_cells, make_study

EARLY = datetime.datetime(2015, 9, 30, 9, tzinfo=datetime.UTC)
LATE = datetime.datetime(2015, 12, 1, 9, tzinfo=datetime.UTC)
POST = datetime.date(2015, 11, 1)


@pytest.fixture
def record():
    return study_record(make_study(), questionnaires={"c.yaml": "abc"})


@pytest.fixture
def frozen(plan, record) -> FrozenPlan:
    return freeze(plan, record=record, at=EARLY, by="Sở Nội vụ", words="Đã duyệt")


def lower(plan):
    return dataclasses.replace(plan, thresholds=Thresholds(sesoi=0.1))


def test_nothing_deviates_from_what_was_just_frozen(plan, record, frozen):
    assert deviations(frozen, plan=plan, record=record, first_answer=POST) == ()
    assert frozen.history[-1].plan_digest == plan.digest and frozen.history[-1].words == "Đã duyệt"


def test_who_registered_it_is_no_part_of_what_was_registered(plan, record, frozen):
    other = dataclasses.replace(plan, registered=None)
    assert other.digest == plan.digest
    assert deviations(frozen, plan=other, record=record, first_answer=POST) == ()


def test_an_edit_shows_with_old_and_new_in_both_languages(plan, record, frozen):
    (found,) = deviations(frozen, plan=lower(plan), record=record, first_answer=POST)
    assert (found.part, found.field, found.old, found.new) == ("plan", "thresholds.sesoi", "0.2", "0.1")
    assert "0.2 → 0.1" in found.text.vi and "Kế hoạch phân tích" in found.text.vi and found.settled


def test_rules_are_compared_one_by_one(plan, record, frozen):
    easier = dataclasses.replace(plan.rules[1], when="P(theta > 0) >= 0.5")
    edited = dataclasses.replace(plan, rules=(plan.rules[0], easier, *plan.rules[2:]))
    (found,) = deviations(frozen, plan=edited, record=record, first_answer=POST)
    assert found.field == "rules[2].when" and found.new == "P(theta > 0) >= 0.5"


def test_units_and_exposure_of_the_study_are_kept_too(plan, frozen):
    day = datetime.date(2015, 2, 1)
    fewer = make_study(comparison=tuple(f"c{i:02d}" for i in range(9)), own={"c00": day})
    record = study_record(fewer, questionnaires={"c.yaml": "abd"})
    found = deviations(frozen, plan=plan, record=record, first_answer=POST)
    by_field = {(one.part, one.field): one for one in found}
    assert by_field["units", "c09"].new == "" and by_field["units", "c09"].settled
    assert by_field["exposure", "c00.kind"].new == "self_pilot"
    assert not by_field["exposure", "c00.kind"].settled  # what offices did of themselves is no broken promise
    assert ("questionnaires", "c.yaml") in by_field


def test_freezing_again_keeps_the_history(plan, record, frozen):
    again = freeze(lower(plan), record=record, at=LATE, by="Sở Nội vụ", before=frozen)
    assert again.history[0] == frozen.history[0] and len(again.history) == 2


def test_a_freezing_after_the_first_answer_replaces_nothing(plan, record, frozen):
    again = freeze(lower(plan), record=record, at=LATE, by="Sở Nội vụ", before=frozen)
    assert again.in_force(POST) == frozen.history[0]
    assert [one.field for one in deviations(again, plan=lower(plan), record=record, first_answer=POST)] == [
        "thresholds.sesoi"
    ]
    in_time = freeze(lower(plan), record=record, at=EARLY, by="Chủ tịch", before=frozen)
    assert deviations(in_time, plan=lower(plan), record=record, first_answer=POST) == ()


def test_the_same_person_does_not_freeze_the_same_plan_twice(plan, record, frozen):
    with pytest.raises(SurveyError, match="frozen already"):
        freeze(plan, record=record, at=LATE, by="Sở Nội vụ", before=frozen)
    with pytest.raises(SurveyError, match="before the last freezing"):
        freeze(lower(plan), record=record, at=EARLY - datetime.timedelta(days=1), by="x", before=frozen)
    with pytest.raises(SurveyError, match="nobody signed"):
        freeze(plan, record=record, at=EARLY, by="  ")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda one: one["plan"]["thresholds"].update(sesoi=0.1), "is not the one that was frozen"),
        (lambda one: one.update(at="2015-01-01T09:00:00+00:00"), "history of freezings was edited"),
        (lambda one: one.update(by="Ai đó"), "history of freezings was edited"),
        (lambda one: one["study"]["units"].pop("c03"), "is not the one that was frozen"),
    ],
)
def test_an_edited_lock_file_is_refused(frozen, spoil, said):
    document = canonical(dataclasses.asdict(frozen))
    for line, one in zip(document["history"], frozen.history, strict=True):
        line["at"] = one.at.isoformat()
    assert build(document, FrozenPlan, where="lock") == frozen
    spoil(document["history"][0])
    with pytest.raises(SurveyError, match=said):
        build(document, FrozenPlan, where="lock")


def test_only_the_lock_file_registers(plan, frozen):
    assert registered(plan, None, first_answer=POST).registered is None
    made = registered(plan, frozen, first_answer=POST).registered
    assert (made.at, made.by) == (EARLY.date(), "Sở Nội vụ")


def test_the_first_answer_is_the_first_day_of_the_waves_after(plan):
    assert first_answer(make_study(), plan=plan) == POST


@pytest.mark.parametrize(
    ("days", "first"),
    [
        (((2015, 10, 28), (2015, 11, 5)), (2015, 10, 28)),  # the interviewers began early
        (((2015, 11, 9), (2015, 11, 5)), (2015, 11, 5)),  # or late
        (((2012, 1, 1), (2014, 10, 30), (2015, 11, 5)), (2015, 11, 5)),  # slips of the pen
        (((2012, 1, 1),), (2015, 11, 1)),
        ((), (2015, 11, 1)),
    ],
)
def test_the_days_of_the_answers_go_before_the_days_of_the_wave(plan, days, first):
    dated = {"post": [datetime.date(*day) for day in days], "pre": [datetime.date(2014, 10, 3)]}
    assert first_answer(make_study(), plan=plan, dated=dated) == datetime.date(*first)


def test_a_plan_edited_after_freezing_is_exploratory_and_says_which_field(plan, record, frozen):
    found = deviations(frozen, plan=lower(plan), record=record, first_answer=POST)
    evidence = evaluate(make_cells(), plan=lower(plan), study=make_study(), deviations=found)
    assert evidence.exploratory and "thresholds.sesoi" in evidence.refusal("W7").why.en
    decision = decide(evidence, plan=lower(plan))
    assert decision.exploratory and any("thresholds.sesoi" in one.vi for one in decision.sentences)
    assert evidence_from_json(evidence_to_json(evidence)).deviations == found


def test_what_offices_did_of_themselves_is_shown_but_breaks_nothing(plan, frozen):
    study = make_study(own={"c00": datetime.date(2015, 2, 1)})
    record = study_record(study, questionnaires={"c.yaml": "abc"})
    found = deviations(frozen, plan=plan, record=record, first_answer=POST)
    evidence = evaluate(make_cells(), plan=plan, study=study, deviations=found)
    assert evidence.deviations and not evidence.exploratory and evidence.refusal("W7") is None
