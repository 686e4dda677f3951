"""A small file of totals: what a commune or a month hands on in place of its respondents' answers.

The file is a zip archive of

- ``about.json``: format and version; columns, statistics, domains, labels, stages' strata; for every array
  its type, shape and SHA-256; and the SHA-256 of all of that;
- one ``<name>.npy`` an array (NumPy's format, no pickled objects): sums, squares, counts, weight_squares,
  rows, auxiliary, cross, gram, and for each stage its strata, clusters and, where there are any, population.

The same totals give the same bytes. A file is refused unless every member is there, nothing else is, and all
sizes, shapes and digests agree; sizes are checked before anything is unpacked.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.estimation.estimate import levels_of
from surveylib.model.design import Stage
from surveylib.model.totals import PsuTotals, Statistic

FORMAT, VERSION = "surveylib totals", 1
MOST_BYTES = 2_000_000_000
MOST_ABOUT_BYTES = 200_000_000
_ARRAYS = ("sums", "squares", "counts", "weight_squares", "rows", "auxiliary", "cross", "gram")


def write_totals(totals: PsuTotals, path: Path) -> None:
    """Write totals to a file, whole or not at all.

    Names of clusters, strata and domains that are neither text, numbers nor truth values (dates) are written
    as text.

    Raises
    ------
    SurveyError
        Population sizes that differ within a stratum, or are below the number counted; if the file would be
        larger unpacked than `read_totals` accepts, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> import pandas as pd
    >>> from surveylib.estimation import declare, estimate, totals
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"y": [2.0, 3, 4]})
    >>> made = totals(rows, declare(rows), requests=[Request(kind="mean", variable="y")])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_totals(made, Path(folder) / "totals.npz")
    ...     again = read_totals(Path(folder) / "totals.npz")
    >>> estimate(again).table["estimate"].to_list()
    [3.0]
    """
    # Of a part, strata may well have one cluster: that is settled when all parts are there.
    levels_of(replace(totals, lonely="certainty"))
    arrays = _arrays(totals)
    if (size := sum(array.nbytes for array in arrays.values())) > MOST_BYTES:
        raise SurveyError(
            "too many totals for one file",
            where=str(path),
            expected=f"at most {MOST_BYTES:,} bytes",
            got=f"{size:,}",
            hint="ask for fewer domains, or write a file a group of questions",
        )
    packed = {f"{name}.npy": _npy(array) for name, array in arrays.items()}
    about = _about(totals) | {"arrays": {name: _said(arrays[name], packed[f"{name}.npy"]) for name in arrays}}
    about["digest"] = _digest(about)
    members = {"about.json": json.dumps(about, ensure_ascii=False, indent=1).encode()} | packed
    _replace(Path(path), _zip(members))


def read_totals(path: Path) -> PsuTotals:
    """Read a file of totals.

    Raises
    ------
    SurveyError
        No such file; not a file of totals, or of another version; damaged, incomplete, altered, or larger
        unpacked than it says or than is accepted.

    Examples
    --------
    >>> from surveylib.estimation.declare import declare
    >>> from surveylib.estimation.totals import totals
    >>> from surveylib.model.totals import Request
    >>> rows = pd.DataFrame({"commune": ["a", "a", "b"], "y": [1.0, 3.0, 5.0]})
    >>> made = totals(rows, declare(rows, psu="commune"), requests=[Request(kind="mean", variable="y")])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_totals(made, Path(folder) / "district.totals")
    ...     read_totals(Path(folder) / "district.totals").sums[0, :, 0]
    array([4., 5.])
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(archive, str(path))
    except FileNotFoundError as error:
        raise SurveyError("no such file", where=str(path)) from error
    except (OSError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(path, str(error)) from error


def _arrays(totals: PsuTotals) -> dict[str, np.ndarray]:
    arrays = {name: getattr(totals, name) for name in _ARRAYS}
    for number, stage in enumerate(totals.stages, start=1):
        arrays |= {f"stage{number}.strata": stage.strata, f"stage{number}.clusters": stage.clusters}
        if stage.population is not None:
            arrays[f"stage{number}.population"] = stage.population
    kinds = {"i": "<i8", "f": "<f8"}
    return {
        name: np.ascontiguousarray(array, dtype=kinds[array.dtype.kind]) for name, array in arrays.items()
    }


def _about(totals: PsuTotals) -> dict:
    return {
        "format": FORMAT,
        "version": VERSION,
        "columns": list(totals.columns),
        "statistics": [asdict(statistic) for statistic in totals.statistics],
        "domains": _listed(totals.domains),
        "labels": _listed(totals.labels),
        "stages": [{"stratum_names": list(s.stratum_names), "nested": s.nested} for s in totals.stages],
        "lonely": totals.lonely,
        "counted": totals.counted,
    }


def _listed(table: pd.DataFrame) -> dict:
    columns = [[_plain(value) for value in table[name].tolist()] for name in table.columns]
    return {"names": [str(name) for name in table.columns], "rows": len(table), "columns": columns}


def _plain(value: object) -> object:
    value = value.item() if isinstance(value, np.generic) else value
    return value if value is None or isinstance(value, (str, int, float, bool)) else str(value)


def _npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.lib.format.write_array(file, array, allow_pickle=False)
    return file.getvalue()


def _said(array: np.ndarray, packed: bytes) -> dict:
    return {"type": array.dtype.str, "shape": list(array.shape), "sha256": hashlib.sha256(packed).hexdigest()}


def _digest(about: dict) -> str:
    rest = {name: value for name, value in about.items() if name != "digest"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def _zip(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            entry = zipfile.ZipInfo(name)  # of 1980: no clock in the file
            entry.compress_type, entry.create_system = zipfile.ZIP_DEFLATED, 3
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, compresslevel=6)
    return file.getvalue()


def _replace(path: Path, content: bytes) -> None:
    try:
        handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise SurveyError("cannot write here", where=str(path), got=error.strerror) from error
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except OSError as error:
        os.unlink(name)
        raise SurveyError("cannot write here", where=str(path), got=error.strerror) from error


# ---- reading -------------------------------------------------------------------------------------


def _damaged(path: object, got: str) -> SurveyError:
    return SurveyError(
        "not a whole file of totals",
        where=str(path),
        expected="a file written by `surveylib totals` or `combine`, unaltered",
        got=got,
        hint="ask for the file again, or make it anew",
    )


def _read(archive: zipfile.ZipFile, path: str) -> PsuTotals:
    sizes = {entry.filename: entry.file_size for entry in archive.infolist()}
    if "about.json" not in sizes:
        raise _damaged(path, "an archive without about.json")
    about = _read_about(archive, sizes["about.json"], path)
    arrays = _read_arrays(archive, sizes, about, path)
    try:
        return _made(about, arrays)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError) as error:
        raise _damaged(path, f"{type(error).__name__}: {error}") from error


def _read_about(archive: zipfile.ZipFile, size: int, path: str) -> dict:
    content = _member(archive, "about.json", size, MOST_ABOUT_BYTES, path)
    try:
        about = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "about.json cannot be read") from error
    if not isinstance(about, dict) or about.get("format") != FORMAT:
        raise _damaged(path, "about.json of something else")
    if about.get("version") != VERSION:
        raise SurveyError(
            "file of totals has another version",
            where=path,
            expected=str(VERSION),
            got=repr(about.get("version")),
            hint="make it anew with this version of surveylib",
        )
    if about.get("digest") != _digest(about):
        raise _damaged(path, "about.json was altered: its digest does not agree")
    return about


