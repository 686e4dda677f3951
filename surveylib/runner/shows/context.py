"""Notebook 80, on PAPI: the province among the others; context, never a score of a unit."""

from __future__ import annotations

import pandas as pd

from surveylib.model.papi import DIMENSIONS, ENOUGH_YEARS
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.context_plots import gap_panels, province_panels
from surveylib.report.drawing import figure
from surveylib.report.exhibits import table, text, together
from surveylib.runner.case import Case

_TABLES = ("papi_years", "papi_fits", "record_cells", "record_moves")
_FIRST = Text(
    vi="Chuỗi điểm của cả tỉnh như PAPI cho biết người dân toàn tỉnh {province} đánh giá bộ máy ra sao so "
    "với các tỉnh khác, nhưng không cho biết {units} đơn vị thí điểm có tốt lên hay không: khách của "
    "{units} đơn vị ấy chỉ là một phần rất nhỏ trong số người được PAPI hỏi.",
    en="A series of a whole province such as PAPI tells how residents of all of {province} judge its "
    "administration beside other provinces; it cannot tell whether {units} pilot units have become better: "
    "their clients are a very small part of those whom PAPI asks.",
)
_APART = Text(
    vi="Mọi số trên trang này là bối cảnh: không số nào được đưa vào chỉ số, tác động hay kết luận của "
    "nghiên cứu, và điểm khảo sát của một đơn vị không bao giờ được trình bày như điểm PAPI.",
    en="All figures on this page are context: none of them enters an index, an effect or the verdict of the "
    "study, and a unit's client score must never be presented as a PAPI score.",
)
_NO_FILE = Text(
    vi="Chưa có tệp PAPI: đặt tệp {file} (sổ tính đã công bố hoặc CSV) cạnh các nguồn số liệu rồi chạy lại.",
    en="There is no PAPI file: put {file} (the published workbook or a CSV) beside the sources and run "
    "again.",
)
_NONE_ASKED = Text(
    vi="Nghiên cứu này không khai báo PAPI (mục context của study.yaml).",
    en="This study declares no PAPI (context in study.yaml).",
)
_INVENTED = Text(
    vi="Diễn tập: các tỉnh và điểm dưới đây là bịa ra, không phải điểm PAPI của tỉnh nào; PAPI thật do "
    "CECODES, VFF-CRT, RTA và UNDP công bố tại papi.org.vn.",
    en="Rehearsal: provinces and scores below are made up and are no province's PAPI; the real one is "
    "published by CECODES, VFF-CRT, RTA and UNDP at papi.org.vn.",
)
_RULE = Text(
    vi="Tỉnh ghép là tổ hợp các tỉnh khác (trọng số không âm, cộng lại bằng 1) khớp nhất với {province} "
    "trong các năm trước {start}. Cách so này chỉ có ý nghĩa khi có nhiều năm trước đó (Abadie 2021, "
    "doi:10.1257/jel.20191450, không nêu con số); quy tắc của dự án là ít nhất {enough} năm.",
    en="The mix is the combination of other provinces (weights not below 0, adding to 1) nearest to "
    "{province} in the years before {start}. The comparison means something only with many years before "
    "(Abadie 2021, doi:10.1257/jel.20191450, who names no number); this project asks for at least {enough}.",
)
_FEW = Text(
    vi="Không lĩnh vực nào đủ năm (nhiều nhất {years} năm trước {start}), nên không vẽ và không xếp hạng. "
    "Bảng dưới cho thấy vì sao: với ngần ấy năm, nhiều tổ hợp khác nhau của các tỉnh đều khớp được, nhiều "
    "khi đúng từng điểm, nên khớp sát không chứng tỏ gì.",
    en="No dimension has years enough (at most {years} before {start}), so nothing is drawn or ranked. The "
    "table shows why: so few years can be matched by many mixes of the other provinces, so a close fit "
    "shows nothing.",
)
_CONTEXT_P = Text(
    vi="p giả dược: mỗi tỉnh khác lần lượt đóng vai {province}; p là tỷ lệ tỉnh có chênh lệch từ {start} về "
    "sau lớn như vậy. Đây không phải phép thử về thí điểm.",
    en="Placebo p: every other province takes the place of {province} in turn; p is the share whose gap from "
    "{start} on is as large. It is no test of the pilot.",
)
_DIMENSION = Text(vi="Lĩnh vực", en="Dimension")
_SCORES = Text(vi="Điểm của tỉnh theo năm", en="The province's scores by year")
_RANKS = Text(
    vi="Hạng của tỉnh theo năm (1 là cao nhất)", en="The province's ranks by year (1 is the highest)"
)
_OF = Text(
    vi="Số tỉnh có điểm: ít nhất {least}, nhiều nhất {most}.",
    en="Provinces with a score: at least {least}, at most {most}.",
)
_FITS = {
    "dimension": _DIMENSION,
    "years_before": Text(vi="Số năm trước", en="Years before"),
    "years_after": Text(vi="Số năm sau", en="Years after"),
    "fit": Text(vi="Sai số khớp trước đó", en="Error of fit before"),
    "after": Text(vi="Chênh lệch về sau", en="Gap after"),
    "placebos": Text(vi="Tỉnh giả dược", en="Placebo provinces"),
    "p_value": Text(vi="p giả dược", en="Placebo p"),
}


