"""The whole weighting by its plan: base × non-response × raking, then trimming, every step kept."""

from __future__ import annotations

import numpy as np

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.responses import Responses
from surveylib.model.sample import Frame, Sample
from surveylib.model.study import WeightingPlan
from surveylib.model.weights import Weights, WeightStep
from surveylib.weighting.base_weights import base_weights, equal_weights, released_sample
from surveylib.weighting.calibrate import rake_to_register
from surveylib.weighting.cells import with_register
from surveylib.weighting.diagnostics import ess_by
from surveylib.weighting.nonresponse import nonresponse
from surveylib.weighting.notes import note
from surveylib.weighting.trim import trim_weights


def weigh(
    responses: Responses, *, plan: WeightingPlan, frame: Frame | None = None, sample: Sample | None = None
) -> tuple[Weights, tuple[Finding, ...]]:
    """Weigh the answers, in the order of ``responses.rows``.

    Steps: ``base`` (1 / probability of the released sample; 1 where the plan says ``none``),
    ``nonresponse`` (with a draw), ``calibrate`` (where the plan names margins), ``trim`` (where it bounds
    them).

    Parameters
    ----------
    responses : Responses
    plan : WeightingPlan
    frame : Frame, optional
        The register; needed for margins and for non-response classes.
    sample : Sample, optional
        What was drawn; needed for ``base: draw``.

    Returns
    -------
    (Weights, findings)
        ``Weights.calibration`` holds the margins' indicators where the weights were calibrated.

    Raises
    ------
    SurveyError
        A plan that asks for a register or a draw that is not given; no answers.
    """
    rows = responses.rows
    if rows.empty:
        raise SurveyError("no answers to weigh", where="responses")
    _check_sources(plan, frame, sample)
    steps, findings = _draw_steps(responses, plan, frame, sample)
    calibration = None
    if plan.margins:
        raked = rake_to_register(steps[-1].values, rows, frame=frame, margins=plan.margins)
        steps.append(raked.step)
        findings += raked.findings
        calibration = raked.indicators
    if plan.max_ratio is not None:
        step, found = trim_weights(steps[-1].values, rows, max_ratio=plan.max_ratio)
        steps.append(step)
        findings += found
    weights = Weights(steps=tuple(steps), calibration=calibration)
    return weights, (*findings, *_thin(rows, weights.values))


def _draw_steps(responses, plan, frame, sample) -> tuple[list[WeightStep], list[Finding]]:
    rows = responses.rows
    if plan.base == "none":
        return [equal_weights(rows)], []
    released = released_sample(sample, dispositions=responses.dispositions, frame=frame)
    base, found = base_weights(rows, released=released)
    classes = plan.nonresponse_classes
    if classes and frame is not None:
        rows = with_register(
            rows, frame=frame, columns=[name for name in classes if name in frame.rows.columns]
        )
    answered, more = nonresponse(base.values, rows, released=released, classes=classes)
    return [base, answered], [*found, *more]


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
    if plan.base == "none" and plan.nonresponse_classes:
        raise SurveyError(
            "non-response classes need a draw",
            where="weighting plan, nonresponse_classes",
            expected="base: draw",
            got="base: none",
            hint="name the variables as margins instead",
        )
    if frame is None and plan.margins:
        raise SurveyError(
            "the plan rakes to register margins, but there is no register",
            where="weighting plan, margins",
            got=", ".join(plan.margins),
        )
