"""What a circular takes from the ledger: classes of problems with their units, and what became of the last ones."""

import re
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.core.officialdoc.model import Annex, OfficialDocument, Run, Table
from gongkai.supervision.catalogue import PROBLEM_CLASSES, RULES
from gongkai.supervision.circulars.access import circulate, snapshot_of
from gongkai.supervision.circulars.document import Circulate, body_text, build
from gongkai.supervision.circulars.problems import problems
from gongkai.supervision.circulars.prose import Prose
from gongkai.supervision.circulars.requirements import DEMANDS
from gongkai.supervision.circulars.snapshot import (
    TASK_OVERDUE,
    FactRow,
    FindingRow,
    LastProblem,
    Snapshot,
    from_json,
    to_json,
)
from gongkai.supervision.ledger.entering import Entry, enter
from gongkai.supervision.models import Circular, Finding
from tests.conftest import AdjustableClock
from tests.factories.world import World
from tests.supervision.march import DETAILS, march, units
from tests.supervision.office import REQUIREMENTS, Office, stored, verified_on_paper

BASE = "https://gk.example"


def text_of(snapshot: Snapshot) -> str:
    """The body as plain text."""
    return body_text(Circulate(snapshot, DETAILS, Prose()))


def rows_of(document: OfficialDocument, title: str) -> list[tuple[str, ...]]:
    """The rows of an annex as plain text, without links."""
    annex = next(annex for annex in document.annexes if annex.title == title)
    (table,) = annex.blocks
    assert isinstance(table, Table)
    return [tuple(cell.text if isinstance(cell, Run) else cell for cell in row) for row in table.rows]


def found(*rows: tuple[str, str, str], **values: Any) -> tuple[FindingRow, ...]:
    """Findings of units by name: rule, problem class, unit."""
    return tuple(
        FindingRow(
            number, rule, problem_class, unit, unit, "open", f"问题{number}", RULES[rule].severity, "依据", **values
        )
        for number, (rule, problem_class, unit) in enumerate(rows, start=1)
    )


def test_each_class_of_the_ledger_has_its_paragraph_by_severity_and_its_units_with_numbers() -> None:
    rows = found(
        ("SR-U4", "PB-STALE", "财政局"),
        ("SR-D1", "PB-LATE", "住建局"),
        ("SR-D1", "PB-LATE", "财政局"),
        ("SR-D1", "PB-LATE", "住建局"),
        ("SR-U4", "PB-STALE", "柳巷镇"),
        ("SR-X1", "PB-RECT", "柳巷镇"),
    )
    text = text_of(march(findings=rows))
    order = ["年度报告发布不及时", "文件公开超过法定时限", "栏目更新不及时", "整改不及时、不实"]
    places = [text.index(f"\n{title}\n") for title in order]
    assert places == sorted(places), "registers first, then by severity, rectification last"
    assert "涉及2家单位3项问题：住建局2项，财政局1项。" in text
    assert "涉及2家单位2项问题：财政局、柳巷镇各1项。" in text
    assert "未全面排查的1家：统计局；超过整改时限未销号的1家：柳巷镇1项。" in text
    assert "栏目更新不及时的单位要于4月28日前补充更新" in text
    document = build(Circulate(march(findings=rows), DETAILS, Prose(), base_url=BASE))
    listed = rows_of(document, "问题清单")
    late = [row for row in listed if row[2] == "文件公开超过法定时限"]
    assert [(row[1], row[3], row[4], row[5]) for row in late] == [
        ("住建局", "问题2", "依据", "4月28日"), ("住建局", "问题4", "依据", "4月28日"),
        ("财政局", "问题3", "依据", "4月28日"),
    ]  # fmt: skip
    assert [row[0] for row in listed] == [str(number) for number in range(1, len(listed) + 1)]


def test_a_veto_comes_first_and_is_said() -> None:
    rows = found(("SR-D2", "PB-LOGIC", "财政局"), ("SR-D2", "PB-LOGIC", "财政局"), ("SR-D3", "PB-LOGIC", "住建局"))
    assert "涉及2家单位3项问题：住建局1项（含单项否决问题），财政局2项。" in text_of(march(findings=rows))


def test_a_unit_named_by_the_last_circular_comes_first() -> None:
    rows = found(("SR-U4", "PB-STALE", "财政局"), ("SR-U4", "PB-STALE", "柳巷镇"))
    again = (rows[0], replace(rows[1], repeated=True))
    group = next(group for group in problems(march(findings=again)) if group.code == "PB-STALE")
    assert [(unit.code, unit.repeated) for unit in group.units] == [("柳巷镇", True), ("财政局", False)]


