"""Numbers in sentences, and the right sentence: "no evidence of an effect" is not "no effect"."""

from __future__ import annotations

import math

from surveylib.model.text import Lang, Text

MINUS = "\N{MINUS SIGN}"


def points(value: float, lang: Lang, *, digits: int = 2, sign: bool = False) -> str:
    """A number of scale points as each language writes it; a dash when there is none.

    >>> points(0.384, "vi", sign=True), points(-0.1, "en")
    ('+0,38', '−0.10')
    """
    if value is None or not math.isfinite(value):
        return "–"
    rounded = round(value, digits) + 0.0  # no "-0.00"
    text = f"{rounded:+.{digits}f}" if sign else f"{rounded:.{digits}f}"
    return (text.replace(".", ",") if lang == "vi" else text).replace("-", MINUS)


def chance(value: float, lang: Lang) -> str:
    """A probability as a percentage, never 0 % or 100 %.

    >>> chance(0.9996, "vi"), chance(0.123, "en")
    ('hơn 99%', '12%')
    """
    if value < 0.01:
        return "dưới 1%" if lang == "vi" else "less than 1%"
    if value > 0.99:
        return "hơn 99%" if lang == "vi" else "more than 99%"
    return f"{value:.0%}"


def effect_sentence(
    *, estimate: float, low: float, high: float, p_equivalence: float, sesoi: float, harm: float, level: float
) -> Text:
    """What an interval and an equivalence test allow to be said about an effect, in one sentence.

    Two one-sided tests at 5 % with the smallest effect of interest as margin: Schuirmann (1987),
    doi:10.1007/BF01068419.

    Examples
    --------
    >>> said = effect_sentence(
    ...     estimate=0.05, low=-0.2, high=0.3, p_equivalence=0.2, sesoi=0.2, harm=0.0, level=0.9
    ... )
    >>> print(said.en)
    No evidence of an effect was found, which is not evidence that there is none: the 90% interval,
    −0.20 to 0.30 points, also holds effects worth having.
    """
    vi = f"khoảng tin cậy {level:.0%}: {points(low, 'vi')} đến {points(high, 'vi')} điểm"
    en = f"the {level:.0%} interval, {points(low, 'en')} to {points(high, 'en')} points"
    if high < harm:
        return Text(
            vi=f"Có bằng chứng tác động bất lợi: {points(estimate, 'vi', sign=True)} điểm ({vi}).",
            en=f"There is evidence of harm: {points(estimate, 'en', sign=True)} points; {en}, lies below "
            f"the bound.",
        )
    if low > 0:
        return Text(
            vi=f"Có bằng chứng về tác động tích cực: {points(estimate, 'vi', sign=True)} điểm ({vi}).",
            en=f"There is evidence of a positive effect: {points(estimate, 'en', sign=True)} points; {en}.",
        )
    if p_equivalence < 0.05:
        bound = f"{points(sesoi, 'vi')} điểm", f"{points(sesoi, 'en')} points"
        return Text(
            vi=f"Có bằng chứng là không có tác động đáng kể: tác động nhỏ hơn {bound[0]} về cả hai phía "
            f"({vi}).",
            en=f"There is evidence of no effect worth having: it is smaller than {bound[1]} either way; "
            f"{en}.",
        )
    if high >= sesoi:
        return Text(
            vi=f"Chưa tìm thấy bằng chứng về tác động; điều đó không có nghĩa là không có tác động: {vi}, "
            "vẫn chứa những tác động đáng kể.",
            en=f"No evidence of an effect was found, which is not evidence that there is none: {en}, "
            "also holds effects worth having.",
        )
    return Text(
        vi=f"Chưa tìm thấy bằng chứng về tác động; nếu có thì tác động nhỏ hơn mức đáng kể ({vi}).",
        en=f"No evidence of an effect was found; if there is one it is smaller than what is worth "
        f"having: {en}.",
    )
