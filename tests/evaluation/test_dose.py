"""The effect by time of exposure: doses by the date, and the slope on them."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation import evaluate
from surveylib.evaluation.changes import tidy_cells, unit_changes
from surveylib.evaluation.dose import dose_effect, doses
from tests.evaluation.conftest import make_cells, make_study

HALF = datetime.date(2015, 5, 8)
FULL = (datetime.date(2015, 11, 15) - datetime.date(2014, 11, 1)).days + 0.5  # to the middle of the wave


def tidy(study, plan, cells=None) -> pd.DataFrame:
    return tidy_cells(make_cells() if cells is None else cells, plan=plan, study=study)[0]


def test_a_dose_is_the_time_since_the_start_by_that_of_the_first_pilots(plan):
    study = make_study(own={"c08": HALF})
    made = doses(tidy(study, plan), study=study)
    assert made["p00"] == 1 and made["c00"] == 0
    wave = pd.date_range("2015-11-01", "2015-11-30").to_pydatetime()
    own = np.mean([(day.date() - HALF).days for day in wave])
    assert made["c08"] == pytest.approx(own / FULL, abs=1e-9)


def test_a_unit_that_starts_in_the_midst_of_a_wave_has_part_of_it(plan):
    study = make_study(own={"c08": datetime.date(2015, 11, 21)})
    made = doses(tidy(study, plan), study=study)
    assert made["c08"] == pytest.approx(sum(range(10)) / 30 / FULL)


def test_there_are_no_doses_where_all_started_at_once_or_no_day_is_known(plan):
    assert doses(tidy(make_study(), plan), study=make_study()).empty
    assert doses(tidy(None, plan), study=None).empty


def test_days_of_the_cells_do_as_well(plan):
    study = make_study(own={"c08": HALF})
    days = {"pre": "2014-10-30", "post": "2015-11-30"}
    cells = make_cells()
    cells["date"] = cells["wave"].map(days)
    starts = {unit.id: unit.exposure.start for unit in study.units if unit.exposure.start}
    cells["start"] = [str(starts.get(unit, "")) for unit in cells["unit"]]
    made = doses(tidy(None, plan, cells))
    want = (datetime.date(2015, 11, 30) - HALF).days / (datetime.date(2015, 11, 30) - starts["p00"]).days
    assert made["c08"] == pytest.approx(want)


def test_an_effect_in_proportion_to_the_dose_is_found_again(plan):
    study = make_study(own={"c08": HALF, "c09": datetime.date(2015, 2, 1)})
    dose = doses(tidy(study, plan), study=study)
    rises = [0.5 * dose[f"c{i:02d}"] for i in range(10)]
    table = tidy(study, plan, make_cells([0.5] * 5, rises))
    changes, _ = unit_changes(table)
    jitter = changes["unit"].map({"p00": 0.02, "p01": -0.02, "c00": 0.02, "c01": -0.02}).fillna(0.0)
    changes = changes.assign(change=changes["change"] + jitter)
    estimate, low, high = dose_effect(changes, dose, plan=plan)
    assert estimate == pytest.approx(0.5, abs=0.005) and low < 0.5 < high


def test_the_dose_is_a_row_of_the_table_without_a_verdict(plan):
    study = make_study(own={"c08": HALF})
    table = evaluate(make_cells(), plan=plan, study=study).sensitivity.set_index("check")
    row = table.loc["dose"]
    assert row["verdict"] == "" and row["conf_low"] < row["estimate"] < row["conf_high"]
    share = round(100 * float(doses(tidy(study, plan), study=study)["c08"]))
    assert f"(1 unit had {share}% of the longest pilot's)" in row["sentence_en"]
    assert "dose" not in evaluate(make_cells(), plan=plan, study=make_study()).sensitivity["check"].tolist()
