"""Variances, covariances and correlations in the population, with standard errors of the design."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import numbers
from surveylib.estimation.linearised import Field, Part, Piece, assemble, field, repeat
from surveylib.model.design import SurveyDesign
from surveylib.model.replicates import Replicates
from surveylib.model.results import Estimates
from surveylib.numerics import intervals


def moments(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    variances: Sequence[str] = (),
    covariances: Sequence[tuple[str, str]] = (),
    correlations: Sequence[tuple[str, str]] = (),
    by: Sequence[str] = (),
    confidence: float = 0.95,
    full: bool | None = None,
    replicates: Replicates | None = None,
) -> Estimates:
    """Population variances, covariances and correlations, with their covariance.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`. A row counts for a pair when both values are there.
    variances : sequence of str
    covariances, correlations : sequences of (str, str)
        Pairs of columns; the second stands in ``level``.
    full : bool, optional
        Whether to compute covariances of these estimates; by default up to 400 of them.
    replicates : Replicates, optional
        Take variances from their spread in place of the linear kernel.

    Returns
    -------
    Estimates
        Variances are Σ w (y − ȳ)² / Σ w · n/(n − 1), in squared units of y. The interval of a correlation is
        symmetric on Fisher's scale; ``deff`` is left empty.

    Raises
    ------
    SurveyError
        Unknown column, text where numbers are needed, infinite values, nothing asked for.

    References
    ----------
    Deville (1999), Survey Methodology 25, 193-203 (influence of moments).

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"a": [1.0, 2.0, 3.0, 6.0], "b": [2.0, 1.0, 4.0, 5.0]})
    >>> made = moments(rows, declare(rows), variances=["a"], correlations=[("a", "b")])
    >>> made.table["estimate"].round(6).tolist()
    [4.666667, 0.845154]
    """
    asked = {"variances": variances, "covariances": covariances, "correlations": correlations}
    where, how = field(rows, design, by=by), {"confidence": confidence, "full": full}
    return moment_piece(where, rows, **asked, **how, replicates=replicates).estimates


def moment_piece(
    where: Field,
    rows: pd.DataFrame,
    *,
    variances: Sequence[str] = (),
    covariances: Sequence[tuple[str, str]] = (),
    correlations: Sequence[tuple[str, str]] = (),
    confidence: float = 0.95,
    full: bool | None = None,
    replicates: Replicates | None = None,
) -> Piece:
    """As `moments`, with the influence behind it."""
    asked = dict.fromkeys(
        [
            *(("variance", name, name) for name in variances),
            *(("covariance", *pair) for pair in covariances),
            *(("correlation", *pair) for pair in correlations),
        ]
    )

    sample = where

    def made_of(where: Field) -> list[Part]:
        return [_part(where, rows, kind, one, other, sample=sample) for kind, one, other in asked]

    repeated = repeat(where, made_of, replicates)
    made = assemble(where, made_of(where), confidence=confidence, full=full, repeated=repeated)
    return made._replace(estimates=_bounded(made.estimates))


def covariance_matrix(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    variables: Sequence[str],
    by: Sequence[str] = (),
    confidence: float = 0.95,
) -> Estimates:
    """The variances of several variables and the covariances of all their pairs: `moments` of them."""
    return moments(
        rows,
        design,
        variances=variables,
        covariances=list(combinations(dict.fromkeys(variables), 2)),
        by=by,
        confidence=confidence,
    )


def _part(where: Field, rows: pd.DataFrame, kind: str, one: str, other: str, *, sample: Field) -> Part:
    """The moment; n in n/(n − 1) is that of the `sample`, also where a replicate leaves rows out."""
    a, b = _finite(rows, one), _finite(rows, other)
    valid = ~(np.isnan(a) | np.isnan(b))
    if not valid.any():
        raise SurveyError("no row has a value", where=f"columns {one!r} and {other!r}")
    counted, w = where.counted(valid), where.design.weights
    a, b = np.where(counted, a, 0.0), np.where(counted, b, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        size, n = where.added(w, counted), sample.added(np.ones(len(a)), sample.counted(valid))
        a = a - (where.added(w * a, counted) / size)[where.domain]
        b = b - (where.added(w * b, counted) / size)[where.domain]

        def moment(product: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            # The means are estimated too, but the moment does not change with them to first order.
            value = where.added(w * product, counted) / size
            share = np.where(counted, (product - value[where.domain]) / size[where.domain], 0.0)
            return value, share

        value, influence = moment(a * b)
        if kind == "correlation":
            (square_a, from_a), (square_b, from_b) = moment(a * a), moment(b * b)
            value = value / np.sqrt(square_a * square_b)
            scale = np.sqrt(square_a * square_b)[where.domain]
            r, two = value[where.domain], 2.0
            change = from_a / (two * square_a)[where.domain] + from_b / (two * square_b)[where.domain]
            influence = np.where(counted, influence / scale - r * change, 0.0)
        else:
            bessel = np.where(n > 1, n / (n - 1), np.nan)
            value, influence = value * bessel, np.where(counted, influence * bessel[where.domain], 0.0)
    return Part(kind, one, "" if kind == "variance" else other, value, influence, valid)


def _finite(rows: pd.DataFrame, name: str) -> np.ndarray:
    values = numbers(rows, name)
    if np.isinf(values).any():
        row = int(np.argmax(np.isinf(values))) + 1
        raise SurveyError("an infinite value", where=f"column {name!r}, row {row}", expected="finite numbers")
    return values


def _bounded(made: Estimates) -> Estimates:
    """Intervals of correlations that stay within −1 and 1."""
    table = made.table.copy()
    here = (table["kind"] == "correlation").to_numpy()
    if here.any():
        value, se, df = (table.loc[here, name].to_numpy(float) for name in ("estimate", "std_error", "df"))
        low, high = intervals.correlation(value, se, df, confidence=made.confidence)
        table.loc[here, "conf_low"], table.loc[here, "conf_high"] = low, high
    return replace(made, table=table)
