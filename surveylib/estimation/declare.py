"""From columns of a table to a SurveyDesign."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.encode import cross, encode
from surveylib.model.design import Lonely, Stage, SurveyDesign


def declare(
    rows: pd.DataFrame,
    *,
    weights: str | np.ndarray | None = None,
    strata: str | tuple[str, ...] | None = None,
    psu: str | None = None,
    fpc: str | None = None,
    psu2: str | None = None,
    fpc2: str | None = None,
    nest: bool = False,
    lonely: Lonely = "error",
    calibration: np.ndarray | None = None,
    calibration_weights: np.ndarray | None = None,
) -> SurveyDesign:
    """The design of `rows` (n of them), from the names of its columns.

    Parameters
    ----------
    weights : str or float array (n,), optional
        Column of sampling weights. Without one: N/n within strata where `fpc` gives N, else 1.
    strata, psu, psu2 : str, optional
        Columns; several strata columns are crossed. Without `psu` every row is its own cluster. Second-stage
        clusters are numbered within first-stage ones.
    fpc, fpc2 : str, optional
        Number of clusters in the population of the row's stratum, or the sampled fraction (all values at most
        1).
    nest : bool
        PSU numbers start again in every stratum.

    Raises
    ------
    SurveyError
        Unknown column; a missing stratum or PSU; a PSU in two strata without `nest`; weights that are not
        numbers, missing or negative.

    Examples
    --------
    >>> rows = pd.DataFrame({"y": [1.0, 2, 3, 4], "s": ["a", "a", "b", "b"], "N": [10, 10, 6, 6]})
    >>> declare(rows, strata="s", fpc="N").weights
    array([5., 5., 3., 3.])
    """
    if psu2 is not None and psu is None:
        raise SurveyError("a second stage needs a first", expected="psu together with psu2")
    if fpc2 is not None and psu2 is None:
        raise SurveyError(
            "fpc2 without psu2 would be ignored",
            hint="name the second-stage clusters with psu2, or drop fpc2",
        )
    stratum_codes, stratum_names = _strata(rows, strata)
    clusters = _clusters(rows, psu, stratum_codes if nest else None)
    if strata is not None and psu is not None and not nest:
        _check_nested(rows, psu, stratum_codes, clusters)
    population = None if fpc is None else _sizes(rows, fpc)
    stages = [
        Stage(strata=stratum_codes, clusters=clusters, population=population, stratum_names=stratum_names)
    ]
    if psu2 is not None:
        second = _clusters(rows, psu2, clusters)
        size = None if fpc2 is None else _sizes(rows, fpc2)
        stages.append(
            Stage(strata=np.zeros(len(rows), int), clusters=second, population=size, stratum_names=("",))
        )
    return SurveyDesign(
        weights=_weights(rows, weights, stages),
        stages=tuple(stages),
        lonely=lonely,
        calibration=calibration,
        calibration_weights=calibration_weights,
    )


def column(rows: pd.DataFrame, name: str) -> pd.Series:
    """The column called `name`; SurveyError with the nearest name when there is none."""
    if name not in rows.columns:
        raise unknown("column", name, rows.columns, where="data")
    return rows[name]


def numbers(rows: pd.DataFrame, name: str) -> np.ndarray:
    """The column as floats; SurveyError naming the first value that is not a number."""
    values = column(rows, name)
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(dtype=float)
    converted = pd.to_numeric(values, errors="coerce").to_numpy(dtype=float)
    wrong = np.isnan(converted) & values.notna().to_numpy()
    if wrong.any():
        row = int(np.argmax(wrong))
        raise SurveyError("not a number", where=f"column {name!r}, row {row + 1}", got=repr(values.iloc[row]))
    return converted


def _sizes(rows: pd.DataFrame, name: str) -> np.ndarray:
    """Population sizes or fractions: every row must have one, above 0."""
    values = numbers(rows, name)
    wrong = ~(values > 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise SurveyError(
            f"{int(wrong.sum())} population size(s) cannot be used",
            where=f"column {name!r}, row {row + 1}",
            expected="clusters in the stratum's population, or the sampled fraction: above 0",
            got="nothing" if np.isnan(values[row]) else f"{values[row]:g}",
        )
    return values


def _strata(rows: pd.DataFrame, strata: str | tuple[str, ...] | None) -> tuple[np.ndarray, tuple[str, ...]]:
    if not strata:
        return np.zeros(len(rows), dtype=np.int64), ("(all)",)
    names = (strata,) if isinstance(strata, str) else tuple(strata)
    for name in names:
        _complete(rows, name, "stratum")
    codes, first = cross(rows, names)
    labels = [rows[name].iloc[first].astype(str) for name in names]
    return codes, tuple(map(" / ".join, zip(*labels, strict=True)))


def _clusters(rows: pd.DataFrame, name: str | None, within: np.ndarray | None) -> np.ndarray:
    if name is None:
        return np.arange(len(rows))
    _complete(rows, name, "cluster")
    codes, _ = encode(rows[name])
    if within is None:
        return codes
    return encode(pd.Series(within.astype(np.int64) * (codes.max(initial=0) + 1) + codes))[0]


def _complete(rows: pd.DataFrame, name: str, kind: str) -> None:
    missing = column(rows, name).isna().to_numpy()
    if missing.any():
        raise SurveyError(
            f"{int(missing.sum())} row(s) without a {kind}",
            where=f"column {name!r}, row {int(np.argmax(missing)) + 1}",
            hint=f"drop these rows or give them a {kind}",
        )


def _check_nested(rows: pd.DataFrame, psu: str, strata: np.ndarray, clusters: np.ndarray) -> None:
    first = np.zeros(clusters.max(initial=0) + 1, dtype=np.int64)
    first[clusters[::-1]] = strata[::-1]
    wrong = first[clusters] != strata
    if wrong.any():
        row = int(np.argmax(wrong))
        raise SurveyError(
            "a PSU lies in two strata",
            where=f"column {psu!r}, row {row + 1}",
            got=repr(rows[psu].iloc[row]),
            hint="if PSU numbers start again in every stratum, use nest",
        )


def _weights(rows: pd.DataFrame, weights: str | np.ndarray | None, stages: list[Stage]) -> np.ndarray:
    if isinstance(weights, str):
        return numbers(rows, weights)
    if weights is not None:
        return np.asarray(weights, dtype=float)
    result = np.ones(len(rows))
    parent = np.zeros(len(rows), dtype=np.int64)
    for stage in stages:
        if stage.population is None:
            break
        groups = np.unique(parent * (stage.strata.max(initial=0) + 1) + stage.strata, return_inverse=True)[1]
        _, first = np.unique(stage.clusters, return_index=True)
        sampled = np.bincount(groups[first])[groups]
        result *= np.where(stage.population <= 1, 1 / stage.population, stage.population / sampled)
        parent = stage.clusters
    return result
