"""Rules that keep a respondent from being named."""

from __future__ import annotations

import re
from collections.abc import Iterator

from surveylib.instrument.lint.rule import Hit, Rule, Subject
from surveylib.model.text import LANGS, Text

_WHOSE = r"của (Ông/Bà|Ông, Bà|Anh/Chị|bạn|người trả lời)"
_ASKS = {
    "vi": re.compile(
        rf"(họ (và )?tên|số điện thoại|email|số (CMND|CCCD|căn cước)|địa chỉ)[^,.;?]{{0,20}} {_WHOSE}"
        r"|(cho biết|ghi|điền) (rõ )?(họ (và )?tên|số điện thoại|số (CMND|CCCD|căn cước)|địa chỉ)",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"your (full |first |last )?name\b|your ((tele|mobile )?phone|e-?mail|home address|address|identity)"
        r"|(identity|id) (card )?number",
        re.IGNORECASE,
    ),
}
_FORBIDS = {
    "vi": re.compile(r"(không|đừng) (cần )?(ghi|điền|nêu)( rõ)?", re.IGNORECASE),
    "en": re.compile(r"(do not|don't) (write|give|enter)|(write|give|enter) no\b", re.IGNORECASE),
}

_NARROWS = {
    "vi": re.compile(
        r"ngày sinh|năm sinh|mã (số )?hồ sơ|biển số xe|chức danh của|nghề nghiệp cụ thể|tọa độ",
        re.IGNORECASE,
    ),
    "en": re.compile(
        r"(date|year) of birth|birthday|(dossier|case|file) number|licen[cs]e plate|job title|coordinates",
        re.IGNORECASE,
    ),
}


def _unflagged(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        if subject.scale_of(item.id).kind == "text" and not item.personal:
            yield Hit(path=("items", item.id))


def _asks_identity(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for lang in LANGS:
            # What is forbidden ("không ghi họ tên …") is cut away, to the end of its clause.
            sentence = re.sub(
                rf"({_FORBIDS[lang].pattern})[^.;)]*", "", item.text.get(lang), flags=re.IGNORECASE
            )
            if found := _ASKS[lang].search(sentence):
                yield Hit(path=("items", item.id, "text", lang), details={"words": found.group()})


def _unwarned(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        if subject.scale_of(item.id).kind == "text":
            for lang in LANGS:
                shown = item.text.get(lang) + (" " + item.note.get(lang) if item.note else "")
                if not _FORBIDS[lang].search(shown):
                    yield Hit(path=("items", item.id, "text", lang))


def _no_refusal(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        scale = subject.scale_of(item.id)
        refusals = set(scale.off_codes) - set(scale.not_applicable)
        if item.sensitive and item.required and scale.choices and not refusals:
            yield Hit(path=("items", item.id, "sensitive"))


def _narrows(subject: Subject) -> Iterator[Hit]:
    for item in subject.questionnaire.items:
        for lang in LANGS if not (item.personal or item.sensitive) else ():
            if found := _NARROWS[lang].search(item.text.get(lang)):
                yield Hit(path=("items", item.id, "text", lang), details={"words": found.group()})


RULES = (
    Rule(
        code="Q801",
        family="privacy",
        severity="error",
        message=Text(
            vi="Câu trả lời tự do chưa được đánh dấu `personal`.", en="Open text is not marked `personal`."
        ),
        remedy=Text(
            vi="Ghi personal: true, để lời ghi được tách riêng và không vào báo cáo.",
            en="Write personal: true, so that it is split off and stays out of reports.",
        ),
        example="role: open\nscale: TXT",
        check=_unflagged,
    ),
    Rule(
        code="Q802",
        family="privacy",
        severity="error",
        message=Text(
            vi="Câu hỏi thông tin nhận dạng (“{words}”).",
            en="The item asks who the respondent is (“{words}”).",
        ),
        remedy=Text(
            vi="Bỏ câu: phiếu không thu thập danh tính.", en="Drop it: the form collects no identities."
        ),
        example='vi: "Họ và tên của Ông/Bà là gì?"',
        check=_asks_identity,
    ),
    Rule(
        code="Q803",
        family="privacy",
        severity="warning",
        message=Text(
            vi="Câu trả lời tự do không nhắc đừng ghi tên.", en="Open text does not ask to leave names out."
        ),
        remedy=Text(
            vi="Thêm “không ghi họ tên, số điện thoại”.",
            en="Add “please write no name, no telephone number”.",
        ),
        example="{vi: Ý kiến khác, en: Other comments (write no name)}",
        check=_unwarned,
    ),
    Rule(
        code="Q804",
        family="privacy",
        severity="warning",
        message=Text(
            vi="Câu nhạy cảm không cho phép từ chối trả lời.", en="A sensitive item leaves no way to refuse."
        ),
        remedy=Text(vi="Thêm mã “không trả lời” ngoài thang.", en="Add an off-scale code “no answer”."),
        example="sensitive: true",
        check=_no_refusal,
    ),
    Rule(
        code="Q805",
        family="privacy",
        severity="error",
        message=Text(
            vi="Câu có thể chỉ ra một người (“{words}”) nhưng chưa đánh dấu `personal` hay `sensitive`.",
            en="The item can point to a person (“{words}”), yet is neither `personal` nor `sensitive`.",
        ),
        remedy=Text(
            vi="Ghi personal: true, hoặc hỏi theo nhóm (nhóm tuổi).",
            en="Write personal: true, or ask in bands (age group).",
        ),
        example='en: "What is your date of birth?"',
        check=_narrows,
    ),
)
