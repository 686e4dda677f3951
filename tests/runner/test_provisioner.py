"""Forked kernels: real ones, apart from one another, like ordinary ones, gone when they should be."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
import tomllib
from importlib.metadata import entry_points
from pathlib import Path

import pytest
from jupyter_client.manager import start_new_kernel

from surveylib.runner.provisioner import WarmProvisioner
from surveylib.runner.warmth import KERNEL_NAME, ORDINARY_KERNEL, PROVISIONERS, warm_kernels

ROOT = Path(__file__).resolve().parents[2]

needs_warmth = pytest.mark.skipif(
    not sys.platform.startswith("linux") or not entry_points(group=PROVISIONERS, name=KERNEL_NAME),
    reason="warm kernels need Linux and surveylib installed with its entry points (make)",
)

SURROUNDINGS = """
import json, os, sys, random
import numpy as np, pandas as pd, matplotlib, matplotlib.pyplot as plt
def options(prefix=""):
    return {name: str(pd.get_option(name)) for name in pd._config.config._registered_options}
filters = sorted({str(f) for f in __import__("warnings").filters})
json.dumps({"path": sys.path, "pandas": options(), "backend": matplotlib.get_backend(), "cwd": os.getcwd(),
    "rc": {key: str(value) for key, value in matplotlib.rcParams.items()}, "hash": hash("khảo sát"),
    "argv": sys.argv[1:2], "main": sorted(name for name in globals() if not name.startswith("_")),
    "term": get_ipython().__class__.__name__, "warnings": filters})