def _member(archive: zipfile.ZipFile, name: str, size: int, most: int, path: str) -> bytes:
    """One member, of which no more is unpacked than was said and is accepted."""
    if size > most:
        raise SurveyError(
            "file of totals is too large unpacked",
            where=f"{path}, {name}",
            expected=f"at most {most:,} bytes",
            got=f"{size:,}",
        )
    with archive.open(name) as file:
        content = file.read(size + 1)
    if len(content) != size:
        raise _damaged(path, f"{name} has another size than it says")
    return content


def _read_arrays(archive: zipfile.ZipFile, sizes: dict[str, int], about: dict, path: str) -> dict:
    said = about.get("arrays")
    wanted = {"about.json", *(f"{name}.npy" for name in said)} if isinstance(said, dict) else set()
    if set(sizes) != wanted or len(archive.infolist()) != len(wanted):
        raise _damaged(path, f"other members than about.json lists: {', '.join(sorted(sizes))}")
    if sum(sizes.values()) > MOST_BYTES + MOST_ABOUT_BYTES:
        raise _damaged(path, f"{sum(sizes.values()):,} bytes unpacked")
    return {
        name: _array(_member(archive, f"{name}.npy", sizes[f"{name}.npy"], MOST_BYTES, path), of, name, path)
        for name, of in said.items()
    }


def _array(content: bytes, said: dict, name: str, path: str) -> np.ndarray:
    if hashlib.sha256(content).hexdigest() != said.get("sha256"):
        raise _damaged(path, f"{name} was altered: its digest does not agree")
    file = io.BytesIO(content)
    try:
        np.lib.format.read_magic(file)
        shape, by_columns, dtype = np.lib.format.read_array_header_1_0(file)
        # Not read_array, which makes room for the shape it is told before it looks for the numbers.
        array = np.frombuffer(content, dtype=dtype, offset=file.tell())
        if dtype.str != said["type"] or dtype.str not in ("<f8", "<i8") or by_columns:
            raise ValueError(f"type {dtype.str}")
        if list(shape) != said["shape"]:
            raise ValueError(f"shape {shape}")
        return array.reshape(shape)
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged(path, f"{name}: {error}") from error


def _made(about: dict, arrays: dict[str, np.ndarray]) -> PsuTotals:
    stages = tuple(
        Stage(
            strata=arrays[f"stage{number}.strata"],
            clusters=arrays[f"stage{number}.clusters"],
            population=arrays.get(f"stage{number}.population"),
            stratum_names=tuple(of["stratum_names"]),
            nested=bool(of["nested"]),
        )
        for number, of in enumerate(about["stages"], start=1)
    )
    return PsuTotals(
        **{name: arrays[name] for name in _ARRAYS},
        columns=tuple(about["columns"]),
        domains=_table(about["domains"]),
        statistics=tuple(Statistic(**of) for of in about["statistics"]),
        stages=stages,
        labels=_table(about["labels"], dtype=object),
        lonely=about["lonely"],
        counted=about["counted"],
    )


def _table(of: dict, dtype: object = None) -> pd.DataFrame:
    columns = [pd.Series(values, dtype=dtype) for values in of["columns"]]
    table = pd.DataFrame(dict(enumerate(columns)), index=range(of["rows"]))
    return table.set_axis(of["names"], axis=1)
