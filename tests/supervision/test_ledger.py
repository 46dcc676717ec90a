"""The ledger through the front door: accept, claim, look again, contest, decide, extend; who may not."""

import re
from datetime import date, timedelta

import pytest
from flask.testing import FlaskClient
from sqlalchemy import Engine, func, select, update
from werkzeug.test import TestResponse

from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.spans import Span
from gongkai.core.errors import Refused
from gongkai.supervision.circulars.collect import collect
from gongkai.supervision.ledger.services import recheck
from gongkai.supervision.ledger.states import STATE_LABELS, WAYS, Who, target_of
from gongkai.supervision.models import Exemption, Finding, FindingEvent, Notice
from gongkai.supervision.tasks import evaluate_day, evaluate_today
from tests.conftest import AdjustableClock
from tests.factories.items import work_off
from tests.factories.world import World
from tests.supervision.months import publish_month

FEEDBACK = {
    "measure": "已补发工作信息", "url": "https://www.example.gov.cn/items/1", "fixed_on": "2026-03-23",
    "person": "李四", "leader": "王五",
}  # fmt: skip


def post(client: FlaskClient, path: str, **fields: object) -> TestResponse:
    """Send a form with the token of a page."""
    page = client.get("/work/").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    return client.post(path, data={"csrf_token": token[1], **fields})


@pytest.fixture
def stale(world: World, owner_engine: Engine) -> list[int]:
    """Ids of two findings of hx-mzj: blank columns."""
    with owner_engine.begin() as owner:
        early = func.now() - timedelta(days=4_000)
        owner.execute(update(ContentColumn).values(active=False))
        codes = ContentColumn.code.in_(("gsgg", "tgxx"))
        owner.execute(update(ContentColumn).where(codes).values(active=True, created_at=early, rule_type="other"))
        kept = select(ContentColumn.id).where(ContentColumn.tenant_id == world.units["hx-mzj"]).order_by("id").limit(2)
        owner.execute(
            update(ContentColumn).where(ContentColumn.id.in_(kept)).values(
                active=True, created_at=early, rule_type="other", accepts_items=True, update_period="monthly"
            )
        )  # fmt: skip
    evaluate_day(world.services)
    with world.services.database.system_scope("test") as uow:
        query = select(Finding.id).where(Finding.tenant_id == world.units["hx-mzj"], Finding.rule_code == "SR-U5")
        return list(uow.session.scalars(query.order_by(Finding.id)))


