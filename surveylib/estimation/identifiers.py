"""Identifiers that must stand in one row each: a form that was sent twice makes standard errors too small."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.declare import column
from surveylib.estimation.encode import label
from surveylib.estimation.query import Source

_SHOWN = 5


def refuse_repeated(rows: pd.DataFrame, *, names: Sequence[str]) -> None:
    """Refuse rows of one identifier, made of the columns `names` together.

    Raises
    ------
    SurveyError
        An unknown column; rows without a value in one; identifiers that stand in several rows, the first of
        them with their counts.

    Examples
    --------
    >>> refuse_repeated(pd.DataFrame({"id": ["a", "b"], "wave": [1, 1]}), names=["id", "wave"])
    """
    keys = pd.DataFrame({name: column(rows, name) for name in names})
    _refuse_blank(int(keys.isna().any(axis=1).sum()), names)
    sizes = keys.groupby(list(names), sort=True, observed=True).size()
    again = sizes[sizes > 1]
    _refuse_again(again.head(_SHOWN).reset_index(name="rows"), number=len(again), names=names)


def refuse_repeated_in(source: Source, *, names: Sequence[str]) -> None:
    """As `refuse_repeated`, where the rows lie."""
    values = [source.value(name) for name in names]
    none = " OR ".join(f"{value} IS NULL" for value in values)
    blank = source.run(f"SELECT count(*) AS a FROM {source.table} WHERE {none}")
    _refuse_blank(int(blank.iloc[0, 0]), names)
    keys = ", ".join(f"{value} AS k{i}" for i, value in enumerate(values))
    groups = ", ".join(f"k{i}" for i in range(len(values)))
    again = f"SELECT {groups}, count(*) AS n FROM (SELECT {keys} FROM {source.table}) AS r GROUP BY {groups}"
    again = f"({again} HAVING count(*) > 1) AS again"
    number = int(source.run(f"SELECT count(*) AS a FROM {again}").iloc[0, 0])
    if number:
        first = source.run(f"SELECT {groups}, n FROM {again} ORDER BY {groups} LIMIT {_SHOWN}")
        _refuse_again(first, number=number, names=names)


def _where(names: Sequence[str]) -> str:
    return ("column " if len(names) == 1 else "columns ") + ", ".join(map(repr, names))


def _refuse_blank(number: int, names: Sequence[str]) -> None:
    if number:
        raise SurveyError(
            f"{number} row(s) without an identifier",
            where=_where(names),
            expected="a value in every row",
            hint="whether they stand there twice cannot be seen: give them one, or drop them",
        )


def _refuse_again(first: pd.DataFrame, *, number: int, names: Sequence[str]) -> None:
    """`first`: the columns of some identifiers, then in how many rows each of them stands."""
    if not number:
        return
    told = [
        f"{' / '.join(map(label, key))!r} {int(rows)} times" for *key, rows in first.itertuples(index=False)
    ]
    raise SurveyError(
        f"{number} identifier(s) stand in several rows",
        where=_where(names),
        expected="every identifier in one row",
        got=", ".join(told) + (f", and {number - len(told)} more" if number > len(told) else ""),
        hint="drop what was sent twice; people met at several waves are told by two columns, --id for each",
    )
