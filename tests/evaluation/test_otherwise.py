"""Lines of the sensitivity table for the answers measured otherwise than by mean points."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation import evaluate
from surveylib.evaluation.effect import effect
from surveylib.evaluation.otherwise import measured_otherwise
from surveylib.model.plan import default_plan

ARMS = ["pilot"] * 5 + ["comparison"] * 10
RISE = np.array([0.5, 0.4, 0.45, 0.35, 0.55, *(0.02 * j for j in range(10))])


def cells() -> pd.DataFrame:
    rows = [
        (f"u{j:02}", ARMS[j], wave, 3.5 + (RISE[j] if wave == "post" else 0.0))
        for j in range(15)
        for wave in ("pre", "post")
    ]
    return pd.DataFrame(rows, columns=["unit", "arm", "wave", "mean"]).assign(se=0.07, n=150)


def other(way: str, change: np.ndarray) -> pd.DataFrame:
    made = pd.DataFrame(
        {"unit": [f"u{j:02}" for j in range(15)], "outcome": way, "pre": 0.5, "change": change}
    )
    return made.assign(post=made["pre"] + change, std_error=0.05, n=300, n_eff=280.0, n_pre=150, n_post=150)


def line(table: pd.DataFrame, check: str) -> pd.Series:
    return table.set_index("check").loc[check]


@pytest.mark.parametrize("way", ["probit", "kept", "superiority", "top_two"])
def test_each_way_has_its_line_with_the_units_own_estimate(way):
    evidence = evaluate(cells(), other=other(way, RISE / 2))
    made, primary = line(evidence.sensitivity, way), evidence.effects.iloc[0]
    wanted = RISE[:5].mean() / 2 - RISE[5:].mean() / 2
    assert made["estimate"] == pytest.approx(wanted, abs=1e-12) == primary["estimate"] / 2
    assert made["conf_low"] < wanted < made["conf_high"]
    shown = f"{wanted:+.2f}" if way in ("probit", "kept") else f"{100 * wanted:+.1f}"
    assert shown in made["sentence_en"] and shown.replace(".", ",") in made["sentence_vi"]


def test_only_units_with_a_primary_change_count():
    evidence = evaluate(cells())
    more = pd.concat([other("probit", RISE), other("probit", RISE).assign(unit="elsewhere", change=9.0)])
    made = measured_otherwise(more, evidence.changes, plan=default_plan())
    alone = measured_otherwise(other("probit", RISE), evidence.changes, plan=default_plan())
    assert [one[3] for one in made] == [one[3] for one in alone]
    row = effect(evidence.changes, plan=default_plan(), outcome=evidence.primary).iloc[0]
    assert alone[0][3][0] == pytest.approx(row["estimate"], abs=1e-12)


def test_what_has_no_interval_is_left_out():
    evidence = evaluate(cells())
    alike = other("probit", np.full(15, 0.1))
    assert measured_otherwise(alike, evidence.changes, plan=default_plan()) == []
    assert "probit" not in set(evidence.sensitivity["check"])
