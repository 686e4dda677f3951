"""The invented world: reproducible, true to its declaration, dirty as declared, found out by the checks."""

import dataclasses
import hashlib
import json
import unicodedata

import numpy as np
import pandas as pd
import pytest

from surveylib.errors import SurveyError
from surveylib.fieldwork import (
    invent_answers,
    invent_registers,
    overall_truth,
    quality,
    truth_table,
    write_rehearsal,
)
from surveylib.fieldwork.rehearsal.dirt import OLD_VERSION
from surveylib.fieldwork.rehearsal.world import cuts, ordinal_shares
from surveylib.grammar import evaluate
from surveylib.instrument.criteria import criterion_points, criterion_scores
from surveylib.model.rehearsal import MARK, MARK_COLUMN, Amount, Choices, Dirt, Implied, Latent, Register
from surveylib.model.study import SamplingPlan
from surveylib.sampling import draw


def scores(rows, questionnaire, index):
    """The naive twin of an index: the mean of the answered items, where enough of those asked are."""
    items = next(one for one in questionnaire.indices if one.id == index)
    values = []
    for _, row in rows.iterrows():
        asked = [name for name in items.items if row[name] != 8]
        given = [row[name] for name in asked if 1 <= row[name] <= 5]
        enough = given and len(given) / len(asked) >= items.min_items_share
        values.append(np.mean(given) if enough else np.nan)
    return np.array(values)


# ---- the shipped study --------------------------------------------------------------------------------


def test_the_study_is_the_plans(shipped):
    study = shipped.study
    pilots = [unit for unit in study.units if unit.arm == "pilot"]
    assert [unit.name.vi for unit in pilots] == [
        "Ủy ban nhân dân phường Phú Cường, thành phố Thủ Dầu Một",
        "Ủy ban nhân dân xã Bình Mỹ, huyện Bắc Tân Uyên",
        "Phòng Quản lý đô thị thị xã Thuận An",
        "Phòng Lao động - Thương binh và Xã hội thị xã Bến Cát",
        "Kho bạc Nhà nước huyện Dầu Tiếng",
    ]
    assert [unit.type for unit in pilots] == ["LG", "LG", "OD", "OD", "OV"]
    assert [unit.model for unit in pilots] == ["government", "government", "office", "office", "office"]
    others = [unit.type for unit in study.units if unit.arm == "comparison"]
    assert (len(others), others.count("LG"), others.count("OD"), others.count("OV")) == (10, 4, 4, 2)
    assert study.wave("extension").planned
    assert {source.wave for source in study.sources} == {"t0", "interim", "t1"}
    assert all(wave.instrument_version == shipped.questionnaire.version for wave in study.waves)


def test_the_plan_names_the_pilot_units(shipped, shared):
    plan = unicodedata.normalize("NFC", (shared / "plan/ke-hoach-thi-diem.txt").read_text(encoding="utf-8"))
    for unit in shipped.study.units:
        assert (unit.name.vi in plan) == (unit.arm == "pilot")


def test_registers_fit_the_declaration(rehearsed, shipped):
    rows = rehearsed.frame.rows
    types = {unit.id: unit.type for unit in shipped.study.units}
    sizes = rows.groupby(["unit", "wave"]).size()
    assert len(sizes) == 45
    for (unit, _), size in sizes.items():
        register = shipped.truth.registers[types[unit]]
        assert register.smallest <= size <= register.largest
    local = rows[(rows["unit"].map(types) == "LG") & (rows["wave"] == "t0")]
    share = (local["procedure"] == 1).mean()
    assert share == pytest.approx(0.55, abs=4 * np.sqrt(0.25 / len(local)))
    drift = rows.groupby("wave")["procedure"].apply(lambda kinds: (kinds == 2).mean())
    assert drift["t1"] > drift["t0"]


def test_cells_reach_the_size_wanted(rehearsed, shipped):
    done = rehearsed.responses.rows.groupby(["unit", "wave"]).size()
    types = {unit.id: unit.type for unit in shipped.study.units}
    large = done[[types[unit] != "OV" for unit, _ in done.index]]
    assert large.between(120, 180).all()
    assert done.min() >= 40


# ---- the truth ----------------------------------------------------------------------------------------


