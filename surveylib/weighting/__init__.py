"""Weighting: base, unknown eligibility, non-response, calibration, trimming; standardising to a fixed mix.

A study goes through `weigh_study.weigh`; any table of rows through `weigh_rows.weigh_rows` with a `Recipe`,
or by the single steps `share_unknown`, `share_nonresponse`, `calibrate_to`, `trim_to`. The modules
`propensity`, `released`, `weigh_rows` and `weigh_study` are not imported here: they bring statsmodels.
"""

from surveylib.weighting.approached import share_nonresponse, share_unknown
from surveylib.weighting.base_weights import base_weights, equal_weights, released_sample
from surveylib.weighting.calibrate import Calibration, calibrate_within, rake_to_register
from surveylib.weighting.calibrate_to import calibrate_to, scale_to, trim_to
from surveylib.weighting.cells import with_register
from surveylib.weighting.classify import calibration_columns, carried
from surveylib.weighting.decompose import Kitagawa, kitagawa, kitagawa_table
from surveylib.weighting.diagnostics import ess_by, margin_table, step_table
from surveylib.weighting.nonresponse import nonresponse
from surveylib.weighting.placed import target_table
from surveylib.weighting.population import Population, read_population, register_population
from surveylib.weighting.standardise import Standardised, pooled_reference, standardise
from surveylib.weighting.targets import Target, read_targets, template
from surveylib.weighting.trim import trim_weights

__all__ = [
    "Calibration",
    "Kitagawa",
    "Population",
    "Standardised",
    "Target",
    "base_weights",
    "calibrate_to",
    "calibrate_within",
    "calibration_columns",
    "carried",
    "equal_weights",
    "ess_by",
    "kitagawa",
    "kitagawa_table",
    "margin_table",
    "nonresponse",
    "pooled_reference",
    "rake_to_register",
    "read_population",
    "read_targets",
    "register_population",
    "released_sample",
    "scale_to",
    "share_nonresponse",
    "share_unknown",
    "standardise",
    "step_table",
    "target_table",
    "template",
    "trim_to",
    "trim_weights",
    "with_register",
]
