"""Nobody is named unasked: sheets, answers, silence, objections, decisions, and what keeps a circular from review."""

from datetime import date
from io import BytesIO

import pytest
from flask import Flask

from gongkai.supervision.circulars.access import details_of
from gongkai.supervision.circulars.snapshot import FactRow, FindingRow
from gongkai.supervision.rounds.lines import named_lines
from gongkai.supervision.rounds.notices import close_rounds
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World
from tests.supervision.march import march
from tests.supervision.office import Office, drafted, stored
from tests.supervision.rounds.desk import (
    EVIDENCE,
    NAMED,
    answers,
    body,
    evaluated,
    finding_of,
    lines,
    replied,
    sheets,
    started,
    subjects,
    with_people,
)
from tests.supervision.slips.desk import Desk

PDF = b"%PDF-1.4 evidence"


@pytest.fixture
def office(app: Flask, city: World) -> Desk:
    return Desk(app, city, "hx-supervisor")


@pytest.fixture
def circular_id(app: Flask, city: World) -> int:
    """A drafted circular whose named units have not been asked; their findings are in the ledger."""
    with_people(city)
    evaluated(city)
    return drafted(city, Office(app, city, "hx-supervisor"), verified=False)


def test_a_circular_that_names_somebody_is_not_sent_on_before_they_are_asked(
    city: World, office: Desk, circular_id: int
) -> None:
    base = f"/office/circulars/{circular_id}"
    assert "尚未核实，请先发送问题核实反馈表" in body(office.page(base))
    assert "尚未核实，请先发送问题核实反馈表" in office.send(f"{base}/submit", 400)
    assert stored(city, circular_id).state == "draft"
    for wrong in ("1", "31", "两", ""):
        assert "请填写2至30个工作日" in office.send(f"{base}/verification/start", 400, working_days=wrong)
    assert "不核实的理由没有填写" in office.send(f"{base}/verification/skip", 400, skip_reason=" ")
    office.send(f"{base}/verification/skip", skip_reason="已在线下书面核实")
    assert "没有逐一核实，理由：已在线下书面核实。" in body(office.page(f"{base}/verification"))
    assert "已在线下书面核实" in office.page(base), "kept in the history"
    office.send(f"{base}/submit")
    assert stored(city, circular_id).state == "in_review"


def test_a_reason_for_not_asking_holds_only_for_the_figures_that_were_locked(
    city: World, office: Desk, circular_id: int, clock: AdjustableClock
) -> None:
    base = f"/office/circulars/{circular_id}"
    office.send(f"{base}/verification/skip", skip_reason="已在线下书面核实")
    clock.advance(minutes=5)
    office.send(f"{base}/lock", reason="补报")
    assert "尚未核实" in office.send(f"{base}/submit", 400)


def test_each_unit_is_asked_about_its_own_facts_and_told(city: World, office: Desk, circular_id: int) -> None:
    started(office, circular_id)
    work_off(city.services)
    assert sheets(city).keys() == NAMED
    assert {sheet.due_date for sheet in sheets(city).values()} == {date(2026, 3, 25)}, "two working days after Monday"
    assert [(line.problem_class, line.text) for line in lines(city, "cl")] == [
        ("PB-QUOTA", "本月发布1条，未完成月度任务，上月也未完成"),
        ("PB-TRAIN", "未参加2023年3月23日组织的培训"),
        ("PB-ANNUAL", "年度报告应于2023年2月28日前发布，至今未发布"),
    ]
    assert lines(city, "cl")[0].finding_ids == [finding_of(city, "cl", "SR-Q1").id]
    assert lines(city, "cl")[1].finding_ids == [], "the register of trainings knows it, not the ledger"
    assert subjects(city, "cl", "verification") == ["请核实通报拟点名的问题"]
    assert subjects(city, "fgw", "verification") == []
    page = body(office.page(f"/office/circulars/{circular_id}/verification"))
    assert "已发送5份，还有5份没有反馈，反馈时限为2026年3月25日。" in page
    refused = office.send(f"/office/circulars/{circular_id}/submit", 400)
    assert "尚未反馈核实情况" in refused
    assert "没有需要核实的单位" in office.send(
        f"/office/circulars/{circular_id}/verification/start", 409, working_days="2"
    )
    assert stored(city, circular_id).state == "draft"


