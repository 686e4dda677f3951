"""`surveylib estimate` with variances from replicates: R's numbers, and options that would be ignored."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

DESIGN = Path(__file__).resolve().parents[3] / "shared" / "golden" / "design"
CLUS = ("--psu", "dnum", "--weights", "pw")
ASKED = ("--mean", "api00", "--mean", "enroll", "--total", "enroll", "--ratio", "api.stu/enroll")


@pytest.fixture(scope="module")
def r(shared) -> dict:
    goldens = json.loads((DESIGN / "survey_r.json").read_text(encoding="utf-8"))["goldens"]
    return {golden["id"]: golden["v"] for golden in goldens}


@pytest.fixture
def estimates(cli):
    def call(file: Path, *arguments: str) -> list[dict]:
        said = cli("estimate", file, *arguments, "--format", "json")
        assert (said.code, said.err) == (0, "")
        return said.json["estimates"]

    return call


def agree(rows: list[dict], want: dict) -> None:
    errors = [want["se_mean"]["api00"], want["se_mean"]["enroll"], want["se_total"], want["se_ratio"]]
    np.testing.assert_allclose([row["std_error"] for row in rows], errors, rtol=1e-8)
    assert {row["df"] for row in rows} == {14}


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("rep.jk1.clus1", ("--fpc", "fpc")),
        ("rep.jk1.clus1.nofpc", ()),
        ("rep.jk1.clus1.mse", ("--mse",)),
    ],
)
def test_jackknife(estimates, r, name, more):
    agree(estimates(DESIGN / "apiclus1.csv", *CLUS, *ASKED, "--replicates", "jackknife", *more), r[name])


@pytest.mark.parametrize("design", [CLUS, ("--weights", "pw")], ids=["clusters named", "weights alone"])
def test_columns_of_replicate_weights(estimates, r, tmp_path, design):
    weights = pd.read_csv(DESIGN / "rep_jk1_clus1.csv")
    rows = pd.read_csv(DESIGN / "apiclus1.csv").drop(columns="pw")
    pd.concat([rows, weights], axis=1).to_csv(tmp_path / "with.csv", index=False)
    given = ("--repweights", "rw", "--reptype", "JK1", "--repscale", repr(r["rep.jk1.clus1"]["scale"]))
    agree(estimates(tmp_path / "with.csv", *design, *ASKED, *given), r["rep.jk1.clus1"])


def test_half_samples(estimates, r):
    design = ("--strata", "ESA", "--psu", "ambulance", "--nest", "--ratio", "alive/arrests")
    for method, name in ((("brr",), "rep.brr.scd.made"), (("fay", "--fay-rho", "0.3"), "rep.fay.scd")):
        (row,) = estimates(DESIGN / "scd.csv", *design, "--replicates", *method)
        np.testing.assert_allclose([row["estimate"], row["std_error"]], [r[name]["est"], r[name]["se"]], 1e-8)


ROWS = "psu,w,y,rw1,rw2,rw3\n1,2,5,0,3,3\n1,2,7,0,3,3\n2,2,4,3,0,3\n3,2,9,3,3,0\n"


@pytest.fixture
def file(tmp_path) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(ROWS, encoding="utf-8")
    return path


def test_a_bootstrap_depends_on_its_seed_alone(estimates, file):
    asked = ("--psu", "psu", "--weights", "w", "--mean", "y", "--replicates", "rao-wu", "--number", "50")
    first, again, other = (estimates(file, *asked, "--seed", seed) for seed in ("7", "7", "8"))
    assert first == again and first[0]["std_error"] != other[0]["std_error"]


def test_totals_alone_are_enough(cli, estimates, file, tmp_path):
    asked = ("--psu", "psu", "--weights", "w", "--mean", "y")
    cli("totals", file, *asked, "--out", tmp_path / "a.totals")
    said = cli("estimate", "--totals", tmp_path / "a.totals", "--replicates", "jackknife", "--format", "json")
    assert said.code == 0
    assert said.json["estimates"] == estimates(file, *asked, "--replicates", "jackknife")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--repweights", "rw"), "belong together"),
        (("--reptype", "JK1"), "belong together"),
        (("--repweights", "xx", "--reptype", "JK1"), "no replicate weights"),
        (("--repweights", "rw", "--reptype", "JK1", "--replicates", "jackknife"), "given or made"),
        (("--replicates", "jackknife", "--number", "9"), "--number would be ignored"),
        (("--replicates", "jackknife", "--seed", "9"), "--seed would be ignored"),
        (("--replicates", "brr", "--fay-rho", "0.3"), "--fay-rho would be ignored"),
        (("--replicates", "fay"), "needs --fay-rho"),
        (("--mse",), "--mse would be ignored"),
        (("--repscale", "2"), "--repscale would be ignored"),
        (("--repdf", "2"), "--repdf would be ignored"),
        (("--rscales", "0.5,0.5,0.5"), "--rscales would be ignored"),
        (("--repweights", "rw", "--reptype", "JKn", "--rscales", "a"), "--rscales"),
        (("--probability", "p", "--var", "y"), "would ignore an unequal or two-phase draw"),
    ],
)
def test_what_would_be_ignored_is_refused(cli, file, arguments, message):
    said = cli("estimate", file, "--psu", "psu", "--weights", "w", "--mean", "y", *arguments)
    assert said.code == 2 and message in said.err and "Traceback" not in said.err


def test_variances_correlations_and_kappa_have_the_errors_of_the_replicates(estimates, tmp_path):
    """By hand from the definition: leave a cluster out, weigh the others up, compute anew."""
    rows = pd.DataFrame({"psu": np.repeat(range(6), 5), "y": np.arange(30) % 7, "x": np.arange(30) % 4 + 1.0})
    rows = rows.assign(g=np.where(rows["y"] > 3, "a", "b"), k=np.where(rows["x"] > 2, "a", "b"))
    rows.to_csv(tmp_path / "rows.csv", index=False)
    asked = ("--psu", "psu", "--mean", "y", "--var", "y", "--cor", "y/x", "--kappa", "g/k")
    made = estimates(tmp_path / "rows.csv", *asked, "--replicates", "jackknife")

    def answers(part: pd.DataFrame) -> list[float]:
        table = pd.crosstab(part["g"], part["k"], normalize=True).to_numpy()
        apart = float(table.sum(axis=0) @ table.sum(axis=1))
        spread = part["y"].var(ddof=0) * 30 / 29
        return [part["y"].mean(), spread, part["y"].corr(part["x"]), (np.trace(table) - apart) / (1 - apart)]

    values = np.array([answers(rows[rows["psu"] != k]) for k in range(6)])
    errors = np.sqrt(5 / 6 * ((values - values.mean(axis=0)) ** 2).sum(axis=0))
    np.testing.assert_allclose([row["estimate"] for row in made], answers(rows), rtol=1e-12)
    np.testing.assert_allclose([row["std_error"] for row in made], errors, rtol=1e-10)
    assert {row["df"] for row in made} == {5}
