"""Cohen's kappa: how far two classifications of the same people agree beyond chance."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import column
from surveylib.estimation.encode import encode
from surveylib.estimation.linearised import Field, Part, Piece, assemble, field, repeat
from surveylib.model.design import SurveyDesign
from surveylib.model.replicates import Replicates
from surveylib.model.results import Estimates


def kappa(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    pairs: Sequence[tuple[str, str]],
    by: Sequence[str] = (),
    confidence: float = 0.95,
    replicates: Replicates | None = None,
) -> Estimates:
    """Kappa (p_o − p_e) / (1 − p_e) of pairs of columns, p_o the share that agrees, p_e that expected if the
    two were independent.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`. A row counts when both values are there; the second column stands in
        ``level``.
    pairs : sequence of (str, str)
        Columns with the same categories; one that only one of them uses counts as never agreed on.
    replicates : Replicates, optional
        Take variances from their spread in place of the linear kernel.

    Raises
    ------
    SurveyError
        Unknown column; columns without any category in common.

    References
    ----------
    Cohen (1960), doi:10.1177/001316446002000104; Deville (1999) for the influence.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"now": ["a", "a", "b", "b"], "then": ["a", "b", "b", "b"]})
    >>> kappa(rows, declare(rows), pairs=[("now", "then")]).table["estimate"].tolist()
    [0.5]
    """
    where, how = field(rows, design, by=by), {"confidence": confidence, "replicates": replicates}
    return kappa_piece(where, rows, pairs=pairs, **how).estimates


def kappa_piece(
    where: Field,
    rows: pd.DataFrame,
    *,
    pairs: Sequence[tuple[str, str]],
    confidence: float = 0.95,
    full: bool | None = None,
    replicates: Replicates | None = None,
) -> Piece:
    """As `kappa`, with the influence behind it."""

    def made_of(where: Field) -> list[Part]:
        return [_part(where, rows, one, other) for one, other in dict.fromkeys(pairs)]

    repeated = repeat(where, made_of, replicates)
    return assemble(where, made_of(where), confidence=confidence, full=full, repeated=repeated)


def _part(where: Field, rows: pd.DataFrame, one: str, other: str) -> Part:
    first, second = column(rows, one), column(rows, other)
    common = set(first.dropna()) & set(second.dropna())
    if not common:
        raise SurveyError(
            "the two columns have no category in common",
            where=f"columns {one!r} and {other!r}",
            expected="two classifications by the same categories",
        )
    codes, _ = encode(pd.concat([first.astype(object), second.astype(object)], ignore_index=True))
    a, b = codes[: len(rows)], codes[len(rows) :]
    valid = (a >= 0) & (b >= 0)
    counted, w, d = where.counted(valid), where.design.weights, where.count
    k = int(codes.max()) + 1
    with np.errstate(invalid="ignore", divide="ignore"):
        size = where.added(w, counted)
        agreed = where.added(w * (a == b), counted) / size
        share_a, share_b = (
            np.bincount(where.domain[counted] * k + c[counted], weights=w[counted], minlength=d * k).reshape(
                d, k
            )
            / size[:, None]
            for c in (a, b)
        )
        expected = (share_a * share_b).sum(axis=1)
        value = (agreed - expected) / (1 - expected)
        # What a row adds to p_o and to p_e, and the slopes of kappa in both.
        at = where.domain
        to_agreed = (a == b) - agreed[at]
        to_expected = share_b[at, a] + share_a[at, b] - 2 * expected[at]
        change = (to_agreed - (1 - value[at]) * to_expected) / (1 - expected[at])
        influence = np.where(counted, change / size[at], 0.0)
    return Part("kappa", one, other, value, influence, valid)
