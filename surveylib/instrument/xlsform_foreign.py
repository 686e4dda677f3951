"""An XLSForm of other people as a questionnaire: what pyxform understood of it, as far as it goes."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pyxform.builder import create_survey_element_from_dict
from pyxform.xls2json import workbook_to_json
from pyxform.xls2json_backends import get_xlsform

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.instrument.xlsform_bounds import read_bounds
from surveylib.instrument.xlsform_findings import finding
from surveylib.instrument.xpath_read import Unreadable, read_xpath
from surveylib.model.finding import Finding
from surveylib.model.questionnaire import Item, Questionnaire, Scale, Section
from surveylib.model.text import LANGS, Lang, Text, slug

Form = Mapping[str, Any]
_SELECT = {"select one": "choice", "select all that apply": "multiple"}
_KINDS = {"integer": "number", "int": "number", "decimal": "number", "text": "text", "string": "text"}
_KINDS |= {"date": "date"}
_GROUPS = {"group"}
_PART = "part"
_VIETNAMESE, _ENGLISH = re.compile(r"\(vi\)|vi[eệ]t", re.I), re.compile(r"\(en\)|engl", re.I)
_YES_NO = {"yes": 1, "no": 0}
_TRUE = ("yes", "true", "true()")
_CARRIED = {
    "type",
    "name",
    "label",
    "hint",
    "bind",
    "choices",
    "itemset",
    "list_name",
    "parameters",
    "control",
}
_CARRIED |= {"children", "default", "tutorial notes"}
_ASKED_OF_DEVICES = {
    "start",
    "end",
    "today",
    "deviceid",
    "subscriberid",
    "simserial",
    "phonenumber",
    "username",
}
NOTICE = Text(
    vi="Phiếu nhập từ một biểu mẫu có sẵn; câu chữ còn phải được phỏng vấn thử trước khi dùng.",
    en="Taken from an existing form; its wording still needs cognitive pre-testing before use.",
)


def understood(path: Path) -> tuple[Form, tuple[str, ...]]:
    """What pyxform reads in the workbook, and its warnings.

    Raises
    ------
    SurveyError
        If pyxform refuses the workbook, with what it says.
    """
    warnings: list[str] = []
    try:
        workbook = get_xlsform(str(path))
        form = workbook_to_json(
            workbook_dict=workbook, fallback_form_name=workbook.fallback_form_name, warnings=warnings
        )
        create_survey_element_from_dict(form).to_xml(validate=False, warnings=warnings)
    except Exception as error:  # whatever it is, the form is one that form tools do not take
        said = " ".join(str(error).split()) or type(error).__name__
        raise SurveyError("not a valid form", where=str(path), got=said[:500]) from error
    return form, tuple(" ".join(warning.split()) for warning in dict.fromkeys(warnings))


def foreign_questionnaire(form: Form, *, where: str, lang: Lang) -> tuple[Questionnaire, tuple[Finding, ...]]:
    """The questionnaire in `form`: questions with choices, numbers, dates and texts, in groups one deep.

    Choices get whole numbers as codes, ids small letters. Rows that ask something else, skip rules and bounds
    that have no words here, pictures, defaults, appearances: each with a finding.
    """
    reader = _Foreign(form, where, lang)
    return reader.questionnaire(), tuple(reader.findings)


class _Foreign:
    """One form while it is taken over: findings gather as its rows go by."""

    def __init__(self, form: Form, where: str, lang: Lang) -> None:
        self.form, self.where, self.lang = form, where, lang
        self.findings: dict[Finding, None] = {}  # said once, in order
        self.names = _Names()
        self.scales: dict[str, Scale] = {}
        self.sections: list[Section] = []
        self.languages: set[Lang] = set()

    def questionnaire(self) -> Questionnaire:
        children = self.form.get("children", ())
        self.paged = any(row.get("type") in _GROUPS and row.get("name") != "meta" for row in children)
        items = list(self.rows(children, section=None, rules=()))
        title = str(self.form.get("title") or self.form.get("id_string") or self.form["name"])
        used = {item.scale for item in items}
        document = {
            "id": identifier(str(self.form.get("id_string") or self.form["name"]), taken=()),
            "instrument": "C",
            "version": str(self.form.get("version") or "0.1.0"),
            "title": self.text(title, "settings"),
            "notice": NOTICE,
            "scales": tuple(scale for scale in self.scales.values() if scale.id in used),
            "items": tuple(items),
            "sections": tuple(s for s in self.sections if s.id in {item.section for item in items}),
            "languages": tuple(lang for lang in LANGS if lang in (self.languages or {self.lang})),
        }
        return documents.build(document, Questionnaire, where=self.where)

    def rows(
        self, children: Iterator[Form], *, section: str | None, rules: tuple[str, ...]
    ) -> Iterator[Item]:
        for row in children:
            kind, name = str(row.get("type", "")), str(row.get("name", ""))
            place = f"{self.where}, {name or kind}"
            if kind in _GROUPS:
                if name != "meta":
                    yield from self.group(row, section, rules, place)
            elif kind in _SELECT or kind in _KINDS:
                page = self.page() if self.paged and section is None else section
                yield from self.question(row, kind, name, page, rules, place)
            elif kind not in _ASKED_OF_DEVICES:
                self.say("X302", place, kind=kind)

    def page(self) -> str:
        """The section of a question outside any group, in a form that has some."""
        if not self.sections or not self.sections[-1].id.startswith(_PART):
            name = identifier(_PART, taken={known.id for known in self.sections})
            self.sections.append(Section(id=name, title=Text(vi="Phần", en="Part")))
        return self.sections[-1].id

    def group(self, row: Form, section: str | None, rules: tuple[str, ...], place: str) -> Iterator[Item]:
        rule = str(row.get("bind", {}).get("relevant", ""))
        if section is None:
            section = identifier(str(row["name"]), taken={known.id for known in self.sections})
            self.sections.append(Section(id=section, title=self.text(row.get("label", ""), place)))
        yield from self.rows(
            row.get("children", ()), section=section, rules=(*rules, *([rule] if rule else []))
        )

    def question(
        self, row: Form, kind: str, name: str, section: str | None, rules: tuple[str, ...], place: str
    ) -> Iterator[Item]:
        bind = row.get("bind", {})
        scale = self.scale(row, kind, name, str(bind.get("constraint", "")), place)
        if scale is None:
            return
        new = identifier(name, taken=self.names.taken)
        if new != name:
            self.say("X305", place, old=name, new=new)
        rule = self.rule([*rules, str(bind.get("relevant", ""))], place)
        self.names.ids[name], self.names.scales[name] = new, self.scales[scale]
        self.names.taken.add(new)
        self.lost(row, bind, place)
        required = str(bind.get("required", ""))
        if required and required.lower() not in (*_TRUE, "no", "false", "false()"):
            self.say("X307", place, text=f"required: {required}")
        document = {
            "id": new,
            "text": self.text(row.get("label", ""), place),
            "scale": scale,
            "required": required.lower() in _TRUE,
            **({"note": self.text(row["hint"], place)} if row.get("hint") else {}),
            **({"section": section} if section else {}),
            **({"role": "open", "personal": True} if _KINDS.get(kind) == "text" else {}),
            **({"ask_if": rule} if rule else {}),
        }
        yield documents.build(document, Item, where=place)

    def scale(self, row: Form, kind: str, name: str, limits: str, place: str) -> str | None:
        if kind in _SELECT:
            return self.listed(row, _SELECT[kind], place)
        ours, form_kind = _KINDS[kind], {"int": "integer", "string": "text"}.get(kind, kind)
        bounds = read_bounds(limits, form_kind)
        if bounds is None:
            self.say("X304", place, text=limits)
        made = {"kind": ours, **(bounds or {}), **({"integer": True} if form_kind == "integer" else {})}
        if ours == "number":
            made["not_applicable"] = ()
        same = next((scale.id for scale in self.scales.values() if _same(scale, made)), None)
        if same is None:
            same = identifier(name, taken=self.scales).upper() if bounds else ours.upper()
            try:
                self.scales[same] = documents.build({"id": same, **made}, Scale, where=place)
            except SurveyError:
                self.say("X304", place, text=limits)
                return self.scale(row, kind, name, "", place)
        return same

    def listed(self, row: Form, kind: str, place: str) -> str | None:
        """The scale of a list of choices, made when the list is first met."""
        name = str(row.get("list_name") or row.get("itemset") or row["name"])
        key = re.sub(r"[^A-Za-z0-9_.-]", "_", name) + ("_marks" if kind == "multiple" else "")
        key = key if key[:1].isalpha() else f"list_{key}"
        if key not in self.scales:
            choices = [choice for choice in self.choices(row, name) if choice.get("name") not in (None, "")]
            if len(choices) < 2:
                self.say("X311" if choices else "X307", place, text=f"list {name}")
                return None
            codes = self.codes([str(choice["name"]) for choice in choices], place)
            made = [
                {"code": codes[str(c["name"])], "text": self.text(c.get("label", c["name"]), place)}
                for c in choices
            ]
            self.names.numbers[key] = codes
            self.scales[key] = documents.build({"id": key, "kind": kind, "choices": made}, Scale, where=place)
        return key

    def choices(self, row: Form, name: str) -> list[Form]:
        own = row.get("choices") or self.form.get("choices", {}).get(name, ())
        seen: dict[str, Form] = {}
        for choice in own:
            seen.setdefault(str(choice.get("name", "")), choice)
        return list(seen.values())

    def codes(self, names: list[str], place: str) -> dict[str, int]:
        if all(re.fullmatch(r"-?\d{1,9}", name) for name in names) and len({int(n) for n in names}) == len(
            names
        ):
            return {name: int(name) for name in names}
        if {name.lower() for name in names} == set(_YES_NO):
            codes = {name: _YES_NO[name.lower()] for name in names}
        else:
            codes = {name: number for number, name in enumerate(names, 1)}
        shown = ", ".join(f"{name} = {number}" for name, number in list(codes.items())[:12])
        self.say("X306", place, text=shown + (", …" if len(codes) > 12 else ""))
        return codes

    def rule(self, rules: list[str], place: str) -> str:
        made = []
        for text in filter(None, rules):
            try:
                made.append(read_xpath(text, names=self.names))
            except Unreadable as error:
                self.say("X303", place, text=error.got)
        return made[0] if len(made) == 1 else " and ".join(f"({part})" for part in made)

    def lost(self, row: Form, bind: Form, place: str) -> None:
        """Says what the row has and an item has not."""
        names = [name for name in row if name not in _CARRIED]
        names += [name for name in bind if name in ("calculate", "readonly", "trigger")]
        names += ["default"] if row.get("default") not in (None, "") else []
        names += ["appearance"] if row.get("control", {}).get("appearance") else []
        if "[" in str(row.get("itemset", "")) or row.get("choice_filter"):
            names.append("choice_filter")
        if names:
            self.say("X307", place, text=", ".join(sorted(set(names))))

    def text(self, label: Any, place: str) -> Text:
        found = {lang: "" for lang in LANGS}
        for language, words in (label if isinstance(label, dict) else {"default": label}).items():
            lang = self.language(language)
            if isinstance(words, str) and not found[lang]:
                found[lang] = self.plain(words, place)
                self.languages |= {lang} if words.strip() else set()
        return Text(**found)

    def plain(self, words: str, place: str) -> str:
        words = " ".join(unicodedata.normalize("NFC", words).split())
        if "{" in words or "}" in words:
            self.say("X308", place, text=", ".join(re.findall(r"\$?\{[^}]*\}?", words)) or words[:40])
            words = re.sub(r"\$?\{", "(", words).replace("}", ")")
        return words

    def language(self, name: str) -> Lang:
        if _VIETNAMESE.search(name):
            return "vi"
        return "en" if _ENGLISH.search(name) else self.lang

    def say(self, code: str, place: str, **fields: object) -> None:
        self.findings[finding(code, where=place, fields=fields)] = None


class _Names:
    """The questions so far, as `read_xpath` asks about them: a rule may read only those."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}  # the form's names and ours
        self.taken: set[str] = set()  # ours
        self.scales: dict[str, Scale] = {}  # by the form's name of the question
        self.numbers: dict[str, dict[str, int]] = {}  # per scale: the form's choices and our codes

    def rename(self, name: str) -> str:
        if name not in self.ids:
            raise Unreadable("a skip rule reads a question that is not here", got=f"${{{name}}}")
        return self.ids[name]

    def code(self, name: str, text: str) -> int | float:
        self.rename(name)
        numbers = self.numbers.get(self.scales[name].id, {})
        if text in numbers:
            return numbers[text]
        if not numbers and re.fullmatch(r"-?\d+(\.\d+)?", text):
            return float(text) if "." in text else int(text)
        raise Unreadable("a skip rule compares with what is no answer", got=f"${{{name}}} and {text!r}")

    def codes(self, name: str) -> tuple[int, ...]:
        return self.scales[name].codes if name in self.scales else ()

    def multiple(self, name: str) -> bool:
        return name in self.scales and self.scales[name].kind == "multiple"


def identifier(name: str, *, taken: Any) -> str:
    """An id made of any name: small letters, digits and _, none of those taken.

    >>> identifier("Họ và tên", taken=()), identifier("1st", taken=()), identifier("a", taken={"a"})
    ('ho_va_ten', 'q_1st', 'a_2')
    """
    plain = slug(name) or "x"
    plain = (plain if plain[0].isalpha() else f"q_{plain}")[:36]
    made, number = plain, 1
    while made in taken or made.upper() in taken:
        number += 1
        made = f"{plain}_{number}"
    return made


def _same(scale: Scale, made: Mapping[str, Any]) -> bool:
    names = ("kind", "minimum", "maximum", "integer", "earliest", "latest")
    default = {"integer": False}
    return all(_shown(getattr(scale, name)) == _shown(made.get(name, default.get(name))) for name in names)


def _shown(value: Any) -> str:
    return (
        str(float(value)) if isinstance(value, (int, float)) and not isinstance(value, bool) else str(value)
    )
