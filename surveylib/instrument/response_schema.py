"""One response as JSON Schema, skip rules and bounds included, for programs that take answers in.

A response is an object with one property an item that was answered: codes and numbers as numbers, lists of
marks as arrays of codes, dates and words as strings. An item that was not asked, or left blank, is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from surveylib.errors import SurveyError
from surveylib.instrument.export_findings import finding
from surveylib.instrument.fill import fill_words
from surveylib.instrument.rule_tree import Tree, rule_tree
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import UNIT_TYPES, Item, Questionnaire
from surveylib.model.scale import Scale
from surveylib.model.setting import Setting

DIALECT = "https://json-schema.org/draft/2020-12/schema"
UNIT_TYPE = "unit_type"
_MIRRORED = {"==": "==", "!=": "!=", "<": ">", "<=": ">=", ">": "<", ">=": "<="}
_BOUNDS = {"<": "exclusiveMaximum", "<=": "maximum", ">": "exclusiveMinimum", ">=": "minimum"}
_UNKNOWN = Setting()
Schema = dict | bool


def response_schema(
    questionnaire: Questionnaire, *, setting: Setting = _UNKNOWN
) -> tuple[bytes, tuple[Finding, ...]]:
    """The schema, as UTF-8 JSON, and what it cannot hold: that a count is not above the one it is part of.

    Every item has an ``if`` with its skip rule: where it holds, a required item must be there; where it does
    not, the item must not. Items asked in some types of unit only need the property ``unit_type``. A blank
    (left out) answer satisfies no comparison, as in `grammar`.

    Raises
    ------
    SurveyError
        If a skip rule compares two answers with each other, which JSON Schema cannot.
    """
    questionnaire = fill_words(questionnaire)
    scales = {item.id: questionnaire.scale_of(item.id) for item in questionnaire.items}
    made = {
        "$schema": DIALECT,
        "$id": f"urn:surveylib:{questionnaire.id}:{questionnaire.version}",
        "title": questionnaire.title.vi,
        "description": questionnaire.title.en,
        "type": "object",
        "properties": {
            UNIT_TYPE: {"enum": list(UNIT_TYPES)},
            **{item.id: _answer(item, scales[item.id]) for item in questionnaire.items},
        },
        "allOf": [part for item in questionnaire.items if (part := _asked(item, scales))],
        "additionalProperties": True,
    }
    for unit in setting.units if setting.unit is not None else ():
        made["properties"][UNIT_TYPE] = {"const": unit.type}
    if any(set(item.applies_to) != set(UNIT_TYPES) for item in questionnaire.items):
        made["required"] = [UNIT_TYPE]
    lost = [
        finding("X431", where=f"item {item.id}", fields={"whole": item.part_of})
        for item in questionnaire.items
        if item.part_of is not None
    ]
    return (json.dumps(made, ensure_ascii=False, indent=2) + "\n").encode("utf-8"), tuple(lost)


def _answer(item: Item, scale: Scale) -> dict:
    made = {"title": item.text.vi, "description": item.text.en}
    codes = [*scale.codes, *scale.off_codes]
    match scale.kind:
        case "text":
            return made | {"type": "string", "minLength": 1}
        case "date":
            return made | {"type": "string", "format": "date"} | _days(scale)
        case "number":
            inside = {"type": "integer" if scale.integer else "number"}
            inside |= {"minimum": scale.minimum} if scale.minimum is not None else {}
            inside |= {"maximum": scale.maximum} if scale.maximum is not None else {}
            off = list(scale.off_codes)
            return made | ({"anyOf": [inside, {"enum": off}]} if off else inside)
        case "multiple":
            return made | _list(codes, scale)
    return made | {"oneOf": [_code(choice) for choice in (*scale.choices, *scale.off_scale)]}


def _code(choice) -> dict:
    return {"const": choice.code, "title": choice.text.vi, "description": choice.text.en}


def _list(codes: list[int], scale: Scale) -> dict:
    alone = [code for code in codes if code in scale.alone or code in scale.off_codes]
    made: dict = {"type": "array", "items": {"enum": codes}, "uniqueItems": True, "minItems": 1}
    if alone:
        made |= {"if": {"contains": {"enum": alone}}, "then": {"maxItems": 1}}
    return made


def _days(scale: Scale) -> dict:
    # JSON Schema orders no strings; the bounds are kept by name for those who read them.
    made = {"formatMinimum": scale.earliest, "formatMaximum": scale.latest}
    return {name: day.isoformat() for name, day in made.items() if day is not None}


def _asked(item: Item, scales: dict[str, Scale]) -> dict | None:
    parts: list[Schema] = []
    if set(item.applies_to) != set(UNIT_TYPES):
        parts.append(_given(UNIT_TYPE, {"enum": list(item.applies_to)}))
    if item.relevance is not None:
        place = f"item {item.id}, ask_if"
        parts.append(_condition(rule_tree(item.relevance, where=place), scales, place))
    there, absent = {"required": [item.id]}, {"properties": {item.id: False}}
    if not parts:
        return there if item.required else None
    made: dict = {"if": parts[0] if len(parts) == 1 else {"allOf": parts}}
    return made | ({"then": there} if item.required else {}) | {"else": absent}


def _condition(rule: Tree, scales: dict[str, Scale], place: str) -> Schema:
    op, *parts = rule
    match op:
        case "and" | "or":
            return {"allOf" if op == "and" else "anyOf": [_condition(p, scales, place) for p in parts]}
        case "not":
            return {"not": _condition(parts[0], scales, place)}
        case "marked" | "unmarked":
            return _mark(op, *parts)
    sides = [kind for kind, _ in parts]
    if sides.count("answer") != 1:
        raise SurveyError("a rule of two answers has no JSON Schema", where=place, got=str(rule))
    if op in ("in", "not in"):
        values = {"enum": [value for _, value in parts[1:]]}
        return _given(parts[0][1], values if op == "in" else {"not": values})
    (_, left), (_, right) = parts
    name, value, sign = (left, right, op) if sides[0] == "answer" else (right, left, _MIRRORED[op])
    if sign in ("==", "!="):
        return _given(name, {"const": value} if sign == "==" else {"not": {"const": value}})
    return _given(name, {_BOUNDS[sign]: value})


def _mark(op: str, code: str, name: str) -> Schema:
    holds = {"contains": {"const": int(code)}}
    return _given(name, holds if op == "marked" else {"not": holds})


def _given(name: str, test: Schema) -> dict:
    """The answer is there, and passes the test."""
    return {"required": [name], "properties": {name: test}}


def table_schema(questionnaire: Questionnaire) -> dict:
    """The columns of ingested answers as a Frictionless Table Schema: one field an item, codes and bounds as
    constraints. It is the form in which other programs check a table without knowing this library.
    """
    filled = fill_words(questionnaire)
    return {
        "fields": [*_keys(), *(_field(item, filled.scale_of(item.id)) for item in filled.items)],
        "missingValues": [""],
        "primaryKey": ["wave", "respondent"],
    }


def _keys() -> Iterator[dict]:
    for name in ("respondent", "unit", "wave"):
        yield {"name": name, "type": "string", "constraints": {"required": True}}


def _field(item: Item, scale: Scale) -> dict:
    made = {"name": item.id, "title": item.text.vi, "description": item.text.en}
    codes = [*scale.codes, *scale.off_codes]
    match scale.kind:
        case "text":
            return made | {"type": "string"}
        case "date":
            limits = {"minimum": scale.earliest, "maximum": scale.latest}
            bounds = {name: day.isoformat() for name, day in limits.items() if day is not None}
            return made | {"type": "date"} | ({"constraints": bounds} if bounds else {})
        case "multiple":
            either = "|".join(map(str, codes))
            return made | {"type": "string", "constraints": {"pattern": f"({either})( ({either}))*"}}
        case "number":
            limits = {"minimum": scale.minimum, "maximum": scale.maximum}
            # A code off the scale may lie outside the bounds of the numbers.
            bounds = {} if scale.off_codes else {n: b for n, b in limits.items() if b is not None}
            return made | {"type": "number"} | ({"constraints": bounds} if bounds else {})
    return made | {"type": "number", "constraints": {"enum": codes}}


def table_schema_file(questionnaire: Questionnaire, *, setting: Setting = _UNKNOWN) -> bytes:
    """`table_schema` as UTF-8 JSON; `setting` changes nothing, columns are the same everywhere."""
    del setting
    return (json.dumps(table_schema(questionnaire), ensure_ascii=False, indent=2) + "\n").encode("utf-8")
