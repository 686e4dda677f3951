"""A warm process that becomes kernels by forking: run as a script, never imported for its effects.

``python zygote.py LISTENER_FD MODULE...`` imports the modules once, then waits on a listening socket
(inherited, sequenced packets). Each connection is one kernel: the first packet asks for it (JSON, with its
stdout and stderr as passed file descriptors), later packets are signals for it, hanging up kills it.
Answers are ``{"pid"}`` or ``{"error"}``, at its death ``{"exit", "cpu"}``. End of file on stdin, that is
the death of whoever started us, ends the zygote and every kernel with it.

Only the standard library is imported before `preload`: some imports decide things by their surroundings.
"""

from __future__ import annotations

import builtins
import contextlib
import ctypes
import gc
import importlib
import json
import logging
import os
import random
import selectors
import signal
import socket
import sys
import time
import types
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

LAUNCHER = "ipykernel_launcher"  # the module an ordinary kernel is started by
INLINE = "module://matplotlib_inline.backend_inline"
LARGEST_PACKET = 1 << 20
PR_SET_PDEATHSIG = 1
TASKS = "/proc/self/task"


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What one kernel is to be: arguments of ipykernel, environment, folder, stdout and stderr."""

    argv: tuple[str, ...]
    env: Mapping[str, str]
    cwd: str
    streams: tuple[int, ...]


def frozen_settings(env: Mapping[str, str]) -> dict[str, str]:
    """The variables read at start or at import only: a fork cannot change them any more.

    >>> frozen_settings({"LANG": "vi_VN.UTF-8", "HOME": "their/home"})["LANG"]
    'vi_VN.UTF-8'
    """
    prefixes = ("LC_", "PYTHON", "OMP_", "OPENBLAS_", "MKL_", "MPL")
    kept = {name: value for name, value in env.items() if name == "LANG" or name.startswith(prefixes)}
    kept.setdefault("MPLBACKEND", INLINE)  # a kernel sets it when it is not set
    return kept


@contextlib.contextmanager
def _seeming_a_kernel() -> Iterator[None]:
    # pandas looks, at import, for a get_ipython() with a kernel, and else believes itself in a terminal.
    builtins.get_ipython = lambda: types.SimpleNamespace(kernel=True)
    try:
        yield
    finally:
        del builtins.get_ipython


def preload(modules: Sequence[str]) -> None:
    """Import `modules` as if inside a kernel; what cannot be imported is left to the notebook using it."""
    importlib.import_module("ipykernel.kernelapp")
    importlib.import_module("ipykernel.ipkernel")
    with _seeming_a_kernel():
        for module in modules:
            with contextlib.suppress(Exception):
                importlib.import_module(module)
    gc.collect()
    gc.freeze()  # the collector of a child would touch, and so copy, every page


class Zygote:
    """Forks kernels on request, watches them and reaps them: one thread, one loop."""

    def __init__(self, listener: socket.socket) -> None:
        self.kernels: dict[int, socket.socket] = {}  # pid: the connection that asked for it
        self.listener = listener
        self.lifeline = sys.stdin.fileno()
        self.wakeup, self.alarm = os.pipe()
        os.set_blocking(self.wakeup, False)
        os.set_blocking(self.alarm, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.alarm, warn_on_full_buffer=False)
        self.selector = selectors.DefaultSelector()
        for source in (listener, self.wakeup, self.lifeline):
            self.selector.register(source, selectors.EVENT_READ)

    def serve(self) -> Request | None:
        """Return a request, in the child that is to be its kernel; None, in the zygote, when it is to end."""
        while True:
            for key, _ in self.selector.select():
                if key.fileobj == self.lifeline:
                    if not os.read(self.lifeline, 1):
                        return None
                elif key.fileobj == self.wakeup:
                    self._reap()
                elif key.fileobj is self.listener:
                    connection, _ = self.listener.accept()
                    self.selector.register(connection, selectors.EVENT_READ)
                elif (request := self._hear(key.fileobj)) is not None:
                    return request

    def end(self) -> None:
        """Kill every kernel and wait for its death."""
        for pid in self.kernels:
            kill_group(pid, signal.SIGKILL)
        for pid in self.kernels:
            os.waitpid(pid, 0)

    def _hear(self, connection: socket.socket) -> Request | None:
        pid = next((pid for pid, asker in self.kernels.items() if asker is connection), None)
        try:
            packet, streams, _, _ = socket.recv_fds(connection, LARGEST_PACKET, 2)
        except OSError:
            packet, streams = b"", []
        if not packet:
            self._hang_up(connection)
            if pid is not None:  # reaped when the kernel's death is reported
                kill_group(pid, signal.SIGKILL)
        elif pid is None:
            return self._fork(connection, json.loads(packet), streams)
        else:
            kill_group(pid, json.loads(packet)["signal"])
        return None

    def _fork(self, connection: socket.socket, wish: Mapping, streams: Sequence[int]) -> Request | None:
        refusal, pid = refuse(wish["env"]), None
        if not refusal:
            try:
                pid = os.fork()
            except OSError as error:  # no memory, too many processes
                refusal = f"the zygote cannot fork: {error}"
        if pid == 0:
            self._let_go()
            return Request(argv=tuple(wish["argv"]), env=wish["env"], cwd=wish["cwd"], streams=tuple(streams))
        if pid:
            self.kernels[pid] = connection
        tell(connection, {"error": refusal} if refusal else {"pid": pid})
        for stream in streams:
            os.close(stream)
        return None

    def _reap(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.read(self.wakeup, 4096)
        for pid in tuple(self.kernels):
            if os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
                continue
            kill_group(pid, signal.SIGKILL)  # what the kernel started, while its number is still its own
            _, status, usage = os.wait4(pid, 0)
            connection = self.kernels.pop(pid)
            cpu = usage.ru_utime + usage.ru_stime
            tell(connection, {"exit": os.waitstatus_to_exitcode(status), "cpu": cpu})
            self._hang_up(connection)

    def _hang_up(self, connection: socket.socket) -> None:
        if connection.fileno() >= 0:
            self.selector.unregister(connection)
            connection.close()

    def _let_go(self) -> None:
        # In the child: all by which the zygote lives, so that no kernel holds another's connection open.
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        sources = [key.fileobj for key in self.selector.get_map().values()]
        self.selector.close()
        for source in sources:
            if isinstance(source, socket.socket):
                source.close()
        os.close(self.wakeup)
        os.close(self.alarm)


def refuse(env: Mapping[str, str]) -> str | None:
    """Why a fork would not give what a fresh process gives here and now, or None."""
    threads = len(os.listdir(TASKS))
    if threads > 1:  # threading knows only Python's own; a pool in C would leave its locks held in the child
        return f"the zygote runs {threads} threads"
    ours, theirs = frozen_settings(os.environ), frozen_settings(env)
    differing = sorted(name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name))
    return f"the zygote was started with another {', '.join(differing)}" if differing else None


def tell(connection: socket.socket, news: Mapping) -> None:
    """Send one packet; whoever has hung up no longer wants to know."""
    with contextlib.suppress(OSError):
        connection.send(json.dumps(news).encode())


def kill_group(pid: int, signum: int) -> None:
    """Signal a kernel and all it started; before its own session exists, the kernel alone."""
    try:
        os.killpg(pid, signum)
    except ProcessLookupError:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signum)


def die_with(parent: int) -> None:
    """Ask Linux to kill this process when its parent dies, and die now if that has happened already."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def become_kernel(request: Request, *, zygote: int) -> None:
    """Turn this forked child into what ``python -m ipykernel_launcher`` would be, until that shuts down."""
    os.setsid()
    die_with(zygote)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for source, target in zip((nothing, *request.streams), (0, 1, 2), strict=True):
        os.dup2(source, target)
        os.close(source)
    os.environ.clear()
    os.environ.update(request.env)
    os.environ["JPY_PARENT_PID"] = str(zygote)
    time.tzset()
    os.chdir(request.cwd)
    sys.argv[1:] = request.argv
    random.seed()
    if "numpy.random" in sys.modules:  # its state was copied: every kernel would draw the same numbers
        sys.modules["numpy.random"].seed()
    # Jupyter interrupts every kernel before it shuts it down: that a kernel noticed is no news.
    logging.getLogger("IPKernelApp").addFilter(lambda record: "KeyboardInterrupt" not in record.getMessage())
    kernelapp = sys.modules["ipykernel.kernelapp"]
    kernelapp.IPKernelApp.launch_instance(argv=list(request.argv), parent_handle=zygote)


def main() -> None:
    """Preload, serve, and end; in a child, be a kernel."""
    descriptor, *modules = sys.argv[1:]
    sys.path[:] = [entry for entry in sys.path if entry != os.path.dirname(os.path.abspath(__file__))]
    os.environ.setdefault("MPLBACKEND", INLINE)
    preload(modules)
    zygote = Zygote(socket.socket(fileno=int(descriptor)))
    pid = os.getpid()
    request = zygote.serve()
    if request is None:
        zygote.end()
    else:
        become_kernel(request, zygote=pid)


if __name__ == "__main__":
    main()
