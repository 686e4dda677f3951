"""Cell estimates against a few slow lines, and against one another."""

import itertools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from surveylib.model.results import RESULT_COLUMNS
from surveylib.model.study import DesignPlan
from surveylib.model.weights import Weights, WeightStep
from surveylib.runner.cells import (
    CELL_KEYS,
    cell_estimates,
    evaluation_cells,
    scored,
    top_shares,
    wave_estimates,
)
from surveylib.runner.place import open_study

DESIGN = DesignPlan(strata=("unit", "wave", "stratum"), psu="respondent")


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    """Two units, two waves, two strata of 9 and 12 drawn of 30 and 40; made up."""
    cells = [
        (unit, wave, stratum)
        for unit, wave, (stratum, n) in itertools.product("ab", ("t0", "t1"), (("s1", 9), ("s2", 12)))
        for _ in range(n)
    ]
    frame = pd.DataFrame(cells, columns=["unit", "wave", "stratum"])
    frame["population"] = frame["stratum"].map({"s1": 30.0, "s2": 40.0})
    return frame.assign(respondent=[f"r{i:03d}" for i in range(len(frame))])


@pytest.fixture(scope="module")
def scores(rows) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    level = rng.normal(3.5, 0.8, len(rows)) + 0.4 * (rows["wave"] == "t1")
    share = (rng.random(len(rows)) < 0.6).astype(float)
    return pd.DataFrame({"level": level, "share": share}).mask(rng.random((len(rows), 2)) < 0.1)


@pytest.fixture(scope="module")
def weights(rows) -> Weights:
    drawn = rows.groupby(["unit", "wave", "stratum"])["respondent"].transform("size")
    return Weights(steps=(WeightStep(name="base", values=rows["population"] / drawn),))


def slow_cell(rows, weights, y, *, finite):
    """The mean of one cell and its linearised standard error, stratum by stratum."""
    answered = y.notna()
    w = weights.where(answered, 0.0)
    mean = (w * y.fillna(0)).sum() / w.sum()
    influence = (w * (y.fillna(0) - mean)) / w.sum()
    variance = 0.0
    for _, part in rows.groupby("stratum"):
        z, n = influence[part.index], len(part)
        left = 1 - n / part["population"].iloc[0] if finite else 1.0
        variance += left * n / (n - 1) * ((z - z.mean()) ** 2).sum()
    return mean, np.sqrt(variance)


@pytest.mark.parametrize("finite", [False, True])
def test_cells_equal_the_slow_way(rows, scores, weights, finite):
    made = cell_estimates(rows, scores, weights=weights, design=DESIGN, finite=finite, confidence=0.9)
    assert list(made.columns) == [*CELL_KEYS, *RESULT_COLUMNS]
    assert len(made) == 2 * 2 * 2
    values = pd.Series(weights.values)
    for _, row in made.iterrows():
        own = rows[(rows["unit"] == row["unit"]) & (rows["wave"] == row["wave"])]
        y = scores.loc[own.index, row["outcome"]]
        mean, error = slow_cell(own, values[own.index], y, finite=finite)
        assert row["estimate"] == pytest.approx(mean, rel=1e-12)
        assert row["std_error"] == pytest.approx(error, rel=1e-12)
        assert row["n"] == y.notna().sum()


def test_the_register_limits_the_error_of_describing_and_not_of_predicting(rows, scores, weights):
    describe, predict = (
        cell_estimates(rows, scores, weights=weights, design=DESIGN, finite=finite, confidence=0.9)
        for finite in (True, False)
    )
    assert describe["estimate"].tolist() == predict["estimate"].tolist()
    np.testing.assert_allclose(describe["std_error"] / predict["std_error"], np.sqrt(0.7), rtol=0.02)


def test_cell_by_cell_is_the_same_as_all_at_once(rows, scores, weights):
    """Where cells are no strata by name they are estimated together; the numbers must not change for it."""
    joined = rows.assign(joined=rows["unit"] + rows["wave"] + rows["stratum"])
    together = DesignPlan(strata=("joined",), psu="respondent")
    options = {"weights": weights, "finite": True, "confidence": 0.9}
    one = cell_estimates(joined, scores, design=DESIGN, **options)
    other = cell_estimates(joined, scores, design=together, **options)
    assert one[list(CELL_KEYS)].equals(other[list(CELL_KEYS)])
    for column in ("estimate", "std_error", "n"):
        np.testing.assert_allclose(one[column].astype(float), other[column].astype(float), rtol=1e-12)


def test_the_order_of_rows_does_not_matter(rows, scores, weights):
    order = np.random.default_rng(3).permutation(len(rows))
    mixed = Weights(steps=(WeightStep(name="base", values=weights.values[order]),))
    options = {"design": DESIGN, "finite": False, "confidence": 0.9}
    one = cell_estimates(rows, scores, weights=weights, **options)
    rows, scores = (frame.iloc[order].reset_index(drop=True) for frame in (rows, scores))
    other = cell_estimates(rows, scores, weights=mixed, **options)
    assert one[list(CELL_KEYS)].equals(other[list(CELL_KEYS)])
    for column in ("estimate", "std_error"):
        np.testing.assert_allclose(one[column].astype(float), other[column].astype(float), rtol=1e-10)


