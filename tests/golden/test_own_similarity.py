"""Logits, index B and the slope on a dose against R (glm, integrate, clubSandwich), on rows made up there."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from surveylib.numerics.likeness import chosen_scores, overlap
from surveylib.numerics.slope import robust_slope


@pytest.fixture(scope="module")
def answer() -> dict:
    file = Path(__file__).parent / "similarity" / "similarity.json"
    return json.loads(file.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def chosen(answer) -> np.ndarray:
    return np.isin(np.arange(len(answer["x"])), answer["chosen"])[None, :]


def test_logits_of_being_chosen(answer, chosen):
    made = chosen_scores(np.array(answer["x"]), chosen)
    assert made[0] == pytest.approx(answer["logit"], rel=1e-8)


def test_the_index(answer, chosen):
    assert overlap(np.array(answer["logit"])[None, :], chosen)[0] == pytest.approx(answer["b"], abs=1e-8)


def test_the_slope_on_a_dose(answer):
    made, want = robust_slope(np.array(answer["change"]), np.array(answer["dose"])), answer["slope"]
    assert (made.estimate, made.std_error, made.df) == pytest.approx(
        (want["estimate"], want["std_error"], want["df"]), rel=1e-8
    )
