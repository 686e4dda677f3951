"""What the weighting has to say: one catalogue of findings, each with its remedy."""

from __future__ import annotations

from collections.abc import Mapping

from surveylib.model.finding import Finding, Severity
from surveylib.model.text import Text

_CATALOGUE: dict[str, tuple[Severity, Text, Text]] = {
    "WT01": (
        "warning",
        Text(
            vi="{count} phiếu không có trong mẫu đã rút; được gán quyền số gốc trung bình của đơn vị và đợt",
            en="{count} answer(s) not in the drawn sample; given the mean base weight of their unit and wave",
        ),
        Text(
            vi="đối chiếu mã hồ sơ trên phiếu với nhật ký rút mẫu",
            en="compare the dossier numbers on the forms with the draw log",
        ),
    ),
    "WT02": (
        "note",
        Text(
            vi="lớp không trả lời có ít hơn {fewest} phiếu được gộp: {merged}",
            en="non-response classes with fewer than {fewest} answers were joined: {merged}",
        ),
        Text(
            vi="dùng ít biến phân lớp hơn nếu việc gộp xảy ra ở nhiều đơn vị",
            en="use fewer class variables if this happens in many units",
        ),
    ),
    "WT03": (
        "note",
        Text(
            vi="{variable}: nhóm có ít hơn {fewest} phiếu được gộp: {merged}",
            en="{variable}: categories with fewer than {fewest} answers were joined: {merged}",
        ),
        Text(
            vi="không cần sửa; các nhóm đã gộp được hiệu chỉnh chung",
            en="nothing to mend; joined categories are calibrated together",
        ),
    ),
    "WT04": (
        "note",
        Text(
            vi="{variable}: {count} phiếu thiếu giá trị hoặc có giá trị ngoài sổ; giữ nguyên tỷ trọng",
            en="{variable}: {count} answer(s) have no value, or one not in the register; their share is kept",
        ),
        Text(vi="bổ sung giá trị từ sổ hồ sơ", en="fill in the value from the register"),
    ),
    "WT05": (
        "warning",
        Text(
            vi="các biên mâu thuẫn nhau; bỏ biên {variable} tại đây",
            en="the margins fight one another; the margin {variable} was given up here",
        ),
        Text(
            vi="giảm số biên hoặc tăng số phiếu của đơn vị này",
            en="use fewer margins, or collect more answers in this unit",
        ),
    ),
    "WT06": (
        "warning",
        Text(
            vi="không thể cắt quyền số ở mức {bound} lần trung vị mà vẫn giữ tổng; quyền số được giữ nguyên",
            en="weights cannot be cut to {bound} times the median and keep their total; left as they are",
        ),
        Text(
            vi="nới max_ratio trong kế hoạch quyền số",
            en="allow a greater max_ratio in the weighting plan",
        ),
    ),
    "WT07": (
        "warning",
        Text(
            vi="cỡ mẫu hữu hiệu sau chuẩn hóa là {ess}, dưới {minimum}: không ước lượng",
            en="the effective sample size after standardisation is {ess}, below {minimum}: not estimated",
        ),
        Text(
            vi="thu thêm phiếu, hoặc chuẩn hóa theo ít biến hơn",
            en="collect more answers, or standardise on fewer variables",
        ),
    ),
    "WT08": (
        "note",
        Text(
            vi="{variable}: nhóm {levels} không có ở đơn vị này; cơ cấu chuẩn tính lại trên các nhóm còn lại",
            en="{variable}: {levels} never occur(s) in this unit; the reference was rescaled to what does",
        ),
        Text(
            vi="không cần sửa; chỉ so sánh thay đổi của đơn vị với chính nó",
            en="nothing to mend; compare this unit's change with itself only",
        ),
    ),
    "WT09": (
        "warning",
        Text(
            vi="không đạt đúng cơ cấu chuẩn; sai lệch lớn nhất {miss} điểm phần trăm",
            en="the reference mix could not be met exactly; the largest miss is {miss} percentage points",
        ),
        Text(
            vi="chuẩn hóa theo ít biến hơn, hoặc thu thêm phiếu",
            en="standardise on fewer variables, or collect more answers",
        ),
    ),
    "WT10": (
        "warning",
        Text(
            vi="không thể khớp biên {variable} trong giới hạn của quyền số; bỏ biên này tại đây",
            en="the margin {variable} cannot be met within the bounds of the weights; it was given up here",
        ),
        Text(
            vi="nới bounds trong kế hoạch quyền số, hoặc dùng ít biên hơn",
            en="allow wider bounds in the weighting plan, or use fewer margins",
        ),
    ),
    "WT11": (
        "warning",
        Text(
            vi="cắt ở mức {bound} lần trung vị thì không giữ được các biên; lệch nhất {miss} điểm phần trăm",
            en="cut to {bound} times the median the margins cannot hold; the worst is off by {miss} points",
        ),
        Text(
            vi="nới max_ratio, hoặc dùng ít biên hơn",
            en="allow a greater max_ratio, or use fewer margins",
        ),
    ),
    "WT12": (
        "note",
        Text(
            vi="mọi hồ sơ đã tiếp cận đều có cùng kết quả; không dùng mô hình trả lời tại đây",
            en="all dossiers approached ended alike; the model of who answers was not used here",
        ),
        Text(vi="không cần sửa", en="nothing to mend"),
    ),
    "W3": (
        "warning",
        Text(
            vi="cỡ mẫu hữu hiệu chỉ còn {share} % số phiếu sau khi gán quyền số",
            en="after weighting the effective sample size is only {share} % of the answers",
        ),
        Text(
            vi="xem bảng quyền số của đơn vị; gộp nhóm hoặc cắt quyền số lớn",
            en="look at this unit's weights; join categories or trim large weights",
        ),
    ),
}


def note(code: str, *, where: str, values: Mapping[str, object]) -> Finding:
    """The finding with this code at this place, its blanks filled in.

    >>> note("W3", where="phu_cuong, t0", values={"share": 41}).message.en
    'after weighting the effective sample size is only 41 % of the answers'
    """
    severity, message, remedy = _CATALOGUE[code]
    filled = Text(vi=message.vi.format_map(values), en=message.en.format_map(values))
    return Finding(code=code, severity=severity, where=where, message=filled, remedy=remedy)
