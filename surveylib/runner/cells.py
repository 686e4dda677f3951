"""Cell estimates: every outcome in every unit and wave, by the design and, for the effect, at one fixed mix of visitors."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.estimation import contrast, declare, estimate, totals
from surveylib.instrument import outcomes, valid
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.model.study import DesignPlan, Study
from surveylib.model.totals import Request
from surveylib.model.weights import Weights

CELL_KEYS = ("unit", "wave", "outcome")


def scored(rows: pd.DataFrame, questionnaire: Questionnaire, study: Study) -> pd.DataFrame:
    """Every outcome of every respondent: the questionnaire's indices and outcomes, then the items the study names."""
    made = outcomes(rows, questionnaire, unit_types={unit.id: unit.type for unit in study.units})
    extra = {name: valid(rows, questionnaire, name) for name in study.outcomes if name not in made.columns}
    return pd.concat([made, pd.DataFrame(extra, index=rows.index)], axis=1)


def cell_estimates(
    rows: pd.DataFrame, scores: pd.DataFrame, *, weights: Weights, design: DesignPlan, finite: bool, confidence: float
) -> pd.DataFrame:
    """One row a unit, wave and outcome, with the result columns.

    `finite` says whether the register's size limits the sampling error: it does when describing that month's visitors, it does not
    when predicting other months and offices.
    """
    options = {"design": design, "finite": finite, "confidence": confidence}
    if {"unit", "wave"} <= set(design.strata):
        # Cells are whole strata, so each can be estimated alone: the same numbers, from small calibration matrices.
        cells = rows.groupby(["unit", "wave"], sort=True).indices.values()
        tables = [_cell(rows, scores, weights, place, options) for place in cells]
        table = pd.concat(tables, ignore_index=True)
    else:
        table = _estimates(rows, scores, weights.values, weights.calibration, by=("unit", "wave"), **options).table
    table = table.rename(columns={"variable": "outcome"})
    return table.loc[table["n"] > 0, [*CELL_KEYS, *RESULT_COLUMNS]].sort_values(list(CELL_KEYS), ignore_index=True)


def _cell(rows, scores, weights: Weights, place: np.ndarray, options: dict) -> pd.DataFrame:
    calibration = weights.calibration
    if calibration is not None:
        calibration = calibration[place]
        calibration = calibration[:, calibration.any(axis=0)]
    own, answers = rows.iloc[place].reset_index(drop=True), scores.iloc[place].reset_index(drop=True)
    return _estimates(own, answers, weights.values[place], calibration, by=("unit", "wave"), **options).table


def wave_estimates(
    rows: pd.DataFrame, scores: pd.DataFrame, *, weights: Weights, design: DesignPlan, waves: tuple[str, ...], confidence: float
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All units together: every outcome by wave, and its change from the first wave to each later one.

    A description of the respondents' population. It says nothing of what a pilot did (refusal R1): a run shows it only for a study
    that has no pilot units.
    """
    levels, changes = [], []
    for name in scores.columns:
        made = _estimates(
            rows,
            scores[[name]],
            weights.values,
            weights.calibration,
            by=("wave",),
            design=design,
            finite=design.fpc,
            confidence=confidence,
        )
        levels.append(made.table.rename(columns={"variable": "outcome"})[["wave", "outcome", *RESULT_COLUMNS]])
        order = [list(made.table["wave"]).index(wave) for wave in waves if wave in set(made.table["wave"])]
        for place in order[1:]:
            weight = np.zeros(len(made.table))
            weight[place], weight[order[0]] = 1.0, -1.0
            change = contrast(made, coefficients=weight, names=[name]).table
            keys = {"outcome": name, "before": made.table["wave"][order[0]], "after": made.table["wave"][place]}
            changes.append(change.assign(**keys)[[*keys, *RESULT_COLUMNS]])
    empty = pd.DataFrame(columns=["outcome", "before", "after", *RESULT_COLUMNS])
    return pd.concat(levels, ignore_index=True), pd.concat(changes, ignore_index=True) if changes else empty


def _estimates(
    rows, scores, weights: np.ndarray, calibration, *, by, design: DesignPlan, finite: bool, confidence: float
) -> Estimates:
    table = pd.concat([rows[["unit", "wave", *_columns(rows, design)]], scores], axis=1)
    table = table.loc[:, ~table.columns.duplicated()]
    declared = declare(
        table,
        weights=weights,
        strata=design.strata,
        psu=design.psu,
        fpc="population" if finite else None,
        nest=True,
        lonely=design.lonely,
        calibration=calibration,
    )
    requests = [Request(kind="mean", variable=name) for name in scores.columns]
    return estimate(totals(table, declared, requests=requests, by=by), confidence=confidence)


def _columns(rows: pd.DataFrame, design: DesignPlan) -> list[str]:
    wanted = dict.fromkeys((*design.strata, design.psu, "population"))
    return [name for name in wanted if name in rows.columns and name not in ("unit", "wave")]


def evaluation_cells(cells: pd.DataFrame, study: Study) -> pd.DataFrame:
    """The cell table the evaluation reads: the unit's arm, type and model and the wave's role beside mean, se, n, n_eff."""
    units, roles = {unit.id: unit for unit in study.units}, {wave.id: wave.role for wave in study.waves}
    return pd.DataFrame(
        {
            "unit": cells["unit"],
            "arm": [units[name].arm for name in cells["unit"]],
            "type": [units[name].type for name in cells["unit"]],
            "model": [units[name].model for name in cells["unit"]],
            "wave": cells["wave"],
            "role": [roles[name] for name in cells["wave"]],
            "outcome": cells["outcome"],
            "mean": cells["estimate"],
            "se": cells["std_error"],
            "n": cells["n"],
            "n_eff": cells["n_eff"],
        }
    )
