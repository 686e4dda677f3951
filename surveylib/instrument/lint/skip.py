"""Rules on skip logic: what a form tool accepts in silence and a respondent pays for."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from surveylib.grammar import evaluate, parse
from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.questionnaire import Item, Questionnaire, Scale
from surveylib.model.text import Text

_FLIPPED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
Comparison = tuple[str, type[ast.cmpop], list]


def comparisons(item: Item) -> Iterator[Comparison]:
    """(item, operator, constants) of every comparison of an item with constants; ``3 > x`` is ``x < 3``."""
    for node in ast.walk(item.relevance.tree) if item.relevance else ():
        if isinstance(node, ast.Compare):
            for left, op, right in zip(
                [node.left, *node.comparators], node.ops, node.comparators, strict=False
            ):
                if isinstance(left, ast.Name) and (values := _constants(right)) is not None:
                    yield left.id, type(op), values
                elif isinstance(right, ast.Name) and (values := _constants(left)) is not None:
                    yield right.id, _FLIPPED.get(type(op), type(op)), values


def _constants(node: ast.expr) -> list | None:
    try:
        value = ast.literal_eval(node)
    except ValueError:
        return None
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _unknown_code(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for name, op, values in comparisons(item):
            if op in (ast.Eq, ast.NotEq, ast.In, ast.NotIn):
                scale = subject.questionnaire.scale_of(name)
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
        for name, op, values in comparisons(item):
            probes = _probes(subject.questionnaire.scale_of(name))
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
    circling = {name for circle in _circles(subject.questionnaire) for name in circle}
    for item in subject.questionnaire.items:
        for name in item.relevance.names if item.relevance else ():
            if order[name] > order[item.id] and not {name, item.id} <= circling:
                yield Hit(path=("items", item.id, "ask_if"), details={"name": name})


def _circle(subject: Subject) -> Iterator[Hit]:
    for circle in _circles(subject.questionnaire):
        yield Hit(path=("items", circle[0], "ask_if"), details={"circle": " → ".join([*circle, circle[0]])})


def _circles(questionnaire: Questionnaire) -> list[tuple[str, ...]]:
    """Every circle of skip rules once, beginning with its first item."""
    rules = {item.id: item.relevance.names if item.relevance else () for item in questionnaire.items}
    order = list(rules)
    found: dict[frozenset, tuple[str, ...]] = {}
    done: set[str] = set()

    def follow(name: str, path: tuple[str, ...]) -> None:
        if name in path:
            circle = path[path.index(name) :]
            start = min(range(len(circle)), key=lambda place: order.index(circle[place]))
            found.setdefault(frozenset(circle), circle[start:] + circle[:start])
        elif name not in done:
            for other in rules[name]:
                follow(other, (*path, name))
            done.add(name)

    for name in order:
        follow(name, ())
    return list(found.values())


def _elsewhere(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for name in item.relevance.names if item.relevance else ():
            missing = sorted(set(item.applies_to) - set(subject.questionnaire.item(name).applies_to))
            if missing:
                details = {"name": name, "types": ", ".join(missing)}
                yield Hit(path=("items", item.id, "ask_if"), details=details)


def _uncomparable(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        rule = item.relevance
        for name in rule.functions if rule else ():
            yield Hit(path=("items", item.id, "ask_if"), details={"what": f"{name}(…)"})
        for name in rule.names if rule else ():
            if subject.questionnaire.scale_of(name).kind in ("text", "date"):
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
        check=_later,
    ),
    Rule(
        code="Q403",
        family="skip",
        severity="error",
        message=Text(vi="Các điều kiện quay vòng: {circle}.", en="Skip rules turn in a circle: {circle}."),
        remedy=Text(vi="Bỏ một điều kiện trong vòng.", en="Remove one of the rules."),
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
        check=_idle_bound,
    ),
)
