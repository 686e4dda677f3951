"""A plan's rules in words: what each probability asks, and how large it must be."""

from __future__ import annotations

import ast
import itertools

from surveylib.evaluation.predict import threshold_value
from surveylib.evaluation.say import points
from surveylib.grammar import parse
from surveylib.model.plan import AnalysisPlan
from surveylib.model.rule import Question, Rule, question
from surveylib.model.text import LANGS, Lang, Text

QUANTITIES = {
    "theta": Text(vi="tác động trung bình", en="the average effect"),
    "theta_new": Text(vi="tác động ở một đơn vị mới", en="the effect in a new unit"),
}
# Around nought the comparison has a plainer name than its numbers.
_PLAIN = {
    ("theta", ">"): Text(vi="mô hình có ích", en="the programme helps"),
    ("theta", "<"): Text(vi="mô hình gây hại", en="the programme harms"),
    ("theta_new", ">"): Text(vi="một đơn vị mới được lợi", en="a new unit gains"),
    ("theta_new", "<"): Text(vi="một đơn vị mới bị thiệt", en="a new unit loses"),
}
_POINTS = {
    ">": Text(vi="{} lớn hơn {}", en="{} is above {}"),
    ">=": Text(vi="{} từ {} trở lên", en="{} is at least {}"),
    "<": Text(vi="{} nhỏ hơn {}", en="{} is below {}"),
    "<=": Text(vi="{} không quá {}", en="{} is at most {}"),
}
_CHANCE = {
    ast.Gt: Text(vi="trên {}", en="above {}"),
    ast.GtE: Text(vi="ít nhất {}", en="at least {}"),
    ast.Lt: Text(vi="dưới {}", en="below {}"),
    ast.LtE: Text(vi="không quá {}", en="at most {}"),
}
_TURNED = {ast.Gt: ast.Lt, ast.GtE: ast.LtE, ast.Lt: ast.Gt, ast.LtE: ast.GtE}
_JOINED = {ast.And: Text(vi=", và ", en=", and "), ast.Or: Text(vi=", hoặc ", en=", or ")}
_ELSE = Text(vi="không quy tắc nào đứng trước thỏa mãn", en="none of the rules before it holds")


def question_words(asked: Question, *, plan: AnalysisPlan) -> Text:
    """What a probability is the probability of, with the plan's thresholds in points.

    >>> asked = Question(variable="theta", operator=">=", threshold="sesoi")
    >>> question_words(asked, plan=AnalysisPlan()).en
    'the average effect is at least 0.20 points'
    """
    value = threshold_value(asked, plan=plan)
    what, order = QUANTITIES[asked.variable], _POINTS[asked.operator]
    said = {
        lang: order.get(lang).format(what.get(lang), f"{points(value, lang)} {unit}" if value else "0")
        for lang, unit in (("vi", "điểm"), ("en", "points"))
    }
    return Text(**said)


def rule_words(rule: Rule, *, plan: AnalysisPlan) -> Text:
    """When a rule holds, as a sentence without its first capital; the formula itself where the grammar allows
    what has no words here (``==``).

    Examples
    --------
    >>> plan = AnalysisPlan()
    >>> rule_words(Rule(verdict="extend", when="P(theta > 0) >= 0.70"), plan=plan).en
    'the probability that the programme helps is at least 70%'
    >>> rule_words(Rule(verdict="revise", when="P(theta > 0) == 0.5"), plan=plan).en
    'P(theta > 0) == 0.5'
    """
    if rule.expression is None:
        return _ELSE
    said = {lang: _said(rule.expression.tree, plan, lang) for lang in LANGS}
    return Text(**{lang: words or rule.when for lang, words in said.items()})


def _said(node: ast.expr, plan: AnalysisPlan, lang: Lang, *, inner: bool = False) -> str | None:
    """The words of one node, None where any part of it has none; brackets where words alone would not tell
    which belongs to which."""
    match node:
        case ast.BoolOp(op=op, values=values):
            parts = [_said(one, plan, lang, inner=True) for one in values]
            joined = None if None in parts else _JOINED[type(op)].get(lang).join(parts)
            return f"({joined})" if inner and joined else joined
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            words = _said(operand, plan, lang)
            no = Text(vi="không đúng rằng ({})", en="it is not so that ({})")
            return no.get(lang).format(words) if words else None
        case ast.Compare(left=left, ops=ops, comparators=others):
            sides = itertools.pairwise([left, *others])
            parts = [_compared(*pair, op, plan, lang) for pair, op in zip(sides, ops, strict=True)]
            return None if None in parts else _JOINED[ast.And].get(lang).join(parts)
    return None


def _compared(left: ast.expr, right: ast.expr, op: ast.cmpop, plan: AnalysisPlan, lang: Lang) -> str | None:
    kind = type(op)
    if isinstance(right, ast.Call):
        left, right, kind = right, left, _TURNED.get(kind)
    if kind not in _CHANCE or not isinstance(left, ast.Call) or not isinstance(right, ast.Constant):
        return None
    asked = question(parse(ast.unparse(left.args[0])))
    nought = threshold_value(asked, plan=plan) == 0
    plain = _PLAIN.get((asked.variable, asked.operator)) if nought else None
    event = (plain or question_words(asked, plan=plan)).get(lang)
    bound = _CHANCE[kind].get(lang).format(_share(right.value, lang))
    whole = Text(vi="xác suất {} là {}", en="the probability that {} is {}")
    return whole.get(lang).format(event, bound)


def _share(value: float, lang: Lang) -> str:
    """0.975 as 97.5%: the plan's own number, not rounded."""
    text = f"{100 * value:.10g}%"
    return text.replace(".", ",") if lang == "vi" else text
