"""What must hold for every weighting step, each by what it promises."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.weighting import calibrate_to
from tests.theorems.every_step import BLOCKS, FRAME, METHODS, RATIO, REGISTERED, SEX, STEPS, people

every = pytest.mark.parametrize("name", STEPS)


def those(**promise):
    """Steps that promise it."""
    return pytest.mark.parametrize(
        "name",
        [n for n, step in STEPS.items() if all(getattr(step, key) in of for key, of in promise.items())],
    )


def made(name, rows=None, *, factor=1.0):
    rows = STEPS[name].rows() if rows is None else rows
    return STEPS[name].run(factor * rows["w"].to_numpy(), rows)


@every
def test_row_order_does_not_matter(name):
    rows = STEPS[name].rows()
    turned = rows.sample(frac=1, random_state=4)
    np.testing.assert_allclose(made(name, turned.reset_index(drop=True)), made(name)[turned.index], rtol=1e-7)


@every
def test_weights_are_finite_and_not_negative(name):
    weights = made(name)
    assert np.isfinite(weights).all() and (weights >= 0).all() and weights.any()
    assert len(weights) == len(STEPS[name].rows())


@those(scale=("keeps",))
def test_the_scale_of_weights_goes_through(name):
    np.testing.assert_allclose(made(name, factor=9.0), 9 * made(name), rtol=1e-7)


@those(scale=("forgets",))
def test_the_scale_of_weights_is_forgotten(name):
    np.testing.assert_allclose(made(name, factor=9.0), made(name), rtol=1e-7)


@those(twice=(True,))
def test_twice_is_once(name):
    rows = STEPS[name].rows()
    once = made(name, rows)
    np.testing.assert_allclose(made(name, rows.assign(w=once)), once, rtol=1e-6)


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.margins])
def test_margins_are_hit(name):
    rows, weights = STEPS[name].rows(), made(name)
    for target in STEPS[name].margins:
        sums = pd.Series(weights).groupby(rows[target.variable].astype(str)).sum()
        np.testing.assert_allclose(sums[list(target.levels)], target.counts, rtol=1e-6)


@those(register=(True,))
def test_the_register_is_hit_in_every_unit_and_wave(name):
    rows, weights = STEPS[name].rows(), made(name)
    for variable in REGISTERED:
        by = [*BLOCKS, variable]
        sums = pd.Series(weights).groupby([rows[name].astype(str) for name in by]).sum()
        want = FRAME.rows.groupby([FRAME.rows[name].astype(str) for name in by]).size()
        pd.testing.assert_series_equal(sums, want, check_dtype=False, rtol=1e-6)


@pytest.mark.parametrize("name", [name for name, step in STEPS.items() if step.within is not None])
def test_totals_of_blocks_stay(name):
    rows, within = STEPS[name].rows(), list(STEPS[name].within)
    after = rows.assign(new=made(name)).groupby(within)[["w", "new"]].sum()
    np.testing.assert_allclose(after["new"], after["w"], rtol=1e-9)


@pytest.mark.parametrize("name", METHODS)
def test_one_margin_is_post_stratification(name):
    """w · N_g / Σ_g w, whatever the distance, where bounds do not bite."""
    rows = people()
    made_of = calibrate_to(rows["w"], rows, targets=[SEX], **METHODS[name]).values
    sums = rows.groupby("sex")["w"].sum()
    want = rows["w"] * rows["sex"].map(pd.Series(SEX.counts, index=SEX.levels) / sums)
    np.testing.assert_allclose(made_of, want, rtol=1e-8)


@pytest.mark.parametrize("name", [name for name, how in METHODS.items() if "bounds" in how])
def test_bounds_hold(name):
    rows, (low, high) = people(), METHODS[name]["bounds"]
    factor = made(f"calibrate_to, {name}") / rows["w"]
    assert factor.min() >= low * (1 - 1e-12) and factor.max() <= high * (1 + 1e-12)


def test_trimmed_weights_lie_within_the_bound():
    rows = people()
    bound = RATIO * rows.groupby("area")["w"].transform("median")
    weights = made("trim_weights")
    assert (rows["w"] > bound).any() and (weights <= bound * (1 + 1e-9)).all()
    raked = made("calibrate_to, rake")
    upper = RATIO * np.median(raked)
    assert raked.max() > upper and made("trim_to").max() <= upper * (1 + 1e-6)


def test_trimmed_weights_lie_within_the_bound_of_their_unit_and_wave():
    rows, before = STEPS["trim_within"].rows(), made("calibrate_within, rake")
    bound = RATIO * rows.assign(w=before).groupby(list(BLOCKS))["w"].transform("median")
    assert (before > bound).any() and (made("trim_within") <= bound * (1 + 1e-6)).all()
