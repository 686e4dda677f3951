"""What a form records beside the answers: unit, wave, dossier, mode, collector, version; words that differ
with the unit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from surveylib.instrument.xpath import literal, reference
from surveylib.model.questionnaire import PIPED, PLACES, UNIT_TYPES, Questionnaire
from surveylib.model.setting import Setting
from surveylib.model.text import LANGS, Lang, Text

Row = Mapping[str, str | Text]
UNIT, UNIT_TYPE, UNIT_PLACE, WAVE = "unit", "unit_type", "unit_place", "wave"
DOSSIER, VERSION, MODE, COLLECTOR = "dossier", "version", "mode", "collector"
GROUP = "fieldwork"
MUST: Row = {
    "required": "yes",
    "required_message": Text(vi="Câu này cần được trả lời.", en="This question needs an answer."),
}
_LONG = 8  # longer lists fold up
LISTS = (UNIT, UNIT_TYPE, UNIT_PLACE, WAVE, MODE)

TITLE = Text(vi="Người thu phiếu ghi", en="For whoever collects the form")
_UNIT = Text(vi="Đơn vị", en="Unit")
_UNIT_HINT = Text(vi="Mã đơn vị, như trong danh sách đơn vị.", en="The unit's id, as in the list of units.")
_TYPE = Text(vi="Loại đơn vị", en="Type of unit")
_PLACE = Text(vi="Đơn vị là phường, thị trấn hay xã?", en="Is the unit a ward, a township or a commune?")
_WAVE = Text(vi="Đợt khảo sát", en="Wave")
_DOSSIER = Text(
    vi="Số thứ tự hồ sơ trong mẫu (để trống nếu không có)", en="Serial of the dossier (blank if none)"
)
_MODE = Text(vi="Hình thức thu phiếu", en="Mode")
_COLLECTOR = Text(vi="Mã người thu phiếu (không ghi họ tên)", en="Collector's code (no name)")

TYPES = {
    "LG": Text(vi="Chính quyền cơ sở", en="Local government"),
    "OD": Text(vi="Phòng chuyên môn cấp huyện", en="District office"),
    "OV": Text(vi="Cơ quan ngành dọc trung ương", en="Central vertical office"),
}
_PLACES = {
    "ward": Text(vi="Phường", en="Ward"),
    "township": Text(vi="Thị trấn", en="Township"),
    "commune": Text(vi="Xã", en="Commune"),
}
_MODES = {
    "paper": Text(vi="Phiếu giấy, nhập lại", en="Paper, keyed in"),
    "tablet": Text(vi="Máy tính bảng", en="Tablet"),
    "phone": Text(vi="Điện thoại", en="Telephone"),
    "online": Text(vi="Trực tuyến", en="Online"),
    "kiosk": Text(vi="Máy đặt tại chỗ", en="Kiosk"),
}


def fieldwork_rows(questionnaire: Questionnaire, setting: Setting) -> Iterator[Row]:
    """The rows of the survey sheet for what is recorded beside the answers.

    What the setting knows is carried, what it does not know is asked. An item of the questionnaire that bears
    the name of a field takes its place.
    """
    asked = {item.id for item in questionnaire.items}
    for row in _all_rows(questionnaire, setting):
        if row["name"] not in asked:
            yield row


def fieldwork_choices(questionnaire: Questionnaire, setting: Setting) -> Iterator[Row]:
    """The rows of the choices sheet that `fieldwork_rows` needs."""
    lists = {
        UNIT: {unit.id: unit.name for unit in setting.units},
        WAVE: {wave.id: wave.name for wave in setting.waves},
        UNIT_TYPE: TYPES,
        UNIT_PLACE: _PLACES,
        MODE: _MODES,
    }
    used = {row["type"] for row in fieldwork_rows(questionnaire, setting)}
    for name, choices in lists.items():
        if f"select_one {name}" in used:
            for code, text in choices.items():
                yield {"list_name": name, "name": code, "label": text, **_traits(name, code, setting)}


def piped(text: Text) -> Text:
    """`text` with its piped words left to the form: ``{head}`` as ``${word_head_vi}``.

    >>> piped(Text(vi="Đánh giá {head}?", en="Rate the {head}.")).en
    'Rate the ${word_head_en}.'
    """
    return Text(
        **{
            lang: PIPED.sub(lambda m, lang=lang: reference(word_name(m[1], lang)), text.get(lang))
            for lang in LANGS
        }
    )


def word_name(word: str, lang: Lang) -> str:
    """The name of the form's field that holds a piped word."""
    return f"word_{word}_{lang}"


