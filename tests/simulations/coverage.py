"""How often nominal 95 % intervals hold the truth, design by design.

Every sample goes through `declare`, `totals` and `estimate` as a user's does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from surveylib.estimation import estimate, totals
from surveylib.model.results import Estimates
from surveylib.model.totals import Request
from surveylib.rng import stream
from tests.simulations.designs import DESIGNS
from tests.simulations.population import Population

SEED, SAMPLES = 2027, 2000
LOW, HIGH = 0.935, 0.965
REQUESTS = (
    Request(kind="mean", variable="wait"),
    Request(kind="total", variable="wait"),
    Request(kind="proportion", variable="satisfied"),
    Request(kind="proportion", variable="complained"),
)
INTERVALS = ("mean", "logit", "beta")
COLUMNS = ["estimate", "std_error", "df", "conf_low", "conf_high"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cover:
    """What the samples of one design gave for one quantity and interval.

    Attributes
    ----------
    covered, below, above : float
        Share of the samples whose interval holds the truth; whose interval lies wholly above it (the truth is
        below), or below it.
    error : float
        Monte Carlo standard error of `covered`.
    std_error : float
        √(mean of the squared standard errors) over the standard deviation of the estimates, minus 1.
    together : float
        Correlation of the estimates with their standard errors.
    flat : float
        Share of the samples whose standard error is 0.
    unsteady : float
        Standard deviation of the standard errors over their mean.
    df : float
        Mean degrees of freedom.
    """

    design: str
    quantity: str
    interval: str
    covered: float
    error: float
    below: float
    above: float
    std_error: float
    together: float
    flat: float
    unsteady: float
    df: float

    @property
    def inside(self) -> bool:
        """Whether the coverage lies in the band of a sound 95 % interval."""
        return LOW <= self.covered <= HIGH


def covers(design: str, whole: Population, *, samples: int = SAMPLES, seed: int = SEED) -> list[Cover]:
    """Draw from the population again and again, and count."""
    by = ("minority",) if design.startswith("domain") else ()
    truth, names = _truth(whole, inside=bool(by))
    found = {interval: np.empty((samples, len(names), 5)) for interval in INTERVALS}
    for number in range(samples):
        sampled = DESIGNS[design](whole, stream(seed, "coverage", design, str(number)))
        summed = totals(sampled.rows, sampled.design, requests=REQUESTS, by=by)
        for interval in INTERVALS:
            found[interval][number] = _read(estimate(summed, interval=interval, unequal=sampled.draw))
    return [
        _cover(design, names[k], interval, found[interval][:, k], truth[k])
        for k in range(len(names))
        for interval in INTERVALS
        if interval == "mean" or names[k].startswith("proportion")
    ]


def _read(made: Estimates) -> np.ndarray:
    """Estimate, standard error, df and interval, a line a request.

    A share is read off that of those who did not: where nobody complained, complaints are no level.
    """
    table = made.table[made.table["level"] != "1"]
    if "minority" in table:
        table = table[table["minority"] == 1]
    value, std_error, df, low, high = table[COLUMNS].to_numpy(dtype=float).T
    share = (table["kind"] == "proportion").to_numpy()
    low, high = np.where(share, 1 - high, low), np.where(share, 1 - low, high)
    return np.column_stack([np.where(share, 1 - value, value), std_error, df, low, high])


def _truth(whole: Population, *, inside: bool) -> tuple[np.ndarray, list[str]]:
    people = whole.people[whole.people["minority"] == 1] if inside else whole.people
    values = [people[r.variable].sum() if r.kind == "total" else people[r.variable].mean() for r in REQUESTS]
    return np.array(values), [f"{r.kind} of {r.variable}" for r in REQUESTS]


def _cover(design: str, quantity: str, interval: str, made: np.ndarray, truth: float) -> Cover:
    value, std_error, df, low, high = made.T
    below, above = float((low > truth).mean()), float((high < truth).mean())
    covered = float(((low <= truth) & (truth <= high)).mean())
    return Cover(
        design=design,
        quantity=quantity,
        interval=interval,
        covered=covered,
        error=float(np.sqrt(covered * (1 - covered) / len(made))),
        below=below,
        above=above,
        std_error=float(np.sqrt((std_error**2).mean()) / value.std(ddof=1) - 1),
        together=float(np.corrcoef(value, std_error)[0, 1]),
        flat=float((std_error == 0).mean()),
        unsteady=float(std_error.std() / std_error.mean()),
        df=float(df.mean()),
    )
