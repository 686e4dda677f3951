"""No evidence of an effect, or evidence of no effect: the right sentence for the right numbers."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveylib.evaluation.changes import changes
from surveylib.evaluation.effects import effects
from surveylib.evaluation.equivalence import equivalence_p, group_sentence, noninferiority_p
from surveylib.model.plan import default_plan

from .conftest import OWN_RISES, PILOT_RISES, make_cells

PLAN = default_plan()


def row(estimate: float, std_error: float, *, p_adjusted: float) -> pd.Series:
    made = pd.Series({"estimate": estimate, "std_error": std_error, "df": 12.0, "p_adjusted": p_adjusted})
    tests = {
        "p_equivalence": equivalence_p(made, margin=0.20),
        "p_noninferior": noninferiority_p(made, margin=0.10),
    }
    return pd.concat([made, pd.Series(tests)])


def test_two_one_sided_tests_are_those_of_scipy():
    random = np.random.default_rng(4)
    one, none = random.normal(0.02, 0.1, 8), random.normal(0.0, 0.1, 8)
    seen = stats.ttest_ind(one, none, equal_var=False)
    made = pd.Series(
        {
            "estimate": one.mean() - none.mean(),
            "std_error": (one.mean() - none.mean()) / seen.statistic,
            "df": seen.df,
        }
    )
    lower = stats.ttest_ind(one + 0.2, none, equal_var=False, alternative="greater").pvalue
    upper = stats.ttest_ind(one - 0.2, none, equal_var=False, alternative="less").pvalue
    assert equivalence_p(made, margin=0.2) == pytest.approx(max(lower, upper), rel=1e-9)
    assert noninferiority_p(made, margin=0.2) == pytest.approx(lower, rel=1e-9)


def test_a_one_sided_test_has_no_mirror_image():
    """Three against three: p is never below 2/20 two-sided, and 1/20 one-sided."""
    cells = make_cells((0.001, 0.0, 0.002), (0.0, 0.001, 0.0005))
    made = effects(changes(cells, plan=PLAN)[0], plan=PLAN)[0].set_index("estimator").loc["welch"]
    assert made["p_floor"] == pytest.approx(2 / 20)
    assert (made["p_equivalence"], made["p_noninferior"]) == pytest.approx((1 / 20, 1 / 20))


@pytest.mark.parametrize(
    ("given", "vi", "en"),
    [
        (row(0.40, 0.08, p_adjusted=0.004), "có bằng chứng tăng: +0,40 điểm", "evidence of a gain"),
        (row(0.40, 0.08, p_adjusted=0.1), "có bằng chứng tăng: +0,40 điểm", "evidence of a gain"),
        (row(-0.40, 0.08, p_adjusted=0.004), "có bằng chứng giảm: −0,40 điểm", "evidence of a loss"),
        (row(0.01, 0.05, p_adjusted=0.9), "không có tác động đáng kể", "evidence of no effect worth having"),
        (row(0.15, 0.10, p_adjusted=0.3), "không kém đi quá 0,10 điểm", "not worse by more than 0.10"),
        (row(0.02, 0.20, p_adjusted=0.9), "chưa loại trừ được", "is not ruled out"),
        (row(0.10, math.nan, p_adjusted=math.nan), "không ước lượng được", "cannot be estimated"),
    ],
)
def test_the_right_sentence_in_both_languages(given, vi, en):
    said = group_sentence(given, plan=PLAN)
    assert vi in said.vi and en in said.en


def test_groups_have_both_tests_and_facts_have_none():
    parts = [make_cells(), make_cells(np.zeros(5), 3 * np.array(OWN_RISES), outcome="group_a")]
    parts.append(make_cells(PILOT_RISES, outcome="trips"))
    table = effects(changes(pd.concat(parts), plan=PLAN)[0], plan=PLAN)[0]
    own = table[table["estimator"] == "unit_equal"].set_index("outcome")
    group = own.loc["group_a"]
    assert group["p_equivalence"] == pytest.approx(equivalence_p(group, margin=0.2))
    assert 1 / 3003 <= group["p_equivalence"] < 0.05
    assert math.isnan(own.loc["trips", "p_equivalence"]) and own.loc["trips", "role"] == "fact"


def test_no_equivalence_p_below_its_floor():
    table = changes(
        make_cells(np.full(5, 0.001) * np.arange(5), np.full(10, 0.001) * np.arange(10)), plan=PLAN
    )
    made = effects(table[0], plan=PLAN)[0].set_index("estimator").loc["unit_equal"]
    assert made["p_equivalence"] == pytest.approx(1 / 3003)
