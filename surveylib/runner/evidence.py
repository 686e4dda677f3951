"""From a run's standardised cells to its evidence: what the evaluation is told beside means and errors."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from surveylib.evaluation import evaluate
from surveylib.model.evidence import Evidence
from surveylib.model.sample import Frame
from surveylib.runner.cells import evaluation_cells, paired_answers, register_sizes, top_shares, versions
from surveylib.runner.place import StudyFiles
from surveylib.runner.registration import deviations_of


def evidence_of(
    files: StudyFiles,
    rows: pd.DataFrame,
    *,
    cells: pd.DataFrame,
    scores: pd.DataFrame,
    weights: np.ndarray,
    frame: Frame | None,
    invariance: Mapping[str, int] | None = None,
) -> Evidence:
    """The evidence of `cells`, with the share at the ceiling, the size of each register, the version of the
    form, the pairs of answers where people are followed, and how the plan differs from what was frozen.

    `rows`, `scores` and `weights` are the answers' own, in one order; without a `frame` no size is known;
    `invariance` says by group how many items moved (`runner.meaning.moved_items`).
    """
    study, plan = files.study, files.plan
    tops = top_shares(rows, files.instrument, weights=weights)
    told = evaluation_cells(cells, study, tops=tops, sizes=register_sizes(frame), versions=versions(rows))
    return evaluate(
        told,
        plan=plan,
        study=study,
        seed=study.seed,
        invariance=invariance,
        deviations=deviations_of(files),
        paired=paired_answers(rows, scores, weights=weights, study=study, plan=plan),
    )
