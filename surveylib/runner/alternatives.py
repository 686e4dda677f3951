"""The primary outcome under other defensible choices: other mixes of visitors, missing answers otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from surveylib.instrument.score import answered_items, types_of
from surveylib.model.alternative import Alternative
from surveylib.model.sample import Frame
from surveylib.model.text import Text
from surveylib.model.weights import Weights
from surveylib.numerics.imputation import hot_deck
from surveylib.rng import stream
from surveylib.runner.meaning import arms_of, counted_rows, sides
from surveylib.runner.place import StudyFiles
from surveylib.runner.planned import planned_instrument
from surveylib.weighting import Standardised, pooled_reference, standardise, with_register

COMPLETIONS = 10

_RAW = Text(vi="Không chuẩn hóa cơ cấu khách", en="Visitors' mix as it came")
_RAW_WHEN = Text(
    vi="Nếu để nguyên cơ cấu khách của từng đợt", en="With the visitors of each wave as they came"
)
_MARGINS = Text(vi="Cân bằng entropy ở mọi đơn vị", en="Entropy balancing in every unit")
_MARGINS_WHEN = Text(
    vi="Nếu cân bằng entropy theo từng đặc điểm ở mọi đơn vị",
    en="With entropy balancing to the margins of the mix in every unit",
)
_WHOLE = Text(vi="Cơ cấu khách chung của tất cả đơn vị", en="The mix of all units together")
_WHOLE_WHEN = Text(
    vi="Nếu mọi loại đơn vị theo một cơ cấu khách chung",
    en="With units of every type brought to one common mix of visitors",
)
_FILLED = Text(vi="Điền câu bỏ trống nhiều lần", en="Missing answers imputed")
_FILLED_WHEN = Text(
    vi="Nếu điền {share} câu trả lời bị thiếu theo người trả lời tương tự ({count} lần)",
    en="With the missing {share} of answers imputed from similar respondents ({count} times)",
)
_WORST = Text(vi="Câu bỏ trống: trường hợp xấu nhất", en="Missing answers at their worst")
_BEST = Text(vi="Câu bỏ trống: trường hợp tốt nhất", en="Missing answers at their best")
_WORST_WHEN = Text(
    vi="Nếu mọi câu bị thiếu ({share}) đều mang điểm bất lợi nhất cho thí điểm",
    en="With every missing answer ({share}) at the code least favourable to the pilot",
)
_BEST_WHEN = Text(
    vi="Nếu mọi câu bị thiếu ({share}) đều mang điểm có lợi nhất cho thí điểm",
    en="With every missing answer ({share}) at the code most favourable to the pilot",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answers:
    """The primary index item by item, of the rows that count: points, what was asked and not answered, and
    the ends of each item's scale."""

    points: np.ndarray
    asked: np.ndarray
    missing: np.ndarray
    low: np.ndarray
    high: np.ndarray


def alternatives(
    files: StudyFiles,
    rows: pd.DataFrame,
    *,
    scores: pd.DataFrame,
    weights: Weights,
    standard: Standardised | None,
    frame: Frame | None,
) -> tuple[Alternative, ...]:
    """Other choices for the primary outcome, each with its unit changes.

    - the visitors' mix not standardised; by entropy balancing everywhere, where some units met it directly;
      one mix for all types of unit by the characteristics they share (only with registers);
    - missing answers filled `COMPLETIONS` times from similar respondents of the same unit and wave, and at
      the code least and most favourable to the pilot (only for an index).

    Parameters
    ----------
    rows, scores : DataFrame
        Answers and their scores, in one order.
    weights : Weights
        Before standardisation.
    standard : Standardised or None
        None where nothing was standardised.
    """
    counted, primary = counted_rows(rows, files.plan), files.plan.outcome.primary.index
    found: list[Alternative] = []
    if primary in scores and standard is not None and frame is not None:
        values = scores[primary].to_numpy(float)
        made = _mixes(files, rows, weights=weights, standard=standard, frame=frame)
        found += [
            _alternative(check, label, when, _changes(files, rows, values, own, counted))
            for check, label, when, own in made
        ]
    used = weights if standard is None else standard.weights
    return (*found, *_missing(files, rows, used.values, counted))


def _alternative(check: str, label: Text, when: Text, *changes: pd.DataFrame) -> Alternative:
    return Alternative(check=check, label=label, when=when, changes=changes)


def _changes(
    files: StudyFiles, rows: pd.DataFrame, values: np.ndarray, weights: np.ndarray, counted: np.ndarray
) -> pd.DataFrame:
    """``unit, change``: the mean of the waves after less that of those before; NaN where one is missing."""
    use = np.isfinite(values) & np.isfinite(weights) & counted
    table = rows.loc[use, ["unit", "wave"]].assign(weight=weights[use], sum=weights[use] * values[use])
    sums = table.groupby(["unit", "wave"])[["weight", "sum"]].sum()
    means = (sums["sum"] / sums["weight"]).unstack("wave")
    before, after = sides(files)
    change = means.reindex(columns=list(after)).mean(axis=1, skipna=False)
    change = change - means.reindex(columns=list(before)).mean(axis=1, skipna=False)
    return change.rename("change").reset_index()


