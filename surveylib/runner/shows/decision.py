"""Notebook 90: the verdict, the rule and gates that made it, what was refused, what comes next."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Protocol

import pandas as pd

from surveylib.evaluation import rule_words, verdict_name
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import heading, table, text, together
from surveylib.report.printing import number
from surveylib.report.words import GRADES, VERDICTS
from surveylib.runner.case import Case
from surveylib.runner.shows.chances import chance_blocks
from surveylib.runner.shows.robust import QUANTITIES, prior_words
from surveylib.runner.shows.similarity import warnings

STATUS = {
    "passed": Text(vi="Đạt", en="Passed"),
    "failed": Text(vi="Không đạt", en="Failed"),
    "not_assessable": Text(vi="Chưa xem xét được", en="Not assessable"),
}
_ORDERS = {
    ">": Text(vi="lớn hơn", en="is above"),
    ">=": Text(vi="ít nhất", en="is at least"),
    "<": Text(vi="nhỏ hơn", en="is below"),
    "<=": Text(vi="nhiều nhất", en="is at most"),
}
_SYMBOLS = Text(
    vi="theta: tác động trung bình; theta_new: tác động ở một đơn vị mới; sesoi: mức có ý nghĩa thực "
    "tiễn; harm: ngưỡng có hại.",
    en="theta: average effect; theta_new: effect in a new unit; sesoi: smallest effect of interest; "
    "harm: bound of harm.",
)
NO_DECISION = Text(
    vi="Chưa có kết luận: nghiên cứu không có đơn vị thí điểm, hoặc chưa đủ đợt trước và sau thí điểm.",
    en="There is no verdict: the study has no pilot units, or a wave before or after has not come in yet.",
)
_GRADE = Text(
    vi="Mức độ tin cậy của bằng chứng: {grade} (thang Maryland: {level}).",
    en="Grade of the evidence: {grade} (Maryland scale: {level}).",
)


class _Show(Protocol):
    def __call__(self, case: Case, *, lang: Lang) -> Block: ...


def _needs(part: str) -> Callable[[_Show], _Show]:
    """In place of what needs the case's evidence or decision, the sentence that there is none."""

    def wrap(show: _Show) -> _Show:
        @wraps(show)
        def shown(case: Case, *, lang: Lang) -> Block:
            if getattr(case, part) is None:
                return text(NO_DECISION, lang=lang, tone="note", key="no_decision")
            return show(case, lang=lang)

        return shown

    return wrap


@_needs("decision")
def verdict(case: Case, *, lang: Lang) -> Block:
    """The verdict and what decided it."""
    decision = case.decision
    said = (decision.headline, *decision.sentences)
    paragraphs = [text(sentence, lang=lang) for sentence in said]
    name = verdict_name(decision.verdict, exploratory=decision.exploratory)
    return together([heading(name, lang=lang, level=3), *paragraphs], lang=lang, key="decision")


def probability_table(case: Case, *, lang: Lang) -> Block:
    """The probabilities the rules ask for, in words, under the plan's priors and others."""
    evidence = case.evidence
    if evidence is None or evidence.probabilities.empty:
        return text(NO_DECISION, lang=lang, tone="note", key="no_decision")
    rows = evidence.probabilities
    asked = rows.drop_duplicates("name")
    words = {
        row["name"]: _asked(row, evidence.sesoi, case.plan.thresholds.harm, lang)
        for _, row in asked.iterrows()
    }
    wide = rows.pivot_table(index="name", columns="prior", values="probability", sort=False).reset_index()
    priors = list(dict.fromkeys(rows["prior"]))
    wide.insert(0, "words", wide["name"].map(words))
    labels = {
        "words": Text(vi="Xác suất rằng", en="Probability that"),
        "name": Text(vi="Trong quy tắc", en="In the rules"),
    }
    labels |= {name: prior_words(name, lang) for name in priors}
    caption = Text(
        vi="Xác suất mà quy tắc quyết định hỏi đến", en="The probabilities the decision rules ask for"
    )
    return table(
        wide[["words", "name", *priors]],
        caption=caption,
        lang=lang,
        labels=labels,
        formats=dict.fromkeys(priors, "percent:0"),
        key="probabilities",
    )


