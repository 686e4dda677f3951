import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.weighting import kitagawa, kitagawa_table


def test_by_hand():
    """Means 10, 20 → 12, 20 and shares ½, ½ → .4, .6: rate .45·2 = .9, mix 11·(−.1) + 20·.1 = .9."""
    parts = kitagawa(np.array([10.0, 20]), np.array([0.5, 0.5]), np.array([12.0, 20]), np.array([0.4, 0.6]))
    assert parts == pytest.approx((0.9, 0.9))


def test_parts_add_to_the_whole_and_turn_round_with_time():
    random = np.random.default_rng(1)
    for _ in range(50):
        m0, m1 = random.normal(3, 1, (2, 6))
        p0, p1 = random.dirichlet(np.ones(6), 2)
        parts, back = kitagawa(m0, p0, m1, p1), kitagawa(m1, p1, m0, p0)
        assert sum(parts) == pytest.approx(m1 @ p1 - m0 @ p0)
        assert back == pytest.approx([-part for part in parts])


def test_a_cell_that_comes_or_goes_counts_as_mix():
    parts = kitagawa(
        np.array([3.0, np.nan]), np.array([1.0, 0.0]), np.array([3.0, 5.0]), np.array([0.5, 0.5])
    )
    assert parts == pytest.approx((0.0, 1.0))


@pytest.mark.parametrize(
    ("shares", "means", "words"),
    [
        (([0.5, 0.4], [0.5, 0.5]), ([1.0, 1], [1.0, 1]), "add to 1"),
        (([0.5, 0.5], [0.5, 0.5]), ([1.0, np.nan], [1.0, 1]), "no mean"),
        (([1.0], [0.5, 0.5]), ([1.0], [1.0, 1]), "length"),
    ],
)
def test_bad_input_ends_in_one_sentence(shares, means, words):
    with pytest.raises(SurveyError, match=words):
        kitagawa(np.array(means[0]), np.array(shares[0]), np.array(means[1]), np.array(shares[1]))


def rows() -> pd.DataFrame:
    """Unit a: the mix moves, answers do not. Unit b: answers rise by 1, the mix stays. Unit c: one wave."""
    a = pd.DataFrame({"unit": "a", "wave": ["t0"] * 4 + ["t1"] * 4, "kind": [1, 1, 1, 2, 1, 2, 2, 2]})
    a["y"] = a["kind"].map({1: 4.0, 2: 2.0})
    b = pd.DataFrame(
        {"unit": "b", "wave": ["t0"] * 2 + ["t1"] * 2, "kind": [1, 2, 1, 2], "y": [3.0, 2, 4, 3]}
    )
    c = pd.DataFrame({"unit": "c", "wave": ["t0"], "kind": [1], "y": [3.0]})
    return pd.concat([a, b, c], ignore_index=True)


def test_table_by_unit():
    table = rows()
    made = kitagawa_table(
        table, np.ones(len(table)), outcome=table["y"].to_numpy(), cells=("kind",), pre="t0", post="t1"
    )
    made = made.set_index("unit")
    assert made.loc["a", ["change", "rate_change", "mix_change"]].tolist() == pytest.approx([-1, 0, -1])
    assert made.loc["b", ["change", "rate_change", "mix_change"]].tolist() == pytest.approx([1, 1, 0])
    assert made.loc["c"].drop(["cells"]).isna().all()


@pytest.mark.parametrize("weight", [1.0, 0.25])
def test_the_share_in_cells_of_one_wave_knows_no_scale(weight):
    """Kind 3 is a third of the visitors before, kind 2 half of those after; each is there in one wave."""
    table = pd.DataFrame({"unit": "a", "wave": ["t0"] * 3 + ["t1"] * 2, "kind": [1, 1, 3, 1, 2], "y": 1.0})
    made = kitagawa_table(
        table, np.full(5, weight), outcome=table["y"].to_numpy(), cells=("kind",), pre="t0", post="t1"
    )
    assert made["one_wave_share"].tolist() == pytest.approx([(1 / 3 + 1 / 2) / 2])


def test_rows_without_a_score_or_a_cell_are_left_out():
    table = rows()
    extra = pd.DataFrame({"unit": "b", "wave": ["t1", "t1"], "kind": [np.nan, 1], "y": [99.0, np.nan]})
    longer = pd.concat([table, extra], ignore_index=True)
    made = [
        kitagawa_table(t, np.ones(len(t)), outcome=t["y"].to_numpy(), cells=("kind",), pre="t0", post="t1")
        for t in (table, longer)
    ]
    pd.testing.assert_frame_equal(made[0], made[1])


def test_an_unknown_wave_is_named():
    table = rows()
    with pytest.raises(SurveyError, match="unknown wave"):
        kitagawa_table(
            table, np.ones(len(table)), outcome=table["y"].to_numpy(), cells=("kind",), pre="t0", post="t9"
        )
