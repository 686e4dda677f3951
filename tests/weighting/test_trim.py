import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting import calibrate_within, read_population, trim_weights
from surveylib.weighting.trim import trim_within


def test_each_block_keeps_its_total_and_its_bound():
    random = np.random.default_rng(2)
    rows = pd.DataFrame({"unit": ["a"] * 100 + ["b"] * 100, "wave": "t0"})
    values = np.concatenate([random.lognormal(0, 0.9, 100), 50 * random.lognormal(0, 0.9, 100)])
    step, found = trim_weights(values, rows, max_ratio=3)
    for unit in "ab":
        inside = (rows["unit"] == unit).to_numpy()
        assert step.values[inside].sum() == pytest.approx(values[inside].sum())
        assert step.values[inside].max() <= 3 * np.median(values[inside]) * (1 + 1e-12)
    assert not found and dict(step.diagnostics)["cut"] == (step.values < values).sum() > 0


def test_a_bound_that_cannot_be_held_leaves_the_block_and_says_so():
    rows = pd.DataFrame({"unit": "a", "wave": "t0", "x": range(5)})
    values = np.array([1.0, 1.0, 1.0, 50.0, 50.0])
    step, found = trim_weights(values, rows, max_ratio=5)
    assert step.values.tolist() == values.tolist()
    assert [(f.code, f.where) for f in found] == [("WT06", "a, t0")]


def test_a_ratio_of_one_is_refused():
    with pytest.raises(SurveyError, match="max_ratio"):
        trim_weights(np.ones(2), pd.DataFrame({"unit": ["a", "a"], "wave": "t0"}), max_ratio=1.0)


@pytest.fixture
def skewed():
    """Two offices of 60; sexes and ages known; a few weights far above the rest."""
    random = np.random.default_rng(8)
    rows = pd.DataFrame(
        {
            "unit": ["a"] * 60 + ["b"] * 60,
            "sex": random.choice(["f", "m"], 120),
            "old": random.choice(["0", "1"], 120, p=[0.7, 0.3]),
        }
    )
    table = pd.DataFrame(
        [(u, v, x, n) for u, n in (("a", 300), ("b", 900)) for v, x in (("sex", "f"), ("sex", "m"))]
        + [
            (u, "old", x, n * share)
            for u, n in (("a", 600), ("b", 1800))
            for x, share in (("0", 0.7), ("1", 0.3))
        ],
        columns=["unit", "variable", "level", "count"],
    )
    values = random.lognormal(0, 0.8, 120)
    return calibrate_within(values, rows, population=read_population(table)), rows


def held(made, values) -> float:
    return max(
        np.abs(np.bincount(m.codes, values, minlength=len(m.targets)) / np.maximum(m.targets, 1e-9) - 1)[
            m.targets > 0
        ].max()
        for m in made.margins
    )


def trimmed(made, ratio):
    return trim_within(
        made.step.values, max_ratio=ratio, margins=made.margins, asked=made.asked, names=made.names
    )


@pytest.mark.parametrize("ratio", [4.0, 2.5, 1.9])
def test_trimmed_weights_are_within_the_bound_and_still_hit_the_margins(skewed, ratio):
    made, rows = skewed
    step, found, kept = trimmed(made, ratio)
    for unit in "ab":
        inside = (rows["unit"] == unit).to_numpy()
        assert step.values[inside].max() <= ratio * np.median(made.step.values[inside]) * (1 + 1e-5)
    assert held(made, step.values) < 1e-6 and kept.all() and not found
    told = dict(step.diagnostics)
    assert told["cut"] > 0 and told["margins_hit"] == told["margins"] == 2


def test_what_is_within_the_bound_is_left_alone(skewed):
    made, _ = skewed
    step, _, kept = trimmed(made, 100.0)
    assert step.values.tolist() == made.step.values.tolist() and kept.all()
    assert dict(step.diagnostics)["cycles"] == dict(step.diagnostics)["cut"] == 0


def test_where_bound_and_margins_exclude_each_other_the_block_is_trimmed_and_named():
    """One old person in ten must stand for half of the office. At twice the median, 300 / 54, six of them
    make 67 of 600: 38.9 points short."""
    rows = pd.DataFrame({"unit": ["a"] * 60, "old": ["1"] * 6 + ["0"] * 54})
    table = pd.DataFrame({"unit": "a", "variable": "old", "level": ["1", "0"], "count": [300, 300]})
    made = calibrate_within(np.ones(60), rows, population=read_population(table))
    step, found, kept = trimmed(made, 2.0)
    assert [(f.code, f.where) for f in found] == [("WT11", "a")] and not kept.any()
    assert "38.9 points" in found[0].message.en
    assert step.values.sum() == pytest.approx(600)
    assert step.values.max() <= 2 * np.median(made.step.values) * (1 + 1e-9)
    assert dict(step.diagnostics)["margins_hit"] == 0
