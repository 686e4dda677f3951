"""The province's units beside a run: the list where it is there, and how like them the pilots are."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from surveylib.evaluation.province import read_province
from surveylib.evaluation.similarity import similarity
from surveylib.fieldwork import read_table
from surveylib.model.finding import Finding
from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.similarity import Similarity
from surveylib.runner.place import StudyFiles


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Likeness:
    """How like the province the pilots are (None where it cannot be told), what is wrong with the list, and
    whether it bears the mark of a rehearsal."""

    similar: Similarity | None = None
    findings: tuple[Finding, ...] = ()
    simulated: bool = False

    @property
    def tables(self) -> dict[str, pd.DataFrame]:
        """As they are kept; none where nothing could be told."""
        if self.similar is None:
            return {}
        # The last digits of an integral may differ from machine to machine; six never do.
        return {
            f"similarity_{name}": getattr(self.similar, name).round(6)
            for name in ("covariates", "index", "types")
        }


def likeness(files: StudyFiles, *, folder: Path) -> Likeness:
    """The pilots beside the list of the province's units that study.yaml names, where it has come in.

    Raises
    ------
    SurveyError
        If the list cannot be read as a table.
    """
    name = files.study.province_units
    if name is None or not (folder / name).exists():
        return Likeness()
    table = read_table(folder / name).rows
    province = read_province(table, study=files.study)
    return Likeness(
        similar=similarity(province, seed=files.study.seed),
        findings=province.findings,
        simulated=MARK_COLUMN in table.columns,
    )
