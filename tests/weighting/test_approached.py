import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting.approached import share_nonresponse, share_unknown

OUTCOME = ["complete"] * 6 + ["refusal"] * 2 + ["noncontact"] * 2 + ["ineligible"] * 2 + ["unknown"] * 4


@pytest.fixture
def rows() -> pd.DataFrame:
    return pd.DataFrame({"outcome": OUTCOME, "area": (["a", "b"] * 8)})


def test_unknown_eligibility_by_hand(rows):
    """Of 16 equal weights 4 are unknown: each of the 12 known stands for 16/12, the ineligible too."""
    step, found = share_unknown(np.full(16, 3.0), rows)
    assert step.values.tolist() == pytest.approx([3 * 16 / 12] * 12 + [0] * 4)
    assert not found and dict(step.diagnostics)["unknown"] == 4
    assert step.diagnostics[0] == ("n", 12.0)


def test_the_weight_of_every_class_stays(rows):
    weights = np.random.default_rng(1).uniform(1, 4, 16)
    step, _ = share_unknown(weights, rows, classes=["area"], fewest=1)
    for area in "ab":
        inside = (rows["area"] == area).to_numpy()
        assert step.values[inside].sum() == pytest.approx(weights[inside].sum())


def test_the_response_rate_is_aapors_third():
    """RR3: completes over completes + refusals + noncontacts + e × unknown, e the share of eligible among
    known."""
    rows = pd.DataFrame({"outcome": OUTCOME})
    shared, _ = share_unknown(np.ones(16), rows)
    step, _ = share_nonresponse(shared.values, rows, base=np.ones(16))
    assert dict(step.diagnostics)["response_rate"] == pytest.approx(6 / (10 + 4 * 10 / 12))


def test_nonresponse_by_hand(rows):
    rows = rows[rows["outcome"] != "unknown"].reset_index(drop=True)
    step, found = share_nonresponse(np.full(12, 2.0), rows)
    assert step.values.tolist() == pytest.approx([2 * 10 / 6] * 6 + [0] * 6) and not found


def test_small_classes_are_joined_and_noted(rows):
    rows = rows[rows["outcome"] != "unknown"].reset_index(drop=True)
    step, found = share_nonresponse(np.full(12, 2.0), rows, classes=["area"], fewest=4)
    assert [f.code for f in found] == ["WT02"] and "a + b" in found[0].message.en
    assert step.values[:6].tolist() == pytest.approx([2 * 10 / 6] * 6)


def test_a_class_in_which_nobody_answered_loses_no_weight():
    rows = pd.DataFrame({"outcome": ["complete"] * 5 + ["refusal"] * 3, "area": ["a"] * 5 + ["b"] * 3})
    step, found = share_nonresponse(np.ones(8), rows, classes=["area"], fewest=1)
    assert step.values.sum() == pytest.approx(8) and found


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"outcome": ["complet", *OUTCOME[1:]]}, ["unknown outcome", "row 1", "did you mean 'complete'"]),
        ({"outcome": [None, *OUTCOME[1:]]}, ["has no outcome", "row 1"]),
        ({"outcome": ["refusal"] * 16}, ["nobody answered"]),
        ({"outcome": OUTCOME}, ["4 row(s) of unknown eligibility", "share_unknown"]),
        ({"outcome": ["complete"] * 16, "area": ["a", None] + ["b"] * 14}, ["have no class", "row 2"]),
    ],
)
def test_what_cannot_be_shared_out_is_said(rows, change, words):
    with pytest.raises(SurveyError) as error:
        share_nonresponse(np.ones(16), rows.assign(**change), classes=["area"])
    assert [word for word in words if word not in str(error.value)] == []


def test_unknown_columns_are_named(rows):
    with pytest.raises(SurveyError, match="did you mean 'outcome'"):
        share_unknown(np.ones(16), rows, outcome="outcom")
    with pytest.raises(SurveyError, match="did you mean 'area'"):
        share_unknown(np.ones(16), rows, classes=["aera"])
    with pytest.raises(SurveyError, match="hand the weight on"):
        share_unknown(np.ones(16), rows.assign(outcome="unknown"))
