"""The invented world, settled: what every unit in every wave is like, before anyone is asked.

Both the answers and the truth are computed from here, so they cannot drift apart.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr

from surveylib.errors import unknown
from surveylib.fieldwork.rehearsal.registers import waves_with_source
from surveylib.model.questionnaire import Item, Questionnaire, Scale
from surveylib.model.rehearsal import Rehearsal
from surveylib.model.study import Study
from surveylib.rng import stream


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class World:
    """Units × waves (the *cells*, in this order) with what was drawn for each.

    Attributes
    ----------
    cells : tuple of (unit, wave)
    level : float array (cells,)
        Latent mean without exposure, before item and visitor.
    share : float array (cells,)
        How much of the full effect is reached: 0 before exposure, `interim_share` in an interim wave, else 1.
    """

    study: Study
    questionnaire: Questionnaire
    truth: Rehearsal
    seed: int
    cells: tuple[tuple[str, str], ...]
    level: np.ndarray
    share: np.ndarray

    def positions(self, rows: pd.DataFrame) -> np.ndarray:
        """The cell of each row with ``unit, wave``."""
        return pd.MultiIndex.from_tuples(self.cells).get_indexer(
            pd.MultiIndex.from_frame(rows[["unit", "wave"]])
        )


def settle(study: Study, *, questionnaire: Questionnaire, truth: Rehearsal, seed: int) -> World:
    """Draw the unit levels and the unit-by-wave shocks.

    Raises
    ------
    SurveyError
        If the declared truth names a unit, wave or item that does not exist.
    """
    _check_names(study, questionnaire, truth)
    latent, waves = truth.latent, waves_with_source(study)
    cells, level, share = [], [], []
    for unit in study.units:
        own = latent.level + latent.unit_sd * stream(seed, "rehearsal", "unit", unit.id).standard_normal()
        for wave in waves:
            shock = latent.shock_sd * stream(seed, "rehearsal", "shock", unit.id, wave.id).standard_normal()
            cells.append((unit.id, wave.id))
            level.append(own + latent.wave.get(wave.id, 0.0) + shock)
            exposed = unit.exposure.on(wave.start) != "none"
            share.append({"pre": 1.0, "interim": truth.interim_share}.get(wave.role, 1.0) if exposed else 0.0)
    return World(
        study=study,
        questionnaire=questionnaire,
        truth=truth,
        seed=seed,
        cells=tuple(cells),
        level=np.array(level),
        share=np.array(share),
    )


def _check_names(study: Study, questionnaire: Questionnaire, truth: Rehearsal) -> None:
    for name in truth.effects:
        study.unit(name)
    for name in {*truth.latent.wave, *(w for moved in truth.latent.recalibration.values() for w in moved)}:
        study.wave(name)
    latent = (*truth.latent.item, *truth.latent.recalibration)
    for name in (*truth.choices, *truth.amounts, *latent, *(rule.item for rule in truth.implied)):
        questionnaire.item(name)
    groups = {criterion.group for criterion in questionnaire.criteria}
    for unit, effects in truth.effects.items():
        if strange := set(effects) - groups:
            raise unknown("group", min(strange), groups, where=f"rehearsal, effects, {unit}")
    for name, choices in truth.choices.items():
        codes = questionnaire.scale_of(name).codes
        if strange := set(choices.shares) - set(codes):
            raise unknown("code", min(strange), codes, where=f"rehearsal, choices, {name}")
    for part in (truth.latent.mix, truth.returns.shift):
        for name in part:
            if name not in truth.characteristics:
                raise unknown("characteristic", name, truth.characteristics, where="rehearsal")


def group_of(questionnaire: Questionnaire, item: Item) -> str | None:
    """The criterion group an item speaks for; None for anchors and the rest."""
    groups = {criterion.id: criterion.group for criterion in questionnaire.criteria}
    return groups[item.criteria[0]] if item.criteria else None


def latent_mean(world: World, item: Item, *, exposed: bool = True) -> np.ndarray:
    """Latent mean (cells,) of an item before the visitor's own shift; an anchor takes its groups' mean."""
    moved = world.truth.latent.recalibration.get(item.id, {})
    own = np.array([moved.get(wave, 0.0) for _, wave in world.cells])
    mean = world.level + world.truth.latent.item.get(item.id, 0.0) + own
    if not exposed:
        return mean
    group = group_of(world.questionnaire, item)
    names = [group] if group else sorted({criterion.group for criterion in world.questionnaire.criteria})
    effects = world.truth.effects
    full = np.array(
        [np.mean([effects.get(unit, {}).get(name, 0.0) for name in names]) for unit, _ in world.cells]
    )
    return mean + world.share * full


def visitor_shift(rows: pd.DataFrame, shifts: dict[str, dict[int, float]]) -> np.ndarray:
    """The sum of the declared shifts for each row's characteristics."""
    total = np.zeros(len(rows))
    for name, shift in shifts.items():
        total += rows[name].map(lambda code, shift=shift: shift.get(int(code), 0.0)).to_numpy(dtype=float)
    return total


