"""``estimates.csv``: every estimate of a run and every number that any of its pages prints."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.results import RESULT_COLUMNS, Estimates
from surveylib.model.text import like_a_formula
from surveylib.report.blocks import Block
from surveylib.report.printing import Number
from surveylib.report.publish import write_text
from surveylib.report.said import said_in

PRINTED_COLUMNS = ("record", "page", "block", "key", "value", "printed")
_PLAIN_NUMBER = re.compile(r"[+-][\d.,\s]*\d%?")


def after_apostrophe(cell: object) -> object:
    """A cell that no spreadsheet takes for a formula: text that would be one gets a leading apostrophe.

    Numbers, and text that is a signed number, stay.

    >>> after_apostrophe("=HYPERLINK(1)"), after_apostrophe("+0,21"), after_apostrophe(-0.5)
    ("'=HYPERLINK(1)", '+0,21', -0.5)
    """
    if isinstance(cell, str) and like_a_formula(cell) and not _PLAIN_NUMBER.fullmatch(cell):
        return "'" + cell
    return cell


def without_apostrophe(cell: str) -> str:
    """A text as it was before `after_apostrophe`, so that a table written here and read again has its words.

    >>> without_apostrophe("'- khác"), without_apostrophe("'80s"), without_apostrophe("Có")
    ('- khác', "'80s", 'Có')
    """
    return cell[1:] if cell.startswith("'") and like_a_formula(cell[1:]) else cell


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
    safe = frame.rename(columns=after_apostrophe)
    for column in safe.columns:
        if not pd.api.types.is_numeric_dtype(safe[column]):
            safe[column] = safe[column].map(after_apostrophe)
    return safe.to_csv(index=False, lineterminator="\n")
