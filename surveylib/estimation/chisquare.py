"""Tests of tables: whether two columns are independent, and whether shares are as expected; from totals
alone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from scipy import linalg, stats

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.encode import label
from surveylib.estimation.estimate import levels_of, pseudo_inverse
from surveylib.model.hypothesis import Hypothesis
from surveylib.model.text import Text
from surveylib.model.totals import PsuTotals
from surveylib.numerics.quadratic_forms import saddlepoint, satterthwaite, tail
from surveylib.numerics.variance import covariance

METHODS = {
    "F": Text(vi="Rao–Scott bậc hai, thống kê F", en="Rao–Scott, second order, F"),
    "Chisq": Text(vi="Rao–Scott bậc nhất, khi bình phương", en="Rao–Scott, first order, chi-square"),
    "Wald": Text(vi="Wald", en="Wald"),
    "adjWald": Text(vi="Wald hiệu chỉnh theo số bậc tự do", en="Wald, adjusted for the degrees of freedom"),
    "lincom": Text(
        vi="Pearson, phân phối chính xác của tổ hợp khi bình phương",
        en="Pearson, exact law of the combination of chi-squares",
    ),
    "saddlepoint": Text(vi="Pearson, xấp xỉ điểm yên ngựa", en="Pearson, saddlepoint approximation"),
    "Satterthwaite": Text(
        vi="Pearson, khi bình phương theo Satterthwaite", en="Pearson, Satterthwaite's chi-square"
    ),
}
ASSOCIATION = ("F", "Chisq", "Wald", "adjWald", "lincom", "saddlepoint")
FIT = ("F", "Satterthwaite", "lincom", "saddlepoint")


class _Cells(NamedTuple):
    """Totals (R, C) of the cells, their sums per cluster (P, R·C), rows counted, degrees of freedom."""

    totals: np.ndarray
    sums: np.ndarray
    n: int
    df: float


def association(totals: PsuTotals, *, variable: str, statistic: str = "F") -> Hypothesis:
    """Are the shares of `variable` the same in every domain? Tests of independence in a two-way table.

    Parameters
    ----------
    totals : PsuTotals
        With the proportions of `variable` among its requests, and the other column as `by`. A row with a
        missing value in either stands in no cell.
    statistic : {'F', 'Chisq', 'Wald', 'adjWald', 'lincom', 'saddlepoint'}
        'F': Pearson's statistic over its expectation, as F with fractional degrees of freedom (Rao & Scott's
        second order, the default); 'Chisq': over the mean design effect, as chi-square (first order);
        'lincom', 'saddlepoint': the law of the ratio of a combination of chi-squares to a chi-square,
        computed exactly or by the saddlepoint; 'Wald', 'adjWald': on the departures from independence, only
        sound with many clusters for each cell.

    Returns
    -------
    Hypothesis
        `unadjusted` is Pearson's statistic of the shares times n; `eigenvalues` the generalised design
        effects.

    Raises
    ------
    SurveyError
        Totals without these proportions or with a single row or column; more cells than the clusters can
        tell apart.

    References
    ----------
    Rao & Scott (1984), doi:10.1214/aos/1176346391; Thomas & Rao (1987), doi:10.1080/01621459.1987.10478477;
    Koch, Freeman & Freeman (1975), doi:10.2307/1402660, for Wald.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.estimation import declare, totals
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"a": list("xxxyyyxxyy"), "b": list("uuvvvvuuvu")})
    >>> ask = [Request(kind="proportion", variable="b")]
    >>> made = association(totals(rows, declare(rows), requests=ask, by=["a"]), variable="b")
    >>> round(made.unadjusted, 6), made.df_num
    (3.6, 1.0)
    """
    if statistic not in ASSOCIATION:
        raise unknown("statistic", statistic, ASSOCIATION)
    cells = _cells(totals, variable)
    if min(cells.totals.shape) < 2:
        raise SurveyError(
            "a table of a single row or column",
            where=f"{variable!r} by {', '.join(map(repr, totals.domains.columns)) or 'nothing'}",
            expected="two levels of each, in rows with a weight",
            got=f"{cells.totals.shape[0]} × {cells.totals.shape[1]}",
        )
    if statistic in ("Wald", "adjWald"):
        return _wald(totals, cells, statistic)
    shares = cells.totals / cells.totals.sum()
    expected = np.outer(shares.sum(axis=1), shares.sum(axis=0))
    pearson = cells.n * float(((shares - expected) ** 2 / expected).sum())
    eigenvalues = _design_effects(totals, cells, shares)
    return _compared(pearson, eigenvalues, cells, statistic)


def goodness_of_fit(
    totals: PsuTotals, *, variable: str, expected: Mapping[object, float], statistic: str = "F"
) -> Hypothesis:
    """Are the shares of `variable` those expected?

    Parameters
    ----------
    totals : PsuTotals
        With the proportions of `variable` among its requests, without `by`.
    expected : mapping
        The share of every level; scaled to add to 1.
    statistic : {'F', 'Satterthwaite', 'lincom', 'saddlepoint'}
        As for `association`; 'Satterthwaite' is the scaled chi-square, blind to the number of clusters.

    Raises
    ------
    SurveyError
        Levels and expected shares that differ, shares not above 0, totals with domains.

    References
    ----------
    Rao & Scott (1981), doi:10.1080/01621459.1981.10477633.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.estimation import declare, totals
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"q": [1, 1, 1, 2, 2, 3, 3, 3]})
    >>> counted = totals(rows, declare(rows), requests=[Request(kind="proportion", variable="q")])
    >>> round(goodness_of_fit(counted, variable="q", expected={1: 0.25, 2: 0.5, 3: 0.25}).unadjusted, 6)
    2.0
    """
    if statistic not in FIT:
        raise unknown("statistic", statistic, FIT)
    if len(totals.domains) != 1:
        raise SurveyError("goodness of fit is tested in one domain", got=f"{len(totals.domains)} domains")
    cells, p = _cells(totals, variable), _expected(totals, variable, expected)
    size = float(cells.totals.sum())
    fitted = size * p
    gap = (cells.totals[0] - fitted) / np.sqrt(fitted)
    half = (cells.totals[0] + fitted) / (2 * fitted**1.5) * p
    influence = cells.sums / np.sqrt(fitted) - cells.sums.sum(axis=1, keepdims=True) * half
    scale = cells.n / size
    eigenvalues = scale * linalg.eigvalsh(covariance(influence, levels_of(totals)))
    return _compared(scale * float(gap @ gap), eigenvalues, cells, statistic)


def _cells(totals: PsuTotals, variable: str) -> _Cells:
    asked = [s for s in totals.statistics if s.kind == "proportion" and s.variable == variable]
    if not asked:
        known = {s.variable for s in totals.statistics if s.kind == "proportion"}
        raise unknown("proportion in the totals", variable, known)
    tops = [s.top for s in asked]
    sums = totals.sums[tops].transpose(1, 2, 0)  # clusters, domains, levels
    whole = sums.sum(axis=0)
    rows, columns = whole.sum(axis=1) > 0, whole.sum(axis=0) > 0
    z = sums[:, rows][:, :, columns].reshape(len(sums), -1)
    if totals.gram.size:
        cross = totals.cross[tops].transpose(1, 0, 2)[rows][:, columns].reshape(z.shape[1], -1)
        z = z - totals.auxiliary @ (pseudo_inverse(totals.gram) @ cross.T)
    present = (totals.sums[asked[0].ones] > 0).any(axis=1)
    first = totals.stages[0]
    df = len(np.unique(first.clusters[present])) - len(np.unique(first.strata[present]))
    n = int(totals.counts[asked[0].ones][rows].sum())
    return _Cells(whole[np.ix_(rows, columns)], z, n, float(df))


def _design_effects(totals: PsuTotals, cells: _Cells, shares: np.ndarray) -> np.ndarray:
    """Eigenvalues of the covariance of the interactions, against that of a simple random sample of n."""
    r, c = shares.shape
    inverse = np.divide(1.0, shares, out=np.zeros_like(shares), where=shares > 0)
    left, right = _contrasts(r), _contrasts(c)
    z = cells.sums - cells.sums.sum(axis=1, keepdims=True) * shares.ravel()
    z = (z / cells.totals.sum() * inverse.ravel()).reshape(-1, r, c) @ right
    z = np.einsum("prk,rj->pjk", z, left, optimize=True).reshape(len(z), -1)
    # Cᵀ D⁻¹ C / n, for C the products of row and column contrasts.
    simple = np.einsum("rj,rc,ck,rl,cm->jklm", left, inverse, right, left, right, optimize=True)
    simple = simple.reshape(z.shape[1], z.shape[1]) / cells.n
    try:
        return linalg.eigh(covariance(z, levels_of(totals)), simple, eigvals_only=True)
    except linalg.LinAlgError as error:
        raise SurveyError(
            "too many empty cells for a test",
            got=f"{int((shares == 0).sum())} of {shares.size} cells",
            hint="merge levels",
        ) from error


def _contrasts(k: int) -> np.ndarray:
    """Orthonormal columns (k, k − 1) that add to 0."""
    return linalg.helmert(k).T


def _compared(pearson: float, eigenvalues: np.ndarray, cells: _Cells, statistic: str) -> Hypothesis:
    """Pearson's statistic against Σ λ χ²(1), by the law asked for."""
    trace = float(eigenvalues.sum())
    scale, d0 = satterthwaite(eigenvalues)
    if statistic == "Chisq":
        k = len(eigenvalues)
        made = pearson * k / trace, float(k), np.inf
        p_value = stats.chi2.sf(made[0], k)
    elif statistic == "Satterthwaite":
        made = pearson / scale, d0, np.inf
        p_value = stats.chi2.sf(made[0], d0)
    else:
        made = pearson / trace, d0, d0 * cells.df
        p_value = stats.f.sf(*made)
        if statistic != "F":
            law = np.r_[eigenvalues, -pearson / made[2]], np.r_[np.ones(len(eigenvalues)), made[2]]
            p_value = (tail if statistic == "lincom" else saddlepoint)(0.0, *law)
    return Hypothesis(
        method=METHODS[statistic],
        statistic=made[0],
        df_num=made[1],
        df=made[2],
        p_value=float(p_value),
        n=cells.n,
        unadjusted=pearson,
        eigenvalues=tuple(sorted(map(float, eigenvalues), reverse=True)),
    )


