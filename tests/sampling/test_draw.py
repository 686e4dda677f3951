"""The draw: exactly unbiased, reproducible, complete in its log."""

from fractions import Fraction
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.sample import Frame
from surveylib.model.study import SamplingPlan
from surveylib.sampling.draw import allocate, draw, systematic

PLAN = SamplingPlan(per_cell=20, expected_response=0.8, min_per_stratum=2, reserve_share=0.4)


def register(sizes, unit="u", wave="t0"):
    kinds = np.repeat(np.arange(1, len(sizes) + 1), sizes)
    names = [f"{unit}-{wave}-{i:03d}" for i in range(len(kinds))]
    return pd.DataFrame({"dossier": names, "unit": unit, "wave": wave, "procedure": kinds})


def every_start(size, wanted):
    """Each distinct systematic sample with its exact chance: between two breaks the sample is the same."""
    interval = Fraction(size, wanted)
    breaks = {Fraction(0), interval}
    for k in range(wanted):
        breaks |= {j - k * interval for j in range(size + 1) if 0 < j - k * interval < interval}
    edges = sorted(breaks)
    for low, high in pairwise(edges):
        yield systematic(size, wanted=wanted, start=float((low + high) / 2)), (high - low) / interval


@pytest.mark.parametrize(("size", "wanted"), [(7, 3), (10, 4), (5, 2), (9, 9), (11, 1), (13, 8)])
def test_systematic_sampling_is_exactly_unbiased(size, wanted):
    values = [Fraction(3 * i * i - 7 * i + 2, 5) for i in range(size)]
    inclusion, estimate, chances = [Fraction(0)] * size, Fraction(0), Fraction(0)
    for sample, chance in every_start(size, wanted):
        assert len(set(sample)) == wanted
        chances += chance
        for i in sample:
            inclusion[i] += chance
        estimate += chance * sum(values[i] for i in sample) * Fraction(size, wanted)
    assert chances == 1
    assert inclusion == [Fraction(wanted, size)] * size
    assert estimate == sum(values)


def test_probabilities_add_up_to_the_sample_and_weights_to_the_register():
    sample = draw(Frame(rows=register([120, 61, 19])), plan=PLAN, seed=3)
    main = sample.rows[~sample.rows["reserve"]]
    assert len(main) == 25
    for _, stratum in main.groupby("stratum"):
        assert len(stratum) == stratum["sampled"].iloc[0]
        assert (1 / stratum["probability"]).sum() == pytest.approx(stratum["population"].iloc[0])
    assert sample.log["sampled"].tolist() == [15, 8, 2]


def test_observed_inclusion_agrees_with_probability():
    frame = Frame(rows=register([17, 9]))
    plan = SamplingPlan(per_cell=7, expected_response=1.0, reserve_share=0.5)
    hits, reserves, rounds = (
        pd.Series(0, index=frame.rows["dossier"]),
        pd.Series(0, index=frame.rows["dossier"]),
        600,
    )
    for seed in range(rounds):
        rows = draw(frame, plan=plan, seed=seed).rows
        hits[rows.loc[~rows["reserve"], "dossier"]] += 1
        reserves[rows["dossier"]] += 1
        probability = rows.set_index("dossier")["probability"]
    for kind, size, wanted, more in (("1", 17, 5, 3), ("2", 9, 2, 1)):
        names = frame.rows.loc[frame.rows["procedure"] == int(kind), "dossier"]
        error = 4 * np.sqrt(wanted / size * (1 - wanted / size) / rounds)
        assert np.abs(hits[names] / rounds - wanted / size).max() < error
        # Main sample and all reserves: (n + r) / N, which is what a released reserve is weighted by.
        assert np.abs(reserves[names] / rounds - (wanted + more) / size).max() < 4 * np.sqrt(0.25 / rounds)
    assert set(probability.round(12)) == {round(5 / 17, 12), round(2 / 9, 12)}


def test_small_register_is_taken_whole_without_reserves():
    sample = draw(Frame(rows=register([30, 10])), plan=SamplingPlan(per_cell=10, census_up_to=40), seed=1)
    assert len(sample.rows) == 40
    assert (sample.rows["probability"] == 1).all()
    assert not sample.rows["reserve"].any()
    assert set(sample.log["method"]) == {"census"}


def test_reserves_come_after_the_main_sample_and_never_twice():
    rows = draw(Frame(rows=register([90, 40])), plan=PLAN, seed=5).rows
    assert not rows["dossier"].duplicated().any()
    for _, stratum in rows.groupby("stratum"):
        assert stratum["order"].tolist() == list(range(1, len(stratum) + 1))
        assert stratum["reserve"].tolist() == (stratum["order"] > stratum["sampled"]).tolist()


def test_same_seed_same_draw_whatever_other_units_there_are():
    one = Frame(rows=register([50, 50], unit="m"))
    two = Frame(
        rows=pd.concat([register([50, 50], unit="m"), register([30, 30], unit="b")]).sample(
            frac=1, random_state=1
        )
    )
    alone = draw(one, plan=PLAN, seed=9).rows
    together = draw(two, plan=PLAN, seed=9).rows
    together = together[together["unit"] == "m"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, together)
    assert draw(one, plan=PLAN, seed=10).rows["dossier"].tolist() != alone["dossier"].tolist()


def test_codes_as_floats_make_the_same_strata():
    frame = register([30, 30])
    floats = frame.assign(procedure=frame["procedure"].astype(float))
    whole = draw(Frame(rows=frame), plan=PLAN, seed=2).log
    assert whole["stratum"].tolist() == draw(Frame(rows=floats), plan=PLAN, seed=2).log["stratum"].tolist()


@pytest.mark.parametrize(
    ("sizes", "total", "least", "parts"),
    [
        ([700, 250, 50], 20, 2, [13, 5, 2]),
        ([50, 50, 50], 100, 1, [34, 33, 33]),
        ([1, 500, 500], 11, 2, [1, 5, 5]),
        ([4, 4, 992], 10, 3, [3, 3, 4]),
        ([3, 5], 20, 1, [3, 5]),
        ([2, 98], 60, 2, [2, 58]),
    ],
)
def test_allocation(sizes, total, least, parts):
    assert allocate(np.array(sizes), total=total, least=least).tolist() == parts


def test_allocation_always_adds_up():
    random = np.random.default_rng(4)
    for _ in range(300):
        sizes = random.integers(1, 60, random.integers(1, 7))
        total, least = int(random.integers(1, 150)), int(random.integers(1, 5))
        parts = allocate(sizes, total=total, least=least)
        floor = np.minimum(sizes, least)
        assert parts.sum() == max(min(total, sizes.sum()), floor.sum())
        assert (parts >= floor).all()
        assert (parts <= sizes).all()


def test_blank_stratum_names_the_dossier():
    rows = register([5, 5]).astype({"procedure": float})
    rows.loc[3, "procedure"] = np.nan
    with pytest.raises(SurveyError, match="u-t0-003"):
        draw(Frame(rows=rows), plan=PLAN, seed=1)


def test_unknown_stratum_column():
    with pytest.raises(SurveyError, match="procedure"):
        draw(Frame(rows=register([5])), plan=SamplingPlan(per_cell=2, strata=("procedur",)), seed=1)
