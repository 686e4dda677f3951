"""Starting costs little: measured as processor time of fresh processes, the least of several."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
REPEATS = 3
NOISE = 1.10  # the same import, measured twice, differs by up to this factor on a busy machine
MOST_HELP_SECONDS = 0.5


def processor_seconds(*command: str | Path) -> float:
    """User and system seconds of one run of a command, its byte-code cached, one BLAS thread."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment["OPENBLAS_NUM_THREADS"] = "1"
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def least_seconds(*commands: tuple[str | Path, ...]) -> list[float]:
    """The least cost of each command; they take turns, so that a busy moment hits all alike."""
    rounds = [[processor_seconds(*command) for command in commands] for _ in range(REPEATS + 1)]
    return [min(costs) for costs in zip(*rounds[1:], strict=True)]  # the first round writes byte-code


@pytest.mark.skipif(not (ROOT / "surveylib" / "__init__.py").exists(), reason="no surveylib/__init__.py yet")
def test_importing_the_library_costs_no_more_than_pandas_and_scipy() -> None:
    ours, theirs = least_seconds(
        (sys.executable, "-c", "import surveylib"),
        (sys.executable, "-c", "import pandas, scipy.stats"),
    )
    assert ours <= theirs * NOISE, f"import surveylib {ours:.2f} s, pandas and scipy.stats {theirs:.2f} s"


@pytest.mark.skipif(not any(ROOT.glob("surveylib/cli*")), reason="no surveylib.cli yet")
def test_help_comes_at_once() -> None:
    (cost,) = least_seconds((Path(sys.executable).with_name("surveylib"), "--help"))
    assert cost < MOST_HELP_SECONDS, f"surveylib --help {cost:.2f} s"
