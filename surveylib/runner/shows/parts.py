"""Notebook 60: the effect criterion by criterion, by model and type, and unit by unit."""

from __future__ import annotations

from surveylib.instrument import criterion_items
from surveylib.model.evidence import CRITERION
from surveylib.model.questionnaire import Criterion, Questionnaire
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text, together
from surveylib.runner.case import Case
from surveylib.runner.shows.effects import NO_PILOT, in_words, outcome_table, readable, reasons
from surveylib.runner.shows.names import named, scale_words

SCOPES = {
    "all": Text(vi="Tất cả", en="All"),
    "model:government": Text(vi="Chính quyền thân thiện", en="Friendly government"),
    "model:office": Text(vi="Công sở thân thiện", en="Friendly office"),
    "type:LG": Text(vi="Chính quyền cơ sở", en="Local government"),
    "type:OD": Text(vi="Phòng cấp huyện", en="District office"),
    "type:OV": Text(vi="Cơ quan ngành dọc", en="Vertical office"),
}
_BY = {
    "model:": Text(vi="Nhóm tiêu chí và sự kiện theo mô hình", en="Groups of criteria and facts by model"),
    "type:": Text(
        vi="Nhóm tiêu chí và sự kiện theo loại đơn vị", en="Groups of criteria and facts by type of unit"
    ),
}
_SUPPORT = {
    "primary": Text(vi="", en=""),
    "with_records": Text(vi="Đọc cùng hồ sơ, kiểm tra.", en="Read together with records or inspection."),
    "awareness_only": Text(vi="Chỉ cho biết người dân có nhận thấy.", en="Only tells what clients noticed."),
    "no": Text(vi="Phiếu này không đánh giá được.", en="This form cannot judge it."),
}
_RARE = Text(
    vi="Quá ít người được hỏi: không ước lượng tác động.", en="Too few are asked: no effect is estimated."
)
_NOT_HERE = Text(vi="xem cột Ghi chú", en="see the remark")
_SHRUNK = Text(
    vi="“Kéo về trung bình” là trung bình hậu nghiệm theo tiên nghiệm của kế hoạch; xác suất là xác suất tác "
    "động của chính đơn vị đó ít nhất bằng mức đáng kể. Một đơn vị không phải là bằng chứng về mô hình.",
    en="“Drawn to the mean” is the posterior mean under the plan's priors; the probability is that of the "
    "unit's own effect being at least the smallest that matters. One unit is no evidence on the whole.",
)


def criteria_and_facts(case: Case, *, lang: Lang) -> Block:
    """The eighteen criteria one by one, with what this form cannot judge; then the facts."""
    return together(
        [criterion_table(case, lang=lang), outcome_table(case, role="fact", lang=lang)],
        lang=lang,
        key="criteria_and_facts",
    )


def criterion_table(case: Case, *, lang: Lang) -> Block:
    """The effect on each criterion, p adjusted for all; those the form cannot judge stand there too."""
    evidence = case.evidence
    if evidence is None:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    asked, effects = case.questionnaire, evidence.effects
    rows = effects[(effects["role"] == "criterion") & (effects["estimator"] == "unit_equal")]
    rows = rows.set_index("outcome").reindex([f"{CRITERION}{one.id}" for one in asked.criteria])
    there = dict(zip(rows.index, rows["estimate"].notna(), strict=True))
    shown = rows.reset_index(drop=True).assign(
        criterion=[f"{one.id}. {one.text.get(lang)}" for one in asked.criteria],
        remark=[_remark(asked, one, there[f"{CRITERION}{one.id}"], lang) for one in asked.criteria],
    )
    caption = Text(
        vi="Tác động theo từng tiêu chí, thang 0–100 (p hiệu chỉnh Romano–Wolf)",
        en="Effect criterion by criterion, 0–100 (p adjusted by Romano–Wolf)",
    )
    return table(
        shown,
        caption=caption,
        lang=lang,
        columns=["criterion", "estimate", "conf_low", "conf_high", "p_floor", "p_adjusted", "remark"],
        labels={"remark": Text(vi="Ghi chú", en="Remark")},
        headers=["criterion"],
        formats={"estimate": "signed:1", "conf_low": "number:1", "conf_high": "number:1", "p_floor": "p"},
        missing=dict.fromkeys(("estimate", "conf_low", "conf_high", "p_floor", "p_adjusted"), _NOT_HERE),
        key="criteria",
    )


def _remark(asked: Questionnaire, criterion: Criterion, estimated: bool, lang: Lang) -> str:
    if not criterion_items(asked, criterion.id):
        parts = [_SUPPORT["no"]]
    else:
        parts = [_SUPPORT[criterion.supported_by_clients], *([] if estimated else [_RARE])]
    if criterion.other_evidence is not None and criterion.supported_by_clients != "primary":
        parts.append(criterion.other_evidence)
    return " ".join(part.get(lang) for part in parts if part.get(lang))


