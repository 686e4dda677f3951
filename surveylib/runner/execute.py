"""Jobs and their execution: many notebooks, each in a kernel of its own, in the order their dependencies ask for."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from ..errors import SurveyError, unknown
from .provisioner import PRELOAD, Warmth, warm_kernels

Scalar = str | int | float | bool | None
ORDINARY_KERNEL = "python3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One notebook to execute.

    Parameters
    ----------
    name : str
        Unique among the jobs of an execution.
    source, target : Path
        The notebook, and where its executed copy goes (folders are made).
    parameters : mapping or tuple of pairs
        Put into the notebook after its cell tagged `parameters`; kept as a tuple of pairs.
    after : tuple of str
        Names of the jobs that must have succeeded first.
    cwd : Path, optional
        The folder the kernel works in; default: that of the caller.

    Raises
    ------
    SurveyError
        A parameter that is not a plain literal, or given twice.

    Examples
    --------
    >>> job = Job(name="40 phu_cuong", source=Path("40.ipynb"), target=Path("out/40.ipynb"), parameters={"unit": "phu_cuong"})
    >>> job.parameters
    (('unit', 'phu_cuong'),)
    """

    name: str
    source: Path
    target: Path
    parameters: Mapping[str, Scalar] | tuple[tuple[str, Scalar], ...] = ()
    after: tuple[str, ...] = ()
    cwd: Path | None = None

    def __post_init__(self) -> None:
        pairs = self.parameters.items() if isinstance(self.parameters, Mapping) else self.parameters
        object.__setattr__(self, "parameters", tuple((key, value) for key, value in pairs))
        object.__setattr__(self, "source", Path(self.source))
        object.__setattr__(self, "target", Path(self.target))
        object.__setattr__(self, "after", tuple(self.after))
        where = f"job {self.name!r}"
        names = [key for key, _ in self.parameters]
        if len(set(names)) < len(names):
            raise SurveyError("a parameter is given twice", where=where, got=", ".join(sorted(names)))
        for key, value in self.parameters:
            if not isinstance(value, Scalar):
                raise SurveyError(
                    f"parameter {key!r} is not a plain literal",
                    where=where,
                    expected="text, a number, true, false or none",
                    got=type(value).__name__,
                )


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of one job.

    `error` is one line (code cell and exception; the traceback is in the executed notebook), None for success. `skipped` jobs
    did not run, because one they come after failed; their targets were not touched. `cpu_seconds` counts the kernel and
    papermill. `refusal` says why the kernel was an ordinary, slow one although a warm one was wanted.
    """

    job: str
    seconds: float
    cpu_seconds: float
    error: str | None = None
    skipped: bool = False
    refusal: str | None = None


def execute(
    jobs: Sequence[Job],
    *,
    workers: int = 2,
    warm: bool = True,
    timeout: int = 300,
    progress: Callable[[Outcome], None] | None = None,
    preload: Sequence[str] = PRELOAD,
) -> tuple[Outcome, ...]:
    """Execute notebooks by papermill, each in a kernel of its own, and tell what became of each, in the order of `jobs`.

    A cell may run `timeout` seconds; then its kernel is killed with all it started. A job that fails leaves its executed notebook,
    error and all, at its target, and the jobs `after` it are skipped. Targets are written beside and renamed. `progress` is called
    here, in the caller's thread, once per job. With `warm`, kernels are forked from a process that has already imported `preload`;
    outputs are the same as without.

    Raises
    ------
    SurveyError
        Names or targets not unique, an unknown name in `after`, a circle, a missing source. Nothing has run then.
    """
    jobs = tuple(jobs)
    order = arrange(jobs)
    if not jobs:
        return ()
    outcomes: dict[str, Outcome] = {}
    with _workforce(min(workers, len(jobs)), warm=warm, preload=preload) as (pool, warmth, sockets):
        running: dict[Future[Outcome], str] = {}
        ready: list[str] = []
        by_name = {job.name: job for job in jobs}
        while order.is_active():
            ready += sorted(order.get_ready(), key=list(by_name).index)
            for name in ready:
                job = by_name[name]
                cause = next((earlier for earlier in job.after if outcomes[earlier].error), None)
                running[pool.submit(_perform, job, cause, warmth, sockets, timeout)] = name
            ready.clear()
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                outcomes[name] = future.result()
                order.done(name)
                if progress:
                    progress(outcomes[name])
    return tuple(outcomes[job.name] for job in jobs)
