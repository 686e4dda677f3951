"""PsuTotals: weighted sums per cluster and cell, the one sufficient statistic between answers and
inference."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.design import Lonely, Stage
from surveylib.model.weights import frozen

Kind = Literal["mean", "total", "proportion", "ratio", "alpha"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for: the mean, total or proportions of a variable, its ratio to another, or Cronbach's
    alpha of a scale, whose `variable` is only its name.

    >>> Request(kind="ratio", variable="api.stu", denominator="enroll").denominator
    'enroll'
    >>> Request(kind="alpha", variable="attitude", items=("c1", "c2", "c3")).items
    ('c1', 'c2', 'c3')
    """

    kind: Kind
    variable: str
    denominator: str | None = None
    items: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if (self.kind == "alpha") != bool(self.items):
            raise SurveyError(
                "only alpha has items, and it needs them", got=f"{self.kind} of {self.variable}"
            )
        if self.items and (len(set(self.items)) < len(self.items) or len(self.items) < 2):
            raise SurveyError(
                "alpha needs at least two different items", where=self.variable, got=", ".join(self.items)
            )
        if (self.kind == "ratio") != (self.denominator is not None):
            raise SurveyError(
                "only a ratio has a denominator, and it needs one", got=f"{self.kind} of {self.variable}"
            )

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the data that it speaks of."""
        return self.items or tuple(name for name in (self.variable, self.denominator) if name is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistic:
    """One estimate to be made from totals: column `top` over column `bottom` (a total has no bottom).

    `ones` is the column of the weights alone, over the rows that have a value. A scale has one of kind alpha
    for every item and, after them, every pair (``a*b``, each item with itself too): its moments, from which
    alpha is made. A share is that of several levels together.
    """

    kind: Kind | Literal["share"]
    variable: str
    level: str
    top: int
    bottom: int | None
    ones: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PsuTotals:
    """Weighted sums of C columns in D domains over P clusters, with what the variance kernel needs to know of
    the design.

    Attributes
    ----------
    columns : tuple of str (C)
        ``y`` (the variable, 0 where missing), ``y=level`` (its indicator), ``a*b|a/b/c`` (a product of items,
        where all of the scale are valid) or ``1|y`` (one where y is valid; ``1|`` for all complete variables
        together).
    sums : float array (C, P, D)
        Σ w·column over the rows of a cluster and domain.
    squares : float array (C, D)
        Σ w·column² over the rows of a domain.
    counts, weight_squares : float arrays (C, D)
        Number of rows with a valid value and a weight above 0, and Σ w² over them.
    domains : DataFrame (D rows)
        The values of the `by` columns (one row without columns where there is no `by`).
    statistics : tuple of Statistic
    stages : tuple of Stage
        The design over the P clusters.
    labels : DataFrame (P rows)
        ``stratum`` and ``cluster``, then ``stratum 2``, ``cluster 2`` …: the names by which totals of several
        files are matched. A cluster of None: every row was one, and none is met again elsewhere.
    rows : int array (P, D)
        Number of rows in a cluster and domain, whatever is missing in them: who could be recognised.
    auxiliary : float array (P, A); cross : float array (C, D, A); gram : float array (A, A)
        For calibrated weights: Σ w·x per cluster, Σ q·column·x, Σ q·x·xᵀ (A = 0 otherwise).
    counted : bool
        The weights were counted from the sampled clusters (see SurveyDesign).
    """

    columns: tuple[str, ...]
    sums: np.ndarray
    squares: np.ndarray
    counts: np.ndarray
    weight_squares: np.ndarray
    domains: pd.DataFrame
    statistics: tuple[Statistic, ...]
    stages: tuple[Stage, ...]
    labels: pd.DataFrame
    rows: np.ndarray
    lonely: Lonely
    auxiliary: np.ndarray
    cross: np.ndarray
    gram: np.ndarray
    counted: bool = False

    def __post_init__(self) -> None:
        c, p, d = len(self.columns), len(self.labels), len(self.domains)
        wanted = {
            "sums": (c, p, d),
            "squares": (c, d),
            "counts": (c, d),
            "weight_squares": (c, d),
            "rows": (p, d),
            "auxiliary": (p, self.gram.shape[0]),
            "cross": (c, d, self.gram.shape[0]),
        }
        for name, shape in wanted.items():
            if getattr(self, name).shape != shape:
                raise SurveyError(
                    f"totals: {name} has the wrong shape",
                    expected=str(shape),
                    got=str(getattr(self, name).shape),
                )
            getattr(self, name).setflags(write=False)
        if any(len(stage.strata) != p for stage in self.stages) or self.labels.shape[1] != 2 * len(
            self.stages
        ):
            raise SurveyError("totals: stages and labels do not fit", expected=f"{p} clusters in every stage")
        used = {k for s in self.statistics for k in (s.top, s.ones, s.bottom) if k is not None}
        if not used <= set(range(c)):
            raise SurveyError("totals: a statistic of columns that are not there", expected=f"{c} columns")
        object.__setattr__(self, "gram", frozen(self.gram))