@pytest.mark.parametrize("problem_class", PROBLEM_CLASSES)
def test_every_class_has_words_and_a_demand_and_leads_to_its_findings(problem_class: str) -> None:
    rows = found(("SR-O1", problem_class, "财政局"))
    snapshot = march(
        findings=rows, facts=(), units=tuple(replace(unit, attained=True, blank=False) for unit in units())
    )
    (group,) = problems(snapshot)
    assert [unit.code for unit in group.units] == ["财政局"]
    assert group.units[0].evidence == "/office/findings/1"
    text = text_of(snapshot)
    said = "存在其他整改问题的1家" if problem_class == "PB-RECT" else "涉及1家单位1项问题"
    assert f"{group.title}\n{said}：财政局1项。" in text
    demand = DEMANDS[problem_class].replace("{整改时限}", "4月28日").replace("{空白}", "本月空白")
    assert demand in text
    public = build(Circulate(snapshot, DETAILS, Prose(), public=True))
    assert "财政局" not in str(public)


def test_whoever_is_named_has_something_behind_the_name() -> None:
    rows = found(("SR-U4", "PB-STALE", "财政局"), ("SR-Q1", "PB-QUOTA", "残联"), ("SR-Q1", "PB-QUOTA", "财政局"))
    for group in problems(march(findings=rows)):
        for unit in group.units:
            assert unit.figures or unit.fact or unit.findings
            assert unit.evidence.startswith("/office/")
            assert unit.lines
    quota = next(group for group in problems(march(findings=rows)) if group.code == "PB-QUOTA")
    by_code = {unit.code: unit for unit in quota.units}
    assert [finding.id for finding in by_code["残联"].findings] == [2], "the ledger's record of the same stands behind"
    assert len(by_code["残联"].lines) == 1, "and is not said twice"
    assert "财政局" not in by_code, "the figures decide, not a record that no longer holds"


def test_tasks_from_above_that_are_not_done_in_time_are_named_with_their_number() -> None:
    def overdue(unit: str, *tasks: str) -> FactRow:
        detail = [{"id": 7, "title": title, "due": "2023-03-15"} for title in tasks]
        return FactRow(1, TASK_OVERDUE, unit, unit, {"tasks": detail})

    snapshot = march(facts=(overdue("财政局", "转载甲"), overdue("残联", "转载甲", "报送乙")))
    assert "上级部署任务未落实\n2家单位逾期未办结上级任务3项：残联2项，财政局1项。" in text_of(snapshot)
    document = build(Circulate(snapshot, DETAILS, Prose(), base_url=BASE))
    listed = [row for row in rows_of(document, "问题清单") if row[2] == "上级部署任务未落实"]
    assert listed[1][3] == "“转载甲”应于2023年3月15日前办结，至今未办结"
    group = next(group for group in problems(snapshot) if group.code == "PB-TASK")
    assert {unit.evidence for unit in group.units} == {"/office/assignments/7"}


def test_what_is_left_out_is_in_no_paragraph_and_no_annex() -> None:
    rows = found(("SR-U4", "PB-STALE", "财政局"))
    details = replace(DETAILS, left_out={"PB-STALE": {"财政局": "已核实"}})
    given = Circulate(march(findings=rows), details, Prose())
    assert "栏目更新不及时" not in body_text(given)
    assert "栏目更新不及时" not in str(rows_of(build(given), "问题清单"))


def last(number: int, unit: str, outcome: str, due: str = "2023-03-20", *, matured: bool = True) -> LastProblem:
    """What became of a problem of the circular before."""
    return LastProblem(number, unit, unit, "空白栏目", due, matured, "2023年3月10日反馈：已补充", "未复查", outcome)


LAST = (
    last(1, "残联", "closed"),
    last(2, "统计局", "false"),
    last(3, "财政局", "open"),
    last(4, "林业局", "open", "2023-04-20", matured=False),
)


def test_the_last_circulars_problems_are_counted_with_both_numbers_and_listed() -> None:
    snapshot = march(last=LAST)
    assert "上期通报问题到期应销号3项，已销号1项，销号率33.3%（1/3）。" in text_of(snapshot)
    document = build(Circulate(snapshot, DETAILS, Prose()))
    annex: Annex = document.annexes[2]
    assert annex.title == "上期问题整改复查情况表"
    (table,) = annex.blocks
    assert isinstance(table, Table)
    assert [column.title for column in table.columns] == [
        "责任单位", "上期问题", "整改时限", "自报情况", "复查情况", "结论",
    ]  # fmt: skip
    shown = rows_of(document, annex.title)[-4:]
    assert [(row[0], row[2], row[5]) for row in shown] == [
        ("残联", "3月20日", "已销号"), ("统计局", "3月20日", "整改不实"), ("财政局", "3月20日", "未销号"),
        ("林业局", "4月20日", "未销号"),
    ]  # fmt: skip
    assert "上期通报" not in text_of(march()), "nothing was due"
    assert from_json(to_json(snapshot)) == snapshot


def entered(world: World, *entries: tuple[str, str, str, date]) -> list[int]:
    """Problems that the office recorded: unit, class, words, day; their ids."""
    rows = [
        Entry(world.units[unit], "SR-O1", problem_class, text, f"{BASE}/1.html", "inspector", day)
        for unit, problem_class, text, day in entries
    ]
    with world.services.database.system_scope("test") as uow:
        enter(uow, office_id=world.units["hx"], entries=rows)
        return list(uow.session.scalars(select(Finding.id).order_by(Finding.id)))[-len(rows) :]


