"""Units that start on different days: by the date treated, until then compared with, never the other way."""

from __future__ import annotations

import datetime
import math

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.evaluation.changes import tidy_cells
from surveylib.evaluation.evaluate import evaluate
from surveylib.evaluation.staggered import staggered
from surveylib.model.plan import AnalysisPlan, PlanWaves
from surveylib.rng import stream

from .conftest import make_cells, make_study

WAVES = ("2014-10", "2015-04", "2015-11")
PLAN = AnalysisPlan(waves=PlanWaves(pre=("2014-10",), post=("2015-11",)))
STARTS = {"p0": "2014-11-01", "p1": "2014-11-01", "p2": "2014-11-01", "p3": "2014-11-01", "s0": "2015-06-01"}
UNITS = (*STARTS, *(f"c{i}" for i in range(6)))


def y(*, gain=0.4, seed="starts") -> np.ndarray:
    random = stream(8, seed)
    made = 3.5 + random.normal(0, 0.08, size=(len(UNITS), 3))
    made[:4, 1:] += gain
    made[4, 2] += gain
    return made


def cells(values: np.ndarray) -> pd.DataFrame:
    rows = [
        (
            unit,
            {"p": "pilot", "s": "self_pilot", "c": "comparison"}[unit[0]],
            wave,
            values[j, k],
            STARTS.get(unit),
        )
        for j, unit in enumerate(UNITS)
        for k, wave in enumerate(WAVES)
    ]
    table = pd.DataFrame(rows, columns=["unit", "arm", "wave", "mean", "start"])
    return table.assign(se=0.07, n=150.0)


def of(values: np.ndarray) -> pd.DataFrame:
    return staggered(tidy_cells(cells(values), plan=PLAN)[0], plan=PLAN, outcome="overall")


def test_each_cohort_in_each_wave_against_those_not_yet_started():
    values = y()
    made = of(values).set_index(["kind", "cohort", "wave"])
    own, never = values[:4], values[5:]
    # In April 2015 the self-pilot has not started: seven units compare; in November six are left.
    first = made.loc[("group_time", "2015-04", "2015-04")]
    others = np.vstack([values[4:5], never])
    assert first["n_comparison"] == 7 and first["units"] == "p0, p1, p2, p3"
    assert first["estimate"] == pytest.approx(
        (own[:, 1] - own[:, 0]).mean() - (others[:, 1] - others[:, 0]).mean()
    )
    last = made.loc[("group_time", "2015-04", "2015-11")]
    assert last["n_comparison"] == 6
    alone = made.loc[("group_time", "2015-11", "2015-11")]
    assert alone["units"] == "s0" and alone["p_floor"] == pytest.approx(1 / 7) and alone["df"] == 5
    placebo = made.loc[("placebo", "2015-11", "2014-10")]
    assert abs(placebo["estimate"]) < 0.3 and placebo["step"] == -2
    weights, cells_ = np.array([4, 4, 1]), [first, last, alone]
    overall = made.loc[("overall", "", "")]
    assert overall["estimate"] == pytest.approx(np.average([c["estimate"] for c in cells_], weights=weights))


def test_the_average_is_tested_over_every_way_the_starts_could_have_fallen():
    overall = of(y()).set_index("kind").loc["overall"]
    labellings = math.factorial(11) // (math.factorial(4) * math.factorial(6))
    assert overall["p_floor"] == pytest.approx(1 / labellings)
    assert overall["p_floor"] <= overall["p_value"] < 0.02
    assert overall["conf_low"] < 0.4 < overall["conf_high"] and overall["conf_low"] > 0.2


@pytest.mark.slow
def test_nothing_is_found_too_often_where_nothing_is():
    count, found = 300, 0
    for number in range(count):
        made = of(y(gain=0.0, seed=f"null {number}")).set_index("kind").loc["overall"]
        found += made["p_value"] <= 0.10
    assert found / count <= 0.10 + 3 * math.sqrt(0.1 * 0.9 / count)


def test_all_started_at_once_needs_no_such_table(cells_of_two_waves):
    assert evaluate(cells_of_two_waves, study=make_study()).staggered.empty


@pytest.fixture
def cells_of_two_waves() -> pd.DataFrame:
    return make_cells()


def test_a_self_pilot_of_the_study_is_told_by_its_date():
    """Three waves; one comparison unit starts by itself after the interim: it compares there, and leaves."""
    study = make_study(own={"c03": datetime.date(2015, 6, 1)})
    interim = type(study.waves[0])(
        **{
            name: getattr(study.waves[0], name)
            for name in ("name", "instrument", "instrument_version", "mode")
        },
        id="interim",
        role="interim",
        start=datetime.date(2015, 4, 1),
        end=datetime.date(2015, 4, 30),
    )
    study = type(study)(
        **{name: getattr(study, name) for name in ("id", "title", "seed", "units", "design")},
        waves=(study.waves[0], interim, study.waves[1]),
    )
    own = make_cells()
    middle = own[own["wave"] == "pre"].assign(wave="interim", mean=lambda t: t["mean"] + 0.01)
    evidence = evaluate(pd.concat([own, middle]), study=study)
    made = evidence.staggered.set_index(["kind", "cohort", "wave"])
    assert made.loc[("group_time", "interim", "interim"), "n_comparison"] == 10
    assert made.loc[("group_time", "interim", "post"), "n_comparison"] == 9
    assert made.loc[("group_time", "post", "post"), "units"] == "c03"
    assert evidence.units.set_index("unit").loc["c03", "arm"] == "self_pilot"


def test_a_day_that_cannot_be_read_is_the_users_mistake():
    wrong = cells(y()).assign(start=lambda t: t["start"].where(t["unit"] != "p0", "in spring"))
    with pytest.raises(SurveyError, match="day of start"):
        staggered(tidy_cells(wrong, plan=PLAN)[0], plan=PLAN, outcome="overall")


def test_no_unit_left_to_compare_with_says_so():
    values = y()
    everybody = cells(values).assign(start=lambda t: t["start"].fillna("2015-06-01"))
    made = staggered(tidy_cells(everybody, plan=PLAN)[0], plan=PLAN, outcome="overall")
    last = made.set_index(["kind", "cohort", "wave"]).loc[("group_time", "2015-04", "2015-11")]
    assert math.isnan(last["estimate"]) and last["reason_vi"] and last["n_comparison"] == 0
    first = made.set_index(["kind", "cohort", "wave"]).loc[("group_time", "2015-04", "2015-04")]
    assert math.isfinite(first["estimate"])


@pytest.mark.parametrize(("units", "floor"), [(11, 1 / 330), (8, 2 / 70)])
def test_a_cohort_as_large_as_its_comparison_may_change_places_with_it(units, floor):
    """Four start first, the others later: compared in one wave, and with four others either may be first."""
    starts = {unit: "2014-11-01" if unit[0] == "p" else "2015-06-01" for unit in UNITS[:units]}
    some = cells(y()).assign(start=lambda t: t["unit"].map(starts)).dropna(subset="start")
    made = staggered(tidy_cells(some, plan=PLAN)[0], plan=PLAN, outcome="overall")
    tested = made[made["p_value"].notna() & (made["kind"] != "placebo")].set_index("kind")
    assert list(tested.index) == ["group_time", "step", "overall"]
    assert tested["p_floor"].to_list() == pytest.approx([floor] * 3)
    assert (tested["p_value"] >= tested["p_floor"]).all()
