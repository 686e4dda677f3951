"""Invented answers of the people in the sample, as the files in which they would reach the office."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.fieldwork.rehearsal.dirt import spoil
from surveylib.fieldwork.rehearsal.export import export
from surveylib.fieldwork.rehearsal.world import (
    World,
    amount_mean,
    code_shares,
    cuts,
    latent_mean,
    settle,
    visitor_shift,
)
from surveylib.grammar import evaluate
from surveylib.model.questionnaire import Item, Questionnaire
from surveylib.model.rehearsal import Rehearsal
from surveylib.model.sample import Sample
from surveylib.model.study import Study
from surveylib.rng import stream


def invent_answers(
    sample: Sample, *, study: Study, questionnaire: Questionnaire, truth: Rehearsal, seed: int
) -> dict[str, pd.DataFrame]:
    """Raw ODK-style exports by wave: the main sample's answers and refusals, with the declared dirt in them.

    A person's latent satisfaction is the cell's level, the exposure's effect, the visitor's shift and a
    person's own deviation; each answer adds its own noise and is cut into codes. Whether somebody answers
    depends on their characteristics only, so that weighting by characteristics can repair it. Reserves are
    not approached.

    Returns
    -------
    dict
        wave -> DataFrame of str, in the order of submission.
    """
    world = settle(study, questionnaire=questionnaire, truth=truth, seed=seed)
    approached = sample.rows[~sample.rows["reserve"]]
    return {
        wave: _wave(world, approached[approached["wave"] == wave].reset_index(drop=True), wave)
        for wave in dict.fromkeys(wave for _, wave in world.cells)
    }


def _wave(world: World, rows: pd.DataFrame, wave: str) -> pd.DataFrame:
    outcome = _outcomes(rows, world.truth, stream(world.seed, "rehearsal", "returns", wave))
    rows = rows.assign(disposition=outcome)
    back = rows[rows["disposition"].isin(["complete", "refusal", "ineligible"])].reset_index(drop=True)
    answers = _answers(world, back, wave)
    blank = (back["disposition"] != "complete").to_numpy()
    answers.loc[blank, :] = np.nan
    table = export(
        back,
        answers=answers,
        questionnaire=world.questionnaire,
        wave=world.study.wave(wave),
        truth=world.truth,
        random=stream(world.seed, "rehearsal", "export", wave),
    )
    random = stream(world.seed, "rehearsal", "dirt", wave)
    return spoil(
        table,
        questionnaire=world.questionnaire,
        study=world.study,
        wave=wave,
        dirt=world.truth.dirt,
        random=random,
    )


def _outcomes(rows: pd.DataFrame, truth: Rehearsal, random: np.random.Generator) -> np.ndarray:
    """complete, refusal, noncontact or ineligible for each approached dossier."""
    returns = truth.returns
    chance = 1 / (1 + np.exp(-(returns.logit + visitor_shift(rows, returns.shift))))
    answers, refuses, nobody = (random.uniform(size=len(rows)) for _ in range(3))
    missed = np.where(refuses < returns.refusal_share, "refusal", "noncontact")
    outcome = np.where(answers < chance, "complete", missed)
    return np.where(nobody < returns.ineligible, "ineligible", outcome)


def _answers(world: World, rows: pd.DataFrame, wave: str) -> pd.DataFrame:
    """One float column per item that has codes or numbers: answers with 8, 9 and blanks, skips observed."""
    random = stream(world.seed, "rehearsal", "answers", wave)
    cells = world.positions(rows)
    person = visitor_shift(rows, world.truth.latent.mix)
    person = person + world.truth.latent.person_sd * random.standard_normal(len(rows))
    values: dict[str, np.ndarray] = {}
    for item in world.questionnaire.items:
        if world.questionnaire.scale_of(item.id).kind not in ("text", "date"):
            values[item.id] = _item(world, item, rows, cells, person, random)
    for rule in world.truth.implied:
        holds = evaluate(rule.rule, values=values, where=f"rehearsal, implied, {rule.item}")
        values[rule.item] = np.where(holds, float(rule.code), values[rule.item])
    for name in values:
        values[name] = _leave_out(world, name, values[name], random)
    types = rows["unit"].map({unit.id: unit.type for unit in world.study.units})
    for item in world.questionnaire.items:
        if item.id in values:
            asked = types.isin(item.applies_to).to_numpy()
            if item.relevance is not None:
                asked = asked & evaluate(item.relevance, values=values)
            values[item.id] = np.where(asked, values[item.id], np.nan)
    return pd.DataFrame(values)


def _item(
    world: World,
    item: Item,
    rows: pd.DataFrame,
    cells: np.ndarray,
    person: np.ndarray,
    random: np.random.Generator,
) -> np.ndarray:
    scale = world.questionnaire.scale_of(item.id)
    if item.id in world.truth.characteristics:
        return rows[item.id].to_numpy(dtype=float)
    if item.id in world.truth.amounts:
        return _amount(world, item.id, cells, random)
    if scale.kind == "ordinal" and item.id not in world.truth.choices:
        noise = world.truth.latent.answer_sd * random.standard_normal(len(rows))
        latent = latent_mean(world, item)[cells] + person + noise
        return np.sort(np.array(scale.codes, dtype=float))[np.searchsorted(cuts(scale), latent)]
    if scale.kind == "number":
        return np.full(len(rows), np.nan)
    codes, shares = code_shares(world, item.id)
    below = shares.cumsum(axis=1)[cells]
    picked = (random.uniform(size=(len(rows), 1)) > below).sum(axis=1)
    return codes[np.minimum(picked, codes.size - 1)].astype(float)


def _amount(world: World, name: str, cells: np.ndarray, random: np.random.Generator) -> np.ndarray:
    declared, mean = world.truth.amounts[name], amount_mean(world, name)[cells]
    if declared.spread == 0:
        return declared.least + random.poisson(mean).astype(float)
    log_mean = np.log(mean) - declared.spread**2 / 2
    amount = declared.least + np.exp(log_mean + declared.spread * random.standard_normal(mean.size))
    step = np.where(random.uniform(size=mean.size) < declared.heaping, 5.0, 1.0)
    # Rounded up with the chance of the remainder: no mean moves.
    return step * np.floor(amount / step + random.uniform(size=mean.size))


def _leave_out(world: World, name: str, values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Answers turned into "not applicable", "don't know" or nothing, whatever they were."""
    scale, returns = world.questionnaire.scale_of(name), world.truth.returns
    fate = random.uniform(size=values.size)
    aside = [code for code in scale.off_codes if code in scale.not_applicable]
    unknown = [code for code in scale.off_codes if code not in scale.not_applicable]
    shares = (returns.not_applicable if aside else 0.0, returns.dont_know if unknown else 0.0, returns.blank)
    edges = np.cumsum(shares)
    values = np.where(fate < edges[2], np.nan, values)
    values = np.where(fate < edges[1], float(unknown[0]) if unknown else np.nan, values)
    return np.where(fate < edges[0], float(aside[0]) if aside else np.nan, values)
