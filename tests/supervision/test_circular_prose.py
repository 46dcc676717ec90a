"""The official edits words; no edit alters a figure or a unit list."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.supervision.circulars.document import Circulate, body_text
from gongkai.supervision.circulars.prose import (
    TOKEN,
    Edit,
    Prose,
    check_edit,
    clean_edit,
    outdated,
    prose_from_json,
    prose_to_json,
)
from gongkai.supervision.circulars.text import draft
from tests.supervision.march import DETAILS, march

DRAFT = draft(march(), DETAILS)
NAMES = {unit.name for unit in march().units}
PARAGRAPHS = {paragraph.id: paragraph for section in DRAFT.sections for paragraph in section.paragraphs}
TOTAL = "overall.total"


def problems_of(paragraph_id: str, text: str) -> list[str]:
    """What is wrong with an edit, in words; 供电公司 and 残联 are named."""
    return [fault.problem for fault in check_edit(DRAFT, paragraph_id, text, names=NAMES, named={"供电公司", "残联"})]


def test_the_draft_itself_is_in_order() -> None:
    for paragraph in PARAGRAPHS.values():
        assert problems_of(paragraph.id, paragraph.text) == []


def test_words_may_change_and_tokens_move_within_their_paragraph() -> None:
    text = PARAGRAPHS[TOTAL].text
    first, _, rest = text.partition("。")
    assert problems_of(TOTAL, rest + first + "。\n各单位总体上按要求开展工作。") == []


@pytest.mark.parametrize("name", sorted(set(PARAGRAPHS[TOTAL].tokens)))
def test_no_token_can_be_dropped_doubled_or_renamed(name: str) -> None:
    text = PARAGRAPHS[TOTAL].text
    token = f"{{{name}}}"
    assert problems_of(TOTAL, text.replace(token, "", 1))
    assert problems_of(TOTAL, text + token)
    assert problems_of(TOTAL, text.replace(token, "{发布总量}", 1))
    assert problems_of(TOTAL, text.replace(token, name, 1))


@pytest.mark.parametrize(
    "addition",
    [
        "其中3000条为新增。",
        "同比增长１２%。",
        "另有三家单位进步明显。",
        "约十余项问题。",
        "超过两个月。",
        "{发布总数",
        "}",
    ],
)
def test_figures_cannot_be_written_by_hand_beside_the_tokens(addition: str) -> None:
    assert problems_of(TOTAL, PARAGRAPHS[TOTAL].text + addition)


def test_unit_names_cannot_be_written_by_hand() -> None:
    blank = PARAGRAPHS["problems.PB-BLANKMONTH"].text
    assert problems_of("problems.PB-BLANKMONTH", blank + "统计局也应引以为戒。") == ["手工写入了单位名称“统计局”"]
    demand = PARAGRAPHS["requirements.PB-BLANKMONTH"].text
    assert problems_of("requirements.PB-BLANKMONTH", demand + "请供电公司于4月10日前约谈相关人员。") == []
    assert problems_of("requirements.PB-BLANKMONTH", demand + "请审计局配合。") == ["手工写入了单位名称“审计局”"]


def test_a_paragraph_that_is_no_longer_there_cannot_be_edited() -> None:
    assert problems_of("problems.PB-STALE", "栏目更新不及时。") == ["该段落已不在通报中"]


WORDS = st.text(alphabet="各单位要加强工作，落实责任。 \n\r\t{}发布总数1２三家", max_size=40)


@given(st.sampled_from(sorted(PARAGRAPHS)), WORDS, st.integers(0, 400))
def test_whatever_is_typed_what_is_accepted_shows_the_locked_values_unchanged(
    paragraph_id: str, typed: str, place: int
) -> None:
    paragraph = PARAGRAPHS[paragraph_id]
    text = clean_edit(paragraph.text[:place] + typed + paragraph.text[place:])
    faults = check_edit(DRAFT, paragraph_id, text, names=NAMES, named=set())
    if faults:
        return
    assert Counter(TOKEN.findall(text)) == Counter(paragraph.tokens)
    shown = body_text(Circulate(march(), DETAILS, Prose({paragraph_id: Edit(text, paragraph.text)})))
    for name in paragraph.tokens:
        assert DRAFT.tokens[name].text in shown
    if not paragraph_id.startswith("requirements"):
        before = body_text(Circulate(march(), DETAILS, Prose()))
        assert Counter(re.findall(r"\d+", shown)) == Counter(re.findall(r"\d+", before))


def test_an_edit_follows_the_figures_and_is_set_aside_when_its_tokens_change() -> None:
    edit = Edit("总的看，" + PARAGRAPHS[TOTAL].text, PARAGRAPHS[TOTAL].text)
    prose = prose_from_json(prose_to_json(Prose({TOTAL: edit})))
    assert "总的看，3月份，纳入统计的72家单位共发布政府信息2685条" in body_text(Circulate(march(), DETAILS, prose))
    more = tuple(replace(unit, counted=unit.counted + 1) if unit.name == "残联" else unit for unit in march().units)
    assert "总的看，3月份，纳入统计的72家单位共发布政府信息2686条" in body_text(
        Circulate(march(units=more), DETAILS, prose)
    )
    first = tuple(replace(unit, last_counted=None) for unit in march().units)
    assert "总的看" not in body_text(Circulate(march(units=first), DETAILS, prose))
    assert outdated(draft(march(units=first), DETAILS), prose) == [(TOTAL, edit)]


def test_a_paragraph_that_is_left_out_is_not_printed_and_its_heading_goes_with_it() -> None:
    prose = Prose(removed={"problems.PB-TRAIN": "另行通报"})
    text = body_text(Circulate(march(), DETAILS, prose))
    assert "培训组织不到位" not in text
    assert "未参加培训的单位要组织补训" in text
