"""Notebook 90: what the rule would say were the truth known, for the plan's own units, answers and waves."""

from __future__ import annotations

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation.diagnose import diagnose
from surveylib.evaluation.foreseen import scenario_of
from surveylib.evaluation.say_diagnosis import GATE_NAMES, gates_that_held
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text
from surveylib.report.words import VERDICTS
from surveylib.runner.case import Case
from surveylib.runner.expected import answers_of

SIMS = 300  # some three seconds; `surveylib diagnose` takes as many as are wanted
_EFFECT = Text(vi="Nếu tác động thật là (điểm)", en="If the true effect is (points)")
_CAPTION = Text(
    vi="Quy tắc và các điều kiện sẽ kết luận thế nào, khi biết sự thật (mô phỏng)",
    en="What the rules and gates would say, were the truth known (simulation)",
)
_NOTE = Text(
    vi="Kế hoạch này qua {sims} lần mô phỏng, với số phiếu thật của từng đơn vị trong lần chạy này (từ "
    "{least} đến {most} phiếu mỗi đợt) và điểm trung bình trước thí điểm của chúng: {pilots} đơn vị thí "
    "điểm, {comparisons} đơn vị so sánh. Độ lệch chuẩn của một người trả lời là {sd} điểm. Giả định, không "
    "phải số đo (độ lệch chuẩn): biến động của một đơn vị trong một đợt {sigma}, tác động giữa các đơn vị "
    "{tau}. Tác động tính bằng điểm ở giữa thang; gần trần, thang điểm cho thấy ít hơn. Sai số Monte Carlo "
    "cao nhất {error} điểm phần trăm. Thử giả định khác: surveylib diagnose.",
    en="This plan in {sims} simulations, with the answers each unit really gave in this run ({least} to "
    "{most} a wave) and the units' means before: {pilots} pilot and {comparisons} comparison units. The "
    "standard deviation of a respondent is {sd} points. Assumed, not measured, as standard deviations: a "
    "unit in a wave {sigma}, the effect over units {tau}. Effects are points gained in the middle of the "
    "scale; near its top it shows less. Monte Carlo error at most {error} percentage points. To try "
    "others: surveylib diagnose.",
)
_GATES = Text(
    vi="Từng điều kiện giữ kết luận lại bao nhiêu lần (mô phỏng)",
    en="How often each gate holds the verdict back (simulation)",
)
_GATES_NOTE = Text(
    vi="Giữ lại: điều kiện thuộc số những điều kiện chặn kết luận của quy tắc. Chỉ riêng nó: bỏ điều kiện "
    "ấy đi thì kết luận đã khác. Hai cột cuối: triển khai toàn tỉnh khi bỏ điều kiện ấy, và khi đủ mọi "
    "điều kiện. Phiếu, cách khảo sát và ý nghĩa câu hỏi coi như không đổi.",
    en="Held: the gate was among those that held the rule’s verdict back. It alone: without it the verdict "
    "would have been another. The last two columns: roll out without this gate, and with all of them. Form, "
    "mode and the meaning of items are taken as unchanged.",
)
_NO_GATE = Text(
    vi="Trong các lần mô phỏng, không điều kiện nào giữ kết luận lại.",
    en="In the simulations no gate held a verdict back.",
)
_GATE_COLUMNS = {
    "gate": Text(vi="Điều kiện", en="Gate"),
    "effect": _EFFECT,
    "gate_held": Text(vi="Giữ lại", en="Held"),
    "gate_alone": Text(vi="Chỉ riêng nó", en="It alone"),
    "gate_without": Text(vi="Triển khai nếu bỏ", en="Roll out without"),
    "roll_out": Text(vi="Triển khai với mọi điều kiện", en="Roll out with all"),
}
_ORDER = ("roll_out", "extend", "revise", "stop")


def chance_blocks(case: Case, *, lang: Lang) -> list[Block]:
    """P(verdict | true effect) after the gates, what each gate did, and what is assumed; nothing where none
    can be simulated."""
    cells = answers_of(case.table("standard_cells"), outcome=case.primary)
    try:
        scenario = scenario_of(case.study, plan=case.plan, expected=cells)
    except SurveyError:
        return []  # too few units: the refusals say so already
    worth = case.plan.thresholds.sesoi
    made = diagnose(
        scenario, plan=case.plan, effects=[0.0, worth, round(1.5 * worth, 6)], sims=SIMS, seed=case.study.seed
    )
    own = made[made["kind"] == "decision"]
    wide = own.pivot_table(index="effect", columns="quantity", values="estimate").reset_index()
    shown = pd.DataFrame({name: wide[name].to_numpy() for name in ("effect", *_ORDER)})
    answers = [*scenario.pilots, *scenario.comparisons]
    values = {
        "sims": SIMS,
        "pilots": len(scenario.pilots),
        "comparisons": len(scenario.comparisons),
        "least": min(answers),
        "most": max(answers),
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
    return [counts, note, *_gate_blocks(made, lang=lang)]


def _gate_blocks(made: pd.DataFrame, *, lang: Lang) -> list[Block]:
    """A row a gate that ever held a verdict back and an effect: how often it did, and what without it."""
    held = gates_that_held(made)
    if not held:
        return [text(_NO_GATE, lang=lang, tone="note", key="chances_no_gate")]
    found = made.set_index(["kind", "quantity", "effect"])["estimate"]
    rows = [
        {"gate": GATE_NAMES[gate].get(lang), "effect": effect}
        | {kind: found[kind, gate, effect] for kind in ("gate_held", "gate_alone", "gate_without")}
        | {"roll_out": found["decision", "roll_out", effect]}
        for gate in held
        for effect in made["effect"].unique()
    ]
    shares = [name for name in _GATE_COLUMNS if name not in ("gate", "effect")]
    gates = table(
        pd.DataFrame(rows),
        caption=_GATES,
        lang=lang,
        labels=_GATE_COLUMNS,
        formats={"effect": "number:2"} | dict.fromkeys(shares, "percent:1"),
        row_key=["gate", "effect"],
        key="chances_gates",
    )
    return [gates, text(_GATES_NOTE, lang=lang, tone="note", key="chances_gates_note")]
