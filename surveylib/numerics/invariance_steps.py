"""Wu and Estabrook's sequence: which parameters groups share, step by step.

Thresholds first, then loadings, then intercepts. At each step what becomes identified is set free: with
equal thresholds the intercepts and residual variances of later groups, with equal loadings the variances of
their factors, with equal intercepts the means (Wu & Estabrook 2016, doi:10.1007/s11336-016-9506-0). Equal
thresholds of an item with three answers are no restriction; two answers are too few for the sequence.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from surveylib.numerics.factor import Pattern, slices
from surveylib.numerics.polychoric import Moments

STEPS = ("configural", "thresholds", "loadings", "intercepts")


def patterns(
    *,
    groups: int,
    loads_on: np.ndarray,
    item: np.ndarray,
    step: str,
    freed: Mapping[int, str] | None = None,
) -> tuple[Pattern, ...]:
    """The patterns of a step of the sequence, every item loading on one factor.

    Parameters
    ----------
    groups : int
        The first is the reference: factor means 0, factor variances 1, residual variances 1.
    loads_on : int array (p,)
        Factor of each item.
    item : int array
        Item of each threshold.
    step : str
        One of `STEPS`.
    freed : mapping of item to step
        Items that from that step on share nothing across groups that the step and later ones make equal:
        partial invariance.
    """
    p, k, t = len(loads_on), int(np.max(loads_on)) + 1, len(item)
    cut, numbers, reached = slices(items=p, factors=k, thresholds=t), _Numbers(), STEPS.index(step)
    until = [STEPS.index((freed or {}).get(i, "intercepts")) + (i not in (freed or {})) for i in range(p)]
    shared = {name: [reached >= at < until[i] for i in range(p)] for at, name in enumerate(STEPS)}
    made = []
    for g in range(groups):
        free, fixed = np.full(cut["covariance"].stop, -1), np.zeros(cut["covariance"].stop)
        fixed[cut["residuals"]] = 1.0
        for i in range(p):
            where = i * k + int(loads_on[i])
            free[where] = numbers("loading", i, 0 if shared["loadings"][i] else g)
            if g and shared["thresholds"][i]:
                free[cut["residuals"].start + i] = numbers("residual", i, g)
            if g and shared["thresholds"][i] and not shared["intercepts"][i]:
                free[cut["intercepts"].start + i] = numbers("intercept", i, g)
        for place, i in enumerate(item):
            own = numbers("threshold", place, 0 if shared["thresholds"][i] else g)
            free[cut["thresholds"].start + place] = own
        if g and step == "intercepts":
            free[cut["means"]] = [numbers("mean", f, g) for f in range(k)]
        spread = g > 0 and reached >= STEPS.index("loadings")
        for place, (a, b) in enumerate(zip(*np.tril_indices(k), strict=True), cut["covariance"].start):
            fixed[place] = float(a == b)
            if a != b or spread:
                free[place] = numbers("covariance", place, g)
        made.append(Pattern(free, fixed, k))
    return tuple(made)


def starts(groups: Sequence[Moments], made: Sequence[Pattern]) -> np.ndarray:
    """Where the search for estimates may begin: every loading 0.8, every correlation of factors 0.4."""
    start = np.zeros(max(int(pattern.free.max()) for pattern in made) + 1)
    # Backwards, so that what groups share starts from the first one's answers.
    for group, pattern in zip(reversed(groups), reversed(made), strict=True):
        p = int(group.pairs.max()) + 1
        cut = slices(items=p, factors=pattern.factors, thresholds=len(group.item))
        values = np.zeros(len(pattern.free))
        values[cut["loadings"]], values[cut["residuals"]] = 0.8, 1.0
        values[cut["thresholds"]] = group.thresholds * np.sqrt(1 + 0.8**2)
        rows, columns = np.tril_indices(pattern.factors)
        values[cut["covariance"]] = np.where(rows == columns, 1.0, 0.4)
        used = pattern.free >= 0
        start[pattern.free[used]] = values[used]
    return start


class _Numbers:
    """A number for each name, the same one each time it is asked for."""

    def __init__(self) -> None:
        self.known: dict[tuple, int] = {}

    def __call__(self, *name) -> int:
        return self.known.setdefault(name, len(self.known))
