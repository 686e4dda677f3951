"""The weights of a run, and its cells at one fixed mix of visitors."""

from __future__ import annotations

import pandas as pd

from surveylib.fieldwork import read_table
from surveylib.model.finding import Finding
from surveylib.model.sample import Frame
from surveylib.model.weights import Weights
from surveylib.runner.cells import cell_estimates, shares_of
from surveylib.runner.gather import Fieldwork
from surveylib.runner.place import StudyFiles
from surveylib.runner.planned import met_directly, within_months
from surveylib.weighting import (
    Population,
    equal_weights,
    margin_table,
    pooled_reference,
    read_population,
    standardise,
    with_register,
)
from surveylib.weighting.weigh_study import placed_rows, population_of, weigh


def study_weights(
    files: StudyFiles, work: Fieldwork, known: Population | None
) -> tuple[Weights, tuple[Finding, ...]]:
    """The weights by the study's plan, and what was found on the way; all ones without a plan."""
    if files.study.weighting is None:
        return Weights(steps=(equal_weights(work.responses.rows),)), ()
    return weigh(
        work.responses,
        plan=files.study.weighting,
        frame=work.frame,
        sample=work.sample,
        population=known,
    )


def standardised(files: StudyFiles, work: Fieldwork, weights: Weights, scores, cells):
    """Cells at one fixed mix of visitors; where there is no register there is nothing to standardise to.

    The mix is that of the register pooled over all units *of a type* and all waves: a treasury's visitors are
    accountants and a ward's are residents, and weighting one to the mix of both would leave next to nothing
    of its answers.
    """
    mix, rows = files.plan.mix, work.responses.rows
    if mix.standardise_to == "none" or work.frame is None:
        return None, cells
    types = {unit.id: unit.type for unit in files.study.units}
    typed = Frame(rows=work.frame.rows.assign(type=work.frame.rows["unit"].map(types)))
    reference = pooled_reference(typed, cells=mix.cells, by=("type",))
    placed = with_register(rows, frame=work.frame, columns=mix.cells).assign(type=rows["unit"].map(types))
    made = standardise(
        weights,
        placed,
        reference=reference,
        cells=mix.cells,
        fixed=("type", "unit"),
        least_share=mix.min_ess_share,
    )
    design, level = files.study.design, files.plan.analysis.level
    cells = cell_estimates(
        rows,
        within_months(rows, scores, files.plan),
        weights=made.weights,
        design=design,
        finite=False,
        confidence=level,
        shares=shares_of(files.instrument),
    )
    return made, cells if mix.fallback != "none" else met_directly(cells, made)


def known_population(files: StudyFiles, work: Fieldwork) -> Population | None:
    """What the plan calibrates to: the counts of its file, else those of the register; None without
    margins."""
    plan = files.study.weighting
    if plan is None or plan.margins_file is None:
        return None if plan is None else population_of(plan, frame=work.frame)
    file = files.folder / plan.margins_file
    cells = read_table(file).rows.map(str.strip)
    return read_population(cells.mask(cells == ""), margins=plan.margins, source=str(file))


def margins_met(work: Fieldwork, weights: Weights, known: Population | None) -> pd.DataFrame:
    """Each margin beside what the weights make of it; no rows where nothing was calibrated to."""
    if known is None:
        return pd.DataFrame()
    return margin_table(weights, placed_rows(work.responses.rows, known, work.frame), population=known)
