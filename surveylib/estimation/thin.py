"""From rows to clusters: the part of a design that variance needs."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.model.design import Stage, SurveyDesign


def thin(design: SurveyDesign) -> tuple[np.ndarray, tuple[Stage, ...], pd.DataFrame]:
    """What variance needs of a design, over clusters in place of rows.

    Returns
    -------
    (finest, stages, labels)
        Row → cluster of the last stage that variance needs; the stages over those P clusters, sorted so that
        strata are contiguous; the clusters' labels.
    """
    depth = 1
    # A stage below one drawn with replacement adds nothing to the variance.
    while depth < len(design.stages) and design.stages[depth - 1].population is not None:
        depth += 1
    stages = design.stages[:depth]
    finest = stages[-1].clusters
    count = int(finest.max(initial=-1)) + 1
    first = np.full(count, -1, dtype=np.int64)
    first[finest[::-1]] = np.arange(len(finest))[::-1]
    order = np.lexsort(
        [stage_codes[first] for stage in reversed(stages) for stage_codes in (stage.clusters, stage.strata)]
    )
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    kept = first[order]
    kept_stages = tuple(
        Stage(
            strata=stage.strata[kept],
            clusters=stage.clusters[kept],
            population=None if stage.population is None else stage.population[kept],
            stratum_names=stage.stratum_names,
            nested=stage.nested,
        )
        for stage in stages
    )
    return rank[finest], kept_stages, _labels(stages, kept)


def _labels(stages: tuple[Stage, ...], kept: np.ndarray) -> pd.DataFrame:
    """Names of the kept rows' strata and clusters, stage by stage; None where clusters have none."""
    labels = {}
    for depth, stage in enumerate(stages, start=1):
        strata = np.array(stage.stratum_names or ("(all)",), dtype=object)
        labels[stage_label("stratum", depth)] = strata[stage.strata[kept]]
        names = np.full(len(kept), None)
        if stage.cluster_names is not None:
            names = np.asarray(stage.cluster_names, dtype=object)[stage.clusters[kept]]
        labels[stage_label("cluster", depth)] = names
    return pd.DataFrame(labels, dtype=object)


def stage_label(kind: str, depth: int) -> str:
    """The column of labels that names the strata or clusters of a stage.

    >>> stage_label("cluster", 1), stage_label("stratum", 2)
    ('cluster', 'stratum 2')
    """
    return kind if depth == 1 else f"{kind} {depth}"
