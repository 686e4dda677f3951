"""Regression of an ordered outcome (a Likert item) with design-based standard errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.declare import column
from surveylib.estimation.encode import encode, label
from surveylib.estimation.formula import code, is_number, names, regressors
from surveylib.estimation.regression import assemble, named, usable
from surveylib.model.design import SurveyDesign
from surveylib.model.regression import INTERCEPT, Coding, Regression
from surveylib.numerics.proportional_odds import LINKS, fit_ordinal


def regress_ordinal(
    rows: pd.DataFrame,
    design: SurveyDesign,
    *,
    model: str,
    link: str = "logit",
    order: Sequence[object] = (),
    reference: Mapping[str, object] | None = None,
    confidence: float = 0.95,
) -> Regression:
    """Cumulative logit (proportional odds) or probit: P(Y ≤ j) = F(ζ_j − xβ), so that β > 0 means higher
    levels.

    Parameters
    ----------
    rows : DataFrame (n rows)
        In the order of `design`. Rows with a missing value in the model are left out, and counted.
    model : str
        As for `regress`; the thresholds take the place of the constant.
    link : {'logit', 'probit'}
    order : sequence, optional
        The levels from lowest to highest; needed for an outcome of text that is no ordered categorical.
    reference, confidence
        As for `regress`.

    Returns
    -------
    Regression
        Slopes first, then the thresholds ζ (``kind`` threshold, ``level`` "1|2").

    Raises
    ------
    SurveyError
        As `regress`; fewer than three levels; text without an order; a level that `order` lacks.

    References
    ----------
    McCullagh (1980), doi:10.1111/j.2517-6161.1980.tb01109.x; Binder (1983), doi:10.2307/1402588.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> rows = pd.DataFrame({"q": [1, 2, 2, 3, 1, 3, 3, 2], "x": [0, 0, 0, 0, 1, 1, 1, 1]})
    >>> made = regress_ordinal(rows, declare(rows), model="q ~ x").estimates.table
    >>> made[["kind", "variable", "level"]].to_numpy().tolist()
    [['coefficient', 'x', ''], ['threshold', 'q', '1|2'], ['threshold', 'q', '2|3']]
    """
    if link not in LINKS:
        raise unknown("link", link, LINKS)
    used, dropped = usable(rows, design, model=model)
    kept = rows if used.all() else rows[used]
    coding = _without_constant(code(rows, formula=model, used=used, reference=reference))
    y, levels = _ordered(kept, coding.outcome, order)
    coding = replace(coding, outcome_levels=levels)
    with named(coding):
        made = fit_ordinal(
            regressors(kept, coding=coding), y, design.weights[used], levels=len(levels), link=LINKS[link]
        )
    between = [f"{label(low)}|{label(high)}" for low, high in pairwise(levels)]
    keys = [("coefficient", *name) for name in names(coding)]
    keys += [("threshold", coding.outcome, text) for text in between]
    return assemble(
        made,
        design,
        coding=coding,
        family=f"ordinal {link}",
        keys=keys,
        used=used,
        dropped=dropped,
        confidence=confidence,
    )


def _without_constant(coding: Coding) -> Coding:
    if all(term.name != INTERCEPT for term in coding.terms):
        raise SurveyError(
            "an ordinal model always has its thresholds: the constant cannot be left out",
            got=repr(coding.formula),
        )
    if coding.outcome in coding.variables:
        raise SurveyError("the outcome stands among its own regressors", got=repr(coding.formula))
    return replace(coding, terms=tuple(term for term in coding.terms if term.name != INTERCEPT))


def _ordered(kept: pd.DataFrame, name: str, order: Sequence[object]) -> tuple[np.ndarray, tuple]:
    """Codes 0 … J − 1 of the outcome, and its levels that occur, lowest first."""
    values = column(kept, name)
    codes, levels = encode(pd.to_numeric(values) if is_number(values) else values)
    if order:
        wanted = [label(level) for level in order]
        met = [label(level) for level in levels]
        unknown_levels = [text for text in met if text not in wanted]
        if unknown_levels:
            raise unknown("level of the outcome", unknown_levels[0], wanted, where=f"column {name!r}")
        rank = np.argsort([wanted.index(text) for text in met])
        codes, levels = np.argsort(rank)[codes], [levels[at] for at in rank]
    elif not is_number(values) and not getattr(values.dtype, "ordered", False):
        raise SurveyError(
            "labels have no order of their own",
            where=f"column {name!r}",
            got=", ".join(map(label, levels[:6])),
            hint="give their order, lowest first",
        )
    if len(levels) < 3:
        raise SurveyError(
            "an ordinal model needs three levels or more",
            where=f"column {name!r}",
            got=str(len(levels)),
            hint="family logit is for two",
        )
    return np.asarray(codes, dtype=np.int64), tuple(levels)
