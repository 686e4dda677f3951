"""What LimeSurvey's import makes of a tab-separated structure file.

Written after the source of LimeSurvey 6 (TSVImportSurvey and XMLImportSurvey in
application/helpers/admin/import_helper.php, the rules of Question and Answer), knowing nothing of our export.
What the import would lose, rename or overwrite in silence is refused here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

RESERVED = {"LANG", "SID", "SAVEDID", "TOKEN", "QID", "GID", "SGQ", "self", "that", "this"}
CHOICES = {"L": "A", "M": "SQ"}  # the class of the rows below a question; other types have none
_OF_QUESTIONS = {
    *("class", "type/scale", "name", "text", "validation", "relevance", "help", "language", "mandatory"),
    *("other", "same_default", "question_theme_name", "same_script", "default", "id", "related_id"),
}
# PHP's fgetcsv: in quotation marks, two of them are one, and what follows a backslash ends nothing.
_CELL = re.compile(r'\s*"((?:[^"\\]|\\.|"")*)"[^\t\n]*|([^\t\n]*)', re.DOTALL)


@dataclass
class Question:
    code: str
    type: str
    relevance: str
    mandatory: str
    texts: dict[str, str] = field(default_factory=dict)
    helps: dict[str, str] = field(default_factory=dict)
    choices: dict[str, dict[str, str]] = field(default_factory=dict)  # code, language, text
    attributes: dict[tuple[str, str], str] = field(default_factory=dict)  # name, language


@dataclass
class Survey:
    settings: dict[str, str] = field(default_factory=dict)
    titles: dict[str, dict[str, str]] = field(default_factory=dict)
    groups: list[list[Question]] = field(default_factory=list)

    @property
    def questions(self) -> dict[str, Question]:
        return {question.code: question for group in self.groups for question in group}

    @property
    def variables(self) -> set[str]:
        """The names by which expressions know the answers."""
        names = set()
        for question in self.questions.values():
            marks = question.choices if question.type == "M" else ()
            names |= {f"{question.code}_{mark}" for mark in marks} or {question.code}
        return names


def cells(content: bytes) -> list[dict[str, str]]:
    """The rows as the import sees them, without their empty cells."""
    text, at, rows = content.decode("utf-8-sig"), 0, [[]]
    while at < len(text):
        found = _CELL.match(text, at)
        quoted, plain = found.groups()
        rows[-1].append(plain if quoted is None else quoted.replace('""', '"'))
        at = found.end()
        if at < len(text) and text[at] == "\n":
            rows.append([])
        at += 1
    headers, *lines = [row for row in rows if row]
    return [
        {name.strip(): _excel(cell) for name, cell in zip(headers, line, strict=True) if _excel(cell) != ""}
        for line in lines
    ]


def _excel(cell: str) -> str:
    """Quotation marks round a cell are taken for those of a spreadsheet, and dropped."""
    return cell[1:-1].replace('""', '"') if re.fullmatch('".*"', cell) else cell


def read(content: bytes) -> Survey:
    survey, groups = Survey(), {}
    rows = cells(content)
    for row in rows:
        if row["class"] == "S":
            survey.settings[row["name"]] = row["text"]
        elif row["class"] == "SL":
            survey.titles.setdefault(row["language"], {})[row["name"]] = row["text"]
    ids: dict[str, Question | str] = {}
    made = 0
    for row in rows:
        match row["class"]:
            case "G":
                assert row["id"].isdigit(), "groups are told apart by their numbers"
                group = groups.setdefault(row["type/scale"], [])
            case "Q":
                question = _question(row, group, ids)
            case "SQ" | "A":
                assert CHOICES.get(question.type) == row["class"], f"{row['class']} below {question.type}"
                made += _choice(row, question, ids, made)
            case other:
                assert other in ("S", "SL"), f"class {other}"
    survey.groups = list(groups.values())
    return survey


def _question(row: dict[str, str], group: list[Question], ids: dict) -> Question:
    code = row["name"]
    known = next((one for one in group if one.code == code), None)
    if known is None:
        assert re.fullmatch("[a-zA-Z][a-zA-Z0-9]{0,19}", code), f"{code} would be renamed"
        assert code not in RESERVED, f"{code} would be renamed"
        assert row["id"].isdigit() and row["id"] not in ids, f"{code} would get another's number"
        known = Question(code, row["type/scale"], row.get("relevance", ""), row.get("mandatory", ""))
        assert not any(isinstance(one, Question) and one.code == code for one in ids.values())
        ids[row["id"]] = known
        group.append(known)
    lang = row["language"]
    known.texts[lang] = row.get("text", "")
    known.helps[lang] = row.get("help", "")
    extra = {name: cell for name, cell in row.items() if name not in _OF_QUESTIONS}
    known.attributes |= {(name, lang): cell for name, cell in extra.items()}
    return known


def _choice(row: dict[str, str], question: Question, ids: dict, made: int) -> int:
    """Enters a choice; 1 where the import makes up a number for it."""
    code, lang = row["name"], row["language"]
    assert row["type/scale"] == "0"
    assert re.fullmatch("[a-zA-Z0-9]{1,5}", code) and code != "time", f"{code} would be renamed"
    if lang not in question.choices.setdefault(code, {}):
        question.choices[code][lang] = row.get("text", "")
    else:
        raise AssertionError(f"{question.code} has the choice {code} twice")
    if row["class"] == "A" or len(question.choices[code]) > 1:
        return 0
    given = row.get("id", "")
    free = given.isdigit() and given not in ids
    number = given if free else str(made + 1)
    # The import makes no subquestion of a number that is taken: its words go to the question that has it.
    assert number not in ids, f"{question.code}_{code} would overwrite {ids[number]}"
    ids[number] = f"{question.code}_{code}"
    return int(not free)
