"""The slope of one number on another over few units, with errors that hold when units differ in spread.

Bell & McCaffrey (2002), Survey Methodology 28(2); Imbens & Kolesár (2016), doi:10.1162/REST_a_00552.
"""

from __future__ import annotations

import math

import numpy as np

from surveylib.numerics.randomisation import Difference


def robust_slope(y: np.ndarray, x: np.ndarray) -> Difference:
    """Least squares of y on 1 and x: the slope, its HC2 error, Bell and McCaffrey's degrees of freedom.

    Where x is 0 or 1 the error is Welch's. NaN where x does not vary, or where one unit alone decides the
    slope (its leverage is 1), for then its spread cannot be seen.

    Parameters
    ----------
    y, x : float arrays (n,)

    Examples
    --------
    >>> seen = robust_slope(np.array([0.0, 0.2, 0.5, 0.9, 1.1]), np.array([0.0, 0.0, 0.5, 1.0, 1.0]))
    >>> round(seen.estimate, 3), round(seen.std_error, 3), round(seen.df, 2)
    (0.9, 0.136, 2.37)
    """
    nothing = Difference(estimate=math.nan, std_error=math.nan, df=math.nan, statistic=math.nan)
    centred = x - x.mean()
    total = float(centred @ centred)
    if not total > 0:
        return nothing
    weights = centred / total
    hat = 1 / len(x) + np.outer(centred, centred) / total
    left = 1 - np.diag(hat)
    estimate = float(weights @ y)
    if left.min() < 1e-9:
        return Difference(estimate=estimate, std_error=math.nan, df=math.nan, statistic=math.nan)
    factor = weights / np.sqrt(left)
    residual = y - y.mean() - estimate * centred
    error = math.sqrt(float(((factor * residual) ** 2).sum()))
    inner = np.outer(factor, factor) * (np.eye(len(x)) - hat)
    df = float(np.trace(inner) ** 2 / (inner**2).sum())
    statistic = estimate / error if error > 0 else math.nan
    return Difference(estimate=estimate, std_error=error, df=df, statistic=statistic)
