"""Correcting what is recorded of a unit: its codes and contact, and the day from which it exists."""

from datetime import date, datetime, time

from sqlalchemy import select

from gongkai.core.calendar.instants import SHANGHAI, format_date, shanghai_date
from gongkai.core.calendar.periods import Period
from gongkai.core.calendar.spans import Span
from gongkai.core.errors import Fault, Invalid
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item
from gongkai.supervision.models import Circular
from gongkai.tenancy.history import change_first_day, first_day
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.services import UnitCodes, change_codes


def correct_unit(uow: UnitOfWork, *, tenant_id: int, codes: UnitCodes, established_date: date) -> Tenant:
    """Correct a unit's codes, contact and first day; nothing is written when one of them is refused.

    A later first day would take a unit out of months in which it published, or that a circular reports on.

    Raises:
        NotFound: when the unit is missing.
        Invalid: naming `established_date` when the new day is not possible.
    """
    before = first_day(uow, tenant_id=tenant_id)
    tenant = change_codes(uow, tenant_id=tenant_id, codes=codes)
    if before is not None and established_date > before:
        _refuse_published(uow, tenant_id, before, established_date)
        _refuse_reported(uow, tenant, before, established_date)
    change_first_day(uow, tenant_id=tenant_id, day=established_date)
    return tenant


def _refuse_published(uow: UnitOfWork, tenant_id: int, before: date, after: date) -> None:
    begin, end = (datetime.combine(day, time.min, tzinfo=SHANGHAI) for day in (before, after))
    earliest = uow.session.scalar(
        select(Item.published_at)
        .where(Item.tenant_id == tenant_id, Item.published_at >= begin, Item.published_at < end)
        .order_by(Item.published_at)
        .limit(1)
    )
    if earliest is not None:
        problem = f"该单位{format_date(shanghai_date(earliest))}已有公开的信息，成立日期不能晚于这一天"
        raise Invalid([Fault("established_date", problem, "请核对日期")])


def _refuse_reported(uow: UnitOfWork, tenant: Tenant, before: date, after: date) -> None:
    above = [int(label) for label in tenant.path.split(".")]
    issued = select(Circular.period).where(Circular.tenant_id.in_(above), Circular.state == "issued")
    spans = [Span.parse(period) for period in uow.session.scalars(issued)]
    reported = [span for span in spans if span.last >= Period.of(before) and span.first <= Period.of(after)]
    if reported:
        first = min(reported, key=lambda span: (span.first, span.length))
        problem = f"{first.label}的通报已经印发，其中统计了该单位"
        raise Invalid([Fault("established_date", problem, "成立日期不能改到该月或以后，请核对日期")])
