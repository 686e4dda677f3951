"""Notebook 60: the effect of the pilot, from one change a unit."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from surveylib.evaluation import group_sentence
from surveylib.model.finding import Finding
from surveylib.model.text import Lang, Text
from surveylib.numerics.randomisation import error_rate
from surveylib.report.blocks import Block
from surveylib.report.drawing import figure
from surveylib.report.exhibits import finding_list, table, text, together
from surveylib.report.figures import group_bars
from surveylib.report.strip import strip_plot
from surveylib.report.words import with_names
from surveylib.runner.case import Case
from surveylib.runner.shows.mix import mix_tables
from surveylib.runner.shows.names import is_share, named, outcome_units, scale_words, unit_names

ESTIMATORS = {
    "unit_equal": Text(vi="Chính: mỗi đơn vị một phần bằng nhau", en="Primary: equal weight per unit"),
    "welch": Text(vi="Welch trên thay đổi của đơn vị", en="Welch on unit changes"),
    "ri_t": Text(vi="Kiểm định ngẫu nhiên hóa (t)", en="Randomisation inference (t)"),
    "visitor_weighted": Text(vi="Theo số người đến giao dịch", en="Weighted by visitors"),
    "respondent_weighted": Text(vi="Theo số phiếu", en="Weighted by answers"),
    "pilots_only": Text(
        vi="Chỉ đơn vị thí điểm (thay đổi, không phải tác động)", en="Pilots only (a change, not an effect)"
    ),
}
_TOO_FEW = Text(
    vi="quá ít người được hỏi trên phiếu này; cần hồ sơ và kiểm tra tại chỗ",
    en="too few are asked on this form; records and inspection are needed",
)
_OTHER = ("outcome ", "panel")
_CELLS = Text(vi="toàn bộ số liệu", en="all data")
_ALONE = Text(vi="không hiệu chỉnh", en="not adjusted")
NO_PILOT = Text(
    vi="Chưa ước lượng được tác động: nghiên cứu không có đơn vị thí điểm, hoặc chưa đủ đợt trước và sau"
    " thí điểm.",
    en="No effect can be estimated: the study has no pilot units, or a wave before or after has not come"
    " in yet.",
)


def effect_sentences(case: Case, *, lang: Lang) -> Block:
    """What the evidence says, in sentences."""
    evidence = case.evidence
    if evidence is None:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    return together(
        [text(sentence, lang=lang) for sentence in evidence.sentences], lang=lang, key="sentences"
    )


def change_figure(case: Case, *, lang: Lang) -> Block:
    """Every unit's change, pilot and comparison: the most honest figure."""
    evidence = case.evidence
    if evidence is None:
        return wave_change_table(case, lang=lang)
    changes = evidence.changes[evidence.changes["outcome"] == evidence.primary]
    named_changes = changes.assign(name=changes["unit"].map(unit_names(case, lang=lang)))
    chart = strip_plot(named_changes, lang=lang, sesoi=evidence.sesoi, label="name")
    alt = Text(
        vi="Mỗi chấm là thay đổi của một đơn vị; đơn vị thí điểm và so sánh ở hai hàng, kèm trung bình nhóm.",
        en="Each dot is one unit's change; pilots and comparison units in two rows, with the means of "
        "the arms.",
    )
    caption = Text(
        vi="Thay đổi của từng đơn vị trên chỉ số chính", en="Every unit's change of the primary index"
    )
    return figure(chart, alt=alt, caption=caption, lang=lang, mark=case.mark, key="changes")


def changes(case: Case, *, lang: Lang) -> Block:
    """Every unit's change, who is not among them and why, and how much of it is another mix of visitors."""
    if case.evidence is None:
        return change_figure(case, lang=lang)
    shown = [change_figure(case, lang=lang), left_out(case, lang=lang), mix_tables(case, lang=lang)]
    return together(shown, lang=lang)


