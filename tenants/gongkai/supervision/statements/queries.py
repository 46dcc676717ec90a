"""What is read of statements: a unit's own, those that reached an office, what happened to one, badges."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, select

from gongkai.accounts.actors import Actor
from gongkai.accounts.permissions import Permission
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.statements.models import REACHED, BlankStatement, BlankStatementEvent
from gongkai.supervision.statements.states import State
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import OFFICIAL_ORDER

PAGE_SIZE = 50


def own_statements(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """A unit's statements, newest month first: id, period, state, office, filed_at, filed_by_name, signed_by_name,
    note."""
    query = (
        select(
            BlankStatement.id, BlankStatement.period, BlankStatement.state, Tenant.short_name.label("office"),
            BlankStatement.filed_at, BlankStatement.filed_by_name, BlankStatement.signed_by_name, BlankStatement.note,
        )
        .join(Tenant, Tenant.id == BlankStatement.office_id)
        .where(BlankStatement.tenant_id == tenant_id)
        .order_by(BlankStatement.period.desc())
        .limit(PAGE_SIZE)
    )  # fmt: skip
    return uow.session.execute(query).all()


def office_statements(
    uow: UnitOfWork, *, office_id: int, period: Period, page: int = 1
) -> tuple[Sequence[AnyRow], int]:
    """A page of the signed statements of a month on which an office decides, those that wait first, then in official
    order, with the number of all.

    Rows: id, unit, unit_code, period, state, reason, signed_at, signed_by_name, filed_by_name, note.
    """
    reached: Any = (
        BlankStatement.office_id == office_id,
        BlankStatement.period == str(period),
        REACHED,
    )
    query = (
        select(
            BlankStatement.id, Tenant.short_name.label("unit"), Tenant.code.label("unit_code"), BlankStatement.period,
            BlankStatement.state, BlankStatement.reason, BlankStatement.signed_at, BlankStatement.signed_by_name,
            BlankStatement.filed_by_name, BlankStatement.note,
        )
        .join(Tenant, Tenant.id == BlankStatement.tenant_id)
        .where(*reached)
        .order_by((BlankStatement.state == State.SIGNED).desc(), *OFFICIAL_ORDER)
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )  # fmt: skip
    number = uow.session.scalar(select(func.count()).select_from(BlankStatement).where(*reached)) or 0
    return uow.session.execute(query).all(), number


def months_waiting(uow: UnitOfWork, *, office_id: int) -> dict[str, int]:
    """Month → how many signed statements of it wait for an office, newest month first."""
    query = (
        select(BlankStatement.period, func.count().label("number"))
        .where(BlankStatement.office_id == office_id, BlankStatement.state == State.SIGNED)
        .group_by(BlankStatement.period)
        .order_by(BlankStatement.period.desc())
    )
    return {row.period: row.number for row in uow.session.execute(query)}


def units_waiting(uow: UnitOfWork, *, unit_ids: Sequence[int], period: Period) -> set[int]:
    """Those of some units whose statement of a month is signed and waits for the office."""
    waiting = (BlankStatement.period == str(period), BlankStatement.state == State.SIGNED)
    return set(
        uow.session.scalars(
            select(BlankStatement.tenant_id).where(BlankStatement.tenant_id.in_(unit_ids), *waiting)
        )
    )  # fmt: skip


def history(uow: UnitOfWork, *, statement_id: int) -> Sequence[AnyRow]:
    """What happened to a statement, in the order of time: event, at, actor_name, text."""
    query = (
        select(
            BlankStatementEvent.event, BlankStatementEvent.at, BlankStatementEvent.actor_name, BlankStatementEvent.text
        )
        .where(BlankStatementEvent.statement_id == statement_id)
        .order_by(BlankStatementEvent.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def count_to_sign(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of a unit: what waits for the signature of this person."""
    if not actor.may(Permission.ITEMS_APPROVE):
        return 0
    query = select(func.count()).select_from(BlankStatement)
    waiting = (BlankStatement.state == State.FILED, BlankStatement.filed_by != actor.user_id)
    return uow.session.scalar(query.where(BlankStatement.tenant_id == actor.tenant_id, *waiting)) or 0


def count_to_decide(uow: UnitOfWork, actor: Actor) -> int:
    """The badge of an office: signed statements that wait for its decision."""
    query = select(func.count()).select_from(BlankStatement)
    signed = (BlankStatement.office_id == actor.tenant_id, BlankStatement.state == State.SIGNED)
    return uow.session.scalar(query.where(*signed)) or 0
