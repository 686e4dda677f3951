"""Estimates of whatever is no function of totals, from influence values by row: quantiles, correlations,
kappa. The variance comes from the one kernel, as for totals."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.domains import domains
from surveylib.estimation.estimate import MOST_FOR_COVARIANCE, pseudo_inverse
from surveylib.estimation.replicated import spread_of
from surveylib.estimation.reweighted import replicate_blocks
from surveylib.estimation.thin import thin
from surveylib.model.design import SurveyDesign
from surveylib.model.replicates import Replicates
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.numerics.intervals import symmetric
from surveylib.numerics.variance import Level, StageCodes, covariance, prepare, variance


class Part(NamedTuple):
    """One statistic in all D domains.

    `value` (D,); `influence` (n,): a row's share z in the error Σ w z of its domain's value, 0 where the row
    does not count; `valid` (n,): whether it counts.
    """

    kind: str
    variable: str
    level: str
    value: np.ndarray
    influence: np.ndarray
    valid: np.ndarray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Field:
    """The rows of a design, each in a domain, and their clusters made ready for the kernel.

    Attributes
    ----------
    design : SurveyDesign
    domain : int array (n,)
        −1: in none.
    domains : DataFrame (D rows)
    clusters : int array (n,)
        Row → cluster of the last stage that variance needs, of `size` in all; `levels` over those.
    regression, auxiliary, inverse : float arrays (n,), (size, A), (A, A)
        For calibrated weights: the weights q of the regression, Σ w x per cluster, (Σ q x xᵀ)⁻¹.
    """

    design: SurveyDesign
    domain: np.ndarray
    domains: pd.DataFrame
    clusters: np.ndarray
    size: int
    levels: tuple[Level, ...]
    regression: np.ndarray
    auxiliary: np.ndarray
    inverse: np.ndarray

    @property
    def count(self) -> int:
        return len(self.domains)

    def counted(self, valid: np.ndarray) -> np.ndarray:
        """Rows that are valid, weigh something and lie in a domain."""
        return valid & (self.design.weights > 0) & (self.domain >= 0)

    def added(self, values: np.ndarray, counted: np.ndarray) -> np.ndarray:
        """Σ of values over the counted rows of each domain (D,)."""
        return np.bincount(self.domain[counted], weights=values[counted], minlength=self.count)


def field(rows: pd.DataFrame, design: SurveyDesign, *, by: Sequence[str] = ()) -> Field:
    """The rows of a design in their domains.

    Raises
    ------
    SurveyError
        Rows and design of different length; an unknown column; no row in any domain; what the variance kernel
        refuses.
    """
    if len(rows) != len(design.weights):
        raise SurveyError(
            "rows and design differ in length", expected=str(len(design.weights)), got=str(len(rows))
        )
    domain, table = domains(rows, by)
    finest, stages, labels = thin(design)
    w, x = design.weights, design.calibration
    q = w if design.calibration_weights is None else design.calibration_weights
    x = np.zeros((len(rows), 0)) if x is None else x
    sums = [np.bincount(finest, weights=w * column, minlength=len(labels)) for column in x.T]
    codes = [StageCodes(s.strata, s.clusters, s.population, s.stratum_names) for s in stages]
    return Field(
        design=design,
        domain=np.zeros(len(rows), dtype=np.int64) if domain is None else domain,
        domains=table,
        clusters=finest,
        size=len(labels),
        levels=prepare(codes, lonely=design.lonely),
        regression=q,
        auxiliary=np.column_stack(sums) if sums else np.zeros((len(labels), 0)),
        inverse=pseudo_inverse((x * q[:, None]).T @ x),
    )


class Repeated(NamedTuple):
    """Scaled deviations (R, k) of replicates, whose cross-product is the covariance; their degrees of freedom
    (None: those of the design)."""

    deviations: np.ndarray
    df: float | None


class Piece(NamedTuple):
    """Estimates, and the influence (P, k) behind their covariance (None where there is none)."""

    estimates: Estimates
    influence: np.ndarray | None


def assemble(
    where: Field,
    parts: Sequence[Part],
    *,
    confidence: float = 0.95,
    full: bool | None = None,
    repeated: Repeated | None = None,
) -> Piece:
    """Estimates from values and influences: standard errors, df, symmetric intervals, covariance.

    Parameters
    ----------
    full : bool, optional
        Whether to compute covariances; by default up to 400 estimates.
    repeated : Repeated, optional
        Take variances from it in place of the influences.

    Raises
    ------
    SurveyError
        Nothing asked for; a confidence outside 0 to 1.
    """
    if not parts:
        raise SurveyError("nothing to estimate")
    if not 0 < confidence < 1:
        raise SurveyError("confidence must lie between 0 and 1", got=str(confidence))
    size, sums = len(parts) * where.count, None
    full = size <= MOST_FOR_COVARIANCE if full is None else full
    if repeated is not None:
        off = repeated.deviations
        known = off.T @ off if full else np.einsum("ij,ij->j", off, off)
    elif full:
        sums = np.concatenate([influence_sums(where, part) for part in parts], axis=1)
        known = covariance(sums, where.levels)
    else:
        known = np.concatenate([variance(influence_sums(where, part), where.levels) for part in parts])
    made = Estimates(
        table=_table(where, parts, known if known.ndim == 1 else np.diag(known), confidence, repeated),
        known=known,
        keys=("kind", "variable", "level", *(str(name) for name in where.domains.columns)),
        confidence=confidence,
    )
    return Piece(made, sums)


def repeat(
    where: Field, make: Callable[[Field], Sequence[Part]], replicates: Replicates | None
) -> Repeated | None:
    """The statistics that `make` gives of a field, made anew with the weights of every replicate."""
    if replicates is None:
        return None
    values = [
        np.concatenate([part.value for part in make(replace(where, design=replace(where.design, weights=w)))])
        for weights in replicate_blocks(where.design, replicates)
        for w in weights.T
    ]
    whole = np.concatenate([part.value for part in make(where)])
    return Repeated(spread_of(replicates, np.array(values), whole), replicates.df)


def join(pieces: Sequence[Piece], levels: Sequence[Level]) -> Estimates:
    """One result out of several of the same design and domains, with the covariances between them.

    Parameters
    ----------
    levels : sequence of Level
        Of the design, for the kernel (`Field.levels`).

    Raises
    ------
    SurveyError
        Pieces with different key columns or levels of confidence.
    """
    first = pieces[0].estimates
    for piece in pieces:
        if (piece.estimates.keys, piece.estimates.confidence) != (first.keys, first.confidence):
            raise SurveyError(
                "estimates of different domains or confidence cannot stand in one result",
                expected=f"{first.keys} at {first.confidence:g}",
                got=f"{piece.estimates.keys} at {piece.estimates.confidence:g}",
            )
    ends = np.cumsum([0, *(len(piece.estimates.table) for piece in pieces)])
    table = pd.concat([piece.estimates.table for piece in pieces], ignore_index=True)
    made = {"table": table, "keys": first.keys, "confidence": first.confidence}
    if all(piece.estimates.known.ndim == 1 for piece in pieces):
        return Estimates(known=np.concatenate([piece.estimates.known for piece in pieces]), **made)
    matrix = np.full((ends[-1], ends[-1]), np.nan)
    if all(piece.influence is not None for piece in pieces):
        matrix = covariance(np.concatenate([piece.influence for piece in pieces], axis=1), levels)
    for piece, (start, end) in zip(pieces, pairwise(ends), strict=True):
        matrix[start:end, start:end] = piece.estimates.covariance
    return Estimates(known=matrix, **made)


def influence_sums(where: Field, part: Part) -> np.ndarray:
    """Influence per cluster and domain (P, D); for calibrated weights of the residuals."""
    p, d, w = where.size, where.count, where.design.weights
    counted = where.counted(part.valid)
    cell = where.clusters[counted] * d + where.domain[counted]
    sums = np.bincount(cell, weights=(w * part.influence)[counted], minlength=p * d).reshape(p, d)
    # A value that cannot be computed has no standard error either.
    sums = np.where(np.isnan(part.value), np.nan, sums)
    if where.design.calibration is None:
        return sums
    weighted = where.regression * part.influence
    cross = np.column_stack([where.added(weighted * x, counted) for x in where.design.calibration.T])
    return sums - where.auxiliary @ (where.inverse @ cross.T)


def degrees_of(where: Field, counted: np.ndarray) -> np.ndarray:
    """Clusters minus strata of the first stage in which a domain has a counted row (D,)."""
    first = where.design.stages[0]

    def met(codes: np.ndarray) -> np.ndarray:
        there = np.zeros((int(codes.max(initial=-1)) + 1, where.count), dtype=bool)
        there[codes[counted], where.domain[counted]] = True
        return there.sum(axis=0, dtype=float)

    return met(first.clusters) - met(first.strata)


def _table(
    where: Field, parts: Sequence[Part], variances: np.ndarray, confidence: float, repeated: Repeated | None
) -> pd.DataFrame:
    given = None if repeated is None else repeated.df
    d, w = where.count, where.design.weights
    n, n_eff, df = [], [], []
    for part in parts:
        counted = where.counted(part.valid)
        n.append(np.bincount(where.domain[counted], minlength=d).astype(float))
        with np.errstate(invalid="ignore", divide="ignore"):
            n_eff.append(where.added(w, counted) ** 2 / where.added(w * w, counted))
        df.append(degrees_of(where, counted) if given is None else np.full(d, given))
    value, degrees = np.concatenate([part.value for part in parts]), np.concatenate(df)
    std_error = np.sqrt(variances)
    low, high = symmetric(value, std_error, degrees, confidence=confidence)
    results = (
        value,
        std_error,
        degrees,
        low,
        high,
        np.nan,
        np.nan,
        np.concatenate(n),
        np.concatenate(n_eff),
        np.nan,
    )
    keys = {
        name: np.repeat(np.array([getattr(part, name) for part in parts], dtype=object), d)
        for name in ("kind", "variable", "level")
    }
    by = {str(name): np.tile(where.domains[name].to_numpy(), len(parts)) for name in where.domains.columns}
    return pd.DataFrame({**keys, **by, **dict(zip(RESULT_COLUMNS, results, strict=True))})
