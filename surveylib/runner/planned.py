"""What the analysis plan settles about scores and cells before any effect is computed."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.plan import AnalysisPlan
from surveylib.model.questionnaire import Questionnaire
from surveylib.runner.place import StudyFiles
from surveylib.weighting import Standardised


def planned_instrument(files: StudyFiles) -> Questionnaire:
    """The instrument, its primary index counted from the share of items answered that the plan asks for."""
    wanted = files.plan.outcome.primary
    indices = tuple(
        replace(index, min_items_share=wanted.min_items_share) if index.id == wanted.index else index
        for index in files.instrument.indices
    )
    return replace(files.instrument, indices=indices)


def within_months(rows: pd.DataFrame, scores: pd.DataFrame, plan: AnalysisPlan) -> pd.DataFrame:
    """The scores without the answers of the months the plan excludes: those count in no effect."""
    if not plan.waves.exclude_months or "date" not in rows:
        return scores
    months = pd.to_datetime(rows["date"], errors="coerce").dt.strftime("%Y-%m")
    return scores.where(~months.isin(plan.waves.exclude_months))


def met_directly(cells: pd.DataFrame, made: Standardised) -> pd.DataFrame:
    """The cells whose unit and wave met the mix itself, no fallback being wanted."""
    met = made.table.loc[made.table["method"] == "direct", ["unit", "wave"]].astype(str)
    if met.empty:
        raise SurveyError(
            "no unit and wave meets the visitors' mix by itself",
            where="plan, mix",
            expected="fallback: entropy_balance, or fewer cells",
            got="fallback: none",
        )
    return cells.merge(met, on=["unit", "wave"], how="inner").reset_index(drop=True)
