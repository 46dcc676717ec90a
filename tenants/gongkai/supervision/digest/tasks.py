"""The daily mail: planned in the morning of working days, made person by person."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import select

from gongkai.core.calendar.instants import SHANGHAI, shanghai_date
from gongkai.core.calendar.store import load_calendars
from gongkai.core.module import EventHandler
from gongkai.core.ports import Services
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.agenda.facts import agenda_of
from gongkai.supervision.agenda.plan import Agenda
from gongkai.supervision.digest.compose import ToldKey, compose
from gongkai.supervision.digest.records import HANDLERS as RECORD_HANDLERS
from gongkai.supervision.digest.records import Said, plan, told_on
from gongkai.supervision.digest.services import (
    MORNING,
    forget,
    lock_people,
    news_of,
    not_looked,
    recipients,
    remember,
    told_to,
)
from gongkai.tenancy.models import Tenant

DIGEST_DUE = "digest.due"
"""Outbox event: look whether the person (the object id) has something new today."""


def plan_digests(services: Services) -> None:
    """Job: in the morning of a unit's working days, have it looked what is new for its people who get the mail."""
    with services.database.system_scope("daily mail") as uow:
        if uow.now.astimezone(SHANGHAI).hour < MORNING:
            return
        today, calendars = shanghai_date(uow.now), load_calendars(uow)
        people = {row.user_id for row in recipients(uow) if calendars.of(row.tenant_id).is_working_day(today)}
        for user_id in not_looked(uow, user_ids=people, today=today):
            uow.emit(DIGEST_DUE, user_id)
        forget(uow)


def make_digests(services: Services, uow: UnitOfWork, user_ids: Sequence[int]) -> None:
    """Handler of `digest.due`: what is new for some people is planned as one mail each; nothing where nothing is."""
    today, wanted = shanghai_date(uow.now), set(user_ids)
    lock_people(uow, wanted)
    done = told_on(uow, user_ids=wanted, day=today)
    units: dict[int, list[int]] = {}
    for row in recipients(uow, user_ids=wanted - done):
        units.setdefault(row.user_id, []).append(row.tenant_id)
    known = {tenant_id for theirs in units.values() for tenant_id in theirs}
    rows = uow.session.execute(select(Tenant.id, Tenant.short_name).where(Tenant.id.in_(known)))
    names = {row.id: row.short_name for row in rows}
    agendas: dict[int, Agenda] = {tenant_id: agenda_of(uow, tenant_id=tenant_id) for tenant_id in sorted(known)}
    said: dict[int, Said] = {}
    told: dict[int, frozenset[ToldKey]] = {}
    for user_id, theirs in units.items():
        found = compose(
            news=news_of(uow, user_id=user_id, tenant_ids=theirs),
            agendas=[(tenant_id, names[tenant_id], agendas[tenant_id]) for tenant_id in theirs],
            told=told_to(uow, user_id=user_id),
            today=today,
        )
        if found is not None:
            said[user_id], told[user_id] = Said(theirs[0], found.subject, found.body), found.told
    for user_id in sorted(plan(services, uow, said=said)):
        remember(uow, user_id=user_id, told=told[user_id])


HANDLERS: Mapping[str, EventHandler] = MappingProxyType({DIGEST_DUE: make_digests, **RECORD_HANDLERS})
