"""Direct standardisation: every unit and wave weighted to one fixed mix of visitors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.finding import Finding
from surveylib.model.sample import Frame, require_columns
from surveylib.model.weights import Weights, WeightStep
from surveylib.numerics.calibration import calibrate
from surveylib.numerics.raking import rake
from surveylib.weighting.calibrate import worst_miss
from surveylib.weighting.cells import JOINT, Blocks, blocks, codes, joint, labels, level_order
from surveylib.weighting.diagnostics import diagnose, ess_by
from surveylib.weighting.margins import TOLERANCE, Margin, build_margin, indicators, missed_blocks
from surveylib.weighting.notes import note

FEWEST, LEAST_ESS, LEAST_SHARE, RIDGE = 5, 30.0, 0.5, 1e-3


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standardised:
    """Standardised weights and how each cell was reached.

    Attributes
    ----------
    weights : Weights
        The given ones with the step ``standardise``; ``calibration`` holds the indicators of the mix.
    table : DataFrame
        One row a block: its keys, ``n, ess, ess_share, kish_deff, method`` (direct, margins, relaxed),
        ``worst_miss`` (of a share) and ``estimable`` (ESS ≥ 30).
    findings : tuple of Finding
    """

    weights: Weights
    table: pd.DataFrame
    findings: tuple[Finding, ...]


def pooled_reference(frame: Frame, *, cells: Sequence[str], by: Sequence[str] = ()) -> pd.DataFrame:
    """The mix of the pooled register: one row a combination of `cells` that occurs, with its ``share``.

    With ``by=("unit",)`` every unit has its own mix, pooled over waves; with a register column ``type``,
    ``by=("type",)`` gives one for each type of unit (then ``standardise(fixed=("type", "unit"))``), since a
    treasury cannot be weighted to the visitors of a commune. Register rows with a blank are left out.

    Examples
    --------
    >>> register = pd.DataFrame({"dossier": range(4), "unit": "a", "wave": "t0", "procedure": [1, 1, 1, 2]})
    >>> pooled_reference(Frame(rows=register), cells=("procedure",))
      procedure  share
    0         1   0.75
    1         2   0.25
    """
    require_columns(frame.rows, (*by, *cells), where="register")
    table = (
        frame.rows[list(by)]
        .astype(str)
        .assign(**{name: joint(frame.rows, columns=(name,)) for name in cells})
    )
    number = table.dropna().groupby([*by, *cells], sort=True).size().rename("share").reset_index()
    total = number.groupby(list(by))["share"].transform("sum") if by else number["share"].sum()
    return number.assign(share=number["share"] / total)


def standardise(
    weights: Weights,
    rows: pd.DataFrame,
    *,
    reference: pd.DataFrame,
    cells: Sequence[str],
    margins: Sequence[Sequence[str]] = (),
    fixed: Sequence[str] = ("unit",),
    within: Sequence[str] = ("unit", "wave"),
    fewest: int = FEWEST,
    min_ess: float = LEAST_ESS,
    least_share: float = LEAST_SHARE,
    direct: bool = True,
) -> Standardised:
    """Standardise every block of `within` to the reference mix, alike in all blocks of one `fixed` group.

    *Direct*: the weighted share of every combination of `cells` becomes that of the reference, where every
    wave of the unit has `fewest` answers in each. Otherwise *margins*: entropy balancing (raking) to the
    reference's `margins`, small categories joined alike in all waves of the unit. Where these conflict,
    *relaxed*: entropy balancing with a small ridge, and the largest miss reported. Levels that never occur
    among a unit's answers leave its reference, which is rescaled: the unit is then comparable with itself
    over waves, which is what a change needs.

    Parameters
    ----------
    weights : Weights
        Of the n rows; the total of each block stays.
    rows : DataFrame (n rows)
        Answers with `within` and `cells` (as the register has them: `with_register`).
    reference : DataFrame
        From `pooled_reference`: columns `cells` and ``share``, and the `fixed` columns where the mix is
        each unit's own.
    cells : sequence of str
    margins : sequence of sequences of str
        Default: the first two of `cells` crossed, then each by itself.
    min_ess : float
        Below this effective size a block is not estimable (finding WT07; METHODS refuses ESS < 30).
    least_share : float
        Below this share of effective answers a block is warned of (W3).
    direct : bool
        False: entropy balancing to the margins for every unit, also where the answers fill all cells.

    Raises
    ------
    SurveyError
        Unknown columns; a unit the reference does not have.

    Examples
    --------
    Thirty of the forty answers are from procedure 1; the reference has as many of either.

    >>> rows = pd.DataFrame({"unit": "a", "wave": "t0", "procedure": [1] * 30 + [2] * 10})
    >>> plain = Weights(steps=(WeightStep(name="base", values=np.ones(40)),))
    >>> reference = pd.DataFrame({"procedure": ["1", "2"], "share": [0.5, 0.5]})
    >>> made = standardise(plain, rows, reference=reference, cells=("procedure",))
    >>> [round(float(made.weights.values[row]), 3) for row in (0, 39)]
    [0.667, 2.0]
    >>> made.table[["method", "ess", "estimable"]]
       method   ess  estimable
    0  direct  30.0       True
    """
    require_columns(reference, (*cells, "share"), where="reference mix")
    margins = tuple(tuple(names) for names in margins) or _default_margins(cells)
    require_columns(rows, (*cells, *within, *fixed), where="responses")
    rows = rows[[*dict.fromkeys((*fixed, *within))]].assign(**{name: labels(rows[name]) for name in cells})
    unit = blocks(rows, within=fixed)
    values, new, columns = weights.values, np.empty(len(rows)), []
    tables: list[pd.DataFrame] = []
    findings: list[Finding] = []
    for u, name in enumerate(unit.names):
        place = np.flatnonzero(unit.codes == u)
        mix = _mix(reference, unit.keys.iloc[u], name=name, cells=cells, margins=margins)
        piece = _standardise_unit(
            values[place], rows.iloc[place], mix=mix, within=within, fewest=fewest, direct=direct
        )
        new[place] = piece.values
        columns.append((place, piece.indicators))
        tables.append(piece.table)
        findings += piece.findings
    table = pd.concat(tables, ignore_index=True)
    table["estimable"] = table["ess"] >= min_ess
    step = WeightStep(name="standardise", values=new, diagnostics=diagnose(new))
    result = replace(
        weights,
        steps=(*weights.steps, step),
        calibration=_side_by_side(columns, len(rows)),
        regression=values,
    )
    refused = _refusals(table, within=within, min_ess=min_ess, least_share=least_share)
    return Standardised(weights=result, table=table, findings=(*findings, *refused))


def _default_margins(cells: Sequence[str]) -> tuple[tuple[str, ...], ...]:
    """The first two crossed, and each alone: where cells of the cross are joined, each still holds."""
    return (tuple(cells[:2]), *((name,) for name in cells)) if len(cells) > 1 else (tuple(cells),)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Mix:
    """One unit's reference: its cells with their shares, and the margins to fall back on."""

    table: pd.DataFrame
    cells: tuple[str, ...]
    margins: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Piece:
    """One unit's weights, indicators, table and findings."""

    values: np.ndarray
    indicators: np.ndarray
    table: pd.DataFrame
    findings: tuple[Finding, ...]


