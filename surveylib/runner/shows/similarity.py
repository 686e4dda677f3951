"""Notebooks 60 and 90: how like the province's units the pilots are, and to whom the result carries over."""

from __future__ import annotations

import pandas as pd

from surveylib.evaluation.province import TYPES
from surveylib.evaluation.say_similarity import band, no_prediction, unlike
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import finding_list, table, text, together
from surveylib.runner.case import Case
from surveylib.runner.shows.effects import in_words
from surveylib.runner.shows.robust import prediction_table

NO_LIST = Text(
    vi="Chưa có danh sách đơn vị của tỉnh (province_units trong study.yaml), nên chưa nói được các đơn vị "
    "thí điểm giống các đơn vị khác của tỉnh đến đâu, và kết quả suy ra được cho bao nhiêu đơn vị.",
    en="There is no list of the province's units yet (province_units in study.yaml), so that nothing can be "
    "said of how like them the pilots are, or for how many units the result stands.",
)
_INDEX = {
    "pilot": Text(
        vi="Mức giống tỉnh của các đơn vị thí điểm (chỉ số B của Tipton, từ 0 đến 1): {b}, {band}. Nếu bốc "
        "thăm {units} đơn vị trong cùng các loại, B ở giữa là {median}, và 90% các lần bốc cho từ {low} "
        "đến {high}; {share} số lần bốc thăm không giống tỉnh hơn các đơn vị thí điểm. Với ít đơn vị, chỉ "
        "số này dao động mạnh, nên phải đọc cạnh các lần bốc thăm.",
        en="How like the province the pilots are (Tipton's index B, 0 to 1): {b}, {band}. With {units} units "
        "drawn by lot within the same types B is {median} in the middle, and {low} to {high} in 90% of the "
        "lots; {share} of the lots are no more like the province than the pilots. With few units the index "
        "is noisy: read it beside the lots.",
    ),
    "comparison": Text(
        vi="Các đơn vị so sánh: B = {b}, {band}; bốc thăm {units} đơn vị cho từ {low} đến {high}.",
        en="Comparison units: B = {b}, {band}; {units} units drawn by lot give {low} to {high}.",
    ),
}
_STANDS = Text(
    vi="{pilots} đơn vị thí điểm đại diện cho {population} đơn vị cùng loại trong tỉnh.",
    en="{pilots} pilots stand for {population} units of the same types in the province.",
)
_UNLIKE = Text(
    vi="Cảnh báo: các đơn vị thí điểm không giống các đơn vị của tỉnh (B = {b}; chỉ {share} số lần bốc thăm "
    "kém hơn hoặc bằng). Dự báo cho một đơn vị mới là ngoại suy.",
    en="Warning: the pilots are not like the province's units (B = {b}; only {share} of lots are no better). "
    "What is predicted for a new unit is extrapolated.",
)
_LIKE = Text(
    vi="Các đơn vị thí điểm không khác tỉnh hơn mức thường thấy khi bốc thăm (B = {b}; {share} số lần bốc "
    "thăm kém hơn hoặc bằng). Với ít đơn vị, đó không phải là bằng chứng rằng chúng giống tỉnh.",
    en="The pilots are no further from the province than lots often are (B = {b}; {share} of lots are no "
    "better). With so few units that is no proof of likeness.",
)
_BEYOND = Text(
    vi="Khác tỉnh hơn mức ngẫu nhiên: {names}.",
    en="Further from the province than by chance: {names}.",
)
_NO_CODE = Text(
    vi="Những nhận xét này về mức giống tỉnh không có mã và không làm đổi kết luận: ghi chú phương pháp "
    "đòi hỏi xem xét, nhưng không đặt điều kiện nào.",
    en="What is said here of likeness has no code and changes no verdict: the note on methods asks for it to "
    "be looked at, and sets no gate on it.",
)
_CHANCE = Text(
    vi="Chênh lệch chuẩn hóa: hiệu với trung bình tỉnh chia cho độ lệch chuẩn của tỉnh, tính trên các loại "
    "có đơn vị thí điểm. Ngẫu nhiên: 95% các lần bốc thăm cùng số đơn vị trong từng loại nằm giữa hai cận.",
    en="Standardised difference: from the province's mean, by the province's standard deviation, over types "
    "with a pilot. By chance: between these ends lie 95% of lots of as many units within each type.",
)
_PERCENT = Text(vi=" (%)", en=" (%)")
_NONE = Text(vi="không có đơn vị thí điểm: không dự báo", en="no pilot: nothing is predicted")


def new_unit(case: Case, *, lang: Lang) -> Block:
    """What a new unit may expect, and of which units of the province that may be said."""
    return together([prediction_table(case, lang=lang), similarity(case, lang=lang)], lang=lang, key="new")


def similarity(case: Case, *, lang: Lang) -> Block:
    """Types, covariates and the index, by the province's list; a sentence where there is none."""
    found = case.findings("province")
    if not case.has("similarity_types"):
        if not found:
            return text(NO_LIST, lang=lang, tone="note", key="no_list")
        caption = Text(vi="Danh sách đơn vị của tỉnh", en="List of the province's units")
        return finding_list(found, caption=caption, lang=lang, key="province_findings")
    shown = [
        *_index_sentences(case, lang=lang),
        type_table(case, lang=lang),
        covariate_table(case, lang=lang),
    ]
    return together(shown, lang=lang, key="similarity")


