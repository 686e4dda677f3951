"""Executions as a user sees them: plain papermill's outputs, sooner; failures told; nothing half done."""

from __future__ import annotations

import os
import sys
import time
from importlib.metadata import entry_points
from pathlib import Path

import nbformat
import papermill
import pytest

from surveylib.errors import SurveyError
from surveylib.runner.execute import Job, Outcome, execute, surroundings
from surveylib.runner.warmth import KERNEL_NAME, PROVISIONERS
from surveylib.runner.worker import settle

WARM = sys.platform.startswith("linux") and bool(entry_points(group=PROVISIONERS, name=KERNEL_NAME))
needs_warmth = pytest.mark.skipif(
    not WARM, reason="warm kernels need Linux and surveylib installed with its entry points (make)"
)

REPRESENTATIVE = (
    "import io, random, sys, warnings\nimport matplotlib as mpl, matplotlib.pyplot as plt\n"
    "import numpy as np, pandas as pd, seaborn as sns\nfrom scipy import stats\n"
    "from IPython.display import SVG, display",
    "rng = np.random.default_rng(seed)\nframe = pd.DataFrame({'unit': rng.choice(list('abcde'), 400), "
    "'x': rng.normal(size=400), 'y': rng.normal(size=400)})\nframe.describe()",
    "table = frame.groupby('unit').agg(['mean', 'std', 'count'])\ntable",
    "pd.DataFrame(rng.normal(size=(3, 30)))",  # wider than a terminal: shows where pandas believes it is
    "stats.ttest_ind(frame.x, frame.y)",
    "np.random.seed(seed); random.seed(seed)\n[np.random.random(), random.random()]",
    "mpl.rcParams['svg.hashsalt'] = 'fixed'\nfigure, axes = plt.subplots(figsize=(6, 3.5))\n"
    "axes.errorbar(range(5), table['x', 'mean'], table['x', 'std'], fmt='o')\n"
    "axes.set_title('Mức hài lòng')\n"
    "file = io.StringIO(); figure.savefig(file, format='svg', metadata={'Date': None}); plt.close(figure)\n"
    "display(SVG(file.getvalue()))",
    "sns.barplot(frame, x='unit', y='x', errorbar=None)",  # left open: shown by the inline backend
    "print('xong'); warnings.warn('coi chừng')",
    "[fruit for fruit in {'cam', 'xoài', 'ổi', 'mít', 'chuối'}]",
)


def notebook(path: Path, *cells: str) -> Path:
    """A notebook with a parameters cell before `cells`."""
    first = nbformat.v4.new_code_cell("seed = 1\nunit = ''", metadata={"tags": ["parameters"]})
    nodes = [first, *(nbformat.v4.new_code_cell(cell) for cell in cells)]
    for place, node in enumerate(nodes):
        node.id = f"cell-{place}"
    metadata = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}
    nbformat.write(nbformat.v4.new_notebook(cells=nodes, metadata=metadata), path)
    return path


