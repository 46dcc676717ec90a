"""The drafted text: the March case word for word, and the style rules as properties."""

import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.text.numerals import percent
from gongkai.supervision.circulars.checks import Hint, hints
from gongkai.supervision.circulars.details import Details
from gongkai.supervision.circulars.document import Circulate, body_text, build, table_1
from gongkai.supervision.circulars.problems import TRAINING, problems
from gongkai.supervision.circulars.prose import Prose
from gongkai.supervision.circulars.snapshot import FactRow, Snapshot, UnitFigures, add_up, changes, from_json, to_json
from gongkai.supervision.circulars.text import BODY_LIMIT, draft, title
from gongkai.supervision.circulars.words import degree
from tests.supervision.march import DETAILS, GROUPS, case, facts, march, units


def text_of(snapshot: Snapshot, details: Details = DETAILS) -> str:
    """The body as plain text."""
    return body_text(Circulate(snapshot, details, Prose()))


def hints_of(snapshot: Snapshot, details: Details = DETAILS) -> dict[str, Hint]:
    """The hints by code."""
    return {hint.code: hint for hint in hints(Circulate(snapshot, details, Prose()))}


def changed(**by_code: dict[str, Any]) -> tuple[UnitFigures, ...]:
    """The March units with some of them changed."""
    return tuple(replace(unit, **by_code.get(unit.code, {})) for unit in units())


def test_the_march_circular_states_the_totals_and_the_named_key_areas() -> None:
    text = text_of(march())
    assert title(march().span, march().office, "all") == "关于2023年3月份全市政府信息公开工作情况的通报"
    assert "统计时段为3月1日至31日，数据锁定时间为4月1日9时" in text
    assert "纳入统计的72家单位共发布政府信息2685条，环比增加398条。" in text
    assert (
        "重点领域信息863条，占32.1%，其中平台重点领域信息364条，财政资金信息133条，行政执法和权力运行信息186条。"
        in text
    )
    assert "完成月度任务的61家，占84.7%（61/72）；未完成的11家，其中本月未发布信息的1家。" in text


def test_the_remainder_of_the_named_groups_stands_beside_the_draft_and_is_never_printed() -> None:
    hint = hints_of(march())["key_area_remainder"]
    assert "合计683条" in hint.text
    assert "863条相差180条" in hint.text
    assert hint.level == "info"
    document = build(Circulate(march(), DETAILS, Prose()))
    assert "180" not in text_of(march())
    assert "校核" not in str(document)


def test_each_class_names_all_its_units_with_their_numbers() -> None:
    text = text_of(march())
    found = case()
    assert "供电公司本月未发布信息，已连续2个月空白。" in text
    assert (
        "市直部门（每月9条）：残联1条，宗教局、信访局、供销社各5条，商务局、环保局、旅游局、行政服务中心各7条" in text
    )
    assert "乡镇、街道（每月6条）：泊岗乡2条，石坝镇5条。" in text
    below = text.split("部分单位未完成月度任务\n")[1].split("\n")[0]
    for unit in found["below_quota"]:
        assert unit.get("unit_in_units_file", unit["unit"]) in below
    assert "供电公司" not in below
    assert "3月23日组织的3场培训，应参训46家，未参加4家：公安局、林业局、信访局、供销社。" in text
    assert "年度报告应于2月28日前发布，截至3月31日仍有7家未发布：" in text
    reports = text.split("仍有7家未发布：")[1].split("。")[0].split("、")
    assert set(reports) == set(found["annual_report_missing"]["units"])
    assert "反馈已整改、经复查仍存在问题的3家：经开区管委会、明东街道、女山湖镇；" in text
    assert "仅处理通知所列栏目、未全面排查的1家：统计局。" in text
    assert "市直部门：发改委、财政局、住建局；乡镇、街道：柳巷镇。上述单位均完成月度任务" in text


