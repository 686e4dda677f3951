import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.sample import Frame
from surveylib.model.weights import Weights, WeightStep
from surveylib.weighting import pooled_reference, standardise

CELLS = ("procedure", "sex", "age_band")


def plain(n: int) -> Weights:
    return Weights(steps=(WeightStep(name="base", values=np.ones(n)),))


def shares(rows, values, columns):
    keys = [rows[name] for name in ("unit", "wave", *columns)]
    mass = pd.Series(values).groupby(keys).sum()
    return mass / mass.groupby(level=[0, 1]).transform("sum")


def test_reference_is_the_mix_of_the_pooled_register(world):
    table = pooled_reference(world.frame, cells=("sex",))
    expected = world.frame.rows["sex"].value_counts(normalize=True).sort_index()
    assert table["share"].tolist() == pytest.approx(expected.tolist())


def test_reference_by_unit_adds_to_one_in_each(world):
    table = pooled_reference(world.frame, cells=CELLS, by=("unit",))
    assert table.groupby("unit")["share"].sum().tolist() == pytest.approx([1, 1])


def test_every_unit_and_wave_gets_the_mix_directly_where_cells_are_filled(world):
    rows = world.responses.rows
    reference = pooled_reference(world.frame, cells=("procedure", "age_band"))
    made = standardise(plain(len(rows)), rows, reference=reference, cells=("procedure", "age_band"), fewest=1)
    assert set(made.table["method"]) == {"direct"} and made.findings == ()
    got = shares(rows, made.weights.values, ["procedure", "age_band"])
    expected = np.tile(reference.sort_values(["procedure", "age_band"])["share"], 4)
    np.testing.assert_allclose(got, expected, atol=1e-9)


def test_sparse_cells_are_balanced_on_margins(world):
    rows = world.responses.rows
    reference = pooled_reference(world.frame, cells=CELLS)
    made = standardise(plain(len(rows)), rows, reference=reference, cells=CELLS, fewest=5)
    assert set(made.table["method"]) == {"margins"}
    assert made.table["worst_miss"].max() < 1e-8
    for name in CELLS:
        expected = reference.groupby(name)["share"].sum()
        np.testing.assert_allclose(shares(rows, made.weights.values, [name]), np.tile(expected, 4), atol=1e-8)


def test_blocks_keep_their_totals_and_the_step_is_added(world):
    rows = world.responses.rows
    made = standardise(
        plain(len(rows)), rows, reference=pooled_reference(world.frame, cells=CELLS), cells=CELLS
    )
    assert [step.name for step in made.weights.steps] == ["base", "standardise"]
    keys = [rows["unit"], rows["wave"]]
    total = pd.Series(made.weights.values).groupby(keys).sum()
    np.testing.assert_allclose(total, rows.groupby(["unit", "wave"]).size())
    assert made.table["ess"].tolist() == pytest.approx(
        [w.sum() ** 2 / (w**2).sum() for _, w in pd.Series(made.weights.values).groupby(keys)]
    )


def test_a_mere_change_of_mix_is_no_change_after_standardising():
    """y depends on the procedure alone; the mix moves between the waves, the answers do not."""
    register = pd.DataFrame({"dossier": range(200), "unit": "a", "wave": ["t0"] * 100 + ["t1"] * 100})
    register["procedure"] = [1] * 70 + [2] * 30 + [1] * 30 + [2] * 70
    rows = register.assign(respondent=register["dossier"], y=register["procedure"].map({1: 4.0, 2: 2.0}))
    reference = pooled_reference(Frame(rows=register), cells=("procedure",))
    values = standardise(plain(200), rows, reference=reference, cells=("procedure",)).weights.values
    means = [np.average(rows["y"][part], weights=values[part]) for part in (slice(0, 100), slice(100, 200))]
    assert rows["y"][:100].mean() - rows["y"][100:].mean() == pytest.approx(0.8)
    assert means == pytest.approx([3.0, 3.0])


def test_categories_are_joined_alike_in_all_waves_of_a_unit():
    """Procedure 3 is rare in t1 only: it is joined in t0 too, else the two waves had different references."""
    counts = {"t0": (40, 30, 30), "t1": (50, 48, 2)}
    parts = [pd.DataFrame({"wave": wave, "procedure": np.repeat([1, 2, 3], n)}) for wave, n in counts.items()]
    rows = pd.concat(parts, ignore_index=True).assign(unit="a", dossier=range(200))
    reference = pooled_reference(Frame(rows=rows), cells=("procedure",))
    made = standardise(plain(200), rows, reference=reference, cells=("procedure",))
    assert [f.code for f in made.findings] == ["WT03"] and "2 + 3" in made.findings[0].message.en
    first = shares(rows, made.weights.values, ["procedure"])
    assert first["a", "t0", 1] == pytest.approx(0.45) == first["a", "t1", 1]
    # within the joined category the wave's own proportions stay
    assert first["a", "t0", 3] / first["a", "t0", 2] == pytest.approx(1.0)


