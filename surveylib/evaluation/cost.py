"""The finance department's form: its template, and the lines read from it."""

from __future__ import annotations

import re

import pandas as pd

from surveylib.model.cost import SHARED, CostKind, CostLine, Costs
from surveylib.model.finding import Entry, Finding, find
from surveylib.model.study import Study
from surveylib.model.text import Text, unaccented

HEADERS = {"unit": "Đơn vị", "item": "Khoản mục", "kind": "Loại chi", "amount": "Số tiền (đồng)"}
KINDS: dict[CostKind, Text] = {
    "one_off": Text(vi="một lần", en="one-off"),
    "monthly": Text(vi="hằng tháng", en="monthly"),
    "yearly": Text(vi="hằng năm", en="yearly"),
    "per_wave": Text(vi="mỗi đợt khảo sát", en="per wave"),
}
_ITEMS: tuple[tuple[str, CostKind], ...] = (
    ("Bàn ghế, bảng thông tin, trang thiết bị", "one_off"),
    ("Tập huấn, quán triệt", "one_off"),
    ("Văn phòng phẩm, thư cảm ơn, thư xin lỗi", "monthly"),
    ("Duy trì, kiểm tra, giám sát", "monthly"),
    ("Khảo sát (điều tra viên, in phiếu, nhập liệu)", "per_wave"),
)
_ACCEPTED = {
    "unit": ("unit", "don vi", "ma don vi", "ten don vi", "dia phuong, don vi"),
    "item": ("item", "khoan muc", "noi dung", "noi dung chi", "hang muc"),
    "kind": ("kind", "loai", "loai chi", "one-off/recurrent", "dinh ky"),
    "amount": ("amount", "dong", "so tien", "so tien (dong)", "thanh tien", "thanh tien (dong)", "vnd"),
}
_KIND_WORDS: dict[str, CostKind] = {
    **dict.fromkeys(("mot lan", "1 lan", "one-off", "one_off", "oneoff"), "one_off"),
    **dict.fromkeys(("hang thang", "moi thang", "thang", "monthly", "recurrent"), "monthly"),
    **dict.fromkeys(("hang nam", "moi nam", "nam", "yearly"), "yearly"),
    **dict.fromkeys(("moi dot", "moi dot khao sat", "dot khao sat", "per wave", "per_wave"), "per_wave"),
}
_SHARED = ("all", "tat ca", "chung", "tat ca don vi")
_AMOUNT = re.compile(r"\d{1,3}(?:([.,\s])\d{3}(?:\1\d{3})*)?|\d+")


def cost_template(study: Study) -> pd.DataFrame:
    """The form to be filled: a line a pilot unit and usual item, amounts blank, headers in Vietnamese."""
    pilots = [unit.id for unit in study.units if unit.arm == "pilot"]
    rows = [(unit, item, KINDS[kind].vi, "") for unit in pilots for item, kind in _ITEMS]
    return pd.DataFrame(rows, columns=list(HEADERS.values()))


def read_cost_lines(table: pd.DataFrame, *, study: Study) -> Costs:
    """The lines of a filled form, all mistakes at once.

    Headers, units (id or name) and kinds are understood with or without diacritics; an amount is whole đồng,
    its thousands apart by dots, commas or spaces.

    Parameters
    ----------
    table : DataFrame of str
        As it was read; other columns (notes, the mark of a rehearsal) are passed over.

    Examples
    --------
    >>> amount("150.000.000"), amount("1 250 000 đ"), amount("1,5 triệu") is None
    (150000000, 1250000, True)
    """
    columns = {unaccented(name): name for name in table.columns}
    found = {
        wanted: next((columns[name] for name in names if name in columns), None)
        for wanted, names in _ACCEPTED.items()
    }
    missing = [HEADERS[name] for name, column in found.items() if column is None]
    if missing:
        return Costs(lines=(), findings=(_finding("C01", "header", names=", ".join(missing)),))
    rows = table[[*found.values()]].set_axis(list(found), axis=1).fillna("").astype(str)
    units = _unit_names(study)
    lines, findings = [], []
    for number, row in enumerate(rows.to_dict("records"), 2):
        if not any(value.strip() for value in row.values()):
            continue
        line, problem = _line(row, units, where=f"{number}")
        lines += [line] if line is not None else []
        findings += [problem] if problem is not None else []
    findings += _twice(lines) + _unpriced(lines, study)
    return Costs(lines=tuple(lines), findings=tuple(findings))


