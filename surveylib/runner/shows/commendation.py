"""Notebook 70: evidence for a commendation (plan III.1): which pilot units gained more, and how sure."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from surveylib.evaluation import rank_units
from surveylib.model.ranking import Ranking
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.drawing import figure
from surveylib.report.exhibits import table, text, together
from surveylib.report.figures import interval_plot
from surveylib.report.printing import percent
from surveylib.report.words import phrase
from surveylib.runner.case import Case
from surveylib.runner.shows.names import named, scale_words, unit_names

NO_RANKING = Text(
    vi="Chưa có căn cứ so sánh các đơn vị thí điểm: chưa đủ đợt trước và sau thí điểm, hoặc không đủ hai "
    "đơn vị mỗi nhóm.",
    en="The pilot units cannot be compared yet: a wave before or after has not come in, or there are fewer "
    "than two units an arm.",
)
_CAUTIONS = (
    Text(
        vi="Trang này giúp xem xét đề xuất khen thưởng nêu tại mục III.1 của Kế hoạch. Đây là một trong "
        "nhiều căn cứ, không phải bảng xếp hạng: các đơn vị đứng theo thứ tự trong nghiên cứu, không theo "
        "kết quả.",
        en="This page helps to weigh proposals for commendation (section III.1 of the plan). It is one "
        "ground among several and no league table: units stand in the order of the study, not of their "
        "results.",
    ),
    Text(
        vi="Không dùng trang này để trừ điểm thi đua, kỷ luật hoặc cắt kinh phí của đơn vị nào, cũng không "
        "dùng để so sánh cá nhân cán bộ. Các loại đơn vị phục vụ những người khác nhau với thủ tục khác "
        "nhau; đơn vị có sổ hồ sơ nhỏ dao động nhiều hơn chỉ vì ngẫu nhiên; đơn vị vốn đã tốt còn ít chỗ "
        "để tăng.",
        en="It may not be used to mark down, discipline or cut the funds of any unit, nor to compare "
        "members of staff. Types of unit serve different people with different procedures; a unit with a "
        "small register moves more by chance alone; a unit that was good already has little room to rise.",
    ),
)
_NO_CLAIM = Text(
    vi="Không thể nói chắc đơn vị nào tiến bộ hơn đơn vị nào: không có cặp nào phân biệt được với xác suất "
    "từ {level}. Nếu khen thưởng theo kết quả khảo sát, nên khen chung các đơn vị hoặc dựa vào căn cứ khác.",
    en="No unit can be said to have gained more than another: no pair can be told apart with a probability "
    "of {level} or more. A commendation by survey results should go to the units together, or rest on "
    "other grounds.",
)
_CLAIMS = Text(
    vi="Có thể phân biệt các cặp nêu dưới đây; xác suất để tất cả cùng đúng là {together}. Về mọi cặp khác "
    "thì không nói được đơn vị nào hơn.",
    en="The pairs below can be told apart; the probability that all of them hold together is {together}. "
    "Of every other pair it cannot be said which is ahead.",
)
_CLAIM = Text(vi="{unit} tiến bộ nhiều hơn {other}.", en="{unit} gained more than {other}.")
_LABELS = {
    "visitors": Text(vi="Hồ sơ mỗi đợt", en="Dossiers a wave"),
    "change": Text(vi="Thay đổi đo được", en="Change seen"),
    "estimate": Text(vi="Tác động (kéo về trung bình)", en="Effect (drawn to the mean)"),
    "p_sesoi": Text(vi="Xác suất đạt mức đáng kể", en="Probability it matters"),
    "p_top": Text(vi="Xác suất thuộc hai đơn vị đầu", en="Probability of being in the first two"),
    "ranks": Text(vi="Khoảng thứ hạng", en="Range of rank"),
}
_READING = Text(
    vi="Tác động là thay đổi của đơn vị trừ đi mức thay đổi của các đơn vị so sánh, kéo về trung bình của "
    "các đơn vị thí điểm tùy theo độ nhiễu; khoảng thứ hạng chứa thứ hạng thật với xác suất {level}.",
    en="The effect is the unit's change less that of the comparison units, drawn to the mean of the pilots "
    "the more the noisier it is; the range of rank holds the true rank with a probability of {level}.",
)
_PAIRS = Text(
    vi="Xác suất đơn vị ở dòng tiến bộ nhiều hơn đơn vị ở cột",
    en="Probability that the unit of the row gained more than the unit of the column",
)
_EVEN = Text(
    vi="50% nghĩa là hoàn toàn không biết đơn vị nào hơn. Số ở đầu cột là số của đơn vị ở dòng, theo thứ tự "
    "trong nghiên cứu; đó không phải thứ hạng.",
    en="50% means that nothing is known of which is ahead. The columns bear the numbers of the rows, in the "
    "order of the study; they are no ranks.",
)
_ITSELF = Text(vi="chính đơn vị đó", en="the unit itself")


def cautions(case: Case, *, lang: Lang) -> Block:
    """What this page is for, and what it may not be used for."""
    return together(
        [text(words, lang=lang, tone="warning") for words in _CAUTIONS], lang=lang, key="cautions"
    )


def claims(case: Case, *, lang: Lang) -> Block:
    """Which pairs of units may be told apart, all statements holding together."""
    made = ranking_of(case)
    if made is None:
        return _nothing(lang)
    if made.claims.empty:
        level = percent(made.level, lang=lang)
        return text(_NO_CLAIM, {"level": level}, lang=lang, key="claims")
    names = unit_names(case, lang=lang)
    first = text(
        _CLAIMS, {"together": made.together}, lang=lang, formats={"together": "percent:0"}, key="claims"
    )
    said = [
        text(_CLAIM, {"unit": names[one.unit], "other": names[one.other]}, lang=lang)
        for one in made.claims.itertuples()
    ]
    return together([first, *said], lang=lang)


def unit_table(case: Case, *, lang: Lang) -> Block:
    """Each pilot unit: its effect, the chance that it is among the first two, the range of its rank."""
    made = ranking_of(case)
    if made is None:
        return _nothing(lang)
    shown = made.units.assign(
        ranks=[f"{low}–{high}" for low, high in made.units[["rank_low", "rank_high"]].to_numpy()]
    )
    shown = named(shown, case, lang=lang)
    scale = scale_words(case)
    return table(
        shown,
        caption=Text(
            vi=f"Các đơn vị thí điểm, chỉ số chính (điểm {scale.vi})",
            en=f"The pilot units, primary index (points of the {scale.en})",
        ),
        lang=lang,
        columns=[
            *("unit", "visitors", "change", "estimate", "conf_low", "conf_high"),
            *("p_sesoi", "p_top", "ranks"),
        ],
        labels=_LABELS,
        headers=["unit"],
        formats={
            "visitors": "count",
            "change": "signed:2",
            "estimate": "signed:2",
            "p_sesoi": "percent:0",
            "p_top": "percent:0",
        },
        missing={"visitors": Text(vi="không có sổ hồ sơ", en="no register")},
        notes=(_filled(_READING, made, lang),),
        key="ranking",
    )


def effect_figure(case: Case, *, lang: Lang) -> Block:
    """The effects with their intervals: where these overlap, an order says little."""
    made = ranking_of(case)
    if made is None:
        return _nothing(lang)
    shown, axis = named(made.units, case, lang=lang), phrase("effect_axis", lang=lang)
    chart = interval_plot(shown, lang=lang, label="unit", axis=axis, zero=True)
    caption = Text(
        vi="Tác động ở từng đơn vị thí điểm, kèm khoảng tin cậy",
        en="The effect in every pilot unit, with its interval",
    )
    alt = Text(
        vi="Mỗi dòng là một đơn vị thí điểm: chấm là tác động đã kéo về trung bình, đoạn thẳng là khoảng "
        "của nó, vạch đứng là không có tác động. Các khoảng chồng lên nhau thì thứ hạng ít có ý nghĩa.",
        en="One row a pilot unit: the dot is its effect drawn to the mean, the line its interval, the "
        "upright no effect. Where intervals overlap an order says little.",
    )
    return figure(chart, alt=alt, caption=caption, lang=lang, mark=case.mark, key="ranking_figure")


def pair_table(case: Case, *, lang: Lang) -> Block:
    """For each pair, how probable it is that one gained more than the other."""
    made = ranking_of(case)
    if made is None:
        return _nothing(lang)
    order = [unit.id for unit in case.study.units if unit.id in set(made.units["unit"])]
    wide = made.pairs.pivot(index="unit", columns="other", values="probability").reindex(
        index=order, columns=order
    )
    wide.columns = [f"u{place}" for place in range(1, len(order) + 1)]
    shown = _numbered(named(wide.reset_index(), case, lang=lang))
    return table(
        shown,
        caption=_PAIRS,
        lang=lang,
        labels={name: name.removeprefix("u") for name in wide.columns},
        headers=["unit"],
        formats=dict.fromkeys(wide.columns, "percent:0"),
        missing=dict.fromkeys(wide.columns, _ITSELF),
        notes=(_EVEN,),
        key="pairs",
    )


def summary(case: Case) -> pd.DataFrame:
    """A small rounded aggregate for the notebook's golden cell."""
    made = ranking_of(case)
    if made is None:
        return pd.DataFrame()
    return made.units.set_index("unit")[["estimate", "p_top", "rank_low", "rank_high"]].round(2)


def ranking_of(case: Case) -> Ranking | None:
    """The pilots of a run beside each other; None where there is no effect to compare."""
    return _ranked(case)


@lru_cache(maxsize=4)
def _ranked(case: Case) -> Ranking | None:
    evidence = case.evidence
    if evidence is None:
        return None
    return rank_units(evidence.changes, plan=case.plan, outcome=evidence.primary, seed=case.study.seed)


def _nothing(lang: Lang) -> Block:
    return text(NO_RANKING, lang=lang, tone="note", key="no_ranking")


def _numbered(shown: pd.DataFrame) -> pd.DataFrame:
    return shown.assign(unit=[f"{place}. {name}" for place, name in enumerate(shown["unit"], 1)])


def _filled(words: Text, made: Ranking, lang: Lang) -> str:
    return words.get(lang).format(level=percent(made.level, lang=lang))
