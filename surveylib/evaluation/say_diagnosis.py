"""Operating characteristics in sentences: the chance of a wrong roll-out, and of missing a good programme."""

from __future__ import annotations

import pandas as pd

from surveylib.evaluation.gates import LABELS
from surveylib.evaluation.say import points
from surveylib.model.scenario import Scenario
from surveylib.model.text import Lang, Text

GATE_NAMES = LABELS | {
    "R2": Text(vi="Không đủ đơn vị so sánh (R2)", en="Too few comparison units (R2)"),
}


def scenario_sentence(scenario: Scenario) -> Text:
    """Units, answers, waves, and what is assumed of the world."""
    n1, n0 = len(scenario.pilots), len(scenario.comparisons)
    answers = [*scenario.pilots, *scenario.comparisons]
    least, most = min(answers), max(answers)
    count = f"{least}" if least == most else f"{least}–{most}"
    waves = f"{len(scenario.pre)} + {len(scenario.post)}"
    said = {lang: _restless(scenario, lang) for lang in ("vi", "en")}
    lost = scenario.dropped_pilots
    return Text(
        vi=f"Mô phỏng {n1} đơn vị thí điểm, {n0} đơn vị so sánh, {count} phiếu mỗi đơn vị mỗi đợt, {waves} "
        f"đợt trước và sau"
        + (f"; {lost} đơn vị thí điểm không đủ số liệu" if lost else "")
        + f". Giả định, không phải số đo: {said['vi']}; phiếu và cách khảo sát không đổi; kế hoạch đã được "
        f"chốt. {_measured(scenario, 'vi')}",
        en=f"Simulated: {n1} pilot and {n0} comparison units, {count} answers a unit and wave, {waves} waves "
        f"before and after"
        + (f"; {lost} pilot unit{'s' * (lost > 1)} without enough data" if lost else "")
        + f". Assumed, not measured: {said['en']}; form and mode unchanged; the plan frozen. "
        f"{_measured(scenario, 'en')}",
    )


def _measured(scenario: Scenario, lang: Lang) -> str:
    """The spread of answers, what they are worth, and where on the scale units start."""
    sd, deff = points(scenario.sd, lang), points(scenario.deff, lang)
    if lang == "vi":
        said = f"Độ lệch chuẩn của một người trả lời {sd} điểm; hệ số thiết kế trung bình {deff}; "
        ends = "thang điểm coi như không có trần"
    else:
        said = f"Standard deviation of a respondent {sd} points; design effect {deff} on average; "
        ends = "a scale without ends"
    if not scenario.levels:
        return said + ends + "."
    low, high = (points(value, lang) for value in (min(scenario.levels), max(scenario.levels)))
    spread = low if low == high else f"{low}–{high}"
    if lang == "vi":
        return said + f"điểm trung bình trước thí điểm {spread} trên thang có trần {scenario.codes[-1]}."
    return said + f"means before {spread} on a scale that ends at {scenario.codes[-1]}."


def _restless(scenario: Scenario, lang: Lang) -> str:
    sigma, tau, common = (points(value, lang) for value in (scenario.sigma, scenario.tau, scenario.common))
    if lang == "vi":
        said = (
            f"biến động riêng của đơn vị trong một đợt σ = {sigma}, tác động khác nhau giữa các đơn vị τ = "
            f"{tau}"
        )
        return said + (f", biến động chung của cả tỉnh {common}" if scenario.common else "")
    said = f"shock of a unit in a wave σ = {sigma}, spread of the effect over units τ = {tau}"
    return said + (f", shock common to the province {common}" if scenario.common else "")


def diagnosis_sentences(table: pd.DataFrame, *, sesoi: float) -> tuple[Text, ...]:
    """What leaders should know before they sign: a sentence for each effect simulated."""
    rows = table[(table["kind"] == "decision") & (table["quantity"] == "roll_out")]
    seen = table[table["quantity"] == "shown"].set_index("effect")["estimate"]
    return tuple(_sentence(row, sesoi, seen[row.effect]) for row in rows.itertuples())


