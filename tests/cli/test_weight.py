"""surveylib weight of any CSV: margins from files, templates, and every mistake in one clear error."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pytest

ROWS = 120


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Made-up answers: women and the young are too many."""
    random = np.random.default_rng(31)
    path = tmp_path / "answers.csv"
    with open(path, "w", encoding="utf-8", newline="") as handle:
        writer = csv.writer(handle, lineterminator="\n")
        writer.writerow(["id", "giới tính", "age", "pw", "ghi chú"])
        for i in range(ROWS):
            sex = random.choice(["nữ", "nam"], p=[0.7, 0.3])
            writer.writerow([f"{i:03d}", sex, random.choice([1, 2, 3]), random.integers(1, 5), "a, b"])
    return path


@pytest.fixture
def margins(tmp_path: Path) -> Path:
    return written(tmp_path, "giới tính,nam,480", "giới tính,nữ,520", "age,1,300", "age,2,400", "age,3,300")


def written(folder: Path, *lines: str, head: str = "variable,level,count") -> Path:
    path = folder / "margins.csv"
    path.write_text("\n".join([head, *lines]) + "\n", encoding="utf-8")
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize(
    ("lang", "wanted"),
    [
        (
            "vi",
            (
                "Quyền số qua từng bước",
                "Hiệu ứng Kish",
                "Cân theo tổng thể",
                "Số biên khớp",
                "Mục tiêu",
                "có",
            ),
        ),
        ("en", ("The weights after each step", "Kish deff", "Calibrated", "Margins hit", "Target", "yes")),
    ],
)
def test_tables_are_headed_in_the_language(file, margins, lang, wanted, cli):
    said = cli("weight", file, "--margins", margins, "--base", "pw", "--lang", lang)
    assert said.code == 0 and all(words in said.out for words in wanted)
    assert not any(name in said.out for name in ("kish_deff", "margins_hit", "asmd", "True"))
    assert "1000" in said.out and "e-1" not in said.out


def test_a_file_keeps_its_cells_and_gets_its_weights(file, margins, tmp_path, cli):
    kept = tmp_path / "weighted.csv"
    said = cli(
        "weight",
        file,
        "--margins",
        margins,
        "--base",
        "pw",
        "--trim",
        5,
        "--output",
        kept,
        "--format",
        "json",
    )
    assert said.code == 0, said.err
    assert [step["step"] for step in said.json["steps"]] == ["base", "calibrate", "trim"]
    assert all(line["hit"] for line in said.json["margins"])
    made, before = rows_of(kept), rows_of(file)
    assert [{k: r[k] for k in before[0]} for r in made] == before
    assert set(made[0]) - set(before[0]) == {"weight_base", "weight_calibrate", "weight_trim", "weight"}
    women = sum(float(row["weight"]) for row in made if row["giới tính"] == "nữ")
    assert women == pytest.approx(520, rel=1e-9)


def test_estimates_with_the_weights_hit_the_margin(file, margins, tmp_path, cli):
    kept = tmp_path / "weighted.csv"
    cli("weight", file, "--margins", margins, "--output", kept)
    made = cli("estimate", kept, "--weights", "weight", "--prop", "giới tính", "--format", "json").json
    shares = {row["level"]: row["estimate"] for row in made["estimates"]}
    assert shares == pytest.approx({"nam": 0.48, "nữ": 0.52})


def test_a_template_filled_in_comes_back(file, tmp_path, cli):
    path = tmp_path / "margins.csv"
    cli("weight", "--template", file, "--margin", "giới tính", "--margin", "age", "--output", path)
    lines = rows_of(path)
    assert [line["level"] for line in lines] == ["nam", "nữ", "1", "2", "3"]
    assert sum(int(line["respondents"]) for line in lines) == 2 * ROWS
    printed = cli("weight", "--template", file, "--margin", "giới tính", "--margin", "age").out
    assert printed == path.read_text(encoding="utf-8")
    filled = [f"{r['variable']},{r['level']},{n}" for r, n in zip(lines, (50, 50, 20, 40, 40), strict=True)]
    written(tmp_path, *filled)
    assert all(
        line["hit"] for line in cli("weight", file, "--margins", path, "--format", "json").json["margins"]
    )