def test_the_demands_name_the_deadline_and_only_the_classes_that_occurred() -> None:
    text = text_of(march())
    assert text.count("4月28日前") == 6
    assert "5月5日起逐项复查" in text
    assert "联系人：王明，联系电话：0550-1234567。" in text
    calm = text_of(march(facts=()))
    assert "培训" not in calm
    assert "年度报告" not in calm
    assert "整改不实" not in calm


def test_a_month_without_problems_says_that_nobody_is_blank_and_has_no_problem_section() -> None:
    good = tuple(
        replace(unit, counted=max(unit.counted, unit.task or 0), attained=True, blank=False, blank_months=0)
        for unit in units()
    )
    text = text_of(march(units=good, facts=()))
    assert "完成月度任务的72家，占100.0%（72/72），本月无空白月单位。" in text
    assert "存在的主要问题" not in text
    assert "附件2" not in text
    assert [annex.title for annex in build(Circulate(march(units=good, facts=()), DETAILS, Prose())).annexes] == [
        "各单位3月份信息发布情况表"
    ]


def test_the_month_before_is_not_compared_with_where_it_is_missing() -> None:
    first = tuple(replace(unit, last_counted=None, last_attained=None) for unit in units())
    text = text_of(march(units=first))
    assert "环比" not in text
    assert "上月" not in text
    assert "no_last_month" in hints_of(march(units=first))
    assert [row[3] for row in table_1(march(units=first)).rows] == ["—"] * 4


def test_parts_that_sum_are_told_apart_from_parts_that_do_not() -> None:
    whole = tuple(replace(unit, key_areas={**unit.key_areas, "other_key_area": 0}) for unit in units())
    text = text_of(march(units=whole))
    assert "重点领域信息683条，占25.4%，平台重点领域信息、财政资金信息和行政执法和权力运行信息分别为" in text
    assert "分别为364条、133条、186条。" in text
    assert "key_area_remainder" not in hints_of(march(units=whole))
    assert "分别为" not in text_of(march())


def test_units_named_twice_running_come_first() -> None:
    rows = changed(残联={"last_attained": True, "last_counted": 9}, 商务局={"last_attained": True, "last_counted": 9})
    text = text_of(march(units=rows))
    assert (
        "市直部门（每月9条）：宗教局、信访局、供销社各5条，环保局、旅游局、行政服务中心各7条（以上单位上月也未完成），"
        in text
    )
    assert "（以上单位上月也未完成），残联1条，商务局7条；" in text
    assert "上述单位上月也未完成月度任务。" not in text
    again = tuple(replace(fact, repeated=fact.name == "供销社") for fact in facts())
    assert "未参加4家：供销社、公安局、林业局、信访局。" in text_of(march(facts=again))


def test_units_blank_for_longest_come_first() -> None:
    rows = changed(
        第一中学={"counted": 0, "attained": False, "blank": True, "blank_months": 1},
        人民医院={"counted": 0, "attained": False, "blank": True, "blank_months": 4},
        自来水公司={"counted": 0, "attained": False, "blank": True, "blank_months": 1},
    )
    text = text_of(march(units=rows))
    assert (
        "人民医院本月未发布信息，已连续4个月空白；供电公司本月未发布信息，已连续2个月空白；"
        "自来水公司、第一中学本月未发布信息。"
    ) in text


def test_a_unit_that_is_left_out_is_named_nowhere_but_in_the_hints() -> None:
    details = replace(
        DETAILS, left_out={"PB-QUOTA": {"环保局": "机构改革职能移交"}, "PB-TRAIN": {"公安局": "请假获准"}}
    )
    text = text_of(march(), details)
    assert "环保局" not in text
    assert "未参加3家：林业局、信访局、供销社。" in text
    assert "还有9家单位未完成月度任务" in text
    assert "未完成的11家" in text, "the figures are the locked ones, whoever is named"
    beside = [hint.text for hint in hints(Circulate(march(), details, Prose())) if hint.code == "left_out"]
    assert beside == [
        "“未完成月度任务”未点名环保局，理由：机构改革职能移交。",
        "“培训组织不到位”未点名公安局，理由：请假获准。",
    ]


