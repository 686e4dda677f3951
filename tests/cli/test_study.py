"""The commands that look at one stage of a study: draw, ingest, check, weight, lint, run, report, lab."""

from __future__ import annotations

import csv
import io
import unicodedata
from collections import Counter
from pathlib import Path

import pandas as pd
import pytest

from surveylib.model.rehearsal import MARK, MARK_COLUMN
from tests.e2e import projects


def rows_of(path: Path) -> list[dict[str, str]]:
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def nfc(row: dict[str, str]) -> list[str]:
    return [unicodedata.normalize("NFC", cell) for cell in row.values()]


def rehearsal(study: Path) -> Path:
    return study / "reports" / study.name / "rehearsal" / "rehearsal"


# ---- draw ------------------------------------------------------------


def test_draw_prints_its_log_and_keeps_the_list_to_approach(rehearsed, tmp_path, cli):
    kept = tmp_path / "sample.csv"
    registers = rehearsal(rehearsed)
    said = cli(
        "draw", rehearsed, "--registers", registers, "--wave", "t0", "--output", kept, "--format", "json"
    )
    log, listed = said.json["draw"], rows_of(kept)
    assert {line["wave"] for line in log} == {"t0"} and len({line["unit"] for line in log}) == 5
    assert sum(line["sampled"] + line["reserves"] for line in log) == len(listed)
    register = {row["dossier"] for row in rows_of(registers / "registers" / "t0.csv")}
    assert {row["dossier"] for row in listed} <= register
    taken = Counter((row["unit"], row["stratum"]) for row in listed if row["reserve"] == "False")
    assert taken == {(line["unit"], line["stratum"]): line["sampled"] for line in log}
    for row in listed:
        assert float(row["probability"]) == pytest.approx(int(row["sampled"]) / int(row["population"]))


def test_drawing_again_gives_the_same_dossiers_and_other_waves_do_not_matter(rehearsed, tmp_path, cli):
    one, all_waves = tmp_path / "one.csv", tmp_path / "all.csv"
    cli("draw", rehearsed, "--registers", rehearsal(rehearsed), "--wave", "t1", "--output", one)
    cli("draw", rehearsed, "--registers", rehearsal(rehearsed), "--output", all_waves)
    assert rows_of(one) == [row for row in rows_of(all_waves) if row["wave"] == "t1"]


def test_draw_reads_raw_by_default(study, refused, cli):
    assert "t0.csv" in refused("draw", study, "--wave", "t0")
    (study / "raw" / "registers").mkdir()
    (study / "raw" / "registers" / "t0.csv").write_bytes(
        (rehearsal(study) / "registers" / "t0.csv").read_bytes()
    )
    assert cli("draw", study, "--wave", "t0").code == 0


def test_draw_of_an_unknown_wave(rehearsed, refused):
    said = refused("draw", rehearsed, "--wave", "t2")
    assert "unknown wave" in said and "one of extension, interim, t0, t1" in said


def test_a_register_with_a_unit_the_study_does_not_know(study, refused):
    register = rehearsal(study) / "registers" / "t0.csv"
    register.write_text(
        register.read_text(encoding="utf-8").replace(",unit_02,", ",unti_02,", 1), encoding="utf-8"
    )
    said = refused("draw", study, "--registers", rehearsal(study), "--wave", "t0")
    assert "t0.csv" in said and "'unti_02'" in said and "did you mean 'unit_02'" in said


def test_a_register_without_any_dossier(study, refused):
    register = rehearsal(study) / "registers" / "t0.csv"
    register.write_text(register.read_text(encoding="utf-8").splitlines()[0] + "\n", encoding="utf-8")
    assert "register holds no dossier" in refused(
        "draw", study, "--registers", rehearsal(study), "--wave", "t0"
    )


def test_a_study_that_plans_no_sample(study, refused, edit):
    text = (study / "study.yaml").read_text(encoding="utf-8")
    block = text[text.index("sampling:\n") : text.index("# ---- Quyền số")]
    edit("study.yaml", block, "")
    assert "plans no sample" in refused("draw", study)


# ---- ingest, check, weight ------------------------------------------------------------


def test_ingest_counts_answers_and_names_corrections(rehearsed, tmp_path, cli):
    kept = tmp_path / "answers.csv"
    said = cli("ingest", rehearsed, "--run", "rehearsal", "--output", kept, "--format", "json")
    answers = rows_of(kept)
    counted = {(line["wave"], line["unit"]): line["answers"] for line in said.json["answers"]}
    assert counted == Counter((row["wave"], row["unit"]) for row in answers) and len(counted) == 3 * 5
    assert said.json["corrections"] and all(line["corrections"] > 0 for line in said.json["corrections"])
    assert "comment" not in answers[0], "free text may name a person"


