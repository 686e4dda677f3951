"""Shares of the extract of records, counted by hand."""

import datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveylib.evaluation.extract import (
    check_records,
    record_cells,
    record_counts,
    record_months,
    record_moves,
)
from surveylib.model.plan import default_plan
from surveylib.model.study import DesignPlan, Exposure, Study, Unit, Wave
from surveylib.model.text import Text

NAME = Text(vi="tên", en="name")
START = datetime.date(2014, 11, 1)


def questionnaire():
    """Two counts and their share: what these functions ask of a questionnaire."""
    scale = SimpleNamespace(kind="number", integer=True)
    return SimpleNamespace(
        items=[SimpleNamespace(id="due"), SimpleNamespace(id="on_time")],
        scale_of=lambda name: scale,
        outcomes=[SimpleNamespace(id="rate", measure="ratio", item="on_time", of="due")],
    )


def study(**exposures):
    units = tuple(
        Unit(id=name, name=NAME, type="LG", exposure=exposures.get(name, Exposure(kind="none")))
        for name in ("p1", "p2", "c1", "c2", "c3")
    )
    waves = tuple(
        Wave(
            id=name, name=NAME, role=role, start=day, end=day, instrument="q.yaml", instrument_version="1",
            mode="paper",
        )
        for name, role, day in (
            ("t0", "pre", datetime.date(2014, 10, 31)), ("t1", "post", datetime.date(2015, 11, 30)),
        )
    )  # fmt: skip
    return Study(id="s", title=NAME, seed=1, units=units, waves=waves, design=DesignPlan())


PILOTS = {name: Exposure(kind="pilot", start=START) for name in ("p1", "p2")}


def forms(shares):
    """Two forms a unit and wave of a hundred and three hundred cases; `shares` of them were on time."""
    rows = [
        (f"{unit}-{wave}-{n}", unit, wave, f"{day}-{n:02d}-01", float(due), round(share * due))
        for (unit, wave), share in shares.items()
        for day in ("2014" if wave == "t0" else "2015",)
        for n, due in ((9, 100), (10, 300))
    ]
    return pd.DataFrame(rows, columns=["respondent", "unit", "wave", "date", "due", "on_time"])


def both(**changes):
    """Half on time before in every unit, and so much more after."""
    return forms({(u, w): 0.5 + (c if w == "t1" else 0) for u, c in changes.items() for w in ("t0", "t1")})


MOVED = {"p1": 0.2, "p2": 0.3, "c1": 0.0, "c2": 0.1, "c3": 0.05}


def moves(rows, which):
    cells = record_cells(rows, questionnaire=questionnaire())
    return record_moves(cells, questionnaire=questionnaire(), study=which, plan=default_plan()).iloc[0]


def test_counts_are_added_before_they_are_divided():
    rows = forms({("p1", "t0"): 0.5}).assign(on_time=[10.0, 240.0])
    cell = record_cells(rows, questionnaire=questionnaire()).iloc[0]
    assert (cell["forms"], cell["numerator"], cell["denominator"]) == (2, 250, 400)
    assert cell["share"] == pytest.approx(0.625)  # not the mean of 10 and 80 per cent
    counts = record_counts(rows, questionnaire=questionnaire()).set_index("item")["count"]
    assert counts.to_dict() == {"due": 400, "on_time": 250}


def test_a_form_with_a_blank_or_with_more_than_all_cases_is_left_out_and_said():
    rows = both(**MOVED)
    rows.loc[0, "on_time"], rows.loc[1, "on_time"] = np.nan, 301.0
    cells = record_cells(rows, questionnaire=questionnaire())
    assert cells[(cells["unit"] == "p1") & (cells["wave"] == "t0")].empty
    found = check_records(rows, questionnaire=questionnaire(), study=study(**PILOTS), waves=("t0", "t1"))
    assert [one.code for one in found] == ["A01"] and "p1-t0-10" in found[0].message.en


def test_units_without_a_form_are_named():
    found = check_records(both(p1=0.1), questionnaire=questionnaire(), study=study(**PILOTS), waves=("t0",))
    assert [one.code for one in found] == ["A02"] and "p2, c1, c2, c3" in found[0].message.en


def test_the_difference_is_welch_over_units():
    """scipy.stats.ttest_ind([.2, .3], [0, .1, .05], equal_var=False): 0.2 and its 90 % interval."""
    row = moves(both(**MOVED), study(**PILOTS))
    assert (row["n_pilot"], row["n_comparison"]) == (2, 3)
    assert row["estimate"] == pytest.approx(0.20)
    assert row["pilot_before"] == pytest.approx(0.5) and row["pilot_after"] == pytest.approx(0.75)
    assert (row["comparison_least"], row["comparison_most"]) == pytest.approx((0.0, 0.1))
    found = stats.ttest_ind([0.2, 0.3], [0, 0.1, 0.05], equal_var=False).confidence_interval(0.9)
    assert (row["conf_low"], row["conf_high"]) == pytest.approx((found.low, found.high))


def test_a_unit_that_piloted_by_itself_before_the_last_wave_is_no_comparison():
    own = Exposure(kind="self_pilot", start=datetime.date(2015, 6, 1))
    row = moves(both(**MOVED), study(**PILOTS, c2=own))
    assert row["n_comparison"] == 2 and row["comparison_most"] == pytest.approx(0.05)
    later = Exposure(kind="self_pilot", start=datetime.date(2016, 1, 1))
    assert moves(both(**MOVED), study(**PILOTS, c2=later))["n_comparison"] == 3


def test_a_unit_that_lacks_a_wave_has_no_change():
    rows = both(**MOVED)
    row = moves(rows[~((rows["unit"] == "c3") & (rows["wave"] == "t1"))], study(**PILOTS))
    assert row["n_comparison"] == 2


def test_months_are_means_of_units_by_arm():
    rows = forms({("p1", "t0"): 0.5, ("p2", "t0"): 0.7, ("c1", "t0"): 0.4})
    made = record_months(rows, questionnaire=questionnaire(), study=study(**PILOTS))
    own = made[made["arm"] == "pilot"]
    assert list(own["month"]) == ["2014-09", "2014-10"] and own["share"].to_numpy() == pytest.approx(
        [0.6, 0.6]
    )
    undated = record_months(rows.assign(date=""), questionnaire=questionnaire(), study=study(**PILOTS))
    assert undated.empty