def _wald(totals: PsuTotals, cells: _Cells, statistic: str) -> Hypothesis:
    r, c = cells.totals.shape
    size = cells.totals.sum()
    rows, columns = cells.totals.sum(axis=1) / size, cells.totals.sum(axis=0) / size
    z = cells.sums.reshape(-1, r, c)
    departure = z - z.sum(axis=2, keepdims=True) * columns - rows[:, None] * z.sum(axis=1, keepdims=True)
    departure += z.sum(axis=(1, 2), keepdims=True) * np.outer(rows, columns)
    value = (cells.totals - size * np.outer(rows, columns))[1:, 1:].ravel()
    matrix = covariance(departure[:, 1:, 1:].reshape(len(z), -1), levels_of(totals))
    k, df = len(value), cells.df
    denominator = df if statistic == "Wald" else df - k + 1
    if k > df:
        raise SurveyError(
            "more cells than the clusters can tell apart",
            expected=f"at most {df:g} (clusters minus strata)",
            got=f"{k} departures from independence",
            hint="take statistic F",
        )
    wald = float(value @ linalg.solve(matrix, value, assume_a="pos"))
    made = wald / k if statistic == "Wald" else wald * denominator / (k * df)
    return Hypothesis(
        method=METHODS[statistic],
        statistic=made,
        df_num=float(k),
        df=denominator,
        p_value=float(stats.f.sf(made, k, denominator)),
        n=cells.n,
        unadjusted=wald,
    )


def _expected(totals: PsuTotals, variable: str, expected: Mapping[object, float]) -> np.ndarray:
    levels = [s.level for s in totals.statistics if s.kind == "proportion" and s.variable == variable]
    given = {label(level): float(share) for level, share in expected.items()}
    if set(levels) != set(given):
        raise SurveyError(
            "expected shares are for other levels",
            where=f"column {variable!r}",
            expected=", ".join(levels),
            got=", ".join(given),
        )
    shares = np.array([given[level] for level in levels])
    if not (shares > 0).all():
        raise SurveyError("expected shares must be above 0", got=", ".join(f"{share:g}" for share in shares))
    return shares / shares.sum()
