"""Rows of `make bench`: raking a million rows to four margins, beside the packages `ipfn` and `svy`.

Neither package is in a lock: a row is left out, and that is said, where its package is absent (`pip install
".[bench]"` in an environment of its own has both).
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pandas as pd

from surveylib.rng import stream
from surveylib.weighting.calibrate_to import calibrate_to
from surveylib.weighting.targets import Target

if find_spec("ipfn"):
    from ipfn.ipfn import ipfn
if find_spec("svy"):
    import polars
    import svy

ROWS, POPULATION = 1_000_000, 20_000_000.0
LEVELS = {"sex": 2, "age": 6, "school": 5, "district": 9}
NEAR = 1e-8  # what the others are asked for; ours goes to 1e-10

Calls = tuple[Callable[[], object], Callable[[], object], Callable[[object, object], None]]


def made_up() -> tuple[pd.DataFrame, list[Target]]:
    """Made-up respondents, and counts of a population that is made up otherwise."""
    random = stream(2014, "bench", "raking")
    rows = pd.DataFrame({"weight": random.uniform(10, 30, ROWS)})
    targets = []
    for name, k in LEVELS.items():
        rows[name] = random.choice(k, ROWS, p=random.dirichlet(np.full(k, 8.0)))
        counts = random.dirichlet(np.full(k, 8.0)) * POPULATION
        targets.append(Target(variable=name, levels=tuple(map(str, range(k))), counts=counts))
    return rows, targets


def _ours(rows: pd.DataFrame, targets: list[Target]) -> Callable[[], np.ndarray]:
    return lambda: calibrate_to(rows["weight"].to_numpy(), rows, targets=targets).values


def _same_weights(ours: np.ndarray, theirs: np.ndarray) -> None:
    np.testing.assert_allclose(ours, theirs, rtol=1e-5)


def raking_ipfn() -> Calls:
    """`ipfn` on the same DataFrame."""
    rows, targets = made_up()
    totals = [pd.Series(t.counts, index=pd.RangeIndex(len(t.counts), name=t.variable)) for t in targets]
    dimensions = [[name] for name in LEVELS]

    def theirs() -> np.ndarray:
        fitted = ipfn(rows.copy(), totals, dimensions, weight_col="weight", convergence_rate=NEAR)
        return fitted.iteration()["weight"].to_numpy()

    return _ours(rows, targets), theirs, _same_weights


def raking_svy() -> Calls:
    """`svy` on the same rows in polars."""
    rows, targets = made_up()
    frame = polars.from_pandas(rows)
    controls = {t.variable: dict(enumerate(t.counts.tolist())) for t in targets}

    def theirs() -> np.ndarray:
        sample = svy.Sample(frame, svy.Design(wgt="weight"))
        return sample.weighting.rake(controls=controls, tol=NEAR).data["rk_wgt"].to_numpy()

    return _ours(rows, targets), theirs, _same_weights


def raking_floor() -> Calls:
    """What no program is spared: four ready integer columns to cells, their sums, a known factor back."""
    rows, targets = made_up()
    columns, weights = [rows[name].to_numpy() for name in LEVELS], rows["weight"].to_numpy()
    ours, shape = _ours(rows, targets), tuple(LEVELS.values())
    cell = np.ravel_multi_index(columns, shape)
    size = int(np.prod(shape))
    factors = np.bincount(cell, ours(), size) / np.bincount(cell, weights, size)

    def floor() -> np.ndarray:
        number = columns[0] * shape[1]
        for column, k in zip(columns[1:], (*shape[2:], 1), strict=True):
            number += column
            number *= k
        np.bincount(number, weights, size)
        made = factors.take(number)
        made *= weights
        return made

    def agree(mine, bare) -> None:
        np.testing.assert_allclose(mine, bare, rtol=1e-12)

    return ours, floor, agree
