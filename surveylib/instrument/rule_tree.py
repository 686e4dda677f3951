"""Skip rules as plain lists: what a page's script and other programs walk instead of evaluating text."""

from __future__ import annotations

import ast
from itertools import pairwise

from surveylib.errors import SurveyError
from surveylib.grammar import Expression

_SIGNS = {ast.Eq: "==", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
Tree = list


def rule_tree(rule: Expression, *, where: str | None = None) -> Tree:
    """`rule` as nested lists, the operator first; it means what `grammar.evaluate` says it means.

    ``["and", …]``, ``["or", …]`` and ``["not", x]`` join conditions. A comparison has two operands, each
    ``["answer", item]`` or ``["value", constant]``; that of ``in`` and ``not in`` is followed by as many as
    the list has. ``["marked", code, item]`` and ``["unmarked", code, item]`` ask for a mark of a list, the
    code as text.

    Raises
    ------
    SurveyError
        If the rule calls a function or takes an answer itself for true or false.

    Examples
    --------
    >>> from surveylib.grammar import parse
    >>> rule_tree(parse("a == 3 and not 2 in ways"))
    ['and', ['==', ['answer', 'a'], ['value', 3]], ['not', ['marked', '2', 'ways']]]
    >>> rule_tree(parse("1 < a <= 4"))[0], rule_tree(parse("a not in [3]"))
    ('and', ['not in', ['answer', 'a'], ['value', 3]])
    """
    try:
        return _condition(rule.tree)
    except _Untranslatable as error:
        raise SurveyError(
            "rule cannot be carried to another program",
            where=where,
            expected="answers compared with codes, numbers or other answers",
            got=f"{error} in {rule.text!r}",
        ) from error


class _Untranslatable(Exception):
    """The part of a rule that is no condition on answers."""


def _condition(node: ast.expr) -> Tree:
    match node:
        case ast.BoolOp(op=op, values=values):
            return ["and" if isinstance(op, ast.And) else "or", *map(_condition, values)]
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return ["not", _condition(operand)]
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            steps = zip(pairwise([left, *comparators]), ops, strict=True)
            parts = [_comparison(op, first, second) for (first, second), op in steps]
            return parts[0] if len(parts) == 1 else ["and", *parts]
    raise _Untranslatable(ast.unparse(node))


def _comparison(op: ast.cmpop, left: ast.expr, right: ast.expr) -> Tree:
    if not isinstance(op, ast.In | ast.NotIn):
        return [_SIGNS[type(op)], _operand(left), _operand(right)]
    inside = isinstance(op, ast.In)
    if isinstance(right, ast.Name):
        return ["marked" if inside else "unmarked", _mark(left), right.id]
    if not isinstance(right, ast.List | ast.Tuple):
        raise _Untranslatable(ast.unparse(right))
    return ["in" if inside else "not in", _operand(left), *map(_operand, right.elts)]


def _operand(node: ast.expr) -> Tree:
    return ["answer", node.id] if isinstance(node, ast.Name) else ["value", _constant(node)]


def _mark(node: ast.expr) -> str:
    value = _constant(node)
    return value.strip() if isinstance(value, str) else f"{value:g}"


def _constant(node: ast.expr) -> str | float:
    match node:
        case ast.Constant(value=value):
            return value
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if not isinstance(value, str):
            return -value
    raise _Untranslatable(ast.unparse(node))
