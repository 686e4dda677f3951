"""From cells to evidence: changes, effects, guards, prediction, sensitivity, gates, refusals."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation.breakdown import breakdown, primary_row
from surveylib.evaluation.by_unit import unit_effects
from surveylib.evaluation.changes import dated_arms, tidy_cells, unit_changes
from surveylib.evaluation.dose import doses
from surveylib.evaluation.effects import effects as all_effects
from surveylib.evaluation.effects import outcome_roles
from surveylib.evaluation.equivalence import equivalence_p
from surveylib.evaluation.gates import Facts, gates, setting, surveyed_otherwise
from surveylib.evaluation.grade import grade_evidence, maryland
from surveylib.evaluation.guards import guards as all_guards
from surveylib.evaluation.predict import Prediction, nothing_predicted, predict
from surveylib.evaluation.province import TYPES
from surveylib.evaluation.refusals import refusals
from surveylib.evaluation.say import chance, effect_sentence, points
from surveylib.evaluation.say_similarity import no_prediction
from surveylib.evaluation.sensitivity import sensitivity
from surveylib.evaluation.staggered import staggered
from surveylib.evaluation.trends import breakdown_m_bar, trend_bounds
from surveylib.evaluation.waves import event_study
from surveylib.model.alternative import Alternative
from surveylib.model.evidence import Evidence
from surveylib.model.finding import Finding
from surveylib.model.frozen import Deviation
from surveylib.model.plan import AnalysisPlan, default_plan
from surveylib.model.similarity import Similarity
from surveylib.model.study import Study
from surveylib.model.text import Text


def evaluate(
    cells: pd.DataFrame,
    *,
    plan: AnalysisPlan | None = None,
    study: Study | None = None,
    seed: int | None = None,
    invariance: Mapping[str, int] | None = None,
    deviations: tuple[Deviation, ...] = (),
    paired: tuple[pd.DataFrame, tuple[Finding, ...]] | None = None,
    other: pd.DataFrame | None = None,
    alternatives: Sequence[Alternative] = (),
    population: int | None = None,
    similar: Similarity | None = None,
    first_answer: datetime.date | None = None,
) -> Evidence:
    """All the evidence the plan asks for, from one row a unit × wave × outcome.

    Parameters
    ----------
    cells : DataFrame
        ``unit, arm, wave, mean, se, n`` and, where known, ``type, model, role, outcome, n_eff, visitors,
        top_share`` and the setting of the survey (``mode, instrument_version, place …``).
    plan : AnalysisPlan, optional
        The default plan, marked exploratory, when there is none.
    study : Study, optional
        Gives types, dated exposure and the setting of each wave.
    seed : int, optional
        For the random order of a staged extension; the plan's own seed when absent.
    invariance : mapping, optional
        Per group of criteria, how many items changed their meaning; absent, that gate is not assessable.
    deviations : tuple of Deviation
        What of plan and study is not as it was frozen (`evaluation.freeze.deviations`): a rule or a unit
        changed since makes the analysis exploratory (W7).
    paired : (changes, findings), optional
        Of the respondents asked both times (`paired_changes`): one more line of the sensitivity table.
    other : DataFrame, optional
        Changes of the units with the answers measured otherwise than by mean points
        (`psychometrics.ordinal_changes`): further lines of that table.
    alternatives : sequence of Alternative
        The primary changes under other choices (mix of visitors, missing answers): lines with a verdict.
    population : int, optional
        How many units of the province the pilots were chosen from; `similar` tells it where it is given, else
        the study's own stand for them.
    similar : Similarity, optional
        How like the province's units the pilots are (`similarity`): for types of unit without a pilot nothing
        is predicted, and the sentences say so.
    first_answer : date, optional
        Day of the first interview after the pilot: a plan registered on it or later is exploratory (W7).
        Where it is not known the study's first day of that wave.

    Raises
    ------
    SurveyError
        For cells that cannot be used. What can be used but says little ends in refusals, not in an error.

    Examples
    --------
    >>> arm = ["pilot"] * 5 + ["comparison"] * 10
    >>> rise = {"pre": [0.1 * (j % 4) for j in range(15)], "post": [0.4] * 5 + [0.0] * 10}
    >>> rows = [(f"u{j}", arm[j], wave, 3.6 + rise[wave][j])
    ...         for j in range(15) for wave in ("pre", "post")]
    >>> cells = pd.DataFrame(rows, columns=["unit", "arm", "wave", "mean"]).assign(se=0.07, n=150)
    >>> evidence = evaluate(cells)
    >>> evidence.exploratory, [refusal.code for refusal in evidence.refusals]
    (True, ['R5', 'W5', 'W7'])
    """
    plan = default_plan() if plan is None else plan
    tidy, findings = tidy_cells(cells, plan=plan, study=study)
    changes, more = unit_changes(tidy)
    findings, primary = (*findings, *more), plan.outcome.primary.index
    _must_have(changes, tidy, primary, findings)
    table, refused = all_effects(changes, plan=plan)
    guards, refused_guards = all_guards(changes, plan=plan, outcome=primary)
    row = primary_row(table)
    chosen_from = population or (similar.population if similar is not None else None)
    prediction = _prediction(changes, row, plan, chosen_from)
    late = _registered_late(plan, study, tidy, first_answer)
    facts = _facts(changes, tidy, table, guards, plan, study, invariance, late)
    broken = tuple(one for one in deviations if one.settled)
    earned = refusals(facts, tidy, changes, table, plan=plan, late=late, broken=broken)
    return Evidence(
        primary=primary,
        level=plan.analysis.level,
        sesoi=plan.thresholds.sesoi,
        plan_digest=plan.digest,
        exploratory=plan.exploratory or late or bool(broken),
        seed=plan.analysis.seed if seed is None else seed,
        changes=changes,
        effects=table,
        guards=guards,
        sensitivity=sensitivity(
            changes,
            plan=plan,
            facts=facts,
            effects=table,
            probabilities=prediction.probabilities,
            paired=None if paired is None else paired[0],
            other=other,
            alternatives=alternatives,
            **_by_date(tidy, plan, study),
        ),
        refusals=(*refused, *refused_guards, *earned),
        findings=(*findings, *(() if paired is None else paired[1])),
        sentences=_sentences(row, prediction, plan, {} if similar is None else similar.unpiloted),
        deviations=deviations,
        units=_units(changes, plan),
        **_predicted(prediction),
        **_graded(facts, plan),
        **_over_time(tidy, plan, study),
    )


def _prediction(
    changes: pd.DataFrame, row: pd.Series, plan: AnalysisPlan, population: int | None
) -> Prediction:
    if not row["std_error"] > 0:
        return nothing_predicted()
    return predict(changes, plan=plan, outcome=plan.outcome.primary.index, population=population)


def _by_date(tidy: pd.DataFrame, plan: AnalysisPlan, study: Study | None) -> dict:
    """What the sensitivity table asks of the waves one by one: units surveyed otherwise, doses, drifts."""
    primary = plan.outcome.primary.index
    return {
        "resurveyed": surveyed_otherwise(tidy, study=study),
        "dose": doses(tidy, study=study),
        "m_bar": breakdown_m_bar(tidy, plan=plan, outcome=primary, study=study),
    }


def _predicted(prediction: Prediction) -> dict[str, pd.DataFrame]:
    return {name: getattr(prediction, name) for name in ("posterior", "probabilities", "next_units")}


def _graded(facts: Facts, plan: AnalysisPlan) -> dict:
    """The grade of the evidence with its reasons, and the gates, of which the grade is one."""
    grade, reasons = grade_evidence(facts, plan=plan)
    found = {"grade": grade, "grade_reasons": reasons, "maryland": maryland(facts, plan=plan)}
    return found | {"gates": gates(facts, plan=plan, grade=grade)}


def _over_time(tidy: pd.DataFrame, plan: AnalysisPlan, study: Study | None) -> dict[str, pd.DataFrame]:
    """The primary index wave by wave, its bounds under drifting trends, and by day of start."""
    options = {"plan": plan, "outcome": plan.outcome.primary.index, "study": study}
    return {
        "events": event_study(tidy, **options),
        "trends": trend_bounds(tidy, **options),
        "staggered": staggered(tidy, **options),
    }


def _units(changes: pd.DataFrame, plan: AnalysisPlan) -> pd.DataFrame:
    """Each unit's own effect on the primary index and the groups."""
    roles = [name for name, role in outcome_roles(changes, plan=plan) if role in ("primary", "secondary")]
    return pd.concat([unit_effects(changes, plan=plan, outcome=name) for name in roles], ignore_index=True)


