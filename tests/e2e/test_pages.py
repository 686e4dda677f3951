"""The pages of a rehearsal as a reader meets them: marked, whole, in their language, every number listed."""

from __future__ import annotations

import html
import io
import json
import re
import shutil
import subprocess
import unicodedata
from collections import defaultdict
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import nbformat
import pandas as pd
import pypdf
import pytest

from surveylib.model.text import LANGS
from tests.report import as_read

MARK = "DIỄN TẬP, SỐ LIỆU GIẢ LẬP / REHEARSAL, SIMULATED DATA"
UNITS = 15
PILOTS = 5  # each with an interim review
VIETNAMESE = re.compile(r"[ăâđêôơưĂÂĐÊÔƠƯ\u1ea0-\u1ef9]")


@pytest.fixture(scope="module")
def pages(rehearsed) -> dict[str, str]:
    """Every HTML page by its address."""
    found = {
        path.relative_to(rehearsed).as_posix(): path.read_text(encoding="utf-8")
        for path in sorted(rehearsed.rglob("*.html"))
    }
    assert len(found) == 1 + 2 * (5 + UNITS)
    return found


@pytest.fixture(scope="module")
def printed(rehearsed) -> pd.DataFrame:
    return as_read.printed_table(rehearsed / "estimates.csv")


def pdf(rehearsed: Path, lang: str) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO((rehearsed / f"brief.{lang}.pdf").read_bytes()))


# ---- every printed number is in estimates.csv ------------------------------------------------------------


def test_every_number_of_every_page_is_listed(pages, printed):
    read = 0
    for address, page in pages.items():
        words = as_read.words_of(page)
        assert as_read.unlisted(words, printed, address) == [], address
        read += len(as_read.numbers_of(words))
    assert read > 1500


@pytest.mark.parametrize("lang", LANGS)
def test_every_number_of_the_brief_is_listed(rehearsed, printed, lang):
    words = pdf(rehearsed, lang).pages[0].extract_text()
    assert len(as_read.numbers_of(words)) > 20
    assert as_read.unlisted(words, printed, f"brief.{lang}.pdf") == []


@pytest.mark.parametrize("place", ["</h1>", "</h2>", "</p>", "</td>", "</caption>", "</figcaption>"])
def test_a_number_added_by_hand_is_found_out(pages, printed, place):
    page = pages["province.vi.html"]
    main = page.index("<main")
    changed = page[:main].replace(place, f" 31415,9{place}") + page[main:].replace(place, f" 31415,9{place}")
    assert as_read.unlisted(as_read.words_of(changed), printed, "province.vi.html") == ["31415,9"]


def test_named_numbers_carry_the_value_that_is_listed(pages, printed):
    rows = printed[printed["record"] == "printed"]
    for address, page in pages.items():
        shown = [
            (float(value), html.unescape(text))
            for value, text in re.findall(r'<data value="([^"]*)">([^<]*)</data>', page)
        ]
        own = rows[rows["page"] == address]
        listed = set(zip(own["value"].astype(float), own["printed"], strict=True))
        assert set(shown) <= listed, address


# ---- the mark --------------------------------------------------------------------------------------------


def test_every_page_is_marked_at_its_top_its_foot_and_in_its_title(pages):
    for address, page in pages.items():
        assert f"<title>[{MARK}]" in page, address
        top, foot = page.index("<header"), page.index("<footer")
        assert MARK in page[page.index("<body") : top], address
        assert MARK in page[foot:], address


@pytest.mark.parametrize("lang", LANGS)
def test_the_brief_is_marked(rehearsed, lang):
    read = pdf(rehearsed, lang)
    assert read.metadata.title.startswith(f"[{MARK}]")
    assert read.pages[0].extract_text().count(MARK) >= 2


def test_every_file_of_data_is_marked(rehearsed):
    for path in sorted(rehearsed.rglob("*.csv")):
        if path.parent.name != "stages":  # what the machine keeps between its steps
            frame = pd.read_csv(path, dtype=str)
            assert (frame["du_lieu_gia_lap"] == MARK).all(), path.name
    for name in ("manifest.json", "rehearsal/truth.json", "stages/run.json"):
        assert json.loads((rehearsed / name).read_text(encoding="utf-8"))["mark"] == MARK, name
    assert json.loads((rehearsed / "manifest.json").read_text(encoding="utf-8"))["rehearsal"] is True


