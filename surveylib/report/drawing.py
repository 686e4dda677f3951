"""The hand all charts are drawn with: style, colours, axes by language, and SVG whose bytes do not change."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, MaxNLocator

from surveylib.errors import SurveyError, unknown
from surveylib.model.text import Lang
from surveylib.report import blocks
from surveylib.report.exhibits import Words
from surveylib.report.printing import Number, number, percent
from surveylib.report.words import column_label, said

# Orange and blue of Okabe and Ito (2008), a little darker so that they hold on white paper; told apart by
# lightness too.
PILOT = "#c2500a"
COMPARISON = "#2a6496"
OTHER = "#6d6d6d"
INK = "#1f2328"
FAINT = "#8a9099"
RULE = "#d5d9de"
ARM_COLOURS = {"pilot": PILOT, "comparison": COMPARISON, "self_pilot": OTHER}
ARM_TINTS = {"pilot": "#e3a988", "comparison": "#97b4cd", "self_pilot": "#b8b8b8"}
ARM_MARKERS = {"pilot": "o", "comparison": "s", "self_pilot": "^"}
WIDTH = 5.0  # inches: at this width letters stay legible on a phone, where the chart is shrunk to the screen

STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # comes with matplotlib and has every Vietnamese letter
    "font.size": 9.5,
    "axes.labelsize": 9.5,
    "axes.labelcolor": INK,
    "axes.edgecolor": FAINT,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "axes.unicode_minus": True,
    "xtick.color": FAINT,
    "ytick.color": FAINT,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "figure.facecolor": "white",
    "svg.hashsalt": "surveylib",
    "svg.fonttype": "path",
}


def styled():
    """The style as a context: charts are drawn in it, and nobody's own settings are touched."""
    return matplotlib.rc_context(
        {**matplotlib.rcParamsDefault, "backend": matplotlib.rcParams["backend"], **STYLE}
    )


def canvas(*, height: float, width: float = WIDTH) -> tuple[Figure, Axes]:
    """An empty chart, in inches; without pyplot, so that nothing is shown twice and nothing stays behind."""
    made = Figure(figsize=(width, height), layout="constrained")
    return made, made.subplots()


def svg(chart: Figure, *, mark: str = "", text: str = "path", family: str | None = None) -> str:
    """The chart as SVG, the same bytes each time.

    `mark` is written across its top. `text` is ``path`` (outlines: every letter right everywhere) or
    ``none`` (letters, set in `family` by whoever shows it).
    """
    settings = {**STYLE, "svg.fonttype": text}
    buffer = io.StringIO()
    with matplotlib.rc_context(settings):
        if mark:
            chart.suptitle(mark, fontsize=7.5, color=PILOT, x=0.995, ha="right", fontweight="bold")
        FigureCanvasSVG(chart).print_svg(buffer, metadata={"Date": None, "Creator": None})
    drawn = buffer.getvalue()
    drawn = drawn[drawn.index("<svg") :]
    return (
        drawn.replace("'DejaVu Sans', sans-serif", f"'{family}'").replace("DejaVu Sans", family)
        if family
        else drawn
    )


def figure(
    chart: Figure,
    *,
    alt: Words,
    caption: Words,
    lang: Lang,
    mark: str = "",
    numbers: Sequence[Number] | Mapping[str, float] = (),
    key: str = "",
) -> blocks.Figure:
    """A chart as a block: `alt` says what it shows to who cannot see it, `caption` what it is.

    `numbers` are those the chart prints or rests on; they go into ``estimates.csv``. `mark` is written into
    the picture, so that it stays when the chart is copied.

    Raises
    ------
    SurveyError
        If alternative text or caption is empty.
    """
    if isinstance(numbers, Mapping):
        numbers = [
            Number(key=name, value=float(value), printed=number(value, lang=lang))
            for name, value in numbers.items()
            if np.isfinite(value)
        ]
    return blocks.Figure(
        svg=svg(chart, mark=mark),
        alt=said(alt, lang=lang),
        caption=said(caption, lang=lang),
        lang=lang,
        numbers=tuple(numbers),
        key=key,
    )


def number_axis(axis, *, lang: Lang, signed: bool = False, share: bool = False, most: int = 6) -> None:
    """Ticks with the decimal mark of the language, with as many decimals as their steps need."""
    axis.set_major_locator(MaxNLocator(nbins=most, steps=[1, 2, 2.5, 5, 10]))

    def label(value: float, _position: int) -> str:
        decimals = _decimals(axis.get_majorticklocs() * (100 if share else 1))
        if share:
            return percent(value, lang=lang, decimals=decimals)
        return number(value, lang=lang, decimals=decimals, signed=signed)

    axis.set_major_formatter(FuncFormatter(label))


def _decimals(ticks: np.ndarray) -> int:
    for decimals in range(4):
        if np.allclose(ticks, np.round(ticks, decimals), atol=1e-9):
            return decimals
    return 4


def wrapped(words: str, *, width: int) -> str:
    """Words broken into lines of at most `width` letters, for labels beside a chart.

    >>> wrapped("Phòng Lao động - Thương binh và Xã hội", width=22)
    'Phòng Lao động -\\nThương binh và Xã hội'
    """
    lines = [""]
    for one in words.split():
        if lines[-1] and len(lines[-1]) + 1 + len(one) > width:
            lines.append("")
        lines[-1] = f"{lines[-1]} {one}".strip()
    return "\n".join(lines)


def require(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse a table without these columns or without rows."""
    for name in columns:
        if name not in frame.columns:
            raise unknown(
                "column", name, frame.columns, where=f"chart of {column_label(columns[0], lang='en')}"
            )
    if frame.empty:
        raise SurveyError("nothing to draw: the table has no rows")
