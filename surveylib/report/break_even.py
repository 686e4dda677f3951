"""The break-even chart: what roll-out brings to one unit, over what a further satisfied visitor is worth."""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from surveylib.model.text import Lang, Text
from surveylib.report.drawing import INK, PILOT, canvas, number_axis, require, styled

_WORTH = Text(
    vi="Một lượt người hài lòng thêm đáng giá (nghìn đồng)",
    en="An additional satisfied visitor is worth (thousand đồng)",
)
_NET = Text(vi="Lợi ích ròng mỗi đơn vị (triệu đồng)", en="Net benefit a unit (million đồng)")
_MEAN = Text(vi="Kỳ vọng", en="Expected")
_RANGE = Text(vi="Khoảng {level}%", en="{level}% interval")
_EVEN = Text(vi="Hòa vốn", en="Break-even")


def break_even_plot(curve: pd.DataFrame, *, lang: Lang, level: float = 0.9) -> Figure:
    """Expected net benefit with its interval over the willingness to pay; break-even is dotted.

    `curve` has ``willingness, net_benefit, conf_low, conf_high`` in đồng.
    """
    require(curve, ("willingness", "net_benefit", "conf_low", "conf_high"))
    worth = curve["willingness"].to_numpy(float) / 1e3
    net, low, high = (curve[name].to_numpy(float) / 1e6 for name in ("net_benefit", "conf_low", "conf_high"))
    # Net benefit is a straight line in the willingness: two points of it give where it is 0.
    even = worth[0] - net[0] * (worth[-1] - worth[0]) / (net[-1] - net[0])
    with styled():
        chart, axes = canvas(height=3.1)
        share = f"{100 * level:.0f}"
        axes.fill_between(
            worth, low, high, color=PILOT, alpha=0.14, linewidth=0,
            label=_RANGE.get(lang).format(level=share),
        )  # fmt: skip
        axes.plot(worth, net, color=PILOT, linewidth=1.8, label=_MEAN.get(lang))
        axes.axhline(0, color=INK, linewidth=0.9)
        axes.axvline(even, color=INK, linewidth=1.1, linestyle=(0, (2, 2)), label=_EVEN.get(lang))
        axes.set_xlim(worth[0], worth[-1])
        number_axis(axes.xaxis, lang=lang)
        number_axis(axes.yaxis, lang=lang)
        axes.set_xlabel(_WORTH.get(lang))
        axes.set_ylabel(_NET.get(lang))
        chart.legend(loc="outside lower center", ncols=3)
    return chart
