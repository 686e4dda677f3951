"""Effects and guards: goldens of other software, theorems, and what is refused."""

from __future__ import annotations

import json
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveylib.errors import SurveyError
from surveylib.evaluation.changes import changes
from surveylib.evaluation.effect import effect
from surveylib.evaluation.effects import effects
from surveylib.evaluation.guards import guards
from surveylib.model.plan import default_plan
from surveylib.model.results import RESULT_COLUMNS

from .conftest import OWN_RISES, PILOT_RISES, make_cells


def of(cells: pd.DataFrame, outcome="overall") -> pd.DataFrame:
    table = changes(cells, plan=default_plan())[0]
    return effect(table, plan=default_plan(), outcome=outcome).set_index("estimator")


@pytest.fixture(scope="module")
def golden(shared) -> dict:
    return json.loads((shared / "golden/evaluation/effects.json").read_text(encoding="utf-8"))["sim_pilot"]


def test_golden_effects(golden_cells, golden):
    made, want = of(golden_cells), golden["unit_level"]
    assert made.loc["unit_equal", "estimate"] == pytest.approx(want["est"], abs=1e-9)
    assert made.loc["welch", "p_value"] == pytest.approx(want["p_welch"], rel=1e-9)
    assert made.loc["ri_t", "p_value"] == pytest.approx(want["RI_t_3003"], abs=1e-12)
    assert made.loc["unit_equal", "p_value"] == pytest.approx(
        max(want["p_welch"], want["RI_t_3003"]), abs=1e-12
    )
    assert made.loc["unit_equal", "p_floor"] == pytest.approx(1 / 3003)
    assert made.loc["pilots_only", "p_value"] == golden["five_units_only"]["exact_signflip_p"]
    assert made.loc["respondent_weighted", "estimate"] == pytest.approx(golden["did_individual"], abs=1e-9)


def test_golden_cr2_of_clubsandwich(golden_cells, golden):
    table = changes(golden_cells, plan=default_plan())[0]
    row = guards(table, plan=default_plan(), outcome="overall")[0].set_index("guard").loc["cr2_bm"]
    want = golden["CR2_clubSandwich"]
    assert row["estimate"] == pytest.approx(golden["did_individual"], abs=1e-9)
    assert row["std_error"] == pytest.approx(want["se"], abs=5e-11)
    assert row["df"] == pytest.approx(want["df"], abs=0.005) and row["p_value"] == pytest.approx(
        want["p"], abs=5e-6
    )


def test_a_respondents_error_for_a_units_effect_is_refused(cells):
    table = changes(cells, plan=default_plan())[0]
    with pytest.raises(SurveyError, match="R1") as caught:
        effect(table, plan=default_plan(), outcome="overall", unit_of_analysis="respondent")
    assert caught.value.code == "R1" and caught.value.hint
    assert math.isnan(of(cells).loc["respondent_weighted", "std_error"])


def test_the_plans_row_is_the_cautious_one(cells):
    made = of(cells)
    both = made.loc[["welch", "ri_t"]]
    assert made.loc["unit_equal", "p_value"] == both["p_value"].max()
    assert made.loc["unit_equal", "conf_low"] == both["conf_low"].min()
    assert made.loc["unit_equal", "conf_high"] == both["conf_high"].max()
    assert set(RESULT_COLUMNS) <= set(made.columns)


def test_difference_in_differences_is_blind_to_a_common_shift(cells):
    shifted = cells.assign(mean=cells["mean"] + 0.3 * (cells["wave"] == "post"))
    made, again = of(cells), of(shifted)
    names = ["estimate", "std_error", "df", "p_value"]
    for estimator in ("unit_equal", "welch", "ri_t"):
        assert again.loc[estimator, names].to_list() == pytest.approx(
            made.loc[estimator, names].to_list(), abs=1e-9
        )
    assert again.loc["pilots_only", "estimate"] == pytest.approx(made.loc["pilots_only", "estimate"] + 0.3)


def test_row_order_and_unit_names_do_not_matter(cells):
    names = dict(zip(sorted(set(cells["unit"])), [f"z{i:02d}" for i in range(14, -1, -1)], strict=True))
    again = of(cells.assign(unit=cells["unit"].map(names)).sample(frac=1, random_state=3))
    for column in ("estimate", "std_error", "p_value", "conf_low"):
        assert again[column].to_list() == pytest.approx(of(cells)[column].to_list(), nan_ok=True, abs=1e-8)


