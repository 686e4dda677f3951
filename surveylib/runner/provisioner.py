"""Warm kernels for Jupyter: a provisioner that has the zygote fork instead of starting a process.

papermill, nbclient, nbval and JupyterLab use it unchanged, through the kernelspec that
`warmth.warm_kernels` lays out. Wherever a fork is refused, the kernel is an ordinary one, and
`WarmProvisioner.refusal` says why.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from collections.abc import Mapping, Sequence

from jupyter_client.provisioning import LocalProvisioner
from traitlets import Unicode

from . import zygote

PATIENCE = 60.0  # seconds to wait for a fork; the first one waits for the preloading too


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
            packet = self._connection.recv(zygote.LARGEST_PACKET)
        except OSError as error:
            self._connection.close()
            raise Refused(f"the zygote does not answer: {error}") from error
        answer = json.loads(packet or b'{"error": "the zygote has died"}')
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
        """Signal the kernel and all it started, by the zygote: it knows whose the number is now."""
        if self.poll() is None:
            with contextlib.suppress(OSError):
                self._connection.send(json.dumps({"signal": int(signum)}).encode())

    def _bury(self, packet: bytes) -> None:
        # An empty packet: the zygote is gone, and its kernels with it.
        news = json.loads(packet or b'{"exit": -9, "cpu": 0.0}')
        self.returncode, self.cpu_seconds = news["exit"], news["cpu"]
        self._connection.close()


class WarmProvisioner(LocalProvisioner):
    """Jupyter's local provisioner, its processes forked from the zygote at `address` where possible."""

    address = Unicode(help="the zygote's socket").tag(config=True)
    refusal: str | None = None  # why the kernel launched last is an ordinary one
    forked: ForkedKernel | None = None

    async def launch_kernel(self, cmd: list[str], **kwargs):
        """Fork a kernel, or start an ordinary one and say why."""
        try:
            self.process = self.forked = ForkedKernel(
                self.address,
                argv=cmd[cmd.index(zygote.LAUNCHER) + 1 :],
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
        """Kill, and see the death at once: it takes milliseconds, Jupyter's waiting a tenth of a second."""
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
