"""Notebook 20: who was reached, what was left blank, what was corrected, what the checks found."""

from __future__ import annotations

import pandas as pd

from surveylib.fieldwork.reasons import reason_words
from surveylib.model.text import Lang, Text
from surveylib.psychometrics import item_nonresponse
from surveylib.report.blocks import Block
from surveylib.report.exhibits import finding_list, table, text, together
from surveylib.runner.case import Case
from surveylib.runner.shows.names import named, placed

OUTCOMES = {
    "complete": Text(vi="Trả lời", en="Complete"),
    "refusal": Text(vi="Từ chối", en="Refusal"),
    "noncontact": Text(vi="Không gặp", en="Non-contact"),
    "ineligible": Text(vi="Không thuộc đối tượng", en="Ineligible"),
    "unknown": Text(vi="Không rõ", en="Unknown"),
}
_NO_REGISTER = Text(
    vi="Không có sổ hồ sơ nên không biết ai đã từ chối: không tính được tỷ lệ trả lời.",
    en="There is no register, so nobody knows who refused: no response rate can be computed.",
)
_PRIVATE = Text(
    vi="Ý kiến viết tay được tách riêng ngay khi nhận và không có trong báo cáo.",
    en="Open comments were split off on arrival and are not in any report.",
)
_SHORT_IDS = Text(
    vi="Mã phiếu dài chỉ ghi các ký tự đầu; mã đầy đủ ở cột respondent của stages/responses.csv và "
    "stages/corrections.csv.",
    en="Long ids of forms are given by their first characters; the whole stands in the column respondent of "
    "stages/responses.csv and stages/corrections.csv.",
)


def response_table(case: Case, *, lang: Lang) -> Block:
    """Dispositions of the approached dossiers by unit and wave, and the response rate among eligible ones."""
    known = case.table("dispositions")
    if known.empty:
        return text(_NO_REGISTER, lang=lang, key="no_register")
    counts = known.groupby(["unit", "wave", "outcome"]).size().unstack(fill_value=0)
    eligible = counts.drop(columns="ineligible", errors="ignore").sum(axis=1)
    made = counts.assign(response_rate=counts.get("complete", 0) / eligible.where(eligible > 0)).reset_index()
    labels = {name: words for name, words in OUTCOMES.items() if name in made}
    formats = dict.fromkeys(labels, "count") | {"response_rate": "percent:0"}
    shown = named(made, case, lang=lang)
    caption = Text(vi="Kết quả tiếp cận và tỷ lệ trả lời", en="Outcome of contacts and response rate")
    return table(
        shown,
        caption=caption,
        lang=lang,
        labels=labels,
        formats=formats,
        headers=["unit", "wave"],
        key="response",
    )


def nonresponse_table(case: Case, *, lang: Lang, most: int = 12) -> Block:
    """The items most often left blank or answered off the scale, by wave."""
    types = {unit.id: unit.type for unit in case.study.units}
    made = item_nonresponse(case.table("responses"), questionnaire=case.questionnaire, unit_types=types)
    worst = made.groupby("item")["nonresponse"].max().nlargest(most).index
    wide = (
        made[made["item"].isin(worst)]
        .pivot(index="item", columns="wave", values="nonresponse")
        .reindex(worst)
    )
    waves = [wave for wave in case.study.waves if wave.id in wide.columns]
    wide = wide[[wave.id for wave in waves]].reset_index()
    wide.insert(1, "words", [case.labels[name].get(lang) for name in wide["item"]])
    labels = {wave.id: wave.name for wave in waves} | {"words": Text(vi="Câu hỏi", en="Wording")}
    caption = Text(vi="Tỷ lệ không trả lời cao nhất theo câu hỏi", en="Items most often not answered")
    formats = dict.fromkeys([wave.id for wave in waves], "percent:1")
    return table(wide, caption=caption, lang=lang, labels=labels, formats=formats, key="item_nonresponse")


def correction_table(case: Case, *, lang: Lang) -> Block:
    """How many corrections of which kind the ingest made; every one stands in the log."""
    log = case.table("corrections")
    caption = Text(
        vi="Sửa khi nhập liệu (tệp gốc không bị sửa)", en="Corrections on ingest (raw files are never edited)"
    )
    counts = (
        log.groupby(["wave", "reason"]).size().rename("count").reset_index()
        if len(log)
        else pd.DataFrame(columns=["wave", "reason", "count"])
    )
    labels = {"count": Text(vi="Số lần", en="Count")}
    words = [reason_words(reason).get(lang) for reason in counts["reason"]]
    return table(
        named(counts.assign(reason=words), case, lang=lang),
        caption=caption,
        lang=lang,
        labels=labels,
        formats={"count": "count"},
        headers=["wave", "reason"],
        notes=(_PRIVATE,),
        key="corrections",
    )


def quality_findings(case: Case, *, lang: Lang) -> Block:
    """What the quality checks found."""
    caption = Text(vi="Kết quả kiểm tra số liệu", en="What the data checks found")
    found = placed(case.findings("fieldwork"), case, lang=lang)
    listed = finding_list(found, caption=caption, lang=lang, key="quality")
    return together([listed, text(_SHORT_IDS, lang=lang, tone="note", key="ids")], lang=lang)


def summary(case: Case) -> pd.DataFrame:
    """A small rounded aggregate for the notebook's golden cell."""
    return case.table("responses").groupby("wave", sort=True).size().rename("answers").to_frame()
