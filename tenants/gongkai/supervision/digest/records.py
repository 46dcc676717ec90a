"""A mail, and a message for the gateway, as they were planned: records among the notices, which no page shows.

A record is handed over once; `read_at` says when. Its key keeps a person from having two of a day.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import structlog
from sqlalchemy import or_, select

from gongkai.accounts.models import User
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.module import EventHandler
from gongkai.core.ports import Mail, Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.digest.webhook import GIVEN_UP, Message, NotTaken, hand_over, wait
from gongkai.supervision.models import Notice
from gongkai.tenancy.models import Tenant

log = structlog.get_logger()
MAIL_RECORD, HOOK_RECORD = "mail", "webhook"
RECORDS = (MAIL_RECORD, HOOK_RECORD)
MAIL_DUE, HOOK_DUE = "mail.due", "webhook.due"
MAIL_AGAIN = timedelta(minutes=10)
MAIL_GIVEN_UP = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Said:
    """What a person is told: the unit that it is about, a subject, the text."""

    tenant_id: int
    subject: str
    body: str


def plan(services: Services, uow: UnitOfWork, *, said: Mapping[int, Said]) -> set[int]:
    """Plan the mail, and the message where there is a gateway, of each person: user id → what to say.

    Returns:
        Those who can be reached.
    """
    day, reached = shanghai_date(uow.now), set[int]()
    query = select(User.id, User.email, User.mobile).where(User.id.in_(said), User.active)
    for person in uow.session.execute(query.order_by(User.id)).all():
        if person.email:
            _record(uow, MAIL_RECORD, person.id, said[person.id], day, MAIL_DUE)
            reached.add(person.id)
        if person.mobile and services.settings.alert_webhook_url:
            _record(uow, HOOK_RECORD, person.id, said[person.id], day, HOOK_DUE)
            reached.add(person.id)
    return reached


def _record(uow: UnitOfWork, kind: str, user_id: int, said: Said, day: date, event: str) -> None:
    record = Notice(
        tenant_id=said.tenant_id, user_id=user_id, kind=kind, key=f"{kind}:{day}:{user_id}", subject=said.subject,
        body=said.body, created_at=uow.now,
    )  # fmt: skip
    uow.session.add(record)
    uow.session.flush()
    uow.emit(event, record.id)


def told_on(uow: UnitOfWork, *, user_ids: Collection[int], day: date) -> set[int]:
    """Those of some people for whom a mail or a message of a day is planned."""
    of_day = or_(*(Notice.key.startswith(f"{kind}:{day}:") for kind in RECORDS))
    query = select(Notice.user_id).where(Notice.user_id.in_(user_ids), of_day)
    return {user_id for user_id in uow.session.scalars(query) if user_id is not None}


def send_mails(services: Services, uow: UnitOfWork, record_ids: Sequence[int]) -> None:
    """Handler of `mail.due`: hand each planned mail over once; a refusal is tried again for a day."""
    planned: Any = (
        select(Notice, User.email)
        .join(User, User.id == Notice.user_id)
        .where(
            Notice.id.in_(record_ids), Notice.kind == MAIL_RECORD, Notice.read_at.is_(None), User.email.is_not(None)
        )
        .order_by(Notice.id)
    )  # fmt: skip
    for record, address in uow.session.execute(planned):
        text = (
            f"{record.body}\n\n请登录平台办理：{services.settings.base_url}/work/\n（本邮件由系统发送，请勿回复。）\n"
        )
        try:
            services.notifier.send(Mail(address, f"【政府信息公开平台】{record.subject}", text))
        except OSError as error:
            # Raising would send the others of this batch a second time.
            log.warning("mail.refused", notice_id=record.id, error=type(error).__name__)
            if uow.now - record.created_at < MAIL_GIVEN_UP:
                uow.emit(MAIL_DUE, record.id, delay=MAIL_AGAIN)
        else:
            record.read_at = uow.now


def send_messages(services: Services, uow: UnitOfWork, record_ids: Sequence[int]) -> None:
    """Handler of `webhook.due`: hand the planned messages over in one request; a refusal is tried again for a day."""
    url, secret = services.settings.alert_webhook_url, services.settings.alert_webhook_secret
    planned: Any = (
        select(Notice, User.name, User.mobile, Tenant.official_name)
        .join(User, User.id == Notice.user_id)
        .join(Tenant, Tenant.id == Notice.tenant_id)
        .where(
            Notice.id.in_(record_ids), Notice.kind == HOOK_RECORD, Notice.read_at.is_(None), User.mobile.is_not(None)
        )
        .order_by(Notice.id)
    )  # fmt: skip
    rows = uow.session.execute(planned).all() if url else []
    if not rows:
        return
    page = f"{services.settings.base_url}/work/"
    messages = [Message(row.id, name, mobile, unit, row.subject, row.body, page) for row, name, mobile, unit in rows]
    records = [row for row, _, _, _ in rows]
    try:
        hand_over(url=url, secret=secret, messages=messages, now=uow.now)
    except NotTaken as error:
        log.warning("webhook.refused", messages=len(messages), error=str(error))
        for record in records:
            age = uow.now - record.created_at
            if age < GIVEN_UP:
                uow.emit(HOOK_DUE, record.id, delay=wait(age))
    else:
        for record in records:
            record.read_at = uow.now


HANDLERS: Mapping[str, EventHandler] = {MAIL_DUE: send_mails, HOOK_DUE: send_messages}
