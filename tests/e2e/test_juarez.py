"""A real survey with two waves, clusters and all its mess: the figures of its publisher and of R."""

from __future__ import annotations

import codecs
import csv
import dataclasses
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from surveylib import documents
from surveylib.errors import SurveyError
from surveylib.estimation import contrast, declare, estimate, totals
from surveylib.fieldwork import ingest, read_table
from surveylib.instrument import lint, load_questionnaire, outcomes
from surveylib.model.study import Study
from surveylib.model.totals import Request
from surveylib.runner.case import open_case

HERE = Path(__file__).resolve().parent / "juarez"
ROOT = HERE.parents[2]
TOLERANCE = 1e-6
PUBLISHED_2023 = {"basura": 9.10, "alumbrado_colonia": 7.41, "alumbrado_ciudad": 7.34, "calles": 5.61}


@pytest.fixture(scope="module")
def study() -> Study:
    return documents.read(HERE / "study.yaml", Study)


@pytest.fixture(scope="module")
def questionnaire():
    return load_questionnaire(HERE / "questionnaire.yaml")


@pytest.fixture(scope="module")
def tables(shared, study):
    return {source.wave: read_table(HERE / source.path) for source in study.sources}


@pytest.fixture(scope="module")
def ingested(tables, study, questionnaire):
    """wave -> (Responses, findings)."""
    return {
        source.wave: ingest(tables[source.wave], source=source, questionnaire=questionnaire, study=study)
        for source in study.sources
    }


@pytest.fixture(scope="module")
def estimates(ingested, study, questionnaire):
    """Every outcome by wave, strata = district × wave, clusters = census areas of the wave."""
    rows = pd.concat([responses.rows for responses, _ in ingested.values()], ignore_index=True)
    scores = outcomes(rows, questionnaire, unit_types={unit.id: unit.type for unit in study.units})
    design = declare(
        rows, strata=study.design.strata, psu=study.design.psu, nest=True, lonely=study.design.lonely
    )
    table = pd.concat([rows[["wave"]], scores[list(study.outcomes)]], axis=1)
    requests = [Request(kind="mean", variable=name) for name in study.outcomes]
    return estimate(totals(table, design, requests=requests, by=["wave"]))


@pytest.fixture(scope="module")
def reference(shared):
    return pd.read_csv(shared / "data/juarez/R_reference_means.csv")


def raw_rows(path: Path) -> list[dict[str, str]]:
    """The file as the standard library reads it: an oracle that shares nothing with ours."""
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def source_of(study: Study, wave: str):
    return next(source for source in study.sources if source.wave == wave)


# ---- the figures -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("item", "mean"), PUBLISHED_2023.items())
def test_published_means(estimates, item, mean):
    table = estimates.table.set_index(["variable", "wave"])
    assert f"{table.loc[(item, 'w2023'), 'estimate']:.2f}" == f"{mean:.2f}"


@pytest.mark.parametrize(("ours", "theirs"), [("estimate", "mean"), ("std_error", "se_cluster"), ("n", "n")])
def test_means_equal_r(estimates, reference, ours, theirs):
    table = estimates.table.set_index(["variable", "wave"])[ours]
    expected = reference.assign(wave="w" + reference["wave"].astype(str)).set_index(["item", "wave"])[theirs]
    assert len(expected) == len(table) == 28
    np.testing.assert_allclose(table[expected.index], expected, rtol=0, atol=TOLERANCE)


def test_clusters_matter(estimates, reference):
    table = estimates.table.set_index(["variable", "wave"])
    expected = reference.assign(wave="w" + reference["wave"].astype(str)).set_index(["item", "wave"])
    # The reference's deff is the squared ratio of the two standard errors.
    ratio = (table["std_error"][expected.index] / expected["se_srs"]) ** 2
    np.testing.assert_allclose(ratio, expected["deff_vs_srs"], rtol=0, atol=TOLERANCE)
    assert (ratio > 1).all()


def test_changes_equal_r(estimates, shared):
    expected = pd.read_csv(shared / "data/juarez/R_reference_change.csv").set_index("item")
    table = estimates.table
    rows = []
    for item in expected.index:
        row = np.where(table["variable"] == item, 1.0, 0.0)
        rows.append(row * np.where(table["wave"] == "w2024", 1.0, -1.0))
    # 120 clusters less 18 strata, less the one coefficient of the regression that svyttest runs.
    assert set(expected["df"]) == {120 - 18 - 1}
    made = contrast(estimates, coefficients=np.array(rows), names=list(expected.index), df=101)
    made = made.table.set_index("variable")
    for ours, theirs in (("estimate", "diff"), ("std_error", "se"), ("statistic", "t"), ("p_value", "p")):
        np.testing.assert_allclose(made[ours], expected[theirs], rtol=0, atol=TOLERANCE, err_msg=ours)
    # What is at stake: water "changed" for a test that takes the answers for independent, not for the design.
    assert expected.loc["agua", "welch_p"] < 0.05 < made.loc["agua", "p_value"]