"""


def plain_environment(**changes: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"}
    return kept | {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"} | changes


@pytest.fixture(scope="module")
def warmth():
    with warm_kernels(env=plain_environment(), preload=("numpy", "pandas", "matplotlib.pyplot")) as warmth:
        yield warmth


@pytest.fixture
def kernel(warmth, monkeypatch, tmp_path):
    """Start a kernel and get a function that runs code in it and returns what its last line is worth."""
    started = []
    monkeypatch.setenv("JUPYTER_PATH", str(warmth.jupyter_path))

    def start(name: str = KERNEL_NAME, env: dict[str, str] | None = None, cwd: Path = tmp_path):
        env = plain_environment() if env is None else env
        # Ordinary kernels would write their history into the user's home.
        arguments = [] if name == KERNEL_NAME else ["--HistoryManager.hist_file=:memory:"]
        manager, client = start_new_kernel(
            kernel_name=name, env=env, cwd=str(cwd), extra_arguments=arguments, startup_timeout=60
        )
        started.append((manager, client))

        def value(code: str):
            shown = []

            def see(message):
                content = message["content"]
                assert message["msg_type"] != "error", content
                if message["msg_type"] == "execute_result":
                    shown.append(eval_literal(content["data"]["text/plain"]))

            client.execute_interactive(code, timeout=60, output_hook=see)
            return shown[-1] if shown else None

        value.manager, value.client = manager, client
        return value

    yield start
    for manager, client in started:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def eval_literal(text: str):
    text = text[1:-1] if text[:1] in "'\"" else text
    return json.loads(text.encode().decode("unicode_escape") if "\\" in text else text)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def dies(pid: int, within: float = 5.0) -> bool:
    end = time.monotonic() + within
    while alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    return not alive(pid)


def test_pyproject_registers_the_provisioner_that_the_kernelspec_names():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    provisioners = project["entry-points"]["jupyter_client.kernel_provisioners"]
    assert provisioners[KERNEL_NAME] == f"{WarmProvisioner.__module__}:{WarmProvisioner.__name__}"


@needs_warmth
def test_warm_kernels_are_forks_in_sessions_of_their_own(kernel):
    first, second = kernel(), kernel()
    who = "import os; [os.getpid(), os.getppid(), os.getsid(0)]"
    (pid, parent, session), (other, other_parent, _) = first(who), second(who)
    assert first.manager.provisioner.refusal is None
    assert pid == session == first.manager.provisioner.pid
    assert parent == other_parent != os.getpid()
    assert pid != other


@needs_warmth
def test_one_kernel_leaves_no_trace_in_the_next(kernel, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    first = kernel()
    first(
        "import os, builtins, pandas, matplotlib\n"
        "os.environ['LEFT'] = 'x'; os.chdir('elsewhere'); builtins.left = 1\n"
        "pandas.set_option('display.max_rows', 3); matplotlib.rcParams['font.size'] = 40; left_name = 1"
    )
    look = (
        "import os, builtins, pandas, matplotlib, json\n"
        "settings = [pandas.get_option('display.max_rows'), matplotlib.rcParams['font.size']]\n"
        "names = [hasattr(builtins, 'left'), 'left_name' in globals()]\n"
        "json.dumps([os.environ.get('LEFT'), os.getcwd(), *names, *settings])"
    )
    assert kernel()(look) == [None, str(tmp_path), False, False, 60, 10.0]


@needs_warmth
def test_kernels_draw_different_random_numbers(kernel):
    draw = (
        "import random, numpy as np; [random.random(), np.random.random(), np.random.default_rng().random()]"
    )
    first, second = kernel()(draw), kernel()(draw)
    assert not set(first) & set(second)


@needs_warmth
def test_environment_and_folder_are_those_asked_for(kernel, tmp_path):
    folder = tmp_path / "thư mục"
    folder.mkdir()
    warm = kernel(env=plain_environment(UNIT="phú cường", TZ="Asia/Ho_Chi_Minh"), cwd=folder)
    code = "import os, time, json; json.dumps([os.environ['UNIT'], os.getcwd(), time.localtime(0).tm_hour])"
    assert warm(code) == ["phú cường", str(folder), 8]  # Saigon's clock of 1970


@needs_warmth
def test_surroundings_equal_those_of_an_ordinary_kernel(kernel):
    warm, ordinary = kernel(), kernel(ORDINARY_KERNEL)
    ours, theirs = warm(SURROUNDINGS), ordinary(SURROUNDINGS)
    assert ours["pandas"].pop("display.encoding").lower() == theirs["pandas"].pop("display.encoding").lower()
    assert ours == theirs


@needs_warmth
def test_killing_a_hard_loop_kills_what_it_started(kernel):
    warm = kernel()
    child = warm("import subprocess; subprocess.Popen(['sleep', '600']).pid")
    pid = warm.manager.provisioner.pid
    warm("import signal; _ = signal.signal(signal.SIGINT, signal.SIG_IGN)")
    warm.client.execute("while True: pass")
    time.sleep(0.2)
    assert alive(child)
    warm.manager.shutdown_kernel(now=True)
    assert dies(pid)
    assert dies(child)


@needs_warmth
def test_an_exit_is_reported_with_its_code(kernel):
    warm = kernel()
    forked = warm.manager.provisioner.forked
    warm.client.execute("import os; sum(range(10**6)); os._exit(7)")
    assert forked.wait(timeout=10) == 7
    assert forked.cpu_seconds > 0
    assert not warm.manager.is_alive()


@needs_warmth
def test_a_kernel_dies_when_its_asker_hangs_up(kernel):
    warm = kernel()
    pid = warm("import os; os.getpid()")
    warm.manager.provisioner.forked._connection.close()  # as when the asking process dies
    assert dies(pid)
    warm.manager.provisioner.forked.returncode = -9


@needs_warmth
def test_another_locale_is_refused_and_gets_an_ordinary_kernel(kernel):
    warm = kernel(env=plain_environment(LC_ALL="C"))
    assert "LC_ALL" in warm.manager.provisioner.refusal
    assert warm("import os; [os.getppid()]") == [os.getpid()]


@needs_warmth
def test_a_zygote_with_threads_refuses(monkeypatch, tmp_path):
    (tmp_path / "pooled.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    env = plain_environment(
        PYTHONPATH=os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    )
    with warm_kernels(preload=("pooled",), env=env) as warmth:
        monkeypatch.setenv("JUPYTER_PATH", str(warmth.jupyter_path))
        manager, client = start_new_kernel(kernel_name=KERNEL_NAME, env=env, startup_timeout=60)
        assert manager.provisioner.refusal == "the zygote runs 2 threads"
        assert client.execute_interactive("1 + 1", timeout=60, output_hook=print)["content"]["status"] == "ok"
        client.stop_channels()
        manager.shutdown_kernel(now=True)


@needs_warmth
def test_nothing_is_left_behind(monkeypatch):
    with warm_kernels(preload=(), env=plain_environment()) as warmth:
        monkeypatch.setenv("JUPYTER_PATH", str(warmth.jupyter_path))
        running, busy = start_new_kernel(kernel_name=KERNEL_NAME, env=plain_environment(), startup_timeout=60)
        orphan, _ = start_new_kernel(kernel_name=KERNEL_NAME, env=plain_environment(), startup_timeout=60)
        pid, other = running.provisioner.pid, orphan.provisioner.pid
        busy.execute("sum(iter(int, 1))")  # holds the interpreter, so that no thread of the kernel can end it
        zygote = int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
        time.sleep(0.3)
        os.kill(zygote, signal.SIGKILL)  # the harshest end: no code of ours runs in the zygote
        assert dies(pid)
        assert dies(other)
        late, client = start_new_kernel(kernel_name=KERNEL_NAME, env=plain_environment(), startup_timeout=60)
        assert "does not answer" in late.provisioner.refusal
        client.stop_channels()
        late.shutdown_kernel(now=True)
    assert not warmth.jupyter_path.exists()


@needs_warmth
def test_an_interrupted_idle_kernel_makes_no_noise(warmth, monkeypatch, tmp_path):
    """Jupyter interrupts kernels before it shuts them down; ipykernel logs that as an error."""
    monkeypatch.setenv("JUPYTER_PATH", str(warmth.jupyter_path))
    with open(tmp_path / "said", "wb") as said:
        manager, client = start_new_kernel(
            kernel_name=KERNEL_NAME, env=plain_environment(), stderr=said, stdout=said
        )
        try:
            for _ in range(40):
                client.execute("x = 1")
                manager.interrupt_kernel()
                time.sleep(0.01)
            assert client.execute_interactive("print(x)", timeout=60)["content"]["status"] == "ok"
        finally:
            client.stop_channels()
            manager.shutdown_kernel(now=True)
    assert "KeyboardInterrupt caught" not in (tmp_path / "said").read_text(encoding="utf-8")
