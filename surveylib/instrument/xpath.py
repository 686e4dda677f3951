"""Skip rules and bounds as XPath, in the dialect that ODK forms speak.

A blank answer is NaN here and an empty text there. The translation keeps what `grammar.evaluate` does with
it: a comparison with a blank is false, ``!=`` too, while ``not`` turns round whatever stands inside it.
"""

from __future__ import annotations

import ast
from collections.abc import Callable
from decimal import Decimal
from itertools import pairwise

from surveylib.errors import SurveyError
from surveylib.grammar import Expression

_SIGNS = {ast.Eq: "=", ast.NotEq: "!=", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">="}
_QUOTES = "'\""
Refer = Callable[[str], str]


def reference(name: str) -> str:
    """How an expression of a form names an answer.

    >>> reference("a2_ontime")
    '${a2_ontime}'
    """
    return f"${{{name}}}"


def to_xpath(rule: Expression, *, where: str | None = None, refer: Refer = reference) -> str:
    """`rule` as an XPath expression that is true for the same answers, blank ones included.

    Parameters
    ----------
    refer : function of a name, optional
        How an answer is named; ``${name}`` when not given.

    Raises
    ------
    SurveyError
        If the rule calls a function, takes an answer itself for true or false, or compares lists.

    Examples
    --------
    >>> from surveylib.grammar import parse
    >>> to_xpath(parse("a2_ontime == 3 and not b1_had_issue in [0, 9]"))
    '${a2_ontime} = 3 and not((${b1_had_issue} = 0 or ${b1_had_issue} = 9))'
    >>> to_xpath(parse("x != 3"))
    "(${x} != '' and ${x} != 3)"
    >>> to_xpath(parse("2 in seen")), to_xpath(parse("2 not in seen"))
    ("selected(${seen}, '2')", "(${seen} != '' and not(selected(${seen}, '2')))")
    """
    try:
        return _condition(rule.tree, refer)
    except _Untranslatable as error:
        raise SurveyError(
            "rule cannot be written as XPath",
            where=where,
            expected="answers compared with codes, numbers or other answers",
            got=f"{error} in {rule.text!r}",
        ) from error


class _Untranslatable(Exception):
    """The part of a rule that XPath has no words for."""


def _condition(node: ast.expr, refer: Refer) -> str:
    match node:
        case ast.BoolOp(op=op, values=values):
            joiner = " and " if isinstance(op, ast.And) else " or "
            return joiner.join(_part(value, refer) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"not({_condition(operand, refer)})"
        case ast.Compare(left=left, ops=ops, comparators=comparators):
            steps = zip(pairwise([left, *comparators]), ops, strict=True)
            parts = [_comparison(type(op), first, second, refer) for (first, second), op in steps]
            return parts[0] if len(parts) == 1 else f"({' and '.join(parts)})"
    raise _Untranslatable(ast.unparse(node))


def _part(node: ast.expr, refer: Refer) -> str:
    made = _condition(node, refer)
    return f"({made})" if isinstance(node, ast.BoolOp) else made


def _comparison(op: type[ast.cmpop], left: ast.expr, right: ast.expr, refer: Refer) -> str:
    if op is ast.In:
        return _member(left, right, refer)
    if op is ast.NotIn:
        return _answered(f"not({_member(left, right, refer)})", refer, left, right)
    first, second = _operand(left, refer), _operand(right, refer)
    if isinstance(left, ast.Name) and isinstance(right, ast.Name) and op in (ast.Eq, ast.NotEq):
        # Two answers would be compared as texts, where two blanks are alike.
        first, second = f"number({first})", f"number({second})"
    made = f"{first} {_SIGNS[op]} {second}"
    return _answered(made, refer, left, right) if op is ast.NotEq else made


def _answered(made: str, refer: Refer, *sides: ast.expr) -> str:
    """`made`, and no blank among the answers it compares: what a form finds different from a blank is not."""
    guards = [f"{refer(side.id)} != ''" for side in sides if isinstance(side, ast.Name)]
    return f"({' and '.join([*guards, made])})" if guards else made


def _member(left: ast.expr, right: ast.expr, refer: Refer) -> str:
    """``x in [1, 2]``: one of several codes; ``2 in x``: a mark among several."""
    match right:
        case ast.List(elts=choices) | ast.Tuple(elts=choices):
            tests = [_comparison(ast.Eq, left, choice, refer) for choice in choices]
            return f"({' or '.join(tests)})" if tests else "false()"
        case ast.Name(id=name):
            # A mark is a text among texts: 2 and '2' are the same one.
            return f"selected({refer(name)}, {literal(_constant(left).strip(_QUOTES))})"
    raise _Untranslatable(ast.unparse(right))


def _operand(node: ast.expr, refer: Refer) -> str:
    return refer(node.id) if isinstance(node, ast.Name) else _constant(node)


def _constant(node: ast.expr) -> str:
    match node:
        case ast.Constant(value=str(text)) if text:  # an empty text is how a form says blank
            return literal(text)
        case ast.Constant(value=value) if not isinstance(value, str):
            return number(value)
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)) if not isinstance(value, str):
            return f"-{number(value)}"
    raise _Untranslatable(ast.unparse(node))


def number(value: float) -> str:
    """A number as XPath writes it: no exponent, no trailing zeros.

    >>> number(3), number(2.50), number(1e-7), number(1e6)
    ('3', '2.5', '0.0000001', '1000000')
    """
    text = format(Decimal(repr(value)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def literal(text: str) -> str:
    """A text as XPath quotes it.

    >>> print(literal("Có"), literal("it's"))
    'Có' "it's"
    """
    if "'" not in text:
        return f"'{text}'"
    if '"' not in text:
        return f'"{text}"'
    parts = ', "\'", '.join(f"'{part}'" for part in text.split("'"))
    return f"concat({parts})"