def read(path: Path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def outputs(node: nbformat.NotebookNode) -> list:
    return [cell.outputs for cell in node.cells if cell.cell_type == "code"]


@needs_warmth
def test_outputs_of_warm_kernels_equal_those_of_plain_papermill(tmp_path, monkeypatch):
    source = notebook(tmp_path / "source.ipynb", *REPRESENTATIVE)
    jobs = [
        Job(name=name, source=source, target=tmp_path / f"{name}.ipynb", parameters={"seed": 5})
        for name in ("one", "two", "three")
    ]
    results = execute(jobs, workers=2, timeout=120)
    assert [(result.error, result.refusal) for result in results] == [(None, None)] * 3

    for name, value in surroundings(os.environ, ipython=tmp_path / "ipython").items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("MPLBACKEND", raising=False)
    plain = papermill.execute_notebook(
        str(source), None, parameters={"seed": 5}, progress_bar=False, shutdown_kernel="immediate"
    )
    expected = outputs(settle(plain))
    kinds = {kind for cell in expected for output in cell for kind in output.get("data", ())}
    assert {"image/svg+xml", "image/png", "text/html"} <= kinds
    assert outputs(read(jobs[0].target)) == expected
    assert len({job.target.read_bytes() for job in jobs}) == 1  # the same, byte for byte, however often


def test_ordinary_kernels_do_the_same_work_and_no_refusal_is_told(tmp_path):
    job = Job(
        name="a",
        source=notebook(tmp_path / "a.ipynb", "import os\nos.getcwd()", "[unit, seed]"),
        target=tmp_path / "out" / "deep" / "a.ipynb",
        parameters={"unit": 'phú "cường"\n', "seed": 7},
        cwd=tmp_path,
    )
    [result] = execute([job], warm=False)
    assert (result.error, result.refusal, result.skipped) == (None, None, False)
    assert result.cpu_seconds > 0
    assert 0 < result.seconds < 60
    *_, folder, shown = outputs(read(job.target))
    assert folder[0].data["text/plain"] == repr(str(tmp_path))
    assert shown[0].data["text/plain"] == repr(['phú "cường"\n', 7])


def test_a_failure_is_told_and_saved_and_skips_those_after_it(tmp_path):
    good = notebook(tmp_path / "good.ipynb", "1 + 1")
    bad = notebook(tmp_path / "bad.ipynb", "before = 1\nbefore", "{}['phú cường']", "never = 1\nnever")
    jobs = [
        Job(name="last", source=good, target=tmp_path / "o" / "last.ipynb", after=("middle", "fine")),
        Job(name="middle", source=good, target=tmp_path / "o" / "middle.ipynb", after=("bad",)),
        Job(name="bad", source=bad, target=tmp_path / "o" / "bad.ipynb"),
        Job(name="fine", source=good, target=tmp_path / "o" / "fine.ipynb"),
    ]
    seen: list[Outcome] = []
    last, middle, failed, fine = execute(jobs, warm=WARM, progress=seen.append)
    assert failed.error == "cell 3: KeyError: 'phú cường'"
    assert (fine.error, fine.skipped) == (None, False)
    assert (middle.skipped, middle.error) == (True, "not run: 'bad' failed")
    assert (last.skipped, last.error) == (True, "not run: 'middle' failed")
    assert sorted(outcome.job for outcome in seen) == ["bad", "fine", "last", "middle"]
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["bad.ipynb", "fine.ipynb"]
    saved = [output for cell in outputs(read(tmp_path / "o" / "bad.ipynb")) for output in cell]
    assert [output.output_type for output in saved] == ["execute_result", "error"]
    assert "KeyError" in "\n".join(saved[1].traceback)


def test_order_follows_after(tmp_path):
    write = notebook(
        tmp_path / "w.ipynb", "import pathlib, time; time.sleep(0.3)\npathlib.Path('made').write_text('x')"
    )
    need = notebook(tmp_path / "n.ipynb", "import pathlib\npathlib.Path('made').read_text()")
    jobs = [
        Job(name="needs", source=need, target=tmp_path / "1.ipynb", after=("makes",), cwd=tmp_path),
        Job(name="makes", source=write, target=tmp_path / "2.ipynb", cwd=tmp_path),
    ]
    assert [outcome.error for outcome in execute(jobs, warm=WARM)] == [None, None]


def test_no_way_of_leaving_early_counts_as_success(tmp_path):
    leavings = {
        "sys.exit(0)": "SystemExit",
        "sys.exit()": "SystemExit",
        "exit()": "LeftEarly",
        "os._exit(0)": "DeadKernelError",
        "while True: pass": "CellTimeoutError",
        "signal.signal(signal.SIGINT, signal.SIG_IGN); sum(iter(int, 1))": "CellTimeoutError",  # a loop in C
    }
    jobs = [
        Job(
            name=code,
            source=notebook(tmp_path / f"{place}.ipynb", "import os, signal, sys", code, "print('after')"),
            target=tmp_path / "out" / f"{place}.ipynb",
        )
        for place, code in enumerate(leavings)
    ]
    for outcome in execute(jobs, warm=WARM, timeout=2):
        assert outcome.error is not None, outcome.job
        assert leavings[outcome.job] in outcome.error
    for job in jobs:
        shown = outputs(read(job.target))
        assert any(output.output_type == "error" for cell in shown for output in cell), job.name
        assert not any("after" in output.get("text", "") for cell in shown for output in cell), job.name


def test_an_unreadable_source_fails_alone_and_leaves_the_old_target(tmp_path):
    broken = tmp_path / "broken.ipynb"
    broken.write_text('{"cells": [', encoding="utf-8")
    target = tmp_path / "out" / "broken.ipynb"
    target.parent.mkdir()
    target.write_text("previous", encoding="utf-8")
    jobs = [
        Job(name="broken", source=broken, target=target),
        Job(name="fine", source=notebook(tmp_path / "f.ipynb", "1"), target=tmp_path / "out" / "f.ipynb"),
    ]
    first, second = execute(jobs, warm=False)
    assert first.error
    assert second.error is None
    assert target.read_text(encoding="utf-8") == "previous"
    assert sorted(path.name for path in target.parent.iterdir()) == ["broken.ipynb", "f.ipynb"]


@pytest.mark.parametrize("warm", [pytest.param(True, marks=needs_warmth), False])
def test_an_interrupted_execution_ends_its_kernels(tmp_path, warm):
    endless = notebook(
        tmp_path / "endless.ipynb",
        "import os, pathlib\npathlib.Path('pid').write_text(str(os.getpid()))",
        "while True: pass",
    )
    quick = notebook(
        tmp_path / "quick.ipynb",
        "import pathlib, time\nwhile not pathlib.Path('pid').exists(): time.sleep(0.05)",
    )
    jobs = [
        Job(name="endless", source=endless, target=tmp_path / "o" / "endless.ipynb", cwd=tmp_path),
        Job(name="quick", source=quick, target=tmp_path / "o" / "quick.ipynb", cwd=tmp_path),
    ]

    def interrupt(outcome: Outcome) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        execute(jobs, warm=warm, progress=interrupt)
    kernel = Path(f"/proc/{(tmp_path / 'pid').read_text()}")
    end = time.monotonic() + 5
    while kernel.exists() and time.monotonic() < end:
        time.sleep(0.05)
    assert not kernel.exists()
    assert not list((tmp_path / "o").glob(".*"))


@needs_warmth
def test_a_refused_fork_is_told_and_done_by_an_ordinary_kernel(tmp_path, monkeypatch):
    (tmp_path / "pooled.py").write_text(
        "import threading, time\nthreading.Thread(target=time.sleep, args=(600,), daemon=True).start()\n"
    )
    path = [str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])]
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path))
    job = Job(name="a", source=notebook(tmp_path / "a.ipynb", "6 * 7"), target=tmp_path / "o.ipynb")
    [outcome] = execute([job], preload=("pooled",))
    assert outcome.error is None
    assert outcome.refusal == "the zygote runs 2 threads"
    assert outputs(read(job.target))[-1][0].data["text/plain"] == "42"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"after": ("nowhere",)}, "unknown job"),
        ({"after": ("b",)}, "circle"),
        ({"name": "b"}, "job name used by more than one job"),
        ({"target": "b.ipynb"}, "target used by more than one job"),
        ({"source": "missing.ipynb"}, "no such notebook"),
    ],
)
def test_jobs_that_do_not_fit_together_are_refused_before_anything_runs(tmp_path, monkeypatch, changes, what):
    monkeypatch.chdir(tmp_path)
    notebook(tmp_path / "n.ipynb")
    a = {"name": "a", "source": "n.ipynb", "target": "a.ipynb", "after": ()} | changes
    b = Job(name="b", source=Path("n.ipynb"), target=Path("b.ipynb"), after=("a",))
    with pytest.raises(SurveyError, match=what):
        execute([Job(**a), b])
    assert not (tmp_path / "a.ipynb").exists()


def test_parameters_are_plain_literals_given_once():
    job = Job(name="a", source=Path("a"), target=Path("b"), parameters=(("unit", "x"), ("wave", None)))
    assert job.parameters == (("unit", "x"), ("wave", None))
    with pytest.raises(SurveyError, match="plain literal"):
        Job(name="a", source=Path("a"), target=Path("b"), parameters={"units": ["x"]})
    with pytest.raises(SurveyError, match="given twice"):
        Job(name="a", source=Path("a"), target=Path("b"), parameters=(("unit", "x"), ("unit", "y")))


def test_no_jobs_no_work():
    assert execute([]) == ()
