"""Calibration to targets: post-stratification, raking, GREG; within bounds, softly, with trimming."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.weights import WeightStep
from surveylib.numerics.calibration import calibrate, relative_misses
from surveylib.numerics.raking import rake
from surveylib.numerics.trimming import Cycled, trim, trim_and_calibrate
from surveylib.weighting.classify import Missing
from surveylib.weighting.diagnostics import diagnose
from surveylib.weighting.gather import gather
from surveylib.weighting.placed import HIT, balance_notes, place
from surveylib.weighting.targets import Target

Method = Literal["rake", "linear", "raking", "logit"]
TOLERANCE = 1e-10


def calibrate_to(
    values: np.ndarray,
    rows: pd.DataFrame,
    *,
    targets: Sequence[Target],
    method: Method = "rake",
    bounds: tuple[float, float] | None = None,
    soft: float | None = None,
    missing: Missing = "error",
    most: int = 500,
) -> WeightStep:
    """Calibrate the weights to what is known of the population.

    One target with ``method="rake"`` is post-stratification; ``"linear"`` is the generalised regression
    estimator (GREG). `bounds` and `soft` are about new over old weight: scale the weights to the population
    first (`scale_to`) where they do not add up to it.

    Parameters
    ----------
    values : float array (n,)
        Weights so far.
    rows : DataFrame (n rows)
        With the columns of the targets.
    targets : sequence of Target
    method : {'rake', 'linear', 'raking', 'logit'}
        ``rake`` goes margin by margin and knows levels only; the others are Newton steps on a distance and
        take totals of numbers too.
    bounds : (low, high), optional
        Least and greatest new/old weight, held exactly; not with ``rake``. ``linear`` and ``raking`` are
        truncated at them; ``logit`` needs them.
    soft : float, optional
        Meet the targets only nearly: a respondent's weight that would have to change e-fold for a level may
        leave that level off by this share of the population. Conflicting margins share the miss. With
        ``rake`` the distance is ``raking``.
    missing : {'error', 'keep'}
        What to do with rows that have no value in a margin.
    most : int
        Greatest number of rounds.

    Returns
    -------
    WeightStep
        ``calibrate``, with ``rounds``, ``worst_miss``, ``margins_hit`` of ``margins`` and the standardised
        differences before and after among its diagnostics.

    Raises
    ------
    SurveyError
        Whatever does not fit between rows and targets (`classify`); targets that no weights meet, saying
        which margins fight or that bounds are too tight; negative weights.

    References
    ----------
    Deville & Särndal (1992), doi:10.2307/2290268; soft calibration: Guggemos & Tillé (2010),
    doi:10.1016/j.jspi.2010.04.010.

    Examples
    --------
    >>> rows = pd.DataFrame({"sex": ["f", "f", "m"]})
    >>> sex = Target(variable="sex", levels=("f", "m"), counts=[50, 50])
    >>> calibrate_to(np.ones(3), rows, targets=[sex]).values
    array([25., 25., 50.])
    """
    start = np.asarray(values, dtype=float)
    _check_request(start, rows, targets, method, bounds, soft)
    if method == "rake" and soft is None:
        step = _by_cell(start, rows, targets, missing, most)
        if step is not None:
            return step
    known = place(rows, targets=targets, weights=start, missing=missing)
    made, rounds = _calibrated(start, known, method=method, bounds=bounds, soft=soft, most=most)
    notes = balance_notes(start, made, known)
    return _step("calibrate", made, (("rounds", float(rounds)), *notes))


def _by_cell(start, rows, targets, missing, most) -> WeightStep | None:
    """Raking of the cells in place of the rows, where there are fewer: a row's factor depends on no more."""
    cells = gather(rows, targets=targets, weights=start)
    if cells is None:
        return None
    try:
        known = place(cells.rows, targets=targets, weights=cells.mass, missing=missing)
    except SurveyError:
        return None  # what does not fit is looked for again among the rows, to name the first
    made, rounds = _raked(cells.mass, known, most)
    notes = balance_notes(cells.mass, made, known)
    weights = cells.scaled(start, mass=made)
    return _step("calibrate", weights, (("rounds", float(rounds)), *notes))


def scale_to(values: np.ndarray, *, targets: Sequence[Target]) -> WeightStep:
    """Scale the weights to the size of the population, all alike: the step ``scale``.

    >>> sex = Target(variable="sex", levels=("f", "m"), counts=[50, 50])
    >>> scale_to(np.array([1.0, 1.0, 2.0]), targets=[sex]).values
    array([25., 25., 50.])
    """
    size = next((target.total for target in targets if target.levels), None)
    if size is None:
        raise SurveyError("the size of the population is not known", hint="totals of numbers do not tell it")
    values = np.asarray(values, dtype=float)
    scaled = values * (size / values.sum())
    return WeightStep(name="scale", values=scaled, diagnostics=diagnose(scaled))


def trim_to(
    values: np.ndarray,
    rows: pd.DataFrame,
    *,
    targets: Sequence[Target],
    max_ratio: float,
    method: Method = "rake",
    missing: Missing = "error",
    most: int = 200,
) -> WeightStep:
    """Trim at `max_ratio` × the median and calibrate again, by turns, until weights are within and margins
    hit.

    What is cut off goes to the others in each turn (`numerics.trimming.trim`). The bound is that of the
    median before the first cut. Near the tightest bound that is possible the turns no longer settle; then the
    weights nearest to `values` in the raking distance are found at once.

    Raises
    ------
    SurveyError
        Where no weights are within the bound and hit the margins: by how much the worst weight lies beyond.
    """
    if not max_ratio > 1:
        raise SurveyError("max_ratio must be above 1", where="trimming", got=f"{max_ratio:g}")
    start = np.asarray(values, dtype=float)
    _check_request(start, rows, targets, method, None, None)
    known = place(rows, targets=targets, weights=start, missing=missing)
    upper = max_ratio * float(np.median(start))

    def again(weights: np.ndarray) -> np.ndarray:
        return _calibrated(weights, known, method=method, bounds=None, soft=None, most=500)[0]

    made = trim_and_calibrate(
        start, cut=lambda weights: trim(weights, upper=upper), calibrate=again, upper=upper, most=most
    )
    weights = made.weights if made.converged else _capped(start, known, upper, made)
    cut = float((weights < start * (1 - 1e-9)).sum())
    turns = (("cycles", float(made.cycles)), ("cut", cut), ("upper", upper))
    return _step("trim", weights, (*turns, *balance_notes(start, weights, known)))


