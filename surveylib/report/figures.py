"""Charts of what was found: units and their changes, before and after, groups of criteria, the prediction.

All are drawn from estimates, never from rows of answers; all give a matplotlib Figure for `drawing.figure`.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from surveylib.errors import SurveyError
from surveylib.model.text import Lang
from surveylib.report.drawing import (
    COMPARISON,
    INK,
    PILOT,
    RULE,
    canvas,
    number_axis,
    require,
    styled,
    wrapped,
)
from surveylib.report.words import phrase

_LABEL = 30  # letters of a label beside a chart


def interval_plot(
    estimates: pd.DataFrame,
    *,
    lang: Lang,
    label: str = "variable",
    series: str = "wave",
    names: Sequence[str] | None = None,
    axis: str | None = None,
    share: bool = False,
    zero: bool = False,
) -> Figure:
    """Estimates with their intervals, one row a `label`, one mark a `series` (at most three, such as before
    and after).

    `names` gives the order of the series; the last is drawn full, those before it hollow. Rows keep the
    order of the table. With `zero` a line stands where there is no effect.
    """
    require(estimates, (label, "estimate", "conf_low", "conf_high"))
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
            axes.scatter(
                part["estimate"].astype(float),
                place,
                s=36,
                marker="os^"[len(order) - 1 - i],
                zorder=3,
                facecolor=colour if last else "white",
                edgecolor=colour,
                linewidths=1.5,
                label=str(name),
            )
        if zero:
            axes.axvline(0, color=INK, linewidth=0.9)
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
    require(effects, (label, "estimate", "conf_low", "conf_high"))
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
            axes.barh(
                place[part],
                values[part],
                height=0.5,
                color=PILOT if flag else "white",
                edgecolor=PILOT,
                linewidth=1.2,
                hatch=None if flag else "////",
                label=phrase(name, lang=lang),
            )
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
    require(densities, ("value", "theta"))
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
