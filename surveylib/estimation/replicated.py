"""What replicates give: the values of statistics in every replicate, and their covariance."""

from __future__ import annotations

import numpy as np

from surveylib.errors import SurveyError
from surveylib.estimation.replicates import design_digest
from surveylib.model.replicates import RANDOM, Replicates, Reweighted
from surveylib.model.totals import PsuTotals, Statistic
from surveylib.numerics.spread import deviations

NUMBERS = 12_000_000  # about 100 MB


class ReplicateSums:
    """Sums of the totals' columns in every replicate (R, D), each made once."""

    def __init__(self, totals: PsuTotals, replicates: Replicates | Reweighted) -> None:
        self._totals, self._known = totals, {}
        self._block, self._sums = -1, np.empty(0)
        self._made = replicates if isinstance(replicates, Reweighted) else None
        self.replicates = replicates if self._made is None else replicates.replicates
        _refuse_strangers(totals, self.replicates, self._made)

    def column(self, c: int) -> np.ndarray:
        if self._made is not None:
            return self._made.sums[:, c]
        d = len(self._totals.domains)
        # Columns at a time: one wide product costs half as much as many narrow ones.
        width = max(1, NUMBERS // (d * len(self._totals.labels)))
        if c // width != self._block:
            self._block = c // width
            columns = self._totals.sums[self._block * width : (self._block + 1) * width]
            self._sums = columns.transpose(1, 0, 2).reshape(columns.shape[1], -1)
            for factor in reversed(self.replicates.factors):
                self._sums = factor @ self._sums
        place = c % width * d
        return self._sums[:, place : place + d]

    def values(self, statistic: Statistic) -> np.ndarray:
        """The statistic in every replicate and domain (R, D); NaN where a replicate has nothing of it."""
        top = self.column(statistic.top)
        if statistic.bottom is None:
            return top
        # Denominators are often shared; numerators hardly ever.
        if statistic.bottom not in self._known:
            self._known[statistic.bottom] = self.column(statistic.bottom)
        bottom = self._known[statistic.bottom]
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(bottom != 0, top / bottom, np.nan)

    def piece(self, statistic: Statistic, value: np.ndarray, influence: np.ndarray) -> np.ndarray:
        """Scaled deviations (R, D), whose cross-product is the covariance; the influence is not needed."""
        return spread_of(self.replicates, self.values(statistic), value)

    def variance(self, piece: np.ndarray) -> np.ndarray:
        return np.einsum("ij,ij->j", piece, piece)

    def covariance(self, pieces: np.ndarray) -> np.ndarray:
        return pieces.T @ pieces

    def degrees(self, of_design: np.ndarray) -> np.ndarray:
        """Those of the replicates where they say so, else of the design."""
        given = self.replicates.df
        return of_design if given is None else np.full(len(of_design), given)


def spread_of(replicates: Replicates, values: np.ndarray, whole: np.ndarray) -> np.ndarray:
    """Scaled deviations of replicate values (R, k) by the recipe of the replicates."""
    return deviations(
        values,
        scale=replicates.scale,
        rscales=replicates.rscales,
        centre=whole if replicates.mse else None,
        drop=replicates.method in RANDOM,
    )


def _refuse_strangers(totals: PsuTotals, replicates: Replicates, made: Reweighted | None) -> None:
    if made is not None:
        shape = (made.replicates.shape[0], len(totals.columns), len(totals.domains))
        if made.sums.shape != shape:
            raise SurveyError(
                "replicates were weighted anew for other requests or domains",
                expected=str(shape),
                got=str(made.sums.shape),
            )
        return
    if design_digest(totals.stages) != replicates.design:
        raise SurveyError(
            "replicates and totals belong to different designs",
            expected=f"replicates of these {len(totals.labels)} clusters",
            got=f"replicates of {replicates.shape[1]} clusters",
            hint="make the replicates from these totals, or from the design they were made with",
        )
    if totals.gram.size:
        raise SurveyError(
            "weights are calibrated, and the replicates are not",
            hint="calibrate every replicate: reweighted(rows, design, replicates=…, weigh=…)",
        )
