"""A questionnaire's file joined with the item bank it names; lines are kept for what goes wrong."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from surveylib import documents
from surveylib.documents import PlacedList, PlacedMapping
from surveylib.errors import SurveyError, unknown
from surveylib.model.bank import Bank, Defaults, Use
from surveylib.model.questionnaire import PIPED


def read_bank(path: Path) -> Bank:
    """Read the item bank in the YAML file at `path`; every mistake with its line."""
    return _bank(Path(path))[0]


def questionnaire_files(path: Path) -> tuple[Path, ...]:
    """The files a questionnaire is read from: its own, and its item bank's where it names one."""
    bank = _bank_file(Path(path), documents.read_yaml(Path(path)))
    return (Path(path),) if bank is None else (Path(path), bank)


def read_document(path: Path) -> PlacedMapping:
    """The document of a questionnaire, the items, scales, criteria, words and profiles of its bank put in.

    What comes from the bank stands at the line that calls for it.

    Raises
    ------
    SurveyError
        If file or bank cannot be read, an item, or a field said anew, is unknown, or an item that the bank
        requires of this instrument is not used.
    """
    path = Path(path)
    document = documents.read_yaml(path)
    if "instrument" not in document and "scales" in document and "items" in document:
        raise SurveyError(
            "this is an item bank, not a questionnaire",
            where=str(path),
            hint="name the questionnaires that use it",
        )
    bank_file = _bank_file(path, document)
    if bank_file is None:
        return document
    bank, raw = _bank(bank_file)
    line = document.lines["bank"]
    defaults = _defaults(document, path)
    for name in ("bank", "defaults"):
        document.pop(name, None)
    items = document.get("items")
    if not isinstance(items, PlacedList):
        return document  # what is wrong with it is said when it is built
    shared = {item["id"]: item for item in raw.get("items", ())}
    for place, entry in enumerate(items):
        if isinstance(entry, PlacedMapping):
            items[place] = _item(entry, shared, defaults, where=f"{path}, line {entry.line}")
    _require(bank, document, path)
    if "criteria" not in document:
        document.put("criteria", raw.get("criteria", []), line=line)
    used = {entry.get("scale") for entry in items if isinstance(entry, Mapping)}
    _add(document, "scales", (scale for scale in raw["scales"] if scale["id"] in used), line, path)
    piped = _piped(document)
    _add(document, "words", (word for word in raw.get("words", ()) if word["id"] in piped), line, path)
    _add(document, "profiles", raw.get("profiles", ()), line, path)
    return document


def _bank(path: Path) -> tuple[Bank, dict]:
    """The bank, and its document without line numbers; five instruments share one reading."""
    text = documents.read_text(path)
    return _parsed(path, hashlib.sha256(text.encode()).hexdigest())


@lru_cache(maxsize=8)
def _parsed(path: Path, digest: str) -> tuple[Bank, dict]:
    document = documents.read_yaml(path)
    return documents.build(document, Bank, where=str(path)), _unplaced(document)


def _bank_file(path: Path, document: PlacedMapping) -> Path | None:
    name = document.get("bank")
    if name is None:
        return None
    if not isinstance(name, str) or Path(name).name != name:
        raise SurveyError(
            "an item bank lies beside the questionnaire",
            where=f"{path}, line {document.lines['bank']}, bank",
            expected="the name of a file in the same folder",
            got=repr(name),
        )
    return path.with_name(name)


def _defaults(document: PlacedMapping, path: Path) -> dict[str, Any]:
    given = document.get("defaults") or {}
    documents.build(given, Defaults, where=f"{path}, defaults")
    return _unplaced(given)


def _item(entry: PlacedMapping, shared: Mapping[str, dict], defaults: dict, *, where: str) -> PlacedMapping:
    if "use" not in entry:
        if entry.get("id") in shared:
            raise SurveyError(
                "an item has the id of one in the bank",
                where=where,
                got=repr(entry["id"]),
                hint=f"write `use: {entry['id']}`, or choose another id for another question",
            )
        for name in defaults.keys() - entry.keys():
            entry.put(name, defaults[name], line=entry.line)
        return entry
    documents.build(entry, Use, where=where)
    if entry["use"] not in shared:
        raise unknown("item of the bank", entry["use"], shared, where=where)
    line = entry.lines["use"]
    for name, value in {**shared[entry.pop("use")], **defaults}.items():
        if name not in entry:
            entry.put(name, value, line=line)
    return entry


def _require(bank: Bank, document: PlacedMapping, path: Path) -> None:
    asked = {entry.get("id") for entry in document["items"] if isinstance(entry, Mapping)}
    missing = [name for name in bank.required.get(document.get("instrument"), ()) if name not in asked]
    if missing:
        raise SurveyError(
            "items that the bank requires of this instrument are not used",
            where=f"{path}, items",
            expected=", ".join(missing),
            hint="add `- use: " + missing[0] + "`",
        )


def _add(document: PlacedMapping, name: str, entries: Iterable[dict], line: int, path: Path) -> None:
    own = document.get(name)
    known = {part.get("id") for part in own or () if isinstance(part, Mapping)}
    added = list(entries)
    for entry in added:
        if entry["id"] in known:
            raise SurveyError(
                "the bank has this id already",
                where=f"{path}, {name}",
                got=repr(entry["id"]),
                hint="drop one",
            )
    if own is None:
        document.put(name, added, line=line)
    elif isinstance(own, PlacedList):
        for entry in added:
            own.put(entry, line=line)


def _piped(value: Any) -> set[str]:
    """The piped words in any text below `value`."""
    if isinstance(value, str):
        return set(PIPED.findall(value))
    parts = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    return set().union(*map(_piped, parts))


def _unplaced(value: Any) -> Any:
    """Without line numbers: those of the bank would be taken for lines of the questionnaire."""
    if isinstance(value, Mapping):
        return {key: _unplaced(part) for key, part in value.items()}
    return [_unplaced(part) for part in value] if isinstance(value, list) else value
