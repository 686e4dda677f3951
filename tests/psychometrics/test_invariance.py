"""Items that keep their meaning are left alone, one that moves is found, what cannot be tested is said."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.invariance import Invariance
from surveylib.model.questionnaire import Index, Item
from surveylib.psychometrics.invariance import invariance
from tests.psychometrics.conftest import text

ITEMS = ("q1", "q2", "q3", "q4")
CUTS = np.array([-2.0, -1.0, 0.3, 1.5])


@pytest.fixture
def four(questionnaire):
    """A group of four rated items (the second reversed), and one of two."""
    items = [
        Item(id=name, text=text(name), scale="l5", reversed=name == "q2") for name in (*ITEMS, "p1", "p2")
    ]
    indices = (
        Index(id="group_a", group="a", text=text("a"), items=ITEMS),
        Index(id="group_b", group="b", text=text("b"), items=("p1", "p2")),
        Index(id="both", text=text("all"), items=("q1", "p1")),
    )
    return dataclasses.replace(questionnaire, items=tuple(items), indices=indices)


def answers(n=700, seed=1, *, gain=0.0, own=(0.0, 0.0, 0.0, 0.0), noise=(1.0, 1.0, 1.0, 1.0)):
    random, parts = np.random.default_rng(seed), []
    for wave in ("t0", "t1"):
        after = wave == "t1"
        y = random.standard_normal((n, 1)) + gain * after
        y = y + random.standard_normal((n, 4)) * (np.array(noise) if after else 1.0)
        codes = 1 + np.searchsorted(CUTS, y + np.array(own) * after)
        codes[:, 1] = 6 - codes[:, 1]
        part = pd.DataFrame(codes, columns=list(ITEMS))
        parts.append(part.assign(wave=wave, p1=1 + (y[:, 0] > 0), p2=1 + (y[:, 1] > 0)))
    return pd.concat(parts, ignore_index=True)


def examine(rows, questionnaire, **options) -> Invariance:
    return invariance(rows, questionnaire=questionnaire, before=["t0"], after=["t1"], **options)


def test_a_gain_that_all_items_share_is_a_gain(four):
    made = examine(answers(gain=0.4), four)
    assert made.moved == {"group_a": ()}
    assert made.n_before == made.n_after == 700
    low, high = made.means.loc[0, ["conf_low", "conf_high"]]
    assert low < 0.4 < high and low > 0
    assert list(made.steps["step"]) == ["configural", "thresholds", "loadings", "intercepts"]


def test_an_item_that_rises_by_itself_is_found_with_its_size(four):
    made = examine(answers(gain=0.3, own=(0.0, 0.0, 0.6, 0.0)), four)
    assert made.moved == {"group_a": ("q3",)}
    row = made.items.set_index("item").loc["q3"]
    assert row["freed"] == "intercepts" and row["p_adjusted"] < 0.001
    assert row["shift"] == pytest.approx(0.6, abs=0.2)
    # The gain of the group is that of the others, not of four.
    assert made.means.loc[0, "estimate"] == pytest.approx(0.3, abs=0.15)


def test_a_reversed_item_is_turned_round_before(four):
    made = examine(answers(own=(0.0, 0.7, 0.0, 0.0), seed=2), four)
    assert made.moved == {"group_a": ("q2",)}
    assert made.items.set_index("item").loc["q2", "shift"] > 0.4


def test_items_that_move_apart_are_both_found(four):
    made = examine(answers(n=1500, own=(0.6, 0.0, -0.6, 0.0)), four)
    assert set(made.moved["group_a"]) == {"q1", "q3"}


def test_what_changes_in_the_weights_alone_is_no_change_of_meaning(four):
    rows = answers(seed=2)
    weights = np.random.default_rng(3).choice([0.5, 2.0], size=len(rows))
    assert examine(rows, four, weights=weights).moved == {"group_a": ()}
    once = examine(rows, four)
    assert once.steps["chisq"].tolist() == examine(rows, four, weights=np.ones(1400)).steps["chisq"].tolist()


def test_false_alarms_are_rare(four):
    """25 studies without any change; at 5 % a step of three, more than 7 alarms come once in 100 times."""
    assert sum(bool(examine(answers(n=400, seed=s), four).moved["group_a"]) for s in range(25)) <= 7


def test_a_group_of_two_items_is_named_as_not_tested(four):
    made = examine(answers(), four)
    assert [one.group for one in made.untested] == ["group_b"]
    assert "3" in made.untested[0].reason.en and "3" in made.untested[0].reason.vi
    assert "group_b" not in made.moved


def test_too_few_answers_are_said_not_tested(four):
    made = examine(answers(n=100), four)
    assert {one.group for one in made.untested} == {"group_a", "group_b"}
    assert made.moved == {} and made.steps.empty
    assert "100" in next(one.reason.vi for one in made.untested if one.group == "group_a")


def test_gaps_leave_a_respondent_out_and_an_empty_wave_is_no_crash(four):
    rows = answers()
    rows.loc[:99, "q1"] = np.nan
    assert examine(rows, four).n_before == 600
    assert examine(rows[rows["wave"] == "t0"].reset_index(drop=True), four).moved == {}


def test_levels_nobody_uses_are_joined(four):
    rows = answers(n=900, seed=2)
    rows["q1"] = rows["q1"].clip(lower=3)
    made = examine(rows, four)
    assert made.items.set_index("item")["levels"].to_dict()["q1"] == 3
    assert made.moved == {"group_a": ()}


def test_an_item_answered_by_yes_and_no_alone_leaves_its_group(four):
    rows = answers(n=900)
    rows["q1"] = np.where(rows["q1"] > 3, 4, 2)
    assert list(examine(rows, four).items["item"]) == ["q2", "q3", "q4"]


def test_a_table_without_its_columns_is_refused():
    empty = pd.DataFrame()
    with pytest.raises(SurveyError, match="lacks a column"):
        Invariance(scope="all", n_before=0, n_after=0, steps=empty, items=empty, means=empty)
