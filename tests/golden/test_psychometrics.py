"""Ordinal factor models against R: lavaan and semTools (WLSMV, Wu and Estabrook's sequence), psych.

lavaan stops its search at a relative change of 1e-10, so its statistics agree with ours to about 1e-7 and its
estimates to about 1e-5: half of what a standard error shows in its fourth digit.
"""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from surveylib.numerics.factor import fit_factors, slices
from surveylib.numerics.factor_tests import difference_test, fit_indices, scaled_test
from surveylib.numerics.invariance_steps import STEPS, patterns, starts
from surveylib.numerics.polychoric import moments
from surveylib.psychometrics.polychoric import kmo, one_factor, ordinal_alpha, ordinal_omega
from surveylib.psychometrics.search import search

GROUPS = {"A": 5, "B": 6, "C": 3, "D": 4}
LOADS_ON = np.repeat(np.arange(4), list(GROUPS.values()))
SEMTOOLS = dict(zip(STEPS, ("configural", "thresholds", "thr_load", "thr_load_int"), strict=True))
BFI = ["A1", "A2", "A3", "A4", "A5", "C1", "C2", "C3", "C4", "C5", "N1", "N2", "N3", "N4", "N5"]


@pytest.fixture(scope="module")
def pilot(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "golden/psychometrics/pilot18.csv")


@pytest.fixture(scope="module")
def items(pilot) -> list[str]:
    return list(pilot.columns[3:])


