"""Comparing groups: t-tests, rank tests, and all pairs with multiplicity allowed for."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pandas as pd
from scipy import linalg, special, stats

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.contrast import contrast
from surveylib.estimation.declare import column, numbers
from surveylib.estimation.encode import encode, label
from surveylib.estimation.estimate import estimate
from surveylib.estimation.influence import influence_covariance
from surveylib.estimation.regression import design_df
from surveylib.estimation.totals import totals
from surveylib.model.design import SurveyDesign
from surveylib.model.hypothesis import Hypothesis
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.model.text import Text
from surveylib.model.totals import Request

SCORES = {
    "values": lambda rank: rank,
    "wilcoxon": lambda rank: rank,
    "vanderWaerden": special.ndtri,
    "median": lambda rank: (rank > 0.5).astype(float),
}
ADJUSTMENTS = ("holm", "bonferroni", "fdr", "none")


def mean_test(
    rows: pd.DataFrame, design: SurveyDesign, *, outcome: str, null: float = 0.0, confidence: float = 0.95
) -> Estimates:
    """One-sample t-test: is the mean `null`? Degrees of freedom: clusters minus strata.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"y": [1.0, 3.0, 5.0, 7.0]})
    >>> made = mean_test(rows, declare(rows), outcome="y", null=1.0).table
    >>> made[["estimate", "statistic", "df"]].round(6).to_dict("records")
    [{'estimate': 4.0, 'statistic': 2.32379, 'df': 3.0}]
    """
    made = estimate(
        totals(rows, design, requests=[Request(kind="mean", variable=outcome)]), confidence=confidence
    )
    statistic = (made.values - null) / made.table["std_error"]
    p_value = 2 * stats.t.sf(np.abs(statistic), made.table["df"])
    return replace(made, table=made.table.assign(statistic=statistic, p_value=p_value))


def paired_test(
    rows: pd.DataFrame, design: SurveyDesign, *, outcome: str, before: str, confidence: float = 0.95
) -> Estimates:
    """Paired t-test: the mean of `outcome` minus `before`, over the rows that have both.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"now": [4.0, 5, 3, 5], "then": [3.0, 3, 3, 4]})
    >>> paired_test(rows, declare(rows), outcome="now", before="then").table["estimate"].tolist()
    [1.0]
    """
    name = f"{outcome} − {before}"
    difference = pd.DataFrame({name: numbers(rows, outcome) - numbers(rows, before)})
    return mean_test(difference, design, outcome=name, confidence=confidence)


def compare_groups(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    outcome: str,
    group: str,
    scores: str = "values",
    reference: object = None,
    confidence: float = 0.95,
) -> Estimates:
    """Difference of every group from the reference: t-tests of means, or of rank scores.

    Parameters
    ----------
    scores : {'values', 'wilcoxon', 'vanderWaerden', 'median'}
        What is averaged: the values; or the weighted mid-rank as a share of the population (with two groups
        the Wilcoxon test, with more Kruskal–Wallis), its normal quantile, or whether it lies above one half.
    reference : optional
        The group that the others are compared with; the first in sorted order when not given.

    Returns
    -------
    Estimates
        ``level`` is "group − reference"; degrees of freedom: clusters minus strata minus the number of
        differences. `joint_test` of it asks whether any group differs.

    Raises
    ------
    SurveyError
        Unknown column, group or scores; an outcome that is not numbers; fewer than two groups.

    References
    ----------
    Lumley & Scott (2013), Biometrika 100, 831-842, for rank tests.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"y": [1.0, 3, 2, 6, 5, 7], "g": list("aaabbb")})
    >>> made = compare_groups(rows, declare(rows), outcome="y", group="g").table
    >>> made[["level", "estimate", "df"]].to_dict("records")
    [{'level': 'b − a', 'estimate': 4.0, 'df': 4.0}]
    """
    if scores not in SCORES:
        raise unknown("scores", scores, SCORES)
    means, names = _means(rows, design, outcome, group, scores, confidence)
    first = _reference(names, reference, group)
    others = [at for at in range(len(names)) if at != first]
    matrix = np.zeros((len(others), len(names)))
    matrix[np.arange(len(others)), others], matrix[:, first] = 1.0, -1.0
    levels = [f"{names[at]} − {names[first]}" for at in others]
    return _differences(means, matrix, levels)


def joint_test(estimates: Estimates) -> Hypothesis:
    """Wald test that all the estimates are 0, as an F test with their degrees of freedom.

    Raises
    ------
    SurveyError
        If one of them is a combination of the others.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"y": [1.0, 3, 2, 6, 5, 7, 4, 4, 9], "g": list("aaabbbccc")})
    >>> test = joint_test(compare_groups(rows, declare(rows), outcome="y", group="g"))
    >>> round(test.statistic, 6), test.df_num, test.df
    (16.628931, 2.0, 6.0)
    """
    value, k, df = estimates.values, len(estimates.table), float(estimates.table["df"].min())
    if not df >= 1:
        raise SurveyError("no degrees of freedom are left for a test", got=f"{df:g}")
    try:
        statistic = float(value @ linalg.solve(estimates.covariance, value, assume_a="pos")) / k
    except linalg.LinAlgError as error:
        raise SurveyError(
            "the estimates cannot be tested together",
            expected="estimates of which none is a combination of others",
            got=f"{k} estimates with {df:g} degrees of freedom",
        ) from error
    return Hypothesis(
        method=Text(vi="Kiểm định Wald đồng thời", en="Joint Wald test"),
        statistic=statistic,
        df_num=float(k),
        df=df,
        p_value=float(stats.f.sf(statistic, k, df)),
        n=int(estimates.table["n"].max()),
    )


def pairwise(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    outcome: str,
    group: str,
    scores: str = "values",
    adjust: str = "holm",
    confidence: float = 0.95,
) -> Estimates:
    """All pairs of groups, later minus earlier, with a column ``p_adjusted``.

    Parameters
    ----------
    scores : as for `compare_groups`
    adjust : {'holm', 'bonferroni', 'fdr', 'none'}
        How p-values allow for the number of pairs; 'fdr' is Benjamini and Hochberg's. Intervals are not
        adjusted.

    References
    ----------
    Holm (1979), Scandinavian Journal of Statistics 6, 65-70; Benjamini & Hochberg (1995).

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"y": [1.0, 3, 2, 6, 5, 7, 4, 4, 9], "g": list("aaabbbccc")})
    >>> pairwise(rows, declare(rows), outcome="y", group="g").table["level"].tolist()
    ['b − a', 'c − a', 'c − b']
    """
    if scores not in SCORES:
        raise unknown("scores", scores, SCORES)
    means, names = _means(rows, design, outcome, group, scores, confidence)
    pairs = list(combinations(range(len(names)), 2))
    matrix = np.zeros((len(pairs), len(names)))
    for at, (earlier, later) in enumerate(pairs):
        matrix[at, earlier], matrix[at, later] = -1.0, 1.0
    made = _differences(means, matrix, [f"{names[later]} − {names[earlier]}" for earlier, later in pairs])
    adjusted = adjusted_p(made.table["p_value"].to_numpy(), method=adjust)
    return replace(made, table=made.table.assign(p_adjusted=adjusted))


def adjusted_p(p_values: np.ndarray, *, method: str) -> np.ndarray:
    """p-values that allow for their number.

    >>> adjusted_p(np.array([0.01, 0.04, 0.03]), method="holm").round(3).tolist()
    [0.03, 0.06, 0.06]
    >>> adjusted_p(np.array([0.01, 0.04, 0.03]), method="fdr").round(3).tolist()
    [0.03, 0.04, 0.04]
    """
    if method not in ADJUSTMENTS:
        raise unknown("adjustment", method, ADJUSTMENTS)
    k, order = len(p_values), np.argsort(p_values, kind="stable")
    ordered, made = p_values[order], np.empty(len(p_values))
    if method == "holm":
        ordered = np.maximum.accumulate(ordered * np.arange(k, 0, -1))
    elif method == "bonferroni":
        ordered = ordered * k
    elif method == "fdr":
        ordered = np.minimum.accumulate((ordered * k / np.arange(1, k + 1))[::-1])[::-1]
    made[order] = np.minimum(ordered, 1.0)
    return made


def _means(rows, design: SurveyDesign, outcome: str, group: str, scores: str, confidence: float):
    """Mean score of every group with covariance, as Estimates, and the groups' names."""
    y, (codes, levels) = numbers(rows, outcome), encode(column(rows, group))
    if np.isinf(y).any():
        raise SurveyError("an infinite value", where=f"column {outcome!r}", expected="finite numbers")
    used = ~np.isnan(y) & (codes >= 0) & (design.weights > 0)
    met = np.unique(codes[used])
    if len(met) < 2:
        raise SurveyError(
            "a comparison needs two groups or more",
            where=f"column {group!r}",
            got=f"{len(met)} with a value of {outcome!r}",
        )
    w = np.where(used, design.weights, 0.0)
    score = y if scores == "values" else np.full(len(y), np.nan)
    if scores != "values":
        score[used] = SCORES[scores](_ranks(y[used], w[used]))
    inside = [(codes == code) & used for code in met]
    sizes = np.array([w[there].sum() for there in inside])
    means = np.array([w[there] @ score[there] for there in inside]) / sizes
    influence = np.column_stack(
        [
            np.where(there, np.where(used, score, 0.0) - mean, 0.0) / size
            for there, mean, size in zip(inside, means, sizes, strict=True)
        ]
    )
    covariance = influence_covariance(influence, design)
    df = design_df(design, used) - (len(met) - 1)
    n_eff = w[used].sum() ** 2 / (w[used] @ w[used])
    names = [label(levels[code]) for code in met]
    table = pd.DataFrame({"kind": f"mean {scores}", "variable": outcome, "level": names})
    results = means, np.sqrt(np.diag(covariance)), df, *[np.nan] * 4, float(used.sum()), n_eff, np.nan
    table = table.assign(**dict(zip(RESULT_COLUMNS, results, strict=True)))
    keys = ("kind", "variable", "level")
    return Estimates(table=table, known=covariance, keys=keys, confidence=confidence), names


def _ranks(y: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Mid-rank in the population, between 0 and 1: the share below a value and half of that at it."""
    order = np.argsort(y, kind="stable")
    middle = np.cumsum(w[order]) - w[order] / 2
    groups = np.r_[0, np.cumsum(np.diff(y[order]) != 0)]
    # By weight: R's plain mean of these depends on the order in which equal values stand.
    mean = np.bincount(groups, weights=middle * w[order]) / np.bincount(groups, weights=w[order])
    ranks = np.empty(len(y))
    ranks[order] = mean[groups]
    return ranks / w.sum()


def _reference(names: list[str], reference: object, group: str) -> int:
    if reference is None:
        return 0
    if label(reference) not in names:
        raise unknown("group", label(reference), names, where=f"column {group!r}")
    return names.index(label(reference))


def _differences(means: Estimates, matrix: np.ndarray, levels: list[str]) -> Estimates:
    made = contrast(means, coefficients=matrix, names=levels)
    table = made.table.assign(
        kind="difference",
        variable=means.table["variable"].iloc[0],
        level=levels,
        n=means.table["n"].iloc[0],
        n_eff=means.table["n_eff"].iloc[0],
    )
    return replace(made, table=table)