def _must_have(
    changes: pd.DataFrame, tidy: pd.DataFrame, primary: str, findings: tuple[Finding, ...]
) -> None:
    if primary in set(changes["outcome"]):
        return
    if primary not in set(tidy["outcome"]):
        raise SurveyError(
            "the plan's primary outcome is not among the cells",
            where="plan, outcome.primary.index",
            expected=", ".join(sorted(set(tidy["outcome"]))),
            got=primary,
        )
    said = "; ".join(finding.message.en for finding in findings if primary in finding.where)
    raise SurveyError("no unit has a usable change of the primary outcome", where=primary, got=said or None)


def _facts(
    changes, tidy, table, guards, plan: AnalysisPlan, study: Study | None, invariance, late: bool
) -> Facts:
    primary, row = plan.outcome.primary.index, primary_row(table)
    own = changes[changes["outcome"] == primary]
    had = len(_pilots(tidy, plan, study))
    estimable = row["std_error"] > 0
    status, reason = setting(tidy, study=study)
    pre = sorted(set(tidy.loc[tidy["role"] == "pre", "wave"].astype(str)))
    return Facts(
        n_pilot=int((own["arm"] == "pilot").sum()),
        n_comparison=int((own["arm"] == "comparison").sum()),
        n_self_pilot=int((own["arm"] == "self_pilot").sum()),
        n_pre_waves=len(pre),
        dropped_pilots=had - int((own["arm"] == "pilot").sum()),
        primary=row if estimable else None,
        guards=guards,
        breakdown=breakdown(changes, primary=row, plan=plan) if estimable else None,
        setting=status,
        setting_reason=reason,
        invariance=invariance,
        pre_waves=tuple(pre),
        late=late,
    )