def finding(world: World, finding_id: int) -> Finding:
    """A finding as it is now."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Finding, finding_id)


def filled(world: World, owner: Engine, finding_id: int) -> None:
    """Something is published in the column that a finding is about."""
    with owner.begin() as connection:
        column_id = finding(world, finding_id).object_id
        code = connection.scalar(select(ContentColumn.code).where(ContentColumn.id == column_id))
    publish_month(
        owner, world, "hx-mzj", "2026-03", 1, column=str(code), published_at="2026-03-20T09:00:00+08:00",
        key_area_group="fiscal_funds" if finding_id % 2 else "",
    )  # fmt: skip


def test_a_unit_accepts_and_what_it_put_right_is_closed_by_the_system(
    world: World, owner_engine: Engine, client: FlaskClient, stale: list[int]
) -> None:
    first = stale[0]
    found = finding(world, first)
    assert (found.state, found.due_date) == ("open", date(2026, 3, 26)), "three working days for a serious problem"
    world.sign_in(client, "hx-mzj-contributor")
    page = client.get(f"/work/findings/{first}").get_data(as_text=True)
    assert "空白栏目" in page
    assert "2026-03-26前完成整改" in page
    assert post(client, f"/work/findings/{first}/accept", responsible_person=" ").status_code == 400
    assert post(client, f"/work/findings/{first}/accept", responsible_person="李四").status_code == 302
    assert finding(world, first).state == "in_progress"
    assert post(client, f"/work/findings/{first}/accept", responsible_person="李四").status_code == 409
    filled(world, owner_engine, first)
    answer = post(client, "/work/findings/claim", finding=str(first), **FEEDBACK)
    assert answer.status_code == 302
    assert "系统复查通过1项，已销号" in client.get("/work/findings/").get_data(as_text=True)
    closed = finding(world, first)
    assert (closed.state, closed.false_claim, closed.recheck_by) == ("closed", False, None)
    with world.services.database.system_scope("test") as uow:
        steps = uow.session.scalars(
            select(FindingEvent.event).where(FindingEvent.finding_id == first).order_by(FindingEvent.id)
        )
        assert list(steps) == ["found", "accept", "claim", "pass"]


def test_a_claim_that_changed_nothing_is_a_false_one(world: World, client: FlaskClient, stale: list[int]) -> None:
    world.sign_in(client, "hx-mzj-contributor")
    post(client, "/work/findings/claim", finding=str(stale[0]), **FEEDBACK)
    page = client.get("/work/findings/").get_data(as_text=True)
    assert "系统复查未通过1项，问题仍然存在" in page
    failed = finding(world, stale[0])
    assert (failed.state, failed.false_claim, failed.reopened_count) == ("reopened", True, 1)


def test_a_claim_for_the_whole_unit_fails_while_the_same_stands_elsewhere(
    world: World, owner_engine: Engine, client: FlaskClient, stale: list[int]
) -> None:
    world.sign_in(client, "hx-mzj-contributor")
    filled(world, owner_engine, stale[0])
    post(client, "/work/findings/claim", finding=str(stale[0]), whole_unit="1", **FEEDBACK)
    assert (finding(world, stale[0]).state, finding(world, stale[0]).false_claim) == ("reopened", True)
    assert finding(world, stale[1]).state == "open", "what was not claimed is not touched"


def test_several_are_claimed_at_once_and_a_form_without_a_link_is_no_claim(
    world: World, owner_engine: Engine, client: FlaskClient, stale: list[int]
) -> None:
    world.sign_in(client, "hx-mzj-contributor")
    sent: dict[str, object] = {**FEEDBACK, "finding": [str(one) for one in stale[:2]]}
    answer = post(client, "/work/findings/claim", **{**sent, "url": "已整改", "fixed_on": "2026-03-24"})
    assert answer.status_code == 400
    shown = answer.get_data(as_text=True)
    assert "没有整改后页面的链接" in shown
    assert "整改完成日期晚于今天" in shown
    assert "已补发工作信息" in shown, "what was typed stays"
    assert {finding(world, one).state for one in stale[:2]} == {"open"}
    for one in stale[:2]:
        filled(world, owner_engine, one)
    assert post(client, "/work/findings/claim", **sent).status_code == 302
    assert {finding(world, one).state for one in stale[:2]} == {"closed"}


def test_an_objection_is_decided_by_the_office_and_a_dismissed_problem_stays_dismissed(
    world: World, client: FlaskClient, stale: list[int]
) -> None:
    world.sign_in(client, "hx-mzj-contributor")
    path = f"/work/findings/{stale[0]}/dispute"
    assert post(client, path, reason="").status_code == 400
    assert post(client, path, reason="本单位没有这项职能").status_code == 302
    work_off(world.services)
    office = world.sign_in(client.application.test_client(), "hx-supervisor")
    assert "对督查问题提出异议" in office.get("/work/notices/").get_data(as_text=True)
    place = f"/office/findings/{stale[0]}"
    assert "异议成立，不再整改" in office.get(place).get_data(as_text=True)
    assert post(office, f"{place}/decide", note="属实").status_code == 400
    assert post(office, f"{place}/decide", decision="yes").status_code == 400, "the unit reads why"
    assert post(office, f"{place}/decide", decision="yes", note="经核实无此职能").status_code == 302
    assert finding(world, stale[0]).state == "dismissed"
    with world.services.database.system_scope("test") as uow:
        evaluate_today(uow)
    assert finding(world, stale[0]).state == "dismissed"
    work_off(world.services)
    assert "经核实不成立" in client.get("/work/notices/").get_data(as_text=True)


def claim_what_nobody_computes(world: World, owner: Engine, client: FlaskClient, finding_id: int) -> None:
    """The finding becomes one that a person recorded, and the unit says that it is put right."""
    with owner.begin() as connection:
        entered = {"rule_code": "SR-D7", "evidence": {"text": "错"}}
        connection.execute(update(Finding).where(Finding.id == finding_id).values(**entered))
    world.sign_in(client, "hx-mzj-contributor")
    post(client, "/work/findings/claim", finding=str(finding_id), **FEEDBACK)


def test_nobody_looks_again_at_their_own_claim(
    world: World, owner_engine: Engine, client: FlaskClient, stale: list[int]
) -> None:
    claim_what_nobody_computes(world, owner_engine, client, stale[0])
    assert finding(world, stale[0]).state == "claimed_fixed", "nobody can compute that"
    with world.services.database.transaction() as uow:
        world.actor(uow, "hx-mzj-contributor")
        with pytest.raises(Refused, match="反馈人以外"):
            recheck(uow, finding_id=stale[0], passed=True, note="")
    office = world.sign_in(client.application.test_client(), "hx-supervisor")
    place = f"/office/findings/{stale[0]}"
    assert post(office, f"{place}/decide", decision="no").status_code == 400
    assert post(office, f"{place}/decide", decision="no", note="仍在原栏目").status_code == 302
    failed = finding(world, stale[0])
    assert (failed.state, failed.false_claim) == ("reopened", True)
    post(client, "/work/findings/claim", finding=str(stale[0]), **FEEDBACK)
    assert post(office, f"{place}/decide", decision="yes").status_code == 302
    assert finding(world, stale[0]).state == "closed"


def test_what_was_put_right_only_where_it_was_named_is_a_false_claim_of_its_own_kind(
    world: World, owner_engine: Engine, client: FlaskClient, stale: list[int]
) -> None:
    claim_what_nobody_computes(world, owner_engine, client, stale[0])
    office = world.sign_in(client.application.test_client(), "hx-supervisor")
    place = f"/office/findings/{stale[0]}"
    assert "所列问题已处理，其他地方仍有同类问题" in office.get(place).get_data(as_text=True)
    assert post(office, f"{place}/decide", decision="elsewhere").status_code == 400
    assert post(office, f"{place}/decide", decision="elsewhere", note="其他栏目仍未更新").status_code == 302
    assert (finding(world, stale[0]).state, finding(world, stale[0]).false_claim) == ("reopened", True)
    evaluate_day(world.services)
    with world.services.database.system_scope("test") as uow:
        false = uow.session.scalars(select(Finding).where(Finding.rule_code == "SR-X2")).one()
        assert (false.evidence["manner"], false.evidence["found"]) == ("listed_only", "其他栏目仍未更新")


def test_time_is_extended_once(world: World, client: FlaskClient, stale: list[int]) -> None:
    world.sign_in(client, "hx-supervisor")
    path = f"/office/findings/{stale[0]}/extend"
    assert post(client, path, until="2026-03-26", reason="汛期").status_code == 400
    assert post(client, path, until="2026-04-10", reason="").status_code == 400
    assert post(client, path, until="2026-04-10", reason="汛期").status_code == 302
    assert finding(world, stale[0]).due_date == date(2026, 4, 10)
    assert post(client, path, until="2026-04-20", reason="汛期").status_code == 409


def test_a_unit_is_told_once_a_day_what_was_found(world: World, stale: list[int]) -> None:
    evaluate_day(world.services)
    with world.services.database.system_scope("test") as uow:
        query = select(Notice).where(Notice.tenant_id == world.units["hx-mzj"], Notice.kind == "findings_found")
        notices = uow.session.scalars(query).all()
    assert len(notices) == 1
    assert re.fullmatch(r"新发现督查问题\d+项", notices[0].subject)


@pytest.mark.parametrize("event", sorted(WAYS))
def test_each_step_starts_only_where_it_may(event: str) -> None:
    way = WAYS[event]
    for state in STATE_LABELS:
        if state in way.sources:
            assert target_of(event, state, way.who) == way.target
        else:
            with pytest.raises(Refused, match="不能"):
                target_of(event, state, way.who)
    if way.who != "system":
        other: Who = "office" if way.who == "unit" else "unit"
        with pytest.raises(Refused, match="不由本单位办理"):
            target_of(event, way.sources[0], other)


def test_a_reviewer_reads_and_does_not_answer(world: World, client: FlaskClient, stale: list[int]) -> None:
    world.sign_in(client, "hx-mzj-confidentiality_reviewer")
    assert "提出异议" not in client.get(f"/work/findings/{stale[0]}").get_data(as_text=True)
    assert post(client, f"/work/findings/{stale[0]}/accept", responsible_person="李四").status_code == 403


def test_overdue_false_and_recurring_rectification_are_found_themselves(
    world: World, owner_engine: Engine, client: FlaskClient, clock: AdjustableClock, stale: list[int]
) -> None:
    world.sign_in(client, "hx-mzj-contributor")
    post(client, "/work/findings/claim", finding=str(stale[0]), **FEEDBACK)
    clock.advance(days=7)

    def found() -> dict[str, list[int]]:
        with world.services.database.system_scope("test") as uow:
            evaluate_today(uow)
            rows = uow.session.scalars(
                select(Finding).where(Finding.tenant_id == world.units["hx-mzj"], Finding.rule_code.like("SR-X%"))
            )
            standing: dict[str, list[int]] = {}
            for row in rows:
                if row.state != "closed":
                    standing.setdefault(row.rule_code, []).append(row.object_id)
            return {code: sorted(ids) for code, ids in standing.items()}

    assert found() == {"SR-X1": stale, "SR-X2": [stale[0]]}
    with world.services.database.system_scope("test") as uow:
        claims = collect(uow, office_id=world.units["hx"], span=Span.parse("2026-03")).facts_of("false_rectification")
        named = [(fact.code, fact.detail["manner"], fact.finding_id) for fact in claims]
        assert named == [("hx-mzj", "still_wrong", stale[0])], "the next circular names it by itself"
    assert found() == {"SR-X1": stale, "SR-X2": [stale[0]]}
    filled(world, owner_engine, stale[0])
    assert found() == {"SR-X1": stale[1:], "SR-X2": [stale[0]]}, "what was claimed falsely stays so"
    with owner_engine.begin() as owner:
        owner.exec_driver_sql("DELETE FROM item WHERE published_at > '2026-03-19'")
    again = found()
    assert len(again["SR-X3"]) == 1
    assert finding(world, again["SR-X3"][0]).recurrence_of == stale[0]


def test_a_rule_is_not_applied_for_a_time_and_then_again(
    world: World, client: FlaskClient, clock: AdjustableClock, stale: list[int]
) -> None:
    office = world.sign_in(client, "hx-supervisor")
    path = f"/office/findings/{stale[0]}/exempt"
    assert post(office, path, exempt_until="2026-03-01", exempt_reason="无此职能").status_code == 400
    assert post(office, path, exempt_until="2026-04-01", exempt_reason="").status_code == 400
    sent = {"exempt_until": "2026-04-01", "exempt_reason": "本单位无此职能", "exempt_whole": "1"}
    assert post(office, path, **sent).status_code == 302
    assert {finding(world, one).state for one in stale} == {"dismissed"}
    page = office.get("/office/exemptions").get_data(as_text=True)
    assert "本单位无此职能" in page

    def opened() -> int:
        with world.services.database.system_scope("test") as uow:
            return evaluate_today(uow, path=None)["freshness"].opened

    before = opened()
    assert before == 0
    clock.advance(days=12)
    opened()
    with world.services.database.system_scope("test") as uow:
        rows = uow.session.scalars(
            select(Finding).where(
                Finding.tenant_id == world.units["hx-mzj"], Finding.rule_code == "SR-U5", Finding.closed_at.is_(None)
            )
        ).all()
        assert len(rows) == len(stale)
        assert {row.recurrence_of for row in rows} == {None}, "it had not been put right and come back"


def test_an_exemption_ends_before_its_day(world: World, client: FlaskClient, stale: list[int]) -> None:
    office = world.sign_in(client, "hx-supervisor")
    sent = {"exempt_until": "2026-04-01", "exempt_reason": "本单位无此职能"}
    post(office, f"/office/findings/{stale[0]}/exempt", **sent)
    with world.services.database.system_scope("test") as uow:
        exemption = uow.session.scalars(select(Exemption.id)).one()
    foreign = world.sign_in(client.application.test_client(), "qs-supervisor")
    assert post(foreign, f"/office/exemptions/{exemption}/end").status_code == 404
    assert post(office, f"/office/exemptions/{exemption}/end").status_code == 302
    assert post(office, f"/office/exemptions/{exemption}/end").status_code == 409
    with world.services.database.system_scope("test") as uow:
        assert evaluate_today(uow)["freshness"].opened == 1