def gates_that_held(table: pd.DataFrame) -> tuple[str, ...]:
    """The gates that held a verdict back in any of the simulated studies, in the plan's order."""
    held = table[(table["kind"] == "gate_held") & (table["estimate"] > 0)]
    return tuple(name for name in GATE_NAMES if name in set(held["quantity"]))


def gate_sentences(table: pd.DataFrame) -> tuple[Text, ...]:
    """What the costliest gate costs at the largest effect, and what it buys where there is none (or at the
    smallest effect simulated)."""
    alone = table[table["kind"] == "gate_alone"]
    largest, smallest = table["effect"].max(), table["effect"].min()
    cost = alone[alone["effect"] == largest].sort_values("estimate", kind="stable")
    if largest == smallest or cost.empty or not cost["estimate"].iloc[-1] > 0:
        return ()
    gate = cost["quantity"].iloc[-1]
    own = table[table["quantity"].isin([gate, "roll_out"])].set_index(["kind", "quantity", "effect"])

    def share(kind: str, quantity: str, effect: float, lang: Lang) -> str:
        row = own.loc[(kind, quantity, effect)]
        return _percent(row["estimate"], row["std_error"], lang)

    def told(lang: Lang) -> tuple[str, str, str, str]:
        ends = [(kind, effect) for effect in (largest, smallest) for kind in ("without", "with")]
        return tuple(
            share("gate_without", gate, effect, lang)
            if kind == "without"
            else share("decision", "roll_out", effect, lang)
            for kind, effect in ends
        )

    vi, en, name = told("vi"), told("en"), GATE_NAMES[gate]
    return (
        Text(
            vi=f"Điều kiện giữ lại nhiều nhất là “{name.vi}”. Nếu mô hình {_size(largest, 'vi')}, quy tắc "
            f"triển khai trong {vi[0]} trường hợp nếu bỏ điều kiện này, {vi[1]} khi giữ. Nếu mô hình "
            f"{_size(smallest, 'vi')}: {vi[2]} nếu bỏ, {vi[3]} khi giữ.",
            en=f"The gate that holds back most is “{name.en}”. If the programme {_size(largest, 'en')}, "
            f"{en[0]} roll out without it, {en[1]} with it. If the programme {_size(smallest, 'en')}: "
            f"{en[2]} without, {en[3]} with it.",
        ),
    )


def _sentence(row, sesoi: float, shown: float) -> Text:
    vi, en = (_percent(row.estimate, row.std_error, lang) for lang in ("vi", "en"))
    if row.effect <= 0:
        return Text(
            vi=f"Nếu mô hình {_size(row.effect, 'vi')}, quy tắc vẫn kết luận “Triển khai toàn tỉnh” (sai) "
            f"trong {vi} trường hợp.",
            en=f"If the programme {_size(row.effect, 'en')}, the rule still says “Roll out” (wrongly) in "
            f"{en} of cases.",
        )
    few = {"vi": " (nhỏ hơn mức đáng kể)", "en": " (less than is worth having)"}
    note = few if row.effect < sesoi - 1e-9 else {"vi": "", "en": ""}
    if abs(shown - row.effect) > 0.005:
        note["vi"] += f" (thang điểm cho thấy {points(shown, 'vi')})"
        note["en"] += f" (shown by the scale: {points(shown, 'en')})"
    return Text(
        vi=f"Nếu mô hình {_size(row.effect, 'vi')}{note['vi']}, quy tắc kết luận “Triển khai toàn tỉnh” "
        f"trong {vi} trường hợp.",
        en=f"If the programme {_size(row.effect, 'en')}{note['en']}, the rule says “Roll out” in {en} of "
        "cases.",
    )


def _size(effect: float, lang: Lang) -> str:
    if effect == 0:
        return "không có tác động" if lang == "vi" else "does nothing"
    size = points(abs(effect), lang)
    if lang == "vi":
        return f"thật sự {'nâng' if effect > 0 else 'làm giảm'} trung bình {size} điểm"
    return f"truly {'gains' if effect > 0 else 'loses'} {size} points on average"


def _percent(share: float, error: float, lang: Lang) -> str:
    return f"{points(100 * share, lang, digits=1)}% (±{points(100 * error, lang, digits=1)})"
