"""Tests of several coefficients of a regression at once."""

from __future__ import annotations

import numpy as np
from scipy import linalg, stats

from surveylib.errors import SurveyError
from surveylib.model.hypothesis import Hypothesis
from surveylib.model.regression import Regression
from surveylib.model.text import Text
from surveylib.numerics.quadratic_forms import saddlepoint, tail


def term_test(regression: Regression, *, term: str) -> Hypothesis:
    """Wald test that all coefficients of a term are 0, as an F test with the model's degrees of freedom.

    Raises
    ------
    SurveyError
        A term that is not in the model; no degrees of freedom left.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.regression import regress
    >>> rows = pd.DataFrame({"y": [1.0, 3, 2, 6, 5, 7, 4, 4, 9], "g": list("aaabbbccc")})
    >>> test = term_test(regress(rows, declare(rows), model="y ~ g"), term="g")
    >>> round(test.statistic, 6), test.df_num, test.df
    (16.628931, 2.0, 6.0)

    References
    ----------
    Korn & Graubard (1990), The American Statistician 44, 270-276.
    """
    _refuse_without_df(regression)
    places = list(regression.coding.places(term))
    beta, covariance = regression.estimates.values[places], regression.estimates.covariance
    statistic = float(beta @ linalg.solve(covariance[np.ix_(places, places)], beta)) / len(places)
    return Hypothesis(
        method=Text(vi=f"Kiểm định Wald cho cả nhóm hệ số {term}", en=f"Wald test of the term {term}"),
        statistic=statistic,
        df_num=float(len(places)),
        df=regression.df,
        p_value=float(stats.f.sf(statistic, len(places), regression.df)),
        n=regression.n,
    )


def likelihood_ratio(smaller: Regression, larger: Regression, *, approximate: bool = False) -> Hypothesis:
    """Working likelihood-ratio test of two nested models by Rao and Scott's law, on the same rows.

    The difference of deviances behaves as Σ λ χ²(1), over a χ² of the larger model's degrees of freedom; its
    tail is computed exactly, or by the saddlepoint (`approximate`).

    Raises
    ------
    SurveyError
        If the models differ in family, outcome or rows, or the larger lacks a term of the smaller.

    References
    ----------
    Lumley & Scott (2014), Australian & New Zealand Journal of Statistics 56, 1-14.
    """
    _refuse_without_df(larger)
    names = [term.name for term in smaller.coding.terms]
    more = [term.name for term in larger.coding.terms if term.name not in names]
    same = (smaller.family, smaller.coding.outcome) == (larger.family, larger.coding.outcome)
    if not same or not more or any(name not in [t.name for t in larger.coding.terms] for name in names):
        raise SurveyError(
            "the models are not nested", expected=smaller.coding.formula + " + …", got=larger.coding.formula
        )
    if not np.array_equal(smaller.used, larger.used):
        raise SurveyError(
            "the models were fitted to different rows",
            expected=f"{larger.n} rows",
            got=f"{smaller.n} rows",
            hint="drop the rows with a missing value in the larger model first",
        )
    places = [place for name in more for place in larger.coding.places(name)]
    block = np.ix_(places, places)
    simple = larger.information_inverse[block]
    eigenvalues = linalg.eigvals(linalg.solve(simple, larger.estimates.covariance[block])).real
    difference, df = smaller.deviance - larger.deviance, larger.df
    law = np.r_[eigenvalues, -difference / df], np.r_[np.ones(len(places)), df]
    return Hypothesis(
        method=Text(
            vi=f"Tỉ số hợp lý (Rao–Scott) cho {' + '.join(more)}",
            en=f"Likelihood ratio (Rao–Scott) of {' + '.join(more)}",
        ),
        statistic=difference / float(eigenvalues.sum()),
        df_num=float(len(places)),
        df=df,
        p_value=(saddlepoint if approximate else tail)(0.0, *law),
        n=larger.n,
        unadjusted=difference,
        eigenvalues=tuple(sorted(map(float, eigenvalues), reverse=True)),
    )


def _refuse_without_df(regression: Regression) -> None:
    if regression.df < 1:
        raise SurveyError(
            "no degrees of freedom are left for a test",
            where=regression.coding.formula,
            expected="more clusters (less strata) than coefficients",
            got=f"{regression.df:g}",
            hint="leave terms out of the model",
        )
