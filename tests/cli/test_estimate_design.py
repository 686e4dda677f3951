"""`surveylib estimate`: calibrated weights, PPS, two phases, three stages, JKn; and what would be ignored."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import declare, estimate, jackknife, replicate_weights, totals
from surveylib.model.totals import Request

HERE = Path(__file__).resolve()
DESIGN = HERE.parents[3] / "shared" / "golden" / "design"
OWN = HERE.parents[1] / "golden" / "r"
UNEQUAL = json.loads((OWN / "unequal_own.json").read_text(encoding="utf-8"))
CLUS = ("--psu", "dnum", "--fpc", "fpc")


@pytest.fixture(scope="module")
def r(shared) -> dict:
    goldens = json.loads((DESIGN / "survey_r.json").read_text(encoding="utf-8"))["goldens"]
    return {golden["id"]: golden["v"] for golden in goldens}


@pytest.fixture
def estimates(cli):
    def call(*arguments) -> list[dict]:
        said = cli("estimate", *arguments, "--format", "json")
        assert (said.code, said.err) == (0, "")
        return said.json["estimates"]

    return call


def column(rows, name):
    return [row[name] for row in rows]


def close(got, want, rtol=1e-8):
    np.testing.assert_allclose(np.array(got, dtype=float), np.array(want, dtype=float), rtol=rtol)


# ---- calibrated weights ----------------------------------------------------------------------------

MARGINS = "variable,level,count\nstype,E,4421\nstype,H,755\nstype,M,1018\n"
RAKED = MARGINS + "sch.wide,No,1072\nsch.wide,Yes,5122\n"


@pytest.fixture
def calibrated(r, tmp_path):
    """The file with R's calibrated weights beside the old ones, and the margins."""

    def made(name: str, margins: str) -> tuple[Path, Path]:
        rows = pd.read_csv(DESIGN / "apiclus1.csv").assign(cal=r[name]["w"])
        rows.to_csv(tmp_path / "rows.csv", index=False)
        (tmp_path / "margins.csv").write_text(margins, encoding="utf-8")
        return tmp_path / "rows.csv", tmp_path / "margins.csv"

    return made


@pytest.mark.parametrize(("name", "margins"), [("poststrat.clus1", MARGINS), ("rake.clus1", RAKED)])
def test_errors_of_calibrated_weights_are_those_of_r(estimates, calibrated, r, name, margins):
    file, known = calibrated(name, margins)
    options = (*CLUS, "--weights", "cal", "--margins", known, "--base", "pw", "--mean", "api00")
    (row,) = estimates(file, *options)
    want = r[name]
    close([row["estimate"], row["std_error"]], [want["mean_api00"], want["se_api00"]])
    (plain,) = estimates(file, *CLUS, "--weights", "cal", "--mean", "api00")
    assert plain["estimate"] == row["estimate"] and plain["std_error"] > row["std_error"]


def test_totals_and_tables_know_of_calibration_too(cli, estimates, calibrated, tmp_path):
    file, known = calibrated("poststrat.clus1", MARGINS)
    design = (*CLUS, "--weights", "cal", "--margins", known, "--base", "pw")
    asked = ("--mean", "api00", "--prop", "stype")
    said = cli("totals", file, "--out", tmp_path / "a.totals", *design, *asked)
    assert said.code == 0, said.err
    want, got = estimates(file, *design, *asked), estimates("--totals", tmp_path / "a.totals")
    close(column(got, "std_error"), column(want, "std_error"), 1e-10)
    np.testing.assert_allclose(column(want, "std_error")[1:], 0, atol=1e-12)  # shares that are known
    table = cli("crosstab", file, *design, "--rows", "sch.wide", "--cols", "comp.imp", "--format", "json")
    plain = cli(
        *("crosstab", file, *CLUS, "--weights", "cal", "--rows", "sch.wide", "--cols", "comp.imp"),
        *("--format", "json"),
    )
    assert table.json["test"][0]["unadjusted"] == pytest.approx(plain.json["test"][0]["unadjusted"])
    assert table.json["test"][0]["statistic"] != plain.json["test"][0]["statistic"]
    assert "--margins would be ignored" in cli(
        *("totals", file, "--out", tmp_path / "b", *design, *asked, "--engine", "duckdb")
    ).err  # fmt: skip


def test_weights_that_do_not_meet_the_margins_are_refused(refused, calibrated):
    file, known = calibrated("poststrat.clus1", MARGINS)
    said = refused("estimate", file, *CLUS, "--weights", "pw", "--margins", known, "--mean", "api00")
    assert "not calibrated to these margins" in said and "margin stype, level 'E'" in said
    for option, value in (("--base", "pw"), ("--population", "9"), ("--missing", "keep")):
        said = refused("estimate", file, "--weights", "cal", option, value, "--mean", "api00")
        assert f"{option} would be ignored" in said
    assert "--weights" in refused("estimate", file, *CLUS, "--margins", known, "--mean", "api00")