def test_truth_is_what_a_large_sample_finds(shipped):
    """A register of 30 000 answered by everyone, without dirt: means agree with the exact expectation."""
    units = tuple(unit for unit in shipped.study.units if unit.id in ("phu_cuong", "phu_hoa"))
    plan = SamplingPlan(per_cell=1, census_up_to=10**6)
    sources = tuple(source for source in shipped.study.sources if source.wave == "t1")
    study = dataclasses.replace(shipped.study, units=units, sources=sources)
    register = dataclasses.replace(shipped.truth.registers["LG"], smallest=30_000, largest=30_000)
    truth = dataclasses.replace(
        shipped.truth,
        registers={"LG": register},
        effects={"phu_cuong": shipped.truth.effects["phu_cuong"]},
        returns=dataclasses.replace(shipped.truth.returns, logit=50.0, ineligible=0.0),
        dirt=Dirt(),
    )
    frame = invent_registers(study, truth=truth, seed=5)
    sample = draw(frame, plan=plan, seed=5)
    answers = invent_answers(sample, study=study, questionnaire=shipped.questionnaire, truth=truth, seed=5)[
        "t1"
    ]
    assert len(answers) == 60_000
    judged = criterion_points(shipped.questionnaire)
    table = truth_table(
        frame, study=study, questionnaire=shipped.questionnaire, truth=truth, seed=5, criteria=judged
    )
    expected = table.set_index(["unit", "outcome"])["register"]
    coded = answers.rename(columns=lambda name: name.split("-")[-1])
    for unit, rows in coded.groupby("unit"):
        number = rows.drop(columns="unit").apply(pd.to_numeric, errors="coerce")
        rated = number[["d1_respect", "d1_courtesy", "d1_competent"]]
        found = {
            "group_d": rated[rated.isin(range(1, 6)).all(axis=1)].mean(axis=1),
            "group_b": number.loc[number["b2_easy"] <= 5, "b2_easy"],
            "satisfied": (number.loc[number["overall"] <= 5, "overall"] >= 4).astype(float),
            "trust10": number.loc[number["trust10"] <= 10, "trust10"],
            "wait_minutes": number["a5_wait_min"].dropna(),
            "trips": number["a1_trips"].dropna(),
            "returned_on_time": (number.loc[number["a2_ontime"].isin([1, 2, 3]), "a2_ontime"] < 3).astype(
                float
            ),
            "apology": (number.loc[number["d2_apology"].isin([0, 1]), "d2_apology"]).astype(float),
        }
        points = criterion_scores(number.assign(unit=unit), shipped.questionnaire, unit_types={unit: "LG"})
        assert list(points) == [f"criterion_{one.criterion}" for one in judged] and len(judged) == 14
        found |= {name: points[name].dropna() for name in points}
        for name, values in found.items():
            error = values.std() / np.sqrt(len(values))
            assert values.mean() == pytest.approx(expected[unit, name], abs=4.5 * error), (unit, name)


def test_ordinal_scales_are_cut_half_way(shipped):
    rating, trust = (shipped.questionnaire.scale_of(name) for name in ("overall", "trust10"))
    assert cuts(rating).tolist() == [1.5, 2.5, 3.5, 4.5]
    assert cuts(trust) == pytest.approx([1 + 0.4 * (k + 0.5) for k in range(10)])
    # A latent mean in the middle of the scale, with no spread to speak of, is the middle code.
    assert ordinal_shares(np.array([3.0]), rating, sd=1e-6).tolist() == [[0, 0, 1, 0, 0]]


def test_truth_of_rare_index_counts_who_is_asked(shipped):
    """group_c: two items behind two filters."""
    truth = shipped.truth
    frame = invent_registers(shipped.study, truth=truth, seed=1)
    table = truth_table(frame, study=shipped.study, questionnaire=shipped.questionnaire, truth=truth, seed=1)
    rows = table[table["outcome"].isin(["group_c", "group_d"]) & (table["wave"] == "t0")]
    means = rows.pivot(index="unit", columns="outcome", values="register")
    # c1_sat lies half a point below the rest, and about two in five of those asked are asked it.
    assert ((means["group_d"] - means["group_c"]).between(0.1, 0.4)).all()


def test_effects_are_where_they_were_declared(rehearsed):
    table = rehearsed.table
    pilot = table[table["arm"] == "pilot"]
    assert (table.loc[table["arm"] == "comparison", "effect"].abs() < 1e-12).all()
    assert (pilot.loc[pilot["role"] == "pre", "effect"].abs() < 1e-12).all()
    index = pilot[pilot["outcome"] == "overall"].pivot(index="unit", columns="role", values="effect")
    assert (index["post"] > 0.15).all()
    assert (index["interim"] / index["post"]).between(0.45, 0.55).all()
    treasury = pilot[(pilot["unit"] == "kbnn_dau_tieng") & (pilot["outcome"] == "group_c")]
    assert (treasury["effect"].abs() < 1e-12).all()
    overall = overall_truth(table).set_index("outcome")
    assert overall.loc["overall", "effect"] == pytest.approx(index["post"].mean())
    assert overall.loc["overall", "units"] == 5


