"""Two observers of one visit, side by side, and how far they agree."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.estimation import declare
from surveylib.estimation.kappa import kappa
from surveylib.instrument import side_by_side

# By hand: 20 both yes, 5 and 10 split, 15 both no. p_o = 35/50, p_e = .5 × .6 + .5 × .4 = .5, kappa = .4.
AGREE = {(1, 1): 20, (1, 0): 5, (0, 1): 10, (0, 0): 15}


def forms() -> pd.DataFrame:
    rows = [
        {"unit": f"u{visit % 5}", "wave": "t0", "visit": visit, "rater": rater, "b3_box": pair[rater - 1]}
        for visit, pair in enumerate(pair for pair, count in AGREE.items() for _ in range(count))
        for rater in (1, 2)
    ]
    return pd.DataFrame(rows).sample(frac=1, random_state=1).reset_index(drop=True)


def test_kappa_of_a_worked_example():
    table = side_by_side(forms(), items=["b3_box"])
    assert len(table) == 50 and list(table.columns) == ["unit", "wave", "visit", "b3_box_1", "b3_box_2"]
    found = kappa(table, declare(table), pairs=[("b3_box_1", "b3_box_2")]).table
    assert found["estimate"].tolist() == pytest.approx([0.4])


def test_a_visit_of_one_observer_has_a_blank_beside_it():
    rows = forms().query("not (visit == 3 and rater == 2)").astype({"rater": float})
    table = side_by_side(rows, items=["b3_box"]).set_index("visit")
    assert table.loc[3, "b3_box_1"] == 1 and np.isnan(table.loc[3, "b3_box_2"])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda rows: rows.drop(columns="visit"), "unknown column"),
        (lambda rows: rows.assign(rater=rows["rater"].where(rows["visit"] > 2)), "is not said"),
        (lambda rows: pd.concat([rows, rows.iloc[:1]]), "two forms of one visit"),
    ],
)
def test_what_cannot_be_paired_is_refused(change, words):
    with pytest.raises(SurveyError, match=words):
        side_by_side(change(forms()), items=["b3_box"])
