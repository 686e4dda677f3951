"""PAPI as context: a province beside the others, and beside a mix of them that moved alike beforehand.

PAPI interviews residents of a whole province; the pilot touched five offices. What is shown here is neither a
score of a unit nor an effect of the pilot.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from surveylib.errors import SurveyError, unknown
from surveylib.model.papi import (
    DONOR_COLUMNS,
    FIT_COLUMNS,
    GAP_COLUMNS,
    PANEL_COLUMNS,
    YEAR_COLUMNS,
    Synthetic,
)
from surveylib.model.text import unaccented
from surveylib.numerics.synthetic import convex_weights, rmspe

_SUB = re.compile(r"SC([1-8])\d")
_FEWEST = 3  # the province, and two others of which each can stand in its place with the other as donor


def papi_panel(rows: pd.DataFrame, *, source: str = "PAPI panel") -> pd.DataFrame:
    """One row a province, year and dimension (`PANEL_COLUMNS`) from a wide panel: ``Province, province_name,
    year`` and the sub-indices ``SC11 … SC83``; see `panel_of`.

    Raises
    ------
    SurveyError
        For a missing column, a cell that is no number, or a province that stands twice in a year.
    """
    subs = [name for name in rows.columns if _SUB.fullmatch(name)]
    lacking = [name for name in ("Province", "province_name", "year") if name not in rows.columns]
    if lacking or not subs:
        raise SurveyError(
            "this is no PAPI panel",
            where=source,
            expected="columns Province, province_name, year and SC11 … SC83",
            got=", ".join(map(str, rows.columns[:6])),
        )
    try:
        values = rows[subs].apply(pd.to_numeric)
        years = pd.to_numeric(rows["year"]).astype(int)
    except (ValueError, TypeError) as error:
        raise SurveyError("not a number", where=source, got=str(error)) from error
    keys = pd.DataFrame({"province": rows["Province"], "name": rows["province_name"], "year": years})
    parts = [keys.assign(dimension=name[2], sub=name, value=values[name]) for name in subs]
    return panel_of(pd.concat(parts, ignore_index=True), source=source)


def panel_of(subs: pd.DataFrame, *, source: str) -> pd.DataFrame:
    """One row a province, year and dimension (`PANEL_COLUMNS`) from sub-indices (`SUB_COLUMNS`).

    A dimension is the sum of its sub-indices. It is compared over time only with the same sub-indices, so
    those that PAPI added later are left out of a dimension that began without them; a dimension with a
    sub-index missing (as the fifth has from 2021 on) has no value that year.

    Raises
    ------
    SurveyError
        If a province stands twice in a year.
    """
    twice = subs.duplicated(["province", "year", "sub", "dimension"])
    if twice.any():
        one = subs[twice].iloc[0]
        raise SurveyError(
            "a province stands twice in a year", where=source, got=f"{one.province}, {one.year}"
        )
    parts = []
    for dimension, own in subs.groupby("dimension", sort=True):
        wide = own.pivot(index=["province", "name", "year"], columns="sub", values="value")
        there = wide.notna().groupby(level="year").any()
        begun = there.index[there.any(axis=1)]
        if len(begun):
            kept = there.columns[there.loc[begun[0]]]
            value = wide[kept].sum(axis=1, skipna=False).rename("value")
            parts.append(value.reset_index().assign(dimension=dimension))
    made = pd.concat(parts)[list(PANEL_COLUMNS)].dropna(subset=["value"])
    return made.sort_values(["dimension", "province", "year"], ignore_index=True)


def find_province(panel: pd.DataFrame, wanted: str) -> str:
    """The code of the province with this code or name; names are read without diacritics and blanks.

    Raises
    ------
    SurveyError
        If the panel has no such province, with the nearest.
    """
    names = panel.drop_duplicates("province").set_index("province")["name"]
    found = [code for code, name in names.items() if wanted == code or _plain(wanted) == _plain(name)]
    if len(found) != 1:
        raise unknown("province", wanted, [*names.index, *names], where="PAPI panel")
    return found[0]


def _plain(name: str) -> str:
    """``Bà Rịa - Vũng Tàu`` and ``Ba Ria Vung Tau`` are one province."""
    return "".join(one for one in unaccented(name) if one.isalnum())


def against_provinces(panel: pd.DataFrame, *, province: str) -> pd.DataFrame:
    """The province year by year beside the others, by dimension: `YEAR_COLUMNS`."""
    _known(panel, province)
    own = panel[panel["province"] == province].set_index(["dimension", "year"])["value"]
    lines = []
    for (dimension, year), value in own.items():
        here = panel[(panel["dimension"] == dimension) & (panel["year"] == year)]["value"]
        lines.append(
            (
                dimension,
                year,
                value,
                here.median(),
                *here.quantile([0.25, 0.75]),
                int((here > value).sum()) + 1,
                len(here),
            )
        )
    return pd.DataFrame(lines, columns=list(YEAR_COLUMNS))


def synthetic_province(panel: pd.DataFrame, *, province: str, dimension: str, start: int) -> Synthetic:
    """The province beside a convex mix of others that had moved like it before the year `start`.

    Every other province is put in its place in turn (placebo): p is the rank, among all of them, of the gap
    from `start` on (RMSPE), and cannot lie below 1 / their number. The usual ratio to the gap before is not
    used: with fewer years before than donors a mix fits exactly, and the ratio says nothing. Only provinces
    with a value in every year that `province` has one are donors.

    Raises
    ------
    SurveyError
        For an unknown province or dimension, without two years before and one from `start` on, or with fewer
        than two other provinces.
    """
    _known(panel, province)
    known = sorted(set(panel["dimension"]))
    if dimension not in known:
        raise unknown("dimension", dimension, known, where="PAPI panel")
    wide = _complete(panel, province, dimension)
    if wide.shape[1] < _FEWEST:
        raise SurveyError(
            "too few provinces for a comparison",
            where=f"dimension {dimension}",
            expected=f"{_FEWEST} or more with a value in every year of {province}",
            got=", ".join(wide.columns),
        )
    before = wide.index.to_numpy() < start
    if before.sum() < 2 or before.all():
        raise SurveyError(
            "too few years for a comparison",
            where=f"dimension {dimension}",
            expected=f"two or more before {start} and one from then on",
            got=", ".join(map(str, wide.index)),
        )
    names = [province, *(name for name in wide.columns if name != province)]
    values = wide[names].to_numpy(float)
    gaps, weights = _placebos(values, before)
    later = np.array([rmspe(gaps[~before, j], 0.0) for j in range(len(names))])
    made = (
        ("year", wide.index),
        ("observed", values[:, 0]),
        ("synthetic", values[:, 0] - gaps[:, 0]),
        ("gap", gaps[:, 0]),
        ("before", before),
        ("placebo_low", np.quantile(gaps[:, 1:], 0.05, axis=1)),
        ("placebo_high", np.quantile(gaps[:, 1:], 0.95, axis=1)),
    )
    called = panel.drop_duplicates("province").set_index("province")["name"]
    donors = pd.DataFrame({"province": names[1:], "name": called[names[1:]].to_numpy(), "weight": weights})
    return Synthetic(
        province=province,
        dimension=dimension,
        start=start,
        years=pd.DataFrame(dict(made))[list(GAP_COLUMNS)],
        donors=donors[donors["weight"] > 1e-6].sort_values(
            ["weight", "province"], ascending=[False, True], ignore_index=True
        ),
        fit=rmspe(gaps[before, 0], 0.0),
        after=float(later[0]),
        p_value=float((later >= later[0]).mean()),
        p_floor=1 / len(names),
        placebos=len(names) - 1,
        years_before=int(before.sum()),
    )


def synthetic_tables(
    panel: pd.DataFrame, *, province: str, start: int
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The synthetic comparison of every dimension that has years enough to try one: fits (`FIT_COLUMNS`),
    gaps (`GAP_COLUMNS`) and donors (`DONOR_COLUMNS`), each with its `dimension`.

    A dimension without two years before `start`, without one from then on, or with fewer than two other
    provinces stands in the fits with the number of its years alone.
    """
    fits, gaps, donors = [], [], []
    own = panel[panel["province"] == province]
    for dimension, years in own.groupby("dimension", sort=True)["year"]:
        line = {"dimension": dimension, "start": start, "years_before": int((years < start).sum())}
        line |= {"years_after": int((years >= start).sum()), "enough": False}
        provinces = _complete(panel, province, dimension).shape[1]
        if line["years_before"] >= 2 and line["years_after"] and provinces >= _FEWEST:
            made = synthetic_province(panel, province=province, dimension=dimension, start=start)
            line |= {name: getattr(made, name) for name in ("fit", "after", "p_value", "p_floor", "placebos")}
            line |= {"enough": made.enough}
            gaps.append(made.years.assign(dimension=dimension))
            donors.append(made.donors.assign(dimension=dimension))
        fits.append(line)
    return (
        pd.DataFrame(fits, columns=list(FIT_COLUMNS)),
        _stacked(gaps, GAP_COLUMNS),
        _stacked(donors, DONOR_COLUMNS),
    )


