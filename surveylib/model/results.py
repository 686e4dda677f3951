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
    known : float array (k, k) or (k,)
        The covariance; or the variances alone where no covariances were computed, which of many estimates
        would be the most of what is held.
    keys : tuple of str
        The names of the key columns.
    confidence : float
        Level of ``conf_low, conf_high``.
    """

    table: pd.DataFrame
    known: np.ndarray
    keys: tuple[str, ...]
    confidence: float = 0.95

    def __post_init__(self) -> None:
        object.__setattr__(self, "known", frozen(self.known))
        for column in (*self.keys, *RESULT_COLUMNS):
            if column not in self.table.columns:
                raise SurveyError("estimates lack a column", expected=column)
        k = len(self.table)
        if self.known.shape not in ((k, k), (k,)):
            raise SurveyError("covariance does not fit the estimates", got=str(self.known.shape))

    @property
    def covariance(self) -> np.ndarray:
        """The covariance (k, k), read-only; off the diagonal NaN where it was not computed.

        >>> table = pd.DataFrame([{name: 0.0 for name in RESULT_COLUMNS}] * 2)
        >>> Estimates(table=table, known=[0.04, 0.09], keys=()).covariance
        array([[0.04,  nan],
               [ nan, 0.09]])
        """
        if self.known.ndim == 2:
            return self.known
        made = np.full((len(self.known), len(self.known)), np.nan)
        np.fill_diagonal(made, self.known)
        made.setflags(write=False)
        return made

    @property
    def values(self) -> np.ndarray:
        return self.table["estimate"].to_numpy(dtype=float)
