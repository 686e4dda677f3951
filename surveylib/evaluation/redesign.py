"""The cheapest change of a design that finds an effect as often as is wanted."""

from __future__ import annotations

import dataclasses
import itertools

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation.effect import MDE_POWER
from surveylib.evaluation.scale_ends import scale_of
from surveylib.evaluation.staged import least_effects
from surveylib.model.redesign import Changes, Prices
from surveylib.model.scenario import Scenario
from surveylib.rng import stream

REDESIGN_COLUMNS = (
    *("pre_waves", "post_waves", "pilots", "comparisons", "answers_a_cell", "answers", "unit_waves", "cost"),
    *("power", "mde", "present", "reaches", "cheapest", "frontier"),
)


def redesign(
    scenario: Scenario,
    *,
    effect: float,
    power: float,
    changes: Changes,
    prices: Prices | None = None,
    seed: int = 2014,
) -> pd.DataFrame:
    """Every design of `changes` and the present one: what it takes, its power against `effect`, its MDE.

    Power is that of Welch's two-sided 5 % test on unit changes (20,000 repetitions a design, the same draws
    for all); the larger p of the plan rejects a little less often: `diagnose` tells by how much. Where the
    scenario knows the units' levels the scale has ends, as in `diagnose`: what is to be found is what the
    scale shows of `effect`, shocks and units' own effects shrink as it does near their levels, and `mde` is
    in points as they show. Units added are taken to start where the present pilots do.

    Returns
    -------
    DataFrame
        `REDESIGN_COLUMNS`, the cheapest first. The measure is the cost; without prices there are two, answers
        and unit-waves (surveys of a unit in a wave). `cheapest` marks the designs with the wanted power of
        which none takes less of every measure; `frontier`, over all designs, those of which none has as much
        power for as little cost (without prices: as few answers).

    Raises
    ------
    SurveyError
        If power does not lie between 0 and 1 or the effect is not above 0.

    Examples
    --------
    >>> present = Scenario(pilots=(150,) * 5, comparisons=(150,) * 10)
    >>> made = redesign(present, effect=0.2, power=0.8, changes=Changes())
    >>> bool(made.loc[made["present"], "reaches"].iloc[0]), bool(made["reaches"].any())
    (False, True)
    """
    if not 0 < power < 1 or not effect > 0:
        raise SurveyError(
            "power must lie between 0 and 1, the effect above 0", where="redesign", got=f"{power}, {effect}"
        )
    near, shown = as_shown(scenario, effect=effect)
    designs = [near, *_tried(near, changes)]
    lines = [_line(one, near, shown, prices, seed) for one in designs]
    table = pd.DataFrame(lines).assign(present=[True, *[False] * (len(designs) - 1)])
    # The present design may be among those tried: it stands once.
    table = table.drop_duplicates([name for name in table if name != "present"], ignore_index=True)
    table["reaches"] = table["power"] >= power
    measures = ["answers", "unit_waves"] if prices is None else ["cost"]
    enough = table[table["reaches"]].sort_values("power", ascending=False).drop_duplicates(measures).index
    table["cheapest"] = False
    table.loc[enough, "cheapest"] = unbeaten(table.loc[enough, measures].to_numpy(float))
    table["frontier"] = unbeaten(table[[measures[0]]].assign(lost=-table["power"]).to_numpy(float))
    order = [*measures, "power", "pre_waves", "post_waves", "pilots", "comparisons"]
    return table.sort_values(order, ignore_index=True)[list(REDESIGN_COLUMNS)]


_SMALL = 0.01  # points: an effect so small that the scale shows it by its slope alone


def as_shown(scenario: Scenario, *, effect: float) -> tuple[Scenario, float]:
    """The scenario and the effect as a scale with ends shows them near the pilots' levels; unchanged without.

    >>> high = Scenario(pilots=(150,) * 5, comparisons=(150,) * 10, levels=(4.35,) * 15)
    >>> near, shown = as_shown(high, effect=0.3)
    >>> round(shown, 2), round(near.sigma, 3), as_shown(near, effect=0.3)[1]
    (0.18, 0.068, 0.3)
    """
    scale = scale_of(scenario)
    slope = (scale.average(_SMALL) - scale.average(0.0)) / _SMALL
    shrunk = {name: slope * getattr(scenario, name) for name in ("sigma", "tau", "common")}
    return dataclasses.replace(scenario, levels=(), **shrunk), scale.average(effect)


def _tried(scenario: Scenario, changes: Changes) -> list[Scenario]:
    return [
        dataclasses.replace(
            scenario,
            pilots=(answers,) * (len(scenario.pilots) + pilots),
            comparisons=(answers,) * (len(scenario.comparisons) + comparisons),
            pre=_waves("pre", before),
            post=_waves("post", after),
            effective=(),
        )
        for (before, after), pilots, comparisons, answers in itertools.product(
            changes.waves, changes.pilots, changes.comparisons, changes.answers
        )
    ]


def _waves(role: str, count: int) -> tuple[str, ...]:
    return tuple(f"{role}{number}" for number in range(1, count + 1))


def _line(one: Scenario, present: Scenario, effect: float, prices: Prices | None, seed: int) -> dict:
    least = least_effects(
        _variance(one, one.cells[: len(one.pilots)]) + one.tau**2,
        _variance(one, one.cells[len(one.pilots) :]),
        first=len(one.pilots),
        rest=len(one.comparisons),
        rng=stream(seed, "redesign"),
    )
    cells = (*one.pilots, *one.comparisons)
    return {
        "pre_waves": len(one.pre),
        "post_waves": len(one.post),
        "pilots": len(one.pilots),
        "comparisons": len(one.comparisons),
        "answers_a_cell": round(sum(cells) / len(cells)),
        "answers": one.answers,
        "unit_waves": one.unit_waves,
        "cost": np.nan if prices is None else _cost(one, present, prices),
        "power": float((least <= effect).mean()),
        "mde": float(np.quantile(least, MDE_POWER)),
    }


def _variance(scenario: Scenario, effective: tuple[tuple[float, ...], ...]) -> float:
    """Of a unit's change, the mean over the arm's units: shocks and sampling, averaged over waves."""
    sampling = [_sampling(scenario, row) for row in effective]
    return scenario.shocks * scenario.sigma**2 + scenario.sd**2 * float(np.mean(sampling))


def _sampling(scenario: Scenario, effective: tuple[float, ...]) -> float:
    """Sampling variance of a unit's change where a respondent's is 1."""
    before = len(scenario.pre)
    sides = (np.array(effective[:before], dtype=float), np.array(effective[before:], dtype=float))
    return sum(float((1 / side).sum()) / len(side) ** 2 for side in sides)


def _cost(one: Scenario, present: Scenario, prices: Prices) -> float:
    added = len(one.pilots) - len(present.pilots), len(one.comparisons) - len(present.comparisons)
    surveys = prices.answer * one.answers + prices.unit_wave * one.unit_waves
    return surveys + prices.pilot * added[0] + prices.comparison * added[1]


def unbeaten(measures: np.ndarray) -> np.ndarray:
    """Which rows no other beats: none takes no more of any measure and less of one.

    >>> unbeaten(np.array([[1.0, 5.0], [2.0, 5.0], [3.0, 1.0]]))
    array([ True, False,  True])
    """
    no_more = (measures[:, None, :] <= measures[None, :, :]).all(axis=2)
    less = (measures[:, None, :] < measures[None, :, :]).any(axis=2)
    return ~(no_more & less).any(axis=0)
