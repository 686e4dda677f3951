import pytest

from surveylib.errors import SurveyError
from surveylib.model.form_code import ALPHABET, FormCode, check_character, read_code, serial_is_sound

SERIAL = "7K2M9QD4" + check_character("7K2M9QD4")


def test_every_single_misread_letter_is_noticed():
    for place in range(len(SERIAL)):
        for letter in set(ALPHABET) - {SERIAL[place]}:
            assert not serial_is_sound(SERIAL[:place] + letter + SERIAL[place + 1 :])


def test_neighbours_exchanged_are_noticed():
    for place in range(len(SERIAL) - 1):
        turned = SERIAL[:place] + SERIAL[place + 1] + SERIAL[place] + SERIAL[place + 2 :]
        assert not serial_is_sound(turned)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "https://example.org",
        "cqtt:v2;f=c@1.0.0;w=;u=;s=;p=1/2;d=0a1b2c3d",
        f"cqtt:v1;f=c@1.0.0;w=;u=;s={SERIAL[:-1]}Z;p=1/2;d=0a1b2c3d",
        "cqtt:v1;f=../c@1.0.0;w=;u=;s=;p=1/2;d=0a1b2c3d",
    ],
)
def test_what_is_no_code_of_ours_is_refused(text):
    with pytest.raises(SurveyError):
        read_code(text)


def test_a_unit_that_would_break_the_code_is_refused():
    with pytest.raises(SurveyError, match="no id"):
        FormCode(form="c", version="1.0.0", page=1, pages=1, layout="0a1b2c3d", unit="a;s=1")