def _capped(start, known, upper: float, tried: Cycled) -> np.ndarray:
    """Where turns do not settle: the weights nearest to `start` within the bound that hit the margins."""
    columns, counts = _equations(known)
    made = calibrate(
        start,
        columns,
        counts,
        distance="raking",
        bounds=(np.zeros(len(start)), upper / start),
        tolerance=TOLERANCE,
    )
    if not made.converged:
        raise SurveyError(
            "no weights within the bound hit the margins",
            where=f"trimming, after {tried.cycles} turns",
            expected=f"weights of at most {upper:.6g}",
            got=f"the greatest lies {100 * tried.excess:.2g} % above",
            hint="allow a greater ratio, join small levels, or use fewer margins",
        )
    return made.weights


def _calibrated(start, known, *, method, bounds, soft, most) -> tuple[np.ndarray, int]:
    if method == "rake" and soft is None:
        return _raked(start, known, most)
    size = next((one.target.total for one in known if one.target.levels), float(start.sum()))
    result = calibrate(
        start,
        *_equations(known),
        distance="raking" if method == "rake" else method,
        bounds=bounds,
        ridge=0.0 if soft is None else soft * size,
        tolerance=TOLERANCE,
        most=most,
    )
    if not result.converged:
        _refuse(result.weights, known, bounds)
    negative = int((result.weights < 0).sum())
    if negative:
        raise SurveyError(
            f"{negative} weight(s) would be negative",
            where="linear calibration",
            got=f"{result.weights.min():.4g}",
            hint="use raking, or bounds such as 0.1,10",
        )
    return result.weights, result.iterations


def _equations(known) -> tuple[np.ndarray, np.ndarray]:
    """Auxiliary variables (n, p) and their totals (p,)."""
    columns = np.hstack([one.columns() for one in known])
    return columns, np.concatenate([one.target.counts for one in known])


def _raked(start, known, most) -> tuple[np.ndarray, int]:
    result = rake(
        start,
        [one.values for one in known],
        [one.target.counts for one in known],
        names=[one.target.variable for one in known],
        labels=[one.target.levels for one in known],
        tolerance=TOLERANCE,
        most=most,
    )
    if not result.converged:
        # Margins that hardly leave room take ever more rounds; Newton steps reach the same weights in few.
        newton = calibrate(start, *_equations(known), distance="raking", tolerance=TOLERANCE)
        if newton.converged:
            return newton.weights, result.iterations + newton.iterations
        fights = [one for one, miss in zip(known, result.misses, strict=True) if miss > TOLERANCE]
        _refuse(result.weights, fights, None, before_last=[one.target.variable for one in fights])
    return result.weights, result.iterations


def _refuse(weights, known, bounds, *, before_last: Sequence[str] = ()) -> None:
    """Say what could not be met: the margins that fight, and the level that misses most."""
    misses = [(relative_misses(one.sums(weights), one.target.counts), one) for one in known]
    miss, one = max(misses, key=lambda pair: float(pair[0].max()))
    k = int(np.argmax(miss))
    level = f", level {one.target.levels[k]!r}" if one.target.levels else ""
    names = before_last or [o.target.variable for m, o in misses if m.max() > HIT]
    raise SurveyError(
        "no weights within the bounds meet the margins" if bounds else "the margins fight one another",
        where="calibration, " + " and ".join(names or [one.target.variable]),
        expected=f"{one.target.variable}{level}: {one.target.counts[k]:.8g}",
        got=f"{one.sums(weights)[k]:.8g} when it stopped",
        hint="wider bounds, joined levels, or soft calibration (--soft 0.01)"
        if bounds
        else "join levels that hardly occur together, leave a margin out, or calibrate softly (--soft 0.01)",
    )


def _step(name: str, weights: np.ndarray, extra: tuple[tuple[str, float], ...]) -> WeightStep:
    return WeightStep(name=name, values=weights, diagnostics=diagnose(weights, extra=extra))


def _check_request(start, rows, targets, method, bounds, soft) -> None:
    if not targets:
        raise SurveyError("no margin to calibrate to", expected="at least one target")
    if len(start) != len(rows):
        raise SurveyError("rows and weights differ in length", expected=str(len(rows)), got=str(len(start)))
    if not (len(start) and start.min() >= 0 and 0 < start.sum() < np.inf):
        raise SurveyError(
            "weights to start from cannot be used", expected="finite numbers, none negative, not all 0"
        )
    numeric = [target.variable for target in targets if not target.levels]
    if method == "rake" and soft is None and numeric:
        raise SurveyError(
            "raking goes by levels and cannot meet the total of a number",
            where=f"margins, {numeric[0]}",
            hint="use the method linear (GREG), raking or logit",
        )
    if method == "rake" and bounds is not None:
        raise SurveyError(
            "bounds would be ignored by rake",
            expected="the method linear, raking or logit",
            hint="raking within bounds is --method raking --bounds",
        )
    if soft is not None and not soft > 0:
        raise SurveyError("soft must be above 0", got=f"{soft:g}")
