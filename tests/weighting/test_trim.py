import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting import trim_weights


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
