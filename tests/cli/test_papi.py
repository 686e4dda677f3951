import json

import pytest
from click.testing import CliRunner

from surveylib.cli.papi import command
from surveylib.evaluation.say_papi import CAUTION
from tests.evaluation.test_papi import made_up


@pytest.fixture
def panel(tmp_path):
    path = tmp_path / "panel.csv"
    made_up().to_csv(path, index=False)
    return str(path)


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_the_caution_stands_before_every_figure(panel, lang):
    out = CliRunner().invoke(command, [panel, "--province", "P03", "--lang", lang]).output
    assert out.startswith(CAUTION.get(lang))


def test_few_years_and_the_floor_of_p_are_told_with_a_comparison(panel):
    asked = [panel, "--province", "P03", "--dimension", "5", "--start", "2015", "--lang", "en"]
    out = CliRunner().invoke(command, asked).output
    assert "only 4 years before 2015" in out
    assert "it cannot be below 0.083, with 11 other provinces" in out


def test_json_bears_the_caution_too(panel):
    asked = [panel, "--province", "P03", "--dimension", "5", "--format", "json"]
    made = json.loads(CliRunner().invoke(command, asked).output)
    assert made["caution"]["en"] == CAUTION.en
    assert {"synthetic", "donors", "years", "p_value", "p_floor"} <= set(made)