def test_a_unit_answers_fact_by_fact_and_an_objection_wants_words_and_evidence(
    app: Flask, city: World, office: Desk, circular_id: int
) -> None:
    started(office, circular_id)
    unit = Desk(app, city, "cl-writer")
    assert "有1份问题核实反馈表待反馈，最早应于2026-03-25前反馈" in unit.page("/work/circulars/")
    place = f"/work/circulars/sheets/{sheets(city)['cl'].id}"
    assert "请于2026-03-25前反馈；逾期按无异议记录" in unit.page(place)
    quota, training, report = lines(city, "cl")
    assert "未选择反馈意见" in unit.send(place, 400)
    given = answers(city, "cl", contested=["PB-TRAIN"])
    for field, wrong, words in (
        (f"note-{training.id}", " ", "有异议，但没有填写说明"),
        (f"note-{training.id}", "长" * 901, "说明过长（901字）"),
        (f"link-{training.id}", "", "有异议，但没有佐证"),
        (f"link-{training.id}", "www", "佐证网址不是有效的网址"),
    ):
        refused = unit.send(place, 400, **given | {field: wrong})
        assert words in refused
        assert f'name="answer-{training.id}" value="contest" checked' in refused, "what was chosen stays"
    program = {f"file-{training.id}": (BytesIO(b"MZ" + bytes(100)), "签到表.exe")}
    assert "签到表.exe" in unit.send(place, 400, **given | program)
    assert sheets(city)["cl"].state == "sent", "nothing half-written"
    file = {f"link-{training.id}": "", f"file-{training.id}": (BytesIO(PDF), "签到表.pdf")}
    unit.send(place, **given | file)
    assert [line.answer for line in lines(city, "cl")] == ["agree", "contest", "agree"]
    assert unit.file(f"/work/circulars/lines/{training.id}/file") == PDF
    assert office.file(f"/office/circulars/verification/lines/{training.id}/file") == PDF
    assert "已经反馈" in unit.send(place, 409, **given)
    page = body(unit.page(place))
    assert "cl-writer已于" in page
    assert (quota.id, report.id) != (training.id, training.id)


def test_the_office_keeps_or_corrects_and_what_is_corrected_is_named_no_more(
    app: Flask, city: World, office: Desk, circular_id: int
) -> None:
    started(office, circular_id)
    replied(Desk(app, city, "cl-writer"), city, "cl", contested=["PB-TRAIN", "PB-ANNUAL"])
    for unit in sorted(NAMED - {"cl"}):
        replied(Desk(app, city, f"{unit}-writer"), city, unit)
    work_off(city.services)
    assert subjects(city, "hx", "verification") == ["残联对拟点名的问题有异议"]
    base = f"/office/circulars/{circular_id}"
    assert "残联对点名事项有异议" in office.send(f"{base}/submit", 400)
    assert "1家单位有异议，请核实后决定维持或者更正" in body(office.page(f"{base}/verification"))
    _, training, report = lines(city, "cl")
    decide = f"/office/circulars/verification/lines/{training.id}"
    assert "处理理由没有填写" in office.send(decide, 400, decision="correct")
    assert "未选择处理结果" in office.send(decide, 400, **{f"reason-{training.id}": "签到表可证"})
    office.send(decide, decision="correct", **{f"reason-{training.id}": "签到表可证"})
    assert "没有待处理的异议" in office.send(decide, 409, decision="keep", **{f"reason-{training.id}": "不"})
    office.send(
        f"/office/circulars/verification/lines/{report.id}", decision="keep", **{f"reason-{report.id}": "仍未发布"}
    )
    left_out = details_of(stored(city, circular_id)).left_out
    assert left_out == {"PB-TRAIN": {"cl": "经核实更正：签到表可证"}}
    shown = body(office.page(base))
    assert "“培训组织不到位”未点名残联，理由：经核实更正：签到表可证。" in shown
    assert "未参加1家：残联" not in shown
    work_off(city.services)
    assert subjects(city, "cl", "verification")[1:] == ["异议已核实", "异议已核实"]
    office.send(f"{base}/submit")
    assert stored(city, circular_id).state == "in_review"


