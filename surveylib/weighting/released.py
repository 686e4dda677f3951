"""Everyone approached in a study, by unit and wave: unknown eligibility, classes of propensity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from surveylib.model.finding import Finding
from surveylib.model.weights import WeightStep
from surveylib.weighting.approached import share_unknown
from surveylib.weighting.cells import KEYS, blocks, labels
from surveylib.weighting.diagnostics import diagnose
from surveylib.weighting.notes import note
from surveylib.weighting.propensity import equal_classes, fit_propensity

PROPENSITY = "propensity"
STRATA = 5
_BLOCK = "unit × wave"
_BLANK = "–"


def share_eligibility(
    values: np.ndarray, rows: pd.DataFrame, *, released: pd.DataFrame, classes: Sequence[str] = ()
) -> tuple[WeightStep | None, pd.DataFrame, tuple[Finding, ...]]:
    """Unknown eligibility of a study's dossiers: `share_unknown` within every unit and wave.

    Parameters
    ----------
    values : float array (n,)
        Base weights of the answers.
    rows : DataFrame (n rows)
        Answers, with ``dossier, unit, wave``.
    released : DataFrame
        From `released_sample`.

    Returns
    -------
    (WeightStep, released, findings)
        The step ``eligibility`` (None where all is known) and the dossiers with their new ``weight``. Answers
        that are none of the dossiers keep their weight.
    """
    outcome = released["outcome"].fillna("noncontact").astype(str)
    unknown = (outcome == "unknown").to_numpy()
    if not unknown.any():
        return None, released, ()
    cell, found = blocks(released, within=("unit", "wave")), []
    weight = released["weight"].to_numpy(dtype=float).copy()
    table = released.assign(outcome=outcome, **{name: _filled(released[name]) for name in classes})
    for b in np.unique(cell.codes[unknown]):
        mine = cell.codes == b
        if not (outcome[mine] == "complete").any():
            continue  # nobody answered there: there is no weight to put right
        step, notes = share_unknown(weight[mine], table.loc[mine], classes=classes)
        weight[mine] = step.values
        found += [replace(one, where=cell.names[b]) for one in notes]
    factor = matched(rows, released, weight / released["weight"].to_numpy(dtype=float))
    made = values * np.where(np.isnan(factor), 1.0, factor)
    extra = (("unknown", float(unknown.sum())),)
    step = WeightStep(name="eligibility", values=made, diagnostics=diagnose(made, extra=extra))
    return step, released.assign(weight=weight), tuple(found)


def propensity_classes(
    released: pd.DataFrame, *, columns: Sequence[str], strata: int = STRATA
) -> tuple[pd.Series, float, tuple[Finding, ...]]:
    """Classes of the fitted probability to answer, of about equal weight within every unit and wave.

    One survey-weighted logistic model for all (`fit_propensity`), with `columns` and the unit and wave as
    levels. Units and waves where all dossiers ended alike are one class: there is nothing to model.

    Returns
    -------
    (classes, least fitted probability of an answer, findings)
        Classes as text by row of `released`; None for the ineligible.

    Raises
    ------
    SurveyError
        A model that cannot be fitted (`fit_propensity`).
    """
    weight = released["weight"].to_numpy(dtype=float)
    outcome = released["outcome"].astype(object).to_numpy()
    eligible, answered = (weight > 0) & (outcome != "ineligible"), outcome == "complete"
    cell = blocks(released, within=("unit", "wave"))
    asked = np.bincount(cell.codes, eligible, minlength=len(cell))
    share = np.bincount(cell.codes, eligible & answered, minlength=len(cell)) / np.maximum(asked, 1)
    alike = (share == 0) | (share == 1)
    found = tuple(note("WT12", where=cell.names[b], values={}) for b in np.flatnonzero(alike & (asked > 0)))
    classes = np.where(eligible, "1", None).astype(object)
    kept = np.flatnonzero(eligible & ~alike[cell.codes])
    if not len(kept):
        return pd.Series(classes, index=released.index), 1.0, found
    table = pd.DataFrame({name: _filled(released[name]).to_numpy()[kept] for name in columns})
    factors = [name for name in columns if table[name].nunique() > 1]
    if np.unique(cell.codes[kept]).size > 1:
        table[_BLOCK], factors = np.array(cell.names, dtype=object)[cell.codes[kept]], [*factors, _BLOCK]
    if not factors:
        return pd.Series(classes, index=released.index), 1.0, found
    model = fit_propensity(answered[kept], table, weights=weight[kept], factors=factors)
    for b in np.unique(cell.codes[kept]):
        mine = cell.codes[kept] == b
        number = equal_classes(model.fitted[mine], weight[kept][mine], strata)
        classes[kept[mine]] = (number + 1).astype(str)
    return pd.Series(classes, index=released.index), float(model.fitted[answered[kept]].min()), found


def matched(rows: pd.DataFrame, released: pd.DataFrame, values: Sequence) -> np.ndarray:
    """The value of each answer's dossier; missing where it is none of those approached."""
    known = pd.Series(list(values), index=pd.MultiIndex.from_frame(released[KEYS].astype(str)))
    known = known[~known.index.duplicated()]
    return known.reindex(pd.MultiIndex.from_frame(rows[KEYS].astype(str))).to_numpy()


def _filled(column: pd.Series) -> pd.Series:
    """Labels with a level of its own for blanks: a register with gaps is no reason to stop."""
    return labels(column).fillna(_BLANK)
