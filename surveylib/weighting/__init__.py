"""Weighting: base, non-response, raking to the register, trimming; standardising to a fixed mix."""

from surveylib.weighting.base_weights import base_weights, equal_weights, released_sample
from surveylib.weighting.calibrate import Calibration, rake_to_register
from surveylib.weighting.cells import with_register
from surveylib.weighting.decompose import Kitagawa, kitagawa, kitagawa_table
from surveylib.weighting.diagnostics import ess_by, margin_table, step_table
from surveylib.weighting.nonresponse import nonresponse
from surveylib.weighting.standardise import Standardised, pooled_reference, standardise
from surveylib.weighting.trim import trim_weights
from surveylib.weighting.weigh import weigh

__all__ = [
    "Calibration",
    "Kitagawa",
    "Standardised",
    "base_weights",
    "equal_weights",
    "ess_by",
    "kitagawa",
    "kitagawa_table",
    "margin_table",
    "nonresponse",
    "pooled_reference",
    "rake_to_register",
    "released_sample",
    "standardise",
    "step_table",
    "trim_weights",
    "weigh",
    "with_register",
]