def test_a_scale_of_ten_points_gives_ten_times_the_effect_and_the_same_p(cells):
    made, again = of(cells), of(cells.assign(mean=cells["mean"] * 10, se=cells["se"] * 10))
    assert again.loc["unit_equal", "estimate"] == pytest.approx(10 * made.loc["unit_equal", "estimate"])
    assert again.loc["unit_equal", "conf_low"] == pytest.approx(
        10 * made.loc["unit_equal", "conf_low"], abs=1e-6
    )
    assert again.loc["unit_equal", "p_value"] == pytest.approx(made.loc["unit_equal", "p_value"])


def test_equal_visitors_weigh_like_equal_units(cells):
    made = of(cells.assign(visitors=500.0))
    assert made.loc["visitor_weighted", ["estimate", "std_error", "df"]].to_list() == pytest.approx(
        made.loc["welch", ["estimate", "std_error", "df"]].to_list()
    )
    heavy = of(cells.assign(visitors=np.where(cells["unit"] == "p02", 5000.0, 500.0)))
    want = np.average(PILOT_RISES, weights=[1, 1, 10, 1, 1]) - np.mean(OWN_RISES)
    assert heavy.loc["visitor_weighted", "estimate"] == pytest.approx(want)


def test_a_t_test_never_prints_less_than_the_assignments_allow():
    made = of(make_cells(pilot=np.array(PILOT_RISES) + 5))
    row = made.loc["welch"]
    assert 2 * stats.t.sf(abs(row["statistic"]), row["df"]) < 1 / 3003
    assert (
        row["p_value"] == pytest.approx(1 / 3003)
        and (made["p_value"].dropna() >= made["p_floor"].dropna()).all()
    )


def test_equal_arms_have_a_floor_twice_as_high():
    """Three against three, wholly apart: exchanging the arms gives the same |t|, 2 of 20 ways."""
    apart = make_cells(np.array(PILOT_RISES[:3]) + 5, OWN_RISES[:3])
    made = of(pd.concat([apart.assign(visitors=100.0)])).loc[
        ["unit_equal", "welch", "ri_t", "visitor_weighted"]
    ]
    assert made["p_floor"].to_list() == pytest.approx([0.1] * 4)
    assert made["p_value"].to_list() == pytest.approx([0.1] * 4)


def test_assignments_drawn_at_random_have_the_floor_of_those_drawn():
    """Thirty pilots and thirty others: neither arms nor signs are enumerated, 9,999 are drawn of each."""
    pilot = 5 + np.linspace(0, 0.3, 30) ** 2
    made = of(make_cells(pilot, np.linspace(0, 0.2, 30)).assign(visitors=100.0))
    tested = made.drop(index="respondent_weighted")
    assert set(tested.index) == {"unit_equal", "welch", "ri_t", "visitor_weighted", "pilots_only"}
    assert tested["p_floor"].to_list() == pytest.approx([1 / 10_000] * 5)
    assert tested["p_value"].to_list() == pytest.approx([1 / 10_000] * 5)


def test_arms_of_a_type_may_be_equal_where_all_are_not():
    kinds = {"p00": "LG", "p01": "LG", "c00": "LG", "c01": "LG"}
    cells = make_cells(np.array(PILOT_RISES) + 5)
    typed = cells.assign(type=cells["unit"].map(kinds).fillna("OD"))
    table = effects(changes(typed, plan=default_plan())[0], plan=default_plan())[0]
    own = table[table["estimator"] == "unit_equal"].set_index("scope")["p_floor"]
    assert own["type:LG"] == pytest.approx(2 / 6) and own["all"] == pytest.approx(1 / 3003)
    assert own["type:OD"] == pytest.approx(1 / 165)


def test_pilots_that_rose_alike_but_for_rounding_have_no_interval():
    cells = make_cells((0.3,) * 5)
    rows = changes(cells.assign(mean=cells["mean"].round(4)), plan=default_plan())[0]
    row = effect(rows, plan=default_plan(), outcome="overall").set_index("estimator").loc["pilots_only"]
    assert rows.loc[rows["arm"] == "pilot", "change"].nunique() > 1 and row["std_error"] == 0
    assert math.isnan(row["conf_low"]) and row["p_value"] == 1 / 16


def test_the_pilots_own_change_has_the_interval_of_one_sample():
    row = of(make_cells()).loc["pilots_only"]
    plain = stats.ttest_1samp(PILOT_RISES, 0).confidence_interval(default_plan().analysis.level)
    assert row["df"] == len(PILOT_RISES) - 1
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((plain.low, plain.high))


