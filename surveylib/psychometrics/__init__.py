"""Psychometrics: what items of a scale have in common, where they hit the ceiling, what is left blank."""

from surveylib.psychometrics.nonresponse import item_nonresponse
from surveylib.psychometrics.reliability import alpha, alpha_interval, cronbach_alpha, weighted_covariance
from surveylib.psychometrics.scales import reliability_table, scale_table

__all__ = [
    "alpha",
    "alpha_interval",
    "cronbach_alpha",
    "item_nonresponse",
    "reliability_table",
    "scale_table",
    "weighted_covariance",
]
