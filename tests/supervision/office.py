"""A person of an office at the browser, and circulars brought to a stage through the pages."""

import re
from typing import Any

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from gongkai.supervision.models import Circular
from tests.factories.world import World


class Office:
    """A person of an office at the browser."""

    def __init__(self, app: Flask, world: World, login: str) -> None:
        self.client: FlaskClient = world.sign_in(app.test_client(), login)

    def page(self, path: str, status: int = 200, /) -> str:
        """A page's HTML."""
        answer = self.client.get(path)
        assert answer.status_code == status, (path, answer.status_code, answer.get_data(as_text=True)[:1500])
        return answer.get_data(as_text=True)

    def send(self, path: str, status: int = 302, /, **fields: Any) -> str:
        """Post a form and return what is answered; `__` in a field's name stands for a colon."""
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', self.page("/office/circulars/new"))
        assert token is not None
        data = {"csrf_token": token[1], **{name.replace("__", ":"): value for name, value in fields.items()}}
        answer = self.client.post(path, data=data)
        shown: str = answer.get_data(as_text=True)
        assert answer.status_code == status, (path, answer.status_code, shown[:3000])
        return shown


def opened(world: World, office: Office) -> int:
    """Open the March circular and lock its figures; returns its id."""
    office.send("/office/circulars/new", period="2023-03", coverage="all")
    with world.services.database.system_scope("test") as uow:
        own = select(Circular.id).where(Circular.tenant_id == world.units["hx"], Circular.state == "collecting")
        circular_id = uow.session.execute(own).scalar_one()
    office.send(f"/office/circulars/{circular_id}/lock")
    return circular_id


REQUIREMENTS = {
    "deadline": "2023-04-28",
    "recheck_date": "2023-05-05",
    "contact": "王明",
    "phone": "0550-1234567",
    "addressees": "各乡镇人民政府、街道办事处：",
    "banner": "和溪县人民政府办公室文件",
    "signature": "和溪县人民政府办公室",
}


def drafted(world: World, office: Office, *, verified: bool = True) -> int:
    """A circular with its demands and text, and with a reason for not asking those whom it names."""
    circular_id = opened(world, office)
    office.send(f"/office/circulars/{circular_id}/requirements", **REQUIREMENTS)
    office.page(f"/office/circulars/{circular_id}/text")
    if verified:
        verified_on_paper(office, f"/office/circulars/{circular_id}")
    return circular_id


def verified_on_paper(office: Office, path: str) -> None:
    """Say why the units that a circular names are not asked; one that names nobody needs no reason."""
    if "/verification/skip" in office.page(f"{path}/verification"):
        office.send(f"{path}/verification/skip", skip_reason="已在线下书面核实")


def signed(app: Flask, world: World) -> tuple[Office, int]:
    """A circular drafted by one and signed by another person of the office."""
    drafter = Office(app, world, "hx-supervisor")
    circular_id = drafted(world, drafter)
    drafter.send(f"/office/circulars/{circular_id}/submit")
    Office(app, world, "hx-leader").send(f"/office/circulars/{circular_id}/sign", opinion="同意印发")
    return drafter, circular_id


def stored(world: World, circular_id: int) -> Circular:
    """The row."""
    with world.services.database.system_scope("test") as uow:
        return uow.session.get_one(Circular, circular_id)
