"""``estimates.csv``: every estimate of a run and every number that any of its pages prints."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.report.blocks import Block
from surveylib.report.printing import Number
from surveylib.report.publish import write_text
from surveylib.report.said import said_in

PRINTED_COLUMNS = ("record", "page", "block", "key", "value", "printed")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_PLAIN_NUMBER = re.compile(r"[+-][\d.,\s]*\d%?")


def neutral(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula: text that would be one gets a leading apostrophe.

    Numbers, and text that is a signed number, stay.

    >>> neutral("=HYPERLINK(1)"), neutral("+0,21"), neutral(-0.5), neutral("@lan")
    ("'=HYPERLINK(1)", '+0,21', -0.5, "'@lan")
    """
    if isinstance(cell, str) and cell.startswith(_FORMULA) and not _PLAIN_NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def printed_numbers(page: str, blocks: Sequence[Block]) -> pd.DataFrame:
    """Every number the blocks of a page print, in their order: those it was given (record ``printed``), then
    those that stand in its words (record ``said``).

    A block is named by its place on the page and its key, so that two tables of the same key are told apart.
    """
    rows = []
    for place, block in enumerate(blocks, 1):
        name = f"{place:02d}.{block.kind}{'.' if block.key else ''}{block.key}"
        rows += [("printed", page, name, *_parts(number)) for number in block.numbers]
        rows += [("said", page, name, *_parts(number)) for number in said_in(block)]
    return pd.DataFrame(rows, columns=list(PRINTED_COLUMNS))


def listed_numbers(
    page: str, numbers: Sequence[Number], *, block: str = "", record: str = "printed"
) -> pd.DataFrame:
    """Numbers printed outside blocks, such as those of the brief; `record` is ``printed`` or ``said``."""
    return pd.DataFrame(
        [(record, page, block, *_parts(number)) for number in numbers], columns=list(PRINTED_COLUMNS)
    )


def _parts(number: Number) -> tuple[str, float, str]:
    return number.key, number.value, number.printed


def all_estimates(
    tables: Mapping[str, Estimates | pd.DataFrame], printed: Sequence[pd.DataFrame] = ()
) -> pd.DataFrame:
    """One flat table: the estimates under the name of their table, then the printed numbers.

    Columns: ``record`` (``estimate``; ``printed``, a number a page was given; ``said``, one that stands in
    its words), ``page, block, key, value, printed``, the key columns of all tables, and the standard result
    columns.
    """
    frames = []
    for name, table in tables.items():
        frame = table.table if isinstance(table, Estimates) else table
        frames.append(frame.reset_index(drop=True).assign(record="estimate", block=name))
    frames += [frame for frame in printed if len(frame)]
    keys = [
        column
        for frame in frames
        for column in frame.columns
        if column not in RESULT_COLUMNS and column not in PRINTED_COLUMNS
    ]
    columns = [*PRINTED_COLUMNS, *dict.fromkeys(keys), *RESULT_COLUMNS]
    if not frames:
        return pd.DataFrame(columns=columns)
    return pd.concat([frame.astype(object) for frame in frames], ignore_index=True).reindex(columns=columns)


def write_csv(frame: pd.DataFrame, target: Path, *, mark: str = "") -> None:
    """A table as a file of `csv_text`.

    With the `mark` of a rehearsal the last column, ``du_lieu_gia_lap``, says it in every row.
    """
    if mark and len(frame.columns):
        frame = frame.drop(columns=MARK_COLUMN, errors="ignore").assign(**{MARK_COLUMN: mark})
    write_text(Path(target), csv_text(frame))


def csv_text(frame: pd.DataFrame) -> str:
    """A table as CSV, the same text each time, safe to open in a spreadsheet.

    >>> csv_text(pd.DataFrame({"said": ["=1+1"], "change": [-0.5]}))
    "said,change\\n'=1+1,-0.5\\n"
    """
    safe = frame.rename(columns=neutral)
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(neutral)
    return safe.to_csv(index=False, lineterminator="\n")