def test_what_a_unit_never_has_leaves_its_reference(world):
    rows = world.responses.rows.query("not (unit == 'a' and procedure == 3)").reset_index(drop=True)
    reference = pooled_reference(world.frame, cells=("procedure",))
    made = standardise(plain(len(rows)), rows, reference=reference, cells=("procedure",))
    assert [f.code for f in made.findings] == ["WT08"] and made.findings[0].where.startswith("a, t0")
    got = shares(rows, made.weights.values, ["procedure"])
    share = reference.set_index("procedure")["share"]
    assert got["a", "t0", 1] == pytest.approx(share["1"] / (share["1"] + share["2"]))
    assert got["b", "t0", 1] == pytest.approx(share["1"])


def test_conflicting_margins_are_relaxed_and_the_miss_is_reported():
    """Among the answers sex and age say the same; the reference wants them apart."""
    reference = pd.DataFrame(
        {"sex": ["1", "1", "2", "2"], "age": ["1", "2", "1", "2"], "share": [0.5, 0.35, 0.05, 0.1]}
    )
    rows = pd.DataFrame({"unit": "a", "wave": "t0", "sex": [1] * 30 + [2] * 30, "age": [1] * 30 + [2] * 30})
    made = standardise(
        plain(60), rows, reference=reference, cells=("sex", "age"), margins=(("sex",), ("age",)), min_ess=1
    )
    assert made.table["method"].tolist() == ["relaxed"]
    assert [f.code for f in made.findings] == ["WT09"]
    men = made.weights.values[:30].sum() / 60
    assert 0.55 < men < 0.85  # between what sex and what age ask for
    assert made.table["worst_miss"][0] == pytest.approx(max(abs(men - 0.85), abs(men - 0.55)))
    assert made.weights.values.sum() == pytest.approx(60)


def test_an_effective_size_below_30_is_refused():
    rows = pd.DataFrame({"unit": "a", "wave": "t0", "old": [1] * 5 + [0] * 95})
    reference = pd.DataFrame({"old": ["0", "1"], "share": [0.2, 0.8]})
    made = standardise(plain(100), rows, reference=reference, cells=("old",))
    assert made.table["ess"][0] < 30 and not made.table["estimable"][0]
    assert [f.code for f in made.findings] == ["WT07"]


def test_an_effective_size_of_just_the_least_is_enough():
    rows = pd.DataFrame({"unit": "a", "wave": "t0", "old": [1, 0] * 20})
    reference = pd.DataFrame({"old": ["0", "1"], "share": [0.5, 0.5]})
    options = {"reference": reference, "cells": ("old",)}
    made = standardise(plain(40), rows, **options, min_ess=40)
    assert made.table["ess"][0] == 40 and made.table["estimable"][0] and made.findings == ()
    assert not standardise(plain(40), rows, **options, min_ess=40.5).table["estimable"][0]


def test_order_of_rows_does_not_matter(world):
    rows = world.responses.rows
    reference = pooled_reference(world.frame, cells=CELLS)
    straight = standardise(plain(len(rows)), rows, reference=reference, cells=CELLS).weights
    order = np.random.default_rng(6).permutation(len(rows))
    turned = standardise(plain(len(rows)), rows.iloc[order], reference=reference, cells=CELLS).weights
    np.testing.assert_allclose(turned.values, straight.values[order], rtol=1e-8)
    assert turned.calibration.shape == straight.calibration.shape


def test_a_reference_of_each_type_of_unit(world):
    rows = world.responses.rows.assign(type=world.responses.rows["unit"].map({"a": "LG", "b": "OD"}))
    register = world.frame.rows.assign(type=world.frame.rows["unit"].map({"a": "LG", "b": "OD"}))
    reference = pooled_reference(Frame(rows=register), cells=("sex",), by=("type",))
    made = standardise(plain(len(rows)), rows, reference=reference, cells=("sex",), fixed=("type", "unit"))
    got = shares(rows, made.weights.values, ["sex"])
    for unit, kind in (("a", "LG"), ("b", "OD")):
        expected = reference[(reference["type"] == kind) & (reference["sex"] == "1")]["share"].item()
        assert got[unit, "t0", 1] == pytest.approx(expected)


@pytest.mark.parametrize(
    ("cells", "change", "words"),
    [
        (("procedur",), {}, "unknown column"),
        (("sex",), {"sex": 7}, "no answer falls into the reference mix"),
    ],
)
def test_bad_input_ends_in_one_sentence(world, cells, change, words):
    rows = world.responses.rows.assign(**change)
    reference = pooled_reference(world.frame, cells=("sex",))
    with pytest.raises(SurveyError, match=words):
        standardise(plain(len(rows)), rows, reference=reference, cells=cells)


def test_a_unit_that_is_not_in_the_reference_is_refused(world):
    reference = pooled_reference(world.frame, cells=("sex",), by=("unit",)).query("unit == 'a'")
    with pytest.raises(SurveyError, match="does not have this unit") as error:
        standardise(
            plain(len(world.responses.rows)), world.responses.rows, reference=reference, cells=("sex",)
        )
    assert "b" in error.value.where
