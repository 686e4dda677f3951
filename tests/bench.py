"""`make bench`: our work beside the obvious alternative, in one run, as ratios of CPU time; rows in
reports/bench.json.

To add a row, write a function that makes the rows and returns (ours, other, agree), and name it in WORKS.
`ours` and `other` do their work anew at each call; `agree` takes what the two gave and fails where they
differ, so that nothing is timed that is not the same.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path

# Set before numpy is loaded: a second thread of linear algebra would count twice as CPU time.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
import pandas as pd

from surveylib.estimation import bootstrap, declare, estimate, replicate_weights, totals
from surveylib.estimation.replicated import ReplicateSums
from surveylib.model.totals import Request
from surveylib.rng import stream
from tests import bench_parquet
from tests.bench_models import logistic_sandwich, rao_scott_naive, rao_scott_svy
from tests.bench_raking import raking_ipfn, raking_svy

if find_spec("svy"):  # a second opinion, in no lock: rows that need it are left out without it
    import polars
    import svy

ROOT = Path(__file__).resolve().parents[1]
ROWS, STRATA, PSUS, DOMAINS, ITEMS = 1_000_000, 200, 10_000, 50, 20
REPEATS = 7

Calls = tuple[Callable[[], object], Callable[[], object], Callable[[object, object], None]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One row of the bench: what we do, beside what, and the ratio of CPU time it may cost (None: no goal
    set). `needs` names a package without which the row is left out."""

    work: str
    other: str
    goal: float | None
    make: Callable[[], Calls]
    repeats: int = REPEATS
    needs: str | None = None


def survey(*, missing: float) -> pd.DataFrame:
    """Made-up answers on a five-point scale, a share of them missing, from a stratified sample of
    clusters."""
    random = stream(2014, "bench")
    psu = random.integers(PSUS, size=ROWS)
    table = {
        "stratum": psu % STRATA,
        "psu": psu,
        "domain": random.integers(DOMAINS, size=ROWS),
        "weight": random.uniform(0.5, 2.0, size=ROWS),
    }
    for item in range(ITEMS):
        answers = random.integers(1, 6, size=ROWS).astype(float)
        if missing:
            answers[random.random(ROWS) < missing] = np.nan
        table[f"item{item:02d}"] = answers
    return pd.DataFrame(table)


def _ours(rows: pd.DataFrame) -> Callable[[], object]:
    requests = [Request(kind="mean", variable=f"item{item:02d}") for item in range(ITEMS)]

    def run():
        design = declare(rows, weights="weight", strata="stratum", psu="psu")
        return estimate(totals(rows, design, requests=requests, by=["domain"]))

    return run


def _arrays(rows: pd.DataFrame) -> tuple[list[np.ndarray], np.ndarray, np.ndarray, np.ndarray]:
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
    items, w, psu, domain = _arrays(rows)

    def bare():
        cell = psu * DOMAINS + domain
        tops = [np.bincount(cell, w * y, PSUS * DOMAINS) for y in items]
        bottom = np.bincount(cell, w, PSUS * DOMAINS)
        squares = [np.bincount(domain, w * y * y, DOMAINS) for y in items]
        sizes = np.bincount(domain, minlength=DOMAINS), np.bincount(domain, w * w, DOMAINS)
        return tops, [bottom] * ITEMS, squares, sizes

    return _ours(rows), bare, _same_means


def items_with_gaps() -> Calls:
    """The same with 5 in 100 answers missing: every item has a denominator of its own."""
    rows = survey(missing=0.05)
    items, w, psu, domain = _arrays(rows)

    def bare():
        cell, sums = psu * DOMAINS + domain, []
        for y in items:
            there = ~np.isnan(y)
            v, x = np.where(there, w, 0.0), np.where(there, y, 0.0)
            top, bottom = np.bincount(cell, v * x, PSUS * DOMAINS), np.bincount(cell, v, PSUS * DOMAINS)
            square, n = np.bincount(domain, v * x * x, DOMAINS), np.bincount(domain, there, DOMAINS)
            sums.append((top, bottom, square, n, np.bincount(domain, v * v, DOMAINS)))
        return tuple(zip(*sums, strict=True))

    return _ours(rows), bare, _same_means


REPLICATES, LOOPED, OTHERS_REPLICATES = 1000, 5, 200


def _bootstrapped(rows: pd.DataFrame) -> Callable[[], object]:
    """1,000 Rao-Wu replicates of the means, from rows to standard errors."""
    requests = [Request(kind="mean", variable=f"item{item:02d}") for item in range(ITEMS)]

    def run():
        design = declare(rows, weights="weight", strata="stratum", psu="psu")
        summed = totals(rows, design, requests=requests, by=["domain"])
        made = bootstrap(summed, replicates=REPLICATES, generator=stream(2014, "bench", "bootstrap"))
        return estimate(summed, replicates=made), made

    return run


def bootstrap_loop() -> Calls:
    """Replicate by replicate: a weight for every row, and the means of every item and domain."""
    rows = survey(missing=0.0)
    items, _, _, domain = _arrays(rows)
    ours = _bootstrapped(rows)
    design = declare(rows, weights="weight", strata="stratum", psu="psu")
    _, made = ours()
    few = replace(made, factors=(made.factors[0][:LOOPED], made.factors[1]), rscales=made.rscales[:LOOPED])
    weights = replicate_weights(design, replicates=few).to_numpy().T.copy()

    def loop():
        found = []
        for weight in weights:
            sizes = np.bincount(domain, weight, DOMAINS)
            found.append([np.bincount(domain, weight * y, DOMAINS) / sizes for y in items])
        return np.array(found).reshape(LOOPED, -1)

    def agree(result, looped) -> None:
        requests = [Request(kind="mean", variable=f"item{item:02d}") for item in range(ITEMS)]
        summed = totals(rows, design, requests=requests, by=["domain"])
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
    names = [f"item{item:02d}" for item in range(ITEMS)]

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

    return _bootstrapped(rows), theirs, agree


