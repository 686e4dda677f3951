"""What weighting did, for people: tables with headings in either language."""

from __future__ import annotations

from collections.abc import Mapping

import click
import pandas as pd

from surveylib.cli.estimates_table import print_titled
from surveylib.cli.output import show, text_table
from surveylib.model.text import Lang, Text
from surveylib.report.words import WEIGHT_STEPS, column_label
from surveylib.weighting.diagnostics import STEP_COLUMNS

_TITLES = {
    "steps": Text(vi="Quyền số qua từng bước", en="The weights after each step"),
    "said": Text(vi="Mỗi bước nói gì", en="What each step says"),
    "margins": Text(vi="Các biên, trước và sau khi cân", en="The margins, before and after"),
    "findings": Text(vi="Lưu ý", en="Findings"),
}
_COLUMNS = {
    "sum": Text(vi="Tổng", en="Sum"),
    "min": Text(vi="Nhỏ nhất", en="Min"),
    "max": Text(vi="Lớn nhất", en="Max"),
    "cv": Text(vi="Hệ số biến thiên", en="CV"),
    "kish_deff": Text(vi="Hiệu ứng Kish", en="Kish deff"),
    "ess": Text(vi="Số phiếu hiệu dụng", en="Effective n"),
    "target": Text(vi="Mục tiêu", en="Target"),
    "before": Text(vi="Trước khi cân", en="Before"),
    "after": Text(vi="Sau khi cân", en="After"),
    "register_share": Text(vi="Tỷ trọng tổng thể", en="Population share"),
    "before_share": Text(vi="Tỷ trọng trước", en="Share before"),
    "after_share": Text(vi="Tỷ trọng sau", en="Share after"),
    "asmd_before": Text(vi="Lệch chuẩn hóa trước", en="ASMD before"),
    "asmd_after": Text(vi="Lệch chuẩn hóa sau", en="ASMD after"),
    "hit": Text(vi="Khớp", en="Hit"),
    "variable": Text(vi="Biên", en="Margin"),
    "level": Text(vi="Mức", en="Level"),
    "unknown": Text(vi="Hồ sơ chưa rõ đối tượng", en="Dossiers of unknown eligibility"),
    "response_rate": Text(vi="Tỷ lệ trả lời có quyền số", en="Weighted response rate"),
    "least_propensity": Text(vi="Xác suất trả lời thấp nhất", en="Least chance to answer"),
    "margins": Text(vi="Số biên cần khớp", en="Margins to hit"),
    "margins_hit": Text(vi="Số biên khớp", en="Margins hit"),
    "worst_miss": Text(vi="Sai lệch tương đối lớn nhất", en="Greatest relative miss"),
    "rounds": Text(vi="Số vòng lặp", en="Rounds"),
    "cycles": Text(vi="Số lượt cắt rồi cân lại", en="Turns of cutting and calibrating"),
    "cut": Text(vi="Số quyền số bị cắt", en="Weights cut"),
    "upper": Text(vi="Mức cắt", en="Cut at"),
}
_EXACT = 1e-9  # what is left by rounding is nothing to people
_YES = {True: Text(vi="có", en="yes"), False: Text(vi="không", en="no")}


def print_weighting(frames: Mapping[str, pd.DataFrame], *, form: str, lang: Lang) -> None:
    """Steps, margins and findings: with titles and headings as text, with the names of columns as JSON and
    CSV."""
    if form != "table":
        show(frames, form=form)
        if form == "csv" and "findings" in frames:  # of which it has no column
            _print_findings(frames["findings"], err=True)
        return
    for place, (name, frame) in enumerate(_for_people(frames, lang).items()):
        print_titled(_TITLES[name].get(lang), first=place == 0)
        if name == "findings":
            _print_findings(frame)
            continue
        click.echo(text_table(frame.rename(columns={column: _head(column, lang) for column in frame})))


def _print_findings(frame: pd.DataFrame, *, err: bool = False) -> None:
    for one in frame.itertuples():
        click.echo(f"{one.severity} {one.code} {one.where}\n  {one.message}\n  → {one.remedy}", err=err)


def _for_people(frames: Mapping[str, pd.DataFrame], lang: Lang) -> dict[str, pd.DataFrame]:
    """The tables; what single steps say of themselves stands apart, a line a figure and a column a step."""
    frames = {name: _rounded(frame, lang) for name, frame in frames.items() if not frame.empty}
    steps = frames.pop("steps")
    named = [WEIGHT_STEPS[step].get(lang) if step in WEIGHT_STEPS else step for step in steps["step"]]
    spread = [column for column in STEP_COLUMNS if column in steps.columns]
    shown = {"steps": steps[spread].assign(step=named)[["step", *spread]]}
    own = steps.drop(columns=["step", *spread]).dropna(axis=1, how="all")
    if not own.empty:
        said = own.T.set_axis(named, axis=1).dropna(axis=1, how="all")
        said.insert(0, " ", [_head(name, lang) for name in own.columns])
        shown["said"] = said
    return shown | frames


def _rounded(frame: pd.DataFrame, lang: Lang) -> pd.DataFrame:
    numbers = frame.select_dtypes("float")
    frame = frame.assign(**numbers.mask(numbers.abs() < _EXACT, 0.0).to_dict("series"))
    return frame.assign(hit=[_YES[bool(hit)].get(lang) for hit in frame["hit"]]) if "hit" in frame else frame


def _head(name: str, lang: Lang) -> str:
    return _COLUMNS[name].get(lang) if name in _COLUMNS else column_label(name, lang=lang)
