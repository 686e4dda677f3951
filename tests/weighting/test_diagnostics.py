import numpy as np
import pandas as pd
import pytest

from surveylib.model.study import WeightingPlan
from surveylib.model.weights import Weights, WeightStep
from surveylib.weighting import ess_by, margin_table, step_table, weigh
from surveylib.weighting.diagnostics import diagnose


def test_step_table_by_hand():
    values = np.array([1.0, 1.0, 2.0])
    weights = Weights(steps=(WeightStep(name="base", values=values, diagnostics=diagnose(values)),))
    row = step_table(weights).iloc[0]
    assert row["step"] == "base" and row["n"] == 3 and row["sum"] == 4 and row["max"] == 2
    assert row["kish_deff"] == pytest.approx(3 * 6 / 16)
    assert row["cv"] == pytest.approx(np.std(values) / np.mean(values))
    assert row["ess"] == pytest.approx(16 / 6)


def test_ess_is_counted_within_each_cell():
    rows = pd.DataFrame({"unit": ["a", "a", "b", "b"], "wave": "t0"})
    table = ess_by(rows, np.array([1.0, 1.0, 1.0, 3.0]), by=("unit", "wave"))
    assert table["ess"].tolist() == pytest.approx([2.0, 1.6]) and table[
        "kish_deff"
    ].tolist() == pytest.approx([1, 1.25])


def test_margin_table_shows_the_way_from_sample_to_register(world):
    plan = WeightingPlan(base="draw", margins=("procedure", "age_band"))
    weights, _ = weigh(world.responses, plan=plan, frame=world.frame, sample=world.sample)
    table = margin_table(
        weights, world.responses.rows, frame=world.frame, margins=["age_band"], within=("unit", "wave")
    )
    old = table[(table["unit"] == "a") & (table["wave"] == "t0") & (table["level"] == "3")].iloc[0]
    register = world.frame.rows.query("unit == 'a' and wave == 't0'")
    p = (register["age_band"] == 3).mean()
    assert old["register_share"] == pytest.approx(p)
    assert old["asmd_before"] == pytest.approx(abs(old["before_share"] - p) / np.sqrt(p * (1 - p)))
    assert old["asmd_before"] > 0.1
    assert table["asmd_after"].max() < 1e-8
    assert table.groupby(["unit", "wave"])[
        ["register_share", "after_share"]
    ].sum().to_numpy() == pytest.approx(1.0)


def test_margin_table_of_the_whole_province_is_one_block(world):
    weights, _ = weigh(world.responses, plan=WeightingPlan(base="none"))
    table = margin_table(weights, world.responses.rows, frame=world.frame, margins=["sex", "procedure"])
    assert table[["variable", "level"]].values.tolist() == [
        ["sex", "1"],
        ["sex", "2"],
        ["procedure", "1"],
        ["procedure", "2"],
        ["procedure", "3"],
    ]
    assert table["n"].sum() == 2 * len(world.responses.rows)
