"""Reminders, the call list, the mails, and what happens when a month has ended."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient
from sqlalchemy import Engine, select

from gongkai.accounts.models import Membership
from gongkai.accounts.permissions import Role
from gongkai.core.calendar.periods import Period
from gongkai.core.models import OutboxEvent
from gongkai.core.ports import Mail, Services
from gongkai.run.cli import main
from gongkai.supervision.alerts import notify
from gongkai.supervision.digest.records import send_mails
from gongkai.supervision.findings import histories_of
from gongkai.supervision.models import Finding, Notice
from gongkai.supervision.tasks import close_period, evaluate_all, remind
from tests.conftest import AdjustableClock
from tests.factories.items import published, work_off
from tests.factories.world import World, add_person
from tests.supervision.months import publish_month, publish_months


def notices(world: World, unit: str, kind: str = "blank_month") -> Sequence[Notice]:
    """A unit's notices of a kind."""
    with world.services.database.system_scope("test") as uow:
        query = select(Notice).where(Notice.tenant_id == world.units[unit], Notice.kind == kind)
        return uow.session.scalars(query.order_by(Notice.id)).all()


def findings(world: World, office: str, period: str = "2026-02") -> dict[tuple[str, str], Finding]:
    """(Unit, rule) → finding of an office."""
    names = {number: code for code, number in world.units.items()}
    with world.services.database.system_scope("test") as uow:
        query = select(Finding).where(Finding.office_id == world.units[office], Finding.period == period)
        return {(names[row.tenant_id], row.rule_code): row for row in uow.session.scalars(query)}


def steps(world: World, finding: Finding) -> list[str]:
    """What happened to a finding, the first step first."""
    with world.services.database.system_scope("test") as uow:
        found = histories_of(uow, tenant_id=finding.tenant_id, finding_ids=[finding.id])
        return [step.event for step in found[finding.id]]


def mails(services: Services) -> list[Any]:
    """Messages written by the file notifier, oldest first."""
    folder = services.settings.data_directory / "mail"
    files: list[Path] = sorted(folder.iterdir()) if folder.exists() else []
    return [message_from_bytes(file.read_bytes(), policy=policy.default) for file in files]


@pytest.fixture(autouse=True)
def _no_old_mail(services: Services) -> None:
    folder = services.settings.data_directory / "mail"
    for file in folder.iterdir() if folder.exists() else ():
        file.unlink()


def test_blank_units_are_reminded_once_from_the_day_on(
    world: World, owner_engine: Engine, clock: AdjustableClock
) -> None:
    publish_month(owner_engine, world, "hx-qsz", "2026-03", 1)
    clock.advance(days=-4)
    remind(world.services)
    assert notices(world, "hx-mzj") == [], "the 19th"
    clock.advance(days=1)
    remind(world.services)
    remind(world.services)
    clock.advance(days=2)
    remind(world.services)
    reminded = notices(world, "hx-mzj")
    assert [notice.subject for notice in reminded] == ["2026年3月尚未发布信息"]
    assert "月度任务20条" in reminded[0].body
    assert notices(world, "hx-qsz") == []


def test_the_reminder_is_settled_when_the_unit_has_published(world: World, client: FlaskClient) -> None:
    remind(world.services)
    world.sign_in(client, "hx-mzj-contributor")
    assert "2026年3月尚未发布信息" in client.get("/work/notices/").get_data(as_text=True)
    published(world)
    remind(world.services)
    assert notices(world, "hx-mzj")[0].read_at is not None
    assert notices(world, "hx-gs")[0].read_at is None


def test_notices_belong_to_the_unit_and_are_marked_as_read(world: World, client: FlaskClient) -> None:
    remind(world.services)
    world.sign_in(client, "hx-supervisor")
    own = client.get("/work/notices/").get_data(as_text=True)
    assert "和溪县3月份" in own
    assert "清水镇" not in own, "an office's own notices, not those of its units"
    client.post("/sign-out")
    browser = world.sign_in(client.application.test_client(), "hx-mzj-contributor")
    page = browser.get("/work/notices/").get_data(as_text=True)
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
    assert token is not None
    assert browser.post("/work/notices/read", data={"csrf_token": token[1]}).status_code == 302
    assert notices(world, "hx-mzj")[0].read_at is not None
    assert notices(world, "hx-qsz")[0].read_at is None


