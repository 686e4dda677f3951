"""Notebook 50: do the items of an index hang together, and is there room at the top."""

from __future__ import annotations

import pandas as pd

from surveylib.model.text import Lang, Text
from surveylib.psychometrics import reliability_table as reliability
from surveylib.psychometrics import scale_table as scale
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text
from surveylib.runner.case import Case

_CEILING = Text(
    vi="Trong {items} câu hỏi thang điểm, {full} câu có trên một nửa số người chọn mức cao nhất: ở đó, "
    "cải thiện khó thấy được.",
    en="Of {items} rated items, {full} have more than half of the answers at the top: there, a gain can "
    "hardly show.",
)


def reliability_table(case: Case, *, lang: Lang) -> Block:
    """Cronbach's alpha of every index with its interval."""
    made = reliability(case.table("responses"), questionnaire=case.questionnaire, weights=_weights(case))
    made = made.assign(index=[case.labels[name].get(lang) for name in made["index"]])
    labels = {
        "index": Text(vi="Chỉ số", en="Index"),
        "items": Text(vi="Số câu hỏi", en="Items"),
        "alpha": Text(vi="Alpha", en="Alpha"),
        "mean_correlation": Text(vi="Tương quan trung bình", en="Mean correlation"),
    }
    columns = ["index", "items", "n", "alpha", "conf_low", "conf_high", "mean_correlation"]
    formats = {"items": "count", "n": "count"}
    caption = Text(vi="Độ tin cậy của các chỉ số (Cronbach)", en="Reliability of the indices (Cronbach)")
    return table(
        made,
        caption=caption,
        lang=lang,
        columns=columns,
        labels=labels,
        formats=formats,
        headers=["index"],
        key="reliability",
    )


def item_table(case: Case, *, lang: Lang) -> Block:
    """Every rated item: mean, spread, shares at both ends, correlation with the rest."""
    made = _items(case)
    shown = made.assign(item=[case.labels[name].get(lang) for name in made["item"]])
    labels = {
        "item": Text(vi="Câu hỏi", en="Item"),
        "mean": Text(vi="Trung bình", en="Mean"),
        "sd": Text(vi="Độ lệch chuẩn", en="SD"),
        "floor": Text(vi="Mức thấp nhất", en="At the bottom"),
        "ceiling": Text(vi="Mức cao nhất", en="At the top"),
        "item_rest": Text(vi="Tương quan với phần còn lại", en="Item-rest correlation"),
    }
    formats = {"n": "count", "floor": "percent:0", "ceiling": "percent:0"}
    caption = Text(vi="Các câu hỏi của chỉ số chính", en="The items of the primary index")
    columns = ["item", "n", "mean", "sd", "floor", "ceiling", "item_rest"]
    return table(
        shown,
        caption=caption,
        lang=lang,
        columns=columns,
        labels=labels,
        formats=formats,
        headers=["item"],
        key="items",
    )


def ceiling_note(case: Case, *, lang: Lang) -> Block:
    """How many items are at the ceiling (warning W1)."""
    made = _items(case)
    full = int(made["at_ceiling"].sum())
    return text(
        _CEILING,
        {"items": len(made), "full": full},
        lang=lang,
        tone="warning" if full else "normal",
        key="ceiling",
    )


def _items(case: Case) -> pd.DataFrame:
    asked = case.questionnaire
    index = next((index for index in asked.indices if index.id == case.primary), None)
    rated = [item.id for item in asked.items if asked.scale_of(item.id).kind == "ordinal" and not item.rare]
    names = index.items if index is not None else tuple(rated)
    return scale(case.table("responses"), questionnaire=asked, items=names, weights=_weights(case))


def _weights(case: Case):
    return (
        case.table("weights")
        .iloc[:, 3:]
        .drop(columns="standardised", errors="ignore")
        .iloc[:, -1]
        .to_numpy(dtype=float)
    )


def summary(case: Case) -> pd.DataFrame:
    """A small rounded aggregate for the notebook's golden cell."""
    made = reliability(case.table("responses"), questionnaire=case.questionnaire, weights=_weights(case))
    return made.set_index("index")[["items", "n", "alpha"]].round(2)
