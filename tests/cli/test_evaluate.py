"""`surveylib evaluate`: a bare table of cells to effects and a verdict; and every table that will not do."""

from __future__ import annotations

import csv
import io
import json

import pytest

PILOTS = {"a": (3.0, 3.5), "b": (3.2, 3.5), "c": (3.1, 3.8)}
OTHERS = {
    "d": (3.0, 3.1),
    "e": (3.3, 3.2),
    "f": (3.1, 3.1),
    "g": (2.9, 3.1),
    "h": (3.4, 3.3),
    "i": (3.0, 3.2),
}
HEADER = "unit,arm,wave,mean,se,n\n"


def cells(pilots: dict = PILOTS, others: dict = OTHERS) -> str:
    arms = [("pilot", name, pair) for name, pair in pilots.items()]
    arms += [("comparison", name, pair) for name, pair in others.items()]
    return HEADER + "".join(
        f"{name},{arm},{wave},{mean},0.08,100\n"
        for arm, name, pair in arms
        for wave, mean in zip(("pre", "post"), pair, strict=True)
    )


@pytest.fixture
def table(tmp_path):
    """Write a table of cells and name its file."""

    def write(content: str):
        file = tmp_path / "cells.csv"
        file.write_text(content, encoding="utf-8")
        return file

    return write


def effect(made: dict, estimator: str) -> dict:
    (row,) = [row for row in made["effects"] if row["estimator"] == estimator and row["scope"] == "all"]
    return row


