"""Named score profiles against values worked out by hand."""

from __future__ import annotations

import datetime
import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.instrument import load_questionnaire, score_profile
from surveylib.model.questionnaire import Index, Profile
from surveylib.model.text import Text
from tests.instrument.conftest import SHIPPED

NAN = math.nan
WORDS = Text(vi="Thử", en="Trial")
TYPES = {"phuong": "LG"}
FORMULAS = ("mean_0_100", "top2", "sipas_style")
# papers, forms on 1 to 5, 4 and 5 satisfied, 8 not applicable, 9 don't know; both must be answered (80 %).
ROWS = pd.DataFrame(
    {
        "unit": ["phuong"] * 5,
        "papers": [5, 4, 8, 1, 9],
        "forms": [3, 9, 2, 4, NAN],
    }
)


@pytest.fixture
def form(small):
    profiles = tuple(
        Profile(id=name, formula=name, dated=datetime.date(2026, 1, 1), text=WORDS, to_confirm=WORDS)
        for name in FORMULAS
    )
    index = Index(id="score", text=WORDS, items=("papers", "forms"))
    return replace(small, profiles=profiles, indices=(index,), outcomes=())


def scores(form, profile: str, rows: pd.DataFrame = ROWS) -> pd.DataFrame:
    return score_profile(rows, form, profile=profile, unit_types=TYPES)


def test_mean_from_0_to_100(form):
    # (100 + 50) / 2; 1 of 2 is too little; forms alone is asked: 25; (0 + 75) / 2; nothing.
    np.testing.assert_allclose(scores(form, "mean_0_100")["score"], [75, NAN, 25, 37.5, NAN])


def test_share_of_the_two_best_answers(form):
    np.testing.assert_allclose(scores(form, "top2")["score"], [50, NAN, 0, 50, NAN])


def test_pooled_share_counts_every_valid_answer(form):
    found = scores(form, "sipas_style")
    assert found["score"].tolist() == [100, 100, 0, 100, 0]
    assert found["score_answers"].tolist() == [2, 1, 1, 2, 0]
    # 3 satisfied answers of 6: the mean over respondents would be another figure.
    assert found["score"].sum() / found["score_answers"].sum() == 50


def test_reversed_items_are_turned_round_first(form):
    items = tuple(replace(item, reversed=item.id == "forms") for item in form.items)
    turned = replace(form, items=items)
    rows = ROWS.iloc[[0, 3]]
    np.testing.assert_allclose(scores(turned, "mean_0_100", rows)["score"], [(100 + 50) / 2, (0 + 25) / 2])
    np.testing.assert_allclose(scores(turned, "top2", rows)["score"], [50, 0])


def test_a_profile_must_be_declared_and_the_scale_say_what_is_positive(form):
    with pytest.raises(SurveyError, match="did you mean 'top2'"):
        scores(form, "top3")
    bare = replace(form, scales=tuple(replace(scale, positive=()) for scale in form.scales))
    with pytest.raises(SurveyError, match="no positive codes"):
        scores(bare, "top2")
    assert scores(bare, "mean_0_100")["score"].iloc[0] == 75


def test_the_shipped_profiles_are_dated_and_the_sipas_style_one_asserts_nothing():
    profiles = {profile.id: profile for profile in load_questionnaire(SHIPPED).profiles}
    assert list(profiles) == list(FORMULAS) and all(p.dated.year >= 2026 for p in profiles.values())
    doubt = profiles["sipas_style"].to_confirm
    assert "chưa đối chiếu" in doubt.vi and "2640/QĐ-BNV" in doubt.vi and "not been held against" in doubt.en
    assert profiles["top2"].to_confirm is None
