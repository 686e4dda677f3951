"""Estimates for people: a table a question, with a heading and labelled columns, in either language."""

from __future__ import annotations

import click
import pandas as pd

from surveylib.cli.level_options import level_lines
from surveylib.cli.output import text_table
from surveylib.model.text import Lang, Text
from surveylib.report.words import column_label

KINDS = {
    "mean": Text(vi="Trung bình", en="Mean"),
    "total": Text(vi="Tổng", en="Total"),
    "ratio": Text(vi="Tỷ số", en="Ratio"),
    "proportion": Text(vi="Tỷ lệ các mức trả lời", en="Proportions"),
    "share": Text(vi="Tỷ lệ gộp nhiều mức", en="Share of several levels"),
    "alpha": Text(vi="Hệ số Cronbach alpha", en="Cronbach's alpha"),
    "quantile": Text(vi="Phân vị", en="Quantiles"),
    "variance": Text(vi="Phương sai", en="Variance"),
    "correlation": Text(vi="Hệ số tương quan", en="Correlation"),
    "kappa": Text(vi="Hệ số kappa", en="Kappa"),
}
_COLUMNS = {
    "flag": Text(vi="Cờ báo", en="Flag"),
    "cv": Text(vi="Hệ số biến thiên", en="CV"),
    "method": Text(vi="Kiểm định", en="Test"),
    "df_num": Text(vi="Bậc tự do tử số", en="Numerator df"),
    "response": Text(vi="Mức của biến kết quả", en="Outcome level"),
    "unadjusted": Text(vi="Pearson chưa hiệu chỉnh", en="Unadjusted Pearson"),
}
_LEVELS = {
    "quantile": Text(vi="Xác suất", en="Probability"),
    "correlation": Text(vi="Với", en="With"),
    "kappa": Text(vi="Với", en="With"),
}
_EMPTY = Text(
    vi="{count} dòng không có phiếu nào (n = 0): không có gì để ước lượng",
    en="{count} line(s) without any answer (n = 0): there is nothing to estimate",
)
TITLES = {
    "test": Text(vi="Kiểm định tính độc lập", en="Test of independence"),
    "covariance": Text(vi="Hiệp phương sai của các ước lượng", en="Covariance of the estimates"),
    "coefficients": Text(vi="Hệ số hồi quy", en="Coefficients"),
    "thresholds": Text(vi="Ngưỡng giữa các mức", en="Thresholds between levels"),
    "terms": Text(vi="Kiểm định đồng thời từng số hạng", en="Joint tests of terms"),
    "effects": Text(vi="Tác động biên trung bình", en="Average marginal effects"),
    "predictions": Text(vi="Giá trị dự báo chuẩn hóa", en="Standardised predictions"),
}


def print_estimates(
    table: pd.DataFrame, *, by: tuple[str, ...], confidence: float, interval: str = "mean", lang: Lang
) -> None:
    """A table for every kind and variable, its lines by domain and level; below, what the bounds are and
    which domains have nobody."""
    groups = [group for _, group in table.groupby(["kind", "variable"], sort=False)]
    for place, group in enumerate(groups):
        kind, variable = group["kind"].iloc[0], group["variable"].iloc[0]
        words = {"vi": " theo ", "en": " by "}[lang] + ", ".join(by) if by else ""
        print_titled(f"{KINDS[kind].get(lang)}: {variable}{words}", first=place == 0)
        shown = group[[*by, "level", *group.columns.drop([*by, "kind", "variable", "level"])]]
        shown = shown.rename(columns={"level": _LEVELS[kind].get(lang)} if kind in _LEVELS else {})
        click.echo(text_table(labelled(shown, keep=by, lang=lang)))
    lines = level_lines(table, confidence=confidence, interval=interval, lang=lang)
    if empty := int((table["n"] == 0).sum()):
        lines.append(_EMPTY.get(lang).format(count=empty))
    click.echo("\n" + "\n".join(lines))


def print_titled(title: str, *, first: bool = False) -> None:
    """A heading, with an empty line before it unless it is the first."""
    click.echo(("" if first else "\n") + click.style(title, bold=True))


def labelled(table: pd.DataFrame, *, keep: tuple[str, ...] = (), lang: Lang) -> pd.DataFrame:
    """The table with headings in the language; columns of the data (`keep`) stay as they are called."""
    names = {
        name: _COLUMNS[name].get(lang) if name in _COLUMNS else column_label(name, lang=lang)
        for name in table.columns
        if name not in keep
    }
    return table.rename(columns=names)
