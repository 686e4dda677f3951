"""From a run's standardised cells to its evidence: what the evaluation is told beside means and errors."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from surveylib.evaluation import evaluate, paired_changes
from surveylib.model.alternative import Alternative
from surveylib.model.evidence import Evidence
from surveylib.model.finding import Finding
from surveylib.model.invariance import Invariance
from surveylib.model.sample import Frame
from surveylib.model.similarity import Similarity
from surveylib.psychometrics.ordinal import ordinal_changes
from surveylib.runner.cells import evaluation_cells, register_sizes, top_shares, versions
from surveylib.runner.meaning import arms_of, counted_rows, moved_items, sides
from surveylib.runner.place import StudyFiles
from surveylib.runner.registration import deviations_of, first_interview


def evidence_of(
    files: StudyFiles,
    rows: pd.DataFrame,
    *,
    cells: pd.DataFrame,
    scores: pd.DataFrame,
    weights: np.ndarray,
    frame: Frame | None,
    meaning: tuple[Invariance, ...] = (),
    similar: Similarity | None = None,
    otherwise: tuple[Alternative, ...] = (),
) -> Evidence:
    """The evidence of `cells`, with the share at the ceiling, the size of each register, the version of the
    form, the pairs of answers where people are followed, and how the plan differs from what was frozen.

    `rows`, `scores` and `weights` are the answers' own, in one order; without a `frame` no size is known;
    `meaning` are the tests whether the items kept theirs (`runner.meaning.meaning_tests`); `similar` tells of
    the province's units; `otherwise` the
    primary outcome under other choices (`runner.alternatives`).
    """
    study, plan, moved = files.study, files.plan, moved_items(meaning)
    day = first_interview(files, rows)
    tops = top_shares(rows, files.instrument, weights=weights)
    told = evaluation_cells(cells, study, tops=tops, sizes=register_sizes(frame), versions=versions(rows))
    return evaluate(
        told,
        plan=plan,
        study=study,
        seed=study.seed,
        invariance=None if moved is None else {group: len(items) for group, items in moved.items()},
        deviations=deviations_of(files, day=day),
        first_answer=day,
        paired=paired_of(files, rows, scores, weights=weights),
        other=_measured_otherwise(files, rows, weights=weights, moved=moved),
        alternatives=otherwise,
        similar=similar,
    )


def paired_of(
    files: StudyFiles, rows: pd.DataFrame, scores: pd.DataFrame, *, weights: np.ndarray
) -> tuple[pd.DataFrame, tuple[Finding, ...]] | None:
    """The primary changes of those asked both before and after, from the answers that count in the effect and
    with the arms of the effect; None unless the study says that it follows people."""
    primary = files.plan.outcome.primary.index
    if not files.study.panel or primary not in scores:
        return None
    arms, (before, after) = arms_of(files, waves=set(rows["wave"])), sides(files)
    units = [unit for unit in files.study.units if arms[unit.id] != "exposed"]
    about = [(unit.id, arms[unit.id], unit.type, unit.model, unit.dossiers_per_month) for unit in units]
    roles = dict.fromkeys(before, "pre") | dict.fromkeys(after, "post")
    answers = rows[["respondent", "unit", "wave"]].assign(
        role=rows["wave"].map(roles).fillna("other"), weight=weights, **{primary: scores[primary]}
    )
    return paired_changes(
        answers[counted_rows(rows, files.plan)],
        arms=pd.DataFrame(about, columns=["unit", "arm", "type", "model", "visitors"]),
        outcomes=(primary,),
    )


def _measured_otherwise(
    files: StudyFiles,
    rows: pd.DataFrame,
    *,
    weights: np.ndarray,
    moved: Mapping[str, Collection[str]] | None,
) -> pd.DataFrame | None:
    """The primary index's rated items by their order; None for a plan whose primary outcome is no index."""
    plan, asked = files.plan, files.instrument
    index = next((index for index in asked.indices if index.id == plan.outcome.primary.index), None)
    if index is None:
        return None
    before, after = sides(files)
    counted = counted_rows(rows, plan)
    return ordinal_changes(
        rows[counted].reset_index(drop=True),
        questionnaire=asked,
        items=index.items,
        before=before,
        after=after,
        weights=weights[counted],
        moved=[item for items in (moved or {}).values() for item in items],
    )
