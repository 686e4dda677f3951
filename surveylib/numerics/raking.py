"""Raking and post-stratification: weights whose sums over categories equal known counts."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveylib.errors import SurveyError
from surveylib.numerics.calibration import Calibrated, miss_scale


def rake(
    weights: np.ndarray,
    categories: Sequence[np.ndarray],
    targets: Sequence[np.ndarray],
    *,
    names: Sequence[str] = (),
    labels: Sequence[Sequence[str]] = (),
    tolerance: float = 1e-10,
    most: int = 500,
) -> Calibrated:
    """Rake: multiply the weights by one factor a category, margin after margin, until every margin is hit.

    The factors of a row depend on its cell (its category in every margin) only, so the rows are read once,
    summed to cells, and the rounds run over the cells (Deming & Stephan 1940; Deville, Särndal & Sautory
    1993).

    Parameters
    ----------
    weights : float array (n,)
    categories : sequence of int arrays (n,)
        One a margin: codes 0 … k−1.
    targets : sequence of float arrays (k,)
        One a margin: the population count of each category; all margins have one total.
    names, labels : sequences of str, optional
        Of margins, and of the categories of each, for messages.
    tolerance : float
        Greatest relative miss of a category when its margin's turn comes.
    most : int
        Greatest number of rounds. A raking that has not converged by then says in `misses` which margins
        fight.

    Raises
    ------
    SurveyError
        A category with a count above zero and no respondents; margins with different totals; codes without
        a target.

    Examples
    --------
    >>> sex, age = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    >>> rake(np.ones(4), [sex, age], [np.array([40.0, 60.0]), np.array([50.0, 50.0])]).weights
    array([20., 20., 30., 30.])
    """
    weights = np.asarray(weights, dtype=float)
    categories = [np.asarray(codes) for codes in categories]
    targets = [np.asarray(target, dtype=float) for target in targets]
    names = list(names) or [f"margin {i + 1}" for i in range(len(targets))]
    _check_margins(weights, categories, targets, names)
    cell, first = _cells(categories, [len(target) for target in targets])
    of_cell = [codes[first] for codes in categories]
    start = np.bincount(cell, weights, minlength=len(first))
    _check_respondents(start, of_cell, targets, names, labels)
    mass = start.copy()
    scales = [miss_scale(target) for target in targets]
    misses, rounds = [np.inf] * len(targets), 0
    while rounds < most and max(misses) > tolerance:
        rounds += 1
        for i, (code, target, scale) in enumerate(zip(of_cell, targets, scales, strict=True)):
            sums = np.bincount(code, mass, minlength=len(target))
            misses[i] = float((np.abs(sums - target) / scale).max(initial=0.0))
            mass *= np.divide(target, sums, out=np.ones_like(target), where=sums > 0)[code]
    factor = np.divide(mass, start, out=np.ones_like(mass), where=start > 0)
    return Calibrated(
        weights=weights * factor[cell],
        iterations=rounds,
        converged=max(misses) <= tolerance,
        misses=tuple(misses),
    )


def post_stratify(
    weights: np.ndarray, cells: np.ndarray, targets: np.ndarray, *, labels: Sequence[str] = ()
) -> np.ndarray:
    """Post-stratify: scale the weights within each cell to its population count (raking to one margin).

    >>> post_stratify(np.ones(3), np.array([0, 0, 1]), np.array([10.0, 7.0]))
    array([5., 5., 7.])
    """
    weights, targets = np.asarray(weights, dtype=float), np.asarray(targets, dtype=float)
    _check_margins(weights, [np.asarray(cells)], [targets], ["cell"])
    _check_respondents(weights, [cells], [targets], ["cell"], [labels] if labels else [])
    sums = np.bincount(cells, weights, minlength=len(targets))
    return weights * np.divide(targets, sums, out=np.ones_like(targets), where=sums > 0)[cells]


def _cells(categories: list[np.ndarray], sizes: list[int]) -> tuple[np.ndarray, np.ndarray]:
    """(cell of each row, a row of each cell), cells being the combinations of categories that occur."""
    if not categories:
        raise SurveyError("nothing to rake to", where="raking", expected="at least one margin")
    cell, top = categories[0].astype(np.int64), sizes[0]
    for codes, size in zip(categories[1:], sizes[1:], strict=True):
        cell, top = cell * size + codes, top * size
        if top > 8 * len(cell) + 4096:  # closed up as we go, so that the numbers stay small
            values, cell = np.unique(cell, return_inverse=True)
            top = len(values)
    occurs = np.bincount(cell, minlength=top) > 0
    cell = (np.cumsum(occurs) - 1)[cell]
    first = np.empty(int(occurs.sum()), dtype=np.int64)
    first[cell[::-1]] = np.arange(len(cell))[::-1]
    return cell, first


def _check_margins(weights, categories, targets, names) -> None:
    if len(categories) != len(targets) or len(names) != len(targets):
        raise SurveyError(
            "margins and targets differ in number",
            where="raking",
            got=f"{len(categories)} margins, {len(targets)} targets, {len(names)} names",
        )
    for name, codes, target in zip(names, categories, targets, strict=True):
        _check_margin(weights, codes, target, name)
    totals = [float(target.sum()) for target in targets]
    for name, total in zip(names[1:], totals[1:], strict=True):
        if abs(total - totals[0]) > 1e-9 * abs(totals[0]):
            raise SurveyError(
                "margins disagree about the population",
                where=f"raking, {names[0]} and {name}",
                expected="one total for all margins",
                got=f"{names[0]} {totals[0]:.10g}, {name} {total:.10g}",
                hint="take both from one register, or give shares of one total",
            )


def _check_margin(weights, codes, target, name) -> None:
    if codes.shape != weights.shape or codes.dtype.kind not in "iu":
        raise SurveyError(
            "categories do not fit the weights",
            where=f"raking, {name}",
            expected=f"{weights.size} whole numbers",
            got=f"{codes.size} of type {codes.dtype}",
        )
    if codes.size and (codes.min() < 0 or codes.max() >= len(target)):
        raise SurveyError(
            "a category has no target",
            where=f"raking, {name}",
            expected=f"codes 0 to {len(target) - 1}",
            got=f"{codes.min()} to {codes.max()}",
        )
    if not (np.isfinite(target).all() and (target >= 0).all()):
        raise SurveyError("a target is missing or negative", where=f"raking, {name}", got=str(target[:8]))


def _check_respondents(weights, categories, targets, names, labels) -> None:
    """Every category with a target has respondents (rows, or cells of them)."""
    for i, (codes, target) in enumerate(zip(categories, targets, strict=True)):
        empty = (np.bincount(codes, weights, minlength=len(target)) <= 0) & (target > 0)
        if empty.any():
            k = int(np.argmax(empty))
            raise SurveyError(
                "a category of the population has no respondents",
                where=f"raking, {names[i]}, category {labels[i][k] if labels else k}",
                got=f"0 respondents, {target[k]:g} in the population",
                hint="join it to another category, or leave the margin out",
            )
