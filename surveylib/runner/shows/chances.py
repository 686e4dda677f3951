"""Notebook 90: what the rule would say were the truth known, for the plan's own units, answers and waves."""

from __future__ import annotations

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation.diagnose import diagnose
from surveylib.evaluation.simulate import scenario_of
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text
from surveylib.report.words import VERDICTS
from surveylib.runner.case import Case

SIMS = 300  # about a second; `surveylib diagnose` takes as many as are wanted
_EFFECT = Text(vi="Nếu tác động thật là (điểm)", en="If the true effect is (points)")
_CAPTION = Text(
    vi="Quy tắc và các điều kiện sẽ kết luận thế nào, khi biết sự thật (mô phỏng)",
    en="What the rules and gates would say, were the truth known (simulation)",
)
_NOTE = Text(
    vi="Kế hoạch này qua {sims} lần mô phỏng: {pilots} đơn vị thí điểm, {comparisons} đơn vị so sánh, "
    "{answers} phiếu mỗi đơn vị mỗi đợt. Giả định (độ lệch chuẩn), không phải số đo: một người trả lời {sd} "
    "điểm, một đơn vị trong một đợt {sigma}, tác động giữa các đơn vị {tau}. Sai số Monte Carlo cao nhất "
    "{error} điểm phần trăm. Thử giả định khác: surveylib diagnose.",
    en="This plan in {sims} simulations: {pilots} pilot and {comparisons} comparison units, {answers} "
    "answers a unit and wave. Assumed, not measured, as standard deviations: a respondent {sd} points, a "
    "unit in a wave {sigma}, the effect over units {tau}. Monte Carlo error at most {error} percentage "
    "points. To try others: surveylib diagnose.",
)
_ORDER = ("roll_out", "extend", "revise", "stop")


def chance_blocks(case: Case, *, lang: Lang) -> list[Block]:
    """P(verdict | true effect) after the gates, and what is assumed; nothing where none can be simulated."""
    try:
        scenario = scenario_of(case.study, plan=case.plan)
    except SurveyError:
        return []  # too few units, or no number of answers wanted: the refusals say so already
    worth = case.plan.thresholds.sesoi
    made = diagnose(
        scenario, plan=case.plan, effects=[0.0, worth, round(1.5 * worth, 6)], sims=SIMS, seed=case.study.seed
    )
    own = made[made["kind"] == "decision"]
    wide = own.pivot_table(index="effect", columns="quantity", values="estimate").reset_index()
    shown = pd.DataFrame({name: wide[name].to_numpy() for name in ("effect", *_ORDER)})
    values = {
        "sims": SIMS,
        "pilots": len(scenario.pilots),
        "comparisons": len(scenario.comparisons),
        "answers": scenario.pilots[0],
        "sd": scenario.sd,
        "sigma": scenario.sigma,
        "tau": scenario.tau,
        "error": 100 * float(own["std_error"].max()),
    }
    counts = table(
        shown,
        caption=_CAPTION,
        lang=lang,
        labels={"effect": _EFFECT} | {name: VERDICTS[name] for name in _ORDER},
        formats={"effect": "number:2"} | dict.fromkeys(_ORDER, "percent:1"),
        row_key=["effect"],
        key="chances",
    )
    note = text(_NOTE, values, lang=lang, formats={"error": "number:1"}, tone="note", key="chances_note")
    return [counts, note]
