"""One mail a person a day, the choice of it, and the gateway, by jobs and pages."""

import hmac
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from gongkai.accounts.permissions import Role
from gongkai.core.models import OutboxEvent
from gongkai.core.ports import Services
from gongkai.core.settings import ConfigurationError, read_settings
from gongkai.supervision.alerts import notify
from gongkai.supervision.digest.models import AlertTold
from gongkai.supervision.digest.records import HOOK_DUE
from gongkai.supervision.digest.tasks import plan_digests
from gongkai.supervision.digest.webhook import signature, wait
from tests.conftest import START, AdjustableClock
from tests.factories.items import draft, work_off
from tests.factories.world import World, add_person
from tests.supervision.slips.desk import Desk
from tests.supervision.test_alerts import mails

SECRET = "a-shared-secret-of-32-characters!"


@pytest.fixture(autouse=True)
def _no_old_mail(services: Services) -> None:
    folder = services.settings.data_directory / "mail"
    for file in folder.iterdir() if folder.exists() else ():
        file.unlink()


@pytest.fixture
def writer(world: World) -> str:
    """A second contributor of the bureau, with an address and a telephone number."""
    with world.services.database.system_scope("test") as uow:
        add_person(
            uow, world, "writer", "hx-mzj", Role.CONTRIBUTOR, email="writer@example.cn", mobile="13900001111"
        )  # fmt: skip
    return "writer"


def tell(world: World, key: str, unit: str = "hx-mzj", **values: Any) -> None:
    """A notice to a unit."""
    with world.services.database.system_scope("test") as uow:
        notify(uow, tenant_id=world.units[unit], kind="other", key=key, subject=key, body=f"{key}。", **values)


def morning(services: Services) -> None:
    """What the job and the outbox do."""
    plan_digests(services)
    work_off(services)


def test_the_morning_brings_what_the_first_mail_did_not_say(
    world: World, writer: str, services: Services, clock: AdjustableClock
) -> None:
    tell(world, "第一条")
    work_off(services)
    tell(world, "第二条")
    work_off(services)
    assert [mail["Subject"] for mail in mails(services)] == ["【政府信息公开平台】第一条"]
    morning(services)
    assert len(mails(services)) == 1, "one a day"
    clock.advance(days=1)
    clock.now = clock.now.replace(hour=23)
    morning(services)
    assert len(mails(services)) == 1, "seven in the morning of the next day"
    clock.advance(hours=2)
    morning(services)
    morning(services)
    _, second = mails(services)
    assert second["To"] == "writer@example.cn"
    assert "第二条。" in second.get_content()
    assert "第一条。" not in second.get_content()
    clock.advance(days=1)
    morning(services)
    assert len(mails(services)) == 2, "nothing new, no mail"


def test_at_night_and_on_days_off_nothing_is_mailed_but_what_cannot_wait(
    world: World, writer: str, services: Services, clock: AdjustableClock
) -> None:
    clock.now = START.replace(hour=18)
    tell(world, "夜间通知")
    work_off(services)
    assert mails(services) == []
    with services.database.system_scope("test") as uow:
        notify(uow, tenant_id=world.units["hx-mzj"], kind="emergency", key="e", subject="紧急撤下", body="紧急撤下。")
    work_off(services)
    (sent,) = mails(services)
    assert "夜间通知" not in sent.get_content()
    clock.now = START + timedelta(days=5)
    morning(services)
    assert len(mails(services)) == 1, "Saturday"
    clock.advance(days=2)
    morning(services)
    assert "夜间通知" in mails(services)[1].get_content()


def test_a_matter_of_the_agenda_is_told_once(
    world: World, writer: str, services: Services, clock: AdjustableClock
) -> None:
    draft(world, title="春季防火通知", formed_date=START.date() - timedelta(days=26))
    morning(services)
    (sent,) = mails(services)
    assert "《春季防火通知》应当公开" in sent.get_content()
    for _ in range(3):
        clock.advance(days=1)
        morning(services)
    later = [mail.get_content() for mail in mails(services)[1:]]
    assert not any("春季防火通知" in text for text in later)
    with services.database.system_scope("test") as uow:
        told = select(AlertTold.kind).where(AlertTold.user_id == world.people[writer])
        assert "item" in uow.session.scalars(told).all()


