"""Answers of pyfixest and diff-diff on the made-up rows, for test_own_effects.py.

    python tests/golden/effects/packages.py

Both packages are in the extra `bench`, in no lock: run it in an environment of its own.
"""

from __future__ import annotations

import json
import platform
import warnings
from importlib.metadata import version
from pathlib import Path

import diff_diff
import numpy as np
import pandas as pd
import pyfixest

FOLDER = Path(__file__).resolve().parent


def regression(rows: pd.DataFrame) -> dict:
    """pyfixest: CRV1 and CRV3 of treat × post on respondents, and its randomisation inference."""
    out = {}
    for kind in ("CRV1", "CRV3"):
        fit = pyfixest.feols("y ~ treat * post", data=rows, vcov={kind: "unit"})
        tidy = fit.tidy().loc["treat:post"]
        out[kind] = {"estimate": float(tidy["Estimate"]), "std_error": float(tidy["Std. Error"])}
    return out


def wild(rows: pd.DataFrame) -> dict:
    """diff-diff: the restricted wild cluster bootstrap over all 2^12 patterns of Rademacher signs."""
    x = np.column_stack([np.ones(len(rows)), rows["treat"], rows["post"], rows["treat"] * rows["post"]])
    y = rows["y"].to_numpy(float)
    beta = np.linalg.lstsq(x, y, rcond=None)[0]
    made = diff_diff.wild_bootstrap_se(
        x, y, y - x @ beta, rows["unit"].to_numpy(), 3, n_bootstrap=2**12, weight_type="rademacher", seed=1
    )
    return {
        "p_value": float(made.p_value),
        "t_stat": float(made.t_stat_original),
        "draws": int(made.n_bootstrap),
    }


def lee_wooldridge(rows: pd.DataFrame) -> dict:
    """diff-diff: LWDiD with classical errors on the unit means is the pooled t on unit changes."""
    means = rows.groupby(["unit", "post", "treat"], as_index=False)["y"].mean()
    means = means.assign(on=means["treat"] * means["post"])
    made = diff_diff.LWDiD(vcov_type="classical").fit(
        means, outcome="y", unit="unit", time="post", treatment="on"
    )
    return {"estimate": float(made.att), "std_error": float(made.se), "p_value": float(made.p_value)}


def group_time(rows: pd.DataFrame) -> dict:
    """diff-diff: Callaway-Sant'Anna against the not yet treated, one base before the start."""
    made = diff_diff.CallawaySantAnna(
        control_group="not_yet_treated", base_period="universal", estimation_method="reg"
    ).fit(rows, outcome="y", unit="unit", time="wave", first_treat="start")
    cells = [
        {"cohort": int(g), "wave": int(t), "estimate": float(effect["effect"])}
        for (g, t), effect in made.group_time_effects.items()
        if int(t) != int(g) - 1
    ]
    return {"cells": cells, "overall": float(made.overall_att)}


def main() -> None:
    warnings.simplefilter("ignore")
    rows = pd.read_csv(FOLDER / "respondents.csv")
    answer = {
        "versions": {name: version(name) for name in ("pyfixest", "diff-diff", "numpy", "pandas")}
        | {"python": platform.python_version()},
        "regression": regression(rows),
        "wild": wild(rows),
        "lee_wooldridge": lee_wooldridge(rows),
        "group_time": group_time(pd.read_csv(FOLDER / "staggered.csv")),
    }
    text = json.dumps(answer, indent=1) + "\n"
    (FOLDER / "effects_py.json").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
