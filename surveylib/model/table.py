"""A table as it lay in a file: text in every cell, and how the file had to be read."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """Cells as str (NFC; an empty cell is ""), with where they came from.

    Attributes
    ----------
    rows : DataFrame of str
    path : Path
    encoding : str
        utf-8, utf-16, or windows-1258 (told by its letters, see `fieldwork.read_table`).
    delimiter : str
    composed : int
        Cells and headers whose Vietnamese letters stood in parts (NFD) and were put together (NFC).
    """

    rows: pd.DataFrame
    path: Path
    encoding: str
    delimiter: str
    composed: int = 0
