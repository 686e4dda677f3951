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
        )
        for stage in stages
    )
    names = np.array(stages[0].stratum_names or ("(all)",), dtype=object)
    labels = pd.DataFrame({"stratum": names[kept_stages[0].strata], "cluster": kept_stages[-1].clusters})
    return rank[finest], kept_stages, labels
