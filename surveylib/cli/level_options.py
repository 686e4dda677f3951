"""At which level, and by which method, intervals are made: the options, and the words that say so."""

from __future__ import annotations

import click
import pandas as pd

from surveylib.model.text import Lang, Text
from surveylib.numerics.intervals import PROPORTION_INTERVALS

confidence_option = click.option(
    "--confidence", type=float, default=0.95, show_default=True, help="Level of the intervals."
)
interval_option = click.option(
    "--interval",
    type=click.Choice(PROPORTION_INTERVALS),
    default="mean",
    show_default=True,
    help="Interval of a proportion; mean: estimate ± t·se.",
)
SHARES = ("proportion", "share")  # kinds with other intervals than estimate ± t·se
_LEVEL = Text(
    vi="Cận dưới, cận trên: khoảng tin cậy {percent:g}%", en="Lower, upper: {percent:g}% confidence interval"
)
_SYMMETRIC = Text(vi="ước lượng ± t × sai số chuẩn", en="estimate ± t × standard error")
_METHOD = Text(vi="phương pháp {interval}", en="method {interval}")
_BEYOND = Text(
    vi="{count} tỷ lệ có cận nằm ngoài khoảng từ 0 đến 1; --interval beta, logit hoặc wilson giữ cận ở trong",
    en="{count} proportion(s) have a bound outside 0 to 1; --interval beta, logit or wilson keep them inside",
)


def level_lines(table: pd.DataFrame, *, confidence: float, interval: str = "mean", lang: Lang) -> list[str]:
    """What the bounds of a table of estimates are; how many no share can have, and what to do about them."""
    shares = table[table["kind"].isin(SHARES)]
    line = level_line(confidence, lang=lang)
    if shares.empty:
        return [line]
    method = (_SYMMETRIC if interval == "mean" else _METHOD).get(lang).format(interval=interval)
    beyond = int(((shares["conf_low"] < 0) | (shares["conf_high"] > 1)).sum())
    more = [_BEYOND.get(lang).format(count=beyond)] if beyond else []
    return [f"{line}; {Text(vi='tỷ lệ', en='proportions').get(lang)}: {method}", *more]


def level_line(confidence: float, *, lang: Lang) -> str:
    """The level of the bounds.

    >>> level_line(0.9, lang="en")
    'Lower, upper: 90% confidence interval'
    """
    return _LEVEL.get(lang).format(percent=100 * confidence)


def with_level(table: pd.DataFrame, *, confidence: float, interval: str | None = None) -> pd.DataFrame:
    """The table for a CSV, which has no other place to say what its bounds are."""
    told = {"confidence": confidence} | ({} if interval is None else {"interval": interval})
    return table.assign(**told)