@pytest.fixture(scope="module")
def golden(shared) -> dict:
    return json.loads((shared / "golden/psychometrics/pilot18_lavaan.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def bfi(shared) -> pd.DataFrame:
    return pd.read_csv(shared / "golden/psychometrics/bfi_complete_reversed.csv")


@pytest.fixture(scope="module")
def golden_bfi(shared) -> dict:
    return json.loads((shared / "golden/psychometrics/r_psych_lavaan.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def waves(pilot, items):
    return [moments(pilot.loc[pilot["wave"] == wave, items].to_numpy() - 1) for wave in (0, 1)]


def fitted(groups, loads_on, step, freed=None):
    made = patterns(groups=len(groups), loads_on=loads_on, item=groups[0].item, step=step, freed=freed)
    return fit_factors(groups, made, start=starts(groups, made))


@pytest.fixture(scope="module")
def sequence(waves):
    return [fitted(waves, LOADS_ON, step) for step in STEPS]


def means(fit, groups):
    items = int(groups[0].pairs.max()) + 1
    place = slices(items=items, factors=fit.patterns[1].factors, thresholds=len(groups[0].item))
    at = fit.patterns[1].free[place["means"]]
    return fit.estimates[at], np.sqrt(np.diag(fit.covariance)[at])


def agrees(fit, groups, wanted):
    test, indices = scaled_test(fit, groups), fit_indices(fit, groups)
    assert (len(fit.estimates), fit.df) == (wanted["npar"], wanted["df"])
    assert fit.chisq == pytest.approx(wanted["chisq"], rel=1e-6)
    assert test.statistic == pytest.approx(wanted["chisq.scaled"], rel=1e-6)
    names = ("cfi", "tli", "rmsea", "cfi.scaled", "tli.scaled", "rmsea.scaled", "srmr")
    for name in names:
        if name in wanted:
            assert getattr(indices, name.replace(".", "_")) == pytest.approx(wanted[name], abs=1e-6), name


@pytest.mark.parametrize(("name", "loads_on"), [("wlsmv4", LOADS_ON), ("wlsmv1", 0 * LOADS_ON)])
def test_one_group_as_lavaan_wlsmv(pilot, items, golden, name, loads_on):
    whole = [moments(pilot[items].to_numpy() - 1)]
    agrees(fitted(whole, loads_on, "configural"), whole, golden[name]["fit"])


@pytest.mark.parametrize("step", STEPS)
def test_the_sequence_as_lavaan_and_semtools(sequence, waves, golden, step):
    agrees(sequence[STEPS.index(step)], waves, golden["inv"][SEMTOOLS[step]])


def test_differences_between_steps_as_lav_test_lrt(sequence, waves, golden):
    for before, after, wanted in zip(sequence[:-1], sequence[1:], golden["inv"]["lrt"][1:], strict=True):
        made = difference_test(before, after, waves)
        assert made.df == wanted["Df diff"]
        assert made.statistic == pytest.approx(wanted["Chisq diff"], rel=1e-6)
        assert made.p_value == pytest.approx(wanted["Pr(>Chisq)"], rel=1e-5)


def test_latent_means_and_their_errors_as_lavaan(sequence, waves, golden):
    estimate, error = means(sequence[-1], waves)
    wanted = pd.DataFrame(golden["inv"]["latent_means"])
    assert estimate == pytest.approx(wanted["est"].to_numpy(), abs=1e-5 * 0.5)
    assert error == pytest.approx(wanted["se"].to_numpy(), rel=1e-5)


def test_partial_invariance_as_lavaan(waves, items, golden):
    """The planted recalibration of c3: its size, and the factor's mean once it is set free."""
    c3, wanted = items.index("c3"), golden["inv"]["partial_c3"]
    fit = fitted(waves, LOADS_ON, "intercepts", freed={c3: "intercepts"})
    agrees(fit, waves, wanted["fit"])
    estimate, error = means(fit, waves)
    table = pd.DataFrame(wanted["means"]).set_index("lhs")
    # Their search stopped a little earlier here: c3 and C differ by 4e-6, a 15,000th of their error.
    assert estimate == pytest.approx(table.loc[list("ABCD"), "est"].to_numpy(), abs=1e-5)
    assert error == pytest.approx(table.loc[list("ABCD"), "se"].to_numpy(), rel=1e-5)
    place = slices(items=18, factors=4, thresholds=72)["intercepts"]
    shift = fit.estimates[fit.patterns[1].free[place][c3]]
    assert shift == pytest.approx(table.loc["c3", "est"], abs=1e-5)


def test_bfi_by_gender_as_lavaan(bfi, golden_bfi):
    """Real answers on six levels that fit badly: where a mistake in the indices of fit would show."""
    loads_on, wanted = np.repeat([0, 1, 2], 5), golden_bfi["bfi_ordinal_invariance_gender"]
    # lavaan takes groups in the order in which they come in the file.
    order = list(dict.fromkeys(bfi["gender"]))
    groups = [moments(bfi.loc[bfi["gender"] == value, BFI].to_numpy() - 1) for value in order]
    for step in ("thresholds", "intercepts"):
        fit = fitted(groups, loads_on, step)
        agrees(fit, groups, wanted[SEMTOOLS[step]])
    table = pd.DataFrame(wanted["thr_load_int"]["latent_means"])
    estimate, error = means(fit, groups)
    assert estimate == pytest.approx(table["est"].to_numpy(), abs=2e-5)
    assert error == pytest.approx(table["se"].to_numpy(), rel=1e-4)


@pytest.mark.parametrize("group", GROUPS)
def test_polychoric_thresholds_alpha_and_omega_as_psych(pilot, items, golden, group):
    """Thresholds are quantiles: equal to the digits printed. psych searches correlations to about 1e-5."""
    own = [item for item in items if item.startswith(group.lower())]
    wanted, codes = golden["scales"][group], pilot[own].to_numpy() - 1
    made = moments(codes)
    r = made.correlations
    assert made.thresholds == pytest.approx(np.ravel(wanted["tau"]), abs=1e-9)
    assert r == pytest.approx(np.array(wanted["polychoric"]), abs=5e-5)
    assert ordinal_alpha(r) == pytest.approx(wanted["ordinal_alpha"], abs=5e-5)
    assert ordinal_omega(r) == pytest.approx(wanted["ordinal_omega"], abs=5e-5)
    exact = np.array(wanted["polychoric"])
    assert np.abs(one_factor(exact)) == pytest.approx(np.abs(wanted["loadings"]), abs=2e-5)


def test_kmo_and_eigenvalues_as_psych(pilot, items, golden, bfi, golden_bfi):
    assert kmo(np.corrcoef(pilot[items].to_numpy().T))[0] == pytest.approx(golden["kmo"], abs=1e-8)
    wanted = golden_bfi["bfi_kmo"]["pearson"]
    whole, each = kmo(np.corrcoef(bfi.drop(columns="gender").to_numpy().T))
    assert whole == pytest.approx(wanted["MSA"], abs=1e-9)
    assert each == pytest.approx(np.array(list(wanted["MSAi"].values())), abs=1e-9)
    eigenvalues = np.linalg.eigvalsh(moments(pilot[items].to_numpy() - 1).correlations)[::-1]
    assert eigenvalues == pytest.approx(np.array(golden["eig_poly"]), abs=2e-4)


def test_the_planted_item_is_found_and_no_other(waves, items):
    own = np.flatnonzero([item[0] in "cd" for item in items])
    frames = [_part(wave, own) for wave in waves]
    found = search(frames, loads_on=np.repeat([0, 1], [3, 4]))
    assert [items[own[i]] for i in found.freed] == ["c3"]


def _part(made, own):
    """The moments of some of the items."""
    keep = np.concatenate([np.isin(made.item, own), np.isin(made.pairs, own).all(axis=1)])
    pairs = np.array([(i, j) for i in range(len(own)) for j in range(i + 1, len(own))])
    item = np.searchsorted(own, made.item[np.isin(made.item, own)])
    return made._replace(
        values=made.values[keep], gamma=made.gamma[np.ix_(keep, keep)], item=item, pairs=pairs
    )
