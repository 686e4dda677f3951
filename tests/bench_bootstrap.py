"""Rows of `make bench`: 1,000 bootstrap replicates of 20 items × 50 domains, from rows to standard errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from importlib.util import find_spec

import numpy as np
import pandas as pd

from surveylib.estimation import bootstrap, declare, estimate, replicate_weights, totals
from surveylib.estimation.replicated import ReplicateSums
from surveylib.rng import stream
from tests.bench_means import DOMAINS, ITEMS, PSUS, Calls, arrays, requests, survey

if find_spec("svy"):
    import polars
    import svy

REPLICATES, LOOPED, OTHERS_REPLICATES = 1000, 5, 200


def bootstrapped(rows: pd.DataFrame) -> Callable[[], object]:
    """1,000 Rao-Wu replicates of the means, from rows to standard errors."""

    def run():
        design = declare(rows, weights="weight", strata="stratum", psu="psu")
        summed = totals(rows, design, requests=requests(), by=["domain"])
        made = bootstrap(summed, replicates=REPLICATES, generator=stream(2014, "bench", "bootstrap"))
        return estimate(summed, replicates=made), made

    return run


def bootstrap_loop() -> Calls:
    """Replicate by replicate: a weight for every row, and the means of every item and domain."""
    rows = survey(missing=0.0)
    items, _, _, domain = arrays(rows)
    ours = bootstrapped(rows)
    design = declare(rows, weights="weight", strata="stratum", psu="psu")
    _, made = ours()
    few = replace(made, factors=(made.factors[0][:LOOPED], *made.factors[1:]), rscales=made.rscales[:LOOPED])
    weights = replicate_weights(design, replicates=few).to_numpy().T.copy()

    def loop():
        found = []
        for weight in weights:
            sizes = np.bincount(domain, weight, DOMAINS)
            found.append([np.bincount(domain, weight * y, DOMAINS) / sizes for y in items])
        return np.array(found).reshape(LOOPED, -1)

    def agree(result, looped) -> None:
        summed = totals(rows, design, requests=requests(), by=["domain"])
        sums = ReplicateSums(summed, few)
        values = np.concatenate([sums.values(statistic) for statistic in summed.statistics], axis=1)
        np.testing.assert_allclose(values, looped, rtol=1e-10)
        _near_linear(result[0], estimate(summed))

    return ours, loop, agree


def _near_linear(result, linear) -> None:
    """The standard errors of 1,000 replicates lie about those of the linear kernel."""
    ratio = result.table["std_error"] / linear.table["std_error"]
    if not (ratio.between(0.85, 1.15).all() and abs(ratio.mean() - 1) < 0.01):
        raise AssertionError("the bootstrap and the linear kernel disagree")


def bootstrap_svy() -> Calls:
    """Rao-Wu replicates made by `svy`, and its means of every item and domain."""
    rows = survey(missing=0.0)
    frame = polars.from_pandas(rows)
    names = [one.variable for one in requests()]

    def theirs():
        sample = svy.Sample(frame, svy.Design(stratum="stratum", psu="psu", wgt="weight"))
        sample = sample.weighting.create_bs_wgts(n_reps=OTHERS_REPLICATES, rep_prefix="rw", rstate=1)
        return sample.estimation.mean(names, by="domain", method="replication")

    def agree(result, found) -> None:
        table = polars.concat([each.to_polars().sort("domain") for each in found])
        np.testing.assert_allclose(result[0].values, table["est"].to_numpy(), rtol=1e-9)
        ratio = result[0].table["std_error"].to_numpy() / table["se"].to_numpy()
        if abs(ratio.mean() - 1) > 0.02:
            raise AssertionError("the two bootstraps disagree")

    return bootstrapped(rows), theirs, agree


def bootstrap_floor() -> Calls:
    """What no program is spared: the sums of the rows, and one product of ready multipliers with them.

    2 × 1,000 replicates × 10,000 clusters × 21 columns × 50 domains are 2.1 × 10¹⁰ operations.
    """
    rows = survey(missing=0.0)
    items, w, psu, domain = arrays(rows)
    ours = bootstrapped(rows)
    design = declare(rows, weights="weight", strata="stratum", psu="psu")
    summed = totals(rows, design, requests=requests(), by=["domain"])
    made = bootstrap(summed, replicates=REPLICATES, generator=stream(2014, "bench", "bootstrap"))
    multipliers = np.empty((REPLICATES, PSUS))
    multipliers[:, summed.labels["cluster"].to_numpy(int)] = made.factors[0]

    def floor():
        cell = psu * DOMAINS + domain
        sums = [np.bincount(cell, values, PSUS * DOMAINS) for values in (w, *(w * y for y in items))]
        repeated = multipliers @ np.stack(sums).reshape(-1, PSUS, DOMAINS).swapaxes(0, 1).reshape(PSUS, -1)
        values = repeated[:, DOMAINS:] / np.tile(repeated[:, :DOMAINS], ITEMS)
        return values.std(axis=0, ddof=1)

    def agree(result, errors) -> None:
        np.testing.assert_allclose(result[0].table["std_error"], errors, rtol=1e-10)

    return ours, floor, agree
