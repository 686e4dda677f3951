"""Notebook 30: what the weights did, step by step."""

from __future__ import annotations

import pandas as pd

from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.drawing import figure
from surveylib.report.exhibits import finding_list, table, text, together
from surveylib.report.pictures import love_plot, weight_steps
from surveylib.report.printing import Number, number
from surveylib.report.words import COLUMNS, WEIGHT_STEPS
from surveylib.runner.case import Case
from surveylib.runner.shows.names import choice_words, named, placed

# What a step says of itself, in this order, with how it is printed.
SAID = {
    "unknown": (Text(vi="số hồ sơ chưa rõ đối tượng", en="dossiers of unknown eligibility"), "count"),
    "response_rate": (Text(vi="tỷ lệ trả lời có quyền số", en="weighted response rate"), "percent:1"),
    "least_propensity": (Text(vi="xác suất trả lời thấp nhất", en="least chance to answer"), "percent:1"),
    "margins": (Text(vi="số biên cần khớp", en="margins to hit"), "count"),
    "margins_hit": (Text(vi="số biên khớp ở mọi đơn vị", en="hit in every unit"), "count"),
    "worst_miss": (Text(vi="sai lệch lớn nhất", en="greatest miss"), "percent:2"),
    "rounds": (Text(vi="số vòng lặp", en="rounds"), "count"),
    "cut": (Text(vi="số quyền số bị cắt", en="weights cut"), "count"),
    "cycles": (Text(vi="số lượt cắt rồi cân lại", en="turns of cutting and calibrating"), "count"),
}
_ABOUT_STEPS = Text(
    vi="Hiệu ứng Kish: phương sai tăng bao nhiêu lần vì quyền số không đều. Số phiếu hiệu dụng: số phiếu có "
    "quyền số đều cho cùng độ chính xác.",
    en="Kish deff: by how much unequal weights multiply the variance. Effective n: so many answers of equal "
    "weight would say as much.",
)
_ABOUT_BALANCE = Text(
    vi="Lệch cơ cấu lớn nhất: chênh lệch chuẩn hóa lớn nhất của một nhóm so với tổng thể, trong mọi đơn vị "
    "và đợt; từ 0,1 là đáng lưu ý.",
    en="Worst ASMD: the greatest standardised difference of a category from the population, over all units "
    "and waves; 0.1 is worth a look.",
)
_NO_MARGINS = Text(
    vi="Kế hoạch không nêu biên nào để cân theo, hoặc không có sổ hồ sơ.",
    en="The plan names no margins to calibrate to, or there is no register.",
)


def step_table(case: Case, *, lang: Lang) -> Block:
    """Each step with its spread, the design effect of weighting, and how far the mix still is from the
    population."""
    steps = _named_steps(case.table("weight_steps"), lang)
    labels = {
        "min": Text(vi="Nhỏ nhất", en="Min"),
        "max": Text(vi="Lớn nhất", en="Max"),
        "sum": Text(vi="Tổng", en="Sum"),
        "cv": Text(vi="Hệ số biến thiên", en="CV"),
        "kish_deff": Text(vi="Hiệu ứng Kish", en="Kish deff"),
        "ess": Text(vi="Số phiếu hiệu dụng", en="Effective n"),
        "asmd": Text(vi="Lệch cơ cấu lớn nhất", en="Worst ASMD"),
    }
    notes = [_ABOUT_STEPS] + ([_ABOUT_BALANCE] if "asmd" in steps else [])
    formats = {"sum": "count", "ess": "count", "asmd": "number:3"}
    return table(
        steps,
        caption=Text(vi="Quyền số qua từng bước", en="The weights after each step"),
        lang=lang,
        columns=["step", *(name for name in labels if name in steps)],
        labels=labels,
        formats={name: form for name, form in formats.items() if name in steps},
        notes=notes,
        key="steps",
    )


def step_notes(case: Case, *, lang: Lang) -> Block:
    """What each step says of itself: response rate, margins hit, weights cut."""
    lines = []
    for step in case.table("weight_steps").to_dict("records"):
        told = [name for name in SAID if pd.notna(step.get(name))]
        if not told:
            continue
        name = _step(step["step"])
        parts = [Text(vi=f"{w.vi} {{{n}}}", en=f"{w.en} {{{n}}}") for n in told for w in (SAID[n][0],)]
        words = Text(
            vi=f"{name.vi}: {'; '.join(part.vi for part in parts)}.",
            en=f"{name.en}: {'; '.join(part.en for part in parts)}.",
        )
        values = {n: float(step[n]) for n in told}
        formats = {n: SAID[n][1] for n in told}
        lines.append(text(words, values, lang=lang, formats=formats, key=step["step"]))
    return together(lines, lang=lang, key="step_notes")


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
        "register_share": Text(vi="Tổng thể", en="Population"),
        "before_share": Text(vi="Trước khi cân", en="Before"),
        "after_share": Text(vi="Sau khi cân", en="After"),
        "asmd_after": Text(vi="Chênh lệch còn lại", en="Remaining difference"),
    }
    # The name of a variable stands at its first category only.
    first = ~named_margins["variable"].eq(named_margins["variable"].shift())
    named_margins["about"] = named_margins["variable"].where(first, "")
    labels = {"about": COLUMNS["variable"]} | labels
    columns = ["about", "level", "n", *(name for name in labels if name != "about")]
    formats = {"n": "count", "asmd_after": "number:3"} | dict.fromkeys(
        ["register_share", "before_share", "after_share"], "percent:1"
    )
    caption = Text(vi="Cơ cấu người đến giao dịch", en="Mix of visitors")
    return table(
        named_margins,
        caption=caption,
        lang=lang,
        columns=columns,
        labels=labels,
        formats=formats,
        headers=["level"],
        row_key=["variable", "level"],
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
    found = placed((*case.findings("weights"), *case.findings("standardisation")), case, lang=lang)
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
    return frame.assign(step=[_step(name).get(lang) for name in frame["step"]])


def _step(name: str) -> Text:
    return WEIGHT_STEPS[name] if name in WEIGHT_STEPS else Text(vi=name, en=name)
