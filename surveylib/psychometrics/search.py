"""The sequence of equal thresholds, loadings and intercepts, with the search for what must be set free."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from surveylib.numerics.factor import FactorFit, fit_factors
from surveylib.numerics.factor_tests import Fit, ScaledTest, difference_test, fit_indices, scaled_test
from surveylib.numerics.invariance_steps import STEPS, patterns, starts
from surveylib.numerics.polychoric import Moments
from surveylib.numerics.randomisation import holm

_NO_TEST = ScaledTest(float("nan"), 0, float("nan"))


class Found(NamedTuple):
    """Of each step the fit with what was set free, its test and indices, and its difference from the step
    before.

    `freed` names the step at which an item was set free, in the order in which it was; `against` the test
    that did it, with its adjusted p.
    """

    fits: tuple[FactorFit, ...]
    tests: tuple[ScaledTest, ...]
    indices: tuple[Fit, ...]
    changes: tuple[ScaledTest, ...]
    freed: dict[int, str]
    against: dict[int, tuple[float, int, float, float]]


def search(groups: Sequence[Moments], *, loads_on: np.ndarray, level: float = 0.05) -> Found:
    """Go through the steps; where one fits worse than the last, set the worst items free, one at a time.

    At a step whose difference test rejects, each item still shared is set free alone; of those whose adjusted
    p (Holm, over the items tried) lies below `level` the one with the smallest p stays free from this step
    on, and the step is tested again. One item a factor is never set free: without it the waves have nothing
    in common.

    Parameters
    ----------
    groups : sequence of Moments
        Waves, the first the reference.
    loads_on : int array (p,)
        The factor of each item.
    """
    freed: dict[int, str] = {}
    against: dict[int, tuple[float, int, float, float]] = {}
    fits: list[FactorFit] = []
    changes = [_NO_TEST]
    for step in STEPS:
        now = _fit(groups, loads_on, step, freed)
        while fits:
            change = _difference(fits[-1], now, groups)
            worst = _worst(groups, loads_on, step, freed, now, level) if change.p_value < level else None
            if worst is None:
                changes.append(change)
                break
            item, now, against[item] = worst
            freed[item] = step
        fits.append(now)
    tests = tuple(scaled_test(fit, groups) for fit in fits)
    indices = tuple(fit_indices(fit, groups) for fit in fits)
    return Found(tuple(fits), tests, indices, tuple(changes), freed, against)


def _fit(groups: Sequence[Moments], loads_on: np.ndarray, step: str, freed: Mapping[int, str]) -> FactorFit:
    made = patterns(groups=len(groups), loads_on=loads_on, item=groups[0].item, step=step, freed=freed)
    return fit_factors(groups, made, start=starts(groups, made))


def _difference(wider: FactorFit, narrower: FactorFit, groups: Sequence[Moments]) -> ScaledTest:
    """Nothing to test where the step restricts nothing: equal thresholds of items with three levels."""
    return difference_test(wider, narrower, groups) if narrower.df > wider.df else _NO_TEST


def _worst(
    groups, loads_on: np.ndarray, step: str, freed: Mapping[int, str], now: FactorFit, level: float
) -> tuple[int, FactorFit, tuple[float, int, float, float]] | None:
    """The item to set free at this step, the fit without it, and its test; None where no item stands out."""
    tried = []
    for item in range(len(loads_on)):
        shared = [i for i in np.flatnonzero(loads_on == loads_on[item]) if i not in freed]
        if item in freed or len(shared) < 2:
            continue
        wider = _fit(groups, loads_on, step, {**freed, item: step})
        if wider.df < now.df:
            tried.append((item, wider, difference_test(wider, now, groups)))
    if not tried:
        return None
    adjusted = holm(np.array([test.p_value for _, _, test in tried]))
    # The p of two strong tests may both be 0: the statistic then tells them apart.
    best = min(range(len(tried)), key=lambda k: (tried[k][2].p_value, -tried[k][2].statistic))
    item, fit, test = tried[best]
    return (item, fit, (*test, float(adjusted[best]))) if adjusted[best] < level else None