# ---- PPS and two phases ----------------------------------------------------------------------------

PPS = (OWN / "generated_unequal.csv", "--psu", "psu", "--strata", "h", "--probability", "p")
DRAWS = {
    "brewer": (),
    "overton": ("--pairs", "overton"),
    "overton_yates_grundy": ("--pairs", "overton", "--variance-form", "yates-grundy"),
    "hartley_rao": ("--pairs", "hartley-rao"),
    "hartley_rao_yates_grundy": ("--pairs", "hartley-rao", "--variance-form", "yates-grundy"),
}


@pytest.mark.parametrize("name", DRAWS)
def test_pps_without_replacement_is_that_of_r(estimates, name):
    rows = estimates(*PPS, *DRAWS[name], "--total", "y", "--total", "x")
    want = UNEQUAL[f"{name}_total"]
    close(column(rows, "estimate"), want["estimate"])
    errors = np.sqrt(np.array(want["vcov"]).diagonal())
    close([np.nan if e is None else e for e in column(rows, "std_error")], errors)


def test_a_quantile_knows_of_the_draw(estimates):
    (drawn,) = estimates(*PPS, "--quantile", "y")
    (replaced,) = estimates(*PPS[:5], "--weights", "pw", "--quantile", "y")
    assert drawn["estimate"] == replaced["estimate"] and drawn["df"] == replaced["df"]
    assert drawn["std_error"] < replaced["std_error"]


@pytest.fixture
def phases(tmp_path) -> Path:
    rows = pd.read_csv(OWN / "generated_two_stage.csv")
    number = np.arange(1, len(rows) + 1)
    rows = rows.assign(one=400, asked=((number * 7) % 10 < 4).astype(int), w=400 / len(rows))
    rows.to_csv(tmp_path / "phases.csv", index=False)
    return tmp_path / "phases.csv"


def test_two_phases_are_those_of_r(estimates, phases):
    design = ("--fpc", "one", "--second-phase", "asked", "--phase-strata", "g")
    rows = estimates(phases, *design, "--mean", "y", "--mean", "x")
    want = UNEQUAL["two_phase_rows_mean"]
    close(column(rows, "estimate"), want["estimate"])
    close(column(rows, "std_error"), np.sqrt(np.array(want["vcov"]).diagonal()))


IGNORED = {
    "pairs without a draw": (("--pairs", "overton"), "--pairs would be ignored"),
    "a form for Brewer": (
        ("--probability", "p", "--variance-form", "yates-grundy"),
        "--variance-form would be ignored",
    ),
    "strata without a phase": (("--phase-strata", "h"), "--phase-strata would be ignored"),
    "two draws": (("--probability", "p", "--second-phase", "h"), "PPS or in two phases"),
    "a lonely rule": (("--probability", "p", "--lonely", "adjust"), "would be ignored"),
    "a later stage": (("--probability", "p", "--psu2", "p"), "would be ignored"),
    "a population": (("--probability", "p", "--fpc", "p"), "would be ignored"),
    "a variance": (("--probability", "p", "--var", "y"), "would ignore an unequal"),
    "replicates": (("--probability", "p", "--replicates", "jackknife"), "one of the two"),
    "a place of quantiles": (("--q", "0.5"), "--q would be ignored"),
    "a rule of quantiles": (("--rule", "hf7"), "--rule would be ignored"),
    "three stages, one size": (
        ("--psu", "g", "--psu", "x", "--fpc", "p"),
        "below one drawn with replacement would be ignored",
    ),
}


@pytest.mark.parametrize("name", IGNORED)
def test_what_a_method_would_ignore_is_refused(refused, name):
    options, said = IGNORED[name]
    design = ("--psu", "psu", "--strata", "h", "--mean", "y")
    assert said in refused("estimate", OWN / "generated_unequal.csv", *design, *options)


# ---- stages and replicates -------------------------------------------------------------------------


