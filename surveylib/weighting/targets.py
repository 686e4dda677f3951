"""Margins from a file: what the population is known to be, one line a level; and the template to fill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.model.weights import frozen
from surveylib.weighting.cells import blocks, codes, counts, joint, labels, level_order

COLUMNS = ("variable", "level", "count")
CROSSED = ":"
_SHARES_ROUNDED = 0.005  # shares printed with two decimals may miss 1 by this much
_TOTALS_AGREE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Target:
    """What is known of the population in one variable.

    Attributes
    ----------
    variable : str
        A column; several crossed are written ``sex:age`` and their levels ``1 × 2``.
    levels : tuple of str (k)
        Empty where the total of a number is known instead of counts of levels.
    counts : float array (k,), or (1,) for a total
    """

    variable: str
    levels: tuple[str, ...]
    counts: np.ndarray

    def __post_init__(self) -> None:
        object.__setattr__(self, "counts", frozen(self.counts))
        where = f"margins, {self.variable}"
        if self.counts.shape != (max(len(self.levels), 1),):
            raise SurveyError("levels and counts differ in number", where=where)
        if not np.isfinite(self.counts).all():
            raise SurveyError("a count is missing or infinite", where=where)
        if self.levels and (self.counts < 0).any():
            raise SurveyError("a count is negative", where=where, got=f"{self.counts.min():g}")
        if self.levels and not self.counts.sum() > 0:
            raise SurveyError("all counts are 0", where=where)
        twice = [level for level in self.levels if self.levels.count(level) > 1]
        if twice:
            raise SurveyError("a level stands twice", where=where, got=repr(twice[0]))

    @property
    def total(self) -> float:
        return float(self.counts.sum())


def read_targets(
    table: pd.DataFrame, *, population: float | None = None, agree: bool = True
) -> tuple[Target, ...]:
    """The targets in a table ``variable, level, count`` (or ``share``), a line a level.

    A line with a blank level gives the total of a number over the population.

    Parameters
    ----------
    table : DataFrame
    population : float, optional
        Size of the population. Needed for shares; with counts, every margin is scaled to it.
    agree : bool
        Whether margins must have one total (soft calibration can do without).

    Raises
    ------
    SurveyError
        A column that is missing, a count that is blank or not a number, a level that stands twice, shares
        that do not add up to 1, margins that disagree about the population.

    Examples
    --------
    >>> table = pd.DataFrame({"variable": "sex", "level": ["f", "m"], "share": [0.51, 0.49]})
    >>> read_targets(table, population=1000)[0].counts
    array([510., 490.])
    """
    kind = _kind(table)
    if kind == "share" and population is None:
        raise SurveyError(
            "margins are shares, and of what is not known",
            where="margins, column share",
            expected="the size of the population",
            hint="give --population, or counts",
        )
    if population is not None and not population > 0:
        raise SurveyError("a population must be above 0", got=f"{population:g}")
    values = _values(table, kind)
    targets = []
    for variable in dict.fromkeys(table["variable"]):
        inside = (table["variable"] == variable).to_numpy()
        target = _target(variable, labels(table.loc[inside, "level"]), values[inside])
        if target.levels and population is not None:
            if kind == "share":
                _check_shares(target)
            target = replace(target, counts=target.counts * (population / target.total))
        targets.append(target)
    if agree:
        check_totals(targets)
    return tuple(targets)


def check_totals(targets: Sequence[Target]) -> None:
    """Refuse margins with different totals, naming both."""
    known = [target for target in targets if target.levels]
    for target in known[1:]:
        if abs(target.total - known[0].total) > _TOTALS_AGREE * known[0].total:
            raise SurveyError(
                "margins disagree about the population",
                where=f"margins, {known[0].variable} and {target.variable}",
                expected="one total for all margins",
                got=f"{known[0].variable} {known[0].total:.12g}, {target.variable} {target.total:.12g}",
                hint="mend the counts, or give --population N: each margin is then scaled to it",
            )


def template(
    rows: pd.DataFrame,
    *,
    margins: Sequence[str],
    weights: np.ndarray | None = None,
    within: Sequence[str] = (),
) -> pd.DataFrame:
    """A margins file to fill: ``variable, level, count`` with blank counts, beside what the sample has.

    With `within` the same lines stand for every group of these columns, which come first. ``respondents`` and
    ``sample_share`` (of `weights`, if given) are for orientation and not read back.

    >>> template(pd.DataFrame({"sex": ["f", "m", "f", None]}), margins=["sex"])
      variable level count  respondents  sample_share
    0      sex     f                  2        0.6667
    1      sex     m                  1        0.3333
    """
    if not margins:
        raise SurveyError("no margin named", expected="at least one column of the file")
    weights = np.ones(len(rows)) if weights is None else weights
    group = blocks(rows, within=within)
    parts = []
    for variable in dict.fromkeys(margins):
        values = margin_labels(rows, variable)
        levels = level_order(values)
        if not levels:
            raise SurveyError("a margin has no value in the data", where=f"column {variable!r}")
        code, shape = codes(values, levels=levels), (len(group), len(levels))
        number = counts(group.codes, code, shape=shape)
        mass = counts(group.codes, code, shape=shape, weights=weights)
        whole = mass.sum(axis=1, keepdims=True)
        share = np.divide(mass, whole, out=np.full(shape, np.nan), where=whole > 0)
        keys = group.keys.loc[np.repeat(np.arange(len(group)), len(levels))].reset_index(drop=True)
        lines = {
            "variable": variable,
            "level": np.tile(np.array(levels, dtype=object), len(group)),
            "count": "",
            "respondents": number.ravel(),
            "sample_share": share.ravel().round(4),
        }
        parts.append(keys.assign(place=keys.index // len(levels), **lines))
    made = pd.concat(parts, ignore_index=True).sort_values("place", kind="stable", ignore_index=True)
    return made.drop(columns="place")


def margin_labels(rows: pd.DataFrame, variable: str) -> pd.Series:
    """The levels of a margin's variable by row; ``a:b`` crosses columns unless a column bears that name."""
    names = margin_columns(rows, variable)
    for name in names:
        if name not in rows.columns:
            raise unknown("column", name, rows.columns, where=f"margin {variable!r}")
    return labels(rows[names[0]]) if len(names) == 1 else joint(rows, columns=names)