def test_invented_data_are_called_so_on_every_look(rehearsed, cli):
    for command in ("ingest", "check", "weight"):
        assert cli(command, rehearsed, "--run", "rehearsal", "--format", "csv").err.strip() == MARK


@pytest.mark.parametrize("lang, word, last", [("vi", "phiếu", "ghi chú"), ("en", "forms", "note(s)")])
def test_check_prints_every_finding_with_its_remedy(rehearsed, cli, lang, word, last):
    found = cli("check", rehearsed, "--run", "rehearsal", "--lang", lang, "--format", "json").json["findings"]
    said = cli("check", rehearsed, "--run", "rehearsal", "--lang", lang)
    assert found and said.out.count("  → ") == len(found) and word in said.out
    assert said.out.rstrip().endswith(last)
    assert said.code == int(any(finding["severity"] == "error" for finding in found))


def test_weights_keep_every_step_and_meet_the_margins(rehearsed, tmp_path, cli):
    kept = tmp_path / "weights.csv"
    said = cli("weight", rehearsed, "--run", "rehearsal", "--output", kept, "--format", "json")
    steps = [step["step"] for step in said.json["steps"]]
    assert steps[:3] == ["base", "nonresponse", "calibrate"]
    assert set(steps) <= set(rows_of(kept)[0])
    assert len(rows_of(kept)) == said.json["steps"][0]["n"] and said.json["margins"]


def test_a_template_of_margins_filled_in_weighs_the_study(study, tmp_path, cli):
    place = tmp_path / "margins.csv"
    cli("weight", study, "--run", "rehearsal", "--template", "--margin", "sex", "--output", place)
    made = pd.read_csv(place)
    assert list(made.columns[:5]) == ["unit", "wave", "variable", "level", "count"]
    assert made["count"].isna().all() and len(made) == 2 * made.groupby(["unit", "wave"]).ngroups
    made.assign(count=made["respondents"] * 7).to_csv(study / "margins.csv", index=False)
    new = {"base": "none", "margins_file": "margins.csv", "method": "raking", "bounds": [0.2, 5.0]}
    projects.change(study / "study.yaml", lambda document: document.update(weighting=new))
    out = tmp_path / "weights.csv"
    cli("weight", study, "--run", "rehearsal", "--output", out)
    weights = pd.read_csv(out)
    assert weights["calibrate"].sum() == pytest.approx(7 * len(weights))
    assert {"base", "scale", "calibrate"} <= set(weights.columns)


def test_output_cannot_be_a_folder(rehearsed, tmp_path, cli):
    said = cli("weight", rehearsed, "--run", "rehearsal", "--output", tmp_path)
    assert said.code == 2 and "a folder cannot be written as a file" in said.err


def test_csv_prints_the_first_table_alone(rehearsed, cli):
    lines = list(
        csv.reader(io.StringIO(cli("ingest", rehearsed, "--run", "rehearsal", "--format", "csv").out))
    )
    assert lines[0] == ["wave", "unit", "answers"] and len(lines) == 1 + 3 * 5


