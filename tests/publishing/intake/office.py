"""A document system of 和溪县民政局 at the interface: documents as it would send them."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from typing import Any

import docx
from flask import Flask
from sqlalchemy import select

from gongkai.accounts.permissions import Role
from gongkai.publishing.intake.models import IntakeDocument
from gongkai.publishing.intake.senders import register_sender
from gongkai.publishing.models import Attachment, Item
from tests.factories.world import World, add_person
from tests.publishing.intake.client import Answer, IntakeClient

ADMIN = "hx-mzj-unit_admin"
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def word(*paragraphs: str) -> bytes:
    """A Word document."""
    made = docx.Document()
    for paragraph in paragraphs or ("各村（社区）：", "现就做好春季防火工作通知如下。"):
        made.add_paragraph(paragraph)
    stream = BytesIO()
    made.save(stream)
    return stream.getvalue()


def ofd() -> bytes:
    """An OFD document, as far as its container tells."""
    stream = BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("OFD.xml", "<ofd:OFD xmlns:ofd='http://www.ofdspec.org/2016'/>")
    return stream.getvalue()


def fields(**changes: Any) -> dict[str, Any]:
    """A complete document; None takes a field away."""
    made = {
        "id": "HXMZ-2026-0113",
        "column": "gsgg",
        "title": "关于做好2026年春季森林草原防火工作的通知",
        "document_number": "和民发[2026] 013号",
        "formed_date": "2026-03-16",
        "summary": "部署春季防火工作，明确责任和时限。",
        "disclosure_mode": "proactive",
        "responsible_unit": "救灾科",
        "signatory": "王建国",
        "signed_date": "2026-03-16",
        "signing_opinion": "同意印发。",
        "text": "通知.docx",
    }
    return {name: value for name, value in (made | changes).items() if value is not None}


@dataclass
class System:
    """A registered document system, its client, and what became of what it sent."""

    app: Flask
    world: World
    client: IntakeClient
    key: str
    sender_id: int

    def send(self, data: bytes | None = None, **changes: Any) -> Answer:
        """Send a document with changes to its fields; `data` is its text."""
        return self.client.send(fields(**changes), text=data or word())

    def sent(self, data: bytes | None = None, **changes: Any) -> dict[str, Any]:
        """The receipt of a document that is taken in."""
        status, told = self.send(data, **changes)
        assert status == 201, told
        return told

    def item(self, told: Mapping[str, Any]) -> Item:
        """The draft of a receipt."""
        with self.world.services.database.system_scope("test") as uow:
            return uow.session.execute(select(Item).where(Item.id == told["item_id"])).scalar_one()


def system(
    app: Flask, world: World, login: str = ADMIN, *, covers_subtree: bool = False, name: str = "公文系统"
) -> System:
    """Register a document system as an administrator would."""
    services = world.services
    with services.database.transaction() as uow:
        actor = world.actor(uow, login)
        made = register_sender(uow, actor=actor, settings=services.settings, name=name, covers_subtree=covers_subtree)
    browser = app.test_client(use_cookies=False)

    def transport(method: str, path: str, headers: Mapping[str, str], body: bytes) -> Answer:
        answer = browser.open(path, method=method, headers=dict(headers), data=body)
        return answer.status_code, json.loads(answer.get_data())

    client = IntakeClient(
        "http://localhost", made.sender.key_id, made.secret, transport=transport,
        clock=lambda: services.database.clock().timestamp(),
    )  # fmt: skip
    return System(app, world, client, made.sender.key_id, made.sender.id)


def county_admin(world: World) -> str:
    """The login of an administrator of the county's government."""
    with world.services.database.system_scope("test") as uow:
        add_person(uow, world, "hx-unit_admin", "hx", Role.UNIT_ADMIN)
    return "hx-unit_admin"


def attachments(world: World, item_id: int) -> list[tuple[str, str]]:
    """Names and media types of a draft's files, in order."""
    query = select(Attachment.filename, Attachment.media_type).where(Attachment.item_id == item_id)
    with world.services.database.system_scope("test") as uow:
        return [(row.filename, row.media_type) for row in uow.session.execute(query.order_by(Attachment.sort_order))]


def documents(world: World) -> list[IntakeDocument]:
    """Everything that was received."""
    with world.services.database.system_scope("test") as uow:
        return list(uow.session.scalars(select(IntakeDocument).order_by(IntakeDocument.id)))
