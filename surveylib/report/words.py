"""The vocabulary of the pages: verdicts, labels, marks and standing sentences, Vietnamese first."""

from __future__ import annotations

import re
from collections.abc import Mapping

from surveylib.errors import unknown
from surveylib.model.text import Lang, Text

MARK = Text(vi="DIỄN TẬP, SỐ LIỆU GIẢ LẬP", en="REHEARSAL, SIMULATED DATA")
MARK_BOTH = f"{MARK.vi} / {MARK.en}"

BRIEF_FAMILY = "Libertinus Serif"  # comes with typst and has every Vietnamese letter

VERDICTS = {
    "roll_out": Text(vi="Triển khai toàn tỉnh", en="Roll out province-wide"),
    "extend": Text(vi="Kéo dài thí điểm", en="Extend the pilot"),
    "revise": Text(vi="Điều chỉnh mô hình", en="Revise the model"),
    "stop": Text(vi="Dừng thí điểm", en="Stop the pilot"),
    "undecided": Text(vi="Chưa thể kết luận", en="No verdict possible"),
}

ARMS = {
    "pilot": Text(vi="Thí điểm", en="Pilot"),
    "comparison": Text(vi="So sánh", en="Comparison"),
    "self_pilot": Text(vi="Tự thí điểm", en="Self-piloting"),
}

UNIT_TYPES = {
    "LG": Text(vi="Chính quyền địa phương", en="Local government"),
    "OD": Text(vi="Cơ quan cấp huyện", en="District office"),
    "OV": Text(vi="Cơ quan ngành dọc", en="Central vertical office"),
}

ROLES = {
    "pre": Text(vi="Trước", en="Before"),
    "interim": Text(vi="Sơ kết", en="Interim"),
    "post": Text(vi="Sau", en="After"),
    "extension": Text(vi="Kéo dài", en="Extension"),
}

SEVERITIES = {
    "error": Text(vi="Lỗi", en="Error"),
    "warning": Text(vi="Cảnh báo", en="Warning"),
    "note": Text(vi="Ghi chú", en="Note"),
}

GRADES = {
    "high": Text(vi="Cao", en="High"),
    "moderate": Text(vi="Trung bình", en="Moderate"),
    "low": Text(vi="Thấp", en="Low"),
    "very_low": Text(vi="Rất thấp", en="Very low"),
}

WEIGHT_STEPS = {
    "base": Text(vi="1/xác suất chọn", en="1 / probability"),
    "eligibility": Text(vi="Chia phần chưa rõ đối tượng", en="Unknown eligibility"),
    "nonresponse": Text(vi="Bù không trả lời", en="Non-response"),
    "scale": Text(vi="Quy về tổng thể", en="Scaled to population"),
    "calibrate": Text(vi="Cân theo tổng thể", en="Calibrated"),
    "trim": Text(vi="Cắt ngọn", en="Trimmed"),
    "standardised": Text(vi="Chuẩn hóa cơ cấu", en="Standardised mix"),
}