def _asked(row: pd.Series, sesoi: float, harm: float, lang: Lang) -> str:
    value = {"sesoi": sesoi, "harm": harm}.get(row["threshold"], row["threshold"])
    try:
        value = number(float(value), lang=lang)
    except ValueError:
        value = str(value)
    return f"{QUANTITIES[row['variable']].get(lang).lower()} {_ORDERS[row['operator']].get(lang)} {value}"


def rule_table(case: Case, *, lang: Lang) -> Block:
    """The rules in their order; the first that holds decides. Beside them, how often they would err."""
    decision = case.decision
    rows = [
        (
            VERDICTS[rule.verdict].get(lang),
            rule_words(rule, plan=case.plan).get(lang),
            rule.when,
            "●" if decision is not None and rule.when == decision.rule else "",
        )
        for rule in case.plan.rules
    ]
    labels = {
        "verdict": Text(vi="Kết luận", en="Verdict"),
        "words": Text(vi="Khi", en="When"),
        "when": Text(vi="Công thức trong kế hoạch", en="Formula in the plan"),
        "holds": Text(vi="Áp dụng", en="Holds"),
    }
    caption = Text(
        vi="Quy tắc quyết định, điều đầu tiên thỏa mãn được áp dụng",
        en="The decision rules; the first that holds decides",
    )
    shown = pd.DataFrame(rows, columns=list(labels))
    rules = table(shown, caption=caption, lang=lang, labels=labels, notes=(_SYMBOLS,), key="rules")
    return together([rules, *chance_blocks(case, lang=lang)], lang=lang)


@_needs("decision")
def gate_table(case: Case, *, lang: Lang) -> Block:
    """Every gate: passed or not, and why."""
    rows = [
        (
            gate.label.get(lang),
            STATUS[gate.status].get(lang),
            VERDICTS[gate.cap].get(lang),
            gate.reason.get(lang),
        )
        for gate in case.decision.gates
    ]
    labels = {
        "gate": Text(vi="Điều kiện", en="Gate"),
        "status": Text(vi="Tình trạng", en="Status"),
        "cap": Text(vi="Nếu không đạt, tối đa", en="If not passed, at most"),
        "reason": Text(vi="Lý do", en="Reason"),
    }
    caption = Text(vi="Điều kiện chốt", en="Gates")
    return table(
        pd.DataFrame(rows, columns=list(labels)), caption=caption, lang=lang, labels=labels, key="gates"
    )


@_needs("evidence")
def refusal_table(case: Case, *, lang: Lang) -> Block:
    """What is not said, why, and what may still be said."""
    found = (*case.evidence.refusals, *(() if case.value is None else case.value.refusals))
    rows = [(r.code, r.refused.get(lang), r.why.get(lang), r.still.get(lang)) for r in found]
    labels = {
        "code": Text(vi="Mã", en="Code"),
        "refused": Text(vi="Không được nói", en="Not said"),
        "why": Text(vi="Vì sao", en="Why"),
        "still": Text(vi="Vẫn có thể nói", en="What may still be said"),
    }
    caption = Text(vi="Những điều công cụ từ chối kết luận, và cảnh báo", en="Refusals and warnings")
    made = table(
        pd.DataFrame(rows, columns=list(labels)), caption=caption, lang=lang, labels=labels, key="refusals"
    )
    return together([made, *warnings(case, lang=lang)], lang=lang)


@_needs("evidence")
def grade(case: Case, *, lang: Lang) -> Block:
    """The grade of the evidence with its reasons."""
    evidence = case.evidence
    head = text(
        _GRADE,
        {"grade": GRADES[evidence.grade].get(lang), "level": evidence.maryland},
        lang=lang,
        formats={"level": "count"},
        key="grade",
    )
    reasons = [text(reason, lang=lang) for reason in evidence.grade_reasons]
    return together([head, *reasons], lang=lang, key="grade")


def summary(case: Case) -> pd.DataFrame:
    """A small rounded aggregate for the notebook's golden cell."""
    if case.evidence is None or case.evidence.probabilities.empty:
        return pd.DataFrame()
    rows = case.evidence.probabilities
    return rows[rows["prior"] == rows["prior"].iloc[0]].set_index("name")[["probability"]].round(2)
