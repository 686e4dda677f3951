"""Rows of `make bench`: 20 items × 50 domains of a million rows, from a DataFrame to standard errors."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec

import numpy as np
import pandas as pd

from surveylib.estimation import declare, estimate, totals
from surveylib.model.totals import Request
from surveylib.rng import stream

if find_spec("svy"):  # a second opinion, in no lock: rows that need it are left out without it
    import polars
    import svy

ROWS, STRATA, PSUS, DOMAINS, ITEMS = 1_000_000, 200, 10_000, 50, 20

Calls = tuple[Callable[[], object], Callable[[], object], Callable[[object, object], None]]


def survey(
    *, missing: float, rows: int = ROWS, psus: int = PSUS, domains: int = DOMAINS, items: int = ITEMS
) -> pd.DataFrame:
    """Made-up answers on a five-point scale, a share of them missing, from a stratified sample of
    clusters."""
    random = stream(2014, "bench")
    psu = random.integers(psus, size=rows)
    table = {
        "stratum": psu % STRATA,
        "psu": psu,
        "domain": random.integers(domains, size=rows),
        "weight": random.uniform(0.5, 2.0, size=rows),
    }
    for item in range(items):
        answers = random.integers(1, 6, size=rows).astype(float)
        if missing:
            answers[random.random(rows) < missing] = np.nan
        table[f"item{item:02d}"] = answers
    return pd.DataFrame(table)


def requests(items: int = ITEMS) -> list[Request]:
    return [Request(kind="mean", variable=f"item{item:02d}") for item in range(items)]


def means(rows: pd.DataFrame, *, items: int = ITEMS) -> Callable[[], object]:
    """Our side: means, SEs and df of every item and domain."""

    def run():
        design = declare(rows, weights="weight", strata="stratum", psu="psu")
        return estimate(totals(rows, design, requests=requests(items), by=["domain"]))

    return run


def arrays(rows: pd.DataFrame) -> tuple[list[np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
    items = [rows[f"item{item:02d}"].to_numpy() for item in range(ITEMS)]
    return items, rows["weight"].to_numpy(), rows["psu"].to_numpy(), rows["domain"].to_numpy()


def _same_means(result, sums) -> None:
    tops, bottoms = sums[:2]
    means = [
        top.reshape(PSUS, DOMAINS).sum(axis=0) / bottom.reshape(PSUS, DOMAINS).sum(axis=0)
        for top, bottom in zip(tops, bottoms, strict=True)
    ]
    np.testing.assert_allclose(result.values, np.concatenate(means), rtol=1e-12)
    if not (result.table["std_error"] > 0).all() or not (result.table["df"] > 0).all():
        raise AssertionError("a standard error or its degrees of freedom are not there")


def complete_items() -> Calls:
    """20 items × 50 domains, every answer given: one denominator for all."""
    rows = survey(missing=0.0)
    items, w, psu, domain = arrays(rows)

    def bare():
        cell = psu * DOMAINS + domain
        tops = [np.bincount(cell, w * y, PSUS * DOMAINS) for y in items]
        bottom = np.bincount(cell, w, PSUS * DOMAINS)
        squares = [np.bincount(domain, w * y * y, DOMAINS) for y in items]
        sizes = np.bincount(domain, minlength=DOMAINS), np.bincount(domain, w * w, DOMAINS)
        return tops, [bottom] * ITEMS, squares, sizes

    return means(rows), bare, _same_means


def items_with_gaps() -> Calls:
    """The same with 5 in 100 answers missing: every item has a denominator of its own."""
    rows = survey(missing=0.05)
    items, w, psu, domain = arrays(rows)

    def bare():
        cell, sums = psu * DOMAINS + domain, []
        for y in items:
            there = ~np.isnan(y)
            v, x = np.where(there, w, 0.0), np.where(there, y, 0.0)
            top, bottom = np.bincount(cell, v * x, PSUS * DOMAINS), np.bincount(cell, v, PSUS * DOMAINS)
            square, n = np.bincount(domain, v * x * x, DOMAINS), np.bincount(domain, there, DOMAINS)
            sums.append((top, bottom, square, n, np.bincount(domain, v * v, DOMAINS)))
        return tuple(zip(*sums, strict=True))

    return means(rows), bare, _same_means


def items_svy() -> Calls:
    """Means and linearised SEs by `svy`, the domains by its `by`."""
    rows = survey(missing=0.0)
    frame = polars.from_pandas(rows)

    def theirs():
        sample = svy.Sample(frame, svy.Design(stratum="stratum", psu="psu", wgt="weight"))
        return sample.estimation.mean([one.variable for one in requests()], by="domain")

    def agree(result, found) -> None:
        table = polars.concat([each.to_polars().sort("domain") for each in found])
        for ours, name in (("estimate", "est"), ("std_error", "se")):
            np.testing.assert_allclose(result.table[ours], table[name].to_numpy(), rtol=1e-9)

    return means(rows), theirs, agree
