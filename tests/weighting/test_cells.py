import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.sample import Frame
from surveylib.weighting.cells import (
    blocks,
    codes,
    collapse,
    counts,
    joint,
    labels,
    level_order,
    with_register,
)


def test_codes_written_in_three_ways_are_one_category():
    values = [labels(pd.Series(column)).tolist() for column in ([1, 2], [1.0, 2.0], ["1", " 2 "])]
    assert values == [["1", "2"]] * 3


@pytest.mark.parametrize(
    "column", [[1.0, np.nan], ["a", None], ["a", ""], pd.array(["a", pd.NA], dtype="string")]
)
def test_blanks_are_no_category(column):
    assert labels(pd.Series(column)).tolist()[1] is None


def test_crossed_levels_are_ordered_by_number():
    assert level_order(["10 × 1", "2 × 10", "2 × 9", None]) == ("2 × 9", "2 × 10", "10 × 1")


def test_blocks_are_numbered_in_order_and_keep_their_keys():
    rows = pd.DataFrame({"unit": ["b", "a", "b"], "wave": ["t0", "t1", "t0"]})
    made = blocks(rows, within=("unit", "wave"))
    assert made.names == ("a, t1", "b, t0") and made.codes.tolist() == [1, 0, 1]
    assert made.keys.to_dict("list") == {"unit": ["a", "b"], "wave": ["t1", "t0"]}


def test_without_keys_all_rows_are_one_block():
    assert blocks(pd.DataFrame({"x": [1, 2]}), within=()).codes.tolist() == [0, 0]


def test_counts_leave_out_what_has_no_level():
    table = counts(np.array([0, 0, 1]), np.array([1, -1, 0]), shape=(2, 2), weights=np.array([2.0, 3.0, 5.0]))
    assert table.tolist() == [[0, 2], [5, 0]]


def test_every_joined_group_is_large_enough_or_there_is_one():
    random = np.random.default_rng(0)
    for _ in range(200):
        number = random.integers(0, 12, random.integers(1, 9))
        group = collapse(number, levels=[str(k) for k in range(len(number))], fewest=5)
        sizes = np.bincount(group, number)
        assert (sizes >= 5).all() or len(sizes) == 1
        assert (np.diff(group) >= 0).all()  # only neighbours were joined


def test_a_crossed_category_is_joined_within_its_first_variable_before_across():
    levels = ["1 × 1", "1 × 2", "2 × 1", "2 × 2"]
    assert collapse([50, 2, 6, 50], levels=levels, fewest=5).tolist() == [0, 0, 1, 2]
    assert collapse([50, 0, 0, 1], levels=levels, fewest=5).tolist() == [0, 0, 0, 0]


def test_large_categories_are_not_joined():
    assert collapse([5, 6, 7], levels=["1", "2", "3"], fewest=5).tolist() == [0, 1, 2]


def test_a_code_outside_the_levels_is_minus_one():
    assert codes(pd.Series(["2", "9", None], dtype=object), levels=["1", "2"]).tolist() == [1, -1, -1]


def test_the_register_decides_what_a_respondent_is():
    frame = Frame(rows=pd.DataFrame({"dossier": ["d1"], "unit": ["a"], "wave": ["t0"], "sex": [2]}))
    rows = pd.DataFrame(
        {"dossier": ["d1", "lost"], "unit": ["a", "a"], "wave": ["t0", "t0"], "sex": [1.0, 1.0]}
    )
    assert with_register(rows, frame=frame, columns=["sex"])["sex"].tolist() == ["2", "1"]


def test_an_unknown_column_is_named():
    with pytest.raises(SurveyError, match="unknown column") as error:
        joint(pd.DataFrame({"sex": [1]}), columns=("sexx",))
    assert "sex" in error.value.hint
