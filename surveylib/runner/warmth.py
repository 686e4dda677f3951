"""Warmth: a zygote and its kernelspec, kept for as long as a block runs. Light to import: no Jupyter here."""

from __future__ import annotations

import contextlib
import importlib.metadata
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from . import zygote

KERNEL_NAME = "surveylib-warm"  # the provisioner's name too: pyproject.toml registers it in this group
PROVISIONERS = "jupyter_client.kernel_provisioners"
ORDINARY_KERNEL = "python3"
PRELOAD = (
    "numpy",
    "pandas",
    "pandas.io.formats.style",
    "scipy.stats",
    "matplotlib.pyplot",
    "matplotlib.backends.backend_agg",
    "matplotlib.backends.backend_svg",
    "seaborn",
    "surveylib",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmth:
    """Where warm kernels are to be had: put `jupyter_path` before JUPYTER_PATH and ask for `kernel_name`."""

    kernel_name: str
    jupyter_path: Path
    refusal: str | None = None


@contextlib.contextmanager
def warm_kernels(
    *, preload: Sequence[str] = PRELOAD, env: Mapping[str, str] | None = None
) -> Iterator[Warmth]:
    """Keep a zygote and its kernelspec while the block runs; both are gone after it, and every kernel too.

    Where forking is not possible, the ordinary kernel is offered and `Warmth.refusal` says why. `env` is
    what the zygote starts with (default: this process's): kernels asked for with another locale, number of
    threads, hash seed or chart backend are refused, since a fork cannot change those.
    """
    folder = Path(tempfile.mkdtemp(prefix="surveylib-"))
    try:
        if refusal := _impossible():
            yield Warmth(kernel_name=ORDINARY_KERNEL, jupyter_path=folder, refusal=refusal)
            return
        address = str(folder / "zygote")
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listener:
            listener.bind(address)
            listener.listen(64)
            process = start_zygote(listener, preload=preload, env=os.environ if env is None else env)
        _write_kernelspec(folder / "kernels" / KERNEL_NAME, address=address)
        try:
            yield Warmth(kernel_name=KERNEL_NAME, jupyter_path=folder)
        finally:
            _end_zygote(process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _impossible() -> str | None:
    if not (hasattr(os, "fork") and os.path.isdir(zygote.TASKS)):
        return "warm kernels need Linux"
    if not importlib.metadata.entry_points(group=PROVISIONERS, name=KERNEL_NAME):
        return f"the provisioner {KERNEL_NAME} is not registered: install surveylib anew"
    return None


def start_zygote(
    listener: socket.socket, *, preload: Sequence[str], env: Mapping[str, str]
) -> subprocess.Popen[bytes]:
    """Start the zygote on a listening socket; it lives until its stdin ends."""
    command = [sys.executable, zygote.__file__, str(listener.fileno()), *preload]
    return subprocess.Popen(
        command,
        env=dict(env),
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        pass_fds=(listener.fileno(),),
        start_new_session=True,  # Ctrl-C is for us: we end the zygote
    )


def _end_zygote(process: subprocess.Popen[bytes]) -> None:
    process.stdin.close()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _write_kernelspec(folder: Path, *, address: str) -> None:
    spec = {
        "argv": [
            sys.executable,
            "-m",
            zygote.LAUNCHER,
            "-f",
            "{connection_file}",
            "--HistoryManager.hist_file=:memory:",
        ],
        "display_name": "Python 3 (surveylib, warm)",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": KERNEL_NAME, "config": {"address": address}}},
    }
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
