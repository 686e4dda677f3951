"""The verdict: the first rule that matches, held back by every gate that was not passed."""

from __future__ import annotations

import numpy as np

from surveylib.errors import SurveyError
from surveylib.evaluation.gates import GRADE_NAMES
from surveylib.evaluation.predict import threshold_value
from surveylib.evaluation.refuse import refuse
from surveylib.evaluation.say import chance, points
from surveylib.grammar import Expression, evaluate
from surveylib.model.evidence import Decision, Evidence, FinalVerdict, GateResult
from surveylib.model.plan import AnalysisPlan
from surveylib.model.rule import Question, Rule, question
from surveylib.model.text import Text
from surveylib.rng import stream

VERDICTS: dict[str, Text] = {
    "roll_out": Text(vi="Triển khai toàn tỉnh", en="Roll out to the whole province"),
    "extend": Text(vi="Kéo dài thí điểm", en="Extend the pilot"),
    "revise": Text(vi="Điều chỉnh mô hình", en="Revise the model"),
    "stop": Text(vi="Dừng thí điểm", en="Stop the pilot"),
    "undecided": Text(vi="Chưa thể kết luận", en="No verdict can be reached"),
}
# A cap holds a verdict back from going further; it never turns a "stop" into something kinder.
_REACH = {"stop": 0, "revise": 1, "extend": 2, "roll_out": 3}
_QUANTITY = {
    "theta": Text(vi="tác động trung bình", en="the average effect"),
    "theta_new": Text(vi="tác động ở một đơn vị mới", en="the effect in a new unit"),
}
_ORDER = {
    ">": Text(vi="lớn hơn", en="is above"),
    ">=": Text(vi="ít nhất là", en="is at least"),
    "<": Text(vi="nhỏ hơn", en="is below"),
    "<=": Text(vi="nhiều nhất là", en="is at most"),
}


def decide(evidence: Evidence, *, plan: AnalysisPlan) -> Decision:
    """The verdict by the plan's rules and gates, with its reasons in plain words.

    Roll-out without five clean comparison units or a random phase-in is refused (R2) whatever the gates say.

    Raises
    ------
    SurveyError
        If the evidence was made under another plan.
    """
    if plan.digest != evidence.plan_digest:
        raise SurveyError(
            "the evidence was made under another plan",
            where="decision",
            expected=plan.digest[:12],
            got=evidence.plan_digest[:12],
            hint="evaluate again, so that the deviation shows",
        )
    if not evidence.estimable:
        return _undecided(evidence)
    rule = next(rule for rule in plan.rules if matches(rule, evidence, plan=plan))
    blocking = _blocking(rule.verdict, evidence)
    verdict: FinalVerdict = min((gate.cap for gate in blocking), key=_REACH.__getitem__, default=rule.verdict)
    binding = next((gate for gate in blocking if gate.cap == verdict), None)
    refused = verdict == "roll_out" and evidence.refusal("R2") is not None
    if refused:
        verdict = "extend"
    return Decision(
        verdict=verdict,
        by_rule=rule.verdict,
        rule=rule.when,
        decided_by="R2" if refused else binding.name if binding else "rule",
        capped_from=rule.verdict if verdict != rule.verdict else None,
        headline=_headline(verdict, rule, binding, refused),
        sentences=_reasons(rule, blocking, evidence, plan),
        gates=evidence.gates,
        order=staged_order(evidence) if verdict == "extend" else (),
        exploratory=evidence.exploratory,
        plan_digest=evidence.plan_digest,
    )


def matches(rule: Rule, evidence: Evidence, *, plan: AnalysisPlan) -> bool:
    """Whether the rule's condition holds under the plan's priors; ``else`` always does."""
    if rule.expression is None:
        return True

    def asked(expression: Expression) -> float:
        return probability(evidence, question(expression), plan=plan)

    return bool(evaluate(rule.expression, values={}, functions={"P": asked}, where=f"rule {rule.verdict}"))


def probability(evidence: Evidence, asked: Question, *, plan: AnalysisPlan) -> float:
    """The probability a question asks for, from the evidence.

    Raises
    ------
    SurveyError
        If it was not computed.
    """
    table, value = evidence.probabilities, threshold_value(asked, plan=plan)
    same = (table["prior"] == "plan") & (table["variable"] == asked.variable)
    same &= (table["operator"] == asked.operator) & np.isclose(
        table["threshold"].astype(float), value, rtol=0, atol=1e-12
    )
    if not same.any():
        raise SurveyError("probability was not computed", where="decision", got=asked.text)
    return float(table.loc[same, "probability"].iloc[0])


