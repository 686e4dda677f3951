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
SUB_COLUMNS = ("province", "name", "year", "dimension", "sub", "value")
PANEL_COLUMNS = ("province", "name", "year", "dimension", "value")
YEAR_COLUMNS = ("dimension", "year", "value", "median", "lower_quarter", "upper_quarter", "rank", "provinces")
DONOR_COLUMNS = ("province", "name", "weight")
FIT_COLUMNS = (
    *("dimension", "start", "years_before", "years_after", "enough", "fit", "after"),
    *("p_value", "p_floor", "placebos"),
)
# Abadie (2021), doi:10.1257/jel.20191450, asks for many years before and gives no number; ten is this
# project's. With fewer years than donors a mix can fit exactly, whatever the donors are.
ENOUGH_YEARS = 10
GAP_COLUMNS = ("year", "observed", "synthetic", "gap", "before", "placebo_low", "placebo_high")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Synthetic:
    """One dimension of a province beside its mix of donors.

    Attributes
    ----------
    years : DataFrame
        `GAP_COLUMNS`: observed, the mix, their gap, and the 5th and 95th percentile of the placebos' gaps.
    donors : DataFrame
        `DONOR_COLUMNS`: those with a weight above 0.
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

    @property
    def enough(self) -> bool:
        """Whether there are years enough before for a fit to mean anything (`ENOUGH_YEARS`)."""
        return self.years_before >= ENOUGH_YEARS
