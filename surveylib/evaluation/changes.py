"""From cells (unit × wave × outcome) to one change a unit: the arms by date, the waves by the plan."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.evaluation.refuse import MIN_EFFECTIVE
from surveylib.model.evidence import CHANGE_COLUMNS
from surveylib.model.finding import Finding
from surveylib.model.plan import AnalysisPlan
from surveylib.model.study import Study
from surveylib.model.text import Text

ARMS = ("pilot", "comparison", "self_pilot")
REQUIRED = ("unit", "arm", "wave", "mean", "se", "n")
_DROP = Text(vi="Đơn vị không được đưa vào ước lượng này.", en="The unit is left out of this estimate.")


def tidy_cells(
    cells: pd.DataFrame, *, plan: AnalysisPlan, study: Study | None = None
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """Cells with every column filled, arms told by the dated exposure where a study is given, sorted.

    Parameters
    ----------
    cells : DataFrame
        ``unit, arm, wave, mean, se, n`` and, where known, ``type, model, role, outcome, n_eff, visitors``.
        Without `role` the waves must be called pre and post (or be named by the plan); without `outcome` all
        is the primary index. ``arm`` may be absent when a study is given.

    Raises
    ------
    SurveyError
        For a missing column, an unknown arm or unit, a cell given twice, a unit in two arms, values that are
        no numbers, a wave of the plan without any cell.
    """
    known = [name for name in REQUIRED if not (name == "arm" and study is not None)]
    missing = [name for name in known if name not in cells.columns]
    if missing:
        raise SurveyError(
            "cells lack a column", where="cells", expected=", ".join(known), got=f"no {', '.join(missing)}"
        )
    rows = cells.reset_index(drop=True).copy()
    _numbers(rows)
    rows["role"] = _roles(rows, plan)
    for name, value in (("outcome", plan.outcome.primary.index), ("type", ""), ("model", "")):
        rows[name] = rows[name].fillna("").astype(str) if name in rows else value
    rows["visitors"] = pd.to_numeric(rows["visitors"]) if "visitors" in rows else np.nan
    rows["n_eff"] = pd.to_numeric(rows["n_eff"]).fillna(rows["n"]) if "n_eff" in rows else rows["n"]
    findings = _from_study(rows, plan, study) if study is not None else ()
    _named_pilots(rows, plan)
    _consistent(rows)
    return rows.sort_values(["outcome", "unit", "wave"], ignore_index=True), tuple(findings)


def _numbers(rows: pd.DataFrame) -> None:
    for name in ("mean", "se", "n"):
        try:
            rows[name] = pd.to_numeric(rows[name]).astype(float)
        except (ValueError, TypeError) as error:
            raise SurveyError("not a number", where=f"cells, column {name}", got=str(error)) from error
        wrong = np.isinf(rows[name]) | ((rows[name] < 0) & (name != "mean"))
        if wrong.any():
            row = int(np.argmax(wrong))
            raise SurveyError(
                f"{name} cannot be used",
                where=f"cells, row {row + 1}, unit {rows.at[row, 'unit']}",
                expected="a finite number" + ("" if name == "mean" else ", not below 0"),
                got=str(rows.at[row, name]),
            )


def _roles(rows: pd.DataFrame, plan: AnalysisPlan) -> pd.Series:
    """pre, post or other: by the plan where it names waves, else by the cells' own column."""
    waves = rows["wave"].astype(str)
    own = rows["role"].astype(str) if "role" in rows else waves
    roles = pd.Series("other", index=rows.index)
    for role, named in (("pre", plan.waves.pre), ("post", plan.waves.post)):
        for wave in named:
            if wave not in set(waves):
                raise unknown(
                    "wave of the plan in the cells", wave, sorted(set(waves)), where=f"plan, waves.{role}"
                )
        chosen = waves.isin(named) if named else (own == role)
        if not chosen.any():
            raise SurveyError(
                f"no cell of a {'wave before' if role == 'pre' else 'wave after'} the pilot",
                where="cells",
                expected=f"a column role with {role}, waves called pre and post, or waves named in the plan",
                got=", ".join(sorted(set(waves))),
            )
        roles[chosen] = role
    return roles