def left_out(case: Case, *, lang: Lang) -> Block:
    """Units that are not compared, or not as they were labelled, each with its reason.

    Of outcomes that too few were asked about, all but the primary index say so in their own table.
    """
    evidence = case.evidence
    primary = f"outcome {evidence.primary}"
    found = [one for one in evidence.findings if one.where == primary or not one.where.startswith(_OTHER)]
    names = {one.id: one.name.get(lang) for one in (*case.study.units, *case.study.waves)}
    names[evidence.primary] = case.labels[evidence.primary].get(lang)
    places = names | {"cells": _CELLS.get(lang)}
    worded = [
        replace(
            one, where=places.get(one.where.rpartition(" ")[2], one.where), message=_with_names(one, names)
        )
        for one in found
    ]
    caption = Text(
        vi="Đơn vị không so sánh được như dự kiến", en="Units that could not be compared as planned"
    )
    return finding_list(worded, caption=caption, lang=lang, key="left_out")


def _with_names(found: Finding, names: dict[str, str]) -> Text:
    return Text(vi=with_names(found.message.vi, names), en=with_names(found.message.en, names))


def wave_change_table(case: Case, *, lang: Lang) -> Block:
    """For a study without pilots: all units together, from wave to wave."""
    changes = case.table("wave_changes")
    if changes.empty:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    shown = named(changes, case, lang=lang)
    caption = Text(vi="Thay đổi giữa các đợt, tất cả đơn vị", en="Change between waves, all units")
    columns = ["outcome", "estimate", "std_error", "conf_low", "conf_high", "p_value"]
    return table(
        shown,
        caption=caption,
        lang=lang,
        columns=columns,
        formats={"estimate": "signed:2"},
        key="wave_changes",
    )


def effect_table(case: Case, *, lang: Lang) -> Block:
    """The primary index by every estimator, p beside the smallest it could be."""
    evidence = case.evidence
    if evidence is None:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    rows = evidence.effects[(evidence.effects["role"] == "primary") & (evidence.effects["scope"] == "all")]
    shown = rows.assign(estimator=in_words(rows["estimator"], ESTIMATORS, lang))
    labels = {
        "estimator": Text(vi="Cách ước lượng", en="Estimator"),
        "mde": Text(vi="Phát hiện được từ", en="Detectable from"),
    }
    columns = [
        "estimator",
        "estimate",
        "std_error",
        "df",
        "conf_low",
        "conf_high",
        "p_floor",
        "p_value",
        "mde",
    ]
    scale = scale_words(case)
    caption = Text(
        vi=f"Tác động lên chỉ số chính (điểm {scale.vi})",
        en=f"Effect on the primary index (points of the {scale.en})",
    )
    return table(
        shown,
        caption=caption,
        lang=lang,
        columns=columns,
        labels=labels,
        headers=["estimator"],
        formats={"estimate": "signed:2", "df": "number:1", "p_floor": "p"},
        missing=reasons(rows, lang),
        key="primary",
    )


def outcome_table(case: Case, *, lang: Lang, role: str) -> Block:
    """The effect on the groups (`role` secondary), the facts (fact) or everything else (exploratory)."""
    evidence = case.evidence
    if evidence is None:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    effects = evidence.effects
    rows = effects[
        (effects["role"] == role) & (effects["scope"] == "all") & (effects["estimator"] == "unit_equal")
    ]
    asked = {"secondary": case.plan.outcome.secondary.groups, "fact": case.plan.outcome.facts}.get(role, ())
    absent = [name for name in asked if name not in set(rows["outcome"])]
    rows = pd.concat([rows, pd.DataFrame({"outcome": absent})], ignore_index=True)
    captions = {
        "secondary": Text(
            vi="Tác động theo nhóm tiêu chí (p hiệu chỉnh Holm)",
            en="Effect by group of criteria (p adjusted by Holm)",
        ),
        "fact": Text(vi="Tác động lên các sự kiện đo được", en="Effect on facts"),
        "exploratory": Text(vi="Các chỉ tiêu khác (thăm dò)", en="Other outcomes (exploratory)"),
    }
    columns = ["outcome", "estimate", "conf_low", "conf_high", "p_floor", "p_value", "p_adjusted"]
    return table(
        readable(rows, case, lang=lang),
        caption=captions[role],
        lang=lang,
        columns=columns,
        headers=["outcome"],
        formats={"estimate": "signed:2", "p_adjusted": "p", "p_floor": "p"},
        missing=dict.fromkeys(columns[1:], _TOO_FEW) | _unadjusted(role) | reasons(rows, lang),
        key=role,
    )


