"""From columns of a table to a SurveyDesign."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.estimation.encode import cross, encode, label
from surveylib.model.design import DesignColumns, Lonely, Stage, SurveyDesign


def declare(
    rows: pd.DataFrame,
    *,
    weights: str | np.ndarray | None = None,
    strata: str | tuple[str, ...] | None = None,
    psu: str | tuple[str, ...] | None = None,
    fpc: str | tuple[str, ...] | None = None,
    psu2: str | None = None,
    fpc2: str | None = None,
    deeper_strata: tuple[str | None, ...] = (),
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
    strata : str or tuple of str, optional
        First-stage strata; several columns are crossed.
    psu : str or tuple of str, optional
        Clusters, a column a stage, first stage first: any number of stages. Clusters of a stage are numbered
        within those of the stage above. Without `psu` every row is its own cluster.
    fpc : str or tuple of str, optional
        A column a stage: number of clusters in the population of the row's stratum (below the first stage: of
        its cluster), or the sampled fraction (all values at most 1). One column more than in `psu` stands for
        a last stage in which rows were drawn.
    psu2, fpc2 : str, optional
        The second stage, where `psu` and `fpc` name one.
    deeper_strata : tuple of (str or None), optional
        Strata inside the clusters of the stage above, for the second stage and those below.
    nest : bool
        PSU numbers start again in every stratum.

    Raises
    ------
    SurveyError
        No row; an unknown column, or one that stands twice; a missing stratum or cluster; a PSU in two strata
        without `nest`; weights that are not numbers, missing, negative or all 0; a size that differs within a
        cluster; a column that variance would ignore: clusters and sizes of a stage below one drawn with
        replacement, strata of a stage that is not there.

    Examples
    --------
    >>> rows = pd.DataFrame({"y": [1.0, 2, 3, 4], "s": ["a", "a", "b", "b"], "N": [10, 10, 6, 6]})
    >>> declare(rows, strata="s", fpc="N").weights
    array([5., 5., 3., 3.])
    """
    if not len(rows):
        raise SurveyError("no rows", where="data", expected="a row for every respondent")
    clusters, sizes = _by_stage(psu, psu2), _by_stage(fpc, fpc2)
    _check_stages(clusters, sizes, psu2, fpc2, deeper_strata)
    depth = max(len(clusters), len(sizes), 1)
    stages: list[Stage] = []
    for index in range(depth):
        above = stages[-1].clusters if stages else None
        within = deeper_strata[index - 1] if index and len(deeper_strata) >= index else None
        stages.append(
            _stage(
                rows,
                clusters[index] if index < len(clusters) else None,
                sizes[index] if index < len(sizes) else None,
                strata=within if index else strata,
                above=above,
                nest=nest,
            )
        )
    return SurveyDesign(
        weights=_weights(rows, weights, stages),
        stages=tuple(stages),
        lonely=lonely,
        calibration=calibration,
        calibration_weights=calibration_weights,
        counted=weights is None and any(_counted(stage) for stage in stages),
    )


def declared(
    rows: pd.DataFrame,
    columns: DesignColumns,
    *,
    calibration: np.ndarray | None = None,
    calibration_weights: np.ndarray | None = None,
) -> SurveyDesign:
    """The design of `rows`, its columns named by a DesignColumns (see `declare`)."""
    return declare(
        rows,
        weights=columns.weights,
        strata=columns.strata,
        psu=columns.psu,
        fpc=columns.fpc,
        psu2=columns.psu2,
        fpc2=columns.fpc2,
        deeper_strata=columns.deeper_strata,
        nest=columns.nest,
        lonely=columns.lonely,
        calibration=calibration,
        calibration_weights=calibration_weights,
    )


def _by_stage(first: str | tuple[str, ...] | None, second: str | None) -> tuple[str, ...]:
    """The columns of the stages, first stage first."""
    columns = () if first is None else (first,) if isinstance(first, str) else tuple(first)
    return columns if second is None else (*columns, second)


