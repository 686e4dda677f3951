"""How many answers each unit and wave gave, or can be expected to give: what a diagnosis starts from."""

from __future__ import annotations

import pandas as pd

from surveylib.model.study import SamplingPlan, Unit
from surveylib.runner.gather import read_frame, source_folder
from surveylib.runner.place import StudyFiles
from surveylib.sampling import answers_expected, draw


def answers_of(cells: pd.DataFrame, *, outcome: str) -> pd.DataFrame:
    """A run's own cells of an outcome: ``unit, wave, estimate, std_error, n, n_eff``."""
    rows = cells[cells["outcome"] == outcome]
    return rows[["unit", "wave", "estimate", "std_error", "n", "n_eff"]].reset_index(drop=True)


def answers_foreseen(files: StudyFiles) -> pd.DataFrame | None:
    """``unit, wave, n`` by what is known before anybody answers; None where no register's size is known.

    The registers that have come in are drawn from as the plan says, and the expected rate of response does
    the rest. For other waves a unit counts by the size of a month's register that study.yaml gives, else by
    its registers of the waves before, else by the number of answers wanted.
    """
    plan = files.study.sampling
    if plan is None:
        return None
    drawn = _drawn(files)
    if drawn.empty and not any(unit.dossiers_per_month for unit in files.study.units):
        return None
    usual = drawn.groupby("unit")["n"].mean().to_dict()
    rows = [
        (unit.id, wave.id, _usual(unit, usual, plan))
        for unit in files.study.units
        for wave in files.study.waves
        if wave.id not in set(drawn["wave"])
    ]
    return pd.concat([drawn, pd.DataFrame(rows, columns=list(drawn))], ignore_index=True)


def _usual(unit: Unit, usual: dict[str, float], plan: SamplingPlan) -> float:
    if unit.dossiers_per_month:
        return answers_expected(unit.dossiers_per_month, plan=plan)
    return usual.get(unit.id, float(plan.per_cell))


def _drawn(files: StudyFiles) -> pd.DataFrame:
    """Answers to expect of the sample of every wave whose registers are there."""
    study, folder = files.study, source_folder(files, rehearsal=None)
    there = [
        source.wave for source in study.sources if source.register and (folder / source.register).exists()
    ]
    parts = [read_frame(files, folder=folder, wave=wave) for wave in there]
    logs = [draw(frame, plan=study.sampling, seed=study.seed).log for frame in parts if frame is not None]
    if not logs:
        return pd.DataFrame({"unit": [], "wave": [], "n": []})
    approached = pd.concat(logs).groupby(["unit", "wave"], as_index=False)["sampled"].sum()
    rate = study.sampling.expected_response
    return approached.assign(n=approached["sampled"] * rate)[["unit", "wave", "n"]]
