"""Cell estimates: every outcome in every unit and wave, by the design and, for the effect, at one fixed mix
of visitors."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pandas as pd

from surveylib.estimation import contrast, declare, estimate, totals
from surveylib.instrument import outcomes, valid
from surveylib.instrument.criteria import criterion_scores
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.model.sample import Frame
from surveylib.model.study import SETTING, DesignPlan, Study
from surveylib.model.totals import Request
from surveylib.model.weights import Weights
from surveylib.runner.uncertainty import counted_freedom, share_interval

CELL_KEYS = ("unit", "wave", "outcome")


def scored(rows: pd.DataFrame, questionnaire: Questionnaire, study: Study) -> pd.DataFrame:
    """Every outcome of every respondent: the questionnaire's indices and outcomes, then the items the study
    names, then a figure for each of the plan's criteria that the form carries."""
    types = {unit.id: unit.type for unit in study.units}
    made = outcomes(rows, questionnaire, unit_types=types)
    extra = {name: valid(rows, questionnaire, name) for name in study.outcomes if name not in made.columns}
    criteria = criterion_scores(rows, questionnaire, unit_types=types)
    return pd.concat([made, pd.DataFrame(extra, index=rows.index), criteria], axis=1)


def shares_of(questionnaire: Questionnaire) -> frozenset[str]:
    """The outcomes that are shares."""
    return frozenset(outcome.id for outcome in questionnaire.outcomes if outcome.measure == "share")


def cell_estimates(
    rows: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    weights: Weights,
    design: DesignPlan,
    finite: bool,
    confidence: float,
    shares: Collection[str] = (),
) -> pd.DataFrame:
    """One row a unit, wave and outcome, with the result columns.

    `finite` says whether the register's size limits the sampling error: it does when describing that month's
    visitors, it does not when predicting other months and offices. Outcomes named in `shares` have the
    interval of a proportion (`share_interval`).
    """
    options = {"design": design, "finite": finite, "confidence": confidence, "shares": shares}
    if {"unit", "wave"} <= set(design.strata):
        # Cells are whole strata, so each can be estimated alone: the same numbers, from small calibration
        # matrices.
        cells = rows.groupby(["unit", "wave"], sort=True).indices.values()
        tables = [_cell(rows, scores, weights, place, options) for place in cells]
        table = pd.concat(tables, ignore_index=True)
    else:
        table = _estimates(rows, scores, _weighted(weights), by=("unit", "wave"), **options).table
    table = table.rename(columns={"variable": "outcome"})
    return table.loc[table["n"] > 0, [*CELL_KEYS, *RESULT_COLUMNS]].sort_values(
        list(CELL_KEYS), ignore_index=True
    )


class _Weighted(NamedTuple):
    """What variance needs of the weights: their values, the calibration variables, the weights before
    calibration."""

    values: np.ndarray
    calibration: np.ndarray | None
    before: np.ndarray | None


def _weighted(weights: Weights) -> _Weighted:
    """The residuals of calibrated weights are those of the regression with the weights before (Deville &
    Särndal)."""
    return _Weighted(weights.values, weights.calibration, weights.regression)


def _cell(rows, scores, weights: Weights, place: np.ndarray, options: dict) -> pd.DataFrame:
    whole = _weighted(weights)
    used = whole._replace(values=whole.values[place])
    if whole.calibration is not None:
        own = whole.calibration[place]
        used = used._replace(calibration=own[:, own.any(axis=0)], before=whole.before[place])
    answers = scores.iloc[place].reset_index(drop=True)
    # An index that nobody of this unit and wave has a value for (a rare one) has no cell.
    answers = answers.loc[:, answers.notna().any()]
    return _estimates(
        rows.iloc[place].reset_index(drop=True), answers, used, by=("unit", "wave"), **options
    ).table


