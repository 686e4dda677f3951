"""What can be amiss with a pile of scans: code, severity, message and remedy in both languages."""

from __future__ import annotations

from collections.abc import Mapping

from surveylib.model.finding import Entry, Finding, find

CATALOGUE: dict[str, Entry] = {
    "S01": (
        "error",
        "Không đọc được tệp: {why}.",
        "The file cannot be read: {why}.",
        "Quét lại, lưu dạng PNG, JPEG, TIFF hoặc PDF.",
        "Scan again, as PNG, JPEG, TIFF or PDF.",
    ),
    "S02": (
        "error",
        "Không tìm đủ bốn ô vuông ở góc trang, hoặc trang bị lệch; trang không được đọc.",
        "The four corner squares were not found, or the page is distorted; it was not read.",
        "Quét lại cả trang, không để góc bị gập hay bị cắt; trang trắng thì bỏ qua.",
        "Scan the whole page again with no corner folded or cut off; ignore this for an empty page.",
    ),
    "S03": (
        "error",
        "Không đọc được mã vuông; trang không được đọc.",
        "The square code is unreadable; the page was not read.",
        "Quét lại rõ hơn; nếu mã bị bẩn hoặc rách, nhập phiếu bằng tay theo số in cạnh mã.",
        "Scan again, sharper; if the code is stained or torn, key the form in under the number beside it.",
    ),
    "S04": (
        "error",
        "Trang thuộc phiếu khác, phiên bản khác hoặc lần in khác ({named}).",
        "The page is of another form, another version or another printing ({named}).",
        "Thêm --layout của lần in đó; không đọc bằng sơ đồ của phiếu khác.",
        "Add the --layout of that printing; no form is read by the map of another.",
    ),
    "S05": (
        "error",
        "Thiếu trang {page} của phiếu; các câu ở trang đó để trống.",
        "Page {page} of this sheet is missing; its items are blank.",
        "Tìm và quét trang còn thiếu.",
        "Find the missing page and scan it.",
    ),
    "S06": (
        "error",
        "Phiếu {serial}, trang {page}: có hai bản quét khác nhau; giữ bản đầu.",
        "Sheet {serial}, page {page} was scanned twice and reads differently; the first was kept.",
        "Xem hai bản: phiếu bị sao chép, hay quét lại sau khi sửa? Bỏ một bản rồi đọc lại.",
        "Look at both: a copied form, or one scanned again after a change? Take one away and read again.",
    ),
    "S07": (
        "note",
        "Phiếu không có số; được gọi là {serial}, các trang ghép theo thứ tự quét.",
        "The form has no number; it is called {serial}, its pages were joined in the order of scanning.",
        "In phiếu có số bằng `surveylib paper` để không ghép nhầm.",
        "Print numbered forms with `surveylib paper`, so that no pages are confused.",
    ),
    "S08": (
        "warning",
        "{count} câu chờ người quyết định; hiện để trống.",
        "{count} items wait for a person's decision; they are blank until then.",
        "Xem trang kiểm tra, điền các cột answer, by, on, rồi chạy lại với --decisions.",
        "Look at the review page, fill in the columns answer, by and on, and run again with --decisions.",
    ),
    "S09": (
        "error",
        "Số {serial} có trên phiếu của đơn vị, đợt hoặc lần in khác; trang này không được đọc.",
        "Number {serial} also stands on a form of another unit, wave or printing; this page was not read.",
        "Kiểm tra xem phiếu có bị sao chép, hay in hai lần cùng số.",
        "See whether the form was copied, or two printings share their numbers.",
    ),
    "S10": (
        "note",
        "Phiếu {serial}, trang {page}: quét hai lần, đọc như nhau; tính một lần.",
        "Sheet {serial}, page {page} was scanned twice and reads the same; it counts once.",
        "Không phải làm gì.",
        "Nothing to do.",
    ),
    "S11": (
        "error",
        "{count} phiếu có số không nằm trong sổ liên kết; không nối được với hồ sơ.",
        "{count} sheets have a number that no link register holds; they were joined to no dossier.",
        "Thêm --register của lần in đó.",
        "Add the --register of that printing.",
    ),
    "S12": (
        "error",
        "{count} phiếu có số được in cho đơn vị hoặc đợt khác theo sổ liên kết; không nối với hồ sơ.",
        "{count} sheets have a number that the link register holds for another unit or wave; they were "
        "joined to no dossier.",
        "Kiểm tra sổ liên kết và phiếu.",
        "Look at the register and at the sheets.",
    ),
    "S13": (
        "warning",
        "{count} phiếu đã thu nhưng sổ liên kết chưa ghi số hồ sơ.",
        "{count} sheets came back, but the link register names no dossier for them.",
        "Điền cột dossier của sổ liên kết khi phát phiếu.",
        "Fill in the register's column dossier when sheets are handed out.",
    ),
    "S14": (
        "note",
        "{count} phiếu đã phát theo sổ liên kết nhưng không có trong các bản quét.",
        "{count} sheets were handed out by the link register and are not among these scans.",
        "Không phải làm gì nếu người dân không trả lời; nếu đã thu thì tìm và quét.",
        "Nothing to do if nobody answered; find and scan them if they came back.",
    ),
}


def say(code: str, *, where: str, fields: Mapping[str, object] | None = None) -> Finding:
    """The finding of this code, its sentences filled with `fields`."""
    return find(CATALOGUE, code, where=where, fields=fields)