def _complete(panel: pd.DataFrame, province: str, dimension: str) -> pd.DataFrame:
    """Years × provinces of one dimension: the years of `province`, the provinces with a value in all."""
    wide = panel[panel["dimension"] == dimension].pivot(index="year", columns="province", values="value")
    return wide.loc[wide[province].notna()].dropna(axis=1)


def _stacked(parts: list[pd.DataFrame], columns: tuple[str, ...]) -> pd.DataFrame:
    names = ["dimension", *columns]
    return pd.concat(parts, ignore_index=True)[names] if parts else pd.DataFrame(columns=names)


def _placebos(values: np.ndarray, before: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The gap of every province to its own mix of the others, and the weights of the first."""
    gaps, first = np.empty_like(values), np.empty(0)
    for j in range(values.shape[1]):
        # The province of interest is no donor of a placebo: what happened there must not reach the others.
        others = np.delete(values, sorted({0, j}), axis=1)
        weights = convex_weights(values[before, j], others[before])
        gaps[:, j] = values[:, j] - others @ weights
        first = weights if j == 0 else first
    return gaps, first


def _known(panel: pd.DataFrame, province: str) -> None:
    names = sorted(set(panel["province"]))
    if province not in names:
        raise unknown("province", province, names, where="PAPI panel")