def _line(row: dict, units: dict[str, str], *, where: str) -> tuple[CostLine | None, Finding | None]:
    unit, kind = units.get(unaccented(row["unit"])), _KIND_WORDS.get(unaccented(row["kind"]))
    if unit is None:
        return None, _finding("C02", where, got=row["unit"])
    if kind is None:
        return None, _finding(
            "C03", where, got=row["kind"], known=", ".join(text.vi for text in KINDS.values())
        )
    if not row["amount"].strip():
        return None, _finding("C04", where, item=row["item"])
    value = amount(row["amount"])
    if value is None:
        return None, _finding("C05", where, got=row["amount"])
    return CostLine(unit=unit, item=row["item"].strip(), kind=kind, amount=value), None


def amount(text: str) -> int | None:
    """Whole đồng, or None for what is no such number (a fraction, a sign, words)."""
    plain = re.sub(r"(?i)\s*(đồng|đ|vnd|₫)\.?$", "", text.strip()).strip()
    return int(re.sub(r"[.,\s]", "", plain)) if _AMOUNT.fullmatch(plain) else None


def _unit_names(study: Study) -> dict[str, str]:
    """How a pilot unit may be written: its id or either name; and the words for all of them."""
    names = {}
    for unit in study.units:
        if unit.arm == "pilot":
            names |= dict.fromkeys(
                (unaccented(unit.id), unaccented(unit.name.vi), unaccented(unit.name.en)), unit.id
            )
    return names | dict.fromkeys(_SHARED, SHARED)


def _twice(lines: list[CostLine]) -> list[Finding]:
    seen, found = set(), []
    for line in lines:
        key = (line.unit, unaccented(line.item), line.kind)
        if key in seen:
            found.append(_finding("C06", f"{line.unit}, {line.item}"))
        seen.add(key)
    return found


def _unpriced(lines: list[CostLine], study: Study) -> list[Finding]:
    priced = {line.unit for line in lines if line.kind != "per_wave"}
    pilots = [unit.id for unit in study.units if unit.arm == "pilot"]
    lacking = [] if SHARED in priced else [name for name in pilots if name not in priced]
    return [_finding("C07", ", ".join(lacking))] if lacking else []


_CATALOGUE: dict[str, Entry] = {
    "C01": (
        "error",
        "thiếu cột: {names}",
        "columns are missing: {names}",
        "Dùng biểu mẫu: surveylib cost STUDY --template.",
        "Use the form: surveylib cost STUDY --template.",
    ),
    "C02": (
        "error",
        "“{got}” không phải đơn vị thí điểm nào",
        "“{got}” is no pilot unit",
        "Ghi mã hoặc tên đơn vị như trong study.yaml; chi chung ghi “tất cả”.",
        "Write the unit's id or name as in study.yaml; “all” for shared costs.",
    ),
    "C03": (
        "error",
        "không hiểu loại chi “{got}”",
        "kind of cost “{got}” is not known",
        "Ghi một trong: {known}.",
        "Write one of: {known}.",
    ),
    "C04": (
        "error",
        "chưa điền số tiền của “{item}”",
        "the amount of “{item}” is blank",
        "Điền số tiền; không chi thì ghi 0.",
        "Fill it in; 0 where nothing is spent.",
    ),
    "C05": (
        "error",
        "“{got}” không phải số tiền",
        "“{got}” is no amount",
        "Ghi số đồng nguyên, ví dụ 150.000.000.",
        "Write whole đồng, such as 150.000.000.",
    ),
    "C06": (
        "warning",
        "khoản này có hai dòng",
        "this item stands twice",
        "Cả hai được cộng; bỏ một dòng nếu ghi trùng.",
        "Both are added; drop one if it is the same.",
    ),
    "C07": (
        "error",
        "đơn vị thí điểm chưa có khoản chi nào",
        "pilot units without any cost",
        "Bổ sung dòng cho đơn vị đó; không chi thì ghi 0.",
        "Add a line for each; 0 if nothing is spent.",
    ),
}


def _finding(code: str, where: str, **fields: str) -> Finding:
    place = f"costs, row {where}" if where.isdigit() else f"costs, {where}"
    return find(_CATALOGUE, code, where=place, fields=fields)
