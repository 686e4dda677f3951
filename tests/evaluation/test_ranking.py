import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation import changes, rank_units, unit_effects
from surveylib.model.ranking import Ranking


@pytest.fixture
def moved(cells, plan, study) -> pd.DataFrame:
    return changes(cells, plan=plan, study=study)[0]


def ranked(moved, plan, seed=1) -> Ranking:
    return rank_units(moved, plan=plan, outcome="overall", seed=seed)


def test_units_stand_by_their_ids_and_only_pilots_are_among_them(moved, plan):
    made = ranked(moved, plan)
    assert made.units["unit"].tolist() == [f"p{i:02d}" for i in range(5)]
    assert len(made.pairs) == 20


def test_the_effect_is_the_one_the_unit_table_shows(moved, plan):
    """One model: a unit has not one effect on its own page and another on this."""
    table = unit_effects(moved, plan=plan, outcome="overall").set_index("unit")
    made = ranked(moved, plan).units.set_index("unit")
    assert made["estimate"].to_numpy() == pytest.approx(table["shrunk"].to_numpy(float), abs=1e-12)
    assert made["p_sesoi"].to_numpy() == pytest.approx(table["p_sesoi"].to_numpy(float), abs=1e-12)


def test_chances_of_the_first_two_places_add_to_two(moved, plan):
    made = ranked(moved, plan).units
    assert made["p_top"].sum() == pytest.approx(2.0)
    assert (made["rank_low"] <= made["rank_high"]).all()


def test_similar_units_are_not_told_apart(moved, plan):
    """Rises of .24 to .55, each with an error of .1 and its own ups and downs, order nobody."""
    made = ranked(moved, plan)
    assert made.claims.empty
    assert made.together == 1.0
    assert (made.units["rank_high"] - made.units["rank_low"] >= 2).all()


def test_a_unit_far_ahead_is_told_apart_from_all(moved, plan):
    far = moved.assign(std_error=0.02)
    far.loc[far["unit"] == "p02", "change"] = 1.4
    made = ranked(far, plan)
    assert set(zip(made.claims["unit"], made.claims["other"], strict=True)) >= {
        ("p02", other) for other in ("p00", "p01", "p03", "p04")
    }
    assert made.together >= plan.analysis.level


def test_the_same_seed_gives_the_same_ranks_and_pairs_need_no_seed(moved, plan):
    one, same, other = ranked(moved, plan), ranked(moved, plan), ranked(moved, plan, seed=2)
    pd.testing.assert_frame_equal(one.units, same.units)
    pd.testing.assert_frame_equal(one.pairs, other.pairs)
    assert np.abs(one.units["p_top"] - other.units["p_top"]).max() < 0.02


def test_with_one_pilot_or_one_comparison_unit_there_is_no_ranking(moved, plan):
    pilots = moved["unit"].str.startswith("p")
    assert ranked(moved[~pilots | (moved["unit"] == "p00")], plan) is None
    assert ranked(moved[pilots | (moved["unit"] == "c00")], plan) is None
