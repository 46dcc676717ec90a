"""Rules over documents, case by case: no database."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.workdays import national_calendar
from gongkai.core.extraction.reasons import DAMAGED, ENCRYPTED, SCANNED
from gongkai.publishing.limits import publication_limit
from gongkai.supervision.catalogue import describe
from gongkai.supervision.evaluation.base import Moment, Problem, Subject, Values
from gongkai.supervision.evaluation.documents import CODES, Document, evaluate
from gongkai.supervision.evaluation.safety import Passage, Reviewed
from gongkai.supervision.evaluation.safety import evaluate as evaluate_safety
from gongkai.supervision.rules import ALL, Rule, RuleBook
from tests.publishing.terms.lists import BANK, IDENTITY, MOBILE

TODAY = date(2026, 3, 23)
UNIT = Subject(7, "mzj", "民政局", (1, 3, 7), "bureau", 3, date(2020, 1, 1))
MOMENT = Moment(TODAY, Period.of(TODAY), national_calendar())
CALENDAR = MOMENT.calendar


def values(*rules: Rule) -> Values:
    """The numbers of the unit under these rules."""
    return Values(RuleBook.of(rules), UNIT.chain, UNIT.tenant_type, MOMENT.period)


def document(**changes: Any) -> Document:
    """A notice in order, published on 16 March and formed that day."""
    day = date(2026, 3, 16)
    given_: dict[str, Any] = {
        "id": 9, "unit_id": 7, "title": "关于防火的通知", "route": "chain", "template": "gsgg", "period": "2026-03",
        "published": day, "recorded": day, "formed": day, "digest": "ab",
    }  # fmt: skip
    return Document(**given_ | changes)


def problems(*rules: Rule, **changes: Any) -> dict[str, Problem]:
    """Rule → the problem of an item."""
    return {problem.rule: problem for problem in evaluate(document(**changes), values(*rules), MOMENT)}


def said(rule: str, **changes: Any) -> str:
    """The sentence of the one problem that an item has."""
    (problem,) = problems(**changes).values()
    assert problem.rule == rule
    assert (problem.unit_id, problem.object_type, problem.object_id, problem.url) == (7, "item", 9, "/items/9")
    return describe(rule, problem.evidence)


def test_an_item_in_order_has_no_problem() -> None:
    assert problems() == {}


def test_late_by_working_days_and_by_the_limit_of_the_column() -> None:
    # Twenty working days after 2 February 2026, with the spring festival between.
    assert problems(formed=date(2026, 2, 2), published=(last := date(2026, 3, 6)), recorded=last) == {}
    day = date(2026, 3, 9)
    found = problems(formed=date(2026, 2, 2), published=day, recorded=day)["SR-D1"]
    assert found.period == "2026-03", "an event of the month in which it was published"
    sentence = "《关于防火的通知》2026-02-02形成，应于2026-03-06前公开，2026-03-09公开"
    assert describe("SR-D1", found.evidence) == sentence
    late = {"formed": date(2026, 3, 2), "template": "xzcf"}
    assert "SR-D1" in problems(**late)
    assert problems(**late, published=date(2026, 3, 11), recorded=date(2026, 3, 11)) == {}


def test_who_is_exempt_from_the_limit() -> None:
    late = {"formed": date(2026, 1, 5), "published": TODAY, "recorded": TODAY}
    assert set(problems(**late)) == {"SR-D1"}
    assert problems(**late, route="migrated") == {}
    assert problems(**late, is_reprint=True) == {}
    assert set(problems(**late, route="collected")) == {"SR-D1"}, "by the date of its source"
    assert problems(**late, changed=date(2026, 3, 20)) == {}, "withheld until then"


@given(st.integers(0, 60), st.sampled_from(("gsgg", "xzxk", None)))
def test_late_is_later_than_the_limit_that_the_editor_shows(days: int, template: str | None) -> None:
    formed = date(2026, 1, 20)
    published = formed + timedelta(days=days)
    due = publication_limit(CALENDAR, formed_date=formed, template_code=template).due.date
    found = problems(formed=formed, published=published, recorded=published, template=template)
    assert ("SR-D1" in found) is (published > due)


def test_dates_that_cannot_be() -> None:
    sentence = "《关于防火的通知》成文日期2026-03-18晚于公开日期2026-03-16"
    assert said("SR-D2", formed=date(2026, 3, 18)) == sentence
    assert said("SR-D2", formed=date(2026, 3, 18), route="migrated") == sentence
    renewed = {"formed": date(2026, 3, 18), "refreshed": date(2026, 3, 18)}
    assert problems(**renewed) == {}, "the date is that of the new content"
    again = {"formed": date(2026, 3, 19), "refreshed": date(2026, 3, 18)}
    assert "晚于变更日期2026-03-18" in said("SR-D2", **again)


def test_back_dated_by_more_than_the_days_that_hold() -> None:
    assert problems(recorded=date(2026, 3, 17)) == {}
    sentence = "《关于防火的通知》显示发布日期2026-03-16，系统记录的首次发布时间为2026-03-18"
    assert said("SR-D3", recorded=date(2026, 3, 18)) == sentence
    assert problems(recorded=date(2026, 3, 18))["SR-D3"].period == "2026-03"
    assert problems(Rule(3, "SR-D3", ALL, 5, "2026-01", None, "days"), recorded=date(2026, 3, 18)) == {}
    for route in ("migrated", "collected"):
        assert problems(recorded=date(2026, 3, 22), route=route) == {}, "the day of the transfer is no publication"


def test_missing_fields_are_named_as_the_editor_names_them() -> None:
    assert said("SR-D4", missing=("summary", "issuing_agency")) == "《关于防火的通知》缺少发布机构、内容概述"
    assert problems(missing=("subject_class", "genre_class")) == {}, "only documents have classes"
    assert said("SR-D4", missing=("subject_class",), template="gfxwj") == "《关于防火的通知》缺少主题分类"
    assert problems(missing=("summary",), route="migrated") == {}


def test_numbers() -> None:
    assert problems(number="和民发〔2026〕5号") == {}
    assert problems(number="和溪县人民政府令第5号") == {}
    assert said("SR-D5", number="2026年第5号").startswith("《关于防火的通知》文号“2026年第5号”：文号缺少机关代字")
    repeated = {"number": "和民发〔2026〕5号", "same_number": "关于防汛的通知"}
    assert said("SR-D5", **repeated) == "《关于防火的通知》文号“和民发〔2026〕5号”与本单位《关于防汛的通知》相同"
    assert problems(**repeated, is_reprint=True) == {}


def test_what_ended_is_marked() -> None:
    assert problems(valid_until=TODAY) == {}, "the last day belongs to the term"
    ended = {"valid_until": TODAY - timedelta(days=1)}
    assert said("SR-D6", **ended) == "《关于防火的通知》有效期至2026-03-22，已届满，原文未标注"
    assert said("SR-D6", **ended, validity="amended").endswith("已届满，原文未标注")
    assert problems(**ended, validity="lapsed") == {}
    assert said("SR-D6", repealed=TODAY) == "《关于防火的通知》已于2026-03-23废止，原文未标注"
    assert problems(repealed=TODAY + timedelta(days=1)) == {}
    assert problems(repealed=TODAY, validity="repealed") == {}


def test_empty_or_unreadable() -> None:
    assert said("SR-D8", body="<p> </p>") == "《关于防火的通知》正文为空且没有附件"
    assert problems(body="<p> </p>", files=1) == {}
    assert problems(body="<p>见图。</p>") == {}
    assert problems(body='<p><img src="/a.png"></p>') == {}
    assert problems(unread=(("表.pdf", "", SCANNED),)) == {}
    assert said("SR-D8", unread=(("表.pdf", "", DAMAGED),)) == (
        "《关于防火的通知》附件《表.pdf》不能打开（文件损坏，无法打开）"
    )
    four = tuple((f"{name}.zip", "一月.xls", ENCRYPTED) for name in "甲乙丙丁")
    assert said("SR-D8", unread=four).count("不能打开") == 3
    assert said("SR-D8", unread=four).endswith("等4处")


def test_no_evidence_repeats_a_personal_number() -> None:
    found = problems(
        title=f"关于{IDENTITY}的通知", number="一号", formed=date(2026, 4, 1), recorded=TODAY,
        unread=((f"{MOBILE}.pdf", "", DAMAGED),), missing=("summary",), valid_until=date(2026, 1, 1),
    )  # fmt: skip
    assert set(found) == {"SR-D2", "SR-D3", "SR-D4", "SR-D5", "SR-D6", "SR-D8"} < set(CODES)
    for problem in found.values():
        assert IDENTITY not in str(problem.evidence)
        assert MOBILE not in str(problem.evidence)


def safety(**changes: Any) -> dict[str, Problem]:
    """Rule → the problem of an item whose review is on record and which says nothing wrong."""
    given_: dict[str, Any] = {"id": 9, "unit_id": 7, "title": "关于低保的公示", "period": "2026-03", "digest": "ab"}
    return {problem.rule: problem for problem in evaluate_safety(Reviewed(**given_ | changes), values(), MOMENT)}


def test_published_without_the_review() -> None:
    assert safety() == {}
    found = safety(reviewed=False)["SR-S1"]
    assert (found.period, found.object_id) == ("2026-03", 9)
    assert describe("SR-S1", found.evidence) == "《关于低保的公示》没有完整的保密审查记录"


@pytest.mark.parametrize(
    ("number", "kind", "words"),
    [
        (IDENTITY, "identity_number", "身份证号码1处（正文：1101************32）"),
        (MOBILE, "mobile", "手机号码1处（正文：138****5678）"),
        (BANK, "bank_card", "银行卡号1处（正文：6222***********0128）"),
    ],
)
def test_personal_numbers_are_named_by_kind_and_place_and_masked(number: str, kind: str, words: str) -> None:
    text = Passage("正文", f"张三，{number}。")
    found = safety(passages=(text,))["SR-P1"]
    assert describe("SR-P1", found.evidence) == f"《关于低保的公示》疑似含有{words}"
    assert number not in str(found.evidence)
    assert safety(passages=(text,), explained=frozenset({kind})) == {}
    attached = Passage("附件《名单.xlsx》", text.text, attached=True)
    assert "SR-P1" in safety(passages=(attached,), explained=frozenset({kind})), "the file was not explained"
    assert safety(passages=(attached,), explained=frozenset({f"attachment_{kind}"})) == {}


def test_of_many_places_some_are_named() -> None:
    places = tuple(Passage(f"附件《{n}.xlsx》", f"{MOBILE} {IDENTITY}", attached=True) for n in range(9))
    words = safety(passages=places, title=f"{MOBILE}的公示")["SR-P1"].evidence
    assert str(words["what"]).endswith("等18处")
    assert MOBILE not in str(words)
