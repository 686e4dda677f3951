"""The verdict: the first rule that matches, held back by every gate that was not passed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from surveylib.errors import SurveyError
from surveylib.evaluation.gates import GRADE_NAMES
from surveylib.evaluation.predict import threshold_value
from surveylib.evaluation.refuse import refuse
from surveylib.evaluation.say import chance
from surveylib.evaluation.say_rule import question_words, rule_words
from surveylib.evaluation.staged import staged
from surveylib.grammar import Expression, evaluate
from surveylib.model.evidence import Decision, Evidence, FinalVerdict, GateResult
from surveylib.model.plan import AnalysisPlan
from surveylib.model.rule import FollowUp, Question, Rule, question
from surveylib.model.text import Text

VERDICTS: dict[str, Text] = {
    "roll_out": Text(vi="Triển khai toàn tỉnh", en="Roll out to the whole province"),
    "extend": Text(vi="Kéo dài thí điểm", en="Extend the pilot"),
    "revise": Text(vi="Điều chỉnh mô hình", en="Revise the model"),
    "stop": Text(vi="Dừng thí điểm", en="Stop the pilot"),
    "undecided": Text(vi="Chưa thể kết luận", en="No verdict can be reached"),
}
# A cap holds a verdict back from going further; it never turns a "stop" into something kinder.
_REACH = {"stop": 0, "revise": 1, "extend": 2, "roll_out": 3}


def verdict_name(verdict: FinalVerdict, *, exploratory: bool) -> Text:
    """The verdict in words; one from an exploratory analysis (W7) never stands without saying so.

    >>> verdict_name("roll_out", exploratory=True).en
    'Roll out to the whole province (exploratory)'
    """
    name = VERDICTS[verdict]
    if not exploratory or verdict == "undecided":
        return name
    return Text(vi=f"{name.vi} (thăm dò)", en=f"{name.en} (exploratory)")


def decide(evidence: Evidence, *, plan: AnalysisPlan) -> Decision:
    """The verdict by the plan's rules and gates, with its reasons in plain words.

    Roll-out without five clean comparison units or a random phase-in is refused (R2) whatever the gates say.

    Raises
    ------
    SurveyError
        If the evidence was made under another plan.

    Examples
    --------
    >>> import pandas as pd
    >>> from surveylib.evaluation.evaluate import evaluate
    >>> from surveylib.model.plan import default_plan
    >>> rises = {"pilot": [0.4, 0.3, 0.5, 0.2, 0.4], "comparison": [0.0, -0.1, 0.1, 0.0, 0.1]}
    >>> rows = [(f"{arm}{j}", arm, wave, 3.5 + (wave == "post") * rise)
    ...         for arm in rises for j, rise in enumerate(rises[arm]) for wave in ("pre", "post")]
    >>> cells = pd.DataFrame(rows, columns=["unit", "arm", "wave", "mean"]).assign(se=0.07, n=150)
    >>> plan = default_plan()
    >>> decision = decide(evaluate(cells, plan=plan), plan=plan)
    >>> decision.by_rule, decision.verdict, decision.decided_by
    ('roll_out', 'extend', 'selection_not_on_baseline')
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
    made = judge(
        plan,
        asked=lambda one: probability(evidence, one, plan=plan),
        gates=evidence.gates,
        refused=evidence.refusal("R2") is not None,
    )
    follow = follow_up(plan) if made.verdict == "extend" else None
    extension = None if follow is None else staged(evidence, plan=plan, batches=follow.batches)
    return Decision(
        verdict=made.verdict,
        by_rule=made.rule.verdict,
        rule=made.rule.when,
        decided_by=made.decided_by,
        capped_from=made.rule.verdict if made.verdict != made.rule.verdict else None,
        headline=_headline(made, evidence, plan),
        sentences=_reasons(made, evidence, plan),
        gates=evidence.gates,
        order=() if extension is None else extension.order,
        exploratory=evidence.exploratory,
        plan_digest=evidence.plan_digest,
        staged=extension,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """The rule that matched, how far it may go, and what held it back."""

    rule: Rule
    verdict: FinalVerdict
    blocking: tuple[GateResult, ...]
    refused: bool

    @property
    def binding(self) -> GateResult | None:
        """The gate whose cap became the verdict."""
        return next((gate for gate in self.blocking if gate.cap == self.verdict), None)

    @property
    def decided_by(self) -> str:
        return "R2" if self.refused else self.binding.name if self.binding else "rule"


def judge(
    plan: AnalysisPlan, *, asked: Callable[[Question], float], gates: Sequence[GateResult], refused: bool
) -> Judgement:
    """The verdict from bare probabilities, gates and whether roll-out is refused: all that a rule looks at.

    Parameters
    ----------
    asked : callable
        Gives the probability a question asks for.
    refused : bool
        Roll-out is refused whatever the gates say (R2).

    Examples
    --------
    >>> sure = judge(AnalysisPlan(), asked=lambda one: 0.99 * (">" in one.operator), gates=(), refused=True)
    >>> sure.rule.verdict, sure.verdict, sure.decided_by
    ('roll_out', 'extend', 'R2')
    """
    rule = next(rule for rule in plan.rules if holds(rule, asked=asked))
    blocking = _blocking(rule.verdict, gates)
    verdict: FinalVerdict = min((gate.cap for gate in blocking), key=_REACH.__getitem__, default=rule.verdict)
    refused = refused and verdict == "roll_out"
    return Judgement(
        rule=rule, verdict="extend" if refused else verdict, blocking=tuple(blocking), refused=refused
    )


def holds(rule: Rule, *, asked: Callable[[Question], float]) -> bool:
    """Whether the rule's condition holds; ``else`` always does."""
    if rule.expression is None:
        return True

    def answer(expression: Expression) -> float:
        return asked(question(expression))

    return bool(evaluate(rule.expression, values={}, functions={"P": answer}, where=f"rule {rule.verdict}"))


def follow_up(plan: AnalysisPlan) -> FollowUp | None:
    """What an extension is to be: what the plan's rule to extend brings with it, however extending came
    about."""
    return next((rule.follow_up for rule in plan.rules if rule.verdict == "extend"), None)


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


def _blocking(verdict: str, gates: Sequence[GateResult]) -> list[GateResult]:
    """Gates that hold this verdict back, those that failed before those that could not be examined."""
    stops = [gate for gate in gates if gate.caps and _REACH[gate.cap] < _REACH[verdict]]
    return sorted(stops, key=lambda gate: gate.status != "failed")


def _headline(made: Judgement, evidence: Evidence, plan: AnalysisPlan) -> Text:
    rule, binding = made.rule, made.binding
    name = verdict_name(made.verdict, exploratory=evidence.exploratory)
    if made.refused:
        why = refuse("R2", where="decision").why
        return Text(vi=f"{name.vi}. {why.vi}", en=f"{name.en}. {why.en}")
    if binding is None:
        when = rule_words(rule, plan=plan)
        return Text(vi=f"{name.vi}, theo quy tắc: {when.vi}.", en=f"{name.en}, by the rule: {when.en}.")
    before = VERDICTS[rule.verdict]
    failed = binding.status == "failed"
    return Text(
        vi=f"{name.vi}: quy tắc cho phép “{before.vi}”, nhưng điều kiện “{binding.label.vi}” "
        + ("không đạt." if failed else "chưa kiểm tra được."),
        en=f"{name.en}: the rule allows “{before.en}”, but the condition “{binding.label.en}” "
        + ("is not met." if failed else "could not be examined."),
    )


def _reasons(made: Judgement, evidence: Evidence, plan: AnalysisPlan) -> tuple[Text, ...]:
    rule, blocking = made.rule, made.blocking
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
    p, what = probability(evidence, asked, plan=plan), question_words(asked, plan=plan)
    return Text(
        vi=f"Xác suất {what.vi}: {chance(p, 'vi')}.",
        en=f"Probability that {what.en}: {chance(p, 'en')}.",
    )


def _exploratory(evidence: Evidence) -> tuple[Text, ...]:
    if not evidence.exploratory:
        return ()
    warning = evidence.refusal("W7") or refuse("W7", where="plan")
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
