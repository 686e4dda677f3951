"""Design-based estimation from PsuTotals."""

from surveylib.estimation.contrast import contrast, smooth
from surveylib.estimation.declare import declare
from surveylib.estimation.estimate import estimate
from surveylib.estimation.influence import influence_covariance
from surveylib.estimation.totals import totals

__all__ = ["contrast", "declare", "estimate", "influence_covariance", "smooth", "totals"]
