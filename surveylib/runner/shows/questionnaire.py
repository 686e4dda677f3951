"""Notebook 00: what is asked, what it can support, what the linter says."""

from __future__ import annotations

import pandas as pd

from surveylib.instrument import coverage, coverage_set_table, coverage_table, fill_words, gaps, supported
from surveylib.instrument.coverage import CELL_TEXTS
from surveylib.instrument.coverage_set import SIGN_TEXTS
from surveylib.instrument.preview import ROLES
from surveylib.model.change import CHANGE_KINDS, COMPARABILITY
from surveylib.model.questionnaire import UNIT_TYPES
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.drawing import figure
from surveylib.report.exhibits import finding_list, table, text
from surveylib.report.pictures import coverage_grid
from surveylib.runner.case import Case

_COUNT = Text(
    vi="Phiếu {form}, phiên bản {version}: {items} câu hỏi. Phiếu này là bằng chứng cho {LG} trên "
    "{criteria} tiêu chí ở chính quyền cơ sở, "
    "{OD} ở phòng chuyên môn cấp huyện, {OV} ở cơ quan ngành dọc; các tiêu chí còn lại phải dựa vào "
    "hồ sơ, kiểm tra tại chỗ, "
    "phiếu của người dân cư trú hoặc của cán bộ.",
    en="Form {form}, version {version}: {items} items. It is evidence on {LG} of {criteria} criteria in "
    "local governments, {OD} in district "
    "offices, {OV} in vertical offices; the others need records, inspection, residents' or staff forms.",
)


def about_questionnaire(case: Case, *, lang: Lang) -> Block:
    """How long the form is and how many criteria it can support, in one sentence."""
    asked = case.questionnaire
    counts = (
        {kind: len(supported(asked, unit_type=kind)) for kind in UNIT_TYPES}
        if asked.criteria
        else dict.fromkeys(UNIT_TYPES, 0)
    )
    values = {
        "form": asked.instrument,
        "version": asked.version,
        "items": len(asked.items),
        "criteria": len(asked.criteria),
    }
    return text(_COUNT, values | counts, lang=lang, key="about")


def questionnaire_notice(case: Case, *, lang: Lang) -> Block:
    """The notice every questionnaire carries."""
    return text(case.questionnaire.notice, lang=lang, tone="warning", key="notice")


def item_table(case: Case, *, lang: Lang) -> Block:
    """Every item: words, scale, criterion, units, skip rule."""
    asked = fill_words(case.questionnaire)
    rows = [
        (
            item.id,
            item.text.get(lang),
            item.scale,
            ", ".join(item.criteria) or ROLES[item.role].get(lang),
            ", ".join(item.applies_to),
            item.ask_if or "",
        )
        for item in asked.items
    ]
    columns = ["item", "words", "scale", "criterion", "applies", "ask_if"]
    labels = {
        "words": Text(vi="Câu hỏi", en="Wording"),
        "item": Text(vi="Mã", en="Id"),
        "scale": Text(vi="Thang", en="Scale"),
        "applies": Text(vi="Loại đơn vị", en="Unit types"),
        "ask_if": Text(vi="Chỉ hỏi khi", en="Asked if"),
    }
    caption = Text(vi="Các câu hỏi của phiếu", en="The items of the form")
    return table(pd.DataFrame(rows, columns=columns), caption=caption, lang=lang, labels=labels, key="items")


def coverage_figure(case: Case, *, lang: Lang) -> Block:
    """The matrix of criteria by unit types as a picture."""
    asked = case.questionnaire
    matrix = coverage(asked)
    names = {criterion.id: f"{criterion.id}  {criterion.text.get(lang)}" for criterion in asked.criteria}
    present = [name for name in CELL_TEXTS if (matrix == name).to_numpy().any()]
    chart = coverage_grid(
        matrix.rename(index=names), lang=lang, levels={name: CELL_TEXTS[name] for name in present[:4]}
    )
    caption = Text(
        vi="Phiếu này nói được gì về 18 tiêu chí", en="What this form can say about the 18 criteria"
    )
    return figure(chart, alt=_coverage_alt(matrix, lang), caption=caption, lang=lang, key="coverage")


def _coverage_alt(matrix: pd.DataFrame, lang: Lang) -> str:
    primary = int((matrix == "primary").to_numpy().sum())
    words = Text(
        vi=f"Bảng ô 18 tiêu chí và 3 loại đơn vị; {primary} ô là bằng chứng chính.",
        en=f"Grid of criteria by 3 unit types; {primary} cells are primary evidence.",
    )
    return words.get(lang)


