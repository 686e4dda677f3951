"""What has to be said with PAPI, on a page as on a command line; ``{…}`` stand for numbers."""

from __future__ import annotations

from surveylib.model.text import Text

CAUTION = Text(
    vi="PAPI là điểm của cả tỉnh, hỏi người dân toàn tỉnh; thí điểm chỉ ở năm đơn vị. Các số dưới đây là "
    "bối cảnh, không phải tác động của thí điểm; điểm khảo sát của một đơn vị không bao giờ được trình bày "
    "như điểm PAPI.",
    en="PAPI scores a whole province, from residents of all of it; the pilot touched five offices. The "
    "figures below are context and no effect of the pilot; a unit's client score must never be presented "
    "as a PAPI score.",
)
FEW_YEARS = Text(
    vi="Chỉ có {years} năm trước {start}: quá ít. Với ngần ấy năm, nhiều cách ghép các tỉnh đều khớp được "
    "(sai số {fit}), nên khớp sát không chứng tỏ nhóm ghép diễn biến như tỉnh này.",
    en="There are only {years} years before {start}: too few. So few can be matched by many mixes of "
    "provinces (error {fit}), so a close fit does not show that the mix moves like this one.",
)
PLACEBO = Text(
    vi="Xếp hạng giả dược: p = {p} (nhỏ nhất có thể là {floor}, với {placebos} tỉnh khác).",
    en="Rank among placebos: p = {p} (it cannot be below {floor}, with {placebos} other provinces).",
)
