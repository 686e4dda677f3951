"""Hadamard matrices: balanced signs for balanced half-samples and successive differences."""

from __future__ import annotations

import numpy as np

from surveylib.errors import SurveyError


def hadamard(least: int) -> np.ndarray:
    """The smallest Hadamard matrix (signs, order R ≥ `least`) that doubling and Paley's two constructions
    give.

    The first row and column are ones, so that every other row and column sums to 0.

    References
    ----------
    Paley (1933), doi:10.1002/sapm1933121311.

    Examples
    --------
    >>> signs = hadamard(9)
    >>> signs.shape
    (12, 12)
    >>> bool((signs @ signs.T == 12 * np.eye(12)).all()), signs[:, 1:].sum(axis=0).tolist() == [0] * 11
    (True, True)
    """
    if least < 1:
        raise SurveyError("order of a Hadamard matrix must be at least 1", got=str(least))
    order = least if least <= 2 else least + (-least) % 4
    while _recipe(order) is None:
        order += 4
    signs = _made(order)
    signs = signs * signs[:, :1]
    return signs * signs[:1]


def _recipe(order: int) -> str | None:
    if order == 1:
        return "one"
    if order % 2 == 0 and _recipe(order // 2):
        return "double"
    if order % 4 == 0 and _prime(order - 1):
        return "first"
    if order % 4 == 0 and order // 2 % 4 == 2 and _prime(order // 2 - 1):
        return "second"
    return None


def _made(order: int) -> np.ndarray:
    match _recipe(order):
        case "one":
            return np.ones((1, 1))
        case "double":
            return np.kron([[1.0, 1.0], [1.0, -1.0]], _made(order // 2))
        case "first":
            q = order - 1
            skew = np.block([[np.zeros((1, 1)), np.ones((1, q))], [-np.ones((q, 1)), _residues(q)]])
            return np.eye(order) + skew
        case _:
            q = order // 2 - 1
            even = np.block([[np.zeros((1, 1)), np.ones((1, q))], [np.ones((q, 1)), _residues(q)]])
            return np.kron(even, [[1.0, 1.0], [1.0, -1.0]]) + np.kron(
                np.eye(q + 1), [[1.0, -1.0], [-1.0, -1.0]]
            )


def _residues(q: int) -> np.ndarray:
    """Jacobsthal matrix: whether i − j is a square modulo the prime q (1), none (−1), or 0."""
    character = -np.ones(q)
    character[np.arange(1, q) ** 2 % q] = 1.0
    character[0] = 0.0
    return character[(np.arange(q)[:, None] - np.arange(q)) % q]


def _prime(number: int) -> bool:
    return number > 1 and all(number % divisor for divisor in range(2, int(number**0.5) + 1))