def test_commending_a_unit_that_is_named_is_pointed_out_and_the_claim_is_not_made() -> None:
    details = replace(DETAILS, commended=("统计局", "财政局"))
    text = text_of(march(), details)
    assert "市直部门：财政局、统计局。\n" in text
    assert "上述单位均完成" not in text
    assert "统计局既列为工作较好的单位" in hints_of(march(), details)["commended_named"].text


def test_sums_that_do_not_add_up_are_pointed_out() -> None:
    wrong = replace(march().figures, counted=2865, attained=60)
    found = [hint.text for hint in hints(Circulate(march(figures=wrong), DETAILS, Prose())) if hint.level == "warn"]
    assert "表1“发布数”各类相加为2685，与合计2865不一致，相差180，请核对锁定的数据。" in found
    assert any("完成60家与未完成11家相加，不等于应考核的72家" in text for text in found)


def test_missing_contacts_and_silent_units_are_pointed_out() -> None:
    details = replace(DETAILS, phone="", deadline="")
    assert "整改时限、联系电话" in hints_of(march(), details)["missing"].text
    silent = changed(残联={"reachable": False}, 发改委={"reachable": False})
    text = hints_of(march(units=silent))["no_phone"].text
    assert "残联" in text
    assert "发改委" not in text, "only units that are named"


def test_the_public_version_names_no_unit_and_has_no_annex() -> None:
    given = Circulate(march(), DETAILS, Prose(), public=True)
    text = body_text(given)
    named = {unit.name for group in problems(march()) for unit in group.units} | {"发改委", "柳巷镇"}
    assert not [name for name in named if name in text]
    assert "1家单位本月未发布信息，已连续2个月空白。" in text
    assert "未参加4家。" in text
    assert "市直部门（每月9条）8家；乡镇、街道（每月6条）2家。" in text
    assert "附件" not in text
    assert build(given).annexes == ()
    assert build(given).attachment_note == ()


def test_the_text_says_units_with_jia_and_keeps_the_house_style() -> None:
    text = text_of(march())
    assert "截止" not in text
    assert not re.search("优秀|出色|突出|良好|显著", text)
    assert not re.search(r"[,;:()]", text), "full-width punctuation only"
    assert len(text) <= BODY_LIMIT


@given(st.integers(1, 400), st.integers(1, 400))
def test_degree_words_follow_the_numbers(number: int, of: int) -> None:
    number = min(number, of)
    word = degree(number, of)
    assert (word == "个别") == (number <= 2)
    if word == "部分":
        assert number * 2 <= of
    if word == "多数":
        assert number * 2 > of


UNIT = st.builds(
    lambda code, task, counted, last, keys: UnitFigures(
        code=f"u{code}",
        name=f"第{code}局",
        official_name=f"示范市第{code}局",
        heading=("市直部门", "乡镇（街道）", "公共企事业单位")[code % 3],
        task=task,
        counted=counted,
        total=counted + code % 4,
        key_areas=dict(zip(GROUPS.values(), keys, strict=True)),
        last_counted=last,
        attained=counted >= task,
        last_attained=last >= task,
        blank=counted == 0,
        blank_months=1 if counted == 0 else 0,
    ),
    st.integers(1, 10_000),
    st.integers(1, 12),
    st.integers(0, 30),
    st.integers(0, 30),
    st.tuples(*[st.integers(0, 5)] * 4),
)  # fmt: skip


