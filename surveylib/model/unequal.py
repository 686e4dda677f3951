"""A draw of clusters without replacement with unequal probabilities."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from surveylib.errors import SurveyError
from surveylib.model.weights import frozen

Pairs = Literal["brewer", "overton", "hartley-rao", "joint", "two-phase"]
PAIRS = get_args(Pairs)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnequalDraw:
    """What variance needs of it, over the P sampled clusters in the order of their totals.

    Attributes
    ----------
    probabilities : float array (P,)
        Probability that the cluster was drawn.
    strata : int array (P,)
        Codes 0 … k−1; at least two clusters in each, unless drawn with certainty.
    pairs : {'brewer', 'overton', 'hartley-rao', 'joint', 'two-phase'}
        Where the probabilities of pairs come from; Brewer's variance needs none.
    delta : float array (P, P) or None
        1 − π_i π_j / π_ij; None for 'brewer'.
    form : {'horvitz-thompson', 'yates-grundy'}
        Which sum over the pairs (not used by 'brewer').
    clusters : tuple of str
        Names of the clusters, by which totals and draw are checked to belong together.
    """

    probabilities: np.ndarray
    strata: np.ndarray
    pairs: Pairs
    delta: np.ndarray | None
    form: Literal["horvitz-thompson", "yates-grundy"]
    clusters: tuple[str, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "probabilities", frozen(self.probabilities))
        object.__setattr__(self, "strata", frozen(self.strata, np.int64))
        if self.delta is not None:
            object.__setattr__(self, "delta", frozen(self.delta))
        if self.pairs not in PAIRS:
            raise SurveyError("unknown pairs", expected=", ".join(PAIRS), got=repr(self.pairs))
        if self.form not in ("horvitz-thompson", "yates-grundy"):
            raise SurveyError(
                "unknown form of the variance",
                expected="horvitz-thompson or yates-grundy",
                got=repr(self.form),
            )
        p = len(self.clusters)
        shapes = (
            self.probabilities.shape,
            self.strata.shape,
            (p, p) if self.delta is None else self.delta.shape,
        )
        if shapes != ((p,), (p,), (p, p)) or (self.delta is None) != (self.pairs == "brewer"):
            raise SurveyError("draw: clusters, probabilities and pairs do not fit", got=str(shapes))
