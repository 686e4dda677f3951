"""Psychometrics: what items of a scale share, whether they keep their meaning, what is left blank."""

from surveylib.psychometrics.invariance import invariance
from surveylib.psychometrics.nonresponse import item_nonresponse
from surveylib.psychometrics.ordinal import ordinal_changes
from surveylib.psychometrics.polychoric import kmo, ordinal_alpha, ordinal_omega
from surveylib.psychometrics.reliability import alpha, alpha_interval, cronbach_alpha, weighted_covariance
from surveylib.psychometrics.scales import reliability_table, scale_table

__all__ = [
    "alpha",
    "alpha_interval",
    "cronbach_alpha",
    "invariance",
    "item_nonresponse",
    "kmo",
    "ordinal_alpha",
    "ordinal_changes",
    "ordinal_omega",
    "reliability_table",
    "scale_table",
    "weighted_covariance",
]
