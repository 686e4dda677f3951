"""Rules on who can be reached at all: skip rules solved over the finite codes of the items they read."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from surveylib.instrument.comparisons import comparisons
from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.instrument.worlds import Asked, asked, upstream, worlds
from surveylib.model.text import Text

_CODED = (ast.Eq, ast.NotEq, ast.In, ast.NotIn)


def _solved(subject: Subject) -> Iterator[tuple[str, Asked]]:
    """Every item whose rule has a table of truth and reads codes that exist."""
    scales = {name: [subject.scale_of(name)] for name in subject.items}
    for name, rule in subject.rules.items():
        if rule is None or rule.functions or not rule.names or _strange(subject, name):
            continue
        order = upstream(name, subject.rules)
        if order is None:
            continue
        read = [subject.rules[one] for one in (*order, name)]
        made = worlds(order, scales=scales, rules=read)
        if made is not None:
            yield name, asked(name, order=order, rules=subject.rules, worlds=made)


def _strange(subject: Subject, name: str) -> bool:
    """Whether the rule asks for a code that does not exist: of that another rule speaks."""
    for read, op, values in comparisons(subject.rules[name]):
        scale = subject.scale_of(read)
        known = (*scale.codes, *scale.off_codes)
        if any(isinstance(value, str) for value in values):
            return True
        if op in _CODED and scale.kind != "number" and not set(values) <= set(known):
            return True
    return False


def _one_bound(subject: Subject, name: str) -> bool:
    """Whether the rule is one comparison with a bound: the rule on idle bounds speaks of it."""
    tree = subject.rules[name].tree
    return isinstance(tree, ast.Compare) and len(tree.ops) == 1 and not isinstance(tree.ops[0], _CODED)


def _contradiction(subject: Subject) -> Iterator[Hit]:
    for name, truths in _solved(subject):
        if not truths.alone.any() and not _one_bound(subject, name):
            yield _hit(subject, name)


def _unreachable(subject: Subject) -> Iterator[Hit]:
    for name, truths in _solved(subject):
        if truths.alone.any() and not truths.really.any():
            yield _hit(subject, name)


def _idle(subject: Subject) -> Iterator[Hit]:
    for name, truths in _solved(subject):
        always = truths.full.any() and truths.really[truths.full].all()
        if always and not _one_bound(subject, name):
            yield _hit(subject, name)


def _hit(subject: Subject, name: str) -> Hit:
    return Hit(path=("items", name, "ask_if"), details={"rule": subject.items[name].ask_if or ""})


RULES = (
    Rule(
        code="Q407",
        family="skip",
        severity="error",
        message=Text(
            vi="Điều kiện tự mâu thuẫn, câu không bao giờ được hỏi: {rule}.",
            en="The skip rule contradicts itself, the item is never asked: {rule}.",
        ),
        remedy=Text(vi="Sửa điều kiện (có lẽ `or` thay cho `and`).", en="Mend it (`or` for `and`, perhaps)."),
        example="ask_if: 'box == 1 and box == 0'",
        check=_contradiction,
    ),
    Rule(
        code="Q408",
        family="skip",
        severity="error",
        message=Text(
            vi="Không ai đến được câu này: {rule} trái với điều kiện của câu phía trên.",
            en="Nobody reaches this item: {rule} contradicts the skip rules above it.",
        ),
        remedy=Text(
            vi="Sửa một trong các điều kiện, hoặc bỏ câu.", en="Mend one of the rules, or drop the item."
        ),
        example="ask_if: 'opened == 1 and box == 0'",
        check=_unreachable,
    ),
    Rule(
        code="Q409",
        family="skip",
        severity="warning",
        message=Text(
            vi="Điều kiện không loại ai: {rule} luôn đúng khi câu trước đã được trả lời.",
            en="The skip rule leaves nobody out: {rule} holds for every answer.",
        ),
        remedy=Text(vi="Bỏ `ask_if` hoặc sửa điều kiện.", en="Drop `ask_if` or mend it."),
        example="ask_if: 'box == 1 or box != 1'",
        check=_idle,
    ),
)
