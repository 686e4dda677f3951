"""Trimming: no weight above a multiple of its unit and wave's median."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.weights import WeightStep
from surveylib.numerics.trimming import trim
from surveylib.weighting.cells import blocks
from surveylib.weighting.diagnostics import diagnose
from surveylib.weighting.notes import note


def trim_weights(
    values: np.ndarray, rows: pd.DataFrame, *, max_ratio: float, within: Sequence[str] = ("unit", "wave")
) -> tuple[WeightStep, tuple[Finding, ...]]:
    """Trim the weights of each block at `max_ratio` × its median; what is cut off goes to the others of the
    block.

    The total of every block stays. Where no weights within the bound have it, the block is left as it is
    and noted.

    Raises
    ------
    SurveyError
        If `max_ratio` is not above 1.
    """
    if not max_ratio > 1:
        raise SurveyError("max_ratio must be above 1", where="weighting plan", got=str(max_ratio))
    cell = blocks(rows, within=within)
    new, found = np.array(values, dtype=float), []
    for b, name in enumerate(cell.names):
        inside = cell.codes == b
        upper = max_ratio * float(np.median(new[inside]))
        if new[inside].mean() > upper:
            found.append(note("WT06", where=name, values={"bound": f"{max_ratio:g}"}))
            continue
        new[inside] = trim(new[inside], upper=upper)
    cut = float((new < np.asarray(values) * (1 - 1e-12)).sum())
    return WeightStep(name="trim", values=new, diagnostics=diagnose(new, extra=(("cut", cut),))), tuple(found)
