"""Power over what it takes: every design tried, and the frontier of those that nothing beats."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from surveylib.model.text import Lang, Text
from surveylib.report.drawing import COMPARISON, FAINT, INK, PILOT, canvas, number_axis, require, styled
from surveylib.report.printing import percent

_COST = Text(vi="Chi phí (đơn vị tiền của giá đã nêu)", en="Cost (in the currency of the prices)")
_ANSWERS = Text(
    vi="Tổng số phiếu, mọi đơn vị và mọi đợt (nghìn)", en="Answers, all units and waves (thousand)"
)
_POWER = Text(vi="Xác suất phát hiện tác động", en="Probability of finding the effect")
_TRIED = Text(vi="Phương án đã thử", en="Designs tried")
_FRONTIER = Text(vi="Không phương án nào hơn", en="Nothing beats these")
_PRESENT = Text(vi="Phương án hiện nay", en="Present design")
_CHEAPEST = Text(vi="Ít tốn nhất mà đạt", en="Cheapest that reaches it")
_WANTED = Text(vi="Mức mong muốn: {power}", en="Wanted: {power}")


def redesign_plot(table: pd.DataFrame, *, power: float, lang: Lang) -> Figure:
    """`table` as `redesign` gives it; costs on the axis where there are prices, else answers."""
    require(table, ("power", "answers", "frontier", "present", "cheapest"))
    priced = table["cost"].notna().all()
    name, scale = ("cost", 1.0) if priced else ("answers", 1e-3)
    rows = table.assign(x=table[name] * scale)
    with styled():
        chart, axes = canvas(height=3.4)
        edge, present, cheapest = (rows[rows[kind]] for kind in ("frontier", "present", "cheapest"))
        axes.plot(
            rows["x"], rows["power"], "o", color=FAINT, alpha=0.45, markersize=3, label=_TRIED.get(lang)
        )
        axes.plot(
            edge["x"],
            edge["power"],
            "-",
            drawstyle="steps-post",
            color=COMPARISON,
            linewidth=1.6,
            label=_FRONTIER.get(lang),
        )
        axes.axhline(power, color=INK, linewidth=0.9, linestyle=(0, (2, 2)))
        axes.plot(present["x"], present["power"], "s", color=INK, markersize=6.5, label=_PRESENT.get(lang))
        if not cheapest.empty:
            first = cheapest.iloc[[0]]
            axes.plot(first["x"], first["power"], "D", color=PILOT, markersize=6.5, label=_CHEAPEST.get(lang))
        wanted = _WANTED.get(lang).format(power=percent(power, lang=lang, decimals=0))
        axes.annotate(
            wanted, (1, power), xycoords=("axes fraction", "data"), xytext=(0, -11), ha="right",
            textcoords="offset points", fontsize=8.5,
        )  # fmt: skip
        axes.set_ylim(0, 1.02)
        axes.set_xlim(left=0)
        number_axis(axes.xaxis, lang=lang)
        number_axis(axes.yaxis, lang=lang, share=True)
        axes.set_xlabel((_COST if priced else _ANSWERS).get(lang))
        axes.set_ylabel(_POWER.get(lang))
        chart.legend(loc="outside lower center", ncols=2)
    return chart
