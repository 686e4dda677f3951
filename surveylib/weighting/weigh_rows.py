"""Any table of answers weighed to known margins: base, eligibility, non-response, calibration, trimming."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.text import Text
from surveylib.model.weights import Weights, WeightStep, check_weights
from surveylib.numerics.calibration import relative_misses
from surveylib.weighting.approached import outcomes, share_nonresponse, share_unknown
from surveylib.weighting.calibrate_to import Method, calibrate_to, scale_to, trim_to
from surveylib.weighting.classify import Missing
from surveylib.weighting.diagnostics import diagnose
from surveylib.weighting.notes import note
from surveylib.weighting.placed import target_table
from surveylib.weighting.propensity import propensity_weights
from surveylib.weighting.targets import Target
from surveylib.weighting.trim import trim_weights

_NAMED = 6  # levels in one sentence


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What is done to the weights of a table, in this order.

    Attributes
    ----------
    outcome : str, optional
        The column that says what became of everyone approached; without it all rows are answers.
    classes : tuple of str
        Non-response (and unknown eligibility) within classes of these columns.
    propensity : tuple of str
        Instead of classes: columns that explain who answers; numbers as they are, words as levels.
    method, bounds, soft, missing
        Of the calibration (`calibrate_to`).
    max_ratio : float, optional
        Trim at this multiple of the median.
    """

    outcome: str | None = None
    classes: tuple[str, ...] = ()
    propensity: tuple[str, ...] = ()
    method: Method = "rake"
    bounds: tuple[float, float] | None = None
    soft: float | None = None
    max_ratio: float | None = None
    missing: Missing = "error"

    def __post_init__(self) -> None:
        if self.outcome is None and (self.classes or self.propensity):
            raise SurveyError(
                "non-response needs the outcome of everyone approached",
                expected="a column of outcomes together with classes or propensity",
            )
        if self.classes and self.propensity:
            raise SurveyError("non-response goes by classes or by propensity, not both")
        if self.max_ratio is not None and (self.bounds is not None or self.soft is not None):
            raise SurveyError(
                "trimming cannot be joined with bounds or soft calibration",
                hint="bounds alone keep weights close, and soft calibration can be bounded",
            )


def weigh_rows(
    rows: pd.DataFrame, recipe: Recipe, *, base: np.ndarray | None = None, targets: Sequence[Target] = ()
) -> tuple[Weights, np.ndarray, tuple[Finding, ...]]:
    """Weigh the rows by the recipe, every step kept.

    Parameters
    ----------
    rows : DataFrame (n rows)
        Answers, or with ``recipe.outcome`` everyone approached.
    base : float array (n,), optional
        Base weights; 1 without them.
    targets : sequence of Target
        What to calibrate to; none leaves that step out.

    Returns
    -------
    (Weights, answered, findings)
        The weights are those of the rows where `answered` (bool array (n,)), in their order.

    Raises
    ------
    SurveyError
        Base weights that cannot be used, and whatever a step refuses.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["f", "f", "m"], "outcome": ["complete", "refusal", "complete"]})
    >>> sex = Target(variable="sex", levels=("f", "m"), counts=[60, 40])
    >>> weights, answered, _ = weigh_rows(rows, Recipe(outcome="outcome"), targets=[sex])
    >>> [step.name for step in weights.steps], weights.values
    (['base', 'nonresponse', 'calibrate'], array([60., 40.]))
    """
    if rows.empty:
        raise SurveyError("no rows to weigh")
    start = np.ones(len(rows)) if base is None else np.asarray(base, dtype=float)
    check_weights(start, where="base weights")
    steps, answered, found = _answers(rows, recipe, start)
    kept = rows.loc[answered].reset_index(drop=True)
    if targets:
        steps += _calibration(steps[-1].values, kept, recipe, targets)
        found += _missed(steps[-1].values, kept, recipe, targets)
    elif recipe.method != "rake" or recipe.bounds is not None or recipe.soft is not None:
        raise SurveyError("a method of calibration would be ignored", expected="margins to calibrate to")
    if recipe.max_ratio is not None and not targets:
        step, more = trim_weights(steps[-1].values, kept, max_ratio=recipe.max_ratio, within=())
        steps.append(step)
        found += more
    return Weights(steps=tuple(steps)), answered, found


