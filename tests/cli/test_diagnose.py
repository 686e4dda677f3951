"""`surveylib diagnose` and `surveylib redesign`: from a study to what its plan would do."""

from __future__ import annotations

import pandas as pd
import pytest
import yaml

SHORT = ("--sims", "12", "--effects", "0,0.4")


def test_diagnose_speaks_both_languages_and_names_what_it_assumes(rehearsed, cli):
    said = cli("diagnose", rehearsed, *SHORT)
    assert said.code == 0 and "Giả định, không phải số đo" in said.out and "2 đơn vị thí điểm" in said.out
    said = cli("diagnose", rehearsed, *SHORT, "--lang", "en", "--sigma", "0.05", "--common", "0.2")
    assert "If the programme does nothing" in said.out and "truly gains 0.40 points" in said.out
    assert "σ = 0.05" in said.out and "common to the province 0.20" in said.out


def test_diagnose_gives_programs_every_quantity(rehearsed, cli):
    made = cli("diagnose", rehearsed, *SHORT, "--format", "json", "--answers", "80").json
    assert made["scenario"]["pilots"] == [80, 80] and made["sims"] == 12
    rows = pd.DataFrame(made["diagnosis"])
    whole = rows[rows["kind"] == "decision"].groupby("effect")["estimate"].sum()
    assert whole.round(9).tolist() == [1.0, 1.0] and set(rows["effect"]) == {0.0, 0.4}
    # Three comparison units: R2 lets nothing be rolled out.
    assert rows.loc[(rows["kind"] == "decision") & (rows["quantity"] == "roll_out"), "estimate"].max() == 0


def test_diagnose_tells_what_each_gate_held_back(rehearsed, cli):
    rows = pd.DataFrame(cli("diagnose", rehearsed, *SHORT, "--format", "json").json["diagnosis"])
    kinds = rows[rows["kind"].str.startswith("gate_")].groupby("quantity")["kind"].nunique()
    assert (kinds == 4).all() and {"R2", "evidence_grade"} <= set(kinds.index)
    said = cli("diagnose", rehearsed, *SHORT, "--lang", "en", "--sigma", "0.02")
    assert "Gate by gate" in said.out and "Too few comparison units (R2)" in said.out


def test_diagnose_takes_answers_and_levels_from_a_run(rehearsed, cli):
    made = cli("diagnose", rehearsed, *SHORT, "--run", "rehearsal", "--format", "json").json["scenario"]
    assert len({tuple(row) for row in made["effective"]}) == len(made["levels"]) == 5
    assert made["deff"] > 1 and made["sd"] != 0.91
    plain = cli("diagnose", rehearsed, *SHORT, "--no-ends", "--answers", "150", "--format", "json").json
    assert plain["scenario"]["levels"] == [] and set(plain["scenario"]["pilots"]) == {150}
    rows = pd.DataFrame(plain["diagnosis"])
    assert (
        rows.loc[rows["quantity"] == "shown", "estimate"] == rows.loc[rows["quantity"] == "shown", "effect"]
    ).all()


def test_what_is_not_surveyed_is_left_out(rehearsed, cli, refused):
    made = cli("diagnose", rehearsed, *SHORT, "--format", "json").json["scenario"]
    study = yaml.safe_load((rehearsed / "study.yaml").read_text(encoding="utf-8"))
    other = next(unit["id"] for unit in study["units"] if unit["exposure"]["kind"] == "none")
    less = cli("diagnose", rehearsed, *SHORT, "--missing", other, "--format", "json").json["scenario"]
    assert len(less["comparisons"]) == len(made["comparisons"]) - 1
    assert "unknown unit or wave" in refused("diagnose", rehearsed, *SHORT, "--missing", "nobody")


def test_the_same_seed_prints_the_same(rehearsed, cli):
    one, again = (cli("diagnose", rehearsed, *SHORT, "--format", "csv").out for _ in range(2))
    assert one == again
    assert one != cli("diagnose", rehearsed, *SHORT, "--format", "csv", "--seed", "7").out


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--effects", "0;0.1"), "numbers cannot be read"),
        (("--effects", ","), "nothing to simulate"),
        (("--sd", "0"), "sd must be above 0"),
        (("--tau", "-1"), "sd must be above 0"),
    ],
)
def test_diagnose_refuses_what_makes_no_world(rehearsed, refused, options, message):
    assert message in refused("diagnose", rehearsed, "--sims", "5", *options)


FEW = ("--waves", "1+1,3+3", "--add-pilots", "0,6", "--add-comparisons", "0,10", "--try-answers", "100,300")


def test_redesign_prints_the_cheapest_first_and_draws_the_frontier(rehearsed, cli, tmp_path):
    target = tmp_path / "frontier.svg"
    said = cli("redesign", rehearsed, *FEW, "--lang", "en", "--output", target)
    assert said.code == 0 and "Cheapest that reach 80%" in said.out and "Without prices" in said.out
    drawn = target.read_text("utf-8")
    assert drawn.startswith("<svg") and len(drawn) > 5000
    cli("redesign", rehearsed, *FEW, "--lang", "en", "--output", target)
    assert target.read_text("utf-8") == drawn
    assert cli("redesign", rehearsed, *FEW, "--output", tmp_path / "a.png").code == 0
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG")


def test_redesign_says_when_nothing_suffices(rehearsed, cli):
    said = cli(
        "redesign", rehearsed, "--waves", "1+1", "--add-pilots", "0", "--add-comparisons", "0", "--lang", "en"
    )
    assert said.code == 0 and "None of the" in said.out


def test_redesign_takes_prices_from_options_or_the_finance_form(rehearsed, cli, tmp_path):
    given = cli(
        "redesign", rehearsed, *FEW, "--format", "json", "--cost-answer", "2", "--cost-pilot", "500"
    ).json
    rows = pd.DataFrame(given["designs"])
    present = rows[rows["present"]].iloc[0]
    assert present["cost"] == 2 * present["answers"]
    more = rows[rows["pilots"] == present["pilots"] + 6].iloc[0]
    assert more["cost"] == 2 * more["answers"] + 6 * 500
    lines = ["unit,item,kind,amount", "all,Bàn ghế,one-off,4000", "all,Khảo sát,per wave,300"]
    form = tmp_path / "costs.csv"
    form.write_text("\n".join(lines) + "\n", encoding="utf-8")
    rows = pd.DataFrame(cli("redesign", rehearsed, *FEW, "--format", "json", "--costs", form).json["designs"])
    present = rows[rows["present"]].iloc[0]
    # Shared by two pilot units: 150 a unit and wave, 2,000 for a further pilot.
    assert present["cost"] == 150 * present["unit_waves"]
    more = rows[rows["pilots"] == present["pilots"] + 6].iloc[0]
    assert more["cost"] == 150 * more["unit_waves"] + 6 * 2000


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--power", "80"), "power must lie between 0 and 1"),
        (("--effect", "-0.2"), "the effect above 0"),
        (("--waves", "1-2"), "waves cannot be read"),
        (("--waves", "0+1"), "at least 1 a side"),
        (("--add-pilots", "1.5"), "whole numbers"),
        (("--add-pilots", "-1"), "added, not taken away"),
        (("--try-answers", ","), "nothing to try"),
        (("--cost-answer", "-3"), "must not be below 0"),
        (("--cost-answer", "0"), "every price is 0"),
        (("--output", "plot.pdf"), "SVG or PNG"),
    ],
)
def test_redesign_refuses_what_cannot_be_tried(rehearsed, refused, options, message):
    few = [] if options[0] in FEW else list(FEW)
    assert message in refused("redesign", rehearsed, *few, *options)
