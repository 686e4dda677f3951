"""The catalogue of what fieldwork checks find: code, severity, message and remedy in both languages."""

from __future__ import annotations

import re
from collections.abc import Mapping

from surveylib.model.finding import Entry, Finding, find

_UUID = re.compile(r"uuid:([0-9a-f]{8})[0-9a-f-]{24,28}")  # enough to find the form in responses.csv

# D0x and D1x: met while reading the answers in. D2x and above: met by the quality checks.
CATALOGUE: dict[str, Entry] = {
    "D01": (
        "note",
        "{count} ô có dấu tiếng Việt tách rời (NFD) đã được ghép lại (NFC).",
        "{count} cells had Vietnamese letters in parts (NFD); they were put together (NFC).",
        "Không phải làm gì; nên xuất tệp ở dạng NFC.",
        "Nothing to do; better export in NFC.",
    ),
    "D02": (
        "warning",
        "{count} phiếu gửi trùng hoàn toàn đã được bỏ bản sau: {rows}.",
        "{count} forms were sent twice unchanged; the later copies were dropped: {rows}.",
        "Xem nhật ký chỉnh sửa; nhắc người nhập liệu chỉ gửi một lần.",
        "See the corrections log; remind those who enter data to send once.",
    ),
    "D03": (
        "warning",
        "{count} phiếu có cùng mã nhưng khác nội dung; giữ bản đầu: {rows}.",
        "{count} forms share an id but differ; the first was kept: {rows}.",
        "Đối chiếu với phiếu giấy rồi sửa tại nguồn.",
        "Compare with the paper form and correct at the source.",
    ),
    "D04": (
        "warning",
        "Câu {item}: {count} câu trả lời có mã ngoài thang đo ({values}), coi là để trống: {rows}.",
        "{count} answers to {item} have a code off its scale ({values}) and count as blank: {rows}.",
        "Đối chiếu phiếu giấy; nếu mã là đúng, bổ sung vào thang đo hoặc mục recode của nguồn.",
        "Compare with the paper form; if the code is right, add it to the scale or to the source's recode.",
    ),
    "D05": (
        "warning",
        "Câu {item}: {count} câu trả lời đánh nhiều ô trong khi chỉ được chọn một, coi là để trống: {rows}.",
        "{count} answers to {item} tick several boxes where one is asked; they count as blank: {rows}.",
        "Đối chiếu phiếu giấy; không đoán thay người trả lời.",
        "Compare with the paper form; do not guess for the respondent.",
    ),
    "D06": (
        "error",
        "{count} phiếu không ghi đơn vị và không tìm được qua số hồ sơ nên bị loại: {rows}.",
        "{count} forms name no unit and could not be traced by their dossier; they were dropped: {rows}.",
        "Bổ sung đơn vị tại nguồn rồi nhập lại.",
        "Fill in the unit at the source and ingest again.",
    ),
    "D07": (
        "warning",
        "{count} phiếu mang số hồ sơ không có trong mẫu nên không có xác suất chọn, được để riêng: {rows}.",
        "{count} forms carry a dossier not in the sample; having no probability they were set aside: {rows}.",
        "Tra lại số hồ sơ trên phiếu; sửa tại nguồn rồi nhập lại.",
        "Look the serial up on the form; correct at the source and ingest again.",
    ),
    "D08": (
        "warning",
        "{count} hồ sơ có hai phiếu trả lời; giữ phiếu đầu: {rows}.",
        "{count} dossiers have two completed forms; the first was kept: {rows}.",
        "Kiểm tra việc phát phiếu: mỗi hồ sơ một phiếu.",
        "Check how forms are handed out: one per dossier.",
    ),
    "D09": (
        "note",
        "{count} phiếu ghi {item} khác với sổ; lấy theo sổ: {rows}.",
        "{count} forms differ from the register on {item}; the register was taken: {rows}.",
        "Nếu nhiều, kiểm tra việc ghép phiếu với sổ.",
        "If there are many, check how forms are linked to the register.",
    ),
    "D10": (
        "warning",
        "Tệp không có cột cho câu {item}; câu này để trống ở cả đợt.",
        "The file has no column for {item}; it is blank for the whole wave.",
        "Nếu cột mang tên khác, khai báo trong mục columns của nguồn.",
        "If the column has another name, declare it under the source's columns.",
    ),
    "D11": (
        "note",
        "{count} cột của tệp không được đọc: {values}.",
        "{count} columns of the file were not read: {values}.",
        "Nếu có cột cần dùng, khai báo trong mục columns của nguồn.",
        "If one of them is needed, declare it under the source's columns.",
    ),
    "D12": (
        "warning",
        "{count} phiếu có ngày không đọc được ({values}): {rows}.",
        "{count} forms have a date that cannot be read ({values}): {rows}.",
        "Khai báo date_format của nguồn, ví dụ %d/%m/%Y.",
        "Declare the source's date_format, for example %d/%m/%Y.",
    ),
    "D13": (
        "warning",
        "{count} phiếu không có câu trả lời nào nên không được tính: {rows}.",
        "{count} forms hold no answer at all and do not count: {rows}.",
        "Ghi lý do (từ chối, không gặp) vào cột kết quả tiếp xúc.",
        "Write the reason (refusal, noncontact) in the disposition column.",
    ),
    "D14": (
        "warning",
        "{count} phiếu có kết quả tiếp xúc không rõ ({values}), được coi là hoàn thành: {rows}.",
        "{count} forms have an unknown disposition ({values}) and were taken as complete: {rows}.",
        "Dùng: complete, refusal, noncontact, ineligible, unknown.",
        "Use: complete, refusal, noncontact, ineligible, unknown.",
    ),
    "D15": (
        "warning",
        "{count} phiếu ghi đơn vị khác với sổ của hồ sơ; lấy theo sổ: {rows}.",
        "{count} forms name another unit than their dossier's register; the register was taken: {rows}.",
        "Kiểm tra việc phát phiếu giữa các đơn vị.",
        "Check how forms were handed out between units.",
    ),
    "D16": (
        "warning",
        "Đợt {wave} chưa có tệp {path}; đợt này được bỏ qua.",
        "Wave {wave} has no file {path} yet; the wave was left out.",
        "Khi có tệp, đặt vào đúng chỗ và chạy lại.",
        "Put the file in its place when it is there, and run again.",
    ),
    "D20": (
        "warning",
        "{count} phiếu có ngày ngoài đợt ({start} đến {end}): {rows}.",
        "{count} forms are dated outside the wave ({start} to {end}): {rows}.",
        "Kiểm tra đồng hồ của máy và ngày trên phiếu; phiếu sau đợt có thể thuộc đợt khác.",
        "Check the device's clock and the paper; a late form may belong to another wave.",
    ),
    "D21": (
        "error",
        "Đơn vị {unit} ({name}) không có câu trả lời nào trong đợt {wave}.",
        "Unit {unit} ({name}) has no answers in wave {wave}.",
        "Bổ sung số liệu, hoặc ghi rõ trong báo cáo rằng đơn vị này không được đánh giá.",
        "Supply the data, or say in the report that this unit is not evaluated.",
    ),
    "D22": (
        "warning",
        "{count} phiếu ({share}) chấm cùng một mức cho mọi câu trên thang {scale}: {rows}.",
        "{count} forms ({share}) give one and the same answer to every question on scale {scale}: {rows}.",
        "Xem cách điền phiếu ở đơn vị có nhiều phiếu như vậy; không tự ý loại bỏ.",
        "Look at how forms are filled in where there are many; do not drop them on sight.",
    ),
    "D23": (
        "warning",
        "{count} phiếu được điền dưới {least} phút (trung vị của đợt: {median} phút): {rows}.",
        "{count} forms took under {least} minutes (the wave's median is {median}): {rows}.",
        "Gọi lại một phần để xác minh nếu người trả lời đã đồng ý.",
        "Check some by calling back those who agreed to it.",
    ),
    "D24": (
        "warning",
        "Câu {item} để trống ở {share} số phiếu được hỏi ({count}/{asked}), cao nhất ở {unit}: {most}.",
        "{item} is unanswered on {share} of the forms asking it ({count}/{asked}), most in {unit}: {most}.",
        "Xem lại câu chữ và vị trí của câu; luôn công bố tỷ lệ không trả lời.",
        "Look again at its wording and place; always publish the share of non-response.",
    ),
    "D25": (
        "warning",
        "{count} phiếu trả lời câu {item} dù theo quy tắc bỏ qua thì không được hỏi ({rule}): {rows}.",
        "{count} forms answer {item} although the skip rule says it was not asked ({rule}): {rows}.",
        "Câu trả lời này không được tính; kiểm tra câu lọc trên phiếu giấy.",
        "The answer does not count; check the filter question on the paper form.",
    ),
    "D26": (
        "warning",
        "{count} phiếu có hai câu trả lời không thể cùng đúng ({rule}): {rows}.",
        "{count} forms hold two answers that cannot both be true ({rule}): {rows}.",
        "Đối chiếu phiếu giấy.",
        "Compare with the paper form.",
    ),
    "D27": (
        "note",
        "Câu {item}: {share} câu trả lời là bội số của {step}, cho thấy người trả lời ước lượng.",
        "{item}: {share} of the answers are multiples of {step}: respondents estimate.",
        "Dùng trung vị hoặc khoảng, đừng đọc chênh lệch nhỏ hơn {step}.",
        "Use the median or bands; read nothing into differences below {step}.",
    ),
    "D28": (
        "warning",
        "Đợt {wave}: {item} khác nhau giữa nhóm thí điểm ({pilot}) và nhóm so sánh ({comparison}).",
        "Wave {wave}: {item} differs between pilot ({pilot}) and comparison units ({comparison}).",
        "Cách thu thập khác nhau có thể giả làm hiệu quả; thống nhất cách làm và nêu trong báo cáo.",
        "Another way of collecting can pass for an effect: make it alike, and say so in the report.",
    ),
    "D29": (
        "warning",
        "{count} phiếu dùng phiên bản phiếu khác với phiên bản {expected} của đợt ({values}): {rows}.",
        "{count} forms use another version than the wave's {expected} ({values}): {rows}.",
        "Thu hồi bản cũ; kiểm tra xem câu nào đã đổi nghĩa.",
        "Withdraw the old version; check which questions changed meaning.",
    ),
    "D30": (
        "warning",
        "{count} cặp phiếu của cùng đơn vị giống nhau ở mọi câu trả lời: {rows}.",
        "{count} pairs of forms of one unit agree in every answer: {rows}.",
        "Kiểm tra xem phiếu có bị sao chép không.",
        "Check whether forms were copied.",
    ),
    "D31": (
        "warning",
        "{count} ý kiến viết tay có vẻ chứa số điện thoại hoặc số giấy tờ: {rows}.",
        "{count} open comments seem to hold a telephone or document number: {rows}.",
        "Xóa số đó tại nguồn; ý kiến không được đưa vào báo cáo khi chưa xóa.",
        "Remove the number at the source; the comment must not be reported before.",
    ),
    "D32": (
        "warning",
        "Câu {item} có đáp án cao hơn {bound} ở {count} phiếu, quá xa các phiếu khác: {rows}.",
        "{item} is above {bound} on {count} forms, far from all the others: {rows}.",
        "Đối chiếu phiếu giấy: có thể thừa một chữ số hoặc nhầm đơn vị tính.",
        "Compare with the paper form: a digit too many or another unit of measure.",
    ),
    "D33": (
        "error",
        "{count} biểu có số ở câu {item} lớn hơn số ở câu {whole}, tức là phần lớn hơn tổng: {rows}.",
        "{count} forms have more in {item} than in {whole}, of which it is a part: {rows}.",
        "Đếm lại theo sổ rồi sửa tại nguồn; chưa sửa thì tỷ lệ vượt quá 100 %.",
        "Count again from the register and correct at the source; until then the rate exceeds 100 %.",
    ),
}


def finding(code: str, *, where: str, fields: Mapping[str, object]) -> Finding:
    """The finding of this code, its sentences filled with `fields`.

    >>> finding("D10", where="t0.csv", fields={"item": "a1_trips"}).message.en
    'The file has no column for a1_trips; it is blank for the whole wave.'
    """
    return find(CATALOGUE, code, where=where, fields=fields)


def first_few(names, *, most: int = 5) -> str:
    """A few names, and how many more there are; long ids of forms by their first eight characters.

    >>> first_few(["a", "b", "c"], most=2)
    'a, b, … (3)'
    >>> first_few(["uuid:83e9bf73-133f-4de9-b172-27a8d8efa49d"])
    '83e9bf73'
    """
    names = [_UUID.sub(r"\1", str(name)) for name in names]
    return ", ".join(names[:most]) + (f", … ({len(names)})" if len(names) > most else "")
