"""What every replicate of a stratified jackknife counts for, told by the weights themselves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import numbers
from surveylib.estimation.thin import thin
from surveylib.model.design import SurveyDesign


def jackknife_scales(rows: pd.DataFrame, design: SurveyDesign, *, columns: Sequence[str]) -> np.ndarray:
    """The rscales (R,) of JKn weights: (n − 1)/n of the stratum that a replicate leaves a cluster out of.

    Sizes of the population, where the design has them, shrink it by the fraction sampled.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`, which names the strata and clusters that were left out one by one.
    columns : sequence of str (R)
        Replicate weights.

    Raises
    ------
    SurveyError
        A replicate that leaves out no cluster, or clusters of several strata, or whole strata.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"h": list("aab"), "r1": [0.0, 2, 1], "r2": [2.0, 0, 1]})
    >>> jackknife_scales(rows, declare(rows, strata="h", lonely="certainty"), columns=["r1", "r2"])
    array([0.5, 0.5])
    """
    finest, stages, labels = thin(design)
    first = stages[0]
    weights = np.bincount(finest, weights=design.weights, minlength=len(labels))
    made = []
    for name in columns:
        left = np.bincount(finest, weights=np.abs(numbers(rows, name)), minlength=len(labels))
        gone = (left == 0) & (weights > 0)
        strata = np.unique(first.strata[gone])
        inside = first.strata == strata[0] if len(strata) == 1 else np.zeros(len(gone), dtype=bool)
        n = len(np.unique(first.clusters[inside]))
        if len(np.unique(first.clusters[gone])) != 1 or n < 2:
            raise SurveyError(
                "what a replicate counts for cannot be told",
                where=f"column {name!r}",
                expected="one cluster of the design left out (weights of 0) in a stratum of several",
                got=f"{len(np.unique(first.clusters[gone]))} cluster(s) of {len(strata)} strata left out",
                hint="name strata and clusters as the replicates were made, or give their rscales",
            )
        made.append((n - 1) / n * _remaining(first.population, inside, n))
    return np.array(made)


def _remaining(population: np.ndarray | None, inside: np.ndarray, n: int) -> float:
    """1 − n/N; sizes of at most 1 are the fraction itself."""
    if population is None:
        return 1.0
    size = float(population[inside][0])
    return 1 - (size if size <= 1 else n / size)
