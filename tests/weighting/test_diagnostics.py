import numpy as np
import pandas as pd
import pytest

from surveylib.model.weighting import WeightingPlan
from surveylib.model.weights import Weights, WeightStep
from surveylib.weighting import ess_by, margin_table, register_population, step_table
from surveylib.weighting.diagnostics import diagnose
from surveylib.weighting.weigh_study import weigh


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
    population = register_population(world.frame, margins=["age_band"])
    table = margin_table(weights, world.responses.rows, population=population)
    old = table[table["level"] == "3"].iloc[0]
    p = (world.frame.rows["age_band"] == 3).mean()
    base = pd.Series(weights.steps[0].values)
    share = base[world.responses.rows["age_band"] == 3].sum() / base.sum()
    assert old["register_share"] == pytest.approx(p) and old["before_share"] == pytest.approx(share)
    assert old["asmd_before"] == pytest.approx(abs(share - p) / np.sqrt(p * (1 - p)))
    assert old["asmd_before"] > 0.1
    assert table["asmd_after"].max() < 1e-8
    assert table[["register_share", "after_share"]].sum().to_numpy() == pytest.approx(1.0)


def test_margin_table_of_the_whole_province_is_one_block(world):
    weights, _ = weigh(world.responses, plan=WeightingPlan(base="none"))
    population = register_population(world.frame, margins=["sex", "procedure"])
    table = margin_table(weights, world.responses.rows, population=population)
    assert table[["variable", "level"]].values.tolist() == [
        ["sex", "1"],
        ["sex", "2"],
        ["procedure", "1"],
        ["procedure", "2"],
        ["procedure", "3"],
    ]
    assert table["n"].sum() == 2 * len(world.responses.rows)
