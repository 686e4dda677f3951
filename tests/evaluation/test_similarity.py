"""How like the province the pilots are: the list, the differences, the index; for whom nothing is said."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation import evaluate
from surveylib.evaluation.province import KEYS, KNOWN, province_template, read_province
from surveylib.evaluation.say_similarity import BANDS, band, no_prediction, unlike
from surveylib.evaluation.similarity import similarity
from surveylib.model.plan import Arms
from surveylib.rng import stream
from tests.evaluation.conftest import make_cells, make_study

HIGH = (0.52, 0.47, 0.55, 0.44, 0.58)


def listed(*, pilots: float = 0.0, others: int = 85, departments: int = 0) -> pd.DataFrame:
    """The study's fifteen units and as many others, all local governments; pilots `pilots` sd larger."""
    study, random = make_study(), stream(3, "province")
    names = [unit.id for unit in study.units] + [f"x{i:03d}" for i in range(others)]
    size = random.normal(100, 10, len(names)) + 10 * pilots * np.array(
        [name.startswith("p") for name in names]
    )
    table = pd.DataFrame({"Đơn vị": names, "Loại": "LG", "Dân số": [f"{one:.2f}" for one in size]})
    table["Khu vực"] = np.where(random.random(len(names)) < 0.4, "Đô thị", "nông thôn")
    rest = pd.DataFrame({"Đơn vị": [f"y{i}" for i in range(departments)], "Loại": "PD", "Dân số": "500"})
    return pd.concat([table, rest.assign(**{"Khu vực": "đô thị"})], ignore_index=True)


def codes(table: pd.DataFrame) -> list[str]:
    return [one.code for one in read_province(table, study=make_study()).findings]


def test_differences_are_from_the_province_by_its_own_spread():
    table = listed(pilots=1.0)
    made = similarity(read_province(table, study=make_study()), seed=1, draws=200).covariates
    size = table["Dân số"].astype(float)
    for arm, letter in (("pilot", "p"), ("comparison", "c")):
        own = size[table["Đơn vị"].str.startswith(letter)].mean()
        assert made.loc[0, arm] == pytest.approx(own)
        assert made.loc[0, f"smd_{arm}"] == pytest.approx((own - size.mean()) / size.std(ddof=0))
    assert made["label_en"].tolist() == ["Population served", "Urban or rural: Urban"]
    assert made.loc[1, "province"] == pytest.approx((table["Khu vực"] == "Đô thị").mean())


def test_the_ends_of_lots_are_those_of_drawing_five_units():
    made = similarity(read_province(listed(), study=make_study()), seed=1, draws=1000).covariates.iloc[0]
    # The mean of 5 of 100, standardised: sd √((1 − 5/100)/5 · 100/99).
    assert made["chance_high"] == pytest.approx(1.96 * np.sqrt(0.95 / 5 * 100 / 99), rel=0.08)
    assert made["chance_low"] == pytest.approx(-made["chance_high"], rel=0.15)


def test_pilots_drawn_by_lot_are_rarely_called_unlike_and_far_ones_are():
    far = similarity(read_province(listed(pilots=3.0), study=make_study()), seed=1, draws=300).index
    assert unlike(far) and far["b"][0] < far["chance_low"][0]
    said = []
    for number in range(12):
        table = listed()
        lot = stream(number, "lot").permutation(len(table))
        table["Dân số"] = table["Dân số"].to_numpy()[lot]
        table["Khu vực"] = table["Khu vực"].to_numpy()[lot]
        said.append(unlike(similarity(read_province(table, study=make_study()), seed=1, draws=100).index))
    assert sum(said) <= 3


def test_the_same_seed_gives_the_same_tables():
    province = read_province(listed(), study=make_study())
    first, again = (similarity(province, seed=5, draws=50) for _ in range(2))
    assert first.index.equals(again.index) and first.covariates.equals(again.covariates)
    shuffled = read_province(listed().sample(frac=1, random_state=1), study=make_study())
    pd.testing.assert_frame_equal(similarity(shuffled, seed=5, draws=50).index, first.index)