@given(st.lists(UNIT, min_size=1, max_size=12, unique_by=lambda unit: unit.code))
def test_whatever_the_month_the_text_is_consistent_with_its_figures(rows: list[UnitFigures]) -> None:
    snapshot = march(units=tuple(rows), facts=())
    sums = add_up(rows)
    text = text_of(snapshot)
    assert f"共发布政府信息{sums.counted}条" in text
    assert f"占{percent(sums.attained, sums.assessed)}（{sums.attained}/{sums.assessed}）" in text
    assert ("本月无空白月单位" in text) == (sums.blank == 0)
    for rate in re.findall(r"[0-9.]+%", text):
        assert re.fullmatch(r"[0-9]+\.[0-9]%", rate)
    named = [sums.key_areas[group] for group in ("platform_key_area", "fiscal_funds", "enforcement_and_power")]
    if sums.key_total and sums.counted:
        exact = sum(named) == sums.key_total and sum(1 for number in named if number) > 1
        assert ("分别为" in text) == exact
        if any(named) and not exact:
            assert f"重点领域信息{sums.key_total}条，占{percent(sums.key_total, sums.counted)}，其中" in text
    for unit in rows:
        assert (unit.name in text) == unit.below, unit
    totals = table_1(snapshot).rows[-1]
    assert totals[1:3] == (str(sums.units), str(sums.counted))
    for column in (1, 2, 4, 5, 6, 7):
        assert sum(int(str(row[column])) for row in table_1(snapshot).rows[:-1]) == int(str(totals[column]))


@given(st.lists(UNIT, max_size=5, unique_by=lambda unit: unit.code))
def test_a_snapshot_survives_its_storage(rows: list[UnitFigures]) -> None:
    snapshot = march(units=tuple(rows))
    assert from_json(to_json(snapshot)) == snapshot


def test_trainings_on_several_days_are_told_as_a_span_and_each_unit_with_the_days_it_missed() -> None:
    held = {"held_on": "2023-03-06", "held_to": "2023-03-23", "sessions": 3, "invited": 46}
    rows = (("公安局", ["2023-03-06", "2023-03-23"]), ("林业局", ["2023-03-23"]))
    absent = tuple(FactRow(1, "training_absent", name, name, held | {"missed": missed}) for name, missed in rows)
    snapshot = march(facts=absent)
    assert "3月6日至3月23日组织的3场培训，应参训46家，未参加2家：公安局、林业局。" in text_of(snapshot)
    found = {unit.name: unit.text for group in problems(snapshot) if group.code == TRAINING for unit in group.units}
    assert found["公安局"] == "未参加2023年3月6日、2023年3月23日组织的培训"
    assert found["林业局"] == "未参加2023年3月23日组织的培训"


def test_what_changed_since_the_locking_is_listed() -> None:
    later = march(
        units=changed(
            残联={"counted": 3}, 供电公司={"counted": 1, "attained": True, "blank": False, "blank_months": 0}
        ),
        facts=(*facts()[1:], FactRow(99, "commended", "审计局", "审计局")),
    )
    found = {(change.name, change.what): (change.before, change.after) for change in changes(march(), later)}
    assert found["合计", "发布总数"] == ("2685条", "2688条")
    assert found["合计", "空白月单位"] == ("1家", "0家")
    assert found["残联", "本月发布"] == ("1", "3")
    assert found["公安局", "培训登记：未参加"] == ("已登记", "已删除")
    assert found["审计局", "登记事项：工作较好"] == ("未登记", "已登记")
    assert changes(march(), march()) == []


@pytest.mark.parametrize(
    ("place", "coverage", "words"),
    [("市", "all", "全市"), ("县", "all", "全县"), ("州", "all", "全州"), ("州", "direct", "州本级")],
)
def test_the_title_says_how_far_the_circular_reaches(place: str, coverage: str, words: str) -> None:
    snapshot = march(office=replace(march().office, place=place), coverage=coverage)
    found = title(snapshot.span, snapshot.office, snapshot.coverage)
    assert found == f"关于2023年3月份{words}政府信息公开工作情况的通报"


def test_every_named_unit_leads_to_what_stands_behind_it() -> None:
    drafted = draft(march(), DETAILS)
    linked = {part.text: part.path for token in drafted.tokens.values() for part in token.parts if part.path}
    named = {unit.name for group in problems(march()) for unit in group.units}
    assert named <= set(linked)
    assert linked["供电公司"] == "/office/units/供电公司?period=2023-03"
    assert linked["林业局"] == "/office/training/absent?period=2023-03#unit-林业局"
    assert linked["统计局"].startswith("/office/facts/?period=2023-03#fact-")