@pytest.mark.parametrize("printed", [True, False])
def test_a_template_computes_nothing_and_comes_back(tmp_path, cli, printed):
    rows, margins = tmp_path / "rows.csv", tmp_path / "margins.csv"
    rows.write_text("kind\n" + "=1+1\n" * 3 + "- khác\n" * 5, encoding="utf-8")
    asked = ("weight", "--template", rows, "--margin", "kind")
    filled = cli(*asked).out if printed else cli(*asked, "--output", margins) and margins.read_text("utf-8")
    assert "kind,'=1+1,," in filled and "kind,'- khác,," in filled
    margins.write_text(filled.replace(",,", ",40,"), encoding="utf-8")
    made = cli("weight", rows, "--margins", margins, "--format", "json").json["margins"]
    assert [(line["level"], line["after"]) for line in made] == [("- khác", 40), ("=1+1", 40)]


def test_a_template_that_was_not_filled_in_is_said(file, tmp_path, cli, refused):
    path = tmp_path / "margins.csv"
    cli("weight", "--template", file, "--margin", "age", "--output", path)
    said = refused("weight", file, "--margins", path)
    assert "3 count(s) are blank" in said and "row 1: age, 1" in said and str(path) in said


def test_everyone_approached_with_outcomes(tmp_path, cli):
    path = tmp_path / "approached.csv"
    outcome = ["complete"] * 8 + ["refusal", "noncontact", "ineligible", "unknown"]
    lines = [f"{i},{'fm'[i % 2]},{told}" for i, told in enumerate(outcome)]
    path.write_text("\n".join(["id,sex,outcome", *lines]) + "\n", encoding="utf-8")
    kept = tmp_path / "weighted.csv"
    said = cli("weight", path, "--outcome", "outcome", "--class", "sex", "--output", kept, "--format", "json")
    assert [step["step"] for step in said.json["steps"]] == ["base", "eligibility", "nonresponse"]
    assert said.json["findings"][0]["code"] == "WT02"
    assert [row["id"] for row in rows_of(kept)] == [str(i) for i in range(8)]
    by_model = cli("weight", path, "--outcome", "outcome", "--propensity", "sex", "--format", "json")
    assert by_model.json["steps"][-1]["least_propensity"] > 0


def test_numbers_with_a_known_total_need_greg(file, tmp_path, cli, refused):
    path = written(tmp_path, "giới tính,nam,480", "giới tính,nữ,520", "pw,,2600")
    assert "total of a number" in refused("weight", file, "--margins", path)
    table = cli("weight", file, "--margins", path, "--method", "linear", "--format", "json").json["margins"]
    assert [line["after"] for line in table] == pytest.approx([480, 520, 2600])


