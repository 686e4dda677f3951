"""Charts of how it was made: what the steps of weighting did, which criteria an instrument can support."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.patches import Patch, Rectangle

from surveylib.errors import SurveyError, unknown
from surveylib.model.text import Lang, Text
from surveylib.report.drawing import (
    COMPARISON,
    FAINT,
    INK,
    RULE,
    WIDTH,
    canvas,
    number_axis,
    require,
    styled,
    wrapped,
)
from surveylib.report.printing import number
from surveylib.report.words import column_label, phrase, said

_QUANTILES = ("min", "q25", "median", "q75", "max")
_MATTERS = 0.1
# Told apart by lightness and by sign, so that they hold in print and for every eye.
_GRID_FILLS = (COMPARISON, "#a9c6de", "#f1f3f5", "white")
_GRID_SIGNS = ("●", "◐", "○", "")


def weight_steps(steps: pd.DataFrame, *, lang: Lang, step: str = "step") -> Figure:
    """The spread of the weights after every step: range, middle half, median; and the design effect from
    weighting.

    `steps` has `step`, ``min, q25, median, q75, max`` and, if known, ``deff``.
    """
    for name in (step, *_QUANTILES):
        if name not in steps.columns:
            raise unknown("column", name, steps.columns, where="chart of weights")
    place = np.arange(len(steps))
    with styled():
        chart, axes = canvas(height=0.48 * len(steps) + 0.85)
        axes.hlines(place, steps["min"].astype(float), steps["max"].astype(float), color=FAINT, linewidth=1.4)
        low, high = steps["q25"].to_numpy(float), steps["q75"].to_numpy(float)
        axes.barh(place, high - low, left=low, height=0.42, color=COMPARISON, alpha=0.85)
        axes.scatter(steps["median"].astype(float), place, color="white", edgecolor=INK, s=30, zorder=3)
        if "deff" in steps:
            for at, deff in zip(place, steps["deff"].to_numpy(float), strict=True):
                label = f"deff {number(deff, lang=lang)}"
                axes.text(
                    1.01,
                    at,
                    label,
                    transform=axes.get_yaxis_transform(),
                    va="center",
                    ha="left",
                    fontsize=8.5,
                )
        axes.set_yticks(place, [wrapped(str(name), width=26) for name in steps[step]])
        axes.set_ylim(len(steps) - 0.4, -0.6)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        number_axis(axes.xaxis, lang=lang)
        axes.set_xlabel(phrase("weight_axis", lang=lang))
    return chart


def love_plot(margins: pd.DataFrame, *, lang: Lang) -> Figure:
    """Standardised differences between sample and population, a line a category: before weighting and after.

    `margins` has ``variable, level, asmd_before, asmd_after``; the dashed line at 0.1 is the usual bound of a
    difference that matters (Austin 2009, doi:10.1002/sim.3697). Named for Thomas E. Love.
    """
    require(margins, ("variable", "level", "asmd_before", "asmd_after"))
    heads = margins["variable"].ne(margins["variable"].shift()).to_numpy()
    names = [wrapped(str(name), width=30) for name in margins["level"]]
    tall = np.array([0.55 * name.count("\n") for name in names])  # names of several lines need more room
    # A line above each variable for its name.
    place = np.arange(len(margins)) + np.cumsum(heads) + np.cumsum(tall) - tall / 2
    before, after = (margins[name].to_numpy(float) for name in ("asmd_before", "asmd_after"))
    right = 1.08 * max(np.nanmax([*before, *after]), 1.1 * _MATTERS)
    with styled():
        chart, axes = canvas(height=0.28 * (place[-1] + 1) + 1.1)
        axes.hlines(place, before, after, color=FAINT, linewidth=1.2)
        ring, dot = (phrase(f"{when}_weighting", lang=lang) for when in ("before", "after"))
        axes.scatter(before, place, facecolor="white", edgecolor=INK, s=32, zorder=3, label=ring)
        axes.scatter(after, place, color=COMPARISON, s=26, zorder=4, label=dot)
        axes.axvline(_MATTERS, color=FAINT, linewidth=1, linestyle=(0, (4, 3)))
        for at, name in zip(place[heads] - 1 - tall[heads] / 2, margins["variable"][heads], strict=True):
            clear = {"facecolor": "white", "edgecolor": "none", "pad": 0.6}  # of the dashed line
            axes.text(0, at, str(name), va="center", fontsize=8.5, fontweight="bold", bbox=clear)
        axes.set_yticks(place, names, fontsize=8.5)
        axes.set_ylim(place[-1] + 0.6, -0.6)
        axes.set_xlim(-0.02 * right, right)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        number_axis(axes.xaxis, lang=lang)
        axes.set_xlabel(phrase("balance_axis", lang=lang))
        chart.legend(loc="outside lower left", ncols=2, fontsize=8.5)
    return chart


def coverage_grid(
    matrix: pd.DataFrame, *, lang: Lang, levels: Mapping[str, str | Text], width: float = WIDTH
) -> Figure:
    """A grid of rows (criteria) by columns (unit types), each cell one of at most four `levels`, fullest
    first.

    The rows' and columns' names are those of the DataFrame; `levels` maps the values in its cells to words.

    Raises
    ------
    SurveyError
        For a value that is not among the levels, or more than four levels.
    """
    if len(levels) > len(_GRID_FILLS):
        raise SurveyError(
            "too many levels for one grid", expected=f"at most {len(_GRID_FILLS)}", got=str(len(levels))
        )
    order = {name: i for i, name in enumerate(levels)}
    labels = [wrapped(str(name), width=38) for name in matrix.index]
    lines = sum(label.count("\n") + 1 for label in labels)
    with styled():
        chart, axes = canvas(
            height=max(0.17 * lines + 0.1 * len(labels), 0.27 * len(labels)) + 1.3, width=width
        )
        for row, values in enumerate(matrix.to_numpy()):
            for column, value in enumerate(values):
                if value not in order:
                    raise unknown(
                        "level", value, levels, where=f"{matrix.index[row]}, {matrix.columns[column]}"
                    )
                _grid_cell(axes, column, row, order[value])
        axes.set_xlim(-0.5, len(matrix.columns) - 0.5)
        axes.set_ylim(len(matrix) - 0.5, -0.5)
        heads = [wrapped(column_label(str(name), lang=lang), width=11) for name in matrix.columns]
        axes.set_xticks(range(len(heads)), heads, fontsize=8.5)
        axes.set_yticks(range(len(labels)), labels, fontsize=8.5)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        chart.legend(handles=_grid_legend(levels, lang), loc="outside lower left", ncols=1, fontsize=8.5)
    return chart


def _grid_cell(axes, column: int, row: int, level: int) -> None:
    axes.add_patch(
        Rectangle(
            (column - 0.5, row - 0.5), 1, 1, facecolor=_GRID_FILLS[level], edgecolor=RULE, linewidth=0.8
        )
    )
    ink = "white" if level == 0 else INK
    axes.text(column, row, _GRID_SIGNS[level], ha="center", va="center", color=ink, fontsize=9)


def _grid_legend(levels: Mapping[str, str | Text], lang: Lang) -> list[Patch]:
    return [
        Patch(
            facecolor=_GRID_FILLS[i],
            edgecolor=FAINT,
            label=f"{_GRID_SIGNS[i]} {said(words, lang=lang)}".strip(),
        )
        for i, words in enumerate(levels.values())
    ]
