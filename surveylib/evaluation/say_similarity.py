"""What may be said of units that were not piloted, and what may not, in sentences."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from surveylib.model.text import Lang, Text

# Tipton (2014), section 5: from which B on a result may be carried over, and at what price.
BANDS: tuple[tuple[float, str, Text], ...] = (
    (0.9, "very_high", Text(vi="rất cao: như một mẫu bốc thăm", en="very high: like a sample drawn by lot")),
    (0.8, "high", Text(vi="cao", en="high")),
    (0.5, "medium", Text(vi="trung bình", en="medium")),
    (0.0, "low", Text(vi="thấp", en="low")),
)
CHANCE = 0.05
_NO_PREDICTION = Text(
    vi="Không dự báo cho {names}: không có đơn vị thí điểm nào thuộc loại này; kết quả không suy ra được cho "
    "chúng.",
    en="Nothing is predicted for {names}: no unit of the kind was piloted, and the result does not carry "
    "over to them.",
)


def band(b: float) -> Text:
    """Tipton's words for an index B.

    >>> band(0.63).en
    'medium'
    """
    return next(words for least, _, words in BANDS if b >= least)


def no_prediction(unpiloted: Mapping[str, int], *, words: Mapping[str, Text] | None = None) -> Text | None:
    """The sentence that refuses a prediction for types without a pilot; None where every type has one.

    Parameters
    ----------
    unpiloted : mapping
        How many units of each such type there are (`Similarity.unpiloted`).
    words : mapping, optional
        What types are called; those without words by their code.

    Examples
    --------
    >>> no_prediction({"SN": 20}).en
    'Nothing is predicted for SN (20 units): no unit of the kind was piloted, and the result does not carry
    over to them.'
    """
    if not unpiloted:
        return None
    known = words or {}
    units: dict[Lang, str] = {"vi": "đơn vị", "en": "units"}
    names = {
        lang: ", ".join(
            f"{known[kind].get(lang) if kind in known else kind} ({count} {units[lang]})"
            for kind, count in sorted(unpiloted.items())
        )
        for lang in units
    }
    return _NO_PREDICTION.filled({"names": Text(vi=names["vi"], en=names["en"])})


def unlike(index: pd.DataFrame) -> bool:
    """Whether the pilots are less like the province than 19 lots in 20, or hardly like it at all."""
    own = index[index["arm"] == "pilot"]
    return bool(((own["share_below"] <= CHANCE) | (own["b"] < BANDS[2][0])).any())
