"""Why the ingest changed a cell or dropped a form: the log's reasons in both languages."""

from __future__ import annotations

from surveylib.model.text import Text

# The log itself is written in English; these are its sentences for readers.
_VIETNAMESE = {
    "stray spaces": "có khoảng trắng thừa",
    "label read as its code": "ghi nhãn thay cho mã; đã đổi thành mã",
    "number taken out of words": "số ghi kèm chữ; chỉ lấy số",
    "code not on the scale": "mã ngoài thang đo",
    "several boxes ticked where one is asked": "đánh nhiều ô trong khi chỉ được chọn một",
    "not a code": "không phải là mã",
    "number can be read in two ways": "số đọc được theo hai cách",
    "unit written by name or with stray spaces": "đơn vị ghi bằng tên hoặc có khoảng trắng thừa",
    "form sent twice; this copy dropped": "phiếu gửi hai lần; bỏ bản này",
    "another form has this id; the first was kept": "trùng mã với phiếu khác; giữ phiếu đầu",
    "no unit; form dropped": "không rõ đơn vị; bỏ phiếu",
    "no answer on the form; form dropped": "phiếu không có câu trả lời nào; bỏ phiếu",
    "unit blank on the form; taken from the register": "phiếu không ghi đơn vị; lấy theo sổ",
    "form and register differ; register taken": "phiếu khác với sổ; lấy theo sổ",
    "dossier not in the sample; form set aside": "số hồ sơ không có trong mẫu; để riêng phiếu",
    "dossier answered twice; the first form was kept": "hồ sơ có hai phiếu trả lời; giữ phiếu đầu",
    "not given on the form; taken from the register": "phiếu không ghi; lấy theo sổ",
}


def reason_words(reason: str) -> Text:
    """A reason of the log for readers; one nobody translated stands as it is.

    >>> reason_words("stray spaces").vi
    'có khoảng trắng thừa'
    """
    return Text(vi=_VIETNAMESE.get(reason, reason), en=reason)