def _check_stages(clusters, sizes, psu2, fpc2, deeper_strata) -> None:
    if psu2 is not None and len(clusters) != 2:
        raise SurveyError(
            "a second stage needs a first",
            expected="psu together with psu2, or all stages in psu",
            got=f"{len(clusters) - 1} stages in psu, and psu2",
        )
    if fpc2 is not None and len(clusters) < 2:
        raise SurveyError(
            "fpc2 without psu2 would be ignored",
            hint="name the second-stage clusters with psu2, or drop fpc2",
        )
    if len(sizes) < len(clusters) - 1 and sizes:
        raise SurveyError(
            "a stage below one drawn with replacement would be ignored",
            expected="a population size (fpc) for every stage but the last",
            got=f"{len(clusters)} stages and sizes of {len(sizes)}",
            hint="name the sizes, or drop the clusters of the last stages: their variance is then within the "
            "stage above",
        )
    if fpc2 is not None and len(sizes) != 2:
        raise SurveyError(
            "population sizes of the second stage would be ignored",
            expected="fpc together with fpc2, or all stages in fpc",
            got=f"{len(sizes) - 1} stages in fpc, and fpc2",
            hint="clusters drawn with replacement (without fpc) leave nothing to the stages below",
        )
    if len(sizes) > len(clusters) + 1:
        raise SurveyError(
            "more population sizes than stages",
            expected=f"at most {len(clusters) + 1}: one a stage, and one for rows drawn in the last",
            got=", ".join(sizes),
        )
    if len(deeper_strata) > max(len(clusters), len(sizes), 1) - 1:
        raise SurveyError(
            "strata of a stage that is not there", got=", ".join(str(name) for name in deeper_strata)
        )
    for index, name in enumerate(deeper_strata, start=1):
        if name is not None and len(sizes) < index:
            raise SurveyError(
                "strata of a stage below one drawn with replacement would be ignored",
                expected="population sizes (fpc) of every stage above",
                got=f"strata {name!r} of stage {index + 1}, and sizes of {len(sizes)}",
            )


def _stage(rows: pd.DataFrame, psu: str | None, fpc: str | None, *, strata, above, nest: bool) -> Stage:
    """One stage; `above` are the clusters of the stage above it, None for the first."""
    codes, names = (
        (np.zeros(len(rows), int), ("",)) if above is not None and not strata else _strata(rows, strata)
    )
    nested = nest if above is None else True
    inside = codes if above is None else above
    clusters, labels = _clusters(rows, psu, inside if nested else None)
    if strata and psu is not None and not (above is None and nest):
        _check_nested(rows, psu, codes, clusters)
    sizes = None if fpc is None else _sizes(rows, fpc)
    if psu is not None and sizes is not None:
        _check_one_size(fpc, sizes, clusters)
    return Stage(
        strata=codes,
        clusters=clusters,
        population=sizes,
        stratum_names=names,
        cluster_names=labels,
        nested=nested,
    )


def column(rows: pd.DataFrame, name: str) -> pd.Series:
    """The column called `name`; SurveyError with the nearest name when there is none."""
    if name not in rows.columns:
        raise unknown("column", name, rows.columns, where="data")
    values = rows[name]
    if isinstance(values, pd.DataFrame):
        raise SurveyError("a column stands twice in the data", where=f"column {name!r}", hint="rename one")
    return values


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
    labels = [rows[name].iloc[first].map(label) for name in names]
    return codes, tuple(map(" / ".join, zip(*labels, strict=True)))


def _clusters(
    rows: pd.DataFrame, name: str | None, within: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray | None]:
    """Codes of the clusters, and their names (None: every row is one)."""
    if name is None:
        return np.arange(len(rows)), None
    _complete(rows, name, "cluster")
    codes, names = encode(rows[name])
    names = np.asarray(names, dtype=object)
    if within is None:
        return codes, names
    width = codes.max(initial=0) + 1
    codes, both = encode(pd.Series(within.astype(np.int64) * width + codes))
    return codes, names[np.asarray(both) % width]


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
            got=repr(label(rows[psu].iloc[row])),
            hint="if PSU numbers start again in every stratum, use nest",
        )


def _check_one_size(fpc: str, sizes: np.ndarray, clusters: np.ndarray) -> None:
    """Sums keep one size a cluster: another one in its rows would be lost."""
    first = np.empty(clusters.max(initial=0) + 1)
    first[clusters[::-1]] = sizes[::-1]
    wrong = ~np.isclose(first[clusters], sizes, rtol=1e-9)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise SurveyError(
            "population size differs within a cluster",
            where=f"column {fpc!r}, row {row + 1}",
            expected="one fpc for all rows of a stratum",
            got=f"{first[clusters[row]]:g} and {sizes[row]:g}",
        )


def _counted(stage: Stage) -> bool:
    """Population sizes, which make weights only together with the number sampled (fractions do not)."""
    return stage.population is not None and bool((stage.population > 1).any())


def _weights(rows: pd.DataFrame, weights: str | np.ndarray | None, stages: list[Stage]) -> np.ndarray:
    if weights is not None:
        made = numbers(rows, weights) if isinstance(weights, str) else np.asarray(weights, dtype=float)
        if not made.any():
            where = f"column {weights!r}" if isinstance(weights, str) else "weights"
            raise SurveyError("all weights are 0: nobody counts", where=where)
        return made
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
