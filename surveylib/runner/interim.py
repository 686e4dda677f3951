"""The interim review of a run: which outcomes are reviewed, on which scale."""

from __future__ import annotations

import pandas as pd

from surveylib.evaluation import interim_review
from surveylib.model.evidence import CRITERION
from surveylib.model.plan import AnalysisPlan
from surveylib.model.questionnaire import Questionnaire
from surveylib.runner.cells import evaluation_cells
from surveylib.runner.place import StudyFiles

_CRITERION_SPAN = 100.0  # criteria are scored 0 to 100


def reviewed(files: StudyFiles, cells: pd.DataFrame) -> pd.DataFrame:
    """What the interim wave says of each pilot unit; no rows for a study without such a wave or without
    pilots."""
    study, none = files.study, pd.DataFrame(columns=["unit", "wave", "outcome", "top_share"])
    told = evaluation_cells(cells, study, tops=none)
    return interim_review(told, plan=files.plan, study=study, scales=scales_of(files.instrument, files.plan))


def scales_of(questionnaire: Questionnaire, plan: AnalysisPlan) -> dict[str, float]:
    """The primary index, the plan's groups and the eighteen criteria; of each the points that make one point
    of the primary index."""
    indices = {index.id: index for index in questionnaire.indices}
    primary = plan.outcome.primary.index
    if primary not in indices:
        return {}
    span = _span(questionnaire, indices[primary].items[0])
    groups = [name for name in plan.outcome.secondary.groups if name in indices]
    made = {name: _span(questionnaire, indices[name].items[0]) / span for name in (primary, *groups)}
    return made | {f"{CRITERION}{one.id}": _CRITERION_SPAN / span for one in questionnaire.criteria}


def _span(questionnaire: Questionnaire, item: str) -> float:
    codes = questionnaire.scale_of(item).codes
    return float(max(codes) - min(codes))
