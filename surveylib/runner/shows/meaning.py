"""Notebook 50: do the items mean the same before and after."""

from __future__ import annotations

import pandas as pd

from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text, together
from surveylib.runner.case import Case

SCOPES = {
    "all": Text(vi="Tất cả đơn vị", en="All units"),
    "pilot": Text(vi="Đơn vị thí điểm", en="Pilot units"),
}
STEPS = {
    "configural": Text(vi="Cùng cấu trúc", en="Same structure"),
    "thresholds": Text(vi="+ cùng ngưỡng", en="+ same thresholds"),
    "loadings": Text(vi="+ cùng hệ số tải", en="+ same loadings"),
    "intercepts": Text(vi="+ cùng hệ số chặn", en="+ same intercepts"),
}
MOVED = {
    "thresholds": Text(vi="Ngưỡng giữa các mức", en="Thresholds between the levels"),
    "loadings": Text(vi="Mức liên hệ với nhóm", en="How strongly it goes with its group"),
    "intercepts": Text(vi="Tự tăng hoặc giảm so với nhóm", en="It rose or fell apart from its group"),
}
_LABELS = {
    "scope": Text(vi="Người trả lời", en="Respondents"),
    "step": Text(vi="Mô hình", en="Model"),
    "cfi": Text(vi="CFI", en="CFI"),
    "rmsea": Text(vi="RMSEA", en="RMSEA"),
    "difference": Text(vi="Khác bước trước (χ²)", en="Against the step before (χ²)"),
    "difference_df": Text(vi="Bậc tự do", en="df"),
    "difference_p": Text(vi="Giá trị p", en="p"),
    "freed": Text(vi="Câu được thả tự do", en="Items set free"),
    "group": Text(vi="Nhóm", en="Group"),
    "item": Text(vi="Câu hỏi", en="Item"),
    "moved": Text(vi="Điều đã đổi", en="What moved"),
    "p_adjusted": Text(vi="p (hiệu chỉnh Holm)", en="p (Holm)"),
    "shift": Text(vi="Độ lệch riêng", en="Own shift"),
    "reason": Text(vi="Lý do", en="Reason"),
}
_NOT_TESTED = Text(
    vi="Chưa kiểm định tính bất biến của thang đo: chưa có đủ đợt trước và sau, hoặc không có đơn vị thí "
    "điểm.",
    en="Invariance of the scales has not been tested: there are no answers yet from before and after, or no "
    "pilot units.",
)
_READING = Text(
    vi="Mỗi bước buộc thêm một phần của cách trả lời phải như nhau trước và sau; p nhỏ nghĩa là có câu hỏi "
    "không còn được hiểu như trước. Các số so sánh là sau khi đã thả tự do những câu nêu ở cột cuối. "
    "Kiểm định coi người trả lời là độc lập.",
    en="Each step makes one more part of the answering alike before and after; a small p says that some item "
    "is no longer understood as before. The comparisons are those after the items in the last column were "
    "set free. The tests take respondents to be independent.",
)
_SHIFT = Text(
    vi="Độ lệch riêng tính bằng độ lệch chuẩn của sai số câu hỏi ở đợt trước; chỉ có khi ngưỡng còn giữ "
    "chung được.",
    en="The own shift is in standard deviations of the item's error before; it is known where the "
    "thresholds could stay equal.",
)
_CHANCE = Text(
    vi="Ở mức 5%, đôi khi một câu bị nêu chỉ do ngẫu nhiên; vì vậy kế hoạch định trước mỗi nhóm được phép có "
    "mấy câu.",
    en="At a level of 5% an item is sometimes named by chance alone; the plan therefore says beforehand how "
    "many a group may have.",
)
_NONE_MOVED = Text(
    vi="Trong các nhóm kiểm định được, không câu hỏi nào đổi nghĩa.",
    en="In the groups that could be tested no item has changed its meaning.",
)


def step_table(case: Case, *, lang: Lang) -> Block:
    """The sequence of models over all units and over the pilots, each step against the one before."""
    if not _tested(case):
        return text(_NOT_TESTED, lang=lang, tone="note", key="invariance")
    made = _words(case.table("invariance_steps"), case, lang, {"step": STEPS})
    columns = ["scope", "step", "cfi", "rmsea", "difference", "difference_df", "difference_p", "freed"]
    formats = {"cfi": "number:3", "rmsea": "number:3", "difference": "number:1"}
    return table(
        made,
        caption=Text(
            vi="Tính bất biến của thang đo giữa hai đợt (trình tự Wu và Estabrook)",
            en="Invariance of the scales between the waves (the sequence of Wu and Estabrook)",
        ),
        lang=lang,
        columns=columns,
        labels=_LABELS,
        formats=formats | {"difference_df": "count", "difference_p": "p"},
        headers=["scope", "step"],
        missing=Text(vi="bước đầu không có bước trước", en="the first step has none before it"),
        notes=(_READING,),
        key="invariance",
    )


def moved_table(case: Case, *, lang: Lang) -> Block:
    """The items that did not keep their meaning, and the groups that could not be tested."""
    if not _tested(case):
        return text(_NOT_TESTED, lang=lang, tone="note", key="moved")
    items = case.table("invariance_items")
    moved = items[items["freed"].notna()]
    return together([_moved(moved, case, lang), *_untested(case, lang)], lang=lang)


def _moved(moved: pd.DataFrame, case: Case, lang: Lang) -> Block:
    if moved.empty:
        return text(_NONE_MOVED, lang=lang, key="moved")
    made = _words(moved.assign(moved=moved["freed"]), case, lang, {"moved": MOVED})
    return table(
        made.assign(group=_named(moved["group"], case, lang), item=_named(moved["item"], case, lang)),
        caption=Text(vi="Câu hỏi đã đổi nghĩa", en="Items that changed their meaning"),
        lang=lang,
        columns=["scope", "group", "item", "moved", "p_adjusted", "shift"],
        labels=_LABELS,
        formats={"p_adjusted": "p", "shift": "signed:2"},
        headers=["scope", "group", "item", "moved"],
        missing={"shift": _SHIFT},
        notes=(_CHANCE,),
        key="moved",
    )


def _untested(case: Case, lang: Lang) -> list[Block]:
    left = case.table("invariance_untested")
    if left.empty:
        return []
    made = _words(left, case, lang, {})
    made = made.assign(group=_named(left["group"], case, lang), reason=left[f"reason_{lang}"])
    caption = Text(vi="Nhóm không kiểm định được", en="Groups that could not be tested")
    columns = ["scope", "group", "reason"]
    return [
        table(
            made, caption=caption, lang=lang, columns=columns, labels=_LABELS, headers=columns[:2], key="left"
        )
    ]


def _words(rows: pd.DataFrame, case: Case, lang: Lang, columns: dict[str, dict[str, Text]]) -> pd.DataFrame:
    """Codes as words, items set free by their labels."""
    made = rows.reset_index(drop=True)
    for name, words in {"scope": SCOPES, **columns}.items():
        made[name] = [words[code].get(lang) if code in words else code for code in made[name]]
    if "freed" in made:
        named = [str(cell).split() if isinstance(cell, str) else [] for cell in made["freed"]]
        made["freed"] = ["; ".join(_label(case, item, lang) for item in items) or "–" for items in named]
    return made


def _named(names: pd.Series, case: Case, lang: Lang) -> list[str]:
    return [_label(case, name, lang) for name in names]


def _label(case: Case, name: str, lang: Lang) -> str:
    return case.labels[name].get(lang) if name in case.labels else name


def _tested(case: Case) -> bool:
    return case.has("invariance_steps")