def test_design_has_the_clusters_of_each_wave(ingested):
    counted = {
        wave: responses.rows.groupby("unit")["psu"].nunique() for wave, (responses, _) in ingested.items()
    }
    assert {wave: (len(by_unit), by_unit.sum()) for wave, by_unit in counted.items()} == {
        "w2023": (9, 57),
        "w2024": (9, 63),
    }


# ---- the mess --------------------------------------------------------------------------------------------


def test_rows_without_district_are_dropped(ingested):
    assert {wave: len(responses.rows) for wave, (responses, _) in ingested.items()} == {
        "w2023": 1524,
        "w2024": 1483,
    }


def test_an_answered_row_without_district_is_dropped_and_said(tables, study, questionnaire):
    """In the file the six such rows hold nothing else either; here three that do."""
    source = source_of(study, "w2024")
    rows = tables["w2024"].rows.copy()
    rows.loc[[3, 40, 500], source.unit] = ["", " ", ""]
    responses, findings = ingest(
        dataclasses.replace(tables["w2024"], rows=rows),
        source=source,
        questionnaire=questionnaire,
        study=study,
    )
    assert len(responses.rows) == 1483 - 3
    assert list(responses.corrections["column"]) == ["(form)"] * 3
    (said,) = [found for found in findings if found.severity == "error"]
    assert said.message.en.startswith("3 forms name no unit") and said.message.vi.startswith("3 phiếu")


def test_every_answer_is_the_files(ingested, study, questionnaire):
    """Answers by code, item by item, against a count of the raw cells."""
    for source in study.sources:
        responses, _ = ingested[source.wave]
        raw = [row for row in raw_rows(HERE / source.path) if row[source.unit].strip()]
        for item, header in source.columns.items():
            cells = Counter(row[header] for row in raw)
            expected = Counter()
            for cell, count in cells.items():
                code = source.recode.get(item, {}).get(cell, cell)
                if code != "":
                    expected[float(code)] += count
            assert Counter(responses.rows[item].dropna()) == expected, (source.wave, item)


def test_there_is_none_is_no_grade(ingested, estimates):
    """0 and 11 stay visible as codes and reach no mean: counts read off the files by eye."""
    seen = {
        (wave, item, code): int((ingested[wave][0].rows[item] == code).sum())
        for wave, item, code in (
            ("w2023", "cfe", 0),
            ("w2023", "cfe", 11),
            ("w2023", "drenaje", 11),
            ("w2023", "alumbrado_colonia", 11),
            ("w2023", "banquetas", 11),
            ("w2024", "banquetas", 0),
            ("w2024", "banquetas", 11),
            ("w2024", "semaforos", 11),
        )
    }
    assert list(seen.values()) == [1, 5, 2, 1, 19, 58, 2, 8]
    n = estimates.table.set_index(["variable", "wave"])["n"]
    assert n["cfe", "w2023"] == 1524 - 1 - 5
    assert n["banquetas", "w2024"] == 1483 - 58 - 2


def test_words_among_numbers_are_not_passed_over_in_silence(tables, study, questionnaire):
    source = dataclasses.replace(source_of(study, "w2023"), recode={})
    responses, findings = ingest(tables["w2023"], source=source, questionnaire=questionnaire, study=study)
    log = responses.corrections.query("column == 'banquetas'")
    assert list(log["old"].unique()) == ["No hay banquetas en mi area"]
    assert len(log) == 19
    said = [f for f in findings if "banquetas" in f.message.en and "No hay banquetas" in f.message.en]
    assert len(said) == 1
    assert "19" in said[0].message.en and "19" in said[0].message.vi


def test_minus_99_is_not_a_code(tables, study, questionnaire):
    source = dataclasses.replace(source_of(study, "w2024"), recode={})
    responses, findings = ingest(tables["w2024"], source=source, questionnaire=questionnaire, study=study)
    assert set(responses.rows["no_health_cover"].dropna()) == {1.0}
    assert len(responses.corrections.query("column == 'no_health_cover'")) == 1392
    assert any("no_health_cover" in f.message.en and "-99" in f.message.en for f in findings)


def test_a_question_that_stands_twice_is_never_guessed(tables, study, questionnaire, ingested):
    twins = [header for header in tables["w2023"].rows.columns if header.startswith("Q19")]
    assert len(twins) == 2  # from 1 to 10, and again from 1 to 5
    source = source_of(study, "w2023")
    wrong = dataclasses.replace(
        source, columns={**source.columns, "salud_general": twins[1].replace("1 al 5", "1 al 7")}
    )
    with pytest.raises(SurveyError, match="unknown column") as error:
        ingest(tables["w2023"], source=wrong, questionnaire=questionnaire, study=study)
    assert "1 al " in str(error.value.hint) and "salud_general" in error.value.where
    assert ingested["w2023"][0].rows["salud_general"].max() == 10


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_and_encodings_change_nothing(tables, study, questionnaire, ingested, tmp_path, encoding):
    source = source_of(study, "w2024")
    text = (HERE / source.path).read_text(encoding="utf-8")
    path = tmp_path / "answers.csv"
    path.write_text(text, encoding=encoding, newline="")
    assert path.read_bytes().startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    responses, _ = ingest(read_table(path), source=source, questionnaire=questionnaire, study=study)
    columns = ["unit", "psu", *source.columns]
    pd.testing.assert_frame_equal(responses.rows[columns], ingested["w2024"][0].rows[columns])


