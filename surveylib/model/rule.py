"""The decision rule: verdicts, and the probabilities each of them asks for."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from surveylib.errors import SurveyError, unknown
from surveylib.grammar import Expression, children, parse

Verdict = Literal["stop", "roll_out", "extend", "revise"]
QUANTITIES = ("theta", "theta_new")
THRESHOLDS = ("sesoi", "harm", "noninferior_margin")
_ORDERS = ("<", "<=", ">", ">=")
_FORM = "P(theta >= sesoi), P(theta_new > 0)"
_STRICT = {"extra": "forbid"}
_STRICT_ALIASED = {"extra": "forbid", "populate_by_name": True}


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """One probability a rule asks for: P(variable operator threshold)."""

    variable: Literal["theta", "theta_new"]
    operator: Literal["<", "<=", ">", ">="]
    threshold: str | float

    @property
    def text(self) -> str:
        bound = self.threshold if isinstance(self.threshold, str) else f"{self.threshold:g}"
        return f"P({self.variable} {self.operator} {bound})"


def question(expression: Expression, *, where: str | None = None) -> Question:
    """The question in ``theta >= sesoi``; SurveyError when it is none.

    >>> question(parse("theta_new > 0")).text
    'P(theta_new > 0)'
    """
    parts = children(expression)
    if parts is None or parts[1] not in _ORDERS:
        raise SurveyError("P() asks one comparison", where=where, expected=_FORM, got=f"P({expression.text})")
    variable, operator, threshold = parts
    if variable not in QUANTITIES:
        raise unknown("quantity in a rule", variable, QUANTITIES, where=where)
    if isinstance(threshold, str) and threshold not in THRESHOLDS:
        raise unknown("threshold in a rule", threshold, THRESHOLDS, where=where)
    return Question(variable=variable, operator=operator, threshold=threshold)


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """What a verdict brings with it: the comparison units enter in so many batches, in an order drawn by
    lot."""

    __pydantic_config__ = _STRICT
    design: Literal["staged_random_order"]
    batches: int = 2

    def __post_init__(self) -> None:
        if self.batches < 2:
            raise SurveyError(
                "a staged extension needs a batch that waits",
                where="rules, with.batches",
                expected="2 or more",
                got=str(self.batches),
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A verdict and when it is reached: comparisons of probabilities, or ``else``."""

    __pydantic_config__ = _STRICT_ALIASED
    verdict: Verdict
    when: str
    follow_up: Annotated[FollowUp | None, Field(alias="with")] = None

    def __post_init__(self) -> None:
        if self.expression is None:
            return
        where = f"rule {self.verdict}"
        for name in self.expression.functions:
            if name != "P":
                raise unknown("function in a rule", name, ["P"], where=where)
        for node in ast.walk(self.expression.tree):
            _check_compared(node, where)
        _check_bare(self.expression.tree, where)
        if not self.questions:
            raise SurveyError(
                "rule asks for no probability", where=where, expected="P(theta > 0) >= 0.95", got=self.when
            )

    @property
    def expression(self) -> Expression | None:
        """The parsed condition, or None for ``else``."""
        return None if self.when.strip() == "else" else parse(self.when, where=f"rule {self.verdict}")

    @property
    def questions(self) -> tuple[Question, ...]:
        """The probabilities the rule asks for, in the order of writing."""
        if self.expression is None:
            return ()
        where = f"rule {self.verdict}"
        calls = [node for node in ast.walk(self.expression.tree) if isinstance(node, ast.Call)]
        calls.sort(key=lambda node: (node.lineno, node.col_offset))
        if any(len(call.args) != 1 for call in calls):
            raise SurveyError("P() asks one comparison", where=where, got=self.when)
        return tuple(dict.fromkeys(question(parse(ast.unparse(call.args[0])), where=where) for call in calls))


def _check_compared(node: ast.AST, where: str) -> None:
    """A probability is compared with a number from 0 to 1: 95 for 0.95 would never be reached, silently."""
    if not isinstance(node, ast.Compare):
        return
    sides = [node.left, *node.comparators]
    if not any(isinstance(side, ast.Call) for side in sides):
        return
    for side in sides:
        if isinstance(side, ast.Call):
            continue
        if not isinstance(side, ast.Constant) or isinstance(side.value, str) or not 0 <= side.value <= 1:
            raise SurveyError(
                "a probability is compared with something else",
                where=where,
                expected="a number from 0 to 1",
                got=ast.unparse(side),
            )


def _check_bare(node: ast.AST, where: str) -> None:
    """θ is not known, only probable: outside P() no quantity may stand."""
    if isinstance(node, ast.Call):
        return
    if isinstance(node, ast.Name):
        raise SurveyError(
            "name outside P()",
            where=where,
            expected="P(theta > 0) >= 0.95",
            got=node.id,
            hint="put it inside P(...)",
        )
    for child in ast.iter_child_nodes(node):
        _check_bare(child, where)
