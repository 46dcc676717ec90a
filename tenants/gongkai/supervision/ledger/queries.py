"""What the ledger's pages show of one finding."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import aliased

from gongkai.accounts.models import User
from gongkai.core.calendar.instants import shanghai_date
from gongkai.core.errors import NotFound
from gongkai.core.uow import UnitOfWork
from gongkai.supervision.catalogue import RULES, RuleSpec
from gongkai.supervision.ledger.services import words_of
from gongkai.supervision.ledger.states import OPEN_STATES
from gongkai.supervision.models import Finding, FindingEvent
from gongkai.tenancy.models import Tenant


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding with its unit, its office and its steps (event, at, who, note, detail), the first one first."""

    finding: Finding
    spec: RuleSpec
    words: str
    unit: str
    unit_code: str
    office: str
    steps: Sequence[Row[Any]]
    today: date

    @property
    def overdue(self) -> bool:
        """Whether its time has run out and it is still open."""
        due = self.finding.due_date
        return due is not None and due < self.today and self.finding.state in OPEN_STATES


def shown_finding(uow: UnitOfWork, *, finding_id: int, tenant_id: int | None = None) -> Shown:
    """A finding in the scope, of one unit where `tenant_id` is given.

    Raises:
        NotFound: when there is none.
    """
    office = aliased(Tenant)
    query: Any = (
        select(Finding, Tenant.short_name, Tenant.code, office.short_name.label("office"))
        .join(Tenant, Tenant.id == Finding.tenant_id)
        .join(office, office.id == Finding.office_id)
        .where(Finding.id == finding_id, Finding.state != "noted")
    )
    row = uow.session.execute(query if tenant_id is None else query.where(Finding.tenant_id == tenant_id)).one_or_none()
    if row is None:
        raise NotFound
    steps = uow.session.execute(
        select(
            FindingEvent.event, FindingEvent.at, FindingEvent.note, FindingEvent.detail, User.name.label("who")
        )
        .outerjoin(User, User.id == FindingEvent.user_id)
        .where(FindingEvent.tenant_id == row.Finding.tenant_id, FindingEvent.finding_id == finding_id)
        .order_by(FindingEvent.id)
    ).all()  # fmt: skip
    finding = row.Finding
    return Shown(
        finding, RULES[finding.rule_code], words_of(finding), row.short_name, row.code, row.office, steps,
        shanghai_date(uow.now),
    )  # fmt: skip


def claimable(uow: UnitOfWork, *, tenant_id: int, finding_ids: Sequence[int]) -> list[Finding]:
    """Of these, a unit's findings that take a claim, in the order of their numbers."""
    query = select(Finding).where(
        Finding.tenant_id == tenant_id, Finding.id.in_(finding_ids),
        Finding.state.in_(("open", "in_progress", "reopened")),
    )  # fmt: skip
    return list(uow.session.scalars(query.order_by(Finding.id)))
