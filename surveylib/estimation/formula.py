"""From a formula such as ``y ~ a + C(g) + a:C(g)`` to terms, and from terms to regressors.

The algebra of formulas is formulaic's; the regressors are ours, because formulaic would evaluate what stands
in a formula as Python, and a formula may come from anybody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import product

import numpy as np
import pandas as pd
from formulaic import Formula
from formulaic.errors import FormulaicError

from surveylib.errors import SurveyError
from surveylib.estimation.declare import column, numbers
from surveylib.estimation.encode import encode, label
from surveylib.model.regression import INTERCEPT, Coding, Part, Term

_LABELS = re.compile(r"C\((.+)\)", re.DOTALL)
_COLOURS = re.compile(r"\x1b\[[0-9;]*m|[⧛⧚]")
_HINT = (
    "columns joined by + : * and -, labels as C(column), odd names in backticks: y ~ a + C(g) + `tuổi (năm)`"
)


def parse(formula: str) -> tuple[str, tuple[tuple[str, ...], ...]]:
    """The outcome, and the terms as tuples of factors: a column's name, or ``C(name)``; () is the constant.

    Raises
    ------
    SurveyError
        What is not a formula; functions, numbers and several outcomes, which are not allowed.

    Examples
    --------
    >>> parse("y ~ wave * C(grp)")
    ('y', ((), ('wave',), ('C(grp)',), ('wave', 'C(grp)')))
    """
    try:
        made = Formula(formula)
        left, right = list(made.lhs), list(made.rhs)
        factors = [
            [(str(factor.expr), factor.eval_method.value) for factor in term.factors] for term in right
        ]
        outcomes = [[str(factor.expr) for factor in term.factors] for term in left]
    except (FormulaicError, AttributeError, SyntaxError) as error:
        said = (
            _COLOURS.sub("", str(error)).strip().splitlines() if isinstance(error, FormulaicError) else [""]
        )
        raise SurveyError(
            "the model is not a formula",
            expected="outcome ~ terms",
            got=f"{formula!r} {said[0]}".strip(),
            hint=_HINT,
        ) from error
    if len(outcomes) != 1 or len(outcomes[0]) != 1:
        raise SurveyError("a model has one outcome", got=repr(formula), hint=_HINT)
    terms = tuple(tuple(_factor(*factor) for factor in term if factor[0] != "1") for term in factors)
    return outcomes[0][0], terms


def _factor(text: str, method: str) -> str:
    if method == "lookup":
        return text
    inner = _LABELS.fullmatch(text)
    name = inner.group(1).strip() if inner else ""
    quoted = name.startswith("`") and name.endswith("`") and name.count("`") == 2
    if not quoted and not re.fullmatch(r"[\w.]+", name):
        raise SurveyError(
            "only columns and C(column) may stand in a model",
            got=repr(text),
            hint="compute other things as a column of the file first",
        )
    return f"C({name.strip('`')})"


def code(
    rows: pd.DataFrame, *, formula: str, used: np.ndarray, reference: Mapping[str, object] | None = None
) -> Coding:
    """How the `used` rows become regressors: their levels, and which of them each term leaves out.

    As in R: the reference level is left out where the model also has the term without that factor.

    Raises
    ------
    SurveyError
        Unknown column or reference; a column with one level only.

    Examples
    --------
    >>> rows = pd.DataFrame({"y": [1.0, 2, 3], "g": ["b", "a", "c"]})
    >>> made = code(rows, formula="y ~ g", used=np.ones(3, bool))
    >>> made.levels, [term.name for term in made.terms]
    ((('g', ('a', 'b', 'c')),), ['(Intercept)', 'g'])
    """
    outcome, terms = parse(formula)
    reference = dict(reference or {})
    levels = {}
    for name in dict.fromkeys(factor for term in terms for factor in term):
        variable = _LABELS.sub(r"\1", name)
        if name != variable or not is_number(column(rows, variable)):
            levels[variable] = _levels(rows[variable][used], variable, reference.pop(variable, None))
    if reference:
        name = next(iter(reference))
        raise SurveyError("a reference for what is not a column of labels in the model", got=repr(name))
    plain = [tuple(dict.fromkeys(_LABELS.sub(r"\1", factor) for factor in term)) for term in terms]
    known = {frozenset(term) for term in plain}
    return Coding(
        formula=formula,
        outcome=outcome,
        terms=tuple(_term(term, levels, known) for term in dict.fromkeys(plain)),
        levels=tuple(levels.items()),
    )


def is_number(values: pd.Series) -> bool:
    """Numbers, or text that is nothing but numbers."""
    if pd.api.types.is_numeric_dtype(values):
        return True
    if isinstance(values.dtype, pd.CategoricalDtype):
        return False
    return bool(pd.to_numeric(values, errors="coerce").notna().eq(values.notna()).all())


def _levels(values: pd.Series, name: str, reference: object) -> tuple:
    levels = list(encode(values)[1])
    if reference is not None:
        found = [level for level in levels if label(level) == label(reference)]
        if not found:
            raise SurveyError(
                "unknown reference level",
                where=f"column {name!r}",
                expected=f"one of {', '.join(label(level) for level in levels)}",
                got=repr(label(reference)),
            )
        levels.remove(found[0])
        levels.insert(0, found[0])
    if len(levels) < 2:
        raise SurveyError(
            "a column of labels has a single level among the rows used",
            where=f"column {name!r}",
            got=repr(label(levels[0])) if levels else "no row with a value everywhere",
            hint="leave it out of the model",
        )
    return tuple(levels)


def _term(variables: tuple[str, ...], levels: dict[str, tuple], known: set[frozenset[str]]) -> Term:
    choices = []
    for variable in variables:
        if variable not in levels:
            choices.append([Part(variable=variable)])
            continue
        first = 1 if frozenset(variables) - {variable} in known else 0
        choices.append([Part(variable=variable, level=at) for at in range(first, len(levels[variable]))])
    # The first factor changes fastest, as in R.
    made = tuple(tuple(reversed(parts)) for parts in product(*reversed(choices)))
    return Term(name=":".join(variables) or INTERCEPT, regressors=made)


def columns_of(formula: str) -> tuple[str, ...]:
    """The columns that a model needs, the outcome first.

    >>> columns_of("y ~ wave * C(grp)")
    ('y', 'wave', 'grp')
    """
    outcome, terms = parse(formula)
    return tuple(dict.fromkeys((outcome, *(_LABELS.sub(r"\1", factor) for term in terms for factor in term))))


def complete(rows: pd.DataFrame, *, formula: str) -> np.ndarray:
    """Which rows (n,) have a value in every column of the model; a value that is infinite is refused."""
    whole = np.ones(len(rows), dtype=bool)
    for name in columns_of(formula):
        values = column(rows, name)
        whole &= values.notna().to_numpy()
        if values.dtype.kind == "f" and np.isinf(values.to_numpy()).any():
            row = int(np.argmax(np.isinf(values.to_numpy()))) + 1
            raise SurveyError(
                "an infinite value",
                where=f"column {name!r}, row {row}",
                expected="finite numbers",
                hint="mend it, or leave it empty",
            )
    return whole


def regressors(rows: pd.DataFrame, *, coding: Coding) -> np.ndarray:
    """The regressors (k, n) of these rows, which must be complete.

    Raises
    ------
    SurveyError
        A level that the coding does not know.
    """
    made: dict[Part, np.ndarray] = {}
    wanted = [parts for term in coding.terms for parts in term.regressors]
    result = np.empty((len(wanted), len(rows)))
    for place, parts in enumerate(wanted):
        for part in parts:
            if part not in made:
                made |= _parts(rows, part.variable, coding)
        if not parts:
            result[place] = 1.0
            continue
        result[place] = made[parts[0]]
        for part in parts[1:]:
            result[place] *= made[part]
    return result


def _parts(rows: pd.DataFrame, variable: str, coding: Coding) -> dict[Part, np.ndarray]:
    levels = coding.levels_of(variable)
    if not levels:
        return {Part(variable=variable): numbers(rows, variable)}
    codes = pd.Index(levels).get_indexer(pd.Index(column(rows, variable)))
    if (codes < 0).any():
        row = int(np.argmax(codes < 0))
        raise SurveyError(
            "a level that the model has not met",
            where=f"column {variable!r}, row {row + 1}",
            expected=f"one of {', '.join(map(label, levels))}",
            got=repr(label(rows[variable].iloc[row])),
        )
    return {Part(variable=variable, level=at): codes == at for at in range(len(levels))}


def names(coding: Coding) -> list[tuple[str, str]]:
    """(variable, level) of every coefficient: the term, and the levels of its labels joined by a colon."""
    made = []
    for term in coding.terms:
        for parts in term.regressors:
            levels = [label(coding.levels_of(p.variable)[p.level]) for p in parts if p.level is not None]
            made.append((term.name, ":".join(levels)))
    return made
