"""R's survey package on made-up rows drawn without replacement with unequal probabilities.

`r/unequal.R` computed `r/unequal_own.json` (`r/session.txt` says with what); a test marked needs_r runs it
again.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import declare, estimate, totals, two_phase, unequal
from surveylib.model.totals import Request

HERE = Path(__file__).resolve().parent / "r"
GOLDENS = json.loads((HERE / "unequal_own.json").read_text(encoding="utf-8"))
DRAWS = {
    "brewer": {},
    "overton": {"pairs": "overton"},
    "overton_yates_grundy": {"pairs": "overton", "form": "yates-grundy"},
    "hartley_rao": {"pairs": "hartley-rao"},
    "hartley_rao_yates_grundy": {"pairs": "hartley-rao", "form": "yates-grundy"},
}
TOTAL = [Request(kind="total", variable="y"), Request(kind="total", variable="x")]
MEAN = [Request(kind="mean", variable="y"), Request(kind="proportion", variable="g")]


def rows() -> pd.DataFrame:
    table = pd.read_csv(HERE / "generated_unequal.csv")
    return table.assign(pw=1 / table["p"])


def of_clusters() -> pd.DataFrame:
    table = rows().groupby("psu", as_index=False).agg({"p": "first", "pw": "first", "y": "sum", "x": "sum"})
    return table.sort_values("psu", ignore_index=True)


def joint(p):
    """The made-up probabilities of pairs of the R script."""
    n = len(p)
    pairs = np.outer(p, p) * (n - 1) / (n - np.add.outer(p, p) + p.sum() / n)
    pairs *= 1 - 0.02 * np.abs(np.subtract.outer(np.arange(n), np.arange(n))) / n
    np.fill_diagonal(pairs, p)
    return pairs


def agree(result, want):
    np.testing.assert_allclose(result.values, want["estimate"], rtol=1e-9)
    matrix = np.array(want["vcov"])
    np.testing.assert_allclose(result.covariance, matrix, rtol=1e-9, atol=1e-10 * np.abs(matrix).max())
    with np.errstate(invalid="ignore"):  # a Horvitz–Thompson variance may be negative: no standard error
        np.testing.assert_allclose(result.table["std_error"], np.sqrt(np.diag(matrix)), rtol=1e-9)


@pytest.mark.parametrize("name", DRAWS)
def test_totals_and_means_of_clusters_in_strata(name):
    table = rows()
    design = declare(table, weights="pw", strata="h", psu="psu")
    draw = unequal(table, design, probability="p", **DRAWS[name])
    for requests, what in ((TOTAL, "total"), (MEAN, "mean")):
        made = estimate(totals(table, design, requests=requests), unequal=draw)
        agree(made, GOLDENS[f"{name}_{what}"])
        assert set(made.table["df"]) == {GOLDENS[f"{name}_df"]["estimate"]}


@pytest.mark.parametrize(("name", "form"), [("joint_HT", "horvitz-thompson"), ("joint_YG", "yates-grundy")])
def test_probabilities_of_pairs(name, form):
    table = of_clusters()
    design = declare(table, weights="pw")
    pairs = joint(table["p"].to_numpy())
    draw = unequal(table, design, probability="p", pairs="joint", joint=pairs, form=form)
    agree(estimate(totals(table, design, requests=TOTAL), unequal=draw), GOLDENS[name])


def test_hartley_and_rao_with_the_known_sum_of_squares():
    table = of_clusters()
    design = declare(table, weights="pw")
    draw = unequal(table, design, probability="p", pairs="hartley-rao", squares={"(all)": 3.5})
    agree(estimate(totals(table, design, requests=TOTAL), unequal=draw), GOLDENS["hartley_rao_known"])


FIRST = {
    "rows": ({"fpc": "one"}, "g"),
    "strata": ({"strata": "h", "fpc": "n"}, "g"),
    "plain": ({"strata": "h", "fpc": "n"}, None),
}


@pytest.mark.parametrize("name", FIRST)
def test_two_phases(name):
    table = pd.read_csv(HERE / "generated_two_stage.csv")
    row = np.arange(1, len(table) + 1)
    table = table.assign(h=row % 3, asked=(row * 7) % 10 < 4, one=400, n=np.array([200, 300, 90])[row % 3])
    first, second = FIRST[name]
    made = two_phase(table, declare(table, **first), second="asked", strata=second)
    for kind in ("total", "mean"):
        requests = [Request(kind=kind, variable=variable) for variable in ("y", "x")]
        result = estimate(totals(made.rows, made.design, requests=requests), unequal=made.draw)
        agree(result, GOLDENS[f"two_phase_{name}_{kind}"])
        assert set(result.table["df"]) == {GOLDENS[f"two_phase_{name}_df"]["estimate"]}


@pytest.mark.needs_r("jsonlite")
def test_r_still_gives_these_answers(tmp_path):
    script = ["Rscript", str(HERE / "unequal.R"), str(HERE), str(tmp_path / "again.json")]
    run = subprocess.run(script, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    again = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert set(again) == set(GOLDENS)
    for name, want in GOLDENS.items():
        for key, value in want.items():
            got, told = np.array(again[name][key], float), np.array(value, float)
            np.testing.assert_allclose(got, told, rtol=1e-8, atol=1e-10 * np.abs(told).max())
