"""Other software on rows we made up: R's clubSandwich, metafor and t.test; pyfixest and diff-diff.

`effects/effects.R` computed `effects/effects_r.json` (`effects/session.txt` says with what) and
`effects/packages.py` computed `effects/effects_py.json` from the CSV files beside them; a test marked needs_r
runs the former again.
"""

from __future__ import annotations

import json
import math
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation.guards import cr2
from surveylib.numerics.clusters import cr1, cr3, wild_bootstrap
from surveylib.numerics.heterogeneity import mean_interval, pool, prediction_interval
from surveylib.numerics.randomisation import pooled, welch
from surveylib.numerics.staggered import average, comparison

HERE = Path(__file__).resolve().parent / "effects"
R = json.loads((HERE / "effects_r.json").read_text(encoding="utf-8"))
PY = json.loads((HERE / "effects_py.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def cells() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Means and counts (units × before, after), and who is treated."""
    rows = pd.read_csv(HERE / "respondents.csv")
    made = rows.groupby(["unit", "post"])["y"].agg(["mean", "size"]).unstack()
    treated = (rows.groupby("unit")["treat"].first() == 1).to_numpy()
    return made["mean"].to_numpy(float), made["size"].to_numpy(float), treated


@pytest.fixture(scope="module")
def answers() -> int:
    return len(pd.read_csv(HERE / "respondents.csv"))


def test_cr2_and_its_df_are_those_of_clubsandwich(cells):
    means, counts, treated = cells
    rows = pd.DataFrame({"arm": np.where(treated, "pilot", "comparison")})
    rows[["pre", "post"]], rows[["n_pre", "n_post"]] = means, counts
    seen, want = cr2(rows), R["CR2"]
    assert (seen.estimate, seen.std_error, seen.df) == pytest.approx(
        (want["estimate"], want["std_error"], want["df"]), rel=1e-8
    )


def test_cr1_is_that_of_clubsandwich_and_pyfixest(cells):
    seen = cr1(*cells)
    assert seen.std_error == pytest.approx(R["CR1S"]["std_error"], rel=1e-9)
    assert seen.std_error == pytest.approx(PY["regression"]["CRV1"]["std_error"], rel=1e-9)
    assert seen.estimate == pytest.approx(PY["regression"]["CRV1"]["estimate"], rel=1e-9)


def test_cr3_is_that_of_both_but_for_their_own_factors(cells, answers):
    units = len(cells[0])
    jackknife = (units - 1) / units  # clubSandwich leaves it out; pyfixest puts its usual factor instead
    usual = units / (units - 1) * (answers - 1) / (answers - 4)
    seen = cr3(*cells).std_error
    assert seen == pytest.approx(R["CR3"]["std_error"] * math.sqrt(jackknife), rel=1e-8)
    assert seen == pytest.approx(
        PY["regression"]["CRV3"]["std_error"] * math.sqrt(jackknife / usual), rel=1e-8
    )


def test_wild_bootstrap_over_every_pattern_is_that_of_diff_diff(cells):
    made = wild_bootstrap(*cells)
    assert made.enumerated and made.patterns == PY["wild"]["draws"] == 2**12
    assert made.p_strict == pytest.approx(PY["wild"]["p_value"], abs=1e-12)
    assert made.p >= made.p_strict + 2 / made.patterns  # the observed pattern and its mirror image


@pytest.mark.parametrize(("ours", "name"), [(welch, "welch"), (pooled, "pooled")])
def test_unit_level_t_tests_are_those_of_r(cells, ours, name):
    means, _, treated = cells
    seen, want = ours(means[:, 1] - means[:, 0], treated), R[name]
    assert (seen.estimate, seen.std_error, seen.df) == pytest.approx(
        (want["estimate"], want["std_error"], want["df"]), rel=1e-10
    )


def test_lee_wooldridge_is_the_pooled_t_on_unit_changes(cells):
    means, _, treated = cells
    seen, want = pooled(means[:, 1] - means[:, 0], treated), PY["lee_wooldridge"]
    assert (seen.estimate, seen.std_error) == pytest.approx((want["estimate"], want["std_error"]), rel=1e-9)


@pytest.mark.parametrize("spread", ["near", "wide"])
@pytest.mark.parametrize("method", ["DL", "PM", "ML", "REML"])
def test_random_effects_are_those_of_metafor(spread, method):
    values = np.array(R["values"]) * (6 if spread == "wide" else 1)
    made, want = pool(values, np.array(R["variances"]), method=method), R["meta"][spread][method]
    for name in ("mean", "std_error", "std_error_hk", "tau2", "q", "i2"):
        assert getattr(made, name) == pytest.approx(want[name], rel=1e-7), name
    assert mean_interval(made, level=0.9, hartung_knapp=False) == pytest.approx(want["conf"], abs=1e-7)
    assert mean_interval(made, level=0.9) == pytest.approx(want["conf_hk"], abs=1e-7)
    assert prediction_interval(made, level=0.9) == pytest.approx(want["prediction_hk"], abs=1e-6)


def test_group_time_effects_are_those_of_callaway_and_santanna():
    rows = pd.read_csv(HERE / "staggered.csv")
    y = rows.pivot(index="unit", columns="wave", values="y").to_numpy(float)
    starts = rows.groupby("unit")["start"].first().to_numpy()
    labels = np.where(starts == 0, y.shape[1], starts - 1)  # the number of the wave, the first being 0
    cells = []
    for want in PY["group_time"]["cells"]:
        cohort, wave = want["cohort"] - 1, want["wave"] - 1
        made = average(y, labels[None, :], ((cohort, wave, 1.0),))[0][0]
        assert made == pytest.approx(want["estimate"], abs=1e-10), want
        assert comparison(labels, cohort, wave).sum() >= 8
        if wave >= cohort:
            cells.append((cohort, wave, float((labels == cohort).sum())))
    whole = sum(weight for _, _, weight in cells)
    shares = tuple((cohort, wave, weight / whole) for cohort, wave, weight in cells)
    assert average(y, labels[None, :], shares)[0][0] == pytest.approx(PY["group_time"]["overall"], abs=1e-10)


@pytest.mark.needs_r("clubSandwich", "metafor", "jsonlite")
def test_r_still_says_so(tmp_path):
    file = tmp_path / "again.json"
    run = ["Rscript", str(HERE / "effects.R"), str(HERE), str(file)]
    subprocess.run(run, check=True, capture_output=True)
    again = json.loads(file.read_text(encoding="utf-8"))
    for name in ("CR1S", "CR2", "CR3", "welch", "pooled"):
        assert again[name]["std_error"] == pytest.approx(R[name]["std_error"], rel=1e-9)
    assert again["meta"]["near"]["REML"]["tau2"] == pytest.approx(R["meta"]["near"]["REML"]["tau2"], rel=1e-7)
