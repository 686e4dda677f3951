"""One notebook after another, by papermill, in a process of its own: what `execute` starts once per worker.

``python -m surveylib.runner.worker PARENT`` reads orders from stdin and writes one answer to each on
stdout, JSON lines both. It has a process of its own because papermill changes the working folder of its
whole process.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import nbformat
import papermill
from jupyter_client import AsyncKernelManager
from nbclient.exceptions import CellTimeoutError, DeadKernelError
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, NotebookExecutionManager, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG
from papermill.log import logger

from .zygote import die_with

ENGINE = "surveylib"
IPC_LIMIT = 80  # of the 107 bytes of a socket's address, room for jupyter_client's "-1" … and a name
MESSAGE_LIMIT = 300
SAYINGS = {CellTimeoutError: "the cell ran out of time and was stopped", DeadKernelError: "the kernel died"}
VOLATILE_FOLDER = re.compile(r"ipykernel_\d+")


@dataclass(slots=True, kw_only=True)
class Course:
    """What became of one execution, filled by the engine: papermill hands back nothing when a cell fails."""

    sockets: Path
    timeout: int
    notebook: nbformat.NotebookNode | None = None
    refusal: str | None = None
    cpu_seconds: float = 0.0


class Engine(NBClientEngine):
    """papermill's engine with a kernel manager of ours, and with every failure to be read in a cell."""

    @classmethod
    def execute_managed_notebook(
        cls, nb_man: NotebookExecutionManager, kernel_name: str, *, course: Course, **_: object
    ) -> None:
        """Execute; a cell that hangs, kills its kernel or calls `sys.exit` gets the error output it lacks."""
        course.notebook = nb_man.nb
        manager = _kernel_manager(kernel_name, course.sockets)
        client = PapermillNotebookClient(
            nb_man,
            km=manager,
            timeout=course.timeout,
            startup_timeout=120,
            shutdown_kernel="immediate",
            record_timing=False,
            on_cell_executed=_stay,
            log=logger,
        )
        try:
            client.execute(cleanup_kc=True)
        except (
            Exception
        ) as failure:  # whatever the client raises is the notebook's fate, to be read in the notebook
            _blame(nb_man, failure)
        course.refusal = getattr(manager.provisioner, "refusal", None)
        forked = getattr(manager.provisioner, "forked", None)
        course.cpu_seconds = forked.cpu_seconds if forked else 0.0
        _exits_are_errors(nb_man.nb)


def _kernel_manager(kernel_name: str, sockets: Path) -> AsyncKernelManager:
    # Unix sockets: no port that another process may take between its choice and its use, nothing to overhear.
    if os.name != "posix" or len(os.fsencode(sockets)) > IPC_LIMIT:
        return AsyncKernelManager(kernel_name=kernel_name)
    name = str(sockets / f"k{os.getpid()}")
    return AsyncKernelManager(
        kernel_name=kernel_name, transport="ipc", ip=name, connection_file=f"{name}.json"
    )


def _blame(manager: NotebookExecutionManager, failure: Exception) -> None:
    if manager.nb.metadata.papermill.get("exception"):
        return  # the cell failed first, the rest follows from it
    cells = [(index, cell) for index, cell in enumerate(manager.nb.cells) if cell.cell_type == "code"]
    begun = [pair for pair in cells if pair[1].metadata.papermill["status"] != manager.PENDING] or cells[:1]
    for index, cell in begun[-1:]:
        ename, lines = type(failure).__name__, str(failure).split("\n")
        evalue = SAYINGS.get(type(failure), lines[0])
        cell.outputs.append(nbformat.v4.new_output("error", ename=ename, evalue=evalue, traceback=lines))
        manager.cell_exception(cell, cell_index=index)


class LeftEarly(RuntimeError):
    """A cell called `exit()`: no error to IPython, but the cells after it will not run."""


def _stay(*, execute_reply: Mapping, **_: object) -> None:
    if any(item.get("source") == "ask_exit" for item in execute_reply["content"].get("payload", ())):
        raise LeftEarly("the notebook left by exit() before its end")