WORKS = (
    Work(
        work="means, SEs and df of 20 items × 50 domains, 1,000,000 rows, 200 strata, 10,000 PSUs",
        other="bare numpy.bincount of the same sums, on ready integer codes",
        goal=1.5,
        make=complete_items,
    ),
    Work(
        work="the same with 5% of the answers missing",
        other="bare numpy.bincount of the same sums, on ready integer codes",
        goal=None,
        make=items_with_gaps,
    ),
    Work(
        work=f"{REPLICATES:,} bootstrap replicates of the first row's work, from rows to standard errors",
        other=f"a bare loop of numpy.bincount over ready row weights, {LOOPED} replicates",
        goal=None,
        make=bootstrap_loop,
        repeats=3,
    ),
    Work(
        work=f"{REPLICATES:,} bootstrap replicates of the first row's work, from rows to standard errors",
        other=f"svy, {OTHERS_REPLICATES} replicates",
        goal=0.01,
        make=bootstrap_svy,
        repeats=1,
        needs="svy",
    ),
    Work(
        work="raking 1,000,000 rows of a DataFrame to four margins",
        other="ipfn",
        goal=0.05,
        make=raking_ipfn,
        repeats=3,
        needs="ipfn",
    ),
    Work(
        work="raking 1,000,000 rows of a DataFrame to four margins",
        other="svy",
        goal=0.01,
        make=raking_svy,
        repeats=3,
        needs="svy",
    ),
    Work(
        work=f"means, SEs and df of 20 items × 50 domains, {bench_parquet.rows():,} rows of Parquet",
        other="the bare DuckDB aggregate of the same sums, two threads on both sides",
        goal=1.2,
        make=bench_parquet.parquet,
        repeats=3,
    ),
    Work(
        work="Rao-Scott test of a table of 50 x 5 cells, 1,000,000 rows, from a DataFrame",
        other="one indicator a cell, numpy.bincount and the formula by hand",
        goal=None,
        make=rao_scott_naive,
        repeats=3,
    ),
    Work(
        work="Rao-Scott test of a table of 50 x 5 cells, 1,000,000 rows, from a DataFrame",
        other="svy",
        goal=0.01,
        make=rao_scott_svy,
        repeats=1,
        needs="svy",
    ),
    Work(
        work="logistic regression with design SEs, 10 covariates, 1,000,000 rows, from a DataFrame",
        other="statsmodels GLM and a sandwich by hand",
        goal=0.2,
        make=logistic_sandwich,
        repeats=3,
    ),
)


def measure(work: Work) -> dict:
    """CPU seconds of both sides, run by turns; the ratio is the median of the ratios of neighbours."""
    ours, other, agree = work.make()
    agree(ours(), other())
    pairs = [(_cpu(ours), _cpu(other)) for _ in range(work.repeats)]
    ratio = statistics.median(a / b for a, b in pairs)
    return {
        "work": work.work,
        "ours_cpu_s": round(statistics.median(a for a, _ in pairs), 4),
        "other": work.other,
        "other_cpu_s": round(statistics.median(b for _, b in pairs), 4),
        "ratio": round(ratio, 3),
        "goal": work.goal,
        "met": None if work.goal is None else ratio <= work.goal,
        "ours_rss_mb": _peak(work),
    }


def _cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    result = call()
    spent = time.process_time() - start
    del result  # freed outside the timing, on both sides
    return spent


def _peak(work: Work) -> float:
    """Peak memory of a fresh process that makes the rows and does our work once."""
    command = [sys.executable, str(Path(__file__).resolve()), "--once", str(WORKS.index(work))]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


def _once(index: int) -> None:
    ours, _, _ = WORKS[index].make()
    ours()
    print(round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1))


def report(rows: list[dict], *, path: Path) -> None:
    for row in rows:
        verdict = {None: "no goal", True: "met", False: "NOT MET"}[row["met"]]
        goal = "" if row["goal"] is None else f" (goal at most {row['goal']})"
        print(f"{row['work']}\n  beside {row['other']}")
        print(
            f"  ours {row['ours_cpu_s']:.3f} s, other {row['other_cpu_s']:.3f} s of CPU: "
            f"ratio {row['ratio']:.2f}{goal}: {verdict}; peak memory {row['ours_rss_mb']:.0f} MB"
        )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"written: {path}")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--once", type=int, metavar="ROW", help="do our side of this row once and print the peak memory in MB"
    )
    parser.add_argument(
        "--json", type=Path, default=ROOT / "reports" / "bench.json", help="where to write the rows"
    )
    asked = parser.parse_args()
    if asked.once is not None:
        _once(asked.once)
        return
    report([measure(work) for work in WORKS if _there(work)], path=asked.json)


def _there(work: Work) -> bool:
    if work.needs is None or find_spec(work.needs) is not None:
        return True
    print(f"{work.work}\n  beside {work.other}: left out, package {work.needs} is not installed")
    return False


if __name__ == "__main__":
    main()
