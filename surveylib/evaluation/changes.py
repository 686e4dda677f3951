"""From cells (unit × wave × outcome) to one change a unit: the arms by date, the waves by the plan."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Iterable

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.evaluation.days import dated_roles, waves_before_start
from surveylib.evaluation.refuse import MIN_EFFECTIVE
from surveylib.model.evidence import CHANGE_COLUMNS
from surveylib.model.finding import Finding
from surveylib.model.plan import AnalysisPlan
from surveylib.model.study import Study, Unit
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
        ``unit, arm, wave, mean, se, n`` and, where known, ``type, model, role, outcome, n_eff, visitors,
        start`` (the unit's first day) and ``date`` (the wave's last). Without `role` the waves must be called
        pre and post, be named by the plan, or be days (2014-10, 2014-10-31, or by `date`) beside `start`;
        without `outcome` all is the primary index. ``arm`` may be absent when a study is given.

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
    for name in ("unit", "wave"):
        if rows[name].isna().any():
            raise SurveyError(f"{name} is blank", where=f"cells, row {int(rows[name].isna().argmax()) + 1}")
        rows[name] = rows[name].astype(str)
    _numbers(rows)
    rows["role"] = _roles(rows, plan)
    for name, value in (("outcome", plan.outcome.primary.index), ("type", ""), ("model", "")):
        rows[name] = rows[name].fillna("").astype(str) if name in rows else value
    rows["visitors"] = pd.to_numeric(rows["visitors"]) if "visitors" in rows else np.nan
    rows["n_eff"] = pd.to_numeric(rows["n_eff"]).fillna(rows["n"]) if "n_eff" in rows else rows["n"]
    rows, findings = _from_study(rows, study) if study is not None else (rows, [])
    findings += _named_pilots(rows, plan, study)
    _consistent(rows)
    findings += [_began_between(*one) for one in waves_before_start(rows, study=study)]
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
    """pre, post or other: by the plan where it names waves, else by the cells' own column or days."""
    waves = rows["wave"].astype(str)
    dated = dated_roles(rows) if "role" not in rows else rows["role"].astype(str)
    own = waves if dated is None else dated
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
                expected=f"a column role with {role}, waves called pre and post or named in the plan",
                got=", ".join(sorted(set(waves))),
            )
        roles[chosen] = role
    return roles


def _from_study(rows: pd.DataFrame, study: Study) -> tuple[pd.DataFrame, list[Finding]]:
    """Type, model, size of each unit by the study, and its arm by what was in force in the waves."""
    for name in sorted(set(rows["unit"].astype(str))):
        study.unit(name)
    units = {unit.id: unit for unit in study.units}
    before, after = (set(rows.loc[rows["role"] == role, "wave"]) for role in ("pre", "post"))
    arms = dated_arms(study, before=before, after=after)
    findings = [_exposed(name) for name in sorted(set(rows["unit"])) if arms[name] == "exposed"]
    absent = sorted(set(units) - set(rows["unit"]))
    if absent:
        findings.append(_absent(absent))
    rows["type"] = rows["unit"].map(lambda name: units[name].type)
    rows["model"] = rows["unit"].map(lambda name: units[name].model)
    sizes = {name: unit.dossiers_per_month for name, unit in units.items()}
    rows["visitors"] = rows["visitors"].fillna(rows["unit"].map(sizes).astype(float))
    if "arm" in rows:
        findings += _differing(rows, arms)
    rows["arm"] = rows["unit"].map(arms)
    return rows[rows["arm"] != "exposed"].reset_index(drop=True), findings


def dated_arms(study: Study, *, before: Collection[str], after: Collection[str]) -> dict[str, str]:
    """The arm of every unit by what was in force in the waves `before` and `after` the pilot.

    pilot, self_pilot or comparison; exposed for a unit that had begun in a wave before: it has no baseline.
    What begins after the last wave after counts as comparison, whatever it is called.
    """
    ends = [
        max((wave.end for wave in study.waves if wave.id in side), default=None) for side in (before, after)
    ]
    return {unit.id: _arm(unit, *ends) for unit in study.units}


