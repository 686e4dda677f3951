"""The clients of others: ODK's tools, in a folder of their own, and forms to give them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from pyxform.xls2xform import convert

from surveylib import documents
from surveylib.instrument import load_questionnaire
from surveylib.instrument.xlsform import xlsform
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.setting import Setting
from surveylib.model.study import Study

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
MODULES = ROOT / ".clients" / "node_modules"
INSTRUMENTS = sorted(path.stem for path in (ROOT / "questionnaires").glob("*_*.yaml"))


def instrument(name: str) -> Questionnaire:
    return load_questionnaire(ROOT / "questionnaires" / f"{name}.yaml")


@pytest.fixture(scope="session")
def study() -> Study:
    return documents.read(ROOT / "data" / "binh_duong" / "study.yaml", Study)


@pytest.fixture(scope="session")
def xform(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Questionnaire, Setting], Path]:
    """A questionnaire as an XForm, by way of the workbook we export and pyxform."""

    def made(questionnaire: Questionnaire, setting: Setting) -> Path:
        folder = tmp_path_factory.mktemp(questionnaire.id)
        book = folder / f"{questionnaire.id}.xlsx"
        book.write_bytes(xlsform(questionnaire, setting=setting)[0])
        converted = convert(book, pretty_print=True)
        assert converted.warnings == []
        form = folder / f"{questionnaire.id}.xml"
        form.write_text(converted.xform, encoding="utf-8")
        return form

    return made


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Our scripts beside the modules of ODK's clients; skipped where those are not installed."""
    if not MODULES.is_dir():
        pytest.skip("ODK's clients are not installed: `make test-clients` does it")
    folder = tmp_path_factory.mktemp("clients")
    for script in HERE.glob("*.mjs"):
        shutil.copy(script, folder)
    (folder / "node_modules").symlink_to(MODULES)
    return folder


@pytest.fixture(scope="session")
def engine(workshop: Path) -> Callable[[Path, list[dict[str, str]]], list[dict]]:
    """What ODK's form engine makes of people who fill in a form."""

    def fill(form: Path, people: list[dict[str, str]]) -> list[dict]:
        job, result = form.with_suffix(".job.json"), form.with_suffix(".result.json")
        job.write_text(json.dumps({"form": str(form), "people": people}), encoding="utf-8")
        run = subprocess.run(
            ["node", "engine.mjs", str(job), str(result)],
            cwd=workshop,
            env={**os.environ, "NODE_ENV": "production"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )
        assert run.returncode == 0, run.stderr[-2000:]
        return json.loads(result.read_text(encoding="utf-8"))

    return fill
