"""A skip rule as a sentence, for people who do not read rules."""

from __future__ import annotations

import ast

from surveylib.grammar import Expression
from surveylib.model.questionnaire import Questionnaire, Scale
from surveylib.model.text import Lang, Text

_SIGNS: dict[type, Text] = {
    ast.Eq: Text(vi="là", en="is"),
    ast.NotEq: Text(vi="không phải là", en="is not"),
    ast.Lt: Text(vi="nhỏ hơn", en="is below"),
    ast.LtE: Text(vi="không quá", en="is at most"),
    ast.Gt: Text(vi="lớn hơn", en="is above"),
    ast.GtE: Text(vi="từ", en="is at least"),
    ast.In: Text(vi="là một trong", en="is one of"),
    ast.NotIn: Text(vi="không thuộc", en="is none of"),
}
_MARKED = {
    ast.In: Text(vi="có đánh dấu", en="has a mark at"),
    ast.NotIn: Text(vi="không đánh dấu", en="has no mark at"),
}
_AND, _OR, _NOT = Text(vi="và", en="and"), Text(vi="hoặc", en="or"), Text(vi="không phải", en="not")


def rule_in_words(rule: Expression, *, questionnaire: Questionnaire, lang: Lang) -> str:
    """The rule with the ids of items kept and codes replaced by their labels: ``a2_ontime là “Trễ hẹn”``."""
    return _words(rule.tree, questionnaire, lang)


def _words(node: ast.AST, questionnaire: Questionnaire, lang: Lang) -> str:
    match node:
        case ast.BoolOp(op=op, values=values):
            joiner = (_AND if isinstance(op, ast.And) else _OR).get(lang)
            return f" {joiner} ".join(_part(value, questionnaire, lang) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return f"{_NOT.get(lang)} {_part(operand, questionnaire, lang)}"
        case ast.Compare(left=code, ops=[ast.In() | ast.NotIn() as op], comparators=[ast.Name(id=name)]):
            label = _side(code, questionnaire.scale_of(name), lang)
            return f"{name} {_MARKED[type(op)].get(lang)} {label}"
        case ast.Compare(left=left, ops=ops, comparators=right):
            sides = [left, *right]
            scale = _scale(sides, questionnaire)
            words = [_side(sides[0], scale, lang)]
            for op, side in zip(ops, sides[1:], strict=True):
                words += [_SIGNS[type(op)].get(lang), _side(side, scale, lang)]
            return " ".join(words)
    return ast.unparse(node)


def _part(node: ast.AST, questionnaire: Questionnaire, lang: Lang) -> str:
    words = _words(node, questionnaire, lang)
    return f"({words})" if isinstance(node, ast.BoolOp) else words


def _scale(sides: list[ast.expr], questionnaire: Questionnaire) -> Scale | None:
    names = [side.id for side in sides if isinstance(side, ast.Name)]
    return questionnaire.scale_of(names[0]) if names else None


def _side(node: ast.expr, scale: Scale | None, lang: Lang) -> str:
    match node:
        case ast.List(elts=parts) | ast.Tuple(elts=parts):
            return ", ".join(_side(part, scale, lang) for part in parts)
        case ast.Constant(value=value):
            choices = (*scale.choices, *scale.off_scale) if scale else ()
            return next((f"“{c.text.get(lang)}”" for c in choices if c.code == value), str(value))
    return ast.unparse(node)