def _arm(unit: Unit, before: datetime.date | None, after: datetime.date | None) -> str:
    """What starts after the last answers has changed none of them: the date tells, not the label."""
    if before is not None and unit.exposure.on(before) != "none":
        return "exposed"
    on = unit.exposure.on(after) if after is not None else unit.exposure.kind
    return "comparison" if on == "none" else on


def _absent(units: list[str]) -> Finding:
    names = ", ".join(units)
    return Finding(
        code="E05",
        severity="warning",
        where="cells",
        message=Text(
            vi=f"Đơn vị của nghiên cứu không có số liệu nào: {names}",
            en=f"units of the study without any data: {names}",
        ),
        remedy=_DROP,
    )


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


def _named_pilots(rows: pd.DataFrame, plan: AnalysisPlan, study: Study | None) -> list[Finding]:
    """The arms as the plan names the pilots; who of them was none by the study's dates is said."""
    if plan.arms.pilot is None:
        return []
    # A unit of the study without rows here has no data or no baseline: a finding has named it already.
    known = set(rows["unit"]) | {unit.id for unit in (study.units if study is not None else ())}
    for name in plan.arms.pilot:
        if name not in known:
            raise unknown("pilot unit of the plan", name, sorted(known), where="plan, arms.pilot")
    listed = rows["unit"].isin(plan.arms.pilot)
    by_date = rows[listed & (rows["arm"] != "pilot")].drop_duplicates("unit").set_index("unit")["arm"]
    rows.loc[listed, "arm"] = "pilot"
    # A pilot the plan does not list is not pure comparison either.
    rows.loc[~listed & (rows["arm"] == "pilot"), "arm"] = "self_pilot"
    return [] if study is None else [_named_otherwise(*one) for one in sorted(by_date.items())]


def _named_otherwise(unit: str, arm: str) -> Finding:
    return Finding(
        code="E07",
        severity="warning",
        where=f"unit {unit}",
        message=Text(
            vi=f"Kế hoạch nêu {unit} là đơn vị thí điểm, nhưng theo ngày áp dụng trong nghiên cứu là {arm}.",
            en=f"the plan names {unit} a pilot, but by the dated exposure of the study it is {arm}",
        ),
        remedy=Text(
            vi="Vẫn tính là thí điểm như kế hoạch đã nêu; cần xem lại ngày áp dụng hoặc kế hoạch.",
            en="It counts as a pilot, as the plan has it; look at the date or the plan again.",
        ),
    )