def test_an_outcome_nobody_was_asked_has_no_cell(rows, scores, weights):
    asked = scores.assign(level=scores["level"].where(rows["unit"] == "a"))
    made = cell_estimates(rows, asked, weights=weights, design=DESIGN, finite=False, confidence=0.9)
    assert set(made.loc[made["outcome"] == "level", "unit"]) == {"a"}
    assert set(made.loc[made["outcome"] == "share", "unit"]) == {"a", "b"}


def test_changes_between_waves_are_differences_of_independent_means(rows, scores, weights):
    levels, changes = wave_estimates(
        rows, scores, weights=weights, design=DESIGN, waves=("t0", "t1"), confidence=0.9
    )
    assert list(changes["outcome"]) == ["level", "share"]
    assert set(changes["before"]) == {"t0"} and set(changes["after"]) == {"t1"}
    table = levels.set_index(["outcome", "wave"])
    for _, change in changes.iterrows():
        before, after = (table.loc[(change["outcome"], wave)] for wave in ("t0", "t1"))
        assert change["estimate"] == pytest.approx(after["estimate"] - before["estimate"])
        assert change["std_error"] == pytest.approx(np.hypot(before["std_error"], after["std_error"]))
        assert change["df"] == before["df"] + after["df"]
        low, high = change["conf_low"], change["conf_high"]
        assert (low + high) / 2 == pytest.approx(change["estimate"])


def test_one_wave_has_no_change(rows, scores, weights):
    first = rows["wave"] == "t0"
    own = Weights(steps=(WeightStep(name="base", values=weights.values[first]),))
    levels, changes = wave_estimates(
        rows[first].reset_index(drop=True), scores[first].reset_index(drop=True),
        weights=own, design=DESIGN, waves=("t0", "t1"), confidence=0.9,
    )  # fmt: skip
    assert set(levels["wave"]) == {"t0"} and changes.empty
    assert {"outcome", "before", "after", "estimate"} <= set(changes.columns)


# ---- of the real study -----------------------------------------------------------------------------------


def test_every_index_and_outcome_is_scored_once(case, small):
    files = open_study(small)
    made = scored(case.table("responses"), files.instrument, files.study)
    assert made.columns.is_unique
    wanted = {score.id for score in (*files.instrument.indices, *files.instrument.outcomes)}
    criteria = {f"criterion_{one.id}" for one in files.instrument.criteria} & set(made.columns)
    assert wanted | set(files.study.outcomes) | criteria == set(made.columns) and len(criteria) == 14
    assert len(made) == len(case.table("responses"))


def test_an_item_the_study_names_is_an_outcome_without_its_codes_for_no_answer(case, small):
    files = open_study(small)
    rows = case.table("responses")
    extra = scored(rows, files.instrument, files.study)
    assert rows["a4_clear"].isin([8, 9]).any()
    study = replace(files.study, outcomes=("a4_clear",))
    made = scored(rows, files.instrument, study)
    assert set(made.columns) - set(extra.columns) == {"a4_clear"}
    assert made["a4_clear"].max() == 5
    assert made["a4_clear"].notna().sum() == rows["a4_clear"].isin([1, 2, 3, 4, 5]).sum()


def test_the_share_at_the_ceiling_is_that_of_the_best_answers(case, small):
    files = open_study(small)
    rows = case.table("responses")
    made = top_shares(rows, files.instrument, weights=np.ones(len(rows)))
    index = files.instrument.indices[0]
    own = rows[(rows["unit"] == "phu_hoa") & (rows["wave"] == "t1")]
    best = given = 0
    for name in index.items:
        if not files.instrument.item(name).reversed:
            codes = files.instrument.scale_of(name).codes
            best += (own[name] == max(codes)).sum()
            given += own[name].isin(codes).sum()
    row = made[(made["unit"] == "phu_hoa") & (made["wave"] == "t1") & (made["outcome"] == index.id)]
    assert not any(files.instrument.item(name).reversed for name in index.items)
    assert row["top_share"].iloc[0] == pytest.approx(best / given)


def test_the_evaluation_is_told_arm_type_model_and_role(case):
    cells = case.table("standard_cells")
    tops = pd.DataFrame({"unit": ["phu_hoa"], "wave": ["t1"], "outcome": ["overall"], "top_share": [0.4]})
    made = evaluation_cells(cells, case.study, tops=tops)
    assert len(made) == len(cells)
    one = made[(made["unit"] == "kbnn_dau_tieng") & (made["wave"] == "t1")].iloc[0]
    assert (one["arm"], one["type"], one["model"], one["role"]) == ("pilot", "OV", "office", "post")
    assert made["mean"].tolist() == cells["estimate"].tolist()
    known = made[made["top_share"].notna()]
    assert known[["unit", "wave", "outcome"]].to_numpy().tolist() == [["phu_hoa", "t1", "overall"]]
