"""What a skip rule compares with what."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from surveylib.grammar import Expression

_FLIPPED = {ast.Lt: ast.Gt, ast.LtE: ast.GtE, ast.Gt: ast.Lt, ast.GtE: ast.LtE}
Comparison = tuple[str, type[ast.cmpop], list]


def comparisons(rule: Expression | None) -> Iterator[Comparison]:
    """(item, operator, constants) of every comparison of an item with constants; ``3 > x`` is ``x < 3``.

    >>> from surveylib.grammar import parse
    >>> [(name, values) for name, _, values in comparisons(parse("a == 1 or 3 > b or c in [1, 2]"))]
    [('a', [1]), ('b', [3]), ('c', [1, 2])]
    """
    for node in ast.walk(rule.tree) if rule else ():
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
