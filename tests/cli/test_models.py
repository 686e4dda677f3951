"""`surveylib crosstab` and `surveylib regress`: R's numbers come out of the real command line."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import numpy as np
import pytest

from surveylib.model.results import RESULT_COLUMNS

HERE = Path(__file__).resolve()
DESIGN = HERE.parents[3] / "shared" / "golden" / "design"
OWN = HERE.parents[1] / "golden" / "r"
ROWS = OWN / "generated_models.csv"
STAGES = ("--weights", "pw", "--strata", "h", "--psu", "psu", "--fpc", "n1", "--psu2", "ssu", "--fpc2", "n2")
WANT = json.loads((OWN / "survey_models.json").read_text(encoding="utf-8"))


def close(got, want, tolerance=1e-8):
    np.testing.assert_allclose(got, want, rtol=tolerance)


def test_a_table_and_its_test(cli, shared):
    goldens = json.loads((DESIGN / "survey_r.json").read_text(encoding="utf-8"))["goldens"]
    want = next(g["v"] for g in goldens if g["id"] == "chisq.clus1.F")
    arguments = ("--rows", "sch.wide", "--cols", "stype", "--weights", "pw", "--psu", "dnum", "--fpc", "fpc")
    said = cli("crosstab", DESIGN / "apiclus1.csv", *arguments, "--format", "json")
    assert (said.code, said.err) == (0, "")
    (test,) = said.json["test"]
    close(
        [test[k] for k in ("statistic", "df_num", "df", "p_value")], [want["stat"], *want["par"], want["p"]]
    )
    shares = said.json["shares"]
    assert [(s["sch.wide"], s["level"]) for s in shares] == [(r, c) for c in "EHM" for r in ("No", "Yes")]
    for row in ("No", "Yes"):
        assert sum(s["estimate"] for s in shares if s["sch.wide"] == row) == pytest.approx(1)


@pytest.mark.parametrize("statistic", ["chisq", "Wald", "adjWald"])
def test_every_statistic_of_a_table_with_gaps(cli, statistic):
    said = cli(
        "crosstab",
        ROWS,
        "--rows",
        "age",
        "--cols",
        "q",
        *STAGES,
        "--statistic",
        statistic,
        "--format",
        "json",
    )
    name = {"chisq": "Chisq"}.get(statistic, statistic)
    close(said.json["test"][0]["p_value"], WANT[f"chisq_two_stage_{name}"]["p_value"])
    assert said.json["test"][0]["df"] is None or name != "Chisq"


def test_shares_by_column_and_in_english(cli):
    said = cli("crosstab", ROWS, "--rows", "age", "--cols", "sex", "--share", "column", "--lang", "en")
    assert said.code == 0 and "Rao–Scott, second order, F" in said.out
    title, header, *lines = said.out.splitlines()
    assert title == "Proportions: age by sex" and header.split()[:3] == ["sex", "Level", "Estimate"]
    sexes = [line.split()[0] for line in lines[: lines.index("")]]
    assert sexes == sorted(sexes) and len(set(sexes)) == 2


@pytest.mark.parametrize("family", ["gaussian", "logit", "probit", "poisson"])
def test_regressions(cli, family):
    model = {"gaussian": "score ~ wait + age", "poisson": "visits ~ wait + age + sex"}.get(
        family, "ok ~ wait + age + sex"
    )
    said = cli("regress", ROWS, "--model", model, "--family", family, *STAGES, "--format", "json")
    want = WANT[f"glm_two_stage_{family}"]
    rows = {f"{row['variable']}{row['level']}": row for row in said.json["coefficients"]}
    close([rows[name]["estimate"] for name in want["names"]], want["estimate"])
    close([rows[name]["std_error"] for name in want["names"]], np.sqrt(np.diag(want["vcov"])))
    assert said.json["model"]["n"] == want["n"] and said.json["model"]["df"] == want["df"]
    (term,) = said.json["terms"]
    close(term["p_value"], WANT[f"term_two_stage_{family}"]["p_value"])
    assert term["variable"] == "age"


def test_ordinal_regression_with_effects_and_predictions(cli):
    arguments = (
        "--model",
        "q ~ wait + age + sex",
        "--family",
        "ordinal",
        "--effects",
        "--predict",
        "sex=nam,nu",
    )
    said = cli("regress", ROWS, *arguments, *STAGES, "--format", "json")
    want = WANT["ordinal_logistic"]
    rows = {
        row["level"] if row["kind"] == "threshold" else f"{row['variable']}{row['level']}": row
        for row in said.json["coefficients"]
    }
    close([rows[name]["estimate"] for name in want["names"]], want["estimate"], 1e-6)
    effects = [row for row in said.json["effects"] if row["variable"] == "wait"]
    assert [row["response"] for row in effects] == ["1", "2", "3", "4", "5"]
    assert sum(row["estimate"] for row in effects) == pytest.approx(0, abs=1e-12)
    predicted = [row["estimate"] for row in said.json["predictions"] if row["sex"] == "nam"]
    assert len(predicted) == 5 and sum(predicted) == pytest.approx(1)


@pytest.mark.parametrize(
    ("lang", "titles", "header"),
    [
        (
            "vi",
            ["Hệ số hồi quy", "Ngưỡng giữa các mức", "Kiểm định đồng thời từng số hạng"],
            "Chỉ tiêu Mức trả lời  Ước lượng",
        ),
        (
            "en",
            ["Coefficients", "Thresholds between levels", "Joint tests of terms"],
            "Variable Level  Estimate",
        ),
    ],
)
def test_a_regression_is_printed_under_titles_in_either_language(cli, lang, titles, header):
    said = cli("regress", ROWS, "--model", "q ~ wait + age", "--family", "ordinal", *STAGES, "--lang", lang)
    tables = [part.splitlines() for part in said.out.split("\n\n")]
    assert [lines[0] for lines in tables[:3]] == titles
    assert tables[0][1].split()[:3] == header.split()[:3] and len(tables[1]) == 2 + 4
    assert "std_error" not in said.out and "coefficient " not in said.out


def test_a_text_outcome_needs_its_order(cli, refused, tmp_path):
    file = tmp_path / "phiếu.csv"
    lines = ["mức,tuổi"] + [f"{['kém', 'vừa', 'tốt'][n % 3]},{20 + (n * 7) % 40}" for n in range(30)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    told = refused("regress", file, "--model", "mức ~ tuổi", "--family", "ordinal")
    assert "no order" in told and str(file) in told
    said = cli(
        *("regress", file, "--model", "mức ~ tuổi", "--family", "ordinal", "--order", "kém, vừa, tốt"),
        *("--format", "csv"),
    )
    rows = list(csv.DictReader(io.StringIO(said.out)))
    assert [row["level"] for row in rows] == ["", "kém|vừa", "vừa|tốt"]
    assert list(rows[0]) == ["kind", "variable", "level", *RESULT_COLUMNS, "confidence"]


def test_reference_levels_and_the_closing_line(cli):
    arguments = ("--model", "score ~ age", "--reference", "age=vua")
    said = cli("regress", ROWS, *arguments, *STAGES)
    assert "dòng bỏ vì thiếu giá trị" in said.out and " vua " not in said.out
    said = cli("regress", ROWS, *arguments, *STAGES, "--format", "json")
    levels = [row["level"] for row in said.json["coefficients"]]
    assert levels == ["", "gia", "tre"]
    gaps = sum(not (row["age"] and row["score"]) for row in csv.DictReader(ROWS.open(encoding="utf-8")))
    assert said.json["model"]["dropped"] == gaps > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--model", "score ~ wai"), "did you mean 'wait'"),
        (("--model", "score ~ os.system('true')"), "only columns and C(column)"),
        (("--model", "score wait"), "not a formula"),
        (("--model", "score ~ wait", "--order", "1,2"), "--order is for an ordinal outcome"),
        (("--model", "score ~ wait", "--predict", "wait"), "COLUMN=VALUE"),
        (("--model", "score ~ wait", "--predict", "sex=nam"), "unknown column of the model"),
        (("--model", "score ~ wait", "--reference", "sex=nam"), "not a column of labels in the model"),
        (("--model", "score ~ sex", "--reference", "sex=nam giới"), "unknown reference level"),
        (("--model", "q ~ wait", "--family", "logit"), "values from 0 to 1"),
        (("--model", "score ~ wait", "--confidence", "95"), "between 0 and 1"),
    ],
)
def test_mistakes_end_in_one_message(refused, arguments, said):
    assert said in refused("regress", ROWS, *arguments)


def test_mistakes_in_a_table_end_in_one_message(refused):
    assert "unknown column" in refused("crosstab", ROWS, "--rows", "ages", "--cols", "q")
    assert "crossed with itself" in refused("crosstab", ROWS, "--rows", "q", "--cols", "q")
    told = refused("crosstab", ROWS, "--rows", "psu", "--cols", "q", *STAGES, "--statistic", "Wald")
    assert "more cells than the clusters can tell apart" in told


def test_numbers_with_a_decimal_comma(cli, refused, tmp_path):
    file = tmp_path / "phẩy.csv"
    lines = ["y;x"] + [f"{n % 5},5;{n % 7},25" for n in range(40)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert "--decimal-comma" in refused("regress", file, "--model", "y ~ x")
    said = cli("regress", file, "--model", "y ~ x", "--decimal-comma", "--format", "json")
    assert [row["variable"] for row in said.json["coefficients"]] == ["(Intercept)", "x"]


# ---- what the bounds are -----------------------------------------------------------------------------


def test_every_table_says_at_which_level_and_how_its_bounds_are_made(cli):
    crosstab = ("crosstab", ROWS, "--rows", "age", "--cols", "q", *STAGES, "--lang", "en")
    assert "95% confidence interval; proportions: estimate ± t × standard error" in cli(*crosstab).out
    assert "proportions: method beta" in cli(*crosstab, "--interval", "beta").out
    regress = ("regress", ROWS, "--model", "score ~ wait", *STAGES, "--confidence", "0.9")
    assert "khoảng tin cậy 90%" in cli(*regress).out
    assert cli(*regress, "--format", "json").json["confidence"] == 0.9
    for arguments in (crosstab, regress):
        lines = list(csv.DictReader(io.StringIO(cli(*arguments, "--format", "csv").out)))
        assert {line["confidence"] for line in lines} == {"0.9" if arguments is regress else "0.95"}


def test_a_table_has_the_intervals_of_estimate_and_says_which_no_share_can_have(cli, tmp_path):
    file = tmp_path / "data.csv"
    file.write_text("g,q\n" + "a,1\n" * 9 + "a,2\n" + "b,1\n" * 6 + "b,2\n" * 4, encoding="utf-8")
    table = ("crosstab", file, "--rows", "g", "--cols", "q", "--lang", "en")
    for how in ((), ("--interval", "wilson")):
        shares = cli(*table, *how, "--format", "json").json
        want = cli("estimate", file, "--prop", "q", "--by", "g", *how, "--format", "json").json
        assert shares["shares"] == want["estimates"] and shares["interval"] == want["interval"]
    beyond = "2 proportion(s) have a bound outside 0 to 1"
    assert beyond in cli(*table).out and beyond not in cli(*table, "--interval", "wilson").out
