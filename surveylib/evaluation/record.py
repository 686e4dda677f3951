"""Evidence and decision as JSON and back, digit for digit."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.cost import Value
from surveylib.model.evidence import Decision, Evidence, GateResult, Refusal, Staged
from surveylib.model.finding import Finding
from surveylib.model.frozen import Deviation
from surveylib.model.text import Text

_TABLES = (
    *("changes", "effects", "guards", "posterior", "probabilities", "next_units", "sensitivity"),
    *("units", "events", "trends", "staggered"),
)
_NOUNS = {
    "gates": GateResult,
    "refusals": Refusal,
    "findings": Finding,
    "sentences": Text,
    "grade_reasons": Text,
    "deviations": Deviation,
}

_VALUE_TABLES = ("curve", "information")
_VALUE_NOUNS = {"sentences": Text, "refusals": Refusal, "findings": Finding}


def evidence_to_json(evidence: Evidence) -> str:
    """All of the evidence as JSON text: tables as columns and rows, missing numbers as null."""
    out: dict[str, Any] = {}
    for field in dataclasses.fields(evidence):
        value = getattr(evidence, field.name)
        if field.name in _TABLES:
            out[field.name] = _table(value)
        elif field.name in _NOUNS:
            out[field.name] = [dataclasses.asdict(one) for one in value]
        else:
            out[field.name] = value
    return _dump(out)


def evidence_from_json(text: str) -> Evidence:
    """The evidence that `evidence_to_json` wrote.

    Raises
    ------
    SurveyError
        If the text is not such a record.
    """
    try:
        record = json.loads(text)
        record.pop("mark", None)  # files of a run bear the mark of a rehearsal
        tables = {name: _frame(record.pop(name)) for name in _TABLES}
        nouns = {name: tuple(_noun(_NOUNS[name], one) for one in record.pop(name)) for name in _NOUNS}
        return Evidence(**tables, **nouns, **record)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise SurveyError("not a record of evidence", got=str(error), hint="evaluate again") from error


def decision_to_json(decision: Decision) -> str:
    """The decision as JSON text."""
    return _dump(dataclasses.asdict(decision))


def decision_from_json(text: str) -> Decision:
    """The decision that `decision_to_json` wrote.

    Raises
    ------
    SurveyError
        If the text is not such a record.
    """
    try:
        record = json.loads(text)
        record.pop("mark", None)
        record["gates"] = tuple(_noun(GateResult, one) for one in record["gates"])
        record["sentences"] = tuple(_noun(Text, one) for one in record["sentences"])
        record["headline"], record["order"] = _noun(Text, record["headline"]), tuple(record["order"])
        record["staged"] = _staged(record["staged"])
        return Decision(**record)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise SurveyError("not a record of a decision", got=str(error), hint="decide again") from error


def value_to_json(value: Value) -> str:
    """What an additional satisfied visitor costs and what knowing more is worth, as JSON text."""
    out = {field.name: getattr(value, field.name) for field in dataclasses.fields(value)}
    out |= {name: _table(out[name]) for name in _VALUE_TABLES}
    return _dump(out | {name: [dataclasses.asdict(one) for one in out[name]] for name in _VALUE_NOUNS})


def value_from_json(text: str) -> Value:
    """The value that `value_to_json` wrote.

    Raises
    ------
    SurveyError
        If the text is not such a record.
    """
    try:
        record = json.loads(text)
        record.pop("mark", None)
        tables = {name: _frame(record.pop(name)) for name in _VALUE_TABLES}
        nouns = {
            name: tuple(_noun(kind, one) for one in record.pop(name)) for name, kind in _VALUE_NOUNS.items()
        }
        return Value(**tables, **nouns, **record)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise SurveyError("not a record of value", got=str(error), hint="evaluate again") from error


def _staged(record: dict | None) -> Staged | None:
    if record is None:
        return None
    return Staged(**{**record, "batches": tuple(tuple(batch) for batch in record["batches"])})


def _dump(record: dict) -> str:
    return json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n"


def _table(frame: pd.DataFrame) -> dict:
    kinds = [
        "text" if not pd.api.types.is_numeric_dtype(frame[name]) else frame[name].dtype.kind for name in frame
    ]
    rows = [[_cell(value) for value in row] for row in frame.itertuples(index=False, name=None)]
    return {"columns": list(frame.columns), "kinds": kinds, "rows": rows}


def _cell(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    return None if isinstance(value, float) and not np.isfinite(value) else value


def _frame(record: dict) -> pd.DataFrame:
    frame = pd.DataFrame(record["rows"], columns=record["columns"])
    for name, kind in zip(record["columns"], record["kinds"], strict=True):
        frame[name] = frame[name].astype({"f": float, "i": int, "text": object}.get(kind, float))
    return frame


def _noun(kind: type, record: dict) -> Any:
    texts = {name: Text(**value) for name, value in record.items() if isinstance(value, dict)}
    return kind(**{**record, **texts})