def _pilots(tidy: pd.DataFrame, plan: AnalysisPlan, study: Study | None) -> set[str]:
    """The pilots that ought to have data: those of the cells, and of the study all that had begun in time."""
    seen = set(tidy.loc[tidy["arm"] == "pilot", "unit"])
    if plan.arms.pilot is not None or study is None:
        return seen | set(plan.arms.pilot or ())
    before, after = (set(tidy.loc[tidy["role"] == role, "wave"]) for role in ("pre", "post"))
    arms = dated_arms(study, before=before, after=after)
    return seen | {unit.id for unit in study.units if unit.arm == "pilot" and arms[unit.id] != "comparison"}


def _registered_late(
    plan: AnalysisPlan, study: Study | None, tidy: pd.DataFrame, answered: datetime.date | None
) -> bool:
    """True when the plan was signed on or after the day of the first answer it was to be blind to; the first
    day of the wave stands for it where no answer is dated."""
    if plan.registered is None:
        return False
    post = set(tidy.loc[tidy["role"] == "post", "wave"])
    waves = () if study is None else study.waves
    first = answered or min((wave.start for wave in waves if wave.id in post), default=None)
    return first is not None and plan.registered.at >= first


def _sentences(
    row: pd.Series, prediction: Prediction, plan: AnalysisPlan, unpiloted: Mapping[str, int]
) -> tuple[Text, ...]:
    if not row["std_error"] > 0:
        estimate = row["estimate"]
        vi, en = (
            f"Không kiểm định được tác động: {row['reason_vi']}.",
            f"No effect is tested: {row['reason_en']}.",
        )
        if math.isfinite(estimate):
            vi += f" Chênh lệch quan sát được: {points(estimate, 'vi', sign=True)} điểm."
            en += f" The observed difference is {points(estimate, 'en', sign=True)} points."
        return (Text(vi=vi, en=en),)
    return (_effect(row, plan), _power(row, plan), _floor(row), *_next(prediction, plan, unpiloted))


