"""The demonstration's items of the current month: written, reviewed, approved and published by four people each."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy import select

from gongkai.accounts.actors import Actor, act, posts_of
from gongkai.accounts.models import User
from gongkai.catalog.models import ContentColumn
from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.ports import Services
from gongkai.core.uow import Database, UnitOfWork
from gongkai.publishing.chain import decide, submit
from gongkai.publishing.checks import unresolved
from gongkai.publishing.drafts import create_draft, findings, override_warnings
from gongkai.publishing.links.plans import PlanForm, save_plan
from gongkai.publishing.links.services import link
from gongkai.publishing.models import Item
from gongkai.publishing.schemas import ItemForm
from gongkai.run.demo.current import current_month
from gongkai.run.demo.moments import MovingClock
from gongkai.run.demo.rows import ItemRow, channels
from gongkai.run.demo.units import units
from gongkai.tenancy.models import Tenant

_NAMED = re.compile("《.+》")
REASON = "演示数据：已核实，按原内容公开。"


@dataclass(frozen=True, slots=True)
class _Desk:
    """The people of a unit, and its columns by code."""

    writer: Actor
    reviewer: Actor
    approver: Actor
    columns: Mapping[str, int]


def publish_current(services: Services, today: date) -> int:
    """Take every item of the current month through the chain at its own time; returns how many were published."""
    clock = MovingClock(services.database.clock())
    database = replace(services.database, clock=clock)
    present = services.database.clock().astimezone(SHANGHAI)
    desks: dict[str, _Desk] = {}
    done = 0
    for row in current_month(today, units(), now=present.time()):
        clock.now = row.published_at
        if row.unit_code not in desks:
            desks[row.unit_code] = _desk(database, row.unit_code)
        done += _publish(database, desks[row.unit_code], row)
    return done


def _desk(database: Database, unit_code: str) -> _Desk:
    with database.unit_of_work() as uow:
        tenant = uow.session.execute(select(Tenant.id).where(Tenant.code == unit_code)).scalar_one()
        columns = select(ContentColumn.code, ContentColumn.id).where(ContentColumn.tenant_id == tenant)
        return _Desk(
            writer=actor_of(uow, f"{unit_code}-xxy"),
            reviewer=actor_of(uow, f"{unit_code}-bms"),
            approver=actor_of(uow, f"{unit_code}-ld"),
            columns={row.code: row.id for row in uow.session.execute(columns)},
        )


def actor_of(uow: UnitOfWork, username: str) -> Actor:
    """A person of the demonstration at work in their unit; enters that scope."""
    user = uow.session.execute(select(User).where(User.username == username)).scalar_one()
    found = act(uow, user_id=user.id, name=user.name, posts=posts_of(uow, user_id=user.id), tenant_id=None)
    assert found is not None, username
    return found


def _publish(database: Database, desk: _Desk, row: ItemRow) -> bool:
    with database.transaction(desk.writer.scope()) as uow:
        if uow.session.scalar(
            select(Item.id).where(Item.tenant_id == desk.writer.tenant_id, Item.title == row.title).limit(1)
        ):
            return False
        item = create_draft(uow, actor=desk.writer, form=_form(desk, row))
        _belong_together(uow, desk, item, row)
        found = unresolved(findings(uow, item), {})
        if any(fault.level == "block" for fault in found):
            return False
        reasons = {fault.code: REASON for fault in found}
        if reasons:
            override_warnings(uow, actor=desk.writer, item_id=item.id, reasons=reasons)
        submit(uow, actor=desk.writer, item_id=item.id)
        decide(uow, actor=desk.reviewer, item_id=item.id)
        decide(uow, actor=desk.approver, item_id=item.id)
    return True


def _belong_together(uow: UnitOfWork, desk: _Desk, item: Item, row: ItemRow) -> None:
    """Plan the interpretation of a normative document; link an interpretation with the document that it names."""
    if row.column_code == "gfxwj" and not row.is_reprint:
        plan = PlanForm(shanghai_date(uow.now), "文字解读", desk.writer.name, "")
        save_plan(uow, item=item, form=plan)
    named = _NAMED.search(row.title)
    if row.column_code != "zcjd" or named is None:
        return
    document = select(Item.id).where(
        Item.tenant_id == item.tenant_id, Item.column_id == desk.columns.get("gfxwj"), Item.is_public,
        Item.title.contains(named[0], autoescape=True),
    )  # fmt: skip
    found = uow.session.scalar(document.order_by(Item.id.desc()).limit(1))
    if found is not None:
        link(uow, actor=desk.writer, item_id=item.id, other_id=found)


def _form(desk: _Desk, row: ItemRow) -> ItemForm:
    return ItemForm(
        column_id=desk.columns[row.column_code],
        title=row.title,
        document_number=row.document_number,
        issuing_agency=row.issuing_agency,
        formed_date=row.formed_date,
        summary=row.summary,
        body_html=row.body_html,
        subject_class=row.subject_class,
        genre_class=row.genre_class,
        is_reprint=row.is_reprint,
        origin="obtained_from_agency" if row.is_reprint else "produced",
        responsible_unit=row.responsible_unit,
        secrecy_cleared=True,
        optional=channels(row),
    )
