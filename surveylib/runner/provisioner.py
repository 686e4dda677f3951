"""Warm kernels for Jupyter: a provisioner that has the zygote fork instead of starting a process.

papermill, nbclient, nbval and JupyterLab use it unchanged, through the kernelspec that `warm_kernels` lays out in a folder of
its own for as long as it runs. Wherever a fork is not possible or would not be the same thing, the kernel is an ordinary
one, and `WarmProvisioner.refusal` says why.
"""

from __future__ import annotations

import asyncio
import contextlib
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

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Unicode

from . import zygote

KERNEL_NAME = "surveylib-warm"
LAUNCHER = "ipykernel_launcher"
PATIENCE = 60.0  # seconds to wait for a fork; the first one waits for the preloading too
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


class Refused(Exception):
    """The zygote does not fork: the reason, for the reader of a log."""


class ForkedKernel:
    """A kernel forked by the zygote, with those manners of `subprocess.Popen` that Jupyter relies on."""

    stdin = stdout = stderr = None

    def __init__(
        self, address: str, *, argv: Sequence[str], env: Mapping[str, str], cwd: str, streams: Sequence[int]
    ) -> None:
        wish = {"argv": list(argv), "env": dict(env), "cwd": cwd}
        self.returncode: int | None = None
        self.cpu_seconds = 0.0
        self._connection = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            self._connection.settimeout(PATIENCE)
            self._connection.connect(address)
            socket.send_fds(self._connection, [json.dumps(wish).encode()], list(streams))
            answer = json.loads(self._connection.recv(zygote.LARGEST_PACKET) or b'{"error": "the zygote has died"}')
        except OSError as error:
            self._connection.close()
            raise Refused(f"the zygote does not answer: {error}") from error
        if "error" in answer:
            self._connection.close()
            raise Refused(answer["error"])
        self.pid: int = answer["pid"]
        self._connection.setblocking(False)

    def poll(self) -> int | None:
        """The exit code, or None while it runs."""
        if self.returncode is None:
            with contextlib.suppress(BlockingIOError):
                self._bury(self._connection.recv(zygote.LARGEST_PACKET))
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for the exit code; raises TimeoutError after `timeout` seconds."""
        if self.returncode is None:
            self._connection.settimeout(timeout)
            self._bury(self._connection.recv(zygote.LARGEST_PACKET))
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Signal the kernel and all it started. The zygote does it: it knows that the number is still this kernel's."""
        if self.poll() is None:
            with contextlib.suppress(OSError):
                self._connection.send(json.dumps({"signal": int(signum)}).encode())

    def _bury(self, packet: bytes) -> None:
        # An empty packet: the zygote is gone, and its kernels with it.
        news = json.loads(packet or b'{"exit": -9, "cpu": 0.0}')
        self.returncode, self.cpu_seconds = news["exit"], news["cpu"]
        self._connection.close()


class WarmProvisioner(LocalProvisioner):
    """Jupyter's local provisioner, its processes forked from the zygote at `address` whenever that is the same thing."""

    address = Unicode(help="the zygote's socket").tag(config=True)
    refusal: str | None = None  # why the kernel launched last is an ordinary one
    forked: ForkedKernel | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs):
        """Fork a kernel, or start an ordinary one and say why."""
        try:
            self.process = self.forked = ForkedKernel(
                self.address,
                argv=cmd[cmd.index(LAUNCHER) + 1 :],
                env=kwargs["env"],
                cwd=os.path.abspath(kwargs.get("cwd") or "."),
                streams=(_descriptor(kwargs.get("stdout"), 1), _descriptor(kwargs.get("stderr"), 2)),
            )
        except Refused as refusal:
            self.refusal, self.forked = str(refusal), None
            self.log.warning("%s: an ordinary kernel is started instead", refusal)
            return await super().launch_kernel(cmd, **kwargs)
        self.refusal = None
        self.pid, self.pgid, self.cwd = self.process.pid, None, kwargs.get("cwd") or os.getcwd()
        return self.connection_info

    async def kill(self, restart: bool = False) -> None:
        """Kill, and look for the death at once: it takes a few milliseconds, Jupyter's own waiting a tenth of a second."""
        await super().kill(restart=restart)
        for _ in range(50):
            if await self.poll() is not None:
                break
            await asyncio.sleep(0.002)


def _descriptor(stream, default: int) -> int:
    if stream is None:
        return default
    descriptor = stream if isinstance(stream, int) else stream.fileno()
    if descriptor < 0:
        raise Refused("a stream of the kernel is to be a pipe")
    return descriptor


@dataclass(frozen=True, slots=True, kw_only=True)
class Warmth:
    """Where warm kernels are to be had: put `jupyter_path` before JUPYTER_PATH and ask for `kernel_name`."""

    kernel_name: str
    jupyter_path: Path
    refusal: str | None = None


@contextlib.contextmanager
def warm_kernels(*, preload: Sequence[str] = PRELOAD, env: Mapping[str, str] | None = None) -> Iterator[Warmth]:
    """Keep a zygote and its kernelspec while the block runs; both are gone after it, and every kernel too.

    Where the platform cannot fork safely, the ordinary kernel is offered and `Warmth.refusal` says why.
    `env` is what the zygote starts with (default: this process's): kernels asked for with another locale, number of threads,
    hash seed or chart backend are refused, since a fork cannot change those.
    """
    folder = Path(tempfile.mkdtemp(prefix="surveylib-"))
    try:
        if not (hasattr(os, "fork") and os.path.isdir(zygote.TASKS)):
            yield Warmth(kernel_name="python3", jupyter_path=folder, refusal="forking needs Linux")
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
        "argv": [sys.executable, "-m", LAUNCHER, "-f", "{connection_file}", "--HistoryManager.hist_file=:memory:"],
        "display_name": "Python 3 (surveylib, warm)",
        "language": "python",
        "metadata": {"kernel_provisioner": {"provisioner_name": KERNEL_NAME, "config": {"address": address}}},
    }
    folder.mkdir(parents=True)
    (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