def margin_columns(rows: pd.DataFrame, variable: str) -> list[str]:
    """The columns that a margin's variable names: itself, or those crossed in it."""
    return [variable] if variable in rows.columns else variable.split(CROSSED)


def count_values(table: pd.DataFrame) -> np.ndarray:
    """The column ``count`` as numbers; every line that has none, or shares in its place, is an error."""
    if _kind(table) == "share":
        raise SurveyError(
            "margins are shares, and of what is not known", where="margins, column share", expected="counts"
        )
    return _values(table, "count")


def _kind(table: pd.DataFrame) -> str:
    for name in ("variable", "level"):
        if name not in table.columns:
            raise unknown("column", name, table.columns, where="margins")
    given = [name for name in ("count", "share") if name in table.columns]
    if len(given) != 1:
        raise SurveyError(
            "margins need counts or shares",
            where="margins",
            expected="one of the columns count and share",
            got=", ".join(map(str, table.columns)),
            hint="surveylib weight --template makes a file to fill",
        )
    blank = table["variable"].isna().to_numpy()
    if blank.any():
        raise SurveyError("a line without a variable", where=f"margins, row {int(np.argmax(blank)) + 1}")
    return given[0]


def _values(table: pd.DataFrame, kind: str) -> np.ndarray:
    """The counts as numbers, every one there; where not, the first such line and how many."""
    values = pd.to_numeric(table[kind], errors="coerce").to_numpy(dtype=float, na_value=np.nan)
    wrong = ~np.isfinite(values)
    if wrong.any():
        row = int(np.argmax(wrong))
        raw = table[kind].iloc[row]
        blank = bool(pd.isna(raw)) or not str(raw).strip()
        level = table["level"].iloc[row]
        raise SurveyError(
            f"{int(wrong.sum())} {kind}(s) are blank or not a number",
            where=f"margins, row {row + 1}: {table['variable'].iloc[row]}"
            + ("" if pd.isna(level) else f", {level}"),
            expected="a number in every line",
            got="nothing" if blank else repr(raw),
            hint="fill the template in, or take the line out" if blank else "write 12500, not 12,500",
        )
    return values


def _target(variable: str, levels: pd.Series, values: np.ndarray) -> Target:
    blank = levels.isna().to_numpy()
    if blank.all() and len(values) == 1:
        return Target(variable=variable, levels=(), counts=values)
    if blank.any():
        raise SurveyError(
            "a line without a level",
            where=f"margins, {variable}",
            expected="a level in every line, or one line with the total of a number",
        )
    return Target(variable=variable, levels=tuple(levels), counts=values)


def _check_shares(target: Target) -> None:
    if abs(target.total - 1) > _SHARES_ROUNDED:
        percent = abs(target.total - 100) < 100 * _SHARES_ROUNDED
        raise SurveyError(
            "shares do not add up to 1",
            where=f"margins, {target.variable}",
            expected="1",
            got=f"{target.total:.6g}",
            hint="write 0.49, not 49" if percent else "a level may be missing",
        )