def _mixes(
    files: StudyFiles, rows: pd.DataFrame, *, weights: Weights, standard: Standardised, frame: Frame
) -> list[tuple[str, Text, Text, np.ndarray]]:
    """(check, label, when, weights) of every other mix; weights are NaN where a unit and wave is too thin."""
    mix, types = files.plan.mix, {unit.id: unit.type for unit in files.study.units}
    typed = Frame(rows=frame.rows.assign(type=frame.rows["unit"].map(types)))
    placed = with_register(rows, frame=frame, columns=mix.cells).assign(type=rows["unit"].map(types))

    def held(*, cells: tuple[str, ...], by: tuple[str, ...], direct: bool = True) -> np.ndarray:
        reference, fixed = pooled_reference(typed, cells=cells, by=by), (*by, "unit")
        made = standardise(weights, placed, reference=reference, cells=cells, fixed=fixed, direct=direct)
        thin = made.table.loc[~made.table["estimable"], ["unit", "wave"]].astype(str)
        cell = pd.MultiIndex.from_frame(rows[["unit", "wave"]].astype(str))
        return np.where(cell.isin(pd.MultiIndex.from_frame(thin)), np.nan, made.weights.values)

    found = [("mix_as_came", _RAW, _RAW_WHEN, weights.values)]
    if (standard.table["method"] == "direct").any():
        balanced = held(cells=mix.cells, by=("type",), direct=False)
        found.append(("mix_margins", _MARGINS, _MARGINS_WHEN, balanced))
    shared = _shared(typed.rows, mix.cells)
    if shared and typed.rows["type"].nunique() > 1:
        found.append(("mix_whole", _WHOLE, _WHOLE_WHEN, held(cells=shared, by=())))
    return found


def _shared(register: pd.DataFrame, cells: tuple[str, ...]) -> tuple[str, ...]:
    """The characteristics with the same levels in every type of unit: what all types can be brought to."""
    levels = {name: register.groupby("type")[name].agg(lambda own: frozenset(own.dropna())) for name in cells}
    return tuple(name for name in cells if levels[name].nunique() == 1)


def _missing(
    files: StudyFiles, rows: pd.DataFrame, weights: np.ndarray, counted: np.ndarray
) -> list[Alternative]:
    """Missing answers filled, and at their worst and best for the pilot; nothing where none is missing."""
    found = _answers(files, rows)
    if found is None or not found.missing[counted].any():
        return []
    _, after = sides(files)
    arms = arms_of(files, waves=set(rows["wave"]))
    pilots = [unit for unit, arm in arms.items() if arm == "pilot"]
    # Least favourable: low where the pilots are asked after, or the others before.
    lowers = rows["unit"].isin(pilots).to_numpy() == rows["wave"].isin(after).to_numpy()
    share = found.missing[counted].sum() / found.asked[counted].sum()

    def filled(fill: np.ndarray) -> pd.DataFrame:
        points = np.where(found.missing, fill, found.points)
        total = np.where(found.asked, points, 0.0).sum(axis=1)
        asked = np.where(found.asked & np.isfinite(points), 1.0, 0.0).sum(axis=1)
        values = np.where(asked > 0, total / np.maximum(asked, 1), np.nan)
        return _changes(files, rows, values, weights, counted)

    groups = rows.groupby(["unit", "wave"]).ngroup().to_numpy()
    bare = np.where(found.asked & ~found.missing, found.points, np.nan)
    streams = [stream(files.study.seed, "imputation", number) for number in range(COMPLETIONS)]
    draws = [filled(hot_deck(bare, found.missing, groups, rng=rng)) for rng in streams]
    worst = filled(np.where(lowers[:, None], found.low, found.high))
    best = filled(np.where(lowers[:, None], found.high, found.low))
    return [
        _alternative("imputed", _FILLED, _shares(_FILLED_WHEN, share), *draws),
        _alternative("missing_worst", _WORST, _shares(_WORST_WHEN, share), worst),
        _alternative("missing_best", _BEST, _shares(_BEST_WHEN, share), best),
    ]


def _shares(words: Text, share: float) -> Text:
    said = f"{100 * share:.1f}%"
    return Text(
        vi=words.vi.format(share=said.replace(".", ","), count=COMPLETIONS),
        en=words.en.format(share=said, count=COMPLETIONS),
    )


def _answers(files: StudyFiles, rows: pd.DataFrame) -> _Answers | None:
    """The items of the primary index; None where the primary outcome is no index."""
    asked = planned_instrument(files)
    index = next((index for index in asked.indices if index.id == files.plan.outcome.primary.index), None)
    if index is None:
        return None
    types = types_of(rows, {unit.id: unit.type for unit in files.study.units})
    parts = list(answered_items(rows, asked, index, types, {}))
    wanted = np.column_stack([due for _, _, due, _ in parts])
    given = np.column_stack([got for _, _, _, got in parts])
    return _Answers(
        points=np.column_stack([points for _, points, _, _ in parts]),
        asked=wanted,
        missing=wanted & ~given,
        low=np.array([min(scale.codes) for scale, _, _, _ in parts], dtype=float),
        high=np.array([max(scale.codes) for scale, _, _, _ in parts], dtype=float),
    )