def test_the_call_list_names_unit_people_and_matter(
    world: World, client: FlaskClient, owner_engine: Engine, clock: AdjustableClock
) -> None:
    publish_months(owner_engine, world, {"hx-mzj": {"2026-01": 1}, "hx-qsz": {"2026-03": 1}, "qs-mzj": {"2026-01": 2}})
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "caller", "hx-mzj", Role.CONTRIBUTOR, mobile="13912345678")
    world.sign_in(client, "hx-supervisor")
    page = client.get("/office/call-list").get_data(as_text=True)
    assert "13912345678" in page
    assert "3月份尚未发布计入任务的信息（月度任务20条），已连续2个月空白" in page
    assert "清水镇" not in page
    assert "青石县" not in page
    clock.advance(days=-10)
    early = client.get("/office/call-list").get_data(as_text=True)
    assert "13912345678" not in early
    assert "从每月20日起" in early


def test_one_mail_a_person_a_day_after_commit(
    world: World, services: Services, clock: AdjustableClock, owner_engine: Engine
) -> None:
    with services.database.system_scope("test") as uow:
        both = add_person(uow, world, "both", "hx-mzj", Role.CONTRIBUTOR, email="both@example.cn")
        uow.session.add(
            Membership(
                tenant_id=world.units["hx-gs"], user_id=both.id, role=Role.CONTRIBUTOR, section="", active=True,
                started_date=clock.now.date(),
            )
        )  # fmt: skip
    publish_month(owner_engine, world, "qs", "2026-01", 1)
    remind(services)
    assert mails(services) == []
    work_off(services)
    work_off(services)
    sent = mails(services)
    assert [mail["To"] for mail in sent] == ["both@example.cn"]
    text = sent[0].get_content()
    assert "和溪县民政局3月份" in text
    assert "和溪供水公司3月份" in text, "two units, one mail"
    with services.database.system_scope("test") as uow:
        for unit in ("hx-mzj", "hx-gs"):
            notify(uow, tenant_id=world.units[unit], kind="other", key="other", subject="另一提醒", body="另一提醒")
    work_off(services)
    assert len(mails(services)) == 1, "the second of the day stays in the application"
    with services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(OutboxEvent.kind)).all() == []


def test_a_refused_mail_is_tried_again_and_sent_once(world: World, services: Services, clock: AdjustableClock) -> None:
    class Moody:
        def __init__(self) -> None:
            self.refuse, self.sent = True, list[Mail]()

        def send(self, mail: Mail) -> None:
            if self.refuse:
                raise ConnectionRefusedError
            self.sent.append(mail)

    with services.database.system_scope("test") as uow:
        add_person(uow, world, "writer", "hx-mzj", Role.CONTRIBUTOR, email="writer@example.cn")
    moody = Moody()
    moodily = replace(services, notifier=moody)
    remind(services)
    work_off(moodily)
    with services.database.system_scope("test") as uow:
        again = uow.session.scalars(select(OutboxEvent).where(OutboxEvent.kind == "mail.due")).one()
        assert again.not_before > uow.now
    moody.refuse = False
    clock.advance(minutes=11)
    work_off(moodily)
    assert [mail.to for mail in moody.sent] == ["writer@example.cn"]
    with services.database.system_scope("test") as uow:
        send_mails(moodily, uow, [again.object_id])
    assert len(moody.sent) == 1


def test_a_closed_month_becomes_findings_once(world: World, owner_engine: Engine, clock: AdjustableClock) -> None:
    publish_months(
        owner_engine, world, {"hx-mzj": {"2025-12": 1}, "hx-qsz": {"2026-01": 2, "2026-02": 5}, "hx-gs": {"2026-02": 4}}
    )
    close_period(world.services)
    assert findings(world, "hx") == {}, "the 23rd is not the beginning of a month"
    clock.advance(days=-20)
    close_period(world.services)
    first = findings(world, "hx")
    assert {key for key in first if key[0] != "hx"} == {
        ("hx-mzj", "SR-Q1"), ("hx-mzj", "SR-Q2"), ("hx-mzj", "SR-Q3"), ("hx-qsz", "SR-Q1"),
    }  # fmt: skip
    blank = first["hx-mzj", "SR-Q3"].evidence
    assert (blank["task"], blank["counted"], blank["months"]) == (20, 0, ["2026-01", "2026-02"])
    close_period(world.services)
    again = findings(world, "hx")
    assert {key: (row.id, row.evidence, row.state) for key, row in again.items()} == {
        key: (row.id, row.evidence, row.state) for key, row in first.items()
    }
    above = findings(world, "yl")
    assert above, "the prefecture's office has its own units"
    assert not set(first) & set(above), "a unit's problem stands in one ledger, that of the nearest office"
    told = notices(world, "hx", "period_closed")
    assert len(told) == 1
    assert "其中空白月" in told[0].body


