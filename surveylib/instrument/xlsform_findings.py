"""What an import or an export of a form has to say: code, severity, message and remedy in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from surveylib.model.finding import Entry, Finding, find

# X1xx: met while writing a form. X2xx: about the workbook. X3xx: about the form in it.
CATALOGUE: dict[str, Entry] = {
    "X101": (
        "warning",
        "XLSForm không xáo trộn được thứ tự câu hỏi; mẫu điện tử giữ thứ tự của tệp.",
        "An XLSForm cannot draw the order of questions; the form keeps that of the file.",
        "Nếu cần xáo trộn, dùng công cụ thu phiếu khác hoặc chia mẫu thành các phiên bản.",
        "Where the order must be drawn, use another client, or split the form into versions.",
    ),
    "X102": (
        "note",
        "Mẫu này dành cho một đơn vị: chữ thay theo đơn vị đã được điền sẵn.",
        "This form is for one unit: words that differ with the unit are filled in.",
        "Muốn sửa phiếu trong bảng tính rồi nhập lại thì xuất mà không nêu --unit.",
        "To edit the questionnaire in the workbook and import it again, export without --unit.",
    ),
    "X103": (
        "note",
        "Phiếu chỉ khai báo ngôn ngữ {langs}; lời bằng ngôn ngữ kia không được ghi vào mẫu.",
        "The questionnaire declares {langs} only; texts in the other language are not written.",
        "Thêm ngôn ngữ vào `languages` nếu cần.",
        "Add the language to `languages` where it is wanted.",
    ),
    "X201": (
        "note",
        "Trang tính {sheet} đang ẩn; vẫn được đọc.",
        "Sheet {sheet} is hidden; it was read all the same.",
        "Bỏ ẩn để người khác thấy nội dung.",
        "Show it, so that others see what it holds.",
    ),
    "X202": (
        "warning",
        "Các ô gộp {cells} chỉ có giá trị ở ô đầu; các ô còn lại được coi là trống.",
        "Merged cells {cells} have a value in the first only; the others count as empty.",
        "Bỏ gộp ô và điền từng ô.",
        "Unmerge them and fill in every cell.",
    ),
    "X203": (
        "warning",
        "Các ô {cells} là công thức; đã lấy kết quả được lưu trong tệp, có thể đã cũ hoặc trống.",
        "Cells {cells} hold formulas; the results stored in the file were taken, perhaps old or missing.",
        "Dán lại thành giá trị.",
        "Paste them as values.",
    ),
    "X204": (
        "warning",
        "Các ô {cells} là giá trị đúng/sai của bảng tính; đọc thành TRUE hoặc FALSE.",
        "Cells {cells} hold true or false as the spreadsheet knows them; they were read as TRUE or FALSE.",
        "Nếu muốn ghi “có/không” thì định dạng ô là văn bản.",
        "Where yes or no was meant, format the cell as text.",
    ),
    "X205": (
        "note",
        "{count} ô có dấu tiếng Việt tách rời, dấu tab hoặc xuống dòng thừa; đã được chỉnh lại.",
        "{count} cells had letters in parts, tabs or stray line ends; they were put right.",
        "Không phải làm gì.",
        "Nothing to do.",
    ),
    "X301": (
        "note",
        "pyxform cảnh báo: {text}",
        "pyxform warns: {text}",
        "Xem lại chỗ đó trong bảng tính.",
        "Look at that place in the workbook.",
    ),
    "X302": (
        "warning",
        "Dòng loại “{kind}” không có chỗ trong phiếu; đã bỏ qua.",
        "A row of type “{kind}” has no place in a questionnaire; it was left out.",
        "Thu thập nội dung này bằng công cụ khác nếu cần.",
        "Collect it by other means where it is needed.",
    ),
    "X303": (
        "error",
        "Không chuyển được điều kiện hỏi: {text}",
        "The skip rule cannot be carried over: {text}",
        "Viết lại điều kiện bằng ask_if: so sánh câu trả lời với mã, nối bằng and, or, not.",
        "Write it again as ask_if: answers compared with codes, joined by and, or, not.",
    ),
    "X304": (
        "warning",
        "Không chuyển được giới hạn: {text}",
        "The bounds cannot be carried over: {text}",
        "Ghi giới hạn vào thang đo: minimum, maximum, earliest, latest.",
        "Put bounds on the scale: minimum, maximum, earliest, latest.",
    ),
    "X305": (
        "note",
        "Mã “{old}” đổi thành {new}.",
        "The id “{old}” became {new}.",
        "Sửa lại nếu cần một mã khác.",
        "Change it where another id is wanted.",
    ),
    "X306": (
        "warning",
        "Mã lựa chọn không phải số nguyên nên được đánh số lại: {text}.",
        "Choices without whole numbers as codes were numbered: {text}.",
        "Ghi lại bảng đối chiếu này: dữ liệu cũ dùng mã cũ.",
        "Keep this list: data collected before has the old codes.",
    ),
    "X307": (
        "note",
        "Không chuyển được: {text}.",
        "Not carried over: {text}.",
        "Không phải làm gì nếu không cần đến.",
        "Nothing to do where it is not needed.",
    ),
    "X308": (
        "warning",
        "Lời văn chèn câu trả lời khác ({text}); đã thay bằng dấu ngoặc tròn.",
        "The text pipes in another answer ({text}); it was put in round brackets.",
        "Viết lại câu cho đọc được khi không có phần chèn.",
        "Word it so that it reads without.",
    ),
    "X309": (
        "error",
        "Không câu hỏi nào của biểu mẫu có chỗ trong phiếu.",
        "No question of the form has a place in a questionnaire.",
        "Kiểm tra có đúng tệp cần nhập hay không.",
        "Check whether this is the file that was meant.",
    ),
    "X310": (
        "warning",
        "Cột {column} đã bị sửa nhưng được tính từ trang khác; thay đổi không được đọc.",
        "Column {column} was edited but is made from another sheet; the change was not read.",
        "Sửa ở trang {sheet}.",
        "Edit sheet {sheet}.",
    ),
    "X311": (
        "warning",
        "Danh sách lựa chọn chỉ có một mục; không thành thang đo.",
        "The list has one choice only, which makes no scale.",
        "Thêm lựa chọn hoặc bỏ câu.",
        "Add a choice or leave the question out.",
    ),
}


def finding(code: str, *, where: str, fields: Mapping[str, object] | None = None) -> Finding:
    """The finding `code`, its blanks filled in with `fields`.

    >>> finding("X305", where="row 3", fields={"old": "Sex", "new": "sex"}).message.en
    'The id “Sex” became sex.'
    """
    return find(CATALOGUE, code, where=where, fields=fields)
