"""A province's PAPI beside a mix of others: context, never a unit's score."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from surveylib.model.text import Text

DIMENSIONS = {
    "1": Text(vi="Tham gia của người dân ở cấp cơ sở", en="Participation at local levels"),
    "2": Text(vi="Công khai, minh bạch", en="Transparency of local decision-making"),
    "3": Text(vi="Trách nhiệm giải trình với người dân", en="Vertical accountability"),
    "4": Text(vi="Kiểm soát tham nhũng trong khu vực công", en="Control of corruption in the public sector"),
    "5": Text(vi="Thủ tục hành chính công", en="Public administrative procedures"),
    "6": Text(vi="Cung ứng dịch vụ công", en="Public service delivery"),
    "7": Text(vi="Quản trị môi trường", en="Environmental governance"),
    "8": Text(vi="Quản trị điện tử", en="E-governance"),
}
YEAR_COLUMNS = ("dimension", "year", "value", "median", "lower_quarter", "upper_quarter", "rank", "provinces")
GAP_COLUMNS = ("year", "observed", "synthetic", "gap", "before", "placebo_low", "placebo_high")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Synthetic:
    """One dimension of a province beside its mix of donors.

    Attributes
    ----------
    years : DataFrame
        `GAP_COLUMNS`: observed, the mix, their gap, and the 5th and 95th percentile of the placebos' gaps.
    donors : DataFrame
        ``province, weight``: those with a weight above 0.
    fit, after : float
        Root of the mean squared gap before `start`, and from then on.
    p_value, p_floor : float
        Rank of `after` among all provinces, and the least it could be.
    """

    province: str
    dimension: str
    start: int
    years: pd.DataFrame
    donors: pd.DataFrame
    fit: float
    after: float
    p_value: float
    p_floor: float
    placebos: int
    years_before: int