def test_every_notebook_shows_the_mark(rehearsed):
    notebooks = sorted((rehearsed / "notebooks").glob("*.ipynb"))
    assert len(notebooks) == 2 * (9 + UNITS + PILOTS)
    for path in notebooks:
        shown = [
            output["data"]["text/html"]
            for cell in nbformat.read(path, as_version=4).cells
            for output in cell.get("outputs", ())
            if "text/html" in output.get("data", {})
        ]
        assert MARK in shown[0], path.name


# ---- language, links, nothing fetched --------------------------------------------------------------------


class _Addresses(HTMLParser):
    """Every address a page mentions, and every id it has."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.langs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id":
                self.ids.append(value)
            elif name in ("lang", "hreflang"):
                self.langs.append(value)
            elif tag == "a" and name == "href":
                self.links.append(value)
            elif name in ("src", "href", "srcset", "data", "poster", "action"):
                self.fetched.append(value)


def read(page: str) -> _Addresses:
    found = _Addresses()
    found.feed(page)
    return found


def test_every_page_says_its_language(pages):
    for address, page in pages.items():
        lang = "vi" if address == "index.html" else address.split(".")[-2]
        assert f'<html lang="{lang}">' in page, address
        assert set(read(page).langs) <= set(LANGS)


def test_pages_speak_their_language(pages):
    for address, page in pages.items():
        words = as_read.words_of(page).replace(MARK, "")
        assert unicodedata.is_normalized("NFC", words), address
        letters = len(VIETNAMESE.findall(words)) / len(words)
        if address.endswith(".en.html"):
            assert letters < 0.005, address
        else:
            assert letters > 0.02, address


def test_every_link_leads_somewhere(pages, rehearsed):
    ids = {address: read(page).ids for address, page in pages.items()}
    reached = defaultdict(set)
    for address, page in pages.items():
        assert len(set(ids[address])) == len(ids[address]), address
        for link in read(page).links:
            parts = urlsplit(link)
            assert not parts.scheme and not parts.netloc, (address, link)
            target = (rehearsed / address).parent / unquote(parts.path) if parts.path else rehearsed / address
            assert target.is_file(), (address, link)
            name = target.resolve().relative_to(rehearsed.resolve()).as_posix()
            if parts.fragment:
                assert parts.fragment in ids[name], (address, link)
            reached[address].add(name)
    linked = reached["index.html"]
    assert set(pages) - {"index.html"} <= linked
    assert {"brief.vi.pdf", "brief.en.pdf", "estimates.csv", "manifest.json"} <= linked
    assert {path.relative_to(rehearsed).as_posix() for path in rehearsed.glob("notebooks/*")} <= linked


def test_pages_fetch_nothing(pages):
    for address, page in pages.items():
        fetched = read(page).fetched
        assert all(one.startswith("data:") for one in fetched), (address, fetched[:3])
        assert not re.search(r"url\(|@import|<script|<iframe|<object|<embed", page), address
        assert "default-src 'none'" in page, address


# ---- the brief -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lang", LANGS)
def test_the_brief_is_one_a4_page(rehearsed, lang):
    read = pdf(rehearsed, lang)
    assert len(read.pages) == 1
    assert [round(float(side)) for side in (read.pages[0].mediabox.width, read.pages[0].mediabox.height)] == [
        595, 842,
    ]  # fmt: skip
    assert str(read.trailer["/Root"]["/Lang"]).startswith(lang)


def test_vietnamese_letters_of_the_brief_can_be_read_back(rehearsed):
    words = " ".join(pdf(rehearsed, "vi").pages[0].extract_text().split())
    for name in ("Ủy ban nhân dân phường Phú Cường", "Kho bạc Nhà nước huyện Dầu Tiếng", "Kiến nghị"):
        assert name in words
    assert "\N{REPLACEMENT CHARACTER}" not in words and unicodedata.is_normalized("NFC", words)


@pytest.mark.needs_poppler
def test_poppler_reads_the_verdict(rehearsed, pages, tmp_path):
    run = subprocess.run(
        ["pdftotext", "-layout", rehearsed / "brief.vi.pdf", "-"], capture_output=True, check=True
    )
    words = run.stdout.decode("utf-8")
    verdict = re.search(r'<p class="verdict">([^<]+?)\s*<', pages["index.html"])[1]
    assert f"Kiến nghị: {verdict}" in words
    drawn = tmp_path / "brief"
    subprocess.run(["pdftoppm", "-r", "40", "-png", rehearsed / "brief.vi.pdf", drawn], check=True)
    assert [path.name for path in tmp_path.iterdir()] == ["brief-1.png"]


# ---- the forms for lessons -------------------------------------------------------------------------------


def test_every_pilot_unit_has_a_form_for_lessons_with_listed_numbers(rehearsed, printed):
    forms = sorted(rehearsed.glob("units/*.lessons.pdf"))
    assert len(forms) == PILOTS
    for file in forms:
        read = pypdf.PdfReader(io.BytesIO(file.read_bytes()))
        words = "\n".join(page.extract_text() for page in read.pages)
        assert words.count(MARK) == len(read.pages) == 2, file.name
        loose = as_read.unlisted(words, printed, f"units/{file.name}")
        assert set(loose) <= set("12345"), file.name  # the numbers of its pages and of its five questions
        assert len(as_read.numbers_of(words)) > 20


def test_papi_stands_on_no_page_but_its_own(pages):
    """A figure of PAPI beside units would be read as theirs."""
    for address, page in pages.items():
        if not address.startswith(("context", "questionnaire", "index")):
            main = page[page.index("<main") : page.index("</main>")]
            assert "PAPI" not in main, address


# ---- in a browser ----------------------------------------------------------------------------------------

MEASURE = """<!DOCTYPE html><meta charset="utf-8"><body><script>
for (const [page, width] of {wanted}) {{
  const frame = document.createElement("iframe");
  frame.style.width = width + "px"; frame.style.height = "900px"; frame.style.border = "0";
  frame.onload = () => {{
    const it = frame.contentDocument, root = it.documentElement, list = it.querySelector(".contents ol");
    let spare = 0;  // between the widest number of the contents and the edge that would cut it
    if (list) {{
      const number = it.createElement("span"); number.textContent = list.children.length + ".\u00a0";
      list.append(number);
      spare = parseInt(getComputedStyle(list).paddingLeft) - Math.ceil(number.getBoundingClientRect().width);
      number.remove();
    }}
    const line = document.createElement("p"); line.className = "measure";
    const wide = [root.clientWidth, root.scrollWidth, it.body.scrollWidth];
    line.textContent = [page, width, ...wide, spare].join(" ");
    document.body.append(line);
  }};
  frame.src = page; document.body.append(frame);
}}
</script></body>"""


def chromium() -> str:
    return next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))


@pytest.mark.needs_chromium
def test_no_page_is_wider_than_its_window(rehearsed, tmp_path):
    """Measured by the browser itself: pages in frames as wide as a desktop and as a telephone."""
    wanted = [
        [f"pages/{page}", width]
        for page in (
            *("province.vi.html", "units/phu_cuong.vi.html", "index.html"),
            *("context.vi.html", "commendation.vi.html"),
        )
        for width in (1200, 375)
    ]
    shutil.copytree(rehearsed, tmp_path / "pages", ignore=shutil.ignore_patterns("stages", "rehearsal"))
    (tmp_path / "measure.html").write_text(MEASURE.format(wanted=json.dumps(wanted)), encoding="utf-8")
    command = [chromium(), "--headless", "--no-sandbox", "--disable-gpu", "--allow-file-access-from-files"]
    command += [f"--user-data-dir={tmp_path}/profile", "--virtual-time-budget=20000", "--dump-dom"]
    command.append((tmp_path / "measure.html").as_uri())
    run = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    found = [line.split() for line in re.findall(r'class="measure">([^<]*)<', run.stdout)]
    assert sorted([page, int(width)] for page, width, *_ in found) == sorted(wanted)
    for page, width, *measured in found:
        window, wide, body, spare = map(int, measured)
        assert window <= int(width)
        assert wide <= window and body <= window, (page, width, measured)
        assert spare >= 0, f"{page}: the numbers of its contents are cut"
