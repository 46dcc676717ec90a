"""Lists of emergency takedowns: an office's cases, the measures of one, what still lacks its paper."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Select, func, select, true

from gongkai.accounts.actors import Actor
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.emergency.models import EmergencyMeasure, EmergencyTakedown
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

SHOWN = 100


@dataclass(frozen=True, slots=True)
class Paper:
    """The paper that has to follow a call: by when, when it came, and whether that is late."""

    due: date
    received_at: datetime | None
    today: date

    @property
    def missing(self) -> bool:
        """Whether it has not come."""
        return self.received_at is None

    @property
    def overdue(self) -> bool:
        """Whether it has not come and its day has passed."""
        return self.missing and self.today > self.due

    @property
    def late(self) -> bool:
        """Whether it came after its day."""
        return self.received_at is not None and shanghai_date(self.received_at) > self.due

    @property
    def words(self) -> str:
        """How it stands, in a few words."""
        if self.overdue:
            return "逾期未补书面手续"
        if self.missing:
            return f"待补书面手续（最迟{self.due.isoformat()}）"
        return "书面手续已补（逾期）" if self.late else "书面手续已补"


def paper_of(uow: UnitOfWork, case: EmergencyTakedown | AnyRow) -> Paper:
    """How the paper of a case stands today."""
    return Paper(case.paper_due_date, case.paper_received_at, shanghai_date(uow.now))


def cases(uow: UnitOfWork, *, actor: Actor) -> Sequence[AnyRow]:
    """The cases of the office and of those below it, newest first, `SHOWN` of them.

    Rows: id, tenant_id, office, caller, basis, taken_at, taken_by_name, paper_due_date, paper_received_at, measures,
    open (not ruled on).
    """
    shown = (
        select(
            EmergencyTakedown.id, EmergencyTakedown.tenant_id, Tenant.short_name.label("office"),
            EmergencyTakedown.caller, EmergencyTakedown.basis, EmergencyTakedown.taken_at,
            EmergencyTakedown.taken_by_name, EmergencyTakedown.paper_due_date, EmergencyTakedown.paper_received_at,
        )
        .join(Tenant, Tenant.id == EmergencyTakedown.tenant_id)
        .where(below(actor.tenant_path))
        .order_by(EmergencyTakedown.taken_at.desc(), EmergencyTakedown.id.desc())
        .limit(SHOWN)
        .subquery()
    )  # fmt: skip
    waiting = func.count().filter(EmergencyMeasure.ended_at.is_(None))
    measures = (
        select(func.count().label("measures"), waiting.label("open"))
        .where(EmergencyMeasure.takedown_id == shown.c.id)
        .lateral()
    )
    query = select(shown, measures).join(measures, true()).order_by(shown.c.taken_at.desc(), shown.c.id.desc())
    return uow.session.execute(query).all()


def measures_of(uow: UnitOfWork, *, takedown_id: int) -> Sequence[AnyRow]:
    """What was taken down in a case, unit after unit.

    Rows: id, kind, item_id, column_id, title, index_number, items, counted, stopped, at, outcome, count_kept,
    ended_at, ended_by_name, end_reason, unit, unit_code.
    """
    query: Select[*tuple[Any, ...]] = (
        select(
            EmergencyMeasure.id, EmergencyMeasure.kind, EmergencyMeasure.item_id, EmergencyMeasure.column_id,
            EmergencyMeasure.title, EmergencyMeasure.index_number, EmergencyMeasure.items, EmergencyMeasure.counted,
            EmergencyMeasure.stopped, EmergencyMeasure.at, EmergencyMeasure.outcome, EmergencyMeasure.count_kept,
            EmergencyMeasure.ended_at, EmergencyMeasure.ended_by_name, EmergencyMeasure.end_reason,
            Tenant.official_name.label("unit"), Tenant.code.label("unit_code"),
        )
        .join(Tenant, Tenant.id == EmergencyMeasure.tenant_id)
        .where(EmergencyMeasure.takedown_id == takedown_id)
        .order_by(Tenant.sort_order, EmergencyMeasure.tenant_id, EmergencyMeasure.id)
    )  # fmt: skip
    return uow.session.execute(query).all()


def count_without_paper(uow: UnitOfWork, actor: Actor) -> int:
    """The badge: cases of the office whose paper has not come."""
    query = select(func.count()).select_from(EmergencyTakedown)
    missing = (EmergencyTakedown.tenant_id == actor.tenant_id, EmergencyTakedown.paper_received_at.is_(None))
    return uow.session.scalar(query.where(*missing)) or 0


def papers_due(uow: UnitOfWork) -> Sequence[int]:
    """Ids of the cases whose paper has not come and was or is due by today."""
    query = select(EmergencyTakedown.id).where(
        EmergencyTakedown.paper_received_at.is_(None), EmergencyTakedown.paper_due_date <= shanghai_date(uow.now)
    )
    return uow.session.scalars(query.order_by(EmergencyTakedown.id)).all()
