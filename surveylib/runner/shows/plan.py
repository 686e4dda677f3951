"""Notebook 90, on the plan: who settled it and when, what was changed since, what extension it asks for."""

from __future__ import annotations

import pandas as pd

from surveylib.model.frozen import PARTS
from surveylib.model.text import Lang, Text
from surveylib.report.blocks import Block
from surveylib.report.exhibits import table, text, together
from surveylib.report.printing import date
from surveylib.runner.case import Case
from surveylib.runner.place import is_rehearsal
from surveylib.runner.shows.decision import NO_DECISION

_PLAN = Text(
    vi="Kế hoạch phân tích: {by} chốt ngày {at}; mã băm {digest}.",
    en="Analysis plan: frozen {at} by {by}; digest {digest}.",
)
_PLAYED = Text(
    vi="Việc đăng ký này thuộc về diễn tập: kế hoạch được coi như đã đăng ký như plan.yaml ghi. Lần chạy "
    "thật phải chốt kế hoạch bằng lệnh surveylib plan freeze.",
    en="This registration is part of the rehearsal: the plan counts as registered the way plan.yaml says. "
    "A real run needs the command surveylib plan freeze.",
)
_EXPLORATORY = Text(
    vi="Mọi kết quả ở đây mang tính thăm dò: {why}", en="Everything here is exploratory: {why}"
)
_UNREGISTERED = Text(
    vi="Không có kế hoạch phân tích nào được chốt trước: mọi kết quả ở đây mang tính thăm dò.",
    en="No analysis plan was frozen beforehand: everything here is exploratory.",
)
_NO_DEVIATION = Text(vi="Không có thay đổi nào so với kế hoạch.", en="There is no deviation from the plan.")
_ORDER = Text(
    vi="Nếu kéo dài: các đơn vị so sánh vào theo thứ tự rút ngẫu nhiên; đơn vị vào sau dùng để so sánh.",
    en="If extended: comparison units enter in random order; those that enter later compare until then.",
)
_BATCH = Text(vi="Lượt {number}: {units}.", en="Batch {number}: {units}.")
_POWER = Text(
    vi="Kéo dài theo cách này phát hiện được tác động {effect} điểm với xác suất {power}; chắc (80%) từ "
    "{mde} điểm trở lên. Thứ tự rút bằng hạt giống {seed}.",
    en="An extension of this kind finds an effect of {effect} points with probability {power}; it is sure "
    "(80%) of {mde} points or more. The order was drawn with seed {seed}.",
)
_LOOKS = Text(
    vi="Kết quả được xem sau mỗi lượt, tất cả {looks} lần; mỗi lần kiểm định ở mức {level} nên khi không "
    "có tác động thì cả chuỗi chỉ kết luận nhầm {familywise} (mô phỏng). Ngay sau lượt đầu, xác suất phát "
    "hiện là {first}.",
    en="Results are read after each batch, {looks} times in all, each test at {level}, so that where there "
    "is no effect the whole series wrongly finds one {familywise} of the time (simulated). After the first "
    "batch alone the probability is {first}.",
)
_NO_POWER = Text(
    vi="Còn quá ít đơn vị so sánh để nói cách kéo dài này phát hiện được gì. Thứ tự rút bằng hạt giống "
    "{seed}.",
    en="There are too few comparison units to say what such an extension can find. The order was drawn with "
    "seed {seed}.",
)
_NO_STAGES = Text(
    vi="Kết luận này không kéo theo một đợt kéo dài thí điểm.", en="This verdict brings no extension with it."
)


def plan_note(case: Case, *, lang: Lang) -> Block:
    """Which plan was followed, whether it was settled in time, and every deviation from it."""
    plan, evidence = case.plan, case.evidence
    late = None if evidence is None else evidence.refusal("W7")
    said: list[Block] = []
    if plan.registered is not None:
        values = {
            "at": date(plan.registered.at, lang=lang),
            "by": plan.registered.by,
            "digest": plan.digest[:16],
        }
        said.append(text(_PLAN, values, lang=lang, key="plan"))
        said += [text(_PLAYED, lang=lang, tone="note")] if is_rehearsal(case.about["run"]) else []
    if late is not None:
        why = {"why": late.why.get(lang)}
        said.append(text(_EXPLORATORY, why, lang=lang, tone="warning", key="exploratory"))
    elif plan.registered is None:
        said.append(text(_UNREGISTERED, lang=lang, tone="warning", key="exploratory"))
    if evidence is not None and (plan.registered is not None or evidence.deviations):
        said.append(deviation_table(case, lang=lang))
    return together(said, lang=lang, key="plan_note")


def deviation_table(case: Case, *, lang: Lang) -> Block:
    """Field by field, what is not as it was frozen."""
    found = case.evidence.deviations
    if not found:
        return text(_NO_DEVIATION, lang=lang, key="no_deviation")
    rows = [(PARTS[one.part].get(lang), one.field, one.old, one.new) for one in found]
    labels = {
        "part": Text(vi="Phần", en="Part"),
        "field": Text(vi="Mục", en="Field"),
        "old": Text(vi="Khi chốt", en="As frozen"),
        "new": Text(vi="Nay là", en="Now"),
    }
    caption = Text(vi="Thay đổi so với kế hoạch đã chốt", en="Deviations from the frozen plan")
    shown = pd.DataFrame(rows, columns=list(labels))
    return table(
        shown, caption=caption, lang=lang, labels=labels, row_key=["part", "field"], key="deviations"
    )


def next_steps(case: Case, *, lang: Lang) -> Block:
    """What comes next if the pilot is extended: who enters when, and what that can show."""
    staged = None if case.decision is None else case.decision.staged
    if staged is None:
        return text(_NO_STAGES if case.decision else NO_DECISION, lang=lang, tone="note", key="no_stages")
    said = [text(_ORDER, lang=lang, key="order")]
    for place, batch in enumerate(staged.batches, 1):
        units = "; ".join(case.study.unit(unit).name.get(lang) for unit in batch)
        said.append(text(_BATCH, {"number": place, "units": units}, lang=lang, key=f"batch_{place}"))
    values = {"effect": staged.effect, "power": staged.power, "mde": staged.mde, "seed": str(staged.seed)}
    if staged.power is None:
        said.append(text(_NO_POWER, {"seed": values["seed"]}, lang=lang, key="power"))
    else:
        said.append(text(_POWER, values, lang=lang, formats={"power": "percent:0"}, key="power"))
    if staged.looks > 1:
        names = ("looks", "level", "familywise", "first")
        shares = {"level": "percent:1", "familywise": "percent:1", "first": "percent:0"}
        looks = {name: getattr(staged, name) for name in names}
        said.append(text(_LOOKS, looks, lang=lang, formats=shares, key="looks"))
    return together(said, lang=lang, key="next")