def _began_between(unit: str, waves: tuple[str, ...]) -> Finding:
    names = ", ".join(waves)
    return Finding(
        code="E08",
        severity="warning",
        where=f"unit {unit}",
        message=Text(
            vi=f"Đơn vị thí điểm {unit} chưa bắt đầu khi đợt {names} kết thúc, nhưng đợt ấy vẫn được tính là "
            "sau thí điểm.",
            en=f"pilot unit {unit} had not begun when wave {names} ended, which counts as after the pilot "
            "all the same",
        ),
        remedy=Text(
            vi="Mức thay đổi gộp cả thời gian chưa áp dụng nên bị thu nhỏ; xem thêm bảng theo ngày bắt đầu.",
            en="Its change takes in a time without exposure and is too small; see the table by day of start.",
        ),
    )


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

    Examples
    --------
    >>> rises = {"pilot": [0.4, 0.3, 0.5, 0.2, 0.4], "comparison": [0.0, -0.1, 0.1, 0.0, 0.1]}
    >>> rows = [(f"{arm}{j}", arm, wave, 3.5 + (wave == "post") * rise)
    ...         for arm in rises for j, rise in enumerate(rises[arm]) for wave in ("pre", "post")]
    >>> cells = pd.DataFrame(rows, columns=["unit", "arm", "wave", "mean"]).assign(se=0.07, n=150)
    >>> table, findings = changes(cells, plan=AnalysisPlan())
    >>> table.loc[table["arm"] == "pilot", "change"].round(2).to_list()
    [0.4, 0.3, 0.5, 0.2, 0.4]
    """
    rows, findings = tidy_cells(cells, plan=plan, study=study)
    made, more = unit_changes(rows)
    return made, (*findings, *more)


def unit_changes(tidy: pd.DataFrame) -> tuple[pd.DataFrame, tuple[Finding, ...]]:
    """`changes` for cells that `tidy_cells` has gone through."""
    rows = tidy[tidy["role"].isin(["pre", "post"])]
    wide = _by_role(rows)
    wanted = rows.groupby(["outcome", "role"])["wave"].nunique().unstack().reindex(columns=["pre", "post"])
    outcome = wide.index.get_level_values("outcome")
    problem = pd.Series("", index=wide.index)
    problem[(wide["least"] < MIN_EFFECTIVE).any(axis=1)] = "small"
    for role in ("pre", "post"):
        lacking = wide["waves", role].fillna(0).to_numpy() < outcome.map(wanted[role]).fillna(0).to_numpy()
        problem[lacking] = "wave"
    one_sided = wanted.index[wanted.isna().any(axis=1)]
    findings = [
        _one_sided(str(name), "post" if np.isnan(wanted.at[name, "pre"]) else "pre") for name in one_sided
    ]
    problem[outcome.isin(one_sided)] = "one_sided"
    for kind in ("wave", "small"):
        bad = problem.index[problem == kind]
        for name in sorted(set(bad.get_level_values("outcome"))):
            units = bad[bad.get_level_values("outcome") == name].get_level_values("unit")
            findings.append(_dropped(str(name), kind, sorted(map(str, units))))
    return _table(wide[problem == ""], rows), tuple(findings)


def _by_role(rows: pd.DataFrame) -> pd.DataFrame:
    """One row an outcome × unit; columns (what, pre|post): averages over the waves of that side."""
    usable = rows["mean"].notna() & rows["se"].notna()
    parts = rows.assign(usable=usable, variance=rows["se"] ** 2).groupby(["outcome", "unit", "role"])
    every = [sorted(set(rows["outcome"])), sorted(set(rows["unit"]))]
    made = parts.agg(
        waves=("usable", "sum"),
        mean=("mean", "mean"),
        variance=("variance", "sum"),
        n=("n", "sum"),
        n_eff=("n_eff", "sum"),
        least=("n_eff", "min"),
        visitors=("visitors", "mean"),
    )
    columns = pd.MultiIndex.from_product([made.columns, ["pre", "post"]])
    # A unit without a single cell of an outcome must be named too, so it gets its (empty) row.
    index = pd.MultiIndex.from_product(every, names=["outcome", "unit"])
    return made.unstack("role").reindex(index=index, columns=columns)


def _table(wide: pd.DataFrame, rows: pd.DataFrame) -> pd.DataFrame:
    units = rows.drop_duplicates("unit").set_index("unit")[["arm", "type", "model"]]
    pre, post = (wide.xs(role, axis=1, level=1) for role in ("pre", "post"))
    out = pd.DataFrame(index=wide.index).reset_index()
    for name in units:
        out[name] = out["unit"].map(units[name])
    values = {
        "pre": pre["mean"],
        "post": post["mean"],
        "change": post["mean"] - pre["mean"],
        "std_error": np.sqrt(pre["variance"] / pre["waves"] ** 2 + post["variance"] / post["waves"] ** 2),
        "n": pre["n"] + post["n"],
        "n_eff": pre["n_eff"] + post["n_eff"],
        "n_pre_waves": pre["waves"].astype(int),
        "n_post_waves": post["waves"].astype(int),
        "visitors": (pre["visitors"] + post["visitors"]) / 2,
        "n_pre": pre["n"],
        "n_post": post["n"],
    }
    for name, column in values.items():
        out[name] = column.to_numpy()
    return out[list(CHANGE_COLUMNS)]


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
