"""`surveylib new`: what it lays out is whole, says how to go on, and runs."""

from __future__ import annotations

import datetime
import json
import os
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from surveylib import documents, open_case
from surveylib.instrument import check_quotes, coverage, lint, load_questionnaire
from surveylib.model.questionnaire import UNIT_TYPES
from surveylib.model.rehearsal import MARK
from surveylib.model.study import Study
from surveylib.runner.place import open_study
from surveylib.runner.starter import lay_out, refresh_schemas, study_id

START = datetime.date(2030, 1, 1)
YAMLS = ("study.yaml", "plan.yaml", "rehearsal.yaml", "questionnaires/clients.yaml")


def laid(folder: Path, *, pilots: int = 5, comparisons: int = 10) -> Path:
    lay_out(folder, pilots=pilots, comparisons=comparisons, start=START)
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_by_default_five_pilots_ten_comparisons_in_the_three_types(tmp_path, cli):
    said = cli("new", tmp_path / "st")
    study = open_study(tmp_path / "st").study
    assert said.code == 0
    for arm, counts in (("pilot", (2, 2, 1)), ("comparison", (4, 4, 2))):
        kinds = [unit.type for unit in study.units if unit.arm == arm]
        assert tuple(kinds.count(kind) for kind in UNIT_TYPES) == counts
    assert [wave.role for wave in study.waves] == ["pre", "interim", "post", "extension"]


def test_the_wave_before_is_over_when_the_pilot_starts(tmp_path):
    study = open_study(laid(tmp_path / "st")).study
    pilot = next(unit for unit in study.units if unit.arm == "pilot")
    assert study.wave("t0").end == START - datetime.timedelta(days=1)
    assert (
        pilot.exposure.on(study.wave("t0").end) == "none"
        and pilot.exposure.on(study.wave("t1").start) == "pilot"
    )


def test_the_default_start_lies_ahead(tmp_path, cli):
    cli("new", tmp_path / "st")
    assert open_study(tmp_path / "st").study.wave("t0").start > datetime.date.today()


@pytest.mark.parametrize("lang, word", [("vi", "Thử ngay"), ("en", "Try it at once")])
def test_it_says_what_to_do_next_and_what_it_says_works(tmp_path, cli, lang, word):
    folder = tmp_path / "một nghiên cứu"
    said = cli("new", folder, "--lang", lang, "--units", 2, "--comparison", 3)
    assert word in said.out and f'surveylib run "{folder}" --rehearsal' in said.out
    assert cli("lint", folder / "questionnaires" / "clients.yaml", "--plan", folder / "plan.txt").code == 0
    assert open_study(folder).study.id == "mot_nghien_cuu"


def test_the_questionnaire_has_no_error_and_its_criteria_trace_to_the_plan(tmp_path):
    folder = laid(tmp_path / "st")
    file = folder / "questionnaires" / "clients.yaml"
    questionnaire = load_questionnaire(file)
    assert [hit for hit in lint(questionnaire, source=file) if hit.severity != "note"] == []
    plan = (folder / "plan.txt").read_text(encoding="utf-8")
    assert check_quotes(questionnaire, plan_text=plan) == ()
    assert check_quotes(questionnaire, plan_text=plan.replace("đúng hẹn", "trễ hẹn")) != ()
    assert 12 <= len(questionnaire.items) <= 15 and "overall" in {index.id for index in questionnaire.indices}
    assert set(coverage(questionnaire).to_numpy().ravel()) == {"primary", "with_records"}


def test_every_name_the_plan_uses_exists_in_the_questionnaire(tmp_path):
    files = open_study(laid(tmp_path / "st"))
    scores = {score.id for score in (*files.instrument.indices, *files.instrument.outcomes)}
    outcome = files.plan.outcome
    assert {outcome.primary.index, *outcome.secondary.groups, *outcome.facts, *files.study.outcomes} <= scores


def test_a_fresh_plan_is_registered_by_nobody(tmp_path):
    assert open_study(laid(tmp_path / "st")).plan.exploratory


@pytest.mark.parametrize("name", YAMLS)
def test_the_schema_named_in_the_first_line_is_there_and_a_validator_agrees(tmp_path, name):
    file = laid(tmp_path / "st") / name
    text = file.read_text(encoding="utf-8")
    schema = json.loads(
        (file.parent / text.splitlines()[0].partition("$schema=")[2]).read_text(encoding="utf-8")
    )
    document = YAML(typ="safe").load(text)
    plain = json.loads(
        json.dumps(document, default=str)
    )  # dates and whole-number keys as an editor sees them
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(plain)) == []
    assert list(jsonschema.Draft202012Validator(schema).iter_errors(plain | {"unitz": 1})) != []


def test_the_same_call_gives_the_same_bytes(tmp_path):
    assert contents(laid(tmp_path / "a" / "st")) == contents(laid(tmp_path / "b" / "st"))


