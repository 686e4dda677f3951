"""Notebook 45: the interim review of one pilot unit, criterion by criterion, and the lessons to fill in."""

from __future__ import annotations

import pandas as pd

from surveylib.evaluation import named_by_chance
from surveylib.model.evidence import CRITERION
from surveylib.model.interim import BANDS
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block, Piece
from surveylib.report.exhibits import table, text, together
from surveylib.runner.case import Case

WORDS = {
    "improved": Text(vi="Cải thiện", en="Improved"),
    "unclear": Text(vi="Chưa thấy thay đổi rõ", en="No clear change"),
    "worse": Text(vi="Kém đi", en="Worse"),
    "unknown": Text(vi="Chưa đánh giá được", en="Cannot be judged"),
}
NOTHING = Text(
    vi="Chưa có số liệu sơ kết của đơn vị này (hoặc chưa đủ hai đơn vị mỗi nhóm để so sánh).",
    en="There are no interim figures of this unit yet (or fewer than two units an arm to compare with).",
)
_COUNTS = Text(
    vi="Trong {all} tiêu chí: {improved} cải thiện, {unclear} chưa thấy thay đổi rõ, {worse} kém đi, "
    "{unknown} chưa đánh giá được bằng phiếu này.",
    en="Of {all} criteria: {improved} improved, {unclear} without clear change, {worse} worse, {unknown} "
    "that this form cannot judge.",
)
_CHANCE = Text(
    vi="Trong số tiêu chí được gọi là cải thiện, trung bình khoảng {wrong} tiêu chí thực ra không tăng.",
    en="Of the criteria called improved, about {wrong} are expected not to have gained at all.",
)
_CAUTION = Text(
    vi="Sơ kết để rút kinh nghiệm giữa chừng, không phải kết luận về thí điểm: kết luận chỉ dựa trên các "
    "đợt đã ghi trong kế hoạch phân tích.",
    en="An interim review is for learning on the way and is no verdict on the pilot: that rests on the "
    "waves named in the analysis plan alone.",
)
_RULE = Text(
    vi="Quy tắc định trước: “cải thiện” khi khoảng {level} nằm trên 0 và xác suất tác động ít nhất bằng "
    "mức đáng kể ({sesoi} điểm trên thang 0–100, {points} điểm trên thang của chỉ số chính) từ 50% trở "
    "lên; “kém đi” khi khoảng nằm dưới 0; còn lại là “chưa thấy thay đổi rõ”. Tác động là thay đổi của đơn "
    "vị trừ thay đổi trung bình của các đơn vị so sánh, kéo về trung bình của các đơn vị thí điểm; khoảng "
    "gồm cả biến động riêng của đơn vị.",
    en="Rule set beforehand: “improved” when the {level} interval lies above 0 and the probability that "
    "the effect is at least the smallest that matters ({sesoi} points of 0–100, {points} on the scale of "
    "the primary index) is 50% or more; “worse” when the interval lies below 0; else “no clear change”. "
    "The effect is the unit's change less the mean change of the comparison units, drawn to the mean of "
    "the pilots; its interval contains the unit's own ups and downs.",
)
_LABELS = {
    "before": Text(vi="Trước", en="Before"),
    "interim": Text(vi="Sơ kết", en="Interim"),
    "change": Text(vi="Thay đổi", en="Change"),
    "comparison": Text(vi="Đơn vị so sánh thay đổi", en="Comparison units changed"),
    "shrunk": Text(vi="Tác động", en="Effect"),
    "shrunk_low": Text(vi="Cận dưới", en="Lower"),
    "shrunk_high": Text(vi="Cận trên", en="Upper"),
    "word": Text(vi="Nhận xét", en="In a word"),
}
_NONE = Text(
    vi="không đủ người trả lời, hoặc phiếu này không hỏi", en="too few answers, or this form does not ask it"
)
LESSONS = (
    Text(
        vi="Việc gì đã làm khác trước và được người dân ghi nhận?",
        en="What was done otherwise, and noticed by clients?",
    ),
    Text(
        vi="Việc gì trong kế hoạch chưa làm được, vì sao?",
        en="What of the plan has not been done yet, and why?",
    ),
    Text(
        vi="Tiêu chí nào kém đi hoặc chưa rõ: nguyên nhân theo đơn vị?",
        en="Criteria that got worse or are unclear: what does the unit hold to be the cause?",
    ),
    Text(
        vi="Điều chỉnh gì cho thời gian còn lại, ai làm, khi nào xong?",
        en="What will be changed for the rest of the pilot, by whom, by when?",
    ),
    Text(
        vi="Kinh nghiệm nào đơn vị khác nên áp dụng, nên tránh?",
        en="What should other units take over, what avoid?",
    ),
)
_BLANK = "……………………………………………………"
_ON_PAPER = Text(
    vi="Biểu này có bản để in và viết tay, đã điền sẵn kết quả khảo sát của đơn vị: {form}.",
    en="There is a copy to print and write on, the unit's survey results filled in: {form}.",
)
_FORM = Text(vi="Biểu rút kinh nghiệm (PDF)", en="Form for lessons (PDF)")


def review(case: Case, *, unit: str, lang: Lang) -> Block:
    """How many criteria improved, how many not, and how many of these words chance alone would give."""
    rows = criteria_of(case, unit)
    if rows.empty:
        return text(NOTHING, lang=lang, tone="note", key="no_interim")
    counts = {band: int((rows["band"] == band).sum()) for band in BANDS}
    shown = [
        text(_COUNTS, {"all": len(rows), **counts}, lang=lang, key="counts"),
        text(_CAUTION, lang=lang, tone="note", key="interim_caution"),
    ]
    if counts["improved"]:
        wrong = {"wrong": float(named_by_chance(rows))}
        shown.insert(1, text(_CHANCE, wrong, lang=lang, formats={"wrong": "number:1"}, key="chance"))
    return together(shown, lang=lang, key="review")