def _unadjusted(role: str) -> dict[str, Text]:
    return {"p_adjusted": _ALONE} if role == "fact" else {}


def groups(case: Case, *, lang: Lang) -> Block:
    """The groups of criteria: figure, table with adjusted p, and for each what may be said."""
    evidence = case.evidence
    if evidence is None:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    shown = [group_figure(case, lang=lang), outcome_table(case, role="secondary", lang=lang)]
    rows = evidence.effects
    rows = rows[
        (rows["role"] == "secondary") & (rows["scope"] == "all") & (rows["estimator"] == "unit_equal")
    ]
    for name, row in rows.set_index("outcome").iterrows():
        label = case.labels[name].get(lang) if name in case.labels else str(name)
        words = f"{label}: {group_sentence(row, plan=case.plan).get(lang)}."
        shown.append(text(words, lang=lang, key=f"said_{name}"))
    return together(shown, lang=lang, key="groups")


def group_figure(case: Case, *, lang: Lang) -> Block:
    """The effect on the groups of criteria."""
    evidence = case.evidence
    if evidence is None:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    effects = evidence.effects
    rows = effects[
        (effects["role"] == "secondary")
        & (effects["scope"] == "all")
        & (effects["estimator"] == "unit_equal")
    ]
    rows = rows[rows["estimate"].notna()]
    shown = named(rows, case, lang=lang).rename(columns={"outcome": "group"})
    chart = group_bars(
        shown.assign(significant=shown["p_adjusted"] <= error_rate(evidence.level)),
        lang=lang,
        sesoi=evidence.sesoi,
    )
    alt = Text(
        vi="Tác động theo nhóm tiêu chí, kèm khoảng tin cậy.",
        en="Effect by group of criteria with intervals.",
    )
    caption = Text(vi="Tác động theo nhóm tiêu chí", en="Effect by group of criteria")
    return figure(chart, alt=alt, caption=caption, lang=lang, mark=case.mark, key="groups")


def summary(case: Case) -> pd.DataFrame:
    """A small rounded aggregate for the notebook's golden cell."""
    if case.evidence is None:
        return pd.DataFrame()
    effects = case.evidence.effects
    rows = effects[(effects["role"] == "primary") & (effects["scope"] == "all")]
    return rows.set_index("estimator")[["estimate", "std_error", "p_value"]].round(3)


def readable(rows: pd.DataFrame, case: Case, *, lang: Lang) -> pd.DataFrame:
    """The rows with their outcomes in words and units, shares in percentage points."""
    made = rows.assign(outcome=rows["outcome"])
    shares = rows["outcome"].map(lambda name: is_share(case, name)).to_numpy(dtype=bool)
    for column in ("estimate", "conf_low", "conf_high"):
        made[column] = rows[column].astype(float).where(~shares, rows[column].astype(float) * 100)
    units = outcome_units(case, lang=lang)
    shown = named(made.assign(unit_words=rows["outcome"].map(units).fillna("")), case, lang=lang)
    return shown.assign(outcome=(shown["outcome"] + shown["unit_words"].radd(" ")).str.strip())


def in_words(values: pd.Series, words: dict[str, Text], lang: Lang) -> list[str]:
    """Each value in the reader's language; one without words as it is."""
    return [words[name].get(lang) if name in words else str(name) for name in values]


def reasons(rows: pd.DataFrame, lang: Lang) -> dict[str, str]:
    """Why numbers are absent: the reasons of the rows that have none, once each."""
    said = [
        reason
        for reason in dict.fromkeys(rows.get(f"reason_{lang}", ()))
        if isinstance(reason, str) and reason
    ]
    return {"estimate": " ".join(said)} if said else {}
