import re
import unicodedata

import pytest

from surveylib.weighting.notes import CATALOGUE, note


@pytest.mark.parametrize("code", sorted(CATALOGUE))
def test_both_languages_fill_the_same_blanks_in_nfc(code):
    _, vi, en, *remedies = CATALOGUE[code]
    blanks = [set(re.findall(r"{(\w+)}", text)) for text in (vi, en)]
    assert blanks[0] == blanks[1]
    for text in (vi, en, *remedies):
        assert text == unicodedata.normalize("NFC", text) and not text.endswith(".")


def test_braces_in_what_a_register_holds_are_left_alone():
    made = note("WT08", where="a", values={"variable": "kind", "levels": "{levels}"})
    assert "{levels}" in made.message.en