def _index_sentences(case: Case, *, lang: Lang) -> list[Block]:
    types, rows = case.table("similarity_types"), case.table("similarity_index")
    piloted = types[types["pilot"] > 0]
    stands = {"pilots": int(piloted["pilot"].sum()), "population": int(piloted["province"].sum())}
    return [
        text(_STANDS, stands, lang=lang, key="stands"),
        *(
            text(
                _INDEX[row["arm"]],
                _values(row, lang),
                lang=lang,
                formats={"share": "percent:0"},
                key=f"index_{row['arm']}",
            )
            for row in rows.to_dict("records")
        ),
    ]


def _values(row: dict, lang: Lang) -> dict:
    return {
        "b": float(row["b"]),
        "band": band(row["b"]).get(lang),
        "units": int(row["units"]),
        "median": float(row["chance_median"]),
        "low": float(row["chance_low"]),
        "high": float(row["chance_high"]),
        "share": float(row["share_below"]),
    }


def type_table(case: Case, *, lang: Lang) -> Block:
    """How many units of each type there are, and how many one pilot stands for."""
    rows = case.table("similarity_types")
    labels = {
        "province": Text(vi="Trong tỉnh", en="In the province"),
        "pilot": Text(vi="Thí điểm", en="Pilots"),
        "comparison": Text(vi="So sánh", en="Comparisons"),
        "per_pilot": Text(vi="Mỗi đơn vị thí điểm đại diện", en="Units a pilot stands for"),
    }
    words = {code: Text(vi=_big(one.vi), en=_big(one.en)) for code, one in TYPES.items()}
    return table(
        rows.assign(type=in_words(rows["type"], words, lang)),
        caption=Text(vi="Đơn vị của tỉnh theo loại", en="The province's units by type"),
        lang=lang,
        labels=labels,
        formats=dict.fromkeys(("province", "pilot", "comparison"), "count") | {"per_pilot": "number:1"},
        headers=["type"],
        missing={"per_pilot": _NONE},
        key="types",
    )


def _big(words: str) -> str:
    return words[:1].upper() + words[1:]


def covariate_table(case: Case, *, lang: Lang) -> Block:
    """Each covariate: the province, the pilots, the comparison units, and what a lot would give."""
    rows = case.table("similarity_covariates")
    share = rows["covariate"].str.contains(":")
    means = ["province", "pilot", "comparison"]
    shown = rows.assign(covariate=rows[f"label_{lang}"] + share.map({True: _PERCENT.get(lang), False: ""}))
    shown[means] = shown[means].astype(float).mul(share.map({True: 100.0, False: 1.0}), axis=0)
    labels = {
        "covariate": Text(vi="Đặc điểm", en="Covariate"),
        "n": Text(vi="Đơn vị đã biết", en="Units known"),
        "province": Text(vi="Tỉnh", en="Province"),
        "pilot": Text(vi="Thí điểm", en="Pilots"),
        "comparison": Text(vi="So sánh", en="Comparisons"),
        "smd_pilot": Text(vi="Chênh lệch chuẩn hóa, thí điểm", en="Standardised difference, pilots"),
        "smd_comparison": Text(vi="Của đơn vị so sánh", en="Of comparisons"),
        "chance_low": Text(vi="Ngẫu nhiên từ", en="By chance from"),
        "chance_high": Text(vi="đến", en="to"),
    }
    signed = ("smd_pilot", "smd_comparison", "chance_low", "chance_high")
    return table(
        shown,
        caption=Text(
            vi="Đơn vị thí điểm và so sánh bên cạnh các đơn vị của tỉnh",
            en="Pilots and comparison units beside the province's units",
        ),
        lang=lang,
        columns=list(labels),
        labels=labels,
        formats=dict.fromkeys(means, "number:1") | dict.fromkeys(signed, "signed:2") | {"n": "count"},
        headers=["covariate"],
        notes=(_CHANCE,),
        key="covariates",
    )


def warnings(case: Case, *, lang: Lang) -> list[Block]:
    """For the decision: whether the pilots are like the province, and for whom nothing is predicted."""
    if not case.has("similarity_types"):
        return [] if case.evidence is None else [text(NO_LIST, lang=lang, tone="note", key="no_list")]
    rows, said = case.table("similarity_index"), []
    own = rows[rows["arm"] == "pilot"]
    if len(own):
        far = unlike(rows)
        values = {"b": float(own["b"].iloc[0]), "share": float(own["share_below"].iloc[0])}
        said.append(
            text(
                _UNLIKE if far else _LIKE,
                values,
                lang=lang,
                formats={"share": "percent:0"},
                tone="warning" if far else "note",
                key="likeness",
            )
        )
    beyond = _beyond(case.table("similarity_covariates"), lang)
    if beyond:
        said.append(text(_BEYOND, {"names": beyond}, lang=lang, tone="warning", key="beyond"))
    types = case.table("similarity_types")
    none = types[types["pilot"] == 0]
    refused = no_prediction(dict(zip(none["type"], none["province"].astype(int), strict=True)), words=TYPES)
    if refused is not None:
        said.append(text(refused, lang=lang, tone="warning", key="unpiloted"))
    return [*said, text(_NO_CODE, lang=lang, key="no_code")]


def _beyond(rows: pd.DataFrame, lang: Lang) -> str:
    far = rows[(rows["smd_pilot"] < rows["chance_low"]) | (rows["smd_pilot"] > rows["chance_high"])]
    return "; ".join(far[f"label_{lang}"])
