"""Joint draws against the exact mixture, and what must hold whatever the numbers."""

import numpy as np
import pytest

from surveylib.numerics.hierarchical import above, moments, of_unit, posterior
from surveylib.numerics.ranking import draw_effects, joint_order, ranks, superiority

CHANGES = np.array([0.42, 0.31, 0.55, 0.24, 0.38, 0.02, -0.07, 0.11, -0.03, 0.05, -0.1, 0.08])
TREATED = np.arange(12) < 5
VARIANCES = np.full(12, 0.008)
DRAWS = 40_000


def _given():
    return {"changes": CHANGES[TREATED], "variances": VARIANCES[TREATED], "shocks": np.full(5, 2.0)}


@pytest.fixture(scope="module")
def post():
    return posterior(
        CHANGES, VARIANCES, TREATED, shocks=np.full(12, 2.0), theta_sd=0.5, tau_hn=0.2, sigma_hn=0.15
    )


@pytest.fixture(scope="module")
def draws(post):
    return draw_effects(post, **_given(), draws=DRAWS, rng=np.random.default_rng(1))


def test_draws_have_the_moments_and_tails_of_the_exact_mixture(post, draws):
    for place in range(5):
        exact = of_unit(post, change=CHANGES[place], variance=VARIANCES[place], shock=2.0)
        mean, sd = moments(exact)
        assert draws[:, place].mean() == pytest.approx(mean, abs=5 * sd / DRAWS**0.5)
        assert draws[:, place].std() == pytest.approx(sd, rel=0.03)
        assert (draws[:, place] > 0.2).mean() == pytest.approx(above(exact, 0.2), abs=0.013)


def test_pairs_counted_in_draws_agree_with_the_exact_chance(post, draws):
    exact = superiority(post, **_given())
    assert np.isnan(np.diag(exact)).all()
    for j in range(5):
        for k in range(5):
            if j != k:
                assert (draws[:, j] > draws[:, k]).mean() == pytest.approx(exact[j, k], abs=0.013)
                assert exact[j, k] + exact[k, j] == pytest.approx(1.0)


def test_units_that_differ_by_noise_alone_are_not_told_apart(post):
    """With no spread between units (τ = 0) every pair is even, however far the surveys lie apart."""
    alike = posterior(
        CHANGES, VARIANCES, TREATED, shocks=np.full(12, 2.0), theta_sd=0.5, tau_hn=0.0, sigma_hn=0.15
    )
    exact = superiority(alike, **_given())
    assert exact[~np.eye(5, dtype=bool)] == pytest.approx(0.5)


def test_every_draw_ranks_all_units_once(draws):
    placed = ranks(draws)
    assert (np.sort(placed, axis=1) == np.arange(1, 6)).all()
    assert (placed.argmin(axis=1) == draws.argmax(axis=1)).all()


def test_statements_hold_all_together():
    rng = np.random.default_rng(2)
    draws = rng.standard_normal((20_000, 4)) + np.array([6.0, 1.0, 0.0, 0.0])
    pairs, together = joint_order(draws, level=0.9)
    assert set(pairs) == {(0, 1), (0, 2), (0, 3)}
    assert together == pytest.approx(np.mean(draws[:, 0] > draws[:, 1:].max(axis=1)))
    assert joint_order(rng.standard_normal((20_000, 4)), level=0.9) == ([], 1.0)