def test_the_reference_pilot_comes_out_as_published(shared, table, cli):
    """R and an enumeration of all 3003 splits, not our own numbers."""
    folder = shared / "golden" / "evaluation"
    want = json.loads((folder / "effects.json").read_text(encoding="utf-8"))["sim_pilot"]
    with open(folder / "sim_pilot.csv", encoding="utf-8") as file:
        arms = {row["unit"]: "pilot" if row["treat"] == "1" else "comparison" for row in csv.DictReader(file)}
    lines = [HEADER]
    with open(folder / "sim_pilot_cells.csv", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            wave = "post" if row["post"] == "1" else "pre"
            lines.append(
                f"{row['unit']},{arms[row['unit']]},{wave},{row['y_mean']},{row['y_se']},{row['y_n']}\n"
            )
    made = cli("evaluate", table("".join(lines)), "--format", "json").json
    level = want["unit_level"]
    assert effect(made, "unit_equal")["estimate"] == pytest.approx(level["est"], rel=1e-9)
    assert effect(made, "welch")["p_value"] == pytest.approx(level["p_welch"], rel=1e-9)
    assert effect(made, "ri_t")["p_value"] == pytest.approx(level["RI_t_3003"], rel=1e-9)
    signflip = want["five_units_only"]["exact_signflip_p"]
    assert effect(made, "pilots_only")["p_value"] == pytest.approx(signflip, rel=1e-9)


def test_json_holds_decision_effects_changes_gates_refusals_and_findings(table, cli):
    made = cli("evaluate", table(cells()), "--format", "json").json
    always = {
        "decision",
        "effects",
        "probabilities",
        "changes",
        "gates",
        "refusals",
        "findings",
        "deviations",
        "sentences",
        "grade",
        "guards",
        "posterior",
        "sensitivity",
    }
    assert made["sensitivity"][0]["check"] == "overturn" and len(made["sentences"]) == 5
    assert {"cr2_bm", "leave_one_out"} & {row["guard"] for row in made["guards"]}
    assert made["grade"]["maryland"] == 3 and "lot" in made["grade"]["reasons"][0]["en"]
    assert set(made) == always | {"units", "events"}
    assert [row["unit"] for row in made["units"]] == list(PILOTS) and len(made["events"]) == 2
    change = {row["unit"]: row["change"] for row in made["changes"]}
    assert change == pytest.approx({name: post - pre for name, (pre, post) in {**PILOTS, **OTHERS}.items()})
    # By hand: the pilots' mean change minus the others'.
    assert effect(made, "unit_equal")["estimate"] == pytest.approx(1.5 / 3 - 0.3 / 6)


def test_dated_waves_and_days_of_start_tell_before_after_and_who_started_when(table, cli):
    rows = ["unit,arm,wave,mean,se,n,start\n"]
    for number, name in enumerate("abcdefghi"):
        arm, start = ("pilot", "2014-11-01") if number < 3 else ("comparison", "")
        arm, start = ("self_pilot", "2015-06-01") if name == "d" else (arm, start)
        for wave, rise in (("2014-05", 0.01), ("2014-10", 0.0), ("2015-04", 0.1), ("2015-11", 0.4)):
            mean = 3 + 0.1 * number + (rise if number < 3 else 0.02 * ((number * 7 + len(wave + name)) % 5))
            rows.append(f"{name},{arm},{wave},{mean + 0.013 * (number % 4) * rise:.3f},0.08,100,{start}\n")
    made = cli("evaluate", table("".join(rows)), "--format", "json").json
    assert [row["step"] for row in made["events"]] == [-1, 0, 1, 2] and len(made["trends"]) == 4
    assert {row["cohort"] for row in made["staggered"]} == {"2015-04", "2015-11", ""}
    assert "R5" not in {refusal["code"] for refusal in made["refusals"]}


def test_without_a_plan_it_is_exploratory_and_never_rolls_out(table, cli):
    made = cli("evaluate", table(cells()), "--format", "json").json
    assert made["decision"]["exploratory"] and made["decision"]["verdict"] != "roll_out"
    assert "W7" in {refusal["code"] for refusal in made["refusals"]}


def test_a_plan_brings_its_own_thresholds(table, cli, study):
    (study / "p.yaml").write_text(
        (study / "plan.yaml")
        .read_text(encoding="utf-8")
        .replace("pre: [t0]", "pre: []")
        .replace("post: [t1]", "post: []"),
        encoding="utf-8",
    )
    made = cli("evaluate", table(cells()), "--plan", study / "p.yaml", "--format", "json").json
    assert (
        made["decision"]["plan_digest"]
        != cli("evaluate", table(cells()), "--format", "json").json["decision"]["plan_digest"]
    )


def test_csv_is_the_effects(table, cli):
    rows = list(csv.DictReader(io.StringIO(cli("evaluate", table(cells()), "--format", "csv").out)))
    assert {"unit_equal", "welch", "ri_t"} <= {row["estimator"] for row in rows}
    assert {"estimate", "std_error", "df", "conf_low", "conf_high", "p_value", "p_floor"} <= set(rows[0])


def test_every_form_of_the_answer_says_whether_it_is_exploratory(table, cli, study):
    """Under one word, so that an effect copied from the CSV takes it along."""
    file = table(cells())
    rows = list(csv.DictReader(io.StringIO(cli("evaluate", file, "--format", "csv").out)))
    assert {row["status"] for row in rows} == {"exploratory"}
    made = json.loads(cli("evaluate", file, "--format", "json").out)
    assert {row["status"] for row in made["effects"]} == {"exploratory"} and made["decision"]["exploratory"]
    assert "(exploratory)" in cli("evaluate", file, "--lang", "en").out.splitlines()[0]
    plan = study / "plan.yaml"
    words = plan.read_text(encoding="utf-8").replace("pre: [t0]", "pre: []").replace("post: [t1]", "post: []")
    plan.write_text(words, encoding="utf-8")
    cli("plan", "freeze", study, "--by", "Sở Nội vụ")
    rows = list(csv.DictReader(io.StringIO(cli("evaluate", file, "--plan", plan, "--format", "csv").out)))
    assert {row["status"] for row in rows} == {"confirmatory"}
    assert "exploratory" not in cli("evaluate", file, "--plan", plan, "--lang", "en").out.splitlines()[0]


@pytest.mark.parametrize("lang, word", [("vi", "Kéo dài"), ("en", "Extend")])
def test_people_read_the_verdict_first_in_their_language(table, cli, lang, word):
    said = cli("evaluate", table(cells()), "--lang", lang)
    assert said.code == 0 and said.out.startswith(word)
    last = said.out.split("\neffects")[0].splitlines()[-1]  # before the tables: what would overturn it
    assert {"vi": "kết luận khác", "en": "another verdict"}[lang] in last
    assert "p_floor" in said.out and "W7" in said.out


def test_names_that_look_like_numbers_stay_names(table, cli):
    numbered = {str(n): pair for n, pair in enumerate(PILOTS.values(), 1)}
    made = cli("evaluate", table(cells(pilots=numbered)), "--format", "json").json
    assert {"1", "2", "3"} <= {row["unit"] for row in made["changes"]}


def test_a_unit_without_answers_in_a_wave_is_left_out_and_named(table, cli):
    content = "".join(
        line for line in cells().splitlines(keepends=True) if not line.startswith("a,pilot,post")
    )
    made = cli("evaluate", table(content), "--format", "json", "--lang", "en").json
    assert effect(made, "unit_equal")["n_pilot"] == 2
    assert [finding["message"] for finding in made["findings"]] == ["overall: a wave is missing: a"]
    assert "a" not in {row["unit"] for row in made["changes"]}


def test_one_pilot_unit_is_not_tested(table, cli):
    made = cli("evaluate", table(cells(pilots={"a": (3.0, 3.5)})), "--format", "json", "--lang", "en").json
    assert made["decision"]["verdict"] == "undecided" and effect(made, "unit_equal")["p_value"] is None
    assert "R6" in {refusal["code"] for refusal in made["refusals"]}


def test_equal_changes_are_not_tested(table, cli):
    same = {name: (3.0, 4.0) for name in "ab"}, {name: (3.0, 3.0) for name in "cd"}
    made = cli("evaluate", table(cells(*same)), "--format", "json").json
    assert made["decision"]["verdict"] == "undecided" and effect(made, "unit_equal")["p_value"] is None


def test_without_comparison_units_nothing_is_called_an_effect(table, cli):
    made = cli("evaluate", table(cells(others={})), "--format", "json").json
    assert made["decision"]["verdict"] != "roll_out" and effect(made, "unit_equal")["estimate"] is None
    assert "R2" in {refusal["code"] for refusal in made["refusals"]}


def test_a_study_tells_arms_by_date_and_knows_its_units(table, refused, cli, rehearsed):
    named = {
        "pilots": {f"unit_0{n}": pair for n, pair in enumerate(PILOTS.values(), 1) if n < 3},
        "others": {f"unit_0{n}": pair for n, pair in enumerate(OTHERS.values(), 3) if n < 6},
    }
    content = cells(**named).replace(",pre,", ",t0,").replace(",post,", ",t1,")
    plan = rehearsed / "plan.yaml"
    mislabelled = content.replace("unit_01,pilot", "unit_01,comparison")
    made = cli("evaluate", table(mislabelled), "--plan", plan, "--study", rehearsed, "--format", "json").json
    assert {row["unit"]: row["arm"] for row in made["changes"]}["unit_01"] == "pilot"
    said = refused(
        "evaluate", table(content.replace("unit_02", "unti_02")), "--plan", plan, "--study", rehearsed
    )
    assert "unknown unit" in said and "did you mean 'unit_02'" in said


LINE = "a,pilot,pre,3.0,0.08,100\n"
MISTAKES = {
    "no column of means": (cells().replace("mean", "average"), ["lack a column", "no mean"]),
    "unknown arm": (cells().replace("a,pilot", "a,pilots"), ["arm", "'pilots'"]),
    "a cell twice": (cells() + LINE, ["twice"]),
    "a unit in two arms": (cells().replace("a,pilot,post", "a,comparison,post"), ["a", "arm"]),
    "a mean in words": (cells().replace(LINE, "a,pilot,pre,high,0.08,100\n"), ["not a number", "'high'"]),
    "a size in words": ("unit,arm,wave,mean,se,n,n_eff\na,pilot,pre,3,0.1,100,many\n", ["n_eff", "'many'"]),
    "a negative error": (cells().replace(LINE, "a,pilot,pre,3.0,-1,100\n"), ["se", "-1"]),
    "no wave after": (cells().replace("post", "later"), ["after the pilot", "later"]),
    "no rows": (HEADER, ["no rows"]),
    "nothing": ("", ["file is empty"]),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_in_the_cells_ends_in_one_error(table, refused, name):
    content, fragments = MISTAKES[name]
    said = refused("evaluate", table(content))
    assert [fragment for fragment in fragments if fragment not in said] == [], said
    assert "cells.csv" in said


def test_a_plan_that_is_no_plan(table, refused, tmp_path):
    (tmp_path / "plan.yaml").write_text("plan_version: 1\nthreshholds: {sesoi: 0.2}\n", encoding="utf-8")
    said = refused("evaluate", table(cells()), "--plan", tmp_path / "plan.yaml")
    assert "line 2" in said and "did you mean 'thresholds'" in said
