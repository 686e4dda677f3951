"""Samples drawn without replacement with unequal probabilities: the draw, and variances by it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import numbers
from surveylib.estimation.thin import thin
from surveylib.model.design import SurveyDesign
from surveylib.model.totals import PsuTotals, Statistic
from surveylib.model.unequal import Pairs, UnequalDraw
from surveylib.numerics.pps import brewer, from_joint, hartley_rao, horvitz_thompson, overton, yates_grundy


def unequal(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    probability: str,
    pairs: Pairs = "brewer",
    form: str = "horvitz-thompson",
    joint: np.ndarray | None = None,
    squares: Mapping[str, float] | None = None,
) -> UnequalDraw:
    """How the first stage of `design` was drawn; for ``estimate(totals, unequal=…)``.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`, which is declared without fpc (the probabilities take its place), and with
        weights of 1/π (times what later stages and non-response put on).
    probability : str
        Column of the probability that the row's cluster was drawn.
    pairs : {'brewer', 'overton', 'hartley-rao', 'joint'}
    form : {'horvitz-thompson', 'yates-grundy'}
        The sum over the pairs; 'yates-grundy' is steadier, and unbiased where the sample's size is fixed.
        Where 'horvitz-thompson' comes out negative, the standard error is missing.
    joint : float array (P, P), optional
        For 'joint': probabilities of pairs, clusters sorted by stratum and name.
    squares : mapping of stratum to float, optional
        For 'hartley-rao': Σ π² over all clusters of the stratum's population (one stratum: under '(all)');
        estimated from the sample without it.

    Raises
    ------
    SurveyError
        Probabilities outside 0 to 1 or different within a cluster; one cluster in a stratum; an fpc or later
        stages that would be ignored; pairs that do not fit or cannot occur.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"p": [0.5, 0.25, 0.25], "w": [2.0, 4, 4], "y": [3.0, 1, 2]})
    >>> unequal(rows, declare(rows, weights="w"), probability="p").probabilities
    array([0.5 , 0.25, 0.25])
    """
    if design.stages[0].population is not None:
        raise SurveyError(
            "an fpc beside probabilities of being drawn would be ignored",
            hint="declare the design without fpc",
        )
    if len(design.stages) > 1 or design.lonely != "error":
        raise SurveyError(
            "later stages and a rule for lonely clusters would be ignored by an unequal draw",
            expected="a design of the clusters first drawn",
            got=f"{len(design.stages)} stage(s), lonely = {design.lonely!r}",
            hint="the spread between the first clusters holds that of the stages below",
        )
    finest, (stage,), labels = thin(design)
    names = names_of(labels)
    pi = _of_clusters(numbers(rows, probability), finest, names, probability)
    _refuse_lonely(pi, stage.strata, labels)
    if (joint is None) != (pairs != "joint") or (squares is not None and pairs != "hartley-rao"):
        raise SurveyError(
            "what was given does not fit the pairs",
            expected="joint with pairs = 'joint', squares with pairs = 'hartley-rao'",
            got=f"pairs = {pairs!r}",
        )
    return UnequalDraw(
        probabilities=pi,
        strata=stage.strata,
        pairs=pairs,
        delta=_delta(pairs, pi, stage.strata, labels, joint, squares),
        form=form,
        clusters=names,
    )


def names_of(labels: pd.DataFrame) -> tuple[str, ...]:
    """One name a cluster, of its labels at every stage: "north / 3"."""
    return tuple(" / ".join(map(str, row)) for row in labels.itertuples(index=False))


def _of_clusters(values: np.ndarray, finest: np.ndarray, names: tuple[str, ...], column: str) -> np.ndarray:
    wrong = ~((values > 0) & (values <= 1))
    if wrong.any():
        row = int(np.argmax(wrong))
        raise SurveyError(
            f"{int(wrong.sum())} probability(ies) of being drawn cannot be used",
            where=f"column {column!r}, row {row + 1}",
            expected="above 0, at most 1",
            got=f"{values[row]:g}",
        )
    pi = np.zeros(len(names))
    pi[finest] = values
    differs = ~np.isclose(pi[finest], values, rtol=1e-9)
    if differs.any():
        row = int(np.argmax(differs))
        raise SurveyError(
            "probability differs within a cluster",
            where=f"column {column!r}, row {row + 1}, cluster {names[finest[row]]!r}",
            expected="one probability for all its rows",
            got=f"{values[row]:g} and {pi[finest[row]]:g}",
        )
    return pi


def _refuse_lonely(pi: np.ndarray, strata: np.ndarray, labels: pd.DataFrame) -> None:
    alone = (np.bincount(strata)[strata] == 1) & (pi < 1)
    if alone.any():
        raise SurveyError(
            "a stratum with a single sampled cluster: no variance can be estimated",
            where=f"stratum {labels['stratum'].iloc[int(np.argmax(alone))]!r}",
            expected="at least two clusters in every stratum, or one with probability 1",
            hint="merge strata",
        )


def _delta(pairs, pi, strata, labels, joint, squares) -> np.ndarray | None:
    if pairs == "overton":
        return overton(pi, strata)
    if pairs == "hartley-rao":
        return hartley_rao(pi, strata, squares=None if squares is None else _by_code(squares, strata, labels))
    if pairs == "joint":
        return from_joint(_checked(np.asarray(joint, dtype=float), pi))
    if pairs != "brewer":
        raise SurveyError("unknown pairs", expected="brewer, overton, hartley-rao or joint", got=repr(pairs))
    return None


def _by_code(squares: Mapping[str, float], strata: np.ndarray, labels: pd.DataFrame) -> dict[int, float]:
    names = dict(zip(strata.tolist(), labels["stratum"], strict=True))
    missing = [name for name in names.values() if name not in squares]
    if missing:
        raise SurveyError(
            "no sum of squared probabilities for a stratum",
            where=f"stratum {missing[0]!r}",
            got=str(list(squares)),
        )
    return {code: float(squares[name]) for code, name in names.items()}


def _checked(joint: np.ndarray, pi: np.ndarray) -> np.ndarray:
    if joint.shape != (len(pi), len(pi)):
        raise SurveyError(
            "pairs do not fit the clusters", expected=f"{len(pi)} × {len(pi)}", got=str(joint.shape)
        )
    if not np.allclose(joint, joint.T, rtol=1e-9, atol=0):
        raise SurveyError("probabilities of pairs are not symmetric")
    if not np.allclose(np.diag(joint), pi, rtol=1e-6):
        raise SurveyError(
            "the diagonal of the pairs is not the probability of the clusters",
            hint="clusters stand sorted by stratum and name",
        )
    if not (joint > 0).all():
        raise SurveyError(
            "a pair of clusters that were drawn together has probability 0: no variance can be estimated"
        )
    if (joint > np.minimum(pi[:, None], pi) * (1 + 1e-9)).any():
        raise SurveyError("a pair is likelier than one of its clusters")
    return joint


class UnequalSums:
    """Variances from influence totals by an unequal draw, in the place of the linear kernel of `estimate`."""

    def __init__(self, totals: PsuTotals, draw: UnequalDraw) -> None:
        if names_of(totals.labels) != draw.clusters or totals.stages[0].population is not None:
            raise SurveyError(
                "totals and draw are not of the same design",
                expected="the rows and the design that the draw was made with",
                got=f"{len(totals.labels)} clusters and {len(draw.clusters)}",
            )
        self._draw = draw

    def piece(self, statistic: Statistic, value: np.ndarray, influence: np.ndarray) -> np.ndarray:
        return influence

    def variance(self, piece: np.ndarray) -> np.ndarray:
        return np.array([self.covariance(column[:, None])[0, 0] for column in piece.T])

    def covariance(self, pieces: np.ndarray) -> np.ndarray:
        draw = self._draw
        if draw.delta is None:
            return brewer(pieces, draw.probabilities, draw.strata)
        made = (horvitz_thompson if draw.form == "horvitz-thompson" else yates_grundy)(pieces, draw.delta)
        return made

    def degrees(self, of_design: np.ndarray) -> np.ndarray:
        return of_design
