"""Skip rules of forms, read back from XPath into the rule language.

Only what that language can say is read: answers compared with constants or with one another, ``selected``,
``and``, ``or``, ``not``. What a form finds true of a blank answer stays true of it.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from typing import Protocol

from surveylib.errors import SurveyError

_TOKEN = re.compile(
    r"\s*(?:(?P<name>\$\{\s*[^}\s]+\s*\})|(?P<number>\d+(?:\.\d+)?|\.\d+)|(?P<text>'[^']*'|\"[^\"]*\")"
    r"|(?P<sign><=|>=|!=|=|<|>|\(|\)|,|-)|(?P<word>[A-Za-z][A-Za-z0-9-]*))"
)
_SIGNS = {"=": ast.Eq, "!=": ast.NotEq, "<": ast.Lt, "<=": ast.LtE, ">": ast.Gt, ">=": ast.GtE}
_DEEPEST = 40


class Names(Protocol):
    """What the reader must know of the form's questions."""

    def rename(self, name: str) -> str:
        """The item's id for the name the form uses."""

    def code(self, name: str, text: str) -> int | float | str:
        """The code of a choice of that question."""

    def codes(self, name: str) -> tuple[int, ...]:
        """All codes of that question, () when they are not finite."""

    def multiple(self, name: str) -> bool:
        """Whether several choices may be marked."""


class Unreadable(SurveyError):
    """The part of an XPath expression that the rule language cannot say."""


def read_xpath(text: str, *, names: Names) -> str:
    """The rule that is true for the same answers as the form's expression.

    Raises
    ------
    SurveyError
        If the expression uses something outside the rule language: arithmetic, dates, functions, paths.
    """
    reader = _Reader(text, names)
    tree = reader.either(0)
    if reader.here < len(reader.tokens):
        raise reader.refusal()
    return ast.unparse(ast.fix_missing_locations(ast.Expression(tree)))


class _Reader:
    """Recursive descent over the tokens; every method gives a condition of the rule language."""

    def __init__(self, text: str, names: Names) -> None:
        self.text, self.names, self.here = text, names, 0
        self.tokens = list(_tokens(text))

    def refusal(self) -> Unreadable:
        at = self.tokens[self.here][1] if self.here < len(self.tokens) else "the end"
        return Unreadable(
            "this condition of a form has no words in the rule language",
            expected="answers compared with codes or numbers, selected(), and, or, not()",
            got=f"{self.text!r}, at {at}",
        )

    def take(self, *wanted: str) -> str | None:
        if self.here < len(self.tokens) and self.tokens[self.here][1] in wanted:
            self.here += 1
            return self.tokens[self.here - 1][1]
        return None

    def must(self, wanted: str) -> None:
        if self.take(wanted) is None:
            raise self.refusal()

    def either(self, depth: int) -> ast.expr:
        parts = [self.both(depth)]
        while self.take("or"):
            parts.append(self.both(depth))
        return _joined(ast.Or(), parts)

    def both(self, depth: int) -> ast.expr:
        parts = [self.one(depth)]
        while self.take("and"):
            parts.append(self.one(depth))
        return self.guarded(parts)

    def one(self, depth: int) -> ast.expr:
        if depth > _DEEPEST:
            raise self.refusal()
        if self.take("not"):
            self.must("(")
            inner = self.either(depth + 1)
            self.must(")")
            return ast.UnaryOp(op=ast.Not(), operand=inner)
        if self.take("selected"):
            return self.selected()
        if self.take("("):
            inner = self.either(depth + 1)
            self.must(")")
            return inner
        return self.comparison()

    def selected(self) -> ast.expr:
        self.must("(")
        name = self.operand()
        self.must(",")
        code = self.operand()
        self.must(")")
        if not isinstance(name, ast.Name) or not isinstance(code, ast.Constant):
            raise self.refusal()
        value = self.coded(name, code)
        if self.names.multiple(name.id):
            return _compare(value, ast.In(), _renamed(name, self.names))
        return _compare(_renamed(name, self.names), ast.Eq(), value)

    def comparison(self) -> ast.expr:
        left = self.operand()
        sign = self.take(*_SIGNS)
        if sign is None:
            raise self.refusal()
        right = self.operand()
        if isinstance(right, ast.Name) and not isinstance(left, ast.Name):
            left, right, sign = right, left, sign.translate(str.maketrans("<>", "><"))
        if not isinstance(left, ast.Name):
            raise self.refusal()
        if isinstance(right, ast.Name):
            return self.of_two(left, sign, right)
        if right.value == "":
            return self.answered(left, sign)
        if self.names.multiple(left.id):
            raise self.refusal()
        name, value = _renamed(left, self.names), self.coded(left, right)
        if sign == "!=":  # of a blank answer the form finds this true
            return ast.UnaryOp(op=ast.Not(), operand=_compare(name, ast.Eq(), value))
        return _compare(name, _SIGNS[sign](), value)

    def of_two(self, left: ast.Name, sign: str, right: ast.Name) -> ast.expr:
        if self.names.multiple(left.id) or self.names.multiple(right.id):
            raise self.refusal()
        sides = _renamed(left, self.names), _renamed(right, self.names)
        if sign == "!=":
            return ast.UnaryOp(op=ast.Not(), operand=_compare(sides[0], ast.Eq(), sides[1]))
        return _compare(sides[0], _SIGNS[sign](), sides[1])

    def answered(self, name: ast.Name, sign: str) -> ast.expr:
        """``x != ''``: a mark that `guarded` looks for, else one of all codes."""
        if sign not in ("=", "!="):
            raise self.refusal()
        mark = _Answered(name.id)
        return mark if sign == "!=" else ast.UnaryOp(op=ast.Not(), operand=self.spelt(mark))

    def spelt(self, mark: _Answered) -> ast.expr:
        codes = self.names.codes(mark.name)
        if not codes or self.names.multiple(mark.name):
            raise self.refusal()
        listed = ast.List(elts=[ast.Constant(value=code) for code in codes], ctx=ast.Load())
        return _compare(ast.Name(id=self.names.rename(mark.name), ctx=ast.Load()), ast.In(), listed)

    def guarded(self, parts: list[ast.expr]) -> ast.expr:
        """Conditions joined by ``and``: an ``x != ''`` among them makes a denial of x one of the rule
        language, where a blank satisfies no comparison."""
        guards = {self.names.rename(part.name): part for part in parts if isinstance(part, _Answered)}
        made = []
        for part in parts:
            if isinstance(part, _Answered):
                continue
            denied = _denied(part, set(guards))
            made.append(denied or part)
            for name in [name for name in guards if name in _implied(made[-1])]:
                guards.pop(name)
        return _joined(ast.And(), [*(self.spelt(mark) for mark in guards.values()), *made])

    def coded(self, name: ast.Name, value: ast.Constant) -> ast.Constant:
        known = isinstance(value.value, str)
        return ast.Constant(value=self.names.code(name.id, value.value)) if known else value

    def operand(self) -> ast.Name | ast.Constant:
        wrapped = 0
        while self.take("number", "string"):
            self.must("(")
            wrapped += 1
        made = self.plain()
        for _ in range(wrapped):
            self.must(")")
        return made

    def plain(self) -> ast.Name | ast.Constant:
        minus = self.take("-") is not None
        kind, token = self.tokens[self.here] if self.here < len(self.tokens) else ("", "")
        if kind not in ("name", "number", "text") or (minus and kind != "number"):
            raise self.refusal()
        self.here += 1
        if kind == "name":
            return ast.Name(id=token[2:-1].strip(), ctx=ast.Load())
        if kind == "text":
            return ast.Constant(value=token[1:-1])
        value = float(token) if "." in token else int(token)
        return ast.Constant(value=-value if minus else value)