def _from_study(rows: pd.DataFrame, plan: AnalysisPlan, study: Study) -> list[Finding]:
    """Type, model, size of each unit by the study, and its arm by what was in force in the waves."""
    for name in sorted(set(rows["unit"].astype(str))):
        study.unit(name)
    units = {unit.id: unit for unit in study.units}
    waves = {wave.id: wave for wave in study.waves}
    used = {role: [waves[w] for w in sorted(set(rows.loc[rows["role"] == role, "wave"])) if w in waves]
            for role in ("pre", "post")}  # fmt: skip
    findings = []
    arms = {}
    for name, unit in units.items():
        arms[name] = unit.arm
        if used["post"]:
            # What starts after the last answers has changed none of them: the date tells, not the label.
            on = unit.exposure.on(max(wave.end for wave in used["post"]))
            arms[name] = "comparison" if on == "none" else on
        if used["pre"] and unit.exposure.on(min(wave.end for wave in used["pre"])) != "none":
            findings.append(_exposed(name))
            arms[name] = "exposed"
    rows["type"] = rows["unit"].map(lambda name: units[name].type)
    rows["model"] = rows["unit"].map(lambda name: units[name].model)
    sizes = {name: unit.dossiers_per_month for name, unit in units.items()}
    rows["visitors"] = rows["visitors"].fillna(rows["unit"].map(sizes).astype(float))
    if "arm" in rows:
        findings += _differing(rows, arms)
    rows["arm"] = rows["unit"].map(arms)
    rows.drop(rows.index[rows["arm"] == "exposed"], inplace=True)
    return findings


def _exposed(unit: str) -> Finding:
    message = Text(
        vi=f"Đơn vị {unit} đã áp dụng mô hình ngay trong đợt khảo sát trước thí điểm: không có mốc so sánh.",
        en=f"unit {unit} was already exposed in a wave before the pilot: it has no baseline",
    )
    return Finding(code="E04", severity="warning", where=f"unit {unit}", message=message, remedy=_DROP)


def _differing(rows: pd.DataFrame, arms: dict[str, str]) -> list[Finding]:
    given = rows.drop_duplicates("unit").set_index("unit")["arm"]
    changed = {name: (arm, arms[name]) for name, arm in given.items() if arms[name] not in (arm, "exposed")}
    return [
        Finding(
            code="E03",
            severity="note",
            where=f"unit {name}",
            message=Text(
                vi=f"Đơn vị {name} ghi là {old}, nhưng theo ngày áp dụng trong nghiên cứu là {new}.",
                en=f"unit {name} is labelled {old}, but by the dated exposure of the study it is {new}",
            ),
            remedy=Text(vi="Dùng nhóm theo ngày áp dụng.", en="The arm by date is used."),
        )
        for name, (old, new) in sorted(changed.items())
    ]


def _named_pilots(rows: pd.DataFrame, plan: AnalysisPlan) -> None:
    for name in plan.arms.pilot or ():
        if name not in set(rows["unit"]):
            raise unknown("pilot unit of the plan", name, sorted(set(rows["unit"])), where="plan, arms.pilot")
    if plan.arms.pilot is not None:
        listed = rows["unit"].isin(plan.arms.pilot)
        rows.loc[listed, "arm"] = "pilot"
        # A pilot the plan does not list is not pure comparison either.
        rows.loc[~listed & (rows["arm"] == "pilot"), "arm"] = "self_pilot"


def _consistent(rows: pd.DataFrame) -> None:
    for arm in sorted(set(rows["arm"].astype(str))):
        if arm not in ARMS:
            raise unknown("arm", arm, ARMS, where="cells, column arm")
    twice = rows.duplicated(["unit", "wave", "outcome"])
    if twice.any():
        row = rows.loc[twice.idxmax()]
        raise SurveyError("a cell stands twice", where="cells", got=f"{row.unit}, {row.wave}, {row.outcome}")
    arms = rows.groupby("unit")["arm"].nunique()
    if (arms > 1).any():
        raise SurveyError("a unit is in two arms", where="cells", got=str(arms.idxmax()))