def test_a_null_pilot_has_no_effect_anywhere(shipped):
    truth = dataclasses.replace(shipped.truth, effects={})
    frame = invent_registers(shipped.study, truth=truth, seed=2)
    table = truth_table(frame, study=shipped.study, questionnaire=shipped.questionnaire, truth=truth, seed=2)
    assert (table["effect"] == 0).all()


def test_means_of_the_cells_lie_around_the_truth(rehearsed, shipped):
    """Unweighted answers: within sampling error of the register's expectation, give or take who answers."""
    truth = rehearsed.table[rehearsed.table["outcome"] == "overall"].set_index(["unit", "wave"])["register"]
    rows = rehearsed.responses.rows
    rows = rows.assign(score=scores(rows, shipped.questionnaire, "overall"))
    cells = rows.groupby(["unit", "wave"])["score"].agg(["mean", "std", "count"])
    z = (cells["mean"] - truth[cells.index]) / (cells["std"] / np.sqrt(cells["count"]))
    assert abs(z.mean()) < 0.8
    assert 0.5 < z.std() < 1.5


# ---- the files ----------------------------------------------------------------------------------------


def test_every_file_carries_the_mark(rehearsed):
    assert len(rehearsed.paths) == 8  # three registers, three exports, costs, truth
    for path in rehearsed.paths:
        if path.suffix == ".csv":
            assert (pd.read_csv(path, dtype=str)[MARK_COLUMN] == MARK).all()
    truth = json.loads((rehearsed.folder / "truth.json").read_text(encoding="utf-8"))
    assert truth["mark"] == MARK
    assert {row["outcome"] for row in truth["overall"]} >= {"overall", "group_a", "group_d", "wait_minutes"}
    assert len(truth["cells"]) == len(rehearsed.table)


def test_the_same_seed_gives_the_same_bytes(make_rehearsal, rehearsed, shipped, tmp_path):
    again = make_rehearsal(
        shipped.study, shipped.questionnaire, shipped.truth, tmp_path / "again", seed=shipped.study.seed
    )
    for old, new in zip(rehearsed.paths, again.paths, strict=True):
        assert hashlib.sha256(old.read_bytes()).digest() == hashlib.sha256(new.read_bytes()).digest()
    pd.testing.assert_frame_equal(rehearsed.responses.rows, again.responses.rows)
    pd.testing.assert_frame_equal(rehearsed.responses.corrections, again.responses.corrections)


# ---- dirt: each kind, alone, is found or mended -------------------------------------------------------

FOUND = {
    "spaces": "stray spaces",
    "bad_code": "D04",
    "decomposed": "D01",
    "repeated": "D02",
    "edited": "D03",
    "late": "D20",
    "old_version": "D29",
    "no_unit": "unit blank on the form; taken from the register",
    "lost_serial": "D07",
    "skip_broken": "D25",
    "two_marks": "D05",
    "lines": "D22",
    "in_words": "number taken out of words",
    "fast": "D23",
}
ALWAYS = {"D27", "D32"}  # waiting times are rounded and have a long tail, dirt or none


@pytest.fixture(scope="module")
def small_study(shipped):
    units = tuple(
        unit for unit in shipped.study.units if unit.id in ("phu_cuong", "qldt_di_an", "kbnn_ben_cat")
    )
    sources = tuple(source for source in shipped.study.sources if source.wave == "t0")
    return dataclasses.replace(shipped.study, units=units, sources=sources)


def test_an_interrupted_writing_leaves_the_old_files(make_rehearsal, shipped, small_study, tmp_path):
    folder = tmp_path / "rehearsal"
    truth = dataclasses.replace(shipped.truth, effects={})
    first = make_rehearsal(small_study, shipped.questionnaire, truth, folder, seed=1)
    before = {path: path.read_bytes() for path in first.paths}
    broken = dict(first.answers, t0="not a table")
    with pytest.raises(AttributeError):
        write_rehearsal(
            folder,
            frame=first.frame,
            answers=broken,
            table=first.table,
            study=small_study,
            truth=truth,
            seed=1,
        )
    assert {path: path.read_bytes() for path in first.paths} == before
    assert [path.name for path in tmp_path.iterdir()] == ["rehearsal"]


def traces(make_rehearsal, study, shipped, truth, folder):
    made = make_rehearsal(study, shipped.questionnaire, truth, folder, seed=3)
    found = quality(made.responses, questionnaire=shipped.questionnaire, study=study)
    return {one.code for one in (*made.findings, *found)} | set(made.responses.corrections["reason"])