def _all_rows(questionnaire: Questionnaire, setting: Setting) -> Iterator[Row]:
    yield {"type": "calculate", "name": VERSION, "calculation": literal(questionnaire.version)}
    yield from _given(WAVE, [wave.id for wave in setting.waves], _WAVE, setting.wave)
    yield from _given(UNIT, [unit.id for unit in setting.units], _UNIT, setting.unit, hint=_UNIT_HINT)
    yield from _kind_of_unit(questionnaire, setting)
    yield {"type": "text", "name": DOSSIER, "label": _DOSSIER}
    if setting.wave is not None:
        yield {"type": "calculate", "name": MODE, "calculation": literal(setting.waves[0].mode)}
    else:
        yield {"type": f"select_one {MODE}", "name": MODE, "label": _MODE, **MUST}
    yield {"type": "text", "name": COLLECTOR, "label": _COLLECTOR}
    yield from _words(questionnaire)


def _given(
    name: str, options: list[str], label: Text, known: str | None, *, hint: Text | None = None
) -> Iterator[Row]:
    if known is not None:
        yield {"type": "calculate", "name": name, "calculation": literal(known)}
    elif options:
        yield {
            "type": f"select_one {name}",
            "name": name,
            "label": label,
            **MUST,
            "appearance": "minimal" if len(options) > _LONG else "",
        }
    else:
        more = {"hint": hint} if hint else {}
        yield {"type": "text", "name": name, "label": label, **MUST, **more}


def _kind_of_unit(questionnaire: Questionnaire, setting: Setting) -> Iterator[Row]:
    """Type and place of the unit, where an item or a word depends on them."""
    variants = {name for word in questionnaire.words for name in word.variants}
    places = bool(variants & set(PLACES))
    types = places or bool(variants) or any(set(i.applies_to) != set(UNIT_TYPES) for i in questionnaire.items)
    for needed, name, trait in ((types, UNIT_TYPE, "type"), (places, UNIT_PLACE, "place")):
        if needed and setting.unit is not None:
            value = getattr(setting.units[0], trait) or "none"
            yield {"type": "calculate", "name": name, "calculation": literal(value)}
        elif needed and setting.units:
            found = f"instance('{UNIT}')/root/item[name = {reference(UNIT)}]/{trait}"
            yield {"type": "calculate", "name": name, "calculation": found}
        elif needed:
            yield _asked_kind(name)


def _asked_kind(name: str) -> Row:
    row = {"type": f"select_one {name}", "name": name, **MUST}
    if name == UNIT_TYPE:
        return {**row, "label": _TYPE}
    return {**row, "label": _PLACE, "relevant": f"{reference(UNIT_TYPE)} = 'LG'"}


def _words(questionnaire: Questionnaire) -> Iterator[Row]:
    for word in questionnaire.words:
        for lang in questionnaire.languages:
            choice = literal(word.text.get(lang))
            # The place comes first: it is asked outermost, so written last.
            for name in sorted(word.variants, key=lambda name: name in PLACES):
                field = UNIT_PLACE if name in PLACES else UNIT_TYPE
                text = literal(word.variants[name].get(lang))
                choice = f"if({reference(field)} = '{name}', {text}, {choice})"
            yield {"type": "calculate", "name": word_name(word.id, lang), "calculation": choice}


def _traits(name: str, code: str, setting: Setting) -> dict[str, str]:
    if name != UNIT or setting.study is None:
        return {}
    unit = setting.study.unit(code)
    return {"type": unit.type, "place": unit.place or "none"}
