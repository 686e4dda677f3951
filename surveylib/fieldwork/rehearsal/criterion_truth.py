"""What a criterion's figure should be in the invented world: over everything a person may be asked and
leave out.

Questions of fact are enumerated with what follows from them and what they decide (who is asked what); rated
items enter by their means, for what is asked and answered does not depend on how satisfied somebody is.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator

import numpy as np

from surveylib.fieldwork.rehearsal.world import World, code_shares, combinations, item_codes
from surveylib.grammar import evaluate
from surveylib.model.criterion import CriterionPoints, ItemPoints

_ASIDE, _GAP = math.inf, math.nan  # answered "does not apply"; not answered

State = dict[str, float]


def expected_points(world: World, judged: CriterionPoints, *, exposed: bool) -> np.ndarray:
    """Expected figure (cells, combinations) of those who have one; NaN in units that are asked nothing."""
    means = {
        item.item: _mean_points(world, item, exposed=exposed) for item in judged.items if _rated(world, item)
    }
    total = np.zeros((len(world.cells), len(combinations(world))))
    weight = np.zeros((len(world.cells), 1))
    types = np.array([world.study.unit(unit).type for unit, _ in world.cells])
    for state, chance in _states(world, judged, exposed=exposed):
        for kind in dict.fromkeys(types.tolist()):
            here, asked = types == kind, _asked(world, judged, state, kind)
            for answered, share in _answered(world, judged, asked, state):
                scored = (share * chance[here])[:, None]
                points = [
                    means[one.item][here] if one.item in means else dict(one.points)[int(state[one.item])]
                    for one in answered
                ]
                total[here] += scored * sum(points) / len(points)
                weight[here] += scored
    with np.errstate(invalid="ignore"):
        return total / weight


def _rated(world: World, item: ItemPoints) -> bool:
    return world.questionnaire.scale_of(item.item).kind == "ordinal" and item.item not in world.truth.choices


def _mean_points(world: World, item: ItemPoints, *, exposed: bool) -> np.ndarray:
    codes, shares = item_codes(world, item.item, exposed=exposed)
    return shares @ np.array([dict(item.points)[int(code)] for code in codes])


def _facts(world: World, judged: CriterionPoints) -> tuple[str, ...]:
    """The questions of fact that count, those that decide who is asked, and those from which they follow."""
    names = {item.item for item in judged.items if not _rated(world, item)}
    for item in judged.items:
        rule = world.questionnaire.item(item.item).relevance
        names |= set(rule.names) if rule is not None else set()
    for rule in world.truth.implied:
        if rule.item in names:
            names |= set(rule.rule.names)
    return tuple(sorted(names))


def _states(world: World, judged: CriterionPoints, *, exposed: bool) -> Iterator[tuple[State, np.ndarray]]:
    """Every joint answer to the questions of fact, with what was left out, and its chance (cells,)."""
    names = _facts(world, judged)
    options = []
    for name in names:
        codes, shares = code_shares(world, name, exposed=exposed)
        options.append(list(zip(codes.astype(float), shares.T, strict=True)))
    for picked in itertools.product(*options):
        said = {name: float(code) for name, (code, _) in zip(names, picked, strict=True)}
        chance = np.prod([share for _, share in picked], axis=0) if picked else np.ones(len(world.cells))
        for rule in world.truth.implied:
            if rule.item in said and bool(evaluate(rule.rule, values=said)):
                said[rule.item] = float(rule.code)
        for fates in itertools.product(*(_fates(world, name) for name in names)):
            left = {
                name: said[name] if fate == 0 else fate for name, (fate, _) in zip(names, fates, strict=True)
            }
            yield left, chance * math.prod(share for _, share in fates)


def _fates(world: World, name: str) -> list[tuple[float, float]]:
    """Answered (0), "does not apply", or not answered, each with its chance."""
    returns, scale = world.truth.returns, world.questionnaire.scale_of(name)
    aside = returns.not_applicable * any(code in scale.not_applicable for code in scale.off_codes)
    unknown = returns.dont_know * any(code not in scale.not_applicable for code in scale.off_codes)
    gap = unknown + returns.blank
    return [(fate, share) for fate, share in ((0.0, 1 - aside - gap), (_ASIDE, aside), (_GAP, gap)) if share]


def _asked(world: World, judged: CriterionPoints, state: State, kind: str) -> list[ItemPoints]:
    """The items a person of this type of unit with these facts is asked and does not put aside by them."""
    values = {name: math.nan if value == _ASIDE else value for name, value in state.items()}
    asked = []
    for one in judged.items:
        item = world.questionnaire.item(one.item)
        relevant = item.relevance is None or bool(evaluate(item.relevance, values=values))
        outside = one.item in state and (state[one.item] == _ASIDE or state[one.item] in one.aside)
        if kind in item.applies_to and relevant and not outside:
            asked.append(one)
    return asked


def _answered(
    world: World, judged: CriterionPoints, asked: list[ItemPoints], state: State
) -> Iterator[tuple[list[ItemPoints], float]]:
    """What of it may be answered, enough for a figure, and the chance of that given the facts."""
    rated = [item for item in asked if item.item not in state]
    given = [item for item in asked if item.item in state and not math.isnan(state[item.item])]
    gaps = len(asked) - len(rated) - len(given)
    for fates in itertools.product(*(_fates(world, item.item) for item in rated)):
        there = [item for item, (fate, _) in zip(rated, fates, strict=True) if fate == 0]
        wanted = len(given) + gaps + sum(fate != _ASIDE for fate, _ in fates)
        answered = [*given, *there]
        if answered and len(answered) >= judged.min_items_share * wanted - 1e-9:
            yield answered, math.prod(share for _, share in fates)
