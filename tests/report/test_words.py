import unicodedata

import pytest

from surveylib.errors import SurveyError
from surveylib.model.text import Text
from surveylib.report import words

VOCABULARIES = [value for value in vars(words).values() if isinstance(value, dict) and value]
TEXTS = [text for vocabulary in VOCABULARIES for text in vocabulary.values() if isinstance(text, Text)]


def test_every_word_stands_in_both_languages_in_one_form_of_unicode():
    assert len(TEXTS) > 80
    for text in TEXTS:
        assert text.vi.strip() and text.en.strip(), text
        assert unicodedata.is_normalized("NFC", text.vi + text.en), text


def test_the_four_verdicts_of_the_rule_and_none_have_words():
    assert set(words.VERDICTS) == {"roll_out", "extend", "revise", "stop", "undecided"}


def test_an_unknown_phrase_is_refused():
    with pytest.raises(SurveyError, match="did you mean 'contents'"):
        words.phrase("content", lang="vi")