def by_scope(case: Case, *, lang: Lang) -> Block:
    """The primary index by model and type; groups and facts by model and by type; then unit by unit."""
    evidence = case.evidence
    if evidence is None:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    shown = [scope_table(case, lang=lang)]
    effects = evidence.effects
    for start in ("model:", "type:"):
        if effects["scope"].str.startswith(start).any():
            shown.append(_outcomes_by(case, start, lang=lang))
    return together([*shown, unit_table(case, lang=lang)], lang=lang, key="by_scope")


def scope_table(case: Case, *, lang: Lang) -> Block:
    """The primary effect by model and type of unit, where there are units enough, both estimands."""
    effects = case.evidence.effects
    rows = effects[(effects["role"] == "primary") & (effects["estimator"] == "unit_equal")]
    weighted = effects[(effects["role"] == "primary") & (effects["estimator"] == "visitor_weighted")]
    by_visitors = weighted.set_index("scope")["estimate"]
    shown = rows.assign(
        scope=in_words(rows["scope"], SCOPES, lang), by_visitors=rows["scope"].map(by_visitors).astype(float)
    )
    labels = {
        "scope": Text(vi="Phạm vi", en="Scope"),
        "n_pilot": Text(vi="Thí điểm", en="Pilots"),
        "n_comparison": Text(vi="So sánh", en="Comparisons"),
        "by_visitors": Text(vi="Theo số hồ sơ", en="By dossiers"),
    }
    columns = ["scope", "n_pilot", "n_comparison", "estimate", "conf_low", "conf_high", "p_floor", "p_value"]
    formats = {"estimate": "signed:2", "n_pilot": "count", "n_comparison": "count", "p_floor": "p"}
    unknown = Text(vi="không rõ số hồ sơ của mọi đơn vị", en="the size of some unit's register is not known")
    return table(
        shown,
        caption=Text(vi="Tác động theo mô hình và loại đơn vị", en="Effect by model and type of unit"),
        lang=lang,
        columns=[*columns, "by_visitors"],
        labels=labels,
        headers=["scope"],
        formats=formats | {"by_visitors": "signed:2"},
        missing={"by_visitors": unknown} | reasons(rows, lang),
        key="scopes",
    )


def _outcomes_by(case: Case, start: str, *, lang: Lang) -> Block:
    effects = case.evidence.effects
    rows = effects[effects["scope"].str.startswith(start) & (effects["estimator"] == "unit_equal")]
    rows = rows[rows["role"].isin(["secondary", "fact"])]
    shown = readable(rows, case, lang=lang).sort_values(
        ["scope", "role"], kind="stable", ascending=[True, False]
    )
    return table(
        shown.assign(scope=in_words(shown["scope"], SCOPES, lang)),
        caption=_BY[start],
        lang=lang,
        columns=["scope", "outcome", "estimate", "conf_low", "conf_high", "p_floor", "p_value", "p_adjusted"],
        labels={"scope": Text(vi="Phạm vi", en="Scope")},
        headers=["scope", "outcome"],
        formats={"estimate": "signed:2", "p_floor": "p"},
        missing={"p_adjusted": Text(vi="không hiệu chỉnh", en="not adjusted")} | reasons(rows, lang),
        key=f"by_{start[:-1]}",
    )


def unit_table(case: Case, *, lang: Lang) -> Block:
    """Each pilot unit against all comparison units: a difference with its wide error, no league table."""
    rows = case.evidence.units
    rows = rows[rows["outcome"] == case.evidence.primary]
    scale = scale_words(case)
    labels = {
        "shrunk": Text(vi="Kéo về trung bình", en="Drawn to the mean"),
        "p_sesoi": Text(vi="Xác suất đạt mức đáng kể", en="Probability it matters"),
    }
    columns = ["unit", "estimate", "conf_low", "conf_high", "p_floor", "p_adjusted", "shrunk", "p_sesoi"]
    return table(
        named(rows, case, lang=lang),
        caption=Text(
            vi=f"Từng đơn vị thí điểm so với các đơn vị so sánh (điểm {scale.vi})",
            en=f"Each pilot unit against the comparison units (points of the {scale.en})",
        ),
        lang=lang,
        columns=columns,
        labels=labels,
        headers=["unit"],
        formats={"estimate": "signed:2", "shrunk": "signed:2", "p_sesoi": "percent:0", "p_floor": "p"},
        missing=reasons(rows, lang),
        notes=(_SHRUNK,),
        key="units",
    )
