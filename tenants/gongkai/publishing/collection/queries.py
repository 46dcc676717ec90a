"""Lists of collection, and what supervision asks: whose figures are in step with their sources."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from sqlalchemy import Select, select
from sqlalchemy.orm import aliased

from gongkai.accounts.actors import Actor
from gongkai.accounts.models import User
from gongkai.core.calendar.instants import SHANGHAI
from gongkai.core.calendar.periods import Period
from gongkai.core.db import AnyRow
from gongkai.core.uow import UnitOfWork
from gongkai.publishing.collection.models import CollectedEntry, CollectionSource
from gongkai.publishing.imports.models import ImportBatch
from gongkai.publishing.models import Item
from gongkai.publishing.states import ItemState
from gongkai.tenancy.models import Tenant
from gongkai.tenancy.queries import below

RUNS = 60
MISSING = 200


@dataclass(frozen=True, slots=True)
class Sync:
    """How far what a source brings is complete.

    Attributes:
        began: since when it is collected; `complete_until`: the last success, None before the first one.
        stale_hours: hours without success after which the running month is out of step.
    """

    began: datetime
    complete_until: datetime | None
    stale_hours: int

    def is_stale(self, now: datetime) -> bool:
        """Whether too long has passed without success."""
        return now - (self.complete_until or self.began) > timedelta(hours=self.stale_hours)

    def is_behind(self, period: Period, now: datetime) -> bool:
        """Whether a month's figures lack what the source may have published in it.

        The running month is behind when the source is stale, or has never been read; an ended one until a run has
        succeeded after its end. A month that ended before the source was collected answers for itself.
        """
        end = datetime.combine(period.next().first_day, time.min, SHANGHAI)
        if self.began >= end:
            return False
        if self.complete_until is None:
            return True
        return self.is_stale(now) if now < end else self.complete_until < end


def syncs(uow: UnitOfWork) -> Mapping[int, Sequence[Sync]]:
    """Unit → its sources in use, of the units that the scope shows; units without a source are absent."""
    rows = uow.session.execute(
        select(
            CollectionSource.unit_ids, CollectionSource.began_at, CollectionSource.last_success_at,
            CollectionSource.stale_hours,
        ).where(CollectionSource.state == "allowed", CollectionSource.active)
    )  # fmt: skip
    found: dict[int, list[Sync]] = {}
    for row in rows:
        for unit_id in row.unit_ids:
            found.setdefault(unit_id, []).append(Sync(row.began_at, row.last_success_at, row.stale_hours))
    return found


def sources_of(uow: UnitOfWork, *, tenant_id: int) -> Sequence[AnyRow]:
    """A unit's own sources, the newest first; rows as `supervised_sources`."""
    own = CollectionSource.tenant_id == tenant_id, CollectionSource.covers_subtree.is_(False)
    return uow.session.execute(_listed().where(*own).order_by(CollectionSource.id.desc())).all()


def supervised_sources(uow: UnitOfWork, *, actor: Actor) -> Sequence[AnyRow]:
    """Sources of an office's subtree: those that wait for permission first, then in the order of the tree.

    Rows: id, tenant_id, unit, name, kind, covers_subtree, state, active, hour, stale_hours, began_at, last_run_at,
    last_success_at, responsible_person.
    """
    query = _listed().where(below(actor.tenant_path))
    order = (CollectionSource.state == "proposed").desc(), Tenant.path, CollectionSource.id
    return uow.session.execute(query.order_by(*order)).all()


def count_proposed(uow: UnitOfWork, actor: Actor) -> int:
    """Sources of an office's subtree that wait for its permission."""
    query = select(CollectionSource.id).join(Tenant, Tenant.id == CollectionSource.tenant_id)
    return len(uow.session.scalars(query.where(CollectionSource.state == "proposed", below(actor.tenant_path))).all())


def runs_of(uow: UnitOfWork, *, tenant_id: int, source_id: int) -> Sequence[AnyRow]:
    """The runs of a source, the newest first.

    Rows: id, state, created_at, finished_at, rows_total, rows_created, rows_changed, rows_unchanged, rows_refused,
    rows_missing, note, report_digest, starter.
    """
    starter = aliased(User)
    query = (
        select(
            ImportBatch.id, ImportBatch.state, ImportBatch.created_at, ImportBatch.finished_at,
            ImportBatch.rows_total, ImportBatch.rows_created, ImportBatch.rows_changed, ImportBatch.rows_unchanged,
            ImportBatch.rows_refused, ImportBatch.rows_missing, ImportBatch.note, ImportBatch.report_digest,
            starter.name.label("starter"),
        )
        .outerjoin(starter, starter.id == ImportBatch.created_by)
        .where(ImportBatch.tenant_id == tenant_id, ImportBatch.source_id == source_id)
        .order_by(ImportBatch.id.desc())
        .limit(RUNS)
    )  # fmt: skip
    return uow.session.execute(query).all()


def missing_of(uow: UnitOfWork, *, unit_ids: Sequence[int], source_id: int) -> Sequence[AnyRow]:
    """Public items that their source does not list any more, the newest loss first.

    Rows: id, unit, title, source_url, published_at, missing_since.
    """
    query = (
        select(
            Item.id, Tenant.short_name.label("unit"), Item.title, Item.source_url, Item.published_at,
            CollectedEntry.missing_since,
        )
        .join(Item, Item.id == CollectedEntry.item_id)
        .join(Tenant, Tenant.id == Item.tenant_id)
        .where(
            CollectedEntry.tenant_id.in_(unit_ids), CollectedEntry.source_id == source_id,
            CollectedEntry.missing_since.is_not(None), Item.state == ItemState.PUBLISHED,
        )
        .order_by(CollectedEntry.missing_since.desc(), Item.id)
        .limit(MISSING)
    )  # fmt: skip
    return uow.session.execute(query).all()


def successes_of(uow: UnitOfWork, *, tenant_id: int, source_id: int) -> Sequence[datetime]:
    """When the last two successful runs of a source ended, the later one first."""
    query = select(ImportBatch.finished_at).where(
        ImportBatch.tenant_id == tenant_id, ImportBatch.source_id == source_id, ImportBatch.state == "done"
    )
    rows = uow.session.scalars(query.order_by(ImportBatch.id.desc()).limit(2))
    return [moment for moment in rows if moment is not None]


def _listed() -> Select[Any]:
    shown: tuple[Any, ...] = (
        CollectionSource.id, CollectionSource.tenant_id, Tenant.short_name.label("unit"), CollectionSource.name,
        CollectionSource.kind, CollectionSource.covers_subtree, CollectionSource.state, CollectionSource.active,
        CollectionSource.hour, CollectionSource.stale_hours, CollectionSource.began_at, CollectionSource.last_run_at,
        CollectionSource.last_success_at, CollectionSource.responsible_person,
    )  # fmt: skip
    return select(*shown).join(Tenant, Tenant.id == CollectionSource.tenant_id)
