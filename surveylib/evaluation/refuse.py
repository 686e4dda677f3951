"""What is not said, why, and what may still be said: the refusals R1–R9 and the warnings W1–W7."""

from __future__ import annotations

import math

from surveylib.errors import SurveyError, unknown
from surveylib.model.evidence import Refusal
from surveylib.model.text import Text

MIN_COMPARISON = 5
MIN_TREATED_FOR_ROBUST = 4
MIN_EFFECTIVE = 30

_Entry = tuple[Text, Text, Text]  # what is refused, why, what may still be said

CODES: dict[str, _Entry] = {
    "R1": (
        Text(
            vi="Không kiểm định tác động của đơn vị bằng sai số tính trên từng người trả lời.",
            en="An effect on units is not tested with a standard error made from respondents.",
        ),
        Text(
            vi="Người trả lời cùng một cơ quan cùng chịu những biến động của cơ quan ấy; coi họ là độc "
            "lập thì một "
            "chương trình vô ích vẫn bị báo là “có ý nghĩa” trong 22–49% trường hợp.",
            en="Respondents of one office share that office's ups and downs; taken as independent, they "
            "declare a "
            "useless programme significant 22–49% of the time.",
        ),
        Text(
            vi="Có thể nói: mức thay đổi của từng đơn vị, và tác động ước lượng trên các đơn vị.",
            en="May be said: each unit's change, and the effect estimated over units.",
        ),
    ),
    "R2": (
        Text(vi="Không đề xuất triển khai toàn tỉnh.", en="Roll-out is not recommended."),
        Text(
            vi="Cần ít nhất 5 đơn vị so sánh chưa áp dụng mô hình, hoặc chọn đơn vị theo bốc thăm; nếu "
            "không, biến động "
            "chung của cả tỉnh có thể bị coi là tác động.",
            en="At least 5 clean comparison units or a random phase-in are needed: otherwise a change "
            "common to the "
            "province may pass for an effect.",
        ),
        Text(
            vi="Có thể nói: các đơn vị thí điểm đã thay đổi bao nhiêu; nên kéo dài và bổ sung đơn vị so "
            "sánh.",
            en="May be said: how much the pilot units changed; extend, and add comparison units.",
        ),
    ),
    "R3": (
        Text(
            vi="Không in giá trị p thấp hơn mức nhỏ nhất có thể đạt được.",
            en="No p-value below its attainable floor is printed.",
        ),
        Text(
            vi="Với số đơn vị này chỉ có chừng ấy cách phân nhóm, và hai nhóm bằng nhau thì đổi chỗ vẫn cho "
            "cùng |t|; một giá trị p nhỏ hơn là do phương pháp tạo ra, không phải do số liệu.",
            en="So many units can be split into arms in only so many ways, and equal arms exchanged give the "
            "same |t|; a smaller p comes from the method, not from the data.",
        ),
        Text(
            vi="Có thể nói: chênh lệch tính bằng điểm, và mức p nhỏ nhất có thể đạt.",
            en="May be said: the difference in points, and the floor of p.",
        ),
    ),
    "R4": (
        Text(
            vi="Không dùng sai số chuẩn theo cụm khi có từ 3 đơn vị thí điểm trở xuống.",
            en="No cluster-robust or wild-bootstrap inference with 3 treated units or fewer.",
        ),
        Text(
            vi="Với ít cụm được can thiệp như vậy, các phương pháp này sai theo cả hai hướng.",
            en="With so few treated clusters these methods err in both directions.",
        ),
        Text(
            vi="Có thể nói: kết quả kiểm định ngẫu nhiên hóa với mức p nhỏ nhất của nó.",
            en="May be said: the randomisation test, with its floor.",
        ),
    ),
    "R5": (
        Text(
            vi="Không tính giới hạn theo xu hướng hay đối chứng tổng hợp.",
            en="No trend bounds and no synthetic difference in differences.",
        ),
        Text(
            vi="Chỉ có một đợt khảo sát trước thí điểm nên không thấy được xu hướng nào.",
            en="With fewer than two waves before the pilot no trend can be seen.",
        ),
        Text(
            vi="Có thể nói: kết quả sẽ bị bác bỏ nếu đơn vị thí điểm vốn đã tăng thêm bao nhiêu (giá trị "
            "phá vỡ).",
            en="May be said: by how much pilots would have had to rise anyway to undo the result "
            "(breakdown value).",
        ),
    ),
    "R6": (
        Text(
            vi="Không kết luận cho một loại hình chỉ có một đơn vị.",
            en="Nothing is claimed about a kind of unit of which there is only one.",
        ),
        Text(
            vi="Không phân biệt được tác động với biến động riêng của đơn vị ấy.",
            en="The effect cannot be told from that unit's own ups and downs.",
        ),
        Text(
            vi="Có thể nói: mức thay đổi của chính đơn vị đó, kèm khoảng tin cậy.",
            en="May be said: that unit's own change, with its interval.",
        ),
    ),
    "R7": (
        Text(
            vi="Không dùng đợt khảo sát đã dùng để chọn đơn vị làm mốc so sánh.",
            en="The wave by which pilots were chosen is not used as the baseline.",
        ),
        Text(
            vi="Đơn vị được chọn vì điểm thấp sẽ tự tăng ở đợt sau (hồi quy về trung bình): chọn 5 đơn "
            "vị thấp nhất "
            "trong 60 đã tạo ra +0,16 điểm giả.",
            en="Units chosen for low scores rise by themselves: picking the 5 worst of 60 fabricates "
            "+0.16 points.",
        ),
        Text(
            vi="Có thể nói: kết quả so với một đợt trước thí điểm khác, độc lập với việc chọn.",
            en="May be said: results against another wave before the pilot, independent of the choice.",
        ),
    ),
    "R8": (
        Text(
            vi="Không quy chênh lệch cho chương trình khi cách khảo sát chỉ thay đổi ở đơn vị thí điểm.",
            en="A difference is not put down to the programme where the survey changed in the pilots only.",
        ),
        Text(
            vi="Đổi phiếu, hình thức hoặc nơi phỏng vấn tự nó làm đổi điểm.",
            en="Another form, mode or place of interview moves scores by itself.",
        ),
        Text(
            vi="Có thể nói: chênh lệch gộp của chương trình và cách khảo sát, không tách ra được.",
            en="May be said: the joint difference of programme and survey, which cannot be parted.",
        ),
    ),
    "R9": (
        Text(
            vi="Không tính chi phí cho mỗi lượt người hài lòng thêm.",
            en="No cost per additional satisfied visitor is given.",
        ),
        Text(
            vi="Cần đủ ba phần: chi phí của từng đơn vị thí điểm, số lượt người đến giao dịch, và một "
            "tác động dương lên tỷ lệ hài lòng.",
            en="Three parts are needed: what each pilot unit cost, how many visitors came, and an effect "
            "above 0 on the share satisfied.",
        ),
        Text(
            vi="Có thể nói: tác động tính bằng điểm phần trăm; tổng chi phí ở nơi đã có số liệu.",
            en="May be said: the effect in percentage points; total cost where it is known.",
        ),
    ),
    "W1": (
        Text(vi="Thang điểm đã chạm trần.", en="The scale is at its ceiling."),
        Text(
            vi="Hơn 50% chọn mức cao nhất: mức tăng thật bị thu nhỏ khoảng một nửa.",
            en="More than 50% choose the top: true gains shrink by about half.",
        ),
        Text(
            vi="Xem thêm tỷ lệ hai mức cao nhất và các câu hỏi về sự việc.",
            en="Look also at the top-two share and at the items of fact.",
        ),
    ),
    "W2": (
        Text(
            vi="Ý nghĩa của phiếu đã thay đổi giữa hai đợt.", en="The form means something else than before."
        ),
        Text(
            vi="Hơn một câu của một nhóm không giữ được tính bất biến đo lường.",
            en="More than one item of a group fails invariance.",
        ),
        Text(
            vi="Có thể so sánh các câu còn giữ nguyên ý nghĩa và các câu về sự việc.",
            en="Items that kept their meaning, and items of fact, may still be compared.",
        ),
    ),
    "W3": (
        Text(vi="Quyền số làm mất quá nhiều cỡ mẫu.", en="Weighting costs too much of the sample."),
        Text(
            vi="Ở ít nhất một đơn vị và đợt, cỡ mẫu hiệu dụng thấp hơn tỷ lệ kế hoạch đòi hỏi.",
            en="In at least one unit and wave the effective sample is below the share the plan asks for.",
        ),
        Text(vi="Đọc khoảng tin cậy, không đọc số lẻ.", en="Read the intervals, not the decimals."),
    ),
    "W4": (
        Text(
            vi="Có tiêu chí thăm dò không có p hiệu chỉnh.",
            en="Some exploratory outcomes have no adjusted p.",
        ),
        Text(
            vi="Trong 18 tiêu chí, gần như lúc nào cũng có tiêu chí “có ý nghĩa” do ngẫu nhiên.",
            en="Among 18 criteria one is almost always significant by chance.",
        ),
        Text(
            vi="Chỉ dùng để gợi ý, không để kết luận.",
            en="They may suggest, not conclude.",
        ),
    ),
    "W5": (
        Text(
            vi="Thí điểm quá nhỏ để thấy chắc một tác động ở mức đáng kể.",
            en="The pilot is too small to be sure of seeing the smallest effect of interest.",
        ),
        Text(
            vi="Tác động nhỏ nhất phát hiện được lớn hơn ngưỡng đáng kể của kế hoạch.",
            en="The minimal detectable effect is above the plan's smallest effect of interest.",
        ),
        Text(
            vi="Không thấy tác động thì chưa phải là không có; nên thêm đợt khảo sát ngắn.",
            en="Seeing none is not proof of none; add short waves.",
        ),
    ),
    "W6": (
        Text(vi="Cỡ mẫu các đơn vị chênh nhau hơn 3 lần.", en="Cell sizes differ more than threefold."),
        Text(
            vi="Đơn vị ít phiếu biến động mạnh hơn nhưng được tính ngang các đơn vị khác.",
            en="Units with few answers vary more yet count like the others.",
        ),
        Text(
            vi="Xem thêm kết quả khi bỏ từng đơn vị và khi tính theo số lượt khách.",
            en="Look also at leave-one-out and at the visitor-weighted result.",
        ),
    ),
    "W7": (
        Text(vi="Phân tích này là thăm dò.", en="This analysis is exploratory."),
        Text(
            vi="Kế hoạch phân tích chưa được chốt, chỉ được chốt sau khi đã có phiếu của đợt sau thí điểm, "
            "hoặc bị sửa sau khi chốt.",
            en="The analysis plan was not frozen, or only after the first answers of the post wave, or was "
            "edited since.",
        ),
        Text(
            vi="Có thể dùng để học hỏi và để lập kế hoạch cho đợt sau.",
            en="It may be used to learn from and to plan the next wave.",
        ),
    ),
}


def refuse(code: str, *, where: str, detail: Text | None = None) -> Refusal:
    """The refusal or warning `code` about `where`, its reason followed by the particulars of the case.

    >>> refuse("R6", where="type:OV").still.en
    "May be said: that unit's own change, with its interval."
    """
    if code not in CODES:
        raise unknown("refusal", code, CODES)
    what, why, still = CODES[code]
    if detail is not None:
        why = Text(vi=f"{why.vi} {detail.vi}", en=f"{why.en} {detail.en}")
    return Refusal(code=code, where=where, refused=what, why=why, still=still)


def refusal_error(code: str, *, where: str) -> SurveyError:
    """The same refusal as an error, for a question that must not be answered at all."""
    refusal = refuse(code, where=where)
    return SurveyError(refusal.refused.en, where=where, got=refusal.why.en, hint=refusal.still.en, code=code)


def lift_to_floor(p: float, *, floor: float) -> float:
    """`p`, or its attainable floor when it claims to lie below (R3); NaN stays NaN.

    >>> lift_to_floor(1e-9, floor=1 / 3003) == 1 / 3003
    True
    """
    return p if math.isnan(p) else max(p, floor)