def test_a_person_chooses(app: Flask, world: World, writer: str, services: Services, clock: AdjustableClock) -> None:
    own = Desk(app, world, writer)
    page = own.page("/account/mail")
    assert "您会收到一封汇总提醒（writer@example.cn）" in page
    assert re.search(r'name="wanted"[^>]*checked', page)
    own.send("/account/mail")
    assert "您不接收汇总提醒" in own.page("/account/mail")
    tell(world, "通知")
    work_off(services)
    morning(services)
    assert mails(services) == []
    own.send("/account/mail", wanted="1")
    clock.advance(days=1)
    morning(services)
    assert len(mails(services)) == 1
    assert "/account/mail" in own.page("/work/notices/")
    reviewer = Desk(app, world, "hx-mzj-confidentiality_reviewer")
    assert "没有登记邮箱和手机号" in reviewer.page("/account/mail")


@dataclass
class Gateway:
    """A gateway on this machine that keeps what it takes; it answers with `status`."""

    status: int = 200
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    held = Gateway()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            held.taken.append((dict(self.headers.items()), body))
            self.send_response(held.status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the console."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    held.url = f"http://127.0.0.1:{server.server_port}/alerts?key=1"
    yield held
    server.shutdown()
    server.server_close()
    thread.join()


def hooked(services: Services, gateway: Gateway) -> Services:
    """The services with the gateway."""
    changed = {"alert_webhook_url": gateway.url, "alert_webhook_secret": SECRET}
    return replace(services, settings=services.settings.model_copy(update=changed))


def test_the_gateway_is_handed_signed_messages_once(
    world: World, writer: str, services: Services, gateway: Gateway
) -> None:
    with_hook = hooked(services, gateway)
    tell(world, "通知")
    work_off(with_hook)
    work_off(with_hook)
    ((headers, body),) = gateway.taken
    (message,) = json.loads(body)["messages"]
    assert (message["mobile"], message["subject"], message["text"]) == ("13900001111", "通知", "通知。")
    assert message["unit"] == "和溪县民政局"
    sent = headers["X-Gongkai-Timestamp"]
    assert sent == str(int(START.timestamp()))
    assert hmac.compare_digest(headers["X-Gongkai-Signature"], signature(SECRET, sent, body))
    assert headers["X-Gongkai-Signature"] != signature("another", sent, body)


def test_a_refusal_is_tried_again_later_and_later_for_a_day(
    world: World, writer: str, services: Services, gateway: Gateway, clock: AdjustableClock
) -> None:
    with_hook = hooked(services, gateway)
    gateway.status = 500
    tell(world, "通知")
    work_off(with_hook)
    assert len(gateway.taken) == 1
    clock.advance(seconds=59)
    work_off(with_hook)
    assert len(gateway.taken) == 1
    clock.advance(seconds=1)
    work_off(with_hook)
    assert len(gateway.taken) == 2
    gateway.status = 204
    clock.advance(minutes=1)
    work_off(with_hook)
    assert len(gateway.taken) == 3
    ids = {json.loads(body)["messages"][0]["id"] for _, body in gateway.taken}
    assert len(ids) == 1, "the gateway can drop what it has"
    clock.advance(hours=2)
    work_off(with_hook)
    assert len(gateway.taken) == 3


def test_after_a_day_it_is_given_up(world: World, writer: str, services: Services, clock: AdjustableClock) -> None:
    nobody = Gateway(url="http://127.0.0.1:9/alerts")
    with_hook = hooked(services, nobody)
    tell(world, "通知")
    work_off(with_hook)
    clock.advance(days=1)
    work_off(with_hook)
    with services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(OutboxEvent).where(OutboxEvent.kind == HOOK_DUE)).all() == []


def test_waits_double_up_to_an_hour() -> None:
    age, waits = timedelta(), []
    for _ in range(9):
        waits.append(int(wait(age).total_seconds() // 60))
        age += wait(age)
    assert waits == [1, 1, 2, 4, 8, 16, 32, 60, 60]


def test_without_a_gateway_nothing_is_planned_and_a_secret_is_needed(
    world: World, writer: str, services: Services
) -> None:
    tell(world, "通知")
    work_off(services)
    with services.database.system_scope("test") as uow:
        assert uow.session.scalars(select(OutboxEvent).where(OutboxEvent.kind == HOOK_DUE)).all() == []
    environ = {
        "DATABASE_URL": "postgresql://x", "GONGKAI_SECRET_KEY": "s" * 32, "GONGKAI_PASSWORD_SALT": "p" * 16,
        "GONGKAI_DATA_DIRECTORY": "/tmp", "GONGKAI_MODE": "embedded", "GONGKAI_ALERT_WEBHOOK_URL": "http://10.0.0.1/",
    }  # fmt: skip
    with pytest.raises(ConfigurationError, match="GONGKAI_ALERT_WEBHOOK_SECRET"):
        read_settings(environ)
    assert read_settings(environ | {"GONGKAI_ALERT_WEBHOOK_SECRET": SECRET}).alert_webhook_secret == SECRET
