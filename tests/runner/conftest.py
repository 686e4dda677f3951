"""A small study of four units, rehearsed once a worker."""

from __future__ import annotations

from pathlib import Path

import pytest

from surveylib.runner.case import Case
from surveylib.runner.place import open_study
from surveylib.runner.stages import Stages, compute
from tests.e2e import projects


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The study's folder; its rehearsal has been computed, and lies as field data in ``raw/`` too."""
    return projects.lay_small(tmp_path_factory.mktemp("small") / "project")


@pytest.fixture(scope="session")
def case(small: Path) -> Case:
    """Its rehearsal."""
    return Case(folder=small.parents[1] / "reports/binh_duong/rehearsal")


@pytest.fixture(scope="session")
def computed(small: Path, case: Case) -> Stages:
    """Its stages as nouns."""
    return compute(open_study(small), folder=case.folder / "rehearsal", rehearsal=True)
