"""More than two waves: their order, the effect in each, and what trends could hide."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation.changes import changes, tidy_cells
from surveylib.evaluation.effect import effect
from surveylib.evaluation.evaluate import evaluate
from surveylib.evaluation.predict import predict
from surveylib.evaluation.trends import breakdown_m_bar, trend_bounds
from surveylib.evaluation.waves import event_study, panel
from surveylib.model.plan import AnalysisPlan, PlanWaves
from surveylib.numerics.randomisation import welch
from surveylib.rng import stream

WAVES = ("2014-06", "2014-10", "2015-04", "2015-11")
PLAN = AnalysisPlan(waves=PlanWaves(pre=("2014-06", "2014-10"), post=("2015-11",)))
NAMES = [f"p{i}" for i in range(5)] + [f"c{i}" for i in range(10)]


def dated(levels: np.ndarray, *, waves=WAVES) -> pd.DataFrame:
    """Cells of 5 pilots and 10 comparison units, `levels` units × waves."""
    rows = [
        (name, "pilot" if name[0] == "p" else "comparison", wave, levels[j, k], 0.07, 150.0)
        for j, name in enumerate(NAMES)
        for k, wave in enumerate(waves)
    ]
    return pd.DataFrame(rows, columns=["unit", "arm", "wave", "mean", "se", "n"])


def levels(*, effect=0.4, drift=0.0, seed="waves", sigma=0.1, waves=4) -> np.ndarray:
    """Pilots drift `drift` a wave; from the third wave on they gain `effect`."""
    random, pilot = stream(6, seed), np.arange(15) < 5
    made = 3.5 + random.normal(0, sigma, size=(15, waves)) + drift * np.outer(pilot, np.arange(waves))
    made[:5, 2:] += effect
    return made


def tidy(cells: pd.DataFrame, plan=PLAN) -> pd.DataFrame:
    return tidy_cells(cells, plan=plan)[0]


def test_the_event_study_is_a_welch_test_in_every_wave():
    y = levels()
    made = event_study(tidy(dated(y)), plan=PLAN, outcome="overall").set_index("wave")
    assert list(made.index) == list(WAVES) and made["step"].tolist() == [-1, 0, 1, 2]
    assert made.loc["2014-10", "estimate"] == 0 and "reference" in made.loc["2014-10", "reason_en"]
    for k, wave in enumerate(WAVES):
        if k != 1:
            want = welch(y[:, k] - y[:, 1], np.arange(15) < 5)
            assert made.loc[wave, "estimate"] == pytest.approx(want.estimate)
            assert made.loc[wave, "std_error"] == pytest.approx(want.std_error)
    assert (made["p_value"].dropna() >= 1 / 3003).all() and made.loc["2015-04", "role"] == "other"


def test_a_pilot_that_has_not_begun_is_not_counted_in_the_wave():
    y, late = levels(), np.arange(15) == 1
    cells = dated(y).assign(start=lambda c: c["unit"].map({"p0": "2014-11-01", "p1": "2015-06-01"}))
    made = event_study(tidy(cells), plan=PLAN, outcome="overall").set_index("wave")
    interim = welch((y[:, 2] - y[:, 1])[~late], (np.arange(15) < 5)[~late])
    assert made["n_pilot"].dropna().tolist() == [5, 4, 5]  # before the start every pilot stands for itself
    assert made.loc["2015-04", "estimate"] == pytest.approx(interim.estimate)
    later = cells.assign(start=cells["unit"].map(dict.fromkeys(NAMES[:5], "2015-06-01")))
    row = event_study(tidy(later), plan=PLAN, outcome="overall").set_index("wave").loc["2015-04"]
    assert math.isnan(row["estimate"]) and "had begun" in row["reason_en"]


def test_waves_come_in_the_order_of_their_days_whatever_they_are_called():
    cells = dated(levels()).replace({"wave": dict(zip(WAVES, "dbca", strict=True))})
    plan = AnalysisPlan(waves=PlanWaves(pre=("d", "b"), post=("a",)))
    days = dict(zip("dbca", ("2014-06-30", "2014-10-31", "2015-04-30", "2015-11-30"), strict=True))
    made = panel(tidy(cells.assign(date=cells["wave"].map(days)), plan), outcome="overall")
    assert list(made.means.columns) == list("dbca")
    unknown = panel(tidy(cells, plan), outcome="overall")  # no days: before, between, after
    assert list(unknown.means.columns) == ["b", "d", "c", "a"]


def test_several_short_waves_a_side_average_and_their_shocks_too():
    y = levels(waves=6)
    plan = AnalysisPlan(waves=PlanWaves(pre=("w0", "w1", "w2"), post=("w3", "w4", "w5")))
    table = changes(dated(y, waves=[f"w{k}" for k in range(6)]), plan=plan)[0]
    assert table["change"].to_numpy() == pytest.approx(
        (y[:, 3:].mean(axis=1) - y[:, :3].mean(axis=1))[np.argsort(NAMES)]
    )
    assert table["std_error"].to_numpy() == pytest.approx([math.sqrt(6 * 0.07**2 / 9)] * 15)
    assert set(table["n_pre_waves"]) == set(table["n_post_waves"]) == {3}
    two = AnalysisPlan(waves=PlanWaves(pre=("w2",), post=("w3",)))
    short = changes(dated(y, waves=[f"w{k}" for k in range(6)]), plan=two)[0]
    errors = [
        effect(some, plan=one, outcome="overall").set_index("estimator").loc["welch", "std_error"]
        for some, one in ((table, plan), (short, two))
    ]
    assert errors[0] < errors[1]
    widths = [
        predict(some, plan=one, outcome="overall").posterior.set_index(["prior", "quantity"])["std_error"]
        for some, one in ((table, plan), (short, two))
    ]
    assert widths[0]["plan", "new_change"] < widths[1]["plan", "new_change"]


def test_an_extension_is_one_more_wave_and_leaves_the_plans_effect_alone():
    y = levels(waves=5)
    four, five = dated(y[:, :4]), dated(y, waves=(*WAVES, "2016-05"))
    made = [evaluate(cells, plan=PLAN) for cells in (four, five)]
    own = [
        one.effects.set_index(["estimator", "scope"]).loc[("unit_equal", "all"), "estimate"] for one in made
    ]
    assert own[0] == own[1]
    assert [len(one.events) for one in made] == [4, 5]
    assert made[1].events["step"].iloc[-1] == 3


def test_bounds_at_zero_are_the_plain_interval_and_widen_with_m():
    y = levels()
    made = trend_bounds(tidy(dated(y)), plan=PLAN, outcome="overall")
    event = event_study(tidy(dated(y)), plan=PLAN, outcome="overall").set_index("wave").loc["2015-11"]
    assert made.loc[0, ["conf_low", "conf_high"]].to_list() == pytest.approx(
        event[["conf_low", "conf_high"]].to_list()
    )
    assert (made["conf_low"].diff().dropna() < 0).all() and (made["conf_high"].diff().dropna() > 0).all()
    pre = welch(y[:, 1] - y[:, 0], np.arange(15) < 5).estimate
    # Two waves of drift lie between the last wave before and the one after: twice M̄ times the drift before.
    assert made.loc[2, "bound_high"] - made.loc[2, "estimate"] == pytest.approx(2 * 1.0 * abs(pre))
    assert (made["conf_low"] <= made["bound_low"]).all() and (made["conf_high"] >= made["bound_high"]).all()


def test_a_steady_drift_is_not_taken_for_an_effect():
    """Pilots rise 0.2 a wave anyway: the plain interval excludes 0, the bounds at M̄ = 1 do not."""
    made = trend_bounds(tidy(dated(levels(effect=0, drift=0.2, sigma=0.03))), plan=PLAN, outcome="overall")
    assert made.loc[0, "conf_low"] > 0.2 and made.loc[2, "conf_low"] < 0


def test_the_breakdown_m_is_where_the_interval_reaches_zero():
    cells = tidy(dated(levels(effect=0.8)))
    found = breakdown_m_bar(cells, plan=PLAN, outcome="overall")
    near = trend_bounds(cells, plan=PLAN, outcome="overall", m_bars=(found - 0.01, found + 0.01))
    assert near["conf_low"].iloc[0] > 0 > near["conf_low"].iloc[1]
    none = tidy(dated(levels(effect=0.0, sigma=0.2, seed="nothing")))
    assert breakdown_m_bar(none, plan=PLAN, outcome="overall") == 0


def test_the_breakdown_m_is_the_first_where_the_interval_reaches_zero():
    """The interval holds 0 with little drift, leaves it near M̄ = 0.2, and holds it again from 0.31 on."""
    cells = tidy(dated(levels(effect=0.3, sigma=0.15, seed="uneven 16")))
    low = trend_bounds(cells, plan=PLAN, outcome="overall", m_bars=(0.0, 0.05, 0.2, 0.5))["conf_low"]
    assert (low > 0).tolist() == [True, False, True, False]
    assert 0 < breakdown_m_bar(cells, plan=PLAN, outcome="overall") <= 0.05


@pytest.mark.slow
def test_bounds_cover_though_trends_part_as_they_did_before():
    """1,000 studies with pilots drifting 0.05 a wave before and after: at M̄ = 1 the truth is inside."""
    hits, count = {0.0: 0, 1.0: 0}, 1000
    for number in range(count):
        y = levels(effect=0.3, drift=0.05, seed=f"study {number}")
        made = trend_bounds(_panel_cells(y), plan=PLAN, outcome="overall", m_bars=(0.0, 1.0))
        for row in made.itertuples():
            hits[row.m_bar] += row.conf_low <= 0.3 <= row.conf_high
    assert hits[1.0] / count >= 0.90 - 3 * math.sqrt(0.9 * 0.1 / count)
    assert hits[0.0] / count < 0.80


def _panel_cells(y: np.ndarray) -> pd.DataFrame:
    """Tidy cells without the checks, for a simulation."""
    made = dated(y).assign(outcome="overall", n_eff=150.0)
    return made.assign(role=made["wave"].map(dict(zip(WAVES, ("pre", "pre", "other", "post"), strict=True))))


def test_one_wave_before_refuses_the_bounds_and_two_do_not():
    two = evaluate(dated(levels()), plan=PLAN)
    assert len(two.trends) == 4 and two.refusal("R5") is None
    one = evaluate(dated(levels()), plan=AnalysisPlan(waves=PlanWaves(pre=("2014-10",), post=("2015-11",))))
    assert one.trends.empty and one.refusal("R5") is not None


def test_bounds_do_not_care_which_way_the_arms_drifted():
    y = levels()
    made = trend_bounds(tidy(dated(y)), plan=PLAN, outcome="overall").set_index("m_bar")
    turned = trend_bounds(tidy(dated(7 - y)), plan=PLAN, outcome="overall").set_index("m_bar")
    for low, high in (("conf_low", "conf_high"), ("bound_low", "bound_high")):
        assert turned[low].to_list() == pytest.approx((-made[high]).to_list())
        assert turned[high].to_list() == pytest.approx((-made[low]).to_list())


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (levels(effect=0.6), "drifted apart by"),
        (levels(effect=0.0, sigma=0.3), "holds 0 even with parallel trends"),
        (levels(effect=3.0, sigma=0.01), "20 times"),
    ],
)
def test_the_drift_that_undoes_the_result_is_a_row_of_the_sensitivity_table(made, words):
    cells = dated(made)
    row = evaluate(cells, plan=PLAN).sensitivity.set_index("check").loc["breakdown_m_bar"]
    value = breakdown_m_bar(tidy(cells), plan=PLAN, outcome="overall")
    assert row["value"] == value and words in row["sentence_en"]
    if 0 < value < 20:
        bounds = trend_bounds(tidy(cells), plan=PLAN, outcome="overall", m_bars=(value,)).iloc[0]
        assert bounds["conf_low"] == pytest.approx(0, abs=1e-5)
        assert f"{value:.2f} times" in row["sentence_en"]


def test_without_two_waves_before_there_is_no_such_row():
    two = AnalysisPlan(waves=PlanWaves(pre=("2014-10",), post=("2015-11",)))
    assert "breakdown_m_bar" not in evaluate(dated(levels()), plan=two).sensitivity["check"].tolist()


def test_in_a_wave_with_equal_arms_the_mirror_image_counts():
    """Five against five: 2 of 252 ways; without one comparison unit in a wave, 1 of 126."""
    cells = dated(levels(effect=5.0))
    equal = cells[cells["unit"].isin(NAMES[:10])]
    made = event_study(tidy(equal), plan=PLAN, outcome="overall").set_index("wave")
    assert made.loc["2015-11", "p_floor"] == made.loc["2015-11", "p_value"] == pytest.approx(2 / 252)
    gap = equal[~((equal["unit"] == "c4") & (equal["wave"] == "2015-04"))]
    made = event_study(tidy(gap), plan=PLAN, outcome="overall").set_index("wave")
    assert made.loc["2015-04", "p_floor"] == pytest.approx(1 / 126)
