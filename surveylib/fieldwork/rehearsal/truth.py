"""What analysing the rehearsal should find: expectations under the invented world, not sample figures."""

from __future__ import annotations

import itertools
import math
from functools import partial

import numpy as np
import pandas as pd

from surveylib.fieldwork.rehearsal.criterion_truth import expected_points
from surveylib.fieldwork.rehearsal.world import World, code_shares, combinations, item_codes, settle
from surveylib.grammar import evaluate
from surveylib.model.criterion import CriterionPoints
from surveylib.model.evidence import CRITERION
from surveylib.model.questionnaire import Index, Outcome, Questionnaire
from surveylib.model.rehearsal import Rehearsal
from surveylib.model.sample import Frame
from surveylib.model.study import Study

TRUTH_COLUMNS = ("unit", "arm", "wave", "role", "outcome", "reference", "register", "effect")


def truth_table(
    frame: Frame,
    *,
    study: Study,
    questionnaire: Questionnaire,
    truth: Rehearsal,
    seed: int,
    criteria: tuple[CriterionPoints, ...] = (),
) -> pd.DataFrame:
    """True means and effects per unit, wave and outcome: every index and outcome of the questionnaire, and
    the `criteria` (``criterion_a1``) by how their items count.

    The expectation is over persons and answers; unit levels and unit-by-wave shocks are those drawn for this
    rehearsal. It is exact: the normal mass between the cut points, after rounding to codes.

    - ``reference``: expected value at the mix of visitors of the *pooled register* (all units of the type and
      all waves together), the standard of direct standardisation;
    - ``register``: at the mix of the unit's own register in that wave;
    - ``effect``: ``reference`` minus what it would have been without exposure: 0 in unexposed cells.

    Index values are in points of the items' scale, shares between 0 and 1, numbers in their unit, criteria 0
    to 100.
    """
    world = settle(study, questionnaire=questionnaire, truth=truth, seed=seed)
    pooled, own = _mixes(world, frame)
    cells = pd.DataFrame(world.cells, columns=["unit", "wave"])
    cells["arm"] = [study.unit(unit).arm for unit in cells["unit"]]
    cells["role"] = [study.wave(wave).role for wave in cells["wave"]]
    parts = []
    for name, expected in _scores(world, criteria):
        with_it, without = expected(exposed=True), expected(exposed=False)
        reference = (with_it * pooled).sum(axis=1)
        parts.append(
            cells.assign(
                outcome=name,
                reference=reference,
                register=(with_it * own).sum(axis=1),
                effect=reference - (without * pooled).sum(axis=1),
            )
        )
    table = pd.concat(parts, ignore_index=True)[list(TRUTH_COLUMNS)]
    return table.sort_values(["outcome", "unit", "wave"], ignore_index=True)


def _scores(world: World, criteria: tuple[CriterionPoints, ...]):
    """Name of every figure, and the function that expects it."""
    for score in (*world.questionnaire.indices, *world.questionnaire.outcomes):
        yield score.id, partial(_expected, world, score)
    for one in criteria:
        yield f"{CRITERION}{one.criterion}", partial(expected_points, world, one)


def overall_truth(table: pd.DataFrame) -> pd.DataFrame:
    """The true effect per outcome: the plain mean over pilot units of their effect in post waves.

    Columns ``outcome, effect, between_units_sd, units``; every unit counts alike (the plan's estimand
    `unit_equal`).
    """
    post = table[(table["arm"] == "pilot") & (table["role"] == "post")]
    units = post.groupby(["outcome", "unit"], sort=True)["effect"].mean()
    found = units.groupby("outcome").agg(effect="mean", between_units_sd="std", units="size")
    return found.reset_index()