def _exits_are_errors(notebook: nbformat.NotebookNode) -> None:
    # papermill takes sys.exit(0) for success, although the cells after it never ran.
    for cell in notebook.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error" and output.ename == "SystemExit":
                output.evalue = f"the notebook left by exit({output.evalue}) before its end"


def run(order: Mapping) -> dict:
    """Execute one order and say how it went; the executed notebook is at its target whole, or not at all.

    An order has source, target, parameters, kernel, cwd, timeout (seconds per cell) and sockets (a folder).
    """
    course = Course(sockets=Path(order["sockets"]), timeout=order["timeout"])
    started, cpu = time.monotonic(), _cpu_seconds()
    error = None
    try:
        with _quiet_about_unknown_parameters():
            papermill.execute_notebook(
                order["source"],
                None,
                parameters=dict(order["parameters"]),
                engine_name=ENGINE,
                kernel_name=order["kernel"],
                language="python",
                progress_bar=False,
                cwd=order["cwd"],
                course=course,
            )
    except PapermillExecutionError as failure:
        error = describe(failure, course.notebook)
    except Exception as failure:  # an unreadable source, no such kernel: of this job alone
        error = _one_line(f"{type(failure).__name__}: {failure}")
    if course.notebook is not None:
        save(settle(course.notebook), Path(order["target"]))
    return {
        "error": error,
        "refusal": course.refusal,
        "seconds": time.monotonic() - started,
        "cpu_seconds": _cpu_seconds() - cpu + course.cpu_seconds,
    }


@contextlib.contextmanager
def _quiet_about_unknown_parameters() -> Iterator[None]:
    # A run hands all its notebooks the same parameters; papermill would warn of each that one does not use.
    previous = logger.level
    logger.setLevel("ERROR")
    try:
        yield
    finally:
        logger.setLevel(previous)


def describe(failure: PapermillExecutionError, notebook: nbformat.NotebookNode) -> str:
    """One line: the number of the code cell (as counted in the executed notebook) and the exception."""
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    number = next((at for at, cell in enumerate(code, 1) if _has_error(cell)), None)
    return _one_line(f"cell {number}: {failure.ename}: {failure.evalue}".removesuffix(": "))


def _has_error(cell: nbformat.NotebookNode) -> bool:
    return any(output.output_type == "error" for output in cell.outputs)


def _one_line(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= MESSAGE_LIMIT else line[: MESSAGE_LIMIT - 1] + "…"


def settle(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Take out what differs between two executions of the same thing: times, random ids, process numbers."""
    notebook.metadata.pop("papermill", None)
    for index, cell in enumerate(notebook.cells):
        cell.metadata.pop("papermill", None)
        if {"injected-parameters", ERROR_MARKER_TAG} & set(cell.metadata.get("tags", ())):
            cell.id = f"papermill-{index}"
        for output in cell.get("outputs", ()):
            if output.output_type == "stream":
                output.text = VOLATILE_FOLDER.sub("ipykernel", output.text)
            elif output.output_type == "error":
                output.traceback = [VOLATILE_FOLDER.sub("ipykernel", line) for line in output.traceback]
    return notebook


def save(notebook: nbformat.NotebookNode, target: Path) -> None:
    """Write beside the target, then rename: a reader finds the old notebook or the new one, never a half."""
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        beside.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8")
        os.replace(beside, target)
    finally:
        beside.unlink(missing_ok=True)


def _cpu_seconds() -> float:
    return sum(os.times()[:4])  # this process and its ended children, user and system


def main() -> None:
    """Answer orders until stdin ends."""
    if sys.platform == "linux":
        die_with(int(sys.argv[1]))
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a kernel or a library prints must not be taken for an answer
    papermill_engines.register(ENGINE, Engine)
    with contextlib.suppress(KeyboardInterrupt):  # how an interrupted execution tells us to stop
        for line in sys.stdin:
            print(json.dumps(run(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
