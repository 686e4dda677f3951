"""Notebook 90, on money: cost per additional satisfied visitor, break-even, what knowing more is worth."""

from __future__ import annotations

import pandas as pd

from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.break_even import break_even_plot
from surveylib.report.drawing import figure
from surveylib.report.exhibits import finding_list, table, text, together
from surveylib.runner.case import Case

_PARTS = {
    "unit_cost": Text(vi="Chi phí chương trình ở một đơn vị", en="Programme in one unit"),
    "survey_cost": Text(vi="Một đợt khảo sát ở một đơn vị", en="One survey wave in one unit"),
    "visitors": Text(vi="Số lượt người đến một đơn vị", en="Visitors of one unit"),
    "ratio": Text(vi="Chi phí cho mỗi lượt người hài lòng thêm", en="Cost per additional satisfied visitor"),
}
_PAYS = {
    "never": Text(vi="không đáng", en="it does not pay"),
    "unknown": Text(vi="chưa biết chi phí khảo sát", en="cost of surveys not known"),
}
_CURVE = Text(
    vi="Lợi ích ròng khi triển khai ở một đơn vị trong {months} tháng, theo giá trị của một lượt người hài "
    "lòng thêm",
    en="Net benefit of rolling out to one unit over {months} months, by the worth of an additional satisfied "
    "visitor",
)
_WORTH = Text(vi="Một lượt đáng giá (nghìn đồng)", en="A visitor is worth (thousand đồng)")
_MONEY_NOTE = Text(
    vi="Không giả định sẵn một lượt người hài lòng đáng giá bao nhiêu: tỉnh tự đặt câu hỏi đó cho mình.",
    en="What a satisfied visitor is worth is not assumed: the province answers that for itself.",
)


def cost_table(case: Case, *, lang: Lang) -> Block:
    """What it cost, what an additional satisfied visitor costs, in words and numbers; else why not."""
    value = case.value
    if value is None:
        return text(NO_VALUE, lang=lang, tone="note", key="no_value")
    shown: list[Block] = [text(sentence, lang=lang) for sentence in value.sentences]
    known = {name: getattr(value, name) for name in _PARTS if getattr(value, name) is not None}
    if known:
        shown.append(_parts(known, value.horizon, lang=lang))
    if value.findings:
        caption = Text(vi="Biểu chi phí: những chỗ cần sửa", en="The cost form: what to mend")
        shown.append(finding_list(value.findings, caption=caption, lang=lang, key="cost_findings"))
    return together(shown, lang=lang, key="cost")


NO_VALUE = Text(
    vi="Chưa tính được chi phí: chưa có ước lượng tác động.", en="No cost is given: there is no effect yet."
)


def _parts(known: dict[str, float], horizon: int, *, lang: Lang) -> Block:
    rows = pd.DataFrame({"part": [_PARTS[name].get(lang) for name in known], "amount": list(known.values())})
    money = [name != "visitors" for name in known]
    rows["count"] = rows["amount"].where([not one for one in money])
    rows["amount"] = rows["amount"].where(money)
    labels = {
        "part": Text(vi=f"Trong {horizon} tháng", en=f"Over {horizon} months"),
        "amount": Text(vi="Số tiền", en="Amount"),
        "count": Text(vi="Số lượt", en="Count"),
    }
    caption = Text(vi="Chi phí và số lượt người đến", en="Costs and visitors")
    formats = {"amount": "money", "count": "count"}
    empty = Text(vi="không áp dụng", en="does not apply")
    return table(rows, caption=caption, lang=lang, labels=labels, formats=formats, missing=empty, key="costs")


def break_even_figure(case: Case, *, lang: Lang) -> Block:
    """From which worth on rolling out pays, and what it would be worth to know more first."""
    value = case.value
    if value is None or (value.curve.empty and value.information.empty):
        return text(NO_VALUE if value is None else value.sentences[0], lang=lang, tone="note", key="no_curve")
    shown: list[Block] = []
    if not value.curve.empty:
        words = Text(vi=_CURVE.vi.format(months=value.horizon), en=_CURVE.en.format(months=value.horizon))
        chart = break_even_plot(value.curve, lang=lang, level=case.plan.analysis.level)
        shown += [
            figure(chart, alt=words, caption=words, lang=lang, mark=case.mark, key="break_even"),
            _curve(value.curve, lang=lang),
        ]
    shown.append(_information(value.information, lang=lang))
    return together(shown, lang=lang, key="value")


def _curve(curve: pd.DataFrame, *, lang: Lang) -> Block:
    labels = {
        "willingness": _WORTH,
        "net_benefit": Text(
            vi="Lợi ích ròng mỗi đơn vị (triệu đồng)", en="Net benefit a unit (million đồng)"
        ),
        "probability": Text(vi="Xác suất có lợi", en="Probability that it pays"),
        "evpi": Text(
            vi="Giá trị của việc biết chắc (triệu đồng)", en="Worth of knowing for sure (million đồng)"
        ),
    }
    return table(
        _readable(curve.iloc[::2]),
        caption=Text(vi="Đường hòa vốn", en="The break-even curve"),
        lang=lang,
        columns=list(labels),
        labels=labels,
        formats={
            "willingness": "number:0",
            "net_benefit": "signed:1",
            "evpi": "number:1",
            "probability": "percent:0",
        },
        notes=(_MONEY_NOTE,),
        row_key=["willingness"],
        key="curve",
    )


def _readable(rows: pd.DataFrame) -> pd.DataFrame:
    """The worth of a visitor in thousands, all other amounts in millions of đồng."""
    millions = [name for name in ("net_benefit", "evpi", "evsi", "waiting", "survey_cost") if name in rows]
    made = rows.assign(willingness=rows["willingness"] / 1e3)
    return made.assign(**{name: rows[name].astype(float) / 1e6 for name in millions})


def _information(information: pd.DataFrame, *, lang: Lang) -> Block:
    rows = _readable(information).assign(option=information[f"label_{lang}"])
    rows["from_units"] = [
        _PAYS[pays].get(lang) if pays in _PAYS else _units(count, lang)
        for pays, count in zip(rows["pays"], rows["units_needed"], strict=True)
    ]
    labels = {
        "option": Text(vi="Trước khi quyết định", en="Before deciding"),
        "willingness": _WORTH,
        "evsi": Text(vi="Giá trị cho mỗi đơn vị sẽ triển khai", en="Worth, for each unit to come"),
        "waiting": Text(vi="Mất do chờ, mỗi đơn vị", en="Lost by waiting, a unit"),
        "survey_cost": Text(vi="Chi phí khảo sát", en="Cost of surveys"),
        "from_units": Text(vi="Đáng làm", en="Pays"),
    }
    return table(
        rows,
        caption=Text(
            vi="Tìm hiểu thêm trước khi quyết định có đáng không (triệu đồng)",
            en="Is it worth knowing more before deciding (million đồng)",
        ),
        lang=lang,
        columns=list(labels),
        labels=labels,
        formats={"willingness": "number:0"} | dict.fromkeys(("evsi", "waiting", "survey_cost"), "number:1"),
        missing=Text(vi="chưa có số liệu", en="not known"),
        row_key=["option", "willingness"],
        key="information",
    )


def _units(count: float, lang: Lang) -> str:
    words = Text(vi=f"từ {count:.0f} đơn vị", en=f"from {count:.0f} units on")
    return words.get(lang)
