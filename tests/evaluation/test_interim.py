import datetime
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation import interim_review, named_by_chance, unit_effects
from surveylib.evaluation.changes import changes
from surveylib.model.plan import Arms, PlanWaves
from tests.evaluation.conftest import make_cells, make_study


def with_interim(cells: pd.DataFrame, study):
    """The final wave of the cells as an interim one, and nothing after it yet."""
    last = study.waves[-1]
    middle = replace(
        last, id="middle", role="interim", start=datetime.date(2015, 4, 1), end=datetime.date(2015, 4, 30)
    )
    rows = cells.assign(wave=cells["wave"].replace("post", "middle"))
    rows["role"] = rows["wave"].replace("middle", "interim")
    return rows, replace(study, waves=(study.waves[0], middle, last))


@pytest.fixture
def interim(cells, study):
    return with_interim(cells, study)


def reviewed(interim, plan, scales=None):
    cells, study = interim
    return interim_review(cells, plan=plan, study=study, scales=scales or {"overall": 1.0})


def test_a_review_needs_no_final_wave_and_is_of_pilot_units_alone(interim, plan):
    made = reviewed(interim, plan)
    assert made["unit"].tolist() == [f"p{i:02d}" for i in range(5)]
    assert made.loc[0, "change"] == pytest.approx(0.42)
    assert made["comparison"].unique() == pytest.approx([0.005])
    assert made.loc[0, "estimate"] == pytest.approx(0.42 - 0.005)


def test_the_numbers_are_those_of_the_unit_table_between_these_waves(interim, plan, cells, study):
    table = unit_effects(changes(cells, plan=plan, study=study)[0], plan=plan, outcome="overall")
    made = reviewed(interim, plan)
    for name in ("estimate", "std_error", "shrunk", "shrunk_low", "shrunk_high", "p_gain", "p_sesoi"):
        assert made[name].to_numpy() == pytest.approx(table[name].to_numpy(float), abs=1e-12), name


def test_a_criterion_is_judged_like_the_index_whatever_its_scale(interim, plan):
    """The same answers scored 0–100 get the same words and chances, and 25 times the points."""
    cells, study = interim
    wide = cells.assign(outcome="criterion_a1", mean=(cells["mean"] - 1) * 25, se=cells["se"] * 25)
    both = pd.concat([cells.assign(outcome="overall"), wide])
    made = reviewed((both, study), plan, {"overall": 1.0, "criterion_a1": 25.0})
    one, other = (
        made[made["outcome"] == name].reset_index(drop=True) for name in ("overall", "criterion_a1")
    )
    assert one["band"].tolist() == other["band"].tolist()
    assert other["p_sesoi"].to_numpy() == pytest.approx(one["p_sesoi"].to_numpy())
    for name in ("estimate", "std_error", "conf_low", "shrunk", "shrunk_high", "sesoi", "comparison_low"):
        assert other[name].to_numpy(float) == pytest.approx(25 * one[name].to_numpy(float)), name


def test_words_follow_the_rule(plan):
    cells, study = with_interim(make_cells(pilot=(0.9, 0.8, 0.0, -0.7, 0.85)), make_study())
    made = reviewed((cells, study), plan).set_index("unit")
    assert made.loc[["p00", "p01", "p04"], "band"].tolist() == ["improved"] * 3
    assert made.loc["p02", "band"] == "unclear"
    assert made.loc["p03", "band"] == "worse"
    assert made.loc["p03", "shrunk_high"] < 0
    assert named_by_chance(made) == pytest.approx((1 - made.loc[made["band"] == "improved", "p_gain"]).sum())


def test_nothing_improves_where_units_move_as_much_by_themselves(study, plan):
    """A rise that comparison units show too is no improvement of the pilots."""
    rng = np.random.default_rng(3)
    rises = rng.normal(0.4, 0.15, 15)
    made = reviewed(with_interim(make_cells(rises[:5], rises[5:]), study), plan)
    assert set(made["band"]) == {"unclear"}


def test_a_pilot_named_by_the_plan_but_not_surveyed_yet_waits(interim, plan):
    cells, study = interim
    named = replace(plan, arms=Arms(pilot=tuple(f"p{i:02d}" for i in range(5))))
    made = reviewed((cells[cells["unit"] != "p04"], study), named)
    assert made["unit"].tolist() == [f"p{i:02d}" for i in range(4)]


def test_without_two_comparison_units_nothing_is_judged(interim, plan):
    cells, study = interim
    few = cells[cells["unit"].str.startswith("p") | (cells["unit"] == "c00")]
    made = reviewed((few, study), plan)
    assert set(made["band"]) == {"unknown"}
    assert (made["reason_en"] == "fewer than two comparison units").all()


def test_without_an_interim_wave_there_are_no_rows(cells, study, plan):
    assert interim_review(cells, plan=plan, study=study, scales={"overall": 1.0}).empty
    no_names = replace(plan, waves=PlanWaves())
    assert interim_review(cells, plan=no_names, study=study, scales={"overall": 1.0}).empty
