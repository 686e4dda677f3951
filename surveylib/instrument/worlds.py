"""Who is asked what: skip rules worked out over every set of answers that can make a difference.

The codes of a scale are finite, and of a number only the values about a rule's bounds matter, so that a rule
is known from a table of truth. Two rules are the same when they agree on every line of it, however they are
written.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np

from surveylib.grammar import Expression, evaluate
from surveylib.instrument.comparisons import comparisons
from surveylib.model.scale import Scale

MOST_WORLDS = 20_000
_MOST_NAMES = 14  # every name has two values or more: 2 ** 15 is beyond MOST_WORLDS
_MOST_MARKS = 6

Rules = Mapping[str, Expression | None]
Worlds = dict[str, np.ndarray]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Asked:
    """Over all worlds: `alone`, whether the item's own rule holds for answers as they come; `really`, whether
    it holds where skipped items are blank; `full`, whether every item asked was answered."""

    alone: np.ndarray
    really: np.ndarray
    full: np.ndarray


def upstream(name: str, rules: Rules) -> tuple[str, ...] | None:
    """The items that decide whether `name` is asked, each after those it hangs on itself; None when they are
    too many or turn in a circle."""
    order: list[str] = []
    open_names: list[str] = []

    def visit(one: str) -> bool:
        if one in open_names or len(open_names) + len(order) > _MOST_NAMES + 1:
            return False
        open_names.append(one)
        rule = rules.get(one)
        fine = all(other in order or visit(other) for other in (rule.names if rule else ()))
        open_names.pop()
        order.append(one)
        return fine

    return tuple(order[:-1]) if visit(name) else None


def worlds(names: Iterable[str], *, scales: Mapping[str, Sequence[Scale]], rules: Iterable) -> Worlds | None:
    """Every combination of the answers to `names` that `rules` can tell apart, one array a name; None when
    there are too many, or an answer is text or a date.

    An item may have two scales, those of two versions of a questionnaire.
    """
    names = list(names)
    constants: dict[str, set] = {name: set() for name in names}
    for rule in rules:
        for name, _, values in comparisons(rule):
            constants.get(name, set()).update(value for value in values if not isinstance(value, str))
    columns = []
    for name in names:
        values = _answers(scales[name], sorted(constants[name]))
        if values is None:
            return None
        columns.append(values)
    if math.prod(map(len, columns)) > MOST_WORLDS:
        return None
    grid = np.meshgrid(*columns, indexing="ij")
    return {name: cells.ravel() for name, cells in zip(names, grid, strict=True)}


def asked(name: str, *, order: Sequence[str], rules: Rules, worlds: Worlds) -> Asked:
    """Whether the item `name` is asked in each of the worlds; `order` as `upstream` gives it."""
    size = len(next(iter(worlds.values()), [0]))  # a rule may read no item
    known, full = dict(worlds), np.ones(size, dtype=bool)
    for other in order:
        holds = _holds(rules.get(other), known, size)
        known[other] = np.where(holds, known[other], _blank(known[other]))
        full &= ~holds | ~_is_blank(known[other])
    rule = rules.get(name)
    return Asked(alone=_holds(rule, worlds, size), really=_holds(rule, known, size), full=full)


def _holds(rule: Expression | None, values: Mapping[str, np.ndarray], size: int) -> np.ndarray:
    if rule is None:
        return np.ones(size, dtype=bool)
    return np.broadcast_to(np.asarray(evaluate(rule, values=values), dtype=bool), (size,))


def _blank(cells: np.ndarray) -> object:
    return "" if cells.dtype.kind == "U" else np.nan


def _is_blank(cells: np.ndarray) -> np.ndarray:
    return cells == "" if cells.dtype.kind == "U" else np.isnan(cells)


def _answers(scales: Sequence[Scale], constants: list[float]) -> np.ndarray | None:
    """The answers worth telling apart, the blank one among them."""
    kinds = {scale.kind for scale in scales}
    if kinds & {"text", "date"} or len({kind == "multiple" for kind in kinds}) > 1:
        return None
    if "multiple" in kinds:
        if len(constants) > _MOST_MARKS:
            return None
        marked = dict.fromkeys(cell for scale in scales for cell in _marked(scale, constants))
        return np.array(["", *marked], dtype=str)
    values = {value for scale in scales for value in _values(scale, constants)}
    return np.array([*sorted(values), np.nan], dtype=float)


def _values(scale: Scale, constants: list[float]) -> Iterator[float]:
    yield from scale.off_codes
    if scale.kind != "number":
        yield from scale.codes
        return
    edges = sorted({*constants, *(b for b in (scale.minimum, scale.maximum) if b is not None)})
    gaps = [later - earlier for earlier, later in pairwise(edges)]
    step = 1.0 if scale.integer else min([1.0, *gaps]) / 2
    for value in {value + side for value in edges or [0.0] for side in (-step, 0.0, step)}:
        whole = not scale.integer or float(value).is_integer()
        above = scale.minimum is None or value >= scale.minimum
        if whole and above and (scale.maximum is None or value <= scale.maximum):
            yield value


def _marked(scale: Scale, constants: list[float]) -> Iterator[str]:
    """Sets of marks, told apart by the codes the rules name and one that they do not."""
    free = [code for code in scale.codes if code not in scale.alone]
    named = [code for code in free if code in constants]
    other = [code for code in free if code not in constants][:1]
    for code in (*scale.alone, *scale.off_codes):
        yield str(code)
    pool = (*named, *other)
    for count in range(1, len(pool) + 1):
        for several in combinations(pool, count):
            yield " ".join(map(str, several))
