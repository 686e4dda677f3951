"""A unit's change measured otherwise than by mean points: would another reading of the answers say the same?"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from surveylib.model.questionnaire import Questionnaire
from surveylib.numerics.ordered_means import probit_means, superiority
from surveylib.numerics.polychoric import thresholds
from surveylib.psychometrics.items import scored

ORDINAL_COLUMNS = (
    *("unit", "outcome", "pre", "post", "change", "std_error", "n", "n_eff", "n_pre", "n_post"),
)


def ordinal_changes(
    rows: pd.DataFrame,
    *,
    questionnaire: Questionnaire,
    items: Sequence[str],
    before: Sequence[str],
    after: Sequence[str],
    weights: np.ndarray | None = None,
    moved: Sequence[str] = (),
) -> pd.DataFrame:
    """One row a unit and way of measuring the rated items: `ORDINAL_COLUMNS`.

    - ``probit``: the mean behind the answers, with thresholds common to all units and waves, in standard
      deviations of the answers;
    - ``kept``: the same by the items that are not in `moved` (only where there are both): the latent change
      under partial invariance;
    - ``superiority``: the chance that somebody asked after answers above somebody asked before, less one half;
    - ``top_two``: the share of answers at the scale's positive codes.

    Each is the plain mean over the items. The error takes a unit's respondents for independent draws with
    their weights, all items of a respondent together.

    Parameters
    ----------
    rows : DataFrame
        ``unit, wave`` and the items.
    items : sequence of str
        Those of an index; items not rated on an ordinal scale are left out.
    before, after : sequences of str
        Waves; several on one side are taken together.
    weights : float array (n,), optional
    moved : sequence of str
        Items that did not keep their meaning.
    """
    rated = [item for item in items if questionnaire.scale_of(item).kind == "ordinal"]
    kept = [item for item in rated if item not in set(moved)]
    w = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
    post = rows["wave"].isin(after).to_numpy()
    used = (post | rows["wave"].isin(before).to_numpy()) & (w > 0)
    rows, w, post = rows[used], w[used], post[used]
    levels = {item: _levels(rows, questionnaire, item) for item in rated}
    cuts = {
        item: thresholds(np.bincount(own[own >= 0], weights=w[own >= 0]))
        for item, own in levels.items()
    }
    positive = {item: _positive(questionnaire, item, rows) for item in rated}
    records = []
    for unit, place in sorted(rows.groupby("unit").indices.items()):
        sides = [place[post[place] == side] for side in (False, True)]
        if min(len(side) for side in sides) == 0:
            continue
        own = _Unit(sides=sides, levels=levels, weights=w)
        records.append((unit, "probit", *own.figures(rated, lambda item: own.probit(item, cuts[item]))))
        if moved and 0 < len(kept) < len(rated):
            records.append((unit, "kept", *own.figures(kept, lambda item: own.probit(item, cuts[item]))))
        records.append((unit, "superiority", *own.figures(rated, own.superiority)))
        records.append((unit, "top_two", *own.figures(rated, lambda item: own.share(item, positive[item]))))
    return pd.DataFrame(records, columns=list(ORDINAL_COLUMNS)).dropna(subset=["change"])
