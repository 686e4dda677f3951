"""From a YAML file to a noun, with every mistake named by file and line; and from a noun's type to its JSON
Schema.

ruamel.yaml reads (YAML 1.2, so ``no`` is a word; safe types only; duplicate keys are errors) and keeps line
numbers; pydantic checks the types declared on the nouns and lists all mistakes at once.
"""

from __future__ import annotations

import datetime
import re
import unicodedata
from functools import lru_cache
from io import StringIO
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.constructor import DuplicateKeyError
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import AliasEvent
from ruamel.yaml.scalarbool import ScalarBoolean
from ruamel.yaml.timestamp import TimeStamp

from surveylib.errors import SurveyError, did_you_mean

Noun = TypeVar("Noun")
LARGEST = 5_000_000
_MOST_SHOWN = 20
_DEEPEST = 50
_BRACKETS = re.compile(r"[\[\]{}]")
_INDENTED = re.compile(rf"^(?: {{{8 * _DEEPEST}}}|(?:[-?] +){{{_DEEPEST}}})", re.MULTILINE)
_DATE = re.compile(r"(?<![\w-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\w-])")


def read_text(path: Path) -> str:
    """The text of a UTF-8 file, NFC, without a byte-order mark.

    Raises
    ------
    SurveyError
        If the file is missing, is not UTF-8 or is larger than 5 MB.
    """
    try:
        with open(path, "rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise SurveyError("file cannot be read", where=str(path), got=error.strerror) from error
    if len(raw) > LARGEST:
        raise SurveyError("file is too large", where=str(path), expected="at most 5 MB")
    try:
        return unicodedata.normalize("NFC", raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise SurveyError(
            "file is not UTF-8", where=f"{path}, byte {error.start}", hint="save it again as UTF-8"
        ) from error


def read_yaml(path: Path) -> CommentedMap:
    """The mapping in a YAML file, safely loaded, with line numbers kept.

    Raises
    ------
    SurveyError
        If it is not YAML, has a duplicated key, an alias, a tag, or is not a mapping at the top.
    """
    text = read_text(path)
    _refuse_depth(text, path)
    reader = YAML(typ="rt", pure=True)
    try:
        _refuse_aliases_and_tags(reader, text, path)
        document = reader.load(StringIO(text))
    except DuplicateKeyError as error:
        raise SurveyError(
            "a key stands twice",
            where=_place(path, error),
            got=str(error.problem),
            hint="keep one of the two; the second would silently win",
        ) from error
    except MarkedYAMLError as error:
        raise SurveyError("not valid YAML", where=_place(path, error), got=str(error.problem)) from error
    except SurveyError:
        raise
    except (YAMLError, ValueError, RecursionError) as error:
        got = str(error).splitlines()[0]
        raise SurveyError("not valid YAML", where=f"{path}{_bad_date(text)}", got=got) from error
    if not isinstance(document, CommentedMap):
        raise SurveyError(
            "not a document of keys and values",
            where=str(path),
            expected="a mapping",
            got=type(document).__name__,
        )
    return document


def _refuse_depth(text: str, path: Path) -> None:
    # The reader's time grows with the square of the depth; no document of ours is deeper than ten.
    depth = 0
    for sign in _BRACKETS.finditer(text):
        depth = max(depth + (1 if sign.group() in "[{" else -1), 0)
        if depth > _DEEPEST:
            line = text.count("\n", 0, sign.start()) + 1
            raise SurveyError(
                "nested too deeply", where=f"{path}, line {line}", expected=f"{_DEEPEST} levels"
            )
    if indented := _INDENTED.search(text):
        line = text.count("\n", 0, indented.start()) + 1
        raise SurveyError("nested too deeply", where=f"{path}, line {line}", expected=f"{_DEEPEST} levels")


def _refuse_aliases_and_tags(reader: YAML, text: str, path: Path) -> None:
    # An alias can make a small file unfold without end, a tag names a type; no document of ours needs either.
    if "*" not in text and "!" not in text:
        return
    for event in reader.parse(StringIO(text)):
        what = "aliases (*name)" if isinstance(event, AliasEvent) else "tags (!name)"
        if isinstance(event, AliasEvent) or getattr(event, "tag", None) is not None:
            raise SurveyError(
                f"YAML {what} are not read here",
                where=f"{path}, line {event.start_mark.line + 1}",
                hint="write the value out",
            )


def _bad_date(text: str) -> str:
    """Where the first date stands that no calendar has: the reader's own error names no line."""
    for number, line in enumerate(text.splitlines(), 1):
        for year, month, day in _DATE.findall(line.partition(" #")[0]):
            try:
                datetime.date(int(year), int(month), int(day))
            except ValueError:
                return f", line {number}: {year}-{month}-{day}"
    return ""


def _place(path: Path, error: MarkedYAMLError) -> str:
    mark = error.problem_mark or error.context_mark
    return f"{path}, line {mark.line + 1}" if mark else str(path)


def read(path: Path, noun: type[Noun]) -> Noun:
    """Read the YAML file at `path` into the frozen dataclass `noun`.

    Raises
    ------
    SurveyError
        Naming every mistake with its line: unknown field (with the nearest known one), wrong type, missing
        field, and whatever the noun itself refuses.
    """
    document = read_yaml(path)
    return build(document, noun, where=str(path))


def build(document: Any, noun: type[Noun], *, where: str) -> Noun:
    """Build `noun` from what `read_yaml` (or JSON) gave; see `read`."""
    try:
        return _adapter(noun).validate_python(_plain(document))
    except ValidationError as error:
        raise _explain(error, document, where, noun) from error
    except SurveyError as error:
        place = where if not error.where else f"{where}, {error.where}"
        raise SurveyError(
            error.what, where=place, expected=error.expected, got=error.got, hint=error.hint, code=error.code
        ) from error


def schema(noun: type) -> dict:
    """The JSON Schema of `noun`, for editors that complete and check as one types."""
    made = _adapter(noun).json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **made}


@lru_cache
def _adapter(noun: type) -> TypeAdapter:
    return TypeAdapter(noun)


def _plain(value: Any) -> Any:
    """ruamel's round-trip types as ordinary ones: pydantic and the nouns need not know them."""
    if isinstance(value, dict):
        return {_plain(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, ScalarBoolean):
        return bool(value)
    if isinstance(value, TimeStamp):
        return datetime.datetime(*value.timetuple()[:6])
    for kind in (int, float, str):
        if isinstance(value, kind) and not isinstance(value, bool) and type(value) is not kind:
            return kind(value)
    return value


def _explain(error: ValidationError, document: Any, where: str, noun: type) -> SurveyError:
    problems = error.errors(include_url=False)
    lines = [_problem(problem, document, noun) for problem in problems[:_MOST_SHOWN]]
    if len(problems) > _MOST_SHOWN:
        lines.append(f"… and {len(problems) - _MOST_SHOWN} more")
    count = "1 mistake" if len(problems) == 1 else f"{len(problems)} mistakes"
    return SurveyError(
        f"{count} in the document", where=where, got="".join(f"\n    {line}" for line in lines)
    )


def _problem(problem: Any, document: Any, noun: type) -> str:
    loc = tuple(part for part in problem["loc"] if not str(part).startswith(("function-", "dataclass")))
    line, path = _line(document, loc), ".".join(str(part) for part in loc) or "(top)"
    message = problem["msg"]
    if problem["type"] in ("unexpected_keyword_argument", "extra_forbidden"):
        hint = did_you_mean(str(loc[-1]), _fields(noun, loc[:-1]))
        message = "unknown field" + (f" ({hint})" if hint else "")
    elif problem["type"] == "value_error":
        message = "; ".join(part.strip() for part in str(problem["ctx"]["error"]).splitlines())
    shown = repr(problem.get("input"))
    got = "" if len(shown) > 80 or problem["type"] in ("missing", "value_error") else f", got {shown}"
    return (f"line {line}: " if line else "") + f"{path}: {message}{got}"


def _fields(noun: type, loc: tuple) -> list[str]:
    """The names allowed at `loc`, read off the JSON Schema of the noun."""
    made = _adapter(noun).json_schema()
    here = made
    for part in (*loc, None):
        if "$ref" in here:
            here = made["$defs"][here["$ref"].rsplit("/", 1)[1]]
        if part is None:
            break
        options = [option for option in here.get("anyOf", ()) if option.get("type") != "null"]
        here = options[0] if options else here
        here = (
            here.get("items")
            or here.get("properties", {}).get(part)
            or here.get("additionalProperties")
            or {}
        )
        if not isinstance(here, dict):
            return []
    return list(here.get("properties", {}))


def _line(document: Any, loc: tuple) -> int | None:
    line, here = None, document
    for part in loc:
        if isinstance(here, CommentedMap) and part in here:
            line, here = here.lc.key(part)[0] + 1, here[part]
        elif isinstance(here, CommentedSeq) and isinstance(part, int) and part < len(here):
            line, here = here.lc.item(part)[0] + 1, here[part]
        else:
            break
    return line
