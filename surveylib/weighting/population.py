"""What is known of the population, block by block: from the register, or from a file of counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.model.sample import Frame, require_columns
from surveylib.model.weights import frozen
from surveylib.weighting.cells import blocks, codes, counts, labels, level_order
from surveylib.weighting.targets import count_values, read_targets

WITHIN = ("unit", "wave")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """One variable's population: `counts` (blocks, levels)."""

    variable: str
    levels: tuple[str, ...]
    counts: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", frozen(self.counts))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """Counts of several variables in the same blocks.

    Attributes
    ----------
    within : tuple of str
        Columns whose crossing makes the blocks; `names` are those of the blocks ("phu_cuong, t0").
    known : tuple of Known
    source : str
        For messages: ``register``, or the file.
    """

    within: tuple[str, ...]
    names: tuple[str, ...]
    known: tuple[Known, ...]
    source: str

    @property
    def variables(self) -> tuple[str, ...]:
        return tuple(one.variable for one in self.known)

    def blocks_of(self, names: Sequence[str]) -> np.ndarray:
        """The place of each block called so; all must be there."""
        absent = sorted(set(names) - set(self.names))
        if absent:
            raise SurveyError(
                f"answers from a unit and wave that the {self.source} does not have",
                where=f"{self.source}, {absent[0]}",
                expected="known counts for every unit and wave with answers",
                got="; ".join(absent[:6]),
                hint="add what is known of them, or leave these answers out",
            )
        return pd.Index(self.names).get_indexer(list(names))


def register_population(
    frame: Frame, *, margins: Sequence[str], within: Sequence[str] = WITHIN
) -> Population:
    """The register's dossiers by block and category; where a value is blank, the shares of what is known.

    Raises
    ------
    SurveyError
        A margin the register does not have, or that is blank throughout.
    """
    require_columns(frame.rows, tuple(margins), where="register")
    cell = blocks(frame.rows, within=within)
    whole = np.bincount(cell.codes, minlength=len(cell))
    known = []
    for variable in margins:
        values = labels(frame.rows[variable])
        levels = level_order(values)
        if not levels:
            raise SurveyError("a margin has no values in the register", where=f"register, column {variable}")
        number = counts(cell.codes, codes(values, levels=levels), shape=(len(cell), len(levels))).astype(
            float
        )
        told = number.sum(axis=1)
        scale = np.divide(whole, told, out=np.zeros(len(cell)), where=told > 0)
        known.append(Known(variable=variable, levels=levels, counts=number * scale[:, None]))
    return Population(within=tuple(within), names=cell.names, known=tuple(known), source="register")


def read_population(
    table: pd.DataFrame, *, margins: Sequence[str] = (), source: str = "margins file"
) -> Population:
    """Known counts from a table ``variable, level, count`` with, where they differ, ``unit`` and ``wave``.

    Parameters
    ----------
    table : DataFrame
        A line a level of every variable in every block; `template` with ``within`` makes one to fill.
    margins : sequence of str
        The variables to use, the most important first; by default all, as they stand in the table.

    Raises
    ------
    SurveyError
        Counts that are missing or no numbers, a level that stands twice, a margin that is not there or not in
        every block, margins of one block that disagree about its population (both totals are named).

    Examples
    --------
    >>> table = pd.DataFrame({"unit": "a", "variable": "sex", "level": ["f", "m"], "count": [60, 40]})
    >>> made = read_population(table)
    >>> made.within, made.names, made.known[0].counts
    (('unit',), ('a',), array([[60., 40.]]))
    """
    within = tuple(name for name in WITHIN if name in table.columns)
    table = table.assign(count=count_values(table))
    for name in within:
        blank = labels(table[name]).isna().to_numpy()
        if blank.any():
            raise SurveyError(f"a line without a {name}", where=f"{source}, row {int(np.argmax(blank)) + 1}")
    cell = blocks(table.assign(**{name: labels(table[name]) for name in within}), within=within)
    by_block = [_block(table.loc[cell.codes == b], name, source) for b, name in enumerate(cell.names)]
    used = tuple(margins) or tuple(dict.fromkeys(table["variable"].astype(str)))
    known = [_known(name, by_block, cell.names, source) for name in used]
    return Population(within=within, names=cell.names, known=tuple(known), source=source)


def _block(table: pd.DataFrame, name: str, source: str) -> dict[str, pd.Series]:
    """Counts by level of each variable of one block."""
    try:
        targets = read_targets(table.reset_index(drop=True))
    except SurveyError as error:
        place = source if name == "*" else f"{source}, {name}"
        where = f"{place}, {error.where}" if error.where else place
        raise SurveyError(
            error.what,
            where=where,
            expected=error.expected,
            got=error.got,
            hint="mend the counts: every margin of a unit and wave counts the same visitors",
        ) from error
    for target in targets:
        if not target.levels:
            raise SurveyError(
                "a study is calibrated to counts of levels, not to the total of a number",
                where=f"{source}, {target.variable}",
                expected="a level in every line",
            )
    return {one.variable: pd.Series(one.counts, index=list(one.levels)) for one in targets}


def _known(variable: str, by_block: list[dict[str, pd.Series]], names, source: str) -> Known:
    for told, name in zip(by_block, names, strict=True):
        if variable not in told:
            raise unknown("margin", variable, told, where=source if name == "*" else f"{source}, {name}")
    levels = level_order(level for told in by_block for level in told[variable].index)
    counted = np.array([told[variable].reindex(list(levels), fill_value=0.0) for told in by_block])
    return Known(variable=variable, levels=levels, counts=counted)
