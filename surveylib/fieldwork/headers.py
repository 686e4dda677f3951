"""Which column of a file holds what: the declared names, group prefixes taken off."""

from __future__ import annotations

import re
from dataclasses import dataclass

from surveylib.errors import SurveyError, unknown
from surveylib.model.questionnaire import Questionnaire
from surveylib.model.rehearsal import MARK_COLUMN
from surveylib.model.study import Source
from surveylib.model.table import Table

# What form servers add by themselves: read where useful, else passed over without a word.
_SERVER = re.compile(
    r"^(SubmissionDate|start|end|today|deviceid|DeviceID|simserial|subscriberid|username|phonenumber|KEY|instanceID|instanceName|"
    r"Submitter(ID|Name)|Attachments(Present|Expected)|Status|ReviewState|Edits|FormVersion|formdef_version|"
    r"_.*|meta.*|audit.*)$"
)
# What a form of `instrument.xlsform` carries beside the answers: known, computed, or read by its role.
_FORM = re.compile(r"^(notice|note_.*|word_.*|score_.*|wave|unit_type|unit_place|mode|collector|version)$")
_RESPONDENT = ("KEY", "instanceID", "_uuid", "__id")
_DATE = ("date", "today", "start", "SubmissionDate", "_submission_time")
_VERSION = ("FormVersion", "_xmlformVersion", "__version__", "formdef_version", "version")


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Headers by what they hold; None where the file has no such column.

    `items` are pairs (item, header); `split` are triples (item, code, header): one column a box; `unread`
    are the rest.
    """

    unit: str | None
    respondent: str | None
    dossier: str | None
    disposition: str | None
    psu: str | None
    stratum: str | None
    date: str | None
    start: str | None
    end: str | None
    version: str | None
    items: tuple[tuple[str, str], ...]
    split: tuple[tuple[str, int, str], ...]
    unread: tuple[str, ...]


def locate(table: Table, *, source: Source, questionnaire: Questionnaire) -> Columns:
    """Find the columns of `table` that `source` and `questionnaire` speak of.

    A name is looked up as it stands, then as the last part of a header with group prefixes (``a-a1_simple``,
    ``a/a1_simple``).

    Raises
    ------
    SurveyError
        If a column the source names is missing, if it names an item that does not exist, or if two headers
        fit one name.
    """
    where = f"{table.path.name}, source of wave {source.wave}"
    ids = [item.id for item in questionnaire.items]
    for name in (*source.columns, *source.recode):
        if name not in ids:
            raise unknown("item", name, ids, where=f"source of wave {source.wave}")
    headers = list(table.rows.columns)
    found: dict[str, str | None] = {}
    for role in ("respondent", "dossier", "disposition", "psu", "stratum", "date"):
        name = getattr(source, role)
        found[role] = _must(headers, name, where, role) if name else None
    found["unit"] = _find(headers, source.unit, where)
    if found["unit"] is None and found["dossier"] is None:
        raise unknown("column", source.unit, headers, where=f"{where}, unit")
    found |= _server_columns(headers, where, source, found)
    items = []
    for name in ids:
        header = (
            _must(headers, source.columns[name], where, name)
            if name in source.columns
            else _find(headers, name, where)
        )
        if header is not None:
            items.append((name, header))
    split = _split(headers, ids, {name for name, _ in items})
    used = {
        *(header for header in found.values() if header),
        *(h for _, h in items),
        *(h for *_, h in split),
        MARK_COLUMN,
    }
    unread = tuple(header for header in headers if header not in used and not _expected(leaf(header)))
    return Columns(**found, items=tuple(items), split=split, unread=unread)


def _expected(name: str) -> bool:
    return bool(_SERVER.match(name) or _FORM.match(name))


def leaf(header: str) -> str:
    """The last part of a header with group prefixes.

    >>> leaf("nhom_a-a1_simple"), leaf("nhom/a/a1_simple"), leaf("a1_simple")
    ('a1_simple', 'a1_simple', 'a1_simple')
    """
    return re.split(r"[-/]", header)[-1]


def _find(headers: list[str], name: str, where: str) -> str | None:
    if name in headers:
        return name
    fitting = [header for header in headers if leaf(header) == name]
    if len(fitting) > 1:
        raise SurveyError(
            "two columns fit one name",
            where=where,
            got=f"{name}: {', '.join(fitting)}",
            hint="name the right one under `columns` of the source",
        )
    return fitting[0] if fitting else None


def _must(headers: list[str], name: str, where: str, role: str) -> str:
    header = _find(headers, name, where)
    if header is None:
        raise unknown("column", name, headers, where=f"{where}, {role}")
    return header


def _server_columns(
    headers: list[str], where: str, source: Source, found: dict[str, str | None]
) -> dict[str, str | None]:
    """The columns a form server writes under names of its own. A plain CSV promises none of them."""
    if source.format != "odk":
        return {"start": None, "end": None, "version": None}
    server = {name: _find(headers, name, where) for name in (*_RESPONDENT, *_DATE, *_VERSION, "end")}

    def first(names: tuple[str, ...]) -> str | None:
        return next((server[name] for name in names if server[name]), None)

    return {
        "respondent": found["respondent"] or first(_RESPONDENT),
        "date": found["date"] or first(_DATE),
        "start": server["start"],
        "end": server["end"],
        "version": first(_VERSION),
    }


def _split(headers: list[str], ids: list[str], whole: set[str]) -> tuple[tuple[str, int, str], ...]:
    """Columns such as ``a/x/3``: one a box, instead of one with the code."""
    found = []
    for header in headers:
        parts = re.split(r"[-/]", header)
        if len(parts) > 1 and parts[-1].isdigit() and parts[-2] in ids and parts[-2] not in whole:
            found.append((parts[-2], int(parts[-1]), header))
    return tuple(found)
