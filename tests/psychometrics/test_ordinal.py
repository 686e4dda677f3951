"""A unit's change read off the order of the answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.stats import mannwhitneyu

from surveylib.psychometrics.ordinal import ordinal_changes

CUTS = np.array([-1.5, -0.5, 0.5, 1.5])


def answers(n=400, seed=1, gain=0.5):
    random, parts = np.random.default_rng(seed), []
    for unit, rise in (("x", gain), ("y", 0.0)):
        for wave in ("t0", "t1"):
            y = random.standard_normal((n, 2)) + rise * (wave == "t1")
            codes = 1 + np.searchsorted(CUTS, y)
            part = pd.DataFrame({"q1": codes[:, 0], "q2": 6 - codes[:, 1], "unit": unit, "wave": wave})
            parts.append(part)
    return pd.concat(parts, ignore_index=True)


def changed(rows, questionnaire, **options):
    made = ordinal_changes(
        rows, questionnaire=questionnaire, items=("q1", "q2"), before=["t0"], after=["t1"], **options
    )
    return made.set_index(["unit", "outcome"])


def test_the_probit_change_is_the_shift_behind_the_answers(questionnaire):
    made = changed(answers(n=4000), questionnaire)
    gain, still = made.loc[("x", "probit")], made.loc[("y", "probit")]
    assert gain["change"] == pytest.approx(0.5, abs=4 * gain["std_error"])
    assert abs(still["change"]) < 4 * still["std_error"]
    assert set(made.index.get_level_values("outcome")) == {"probit", "superiority", "top_two"}


def test_superiority_and_top_two_are_plain_counts(questionnaire):
    rows = answers()
    made = changed(rows, questionnaire)
    own = rows[rows["unit"] == "x"].assign(q2=lambda table: 6 - table["q2"])
    before, after = own[own["wave"] == "t0"], own[own["wave"] == "t1"]
    chance = np.mean([mannwhitneyu(after[q], before[q]).statistic / 400**2 for q in ("q1", "q2")])
    assert made.loc[("x", "superiority"), "post"] == pytest.approx(chance, abs=1e-12)
    share = np.mean([(after[q] >= 4).mean() for q in ("q1", "q2")])
    assert made.loc[("x", "top_two"), "post"] == pytest.approx(share, abs=1e-12)


@pytest.mark.parametrize("name", ["probit", "superiority", "top_two"])
def test_the_error_is_that_of_repeated_samples(questionnaire, name):
    made = [changed(answers(n=150, seed=s), questionnaire).loc[("x", name)] for s in range(120)]
    spread = np.std([one["change"] for one in made], ddof=1)
    assert np.mean([one["std_error"] for one in made]) == pytest.approx(spread, rel=0.2)


def test_weights_and_gaps(questionnaire):
    rows = answers()
    alike = changed(rows, questionnaire, weights=np.full(len(rows), 3.0))
    assert alike.to_numpy(float) == pytest.approx(changed(rows, questionnaire).to_numpy(float), abs=1e-9)
    weights = np.random.default_rng(2).choice([0.3, 3.0], size=len(rows))
    uneven = changed(rows, questionnaire, weights=weights)
    assert (uneven["n_eff"] < uneven["n"]).all()
    assert (uneven["std_error"] > changed(rows, questionnaire)["std_error"]).all()
    rows.loc[rows["wave"] == "t1", "q1"] = np.nan
    assert changed(rows, questionnaire).loc[("x", "probit"), "change"] > 0.2


def test_items_that_moved_are_left_out_of_the_kept_ones(questionnaire):
    rows = answers(n=3000, gain=0.0)
    rows.loc[rows["wave"] == "t1", "q1"] = np.minimum(rows["q1"] + 1, 5)
    made = changed(rows, questionnaire, moved=["q1"])
    assert made.loc[("x", "probit"), "change"] > 0.3
    assert abs(made.loc[("x", "kept"), "change"]) < 0.1
    assert "kept" not in changed(rows, questionnaire, moved=["q1", "q2"]).index.get_level_values("outcome")


def test_a_unit_without_both_sides_has_no_change(questionnaire):
    rows = answers()
    rows = rows[(rows["unit"] == "x") | (rows["wave"] == "t0")].reset_index(drop=True)
    assert set(changed(rows, questionnaire).index.get_level_values("unit")) == {"x"}
