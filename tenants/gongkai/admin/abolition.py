"""What the end of a unit does to its people, and what it leaves public."""

from datetime import date, datetime, time

from sqlalchemy import func, select, update

from gongkai.accounts.models import Membership
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.models import Item, PeriodCount


def end_posts(uow: UnitOfWork, *, tenant_id: int, day: date, reason: str) -> None:
    """End every post in a unit on a day."""
    ended = uow.session.scalars(
        update(Membership)
        .where(Membership.tenant_id == tenant_id, Membership.active)
        .values(active=False, ended_date=func.greatest(Membership.started_date, day))
        .returning(Membership.user_id)
        .execution_options(synchronize_session=False)
    ).all()
    detail = {"ended_date": day.isoformat(), "users": sorted(set(ended)), "reason": reason}
    uow.audit("membership.end", tenant_id=tenant_id, object_type="tenant", object_id=tenant_id, detail=detail)


def published_count(uow: UnitOfWork, tenant_id: int) -> int:
    """Public items of a unit."""
    query = select(func.coalesce(func.sum(PeriodCount.total), 0)).where(PeriodCount.tenant_id == tenant_id)
    return int(uow.session.execute(query).scalar_one())


def published_since(uow: UnitOfWork, tenant_id: int, day: date) -> int:
    """Public items of a unit that were published on a day or later."""
    begin = datetime.combine(day, time.min, tzinfo=SHANGHAI)
    query = select(func.count()).where(Item.tenant_id == tenant_id, Item.is_public, Item.published_at >= begin)
    return int(uow.session.execute(query).scalar_one())
