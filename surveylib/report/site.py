"""``index.html`` of a run: the verdict, and the way to everything that was made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from surveylib.errors import SurveyError
from surveylib.model.text import LANGS, Lang, Text
from surveylib.report.estimates import listed_numbers
from surveylib.report.html import style
from surveylib.report.publish import write_text
from surveylib.report.render import templates
from surveylib.report.said import said


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Something to open: its words and its addresses, relative to the index, by language or alone."""

    name: Text
    vi: str = ""
    en: str = ""
    href: str = ""
    detail: Text | None = None

    def addresses(self) -> tuple[str, ...]:
        return tuple(address for address in (self.vi, self.en, self.href) if address)


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """A line of the summary: what, and how it stands."""

    name: Text
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """What the index page says and leads to.

    Attributes
    ----------
    verdict, because : Text or None
        The verdict in a line, and the rule or gate that decided it; None where nothing was decided.
    reports : the province's report, the brief; units : one entry a unit; files : tables and manifest;
    notebooks : the executed notebooks; status : what was read, made, skipped, failed.
    """

    title: Text
    run: str
    mark: str = ""
    verdict: Text | None = None
    because: Text | None = None
    reports: tuple[Entry, ...] = ()
    units: tuple[Entry, ...] = ()
    files: tuple[Entry, ...] = ()
    notebooks: tuple[Entry, ...] = ()
    status: tuple[Status, ...] = ()
    footer: tuple[str, ...] = ()


def write_index(index: Index, target: Path, *, check_links: bool = True) -> None:
    """Write the index page; every file it leads to must be there.

    Raises
    ------
    SurveyError
        Naming every link that leads nowhere.
    """
    target = Path(target)
    if check_links and (dead := dead_links(index, target.parent)):
        raise SurveyError("the index would lead nowhere", where=str(target), got=", ".join(dead))
    write_text(target, index_html(index))


def index_html(index: Index) -> str:
    """The index page as HTML, Vietnamese first, English beside it."""
    return (
        templates()
        .get_template("index.html.jinja")
        .render(
            index=index,
            lang="vi",
            title=index.title.vi,
            mark=index.mark,
            run=index.run,
            footer=index.footer,
            css=style(),
            sections=_sections(index),
        )
    )


def _sections(index: Index) -> Sequence[tuple[Text, str, tuple[Entry, ...]]]:
    return (
        (Text(vi="Báo cáo", en="Reports"), "reports", index.reports),
        (Text(vi="Báo cáo từng đơn vị", en="Unit reports"), "units", index.units),
        (Text(vi="Số liệu và hồ sơ đợt chạy", en="Data and record of the run"), "files", index.files),
        (Text(vi="Sổ tính đã chạy", en="Executed notebooks"), "notebooks", index.notebooks),
    )


def index_numbers(index: Index, *, address: str = "index.html") -> pd.DataFrame:
    """Every number on the index page, for ``estimates.csv``, under the language of the words it stands in."""
    return pd.concat(
        [
            listed_numbers(address, said(_words(index, lang), lang=lang), block=lang, record="said")
            for lang in LANGS
        ],
        ignore_index=True,
    )


def _words(index: Index, lang: Lang) -> list[str]:
    entries = [entry for _, _, entries in _sections(index) for entry in entries]
    texts = [index.title, index.verdict, index.because]
    texts += [words for entry in entries for words in (entry.name, entry.detail)]
    values = [line.value for line in index.status] if lang == "vi" else []  # they stand there once
    texts += [line.name for line in index.status]
    return [*(words.get(lang) for words in texts if words is not None), *values]


def dead_links(index: Index, folder: Path) -> list[str]:
    """The addresses of the index that have no file under `folder`."""
    entries = (*index.reports, *index.units, *index.files, *index.notebooks)
    addresses = {address for entry in entries for address in entry.addresses()}
    return sorted(address for address in addresses if not (folder / address.partition("#")[0]).is_file())
