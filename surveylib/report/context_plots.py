"""Charts of context: a province among all, year by year; its gap to a mix of others; two arms month by month.

Small panels, one a dimension, on one scale of years. None of them shows a unit's score.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from surveylib.model.text import Lang, Text
from surveylib.report.drawing import (
    ARM_COLOURS,
    ARM_MARKERS,
    COMPARISON,
    FAINT,
    INK,
    PILOT,
    WIDTH,
    canvas,
    number_axis,
    require,
    styled,
    wrapped,
)
from surveylib.report.words import ARMS, word

_TITLE = 30  # letters of a panel's title in a line
_WORDS = {
    "middle": Text(vi="một nửa số tỉnh ở giữa", en="middle half of provinces"),
    "median": Text(vi="trung vị các tỉnh", en="median province"),
    "placebos": Text(vi="90% các tỉnh khác", en="90% of other provinces"),
    "gap": Text(vi="{province} trừ tỉnh ghép", en="{province} less its mix"),
    "start": Text(vi="bắt đầu thí điểm", en="start of the pilot"),
}


def province_panels(years: pd.DataFrame, *, names: Mapping[str, str], province: str, lang: Lang) -> Figure:
    """One panel a dimension: the province's line, the median of all and the band of the middle half.

    `years` has ``dimension, year, value, median`` and the quarters; `names` give the dimensions' names.
    """
    require(years, ("dimension", "year", "value", "median", "lower_quarter", "upper_quarter"))

    def draw(axes: Axes, rows: pd.DataFrame) -> None:
        year = rows["year"].to_numpy()
        low, high = rows["lower_quarter"].to_numpy(float), rows["upper_quarter"].to_numpy(float)
        axes.fill_between(
            year, low, high, color=COMPARISON, alpha=0.18, linewidth=0, label=_say("middle", lang)
        )
        axes.plot(year, rows["median"], color=COMPARISON, linestyle="--", label=_say("median", lang))
        axes.plot(year, rows["value"], color=PILOT, marker="o", markersize=4, label=province)
        number_axis(axes.yaxis, lang=lang, most=4)

    return _panels(years, draw, names=names)


def gap_panels(
    gaps: pd.DataFrame, *, names: Mapping[str, str], province: str, start: int, lang: Lang
) -> Figure:
    """One panel a dimension: the province less its mix, and where nine in ten placebo gaps lie.

    `gaps` has ``dimension, year, gap`` and the ends of the band; the line stands before the year `start`.
    """
    require(gaps, ("dimension", "year", "gap", "placebo_low", "placebo_high"))

    def draw(axes: Axes, rows: pd.DataFrame) -> None:
        year = rows["year"].to_numpy()
        low, high = rows["placebo_low"].to_numpy(float), rows["placebo_high"].to_numpy(float)
        axes.fill_between(year, low, high, color=FAINT, alpha=0.25, linewidth=0, label=_say("placebos", lang))
        own = _say("gap", lang).format(province=province)
        axes.plot(year, rows["gap"], color=PILOT, marker="o", markersize=4, label=own)
        axes.axhline(0, color=INK, linewidth=0.8)
        axes.axvline(start - 0.5, color=INK, linewidth=0.8, linestyle=(0, (4, 3)))
        number_axis(axes.yaxis, lang=lang, signed=True, most=4)

    return _panels(gaps, draw, names=names)


def month_lines(months: pd.DataFrame, *, starts: Sequence[str], axis: str, lang: Lang) -> Figure:
    """The mean share of the units of each arm, month by month; gaps between months are not bridged.

    `months` has ``arm, month`` (``2014-10``) and ``share``; at each of the months `starts` a line stands.
    """
    require(months, ("arm", "month", "share"))
    dates = pd.PeriodIndex(months["month"], freq="M")
    place = dict(zip(months["month"], dates.year * 12 + dates.month - 1, strict=True))
    with styled():
        chart, axes = canvas(height=2.9, width=WIDTH)
        for arm in ("comparison", "pilot"):
            own = months[months["arm"] == arm].sort_values("month")
            if own.empty:
                continue
            at = own["month"].map(place).to_numpy()
            look = {"color": ARM_COLOURS[arm], "marker": ARM_MARKERS[arm], "markersize": 5}
            for part in np.split(np.arange(len(own)), np.flatnonzero(np.diff(at) > 1) + 1):
                label = word(ARMS, arm, lang=lang) if part[0] == 0 else None
                axes.plot(at[part], own["share"].to_numpy(float)[part], label=label, **look)
        for first, month in enumerate(starts):
            year, number = map(int, month.split("-"))
            label = None if first else _say("start", lang)
            axes.axvline(
                year * 12 + number - 1.5, color=INK, linewidth=0.9, linestyle=(0, (4, 3)), label=label
            )
        axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=8))
        axes.xaxis.set_major_formatter(FuncFormatter(_month))
        number_axis(axes.yaxis, lang=lang, share=True)
        axes.grid(axis="y")
        axes.set_ylabel(wrapped(axis, width=_TITLE))
        chart.legend(loc="outside lower center", ncols=3)
    return chart


def _month(value: float, _position: int) -> str:
    year, month = divmod(int(value), 12)
    return f"{month + 1:02d}/{year}"


def _panels(
    rows: pd.DataFrame, draw: Callable[[Axes, pd.DataFrame], None], *, names: Mapping[str, str]
) -> Figure:
    """Two panels in a row, one a dimension, with one legend."""
    dimensions = sorted(set(rows["dimension"]))
    depth = -(-len(dimensions) // 2)
    with styled():
        chart = Figure(figsize=(WIDTH, 1.75 * depth + 0.6), layout="constrained")
        grid = chart.subplots(depth, 2, squeeze=False, sharex=True).ravel()
        for axes, dimension in zip(grid, dimensions, strict=False):
            own = rows[rows["dimension"] == dimension].sort_values("year")
            draw(axes, own)
            axes.set_title(wrapped(names[dimension], width=_TITLE), fontsize=8.5, loc="left")
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, nbins=5))
            axes.tick_params(labelsize=8, labelbottom=True)
            axes.grid(axis="y")
        for axes in grid[len(dimensions) :]:
            axes.set_visible(False)
        handles, labels = grid[0].get_legend_handles_labels()
        chart.legend(handles, labels, loc="outside lower center", ncols=3, fontsize=8.5)
    return chart


def _say(name: str, lang: Lang) -> str:
    return _WORDS[name].get(lang)
