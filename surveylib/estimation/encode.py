"""From columns of labels to integer codes, the form in which everything is summed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd


def encode(values: pd.Series) -> tuple[np.ndarray, pd.Index | np.ndarray]:
    """Codes 0 … k−1 in sorted order of the labels (−1 where missing), and the k labels.

    Examples
    --------
    >>> encode(pd.Series([30, 10, 30]))
    (array([1, 0, 1]), array([10, 30]))
    >>> encode(pd.Series(["b", None, "a"]))[0]
    array([ 1, -1,  0])
    """
    if isinstance(values.dtype, np.dtype) and values.dtype.kind in "iu" and len(values):
        whole = values.to_numpy()
        low, high = int(whole.min()), int(whole.max())
        # Whole numbers close together need no hashing: they index a table of who is present.
        if high - low < 2 * len(whole) + 1000 and high <= np.iinfo(np.int64).max:
            return _by_table(whole, low, high)
    codes, labels = pd.factorize(values, sort=True)
    return codes, labels


def label(value: object) -> str:
    """A level or a name as text: whole numbers without a decimal point.

    >>> label(7.0), label("tốt")
    ('7', 'tốt')
    """
    whole = isinstance(value, (float, np.floating)) and float(value).is_integer()
    return str(int(value)) if whole else str(value)


def _by_table(whole: np.ndarray, low: int, high: int) -> tuple[np.ndarray, np.ndarray]:
    offset = whole.astype(np.int64, copy=False)
    offset = offset - low if low else offset
    present = np.zeros(high - low + 1, dtype=bool)
    present[offset] = True
    labels = (np.flatnonzero(present) + low).astype(whole.dtype)
    return (offset if present.all() else (np.cumsum(present) - 1)[offset]), labels


def cross(rows: pd.DataFrame, names: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Codes of the combinations of several columns that occur, sorted (−1 where one is missing), and
    a row of each.

    Examples
    --------
    >>> cross(pd.DataFrame({"a": [2, 1, 1, 2], "b": ["x", "y", "x", "x"]}), ["a", "b"])
    (array([2, 1, 0, 2]), array([2, 1, 0]))
    """
    codes, _ = encode(rows[names[0]])
    for name in names[1:]:
        more, labels = encode(rows[name])
        both = (codes >= 0) & (more >= 0)
        # Coded anew after each column, so that many columns cannot run out of whole numbers.
        dense, _ = encode(pd.Series(codes[both] * len(labels) + more[both]))
        codes = np.full(len(rows), -1, dtype=np.int64)
        codes[both] = dense
    # Written from the last row to the first, so that the first row of each combination stays; −1 falls in a
    # place of its own.
    first = np.empty(int(codes.max(initial=-1)) + 2, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes))[::-1]
    return codes, first[:-1]
