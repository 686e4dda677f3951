"""The strip plot: every unit's change, pilot and comparison, the most honest figure of a pilot."""

from __future__ import annotations

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from surveylib.errors import SurveyError, unknown
from surveylib.model.text import Lang
from surveylib.report.drawing import (
    ARM_COLOURS,
    ARM_MARKERS,
    ARM_TINTS,
    FAINT,
    INK,
    WIDTH,
    canvas,
    number_axis,
    require,
    styled,
    svg,
    wrapped,
)
from surveylib.report.words import ARMS, BRIEF_FAMILY, phrase, word

_ROW = 0.27  # inches for a row with a label of one line


def strip_plot(
    changes: pd.DataFrame,
    *,
    lang: Lang,
    sesoi: float | None = None,
    label: str = "unit",
    change: str = "change",
    axis: str | None = None,
    width: float = WIDTH,
    height: float | None = None,
    wrap: int = 38,
) -> Figure:
    """Every unit's change, pilot above comparison, with the mean of each arm: the most honest figure of a
    pilot.

    Parameters
    ----------
    changes : DataFrame
        One row a unit: `label`, ``arm`` (pilot, comparison, self_pilot), `change`, and if known ``conf_low,
        conf_high``.
    sesoi : float, optional
        Smallest effect of interest. An effect is a difference between arms, so its line stands that far to
        the right of the comparison units' mean (of zero where there are none).

    `wrap` is the number of letters of a unit's name in a line. Units without a change are left out; units
    are sorted within their arm.
    """
    require(changes, (label, "arm", change))
    shown = changes[np.isfinite(changes[change].astype(float))].copy()
    if shown.empty:
        raise SurveyError("nothing to draw: no unit has a change")
    arms = [arm for arm in ARMS if (shown["arm"] == arm).any()]
    if unknown_arms := set(shown["arm"]) - set(ARMS):
        raise unknown("arm", sorted(unknown_arms)[0], ARMS)
    lines = len(shown) + 1.2 * len(arms)
    # Names on two lines need more room than names on one; rows stay evenly spaced.
    folded = any("\n" in wrapped(str(name), width=wrap) for name in shown[label])
    with styled():
        chart, axes = canvas(height=height or _ROW * lines * (1.4 if folded else 1) + 1.1, width=width)
        axes.axvline(0, color=INK, linewidth=0.9, zorder=1)
        top, ticks, names = 0.0, [], []
        for arm in arms:
            rows = shown[shown["arm"] == arm].sort_values([change, label], ascending=[False, True])
            places = top + 1.2 + np.arange(len(rows))
            _arm_rows(axes, rows, places, arm=arm, change=change)
            _arm_title(axes, arm, top + 0.3, len(rows), lang=lang)
            ticks.extend(places)
            names.extend(wrapped(str(name), width=wrap) for name in rows[label])
            top = places[-1] + 0.8 if len(rows) else top
        _sesoi_line(axes, shown, change=change, sesoi=sesoi, bottom=top)
        axes.set_yticks(ticks, names)
        axes.set_ylim(top - 0.1, -0.25)
        axes.tick_params(axis="y", length=0)
        axes.spines["left"].set_visible(False)
        axes.grid(axis="x")
        number_axis(axes.xaxis, lang=lang, signed=True)
        axes.set_xlabel(wrapped(axis or phrase("change_axis", lang=lang), width=min(wrap, 60) - 8))
        _strip_legend(chart, axes, lang=lang, sesoi=sesoi)
    return chart


def brief_strip(
    changes: pd.DataFrame,
    *,
    lang: Lang,
    sesoi: float | None = None,
    label: str = "unit",
    change: str = "change",
) -> str:
    """The strip plot for the one-page brief, as SVG whose letters typst sets in the letters of the page."""
    rows = len(changes) + 2.4
    chart = strip_plot(
        changes,
        lang=lang,
        sesoi=sesoi,
        label=label,
        change=change,
        width=7.0,
        height=min(3.6, 0.95 + 0.2 * rows),
        wrap=99,
    )
    return svg(chart, text="none", family=BRIEF_FAMILY)


def _arm_rows(axes: Axes, rows: pd.DataFrame, places: np.ndarray, *, arm: str, change: str) -> None:
    colour, values = ARM_COLOURS[arm], rows[change].to_numpy(float)
    if {"conf_low", "conf_high"} <= set(rows.columns):
        axes.hlines(
            places,
            rows["conf_low"].astype(float),
            rows["conf_high"].astype(float),
            color=ARM_TINTS[arm],
            lw=1.6,
        )
    axes.scatter(values, places, s=34, color=colour, marker=ARM_MARKERS[arm], zorder=3, linewidths=0)
    mean = float(np.mean(values))
    axes.vlines(mean, places[0] - 0.45, places[-1] + 0.45, color=colour, linewidth=2.6, zorder=2)


def _arm_title(axes: Axes, arm: str, place: float, count: int, *, lang: Lang) -> None:
    noun = "đơn vị" if lang == "vi" else "unit" if count == 1 else "units"
    title, across = f"{word(ARMS, arm, lang=lang)} ({count} {noun})", axes.get_yaxis_transform()
    axes.text(
        -0.02,
        place,
        title,
        transform=across,
        color=ARM_COLOURS[arm],
        fontweight="bold",
        va="center",
        ha="right",
    )


def _sesoi_line(axes: Axes, shown: pd.DataFrame, *, change: str, sesoi: float | None, bottom: float) -> None:
    if sesoi is None:
        return
    comparison = shown.loc[shown["arm"] == "comparison", change].astype(float)
    start = float(comparison.mean()) if len(comparison) else 0.0
    axes.vlines(start + sesoi, 0.75, bottom, color=INK, linewidth=1.1, linestyle=(0, (4, 3)), zorder=1)


def _strip_legend(chart: Figure, axes: Axes, *, lang: Lang, sesoi: float | None) -> None:
    handles = [Line2D([], [], color=FAINT, linewidth=2.6, label=phrase("mean_of_arm", lang=lang))]
    if sesoi is not None:
        text = phrase("sesoi", lang=lang)
        handles.append(Line2D([], [], color=INK, linewidth=1.1, linestyle=(0, (4, 3)), label=text))
    chart.legend(handles=handles, loc="outside lower center", ncols=2, handlelength=2.2)
