"""Estimates: one flat table with the same columns everywhere, and the covariance behind it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.weights import frozen

RESULT_COLUMNS = (
    "estimate",
    "std_error",
    "df",
    "conf_low",
    "conf_high",
    "statistic",
    "p_value",
    "n",
    "n_eff",
    "deff",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimates:
    """k estimates and their covariance.

    Attributes
    ----------
    table : DataFrame (k rows)
        Key columns first (``kind, variable, level`` and those of `by`), then the result columns.
    covariance : float array (k, k)
    keys : tuple of str
        The names of the key columns.
    confidence : float
        Level of ``conf_low, conf_high``.
    """

    table: pd.DataFrame
    covariance: np.ndarray
    keys: tuple[str, ...]
    confidence: float = 0.95

    def __post_init__(self) -> None:
        object.__setattr__(self, "covariance", frozen(self.covariance))
        for column in (*self.keys, *RESULT_COLUMNS):
            if column not in self.table.columns:
                raise SurveyError("estimates lack a column", expected=column)
        if self.covariance.shape != (len(self.table), len(self.table)):
            raise SurveyError("covariance does not fit the estimates", got=str(self.covariance.shape))

    @property
    def values(self) -> np.ndarray:
        return self.table["estimate"].to_numpy(dtype=float)
