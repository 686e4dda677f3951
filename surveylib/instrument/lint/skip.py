"""Rules on skip logic: what a form tool accepts in silence and a respondent pays for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from surveylib.grammar import evaluate, parse
from surveylib.instrument.comparisons import comparisons
from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.scale import Scale
from surveylib.model.text import Text


def _unknown_code(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for name, op, values in comparisons(subject.rules[item.id]):
            if op in (ast.Eq, ast.NotEq, ast.In, ast.NotIn):
                scale = subject.scale_of(name)
                for value in values:
                    if not _possible(scale, value):
                        details = {"name": name, "value": str(value), "codes": _codes(scale)}
                        yield Hit(path=("items", item.id, "ask_if"), details=details)


def _possible(scale: Scale, value: object) -> bool:
    if scale.kind in ("text", "date"):
        return True  # another rule speaks
    if not isinstance(value, (int, float)):
        return False
    if scale.kind != "number" or value in scale.off_codes:
        return value in (*scale.codes, *scale.off_codes)
    return (scale.minimum is None or value >= scale.minimum) and (
        scale.maximum is None or value <= scale.maximum
    )


def _codes(scale: Scale) -> str:
    if scale.kind == "number":
        return f"{scale.minimum} … {scale.maximum}"
    return ", ".join(str(code) for code in (*scale.codes, *scale.off_codes))


def _idle_bound(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for name, op, values in comparisons(subject.rules[item.id]):
            probes = _probes(subject.scale_of(name))
            if op in (ast.Eq, ast.NotEq, ast.In, ast.NotIn) or None in probes or not probes:
                continue
            tree = ast.Compare(
                left=ast.Name(id=name), ops=[op()], comparators=[ast.Constant(value=values[0])]
            )
            rule = parse(text := ast.unparse(tree))
            if len({bool(evaluate(rule, values={name: probe})) for probe in probes}) == 1:
                yield Hit(path=("items", item.id, "ask_if"), details={"rule": text})


def _probes(scale: Scale) -> list:
    return [scale.minimum, scale.maximum] if scale.kind == "number" else list(scale.codes)


def _later(subject: Subject) -> Iterator[Hit]:
    order = {item.id: place for place, item in enumerate(subject.questionnaire.items)}
    circling = {name for circle in _circles(subject) for name in circle}
    for item in subject.questionnaire.items:
        for name in subject.rules[item.id].names if subject.rules[item.id] else ():
            if order[name] > order[item.id] and not {name, item.id} <= circling:
                yield Hit(path=("items", item.id, "ask_if"), details={"name": name})


def _circle(subject: Subject) -> Iterator[Hit]:
    for circle in _circles(subject):
        yield Hit(path=("items", circle[0], "ask_if"), details={"circle": " → ".join([*circle, circle[0]])})


def _circles(subject: Subject) -> list[tuple[str, ...]]:
    """Every circle that a walk along the rules meets, once, beginning with its first item."""
    rules = {name: rule.names if rule else () for name, rule in subject.rules.items()}
    order = {name: place for place, name in enumerate(rules)}
    found: dict[frozenset, tuple[str, ...]] = {}
    done: set[str] = set()
    for first in rules:
        # A stack of its own: a chain of rules may be longer than Python's.
        path, ahead = {first: None}, [iter(rules[first])]
        while ahead:
            if (name := next(ahead[-1], None)) is None:
                ahead.pop()
                done.add(path.popitem()[0])
            elif name in path:
                names = list(path)
                circle = tuple(names[names.index(name) :])
                start = min(range(len(circle)), key=lambda place: order[circle[place]])
                found.setdefault(frozenset(circle), circle[start:] + circle[:start])
            elif name not in done:
                path[name] = None
                ahead.append(iter(rules[name]))
    return list(found.values())


def _elsewhere(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for name in subject.rules[item.id].names if subject.rules[item.id] else ():
            missing = sorted(set(item.applies_to) - set(subject.item(name).applies_to))
            if missing:
                details = {"name": name, "types": ", ".join(missing)}
                yield Hit(path=("items", item.id, "ask_if"), details=details)


def _uncomparable(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        rule = subject.rules[item.id]
        for name in rule.functions if rule else ():
            yield Hit(path=("items", item.id, "ask_if"), details={"what": f"{name}(…)"})
        for name in rule.names if rule else ():
            if subject.scale_of(name).kind in ("text", "date"):
                yield Hit(path=("items", item.id, "ask_if"), details={"what": name})


RULES = (
    Rule(
        code="Q401",
        family="skip",
        severity="error",
        message=Text(
            vi="Điều kiện so câu {name} với {value}, không có trong các mã {codes}.",
            en="The skip rule compares {name} with {value}, which is none of {codes}.",
        ),
        remedy=Text(
            vi="Dùng một mã có thật: với mã này câu hỏi sẽ không bao giờ (hoặc luôn luôn) hiện ra.",
            en="Use a code that exists: with this one the item is never (or always) asked.",
        ),
        example="ask_if: box == 2",
        check=_unknown_code,
    ),
    Rule(
        code="Q402",
        family="skip",
        severity="error",
        message=Text(
            vi="Điều kiện dựa vào câu {name} đứng sau.",
            en="The skip rule reads {name}, which is asked later.",
        ),
        remedy=Text(vi="Đưa câu đó lên trước.", en="Move that item up."),
        example="ask_if: neo == 1",
        check=_later,
    ),
    Rule(
        code="Q403",
        family="skip",
        severity="error",
        message=Text(vi="Các điều kiện quay vòng: {circle}.", en="Skip rules turn in a circle: {circle}."),
        remedy=Text(vi="Bỏ một điều kiện trong vòng.", en="Remove one of the rules."),
        example="ask_if: opened == 1",
        check=_circle,
    ),
    Rule(
        code="Q404",
        family="skip",
        severity="error",
        message=Text(
            vi="Điều kiện dựa vào câu {name}, không hỏi ở loại đơn vị {types}.",
            en="The skip rule reads {name}, which is not asked in units of type {types}.",
        ),
        remedy=Text(vi="Cho hai câu cùng `applies_to`.", en="Give both items the same `applies_to`."),
        example="applies_to: [LG]",
        check=_elsewhere,
    ),
    Rule(
        code="Q405",
        family="skip",
        severity="error",
        message=Text(
            vi="Điều kiện dùng {what}, biểu mẫu không so sánh được.",
            en="The skip rule uses {what}, which a form cannot compare.",
        ),
        remedy=Text(vi="Chỉ so sánh mã hoặc số.", en="Compare codes or numbers only."),
        example="ask_if: box == 1 and count(papers) == 1",
        check=_uncomparable,
    ),
    Rule(
        code="Q406",
        family="skip",
        severity="error",
        message=Text(
            vi="Phép so sánh {rule} luôn đúng hoặc luôn sai.",
            en="The comparison {rule} is always true or always false.",
        ),
        remedy=Text(vi="Sửa giới hạn cho nằm trong thang.", en="Choose a bound within the scale."),
        example="ask_if: wait > 480",
        check=_idle_bound,
    ),
)
