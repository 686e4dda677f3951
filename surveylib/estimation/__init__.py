"""Design-based estimation from PsuTotals."""

from surveylib.estimation.alpha import item_covariances
from surveylib.estimation.code_quantile import code_quantile
from surveylib.estimation.combine import combine
from surveylib.estimation.contrast import contrast, smooth
from surveylib.estimation.declare import declare, declared
from surveylib.estimation.estimate import estimate
from surveylib.estimation.given import given
from surveylib.estimation.influence import influence_covariance
from surveylib.estimation.kappa import kappa
from surveylib.estimation.levels import add_share, choose
from surveylib.estimation.moments import covariance_matrix, moments
from surveylib.estimation.pps import unequal
from surveylib.estimation.quantile import quantile
from surveylib.estimation.reliability import reliability
from surveylib.estimation.replicates import balanced, bootstrap, jackknife, successive
from surveylib.estimation.reweighted import replicate_weights, reweighted, with_replicates
from surveylib.estimation.store import read_totals, write_totals
from surveylib.estimation.totals import totals
from surveylib.estimation.twophase import two_phase

__all__ = [
    "add_share",
    "balanced",
    "bootstrap",
    "choose",
    "code_quantile",
    "combine",
    "contrast",
    "covariance_matrix",
    "declare",
    "declared",
    "estimate",
    "given",
    "influence_covariance",
    "item_covariances",
    "jackknife",
    "kappa",
    "moments",
    "quantile",
    "read_totals",
    "reliability",
    "replicate_weights",
    "reweighted",
    "smooth",
    "successive",
    "totals",
    "two_phase",
    "unequal",
    "with_replicates",
    "write_totals",
]
