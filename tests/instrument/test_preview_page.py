"""The page before any browser: complete, escaped, self-contained; a script that runs only itself."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace

import pytest

from surveylib.errors import SurveyError
from surveylib.instrument.load import load_questionnaire
from surveylib.instrument.preview_page import preview
from surveylib.model.finding import Finding
from surveylib.model.text import Text

EVIL = Text(vi='</script><script>alert("x")</script>', en="<img src=x onerror=1>&")


def finding(where: str) -> Finding:
    return Finding(code="Q999", severity="note", where=where, message=EVIL, remedy=Text(vi="Sửa", en="Mend"))


def test_every_item_has_its_controls_in_both_languages(shipped):
    page = preview(shipped).page
    for item in shipped.items:
        assert page.count(f'id="item-{item.id}"') == 1
        scale = shipped.scale_of(item.id)
        for choice in (*scale.choices, *scale.off_scale):
            assert f'name="{item.id}" value="{choice.code}"' in page
    assert preview(shipped) == preview(shipped)


def test_what_people_typed_ends_no_script_and_makes_no_tag(small):
    items = (replace(small.items[0], text=EVIL, note=EVIL), *small.items[1:])
    page = preview(replace(small, items=items, title=EVIL), findings=[finding("item papers")]).page
    assert page.count("<script") == 2 and "<img" not in page
    json.loads(re.search(r'id="form">(.*?)</script>', page, re.DOTALL)[1])


def test_the_policy_admits_only_the_script_inside(small):
    page = preview(small).page
    script = re.search(r"<script>(.*?)</script>", page, re.DOTALL)[1]
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    assert f"default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-{digest}'" in page
    for word in ("http:", "https:", "src=", "@import", "url(", "eval(", "new Function", "innerHTML"):
        assert word not in page


def test_findings_stand_beside_their_item_or_above_all(small):
    page = preview(small, findings=[finding("small.yaml, line 3, item box, vi"), finding("small.yaml")]).page
    box = page.index('id="item-box"')
    assert box < page.index("Q999", box) < page.index('id="item-opened"')
    assert "Q999" in page[: page.index("<section")] and page.count("Q999") == 2


def test_a_rule_no_script_can_walk_is_refused(write):
    path = write(("    ask_if: box == 1\n", "    ask_if: box\n"))
    with pytest.raises(SurveyError, match="another program"):
        preview(load_questionnaire(path))


def test_a_notebook_shows_it_in_a_frame(small):
    shown = preview(small)._repr_html_()
    assert shown.startswith('<iframe srcdoc="&lt;!DOCTYPE html&gt;') and shown.count('"') == 8
