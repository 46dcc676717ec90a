"""Lists of old pages, as the office sees them."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import func, literal, select
from sqlalchemy.dialects.postgresql import JSONPATH

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import User
from gongkai.catalog.models import ContentColumn
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.oldpages.models import OldPage
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

PAGE_SIZE = 40


def pages(uow: UnitOfWork, *, actor: Actor, state: str, page: int) -> tuple[int, Sequence[AnyRow]]:
    """Pages of the office's subtree in one state （all for an empty one）, newest first: how many, and those of `page`.

    Rows: id, unit, filename, title, given_title, state, script, findings （how many）, kinds （of damage）, notes,
    problem, created_at.
    """
    found = OldPage.findings
    kinds = func.jsonb_path_query_array(found, literal("$[*].kind").cast(JSONPATH))
    condition = [below(actor.tenant_path), *([OldPage.state == state] if state else [])]
    query = (
        select(
            OldPage.id, Tenant.short_name.label("unit"), OldPage.filename, OldPage.title, OldPage.given_title,
            OldPage.state, OldPage.script, func.jsonb_array_length(found).label("findings"), kinds.label("kinds"),
            OldPage.notes, OldPage.problem, OldPage.published_at, OldPage.created_at,
        )
        .join(Tenant, Tenant.id == OldPage.tenant_id)
        .where(*condition)
    )  # fmt: skip
    total = uow.session.scalar(select(func.count()).select_from(OldPage).join(Tenant).where(*condition)) or 0
    ordered = query.order_by(OldPage.id.desc()).limit(PAGE_SIZE).offset((page - 1) * PAGE_SIZE)
    return total, uow.session.execute(ordered).all()


def state_counts(uow: UnitOfWork, *, actor: Actor) -> dict[str, int]:
    """State → pages of the office's subtree in it."""
    query = select(OldPage.state, func.count()).join(Tenant).where(below(actor.tenant_path)).group_by(OldPage.state)
    return dict(uow.session.execute(query).all())


def waiting_count(uow: UnitOfWork, _: Actor) -> int:
    """Pages that wait to be looked at, of the units that the scope shows."""
    return uow.session.scalar(select(func.count()).where(OldPage.state == "quarantined")) or 0


def units(uow: UnitOfWork, *, actor: Actor) -> Sequence[tuple[str, str]]:
    """Code and name of the units that the office can bring pages for, in official order."""
    query = select(Tenant.code, Tenant.short_name).where(below(actor.tenant_path))
    return uow.session.execute(query.order_by(Tenant.path, Tenant.sort_order)).all()


def about(uow: UnitOfWork, *, page: OldPage) -> dict[str, Any]:
    """What a page's screen says around it: unit, column, column_code, cutoff, responsible, brought_by, decided_by."""
    brought = select(User.name).where(User.id == ImportBatch.created_by).scalar_subquery()
    decided = select(User.name).where(User.id == page.decided_by).scalar_subquery()
    query = (
        select(
            Tenant.official_name.label("unit"), ContentColumn.name.label("column"),
            ContentColumn.code.label("column_code"), ImportBatch.cutoff_date.label("cutoff"),
            ImportBatch.responsible_person.label("responsible"), brought.label("brought_by"),
            decided.label("decided_by"),
        )
        .select_from(Tenant)
        .join(ImportBatch, ImportBatch.id == page.batch_id)
        .join(ContentColumn, ContentColumn.id == page.column_id)
        .where(Tenant.id == page.tenant_id)
    )  # fmt: skip
    return dict(uow.session.execute(query).mappings().one())
