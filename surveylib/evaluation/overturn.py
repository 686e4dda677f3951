"""What would overturn the verdict, in one sentence."""

from __future__ import annotations

import math
from collections.abc import Sequence

from surveylib.evaluation.decide import VERDICTS
from surveylib.evaluation.say import points
from surveylib.model.text import Text


def overturn_sentence(tried: Sequence[tuple[str, Text, str]], *, own: str, turn: float) -> Text:
    """What turns the verdict `own`, of all that was tried.

    Parameters
    ----------
    tried : (check, label, verdict) each
        A blank verdict could not be told.
    turn : float
        How much more pilots would have had to rise anyway; NaN where no rise turns the verdict.

    Examples
    --------
    >>> text = Text(vi="Bỏ đơn vị bất lợi nhất", en="Worst unit left out")
    >>> print(overturn_sentence([("leave_one_out", text, "extend")], own="roll_out", turn=0.09).en)
    Roll out to the whole province: another verdict if pilots would have risen 0.09 points more anyway; of 1
    other choices tried, 1 lead elsewhere: worst unit left out (extend the pilot).
    """
    told = [(label, verdict) for check, label, verdict in tried if verdict and check != "turning_point"]
    vi = en = ""
    if math.isfinite(turn):
        vi = f"sẽ thành kết luận khác nếu các đơn vị thí điểm vốn đã tăng thêm {points(turn, 'vi')} điểm; "
        en = f"another verdict if pilots would have risen {points(turn, 'en')} points more anyway; "
    other = [(label, verdict) for label, verdict in told if verdict != own]
    if other:
        names = {lang: _names(other, lang) for lang in ("vi", "en")}
        vi += f"trong {len(told)} lựa chọn khác đã thử, {len(other)} dẫn đến kết luận khác: {names['vi']}."
        en += f"of {len(told)} other choices tried, {len(other)} lead elsewhere: {names['en']}."
    else:
        vi += f"trong {len(told)} lựa chọn khác đã thử, không lựa chọn nào làm đổi kết luận."
        en += f"of {len(told)} other choices tried, none changes it."
    if own not in VERDICTS:
        return Text(vi="Chưa có kết luận nào để đảo ngược.", en="There is no verdict to overturn.")
    return Text(vi=f"{VERDICTS[own].vi}: {vi}", en=f"{VERDICTS[own].en}: {en}")


def _names(found: Sequence[tuple[Text, str]], lang: str) -> str:
    """Each choice once, with the verdict it leads to."""
    said = [f"{_small(label.get(lang))} ({_small(VERDICTS[verdict].get(lang))})" for label, verdict in found]
    return "; ".join(dict.fromkeys(said))


def _small(words: str) -> str:
    return words[:1].lower() + words[1:]
