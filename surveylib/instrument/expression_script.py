"""Skip rules in LimeSurvey's ExpressionScript.

Every variable is read with ``.NAOK``: one that was not asked is then an empty text, where else it would make
the whole rule false. Every comparison is guarded against blanks, so that the rule means what `grammar` says.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from surveylib.instrument.rule_tree import Tree
from surveylib.instrument.xpath import number


def to_script(rule: Tree, *, codes: Mapping[str, str], marks: Mapping[str, tuple[str, ...]]) -> str:
    """`rule` (see `rule_tree`) as ExpressionScript.

    Parameters
    ----------
    codes : mapping
        What LimeSurvey calls each item.
    marks : mapping
        The codes of the choices of each list of marks.

    Examples
    --------
    >>> to_script(["==", ["answer", "box"], ["value", 1]], codes={"box": "box"}, marks={})
    '(!is_empty(box.NAOK) && box.NAOK == 1)'
    >>> to_script(["marked", "2", "b2_ways"], codes={"b2_ways": "b2ways"}, marks={})
    '(b2ways_2.NAOK == "Y")'
    """
    op, *parts = rule
    match op:
        case "and" | "or":
            joiner = " && " if op == "and" else " || "
            return "(" + joiner.join(to_script(part, codes=codes, marks=marks) for part in parts) + ")"
        case "not":
            return f"!{to_script(parts[0], codes=codes, marks=marks)}"
        case "marked":
            return f"({_mark(codes[parts[1]], parts[0])})"
        case "unmarked":
            code, name = codes[parts[1]], parts[1]
            any_mark = " || ".join(_mark(code, mark) for mark in marks[name])
            return f"(({any_mark}) && !({_mark(code, parts[0])}))"
    guards = [f"!is_empty({codes[value]}.NAOK)" for kind, value in parts if kind == "answer"]
    sides = [_side(kind, value, codes) for kind, value in parts]
    if op in ("in", "not in"):
        tests = " || ".join(f"{sides[0]} == {side}" for side in sides[1:]) or "0"
        tests = f"({tests})" if op == "in" else f"!({tests})"
    else:
        tests = f"{sides[0]} {op} {sides[1]}"
    return f"({' && '.join([*guards, tests])})"


def _mark(code: str, mark: str) -> str:
    return f'{code}_{mark}.NAOK == "Y"'


def _side(kind: str, value: str | float, codes: Mapping[str, str]) -> str:
    if kind == "answer":
        return f"{codes[value]}.NAOK"
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else number(value)