def test_without_dirt_only_blanks_are_filled(make_rehearsal, shipped, small_study, tmp_path):
    # Without the persons' own level nobody gives one and the same answer all the way down.
    latent = dataclasses.replace(shipped.truth.latent, person_sd=0.0)
    truth = dataclasses.replace(shipped.truth, dirt=Dirt(), effects={"phu_cuong": {"a": 0.1}}, latent=latent)
    left = traces(make_rehearsal, small_study, shipped, truth, tmp_path / "clean") - ALWAYS
    assert left == {"not given on the form; taken from the register"}


@pytest.mark.parametrize("kind", sorted(FOUND))
def test_each_kind_of_dirt_is_found_or_mended(make_rehearsal, shipped, small_study, tmp_path, kind):
    latent = dataclasses.replace(shipped.truth.latent, person_sd=0.0)
    truth = dataclasses.replace(
        shipped.truth, dirt=Dirt(**{kind: 0.04}), effects={"phu_cuong": {"a": 0.1}}, latent=latent
    )
    assert FOUND[kind] in traces(make_rehearsal, small_study, shipped, truth, tmp_path / kind)


def test_every_kind_of_dirt_has_its_trace():
    assert set(FOUND) == set(Dirt.__slots__)


def test_the_shipped_rehearsal_leaves_all_its_traces(rehearsed, shipped):
    found = quality(rehearsed.responses, questionnaire=shipped.questionnaire, study=shipped.study)
    seen = {one.code for one in (*rehearsed.findings, *found)} | set(
        rehearsed.responses.corrections["reason"]
    )
    assert set(FOUND.values()) <= seen


def test_cleaned_answers_are_what_was_said(rehearsed, shipped):
    """Everything that is left lies on its scale, and skips are kept by all but the forms named for it."""
    rows, form = rehearsed.responses.rows, shipped.questionnaire
    for item in form.items:
        if item.id in rows and form.scale_of(item.id).kind in ("ordinal", "binary", "choice"):
            scale = form.scale_of(item.id)
            assert set(rows[item.id].dropna()) <= {*scale.codes, *scale.off_codes}
    late = evaluate(form.item("d2_apology").relevance, values={"a2_ontime": rows["a2_ontime"].to_numpy()})
    assert rows.loc[~late, "d2_apology"].notna().mean() < 0.01
    assert (rows["version"] == OLD_VERSION).mean() < 0.02
    assert rows["probability"].between(0, 1, inclusive="right").all()
    assert rows[["procedure", "client_kind", "sex", "age_band"]].notna().all().all()


def test_dispositions_account_for_every_dossier(rehearsed):
    outcomes = rehearsed.responses.dispositions
    main = rehearsed.sample.rows[~rehearsed.sample.rows["reserve"]]
    assert len(outcomes) == len(main)
    assert (outcomes["outcome"] == "complete").sum() == len(rehearsed.responses.rows)
    assert set(outcomes["outcome"]) == {"complete", "refusal", "noncontact", "ineligible"}


def test_response_depends_on_who_is_asked(rehearsed):
    outcomes = rehearsed.responses.dispositions
    answered = (outcomes["outcome"] == "complete").groupby(outcomes["age_band"]).mean()
    assert answered[1] < answered[2] < answered[3]


# ---- declarations that cannot be ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "make",
    [
        lambda: Register(smallest=5, largest=4, mix={}),
        lambda: Register(smallest=5, largest=9, mix={"sex": {1: 0.5, 2: 0.6}}),
        lambda: Latent(level=3, unit_sd=-0.1, shock_sd=0, person_sd=1, answer_sd=1),
        lambda: Choices(shares={1: 0.9, 0: 0.1}, effect={1: 0.2, 0: -0.2}),
        lambda: Choices(shares={1: 0.5, 0: 0.5}, effect={1: 0.2}),
        lambda: Amount(mean=1, least=1),
        lambda: Implied(item="x", code=1, when="x + 1"),
        lambda: Dirt(spaces=0.5),
    ],
)
def test_impossible_declarations_are_refused(make):
    with pytest.raises(SurveyError):
        make()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"effects": {"phu_cuog": {"a": 0.1}}}, "phu_cuong"),
        ({"effects": {"phu_cuong": {"e": 0.1}}}, "unknown group"),
        ({"choices": {"a2_ontme": Choices(shares={1: 1.0})}}, "a2_ontime"),
        ({"choices": {"a2_ontime": Choices(shares={7: 1.0})}}, "unknown code"),
    ],
)
def test_names_that_do_not_exist(shipped, rehearsed, change, words):
    truth = dataclasses.replace(shipped.truth, **change)
    with pytest.raises(SurveyError, match=words):
        truth_table(
            rehearsed.frame, study=shipped.study, questionnaire=shipped.questionnaire, truth=truth, seed=1
        )