def test_a_fact_that_was_corrected_cannot_be_named_all_the_same(
    app: Flask, city: World, office: Desk, circular_id: int
) -> None:
    started(office, circular_id)
    for unit in sorted(NAMED):
        contested = ["PB-TRAIN"] if unit == "cl" else []
        replied(Desk(app, city, f"{unit}-writer"), city, unit, contested=contested)
    line = lines(city, "cl")[1]
    office.send(f"/office/circulars/verification/lines/{line.id}", decision="correct", **{f"reason-{line.id}": "属实"})
    base = f"/office/circulars/{circular_id}"
    every = [f"{row.problem_class}:{unit}" for unit in NAMED for row in lines(city, unit)]
    office.send(f"{base}/problems", named=every)
    assert "残联的点名事项经核实已更正" in office.send(f"{base}/submit", 400)


def test_what_rests_on_a_finding_is_contested_and_decided_in_the_ledger(
    app: Flask, city: World, office: Desk, circular_id: int
) -> None:
    started(office, circular_id)
    for unit in ("cl", "zjj", "bogang", "shiba", "gongdian"):
        contested = ["PB-QUOTA"] if unit in ("cl", "bogang") else []
        replied(Desk(app, city, f"{unit}-writer"), city, unit, contested=contested)
    work_off(city.services)
    found = {unit: finding_of(city, unit, "SR-Q1") for unit in ("cl", "bogang")}
    assert {one.state for one in found.values()} == {"disputed"}
    base = f"/office/circulars/{circular_id}"
    page = office.page(f"{base}/verification")
    assert f'href="/office/findings/{found["cl"].id}"' in page
    line = lines(city, "cl")[0]
    refused = office.send(
        f"/office/circulars/verification/lines/{line.id}", 409, decision="keep", **{f"reason-{line.id}": "不"}
    )
    assert "请在问题清单中办理" in refused
    office.send(f"/office/findings/{found['cl'].id}/decide", decision="yes", note="补录3月信息属实")
    office.send(f"/office/findings/{found['bogang'].id}/decide", decision="no", note="未在统计时段内发布")
    work_off(city.services)
    decisions = {unit: lines(city, unit)[0] for unit in ("cl", "bogang")}
    assert (decisions["cl"].decision, decisions["cl"].decision_reason) == ("correct", "补录3月信息属实")
    assert (decisions["bogang"].decision, decisions["bogang"].decision_reason) == ("keep", "未在统计时段内发布")
    assert details_of(stored(city, circular_id)).left_out == {"PB-QUOTA": {"cl": "经核实更正：补录3月信息属实"}}
    told = sorted(subjects(city, "hx", "verification", "finding_disputed"))
    assert told == ["残联对督查问题提出异议", "泊岗乡对督查问题提出异议"], "told once, by the ledger"
    assert subjects(city, "cl", "verification") == ["请核实通报拟点名的问题"]
    office.send(f"{base}/submit")
    assert "残联1条" not in body(office.page(base))


def test_a_claim_found_false_rests_on_its_own_finding_and_what_a_register_knows_on_none() -> None:
    facts = (
        FactRow(7, "false_rectification", "残联", "残联", {"manner": "still_wrong"}, finding_id=5),
        FactRow(8, "false_rectification", "统计局", "统计局", {"manner": "listed_only"}),
        FactRow(9, "report_missing", "残联", "残联", {"due_date": "2023-02-28"}),
    )
    findings = (
        FindingRow(3, "SR-Q2", "PB-BLANKMONTH", "供电公司", "供电公司", "open"),
        FindingRow(4, "SR-Q3", "PB-BLANKMONTH", "供电公司", "供电公司", "open"),
        FindingRow(6, "SR-Q1", "PB-QUOTA", "残联", "残联", "open"),
        FindingRow(8, "SR-X1", "PB-RECT", "残联", "残联", "open"),
    )
    rests = {line.key[:2]: line.finding_ids for line in named_lines(march(facts=facts, findings=findings))}
    assert rests["PB-RECT", "残联"] == (7, 8), "the false claim, and what is overdue beside it"
    assert (rests["PB-RECT", "统计局"], rests["PB-ANNUAL", "残联"]) == ((), ())
    assert (rests["PB-BLANKMONTH", "供电公司"], rests["PB-QUOTA", "残联"]) == ((3, 4), (6,))
    assert ("PB-QUOTA", "残联") not in {
        line.key[:2] for line in named_lines(march(facts=facts), {"PB-QUOTA": {"残联": "核实更正"}})
    }


