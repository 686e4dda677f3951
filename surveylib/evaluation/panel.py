"""Respondents asked both before and after: the unit's change from pairs, with its smaller sampling error."""

from __future__ import annotations

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError
from surveylib.evaluation.refuse import MIN_EFFECTIVE
from surveylib.model.evidence import CHANGE_COLUMNS
from surveylib.model.finding import Finding
from surveylib.model.text import Text

_KEYS = ("respondent", "unit", "wave", "role")


def paired_changes(
    answers: pd.DataFrame, *, arms: pd.DataFrame, outcomes: tuple[str, ...]
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """One change a unit and outcome from the respondents that answered on both sides: `CHANGE_COLUMNS`.

    A respondent's change is the mean of the answers after less that of the answers before, weighted by
    ``weight`` where there is such a column (the average of the respondent's weights). The error is that of a
    mean of differences: what a respondent says twice cancels. The result goes into `effect` like any other
    changes. Units with fewer than 30 effective pairs are left out and named.

    Parameters
    ----------
    answers : DataFrame
        ``respondent, unit, wave, role`` (pre or post) and one column an outcome; `respondent` must name the
        same person in every wave.
    arms : DataFrame
        ``unit, arm`` and, where known, ``type, model, visitors``.

    Raises
    ------
    SurveyError
        For a missing column, or a respondent twice in a wave.
    """
    missing = [name for name in (*_KEYS, *outcomes) if name not in answers.columns]
    if missing:
        raise SurveyError("answers lack a column", where="panel", got=f"no {', '.join(missing)}")
    if answers.duplicated(["respondent", "wave"]).any():
        raise SurveyError("a respondent stands twice in a wave", where="panel")
    rows = answers[answers["role"].isin(["pre", "post"])]
    both = rows.groupby(["unit", "respondent"])["role"].nunique()
    kept = both.index[both == 2]
    if kept.empty:
        return pd.DataFrame(columns=list(CHANGE_COLUMNS)), (_nobody(),)
    rows = rows.set_index(["unit", "respondent"]).loc[kept].reset_index()
    tables, findings = [], []
    for name in outcomes:
        table = _pairs(rows, name)
        thin = table["n_eff"] < MIN_EFFECTIVE
        if thin.any():
            findings.append(_thin(name, sorted(table.loc[thin, "unit"].astype(str))))
        tables.append(table[~thin].assign(outcome=name))
    waves = rows.groupby("role")["wave"].nunique()
    table = pd.concat(tables, ignore_index=True)
    table = table.assign(n_pre_waves=int(waves["pre"]), n_post_waves=int(waves["post"]))
    own = arms.drop_duplicates("unit").reindex(columns=["unit", "arm", "type", "model", "visitors"])
    table = table.merge(own, how="left", on="unit")
    table = table[table["arm"].notna()].sort_values(["outcome", "unit"], ignore_index=True)
    return table[list(CHANGE_COLUMNS)], tuple(findings)


def _pairs(rows: pd.DataFrame, outcome: str) -> pd.DataFrame:
    weight = rows["weight"] if "weight" in rows else pd.Series(1.0, index=rows.index)
    sides = rows.assign(weight=weight).dropna(subset=[outcome])
    wide = sides.groupby(["unit", "respondent", "role"])[[outcome, "weight"]].mean().unstack().dropna()
    lines = []
    for unit, own in wide.groupby(level="unit"):
        w = own["weight"].mean(axis=1).to_numpy(float)
        pre, post = (own[outcome, role].to_numpy(float) for role in ("pre", "post"))
        n, share = len(own), w / w.sum()
        change = float(share @ (post - pre))
        spread = float((share**2 @ (post - pre - change) ** 2) * n / max(n - 1, 1))
        n_eff = float(1 / (share**2).sum())
        line = {"unit": unit, "pre": float(share @ pre), "post": float(share @ post), "change": change}
        line |= {"std_error": np.sqrt(spread), "n": 2 * n, "n_eff": n_eff, "n_pre": n, "n_post": n}
        lines.append(line)
    names = ("unit", "pre", "post", "change", "std_error", "n", "n_eff", "n_pre", "n_post")
    return pd.DataFrame(lines, columns=list(names))


def _nobody() -> Finding:
    return Finding(
        code="E06",
        severity="note",
        where="panel",
        message=Text(
            vi="Không có người trả lời nào được hỏi cả trước và sau thí điểm: "
            "không tính được thay đổi theo cặp.",
            en="no respondent was asked both before and after: paired changes are unavailable",
        ),
        remedy=Text(
            vi="Dùng thay đổi giữa hai mẫu độc lập.", en="The change between two independent samples is used."
        ),
    )


def _thin(outcome: str, units: list[str]) -> Finding:
    names = ", ".join(units)
    return Finding(
        code="E02",
        severity="warning",
        where=f"panel, outcome {outcome}",
        message=Text(
            vi=f"{outcome}: dưới {MIN_EFFECTIVE} cặp trả lời hiệu dụng: {names}",
            en=f"{outcome}: fewer than {MIN_EFFECTIVE} effective pairs: {names}",
        ),
        remedy=Text(
            vi="Đơn vị không được đưa vào ước lượng này.", en="The unit is left out of this estimate."
        ),
    )