def changes(
    cells: pd.DataFrame, *, plan: AnalysisPlan, study: Study | None = None
) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """One change a unit and outcome: the average after minus the average before, with its sampling error.

    A unit that lacks one of the waves, or has fewer than 30 effective answers in one, gets no change for that
    outcome: a finding says so, and names it.

    Returns
    -------
    (changes, findings)
        Columns of `CHANGE_COLUMNS`; ``std_error`` is the sampling error only, without the unit's own ups
        and downs.
    """
    rows, findings = tidy_cells(cells, plan=plan, study=study)
    rows = rows[rows["role"].isin(["pre", "post"])]
    out, more = [], []
    for outcome, of_outcome in rows.groupby("outcome", sort=True):
        waves = of_outcome.groupby("role")["wave"].agg(lambda names: tuple(sorted(set(names))))
        if len(waves) < 2:
            more.append(_one_sided(str(outcome), str(waves.index[0])))
            continue
        problems: dict[str, list[str]] = {"wave": [], "small": []}
        for unit, own in of_outcome.groupby("unit", sort=True):
            problem = _problem(own, waves)
            if problem:
                problems[problem].append(str(unit))
            else:
                out.append(_change(own))
        more += [_dropped(str(outcome), kind, names) for kind, names in problems.items() if names]
    return pd.DataFrame(out, columns=list(CHANGE_COLUMNS)), (*findings, *more)


def _problem(own: pd.DataFrame, waves: pd.Series) -> str | None:
    usable = own.dropna(subset=["mean", "se"])
    have = {role: set(of_role["wave"]) for role, of_role in usable.groupby("role")}
    if any(set(waves[role]) - have.get(role, set()) for role in ("pre", "post")):
        return "wave"
    return "small" if (own["n_eff"] < MIN_EFFECTIVE).any() else None


def _change(own: pd.DataFrame) -> tuple:
    pre, post = own[own["role"] == "pre"], own[own["role"] == "post"]
    first = own.iloc[0]
    error = np.sqrt(sum((part["se"] ** 2).sum() / len(part) ** 2 for part in (pre, post)))
    before, after = pre["mean"].mean(), post["mean"].mean()
    return (
        *(first["unit"], first["arm"], first["type"], first["model"], first["outcome"]),
        *(before, after, after - before, float(error), own["n"].sum(), own["n_eff"].sum()),
        *(len(pre), len(post), own["visitors"].mean(), pre["n"].sum(), post["n"].sum()),
    )


def _dropped(outcome: str, kind: str, units: Iterable[str]) -> Finding:
    names = ", ".join(units)
    vi, en = {
        "wave": ("thiếu một đợt khảo sát", "a wave is missing"),
        "small": (
            f"dưới {MIN_EFFECTIVE} phiếu hiệu dụng trong một đợt",
            f"fewer than {MIN_EFFECTIVE} effective answers",
        ),
    }[kind]
    return Finding(
        code={"wave": "E01", "small": "E02"}[kind],
        severity="warning",
        where=f"outcome {outcome}",
        message=Text(vi=f"{outcome}: {vi}: {names}", en=f"{outcome}: {en}: {names}"),
        remedy=_DROP,
    )


def _one_sided(outcome: str, role: str) -> Finding:
    return Finding(
        code="E01",
        severity="warning",
        where=f"outcome {outcome}",
        message=Text(
            vi=f"{outcome}: chỉ có số liệu {'trước' if role == 'pre' else 'sau'} thí điểm",
            en=f"{outcome}: measured only {'before' if role == 'pre' else 'after'} the pilot",
        ),
        remedy=Text(vi="Không tính được thay đổi.", en="No change can be computed."),
    )