def wave_estimates(
    rows: pd.DataFrame,
    scores: pd.DataFrame,
    *,
    weights: Weights,
    design: DesignPlan,
    waves: tuple[str, ...],
    confidence: float,
    shares: Collection[str] = (),
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """All units together: every outcome by wave, and its change from the first wave to each later one.

    A description of the respondents' population. It says nothing of what a pilot did (refusal R1): a run
    shows it only for a study that has no pilot units.
    """
    levels, changes = [], []
    for name in scores.columns:
        made = _estimates(
            rows,
            scores[[name]],
            _weighted(weights),
            by=("wave",),
            design=design,
            finite=design.fpc,
            confidence=confidence,
            shares=shares,
        )
        levels.append(
            made.table.rename(columns={"variable": "outcome"})[["wave", "outcome", *RESULT_COLUMNS]]
        )
        order = [list(made.table["wave"]).index(wave) for wave in waves if wave in set(made.table["wave"])]
        for place in order[1:]:
            weight = np.zeros(len(made.table))
            weight[place], weight[order[0]] = 1.0, -1.0
            # Waves are separate strata, so their degrees of freedom add.
            df = float(made.table["df"].iloc[[place, order[0]]].sum())
            change = contrast(made, coefficients=weight, names=[name], df=df).table
            keys = {
                "outcome": name,
                "before": made.table["wave"][order[0]],
                "after": made.table["wave"][place],
            }
            changes.append(change.assign(**keys)[[*keys, *RESULT_COLUMNS]])
    empty = pd.DataFrame(columns=["outcome", "before", "after", *RESULT_COLUMNS])
    return pd.concat(levels, ignore_index=True), pd.concat(changes, ignore_index=True) if changes else empty


def _estimates(
    rows,
    scores,
    weights: _Weighted,
    *,
    by,
    design: DesignPlan,
    finite: bool,
    confidence: float,
    shares: Collection[str],
) -> Estimates:
    table = pd.concat([rows[["unit", "wave", *_columns(rows, design)]], scores], axis=1)
    table = table.loc[:, ~table.columns.duplicated()]
    declared = declare(
        table,
        weights=weights.values,
        strata=design.strata,
        psu=design.psu,
        fpc="population" if finite else None,
        nest=True,
        lonely=design.lonely,
        calibration=weights.calibration,
        calibration_weights=weights.before,
    )
    requests = [Request(kind="mean", variable=name) for name in scores.columns]
    made = estimate(totals(table, declared, requests=requests, by=by), confidence=confidence)
    made = counted_freedom(made, design=declared)
    return replace(made, table=share_interval(made.table, shares=shares, confidence=confidence))


def _columns(rows: pd.DataFrame, design: DesignPlan) -> list[str]:
    wanted = dict.fromkeys((*design.strata, design.psu, "population"))
    return [name for name in wanted if name in rows.columns and name not in ("unit", "wave")]


def top_shares(rows: pd.DataFrame, questionnaire: Questionnaire, *, weights: np.ndarray) -> pd.DataFrame:
    """Per unit, wave and index the weighted share of answers at the best code: above one half a gain can
    hardly show (W1)."""
    made = []
    for index in questionnaire.indices:
        answers = np.column_stack([valid(rows, questionnaire, name) for name in index.items])
        best = np.array([_best(questionnaire, name) for name in index.items])
        given = np.isfinite(answers) * weights[:, None]
        sums = pd.DataFrame({"unit": rows["unit"], "wave": rows["wave"]})
        sums["top"], sums["all"] = ((answers == best) * given).sum(axis=1), given.sum(axis=1)
        share = sums.groupby(["unit", "wave"])[["top", "all"]].sum()
        made.append((share["top"] / share["all"]).rename("top_share").reset_index().assign(outcome=index.id))
    empty = pd.DataFrame(columns=[*CELL_KEYS, "top_share"])
    return pd.concat(made, ignore_index=True) if made else empty


def _best(questionnaire: Questionnaire, name: str) -> int:
    codes = questionnaire.scale_of(name).codes
    return min(codes) if questionnaire.item(name).reversed else max(codes)


def register_sizes(frame: Frame | None) -> pd.Series | None:
    """How many dossiers each unit's register holds a wave, on average: what a visitor-weighted effect weighs
    by; None without registers."""
    if frame is None:
        return None
    return frame.rows.groupby(["unit", "wave"]).size().groupby("unit").mean()


def evaluation_cells(
    cells: pd.DataFrame,
    study: Study,
    *,
    tops: pd.DataFrame,
    sizes: pd.Series | None = None,
    versions: pd.Series | None = None,
) -> pd.DataFrame:
    """The cell table the evaluation reads: the unit's arm, type and model, the wave's role, the share at the
    ceiling, the size of the unit's register and how it was surveyed, beside mean, se, n, n_eff.

    `versions` says which form was really used in a unit and wave; what the study declares of the wave, and of
    this unit in it, stands for the rest.
    """
    units, roles = {unit.id: unit for unit in study.units}, {wave.id: wave.role for wave in study.waves}
    cells = cells.merge(tops, how="left", on=list(CELL_KEYS))
    waves = {wave.id: wave for wave in study.waves}
    keys = list(zip(cells["unit"], cells["wave"], strict=True))
    setting = pd.DataFrame([waves[wave].setting(unit) for unit, wave in keys], columns=list(SETTING))
    if versions is not None:
        setting["instrument_version"] = [
            versions.get(key, default)
            for key, default in zip(keys, setting["instrument_version"], strict=True)
        ]
    return pd.DataFrame(
        {
            "top_share": cells["top_share"],
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
            "visitors": np.nan if sizes is None else cells["unit"].map(sizes).astype(float),
            **setting,
        }
    )


def versions(rows: pd.DataFrame) -> pd.Series | None:
    """The version of the form most answers of a unit and wave came on; None unless every one of them tells.

    A few forms of an old printing do not make another instrument.
    """
    if "version" not in rows:
        return None
    known = rows[rows["version"].astype(str).str.strip().ne("") & rows["version"].notna()]
    most = known.groupby(["unit", "wave"])["version"].agg(lambda values: values.value_counts().idxmax())
    return most if len(most) == len(rows.groupby(["unit", "wave"])) else None
