"""From a YAML file to a noun, with every mistake named by file and line; and from a noun's type to its JSON
Schema.

libyaml reads (through PyYAML; events only, so that no tag can make an object), the core schema of YAML 1.2
says what a plain scalar is (``no`` is a word, and so is a date until a noun wants one); pydantic checks the
types declared on the nouns and lists all mistakes at once.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

import yaml  # for its libyaml: ruamel.yaml, which writes (instrument/write.py), reads 25 times as slowly
from pydantic import TypeAdapter, ValidationError

from surveylib.errors import SurveyError, did_you_mean

Noun = TypeVar("Noun")
LARGEST = 5_000_000
_MOST_SHOWN = 20
_DEEPEST = 50
_WORDS = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_INTEGER = re.compile(r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NO_NUMBER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_LONGEST = 400  # digits: more are no number anybody means, and take the square of their count to read


class PlacedMapping(dict):
    """A mapping of a document. `line` is where it begins, `lines` where each of its keys stands (from 1)."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[Any, int] = {}

    def put(self, key: Any, value: Any, *, line: int) -> None:
        """Set `key`, said to stand at `line`."""
        self[key] = value
        self.lines[key] = line

    def line_of(self, key: Any) -> int | None:
        """The line of `key`; None where there is no such key."""
        return self.lines.get(key)


class PlacedList(list):
    """A list of a document. `line` is where it begins, `lines` where each of its entries does (from 1)."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []

    def put(self, value: Any, *, line: int) -> None:
        """Append `value`, said to stand at `line`."""
        self.append(value)
        self.lines.append(line)

    def line_of(self, place: Any) -> int | None:
        """The line of the entry at `place`; None where there is no such entry."""
        return self.lines[place] if isinstance(place, int) and place < len(self.lines) else None


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


def read_yaml(path: Path) -> PlacedMapping:
    """The mapping in a YAML file, safely loaded, with line numbers kept.

    Raises
    ------
    SurveyError
        If it is not YAML, has a duplicated key, an alias, a tag, more than 50 levels, or is not a mapping at
        the top.
    """
    tree, text = _Tree(path), read_text(path)
    try:
        for event in yaml.parse(text, Loader=yaml.CSafeLoader):
            tree.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"{path}, line {mark.line + 1}" if mark else str(path)
        line = text.splitlines()[mark.line] if mark and mark.line < len(text.splitlines()) else ""
        tab = "\t" in line[: len(line) - len(line.lstrip())]
        hint = "indent with blanks: YAML takes no tabs there" if tab else None
        raise SurveyError("not valid YAML", where=place, got=str(error.problem), hint=hint) from error
    except yaml.YAMLError as error:
        raise SurveyError("not valid YAML", where=str(path), got=str(error).splitlines()[0]) from error
    if not isinstance(tree.top, PlacedMapping):
        raise SurveyError(
            "not a document of keys and values",
            where=str(path),
            expected="a mapping",
            got=type(tree.top).__name__.removeprefix("Placed"),
        )
    return tree.top


class _Tree:
    """What the events of one document make: mappings and lists with places, and plain values.

    `open` are the mappings and lists that are not yet closed, each with the key that waits for its value.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.top: Any = None
        self.open: list[list[Any]] = []
        self.documents = 0

    def take(self, event: yaml.Event) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._refuse_tag(event)
            self._put(_value(event.value) if event.implicit[0] else event.value, event)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._refuse_tag(event)
            kind = PlacedMapping if isinstance(event, yaml.MappingStartEvent) else PlacedList
            made = kind(event.start_mark.line + 1)
            self._put(made, event)
            self.open.append([made, _NO_KEY])
            if len(self.open) > _DEEPEST:
                raise self._refused("nested too deeply", event, expected=f"{_DEEPEST} levels")
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self.open.pop()
        elif isinstance(event, yaml.AliasEvent):
            # An alias can make a small file unfold without end.
            raise self._refused("YAML aliases (*name) are not read here", event, hint="write the value out")
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                raise self._refused(
                    "more than one document", event, hint="one file, one document: drop `---`"
                )

    def _refuse_tag(self, event: yaml.NodeEvent) -> None:
        if event.tag is not None:  # it names a type
            raise self._refused("YAML tags (!name) are not read here", event, hint="write the value out")

    def _put(self, value: Any, event: yaml.Event) -> None:
        line = event.start_mark.line + 1
        if not self.open:
            self.top = value
            return
        here, key = self.open[-1]
        if isinstance(here, PlacedList):
            here.put(value, line=line)
        elif key is _NO_KEY:
            self.open[-1][1] = self._key(value, here, event), line
        else:
            here.put(key[0], value, line=key[1])
            self.open[-1][1] = _NO_KEY

    def _key(self, value: Any, here: PlacedMapping, event: yaml.Event) -> Any:
        if isinstance(value, PlacedMapping | PlacedList):
            raise self._refused("a key is a word or a number", event)
        if value in here:
            hint = "keep one of the two; the second would silently win"
            first = f"`{value}`, first in line {here.lines[value]}"
            raise self._refused("a key stands twice", event, got=first, hint=hint)
        return value

    def _refused(self, what: str, event: yaml.Event, **said: str) -> SurveyError:
        return SurveyError(what, where=f"{self.path}, line {event.start_mark.line + 1}", **said)


_NO_KEY = object()


def _value(text: str) -> Any:
    """A plain scalar by the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789" or len(text) > _LONGEST:
        return text
    if _INTEGER.fullmatch(text):
        return int(text) if text[1:2] not in ("o", "x") else int(text, 0)
    if _FLOAT.fullmatch(text):
        return float(text)
    return float(text.replace(".", "")) if _NO_NUMBER.fullmatch(text) else text


def read(path: Path, noun: type[Noun]) -> Noun:
    """Read the YAML file at `path` into the frozen dataclass `noun`.

    Raises
    ------
    SurveyError
        Naming every mistake with its line: unknown field (with the nearest known one), wrong type, missing
        field, and whatever the noun itself refuses.

    Examples
    --------
    >>> import tempfile
    >>> from surveylib.model.text import Text
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder) / "name.yaml"
    ...     _ = file.write_text("vi: Kho bạc\\nen: Treasury", encoding="utf-8")
    ...     read(file, Text).en
    'Treasury'
    """
    document = read_yaml(path)
    return build(document, noun, where=str(path))


def build(document: Any, noun: type[Noun], *, where: str) -> Noun:
    """Build `noun` from what `read_yaml` (or JSON) gave; see `read`."""
    try:
        return _adapter(noun).validate_python(document)
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
        found = here.line_of(part) if isinstance(here, PlacedMapping | PlacedList) else None
        if found is None:
            break
        line, here = found, here[part]
    return line
