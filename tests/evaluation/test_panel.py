"""The same people asked twice: changes from pairs, their smaller error, and plainly none without pairs."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveylib.errors import SurveyError
from surveylib.evaluation import evaluate, paired_changes
from surveylib.evaluation.effect import effect
from surveylib.model.plan import default_plan
from surveylib.rng import stream

from .conftest import make_cells

UNITS = [f"p{i:02d}" for i in range(5)] + [f"c{i:02d}" for i in range(10)]
ARMS = pd.DataFrame({"unit": UNITS, "arm": ["pilot"] * 5 + ["comparison"] * 10, "type": "LG", "model": ""})


def answers(*, pairs=60, gain=0.4, weight=None) -> pd.DataFrame:
    """Every unit: `pairs` people with their own level, asked before and after; ten more asked once."""
    random, rows = stream(9, "panel"), []
    for unit in UNITS:
        shock = random.normal(0, 0.05) + (gain if unit[0] == "p" else 0.0)
        for person in range(pairs + 10):
            level = random.normal(3.5, 0.9)
            for wave in ("pre", "post") if person < pairs else ("pre",):
                score = level + random.normal(0, 0.3) + (shock if wave == "post" else 0.0)
                rows.append((f"{unit}-{person}", unit, wave, wave, score))
    table = pd.DataFrame(rows, columns=["respondent", "unit", "wave", "role", "overall"])
    return table if weight is None else table.assign(weight=weight(table))


def test_a_units_change_is_the_paired_mean_with_the_paired_error():
    given = answers()
    made, findings = paired_changes(given, arms=ARMS, outcomes=("overall",))
    wide = given[given["unit"] == "c03"].pivot(index="respondent", columns="wave", values="overall").dropna()
    row = made.set_index("unit").loc["c03"]
    want = stats.ttest_rel(wide["post"], wide["pre"])
    assert findings == () and row["n_pre"] == 60 and row["n"] == 120
    assert row["change"] == pytest.approx((wide["post"] - wide["pre"]).mean())
    assert row["change"] / row["std_error"] == pytest.approx(want.statistic)
    assert row["std_error"] < 0.5 * np.sqrt(wide["pre"].var() / 60 + wide["post"].var() / 60)


def test_paired_changes_go_into_effect_like_any_others():
    made = effect(
        paired_changes(answers(), arms=ARMS, outcomes=("overall",))[0], plan=default_plan(), outcome="overall"
    ).set_index("estimator")
    row = made.loc["unit_equal"]
    assert row["conf_low"] < 0.4 < row["conf_high"] and row["p_value"] < 0.01


def test_constant_weights_change_nothing_and_heavy_ones_do():
    plain = paired_changes(answers(), arms=ARMS, outcomes=("overall",))[0]
    same = paired_changes(answers(weight=lambda t: 3.0), arms=ARMS, outcomes=("overall",))[0]
    pd.testing.assert_frame_equal(plain, same)
    heavy = answers(weight=lambda t: 1.0 + 2.0 * t["respondent"].str.endswith("1"))
    made = paired_changes(heavy, arms=ARMS, outcomes=("overall",))[0]
    assert (made["n_eff"] < 60).all() and (made["change"] != plain["change"]).all()


def test_few_pairs_are_left_out_and_named():
    given = answers()
    thin = given[
        ~((given["unit"] == "c00") & (given["respondent"].str.len() > 5) & (given["wave"] == "post"))
    ]
    made, findings = paired_changes(thin, arms=ARMS, outcomes=("overall",))
    assert "c00" not in set(made["unit"]) and len(made) == 14
    assert findings[0].code == "E02" and "c00" in findings[0].message.vi


def test_without_anybody_asked_twice_it_says_so():
    once = answers().assign(respondent=lambda t: t["respondent"] + t["wave"])
    made, findings = paired_changes(once, arms=ARMS, outcomes=("overall",))
    assert made.empty and [one.code for one in findings] == ["E06"]
    evidence = evaluate(make_cells(), paired=(made, findings))
    assert "E06" in {one.code for one in evidence.findings}
    assert "paired" not in set(evidence.sensitivity["check"])


def test_the_sensitivity_table_has_a_line_for_them():
    evidence = evaluate(make_cells(), paired=paired_changes(answers(), arms=ARMS, outcomes=("overall",)))
    line = evidence.sensitivity.set_index("check").loc["paired"]
    assert 0.2 < line["estimate"] < 0.6 and "900" in line["sentence_vi"]


def test_mistakes_are_the_users():
    with pytest.raises(SurveyError, match="lack a column"):
        paired_changes(answers().drop(columns="role"), arms=ARMS, outcomes=("overall",))
    with pytest.raises(SurveyError, match="twice"):
        paired_changes(pd.concat([answers(), answers()]), arms=ARMS, outcomes=("overall",))
