"""Notebook 10: what was drawn from which registers, and what one office's sample can show."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.stats import norm

from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text
from surveylib.runner.case import Case
from surveylib.runner.shows.names import named, stratum_words

_NONE = Text(
    vi="Nghiên cứu này không có sổ hồ sơ: mẫu do bên khác chọn, không có nhật ký rút mẫu.",
    en="This study has no register: the sample was drawn elsewhere, and there is no log of the draw.",
)
_WHOLE_LOG = Text(
    vi="Nhật ký của mọi đợt nằm trong tệp stages/draw_log.csv.",
    en="The log of every wave is in the file stages/draw_log.csv.",
)
_DETECT = Text(
    vi="Với trung bình {n} phiếu và sai số chuẩn {se} mỗi đơn vị mỗi đợt, một đơn vị riêng lẻ chỉ cho "
    "thấy được thay đổi từ {change} "
    "điểm trở lên (mức ý nghĩa 5%, công suất 80%). Đây là độ chính xác của một đơn vị, không phải của"
    " cả thí điểm: mẫu của thí "
    "điểm là số đơn vị.",
    en="With {n} answers and a standard error of {se} a unit and wave on average, one unit alone shows a"
    " change of {change} points or more "
    "(level 5%, power 80%). This is the precision of one office, not of the pilot: the pilot's sample"
    " is its units.",
)


def draw_table(case: Case, *, lang: Lang) -> Block:
    """Register, drawn, reserves and answers by unit and wave."""
    if not case.has("draw_log"):
        return text(_NONE, lang=lang, key="no_draw")
    log = case.table("draw_log")
    sizes = (
        log.groupby(["unit", "wave"], sort=False)[["population", "sampled", "reserves"]].sum().reset_index()
    )
    answers = case.table("responses").groupby(["unit", "wave"]).size().rename("n").reset_index()
    labels = {
        "population": Text(vi="Hồ sơ trong sổ", en="Register"),
        "sampled": Text(vi="Rút mẫu chính", en="Drawn"),
        "reserves": Text(vi="Dự phòng", en="Reserves"),
    }
    caption = Text(vi="Sổ hồ sơ, mẫu và số phiếu thu được", en="Register, sample and answers")
    shown = named(sizes.merge(answers, how="left"), case, lang=lang)
    return table(
        shown,
        caption=caption,
        lang=lang,
        labels=labels,
        formats=_counts((*labels, "n")),
        headers=["unit", "wave"],
        key="draw",
    )


def draw_log(case: Case, *, lang: Lang, wave: str = "") -> Block:
    """The log of the draw in one wave (the first, if none is named): every stratum with its interval and
    random start, so that it can be checked. The log of all waves is ``stages/draw_log.csv``.
    """
    if not case.has("draw_log"):
        return text(_NONE, lang=lang, key="no_draw")
    log = case.table("draw_log", wave=wave or case.study.sources[0].wave)
    log["stratum"] = [stratum_words(case, name, lang=lang) for name in log["stratum"]]
    log = named(log, case, lang=lang)
    labels = {
        "population": Text(vi="Hồ sơ", en="Register"),
        "sampled": Text(vi="Mẫu", en="Drawn"),
        "reserves": Text(vi="Dự phòng", en="Reserves"),
        "interval": Text(vi="Bước nhảy", en="Interval"),
        "start": Text(vi="Điểm bắt đầu", en="Start"),
        "method": Text(vi="Cách rút", en="Method"),
    }
    methods = {
        "census": Text(vi="điều tra toàn bộ", en="census"),
        "systematic": Text(vi="hệ thống", en="systematic"),
    }
    log["method"] = log["method"].map(lambda name: methods[name].get(lang) if name in methods else name)
    formats = _counts(("population", "sampled", "reserves")) | {"interval": "number:2", "start": "number:2"}
    caption = Text(vi="Nhật ký rút mẫu", en="Log of the draw")
    return table(
        log,
        caption=caption,
        lang=lang,
        labels=labels,
        formats=formats,
        headers=["unit", "wave", "stratum"],
        notes=(_WHOLE_LOG,),
        key="draw_log",
    )


def detectable(case: Case, *, lang: Lang) -> Block:
    """What change the sample of one unit can show: (z₀.₉₇₅ + z₀.₈) · √2 · its standard error."""
    cells = case.table("standard_cells")
    primary = cells[cells["outcome"] == case.primary]
    n, error = float(primary["n"].mean()), float(np.sqrt((primary["std_error"] ** 2).mean()))
    change = (norm.ppf(0.975) + norm.ppf(0.8)) * np.sqrt(2) * error
    formats = {"n": "count", "change": "number:2", "se": "number:2"}
    return text(
        _DETECT, {"n": n, "change": float(change), "se": error}, lang=lang, formats=formats, key="detectable"
    )


def _counts(names) -> dict[str, str]:
    return dict.fromkeys(names, "count")


def summary(case: Case) -> pd.DataFrame:
    """A small rounded aggregate for the notebook's golden cell."""
    if not case.has("draw_log"):
        return pd.DataFrame()
    log = case.table("draw_log")
    return log.groupby("wave", sort=True)[["population", "sampled", "reserves"]].sum()
