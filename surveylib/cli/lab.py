"""surveylib lab: JupyterLab on the notebooks."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import click

from surveylib.errors import SurveyError
from surveylib.runner.case import STUDY_VARIABLE
from surveylib.runner.place import open_study
from surveylib.runner.program import notebook_folder

LAB = Path(__file__).resolve().parents[2] / ".venv-lab" / "bin" / "jupyter"


@click.command("lab", epilog="Example: surveylib lab data/binh_duong")
@click.argument("study", type=click.Path(path_type=Path))
@click.option("--browser/--no-browser", default=True, help="Open a browser window.")
@click.argument("jupyter", nargs=-1, type=click.UNPROCESSED)
def command(study: Path, browser: bool, jupyter: tuple[str, ...]) -> int:
    """Open JupyterLab on the notebooks; they find STUDY through the environment variable SURVEYLIB_STUDY.
    What stands behind ``--`` goes to JupyterLab as it is, for example ``-- --port 9000``.

    JupyterLab lives in an environment of its own (make lab), because where it is installed every other
    command starts two seconds later.
    """
    files = open_study(study)
    folder = notebook_folder(files.folder)
    lab = LAB
    if not lab.exists():
        lab = Path(sys.executable).parent / "jupyter-lab"
    if not lab.exists():
        raise SurveyError(
            "JupyterLab is not installed", hint="make lab installs it beside this environment and opens it"
        )
    environment = os.environ | {STUDY_VARIABLE: str(files.folder.resolve())}
    arguments = [str(lab), *(["lab"] if lab.name == "jupyter" else []), str(folder)]
    arguments += [*([] if browser else ["--no-browser"]), *jupyter]
    return subprocess.run(arguments, env=environment, check=False).returncode