def _mixes(world: World, frame: Frame) -> tuple[np.ndarray, np.ndarray]:
    """Shares of each combination of characteristics (cells, c): of the register pooled over the type, and of
    each cell's own."""
    names = list(world.truth.characteristics)
    kinds = pd.MultiIndex.from_frame(combinations(world))
    kind = kinds.get_indexer(pd.MultiIndex.from_frame(frame.rows[names].astype(int)))
    counts = np.zeros((len(world.cells), len(kinds)))
    np.add.at(counts, (world.positions(frame.rows), kind), 1.0)
    types = np.array([world.study.unit(unit).type for unit, _ in world.cells])
    pooled = np.stack([counts[types == own].sum(axis=0) for own in types])
    return pooled / pooled.sum(axis=1, keepdims=True), counts / np.maximum(
        counts.sum(axis=1, keepdims=True), 1
    )


def _expected(world: World, score: Index | Outcome, *, exposed: bool) -> np.ndarray:
    """Expected value (cells, combinations) of an index or outcome."""
    if isinstance(score, Index):
        return _expected_index(world, score, exposed=exposed)
    codes, shares = item_codes(world, score.item, exposed=exposed)
    if codes is None:
        return shares
    if score.measure == "value":
        return shares @ codes
    scale = world.questionnaire.scale_of(score.item)
    counted = np.isin(codes, score.positive or scale.positive)
    among = np.isin(codes, score.among or scale.codes)
    return shares[..., counted].sum(axis=-1) / shares[..., among].sum(axis=-1)


def _expected_index(world: World, index: Index, *, exposed: bool) -> np.ndarray:
    """The mean over what a person may be asked: each set of items counts with its chance of a score."""
    means = {}
    for name in index.items:
        codes, shares = item_codes(world, name, exposed=exposed)
        means[name] = shares if codes is None else shares @ codes
    total = weight = 0.0
    for chance, asked in _asked(world, index, exposed=exposed):
        scored = chance[:, None] * _chance_of_score(world, len(asked), index.min_items_share)
        total = total + scored * sum(means[name] for name in asked) / len(asked)
        weight = weight + scored
    return total / weight


def _asked(world: World, index: Index, *, exposed: bool):
    """Each set of items that skip rules can leave, with its chance (cells,)."""
    rules = {name: world.questionnaire.item(name).relevance for name in index.items}
    filters = sorted({name for rule in rules.values() if rule for name in rule.names})
    options = [_with_missing(world, name, exposed=exposed) for name in filters]
    for answers in itertools.product(*options):
        values = {name: code for name, (code, _) in zip(filters, answers, strict=True)}
        chance = np.prod([share for _, share in answers], axis=0) if answers else np.ones(len(world.cells))
        asked = [name for name, rule in rules.items() if rule is None or bool(evaluate(rule, values=values))]
        if asked:
            yield chance, asked


def _with_missing(world: World, name: str, *, exposed: bool) -> list[tuple[float, np.ndarray]]:
    """A filter's codes with their chances (cells,), the unanswered ones as NaN."""
    codes, shares = code_shares(world, name, exposed=exposed)
    returns, scale = world.truth.returns, world.questionnaire.scale_of(name)
    aside = any(code in scale.not_applicable for code in scale.off_codes)
    unknown = any(code not in scale.not_applicable for code in scale.off_codes)
    lost = returns.not_applicable * aside + returns.dont_know * unknown + returns.blank
    answered = [(float(code), share * (1 - lost)) for code, share in zip(codes, shares.T, strict=True)]
    return [*answered, (math.nan, np.full(len(world.cells), lost))]


def _chance_of_score(world: World, asked: int, least: float) -> float:
    """The chance that enough of `asked` items are answered: 8 shortens the list, 9 and blanks leave gaps."""
    aside, gap = world.truth.returns.not_applicable, world.truth.returns.dont_know + world.truth.returns.blank
    chance = 0.0
    for off, missing in itertools.product(range(asked + 1), repeat=2):
        answered = asked - off - missing
        if answered >= 1 and answered / (asked - off) >= least:
            ways = (
                math.factorial(asked)
                / math.factorial(off)
                / math.factorial(missing)
                / math.factorial(answered)
            )
            chance += ways * aside**off * gap**missing * (1 - aside - gap) ** answered
    return chance
