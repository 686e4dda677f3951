"""Replicates: multipliers of the clusters' totals, and what their spread is worth."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from scipy import sparse

from surveylib.errors import SurveyError
from surveylib.model.weights import frozen

Method = Literal[
    "JK1",
    "JKn",
    "BRR",
    "Fay",
    "rao-wu",
    "canty-davison",
    "multistage",
    "bootstrap",
    "successive-difference",
    "other",
]
RANDOM = ("rao-wu", "canty-davison", "multistage", "bootstrap")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Replicates:
    """R replicates of a design with P clusters: variance is scale · Σ rscales (θ_r − centre)².

    Attributes
    ----------
    method : str
        How they were made.
    factors : tuple of arrays, dense or sparse
        Their product, left to right, is the matrix (R, P) of multipliers of the clusters' totals. In factors
        a jackknife of 10,000 clusters needs 50,000 numbers in place of 100 million.
    scale : float
    rscales : float array (R,)
    mse : bool
        Deviations are taken from the estimate of the whole sample; else from the mean of the replicates.
    design : str
        Digest of the strata and clusters that the multipliers belong to.
    df : float or None
        Degrees of freedom; None: those of the design, clusters minus strata.
    """

    method: Method
    factors: tuple[np.ndarray | sparse.csr_array, ...]
    scale: float
    rscales: np.ndarray
    mse: bool
    design: str
    df: float | None = None

    def __post_init__(self) -> None:
        kept = [factor.copy() if sparse.issparse(factor) else frozen(factor) for factor in self.factors]
        for factor in kept:
            if sparse.issparse(factor):
                factor.data.setflags(write=False)
        object.__setattr__(self, "factors", tuple(kept))
        object.__setattr__(self, "rscales", frozen(self.rscales))
        for left, right in pairwise(kept):
            if left.shape[1] != right.shape[0]:
                raise SurveyError("replicates: factors do not fit", got=f"{left.shape} and {right.shape}")
        if self.rscales.shape != (kept[0].shape[0],):
            raise SurveyError(
                "replicates and rscales differ in number",
                expected=f"{kept[0].shape[0]} rscales",
                got=str(self.rscales.shape),
            )
        if not np.isfinite(self.rscales).all() or (self.rscales < 0).any():
            raise SurveyError("rscales must be finite and not negative", where="replicates")
        if not (np.isfinite(self.scale) and self.scale >= 0):
            raise SurveyError("scale must be finite and not negative", got=str(self.scale))
        if self.df is not None and not self.df >= 1:
            raise SurveyError("degrees of freedom must be at least 1", where="replicates", got=str(self.df))

    @property
    def shape(self) -> tuple[int, int]:
        """R replicates, P clusters."""
        return self.factors[0].shape[0], self.factors[-1].shape[1]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reweighted:
    """Replicates whose weights were made anew (raked, say) one by one: the sums they give.

    Attributes
    ----------
    replicates : Replicates
        Those from which the weights were made.
    sums : float array (R, C, D)
        Σ w_r·column over the rows of a domain, for every replicate, column and domain of the totals.
    """

    replicates: Replicates
    sums: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "sums", frozen(self.sums))
        if len(self.sums) != self.replicates.shape[0]:
            raise SurveyError("sums and replicates differ in number", got=str(self.sums.shape))