_WHOLE = Text(
    vi="Cả bộ công cụ: ở mỗi ô, công cụ nào là bằng chứng cho tiêu chí",
    en="The whole set: which instrument is evidence for the criterion in each cell",
)
_TYPES = {
    "text": Text(vi="Nội dung", en="Subject"),
    "LG": Text(vi="Chính quyền cơ sở (LG)", en="Local government (LG)"),
    "OD": Text(vi="Phòng cấp huyện (OD)", en="District office (OD)"),
    "OV": Text(vi="Cơ quan ngành dọc (OV)", en="Vertical office (OV)"),
}
_ALONE = Text(
    vi="Nghiên cứu này chỉ khai báo một công cụ. Tiêu chí nào phiếu này không đánh giá được thì chưa có "
    "bằng chứng.",
    en="This study declares one instrument only. What it cannot judge has no evidence yet.",
)


def coverage_over_the_set(case: Case, *, lang: Lang) -> Block:
    """The matrix criterion by type of unit over every instrument the study declares, in signs."""
    asked = case.instruments
    if len(asked) < 2:
        return text(_ALONE, lang=lang, tone="note", key="coverage_set")
    bare = len(gaps(asked))
    count = Text(
        vi=f"Số ô chưa có bằng chứng chính: {bare} trong {len(asked[0].criteria) * len(UNIT_TYPES)}.",
        en=f"Cells without primary evidence: {bare} of {len(asked[0].criteria) * len(UNIT_TYPES)}.",
    )
    forms = [
        Text(
            vi=f"{q.instrument}: {q.title.vi} ({q.version})", en=f"{q.instrument}: {q.title.en} ({q.version})"
        )
        for q in asked
    ]
    legend = Text(
        vi="; ".join(f"{sign} {words.vi}" for sign, words in SIGN_TEXTS.items()) + ".",
        en="; ".join(f"{sign} {words.en}" for sign, words in SIGN_TEXTS.items()) + ".",
    )
    shown = coverage_set_table(asked, lang=lang)
    notes = [legend, *forms, count]
    return table(shown, caption=_WHOLE, lang=lang, labels=_TYPES, notes=notes, key="coverage_set")


def criteria_table(case: Case, *, lang: Lang) -> Block:
    """The criteria, what the form is worth for each, and a remark."""
    caption = Text(
        vi="Tiêu chí của Kế hoạch và bằng chứng từ phiếu",
        en="The plan's criteria and what the form is worth for each",
    )
    labels = {
        "text": _TYPES["text"],
        "items": Text(vi="Câu hỏi", en="Items"),
        "remark": Text(vi="Ghi chú", en="Remark"),
    }
    made = coverage_table(case.questionnaire, lang=lang)
    return table(made, caption=caption, lang=lang, labels=labels, key="criteria")


_ONE_FORM = Text(
    vi="Mọi đợt đã thực hiện dùng cùng một phiên bản phiếu.",
    en="Every wave so far used the same version of the form.",
)
_FORMS = Text(
    vi="Phiếu của từng đợt khác phiếu của đợt cuối ở đâu, và còn so sánh được gì",
    en="Where a wave's form differs from that of the last wave, and what still compares",
)
_LEFT_OUT = Text(
    vi="Câu không so sánh được không được tính vào chỉ số, kết quả hay tiêu chí nào.",
    en="Items that do not compare count in no index, outcome or criterion.",
)
_FORM_HEADS = {
    "version": Text(vi="Phiên bản", en="Version"),
    "part": Text(vi="Câu", en="Item"),
    "kind": Text(vi="Thay đổi", en="Change"),
    "verdict": Text(vi="So sánh", en="Comparison"),
    "old": Text(vi="Phiếu của đợt", en="The wave's form"),
    "new": Text(vi="Phiếu của đợt cuối", en="The last wave's form"),
}


def forms_of_waves(case: Case, *, lang: Lang) -> Block:
    """Where the form of a wave differs from the last wave's, and which items therefore do not compare."""
    if not case.has("wave_forms"):
        return text(_ONE_FORM, lang=lang, key="wave_forms")
    told = case.table("wave_forms")
    names = {wave.id: wave.name.get(lang) for wave in case.study.waves}
    rows = pd.DataFrame(
        {
            "wave": told["wave"].map(names),
            "version": told["old_version"] + " → " + told["new_version"],
            "part": told["id"],
            "kind": [CHANGE_KINDS[kind].get(lang) for kind in told["kind"]],
            "verdict": [COMPARABILITY[verdict].get(lang) for verdict in told["verdict"]],
            "old": told["old"].fillna("–"),
            "new": told["new"].fillna("–"),
        }
    )
    return table(rows, caption=_FORMS, lang=lang, labels=_FORM_HEADS, notes=[_LEFT_OUT], key="wave_forms")


def lint_findings(case: Case, *, lang: Lang) -> Block:
    """What the linter found."""
    caption = Text(vi="Kết quả kiểm tra phiếu", en="What the linter found")
    return finding_list(case.findings("questionnaire"), caption=caption, lang=lang, key="lint")


def summary(case: Case) -> pd.DataFrame:
    """A small aggregate for the notebook's golden cell."""
    matrix = coverage(case.questionnaire)
    return matrix.apply(lambda column: column.value_counts()).fillna(0).astype(int).sort_index()
