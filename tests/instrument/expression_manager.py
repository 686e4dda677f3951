"""LimeSurvey's ExpressionManager, so far as our exports need it: its words, its grammar, its comparisons.

Written after the source of LimeSurvey 6 (application/helpers/expressions/em_core_helper.php), knowing nothing
of how our own rules are made. Whatever that parser would refuse is refused here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

# In the order in which it looks: words of comparison come before names, so that no name can be one of them.
_TOKENS = re.compile(
    r"""(?P<text>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?P<space>\s+)|(?P<open>\()|(?P<close>\))|(?P<comma>,)
    |(?P<join>\band\b|\bor\b|&&|\|\|)
    |(?P<compare><=|<|>=|>|==|!=|\ble\b|\blt\b|\bge\b|\bgt\b|\beq\b|\bne\b)
    |(?P<word>[a-z][a-z0-9_]*(?:\.[a-z][a-z0-9_]*)*)|(?P<number>[0-9]+\.?[0-9]*|\.[0-9]+)
    |(?P<no>!)|(?P<sign>[-+*/])""",
    re.VERBOSE | re.IGNORECASE,
)
_EQUAL, _ORDER = ("==", "eq", "!=", "ne"), ("<", "lt", "<=", "le", ">", "gt", ">=", "ge")
Value = str | bool


class Refused(Exception):
    """What the parser would refuse."""


def evaluate(rule: str, variables: Mapping[str, str], *, this: str | None = None) -> bool:
    """Whether `rule` holds where the variables (without `.NAOK`) have these values, "" where not asked."""
    parser = _Parser(rule, variables, this)
    value, _ = parser.either()
    if parser.tokens:
        raise Refused(f"extra tokens in {rule}: {parser.tokens}")
    return _true(value)


class _Parser:
    def __init__(self, rule: str, variables: Mapping[str, str], this: str | None) -> None:
        self.variables, self.this = variables, this
        self.tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(rule):
            found = _TOKENS.match(rule, at)
            if found is None:
                raise Refused(f"{rule[at:]!r} in {rule}")
            if found.lastgroup != "space":
                self.tokens.append((found.lastgroup, found.group()))
            at = found.end()

    def either(self) -> tuple[Value, str]:
        return self._joined(("||", "or"), lambda: self._joined(("&&", "and"), self._equal))

    def _joined(self, words, part) -> tuple[Value, str]:
        left = part()
        while self._next() in words:
            self.tokens.pop(0)
            right = part()  # both sides are always worked out
            both = (_true(left[0]), _true(right[0]))
            left = (any(both) if "or" in words else all(both), "NUMBER")
        return left

    def _equal(self) -> tuple[Value, str]:
        left = self._ordered()
        while self._next() in _EQUAL:
            sign = self.tokens.pop(0)[1]
            same = _loosely_equal(left[0], self._ordered()[0])
            left = (same == (sign in ("==", "eq")), "NUMBER")
        return left

    def _ordered(self) -> tuple[Value, str]:
        left = self._one()
        while self._next() in _ORDER:
            sign = self.tokens.pop(0)[1]
            left = (_in_order(left, sign, self._one()), "NUMBER")
        return left

    def _one(self) -> tuple[Value, str]:
        kind, word = self._take()
        if kind == "no":
            return not _true(self._plain()[0]), "NUMBER"
        if (kind, word) == ("sign", "-"):
            return f"-{self._plain()[0]}", "NUMBER"
        self.tokens.insert(0, (kind, word))
        return self._plain()

    def _plain(self) -> tuple[Value, str]:
        kind, word = self._take()
        match kind:
            case "open":
                inside = self.either()
                self._close()
                return inside
            case "number":
                return word, "NUMBER"
            case "text":
                return word[1:-1], "STRING"
            case "word" if self._next() == "(":
                return self._call(word)
            case "word":
                return self._value(word), "WORD"
        raise Refused(f"a value was due, not {word!r}")

    def _call(self, word: str) -> tuple[Value, str]:
        if word != "is_empty":
            raise Refused(f"function {word}")
        self._take()
        value, _ = self.either()
        self._close()
        return value in ("", False), "NUMBER"

    def _value(self, word: str) -> str:
        name, _, suffix = word.partition(".")
        if suffix != "NAOK":
            raise Refused(f"{word} makes the whole rule false where it was not asked")
        name = self.this if name == "this" and self.this else name
        if name not in self.variables:
            raise Refused(f"undefined variable {name}")
        return self.variables[name]

    def _close(self) -> None:
        if self._take()[0] != "close":
            raise Refused("right parenthesis")

    def _take(self) -> tuple[str, str]:
        if not self.tokens:
            raise Refused("poorly terminated expression")
        return self.tokens.pop(0)

    def _next(self) -> str:
        return self.tokens[0][1].lower() if self.tokens else ""


def _true(value: Value) -> bool:
    return value not in ("", "0", False)


def _number(value: Value) -> Decimal | None:
    """The value where it is a number, so written that a program would write it alike."""
    text = str(value)
    return Decimal(text) if re.fullmatch(r"-?(0|[1-9][0-9]*)(\.[0-9]*[1-9])?", text) else None


def _loosely_equal(left: Value, right: Value) -> bool:
    one, other = _number(left), _number(right)
    return str(left) == str(right) if one is None or other is None else one == other


def _in_order(left: tuple[Value, str], sign: str, right: tuple[Value, str]) -> bool:
    one, other = _number(left[0]), _number(right[0])
    if "STRING" in (left[1], right[1]) and None not in (one, other):
        one = other = None  # a text stays a text beside a number
    elif (one is None) != (other is None):
        return False  # a number beside a text: never
    a, b = (str(left[0]), str(right[0])) if one is None or other is None else (one, other)
    ways = {("<", "lt"): a < b, ("<=", "le"): a <= b, (">", "gt"): a > b, (">=", "ge"): a >= b}
    return next(holds for signs, holds in ways.items() if sign in signs)
