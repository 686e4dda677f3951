"""Who is in by what is known of them, and how far two distributions overlap."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import ndtri

from surveylib.numerics.likeness import chosen_scores, independent, overlap
from surveylib.rng import stream


def test_the_index_is_the_integral_of_the_densities():
    """∫ √(f g) of a normal and of the mixture it is half of, within what kernels widen them by."""
    points = (np.arange(4000) + 0.5) / 4000
    from_normal = ndtri(points)
    values = np.concatenate([from_normal, from_normal + 2.0])[None, :]
    chosen = np.concatenate([np.zeros(4000), np.ones(4000)]).astype(bool)[None, :]
    grid = np.linspace(-8, 10, 20001)
    one, other = (np.exp(-0.5 * (grid - m) ** 2) / np.sqrt(2 * np.pi) for m in (0.0, 2.0))
    want = np.trapezoid(np.sqrt(other * (one + other) / 2), grid)
    assert overlap(values, chosen)[0] == pytest.approx(want, abs=0.01)


def test_scores_are_finite_where_one_number_parts_the_chosen_from_the_rest():
    x = np.column_stack([np.arange(50.0), np.arange(50.0) ** 2])
    chosen = (np.arange(50) >= 45)[None, :]
    made = chosen_scores(x[:, independent(x)], chosen)[0]
    assert np.isfinite(made).all() and made[45:].min() > made[:45].max()


def test_scores_do_not_depend_on_units_of_measure_nor_on_a_column_said_twice():
    random = stream(1, "scores")
    x, chosen = random.normal(size=(40, 2)), np.zeros((3, 40), dtype=bool)
    for row in range(3):
        chosen[row, random.choice(40, 5, replace=False)] = True
    scaled = np.column_stack([x * [1000.0, 0.01] + 7.0, x[:, 0]])
    assert independent(scaled).tolist() == [0, 1]
    made = chosen_scores(scaled[:, independent(scaled)], chosen)
    assert made == pytest.approx(chosen_scores(x, chosen), rel=1e-6)


def test_draws_are_each_computed_as_if_alone():
    random = stream(2, "draws")
    values = random.normal(size=(70, 30))  # more than a block of draws
    chosen = np.argsort(random.random((70, 30)), axis=1) < 5
    together = overlap(values, chosen)
    alone = [overlap(values[r : r + 1], chosen[r : r + 1])[0] for r in (0, 63, 64, 69)]
    assert together[[0, 63, 64, 69]] == pytest.approx(alone, rel=1e-12)
    assert (together > 0).all() and (together <= 1 + 1e-9).all()


def test_units_alike_in_all_that_is_known_are_alike():
    chosen = (np.arange(20) < 4)[None, :]
    assert overlap(np.zeros((1, 20)), chosen)[0] == pytest.approx(1.0)
