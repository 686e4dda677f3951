"""Charts of what was found: units and their changes, before and after, groups of criteria, the prediction.

All are drawn from estimates, never from rows of answers; all give a matplotlib Figure for `drawing.figure`.
"""

from __future__ import annotations

from collections.abc import Sequence

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
    COMPARISON,
    FAINT,
    INK,
    PILOT,
    RULE,
    WIDTH,
    canvas,
    number_axis,
    styled,
    svg,
    wrapped,
)
from surveylib.report.words import ARMS, BRIEF_FAMILY, column_label, phrase, word

_ROW = 0.27  # inches for a row with a label of one line
_LABEL = 30  # letters of a label beside a chart


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
    wrap: int = _LABEL + 8,
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
    _require(changes, (label, "arm", change))
    shown = changes[np.isfinite(changes[change].astype(float))].copy()
    arms = [arm for arm in ARMS if (shown["arm"] == arm).any()]
    if unknown_arms := set(shown["arm"]) - set(ARMS):
        raise unknown("arm", sorted(unknown_arms)[0], ARMS)
    lines = len(shown) + 1.2 * len(arms)
    with styled():
        chart, axes = canvas(height=height or _ROW * lines + 0.95, width=width)
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
        axes.set_xlabel(axis or phrase("change_axis", lang=lang))
        _strip_legend(chart, axes, lang=lang, sesoi=sesoi)
    return chart


def brief_strip(changes: pd.DataFrame, *, lang: Lang, sesoi: float | None = None, label: str = "unit",
                change: str = "change") -> str:  # fmt: skip
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


def interval_plot(
    estimates: pd.DataFrame,
    *,
    lang: Lang,
    label: str = "variable",
    series: str = "wave",
    names: Sequence[str] | None = None,
    axis: str | None = None,
    share: bool = False,
) -> Figure:
    """Estimates with their intervals, one row a `label`, one mark a `series` (at most three, such as before
    and after).

    `names` gives the order of the series; the last is drawn full, those before it hollow. Rows keep the
    order of the table.
    """
    _require(estimates, (label, "estimate", "conf_low", "conf_high"))
    table = estimates if series in estimates.columns else estimates.assign(**{series: ""})
    order = list(names) if names is not None else list(dict.fromkeys(table[series]))
    if len(order) > 3:
        raise SurveyError("too many series for one chart", expected="at most 3", got=str(len(order)))
    rows = list(dict.fromkeys(table[label]))
    with styled():
        chart, axes = canvas(height=max(1.7, (0.2 + 0.17 * len(order)) * len(rows) + 1.0))
        for i, name in enumerate(order):
            part = table[table[series] == name].drop_duplicates(label).set_index(label).reindex(rows)
            last = i == len(order) - 1
            colour = PILOT if last else COMPARISON
            place = np.arange(len(rows)) + 0.24 * (i - (len(order) - 1) / 2)
            low, high = part["conf_low"].astype(float), part["conf_high"].astype(float)
            axes.hlines(place, low, high, color=colour, linewidth=1.6)
            axes.scatter(part["estimate"].astype(float), place, s=36, marker="os^"[len(order) - 1 - i], zorder=3,
                         facecolor=colour if last else "white", edgecolor=colour, linewidths=1.5,
                         label=str(name))  # fmt: skip
        _label_rows(axes, rows)
        number_axis(axes.xaxis, lang=lang, share=share)
        axes.set_xlabel(axis or phrase("mean_axis", lang=lang))
        if len(order) > 1:
            chart.legend(loc="outside lower center", ncols=len(order))
    return chart


