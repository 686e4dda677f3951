import numpy as np
import pytest
from scipy.optimize import minimize

from surveylib.numerics.synthetic import convex_weights, rmspe


def quadratic(own, donors):
    """The same problem by a general solver."""
    count = donors.shape[1]
    return minimize(
        lambda w: ((own - donors @ w) ** 2).sum(),
        np.full(count, 1 / count),
        jac=lambda w: -2 * donors.T @ (own - donors @ w),
        bounds=[(0, 1)] * count,
        constraints={"type": "eq", "fun": lambda w: w.sum() - 1, "jac": lambda w: np.ones(count)},
        method="SLSQP",
        options={"ftol": 1e-15, "maxiter": 500},
    ).x


@pytest.mark.parametrize("seed", range(5))
def test_weights_solve_the_quadratic_programme(seed):
    rng = np.random.default_rng(seed)
    donors = rng.normal(6, 0.5, (12, 5))
    own = rng.normal(6, 0.5, 12)
    made = convex_weights(own, donors)
    assert made.min() >= 0
    assert made.sum() == pytest.approx(1)
    assert made == pytest.approx(quadratic(own, donors), abs=1e-5)
    assert rmspe(own, donors @ made) <= rmspe(own, donors @ quadratic(own, donors)) + 1e-9


def test_a_mix_is_found_again():
    rng = np.random.default_rng(9)
    donors = rng.normal(6, 1, (20, 4))
    assert convex_weights(donors @ [0.5, 0.3, 0.2, 0.0], donors) == pytest.approx(
        [0.5, 0.3, 0.2, 0], abs=1e-6
    )


def test_what_lies_outside_all_donors_is_not_extrapolated():
    assert convex_weights(np.array([9.0, 9.0]), np.array([[1.0, 2.0], [1.0, 2.0]])) == pytest.approx([0, 1])


def test_without_donors_there_is_no_mix():
    with pytest.raises(ValueError, match="donors"):
        convex_weights(np.array([1.0]), np.empty((1, 0)))