def test_invented_figures_are_marked_and_nothing_generated_is_committed(tmp_path):
    folder = laid(tmp_path / "st")
    assert MARK in (folder / "rehearsal.yaml").read_text(encoding="utf-8")
    assert {"/reports/", "/raw/*"} <= set((folder / ".gitignore").read_text(encoding="utf-8").splitlines())


def test_an_empty_folder_may_be_used(tmp_path):
    (tmp_path / "st").mkdir()
    assert (laid(tmp_path / "st") / "study.yaml").is_file()
    assert [path.name for path in tmp_path.iterdir()] == ["st"]


def test_a_folder_with_anything_in_it_is_left_alone(tmp_path, refused):
    (tmp_path / "st").mkdir()
    (tmp_path / "st" / "notes.txt").write_text("mine", encoding="utf-8")
    said = refused("new", tmp_path / "st")
    assert "folder is not empty" in said and str(tmp_path / "st") in said and "hint" in said
    assert contents(tmp_path) == {"st/notes.txt": b"mine"}


def test_a_file_of_that_name_is_refused(tmp_path, refused):
    (tmp_path / "st").write_text("mine", encoding="utf-8")
    assert "a study is a folder" in refused("new", tmp_path / "st")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_place_that_cannot_be_written(tmp_path, refused):
    tmp_path.chmod(0o500)
    assert "cannot be laid out" in refused("new", tmp_path / "st")


def test_a_place_below_a_file_cannot_be_written(tmp_path, refused):
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert "cannot be laid out" in refused("new", tmp_path / "file" / "st")


def test_when_it_fails_half_way_nothing_is_left(tmp_path, monkeypatch):
    def full(*arguments, **options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("surveylib.runner.starter.write_schemas", full)
    with pytest.raises(ValueError, match="No space left"):
        laid(tmp_path / "st")
    assert list(tmp_path.iterdir()) == []


def test_too_many_units_are_refused(tmp_path, refused):
    assert "at most 99 units" in refused("new", tmp_path / "st", "--units", 60, "--comparison", 60)


@pytest.mark.parametrize("arguments", [("--units", 0), ("--comparison", -1), ("--start", "01/02/2030")])
def test_numbers_and_dates_that_make_no_study(tmp_path, cli, arguments):
    said = cli("new", tmp_path / "st", *arguments)
    assert said.code == 2 and arguments[0] in said.err and list(tmp_path.iterdir()) == []


def test_any_folder_name_makes_a_usable_id(tmp_path):
    for name in ("2030", "Đà Nẵng – thí điểm", "a" * 90, "…", "_x_"):
        Study(**_parts(tmp_path, study_id(name)))


def _parts(tmp_path: Path, name: str) -> dict:
    if not (tmp_path / "st").exists():
        laid(tmp_path / "st")
    study = documents.read(tmp_path / "st" / "study.yaml", Study)
    return {field: getattr(study, field) for field in ("title", "seed", "units", "waves", "design")} | {
        "id": name
    }


def test_schemas_are_refreshed_by_name(tmp_path):
    written = refresh_schemas(tmp_path / "schema", names=["study"])
    assert [path.name for path in written] == ["study.schema.json"]
    with pytest.raises(ValueError, match="did you mean 'study'"):
        refresh_schemas(tmp_path, names=["studdy"])


def test_its_rehearsal_reaches_a_verdict_that_is_marked_and_exploratory(rehearsed):
    case = open_case(rehearsed, run="rehearsal")
    assert case.mark == MARK and case.decision.verdict in (
        "stop",
        "revise",
        "extend",
        "roll_out",
        "undecided",
    )
    assert case.decision.exploratory
    assert set(case.table("cells")["outcome"]) >= {"overall", "group_a", "satisfied", "wait_minutes"}


@pytest.mark.parametrize("pilots, comparisons", [(1, 0), (1, 2), (3, 1)])
def test_small_studies_run_too_and_do_not_claim(tmp_path, pilots, comparisons):
    case = open_case(laid(tmp_path / "st", pilots=pilots, comparisons=comparisons), run="rehearsal")
    assert case.decision.verdict != "roll_out"
    assert set(case.table("cells")["unit"]) == {f"unit_{n:02d}" for n in range(1, pilots + comparisons + 1)}


@pytest.mark.slow
def test_the_whole_run(tmp_path, cli):
    folder = laid(tmp_path / "st")
    said = cli("run", folder, "--rehearsal", "--quiet")
    made = folder / "reports" / "st" / "rehearsal"
    assert said.code == 0 and "verdict: " in said.out
    assert {"index.html", "brief.vi.pdf", "brief.en.pdf", "estimates.csv", "manifest.json"} <= {
        path.name for path in made.iterdir()
    }
    assert len(list((made / "units").glob("*.html"))) == 15 * 2
    assert MARK in (made / "index.html").read_text(encoding="utf-8")