def group_bars(
    effects: pd.DataFrame,
    *,
    lang: Lang,
    label: str = "group",
    sesoi: float | None = None,
    axis: str | None = None,
) -> Figure:
    """Effects on groups of criteria as bars from zero with intervals; full where significant after
    adjustment.

    `effects` has `label, estimate, conf_low, conf_high` and, if adjusted, ``significant`` (bool, by the
    adjusted p).
    """
    _require(effects, (label, "estimate", "conf_low", "conf_high"))
    flags = (
        effects["significant"].astype(bool).to_numpy()
        if "significant" in effects
        else np.ones(len(effects), bool)
    )
    place, values = np.arange(len(effects)), effects["estimate"].to_numpy(float)
    with styled():
        chart, axes = canvas(height=0.5 * len(effects) + 1.25)
        for flag, name in ((True, "adjusted_yes"), (False, "adjusted_no")):
            part = flags == flag
            axes.barh(place[part], values[part], height=0.5, color=PILOT if flag else "white", edgecolor=PILOT,
                      linewidth=1.2, hatch=None if flag else "////", label=phrase(name, lang=lang))  # fmt:
                      skip
        axes.hlines(
            place,
            effects["conf_low"].astype(float),
            effects["conf_high"].astype(float),
            color=INK,
            linewidth=1.4,
        )
        axes.axvline(0, color=INK, linewidth=0.9)
        if sesoi is not None:
            axes.axvline(
                sesoi, color=INK, linewidth=1.1, linestyle=(0, (4, 3)), label=phrase("sesoi", lang=lang)
            )
        _label_rows(axes, list(effects[label]))
        number_axis(axes.xaxis, lang=lang, signed=True)
        axes.set_xlabel(axis or phrase("effect_axis", lang=lang))
        if "significant" in effects or sesoi is not None:
            _legend_of(
                chart,
                axes,
                drop=() if "significant" in effects else ("adjusted_yes", "adjusted_no"),
                lang=lang,
            )
    return chart


def density_plot(
    densities: pd.DataFrame, *, lang: Lang, sesoi: float | None = None, axis: str | None = None
) -> Figure:
    """What is believed of the average effect and, wider, of the effect in a new unit.

    `densities` has ``value`` (points of the scale) and one column of densities each: ``theta`` and, if
    there, ``theta_new``.
    """
    _require(densities, ("value", "theta"))
    value = densities["value"].to_numpy(float)
    curves = (("theta", "average_effect", PILOT, "-"), ("theta_new", "new_unit_effect", COMPARISON, "--"))
    with styled():
        chart, axes = canvas(height=2.9)
        for column, name, colour, stroke in curves:
            if column in densities:
                height = densities[column].to_numpy(float)
                axes.fill_between(value, height, color=colour, alpha=0.14, linewidth=0)
                axes.plot(
                    value,
                    height,
                    color=colour,
                    linewidth=1.8,
                    linestyle=stroke,
                    label=phrase(name, lang=lang),
                )
        axes.axvline(0, color=INK, linewidth=0.9)
        if sesoi is not None:
            axes.axvline(
                sesoi, color=INK, linewidth=1.1, linestyle=(0, (2, 2)), label=phrase("sesoi", lang=lang)
            )
        axes.set_ylim(bottom=0)
        axes.set_yticks([])
        axes.spines["left"].set_visible(False)
        number_axis(axes.xaxis, lang=lang, signed=True)
        axes.set_xlabel(axis or phrase("effect_axis", lang=lang))
        chart.legend(loc="outside lower center", ncols=1)
    return chart


def _label_rows(axes: Axes, rows: Sequence[object]) -> None:
    axes.set_yticks(np.arange(len(rows)), [wrapped(str(row), width=_LABEL) for row in rows])
    axes.set_ylim(len(rows) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")
    axes.grid(axis="y", color=RULE, linewidth=0.4)


def _legend_of(chart: Figure, axes: Axes, *, drop: Sequence[str], lang: Lang) -> None:
    unwanted = {phrase(name, lang=lang) for name in drop}
    pairs = [
        (h, text) for h, text in zip(*axes.get_legend_handles_labels(), strict=True) if text not in unwanted
    ]
    chart.legend(*zip(*pairs, strict=True), loc="outside lower center", ncols=1)


def _require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    for name in columns:
        if name not in frame.columns:
            raise unknown(
                "column", name, frame.columns, where=f"chart of {column_label(columns[0], lang='en')}"
            )
    if frame.empty:
        raise SurveyError("nothing to draw: the table has no rows")