def test_unknown_unit_code_is_refused(tables, study, questionnaire):
    source = source_of(study, "w2024")
    codes = {code: unit for code, unit in source.unit_codes.items() if unit != "d10"}
    with pytest.raises(SurveyError, match="unit") as error:
        ingest(
            tables["w2024"],
            source=dataclasses.replace(source, unit_codes=codes),
            questionnaire=questionnaire,
            study=study,
        )
    assert "10.0" in str(error.value)


def test_questionnaire_has_no_lint_errors(questionnaire):
    assert [
        hit for hit in lint(questionnaire, source=HERE / "questionnaire.yaml") if hit.severity == "error"
    ] == []


# ---- the same by the stages of a run ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def case(shared, tmp_path_factory):
    return open_case(HERE, run="field", output=tmp_path_factory.mktemp("reports"))


def test_run_writes_the_means_of_r(case, reference):
    table = case.table("waves").set_index(["outcome", "wave"])
    expected = reference.assign(wave="w" + reference["wave"].astype(str)).set_index(["item", "wave"])
    for ours, theirs in (("estimate", "mean"), ("std_error", "se_cluster"), ("n", "n")):
        np.testing.assert_allclose(
            table.loc[expected.index, ours], expected[theirs], rtol=0, atol=TOLERANCE, err_msg=ours
        )


def test_run_writes_the_changes_of_r(case, shared):
    expected = pd.read_csv(shared / "data/juarez/R_reference_change.csv").set_index("item")
    table = case.table("wave_changes").set_index("outcome").loc[expected.index]
    assert set(table["before"]) == {"w2023"} and set(table["after"]) == {"w2024"}
    for ours, theirs in (("estimate", "diff"), ("std_error", "se"), ("statistic", "t")):
        np.testing.assert_allclose(table[ours], expected[theirs], rtol=0, atol=TOLERANCE, err_msg=ours)


def test_run_without_pilot_claims_no_effect(case):
    assert case.mark == ""
    assert case.evidence is None and case.decision is None


def test_run_has_every_district_in_every_wave(case, study):
    cells = case.table("cells")
    seen = cells[cells["outcome"] == "basura"]
    assert sorted(zip(seen["unit"], seen["wave"], strict=True)) == sorted(
        (unit.id, wave.id) for unit in study.units for wave in study.waves
    )
    assert not [found for found in case.findings() if found.severity == "error"]


# ---- the same by the command line ------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run_folder(shared, tmp_path_factory):
    output = tmp_path_factory.mktemp("published")
    command = [sys.executable, "-c", "from surveylib.cli import main; main()"]
    done = subprocess.run(
        [*command, "run", str(HERE), "--output", str(output), "--quiet"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "verdict" not in done.stdout and "index.html" in done.stdout
    return output / "juarez" / "field"


def test_command_publishes_the_figures_of_r(run_folder, reference, shared):
    table = pd.read_csv(run_folder / "estimates.csv", low_memory=False)
    waves = table[table["block"] == "waves"].set_index(["outcome", "wave"])
    expected = reference.assign(wave="w" + reference["wave"].astype(str)).set_index(["item", "wave"])
    for ours, theirs in (("estimate", "mean"), ("std_error", "se_cluster"), ("n", "n")):
        np.testing.assert_allclose(
            waves.loc[expected.index, ours].astype(float), expected[theirs], rtol=0, atol=TOLERANCE
        )
    changes = table[table["block"] == "wave_changes"].set_index("outcome")
    expected = pd.read_csv(shared / "data/juarez/R_reference_change.csv").set_index("item")
    for ours, theirs in (("estimate", "diff"), ("std_error", "se"), ("statistic", "t")):
        np.testing.assert_allclose(
            changes.loc[expected.index, ours].astype(float), expected[theirs], rtol=0, atol=TOLERANCE
        )


def test_command_makes_pages_that_speak_of_change_only(run_folder, study):
    units = [f"units/{unit.id}" for unit in study.units]
    pages = [f"{name}.{lang}.html" for name in ("province", "fieldwork", *units) for lang in ("vi", "en")]
    assert [name for name in ("index.html", *pages) if not (run_folder / name).is_file()] == []
    assert not list(run_folder.glob("*.pdf"))  # a brief would state a verdict, and there is nothing to decide
    english = (run_folder / "province.en.html").read_text(encoding="utf-8")
    assert "no pilot units" in english
    assert "SIMULATED" not in english and "GIẢ LẬP" not in english
