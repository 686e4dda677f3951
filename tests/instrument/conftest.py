"""A small questionnaire without a fault, from which tests make faulty ones; and the one that is shipped."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from surveylib.instrument import load_questionnaire
from surveylib.model.questionnaire import Questionnaire

SHIPPED = Path(__file__).resolve().parents[2] / "questionnaires" / "c_clients.yaml"

SMALL = """\
id: small
instrument: C
version: 1.0.0
title: {vi: Phiếu thử, en: Trial form}
notice: {vi: Câu chữ còn phải thử., en: The wording still needs testing.}
criteria:
  - {id: a1, group: a, text: {vi: Đơn giản, en: Simple}, quote_hash: "HASH", supported_by_clients: primary}
  - {id: b3, group: b, text: {vi: Thùng, en: Box}, quote_hash: "HASH", supported_by_clients: awareness_only}
  - {id: b6, group: b, text: {vi: Giám sát, en: Oversight}, quote_hash: "HASH", supported_by_clients: "no"}
scales:
  - id: L5
    kind: ordinal
    choices:
      - {code: 1, text: {vi: Rất kém, en: Very poor}}
      - {code: 2, text: {vi: Kém, en: Poor}}
      - {code: 3, text: {vi: Vừa, en: Fair}}
      - {code: 4, text: {vi: Tốt, en: Good}}
      - {code: 5, text: {vi: Rất tốt, en: Very good}}
    off_scale:
      - {code: 8, text: {vi: Không áp dụng, en: Not applicable}}
      - {code: 9, text: {vi: Không biết, en: Don't know}}
    positive: [4, 5]
  - id: YN
    kind: binary
    choices:
      - {code: 1, text: {vi: Có, en: Yes}}
      - {code: 0, text: {vi: Không, en: No}}
    off_scale:
      - {code: 9, text: {vi: Không biết, en: Don't know}}
    positive: [1]
  - id: MIN
    kind: number
    minimum: 0
    maximum: 480
  - id: TXT
    kind: text
items:
  - id: papers
    scale: L5
    criteria: [a1]
    primary_for: [a1]
    text: {vi: Giấy tờ đơn giản đến mức nào?, en: How simple were the papers?}
  - id: forms
    scale: L5
    criteria: [a1]
    text: {vi: Biểu mẫu rõ ràng đến mức nào?, en: How clear were the forms?}
  - id: box
    scale: YN
    criteria: [b3]
    text: {vi: Ông/Bà có thấy thùng thư không?, en: Did you see the box?}
  - id: opened
    scale: YN
    criteria: [b3]
    ask_if: box == 1
    rare: true
    text: {vi: Thùng thư có khóa không?, en: Was the box locked?}
  - id: asked_extra
    scale: YN
    criteria: [a1]
    reversed: true
    sensitive: true
    text: {vi: Có bị đòi thêm giấy không?, en: Were more papers demanded?}
  - id: wait
    scale: MIN
    criteria: [a1]
    text: {vi: Chờ bao nhiêu phút?, en: How many minutes did it take?}
  - id: neo
    role: anchor
    scale: L5
    text: {vi: Nhìn chung thế nào?, en: How was it overall?}
  - id: comment
    role: open
    scale: TXT
    personal: true
    text: {vi: Ý kiến khác (không ghi họ tên), en: Other comments (write no name)}
indices:
  - {id: score, text: {vi: Điểm, en: Score}, items: [papers, forms]}
outcomes:
  - {id: extra, item: asked_extra, measure: share, better: lower, text: {vi: Đòi thêm, en: Extra}}
""".replace("HASH", "0" * 64)


@pytest.fixture(scope="session")
def shipped() -> Questionnaire:
    return load_questionnaire(SHIPPED)


@pytest.fixture
def write(tmp_path: Path) -> Callable[..., Path]:
    """Writes the small questionnaire with each (old, new) pair replaced; every `old` stands there once."""

    def _write(*changes: tuple[str, str]) -> Path:
        text = SMALL
        for old, new in changes:
            assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times"
            text = text.replace(old, new)
        path = tmp_path / "small.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


@pytest.fixture
def small(write: Callable[..., Path]) -> Questionnaire:
    return load_questionnaire(write())
