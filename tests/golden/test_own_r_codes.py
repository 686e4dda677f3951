"""R's survey package on coded answers we made up: Cronbach's alpha with its standard error (two stages, gaps,
domains), and quantiles whose errors come from a jackknife.

`r/codes.R` computed `r/codes_own.json` (`r/session.txt` says with what); a test marked needs_r runs it again.
"""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.estimation import code_quantile, declare, estimate, jackknife, quantile, totals
from surveylib.model.totals import Request

HERE = Path(__file__).resolve().parent / "r"
GOLDENS = json.loads((HERE / "codes_own.json").read_text(encoding="utf-8"))
AT = [0.1, 0.25, 0.5, 0.75, 0.9]
ALPHA = [Request(kind="alpha", variable="thang đo", items=("c1", "c2", "c3"))]


def two_stage() -> pd.DataFrame:
    def code(values):
        return np.clip(np.floor(values), 1, 5)

    rows = pd.read_csv(HERE / "generated_two_stage.csv")
    y, x = rows["y"], rows["x"]
    rows = rows.assign(c1=code((y - 45) / 5), c2=code((y + 3 * x - 55) / 6), c3=code((y - x - 42) / 5))
    rows.loc[np.arange(1, len(rows) + 1) % 11 == 0, "c2"] = np.nan
    return rows


def agree(got, want, tolerance=1e-9):
    np.testing.assert_allclose(np.asarray(got, float), np.asarray(want, float), rtol=tolerance)


@pytest.mark.parametrize(("by", "names"), [((), ["alpha"]), (("d",), ["alpha_nam", "alpha_nu"])])
def test_alpha(by, names):
    rows = two_stage()
    design = declare(rows, strata="h", psu=("psu", "ssu"), fpc=("n1", "n2"))
    table = estimate(totals(rows, design, requests=ALPHA, by=by)).table
    agree(table["estimate"], [GOLDENS[name]["estimate"] for name in names])
    agree(table["estimate"], [GOLDENS[name]["cronbach"] for name in names])
    agree(table["std_error"], [GOLDENS[name]["std_error"] for name in names])


@pytest.mark.parametrize("variable", ["c1", "y"])
def test_quantiles_with_a_jackknife(variable):
    rows = two_stage()
    design = declare(rows, strata="h", psu="psu", weights="pw")
    made = [quantile(rows, design, variables=[variable], at=AT, replicates=jackknife(design))]
    summed = totals(rows, design, requests=[Request(kind="proportion", variable=variable)])
    made.append(code_quantile(summed, variables=[variable], at=AT, replicates=jackknife(summed)))
    for one in made:
        for column, want in GOLDENS[f"jackknife_{variable}"].items():
            agree(one.table[column], want)


@pytest.mark.needs_r("jsonlite")
def test_r_still_gives_these_answers(tmp_path):
    script = ["Rscript", str(HERE / "codes.R"), str(HERE), str(tmp_path / "again.json")]
    run = subprocess.run(script, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr
    again = json.loads((tmp_path / "again.json").read_text(encoding="utf-8"))
    assert set(again) == set(GOLDENS)
    for name, want in GOLDENS.items():
        for key, value in want.items():
            agree(again[name][key], value)
