"""Stratified systematic sampling from the register: exact probabilities, reserves, a log of the draw."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.sample import Frame, Sample, require_columns
from surveylib.model.study import SamplingPlan
from surveylib.rng import stream

LOG_COLUMNS = ("unit", "wave", "stratum", "population", "sampled", "reserves", "interval", "start", "method")


def draw(frame: Frame, *, plan: SamplingPlan, seed: int) -> Sample:
    """Draw the main sample and the reserves of every unit and wave in the register.

    The number to approach is ``per_cell / expected_response``, shared over the strata in proportion to their
    size (largest remainder, at least `min_per_stratum`). Within a stratum the register, in the order of the
    frame, is walked with the fractional interval N/n from a random start, so that every dossier has
    probability n/N exactly. A register of at most `census_up_to` dossiers is taken whole. Reserves are a
    simple random sample of the rest, in random order: a dossier of a stratum that releases r reserves has
    probability (n + r)/N.

    Parameters
    ----------
    frame : Frame
    plan : SamplingPlan
    seed : int
        Each unit, wave and stratum has a random stream of its own: adding a unit changes no other unit's
        draw.

    Raises
    ------
    SurveyError
        If the frame is empty, or a stratum column is missing from it or blank on a dossier.

    Examples
    --------
    >>> dossiers = [f"h{i:02d}" for i in range(40)]
    >>> rows = pd.DataFrame({"dossier": dossiers, "unit": "u", "wave": "t0", "procedure": [1, 2] * 20})
    >>> sample = draw(Frame(rows=rows), plan=SamplingPlan(per_cell=7, reserve_share=0.5), seed=1)
    >>> sample.log[["stratum", "population", "sampled", "reserves", "interval"]].values.tolist()
    [['procedure=1', 20, 5, 3, 4.0], ['procedure=2', 20, 5, 3, 4.0]]

    References
    ----------
    Madow, W. G. (1949). On the theory of systematic sampling, II. Annals of Mathematical Statistics 20,
    333-354.
    """
    if frame.rows.empty:
        raise SurveyError("register holds no dossier", where="frame", hint="nothing can be drawn from it")
    rows = frame.rows.assign(stratum=strata(frame.rows, columns=plan.strata))
    picked, log = [], []
    for (unit, wave), cell in rows.groupby(["unit", "wave"], sort=True):
        sizes = cell["stratum"].value_counts().sort_index()
        for name, wanted in zip(sizes.index, _wanted(sizes.to_numpy(), plan), strict=True):
            stratum = cell[cell["stratum"] == name]
            random = stream(seed, "draw", str(unit), str(wave), str(name))
            part, line = _draw_stratum(stratum, wanted, plan.reserve_share, random)
            picked.append(part)
            log.append((unit, wave, name, *line))
    return Sample(
        rows=pd.concat(picked, ignore_index=True).sort_values(
            ["unit", "wave", "stratum", "order"], ignore_index=True
        ),
        log=pd.DataFrame(log, columns=list(LOG_COLUMNS)),
        seed=seed,
    )


def strata(rows: pd.DataFrame, *, columns: tuple[str, ...]) -> pd.Series:
    """The stratum of each register row, spelt ``column=value``; ``all`` when the plan has no strata."""
    require_columns(rows, columns, where="frame, strata of the sampling plan")
    if not columns:
        return pd.Series("all", index=rows.index)
    for column in columns:
        if (blank := rows[column].isna()).any():
            raise SurveyError(
                "a stratum characteristic is blank in the register",
                where=f"column {column}, dossier {rows.loc[blank.idxmax(), 'dossier']}",
                got=f"{int(blank.sum())} blank",
                hint="complete the register, or take the column out of `sampling: strata`",
            )
    parts = [column + "=" + rows[column].map(_plain) for column in columns]
    return parts[0].str.cat(parts[1:], sep=";")


def _plain(value: object) -> str:
    """Codes read as floats must not make another stratum than the same codes read as integers."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _wanted(sizes: np.ndarray, plan: SamplingPlan) -> np.ndarray:
    if sizes.sum() <= plan.census_up_to:
        return sizes
    total = math.ceil(plan.per_cell / plan.expected_response)
    return allocate(sizes, total=total, least=plan.min_per_stratum)


def answers_expected(size: int, *, plan: SamplingPlan) -> float:
    """Answers to expect of a register of this size: those approached, at the expected rate of response.

    >>> plan = SamplingPlan(per_cell=150, census_up_to=120, expected_response=0.7)
    >>> [round(answers_expected(size, plan=plan)) for size in (100, 180, 600)]
    [70, 126, 150]
    """
    return float(_wanted(np.array([size]), plan).sum()) * plan.expected_response


def allocate(sizes: np.ndarray, *, total: int, least: int = 1) -> np.ndarray:
    """Share `total` over strata in proportion to `sizes`: whole numbers, at least `least` each.

    Remainders go to the largest fractions, ties to the first stratum. The parts add up to ``min(total,
    sum(sizes))``, or to more only when the minimum of every stratum asks for it.

    >>> allocate(np.array([700, 250, 50]), total=20, least=2)
    array([13,  5,  2])
    >>> allocate(np.array([3, 5]), total=20)
    array([3, 5])
    """
    sizes = np.asarray(sizes, dtype=np.int64)
    floor = np.minimum(sizes, least)
    total = max(min(int(total), int(sizes.sum())), int(floor.sum()))
    open_ = np.ones(sizes.size, dtype=bool)
    parts = floor.copy()
    while open_.any():
        left = total - parts[~open_].sum()
        share = left * sizes[open_] / max(sizes[open_].sum(), 1)
        # A stratum below its minimum or above its size is closed there, and the rest is shared anew.
        low, high = share < floor[open_], share > sizes[open_]
        if not (low.any() or high.any()):
            parts[open_] = _largest_remainder(share, int(left))
            break
        index = np.flatnonzero(open_)
        closing = low if low.any() else high
        parts[index[closing]] = (floor if low.any() else sizes)[index[closing]]
        open_[index[closing]] = False
    return parts


def _largest_remainder(share: np.ndarray, total: int) -> np.ndarray:
    whole = np.floor(share + 1e-9).astype(np.int64)
    order = np.argsort(-(share - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole


def systematic(size: int, *, wanted: int, start: float) -> np.ndarray:
    """Positions met when walking 0 … size−1 with interval size/wanted from `start` in [0, interval).

    >>> systematic(10, wanted=4, start=0.6)
    array([0, 3, 5, 8])
    """
    positions = np.floor(start + np.arange(wanted) * (size / wanted)).astype(np.int64)
    # start + (wanted - 1) * interval < size, but the sum in floating point may touch it.
    return np.minimum(positions, size - 1)


def _draw_stratum(
    stratum: pd.DataFrame, wanted: int, reserve_share: float, random: np.random.Generator
) -> tuple[pd.DataFrame, tuple]:
    size = len(stratum)
    census = wanted == size
    interval = size / wanted
    start = 0.0 if census else float(random.uniform(0, interval))
    main = np.arange(size) if census else systematic(size, wanted=int(wanted), start=start)
    rest = random.permutation(np.setdiff1d(np.arange(size), main))
    reserves = rest[: math.ceil(wanted * reserve_share)]
    part = stratum.iloc[np.concatenate([main, reserves])].assign(
        population=size,
        sampled=int(wanted),
        probability=wanted / size,
        order=np.arange(1, wanted + len(reserves) + 1),
        reserve=np.arange(wanted + len(reserves)) >= wanted,
    )
    line = (size, int(wanted), len(reserves), interval, start, "census" if census else "systematic")
    return part, line
