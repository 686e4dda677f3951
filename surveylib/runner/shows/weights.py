"""Notebook 30: what the weights did, step by step."""

from __future__ import annotations

import pandas as pd

from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.drawing import figure
from surveylib.report.exhibits import finding_list, table, text
from surveylib.report.pictures import love_plot, weight_steps
from surveylib.report.printing import Number, number
from surveylib.runner.case import Case
from surveylib.runner.shows.names import choice_words, named

STEPS = {
    "base": Text(vi="1/xác suất chọn", en="1 / probability"),
    "nonresponse": Text(vi="Bù không trả lời", en="Non-response"),
    "calibrate": Text(vi="Cân theo sổ", en="Raked to register"),
    "trim": Text(vi="Cắt ngọn", en="Trimmed"),
    "standardised": Text(vi="Chuẩn hóa cơ cấu", en="Standardised mix"),
}
_NO_MARGINS = Text(
    vi="Không có sổ hồ sơ để cân theo: mọi phiếu có cùng quyền số.",
    en="No register to rake to: every answer has the same weight.",
)


def step_table(case: Case, *, lang: Lang) -> Block:
    """Each step with its spread and the design effect of weighting."""
    steps = _named_steps(case.table("weight_steps"), lang)
    labels = {
        "sum": Text(vi="Tổng", en="Sum"),
        "min": Text(vi="Nhỏ nhất", en="Min"),
        "max": Text(vi="Lớn nhất", en="Max"),
        "cv": Text(vi="Hệ số biến thiên", en="CV"),
        "kish_deff": Text(vi="Hiệu ứng Kish", en="Kish deff"),
        "ess": Text(vi="Số phiếu hiệu dụng", en="Effective n"),
    }
    columns = [name for name in ("step", "n", "sum", "min", "max", "cv", "kish_deff", "ess") if name in steps]
    formats = {"n": "count", "sum": "count", "ess": "count"}
    caption = Text(vi="Quyền số qua từng bước", en="The weights after each step")
    return table(
        steps, caption=caption, lang=lang, columns=columns, labels=labels, formats=formats, key="steps"
    )


def step_figure(case: Case, *, lang: Lang) -> Block:
    """The spread of the weights after each step."""
    values = case.table("weights").drop(columns=["respondent", "unit", "wave"])
    spread = values.describe().T.rename(columns={"25%": "q25", "50%": "median", "75%": "q75"})
    spread["deff"] = len(values) * (values**2).sum() / values.sum() ** 2
    chart = weight_steps(_named_steps(spread.rename_axis("step").reset_index(), lang), lang=lang)
    alt = Text(
        vi="Khoảng, nửa giữa và trung vị của quyền số sau từng bước.",
        en="Range, middle half and median of the weights after each step.",
    )
    caption = Text(vi="Phân bố quyền số sau từng bước", en="Spread of the weights after each step")
    return figure(chart, alt=alt, caption=caption, lang=lang, mark=case.mark, key="weight_steps")


def margin_table(case: Case, *, lang: Lang) -> Block:
    """Shares in register and sample, before and after weighting."""
    margins = case.table("margins")
    if margins.empty:
        return text(_NO_MARGINS, lang=lang, key="no_margins")
    named_margins = _named_margins(case, margins, lang)
    labels = {
        "register_share": Text(vi="Sổ hồ sơ", en="Register"),
        "before_share": Text(vi="Trước khi cân", en="Before"),
        "after_share": Text(vi="Sau khi cân", en="After"),
        "asmd_after": Text(vi="Chênh lệch còn lại", en="Remaining difference"),
    }
    columns = ["variable", "level", "n", *labels]
    formats = {"n": "count", "asmd_after": "number:3"} | dict.fromkeys(list(labels)[:3], "percent:1")
    caption = Text(vi="Cơ cấu người đến giao dịch", en="Mix of visitors")
    return table(
        named_margins,
        caption=caption,
        lang=lang,
        columns=columns,
        labels=labels,
        formats=formats,
        headers=["variable", "level"],
        key="margins",
    )


def love_figure(case: Case, *, lang: Lang) -> Block:
    """Standardised differences of every category from the register, before and after weighting."""
    margins = case.table("margins")
    if margins.empty:
        return text(_NO_MARGINS, lang=lang, key="no_margins_plot")
    alt = Text(
        vi="Chênh lệch chuẩn hóa của mỗi nhóm so với sổ: trước khi cân (vòng rỗng), sau khi cân (chấm đặc).",
        en="Standardised difference of each category from the register: before (ring), after (dot).",
    )
    caption = Text(
        vi="Mẫu lệch bao nhiêu so với sổ, trước và sau khi cân (vạch đứt: 0,1, mức đáng lưu ý)",
        en="How far the sample is from the register, before and after weighting (dashed: 0.1, worth a look)",
    )
    names = [f"{v}.{x}" for v, x in zip(margins["variable"], margins["level"], strict=True)]
    numbers = [
        Number(key=f"{name}.{when}", value=value, printed=number(value, lang=lang, decimals=3))
        for when in ("asmd_before", "asmd_after")
        for name, value in zip(names, margins[when], strict=True)
    ]
    chart = love_plot(_named_margins(case, margins, lang), lang=lang)
    return figure(
        chart, alt=alt, caption=caption, lang=lang, mark=case.mark, numbers=numbers, key="love_plot"
    )


def ess_table(case: Case, *, lang: Lang) -> Block:
    """Effective sample size by unit and wave."""
    labels = {
        "ess": Text(vi="Số phiếu hiệu dụng", en="Effective n"),
        "ess_share": Text(vi="Tỷ lệ hiệu dụng", en="Share"),
        "kish_deff": Text(vi="Hiệu ứng Kish", en="Kish deff"),
    }
    shown = named(case.table("ess"), case, lang=lang)
    formats = {"n": "count", "ess": "count", "ess_share": "percent:0"}
    caption = Text(vi="Số phiếu hiệu dụng theo đơn vị và đợt", en="Effective sample size by unit and wave")
    return table(
        shown,
        caption=caption,
        lang=lang,
        columns=["unit", "wave", "n", *labels],
        labels=labels,
        formats=formats,
        headers=["unit", "wave"],
        key="ess",
    )


def weight_findings(case: Case, *, lang: Lang) -> Block:
    """What weighting and standardisation had to note."""
    found = (*case.findings("weights"), *case.findings("standardisation"))
    caption = Text(vi="Ghi nhận khi tính quyền số", en="Notes of the weighting")
    return finding_list(found, caption=caption, lang=lang, key="weight_findings")


def summary(case: Case) -> pd.DataFrame:
    """A small rounded aggregate for the notebook's golden cell."""
    return case.table("weight_steps").set_index("step")[["sum", "kish_deff"]].round(2)


def _named_margins(case: Case, margins: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    return margins.assign(
        level=[
            choice_words(case, name, level, lang=lang)
            for name, level in zip(margins["variable"], margins["level"], strict=True)
        ],
        variable=[
            case.labels[name].get(lang) if name in case.labels else name for name in margins["variable"]
        ],
    )


def _named_steps(frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    return frame.assign(step=[STEPS[name].get(lang) if name in STEPS else name for name in frame["step"]])
