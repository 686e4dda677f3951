"""The lessons of the interim review as a form on paper: what was seen is filled in, what follows is not."""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.text import LANGS, Text
from surveylib.report.estimates import listed_numbers
from surveylib.report.printing import Number
from surveylib.report.publish import write_bytes
from surveylib.report.render import TEMPLATES
from surveylib.report.said import said
from surveylib.report.typeset import typeset

_TEMPLATE = TEMPLATES / "lessons.typ"
_WORDS = {
    "unit": Text(vi="Đơn vị", en="Unit"),
    "wave": Text(vi="Đợt", en="Wave"),
    "seen": Text(vi="Kết quả khảo sát đến đợt này", en="What the survey has seen so far"),
    "criterion": Text(vi="Tiêu chí", en="Criterion"),
    "before": Text(vi="Trước", en="Before"),
    "now": Text(vi="Sơ kết", en="Interim"),
    "effect": Text(vi="Tác động", en="Effect"),
    "lessons": Text(vi="Rút kinh nghiệm (đơn vị tự điền)", en="Lessons (for the unit to fill in)"),
    "drawn": Text(vi="Người lập biểu", en="Filled in by"),
    "signed": Text(vi="Thủ trưởng đơn vị", en="Head of the unit"),
    "day": Text(vi="Ngày …… tháng …… năm ………", en="Date"),
    "sign": Text(vi="(ký, ghi rõ họ tên)", en="(signature, name)"),
    "page": Text(vi="Trang", en="Page"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """A criterion on the form: its name, and its figures as they are printed (empty where there are none)."""

    name: Text
    before: str = ""
    now: str = ""
    effect: str = ""
    interval: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The criteria of which the review says the same."""

    name: Text
    criteria: tuple[Criterion, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lessons:
    """Everything on the form of one unit, Vietnamese first and English beside it.

    Attributes
    ----------
    interval : heading of the intervals, with their level
    bands : what improved, what did not; empty where nothing is known, and `note` says so
    questions : what the unit is to write on
    numbers : every number printed above, for `estimates.csv`
    """

    title: Text
    study: Text
    unit: Text
    wave: Text
    note: Text
    interval: Text
    bands: tuple[Band, ...]
    questions: tuple[Text, ...]
    mark: str = ""
    numbers: tuple[Number, ...] = ()

    def __post_init__(self) -> None:
        if not self.questions:
            raise SurveyError("a form for lessons asks nothing", where=self.unit.en)


def lessons_pdf(lessons: Lessons, *, made: datetime.date) -> bytes:
    """The form as PDF, A4; `made` is the day written into the file.

    Raises
    ------
    SurveyError
        If typst refuses the form or warns of anything.
    """
    data = asdict(lessons) | {"words": {name: asdict(words) for name, words in _WORDS.items()}}
    del data["numbers"]
    heading = f"{lessons.title.vi}: {lessons.unit.vi}"
    data |= {"heading": heading}
    content, _ = typeset(_TEMPLATE, name="lessons", title=heading, data=data, made=made)
    return content


def write_lessons(lessons: Lessons, target: Path, *, made: datetime.date) -> None:
    """Write the form as PDF; see `lessons_pdf`."""
    write_bytes(Path(target), lessons_pdf(lessons, made=made))


def lessons_numbers(page: str, lessons: Lessons) -> pd.DataFrame:
    """Every number on the form, for ``estimates.csv``: those it names, then those in its words."""
    texts = [lessons.title, lessons.study, lessons.unit, lessons.wave, lessons.note, lessons.interval]
    texts += lessons.questions
    texts += [words for band in lessons.bands for words in (band.name, *(one.name for one in band.criteria))]
    frames = [listed_numbers(page, lessons.numbers)]
    for lang in LANGS:
        words = [text.get(lang) for text in texts]
        frames.append(listed_numbers(page, said(words, lang=lang), block=lang, record="said"))
    return pd.concat(frames, ignore_index=True)
