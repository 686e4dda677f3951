import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.model.sample import Frame
from surveylib.numerics.raking import post_stratify
from surveylib.weighting import rake_to_register

MARGINS = ["procedure", "sex", "age_band"]


@pytest.fixture
def start(world) -> np.ndarray:
    return np.random.default_rng(1).uniform(1, 3, len(world.responses.rows))


def register_counts(world, column):
    return world.frame.rows.groupby(["unit", "wave", column]).size().sort_index()


def test_every_margin_of_every_unit_and_wave_is_hit(world, start):
    rows = world.responses.rows
    made = rake_to_register(start, rows, frame=world.frame, margins=MARGINS)
    assert made.findings == ()
    for column in MARGINS:
        got = (
            pd.Series(made.step.values).groupby([rows["unit"], rows["wave"], rows[column]]).sum().sort_index()
        )
        np.testing.assert_allclose(got, register_counts(world, column), rtol=1e-8)


def test_the_step_says_what_it_did_to_the_margins(world, start):
    rows = world.responses.rows
    told = dict(rake_to_register(start, rows, frame=world.frame, margins=MARGINS).step.diagnostics)
    assert told["margins_hit"] == told["margins"] == 3
    assert told["asmd_before"] > 0.1 and told["asmd_after"] < 1e-7


def test_raking_again_changes_nothing(world, start):
    rows = world.responses.rows
    once = rake_to_register(start, rows, frame=world.frame, margins=MARGINS).step.values
    again = rake_to_register(once, rows, frame=world.frame, margins=MARGINS).step.values
    np.testing.assert_allclose(again, once, rtol=1e-9)


def test_one_margin_is_post_stratification(world, start):
    rows = world.responses.rows
    made = rake_to_register(start, rows, frame=world.frame, margins=["age_band"]).step.values
    cell = pd.MultiIndex.from_frame(rows[["unit", "wave", "age_band"]])
    targets = register_counts(world, "age_band")
    expected = post_stratify(start, targets.index.get_indexer(cell), targets.to_numpy(float))
    np.testing.assert_allclose(made, expected, rtol=1e-9)


def test_order_and_scale_do_not_matter(world, start):
    rows = world.responses.rows
    plain = rake_to_register(start, rows, frame=world.frame, margins=MARGINS)
    order = np.random.default_rng(9).permutation(len(rows))
    turned = rake_to_register(5 * start[order], rows.iloc[order], frame=world.frame, margins=MARGINS)
    np.testing.assert_allclose(turned.step.values, plain.step.values[order], rtol=1e-8)


def test_the_indicators_carry_the_targets_and_are_independent(world, start):
    rows = world.responses.rows
    made = rake_to_register(start, rows, frame=world.frame, margins=MARGINS)
    x = made.indicators
    assert x.shape == (len(rows), 4 * (3 + 1 + 2)) and np.linalg.matrix_rank(x) == x.shape[1]
    old = ((rows["unit"] == "a") & (rows["wave"] == "t1") & (rows["age_band"] == 3)).to_numpy(float)
    rest = old - x @ np.linalg.lstsq(x, old, rcond=None)[0]
    assert np.abs(rest).max() < 1e-9  # a category left out as a column is still in the span


def test_the_register_classifies_the_respondent(world, start):
    rows = world.responses.rows.assign(age_band=9.0)  # wrong on every form; the dossier tells
    plain = rake_to_register(start, world.responses.rows, frame=world.frame, margins=MARGINS)
    made = rake_to_register(start, rows, frame=world.frame, margins=MARGINS)
    np.testing.assert_allclose(made.step.values, plain.step.values)


def small() -> tuple[pd.DataFrame, Frame]:
    register = pd.DataFrame(
        {
            "dossier": [f"r{i}" for i in range(40)],
            "unit": "a",
            "wave": "t0",
            "kind": [1] * 20 + [2] * 12 + [3] * 8,
            "old": [0] * 20 + [1] * 20,
        }
    )
    rows = pd.DataFrame({"unit": "a", "wave": "t0", "kind": [1] * 6 + [2] * 7, "old": [0, 1] * 6 + [0]})
    return rows, Frame(rows=register)


