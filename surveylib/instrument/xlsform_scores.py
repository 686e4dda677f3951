"""Indices and outcomes as calculations of the form, by the rules of `instrument.score`: what is blank, off
the scale or not applicable is never counted as nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from surveylib.instrument.xpath import number, reference
from surveylib.model.questionnaire import UNIT_TYPES, Index, Item, Outcome, Questionnaire, Scale
from surveylib.model.text import Text

Row = Mapping[str, str | Text]
PREFIX = "score_"
_EPSILON = "0.000000001"  # 0.8 × 5 must not ask for a fifth answer


def score_rows(questionnaire: Questionnaire, *, asked: Callable[[Item], str]) -> Iterator[Row]:
    """Indices and outcomes, named ``score_<id>``: blank where too little was answered.

    Of an index also how many items were answered, and how many were due.

    Parameters
    ----------
    asked : function of an item
        When the item is asked, as XPath; "" for always.
    """
    for index in questionnaire.indices:
        yield from _index(questionnaire, index, asked)
    for outcome in questionnaire.outcomes:
        yield _row(PREFIX + outcome.id, _outcome(questionnaire, outcome))


def _row(name: str, calculation: str) -> Row:
    return {"type": "calculate", "name": name, "calculation": calculation}


def _index(questionnaire: Questionnaire, index: Index, asked: Callable[[Item], str]) -> Iterator[Row]:
    pairs = [(questionnaire.item(name), questionnaire.scale_of(name)) for name in index.items]
    answered, due = f"{PREFIX}answered_{index.id}", f"{PREFIX}due_{index.id}"
    counts = [_counts(item.id, scale) for item, scale in pairs]
    points = [_points(item, scale) for item, scale in pairs]
    yield _row(answered, " + ".join(f"if({count}, 1, 0)" for count in counts))
    yield _row(due, " + ".join(_due(item, scale, asked(item)) for item, scale in pairs))
    total = " + ".join(f"if({count}, {point}, 0)" for count, point in zip(counts, points, strict=True))
    least = f"{number(index.min_items_share)} * {reference(due)} - {_EPSILON}"
    enough = f"{reference(answered)} > 0 and {reference(answered)} >= {least}"
    yield _row(PREFIX + index.id, f"if({enough}, ({total}) div {reference(answered)}, '')")


def _due(item: Item, scale: Scale, asked: str) -> str:
    """1 where an answer is waited for: the item is asked and was not marked as not applicable."""
    spared = [code for code in scale.off_codes if code in scale.not_applicable]
    conditions = [f"({asked})"] if asked else []
    if spared:
        conditions.append(f"not({_one_of(item.id, spared)})")
    return f"if({' and '.join(conditions)}, 1, 0)" if conditions else "1"


def _points(item: Item, scale: Scale) -> str:
    answer = reference(item.id)
    return f"({min(scale.codes) + max(scale.codes)} - {answer})" if item.reversed else answer


def _outcome(questionnaire: Questionnaire, outcome: Outcome) -> str:
    scale = questionnaire.scale_of(outcome.item)
    if outcome.measure == "value":
        return f"if({_counts(outcome.item, scale)}, {reference(outcome.item)}, '')"
    if outcome.measure == "ratio":
        return _ratio(questionnaire, outcome)
    positive = outcome.positive or scale.positive
    if scale.kind == "multiple":
        inside, hit = _marks_count(outcome.item, scale), _marked(outcome.item, positive)
    else:
        inside, hit = _one_of(outcome.item, outcome.among or scale.codes), _one_of(outcome.item, positive)
    return f"if({inside}, if({hit}, 1, 0), '')"


def _ratio(questionnaire: Questionnaire, outcome: Outcome) -> str:
    over, under = reference(outcome.item), reference(outcome.of)
    counts = [_counts(name, questionnaire.scale_of(name)) for name in (outcome.item, outcome.of)]
    return f"if({' and '.join(counts)} and {under} > 0, {over} div {under}, '')"


def _counts(name: str, scale: Scale) -> str:
    """Whether the answer counts: a code of the scale, a number within its bounds that is no off-scale code.

    The answer to an item that is not asked is blank to a form, so that nothing need be said of it.
    """
    if scale.kind != "number":
        return _one_of(name, scale.codes)
    answer = reference(name)
    limits = zip((">=", "<="), (scale.minimum, scale.maximum), strict=True)
    parts = [f"{answer} {sign} {number(limit)}" for sign, limit in limits if limit is not None]
    parts += [f"not({_one_of(name, scale.off_codes)})"] if scale.off_codes else []
    return " and ".join([f"{answer} != ''", *parts])


def _marks_count(name: str, scale: Scale) -> str:
    """Whether a list of marks counts: some made, none off the scale, none beside one that stands alone."""
    answer = reference(name)
    parts = [f"{answer} != ''"]
    parts += [f"not({_marked(name, scale.off_codes)})"] if scale.off_codes else []
    for code in scale.alone:
        parts.append(f"not(selected({answer}, '{code}') and count-selected({answer}) > 1)")
    return " and ".join(parts)


def _marked(name: str, codes: Iterable[int]) -> str:
    tests = [f"selected({reference(name)}, '{code}')" for code in codes]
    return " or ".join(tests)


def _one_of(name: str, codes: Iterable[int]) -> str:
    """``x`` is one of the codes; neighbours are written as a range."""
    answer, codes = reference(name), sorted(codes)
    if len(codes) > 2 and codes[-1] - codes[0] == len(codes) - 1:
        return f"({answer} >= {codes[0]} and {answer} <= {codes[-1]})"
    return "(" + " or ".join(f"{answer} = {code}" for code in codes) + ")"


def asked_everywhere(item: Item) -> bool:
    """Whether the item is asked in units of every type."""
    return set(item.applies_to) == set(UNIT_TYPES)
