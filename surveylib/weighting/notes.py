"""What the weighting has to say: one catalogue of findings, each with its remedy."""

from __future__ import annotations

from collections.abc import Mapping

from surveylib.model.finding import Entry, Finding, find

CATALOGUE: dict[str, Entry] = {
    "WT01": (
        "warning",
        "{count} phiếu không có trong mẫu đã rút; được gán quyền số gốc trung bình của đơn vị và đợt",
        "{count} answer(s) not in the drawn sample; given the mean base weight of their unit and wave",
        "đối chiếu mã hồ sơ trên phiếu với nhật ký rút mẫu",
        "compare the dossier numbers on the forms with the draw log",
    ),
    "WT02": (
        "note",
        "lớp không trả lời có ít hơn {fewest} phiếu được gộp: {merged}",
        "non-response classes with fewer than {fewest} answers were joined: {merged}",
        "dùng ít biến phân lớp hơn nếu việc gộp xảy ra ở nhiều đơn vị",
        "use fewer class variables if this happens in many units",
    ),
    "WT03": (
        "note",
        "{variable}: nhóm có ít hơn {fewest} phiếu được gộp: {merged}",
        "{variable}: categories with fewer than {fewest} answers were joined: {merged}",
        "không cần sửa; các nhóm đã gộp được hiệu chỉnh chung",
        "nothing to mend; joined categories are calibrated together",
    ),
    "WT04": (
        "note",
        "{variable}: {count} phiếu thiếu giá trị hoặc có giá trị ngoài sổ; giữ nguyên tỷ trọng",
        "{variable}: {count} answer(s) have no value, or one not in the register; their share is kept",
        "bổ sung giá trị từ sổ hồ sơ",
        "fill in the value from the register",
    ),
    "WT05": (
        "warning",
        "các biên mâu thuẫn nhau; bỏ biên {variable} tại đây",
        "the margins fight one another; the margin {variable} was given up here",
        "giảm số biên hoặc tăng số phiếu của đơn vị này",
        "use fewer margins, or collect more answers in this unit",
    ),
    "WT06": (
        "warning",
        "không thể cắt quyền số ở mức {bound} lần trung vị mà vẫn giữ tổng; quyền số được giữ nguyên",
        "weights cannot be cut to {bound} times the median and keep their total; left as they are",
        "nới max_ratio trong kế hoạch quyền số",
        "allow a greater max_ratio in the weighting plan",
    ),
    "WT07": (
        "warning",
        "cỡ mẫu hữu hiệu sau chuẩn hóa là {ess}, dưới {minimum}: không ước lượng",
        "the effective sample size after standardisation is {ess}, below {minimum}: not estimated",
        "thu thêm phiếu, hoặc chuẩn hóa theo ít biến hơn",
        "collect more answers, or standardise on fewer variables",
    ),
    "WT08": (
        "note",
        "{variable}: nhóm {levels} không có ở đơn vị này; cơ cấu chuẩn tính lại trên các nhóm còn lại",
        "{variable}: {levels} never occur(s) in this unit; the reference was rescaled to what does",
        "không cần sửa; chỉ so sánh thay đổi của đơn vị với chính nó",
        "nothing to mend; compare this unit's change with itself only",
    ),
    "WT09": (
        "warning",
        "không đạt đúng cơ cấu chuẩn; sai lệch lớn nhất {miss} điểm phần trăm",
        "the reference mix could not be met exactly; the largest miss is {miss} percentage points",
        "chuẩn hóa theo ít biến hơn, hoặc thu thêm phiếu",
        "standardise on fewer variables, or collect more answers",
    ),
    "WT10": (
        "warning",
        "không thể khớp biên {variable} trong giới hạn của quyền số; bỏ biên này tại đây",
        "the margin {variable} cannot be met within the bounds of the weights; it was given up here",
        "nới bounds trong kế hoạch quyền số, hoặc dùng ít biên hơn",
        "allow wider bounds in the weighting plan, or use fewer margins",
    ),
    "WT11": (
        "warning",
        "cắt ở mức {bound} lần trung vị thì không giữ được các biên; lệch nhất {miss} điểm phần trăm",
        "cut to {bound} times the median the margins cannot hold; the worst is off by {miss} points",
        "nới max_ratio, hoặc dùng ít biên hơn",
        "allow a greater max_ratio, or use fewer margins",
    ),
    "WT12": (
        "note",
        "mọi hồ sơ đã tiếp cận đều có cùng kết quả; không dùng mô hình trả lời tại đây",
        "all dossiers approached ended alike; the model of who answers was not used here",
        "không cần sửa",
        "nothing to mend",
    ),
    "WT13": (
        "warning",
        "các biên chỉ đạt gần đúng vì mâu thuẫn nhau; {count} mức lệch quá {percent} %: {misses}",
        "the margins conflict and are met only nearly; {count} level(s) miss by over {percent} %: {misses}",
        "kiểm tra các biên, gộp mức hoặc bỏ bớt một biên; nếu các biên không mâu thuẫn: dùng soft nhỏ hơn",
        "check the margins, join levels or leave one out; if they do not conflict: a smaller value of soft",
    ),
    "W3": (
        "warning",
        "cỡ mẫu hữu hiệu chỉ còn {share} % số phiếu sau khi gán quyền số",
        "after weighting the effective sample size is only {share} % of the answers",
        "xem bảng quyền số của đơn vị; gộp nhóm hoặc cắt quyền số lớn",
        "look at this unit's weights; join categories or trim large weights",
    ),
}


def note(code: str, *, where: str, values: Mapping[str, object]) -> Finding:
    """The finding with this code at this place, its blanks filled in.

    >>> note("W3", where="phu_cuong, t0", values={"share": 41}).message.en
    'after weighting the effective sample size is only 41 % of the answers'
    """
    return find(CATALOGUE, code, where=where, fields=values)
