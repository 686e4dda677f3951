"""Which answers count, who was asked, and what becomes of them."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.instrument import index_scores, marks, outcomes, relevant, top2, valid
from surveylib.model.questionnaire import Choice, Index, Outcome, Questionnaire, Scale
from surveylib.model.text import Text

NAN = math.nan
TYPES = {"phuong": "LG", "phong": "OD"}
WORDS = Text(vi="Thử", en="Trial")


def table(**columns) -> pd.DataFrame:
    size = len(next(iter(columns.values())))
    return pd.DataFrame({"unit": ["phuong"] * size, **columns})


def with_index(questionnaire: Questionnaire, *items: str, share: float = 0.8) -> Questionnaire:
    index = Index(id="score", text=WORDS, items=items, min_items_share=share)
    return replace(questionnaire, indices=(index,), outcomes=())


def changed(questionnaire: Questionnaire, name: str, **fields) -> Questionnaire:
    items = tuple(replace(item, **fields) if item.id == name else item for item in questionnaire.items)
    return replace(questionnaire, items=items)


def test_off_scale_blank_and_impossible_answers_do_not_count(small):
    rows = table(papers=[1, 5, 8, 9, NAN, 6, 2.5], wait=[0, 480, 481, -1, NAN, 12.5, 30])
    np.testing.assert_array_equal(valid(rows, small, "papers"), [1, 5, NAN, NAN, NAN, NAN, NAN])
    np.testing.assert_array_equal(valid(rows, small, "wait"), [0, 480, NAN, NAN, NAN, 12.5, 30])


def test_an_off_scale_code_is_no_number(small):
    code = Choice(code=99, text=WORDS)
    scales = tuple(
        replace(scale, off_scale=(code,)) if scale.id == "MIN" else scale for scale in small.scales
    )
    np.testing.assert_array_equal(
        valid(table(wait=[98, 99]), replace(small, scales=scales), "wait"), [98, NAN]
    )


def test_nullable_integers_are_read(small):
    rows = table(papers=pd.array([4, None, 9], dtype="Int64"))
    np.testing.assert_array_equal(valid(rows, small, "papers"), [4, NAN, NAN])


@pytest.mark.parametrize(
    ("rows", "item", "message"),
    [
        (table(papers=[1]), "paper", "did you mean 'papers'"),
        (table(papers=[1]), "forms", "unknown column"),
        (table(comment=["hay"]), "comment", "no codes"),
        (table(papers=["hài lòng"]), "papers", "not codes"),
    ],
)
def test_answers_that_cannot_be_read_are_refused(small, rows, item, message):
    with pytest.raises(SurveyError, match=message):
        valid(rows, small, item)


def test_relevance_follows_the_rule_and_a_blank_satisfies_none(small):
    rows = table(box=[1, 0, 9, NAN])
    assert relevant(rows, small, "opened").tolist() == [True, False, False, False]
    assert relevant(rows, small, "papers").all()
    unlike = changed(small, "opened", ask_if="box != 1")
    assert relevant(rows, unlike, "opened").tolist() == [False, True, True, False]


def test_an_answer_to_a_skipped_item_opens_no_further_item(small):
    # On paper somebody may fill in `opened` without having seen the box.
    chained = changed(small, "wait", ask_if="opened == 1")
    rows = table(box=[1, 0], opened=[1, 1])
    assert relevant(rows, chained, "wait").tolist() == [True, False]


def test_a_circle_of_rules_is_refused(small):
    circle = changed(small, "box", ask_if="opened == 1")
    with pytest.raises(SurveyError, match="box → opened → box"):
        relevant(table(box=[1], opened=[1]), circle, "box")


def test_index_is_the_mean_of_the_answered_when_enough_are(small):
    five = with_index(small, "papers", "forms", "neo", share=0.6)
    rows = table(papers=[1, 1, 9, 9], forms=[2, 2, NAN, 9], neo=[5, NAN, 4, 9])
    np.testing.assert_allclose(index_scores(rows, five, unit_types=TYPES)["score"], [8 / 3, 1.5, NAN, NAN])


def test_not_applicable_counts_as_not_asked_but_dont_know_as_unanswered(small):
    two = with_index(small, "papers", "forms")
    rows = table(papers=[4, 4, 8], forms=[8, 9, 8])
    np.testing.assert_array_equal(index_scores(rows, two, unit_types=TYPES)["score"], [4, NAN, NAN])


def test_skipped_items_are_not_asked(small):
    two = changed(with_index(small, "papers", "forms", share=1.0), "forms", ask_if="box == 1")
    rows = table(papers=[2, 2, 2], forms=[4, NAN, 4], box=[1, 0, 0])
    # The third filled in an item that was not asked: it does not count.
    np.testing.assert_array_equal(index_scores(rows, two, unit_types=TYPES)["score"], [3, 2, 2])


def test_items_count_only_where_they_apply(small):
    two = changed(with_index(small, "papers", "forms"), "forms", applies_to=("LG",))
    rows = table(papers=[2, 2], forms=[4, 4]).assign(unit=["phuong", "phong"])
    for types in (TYPES, pd.Series(TYPES)):
        assert index_scores(rows, two, unit_types=types)["score"].tolist() == [3, 2]


def test_reversed_items_are_turned_round(small):
    two = changed(with_index(small, "papers", "forms"), "forms", reversed=True)
    assert index_scores(table(papers=[4], forms=[1]), two, unit_types=TYPES)["score"].tolist() == [4.5]


def test_the_share_is_met_in_floating_point_too(small):
    assert 0.56 * 25 > 14  # what the naive comparison would trip over
    items = tuple(replace(small.item("papers"), id=f"q{number}") for number in range(25))
    index = Index(id="score", text=WORDS, items=tuple(item.id for item in items), min_items_share=0.56)
    many = replace(small, items=items, indices=(index,), outcomes=())
    rows = table(**{f"q{n}": [4.0 if n < 14 else NAN, 4.0 if n < 13 else NAN] for n in range(25)})
    np.testing.assert_array_equal(index_scores(rows, many, unit_types=TYPES)["score"], [4, NAN])


def test_unit_without_a_type_is_refused(small):
    with pytest.raises(SurveyError, match="unknown unit"):
        index_scores(table(papers=[1], forms=[1]), small, unit_types={"phuong_khac": "LG"})


def test_share_has_its_own_denominator(small):
    share = Outcome(id="low", text=WORDS, item="papers", measure="share", positive=(1, 2), among=(1, 2, 3))
    rows = table(papers=[1, 2, 3, 4, 8, NAN])
    found = outcomes(rows, replace(small, indices=(), outcomes=(share,)), unit_types=TYPES)
    np.testing.assert_array_equal(found["low"], [1, 1, 0, NAN, NAN, NAN])


def test_top2_uses_the_scales_positive_codes(small):
    np.testing.assert_array_equal(
        top2(table(papers=[5, 4, 3, 1, 8, NAN]), small, "papers"), [1, 1, 0, 0, NAN, NAN]
    )
    with pytest.raises(SurveyError, match="no positive codes"):
        top2(table(wait=[5]), small, "wait")


def answers(questionnaire: Questionnaire, size: int = 60) -> pd.DataFrame:
    """Made-up codes of every kind, blanks and stray ones included."""
    rng = np.random.default_rng(7)
    columns = {}
    for item in questionnaire.items:
        scale = questionnaire.scale_of(item.id)
        if scale.kind != "text":
            codes = (
                [*scale.codes, *scale.off_codes, NAN, 77.0] if scale.codes else [1.0, 2.0, 30.0, 9999.0, NAN]
            )
            columns[item.id] = rng.choice(np.array(codes, dtype=float), size)
    return table(**columns)


def test_shipped_questionnaire_gives_the_declared_columns_for_every_row(shipped):
    rows = answers(shipped).set_index(pd.RangeIndex(100, 160))
    found = outcomes(rows, shipped, unit_types=TYPES)
    assert list(found.columns) == [
        "overall", "group_a", "group_b", "group_c", "group_d", "anchors",
        "satisfied", "trust10", "returned_on_time", "wait_minutes", "trips", "extra_papers", "fees_as_posted",
        "apology",
    ]  # fmt: skip
    assert found.index.equals(rows.index) and set(found.dtypes.astype(str)) == {"float64"}
    assert found["trust10"].max() == 10 and found["wait_minutes"].max() == 30
    late = rows["a2_ontime"] == 3
    assert found.loc[~late, "apology"].isna().all() and found.loc[late, "apology"].notna().any()
    assert set(found["satisfied"].dropna()) == {0.0, 1.0}
    pd.testing.assert_frame_equal(found, outcomes(rows.copy(), shipped, unit_types=TYPES))


def test_index_equals_the_slow_loop(shipped):
    """The naive twin: one respondent and one item at a time."""
    rows = answers(shipped, 300)
    found = index_scores(rows, shipped, unit_types=TYPES)
    filters = {"c1_sat": "c1_filed", "c3_place": "c3_attended"}
    for index in shipped.indices:
        for place, row in enumerate(rows.to_dict("records")):
            asked = [n for n in index.items if row[n] != 8 and (n not in filters or row[filters[n]] == 1)]
            points = [row[n] for n in asked if row[n] in (1, 2, 3, 4, 5)]
            expected = sum(points) / len(points) if points and len(points) >= 0.8 * len(asked) else NAN
            assert found[index.id].iloc[place] == pytest.approx(expected, nan_ok=True)


WAYS = Scale(
    id="WAYS",
    kind="multiple",
    choices=tuple(Choice(code=code, text=WORDS) for code in (1, 2, 7)),
    off_scale=(Choice(code=9, text=WORDS),),
    alone=(7,),
    positive=(2,),
)


def with_marks(questionnaire: Questionnaire) -> Questionnaire:
    """The small questionnaire with a list of marks, `ways`, and an item asked where way 2 is marked."""
    ways = replace(questionnaire.item("box"), id="ways", scale="WAYS")
    scales, items = (*questionnaire.scales, WAYS), (ways, *questionnaire.items)
    form = replace(questionnaire, scales=scales, items=items, outcomes=(), indices=())
    return changed(form, "wait", ask_if="2 in ways")


def test_marks_count_when_they_are_codes_and_go_together(small):
    cells = ["1 2", "2", "7", "9", "", None, "1 7", "1 5", "hay"]
    found = marks(table(ways=cells), with_marks(small), "ways")
    np.testing.assert_array_equal(found, [[1, 1, 0], [0, 1, 0], [0, 0, 1]] + [[NAN] * 3] * 6)
    assert list(found.columns) == [1, 2, 7]
    with pytest.raises(SurveyError, match="no list of marks"):
        marks(table(box=[1]), small, "box")
    with pytest.raises(SurveyError, match="no codes"):
        valid(table(ways=["1"]), with_marks(small), "ways")


def test_a_column_of_single_marks_may_have_been_read_as_numbers(small):
    np.testing.assert_array_equal(
        marks(table(ways=[2.0, NAN]), with_marks(small), "ways"), [[0, 1, 0], [NAN] * 3]
    )


def test_a_mark_opens_an_item_and_a_share_counts_those_with_any_of_the_codes(small):
    share = Outcome(id="phone", text=WORDS, item="ways", measure="share")
    form = replace(with_marks(small), outcomes=(share,))
    rows = table(ways=["1 2", "1", "", "9", "7"], wait=[5.0] * 5)
    assert relevant(rows, form, "wait").tolist() == [True, False, False, False, False]
    np.testing.assert_array_equal(outcomes(rows, form, unit_types=TYPES)["phone"], [1, 0, NAN, NAN, 0])


def test_whole_numbers_only_where_the_scale_says_so(small):
    scales = tuple(replace(s, integer=True) if s.id == "MIN" else s for s in small.scales)
    np.testing.assert_array_equal(
        valid(table(wait=[2, 2.5, 481]), replace(small, scales=scales), "wait"), [2, NAN, NAN]
    )


def test_a_ratio_divides_and_has_no_value_without_a_denominator(small):
    late = replace(small.item("wait"), id="late")
    rate = Outcome(id="rate", text=WORDS, item="late", of="wait", measure="ratio")
    form = replace(small, items=(*small.items, late), indices=(), outcomes=(rate,))
    rows = table(late=[1, 0, 2, 2, NAN, 3], wait=[4, 0, 0, NAN, 5, 481])
    np.testing.assert_array_equal(outcomes(rows, form, unit_types=TYPES)["rate"], [0.25] + [NAN] * 5)
