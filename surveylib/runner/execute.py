"""Jobs and their execution: many notebooks, each in a kernel of its own, each after those it needs."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from pathlib import Path
from queue import SimpleQueue

from ..errors import SurveyError, unknown
from .warmth import ORDINARY_KERNEL, PRELOAD, Warmth, warm_kernels

Scalar = str | int | float | bool | None
WORKER = "surveylib.runner.worker"


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
    >>> out = Path("out/40.ipynb")
    >>> Job(name="40", source=Path("40.ipynb"), target=out, parameters={"unit": "phu_cuong"}).parameters
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

    `error` is one line (code cell and exception; the traceback is in the executed notebook), None for
    success. `skipped` jobs did not run, because one they come after failed; their targets were not touched.
    `cpu_seconds` counts the kernel and papermill. `refusal` says why the kernel was an ordinary one
    although a warm one was wanted.
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
    """Execute notebooks by papermill, each in a kernel of its own; the outcomes come in the order of `jobs`.

    A cell may run `timeout` seconds; then its kernel is killed with all it started. A job that fails leaves
    its executed notebook, error and all, at its target, and the jobs `after` it are skipped. Targets are
    written beside and renamed. `progress` is called once per job, in the caller's thread. With `warm`,
    kernels are forked from a process that has already imported `preload`: the outputs are the same, sooner.

    Raises
    ------
    SurveyError
        Names or targets not unique, an unknown name in `after`, a circle, a missing source. Nothing ran then.
    """
    jobs = tuple(jobs)
    order = arrange(jobs)
    if not jobs:
        return ()
    places = {job.name: place for place, job in enumerate(jobs)}
    outcomes: dict[str, Outcome] = {}
    running: dict[Future[Outcome], str] = {}
    with _workforce(min(workers, len(jobs)), warm=warm, preload=preload) as workforce:
        while order.is_active():
            for name in sorted(order.get_ready(), key=places.__getitem__):
                job = jobs[places[name]]
                failed = next((earlier for earlier in job.after if outcomes[earlier].error), None)
                running[workforce.submit(job, timeout=timeout, failed=failed)] = name
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                name = running.pop(future)
                outcomes[name] = future.result()
                order.done(name)
                if progress:
                    progress(outcomes[name])
    return tuple(outcomes[job.name] for job in jobs)


def arrange(jobs: Sequence[Job]) -> TopologicalSorter[str]:
    """Check jobs against one another and prepare their order; raises as `execute` says."""
    names = {job.name for job in jobs}
    targets = [str(job.target.absolute()) for job in jobs]
    for what, values in (("job name", [job.name for job in jobs]), ("target", targets)):
        twice = sorted({value for value in values if values.count(value) > 1})
        if twice:
            raise SurveyError(f"{what} used by more than one job", got=", ".join(twice))
    for job in jobs:
        for earlier in job.after:
            if earlier not in names:
                raise unknown("job", earlier, names, where=f"`after` of job {job.name!r}")
        if not job.source.is_file():
            raise SurveyError("no such notebook", where=f"job {job.name!r}", got=str(job.source))
    order = TopologicalSorter({job.name: job.after for job in jobs})
    try:
        order.prepare()
    except CycleError as circle:
        raise SurveyError("jobs wait for one another in a circle", got=" → ".join(circle.args[1])) from circle
    return order


class _Worker:
    """One process of `runner.worker`, and a new one in its place when it dies."""

    def __init__(self, env: Mapping[str, str]) -> None:
        self.env, self.ended = env, False
        self.process = self._start()

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", WORKER, str(os.getpid())],
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
            start_new_session=True,  # Ctrl-C is for us: we end the workers
        )

    def ask(self, order: Mapping) -> Mapping:
        """The answer to an order; of a worker that died over it, its last words."""
        line = ""
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.write(json.dumps(order) + "\n")
            self.process.stdin.flush()
            line = self.process.stdout.readline()
        if line:
            return json.loads(line)
        code = self.process.wait()
        if not self.ended:
            self.process = self._start()
        return {"error": f"the worker process died (exit code {code})", "seconds": 0.0, "cpu_seconds": 0.0}

    def end(self, *, patiently: bool) -> None:
        """Let it go; in an interrupted run it may be at work: it is interrupted, and ends its kernel."""
        self.ended = True
        if not patiently:
            self.process.send_signal(signal.SIGINT)
        with contextlib.suppress(BrokenPipeError):
            self.process.stdin.close()
        try:
            self.process.wait(timeout=10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class _Workforce:
    """As many workers as may work at once; a thread waits for each."""

    def __init__(self, workers: Sequence[_Worker], *, warmth: Warmth, sockets: Path) -> None:
        self.warmth, self.sockets = warmth, sockets
        self.idle: SimpleQueue[_Worker] = SimpleQueue()
        for worker in workers:
            self.idle.put(worker)
        self.threads = ThreadPoolExecutor(max_workers=max(1, len(workers)))

    def submit(self, job: Job, *, timeout: int, failed: str | None) -> Future[Outcome]:
        """Have the job done by the next idle worker; not at all if a job before it `failed`."""
        if failed is None:
            return self.threads.submit(self._perform, job, timeout)
        future: Future[Outcome] = Future()
        error = f"not run: {failed!r} failed"
        future.set_result(Outcome(job=job.name, seconds=0.0, cpu_seconds=0.0, error=error, skipped=True))
        return future

    def _perform(self, job: Job, timeout: int) -> Outcome:
        order = {
            "source": str(job.source.absolute()),
            "target": str(job.target.absolute()),
            "parameters": job.parameters,
            "cwd": str((job.cwd or Path()).absolute()),
            "kernel": self.warmth.kernel_name,
            "timeout": timeout,
            "sockets": str(self.sockets),
        }
        worker = self.idle.get()
        try:
            answer = dict(worker.ask(order))
        finally:
            self.idle.put(worker)
        refusal = answer.pop("refusal", None) or self.warmth.refusal
        return Outcome(job=job.name, refusal=refusal, **answer)


@contextlib.contextmanager
def _workforce(count: int, *, warm: bool, preload: Sequence[str]) -> Iterator[_Workforce]:
    with contextlib.ExitStack() as stack:
        scratch = tempfile.TemporaryDirectory(prefix="surveylib-", ignore_cleanup_errors=True)
        folder = Path(stack.enter_context(scratch))
        env = surroundings(os.environ, ipython=folder / "ipython")
        warmth = Warmth(kernel_name=ORDINARY_KERNEL, jupyter_path=folder)
        if warm:
            warmth = stack.enter_context(warm_kernels(preload=preload, env=env))
        path = os.pathsep.join(filter(None, (str(warmth.jupyter_path), os.environ.get("JUPYTER_PATH"))))
        workers = [_Worker(env | {"JUPYTER_PATH": path}) for _ in range(count)]
        patiently = False
        workforce = _Workforce(workers, warmth=warmth, sockets=folder)
        try:
            yield workforce
            patiently = True
        finally:
            workforce.threads.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.end(patiently=patiently)


def surroundings(env: Mapping[str, str], *, ipython: Path) -> dict[str, str]:
    """The environment kernels work in, warm or ordinary: what would make two runs differ is set.

    One thread per kernel (kernels run side by side, and sums then do not depend on the number of threads),
    a fixed hash seed (the order of sets), no IPython profile of the user's, charts by the kernel's own
    backend.

    >>> surroundings({"MPLBACKEND": "agg"}, ipython=Path("here"))["PYTHONHASHSEED"]
    '0'
    """
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    kept = {name: value for name, value in env.items() if name != "MPLBACKEND"}
    return {"PYTHONHASHSEED": "0"} | threads | kept | {"IPYTHONDIR": str(ipython)}
