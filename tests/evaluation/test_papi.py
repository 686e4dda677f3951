import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.evaluation.papi import (
    against_provinces,
    find_province,
    papi_panel,
    synthetic_province,
    synthetic_tables,
)


def made_up(rise: float = 0.0) -> pd.DataFrame:
    """Twelve provinces over ten years, one dimension of two sub-indices; P01 rises from 2018 on."""
    rng = np.random.default_rng(4)
    rows = []
    for number in range(1, 13):
        for year in range(2011, 2021):
            value = 1.5 + 0.05 * number + 0.02 * (year - 2011) + rng.normal(0, 0.02)
            value += rise if number == 1 and year >= 2018 else 0
            rows.append((f"P{number:02d}", "X", year, value, 1.0))
    return pd.DataFrame(rows, columns=["Province", "province_name", "year", "SC51", "SC52"]).astype(str)


def test_a_real_jump_ranks_first_and_p_stops_at_its_floor():
    made = synthetic_province(papi_panel(made_up(rise=2.0)), province="P01", dimension="5", start=2018)
    assert made.p_value == made.p_floor == pytest.approx(1 / 12)
    assert made.years.loc[~made.years["before"], "gap"].min() > 1
    assert "P01" not in set(made.donors["province"])


def test_a_jump_elsewhere_does_not_reach_the_placebos_of_others():
    """A placebo has no use of the province of interest: its jump would spread to those it is a donor of."""
    with_jump = synthetic_province(papi_panel(made_up(2.0)), province="P01", dimension="5", start=2018)
    without = synthetic_province(papi_panel(made_up()), province="P01", dimension="5", start=2018)
    columns = ["placebo_low", "placebo_high"]
    pd.testing.assert_frame_equal(with_jump.years[columns], without.years[columns])


def test_dimensions_keep_to_the_sub_indices_they_began_with():
    rows = made_up().assign(SC53=lambda table: np.where(table["year"].astype(int) > 2014, "1.0", None))
    panel, before = papi_panel(rows), papi_panel(made_up())
    assert panel["value"].to_numpy() == pytest.approx(before["value"].to_numpy())


def test_too_few_years_are_refused():
    with pytest.raises(SurveyError, match="too few years"):
        synthetic_province(papi_panel(made_up()), province="P01", dimension="5", start=2012)


def test_a_province_is_found_by_its_code_and_by_its_name_without_diacritics():
    panel = papi_panel(made_up()).assign(
        name=lambda rows: rows["province"].replace("P02", "Bà Rịa - Vũng Tàu")
    )
    assert find_province(panel, "P02") == find_province(panel, "Ba Ria Vung Tau") == "P02"
    with pytest.raises(SurveyError, match="unknown province"):
        find_province(panel, "X")  # eleven of them are called so


def test_every_dimension_says_how_many_years_it_has_and_only_ten_are_enough():
    later = made_up().assign(SC81=lambda rows: np.where(rows["year"].astype(int) > 2017, "1.0", None))
    panel = papi_panel(later)
    fits, gaps, donors = synthetic_tables(panel, province="P03", start=2018)
    made = fits.set_index("dimension")
    assert made["years_before"].to_dict() == {"5": 7, "8": 0}
    assert not made["enough"].any() and np.isnan(made.at["8", "fit"])
    assert set(gaps["dimension"]) == set(donors["dimension"]) == {"5"}
    assert donors["weight"].sum() == pytest.approx(1)
    assert not synthetic_province(panel, province="P03", dimension="5", start=2020).enough  # nine years
    long = panel[panel["dimension"] == "5"].assign(year=lambda rows: 2 * rows["year"] - 2011)
    both = pd.concat([long, long.assign(year=long["year"] + 1)])
    assert synthetic_province(both, province="P03", dimension="5", start=2021).enough  # ten


def test_one_other_province_is_no_comparison():
    panel = papi_panel(made_up())
    two = panel[panel["province"].isin(["P01", "P02"])]
    with pytest.raises(SurveyError, match="too few provinces"):
        synthetic_province(two, province="P01", dimension="5", start=2018)
    fits, gaps, donors = synthetic_tables(two, province="P01", start=2018)
    assert fits["fit"].isna().all() and gaps.empty and donors.empty


def test_an_unknown_province_and_another_table_are_refused():
    with pytest.raises(SurveyError, match="unknown province"):
        against_provinces(papi_panel(made_up()), province="P99")
    with pytest.raises(SurveyError, match="no PAPI panel"):
        papi_panel(pd.DataFrame({"unit": ["a"], "mean": [3.6]}))


def test_the_real_panel_has_63_provinces_and_four_years_before_the_pilot(shared):
    """Dimension scores of PAPI run from 1 to 10 a dimension: the sub-indices of 2011 add up to such."""
    panel = papi_panel(pd.read_csv(shared / "data/papi_vietnam/papi_panel_2011_2024.csv", dtype=str))
    early = panel[(panel["year"] == 2011) & panel["dimension"].isin(list("123456"))]
    assert early.groupby("dimension")["province"].nunique().tolist() == [63] * 6
    assert early["value"].between(1, 10).all()
    made = synthetic_province(panel, province="P47", dimension="5", start=2015)
    assert made.years_before == 4
    assert made.fit < 1e-6  # sixty donors match four years exactly: why a close fit shows nothing
    assert made.p_value >= made.p_floor
