"""How much of each unit's change is its visitors' mix: Kitagawa's split, for the unit pages."""

from __future__ import annotations

import pandas as pd

from surveylib.model.sample import Frame
from surveylib.model.weights import Weights
from surveylib.runner.meaning import counted_rows, sides
from surveylib.runner.place import StudyFiles
from surveylib.weighting import kitagawa_table, with_register

SPLIT_COLUMNS = (
    *("unit", "mean_pre", "mean_post", "change", "rate_change", "mix_change", "cells", "one_wave_share"),
)


def mix_split(
    files: StudyFiles, rows: pd.DataFrame, *, scores: pd.DataFrame, weights: Weights, frame: Frame | None
) -> pd.DataFrame:
    """Every unit's raw change of the primary outcome, parted into answers and mix: `SPLIT_COLUMNS`.

    The cells of the mix are those it is standardised to; the waves of a side count together, each by its
    weights before standardisation. No rows without registers, without a mix, or before both sides are in.
    """
    mix, primary, (before, after) = files.plan.mix, files.plan.outcome.primary.index, sides(files)
    nothing = pd.DataFrame(columns=list(SPLIT_COLUMNS))
    if frame is None or not mix.cells or primary not in scores:
        return nothing
    side = rows["wave"].map(dict.fromkeys(before, "pre") | dict.fromkeys(after, "post"))
    use = (counted_rows(rows, files.plan) & side.notna()).to_numpy()
    if set(side[use]) != {"pre", "post"}:
        return nothing
    placed = with_register(rows, frame=frame, columns=mix.cells).assign(wave=side)
    made = kitagawa_table(
        placed[use].reset_index(drop=True),
        weights.values[use],
        outcome=scores[primary].to_numpy(float)[use],
        cells=mix.cells,
        pre="pre",
        post="post",
    )
    return made[list(SPLIT_COLUMNS)]
