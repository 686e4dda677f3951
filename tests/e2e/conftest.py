"""One full rehearsal for all tests of this folder, however many workers run them."""

from __future__ import annotations

import fcntl
import json
import os
from pathlib import Path

import pytest

from tests.e2e import projects


@pytest.fixture(scope="session")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The published rehearsal of the real study, made by the command line outside the project."""
    shared = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    project, ended = shared / "rehearsed", shared / "rehearsed.json"
    with open(shared / "rehearsed.lock", "w") as lock:  # a second worker waits for the first
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not ended.exists():
            done = projects.command("run", projects.lay(project), "--rehearsal")
            ended.write_text(json.dumps([done.returncode, done.stdout, done.stderr]), encoding="utf-8")
    code, out, err = json.loads(ended.read_text(encoding="utf-8"))
    assert code == 0, err
    assert "58 notebooks, 40 pages" in out and "index.html" in out
    return project / "reports/binh_duong/rehearsal"