def _answers(rows, recipe, start) -> tuple[list[WeightStep], np.ndarray, tuple[Finding, ...]]:
    """The steps up to non-response, cut down to those who answered."""
    steps = [WeightStep(name="base", values=start, diagnostics=diagnose(start))]
    if recipe.outcome is None:
        answered = start > 0
        if not answered.all():
            raise SurveyError(
                f"{int((~answered).sum())} base weight(s) are 0",
                where=f"row {int(np.argmin(answered)) + 1}",
                hint="drop these rows",
            )
        return steps, answered, ()
    told, found = outcomes(rows, recipe.outcome), ()
    if (told == "unknown").any():
        step, found = share_unknown(start, rows, outcome=recipe.outcome, classes=recipe.classes)
        steps.append(step)
    if recipe.propensity:
        numeric = [name in rows and pd.api.types.is_numeric_dtype(rows[name]) for name in recipe.propensity]
        numbers = [name for name, is_number in zip(recipe.propensity, numeric, strict=True) if is_number]
        step, more, _ = propensity_weights(
            steps[-1].values,
            rows,
            outcome=recipe.outcome,
            numbers=numbers,
            factors=[name for name in recipe.propensity if name not in numbers],
            base=start,
        )
    else:
        step, more = share_nonresponse(
            steps[-1].values, rows, outcome=recipe.outcome, classes=recipe.classes, base=start
        )
    answered = told == "complete"
    kept = [replace(one, values=one.values[answered]) for one in (*steps, step)]
    return kept, answered, (*found, *more)


def _missed(values, rows, recipe, targets) -> tuple[Finding, ...]:
    """The levels that soft calibration left off by a greater share of themselves than was granted."""
    if recipe.soft is None:
        return ()
    lines = target_table(values, values, rows, targets=targets, missing=recipe.missing)
    misses = [
        relative_misses(one["after"].to_numpy(), one["target"].to_numpy())
        for _, one in lines.groupby("variable", sort=False)
    ]
    lines = lines.assign(miss=np.concatenate(misses))
    lines = lines[lines["miss"] > recipe.soft].sort_values("miss", ascending=False, kind="stable")
    if lines.empty:
        return ()
    blanks = {
        "count": len(lines),
        "percent": f"{100 * recipe.soft:g}",
        "misses": Text(vi=_told(lines, "thay vì"), en=_told(lines, "in place of")),
    }
    return (note("WT13", where=f"soft {recipe.soft:g}", values=blanks),)


def _told(lines: pd.DataFrame, instead: str) -> str:
    """The levels that miss most: what the weights give, and what was known."""
    told = [
        f"{one.variable} {one.level}".strip() + f" {one.after:.5g} {instead} {one.target:.5g}"
        for one in lines.head(_NAMED).itertuples()
    ]
    return "; ".join(told) + (" …" if len(lines) > _NAMED else "")


def _calibration(values, rows, recipe, targets) -> list[WeightStep]:
    steps = []
    relative = recipe.bounds is not None or recipe.soft is not None
    if relative and any(target.levels for target in targets):
        steps.append(scale_to(values, targets=targets))
        values = steps[-1].values
    step = calibrate_to(
        values,
        rows,
        targets=targets,
        method=recipe.method,
        bounds=recipe.bounds,
        soft=recipe.soft,
        missing=recipe.missing,
    )
    steps.append(step)
    if recipe.max_ratio is not None:
        steps.append(
            trim_to(
                step.values,
                rows,
                targets=targets,
                max_ratio=recipe.max_ratio,
                method=recipe.method,
                missing=recipe.missing,
            )
        )
    return steps
