"""Cells to try things on: made by rule, never random, so that every expectation can be worked out by hand."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from surveylib.model.plan import AnalysisPlan, PlanWaves, Registration
from surveylib.model.study import DesignPlan, Exposure, Study, Unit, Wave
from surveylib.model.text import Text

PILOT_RISES = (0.42, 0.31, 0.55, 0.24, 0.38)
OWN_RISES = (0.02, -0.07, 0.11, -0.03, 0.05, -0.10, 0.08, 0.00, -0.05, 0.04)


def make_cells(pilot=PILOT_RISES, comparison=OWN_RISES, *, outcome="overall", se=0.07, n=150) -> pd.DataFrame:
    """One baseline and one final wave, means rising by what is asked."""
    rows = []
    for arm, letter, rises in (("pilot", "p", pilot), ("comparison", "c", comparison)):
        for number, rise in enumerate(rises):
            level = 3.4 + 0.05 * number
            for wave, mean in (("pre", level), ("post", level + rise)):
                rows.append((f"{letter}{number:02d}", arm, wave, outcome, mean, se, float(n)))
    return pd.DataFrame(rows, columns=["unit", "arm", "wave", "outcome", "mean", "se", "n"])


def make_study(
    *,
    pilots=("p00", "p01", "p02", "p03", "p04"),
    comparison=tuple(f"c{i:02d}" for i in range(10)),
    own=(),
    mode="paper",
) -> Study:
    """Waves pre (October 2014) and post (November 2015); `own`: the day a unit began its own pilot."""
    name = Text(vi="Đơn vị", en="Unit")
    start = datetime.date(2014, 11, 1)
    own = dict(own)
    units = [
        Unit(id=unit, name=name, type="LG", exposure=Exposure(kind="pilot", start=start), model="government")
        for unit in pilots
    ]
    for unit in comparison:
        exposure = Exposure(kind="self_pilot", start=own[unit]) if unit in own else Exposure(kind="none")
        units.append(Unit(id=unit, name=name, type="LG", exposure=exposure))
    return Study(
        id="trial",
        title=name,
        seed=1,
        units=tuple(units),
        waves=(_wave("pre", 2014, 10, "paper"), _wave("post", 2015, 11, mode)),
        design=DesignPlan(),
    )


def _wave(role: str, year: int, month: int, mode: str) -> Wave:
    return Wave(
        id=role,
        name=Text(vi="Đợt", en="Wave"),
        role=role,
        start=datetime.date(year, month, 1),
        end=datetime.date(year, month, 30),
        instrument="c.yaml",
        instrument_version="1",
        mode=mode,
    )


@pytest.fixture
def cells() -> pd.DataFrame:
    return make_cells()


@pytest.fixture
def study() -> Study:
    return make_study()


@pytest.fixture
def plan() -> AnalysisPlan:
    """Registered before the final wave, so that nothing is exploratory."""
    return AnalysisPlan(
        registered=Registration(at=datetime.date(2015, 9, 30), by="Sở Nội vụ"),
        waves=PlanWaves(pre=("pre",), post=("post",)),
    )


@pytest.fixture(scope="session")
def golden_cells(shared) -> pd.DataFrame:
    """The 30 cells of the shared simulated pilot: 5 pilot units (one small) and 10 comparison units."""
    rows = pd.read_csv(shared / "golden" / "evaluation" / "sim_pilot.csv")
    made = rows.groupby(["unit", "treat", "post"])["y"].agg(["mean", "std", "size"]).reset_index()
    return pd.DataFrame(
        {
            "unit": made["unit"].map("u{:02d}".format),
            "arm": np.where(made["treat"] == 1, "pilot", "comparison"),
            "wave": np.where(made["post"] == 1, "post", "pre"),
            "mean": made["mean"],
            "se": made["std"] / np.sqrt(made["size"]),
            "n": made["size"].astype(float),
        }
    )