def _mix(reference, key, *, name, cells, margins) -> _Mix:
    own = [column for column in key.index if column in reference.columns]
    table = reference
    for column in own:
        table = table[table[column].astype(str) == key[column]]
    if not table["share"].sum() > 0:
        raise SurveyError("the reference mix does not have this unit", where=f"reference mix, {name}")
    return _Mix(table=table, cells=tuple(cells), margins=margins)


def _standardise_unit(values, rows, *, mix: _Mix, within, fewest, direct: bool) -> _Piece:
    """All waves of one unit to its mix: directly where the answers allow it, else by margins."""
    cell = blocks(rows, within=within)
    mix, gone = _restrict(mix, rows, where=" / ".join(cell.names))
    full, found = _reference_margin(values, rows, mix=mix, columns=mix.cells, cell=cell, fewest=fewest)
    margins, method = [full], "direct"
    if found or gone or not direct:  # something had to be joined, left out or set aside
        built = [
            _reference_margin(values, rows, mix=mix, columns=names, cell=cell, fewest=fewest)
            for names in mix.margins
        ]
        margins, method = [margin for margin, _ in built], "margins"
        found = [finding for _, some in built for finding in some]
    raked = rake(values, [m.codes for m in margins], [m.targets for m in margins], tolerance=TOLERANCE)
    missed = missed_blocks(raked.weights, margins, number=len(cell), tolerance=100 * TOLERANCE)
    new = raked.weights.copy()
    for b in np.flatnonzero(missed):
        inside = cell.codes == b
        new[inside] = _relax(values[inside], [(m.codes[inside], m.targets, m.block == b) for m in margins])
    miss = np.array(
        [worst_miss(new * (cell.codes == b), [_only(m, b) for m in margins]) for b in range(len(cell))]
    )
    found = [*gone, *found, *(_missed(cell.names[b], miss[b]) for b in np.flatnonzero(missed))]
    table = ess_by(rows, new, by=within).drop(columns="sum")
    table = table.assign(method=np.where(missed, "relaxed", method), worst_miss=miss)
    return _Piece(values=new, indicators=indicators(margins), table=table, findings=tuple(found))