def test_types_say_how_many_units_a_pilot_stands_for_and_which_have_none():
    made = similarity(read_province(listed(departments=7), study=make_study()), seed=1, draws=50)
    types = made.types.set_index("type")
    assert types.loc["LG", "per_pilot"] == 20 and np.isnan(types.loc["PD", "per_pilot"])
    assert made.population == 100 and made.unpiloted == {"PD": 7}
    assert set(made.index["population"]) == {100}  # departments are in no difference and no index


def test_a_covariate_not_known_of_all_has_its_difference_but_no_part_in_the_index():
    table = listed()
    table.loc[20:57, "Dân số"] = ""
    made = similarity(read_province(table, study=make_study()), seed=1, draws=50)
    known = made.covariates.set_index("covariate")
    assert known.loc["population", "n"] == 62 and not known.loc["population", "indexed"]
    assert np.isfinite(known.loc["population", "smd_comparison"]) and known.loc["area:urban", "indexed"]
    assert len(made.index) == 2


def test_no_prediction_for_a_type_without_pilots(plan):
    similar = similarity(read_province(listed(departments=7), study=make_study()), seed=1, draws=50)
    plain = evaluate(make_cells(HIGH), plan=plan, study=make_study())
    told = evaluate(make_cells(HIGH), plan=plan, study=make_study(), similar=similar)
    said = [sentence.en for sentence in told.sentences]
    assert any("Nothing is predicted for departments of the province (7 units)" in one for one in said)
    assert said[-1].startswith("Of the next 10 units, of a type that was piloted,")
    assert plain.sentences[-1].en.startswith("Of the next 10 units about")
    assert told.sentences[-1].vi.startswith("Trong 10 đơn vị tiếp theo, thuộc loại đã có thí điểm, khoảng")


def test_the_bound_for_purposive_choice_counts_the_provinces_units(plan):
    similar = similarity(read_province(listed(), study=make_study()), seed=1, draws=50)
    made, known = (
        evaluate(make_cells(HIGH), plan=plan, study=make_study(), **options).posterior
        for options in ({"similar": similar}, {"population": 100})
    )
    pd.testing.assert_frame_equal(made, known)
    lot = dataclasses.replace(plan, arms=Arms(assignment="random"))
    drawn = evaluate(make_cells(HIGH), plan=lot, study=make_study(), similar=similar).posterior
    assert not drawn["prior"].str.startswith("ρ").any()


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda t: t.drop(columns="Loại"), "P01"),
        (lambda t: pd.concat([t, t.tail(1)]), "P02"),
        (lambda t: t[t["Đơn vị"] != "p00"], "P03"),
        (lambda t: t.assign(Loại=t["Loại"].where(t["Đơn vị"] != "c01", "OD")), "P04"),
        (lambda t: t.assign(Loại=t["Loại"].where(t["Đơn vị"] != "x001", "")), "P04"),
        (lambda t: t.assign(**{"Dân số": t["Dân số"].where(t["Đơn vị"] != "x001", "nhiều")}), "P05"),
        (lambda t: t[["Đơn vị", "Loại"]], "P06"),
        (lambda t: t.assign(note=[f"ghi chú {i}" for i in range(len(t))]), "P07"),
    ],
)
def test_mistakes_in_the_list_are_found(edit, code):
    table = edit(listed())
    province = read_province(table, study=make_study())
    assert code in [one.code for one in province.findings]
    assert (similarity(province, seed=1, draws=20) is None) == (code in {"P01", "P02", "P03", "P04", "P05"})


def test_the_template_is_read_back_with_its_headers_known():
    template = province_template(make_study())
    assert list(template.columns) == [*KEYS.values(), *(text.vi for text in KNOWN.values())]
    filled = template.assign(**{"Dân số phục vụ": [f"{n}.500" for n in range(1, 16)]})
    made = read_province(filled, study=make_study())
    assert [one.column for one in made.covariates] == ["population"]
    assert made.rows["c0"].tolist() == [1000 * n + 500 for n in range(1, 16)]
    assert codes(filled) == []


def test_bands_are_tiptons():
    assert [band(b).en.split(":")[0] for b in (0.95, 0.9, 0.85, 0.5, 0.49)] == [
        *("very high", "very high", "high", "medium", "low")
    ]
    assert [least for least, _, _ in BANDS] == [0.9, 0.8, 0.5, 0.0]
    assert no_prediction({}) is None