COLUMNS = {
    "estimate": Text(vi="Ước lượng", en="Estimate"),
    "std_error": Text(vi="Sai số chuẩn", en="Std. error"),
    "df": Text(vi="Bậc tự do", en="df"),
    "conf_low": Text(vi="Cận dưới", en="Lower"),
    "conf_high": Text(vi="Cận trên", en="Upper"),
    "interval": Text(vi="Khoảng tin cậy", en="Interval"),
    "statistic": Text(vi="Thống kê", en="Statistic"),
    "p_value": Text(vi="Giá trị\N{NO-BREAK SPACE}p", en="p-value"),
    "p_floor": Text(vi="Sàn của p", en="Floor of p"),
    "p_adjusted": Text(vi="p hiệu chỉnh", en="Adjusted p"),
    "n": Text(vi="Số phiếu", en="Answers"),
    "n_eff": Text(vi="Số phiếu hiệu dụng", en="Effective n"),
    "deff": Text(vi="Hiệu ứng thiết kế", en="Design effect"),
    "unit": Text(vi="Đơn vị", en="Unit"),
    "name": Text(vi="Tên", en="Name"),
    "type": Text(vi="Loại đơn vị", en="Unit type"),
    "arm": Text(vi="Nhóm", en="Arm"),
    "wave": Text(vi="Đợt khảo sát", en="Wave"),
    "role": Text(vi="Thời điểm", en="When"),
    "pre": Text(vi="Trước", en="Before"),
    "post": Text(vi="Sau", en="After"),
    "change": Text(vi="Thay đổi", en="Change"),
    "effect": Text(vi="Tác động", en="Effect"),
    "outcome": Text(vi="Chỉ tiêu", en="Outcome"),
    "variable": Text(vi="Chỉ tiêu", en="Variable"),
    "item": Text(vi="Câu hỏi", en="Item"),
    "criterion": Text(vi="Tiêu chí", en="Criterion"),
    "group": Text(vi="Nhóm tiêu chí", en="Group of criteria"),
    "level": Text(vi="Mức trả lời", en="Level"),
    "stratum": Text(vi="Tầng", en="Stratum"),
    "population": Text(vi="Tổng thể", en="Population"),
    "drawn": Text(vi="Số được chọn", en="Drawn"),
    "probability": Text(vi="Xác suất chọn", en="Probability"),
    "response_rate": Text(vi="Tỷ lệ trả lời", en="Response rate"),
    "step": Text(vi="Bước", en="Step"),
    "weight": Text(vi="Quyền số", en="Weight"),
    "code": Text(vi="Mã", en="Code"),
    "severity": Text(vi="Mức độ", en="Severity"),
    "where": Text(vi="Vị trí", en="Where"),
    "message": Text(vi="Nội dung", en="Message"),
    "remedy": Text(vi="Cách xử lý", en="Remedy"),
    "verdict": Text(vi="Kết luận", en="Verdict"),
    "gate": Text(vi="Điều kiện chốt", en="Gate"),
    "reason": Text(vi="Lý do", en="Reason"),
    "share": Text(vi="Tỷ lệ", en="Share"),
    "mean": Text(vi="Trung bình", en="Mean"),
}

PHRASES = {
    "skip": Text(vi="Đến nội dung chính", en="Skip to content"),
    "contents": Text(vi="Mục lục", en="Contents"),
    "other_language": Text(vi="English", en="Tiếng Việt"),
    "figure": Text(vi="Hình", en="Figure"),
    "table": Text(vi="Bảng", en="Table"),
    "notes": Text(vi="Ghi chú", en="Notes"),
    "nothing_found": Text(vi="Không phát hiện vấn đề nào.", en="Nothing was found."),
    "no_rows": Text(vi="Không có dòng nào.", en="There are no rows."),
    "no_value": Text(vi="không có số liệu", en="no data"),
    "source": Text(vi="Nguồn", en="Source"),
    "made_by": Text(
        vi="Lập bằng surveylib từ số liệu của đợt chạy", en="Made by surveylib from the data of run"
    ),
    "all_reports": Text(vi="Tất cả báo cáo", en="All reports"),
    "mark_footer": Text(
        vi="Trang này là sản phẩm diễn tập: mọi số liệu đều do máy sinh ra, không phản ánh đơn vị nào.",
        en="This page comes from a rehearsal: every figure on it is machine-made and describes no office.",
    ),
    "zero": Text(vi="Không thay đổi", en="No change"),
    "sesoi": Text(vi="Mức có ý nghĩa thực tiễn", en="Smallest change that matters"),
    "mean_of_arm": Text(vi="Trung bình nhóm", en="Mean of the arm"),
    "change_axis": Text(
        vi="Thay đổi giữa hai đợt (điểm trên thang đo)", en="Change between the waves (points of the scale)"
    ),
    "effect_axis": Text(vi="Tác động (điểm trên thang đo)", en="Effect (points of the scale)"),
    "mean_axis": Text(vi="Điểm trung bình", en="Mean score"),
    "density_axis": Text(vi="Mật độ xác suất", en="Probability density"),
    "weight_axis": Text(vi="Quyền số", en="Weight"),
    "balance_axis": Text(vi="Chênh lệch chuẩn hóa so với tổng thể", en="Standardised difference"),
    "before_weighting": Text(vi="Trước khi cân", en="Before weighting"),
    "after_weighting": Text(vi="Sau khi cân", en="After weighting"),
    "average_effect": Text(vi="Tác động trung bình", en="Average effect"),
    "new_unit_effect": Text(vi="Tác động ở một đơn vị mới", en="Effect in a new unit"),
    "adjusted_yes": Text(vi="Có ý nghĩa sau hiệu chỉnh", en="Significant after adjustment"),
    "adjusted_no": Text(vi="Chưa có ý nghĩa sau hiệu chỉnh", en="Not significant after adjustment"),
    "interval_90": Text(vi="Khoảng tin cậy 90%", en="90% interval"),
}