def _restrict(mix: _Mix, rows: pd.DataFrame, *, where: str) -> tuple[_Mix, list[Finding]]:
    """The mix without what never occurs among the unit's answers: one table, so that its margins agree."""
    table, found = mix.table, []
    for columns in mix.margins:
        levels = joint(table, columns=columns)
        there = levels.isin(set(joint(rows, columns=columns).dropna()))
        if not there.any():
            raise SurveyError(
                "no answer falls into the reference mix",
                where=f"{where}, {JOINT.join(columns)}",
                expected=", ".join(level_order(levels)[:12]),
            )
        if not there.all():
            values = {"variable": JOINT.join(columns), "levels": ", ".join(level_order(levels[~there]))}
            found.append(note("WT08", where=where, values=values))
        table = table[there]
    return replace(mix, table=table), found


def _reference_margin(values, rows, *, mix: _Mix, columns, cell: Blocks, fewest):
    """The margin of `columns` in every wave of a unit, with the mix's shares of the wave as targets."""
    known = joint(mix.table, columns=columns)
    levels = level_order(known)
    share = np.bincount(codes(known, levels=levels), mix.table["share"], minlength=len(levels))
    total = np.bincount(cell.codes, values, minlength=len(cell))
    return build_margin(
        JOINT.join(columns),
        level=codes(joint(rows, columns=columns), levels=levels),
        levels=levels,
        block=cell.codes,
        names=cell.names,
        register=total[:, None] * share / share.sum(),
        weights=values,
        fewest=fewest,
        together=np.zeros(len(cell), dtype=np.int64),
    )


def _only(margin: Margin, b: int) -> Margin:
    return replace(margin, targets=np.where(margin.block == b, margin.targets, 0.0))


def _relax(values: np.ndarray, margins) -> np.ndarray:
    """Entropy balancing with a ridge, on shares; the total is kept."""
    columns, goals, total = [], [], values.sum()
    for code, targets, mine in margins:
        for k in np.flatnonzero(mine & ((targets > 0) | (np.bincount(code, minlength=len(targets)) > 0))):
            columns.append(code == k)
            goals.append(targets[k] / total)
    x = np.column_stack(columns).astype(float)
    soft = calibrate(values / total, x, np.array(goals), distance="raking", ridge=RIDGE, tolerance=1e-8)
    return soft.weights * total / soft.weights.sum()


def _missed(where: str, miss: float) -> Finding:
    return note("WT09", where=where, values={"miss": f"{100 * miss:.1f}"})


def _refusals(
    table: pd.DataFrame, *, within: Sequence[str], min_ess: float, least_share: float
) -> list[Finding]:
    """WT07 where too little is left to estimate from, W3 where too much is lost."""
    found = []
    for row in table.to_dict("records"):
        where = ", ".join(str(row[column]) for column in within)
        if not row["estimable"]:
            found.append(
                note("WT07", where=where, values={"ess": f"{row['ess']:.0f}", "minimum": f"{min_ess:g}"})
            )
        elif row["ess_share"] < least_share:
            found.append(note("W3", where=where, values={"share": round(100 * row["ess_share"])}))
    return found


def _side_by_side(columns: list[tuple[np.ndarray, np.ndarray]], n: int) -> np.ndarray:
    """The units' indicators as one block-diagonal matrix in the order of the rows."""
    result = np.zeros((n, sum(part.shape[1] for _, part in columns)))
    start = 0
    for place, part in columns:
        result[place, start : start + part.shape[1]] = part
        start += part.shape[1]
    return result
