"""No estimator and no weighting step without its theorems: what the rooms offer is looked up, not listed."""

from __future__ import annotations

import importlib
import pkgutil
from inspect import getmembers, isfunction, signature
from typing import get_args

import pytest

from surveylib import estimation, weighting
from surveylib.model import replicates, totals, unequal
from surveylib.weighting.calibrate_to import Method
from tests.estimation import test_replicates
from tests.theorems import test_estimators, test_row_estimators
from tests.theorems.every_estimator import ESTIMATORS
from tests.theorems.every_step import METHODS, STEPS


def offered(room, *returned: str, taking: tuple[str, ...] = ()) -> set[str]:
    """Public functions of a room's modules that return one of these nouns, alone or in a tuple."""
    found = set()
    for module in pkgutil.iter_modules(room.__path__):
        made = importlib.import_module(f"{room.__name__}.{module.name}")
        for name, function in getmembers(made, isfunction):
            told = str(function.__annotations__.get("return", ""))
            names = set(told.replace("[", " ").replace("]", " ").replace(",", " ").replace("|", " ").split())
            public = function.__module__ == made.__name__ and not name.startswith("_")
            if public and names & set(returned) and set(taking) <= set(signature(function).parameters):
                found.add(name)
    return found


def test_every_estimator_has_its_theorems():
    there = offered(estimation, "Estimates", "Regression", "Hypothesis")
    there -= {"assemble"}  # the last step of all that are made from influences: no estimator
    assert {"estimate", "quantile", "regress", "association"} <= there
    assert {name.partition(",")[0] for name in ESTIMATORS} == there


def test_every_weighting_step_has_its_theorems():
    there = offered(weighting, "WeightStep", "Weights", "Calibration", "Standardised")
    assert {"calibrate_to", "share_unknown", "weigh"} <= there
    assert {name.partition(",")[0] for name in STEPS} == there


def test_every_way_to_calibrate_has_its_theorems():
    assert {how["method"] for how in METHODS.values()} == set(get_args(Method))


@pytest.mark.parametrize(
    "requests",
    [
        test_estimators.REQUESTS.values(),
        test_replicates.REQUESTS,
    ],
    ids=["theorems", "replicates"],
)
def test_every_kind_of_request_has_its_theorems(requests):
    assert {request.kind for request in requests} == set(get_args(totals.Kind))


def test_every_kind_of_replicates_is_compared_with_the_naive_loop():
    read_from_files = {"bootstrap", "other"}
    assert {name.partition(",")[0] for name in test_replicates.KINDS} == (
        set(get_args(replicates.Method)) - read_from_files
    )


def test_every_unequal_draw_has_its_theorems():
    named = {name.partition(", ")[2] for name in ESTIMATORS if name.startswith("estimate,")}
    assert set(unequal.PAIRS) - {"joint"} <= named  # `joint` is given: tests/numerics/test_pps.py


def test_every_estimator_with_domains_has_the_theorems_of_domains():
    """What takes rows and `by` stands in test_row_estimators.py; what takes totals, in test_estimators.py."""
    with_by = offered(estimation, "Estimates", taking=("rows", "by"))
    assert with_by == {"covariance_matrix", "kappa", "moments", "quantile"}
    assert len(test_row_estimators.ESTIMATORS) >= len(with_by)