def test_an_empty_category_is_joined_to_its_neighbour_and_reported():
    rows, frame = small()
    made = rake_to_register(np.ones(13), rows, frame=frame, margins=["kind"])
    sums = pd.Series(made.step.values).groupby(rows["kind"]).sum()
    assert sums.tolist() == pytest.approx([20, 20])
    assert [(f.code, f.where) for f in made.findings] == [("WT03", "a, t0")]
    assert "kind" in made.findings[0].message.en and "2 + 3" in made.findings[0].message.vi


def test_a_respondent_without_a_value_keeps_a_share_and_is_reported():
    rows, frame = small()
    rows = rows.astype({"old": float})
    rows.loc[0, "old"] = np.nan
    made = rake_to_register(np.ones(13), rows, frame=frame, margins=["old"])
    assert made.step.values[0] == pytest.approx(40 / 13)
    assert made.step.values.sum() == pytest.approx(40)
    known = pd.Series(made.step.values[1:]).groupby(rows["old"][1:].to_numpy()).sum()
    assert known.tolist() == pytest.approx([40 * 12 / 13 / 2] * 2)
    assert [f.code for f in made.findings] == ["WT04"]


def test_blanks_in_the_register_are_shared_out_as_the_rest():
    rows, frame = small()
    known = frame.rows.assign(old=frame.rows["old"].astype(float).where(frame.rows.index >= 10))
    made = rake_to_register(np.ones(13), rows, frame=Frame(rows=known), margins=["old", "kind"])
    sums = pd.Series(made.step.values).groupby(rows["old"]).sum()
    assert sums.tolist() == pytest.approx([40 / 3, 80 / 3])  # 10 and 20 of the 30 known


def test_a_margin_blank_in_a_whole_register_is_refused():
    rows, frame = small()
    blank = pd.concat([frame.rows, frame.rows.assign(unit="b", old=np.nan)])
    with pytest.raises(SurveyError, match="blank in the whole register") as error:
        rake_to_register(
            np.ones(26), pd.concat([rows, rows.assign(unit="b")]), frame=Frame(rows=blank), margins=["old"]
        )
    assert "b, t0, column old" in error.value.where


def test_where_margins_fight_the_last_is_given_up_there_and_only_there():
    """In unit a the old are exactly kind 2: the register's margins cannot both hold. Unit b can."""
    register = pd.DataFrame({"dossier": range(100), "wave": "t0", "unit": ["a"] * 50 + ["b"] * 50})
    register["kind"], register["old"] = [1, 1, 2, 2, 2] * 20, [0, 0, 0, 0, 1] * 20
    answers = pd.DataFrame({"unit": ["a"] * 20 + ["b"] * 20, "wave": "t0"})
    answers["kind"] = [1] * 10 + [2] * 10 + [1, 2] * 10
    answers["old"] = [0] * 10 + [1] * 10 + [0, 0, 1, 1] * 5
    made = rake_to_register(np.ones(40), answers, frame=Frame(rows=register), margins=["kind", "old"])
    assert [(f.code, f.where) for f in made.findings] == [("WT05", "a, t0")]
    sums = pd.Series(made.step.values).groupby([answers["unit"], answers["kind"]]).sum()
    assert sums.tolist() == pytest.approx([20, 30, 20, 30])
    old_b = made.step.values[20:][answers["old"][20:] == 1].sum()
    assert old_b == pytest.approx(10)


def test_answers_without_a_register_are_refused(world, start):
    with pytest.raises(SurveyError, match="register does not have") as error:
        rake_to_register(start, world.responses.rows.assign(wave="t9"), frame=world.frame, margins=["sex"])
    assert "a, t9" in error.value.where


def test_an_unknown_margin_is_named(world, start):
    with pytest.raises(SurveyError, match="unknown column") as error:
        rake_to_register(start, world.responses.rows, frame=world.frame, margins=["procedur"])
    assert "procedure" in error.value.hint


def test_no_margin_is_refused(world, start):
    with pytest.raises(SurveyError, match="no margin"):
        rake_to_register(start, world.responses.rows, frame=world.frame, margins=[])
