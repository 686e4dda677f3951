"""From pages to one row a sheet: joined by serial, doubts decided by people, everything amiss said."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import pandas as pd

from surveylib.fieldwork.scan.decisions import Decisions, log_decisions, refuse, refused, settle
from surveylib.fieldwork.scan.say import say
from surveylib.model.finding import Finding
from surveylib.model.paper_layout import PaperLayout, PrintedItem
from surveylib.model.scanned import Decided, Reading, ScannedPage

LEAD = ("serial", "unit", "wave", "version", "_form", "_files", "_undecided")
DOUBTS = (
    *("serial", "form", "item", "number", "reason", "seen", "file", "sheet", "picture"),
    *("answer", "by", "on"),  # for a person to fill in
)
_UNPLACED = ("marks", "code", "rings")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sheets:
    """What came back: `answers`, one row a sheet with one column an item (codes as text, "" for blank);
    `doubts`, one row an item that a person decides, with the name of its picture; `corrections`, one row a
    decision: what was seen, what stands now, why, by whom, when."""

    answers: pd.DataFrame
    doubts: pd.DataFrame
    corrections: pd.DataFrame


def gather_pages(
    pages: Iterable[ScannedPage], *, layouts: tuple[PaperLayout, ...], decisions: Decisions | None = None
) -> tuple[Sheets, tuple[Finding, ...]]:
    """The pages as sheets. An item in doubt is blank, and named in ``_undecided``, until `decisions`
    ((serial, item) to what a person wrote, `read_decisions`) holds its answer.

    A page scanned twice is taken once, if both read alike; if they do not, the sheet's items on it are in
    nobody's favour: the first stands and an error says so.

    Raises
    ------
    SurveyError
        If decisions name a doubt that is not there, or an answer that the item cannot have; all at once.
    """
    kept, findings = _kept(list(pages))
    known = {layout.digest: layout for layout in layouts}
    asked = dict(decisions or {})
    rows, doubts, amiss = [], [], []
    for serial, sheet in kept.items():
        layout = known[sheet[min(sheet)].code.layout]
        missing = [page for page in range(1, layout.pages + 1) if page not in sheet]
        if missing:
            findings.append(say("S05", where=serial, fields={"page": ", ".join(map(str, missing))}))
        row, unclear, wrong = _row(serial, sheet, layout, asked)
        rows.append(row)
        doubts += unclear
        amiss += wrong
    amiss += [f"sheet {serial}, item {item}: no doubt of these scans" for serial, item in asked]
    refuse(amiss)
    items = list(dict.fromkeys(item.id for layout in layouts for item in layout.items))
    answers = pd.DataFrame(rows, columns=[*LEAD, *items], dtype=object).fillna("")
    open_ones = sum(1 for doubt in doubts if not doubt["answer"])
    if open_ones:
        findings.append(say("S08", where=f"{len(rows)} sheets", fields={"count": open_ones}))
    table = pd.DataFrame(doubts, columns=list(DOUBTS), dtype=object)
    logged = log_decisions(doubts, answers)
    return Sheets(answers=answers, doubts=table, corrections=logged), tuple(findings)


def picture_name(serial: str, item: str) -> str:
    """The name of the picture of a doubt: letters, digits, ``_`` and ``-`` only."""
    return f"{serial}-{item}.png"


def sheet_names(pages: Iterable[ScannedPage], count: dict[str, int]) -> Iterator[tuple[str, ScannedPage]]:
    """Each placed page with the name of its sheet: the serial; without one, its file and the count of first
    pages in it so far, which `count` goes on with."""
    for page in pages:
        if page.code is None or page.problem:
            continue
        if page.code.page == 1 or page.file not in count:
            count[page.file] = count.get(page.file, 0) + 1
        stem = "".join(letter if letter.isalnum() else "_" for letter in page.file)
        yield page.code.serial or f"{stem}-{count[page.file]}", page


def _kept(pages: list[ScannedPage]) -> tuple[dict[str, dict[int, ScannedPage]], list[Finding]]:
    findings = [_lost(page) for page in pages if page.problem]
    kept: dict[str, dict[int, ScannedPage]] = {}
    for serial, page in sheet_names(pages, {}):
        sheet = kept.setdefault(serial, {})
        here, first = f"{page.file} ({page.sheet})", sheet.get(page.code.page)
        if any(_origin(one) != _origin(page) for one in sheet.values()):
            findings.append(say("S09", where=here, fields={"serial": serial}))
        elif first is not None:
            code = "S10" if _seen(first) == _seen(page) else "S06"
            where = f"{first.file} ({first.sheet}), {here}"
            findings.append(say(code, where=where, fields={"serial": serial, "page": page.code.page}))
        else:
            sheet[page.code.page] = page
            if not page.code.serial:
                findings.append(say("S07", where=here, fields={"serial": serial}))
    return dict(sorted(kept.items())), findings


def _origin(page: ScannedPage) -> tuple[str, str, str, str]:
    return page.code.form, page.code.layout, page.code.unit, page.code.wave


def _seen(page: ScannedPage) -> list[tuple[str, tuple[int, ...], str | None]]:
    return [(reading.item, reading.codes, reading.reason) for reading in page.readings]


def _lost(page: ScannedPage) -> Finding:
    where = f"{page.file} ({page.sheet})"
    if page.problem.startswith("unreadable"):
        return say("S01", where=where, fields={"why": page.problem.partition(": ")[2]})
    if page.problem in _UNPLACED:
        return say("S03" if page.problem == "code" else "S02", where=where)
    named = page.code and f"{page.code.form} {page.code.version}, {page.code.layout}"
    return say("S04", where=where, fields={"named": named})


def _row(
    serial: str, sheet: Mapping[int, ScannedPage], layout: PaperLayout, asked: dict[tuple[str, str], Decided]
) -> tuple[dict[str, str], list[dict[str, object]], list[str]]:
    """The sheet as a row, its doubts, and what is wrong with the decisions on them."""
    first = sheet[min(sheet)]
    row = {
        "serial": serial,
        "unit": first.code.unit,
        "wave": first.code.wave,
        "version": first.code.version,
        "_form": first.code.form,
        "_files": " ".join(dict.fromkeys(page.file for page in sheet.values())),
    }
    doubts, amiss = [], []
    for page in sheet.values():
        for reading in page.readings:
            item = layout.item(reading.item)
            if reading.reason is None:
                row[item.id] = " ".join(map(str, reading.codes))
                continue
            decided = asked.pop((serial, item.id), None)
            cell = settle(decided, item)
            if cell is None:
                amiss.append(refused(decided, item, serial))
            row[item.id] = cell or ""
            doubts.append(_doubt(serial, page, item, reading, decided))
    row["_undecided"] = " ".join(str(doubt["item"]) for doubt in doubts if not doubt["answer"])
    return row, doubts, amiss


def _doubt(
    serial: str, page: ScannedPage, item: PrintedItem, reading: Reading, decided: Decided | None
) -> dict[str, object]:
    return {
        "serial": serial,
        "form": page.code.form,
        "item": item.id,
        "number": item.number,
        "reason": reading.reason,
        "seen": " ".join(map(str, reading.codes)),
        "file": page.file,
        "sheet": page.sheet,
        "picture": picture_name(serial, item.id),
        "answer": decided.answer if decided else "",
        "by": decided.by if decided else "",
        "on": decided.on if decided else "",
    }