def caution(case: Case, *, lang: Lang) -> Block:
    """What such a series can and cannot say of the pilot units: the page's first words."""
    units = sum(unit.exposure.kind == "pilot" for unit in case.study.units)
    shown = [
        text(_FIRST, {"province": _province(case, lang), "units": units}, lang=lang, tone="warning"),
        text(_APART, lang=lang),
    ]
    return together(shown, lang=lang, key="caution")


def province_figure(case: Case, *, lang: Lang) -> Block:
    """The province beside the others, a panel a dimension; why not, where there is no file."""
    if not case.has("papi_years"):
        return _no_file(case, lang)
    rows, province = _typed(case.table("papi_years")), _province(case, lang)
    chart = province_panels(rows, names=_names(lang), province=province, lang=lang)
    caption = Text(
        vi=f"PAPI: {province} so với các tỉnh, theo năm và lĩnh vực",
        en=f"PAPI: {province} beside the provinces, by year and dimension",
    )
    alt = Text(
        vi="Mỗi ô là một lĩnh vực: đường liền là điểm của tỉnh, đường đứt là trung vị, dải là một nửa số "
        "tỉnh ở giữa.",
        en="A panel a dimension: the full line is the province, the dashed one the median, the band the "
        "middle half of the provinces.",
    )
    drawn = figure(chart, alt=alt, caption=caption, lang=lang, mark=case.mark, key="papi_figure")
    said = [text(_INVENTED, lang=lang, tone="warning")] if case.mark else []
    return together([*said, drawn], lang=lang, key="papi")


def year_table(case: Case, *, lang: Lang) -> Block:
    """The province's score and rank in every year and dimension."""
    if not case.has("papi_years"):
        return _no_file(case, lang)
    rows = _typed(case.table("papi_years"))
    ends = {"least": int(rows["provinces"].min()), "most": int(rows["provinces"].max())}
    return together(
        [
            _wide(rows, "value", "number:2", _SCORES, lang),
            _wide(rows, "rank", "count", _RANKS, lang, note=_filled(_OF, ends, lang)),
        ],
        lang=lang,
        key="papi_years",
    )


def _wide(rows: pd.DataFrame, value: str, form: str, caption: Text, lang: Lang, *, note: str = "") -> Block:
    """One row a dimension, one column a year."""
    wide = rows.pivot(index="dimension", columns="year", values=value)
    years = [str(year) for year in wide.columns]
    wide = wide.set_axis(years, axis=1).reset_index()
    return table(
        wide.assign(dimension=wide["dimension"].map(_names(lang))),
        caption=caption,
        lang=lang,
        labels={"dimension": _DIMENSION} | {year: year for year in years},
        headers=["dimension"],
        formats=dict.fromkeys(years, form),
        missing=Text(vi="PAPI không có, hoặc đã đổi nội dung", en="PAPI has none, or asks otherwise"),
        notes=(note,) if note else (),
        key=f"papi_{value}",
    )


def synthetic(case: Case, *, lang: Lang) -> Block:
    """The mix of other provinces where there are years enough before the pilot, else why there is none."""
    if not case.has("papi_fits"):
        return _no_file(case, lang)
    fits = _typed(case.table("papi_fits"))
    words = {"province": _province(case, lang), "start": str(fits["start"].iloc[0]), "enough": ENOUGH_YEARS}
    shown = [text(_RULE, words, lang=lang)]
    enough = fits["enough"].astype(bool)
    if not enough.any():
        few = {"years": int(fits["years_before"].max()), "start": words["start"]}
        return together([*shown, text(_FEW, few, lang=lang, tone="note"), _fits(fits, lang)], lang=lang)
    kept = set(fits.loc[enough, "dimension"])
    return together(
        [
            *shown,
            _gaps(case, kept, int(words["start"]), lang),
            _fits(fits, lang, note=_filled(_CONTEXT_P, words, lang)),
            _donors(case, kept, lang),
        ],
        lang=lang,
        key="synthetic",
    )