class _Answered(ast.expr):
    """``x != ''`` until it is known what stands beside it."""

    _fields = ()

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place = 0
    while text[place:].strip():
        found = _TOKEN.match(text, place)
        if found is None:
            raise Unreadable(
                "this condition of a form has no words in the rule language",
                got=f"{text!r}, at {text[place:].strip()[:20]!r}",
            )
        yield found.lastgroup, found[found.lastgroup]
        place = found.end()


def _joined(op: ast.boolop, parts: list[ast.expr]) -> ast.expr:
    if len(parts) == 1:
        return parts[0]
    if isinstance(op, ast.Or) and (listed := _one_of(parts)) is not None:
        return listed
    return ast.BoolOp(op=op, values=parts)


def _one_of(parts: list[ast.expr]) -> ast.expr | None:
    """``x == 1 or x == 2`` as ``x in [1, 2]``."""
    names, values = set(), []
    for part in parts:
        match part:
            case ast.Compare(left=ast.Name(id=name), ops=[ast.Eq()], comparators=[ast.Constant() as value]):
                names.add(name)
                values.append(value)
            case _:
                return None
    if len(names) != 1:
        return None
    return _compare(ast.Name(id=names.pop(), ctx=ast.Load()), ast.In(), ast.List(elts=values, ctx=ast.Load()))


_OPPOSITE = {ast.Eq: ast.NotEq, ast.In: ast.NotIn}


def _denied(part: ast.expr, guarded: set[str]) -> ast.expr | None:
    """``not x == 3`` as ``x != 3`` where every answer in it is known to be there."""
    match part:
        case ast.UnaryOp(op=ast.Not(), operand=ast.Compare(left=left, ops=[op], comparators=[right])):
            names = {side.id for side in (left, right) if isinstance(side, ast.Name)}
            if names <= guarded and type(op) in _OPPOSITE:
                return _compare(left, _OPPOSITE[type(op)](), right)
    return None


def _implied(part: ast.expr) -> set[str]:
    """The answers that cannot be blank where `part` holds."""
    if isinstance(part, ast.Compare):
        return {side.id for side in (part.left, *part.comparators) if isinstance(side, ast.Name)}
    if isinstance(part, ast.BoolOp):
        sets = [_implied(value) for value in part.values]
        return set.union(*sets) if isinstance(part.op, ast.And) else set.intersection(*sets)
    return set()


def _renamed(name: ast.Name, names: Names) -> ast.Name:
    return ast.Name(id=names.rename(name.id), ctx=ast.Load())


def _compare(left: ast.expr, op: ast.cmpop, right: ast.expr) -> ast.Compare:
    return ast.Compare(left=left, ops=[op], comparators=[right])
