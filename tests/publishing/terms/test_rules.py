"""Terms are found as people write them, told by their place in the original, and not where they are right."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.publishing.terms.rules import Rule, compact, excerpt, find

TODAY = date(2026, 3, 23)


def rule(wrong: str, right: str = "", kind: str = "outdated", **more: object) -> Rule:
    return Rule(more.pop("key", f"term_{wrong}"), kind, wrong, right, more.pop("level", "block"), **more)  # type: ignore[arg-type]


def leader(name: str, title: str, rank: int | None, **more: object) -> Rule:
    return rule(name, title, "leader", rank=rank, level="warn", key=name, **more)


def words(rules: list[Rule], text: str, **more: object) -> list[str]:
    return [text[hit.start : hit.end] for hit in find(rules, text, today=TODAY, **more)]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("term", "text", "shown"),
    [
        ("帐号", "请填写帐号。", "帐号"),
        ("建国60周年", "庆祝建國６０週年大会", "建國６０週年"),
        ("王五", "县长王　五主持会议", "王　五"),
        ("ＡＢ", "a b型", "a b"),
    ],
)
def test_a_term_is_found_however_it_is_written(term: str, text: str, shown: str) -> None:
    assert words([rule(term)], text) == [shown]


def test_a_term_does_not_reach_over_a_line_or_a_cell() -> None:
    assert words([rule("民工")], "农民\n工作\t农民\t工作") == []


def test_a_word_within_its_right_form_or_a_name_in_use_is_no_finding() -> None:
    assert words([rule("常委", "常委会")], "县人大常委会与常委") == ["常委"]
    former = rule("和溪县民政局", "和溪县社会工作局", "abolished", valid_from=date(2025, 1, 1))
    assert words([former], "大和溪县民政局发文", known=["大和溪县民政局"]) == []


def test_of_two_terms_the_longer_counts() -> None:
    assert words([rule("外来"), rule("外来务工人员")], "外来务工人员和外来车辆") == ["外来务工人员", "外来"]


def test_an_abolished_body_blocks_after_its_end_and_only_warns_for_an_older_document() -> None:
    former = rule("和溪县扶贫开发办公室", "和溪县乡村振兴局", "abolished", valid_from=date(2021, 6, 1))
    text = "由和溪县扶贫开发办公室负责"
    late, early = (find([former], text, today=TODAY, formed=date(year, 1, 1))[0] for year in (2022, 2020))
    assert (late.level, early.level) == ("block", "warn")
    assert late.problem == "“和溪县扶贫开发办公室”属已撤销机构名称（2021-06-01起）"
    assert late.remedy == "请改为“和溪县乡村振兴局”"
    assert words([former], "原和溪县扶贫开发办公室印发的文件") == []


def test_an_entry_holds_within_its_dates() -> None:
    entry = rule("旧称呼", valid_from=date(2026, 3, 23), valid_to=date(2026, 3, 23))
    assert [bool(find([entry], "旧称呼", today=date(2026, 3, day))) for day in (22, 23, 24)] == [False, True, False]


LEADERS = [leader("张甲", "县委书记", 1), leader("李乙", "县委副书记、县长", 2), leader("王丙", "副县长", 3)]


def test_names_in_another_order_within_a_sentence_are_found() -> None:
    text = "会议由张甲主持。李乙、王丙和张甲出席，李乙讲话。"
    found = find(LEADERS, text, today=TODAY)
    assert [(hit.code, text[hit.start : hit.end]) for hit in found] == [("王丙_张甲", "王丙和张甲")]
    assert found[0].problem == "“王丙”排在“张甲”之前，与领导人名单排序不一致"
    assert find(LEADERS, "李乙出席。\n张甲讲话", today=TODAY) == []


def test_a_title_of_somebody_else_before_a_name_is_found() -> None:
    assert words(LEADERS, "县委书记李乙、县长李乙、县委副书记、县长李乙、副县长王丙、同志王丙") == ["县委书记李乙"]
    assert words(LEADERS, "副县长李乙") == ["副县长李乙"]


def test_leaders_are_those_of_the_day_of_the_document() -> None:
    once = [leader("赵丁", "", 1, valid_to=date(2020, 12, 31)), leader("张甲", "", 2)]
    assert words(once, "张甲、赵丁", formed=date(2020, 5, 1)) == ["张甲、赵丁"]
    assert words(once, "张甲、赵丁") == []


def test_an_excerpt_hides_personal_numbers_even_where_it_is_cut() -> None:
    text = "低保户李四，身份证号码110101199003077432，帐号为6222021234567890128，联系电话13812345678，请核对。"
    shown = excerpt(text, text.index("帐号"), text.index("帐号") + 2)
    assert "帐号" in shown
    assert not [piece for piece in ("199003", "1234567", "2345") if piece in shown]
    assert shown.startswith("…")


@given(
    st.lists(st.text("甲乙丙", min_size=1, max_size=4), min_size=1, max_size=6, unique=True),
    st.text("甲乙丙 \u3000\n", max_size=40),
)
def test_what_is_found_is_in_the_text_and_what_is_in_the_text_is_found(terms: list[str], text: str) -> None:
    found = find([rule(term) for term in terms], text, today=TODAY)
    shown = [compact(text[hit.start : hit.end]) for hit in found]
    assert all(compact(hit.rule.wrong) == piece for hit, piece in zip(found, shown, strict=True))
    plain = compact(text)
    assert all(any(term in piece for piece in shown) for term in terms if term in plain)