def cuts(scale: Scale) -> np.ndarray:
    """Where the latent points 1 to 5 are cut into the codes of an ordinal scale: half-way between neighbours.

    For codes 1 … 5: 1.5, 2.5, 3.5, 4.5. Other scales are stretched to the same range.
    """
    codes = np.sort(np.array(scale.codes, dtype=float))
    middle = (codes[:-1] + codes[1:]) / 2
    return 1 + 4 * (middle - codes[0]) / (codes[-1] - codes[0])


def ordinal_shares(mean: np.ndarray, scale: Scale, *, sd: float) -> np.ndarray:
    """Chances (…, codes ascending) of each code for latent means with this sd: normal mass between cuts."""
    below = ndtr((cuts(scale) - np.asarray(mean)[..., None]) / sd)
    edge = np.zeros((*below.shape[:-1], 1))
    return np.diff(below, axis=-1, prepend=edge, append=edge + 1)


def code_shares(world: World, name: str, *, exposed: bool = True) -> tuple[np.ndarray, np.ndarray]:
    """Codes (k,) and their chances (cells, k) for a question of fact; uniform where nothing is declared."""
    scale, declared = world.questionnaire.scale_of(name), world.truth.choices.get(name)
    codes = np.array(scale.codes)
    if declared is None:
        return codes, np.full((len(world.cells), codes.size), 1 / codes.size)
    base = np.array([declared.shares.get(code, 0.0) for code in scale.codes])
    effect = np.array([declared.effect.get(code, 0.0) for code in scale.codes])
    weight = np.array([unit in world.truth.effects for unit, _ in world.cells]) * world.share * exposed
    shares = base + weight[:, None] * effect
    shares = np.clip(shares, 0, None) * np.exp(_unrest(world, name, declared.unrest, codes.size))
    return codes, shares / shares.sum(axis=1, keepdims=True)


def amount_mean(world: World, name: str, *, exposed: bool = True) -> np.ndarray:
    """Mean (cells,) of a numeric question of fact, above its least value."""
    declared = world.truth.amounts[name]
    weight = np.array([unit in world.truth.effects for unit, _ in world.cells]) * world.share * exposed
    factor = 1 + weight * (declared.effect - 1)
    return (declared.mean - declared.least) * factor * np.exp(_unrest(world, name, declared.unrest, 1)[:, 0])


def _unrest(world: World, name: str, sd: float, width: int) -> np.ndarray:
    rows = []
    for unit, wave in world.cells:
        own = stream(world.seed, "rehearsal", "unrest", name, unit).standard_normal(width)
        rows.append(own + stream(world.seed, "rehearsal", "unrest", name, unit, wave).standard_normal(width))
    return sd * np.array(rows)


def combinations(world: World) -> pd.DataFrame:
    """Every combination of the visitors' characteristics that some register knows."""
    mix = [register.mix for register in world.truth.registers.values()]
    codes = [sorted({code for part in mix for code in part[name]}) for name in world.truth.characteristics]
    return pd.DataFrame(list(itertools.product(*codes)), columns=list(world.truth.characteristics))


def item_codes(world: World, name: str, *, exposed: bool) -> tuple[np.ndarray | None, np.ndarray]:
    """Codes and chances (cells, combinations, k); for numbers None and the mean (cells, combinations)."""
    item, scale, truth = world.questionnaire.item(name), world.questionnaire.scale_of(name), world.truth
    kinds = combinations(world)
    shape = (len(world.cells), len(kinds))
    if name in truth.amounts:
        mean = truth.amounts[name].least + amount_mean(world, name, exposed=exposed)
        return None, np.broadcast_to(mean[:, None], shape)
    if scale.kind == "ordinal" and name not in truth.choices:
        mean = latent_mean(world, item, exposed=exposed)[:, None] + visitor_shift(kinds, truth.latent.mix)
        spread = math.hypot(truth.latent.person_sd, truth.latent.answer_sd)
        return np.sort(np.array(scale.codes, dtype=float)), ordinal_shares(mean, scale, sd=spread)
    codes, shares = code_shares(world, name, exposed=exposed)
    return codes.astype(float), np.broadcast_to(shares[:, None, :], (*shape, codes.size))
