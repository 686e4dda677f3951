"""What an export to other programs has to say: code, severity, message and remedy in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from surveylib.model.finding import Entry, Finding, find

# X4xx: met while writing labelled data, schemas and forms of other programs.
CATALOGUE: dict[str, Entry] = {
    "X401": (
        "warning",
        "Nhãn biến dài hơn {limit}; đã cắt còn “{kept}”.",
        "The label of the variable is longer than {limit}; it was cut to “{kept}”.",
        "Câu hỏi đầy đủ nằm trong sổ mã (codebook).",
        "The codebook has the whole question.",
    ),
    "X402": (
        "warning",
        "Nhãn của mã {code} dài hơn {limit}; đã cắt còn “{kept}”.",
        "The label of code {code} is longer than {limit}; it was cut to “{kept}”.",
        "Nhãn đầy đủ nằm trong sổ mã (codebook).",
        "The codebook has the whole label.",
    ),
    "X403": (
        "warning",
        "Câu này có thể ghi điều riêng tư; cột dữ liệu không được ghi ra.",
        "The item may hold what names a person; its column was not written.",
        "Đọc riêng, ngoài tệp dữ liệu chung.",
        "Read it apart from the data that are passed on.",
    ),
    "X404": (
        "note",
        "Cột {columns} không thuộc phiếu; được ghi dạng chữ, không nhãn.",
        "Columns {columns} are not of the questionnaire; they were written as text, without labels.",
        "Không phải làm gì, hoặc bỏ cột khỏi tệp dữ liệu.",
        "Nothing to do, or leave them out of the data.",
    ),
    "X405": (
        "note",
        "Dữ liệu không có cột của câu này; biến để trống.",
        "The data have no column of this item; the variable is blank.",
        "Kiểm tra xem có đúng tệp dữ liệu của phiếu này không.",
        "See whether these are the data of this questionnaire.",
    ),
    "X411": (
        "warning",
        "Mã câu quá 20 ký tự; trong LimeSurvey câu mang mã {kept}.",
        "LimeSurvey's codes have at most 20 characters; the item is called {kept} there.",
        "Rút ngắn mã câu, hoặc đối chiếu lại khi nhập dữ liệu.",
        "Shorten the id, or pair the two when the answers come in.",
    ),
    "X412": (
        "warning",
        "LimeSurvey được ghi câu chữ chung cho mọi đơn vị; chữ thay theo đơn vị không được mang theo.",
        "LimeSurvey gets the wording for any unit; words that differ with the unit are not carried.",
        "Xuất riêng cho từng đơn vị bằng --study và --unit.",
        "Export a form a unit with --study and --unit.",
    ),
    "X413": (
        "warning",
        "Phần này cần xáo trộn thứ tự câu; tệp nhập của LimeSurvey giữ thứ tự cố định.",
        "Items of this section come in a drawn order; the file for LimeSurvey keeps one order.",
        "Đặt nhóm ngẫu nhiên trong LimeSurvey sau khi nhập.",
        "Set a randomization group in LimeSurvey after the import.",
    ),
    "X421": (
        "note",
        "{count} điều kiện hỏi được ghi thành câu trong mô tả của biến, không thành lệnh của DDI.",
        "{count} skip rules stand as sentences in the description of their variables.",
        "Không phải làm gì; bản máy đọc được là tệp YAML.",
        "Nothing to do; the YAML is the version machines read.",
    ),
    "X414": (
        "note",
        "Không nêu --unit nên mẫu hỏi ở mọi loại đơn vị những câu chỉ dành cho một số loại: {items}.",
        "Without --unit the form asks everywhere what is meant for some types of unit: {items}.",
        "Xuất riêng cho từng đơn vị bằng --study và --unit.",
        "Export a form a unit with --study and --unit.",
    ),
    "X431": (
        "note",
        "JSON Schema không so được hai câu trả lời; lược đồ không kiểm tra số này với câu {whole}.",
        "JSON Schema cannot compare two answers; the schema does not hold this count against {whole}.",
        "Không phải làm gì: `surveylib check` báo lỗi D33 khi phần lớn hơn tổng.",
        "Nothing to do: `surveylib check` says D33 where a part exceeds its whole.",
    ),
}


def finding(code: str, *, where: str, fields: Mapping[str, str] | None = None) -> Finding:
    """The finding of the catalogue, its blanks filled with `fields`."""
    return find(CATALOGUE, code, where=where, fields=fields)
