"""A figure for each criterion: which items judge it, and points worked out by hand."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.instrument import load_questionnaire
from surveylib.instrument.criteria import (
    MIN_ITEMS_SHARE,
    criterion_items,
    criterion_points,
    criterion_scores,
)

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def form():
    return load_questionnaire(ROOT / "questionnaires" / "c_clients.yaml")


def one(form, **answers) -> pd.Series:
    """The criteria of one respondent of a ward; what is not given is blank."""
    row = dict.fromkeys([item.id for item in form.items], math.nan) | answers
    table = pd.DataFrame([row]).assign(unit="ward")
    return criterion_scores(table, form, unit_types={"ward": "LG"}).iloc[0]


def test_items_that_judge(form):
    names = {c.id: [item.id for item in criterion_items(form, c.id)] for c in form.criteria}
    assert names["a1"] == ["a1_extra_papers", "a1_simple"]  # trips are a number: a fact of their own
    assert "b1_had_issue" not in names["b1"] and "c1_filed" not in names["c1"]  # neither good nor bad
    assert [c for c, items in names.items() if not items] == ["b4", "b5", "b6", "c2"]


def test_a_rating_and_a_reversed_yes_or_no(form):
    assert one(form, a4_clear=4)["criterion_a4"] == 75
    assert one(form, a1_extra_papers=0, a1_simple=3)["criterion_a1"] == (100 + 50) / 2
    assert one(form, a1_extra_papers=1, a1_simple=3)["criterion_a1"] == (0 + 50) / 2


def test_codes_outside_the_denominator_concern_nobody(form):
    assert one(form, a2_slip=1, a2_ontime=2)["criterion_a2"] == 100
    assert one(form, a2_slip=1, a2_ontime=4)["criterion_a2"] == 100  # no result yet: not asked on time
    assert one(form, a3_seen=0, a3_as_posted=3)["criterion_a3"] == 0
    assert one(form, a3_seen=1, a3_as_posted=4)["criterion_a3"] == 100  # nothing to pay


def test_too_little_answered_is_no_figure(form):
    assert math.isnan(one(form, d1_respect=5, d1_courtesy=5)["criterion_d1"])  # two of three
    assert one(form, d1_respect=5, d1_courtesy=4, d1_competent=3)["criterion_d1"] == 75
    assert one(form, d1_respect=5, d1_courtesy=4, d1_competent=8)["criterion_d1"] == 87.5  # not applicable
    assert math.isnan(one(form, a5_place=9)["criterion_a5"])


def test_what_was_skipped_is_not_asked(form):
    assert math.isnan(one(form, b1_had_issue=0)["criterion_b1"])
    assert one(form, b1_had_issue=1, b1_listened=5, b1_explained=3)["criterion_b1"] == 75
    assert one(form, b2_easy=3, b2_know=1, b2_did=0)["criterion_b2"] == 75
    assert one(form, b2_easy=3, b2_know=1, b2_did=1, b2_reply=0)["criterion_b2"] == pytest.approx(50)


def test_all_figures_lie_between_0_and_100(form):
    random = np.random.default_rng(1)
    table = pd.DataFrame(
        {
            item.id: random.choice((*form.scale_of(item.id).codes, *form.scale_of(item.id).off_codes), 200)
            for item in form.items
            if form.scale_of(item.id).choices
        }
    ).astype(float)
    for item in form.items:
        if item.id not in table:
            table[item.id] = np.nan
    made = criterion_scores(table.assign(unit="ward"), form, unit_types={"ward": "LG"})
    assert made.shape == (200, 14) and made.min().min() == 0 and made.max().max() == 100


def test_points_by_code_are_what_the_scores_count(form):
    """Every code of every item, answered alone, scores what `criterion_points` says of it."""
    for judged in criterion_points(form):
        assert judged.min_items_share == MIN_ITEMS_SHARE
        for item in judged.items:
            if len(judged.items) > 1 or form.item(item.item).relevance is not None:
                continue
            for code, points in item.points:
                assert one(form, **{item.item: code})[f"criterion_{judged.criterion}"] == points
            for code in item.aside:
                assert np.isnan(one(form, **{item.item: code})[f"criterion_{judged.criterion}"])
    told = {item.item: item for judged in criterion_points(form) for item in judged.items}
    assert dict(told["a1_extra_papers"].points) == {1: 0.0, 0: 100.0}
    assert told["a2_ontime"].aside == (4, 5) and dict(told["d1_respect"].points)[4] == 75.0