def word(vocabulary: Mapping[str, Text], name: str, *, lang: Lang) -> str:
    """The word for `name` in the language.

    Raises
    ------
    SurveyError
        If the vocabulary has no such name.

    >>> word(VERDICTS, "extend", lang="vi")
    'Kéo dài thí điểm'
    """
    if name not in vocabulary:
        raise unknown("word", name, vocabulary)
    return vocabulary[name].get(lang)


def phrase(name: str, *, lang: Lang) -> str:
    """A standing phrase of the pages.

    >>> phrase("contents", lang="en")
    'Contents'
    """
    return word(PHRASES, name, lang=lang)


def column_label(name: str, *, lang: Lang) -> str:
    """The heading of a column; a name without an entry stands for itself, its underscores as spaces.

    >>> column_label("std_error", lang="vi"), column_label("wait_minutes", lang="vi")
    ('Sai số chuẩn', 'wait minutes')
    """
    return COLUMNS[name].get(lang) if name in COLUMNS else str(name).replace("_", " ")


def said(words: str | Text, *, lang: Lang) -> str:
    """Words given once, or in both languages.

    >>> said(Text(vi="Đúng hẹn", en="On time"), lang="vi"), said("QĐ 129", lang="en")
    ('Đúng hẹn', 'QĐ 129')
    """
    return words.get(lang) if isinstance(words, Text) else str(words)


BRIEF = {
    "verdict": Text(vi="Kiến nghị", en="Recommendation"),
    "decided_by": Text(vi="Căn cứ", en="Decided by"),
    "next_units": Text(vi="Nếu mở rộng", en="If rolled out"),
    "effect": Text(vi="Tác động của mô hình", en="Effect of the model"),
    "groups": Text(vi="Theo nhóm tiêu chí", en="By group of criteria"),
    "facts": Text(vi="Số liệu thực tế", en="Facts"),
    "grade": Text(vi="Độ tin cậy của bằng chứng", en="Strength of the evidence"),
    "overturn": Text(vi="Điều gì có thể đảo ngược kết luận", en="What would overturn this"),
    "cost": Text(vi="Chi phí", en="Cost"),
    "next_steps": Text(vi="Bước tiếp theo", en="Next step"),
    "not_estimable": Text(
        vi="Chưa ước lượng được từ số liệu hiện có.", en="Cannot be estimated from the data at hand."
    ),
    "adjusted": Text(
        vi="● có ý nghĩa sau hiệu chỉnh   ○ chưa có ý nghĩa",
        en="● significant after adjustment   ○ not significant",
    ),
}


def with_names(sentence: str, names: Mapping[str, str]) -> str:
    """A sentence in which ids of units are replaced by their names.

    >>> with_names("Nếu bỏ an_binh, tác động còn +0,25 điểm.", {"an_binh": "UBND xã An Bình"})
    'Nếu bỏ UBND xã An Bình, tác động còn +0,25 điểm.'
    """
    if not names:
        return sentence
    pattern = r"\b(" + "|".join(map(re.escape, sorted(names, key=len, reverse=True))) + r")\b"
    return re.sub(pattern, lambda found: names[found[1]], sentence)
