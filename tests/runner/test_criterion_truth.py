"""Figures of single criteria over many invented worlds: their intervals hold what was declared."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib.evaluation import changes, effect
from surveylib.fieldwork.rehearsal import overall_truth, truth_table
from surveylib.instrument.criteria import criterion_points
from surveylib.model.evidence import CRITERION
from surveylib.runner.cells import cell_estimates, evaluation_cells, scored, top_shares
from surveylib.runner.gather import gather, rehearse
from surveylib.runner.place import StudyFiles, open_study
from surveylib.runner.planned import planned_instrument
from surveylib.runner.weigh import known_population, standardised, study_weights
from tests.e2e.projects import ROOT

SEEDS, LEVEL = range(1, 21), 0.90


def played(files: StudyFiles, folder: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One world from its registers to the criteria's cells and effects, each with what is true beside it."""
    rehearse(files, folder=folder)
    work = gather(files, folder=folder)
    weights, _ = study_weights(files, work, known_population(files, work))
    rows = work.responses.rows
    scores = scored(rows, planned_instrument(files), files.study).filter(like=CRITERION)
    design = files.study.design
    plain = cell_estimates(rows, scores, weights=weights, design=design, finite=design.fpc, confidence=LEVEL)
    made, cells = standardised(files, work, weights, scores, plain)
    truth = truth_table(
        work.frame,
        study=files.study,
        questionnaire=files.instrument,
        truth=files.rehearsal,
        seed=files.study.seed,
        criteria=criterion_points(files.instrument),
    )
    tops = top_shares(rows, files.instrument, weights=made.weights.values)
    moved, _ = changes(evaluation_cells(cells, files.study, tops=tops), plan=files.plan, study=files.study)
    names = sorted(set(moved["outcome"]))
    found = [effect(moved, plan=files.plan, outcome=name, role="exploratory").iloc[:1] for name in names]
    effects = pd.concat(found, ignore_index=True).drop(columns="n")
    true = overall_truth(truth).rename(columns={"effect": "true"})
    return cells.merge(truth, on=["unit", "wave", "outcome"], validate="1:1"), effects.merge(true)


@pytest.mark.slow
def test_intervals_by_criterion_hold_the_truth_as_often_as_they_say(tmp_path):
    shipped, cells, effects = open_study(ROOT / "data/binh_duong"), [], []
    for seed in SEEDS:
        study = dataclasses.replace(shipped.study, seed=seed)
        one, whole = played(dataclasses.replace(shipped, study=study), tmp_path / str(seed))
        cells.append(one.assign(seed=seed))
        effects.append(whole.assign(seed=seed))
    cells, effects = pd.concat(cells, ignore_index=True), pd.concat(effects, ignore_index=True)
    asked_of_all = cells.groupby("outcome")["n"].transform("min") >= 30
    cells = cells[asked_of_all]
    held = cells.assign(inside=cells["reference"].between(cells["conf_low"], cells["conf_high"]))
    effects = effects.dropna(subset=["conf_low"])
    known = effects.assign(inside=effects["true"].between(effects["conf_low"], effects["conf_high"]))
    print(held.groupby("outcome")["inside"].agg(["mean", "size"]), known.groupby("outcome")["inside"].mean())
    for table in (held, known):
        assert table["outcome"].nunique() >= 8
        # Criteria of one world come from the same persons and shocks: the world is the unit of chance.
        share = table.groupby("seed")["inside"].mean()
        error = share.std() / np.sqrt(len(share))
        assert error < 0.03
        assert abs(share.mean() - LEVEL) <= 3 * error + 0.01, (share.mean(), error)
    assert (known.groupby("outcome")["inside"].mean() >= 0.65).all()