def moved(world: World, finding_id: int, **values: Any) -> None:
    """A finding as later steps leave it."""
    with world.services.database.system_scope("test") as uow:
        finding = uow.session.get_one(Finding, finding_id)
        for name, value in values.items():
            setattr(finding, name, value)


def locked(world: World, office: Office, period: str) -> int:
    """Open and lock a circular."""
    office.send("/office/circulars/new", period=period, coverage="all")
    with world.services.database.system_scope("test") as uow:
        circular_id = uow.session.scalars(select(Circular.id).where(Circular.period == period)).one()
    office.send(f"/office/circulars/{circular_id}/lock")
    return circular_id


def drafted_text(world: World, circular_id: int) -> str:
    """The body of a circular as plain text."""
    with world.services.database.system_scope("test") as uow:
        return body_text(circulate(uow, uow.session.get_one(Circular, circular_id)))


def test_findings_go_into_the_circular_and_the_next_one_says_what_became_of_them(
    city: World, app: Flask, clock: AdjustableClock, client: FlaskClient
) -> None:
    office = Office(app, city, "hx-supervisor")
    february = date(2023, 2, 20)
    first, second, third, other = entered(
        city,
        ("fgw", "PB-STALE", "“工作动态”栏目未更新", february),
        ("cl", "PB-STALE", "“通知公告”栏目未更新", february),
        ("cl", "PB-TEXT", "标题有错别字", february),
        ("qs-mzj", "PB-STALE", "别县的问题", february),
    )
    circular_id = locked(city, office, "2023-02")
    base = f"/office/circulars/{circular_id}"
    page = office.page(f"{base}/problems")
    assert f'href="/office/findings/{first}"' in page
    assert "别县的问题" not in page
    reason = {"reason__PB-TEXT__cl": "已当场改正"}
    keys = re.findall(r'name="named" value="([^"]+)"', page)
    assert {"PB-STALE:fgw", "PB-STALE:cl", "PB-TEXT:cl"} <= set(keys)
    office.send(f"{base}/problems", named=[key for key in keys if key != "PB-TEXT:cl"], **reason)
    office.send(f"{base}/requirements", **REQUIREMENTS)
    office.page(f"{base}/text")
    office.page(base)
    body = drafted_text(city, circular_id)
    assert "栏目更新不及时" in body
    assert "涉及2家单位2项问题：发改委、残联各1项。" in body
    assert "错别字" not in body
    with city.services.database.system_scope("test") as uow:
        document = build(circulate(uow, uow.session.get_one(Circular, circular_id)))
    stale = [row for row in rows_of(document, "问题清单") if row[2] == "栏目更新不及时"]
    assert [row[3] for row in stale] == [
        f"“工作动态”栏目未更新（{BASE}/1.html）",
        f"“通知公告”栏目未更新（{BASE}/1.html）",
    ]
    verified_on_paper(office, base)
    office.send(f"{base}/submit")
    Office(app, city, "hx-leader").send(f"{base}/sign", opinion="同意")
    office.send(f"{base}/issue", issued_date="2023-03-03", document_number="示政办公开〔2023〕2号")
    moved(city, first, state="closed", closed_at=clock(), recheck_at=clock(), due_date=date(2023, 3, 20))
    moved(city, second, due_date=date(2023, 3, 20))
    next_id = locked(city, office, "2023-03")
    snapshot = snapshot_of(stored(city, next_id))
    assert snapshot is not None
    outcomes = {problem.finding_id: (problem.outcome, problem.matured) for problem in snapshot.last}
    assert outcomes == {first: ("closed", True), second: ("open", True)}, "only for what units were named"
    body = drafted_text(city, next_id)
    assert "上期通报问题到期应销号2项，已销号1项，销号率50.0%（1/2）。" in body
    assert "涉及1家单位1项问题：残联1项。" in body, "what is closed is not named again, what stands is"
    again = next(finding for finding in snapshot.findings if finding.id == second)
    assert again.repeated
    assert third not in outcomes, "whom the circular left out owes it nothing"
    assert other not in {finding.id for finding in snapshot.findings}


def test_what_is_only_noted_suspected_or_dismissed_names_nobody(city: World, app: Flask) -> None:
    day = date(2023, 3, 20)
    ids = entered(city, *((("fgw", "PB-STALE", f"问题{number}", day)) for number in range(4)))
    for finding_id, state in zip(ids, ("candidate", "noted", "dismissed", "disputed"), strict=True):
        moved(city, finding_id, state=state)
    office = Office(app, city, "hx-supervisor")
    circular_id = locked(city, office, "2023-03")
    snapshot = snapshot_of(stored(city, circular_id))
    assert snapshot is not None
    assert [finding.id for finding in snapshot.findings if finding.problem_class == "PB-STALE"] == [ids[3]]
    page = office.page(f"/office/circulars/{circular_id}")
    assert "对所列问题有异议，尚未处理" in page, "what is contested is pointed out beside the draft"