def test_too_few_units_for_an_interval():
    row = of(make_cells(pilot=(0.4, 0.5), comparison=(0.0, 0.1))).loc["unit_equal"]
    assert row["p_floor"] == pytest.approx(2 / 6) and math.isnan(row["conf_low"]) and row["reason_vi"]


@pytest.mark.parametrize(
    ("pilot", "comparison", "reason"),
    [
        ((0.4,), OWN_RISES, "one pilot"),
        (PILOT_RISES, (), "comparison units"),
        (PILOT_RISES, (0.1,), "comparison units"),
        ((0.3, 0.3, 0.3), (0.1, 0.1, 0.1), "alike"),
    ],
)
def test_where_there_is_no_test_there_is_a_reason(pilot, comparison, reason):
    row = of(make_cells(pilot, comparison)).loc["unit_equal"]
    assert reason in row["reason_en"] and row["reason_vi"]
    assert math.isnan(row["p_value"]) and math.isnan(row["conf_low"])


def test_groups_by_holm_and_the_rest_by_max_t():
    parts = [make_cells()]
    for number, name in enumerate(("group_a", "group_b", "c1", "c2", "c3")):
        parts.append(
            make_cells(np.array(PILOT_RISES) * 0.3 * number, np.roll(OWN_RISES, number), outcome=name)
        )
    table, _ = effects(changes(pd.concat(parts), plan=default_plan())[0], plan=default_plan())
    own = table[table["estimator"] == "unit_equal"].set_index("outcome")
    smallest = own.loc[["group_a", "group_b"], "p_value"].min()
    assert own.loc[["group_a", "group_b"], "p_adjusted"].min() == pytest.approx(2 * smallest)
    assert own.loc[["c1", "c2", "c3"], "adjusted_by"].eq("romano_wolf").all()
    exploratory = table[(table["estimator"] == "ri_t") & table["outcome"].isin(["c1", "c2", "c3"])].set_index(
        "outcome"
    )
    assert (own.loc[["c1", "c2", "c3"], "p_adjusted"] >= exploratory["p_value"] - 1e-12).all()
    assert (own.loc[["c1", "c2", "c3"], "p_adjusted"] >= own.loc[["c1", "c2", "c3"], "p_value"]).all()
    assert own.loc["overall", "role"] == "primary" and math.isnan(own.loc["overall", "p_adjusted"])


def test_an_exploratory_outcome_that_cannot_be_adjusted_warns():
    gap = make_cells(outcome="c1")
    few = gap[gap["unit"].str.startswith("p") | (gap["unit"] == "c00")]
    _, said = effects(changes(pd.concat([make_cells(), few]), plan=default_plan())[0], plan=default_plan())
    assert [(one.code, one.where) for one in said] == [("W4", "c1")]


def test_a_criterion_that_a_unit_lacks_is_still_adjusted():
    gap = make_cells(outcome="criterion_a1")
    cells = pd.concat([make_cells(), gap[gap["unit"] != "c00"]])
    table, said = effects(changes(cells, plan=default_plan())[0], plan=default_plan())
    row = table[(table["outcome"] == "criterion_a1") & (table["estimator"] == "unit_equal")].iloc[0]
    assert said == () and row["role"] == "criterion" and row["adjusted_by"] == "romano_wolf"
    assert row["p_adjusted"] >= row["p_value"] >= 1 / 3003


def test_types_with_one_unit_are_refused_and_others_shown(cells):
    kinds = {"p00": "LG", "p01": "LG", "p02": "OD", "p03": "OD", "p04": "OV"}
    kinds |= {f"c{i:02d}": ("LG", "OD", "OV")[i % 3] for i in range(10)}
    typed = cells.assign(type=cells["unit"].map(kinds))
    table, said = effects(changes(typed, plan=default_plan())[0], plan=default_plan())
    assert set(table["scope"]) == {"all", "type:LG", "type:OD"}
    assert [(one.code, one.where) for one in said] == [("R6", "type:OV")]
    local = table[(table["scope"] == "type:LG") & (table["estimator"] == "unit_equal")].iloc[0]
    assert local["estimate"] == pytest.approx(np.mean(PILOT_RISES[:2]) - np.mean(OWN_RISES[::3]))