def _blocking(verdict: str, evidence: Evidence) -> list[GateResult]:
    """Gates that hold this verdict back, those that failed before those that could not be examined."""
    stops = [gate for gate in evidence.gates if gate.caps and _REACH[gate.cap] < _REACH[verdict]]
    return sorted(stops, key=lambda gate: gate.status != "failed")


def _headline(verdict: str, rule: Rule, binding: GateResult | None, refused: bool) -> Text:
    name = VERDICTS[verdict]
    if refused:
        why = refuse("R2", where="decision").why
        return Text(vi=f"{name.vi}. {why.vi}", en=f"{name.en}. {why.en}")
    if binding is None:
        return Text(vi=f"{name.vi} (theo quy tắc: {rule.when})", en=f"{name.en} (by the rule: {rule.when})")
    before = VERDICTS[rule.verdict]
    failed = binding.status == "failed"
    return Text(
        vi=f"{name.vi}: quy tắc cho phép “{before.vi}”, nhưng điều kiện “{binding.label.vi}” "
        + ("không đạt." if failed else "chưa kiểm tra được."),
        en=f"{name.en}: the rule allows “{before.en}”, but the condition “{binding.label.en}” "
        + ("is not met." if failed else "could not be examined."),
    )


def _reasons(
    rule: Rule, blocking: list[GateResult], evidence: Evidence, plan: AnalysisPlan
) -> tuple[Text, ...]:
    # For "else" the reader wants to know what the rules before it asked and did not find.
    asked = rule.questions or tuple(dict.fromkeys(one for other in plan.rules for one in other.questions))
    chances = [_chance(one, evidence, plan) for one in asked]
    gates = [
        Text(vi=f"{gate.label.vi}: {gate.reason.vi}", en=f"{gate.label.en}: {gate.reason.en}")
        for gate in blocking
    ]
    grade = GRADE_NAMES[evidence.grade]
    graded = Text(vi=f"Bằng chứng ở mức {grade.vi}.", en=f"The evidence is graded {grade.en}.")
    return (*chances, *gates, graded, *_exploratory(evidence))


def _chance(asked: Question, evidence: Evidence, plan: AnalysisPlan) -> Text:
    p, value = probability(evidence, asked, plan=plan), threshold_value(asked, plan=plan)
    what, order = _QUANTITY[asked.variable], _ORDER[asked.operator]
    bound = {
        lang: f"{points(value, lang)} {unit}" if value else "0"
        for lang, unit in (("vi", "điểm"), ("en", "points"))
    }
    return Text(
        vi=f"Xác suất {what.vi} {order.vi} {bound['vi']}: {chance(p, 'vi')}.",
        en=f"Probability that {what.en} {order.en} {bound['en']}: {chance(p, 'en')}.",
    )


def _exploratory(evidence: Evidence) -> tuple[Text, ...]:
    if not evidence.exploratory:
        return ()
    warning = refuse("W7", where="plan")
    return (
        Text(
            vi=f"{warning.refused.vi} {warning.why.vi}",
            en=f"{warning.refused.en} {warning.why.en}",
        ),
    )


def _undecided(evidence: Evidence) -> Decision:
    name = VERDICTS["undecided"]
    refusals = [refusal for refusal in evidence.refusals if not refusal.warning and refusal.code != "R5"]
    said = [
        Text(
            vi=" ".join(text.vi for text in (one.refused, one.why, one.still)),
            en=" ".join(text.en for text in (one.refused, one.why, one.still)),
        )
        for one in refusals
    ]
    why = evidence.sentences[0]
    return Decision(
        verdict="undecided",
        by_rule="undecided",
        rule="",
        decided_by=refusals[0].code if refusals else "evidence",
        capped_from=None,
        headline=Text(vi=f"{name.vi}. {why.vi}", en=f"{name.en}. {why.en}"),
        sentences=(*said, *_exploratory(evidence)),
        gates=evidence.gates,
        order=(),
        exploratory=evidence.exploratory,
        plan_digest=evidence.plan_digest,
    )


def staged_order(evidence: Evidence) -> tuple[str, ...]:
    """The comparison units in the random order in which an extension reaches them."""
    rows = evidence.changes[evidence.changes["arm"] == "comparison"]
    units = sorted(set(rows["unit"].astype(str)))
    return tuple(units[i] for i in stream(evidence.seed, "staged_order").permutation(len(units)))