def test_silence_counts_as_no_objection_once_the_last_day_has_passed(
    app: Flask, city: World, office: Desk, circular_id: int, clock: AdjustableClock
) -> None:
    started(office, circular_id, days=3)
    work_off(city.services)
    close_rounds(city.services)
    clock.advance(days=3)
    close_rounds(city.services)
    assert {sheet.state for sheet in sheets(city).values()} == {"sent"}, "the last day is the unit's"
    replied(Desk(app, city, "cl-writer"), city, "cl")
    clock.advance(days=1)
    unit = Desk(app, city, "zjj-writer")
    assert "反馈时限已过，按无异议记录" in replied(unit, city, "zjj", 409)
    for _ in range(2):
        close_rounds(city.services)
        work_off(city.services)
    assert {code: sheet.state for code, sheet in sheets(city).items()} == dict.fromkeys(NAMED, "silent") | {
        "cl": "answered"
    }
    assert subjects(city, "zjj", "verification") == ["请核实通报拟点名的问题", "逾期未反馈，按无异议记录"]
    page = body(office.page(f"/office/circulars/{circular_id}/verification"))
    assert "已反馈1份（其中有异议0份），逾期未反馈、按无异议记录4份，待反馈0份" in page
    assert "无异议（逾期未反馈）" in page
    office.send(f"/office/circulars/{circular_id}/submit")


def test_locking_anew_takes_back_what_is_unanswered_and_keeps_what_still_holds(
    app: Flask, city: World, office: Desk, circular_id: int
) -> None:
    started(office, circular_id)
    replied(Desk(app, city, "cl-writer"), city, "cl")
    office.send(f"/office/circulars/{circular_id}/lock", reason="供电公司补报")
    work_off(city.services)
    states = {code: sheet.state for code, sheet in sheets(city).items()}
    assert states == dict.fromkeys(NAMED, "recalled") | {"cl": "answered"}
    assert "已经收回" in replied(Desk(app, city, "zjj-writer"), city, "zjj", 409)
    assert subjects(city, "zjj", "verification")[-1] == "问题核实反馈表已收回"
    started(office, circular_id)
    assert {code for code, sheet in sheets(city).items() if sheet.state == "sent"} == NAMED - {"cl"}


def test_a_sheet_is_printed_with_room_for_signatures(app: Flask, city: World, office: Desk, circular_id: int) -> None:
    started(office, circular_id)
    own = sheets(city)["cl"].id
    unit = Desk(app, city, "cl-writer")
    for page in (
        unit.page(f"/work/circulars/sheets/{own}/print"),
        office.page(f"/office/circulars/verification/{own}/print"),
    ):
        assert "□无异议<br>□有异议" in page
        assert "单位负责人（签字）" in page
        assert "本月发布1条，未完成月度任务" in page
    replied(unit, city, "cl", contested=["PB-TRAIN"])
    page = unit.page(f"/work/circulars/sheets/{own}/print")
    assert EVIDENCE in page
    assert "反馈人：cl-writer" in page


def test_what_a_unit_is_asked_is_nobody_elses(app: Flask, city: World, office: Desk, circular_id: int) -> None:
    started(office, circular_id)
    own = sheets(city)["cl"].id
    line = lines(city, "cl")[0].id
    other, neighbour = Desk(app, city, "zjj-writer"), Desk(app, city, "qs-supervisor")
    other.page(f"/work/circulars/sheets/{own}", 404)
    other.send(f"/work/circulars/sheets/{own}", 404, **answers(city, "cl"))
    neighbour.page(f"/office/circulars/verification/{own}/print", 404)
    neighbour.send(f"/office/circulars/verification/lines/{line}", 404, decision="keep")
    Desk(app, city, "yl-supervisor").page(f"/office/circulars/verification/{own}/print", 404)
    office.page(f"/work/circulars/sheets/{own}", 404)
