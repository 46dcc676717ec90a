"""Who gets the daily mail, what is in it, and that nothing is told twice."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.dialects.postgresql import insert

from gongkai.accounts.models import Membership, User
from gongkai.accounts.permissions import Role
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.digest.compose import NOTICE, News, ToldKey
from gongkai.supervision.digest.models import AlertTold, MailChoice
from gongkai.supervision.digest.records import RECORDS
from gongkai.supervision.models import Notice

BY_DEFAULT = (Role.CONTRIBUTOR, Role.SUPERVISOR)
"""Posts whose holders get the mail as long as they have said nothing."""
KEPT = timedelta(days=400)
NEWS_DAYS = timedelta(days=14)
"""As long as the longest days off, in which no mail is sent."""
MOST_NEWS = 50
MORNING = 8
"""The hour, in Shanghai, from which on the mails of a working day are sent."""


@dataclass(frozen=True, slots=True)
class Reader:
    """A person with address and telephone number; `wanted`: whether the daily mail is sent."""

    email: str | None
    mobile: str | None
    wanted: bool


def gets_mail(uow: UnitOfWork, *, user_id: int) -> Reader:
    """Whether a person gets the daily mail: as chosen, else by the posts held."""
    person = uow.session.get_one(User, user_id)
    wanted = uow.session.scalar(select(MailChoice.wanted).where(MailChoice.user_id == user_id))
    if wanted is None:
        held = select(Membership.id).where(
            Membership.user_id == user_id, Membership.active, Membership.role.in_(BY_DEFAULT)
        )  # fmt: skip
        wanted = uow.session.scalar(held.limit(1)) is not None
    return Reader(person.email, person.mobile, wanted)


def choose(uow: UnitOfWork, *, user_id: int, wanted: bool) -> None:
    """Keep what a person says about the daily mail."""
    chosen = insert(MailChoice).values(user_id=user_id, wanted=wanted)
    uow.session.execute(chosen.on_conflict_do_update(index_elements=["user_id"], set_={"wanted": wanted}))
    uow.audit("mail.choose", object_type="user", object_id=user_id, detail={"wanted": wanted})


def recipients(
    uow: UnitOfWork, *, tenant_ids: Iterable[int] | None = None, user_ids: Iterable[int] | None = None
) -> Sequence[AnyRow]:
    """The people who get the mail of their units, with an address or a telephone number, of some units or of some
    people alone: tenant_id, user_id."""
    by_default = MailChoice.wanted.is_(None) & Membership.role.in_(BY_DEFAULT)
    query = (
        select(Membership.tenant_id, User.id.label("user_id"))
        .distinct()
        .join(User, User.id == Membership.user_id)
        .outerjoin(MailChoice, MailChoice.user_id == User.id)
        .where(
            Membership.active, User.active, or_(User.email.is_not(None), User.mobile.is_not(None)),
            or_(MailChoice.wanted.is_(True), by_default),
        )
        .order_by(User.id, Membership.tenant_id)
    )  # fmt: skip
    if tenant_ids is not None:
        query = query.where(Membership.tenant_id.in_(tenant_ids))
    if user_ids is not None:
        query = query.where(User.id.in_(user_ids))
    return uow.session.execute(query).all()


def not_looked(uow: UnitOfWork, *, user_ids: Collection[int], today: date) -> list[int]:
    """Those of some people for whom it was not looked today whether there is a mail; from now on it was."""
    if not user_ids:
        return []
    looked = insert(MailChoice).values([{"user_id": user_id, "looked_date": today} for user_id in sorted(user_ids)])
    stale = or_(MailChoice.looked_date.is_(None), MailChoice.looked_date < today)
    query = looked.on_conflict_do_update(index_elements=["user_id"], set_={"looked_date": today}, where=stale)
    return sorted(uow.session.scalars(query.returning(MailChoice.user_id)))


def news_of(uow: UnitOfWork, *, user_id: int, tenant_ids: Collection[int]) -> list[News]:
    """The notices of the last days that are for a person, or for the units whose mail the person gets, unread."""
    mine = or_(Notice.user_id == user_id, Notice.user_id.is_(None) & Notice.tenant_id.in_(tenant_ids))
    rows: Any = uow.session.execute(
        select(Notice.id, Notice.tenant_id, Notice.created_at, Notice.subject, Notice.body, Notice.link)
        .where(mine, Notice.read_at.is_(None), Notice.kind.not_in(RECORDS), Notice.created_at >= uow.now - NEWS_DAYS)
        .order_by(Notice.id)
        .limit(MOST_NEWS)
    ).all()
    return [
        News(row.id, row.tenant_id, shanghai_date(row.created_at), row.subject, row.body, row.link) for row in rows
    ]  # fmt: skip


def told_to(uow: UnitOfWork, *, user_id: int) -> set[ToldKey]:
    """What a person was told."""
    query = select(AlertTold.tenant_id, AlertTold.kind, AlertTold.object_id, AlertTold.due_date)
    return {tuple(row) for row in uow.session.execute(query.where(AlertTold.user_id == user_id))}  # type: ignore[misc]


def remember(uow: UnitOfWork, *, user_id: int, told: Iterable[ToldKey]) -> None:
    """Remember that a person was told."""
    rows = [
        {
            "user_id": user_id, "tenant_id": tenant_id, "kind": kind, "object_id": object_id, "due_date": due,
            "told_at": uow.now,
        }
        for tenant_id, kind, object_id, due in sorted(told)
    ]  # fmt: skip
    if rows:
        uow.session.execute(insert(AlertTold).values(rows).on_conflict_do_nothing())


def remember_notices(uow: UnitOfWork, *, told: Mapping[int, Sequence[Notice]]) -> None:
    """Remember the notices that people were mailed at once: person → notices."""
    for user_id, notices in told.items():
        keys = [(one.tenant_id, NOTICE, one.id, shanghai_date(one.created_at)) for one in notices]
        remember(uow, user_id=user_id, told=keys)


def forget(uow: UnitOfWork) -> int:
    """Forget what was told long ago; returns how much that was."""
    gone = uow.session.execute(delete(AlertTold).where(AlertTold.told_at < uow.now - KEPT))
    return int(getattr(gone, "rowcount", 0))


def lock_people(uow: UnitOfWork, user_ids: Collection[int]) -> None:
    """Keep two jobs from writing to one person at the same time."""
    uow.session.execute(select(User.id).where(User.id.in_(user_ids)).order_by(User.id).with_for_update())
