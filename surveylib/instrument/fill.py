"""Piped words: the questionnaire as it reads in one unit, or where the unit is not known."""

from __future__ import annotations

from dataclasses import replace

from surveylib.model.questionnaire import PIPED, Place, Questionnaire, Scale, Section, UnitType
from surveylib.model.text import LANGS, Text


def fill_words(
    questionnaire: Questionnaire, *, unit_type: UnitType | None = None, place: Place | None = None
) -> Questionnaire:
    """The questionnaire with every ``{word}`` written out: as said at this place, else in this type of unit,
    else as where the unit is not known.

    Examples
    --------
    >>> from surveylib.model.questionnaire import Word
    >>> quarter = Word(id="quarter", text=Text(vi="khu phố (ấp)", en="quarter (hamlet)"),
    ...                variants={"commune": Text(vi="ấp", en="hamlet")})
    >>> asked = Questionnaire(id="x", instrument="R", version="1.0.0", scales=(), items=(), words=(quarter,),
    ...     title=Text(vi="Ở {quarter}", en="In the {quarter}"), notice=Text(vi="Thử.", en="Trial."))
    >>> fill_words(asked, place="commune").title
    Text(vi='Ở ấp', en='In the hamlet')
    """
    words = {
        word.id: word.variants.get(place, word.variants.get(unit_type, word.text))
        for word in questionnaire.words
    }
    if not words:
        return questionnaire
    return replace(
        questionnaire,
        title=_fill(questionnaire.title, words),
        notice=_fill(questionnaire.notice, words),
        sections=tuple(_section(section, words) for section in questionnaire.sections),
        scales=tuple(_scale(scale, words) for scale in questionnaire.scales),
        items=tuple(
            replace(item, text=_fill(item.text, words), note=item.note and _fill(item.note, words))
            for item in questionnaire.items
        ),
        words=(),
    )


def _fill(text: Text, words: dict[str, Text]) -> Text:
    return Text(
        **{lang: PIPED.sub(lambda m, lang=lang: words[m[1]].get(lang), text.get(lang)) for lang in LANGS}
    )


def _section(section: Section, words: dict[str, Text]) -> Section:
    note = section.note and _fill(section.note, words)
    return replace(section, title=_fill(section.title, words), note=note)


def _scale(scale: Scale, words: dict[str, Text]) -> Scale:
    choices = tuple(replace(choice, text=_fill(choice.text, words)) for choice in scale.choices)
    off_scale = tuple(replace(choice, text=_fill(choice.text, words)) for choice in scale.off_scale)
    return replace(scale, choices=choices, off_scale=off_scale)
