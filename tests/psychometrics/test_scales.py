import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.psychometrics import cronbach_alpha, reliability_table, scale_table

ROWS = pd.DataFrame(
    {"q1": [5, 5, 5, 3, 1, 9, np.nan], "q2": [1, 2, 1, 3, 5, 1, 4], "late": [0, 1, 1, 0, 9, 1, 0]}
)


def test_item_by_item_by_hand(questionnaire):
    table = scale_table(ROWS, questionnaire=questionnaire, items=["q1", "q2"]).set_index("item")
    assert table.loc["q1", ["n", "mean", "floor", "ceiling"]].tolist() == pytest.approx([5, 3.8, 0.2, 0.6])
    assert table.loc["q1", "sd"] == pytest.approx(np.std([5, 5, 5, 3, 1], ddof=1))
    # reversed: 1 is best
    assert table.loc["q2", ["n", "mean", "ceiling"]].tolist() == pytest.approx([7, 6 - 17 / 7, 3 / 7])
    assert table["at_ceiling"].tolist() == [True, False]
    complete = np.column_stack([ROWS["q1"][:5], 6 - ROWS["q2"][:5]])
    assert table["item_rest"].tolist() == pytest.approx([np.corrcoef(complete.T)[0, 1]] * 2)
    assert table["alpha_if_deleted"].isna().all()  # one item is left


def test_weights_count(questionnaire):
    weights = np.array([1.0, 1, 1, 1, 6, 1, 1])
    table = scale_table(ROWS, questionnaire=questionnaire, items=["q1", "q2"], weights=weights)
    assert table["floor"][0] == pytest.approx(0.6) and table["mean"][0] == pytest.approx((15 + 3 + 6) / 10)


def test_an_item_nobody_answered_is_nan(questionnaire):
    table = scale_table(ROWS.assign(q1=9.0), questionnaire=questionnaire, items=["q1", "q2"])
    assert table["n"][0] == 0 and np.isnan(table["mean"][0]) and not table["at_ceiling"][0]


def test_reliability_of_every_index_of_two_items_or_more(questionnaire):
    table = reliability_table(ROWS, questionnaire=questionnaire)
    assert table["index"].tolist() == ["both"] and table["n"].tolist() == [5]
    complete = np.column_stack([ROWS["q1"][:5], 6 - ROWS["q2"][:5]])
    r = np.corrcoef(complete.T)[0, 1]
    assert table["alpha"][0] == pytest.approx(cronbach_alpha(complete))
    assert table["standardised_alpha"][0] == pytest.approx(2 * r / (1 + r))
    assert table["conf_low"][0] < table["alpha"][0] < table["conf_high"][0]


def test_weights_lower_the_effective_number(questionnaire):
    table = reliability_table(ROWS, questionnaire=questionnaire, weights=np.array([1.0, 1, 1, 1, 6, 1, 1]))
    assert table["n_eff"][0] == pytest.approx(100 / 40)


@pytest.mark.parametrize(
    ("items", "words"), [(["group"], "no ordered codes"), (["q3"], "unknown item"), ([], "needs items")]
)
def test_bad_input_ends_in_one_sentence(questionnaire, items, words):
    with pytest.raises(SurveyError, match=words):
        scale_table(ROWS, questionnaire=questionnaire, items=items)


def test_a_column_that_is_not_there_is_named(questionnaire):
    with pytest.raises(SurveyError, match="unknown column"):
        scale_table(ROWS.drop(columns="q2"), questionnaire=questionnaire, items=["q1", "q2"])
