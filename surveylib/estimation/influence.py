"""Covariance of whatever has an influence function: regression coefficients, quantiles, correlations."""

from __future__ import annotations

import numpy as np

from surveylib.errors import SurveyError
from surveylib.estimation.thin import thin
from surveylib.model.design import SurveyDesign
from surveylib.numerics.variance import StageCodes, covariance, prepare


def influence_covariance(influence: np.ndarray, design: SurveyDesign) -> np.ndarray:
    """Covariance (k, k) of k estimates from their influence values, through the one kernel.

    Parameters
    ----------
    influence : float array (n, k)
        z_i such that the estimate's error is about Σ w_i z_i; rows outside a domain or with a missing value
        hold 0.
    design : SurveyDesign
        Of the same n rows. For calibrated weights the residuals of the influence on the calibration variables
        are used.

    Raises
    ------
    SurveyError
        If the influence has another number of rows than the design, or holds values that are not finite.

    References
    ----------
    Binder (1983), doi:10.2307/1402588; Deville (1999), Survey Methodology 25, 193-203.

    Examples
    --------
    The mean of four values from a simple random sample: s²/4.

    >>> from surveylib.model.design import Stage
    >>> y = np.array([1.0, 3.0, 5.0, 7.0])
    >>> rows = Stage(strata=np.zeros(4), clusters=np.arange(4))
    >>> z = ((y - y.mean()) / 4)[:, None]
    >>> round(float(influence_covariance(z, SurveyDesign(weights=np.ones(4), stages=(rows,)))[0, 0]), 12)
    1.666666666667
    """
    z = np.asarray(influence, dtype=float)
    if z.ndim != 2 or len(z) != len(design.weights):
        raise SurveyError(
            "influence and design differ in rows", expected=str(len(design.weights)), got=str(z.shape)
        )
    if not np.isfinite(z).all():
        raise SurveyError("influence values are not finite", hint="rows that do not count hold 0, not NaN")
    if design.calibration is not None:
        z = _residuals(z, design)
    finest, stages, labels = thin(design)
    sums = np.column_stack(
        [np.bincount(finest, weights=design.weights * column, minlength=len(labels)) for column in z.T]
    )
    codes = [StageCodes(s.strata, s.clusters, s.population, s.stratum_names) for s in stages]
    return covariance(sums, prepare(codes, lonely=design.lonely))


def _residuals(z: np.ndarray, design: SurveyDesign) -> np.ndarray:
    q = design.weights if design.calibration_weights is None else design.calibration_weights
    root = np.sqrt(q)[:, None]
    coefficients = np.linalg.lstsq(root * design.calibration, root * z, rcond=None)[0]
    return z - design.calibration @ coefficients
