"""Invented registers of dossiers, one per unit and wave."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd

from surveylib.errors import unknown
from surveylib.model.rehearsal import MARK, MARK_COLUMN, Rehearsal
from surveylib.model.sample import Frame
from surveylib.model.study import Study, Unit, Wave
from surveylib.rng import stream

RESULTS = ("done", "returned", "refused", "withdrawn")  # every dossier counts, not only those that ended well
_RESULT_SHARES = (0.93, 0.04, 0.02, 0.01)


def waves_with_source(study: Study) -> tuple[Wave, ...]:
    """The waves whose answers are declared to come from somewhere, in order."""
    named = {source.wave for source in study.sources}
    return tuple(wave for wave in study.waves if wave.id in named)


def invent_registers(study: Study, *, truth: Rehearsal, seed: int) -> Frame:
    """The registers of every unit in every wave that has a source.

    Columns ``dossier, unit, wave, received, result``, the declared characteristics, and the rehearsal's mark.
    Sizes are drawn between the declared bounds (once per unit, then within ± 5 % by wave) unless the study
    knows `dossiers_per_month`; shares drift by wave as declared. Dossiers are numbered in the order of the
    day they came in.

    Raises
    ------
    SurveyError
        If a unit's type has no declared register, or a change names a wave the study does not have.
    """
    for wave in truth.mix_change:
        study.wave(wave)
    parts = [_register(unit, wave, truth, seed) for unit in study.units for wave in waves_with_source(study)]
    return Frame(rows=pd.concat(parts, ignore_index=True))


def _register(unit: Unit, wave: Wave, truth: Rehearsal, seed: int) -> pd.DataFrame:
    random = stream(seed, "rehearsal", "register", unit.id, wave.id)
    size = _size(unit, truth, seed, random)
    days = (wave.end - wave.start).days + 1
    received = [
        wave.start + datetime.timedelta(days=int(day)) for day in np.sort(random.integers(0, days, size))
    ]
    columns = {
        "dossier": [f"{unit.id}-{wave.id}-{number:04d}" for number in range(1, size + 1)],
        "unit": unit.id,
        "wave": wave.id,
        "received": [day.isoformat() for day in received],
        "result": random.choice(RESULTS, size=size, p=_RESULT_SHARES),
    }
    for name, shares in _mix(unit, wave, truth).items():
        columns[name] = random.choice(list(shares), size=size, p=list(shares.values()))
    return pd.DataFrame({**columns, MARK_COLUMN: MARK})


def _size(unit: Unit, truth: Rehearsal, seed: int, random: np.random.Generator) -> int:
    if unit.type not in truth.registers:
        raise unknown("unit type", unit.type, truth.registers, where="rehearsal, registers")
    register = truth.registers[unit.type]
    usual = stream(seed, "rehearsal", "size", unit.id).integers(register.smallest, register.largest + 1)
    usual = unit.dossiers_per_month or int(usual)
    return int(np.clip(round(usual * random.uniform(0.95, 1.05)), register.smallest, register.largest))


def _mix(unit: Unit, wave: Wave, truth: Rehearsal) -> dict[str, dict[int, float]]:
    mix = {}
    for name, shares in truth.registers[unit.type].mix.items():
        factors = truth.mix_change.get(wave.id, {}).get(name, {})
        if missing := set(factors) - set(shares):
            raise unknown("code", min(missing), shares, where=f"rehearsal, mix_change, {wave.id}, {name}")
        scaled = {code: share * factors.get(code, 1.0) for code, share in shares.items()}
        mix[name] = {code: share / sum(scaled.values()) for code, share in scaled.items()}
    return mix