def criterion_table(case: Case, *, unit: str, lang: Lang) -> Block:
    """The eighteen criteria of one unit: before, interim, how the comparison units moved, and the word."""
    rows = criteria_of(case, unit)
    if rows.empty:
        return text(NOTHING, lang=lang, tone="note", key="no_interim")
    text_of = {f"{CRITERION}{one.id}": one for one in case.questionnaire.criteria}
    shown = rows.assign(
        criterion=[f"{text_of[name].id}. {text_of[name].text.get(lang)}" for name in rows["outcome"]],
        before=rows["pre"],
        word=[WORDS[band].get(lang) for band in rows["band"]],
    )
    caption = Text(vi="Sơ kết theo từng tiêu chí, thang 0–100", en="Interim review by criterion, 0–100")
    return _table(shown, case, caption, "criterion", lang, decimals=0, key="interim")


def group_table(case: Case, *, unit: str, lang: Lang) -> Block:
    """The primary index and the groups of criteria, on the scale of the index."""
    rows = _of(case, unit)
    rows = rows[~rows["outcome"].str.startswith(CRITERION)]
    if rows.empty:
        return text(NOTHING, lang=lang, tone="note", key="no_interim")
    shown = rows.assign(
        group=[case.labels[name].get(lang) for name in rows["outcome"]],
        before=rows["pre"],
        word=[WORDS[band].get(lang) for band in rows["band"]],
    )
    caption = Text(vi="Sơ kết theo chỉ số chính và nhóm tiêu chí", en="Interim review by index and group")
    return _table(shown, case, caption, "group", lang, decimals=2, key="interim_groups")


def _table(
    shown: pd.DataFrame, case: Case, caption: Text, head: str, lang: Lang, *, decimals: int, key: str
) -> Block:
    moved = dict.fromkeys(("change", "comparison", "shrunk"), f"signed:{decimals}")
    level = dict.fromkeys(("before", "interim", "shrunk_low", "shrunk_high"), f"number:{decimals}")
    columns = ["before", "interim", "change", "comparison", "shrunk", "shrunk_low", "shrunk_high"]
    return table(
        shown,
        caption=caption,
        lang=lang,
        columns=[head, "word", *columns],
        labels=_LABELS,
        headers=[head],
        formats=moved | level,
        missing=dict.fromkeys(columns, _NONE),
        key=key,
    )


def rule(case: Case, *, lang: Lang) -> Block:
    """The rule behind the words, in words."""
    rows = case.table("interim") if case.has("interim") else pd.DataFrame()
    if rows.empty:
        return text(NOTHING, lang=lang, tone="note", key="no_interim")
    criteria = rows.loc[rows["outcome"].str.startswith(CRITERION), "sesoi"]
    values = {"level": case.plan.analysis.level, "points": case.plan.thresholds.sesoi}
    values["sesoi"] = float(criteria.iloc[0]) if len(criteria) else float("nan")
    formats = {"level": "percent:0", "sesoi": "number:0", "points": "number:2"}
    return text(_RULE, values, lang=lang, formats=formats, key="rule")


def lesson_table(case: Case, *, unit: str, lang: Lang) -> Block:
    """The form the unit fills in: lessons of the first half."""
    office = case.study.unit(unit)
    shown = pd.DataFrame({"question": [one.get(lang) for one in LESSONS], "answer": [_BLANK] * len(LESSONS)})
    caption = Text(
        vi=f"Rút kinh nghiệm giữa kỳ: {office.name.vi} (đơn vị tự điền)",
        en=f"Lessons at half-time: {office.name.en} (for the unit to fill in)",
    )
    labels = {"question": Text(vi="Câu hỏi", en="Question"), "answer": Text(vi="Trả lời", en="Answer")}
    # The address holds from the folder of pages and from that of executed notebooks alike.
    form = Piece(text=_FORM.get(lang), href=f"../{lessons_address(unit)}")
    return together(
        [
            text(_ON_PAPER, {"form": form}, lang=lang),
            table(shown, caption=caption, lang=lang, labels=labels, headers=["question"], key="lessons"),
        ],
        lang=lang,
        key="lessons",
    )


def lessons_address(unit: str) -> str:
    """Where the form for lessons of a unit lies in the run's folder."""
    return f"units/{unit}.lessons.pdf"


def summary(case: Case) -> pd.DataFrame:
    """Units by word, for the notebook's golden cell."""
    rows = case.table("interim") if case.has("interim") else pd.DataFrame()
    if rows.empty:
        return pd.DataFrame()
    rows = rows[rows["outcome"].str.startswith(CRITERION)]
    return rows.groupby(["unit", "band"]).size().unstack(fill_value=0)


def _of(case: Case, unit: str) -> pd.DataFrame:
    rows = case.table("interim") if case.has("interim") else pd.DataFrame()
    return rows if rows.empty else rows[rows["unit"] == unit]


def criteria_of(case: Case, unit: str) -> pd.DataFrame:
    """All criteria in their order; those nobody could judge stand there as unknown."""
    rows = _of(case, unit)
    if rows.empty:
        return rows
    order = [f"{CRITERION}{one.id}" for one in case.questionnaire.criteria]
    made = rows.set_index("outcome").reindex(order)
    return made.assign(band=made["band"].fillna("unknown")).rename_axis("outcome").reset_index()
