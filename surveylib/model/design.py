"""The sampling design as variance sees it: stages, populations, weights, calibration."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from surveylib.errors import SurveyError
from surveylib.model.weights import check_weights, frozen

Lonely = Literal["error", "certainty", "adjust", "average", "collapse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DesignColumns:
    """Which columns of a table hold the design.

    Attributes
    ----------
    weights : str or None
    psu, fpc, psu2, fpc2 : str, tuple of str or None
        Clusters and population sizes by stage, as in `declare`.
    strata : tuple of str
        First-stage strata; several columns are crossed.
    deeper_strata : tuple of (str or None)
        Strata of the second stage and those below, inside the clusters of the stage above.
    nest : bool
        PSU names start again in every stratum: refused where there are no strata or no clusters.
    lonely : str
        What a stratum with a single sampled cluster does.

    Examples
    --------
    >>> DesignColumns(weights="pw", psu="dnum").names
    ('pw', 'dnum')
    """

    weights: str | None = None
    strata: tuple[str, ...] = ()
    psu: str | tuple[str, ...] | None = None
    fpc: str | tuple[str, ...] | None = None
    psu2: str | None = None
    fpc2: str | None = None
    deeper_strata: tuple[str | None, ...] = ()
    nest: bool = False
    lonely: Lonely = "error"

    def __post_init__(self) -> None:
        if isinstance(self.strata, str):
            object.__setattr__(self, "strata", (self.strata,))
        if self.nest and not (self.strata and self.psu):
            raise SurveyError("nest would be ignored", expected="strata and psu together with nest")
        if self.psu2 is not None and self.psu is None:
            raise SurveyError("a second stage needs a first", expected="psu together with psu2")
        if self.fpc2 is not None and self.psu2 is None:
            raise SurveyError(
                "fpc2 without psu2 would be ignored",
                hint="name the second-stage clusters with psu2, or drop fpc2",
            )

    @property
    def names(self) -> tuple[str, ...]:
        """The columns named, each once."""
        by_stage = [
            name for of in (self.psu, self.fpc) for name in ((of,) if isinstance(of, str) else of or ())
        ]
        named = (self.weights, *self.strata, *by_stage, self.psu2, self.fpc2, *self.deeper_strata)
        return tuple(dict.fromkeys(name for name in named if name is not None))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Stage:
    """One stage of selection, by row.

    Attributes
    ----------
    strata, clusters : int array (n,)
        Codes 0 … k−1. Clusters are numbered across strata: a cluster lies in one stratum and, below the first
        stage, in one cluster of the stage above.
    population : float array (n,) or None
        Number of clusters in the row's stratum in the population; None means sampling with replacement at
        this stage.
    stratum_names : tuple of str
        Names of the strata, for errors and for matching strata of several files.
    cluster_names : array (k,) or None
        Names of the clusters by code, as they stand in the data; None where they have none (every row is a
        cluster).
    nested : bool
        Names of clusters start again in every stratum.
    """

    strata: np.ndarray
    clusters: np.ndarray
    population: np.ndarray | None = None
    stratum_names: tuple[str, ...] = ()
    cluster_names: np.ndarray | None = None
    nested: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "strata", frozen(self.strata, np.int64))
        object.__setattr__(self, "clusters", frozen(self.clusters, np.int64))
        if self.population is not None:
            object.__setattr__(self, "population", frozen(self.population))
        if self.strata.shape != self.clusters.shape:
            raise SurveyError("strata and clusters differ in length", where="design")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SurveyDesign:
    """Weights and stages for the rows of one table.

    Attributes
    ----------
    weights : float array (n,)
    stages : tuple of Stage
        First stage first.
    lonely : str
        What a stratum with a single sampled cluster does: error (default), certainty, adjust, average,
        collapse.
    calibration : float array (n, p) or None
        Auxiliary variables the weights were calibrated to.
    calibration_weights : float array (n,) or None
        Weights in the regression that gives the residuals (R's `survey`: those before calibration); the
        weights themselves when None.
    counted : bool
        The weights were made by counting the sampled clusters of these rows (N/n): they would be wrong for a
        stratum of which these rows are only a part.
    """

    weights: np.ndarray
    stages: tuple[Stage, ...]
    lonely: Lonely = "error"
    calibration: np.ndarray | None = None
    calibration_weights: np.ndarray | None = None
    counted: bool = False

    def __post_init__(self) -> None:
        object.__setattr__(self, "weights", frozen(self.weights))
        check_weights(self.weights, where="design")
        if not self.stages:
            raise SurveyError("design has no stage", where="design")
        for stage in self.stages:
            if stage.strata.shape != self.weights.shape:
                raise SurveyError("stages and weights differ in length", where="design")
        for name in ("calibration", "calibration_weights"):
            if getattr(self, name) is not None:
                object.__setattr__(self, name, frozen(getattr(self, name)))
                if getattr(self, name).shape[:1] != self.weights.shape:
                    raise SurveyError(f"{name} and weights differ in length", where="design")
