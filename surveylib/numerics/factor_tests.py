"""Tests of factor models fitted by DWLS: mean-and-variance adjusted chi-squares and indices of fit.

The weighted sum of squares T is a mixture of chi-squares; a·T + b has the mean and variance of a chi-square
with the model's own degrees of freedom (Asparouhov & Muthén 2010, "Simple second order chi-square
correction"; Satorra & Bentler 2001, doi:10.1007/BF02296192).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy.linalg import block_diag, null_space
from scipy.stats import chi2

from surveylib.errors import SurveyError
from surveylib.numerics.factor import FactorFit
from surveylib.numerics.polychoric import Moments


class ScaledTest(NamedTuple):
    """A statistic adjusted to the mean and variance of a chi-square with `df` degrees of freedom."""

    statistic: float
    df: int
    p_value: float


class Fit(NamedTuple):
    """Indices of fit: of the adjusted chi-square those called scaled."""

    cfi: float
    tli: float
    rmsea: float
    cfi_scaled: float
    tli_scaled: float
    rmsea_scaled: float
    srmr: float


def scaled_test(fit: FactorFit, groups: Sequence[Moments]) -> ScaledTest:
    """The test of a model against thresholds and correlations left free."""
    if fit.df == 0:
        return ScaledTest(0.0, 0, float("nan"))
    weight, slope, gamma = _whole(groups, fit.jacobians)
    weighted = weight[:, None] * slope
    used = np.diag(weight) - weighted @ np.linalg.solve(slope.T @ weighted, weighted.T)
    return _adjusted(fit.chisq, fit.df, used @ gamma)


def difference_test(wider: FactorFit, narrower: FactorFit, groups: Sequence[Moments]) -> ScaledTest:
    """The test of a model within a wider one, both evaluated at the wider one's estimates.

    The restriction is found from how both move the moments, so that neither has to be written as the other
    with some parameters held (Satorra 2000, doi:10.1007/978-1-4615-4603-0_17).

    Raises
    ------
    SurveyError
        If the second model has not fewer parameters than the first.
    """
    m = narrower.df - wider.df
    if m <= 0:
        raise SurveyError("the second model is not the narrower", where="difference test", got=f"{m} df")
    weight, slope, gamma = _whole(groups, wider.jacobians)
    weighted = weight[:, None] * slope
    inverse = np.linalg.inv(slope.T @ weighted)
    spanned = np.linalg.lstsq(slope, np.vstack(narrower.jacobians), rcond=None)[0]
    across = null_space(spanned.T, rcond=1e-8)
    if across.shape[1] != m:
        raise SurveyError("neither model lies within the other", where="difference test")
    held = weighted @ inverse @ across
    used = held @ np.linalg.solve(across.T @ inverse @ across, held.T)
    return _adjusted(narrower.chisq - wider.chisq, m, used @ gamma)


def fit_indices(fit: FactorFit, groups: Sequence[Moments]) -> Fit:
    """CFI, TLI, RMSEA of the plain and of the adjusted chi-square, and SRMR of the correlations.

    The baseline model has free thresholds and no correlations. CFI is 1 where neither model misfits.
    """
    plain, scaled, base = fit.chisq, scaled_test(fit, groups).statistic, _baseline(groups)
    freedom, n = sum(len(g.pairs) for g in groups), sum(g.n for g in groups) - len(groups)
    made = []
    for value, null in ((plain, base[0]), (scaled, base[1])):
        excess, worst = max(value - fit.df, 0.0), max(value - fit.df, null - freedom, 0.0)
        ratio = null / freedom
        made.append(
            (
                1 - excess / worst if worst > 0 else 1.0,
                (ratio - value / fit.df) / (ratio - 1) if fit.df else 1.0,
                np.sqrt(len(groups) * excess / (n * fit.df)) if fit.df else 0.0,
            )
        )
    return Fit(*made[0], *made[1], _srmr(fit, groups))


def _baseline(groups: Sequence[Moments]) -> tuple[float, float]:
    """Chi-square of no correlations at all, plain and adjusted."""
    plain, blocks, df = 0.0, [], 0
    for group in groups:
        t = len(group.item)
        r, gamma = group.values[t:], group.gamma[t:, t:]
        plain += (group.n - 1) * float(np.sum(r**2 / np.diag(gamma)))
        blocks.append(gamma / np.diag(gamma)[:, None])
        df += len(r)
    return plain, _adjusted(plain, df, block_diag(*blocks)).statistic


def _srmr(fit: FactorFit, groups: Sequence[Moments]) -> float:
    total = 0.0
    for group, away in zip(groups, fit.residuals, strict=True):
        p = int(group.pairs.max()) + 1
        total += group.n * np.sqrt(np.sum(away[len(group.item) :] ** 2) / (p * (p + 1) / 2))
    return float(total / sum(g.n for g in groups))


def _whole(groups: Sequence[Moments], jacobians) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Weights, derivatives and covariance of all groups' moments, each group by its share."""
    n = sum(g.n for g in groups)
    weight = np.concatenate([g.n / n / np.diag(g.gamma) for g in groups])
    return weight, np.vstack(jacobians), block_diag(*(g.gamma * n / g.n for g in groups))


def _adjusted(value: float, df: int, mixture: np.ndarray) -> ScaledTest:
    """a · value + b, where the eigenvalues of `mixture` weigh the chi-squares `value` is made of."""
    scale = np.sqrt(df / np.sum(mixture * mixture.T))
    statistic = float(scale * value + df - scale * np.trace(mixture))
    return ScaledTest(statistic, df, float(chi2.sf(statistic, df)))
