"""The page of every refusal and warning, made from the sentences the tool says."""

from __future__ import annotations

from surveylib.evaluation import CODES

_HEAD = """# Refusals and warnings / Những điều công cụ từ chối kết luận, và cảnh báo

Made by `make refusals` from the sentences themselves; a test holds this page to them. A refusal (R) keeps a
number or a verdict back; a warning (W) lets it stand, but not alone. Each says what may still be said. In a
report every reason is followed by the particulars of the case.

Trang này do `make refusals` lập từ chính các câu mà công cụ nói ra.
"""
_COLUMNS = "| | {0} | {1} | {2} |\n|---|---|---|---|\n"


def refusals_page() -> str:
    """Markdown: one table a language, one row a code."""
    parts = [_HEAD]
    for lang, title, columns in (
        ("vi", "Tiếng Việt", ("Từ chối hoặc cảnh báo", "Vì sao", "Vẫn có thể nói")),
        ("en", "English", ("Refused, or warned of", "Why", "What may still be said")),
    ):
        rows = (
            f"| {code} | {' | '.join(text.get(lang).replace('|', chr(92) + '|') for text in texts)} |"
            for code, texts in CODES.items()
        )
        parts.append(f"\n## {title}\n\n" + _COLUMNS.format(*columns) + "\n".join(rows) + "\n")
    return "".join(parts)
