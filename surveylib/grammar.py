"""A small safe language for skip rules and decision rules: parsed into a tree, never evaluated as Python.

``a2_ontime == 3 and not (b1_had_issue in [0, 9])`` over answers;
``P(theta > 0) >= 0.95 and P(theta >= sesoi) >= 0.5`` over the posterior of an evaluation.
Allowed: names, numbers, strings, lists of these, comparisons, ``and``, ``or``, ``not``, and the functions the
caller offers. ``3 in ways`` asks whether code 3 is among the marks of an item that takes several.

What every form made from a questionnaire must agree on (an item that was skipped counts as blank):

=====================  =====  =====  =====
answer to ``x``        blank  3      4
=====================  =====  =====  =====
``x == 3``             false  true   false
``x != 3``             false  false  true
``x in [3, 5]``        false  true   false
``x not in [3, 5]``    false  false  true
``x < 4``              false  true   false
``not x == 3``         true   false  true
=====================  =====  =====  =====

=====================  =====  =====  ========  ==================
marks of ``ways``      none   3      3 and 5   9 (an off-scale code)
=====================  =====  =====  ========  ==================
``3 in ways``          false  true   true      false
``3 not in ways``      false  false  false     true
``not 3 in ways``      true   false  false     true
=====================  =====  =====  ========  ==================

A blank answer satisfies no comparison; ``and``, ``or``, ``not`` are the plain ones of two truths.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np

from surveylib.errors import SurveyError, unknown

_COMPARISONS = {
    ast.Eq: "==",
    ast.NotEq: "!=",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.In: "in",
    ast.NotIn: "not in",
}
_LONGEST, _DEEPEST = 2000, 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Expression:
    """A parsed expression: its text, the names it reads, the functions it calls.

    Examples
    --------
    >>> parse("a2_ontime == 3 or x < 1").names
    ('a2_ontime', 'x')
    """

    text: str
    names: tuple[str, ...]
    functions: tuple[str, ...]
    tree: ast.expr = field(repr=False, compare=False)


def parse(text: str, *, where: str | None = None) -> Expression:
    """Parse `text`; raise SurveyError for anything outside the grammar.

    Raises
    ------
    SurveyError
        If the text is not an expression of this grammar (a call by attribute, arithmetic, a lambda, …).
    """
    if len(text) > _LONGEST:
        raise SurveyError(
            "rule is too long", where=where, expected=f"at most {_LONGEST} characters", got=str(len(text))
        )
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise SurveyError("rule cannot be read", where=where, expected=_FORM, got=repr(text)) from error
    names: list[str] = []
    functions: list[str] = []
    _check(tree, text, where, names, functions, depth=0)
    return Expression(
        text=text.strip(),
        names=tuple(dict.fromkeys(names)),
        functions=tuple(dict.fromkeys(functions)),
        tree=tree,
    )


_FORM = (
    "comparisons joined by and, or, not; for example: a2_ontime == 3 and b1_had_issue != 0; "
    "in a plan: P(theta > 0) >= 0.95"
)


def _check(node: ast.AST, text: str, where: str | None, names: list, functions: list, *, depth: int) -> None:
    if depth > _DEEPEST:
        raise SurveyError("rule is nested too deeply", where=where, expected=f"at most {_DEEPEST} levels")
    match node:
        case ast.Name(id=name):
            names.append(name)
            return
        case ast.Constant(value=value) if isinstance(value, (int, float, str)) and not isinstance(
            value, bool
        ):
            return
        case ast.Call(func=ast.Name(id=name), args=[_, *_], keywords=[]):
            functions.append(name)
            children = node.args
        case ast.BoolOp():
            children = node.values
        case ast.UnaryOp(op=ast.Not() | ast.USub()):
            children = [node.operand]
        case ast.Compare() if _comparable(node):
            children = [node.left, *node.comparators]
        case ast.List() | ast.Tuple():
            children = node.elts
        case _:
            raise SurveyError(
                "rule uses something outside the rule language",
                where=where,
                expected=_FORM,
                got=f"{type(node).__name__} in {text!r}",
            )
    for child in children:
        _check(child, text, where, names, functions, depth=depth + 1)


def _comparable(node: ast.Compare) -> bool:
    """Known operators; ``in`` before a list, or between one constant and one name."""
    if not all(type(op) in _COMPARISONS for op in node.ops):
        return False
    sides = [node.left, *node.comparators]
    for place, op in enumerate(node.ops):
        left, right = sides[place], sides[place + 1]
        marks = isinstance(right, ast.Name) and isinstance(left, ast.Constant | ast.UnaryOp)
        if isinstance(op, ast.In | ast.NotIn) and not (marks or isinstance(right, ast.List | ast.Tuple)):
            return False
    return True


def answers(column) -> np.ndarray:
    """One column of answers (anything with ``to_numpy``) as `evaluate` takes it: numbers where they are
    numbers, else text, as the marks of a list ("1 3") are.

    Examples
    --------
    >>> import pandas as pd
    >>> answers(pd.Series(["1", None, "4"])), answers(pd.Series(["1 3", None], dtype="str"))
    (array([ 1., nan,  4.]), array(['1 3', ''], dtype='<U3'))
    """
    try:
        return column.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError):
        cells = column.to_numpy(dtype=object, na_value="")
        return np.array(["" if cell is None else str(cell) for cell in cells], dtype=str)


def evaluate(
    expression: Expression,
    *,
    values: Mapping[str, object],
    functions: Mapping[str, Callable] | None = None,
    where: str | None = None,
):
    """The value of `expression` with names from `values`: a bool, or an array of bool where values are
    arrays.

    A comparison with a missing answer (NaN) is false, as in a form. A function receives the *tree* of its one
    argument as an Expression, so that ``P(theta > 0)`` can be looked up as a question about θ.

    Examples
    --------
    >>> evaluate(parse("x == 3 and not y > 1"), values={"x": np.array([3, 3, 1]), "y": np.array([0, 2, 0])})
    array([ True, False, False])
    >>> evaluate(parse("3 in ways"), values={"ways": np.array(["1 3", "13", ""])})
    array([ True, False, False])
    """
    return _value(expression.tree, values, functions or {}, where)


def _value(node: ast.AST, values: Mapping, functions: Mapping, where: str | None):
    match node:
        case ast.Name(id=name):
            if name not in values:
                raise unknown("name in a rule", name, values, where=where)
            return values[name]
        case ast.Constant(value=value):
            return value
        case ast.List() | ast.Tuple():
            return [_value(child, values, functions, where) for child in node.elts]
        case ast.UnaryOp(op=ast.USub()):
            return -_value(node.operand, values, functions, where)
        case ast.UnaryOp():
            return np.logical_not(_value(node.operand, values, functions, where))
        case ast.BoolOp(op=op):
            parts = [_value(child, values, functions, where) for child in node.values]
            return (np.logical_and if isinstance(op, ast.And) else np.logical_or).reduce(
                np.broadcast_arrays(*parts)
            )
        case ast.Call(func=ast.Name(id=name)):
            if name not in functions:
                raise unknown("function in a rule", name, functions, where=where)
            return functions[name](*(parse(ast.unparse(argument), where=where) for argument in node.args))
    left, result = _value(node.left, values, functions, where), True
    for op, comparator in zip(node.ops, node.comparators, strict=True):
        right = _value(comparator, values, functions, where)
        result = np.logical_and(result, _compare(_COMPARISONS[type(op)], left, right))
        left = right
    return result


def _compare(op: str, left, right):
    if op in ("in", "not in"):
        listed = isinstance(right, list)
        found = np.isin(left, np.asarray(right)) if listed else _marked(left, right)
        return found if op == "in" else ~found & ~_missing(left if listed else right)
    array = {
        "==": np.equal,
        "!=": np.not_equal,
        "<": np.less,
        "<=": np.less_equal,
        ">": np.greater,
        ">=": np.greater_equal,
    }[op](left, right)
    # NaN != 3 is true in arithmetic but a blank answer satisfies no rule in a form.
    return array & ~(_missing(left) | _missing(right)) if op == "!=" else array


def _missing(value):
    array = np.asarray(value)
    if array.dtype.kind == "f":
        return np.isnan(array)
    if array.dtype.kind in "OUT":
        return _each(array, lambda cell: not _words(cell))
    return np.zeros(array.shape, dtype=bool)


def _marked(code, marks):
    """Whether `code` is one of the marks: text with blanks between codes, or a single code as a number."""
    wanted = _words(code)
    return _each(np.asarray(marks), lambda cell: bool(wanted & _words(cell)))


def _each(array: np.ndarray, holds: Callable[[object], bool]) -> np.ndarray:
    truths = [holds(cell) for cell in array.ravel().tolist()]
    return np.array(truths, dtype=bool).reshape(array.shape)


def _words(cell) -> set[str]:
    if cell is None or cell != cell:
        return set()
    return {f"{cell:g}"} if isinstance(cell, int | float) else set(str(cell).split())


def children(expression: Expression) -> tuple[str, str, object] | None:
    """(name, operator, right side) of a single comparison such as ``theta >= sesoi``, or None when it is
    something else.

    >>> children(parse("theta >= sesoi"))
    ('theta', '>=', 'sesoi')
    """
    match expression.tree:
        case ast.Compare(left=ast.Name(id=name), ops=[op], comparators=[right]):
            match right:
                case ast.Name(id=other):
                    return name, _COMPARISONS[type(op)], other
                case ast.Constant(value=value):
                    return name, _COMPARISONS[type(op)], value
                case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=value)):
                    return name, _COMPARISONS[type(op)], -value
    return None