MISTAKES = {
    "margins that disagree": (
        ["giới tính,nam,480", "giới tính,nữ,520", "age,1,300", "age,2,400", "age,3,301"],
        "",
        ["disagree", "giới tính 1000", "age 1001", "--population"],
    ),
    "nobody in a category": (
        ["age,1,300", "age,2,400", "age,3,200", "age,4,100"],
        "",
        ["no respondents", "level '4'", "100 in the population", "join"],
    ),
    "a level without a count": (["age,1,300", "age,2,400"], "", ["have a level", "'3'"]),
    "an unknown column": (["aeg,1,300"], "", ["unknown column", "did you mean 'age'"]),
    "bounds too tight": (
        ["giới tính,nam,480", "giới tính,nữ,520"],
        "--method logit --bounds 0.9,1.1",
        ["no weights within the bounds", "wider"],
    ),
    "bounds in words": (["age,1,1"], "--method logit --bounds low", ["bounds cannot be read", "0.5,2"]),
    "bounds with rake": (["age,1,1", "age,2,1", "age,3,1"], "--bounds 0.5,2", ["bounds would be ignored"]),
    "base weights in words": (["age,1,1", "age,2,1", "age,3,1"], "--base id2", ["unknown column", "'id'"]),
    "trim below 1": (["age,1,1", "age,2,1", "age,3,1"], "--trim 0.5", ["above 1"]),
    "a run of a file": (["age,1,1"], "--run x", ["--run would be ignored"]),
    "classes without outcomes": (["age,1,1"], "--class age", ["needs the outcome"]),
    "a template with margins": (["age,1,1"], "--template --margin age", ["--margins would be ignored"]),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_every_mistake_ends_in_one_error_and_writes_nothing(file, tmp_path, refused, name):
    lines, options, words = MISTAKES[name]
    kept = tmp_path / "weighted.csv"
    said = refused("weight", file, "--margins", written(tmp_path, *lines), *options.split(), "--output", kept)
    assert [word for word in words if word not in said] == [], said
    assert not kept.exists()


def test_margins_that_fight_are_named_and_may_be_met_softly(tmp_path, cli, refused):
    path = tmp_path / "rows.csv"
    path.write_text("sex,age\n" + "f,1\n" * 4 + "m,2\n" * 4, encoding="utf-8")
    lines = written(tmp_path, "sex,f,50", "sex,m,50", "age,1,60", "age,2,40")
    said = refused("weight", path, "--margins", lines)
    assert "sex and age" in said and "--soft" in said
    made = cli("weight", path, "--margins", lines, "--soft", 0.001, "--format", "json").json["margins"]
    assert [line["after"] for line in made[:2]] == pytest.approx([55, 45], abs=0.2)
    assert not any(line["hit"] for line in made)


def test_old_weights_are_not_overwritten(file, margins, tmp_path, cli, refused):
    kept, again = tmp_path / "weighted.csv", tmp_path / "again.csv"
    cli("weight", file, "--margins", margins, "--output", kept)
    said = refused("weight", kept, "--margins", margins, "--base", "weight", "--output", again)
    assert "column of that name already" in said and not again.exists()


def test_nothing_asked_for(file, refused):
    assert "nothing to do" in refused("weight", file)
    assert "--population would be ignored" in refused("weight", file, "--trim", 3, "--population", 10)
    assert "needs its margins" in refused("weight", "--template", file)


def test_options_of_a_file_are_refused_for_a_study(tmp_path, refused):
    assert "--trim would be ignored" in refused("weight", tmp_path, "--trim", 3)


def test_the_same_inputs_give_the_same_bytes(file, margins, tmp_path, cli):
    one, other = tmp_path / "one.csv", tmp_path / "other.csv"
    for path in (one, other):
        cli("weight", file, "--margins", margins, "--method", "raking", "--bounds", "0.3,4", "--output", path)
    assert one.read_bytes() == other.read_bytes()


def test_soft_calibration_that_misses_is_said_in_every_form(tmp_path, cli):
    path = tmp_path / "rows.csv"
    path.write_text("sex,age\n" + "f,1\n" * 4 + "m,2\n" * 4, encoding="utf-8")
    lines = written(tmp_path, "sex,f,50", "sex,m,50", "age,1,80", "age,2,20")
    asked = ("weight", path, "--margins", lines, "--soft", 0.01)
    told = "age 2 35.176 thay vì 20"
    assert told in cli(*asked).out and told in cli(*asked, "--format", "csv").err
    assert [one["code"] for one in cli(*asked, "--format", "json").json["findings"]] == ["WT13"]


def test_shares_do_as_well_as_counts_where_the_population_is_given(file, tmp_path, cli, refused):
    shares = written(tmp_path, "giới tính,nam,0.48", "giới tính,nữ,0.52", head="variable,level,share")
    made = cli("weight", file, "--margins", shares, "--population", 1000, "--format", "json").json["margins"]
    assert [line["after"] for line in made] == pytest.approx([480, 520])
    said = refused("weight", file, "--margins", shares)
    assert "margins are shares" in said and "--population, or counts" in said


def test_a_template_says_what_belongs_into_it(file, cli):
    asked = ("weight", "--template", file, "--margin", "age")
    assert "Điền cột count" in cli(*asked).err and "share" in cli(*asked, "--lang", "en").err
