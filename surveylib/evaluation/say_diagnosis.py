"""Operating characteristics in sentences: the chance of a wrong roll-out, and of missing a good programme."""

from __future__ import annotations

import pandas as pd

from surveylib.evaluation.say import points
from surveylib.model.scenario import Scenario
from surveylib.model.text import Lang, Text


def scenario_sentence(scenario: Scenario) -> Text:
    """Units, answers, waves, and what is assumed of the world."""
    n1, n0 = len(scenario.pilots), len(scenario.comparisons)
    answers = [*scenario.pilots, *scenario.comparisons]
    least, most = min(answers), max(answers)
    count = f"{least}" if least == most else f"{least}–{most}"
    waves = f"{len(scenario.pre)} + {len(scenario.post)}"
    said = {lang: _restless(scenario, lang) for lang in ("vi", "en")}
    return Text(
        vi=f"Mô phỏng {n1} đơn vị thí điểm, {n0} đơn vị so sánh, {count} phiếu mỗi đơn vị mỗi đợt, {waves} "
        f"đợt trước và sau. Giả định, không phải số đo: {said['vi']}; phiếu và cách khảo sát không đổi; "
        "kế hoạch đã được chốt.",
        en=f"Simulated: {n1} pilot and {n0} comparison units, {count} answers a unit and wave, {waves} waves "
        f"before and after. Assumed, not measured: {said['en']}; form and mode unchanged; the plan frozen.",
    )


def _restless(scenario: Scenario, lang: Lang) -> str:
    sd, sigma, tau, common = (
        points(value, lang) for value in (scenario.sd, scenario.sigma, scenario.tau, scenario.common)
    )
    if lang == "vi":
        said = (
            f"độ lệch chuẩn của một người trả lời {sd} điểm, biến động riêng của đơn vị trong một đợt σ = "
            f"{sigma}, tác động khác nhau giữa các đơn vị τ = {tau}"
        )
        return said + (f", biến động chung của cả tỉnh {common}" if scenario.common else "")
    said = (
        f"standard deviation of a respondent {sd} points, shock of a unit in a wave σ = {sigma}, spread of "
        f"the effect over units τ = {tau}"
    )
    return said + (f", shock common to the province {common}" if scenario.common else "")


def diagnosis_sentences(table: pd.DataFrame, *, sesoi: float) -> tuple[Text, ...]:
    """What leaders should know before they sign: a sentence for each effect simulated."""
    rows = table[(table["kind"] == "decision") & (table["quantity"] == "roll_out")]
    return tuple(_sentence(row, sesoi) for row in rows.itertuples())


def _sentence(row, sesoi: float) -> Text:
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
