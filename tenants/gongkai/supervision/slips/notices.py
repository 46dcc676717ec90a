"""Notices of reminder slips: to the unit when one is issued, before and after its day, when the office answers; to the
office when a unit replies. Each is given once.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import or_, select, update

from gongkai.core.calendar.instants import format_date, shanghai_date
from gongkai.core.calendar.store import load_calendars
from gongkai.core.db import AnyRow
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.alerts import notify
from gongkai.supervision.slips.models import ReminderSlip, SlipDelivery, SlipEvent
from gongkai.supervision.slips.services import ANSWERED, ISSUED, REPLIED
from gongkai.supervision.slips.states import WAITING, Event
from gongkai.tenancy.models import Tenant

SLIP_NOTICE = "slip"


def tell_units(_: Services, uow: UnitOfWork, slip_ids: Sequence[int]) -> None:
    """Handler of `slip.issued`: each unit learns what it was reminded of and by when it has to reply."""
    for row in uow.session.execute(_deliveries().where(SlipDelivery.slip_id.in_(slip_ids))):
        words = f"{row.office}印发工作提示单（{row.number}）“{row.matter}”，请于{format_date(row.due_date)}前回复。"
        _tell(uow, row, "issued", "收到工作提示单", words)


def tell_office(_: Services, uow: UnitOfWork, event_ids: Sequence[int]) -> None:
    """Handler of `slip.replied`: the office learns that a reply waits for its decision."""
    for row in uow.session.execute(_events(event_ids)):
        notify(
            uow,
            tenant_id=row.office_id,
            kind=SLIP_NOTICE,
            key=f"slip-reply:{row.event_id}",
            subject="工作提示单已回复",
            body=f"{row.unit}已回复工作提示单（{row.number}）“{row.matter}”，请审核后办结或者退回。",
            link=f"/office/slips/{row.slip_id}",
        )


def tell_answers(_: Services, uow: UnitOfWork, event_ids: Sequence[int]) -> None:
    """Handler of `slip.answered`: the unit learns that its reply was returned, or the slip withdrawn."""
    for row in uow.session.execute(_events(event_ids)):
        name, reason = f"工作提示单（{row.number}）“{row.matter}”", row.text.rstrip("。")
        if row.event == Event.RETURN:
            words = f"{row.office}退回了本单位对{name}的回复：{reason}。请于{format_date(row.due_date)}前重新回复。"
            _tell(uow, row, f"answer:{row.event_id}", "工作提示单的回复被退回", words)
        else:
            words = f"{row.office}撤回了{name}：{reason}。本单位无需再办理。"
            _tell(uow, row, f"answer:{row.event_id}", "工作提示单已撤回", words)


def remind_units(services: Services) -> None:
    """Job: remind each unit on the last working day before a reply is due, and once when it has passed."""
    with services.database.system_scope("reminder slips") as uow:
        today = shanghai_date(uow.now)
        calendars = load_calendars(uow)
        horizon = calendars.last_working_day_ahead(today)
        waiting = (SlipDelivery.told != "overdue", SlipDelivery.state.in_(WAITING))
        due = or_(SlipDelivery.due_date < today, SlipDelivery.told == "")
        query = _deliveries().where(*waiting, SlipDelivery.due_date <= horizon, due)
        told: dict[str, list[int]] = {"due": [], "overdue": []}
        for row in uow.session.execute(query.order_by(SlipDelivery.id)).all():
            overdue = row.due_date < today
            if row.due_date > calendars.of(row.tenant_id).next_working_day(today):
                continue
            told["overdue" if overdue else "due"].append(row.id)
            day, name = format_date(row.due_date), f"工作提示单（{row.number}）“{row.matter}”"
            if overdue:
                words = f"{row.office}的{name}应于{day}前回复，现已逾期，请尽快办理并回复。"
                _tell(uow, row, f"overdue:{row.due_date}", "工作提示单逾期未回复", words)
            else:
                words = f"{row.office}的{name}应于{day}前回复，请抓紧办理。"
                _tell(uow, row, f"due:{row.due_date}", "工作提示单即将到期", words)
        for what, ids in told.items():
            uow.session.execute(update(SlipDelivery).where(SlipDelivery.id.in_(ids)).values(told=what))


def _deliveries() -> Any:
    office = Tenant.__table__.alias("office")
    return (
        select(
            SlipDelivery.id, SlipDelivery.tenant_id, SlipDelivery.office_id, SlipDelivery.slip_id,
            SlipDelivery.due_date, ReminderSlip.number, ReminderSlip.matter, office.c.official_name.label("office"),
            Tenant.short_name.label("unit"),
        )
        .join(ReminderSlip, ReminderSlip.id == SlipDelivery.slip_id)
        .join(office, office.c.id == SlipDelivery.office_id)
        .join(Tenant, Tenant.id == SlipDelivery.tenant_id)
    )  # fmt: skip


def _events(event_ids: Sequence[int]) -> Any:
    query = _deliveries().join(SlipEvent, SlipEvent.delivery_id == SlipDelivery.id)
    query = query.add_columns(SlipEvent.id.label("event_id"), SlipEvent.event, SlipEvent.text)
    return query.where(SlipEvent.id.in_(event_ids)).order_by(SlipEvent.id)


def _tell(uow: UnitOfWork, row: AnyRow, key: str, subject: str, body: str) -> None:
    notify(
        uow,
        tenant_id=row.tenant_id,
        kind=SLIP_NOTICE,
        key=f"slip:{row.id}:{key}",
        subject=subject,
        body=body,
        link=f"/work/slips/{row.id}",
    )


HANDLERS: Mapping[str, EventHandler] = {ISSUED: tell_units, REPLIED: tell_office, ANSWERED: tell_answers}
