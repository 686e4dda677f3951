"""Projects to run in: the real study copied whole, or cut down to four units with its data in ``raw/``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

import nbformat
import pandas as pd
from ruamel.yaml import YAML

from surveylib.runner.case import open_case

ROOT = Path(__file__).resolve().parents[2]
UNITS = ("phu_cuong", "kbnn_dau_tieng", "phu_hoa", "kbnn_phu_giao")  # two pilots, two to compare
COMMAND = (sys.executable, "-c", "from surveylib.cli import main; main()")


def lay(folder: Path) -> Path:
    """The study and its questionnaires, copied out of the project; gives the study's folder."""
    for name in ("data/binh_duong", "questionnaires"):
        shutil.copytree(ROOT / name, folder / name)
    return folder / "data" / "binh_duong"


def change(path: Path, edit: Callable[[dict], None]) -> None:
    """A YAML file with `edit` done to its document."""
    yaml = YAML(typ="safe")
    yaml.sort_base_mapping_type_on_output = False  # keys stay in their author's order
    document = yaml.load(path.read_text(encoding="utf-8"))
    edit(document)
    with open(path, "w", encoding="utf-8") as file:
        yaml.dump(document, file)


def lay_small(folder: Path, *, units: Iterable[str] = UNITS) -> Path:
    """A few units, sixty answers a cell; exports and registers in ``raw/``, without mark, as if they came
    from the field."""
    study, kept = lay(folder), set(units)

    def fewer_units(document: dict) -> None:
        document["units"] = [unit for unit in document["units"] if unit["id"] in kept]
        document["sampling"]["per_cell"] = 60

    def fewer_effects(document: dict) -> None:
        document["effects"] = {name: of for name, of in document["effects"].items() if name in kept}

    change(study / "study.yaml", fewer_units)
    change(study / "rehearsal.yaml", fewer_effects)
    invented = open_case(study).folder / "rehearsal"
    for name in ("exports", "registers"):
        shutil.copytree(invented / name, study / "raw" / name)
    for path in (study / "raw").rglob("*.csv"):
        change_table(path, lambda table: table.drop(columns="du_lieu_gia_lap"))
    return study


def change_table(path: Path, edit: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    """A CSV file as `edit` gives it back; its cells are all text."""
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    edit(frame).to_csv(path, index=False, lineterminator="\n")


def light_notebooks(study: Path) -> Path:
    """The study's own notebooks, named as the project's, with one heading each: a run is quick."""
    folder = study / "notebooks"
    folder.mkdir(exist_ok=True)
    parameters = 'study = ""\nrun = ""\nunit = ""\nwave = ""\nlang = "vi"'
    show = "import surveylib\ncase = surveylib.open_case(study, run=run)\n"
    show += "surveylib.heading(case.study.title, lang=lang)"
    for source in (ROOT / "notebooks").glob("*.ipynb"):
        cells = [nbformat.v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})]
        cells.append(nbformat.v4.new_code_cell(show))
        kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(
            nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), folder / source.name
        )
    return folder


def start(*arguments: str | Path) -> subprocess.Popen[str]:
    """The command line, begun, in a process group of its own."""
    return subprocess.Popen(
        [*COMMAND, *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},  # as make sets it
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def compute(study: Path, *, threads: int) -> Path:
    """The stages of the rehearsal by another process, with other threads and hashes; the run's folder."""
    code = "import sys; from surveylib.runner.case import open_case; print(open_case(sys.argv[1]).folder)"
    run = subprocess.run(
        [sys.executable, "-c", code, study],
        cwd=ROOT,
        env=os.environ | {"OPENBLAS_NUM_THREADS": str(threads), "PYTHONHASHSEED": str(threads)},
        capture_output=True,
        text=True,
        check=True,
    )
    return Path(run.stdout.strip())


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """The command line, to its end."""
    process = start(*arguments)
    out, err = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def contents(folder: Path, *, but: Iterable[str] = ()) -> dict[str, bytes]:
    """Every file under `folder`, by its path, but those of these names."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in but
    }
