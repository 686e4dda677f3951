"""`make bench`: our work beside the obvious alternative, in one run, as ratios of CPU time; rows in
reports/bench.json, and with --page in docs/speed.md too.

To add a row, write a function that makes the rows and returns (ours, other, agree), and name it in WORKS.
`ours` and `other` do their work anew at each call; `agree` takes what the two gave and fails where they
differ, so that nothing is timed that is not the same.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

# Set before numpy is loaded: a second thread of linear algebra would count twice as CPU time.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

from tests import bench_page, bench_parquet
from tests.bench_bootstrap import (
    LOOPED,
    OTHERS_REPLICATES,
    REPLICATES,
    bootstrap_floor,
    bootstrap_loop,
    bootstrap_svy,
)
from tests.bench_evaluation import (
    diagnosis_loop,
    interval_halved,
    max_t_loop,
    prediction_quadrature,
    randomisation_diff_diff,
    randomisation_pyfixest,
)
from tests.bench_instruments import SHEETS, all_formats, five_instruments, paper_forms, scanned_page
from tests.bench_means import Calls, complete_items, items_svy, items_with_gaps
from tests.bench_models import logistic_sandwich, rao_scott_naive, rao_scott_svy
from tests.bench_raking import raking_floor, raking_ipfn, raking_svy

ROOT = Path(__file__).resolve().parents[1]
REPEATS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """One row of the bench: what we do, beside what, and the ratio of CPU time it may cost (None: no goal
    set). `memory` is the most our side may hold in MB; `needs` names a package without which the row is left
    out."""

    work: str
    other: str
    goal: float | None
    make: Callable[[], Calls]
    repeats: int = REPEATS
    memory: float | None = None
    needs: str | None = None


WORKS = (
    Work(
        work="means, SEs and df of 20 items × 50 domains, 1,000,000 rows, 200 strata, 10,000 PSUs",
        other="bare numpy.bincount of the same sums, on ready integer codes",
        goal=1.5,
        make=complete_items,
    ),
    Work(
        work="means, SEs and df of 20 items × 50 domains, 1,000,000 rows, 200 strata, 10,000 PSUs",
        other="svy, linearised",
        goal=0.01,
        make=items_svy,
        repeats=1,
        needs="svy",
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
        other=f"svy, {OTHERS_REPLICATES} replicates only",
        goal=0.01,
        make=bootstrap_svy,
        repeats=1,
        memory=1024,
        needs="svy",
    ),
    Work(
        work=f"{REPLICATES:,} bootstrap replicates of the first row's work, from rows to standard errors",
        other="the floor: bare sums of the rows, one matrix product with ready multipliers",
        goal=None,
        make=bootstrap_floor,
        repeats=3,
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
        work="raking 1,000,000 rows of a DataFrame to four margins",
        other="the floor: bare passes that number the cells, add up and scale, factors known",
        goal=None,
        make=raking_floor,
    ),
    Work(
        work=f"means, SEs and df of 20 items × 50 domains, {bench_parquet.rows():,} rows of Parquet",
        other="the bare DuckDB aggregate of the same sums, two threads on both sides",
        goal=1.2,
        make=bench_parquet.parquet,
        repeats=3,
        memory=2048,
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
    Work(
        work="diagnosis: 2,000 studies of 5 v 10 units × 4 effects, all gates (at most 30 s on two cores)",
        other="the same a study at a time, no gates and no coverage",
        goal=None,
        make=diagnosis_loop,
        repeats=1,
    ),
    Work(
        work="exact randomisation max-t of 23 outcomes over 3,003 assignments (at most 50 ms of CPU)",
        other="a bare loop over the assignments",
        goal=None,
        make=max_t_loop,
    ),
    Work(
        work="interval of an effect by inversion over 3,003 assignments (at most 300 ms of CPU)",
        other="each end by halving, a test of every value tried",
        goal=None,
        make=interval_halved,
    ),
    Work(
        work="grid posterior, chances of the effect and of a new unit's (at most 20 ms of CPU)",
        other="adaptive quadrature of the same integrals",
        goal=None,
        make=prediction_quadrature,
    ),
    Work(
        work="exact randomisation p over 3,003 assignments",
        other="pyfixest, ritest with 999 draws",
        goal=None,
        make=randomisation_pyfixest,
        repeats=1,
        needs="pyfixest",
    ),
    Work(
        work="exact randomisation p over 3,003 assignments",
        other="diff-diff, permutation_test with 999 draws",
        goal=None,
        make=randomisation_diff_diff,
        repeats=1,
        needs="diff_diff",
    ),
    Work(
        work="all five instruments read from YAML, linted and written as XLSForms (to stay below 2 s)",
        other="pyxform's own conversion of the five workbooks",
        goal=4.0,
        make=five_instruments,
    ),
    Work(
        work="all five instruments read from YAML, linted and written in every format of `surveylib export`, "
        "paper too (to stay below 2 s)",
        other="pyxform's own conversion of the five workbooks",
        goal=8.0,
        make=all_formats,
        repeats=3,
    ),
    Work(
        work=f"{SHEETS} numbered paper forms, two pages each, from YAML to PDF (to stay below 30 s)",
        other="pyxform's own conversion of the same form's workbook",
        goal=None,
        make=paper_forms,
        repeats=1,
    ),
    Work(
        work="a filled page scanned at 300 dpi, read (to stay below 0.5 s)",
        other="zxing looking for the square code in the same picture",
        goal=None,
        make=scanned_page,
    ),
)


def measure(work: Work) -> dict:
    """CPU seconds of both sides, run by turns; the ratio is the median of the ratios of neighbours.

    What takes a fraction of a second is easily disturbed: our side runs thrice a turn, its median counts.
    """
    ours, other, agree = work.make()
    agree(ours(), other())
    pairs = [(statistics.median(_cpu(ours) for _ in range(3)), _cpu(other)) for _ in range(work.repeats)]
    ratio = statistics.median(a / b for a, b in pairs)
    peak = _peak(work)
    return {
        "work": work.work,
        "ours_cpu_s": round(statistics.median(a for a, _ in pairs), 4),
        "other": work.other,
        "other_cpu_s": round(statistics.median(b for _, b in pairs), 4),
        "ratio": float(f"{ratio:.3g}"),
        "goal": work.goal,
        "met": None if work.goal is None else ratio <= work.goal,
        "ours_rss_mb": peak,
        "memory_goal_mb": work.memory,
        "memory_met": None if work.memory is None else peak <= work.memory,
    }


def _cpu(call: Callable[[], object]) -> float:
    start = time.process_time()
    result = call()
    spent = time.process_time() - start
    del result  # freed outside the timing, on both sides
    return spent


def _peak(work: Work) -> float:
    """Peak memory of a fresh process that makes the rows and does our work once."""
    command = [sys.executable, str(Path(__file__).resolve()), "--once", _name(work)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
    return float(done.stdout)


def _name(work: Work) -> str:
    return f"{work.work}, beside {work.other}"


def _once(name: str) -> None:
    ours, _, _ = next(work for work in WORKS if _name(work) == name).make()
    ours()
    # Not getrusage: a process starts with the peak of the one that started it.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    print(round(int(status.partition("VmHWM:")[2].split()[0]) / 1024, 1))


def report(rows: list[dict]) -> None:
    verdicts = {None: "no goal", True: "met", False: "NOT MET"}
    for row in rows:
        goal = "" if row["goal"] is None else f" (goal at most {row['goal']})"
        room = "" if row["memory_met"] is None else f" (below {row['memory_goal_mb']}: "
        room += f"{verdicts[row['memory_met']]})" if room else ""
        print(f"{row['work']}\n  beside {row['other']}")
        print(
            f"  ours {row['ours_cpu_s']:.4g} s, other {row['other_cpu_s']:.4g} s of CPU: ratio "
            f"{row['ratio']:.4f}{goal}: {verdicts[row['met']]}; peak memory {row['ours_rss_mb']:.0f} MB{room}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--once", metavar="ROW", help="do our side of this row once and print the peak memory in MB"
    )
    parser.add_argument(
        "--only", metavar="WORD", default="", help="rows with this word; the others stay as measured"
    )
    parser.add_argument(
        "--json", type=Path, default=ROOT / "reports" / "bench.json", help="where to write the rows"
    )
    parser.add_argument("--page", action="store_true", help="also the table of docs/speed.md")
    asked = parser.parse_args()
    if asked.once is not None:
        _once(asked.once)
        return
    chosen = [work for work in WORKS if asked.only in _name(work)]
    rows = [measure(work) for work in chosen if _there(work)]
    report(rows)
    if asked.only and asked.json.exists():
        rows = _joined(json.loads(asked.json.read_text(encoding="utf-8")), rows)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(rows, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(f"written: {asked.json}")
    if asked.page:
        bench_page.put("bench", bench_page.bench(rows))


def _joined(before: list[dict], rows: list[dict]) -> list[dict]:
    """Rows measured before, those measured now in their place, as `WORKS` has them in order."""
    known = {(row["work"], row["other"]): row for row in (*before, *rows)}
    return [known[name] for work in WORKS if (name := (work.work, work.other)) in known]


def _there(work: Work) -> bool:
    if work.needs is None or find_spec(work.needs) is not None:
        return True
    print(f"{work.work}\n  beside {work.other}: left out, package {work.needs} is not installed")
    return False


if __name__ == "__main__":
    main()
