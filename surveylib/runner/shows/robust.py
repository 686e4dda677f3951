"""Notebook 60, second half: other ways to the answer, a new unit, and what would overturn it."""

from __future__ import annotations

import pandas as pd

from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text, together
from surveylib.report.words import UNIT_TYPES, VERDICTS, with_names
from surveylib.runner.case import Case
from surveylib.runner.shows.effects import NO_PILOT, in_words
from surveylib.runner.shows.names import unit_names

GUARDS = {
    "pooled_t": Text(vi="t với phương sai chung (Donald–Lang)", en="Pooled t (Donald–Lang)"),
    "cr2_bm": Text(vi="CR2, bậc tự do Bell–McCaffrey", en="CR2 with Bell–McCaffrey df"),
    "ibragimov_mueller": Text(vi="Ibragimov–Müller", en="Ibragimov–Müller"),
    "cr1": Text(vi="Sai số theo cụm CR1", en="Cluster-robust CR1"),
    "cr3": Text(vi="Sai số theo cụm CR3 (bỏ từng đơn vị)", en="Cluster-robust CR3 (jackknife)"),
    "wild_bootstrap": Text(vi="Bootstrap đổi dấu theo đơn vị", en="Wild cluster bootstrap, restricted"),
    "leave_one_out": Text(vi="Bỏ một đơn vị", en="Leave one unit out"),
}
QUANTITIES = {
    "theta": Text(vi="Tác động trung bình", en="Average effect"),
    "theta_new": Text(vi="Tác động ở một đơn vị mới", en="Effect in a new unit"),
    "new_change": Text(vi="Thay đổi sẽ thấy ở một đơn vị mới", en="Change a new unit will see"),
    "delta": Text(vi="Thay đổi chung không do thí điểm", en="Common change without pilot"),
    "tau": Text(vi="Chênh lệch tác động giữa các đơn vị", en="Spread of effects between units"),
    "sigma": Text(vi="Biến động riêng đơn vị × đợt", en="Unit-by-wave shock"),
}
_P_ALONE = Text(vi="phương pháp này chỉ cho giá trị p", en="this method gives a p alone")
_NOT_HERE = Text(
    vi="dòng này không tính đại lượng đó; câu bên phải nói điều được tính",
    en="not what this row computes; the sentence beside it says what is",
)
_NO_VERDICT = Text(
    vi="quy tắc không hỏi đại lượng này, nên không suy ra kết luận",
    en="not what the rule asks about, so that no verdict follows",
)
_WHOLE = Text(vi="tính trên mọi đơn vị", en="all units are used")


def guard_table(case: Case, *, lang: Lang) -> Block:
    """Other ways to the same answer, and each unit left out in turn."""
    evidence = case.evidence
    if evidence is None:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    names = unit_names(case, lang=lang)
    rows = evidence.guards
    shown = rows.assign(
        guard=in_words(rows["guard"], GUARDS, lang),
        without=[names.get(unit, unit) for unit in rows["without"]],
    )
    labels = {"guard": Text(vi="Kiểm tra", en="Guard"), "without": Text(vi="Bỏ đơn vị", en="Without")}
    columns = ["guard", "without", "estimate", "std_error", "df", "conf_low", "conf_high", "p_value"]
    said = [note for note in dict.fromkeys(rows[f"note_{lang}"]) if note]
    caption = Text(vi="Kiểm tra độ vững", en="Guards")
    return table(
        shown,
        caption=caption,
        lang=lang,
        columns=columns,
        labels=labels,
        headers=["guard", "without"],
        formats={"estimate": "signed:2", "df": "number:1"},
        missing={"std_error": _P_ALONE, "without": _WHOLE},
        notes=tuple(said),
        key="guards",
    )


def prediction_table(case: Case, *, lang: Lang) -> Block:
    """What may be expected of a new unit, and how much that hangs on the priors."""
    evidence = case.evidence
    if evidence is None or evidence.posterior.empty:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    rows = evidence.posterior
    shown = rows.assign(
        quantity=in_words(rows["quantity"], QUANTITIES, lang),
        prior=[prior_words(name, lang) for name in rows["prior"]],
    )
    labels = {"quantity": Text(vi="Đại lượng", en="Quantity"), "prior": Text(vi="Tiên nghiệm", en="Prior")}
    caption = Text(vi="Dự báo cho một đơn vị mới", en="Prediction for a new unit")
    columns = ["prior", "quantity", "estimate", "std_error", "conf_low", "conf_high"]
    return table(
        shown,
        caption=caption,
        lang=lang,
        columns=columns,
        labels=labels,
        headers=["prior", "quantity"],
        key="prediction",
    )


def sensitivity_table(case: Case, *, lang: Lang) -> Block:
    """What would overturn the result."""
    evidence = case.evidence
    if evidence is None or evidence.sensitivity.empty:
        return text(NO_PILOT, lang=lang, tone="note", key="no_pilot")
    rows = evidence.sensitivity
    names = unit_names(case, lang=lang)
    sentences = [with_names(sentence, names) for sentence in rows[f"sentence_{lang}"]]
    shown = rows.assign(
        check=rows[f"label_{lang}"],
        sentence=sentences,
        verdict=[_verdict(*one, lang) for one in _judged(rows)],
    )
    whole = rows["check"] == "overturn"
    labels = {
        "check": Text(vi="Giả định", en="Assumption"),
        "value": Text(vi="Giá trị", en="Value"),
        "verdict": Text(vi="Kết luận khi đó", en="Verdict then"),
        "sentence": Text(vi="Nghĩa là", en="Which means"),
    }
    columns = ["check", "estimate", "conf_low", "conf_high", "value", "verdict", "sentence"]
    caption = Text(vi="Điều gì sẽ làm đảo ngược kết quả", en="What would overturn the result")
    made = table(
        shown[~whole],
        caption=caption,
        lang=lang,
        columns=columns,
        labels=labels,
        headers=["check"],
        missing=dict.fromkeys(columns[1:5], _NOT_HERE) | {"verdict": _NO_VERDICT},
        key="sensitivity",
    )
    said = [text(sentence, lang=lang, key="overturn") for sentence in shown.loc[whole, "sentence"]]
    return together([*said, made], lang=lang, key="overturn")


def _judged(rows: pd.DataFrame) -> list[tuple[str, float]]:
    return list(zip(rows["verdict"], rows["overturns"], strict=True))


def _verdict(verdict: str, overturns: float, lang: Lang) -> str | None:
    """The verdict in words, marked where it is another than the plan's own."""
    if not verdict:
        return None
    words = VERDICTS[verdict].get(lang)
    return f"≠ {words}" if overturns == 1 else words


def prior_words(name: str, lang: Lang) -> str:
    """A prior in words: that of the plan, or all its scales multiplied."""
    if name == "plan":
        return Text(vi="theo kế hoạch", en="as planned").get(lang)
    if name == "reml":
        return Text(vi="không tiên nghiệm (REML, Hartung–Knapp)", en="none (REML, Hartung–Knapp)").get(lang)
    factor = name.replace(".", ",") if lang == "vi" else name
    if name.startswith("ρ"):
        return Text(vi=f"chọn có chủ đích, {factor}", en=f"chosen for their gains, {factor}").get(lang)
    if name.startswith("type:"):
        kind = UNIT_TYPES.get(name[5:], Text(vi=name[5:], en=name[5:]))
        return Text(vi=f"riêng {kind.vi.lower()}", en=f"{kind.en.lower()} alone").get(lang)
    return Text(vi=f"thang {factor}", en=f"scales {factor}").get(lang)