def test_groups_and_facts_by_model_are_adjusted_within_it(cells):
    parts = [cells]
    for name, share in (("group_a", 0.5), ("group_b", 0.2), ("trips", 1.0)):
        parts.append(make_cells(np.array(PILOT_RISES) * share, OWN_RISES, outcome=name))
    whole = pd.concat(parts, ignore_index=True)
    model = whole["unit"].map({"p00": "government", "p01": "government"}).fillna("office")
    whole = whole.assign(model=model.where(whole["arm"] == "pilot", "none"), type="LG", visitors=100.0)
    table, _ = effects(changes(whole, plan=default_plan())[0], plan=default_plan())
    own = table[(table["estimator"] == "unit_equal") & (table["scope"] == "model:office")].set_index(
        "outcome"
    )
    assert own["n_pilot"].to_list() == [3] * 4 and set(own["role"]) == {"primary", "secondary", "fact"}
    assert own.loc[["group_a", "group_b"], "p_adjusted"].min() == pytest.approx(
        2 * own.loc[["group_a", "group_b"], "p_value"].min()
    )
    both = table[table["outcome"] == "group_a"].groupby("scope")["estimator"].agg(set)
    assert all({"unit_equal", "visitor_weighted"} <= estimators for estimators in both)


def test_leave_one_out_leaves_each_unit_out_once(cells):
    table = guards(changes(cells, plan=default_plan())[0], plan=default_plan(), outcome="overall")[0]
    rows = table[table["guard"] == "leave_one_out"].set_index("without")
    assert len(rows) == 15
    assert rows.loc["p02", "estimate"] == pytest.approx(
        np.mean([0.42, 0.31, 0.24, 0.38]) - np.mean(OWN_RISES)
    )


def test_robust_errors_are_refused_with_three_pilots():
    table = changes(make_cells(PILOT_RISES[:3]), plan=default_plan())[0]
    made, said = guards(table, plan=default_plan(), outcome="overall")
    assert "cr2_bm" not in set(made["guard"]) and [one.code for one in said] == ["R4"]


def test_ibragimov_mueller_keeps_the_error_and_fewer_degrees_of_freedom(cells):
    table = changes(cells, plan=default_plan())[0]
    row = guards(table, plan=default_plan(), outcome="overall")[0].set_index("guard").loc["ibragimov_mueller"]
    welch = of(cells).loc["welch"]
    assert row["df"] == 4 < welch["df"] and row["std_error"] == welch["std_error"] and row["p_value"] > 0


def test_cr2_equals_the_regression_on_respondents_done_in_full():
    rng = np.random.default_rng(5)
    rows, cells = [], []
    for unit in range(8):
        for wave in (0, 1):
            y = rng.integers(1, 6, size=int(rng.integers(30, 60))).astype(float)
            rows += [(unit, wave, unit < 4, value) for value in y]
            arm, label = ("pilot" if unit < 4 else "comparison"), ("pre", "post")[wave]
            cells.append((f"u{unit}", arm, label, y.mean(), 0.1, float(len(y))))
    want = slow_cr2(pd.DataFrame(rows, columns=["unit", "post", "treat", "y"]))
    table = changes(
        pd.DataFrame(cells, columns=["unit", "arm", "wave", "mean", "se", "n"]), plan=default_plan()
    )[0]
    row = guards(table, plan=default_plan(), outcome="overall")[0].set_index("guard").loc["cr2_bm"]
    assert (row["estimate"], row["std_error"], row["df"]) == pytest.approx(want, rel=1e-8)


def slow_cr2(rows: pd.DataFrame) -> tuple[float, float, float]:
    """CR2 and Satterthwaite's df with the full hat matrix and a matrix square root a cluster."""
    post, treat = rows["post"].to_numpy(float), rows["treat"].to_numpy(float)
    x = np.column_stack([np.ones(len(rows)), treat, post, treat * post])
    bread = np.linalg.inv(x.T @ x)
    y = rows["y"].to_numpy()
    beta = bread @ x.T @ y
    rest, hat = y - x @ beta, np.eye(len(rows)) - x @ bread @ x.T
    score, columns = [], []
    for unit in sorted(set(rows["unit"])):
        own = (rows["unit"] == unit).to_numpy()
        values, vectors = np.linalg.eigh(hat[np.ix_(own, own)])
        root = vectors @ np.diag(1 / np.sqrt(values)) @ vectors.T
        pull = root @ x[own] @ bread[:, 3]
        score.append(pull @ rest[own])
        columns.append(hat[:, own] @ pull)
    g = np.column_stack(columns)
    inner = g.T @ g
    return beta[3], float(np.sqrt(np.sum(np.square(score)))), float(np.trace(inner) ** 2 / np.sum(inner**2))
