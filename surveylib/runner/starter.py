"""A fresh study that runs: its files made from the templates in ``starter/`` beside this module."""

from __future__ import annotations

import calendar
import datetime
import os
import shutil
import tempfile
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from surveylib.errors import SurveyError, unknown
from surveylib.instrument import write_schemas
from surveylib.model.bank import Bank, QuestionnaireFile
from surveylib.model.plan import AnalysisPlan
from surveylib.model.questionnaire import UnitType
from surveylib.model.rehearsal import Rehearsal
from surveylib.model.study import Study
from surveylib.model.text import Text, slug

TEMPLATES = Path(__file__).with_name("starter")
SCHEMAS = {
    "bank": Bank,
    "plan": AnalysisPlan,
    "questionnaire": QuestionnaireFile,
    "rehearsal": Rehearsal,
    "study": Study,
}
_RENAMED = {"gitignore": ".gitignore"}  # a real .gitignore here would hide templates from this repository
_TYPES: tuple[UnitType, ...] = ("LG", "OD", "LG", "OD", "OV")  # two, two and one of every five


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterUnit:
    """An office that has no name yet."""

    number: int
    type: UnitType

    @property
    def id(self) -> str:
        return f"unit_{self.number:02d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class StarterWave:
    """A month of fieldwork counted from the pilot's start."""

    id: str
    role: str
    name: Text
    start: datetime.date
    end: datetime.date


def lay_out(target: Path, *, pilots: int, comparisons: int, start: datetime.date) -> tuple[Path, ...]:
    """Write a study with so many units into the folder `target`, whole or not at all; returns its files.

    Parameters
    ----------
    target : Path
        A folder that does not exist yet or is empty. The study is called after it.
    pilots, comparisons : int
        How many units of each arm; both have the three types in the same proportions.
    start : date
        First day of the pilot. The wave before it lasts one month and ends the day before; the interim wave
        begins after 5 months, the wave after it after 12, the possible extension after 18.

    Raises
    ------
    SurveyError
        If `target` is a file or holds anything, cannot be written, or the numbers make no study.
    """
    target = Path(os.path.abspath(target))
    _refuse_taken(target)
    if pilots < 1 or comparisons < 0 or pilots + comparisons > 99:
        raise SurveyError(
            "numbers of units make no study",
            expected="at least 1 pilot unit, at most 99 units in all",
            got=f"{pilots} pilot and {comparisons} comparison units",
        )
    words = {
        "id": study_id(target.name),
        "seed": start.year,
        "start": start,
        "half": month_after(start, 6),
        "pilots": [StarterUnit(number=n + 1, type=_TYPES[n % 5]) for n in range(pilots)],
        "comparisons": [StarterUnit(number=pilots + n + 1, type=_TYPES[n % 5]) for n in range(comparisons)],
        "waves": _waves(start),
    }
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        built = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
        try:
            _write(built, words)
            os.chmod(built, 0o755)  # mkdtemp's own mode is for secrets
            os.replace(built, target)
        except BaseException:
            shutil.rmtree(built, ignore_errors=True)
            raise
    except OSError as error:
        raise SurveyError("study cannot be laid out here", where=str(target), got=error.strerror) from error
    return tuple(sorted(path for path in target.rglob("*") if path.is_file()))


def refresh_schemas(folder: Path, *, names: Iterable[str] = tuple(SCHEMAS)) -> tuple[Path, ...]:
    """Write the JSON Schemas called `names` into `folder` again, as after a change of the nouns.

    Raises
    ------
    SurveyError
        If there is no schema of such a name.
    """
    for name in names:
        if name not in SCHEMAS:
            raise unknown("schema", name, SCHEMAS)
    return write_schemas(Path(folder), nouns={name: SCHEMAS[name] for name in names})


def study_id(name: str) -> str:
    """A folder's name as a study's id: ASCII, lower case, starting with a letter.

    >>> study_id("Thí điểm Đà Nẵng 2030"), study_id("2030"), study_id("…")
    ('thi_diem_da_nang_2030', 'study_2030', 'study')
    """
    words = slug(name)
    made = words if words[:1].isalpha() else f"study_{words}".rstrip("_")
    return made[:40].rstrip("_")


def month_after(day: datetime.date, months: int) -> datetime.date:
    """The same day so many months later (earlier when negative), or the last of that month.

    >>> month_after(datetime.date(2030, 1, 31), 1), month_after(datetime.date(2030, 1, 1), -1)
    (datetime.date(2030, 2, 28), datetime.date(2029, 12, 1))
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _refuse_taken(target: Path) -> None:
    if target.exists() and not target.is_dir():
        raise SurveyError("a study is a folder", where=str(target), got="a file of that name")
    if target.is_dir() and any(target.iterdir()):
        raise SurveyError(
            "folder is not empty",
            where=str(target),
            expected="a new folder",
            hint="nothing was written; name a folder that does not exist yet",
        )


def _waves(start: datetime.date) -> tuple[StarterWave, ...]:
    names = (
        ("t0", "pre", -1, Text(vi="Đợt nền trước thí điểm", en="Baseline before the pilot")),
        ("interim", "interim", 5, Text(vi="Đợt sơ kết", en="Interim review")),
        ("t1", "post", 12, Text(vi="Đợt cuối thí điểm", en="Final wave of the pilot")),
        ("extension", "extension", 18, Text(vi="Đợt bổ sung nếu kéo dài", en="Additional wave if extended")),
    )
    day = datetime.timedelta(days=1)
    return tuple(
        StarterWave(
            id=name, role=role, name=text, start=month_after(start, at), end=month_after(start, at + 1) - day
        )
        for name, role, at, text in names
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        # What is filled in are ids, numbers and dates made here; quoting marks would spoil the YAML.
        autoescape=False,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _write(folder: Path, words: dict) -> None:
    for source in sorted(path for path in TEMPLATES.rglob("*") if path.is_file()):
        name = source.relative_to(TEMPLATES).as_posix()
        if name.endswith(".jinja"):
            text = _environment().get_template(name).render(words)
        else:
            text = source.read_text(encoding="utf-8")
        name = name.removesuffix(".jinja")
        place = folder / _RENAMED.get(name, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
    write_schemas(folder / "schema", nouns=SCHEMAS)
