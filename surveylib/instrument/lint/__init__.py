"""The questionnaire linter: one short file a family of rules, all findings at once."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from surveylib.errors import SurveyError
from surveylib.instrument.bank import read_document
from surveylib.instrument.lint import (
    choices,
    comparability,
    parts,
    privacy,
    reach,
    scales,
    skip,
    structure,
    traceability,
    translation,
    wording,
)
from surveylib.instrument.lint.rule import Places, Rule, Subject, finding
from surveylib.model.finding import PlacedFinding
from surveylib.model.questionnaire import Questionnaire

RULES: tuple[Rule, ...] = (
    *structure.RULES,
    *translation.RULES,
    *choices.RULES,
    *skip.RULES,
    *reach.RULES,
    *wording.RULES,
    *scales.RULES,
    *parts.RULES,
    *traceability.RULES,
    *privacy.RULES,
    *comparability.RULES,
)
_ORDER = {"error": 0, "warning": 1, "note": 2}


def lint(questionnaire: Questionnaire, *, source: Path | None = None) -> tuple[PlacedFinding, ...]:
    """Everything the rules have to say about `questionnaire`: errors first, by code, in the file's order.

    Parameters
    ----------
    source : Path, optional
        The file it was read from: places then name file and line, and letters are checked as they are stored.

    Raises
    ------
    SurveyError
        If `source` cannot be read.
    """
    raw = None if source is None else _raw(Path(source))
    read = None if source is None else partial(read_document, Path(source))
    file = None if source is None else Path(source).name
    subject, places = Subject(questionnaire=questionnaire, raw=raw), Places(read)
    found = [
        finding(rule, hit, file=file, places=places)
        for rule in sorted(RULES, key=lambda rule: (_ORDER[rule.severity], rule.code))
        for hit in rule.check(subject)
    ]
    return tuple(found)


def _raw(path: Path) -> str:
    # The reader turns letters into NFC; the rule on NFD needs them as they lie in the file.
    try:
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SurveyError("file cannot be read", where=str(path), got=str(error)) from error
