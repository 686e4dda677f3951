"""Reads forms as ODK clients send them: one XML file a submission, a folder of them a table."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, fromstring

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.table import Table

LARGEST, MOST, DEEPEST = 2_000_000, 200_000, 20
VERSION = "version"


def read_submissions(path: Path) -> Table:
    """The submissions in the file or folder at `path` (``*.xml``, however deep), in the order of their names.

    A column a field, named by its groups as form servers' CSVs are (``fieldwork-unit``, ``meta-instanceID``);
    fields of repeats and of forms of other versions stand side by side, empty where a submission has none.
    The form's version, an attribute of the root, is the column ``version`` where no field has that name.

    Raises
    ------
    SurveyError
        If there is none, one of them is damaged, too large or declares entities, or a field stands twice.
    """
    path = Path(path)
    files = sorted(path.rglob("*.xml")) if path.is_dir() else [path]
    if not files or len(files) > MOST:
        raise SurveyError(
            "no submissions here" if not files else "too many submissions for one source",
            where=str(path),
            expected=f"from 1 to {MOST} files *.xml",
            got=str(len(files)),
        )
    counted = [_cells(file) for file in files]
    rows = pd.DataFrame([cells for cells, _ in counted], dtype=object).fillna("")
    return Table(
        rows=rows, path=path, encoding="utf-8", delimiter="", composed=sum(count for _, count in counted)
    )


def _cells(file: Path) -> tuple[dict[str, str], int]:
    root = _root(file)
    found: dict[str, str] = {}
    composed = 0
    for name, raw in _leaves(root, (), file):
        text = unicodedata.normalize("NFC", raw)
        composed += text != raw
        if name in found:
            raise SurveyError(
                "a field stands twice in a submission",
                where=str(file),
                got=name,
                hint="repeats have no place in a table with a row a form",
            )
        found[name] = text
    if not any(name.split("-")[-1] == VERSION for name in found):
        found[VERSION] = root.get("version", "")
    return found, composed


def _root(file: Path) -> Element:
    try:
        size = file.stat().st_size
        raw = file.read_bytes() if size <= LARGEST else b""
    except OSError as error:
        raise SurveyError("file cannot be read", where=str(file), got=error.strerror) from error
    if size > LARGEST:
        raise SurveyError(
            "submission is too large", where=str(file), expected=f"at most {LARGEST} bytes", got=str(size)
        )
    if b"<!DOCTYPE" in raw or b"<!ENTITY" in raw:
        raise SurveyError("submission declares XML entities", where=str(file))
    try:
        return fromstring(raw)
    except (ParseError, ValueError) as error:
        raise SurveyError("submission is damaged", where=str(file), got=str(error)) from error


def _leaves(node: Element, path: tuple[str, ...], file: Path) -> Iterator[tuple[str, str]]:
    if len(path) > DEEPEST:
        raise SurveyError("submission is nested too deeply", where=str(file))
    for child in node:
        here = (*path, child.tag.rpartition("}")[2])
        if len(child):
            yield from _leaves(child, here, file)
        else:
            yield "-".join(here), child.text or ""
