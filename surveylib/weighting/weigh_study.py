"""The whole weighting of a study by its plan, every step kept: base, eligibility, non-response, calibration,
trimming."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.responses import Responses
from surveylib.model.sample import Frame, Sample
from surveylib.model.weighting import WeightingPlan
from surveylib.model.weights import Weights, WeightStep
from surveylib.weighting.base_weights import base_weights, equal_weights, released_sample
from surveylib.weighting.calibrate import Calibration, calibrate_within, scale_within, worst_balance
from surveylib.weighting.cells import with_register
from surveylib.weighting.classify import carried
from surveylib.weighting.diagnostics import ess_by
from surveylib.weighting.nonresponse import nonresponse
from surveylib.weighting.notes import note
from surveylib.weighting.population import Population, register_population
from surveylib.weighting.released import PROPENSITY, matched, propensity_classes, share_eligibility
from surveylib.weighting.trim import trim_weights, trim_within
from surveylib.weighting.within import Way


def weigh(
    responses: Responses,
    *,
    plan: WeightingPlan,
    frame: Frame | None = None,
    sample: Sample | None = None,
    population: Population | None = None,
) -> tuple[Weights, tuple[Finding, ...]]:
    """Weigh the answers, in the order of ``responses.rows``.

    Steps: ``base`` (1 / probability of the released sample; 1 where the plan says ``none``), ``eligibility``
    (where that of some dossiers is unknown), ``nonresponse`` (with a draw), ``scale`` (before bounded or soft
    calibration, which speak of new over old weight), ``calibrate`` (where the plan names margins), ``trim``
    (where it bounds weights; margins are met again by turns).

    Parameters
    ----------
    responses : Responses
    plan : WeightingPlan
    frame : Frame, optional
        The register; needed for its margins and for non-response classes.
    sample : Sample, optional
        What was drawn; needed for ``base: draw``.
    population : Population, optional
        Known counts (`population_of`), where the plan names margins.

    Returns
    -------
    (Weights, findings)
        ``Weights.calibration`` holds the margins' indicators where the weights were calibrated. Every step
        says, beside its own diagnostics, the worst absolute standardised difference (``asmd``) from the
        population that is left.

    Raises
    ------
    SurveyError
        A plan that asks for a register or a draw that is not given; no answers.
    """
    rows = responses.rows
    if rows.empty:
        raise SurveyError("no answers to weigh", where="responses")
    _check_sources(plan, frame, sample)
    population = population_of(plan, frame=frame) if population is None else population
    steps, findings = _draw_steps(responses, plan, frame, sample)
    if population is not None:
        placed = placed_rows(rows, population, frame)
        if plan.bounds is not None or plan.soft is not None:
            steps.append(scale_within(steps[-1].values, placed, population=population))
        way = Way(method=plan.method, bounds=plan.bounds, soft=plan.soft)
        made = calibrate_within(steps[-1].values, placed, population=population, way=way)
        weights, found = _calibrated(steps, made, plan)
        findings += [*made.findings, *found]
    else:
        if plan.max_ratio is not None:
            step, found = trim_weights(steps[-1].values, rows, max_ratio=plan.max_ratio)
            steps, findings = [*steps, step], [*findings, *found]
        weights = Weights(steps=tuple(steps))
    return weights, (*findings, *_thin(rows, weights.values))


def population_of(plan: WeightingPlan, *, frame: Frame | None) -> Population | None:
    """The register's counts of the plan's margins; None where it names none."""
    if plan.margins_file is not None:
        raise SurveyError(
            "the plan takes its margins from a file; its known counts were not given",
            where="weighting plan, margins_file",
            got=plan.margins_file,
        )
    if not plan.margins:
        return None
    if frame is None:
        raise SurveyError(
            "the plan calibrates to register margins, but there is no register",
            where="weighting plan, margins",
            got=", ".join(plan.margins),
            hint="give the counts in a file: margins_file",
        )
    return register_population(frame, margins=plan.margins)


def placed_rows(rows: pd.DataFrame, population: Population, frame: Frame | None) -> pd.DataFrame:
    """The rows with the population's variables, as the register has them where it does."""
    if frame is None:
        return rows
    known = [name for name in population.variables if name in frame.rows.columns]
    return with_register(rows, frame=frame, columns=known)