def _effect(row: pd.Series, plan: AnalysisPlan) -> Text:
    if not math.isfinite(row["conf_low"]):
        return Text(
            vi=f"Chênh lệch {points(row['estimate'], 'vi', sign=True)} điểm; {row['reason_vi']}.",
            en=f"The difference is {points(row['estimate'], 'en', sign=True)} points; {row['reason_en']}.",
        )
    return effect_sentence(
        estimate=row["estimate"],
        low=row["conf_low"],
        high=row["conf_high"],
        p_equivalence=equivalence_p(row, margin=plan.thresholds.sesoi),
        sesoi=plan.thresholds.sesoi,
        harm=plan.thresholds.harm,
        level=plan.analysis.level,
    )


def _power(row: pd.Series, plan: AnalysisPlan) -> Text:
    return Text(
        vi=f"Thí điểm này phát hiện được chắc (80%) một tác động từ {points(row['mde'], 'vi')} điểm; "
        f"ngưỡng đáng kể là {points(plan.thresholds.sesoi, 'vi')} điểm.",
        en=f"This pilot is sure enough (80%) to find an effect of {points(row['mde'], 'en')} points or more; "
        f"the smallest effect of interest is {points(plan.thresholds.sesoi, 'en')}.",
    )


def _floor(row: pd.Series) -> Text:
    count = round(1 / row["p_floor"])
    return Text(
        vi=f"Với {row['n_pilot']} đơn vị thí điểm và {row['n_comparison']} đơn vị so sánh, giá trị p nhỏ "
        f"nhất có thể "
        f"đạt là 1/{count}; ở đây p = {points(row['p_value'], 'vi', digits=4)}.",
        en=f"With {row['n_pilot']} pilot and {row['n_comparison']} comparison units the smallest "
        f"attainable p is "
        f"1/{count}; here p = {points(row['p_value'], 'en', digits=4)}.",
    )


def _next(prediction: Prediction, plan: AnalysisPlan, unpiloted: Mapping[str, int]) -> tuple[Text, ...]:
    table = prediction.probabilities[prediction.probabilities["prior"] == "plan"]
    by_name = dict(zip(table["name"], table["probability"], strict=True))
    gain, enough = by_name["P(theta_new > 0)"], by_name["P(theta_new >= sesoi)"]
    low, high = _count_range(prediction.next_units, plan.analysis.level)
    sesoi, level = plan.thresholds.sesoi, plan.analysis.level
    refused = no_prediction(unpiloted, words=TYPES)
    of_vi, of_en = (", thuộc loại đã có thí điểm,", ", of a type that was piloted,") if refused else ("", "")
    return (
        *([] if refused is None else [refused]),
        Text(
            vi=f"Một đơn vị mới áp dụng mô hình{of_vi} có lợi với xác suất {chance(gain, 'vi')}.",
            en=f"A unit new to the programme{of_en} gains with probability {chance(gain, 'en')}.",
        ),
        Text(
            vi=f"Trong 10 đơn vị tiếp theo{of_vi or ','} khoảng {10 * enough:.0f} đơn vị sẽ tăng ít nhất "
            f"{points(sesoi, 'vi')} điểm "
            f"(khoảng {level:.0%}: từ {low} đến {high}).",
            en=f"Of the next 10 units{of_en} about {10 * enough:.0f} would improve by at least "
            f"{points(sesoi, 'en')} "
            f"({level:.0%} range: {low} to {high}).",
        ),
    )


def _count_range(next_units: pd.DataFrame, level: float) -> tuple[int, int]:
    cumulative = np.cumsum(next_units["probability"].to_numpy())
    tail = (1 - level) / 2
    return int(np.searchsorted(cumulative, tail)), int(np.searchsorted(cumulative, 1 - tail))