def test_stages_may_be_named_one_by_one_to_any_depth(cli, estimates, tmp_path):
    two = ("--strata", "h", "--mean", "y", "--by", "d")
    file = OWN / "generated_two_stage.csv"
    short = estimates(file, *two, "--psu", "psu", "--fpc", "n1", "--psu2", "ssu", "--fpc2", "n2")
    assert estimates(file, *two, "--psu", "psu", "--psu", "ssu", "--fpc", "n1", "--fpc", "n2") == short
    rows = pd.read_csv(file)
    rows = rows.assign(third=rows.groupby(["psu", "ssu"]).cumcount(), n3=9)
    rows.to_csv(tmp_path / "three.csv", index=False)
    stages = {"psu": ("psu", "ssu", "third"), "fpc": ("n1", "n2", "n3")}
    options = [word for option, names in stages.items() for name in names for word in (f"--{option}", name)]
    (got,) = estimates(tmp_path / "three.csv", "--strata", "h", "--mean", "y", *options)
    asked = [Request(kind="mean", variable="y")]
    want = estimate(totals(rows, declare(rows, strata="h", **stages), requests=asked)).table.iloc[0]
    close([got["estimate"], got["std_error"]], want[["estimate", "std_error"]].astype(float), 1e-12)


@pytest.mark.parametrize("fpc", [(), ("--fpc", "fpc")])
@pytest.mark.parametrize("told", [True, False], ids=["told by the weights", "given"])
def test_weights_of_a_stratified_jackknife(estimates, r, tmp_path, fpc, told):
    want = r["rep.jkn.strat" if fpc else "rep.jkn.strat.nofpc"]
    rows = pd.read_csv(DESIGN / "apistrat.csv")
    design = declare(rows, strata="stype", weights="pw", fpc="fpc" if fpc else None)
    weights = replicate_weights(design, replicates=jackknife(declare(rows, strata="stype", weights="pw")))
    pd.concat([rows, weights], axis=1).to_csv(tmp_path / "jkn.csv", index=False)
    scales = jackknife(design).rscales.tolist()  # in our order; R's are those of the same strata
    assert sorted(scales) == pytest.approx(sorted(want["rscales"]), rel=1e-12)
    options = () if told else ("--rscales", ",".join(map(repr, scales)))
    asked = ("--mean", "api00", "--mean", "enroll", "--total", "enroll", "--ratio", "api.stu/enroll")
    given = ("--strata", "stype", "--weights", "pw", *fpc, "--repweights", "rw", "--reptype", "JKn", *options)
    rows = estimates(tmp_path / "jkn.csv", *given, *asked)
    errors = [want["se_mean"]["api00"], want["se_mean"]["enroll"], want["se_total"], want["se_ratio"]]
    close(column(rows, "std_error"), errors)


def test_quantiles_take_their_errors_from_replicates(estimates):
    want = json.loads((OWN / "codes_own.json").read_text(encoding="utf-8"))["jackknife_y"]
    at = [word for p in ("0.1", "0.25", "0.5", "0.75", "0.9") for word in ("--q", p)]
    design = ("--strata", "h", "--psu", "psu", "--weights", "pw", "--replicates", "jackknife")
    rows = estimates(OWN / "generated_two_stage.csv", *design, "--quantile", "y", *at)
    for name, values in want.items():
        close([np.nan if value is None else value for value in column(rows, name)], values)


# ---- strata below the first stage --------------------------------------------------------------------


def test_strata_of_the_second_stage(estimates, refused, tmp_path):
    """One stratum's offices: variance within them is that of their own strata, by the law of two stages."""
    y = [3.0, 5, 10, 14, 4, 4, 11, 19]
    rows = pd.DataFrame({"psu": [1] * 4 + [2] * 4, "kind": ["a", "a", "b", "b"] * 2, "who": range(8), "y": y})
    rows.assign(N=10, M=20).to_csv(tmp_path / "rows.csv", index=False)
    stages = ("--psu", "psu", "--psu", "who", "--fpc", "N", "--fpc", "M", "--total", "y")
    (row,) = estimates(tmp_path / "rows.csv", *stages, "--deeper-strata", "kind")
    totals_of = np.array(
        [20 * np.mean(y[:2]) + 20 * np.mean(y[2:4]), 20 * np.mean(y[4:6]) + 20 * np.mean(y[6:])]
    )
    between = 10**2 * (1 - 2 / 10) * totals_of.var(ddof=1) / 2
    inside = sum(20**2 * (1 - 2 / 20) * np.var(pair, ddof=1) / 2 for pair in np.split(np.array(y), 4))
    close(row["estimate"], 10 * totals_of.mean())
    close(row["std_error"], np.sqrt(between + 10 / 2 * inside))
    (plain,) = estimates(tmp_path / "rows.csv", *stages)
    assert plain["std_error"] != pytest.approx(row["std_error"])
    (none,) = estimates(tmp_path / "rows.csv", *stages, "--deeper-strata", "-")
    assert none == plain
    clusters = ("estimate", tmp_path / "rows.csv", "--psu", "psu", "--psu", "who", "--total", "y")
    assert "drawn with replacement would be ignored" in refused(*clusters, "--deeper-strata", "kind")
    assert "not there" in refused(*clusters, "--deeper-strata", "-", "--deeper-strata", "kind")