def _draw_steps(responses, plan, frame, sample) -> tuple[list[WeightStep], list[Finding]]:
    rows = responses.rows
    if plan.base == "none":
        return [equal_weights(rows)], []
    released = released_sample(sample, dispositions=responses.dispositions, frame=frame)
    base, found = base_weights(rows, released=released)
    steps, classes = [base], plan.nonresponse_classes
    rows = _with_classes(rows, (*classes, *plan.propensity), frame)
    shared, released, notes = share_eligibility(base.values, rows, released=released, classes=classes)
    found = [*found, *notes]
    if shared is not None:
        steps.append(shared)
    extra: tuple[tuple[str, float], ...] = ()
    if plan.propensity:
        made, least, notes = propensity_classes(released, columns=plan.propensity)
        released, classes = released.assign(**{PROPENSITY: made}), (PROPENSITY,)
        rows = rows.assign(**{PROPENSITY: matched(rows, released, made)})
        found, extra = [*found, *notes], (("least_propensity", least),)
    answered, notes = nonresponse(
        steps[-1].values, rows, released=released, classes=classes, base=base.values
    )
    step = replace(answered, diagnostics=(*answered.diagnostics, *extra))
    return [*steps, step], [*found, *notes]


def _with_classes(rows: pd.DataFrame, classes: tuple[str, ...], frame: Frame | None) -> pd.DataFrame:
    if not classes or frame is None:
        return rows
    known = [name for name in dict.fromkeys(classes) if name in frame.rows.columns]
    return with_register(rows, frame=frame, columns=known)


def _calibrated(
    steps: list[WeightStep], made: Calibration, plan: WeightingPlan
) -> tuple[Weights, tuple[Finding, ...]]:
    """The weights after calibration and trimming, with what their variance needs."""
    regression, columns, found = steps[-1].values, made.indicators, ()
    steps = [*steps, made.step]
    if plan.max_ratio is not None:
        step, found, held = trim_within(
            made.step.values,
            max_ratio=plan.max_ratio,
            margins=made.margins,
            asked=made.asked,
            names=made.names,
        )
        # Where margins no longer hold, the residuals are those before trimming, carried to the new weights.
        ratio = np.where(held, 1.0, step.values / made.step.values)
        columns, regression = carried(columns, regression, ratio=ratio)
        steps.append(step)
    steps = [_with_balance(step, made) for step in steps]
    return Weights(steps=tuple(steps), calibration=columns, regression=regression), found


def _with_balance(step: WeightStep, made: Calibration) -> WeightStep:
    left = worst_balance(step.values, made.asked)
    return replace(step, diagnostics=(*step.diagnostics, ("asmd", left)))


def _thin(rows, values: np.ndarray) -> list[Finding]:
    """W3: units and waves where weighting halves the information, or worse."""
    table = ess_by(rows, values, by=("unit", "wave"))
    return [
        note("W3", where=f"{row.unit}, {row.wave}", values={"share": round(100 * row.ess_share)})
        for row in table[table["ess_share"] < 0.5].itertuples()
    ]


def _check_sources(plan: WeightingPlan, frame: Frame | None, sample: Sample | None) -> None:
    if plan.base == "draw" and sample is None:
        raise SurveyError(
            "the plan takes base weights from a draw, but there is none",
            where="weighting plan, base",
            expected="a sample, or base: none",
        )
    named = (*plan.nonresponse_classes, *plan.propensity)
    if plan.base == "draw" and named and frame is None:
        raise SurveyError(
            "non-response classes are register columns, but there is no register",
            where="weighting plan, nonresponse_classes",
            got=", ".join(named),
        )