def summary(case: Case) -> pd.DataFrame:
    """A small rounded aggregate for the notebook's golden cell."""
    made = []
    if case.has("papi_years"):
        rows = _typed(case.table("papi_years"))
        last = rows[rows["year"] == rows["year"].max()]
        made.append(last.set_index("dimension")[["value", "median"]].round(2))
    if case.has("record_moves"):
        made.append(case.table("record_moves").set_index("outcome")[["estimate"]].round(3))
    return pd.concat(made) if made else pd.DataFrame()


def files(case: Case) -> tuple[str, ...]:
    """The tables of context this run has."""
    return tuple(f"{name}.csv" for name in _TABLES if case.has(name)) or ("run.json",)


def _fits(fits: pd.DataFrame, lang: Lang, *, note: str = "") -> Block:
    """Years and fits; gap and rank only of the dimensions with years enough."""
    enough = fits["enough"].astype(bool)
    hidden = fits.assign(**{name: fits[name].where(enough) for name in ("after", "p_value", "placebos")})
    few = Text(vi="quá ít năm trước thí điểm", en="too few years before the pilot")
    return table(
        hidden.assign(dimension=fits["dimension"].map(_names(lang)), p_floor=fits["p_floor"].where(enough)),
        caption=Text(vi="Tỉnh ghép: số năm và sai số khớp", en="The mix: years and error of fit"),
        lang=lang,
        columns=list(_FITS) if enough.any() else list(_FITS)[:4],
        labels=_FITS,
        headers=["dimension"],
        formats={"years_before": "count", "years_after": "count", "placebos": "count"}
        | dict.fromkeys(("fit", "after"), "number:3"),
        missing=few,
        notes=(note,) if note else (),
        key="papi_fits",
    )


def _gaps(case: Case, kept: set[str], start: int, lang: Lang) -> Block:
    rows, province = _typed(case.table("papi_gaps")), _province(case, lang)
    rows = rows[rows["dimension"].isin(kept)]
    chart = gap_panels(rows, names=_names(lang), province=province, start=start, lang=lang)
    caption = Text(
        vi=f"{province} trừ tỉnh ghép, giữa các chênh lệch giả dược",
        en=f"{province} less its mix, among the placebo gaps",
    )
    alt = Text(
        vi="Mỗi ô là một lĩnh vực: đường là chênh lệch của tỉnh, dải là 90% chênh lệch của các tỉnh khác "
        "khi đóng vai tỉnh này; vạch đứt là lúc bắt đầu thí điểm.",
        en="A panel a dimension: the line is the province's gap, the band holds 90% of the gaps of the other "
        "provinces in its place; the dashed line is the start of the pilot.",
    )
    return figure(chart, alt=alt, caption=caption, lang=lang, mark=case.mark, key="papi_gaps")


def _donors(case: Case, kept: set[str], lang: Lang) -> Block:
    rows = _typed(case.table("papi_donors"))
    rows = rows[rows["dimension"].isin(kept)]
    labels = {
        "dimension": _DIMENSION,
        "name": Text(vi="Tỉnh", en="Province"),
        "weight": Text(vi="Trọng số", en="Weight"),
    }
    return table(
        rows.assign(dimension=rows["dimension"].map(_names(lang))),
        caption=Text(
            vi="Tỉnh nào được ghép, với trọng số nào", en="Which provinces are mixed, with which weights"
        ),
        lang=lang,
        columns=list(labels),
        labels=labels,
        headers=["dimension", "name"],
        formats={"weight": "percent:1"},
        key="papi_donors",
    )


def _no_file(case: Case, lang: Lang) -> Block:
    asked = case.study.context
    if asked is None:
        return text(_NONE_ASKED, lang=lang, tone="note", key="no_papi")
    return text(_NO_FILE, {"file": asked.papi}, lang=lang, tone="note", key="no_papi")


def _province(case: Case, lang: Lang) -> str:
    study = case.study
    if study.province is not None:
        return study.province.get(lang)
    return study.context.province if study.context is not None else study.title.get(lang)


def _typed(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(dimension=rows["dimension"].astype(str))


def _names(lang: Lang) -> dict[str, str]:
    return {one: f"{one}. {words.get(lang)}" for one, words in DIMENSIONS.items()}


def _filled(words: Text, values: dict, lang: Lang) -> str:
    return words.get(lang).format(**values)