def as_if_real(study: Path, change=lambda name, rows: rows) -> None:
    """The files of the rehearsal without their mark stand in for what an office would send."""
    for source in sorted(rehearsal(study).glob("*/*.csv")):
        target = study / "raw" / source.parent.name / source.name
        target.parent.mkdir(exist_ok=True)
        rows = rows_of(source)
        names = [name for name in rows[0] if name != MARK_COLUMN]
        with open(target, "w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, names, extrasaction="ignore")
            writer.writeheader()
            writer.writerows(change(f"{source.parent.name}/{source.stem}", rows))


def test_real_data_in_raw_go_the_same_way_unmarked(study, cli):
    as_if_real(study)
    real = cli("ingest", study, "--format", "json")
    assert real.err == ""
    assert real.json == cli("ingest", study, "--run", "rehearsal", "--format", "json").json


def test_a_unit_without_answers_in_a_wave_is_found_and_the_rest_goes_on(study, cli):
    def without(name, rows):
        gone = ("unit_04", "Đơn vị 4")  # some forms name their unit in words
        return [r for r in rows if name != "exports/t1" or not any(g in c for c in nfc(r) for g in gone)]

    as_if_real(study, without)
    counted = {
        (line["wave"], line["unit"]) for line in cli("ingest", study, "--format", "json").json["answers"]
    }
    assert ("t1", "unit_04") not in counted and len(counted) == 3 * 5 - 1
    found = cli("check", study, "--lang", "en", "--format", "json").json["findings"]
    assert [f for f in found if "unit_04" in f["where"] + f["message"] and "t1" in f["where"] + f["message"]]


def test_a_unit_that_no_study_knows_in_an_export_is_found(study, cli):
    def strange(name, rows):
        unit = next(name for name in rows[0] if name.endswith("unit"))
        for row in rows[:5] if name == "exports/t1" else []:
            row[unit] = "Tỉnh khác"
        return rows

    as_if_real(study, strange)
    said = cli("check", study)
    assert "Tỉnh khác" in said.out + said.err and said.code in (1, 2)


def test_forms_that_belong_nowhere_are_an_error_and_end_in_1(study, cli):
    def anonymous(name, rows):
        for row in rows[:3] if name == "exports/t1" else []:
            row |= {column: "" for column in row if column.endswith(("unit", "dossier"))}
        return rows

    as_if_real(study, anonymous)
    said = cli("check", study, "--lang", "en")
    assert said.code == 1 and "error D06 t1.csv" in said.out.splitlines()[0]


def test_invented_data_copied_into_raw_are_still_called_so(study, cli):
    for source in rehearsal(study).glob("*/*.csv"):
        target = study / "raw" / source.parent.name / source.name
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(source.read_bytes())
    assert MARK in cli("ingest", study).err


def test_a_missing_export_names_its_place(study, refused):
    said = refused("check", study)
    assert "no wave has its files yet" in said and "t0.csv" in said
    assert "raw/" in said and "--rehearsal" in said


def test_no_study_in_a_folder(tmp_path, refused):
    for command in ("check", "run", "draw", "report", "lab"):
        said = refused(command, tmp_path)
        assert "no study here" in said and "surveylib new PATH" in said


# ---- runs ------------------------------------------------------------


def test_a_run_of_real_data_is_never_called_a_rehearsal(rehearsed, refused):
    assert "cannot be called a rehearsal" in refused("run", rehearsed, "--run", "rehearsal-2")


@pytest.mark.parametrize("name", ["a b", "a\\b", "Ω;", ""])
def test_a_run_has_a_usable_name(rehearsed, refused, name):
    assert "unusable name" in refused("run", rehearsed, "--run", name)


def test_pages_need_stages(rehearsed, refused):
    said = refused("report", rehearsed, "--run", "field")
    assert "no stages yet" in said and "surveylib run" in said


def test_a_study_without_a_declared_truth_cannot_be_rehearsed(study, refused, edit):
    edit("study.yaml", "rehearsal: rehearsal.yaml\n", "")
    assert "nothing to rehearse with" in refused("check", study, "--run", "rehearsal")


def test_without_jupyterlab_it_says_how_to_get_it(rehearsed, refused, monkeypatch, tmp_path):
    monkeypatch.setattr("surveylib.cli.lab.LAB", tmp_path / "absent")
    monkeypatch.setattr("sys.executable", str(tmp_path / "bin" / "python"))
    said = refused("lab", rehearsed)
    assert "JupyterLab is not installed" in said and "make lab" in said


def test_lab_opens_the_notebooks_with_the_study_set(rehearsed, cli, monkeypatch, tmp_path):
    jupyter = tmp_path / ".venv-lab" / "bin" / "jupyter"
    jupyter.parent.mkdir(parents=True)
    jupyter.write_text(
        f'#!/bin/sh\necho "$@" "$SURVEYLIB_STUDY" > {tmp_path}/called\nexit 3\n', encoding="utf-8"
    )
    jupyter.chmod(0o755)
    monkeypatch.setattr("surveylib.cli.lab.LAB", jupyter)
    monkeypatch.setattr("surveylib.cli.lab.notebook_folder", lambda folder: tmp_path / "notebooks")
    said = cli("lab", rehearsed, "--no-browser", "--", "--port", "9000")
    assert said.code == 3  # JupyterLab's own exit code
    called = (tmp_path / "called").read_text(encoding="utf-8").split()
    assert called == ["lab", str(tmp_path / "notebooks"), "--no-browser", "--port", "9000", str(rehearsed)]
