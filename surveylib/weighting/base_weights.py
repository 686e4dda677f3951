"""Base weights: the inverse of the probability with which a dossier came to be asked."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.sample import Frame, Sample, require_columns
from surveylib.model.weights import WeightStep
from surveylib.weighting.cells import KEYS, blocks
from surveylib.weighting.diagnostics import diagnose
from surveylib.weighting.notes import note

STRATUM = ["unit", "wave", "stratum"]


def released_sample(
    sample: Sample, *, dispositions: pd.DataFrame, frame: Frame | None = None
) -> pd.DataFrame:
    """The dossiers that were approached: the main sample and the reserves that were called up.

    A reserve is taken from its stratum in random order, so main sample and reserves together are a larger
    sample of the stratum: ``probability`` becomes released / population, and a reserve never stands in for
    the one who refused.

    Returns
    -------
    DataFrame
        Columns of the sample, ``probability`` for the released sample and ``weight``, its inverse,
        ``outcome`` (missing where no disposition was noted), and the register's characteristics where `frame`
        is given.
    """
    rows = sample.rows.copy()
    known = dispositions[[*KEYS, "outcome"]].drop_duplicates(KEYS)
    rows[KEYS], known[KEYS] = rows[KEYS].astype(str), known[KEYS].astype(str)
    rows = rows.drop(columns="outcome", errors="ignore").merge(known, on=KEYS, how="left")
    rows = rows[~rows["reserve"].astype(bool) | rows["outcome"].notna()].reset_index(drop=True)
    released = rows.groupby(STRATUM)["dossier"].transform("size")
    rows["probability"] = np.minimum(released / rows["population"].astype(float), 1.0)
    rows["weight"] = 1 / rows["probability"]
    if frame is not None:
        extra = [column for column in frame.rows.columns if column in KEYS or column not in rows.columns]
        register = frame.rows[extra].copy()
        register[KEYS] = register[KEYS].astype(str)
        rows = rows.merge(register, on=KEYS, how="left")
    return rows


def base_weights(
    rows: pd.DataFrame, *, released: pd.DataFrame | None = None
) -> tuple[WeightStep, tuple[Finding, ...]]:
    """Base weights 1 / probability; 1 in a census.

    Parameters
    ----------
    rows : DataFrame
        Answers, with ``unit, wave`` and either ``dossier`` (looked up in `released`) or ``probability``.
    released : DataFrame, optional
        From `released_sample`.

    Raises
    ------
    SurveyError
        A probability outside (0, 1], or a unit and wave none of whose answers has one.

    Examples
    --------
    >>> rows = pd.DataFrame({"unit": "a", "wave": "t0", "probability": [0.25, 0.5, 1.0]})
    >>> step, findings = base_weights(rows)
    >>> step.values.tolist(), findings
    ([4.0, 2.0, 1.0], ())
    """
    if released is None or "dossier" not in rows.columns:
        require_columns(rows, ("probability",), where="responses")
        probability = rows["probability"].to_numpy(dtype=float, na_value=np.nan)
    else:
        table = released.drop_duplicates(KEYS).set_index(KEYS)["probability"].astype(float)
        probability = table.reindex(pd.MultiIndex.from_frame(rows[KEYS].astype(str))).to_numpy()
    wrong = (probability <= 0) | (probability > 1)
    if wrong.any():
        raise SurveyError(
            "a probability cannot be used",
            where=f"base weights, row {int(np.argmax(wrong)) + 1}",
            expected="above 0, at most 1",
            got=str(probability[np.argmax(wrong)]),
        )
    values, found = _fill(1 / probability, rows)
    return WeightStep(name="base", values=values, diagnostics=diagnose(values)), found


def equal_weights(rows: pd.DataFrame) -> WeightStep:
    """Weight 1 for every answer: for a study without a register or a draw.

    Examples
    --------
    >>> equal_weights(pd.DataFrame({"y": [5, 6]})).values.tolist()
    [1.0, 1.0]
    """
    values = np.ones(len(rows))
    return WeightStep(name="base", values=values, diagnostics=diagnose(values))


def _fill(values: np.ndarray, rows: pd.DataFrame) -> tuple[np.ndarray, tuple[Finding, ...]]:
    """Answers without a probability get the mean weight of their unit and wave."""
    missing = np.isnan(values)
    if not missing.any():
        return values, ()
    cell = blocks(rows, within=("unit", "wave"))
    known = np.bincount(cell.codes[~missing], minlength=len(cell))
    if (known == 0).any():
        raise SurveyError(
            "no answer of this unit and wave is in the drawn sample",
            where=cell.names[int(np.argmin(known))],
            hint="compare the dossier numbers with the draw log, or use base: none",
        )
    mean = np.bincount(cell.codes[~missing], values[~missing], minlength=len(cell)) / known
    number = np.bincount(cell.codes[missing], minlength=len(cell))
    found = tuple(
        note("WT01", where=cell.names[b], values={"count": int(number[b])}) for b in np.flatnonzero(number)
    )
    return np.where(missing, mean[cell.codes], values), found
