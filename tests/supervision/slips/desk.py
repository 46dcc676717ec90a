"""Slips brought to a stage through the pages, by the county office and its units."""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.supervision.models import Notice
from gongkai.supervision.slips.models import ReminderSlip, SlipDelivery
from gongkai.supervision.slips.queries import SlipFigures, slip_figures
from tests.factories.world import World

SLIP = {
    "matter": "“财政预决算”栏目超过期限未更新",
    "basis": "《中华人民共和国政府信息公开条例》第二十条",
    "body": "3月20日检查发现，该栏目最近一次更新为2025年2月。\n请核实并补充公开。",
    "about": "财政预决算",
    "about_url": "https://www.example.gov.cn/units/hx-mzj/",
    "working_days": "5",
    "contact": "王明",
    "phone": "0550-1234567",
}
_SURE = timedelta(minutes=10)
"""So long a session that was used stays alive."""
ANSWER = {"text": "已补充公开2025年预算。", "link": "https://www.example.gov.cn/items/1"}


class Desk:
    """A person at the browser, who signs in again when time has passed."""

    def __init__(self, app: Flask, world: World, login: str) -> None:
        self.app, self.world, self.login = app, world, login
        self.client: FlaskClient = world.sign_in(app.test_client(), login)
        self._token, self._seen = "", datetime.min.replace(tzinfo=UTC)

    def page(self, path: str, status: int = 200, /) -> str:
        """A page's HTML."""
        self._stay()
        answer = self.client.get(path)
        shown = answer.get_data(as_text=True)
        assert answer.status_code == status, (path, answer.status_code, shown[:2000])
        return shown

    def file(self, path: str) -> bytes:
        """A file's bytes."""
        with self.client.get(path) as answer:
            assert answer.status_code == 200, path
            return answer.get_data()

    def send(self, path: str, status: int = 302, /, **fields: Any) -> str:
        """Post a form with its token; returns the page, or the place that it leads to."""
        self._stay()
        answer = self.client.post(path, data={"csrf_token": self._token, **fields})
        shown = answer.get_data(as_text=True)
        assert answer.status_code == status, (path, answer.status_code, shown[-3000:])
        if status != 302:
            return shown
        self._dismiss()
        return answer.headers["Location"]

    def _dismiss(self) -> None:
        """What the next page would say of this step would otherwise stand in for what that page itself shows."""
        with self.client.session_transaction() as session:
            session.pop("_flashes", None)

    def _stay(self) -> None:
        """Have a session that is alive, and its token."""
        now = self.world.services.database.clock()
        if now - self._seen < _SURE:
            return
        page = self.client.get("/account/password")
        if page.status_code == 302:
            self.client = self.world.sign_in(self.app.test_client(), self.login)
            page = self.client.get("/account/password")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.get_data(as_text=True))
        assert token is not None
        self._token, self._seen = token[1], now


def issued(office: Desk, world: World, *units: str, **changes: str) -> int:
    """A slip of an office to these units; returns its id."""
    place = office.send("/office/slips/new", units=[str(world.units[unit]) for unit in units], **SLIP | changes)
    return int(place.rsplit("/", 1)[1])


def delivery(world: World, slip_id: int, unit: str) -> SlipDelivery:
    """What a unit has of a slip."""
    with world.services.database.system_scope("test") as uow:
        query = select(SlipDelivery).where(SlipDelivery.slip_id == slip_id, SlipDelivery.tenant_id == world.units[unit])
        return uow.session.scalars(query).one()


def slips(world: World) -> list[ReminderSlip]:
    """All slips by id."""
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(ReminderSlip).order_by(ReminderSlip.id)))


def notices(world: World, unit: str, kind: str = "slip") -> list[str]:
    """Subjects of the notices of a kind that a unit has, in the order of time."""
    with world.services.database.system_scope("test") as uow:
        query = select(Notice.subject).where(Notice.tenant_id == world.units[unit], Notice.kind == kind)
        return list(uow.session.scalars(query.order_by(Notice.id)))


def figures(world: World, office: str = "hx", year: int = 2026) -> SlipFigures:
    """The figures of an office's year."""
    with world.services.database.system_scope("test") as uow:
        return slip_figures(
            uow, office_id=world.units[office], first=date(year, 1, 1), last=date(year, 12, 31)
        )  # fmt: skip
