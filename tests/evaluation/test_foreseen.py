"""What a study foresees: its units' own answers, what they are worth, and who will not be surveyed."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.evaluation.foreseen import scenario_of
from surveylib.evaluation.simulate import cells_of, simulate
from surveylib.model.scenario import LEVEL, SD
from surveylib.model.study import SamplingPlan
from surveylib.rng import stream

from .conftest import make_study


@pytest.fixture
def study():
    return dataclasses.replace(make_study(), sampling=SamplingPlan(per_cell=150))


def wave_ids(study, role: str) -> list[str]:
    return [wave.id for wave in study.waves if wave.role == role]


def table(study, **columns) -> pd.DataFrame:
    keys = [(unit.id, wave.id) for unit in study.units for wave in study.waves]
    return pd.DataFrame(keys, columns=["unit", "wave"]).assign(**columns)


def test_without_any_knowledge_every_unit_has_what_is_wanted(study, plan):
    made = scenario_of(study, plan=plan)
    assert set(made.pilots) == set(made.comparisons) == {150} and made.sd == SD and made.deff == 1
    assert set(made.levels) == {LEVEL} and len(made.levels) == made.units
    assert scenario_of(study, plan=plan, level=None).levels == ()
    assert set(scenario_of(study, plan=plan, answers=80, deff=1.6).cells[0]) == {50.0}


def test_each_unit_has_its_own_answers_in_each_wave(study, plan):
    given = table(study, n=100.0)
    given.loc[(given["unit"] == "p01") & (given["wave"] == wave_ids(study, "post")[0]), "n"] = 60.0
    made = scenario_of(study, plan=plan, expected=given)
    place = [unit.id for unit in study.units if unit.arm == "pilot"].index("p01")
    assert made.pilots[place] == 80 and made.cells[place] == (100.0, 60.0)
    drawn = simulate(made, sims=4000, rng=stream(1, "own"))
    after = drawn.noise[1][:, place, 0].std()
    assert after == pytest.approx(made.sd / np.sqrt(60), rel=0.05)


def test_a_runs_cells_bring_worth_spread_and_level(study, plan):
    cells = table(study, n=140.0, n_eff=120.0, std_error=0.08, estimate=3.9)
    made = scenario_of(study, plan=plan, expected=cells)
    assert made.sd == pytest.approx(0.08 * np.sqrt(120)) and made.deff == pytest.approx(140 / 120)
    assert made.cells[0][0] == pytest.approx(120) and set(made.levels) == {3.9}
    seen = cells_of(simulate(made, sims=1, rng=stream(1, "own")), number=0, effect=0.0)
    assert seen["se"].mean() == pytest.approx(0.08, rel=0.05)
    # The wave after has not come in: it is taken to go like the one before.
    early = cells[cells["wave"].isin(wave_ids(study, "pre"))]
    assert scenario_of(study, plan=plan, expected=early).cells == made.cells


def test_who_lacks_a_wave_or_has_too_few_answers_is_left_out_and_a_pilot_counts(study, plan):
    full = scenario_of(study, plan=plan)
    post = wave_ids(study, "post")[0]
    lost = scenario_of(study, plan=plan, missing=["p01", f"c01:{post}"])
    assert len(lost.pilots) == len(full.pilots) - 1 and lost.dropped_pilots == 1
    assert len(lost.comparisons) == len(full.comparisons) - 1
    given = table(study, n=100.0)
    given.loc[given["unit"] == "p01", "n"] = 29.0
    assert scenario_of(study, plan=plan, expected=given).dropped_pilots == 1
    absent = given[given["unit"] != "c01"].assign(n=100.0)
    assert len(scenario_of(study, plan=plan, expected=absent).comparisons) == len(full.comparisons) - 1


@pytest.mark.parametrize(("name", "message"), [("p99", "unknown unit or wave"), ("p01:t9", "unknown wave")])
def test_strange_names_of_what_is_missing(study, plan, name, message):
    with pytest.raises(SurveyError, match=message):
        scenario_of(study, plan=plan, missing=[name])


def test_a_wave_that_counts_cannot_be_missing_for_all(study, plan):
    with pytest.raises(SurveyError, match="wave after"):
        scenario_of(study, plan=plan, missing=wave_ids(study, "post"))


def test_without_a_number_of_answers_nothing_is_foreseen(study, plan):
    with pytest.raises(SurveyError, match="how many answers"):
        scenario_of(dataclasses.replace(study, sampling=None), plan=plan)