def test_a_finding_that_no_longer_holds_is_closed_with_its_history(
    world: World, owner_engine: Engine, client: FlaskClient
) -> None:
    publish_months(owner_engine, world, {"hx-mzj": {"2026-01": 1}, "qs": {"2025-01": 1}})

    def evaluate() -> dict[tuple[str, str], Finding]:
        with world.services.database.system_scope("test") as uow:
            evaluate_all(uow, period=Period.parse("2026-02"))
        return findings(world, "hx")

    assert evaluate()["hx-mzj", "SR-Q2"].state == "open"
    publish_month(owner_engine, world, "hx-mzj", "2026-02", 7, entry_route="migrated")
    after = evaluate()
    closed = after["hx-mzj", "SR-Q2"]
    assert (closed.state, closed.closed_at is not None) == ("closed", True)
    assert steps(world, closed) == ["found", "lapse"]
    short = after["hx-mzj", "SR-Q1"]
    assert (short.state, short.evidence["counted"]) == ("open", 7)
    assert steps(world, short) == ["found", "changed"]
    world.sign_in(client, "hx-mzj-contributor")
    page = client.get("/work/findings/").get_data(as_text=True)
    assert "月度任务20条，计入7条" in page
    assert "问题已消除，系统销号" in page
    assert "本单位有1项问题尚未销号" in page
    assert "和溪县" in page
    office = client.application.test_client()
    world.sign_in(office, "yl-supervisor")
    assert "月度任务20条，计入7条" in office.get("/office/findings").get_data(as_text=True), "the office above reads it"


def test_a_dismissed_finding_stays_as_it_was_dismissed(world: World, owner_engine: Engine) -> None:
    publish_month(owner_engine, world, "qs", "2026-01", 1)
    with world.services.database.system_scope("test") as uow:
        evaluate_all(uow, period=Period.parse("2026-02"))
    with world.services.database.system_scope("test") as uow:
        uow.session.get_one(Finding, findings(world, "hx")["hx-mzj", "SR-Q1"].id).state = "dismissed"
    publish_month(owner_engine, world, "hx-mzj", "2026-02", 7)
    with world.services.database.system_scope("test") as uow:
        evaluate_all(uow, period=Period.parse("2026-02"))
    dismissed = findings(world, "hx")["hx-mzj", "SR-Q1"]
    assert (dismissed.state, dismissed.evidence["counted"]) == ("dismissed", 0)


def test_the_office_lists_its_findings_and_no_others(world: World, owner_engine: Engine, client: FlaskClient) -> None:
    publish_month(owner_engine, world, "qs", "2026-01", 1)
    with world.services.database.system_scope("test") as uow:
        evaluate_all(uow, period=Period.parse("2026-02"))
    world.sign_in(client, "hx-supervisor")
    page = client.get("/office/findings?period=2026-02").get_data(as_text=True)
    assert "和溪县民政局" in page
    assert "青石县民政局" not in page
    assert "/office/units/hx-mzj" in page


def test_the_command_evaluates_and_refuses_a_running_month(world: World, owner_engine: Engine) -> None:
    publish_month(owner_engine, world, "hx-mzj", "2026-01", 1)
    run = CliRunner().invoke(main, ["supervision", "evaluate", "--period", "2026-02", "--json"], obj=world.services)
    assert run.exit_code == 0, run.output
    assert json.loads(run.output)["offices"]["hx"]["standing"]["SR-Q2"] == 3, (
        "the county's own body is judged by the prefecture"
    )
    again = CliRunner().invoke(main, ["supervision", "evaluate", "--period", "2026-02"], obj=world.services)
    assert "hx：" in again.output
    assert "新增0，变化0，消除0" in again.output
    running = CliRunner().invoke(main, ["supervision", "evaluate", "--period", "2026-03"], obj=world.services)
    assert running.exit_code == 1
    assert "尚未结束" in running.output + (running.stderr or "")
    wrong = CliRunner().invoke(main, ["supervision", "evaluate", "--period", "202603"], obj=world.services)
    assert wrong.exit_code == 1
