"""The page on which a person sees what a reader of scans could not tell."""

from __future__ import annotations

import pandas as pd

from surveylib.model.paper_layout import PaperLayout
from surveylib.model.scanned import REASONS
from surveylib.report.render import templates


def review_page(doubts: pd.DataFrame, *, layouts: tuple[PaperLayout, ...], table: str) -> str:
    """The doubts as a page of its own, each with its picture (a file beside the page), question and codes.

    `doubts` are those of `fieldwork.scan.gather_pages`, `table` is the name of the file to fill in.
    """
    items = {(layout.form, item.id): item for layout in layouts for item in layout.items}
    shown = []
    for row in doubts.to_dict("records"):
        item = items[row["form"], row["item"]]
        more = {"text": item.text, "labels": item.labels, "reason": REASONS[row["reason"]]}
        shown.append(row | more)
    return templates().get_template("scan.html.jinja").render(doubts=shown, table=table)
